"""Cases of projects at the prices of the reference plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from bongsu.answers import Node
from bongsu.chain import Chain
from bongsu.committee.attract import (
    BadProject,
    Case,
    CashFlow,
    Market,
    Terms,
    UnknownTerm,
    investor_case,
    project_of,
    public_case,
    sites,
)
from bongsu.committee.attract.case import break_even, start_chances, tornado
from bongsu.committee.attract.ground import Ground
from bongsu.committee.attract.measures import equal_payment, levelised, present_value
from bongsu.committee.attract.prices import WayOut
from bongsu.committee.attract.public import announced, break_even_year, contract_parts
from bongsu.committee.attract.sites import parts_of, shipments
from bongsu.committee.docket.item import Figure
from bongsu.plan import Plan

LFP = "make_cell_lfp@ca-on-windsor"


@pytest.fixture(scope="module")
def market(chain: Chain, plan: Plan) -> Market:
    return Market(chain, plan)


@pytest.fixture(scope="module")
def case(chain: Chain, plan: Plan, market: Market) -> Case:
    return investor_case(chain, plan, project_of(chain, plan, LFP), draws=300, market=market)


def bare(chain: Chain) -> Terms:
    """Terms under which a plant is what the plan takes it for: full at once, without upkeep and working capital."""
    terms = Terms.of(chain.atlas, "cell")
    flat = {name: 1.0 for name in terms.terms if name.startswith("ramp/")}
    return terms.having(load=1.0, sustaining=0.0, working_capital=0.0, **flat)


def test_a_plant_that_the_plan_just_builds_earns_its_annuity_and_no_more(
    chain: Chain, plan: Plan, market: Market
) -> None:
    """The reduced cost of what is built is zero: over the years of the plan, the margin at its prices is the yearly cost of new
    capacity. The case, stripped to what the plan knows, must find the same from its own sums."""
    built = plan.table("build")
    planned = dict(built.group_by("option").agg(pl.col("value").sum()).iter_rows())
    most = dict(chain.network["options"].select("option", "max_total").iter_rows())
    rate = chain.case["discount_rate"]
    stages = dict(chain.atlas["processes"].select("process", "stage").iter_rows())
    tried = 0
    for row in built.filter(pl.col("reduced_cost").abs() < 1e-9).iter_rows(named=True):
        name, start = row["option"].removeprefix("new:"), int(row["period"])
        # What is built up to its limit earns a rent on top.
        full = most[row["option"]] is not None and planned[row["option"]] >= most[row["option"]] * (1 - 1e-6)
        if full or stages[name.partition("@")[0]] != "cell":
            continue
        project = project_of(chain, plan, name, start)
        ground = replace(Ground.of(chain, market, project, bare(chain)), power=0.0)
        inputs = ground.inputs()
        years = [year for year in chain.years if year >= start]
        at = [ground.years.index(year) for year in years]
        credit = ground.credits["federal"]["machinery"][ground.years.index(start)] if ground.credits else 0.0
        own = (inputs.output * inputs.price - inputs.costs)[0, at] / project.size
        yearly = project.capex / project.size * equal_payment(rate, project.life) * (1.0 - credit)
        weight = (1.0 + rate) ** -np.arange(len(years))
        # A plant stands idle in a year in which it would lose more than its fixed cost.
        assert float(weight @ np.maximum(own, -ground.fixed)) == pytest.approx(
            float(weight.sum() * yearly), rel=1e-6
        ), row
        tried += 1
    assert tried >= 5


def total(node: Node) -> float:
    return sum(child.value or 0.0 for child in node.children if child.unit == node.unit)


@pytest.mark.parametrize("name", ["npv_pre_tax_real_usd", "npv_post_tax_real_usd"])
def test_the_parts_of_a_value_add_up_to_it(case: Case, name: str) -> None:
    node = case.figure(name)
    assert node.value is not None
    assert total(node) == pytest.approx(node.value, abs=abs(node.value) * 1e-9)
    assert {leaf.source for leaf in node.facts()} - {None}


def test_the_break_even_price_is_where_the_value_is_zero(case: Case) -> None:
    price = case.break_even
    flow = case.flow
    asked = levelised(case.discount, flow.revenue[0], flow.inputs.output[0])
    assert price is not None
    assert asked is not None
    again = CashFlow.of(case.ground.inputs({"product_price": np.array([price / asked])}), case.ground.tax)
    assert again.npv_real(case.discount)[0] == pytest.approx(0.0, abs=1e-3 * case.project.capex * 1e-3)


def test_a_break_even_price_is_the_sum_of_what_it_covers(case: Case) -> None:
    node = case.figure("break_even_price_post_tax_real_usd")
    covered = [child for child in node.children if child.label["en"].endswith("for each unit made")]
    assert len(covered) >= 5
    assert sum(child.value or 0.0 for child in covered) == pytest.approx(node.value, rel=1e-6)


def test_a_plant_that_stands_idle_at_the_prices_of_the_plan_still_has_a_break_even_price(case: Case) -> None:
    """At a hundredth of the plan's prices nothing is made, so that the price that pays must come from the plant's own costs."""
    ground = replace(case.ground, product_path=0.2 * case.ground.product_path)
    assert not ground.inputs().output.any()
    found = break_even(ground, case.discount, "post_tax")
    assert isinstance(found, CashFlow)
    assert levelised(case.discount, found.revenue[0], found.inputs.output[0]) == pytest.approx(
        case.break_even, rel=0.02
    )


def test_what_is_unknown_carries_no_mark_of_what_is_known_beside_it() -> None:
    stated = Node({"en": "x", "ko": "x", "fr": "x"}, 1.0, confidence="stated")
    assert Figure.of("attract.x:y", Node(stated.label, None, children=(stated,))).confidence == "computed"
    assert Figure.of("attract.x:y", Node(stated.label, 2.0, children=(stated,))).confidence == "stated"


def test_the_share_of_draws_comes_with_their_number_and_its_range(case: Case) -> None:
    node = case.figure("chance_npv_positive")
    draws, low, high = (child.value for child in node.children[:3])
    assert draws == 300.0
    assert low is not None
    assert high is not None
    assert low <= (node.value or 0.0) <= high
    # Wilson's score interval as the two roots of (p - q)² = z² q (1 - q) / n.
    for end in (low, high):
        assert ((node.value or 0.0) - end) ** 2 == pytest.approx(1.959964**2 * end * (1 - end) / 300, abs=1e-12)
    assert node.weakest == "assumed"


def test_what_is_trusted_of_public_money_is_trusted_no_more_than_the_case(case: Case, chain: Chain) -> None:
    for name, node in public_case(chain, case).answer.figures.items():
        if node.value is not None and "direct_jobs" not in name:
            assert node.weakest == "assumed", name


def test_what_follows_from_prices_and_costs_is_trusted_no_more_than_they_are(case: Case) -> None:
    for name in (
        "npv_post_tax_real_usd",
        "break_even_price_post_tax_real_usd",
        "irr_post_tax_real",
        "irr_post_tax_nominal",
        "levelised_cost_pre_tax_real_usd",
    ):
        assert case.figure(name).weakest == "assumed", name


def test_a_figure_that_there_is_not_says_why(case: Case) -> None:
    from bongsu.committee.attract.case import _Telling
    from bongsu.committee.words import said

    def reasons(one: Case) -> dict[str, list[str]]:
        found = dict(_Telling(one).figures())
        return {
            name: [child.label["en"] for child in node.children if child.value is None and not child.children]
            for name, node in found.items()
            if node.value is None
        }

    # A product that is given away, so that no factor on its price helps.
    poor = replace(case, ground=replace(case.ground, product_path=0.0 * case.ground.product_path))
    why = reasons(replace(poor, flow=CashFlow.of(poor.ground.inputs(), poor.ground.tax)))
    assert said("attract", "break_even.none")["en"] in why["break_even_price_post_tax_real_usd"]
    assert said("attract", "payback.never")["en"] in why["payback_post_tax"]


def test_a_price_below_zero_is_named_with_its_years_and_what_it_comes_of(case: Case) -> None:
    ground = case.ground
    priced, amount, path = next(row for row in ground.feed if row[1] < 0)
    paid = np.where(np.arange(len(path)) == ground.lead + 1, -7.0, 1.0)
    before = np.where(np.arange(len(path)) == ground.lead - 1, -7.0, 1.0)
    assert replace(ground, feed=((priced, amount, before),)).below_zero() == []
    out = WayOut(("ca-on-sudbury",), 40.0, "")
    (one,) = replace(ground, feed=((priced, amount, paid),), ways_out={priced.item: out}).below_zero()
    assert (one.item, one.taken, one.lowest, one.out) == (priced.item, True, -7.0, out)
    assert one.years == (ground.years[ground.lead + 1],)


def test_nobody_is_paid_more_to_take_a_by_product_than_getting_rid_of_it_costs(chain: Chain, market: Market) -> None:
    """Where only what is made there may be got rid of, the dual of the balance can be any amount below that cost, and no price."""
    disposed = chain.network["disposals"].filter(pl.col("cost") > 0)
    costs = dict(disposed.group_by("item").agg(pl.col("cost").max()).iter_rows())
    raw = market.table().filter(pl.col("item") == "cell_scrap_lfp")["value"].min()
    assert isinstance(raw, float)
    assert raw < -costs["cell_scrap_lfp"], "the plan has no such dual any more; choose another item"
    seen = 0
    for item, place in disposed.select("item", "place").iter_rows():
        for asked in (market.cost, market.worth):
            try:
                assert asked(item, place).path.min() >= -costs[item] - 1e-9, (item, place)
            except LookupError:
                continue
            seen += 1
    assert seen > 20


def test_acid_of_a_smelter_is_cheap_because_getting_rid_of_it_costs_its_maker(
    chain: Chain, plan: Plan, market: Market
) -> None:
    asked = project_of(chain, plan, "class1_to_sulphate@ca-on-sudbury")
    case = investor_case(chain, plan, asked, draws=20, market=market)
    acid = next(one for one in case.ground.below_zero() if one.item == "sulphuric_acid")
    assert acid.taken
    assert acid.out is not None
    assert acid.out.cost == chain.atlas["items"].filter(item="sulphuric_acid")["disposal_cost"][0]
    assert acid.out.places == ("ca-on-sudbury",)
    row = case.answer.tables["below_zero"].filter(item="sulphuric_acid").row(0, named=True)
    assert row["lowest_usd"] == pytest.approx(acid.lowest)
    told = [node.label["en"] for node in walk(case.figure("npv_pre_tax_real_usd"))]
    assert any(text.startswith("Below zero in") for text in told)
    assert any("must be got rid of" in text for text in told)


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from walk(child)


def test_the_tornado_is_each_driver_alone(case: Case) -> None:
    table = tornado(case.ground, case.discount)
    assert table["swing"].is_sorted(descending=True)
    for driver in ("capital_cost", "delay", "exchange"):
        row = table.filter(driver=driver).row(0, named=True)
        alone = CashFlow.of(case.ground.inputs({driver: np.array([row["high"]])}), case.ground.tax)
        assert row["npv_high"] == pytest.approx(alone.npv_real(case.discount)[0])


def test_a_late_start_moves_the_output_and_not_the_outlay(case: Case) -> None:
    late = case.ground.inputs({"delay": np.array([0.0, 2.0])})
    assert np.array_equal(late.output[1, 2:], late.output[0, :-2])
    assert late.output.sum(axis=1)[0] == pytest.approx(late.output.sum(axis=1)[1])
    assert late.capital["building"][0] == pytest.approx(late.capital["building"][1])


def test_draws_keep_to_their_ranges_and_to_the_record(case: Case, chain: Chain) -> None:
    late, never = start_chances(chain.choices.curves(chain.atlas))
    assert late.sum() == pytest.approx(1.0)
    assert 0.0 < never < 1.0
    for name, values in case.drawn.items():
        if name in case.ground.terms.terms and name != "delay":
            term = case.ground.terms.term(name)
            assert values.min() >= (term.low or 0.0) - 1e-12
            assert values.max() <= (term.high or 0.0) + 1e-12
    assert set(np.unique(case.drawn["delay"])) <= set(range(11))


def test_policy_banks_lend_first_and_raise_what_is_left_to_owners(case: Case) -> None:
    terms = replace(case.ground.terms, lenders=("EDC", "KEXIM"))
    soft = CashFlow.of(replace(case.ground, terms=terms).inputs(), case.ground.tax)
    assert [loan.lender for loan in soft.inputs.loans] == ["EDC", "KEXIM", "banks"]
    assert sum(loan.share for loan in soft.inputs.loans) == pytest.approx(terms["debt_share"])
    assert present_value(0.08, soft.equity)[0] > present_value(0.08, case.flow.equity)[0]
    with pytest.raises(UnknownTerm, match="no lender 'IMF'; there are CGF, CIB, EDC"):
        replace(terms, lenders=("IMF",)).loans()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("make_cell_lpf@ca-on-windsor", "no process 'make_cell_lpf'; did you mean make_cell_lfp"),
        ("make_cell_lfp@ca-on-winsdor", "no place 'ca-on-winsdor'; did you mean ca-on-windsor"),
        ("make_cell_lfp", "write PROCESS@PLACE"),
        ("make_cell_lfp@ca-on-windsor:big", "'big' is no size"),
    ],
)
def test_an_unknown_project_is_clear_words(chain: Chain, plan: Plan, name: str, said: str) -> None:
    with pytest.raises(BadProject, match=said):
        project_of(chain, plan, name)


def test_a_plant_cannot_be_begun_before_the_plan(chain: Chain, plan: Plan, market: Market) -> None:
    early = replace(project_of(chain, plan, LFP), start=chain.years[0])
    with pytest.raises(BadProject, match="before the first year of the plan"):
        investor_case(chain, plan, early, market=market)


def test_where_no_tax_law_is_known_nothing_is_said_after_tax(chain: Chain, plan: Plan, market: Market) -> None:
    found = investor_case(chain, plan, project_of(chain, plan, "make_cell_lfp@kr-cheongju"), draws=50, market=market)
    assert found.figure("npv_pre_tax_real_usd").value is not None
    node = found.figure("npv_post_tax_real_usd")
    assert node.value is None
    assert "law of income tax in KR is not in the pack" in node.children[0].label["en"]
    with pytest.raises(ValueError, match="what the public gets back is then unknown"):
        public_case(chain, found)


# Public -------------------------------------------------------------------------------------------------------------------


def test_tax_forgone_changes_no_balance(case: Case, chain: Chain) -> None:
    found = public_case(chain, case)
    flow = case.flow
    paid = flow.tax_paid[0] - flow.credits[0] - flow.support[0]
    wages = found.returns.get("both:wage_tax", np.zeros(len(case.ground.years)))
    assert found.flow - wages == pytest.approx(paid)


def test_public_money_breaks_even_when_all_so_far_is_covered() -> None:
    years = tuple(range(2030, 2036))
    support = np.array([10.0, 0, 0, 0, 0, 0])
    flow = np.array([-10.0, 4, 4, 4, 4, 4])
    assert break_even_year(years, flow, 0.0, support) == 2033
    assert break_even_year(years, flow, 0.12, support) == 2034
    assert break_even_year(years, flow / np.array([1, 9, 9, 9, 9, 9]), 0.0, support) is None
    assert break_even_year(years, flow, 0.0, 0 * support) is None


def test_published_sums_of_the_budget_officer(chain: Chain) -> None:
    table = announced(chain, "cell").filter(programme="production")
    amount = dict(table.select("facility", "amount_nominal").iter_rows())
    billion = {name: value / 1e9 for name, value in amount.items()}
    assert sum(billion.values()) == pytest.approx(32.8)  # PBO RP-2324-020-S: all production subsidies
    ontario = billion["ca-on-nextstar"] + billion["ca-on-powerco"]
    assert ontario == pytest.approx(28.2)  # PBO RP-2324-015-S
    parts = contract_parts(chain)
    assert ontario * parts["federal"] == pytest.approx(18.8, abs=0.05)
    assert ontario * parts["ontario"] == pytest.approx(9.4, abs=0.05)
    # Construction support 4.9 brings it to what was announced; with 5.8 of forgone tax to 43.6, of which 0.1 is rounding.
    assert sum(billion.values()) + 4.9 == pytest.approx(37.7)
    assert sum(billion.values()) + 4.9 + 5.8 == pytest.approx(43.6, abs=0.11)


def test_support_under_contract_ends_at_its_ceiling(case: Case, chain: Chain, plan: Plan, market: Market) -> None:
    terms = replace(Terms.of(chain.atlas, "cell"), facility="ca-on-nextstar")
    project = project_of(chain, plan, f"{LFP}:49500000", chain.years[0] + 3)
    ground = Ground.of(chain, market, project, terms)
    assert ground.ceiling == pytest.approx(15e9)
    inputs = ground.inputs()
    local = inputs.support * (1 + ground.inflation) ** (np.array(ground.years) - ground.money_year) * ground.exchange
    assert 0 < local.sum() <= 15e9
    small = replace(ground, ceiling=1e9).inputs()
    local = small.support * (1 + ground.inflation) ** (np.array(ground.years) - ground.money_year) * ground.exchange
    assert local.sum() == pytest.approx(1e9)


def test_jobs_of_a_named_plant_are_its_own_and_of_others_a_range(
    case: Case, chain: Chain, plan: Plan, market: Market
) -> None:
    named = replace(Terms.of(chain.atlas, "cell"), facility="ca-on-nextstar")
    project = project_of(chain, plan, f"{LFP}:49500000", chain.years[0] + 3)
    found = public_case(chain, investor_case(chain, plan, project, named, draws=20, market=market)).jobs
    assert found is not None
    assert (found.low, found.high) == (2500.0, 2500.0)
    other = public_case(chain, investor_case(chain, plan, project, draws=20, market=market)).jobs
    assert other is not None
    assert other.low == pytest.approx(3000 / 90 * 49.5)
    assert other.high == pytest.approx(2500.0)


def test_unknown_jobs_are_unknown_and_not_none(chain: Chain, plan: Plan, market: Market) -> None:
    project = project_of(chain, plan, "spodumene_to_hydroxide@ca-qc-becancour:20000", chain.years[0] + 5)
    found = public_case(chain, investor_case(chain, plan, project, draws=20, market=market))
    node = found.case_figure("direct_jobs")
    assert node.value is None
    assert "how many jobs" in node.children[0].label["en"]
    assert found.case_figure("support_per_job_real_usd").value is None


# Sites --------------------------------------------------------------------------------------------------------------------


def test_the_margin_of_a_unit_is_the_value_of_the_project(case: Case, market: Market) -> None:
    parts = parts_of(market, case.ground, case.flow, case.discount)
    made = float(present_value(case.discount, case.flow.inputs.output)[0])
    assert sum(parts.values()) * made == pytest.approx(float(case.flow.npv_real(case.discount)[0]), rel=1e-9)


def test_the_gap_between_places_is_the_sum_of_its_parts(chain: Chain, plan: Plan) -> None:
    answer = sites(chain, plan, "make_cell_lfp", ["ca-on-windsor", "ca-qc-becancour", "ca-bc-surrey"], draws=200)
    table, why = answer.tables["sites"], answer.tables["sites_why"]
    margin = dict(table.select("place", "margin_post_tax_real_usd").iter_rows())
    assert table["rank"].to_list() == [1, 2, 3]
    assert table["first_in_draws"].sum() == pytest.approx(1.0)
    for (place, other), rows in why.group_by("place", "against"):
        assert rows["difference_usd"].sum() == pytest.approx(margin[str(place)] - margin[str(other)])


def test_places_and_processes_that_are_not_known_are_refused(chain: Chain, plan: Plan) -> None:
    with pytest.raises(BadProject, match="no place 'ca-bc-abbotsfort'"):
        sites(chain, plan, "make_cell_lfp", ["ca-bc-abbotsfort"])
    with pytest.raises(BadProject, match="no process 'make_tea'"):
        sites(chain, plan, "make_tea")


def test_a_place_where_the_plant_would_stand_idle_is_left_out_with_the_reason(chain: Chain, plan: Plan) -> None:
    answer = sites(chain, plan, "make_cam_lfp", ["ca-on-st-thomas", "ca-qc-becancour"], draws=50)
    kept, left = answer.tables["sites"], answer.tables["sites_left_out"]
    assert sorted([*kept["place"], *left["place"]]) == ["ca-on-st-thomas", "ca-qc-becancour"]
    assert kept.filter(pl.col("product_usd") == 0).is_empty()
    for place in left["place"]:
        case = investor_case(chain, plan, project_of(chain, plan, f"make_cam_lfp@{place}", 2032))
        assert not case.flow.inputs.output.any()
        assert "idle" in left.filter(place=place)["reason"][0]


def test_a_hub_adds_what_the_way_through_it_costs(chain: Chain, plan: Plan, market: Market) -> None:
    places = ["ca-bc-surrey", "ca-qc-becancour", "port-vancouver", "port-halifax"]
    table = sites(chain, plan, "hub", places).tables["sites"]
    flows = shipments(chain, plan)
    surrey = table.filter(place="ca-bc-surrey").row(0, named=True)
    by_hand = 0.0
    for row in flows.iter_rows(named=True):
        a, b = row["from"], row["to"]
        kind = row["freight_class"]

        def way(one: str, two: str, kind: str = kind) -> float:
            return 0.0 if one == two else market.routes.route(one, two, kind).cost

        by_hand += row["tonnes"] * (way(a, "ca-bc-surrey") + way("ca-bc-surrey", b) - way(a, b))
    assert surrey["detour_usd_per_t"] == pytest.approx(by_hand / flows["tonnes"].sum(), rel=1e-9)
    assert surrey["land_cad_per_acre"] == pytest.approx(6.7e6)
    # Some place is first in every draw, and a place takes its rank among those that it may take.
    assert table["first_in_draws"].sum() == pytest.approx(1.0)
    assert table["rank_p05"].is_between(1, len(places)).all()
    assert (table["rank_p05"] <= table["rank_p95"]).all()
    again = sites(chain, plan, "hub", places).tables["sites"]
    assert table.equals(again)
    assert table.filter(place="ca-qc-becancour")["land_cad_per_acre"].to_list() == [None]


def test_a_plant_stands_idle_in_a_year_in_which_it_would_lose_by_running(case: Case) -> None:
    """With inputs at a thousand times their price nothing is made, and the fixed cost alone is borne, year after year."""
    ground = case.ground
    runs, idle = ground.inputs({"feed_price": [1.0, 1000.0]}, 2).output
    assert (runs > 0).any()
    assert not idle.any()
    costs = ground.inputs({"feed_price": [1.0, 1000.0]}, 2).costs[1]
    fixed = ground.fixed * ground.project.size * ground.terms["operating_cost"] * ground.terms["exchange"]
    assert costs[costs > 0] == pytest.approx(fixed)
    assert np.count_nonzero(costs) == case.project.life


@pytest.mark.parametrize("language", ["ko", "fr"])
def test_lenders_are_named_in_the_language(case: Case, language: str) -> None:
    told = [node.label[language] for node in case.figure("irr_equity_nominal").children]
    assert not any("banks" in text for text in told)
    assert any(("은행" if language == "ko" else "banques") in text for text in told)
