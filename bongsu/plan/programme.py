"""A linear programme as plain arrays, and how it goes into HiGHS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import highspy
import numpy as np

from bongsu.plan.arrays import Bools, Floats


class Programme(Protocol):
    """A linear programme min c'x, l <= x <= u, L <= Ax <= U, such as a compiled model."""

    @property
    def matrix(self) -> Any:
        """Sparse matrix, one row per constraint."""

    @property
    def cost(self) -> Floats:
        """Objective coefficients."""

    @property
    def lower(self) -> Floats:
        """Lower bounds of the columns."""

    @property
    def upper(self) -> Floats:
        """Upper bounds of the columns."""

    @property
    def row_lower(self) -> Floats:
        """Lower right-hand sides."""

    @property
    def row_upper(self) -> Floats:
        """Upper right-hand sides."""


@dataclass(frozen=True, eq=False)
class Linear:
    """A linear programme that is not a compiled plan; see :class:`Programme`."""

    matrix: Any
    cost: Floats
    lower: Floats
    upper: Floats
    row_lower: Floats
    row_upper: Floats


def hand_over(highs: Any, programme: Programme, offset: float = 0.0, integer: Bools | None = None) -> None:
    """Give a programme to HiGHS whole; the arrays go over as they are, not number by number.

    Args:
        highs: an instance of ``highspy.Highs``.
        programme: what to solve, minimised; its matrix is compressed by columns.
        offset: constant part of the objective, solver units.
        integer: which columns take whole values only; None = none.

    Raises:
        RuntimeError: HiGHS did not take it; it can refuse without a word and would then solve an empty model.
    """
    matrix = programme.matrix
    rows, columns = matrix.shape
    taken = highs.passModel(
        columns,
        rows,
        matrix.nnz,
        int(highspy.MatrixFormat.kColwise),
        int(highspy.ObjSense.kMinimize),
        offset,
        programme.cost,
        programme.lower,
        programme.upper,
        programme.row_lower,
        programme.row_upper,
        matrix.indptr.astype(np.int32, copy=False),
        matrix.indices.astype(np.int32, copy=False),
        matrix.data,
        np.zeros(columns, dtype=np.int32) if integer is None else integer.astype(np.int32),
    )
    if taken == highspy.HighsStatus.kError or highs.getNumCol() != columns:
        raise RuntimeError(f"HiGHS did not take the model of {rows} rows and {columns} columns")
