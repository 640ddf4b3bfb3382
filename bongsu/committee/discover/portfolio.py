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
from functools import cached_property

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


@dataclass(frozen=True)
class Step:
    """One point of the frontier: a budget for all investment, the best choice under it, what it saves and invests."""

    budget: float
    members: tuple[int, ...]
    invested: float
    value: float
    bound: float


class Choice:
    """Chooses among blocks of one network; cuts of plans solved for one question serve the next.

    Args:
        resolver: of the network with them.
        blocks: the candidates.
        held: further options of which nothing is built in any plan here, such as other places of the same processes.
        needs: for a position, groups of positions of each of which one must be chosen with it.
        spending: of each, money by party and year.
        tell: told how far it is.
        gap: relative to the value, at which a choice counts as proven.
        limit: of plans solved for one question.
    """

    def __init__(
        self,
        resolver: Resolver,
        blocks: Sequence[Block],
        held: Sequence[str],
        needs: Mapping[int, Sequence[Sequence[int]]],
        spending: Sequence[Mapping[tuple[str, int], float]],
        tell: Callable[[str], None] = lambda _: None,
        gap: float = 1e-3,
        limit: int = 200,
    ) -> None:
        self.resolver, self.blocks, self.needs, self.spending = resolver, blocks, needs, spending
        self.tell, self.gap, self.limit = tell, gap, limit
        self.closed = sorted({*held, *(one.option for one in blocks)})
        self._cuts: list[tuple[Floats, float]] = []
        self._seen: dict[tuple[int, ...], float] = {}

    @cached_property
    def _none(self) -> float:
        return self.resolver.remember(closed=self.closed).cost

    @cached_property
    def _scale(self) -> float:
        return max(1.0, abs(self._none) * 1e-6)

    @cached_property
    def _roof(self) -> float:
        free = self.resolver.solve(free=self.closed).cost
        return max(0.0, (self._none - free) / self._scale)

    def best(self, budgets: Mapping[str, float], most: int) -> Chosen:
        """The set of blocks that saves most.

        Args:
            budgets: most money of a party in any one year; a party that is not named has no limit.
            most: number of projects at most.
        """
        if not self.blocks or most <= 0:
            return Chosen((), 0.0, 0.0, 0)
        before = len(self._seen)
        rows, right = _rules(len(self.blocks), self.spending, budgets, self.needs, most)
        value, members, bound = self._search(rows, right)
        return Chosen(members, value * self._scale, max(bound, value) * self._scale, len(self._seen) - before)

    def frontier(self, capex: Sequence[float], most: int, steps: int = 6) -> list[Step]:
        """The best choice under budgets for all investment together, from a sixth of what all would cost to all of it.

        Args:
            capex: investment of each block.
            most: number of projects at most.
            steps: number of budgets.
        """
        if not self.blocks or most <= 0:
            return []
        top = sum(sorted(capex)[-most:])
        found = []
        for step in range(1, steps + 1):
            budget = top * step / steps
            rows, right = _rules(len(self.blocks), self.spending, {}, self.needs, most)
            rows = np.vstack([rows, np.array(capex) / top])
            value, members, bound = self._search(rows, np.append(right, budget / top))
            invested = sum(capex[i] for i in members)
            found.append(Step(budget, members, invested, value * self._scale, max(bound, value) * self._scale))
        return found

    def _search(self, rows: Floats, right: Floats) -> tuple[float, tuple[int, ...], float]:
        """The best allowed choice, and what no allowed one exceeds, in units of the scale."""
        size = len(self.blocks)
        self._value(())
        allowed = {
            members: value
            for members, value in self._seen.items()
            if (rows @ np.isin(np.arange(size), members).astype(float) <= right + 1e-9).all()
        }
        asked = 0
        while True:
            best = max(allowed.items(), key=lambda pair: (pair[1], pair[0]))
            proposal, bound = _master(self._cuts, rows, right, size, self._roof)
            self.tell(
                f"choosing together: best {best[1] * self._scale / 1e6:,.0f}, "
                f"at most {bound * self._scale / 1e6:,.0f} million"
            )
            known = bound <= best[1] + self.gap * max(best[1], 1e-9)
            if known or proposal in allowed or asked >= self.limit:
                return best[1], best[0], bound
            allowed[proposal] = self._value(proposal)
            asked += 1

    def _value(self, members: tuple[int, ...]) -> float:
        """What a choice saves, with the cut of its plan kept."""
        if members not in self._seen:
            found = self.resolver.solve([self.blocks[i] for i in members], closed=self.closed)
            value = (self._none - found.cost) / self._scale
            gains = [self.resolver.gains(one.option, found)[one.period] * one.size for one in self.blocks]
            slope = np.array(gains) / self._scale
            at = np.isin(np.arange(len(self.blocks)), members).astype(float)
            self._cuts.append((slope, value - float(slope @ at)))
            self._seen[members] = value
        return self._seen[members]


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
