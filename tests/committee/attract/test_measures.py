"""Rates of return and payback against closed forms and a second method."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bongsu.committee.attract.measures import (
    Signs,
    dated_rate,
    dated_value,
    equal_payment,
    internal_rate,
    internal_rates,
    levelised,
    modified_rate,
    payback,
    present_value,
    signs,
)
from bongsu.committee.attract.returns import returned

RATES = st.floats(0.001, 0.9)


@given(RATES, st.integers(1, 60))
def test_the_rate_of_a_loan_is_found_from_its_payments(rate: float, years: int) -> None:
    flow = np.array([-1000.0, *[1000.0 * equal_payment(rate, years)] * years])
    found = internal_rate(flow, 0.08)
    assert found.signs is Signs.ONE
    assert found.rate == pytest.approx(rate, rel=1e-7)
    assert present_value(rate, flow)[0] == pytest.approx(0.0, abs=1e-6)


def test_dated_flows_that_change_sign_twice_have_both_rates() -> None:
    """-100, 230 and -132 a year apart are worth nothing at 10 % and at 20 %: the roots of 100 x² - 230 x + 132."""
    days = [dt.date(2026, 1, 1) + dt.timedelta(days=365 * year) for year in range(3)]
    found = dated_rate(days, np.array([-100.0, 230.0, -132.0]))
    assert found.signs is Signs.SEVERAL
    assert found.rate == pytest.approx(0.10)
    assert found.others == pytest.approx((0.20,))


@given(st.floats(-0.5, 2.0))
def test_the_rate_of_two_dated_flows_is_their_growth_over_the_days(growth: float) -> None:
    days = [dt.date(2026, 1, 1), dt.date(2027, 7, 1)]
    found = dated_rate(days, np.array([-100.0, 100.0 * (1.0 + growth)]))
    assert found.rate == pytest.approx((1.0 + growth) ** (365.0 / (days[1] - days[0]).days) - 1.0, rel=1e-6, abs=1e-9)


@given(st.floats(0.0, 0.3), st.lists(st.floats(1.0, 100.0), min_size=1, max_size=12))
def test_the_modified_rate_is_that_of_the_end_value_of_what_comes_in(rate: float, earned: list[float]) -> None:
    flow = np.array([-50.0, *earned])
    n = len(earned)
    end = sum(one * (1.0 + rate) ** (n - t) for t, one in enumerate(earned, 1))
    assert internal_rate(flow, rate).modified == pytest.approx((end / 50.0) ** (1.0 / n) - 1.0, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("flow", [[1.0, 2.0], [-1.0, -2.0, 0.0], [0.0, 0.0], [0.0, 3.0]])
def test_a_flow_without_a_change_of_sign_has_no_rate(flow: list[float]) -> None:
    found = internal_rate(np.array(flow), 0.08)
    assert (found.rate, found.signs, found.others, found.modified) == (None, Signs.NONE, (), None)
    assert np.isnan(internal_rates(np.array([flow]))).all()


def test_several_changes_of_sign_give_every_rate_and_the_modified_one() -> None:
    flow = np.array([-100.0, 230.0, -132.0])  # zero at 10 % and at 20 %
    found = internal_rate(flow, 0.08)
    assert found.signs is Signs.SEVERAL
    assert found.rate == pytest.approx(0.10, abs=1e-9)
    assert found.others == (pytest.approx(0.20, abs=1e-9),)
    # By hand: what comes in grows to the end, what goes out is brought to the beginning.
    assert found.modified == pytest.approx((230.0 * 1.08 / (100.0 + 132.0 / 1.08**2)) ** 0.5 - 1.0, rel=1e-12)
    assert np.isnan(internal_rates(flow[None, :])).all()


def test_several_changes_of_sign_may_have_no_rate_at_all() -> None:
    found = internal_rate(np.array([-100.0, 210.0, -120.0]), 0.08)
    assert (found.rate, found.signs) == (None, Signs.SEVERAL)


def test_many_rates_are_the_roots_of_their_polynomials() -> None:
    rng = np.random.default_rng(1)
    flows = rng.uniform(1.0, 9.0, (40, 12))
    flows[:, :2] = -rng.uniform(5.0, 30.0, (40, 2))
    flows[0] = -flows[0, 0]  # no change
    flows[1, -1] = -3.0  # two changes
    found = internal_rates(flows)
    assert np.isnan(found[:2]).all()
    for row, rate in zip(flows[2:], found[2:], strict=True):
        roots = np.roots(row)  # in powers of 1 + rate
        real = [root.real for root in roots if abs(root.imag) < 1e-9 and root.real > 0]
        assert rate + 1.0 == pytest.approx(real[0], rel=1e-9)
        assert len(real) == 1


def test_zeros_are_no_change_of_sign() -> None:
    assert signs(np.array([0.0, -1.0, 0.0, 2.0, 0.0])) is Signs.ONE
    assert internal_rates(np.array([[0.0, -1.0, 0.0, 1.21, 0.0]]))[0] == pytest.approx(0.1, rel=1e-9)


def test_payback_counts_from_the_first_earning_and_in_proportion() -> None:
    assert payback(np.array([-60.0, -40.0, 40.0, 40.0, 40.0])) == pytest.approx(2.5)
    assert payback(np.array([-100.0, 10.0, 10.0])) is None
    assert payback(np.array([-100.0, -10.0])) is None
    assert payback(np.array([10.0, 10.0])) == 0.0


def test_the_levelised_cost_is_the_price_at_which_sales_pay_the_costs() -> None:
    costs, output = np.array([100.0, 5.0, 5.0, 5.0]), np.array([0.0, 10.0, 20.0, 20.0])
    price = levelised(0.08, costs, output)
    assert price is not None
    assert present_value(0.08, output * price - costs)[0] == pytest.approx(0.0, abs=1e-9)
    assert levelised(0.08, costs, 0.0 * output) is None


def test_rounding_changes_no_sign() -> None:
    """A flow of 1e-12 where nothing is meant is nothing: the rate is that of the flow without it."""
    clean = np.array([-100.0, 0.0, 60.0, 60.0])
    dusty = np.array([-100.0, -1e-12, 60.0, 60.0])
    late = np.array([-100.0, 60.0, 60.0, -1e-12])
    assert signs(late) is Signs.ONE
    assert internal_rates(np.vstack([clean, dusty])) == pytest.approx([internal_rate(clean).rate] * 2, abs=1e-9)
    assert np.isfinite(internal_rates(late[None, :])).all()


@pytest.mark.parametrize(
    ("flow", "value", "said"),
    [
        ([-100.0, 110.0], 0.1, "changes sign once"),
        ([-100.0, 230.0, -132.0], None, "changes sign 2 times, and its present value is zero at 10.0%, 20.0%"),
        ([-100.0, -5.0], None, "never positive"),
        ([0.0, 100.0], None, "never negative"),
        ([100.0, -150.0, 100.0], None, "at no rate between"),
        ([0.0, 0.0], None, "no cash flow"),
    ],
)
def test_a_rate_that_is_not_there_says_why(flow: list[float], value: float | None, said: str) -> None:
    node = returned("irr_pre_tax_real", internal_rate(np.array(flow), 0.08))
    assert node.value == pytest.approx(value)
    assert said in node.children[0].label["en"]
    assert all(node.children[0].label[language] for language in ("ko", "fr"))


def test_several_changes_of_sign_with_one_root_keep_their_rate() -> None:
    """-100, 200, -5 and 8: three changes, one root, as the root of a cubic says too."""
    flow = [-100.0, 200.0, -5.0, 8.0]
    only = [1.0 / r.real - 1.0 for r in np.roots(flow[::-1]) if abs(r.imag) < 1e-12 and 0.1 < r.real < 10.0]
    node = returned("irr_pre_tax_real", internal_rate(np.array(flow), 0.08))
    assert [node.value] == pytest.approx(only)
    assert "changes sign 3 times" in node.children[0].label["en"]


# What the documentation of a spreadsheet publishes for its functions --------------------------------------------------------


def test_modified_rate_at_two_rates_as_published() -> None:
    # Microsoft, MIRR: 12.61 % after five years at 10 and 12 %, 13.48 % at 10 and 14 %, -4.80 % after three years.
    flow = [-120000, 39000, 30000, 21000, 37000, 46000]
    assert modified_rate(flow, 0.10, 0.12) == pytest.approx(0.1261, abs=5e-5)
    assert modified_rate(flow, 0.10, 0.14) == pytest.approx(0.1348, abs=5e-5)
    assert modified_rate(flow[:4], 0.10, 0.12) == pytest.approx(-0.0480, abs=5e-5)
    assert modified_rate([1, 2], 0.1, 0.1) is None


def test_dated_value_and_rate_as_published() -> None:
    # Microsoft, XNPV: 2,086.65 at 9 %; XIRR: 37.336253 %.
    days = [dt.date(2008, 1, 1), dt.date(2008, 3, 1), dt.date(2008, 10, 30), dt.date(2009, 2, 15), dt.date(2009, 4, 1)]
    flow = [-10000, 2750, 4250, 3250, 2750]
    assert dated_value(0.09, days, flow) == pytest.approx(2086.65, abs=0.005)
    assert dated_rate(days, flow).rate == pytest.approx(0.37336253, abs=5e-9)


def test_rate_of_a_list_as_published() -> None:
    # Microsoft, IRR: 8.7 % after five years, -2.1 % after four, -44.4 % after two.
    flow = [-70000, 12000, 15000, 18000, 21000, 26000]
    assert [round(internal_rate(flow[:n]).rate or 0.0, 3) for n in (6, 5, 3)] == [0.087, -0.021, -0.444]


def test_a_flow_that_is_not_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="period 1 is not a number"):
        internal_rate([-1.0, float("nan"), 2.0])
    with pytest.raises(ValueError, match="one row of numbers"):
        internal_rate([])
