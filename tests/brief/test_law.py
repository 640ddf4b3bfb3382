"""The part of the store on the law: what it sums is what the plan pays, and every row is sourced."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from bongsu.answers.figure import Node
from bongsu.answers.law_effect import bill
from bongsu.atlas import Atlas
from bongsu.brief.law import MONTHS, law_part, months_after, sources
from bongsu.chain import Chain, Choices
from bongsu.law import Law
from bongsu.law.inforce import InForce
from bongsu.plan import Plan

Kept = dict[str, Node]


@pytest.fixture(scope="module")
def under_law(atlas: Atlas) -> tuple[Chain, Plan]:
    chain = Chain.of(atlas, choices=Choices(law=InForce(Law.load().on(atlas.known), 2025, 0.08)))
    return chain, Plan.of(chain.network)


@pytest.fixture(scope="module")
def told(under_law: tuple[Chain, Plan]) -> tuple[dict[str, Any], Kept]:
    kept: Kept = {}

    def keep(fid: str, node: Node) -> str:
        kept.setdefault(fid, node)
        return fid

    part = law_part(*under_law, 2030, keep)
    assert part is not None
    return part, kept


def test_without_law_there_is_no_such_part(atlas: Atlas, plan: Plan) -> None:
    assert law_part(Chain.of(atlas), plan, 2030, lambda fid, node: fid) is None


def test_duties_and_credits_of_the_year_are_the_sums_of_the_bills(
    under_law: tuple[Chain, Plan], told: tuple[dict[str, Any], Kept]
) -> None:
    part, kept = told
    at = part["years"].index(2030)
    paid = sum(row["values"][at] for row in part["bills"] if row["kind"] == "duty")
    earned = -sum(row["values"][at] for row in part["bills"] if row["kind"] != "duty")
    assert paid > 0
    assert earned > 0
    assert kept["law.duties:2030"].value == pytest.approx(paid)
    assert kept["law.credits:2030"].value == pytest.approx(earned)
    assert sum(row["total"] for row in part["bills"]) == pytest.approx(
        sum(one.total for one in bill(*under_law)) / 1e6, rel=1e-6
    )
    for row in part["bills"]:
        assert kept[row["fid"]].value == pytest.approx(sum(row["values"]))


def test_binding_rules_are_kept_and_cost_something(told: tuple[dict[str, Any], Kept]) -> None:
    part, _ = told
    assert part["rules"]
    for row in part["rules"]:
        assert row["point_cost"] > 0
        assert row["kept"] == pytest.approx(row["least"], abs=1e-6), row["rule"]
    near = [row["year"] for row in part["rules"]]
    assert near[0] == 2030


def test_every_row_names_a_source_that_is_listed(
    under_law: tuple[Chain, Plan], told: tuple[dict[str, Any], Kept]
) -> None:
    part, _ = told
    listed = sources(part, under_law[0], [])
    for name in ("instruments", "questions", "calendar"):
        assert part[name], name
        for row in part[name]:
            assert row["source"] in listed, row
    assert all(row["unverified"] <= row["values"] for row in part["instruments"])


def test_one_branch_of_each_question_is_taken(told: tuple[dict[str, Any], Kept]) -> None:
    part, _ = told
    for name in {row["question"] for row in part["questions"]}:
        own = [row for row in part["questions"] if row["question"] == name]
        assert sum(row["taken"] for row in own) == 1, name
        assert sum(row["weight"] for row in own) == pytest.approx(1.0)


def test_the_calendar_stays_within_its_months(told: tuple[dict[str, Any], Kept]) -> None:
    part, _ = told
    first = dt.date.fromisoformat(part["date"])
    days = [dt.date.fromisoformat(row["date"]) for row in part["calendar"]]
    assert days == sorted(days)
    assert first <= days[0] <= days[-1] <= months_after(first, MONTHS)
    assert all(row["known"] <= part["known"] for row in part["calendar"])


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [("2026-11-23", 18, "2028-05-23"), ("2026-08-31", 18, "2028-02-29"), ("2027-12-01", 1, "2028-01-01")],
)
def test_months_after(day: str, months: int, then: str) -> None:
    assert months_after(dt.date.fromisoformat(day), months) == dt.date.fromisoformat(then)
