"""A million draws of events: bounds for all, exact answers for the worst, and how sure the tail is.

Events happen independently with their probabilities, or as families do; each draw is a set of events. Draws that are the same set
are one scenario with their number for a weight, so nothing is ever solved twice. What is left is treated in three steps:

1. every set gets a certified lower and upper bound: from the pool of dual solutions, and from the sums of the solved single events
   (:mod:`bongsu.stress.bounds`); where both meet, the set is known without being solved;
2. the sets that may belong to the worst share of all draws are solved exactly, those with the largest upper bound first, until no
   set that is not solved can be among them;
3. further sets are solved in the order of what they add to the width of the tail mean (weight times distance of the bounds), until
   the interval of the conditional value at risk is as narrow as asked for.

The interval says how far the *computation* leaves the tail open. How far the *draws* do is the sampling error of the tail mean,
which is given beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bongsu.chain.change import Change, Event
from bongsu.plan.arrays import Bools, Floats
from bongsu.plan.patch import patch
from bongsu.plan.plan import Plan
from bongsu.stress.bounds import Duals, Sums
from bongsu.stress.engine import Engine
from bongsu.stress.point import Point
from bongsu.stress.recourse import Delta, Recourse, reduce
from bongsu.stress.risk import conditional_value_at_risk, value_at_risk

#: Bounds this close (relative) count as one.
_MET = 1e-9
_CHUNK = 2_000


class NotComparable(ValueError):
    """An event changes costs or coefficients, so duals bound nothing; ask for exact scenarios instead."""


@dataclass(frozen=True, eq=False)
class Draws:
    """Distinct sets of events and how often each was drawn.

    Attributes:
        sets: which events happen in each, shape (sets, events).
        count: draws of each set.
    """

    sets: Bools
    count: npt.NDArray[np.int64]

    @property
    def total(self) -> int:
        """Number of draws."""
        return int(self.count.sum())


def draw(probabilities: Sequence[float], number: int, seed: int, families: Sequence[str | None] = ()) -> Draws:
    """Independent draws of events.

    Args:
        probabilities: of each event.
        number: of draws; seed: of the generator (PCG64).
        families: name of the family of each event, or None. Events of one family happen together: one number is drawn for the
            family, and every member happens whose probability is above it.
    """
    chance = np.asarray(probabilities, dtype=float)
    names = list(families) or [None] * chance.size
    column = np.array([names.index(name) if name is not None else at for at, name in enumerate(names)])
    distinct, place = np.unique(column, return_inverse=True)
    rng = np.random.default_rng(seed)
    found: dict[bytes, int] = {}
    width = chance.size
    for start in range(0, number, 100_000):
        size = min(100_000, number - start)
        happens = rng.random((size, distinct.size))[:, place] < chance
        packed = np.packbits(happens, axis=1)
        rows, count = np.unique(packed, axis=0, return_counts=True)
        for row, times in zip(rows, count.tolist(), strict=True):
            key = row.tobytes()
            found[key] = found.get(key, 0) + times
    keys = sorted(found)
    packed = np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(len(keys), -1)
    return Draws(
        np.unpackbits(packed, axis=1)[:, :width].astype(bool), np.array([found[key] for key in keys], dtype=np.int64)
    )


@dataclass(frozen=True, eq=False)
class Tail:
    """The distribution of the cost over all draws, as far as it is known. Costs in present natural money.

    Attributes:
        draws: the sets.
        lower, upper: bounds on the cost of each set; exact: where they were solved.
        base_cost: cost when nothing happens.
        level: of the tail, such as 0.95.
        cvar: interval of the conditional value at risk (mean of the worst 1 - level of the draws).
        sampling: standard error of the tail mean over draws.
        worst: share of the draws whose cost, taken from the worst down, is solved exactly.
        solved, met: sets that were solved; sets whose bounds met without solving.
    """

    draws: Draws
    lower: Floats
    upper: Floats
    exact: Bools
    base_cost: float
    level: float
    cvar: tuple[float, float]
    sampling: float
    worst: float
    solved: int
    met: int

    def quantile(self, level: float) -> tuple[float, float]:
        """Interval of a quantile of the cost."""
        return _quantile(self.lower, self.draws.count, level), _quantile(self.upper, self.draws.count, level)


def tail(
    plan: Plan,
    events: Sequence[Event],
    draws: Draws,
    level: float = 0.95,
    worst: float = 0.01,
    width: float = 0.005,
    pool: int = 100,
    progress: Callable[[str, int, int], None] | None = None,
) -> Tail:
    """Bounds for all draws, the worst solved exactly, and the tail mean to a width.

    Args:
        plan: the plan, solved; its builds are held.
        events: what may happen; each changes limits alone.
        draws: sets of events.
        level: of the tail; worst: share of draws to be exact; width: widest relative interval of the tail mean.
        pool: most dual solutions to bound from.
        progress: told the phase, and how much of it is done.

    Raises:
        NotComparable: an event changes costs or coefficients.
    """
    say = progress or (lambda phase, done, of: None)
    study = _Study.of(plan, events)
    singles = study.singles(say)
    lower, upper = study.bounds(draws, singles, pool, say)
    exact = np.zeros(lower.size, dtype=bool)
    met = int((upper - lower <= _MET * np.abs(lower)).sum())
    solver = _Exact(study, draws, lower, upper, exact)
    solver.worst(worst, say)
    solver.narrow(level, width, say)
    money = plan.model.money
    low, high = _cvar(lower, draws.count, level), _cvar(upper, draws.count, level)
    return Tail(
        draws,
        lower * money,
        upper * money,
        exact,
        study.engine.base.cost * money,
        level,
        (low * money, high * money),
        _sampling(0.5 * (lower + upper), draws.count, level) * money,
        _exact_share(lower, upper, exact, draws.count),
        int(exact.sum()),
        met,
    )


@dataclass(frozen=True, eq=False)
class _Study:
    """Events of a plan, one solver, and how a set of events changes the recourse problem."""

    plan: Plan
    events: Sequence[Event]
    recourse: Recourse
    engine: Engine
    deltas: tuple[Delta, ...]
    meets: Bools

    @classmethod
    def of(cls, plan: Plan, events: Sequence[Event]) -> _Study:
        patches = [patch(plan.model, event.changes) for event in events]
        recourse = reduce(plan.model, plan.values / plan.model.column_scale)
        deltas = tuple(recourse.delta(one) for one in patches)
        for event, delta in zip(events, deltas, strict=True):
            if not delta.only_limits:
                raise NotComparable(
                    f"{event.name} changes costs or coefficients, which no dual solution can bound; solve its scenarios one by one"
                )
        return cls(plan, events, recourse, Engine(recourse), deltas, _meeting(deltas))

    def delta(self, members: Sequence[int]) -> Delta:
        """What a set of events changes: the events' own changes side by side, unless two of them change the same figure."""
        if len(members) == 1:
            return self.deltas[members[0]]
        if self.meets[np.ix_(members, members)].any():
            changes: list[Change] = [change for e in members for change in self.events[e].changes]
            return self.recourse.delta(patch(self.plan.model, changes))
        return _side_by_side([self.deltas[e] for e in members])

    def singles(self, say: Callable[[str, int, int], None]) -> list[Point]:
        """The optimum under each event alone."""
        found = []
        for at, delta in enumerate(self.deltas):
            found.append(self.engine.solve(delta))
            say("events", at + 1, len(self.deltas))
        return found

    def bounds(
        self, draws: Draws, singles: Sequence[Point], pool: int, say: Callable[[str, int, int], None]
    ) -> tuple[Floats, Floats]:
        """Lower and upper bound on the cost of every set, solver units."""
        size = draws.sets.shape[0]
        lower, upper = np.empty(size), np.empty(size)
        sums = Sums(self.recourse, self.engine.base, singles, self.deltas)
        heavy = np.argsort([-(p.cost - self.engine.base.cost) for p in singles], kind="stable")[: max(pool - 1, 0)]
        duals = Duals(self.recourse, [self.engine.base, *(singles[k] for k in heavy.tolist())])
        for start in range(0, size, _CHUNK):
            members = [np.flatnonzero(row).tolist() for row in draws.sets[start : start + _CHUNK]]
            deltas = [self.delta(own) if own else Delta() for own in members]
            low, _ = duals.lower(deltas)
            for k, (own, delta) in enumerate(zip(members, deltas, strict=True)):
                if not own:
                    lower[start + k] = upper[start + k] = self.engine.base.cost
                elif len(own) == 1:
                    lower[start + k] = upper[start + k] = singles[own[0]].cost
                else:
                    below, above = sums.bounds(own, delta)
                    lower[start + k], upper[start + k] = max(low[k], below), above
            say("bounds", min(start + _CHUNK, size), size)
        return lower, np.maximum(upper, lower)


