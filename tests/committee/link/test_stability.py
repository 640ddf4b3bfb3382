"""Rank correlation, and what variations do to an order."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau

from bongsu.chain import Chain
from bongsu.committee.link import Need
from bongsu.committee.link.market import Market
from bongsu.committee.link.rank import Ranking
from bongsu.committee.link.stability import kendall, scaled, under_law
from bongsu.plan import Plan


@settings(deadline=None)
@given(st.permutations(list("abcdef")))
def test_kendall_is_that_of_the_statisticians(order: list[str]) -> None:
    base = list("abcdef")
    ours = kendall(base, order)
    theirs = kendalltau([base.index(x) for x in base], [order.index(x) for x in base]).statistic
    assert ours is not None
    assert abs(ours - theirs) < 1e-12


def test_kendall_needs_two_names() -> None:
    assert kendall(["a"], ["a", "b"]) is None


def test_the_law_of_the_plan_changes_nothing_and_freight_only_freight(chain: Chain, plan: Plan) -> None:
    ranking = Ranking.of(chain, plan)
    need = Need.of(chain, "anode_natural", "us-nv-mccarran", (2028, 2030))
    pairs = [ranking.pair(need.item, one, need.buyer, need.years) for one in ranking.market.sellers(need.item)]
    same = under_law(ranking.market.crossings, pairs, chain.choices.law)  # type: ignore[arg-type]
    for one, two in zip(pairs, same, strict=True):
        for a, b in zip(one.years, two.years, strict=True):
            assert a.way is not None
            assert b.way is not None
            # A lane that claims a tested preference pays what it pays; of the others the law is the same.
            if not a.way.keeps:
                assert abs(a.way.duty - b.way.duty) < 1e-6, one.seller.name
                assert a.way.most == b.way.most
    dearer = scaled(pairs[0], 1.5)
    before, after = pairs[0].years[0].way, dearer.years[0].way
    assert before is not None
    assert after is not None
    assert after.freight == 1.5 * before.freight
    assert (after.price, after.duty, after.credit) == (before.price, before.duty, before.credit)


def test_every_other_branch_of_every_open_question_is_looked_at(chain: Chain, plan: Plan) -> None:
    law = chain.choices.law.law  # type: ignore[union-attr]
    expected = sum(len(question.branches) - 1 for question in law.questions())
    assert len(Market(chain, plan).branches) == expected > 0
