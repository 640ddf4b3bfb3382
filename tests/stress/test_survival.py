"""Time to survive and time to recover, against published and hand-worked values, and against the programmes as published."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, sparse

from bongsu.plan import Plan
from bongsu.stress.supply_chain import DAYS, Loss, SupplyChain
from bongsu.stress.survival import Programmes

from .chains import flexible_plants, random_chain, two_tiers


def time_of(chain: SupplyChain, name: str, high: bool = False) -> float:
    loss = next(loss for loss in chain.losses if loss.name == name)
    return Programmes(chain, high).survive([loss])[0].time


def test_published_values_of_the_course_case() -> None:
    chain = SupplyChain.of(flexible_plants())
    engine, plants = Programmes(chain), chain.select("plant")
    assert engine.without_loss().time == np.inf
    assert [round(one.time, 3) for one in engine.survive(plants)] == [2.25, 1.286, 0.9]
    found = engine.recover(plants, [2.0] * 3)
    assert [one.cost for one in found] == pytest.approx([0.0, 125_000.0, 275_000.0])
    assert [one.lost.sum() for one in found] == pytest.approx([0.0, 25.0, 55.0])


def test_two_tiers_on_paper() -> None:
    chain = SupplyChain.of(two_tiers())
    # Without a1: 2 (50 t - 20) of a are needed, 60 t + 30 are there.
    assert time_of(chain, "a1") == pytest.approx(70 / 40)
    # Without a2, and with 30 of a in stock there: 100 t of a suffice for 50 t products.
    assert time_of(chain, "a2") == np.inf
    # Without the works only the 20 in the shop are left.
    assert time_of(chain, "works") == pytest.approx(20 / 50)
    assert time_of(chain, "out") == pytest.approx(20 / 50)
    assert time_of(chain, "b1") == np.inf
    assert time_of(chain, "b-abroad") == np.inf
    # Korea is a1; Canada is a2 and b1; the United States hold the works.
    assert time_of(chain, "KR") == pytest.approx(70 / 40)
    assert time_of(chain, "CA") == np.inf
    assert time_of(chain, "US") == pytest.approx(20 / 50)


def test_what_a_loss_costs_on_paper() -> None:
    chain = SupplyChain.of(two_tiers())
    losses = [loss for loss in chain.losses if loss.name in ("a1", "works") and loss.kind == "plant"]
    found = Programmes(chain).recover(losses, [3.0, 0.5])
    # In three years without a1 the works make (180 + 30) / 2 = 105 and the shop has 20, of 150 wanted.
    assert found[0].lost == pytest.approx([25.0])
    assert found[0].cost == pytest.approx(25.0 * 9.0)
    assert found[1].lost == pytest.approx([5.0])


def test_a_node_that_leads_nowhere_can_be_lost_for_ever() -> None:
    chain = SupplyChain.of(two_tiers())
    engine = Programmes(chain)
    loss = [loss for loss in chain.select("plant") if loss.name == "island"]
    assert engine.survive(loss)[0].time == np.inf
    assert engine.solved == 1, "only the chain without a loss is solved"


def test_no_stock_and_no_other_source_is_no_time_at_all() -> None:
    chain = SupplyChain.of(two_tiers(stocks=[]))
    engine = Programmes(chain)
    works = [loss for loss in chain.select("plant") if loss.name == "works"]
    assert engine.survive(works)[0].time == 0.0
    assert engine.survive(works)[0].first == "buyers"


def test_demand_beyond_the_chain_runs_short_without_any_loss() -> None:
    wanted = [{"demand": "buyers", "place": "market", "item": "product", "quantity": 90.0, "penalty": 9.0}]
    engine = Programmes(SupplyChain.of(two_tiers(demands=wanted)))
    # 60 a year can be made, 20 are in stock.
    assert engine.without_loss().time == pytest.approx(20 / 30)


def test_an_event_may_take_a_part_and_says_when_it_is_over() -> None:
    network = two_tiers(
        events=[{"event": "flood", "recovery": 2.0}, {"event": "strike", "recovery": 0.25, "facts": "links:3"}],
        event_changes=[
            {"event": "flood", "table": "availability", "of": "a1", "column": "share", "factor": 0.25},
            {"event": "flood", "table": "supplies", "of": "b-abroad", "column": "quantity", "value": 0.0},
            {"event": "strike", "table": "availability", "of": "works", "column": "share", "value": 0.0},
        ],
    )
    chain = SupplyChain.of(network)
    flood, strike = chain.select("event")
    # 25 + 60 of a a year, and 30 in stock: 2 (50 t - 20) = 85 t + 30.
    assert Programmes(chain).survive([flood])[0].time == pytest.approx(70 / 15)
    assert (flood.recovery, strike.recovery) == (2.0, 0.25)
    works = next(loss for loss in chain.select("plant") if loss.name == "works")
    assert (works.recovery, works.source) == (0.25, "links:3"), "the event that stops the plant says when it is back"
    assert next(loss for loss in chain.select("plant") if loss.name == "a1").recovery is None


def test_unknown_stock_is_a_range() -> None:
    stocks = [{"stock": "shop", "place": "market", "item": "product", "initial": 10.0, "initial_high": 40.0}]
    chain = SupplyChain.of(two_tiers(stocks=stocks))
    assert time_of(chain, "works") == pytest.approx(10 / 50)
    assert time_of(chain, "works", high=True) == pytest.approx(40 / 50)


def test_with_a_plan_offers_of_unknown_size_are_a_range_and_goods_on_the_way_count() -> None:
    lanes = [
        {"lane": "a1", "from": "a1", "to": "works", "item": "a", "days": 73.0},
        {"lane": "a2", "from": "a2", "to": "works", "item": "a", "cost": 5.0, "days": 10.0},
        {"lane": "b1", "from": "b1", "to": "works", "item": "b"},
        {"lane": "out", "from": "works", "to": "market", "item": "product"},
    ]
    modes = [
        {"mode": name, "plant": name, "process": process, "cost": 1.0}
        for name, process in (("a1", "a"), ("a2", "a"), ("b1", "b"), ("works", "make"))
    ]
    network = two_tiers(stocks=[], lanes=lanes, modes=modes)
    plan = Plan.of(network)
    chain = SupplyChain.of(network, plan=plan)
    # The plan buys all of b abroad and brings all of a, 100 a year, from a1: 100 * 73 / 365 = 20 of a are on the way.
    assert chain.stock_low.sum() == pytest.approx(100 * 73 / DAYS)
    assert time_of(chain, "a1") == pytest.approx(20 / (100 - 60))
    assert time_of(chain, "b-abroad") == np.inf, "b1 can make it all"
    bought = chain.activities.index("b-abroad")
    assert (chain.limit[bought], chain.limit_high[bought]) == (pytest.approx(50.0), np.inf)


def test_with_a_plan_what_it_builds_is_there() -> None:
    network = two_tiers(
        stocks=[],
        options=[{"option": "more", "plant": "a2", "annual_cost": 1.0, "max_size": 100.0}],
        capacity=[
            {"plant": name, "capacity": size}
            for name, size in (("a1", 30.0), ("a2", 60.0), ("b1", 80.0), ("works", 60.0))
        ],
    )
    assert Programmes(SupplyChain.of(network)).without_loss().time == 0.0
    plan = Plan.of(network)
    chain = SupplyChain.of(network, plan=plan)
    assert Programmes(chain).without_loss().time == np.inf
    assert chain.capacity[chain.nodes.index("a2")] == pytest.approx(70.0)


def test_an_unknown_period_is_refused() -> None:
    with pytest.raises(KeyError, match="no period '2031'"):
        SupplyChain.of(two_tiers(), "2031")


def test_a_recovery_takes_time() -> None:
    chain = SupplyChain.of(two_tiers())
    with pytest.raises(ValueError, match="above zero"):
        Programmes(chain).recover(chain.select("plant")[:1], [0.0])


# The programmes as published, solved by another interface ------------------------------------------------------------------


def published(chain: SupplyChain, loss: Loss, high: bool, time: float | None) -> float:
    """Time to survive (``time`` None) or cost until a time: quantities over the whole time, t a variable or given."""
    points, activities = chain.matrix.shape
    demands = len(chain.demands)
    stock, limit = (chain.stock_high, chain.limit_high) if high else (chain.stock_low, chain.limit)
    limit, capacity = limit.copy(), chain.capacity.copy()
    limit[loss.activities], capacity[loss.nodes] = loss.limit, loss.capacity
    wanted = sparse.csr_array((np.ones(demands), (chain.wanted, np.arange(demands))), shape=(points, demands))
    need = (wanted @ chain.demand)[:, None]
    kept, held = np.flatnonzero(np.isfinite(limit)), np.flatnonzero(np.isfinite(capacity))
    each = sparse.csr_array((np.ones(kept.size), (np.arange(kept.size), kept)), shape=(kept.size, activities))
    if time is None:
        rows = sparse.block_array(
            [[-chain.matrix, need], [each, -limit[kept][:, None]], [chain.use[held], -capacity[held][:, None]]]
        )
        right = np.concatenate([stock, np.zeros(kept.size + held.size)])
        cost = np.append(np.zeros(activities), -1.0)
        # Presolve of an unbounded programme may call it infeasible, though doing nothing for no time is a solution.
        answer = optimize.linprog(cost, rows, right, bounds=(0, None), options={"presolve": False})
        if answer.status == 3:
            return np.inf
        assert answer.status == 0
        return -answer.fun
    rows = sparse.block_array([[-chain.matrix, -wanted], [chain.use[held], None]])
    right = np.concatenate([stock - need[:, 0] * time, capacity[held] * time])
    bounds = [(0, most * time) for most in limit] + [(0, most * time) for most in chain.demand]
    answer = optimize.linprog(np.append(np.zeros(activities), chain.margin), rows, right, bounds=bounds)
    assert answer.status == 0
    return answer.fun


@given(st.integers(0, 2**32 - 1), st.booleans())
@settings(max_examples=25, deadline=None)
def test_both_programmes_agree_with_the_published_form(number: int, high: bool) -> None:
    chain = SupplyChain.of(random_chain(number))
    losses = chain.select("plant", "supply", "country")
    engine = Programmes(chain, high)
    times = [0.3 + 0.4 * (at % 5) for at in range(len(losses))]
    survived, recovered = engine.survive(losses), engine.recover(losses, times)
    for loss, alive, lost, time in zip(losses, survived, recovered, times, strict=True):
        assert alive.time == pytest.approx(published(chain, loss, high, None), rel=1e-6, abs=1e-9)
        assert lost.cost == pytest.approx(published(chain, loss, high, time), rel=1e-6, abs=1e-6)
        # Surviving until the recovery is losing nothing until then.
        if alive.time > time * (1 + 1e-6):
            assert lost.cost == pytest.approx(0.0, abs=1e-5)
        if alive.time < time * (1 - 1e-6):
            assert lost.cost > 0
        assert lost.lost @ chain.margin == pytest.approx(lost.cost, rel=1e-6, abs=1e-6)


@given(st.integers(0, 2**32 - 1), st.randoms(use_true_random=False))
@settings(max_examples=20, deadline=None)
def test_answers_do_not_depend_on_what_was_asked_before(number: int, r: object) -> None:
    chain = SupplyChain.of(random_chain(number))
    losses = list(chain.losses)
    before = [one.time for one in Programmes(chain).survive(losses)]
    order = list(range(len(losses)))
    r.shuffle(order)  # type: ignore[attr-defined]
    again = Programmes(chain).survive([losses[at] for at in order])
    assert [one.time for one in again] == [before[at] for at in order]


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_more_stock_never_shortens_survival(number: int, seed: int) -> None:
    chain = SupplyChain.of(random_chain(number))
    more = np.random.default_rng(seed).choice([0.0, 0.0, 1.0, 20.0], chain.stock_low.size)
    richer = replace(chain, stock_low=chain.stock_low + more)
    for before, after in zip(
        Programmes(chain).survive(chain.losses), Programmes(richer).survive(chain.losses), strict=True
    ):
        assert after.time >= before.time * (1 - 1e-9)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_survival_is_at_least_the_stock_cover_of_the_scarcest_demand(number: int) -> None:
    chain = SupplyChain.of(random_chain(number))
    cover = (chain.stock_low[chain.wanted] / chain.demand).min()
    assert all(one.time >= cover * (1 - 1e-9) for one in Programmes(chain).survive(chain.losses))


def test_an_event_takes_the_same_part_of_an_offer_at_both_ends() -> None:
    supplies = [{"supply": "b-abroad", "place": "works", "item": "b", "quantity": 60.0, "quantity_low": 30.0}]
    network = two_tiers(
        supplies=supplies,
        capacity=[{"plant": name, "capacity": size} for name, size in (("a1", 100.0), ("a2", 60.0), ("works", 60.0))],
        events=[{"event": "half"}],
        event_changes=[{"event": "half", "table": "supplies", "of": "b-abroad", "column": "quantity", "factor": 0.5}],
    )
    chain = SupplyChain.of(network)
    # b1 makes nothing here: 15 or 30 of b a year, 20 products in the shop, 50 wanted.
    assert time_of(chain, "half") == pytest.approx(20 / 35)
    assert time_of(chain, "half", high=True) == pytest.approx(20 / 20)
