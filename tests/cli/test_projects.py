"""What the functions say of a project together: nothing is lost between them, and a card holds it on its page."""

from __future__ import annotations

import io

import numpy as np
import polars as pl
from rich.console import Console

from bongsu.answers import Node
from bongsu.cli import projects
from bongsu.cli.wording import Wording
from bongsu.committee import Answer, Project
from bongsu.committee.attract.measures import internal_rate
from bongsu.committee.attract.returns import returned

NAMES = {"en": "x", "ko": "x", "fr": "x"}


def project(name: str) -> Project:
    return Project(f"make_cam@{name}", "make_cam", name, "CA", "QC", 1000.0, "t", 2030, 20, 1e8, 2025)


def node(value: float) -> Node:
    return Node(NAMES, value, "USD")


def test_answers_of_several_projects_become_one_with_their_names() -> None:
    def ask(one: Project) -> Answer:
        if one.place == "c":
            raise ValueError("no table for c")
        table = pl.DataFrame({"year": [2030], f"output_{one.place}": [1.5]})
        return Answer("attract", {f"attract.npv:{one.project}": node(1.0)}, {"cash_flow": table})

    both = projects._each("attract", ask, [project("a"), project("b"), project("c")], lambda _: None)
    assert sorted(both.figures) == ["attract.npv:make_cam@a", "attract.npv:make_cam@b"]
    assert both.tables["cash_flow"].rows() == [("make_cam@a", 2030, 1.5, None), ("make_cam@b", 2030, None, 1.5)]
    assert both.tables["unanswered"].rows() == [("make_cam@c", "no table for c")]


def test_places_to_compare_are_those_that_save_most_by_what_is_known_of_them() -> None:
    rows = [("make_cam", "a", None, None, 9.0), ("make_cam", "b", 1.0, 5.0, 2.0), ("make_cam", "c", 3.0, 4.0, 1.0),
            ("make_cam", "d", None, 7.0, 1.0), ("make_cam", "c", 2.0, 4.0, 1.0), ("other", "e", 8.0, 8.0, 8.0)]  # fmt: skip
    table = pl.DataFrame(rows, schema=["process", "place", "value", "bound", "price_estimate"], orient="row")
    assert projects.nearest(table, [project("a")], 3) == {"make_cam": ["c", "b", "d"]}


def test_what_is_not_known_is_said_and_a_missing_answer_too() -> None:
    one = project("a")
    figures = {
        f"attract.{name}:{one.project}": node(value)
        for name, value in (("npv_post_tax_real_usd", -2e6), ("public_support_real_usd", 0.0))
    }
    # Worth nothing at 10 % and at 20 %.
    twice = returned("irr_post_tax_nominal", internal_rate(np.array([-100.0, 230.0, -132.0]), 0.08))
    figures[f"attract.irr_post_tax_nominal:{one.project}"] = twice
    share = Node(NAMES, 0.026, "share", "share", children=(Node(NAMES, 2000.0, "count"),))
    figures[f"attract.chance_npv_positive:{one.project}"] = share
    answers = {
        "attract": Answer("attract", figures),
        "regions": Answer(
            "regions", {}, {"unanswered": pl.DataFrame([{"project": one.project, "reason": "no table"}])}
        ),
        "link": Answer("link"),
    }
    for language, parts in {
        "en": ["−US$2 million", "No single rate: the cash flow changes sign 2 times", "10.0%, 20.0%", "2.6% of 2,000 draws",
               "unknown", "no support counted", "No answer of regions: no table"],
        "ko": ["−2백만 달러", "단일 수익률 없음", "10.0%, 20.0%", "미상", "집계된 지원 없음"],
        "fr": ["−2 M$ US", "Pas de taux unique", "10,0\u202f%, 20,0\u202f%", "inconnu", "aucun soutien compté"],
    }.items():  # fmt: skip
        said = io.StringIO()
        projects.show(one, answers, Wording("projects_words", language), Console(file=said, width=200))
        for part in parts:
            assert part in said.getvalue()


def test_ranges_of_jobs_are_told_to_two_digits() -> None:
    one = project("a")
    ends = {"low": 1149.4, "high": 1515.0}
    figures = {
        f"regions.operation_jobs_total_announced_{end}:{one.project}": node(value) for end, value in ends.items()
    }
    figures |= {
        f"regions.operation_jobs_net_announced_low:{one.project}": node(287.0),
        f"regions.construction_job_years_total_spending_low:{one.project}": node(7729.0),
        f"regions.construction_job_years_total_spending_high:{one.project}": node(19231.0),
    }
    answers = {"attract": Answer("attract"), "regions": Answer("regions", figures), "link": Answer("link")}
    said = io.StringIO()
    projects.show(one, answers, Wording("projects_words", "en"), Console(file=said, width=240))
    assert "1,100 to 1,500 jobs" in said.getvalue()
    assert "290 at least" in said.getvalue()
    assert "7,700 to 19,000 job-years" in said.getvalue()


def test_jobs_of_which_an_end_is_unknown_are_unknown_and_not_none() -> None:
    one = project("a")
    figures = {
        f"regions.{name}:{one.project}": Node(NAMES, value, "jobs")
        for name, value in {
            "operation_jobs_total_average_low": None,
            "operation_jobs_total_average_high": 300.0,
            "operation_jobs_net_average_low": 100.0,
            "construction_job_years_total_spending_low": 1000.0,
            "construction_job_years_total_spending_high": 2000.0,
        }.items()
    }
    answers = {room: Answer(room) for room in ("attract", "link")} | {"regions": Answer("regions", figures)}
    said = io.StringIO()
    projects.show(one, answers, Wording("projects_words", "en"), Console(file=said, width=240))
    assert said.getvalue().strip() == "Quebec: 1,000 to 2,000 job-years to build; jobs in operation unknown"
