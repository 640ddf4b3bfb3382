"""Pricing and verification against answers worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bongsu.committee.discover.candidates import Candidate
from bongsu.committee.discover.price import price_out
from bongsu.committee.discover.resolve import Block, Resolver
from bongsu.committee.discover.verify import Verified, bound, settle
from bongsu.plan.assemble import compile_network
from bongsu.plan.plan import Plan

from .networks import ONE, SAVED, TWO, WANTED, YEARLY, network


def _candidate(option: str, *sizes: float) -> Candidate:
    return Candidate(option.removeprefix("new:"), "make", "site", True, ("feed",), sizes, "t", 0, 20, ())


@pytest.fixture(scope="module")
def both() -> Resolver:
    return Resolver(network(ONE, TWO), [ONE, TWO])


def by_hand(size: float, periods: int, yearly: float = YEARLY) -> float:
    """What a block is worth: each unit in use saves, each unit built costs."""
    return periods * (SAVED * min(size, WANTED) - yearly * size)


def test_a_unit_is_priced_at_what_it_saves_less_what_it_costs_in_every_year_that_it_stands() -> None:
    priced = price_out(Plan.of(network()), compile_network(network(ONE, TWO)), [ONE, TWO])
    assert priced[ONE].gain == pytest.approx(3 * (SAVED - YEARLY))
    assert priced[ONE].period == 0
    assert priced[TWO].gain == pytest.approx(3 * (SAVED - YEARLY - 1))


def test_what_the_plan_can_build_already_is_not_priced() -> None:
    assert price_out(Plan.of(network(ONE)), compile_network(network(ONE, TWO)), [ONE, TWO]).keys() == {TWO}


@hypothesis_settings(max_examples=25, deadline=None)
@given(st.floats(1.0, 399.0), st.integers(0, 2))
def test_the_value_of_a_block_is_that_of_the_hand_and_never_above_its_price(
    both: Resolver, size: float, start: int
) -> None:
    value = both.value(Block(ONE, size, start))
    assert value == pytest.approx(by_hand(size, 3 - start), rel=1e-6, abs=1e-6)
    assert value <= size * 3 * (SAVED - YEARLY) + 1e-6


def test_a_block_too_large_costs_more_than_it_saves_and_says_so(both: Resolver) -> None:
    assert both.value(Block(ONE, 300.0, 0)) == pytest.approx(-900.0)


def test_the_answer_does_not_depend_on_what_was_asked_before() -> None:
    first, second = (Resolver(network(ONE, TWO), [ONE, TWO]) for _ in range(2))
    second.value(Block(TWO, 70.0, 1))
    assert first.value(Block(ONE, 60.0, 0)) == second.value(Block(ONE, 60.0, 0))


def test_a_cold_solve_by_another_method_gives_the_same_cost(both: Resolver) -> None:
    block = Block(ONE, 80.0, 1)
    assert both.cold([block]) == pytest.approx(both.solve([block]).cost, rel=1e-9)


def test_an_option_of_the_case_is_closed_in_both_plans() -> None:
    resolver = Resolver(network(ONE), [])
    assert resolver.value(Block(ONE, 50.0, 0)) == pytest.approx(by_hand(50.0, 3))


def settled(both: Resolver, *sizes: float) -> Verified:
    one = [_candidate(ONE, *sizes)]
    return settle(both, one, one, bound(both, one, one), {})


def test_the_size_is_sought_on_the_side_to_which_the_slope_points(both: Resolver) -> None:
    larger = settled(both, 10.0, 40.0, 90.0)
    smaller = settled(both, 80.0, 300.0, 400.0)
    assert larger.block == Block(ONE, 90.0, 0)
    assert smaller.block == Block(ONE, 80.0, 0)
    assert larger.value == pytest.approx(by_hand(90.0, 3))


def test_no_block_is_worth_more_than_its_bound(both: Resolver) -> None:
    one = [_candidate(ONE, 50.0)]
    most = bound(both, one, one)
    assert most == pytest.approx(by_hand(WANTED, 3))
    assert all(both.value(Block(ONE, size, start)) <= most + 1e-6 for size in (50.0, 100.0, 200.0) for start in (0, 1))
