"""Disruptions as data: what is read, what is refused and in which words, how hard each period is hit, and what becomes of it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bongsu.chain import Chain
from bongsu.chain.change import Change, apply
from bongsu.chain.network import Network
from bongsu.plan import Plan
from bongsu.stress.disruption import (
    BadDisruption,
    Branch,
    Ground,
    Hit,
    days_of,
    family,
    moved,
    parse,
    read,
    resolve,
    scenarios,
)
from tests.plan.small import replaced
from tests.stress.beacons import graphite_chain

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples/disruptions").glob("*.yaml"))


def stated(**hit: Any) -> dict[str, Any]:
    return {"id": "test", "hits": [{"facility": "refine", "starts": dt.date(2027, 1, 1)} | hit]}


def changes(
    net: Network, plan: Plan | None = None, **hit: Any
) -> list[tuple[str, str, str, str | None, float, float | None]]:
    """Changes of one hit, as (table, row, column, period, factor, value)."""
    own = {"starts": dt.date(2027, 1, 1)} | hit
    found = resolve(Branch("b", (Hit(**own),)), Ground(net), plan)
    return [(c.table, c.of, c.column, c.period, round(c.factor, 12), c.value) for c in found]


@pytest.fixture(scope="module")
def net() -> Network:
    return graphite_chain()


@pytest.fixture(scope="module")
def planned(net: Network) -> Plan:
    return Plan.of(net)


# Reading ------------------------------------------------------------------------------------------------------------------


def test_every_key_is_read(tmp_path: Path) -> None:
    at = tmp_path / "all.yaml"
    at.write_text(
        """
id: all
title: {en: All, ko: 전부}
text: What it is about
known: 2026-10-01
source: a gazette
branches:
  - name: short
    title: Short
    weight: 3
    source: a guess in print
    hits:
      - {item: graphite, from: CN, to: KR, starts: 2027-01-15, left: 0.25, lasts: 6 months, recovers: 2 weeks, source: a paper}
      - {owner: Someone, holds: 0.3, starts: 2027-01-15, until: 2027-01-25}
  - {name: long, weight: 1, hits: [{demand: cars, starts: 2027-02-01, left: 1.5}]}