def _meeting(deltas: Sequence[Delta]) -> Bools:
    """Which pairs of events change limits of the same column or row; their changes cannot stand side by side."""
    meets = np.zeros((len(deltas), len(deltas)), dtype=bool)
    for kind in ("columns", "rows"):
        at = np.concatenate([getattr(d, kind) for d in deltas])
        who = np.repeat(np.arange(len(deltas)), [getattr(d, kind).size for d in deltas])
        order = np.argsort(at, kind="stable")
        at, who = at[order], who[order]
        for group in np.split(who, np.flatnonzero(np.diff(at)) + 1):
            if group.size > 1:
                meets[np.ix_(group, group)] = True
    np.fill_diagonal(meets, False)
    return meets


def _side_by_side(deltas: Sequence[Delta]) -> Delta:
    columns = np.concatenate([d.columns for d in deltas])
    rows = np.concatenate([d.rows for d in deltas])
    c, r = np.argsort(columns, kind="stable"), np.argsort(rows, kind="stable")
    return Delta(
        columns=columns[c],
        lower=np.concatenate([d.lower for d in deltas])[c],
        upper=np.concatenate([d.upper for d in deltas])[c],
        rows=rows[r],
        row_lower=np.concatenate([d.row_lower for d in deltas])[r],
        row_upper=np.concatenate([d.row_upper for d in deltas])[r],
        constant=sum(d.constant for d in deltas),
    )


