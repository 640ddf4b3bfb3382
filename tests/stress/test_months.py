"""The months of a plan say the same as its years where they must, and know what is on the way."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bongsu.chain.network import Network
from bongsu.plan import Plan
from bongsu.stress.months import calendar, monthly, pruned
from bongsu.stress.supply_chain import DAYS
from bongsu.stress.time_expanded import OverTime, losing

from .chains import random_chain, two_tiers

START = dt.date(2027, 1, 15)


def two_years(**changes: list[dict[str, Any]]) -> Network:
    """The chain of two tiers in two years, the second with more demand, with transit times, costs and an option to build."""
    tables: dict[str, list[dict[str, Any]]] = {
        "periods": [{"period": "2027", "years": 1.0, "year": 2027}, {"period": "2028", "years": 1.0, "year": 2028}],
        "modes": [
            {"mode": name, "plant": name, "process": process, "cost": cost}
            for name, process, cost in (("a1", "a", 2.0), ("a2", "a", 3.0), ("b1", "b", 1.0), ("works", "make", 5.0))
        ],
        "lanes": [
            {"lane": "a1", "from": "a1", "to": "works", "item": "a", "cost": 1.0, "days": 45.0},
            {"lane": "a2", "from": "a2", "to": "works", "item": "a", "cost": 4.0, "days": 3.0},
            {"lane": "b1", "from": "b1", "to": "works", "item": "b", "cost": 1.0, "days": 10.0},
            {"lane": "out", "from": "works", "to": "market", "item": "product", "cost": 1.0, "days": 0.0},
        ],
        "supplies": [{"supply": "b-abroad", "place": "works", "item": "b", "price": 9.0}],
        "demands": [
            {"demand": "buyers", "place": "market", "item": "product", "period": year, "quantity": q, "penalty": 500.0}
            for year, q in (("2027", 50.0), ("2028", 70.0))
        ],
        "options": [
            {
                "option": "line",
                "plant": "works",
                "lead_time": 1,
                "annual_cost": 1.0,
                "max_size": 30.0,
                "facts": "capex:4",
            }
        ],
        "stocks": [],
    }
    return two_tiers(**(tables | changes))


def test_the_calendar_gives_each_month_its_year_or_the_nearest() -> None:
    network = two_years()
    months = calendar(network, dt.date(2026, 11, 30), 27)
    assert [one.name for one in months[:3]] == ["2026-11", "2026-12", "2027-01"]
    assert [one.year for one in months] == ["2027"] * 14 + ["2028"] * 13
    assert months[2].at == 2027.0
    assert months[-1].name == "2029-01"
    with pytest.raises(ValueError, match="no month"):
        calendar(network, START, 0)
    with pytest.raises(ValueError, match="has no year"):
        calendar(two_years(periods=[{"period": "now"}]), START, 1)


def test_what_is_on_the_way_is_flow_times_transit_time() -> None:
    plan = Plan.of(two_years())
    network = monthly(plan, START, 24)
    transit = network["supplies"].filter(pl.col("supply").str.starts_with("in-transit:"))
    on_the_way = dict(transit.group_by("item").agg(pl.col("quantity").sum() / 12).iter_rows())
    ship = plan.grid("ship")[:, 0]
    assert on_the_way["a"] == pytest.approx(ship[0] * 45 / DAYS + ship[1] * 3 / DAYS)
    assert on_the_way["b"] == pytest.approx(ship[2] * 10 / DAYS)
    # 45 days are 1.479 months: all of the first month's arrivals, and 47.9 % of the second's.
    late = transit.filter(pl.col("period") == "2027-02", pl.col("item") == "a")["quantity"].sum()
    assert late == pytest.approx(ship[0] * (45 / DAYS * 12 - 1))


def test_months_serve_what_the_years_serve_while_flows_are_steady() -> None:
    network = monthly(Plan.of(two_years()), START, 12)
    assert OverTime(network).without_loss().time == np.inf
    # Without what is on the way nothing reaches the works in the first month.
    empty = Network(
        {**network.tables, "supplies": network["supplies"].filter(~pl.col("supply").str.starts_with("in-transit"))},
        network.settings,
    )
    assert OverTime(empty).without_loss().time < 0.1


def test_what_left_before_a_loss_still_arrives() -> None:
    plan = Plan.of(two_years())
    network = monthly(plan, START, 12)
    found = OverTime(network).survive([losing(network, "plant", "a1")])[0]
    # 45 days of goods from a1 are on the way: enough in the first month, and with the 60 a year of a2 in the second. In the third
    # a2 alone is left, and what it sent in the second month and is three days on the way.
    late = 3 / DAYS * 12
    assert found.time == pytest.approx((2 + 60 * late / (100 - 60 * (1 - late))) / 12)


def test_months_without_transit_cost_what_the_year_costs() -> None:
    lanes = [
        {"lane": name, "from": name, "to": "works", "item": item, "cost": 2.0, "days": 0.0}
        for name, item in (("a1", "a"), ("a2", "a"), ("b1", "b"))
    ]
    lanes.append({"lane": "out", "from": "works", "to": "market", "item": "product", "cost": 1.0, "days": 0.0})
    yearly = Plan.of(two_years(lanes=lanes, options=[]))
    network = monthly(yearly, START, 24)
    assert Plan.of(network).objective == pytest.approx(yearly.objective, rel=1e-9)


def test_what_the_plan_has_built_stands_and_nothing_more_is_built() -> None:
    plan = Plan.of(two_years())
    network = monthly(plan, START, 24)
    capacity = dict(network["capacity"].filter(pl.col("plant") == "works").select("period", "capacity").iter_rows())
    assert capacity["2027-12"] == pytest.approx(60.0)
    assert capacity["2028-01"] == pytest.approx(70.0)
    assert network["options"].is_empty()
    said = network["capacity"].filter(pl.col("plant") == "works", pl.col("period") == "2028-01")["facts"][0]
    assert said == "capex:4"


def test_offers_of_unknown_size_say_what_the_plan_buys_of_them() -> None:
    supplies = [
        {"supply": "b-abroad", "place": "works", "item": "b", "price": 0.5},
        {"supply": "a-abroad", "place": "works", "item": "a", "price": 90.0, "quantity": 5.0},
    ]
    network = monthly(Plan.of(two_years(supplies=supplies)), START, 24)
    offers = network["supplies"].filter(pl.col("supply") == "b-abroad").sort("period")
    assert offers["quantity"].null_count() == 24
    assert offers["quantity_low"].to_list() == pytest.approx([50.0] * 12 + [70.0] * 12)
    assert network["supplies"].filter(pl.col("supply") == "a-abroad")["quantity_low"].null_count() == 24


def test_twins_of_a_content_rule_are_one_flow_at_their_mean_cost() -> None:
    modes = [
        {"mode": name, "plant": plant, "process": process, "cost": cost}
        for name, plant, process, cost in (
            ("a1", "a1", "a", 2.0),
            ("a2", "a2", "a", 3.0),
            ("b1", "b1", "b", 1.0),
            ("works", "works", "make", 5.0),
            ("works#rule", "works", "make", 1.0),
            ("content:rule:a@works", "content:rule:a@works", "content", 0.0),
        )
    ]
    base = two_years(stocks=[], modes=modes)
    extra = {
        "plants": [*base["plants"].to_dicts(), {"plant": "content:rule:a@works", "place": "works"}],
        "recipes": [*base["recipes"].to_dicts(), {"process": "content", "item": "idle", "amount": 1e-6}],
        "items": [*base["items"].to_dicts(), {"item": "idle"}],
        "disposals": [{"place": "works", "item": "idle"}],
        # No more than a quarter of what the works make keeps the rule.
        "shares": [{"share": "rule"}],
        "share_terms": [
            {"share": "rule", "kind": "mode", "of": "works", "coefficient": 0.25},
            {"share": "rule", "kind": "mode", "of": "works#rule", "coefficient": -0.75},
        ],
    }
    network = monthly(Plan.of(two_years(stocks=[], modes=modes, **extra)), START, 12)
    assert network["shares"].is_empty()
    assert "works#rule" not in network["modes"]["mode"]
    assert not network["plants"]["plant"].str.starts_with("content:").any()
    cost = network["mode_periods"].filter(pl.col("mode") == "works")["cost"].to_list()
    assert cost == pytest.approx([0.75 * 5.0 + 0.25 * 1.0] * 12)


def test_the_nearest_lanes_are_kept_beside_those_in_use() -> None:
    lanes = [{"lane": f"a1-{n}", "from": "a1", "to": "works", "item": "a", "cost": float(n)} for n in (3, 1, 2)]
    lanes += [
        {"lane": "a2", "from": "a2", "to": "works", "item": "a", "cost": 9.0},
        {"lane": "b1", "from": "b1", "to": "works", "item": "b"},
        {"lane": "out", "from": "works", "to": "market", "item": "product"},
    ]
    plan = Plan.of(two_years(lanes=lanes, options=[]))
    everything = set(monthly(plan, START, 12)["lanes"]["lane"])
    assert everything == {"a1-1", "a1-2", "a1-3", "a2", "b1", "out"}
    assert set(monthly(plan, START, 12, near=1)["lanes"]["lane"]) == {"a1-1", "a1-2", "a2", "b1", "out"}
    assert set(monthly(plan, START, 12, near=0)["lanes"]["lane"]) == {"a1-1", "b1", "out"}


@given(st.integers(0, 2**32 - 1))
@example(4413)  # A by-product that nobody takes is lost on a lane that leads back.
@settings(max_examples=25, deadline=None)
def test_leaving_out_what_can_do_nothing_changes_no_plan(number: int) -> None:
    network = random_chain(number)
    demands = network["demands"].with_columns(penalty=pl.lit(100.0))
    priced = Network({**network.tables, "demands": demands}, network.settings)
    small = pruned(priced)
    assert Plan.of(small).objective == pytest.approx(Plan.of(priced).objective, rel=1e-7, abs=1e-7)
    assert small["lanes"].height <= priced["lanes"].height


def test_what_leads_nowhere_is_left_out() -> None:
    network = two_tiers(
        lanes=[
            *two_tiers()["lanes"].to_dicts(),
            {"lane": "to-nowhere", "from": "a1", "to": "island", "item": "a"},
            {"lane": "from-nothing", "from": "market", "to": "island", "item": "b"},
        ]
    )
    small = pruned(network)
    assert set(small["lanes"]["lane"]) == {"a1", "a2", "b1", "out"}
    assert "island" in set(small["plants"]["plant"]), "it can run, though nobody takes what it makes"
