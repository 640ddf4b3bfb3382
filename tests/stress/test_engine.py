"""Scenarios on one solver against each scenario's own network planned from scratch."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bongsu.chain.change import Change, Scenario, apply
from bongsu.chain.network import Network
from bongsu.plan import Plan, compile_network
from bongsu.plan.patch import patch
from bongsu.stress.bounds import Duals, Sums
from bongsu.stress.engine import Engine
from bongsu.stress.ensemble import Ensemble
from bongsu.stress.recourse import reduce
from tests.plan.networks import random_network
from tests.plan.small import two_stage


def happenings(r: Random, net: Network, limits_alone: bool = False) -> list[Change]:
    kinds = [("availability", "share", "plants"), ("supplies", "quantity", "supplies"), ("lanes", "capacity", "lanes")]
    if not limits_alone:
        kinds += [("modes", "cost", "modes"), ("supplies", "price", "supplies"), ("lanes", "cost", "lanes")]
    found = []
    for _ in range(r.randint(1, 3)):
        table, column, names = r.choice(kinds)
        if net[names].is_empty():
            continue
        of = r.choice(net[names][net[names].columns[0]].to_list())
        value = r.choice([0.0, 1.5, 5.0]) if column in ("quantity", "capacity") else None
        found.append(Change(table, of, column, None, r.choice([0.0, 0.5, 2.0]) if "cost" in column else 0.5, value))
    return found


def planned(net: Network) -> Plan:
    return Plan.of(net)


def with_builds_of(plan: Plan, net: Network) -> float:
    """Cost of the changed network with the builds of a plan held, from a model of its own and by another method."""
    model = compile_network(net, like=plan.model)
    fixed = reduce(model, plan.values / model.column_scale)
    return Engine(fixed).solve_cold(no_change(), "ipx").cost * model.money


def no_change():
    from bongsu.stress.recourse import Delta

    return Delta()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1))
def test_every_scenario_costs_what_its_own_network_costs_with_the_same_builds(number: int) -> None:
    net = random_network(number, whole=False, hard=False)
    plan = planned(net)
    if plan.status != "optimal":
        return
    r = Random(number)
    scenarios = [Scenario(f"s{k}", tuple(happenings(r, net))) for k in range(6)]
    ensemble = Ensemble.of(plan, scenarios, pool=2)
    for outcome, scenario in zip(ensemble.outcomes(), scenarios, strict=True):
        wanted = with_builds_of(plan, apply(net, scenario.changes))
        assert outcome.status == "optimal"
        assert np.isclose(outcome.cost, wanted, rtol=1e-7, atol=1e-5), scenario


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1))
def test_with_builds_free_a_scenario_costs_what_its_network_costs(number: int) -> None:
    net = random_network(number, whole=False, hard=False)
    plan = planned(net)
    if plan.status != "optimal":
        return
    scenario = Scenario("s", tuple(happenings(Random(number), net)))
    (outcome,) = Ensemble.of(plan, [scenario], replan=True).outcomes()
    assert np.isclose(outcome.cost, planned(apply(net, scenario.changes)).objective, rtol=1e-6, atol=1e-5)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1))
def test_bounds_hold_for_every_set_of_events(number: int) -> None:
    net = random_network(number, whole=False, hard=False)
    plan = planned(net)
    if plan.status != "optimal":
        return
    r = Random(number)
    recourse = reduce(plan.model, plan.values / plan.model.column_scale)
    engine = Engine(recourse)
    events = [happenings(r, net, limits_alone=True) for _ in range(3)]
    deltas = [recourse.delta(patch(plan.model, changes)) for changes in events]
    points = [engine.solve(delta) for delta in deltas]
    sums = Sums(recourse, engine.base, points, deltas)
    duals = Duals(recourse, [engine.base, *points])
    for members in ([0, 1], [0, 2], [1, 2], [0, 1, 2], [0]):
        together = recourse.delta(patch(plan.model, [change for e in members for change in events[e]]))
        true = engine.solve(together).cost
        slack = 1e-6 * (1 + abs(true))
        lower, upper = sums.bounds(members, together)
        assert lower <= true + slack
        assert upper >= true - slack
        assert duals.lower([together])[0][0] <= true + slack


def test_sums_of_events_that_never_meet_are_exact() -> None:
    net = two_stage(stocks=[])  # without a yard the periods have nothing to do with one another
    plan = planned(net)
    recourse = reduce(plan.model, plan.values / plan.model.column_scale)
    engine = Engine(recourse)
    events = [
        [Change("availability", "works", "share", "2026", 0.5)],
        [Change("supplies", "mine", "price", factor=1.0), Change("availability", "works", "share", "2030", 0.2)],
    ]
    deltas = [recourse.delta(patch(plan.model, changes)) for changes in events]
    sums = Sums(recourse, engine.base, [engine.solve(delta) for delta in deltas], deltas)
    both = recourse.delta(patch(plan.model, [*events[0], *events[1]]))
    lower, upper = sums.bounds([0, 1], both)
    true = engine.solve(both).cost
    assert upper > engine.base.cost
    assert np.allclose([lower, upper], true, rtol=1e-9)


def test_order_and_company_change_no_bit() -> None:
    net = random_network(3, whole=False, hard=False)
    plan = planned(net)
    r = Random(3)
    scenarios = [Scenario(f"s{k}", tuple(happenings(r, net))) for k in range(12)]
    ensemble = Ensemble.of(plan, scenarios, pool=3)
    forward = {o.name: o for o in ensemble.outcomes()}
    backward = {o.name: o for o in ensemble.outcomes(list(reversed(range(12))))}
    for name, one in forward.items():
        other = backward[name]
        assert one.point is not None
        assert other.point is not None
        assert one.cost == other.cost
        assert np.array_equal(one.point.values, other.point.values)
        assert np.array_equal(one.point.duals, other.point.duals)


def test_a_scenario_that_leaves_the_plan_optimal_is_skipped_and_right() -> None:
    net = two_stage()
    plan = planned(net)
    wider = Scenario(
        "wider", (Change("stocks", "yard", "capacity", value=30.0), Change("supplies", "mine", "quantity", value=1e6))
    )
    (outcome,) = Ensemble.of(plan, [wider], pool=0).outcomes()
    assert outcome.point is not None
    assert outcome.point.how == "skipped"
    assert np.isclose(outcome.cost, plan.objective)


def test_what_is_hard_is_missed_by_name() -> None:
    net = two_stage(
        demands=[{"demand": "cars", "place": "c", "item": "cell", "quantity": 40.0}],
        plants=[{"plant": "works", "place": "b"}],
        options=[],
    )
    plan = planned(net)
    stop = Scenario("stop", (Change("availability", "works", "share", "2027", 0.5),))
    ensemble = Ensemble.of(plan, [stop])
    outcomes = list(ensemble.outcomes())
    assert outcomes[0].status == "short"
    tables = ensemble.tables(outcomes)
    # 25 of 40 can be made a year for three years, and the yard keeps 10 of the year before.
    short = tables["unserved"].filter(period="2027")["quantity"].sum()
    assert short == pytest.approx(15 - 10 / 3, rel=1e-6)
    assert tables["missed"]["what"].to_list() == ["short[cars,2027]"]
