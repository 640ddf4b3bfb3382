"""From a priced list to verified projects: size and start of each, and how far down the list a solve was needed.

For each candidate the plan is first solved with its build free: no block of it, of whatever size and start, can save more (its
*bound*). Candidates are taken by bound, and each gets a start and a size by re-solving; once so many are verified that the worst of
them is worth more than every bound that is left, nothing better was passed over and the rest keep their bounds.

For a fixed start the value is concave in the size (the cost of a linear programme is convex in its right-hand sides), so the slope
at the middle size says on which side the better one lies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bongsu.committee.discover.candidates import Candidate
from bongsu.committee.discover.price import Priced
from bongsu.committee.discover.resolve import Block, Resolver, Solved

Tell = Callable[[str], None]
#: A value below this share of the cost of the plan is nothing: the tolerance to which plans are solved.
NOISE = 1e-8


@dataclass(frozen=True, eq=False)
class Verified:
    """A candidate that was solved.

    Attributes:
        candidate: which.
        bound: the most that any size and start of it can save, present money.
        block: the best block found; None where only the bound is known.
        value: what the block is worth, by solving without and with it; None where only the bound is known.
        without, with_: the two plans.
        sizes: value by size looked at, at the start of the block.
    """

    candidate: Candidate
    bound: float
    block: Block | None = None
    value: float | None = None
    without: Solved | None = None
    with_: Solved | None = None
    sizes: Mapping[float, float] | None = None


def verify(
    resolver: Resolver,
    found: Sequence[Candidate],
    priced: Mapping[str, Priced],
    count: int,
    skip: Callable[[Candidate], bool] = lambda _: False,
    tell: Tell = lambda _: None,
) -> list[Verified]:
    """Candidates with their values, best first, then those with a bound alone.

    Args:
        resolver: of the network with them all.
        found: candidates in it.
        priced: what pricing said of those that the plan did not have.
        count: how many of the best to settle.
        skip: those that need no value, because a gate fails.
        tell: told how far it is.
    """
    bounded = []
    for at, one in enumerate(found):
        tell(f"verifying: bound {at + 1} of {len(found)}, {one.project}")
        bounded.append((bound(resolver, one), one))
    bounded.sort(key=lambda pair: (-pair[0], pair[1].project))
    noise = NOISE * abs(resolver.base.cost)
    done: list[Verified] = []
    rest: list[Verified] = []
    for at, (most, one) in enumerate(bounded):
        best = sorted((v.value for v in done if v.value is not None), reverse=True)
        settled = len(best) >= count and best[count - 1] >= most
        if settled or most <= noise or skip(one):
            rest.append(Verified(one, most))
            continue
        tell(f"verifying: value {at + 1} of {len(bounded)}, {one.project}")
        done.append(settle(resolver, one, most, priced.get(one.option)))
    done.sort(key=lambda v: (-(v.value or 0.0), v.candidate.project))
    return done + rest


def bound(resolver: Resolver, one: Candidate) -> float:
    """The most that any size and start of a candidate can save: the plan without it against the plan with its build free."""
    return max(0.0, resolver.solve(closed=[one.option]).cost - resolver.solve(free=[one.option]).cost)


def settle(resolver: Resolver, one: Candidate, most: float, priced: Priced | None) -> Verified:
    """Size and start of a candidate, and what that block is worth."""
    without = resolver.solve(closed=[one.option])
    middle = one.sizes[len(one.sizes) // 2]
    starts = _starts(resolver, one, without, priced)
    trial = {start: without.cost - resolver.solve([Block(one.option, middle, start)]).cost for start in starts}
    start = min(trial, key=lambda t: (-trial[t], t))
    values = {middle: trial[start]}
    if len(one.sizes) > 1:
        up = resolver.slope(Block(one.option, middle, start), resolver.solve([Block(one.option, middle, start)])) > 0
        other = one.sizes[-1] if up else one.sizes[0]
        values[other] = without.cost - resolver.solve([Block(one.option, other, start)]).cost
    size = min(values, key=lambda s: (-values[s], s))
    block = Block(one.option, size, start)
    return Verified(one, most, block, values[size], without, resolver.solve([block]), dict(sorted(values.items())))


def _starts(resolver: Resolver, one: Candidate, without: Solved, priced: Priced | None) -> list[int]:
    """Periods worth trying: where the prices of the plan without it gain most, and where the plan itself would first build."""
    allowed = resolver.periods(one.option)
    gains = resolver.gains(one.option, without)
    found = [priced.period if priced is not None else max(allowed, key=lambda t: (gains[t], -t))]
    builds = resolver.built(one.option, resolver.solve(free=[one.option]))
    total = sum(builds.values())
    if total > 0:
        run = 0.0
        for period in sorted(builds):
            run += builds[period]
            if run >= 0.5 * min(total, one.sizes[0]):
                found.append(period)
                break
    return [t for t in dict.fromkeys(found) if t in allowed] or allowed[:1]
