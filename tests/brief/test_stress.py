"""The stress page: its numbers are those of plans and programmes made independently, in three languages, with nothing loaded."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterator
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from bongsu.brief import check, frame, page, stress_page
from bongsu.brief.pictures import standing, width, wrapped
from bongsu.brief.stress import time_to_recover
from bongsu.brief.text import LANGS, Lang
from bongsu.chain import Chain, Network
from bongsu.chain.change import apply
from bongsu.cli import kept, stress_pages
from bongsu.cli.survive import steady
from bongsu.plan import Plan
from bongsu.stress.answer import StressAnswer, answer
from bongsu.stress.disruption import Disruption, Ground, days_of, family, parse, read, resolve
from bongsu.stress.supply_chain import SupplyChain
from bongsu.stress.survival import Programmes

from . import browser, sample
from .test_page import Reader

CASE = Path(__file__).resolve().parents[2] / "examples/cases/survival"
SAID = {
    "id": "fire",
    "title": {"en": "A fire <with marks> & smoke", "ko": "화재", "fr": "Un incendie"},
    "source": "a report <1>",
    "branches": [
        {
            "name": "short",
            "weight": 3,
            "hits": [{"facility": "cells-windsor", "starts": "2026-01-01", "lasts": "240 days", "recovers": "60 days"}],
        },
        {
            "name": "long",
            "weight": 1,
            "hits": [
                {"facility": "cells-windsor", "starts": "2026-01-01", "source": "a fire report"},
                {"facility": "cathode-pohang", "starts": "2026-01-01"},
            ],
        },
    ],
}


def silent(_: str) -> None:
    """Say nothing."""


@cache
def network() -> Network:
    return Network.read(CASE)


@cache
def plan() -> Plan:
    return Plan.of(network())


@cache
def disruption() -> Disruption:
    return parse(SAID)


@cache
def found() -> StressAnswer:
    return answer(disruption(), Ground(network()), plan())


@cache
def built() -> stress_pages.Built:
    more = stress_pages.More(survive=True, worst="facility")
    return stress_pages.build(silent, found(), network(), None, plan(), more)


def store() -> dict[str, Any]:
    return built().store


@cache
def bare() -> dict[str, Any]:
    return stress_pages.build(silent, found(), network(), None, plan(), stress_pages.More()).store


@cache
def rendered(lang: Lang) -> str:
    return stress_page.render(store(), lang)


# Reasons ---------------------------------------------------------------------------------------------------------------------


def test_every_figure_of_the_page_answers_why_from_its_folder(tmp_path: Path) -> None:
    stress_pages.write(tmp_path, built())
    assert store()["figures"]
    for name, figure in store()["figures"].items():
        node = kept.figure(name, tmp_path)
        assert node.value == pytest.approx(figure["value"]), name
        assert node.label == figure["why"]["label"], name


def test_a_cost_leads_to_what_was_hit_and_where_that_is_stated() -> None:
    for branch in found().disruption.branches:
        said = json.dumps(built().reasons[f"stress.cost:{branch.name}"].as_dict(), ensure_ascii=False)
        for hit in branch.hits:
            assert hit.source in said if hit.source != "assumed" else "assumed" in said


# Numbers ---------------------------------------------------------------------------------------------------------------------


def test_the_store_lacks_nothing_and_what_it_lacks_is_found() -> None:
    assert check.stress_problems(store()) == []
    assert check.stress_problems(bare()) == []
    gone = {fid: one for fid, one in store()["figures"].items() if not fid.startswith("stress.cost:")}
    missing = check.stress_problems({**store(), "figures": gone, "worst": {**store()["worst"], "family": "nobody"}})
    assert any("stress.cost:short" in text for text in missing)
    assert "catalogue.csv lacks stress.family.nobody" in missing


@pytest.mark.parametrize("name", ["short", "long"])
def test_the_cost_is_what_two_plans_differ_by(name: str) -> None:
    branch = next(one for one in disruption().branches if one.name == name)
    changed = Plan.of(apply(network(), resolve(branch, Ground(network()), plan())))
    figure = store()["figures"][f"stress.cost:{name}"]
    assert figure["value"] == pytest.approx(changed.objective - plan().objective, rel=1e-7)
    whole, base = (child["value"] for child in figure["why"]["children"])
    assert (whole, base) == pytest.approx((changed.objective, plan().objective), rel=1e-8)
    assert figure["value"] == pytest.approx(whole - base)


def test_plants_and_demand_are_those_of_the_answer() -> None:
    for shown, one in zip(store()["branches"], found().branches, strict=True):
        assert [(row["plant"], row["stopped"]) for row in shown["plants"]] == [
            (s.plant, s.stopped) for s in one.standstills
        ]
        lost = [row["lost"] for row in shown["plants"]]
        assert lost == pytest.approx([s.base - s.made for s in one.standstills])
        assert [row["quantity"] for row in shown["unserved"]] == pytest.approx([u.quantity for u in one.unserved])
        assert shown["by_year"][0] == {
            "year": "2026",
            "stopped": sum(s.stopped for s in one.standstills),
            "less": len(one.standstills),
        }
        tiers = [(row["item"], row["share"]) for row in shown["exposure"]["tiers"]]
        assert tiers == [(tier.item, pytest.approx(tier.world, rel=1e-8)) for tier in one.exposure.tiers]
        assert shown["exposure"]["tiers"]
        worth = {(row["what"], row["period"]): row["value"] for row in shown["measures"] if row["kind"] != "build"}
        assert worth
        for measure in one.measures:
            if (measure.what, measure.period) in worth:
                assert worth[measure.what, measure.period] == pytest.approx(measure.value)


def test_a_segment_that_is_not_met_counts_all_its_demand() -> None:
    for shown in store()["branches"]:
        (row,) = shown["segments"]
        # 50 cars are wanted.
        assert row["share"] == pytest.approx(row["quantity"] / 50)


def test_time_to_recover_is_that_of_the_disruption_unless_it_has_no_end() -> None:
    short, long = disruption().branches
    assert time_to_recover(short) == 300
    assert time_to_recover(long) is None
    assert store()["survival"]["asked_days"] == 300


def test_survival_is_that_of_programmes_solved_one_by_one() -> None:
    chain = SupplyChain.of(network(), "2026", Plan.of(steady(network())))
    losses = {(loss.kind, loss.name): loss for loss in chain.losses}
    ends = [Programmes(chain, high) for high in (False, True)]
    checked = 0
    for row in store()["survival"]["nodes"]:
        loss = losses[row["kind"], row["node"]]
        for key, engine in zip(("low", "high"), ends, strict=True):
            (one,) = engine.survive([loss])
            assert row[key] == (pytest.approx(one.time * 365) if math.isfinite(one.time) else None)
        recover = 300 if loss.recovery is None else loss.recovery * 365
        assert row["recover"] == pytest.approx(recover)
        assert row["recover_trust"] == ("asked" if loss.recovery is None else "assumed")
        felt = {"exposed": 2, "perhaps": 1, "spared": 0}[standing(row)]
        assert felt == sum(row[key] is not None and row[key] < recover for key in ("low", "high"))
        assert row["gap"] == pytest.approx(max(0.0, recover - row["low"]))
        checked += 1
    assert checked >= 5
    exposed = sum(row["low"] < row["recover"] for row in store()["survival"]["nodes"])
    assert store()["figures"]["stress.survive.exposed"]["value"] == exposed > 0


def test_the_worst_pair_costs_what_its_plan_costs_and_no_pair_costs_more() -> None:
    net = network()
    events = family("facility", Ground(net), days_of(net)[0][0], 365.0)

    def cost(*chosen: Any) -> float:
        return Plan.of(apply(net, tuple(c for event in chosen for c in event.changes))).objective - plan().objective

    worst = store()["worst"]
    pairs = {(a.name, b.name): cost(a, b) for a, b in combinations(events, 2)}
    assert worst["more"] == pytest.approx(max(pairs.values()), rel=1e-7)
    assert pairs[tuple(worst["events"])] == pytest.approx(worst["more"], rel=1e-7)
    alone = {event.name: cost(event) for event in events if event.name in worst["events"]}
    assert {row["event"]: row["more"] for row in worst["singles"]} == pytest.approx(alone, rel=1e-7)
    assert worst["sum"] == pytest.approx(sum(alone.values()), rel=1e-7)
    assert worst["exact"]


# Pages -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_shows_the_figures_of_the_store(lang: Lang) -> None:
    tags = Reader(rendered(lang)).tags
    shown = {str(a["data-fid"]): a["data-value"] for _, a in tags if "data-fid" in a and "data-value" in a}
    assert len(shown) > 15
    for fid, value in shown.items():
        assert value == json.dumps(store()["figures"][fid]["value"])
    marks = {a["data-node"] for _, a in tags if "data-node" in a}
    assert marks == {f"{row['kind']}:{row['node']}" for row in store()["survival"]["nodes"]}
    assert {str(a["data-fid"]) for _, a in tags if "data-fid" in a} <= store()["figures"].keys()


@pytest.mark.parametrize("lang", ["ko", "fr"])
def test_numbers_are_the_same_in_every_language(lang: Lang) -> None:
    def numbers(one: Lang) -> list[str]:
        return sorted(
            f"{a.get('data-fid')} {a['data-value']}" for _, a in Reader(rendered(one)).tags if "data-value" in a
        )

    assert numbers(lang) == numbers("en")


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_stands_alone_and_is_labelled(lang: Lang) -> None:
    tags = Reader(rendered(lang)).tags
    assert tags[0] == ("html", {"lang": lang, "data-store-sha256": frame.digest(store())})
    for tag, attrs in tags:
        assert not {"src", "srcset", "style"} & set(attrs), tag
        assert not any(name.startswith("on") for name in attrs), tag
    idents = [attrs["id"] for _, attrs in tags if attrs.get("id")]
    assert len(idents) == len(set(idents))
    inner = {str(a["href"])[1:] for tag, a in tags if tag == "a" and str(a.get("href")).startswith("#")}
    assert inner <= set(idents)
    assert {a["href"] for tag, a in tags if tag == "a" and a.get("hreflang")} == {
        f"stress-fire.{one}.html" for one in LANGS
    }
    pictures = [a for tag, a in tags if tag == "svg"]
    assert len(pictures) >= 5
    assert all(a.get("aria-label") for a in pictures)
    text = re.sub(r"<script.*?</script>", "", rendered("en"), flags=re.DOTALL)
    assert "<with marks>" not in text
    assert "&lt;with marks&gt; &amp; smoke" in text


def test_what_was_not_asked_is_said_with_the_option_that_asks_for_it() -> None:
    text = stress_page.render(bare(), "en").split("<script")[0]
    assert "<code>--survive</code>" in text
    assert "<code>--worst country</code>" in text
    assert "--survive" not in rendered("en").split("<script")[0]
    assert bare()["survival"] is None is bare()["worst"]


def test_brief_and_stress_page_lead_to_each_other() -> None:
    beside = {**store(), "meta": {**store()["meta"], "brief": True}}
    assert 'href="brief.fr.html"' in stress_page.render(beside, "fr")
    assert "brief.fr.html" not in rendered("fr")
    brief = {**sample.build(), "stress": stress_pages.links([store()])}
    assert 'href="stress-fire.fr.html"' in page.render(brief, "fr")


def test_names_in_pictures_keep_to_their_room() -> None:
    for text in (
        "Lithium-ion cell NMC811 for long names of plants",
        "순수전기 승용차(니켈계 배터리), 미국 시장",
        "Réf" * 30,
    ):
        for most in (1, 2, 3):
            lines = wrapped(text, 16, most)
            assert len(lines) <= most
            assert all(width(line) <= 17 for line in lines)
    assert wrapped("short", 16, 2) == ["short"]


# A real browser --------------------------------------------------------------------------------------------------------------

FOUND = browser.find()
if FOUND is None and os.environ.get("CI") == "true":
    raise RuntimeError("no chromium on this machine: install it or set CHROMIUM to its path")
needs_browser = pytest.mark.skipif(FOUND is None, reason="no chromium on this machine (set CHROMIUM to its path)")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    folder = tmp_path_factory.mktemp("stress")
    for lang in LANGS:
        (folder / f"stress-fire.{lang}.html").write_text(rendered(lang), encoding="utf-8")
    # A page that opens the grounds of its first mark and shows a tip, as a reader would with the keyboard.
    touch = """<script>addEventListener("load", () => setTimeout(() => {
      const frame = document.getElementById("f"), inner = frame.contentDocument, mark = inner.querySelector("svg [data-fid]");
      mark.dispatchEvent(new FocusEvent("focusin", {bubbles: true}));
      document.documentElement.dataset.tip = inner.getElementById("tip").textContent;
      document.documentElement.dataset.lit = String(inner.querySelectorAll("tr.lit").length);
      mark.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true}));
      document.documentElement.dataset.why = inner.getElementById("why-body").textContent;
    }, 1500));</script>"""
    (folder / "touch.html").write_text(
        browser.FRAME.format(page="stress-fire.en.html", width=1100, height=800).replace("</html>", touch + "</html>"),
        encoding="utf-8",
    )
    with browser.served(folder) as address:
        yield folder, address


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("wide", [375, 1200])
@pytest.mark.browser
@needs_browser
def test_the_page_runs_without_errors_and_fits(site: tuple[Path, str], lang: Lang, wide: int) -> None:
    name = browser.framed(site[0], f"stress-fire.{lang}.html", wide)
    said = browser.said(browser.dom(str(FOUND), f"{site[1]}/{name}", 1300))
    assert said.get("ready") == "1"
    assert said["errors"] == "[]"
    assert said["width"] == str(wide)
    assert said["overflow"] == "0"


@pytest.mark.browser
@needs_browser
def test_a_mark_shows_its_tip_its_row_and_its_grounds(site: tuple[Path, str]) -> None:
    said = browser.said(browser.dom(str(FOUND), f"{site[1]}/touch.html", 1300))
    tier = store()["branches"][0]["exposure"]["tiers"][0]
    assert tier["item_name"]["en"] in said["tip"]
    assert said["lit"] == "1"
    assert store()["figures"][tier["fid"]]["why"]["label"]["en"] in said["why"]


# The reference case ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_page_of_the_reference_case_rests_on_sources(chain: Chain, plan: Plan) -> None:
    said = read(CASE.parents[1] / "disruptions/hormuz-2026.yaml")
    result = answer(said, Ground(chain.network, chain.atlas), plan)
    built = stress_pages.build(silent, result, chain.network, chain, plan, stress_pages.More()).store
    assert check.stress_problems(built) == []
    assert built["meta"]["money_unit"] == "MUSD"
    (branch,) = built["branches"]
    assert branch["more"] * 1e6 == pytest.approx(result.branches[0].more, rel=1e-7)
    assert branch["exposure"]["links"]
    assert len(built["sources"]) > 3
    for lang in LANGS:
        assert "hormuz" in stress_page.render(built, lang)
