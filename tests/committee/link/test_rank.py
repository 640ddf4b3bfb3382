"""Ranked sellers and buyers on the reference plan, against what the solver itself says of the lanes."""

from __future__ import annotations

import polars as pl
import pytest

from bongsu.answers import Node
from bongsu.chain import Chain
from bongsu.committee.link import Need, Offer, UnknownName, buyers, party_of, sellers, years_of
from bongsu.committee.link.market import Market
from bongsu.plan import Plan


@pytest.fixture(scope="module")
def market(chain: Chain, plan: Plan) -> Market:
    return Market(chain, plan)


def lanes(plan: Plan, year: int) -> pl.DataFrame:
    """Every lane and year with what the plan ships and the reduced cost of shipping one unit more, money of the year."""
    family = plan.model.variables["ship"]
    a = plan.model.arrays
    table = a.net["lanes"].select("lane", "from", "to", "item")
    grid = plan.values[family.span].reshape(-1, a.T)
    reduced = (plan.reduced_costs[family.span].reshape(-1, a.T)) / a.weight
    t = a.ids("periods").index(str(year))
    return table.with_columns(pl.Series("moved", grid[:, t]), pl.Series("reduced", reduced[:, t]))


@pytest.mark.parametrize(
    ("item", "buyer", "year"),
    [
        ("lithium_hydroxide", "ca-qc-ultiumcam", 2028),
        ("cam_ncma", "us-oh-warren", 2028),
        ("anode_natural", "us-nv-mccarran", 2030),
    ],
)
def test_what_a_seller_is_too_dear_by_is_the_reduced_cost_of_the_lane(
    chain: Chain, plan: Plan, item: str, buyer: str, year: int
) -> None:
    need = Need.of(chain, item, buyer, (year,))
    table = sellers(chain, plan, need).tables["sellers"].filter(pl.col("price").is_not_null())
    known = table.filter(pl.col("seller_place") != pl.col("buyer_place"))
    parts = known["price"] + known["freight"] + known["duty"] + known["credit"]
    assert (parts - known["delivered"]).abs().max() < 1e-9
    # The cheapest of a lane and its twins is the one with the smallest reduced cost.
    own = lanes(plan, year).filter((pl.col("item") == item) & (pl.col("to") == need.buyer.place))
    least = own.group_by("from").agg(pl.col("reduced").min(), pl.col("moved").sum())
    joined = known.join(least, left_on="seller_place", right_on="from")
    assert joined.height > 5
    assert (joined["premium"] - joined["reduced"]).abs().max() < 1e-3
    shipped = joined.filter(pl.col("moved") > 1.0)
    assert shipped.height
    assert shipped["premium"].abs().max() < 1e-3


def total(node: Node) -> float:
    return sum(child.value or 0.0 for child in node.children)


def test_figures_add_up_and_rest_on_facts(chain: Chain, plan: Plan) -> None:
    need = Need.of(chain, "anode_natural", "us-nv-mccarran", (2030,))
    answer = sellers(chain, plan, need, top=3)
    delivered = {name: node for name, node in answer.figures.items() if name.startswith("link.delivered:")}
    assert len(delivered) == 3
    for name, node in delivered.items():
        assert total(node) == pytest.approx(node.value), name
        assert list(node.facts()), name
        seller = name.split(":")[1].split(">")[0] if "offer" not in name else None
        if seller:
            row = answer.tables["sellers"].row(by_predicate=pl.col("seller") == seller, named=True)
            assert node.value == pytest.approx(row["delivered"])


def test_buyers_are_ranked_by_what_is_left_after_the_way(chain: Chain, plan: Plan) -> None:
    offer = Offer.of(chain, "anode_natural", "ca-qc-nmg-bec", (2030,))
    table = buyers(chain, plan, offer).tables["buyers"]
    assert (table["value"] - table["freight"] - table["duty"] - table["credit"] - table["netback"]).abs().max() < 1e-9
    ranked = table.filter(pl.col("feasible"))
    assert ranked["netback"].to_list() == sorted(ranked["netback"], reverse=True)
    assert ranked["uses"].min() > 0
    # Nobody is given more than he still needs, and the seller gives no more than he has.
    assert (ranked["award"] <= ranked["open"] + 1e-9).all()
    assert ranked["award"].sum() <= ranked["offered"][0] + 1e-9


