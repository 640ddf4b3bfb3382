"""The plan of one scenario, asked again and again: alone, and under decisions that were taken before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from bongsu.plan import Model, Options
from bongsu.plan.arrays import Bools, Floats
from bongsu.plan.plan import ZERO, checked
from bongsu.plan.solver import Answer, Solver, Status
from bongsu.plan.verify import Errors

#: How far, relative to one plus itself, a decision may lie outside the bounds of a scenario and be taken for rounding.
_STRAY = 1e-6
#: Method of an answer that needed no solver: decisions outside the bounds of the scenario or its rules for decisions.
OUTSIDE = "outside the bounds"


@dataclass(frozen=True)
class Recourse:
    """What a scenario costs under given decisions.

    Attributes:
        status: of the solve; ``infeasible`` where the decisions leave no plan.
        cost: present cost, natural money; infinite where there is no plan, not a number where the solver came to no answer.
        bound: proven lower bound on it.
        values: of the columns, solver units.
        answer: what the solver said.
        errors: our own check of the answer; None where it holds no prices (whole numbers) or there is no plan.
    """

    status: Status
    cost: float
    bound: float
    values: Floats
    answer: Answer
    errors: Errors | None

    @property
    def found(self) -> bool:
        """Whether there is a plan."""
        return self.status in ("optimal", "feasible")


class ScenarioSolver:
    """One scenario held by one solver."""

    def __init__(self, model: Model, options: Options) -> None:
        self.model = model
        self.solver = Solver(model, options=options)
        self.loaded = model

    def alone(self) -> Recourse:
        """The best plan of the scenario by itself."""
        self._take(self.model)
        return self._solve()

    def under(self, columns: Bools, values: Floats) -> Recourse:
        """The best plan once some columns are decided (values in solver units).

        Decisions are kept within the bounds of the scenario, from which a solver's last digits may have strayed; where they lie
        further outside, the scenario has no plan.
        """
        model = decided(self.model, columns, values)
        if model is None:
            return _impossible(self.model)
        self._take(model)
        return self._solve()

    def _take(self, model: Model) -> None:
        rows, columns = model.shape
        self.solver.set_bounds(np.arange(columns, dtype=np.int32), model.lower, model.upper)
        self.solver.set_rows(np.arange(rows, dtype=np.int32), model.row_lower, model.row_upper)
        self.loaded = model

    def _solve(self) -> Recourse:
        return recourse(self.loaded, self.solver, self.solver.solve())


def decided(model: Model, columns: Bools, values: Floats) -> Model | None:
    """The model with some columns held at values (solver units), whole numbers at the nearest one.

    None where the values lie outside its bounds, or break a row that speaks of these columns alone, by more than rounding. Such
    rows
    are left out once they are kept: a solver would take the last digits of what it cannot change for a contradiction.
    """
    stated = np.where(model.integer, np.round(values), values)
    at = np.clip(stated, model.lower, model.upper)
    if (np.abs(stated - at) > _STRAY * (1.0 + np.abs(stated)))[columns].any():
        return None
    settled = ~(abs(model.matrix) @ (~columns).astype(float) > 0)
    activity = model.matrix @ np.where(columns, at, 0.0)
    allowed = _STRAY * (1.0 + np.abs(activity))
    broken = (activity < model.row_lower - allowed) | (activity > model.row_upper + allowed)
    if (broken & settled).any():
        return None
    return replace(
        model,
        lower=np.where(columns, at, model.lower),
        upper=np.where(columns, at, model.upper),
        row_lower=np.where(settled, -np.inf, model.row_lower),
        row_upper=np.where(settled, np.inf, model.row_upper),
    )


def _impossible(model: Model) -> Recourse:
    rows, columns = model.shape
    nothing = np.zeros(columns)
    worst = float("inf")
    said = Answer("infeasible", nothing, nothing, np.zeros(rows), np.zeros(rows), worst, worst, 0, OUTSIDE)
    return Recourse("infeasible", worst, worst, nothing, said, None)


def recourse(model: Model, solver: Solver, answer: Answer) -> Recourse:
    """What a solver's answer means, after our own check of it."""
    errors = None
    if solver.relaxed and answer.status == "optimal":
        answer, errors = checked(model, solver, answer)
    status: Status = "failed" if errors is not None and not errors.fine else answer.status
    if status in ("optimal", "feasible"):
        cost, bound = answer.objective * model.money, min(answer.bound, answer.objective) * model.money
    elif status == "infeasible":
        cost = bound = float("inf")
    else:
        cost = bound = float("nan")
    return Recourse(status, cost, bound, answer.values, answer, errors)


def natural(model: Model, values: Floats) -> Floats:
    """Values in natural units, noise below what counts as something set to zero."""
    return np.where(np.abs(values) < ZERO, 0.0, values) * model.column_scale


def unserved(model: Model, values: Floats) -> Mapping[str, float]:
    """Demand left unserved over all periods, by item, natural units; items without any are left out."""
    a = model.arrays
    short = natural(model, values)[model.variables["short"].span] * a.years[a.demand.period]
    total = np.bincount(a.demand_item[a.demand.row], weights=short, minlength=a.items)
    names = a.net["items"]["item"].to_list()
    return {names[i]: float(total[i]) for i in np.flatnonzero(total > 0).tolist()}
