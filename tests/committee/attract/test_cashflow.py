"""Cash flows against identities of finance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bongsu.committee.attract import BadProject, CashFlow, IncomeTax, Inputs, Loan
from bongsu.committee.attract.allowance import shield_value
from bongsu.committee.attract.case_file import PlainCase, dated_case, parse, reckon
from bongsu.committee.attract.measures import internal_rates, present_value
from bongsu.law import Law

ROOT = Path(__file__).resolve().parents[3]
NOW = Law.load().on("2026-11-23")
YEARS = range(2026, 2067)
T = len(YEARS)


def plant(**changed: Any) -> Inputs:
    """A plant built in a year and run for forty, in real C$."""
    made = np.where(np.arange(T) > 0, 100.0, 0.0)
    given: dict[str, Any] = {
        "output": made,
        "price": 3.0,
        "costs": made,
        "capital": {"machinery": 1000.0 * (np.arange(T) == 0)},
    }
    return Inputs.of(YEARS, "CAD", 2026, **(given | changed))


@given(st.floats(0.05, 0.6), st.floats(0.02, 0.2))
def test_a_tax_with_immediate_expensing_takes_its_share_of_the_present_value(rate: float, discount: float) -> None:
    # E. Cary Brown (1948): the government is a partner in outlay and gain alike; here the first year earns enough to use it all.
    made = np.full(T, 100.0)
    inputs = plant(output=made, costs=made, price=15.0)
    flow = CashFlow.of(inputs, IncomeTax.flat(YEARS, rate, 1.0, 1.0))
    assert flow.npv_real(discount)[0] == pytest.approx((1.0 - rate) * flow.npv_real(discount, "pre_tax")[0], rel=1e-9)


@given(st.floats(0.05, 0.5), st.floats(0.05, 0.6), st.floats(0.03, 0.15))
def test_tax_is_that_on_earnings_less_the_closed_form_of_the_shield(tax: float, d: float, k: float) -> None:
    flow = CashFlow.of(plant(price=40.0), IncomeTax.flat(YEARS, tax, d, d / 2))
    earned = present_value(k, 3900.0 * (np.arange(T) > 0))[0]
    # The plant is used from the second year on. What is left after forty years is written off there.
    left = 1000.0 * (1 - d / 2) * (1 - d) ** (T - 2)
    endless = shield_value(1000.0, d, d / 2, tax, k)
    rest = tax * left * (1 - d / (k + d)) / (1 + k) ** (T - 1)
    assert present_value(k, flow.tax_paid)[0] == pytest.approx(tax * earned - endless - rest, rel=1e-9)


@given(st.floats(0.0, 0.08))
def test_nominal_rates_are_real_rates_times_inflation(inflation: float) -> None:
    flow = CashFlow.of(plant(inflation=inflation), IncomeTax.flat(YEARS, 0.25, 0.3, 0.15))
    real, nominal = flow.irr_real().rate, flow.irr_nominal().rate
    assert real is not None
    assert nominal == pytest.approx((1 + real) * (1 + inflation) - 1, rel=1e-8)


def test_inflation_wears_down_allowances() -> None:
    tax = IncomeTax.flat(YEARS, 0.25, 0.2, 0.1)
    steady, rising = (CashFlow.of(plant(inflation=i), tax).npv_real(0.08)[0] for i in (0.0, 0.03))
    assert rising < steady
    # Written off at once in the year of use, nothing is worn down but by the year of waiting.
    at_once = IncomeTax.flat(YEARS, 0.25, 1.0, 1.0)
    assert CashFlow.of(plant(), at_once).npv_real(0.08)[0] - steady > 0


@given(st.floats(0.1, 0.9), st.floats(0.01, 0.15), st.integers(1, 20), st.integers(0, 4))
def test_a_loan_is_worth_nothing_at_its_own_rate(share: float, rate: float, tenor: int, grace: int) -> None:
    inputs = plant(loans=[Loan("banks", share, rate, tenor, grace)], inflation=0.02)
    flow = CashFlow.of(inputs, IncomeTax.flat(YEARS, 0.25, 0.3, 0.15))
    assert flow.debt is not None
    assert present_value(rate, flow.debt.flow_nominal)[0] == pytest.approx(0.0, abs=1e-6)
    assert flow.debt.owed_nominal[0, -1] == pytest.approx(0.0, abs=1e-6)


def test_interest_saves_its_tax() -> None:
    inputs = plant(price=30.0, loans=[Loan("banks", 0.5, 0.06, 10, fee=0.01)])
    flow = CashFlow.of(inputs, IncomeTax.flat(YEARS, 0.25, 0.3, 0.15))
    assert flow.debt is not None
    difference = flow.equity - flow.post_tax
    assert difference == pytest.approx(flow.debt.flow_nominal + 0.25 * flow.debt.paid_nominal)


def test_a_soft_loan_is_a_subsidy_of_what_the_market_would_ask_more() -> None:
    soft = CashFlow.of(plant(loans=[Loan("EDC", 0.5, 0.04, 10, market=0.07)]))
    assert soft.debt is not None
    assert soft.debt.subsidy_nominal == pytest.approx(0.03 * soft.debt.owed_nominal)


def test_a_credit_comes_a_year_later_and_cuts_the_allowances() -> None:
    credit = {"federal": {"machinery": np.full(T, 0.3)}}
    flow = CashFlow.of(plant(credit_rate=credit), IncomeTax.flat(YEARS, 0.25, 0.3, 0.15))
    assert flow.credits[0, :4].tolist() == [0.0, 0.0, 300.0, 0.0]
    assert flow.taxes is not None
    assert flow.taxes.allowances.sum() == pytest.approx(700.0)


def test_every_scenario_is_the_one_that_stands_alone() -> None:
    rng = np.random.default_rng(3)
    rows = 10_000
    inputs = plant(
        price=rng.uniform(1.5, 4.0, (rows, 1)),
        capital={
            "machinery": rng.uniform(500, 1500, (rows, 1)) * (np.arange(T) == 0),
            "building": 200.0 * (np.arange(T) == 0),
        },
        working=rng.uniform(0, 50, (rows, 1)) * (np.arange(T) > 0) * (np.arange(T) < T - 1),
        loans=[Loan("banks", 0.5, 0.06, 10)],
        inflation=0.02,
    )
    tax = IncomeTax.of(NOW, YEARS, "CA", "ON", "make_cell_lfp", "cell")
    every = CashFlow.of(inputs, tax)
    assert every.post_tax.shape == (10_000, 41)
    rates = internal_rates(every.post_tax)
    for at in (0, 17, 9_999):
        alone = CashFlow.of(inputs.row(at), tax)
        assert alone.post_tax[0] == pytest.approx(every.post_tax[at])
        assert alone.equity[0] == pytest.approx(every.equity[at])
        assert alone.irr_real().rate == pytest.approx(rates[at], rel=1e-9)


def test_without_law_there_is_nothing_after_tax() -> None:
    flow = CashFlow.of(plant())
    with pytest.raises(ValueError, match="no law of income tax is known"):
        flow.npv_real(0.08)


def test_parts_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="has 41 years"):
        plant(price=[1.0, 2.0])
    with pytest.raises(ValueError, match="is not a number in some year"):
        plant(costs=np.nan)


# Published studies -------------------------------------------------------------------------------------------------------


def study(name: str) -> PlainCase:
    path = ROOT / "examples" / "attract" / f"{name}-2022.yaml"
    return reckon(parse(yaml.safe_load(path.read_text(encoding="utf-8"))), NOW)


@pytest.mark.parametrize("name", ["matawinie", "becancour"])
def test_present_value_before_tax_of_published_studies_within_five_per_cent(name: str) -> None:
    found = study(name)
    published = found.file.published
    assert found.found["irr_pre_tax_real"] == pytest.approx(published["irr_pre_tax"], abs=5e-4)
    assert found.found["npv_pre_tax_real"] == pytest.approx(published["npv_pre_tax"], rel=0.05)
    # After the mining and income taxes of Québec, with a flat cash flow and no ramp: within 1.5 points of the published rate.
    assert found.found["irr_post_tax_real"] == pytest.approx(published["irr_post_tax"], abs=0.015)


def test_the_two_published_studies_add_up_to_the_published_whole() -> None:
    total = sum(study(name).found["npv_pre_tax_real"] or 0.0 for name in ("matawinie", "becancour"))
    assert total == pytest.approx(2360.0, rel=0.05)


def case(**changed: Any) -> dict[str, Any]:
    given = yaml.safe_load((ROOT / "examples/attract/small-plant.yaml").read_text(encoding="utf-8"))
    return given | changed


def test_the_small_plant_by_hand() -> None:
    found = reckon(parse(case(tax="none", loans=[])), None).found
    worth = sum(200.0 / 1.08**t for t in range(2, 12)) - 400.0 - 400.0 / 1.08
    assert found["npv_pre_tax_real"] == pytest.approx(worth)
    assert found["payback_pre_tax"] == pytest.approx(4.0)
    assert "npv_post_tax_real" not in found


def test_nominal_amounts_are_brought_to_constant_money() -> None:
    raised = {
        "output": [{"from": 2028, "value": 1.0}],
        "price": [0.0, 0.0, *(300.0 * 1.03 ** (t - 2026) for t in range(2028, 2038))],
        "costs": [0.0, 0.0, *(100.0 * 1.03 ** (t - 2026) for t in range(2028, 2038))],
        "capital": {"machinery": [400.0, 400.0 * 1.03, *[0.0] * 10]},
    }
    nominal = reckon(parse(case(money="nominal", inflation=0.03, flows=raised, tax="none", loans=[])), None)
    real = reckon(parse(case(tax="none", loans=[])), None)
    assert nominal.found["npv_pre_tax_real"] == pytest.approx(real.found["npv_pre_tax_real"])


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"money": "constant"}, "money: input should be 'real' or 'nominal'"),
        ({"colour": 1}, "colour: extra inputs are not permitted"),
        ({"years": 1}, "years: input should be greater than 1"),
    ],
)
def test_a_wrong_file_is_one_sentence(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(BadProject, match=said):
        parse(case(**changed))


def test_a_stretch_outside_the_years_and_an_unknown_kind_are_refused() -> None:
    flows = case()["flows"]
    late = case(flows=flows | {"price": [{"from": 2050, "value": 1.0}]})
    with pytest.raises(BadProject, match="price: 2050 to 2037 is not within 2026 to 2037"):
        reckon(parse(late), NOW)
    odd = case(flows=flows | {"capital": {"aircraft": 1.0}})
    with pytest.raises(BadProject, match="no kind of property aircraft; there are machinery"):
        reckon(parse(odd), NOW)


def test_a_case_of_dated_amounts() -> None:
    # The example of Microsoft for XNPV and XIRR.
    amounts = {"2008-01-01": -10000, "2008-03-01": 2750, "2008-10-30": 4250, "2009-02-15": 3250, "2009-04-01": 2750}
    data = {
        "case": "spreadsheet",
        "currency": "USD",
        "discount": 0.09,
        "dated": [{"day": day, "amount": amount} for day, amount in amounts.items()],
        "published": {"npv_dated": 2086.65, "irr_dated": 0.37336253},
    }
    measures = dated_case(data).measures()
    assert measures["found"].to_list() == pytest.approx([2086.647602, 0.373362534], rel=1e-8)
    assert measures["difference"].abs().max() < 1e-5
    with pytest.raises(BadProject, match=r"dated\.0\.day"):
        dated_case(data | {"dated": [{"day": "1st of May", "amount": 1}, {"day": "2008-01-01", "amount": 1}]})


def test_a_published_figure_of_no_measure_is_refused() -> None:
    with pytest.raises(BadProject, match="no measure 'irr'; there are npv_pre_tax_real"):
        reckon(parse(case(tax="none", loans=[], published={"irr": 0.1})), None)


def test_at_the_break_even_price_nothing_is_gained() -> None:
    found = reckon(parse(case(tax="none", loans=[])), None).found
    assert found["break_even_price_pre_tax_real"] == pytest.approx(found["levelised_cost_pre_tax_real"])
    flat = {"rate": 0.26, "allowance": 0.3, "first": 0.45}
    taxed = reckon(parse(case(tax=flat, loans=[])), None)
    price = taxed.found["break_even_price_post_tax_real"]
    there = case(tax=flat, loans=[])
    there["flows"] = there["flows"] | {"price": price}
    assert reckon(parse(there), None).found["npv_post_tax_real"] == pytest.approx(0.0, abs=1e-9)


def test_the_modified_rate_takes_two_rates() -> None:
    # Microsoft, MIRR.
    prices = [0, 39000, 30000, 21000, 37000, 46000]
    flows = {
        "output": [0, 1, 1, 1, 1, 1],
        "price": prices,
        "costs": 0,
        "capital": {"machinery": [120000, 0, 0, 0, 0, 0]},
    }
    found = reckon(parse(case(flows=flows, years=6, tax="none", loans=[], finance=0.1, reinvest=0.12)), None).found
    assert found["mirr_pre_tax_real"] == pytest.approx(0.126094, abs=5e-7)
