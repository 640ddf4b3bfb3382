"""The card of a project drawn: who brings what, what it is worth, to whom, what moves it, and what must hold first, on one page.

How high each block is follows from its texts and the size of the letters (:class:`Fit`). The page takes the largest letters at
which all of it stands; only where the smallest are too large, it leaves out rows and shortens texts, and says so.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from bongsu.brief import card_pictures
from bongsu.brief.card_parts import MARKS, SIGNS, Cutter, letters, mark, say, told, value_of, word
from bongsu.brief.markup import Markup, el, join
from bongsu.brief.text import Lang, date, figure, label, of_year, percent, scaled, significant, t, unit_text
from bongsu.committee.docket.card import Amount, Bars, Brought, Card, Row, Section, Sentence, Shown, Table
from bongsu.committee.docket.item import Figure, Gate

#: Sizes of letters in points, and the sheet in millimetres: what A4 and Letter both have room for.
SIZES: Final = tuple(round(10.0 - 0.2 * step, 1) for step in range(17))
WIDE, TALL = 194.0, 262.0
#: Kept free, since letters of other makes are wider.
_SLACK: Final = 2.5
#: Height of a line in letters.
LEAD: Final = 1.28
#: Size of the names of figures.
MONO: Final = 0.58
#: Space below a part in letters.
GAP: Final = 0.75
_TRUST: Final = ("assumed", "derived", "stated", "computed")
#: The question, options and decision of an item: markup for a cutter, and about how many lines.
More = Callable[[Cutter], tuple[Markup, float]]


@dataclass(frozen=True)
class Most:
    """What a page shows at most when it is full: rows of a table, drivers, sources, the width of a text, and pictures.

    ``least`` is the smallest size of letters at which more is shown rather than less.
    """

    rows: int
    drivers: int
    sources: int
    text: int
    pictures: bool = True
    least: float = 6.8


#: From all of it on.
LEVELS: Final = (
    Most(40, 9, 60, 100_000, least=8.0),
    Most(40, 9, 10, 100_000),
    Most(6, 3, 8, 100_000, least=7.2),
    Most(5, 3, 6, 600),
    Most(5, 2, 6, 260),
    Most(4, 2, 4, 150, pictures=False),
    Most(3, 1, 3, 90, pictures=False),
    Most(2, 1, 2, 50, pictures=False),
    Most(1, 1, 1, 30, pictures=False),
)


class Fit:
    """How much room texts take at a size of letters, in millimetres; by a wide face, so that others have room left."""

    def __init__(self, points: float) -> None:
        self.em = points * 0.3528

    def lines(self, words: str, wide: float, size: float = 1.0, bold: bool = False) -> int:
        """Lines of a text in a width, each word on the first line that has room for it."""
        if not words:
            return 0
        room, used, count = wide / (self.em * size * (BOLD if bold else 1.0)), 0.0, 1
        for one in words.split(" "):
            own = advance(one)
            if used and used + advance(" ") + own > room:
                count, used = count + 1, own
            else:
                used += own + (advance(" ") if used else 0.0)
            # A word that is longer than a line is broken.
            while used > room > 1:
                count, used = count + 1, used - room
        return count

    def text(self, words: str, wide: float, size: float = 1.0, lead: float = LEAD, bold: bool = False) -> float:
        """Height of a text in a width."""
        return self.lines(words, wide, size, bold) * self.em * size * lead

    def width(self, words: str, size: float = 1.0, bold: bool = False) -> float:
        """Width of a text on one line."""
        return advance(words) * self.em * size * (BOLD if bold else 1.0)


#: How much wider strong letters are.
BOLD: Final = 1.14
#: Widths of letters in em, of a wide sans serif; of what is not named, by kind.
_ADVANCE: Final = {
    letter: wide
    for letters_of, wide in (
        ("iljI'|", 0.29), (" .,:;·!\u00a0", 0.33), ("\u202f", 0.2), ("-()[]/t", 0.4), ("fr", 0.41), ("sz\u2013", 0.53),
        ("ckvxy", 0.58), ("aeo", 0.62), ("bdghnpqu", 0.64), ("0123456789$€?", 0.64), ("wÉ", 0.82), ("OQCGDHNU", 0.77),
        ("mMW%@", 0.97), ("●◐◆○✓✗→×+−=<>", 0.86),
    )
    for letter in letters_of
}  # fmt: skip


@lru_cache(maxsize=8192)
def advance(words: str) -> float:
    """Width of a text in em."""
    return sum(_advance(letter) for letter in words)


def _advance(letter: str) -> float:
    if letter in _ADVANCE:
        return _ADVANCE[letter]
    if unicodedata.east_asian_width(letter) in "WF":
        return 0.94
    return 0.69 if letter.isupper() else 0.62


@dataclass(frozen=True)
class Block:
    """A part of a page and its height in millimetres."""

    markup: Markup
    high: float


def sheet(card: Card, lang: Lang, more: More) -> Markup:
    """One page, with letters as large as what stands on it allows."""
    blocks, size = _fitted(card, lang, more)
    return el(
        "article", {"class": f"sheet project pt-{size}", "data-card": card.name}, [block.markup for block in blocks]
    )


def _fitted(card: Card, lang: Lang, more: More) -> tuple[list[Block], int]:
    """The blocks of a page at the first fulness that has room, with the largest letters there, by their place in the sizes."""
    for at, most in enumerate(LEVELS):

        def made(size: int, most: Most = most, full: bool = at > 0) -> tuple[list[Block], bool]:
            page = _Page(card, lang, Fit(SIZES[size]), most, full)
            blocks = page.blocks(more)
            return blocks, _high(blocks) + 0.6 * page.fit.em * (len(blocks) - 1) <= TALL - _SLACK

        large, small = 0, max(size for size, points in enumerate(SIZES) if points >= most.least)
        best, fits = made(small)
        while fits and large < small:
            middle = (large + small) // 2
            blocks, enough = made(middle)
            if enough:
                best, small = blocks, middle
            else:
                large = middle + 1
        if fits:
            return best, small
    return best, len(SIZES) - 1


class _Page:
    """A card at one size of letters and one fulness."""

    def __init__(self, card: Card, lang: Lang, fit: Fit, most: Most, full: bool) -> None:
        self.card, self.lang, self.fit, self.most, self.full = card, lang, fit, most, full
        self.cutter = Cutter()
        self.year = card.project.money_year if card.project else None
        self.column = (WIDE - 1.8 * fit.em) / 2

    def say(self, key: str, **parts: Any) -> str:
        return say(key, self.lang, **parts)

    def cut(self, words: str) -> str:
        return self.cutter.text(words, self.most.text)

    def blocks(self, more: More) -> list[Block]:
        extra, lines = more(self.cutter)
        found = [
            self.header(),
            self.sides(),
            self.summary(),
            Block(extra, lines * 1.25 * self.fit.em) if extra else None,
            self.parts(),
            self.across(),
            self.gates(),
        ]
        found += [self.names(), self.footer()]
        return [block for block in found if block is not None]

    # Head -------------------------------------------------------------------------------------------------------------------

    def header(self) -> Block:
        card, fit = self.card, self.fit
        title = self.cut(told(card.title, self.lang))
        facts = list(project_facts(card, self.lang))
        facts += [(self.say("card.owner"), self.cut(card.owner))] if card.owner else []
        facts += [(self.say("card.due"), date(str(card.due), self.lang))] if card.due else []
        shown = [el("div", {}, el("dt", {}, name), el("dd", {}, value)) for name, value in facts]
        kicker = self.say("card.kicker")
        markup = el(
            "header",
            {},
            el("p", {"class": "kicker"}, el("span", {}, kicker), el("span", {}, card.name)),
            el("h1", {}, title),
            el("dl", {"class": "facts"}, shown),
        )
        line = "    ".join(f"{name} {value}" for name, value in facts)
        high = fit.text(f"{kicker} {card.name}", WIDE, 0.82) + fit.text(title, WIDE, 1.75, 1.2, bold=True)
        return Block(markup, high + fit.text(line, WIDE, 0.9, bold=True) + 1.3 * fit.em)

    def sides(self) -> Block:
        fit, boxes, highs = self.fit, [], []
        for country in dict.fromkeys(one.country for one in self.card.brought):
            own = [one for one in self.card.brought if one.country == country]
            heading = self.say("card.brings", country=label("country", country, self.lang))
            names = [word("brings", one.brings, self.lang) for one in own]
            # Words of one side stand in a column as wide as the widest.
            room = self.column - 1.4 * fit.em
            first = max(fit.width(name) for name in names) + fit.em
            texts = [self.who(one) for one in own]
            rows = [
                join([el("dt", {}, name), el("dd", {"class": None if one.who else "nobody"}, text)])
                for name, one, text in zip(names, own, texts, strict=True)
            ]
            boxes.append(el("section", {"class": "brings"}, el("h2", {}, heading), el("dl", {}, rows)))
            highs.append(1.7 * fit.em + sum(fit.text(text, room - first) for text in texts))
        return Block(el("div", {"class": "sides"}, boxes), max(highs) + 1.2 * fit.em)

    def who(self, one: Brought) -> str:
        if not one.who:
            return self.say("card.nobody")
        signs = {True: f"\u00a0{MARKS['stated']}", False: f"\u00a0{MARKS['assumed']}", None: ""}
        return self.cut(", ".join(f"{told(name, self.lang)}{signs[shown]}" for name, shown in one.who))

    def summary(self) -> Block | None:
        if not self.card.summary:
            return None
        words = self.cutter.text(" ".join(self.sentence(one) for one in self.card.summary), 3 * self.most.text)
        high = self.fit.text(words, WIDE - 3.2 * self.fit.em, 1.06) + 0.9 * self.fit.em
        return Block(el("section", {"class": "summary"}, el("p", {}, words)), high)

    def sentence(self, one: Sentence) -> str:
        return sentence(one, self.lang, self.year)

    # Parts ------------------------------------------------------------------------------------------------------------------

    def parts(self) -> Block | None:
        """The parts in two columns, as even as can be and each in their order; those of wide tables stand below."""
        blocks = [self.part(part, self.column) for part in self.card.sections if not _wide(part)]
        if not blocks:
            return None
        columns = min(_splits(blocks), key=lambda two: max(map(_high, two)))
        inner = [el("div", {}, [block.markup for block in one]) for one in columns]
        return Block(el("div", {"class": "halves"}, inner), max(map(_high, columns)) - GAP * self.fit.em)

    def across(self) -> Block | None:
        """Parts of tables, over the whole width."""
        blocks = [self.part(part, WIDE) for part in self.card.sections if _wide(part)]
        if not blocks:
            return None
        return Block(
            el("div", {}, [block.markup for block in blocks]), sum(block.high for block in blocks) - GAP * self.fit.em
        )

    def part(self, part: Section, wide: float) -> Block:
        """A part: rows of figures, pictures, tables, what is to be said, and the names of the figures."""
        title = told(part.title, self.lang) if part.title else word("room", part.room, self.lang)
        body = [
            Block(el("h2", {}, title), 1.55 * self.fit.em),
            *self.rows(part, wide),
            *(self.picture(one, wide) for one in part.pictures if self.most.pictures),
            *self.tables(part, wide),
            *(self.note(self.sentence(one), wide) for one in part.notes),
        ]
        body += [self.note(self.say("card.more", n=part.left), wide)] if part.left else []
        high = sum(block.high for block in body) + GAP * self.fit.em
        return Block(el("section", {"class": "part"}, [block.markup for block in body]), high)

    def note(self, words: str, wide: float) -> Block:
        words = self.cut(words)
        return Block(el("p", {"class": "left"}, words), self.fit.text(words, wide, 0.88) + 0.2 * self.fit.em)

    def rows(self, part: Section, wide: float) -> Iterator[Block]:
        """The rows of a part, as one table."""
        held = {one.why: one for one in part.figures}
        tabled = {name for table in part.tables for name in table.figures}
        rows = part.rows or tuple(Row(one.label, ((one.why,),)) for one in part.figures if one.why not in tabled)
        if not rows:
            return
        most = self.most.drivers if not part.figures else self.most.rows
        kept, _ = self.cutter.list(rows, most)
        texts = [[self.cell(cell, held, row) for cell in row.cells] for row in kept]
        count = max(1, len(part.columns))
        heads = [told(one, self.lang) for one in part.columns]
        # A column of values is as wide as its widest; where columns have headings, their widths are set, in twentieths.
        spans = [self._span(at, texts) for at in range(count)]
        parts = [max(4, math.ceil(20 * span / wide)) for span in spans] if heads else []
        if heads:
            spans = [wide * part / 20 for part in parts]
        room = max(wide - sum(spans) - 0.6 * self.fit.em, 0.2 * wide)
        lines, high = list[Markup](), 0.0
        if heads:
            inner = [
                el("th", {"scope": "col", "class": f"value w{5 * part}"}, one)
                for one, part in zip(heads, parts, strict=True)
            ]
            lines.append(el("tr", {}, el("th", {}), inner))
            within = [span - 0.7 * self.fit.em for span in spans]
            high += (
                max(self.fit.text(one, span, 0.82) for one, span in zip(heads, within, strict=True))
                + 0.26 * self.fit.em
            )
        for row, cells in zip(kept, texts, strict=True):
            name = self.cut(told(row.label, self.lang))
            why = self.cut(small_of(row, held, self.lang, self.year))
            small = el("small", {}, why) if why else None
            inner = [self._value(cell, count - len(cells) + 1 if len(cells) < count else None) for cell in cells]
            lines.append(el("tr", {}, el("td", {}, name, small), inner))
            high += self.fit.text(name, room, 0.95) + self.fit.text(why, room, 0.82) + 0.26 * self.fit.em
        yield Block(el("table", {"class": "figures fixed" if heads else "figures"}, lines), high)

    def _span(self, at: int, texts: Sequence[Sequence[_Cell]]) -> float:
        return max((self._width(row[at]) for row in texts if at < len(row) and (at == 0 or len(row) > 1)), default=0.0)

    def _width(self, cell: _Cell) -> float:
        return self.fit.width(cell.text, 0.95, bold=True) + 1.6 * self.fit.em

    def _value(self, cell: _Cell, span: int | None) -> Markup:
        attrs = {"class": "value both" if span else "value", "colspan": span, "data-why": " ".join(cell.names) or None}
        return el("td", attrs, cell.text, mark(cell.trust, self.lang) if cell.trust else None)

    def cell(self, shown: Sequence[Shown], held: Mapping[str, Figure], row: Row) -> _Cell:
        return cell_of(shown, held, row, self.lang, self.year)

    def picture(self, one: Any, wide: float) -> Block:
        words = card_pictures.caption(one, self.lang)
        title = told(one.title, self.lang)
        high = wide * card_pictures.height(one) / card_pictures.WIDE
        high += self.fit.text(title, wide, 0.85) + self.fit.text(words, wide, 0.85) + 0.5 * self.fit.em
        inner = [
            el("figcaption", {}, title),
            card_pictures.drawn(one, self.lang),
            el("p", {}, words) if words else None,
        ]
        return Block(el("figure", {}, inner), high)

    # Tables -----------------------------------------------------------------------------------------------------------------

    def tables(self, part: Section, wide: float) -> list[Block]:
        """The tables of a part; those of as many columns have them at the same places."""
        made = [self.texts(table) for table in part.tables]
        found = []
        for table, own in zip(part.tables, made, strict=True):
            alike = [one for one in made if len(one.heads) == len(own.heads)]
            rows = [row for one in alike for row in one.rows]
            numeric = [all(flags) for flags in zip(*(one.numeric for one in alike), strict=True)]
            found.append(self.table(table, own, self._shares(rows, own.heads, numeric, wide), part))
        return found

    def texts(self, table: Table) -> _Texts:
        columns, whole = in_language(table, self.lang)
        rows, cut = self.cutter.list(whole, self.most.rows)
        numeric = [
            all(not isinstance(row[at], str) for row in whole) and any(row[at] is not None for row in whole)
            for at in range(len(columns))
        ]
        texts = [[self.cut(cell_text(value, self.lang, self.year)) for value in row] for row in rows]
        return _Texts([word("column", one, self.lang) for one in columns], texts, numeric, table.left + cut)

    def table(self, table: Table, own: _Texts, spans: Sequence[float], part: Section) -> Block:
        wide, fit = sum(spans), self.fit
        head = [
            el(
                "th",
                {"scope": "col", "class": f"w{round(20 * span / wide) * 5}" + (" value" if number else "")},
                swatch,
                one,
            )
            for one, number, span, swatch in zip(own.heads, own.numeric, spans, self.swatches(table, part), strict=True)
        ]
        body = [
            el("tr", {}, [el("td", {"class": "value" if number else None}, one)
                          for one, number in zip(row, own.numeric, strict=True)])
            for row in own.rows
        ]  # fmt: skip
        # Between a number and the text behind it is more room than elsewhere.
        inside = [
            span - (1.8 if at and own.numeric[at - 1] and not number else 0.6) * fit.em
            for at, (span, number) in enumerate(zip(spans, own.numeric, strict=True))
        ]
        high = max(fit.text(one, span, 0.82) for one, span in zip(own.heads, inside, strict=True)) + 0.3 * fit.em
        for row in own.rows:
            high += max(fit.text(one, span, 0.88) for one, span in zip(row, inside, strict=True)) + 0.28 * fit.em
        left = el("p", {"class": "left"}, self.say("card.more", n=own.left)) if own.left else None
        high += 1.3 * fit.em if own.left else 0.0
        return Block(el("div", {}, el("table", {"class": "plain"}, el("tr", {}, head), body), left), high)

    def swatches(self, table: Table, part: Section) -> list[Markup | None]:
        """Before the heading of a column, how a picture of the part draws what stands in it."""
        columns, _ = in_language(table, self.lang)
        bars = [one for one in part.pictures if isinstance(one, Bars)] if self.most.pictures else []
        drawn = {told(name, self.lang): at for one in bars for at, name in enumerate(one.parts)}
        kinds = [drawn.get(word("column", one, self.lang)) for one in columns]
        return [None if kind is None else card_pictures.swatch(kind) for kind in kinds]

    def _shares(
        self, texts: Sequence[Sequence[str]], heads: Sequence[str], numeric: Sequence[bool], wide: float
    ) -> list[float]:
        """Widths of columns in twentieths: numbers take what they need, texts share the rest by how much they have to say."""
        parts, said = [0] * len(heads), [0.0] * len(heads)
        for at, number in enumerate(numeric):
            if number:
                widest = max([self.fit.width(row[at], 0.88, bold=True) for row in texts], default=0.0)
                need = max(widest, min(self.fit.width(heads[at], 0.82), 6.5 * self.fit.em)) + 1.1 * self.fit.em
                parts[at] = math.ceil(20 * need / wide)
            else:
                said[at] = max([letters(row[at]) for row in texts], default=1) ** 0.8 + letters(heads[at]) ** 0.5
        rest = max(20 - sum(parts), 4)
        wished = [rest * one / (sum(said) or 1.0) for one in said]
        for at, number in enumerate(numeric):
            parts[at] = parts[at] if number else max(2, math.floor(wished[at]))
        # What rounding left goes to the text that has most to say.
        if not all(numeric):
            parts[said.index(max(said))] += max(0, 20 - sum(parts))
        return [wide * one / max(20, sum(parts)) for one in parts]

    # Names ------------------------------------------------------------------------------------------------------------------

    def names(self) -> Block | None:
        """The names by which ``why`` finds the figures of the page, in its order; what they all end in is said at the foot."""
        end = f":{self.card.project.project}" if self.card.project else ""
        figures = [one.why for part in self.card.sections for one in part.figures]
        own = [one.removesuffix(end) for one in figures if one.endswith(end)]
        rest = [one for one in figures if not one.endswith(end)]
        cases, links = [one for one in rest if "/" in one], [one for one in rest if "/" not in one]
        words = " · ".join([*compressed(own, "_"), *compressed(cases, "/"), *compressed(links, ":")])
        if not words:
            return None
        each = self.fit.em * MONO * 0.61
        high = math.ceil(len(words) * each / (WIDE - 16 * each)) * self.fit.em * MONO * 1.3
        return Block(el("code", {"class": "names"}, words), high)

    # Gates and foot ---------------------------------------------------------------------------------------------------------

    def gates(self) -> Block | None:
        if not self.card.gates:
            return None
        blocks = [self.gate(one) for one in self.card.gates]
        # Read down the first column, then the second, each about as high.
        halves = min(
            ((blocks[:at], blocks[at:]) for at in range(1, len(blocks) + 1)),
            key=lambda two: max(sum(block.high for block in one) for one in two),
        )
        high = max(sum(block.high for block in one) for one in halves) + 1.6 * self.fit.em
        inner = [el("ul", {"class": "conditions"}, [block.markup for block in one]) for one in halves if one]
        body = [el("h2", {}, self.say("card.gates")), el("div", {"class": "halves"}, inner)]
        return Block(el("section", {}, body), high)

    def gate(self, one: Gate) -> Block:
        name = f"{SIGNS[one.outcome]} {word('gate', one.gate, self.lang)}"
        outcome = self.say(f"outcome.{one.outcome}")
        words = self.cut("; ".join(told(text, self.lang) for text in one.evidence))
        colon = chr(0xA0) if self.lang == "fr" else ""
        markup = el(
            "li",
            {"class": one.outcome},
            el("b", {}, name),
            f" {outcome}",
            el("small", {}, f"{colon}: {words}") if words else None,
        )
        high = self.fit.text(f"{name} {outcome}: {words}", self.column, 0.93) + 0.3 * self.fit.em
        return Block(markup, high)

    def footer(self) -> Block:
        card, lang = self.card, self.lang
        held, left = card.sources[: self.most.sources], max(0, len(card.sources) - self.most.sources)
        sources = ", ".join([*held, *([self.say("card.more", n=left)] if left else [])])
        lines = [self.say("card.sources", names=sources) if held else self.say("card.no_sources")]
        as_of = [self.say("card.as_of", day=date(str(card.as_of), lang))] if card.as_of else []
        money = [self.say("card.money", year=self.year)] if self.year else []
        legend = " ".join(f"{sign} {label('confidence', name, lang)}" for name, sign in MARKS.items())
        lines.append(" · ".join([*as_of, *money, legend]))
        if card.project:
            lines.append(self.say("card.names", project=card.project.project, brace="{a,b}"))
        if self.full and self.cutter.cut:
            lines.append(self.say("card.cut_project"))
        high = sum(self.fit.text(line, WIDE, 0.72) for line in lines) + 0.5 * self.fit.em
        return Block(el("footer", {}, [el("p", {}, line) for line in lines]), high)


def _high(blocks: Sequence[Block]) -> float:
    return sum(block.high for block in blocks)


def _splits(blocks: Sequence[Block]) -> Iterator[tuple[list[Block], list[Block]]]:
    """Every way to set blocks in two columns with the first of them on the left."""
    for right in range(2 ** (len(blocks) - 1)):
        sides: tuple[list[Block], list[Block]] = ([], [])
        for at, block in enumerate(blocks):
            sides[(right >> (at - 1)) & 1 if at else 0].append(block)
        yield sides


def _wide(part: Section) -> bool:
    """Whether a part holds tables that need the whole width."""
    return part.room == "link" and bool(part.tables)


@dataclass(frozen=True)
class _Texts:
    """A table in words: headings, rows, which columns are numbers, and how many rows are left out."""

    heads: list[str]
    rows: list[list[str]]
    numeric: list[bool]
    left: int


# What the page and its Markdown share -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Cell:
    """A value in words, the weakest trust in it (None where it is unknown or has none of its own), and the names of its figures."""

    text: str
    trust: str | None
    names: tuple[str, ...] = ()


def project_facts(card: Card, lang: Lang) -> Iterator[tuple[str, str]]:
    """Size, first year, life and investment of the project of a card."""
    project = card.project
    if project is None:
        return
    size = figure(project.size, "number", project.unit, lang)
    yield say("card.size", lang), say("card.per_year", lang, size=size)
    yield say("card.start", lang), str(project.start)
    yield say("card.life", lang), say("card.years", lang, n=project.life)
    invested = figure(project.capex / 1e6, "money", "MUSD", lang, prose=True)
    yield say("card.capex", lang), f"{invested} ({project.money_year})"


def sentence(one: Sentence, lang: Lang, year: int | None) -> str:
    """A phrase with its numbers and names in a language."""
    parts = {
        name: value_of(part, lang, year) if isinstance(part, Amount) else told(part, lang)
        for name, part in one.parts.items()
    }
    return say(one.key, lang, **parts)


def cell_of(shown: Sequence[Shown], held: Mapping[str, Figure], row: Row, lang: Lang, year: int | None) -> _Cell:
    """One value or a range as it stands in a row; what is not known is called so and has no mark of trust."""
    own = [_bare(held[one] if isinstance(one, str) else one, row.bare) for one in shown]
    digits = row.digits
    names = tuple(one for one in shown if isinstance(one, str))
    if not own or any(one.value is None for one in own):
        return _Cell(told(row.none, lang) if row.none else t("number.unknown", lang), None, names)
    trusts = {held[one].confidence for one in names}
    trust = next((one for one in _TRUST if one in trusts), None)
    if len(own) == 1:
        return _Cell(_amount(own[0], digits, lang, year), trust, names)
    return _Cell(_range(own[0], own[1], digits, lang, year), trust, names)


def _bare(one: Figure | Amount, bare: bool) -> Amount:
    """A value with its unit, or without one where that is said elsewhere."""
    return Amount(one.value, "" if bare else one.unit, "number" if bare else one.kind)


def _amount(one: Amount, digits: int, lang: Lang, year: int | None) -> str:
    if not digits or one.kind in ("share", "year"):
        return value_of(one, lang, year)
    number, unit = _scaled(one, lang, year)
    return unit_text(significant(number, digits, lang), unit, lang)


def _scaled(one: Amount, lang: Lang, year: int | None) -> tuple[float, str]:
    unit, named = of_year(one.unit)
    return scaled(one.value or 0.0, unit if named == str(year) else one.unit, lang, prose=True)


def _range(low: Amount, high: Amount, digits: int, lang: Lang, year: int | None) -> str:
    """A range with its unit said once where both ends have it and neither is below zero."""
    texts = [_amount(one, digits, lang, year) for one in (low, high)]
    if texts[0] == texts[1]:
        return texts[0]
    if low.kind == "share":
        ends = [percent(one.value or 0.0, lang) for one in (low, high)]
        return say("card.range", lang, low=ends[0], high=ends[1])
    (least, unit), (most, other) = (_scaled(one, lang, year) for one in (low, high))
    if unit != other or least < 0 or most < least:
        return say("card.range_signed", lang, low=texts[0], high=texts[1])
    numbers = [significant(one, digits or 3, lang) for one in (least, most)]
    return unit_text(say("card.range", lang, low=numbers[0], high=numbers[1]), unit, lang)


def small_of(row: Row, held: Mapping[str, Figure], lang: Lang, year: int | None) -> str:
    """What stands in small letters at a row: what is added to it, and why something in it is not known."""
    added = sentence(row.about, lang, year) if row.about else ""
    figures = [held[one] for cell in row.cells for one in cell if isinstance(one, str)]
    unknown = next((told(one.reason, lang) for one in figures if one.value is None and one.reason is not None), "")
    return "; ".join(filter(None, (added, told(row.reason, lang) if row.reason else unknown)))


def cell_text(value: Any, lang: Lang, year: int | None) -> str:
    """A cell of a table in words; a dash where there is nothing."""
    if isinstance(value, Amount):
        return value_of(value, lang, year)
    if isinstance(value, (bool, str)) or value is None:
        return "–" if value is None else told(str(value), lang)
    return str(value) if isinstance(value, int) else figure(value, "number", "", lang)


def in_language(table: Table, lang: Lang) -> tuple[list[str], list[list[Any]]]:
    """Columns and rows without the names in other languages."""
    kept = [
        at
        for at, name in enumerate(table.columns)
        if name[-3:] not in ("_en", "_ko", "_fr") or name.endswith(f"_{lang}")
    ]
    columns = [table.columns[at].removesuffix(f"_{lang}") for at in kept]
    return columns, [[row[at] for at in kept] for row in table.rows]


def compressed(names: Iterable[str], sign: str) -> list[str]:
    """Names that differ in one of the words between their signs as one, with the words in braces, as a shell reads them.

    >>> compressed(["a.jobs_low", "a.jobs_high", "a.pay_low", "a.pay_high", "a.other"], "_")
    ['a.{jobs,pay}_{low,high}', 'a.other']
    """
    held = [
        (room, tuple((part,) for part in rest.split(sign))) for room, _, rest in (name.partition(".") for name in names)
    ]
    found: list[tuple[str, tuple[tuple[str, ...], ...]]] = []
    for one in held:
        found.append(one)
        # What was merged may now merge with what stands before it.
        while (pair := _pair(found)) is not None:
            (at, to), k = pair
            (room, words), (_, other) = found[at], found.pop(to)
            found[at] = (room, (*words[:k], tuple(dict.fromkeys((*words[k], *other[k]))), *words[k + 1 :]))
    return [
        f"{room}." + sign.join(one[0] if len(one) == 1 else f"{{{','.join(one)}}}" for one in words)
        for room, words in found
    ]


def _pair(found: Sequence[tuple[str, tuple[tuple[str, ...], ...]]]) -> tuple[tuple[int, int], int] | None:
    """Two names of a room, and the only word in which they differ."""
    for at, (room, one) in enumerate(found):
        for to in range(at + 1, len(found)):
            other_room, other = found[to]
            if room != other_room or len(one) != len(other):
                continue
            differ = [k for k in range(len(one)) if one[k] != other[k]]
            if len(differ) == 1:
                return (at, to), differ[0]
    return None
