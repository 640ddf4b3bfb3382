"""Branches that change the law: another network under the builds of the plan, against the same builds written into it by hand."""

from __future__ import annotations

import datetime as dt

import pytest

from bongsu.chain.change import Change, apply
from bongsu.chain.network import Network
from bongsu.plan import Plan, compile_network, solve
from bongsu.stress.answer import answer
from bongsu.stress.disruption import BadDisruption, Branch, Disruption, Ground, Hit, Rule, moved, parse, scenarios
from bongsu.stress.rule import with_builds
from tests.plan.small import replaced, two_stage


def one(rule: Rule, *hits: Hit) -> Disruption:
    return Disruption("d", (Branch("b", hits, rule=rule),))


@pytest.fixture(scope="module")
def net() -> Network:
    return two_stage(plants=[{"plant": "works", "place": "b", "fixed_cost": 1.0}])


@pytest.fixture(scope="module")
def plan(net: Network) -> Plan:
    return Plan.of(net)


def under(rule: Rule, net: Network) -> Network:
    """A law that puts a duty of 30 on each cell, and makes one plant two: a twin whose cells pay nothing but cost 20 more."""
    assert rule.without == ("treaty",)
    lanes = [row | {"cost": 32.0} if row["lane"] == "bc" else row for row in net["lanes"].to_dicts()]
    modes = [*net["modes"].to_dicts(), {"mode": "twin", "plant": "works", "process": "assemble", "cost": 25.0}]
    return replaced(net, lanes=lanes, modes=modes)


def test_builds_of_the_plan_are_held_under_the_other_law(net: Network, plan: Plan) -> None:
    found = answer(one(Rule(("treaty",))), Ground(net), plan, door=lambda rule: under(rule, net))
    (branch,) = found.branches
    # The same by hand: capacity that stands by period instead of anything that can be built.
    stands, rows = 50.0, []
    built = dict(plan.table("build").select("period", "value").iter_rows())
    for period in ("2026", "2027", "2030"):
        stands += built.get(period, 0.0)
        rows.append({"plant": "works", "period": period, "capacity": stands})
    other = under(Rule(("treaty",)), net)
    by_hand = Plan.of(replaced(other, capacity=rows, options=[])).objective
    without_law = Plan.of(replaced(net, capacity=rows, options=[])).objective
    assert built
    assert branch.more == pytest.approx(by_hand - without_law, rel=1e-8)
    assert branch.foreseen == pytest.approx(Plan.of(other).objective - plan.objective, rel=1e-8)
    assert branch.foreseen <= branch.more + 1e-6
    assert found.base_cost == pytest.approx(plan.objective)
    assert branch.exposure.idle


def test_what_stops_and_what_goes_unserved_is_named(net: Network, plan: Plan) -> None:
    def door(rule: Rule) -> Network:
        lanes = [row | {"cost": 500.0} if row["lane"] == "bc" else row for row in net["lanes"].to_dicts()]
        return replaced(net, lanes=lanes)

    branch = answer(one(Rule(("treaty",))), Ground(net), plan, door=door).branches[0]
    # Nobody who had foreseen it would have built the line.
    assert branch.foreseen < branch.more - 1.0
    assert [(s.plant, s.period, s.stopped) for s in branch.standstills] == [("works", "2026", True)]
    wanted = [row["quantity"] * years for row, years in zip(net["demands"].to_dicts(), (1, 3, 5), strict=True)]
    left = {(r["period"]): r["value"] for r in plan.table("short").iter_rows(named=True)}
    already = sum(left.get(p, 0.0) * y for p, y in (("2026", 1), ("2027", 3), ("2030", 5)))
    assert branch.unserved[0].quantity == pytest.approx(sum(wanted) - already)


def test_a_law_and_a_blow_together_are_the_blow_in_the_network_of_the_law(net: Network, plan: Plan) -> None:
    hit = Hit(facility="works", starts=dt.date(2030, 1, 1), left=0.5)
    branch = answer(one(Rule(("treaty",)), hit), Ground(net), plan, door=lambda rule: under(rule, net)).branches[0]
    both = apply(under(Rule(("treaty",)), net), [Change("availability", "works", "share", "2030", 0.5)])
    wanted = solve(with_builds(compile_network(both), plan)).objective - plan.objective
    assert branch.more == pytest.approx(wanted, rel=1e-8)
    assert not branch.exposure.idle


def test_the_same_law_costs_nothing(net: Network, plan: Plan) -> None:
    branch = answer(one(Rule(("treaty",))), Ground(net), plan, door=lambda rule: net).branches[0]
    assert branch.more == pytest.approx(0.0, abs=1e-6 * abs(plan.objective))
    assert branch.standstills == branch.unserved == branch.measures == ()


def test_builds_without_a_place_are_named(net: Network, plan: Plan) -> None:
    with pytest.raises(
        BadDisruption, match=r"build\[line,\d+\] is in the plan and cannot be built under the other law"
    ):
        answer(one(Rule(("treaty",))), Ground(net), plan, door=lambda rule: replaced(net, options=[]))


def test_without_a_door_or_as_a_scenario_it_is_refused(net: Network, plan: Plan) -> None:
    with pytest.raises(BadDisruption, match="law can only be changed for a case of the data pack"):
        answer(one(Rule(("treaty",))), Ground(net), plan)
    with pytest.raises(BadDisruption, match="asks for another network"):
        scenarios(one(Rule(("treaty",))), Ground(net), plan)
    with pytest.raises(BadDisruption, match="changes only the law"):
        moved(one(Rule(("treaty",))), dt.date(2027, 1, 1))


def test_a_rule_is_read_and_what_is_wrong_with_it_is_one_sentence() -> None:
    said = {"id": "x", "branches": [{"name": "a", "law": {"without": ["us-macr"], "readings": {"q": "yes"}}}]}
    (branch,) = parse(said).branches
    assert branch.rule == Rule(("us-macr",), {"q": "yes"})
    assert branch.hits == ()
    for law, words in (
        (["us-macr"], "must be a mapping"),
        ({}, "nothing changes"),
        ({"without": "us-macr"}, "without is a list"),
        ({"without": [True]}, "True is not a name"),
        ({"repeal": ["us-macr"]}, "repeal is not known"),
        ({"readings": {"q": True}}, "put it in quotes"),
    ):
        with pytest.raises(BadDisruption, match=words):
            parse({"id": "x", "branches": [{"name": "a", "law": law}]})
