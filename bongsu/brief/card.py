"""A card drawn: one printed page (A4 or Letter) in one language, and the same as Markdown; and the pack of a quarter.

The page holds itself and needs nothing beside it. How large its letters are follows from how much stands on it; texts beyond what a
page can hold are shortened with a mark, and the page says so.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

from bongsu.brief import card_project
from bongsu.brief.card_parts import (
    LEVELS,
    LINES,
    MARKS,
    PARTS,
    SIGNS,
    Cutter,
    Limits,
    letters,
    mark,
    say,
    told,
    value_of,
    word,
)
from bongsu.brief.card_project import cell_of, cell_text, in_language, project_facts, sentence, small_of
from bongsu.brief.markup import Markup, el, join
from bongsu.brief.text import Lang, date, label
from bongsu.committee.docket import Card, Pack
from bongsu.committee.docket.card import Section, Table
from bongsu.committee.docket.item import Decision, Item, Text

# HTML ------------------------------------------------------------------------------------------------------------------------


def html(card: Card, lang: Lang) -> str:
    """A card as a page of its own."""
    return _document(told(card.title, lang), lang, [_sheet(card, lang)])


def pack_html(pack: Pack, lang: Lang) -> str:
    """The pack of a quarter: a page of contents, then a page for each item."""
    title = say("pack.title", lang, quarter=pack.quarter)
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
    if card.brought:
        return card_project.sheet(card, lang, lambda cutter: _decided(card, lang, cutter))
    lines = [_lines(card, lang, limits) for limits in LEVELS]
    level = next((at for at, most in enumerate(lines) if most <= LINES[-1]), len(LEVELS) - 1)
    cutter = Cutter(LEVELS[level])
    inner = _inner(card, lang, cutter)
    size = _size(lines[level])
    footer = _footer(card, lang, cutter)
    return el("article", {"class": f"sheet size-{size}", "data-card": card.name}, inner, footer)


def _decided(card: Card, lang: Lang, cutter: Cutter) -> tuple[Markup, float]:
    """Question, options and decision of a project's card that stands in the docket, and about how many lines they take."""
    parts = [_question(card, lang, cutter), _options(card, lang, cutter), _outcome(card, lang, cutter)]
    return join(parts), _lines_of_item(card, lang, cutter.limits)


def _size(lines: float) -> int:
    return next((at for at, most in enumerate(LINES) if lines <= most), len(LINES) - 1)


def _inner(card: Card, lang: Lang, cutter: Cutter) -> Markup:
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


def _header(card: Card, lang: Lang, cutter: Cutter) -> Markup:
    kicker = say("card.kicker" if card.project else "card.kicker_item", lang)
    facts = [el("div", {}, el("dt", {}, name), el("dd", {}, value)) for name, value in _facts(card, lang, cutter)]
    return el(
        "header",
        {},
        el("p", {"class": "kicker"}, el("span", {}, kicker), el("span", {}, card.name)),
        el("h1", {}, cutter.text(told(card.title, lang), cutter.limits.short)),
        el("dl", {"class": "facts"}, facts) if facts else None,
    )


def _facts(card: Card, lang: Lang, cutter: Cutter) -> list[tuple[str, str]]:
    project, found = card.project, list(project_facts(card, lang))
    if project is not None and not card.brought:
        held, left = cutter.list(project.partners, cutter.limits.partners)
        named = [f"{one.name} ({one.country}, {word('brings', one.brings, lang)})" for one in held]
        if named:
            more = [say("card.more", lang, n=left)] if left else []
            found.append((say("card.partners", lang), cutter.text("; ".join([*named, *more]), cutter.limits.middle)))
    if card.owner:
        found.append((say("card.owner", lang), cutter.text(card.owner, 80)))
    if card.due:
        found.append((say("card.due", lang), date(str(card.due), lang)))
    return found


def _question(card: Card, lang: Lang, cutter: Cutter) -> Markup | None:
    if card.question is None:
        return None
    text = cutter.text(told(card.question, lang), cutter.limits.long)
    return el("section", {"class": "question"}, el("h2", {}, say("card.question", lang)), el("p", {}, text))