def test_a_maker_of_a_covered_nation_fails_and_others_are_open_for_want_of_facts(chain: Chain, plan: Plan) -> None:
    need = Need.of(chain, "anode_natural", "us-nv-mccarran", (2030,), origin=("pfe",))
    table = sellers(chain, plan, need).tables["sellers"]
    said = dict(table.select("seller", "qualification").iter_rows())
    assert said["offer@nation-cn"] == "fail"
    assert said["us-la-syrah"] == "undetermined"
    chinese = table.row(by_predicate=pl.col("seller") == "offer@nation-cn", named=True)
    assert not chinese["feasible"]
    assert "origin_fails" in chinese["obstacles"]


def test_countries_as_a_rule_are_decided_by_where_a_thing_is_made(chain: Chain, plan: Plan) -> None:
    need = Need.of(chain, "anode_natural", "us-nv-mccarran", (2030,), origin=("ca+us",))
    table = sellers(chain, plan, need).tables["sellers"]
    inside = table["seller_country"].is_in(["CA", "US"])
    assert table.filter(inside)["qualification"].unique().to_list() == ["pass"]
    assert table.filter(~inside)["qualification"].unique().to_list() == ["fail"]


def test_a_promise_without_a_volume_leaves_between_nothing_and_all(market: Market) -> None:
    posco = next(one for one in market.sellers("lithium_hydroxide") if one.name == "kr-jn-ppls")
    bound = market.committed(posco, "lithium_hydroxide", 2028)
    assert bound.stated == 0
    assert bound.unstated == 2
    buyer = party_of(market.chain.atlas, "kr-jn-pfm-gwangyang")
    assert market.committed(posco, "lithium_hydroxide", 2028, buyer).unstated == 1


def test_names_that_nobody_has_are_answered_with_those_that_come_near(chain: Chain, plan: Plan) -> None:
    with pytest.raises(UnknownName, match="did you mean lithium_hydroxide"):
        Need.of(chain, "lithium_hydroxid", "ca-qc-ultiumcam", (2028,))
    with pytest.raises(UnknownName, match="did you mean lithium_"):
        Need.of(chain, "lithium", "ca-qc-ultiumcam", (2028,))
    with pytest.raises(UnknownName, match="did you mean ca-qc-ultiumcam"):
        Need.of(chain, "lithium_hydroxide", "ca-qc-ultiumcan", (2028,))
    with pytest.raises(UnknownName, match="did you mean USMCA"):
        sellers(chain, plan, Need.of(chain, "cell_lfp", "market-us", (2028,), origin=("USMC",)))
    with pytest.raises(ValueError, match="2026 to 2040"):
        Need.of(chain, "lithium_hydroxide", "ca-qc-ultiumcam", (2055,))
    with pytest.raises(ValueError, match="above zero"):
        Need.of(chain, "lithium_hydroxide", "ca-qc-ultiumcam", (2028,), quantity=-5.0)


def test_display_names_of_any_language_are_names(chain: Chain) -> None:
    assert party_of(chain.atlas, "얼티엄캠 베캉쿠르 양극재 공장(1단계)").name == "ca-qc-ultiumcam"
    assert Need.of(chain, "수산화리튬 1수화물(배터리급)", "ca-qc-becancour", (2028,)).item == "lithium_hydroxide"


@pytest.mark.parametrize(
    ("text", "years"), [("2028", (2028,)), ("2028-2030", (2028, 2029, 2030)), ("2030,2028", (2028, 2030))]
)
def test_years_are_read_as_people_write_them(text: str, years: tuple[int, ...]) -> None:
    assert years_of(text) == years


@pytest.mark.parametrize("text", ["soon", "2030-2028", "2028-", ""])
def test_years_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"write|no years"):
        years_of(text)


def test_a_duty_is_in_the_way_only_where_one_is_paid(chain: Chain, plan: Plan) -> None:
    """Scrap that its maker pays to be rid of has a price below zero; no duty on it is still no hindrance."""
    table = sellers(chain, plan, Need.of(chain, "cell_scrap_lfp", "ca-qc-lithion", (2033,))).tables["sellers"]
    named = table.filter(pl.col("obstacles").str.split(" ").list.contains("duty"))
    assert table.filter(pl.col("price") < 0).height
    assert named.filter(pl.col("duty") <= 0).is_empty()
