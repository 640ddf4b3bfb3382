"""A card is one printed page on A4 and on Letter, in three languages, however much stands on it; Markdown holds it whole."""

from __future__ import annotations

import datetime as dt
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bongsu.brief import card as drawn
from bongsu.brief.text import LANGS, Lang
from bongsu.committee import Partner, Project
from bongsu.committee.docket import Card, Decision, Docket, Figure, Gate, Item, Option, Pack, Step, Table
from bongsu.committee.docket.card import Section

from . import browser

ROOT = Path(__file__).resolve().parents[2]
TODAY = dt.date(2026, 11, 28)
CHROMIUM = browser.find()
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")

LONG = {
    "en": "Whether a plant of this size can be fed from mines that stand, at what price delivered, and under whose licence "
    * 6,
    "ko": "이 규모의 공장에 기존 광산의 원료를 공급할 수 있는지, 인도 가격은 얼마이며 누구의 라이선스로 가능한지에 대한 검토 "
    * 6,
    "fr": "Savoir si une usine de cette taille peut être alimentée par des mines existantes, à quel prix et sous quelle licence "
    * 6,
}


def full(parts: int = 6, figures: int = 9, options: int = 9, steps: int = 9) -> Card:
    """A card with as much on it as is asked for, by default more than a page can hold."""
    rooms = ("discover", "attract", "regions", "link", "exchange", "other")[:parts]
    name = "make_cam_lfp@ca-qc-becancour:20000"

    def figure(room: str, at: int) -> Figure:
        sources = tuple(f"a-source-with-a-long-name-{room}-{k}" for k in range(9))
        why = f"{room}.value_of_something_with_a_long_name_{at}:{name}/ca-qc-another-facility>kr-gb-one-more"
        return Figure(why=why, label=LONG, value=1234567.8, unit="USD/t", confidence="assumed", sources=sources)

    rows = tuple((i, LONG["en"], LONG["ko"], LONG["fr"], 0.5) for i in range(4))
    table = Table("link.t", ("rank", "name_en", "name_ko", "name_fr", "score"), rows, 3)
    sections = tuple(
        Section(room, tuple(figure(room, i) for i in range(figures)), (table,) if room == "link" else ())
        for room in rooms
    )
    partners = tuple(Partner(f"A partner with a long name number {i}", "KR", "process") for i in range(12))
    decision = Decision(on=dt.date(2026, 11, 1), by="Joint committee of both countries", option="o0", text=LONG)
    return Card(
        name="a-very-long-name-of-an-item-of-the-docket",
        title=LONG,
        question=LONG,
        project=Project(
            name, "make_cam_lfp", "ca-qc-becancour", "CA", "QC", 20000.0, "t", 2029, 20, 3.2e8, 2025, partners
        ),
        sections=sections,
        gates=tuple(
            Gate(gate=gate, outcome=outcome, evidence=(LONG, LONG))  # type: ignore[arg-type]
            for gate in ("feed", "customer", "permits", "own name")
            for outcome in ("pass", "fail", "undetermined")
        ),
        options=tuple(Option(option=f"o{i}", title=LONG, pro=(LONG,) * 4, contra=(LONG,) * 4) for i in range(options)),
        decision=decision,
        log=(decision, decision),
        owner="A ministry with a very long name of its own and a department",
        due=dt.date(2026, 12, 1),
        steps=tuple(Step(what=LONG, owner="A person with a long name", due=dt.date(2026, 11, 3)) for _ in range(steps)),
        as_of=dt.date(2026, 11, 23),
        today=TODAY,
    )


def half() -> Card:
    """A card that is full, but not more."""
    return full(3, 4, 3, 3)


def example(name: str = "solid-state-partner") -> Card:
    return Card.of_item(Docket.read(ROOT / "examples" / "docket").items[name], today=TODAY)


def small() -> Card:
    return Card.of_item(Item(id="a", title="A", question="Why?", opened=TODAY, owner="B"), today=TODAY)


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text, self.open, self.ids = "", list[str](), list[str]()

    def handle_starttag(self, tag: str, attrs: list) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


def read(page: str) -> str:
    parser = _Text()
    parser.feed(page)
    assert parser.open == []
    return parser.text


@pytest.mark.parametrize("lang", LANGS)
def test_a_page_is_whole_and_speaks_one_language(lang: Lang) -> None:
    page = drawn.html(example(), lang)
    text = read(page)
    assert f'<html lang="{lang}">' in page
    assert "exchange.score:hq-solid-state/samsung-sdi" in text
    own = {"en": "Decision", "ko": "결정", "fr": "Décision"}
    for other, word in own.items():
        assert (word in text) == (other == lang)
    assert "http" not in re.sub(r"Content-Security-Policy", "", page.partition("<body>")[2])


def test_texts_are_escaped() -> None:
    wild = Card.of_item(
        Item(id="a", title="<b>&", question="</style><script>x", opened=TODAY, owner="<i>"), today=TODAY
    )
    page = drawn.html(wild, "en")
    assert "<script" not in page
    assert "&lt;b&gt;&amp;" in page


def test_an_unknown_figure_is_called_unknown_and_never_zero() -> None:
    item = Item(
        id="a", title="A", question="Q", opened=TODAY, owner="B",
        figures=(Figure(why="link.free:a", label="Free", value=None, confidence="stated"),),
    )  # fmt: skip
    words = {"en": "unknown", "ko": "미상", "fr": "inconnu"}
    for lang in LANGS:
        assert words[lang] in read(drawn.html(Card.of_item(item), lang))
        assert words[lang] in drawn.markdown(Card.of_item(item), lang)


