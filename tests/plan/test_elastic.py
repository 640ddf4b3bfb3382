"""A network without a plan: what is short, how much can be served, which limits clash, and nothing but words."""

from __future__ import annotations

from typing import Any

import pytest

from bongsu.chain.network import Network
from bongsu.plan.plan import Plan

from .small import replaced, two_stage


def hard(**changes: Any) -> Network:
    """The two-stage network with demand that must be met, a plant of 50 and no way to grow or store."""
    demands = [row | {"penalty": None} for row in two_stage()["demands"].to_dicts()]
    return two_stage(**({"demands": demands, "options": [], "stocks": []} | changes))


def names(plan: Plan) -> set[tuple[str, str]]:
    return {(conflict.kind, conflict.what) for conflict in plan.conflict}


def test_a_plant_that_is_too_small_is_named_with_its_demand_and_periods() -> None:
    plan = Plan.of(hard())
    assert plan.status == "infeasible"
    assert plan.servable_share == pytest.approx(50 / 80)
    assert names(plan) == {("demand", "c:cell"), ("capacity", "works")}
    named = next(conflict for conflict in plan.conflict if conflict.kind == "capacity")
    assert named.limit == (50.0,)
    assert named.periods == ("2030",)
    assert "works" in named.words
    assert plan.table("short")["value"].to_list() == pytest.approx([10.0, 30.0])


def test_an_offer_that_is_too_small_is_named() -> None:
    capacity = [{"plant": "works", "capacity": 100.0}]
    plan = Plan.of(
        hard(
            capacity=capacity,
            supplies=[{"supply": "mine", "place": "a", "item": "ore", "price": 3.0, "quantity": 96.0}],
        )
    )
    assert plan.servable_share == pytest.approx(48 / 80)
    assert names(plan) == {("demand", "c:cell"), ("supply", "mine"), ("recipe", "assemble/ore")}
    recipe = plan.conflict[-1]
    assert recipe.limit == (2.0,)
    assert recipe.words == "process assemble takes 2 of ore for each unit in 2030"


def test_a_lane_that_is_too_narrow_is_named() -> None:
    lanes = two_stage()["lanes"].to_dicts()
    lanes[1]["capacity"] = 20.0
    plan = Plan.of(hard(lanes=lanes))
    assert plan.servable_share == pytest.approx(20 / 80)
    assert names(plan) == {("demand", "c:cell"), ("lane", "bc")}


def test_a_corridor_that_is_too_narrow_is_named() -> None:
    corridors = [{"corridor": "strait", "capacity": 32.0}]
    plan = Plan.of(hard(corridors=corridors, corridor_lanes=[{"corridor": "strait", "lane": "ab", "use": 0.5}]))
    assert plan.servable_share == pytest.approx(32 / 80)
    assert names(plan) == {("demand", "c:cell"), ("corridor", "strait"), ("recipe", "assemble/ore")}


def test_a_corridor_that_is_too_narrow_in_one_period_is_named_with_that_period() -> None:
    """Ore for 60 cells fits through, but for the second period, in which 18 do: 30 % of what is wanted then."""
    tables: dict[str, Any] = {
        "demands": [row | {"quantity": 60.0, "penalty": None} for row in two_stage()["demands"].to_dicts()],
        "capacity": [{"plant": "works", "capacity": 100.0}],
        "corridors": [{"corridor": "strait", "capacity": 60.0}],
        "corridor_periods": [{"corridor": "strait", "period": "2027", "capacity": 18.0}],
        "corridor_lanes": [{"corridor": "strait", "lane": "ab", "use": 0.5}],
    }
    plan = Plan.of(hard(**tables))
    assert plan.servable_share == pytest.approx(0.3)
    named = next(conflict for conflict in plan.conflict if conflict.kind == "corridor")
    assert (named.what, named.periods, named.limit) == ("strait", ("2027",), (18.0,))
    assert Plan.of(hard(**(tables | {"corridor_periods": []}))).status == "optimal"


def test_an_option_that_may_not_grow_enough_is_named_with_its_plant() -> None:
    option = {"option": "line", "plant": "works", "max_total": 10.0, "lead_time": 1}
    plan = Plan.of(hard(options=[option]))
    assert plan.servable_share == pytest.approx(60 / 80)
    assert names(plan) == {("demand", "c:cell"), ("capacity", "works"), ("option", "line")}


@pytest.mark.parametrize(
    "remedy",
    [
        {"capacity": [{"plant": "works", "capacity": None}]},
        {"options": [{"option": "line", "plant": "works"}]},
        {"demands": [{"demand": "cars", "place": "c", "item": "cell", "quantity": 50.0}]},
        {
            "supplies": [
                {"supply": "mine", "place": "a", "item": "ore"},
                {"supply": "market", "place": "c", "item": "cell"},
            ]
        },
    ],
)
def test_lifting_what_the_conflict_names_makes_a_plan_possible(remedy: dict[str, list[dict[str, Any]]]) -> None:
    plan = Plan.of(replaced(hard(), **remedy))
    assert plan.status == "optimal"
    assert plan.servable_share is None
    assert plan.conflict == ()


def test_an_item_that_nothing_brings_has_no_source() -> None:
    plan = Plan.of(hard(lanes=two_stage()["lanes"].to_dicts()[:1]))
    assert plan.servable_share == 0.0
    assert ("no source", "c:cell") in names(plan)
    assert any("nothing makes, brings or sells cell at c" in conflict.words for conflict in plan.conflict)


def test_a_missing_raw_material_is_named_where_it_is_missing() -> None:
    plan = Plan.of(hard(supplies=[]))
    assert plan.servable_share == 0.0
    assert ("no source", "a:ore") in names(plan)


