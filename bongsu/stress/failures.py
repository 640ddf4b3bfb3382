"""Sets of events on one plan: what each costs, which plans do not notice an event, and what duals say of sets.

A plan *notices* an event if it breaks a limit that the event tightens, or costs more under it. A plan that notices none of the
events of a set is still a plan when they happen, at no higher cost, so its cost bounds the cost of the set from above. The duals of
any set price the limits that other events tighten, which bounds the cost of those from below.

With builds held, or without whole numbers, sets are solved by :class:`~bongsu.stress.engine.Engine`. Where builds adapt and come
in whole numbers, each set is a plan of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Any

import highspy
import numpy as np

from bongsu.chain.change import Change, Event, apply
from bongsu.plan import Model, Options, Plan, compile_network, solve
from bongsu.plan.arrays import Bools, Floats, Ints
from bongsu.plan.patch import NeedsRebuild, Patch, patch
from bongsu.plan.programme import hand_over
from bongsu.stress.bounds import Sums
from bongsu.stress.engine import Engine, Unsolved
from bongsu.stress.point import Point, worth
from bongsu.stress.recourse import DECIDED, Delta, Recourse, decided, given_up, reduce
from bongsu.stress.scenario import decided as held_at
from bongsu.stress.stages import column_keys, first_columns, numbered

#: Violations up to this (solver units, a typical demand is 64) count as none, as in the solver's own answers.
_KEPT = 1e-6
#: Costs that differ by less than this share count as the same.
SAME = 1e-9
#: Most solved sets from whose bases others start.
_STARTS = 40

#: A figure of the model (kind, name, position, row of a coefficient) or a row of the network (``named`` and its name).
_Figure = tuple[str, str, int, int]
_BASE = {
    "lane_periods": "lanes",
    "corridor_periods": "corridors",
    "mode_periods": "modes",
    "option_periods": "options",
    "availability": "capacity",
}


@dataclass(frozen=True)
class Outcome:
    """What a set of events costs.

    Attributes:
        cost: present cost, natural money; infinite where there is no plan.
        values: of the columns of the problem, solver units; empty where there is no plan or the set needs a model of its own.
        duals: of the rows; reduced_costs: of the columns; empty likewise, and with whole numbers.
        whole: values of all columns of the plan, natural units; empty where there is no plan.
    """

    cost: float
    values: Floats
    duals: Floats
    reduced_costs: Floats
    model: Model | None
    whole: Floats


_NOTHING = np.zeros(0)
NO_PLAN = Outcome(np.inf, _NOTHING, _NOTHING, _NOTHING, None, _NOTHING)


@dataclass(frozen=True)
class Price:
    """A lower bound on the cost of sets, natural money.

    It is ``constant`` and the sum of ``gain`` over the events of the set, if all events of ``need`` are among them.
    """

    constant: float
    gain: Floats
    need: Bools


class Failures:
    """A plan and events that may happen to it.

    Args:
        plan: the plan as it stands.
        events: what may happen.
        replan: whether builds, closures, corridors and single sources adapt; otherwise they stay as planned.
        options: how to solve sets that are plans of their own.

    Raises:
        BadChange: an event changes what is not there.
    """

    def __init__(self, plan: Plan, events: Sequence[Event], replan: bool, options: Options) -> None:
        self.plan, self.events, self.replan = plan, tuple(events), replan
        self.options = replace(options, progress=None)
        self.model = plan.model
        #: Whether every set is a plan of its own, with whole numbers to choose.
        self.whole = replan and bool(self.model.integer.any())
        self._patches = [self._patched(event.changes) for event in self.events]
        self.problem = _as_a_whole(self.model) if self.whole else self._reduced()
        self.deltas = [None if one is None else self.problem.delta(one) for one in self._patches]
        self.engine = None if self.whole else Engine(self.problem)
        self._seeker: _Seeker | None = None

    def _patched(self, changes: Sequence[Change]) -> Patch | None:
        """The changes on the compiled plan; None where they need a model of their own."""
        try:
            return patch(self.model, changes)
        except NeedsRebuild:
            return None

    def _reduced(self) -> Recourse:
        """The recourse problem, with the columns that some event gives room."""
        room = [p.columns[p.upper > p.lower] for p in self._patches if p is not None]
        given = np.unique(np.concatenate([*room, np.zeros(0, dtype=np.int32)])).astype(np.int32)
        keep = np.setdiff1d(given[self.model.lower[given] == self.model.upper[given]], decided(self.model))
        return reduce(self.model, self.plan.values / self.model.column_scale, self.replan, keep.tolist())

    # What a set costs --------------------------------------------------------------------------------------------------

    def changes(self, chosen: Sequence[int]) -> tuple[Change, ...]:
        """Changes of a set of events, in their order."""
        return tuple(change for e in chosen for change in self.events[e].changes)

    def delta(self, chosen: Sequence[int]) -> Delta | None:
        """A set of events on the problem; None where it needs a model of its own."""
        own = [self.deltas[e] for e in chosen]
        known = [one for one in own if one is not None]
        if len(known) < len(own):
            return None
        figures = [self._figures[e] for e in chosen]
        apart = len(frozenset(chain.from_iterable(figures))) == sum(map(len, figures))
        if apart and not self.model.integer.any() and not self._tangled:
            # Without whole numbers each figure stands in one place, so events that touch different figures add up.
            return _together(known)
        found = self._patched(self.changes(chosen))
        return None if found is None else self.problem.delta(found)

    def cost(self, chosen: Sequence[int]) -> Outcome:
        """What a set of events costs, whatever was asked before.

        Raises:
            RuntimeError: the solver came to no answer.
        """
        delta = self.delta(chosen)
        if delta is None:
            return self.anew(chosen)
        if self.engine is None:
            return self._as_plan(delta, chosen)
        try:
            point = self.engine.solve(delta)
        except Unsolved:
            # No plan at all, or trouble with numbers: a plan from scratch tells.
            return self.anew(chosen)
        if point.missed > _KEPT * (1.0 + abs(point.cost)):
            return NO_PLAN
        values = self.problem.whole(point.values) * self.model.column_scale
        cost = point.cost * self.model.money
        return Outcome(cost, point.values, point.duals, point.reduced_costs, self.model, values)

    def singles(self) -> Sums | None:
        """Bounds on sets from the sums of single events, whose bases sets start from; None where nothing can be summed."""
        if self.engine is None or any(delta is None or not delta.only_limits for delta in self.deltas):
            return None
        deltas, points = [delta for delta in self.deltas if delta is not None], []
        every = max(1, len(deltas) // _STARTS)
        for at, delta in enumerate(deltas):
            try:
                point: Point = self.engine.solve(delta)
            except Unsolved:
                return None
            if point.missed:
                return None
            points.append(point)
            if point.how != "skipped" and at % every == 0:
                self.engine.keep(point, self.engine.basis())
        self.engine.seal()
        return Sums(self.problem, self.engine.base, points, deltas)

    def anew(self, chosen: Sequence[int]) -> Outcome:
        """What a set costs by stating the changed network and solving it from scratch."""
        base = self.model
        model = compile_network(apply(base.arrays.net, self.changes(chosen)), like=base)
        if not self.replan:
            held = _held(base, self.plan.values / base.column_scale, model)
            if held is None:
                return NO_PLAN
            model = held
        return self._solved(model, chosen)

    def _as_plan(self, delta: Delta, chosen: Sequence[int]) -> Outcome:
        m = self.model
        lower, upper, cost = m.lower.copy(), m.upper.copy(), m.cost.copy()
        low, high = m.row_lower.copy(), m.row_upper.copy()
        lower[delta.columns], upper[delta.columns] = delta.lower, delta.upper
        cost[delta.priced] = delta.cost
        low[delta.rows], high[delta.rows] = delta.row_lower, delta.row_upper
        matrix = m.matrix
        if delta.entry_row.size:
            changed = matrix.tolil()
            changed[delta.entry_row, delta.entry_column] = delta.entry_value
            matrix = changed.tocsc()
            matrix.indices, matrix.indptr = matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32)
        offset = m.offset + delta.constant * m.money
        figures = {"lower": lower, "upper": upper, "cost": cost, "row_lower": low, "row_upper": high}
        return self._solved(replace(m, **figures, matrix=matrix, offset=offset), chosen)  # type: ignore[arg-type]

    def _solved(self, model: Model, chosen: Sequence[int]) -> Outcome:
        plan = solve(model, self.options)
        if plan.status == "infeasible":
            return NO_PLAN
        if plan.status not in ("optimal", "feasible"):
            raise RuntimeError(f"{self._said(chosen)}: the plan is {plan.status}")
        same = model.shape == self.model.shape and self.whole
        values = plan.values / model.column_scale if same else _NOTHING
        return Outcome(plan.objective, values, _NOTHING, _NOTHING, plan.model, plan.values)

    def _said(self, chosen: Sequence[int]) -> str:
        return ", ".join(self.events[e].name for e in chosen) or "without events"

    # What a plan does not notice ---------------------------------------------------------------------------------------

    def noticed(self, values: Floats) -> tuple[float, Bools] | None:
        """Cost of a plan without events, and the events that it notices; None where it is no plan without events.

        Events that touch the same figure are noticed together by any plan that uses the figure, so that what is said holds for
        every set of events that are not noticed, not only for each of them.
        """
        r = self.problem
        if not values.size or self._tangled or any(one is None for one in self.deltas):
            return None
        activity = np.asarray(r.matrix @ values)
        if _outside(values, r.lower, r.upper).any() or _outside(activity, r.row_lower, r.row_upper).any():
            return None
        base = float(r.cost @ values) + r.constant
        hit = np.zeros(len(self.events), dtype=bool)
        losses: dict[int, list[tuple[int, float, float]]] = {}
        for e, found in enumerate(self.deltas):
            assert found is not None
            dearer = float((found.cost - r.cost[found.priced]) @ values[found.priced]) + found.constant
            hit[e] = bool(_outside(values[found.columns], found.lower, found.upper).any())
            hit[e] |= dearer > SAME * (1.0 + abs(base))
            for row, below, above, left in self._rows_of(found, self._entries[e], values, activity):
                hit[e] |= left < -_KEPT * (1.0 + abs(float(activity[row])))
                if row in self._shared_rows:
                    losses.setdefault(row, []).append((e, below, above))
        for e, places in enumerate(self._shared):
            hit[e] |= bool((np.abs(values[places]) > _KEPT).any())
        for row, parts in losses.items():
            self._add_up(row, parts, float(activity[row]), hit)
        return base * self.model.money, hit

    def _rows_of(
        self, found: Delta, before: Floats, values: Floats, activity: Floats
    ) -> list[tuple[int, float, float, float]]:
        """Rows that an event touches: what it takes of the slack below and above, and the least slack that it leaves."""
        r = self.problem
        moved: dict[int, float] = {}
        by_entry = (found.entry_value - before) * values[found.entry_column]
        for row, by in zip(found.entry_row.tolist(), by_entry.tolist(), strict=True):
            moved[row] = moved.get(row, 0.0) + by
        bounds = {
            int(row): (float(low), float(high))
            for row, low, high in zip(found.rows, found.row_lower, found.row_upper, strict=True)
        }
        result = []
        for row in sorted({*moved, *bounds}):
            low, high = bounds.get(row, (float(r.row_lower[row]), float(r.row_upper[row])))
            by, here = moved.get(row, 0.0), float(activity[row])
            below = _difference(low, float(r.row_lower[row])) - by
            above = _difference(float(r.row_upper[row]), high) + by
            result.append((row, below, above, min(here + by - low, high - here - by)))
        return result

    def _add_up(self, row: int, parts: list[tuple[int, float, float]], here: float, hit: Bools) -> None:
        """Events that leave a row room one by one may not do so together."""
        r = self.problem
        for side, slack in ((1, here - float(r.row_lower[row])), (2, float(r.row_upper[row]) - here)):
            taken = [(part[0], part[side]) for part in parts if part[side] > 0 and not hit[part[0]]]
            if sum(by for _, by in taken) > slack + _KEPT * (1.0 + abs(here)):
                hit[[e for e, _ in taken]] = True

    @cached_property
    def _tangled(self) -> bool:
        """Whether an event changes the length of a period, which stands in every figure, so that nothing adds up."""
        return any(change.table == "periods" for event in self.events for change in event.changes)

    @cached_property
    def _figures(self) -> list[frozenset[_Figure]]:
        """Bounds, costs, right-hand sides and coefficients that each event changes, and the rows of the network that it names.

        What an event changes can depend on what another did to the same row of the network, even where alone it changes nothing.
        """
        pairs = zip(self.events, self.deltas, strict=True)
        return [frozenset({*_named(event), *_touched(found)}) for event, found in pairs]

    @cached_property
    def _shared(self) -> list[Ints]:
        """For each event the columns whose use makes it noticed because another event touches the same figure."""
        seen: dict[_Figure, list[int]] = {}
        for e, figures in enumerate(self._figures):
            for figure in sorted(figures):
                seen.setdefault(figure, []).append(e)
        columns: list[set[int]] = [set() for _ in self.deltas]
        by_row = self.problem.matrix.tocsr()

        def used(figure: _Figure) -> list[int]:
            kind, _, place, _ = figure
            if kind != "row":
                return [place]
            own: list[int] = by_row.indices[by_row.indptr[place] : by_row.indptr[place + 1]].tolist()
            return own

        for figure, who in seen.items():
            if len(who) < 2:
                continue
            touched = chain.from_iterable(_touched(self.deltas[e]) for e in who) if figure[0] == "named" else [figure]
            own = {column for one in touched for column in used(one)}
            for e in who:
                columns[e] |= own
        return [np.array(sorted(own), dtype=np.int32) for own in columns]

    @cached_property
    def _shared_rows(self) -> frozenset[int]:
        """Rows that more than one event touches."""
        count: dict[int, int] = {}
        for found in self.deltas:
            if found is not None:
                for row in {*found.rows.tolist(), *found.entry_row.tolist()}:
                    count[row] = count.get(row, 0) + 1
        return frozenset(row for row, times in count.items() if times > 1)

    @cached_property
    def _entries(self) -> list[Floats]:
        """Coefficients that each event changes, as they are without it."""
        matrix = self.problem.matrix
        return [
            _NOTHING
            if found is None or not found.entry_row.size
            else np.asarray(matrix[found.entry_row, found.entry_column], dtype=float).reshape(-1)
            for found in self.deltas
        ]

    def only_losses(self) -> bool:
        """Whether every event only tightens upper limits or makes things dearer, so that more events never cost less."""
        r = self.problem
        for found in self.deltas:
            if found is None or found.entry_row.size or found.constant < 0:
                return False
            tighter = (found.upper <= r.upper[found.columns]) & (found.lower >= r.lower[found.columns])
            rows = (found.row_upper <= r.row_upper[found.rows]) & (found.row_lower == r.row_lower[found.rows])
            dearer = (found.cost >= r.cost[found.priced]) & (r.lower[found.priced] >= 0)
            if not (tighter.all() and rows.all() and dearer.all()):
                return False
        return True

    def avoiding(self, chosen: Sequence[int], limit: float) -> Floats | None:
        """A plan under a set of events that costs at most ``limit`` (natural money) and uses little of what events touch.

        None where none was found. What it is good for is checked by :meth:`noticed`; here it is only sought.
        """
        delta = None if self.whole else self.delta(chosen)
        if delta is None:
            return None
        if self._seeker is None:
            self._seeker = _Seeker(self.problem, [one for one in self.deltas if one is not None])
        return self._seeker.find(delta, limit / self.model.money)

    # What duals say ----------------------------------------------------------------------------------------------------

    def price(self, outcome: Outcome) -> Price | None:
        """The lower bound that the duals of one set give on the cost of every set; None where it has none.

        It is exact where events tighten different bounds and right-hand sides. Where they change costs or coefficients, or share a
        figure, it only serves to order the sets.
        """
        r, money = self.problem, self.model.money
        if outcome.duals.size != r.rows.size or outcome.reduced_costs.size != r.columns.size:
            return None
        y, z = outcome.duals, outcome.reduced_costs
        gain, need = np.zeros(len(self.events)), np.zeros(len(self.events), dtype=bool)
        constant = r.constant + float(worth(y, r.row_lower, r.row_upper).sum() + worth(z, r.lower, r.upper).sum())
        for e, found in enumerate(self.deltas):
            if found is None:
                continue
            gain[e] = found.constant
            for duals, low, high, at, new_low, new_high in (
                (z, r.lower, r.upper, found.columns, found.lower, found.upper),
                (y, r.row_lower, r.row_upper, found.rows, found.row_lower, found.row_upper),
            ):
                own = duals[at]
                gain[e] += float((worth(own, new_low, new_high) - worth(own, low[at], high[at])).sum())
                before = np.where(own > 0, low[at], high[at])
                need[e] |= bool(((np.abs(own) > SAME) & np.isinf(before)).any())
        return Price(constant * money, gain * money, need)


class _Seeker:
    """The problem with another aim: to use little of what events touch, at a limited cost."""

    def __init__(self, problem: Recourse, deltas: Sequence[Delta]) -> None:
        self.problem = r = problem
        self.highs = highspy.Highs()
        self.highs.silent()
        hand_over(self.highs, replace(r, cost=_use(r, deltas)))
        at = np.flatnonzero(r.cost).astype(np.int32)
        self.highs.addRow(-highspy.kHighsInf, highspy.kHighsInf, at.size, at, r.cost[at])

    def find(self, delta: Delta, limit: float) -> Floats | None:
        """The plan under a set of events, solver units; None where there is none at that cost."""
        r, h = self.problem, self.highs
        if delta.priced.size or delta.entry_row.size:
            return None
        h.changeColsBounds(delta.columns.size, delta.columns, delta.lower, delta.upper)
        h.changeRowsBounds(delta.rows.size, delta.rows, delta.row_lower, delta.row_upper)
        last = np.array([r.rows.size], dtype=np.int32)
        room = np.array([limit - r.constant - delta.constant])
        h.changeRowsBounds(1, last, np.array([-highspy.kHighsInf]), room)
        h.run()
        done = h.getModelStatus() == highspy.HighsModelStatus.kOptimal
        values = np.array(h.getSolution().col_value) if done else None
        h.changeColsBounds(delta.columns.size, delta.columns, r.lower[delta.columns], r.upper[delta.columns])
        h.changeRowsBounds(delta.rows.size, delta.rows, r.row_lower[delta.rows], r.row_upper[delta.rows])
        return values


def _use(r: Recourse, deltas: Sequence[Delta]) -> Floats:
    """Weight of each column: how much of what events take away a unit of it uses."""
    weight = np.zeros(r.columns.size)
    rows = r.matrix.tocsr()
    for found in deltas:
        for column, upper in zip(found.columns.tolist(), found.upper.tolist(), strict=True):
            if upper < r.upper[column]:
                weight[column] += 1.0 / (1.0 + (r.upper[column] if np.isfinite(r.upper[column]) else 64.0))
        for row, upper in zip(found.rows.tolist(), found.row_upper.tolist(), strict=True):
            if upper < r.row_upper[row] and np.isinf(r.row_lower[row]):
                span = slice(rows.indptr[row], rows.indptr[row + 1])
                lost = float(r.row_upper[row]) - upper
                weight[rows.indices[span]] += np.maximum(rows.data[span], 0.0) / (1.0 + lost)
    return weight


def _as_a_whole(model: Model) -> Recourse:
    """The whole model, nothing fixed, in the shape of a recourse problem."""
    rows, columns = model.shape
    return Recourse(
        model=model,
        columns=np.arange(columns, dtype=np.int32),
        rows=np.arange(rows, dtype=np.int32),
        cost=model.cost,
        lower=model.lower,
        upper=model.upper,
        row_lower=model.row_lower,
        row_upper=model.row_upper,
        matrix=model.matrix,
        constant=model.offset / model.money,
        fixed=np.zeros(columns),
        is_fixed=np.zeros(columns, dtype=bool),
        opened=np.zeros(0, dtype=np.int32),
        penalty=0.0,
    )


def _held(model: Model, values: Floats, other: Model) -> Model | None:
    """Another model of the same network with the decisions of this one, moved to the nearest bound where it has narrower ones.

    What is given up stays given up, also where more of a plant stands.
    """
    fixed = first_columns(model, [name for name in DECIDED if name in model.variables])
    mine, theirs = numbered(column_keys(model), column_keys(other))
    known = dict(zip(mine[fixed].tolist(), values[fixed].tolist(), strict=True))
    columns = first_columns(other, [name for name in DECIDED if name in other.variables])
    stated = np.array([known.get(int(n), 0.0) for n in theirs])
    stated = given_up(other, np.clip(stated, other.lower, other.upper), other.row_lower)
    held = held_at(other, columns, stated)
    return None if held is None else replace(held, integer=held.integer & ~columns)


def _together(parts: Sequence[Delta]) -> Delta:
    """Deltas that touch different figures as one."""

    def joined(keys: int, *names: str) -> dict[str, Any]:
        whole = [np.concatenate([getattr(part, name) for part in (*parts, Delta())]) for name in names]
        order = np.lexsort(tuple(reversed(whole[:keys])))
        return {name: one[order] for name, one in zip(names, whole, strict=True)}

    return Delta(
        **joined(1, "columns", "lower", "upper"),
        **joined(1, "priced", "cost"),
        **joined(1, "rows", "row_lower", "row_upper"),
        **joined(2, "entry_row", "entry_column", "entry_value"),
        constant=sum(part.constant for part in parts),
    )


def _named(event: Event) -> list[_Figure]:
    """Rows of the network that an event names."""
    rows = {f"{_BASE.get(change.table, change.table)} {change.of}" for change in event.changes}
    return [("named", row, -1, -1) for row in rows]


def _touched(found: Delta | None) -> list[_Figure]:
    if found is None:
        return []
    entries = zip(found.entry_row.tolist(), found.entry_column.tolist(), strict=True)
    return [
        *(("bound", "", column, -1) for column in found.columns.tolist()),
        *(("price", "", column, -1) for column in found.priced.tolist()),
        *(("row", "", row, -1) for row in found.rows.tolist()),
        *(("entry", "", column, row) for row, column in entries),
    ]


def _outside(values: Floats, lower: Floats, upper: Floats) -> Bools:
    room = _KEPT * (1.0 + np.abs(values))
    return np.asarray((values < lower - room) | (values > upper + room))


def _difference(a: float, b: float) -> float:
    """a - b, zero where both are the same infinity."""
    return 0.0 if a == b else a - b
