"""Prices at places: only where and when the plan moves an item does its dual say something."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from bongsu.answers.value import node_flows, node_prices
from bongsu.chain import Chain
from bongsu.committee.attract import Market
from bongsu.committee.attract.prices import WayOut, nearest
from bongsu.plan import Plan

KEYS = ["place", "item", "period"]


@pytest.fixture(scope="module")
def market(chain: Chain, plan: Plan) -> Market:
    return Market(chain, plan)


def arrivals(chain: Chain, plan: Plan) -> pl.DataFrame:
    """What lanes bring, from the written tables of the plan."""
    lanes = chain.network["lanes"].select("lane", pl.col("to").alias("place"), "item")
    shipped = plan.table("ship").join(lanes, on="lane")
    return shipped.group_by(KEYS).agg(pl.col("value").sum())


def test_what_lanes_bring_counts_as_moved_and_what_has_no_row_does_not(chain: Chain, plan: Plan) -> None:
    moved = node_flows(plan)
    assert moved.height == moved.select(KEYS).n_unique()
    brought = arrivals(chain, plan).filter(pl.col("value") > 1e-6)
    both = brought.join(moved, on=KEYS, how="left", suffix="_moved")
    assert both["value_moved"].null_count() == 0
    assert bool((both["value_moved"] >= both["value"] * (1 - 1e-9)).all())
    # All that is made, taken, moved and bought, counted from the tables of the plan and of the network.
    recipes = chain.network["recipes"].filter(pl.col("period").is_null()).select("process", "item", "amount")
    copper = recipes.filter(pl.col("item") == "copper_cathode")
    made = (
        plan.table("make").join(chain.network["modes"].select("mode", "process"), on="mode").join(copper, on="process")
    )
    ship = plan.table("ship").join(chain.network["lanes"].select("lane", "item"), on="lane")
    bought = plan.table("buy").join(chain.network["supplies"].select("supply", "item").unique(), on="supply")
    total = (
        float((made["value"] * made["amount"].abs()).sum())
        + 2 * float(ship.filter(pl.col("item") == "copper_cathode")["value"].sum())
        + float(bought.filter(pl.col("item") == "copper_cathode")["value"].sum())
    )
    assert float(moved.filter(pl.col("item") == "copper_cathode")["value"].sum()) == pytest.approx(total, rel=1e-6)


def test_a_year_in_which_nothing_moves_has_the_price_of_the_nearest_that_counts() -> None:
    counts = np.array([False, True, False, False, True, False])
    assert nearest(counts).tolist() == [1, 1, 1, 4, 4, 4]
    assert nearest(np.array([True])).tolist() == [0]


def test_what_an_input_costs_is_never_the_dual_of_an_idle_row(chain: Chain, plan: Plan, market: Market) -> None:
    """Copper at a place that the plan does not use costs what copper costs at some place where it moves, and freight."""
    prices = node_prices(plan).filter(pl.col("item") == "copper_cathode")
    moved = node_flows(plan).filter((pl.col("item") == "copper_cathode") & (pl.col("value") > 1e-6))
    said = prices.join(moved.select(KEYS), on=KEYS)
    found = market.cost("copper_cathode", "ca-qc-saint-jerome")
    assert found.path.min() >= said["value"].min()
    places = [one for one in said["place"].unique() if market.country[one] == "CA"]
    assert found.path.max() <= said["value"].max() + min(
        market.freight("copper_cathode", one, "ca-qc-saint-jerome") for one in places
    )
    # Its outside price bounds what any buyer pays for one tonne, before freight and duty.
    assert 0 < found.path.min() < chain.network["supplies"].filter(pl.col("item") == "copper_cathode")["price"].max()


@pytest.mark.parametrize("costs", [(40.0, 25.0), (25.0, 40.0)])
def test_what_getting_rid_of_a_by_product_costs_rests_on_the_facts_of_the_dearest_place(
    costs: tuple[float, float],
) -> None:
    table = pl.DataFrame({"item": ["acid"] * 2, "place": ["a", "b"], "cost": costs, "facts": ["items:1", "items:2"]})
    market = object.__new__(Market)
    market.chain = SimpleNamespace(network={"disposals": table})  # type: ignore[assignment]
    out = market.way_out("acid")
    assert out == WayOut(("a", "b"), 40.0, f"items:{costs.index(40.0) + 1}")
