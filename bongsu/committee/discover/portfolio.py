"""Which projects together: a choice in whole numbers under budgets and prerequisites.

    min  cost(z)   s.t.  Σ_i money(i, party, year) z_i <= budget(party)     for every year
                         z_i <= Σ_{j that it needs} z_j
                         Σ_i z_i <= most,   z_i in {0, 1}

cost(z) is the optimum of the whole plan with the blocks of z built and no other build of the candidates. As a function of the sizes
it is convex, so each solved plan gives a cut that is nowhere above it and exact at its own z (Benders, Numerische Mathematik 4,
1962):

    cost(z) >= cost(z') - Σ_i gain_i(z') size_i (z_i - z'_i)

where gain_i is minus the reduced cost of the build. A small programme over the cuts proposes z, the plan is solved there, and so on
until the proposal promises no more than the best plan found: the choice is then proven best to the gap.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from bongsu.committee.discover.resolve import Block, Resolver
from bongsu.plan.arrays import Floats


@dataclass(frozen=True)
class Chosen:
    """The best choice.

    Attributes:
        members: positions of the chosen candidates.
        value: what they save together against none of them, present money.
        bound: no allowed choice saves more.
        plans: number of plans solved.
    """

    members: tuple[int, ...]
    value: float
    bound: float
    plans: int


def choose(
    resolver: Resolver,
    blocks: Sequence[Block],
    spending: Sequence[Mapping[tuple[str, int], float]],
    budgets: Mapping[str, float],
    needs: Mapping[int, Sequence[Sequence[int]]],
    most: int,
    gap: float = 1e-3,
    limit: int = 200,
    tell: Callable[[str], None] = lambda _: None,
) -> Chosen:
    """The set of blocks that saves most.

    Args:
        resolver: of the network with them.
        blocks: the candidates.
        spending: of each, money by party and year.
        budgets: most money of a party in any one year; a party that is not named has no limit.
        needs: for a position, groups of positions of each of which one must be chosen with it.
        most: number of projects at most.
        gap: relative to the value, at which the choice counts as proven.
        limit: of plans solved.
        tell: told how far it is.
    """
    size, options = len(blocks), [one.option for one in blocks]
    if not size or most <= 0:
        return Chosen((), 0.0, 0.0, 0)
    rows, right = _rules(size, spending, budgets, needs, most)
    none = resolver.solve(closed=options).cost
    scale = max(1.0, abs(none) * 1e-6)
    roof = max(0.0, (none - resolver.solve(free=options).cost) / scale)
    cuts: list[tuple[Floats, float]] = []
    seen: dict[tuple[int, ...], float] = {}
    best: tuple[float, tuple[int, ...]] = (0.0, ())
    chosen: tuple[int, ...] = ()
    bound = np.inf
    while len(seen) < limit:
        found = resolver.solve([blocks[i] for i in chosen], closed=options)
        value = (none - found.cost) / scale
        seen[chosen] = value
        best = max(best, (value, chosen), key=lambda pair: pair[0])
        slope = np.array([resolver.gains(one.option, found)[one.period] * one.size / scale for one in blocks])
        at = np.isin(np.arange(size), chosen).astype(float)
        cuts.append((slope, value - float(slope @ at)))
        proposal, bound = _master(cuts, rows, right, size, roof)
        tell(f"choosing together: best {best[0] * scale / 1e6:,.0f}, at most {bound * scale / 1e6:,.0f} million")
        if bound <= best[0] + gap * max(best[0], 1e-9) or proposal in seen:
            break
        chosen = proposal
    return Chosen(best[1], best[0] * scale, max(bound, best[0]) * scale, len(seen))


def _rules(
    size: int,
    spending: Sequence[Mapping[tuple[str, int], float]],
    budgets: Mapping[str, float],
    needs: Mapping[int, Sequence[Sequence[int]]],
    most: int,
) -> tuple[Floats, Floats]:
    """The rules of a choice as rows over z, at most ``right``."""
    rows, right = [np.ones(size)], [float(most)]
    for party, year in sorted({key for own in spending for key in own}):
        if party in budgets:
            money = max(budgets[party], 1.0)
            rows.append(np.array([own.get((party, year), 0.0) / money for own in spending]))
            right.append(budgets[party] / money)
    for at, groups in needs.items():
        for group in groups:
            row = np.zeros(size)
            row[at] = 1.0
            row[list(group)] -= 1.0
            rows.append(row)
            right.append(0.0)
    return np.array(rows), np.array(right)


def _master(
    cuts: Sequence[tuple[Floats, float]], rows: Floats, right: Floats, size: int, roof: float
) -> tuple[tuple[int, ...], float]:
    """The choice that could save most by all cuts, and how much."""
    cost = np.append(np.zeros(size), -1.0)
    by_cut = np.array([np.append(-slope, 1.0) for slope, _ in cuts])
    limits = [
        LinearConstraint(by_cut, ub=np.array([constant for _, constant in cuts])),
        LinearConstraint(np.column_stack([rows, np.zeros(right.size)]), ub=right),
    ]
    bounds = Bounds(np.append(np.zeros(size), -np.inf), np.append(np.ones(size), roof))
    answer = milp(cost, constraints=limits, bounds=bounds, integrality=np.append(np.ones(size), 0.0))
    if answer.x is None:
        raise RuntimeError("the choice of projects has no answer, although choosing none is allowed")
    return tuple(int(i) for i in np.flatnonzero(answer.x[:size] > 0.5)), -float(answer.fun)
