"""Stable trades: both sides rank, amounts are limited on both sides and between each two.

A trade ``x(i, j)`` of proposers ``i`` and receivers ``j`` is *stable* if it keeps every quota and no pair blocks it: no two
who find each other acceptable, could trade more between them, and would both rather do so, each having something left or
trading with somebody it likes less. With quotas of one this is the stable marriage problem (Gale and Shapley 1962), with
quotas on one side that of hospitals and residents, with any whole amounts the stable allocation problem (Baïou and Balinski
2002, The stable allocation (or ordinal transportation) problem, Mathematics of Operations Research 27).

Deferred acceptance finds the stable trade that is best for every proposer among all stable ones, and worst for every
receiver; what each trades in all is the same in every stable trade (the rural hospitals theorem). With quotas of one, no
proposer gains by ranking untruly (Dubins and Freedman 1981; Roth 1982); receivers may, and with larger quotas proposers may
as well, by ranking untruly or by hiding some of what they have (Roth 1985; Sönmez 1997). So whoever reports should not
decide by this alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Trade = dict[tuple[int, int], int]


def stable(
    proposers: Sequence[int],
    receivers: Sequence[int],
    likes: Sequence[Sequence[int]],
    liked: Sequence[Sequence[int]],
    most: Mapping[tuple[int, int], int] | None = None,
) -> Trade:
    """The stable trade that is best for the proposers, by deferred acceptance.

    Rankings are strict. Whoever is indifferent breaks the tie in any order; what comes out then has no pair of whom both would
    strictly rather trade with each other (weakly stable; Irving 1994), though which such trade it is hangs on the order.

    Args:
        proposers, receivers: most that each trades in all, in whole lots.
        likes: for each proposer the receivers it accepts, best first.
        liked: for each receiver the proposers it accepts, best first.
        most: most between two; a pair that is not named is limited by the two alone.

    Returns:
        Lots by pair, only those above zero.

    Raises:
        ValueError: an amount is negative, or somebody is ranked twice or does not exist.
    """
    _check(proposers, receivers, likes, liked)
    place = [{i: at for at, i in enumerate(order)} for order in liked]
    # What each proposer may still offer to each receiver: lowered for good when it is turned away.
    room = {
        (i, j): min(proposers[i], receivers[j], (most or {}).get((i, j), proposers[i]))
        for i, order in enumerate(likes)
        for j in order
        if i in place[j]
    }
    held: list[dict[int, int]] = [{} for _ in receivers]
    left = list(proposers)
    waiting = [i for i, amount in enumerate(proposers) if amount > 0]
    while waiting:
        i = waiting.pop()
        for j in likes[i]:
            offer = min(left[i], room.get((i, j), 0) - held[j].get(i, 0))
            if offer <= 0:
                continue
            held[j][i] = held[j].get(i, 0) + offer
            left[i] -= offer
            over = sum(held[j].values()) - receivers[j]
            for k in sorted(held[j], key=lambda k: -place[j][k]):
                back = min(over, held[j][k])
                if over <= 0:
                    break
                if back == 0:
                    continue
                held[j][k] -= back
                over -= back
                room[k, j] = held[j][k]
                left[k] += back
                if k not in waiting and k != i:
                    waiting.append(k)
            if left[i] == 0:
                break
    return {(i, j): amount for j, own in enumerate(held) for i, amount in sorted(own.items()) if amount > 0}


def blocking(
    trade: Mapping[tuple[int, int], int],
    proposers: Sequence[int],
    receivers: Sequence[int],
    likes: Sequence[Sequence[int]],
    liked: Sequence[Sequence[int]],
    most: Mapping[tuple[int, int], int] | None = None,
) -> list[tuple[int, int]]:
    """Pairs that would both rather trade more with each other; a stable trade has none."""
    found = []
    for i, order in enumerate(likes):
        for j in order:
            if i not in liked[j]:
                continue
            limit = min(proposers[i], receivers[j], (most or {}).get((i, j), proposers[i]))
            if trade.get((i, j), 0) >= limit:
                continue
            above = sum(trade.get((i, other), 0) for other in order[: list(order).index(j) + 1])
            below = sum(trade.get((other, j), 0) for other in liked[j][: list(liked[j]).index(i) + 1])
            if above < proposers[i] and below < receivers[j]:
                found.append((i, j))
    return found


def _check(
    proposers: Sequence[int], receivers: Sequence[int], likes: Sequence[Sequence[int]], liked: Sequence[Sequence[int]]
) -> None:
    if any(amount < 0 for amount in (*proposers, *receivers)):
        raise ValueError("an amount is below zero; give whole lots, zero or more")
    for what, orders, count in (("proposer", likes, len(receivers)), ("receiver", liked, len(proposers))):
        for at, order in enumerate(orders):
            if len(set(order)) != len(order):
                raise ValueError(f"{what} {at} ranks somebody twice; rank each once")
            if any(not 0 <= other < count for other in order):
                raise ValueError(f"{what} {at} ranks somebody who does not exist; there are {count}")
    if len(likes) != len(proposers) or len(liked) != len(receivers):
        raise ValueError("every proposer and every receiver needs a ranking, empty if it accepts nobody")
