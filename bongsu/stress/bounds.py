"""Certified bounds on the optimum of many scenarios at once, from solutions of a few.

Where a scenario changes limits alone (bounds, right-hand sides), every dual solution of the base stays one, and its dual objective
under the scenario's figures is a lower bound on the optimum (weak duality). With reduced costs z and row duals y,

    D(s) = constant + Σ_j worth(z_j; l_j(s), u_j(s)) + Σ_i worth(y_i; L_i(s), U_i(s)),   worth(d; l, u) = d · (l if d > 0 else u),

so only the figures that change have to be looked at: one sparse product for all scenarios and all dual solutions together.

Events that touch different parts of a network hardly meet. With the solved scenario of each single event e and the base (0), the
*sum of the changes*

    x(s) = x(0) + Σ_{e in s} (x(e) - x(0)),        y(s), z(s) likewise

satisfies the equations that x and z must satisfy (Ax stays what the rows ask as far as their right-hand sides add up; z = c - A'y
always), so where x(s) is within its bounds its cost is an upper bound, and the dual objective of (y(s), z(s)) a lower one. Where
events do not meet, the two are equal and nothing has to be solved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bongsu.plan.arrays import Bools, Floats, Ints
from bongsu.stress.point import Point, worth
from bongsu.stress.recourse import Delta, Recourse

#: A dual this small may have any sign: the tolerance to which the solver keeps them.
_SIGN = 1e-7
#: A value may leave its bound by so much (solver units): the tolerance to which the solved scenarios themselves keep theirs.
_INSIDE = 1e-7


class Duals:
    """Dual solutions that bound scenarios from below.

    Args:
        recourse: the problem.
        points: solved scenarios (the base among them); only their duals are used.
    """

    def __init__(self, recourse: Recourse, points: Sequence[Point]) -> None:
        r = self.recourse = recourse
        self.columns = np.array([p.reduced_costs for p in points])
        self.rows = np.array([p.duals for p in points])
        self.value = (
            worth(self.columns, r.lower, r.upper).sum(axis=1)
            + worth(self.rows, r.row_lower, r.row_upper).sum(axis=1)
            + r.constant
        )
        #: Duals of each solution that have no right to their sign under the base's limits: where the scenario it came from had a
        #: limit and the base has none.
        self.wrong = wrong(self.columns, r.lower, r.upper).sum(axis=1) + wrong(self.rows, r.row_lower, r.row_upper).sum(
            axis=1
        )

    def values(self, deltas: Sequence[Delta]) -> Floats:
        """Dual objective of each solution under each scenario, shape (scenarios, solutions), solver units; minus infinity where
        the solution is none of the scenario's.

        Raises:
            ValueError: a scenario changes costs or coefficients, so the duals of the base say nothing certain about it.
        """
        if any(not delta.only_limits for delta in deltas):
            raise ValueError("bounds from duals need scenarios that change limits alone")
        r = self.recourse
        constant = np.array([delta.constant for delta in deltas])
        found, bad = constant[:, None] + self.value[None, :], np.repeat(self.wrong[None, :], len(deltas), axis=0)
        for duals, lower, upper, changes in (
            (self.columns, r.lower, r.upper, [(d.columns, d.lower, d.upper) for d in deltas]),
            (self.rows, r.row_lower, r.row_upper, [(d.rows, d.row_lower, d.row_upper) for d in deltas]),
        ):
            gain, worse = _moved(duals, lower, upper, changes)
            found, bad = found + gain, bad + worse
        return np.where(bad > 0, -np.inf, found)

    def lower(self, deltas: Sequence[Delta]) -> tuple[Floats, Ints]:
        """A lower bound on the objective of each scenario, and which dual solution gave it; see :meth:`values`."""
        found = self.values(deltas)
        best = found.argmax(axis=1)
        return found[np.arange(len(deltas)), best], best.astype(np.int32)


def wrong(duals: Floats, lower: Floats, upper: Floats) -> Bools:
    """Where a dual is positive although there is no lower limit, or negative although there is no upper one."""
    return ((duals > _SIGN) & np.isinf(lower)) | ((duals < -_SIGN) & np.isinf(upper))


def _moved(
    duals: Floats, lower: Floats, upper: Floats, changes: Sequence[tuple[Ints, Floats, Floats]]
) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Change of the dual objective, and of the number of wrong signs, by scenario and dual solution."""
    count = np.array([at.size for at, _, _ in changes])
    gain, worse = np.zeros((len(changes), duals.shape[0])), np.zeros((len(changes), duals.shape[0]), dtype=np.int64)
    if not count.sum():
        return gain, worse
    at, low, high = (np.concatenate([change[k] for change in changes]) for k in range(3))
    own = duals[:, at]
    step = worth(own, low, high) - worth(own, lower[at], upper[at])
    turn = wrong(own, low, high).astype(np.int64) - wrong(own, lower[at], upper[at])
    some = np.flatnonzero(count)
    starts = np.concatenate([[0], np.cumsum(count[some])[:-1]])
    gain[some] = np.add.reduceat(step, starts, axis=1).T
    worse[some] = np.add.reduceat(turn, starts, axis=1).T
    return gain, worse


