"""The recourse problem: a solved plan with its builds decided, reduced to what can still be done when something happens.

Columns that are fixed (builds, openings and retirements at their planned values, and whatever has no room) leave the matrix; what
they contribute stands in the right-hand sides and in a constant. Nothing else is changed, so every scenario has the same optimum as
the whole model with those columns fixed. A patch of the whole model becomes a :class:`Delta` of the reduced one: a coefficient of
a fixed column (a plant of which only half is available, built part and all) becomes a right-hand side, and a fixed column whose new
bounds exclude its value (a project that is cancelled) moves to the nearest bound.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from scipy import sparse

from bongsu.plan.arrays import Bools, Floats, Ints
from bongsu.plan.assemble import Model
from bongsu.plan.elastic import elastic_penalty, elastic_room, hard_columns
from bongsu.plan.patch import Patch
from bongsu.plan.plan import Plan

#: Families that are decided before anything happens.
DECIDED = ("build", "open_unit", "retire", "open_corridor", "assign")


def _floats() -> Floats:
    return np.zeros(0)


def _ints() -> Ints:
    return np.zeros(0, dtype=np.int32)


@dataclass(frozen=True, eq=False)
class Delta:
    """A patch of the reduced problem: positions ascending, new figures in solver units.

    Attributes:
        columns, lower, upper: columns with other bounds; priced, cost: with another cost.
        rows, row_lower, row_upper: rows with other right-hand sides.
        entry_row, entry_column, entry_value: matrix entries with another coefficient.
        constant: what is added to the constant of the objective, solver units.
    """

    columns: Ints = field(default_factory=_ints)
    lower: Floats = field(default_factory=_floats)
    upper: Floats = field(default_factory=_floats)
    priced: Ints = field(default_factory=_ints)
    cost: Floats = field(default_factory=_floats)
    rows: Ints = field(default_factory=_ints)
    row_lower: Floats = field(default_factory=_floats)
    row_upper: Floats = field(default_factory=_floats)
    entry_row: Ints = field(default_factory=_ints)
    entry_column: Ints = field(default_factory=_ints)
    entry_value: Floats = field(default_factory=_floats)
    constant: float = 0.0

    @property
    def only_limits(self) -> bool:
        """Whether bounds and right-hand sides alone change: then every dual solution of the base stays a dual solution."""
        return not self.priced.size and not self.entry_row.size


@dataclass(frozen=True, eq=False)
class Recourse:
    """What can still be decided, as a linear programme in solver units: min c'x + constant, L <= Ax <= U, l <= x <= u.

    Attributes:
        model: the whole model; its arrays name what the positions stand for.
        columns, rows: positions in the whole model of what is left.
        cost, lower, upper, row_lower, row_upper, matrix, constant: the programme.
        fixed: values of all columns of the whole model where they are fixed, zero elsewhere.
        is_fixed: which columns are fixed.
        opened: columns (of the reduced problem) that say how far something hard is missed, at a penalty above any real cost; none
            unless the problem was made elastic.
        penalty: that penalty, solver units.
    """

    model: Model
    columns: Ints
    rows: Ints
    cost: Floats
    lower: Floats
    upper: Floats
    row_lower: Floats
    row_upper: Floats
    matrix: sparse.csc_array
    constant: float
    fixed: Floats
    is_fixed: Bools
    opened: Ints
    penalty: float

    @classmethod
    def of(cls, plan: Plan, replan: bool = False) -> Recourse:
        """The recourse problem of a solved plan; with ``replan`` builds may change too (whole numbers stay as they are)."""
        m = plan.model
        return reduce(m, plan.values / m.column_scale, replan)

    @cached_property
    def elastic(self) -> Recourse:
        """The same problem in which what is hard can be missed at a penalty, for scenarios under which no plan is possible."""
        return _reduced(self.model, self.fixed, self.is_fixed, elastic=True)

    def elsewhere(self, delta: Delta, other: Recourse) -> Delta:
        """A scenario of this problem as one of another that keeps at least the same columns and rows."""
        column, row = other._column_at[self.columns], other._row_at[self.rows]
        return replace(
            delta,
            columns=column[delta.columns],
            priced=column[delta.priced],
            rows=row[delta.rows],
            entry_row=row[delta.entry_row],
            entry_column=column[delta.entry_column],
        )

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.rows.size, self.columns.size

    def delta(self, change: Patch) -> Delta:
        """A patch of the whole model as one of the reduced problem."""
        m, at_column, at_row = self.model, self._column_at, self._row_at
        constant = change.offset / m.money
        shift: dict[int, float] = {}
        value_now = self._moved(change)
        for j, after in value_now.items():
            before = float(self.fixed[j])
            constant += float(m.cost[j]) * (after - before)
            span = slice(m.matrix.indptr[j], m.matrix.indptr[j + 1])
            for i, a in zip(m.matrix.indices[span].tolist(), m.matrix.data[span].tolist(), strict=True):
                shift[i] = shift.get(i, 0.0) + a * (after - before)
        for j, price in zip(change.priced.tolist(), change.cost.tolist(), strict=True):
            if self.is_fixed[j]:
                constant += (price - float(m.cost[j])) * value_now.get(j, float(self.fixed[j]))
        on_fixed = self.is_fixed[change.entry_column]
        for i, j, a in zip(
            change.entry_row[on_fixed].tolist(),
            change.entry_column[on_fixed].tolist(),
            change.entry_value[on_fixed].tolist(),
            strict=True,
        ):
            before = float(m.matrix[i, j])
            shift[i] = shift.get(i, 0.0) + (a - before) * value_now.get(j, float(self.fixed[j]))
        rows = np.union1d(change.rows, np.array(sorted(shift), dtype=np.int32)).astype(np.int32)
        low, high = m.row_lower[rows].copy(), m.row_upper[rows].copy()
        given = np.searchsorted(rows, change.rows)
        low[given], high[given] = change.row_lower, change.row_upper
        taken = self._taken[rows] + np.array([shift.get(i, 0.0) for i in rows.tolist()])
        held = at_row[rows] >= 0
        free = at_column[change.columns] >= 0
        priced = at_column[change.priced] >= 0
        entries = (at_column[change.entry_column] >= 0) & (at_row[change.entry_row] >= 0)
        return Delta(
            at_column[change.columns[free]],
            change.lower[free],
            change.upper[free],
            at_column[change.priced[priced]],
            change.cost[priced],
            at_row[rows[held]],
            (low - taken)[held],
            (high - taken)[held],
            at_row[change.entry_row[entries]],
            at_column[change.entry_column[entries]],
            change.entry_value[entries],
            constant,
        )

    def _moved(self, change: Patch) -> dict[int, float]:
        """Fixed columns that a patch moves, with their new values: to the nearest bound, and what is given up stays given up."""
        m = self.model
        at = self.is_fixed[change.columns]
        own = change.columns[at]
        before = self.fixed[own]
        after = np.clip(before, change.lower[at], change.upper[at])
        moved = after != before
        now = dict(zip(own[moved].tolist(), after[moved].tolist(), strict=True))
        retire, order = m.variables.get("retire"), m.constraints.get("retire_order")
        if retire is None or order is None or not self.is_fixed[retire.span].all():
            return now
        ordered = (change.rows >= order.start) & (change.rows < order.stop)
        if ordered.any():
            values, row_lower = self.fixed.copy(), m.row_lower.copy()
            values[list(now)] = list(now.values())
            row_lower[change.rows] = change.row_lower
            kept = given_up(m, values, row_lower)
            now |= {int(j): float(kept[j]) for j in np.flatnonzero(kept != values)}
        return now

    def shifted(self, delta: Delta, row: int, lower: float, upper: float) -> Delta | None:
        """A scenario in which one right-hand side is moved, solver units; None where the row is not in the problem.

        Args:
            delta: the scenario.
            row: position of the row in the whole model.
            lower, upper: what is added to its sides.
        """
        at = int(self._row_at[row])
        if at < 0:
            return None
        rows = np.union1d(delta.rows, [at]).astype(np.int32)
        low, high = self.row_lower[rows].copy(), self.row_upper[rows].copy()
        given = np.searchsorted(rows, delta.rows)
        low[given], high[given] = delta.row_lower, delta.row_upper
        own = int(np.searchsorted(rows, at))
        low[own] += lower
        high[own] += upper
        return replace(delta, rows=rows, row_lower=low, row_upper=high)

    def whole(self, values: Floats) -> Floats:
        """Values of all columns of the whole model, solver units, from those of the reduced problem."""
        every = self.fixed.copy()
        every[self.columns] = values
        return every

    @cached_property
    def _column_at(self) -> Ints:
        """Position of each column of the whole model in the reduced one; -1 where it is fixed."""
        return _places(self.columns, self.model.shape[1])

    @cached_property
    def _row_at(self) -> Ints:
        return _places(self.rows, self.model.shape[0])

    @cached_property
    def _taken(self) -> Floats:
        """What the fixed columns contribute to each row of the whole model."""
        return np.asarray(self.model.matrix @ self.fixed)


def _places(chosen: Ints, size: int) -> Ints:
    at = np.full(size, -1, dtype=np.int32)
    at[chosen] = np.arange(chosen.size, dtype=np.int32)
    return at


def given_up(model: Model, values: Floats, row_lower: Floats) -> Floats:
    """Values of all columns with what is given up of plants raised, as little as needed, so that it stays given up.

    A plan gives up capacity that later ends by itself. Where an event lets that capacity stand for longer, the part that was given
    up does not come back with it.

    Args:
        model: the compiled plan.
        values: of all columns, solver units.
        row_lower: lower sides of all rows, solver units.
    """
    family, order = model.variables.get("retire"), model.constraints.get("retire_order")
    if family is None or order is None or not len(order):
        return values
    retired = values[family.span].reshape(-1, model.arrays.T).copy()
    least = row_lower[order.span].reshape(retired.shape[0], -1)
    for t in range(1, model.arrays.T):
        retired[:, t] = np.maximum(retired[:, t], retired[:, t - 1] + least[:, t - 1])
    result = values.copy()
    result[family.span] = retired.ravel()
    return result


def decided(model: Model) -> Ints:
    """Columns that are decided before anything happens."""
    spans = [np.arange(f.start, f.stop) for name in DECIDED if (f := model.variables.get(name)) is not None]
    return np.concatenate([*spans, np.zeros(0, dtype=np.int64)]).astype(np.int32)


def reduce(model: Model, values: Floats, replan: bool = False, keep: Iterable[int] = ()) -> Recourse:
    """The recourse problem of a model for given values of all columns (solver units).

    Args:
        model: the compiled plan.
        values: a plan; only what is fixed is read from it.
        replan: whether builds stay open; whole-number columns never do.
        keep: columns to keep although they have no room, because a scenario gives them some.
    """
    is_fixed = model.lower == model.upper
    is_fixed[list(keep)] = False
    is_fixed[model.integer if replan else decided(model)] = True
    return _reduced(model, np.clip(values, model.lower, model.upper), is_fixed)


def _reduced(model: Model, values: Floats, is_fixed: Bools, elastic: bool = False) -> Recourse:
    opened = hard_columns(model) if elastic else np.zeros(0, dtype=np.int32)
    is_fixed = is_fixed.copy()
    is_fixed[opened] = False
    fixed = np.where(is_fixed, values, 0.0)
    columns = np.flatnonzero(~is_fixed).astype(np.int32)
    inside = model.matrix[:, columns]
    used = np.zeros(model.shape[0], dtype=bool)
    used[inside.indices] = True
    rows = np.flatnonzero(used).astype(np.int32)
    matrix = sparse.csc_array(inside.tocsr()[rows])
    matrix.indices, matrix.indptr = matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32)
    matrix.sort_indices()
    taken = np.asarray(model.matrix @ fixed)
    cost, upper, penalty = model.cost, model.upper, elastic_penalty(model)
    if elastic:
        cost, upper = cost.copy(), upper.copy()
        cost[opened], upper[opened] = penalty, elastic_room(model)[opened]
    return Recourse(
        model=model,
        columns=columns,
        rows=rows,
        cost=cost[columns],
        lower=model.lower[columns],
        upper=upper[columns],
        row_lower=(model.row_lower - taken)[rows],
        row_upper=(model.row_upper - taken)[rows],
        matrix=matrix,
        constant=model.offset / model.money + float(model.cost @ fixed),
        fixed=fixed,
        is_fixed=is_fixed,
        opened=_places(columns, model.shape[1])[opened],
        penalty=penalty,
    )