""",
        encoding="utf-8",
    )
    found = read(at)
    assert (found.name, found.known, found.source) == ("all", dt.date(2026, 10, 1), "a gazette")
    assert found.title == {"en": "All", "ko": "전부"}
    assert found.text == {"en": "What it is about"}
    assert [(b.name, b.weight, b.source) for b in found.branches] == [
        ("short", 0.75, "a guess in print"),
        ("long", 0.25, "assumed"),
    ]
    first, second = found.branches[0].hits
    assert (first.origin, first.to, first.left, first.lasts, first.recovers) == ("CN", "KR", 0.25, 182.5, 14.0)
    assert first.target == "item graphite, from CN, to KR"
    assert (second.holds, second.left, second.lasts, second.source) == (0.3, 0.0, 10.0, "assumed")
    assert found.branches[1].hits[0].left == 1.5


def test_what_only_becomes_dearer_is_left_whole() -> None:
    (hit,) = (
        parse({"id": "d", "hits": [{"item": "x", "from": "CN", "starts": "2027-01-01", "duty": 30}]}).branches[0].hits
    )
    assert (hit.left, hit.duty) == (1.0, 30.0)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"hits": []}, "id is missing"),
        ({"id": "x"}, "branches is missing"),
        ({"id": "x", "branches": []}, "branches is missing"),
        ({"id": "x", "branches": ["stop"]}, "branch 1 must be a mapping"),
        ({"id": "x", "branches": [{"name": "a"}]}, "branch 1: hits is missing"),
        ({"id": "x", "hits": ["works"]}, "hit 1 must be a mapping"),
        ({"id": "x", "strikes": []}, "strikes is not known; use only"),
        ({"id": "x", "hits": [{"starts": "2027-01-01"}]}, "nothing is hit; name one of facility"),
        ({"id": "x", "hits": [{"facility": "a"}]}, "starts is missing"),
        (stated(starts="soon"), "'soon' is not a day; write it as 2027-01-31"),
        (stated(colour="red"), "colour is not known"),
        (stated(origin="CN"), "origin is not known"),
        (stated(lasts="long"), "'long' is not a span of time"),
        (stated(lasts=45), "45 is not a span of time; write it as 45 days"),
        (stated(lasts="1 year", until="2028-01-01"), "give either lasts or until"),
        (stated(until="2026-01-01"), "until must lie after starts"),
        (stated(recovers="1 year"), "say how long it lasts first"),
        (stated(left=1.5), "1.5 must be a number from 0 to 1"),
        (stated(left=True), "True must be a number"),
        (stated(left="half"), "'half' must be a number"),
        (stated(left=float("nan")), "nan must be a number"),
        (stated(price=float("inf")), "inf must be a number of 0 or more"),
        (stated(holds=2), "holds: 2 must be a number from 0 to 1"),
        (stated(duty=25), "a duty is paid on lanes"),
        (stated(country=False), "False is not a name; put it in quotes"),
        (stated(country=["CN", "KR"]), "is not a name"),
        ({"id": "x", "title": 5} | {"hits": [{"facility": "a", "starts": "2027-01-01"}]}, "title: 5 is neither a text"),
        (
            {"id": "x", "branches": [{"name": "a", "hits": stated()["hits"]}, {"name": "a", "hits": stated()["hits"]}]},
            "two branches are called 'a'",
        ),
        ({"id": "x", "branches": [{"name": "a", "weight": 0, "hits": stated()["hits"]}]}, "must not all be zero"),
        ({"id": "x", "branches": [{"name": "a", "weight": -1, "hits": stated()["hits"]}]}, "-1 must be a number of 0"),
    ],
)
def test_what_is_wrong_is_one_sentence(said: dict[str, Any], words: str) -> None:
    with pytest.raises(BadDisruption) as caught:
        parse(said, "stop.yaml")
    assert words in str(caught.value)
    assert str(caught.value).startswith("stop.yaml")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "cannot be read"), ("a: [", "is not YAML"), ("- a", "does not state a disruption"), ("", "does not state")],
)
def test_a_file_that_is_none_is_named(tmp_path: Path, content: str | None, words: str) -> None:
    at = tmp_path / "stop.yaml"
    if content is not None:
        at.write_text(content)
    with pytest.raises(BadDisruption, match=words) as caught:
        read(at)
    assert str(at) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_disruption_can_be_asked_for_on_another_day() -> None:
    said = {"id": "x", "hits": [{"facility": "a", "starts": "2023-12-01"}, {"facility": "b", "starts": "2023-12-11"}]}
    (branch,) = moved(parse(said), dt.date(2027, 1, 1)).branches
    assert [hit.starts for hit in branch.hits] == [dt.date(2027, 1, 1), dt.date(2027, 1, 11)]


# How hard a period is hit -------------------------------------------------------------------------------------------------

YEAR = (dt.date(2027, 1, 1), dt.date(2027, 12, 31))


@pytest.mark.parametrize(
    ("hit", "force"),
    [
        # The whole year, to the end of the plan.
        (Hit(starts=dt.date(2027, 1, 1)), 1.0),
        # From 1 December on: 31 of 365 days.
        (Hit(starts=dt.date(2027, 12, 1)), 31 / 365),
        # 73 days of 365 and back at once.
        (Hit(starts=dt.date(2027, 3, 1), lasts=73.0), 73 / 365),
        # 73 days, then a straight climb of 73 days, of which half is lost.
        (Hit(starts=dt.date(2027, 3, 1), lasts=73.0, recovers=73.0), 1.5 * 73 / 365),
        # It began 100 days before the year and lasts 100: only the climb of 100 days falls into the year.
        (Hit(starts=dt.date(2026, 9, 23), lasts=100.0, recovers=100.0), 50 / 365),
        # Over before the year, and after it.
        (Hit(starts=dt.date(2026, 1, 1), lasts=30.0), 0.0),
        (Hit(starts=dt.date(2028, 1, 1)), 0.0),
    ],
)
def test_force_of_a_year_by_hand(hit: Hit, force: float) -> None:
    assert hit.force(*YEAR) == pytest.approx(force, abs=1e-12)
    assert hit.remaining(*YEAR) == pytest.approx(1 - force, abs=1e-12)


def test_a_part_that_is_left_weakens_the_blow() -> None:
    hit = Hit(starts=dt.date(2027, 1, 1), lasts=73.0, left=0.4)
    assert hit.remaining(*YEAR) == pytest.approx(1 - 0.6 * 0.2)
    more = Hit(demand="cars", starts=dt.date(2027, 1, 1), lasts=73.0, left=1.5)
    assert more.remaining(*YEAR) == pytest.approx(1.1)


@given(st.integers(-400, 400), st.integers(1, 500), st.integers(0, 300), st.integers(1, 364))
def test_a_year_is_hit_as_much_as_its_parts(start: int, lasts: int, recovers: int, cut: int) -> None:
    hit = Hit(starts=YEAR[0] + dt.timedelta(days=start), lasts=float(lasts), recovers=float(recovers))
    middle = YEAR[0] + dt.timedelta(days=cut)
    parts = cut * hit.force(YEAR[0], middle - dt.timedelta(days=1)) + (365 - cut) * hit.force(middle, YEAR[1])
    assert hit.force(*YEAR) == pytest.approx(parts / 365, abs=1e-12)


@given(st.integers(1, 200), st.integers(0, 200))
def test_all_that_is_lost_is_the_block_and_half_the_climb(lasts: int, recovers: int) -> None:
    hit = Hit(starts=dt.date(2027, 1, 1), lasts=float(lasts), recovers=float(recovers))
    span = dt.date(2026, 6, 1), dt.date(2028, 12, 31)
    days = (span[1] - span[0]).days + 1
    assert hit.force(*span) * days == pytest.approx(lasts + recovers / 2, abs=1e-9)


def test_periods_are_years_months_or_lengths_from_a_calendar_year() -> None:
    rows = [
        {"period": "2027", "years": 1.0},
        {"period": "2028-02", "years": 1 / 12},
        {"period": "late", "years": 5.0, "year": 2029},
    ]
    net = Network.of(periods=rows, items=[{"item": "x"}], places=[{"place": "a"}])
    assert days_of(net) == [
        YEAR,
        (dt.date(2028, 2, 1), dt.date(2028, 2, 29)),
        (dt.date(2029, 1, 1), dt.date(2033, 12, 31)),
    ]
    undated = Network.of(periods=[{"period": "t0"}], items=[{"item": "x"}], places=[{"place": "a"}])
    with pytest.raises(BadDisruption, match="period t0 has no calendar year"):
        days_of(undated)


# What is hit --------------------------------------------------------------------------------------------------------------


def test_a_plant_loses_the_share_of_the_days(net: Network) -> None:
    assert changes(net, facility="refine", lasts=73.0) == [("availability", "refine", "share", "2027", 0.8, None)]
    assert changes(net, line="refine", starts=dt.date(2028, 1, 1)) == [
        ("availability", "refine", "share", "2028", 0.0, None)
    ]


def test_a_process_strikes_every_plant_that_runs_it(net: Network) -> None:
    found = changes(net, process="refine", lasts=365.0)
    assert [(table, of) for table, of, *_ in found] == [("availability", "refine"), ("availability", "dear")]
    assert [of for _, of, *_ in changes(net, process="refine", country="CA", lasts=365.0)] == ["dear"]


def test_an_item_strikes_its_offers_and_its_makers_but_not_its_users(net: Network) -> None:
    assert [(table, of) for table, of, *_ in changes(net, item="graphite", lasts=365.0)] == [
        ("supplies", "cn"),
        ("supplies", "au"),
    ]
    assert {of for _, of, *_ in changes(net, item="anode", lasts=365.0)} == {"refine", "dear"}
    assert [of for _, of, *_ in changes(net, item="graphite", country="AU", lasts=365.0)] == ["au"]


def test_a_country_strikes_its_plants_and_offers(net: Network) -> None:
    assert {(table, of) for table, of, *_ in changes(net, country="CA", lasts=365.0)} == {
        ("availability", "dear"),
        ("availability", "cells"),
        ("supplies", "brine"),
    }


@pytest.mark.parametrize(
    ("hit", "lanes"),
    [
        ({"origin": "AU"}, {"perth-pohang", "perth-windsor"}),
        ({"origin": "AU", "to": "CA"}, {"perth-windsor"}),
        ({"to": "pohang"}, {"dalian-pohang", "perth-pohang"}),
        ({"to": "pohang", "item": "graphite", "origin": "CN"}, {"dalian-pohang"}),
        ({"via": "panama"}, {"pohang-windsor"}),
        ({"origin": "KR", "country": "CA"}, {"pohang-windsor"}),
        ({"corridor": "yellow-sea", "item": "graphite"}, {"dalian-pohang"}),
    ],
)
def test_lanes_are_found_by_their_ends_their_way_and_their_corridor(
    net: Network, hit: dict[str, str], lanes: set[str]
) -> None:
    found = changes(net, **hit, lasts=365.0)
    assert {of for table, of, column, *_ in found if (table, column) == ("lanes", "capacity")} == lanes
    # A closed lane carries nothing, whatever its limit was.
    closed = apply(net, resolve(Branch("b", (Hit(**hit, starts=dt.date(2027, 1, 1), lasts=365.0),)), Ground(net)))
    rows = closed["lane_periods"].select("lane", "period", "capacity").rows()
    assert {lane for lane, period, capacity in rows if period == "2027" and capacity == 0.0} == lanes


def test_what_is_left_of_a_corridor_is_shared_by_its_lanes(net: Network) -> None:
    """Its capacity falls in the year of the blow and no other; a corridor without one strikes its lanes."""
    blow = {"corridor": "yellow-sea", "left": 0.2, "lasts": 365.0}
    assert changes(net, **blow) == [("corridors", "yellow-sea", "capacity", "2027", pytest.approx(0.2), None)]
    hit = apply(net, resolve(Branch("b", (Hit(**blow, starts=dt.date(2027, 1, 1)),)), Ground(net)))
    assert hit["corridor_periods"].rows() == [("yellow-sea", "2027", pytest.approx(100.0), None)]
    assert hit["lane_periods"].is_empty()
    wide = replaced(net, corridors=[{"corridor": "yellow-sea"}])
    assert [of for _, of, *_ in changes(wide, corridor="yellow-sea", lasts=365.0)] == ["dalian-pohang"]


def test_what_has_no_limit_keeps_a_share_of_what_the_plan_moves(net: Network, planned: Plan) -> None:
    """75 of graphite pass the lane from Dalian in the plan, which has no limit of its own."""
    assert changes(net, planned, origin="CN", left=0.2, lasts=365.0) == [
        ("lanes", "dalian-pohang", "capacity", "2027", 1.0, pytest.approx(15.0))
    ]
    # Lithium has no limit, and the plan buys 25 of it; graphite has one, of which a share is left.
    assert changes(net, planned, item="lithium", left=0.5, lasts=365.0) == [
        ("supplies", "brine", "quantity", "2027", 1.0, pytest.approx(12.5))
    ]
    assert changes(net, planned, item="graphite", country="CN", left=0.5, lasts=365.0) == [
        ("supplies", "cn", "quantity", "2027", 0.5, None)
    ]


def test_prices_rise_as_long_as_the_blow_lasts(net: Network) -> None:
    assert changes(net, item="graphite", country="AU", price=3.0, left=1.0, lasts=73.0) == [
        ("supplies", "au", "price", "2027", 1.4, None)
    ]


def test_a_duty_is_per_cent_of_the_lowest_outside_price(net: Network, planned: Plan) -> None:
    """Graphite is offered from 10 on; half a year of 40 % is 2 beside the freight of 1."""
    found = changes(net, planned, item="graphite", origin="AU", to="KR", duty=40.0, left=1.0, lasts=182.5)
    assert found == [("lanes", "perth-pohang", "cost", "2027", 1.0, pytest.approx(1.0 + 0.5 * 4.0, abs=0.01))]
    with pytest.raises(BadDisruption, match="anode has no outside price"):
        changes(net, planned, item="anode", origin="KR", duty=40.0, left=1.0)
    with pytest.raises(BadDisruption, match="a duty needs the plan"):
        changes(net, item="graphite", origin="AU", duty=40.0, left=1.0)


def test_demand_falls_or_rises_where_it_has_a_row(net: Network) -> None:
    assert changes(net, demand="cars", left=0.6) == [
        ("demands", "cars", "quantity", "2027", 0.6, None),
        ("demands", "cars", "quantity", "2028", 0.6, None),
    ]
    # The vans are wanted in 2028 alone.
    assert [(of, period) for _, of, _, period, *_ in changes(net, demand="cell", left=2.0)] == [
        ("cars", "2027"),
        ("cars", "2028"),
        ("vans", "2028"),
    ]
    assert [of for _, of, *_ in changes(net, demand="cell", country="US", left=2.0, lasts=365.0)] == ["cars"]


def test_a_hit_on_nothing_says_so(net: Network) -> None:
    with pytest.raises(BadDisruption, match="facility atlantis: nothing in this network is hit"):
        changes(net, facility="atlantis")
    with pytest.raises(BadDisruption, match="begins on 2041-01-01 and touches no period from 2027 to 2028"):
        changes(net, facility="refine", starts=dt.date(2041, 1, 1))
    with pytest.raises(BadDisruption, match="neither offered nor wanted"):
        changes(net, demand="vans", lasts=365.0)
    with pytest.raises(BadDisruption, match="owners are known only for cases of the data pack"):
        changes(net, owner="Anyone")


def test_branches_become_scenarios_with_their_weights(net: Network) -> None:
    said = {
        "id": "x",
        "branches": [{"name": n, "weight": w, "hits": stated()["hits"]} for n, w in (("a", 1), ("b", 3))],
    }
    found = scenarios(parse(said), Ground(net))
    assert [(s.name, s.weight, s.events) for s in found] == [("a", 0.25, ("x",)), ("b", 0.75, ("x",))]
    assert all(isinstance(change, Change) for s in found for change in s.changes)


# Families -----------------------------------------------------------------------------------------------------------------


def test_families_are_everything_of_a_kind_that_stands(net: Network) -> None:
    def names(kind: str) -> list[str]:
        return [event.name for event in family(kind, Ground(net), dt.date(2027, 1, 1), 30.0)]

    assert names("facility") == ["facility:refine", "facility:dear", "facility:cells"]
    assert names("process") == ["process:assemble", "process:refine"]
    assert names("item") == ["item:graphite", "item:lithium"]
    # Nothing is made or offered in the United States.
    assert names("country") == ["country:AU", "country:CA", "country:CN", "country:KR"]
    assert names("reagent") == ["reagent:anode", "reagent:graphite", "reagent:lithium"]
    with pytest.raises(BadDisruption, match="owners are known only"):
        names("owner")
    with pytest.raises(BadDisruption, match="there is no family 'colour'; use one of facility"):
        names("colour")


def test_what_shares_a_cause_stops_together(net: Network) -> None:
    events = {event.name: event for event in family("reagent", Ground(net), dt.date(2027, 1, 1), 365.0)}
    assert [change.of for change in events["reagent:graphite"].changes] == ["refine", "dear"]
    countries = {event.name: event for event in family("country", Ground(net), dt.date(2027, 1, 1), 365.0)}
    assert {change.of for change in countries["country:CA"].changes} == {"dear", "cells", "brine"}


def test_a_reagent_family_of_the_pack_is_its_reagents(chain: Chain) -> None:
    """Counted another way: plants that run a process with the reagent among its inputs."""
    ground = Ground(chain.network, chain.atlas)
    events = family("reagent", ground, dt.date(2027, 1, 1), 30.0)
    assert {event.name.removeprefix("reagent:") for event in events} <= set(
        chain.atlas["items"].filter(chain.atlas["items"]["stage"] == "reagent")["item"]
    )
    sulphur = next(event for event in events if event.name == "reagent:sulphur")
    recipes, modes = chain.network["recipes"].to_dicts(), chain.network["modes"].to_dicts()
    takers = {row["process"] for row in recipes if row["item"] == "sulphur" and row["amount"] < 0}
    assert {change.of for change in sulphur.changes} == {row["plant"] for row in modes if row["process"] in takers}


# The pack -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_strikes_something_in_the_reference_network(path: Path, chain: Chain) -> None:
    found = read(path)
    assert found.name == path.stem
    assert set(found.title) == {"en", "ko", "fr"}
    ground = Ground(chain.network, chain.atlas)
    law = chain.choices.law.law.law  # type: ignore[union-attr]
    questions = {q.name: {b.name for b in q.branches} for instrument in law for q in instrument.questions}
    for branch in found.branches:
        for name in branch.rule.without if branch.rule else ():
            assert name in law.instruments
        for question, taken in (branch.rule.readings if branch.rule else {}).items():
            assert taken in questions[question]
        for hit in branch.hits:
            assert not ground.struck(hit).nothing, hit.target


def test_owners_strike_the_facilities_that_they_hold(chain: Chain) -> None:
    ground = Ground(chain.network, chain.atlas)
    lines = dict(chain.atlas["facility_lines"].select("line", "facility").iter_rows())
    owners: dict[str, list[tuple[str, float | None]]] = {}
    for facility, owner, share in chain.atlas["facility_owners"].select("facility", "owner", "share").iter_rows():
        owners.setdefault(facility, []).append((owner, share))
    hit = Hit(owner="LG Energy Solution", holds=0.5, starts=dt.date(2027, 1, 1))
    struck = ground.struck(hit).plants
    assert struck
    for plant in struck:
        held = [share for owner, share in owners[lines[plant]] if "lg energy solution" in owner.casefold()]
        assert sum(1.0 if share is None else share for share in held) >= 0.5
    # Asking for a smaller stake strikes no fewer plants.
    assert set(struck) <= set(
        ground.struck(Hit(owner="LG Energy Solution", holds=0.1, starts=dt.date(2027, 1, 1))).plants
    )


def test_examples_are_plain_yaml_with_dates() -> None:
    assert len(EXAMPLES) >= 10
    for path in EXAMPLES:
        assert isinstance(yaml.safe_load(path.read_text(encoding="utf-8"))["known"], dt.date)


@pytest.mark.parametrize(
    ("hit", "words"),
    [
        ({"demand": "cell", "item": "anode"}, "item says nothing of demand"),
        ({"from": "CN", "facility": "works"}, "facility says nothing of lanes"),
        ({"facility": "works", "price": 3}, "price is that of offers, not of plants"),
        ({"demand": "cell", "to": "US", "duty": 5}, "a duty is paid on lanes, not on demand"),
        ({"country": "CN", "holds": 0.2}, "holds is the share of an owner"),
    ],
)
def test_what_would_be_left_out_is_refused(hit: dict[str, object], words: str) -> None:
    """All that a hit names must fit; what cannot is never dropped in silence."""
    with pytest.raises(BadDisruption, match=words):
        parse({"id": "x", "hits": [{"starts": "2027-01-01", **hit}]})


def test_a_day_that_is_none_is_a_sentence(tmp_path: Path) -> None:
    at = tmp_path / "stop.yaml"
    at.write_text("id: x\nhits:\n  - {line: east, starts: 2027-13-01}\n")
    with pytest.raises(BadDisruption, match="month must be in"):
        read(at)
