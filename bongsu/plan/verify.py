"""Our own check of an answer: primal, dual and complementarity errors, recomputed from the matrix."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from bongsu.plan.arrays import Floats
from bongsu.plan.programme import Programme
from bongsu.plan.solver import Answer

#: Errors up to this are accepted (solver units, which are chosen so that typical values are of order one to a hundred).
TOLERANCE = 1e-5


@dataclass(frozen=True)
class Errors:
    """Largest errors of an answer in solver units.

    Attributes:
        primal: largest violation of a row or bound.
        dual: largest wrong sign of a reduced cost or row dual, relative to one plus its size in the cost vector.
        complementarity: largest product of a slack and its dual, relative to one plus the objective.
        gap: difference of primal and dual objective, relative to one plus the objective.
    """

    primal: float
    dual: float
    complementarity: float
    gap: float

    @property
    def fine(self) -> bool:
        """Whether all errors are within :data:`TOLERANCE`."""
        # Written so that a not-a-number is never fine.
        return all(value <= TOLERANCE for value in asdict(self).values())


def verify(model: Programme, answer: Answer, lower: Floats | None = None, upper: Floats | None = None) -> Errors:
    """Errors of an answer to a linear model, whose column bounds may differ from the compiled ones.

    Source of the formulas: optimality conditions of min c'x, l <= x <= u, L <= Ax <= U with reduced costs z = c - A'y:
    x and Ax within bounds; y and z non-negative where only a lower bound is active, non-positive where only an upper one is.
    """
    lo, up = (model.lower if lower is None else lower), (model.upper if upper is None else upper)
    x, y = answer.values, answer.row_duals
    activity = model.matrix @ x
    z = model.cost - model.matrix.T @ y
    primal = max(_violation(x, lo, up), _violation(activity, model.row_lower, model.row_upper))
    size = 1.0 + np.abs(model.cost).max(initial=0.0)
    dual = max(_wrong_sign(z, lo, up), _wrong_sign(y, model.row_lower, model.row_upper)) / size
    objective = float((model.cost * x).sum())
    products = max(_product(x, z, lo, up), _product(activity, y, model.row_lower, model.row_upper))
    dual_objective = _dual_value(z, lo, up) + _dual_value(y, model.row_lower, model.row_upper)
    whole = 1.0 + abs(objective)
    return Errors(float(primal), float(dual), products / whole, abs(objective - dual_objective) / whole)


def _violation(values: Floats, lower: Floats, upper: Floats) -> float:
    return float(max((lower - values).max(initial=0.0), (values - upper).max(initial=0.0)))


def _wrong_sign(duals: Floats, lower: Floats, upper: Floats) -> float:
    below = np.where(np.isinf(lower), np.maximum(duals, 0.0), 0.0)
    above = np.where(np.isinf(upper), np.maximum(-duals, 0.0), 0.0)
    return float(max(below.max(initial=0.0), above.max(initial=0.0)))


def _product(values: Floats, duals: Floats, lower: Floats, upper: Floats) -> float:
    slack = np.where(duals > 0, values - lower, upper - values)
    with np.errstate(invalid="ignore"):
        product = np.where(duals == 0, 0.0, np.abs(slack * duals))
    return float(product[np.isfinite(product)].max(initial=0.0))


def _dual_value(duals: Floats, lower: Floats, upper: Floats) -> float:
    bound = np.where(duals > 0, lower, upper)
    bound = np.where(np.isfinite(bound), bound, 0.0)
    # A sum and not a product of vectors: the latter starts threads, which wait for one another on a busy machine.
    return float((duals * bound).sum())
