"""Plans under every branch of the open questions of law, each with its weight; never a plan under an average of them.

Weights are assumed (each question names its own) and the questions taken as independent, so that the weight of a scenario is the
product of those of its branches. What the weights do to an answer is told by moving them: with the other questions as they are, the
mean of an answer over the scenarios is linear in the weight of a branch,

    mean(w) = (1 - w) * mean given another branch + w * mean given the branch,

the other branches of the question keeping their proportion.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from bongsu.answers.law_effect import bill, same_plan
from bongsu.answers.why import Why
from bongsu.chain import Chain
from bongsu.law.inforce import InForce
from bongsu.law.instrument import Question
from bongsu.plan import Plan

#: Weights at which an answer is told, beside the assumed one.
WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Scenario:
    """The plan under one branch of every question that touches it.

    Attributes:
        taken: branch by question.
        weight: product of the weights of the branches.
        cost: present cost, USD.
        share: share of the Canada-Korea chain in North American cell demand in the year compared.
        duties, credits: USD paid, and earned (positive), in that year.
    """

    taken: Mapping[str, str]
    weight: Decimal
    cost: float
    share: float
    duties: float
    credits: float


@dataclass(frozen=True)
class Move:
    """How the mean of an answer moves with the weight of one branch.

    Attributes:
        question, branch: of what.
        weight: as assumed.
        at: the mean at each of :data:`WEIGHTS`.
        assumed: the mean at the assumed weight.
    """

    question: str
    branch: str
    weight: float
    at: tuple[float, ...]
    assumed: float

    @property
    def per_ten_points(self) -> float:
        """Change of the mean where ten percentage points of weight go to the branch."""
        return (self.at[-1] - self.at[0]) / 10.0


def matter(base: Chain, tell: Callable[[str], None] = lambda _: None) -> list[Question]:
    """The open questions of which some branch asks for another plan than the default branch does."""
    now = base.choices.law
    assert isinstance(now, InForce)
    found = []
    for question in now.law.questions():
        tell(f"looking what the question {question.name} touches")
        for branch in question.branches:
            if branch.name != question.default and not same_plan(
                under(base, {question.name: branch.name}).network, base.network
            ):
                found.append(question)
                break
    return found


def under(base: Chain, taken: Mapping[str, str]) -> Chain:
    """The same case with branches taken."""
    now = base.choices.law
    assert isinstance(now, InForce)
    law = replace(now, law=now.law.taking(taken), said=[])
    return Chain.of(base.atlas, str(base.case["case"]), replace(base.choices, law=law))


def combinations(questions: Sequence[Question]) -> list[tuple[dict[str, str], Decimal]]:
    """Every combination of branches with its weight, the weightiest first."""
    found = []
    for branches in itertools.product(*(q.branches for q in questions)):
        weight = Decimal(1)
        for branch in branches:
            weight *= branch.weight
        found.append(({q.name: b.name for q, b in zip(questions, branches, strict=True)}, weight))
    return sorted(found, key=lambda pair: -pair[1])


def plans(
    base: Chain, questions: Sequence[Question], year: int, solve: Callable[[Chain, int, int], Plan]
) -> Iterator[Scenario]:
    """The scenarios one after another, the weightiest first; ends early at the first plan that is not optimal.

    Args:
        solve: plans a chain; told which of how many it is.
    """
    every = combinations(questions)
    for at, (taken, weight) in enumerate(every, start=1):
        chain = under(base, taken)
        plan = solve(chain, at, len(every))
        if plan.status != "optimal":
            return
        paid = [(one.kind, one.by_year.get(year, 0.0)) for one in bill(chain, plan)]
        yield Scenario(
            taken,
            weight,
            plan.objective,
            float(Why(chain, plan).share(year).value or 0.0),
            sum(money for kind, money in paid if kind == "duty"),
            -sum(money for kind, money in paid if kind != "duty"),
        )


def mean(scenarios: Sequence[Scenario], measure: Callable[[Scenario], float]) -> float:
    """The mean of an answer by the weights of the scenarios. No plan has it."""
    whole = sum((one.weight for one in scenarios), Decimal(0))
    return sum(measure(one) * float(one.weight / whole) for one in scenarios)


def moves(
    scenarios: Sequence[Scenario], questions: Sequence[Question], measure: Callable[[Scenario], float]
) -> list[Move]:
    """How the mean moves with the weight of each branch that is not the default; all scenarios must be there."""
    found = []
    for question in questions:
        for branch in question.branches:
            if branch.name == question.default:
                continue
            own = [one for one in scenarios if one.taken[question.name] == branch.name]
            rest = [one for one in scenarios if one.taken[question.name] != branch.name]
            here, there = mean(own, measure), mean(rest, measure)
            weight = float(branch.weight)
            at = tuple(there + w * (here - there) for w in WEIGHTS)
            found.append(Move(question.name, branch.name, weight, at, there + weight * (here - there)))
    return found
