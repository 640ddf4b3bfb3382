import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from bongsu.committee.regions import Leontief, NotProductive
from tests.committee.regions.tables import random_table


def direct(flows: np.ndarray, output: np.ndarray, f: np.ndarray) -> np.ndarray:
    return np.linalg.solve(np.eye(len(output)) - flows / output, f)


@pytest.mark.parametrize("size", [1, 2, 40, 500])
@pytest.mark.parametrize("transposed", [False, True])
def test_the_solution_is_that_of_a_direct_solver_within_its_bound(size: int, transposed: bool) -> None:
    flows, output = random_table(size, 3)
    f = np.random.default_rng(1).uniform(0, 10, size)
    system = Leontief(flows, output)
    found = system.solve_transposed(f) if transposed else system.solve(f)
    matrix = np.eye(size) - flows / output
    exact = np.linalg.solve(matrix.T if transposed else matrix, f)
    assert found.bound is not None
    error = np.abs(found.x - exact)
    own = 1e-12 * np.abs(exact).sum()
    assert (error.max() if transposed else error.sum()) <= found.bound + own
    assert found.bound <= 1e-10 * np.abs(exact).sum()


def test_many_shocks_are_the_same_as_one_by_one() -> None:
    flows, output = random_table(120, 5)
    shocks = np.random.default_rng(2).uniform(0, 1, (120, 30))
    together = Leontief(flows, output).solve(shocks)
    assert together.steps == 0
    assert together.bound is not None
    for k in (0, 29):
        assert together.x[:, k] == pytest.approx(Leontief(flows, output).solve(shocks[:, k]).x, rel=1e-10)


def test_a_large_table_is_solved_without_a_second_matrix_of_its_size() -> None:
    size = 1500
    flows, output = random_table(size, 8)
    f = np.zeros(size)
    f[7] = 1e6
    tracemalloc.start()
    found = Leontief(flows, output).solve(f)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # A copy in single precision and nothing else: no inverse (8 bytes an entry), no factors.
    assert peak < 0.7 * flows.nbytes
    exact = direct(flows, output, f)
    assert found.bound is not None
    assert np.abs(found.x - exact).sum() <= found.bound + 1e-10 * exact.sum()
    assert found.bound <= 1e-7 * exact.sum()


@pytest.mark.parametrize("unit", [1e-30, 1e-3, 1e12, 1e40])
def test_the_unit_of_money_does_not_matter(unit: float) -> None:
    flows, output = random_table(450, 4)
    f = np.ones(450)
    there = Leontief(flows, output).solve(f).x
    assert Leontief(flows * unit, output * unit).solve(f * unit).x / unit == pytest.approx(there, rel=1e-9)


def test_a_sparse_table_is_solved_as_the_dense_one() -> None:
    flows, output = random_table(300, 9)
    flows[np.random.default_rng(0).random(flows.shape) < 0.95] = 0
    f = np.ones(300)
    thin = Leontief(sparse.csr_array(flows), output)
    assert thin.solve(f).x == pytest.approx(direct(flows, output, f), rel=1e-10)
    assert thin.solve(np.eye(300)[:, :40]).x[:, 3] == pytest.approx(direct(flows, output, np.eye(300)[:, 3]), rel=1e-9)


def test_a_column_that_uses_more_than_its_output_is_certified_by_another_weight() -> None:
    # The second sector loses money (its inputs cost 1.2), yet the economy is productive.
    flows, output = np.array([[0.1, 0.9], [0.05, 0.3]]), np.ones(2)
    found = Leontief(flows, output).solve(np.array([1.0, 2.0]))
    assert found.x == pytest.approx(direct(flows, output, np.array([1.0, 2.0])), rel=1e-12)
    assert found.bound is not None
    assert found.bound < 1e-11


def test_negative_flows_of_a_product_technology_are_certified_too() -> None:
    flows, output = np.array([[0.1, -0.05], [0.2, 0.3]]), np.ones(2)
    found = Leontief(flows, output).solve(np.ones(2))
    assert found.x == pytest.approx(direct(flows, output, np.ones(2)), rel=1e-12)
    assert found.bound is not None


def test_an_economy_that_needs_more_than_it_makes_is_refused_with_the_sector() -> None:
    with pytest.raises(NotProductive, match=r"not productive.*unit"):
        Leontief(np.array([[0.9, 0.6], [0.5, 0.8]]), np.ones(2)).solve(np.ones(2))


def test_a_vector_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="2 sectors, but the vector has 3"):
        Leontief(np.zeros((2, 2)), np.ones(2)).solve(np.ones(3))


@settings(deadline=None)
@given(st.integers(1, 30), st.integers(0, 10_000))
def test_output_is_what_is_used_and_what_is_demanded(size: int, seed: int) -> None:
    flows, output = random_table(size, seed, 0.95)
    f = np.random.default_rng(seed).uniform(0, 1, size)
    system = Leontief(flows, output)
    x = system.solve(f).x
    assert x == pytest.approx(system.times(x) + f, rel=1e-9)
    assert (x >= f * (1 - 1e-9)).all()
