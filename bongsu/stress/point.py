"""An optimal solution of the recourse problem, and what its duals are worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from bongsu.plan.arrays import Floats

How = Literal["skipped", "base", "pool", "cold"]


@dataclass(frozen=True, eq=False)
class Point:
    """An optimal solution of the recourse problem under one scenario, solver units.

    Attributes:
        cost: objective with its constant, without penalties for what is missed.
        missed: penalties for what hard parts of the problem are missed by, as they stand in the objective.
        values: of the columns; duals: of the rows; reduced_costs: of the columns.
            Where something is missed, values and reduced costs are those of the elastic problem (:attr:`Recourse.elastic`).
        how: skipped, or solved from the base's basis, a basis of the pool, or cold.
        start: number of the basis in the pool (0 = the base); iterations: of the simplex method.
    """

    cost: float
    missed: float
    values: Floats
    duals: Floats
    reduced_costs: Floats
    how: How
    start: int
    iterations: int

    @property
    def objective(self) -> float:
        """What was minimised."""
        return self.cost + self.missed


def worth(duals: Floats, lower: Floats, upper: Floats) -> Floats:
    """What each dual contributes to the dual objective: its lower bound where positive, its upper bound where negative.

    A dual of the wrong sign at an infinite bound, within the tolerance of the solver, counts as zero.
    """
    with np.errstate(invalid="ignore"):
        at = np.where(duals > 0, lower, upper)
        found = duals * at
    return np.where((duals == 0) | ~np.isfinite(at), 0.0, found)
