"""What hangs on what is hit, worked out on paper for a chain with two sources, a refinery, an idle twin of it and a cell works."""

from __future__ import annotations

import datetime as dt

import pytest

from bongsu.chain.network import Network
from bongsu.plan import Plan
from bongsu.stress.disruption import Branch, Ground, Hit
from bongsu.stress.exposure import Exposure, exposure, worst
from tests.stress.beacons import graphite_chain

START = dt.date(2027, 1, 1)


@pytest.fixture(scope="module")
def net() -> Network:
    return graphite_chain()


@pytest.fixture(scope="module")
def plan(net: Network) -> Plan:
    return Plan.of(net)


def found(net: Network, plan: Plan, *hits: Hit, period: str | None = None) -> Exposure:
    return exposure(Branch("b", hits), Ground(net), plan, period)


def test_shares_at_risk_go_from_graphite_to_cars(net: Network, plan: Plan) -> None:
    """75 of 100 graphite come from China; anode and cells made of it are at risk to that share, whatever else is in them."""
    own = found(net, plan, Hit(item="graphite", country="CN", starts=START, lasts=365.0))
    assert own.period == "2027"
    assert not own.idle
    assert [(tier.item, tier.step) for tier in own.tiers] == [("graphite", 0), ("anode", 1), ("cell", 2)]
    graphite, anode, cell = own.tiers
    # Graphite counts where it arrives: all of it in Dalian, three quarters in Pohang.
    assert dict(graphite.places) == pytest.approx({"dalian": 1.0, "pohang": 0.75})
    assert dict(anode.places) == pytest.approx({"pohang": 0.75, "windsor": 0.75})
    assert dict(anode.plants) == pytest.approx({"refine": 0.75})
    # Fifty cells are made, sent on and sold: each is counted once, where it ends.
    assert (cell.at_risk, cell.total) == pytest.approx((37.5, 50.0))
    assert cell.world == pytest.approx(0.75)
    assert own.demands == (("detroit", "cell", pytest.approx(0.75)),)


def test_a_blow_of_part_of_the_year_puts_that_part_at_risk(net: Network, plan: Plan) -> None:
    own = found(net, plan, Hit(item="graphite", country="CN", starts=START, lasts=73.0, left=0.5))
    assert own.demands[0][2] == pytest.approx(0.75 * 0.5 * 0.2)


def test_two_blows_that_meet_multiply_what_is_left(net: Network, plan: Plan) -> None:
    """A fifth of the Chinese graphite is left, and half of what the refinery makes: 1 - (1 - 0.6) · 0.5."""
    own = found(
        net,
        plan,
        Hit(item="graphite", country="CN", starts=START, lasts=365.0, left=0.2),
        Hit(facility="refine", starts=START, lasts=365.0, left=0.5),
    )
    graphite = next(tier for tier in own.tiers if tier.item == "graphite")
    assert dict(graphite.places)["pohang"] == pytest.approx(0.75 * 0.8)
    assert own.demands[0][2] == pytest.approx(1 - (1 - 0.6) * 0.5)


def test_a_lane_puts_at_risk_what_arrives_over_it(net: Network, plan: Plan) -> None:
    own = found(net, plan, Hit(via="panama", starts=START, lasts=365.0))
    assert [(tier.item, tier.step) for tier in own.tiers] == [("anode", 0), ("cell", 1)]
    assert dict(own.tiers[0].places) == pytest.approx({"windsor": 1.0})
    same = found(net, plan, Hit(corridor="yellow-sea", starts=START, lasts=365.0))
    assert same.demands[0][2] == pytest.approx(0.75)


