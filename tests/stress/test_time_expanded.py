"""Survival period by period: against the static form where both must agree, and against what can be counted on paper."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bongsu.chain.change import BadChange, Change, events
from bongsu.chain.network import Network, Settings
from bongsu.plan import Plan
from bongsu.stress.months import monthly
from bongsu.stress.supply_chain import SupplyChain
from bongsu.stress.survival import Programmes
from bongsu.stress.time_expanded import OverTime, Stoppage, happening, losing

from .chains import random_chain, two_tiers


def in_months(network: Network, months: int) -> Network:
    """The same chain in months."""
    periods = [{"period": f"m{m:02}", "years": 1 / 12} for m in range(months)]
    kept = {name: table for name, table in network.tables.items() if table.height and name != "periods"}
    return Network.of(network.settings, periods=periods, **kept)


def months(**changes: list[dict[str, Any]]) -> Network:
    return in_months(two_tiers(**changes), 24)


def time_of(network: Network, kind: Any, name: str, high: bool = False) -> float:
    return OverTime(network, high).survive([losing(network, kind, name)])[0].time


def test_without_delays_the_two_forms_agree_on_paper() -> None:
    assert time_of(months(), "plant", "works") == pytest.approx(20 / 50)
    assert time_of(months(), "plant", "a1") == pytest.approx(70 / 40)
    assert time_of(months(), "country", "KR") == pytest.approx(70 / 40)
    assert time_of(months(), "supply", "b-abroad") == np.inf
    assert OverTime(months()).without_loss().time == np.inf


@given(st.integers(0, 2**32 - 1), st.booleans())
@settings(max_examples=25, deadline=None)
def test_without_delays_the_two_forms_agree_on_any_chain(number: int, high: bool) -> None:
    network = random_chain(number)
    chain = SupplyChain.of(network)
    losses = chain.select("plant", "supply", "country")
    static = Programmes(chain, high).survive(losses)
    over = OverTime(in_months(network, 9), high)
    timed = over.survive([losing(network, loss.kind, loss.name) for loss in losses])
    for one, other in zip(static, timed, strict=True):
        expected = one.time if one.time < over.horizon else np.inf
        # The last period is whole where the static time ends on the horizon.
        if abs(one.time - over.horizon) > 1e-5:
            assert other.time == pytest.approx(expected, rel=1e-5, abs=1e-6)


def test_what_is_two_months_away_cannot_step_in_before() -> None:
    lanes = [
        {"lane": "a1", "from": "a1", "to": "works", "item": "a", "delay": 1.0},
        {"lane": "a2", "from": "a2", "to": "works", "item": "a", "delay": 2.5},
        {"lane": "b1", "from": "b1", "to": "works", "item": "b"},
        {"lane": "out", "from": "works", "to": "market", "item": "product"},
    ]
    capacity = [
        {"plant": name, "capacity": size}
        for name, size in (("a1", 120.0), ("a2", 120.0), ("b1", 80.0), ("works", 60.0))
    ]
    on_the_way = [
        {"supply": "b-abroad", "place": "works", "item": "b"},
        {"supply": "in-transit:a@works", "place": "works", "item": "a", "period": "m00", "quantity": 100.0},
    ]
    network = months(lanes=lanes, capacity=capacity, supplies=on_the_way, stocks=[])
    over = OverTime(network)
    assert over.without_loss().time == np.inf
    # Only what is on the way is there in the first month; from a2 half of what leaves in the first month arrives in the third, so
    # the second month has nothing.
    assert over.survive([losing(network, "plant", "a1")])[0].time == pytest.approx(1 / 12)
    # The static form does not see the distance.
    static = Programmes(SupplyChain.of(network))
    assert static.survive([loss for loss in static.chain.select("plant") if loss.name == "a1"])[0].time == np.inf
    # With 50 / 12 products in stock the second month is served, and a third of the third lasts on what has come from a2: it brings
    # 120 / 2 of the 100 a year that are needed, and the works have nothing else.
    stocks = [{"stock": "shop", "place": "market", "item": "product", "initial": 50 / 12}]
    stocked = months(lanes=lanes, capacity=capacity, supplies=on_the_way, stocks=stocks)
    found = OverTime(stocked).survive([losing(stocked, "plant", "a1")])[0]
    assert found.time == pytest.approx((2 + 0.6) / 12)
    assert found.first == "buyers"


def test_a_licence_that_takes_three_months_costs_what_stocks_do_not_bridge() -> None:
    """Deliveries of the one source stop for three months and a half; a month of stock is there."""
    stocks = [
        {"stock": "yard", "place": "works", "item": "a", "initial": 100 / 12},
        {"stock": "shop", "place": "market", "item": "product"},
    ]
    capacity = [{"plant": name, "capacity": size} for name, size in (("a1", 120.0), ("b1", 80.0), ("works", 60.0))]
    base = two_tiers(
        stocks=stocks,
        capacity=capacity,
        events=[{"event": "licence", "recovery": 3.5 / 12}],
        event_changes=[{"event": "licence", "table": "availability", "of": "a1", "column": "share", "value": 0.0}],
    )
    network = in_months(base, 12)
    licence = happening(events(network)["licence"])
    over = OverTime(network)
    assert over.survive([licence])[0].time == pytest.approx(1 / 12)
    found = over.recover([licence])[0]
    # Two and a half months are lost, less what a1 makes above the need in the rest of the fourth: half of (120 - 100) / 12 of a.
    assert found.lost == pytest.approx([2.5 * 50 / 12 - 0.5 * 20 / 12 / 2])
    assert found.cost == pytest.approx(9.0 * found.lost[0])


def test_a_lane_without_a_limit_stays_closed_to_the_end_of_the_month() -> None:
    network = months(stocks=[])
    over = OverTime(network)
    whole, half = (over.recover([losing(network, "lane", "out", months_ / 12)])[0] for months_ in (1.0, 0.5))
    assert whole.lost == pytest.approx([50 / 12])
    assert half.lost == pytest.approx(whole.lost)


def test_nothing_that_is_not_used_is_solved() -> None:
    network = months()
    over = OverTime(network)
    assert over.survive([losing(network, "plant", "island")])[0].time == np.inf
    assert over.solved == 1


def test_answers_do_not_depend_on_what_was_asked_before() -> None:
    network = months()
    names = ["a1", "a2", "b1", "works"]
    asked = [losing(network, "plant", name) for name in names]
    forth = [one.time for one in OverTime(network).survive(asked)]
    back = [one.time for one in OverTime(network).survive(asked[::-1])][::-1]
    over = OverTime(network)
    over.recover([losing(network, "plant", "works", 0.4)])
    again = [one.time for one in over.survive(asked)]
    assert forth == pytest.approx(back, rel=1e-9)
    assert forth == pytest.approx(again, rel=1e-9)


def test_what_cannot_be_lost_or_measured_is_refused() -> None:
    network = months()
    with pytest.raises(KeyError, match="no plant 'mars'"):
        losing(network, "plant", "mars")
    with pytest.raises(ValueError, match="time to recover"):
        OverTime(network).recover([losing(network, "plant", "a1")])
    surge = Stoppage("surge", "event", (Change("demands", "buyers", "quantity", factor=2.0),))
    with pytest.raises(BadChange, match="measured by demand"):
        OverTime(network).survive([surge])


# Corridors -----------------------------------------------------------------------------------------------------------------


def strait(fixed: float = 0.0, capacity: float | None = 40.0, **changes: list[dict[str, Any]]) -> Network:
    """100 a year wanted where 100 can be had at 5, and any amount at 1 behind a strait; 30 in stock."""
    tables: dict[str, list[dict[str, Any]]] = {
        "periods": [{"period": "1", "year": 2027}],
        "items": [{"item": "ore"}],
        "places": [{"place": "abroad"}, {"place": "home"}],
        "lanes": [{"lane": "sea", "from": "abroad", "to": "home", "item": "ore", "cost": 1.0}],
        "supplies": [
            {"supply": "far", "place": "abroad", "item": "ore", "price": 1.0},
            {"supply": "near", "place": "home", "item": "ore", "price": 5.0, "quantity": 100.0},
        ],
        "demands": [{"demand": "works", "place": "home", "item": "ore", "quantity": 100.0, "penalty": 50.0}],
        "stocks": [{"stock": "yard", "place": "home", "item": "ore", "initial": 30.0}],
        "corridors": [{"corridor": "strait", "capacity": capacity, "fixed_cost": fixed}],
        "corridor_lanes": [{"corridor": "strait", "lane": "sea"}],
    }
    return Network.of(Settings(discount_rate=0.0), **(tables | changes))


@pytest.mark.parametrize("fixed", [0.0, 5.0])
def test_a_corridor_carries_no_more_where_it_costs_something_to_open(fixed: float) -> None:
    """Without what is near 40 a year pass, and the 30 in stock make up for half a year of the other 60."""
    assert time_of(in_months(strait(fixed), 24), "supply", "near") == pytest.approx(0.5)
    chain = SupplyChain.of(strait(fixed))
    near = [loss for loss in chain.select("supply") if loss.name == "near"]
    assert Programmes(chain).survive(near)[0].time == pytest.approx(0.5)


@pytest.mark.parametrize(("fixed", "left"), [(5.0, 40.0), (1000.0, 0.0)])
def test_a_corridor_that_the_plan_does_not_open_is_closed(fixed: float, left: float) -> None:
    """120 saved by 40 of the cheap ore for a fixed cost of 5, or of 1,000."""
    # The yard has to be full again, so that the plan lives on what comes in.
    net = strait(fixed, stocks=[{"stock": "yard", "place": "home", "item": "ore", "initial": 30.0, "final": 30.0}])
    plan = Plan.of(net)
    expected = 30.0 / (100.0 - left)
    chain = SupplyChain.of(net, plan=plan)
    near = [loss for loss in chain.select("supply") if loss.name == "near"]
    assert Programmes(chain, high=True).survive(near)[0].time == pytest.approx(expected)
    over = OverTime(monthly(plan, dt.date(2027, 1, 1), 12), high=True)
    assert over.survive([losing(over.network, "supply", "near")])[0].time == pytest.approx(expected)


def test_an_event_narrows_a_corridor_that_had_no_limit() -> None:
    """Of 60 a year that pass while what is near is lost, 20 do: the stock lasts 30 / 80 years."""
    happens = [
        {"event": "storm", "table": "corridors", "of": "strait", "column": "capacity", "value": 20.0},
        {"event": "storm", "table": "supplies", "of": "near", "column": "quantity", "factor": 0.0},
    ]
    net = strait(capacity=None, events=[{"event": "storm"}], event_changes=happens)
    chain = SupplyChain.of(net)
    assert Programmes(chain).survive(chain.select("event"))[0].time == pytest.approx(30 / 80)
    with pytest.raises(BadChange, match="storm: it limits what has no limit otherwise; give that a capacity"):
        OverTime(in_months(net, 12)).survive([happening(events(net)["storm"])])
