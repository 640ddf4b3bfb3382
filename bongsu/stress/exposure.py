"""Exposure: the way from what is hit to cells and vehicles, tier by tier, in the flows of a plan.

At each place and item everything that arrives is mixed, so a node is at risk in the proportion in which what arrives is. A plant is
at risk as much as the scarcest of its inputs, or as much as it is hit itself; its outputs carry that on. With ρ the share at risk,

    ρ(node n) = Σ_{f into n} flow(f) · ρ(f) / Σ_{f into n} flow(f)
    ρ(lane) = 1 - (1 - lost(lane)) · (1 - ρ(where it starts))
    ρ(mode) = 1 - (1 - lost(plant)) · (1 - max_{inputs i} ρ(node of i)),        ρ(offer) = lost(offer)

solved from nothing at risk upwards until nothing moves (the least solution; recycling makes circles). By-products are not
followed: what is lost with them is scrap and salt, and it would hide the way to the vehicles. This is what would be lost if
nobody did anything else: no substitute, no stock. What could stand in is listed beside it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bongsu.atlas import Atlas
from bongsu.plan.arrays import Arrays, Floats, Ints
from bongsu.plan.plan import Plan
from bongsu.stress.disruption import Branch, Ground, Hit, days_of
from bongsu.stress.ensemble import built_by

_TRUST = ("stated", "derived", "assumed")
#: A share at risk below this is nothing.
_NOTHING = 1e-6
_ROUNDS = 200


@dataclass(frozen=True, slots=True)
class Substitute:
    """Something not hit that could bring more of an item.

    Attributes:
        kind: ``offer`` (bought from outside), ``plant`` (stands idle in part) or ``build`` (new capacity).
        what: its identifier; place, country: where.
        spare: what it could bring more in the period, unit per year; None = no stated limit.
        days: shortest way to a place at risk; None = no lane leads there.
        first: earliest period, for new capacity.
    """

    kind: str
    what: str
    place: str
    country: str | None
    spare: float | None
    days: float | None
    first: str | None = None


@dataclass(frozen=True, slots=True)
class Tier:
    """One item at risk.

    Attributes:
        item: the item; step: how many makings lie between what is hit and it.
        at_risk, total: quantity of it at risk and in all, unit per year, over the places where it is at risk; what is sent on
            counts where it ends.
        world: share of all of it in the plan that is at risk.
        places: share at risk by place, largest quantity first.
        plants: plants that make it and are at risk, with the share.
        substitutes: what could stand in.
        trust: weakest trust of the facts behind the flows at risk; None where no facts are named.
    """

    item: str
    step: int
    at_risk: float
    total: float
    world: float
    places: tuple[tuple[str, float], ...]
    plants: tuple[tuple[str, float], ...]
    substitutes: tuple[Substitute, ...]
    trust: str | None


@dataclass(frozen=True, slots=True)
class Exposure:
    """What hangs on what is hit, in one period.

    Attributes:
        period: the period.
        tiers: items at risk, nearest first; empty = no path.
        demands: share at risk of each demand (place, item, share), largest first.
        idle: whether the plan moves nothing through what is hit.
    """

    period: str
    tiers: tuple[Tier, ...]
    demands: tuple[tuple[str, str, float], ...]
    idle: bool


def exposure(branch: Branch, ground: Ground, plan: Plan, period: str | None = None) -> Exposure:
    """Exposure of a plan to a branch of a disruption, in the period in which it is worst (or the one given).

    What only becomes dearer counts as hit in full: it is what pays. Hits on demand have nothing behind them that could be at risk.
    """
    names = ground.network["periods"]["period"].to_list()
    force = _forces(branch, ground)
    order = [names.index(period)] if period is not None else list(np.argsort(-force, kind="stable"))
    for at in order:
        risk = _risk(branch, ground, plan, int(at))
        if risk.begun and force[at] > 0:
            node, mode, step = risk.solve()
            tiers = _tiers(risk, plan, ground.atlas, node, mode, step)
            return Exposure(names[at], tiers, _demands(risk.a, node, int(at)), False)
    return Exposure(names[order[0]], (), (), True)


def _forces(branch: Branch, ground: Ground) -> Floats:
    """How hard each period is hit, summed over the hits."""
    spans = days_of(ground.network)
    return np.array([sum(_gone(hit, *span) for hit in branch.hits) for span in spans])


def _gone(hit: Hit, first: dt.date, last: dt.date) -> float:
    dearer = hit.left >= 1.0 and (hit.duty is not None or hit.price is not None)
    return hit.force(first, last) * (1.0 if dearer else max(0.0, 1.0 - hit.left))


def _risk(branch: Branch, ground: Ground, plan: Plan, at: int) -> _Risk:
    """The equations of one period, with what is lost directly."""
    a = plan.model.arrays
    ship, make = plan.grid("ship")[:, at], plan.grid("make")[:, at]
    return _Risk(a, at, ship, make, _bought(plan, at), _lost(branch, ground, plan, at))


@dataclass(frozen=True)
class _Lost:
    """Share lost at once, by position in the network's tables: lanes, offers (rows), plants."""

    lanes: Floats
    supplies: Floats
    plants: Floats


