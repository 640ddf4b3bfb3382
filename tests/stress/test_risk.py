"""Measures of risk against their definitions by sorting and by minimising over η."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bongsu.stress.risk import conditional_value_at_risk, expectation, mean_risk, value_at_risk

#: Costs and whole-number weights, so that levels can be hit exactly.
CASES = st.lists(st.tuples(st.integers(-50, 50), st.integers(0, 6)), min_size=1, max_size=8).filter(
    lambda rows: any(weight for _, weight in rows)
)


def arrays(rows: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    costs, weights = (np.array(part, dtype=float) for part in zip(*rows, strict=True))
    return costs, weights / weights.sum()


def tail_mean(rows: list[tuple[int, int]], alpha: float) -> float:
    """Mean of the dearest share 1 - alpha, taken one atom after the other; an atom that straddles the level counts in part."""
    total = sum(weight for _, weight in rows)
    left, found = (1 - alpha) * total, 0.0
    for cost, weight in sorted(rows, reverse=True):
        part = min(weight, left)
        found, left = found + part * cost, left - part
    return found / ((1 - alpha) * total)


@given(CASES, st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.8, 0.95]))
def test_the_tail_mean_is_that_of_the_dearest_share(rows: list[tuple[int, int]], alpha: float) -> None:
    assert conditional_value_at_risk(*arrays(rows), alpha) == pytest.approx(tail_mean(rows, alpha), abs=1e-9)


@given(CASES, st.sampled_from([0.0, 0.3, 0.6, 0.9]))
def test_the_tail_mean_is_the_least_over_eta(rows: list[tuple[int, int]], alpha: float) -> None:
    costs, weights = arrays(rows)
    over_eta = [eta + weights @ np.maximum(costs - eta, 0) / (1 - alpha) for eta in costs]
    assert conditional_value_at_risk(costs, weights, alpha) == pytest.approx(min(over_eta), abs=1e-9)


@given(CASES, st.floats(0, 1), st.floats(0, 1))
def test_limits_and_order_of_the_measures(rows: list[tuple[int, int]], alpha: float, weight: float) -> None:
    costs, weights = arrays(rows)
    mean, tail = expectation(costs, weights), conditional_value_at_risk(costs, weights, alpha)
    largest = costs[weights > 0].max()
    assert mean - 1e-9 <= mean_risk(costs, weights, weight, alpha) <= tail + 1e-9
    assert tail <= largest + 1e-9
    assert value_at_risk(costs, weights, alpha) <= tail + 1e-9
    assert conditional_value_at_risk(costs, weights, 0.0) == pytest.approx(mean)
    assert conditional_value_at_risk(costs, weights, 1.0) == largest
    assert mean_risk(costs, weights, 0.0, alpha) == mean
    assert mean_risk(costs, weights, 1.0, alpha) == tail


def test_value_at_risk_is_the_first_cost_that_enough_cases_keep_to() -> None:
    costs, weights = np.array([3.0, 1.0, 2.0]), np.array([0.7, 0.1, 0.2])
    assert [value_at_risk(costs, weights, alpha) for alpha in (0.05, 0.1, 0.2, 0.3, 0.31, 1.0)] == [1, 1, 2, 2, 3, 3]


def test_a_scenario_without_a_plan_makes_the_measures_infinite_unless_it_weighs_nothing() -> None:
    costs = np.array([1.0, np.inf])
    assert expectation(costs, np.array([1.0, 0.0])) == 1.0
    assert conditional_value_at_risk(costs, np.array([0.9, 0.1]), 0.95) == np.inf
