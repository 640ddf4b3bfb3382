"""Processes held back in both plans: what a project is worth where the plan would build the same next door."""

from __future__ import annotations

import pytest

from bongsu.committee.discover.candidates import Candidate
from bongsu.committee.discover.resolve import Block, Resolver
from bongsu.committee.discover.verify import second, seconds_of, verify

from .networks import ONE, SAVED, TWO, WANTED, YEARLY, network

YEARS = 3


def candidate(option: str, sizes: tuple[float, ...] = (40.0, 60.0, 80.0), generated: bool = False) -> Candidate:
    project = option.removeprefix("new:")
    process, _, place = project.partition("@")
    return Candidate(project, process, place, generated, ("feed",), sizes, "t", 0, 10, ())


@pytest.fixture(scope="module")
def resolver() -> Resolver:
    return Resolver(network(ONE, TWO), [])


def test_a_project_is_worth_the_whole_process_not_one_place_over_another(resolver: Resolver) -> None:
    # Both sites are free to the plan. Against a plan that may build next door, 80 at the first would save 80 for three years.
    found = verify(resolver, [candidate(ONE), candidate(TWO)], {}, count=1)
    assert len(found) == 1
    one = found[0]
    assert one.candidate.project == "make@site"
    assert one.value == pytest.approx(YEARS * 80 * (SAVED - YEARLY))
    assert dict(one.sites) == pytest.approx({"make@site": YEARS * 80 * 3, "make@other": YEARS * 80 * 2})
    assert resolver.value(Block(ONE, 80.0, 0)) == pytest.approx(YEARS * 80 * 1)


def test_no_block_of_any_size_or_start_is_worth_more_than_the_bound(resolver: Resolver) -> None:
    found = verify(resolver, [candidate(ONE), candidate(TWO)], {}, count=1)[0]
    assert found.bound == pytest.approx(YEARS * WANTED * (SAVED - YEARLY))
    none = resolver.solve(closed=[ONE, TWO]).cost
    for size in (10.0, 50.0, 100.0, 150.0):
        for period in range(YEARS):
            plan = resolver.solve([Block(ONE, size, period)], closed=[ONE, TWO])
            assert none - plan.cost <= found.bound * (1 + 1e-9)


def test_every_value_told_is_that_of_a_solve_without_and_with_it(resolver: Resolver) -> None:
    found = verify(resolver, [candidate(ONE), candidate(TWO)], {}, count=1)[0]
    assert found.block is not None
    for name in found.sites:
        block = Block(f"new:{name}", found.block.size, found.block.period)
        cold = resolver.cold(closed=[ONE, TWO]) - resolver.cold([block], closed=[ONE, TWO])
        assert found.sites[name] == pytest.approx(cold, rel=1e-6)


def test_every_place_is_told_for_the_block_that_is_proposed(resolver: Resolver) -> None:
    # The second site takes the largest plant, so size is first sought there and 60 found; the first is cheaper and suits 90.
    pair = [candidate(ONE, (40.0, 60.0, 90.0)), candidate(TWO, (10.0, 60.0, 400.0))]
    found = verify(resolver, pair, {}, count=1)[0]
    assert found.block == Block(ONE, 90.0, 0)
    assert dict(found.sites) == pytest.approx({"make@site": YEARS * 90 * 3, "make@other": YEARS * 90 * 2})


def test_a_second_plant_is_worth_what_it_adds(resolver: Resolver) -> None:
    # The first makes 80 of the 100 that are wanted: 20 of the second's 80 are of use, and it costs 4 a year for each.
    pair = [candidate(ONE), candidate(TWO)]
    tried = seconds_of(resolver, verify(resolver, pair, {}, count=1)[0], pair)
    # A smaller one would lose less, so the smallest is tried: 40, of which 20 are of use.
    assert [(one.block, one.value) for one in tried] == [
        (Block(TWO, 40.0, 0), pytest.approx(YEARS * (20 * SAVED - 40 * (YEARLY + 1))))
    ]
    assert second(resolver, tried) is None
    small = [candidate(ONE), candidate(TWO, (20.0,))]
    again = second(resolver, seconds_of(resolver, verify(resolver, small, {}, count=1)[0], small))
    assert again is not None
    assert again.after == "make@site"
    assert again.value == pytest.approx(YEARS * 20 * (SAVED - YEARLY - 1))


def test_what_is_asked_beside_is_solved_and_not_proposed(resolver: Resolver) -> None:
    pair = [candidate(ONE), candidate(TWO)]
    found = verify(resolver, pair, {}, count=1, also=["make@site"])[0]
    assert found.candidate.project == "make@other"
    assert found.sites["make@site"] > found.sites["make@other"]