def test_a_page_that_had_to_shorten_says_so_and_markdown_holds_all() -> None:
    card = full()
    assert "Shortened" in read(drawn.html(card, "en"))
    assert "Shortened" not in read(drawn.html(small(), "en"))
    text = drawn.markdown(card, "ko")
    assert text.count(" ".join(LONG["ko"].split())) >= 54
    assert "…" not in text


@pytest.mark.parametrize("lang", LANGS)
def test_markdown_names_every_figure_with_the_name_that_why_takes(lang: Lang) -> None:
    card = example()
    text = drawn.markdown(card, lang)
    for part in card.sections:
        for one in part.figures:
            assert f"`{one.why}`" in text


def test_every_word_of_a_card_is_in_the_list_of_words() -> None:
    from bongsu.committee.docket.card import ROOMS
    from bongsu.committee.words import said

    for room in ROOMS:
        assert said("docket", f"room.{room}")
    for state in ("open", "overdue", "decided", "late", "done"):
        assert said("docket", f"state.{state}")


def test_the_pack_lists_every_item_with_the_page_on_which_its_card_stands() -> None:
    held = [Item(id=f"i{n}", title=f"Item {n}", question="Q", opened=TODAY, owner="B", due=TODAY) for n in range(60)]
    pack = Pack.of(held, "2026Q4", TODAY)
    page = drawn.pack_html(pack, "en")
    sheets = re.findall(r'data-card="([^"]+)"', page)
    named = dict(re.findall(r"<td>(Item \d+)</td><td>open</td><td>B</td><td class=\"value\">(\d+)</td>", page))
    assert len(named) == 60
    for item in held:
        assert sheets[int(named[str(item.title)]) - 1] == item.id


def test_the_pack_as_markdown_holds_contents_decisions_and_cards() -> None:
    held = Docket.read(ROOT / "examples" / "docket").items.values()
    text = drawn.pack_markdown(Pack.of(held, "2026Q4", TODAY), "fr")
    assert "Dossier trimestriel 2026Q4" in text
    assert text.count("\n## ") >= 4 + len(held)
    assert "En retard" in text


# In a browser --------------------------------------------------------------------------------------------------------------------

#: Says on the root element how far the fullest page runs over.
MEASURE = """<script>
const over = Math.max(...[...document.querySelectorAll(".sheet")].map(s => s.scrollHeight - s.clientHeight));
const wide = Math.max(...[...document.querySelectorAll(".sheet")].map(s => s.scrollWidth - s.clientWidth));
Object.assign(document.documentElement.dataset, {over, wide, sheets: document.querySelectorAll(".sheet").length});
</script>"""


def opened(page: str, paper: str) -> str:
    """The page for a paper, with a script that measures it; its own policy allows none."""
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    return page.replace("@page { margin: 8mm; }", f"@page {{ size: {paper}; margin: 8mm; }}").replace(
        "</body>", MEASURE + "</body>"
    )


def pages(pdf: Path) -> int:
    return len(re.findall(rb"/Type\s*/Page(?!s)", pdf.read_bytes()))


@pytest.mark.browser
@needs_browser
@pytest.mark.parametrize("lang", LANGS)
def test_nothing_of_a_card_runs_over_its_page(lang: Lang, tmp_path: Path) -> None:
    """Cards of every fulness on one page of a browser, each in its own sheet."""
    cards = [small(), example(), half(), full(), full(1, 6, 2, 2), full(6, 2, 0, 0), full(4, 4, 2, 3), full(3, 6, 5, 6)]
    pages = [drawn.html(one, lang) for one in cards]
    sheets = "".join(re.findall(r"<article.*?</article>", "".join(pages), flags=re.DOTALL))
    page = re.sub(r"<article.*</article>", lambda _: sheets, pages[0], flags=re.DOTALL)
    (tmp_path / "cards.html").write_text(opened(page, "A4"), encoding="utf-8")
    said = browser.said(browser.dom(str(CHROMIUM), (tmp_path / "cards.html").as_uri()))
    assert said["sheets"] == str(len(cards))
    assert int(said["over"]) <= 0
    assert int(said["wide"]) <= 0


@pytest.mark.browser
@needs_browser
@pytest.mark.parametrize(("lang", "paper"), [("en", "Letter"), ("fr", "A4")])
def test_a_full_card_prints_on_exactly_one_page(lang: Lang, paper: str, tmp_path: Path) -> None:
    (tmp_path / "card.html").write_text(opened(drawn.html(full(), lang), paper), encoding="utf-8")
    browser.run(
        str(CHROMIUM),
        (tmp_path / "card.html").as_uri(),
        "--no-pdf-header-footer",
        f"--print-to-pdf={tmp_path / 'card.pdf'}",
    )
    assert pages(tmp_path / "card.pdf") == 1


@pytest.mark.browser
@needs_browser
def test_a_pack_prints_on_one_page_for_the_contents_and_one_for_each_card(tmp_path: Path) -> None:
    held = Docket.read(ROOT / "examples" / "docket").items.values()
    page = drawn.pack_html(Pack.of(held, "2026Q4", TODAY), "ko")
    (tmp_path / "pack.html").write_text(opened(page, "A4"), encoding="utf-8")
    browser.run(
        str(CHROMIUM),
        (tmp_path / "pack.html").as_uri(),
        "--no-pdf-header-footer",
        f"--print-to-pdf={tmp_path / 'pack.pdf'}",
    )
    assert pages(tmp_path / "pack.pdf") == 1 + len(held)
