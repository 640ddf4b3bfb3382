"""HiGHS behind one narrow door: a compiled model goes in whole, values and duals come out.

The choice of method: dual simplex for small or warm models, IPX up to a million columns, HiPO above, each with crossover and each
the other's fallback. IPX solved the benchmark network of 305,000 columns in about four minutes; a later run that began with HiPO
was stopped after eight, so which is faster there is not settled. A solver's word is not enough: the caller checks
every answer with :mod:`bongsu.plan.verify`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import highspy
import numpy as np

from bongsu.plan.arrays import Floats, Ints
from bongsu.plan.assemble import Model
from bongsu.plan.programme import hand_over

Status = Literal["optimal", "feasible", "infeasible", "unbounded", "stopped", "failed"]
_SMALL, _LARGE = 5_000, 1_000_000


@dataclass(frozen=True)
class Options:
    """How to solve.

    Attributes:
        gap: relative gap at which a model with whole numbers counts as solved.
        time_limit: seconds for one call of the solver; None = no limit.
        threads: threads the solver may use.
        method: ``auto`` or a HiGHS solver name (``simplex``, ``ipx``, ``hipo``).
        stop: asked often during a solve; when it says True the solve ends and keeps the best plan found so far.
        progress: told what the solver is doing: phase and, for whole numbers, the gap so far.
    """

    gap: float = 1e-6
    time_limit: float | None = None
    threads: int = 1
    method: Literal["auto", "simplex", "ipx", "hipo"] = "auto"
    stop: Callable[[], bool] | None = None
    progress: Callable[[str, float | None], None] | None = None


@dataclass(frozen=True)
class Answer:
    """What the solver said, in solver units."""

    status: Status
    values: Floats
    column_duals: Floats
    row_values: Floats
    row_duals: Floats
    objective: float
    bound: float
    iterations: int
    method: str


class Solver:
    """One HiGHS instance that holds one compiled model and can be changed and solved again."""

    def __init__(self, model: Model, relax: bool = False, options: Options | None = None) -> None:
        self.model = model
        self.options = options or Options()
        self.highs = highspy.Highs()
        self.highs.silent()
        self._set("threads", self.options.threads)
        self.relaxed = relax or not model.integer.any()
        self._cold = True
        self._heed = True
        self._load(model)
        self._watch()

    def _set(self, option: str, value: Any) -> bool:
        """Whether HiGHS took the option; it keeps its old value silently otherwise."""
        return bool(self.highs.setOptionValue(option, value) == highspy.HighsStatus.kOk)

    def _load(self, model: Model) -> None:
        hand_over(self.highs, model, model.offset / model.money, None if self.relaxed else model.integer)

    def _watch(self) -> None:
        stop, progress = self.options.stop, self.options.progress
        if stop is not None:

            def ask(event: Any) -> None:
                # HiGHS keeps an interrupt until it is told otherwise.
                event.interrupt(self._heed and bool(stop()))

            self.highs.cbSimplexInterrupt += ask
            self.highs.cbIpmInterrupt += ask
            self.highs.cbMipInterrupt += ask
        if progress is not None:

            def tell(event: Any) -> None:
                gap = getattr(event.data_out, "mip_gap", None)
                progress("branch and bound", None if gap is None or not np.isfinite(gap) else float(gap))

            self.highs.cbMipImprovingSolution += tell

    # Changes: natural positions, solver units --------------------------------------------------------------------------

    def set_cost(self, columns: Ints, cost: Floats) -> None:
        """Change objective coefficients."""
        _heeded(self.highs.changeColsCost(columns.size, columns.astype(np.int32), cost), "costs")

    def set_bounds(self, columns: Ints, lower: Floats, upper: Floats) -> None:
        """Change bounds of columns."""
        _heeded(self.highs.changeColsBounds(columns.size, columns.astype(np.int32), lower, upper), "bounds")

    def set_rows(self, rows: Ints, lower: Floats, upper: Floats) -> None:
        """Change right-hand sides of rows."""
        _heeded(self.highs.changeRowsBounds(rows.size, rows.astype(np.int32), lower, upper), "rows")

    def set_coefficients(self, rows: Ints, columns: Ints, values: Floats) -> None:
        """Change matrix entries."""
        for row, column, value in zip(rows.tolist(), columns.tolist(), values.tolist(), strict=True):
            self.highs.changeCoeff(row, column, value)

    def fix_integers(self, values: Floats) -> None:
        """Fix whole-number columns at the nearest whole number of ``values`` and forget that they were whole.

        What follows is a linear programme of seconds that turns a plan into one with prices: a request to stop has been
        answered by then and is not heeded again.
        """
        whole = np.flatnonzero(self.model.integer).astype(np.int32)
        at = np.round(values[whole])
        self.highs.changeColsIntegrality(whole.size, whole, np.zeros(whole.size, dtype=np.uint8))
        self.set_bounds(whole, at, at)
        self.relaxed = True
        self._heed = False

    def settle(self) -> None:
        """From here on solve small changes from the optimal basis: simplex, without the time limit of the first solve."""
        self._heed = False
        self._set("solver", "simplex")
        self._set("time_limit", float("inf"))

    def again(self, method: str, exact: bool = True) -> Answer:
        """Solve what is loaded from scratch with another method, to tighter tolerances."""
        self._set("time_limit", float("inf"))
        if exact:
            self._set("primal_feasibility_tolerance", 1e-9)
            self._set("dual_feasibility_tolerance", 1e-9)
        if not self._set("solver", method):
            return self._answer(method)
        self.highs.run()
        return self._answer(method)

    def current_cost(self) -> Floats:
        """Objective coefficients as they stand."""
        return np.array(self.highs.getLp().col_cost_)

    def current_bounds(self) -> tuple[Floats, Floats]:
        """Bounds of the columns as they stand."""
        lp = self.highs.getLp()
        return np.array(lp.col_lower_), np.array(lp.col_upper_)

    @property
    def has_basis(self) -> bool:
        """Whether the last solve left a basis."""
        return bool(self.highs.getInfo().basis_validity)

    # Solving -------------------------------------------------------------------------------------------------------------

    def solve(self) -> Answer:
        """Solve what is loaded, cold the first time and warm afterwards."""
        if self.options.time_limit is not None and self._heed:
            self._set("time_limit", float(self.highs.getRunTime()) + self.options.time_limit)
        if not self.relaxed:
            self._set("mip_rel_gap", self.options.gap)
            self._set("mip_abs_gap", 1e-9)
            self.highs.run()
            self._cold = False
            return self._answer("branch and bound")
        answer: Answer | None = None
        for method in self._methods():
            if self.options.progress:
                self.options.progress(method, None)
            if not self._set("solver", method):
                continue
            self.highs.run()
            answer = self._answer(method)
            if answer.status != "failed":
                break
            self.highs.clearSolver()
        self._cold = False
        assert answer is not None
        return answer

    def _methods(self) -> list[str]:
        columns = self.model.shape[1]
        if self.options.method != "auto":
            return [self.options.method, "simplex"]
        if not self._cold or columns <= _SMALL:
            return ["simplex", "ipx"]
        return ["ipx", "hipo", "simplex"] if columns <= _LARGE else ["hipo", "ipx", "simplex"]

    def _answer(self, method: str) -> Answer:
        kind = highspy.HighsModelStatus
        if self.highs.getModelStatus() == kind.kUnboundedOrInfeasible and self._set("presolve", "off"):
            # Which of the two, presolve does not say; without it the solver does.
            self.highs.run()
            self._set("presolve", "choose")
        info, solution = self.highs.getInfo(), self.highs.getSolution()
        said = self.highs.getModelStatus()
        found = bool(solution.value_valid) and info.primal_solution_status == 2
        status: Status
        if said in (kind.kOptimal, kind.kModelEmpty):
            status = "optimal"
        elif said in (kind.kInfeasible,):
            status = "infeasible"
        elif said == kind.kUnbounded:
            status = "unbounded"
        elif said in (kind.kTimeLimit, kind.kInterrupt, kind.kIterationLimit, kind.kSolutionLimit):
            status = "feasible" if found and not self.relaxed else "stopped"
        else:
            status = "failed"
        rows, columns = self.model.shape
        valid, dual = bool(solution.value_valid), bool(solution.dual_valid)
        bound = float(info.mip_dual_bound) if not self.relaxed else float(info.objective_function_value)
        return Answer(
            status=status,
            values=np.array(solution.col_value) if valid else np.zeros(columns),
            column_duals=np.array(solution.col_dual) if dual else np.zeros(columns),
            row_values=np.array(solution.row_value) if valid else np.zeros(rows),
            row_duals=np.array(solution.row_dual) if dual else np.zeros(rows),
            objective=float(info.objective_function_value),
            bound=bound,
            iterations=max(int(info.simplex_iteration_count), 0) + max(int(info.ipm_iteration_count), 0),
            method=method,
        )


def _heeded(said: highspy.HighsStatus, what: str) -> None:
    """Refuse a change that the solver did not make, as of one position twice: it would answer another question than asked."""
    if said == highspy.HighsStatus.kError:
        raise ValueError(
            f"the solver refused to change {what}: give each position once, and no lower limit above its upper one"
        )
