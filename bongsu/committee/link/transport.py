"""Trades of greatest gain, where money decides: the transportation problem, and the prices that go with it.

    maximise  Σ gain(i, j) x(i, j)
    subject to  Σ_j x(i, j) <= supply(i)        dual u(i) >= 0: what one unit more of the seller's is worth
                Σ_i x(i, j) <= need(j)          dual v(j) >= 0: what one unit more of the buyer's need is worth
                0 <= x(i, j) <= most(i, j)

With duals ``u(i) + v(j) >= gain(i, j)`` where a pair is not at its limit, equal where it trades: no seller and buyer could
do better by themselves, so the duals are payoffs in the core (Shapley and Shubik 1971, The assignment game I). Where
nothing can be paid across, use :mod:`bongsu.committee.link.matching`.
"""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse

from bongsu.plan.arrays import Floats
from bongsu.plan.programme import Linear, hand_over


@dataclass(frozen=True)
class Transport:
    """An optimal trade.

    Attributes:
        flows: shape (sellers, buyers); ``gain``: in all.
        sellers, buyers: duals ``u`` and ``v``.
    """

    flows: Floats
    gain: float
    sellers: Floats
    buyers: Floats


def transport(gain: Floats, supply: Floats, need: Floats, most: Floats | None = None) -> Transport:
    """The trade of greatest gain.

    Args:
        gain: money per unit, shape (sellers, buyers); NaN or minus infinity bars a pair.
        supply, need: limits; infinite = none.
        most: limits between two; infinite = none.

    Raises:
        ValueError: shapes do not agree, a limit is negative or not a number, or a gain without any limit could grow for ever.
        RuntimeError: HiGHS did not solve it.
    """
    gain, supply, need = (np.asarray(one, dtype=float) for one in (gain, supply, need))
    n, m = gain.shape
    limits = np.full((n, m), np.inf) if most is None else np.asarray(most, dtype=float)
    if supply.shape != (n,) or need.shape != (m,) or limits.shape != (n, m):
        raise ValueError(f"{n} sellers and {m} buyers need {n} supplies, {m} needs and {n} × {m} limits")
    if any(np.isnan(one).any() or (one < 0).any() for one in (supply, need, limits)):
        raise ValueError("a limit is below zero or not a number; give zero or more, infinity for none")
    barred = ~np.isfinite(gain)
    endless = ~barred & (gain > 0) & np.isinf(limits) & np.isinf(supply)[:, None] & np.isinf(need)[None, :]
    if endless.any():
        i, j = np.argwhere(endless)[0]
        raise ValueError(f"seller {i} and buyer {j} gain and nothing limits them; give one of them a limit")
    if n * m == 0:
        return Transport(np.zeros((n, m)), 0.0, np.zeros(n), np.zeros(m))
    cells = np.arange(n * m)
    rows = sparse.vstack(
        [
            sparse.csc_array((np.ones(n * m), (cells // m, cells)), shape=(n, n * m)),
            sparse.csc_array((np.ones(n * m), (cells % m, cells)), shape=(m, n * m)),
        ],
        format="csc",
    )
    programme = Linear(
        matrix=rows,
        cost=-np.where(barred, 0.0, gain).ravel(),
        lower=np.zeros(n * m),
        upper=np.where(barred, 0.0, limits).ravel(),
        row_lower=np.full(n + m, -np.inf),
        row_upper=np.concatenate([supply, need]),
    )
    highs = highspy.Highs()
    highs.silent()
    hand_over(highs, programme)
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise RuntimeError(f"the transport problem was not solved: {highs.getModelStatus()}")
    solution = highs.getSolution()
    flows = np.asarray(solution.col_value).reshape(n, m)
    duals = -np.asarray(solution.row_dual)
    return Transport(flows, float((np.where(barred, 0.0, gain) * flows).sum()), duals[:n], duals[n:])
