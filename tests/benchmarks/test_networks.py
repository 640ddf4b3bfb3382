"""The benchmark compares like with like: the hand-written matrix is Bongsu's own, and the networks are real plans."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.by_hand import Matrix, Scale, assemble, hand_over
from benchmarks.networks import SIZES, Numbers, draw, network
from benchmarks.picture import slope
from bongsu.plan.assemble import Model, compile_network
from bongsu.plan.plan import Plan, solve


@pytest.fixture(scope="module")
def numbers() -> Numbers:
    return draw(SIZES["XS"])


@pytest.fixture(scope="module")
def model(numbers: Numbers) -> Model:
    return compile_network(network(numbers))


@pytest.fixture(scope="module")
def plan(model: Model) -> Plan:
    return solve(model)


def by_hand(model: Model, numbers: Numbers) -> Matrix:
    return assemble(numbers, Scale(model.column_scale, model.row_scale, model.money))


def test_the_hand_written_matrix_is_the_compiled_one(model: Model, numbers: Numbers) -> None:
    hand = by_hand(model, numbers)
    ours, theirs = model.matrix.copy(), hand.matrix.copy()
    ours.sort_indices()
    theirs.sort_indices()
    assert ours.shape == theirs.shape
    assert np.array_equal(ours.indptr, theirs.indptr)
    assert np.array_equal(ours.indices, theirs.indices)
    assert np.array_equal(ours.data, theirs.data)


def test_bounds_and_costs_are_the_compiled_ones(model: Model, numbers: Numbers) -> None:
    hand = by_hand(model, numbers)
    for name in ("lower", "upper", "row_lower", "row_upper"):
        assert np.array_equal(getattr(model, name), getattr(hand, name)), name
    assert np.allclose(model.cost, hand.cost, rtol=1e-12, atol=0)


def test_both_have_the_same_optimum(plan: Plan, numbers: Numbers) -> None:
    highs = hand_over(assemble(numbers))
    highs.run()
    assert plan.status == "optimal"
    assert plan.errors is not None
    assert plan.errors.fine
    assert plan.objective == pytest.approx(highs.getInfo().objective_function_value, rel=1e-9)


def test_everything_in_the_network_is_at_stake(plan: Plan) -> None:
    for family in ("make", "ship", "buy", "dump", "build"):
        assert (plan.family(family) > 0).any(), family
    for family in ("balance", "capacity", "share"):
        assert np.abs(plan.duals[plan.model.constraints[family].span]).max() > 0, family


def test_names_units_and_facts_are_kept(model: Model) -> None:
    net = model.arrays.net
    assert model.column_name(0) == "make[plant-s01-00000/a,2026]"
    assert net["lanes"]["facts"][0] == "freight_rates:2"
    assert set(net["items"]["unit"]) == {"t"}


def test_the_same_seed_gives_the_same_network(numbers: Numbers) -> None:
    assert network(numbers).digest == network(draw(SIZES["XS"])).digest


def test_slope_of_a_proportional_cost_is_one() -> None:
    assert slope([(10, 2.0), (100, 20.0), (1000, 200.0)]) == pytest.approx(1.0)
