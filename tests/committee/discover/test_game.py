"""Choice, Shapley value and synergy against what they must be."""

from __future__ import annotations

from itertools import combinations

import pytest

from bongsu.committee.discover.game import EXACT, play, worth
from bongsu.committee.discover.portfolio import Choice
from bongsu.committee.discover.resolve import Block, Resolver

from .networks import ONE, SAVED, TWO, WANTED, YEARLY, network

BLOCKS = [Block(ONE, 80.0, 0), Block(TWO, 60.0, 0)]


@pytest.fixture(scope="module")
def resolver() -> Resolver:
    return Resolver(network(ONE, TWO), [ONE, TWO])


def test_projects_that_stand_in_for_each_other_have_a_negative_synergy(resolver: Resolver) -> None:
    # Together they make 140 of the 100 that are wanted: 40 units save nothing, for three years.
    game = play(2, worth(resolver, BLOCKS))
    assert game.alone == pytest.approx((3 * 80 * (SAVED - YEARLY), 3 * 60 * (SAVED - YEARLY - 1)))
    assert game.synergy[0, 1] == pytest.approx(-3 * 40 * SAVED)
    assert game.together == pytest.approx(3 * (SAVED * WANTED - YEARLY * 80 - (YEARLY + 1) * 60))


def test_the_shapley_value_shares_out_all_and_no_more(resolver: Resolver) -> None:
    game = play(2, worth(resolver, BLOCKS))
    assert sum(game.shapley) == pytest.approx(game.together)
    assert game.shapley == pytest.approx(tuple(a + game.synergy[0, 1] / 2 for a in game.alone))


def glove(members: frozenset[int]) -> float:
    """A pair of gloves is worth one; player 0 holds a left one, all others right ones."""
    return 1.0 if 0 in members and len(members) > 1 else 0.0


def test_the_shapley_value_of_the_glove_game() -> None:
    game = play(3, glove)
    assert game.shapley == pytest.approx((2 / 3, 1 / 6, 1 / 6))
    assert game.marginal == (1.0, 0.0, 0.0)


def test_drawn_orders_come_near_the_exact_value_within_their_error() -> None:
    size = EXACT + 2
    game = play(size, glove, seed=1, pairs=200)
    assert abs(game.shapley[0] - (1 - 1 / size)) <= 4 * game.error[0] + 1e-12
    assert sum(game.shapley) == pytest.approx(1.0)
    assert game == play(size, glove, seed=1, pairs=200)


@pytest.mark.parametrize("budget", [None, 60.0, 80.0])
def test_the_choice_is_the_best_of_all_allowed_ones(resolver: Resolver, budget: float | None) -> None:
    blocks = [*BLOCKS]
    spending = [{("KR", 1): one.size} for one in blocks]
    found = Choice(resolver, blocks, [], {}, spending).best({} if budget is None else {"KR": budget}, most=2)
    value = worth(resolver, blocks)
    allowed = [
        frozenset(s)
        for n in range(3)
        for s in combinations(range(2), n)
        if budget is None or sum(blocks[i].size for i in s) <= budget
    ]
    assert found.value == pytest.approx(max(map(value, allowed)))
    assert frozenset(found.members) in allowed
    assert found.bound >= found.value - 1e-9


def test_a_project_waits_for_what_it_needs(resolver: Resolver) -> None:
    spending = [{("KR", 1): 0.0}, {("KR", 1): 10.0}]
    found = Choice(resolver, BLOCKS, [], {0: [[1]]}, spending).best({"KR": 5.0}, most=2)
    assert found.members == ()
    assert found.value == 0.0


def test_choosing_none_is_an_answer() -> None:
    dear = Resolver(network(ONE, TWO), [ONE, TWO])
    found = Choice(dear, [Block(ONE, 300.0, 0)], [], {}, [{}]).best({}, most=1)
    assert found.members == ()


def test_the_frontier_is_the_best_choice_under_each_budget(resolver: Resolver) -> None:
    value = worth(resolver, BLOCKS)
    steps = Choice(resolver, BLOCKS, [], {}, [{}, {}]).frontier([10.0, 5.0], most=2, steps=3)
    assert [step.budget for step in steps] == pytest.approx([5.0, 10.0, 15.0])
    for step in steps:
        allowed = [
            frozenset(s)
            for n in range(3)
            for s in combinations(range(2), n)
            if sum((10.0, 5.0)[i] for i in s) <= step.budget
        ]
        assert step.value == pytest.approx(max(map(value, allowed)))
        assert step.bound >= step.value - 1e-9
        assert step.invested <= step.budget + 1e-9


def test_no_players_share_out_nothing() -> None:
    game = play(0, glove)
    assert game.together == 0.0
    assert game.shapley == ()
