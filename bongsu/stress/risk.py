"""Measures of a cost that is known only up to a scenario: expectation, value at risk, conditional value at risk.

All take costs and weights of shape (scenarios,), weights adding up to one. Costs may be infinite, where a scenario has no plan.
"""

from __future__ import annotations

import numpy as np

from bongsu.plan.arrays import Floats

#: Weights that add up to this much more than a level count as reaching it, so that 0.1 + 0.2 reaches 0.3.
_ROUNDING = 1e-12


def expectation(costs: Floats, weights: Floats) -> float:
    """Mean cost; scenarios without weight do not count, whatever they cost."""
    real = weights > 0
    return float(weights[real] @ costs[real])


def value_at_risk(costs: Floats, weights: Floats, alpha: float) -> float:
    """Least cost that is not exceeded with probability ``alpha`` or more; at ``alpha`` one the largest cost."""
    real = np.flatnonzero(weights > 0)
    order = real[np.argsort(costs[real], kind="stable")]
    reached = np.cumsum(weights[order])
    at = int(np.searchsorted(reached, alpha - _ROUNDING))
    return float(costs[order[min(at, order.size - 1)]])


def conditional_value_at_risk(costs: Floats, weights: Floats, alpha: float) -> float:
    """Mean cost of the worst ``1 - alpha`` of all cases; the mean at ``alpha`` zero, the largest cost at one.

    Source: Rockafellar and Uryasev, Optimization of conditional value-at-risk, Journal of Risk 2 (2000): the minimum over η of
    η + E[max(cost - η, 0)] / (1 - alpha), which the value at risk attains.
    """
    at = value_at_risk(costs, weights, alpha)
    if alpha >= 1.0 or np.isinf(at):
        return at
    return at + expectation(np.maximum(costs - at, 0.0), weights) / (1.0 - alpha)


def mean_risk(costs: Floats, weights: Floats, risk_weight: float, alpha: float) -> float:
    """(1 - λ) · expectation + λ · conditional value at risk."""
    mean = expectation(costs, weights)
    if risk_weight == 0.0:
        return mean
    tail = conditional_value_at_risk(costs, weights, alpha)
    return tail if risk_weight == 1.0 else (1.0 - risk_weight) * mean + risk_weight * tail
