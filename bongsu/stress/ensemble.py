"""Many scenarios of one plan: what each costs, what goes unserved, which plants stand still, what things are then worth.

    >>> plan = Plan.of(network)
    >>> ensemble = Ensemble.of(plan, scenarios(network))
    >>> for outcome in ensemble.outcomes():
    ...     print(outcome.name, outcome.cost - ensemble.base_cost)

An ensemble is plain data and can be sent to other processes; :meth:`Ensemble.engine` makes the solver there. Outcomes do not depend
on the order in which scenarios are solved, nor on who solves them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import polars as pl

from bongsu.chain.change import Scenario
from bongsu.plan.arrays import Floats, Ints
from bongsu.plan.assemble import Model
from bongsu.plan.patch import patch
from bongsu.plan.plan import Plan
from bongsu.stress.engine import Engine, Unsolved
from bongsu.stress.point import Point
from bongsu.stress.recourse import Delta, Recourse, decided, reduce

#: A plant counts as stopped in a period in which it makes less than this share of what it makes when nothing happens.
STOPPED = 0.01
#: A change of activity smaller than this share of it is not reported.
_NOTICED = 1e-6
#: A quantity smaller than this (solver units, where a typical demand is 64) is rounding.
_ZERO = 1e-6

#: Columns of the tables of a cube.
TABLES: Mapping[str, Mapping[str, type[pl.DataType]]] = {
    "scenarios": {
        "scenario": pl.String,
        "weight": pl.Float64,
        "status": pl.String,
        "cost": pl.Float64,
        "more": pl.Float64,
        "how": pl.String,
        "start": pl.Int32,
        "iterations": pl.Int32,
    },
    "unserved": {
        "scenario": pl.String,
        "demand": pl.String,
        "place": pl.String,
        "item": pl.String,
        "period": pl.String,
        "quantity": pl.Float64,
    },
    "plants": {
        "scenario": pl.String,
        "plant": pl.String,
        "place": pl.String,
        "period": pl.String,
        "made": pl.Float64,
        "base": pl.Float64,
        "stopped": pl.Boolean,
    },
    "prices": {
        "scenario": pl.String,
        "place": pl.String,
        "item": pl.String,
        "period": pl.String,
        "value": pl.Float64,
        "base": pl.Float64,
    },
    "missed": {"scenario": pl.String, "what": pl.String, "quantity": pl.Float64},
}


@dataclass(frozen=True, eq=False)
class Outcome:
    """What one scenario does.

    Attributes:
        name, weight: of the scenario.
        status: ``optimal``; ``short`` where something hard has to be missed; ``unsolved``.
        cost: present money, natural units, without penalties for what is hard; not a number where unsolved.
        point: the solution, solver units; None where unsolved.
    """

    name: str
    weight: float
    status: str
    cost: float
    point: Point | None


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Scenarios of one recourse problem.

    Attributes:
        recourse: the problem.
        names, weights, deltas: of the scenarios.
        basis: optimal basis of the base.
        base: its optimum.
        pool: bases to start from beside the base's, with the points they are optimal for.
    """

    recourse: Recourse
    names: tuple[str, ...]
    weights: tuple[float, ...]
    deltas: tuple[Delta, ...]
    basis: tuple[Ints, Ints]
    base: Point
    pool: tuple[tuple[Point, tuple[Ints, Ints]], ...] = field(default=())

    @classmethod
    def of(cls, plan: Plan, scenarios: Sequence[Scenario], replan: bool = False, pool: int = 16) -> Ensemble:
        """The ensemble of a solved plan.

        Args:
            plan: the plan, solved.
            scenarios: what may happen.
            replan: whether builds may be decided anew knowing the scenario; otherwise they stay as planned.
            pool: how many scenarios, spread evenly over the list, are solved first to start others from.

        Raises:
            BadChange, NeedsRebuild: a scenario cannot be carried out on the compiled plan.
            Unsolved: a scenario of the pool has no optimum.
        """
        patches = [patch(plan.model, scenario.changes) for scenario in scenarios]
        room = [p.columns[p.upper > p.lower] for p in patches]
        model = plan.model
        open_now = np.unique(np.concatenate([*room, np.zeros(0, dtype=np.int32)])).astype(np.int32)
        keep = np.setdiff1d(open_now[model.lower[open_now] == model.upper[open_now]], decided(model))
        recourse = reduce(model, plan.values / model.column_scale, replan, keep.tolist())
        deltas = tuple(recourse.delta(one) for one in patches)
        engine = Engine(recourse)
        basis = engine.base_basis()
        starts = []
        for at in _spread(len(deltas), pool):
            point = engine.solve(deltas[at])
            if point.how == "base" and not point.missed:
                starts.append((point, engine.basis()))
        return cls(
            recourse,
            tuple(s.name for s in scenarios),
            tuple(s.weight for s in scenarios),
            deltas,
            basis,
            engine.base,
            tuple(starts),
        )

    def __len__(self) -> int:
        return len(self.names)

    @property
    def base_cost(self) -> float:
        """Present cost when nothing happens, natural money."""
        return self.base.cost * self.recourse.model.money

    def engine(self, skip: bool = True, devex: bool = True, pool: bool = True) -> Engine:
        """A solver of its own for this ensemble; the switches are there to measure what each step brings."""
        engine = Engine(self.recourse, self.basis, skip, devex)
        if pool and self.pool:
            for point, basis in self.pool:
                engine.keep(point, basis)
            engine.seal()
        return engine

    def outcomes(self, which: Sequence[int] | None = None, engine: Engine | None = None) -> Iterator[Outcome]:
        """Outcomes of some scenarios by position (all, if not said), in that order."""
        solver = engine or self.engine()
        money = self.recourse.model.money
        for at in range(len(self)) if which is None else which:
            try:
                point = solver.solve(self.deltas[at])
            except Unsolved:
                yield Outcome(self.names[at], self.weights[at], "unsolved", float("nan"), None)
                continue
            status = "short" if point.missed > 0 else "optimal"
            yield Outcome(self.names[at], self.weights[at], status, point.cost * money, point)

    # What an outcome says ------------------------------------------------------------------------------------------------

    def tables(self, outcomes: Sequence[Outcome], watch: Sequence[tuple[str, str]] = ()) -> dict[str, pl.DataFrame]:
        """Outcomes as tables (:data:`TABLES`), natural units, in the order given.

        Args:
            outcomes: of this ensemble.
            watch: pairs (place, item) whose prices are wanted beside those of all demands.
        """
        rows: dict[str, list[tuple[object, ...]]] = {name: [] for name in TABLES}
        nodes = self._watched(watch)
        for one in outcomes:
            point = one.point
            rows["scenarios"].append(
                (
                    one.name,
                    one.weight,
                    one.status,
                    one.cost,
                    one.cost - self.base_cost,
                    point.how if point else "",
                    point.start if point else -1,
                    point.iterations if point else 0,
                )
            )
            if point is None:
                continue
            values, duals = self.values(point), self.duals(point)
            rows["unserved"] += [(one.name, *row) for row in self.unserved(values)]
            rows["plants"] += [(one.name, *row) for row in self._plants(values)]
            rows["prices"] += [(one.name, *row) for row in self._prices(duals, nodes)]
            rows["missed"] += [(one.name, *row) for row in self._missed(values)]
        return {name: pl.DataFrame(rows[name], schema=dict(columns), orient="row") for name, columns in TABLES.items()}

    def _problem(self, point: Point) -> Recourse:
        """The problem whose columns a point has."""
        r = self.recourse
        return r if point.values.size == r.columns.size else r.elastic

    def values(self, point: Point) -> Floats:
        """Values of all columns of the whole model, natural units."""
        return self._problem(point).whole(point.values) * self.recourse.model.column_scale

    def duals(self, point: Point) -> Floats:
        """Duals of all rows of the whole model, present money per natural unit."""
        r, m = self._problem(point), self.recourse.model
        every = np.zeros(m.shape[0])
        every[r.rows] = point.duals
        return every * m.money / m.row_scale

    @cached_property
    def _base_made(self) -> Floats:
        return self._made(self.values(self.base))

    @cached_property
    def base_duals(self) -> Floats:
        """Duals when nothing happens; see :meth:`duals`."""
        return self.duals(self.base)

    def _made(self, values: Floats) -> Floats:
        """Capacity used by plant and period, shape (plants, T), natural units."""
        return made(self.recourse.model, values)

    def unserved(self, values: Floats) -> list[tuple[str, str, str, str, float]]:
        """Demand that is not met: demand, place, item, period, quantity per year."""
        return unserved(self.recourse.model, values)

    def _plants(self, values: Floats) -> list[tuple[str, str, str, float, float, bool]]:
        a = self.recourse.model.arrays
        made, base = self._made(values), self._base_made
        moved = np.abs(made - base) > _NOTICED * np.maximum(np.abs(base), 1.0)
        plants, periods = a.net["plants"], a.net["periods"]["period"]
        return [
            (
                plants["plant"][p],
                plants["place"][p],
                periods[t],
                float(made[p, t]),
                float(base[p, t]),
                bool(base[p, t] > 0 and made[p, t] < STOPPED * base[p, t]),
            )
            for p, t in np.argwhere(moved).tolist()
        ]

    def _watched(self, watch: Sequence[tuple[str, str]]) -> Ints:
        a = self.recourse.model.arrays
        nodes = set(a.demand_node.tolist())
        places = {name: at for at, name in enumerate(a.net["places"]["place"])}
        items = {name: at for at, name in enumerate(a.net["items"]["item"])}
        known = {int(key): at for at, key in enumerate(a.node_key.tolist())}
        for place, item in watch:
            node = known.get(places.get(place, -1) * a.items + items.get(item, -1))
            if node is not None and place in places and item in items:
                nodes.add(node)
        return np.array(sorted(nodes), dtype=np.int32)

    def _prices(self, duals: Floats, nodes: Ints) -> list[tuple[str, str, str, float, float]]:
        m = self.recourse.model
        a, start = m.arrays, m.constraints["balance"].start
        at = start + (nodes[:, None] * a.T + np.arange(a.T)).reshape(-1)
        now, base = duals[at], self.base_duals[at]
        worth = np.tile(a.weight, nodes.size)
        moved = np.flatnonzero(np.abs(now - base) > _NOTICED * np.maximum(np.abs(base), 1e-9))
        places, items, periods = a.net["places"]["place"], a.net["items"]["item"], a.net["periods"]["period"]
        found = []
        for k in moved.tolist():
            node, t = int(nodes[k // a.T]), k % a.T
            place, item = places[int(a.node_place[node])], items[int(a.node_item[node])]
            found.append((place, item, periods[t], float(now[k] / worth[k]), float(base[k] / worth[k])))
        return found

    def _missed(self, values: Floats) -> list[tuple[str, float]]:
        """What is hard and missed: name of the column, and by how much."""
        m = self.recourse.model
        columns = self.recourse.elastic.columns[self.recourse.elastic.opened]
        own = values[columns]
        some = own > _ZERO * m.column_scale[columns]
        return [(m.column_name(int(c)), float(v)) for c, v in zip(columns[some], own[some], strict=True)]


def made(model: Model, values: Floats) -> Floats:
    """Capacity used by plant and period, shape (plants, T), natural units."""
    a, family = model.arrays, model.variables["make"]
    used = np.zeros((a.plants, a.T))
    np.add.at(used, a.mode_plant, values[family.span].reshape(-1, a.T) * a.mode_use[:, None])
    return used


def built_by(model: Model, values: Floats) -> Floats:
    """Built capacity that stands, natural units; shape (plants, T).

    Args:
        values: of all columns, natural units.
    """
    a = model.arrays
    standing = np.zeros((a.plants, a.T))
    family = model.variables.get("build")
    if family is None:
        return standing
    option, start = a.build
    for t in range(a.T):
        stands = (start <= t) & (t < start + a.option_life[option])
        np.add.at(standing[:, t], a.option_plant[option[stands]], values[family.span][stands])
    return standing


def unserved(model: Model, values: Floats) -> list[tuple[str, str, str, str, float]]:
    """Demand that is not met: demand, place, item, period, quantity per year."""
    a, family = model.arrays, model.variables["short"]
    own = values[family.span]
    some = np.flatnonzero(own > _ZERO * model.column_scale[family.span])
    demands, periods = a.net["demands"], a.net["periods"]["period"]
    found = []
    for k in some.tolist():
        row = demands.row(int(a.demand.row[k]), named=True)
        found.append((row["demand"], row["place"], row["item"], periods[int(a.demand.period[k])], float(own[k])))
    return found


def made_beside(plan: Plan, base: Plan) -> pl.DataFrame:
    """What plants of one plan make beside another, by name: plant, place, period, made, base, stopped; only where it differs.

    A plant that one of the networks does not have makes nothing there.
    """
    sums: dict[tuple[str, str], list[float]] = {}
    places: dict[str, str] = {}
    for at, one in enumerate((plan, base)):
        a, own = one.model.arrays, made(one.model, one.values)
        periods = a.net["periods"]["period"].to_list()
        for p, (plant, place) in enumerate(a.net["plants"].select("plant", "place").iter_rows()):
            places[plant] = place
            for t, period in enumerate(periods):
                sums.setdefault((plant, period), [0.0, 0.0])[at] = float(own[p, t])
    rows = [
        (plant, places[plant], period, now, before, before > 0 and now < STOPPED * before)
        for (plant, period), (now, before) in sums.items()
        if abs(now - before) > _NOTICED * max(abs(before), 1.0)
    ]
    columns = ("plant", "place", "period", "made", "base", "stopped")
    return pl.DataFrame(rows, schema={name: TABLES["plants"][name] for name in columns}, orient="row")


def _spread(size: int, wanted: int) -> list[int]:
    """Positions spread evenly over a list."""
    return (
        sorted(set(np.linspace(0, size - 1, min(size, wanted)).round().astype(int).tolist())) if size and wanted else []
    )
