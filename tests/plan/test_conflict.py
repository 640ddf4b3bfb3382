"""What clashes where there is no plan, of limits that are stated in more than one row of the model."""

from __future__ import annotations

from typing import Any

import pytest

from bongsu.chain.change import apply
from bongsu.chain.network import Network, Settings
from bongsu.plan import Plan
from tests.plan.networks import random_network
from tests.plan.small import replaced
from tests.plan.test_no_plan import hard, mutations

#: A works at a without capacity of its own.
WORKS: dict[str, list[dict[str, Any]]] = {
    "plants": [{"plant": "works", "place": "a"}],
    "modes": [{"mode": "works", "plant": "works", "process": "make"}],
    "recipes": [{"process": "make", "item": "cell", "amount": 1.0}],
    "supplies": [],
    "capacity": [{"plant": "works", "capacity": 0.0}],
}


def port(**changes: list[dict[str, Any]]) -> Network:
    """100 cells a year wanted at b in each of two years, to come from a."""
    tables: dict[str, list[dict[str, Any]]] = {
        "periods": [{"period": "1"}, {"period": "2"}],
        "items": [{"item": "cell"}],
        "places": [{"place": "a"}, {"place": "b"}],
        "lanes": [{"lane": "ab", "from": "a", "to": "b", "item": "cell", "cost": 1.0}],
        "supplies": [{"supply": "mill", "place": "a", "item": "cell", "price": 1.0}],
        "demands": [{"demand": "cars", "place": "b", "item": "cell", "quantity": 100.0}],
    }
    tables |= changes
    return Network.of(Settings(discount_rate=0.0), **{name: rows for name, rows in tables.items() if rows})


def limits(plan: Plan) -> dict[tuple[str, str], tuple[float, ...]]:
    """What clashes with demand, and its figures."""
    assert plan.status == "infeasible"
    return {(one.kind, one.what): one.limit for one in plan.conflict if one.kind != "demand"}


@pytest.mark.parametrize("fixed", [0.0, 10.0])
def test_a_corridor_is_named_whether_or_not_it_costs_something_to_open(fixed: float) -> None:
    """30 pass in the second year, 15 of them as each takes two."""
    net = port(
        corridors=[{"corridor": "strait", "capacity": 200.0, "fixed_cost": fixed}],
        corridor_lanes=[{"corridor": "strait", "lane": "ab", "use": 2.0}],
        corridor_periods=[{"corridor": "strait", "period": "2", "capacity": 30.0}],
    )
    plan = Plan.of(net)
    assert plan.servable_share == pytest.approx(0.15)
    assert limits(plan) == {("corridor", "strait"): (30.0,)}


@pytest.mark.parametrize("integer", ["no", "yes"])
def test_an_option_is_named_whether_or_not_it_comes_in_whole_units(integer: str) -> None:
    option = {"option": "line", "plant": "works", "max_size": 60.0, "annual_cost": 1.0, "integer": integer}
    plan = Plan.of(port(**WORKS, options=[option]))
    assert plan.servable_share == pytest.approx(0.6)
    assert limits(plan) == {("option", "line"): (60.0,), ("capacity", "works"): (0.0,)}


def test_the_number_of_units_is_said_where_it_is_what_limits() -> None:
    """One unit that lasts a year would have to stand in both."""
    option = {"option": "line", "plant": "works", "max_size": 160.0, "min_size": 50.0, "annual_cost": 1.0, "life": 1}
    plan = Plan.of(port(**WORKS, options=[option | {"integer": "yes", "max_count": 1}]))
    assert {what for _, what in limits(plan)} == {"line", "works"}
    (said,) = (one.words for one in plan.conflict if one.kind == "option")
    assert said == "option line can add at most 160, 1 unit in all, in 2 periods from 1 to 2"
    # A rate is no sum over years.
    assert plan.conflict[0].words == "b wants 100 a year of cell in 2 periods from 1 to 2"


def test_what_a_plant_can_make_counts_what_of_it_is_available() -> None:
    works = WORKS | {"capacity": [{"plant": "works", "capacity": 100.0}]}
    plan = Plan.of(port(**works, availability=[{"plant": "works", "period": "2", "share": 0.25}]))
    assert plan.servable_share == pytest.approx(0.25)
    assert limits(plan) == {("capacity", "works"): (25.0,)}
    assert plan.conflict[-1].words == "plant works can make at most 25 a year, at 25 % of its capacity, in 2"


def test_demands_for_the_same_at_one_place_are_one_wish() -> None:
    """60 and 40, of which 50 arrive: half of each."""
    demands = [
        {"demand": name, "place": "b", "item": "cell", "quantity": amount}
        for name, amount in (("c", 60.0), ("d", 40.0))
    ]
    lane = {"lane": "ab", "from": "a", "to": "b", "item": "cell", "capacity": 50.0}
    plan = Plan.of(port(demands=demands, lanes=[lane]))
    assert plan.servable_share == pytest.approx(0.5)
    assert limits(plan) == {("lane", "ab"): (50.0,)}
    assert plan.conflict[0].words == "b wants 100 a year of cell in 1"


def test_what_is_named_leaves_no_plan_by_itself_with_whole_numbers() -> None:
    """Every limit that is not named is taken out of the tables of random networks with units, fixed corridors, single sources."""
    seen = 0
    for number in range(60):
        net = random_network(number, whole=True, hard=False)
        share = Plan.of(hard(net)).servable_share
        own = hard(net) if share is None else hard(net, 0.9 * share)
        if share == 0.0 or Plan.of(own).status != "optimal":
            continue
        for _, _, changes in list(mutations(own))[:4]:
            after = apply(own, changes)
            plan = Plan.of(after)
            if plan.status == "infeasible" and "missed" not in plan.conflict[0].words:
                seen += 1
                assert Plan.of(_only(after, {one.what for one in plan.conflict})).status == "infeasible", (
                    number,
                    changes,
                )
    assert seen >= 20


def _only(net: Network, named: set[str]) -> Network:
    """The network with no limit but those that are named."""
    free = {
        "supplies": ("supply", {"quantity": None}),
        "lanes": ("lane", {"capacity": None}),
        "lane_periods": ("lane", {"capacity": None}),
        "corridors": ("corridor", {"capacity": None, "fixed_cost": 0.0}),
        "corridor_periods": ("corridor", {"capacity": None}),
    }
    tables = {
        name: [row if row[key] in named else row | blank for row in net[name].to_dicts()]
        for name, (key, blank) in free.items()
    }
    # A unit has a largest size: one that no plan of so small a network can want.
    many = {"max_total": None, "min_size": 0.0, "max_size": 1e5, "max_count": 1000, "max_per_period": None}
    tables["options"] = [row if row["option"] in named else row | many for row in net["options"].to_dicts()]
    for name in ("capacity", "availability"):
        tables[name] = [row for row in net[name].to_dicts() if row["plant"] in named]
    tables["capacity"] += [{"plant": plant} for plant in net["plants"]["plant"] if plant not in named]
    return replaced(net, **tables)
