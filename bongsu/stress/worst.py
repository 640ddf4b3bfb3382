"""The worst case: which k events of a list, happening together, cost most.

    max over sets S of k events  F(S),        F(S) = least present cost once the changes of S are made

The worst set need not contain the worst smaller ones, so adding the next worst event is no method. This one is exact:

1. The cost of a set is found by planning it. Its plan is then turned into one that costs no more than the worst set found so far
   but uses as little as possible of what events take away.
2. A plan that notices none of the events of a set (:mod:`bongsu.stress.failures`) bounds its cost from above. So every set that is
   worse than the worst found so far contains an event that the plan notices; the others are left out at once. So is a set whose
   events hardly meet, where the sum of what each does alone is a plan that costs no more (:class:`~bongsu.stress.bounds.Sums`).
3. Of the sets that are left, the one with the highest lower bound from a pool of duals is planned next. When none is left, the
   worst set found is the worst there is.

Up to :data:`LISTED` sets are listed and crossed out; beyond, the next set is the answer of a small covering problem in whole
numbers, with one row for each plan (an event that it notices must happen) and one for each set already planned. That is the
covering decomposition of interdiction, which needs no bound on prices: Israeli and Wood, Shortest-path network interdiction,
Networks 40 (2002).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import comb

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from bongsu.chain.change import Event, events
from bongsu.chain.network import Network
from bongsu.plan import Options, Plan
from bongsu.plan.arrays import Bools, Floats, Ints
from bongsu.stress.failures import SAME, Failures, Outcome, Price
from bongsu.stress.scenario import unserved
from bongsu.stress.stages import NotStated

#: Most sets that are listed one by one.
LISTED = 400_000
#: Plans that notice little are sought so often before it counts whether they leave out more than one set each.
_PATIENCE = 20
#: Most duals that order the sets.
_POOL = 40


@dataclass(frozen=True)
class Ranked:
    """A set of events and its cost, natural money; infinite where it leaves no plan."""

    events: tuple[str, ...]
    cost: float


@dataclass(frozen=True)
class WorstSet:
    """The worst k events.

    Attributes:
        k: how many happen together.
        events: the worst set, in the order of the list.
        cost: its present cost, natural money; infinite where it leaves no plan.
        without: present cost without any event.
        bound: proven upper bound on the cost of any set of k; the cost itself where the search was complete.
        exact: whether no set of k is worse, proven to the tolerance of the solver.
        runners_up: the next worst sets, worst first; proven like the first where ``exact``.
        unserved: demand left unserved in the worst set, by item, natural units over all periods.
        check: relative distance between the cost and that of the changed network stated and solved from scratch.
        sets, planned: number of sets, and of those that had to be planned.
        replanned: whether builds adapt to what happens; otherwise those of the plan without events are held.
    """

    k: int
    events: tuple[str, ...]
    cost: float
    without: float
    bound: float
    exact: bool
    runners_up: tuple[Ranked, ...]
    unserved: Mapping[str, float]
    check: float
    sets: int
    planned: int
    replanned: bool


def worst(
    network: Network,
    among: Sequence[Event] | None = None,
    k: int = 1,
    *,
    replan: bool = False,
    top: int = 5,
    most: int | None = None,
    plan: Plan | None = None,
    options: Options | None = None,
) -> WorstSet:
    """The worst ``k`` of the events given, or of those that the case states.

    Args:
        network: what is planned.
        among: events; None = those of the case.
        k: how many happen together.
        replan: let builds, closures, corridors and single sources adapt; otherwise those of ``plan`` are held.
        top: how many of the worst sets to prove.
        most: most sets to plan; what is then not settled is said in ``bound`` and ``exact``.
        plan: the plan as it stands; None = the best plan of the network.
        options: how to solve; the time limit holds for the search.

    Raises:
        NotStated: there are fewer than ``k`` events, or there is no plan without events.
        BadChange: an event changes what is not there.
        RuntimeError: the solver came to no answer for a set.
    """
    listed = list(events(network).values() if among is None else among)
    if not 1 <= k <= len(listed):
        raise NotStated(f"the worst {k} of {len(listed)} events: give a number from 1 to that of the events")
    options = options or Options()
    standing = Plan.of(network, replace(options, progress=None, time_limit=None)) if plan is None else plan
    if standing.status not in ("optimal", "feasible"):
        raise NotStated(f"without any event the plan is {standing.status}; a worst case needs one to start from")
    failures = Failures(standing, listed, replan, replace(options, time_limit=None))
    return _Search(failures, k, max(1, top), most, options).run()


class _Search:
    def __init__(self, failures: Failures, k: int, top: int, most: int | None, options: Options) -> None:
        self.f, self.k, self.top = failures, k, top
        self.n = len(failures.events)
        self.most = np.inf if most is None else most
        self.stop, self.progress = options.stop, options.progress
        self.deadline = None if options.time_limit is None else time.monotonic() + options.time_limit
        self.sums = failures.singles() if k > 1 else None
        self.pool: list[Price] = []
        self.known: dict[tuple[int, ...], Outcome] = {}
        #: Plans, by the cost that they have and the events that they notice, that are too dear to leave anything out yet.
        self.waiting: list[tuple[float, Bools]] = []
        #: Plans sought that notice little, and sets left out so far.
        self.sought = self.saved = 0
        self.sets: _Listed | _Covering = _Listed(self.n, k) if comb(self.n, k) <= LISTED else _Covering(self.n, k)

    def run(self) -> WorstSet:
        without = self.f.cost(())
        self._learn((), without)
        exact = True
        while True:
            self._cross_out()
            chosen = self.sets.next(self.pool)
            if chosen is None:
                break
            if len(self.known) >= self.most or self._late():
                exact = False
                break
            self.sets.drop(chosen)
            if self._summed(chosen) <= self._limit:
                continue
            outcome = self.f.cost(chosen)
            self.known[chosen] = outcome
            if self.progress:
                self.progress(f"planned {len(self.known):,} of {comb(self.n, self.k):,} sets", None)
            self._learn(chosen, outcome)
        return self._said(without.cost, exact)

    def _late(self) -> bool:
        stopped = self.stop is not None and self.stop()
        return stopped or (self.deadline is not None and time.monotonic() > self.deadline)

    @property
    def _limit(self) -> float:
        """Cost that a set must exceed, by more than rounding, to be among the worst that are asked for."""
        costs = sorted((one.cost for one in self.known.values()), reverse=True)
        if len(costs) < self.top:
            return -np.inf
        least = costs[self.top - 1]
        return least + SAME * abs(least) if np.isfinite(least) else least

    def _summed(self, chosen: tuple[int, ...]) -> float:
        """Upper bound on the cost of a set from the sums of its events; infinite where there is none."""
        delta = None if self.sums is None else self.f.delta(chosen)
        if self.sums is None or delta is None:
            return np.inf
        return self.sums.bounds(chosen, delta)[1] * self.f.model.money

    def _learn(self, chosen: tuple[int, ...], outcome: Outcome) -> None:
        """Keep what a planned set says of the others."""
        price = self.f.price(outcome)
        if price is not None:
            self.pool = [*self.pool[-(_POOL - 1) :], price]
        plans = [outcome.values]
        limit = self._limit
        pays = self.sought < _PATIENCE or self.saved > self.sought
        if pays and np.isfinite(limit) and outcome.cost < limit - SAME * abs(limit):
            spare = self.f.avoiding(chosen, limit)
            self.sought += 1
            if spare is not None:
                plans.append(spare)
        self.waiting += [said for values in plans if (said := self.f.noticed(values)) is not None]

    def _cross_out(self) -> None:
        """Leave out every set that a plan proves to be no worse than those found."""
        limit = self._limit
        for cost, noticed in self.waiting:
            if cost <= limit:
                self.saved += self.sets.keep(noticed)
        self.waiting = [one for one in self.waiting if one[0] > limit]

    def _said(self, without: float, exact: bool) -> WorstSet:
        order = sorted(self.known, key=lambda chosen: (-self.known[chosen].cost, chosen))
        first = order[0]
        found = self.known[first]
        again = self.f.anew(first).cost
        apart = 0.0 if again == found.cost else abs(again - found.cost) / max(abs(found.cost), 1e-9)
        short = {} if found.model is None else unserved(found.model, found.whole / found.model.column_scale)
        return WorstSet(
            k=self.k,
            events=self._names(first),
            cost=found.cost,
            without=without,
            bound=found.cost if exact else max(found.cost, self._open_bound()),
            exact=exact,
            runners_up=tuple(Ranked(self._names(one), self.known[one].cost) for one in order[1 : self.top]),
            unserved=short,
            check=apart,
            sets=comb(self.n, self.k),
            planned=len(self.known),
            replanned=self.f.replan,
        )

    def _names(self, chosen: Sequence[int]) -> tuple[str, ...]:
        return tuple(self.f.events[e].name for e in chosen)

    def _open_bound(self) -> float:
        """Upper bound on the sets that are left: all events at once, where events only take away; else none is known."""
        return self.f.cost(tuple(range(self.n))).cost if self.f.only_losses() else np.inf


class _Listed:
    """All sets of k events, crossed out one after the other."""

    def __init__(self, n: int, k: int) -> None:
        self.sets: Ints = np.array(list(combinations(range(n), k)), dtype=np.int32).reshape(-1, k)

    def keep(self, noticed: Bools) -> int:
        """Leave only sets with an event that is noticed; how many were left out."""
        before = self.sets.shape[0]
        self.sets = self.sets[noticed[self.sets].any(axis=1)]
        return int(before - self.sets.shape[0])

    def drop(self, chosen: tuple[int, ...]) -> None:
        """Leave out one set."""
        self.sets = self.sets[(self.sets != np.array(chosen, dtype=np.int32)).any(axis=1)]

    def next(self, pool: Sequence[Price]) -> tuple[int, ...] | None:
        """The most promising set that is left."""
        if not self.sets.shape[0]:
            return None
        best = np.full(self.sets.shape[0], -np.inf)
        for price in pool:
            own = price.constant + price.gain[self.sets].sum(axis=1)
            if price.need.any():
                own = np.where(price.need[self.sets].sum(axis=1) == price.need.sum(), own, -np.inf)
            best = np.maximum(best, own)
        return tuple(int(e) for e in self.sets[int(np.argmax(best))])


class _Covering:
    """Sets of k events as answers of a covering problem."""

    def __init__(self, n: int, k: int) -> None:
        self.n, self.k = n, k
        self.rows: list[Floats] = []
        self.least: list[float] = []
        self.empty = False

    def keep(self, noticed: Bools) -> int:
        """Leave only sets with an event that is noticed; nobody counts them, and seeking such plans is taken to pay."""
        self.empty |= not noticed.any()
        self.rows.append(noticed.astype(float))
        self.least.append(1.0)
        return 10

    def drop(self, chosen: tuple[int, ...]) -> None:
        """Leave out one set."""
        row = np.zeros(self.n)
        row[list(chosen)] = -1.0
        self.rows.append(row)
        self.least.append(1.0 - self.k)

    def next(self, pool: Sequence[Price]) -> tuple[int, ...] | None:
        """A set that is left, with much to gain by the newest prices."""
        if self.empty:
            return None
        gain = np.maximum.reduce([np.maximum(price.gain, 0.0) for price in pool]) if pool else np.zeros(self.n)
        size = float(gain.max(initial=0.0))
        rules = [LinearConstraint(np.ones((1, self.n)), self.k, self.k)]
        if self.rows:
            rules.append(LinearConstraint(np.array(self.rows), np.array(self.least), np.inf))
        said = milp(
            -gain / size if size > 0 else np.zeros(self.n),
            constraints=rules,
            integrality=np.ones(self.n),
            bounds=Bounds(0, 1),
            options={"mip_rel_gap": 0.05},
        )
        if said.status == 2:
            return None
        if said.x is None:
            raise RuntimeError(f"the covering problem was not solved: {said.message}")
        return tuple(int(e) for e in np.flatnonzero(np.round(said.x) == 1))