def _parts(card: Card, lang: Lang, cutter: Cutter) -> Markup | None:
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
                    cutter.text(told(one.label, lang), cutter.limits.short),
                    el("code", {}, cutter.text(one.why, 90)),
                ),
                el("td", {"class": "value"}, value_of(one, lang), mark(one.confidence, lang)),
            )
            for one in figures
        ]
        left += part.left
        more = el("p", {"class": "left"}, say("card.more", lang, n=left)) if left else None
        body = [el("table", {}, rows)] if rows else []
        body += [_table(table, lang, cutter) for table in part.tables[: cutter.limits.tables]]
        sections.append(el("section", {"class": "part"}, el("h2", {}, word("room", part.room, lang)), body, more))
    kind = "parts single" if len(sections) == 1 else "parts"
    return el("div", {"class": kind}, sections) if sections else None


def _table(table: Table, lang: Lang, cutter: Cutter) -> Markup:
    columns, whole = in_language(table, lang)
    rows, cut = cutter.list(whole, cutter.limits.rows)
    head = el("tr", {}, [el("th", {"scope": "col"}, word("column", column, lang)) for column in columns])
    body = [
        el("tr", {}, [el("td", {}, cutter.text(cell_text(value, lang, None), 60)) for value in row]) for row in rows
    ]
    more = table.left + cut
    left = el("p", {"class": "left"}, say("card.more", lang, n=more)) if more else None
    return join([el("table", {}, head, body), left])


def _gates(card: Card, lang: Lang, cutter: Cutter) -> Markup | None:
    if not card.gates:
        return None
    held, left = cutter.list(card.gates, cutter.limits.gates)
    rows = [
        el(
            "li",
            {"class": one.outcome},
            el("b", {}, f"{SIGNS[one.outcome]} {word('gate', one.gate, lang)}"),
            f" {say(f'outcome.{one.outcome}', lang)}",
            *(el("small", {}, " · " + cutter.text(told(text, lang), 70)) for text in one.evidence[:1]),
        )
        for one in held
    ]
    more = el("li", {}, say("card.more", lang, n=left)) if left else None
    return el("section", {}, el("h2", {}, say("card.gates", lang)), el("ul", {"class": "gates"}, rows, more))


def _options(card: Card, lang: Lang, cutter: Cutter) -> Markup | None:
    if not card.options:
        return None
    held, left = cutter.list(card.options, cutter.limits.options)
    chosen = card.decision.option if card.decision else None
    head = el(
        "tr",
        {},
        [el("th", {"scope": "col"}, text) for text in ("", say("card.for", lang), say("card.against", lang))],
    )
    rows = []
    for one in held:
        sign = el("span", {"class": "chosen"}, "✓ " + say("card.chosen", lang)) if one.option == chosen else None
        sides = [cutter.list(side, cutter.limits.points)[0] for side in (one.pro, one.contra)]
        cells = [
            el("td", {}, [el("div", {}, cutter.text(told(text, lang), cutter.limits.short)) for text in side])
            for side in sides
        ]
        rows.append(el("tr", {}, el("td", {}, cutter.text(told(one.title, lang), cutter.limits.short), sign), cells))
    more = el("p", {"class": "left"}, say("card.more", lang, n=left)) if left else None
    return el(
        "section", {"class": "options"}, el("h2", {}, say("card.options", lang)), el("table", {}, head, rows), more
    )


