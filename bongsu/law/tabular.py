"""Tests on whole tables: fast in floating point, exact where it matters.

A figure further from its threshold than rounding can reach is decided in floating point. The few rows that are nearer are given
to the explaining test, in Decimals: so both paths agree on every row, equality included.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from bongsu.law.finding import Outcome

Floats = npt.NDArray[np.float64]
#: Relative distance from a threshold within which a row is decided exactly; far above the rounding of a dozen operations.
BORDER = 1e-9
#: Code of each outcome in the arrays that :func:`decide` returns.
CODES: Sequence[Outcome] = (Outcome.FAIL, Outcome.PASS, Outcome.UNDETERMINED)
_SENSE = {"at least": 1, "more than": 1, "at most": -1, "less than": -1}


def decide(
    figure: Floats,
    threshold: Floats,
    met: str,
    exact: Callable[[int], Outcome],
    known: npt.NDArray[np.bool_] | None = None,
) -> npt.NDArray[np.int8]:
    """Codes of outcomes (index into :data:`CODES`) of figures against thresholds.

    Args:
        figure, threshold: shape (n,), the same unit; NaN where unknown.
        met: how the threshold is met.
        exact: the outcome of one row by the explaining test; asked only near the threshold and where a figure is no number.
        known: rows that can be decided at all; others are undetermined.
    """
    distance = (figure - threshold) * _SENSE[met]
    near = ~(np.abs(distance) > BORDER * np.maximum(1.0, np.maximum(np.abs(figure), np.abs(threshold))))
    code = (distance > 0).astype(np.int8)
    if known is not None:
        code[~known] = CODES.index(Outcome.UNDETERMINED)
        near &= known
    for row in np.flatnonzero(near):
        code[row] = CODES.index(exact(int(row)))
    return code
