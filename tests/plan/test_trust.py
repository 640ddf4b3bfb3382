"""What a plan may be trusted for: sides of a price, stopped solves, our own check, and shares without hard demand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from bongsu.chain import Network
from bongsu.plan import Options, Plan, Prices
from bongsu.plan import plan as plan_module
from bongsu.plan.verify import Errors


def one_place(**tables: Any) -> Network:
    return Network.of(periods=[{"period": "1"}], items=[{"item": "cell"}], places=[{"place": "b"}], **tables)


def test_one_unit_less_costs_the_dear_offer_and_one_more_saves_the_cheap_one() -> None:
    plan = Plan.of(
        one_place(
            supplies=[
                {"supply": "cheap", "place": "b", "item": "cell", "price": 3.0, "quantity": 10.0},
                {"supply": "dear", "place": "b", "item": "cell", "price": 7.0},
            ],
            demands=[{"demand": "d", "place": "b", "item": "cell", "quantity": 10.0, "penalty": 100.0}],
        )
    )
    prices = Prices(plan)
    price = prices.of_row(prices.row("balance", 0, 0))
    assert (price.less, price.more) == (pytest.approx(7.0), pytest.approx(3.0))
    assert price.degenerate


def test_losing_the_last_unit_of_capacity_behind_hard_demand_has_no_end() -> None:
    plan = Plan.of(
        one_place(
            plants=[{"plant": "p", "place": "b"}],
            capacity=[{"plant": "p", "capacity": 10.0}],
            modes=[{"mode": "m", "plant": "p", "process": "make", "cost": 2.0}],
            recipes=[{"process": "make", "item": "cell", "amount": 1.0}],
            demands=[{"demand": "d", "place": "b", "item": "cell", "quantity": 10.0}],
        )
    )
    prices = Prices(plan)
    price = prices.of_row(prices.row("capacity", 0, 0))
    assert price.less == math.inf
    assert price.more == pytest.approx(0.0)
    assert price.degenerate


def facility_location(sites: int, customers: int) -> Network:
    random = np.random.default_rng(7)
    a, b = random.uniform(0, 100, (sites, 2)), random.uniform(0, 100, (customers, 2))
    return Network.of(
        periods=[{"period": "1"}],
        items=[{"item": "cell"}],
        places=[{"place": f"s{i}"} for i in range(sites)] + [{"place": f"c{j}"} for j in range(customers)],
        plants=[{"plant": f"s{i}", "place": f"s{i}"} for i in range(sites)],
        modes=[{"mode": f"s{i}", "plant": f"s{i}", "process": "make"} for i in range(sites)],
        recipes=[{"process": "make", "item": "cell", "amount": 1.0}],
        options=[
            {"option": f"s{i}", "plant": f"s{i}", "fixed_cost": 900.0, "max_size": 70.0, "integer": "yes"}
            for i in range(sites)
        ],
        lanes=[
            {
                "lane": f"{i}-{j}",
                "from": f"s{i}",
                "to": f"c{j}",
                "item": "cell",
                "cost": float(np.hypot(*(a[i] - b[j]))),
            }
            for i in range(sites)
            for j in range(customers)
        ],
        demands=[
            {"demand": f"c{j}", "place": f"c{j}", "item": "cell", "quantity": float(random.integers(5, 15))}
            for j in range(customers)
        ],
    )


def test_a_solve_that_is_stopped_with_a_plan_in_hand_still_prices_it() -> None:
    stop = False

    def progress(phase: str, gap: float | None) -> None:
        nonlocal stop
        stop = stop or gap is not None

    plan = Plan.of(facility_location(20, 30), Options(stop=lambda: stop, progress=progress, gap=0.0))
    assert stop
    assert plan.status in ("optimal", "feasible")
    assert plan.errors is not None
    assert plan.errors.fine
    assert np.count_nonzero(plan.duals) >= 30


def test_an_answer_that_fails_our_own_check_is_not_called_a_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_module, "verify", lambda *_: Errors(1.0, 0.0, 0.0, 0.0))
    assert Plan.of(facility_location(3, 4)).status == "failed"


def test_share_of_all_demand_when_only_a_contract_is_hard() -> None:
    plan = Plan.of(
        Network.of(
            periods=[{"period": "1"}],
            items=[{"item": "cell"}],
            places=[{"place": "a"}, {"place": "b"}],
            supplies=[{"supply": "s", "place": "a", "item": "cell", "price": 1.0, "quantity": 5.0}],
            lanes=[{"lane": "ab", "from": "a", "to": "b", "item": "cell"}],
            demands=[{"demand": "d", "place": "b", "item": "cell", "quantity": 10.0, "penalty": 50.0}],
            contracts=[{"contract": "offtake", "minimum": 8.0}],
            contract_lanes=[{"contract": "offtake", "lane": "ab"}],
        )
    )
    assert plan.status == "infeasible"
    assert plan.servable_share == pytest.approx(0.5)
    assert [c.kind for c in plan.conflict] == ["contract"]