def _lost(branch: Branch, ground: Ground, plan: Plan, at: int) -> _Lost:
    """What is lost directly in a period."""
    a = plan.model.arrays
    net = ground.network
    span = days_of(net)[at]
    order = {
        table: {name: k for k, name in enumerate(net[table][net[table].columns[0]])} for table in ("lanes", "plants")
    }
    supply_rows: dict[str, list[int]] = {}
    for k, name in enumerate(net["supplies"]["supply"]):
        supply_rows.setdefault(name, []).append(k)
    lanes, supplies, plants = np.zeros(a.lanes), np.zeros(net["supplies"].height), np.zeros(a.plants)
    for hit in branch.hits:
        own, gone = ground.struck(hit), _gone(hit, *span)
        for values, at_risk in (
            (lanes, [order["lanes"][lane] for lane in own.lanes]),
            (plants, [order["plants"][plant] for plant in own.plants]),
            (supplies, [k for supply in own.supplies for k in supply_rows[supply]]),
        ):
            values[at_risk] = 1.0 - (1.0 - values[at_risk]) * (1.0 - gone)
    return _Lost(lanes, supplies, plants)


def _bought(plan: Plan, at: int) -> Floats:
    """What is bought in a period, by row of the supplies."""
    a = plan.model.arrays
    bought = np.zeros(a.net["supplies"].height)
    now = a.supply.period == at
    np.add.at(bought, a.supply.row[now], plan.family("buy")[now])
    return bought


class _Risk:
    """The equations of the module's docstring for one period."""

    def __init__(self, a: Arrays, at: int, ship: Floats, make: Floats, buy: Floats, lost: _Lost) -> None:
        self.a, self.at, self.ship, self.make, self.buy, self.lost = a, at, ship, make, buy, lost
        amount = a.use_amount[:, at]
        self.taken = np.flatnonzero((amount < 0) & (make[a.use_mode] > 0))
        main = a.use_byproduct[:, at] == 0
        self.given = np.flatnonzero((amount > 0) & (make[a.use_mode] > 0) & main)
        extra = np.flatnonzero((amount > 0) & (make[a.use_mode] > 0) & ~main)
        self.made = amount[self.given] * make[a.use_mode[self.given]]
        self.inflow = np.zeros(a.nodes)
        np.add.at(self.inflow, a.lane_end, ship * (1 - a.lane_loss))
        np.add.at(self.inflow, a.supply_node, buy)
        np.add.at(self.inflow, a.use_node[self.given], self.made)
        np.add.at(self.inflow, a.use_node[extra], amount[extra] * make[a.use_mode[extra]])
        self.begun = bool(
            (buy * lost.supplies).any() or (ship * lost.lanes).any() or (make * lost.plants[a.mode_plant]).any()
        )

    def solve(self) -> tuple[Floats, Floats, Ints]:
        """Share at risk of nodes and modes, and the number of makings from what is hit to each node (-1 = not at risk)."""
        a, lost = self.a, self.lost
        node, mode = np.zeros(a.nodes), np.zeros(a.modes)
        for _ in range(_ROUNDS):
            input_risk = np.zeros(a.modes)
            np.maximum.at(input_risk, a.use_mode[self.taken], node[a.use_node[self.taken]])
            mode = 1.0 - (1.0 - lost.plants[a.mode_plant]) * (1.0 - input_risk)
            lane = 1.0 - (1.0 - lost.lanes) * (1.0 - node[a.lane_start])
            gone = np.zeros(a.nodes)
            np.add.at(gone, a.lane_end, self.ship * (1 - a.lane_loss) * lane)
            np.add.at(gone, a.supply_node, self.buy * lost.supplies)
            np.add.at(gone, a.use_node[self.given], self.made * mode[a.use_mode[self.given]])
            after = np.divide(gone, self.inflow, out=np.zeros(a.nodes), where=self.inflow > 0)
            if np.abs(after - node).max(initial=0.0) < 1e-9:
                break
            node = after
        mode = np.where(self.make > 0, mode, 0.0)
        return node, mode, self._steps(node, mode)

    def _steps(self, node: Floats, mode: Floats) -> Ints:
        """Fewest makings between what is hit and each node at risk."""
        a, far = self.a, 10**6
        step = np.full(a.nodes, far)
        hit = (self.buy > 0) & (self.lost.supplies > 0)
        step[a.supply_node[hit]] = 0
        cut = (self.ship > 0) & (self.lost.lanes > 0)
        step[a.lane_end[cut]] = 0
        stopped = (self.make > 0) & (self.lost.plants[a.mode_plant] > 0)
        own = stopped[a.use_mode[self.given]]
        step[a.use_node[self.given[own]]] = 0
        for _ in range(_ROUNDS):
            before = step.copy()
            moved = self.ship > 0
            np.minimum.at(step, a.lane_end[moved], step[a.lane_start[moved]])
            through = np.full(a.modes, far)
            risky = node[a.use_node[self.taken]] > _NOTHING
            np.minimum.at(through, a.use_mode[self.taken[risky]], step[a.use_node[self.taken[risky]]] + 1)
            np.minimum.at(step, a.use_node[self.given], through[a.use_mode[self.given]])
            if (step == before).all():
                break
        return np.where((node > _NOTHING) & (step < far), step, -1).astype(np.int32)