@dataclass(frozen=True, eq=False)
class Sums:
    """Bounds on sets of events from the solved scenarios of single events.

    Attributes:
        recourse: the problem.
        base: its optimum when nothing happens.
        single: the optimum under each event alone.
        deltas: what each event changes.
    """

    recourse: Recourse
    base: Point
    single: Sequence[Point]
    deltas: Sequence[Delta]

    def __post_init__(self) -> None:
        steps = [
            (p.values - self.base.values, p.reduced_costs - self.base.reduced_costs, p.duals - self.base.duals)
            for p in self.single
        ]
        object.__setattr__(self, "_moves", [tuple(_entries(part) for part in step) for step in steps])
        object.__setattr__(self, "_cost", np.array([p.cost - self.base.cost for p in self.single]))

    def bounds(self, members: Sequence[int], delta: Delta) -> tuple[float, float]:
        """Lower and upper bound on the cost of a set of events, solver units; infinite where the sums say nothing.

        Args:
            members: positions of the events.
            delta: what they change together.
        """
        r, b = self.recourse, self.base
        x_at, dx = _added([self._moves[e][0] for e in members])  # type: ignore[attr-defined]
        z_at, dz = _added([self._moves[e][1] for e in members])  # type: ignore[attr-defined]
        y_at, dy = _added([self._moves[e][2] for e in members])  # type: ignore[attr-defined]
        upper = self._upper(members, delta, x_at, dx)
        lower = b.cost + delta.constant
        lower += _dual_change(b.reduced_costs, r.lower, r.upper, z_at, dz, (delta.columns, delta.lower, delta.upper))
        lower += _dual_change(
            b.duals, r.row_lower, r.row_upper, y_at, dy, (delta.rows, delta.row_lower, delta.row_upper)
        )
        return lower, upper

    def _upper(self, members: Sequence[int], delta: Delta, at: Ints, move: Floats) -> float:
        r, b = self.recourse, self.base
        touched = np.union1d(at, delta.columns).astype(np.int32)
        x, low, high = b.values[touched].copy(), r.lower[touched].copy(), r.upper[touched].copy()
        x[np.searchsorted(touched, at)] += move
        own = np.searchsorted(touched, delta.columns)
        low[own], high[own] = delta.lower, delta.upper
        if ((x < low - _INSIDE) | (x > high + _INSIDE)).any():
            return np.inf
        # Rows that several events move, or that x moves in sum, are looked at where anything changes.
        moved = r.matrix[:, at] @ move if at.size else np.zeros(r.rows.size)
        activity = self._activity + moved
        row_low, row_high = r.row_lower.copy(), r.row_upper.copy()
        row_low[delta.rows], row_high[delta.rows] = delta.row_lower, delta.row_upper
        if ((activity < row_low - _INSIDE) | (activity > row_high + _INSIDE)).any():
            return np.inf
        return float(b.cost + self._cost[list(members)].sum())  # type: ignore[attr-defined]

    @property
    def _activity(self) -> Floats:
        found = self.__dict__.get("_base_activity")
        if found is None:
            found = self.__dict__["_base_activity"] = np.asarray(self.recourse.matrix @ self.base.values)
        return found


def _entries(values: Floats) -> tuple[Ints, Floats]:
    at = np.flatnonzero(np.abs(values) > 0).astype(np.int32)
    return at, values[at]


def _added(parts: Sequence[tuple[Ints, Floats]]) -> tuple[Ints, Floats]:
    if not parts:
        return np.zeros(0, dtype=np.int32), np.zeros(0)
    at = np.concatenate([one for one, _ in parts])
    distinct, place = np.unique(at, return_inverse=True)
    total: Floats = np.zeros(distinct.size)
    np.add.at(total, place, np.concatenate([value for _, value in parts]))
    return distinct.astype(np.int32), total


def _dual_change(
    duals: Floats, lower: Floats, upper: Floats, at: Ints, move: Floats, change: tuple[Ints, Floats, Floats]
) -> float:
    """Change of the dual objective when duals move and limits change; minus infinity where a dual may not have its sign."""
    changed, low_now, high_now = change
    touched = np.union1d(at, changed).astype(np.int32)
    before = duals[touched]
    after = before.copy()
    after[np.searchsorted(touched, at)] += move
    low, high = lower[touched], upper[touched]
    old = worth(before, low, high).sum()
    low, high = low.copy(), high.copy()
    own = np.searchsorted(touched, changed)
    low[own], high[own] = low_now, high_now
    if wrong(after, low, high).any():
        return -np.inf
    return float(worth(after, low, high).sum() - old)
