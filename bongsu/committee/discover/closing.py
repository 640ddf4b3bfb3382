"""Why a project is worth one thing in the list and another beside those that are weighed together with it.

In the list the value of a project is told against a plan in which nothing of its own process is built in the country; all else is
free. Where projects are weighed together, what each saves is told against one plan for all, in which nothing of any of their
processes is built. From one to the other their processes are closed one after another, in the plan without and in the plan with it:

    alone = listed + Σ_g [value with g and those before it closed - value with those before it closed]

so the steps add up to the whole difference; how large each is depends on the order. A step is above zero where the project is
worth more once that process is closed too, below zero where it is worth less. For a second plant the first step takes away the
first, which stands in both plans of the list. What neither plan builds changes nothing when it is closed, so nothing is solved for
it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from bongsu.chain.network import Network
from bongsu.committee.discover.resolve import Block, Resolver, Solved

#: The step that takes away the first plant of a second.
FIRST = "first"
#: Less than this of an option is none of it: the tolerance to which plans are solved, natural units.
_NONE = 1e-6


@dataclass(frozen=True)
class Weighed:
    """A project that is weighed together with others: its block, the options of its process, and for a second plant the first."""

    project: str
    process: str
    block: Block
    held: tuple[str, ...]
    first: Block | None = None


@dataclass(frozen=True)
class Baselines:
    """The two values of a project, each with its two plans, and the steps from one to the other; present money.

    Attributes:
        project: which.
        listed, alone: cost of the plans without and with it, as in the list and where all that is weighed is closed.
        steps: what the value changes by when each process is closed (:data:`FIRST`: when the first plant is taken away).
    """

    project: str
    listed: tuple[float, float]
    alone: tuple[float, float]
    steps: Mapping[str, float] = field(default_factory=dict)

    @property
    def difference(self) -> float:
        """Value alone less value listed; the steps add up to it."""
        return self.alone[0] - self.alone[1] - (self.listed[0] - self.listed[1])


def baselines(resolver: Resolver, one: Weighed, others: Mapping[str, Sequence[str]]) -> Baselines:
    """The two values of a project and what lies between them.

    Args:
        resolver: of the network with all of them.
        one: the project.
        others: options of each process that is weighed, in the order in which they are closed.
    """
    stands = [one.first] if one.first is not None else []
    closed = list(one.held)
    plans = _pair(resolver, one.block, stands, closed)
    listed = plans[0].cost, plans[1].cost
    steps: dict[str, float] = {}
    before = listed[0] - listed[1]
    if stands:
        plans = _pair(resolver, one.block, [], closed)
        before, steps[FIRST] = _step(plans, before)
    for process, options in others.items():
        more = [name for name in options if name not in closed]
        if not more:
            continue
        closed += more
        if any(amount > _NONE for plan in plans for name in more for amount in resolver.built(name, plan).values()):
            plans = _pair(resolver, one.block, [], closed)
        before, steps[process] = _step(plans, before)
    return Baselines(one.project, listed, (plans[0].cost, plans[1].cost), steps)


def _pair(resolver: Resolver, block: Block, stands: Sequence[Block], closed: Sequence[str]) -> tuple[Solved, Solved]:
    """The plans without and with a block; each lies near those of the step before, so they are kept to start from."""
    return resolver.remember(stands, closed=closed), resolver.remember([*stands, block], closed=closed)


def _step(plans: tuple[Solved, Solved], before: float) -> tuple[float, float]:
    now = plans[0].cost - plans[1].cost
    return now, now - before


def all_baselines(
    network: Network, shut: Sequence[str], asked: Sequence[Weighed], others: Mapping[str, Sequence[str]]
) -> list[Baselines]:
    """The same for several projects on a solver of their own, so that another process can do it meanwhile."""
    resolver = Resolver(network, shut)
    return [baselines(resolver, one, others) for one in asked]


def baseline_table(found: Sequence[Baselines]) -> pl.DataFrame:
    """Of each project chosen together, cost of the plans and value as in the list and as alone, and their difference."""
    rows = [
        {
            "project": one.project,
            "listed_without": one.listed[0],
            "listed_with": one.listed[1],
            "listed": one.listed[0] - one.listed[1],
            "alone_without": one.alone[0],
            "alone_with": one.alone[1],
            "alone": one.alone[0] - one.alone[1],
            "difference": one.difference,
        }
        for one in found
    ]
    money = ("listed_without", "listed_with", "listed", "alone_without", "alone_with", "alone", "difference")
    return pl.DataFrame(rows, schema={"project": pl.String, **dict.fromkeys(money, pl.Float64)})


def closing_table(found: Sequence[Baselines]) -> pl.DataFrame:
    """The steps between the two values of each project; ``closed`` is a process, or ``first``: the first plant is taken away."""
    rows = [
        {"project": one.project, "closed": name, "change": change}
        for one in found
        for name, change in one.steps.items()
    ]
    return pl.DataFrame(rows, schema={"project": pl.String, "closed": pl.String, "change": pl.Float64})
