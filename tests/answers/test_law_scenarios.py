"""Scenarios of law: every combination once, and means that move as planning under other weights would make them move."""

from __future__ import annotations

import itertools
import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bongsu.answers.law_scenarios import WEIGHTS, Scenario, combinations, matter, mean, moves, under
from bongsu.chain import Chain
from bongsu.law import Law
from bongsu.law.inforce import InForce
from bongsu.law.instrument import Branch, Question


def open_questions() -> list[Question]:
    law = Law.load().on("2026-11-23")
    return [
        q for q in law.questions() if q.name in ("no58-after-suspension", "us-301-excess-capacity", "kr-nst-sunset")
    ]


QUESTIONS = open_questions()
COUNT = math.prod(len(q.branches) for q in QUESTIONS)
#: Every branch that a plan does not take unless told to.
OTHERS = [(q, b) for q in QUESTIONS for b in q.branches if b.name != q.default]


def test_every_combination_is_there_once_and_the_weights_add_to_one() -> None:
    found = combinations(QUESTIONS)
    assert len({tuple(sorted(taken.items())) for taken, _ in found}) == len(found) == COUNT == 12
    assert sum(weight for _, weight in found) == 1
    weights = [weight for _, weight in found]
    assert weights == sorted(weights, reverse=True)
    assert found[0][0] == {q.name: q.default for q in QUESTIONS}


@given(
    st.lists(st.floats(1e9, 1e12), min_size=COUNT, max_size=COUNT), st.sampled_from(OTHERS), st.sampled_from(WEIGHTS)
)
def test_the_mean_moves_as_it_would_under_other_weights(
    costs: list[float], other: tuple[Question, Branch], weight: float
) -> None:
    moved, risen = other
    found = [
        Scenario(taken, own, cost, 0.0, 0.0, 0.0)
        for (taken, own), cost in zip(combinations(QUESTIONS), costs, strict=True)
    ]
    # The same by summing over all combinations with the weight of one branch put to another value, its fellows keeping their
    # proportions.
    total = 0.0
    for branches in itertools.product(*(q.branches for q in QUESTIONS)):
        chance = 1.0
        for question, branch in zip(QUESTIONS, branches, strict=True):
            own = float(branch.weight)
            if question is moved:
                own = weight if branch is risen else (1 - weight) * own / (1 - float(risen.weight))
            chance *= own
        taken = {q.name: b.name for q, b in zip(QUESTIONS, branches, strict=True)}
        total += chance * next(one.cost for one in found if one.taken == taken)
    [move] = [
        one
        for one in moves(found, QUESTIONS, lambda one: one.cost)
        if (one.question, one.branch) == (moved.name, risen.name)
    ]
    assert move.at[WEIGHTS.index(weight)] == pytest.approx(total)
    assert move.assumed == pytest.approx(mean(found, lambda one: one.cost))
    assert move.per_ten_points == pytest.approx((move.at[-1] - move.at[0]) / 10)


def test_the_mean_of_some_scenarios_takes_their_weights_in_proportion() -> None:
    some = [Scenario({}, Decimal(w), c, 0, 0, 0) for w, c in (("0.2", 1.0), ("0.1", 4.0))]
    assert mean(some, lambda one: one.cost) == pytest.approx(2.0)


def test_a_question_matters_if_one_of_its_branches_asks_for_another_plan(chain: Chain) -> None:
    names = {question.name for question in matter(chain)}
    # A licence for battery goods and a duty touch lanes; guidance on certificates touches nothing that a plan holds.
    assert {"no58-after-suspension", "us-301-excess-capacity"} <= names
    assert "macr-tables" not in names
    law = under(chain, {"us-301-excess-capacity": "duty"}).choices.law
    assert isinstance(law, InForce)
    assert law.law.taken == {"us-301-excess-capacity": "duty"}
