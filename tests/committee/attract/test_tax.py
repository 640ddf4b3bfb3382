"""Allowances, losses and mining duties against closed forms, published figures and plain loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bongsu.committee.attract.allowance import schedule, shield_value
from bongsu.committee.attract.measures import present_value
from bongsu.committee.attract.tax import IncomeTax, MiningTax, NoTaxLaw, mining_duty, owed, taxable, yearly
from bongsu.law import Law

LAW = Law.load()
NOW = LAW.on("2026-11-23")


@given(st.floats(0.02, 0.9), st.floats(0.0, 1.0), st.floats(0.03, 0.2), st.floats(0.05, 0.5))
def test_the_tax_saved_is_the_closed_form(rate: float, first: float, discount: float, tax: float) -> None:
    years = 900
    added = np.zeros((1, years))
    added[0, 0] = 1000.0
    allowed = schedule(added, np.full(years, rate), np.full(years, first))
    saved = present_value(discount, tax * allowed)[0] / (1.0 + discount)
    assert saved == pytest.approx(shield_value(1000.0, rate, first, tax, discount), rel=1e-6)
    assert allowed.sum() == pytest.approx(1000.0, rel=1e-6)


@given(st.floats(0.02, 0.9), st.floats(0.03, 0.2), st.floats(0.05, 0.5))
def test_the_half_year_rule_is_the_formula_of_the_textbooks(d: float, k: float, t: float) -> None:
    textbook = 100.0 * d * t / (k + d) * (1.0 + 0.5 * k) / (1.0 + k)
    assert shield_value(100.0, d, d / 2.0, t, k) == pytest.approx(textbook, rel=1e-12)
    # The accelerated first year: one and a half times the rate.
    faster = t * 100.0 * (1.5 * d / (1.0 + k) + (1.0 - 1.5 * d) * d / ((1.0 + k) * (k + d)))
    assert shield_value(100.0, d, 1.5 * d, t, k) == pytest.approx(faster, rel=1e-12)
    assert shield_value(100.0, d, 1.0, t, k) == pytest.approx(100.0 * t / (1.0 + k), rel=1e-12)


@pytest.mark.parametrize(("rate", "published"), [(0.50, 80_113.0), (0.30, 82_102.0)])
def test_published_cost_after_tax_of_classes_53_and_43(rate: float, published: float) -> None:
    # Ellerby, "Moving away from class 29 CCA in 2016": C$100,000 at 10 % and a tax of 25 %, half-year rule.
    assert 100_000.0 - shield_value(100_000.0, rate, rate / 2, 0.25, 0.10) == pytest.approx(published, abs=1.0)


def test_a_credit_reduces_the_balance_and_what_is_over_is_recaptured() -> None:
    added, received = np.zeros((1, 4)), np.zeros((1, 4))
    added[0, 0], received[0, 1] = 100.0, 30.0
    half = np.full(4, 0.5)
    slow = schedule(added, half, 0.2 * half, received)[0]
    assert slow == pytest.approx([10.0, 30.0, 15.0, 7.5])  # 90 left, less 30
    at_once = schedule(added, half, np.ones(4), received)[0]
    assert at_once == pytest.approx([100.0, -30.0, 0.0, 0.0])
    assert at_once.sum() == pytest.approx(70.0)


@given(arrays(np.float64, (3, 14), elements=st.floats(-100, 100).map(lambda x: round(x, 3))), st.integers(1, 6))
def test_losses_are_used_oldest_first_and_lapse(income: np.ndarray, years: int) -> None:
    found = taxable(income, years)
    for row, told in zip(income, found, strict=True):
        kept: list[list[float]] = []  # year and what is left of its loss
        for t, one in enumerate(row):
            kept = [loss for loss in kept if t - loss[0] <= years]
            rest = max(one, 0.0)
            for loss in kept:
                used = min(rest, loss[1])
                loss[1] -= used
                rest -= used
            if one < 0:
                kept.append([float(t), -one])
            assert told[t] == pytest.approx(rest, abs=1e-9)


def test_the_law_gives_the_rates_of_each_year() -> None:
    tax = IncomeTax.of(NOW, range(2026, 2037), "CA", "ON", "make_cell_lfp", "cell")
    assert tax.federal[0] == pytest.approx(0.075)
    assert tax.federal[-1] == pytest.approx(0.15)
    assert tax.provincial[0] == pytest.approx(0.10)
    # Published combined rates of 2025 (RCGT, table C2): 26.5 % and 25 % in Ontario, 27 % in British Columbia, 26.5 % in Québec.
    for region, stage, combined in (
        ("ON", "mine", 0.265),
        ("ON", "refine", 0.25),
        ("BC", "refine", 0.27),
        ("QC", "refine", 0.265),
    ):
        tax = IncomeTax.of(NOW, range(2025, 2026), "CA", region, "no such process", stage)
        assert (tax.federal + tax.provincial)[0] == pytest.approx(combined)


def test_the_first_year_of_machinery_follows_what_was_known() -> None:
    years = range(2024, 2035)
    before, _ = yearly(LAW.on("2025-06-30"), years, "ca-cca", "first_year", "machinery")
    after, _ = yearly(NOW, years, "ca-cca", "first_year", "machinery")
    assert before.tolist() == [75, 75, 55, 55, *[15] * 7]
    assert after.tolist() == [75, *[100] * 5, 75, 75, 55, 55, 15]


def test_a_year_takes_the_mean_of_its_days() -> None:
    found, _ = yearly(NOW, [2025], "ca-cca", "first_year", "building")
    assert found[0] == pytest.approx((10 * 307 + 100 * 58) / 365)  # 100 % from 4 November


def test_unknown_places_are_clear_words() -> None:
    with pytest.raises(NoTaxLaw, match="no province 'ZZ' with a rate of income tax; there are AB, BC"):
        IncomeTax.of(NOW, [2026], "CA", "ZZ", "", "cell")
    with pytest.raises(NoTaxLaw, match="law of income tax in KR is not in the pack"):
        IncomeTax.of(NOW, [2026], "KR", "", "", "cell")


def mine(province: str) -> MiningTax:
    found = IncomeTax.of(NOW, [2026], "CA", province, "mine_nickel", "mine").mining
    assert found is not None
    return found


def test_quebec_taxes_the_slices_of_the_margin_and_at_least_the_minimum() -> None:
    value, nothing = np.array([[1000e6, 1000e6, 100e6]]), np.zeros((1, 3))
    costs = np.array([[400e6, 700e6, 99e6]])
    duty = mining_duty(mine("QC"), value, costs, nothing, nothing)[0]
    assert duty[0] == pytest.approx(1e9 * (0.16 * 0.35 + 0.22 * 0.15 + 0.28 * 0.10))  # a margin of 60 %
    assert duty[1] == pytest.approx(1e9 * 0.16 * 0.30)
    assert duty[2] == pytest.approx(1e6)  # the minimum of 1.6 million takes no more than the gain


def test_ontario_spares_the_first_profits_and_allows_for_processing() -> None:
    value, nothing = np.full((1, 5), 50e6), np.zeros((1, 5))
    plant = np.array([[100e6, 0, 0, 0, 0]])
    duty = mining_duty(mine("ON"), value, nothing + 20e6, nothing, plant)[0]
    net = 30e6 - max(0.08 * 100e6, 0.15 * 30e6)  # 22 million after the processing allowance
    assert duty[:3].sum() == pytest.approx(0.10 * (3 * net - 10e6))
    assert duty[3] == pytest.approx(0.10 * net)


def test_british_columbia_sets_the_small_tax_against_the_large() -> None:
    value, costs = np.full((1, 4), 100e6), np.full((1, 4), 40e6)
    capital = np.array([[120e6, 0, 0, 0]])
    duty = mining_duty(mine("BC"), value, costs, capital, capital)[0]
    assert duty[:2] == pytest.approx([0.02 * 60e6, 0.02 * 60e6])  # capital is recovered after two years
    assert duty.sum() == pytest.approx(0.13 * 120e6)  # in the end the large tax alone


def test_what_is_left_of_a_pool_is_written_off_when_the_plant_closes() -> None:
    tax = IncomeTax.flat(range(2026, 2032), 0.25, 0.10, 0.05)
    earnings = np.array([[0.0, 50.0, 50.0, 50.0, 0.0, 0.0]])
    added = {"machinery": np.array([[0.0, 100.0, 0.0, 0.0, 0.0, 0.0]])}
    closed = np.array([[False, False, False, False, True, True]])
    found = owed(tax, earnings, earnings, 0 * earnings, added, {}, closed)
    assert found.allowances.sum() == pytest.approx(100.0)
    assert found.allowances[0, 3] == pytest.approx(100.0 - 5.0 - 9.5)
    assert found.federal.sum() == pytest.approx(0.25 * (45.0 + 40.5 + 0.0))
