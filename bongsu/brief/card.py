"""A card drawn: one printed page (A4 or Letter) in one language, and the same as Markdown; and the pack of a quarter.

The page holds itself and needs nothing beside it. How large its letters are follows from how much stands on it; texts beyond what a
page can hold are shortened with a mark, and the page says so.
"""

from __future__ import annotations

import base64
import hashlib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from bongsu.atlas.typeset import french
from bongsu.brief.markup import Markup, el, join
from bongsu.brief.text import Lang, date, figure, label
from bongsu.committee.docket import Card, Pack, spoken
from bongsu.committee.docket.card import Table
from bongsu.committee.docket.item import Decision, Figure, Item, Text
from bongsu.committee.words import said

ROOM: Final = "docket"
MARKS: Final = {"stated": "●", "derived": "◐", "computed": "◆", "assumed": "○"}
SIGNS: Final = {"pass": "✓", "fail": "✗", "undetermined": "?"}
#: Lines of a page at each size of letters, counted in lines of the largest.
LINES: Final = (58, 65, 72, 80, 90)


@dataclass(frozen=True)
class Limits:
    """What a page shows at most: widths of texts (a Korean letter counts two), and how many of each thing."""

    long: int
    middle: int
    short: int
    facts: int
    tables: int
    rows: int
    options: int
    points: int
    steps: int
    gates: int
    partners: int
    sources: int
    evidence: int = 70


#: From the roomiest on; a page takes the first that fits it at its smallest letters.
LEVELS: Final = (
    Limits(520, 240, 130, 9, 2, 8, 5, 2, 6, 10, 6, 10),
    Limits(520, 240, 130, 6, 2, 4, 5, 2, 6, 10, 6, 10),
    Limits(360, 200, 90, 6, 1, 4, 5, 2, 5, 8, 5, 8),
    Limits(260, 150, 70, 5, 1, 3, 4, 1, 4, 8, 4, 6),
    Limits(200, 120, 56, 4, 1, 3, 3, 1, 3, 6, 3, 4, 40),
    Limits(150, 90, 44, 3, 1, 2, 3, 1, 2, 6, 2, 3, 24),
    Limits(120, 80, 40, 2, 1, 2, 2, 1, 2, 4, 2, 2, 16),
)
#: Parts of a page, at every level.
PARTS: Final = 6


class _Cutter:
    """Shortens texts and lists to what a page can hold, and remembers whether it had to."""

    def __init__(self, limits: Limits = LEVELS[0]) -> None:
        self.limits = limits
        self.cut = False

    def text(self, text: str, width: int) -> str:
        if _width(text) <= width:
            return text
        self.cut = True
        kept, room = "", width - 1
        for letter in text:
            room -= _width(letter)
            if room < 0:
                break
            kept += letter
        return kept.rstrip() + "…"

    def list(self, values: Sequence[Any], most: int) -> tuple[Sequence[Any], int]:
        left = max(0, len(values) - most)
        self.cut = self.cut or left > 0
        return values[:most], left


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _say(key: str, lang: Lang, **parts: Any) -> str:
    return said(ROOM, key, **parts)[lang]


def _word(group: str, name: str, lang: Lang) -> str:
    """A word of the list, or the bare name where it has none."""
    try:
        return _say(f"{group}.{name}", lang)
    except KeyError:
        return name.replace("_", " ")


def _spoken(text: Text, lang: Lang) -> str:
    return french(spoken(text, lang)) if lang == "fr" else spoken(text, lang)


# HTML ------------------------------------------------------------------------------------------------------------------------


def html(card: Card, lang: Lang) -> str:
    """A card as a page of its own."""
    return _document(_spoken(card.title, lang), lang, [_sheet(card, lang)])


def pack_html(pack: Pack, lang: Lang) -> str:
    """The pack of a quarter: a page of contents, then a page for each item."""
    title = _say("pack.title", lang, quarter=pack.quarter)
    return _document(title, lang, [*_contents(pack, lang), *(_sheet(card, lang) for card in pack.cards)])


@lru_cache(maxsize=1)
def _style() -> str:
    return (files("bongsu.brief") / "assets" / "card.css").read_text(encoding="utf-8")


