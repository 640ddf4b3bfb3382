"""The card of a project is one printed page on A4 and on Letter, in three languages, with the longest names of the data pack."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from bongsu.answers.figure import LANGUAGES, Node
from bongsu.atlas import Atlas
from bongsu.brief import card as drawn
from bongsu.brief import card_project
from bongsu.brief.text import LANGS, Lang
from bongsu.committee import Answer, Partner, Project
from bongsu.committee import Gate as Condition
from bongsu.committee.docket import Card
from bongsu.committee.docket.project_card import Known, project_card
from bongsu.law.finding import Outcome

from . import browser
from .test_card import CHROMIUM, opened, pages, read

ROOT = Path(__file__).resolve().parents[2]
NAME = "make_cam_lfp@ca-qc-becancour"


@cache
def known() -> Known:
    title = {
        "en": "Clean technology manufacturing investment tax credit (Canada)",
        "ko": "캐나다 청정기술제조 투자세액공제(CTM ITC)",
        "fr": "Crédit d’impôt à l’investissement pour la fabrication de technologies propres (Canada)",
    }
    return Known(Atlas.load(ROOT / "data"), {"ca-ctm-itc": title})


def node(value: float | None, unit: str = "USD", *children: Node, label: str = "x") -> Node:
    return Node(dict.fromkeys(LANGUAGES, label), value, unit, "money" if "USD" in unit else "number", children=children)


def fact(trust: str) -> Node:
    return Node(dict.fromkeys(LANGUAGES, "fact"), 1.0, "", confidence=trust, source="a-source")


def longest(table: str, count: int) -> list[str]:
    """Identifiers of the rows of the pack whose names are longest, over all languages."""
    rows = known().atlas[table].to_dicts()
    key = next(iter(known().atlas.schema[table].key))
    rows.sort(key=lambda row: -sum(len(row[f"name_{one}"] or "") for one in LANGUAGES))
    return [row[key] for row in rows[:count]]


def answers(inputs: int, outputs: int, npv: float = -5e8) -> dict[str, Answer]:
    """What the rooms say of the project, with so many items."""
    values = {
        "rank": 4, "project": NAME, "value": 3.54e8, "cost_saved": 4.2e7, "unmet_avoided": 0.0, "compliance": 3.12e8,
        "second_site": "make_cam_lfp@ca-qc-boucherville",
    }  # fmt: skip
    parts = {"cost_saved": -1e9, "unmet_avoided": 3.9e10, "compliance": 1.2e9}
    cases = [
        {"project": NAME, "case": case, "value": value, **parts, "mostly_penalty": case == "high"}
        for case, value in (("low", -7.48e8), ("high", 3.94e10))
    ]
    sites = [
        {"project": NAME, "site": f"p@{place}", "place": place, "alike": at < 4, "behind": 3.7e7}
        for at, place in enumerate(longest("places", 6))
    ]
    discover = Answer(
        "discover",
        {
            f"discover.value:{NAME}": node(3.54e8, "USD", fact("assumed")),
            f"discover.second:{NAME}": node(3.07e8),
            f"discover.resilience:{NAME}": node(-5.98e6),
            f"discover.case_value:{NAME}/low": node(-7.48e8),
        },
        {
            "values": pl.DataFrame([values]),
            "cases": pl.DataFrame(cases),
            "sites": pl.DataFrame(sites),
            "stability": pl.DataFrame([{"project": NAME, "rank_best": 3, "rank_worst": 10}]),
        },
    )
    why = Node({"en": "Never earned back", "ko": "회수 불가", "fr": "Jamais récupéré"}, None)
    attract = Answer(
        "attract",
        {
            f"attract.npv_post_tax_real_usd:{NAME}": node(npv, "USD of 2025", fact("assumed")),
            f"attract.chance_npv_positive:{NAME}": Node({"en": "x"}, 0.0065, "share", "share", children=(fact("stated"),)),
            f"attract.irr_post_tax_nominal:{NAME}": node(None, "share", why),
            f"attract.break_even_price_post_tax_real_usd:{NAME}": node(
                10186.0, "USD/t of 2025", fact("derived"), node(8590.0, "USD/t of 2025", label="Levelised price at the plan")
            ),
            f"attract.payback_post_tax:{NAME}": node(None, "years", why),
            f"attract.public_support_real_usd:{NAME}": node(1.98e8, "USD of 2025"),
            f"attract.public_returns_real_usd:{NAME}": node(6.86e7, "USD of 2025"),
            f"attract.public_even_year:{NAME}": node(None, "year", why),
            f"attract.support_per_job_real_usd:{NAME}": node(495081.0, "USD/job of 2025"),
        },
        {
            "cash_flow": pl.DataFrame(
                [{"project": NAME, "year": 2026 + at, "post_tax_real_usd": -2e8 if at < 3 else 3e7} for at in range(26)]
            ),
            "tornado": pl.DataFrame(
                [
                    {"project": NAME, "driver": driver, "unit": unit, "low": 0.8, "high": 1.2, "npv_low": -1.147e9,
                     "npv_high": 3.4e7, "swing": 1e9}
                    for driver, unit in (("supply_chain_credit", "branch"), ("product_price", "factor"), ("load", "share"))
                ]
            ),
            "monte_carlo": pl.DataFrame(
                [{"project": NAME, "measure": "npv_post_tax_real", "p05": -1.19e9, "p95": -2.09e8}]
            ),
        },
    )  # fmt: skip
    jobs = {
        f"regions.operation_jobs_{scope}_{basis}_{end}:{NAME}": node(value, "jobs", fact("assumed"))
        for scope in ("direct", "total", "net")
        for basis in ("announced", "average")
        for end, value in (("low", 1149.03), ("high", 1515.06))
    }
    jobs |= {
        f"regions.construction_job_years_total_spending_{end}:{NAME}": node(value, "job-years", fact("assumed"))
        for end, value in (("low", 2099.5), ("high", 5259.0))
    }
    items, plants = longest("items", inputs + outputs), longest("facilities", inputs + outputs)
    tables: dict[str, list[dict[str, object]]] = {"links_inputs": [], "links_outputs": []}
    figures = {}
    for at, (item, plant) in enumerate(zip(items, plants, strict=True)):
        names = {one: known().atlas.name("facilities", plant, one) for one in LANGUAGES}
        bought = at < inputs
        ends = (
            {"seller": plant, "buyer": "ca-qc-becancour"} if bought else {"seller": "ca-qc-becancour", "buyer": plant}
        )
        who, figure = ("seller", "delivered") if bought else ("buyer", "netback")
        row: dict[str, object] = {"project": NAME, "item": item, "year": 2029, "rank": 1, **ends, figure: 16531.7}
        row |= {f"{who}_{one}": name for one, name in names.items()} | {"obstacles": "perhaps_sold part_only paused"}
        tables["links_inputs" if bought else "links_outputs"].append(row)
        figures[f"link.{figure}:{ends['seller']}>{ends['buyer']}:{item}:2029"] = node(16531.7, "USD/t", fact("stated"))
    return {
        "discover": discover,
        "attract": attract,
        "regions": Answer("regions", jobs, {"effect": pl.DataFrame([{"project": NAME}])}),
        "link": Answer("link", figures, {name: pl.DataFrame(rows) for name, rows in tables.items() if rows}),
    }


def gates(count: int) -> list[Condition]:
    from bongsu.committee.words import said

    atlas = known().atlas
    lacking = [
        Node(
            said("discover", "missing.feed", item={one: atlas.name("items", item, one) for one in LANGUAGES}, km=150),
            None,
        )
        for item in longest("items", max(count, 2))
    ]
    power = said("discover", "missing.power.cheaper", load="114", price="0.041", korea="0.130")
    return [
        Condition("process", Outcome.PASS, (fact("stated"),)),
        Condition("feed", Outcome.UNDETERMINED, tuple(lacking)),
        *(Condition(gate, Outcome.UNDETERMINED, (lacking[0],)) for gate in ("customer", "permits")),
        Condition("ownership", Outcome.FAIL, (lacking[1],)),
        Condition("power", Outcome.UNDETERMINED, (Node(power, None),)),
    ]


def partners(count: int) -> tuple[Partner, ...]:
    firms = [f"A company with rather a long name of its own, number {at}" for at in range(count)]
    brings = {"CA": ("mineral",), "KR": ("process", "capital", "offtake")}
    found = [Partner(name, country, what, "a" if at % 2 else None)
             for country, kinds in brings.items() for what in kinds for at, name in enumerate(firms)]  # fmt: skip
    return (*found, Partner("QC", "CA", "energy"), Partner("ca-ctm-itc", "CA", "policy"))


def card(
    inputs: int = 1, outputs: int = 1, firms: int = 2, npv: float = -5e8, held: dict[str, Answer] | None = None
) -> Card:
    project = Project(
        NAME, "make_cam_lfp", "ca-qc-becancour", "CA", "QC", 60000.0, "t", 2029, 20, 8.39e8, 2025, partners(firms)
    )
    atlas = known().atlas
    title = {
        one: f"{atlas.name('processes', 'make_cam_lfp', one)}, {atlas.name('places', 'ca-qc-becancour', one)}"
        for one in LANGUAGES
    }
    said = list((held or answers(inputs, outputs, npv)).values())
    return project_card(project, said, gates(inputs), title, known(), as_of=dt.date(2026, 11, 23))  # type: ignore[arg-type]


# What stands on it ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGS)
def test_both_sides_are_named_whole_with_what_each_brings(lang: Lang) -> None:
    text = read(drawn.html(card(), lang))
    for one in partners(2):
        if one.brings not in ("energy", "policy"):
            assert one.name in text
    assert known().instruments["ca-ctm-itc"][lang] in text
    assert {"en": "Quebec", "ko": "퀘벡", "fr": "Québec"}[lang] in text
    assert "…" not in text.replace("… ", "")


def test_a_side_that_nobody_is_named_for_is_said_to_have_nobody() -> None:
    assert "no one named yet" in read(drawn.html(card(firms=0), "en"))


def test_a_range_is_one_row_with_both_readings_to_two_digits() -> None:
    texts = {"en": "1,100–1,500", "ko": "1,100~1,500", "fr": "1\u202f100 à 1\u202f500"}
    for lang in LANGS:
        page = drawn.html(card(), lang)
        assert read(page).count(texts[lang]) == 6
        ends = f"regions.operation_jobs_total_average_low:{NAME} regions.operation_jobs_total_average_high:{NAME}"
        assert f'data-why="{ends}"' in page
    assert "regions.operation_jobs_{direct,total,net}_{announced,average}_{low,high}" in read(drawn.html(card(), "en"))


def test_what_is_unknown_says_why_and_bears_no_mark_of_trust() -> None:
    page = drawn.html(card(), "en")
    row = re.search(
        rf'<tr><td>[^<]*<small>([^<]*)</small></td><td class="value" data-why="attract.payback_post_tax:{NAME}">(.*?)</td>',
        page,
    )
    assert row is not None
    assert row[1] == "Never earned back"
    assert row[2] == "unknown"


@pytest.mark.parametrize(
    ("figure", "reason", "words"),
    [
        ("payback_post_tax", "payback.never", {"en": "never", "ko": "없음", "fr": "jamais"}),
        (
            "public_even_year",
            "even.no_support",
            {"en": "no support counted", "ko": "집계된 지원 없음", "fr": "aucune aide comptée"},
        ),
    ],
)
def test_what_never_comes_is_never_and_not_unknown(figure: str, reason: str, words: dict[str, str]) -> None:
    from bongsu.committee.words import said

    held = answers(1, 1)
    name = f"attract.{figure}:{NAME}"
    never = node(None, "years", Node(said("attract", reason), None))
    held["attract"] = Answer("attract", held["attract"].figures | {name: never}, held["attract"].tables)
    for lang, word in words.items():
        assert f'data-why="{name}">{word}</td>' in drawn.html(card(held=held), lang)


def test_an_input_that_nobody_is_found_to_sell_stands_on_the_card() -> None:
    held = answers(1, 1)
    tables = held["link"].tables
    alone = tables["links_inputs"].with_columns(
        pl.lit("anode_active").alias("item"), *(pl.lit(None).alias(name) for name in ("rank", "delivered", "seller_en"))
    )
    both = pl.concat([tables["links_inputs"], alone], how="vertical_relaxed")
    held["link"] = Answer("link", held["link"].figures, {**tables, "links_inputs": both})
    for lang, word in {"en": "nobody found", "ko": "찾지 못함", "fr": "aucun trouvé"}.items():
        page = drawn.html(card(held=held), lang)
        assert known().atlas.name("items", "anode_active", lang) in page
        assert page.count(word) == 1


def test_a_reading_that_there_is_not_is_unknown_and_its_reason_is_told_once() -> None:
    held = answers(1, 1)
    known_of = {name: one for name, one in held["regions"].figures.items() if "_announced_" not in name}
    held["regions"] = Answer("regions", known_of, held["regions"].tables)
    text = read(drawn.html(card(held=held), "en"))
    assert text.count("nobody has announced jobs of such a plant") == 1
    assert len(re.findall(r"(direct|spending|displacement)(nobody[a-z ]*)?unknown1,100–1,500", text)) == 3


def test_a_mark_is_that_of_the_weakest_fact() -> None:
    page = drawn.html(card(), "en")
    for name, trust in (("npv_post_tax_real_usd", "assumed"), ("break_even_price_post_tax_real_usd", "derived")):
        cell = re.search(rf'data-why="attract.{name}:{NAME}">(.*?)</td>', page)
        assert cell is not None
        assert f'aria-label="{trust}"' in cell[1]


def test_a_loss_has_its_sign_before_the_currency_in_every_language() -> None:
    for lang, text in {"en": "−US$500 million", "ko": "−5억 달러", "fr": "−500\u00a0M$\u00a0US"}.items():
        assert text in read(drawn.html(card(), lang))


def test_it_says_why_the_chain_gains_and_the_owner_does_not() -> None:
    assert "US$354 million to the chain, but −US$500 million to its owner" in read(drawn.html(card(), "en"))
    assert "both gain" in read(drawn.html(card(npv=5e8), "en"))


def test_the_pictures_are_told_in_words() -> None:
    page = drawn.html(card(), "en")
    alts = re.findall(r'<svg class="picture"[^>]*aria-label="([^"]*)"', page)
    assert len(alts) == 2
    assert "reference US$354 million (cost saved US$42 million, duties saved, credits earned US$312 million)" in alts[0]
    assert "lowest −US$600 million in 2028; back above zero in 2048" in alts[1]


def test_rooms_that_did_not_answer_leave_the_rest() -> None:
    held = answers(2, 1)
    why = pl.DataFrame([{"project": NAME, "reason": "no table of this region"}])
    some = {"discover": held["discover"], "regions": Answer("regions", {}, {"unanswered": why})}
    text = read(drawn.html(card(held=some), "en"))
    assert "no table of this region" in text
    assert "US$354 million" in text


def test_markdown_holds_every_figure_with_its_name() -> None:
    made = card()
    for lang in LANGS:
        text = drawn.markdown(made, lang)
        for part in made.sections:
            for one in part.figures:
                assert f"`{one.why}`" in text


def test_an_item_made_of_it_has_its_title_in_three_languages_and_its_figures() -> None:
    made = card()
    item = made.as_item("lfp-becancour", "Shall it be put to both sides?", "Secretariat", dt.date(2026, 11, 28))
    assert item.title == made.title
    assert set(made.title) == set(LANGUAGES)
    assert {one.why for one in item.figures} == {one.why for part in made.sections for one in part.figures}
    assert next(one for one in item.figures if "payback" in one.why).reason is not None


def test_names_in_braces_are_what_a_shell_makes_of_them() -> None:
    from itertools import product

    names = [f"regions.a_{x}_{y}" for x, y in product("pq", "rs")] + ["regions.b_p_r", "link.x:y"]
    short = card_project.compressed(names[:5], "_")
    assert short == ["regions.a_{p,q}_{r,s}", "regions.b_p_r"]
    grown = []
    for one in short:
        choices = [part[1:-1].split(",") if part[0] == "{" else [part] for part in one.partition(".")[2].split("_")]
        grown += [f"regions.{'_'.join(words)}" for words in product(*choices)]
    assert sorted(grown) == sorted(names[:5])


# In a browser --------------------------------------------------------------------------------------------------------------------

needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")


def sizes() -> list[Card]:
    """From little to more than a page can hold."""
    return [card(0, 0, 0), card(1, 1, 1), card(3, 1, 2), card(6, 3, 3), card(9, 4, 3), card(16, 9, 6), card(30, 20, 12)]


@pytest.mark.browser
@needs_browser
@pytest.mark.parametrize("lang", LANGS)
def test_nothing_runs_over_the_page(lang: Lang, tmp_path: Path) -> None:
    held = [drawn.html(one, lang) for one in sizes()]
    sheets = "".join(re.findall(r"<article.*?</article>", "".join(held), flags=re.DOTALL))
    page = re.sub(r"<article.*</article>", lambda _: sheets, held[0], flags=re.DOTALL)
    (tmp_path / "cards.html").write_text(opened(page, "A4"), encoding="utf-8")
    said = browser.said(browser.dom(str(CHROMIUM), (tmp_path / "cards.html").as_uri()))
    assert said["sheets"] == str(len(held))
    assert int(said["over"]) <= 0
    assert int(said["wide"]) <= 0


@pytest.mark.browser
@needs_browser
@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_it_prints_on_exactly_one_page(lang: Lang, paper: str, tmp_path: Path) -> None:
    (tmp_path / "card.html").write_text(opened(drawn.html(card(9, 4, 3), lang), paper), encoding="utf-8")
    url = (tmp_path / "card.html").as_uri()
    browser.run(str(CHROMIUM), url, "--no-pdf-header-footer", f"--print-to-pdf={tmp_path / 'card.pdf'}")
    assert pages(tmp_path / "card.pdf") == 1


@pytest.mark.browser
@needs_browser
def test_a_phone_shows_all_of_it_in_its_width(tmp_path: Path) -> None:
    page = opened(drawn.html(card(4, 2, 3), "fr"), "A4").replace(
        "</body>", "<script>document.documentElement.dataset.ready = 'yes'; "
        "const td = document.querySelector('.figures td'); document.documentElement.dataset.letters = getComputedStyle(td).fontSize"
        "</script></body>"
    )  # fmt: skip
    (tmp_path / "card.html").write_text(page, encoding="utf-8")
    with browser.served(tmp_path) as address:
        said = browser.said(browser.dom(str(CHROMIUM), f"{address}/{browser.framed(tmp_path, 'card.html', 375)}"))
    assert int(said["width"]) == 375
    assert int(said["wide"]) <= 0
    assert float(said["letters"].removesuffix("px")) >= 14
