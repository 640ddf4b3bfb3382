"""A chain at one moment: what it can do per unit of time, what it has in stock, and what can be lost of it.

This is what the static programmes of :mod:`bongsu.stress.survival` read. It is made from any network
(:meth:`SupplyChain.of`), and so from any case folder of CSV tables: ``stocks`` say what is in stock, ``capacity``, ``supplies``
and ``lanes`` what can be made, bought and moved, ``demands`` what is wanted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from scipy import sparse

from bongsu.chain.change import BadChange, Event, apply, events
from bongsu.chain.network import Network
from bongsu.plan.arrays import Arrays, Bools, Floats, Ints
from bongsu.plan.blocks import open_corridor
from bongsu.plan.plan import Plan

Kind = Literal["plant", "supply", "corridor", "lane", "place", "country", "event"]
DAYS = 365.0
#: Flows of a plan are right to this share.
ROUNDING = 1e-6


def _no_ints() -> Ints:
    return np.zeros(0, dtype=np.int32)


def _no_floats() -> Floats:
    return np.zeros(0)


@dataclass(frozen=True, eq=False)
class Loss:
    """Something that can fail, and what is left of what it takes with it.

    Attributes:
        name: identifier of the plant, offer, corridor, lane, place, country or event.
        kind: which of these it is.
        activities, limit: activities with less than before, and the most of each that is left per unit of time.
        nodes, capacity: the same for nodes.
        recovery: units of time until all is back; None = unknown.
        source: facts behind the recovery, or ``assumed``.
    """

    name: str
    kind: Kind
    activities: Ints = field(default_factory=_no_ints)
    limit: Floats = field(default_factory=_no_floats)
    nodes: Ints = field(default_factory=_no_ints)
    capacity: Floats = field(default_factory=_no_floats)
    recovery: float | None = None
    source: str = "assumed"


@dataclass(frozen=True)
class SupplyChain:
    """A chain at one moment. ``P`` points, ``A`` activities, ``N`` nodes, ``D`` demands.

    A *point* is an item at a place. An *activity* adds to some points and takes from others: a process run in a plant, a lane, a
    purchase. A *node* is a capacity that activities share: a plant, an offer, a corridor.

    Attributes:
        points: names of the points, ``place:item``.
        activities: names of the activities.
        matrix: what one unit of each activity adds to each point (negative: takes), shape (P, A).
        limit, limit_high: the most of each activity per unit of time, infinite where nothing limits it, shape (A,). The two differ
            for offers of unknown size: no more than the plan buys, or any quantity.
        nodes: names of the nodes; ``capacity``: of each per unit of time, infinite where nothing limits it; ``use``: of each by
            one unit of each activity, shape (N, A).
        demands: names of the demands; ``wanted``: at which point, ``demand``: how much per unit of time, ``margin``: what one unit
            lost costs; all of shape (D,).
        stock_low, stock_high: least and most that may be in stock at each point, goods on the way included, shape (P,).
        losses: everything that can be lost by itself.
    """

    points: Sequence[str]
    activities: Sequence[str]
    matrix: sparse.csc_array
    limit: Floats
    limit_high: Floats
    nodes: Sequence[str]
    capacity: Floats
    use: sparse.csr_array
    demands: Sequence[str]
    wanted: Ints
    demand: Floats
    margin: Floats
    stock_low: Floats
    stock_high: Floats
    losses: Sequence[Loss]

    @classmethod
    def of(
        cls, network: Network, period: str | None = None, plan: Plan | None = None, steps: Collection[str] = ()
    ) -> SupplyChain:
        """The chain of a network in one period (by default the first); one unit of time is a year.

        With the plan of the network, capacity that the plan has built by then is there and what it has retired is not; demand is
        what the plan serves; what is on the way (yearly flow of a lane times its transit time, where known) is in stock where it is
        bound for; and an offer of unknown size gives, at the low end, no more than the plan buys, unless the case says what is sure
        (``quantity_low``). Without a plan, capacity is what stands, demand is what is wanted, and such an offer has no limit.

        ``steps`` are plants that stand for a step done wherever it is needed, such as the packing of batteries at a market: they
        cannot be lost, not even with their place or country.

        What is lost of demand is valued at its penalty, and at one where it is hard. Contracts and share rules do not bind, and
        whatever is left over may be thrown away.

        Raises:
            KeyError: the network has no such period.
        """
        a = Arrays(network)
        names = a.ids("periods")
        if period is not None and period not in names:
            raise KeyError(f"the network has no period {period!r}; it has {', '.join(names)}")
        return _of(a, 0 if period is None else names.index(period), plan, frozenset(steps))

    def select(self, *kinds: Kind) -> list[Loss]:
        """The losses of some kinds, in the order of the tables."""
        return [loss for loss in self.losses if loss.kind in kinds]


def _of(a: Arrays, t: int, plan: Plan | None, steps: Collection[str]) -> SupplyChain:
    modes, lanes = a.modes, a.lanes
    offer_row = a.supply.row[a.supply.period == t]
    offers = [str(name) for name in a.net["supplies"]["supply"].gather(offer_row)]
    matrix = _matrix(a, t, offer_row)
    limit, capacity = _limit(a, t, offer_row), _capacity(a, t, plan)
    careful = _careful(a, t, plan, limit)
    corridor, member, member_use = a.member
    columns = np.concatenate([np.arange(modes), modes + member])
    rows = np.concatenate([a.mode_plant, a.plants + corridor])
    values = np.concatenate([a.mode_use, member_use])
    shape = (a.plants + a.corridors, modes + lanes + len(offers))
    wanted, demand, margin, names = _demands(a, t, plan)
    stock, on_the_way = _stocks(a), _on_the_way(a, t, plan)
    places = [str(name) for name in a.net["places"]["place"]]
    items = [str(name) for name in a.net["items"]["item"]]
    return SupplyChain(
        points=[f"{places[p]}:{items[i]}" for p, i in zip(a.node_place, a.node_item, strict=True)],
        activities=[*a.ids("modes"), *a.ids("lanes"), *offers],
        matrix=matrix,
        limit=careful,
        limit_high=limit,
        nodes=[*a.ids("plants"), *a.ids("corridors")],
        capacity=capacity,
        use=sparse.csr_array((values, (rows, columns)), shape=shape),
        demands=names,
        wanted=wanted,
        demand=demand,
        margin=margin,
        stock_low=stock[0] + on_the_way,
        stock_high=stock[1] + on_the_way,
        losses=_with_recovery([*_single(a, offer_row, offers, steps), *_events(a, t, plan, limit, capacity)], a.net),
    )


def _matrix(a: Arrays, t: int, offer_row: Ints) -> sparse.csc_array:
    amount = a.use_amount[:, t]
    lane, offer = a.modes + np.arange(a.lanes), a.modes + a.lanes + np.arange(offer_row.size)
    row = np.concatenate([a.use_node, a.lane_start, a.lane_end, a.supply_node[offer_row]])
    column = np.concatenate([a.use_mode, lane, lane, offer])
    value = np.concatenate([amount, np.full(a.lanes, -1.0), 1.0 - a.lane_loss, np.ones(offer.size)])
    return sparse.coo_array((value, (row, column)), shape=(a.nodes, offer.size + a.modes + a.lanes)).tocsc()


def _limit(a: Arrays, t: int, offer_row: Ints) -> Floats:
    return np.concatenate([np.full(a.modes, np.inf), a.lane_capacity[:, t], a.supply_quantity[offer_row]])


def _careful(a: Arrays, t: int, plan: Plan | None, limit: Floats) -> Floats:
    """Limits at the low end: offers of unknown size give what is said to be sure, or else no more than the plan buys."""
    now = a.supply.period == t
    sure = a.number("supplies", "quantity_low", np.nan)[a.supply.row[now]]
    # A little more than the plan buys, so that its own rounding is no shortage.
    bought = plan.family("buy")[now] * (1 + ROUNDING) if plan is not None else np.full(sure.size, np.inf)
    least = np.where(np.isnan(sure), bought, sure)
    own = limit[a.modes + a.lanes :]
    return np.concatenate([limit[: a.modes + a.lanes], np.where(np.isfinite(own) & np.isnan(sure), own, least)])


def _capacity(a: Arrays, t: int, plan: Plan | None) -> Floats:
    """Usable capacity of plants and corridors in a period."""
    usable, corridors = a.usable[:, t], a.corridor_capacity[:, t]
    if plan is not None:
        usable = usable + a.availability[:, t] * built(a, t, plan)
        corridors = np.where(closed(plan), 0.0, corridors)
    return np.concatenate([usable, corridors])


def closed(plan: Plan) -> Bools:
    """Corridors with a fixed cost that the plan does not open."""
    a = plan.model.arrays
    shut: Bools = a.corridor_fixed > 0
    shut[open_corridor.which(a)[plan.family("open_corridor") > 0.5]] = False
    return shut


def built(a: Arrays, t: int, plan: Plan) -> Floats:
    """Capacity of each plant that the plan has added by a period, less what it has retired."""
    added = np.zeros(a.plants)
    option, start = a.build
    if "build" in plan.model.variables:
        stands = (start <= t) & (t < start + a.option_life[option])
        np.add.at(added, a.option_plant[option[stands]], plan.family("build")[stands])
    family = plan.model.variables.get("retire")
    if family is not None:
        now = family.keys["period"] == t
        np.add.at(added, family.keys["plants"][now], -plan.family("retire")[now])
    return added


def _demands(a: Arrays, t: int, plan: Plan | None) -> tuple[Ints, Floats, Floats, list[str]]:
    now = a.demand.period == t
    row = a.demand.row[now]
    quantity = a.demand_quantity[row]
    if plan is not None and "short" in plan.model.variables:
        quantity = quantity - plan.family("short")[now]
    some = quantity > 0
    row, quantity = row[some], quantity[some]
    margin = np.where(np.isnan(a.demand_penalty[row]), 1.0, a.demand_penalty[row])
    return a.demand_node[row], quantity, margin, [str(name) for name in a.net["demands"]["demand"].gather(row)]


def _stocks(a: Arrays) -> tuple[Floats, Floats]:
    low, high = np.zeros(a.nodes), np.zeros(a.nodes)
    initial = a.number("stocks", "initial")
    most = a.number("stocks", "initial_high", np.nan)
    np.add.at(low, a.stock_node, initial)
    np.add.at(high, a.stock_node, np.where(np.isnan(most), initial, most))
    return low, high


def _on_the_way(a: Arrays, t: int, plan: Plan | None) -> Floats:
    held = np.zeros(a.nodes)
    if plan is not None:
        days = a.number("lanes", "days")
        np.add.at(held, a.lane_end, plan.grid("ship")[:, t] * (1.0 - a.lane_loss) * days / DAYS)
    return held


def _stops(name: str, kind: Kind, activities: Ints) -> Loss:
    return Loss(name, kind, activities.astype(np.int32), np.zeros(activities.size))


def _single(a: Arrays, offer_row: Ints, offers: Sequence[str], steps: Collection[str]) -> Iterable[Loss]:
    """Loss of each plant, offer, corridor, lane, place and country as a whole."""
    modes, lanes = a.modes, a.lanes
    of_place: dict[str, list[Ints]] = {}
    places = [str(name) for name in a.net["places"]["place"]]
    order = np.argsort(a.mode_plant, kind="stable").astype(np.int32)
    first = np.searchsorted(a.mode_plant[order], np.arange(a.plants + 1))
    for plant, name in enumerate(a.ids("plants")):
        if name in steps:
            continue
        own = order[first[plant] : first[plant + 1]]
        yield _stops(name, "plant", own)
        of_place.setdefault(places[int(a.plant_place[plant])], []).append(own)
    for at, name in enumerate(offers):
        own = np.array([modes + lanes + at], dtype=np.int32)
        yield _stops(name, "supply", own)
        of_place.setdefault(places[int(a.supply_place[offer_row[at]])], []).append(own)
    corridor, member, _ = a.member
    for at, name in enumerate(a.ids("corridors")):
        yield _stops(name, "corridor", modes + member[corridor == at])
    for at, name in enumerate(a.ids("lanes")):
        yield _stops(name, "lane", np.array([modes + at]))
    country = dict(a.net["places"].select("place", "country").iter_rows())
    of_country: dict[str, list[Ints]] = {}
    for place, stopped in of_place.items():
        yield _stops(place, "place", np.concatenate(stopped))
        if country[place] is not None:
            of_country.setdefault(str(country[place]), []).extend(stopped)
    for name, stopped in of_country.items():
        yield _stops(name, "country", np.concatenate(stopped))


def _events(a: Arrays, t: int, plan: Plan | None, limit: Floats, capacity: Floats) -> Iterable[Loss]:
    """The events of a case, as what they leave of limits and capacities in the period."""
    offer_row = a.supply.row[a.supply.period == t]
    for event in events(a.net).values():
        yield _event(a, t, plan, event, offer_row, limit, capacity)


def _event(
    a: Arrays, t: int, plan: Plan | None, event: Event, offer_row: Ints, limit: Floats, capacity: Floats
) -> Loss:
    for change in event.changes:
        if (change.table, change.column) not in _TAKEN and change.column not in _COSTS:
            raise BadChange(
                f"{event.name}: {change.column} of {change.table} cannot change in a chain at one moment; "
                "study this event over time"
            )
    b = Arrays(apply(a.net, event.changes))
    less, smaller = _limit(b, t, offer_row), _capacity(b, t, plan)
    activities = np.flatnonzero(less != limit).astype(np.int32)
    nodes = np.flatnonzero(smaller != capacity).astype(np.int32)
    return Loss(event.name, "event", activities, less[activities], nodes, smaller[nodes], event.recovery, event.source)


#: Figures that an event may change in a chain at one moment; prices do not matter there.
_TAKEN = {
    ("availability", "share"),
    ("capacity", "capacity"),
    ("lanes", "capacity"),
    ("lane_periods", "capacity"),
    ("supplies", "quantity"),
    ("corridors", "capacity"),
    ("corridor_periods", "capacity"),
}
_COSTS = ("cost", "price", "fixed_cost", "holding_cost", "penalty", "annual_cost", "capital_cost")


def _with_recovery(losses: Iterable[Loss], network: Network) -> list[Loss]:
    """The losses with the recovery of the event that is the same loss: it stops this plant, offer or lane, and nothing else."""
    kinds: dict[tuple[str, str], Kind] = {
        ("availability", "share"): "plant",
        ("capacity", "capacity"): "plant",
        ("supplies", "quantity"): "supply",
        ("lanes", "capacity"): "lane",
        ("corridors", "capacity"): "corridor",
    }
    known: dict[tuple[str, str], Event] = {}
    for event in events(network).values():
        stops = [c for c in event.changes if (c.factor if c.value is None else c.value) == 0.0]
        if len(event.changes) == 1 and stops and (stops[0].table, stops[0].column) in kinds:
            known[kinds[stops[0].table, stops[0].column], stops[0].of] = event

    def recovered(loss: Loss) -> Loss:
        same = known.get((loss.kind, loss.name))
        return loss if same is None else replace(loss, recovery=same.recovery, source=same.source)

    return [recovered(loss) for loss in losses]
