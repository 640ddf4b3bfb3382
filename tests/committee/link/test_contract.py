"""Contracts against formulas written down otherwise, numerical integration, and each other."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from bongsu.committee.link.contract import Contract, contract_of, fair_price, value

PLAIN = Contract("plain", "x", "a", "b", 2027, 2030, 100.0)
PATH = {2027: 10.0, 2028: 12.0, 2029: 8.0, 2030: 15.0}


def black_call(forward: float, strike: float, spread: float) -> float:
    """Undiscounted price of a call on a lognormal price (Black 1976)."""
    d1 = math.log(forward / strike) / spread + spread / 2
    normal = NormalDist()
    return forward * normal.cdf(d1) - strike * normal.cdf(d1 - spread)


def test_an_index_is_worth_nothing_over_the_market_and_a_discount_its_present_sum() -> None:
    assert value(PLAIN, "p", PATH, 0.08, 2026).total == 0
    cheap = replace(PLAIN, discount=1.0)
    expected = -100.0 * sum(1.08 ** -(year - 2026) for year in PATH)
    assert value(cheap, "p", PATH, 0.08, 2026).total == pytest.approx(expected)


def test_at_its_fair_price_a_fixed_contract_that_must_be_taken_gives_nobody_anything() -> None:
    fair = fair_price(PATH, list(PATH), 0.08, 2026)
    fixed = replace(PLAIN, floor=fair, ceiling=fair, take_or_pay=1.0)
    assert value(fixed, "p", PATH, 0.08, 2026).total == pytest.approx(0.0, abs=1e-9)
    # Where the buyer need not take, he leaves it in the years in which it is dear: only the cheap years are left.
    free = replace(fixed, take_or_pay=0.0)
    dear = sum(100.0 * (fair - p) * 1.08 ** -(year - 2026) for year, p in PATH.items() if p > fair)
    assert value(free, "p", PATH, 0.08, 2026).total == pytest.approx(dear)


def test_a_floor_with_take_or_pay_is_a_put_and_a_ceiling_a_call() -> None:
    mean, strike, spread = 12.0, 11.0, 0.4
    call = black_call(mean, strike, spread)
    put = call - (mean - strike)
    floor = replace(PLAIN, floor=strike, take_or_pay=1.0)
    ceiling = replace(PLAIN, ceiling=strike)
    shared = replace(PLAIN, ceiling=strike, share=0.3)
    assert floor.expected(mean, spread) == pytest.approx(100.0 * put)
    assert ceiling.expected(mean, spread) == pytest.approx(-100.0 * call)
    assert shared.expected(mean, spread) == pytest.approx(-70.0 * call)
    collar = replace(PLAIN, floor=9.0, ceiling=14.0, take_or_pay=1.0)
    low = black_call(mean, 9.0, spread) - (mean - 9.0)
    assert collar.expected(mean, spread) == pytest.approx(100.0 * (low - black_call(mean, 14.0, spread)))


prices = st.floats(0.5, 100.0)


@st.composite
def contracts(draw: st.DrawFn) -> Contract:
    floor = draw(st.none() | prices)
    ceiling = draw(st.none() | st.floats(floor or 0.5, 120.0))
    return replace(
        PLAIN,
        floor=floor,
        ceiling=ceiling,
        share=draw(st.floats(0, 1)) if ceiling is not None else 0.0,
        discount=draw(st.floats(-3, 3)),
        take_or_pay=draw(st.floats(0, 1)),
    )


ROUNDED = Contract("plain", "x", "a", "b", 2027, 2030, 100.0, ceiling=32.23487487648798, share=0.875)


@settings(deadline=None)
@example(ROUNDED, 5.0, 0.5)
@given(contracts(), st.floats(5.0, 60.0), st.floats(0.1, 0.8))
def test_the_expectation_is_that_of_the_integral(contract: Contract, mean: float, spread: float) -> None:
    normal = NormalDist()

    def weighed(z: float) -> float:
        return contract.gain(mean * math.exp(spread * z - spread**2 / 2)) * normal.pdf(z)

    bends = [(math.log(knot / mean) + spread**2 / 2) / spread for knot in contract.knots()]
    points = [z for z in bends if -9 < z < 9]
    expected, _ = quad(weighed, -9, 9, points=points or None, limit=200)
    assert contract.expected(mean, spread) == pytest.approx(expected, rel=1e-5, abs=1e-3)


@settings(deadline=None)
@given(contracts(), prices)
def test_take_or_pay_never_costs_the_seller_and_a_higher_floor_never_lowers_the_price(
    contract: Contract, market: float
) -> None:
    more = replace(contract, take_or_pay=1.0)
    assert more.gain(market) >= contract.gain(market) - 1e-9
    if contract.floor is not None and (contract.ceiling is None or contract.floor + 1 <= contract.ceiling):
        assert replace(contract, floor=contract.floor + 1).price(market) >= contract.price(market) - 1e-9


@settings(deadline=None)
@given(contracts())
def test_the_gain_is_straight_between_its_knots(contract: Contract) -> None:
    ends = [0.0, *contract.knots(), 1000.0]
    for a, b in itertools.pairwise(ends):
        x = np.linspace(a + 1e-9 * (b - a), b - 1e-9 * (b - a), 5)
        y = np.array([contract.gain(p) for p in x])
        assert np.abs(np.diff(y, 2)).max() <= 1e-6 * max(1.0, np.abs(y).max())


def test_a_clause_is_worth_what_the_contract_loses_without_it() -> None:
    contract = replace(PLAIN, floor=9.0, ceiling=12.0, share=0.5, take_or_pay=0.8)
    found = value(contract, "p", PATH, 0.0, 2026)
    # Only 2029 (8) is below the floor, only 2030 (15) above the ceiling.
    assert found.clauses["floor"] == pytest.approx(0.8 * 100 * 1.0)
    assert found.clauses["take_or_pay"] == pytest.approx(0.8 * 100 * 1.0)
    assert found.clauses["upside"] == pytest.approx(100 * 0.5 * 3.0)
    assert found.clauses["ceiling"] == pytest.approx(-100 * 0.5 * 3.0)
    assert found.total == pytest.approx(80.0 - 150.0)


GOOD: dict[str, Any] = {"item": "x", "seller": "a", "buyer": "b", "first": 2027, "last": 2030, "volume": 5}


def test_a_fixed_price_is_a_floor_and_a_ceiling() -> None:
    contract = contract_of({**GOOD, "fixed": 7}, "f")
    assert [contract.price(p) for p in (1.0, 7.0, 99.0)] == [7.0, 7.0, 7.0]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"volume": None}, "volume is missing"),
        ({"volum": 5}, "no field 'volum'"),
        ({"first": "soon"}, "must be a year"),
        ({"first": 2031}, "before first"),
        ({"take_or_pay": 80}, "0 to 1"),
        ({"share": 0.5}, "needs a ceiling"),
        ({"floor": 9, "ceiling": 5}, "above ceiling"),
        ({"fixed": 9, "floor": 5}, "drop floor"),
        ({"weights": {"low": "much"}}, "must be numbers"),
        ({"weights": {"low": -1}}, "zero or more"),
        ({"volatility": -0.1}, "negative"),
        ({"delivered": "perhaps"}, "yes or no"),
    ],
)
def test_a_contract_that_cannot_be_is_a_sentence(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        contract_of({**GOOD, **change}, "file.yaml")


def test_a_file_that_is_no_mapping_or_a_path_without_a_year_is_a_sentence() -> None:
    with pytest.raises(ValueError, match="holds no contract"):
        contract_of([1], "file.yaml")
    with pytest.raises(ValueError, match="no price in 2030"):
        value(PLAIN, "p", {2027: 1.0, 2028: 1.0, 2029: 1.0}, 0.08, 2026)
