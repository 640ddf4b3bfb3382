"""The committee's page: its numbers are those of the rooms' answers, in three languages, and what is missing is said."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bongsu.answers.figure import Node
from bongsu.brief import check, committee_page, frame
from bongsu.brief.committee import committee_store, frontier, plain_unit
from bongsu.brief.text import LANGS, Lang
from bongsu.cli import committee_pages
from bongsu.cli.shell import BadInput
from bongsu.committee import Answer, Partner, Project

from . import browser
from .test_page import Reader

ONE, TWO = "make_cell@windsor", "make_foil@granby"
SITE = "USD/kWh of 2025"


def node(label: str, value: float | None, unit: str, kind: str = "money", *children: Node) -> Node:
    return Node({"en": label, "ko": label, "fr": label}, value, unit, kind, children=children)


@cache
def projects() -> tuple[Project, ...]:
    cell = Project(ONE, "make_cell", "windsor", "CA", "ON", 5e7, "kWh", 2033, 20, 4.5e9, 2025,
                   (Partner("A & <B> Energy", "KR", "process"), Partner("ON", "CA", "energy")))  # fmt: skip
    return cell, Project(TWO, "make_foil", "granby", "CA", "QC", 25000, "t", 2029, 20, 4e8, 2025)


def discovered() -> Answer:
    why = (node("Saved", 6e8, "USD"), node("Law <1>", 1.2e8, "USD"))
    values = pl.DataFrame(
        {
            "rank": [1, 2, 3], "project": [ONE, TWO, "make_x@y"], "size": [5e7, 25000.0, 1.0], "unit": ["kWh", "t", "t"],
            "capex": [4.5e9, 4e8, 9e8], "value": [7.2e8, 4.6e8, 3e8], "cost_saved": [6e8, -1.2e8, 3e8],
            "unmet_avoided": [0.0, 0.0, 0.0], "compliance": [1.2e8, 5.8e8, 0.0],
        }
    )  # fmt: skip
    outcomes = [
        (ONE, "process", "pass"),
        (ONE, "power", "undetermined"),
        (TWO, "process", "pass"),
        (TWO, "power", "fail"),
    ]
    said = [f"because {outcome}; see {gate}" for _, gate, outcome in outcomes]
    gates = pl.DataFrame(outcomes, schema=["project", "gate", "outcome"], orient="row")
    gates = gates.with_columns(*(pl.Series(f"evidence_{lang}", said) for lang in LANGS))
    chosen = pl.DataFrame(
        {"project": [ONE, TWO], "chosen": [True, False], "invest_ca": [4.5e8, 0.0], "invest_kr": [4.05e9, 4e8]}
    )
    shared = pl.DataFrame(
        {"project": [ONE], "alone": [7.2e8], "marginal": [7.1e8], "shapley": [7.15e8], "error": [0.0]}
    )
    figures = {
        f"discover.value:{ONE}": node("Worth", 7.2e8, "USD", "money", *why),
        f"discover.value:{TWO}": node("Worth", 4.6e8, "USD"),
        "discover.together:ref": node("Together", 7.2e8, "USD"),
    }
    return Answer("discover", figures, {"values": values, "gates": gates, "portfolio": chosen, "shapley": shared})


def attracted() -> Answer:
    flow = pl.DataFrame(
        {
            "project": [ONE] * 4, "year": [2031, 2032, 2033, 2034], "revenue_real_usd": [0.0, 0.0, 3e9, 3e9],
            "operating_cost_real_usd": [0.0, 0.0, 1e9, 1e9], "capital_cost_real_usd": [2e9, 2.5e9, 0.0, 0.0],
            "pre_tax_real_usd": [-2e9, -2.5e9, 2e9, 2e9], "tax_federal_real_usd": [0.0, 0.0, 1e8, 1e8],
            "post_tax_real_usd": [-2e9, -2.5e9, 1.9e9, 1.9e9],
        }
    )  # fmt: skip
    rows = [(ONE, "product_price", "factor", 0.8, 1.2, -2e9, 1e9), (ONE, "credit_withdrawn", "branch", 0.0, 1.0, -7e8, -9e8),
            (ONE, "discount_real", "a year", 0.06, 0.1, -3e8, -1e9)]  # fmt: skip
    columns = ["project", "driver", "unit", "low", "high", "npv_low", "npv_high"]
    parts = {"product": 60.0, "feed": -40.0, "capital": -15.0, "taxes": -1.0}
    sites = [
        {"project": ONE, "rank": at + 1, "place": place, "margin_post_tax_real_usd": sum(parts.values()) - at,
         "first_in_draws": 0.8 - 0.6 * at, **{f"{name}_usd": value for name, value in parts.items()}, "energy_usd": -1.0 * at}
        for at, place in enumerate(("windsor", "surrey"))
    ]  # fmt: skip
    usd = "USD of 2025"
    figures = {
        "npv_post_tax_real_usd": node("NPV after tax", -6.5e8, usd), "npv_pre_tax_real_usd": node("NPV", -5e8, usd),
        "irr_post_tax_real": node("IRR after tax", None, "share", "share"),
        "payback_post_tax": node("Payback", None, "years", "number"),
        "chance_npv_positive": node("Chance", 0.21, "share", "share"),
        "levelised_cost_pre_tax_real_usd": node("Levelised cost", 62.85, SITE),
        "public_support_real_usd": node("Support", 0.0, usd), "public_returns_real_usd": node("Returns", 8.5e8, usd),
        "public_balance_real_usd": node("Balance", 8.5e8, usd), "public_irr_real": node("IRR", None, "share", "share"),
        "public_even_year": node("Even", None, "year", "year"), "direct_jobs": node("Jobs", None, "jobs", "number"),
    }  # fmt: skip
    named = {f"attract.{key}:{ONE}": one for key, one in figures.items()}
    named["attract.site_margin:make_cell@windsor"] = node("Margin", 4.0, SITE)
    named["attract.site_margin:make_cell@surrey"] = node("Margin", 3.0, SITE)
    return Answer(
        "attract",
        named,
        {
            "cash_flow": flow, "tornado": pl.DataFrame(rows, schema=columns, orient="row"), "sites": pl.DataFrame(sites),
            "unanswered": pl.DataFrame({"project": [TWO], "reason": ["no price of foil <here>"]}),
        },
    )  # fmt: skip


def regional() -> Answer:
    told = [
        ("construction", "job_years", "direct", "spending", 4239.7, 10708.2, "job-years", "assumed"),
        ("operation", "jobs", "direct", "announced", 260.0, 260.0, "jobs", "derived"),
        ("operation", "jobs", "total", "average", 1650.0, 2790.0, "jobs", "assumed"),
        ("operation", "value_added", "total", "average", 810.2, 2642.1, "million CAD of 2025", "assumed"),
    ]
    columns = ["phase", "measure", "scope", "basis", "low", "high", "unit", "weakest"]
    rows = pl.DataFrame(told, schema=columns, orient="row").select(pl.lit(ONE).alias("project"), pl.all())
    figures = {
        f"regions.{'_'.join(row[:4])}_{end}:{ONE}": node("range", row[4 + at], row[6], "number")
        for row in told
        for at, end in enumerate(("low", "high"))
    }
    notes = pl.DataFrame({"project": [ONE], "note": ["x"], "en": ["A note"], "ko": ["알림"], "fr": ["Une note"]})
    return Answer("regions", figures, {"effect": rows, "notes": notes})


def linked() -> Answer:
    def way(side: str, item: str, name: str, cost: float, award: float, obstacles: str = "") -> dict[str, Any]:
        seller, buyer = (name, "windsor") if side == "seller" else ("windsor", name)
        named = {f"{end}_{lang}": seller if end == "seller" else buyer for end in ("seller", "buyer") for lang in LANGS}
        return {"project": ONE, "item": item, "year": 2033, "quantity": 100.0, "found": 0.6, "rank": 1,
                "seller": seller, "buyer": buyer,
                **named, "price": cost - 3, "freight": 2.0, "duty": 1.0, "credit": 0.0, "delivered": cost, "netback": cost - 3,
                "free": None, "award": award, "rank_best": 1, "rank_worst": 2, "obstacles": obstacles}  # fmt: skip

    inputs = [
        way("seller", "foil", "volta", 13216.0, 60.0, "not_running duty"),
        way("seller", "foil", "china", 14000.0, 0.0),
    ]
    inputs.append(
        dict.fromkeys(inputs[0]) | {"project": ONE, "item": "salt", "year": 2033, "quantity": 5.0, "found": 0.0}
    )
    outputs = [way("buyer", "cell", "market", 55.8, 100.0)]
    figures = {
        f"link.delivered:{row['seller']}>windsor:foil:2033": node("Delivered", row["delivered"], "USD/t")
        for row in inputs[:2]
    }
    figures["link.netback:windsor>market:cell:2033"] = node("Netback", 52.8, "USD/kWh")
    return Answer("link", figures, {"links_inputs": pl.DataFrame(inputs), "links_outputs": pl.DataFrame(outputs)})


@cache
def answers() -> dict[str, Answer]:
    return {"discover": discovered(), "attract": attracted(), "regions": regional(), "link": linked()}


@cache
def store() -> dict[str, Any]:
    return committee_store(projects(), answers())


@cache
def rendered(lang: Lang) -> str:
    return committee_page.render(store(), lang)


def shown(lang: Lang) -> str:
    """The page without its scripts."""
    return rendered(lang).split("<script")[0]


# Numbers ---------------------------------------------------------------------------------------------------------------------


def test_every_figure_is_that_of_its_answer_in_the_units_of_the_page() -> None:
    assert check.committee_problems(store()) == []
    scale = {"USD": (1e-6, "MUSD"), "USD of 2025": (1e-6, "MUSD"), "share": (1.0, "1"), "million CAD of 2025": (1.0, "MCAD"),
             SITE: (1.0, "USD/kWh")}  # fmt: skip
    checked = 0
    for answer in answers().values():
        for fid, figure in answer.figures.items():
            if fid in store()["figures"]:
                factor, unit = scale.get(figure.unit, (1.0, figure.unit))
                kept = store()["figures"][fid]
                assert kept["value"] == (None if figure.value is None else pytest.approx(figure.value * factor))
                assert kept["unit"] == unit
                checked += 1
    assert checked == sum(len(one.figures) for one in answers().values())
    tree = store()["figures"][f"discover.value:{ONE}"]["why"]
    assert [child["value"] for child in tree["children"]] == [600, 120]


def test_money_of_another_year_keeps_its_year() -> None:
    assert plain_unit("USD/kWh of 2022", 2025) == (1.0, "USD/kWh of 2022")
    assert plain_unit("million CAD of 2018", 2025) == (1.0, "million CAD of 2018")


def test_money_of_two_years_and_rows_of_nobody_are_refused() -> None:
    with pytest.raises(ValueError, match="2025, 2030"):
        committee_store([projects()[0], replace(projects()[1], money_year=2030)], answers())
    table = attracted().tables["cash_flow"].drop("project")
    with pytest.raises(ValueError, match="cash_flow of attract has no column project"):
        committee_store(projects(), {"attract": Answer("attract", {}, {"cash_flow": table})})


def test_the_sum_so_far_is_the_sum_of_the_years_and_parts_make_the_flow() -> None:
    (case,) = store()["investor"]
    assert [row["so_far"] for row in case["cash"]] == pytest.approx([-2000, -4500, -2600, -700])
    for row in case["cash"]:
        parts = [row[name] or 0 for name in ("revenue", "operating_cost", "capital_cost", "tax_federal")]
        assert sum(parts) == pytest.approx(row["post_tax"])


def test_what_is_none_is_not_called_unknown() -> None:
    """No rate of return and no payback are answers; jobs that nobody has said are unknown; without support nothing breaks even."""
    for lang, none, never, unsupported in (
        ("en", "no single rate", "never", "no support"),
        ("fr", "pas de taux unique", "jamais", "sans soutien"),
    ):
        words = dict(re.findall(r'data-fid="attract\.(\w+):[^"]*"[^>]*>([^<]*)<', rendered(lang)))  # type: ignore[arg-type]
        assert words["irr_post_tax_real"] == none
        assert words["payback_post_tax"] == never
        assert words["public_even_year"] == unsupported
    assert re.search(r'data-fid="attract\.direct_jobs:[^"]*"[^>]*>unknown<', rendered("en"))


points = st.lists(st.tuples(st.integers(1, 9), st.integers(-3, 9)), max_size=12)


@given(points)
def test_the_frontier_holds_exactly_the_points_that_none_beats(drawn: list[tuple[int, int]]) -> None:
    best = frontier(drawn)
    for cost, worth in drawn:
        beaten = any(c <= cost and w >= worth and (c, w) != (cost, worth) for c, w in drawn)
        # Of equal points one stands for all.
        twin = any(other in best for other, point in enumerate(drawn) if point == (cost, worth))
        assert twin != beaten


# Pages -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_stands_alone_and_shows_the_store(lang: Lang) -> None:
    tags = Reader(rendered(lang)).tags
    assert tags[0] == ("html", {"lang": lang, "data-store-sha256": frame.digest(store())})
    for tag, attrs in tags:
        assert not {"src", "srcset", "style"} & set(attrs), tag
    idents = [attrs["id"] for _, attrs in tags if attrs.get("id")]
    assert len(idents) == len(set(idents))
    inner = {str(a["href"])[1:] for tag, a in tags if tag == "a" and str(a.get("href")).startswith("#")}
    assert inner <= set(idents)
    figures = {str(a["data-fid"]): a.get("data-value") for _, a in tags if "data-fid" in a}
    assert figures.keys() <= store()["figures"].keys()
    assert sum(fid in figures for answer in answers().values() for fid in answer.figures) >= 25
    for _, attrs in tags:
        if "data-fid" in attrs and "data-value" in attrs and attrs["data-value"] != "":
            assert attrs["data-value"] == json.dumps(store()["figures"][str(attrs["data-fid"])]["value"])
    pictures = [a for tag, a in tags if tag == "svg"]
    assert len(pictures) == 7
    assert all(a.get("aria-label") for a in pictures)
    assert "<B>" not in shown(lang)
    assert "A &amp; &lt;B&gt; Energy" in shown(lang)


@pytest.mark.parametrize("lang", ["ko", "fr"])
def test_numbers_are_the_same_in_every_language(lang: Lang) -> None:
    def numbers(one: Lang) -> list[str]:
        return sorted(
            f"{a.get('data-fid')} {a['data-value']}" for _, a in Reader(rendered(one)).tags if "data-value" in a
        )

    assert numbers(lang) == numbers("en")


def test_a_gate_is_marked_by_its_outcome_and_says_its_evidence() -> None:
    marks = re.findall(r'class="gate g-(\w+)"[^>]*data-tip="([^"]*)"', rendered("en"))
    assert [outcome for outcome, _ in marks] == ["pass", "undetermined", "pass", "fail"]
    assert marks[3][1] == "power: not met\nbecause fail\nsee power"
    headline = next(one for one in store()["headlines"] if one["id"] == "committee_gates")
    counted = {key: store()["figures"][fid]["value"] for key, fid in headline["sentence"]["params"].items()}
    assert counted == {"clear": 0, "of": 2, "open": 1}


def test_what_is_missing_is_said_with_its_reason_and_its_command() -> None:
    assert "no price of foil &lt;here&gt;" in shown("en")
    for lang in LANGS:
        text = committee_page.render(committee_store(projects(), {"discover": answers()["discover"]}), lang).split(
            "<script"
        )[0]
        for room in ("attract", "regions", "link"):
            assert f"<code>{committee_page.COMMANDS[room]}</code>" in text
        assert "<code>bongsu discover</code>" not in text
    bare = committee_store(projects(), {})
    assert check.committee_problems(bare) == []
    assert bare["value"] is bare["investor"] is bare["public"] is bare["regions"] is bare["links"] is None
    assert "<code>bongsu discover</code>" in committee_page.render(bare, "en")


def test_the_page_is_made_again_from_what_the_folder_holds(tmp_path: Path) -> None:
    files = committee_pages.write(tmp_path, projects(), answers())
    assert {Path(one).name for one in files} == {
        *(f"committee.{lang}.html" for lang in LANGS),
        "committee.store.json",
        "projects.json",
    }
    before = (tmp_path / "committee.store.json").read_bytes()
    for room, answer in answers().items():
        (tmp_path / f"{room}.json").write_text(json.dumps(answer.as_dict(), ensure_ascii=False), encoding="utf-8")
    committee_pages.write(tmp_path, *committee_pages.read(tmp_path))
    assert (tmp_path / "committee.store.json").read_bytes() == before
    (tmp_path / "projects.json").unlink()
    with pytest.raises(BadInput, match=r"bongsu discover --out"):
        committee_pages.read(tmp_path)


# A real browser --------------------------------------------------------------------------------------------------------------

FOUND = browser.find()
if FOUND is None and os.environ.get("CI") == "true":
    raise RuntimeError("no chromium on this machine: install it or set CHROMIUM to its path")

#: Every language at the width of a phone and of a desk, in frames of one page.
FRAMES = """<!doctype html><html lang="en"><title>frames</title>{frames}<script>
const frames = [...document.querySelectorAll("iframe")];
const look = () => {{
  const roots = frames.map((one) => one.contentDocument?.documentElement);
  if (!roots.every((root) => root?.dataset.ready)) return setTimeout(look, 50);
  roots.forEach((root, i) => (document.documentElement.dataset["f" + i] =
    [root.dataset.errors, root.clientWidth, root.dataset.overflow].join(" ")));
  const inner = frames[0].contentDocument, mark = inner.querySelector("svg [data-fid]");
  mark.dispatchEvent(new KeyboardEvent("keydown", {{key: "Enter", bubbles: true}}));
  document.documentElement.dataset.why = inner.getElementById("why-body").textContent;
}};
look();
</script></html>"""


@pytest.mark.browser
@pytest.mark.skipif(FOUND is None, reason="no chromium on this machine (set CHROMIUM to its path)")
def test_the_page_runs_without_errors_and_fits(tmp_path: Path) -> None:
    committee_pages.write(tmp_path, projects(), answers())
    cases = [(lang, wide) for lang in LANGS for wide in (375, 1200)]
    frames = "".join(
        f'<iframe src="committee.{lang}.html" width="{wide}" height="700" frameborder="0"></iframe>'
        for lang, wide in cases
    )
    (tmp_path / "frames.html").write_text(FRAMES.format(frames=frames), encoding="utf-8")
    with browser.served(tmp_path) as address:
        said = browser.said(browser.dom(str(FOUND), f"{address}/frames.html", 1300))
    assert [said.get(f"f{at}") for at in range(len(cases))] == [f"[] {wide} 0" for _, wide in cases]
    assert "Worth" in said["why"]
    assert "Law <1>" in said["why"]
