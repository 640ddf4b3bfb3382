"""What the pages of cards share: words and numbers of the docket, marks of trust, and how much a page shows at most."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from bongsu.atlas.typeset import french
from bongsu.brief.markup import Markup, el
from bongsu.brief.text import Lang, figure, label, of_year
from bongsu.committee.docket import Figure, spoken
from bongsu.committee.docket.card import Amount
from bongsu.committee.docket.item import Text
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


class Cutter:
    """Shortens texts and lists to what a page can hold, and remembers whether it had to."""

    def __init__(self, limits: Limits = LEVELS[0]) -> None:
        self.limits = limits
        self.cut = False

    def text(self, text: str, width: int) -> str:
        """A text within a width."""
        if letters(text) <= width:
            return text
        self.cut = True
        kept, room = "", width - 1
        for letter in text:
            room -= letters(letter)
            if room < 0:
                break
            kept += letter
        return kept.rstrip() + "…"

    def list(self, values: Sequence[Any], most: int) -> tuple[Sequence[Any], int]:
        """The first so many of some values, and how many are left out."""
        left = max(0, len(values) - most)
        self.cut = self.cut or left > 0
        return values[:most], left


def letters(text: str) -> int:
    """Width of a text in Latin letters; a Korean one counts two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def say(key: str, lang: Lang, **parts: Any) -> str:
    """A phrase of the docket."""
    return said(ROOM, key, **parts)[lang]


def word(group: str, name: str, lang: Lang) -> str:
    """A word of the list, or the bare name where it has none."""
    try:
        return say(f"{group}.{name}", lang)
    except KeyError:
        return name.replace("_", " ")


def told(text: Text, lang: Lang) -> str:
    """A text in a language, with the spaces of that language."""
    return french(spoken(text, lang)) if lang == "fr" else spoken(text, lang)


def value_of(one: Figure | Amount, lang: Lang, money_year: int | None = None) -> str:
    """A figure in words; money of ``money_year`` is told without its year, which the page says once."""
    unit, year = of_year(one.unit)
    return figure(one.value, one.kind, unit if year and year == str(money_year) else one.unit, lang, prose=True)


def mark(trust: str, lang: Lang) -> Markup:
    """The sign of trust in a figure."""
    name = label("confidence", trust, lang)
    return el("i", {"class": "mark", "role": "img", "aria-label": name, "title": name}, MARKS[trust])
