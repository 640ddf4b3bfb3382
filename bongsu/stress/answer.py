"""The answer to a disruption: who stands still, from when, how much it costs, what goes unserved, and what to do first.

Every branch is solved exactly on the plan with its builds held (:mod:`bongsu.stress.engine`), and again with builds free, to see
what knowing it would have changed. What to do is found by solving the branch again with a hundredth more of an item at a place or
of a plant, and is listed where that saves more than it saves when nothing happens; and by what would be built with foresight.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from bongsu.chain.change import Change, Scenario
from bongsu.plan.arrays import Arrays, Floats
from bongsu.plan.assemble import Model
from bongsu.plan.plan import Plan
from bongsu.stress.disruption import Branch, Disruption, Ground, resolve
from bongsu.stress.ensemble import TABLES, Ensemble, Outcome, built_by, made_beside, unserved
from bongsu.stress.exposure import Exposure, exposure
from bongsu.stress.point import Point
from bongsu.stress.recourse import Delta
from bongsu.stress.rule import Door, Ruled, ruled

#: Measures listed by worth.
_LISTED = 12
_SMALL = 1e-9
#: Items and plants tried, each by two solves; the rest of the list is of builds, which cost none.
_TRIED = 6
#: Share of what passes a place, or of a plant, that a measure adds.
_LOT = 0.01
#: Items whose hundredth saves less than this share of what the dearest saves are not tried.
_TENTH = 0.1


@dataclass(frozen=True, slots=True)
class Standstill:
    """A plant that makes less than planned.

    Attributes:
        plant, place, country: which.
        period: first period in which it makes less.
        made, base: activity over the periods in which it makes less, and when nothing happens; unit per year times years.
        worst: largest share of a period's activity that is lost; stopped: whether nothing is left in some period.
    """

    plant: str
    place: str
    country: str | None
    period: str
    made: float
    base: float
    worst: float
    stopped: bool


@dataclass(frozen=True, slots=True)
class Unserved:
    """Demand that is not met because of the branch.

    Attributes:
        place, item: of the demand.
        period: first period of shortage.
        quantity: over all periods; share: of the demand of the periods in which it is short.
    """

    place: str
    item: str
    period: str
    quantity: float
    share: float


@dataclass(frozen=True, slots=True)
class Measure:
    """What a little more of something would save under the branch, found by solving with it: a hundredth of what passes there.

    Attributes:
        kind: ``item`` (more available at a place: stock, a second source), ``capacity`` or ``build``.
        what: place and item, plant, or option; period: when.
        value: present money saved per unit of that hundredth under the branch; before: when nothing happens.
        quantity: the hundredth that was tried: units of the item in the period, units per year of a plant; for a build, by how
            much it would grow with foresight.
        served: part of ``value`` that is penalty for demand not met, and so says that more is served rather than what it costs.
    """

    kind: str
    what: str
    period: str
    value: float
    before: float
    quantity: float | None = None
    served: float = 0.0


@dataclass(frozen=True, eq=False)
class BranchAnswer:
    """What one branch does.

    Attributes:
        branch: the branch.
        status: ``optimal``, ``short`` or ``unsolved``.
        more: what it costs more than the plan, present money, builds held; foreseen: with builds free to answer it.
        standstills: plants that make less, largest loss of a period first.
        unserved: demand not met beyond what the plan leaves unmet.
        exposure: what hangs on what is hit.
        measures: what to do first.
        outcome: the solution.
    """

    branch: Branch
    status: str
    more: float
    foreseen: float
    standstills: tuple[Standstill, ...]
    unserved: tuple[Unserved, ...]
    exposure: Exposure
    measures: tuple[Measure, ...]
    outcome: Outcome


@dataclass(frozen=True, eq=False)
class StressAnswer:
    """What a disruption does to a plan.

    Attributes:
        disruption: what was asked.
        base_cost: present cost of the plan when nothing happens.
        branches: what each branch does.
    """

    disruption: Disruption
    base_cost: float
    branches: tuple[BranchAnswer, ...]

    @property
    def expected(self) -> float:
        """Expected additional cost over the branches, present money."""
        return sum(one.branch.weight * one.more for one in self.branches)


def answer(
    disruption: Disruption,
    ground: Ground,
    plan: Plan,
    tell: Callable[[str], None] | None = None,
    door: Door | None = None,
) -> StressAnswer:
    """What a disruption does to a solved plan.

    Args:
        disruption: what happens.
        ground: the network of the plan, and the facts behind it.
        plan: solved.
        tell: told what is being done.
        door: gives the network under other law, for branches that change it.

    Raises:
        BadDisruption: a hit strikes nothing, or the law cannot be changed here.
    """
    say = tell or (lambda text: None)
    plain = [branch for branch in disruption.branches if branch.rule is None]
    changes = [resolve(branch, ground, plan) for branch in plain]
    found: dict[str, BranchAnswer] = {}
    base = plan.objective
    if plain:
        scenarios = [Scenario(branch.name, own, branch.weight) for branch, own in zip(plain, changes, strict=True)]
        say("solving the branches with builds held")
        held = Ensemble.of(plan, scenarios, pool=0)
        outcomes = list(held.outcomes())
        say("solving the branches with builds free")
        free = Ensemble.of(plan, scenarios, replan=True, pool=0)
        foreseen = list(free.outcomes())
        tables = held.tables(outcomes)
        base = held.base_cost
        before = {(d, p): q for d, _, _, p, q in held.unserved(held.values(held.base))}
        for branch, own, outcome, ahead in zip(plain, changes, outcomes, foreseen, strict=True):
            say(f"tracing what hangs on it: {branch.name}")
            found[branch.name] = BranchAnswer(
                branch,
                outcome.status,
                outcome.cost - held.base_cost,
                ahead.cost - free.base_cost,
                standstills(tables["plants"].filter(pl.col("scenario") == branch.name), plan.model.arrays),
                _unserved(tables["unserved"].filter(pl.col("scenario") == branch.name), plan.model.arrays, before),
                exposure(branch, ground, plan),
                _measures(held, outcome, free, ahead, own),
                outcome,
            )
    for branch in disruption.branches:
        if branch.rule is not None:
            say(f"planning under other law: {branch.name}")
            found[branch.name] = _under_rule(branch, ruled(branch, ground, plan, door), ground, plan)
    return StressAnswer(disruption, base, tuple(found[branch.name] for branch in disruption.branches))


_STATUS: Mapping[str, str] = {"optimal": "optimal", "feasible": "optimal", "infeasible": "short"}


def _under_rule(branch: Branch, under: Ruled, ground: Ground, plan: Plan) -> BranchAnswer:
    """What a branch does that changes the law: the plan of the chain under it, beside the plan asked about."""
    status = _STATUS.get(under.held.status, "unsolved")
    cost = under.held.objective if status != "unsolved" else float("nan")
    ahead = under.free.objective if under.free.status in _STATUS else float("nan")
    rows = made_beside(under.held, plan)
    before = {(d, p): q for d, _, _, p, q in unserved(plan.model, plan.values)}
    columns = ("demand", "place", "item", "period", "quantity")
    short = pl.DataFrame(
        unserved(under.held.model, under.held.values), schema={c: TABLES["unserved"][c] for c in columns}, orient="row"
    )
    return BranchAnswer(
        branch,
        status,
        cost - plan.objective,
        ahead - plan.objective,
        standstills(rows, plan.model.arrays) if status != "unsolved" else (),
        _unserved(short, under.held.model.arrays, before) if status != "unsolved" else (),
        exposure(branch, ground, plan),
        tuple(_grown(under.free, plan)) if under.free.status in _STATUS else (),
        Outcome(branch.name, branch.weight, status, cost, None),
    )


def _grown(free: Plan, plan: Plan) -> list[Measure]:
    """Builds that are larger in another plan, largest first."""
    before = {(o, p): v for o, p, v in plan.table("build").select("option", "period", "value").iter_rows()}
    grown = [
        (option, period, value - before.get((option, period), 0.0), value)
        for option, period, value in free.table("build").select("option", "period", "value").iter_rows()
    ]
    listed = sorted(
        (one for one in grown if one[2] > 1e-6 * max(one[3], 1.0)), key=lambda one: (-one[2], one[0], one[1])
    )
    return [Measure("build", option, period, 0.0, 0.0, more) for option, period, more, _ in listed[:_LISTED]]


def standstills(rows: pl.DataFrame, a: Arrays) -> tuple[Standstill, ...]:
    """Plants that make less, the one that loses the largest share first.

    Args:
        rows: plant, place, period, made, base, stopped; units of activity per year.
        a: of the network.
    """
    country: Mapping[str, str] = dict(a.net["places"].select("place", "country").iter_rows())
    years = dict(zip(a.net["periods"]["period"], a.years.tolist(), strict=True))
    found = []
    # What a plant makes may lie below zero by the tolerance of the solver; nothing is lost of nothing.
    lessened = rows.with_columns(pl.col("made").clip(0.0)).filter(pl.col("made") < pl.col("base"))
    for (plant,), own in lessened.group_by(["plant"], maintain_order=True):
        lost = own.with_columns(
            share=1.0 - pl.col("made") / pl.col("base"), years=pl.col("period").replace_strict(years, default=1.0)
        )
        serious = lost.filter(pl.col("share") > 1e-3)
        if serious.is_empty():
            continue
        place = serious["place"][0]
        found.append(
            Standstill(
                str(plant),
                place,
                country.get(place),
                serious["period"][0],
                float((serious["made"] * serious["years"]).sum()),
                float((serious["base"] * serious["years"]).sum()),
                float(serious["share"].max()),  # type: ignore[arg-type]
                bool(serious["stopped"].any()),
            )
        )
    return tuple(sorted(found, key=lambda s: (-s.worst, s.period, s.plant)))


def _unserved(rows: pl.DataFrame, a: Arrays, before: Mapping[tuple[str, str], float]) -> tuple[Unserved, ...]:
    periods = a.net["periods"]["period"].to_list()
    wanted: dict[tuple[str, str], float] = {}
    for k, row in enumerate(a.demand.row.tolist()):
        demand = a.net["demands"]["demand"][row]
        wanted[demand, periods[int(a.demand.period[k])]] = float(a.demand_quantity[row])
    years = dict(zip(periods, a.years.tolist(), strict=True))
    groups: dict[tuple[str, str], list[tuple[str, float, float]]] = {}
    for demand, place, item, period, quantity in rows.select(
        "demand", "place", "item", "period", "quantity"
    ).iter_rows():
        more = quantity - before.get((demand, period), 0.0)
        if more > _SMALL * wanted[demand, period]:
            groups.setdefault((place, item), []).append(
                (period, more * years[period], wanted[demand, period] * years[period])
            )
    found = [
        Unserved(place, item, own[0][0], sum(q for _, q, _ in own), sum(q for _, q, _ in own) / sum(w for *_, w in own))
        for (place, item), own in groups.items()
    ]
    return tuple(sorted(found, key=lambda u: (-u.share, u.place, u.item)))


def _measures(
    held: Ensemble, outcome: Outcome, free: Ensemble, ahead: Outcome, changes: Sequence[Change]
) -> tuple[Measure, ...]:
    if outcome.point is None or ahead.point is None:
        return ()
    if outcome.point.missed > 0 or ahead.point.missed > 0:
        # What must be met and is missed has no price, so nothing can be said in money of what would help.
        return ()
    lots = _Lots(held, outcome)
    return (*lots.items(), *lots.capacities(_left(changes, held)), *_builds(free, ahead))


class _Lots:
    """What a hundredth more of something saves.

    At a kink of the cost, where answers to a disruption like to lie, a dual is worth one unit less or one unit more and does not
    say which. So duals only choose what is tried, and the solver says what it saves.
    """

    def __init__(self, held: Ensemble, outcome: Outcome) -> None:
        assert outcome.point is not None
        self.held, self.point = held, outcome.point
        self.model = held.recourse.model
        self.delta = held.deltas[held.names.index(outcome.name)]
        self.engine = held.engine(pool=False)
        # A hundredth more lies close to the branch, so the branch is a start to choose beside the plan.
        self.engine.keep(self.engine.solve(self.delta), self.engine.basis())
        self.engine.seal()
        self.periods = self.model.arrays.net["periods"]["period"]

    def items(self) -> list[Measure]:
        """Of each item the place and period where a hundredth saves most; first what saves most for what it is usually worth.

        Along a chain that is short the hundredth of every step saves about the same, a vehicle's as its graphite's. So the step
        that costs least to hold is named first, and only those are tried that save a tenth of what the dearest does.
        """
        m, span = self.model, self.model.constraints["balance"].span
        flow = _throughput(self.held.values(self.point), self.held)
        worth = self.held.duals(self.point)[span] * m.row_scale[span] * flow
        usual = self.held.base_duals[span] * m.row_scale[span] * flow
        # Where the plan itself lies at a kink, its dual may hide what the branch makes dear: then all that is dear is tried.
        return self._items(worth - usual, usual, flow) or self._items(worth, usual, flow)

    def _items(self, gain: Floats, usual: Floats, flow: Floats) -> list[Measure]:
        m, span = self.model, self.model.constraints["balance"].span
        T = m.arrays.T
        item = m.arrays.node_item[np.arange(gain.size) // T]
        found: list[Measure] = []
        dear = np.flatnonzero(gain > max(_SMALL, _TENTH * float(gain.max(initial=0.0))))
        dear = dear[np.argsort(-gain[dear], kind="stable")]
        first = dear[np.sort(np.unique(item[dear], return_index=True)[1])]
        for k in first[np.argsort(-_leverage(gain[first], usual[first]), kind="stable")][:_TRIED].tolist():
            if gain[k] > _SMALL:
                at, lot = span.start + k, _LOT * float(flow[k])
                what = m.row_name(at).removeprefix("balance[").rsplit(",", 1)[0]
                # The row is of a rate per year that holds for the length of its period.
                units = lot * float(m.row_scale[at]) * float(m.arrays.years[k % T])
                found.append(self._measure("item", what, at, (-lot, -lot), (-lot, -lot), units))
        real = _worthwhile(found)
        worth = [_leverage(np.array([one.value - one.before]), np.array([one.before]))[0] for one in real]
        return [one for _, one in sorted(zip(worth, real, strict=True), key=lambda pair: -pair[0])]

    def capacities(self, left: Floats) -> list[Measure]:
        """Plants, the dearest hundredth first; a unit more runs for as much of the period as the plant does."""
        m, family = self.model, self.model.constraints["capacity"]
        a, plants, periods = m.arrays, family.keys["plants"], family.keys["period"]
        usual = a.availability[plants, periods]
        usable = usual * left[plants, periods]
        size = (a.capacity + built_by(m, self.held.values(self.held.base)))[plants, periods]
        gain = (self.held.base_duals[family.span] * usual - self.held.duals(self.point)[family.span] * usable) * size
        found = []
        for k in np.argsort(-np.where(np.isfinite(gain), gain, 0.0), kind="stable")[:_TRIED].tolist():
            if gain[k] > _SMALL and size[k] > 0:
                at, lot = family.start + k, _LOT * float(size[k])
                unit = lot / float(m.row_scale[at])
                plant = a.net["plants"]["plant"][int(plants[k])]
                found.append(
                    self._measure(
                        "capacity", plant, at, (0.0, unit * float(usable[k])), (0.0, unit * float(usual[k])), lot
                    )
                )
        return _worthwhile(found)

    def _measure(
        self, kind: str, what: str, at: int, now: tuple[float, float], usually: tuple[float, float], lot: float
    ) -> Measure:
        """Solve with the right-hand side moved, under the branch and when nothing happens; ``lot`` in natural units."""
        value, served = self._saved(at, self.delta, now, self.point)
        before, _ = self._saved(at, Delta(), usually, self.engine.base)
        period = self.periods[_period(self.model, at, self.model.arrays.T)]
        return Measure(kind, what, period, value / lot, before / lot, lot, served / lot)

    def _saved(self, at: int, delta: Delta, by: tuple[float, float], before: Point) -> tuple[float, float]:
        """Present money saved, and how much of it is penalty for demand not met."""
        more = self.held.recourse.shifted(delta, at, *by)
        if more is None:
            return 0.0, 0.0
        after = self.engine.solve(more)
        saved = max(before.cost - after.cost, 0.0) * self.model.money
        return saved, min(max(self._penalty(before) - self._penalty(after), 0.0), saved)

    def _penalty(self, point: Point) -> float:
        m, short = self.model, self.model.variables.get("short")
        if short is None:
            return 0.0
        units = self.held.values(point)[short.span] / m.column_scale[short.span]
        return float(m.cost[short.span] @ units) * m.money


def _period(model: Model, row: int, periods: int) -> int:
    """Period of a row of a family that lies entity by entity over all periods."""
    family = next(f for f in model.constraints.values() if f.start <= row < f.stop)
    return (row - family.start) % periods


def _leverage(gain: Floats, usual: Floats) -> Floats:
    """Gain for what it is worth when nothing happens; what is then worth less than a thousandth counts as that."""
    most: Floats = gain / np.maximum(usual, 1e-3 * (gain + np.maximum(usual, 0.0)))
    return most


def _worthwhile(found: Sequence[Measure]) -> list[Measure]:
    """Measures that save more than when nothing happens, the most saved by their hundredth first."""
    real = [one for one in found if one.value - one.before > _SMALL]
    return sorted(real, key=lambda one: (-(one.value - one.before) * (one.quantity or 0.0), one.what, one.period))


def _left(changes: Sequence[Change], ensemble: Ensemble) -> Floats:
    """What a branch leaves of the availability of each plant in each period, shape (plants, T)."""
    a = ensemble.recourse.model.arrays
    plants = {name: at for at, name in enumerate(a.net["plants"]["plant"])}
    periods = {name: at for at, name in enumerate(a.net["periods"]["period"])}
    left = np.ones((a.plants, a.T))
    for change in changes:
        if change.table == "availability" and change.period is not None:
            left[plants[change.of], periods[change.period]] *= change.factor
    return left


def _builds(free: Ensemble, ahead: Outcome) -> list[Measure]:
    """Builds that would be larger if the branch had been foreseen, largest first."""
    assert ahead.point is not None
    m = free.recourse.model
    a, family = m.arrays, m.variables["build"]
    grown = (free.values(ahead.point) - free.values(free.base))[family.span]
    size = np.maximum(free.values(free.base)[family.span], 1.0)
    found = []
    for k in np.argsort(-grown / m.column_scale[family.span], kind="stable")[:_LISTED].tolist():
        if grown[k] > 1e-6 * size[k]:
            option = a.net["options"]["option"][int(family.keys["options"][k])]
            period = a.net["periods"]["period"][int(family.keys["period"][k])]
            found.append(Measure("build", option, period, 0.0, 0.0, float(grown[k])))
    return found


def _throughput(values: Floats, ensemble: Ensemble) -> Floats:
    """What lanes, offers and makings bring to each node in each period, solver units; one entry per balance row."""
    m = ensemble.recourse.model
    brought = m.matrix.tocsr()[m.constraints["balance"].span]
    brought = brought.multiply(brought > 0).tocsr()
    return np.asarray(brought @ np.maximum(values / m.column_scale, 0.0))