def test_what_could_stand_in_has_room_a_way_and_is_not_hit(net: Network, plan: Plan) -> None:
    own = found(net, plan, Hit(item="graphite", country="CN", starts=START, lasts=365.0))
    graphite, anode, _ = own.tiers
    assert [(s.kind, s.what, s.country, s.spare, s.days) for s in graphite.substitutes] == [
        ("offer", "au", "AU", pytest.approx(75.0), 20.0)
    ]
    # Both anode plants have room: the refinery 50 (it is not hit itself), the dear one 20, on the spot.
    assert {(s.what, s.spare, s.days) for s in anode.substitutes} == {("refine", 50.0, 0.0), ("dear", 20.0, 0.0)}
    stopped = found(net, plan, Hit(facility="refine", starts=START, lasts=365.0))
    assert [s.what for s in stopped.tiers[0].substitutes] == ["dear"]


def test_new_capacity_could_stand_in_from_its_first_period() -> None:
    option = {"option": "more", "plant": "dear", "lead_time": 1, "annual_cost": 5.0, "max_size": 40.0}
    net = graphite_chain(options=[option])
    own = found(net, Plan.of(net), Hit(facility="refine", starts=START, lasts=365.0))
    build = [s for s in own.tiers[0].substitutes if s.kind == "build"]
    assert [(s.what, s.spare, s.first) for s in build] == [("more", 40.0, "2028")]


def test_without_a_path_nothing_is_at_risk(net: Network, plan: Plan) -> None:
    for hit in (Hit(facility="dear", starts=START), Hit(origin="AU", to="CA", starts=START)):
        own = found(net, plan, hit)
        assert own.idle
        assert own.tiers == ()
        assert own.demands == ()


def test_the_period_is_the_one_hit_hardest_unless_one_is_named(net: Network, plan: Plan) -> None:
    hit = Hit(item="graphite", country="CN", starts=dt.date(2027, 10, 1), lasts=365.0)
    assert found(net, plan, hit).period == "2028"
    named = found(net, plan, hit, period="2027")
    assert named.period == "2027"
    assert named.demands[0][2] == pytest.approx(0.75 * 92 / 365)


def test_recycling_does_not_go_round_for_ever() -> None:
    """A tenth of the graphite is won back from cells of the same chain: its share at risk is that of what it is made of.

    With x the share at risk of graphite in Pohang, x = 0.9 · 1 + 0.1 · x where all other graphite is Chinese: x = 1.
    """
    net = graphite_chain(
        supplies=[
            {"supply": "cn", "place": "dalian", "item": "graphite", "price": 100.0},
            {"supply": "brine", "place": "windsor", "item": "lithium", "price": 8.0},
        ],
        plants=[
            *({"plant": name, "place": place} for name, place in (("refine", "pohang"), ("cells", "windsor"))),
            {"plant": "shred", "place": "pohang"},
        ],
        capacity=[{"plant": n, "capacity": c} for n, c in (("refine", 100.0), ("cells", 60.0), ("shred", 10.0))],
        modes=[
            *({"mode": n, "plant": n, "process": p} for n, p in (("refine", "refine"), ("cells", "assemble"))),
            {"mode": "shred", "plant": "shred", "process": "shred"},
        ],
        recipes=[
            *graphite_chain()["recipes"].to_dicts(),
            {"process": "shred", "item": "anode", "amount": -1.0},
            {"process": "shred", "item": "graphite", "amount": 2.2},
        ],
    )
    plan = Plan.of(net)
    assert plan.table("make").filter(plan.table("make")["mode"] == "shred")["value"].to_list() == pytest.approx(
        [10.0] * 2
    )
    own = found(net, plan, Hit(item="graphite", country="CN", starts=START, lasts=365.0))
    assert own.demands[0][2] == pytest.approx(1.0, abs=1e-6)


def test_the_worst_of_several_reaches_the_largest_share(net: Network, plan: Plan) -> None:
    some = found(net, plan, Hit(item="graphite", country="AU", starts=START, lasts=365.0))
    more = found(net, plan, Hit(item="graphite", country="CN", starts=START, lasts=365.0))
    assert worst([some, more]) is more
    assert some.demands[0][2] == pytest.approx(0.25)
