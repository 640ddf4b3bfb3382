"""Thousands of scenarios on one persistent solver, each exact and none dependent on another.

A scenario is a :class:`~bongsu.stress.recourse.Delta` of one recourse problem. Before each, the solver forgets what it did and
is given a basis (``clearSolver`` and ``setBasis``), so that results are the same bits whatever was solved before, in whichever
process. Four steps make it fast; each keeps the optimum:

1. *reset*: start from an optimal basis of the base, dual feasible in every scenario that changes limits alone;
2. *decided plan taken out* (:mod:`bongsu.stress.recourse`);
3. *skip*: where the base's values and duals still satisfy the optimality conditions under the scenario's figures, they are
   optimal, and no solver is asked;
4. *pool*: start from the basis among some solved scenarios whose dual solution has the largest value under the scenario's figures
   (a lower bound on its optimum, so the nearest from below).

Dual simplex prices by Devex weights: steepest-edge weights of a given basis would have to be worked out anew each time, which costs
more than the iterations that they save.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import highspy
import numpy as np

from bongsu.plan.arrays import Floats, Ints
from bongsu.plan.programme import hand_over
from bongsu.plan.solver import Answer
from bongsu.plan.verify import Errors, verify
from bongsu.stress.bounds import Duals
from bongsu.stress.point import How, Point
from bongsu.stress.recourse import Delta, Recourse

_DEVEX = 1
#: A value this close to a bound stands at it, and a dual this small is zero (solver units).
_AT = 1e-9
_Basis = Any


class Unsolved(RuntimeError):
    """No method found an optimum that passes our own check."""


class Engine:
    """One solver that holds the recourse problem of a plan.

    Args:
        recourse: the problem.
        base: column and row status of an optimal basis of it; None = solve it first.
        skip: whether scenarios that provably leave the base optimal are answered without solving.
        devex: whether to price by Devex weights; steepest-edge weights otherwise, to see what the choice brings.
    """

    def __init__(
        self, recourse: Recourse, base: tuple[Ints, Ints] | None = None, skip: bool = True, devex: bool = True
    ) -> None:
        self.recourse = recourse
        self.skip = skip
        self._other: Engine | None = None
        self._duals: Duals | None = None
        self.highs = highspy.Highs()
        self.highs.silent()
        self._set("threads", 1)
        hand_over(self.highs, recourse, recourse.constant)
        if base is None:
            self._solve_cold("ipx")
            base = self.basis()
        self._bases: list[_Basis] = [_basis(*base)]
        self._set("solver", "simplex")
        if devex:
            self._set("simplex_dual_edge_weight_strategy", _DEVEX)
        self._start(0)
        self.highs.run()
        #: The optimum when nothing happens.
        self.base: Point = self._point(Delta(), "base", 0)
        self._pool: list[Point] = [self.base]

    # The pool ------------------------------------------------------------------------------------------------------------

    def basis(self) -> tuple[Ints, Ints]:
        """Status of the columns and rows in the basis that the last solve left."""
        found = self.highs.getBasis()
        return _statuses(found.col_status), _statuses(found.row_status)

    def base_basis(self) -> tuple[Ints, Ints]:
        """The basis that scenarios start from, for another engine of the same problem."""
        return _statuses(self._bases[0].col_status), _statuses(self._bases[0].row_status)

    def keep(self, point: Point, basis: tuple[Ints, Ints]) -> None:
        """Add a solved scenario to the pool of starts."""
        self._bases.append(_basis(*basis))
        self._pool.append(point)

    def nearest(self, delta: Delta) -> int:
        """The start whose dual solution has the largest value under a scenario; the base where none can be compared."""
        if self._duals is None or not delta.only_limits:
            return 0
        return int(np.argmax(self._duals.values([delta])[0]))

    def seal(self) -> None:
        """Make the pool ready to be compared; called once when it is complete."""
        self._duals = Duals(self.recourse, self._pool)

    # Scenarios -----------------------------------------------------------------------------------------------------------

    def solve(self, delta: Delta) -> Point:
        """The optimum under one scenario.

        Raises:
            Unsolved: no method found an optimum that passes our own check; the problem has none, or the figures are broken.
        """
        if self.skip:
            same = self._unmoved(delta)
            if same is not None:
                return same
        at = self.nearest(delta)
        self._put(delta)
        try:
            self._start(at)
            self.highs.run()
            if self.highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible and not self.recourse.opened.size:
                return self._missing(delta)
            point = self._checked(delta, "pool" if at else "base", at)
            return point if point is not None else self._cold(delta)
        finally:
            self._take_back(delta)

    def solve_cold(self, delta: Delta, method: str = "ipx") -> Point:
        """The same without any start, by interior point with crossover or by simplex: to compare with."""
        self._put(delta)
        try:
            self._solve_cold(method)
            return self._point(delta, "cold", -1)
        finally:
            self._take_back(delta)
            self._set("solver", "simplex")

    def _missing(self, delta: Delta) -> Point:
        """The optimum where something hard has to be missed, in the columns of the problem that can say so."""
        elastic = self.recourse.elastic
        if not elastic.opened.size:
            raise Unsolved("there is no plan, and nothing hard that could be missed instead")
        if self._other is None:
            self._other = Engine(elastic, skip=False)
        return self._other.solve(self.recourse.elsewhere(delta, elastic))

    def _unmoved(self, delta: Delta) -> Point | None:
        """The base's solution if it is optimal under the scenario too.

        Optimality conditions: within the new bounds; a positive reduced cost only at the new lower bound, a negative one only at
        the new upper bound; the same for rows.
        """
        if delta.entry_row.size:
            return None
        b, r = self.base, self.recourse
        x, z = b.values, b.reduced_costs
        if delta.priced.size:
            z = z.copy()
            z[delta.priced] += delta.cost - r.cost[delta.priced]
        touched = np.union1d(delta.columns, delta.priced).astype(np.int32)
        low, high = r.lower[touched], r.upper[touched]
        if delta.columns.size:
            at = np.searchsorted(touched, delta.columns)
            low, high = low.copy(), high.copy()
            low[at], high[at] = delta.lower, delta.upper
        rows = delta.rows
        if not (
            _stays(x[touched], z[touched], low, high)
            and _stays(self._activity[rows], b.duals[rows], delta.row_lower, delta.row_upper)
        ):
            return None
        dearer = float((delta.cost - r.cost[delta.priced]) @ x[delta.priced]) if delta.priced.size else 0.0
        return replace(b, cost=b.cost + delta.constant + dearer, reduced_costs=z, how="skipped", iterations=0)

    @property
    def _activity(self) -> Floats:
        if not hasattr(self, "_base_activity"):
            self._base_activity = np.asarray(self.recourse.matrix @ self.base.values)
        return self._base_activity

    def _start(self, at: int) -> None:
        # clearSolver before setBasis: without it the solver carries hidden state from the last scenario into this one.
        self.highs.clearSolver()
        self.highs.setBasis(self._bases[at])

    def _cold(self, delta: Delta) -> Point:
        """Solve by other methods to tighter tolerances until one passes our check."""
        for method in ("ipx", "simplex"):
            for tolerance in (1e-7, 1e-9):
                self._tolerances(tolerance)
                self._solve_cold(method)
                point = self._checked(delta, "cold", -1)
                self._tolerances(1e-7)
                if point is not None:
                    self._set("solver", "simplex")
                    return point
        self._set("solver", "simplex")
        raise Unsolved(f"no optimum was found ({self.highs.modelStatusToString(self.highs.getModelStatus())})")

    def _tolerances(self, value: float) -> None:
        self._set("primal_feasibility_tolerance", value)
        self._set("dual_feasibility_tolerance", value)

    def _solve_cold(self, method: str) -> None:
        self.highs.clearSolver()
        self._set("solver", method)
        self.highs.run()

    def _checked(self, delta: Delta, how: How, start: int) -> Point | None:
        if self.highs.getModelStatus() not in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kModelEmpty):
            return None
        point = self._point(delta, how, start)
        return point if self.errors(point, delta).fine else None

    def _point(self, delta: Delta, how: How, start: int) -> Point:
        r, info, found = self.recourse, self.highs.getInfo(), self.highs.getSolution()
        values = np.array(found.col_value)
        missed = r.penalty * float(values[r.opened].sum())
        return Point(
            cost=float(info.objective_function_value) + delta.constant - missed,
            missed=missed,
            values=values,
            duals=np.array(found.row_dual),
            reduced_costs=np.array(found.col_dual),
            how=how,
            start=start,
            iterations=max(int(info.simplex_iteration_count), 0),
        )

    def errors(self, point: Point, delta: Delta) -> Errors:
        """Our own check of an answer under a scenario; see :mod:`bongsu.plan.verify`."""
        now = under(self.recourse, delta)
        none = np.zeros(0)
        return verify(now, Answer("optimal", point.values, none, none, point.duals, 0.0, 0.0, 0, "simplex"))

    # The solver ----------------------------------------------------------------------------------------------------------

    def _set(self, option: str, value: Any) -> None:
        self.highs.setOptionValue(option, value)

    def _put(self, delta: Delta) -> None:
        h = self.highs
        if delta.columns.size:
            h.changeColsBounds(delta.columns.size, delta.columns, delta.lower, delta.upper)
        if delta.priced.size:
            h.changeColsCost(delta.priced.size, delta.priced, delta.cost)
        if delta.rows.size:
            h.changeRowsBounds(delta.rows.size, delta.rows, delta.row_lower, delta.row_upper)
        self._entries(delta, delta.entry_value)

    def _take_back(self, delta: Delta) -> None:
        h, r = self.highs, self.recourse
        if delta.columns.size:
            h.changeColsBounds(delta.columns.size, delta.columns, r.lower[delta.columns], r.upper[delta.columns])
        if delta.priced.size:
            h.changeColsCost(delta.priced.size, delta.priced, r.cost[delta.priced])
        if delta.rows.size:
            h.changeRowsBounds(delta.rows.size, delta.rows, r.row_lower[delta.rows], r.row_upper[delta.rows])
        if delta.entry_row.size:
            self._entries(delta, np.asarray(r.matrix[delta.entry_row, delta.entry_column], dtype=float).reshape(-1))

    def _entries(self, delta: Delta, values: Floats) -> None:
        for row, column, value in zip(
            delta.entry_row.tolist(), delta.entry_column.tolist(), values.tolist(), strict=True
        ):
            self.highs.changeCoeff(row, column, value)


def under(recourse: Recourse, delta: Delta) -> Recourse:
    """The recourse problem with a scenario's figures in it."""
    r, changed = recourse, {}
    for names, at, values in (
        (("lower", "upper"), delta.columns, (delta.lower, delta.upper)),
        (("cost",), delta.priced, (delta.cost,)),
        (("row_lower", "row_upper"), delta.rows, (delta.row_lower, delta.row_upper)),
    ):
        for name, new in zip(names, values, strict=True):
            if at.size:
                changed[name] = getattr(r, name).copy()
                changed[name][at] = new
    if delta.entry_row.size:
        matrix = r.matrix.tolil()
        matrix[delta.entry_row, delta.entry_column] = delta.entry_value
        changed["matrix"] = matrix.tocsc()
    return replace(r, constant=r.constant + delta.constant, **changed)


def _stays(values: Floats, duals: Floats, lower: Floats, upper: Floats) -> bool:
    size = 1.0 + np.abs(values)
    inside = (values >= lower - _AT * size) & (values <= upper + _AT * size)
    at_lower, at_upper = values <= lower + _AT * size, values >= upper - _AT * size
    signs = ((duals <= _AT) | at_lower) & ((duals >= -_AT) | at_upper)
    return bool(inside.all() and signs.all())


def _statuses(status: Sequence[Any]) -> Ints:
    return np.fromiter((int(s) for s in status), dtype=np.int32, count=len(status))


def _basis(columns: Ints, rows: Ints) -> _Basis:
    basis = highspy.HighsBasis()
    kinds = {int(kind): kind for kind in highspy.HighsBasisStatus.__members__.values()}
    basis.col_status = [kinds[s] for s in columns.tolist()]
    basis.row_status = [kinds[s] for s in rows.tolist()]
    basis.valid = True
    # It comes from a solve of the same problem: its rank need not be tested each time.
    basis.alien = False
    basis.was_alien = False
    return basis
