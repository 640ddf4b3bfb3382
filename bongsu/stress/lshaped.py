"""Decomposition by scenario: the L-shaped method with a cut for each scenario, for expected cost and for the risk of the tail.

    master:  min  (1 - λ) Σ_s p(s) θ(s) + λ ( η + Σ_s p(s) excess(s) / (1 - α) )
             excess(s) >= θ(s) - η,   θ(s) >= every cut of s,   decisions x within their own limits
    cut:     θ(s) >= F_s(x') + g · (x - x'),    g = reduced costs of the decisions, held at x', in the plan of s

F_s(x) is the cost of scenario s under the decisions x, those included; it is convex in x, and any dual solution of the plan of s
gives a cut that holds everywhere. The constant of a cut is computed from the duals, not taken from the solver, so a bound is as
good as the arithmetic. Where decisions leave a scenario no plan, a dual ray cuts them off. The master gives a lower bound, the
best decisions tried an upper one.

Decisions are tried between the best ones so far and those of the master (in-out separation), which saves most of the swings of
the plain method; whole numbers are asked for once the continuous master is within half the gap.

Sources: Van Slyke and Wets, L-shaped linear programs, SIAM J. Appl. Math. 17 (1969); Birge and Louveaux, A multicut algorithm,
European J. Oper. Res. 34 (1988); Ben-Ameur and Neto, Acceleration of cutting-plane and column generation algorithms, Networks 49
(2007).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import highspy
import numpy as np
from scipy import sparse

from bongsu.plan import Model, Options
from bongsu.plan.arrays import Bools, Floats, Ints
from bongsu.plan.solver import Solver, Status
from bongsu.stress.extensive import Trunk, check_risk, money_unit, spread, trunk_of
from bongsu.stress.risk import mean_risk
from bongsu.stress.scenario import OUTSIDE, Recourse, ScenarioSolver
from bongsu.stress.stages import Branch, NotStated

#: How far from the best decisions towards those of the master a new trial lies.
_STEP = 0.2
_MOST_ROUNDS = 1_000


@dataclass(frozen=True)
class Decomposed:
    """What the decomposition found.

    Attributes:
        status: ``optimal`` within the gap, ``feasible``, ``infeasible`` or ``stopped``.
        values: of the decisions, columns of the trunk, solver units.
        objective, bound: of the mean-risk cost, natural money.
        costs: of each scenario under the decisions, natural money.
        alone: best plan of each scenario by itself.
        rounds: trials made.
        cuts: cuts in the last master.
    """

    status: Status
    values: Floats
    objective: float
    bound: float
    costs: Floats
    alone: tuple[Recourse, ...]
    rounds: int
    cuts: int


def decompose(
    branches: Sequence[Branch], risk_weight: float = 0.0, alpha: float = 0.95, options: Options | None = None
) -> Decomposed:
    """The best decisions of the first stage, scenario by scenario.

    Raises:
        NotStated: scenarios share more than their first stage, or have whole numbers in the second.
    """
    check_risk(risk_weight, alpha)
    options = options or Options()
    if any((one.trunk != one.first).any() for one in branches):
        raise NotStated("decomposition needs scenarios that are known at once after the first stage")
    if any((one.model.integer & ~one.first).any() for one in branches):
        raise NotStated("decomposition needs a second stage without whole numbers; use the extensive form")
    return _LShaped(branches, risk_weight, alpha, options).run()


@dataclass(frozen=True)
class _Cut:
    """θ >= constant + slope · x, or 0 >= constant + slope · x where it is of feasibility; solver money."""

    constant: float
    slope: Floats


class _LShaped:
    def __init__(self, branches: Sequence[Branch], risk_weight: float, alpha: float, options: Options) -> None:
        self.branches, self.options = branches, options
        self.risk_weight, self.alpha = risk_weight, alpha
        self.trunk = trunk_of(branches)
        self.weights = np.array([one.weight for one in branches])
        self.money = branches[0].model.money
        # The plan of a scenario itself has no whole numbers once the first stage is held.
        self.models = [_continuous(one, bar) for one, bar in zip(branches, self.trunk.barred, strict=True)]
        self.solvers = [ScenarioSolver(model, replace(options, progress=None)) for model in self.models]
        self.deadline = None if options.time_limit is None else time.monotonic() + options.time_limit
        self.rounds = self.cuts = 0

    def run(self) -> Decomposed:
        alone = tuple(
            ScenarioSolver(one.model, self.options).alone() if one.model.integer.any() else solver.alone()
            for one, solver in zip(self.branches, self.solvers, strict=True)
        )
        if any(not one.found for one in alone):
            status: Status = "infeasible" if any(one.status == "infeasible" for one in alone) else "stopped"
            return self._said(status, np.zeros(self.trunk.size), np.inf, np.full(len(alone), np.inf), alone)
        floor = np.array([one.bound for one in alone]) / self.money
        unit = money_unit(float(np.abs(floor).mean()) * self.money, self.money)
        master = _Master(self.trunk, self.branches, floor, unit, self.risk_weight, self.alpha, self.options)
        # Start from the mean of what each scenario would do alone.
        start = np.zeros(self.trunk.size)
        for one, place, weight in zip(alone, self.trunk.place, self.weights, strict=True):
            own = place >= 0
            start[place[own]] += weight * one.values[own]
        start = np.clip(start, self.trunk.lower, self.trunk.upper)
        best, costs, upper = start, np.full(len(alone), np.inf), np.inf
        lower, status = -np.inf, "stopped"
        for relaxed in (True, False) if self.trunk.integer.any() else (False,):
            if not relaxed:
                master.whole()
                if self.trunk.integer.any():
                    upper, costs = np.inf, np.full(len(alone), np.inf)
            gap = self.options.gap / 2 if relaxed else self.options.gap
            best, costs, upper, lower, status = self._close(master, best, costs, upper, gap, relaxed)
            if status == "infeasible" or (self._late() and relaxed):
                break
        if np.isinf(upper) and status != "infeasible":
            status = "stopped"
        return self._said(status, best, lower, costs, alone)

    def _close(
        self, master: _Master, best: Floats, costs: Floats, upper: float, gap: float, relaxed: bool
    ) -> tuple[Floats, Floats, float, float, Status]:
        """Close the gap between the master and the best decisions tried."""
        continuous = relaxed or not self.trunk.integer.any()
        step, lower = _STEP if continuous else 1.0, -np.inf
        core = best
        while self.rounds < _MOST_ROUNDS:
            said, values, theta, bound = master.solve()
            if said == "infeasible":
                return best, costs, upper, lower, "infeasible"
            if said not in ("optimal", "feasible"):
                return best, costs, upper, lower, "feasible" if np.isfinite(upper) else "stopped"
            lower = max(lower, bound)
            if np.isfinite(upper) and upper - lower <= gap * max(abs(upper), 1e-9):
                return best, costs, upper, lower, "optimal"
            if self._late():
                break
            point = step * values + (1.0 - step) * core
            outcomes = self._try(point)
            self.rounds += 1
            cost = np.array([one.cost for one in outcomes])
            total = mean_risk(cost, self.weights, self.risk_weight, self.alpha)
            if np.isfinite(total) and total < upper and (continuous or self._is_whole(point)):
                best, costs, upper = point, cost, total
                core = point
            if self.options.progress:
                apart = upper - lower
                self.options.progress("decomposition", apart / max(abs(upper), 1e-9) if np.isfinite(apart) else None)
            new = master.add(self._cuts(outcomes, point), values, theta)
            self.cuts += new
            # A trial that says nothing new of the master's decisions is followed by one at these decisions.
            step = (_STEP if continuous else 1.0) if new else (1.0 if step < 1.0 else -1.0)
            if step < 0:
                # No cut is violated at the decisions of the master: it cannot move any more.
                closed = np.isfinite(upper) and upper - lower <= max(gap, 1e-6) * max(abs(upper), 1e-9)
                return best, costs, upper, lower, "optimal" if closed else "feasible"
        return best, costs, upper, lower, "feasible"

    def _late(self) -> bool:
        stopped = self.options.stop is not None and self.options.stop()
        return stopped or (self.deadline is not None and time.monotonic() > self.deadline)

    def _is_whole(self, point: Floats) -> bool:
        whole = point[self.trunk.integer]
        return bool((np.abs(whole - np.round(whole)) <= 1e-6).all())

    def _try(self, point: Floats) -> list[Recourse]:
        found = []
        for one, solver, place in zip(self.branches, self.solvers, self.trunk.place, strict=True):
            found.append(solver.under(one.first & (place >= 0), spread(point, place)))
        return found

    def _cuts(self, outcomes: Sequence[Recourse], point: Floats) -> list[tuple[int, bool, _Cut]]:
        cuts = []
        for s, outcome in enumerate(outcomes):
            own = self.branches[s].first & (self.trunk.place[s] >= 0)
            model = self.models[s]
            if outcome.found:
                cut = dual_cut(model, outcome.answer.row_duals, own, self.trunk.place[s], self.trunk.size)
                cuts.append((s, False, cut))
            elif outcome.status == "infeasible" and outcome.answer.method != OUTSIDE:
                ray = _ray(self.solvers[s].solver)
                at = [dual_cut(model, side * ray, own, self.trunk.place[s], self.trunk.size, 0.0) for side in (1, -1)]
                worst = max(at, key=lambda cut: cut.constant + float(cut.slope @ point))
                cuts.append((s, True, worst))
        return cuts

    def _said(
        self, status: Status, values: Floats, lower: float, costs: Floats, alone: tuple[Recourse, ...]
    ) -> Decomposed:
        total = mean_risk(costs, self.weights, self.risk_weight, self.alpha)
        return Decomposed(status, values, total, min(lower, total), costs, alone, self.rounds, self.cuts)


def _continuous(one: Branch, barred: Ints) -> Model:
    upper = one.model.upper.copy()
    upper[barred] = np.maximum(one.model.lower[barred], 0.0)
    return replace(one.model, upper=upper, integer=np.zeros_like(one.model.integer))


def dual_cut(model: Model, duals: Floats, decided: Bools, place: Ints, size: int, cost_weight: float = 1.0) -> _Cut:
    """The cut that row duals give, whatever their origin: weak duality with the decisions left free.

        F(x)  >=  Σ_rows y · (lower if y > 0 else upper)  +  Σ_others z · (lower if z > 0 else upper)  +  Σ_decided z · x

    with z = c - A'y (c left out where ``cost_weight`` is zero). A dual of the wrong sign at an infinite bound, which a solver
    leaves within its tolerance, is taken as zero.
    """
    y = np.where((duals > 0) & np.isinf(model.row_lower), 0.0, duals)
    y = np.where((y < 0) & np.isinf(model.row_upper), 0.0, y)
    z = cost_weight * model.cost - model.matrix.T @ y
    side = np.where(y > 0, model.row_lower, model.row_upper)
    constant = float((y[y != 0] * side[y != 0]).sum()) + cost_weight * model.offset / model.money
    others = ~decided & (z != 0)
    bound = np.where(z > 0, model.lower, model.upper)[others]
    with np.errstate(invalid="ignore"):
        part = z[others] * bound
    constant += float(part[np.isfinite(part)].sum())
    slope = np.zeros(size)
    slope[place[decided]] = z[decided]
    return _Cut(constant, slope)


def _ray(solver: Solver) -> Floats:
    """Row multipliers that prove that there is no plan."""
    highs = solver.highs
    _, has, ray = highs.getDualRay()
    if not has:
        highs.clearSolver()
        highs.setOptionValue("presolve", "off")
        highs.setOptionValue("solver", "simplex")
        highs.run()
        _, has, ray = highs.getDualRay()
        highs.setOptionValue("presolve", "choose")
    if not has:
        raise RuntimeError("the solver gave no proof that a scenario has no plan; use the extensive form")
    return np.array(ray, dtype=float)


class _Master:
    """Decisions, θ of each scenario, and the terms of risk; columns in this order. θ, η and excesses are in units of money."""

    def __init__(
        self,
        trunk: Trunk,
        branches: Sequence[Branch],
        floor: Floats,
        unit: float,
        risk_weight: float,
        alpha: float,
        options: Options,
    ) -> None:
        self.size, self.many, self.unit = trunk.size, len(branches), unit
        self.money = branches[0].model.money
        weights = np.array([one.weight for one in branches])
        n, many = trunk.size, self.many
        risk = 1 + many if risk_weight > 0 else 0
        tail = weights / (1.0 - alpha) if alpha < 1.0 else np.zeros(many)
        cost = np.concatenate([np.zeros(n), (1.0 - risk_weight) * weights])
        lower, upper = np.append(trunk.lower, floor / unit), np.append(trunk.upper, np.full(many, np.inf))
        matrix, low, high = _own_rows(trunk, branches)
        if risk:
            cost = np.concatenate([cost, [risk_weight], risk_weight * tail])
            lower = np.concatenate([lower, [-np.inf], np.zeros(many)])
            upper = np.concatenate([upper, [np.inf], np.full(many, np.inf if alpha < 1.0 else 0.0)])
            one = sparse.eye_array(many)
            excess = sparse.hstack([sparse.csr_array((many, n)), one, sparse.csr_array(-np.ones((many, 1))), -one])
            wide = sparse.hstack([matrix, sparse.csr_array((matrix.shape[0], many + risk))])
            matrix = sparse.vstack([wide, excess])
            low, high = np.append(low, np.full(many, -np.inf)), np.append(high, np.zeros(many))
        else:
            matrix = sparse.hstack([matrix, sparse.csr_array((matrix.shape[0], many))])
        matrix = sparse.csc_array(matrix)
        matrix.indices, matrix.indptr = matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32)
        columns = cost.size
        self.model = Model(
            arrays=branches[0].model.arrays,
            variables={},
            constraints={},
            cost=cost,
            lower=lower,
            upper=upper,
            row_lower=low,
            row_upper=high,
            matrix=matrix,
            scales=branches[0].model.scales,
            integer=np.append(trunk.integer, np.zeros(columns - n, dtype=bool)),
            column_scale=np.ones(columns),
            row_scale=np.ones(low.size),
            money=1.0,
            offset=0.0,
        )
        self.options = replace(options, progress=None, gap=min(options.gap / 4, 1e-6), method="simplex")
        self.rows: list[tuple[int, _Cut]] = []
        self.solver = Solver(self.model, relax=True, options=self.options)

    def whole(self) -> None:
        """From here on decisions are whole numbers where they have to be."""
        if not self.model.integer.any():
            return
        self.solver = Solver(self.model, options=self.options)
        for row in self.rows:
            self._add(*row)

    def solve(self) -> tuple[Status, Floats, Floats, float]:
        """Decisions (solver units), θ (solver money) and the lower bound (natural money)."""
        answer = self.solver.solve()
        theta = answer.values[self.size : self.size + self.many] * self.unit
        return answer.status, answer.values[: self.size], theta, answer.bound * self.unit * self.money

    def add(self, cuts: Sequence[tuple[int, bool, _Cut]], values: Floats, theta: Floats) -> int:
        """Add the cuts that the last decisions violate; how many there were."""
        added = 0
        for s, feasibility, cut in cuts:
            here = cut.constant + float(cut.slope @ values)
            size = 1.0 + abs(cut.constant) if feasibility else 1.0 + abs(theta[s])
            if here - (0.0 if feasibility else theta[s]) <= 1e-9 * size:
                continue
            row = (-1 if feasibility else s, cut)
            self.rows.append(row)
            self._add(*row)
            added += 1
        return added

    def _add(self, scenario: int, cut: _Cut) -> None:
        """θ / unit - slope · x / unit >= constant / unit; a cut of feasibility is divided by its own size."""
        unit = self.unit if scenario >= 0 else max(float(np.abs(cut.slope).max(initial=0.0)), 1e-9)
        at = np.flatnonzero(cut.slope)
        index, value = at, -cut.slope[at] / unit
        if scenario >= 0:
            index, value = np.append(at, self.size + scenario), np.append(value, 1.0)
        self.solver.highs.addRow(cut.constant / unit, highspy.kHighsInf, index.size, index.astype(np.int32), value)


def _own_rows(trunk: Trunk, branches: Sequence[Branch]) -> tuple[sparse.csr_array, Floats, Floats]:
    """Rows that speak of the decisions alone, of every scenario, each once."""
    seen: set[tuple[bytes, bytes, float, float]] = set()
    parts, low, high = [], [], []
    for one, place in zip(branches, trunk.place, strict=True):
        model = one.model
        rows = model.matrix.tocsr()
        others = sparse.coo_array(model.matrix[:, place < 0])
        mixed = np.zeros(model.shape[0], dtype=bool)
        mixed[others.row] = True
        for row in np.flatnonzero(~mixed & (np.diff(rows.indptr) > 0)).tolist():
            span = slice(rows.indptr[row], rows.indptr[row + 1])
            at, value = place[rows.indices[span]], rows.data[span]
            order = np.argsort(at)
            key = (
                at[order].tobytes(),
                value[order].tobytes(),
                float(model.row_lower[row]),
                float(model.row_upper[row]),
            )
            if key in seen:
                continue
            seen.add(key)
            parts.append((at[order], value[order]))
            low.append(float(model.row_lower[row]))
            high.append(float(model.row_upper[row]))
    rows_of = np.repeat(np.arange(len(parts)), [at.size for at, _ in parts])
    column = np.concatenate([at for at, _ in parts]) if parts else np.zeros(0, dtype=np.int64)
    value = np.concatenate([value for _, value in parts]) if parts else np.zeros(0)
    matrix = sparse.coo_array((value, (rows_of, column)), shape=(len(parts), trunk.size)).tocsr()
    return matrix, np.array(low), np.array(high)
