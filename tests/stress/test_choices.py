"""Builds that are right whatever comes, against plans of changed networks."""

from __future__ import annotations

from pathlib import Path

import pytest

from bongsu.chain.change import Change, Scenario, apply, scenarios
from bongsu.chain.network import Network
from bongsu.plan import Options, Plan
from bongsu.stress.choices import choices, table
from bongsu.stress.uncertain import Uncertain
from tests.plan.small import replaced, two_stage

CASES = Path(__file__).resolve().parents[2] / "examples" / "cases"
EXACT = Options(gap=1e-9)


def designed() -> Network:
    return Network.read(CASES / "design-under-uncertainty")


def test_leaving_out_and_forcing_in_cost_what_the_changed_network_costs() -> None:
    net = designed()
    found = choices(Uncertain.of(net, options=EXACT), options=EXACT)
    for one in found:
        for scenario in scenarios(net):
            hit = apply(net, scenario.changes)
            before = Plan.of(hit, EXACT).objective
            if one.kind == "option":
                without = apply(hit, [Change("options", one.option, "max_count", value=0.0)])
            else:
                without = apply(hit, [Change("corridors", one.option, "capacity", value=0.0)])
            assert one.out[scenario.name] == pytest.approx(Plan.of(without, EXACT).objective - before, abs=1e-6)
            # A corridor that is there whether used or not is one that costs nothing to use and its price whatever happens.
            if one.kind == "corridor":
                free = apply(hit, [Change("corridors", one.option, "fixed_cost", value=0.0)])
                price = hit["corridors"].filter(corridor=one.option)["fixed_cost"][0]
                forced = Plan.of(free, EXACT).objective + price - before
                assert one.into[scenario.name] == pytest.approx(forced, abs=1e-6)


def test_the_verdicts_follow_from_the_costs() -> None:
    found = {one.option: one for one in choices(Uncertain.of(designed(), options=EXACT), 1e-3, EXACT)}
    assert {name: one.verdict for name, one in found.items()} == {
        "north": "always",
        "south": "depends",
        "north-a": "always",
        "north-b": "depends",
        "north-c": "depends",
        "south-a": "never",
        "south-b": "depends",
        "south-c": "depends",
    }
    # At a tolerance above every cost nothing matters.
    assert {one.verdict for one in choices(Uncertain.of(designed()), 10.0)} == {"free"}


def lines() -> tuple[Network, list[Scenario]]:
    """A works of 50 with three ways to grow, of 60 in each period: cheap, dear, and at the same price as cheap."""
    way = {"plant": "works", "lead_time": 1, "max_size": 60.0}
    net = two_stage(
        options=[
            {"option": "cheap", "annual_cost": 3.0} | way,
            {"option": "dear", "annual_cost": 90.0} | way,
            {"option": "twin", "annual_cost": 3.0} | way,
        ]
    )
    more = Change("demands", "cars", "quantity", "2030", factor=1.1)
    return net, [Scenario("calm", (), 0.5), Scenario("more", (more,), 0.5)]


def test_of_continuous_options_a_twin_is_free_and_a_dear_one_never() -> None:
    net, among = lines()
    found = {one.option: one for one in choices(Uncertain.of(net, among, options=EXACT), options=EXACT)}
    assert found["dear"].verdict == "never"
    assert found["dear"].size == 60.0
    # Either of the twins can do the other's work, so neither is needed, and some of each costs no more.
    assert (found["cheap"].verdict, found["twin"].verdict) == ("free", "free")
    alone = replaced(net, options=[row for row in net["options"].to_dicts() if row["option"] != "twin"])
    single = {one.option: one for one in choices(Uncertain.of(alone, among, options=EXACT), options=EXACT)}
    assert single["cheap"].verdict == "always"
    without = apply(alone, [Change("options", "cheap", "max_size", value=0.0)])
    loss = Plan.of(without, EXACT).objective - Plan.of(alone, EXACT).objective
    assert single["cheap"].out["calm"] == pytest.approx(loss)


def test_an_option_without_a_size_is_judged_by_its_reduced_costs() -> None:
    net, among = lines()
    rows = [row | {"max_size": None} if row["option"] == "dear" else row for row in net["options"].to_dicts()]
    found = {one.option: one for one in choices(Uncertain.of(replaced(net, options=rows), among))}
    assert found["dear"].size is None
    assert found["dear"].verdict == "never"


def test_the_table_has_a_row_for_each_option_and_columns_for_each_scenario() -> None:
    rows = table(choices(Uncertain.of(designed())))
    assert rows.height == 8
    assert {"verdict", "in:boom-a", "out_costs:boom-a", "in_costs:boom-a"} <= set(rows.columns)


def test_without_a_plan_there_is_nothing_to_judge() -> None:
    found = Uncertain.of(Network.read(CASES / "no-plan"), [Scenario("as-it-stands")])
    with pytest.raises(ValueError, match="infeasible"):
        choices(found)