def _tiers(risk: _Risk, plan: Plan, atlas: Atlas | None, node: Floats, mode: Floats, step: Ints) -> tuple[Tier, ...]:
    a = risk.a
    places, items = a.net["places"]["place"], a.net["items"]["item"]
    # What is sent on is counted where it ends, so that nothing counts twice.
    ends = risk.inflow.copy()
    np.subtract.at(ends, a.lane_start, risk.ship)
    ends = np.maximum(ends, 0.0)
    found = []
    for item in np.unique(a.node_item[step >= 0]).tolist():
        own = np.flatnonzero((a.node_item == item) & (step >= 0)).astype(np.int32)
        lost = node[own] * ends[own]
        every = ends[a.node_item == item].sum()
        order = np.argsort(-node[own] * risk.inflow[own], kind="stable")
        made = risk.given[(a.use_item[risk.given] == item) & (mode[a.use_mode[risk.given]] > _NOTHING)]
        plants: dict[int, float] = {}
        for m in a.use_mode[made].tolist():
            plants[int(a.mode_plant[m])] = max(plants.get(int(a.mode_plant[m]), 0.0), float(mode[m]))
        spare = _substitutes(risk, plan, item, own)
        found.append(
            Tier(
                item=items[item],
                step=int(step[own].min()),
                at_risk=float(lost.sum()),
                total=float(ends[own].sum()),
                world=float(lost.sum() / every) if every else 0.0,
                places=tuple((places[int(a.node_place[own[k]])], float(node[own[k]])) for k in order.tolist()),
                plants=tuple(
                    (a.net["plants"]["plant"][p], share) for p, share in sorted(plants.items(), key=lambda q: -q[1])
                ),
                substitutes=spare,
                trust=_trust(risk, atlas, own),
            )
        )
    return tuple(sorted(found, key=lambda tier: (tier.step, -tier.world)))


