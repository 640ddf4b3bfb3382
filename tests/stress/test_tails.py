"""The tail of many draws against solving every distinct set of events."""

from __future__ import annotations

from itertools import product
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bongsu.chain.change import Change, Event, Scenario
from bongsu.plan import Plan
from bongsu.stress.ensemble import Ensemble
from bongsu.stress.tails import NotComparable, Tail, draw, tail
from tests.plan.networks import random_network
from tests.stress.test_engine import happenings


def brute(plan: Plan, events: list[Event], found: Tail) -> np.ndarray:
    scenarios = [
        Scenario(str(k), tuple(change for e in np.flatnonzero(row) for change in events[e].changes))
        for k, row in enumerate(found.draws.sets)
    ]
    return np.array([outcome.cost for outcome in Ensemble.of(plan, scenarios, pool=0).outcomes()])


def mean_of_worst(costs: np.ndarray, count: np.ndarray, share: float) -> float:
    every = np.sort(np.repeat(costs, count))[::-1]
    wanted = share * every.size
    whole = int(wanted)
    part = wanted - whole
    return float((every[:whole].sum() + (every[whole] * part if part > 1e-12 else 0.0)) / wanted)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1))
def test_bounds_hold_the_worst_is_exact_and_the_interval_holds_the_tail_mean(number: int) -> None:
    net = random_network(number, whole=False, hard=False)
    plan = Plan.of(net)
    if plan.status != "optimal":
        return
    r = Random(number)
    events = [Event(f"e{k}", tuple(happenings(r, net, limits_alone=True))) for k in range(5)]
    draws = draw([0.3, 0.2, 0.2, 0.1, 0.4], 2000, seed=number % 1000)
    found = tail(plan, events, draws, worst=0.02, width=1e-9)
    true = brute(plan, events, found)
    slack = 1e-6 * (1 + np.abs(true))
    assert (found.lower <= true + slack).all()
    assert (found.upper >= true - slack).all()
    assert np.allclose(found.lower[found.exact], true[found.exact], rtol=1e-7, atol=1e-5)
    assert found.worst >= 0.02 - 1e-9 or np.isclose(true.max(), true.min())
    wanted = mean_of_worst(true, draws.count, 0.05)
    assert found.cvar[0] <= wanted + 1e-6 * (1 + abs(wanted))
    assert found.cvar[1] >= wanted - 1e-6 * (1 + abs(wanted))


def test_draws_have_the_probabilities_asked_for() -> None:
    chance = [0.5, 0.02, 0.2]
    draws = draw(chance, 200_000, seed=1)
    assert draws.total == 200_000
    assert draws.sets.shape[0] == 8
    often = (draws.sets * draws.count[:, None]).sum(axis=0) / draws.total
    assert np.allclose(often, chance, atol=4 * np.sqrt(0.25 / 200_000))
    # Independent: every set is as likely as the product of its members.
    for row, count in zip(draws.sets, draws.count, strict=True):
        wanted = np.prod([p if yes else 1 - p for p, yes in zip(chance, row, strict=True)])
        assert abs(count / draws.total - wanted) < 5 * np.sqrt(wanted / 200_000)
    assert sorted(map(tuple, draws.sets.tolist())) == sorted(product([False, True], repeat=3))


def test_a_family_happens_together() -> None:
    draws = draw([0.2, 0.2, 0.1], 50_000, seed=2, families=["strike", "strike", None])
    assert (draws.sets[:, 0] == draws.sets[:, 1]).all()


def test_the_same_seed_draws_the_same() -> None:
    one, other = draw([0.1] * 12, 30_000, seed=7), draw([0.1] * 12, 30_000, seed=7)
    assert np.array_equal(one.sets, other.sets)
    assert np.array_equal(one.count, other.count)


def test_an_event_that_changes_costs_is_refused() -> None:
    net = random_network(3, whole=False, hard=False)
    lane = net["lanes"]["lane"][0]
    dear = Event("dear", (Change("lanes", lane, "cost", value=9.0),))
    with pytest.raises(NotComparable, match="dear changes costs"):
        tail(Plan.of(net), [dear], draw([0.5], 10, seed=1))
