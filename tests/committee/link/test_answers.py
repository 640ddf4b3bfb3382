"""Matching, alarms, contracts and the links of a project on the reference plan."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from bongsu.answers import Node
from bongsu.chain import Chain
from bongsu.committee import Answer, Project
from bongsu.committee.link import Contract, Need, alarms, contract_of, links_of, match, party_of, sellers, worth
from bongsu.committee.link.market import Market
from bongsu.plan import Plan


def total(node: Node) -> float:
    return sum(child.value or 0.0 for child in node.children)


# Matching ------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def matched(chain: Chain, plan: Plan) -> Answer:
    return match(chain, plan, "cam_ncma", 2030)


def test_trades_keep_to_what_is_free_and_open_and_least_cost_gains_the_most(matched: Answer) -> None:
    sides, pairs = matched.tables["match_sides"], matched.tables["match"]
    assert pairs.height
    for way in ("stable", "least_cost"):
        assert (sides[way] <= sides["amount"] + 0.5).all()
        for side in ("seller", "buyer"):
            by = dict(pairs.group_by(side).agg(pl.col(way).sum()).iter_rows())
            for name, amount in sides.filter(pl.col("side") == side).select("name", way).iter_rows():
                assert amount == pytest.approx(by.get(name, 0.0))
    best = matched.figures["link.match.gain:cam_ncma:2030"]
    stable = matched.figures["link.match.stable:cam_ncma:2030"]
    assert best.value is not None
    assert stable.value is not None
    assert best.value >= stable.value - 1e-3
    assert total(best) == pytest.approx(best.value)
    # The duals pay out what is gained.
    assert (sides["worth_of_one_more"] * sides["amount"].floor()).sum() == pytest.approx(best.value, rel=1e-3)


def test_nobody_in_the_stable_trades_would_strictly_rather_trade_otherwise(matched: Answer) -> None:
    """From the table alone: of two who trade, neither has a pair partner it likes better who would have it."""
    pairs = matched.tables["match"].to_dicts()
    sides = {row["name"]: row for row in matched.tables["match_sides"].iter_rows(named=True)}
    for one in pairs:
        if one["stable"]:
            continue
        seller = [p for p in pairs if p["seller"] == one["seller"] and p["stable"]]
        buyer = [p for p in pairs if p["buyer"] == one["buyer"] and p["stable"]]
        seller_full = sides[one["seller"]]["stable"] >= sides[one["seller"]]["amount"] - 1
        buyer_full = sides[one["buyer"]]["stable"] >= sides[one["buyer"]]["amount"] - 1
        seller_wants = not seller_full or any(p["netback"] < one["netback"] - 0.01 for p in seller)
        buyer_wants = not buyer_full or any(p["delivered"] > one["delivered"] + 0.01 for p in buyer)
        assert not (seller_wants and buyer_wants), (one["seller"], one["buyer"])


# Alarms --------------------------------------------------------------------------------------------------------------------


def test_a_single_supplier_has_the_share_that_the_flows_of_the_plan_give(chain: Chain, plan: Plan) -> None:
    answer = alarms(chain, plan, 2030)
    table = answer.tables["alarms"]
    ship = (
        plan.table("ship")
        .filter(period="2030")
        .join(chain.network["lanes"].select("lane", "from", "to", "item"), on="lane")
    )
    into = {(item, to): v for item, to, v in ship.group_by("item", "to").agg(pl.col("value").sum()).iter_rows()}
    own = {
        (item, to, start): v
        for item, to, start, v in ship.group_by("item", "to", "from").agg(pl.col("value").sum()).iter_rows()
    }
    found = table.filter(kind="single_supplier")
    assert found.height > 20
    assert (found["share"] >= 0.9).all()
    for row in found.iter_rows(named=True):
        key = (row["item"], row["who"], row["partner"])
        assert row["quantity"] == pytest.approx(own[key], rel=1e-6)
        # What a place makes for itself is on top of what arrives, so the share of arrivals is the most it can be.
        assert row["share"] <= own[key] / into[row["item"], row["who"]] + 1e-6
    assert table["at_risk"].drop_nulls().is_sorted(descending=True)
    for row in table.iter_rows(named=True):
        node = answer.figures[f"link.alarm.{row['kind']}:{row['who']}>{row['partner']}:{row['item']}:2030"]
        assert node.value == row["share"]
        assert node.children


def test_the_alarm_of_chinese_iron_phosphate_stands_with_nobody_to_step_in(chain: Chain, plan: Plan) -> None:
    table = alarms(chain, plan, 2030, country="CA").tables["alarms"]
    row = table.row(
        by_predicate=(pl.col("item") == "iron_phosphate") & (pl.col("who") == "ca-on-st-thomas"), named=True
    )
    assert (row["partner_country"], row["partner_is_market"], row["others"]) == ("CN", True, 0)
    assert row["at_risk"] == pytest.approx(row["worth"])
    reagents = table.filter(kind="shared_reagent")
    assert (reagents["users"] >= 2).all()


def test_what_is_no_question_of_alarms_is_refused(chain: Chain, plan: Plan) -> None:
    with pytest.raises(ValueError, match="2026 to 2040"):
        alarms(chain, plan, 2055)
    with pytest.raises(ValueError, match="nobody the only one"):
        alarms(chain, plan, 2030, share=0.4)


# Contracts -----------------------------------------------------------------------------------------------------------------

ASKED = Contract("c", "lithium_hydroxide", "ca-qc-nemaska-lioh", "ca-qc-ultiumcam", 2029, 2033, 1000.0, signed=2027)


def test_a_contract_is_valued_at_the_prices_of_the_plan(chain: Chain, plan: Plan) -> None:
    fixed = replace(ASKED, floor=14000.0, ceiling=14000.0, take_or_pay=1.0, weights={"reference": 2.0})
    answer = worth(fixed, {"reference": (chain, plan)})
    row = answer.tables["contract"].row(0, named=True)
    market = Market(chain, plan)
    seller = next(one for one in market.sellers("lithium_hydroxide") if one.name == "ca-qc-nemaska-lioh")
    gain = margin = 0.0
    for year in range(2029, 2034):
        price = market.price("lithium_hydroxide", "ca-qc-becancour", year)
        own = market.own_cost(seller, "lithium_hydroxide", year)
        assert price is not None
        assert own is not None
        gain += 1000.0 * (14000.0 - price) * 1.08 ** (2027 - year)
        margin += 1000.0 * (14000.0 - own[0]) * 1.08 ** (2027 - year)
    assert row["seller"] == pytest.approx(gain)
    assert row["buyer"] == -row["seller"]
    assert row["seller_margin"] == pytest.approx(margin)
    node = answer.figures["link.contract.value:c:reference"]
    assert total(node) == pytest.approx(node.value)
    expected = answer.figures["link.contract.expected:c"]
    assert expected.value == pytest.approx(gain)


def test_a_contract_outside_the_plan_or_of_cases_that_were_not_planned_is_refused(chain: Chain, plan: Plan) -> None:
    plans = {"reference": (chain, plan)}
    with pytest.raises(ValueError, match="2026 to 2040"):
        worth(replace(ASKED, last=2045), plans)
    with pytest.raises(ValueError, match="signed before"):
        worth(replace(ASKED, signed=2032), plans)
    with pytest.raises(ValueError, match="case low, which was not planned"):
        worth(replace(ASKED, weights={"low": 1.0}), plans)


def test_the_example_is_a_contract(root: Path) -> None:
    import yaml

    data = yaml.safe_load((root / "examples/link/hydroxide.yaml").read_text(encoding="utf-8"))
    contract = contract_of(data, "hydroxide")
    assert contract.price(10000.0) == 12000.0
    assert contract.price(15000.0) == 15000.0
    assert contract.price(20000.0) == pytest.approx(18000.0 + 0.3 * 2000.0)


# Projects ------------------------------------------------------------------------------------------------------------------


def test_a_project_is_linked_for_what_its_recipe_takes_and_makes(chain: Chain, plan: Plan, root: Path) -> None:
    project = Project("p", "make_cam_lfp", "ca-qc-becancour", "CA", "QC", 40000.0, "t", 2030, 20, 1e9, 2025)
    answer = links_of(chain, plan, project)
    with (root / "data/recipes.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["process"] == "make_cam_lfp"]
    last = {row["item"]: float(row["amount"]) for row in rows}
    inputs = answer.tables["links_inputs"]
    assert set(inputs["item"]) == {item for item, amount in last.items() if amount < 0}
    for item, quantity in inputs.select("item", "quantity").unique().iter_rows():
        assert quantity == pytest.approx(-last[item] * 40000.0)
    assert set(answer.tables["links_outputs"]["item"]) == {item for item, amount in last.items() if amount > 0}
    assert inputs["found"].is_between(0, 1).all()
    first = inputs.filter(item="lithium_carbonate", rank=1)["seller"][0]
    need = Need.of(chain, "lithium_carbonate", "ca-qc-becancour", (2030,), 1.0)
    assert sellers(chain, plan, need).tables["sellers"].filter(rank=1)["seller"][0] == first
    assert any(
        name.startswith(f"link.delivered:{first}>ca-qc-becancour:lithium_carbonate:2030") for name in answer.figures
    )


def test_a_place_that_the_plan_has_no_lane_to_is_linked_by_route_and_law(chain: Chain, plan: Plan) -> None:
    market = Market(chain, plan)
    assert market.lanes("anode_natural", "nation-cn", "us-nv-silver-peak") == ()
    there = market.way("anode_natural", "nation-cn", "us-nv-silver-peak", 2030)
    beside = market.way("anode_natural", "nation-cn", "us-nv-mccarran", 2030)
    assert there is not None
    assert beside is not None
    # The same law at the same border; what the goods do for content rules is not known where nothing is planned.
    assert there.duty == pytest.approx(beside.duty)
    assert there.credit is None
    assert there.freight == pytest.approx(beside.freight, rel=0.5)


def test_a_process_without_a_recipe_is_a_sentence(chain: Chain, plan: Plan) -> None:
    project = Project("p", "alchemy", "ca-qc-becancour", "CA", "QC", 1.0, "t", 2030, 20, 1.0, 2025)
    with pytest.raises(ValueError, match="no recipe"):
        links_of(chain, plan, project)


# Words ---------------------------------------------------------------------------------------------------------------------


def test_every_phrase_has_its_parts_in_all_three_languages(root: Path) -> None:
    with (root / "bongsu/committee/words/link.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len({row["key"] for row in rows}) == len(rows)
    for row in rows:
        parts = [set(re.findall(r"\{(\w+)\}", row[language])) for language in ("en", "ko", "fr")]
        assert all(row[language] for language in ("en", "ko", "fr")), row["key"]
        assert parts[0] == parts[1] == parts[2], row["key"]
    keys = {row["key"] for row in rows}
    code = "".join(path.read_text(encoding="utf-8") for path in (root / "bongsu/committee/link").glob("*.py"))
    for name in re.findall(r'found\.append\("(\w+)"\)', code):
        assert f"obstacle.{name}" in keys


def test_prices_of_the_plan_are_those_of_its_nodes(chain: Chain, plan: Plan) -> None:
    from bongsu.answers import node_prices

    market = Market(chain, plan)
    table = node_prices(plan).filter(item="cam_ncma", period="2030")
    assert table.height > 5
    for place, value in table.select("place", "value").iter_rows():
        assert market.price("cam_ncma", place, 2030) == pytest.approx(value)
    assert market.price("cam_ncma", "port-busan", 2030) is None
    assert party_of(chain.atlas, "ca-qc-becancour").facility is None