def _substitutes(risk: _Risk, plan: Plan, item: int, nodes: Ints) -> tuple[Substitute, ...]:
    """What is not hit and could bring more of an item, largest first, the unlimited before all."""
    a, at = risk.a, risk.at
    places = a.net["places"]["place"]
    country = dict(a.net["places"].select("place", "country").iter_rows())
    days = a.net["lanes"]["days"].fill_null(float("nan")).to_numpy() if a.lanes else np.zeros(0)
    ends = np.isin(a.lane_end, nodes)
    found = []

    def way(place: int) -> float | None:
        if (a.node_place[nodes] == place).any():
            return 0.0
        own = ends & (a.lane_from == place) & (a.lane_item == item) & (risk.lost.lanes == 0)
        left = days[own]
        return float(np.nanmin(left)) if left.size and not np.isnan(left).all() else (0.0 if left.size else None)

    now = np.flatnonzero((a.supply.period == at) & (a.supply_item[a.supply.row] == item))
    for row in a.supply.row[now].tolist():
        if risk.lost.supplies[row] > 0:
            continue
        room = float(a.supply_quantity[row] - risk.buy[row])
        place = int(a.supply_place[row])
        if room > 0:
            spare = None if np.isinf(room) else room
            found.append(
                Substitute(
                    "offer", a.net["supplies"]["supply"][row], places[place], country[places[place]], spare, way(place)
                )
            )
    used = np.zeros(a.plants)
    np.add.at(used, a.mode_plant, risk.make * a.mode_use)
    built = built_by(plan.model, plan.values)[:, at]
    makes = np.unique(
        a.mode_plant[a.use_mode[(a.use_item == item) & (a.use_amount[:, at] > 0) & ~(a.use_byproduct[:, at] > 0)]]
    )
    for plant in makes.tolist():
        room = float(a.usable[plant, at] + built[plant] - used[plant])
        place = int(a.plant_place[plant])
        if risk.lost.plants[plant] == 0 and np.isfinite(room) and room > 1e-6 * max(1.0, used[plant]):
            found.append(
                Substitute(
                    "plant", a.net["plants"]["plant"][plant], places[place], country[places[place]], room, way(place)
                )
            )
        for option in np.flatnonzero(a.option_plant == plant).tolist():
            first = int(a.option_start[option])
            if first < a.T:
                most = float(a.option("max_size", np.inf)[option])
                found.append(
                    Substitute(
                        "build",
                        a.net["options"]["option"][option],
                        places[place],
                        country[places[place]],
                        None if np.isinf(most) else most,
                        way(place),
                        a.net["periods"]["period"][max(first, at)],
                    )
                )
    reached = [one for one in found if one.days is not None]
    return tuple(sorted(reached, key=lambda s: (s.kind == "build", -(np.inf if s.spare is None else s.spare), s.what)))


def _demands(a: Arrays, node: Floats, at: int) -> tuple[tuple[str, str, float], ...]:
    places, items = a.net["places"]["place"], a.net["items"]["item"]
    now = a.demand.row[a.demand.period == at]
    found = {
        (places[int(a.demand_place[row])], items[int(a.demand_item[row])]): float(node[a.demand_node[row]])
        for row in now.tolist()
        if node[a.demand_node[row]] > _NOTHING
    }
    return tuple((place, item, share) for (place, item), share in sorted(found.items(), key=lambda p: (-p[1], p[0])))


def _trust(risk: _Risk, atlas: Atlas | None, nodes: Ints) -> str | None:
    """Weakest trust of the facts behind the lanes, offers and plants that bring an item to where it is at risk."""
    if atlas is None:
        return None
    a = risk.a
    rows: list[str | None] = []
    lanes = np.flatnonzero(np.isin(a.lane_end, nodes) & (risk.ship > 0))
    offers = np.flatnonzero(np.isin(a.supply_node, nodes) & (risk.buy > 0))
    plants = np.unique(a.mode_plant[a.use_mode[risk.given[np.isin(a.use_node[risk.given], nodes)]]])
    for table, at in (("lanes", lanes), ("supplies", offers), ("plants", plants)):
        rows += a.net[table]["facts"].gather(at.tolist()).to_list()
    named = {fact for text in rows if text for fact in text.split()}
    found = [trust for fact in sorted(named) if (trust := _confidence(atlas, fact)) is not None]
    return max(found, key=_TRUST.index, default=None)


def _confidence(atlas: Atlas, fact: str) -> str | None:
    table, _, line = fact.partition(":")
    if table not in atlas.tables or not line.isdigit():
        return None
    rows = _by_line(atlas, table)
    return rows.get(int(line))


def _by_line(atlas: Atlas, table: str) -> Mapping[int, str]:
    own = atlas[table]
    if "confidence" not in own.columns:
        return {}
    return dict(own.select("_line", "confidence").iter_rows())


def worst(exposures: Sequence[Exposure]) -> Exposure:
    """The exposure that reaches furthest: the largest share of a demand at risk, then the most tiers."""
    return max(exposures, key=lambda e: (max((share for *_, share in e.demands), default=0.0), len(e.tiers)))
