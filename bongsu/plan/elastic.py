"""Opening what is hard: every family that can be short, at a penalty above any real price."""

from __future__ import annotations

import numpy as np

from bongsu.plan.arrays import Floats, Ints
from bongsu.plan.assemble import Model
from bongsu.plan.solver import Solver

#: Families whose variables say how far something hard is missed.
HARD = ("short", "shortfall", "waiver", "stock_gap")


def hard_columns(model: Model) -> Ints:
    """Elastic variables that are fixed at zero because what they stand for is hard."""
    parts = [
        np.arange(f.start, f.stop, dtype=np.int32) for name in HARD if (f := model.variables.get(name)) is not None
    ]
    columns = np.concatenate(parts) if parts else np.zeros(0, dtype=np.int32)
    fixed: Ints = columns[model.upper[columns] == 0]
    return fixed


def elastic_room(model: Model) -> Floats:
    """How far each variable may go once opened: a demand can be short of no more than itself."""
    room = np.full(model.shape[1], np.inf)
    short = model.variables["short"]
    a = model.arrays
    room[short.span] = a.demand_quantity[a.demand.row] / model.column_scale[short.span]
    return room


def elastic_penalty(model: Model) -> float:
    """A thousand times the dearest objective coefficient, so far above any chain of real costs (solver units)."""
    return 1e3 * max(1.0, float(np.abs(model.cost).max(initial=0.0)))


def open_elastic(model: Model, solver: Solver, columns: Ints | None = None) -> Ints:
    """Give the hard elastic variables room at a penalty; the columns that were opened.

    The penalty is that of :func:`elastic_penalty`.
    """
    opened = hard_columns(model) if columns is None else columns
    penalty = elastic_penalty(model)
    solver.set_bounds(opened, np.zeros(opened.size), elastic_room(model)[opened])
    solver.set_cost(opened, np.full(opened.size, penalty))
    return opened
