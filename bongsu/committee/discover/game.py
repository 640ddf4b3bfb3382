"""What projects are worth together: marginal and Shapley values, synergy and substitution.

The players are projects of fixed size and start. A coalition S is worth what the plan saves with its blocks built, against the plan
with none of the players built at all:

    v(S) = cost({}) - cost(S)

The marginal value of a project is what is lost when it alone is left out of all. Its Shapley value is its mean marginal value over
all orders of joining (Shapley, "A value for n-person games", 1953): it shares out v(all) exactly. Up to :data:`EXACT` players all
coalitions are solved; beyond, orders are drawn, each with its reverse, and the standard error over the pairs is given. Two projects
have the synergy v(ij) - v(i) - v(j): below zero they stand in for each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import factorial, sqrt

import numpy as np

from bongsu.committee.discover.resolve import Block, Resolver

#: So many players or fewer: all coalitions are solved.
EXACT = 6
Worth = Callable[[frozenset[int]], float]


@dataclass(frozen=True)
class Game:
    """The values of a set of projects.

    Attributes:
        alone: of each player by itself; marginal: of each to all the others.
        shapley, error: and its standard error (0 where exact).
        synergy: by pair of positions.
        together: of all.
    """

    alone: tuple[float, ...]
    marginal: tuple[float, ...]
    shapley: tuple[float, ...]
    error: tuple[float, ...]
    synergy: dict[tuple[int, int], float]
    together: float


def worth(resolver: Resolver, blocks: Sequence[Block], closed: Sequence[str] = ()) -> Worth:
    """v of the blocks, by position, with further options closed throughout; plans are solved once each."""
    options = sorted({*closed, *(one.option for one in blocks)})
    none = resolver.solve(closed=options).cost

    def of(chosen: frozenset[int]) -> float:
        return none - resolver.solve([blocks[i] for i in sorted(chosen)], closed=options).cost if chosen else 0.0

    return of


def play(size: int, value: Worth, seed: int = 0, pairs: int = 20) -> Game:
    """The values of a game.

    Args:
        size: number of players.
        value: of a coalition.
        seed: of the orders drawn beyond :data:`EXACT` players.
        pairs: orders drawn, each with its reverse.
    """
    everyone = frozenset(range(size))
    alone = tuple(value(frozenset({i})) for i in range(size))
    marginal = tuple(value(everyone) - value(everyone - {i}) for i in range(size))
    shapley, error = _exact(size, value) if size <= EXACT else _drawn(size, value, seed, pairs)
    synergy = {(i, j): value(frozenset({i, j})) - alone[i] - alone[j] for i, j in combinations(range(size), 2)}
    return Game(alone, marginal, shapley, error, synergy, value(everyone))


def _exact(size: int, value: Worth) -> tuple[tuple[float, ...], tuple[float, ...]]:
    found = []
    for i in range(size):
        others = [j for j in range(size) if j != i]
        total = 0.0
        for count in range(size):
            weight = factorial(count) * factorial(size - count - 1) / factorial(size)
            total += weight * sum(value(frozenset({*s, i})) - value(frozenset(s)) for s in combinations(others, count))
        found.append(total)
    return tuple(found), (0.0,) * size


def _drawn(size: int, value: Worth, seed: int, pairs: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    draw = np.random.default_rng(seed)
    gained = np.zeros((pairs, size))
    for at in range(pairs):
        order = draw.permutation(size).tolist()
        for way in (order, order[::-1]):
            joined: frozenset[int] = frozenset()
            for i in way:
                more = joined | {i}
                gained[at, i] += (value(more) - value(joined)) / 2
                joined = more
    spread = gained.std(axis=0, ddof=1) / sqrt(pairs)
    return tuple(gained.mean(axis=0).tolist()), tuple(spread.tolist())