def _outcome(card: Card, lang: Lang, cutter: Cutter) -> Markup | None:
    if card.owner is None:
        return None
    entries = list(card.log[-2:])
    lines = [el("p", {}, cutter.text(_entry(one, lang), cutter.limits.middle)) for one in entries[-1:]] or [
        el("p", {}, say("card.undecided", lang))
    ]
    lines += [el("p", {"class": "log"}, cutter.text(_entry(one, lang), cutter.limits.short)) for one in entries[:-1]]
    held, left = cutter.list(card.steps, cutter.limits.steps)
    steps = []
    for step in held:
        late = step.done is None and step.due is not None and card.today is not None and step.due < card.today
        when = say("card.done", lang, day=date(str(step.done), lang)) if step.done else date(str(step.due or ""), lang)
        about = " · ".join(part for part in (step.owner, when, say("card.late", lang) if late else "") if part)
        text = cutter.text(told(step.what, lang), cutter.limits.short)
        steps.append(el("li", {}, text, " ", el("small", {"class": "late" if late else None}, cutter.text(about, 90))))
    more = el("li", {}, say("card.more", lang, n=left)) if left else None
    follow = el("ul", {"class": "steps"}, steps, more) if steps else el("p", {}, say("pack.none", lang))
    return el(
        "div",
        {"class": "side"},
        el("section", {}, el("h2", {}, say("card.decision", lang)), lines),
        el("section", {}, el("h2", {}, say("card.steps", lang)), follow),
    )


def _entry(entry: Decision, lang: Lang) -> str:
    key = "card.decided" if entry.what == "decided" else "card.withdrawn"
    return say(key, lang, day=date(str(entry.on), lang), who=entry.by, text=told(entry.text, lang))


def _footer(card: Card, lang: Lang, cutter: Cutter) -> Markup:
    legend = " ".join(f"{sign} {label('confidence', name, lang)}" for name, sign in MARKS.items())
    held, left = cutter.list(card.sources, cutter.limits.sources)
    names = ", ".join([*held, *([say("card.more", lang, n=left)] if left else [])])
    sources = say("card.sources", lang, names=names) if held else say("card.no_sources", lang)
    lines = [sources] if any(part.figures for part in card.sections) else []
    as_of = [say("card.as_of", lang, day=date(str(card.as_of), lang))] if card.as_of else []
    lines.append(" · ".join([*as_of, legend, say("card.why", lang)]))
    if cutter.cut:
        lines.append(say("card.cut", lang))
    return el("footer", {}, [el("p", {}, line) for line in lines])


def _lines(card: Card, lang: Lang, limits: Limits) -> float:
    """About how many lines of the largest letters would stand on the page: widths of texts over letters in a line."""

    def of(text: Text | str, most: float, width: float) -> float:
        return -(-min(letters(told(text, lang)), most) // width)

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
            0.2 + 0.01 * min(limits.evidence + 26, 26 + letters("".join(told(text, lang) for text in one.evidence[:1])))
            for one in card.gates[: limits.gates]
        )
    return total + _lines_of_options(card, lang, limits) + of(", ".join(card.sources[: limits.sources]), 10_000, 115)


