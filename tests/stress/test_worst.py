"""The worst sets of events against enumeration: by the mathematics of the instance, by plans from scratch, by paths in a graph."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bongsu.chain.change import BadChange, Change, Event, apply
from bongsu.chain.network import Network
from bongsu.plan import Options, Plan
from bongsu.stress import worst as room
from bongsu.stress.failures import Failures
from bongsu.stress.stages import NotStated
from bongsu.stress.worst import worst
from tests.plan.networks import random_network
from tests.plan.small import two_stage
from tests.plan.test_patch import some_changes

CASES = Path(__file__).resolve().parents[2] / "examples" / "cases"
INTERDICTION = CASES / "facility-interdiction"
EXACT = Options(gap=1e-9)


def column(table: str, name: str) -> list[float]:
    rows = csv.DictReader((INTERDICTION / f"{table}.csv").read_text(encoding="utf-8").splitlines())
    return [float(row[name]) for row in rows]


def distance_without(lost: tuple[int, ...]) -> float:
    """Weighted distance of all customers to the nearest depot that is left: the r-interdiction median problem."""
    far = np.array(column("lanes", "cost")).reshape(6, 10)
    return float(np.array(column("demands", "quantity")) @ np.delete(far, lost, axis=0).min(axis=0))


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("listed", [10**6, 0])
def test_the_worst_depots_to_lose_are_those_of_enumeration(
    k: int, listed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "LISTED", listed)
    found = worst(Network.read(INTERDICTION), k=k, top=3)
    every = sorted(((distance_without(s), s) for s in itertools.combinations(range(6), k)), reverse=True)
    assert found.exact
    assert found.without == distance_without(())
    assert found.cost == pytest.approx(every[0][0])
    assert found.events == tuple("abcdef"[e] for e in every[0][1])
    assert found.bound == found.cost
    assert [one.cost for one in found.runners_up] == pytest.approx([cost for cost, _ in every[1:3]])
    assert found.check < 1e-9


def test_adding_the_next_worst_event_misses_the_worst_set() -> None:
    net = Network.read(INTERDICTION)
    one, two, three = (set(worst(net, k=k).events) for k in (1, 2, 3))
    assert not one <= two
    assert not two <= three
    greedy: tuple[int, ...] = ()
    for _ in range(2):
        greedy = max(((*greedy, e) for e in range(6) if e not in greedy), key=distance_without)
    assert distance_without(greedy) == 515
    assert worst(net, k=2).cost == 563


def test_losing_every_depot_leaves_no_plan() -> None:
    found = worst(Network.read(INTERDICTION), k=6)
    assert found.cost == np.inf
    assert found.unserved == {}


# Against plans from scratch ------------------------------------------------------------------------------------------------


def threat_of(number: int) -> tuple[Network, list[Event], int, bool, int, bool]:
    r = Random(number)
    net = random_network(r.randrange(2**32), whole=r.random() < 0.3, hard=r.random() < 0.3)
    among = []
    for number in range(r.randint(3, 6)):
        changes = some_changes(r, net)
        try:
            apply(net, changes)
        except BadChange:
            continue
        among.append(Event(f"e{number}", tuple(changes)))
    return net, among, r.choice([1, 2, 3]), r.random() < 0.5, r.choice([1, 3]), r.random() < 0.5


def threats() -> st.SearchStrategy[tuple[Network, list[Event], int, bool, int, bool]]:
    return st.integers(0, 2**32 - 1).map(threat_of)


@settings(max_examples=25, deadline=None)
@given(threats())
@example(threat_of(536870911))  # More of a plant stands than was planned, of which the plan had given up nearly all.
def test_no_set_of_a_random_network_is_worse_than_the_worst(
    threat: tuple[Network, list[Event], int, bool, int, bool],
) -> None:
    net, among, k, replan, top, covering = threat
    plan = Plan.of(net, EXACT)
    if plan.status != "optimal" or len(among) < k:
        with pytest.raises(NotStated):
            worst(net, among, k, replan=replan, options=EXACT)
        return
    from_scratch = Failures(plan, among, replan, EXACT)
    try:
        costs = [from_scratch.anew(chosen).cost for chosen in itertools.combinations(range(len(among)), k)]
    except BadChange:
        return
    except RuntimeError as error:
        # A price of nothing beside a surplus that is paid for: whoever plans that earns without end, and is told so.
        if "unbounded" not in str(error):
            raise
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "LISTED", 0 if covering else 10**6)
        found = worst(net, among, k, replan=replan, top=top, options=EXACT)
    assert found.exact
    said = [found.cost, *(one.cost for one in found.runners_up)]
    assert said == pytest.approx(sorted(costs, reverse=True)[: len(said)], rel=1e-6, abs=1e-6)
    assert len(said) == min(top, len(costs))
    assert found.check < 1e-6


# Against paths -------------------------------------------------------------------------------------------------------------


def city(seed: int, rows: int, columns: int) -> tuple[Network, list[Event], dict[tuple[int, int], float]]:
    """Streets of a grid with random lengths; each that touches neither corner may be closed."""
    r = Random(seed)
    streets: dict[tuple[int, int], float] = {}
    for at in range(rows * columns):
        i, j = divmod(at, columns)
        for a, b in ((i, j + 1), (i + 1, j), (i, j - 1), (i - 1, j)):
            if 0 <= a < rows and 0 <= b < columns:
                streets[at, a * columns + b] = float(r.randint(1, 19))
    last = rows * columns - 1
    net = Network.of(
        periods=[{"period": "t"}],
        items=[{"item": "load"}],
        places=[{"place": f"n{at}"} for at in range(last + 1)],
        lanes=[
            {"lane": f"{a}-{b}", "from": f"n{a}", "to": f"n{b}", "item": "load", "cost": length}
            for (a, b), length in streets.items()
        ],
        supplies=[{"supply": "s", "place": "n0", "item": "load"}],
        demands=[{"demand": "d", "place": f"n{last}", "item": "load", "quantity": 1.0, "penalty": 500.0}],
    )
    closed = [
        Event(f"{a}-{b}", (Change("lanes", f"{a}-{b}", "capacity", value=0.0),))
        for a, b in streets
        if not {0, last} & {a, b}
    ]
    return net, closed, streets


def shortest(streets: dict[tuple[int, int], float], closed: set[str], last: int) -> float:
    """Bellman and Ford."""
    far = np.full(last + 1, 500.0)
    far[0] = 0.0
    for _ in range(last):
        for (a, b), length in streets.items():
            if f"{a}-{b}" not in closed:
                far[b] = min(far[b], far[a] + length)
    return float(far[last])


@pytest.mark.parametrize("listed", [10**6, 0])
def test_the_worst_streets_to_close_are_found_with_few_plans(listed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LISTED", listed)
    net, closed, streets = city(3, 3, 4)
    found = worst(net, closed, 2, top=1)
    every = [shortest(streets, {one.name, other.name}, 11) for one, other in itertools.combinations(closed, 2)]
    assert found.cost == pytest.approx(max(every))
    assert shortest(streets, set(found.events), 11) == found.cost
    assert found.exact
    assert found.planned < len(every) / 10


def test_among_millions_of_sets_few_are_planned() -> None:
    net, closed, streets = city(5, 5, 6)
    found = worst(net, closed, 4, top=1)
    assert found.sets > 10**6
    assert found.exact
    assert found.planned < 200
    assert shortest(streets, set(found.events), 29) == found.cost


# Options -------------------------------------------------------------------------------------------------------------------


def test_a_search_that_is_cut_short_says_so_and_bounds_what_is_left() -> None:
    net = Network.read(INTERDICTION)
    short = worst(net, k=3, most=2)
    assert not short.exact
    assert short.planned == 2
    assert short.cost <= 713 <= short.bound
    lake = two_stage()
    stops = [Event(name, (Change(table, name, column, value=0.0),)) for table, name, column in _STOPS]
    some = worst(lake, stops, 2, most=1)
    assert some.cost <= worst(lake, stops, 2).cost <= some.bound < np.inf


_STOPS = (("lanes", "ab", "capacity"), ("lanes", "bc", "capacity"), ("supplies", "mine", "quantity"))


def test_builds_that_may_adapt_never_make_it_worse_and_unserved_demand_is_told() -> None:
    net = two_stage()
    stops = [
        Event("half", (Change("availability", "works", "share", value=0.5),)),
        Event("rush", (Change("demands", "cars", "quantity", "2030", factor=1.5),)),
        Event("dear", (Change("supplies", "mine", "price", value=9.0),)),
    ]
    held, free = worst(net, stops, 2), worst(net, stops, 2, replan=True)
    assert free.cost <= held.cost + 1e-9
    assert free.without == pytest.approx(held.without)
    assert (held.replanned, free.replanned) == (False, True)
    assert held.unserved["cell"] > 0


@pytest.mark.parametrize("k", [0, 7])
def test_a_number_of_events_that_there_is_not_is_refused(k: int) -> None:
    with pytest.raises(NotStated, match="from 1 to"):
        worst(Network.read(INTERDICTION), k=k)


def test_without_a_plan_there_is_no_worst_case() -> None:
    with pytest.raises(NotStated, match="without any event the plan is infeasible"):
        worst(Network.read(CASES / "no-plan"), [Event("any", ())], 1)
