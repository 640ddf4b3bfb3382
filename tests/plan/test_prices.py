"""Shadow prices: what they add up to, what they predict, and which sign they have."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bongsu.chain.network import Network
from bongsu.plan.plan import Plan
from bongsu.plan.solver import Options

from .networks import networks
from .small import replaced, two_stage

_SOME = settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def dual_objective(plan: Plan) -> float:
    """Σ price · limit over rows and bounds, in natural units, with whole numbers held at the plan's."""
    model = plan.model
    lower, upper = model.lower * model.column_scale, model.upper * model.column_scale
    whole = model.integer
    lower, upper = np.where(whole, plan.values, lower), np.where(whole, plan.values, upper)
    total = model.offset
    limits = [
        (plan.duals, model.row_lower * model.row_scale, model.row_upper * model.row_scale),
        (plan.reduced_costs, lower, upper),
    ]
    for price, low, high in limits:
        limit = np.where(price > 0, low, high)
        total += float(price @ np.where(np.isfinite(limit), limit, 0.0))
    return total


@_SOME
@given(networks())
def test_prices_times_limits_add_up_to_the_cost(network: Network) -> None:
    plan = Plan.of(network, Options(gap=1e-9))
    if plan.status == "optimal":
        assert np.isclose(dual_objective(plan), plan.objective, rtol=1e-6, atol=1e-4)


@_SOME
@given(networks(whole=False, hard=False), st.data())
def test_a_price_never_promises_more_than_a_resolve_gives(network: Network, data: st.DataObject) -> None:
    """Cost is convex in demand: with a hard demand of δ more it rises by at least price · δ."""
    plan = Plan.of(network)
    if plan.status != "optimal":
        return
    priced = plan.row_table("balance")
    if not priced.height:
        return
    row = priced.row(data.draw(st.integers(0, priced.height - 1)), named=True)
    probe = {"demand": "probe", "place": row["place"], "item": row["item"], "period": row["period"], "quantity": 0.5}
    more = Plan.of(replaced(network, demands=[*network["demands"].to_dicts(), probe]))
    if more.status == "optimal":
        assert more.objective >= plan.objective + 0.5 * row["dual"] - 1e-5 * (1 + abs(plan.objective))
    gift = {"supply": "probe", "place": row["place"], "item": row["item"], "period": row["period"], "quantity": 0.5}
    less = Plan.of(replaced(network, supplies=[*network["supplies"].to_dicts(), gift]))
    if less.status == "optimal":
        # A gift need not be taken, so it cannot cost anything either.
        assert less.objective >= plan.objective - 0.5 * max(row["dual"], 0.0) - 1e-5 * (1 + abs(plan.objective))


@pytest.mark.parametrize("period", ["2026", "2027", "2030"])
@pytest.mark.parametrize(("place", "item", "step"), [("c", "cell", 0.5), ("b", "ore", 1.0), ("a", "ore", 1.0)])
def test_the_price_of_an_item_is_what_one_more_unit_costs(place: str, item: str, step: float, period: str) -> None:
    base = two_stage()
    plan = Plan.of(base)
    price = plan.row_table("balance").filter(place=place, item=item, period=period)["dual"].item()
    probe = {"demand": "probe", "place": place, "item": item, "period": period, "quantity": step}
    more = Plan.of(replaced(base, demands=[*base["demands"].to_dicts(), probe]))
    assert price > 0
    assert more.objective - plan.objective == pytest.approx(price * step, rel=1e-9)


def test_the_price_of_ore_is_its_discounted_price_for_all_years_of_the_period() -> None:
    prices = Plan.of(two_stage()).row_table("balance").filter(place="a")
    weight = {"2026": 1.0, "2027": 3 / 1.1, "2030": 5 / 1.1**4}
    for period, price in prices.select("period", "dual").iter_rows():
        assert price == pytest.approx(3.0 * weight[period])


def test_the_price_of_capacity_is_what_one_more_unit_saves() -> None:
    base = two_stage(options=[], stocks=[])
    plan = Plan.of(base)
    full = plan.row_table("capacity")
    assert full["period"].to_list() == ["2027", "2030"]
    for period, price in full.select("period", "dual").iter_rows():
        assert price < 0
        rows = [{"plant": "works", "capacity": 50.0}, {"plant": "works", "period": period, "capacity": 52.0}]
        wider = Plan.of(replaced(base, capacity=rows))
        weight = {"2027": 3 / 1.1, "2030": 5 / 1.1**4}[period]
        # More capacity also stands there and has its fixed cost of 1, which is no part of the row's price.
        assert wider.objective - plan.objective == pytest.approx(2.0 * (price + weight), rel=1e-9)


def test_the_price_of_a_lane_limit_is_its_reduced_cost() -> None:
    def limited(most: float) -> Plan:
        lanes = two_stage()["lanes"].to_dicts()
        lanes[0]["capacity"] = most
        return Plan.of(two_stage(lanes=lanes, stocks=[], options=[]))

    plan = limited(70.0)
    saved = plan.table("ship").filter(lane="ab", period="2026")["reduced_cost"].item()
    every = plan.table("ship").filter(lane="ab")["reduced_cost"].sum()
    assert saved < 0
    assert limited(71.0).objective - plan.objective == pytest.approx(every, rel=1e-9)


def test_an_unused_lane_costs_its_reduced_cost_when_it_is_used() -> None:
    detour = {"lane": "slow", "from": "a", "to": "b", "item": "ore", "cost": 1.75}
    plan = Plan.of(two_stage(lanes=[*two_stage()["lanes"].to_dicts(), detour]))
    family = plan.model.variables["ship"]
    dearer = plan.reduced_costs[family.span][-3:]
    assert dearer == pytest.approx(0.75 * plan.model.arrays.weight)


def test_with_whole_numbers_prices_are_those_of_the_plan_with_its_builds_fixed() -> None:
    option = {
        "option": "line",
        "plant": "works",
        "fixed_cost": 50.0,
        "max_size": 15.0,
        "integer": "yes",
        "max_count": 2,
    }
    base = two_stage(options=[option], stocks=[])
    plan = Plan.of(base, Options(gap=1e-9))
    built = plan.table("build")["value"].sum()
    assert built == pytest.approx(30.0)
    price = plan.row_table("balance").filter(place="c", period="2026")["dual"].item()
    probe = {"demand": "probe", "place": "c", "item": "cell", "period": "2026", "quantity": 1.0}
    more = Plan.of(replaced(base, demands=[*base["demands"].to_dicts(), probe]), Options(gap=1e-9))
    assert more.objective - plan.objective == pytest.approx(price, rel=1e-6)