def test_a_take_or_pay_that_cannot_be_moved_is_named() -> None:
    contracts = [{"contract": "offtake", "minimum": 70.0}]
    plan = Plan.of(
        two_stage(options=[], stocks=[], contracts=contracts, contract_lanes=[{"contract": "offtake", "lane": "bc"}])
    )
    assert plan.status == "infeasible"
    assert ("contract", "offtake") in names(plan)
    assert plan.servable_share == 1.0 or plan.servable_share == pytest.approx(50 / 80)


def test_two_contracts_that_contradict_each_other_are_named() -> None:
    contracts = [{"contract": "atleast", "minimum": 30.0}, {"contract": "atmost", "maximum": 20.0}]
    members = [{"contract": "atleast", "lane": "bc"}, {"contract": "atmost", "lane": "bc"}]
    plan = Plan.of(two_stage(contracts=contracts, contract_lanes=members))
    assert plan.status == "infeasible"
    assert ("contract", "atleast") in names(plan)
    assert sum(plan.family("shortfall")) == pytest.approx(3 * 10.0)


def test_a_final_stock_that_cannot_be_filled_is_named() -> None:
    stocks = [{"stock": "yard", "place": "c", "item": "cell", "capacity": 30.0, "final": 50.0}]
    plan = Plan.of(two_stage(stocks=stocks))
    assert plan.status == "infeasible"
    assert ("final stock", "yard") in names(plan)
    assert plan.family("stock_gap") == pytest.approx([20.0])


def test_a_share_rule_that_cannot_be_kept_is_named() -> None:
    contracts = [{"contract": "offtake", "minimum": 10.0}]
    shares = [{"share": "none", "period": "2027"}]
    plan = Plan.of(
        two_stage(
            contracts=contracts,
            contract_lanes=[{"contract": "offtake", "lane": "bc"}],
            shares=shares,
            share_terms=[{"share": "none", "kind": "lane", "of": "bc", "coefficient": -1.0}],
        )
    )
    assert plan.status == "infeasible"
    assert names(plan) & {("contract", "offtake"), ("share", "none")}


def test_whole_numbers_alone_can_make_a_plan_impossible_and_it_says_so() -> None:
    """Three demands of 20 from two sources of 30 each: 60 in all, but no source serves two whole ones."""
    plants = [{"plant": "east", "place": "b"}, {"plant": "west", "place": "b2"}]
    plan = Plan.of(
        Network.of(
            periods=[{"period": "1"}],
            items=[{"item": "cell"}],
            places=[{"place": p} for p in ("b", "b2", "c1", "c2", "c3")],
            plants=plants,
            capacity=[{"plant": row["plant"], "capacity": 30.0} for row in plants],
            modes=[{"mode": row["plant"], "plant": row["plant"], "process": "make"} for row in plants],
            recipes=[{"process": "make", "item": "cell", "amount": 1.0}],
            lanes=[
                {"lane": f"{a}-{c}", "from": a, "to": c, "item": "cell"}
                for a in ("b", "b2")
                for c in ("c1", "c2", "c3")
            ],
            demands=[
                {"demand": c, "place": c, "item": "cell", "quantity": 20.0, "single_source": "yes"}
                for c in ("c1", "c2", "c3")
            ],
        )
    )
    assert plan.status == "infeasible"
    # One of the two sources must serve two of the three customers: 2 · 20 θ = 30.
    assert plan.servable_share == pytest.approx(0.75)
    assert plan.family("short").sum() == pytest.approx(20.0 - 10.0)
    assert plan.conflict


def test_never_short_of_more_than_is_wanted() -> None:
    """A contract that cannot be kept is not kept by conjuring goods at a place with demand of its own."""
    demands = [{"demand": "here", "place": "b", "item": "cell", "quantity": 5.0}]
    contracts = [{"contract": "offtake", "minimum": 40.0}]
    plan = Plan.of(
        two_stage(
            demands=demands,
            contracts=contracts,
            contract_lanes=[{"contract": "offtake", "lane": "bc"}],
            capacity=[{"plant": "works", "capacity": 0.0}],
            options=[],
            disposals=[{"place": "c", "item": "cell"}],
        )
    )
    assert plan.status == "infeasible"
    assert plan.family("short").max() <= 5.0 + 1e-9


def test_a_hard_contract_without_any_demand_is_planned_or_named() -> None:
    contracts = [{"contract": "offtake", "minimum": 40.0}]
    sold = two_stage(
        demands=[],
        contracts=contracts,
        contract_lanes=[{"contract": "offtake", "lane": "bc"}],
        disposals=[{"place": "c", "item": "cell"}],
    )
    assert Plan.of(sold).status == "optimal"
    stuck = Plan.of(replaced(sold, disposals=[], stocks=[]))
    assert stuck.status == "infeasible"
    assert ("contract", "offtake") in names(stuck)


def test_a_stock_that_does_not_fit_is_infeasible_without_a_traceback() -> None:
    stocks = [{"stock": "yard", "place": "a", "item": "cell", "capacity": 5.0, "initial": 10.0}]
    assert Plan.of(two_stage(stocks=stocks)).status == "infeasible"


def test_money_for_nothing_is_unbounded_even_with_hard_demand() -> None:
    plan = Plan.of(
        hard(capacity=[{"plant": "works", "capacity": None}], disposals=[{"place": "a", "item": "ore", "cost": -5.0}])
    )
    assert plan.status == "unbounded"


def test_nothing_at_all_is_a_plan() -> None:
    plan = Plan.of(Network.of(periods=[{"period": "1"}], items=[{"item": "ore"}], places=[{"place": "a"}]))
    assert plan.status == "optimal"
    assert plan.objective == 0.0