def _document(title: str, lang: Lang, sheets: Sequence[Markup]) -> str:
    style = _style()
    hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{hashed}'; base-uri 'none'; form-action 'none'"
    head = [
        el("meta", {"charset": "utf-8"}),
        el("meta", {"http-equiv": "Content-Security-Policy", "content": policy}),
        el("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        el("title", {}, title),
        Markup(f"<style>{style}</style>"),
    ]
    return "<!doctype html>\n" + el("html", {"lang": lang}, el("head", {}, head), el("body", {}, sheets)) + "\n"


def _sheet(card: Card, lang: Lang) -> Markup:
    """One page, with letters as large as what stands on it allows."""
    lines = [_lines(card, lang, limits) for limits in LEVELS]
    level = next((at for at, most in enumerate(lines) if most <= LINES[-1]), len(LEVELS) - 1)
    cutter = _Cutter(LEVELS[level])
    inner = _inner(card, lang, cutter)
    size = _size(lines[level])
    footer = _footer(card, lang, cutter)
    return el("article", {"class": f"sheet size-{size}", "data-card": card.name}, inner, footer)


def _size(lines: float) -> int:
    return next((at for at, most in enumerate(LINES) if lines <= most), len(LINES) - 1)


def _inner(card: Card, lang: Lang, cutter: _Cutter) -> Markup:
    return join(
        [
            _header(card, lang, cutter),
            _question(card, lang, cutter),
            _parts(card, lang, cutter),
            _gates(card, lang, cutter),
            _options(card, lang, cutter),
            _outcome(card, lang, cutter),
        ]
    )


def _header(card: Card, lang: Lang, cutter: _Cutter) -> Markup:
    kicker = _say("card.kicker" if card.project else "card.kicker_item", lang)
    facts = [el("div", {}, el("dt", {}, name), el("dd", {}, value)) for name, value in _facts(card, lang, cutter)]
    return el(
        "header",
        {},
        el("p", {"class": "kicker"}, el("span", {}, kicker), el("span", {}, card.name)),
        el("h1", {}, cutter.text(_spoken(card.title, lang), cutter.limits.short)),
        el("dl", {"class": "facts"}, facts) if facts else None,
    )


def _facts(card: Card, lang: Lang, cutter: _Cutter) -> list[tuple[str, str]]:
    project, found = card.project, list[tuple[str, str]]()
    if project is not None:
        size = figure(project.size, "number", project.unit, lang)
        found += [
            (_say("card.size", lang), _say("card.per_year", lang, size=size)),
            (_say("card.start", lang), str(project.start)),
            (_say("card.life", lang), _say("card.years", lang, n=project.life)),
            (
                _say("card.capex", lang),
                f"{figure(project.capex / 1e6, 'money', 'MUSD', lang, prose=True)} ({project.money_year})",
            ),
        ]
        held, left = cutter.list(project.partners, cutter.limits.partners)
        named = [f"{one.name} ({one.country}, {_word('brings', one.brings, lang)})" for one in held]
        if named:
            more = [_say("card.more", lang, n=left)] if left else []
            found.append((_say("card.partners", lang), cutter.text("; ".join([*named, *more]), cutter.limits.middle)))
    if card.owner:
        found.append((_say("card.owner", lang), cutter.text(card.owner, 80)))
    if card.due:
        found.append((_say("card.due", lang), date(str(card.due), lang)))
    return found


def _question(card: Card, lang: Lang, cutter: _Cutter) -> Markup | None:
    if card.question is None:
        return None
    text = cutter.text(_spoken(card.question, lang), cutter.limits.long)
    return el("section", {"class": "question"}, el("h2", {}, _say("card.question", lang)), el("p", {}, text))


def _parts(card: Card, lang: Lang, cutter: _Cutter) -> Markup | None:
    held, _ = cutter.list(card.sections, PARTS)
    sections = []
    for part in held:
        figures, left = cutter.list(part.figures, cutter.limits.facts)
        rows = [
            el(
                "tr",
                {},
                el(
                    "td",
                    {},
                    cutter.text(_spoken(one.label, lang), cutter.limits.short),
                    el("code", {}, cutter.text(one.why, 90)),
                ),
                el("td", {"class": "value"}, _value(one, lang), _mark(one, lang)),
            )
            for one in figures
        ]
        left += part.left
        more = el("p", {"class": "left"}, _say("card.more", lang, n=left)) if left else None
        body = [el("table", {}, rows)] if rows else []
        body += [_table(table, lang, cutter) for table in part.tables[: cutter.limits.tables]]
        sections.append(el("section", {"class": "part"}, el("h2", {}, _word("room", part.room, lang)), body, more))
    kind = "parts single" if len(sections) == 1 else "parts"
    return el("div", {"class": kind}, sections) if sections else None


def _value(one: Figure, lang: Lang) -> str:
    return figure(one.value, one.kind, one.unit, lang, prose=True)


def _mark(one: Figure, lang: Lang) -> Markup:
    word = label("confidence", one.confidence, lang)
    return el("i", {"class": "mark", "role": "img", "aria-label": word, "title": word}, MARKS[one.confidence])


def _table(table: Table, lang: Lang, cutter: _Cutter) -> Markup:
    columns, whole = _in_language(table, lang)
    rows, cut = cutter.list(whole, cutter.limits.rows)
    head = el("tr", {}, [el("th", {"scope": "col"}, _word("column", column, lang)) for column in columns])
    body = [el("tr", {}, [el("td", {}, cutter.text(_cell(value, lang), 60)) for value in row]) for row in rows]
    more = table.left + cut
    left = el("p", {"class": "left"}, _say("card.more", lang, n=more)) if more else None
    return join([el("table", {}, head, body), left])


def _in_language(table: Table, lang: Lang) -> tuple[list[str], list[list[Any]]]:
    """Columns and rows without the names in other languages."""
    kept = [
        at
        for at, name in enumerate(table.columns)
        if name[-3:] not in ("_en", "_ko", "_fr") or name.endswith(f"_{lang}")
    ]
    columns = [table.columns[at].removesuffix(f"_{lang}") for at in kept]
    return columns, [[row[at] for at in kept] for row in table.rows]


def _cell(value: Any, lang: Lang) -> str:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return "–" if value is None else str(value)
    return str(value) if isinstance(value, int) else figure(value, "number", "", lang)


def _gates(card: Card, lang: Lang, cutter: _Cutter) -> Markup | None:
    if not card.gates:
        return None
    held, left = cutter.list(card.gates, cutter.limits.gates)
    rows = [
        el(
            "li",
            {"class": one.outcome},
            el("b", {}, f"{SIGNS[one.outcome]} {_word('gate', one.gate, lang)}"),
            f" {_say(f'outcome.{one.outcome}', lang)}",
            *(el("small", {}, " · " + cutter.text(_spoken(text, lang), 70)) for text in one.evidence[:1]),
        )
        for one in held
    ]
    more = el("li", {}, _say("card.more", lang, n=left)) if left else None
    return el("section", {}, el("h2", {}, _say("card.gates", lang)), el("ul", {"class": "gates"}, rows, more))


def _options(card: Card, lang: Lang, cutter: _Cutter) -> Markup | None:
    if not card.options:
        return None
    held, left = cutter.list(card.options, cutter.limits.options)
    chosen = card.decision.option if card.decision else None
    head = el(
        "tr",
        {},
        [el("th", {"scope": "col"}, text) for text in ("", _say("card.for", lang), _say("card.against", lang))],
    )
    rows = []
    for one in held:
        sign = el("span", {"class": "chosen"}, "✓ " + _say("card.chosen", lang)) if one.option == chosen else None
        sides = [cutter.list(side, cutter.limits.points)[0] for side in (one.pro, one.contra)]
        cells = [
            el("td", {}, [el("div", {}, cutter.text(_spoken(text, lang), cutter.limits.short)) for text in side])
            for side in sides
        ]
        rows.append(el("tr", {}, el("td", {}, cutter.text(_spoken(one.title, lang), cutter.limits.short), sign), cells))
    more = el("p", {"class": "left"}, _say("card.more", lang, n=left)) if left else None
    return el(
        "section", {"class": "options"}, el("h2", {}, _say("card.options", lang)), el("table", {}, head, rows), more
    )


def _outcome(card: Card, lang: Lang, cutter: _Cutter) -> Markup | None:
    if card.owner is None:
        return None
    entries = list(card.log[-2:])
    lines = [el("p", {}, cutter.text(_entry(one, lang), cutter.limits.middle)) for one in entries[-1:]] or [
        el("p", {}, _say("card.undecided", lang))
    ]
    lines += [el("p", {"class": "log"}, cutter.text(_entry(one, lang), cutter.limits.short)) for one in entries[:-1]]
    held, left = cutter.list(card.steps, cutter.limits.steps)
    steps = []
    for step in held:
        late = step.done is None and step.due is not None and card.today is not None and step.due < card.today
        when = _say("card.done", lang, day=date(str(step.done), lang)) if step.done else date(str(step.due or ""), lang)
        about = " · ".join(part for part in (step.owner, when, _say("card.late", lang) if late else "") if part)
        text = cutter.text(_spoken(step.what, lang), cutter.limits.short)
        steps.append(el("li", {}, text, " ", el("small", {"class": "late" if late else None}, cutter.text(about, 90))))
    more = el("li", {}, _say("card.more", lang, n=left)) if left else None
    follow = el("ul", {"class": "steps"}, steps, more) if steps else el("p", {}, _say("pack.none", lang))
    return el(
        "div",
        {"class": "side"},
        el("section", {}, el("h2", {}, _say("card.decision", lang)), lines),
        el("section", {}, el("h2", {}, _say("card.steps", lang)), follow),
    )


def _entry(entry: Decision, lang: Lang) -> str:
    key = "card.decided" if entry.what == "decided" else "card.withdrawn"
    return _say(key, lang, day=date(str(entry.on), lang), who=entry.by, text=_spoken(entry.text, lang))


def _footer(card: Card, lang: Lang, cutter: _Cutter) -> Markup:
    legend = " ".join(f"{sign} {label('confidence', name, lang)}" for name, sign in MARKS.items())
    held, left = cutter.list(card.sources, cutter.limits.sources)
    names = ", ".join([*held, *([_say("card.more", lang, n=left)] if left else [])])
    sources = _say("card.sources", lang, names=names) if held else _say("card.no_sources", lang)
    lines = [sources] if any(part.figures for part in card.sections) else []
    as_of = [_say("card.as_of", lang, day=date(str(card.as_of), lang))] if card.as_of else []
    lines.append(" · ".join([*as_of, legend, _say("card.why", lang)]))
    if cutter.cut:
        lines.append(_say("card.cut", lang))
    return el("footer", {}, [el("p", {}, line) for line in lines])


def _lines(card: Card, lang: Lang, limits: Limits) -> float:
    """About how many lines of the largest letters would stand on the page: widths of texts over letters in a line."""

    def of(text: Text | str, most: float, width: float) -> float:
        return -(-min(_width(_spoken(text, lang)), most) // width)

    total = 9.0 + of(card.title, limits.short, 50) * 1.9
    if card.question is not None:
        total += 2.4 + 1.15 * of(card.question, limits.long, 82)
    if card.project is not None:
        total += 1.3 + of("x" * limits.middle, limits.middle, 85) * (len(card.project.partners) > 0)
    columns = 0.0
    held = card.sections[:PARTS]
    half = 78 if len(held) == 1 else 30
    for part in held:
        columns += 2.4 + (part.left > 0 or len(part.figures) > limits.facts)
        for one in part.figures[: limits.facts]:
            columns += 0.5 + of(one.label, limits.short, half) + 0.75 * of(one.why, 90, half * 1.8)
        for table in part.tables[: limits.tables]:
            names = [at for at, name in enumerate(table.columns) if name[-3:] in ("_en", "_ko", "_fr")]
            cells = [max((of(str(row[at]), 60, 18) for at in names), default=1.0) for row in table.rows[: limits.rows]]
            columns += 2.6 + sum(0.5 + cell for cell in cells)
    total += columns / min(2, max(1, len(held))) * 1.08 + 1
    if card.gates:
        total += 1.8 + 1.75 * sum(
            0.2
            + 0.01 * min(limits.evidence + 26, 26 + _width("".join(_spoken(text, lang) for text in one.evidence[:1])))
            for one in card.gates[: limits.gates]
        )
    if card.options:
        total += 2.8
    for option in card.options[: limits.options]:
        sides = [
            sum(of(text, limits.short, 31) for text in side[: limits.points]) for side in (option.pro, option.contra)
        ]
        total += 0.5 + max(1.0, of(option.title, limits.short, 24) + 1, *sides)
    if card.owner is not None:
        steps = sum(
            0.5 + -(-(min(_width(_spoken(step.what, lang)), limits.short) + min(_width(step.owner) + 30, 90)) // 40)
            for step in card.steps[: limits.steps]
        )
        log = [of(_entry(one, lang), limits.middle, 44) for one in card.log[-2:]]
        total += 3 + max(steps + 1, sum(log))
    return total + of(", ".join(card.sources[: limits.sources]), 10_000, 115)


# The page of contents ----------------------------------------------------------------------------------------------------------

#: Rows of one page of contents.
_ROWS = 34


def _contents(pack: Pack, lang: Lang) -> list[Markup]:
    """Pages of contents: as many as its rows need."""
    head = [
        el("p", {"class": "kicker"}, el("span", {}, _say("pack.kicker", lang))),
        el("h1", {}, _say("pack.title", lang, quarter=pack.quarter)),
        el("p", {"class": "facts"}, _span(pack, lang)),
    ]
    cutter = _Cutter()
    blocks = _blocks(pack, lang, cutter)
    pages: list[list[tuple[str, list[Markup]]]] = [[]]
    room = _ROWS
    for title, rows in blocks:
        rest = list(rows)
        while rest:
            if room < 3:
                pages.append([])
                room = _ROWS
            held, rest = rest[: room - 2], rest[room - 2 :]
            pages[-1].append((title, held))
            room -= len(held) + 2
    offset = len(pages)
    sheets = []
    for at, page in enumerate(pages):
        body = [
            el(
                "section",
                {},
                el("h2", {}, title),
                el("table", {"class": "pages"}, [_numbered(row, offset) for row in rows]),
            )
            for title, rows in page
        ]
        header = el("header", {}, head) if at == 0 else None
        note = el("footer", {}, el("p", {}, _say("card.cut", lang))) if cutter.cut else None
        sheets.append(el("article", {"class": "sheet size-1", "data-card": "contents"}, header, body, note))
    return sheets


#: Stands for the number of a page until it is known how many pages the contents take.
_PAGE = "\ue000{}\ue001"


def _numbered(row: Markup, offset: int) -> Markup:
    before, mark, rest = row.partition("\ue000")
    if not mark:
        return row
    number, _, after = rest.partition("\ue001")
    return Markup(f"{before}{int(number) + offset}{after}")


def _span(pack: Pack, lang: Lang) -> str:
    days = {
        name: date(str(day), lang) for name, day in (("first", pack.first), ("last", pack.last), ("today", pack.today))
    }
    return _say("pack.span", lang, **days)


def _blocks(pack: Pack, lang: Lang, cutter: _Cutter) -> Iterable[tuple[str, list[Markup]]]:
    def row(*cells: Any) -> Markup:
        return el(
            "tr",
            {},
            [el("td", {"class": "value" if at == len(cells) - 1 else None}, cell) for at, cell in enumerate(cells)],
        )

    def title(item: Item) -> str:
        return cutter.text(_spoken(item.title, lang), 62)

    none = [row(_say("pack.none", lang), "")]
    yield (
        _say("pack.contents", lang),
        [
            row(
                title(item),
                _say(f"state.{item.state(pack.today)}", lang),
                cutter.text(item.owner, 24),
                _PAGE.format(at),
            )
            for at, item in enumerate(pack.items, 1)
        ]
        or none,
    )
    yield (
        _say("pack.decided", lang),
        [row(title(item), cutter.text(_entry(one, lang), 70), "") for item, one in pack.decided] or none,
    )
    for key, dues in (("pack.due", pack.due), ("pack.overdue", pack.overdue)):
        rows = [
            row(
                title(one.item),
                cutter.text(_spoken(one.step.what, lang), 52) if one.step else _say("pack.to_decide", lang),
                cutter.text(one.step.owner if one.step else one.item.owner, 24),
                date(str(one.day), lang),
            )
            for one in dues
        ]
        yield _say(key, lang), rows or none


# Markdown ----------------------------------------------------------------------------------------------------------------------


def markdown(card: Card, lang: Lang) -> str:
    """A card as Markdown, whole: nothing is shortened."""
    lines = [f"# {_line(_spoken(card.title, lang))}", ""]
    facts = _facts(card, lang, _Whole())
    lines += [f"- {name}: {_line(value)}" for name, value in facts] + ([""] if facts else [])
    if card.question is not None:
        lines += [f"## {_say('card.question', lang)}", "", _line(_spoken(card.question, lang)), ""]
    for part in card.sections:
        lines += [f"## {_word('room', part.room, lang)}", ""]
        for one in part.figures:
            trust = label("confidence", one.confidence, lang)
            lines.append(f"- {_line(_spoken(one.label, lang))}: **{_value(one, lang)}** ({trust}; `{_line(one.why)}`)")
        for table in part.tables:
            columns, rows = _in_language(table, lang)
            lines += ["", _row(_word("column", column, lang) for column in columns), _row("---" for _ in columns)]
            lines += [_row(_cell(value, lang) for value in row) for row in rows]
        if part.left:
            lines.append(f"- {_say('card.more', lang, n=part.left)}")
        lines.append("")
    if card.gates:
        lines += [f"## {_say('card.gates', lang)}", ""]
        for gate in card.gates:
            evidence = "".join(f"; {_line(_spoken(text, lang))}" for text in gate.evidence)
            lines.append(f"- {_word('gate', gate.gate, lang)}: {_say(f'outcome.{gate.outcome}', lang)}{evidence}")
        lines.append("")
    if card.options:
        lines += [f"## {_say('card.options', lang)}", ""]
        for option in card.options:
            chosen = card.decision is not None and card.decision.option == option.option
            lines.append(
                f"- **{_line(_spoken(option.title, lang))}**{' ✓ ' + _say('card.chosen', lang) if chosen else ''}"
            )
            for key, side in (("card.for", option.pro), ("card.against", option.contra)):
                lines += [f"  - {_say(key, lang)}: {_line(_spoken(text, lang))}" for text in side]
        lines.append("")
    if card.owner is not None:
        lines += [f"## {_say('card.decision', lang)}", ""]
        lines += [f"- {_line(_entry(entry, lang))}" for entry in card.log] or [_say("card.undecided", lang)]
        lines += ["", f"## {_say('card.steps', lang)}", ""]
        for step in card.steps:
            when = (
                _say("card.done", lang, day=date(str(step.done), lang))
                if step.done
                else date(str(step.due or ""), lang)
            )
            lines.append("- " + " · ".join(filter(None, (_line(_spoken(step.what, lang)), step.owner, when))))
        lines += [_say("pack.none", lang)] if not card.steps else []
        lines.append("")
    if card.sources:
        lines += [_say("card.sources", lang, names=", ".join(card.sources)), ""]
    if card.as_of:
        lines.append(_say("card.as_of", lang, day=date(str(card.as_of), lang)))
    return "\n".join(lines).rstrip("\n") + "\n"


def pack_markdown(pack: Pack, lang: Lang) -> str:
    """The pack as Markdown: contents, then the cards."""
    lines = [f"# {_say('pack.title', lang, quarter=pack.quarter)}", "", _span(pack, lang), ""]
    lines += [f"## {_say('pack.contents', lang)}", ""]
    lines += [
        f"- {_line(_spoken(i.title, lang))}: {_say(f'state.{i.state(pack.today)}', lang)} ({i.owner})"
        for i in pack.items
    ]
    lines += [] if pack.items else [_say("pack.none", lang)]
    lines += ["", f"## {_say('pack.decided', lang)}", ""]
    lines += [f"- {_line(_spoken(item.title, lang))}: {_line(_entry(one, lang))}" for item, one in pack.decided]
    lines += [] if pack.decided else [_say("pack.none", lang)]
    for key, dues in (("pack.due", pack.due), ("pack.overdue", pack.overdue)):
        lines += ["", f"## {_say(key, lang)}", ""]
        for one in dues:
            what = _spoken(one.step.what, lang) if one.step else _say("pack.to_decide", lang)
            lines.append(f"- {date(str(one.day), lang)}: {_line(_spoken(one.item.title, lang))}, {_line(what)}")
        lines += [] if dues else [_say("pack.none", lang)]
    cards = [
        "\n".join("#" + line if line.startswith("#") else line for line in markdown(c, lang).split("\n"))
        for c in pack.cards
    ]
    return "\n".join([*lines, ""]) + "".join(f"\n{card}" for card in cards)


class _Whole(_Cutter):
    """Shortens nothing."""

    def text(self, text: str, width: int) -> str:
        return text

    def list(self, values: Sequence[Any], most: int) -> tuple[Sequence[Any], int]:
        return values, 0


def _line(text: str) -> str:
    """A text on one line."""
    return " ".join(text.split())


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(_line(cell).replace("|", "\\|") for cell in cells) + " |"
