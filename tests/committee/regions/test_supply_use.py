import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bongsu.committee.regions import SupplyUse, TableError
from tests.committee.regions.tables import FIVE, FIVE_SUPPLY, FIVE_USE, small_supply_use


@pytest.mark.parametrize("model", ["A", "B", "C", "D"])
def test_the_four_models_give_the_published_coefficients(model: str) -> None:
    found = SupplyUse.of(FIVE_USE, FIVE_SUPPLY).symmetric(model)  # type: ignore[arg-type]
    assert found.coefficients == pytest.approx(np.array(FIVE[model]), abs=1e-9)


@pytest.mark.parametrize("model", ["A", "B", "C", "D"])
def test_every_model_keeps_the_balance(model: str) -> None:
    symmetric = small_supply_use().symmetric(model)  # type: ignore[arg-type]
    assert symmetric.final is not None
    assert symmetric.flows.sum(axis=1) + symmetric.final == pytest.approx(symmetric.output)
    assert symmetric.flows.sum(axis=0) + symmetric.rows["value_added"] == pytest.approx(symmetric.output)
    assert symmetric.sectors == (("P1", "P2") if model in "AB" else ("I1", "I2"))


@settings(deadline=None)
@given(st.integers(2, 9), st.integers(0, 10_000))
def test_without_by_products_all_four_models_are_the_use_table(size: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    output = rng.uniform(10, 20, size)
    use = rng.uniform(0, 1, (size, size))
    table = SupplyUse.of(use, np.diag(output))
    for model in ("A", "B", "C", "D"):
        assert table.symmetric(model).flows == pytest.approx(use, rel=1e-9)  # type: ignore[arg-type]


@settings(deadline=None)
@given(st.integers(2, 7), st.integers(0, 10_000))
def test_product_technology_gives_back_the_use_of_each_industry(size: int, seed: int) -> None:
    """A is defined by U = A S: what an industry uses is what its products need."""
    rng = np.random.default_rng(seed)
    supply = np.diag(rng.uniform(10, 20, size)) + rng.uniform(0, 1, (size, size))
    use = rng.uniform(0, 1, (size, size))
    assert SupplyUse.of(use, supply).symmetric("A").coefficients @ supply == pytest.approx(use, rel=1e-8)


def test_more_products_than_industries_go_with_d_and_b_only() -> None:
    table = SupplyUse.of([[1, 2], [3, 4], [0, 1]], [[10, 0], [2, 20], [0, 5]])
    assert table.symmetric("D").flows.shape == (2, 2)
    assert table.symmetric("B").flows.shape == (3, 3)
    with pytest.raises(TableError, match="model A needs as many products as industries, but there are 3 and 2"):
        table.symmetric("A")


def test_negative_flows_are_kept_and_told() -> None:
    table = SupplyUse.of([[0, 30], [1, 0]], [[50, 40], [0, 60]])
    symmetric = table.symmetric("A")
    assert (symmetric.flows < 0).any()
    assert "negative flow" in symmetric.notes[0]


def test_a_transposed_make_table_is_guessed() -> None:
    with pytest.raises(TableError, match="looks transposed"):
        SupplyUse.of([[1, 2], [3, 4], [0, 1]], [[10, 2, 0], [0, 20, 5]])


def test_a_product_that_is_only_imported_is_told() -> None:
    with pytest.raises(TableError, match="product P2 has no domestic output, but 7 of it is used"):
        SupplyUse.of([[1, 2], [3, 4]], [[10, 20], [0, 0]])
