"""Stable trades, against every trade there is on small cases."""

from __future__ import annotations

from itertools import permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bongsu.committee.link.matching import Trade, blocking, stable


@st.composite
def markets(draw: st.DrawFn, most_agents: int = 6, most_quota: int = 9, acceptable: bool = True):
    n, m = draw(st.integers(1, most_agents)), draw(st.integers(1, most_agents))
    proposers = draw(st.lists(st.integers(0, most_quota), min_size=n, max_size=n))
    receivers = draw(st.lists(st.integers(0, most_quota), min_size=m, max_size=m))
    likes = [draw(st.permutations(range(m))) for _ in range(n)]
    liked = [draw(st.permutations(range(n))) for _ in range(m)]
    if acceptable:
        likes = [order[: draw(st.integers(0, m))] for order in likes]
        liked = [order[: draw(st.integers(0, n))] for order in liked]
    pairs = draw(
        st.dictionaries(st.tuples(st.integers(0, n - 1), st.integers(0, m - 1)), st.integers(0, most_quota), max_size=6)
    )
    return proposers, receivers, likes, liked, pairs


@settings(deadline=None)
@given(markets())
def test_no_pair_blocks_and_every_quota_is_kept(market) -> None:
    proposers, receivers, likes, liked, most = market
    trade = stable(proposers, receivers, likes, liked, most)
    assert blocking(trade, proposers, receivers, likes, liked, most) == []
    for i, quota in enumerate(proposers):
        assert sum(amount for (a, _), amount in trade.items() if a == i) <= quota
    for j, quota in enumerate(receivers):
        assert sum(amount for (_, b), amount in trade.items() if b == j) <= quota
    for (i, j), amount in trade.items():
        assert j in likes[i]
        assert i in liked[j]
        assert 0 < amount <= most.get((i, j), amount)


def every_trade(proposers, receivers, likes, liked, most) -> list[Trade]:
    """All trades that keep the quotas."""
    pairs = [(i, j) for i, order in enumerate(likes) for j in order if i in liked[j]]
    tops = [min(proposers[i], receivers[j], most.get((i, j), 99)) for i, j in pairs]
    found = []
    for amounts in product(*(range(top + 1) for top in tops)):
        trade = {pair: amount for pair, amount in zip(pairs, amounts, strict=True) if amount}
        if all(sum(v for (a, _), v in trade.items() if a == i) <= q for i, q in enumerate(proposers)) and all(
            sum(v for (_, b), v in trade.items() if b == j) <= q for j, q in enumerate(receivers)
        ):
            found.append(trade)
    return found


@settings(max_examples=60, deadline=None)
@given(markets(most_agents=3, most_quota=2))
def test_among_all_stable_trades_the_proposers_get_the_best_and_all_the_same_in_all(market) -> None:
    proposers, receivers, likes, liked, most = market
    ours = stable(proposers, receivers, likes, liked, most)
    others = [
        trade
        for trade in every_trade(proposers, receivers, likes, liked, most)
        if not blocking(trade, proposers, receivers, likes, liked, most)
    ]
    assert ours in others
    for other in others:
        for i, order in enumerate(likes):
            # Of the first k on its list together, a proposer never gets less than in another stable trade.
            for k in range(1, len(order) + 1):
                mine = sum(ours.get((i, j), 0) for j in order[:k])
                theirs = sum(other.get((i, j), 0) for j in order[:k])
                assert mine >= theirs
            assert sum(ours.get((i, j), 0) for j in order) == sum(other.get((i, j), 0) for j in order)
        for j, order in enumerate(liked):
            for k in range(1, len(order) + 1):
                assert sum(ours.get((i, j), 0) for i in order[:k]) <= sum(other.get((i, j), 0) for i in order[:k])


def marriage(proposes, receives) -> dict[int, int]:
    """Gale and Shapley's algorithm for marriages, written for nothing else."""
    engaged: dict[int, int] = {}
    free, at = list(range(len(proposes))), [0] * len(proposes)
    while free:
        man = free.pop(0)
        woman = proposes[man][at[man]]
        at[man] += 1
        if woman not in engaged:
            engaged[woman] = man
        elif receives[woman].index(man) < receives[woman].index(engaged[woman]):
            free.append(engaged[woman])
            engaged[woman] = man
        else:
            free.append(man)
    return {man: woman for woman, man in engaged.items()}


