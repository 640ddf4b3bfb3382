"""What binds and what it is worth, against the prices of the plan and against solving again."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from bongsu.answers import Why, bottlenecks, next_steps, node_prices
from bongsu.answers.value import price_of, sample_rows
from bongsu.chain import Chain
from bongsu.plan import Plan, Prices


def test_bottlenecks_are_sorted_and_worth_what_the_plan_says(chain: Chain, plan: Plan) -> None:
    found = bottlenecks(chain, plan)
    assert len(found) > 20
    assert [b.kind == "margin" for b in found] == sorted(b.kind == "margin" for b in found)
    for kinds in (("capacity", "supply"), ("margin",)):
        rents = [b.rent for b in found if b.kind in kinds]
        assert rents == sorted(rents, reverse=True)
    dual = {
        (row["plants"], row["period"]): row["dual"]
        for row in plan.row_table("capacity").rename({"plant": "plants"}).iter_rows(named=True)
    }
    offers = {(row["supply"], row["period"]): row["reduced_cost"] for row in plan.table("buy").iter_rows(named=True)}
    weight = dict(zip(map(str, chain.years), plan.model.arrays.weight.tolist(), strict=True))
    rate, start = chain.case["discount_rate"], chain.years[0]
    # Present money of a year by the formula, up to the moment within the year to which all years are discounted.
    ratios = [weight[str(year)] * (1 + rate) ** (year - start) for year in chain.years]
    assert ratios == pytest.approx([ratios[0]] * len(ratios), rel=1e-9)
    for b in found:
        assert b.value > 0
        assert b.rent == pytest.approx(b.value * b.limit)
        if b.kind in ("capacity", "margin"):
            assert b.value == pytest.approx(-dual[b.name, str(b.year)] / weight[str(b.year)], rel=1e-9)
        else:
            assert b.value == pytest.approx(-offers[b.name, str(b.year)] / weight[str(b.year)], rel=1e-9)


def test_what_has_a_price_is_used_in_full(chain: Chain, plan: Plan) -> None:
    """Complementary slackness, from the quantities: a binding plant runs at its limit."""
    a = plan.model.arrays
    used: dict[tuple[str, int], float] = {}
    make = plan.grid("make")
    plants = list(a.net["plants"]["plant"])
    for mode in range(a.modes):
        for t, year in enumerate(chain.years):
            key = plants[int(a.mode_plant[mode])], year
            used[key] = used.get(key, 0.0) + float(make[mode, t] * a.mode_use[mode])
    retired = {name for name, value in zip(plants, a.net["plants"]["retirable"], strict=True) if value == "yes"}
    checked = 0
    for b in bottlenecks(chain, plan):
        if b.kind in ("capacity", "margin") and b.name not in retired:
            assert used[b.name, b.year] == pytest.approx(b.limit, rel=1e-6), (b.name, b.year)
            checked += 1
        elif b.kind in ("capacity", "margin"):
            assert used[b.name, b.year] <= b.limit * (1 + 1e-6)
            checked += 1
    assert checked > 20


def test_a_bottleneck_holds_its_price_over_a_range(chain: Chain, plan: Plan) -> None:
    """Half the way to either end of the range the limit is worth the same, by solving again."""
    prices, checked = Prices(plan), 0
    plants = list(plan.model.arrays.net["plants"]["plant"])
    for b in bottlenecks(chain, plan)[:8]:
        price = price_of(chain, plan, b, prices)
        if price is None or price.degenerate:
            continue
        assert price.value == pytest.approx(b.value, rel=1e-9)
        assert price.up is not None
        assert price.down is not None
        row = prices.row("capacity", plants.index(b.name), chain.years.index(b.year))
        scale = float(plan.model.row_scale[row])
        for side, room in ((1.0, price.up), (-1.0, price.down)):
            step = side * min(room, b.limit) / 2 / scale
            if abs(step) > 1e-3:
                saved = -prices.resolve(row, step) / step * plan.model.money / scale
                assert saved == pytest.approx(price.present, rel=1e-4), b.name
                checked += 1
    assert checked >= 3


def test_prices_agree_with_solving_again(plan: Plan) -> None:
    rows = sample_rows(plan, 30)
    assert len(rows) == len(set(rows)) == 30
    worst, compared = Prices(plan).check(rows)
    assert compared >= 15
    assert worst < 1e-4


def test_next_steps_are_at_their_yearly_limit_and_sorted(chain: Chain, plan: Plan) -> None:
    steps = next_steps(chain, plan)
    assert steps
    gains = [s.per_hundred_million for s in steps]
    assert gains == sorted(gains, reverse=True)
    built = {(r["option"], r["period"]): r["value"] for r in plan.table("build").iter_rows(named=True)}
    largest = dict(chain.network["options"].select("option", "max_size").iter_rows())
    for step in steps:
        assert step.gain > 0
        assert built[step.option, str(step.year)] == pytest.approx(largest[step.option], rel=1e-6)
        # Both in present money: the investment of a late step is discounted like its gain.
        present = step.capex * (1 + chain.case["discount_rate"]) ** -(step.year - chain.years[0])
        first = plan.model.arrays.discount[0]
        assert step.gain / (present * first) * 1e8 == pytest.approx(step.per_hundred_million, rel=1e-9)


def test_node_prices_never_differ_by_more_than_freight(chain: Chain, plan: Plan) -> None:
    """No arbitrage: along a lane an item is worth at most its price at the start plus the lane's cost, duty and origin rules."""
    why, cost = Why(chain, plan), plan.model.arrays.lane_cost
    prices = node_prices(plan)
    value = {(p, i, t): v for p, i, t, v in prices.select("place", "item", "period", "value").iter_rows()}
    capped = chain.network["lane_periods"].filter(pl.col("capacity").is_not_null())["lane"].to_list()
    lanes = chain.network["lanes"].with_row_index("at")
    lanes = lanes.filter(pl.col("capacity").is_null() & ~pl.col("lane").is_in(capped))
    used = {(r["lane"], r["period"]) for r in plan.table("ship").iter_rows(named=True)}
    tight = 0
    for row in lanes.iter_rows(named=True):
        for t, year in enumerate(map(str, chain.years)):
            own = float(cost[row["at"], t]) + why._content("ship", row["at"], t)
            start = value.get((row["from"], row["item"], year), 0.0)
            end = value.get((row["to"], row["item"], year), 0.0)
            room = 1e-6 * max(1.0, abs(start), abs(end), abs(own))
            assert end <= start + own + room, (row["lane"], year)
            if (row["lane"], year) in used:
                assert end == pytest.approx(start + own, rel=1e-6, abs=1e-4), (row["lane"], year)
                tight += 1
    assert tight > 1000
    assert np.isfinite(prices["value"].to_numpy()).all()
