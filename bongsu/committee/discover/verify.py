"""From a priced list to verified projects: one for each process, at its best place, with size, start and the other places.

For each process the plan is first solved with nothing of it built in the country and with its builds free at every place looked
at: no block of it, of whatever size, start and place, can save more (its *bound*). Processes are taken by bound, and each gets a
start, a size and a place by re-solving; once so many are verified that the worst of them is worth more than every bound that
is left, nothing better was passed over and the rest keep their bounds.

All places of a process are held back in the plan without it and in the plan with it, but for the block itself. Were they free, the
plan would build the same thing next door, and the value would be that of one place over another: little, and nothing of the
process.

For a fixed start the value is concave in the size (the cost of a linear programme is convex in its right-hand sides), so the slope
at the middle size says on which side the better one lies.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bongsu.committee.discover.candidates import Candidate
from bongsu.committee.discover.price import Priced
from bongsu.committee.discover.resolve import Block, Resolver, Solved

Tell = Callable[[str], None]
#: A value below this share of the cost of the plan is nothing: the tolerance to which plans are solved.
NOISE = 1e-8
#: A second plant is tried at so many of the next best places.
SECONDS = 2


@dataclass(frozen=True, eq=False)
class Verified:
    """A process that was solved, at its best place.

    Attributes:
        candidate: which.
        bound: the most that any size, start and place of its process can save, present money; of a second plant, what it adds.
        block: the best block found; None where only the bound is known.
        value: what the block is worth, by solving without and with it; None where only the bound is known.
        without, with_: the two plans.
        held: options of the process, held back in both plans but for the block.
        sizes: value by size looked at, at the start of the block.
        sites: value of the block at each place of the process that was solved, by candidate.
        after: for a second plant of a process, the first, which stands in both plans.
    """

    candidate: Candidate
    bound: float
    block: Block | None = None
    value: float | None = None
    without: Solved | None = None
    with_: Solved | None = None
    held: tuple[str, ...] = ()
    sizes: Mapping[float, float] | None = None
    sites: Mapping[str, float] = field(default_factory=dict)
    after: str | None = None


def verify(
    resolver: Resolver,
    found: Sequence[Candidate],
    priced: Mapping[str, Priced],
    count: int,
    skip: Callable[[Candidate], bool] = lambda _: False,
    tell: Tell = lambda _: None,
    also: Collection[str] = (),
    asked: Collection[str] = (),
) -> list[Verified]:
    """Processes with their values at their best places, best first, then those with a bound alone.

    Args:
        resolver: of the network with them all.
        found: candidates in it.
        priced: what pricing said of those that the plan did not have.
        count: how many of the best to settle.
        skip: those that may not be proposed, because a gate fails.
        tell: told how far it is.
        also: names of candidates that are solved as well, but never proposed for that.
        asked: processes that are settled whatever their bound.
    """
    groups: dict[str, list[Candidate]] = {}
    for one in found:
        groups.setdefault(one.process, []).append(one)
    bounded = []
    for at, (process, group) in enumerate(groups.items()):
        tell(f"verifying: bound {at + 1} of {len(groups)}, {process}")
        own = [one for one in group if one.project not in also and not skip(one)]
        bounded.append((bound(resolver, group, own), process, own))
    bounded.sort(key=lambda row: (-row[0], row[1]))
    noise = NOISE * abs(resolver.base.cost)
    done: list[Verified] = []
    rest: list[Verified] = []
    for at, (most, process, own) in enumerate(bounded):
        group = groups[process]
        beside = [one for one in group if one.project in also]
        best = sorted((v.value for v in done if v.value is not None), reverse=True)
        settled = len(best) >= count and best[count - 1] >= most
        if not own or ((settled or most <= noise) and not (beside or process in asked)):
            rest.append(Verified((own or group)[0], most))
            continue
        tell(f"verifying: value {at + 1} of {len(bounded)}, {process}")
        done.append(settle(resolver, group, own, most, priced, beside))
    done.sort(key=lambda v: (-(v.value or 0.0), v.candidate.project))
    return done + rest


def bound(resolver: Resolver, group: Sequence[Candidate], own: Sequence[Candidate]) -> float:
    """The most that a process can save: the plan with none of it against the plan with its builds free at some places."""
    names, free = [one.option for one in group], [one.option for one in own]
    if not free:
        return 0.0
    without = resolver.solve(closed=names)
    return max(0.0, without.cost - resolver.solve(closed=set(names) - set(free), free=free).cost)


def settle(
    resolver: Resolver,
    group: Sequence[Candidate],
    own: Sequence[Candidate],
    most: float,
    priced: Mapping[str, Priced],
    asked: Sequence[Candidate] = (),
) -> Verified:
    """Place, size and start of a process, and what that block is worth.

    Args:
        resolver: of the network.
        group: all candidates of the process in it, held back but for the block.
        own: those that may be proposed.
        most: the bound. priced: what pricing said.
        asked: others whose value at their place is asked as well.
    """
    names = [one.option for one in group]
    without = resolver.solve(closed=names)
    lead = _lead(resolver, own, without)
    first = _sized(resolver, lead, names, without, priced.get(lead.option), own)
    while True:
        # Every place is told for the block that is proposed, so what one falls short of another is the place's own.
        assert first.block is not None
        sites = {}
        for one in (*own, *asked):
            block = _moved(resolver, one, first.block)
            sites[one.project] = without.cost - _with(resolver, block, names).cost
        best = max(own, key=lambda one: (sites[one.project], one.project))
        if best is first.candidate:
            break
        other = _sized(resolver, best, names, without, priced.get(best.option), own)
        # The start of one place may suit another better than its own. Not worse than here, so this comes to an end.
        kept = _as_is(resolver, best, names, without, _moved(resolver, best, first.block))
        first = max((other, kept), key=lambda v: v.value or 0.0)
    return replace(first, bound=max(most, first.value or 0.0), sites=dict(sorted(sites.items(), key=_by_value)))


def _by_value(pair: tuple[str, float]) -> tuple[float, str]:
    return -pair[1], pair[0]


def seconds_of(resolver: Resolver, one: Verified, group: Sequence[Candidate]) -> list[Verified]:
    """A second plant of a process at each of the next best places, worth what it adds where the first stands.

    Each starts with the first, or in the year in which one unit more would gain most, whichever adds more. It is as large as the
    first, or as the place takes; where a smaller one would add more by the slope there, the smallest usual plant is tried too.
    Empty where there is no other place.
    """
    if one.block is None or one.with_ is None:
        return []
    by_name = {other.project: other for other in group}
    others = [by_name[name] for name in one.sites if name in by_name and name != one.candidate.project]
    found = []
    for other in others[:SECONDS]:
        starts = dict.fromkeys((one.block.period, *_gainful(resolver, other, one.with_)))
        tried = []
        for start in starts:
            if start in resolver.periods(other.option):
                block = Block(other.option, min(one.block.size, other.sizes[-1]), start)
                tried.append(_beside(resolver, one, other, block))
                plan, smallest = tried[-1].with_, replace(block, size=other.sizes[0])
                if plan is not None and smallest.size < block.size and resolver.slope(block, plan) < 0:
                    tried.append(_beside(resolver, one, other, smallest))
        found += [max(tried, key=lambda v: v.value or 0.0)] if tried else []
    return found


def _beside(resolver: Resolver, one: Verified, other: Candidate, block: Block) -> Verified:
    """A second plant where the first stands."""
    assert one.block is not None
    assert one.with_ is not None
    plan = resolver.solve([one.block, block], closed=one.held)
    value = one.with_.cost - plan.cost
    return Verified(other, value, block, value, one.with_, plan, one.held, after=one.candidate.project)


def second(resolver: Resolver, tried: Sequence[Verified]) -> Verified | None:
    """The best second plant of those tried; None where none of them adds anything."""
    best = max(tried, key=lambda v: (v.value or 0.0, v.candidate.project), default=None)
    return best if best is not None and (best.value or 0.0) > NOISE * abs(resolver.base.cost) else None


def _lead(resolver: Resolver, own: Sequence[Candidate], without: Solved) -> Candidate:
    """The place to settle size and start at: where the plan without the process would gain most for one unit."""

    def gain(one: Candidate) -> float:
        return max(resolver.gains(one.option, without).values(), default=float("-inf")) * one.sizes[-1]

    return max(own, key=lambda one: (gain(one), not one.generated, one.project))


def _sized(
    resolver: Resolver,
    one: Candidate,
    names: Sequence[str],
    without: Solved,
    priced: Priced | None,
    own: Sequence[Candidate],
) -> Verified:
    middle = one.sizes[len(one.sizes) // 2]
    starts = _starts(resolver, one, names, without, priced, own)
    trial = {start: without.cost - _with(resolver, Block(one.option, middle, start), names).cost for start in starts}
    start = min(trial, key=lambda t: (-trial[t], t))
    values = {middle: trial[start]}
    if len(one.sizes) > 1:
        at = Block(one.option, middle, start)
        other = one.sizes[-1] if resolver.slope(at, _with(resolver, at, names)) > 0 else one.sizes[0]
        values[other] = without.cost - _with(resolver, Block(one.option, other, start), names).cost
    size = min(values, key=lambda s: (-values[s], s))
    found = _as_is(resolver, one, names, without, Block(one.option, size, start))
    return replace(found, sizes=dict(sorted(values.items())))


def _as_is(resolver: Resolver, one: Candidate, names: Sequence[str], without: Solved, block: Block) -> Verified:
    plan = _with(resolver, block, names)
    value = without.cost - plan.cost
    return Verified(one, value, block, value, without, plan, tuple(names), {block.size: value})


def _with(resolver: Resolver, block: Block, names: Sequence[str]) -> Solved:
    return resolver.solve([block], closed=names)


def _moved(resolver: Resolver, one: Candidate, block: Block) -> Block:
    """The same block at another place: as large as that takes, in the nearest period that it allows."""
    allowed = resolver.periods(one.option)
    period = min(allowed, key=lambda t: (abs(t - block.period), t), default=block.period)
    return Block(one.option, min(block.size, one.sizes[-1]), period)


def _gainful(resolver: Resolver, one: Candidate, plan: Solved) -> list[int]:
    """The period in which one unit more would gain most at the prices of a plan."""
    gains = resolver.gains(one.option, plan)
    return [max(gains, key=lambda t: (gains[t], -t))] if gains else []


def _starts(
    resolver: Resolver,
    one: Candidate,
    names: Sequence[str],
    without: Solved,
    priced: Priced | None,
    own: Sequence[Candidate],
) -> list[int]:
    """Periods worth trying: where the prices of the plan without it gain most, where those of the case do, and where the plan
    itself would first build."""
    allowed = resolver.periods(one.option)
    found = _gainful(resolver, one, without)
    if priced is not None:
        found.append(priced.period)
    free = [other.option for other in own]
    plan = resolver.solve(closed=set(names) - set(free), free=free)
    builds: dict[int, float] = {}
    for name in free:
        for period, amount in resolver.built(name, plan).items():
            builds[period] = builds.get(period, 0.0) + amount
    total, run = sum(builds.values()), 0.0
    for period in sorted(builds):
        run += builds[period]
        if total > 0 and run >= 0.5 * min(total, one.sizes[0]):
            found.append(period)
            break
    return [t for t in dict.fromkeys(found) if t in allowed] or allowed[:1]
