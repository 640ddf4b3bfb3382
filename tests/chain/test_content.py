"""Content rules as linear shares: against counting by hand, and against what the law file says."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bongsu.chain import Network
from bongsu.chain.content import lay
from bongsu.chain.ground import Content, Ground, twin
from bongsu.law import ContentRule, Owner
from bongsu.plan import Plan

RULE = ContentRule(
    name="rule",
    instrument="toy",
    items=frozenset({"cell"}),
    countries=frozenset({"US"}),
    qualifies=lambda country, owners: country != "CN" and all(owner.name != "CATL" for owner in owners),
    least={1: 0.6},
    base="materials",
    per_unit={1: 5.0},
    basis={1: "toy"},
)
RECIPE = {"make_cell": {"cathode": -2.0, "anode": -1.0, "cell": 1.0}, "make_cathode": {"cathode": 1.0}}
PRICE = {"cathode": 10.0, "anode": 30.0}


def network(
    cheap: float,
    dear: float,
    least: float = 0.6,
    credit: float = 5.0,
    owners: Sequence[Owner] = (),
    relay: bool = False,
) -> tuple[Network, Content]:
    """A US cell plant that needs 100 cells' worth; cathode from China (cheap) or Korea (dear), anode from Korea only."""
    places = [{"place": p, "country": c} for p, c in (("us", "US"), ("cn", "CN"), ("kr", "KR"))]
    plants = [{"plant": "cells", "place": "us"}, {"plant": "cath", "place": "kr"}]
    modes = [
        {"mode": "cells:make", "plant": "cells", "process": "make_cell", "cost": 1.0},
        {"mode": "cath:make", "plant": "cath", "process": "make_cathode", "cost": dear},
    ]
    supplies = [
        {"supply": "cathode@cn", "place": "cn", "item": "cathode", "period": "1", "price": cheap},
        {"supply": "anode@kr", "place": "kr", "item": "anode", "period": "1", "price": 30.0},
    ]
    lanes = [
        {"lane": "c1", "from": "cn", "to": "us", "item": "cathode", "cost": 0.0},
        {"lane": "c2", "from": "kr", "to": "us", "item": "cathode", "cost": 0.0},
        {"lane": "a", "from": "kr", "to": "us", "item": "anode", "cost": 0.0},
    ]
    if relay:
        lanes.append({"lane": "c0", "from": "cn", "to": "kr", "item": "cathode", "cost": 0.0})
    rule = ContentRule(**{**vars(RULE), "least": {1: least}, "per_unit": {1: credit}})
    ground = Ground(
        years=[1],
        place_of={"cells": "us", "cath": "kr"},
        country={"us": "US", "cn": "CN", "kr": "KR"},
        makers={"cath": list(owners)},
        recipe=lambda process, year: RECIPE.get(process, {}),
        dated=frozenset(),
        modes=modes,
        lanes=lanes,
        supplies=supplies,
        price=PRICE.get,
        product={"make_cell": "cell", "make_cathode": "cathode"}.get,
        free=frozenset(),
        processing=lambda mode: mode["cost"],
        paid={},
    )
    content = lay([rule], ground)
    own = [{"process": p, "item": i, "amount": a} for p, row in RECIPE.items() for i, a in row.items()]
    return (
        Network.of(
            periods=[{"period": "1"}],
            items=[{"item": i} for i in ("cathode", "anode", "cell")],
            places=places,
            plants=plants + content.plants,
            capacity=[{"plant": p, "period": None, "capacity": None} for p in ("cells", "cath")] + content.capacity,
            modes=modes + content.modes,
            mode_periods=content.mode_periods,
            recipes=own,
            lanes=lanes,
            supplies=supplies,
            demands=[{"demand": "d", "place": "us", "item": "cell", "period": "1", "quantity": 100.0, "penalty": 1e4}],
            shares=content.shares,
            share_terms=content.terms,
        ),
        content,
    )


def flows(plan: Plan) -> dict[str, float]:
    rows = [*plan.table("ship").iter_rows(named=True), *plan.table("make").iter_rows(named=True)]
    return {row.get("lane") or row["mode"]: row["value"] for row in rows}


def test_the_maker_buys_just_as_much_from_qualifying_makers_as_the_rule_asks() -> None:
    # Direct materials are 2 · 10 + 1 · 30 = 50 a cell; 60 % is 30, which the Korean anode alone keeps.
    net, _ = network(cheap=4.0, dear=9.0)
    found = flows(Plan.of(net))
    assert found["c1"] == pytest.approx(200.0)
    assert found[twin("cells:make", "rule")] == pytest.approx(100.0)
    # At 80 % of 50 = 40, ten dollars of cathode, one of the two tonnes, must qualify.
    net, _ = network(cheap=4.0, dear=6.0, least=0.8)
    found = flows(Plan.of(net))
    assert found["c1"] == pytest.approx(100.0)
    assert found["c2"] == pytest.approx(100.0)


def test_a_rule_that_costs_more_than_it_earns_is_left_unkept() -> None:
    # At 80 % keeping it costs one tonne of cathode at 3 more: a credit of 2 is not worth it, one of 4 is.
    for credit, kept in ((2.0, 0.0), (4.0, 100.0)):
        net, _ = network(cheap=4.0, dear=7.0, least=0.8, credit=credit)
        assert flows(Plan.of(net)).get(twin("cells:make", "rule"), 0.0) == pytest.approx(kept, abs=1e-4)


def test_the_dual_of_a_rule_is_the_cost_of_one_more_point() -> None:
    def cost(least: float) -> Plan:
        return Plan.of(network(cheap=4.0, dear=6.0, least=least)[0])

    plan = cost(0.8)
    row = next(r for r in plan.row_table("share").iter_rows(named=True) if r["share"] == "rule@us|1")
    # 100 cells with one unit of base each: one point is one cell's worth of materials.
    assert abs(row["dual"]) * 100 * 0.01 == pytest.approx(cost(0.81).objective - plan.objective, rel=1e-5)


def test_what_an_owner_taints_does_not_qualify() -> None:
    net, content = network(cheap=4.0, dear=6.0, least=0.8, owners=(Owner("CATL", None, None),))
    found = flows(Plan.of(net))
    assert found.get(twin("cells:make", "rule"), 0.0) == pytest.approx(0.0, abs=1e-4)
    assert content.shares


def test_no_place_passes_on_what_it_received() -> None:
    # Chinese cathode through Korea would count as Korean; it may not leave Korea.
    net, _ = network(cheap=4.0, dear=6.0, least=0.8, relay=True)
    found = flows(Plan.of(net))
    assert found.get("c0", 0.0) == pytest.approx(0.0, abs=1e-4)
    assert found["cath:make"] == pytest.approx(found["c2"])
