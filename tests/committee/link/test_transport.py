"""Trades of greatest gain, against enumeration, the assignment of scipy, and the theorem of duality."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from bongsu.committee.link.transport import transport

gains = st.integers(-9, 20)


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 2), st.integers(1, 3), st.data())
def test_it_is_the_best_of_all_whole_trades(n: int, m: int, data: st.DataObject) -> None:
    gain = np.array([[data.draw(gains) for _ in range(m)] for _ in range(n)], dtype=float)
    supply = np.array([data.draw(st.integers(0, 2)) for _ in range(n)], dtype=float)
    need = np.array([data.draw(st.integers(0, 2)) for _ in range(m)], dtype=float)
    best = 0.0
    for amounts in product(range(3), repeat=n * m):
        x = np.array(amounts).reshape(n, m)
        if (x.sum(axis=1) <= supply).all() and (x.sum(axis=0) <= need).all():
            best = max(best, float((gain * x).sum()))
    assert transport(gain, supply, need).gain == pytest.approx(best, abs=1e-7)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 7), st.data())
def test_of_one_each_it_is_the_assignment_problem(n: int, data: st.DataObject) -> None:
    gain = np.array([[data.draw(st.integers(1, 50)) for _ in range(n)] for _ in range(n)], dtype=float)
    rows, columns = linear_sum_assignment(gain, maximize=True)
    assert transport(gain, np.ones(n), np.ones(n)).gain == pytest.approx(gain[rows, columns].sum())


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 5), st.integers(1, 5), st.data())
def test_nobody_could_do_better_by_themselves(n: int, m: int, data: st.DataObject) -> None:
    gain = np.array([[data.draw(gains) for _ in range(m)] for _ in range(n)], dtype=float)
    supply = np.array([data.draw(st.floats(0, 50)) for _ in range(n)])
    need = np.array([data.draw(st.floats(0, 50)) for _ in range(m)])
    found = transport(gain, supply, need)
    assert (found.sellers >= -1e-7).all()
    assert (found.buyers >= -1e-7).all()
    assert (found.sellers[:, None] + found.buyers[None, :] >= gain - 1e-7).all()
    # What is paid out is what is gained: strong duality.
    assert found.sellers @ supply + found.buyers @ need == pytest.approx(found.gain, abs=1e-5)


def test_barred_pairs_and_limits_between_two_are_kept() -> None:
    gain = np.array([[10.0, np.nan], [8.0, 5.0]])
    found = transport(gain, np.array([4.0, 4.0]), np.array([5.0, 5.0]), np.array([[1.0, np.inf], [np.inf, np.inf]]))
    assert found.flows.tolist() == [[1.0, 0.0], [4.0, 0.0]]
    assert found.gain == pytest.approx(42.0)


def test_a_gain_that_nothing_limits_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing limits"):
        transport(np.array([[1.0]]), np.array([np.inf]), np.array([np.inf]))
    with pytest.raises(ValueError, match="below zero"):
        transport(np.array([[1.0]]), np.array([-1.0]), np.array([1.0]))
    with pytest.raises(ValueError, match="need"):
        transport(np.array([[1.0]]), np.array([1.0, 2.0]), np.array([1.0]))