@settings(deadline=None)
@given(st.data())
def test_quotas_of_one_are_the_stable_marriage_problem(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 6))
    likes = [data.draw(st.permutations(range(n))) for _ in range(n)]
    liked = [data.draw(st.permutations(range(n))) for _ in range(n)]
    assert stable([1] * n, [1] * n, likes, liked) == dict.fromkeys(marriage(likes, liked).items(), 1)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_with_quotas_of_one_no_proposer_gains_by_ranking_untruly(data: st.DataObject) -> None:
    n = 3
    likes = [data.draw(st.permutations(range(n))) for _ in range(n)]
    liked = [data.draw(st.permutations(range(n))) for _ in range(n)]
    honest = dict(stable([1] * n, [1] * n, likes, liked).keys())
    for lie in permutations(range(n)):
        for kept in range(n + 1):
            said = [list(lie[:kept]), *likes[1:]]
            got = dict(stable([1] * n, [1] * n, said, liked).keys()).get(0)
            if got is not None:
                assert likes[0].index(got) >= likes[0].index(honest[0])


def test_the_examples_of_gale_and_shapley() -> None:
    # Gale and Shapley (1962), examples 1 and 2: ranks (of the woman by the man, of the man by the woman).
    first = [[(1, 3), (2, 2), (3, 1)], [(3, 1), (1, 3), (2, 2)], [(2, 2), (3, 1), (1, 3)]]
    second = [
        [(1, 3), (2, 3), (3, 2), (4, 3)],
        [(1, 4), (4, 1), (3, 3), (2, 2)],
        [(2, 2), (1, 4), (3, 4), (4, 1)],
        [(4, 1), (2, 2), (3, 1), (1, 4)],
    ]
    for ranks, men, women in (
        (first, {0: 0, 1: 1, 2: 2}, {0: 2, 1: 0, 2: 1}),
        (second, {0: 2, 1: 3, 2: 0, 3: 1}, {0: 2, 1: 3, 2: 0, 3: 1}),
    ):
        n = len(ranks)
        likes = [sorted(range(n), key=lambda j, i=i: ranks[i][j][0]) for i in range(n)]
        liked = [sorted(range(n), key=lambda i, j=j: ranks[i][j][1]) for j in range(n)]
        assert dict(stable([1] * n, [1] * n, likes, liked).keys()) == men
        assert {man: woman for woman, man in stable([1] * n, [1] * n, liked, likes)} == women


@settings(deadline=None)
@given(st.data())
def test_ties_broken_anyhow_leave_no_pair_that_both_strictly_prefer(data: st.DataObject) -> None:
    n, m = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 4))
    marks = st.integers(1, 3)
    of_proposers = [[data.draw(marks) for _ in range(m)] for _ in range(n)]
    of_receivers = [[data.draw(marks) for _ in range(n)] for _ in range(m)]
    room = [data.draw(st.integers(0, 2)) for _ in range(m)]
    likes = [sorted(data.draw(st.permutations(range(m))), key=lambda j, i=i: of_proposers[i][j]) for i in range(n)]
    liked = [sorted(data.draw(st.permutations(range(n))), key=lambda i, j=j: of_receivers[j][i]) for j in range(m)]
    trade = stable([1] * n, room, likes, liked)
    mine = dict(trade.keys())
    for i in range(n):
        for j in range(m):
            rather = i not in mine or of_proposers[i][j] < of_proposers[i][mine[i]]
            held = [of_receivers[j][other] for other in mine if mine[other] == j]
            would = len(held) < room[j] or any(of_receivers[j][i] < mark for mark in held)
            assert not (rather and would)


def test_a_receiver_may_gain_by_hiding_whom_it_accepts() -> None:
    likes, liked = [[0, 1], [1, 0]], [[1, 0], [0, 1]]
    honest = stable([1, 1], [1, 1], likes, liked)
    lying = stable([1, 1], [1, 1], likes, [[1], [0, 1]])
    assert (0, 0) in honest
    assert (1, 0) in lying  # receiver 0 likes proposer 1 better


@pytest.mark.parametrize(
    ("market", "sentence"),
    [
        (([-1], [1], [[0]], [[0]]), "below zero"),
        (([1], [1], [[0, 0]], [[0]]), "twice"),
        (([1], [1], [[3]], [[0]]), "does not exist"),
        (([1, 1], [1], [[0]], [[0]]), "needs a ranking"),
    ],
)
def test_what_cannot_be_matched_is_said(market, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        stable(*market)