def _lines_of_options(card: Card, lang: Lang, limits: Limits) -> float:
    """The same of options, decision and follow-up."""

    def of(text: Text | str, most: float, width: float) -> float:
        return -(-min(letters(told(text, lang)), most) // width)

    total = 0.0
    if card.options:
        total += 2.8
    for option in card.options[: limits.options]:
        sides = [
            sum(of(text, limits.short, 31) for text in side[: limits.points]) for side in (option.pro, option.contra)
        ]
        total += 0.5 + max(1.0, of(option.title, limits.short, 24) + 1, *sides)
    if card.owner is not None:
        steps = sum(
            0.5 + -(-(min(letters(told(step.what, lang)), limits.short) + min(letters(step.owner) + 30, 90)) // 40)
            for step in card.steps[: limits.steps]
        )
        log = [of(_entry(one, lang), limits.middle, 44) for one in card.log[-2:]]
        total += 3 + max(steps + 1, sum(log))
    return total


def _lines_of_item(card: Card, lang: Lang, limits: Limits) -> float:
    """The same of what the docket adds to a project's card."""
    if card.question is None:
        return _lines_of_options(card, lang, limits)
    asked = -(-min(letters(told(card.question, lang)), limits.long) // 82)
    return 2.4 + 1.15 * asked + _lines_of_options(card, lang, limits)


# The page of contents ----------------------------------------------------------------------------------------------------------

#: Rows of one page of contents.
_ROWS = 34


def _contents(pack: Pack, lang: Lang) -> list[Markup]:
    """Pages of contents: as many as its rows need."""
    head = [
        el("p", {"class": "kicker"}, el("span", {}, say("pack.kicker", lang))),
        el("h1", {}, say("pack.title", lang, quarter=pack.quarter)),
        el("p", {"class": "facts"}, _span(pack, lang)),
    ]
    cutter = Cutter()
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
        note = el("footer", {}, el("p", {}, say("card.cut", lang))) if cutter.cut else None
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
    return say("pack.span", lang, **days)


def _blocks(pack: Pack, lang: Lang, cutter: Cutter) -> Iterable[tuple[str, list[Markup]]]:
    def row(*cells: Any) -> Markup:
        return el(
            "tr",
            {},
            [el("td", {"class": "value" if at == len(cells) - 1 else None}, cell) for at, cell in enumerate(cells)],
        )

    def title(item: Item) -> str:
        return cutter.text(told(item.title, lang), 62)

    none = [row(say("pack.none", lang), "")]
    yield (
        say("pack.contents", lang),
        [
            row(
                title(item),
                say(f"state.{item.state(pack.today)}", lang),
                cutter.text(item.owner, 24),
                _PAGE.format(at),
            )
            for at, item in enumerate(pack.items, 1)
        ]
        or none,
    )
    yield (
        say("pack.decided", lang),
        [row(title(item), cutter.text(_entry(one, lang), 70), "") for item, one in pack.decided] or none,
    )
    for key, dues in (("pack.due", pack.due), ("pack.overdue", pack.overdue)):
        rows = [
            row(
                title(one.item),
                cutter.text(told(one.step.what, lang), 52) if one.step else say("pack.to_decide", lang),
                cutter.text(one.step.owner if one.step else one.item.owner, 24),
                date(str(one.day), lang),
            )
            for one in dues
        ]
        yield say(key, lang), rows or none


# Markdown ----------------------------------------------------------------------------------------------------------------------


def markdown(card: Card, lang: Lang) -> str:
    """A card as Markdown, whole: nothing is shortened."""
    lines = [f"# {_line(told(card.title, lang))}", ""]
    facts = _facts(card, lang, _Whole())
    lines += [f"- {name}: {_line(value)}" for name, value in facts] + ([""] if facts else [])
    year = card.project.money_year if card.project else None
    lines += list(_brought(card, lang))
    lines += [*(_line(sentence(one, lang, year)) for one in card.summary), ""] if card.summary else []
    if card.question is not None:
        lines += [f"## {say('card.question', lang)}", "", _line(told(card.question, lang)), ""]
    for part in card.sections:
        lines += [f"## {told(part.title, lang) if part.title else word('room', part.room, lang)}", ""]
        lines += _rows(part, lang, year)
        tabled = {name for table in part.tables for name in table.figures}
        for one in part.figures:
            if part.rows or one.why in tabled:
                continue
            trust = label("confidence", one.confidence, lang)
            lines.append(f"- {_line(told(one.label, lang))}: **{value_of(one, lang)}** ({trust}; `{_line(one.why)}`)")
        for table in part.tables:
            columns, rows = in_language(table, lang)
            lines += ["", _row(word("column", column, lang) for column in columns), _row("---" for _ in columns)]
            lines += [_row(cell_text(value, lang, year) for value in row) for row in rows]
            lines += ["", " · ".join(f"`{name}`" for name in table.figures)] if table.figures else []
        lines += [f"- {_line(sentence(one, lang, year))}" for one in part.notes]
        if part.left:
            lines.append(f"- {say('card.more', lang, n=part.left)}")
        lines.append("")
    if card.gates:
        lines += [f"## {say('card.gates', lang)}", ""]
        for gate in card.gates:
            evidence = "".join(f"; {_line(told(text, lang))}" for text in gate.evidence)
            lines.append(f"- {word('gate', gate.gate, lang)}: {say(f'outcome.{gate.outcome}', lang)}{evidence}")
        lines.append("")
    if card.options:
        lines += [f"## {say('card.options', lang)}", ""]
        for option in card.options:
            chosen = card.decision is not None and card.decision.option == option.option
            lines.append(f"- **{_line(told(option.title, lang))}**{' ✓ ' + say('card.chosen', lang) if chosen else ''}")
            for key, side in (("card.for", option.pro), ("card.against", option.contra)):
                lines += [f"  - {say(key, lang)}: {_line(told(text, lang))}" for text in side]
        lines.append("")
    if card.owner is not None:
        lines += [f"## {say('card.decision', lang)}", ""]
        lines += [f"- {_line(_entry(entry, lang))}" for entry in card.log] or [say("card.undecided", lang)]
        lines += ["", f"## {say('card.steps', lang)}", ""]
        for step in card.steps:
            when = (
                say("card.done", lang, day=date(str(step.done), lang)) if step.done else date(str(step.due or ""), lang)
            )
            lines.append("- " + " · ".join(filter(None, (_line(told(step.what, lang)), step.owner, when))))
        lines += [say("pack.none", lang)] if not card.steps else []
        lines.append("")
    if card.sources:
        lines += [say("card.sources", lang, names=", ".join(card.sources)), ""]
    if card.as_of:
        lines.append(say("card.as_of", lang, day=date(str(card.as_of), lang)))
    return "\n".join(lines).rstrip("\n") + "\n"


def _brought(card: Card, lang: Lang) -> Iterable[str]:
    """Who brings what, by side."""
    signs: dict[bool | None, str] = {
        True: f" ({label('confidence', 'stated', lang)})",
        False: f" ({label('confidence', 'assumed', lang)})",
    }
    for country in dict.fromkeys(one.country for one in card.brought):
        yield f"## {say('card.brings', lang, country=label('country', country, lang))}"
        yield ""
        for one in card.brought:
            if one.country == country:
                who = ", ".join(told(name, lang) + signs.get(shown, "") for name, shown in one.who)
                yield f"- {word('brings', one.brings, lang)}: {_line(who or say('card.nobody', lang))}"
        yield ""


def _rows(part: Section, lang: Lang, year: int | None) -> Iterable[str]:
    """Rows of a part, with what each column holds, the trust in it, why it is unknown, and its names."""
    held = {one.why: one for one in part.figures}
    for row in part.rows:
        texts = []
        for at, shown in enumerate(row.cells):
            cell = cell_of(shown, held, row, lang, year)
            head = f"{told(part.columns[at], lang)} " if len(row.cells) > 1 else ""
            trust = [label("confidence", cell.trust, lang)] if cell.trust else []
            about = "; ".join([*trust, *(f"`{name}`" for name in cell.names)])
            texts.append(f"{head}**{cell.text}**" + (f" ({about})" if about else ""))
        why = small_of(row, held, lang, year)
        yield f"- {_line(told(row.label, lang))}: {'; '.join(texts)}" + (f". {_line(why)}" if why else "")


def pack_markdown(pack: Pack, lang: Lang) -> str:
    """The pack as Markdown: contents, then the cards."""
    lines = [f"# {say('pack.title', lang, quarter=pack.quarter)}", "", _span(pack, lang), ""]
    lines += [f"## {say('pack.contents', lang)}", ""]
    lines += [
        f"- {_line(told(i.title, lang))}: {say(f'state.{i.state(pack.today)}', lang)} ({i.owner})" for i in pack.items
    ]
    lines += [] if pack.items else [say("pack.none", lang)]
    lines += ["", f"## {say('pack.decided', lang)}", ""]
    lines += [f"- {_line(told(item.title, lang))}: {_line(_entry(one, lang))}" for item, one in pack.decided]
    lines += [] if pack.decided else [say("pack.none", lang)]
    for key, dues in (("pack.due", pack.due), ("pack.overdue", pack.overdue)):
        lines += ["", f"## {say(key, lang)}", ""]
        for one in dues:
            what = told(one.step.what, lang) if one.step else say("pack.to_decide", lang)
            lines.append(f"- {date(str(one.day), lang)}: {_line(told(one.item.title, lang))}, {_line(what)}")
        lines += [] if dues else [say("pack.none", lang)]
    cards = [
        "\n".join("#" + line if line.startswith("#") else line for line in markdown(c, lang).split("\n"))
        for c in pack.cards
    ]
    return "\n".join([*lines, ""]) + "".join(f"\n{card}" for card in cards)


class _Whole(Cutter):
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
