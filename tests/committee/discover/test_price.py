"""Pricing and verification against answers worked out by hand."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bongsu.chain.network import Network
from bongsu.committee.discover.candidates import Candidate
from bongsu.committee.discover.price import labels, price_out, spread
from bongsu.committee.discover.resolve import Block, Resolver
from bongsu.committee.discover.verify import Verified, bound, settle
from bongsu.plan.assemble import compile_network
from bongsu.plan.plan import Plan

from .networks import ONE, SAVED, TWO, WANTED, YEARLY, network


def _candidate(option: str, *sizes: float) -> Candidate:
    return Candidate(option.removeprefix("new:"), "make", "site", True, ("feed",), sizes, "t", 0, 20, ())


@pytest.fixture(scope="module")
def both() -> Resolver:
    return Resolver(network(ONE, TWO), [ONE, TWO])


def by_hand(size: float, periods: int, yearly: float = YEARLY) -> float:
    """What a block is worth: each unit in use saves, each unit built costs."""
    return periods * (SAVED * min(size, WANTED) - yearly * size)


def test_a_unit_is_priced_at_what_it_saves_less_what_it_costs_in_every_year_that_it_stands() -> None:
    priced = price_out(Plan.of(network()), compile_network(network(ONE, TWO)), [ONE, TWO])
    assert priced[ONE].gain == pytest.approx(3 * (SAVED - YEARLY))
    assert priced[ONE].period == 0
    assert priced[TWO].gain == pytest.approx(3 * (SAVED - YEARLY - 1))


def test_what_the_plan_can_build_already_is_not_priced() -> None:
    assert price_out(Plan.of(network(ONE)), compile_network(network(ONE, TWO)), [ONE, TWO]).keys() == {TWO}


@hypothesis_settings(max_examples=25, deadline=None)
@given(st.floats(1.0, 399.0), st.integers(0, 2))
def test_the_value_of_a_block_is_that_of_the_hand_and_never_above_its_price(
    both: Resolver, size: float, start: int
) -> None:
    value = both.value(Block(ONE, size, start))
    assert value == pytest.approx(by_hand(size, 3 - start), rel=1e-6, abs=1e-6)
    assert value <= size * 3 * (SAVED - YEARLY) + 1e-6


def test_a_block_too_large_costs_more_than_it_saves_and_says_so(both: Resolver) -> None:
    assert both.value(Block(ONE, 300.0, 0)) == pytest.approx(-900.0)


def test_the_answer_does_not_depend_on_what_was_asked_before() -> None:
    first, second = (Resolver(network(ONE, TWO), [ONE, TWO]) for _ in range(2))
    second.value(Block(TWO, 70.0, 1))
    assert first.value(Block(ONE, 60.0, 0)) == second.value(Block(ONE, 60.0, 0))


def test_a_cold_solve_by_another_method_gives_the_same_cost(both: Resolver) -> None:
    block = Block(ONE, 80.0, 1)
    assert both.cold([block]) == pytest.approx(both.solve([block]).cost, rel=1e-9)


def test_an_option_of_the_case_is_closed_in_both_plans() -> None:
    resolver = Resolver(network(ONE), [])
    assert resolver.value(Block(ONE, 50.0, 0)) == pytest.approx(by_hand(50.0, 3))


def settled(both: Resolver, *sizes: float) -> Verified:
    one = [_candidate(ONE, *sizes)]
    return settle(both, one, one, bound(both, one, one), {})


def test_the_size_is_sought_on_the_side_to_which_the_slope_points(both: Resolver) -> None:
    larger = settled(both, 10.0, 40.0, 90.0)
    smaller = settled(both, 80.0, 300.0, 400.0)
    assert larger.block == Block(ONE, 90.0, 0)
    assert smaller.block == Block(ONE, 80.0, 0)
    assert larger.value == pytest.approx(by_hand(90.0, 3))


def test_no_block_is_worth_more_than_its_bound(both: Resolver) -> None:
    one = [_candidate(ONE, 50.0)]
    most = bound(both, one, one)
    assert most == pytest.approx(by_hand(WANTED, 3))
    assert all(both.value(Block(ONE, size, start)) <= most + 1e-6 for size in (50.0, 100.0, 200.0) for start in (0, 1))


def _town(price: float, freight: float, running: float, wanted: float, **more: list[dict[str, object]]) -> Network:
    """A works in a town may turn goods from abroad into parts, for which the town would pay so much; further rows by table."""
    tables: dict[str, list[dict[str, object]]] = {
        "periods": [{"period": "1"}],
        "items": [{"item": item, "unit": "t"} for item in ("ore", "goods", "parts")],
        "places": [{"place": place} for place in ("abroad", "mine", "site", "town")],
        "plants": [{"plant": "works", "place": "town"}],
        "capacity": [{"plant": "works", "capacity": 100.0}],
        "modes": [{"mode": "run", "plant": "works", "process": "run", "cost": running}],
        "recipes": [
            {"process": "run", "item": "goods", "amount": -1.0},
            {"process": "run", "item": "parts", "amount": 1.0},
        ],
        "lanes": [{"lane": "in", "from": "abroad", "to": "town", "item": "goods", "cost": freight}],
        "supplies": [
            {"supply": "goods", "place": "abroad", "item": "goods", "price": price},
            {"supply": "ore", "place": "mine", "item": "ore", "price": 1.0},
        ],
        "demands": [{"demand": "parts", "place": "town", "item": "parts", "quantity": 50.0, "penalty": wanted}],
    }
    return Network.of(**{name: [*tables.get(name, []), *more.get(name, [])] for name in {**tables, **more}})


@hypothesis_settings(max_examples=25, deadline=None)
@given(*(st.floats(1.0, 20.0) for _ in range(4)))
def test_a_good_costs_and_fetches_what_solving_again_with_a_little_more_of_it_says(
    price: float, freight: float, running: float, wanted: float
) -> None:
    little = 1e-3
    base = Plan.of(_town(price, freight, running, wanted))
    m = base.model
    found = spread(m, base.duals * m.row_scale / m.money, m.upper <= m.lower)
    balance = m.constraints["balance"]
    at = balance.start + labels(m, balance).to_list().index("town\x1fgoods\x1f1")
    unit = m.money / m.row_scale[at]
    row = {"place": "town", "item": "goods", "quantity": little}
    needed = Plan.of(_town(price, freight, running, wanted, demands=[{"demand": "more", "penalty": 1e3, **row}]))
    offered = Plan.of(_town(price, freight, running, wanted, supplies=[{"supply": "more", "price": 0.0, **row}]))
    assert found.ask[at] * unit == pytest.approx((needed.objective - base.objective) / little, rel=1e-3, abs=1e-3)
    # An offer need not be taken: where the works would have to be paid to run, it saves nothing.
    assert max(found.bid[at] * unit, 0.0) == pytest.approx(
        (base.objective - offered.objective) / little, rel=1e-3, abs=1e-3
    )


#: A plant at the site that turns the first item into the second, is free to have, and has a lane in and one out.
def _site(takes: str, gives: str, comes: str, goes: str) -> dict[str, list[dict[str, object]]]:
    return {
        "plants": [{"plant": "new:make@site", "place": "site"}],
        "modes": [{"mode": "make", "plant": "new:make@site", "process": "make", "cost": 2.0}],
        "recipes": [
            {"process": "make", "item": takes, "amount": -1.0},
            {"process": "make", "item": gives, "amount": 1.0},
        ],
        "lanes": [
            {"lane": "to", "from": comes, "to": "site", "item": takes},
            {"lane": "from", "from": "site", "to": goes, "item": gives},
        ],
        "options": [{"option": ONE, "plant": "new:make@site", "annual_cost": 0.5, "max_size": 10.0}],
    }


@pytest.mark.parametrize(
    ("site", "hand"),
    [
        # Goods made at 1 + 2 + 0.5 fetch in the town what the works could pay: 8 - 2.
        (_site("ore", "goods", "mine", "town"), 6.0 - 3.5),
        # Parts made of goods fetch 8 in the town; the goods would have to come from abroad by way of the town: 11 + 2 + 0.5.
        (_site("goods", "parts", "town", "town"), 8.0 - 13.5),
    ],
)
def test_where_no_good_flows_a_project_sells_at_what_it_fetches_and_buys_at_what_it_costs(
    site: dict[str, list[dict[str, object]]], hand: float
) -> None:
    wider = _town(10.0, 1.0, 2.0, 8.0, **site)
    priced = price_out(Plan.of(_town(10.0, 1.0, 2.0, 8.0)), compile_network(wider), [ONE])[ONE]
    block = Resolver(wider, [ONE]).value(Block(ONE, 1.0, 0))
    # What is not worth running still has to be had.
    assert priced.estimate == pytest.approx(max(hand, -0.5)) == pytest.approx(block)
    assert priced.gain >= priced.estimate - 1e-9
    assert priced.cost == pytest.approx(0.5)


def test_a_good_that_nobody_can_supply_or_use_has_no_price() -> None:
    m = (base := Plan.of(_town(10.0, 1.0, 2.0, 8.0, **_site("ore", "goods", "mine", "town")))).model
    found = spread(m, base.duals * m.row_scale / m.money, m.upper <= m.lower)
    balance = m.constraints["balance"]
    at = {name: balance.start + i for i, name in enumerate(labels(m, balance).to_list())}
    assert found.bid[at["town\x1fgoods\x1f1"]] < np.inf
    closed = m.upper <= m.lower
    closed[m.variables["ship"].span] = True
    barred = spread(m, base.duals * m.row_scale / m.money, closed)
    assert barred.ask[at["town\x1fgoods\x1f1"]] == np.inf
    assert barred.bid[at["mine\x1fore\x1f1"]] == -np.inf


def _lanes(*pairs: tuple[str, str], wanted: bool) -> Network:
    """Ore of a mine, at 1, and lanes that cost 1 each; the city may want ore it would pay 5 for."""
    places = sorted({place for pair in pairs for place in pair} | {"mine", "city"})
    return Network.of(
        periods=[{"period": "1"}],
        items=[{"item": "ore", "unit": "t"}],
        places=[{"place": place} for place in places],
        lanes=[{"lane": f"{a}>{b}", "from": a, "to": b, "item": "ore", "cost": 1.0} for a, b in pairs],
        supplies=[{"supply": "ore", "place": "mine", "item": "ore", "price": 1.0}],
        demands=[{"demand": "ore", "place": "city", "item": "ore", "quantity": 1.0, "penalty": 5.0}] if wanted else [],
    )


def _spread_of(network: Network) -> dict[str, tuple[float, float]]:
    """Ask and bid by place."""
    m = (base := Plan.of(network)).model
    found = spread(m, base.duals * m.row_scale / m.money, m.upper <= m.lower)
    balance = m.constraints["balance"]
    unit = m.money / m.row_scale
    return {
        name.split("\x1f")[0]: (found.ask[i] * unit[i], found.bid[i] * unit[i])
        for i, name in enumerate(labels(m, balance).to_list(), start=balance.start)
    }


def test_what_is_at_the_end_of_a_long_chain_costs_every_link_of_it() -> None:
    chain = ["mine", *(f"p{i:02}" for i in range(19)), "z"]
    found = _spread_of(_lanes(*pairwise(chain), wanted=False))
    assert {place: ask for place, (ask, _) in found.items()} == pytest.approx(
        {place: 1.0 + links for links, place in enumerate(chain)}
    )


def test_what_nobody_uses_at_the_end_of_its_lanes_is_worth_nothing_anywhere_on_them() -> None:
    found = _spread_of(_lanes(("mine", "a"), ("a", "b"), ("b", "a"), wanted=False))
    assert {bid for _, bid in found.values()} == {-np.inf}


def test_a_circle_of_lanes_neither_supplies_nor_uses() -> None:
    found = _spread_of(_lanes(("a", "b"), ("b", "a"), ("mine", "far"), ("far", "city"), wanted=True))
    assert found["a"] == found["b"] == (np.inf, -np.inf)
    # Where ore flows it has one price: what it took to bring it there.
    assert found["far"] == pytest.approx((2.0, 2.0))


def test_a_dear_lane_leaves_what_is_paid_at_its_end_less_the_lane() -> None:
    # Six lanes to a city that would pay 5 for what costs 7 there: nothing flows, and each place is worth what is left of the 5.
    chain = ["mine", *"abcde", "city"]
    found = _spread_of(_lanes(*pairwise(chain), wanted=True))
    assert {place: bid for place, (_, bid) in found.items() if place != "city"} == pytest.approx(
        {place: 5.0 - (6 - links) for links, place in enumerate(chain[:-1])}
    )