@dataclass(eq=False)
class _Exact:
    """Solving sets one by one where it narrows what is asked."""

    study: _Study
    draws: Draws
    lower: Floats
    upper: Floats
    exact: Bools

    def solve(self, at: int) -> None:
        """Solve a set; its bounds become its cost."""
        members = np.flatnonzero(self.draws.sets[at]).tolist()
        cost = self.study.engine.solve(self.study.delta(members)).cost if members else self.study.engine.base.cost
        self.lower[at] = self.upper[at] = cost
        self.exact[at] = True

    def worst(self, share: float, say: Callable[[str, int, int], None]) -> None:
        """Solve until the worst share of the draws is solved, and nothing else can be among them."""
        wanted = math.ceil(share * self.draws.total)
        while True:
            order = np.argsort(-self.upper, kind="stable")
            open_ = order[~self.exact[order]]
            threshold = self._threshold(wanted)
            candidates = [k for k in open_.tolist() if self.upper[k] >= threshold]
            if not candidates:
                return
            for done, k in enumerate(candidates[:200], 1):
                self.solve(k)
                say("worst", int(self.exact.sum()), int(self.exact.sum()) + len(candidates) - done)

    def _threshold(self, wanted: int) -> float:
        """Cost above which lie at least the wanted number of draws for certain."""
        order = np.argsort(-self.lower, kind="stable")
        reached = np.searchsorted(np.cumsum(self.draws.count[order]), wanted)
        return float(self.lower[order[min(int(reached), order.size - 1)]])

    def narrow(self, level: float, width: float, say: Callable[[str, int, int], None]) -> None:
        """Solve until the interval of the tail mean is narrow enough."""
        while True:
            low, high = _cvar(self.lower, self.draws.count, level), _cvar(self.upper, self.draws.count, level)
            if not high - low > width * abs(low):
                return
            gain = self.draws.count * np.where(np.isinf(self.upper), abs(low), self.upper - self.lower)
            threshold = self._threshold(math.ceil((1 - level) * self.draws.total))
            gain = np.where((self.upper >= threshold) & ~self.exact, gain, 0.0)
            chosen = np.argsort(-gain, kind="stable")[:100]
            chosen = chosen[gain[chosen] > 0]
            if not chosen.size:
                return
            for k in chosen.tolist():
                self.solve(k)
            say("tail", int(self.exact.sum()), int((gain > 0).sum()) + int(self.exact.sum()))


def _cvar(values: Floats, count: npt.NDArray[np.int64], level: float) -> float:
    return conditional_value_at_risk(values, count / count.sum(), level)


def _quantile(values: Floats, count: npt.NDArray[np.int64], level: float) -> float:
    return value_at_risk(values, count / count.sum(), level)


def _sampling(values: Floats, count: npt.NDArray[np.int64], level: float) -> float:
    """Standard error of the tail mean over draws (asymptotic variance of Trindade, Uryasev, Shapiro and Zrazhevsky 2007):
    sd((cost - VaR)+) / ((1 - level) √n)."""
    finite = np.isfinite(values)
    at = _quantile(values[finite], count[finite], level)
    beyond = np.maximum(values[finite] - at, 0.0)
    total = float(count[finite].sum())
    mean = float((beyond * count[finite]).sum() / total)
    spread = float(((beyond - mean) ** 2 * count[finite]).sum() / total)
    return math.sqrt(spread) / ((1.0 - level) * math.sqrt(total))


def _exact_share(lower: Floats, upper: Floats, exact: Bools, count: npt.NDArray[np.int64]) -> float:
    """Share of the draws, from the worst down, that is known exactly before the first set that is not."""
    known = exact | (upper - lower <= _MET * np.abs(lower))
    if known.all():
        return 1.0
    limit = float(upper[~known].max())
    return float(count[known & (lower > limit)].sum() / count.sum())
