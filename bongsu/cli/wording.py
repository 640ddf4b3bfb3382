"""Texts of the commands in English, Korean and French, from tables beside them (key, en, ko, fr)."""

from __future__ import annotations

import csv
import math
from functools import cache
from importlib import resources
from typing import Any

_MONTHS = {
    "en": "January,February,March,April,May,June,July,August,September,October,November,December",
    "fr": "janvier,février,mars,avril,mai,juin,juillet,août,septembre,octobre,novembre,décembre",
}


@cache
def _table(name: str) -> dict[str, dict[str, str]]:
    text = resources.files("bongsu.cli").joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return {row["key"]: row for row in csv.DictReader(text.splitlines())}


class Wording:
    """The texts of one table in one language."""

    def __init__(self, name: str, language: str) -> None:
        self.language = language
        self._texts = _table(name)

    def __call__(self, key: str, **parts: Any) -> str:
        """The text of a key, with its parts filled in.

        Raises:
            KeyError: there is no such text.
        """
        return self._texts[key][self.language].format(**parts)

    @property
    def colon(self) -> str:
        """A colon as the language sets it, with its blanks."""
        return "\u00a0: " if self.language == "fr" else ": "

    def number(self, value: float, places: int = 2) -> str:
        """A number with the marks of the language."""
        from bongsu.brief.text import as_lang, fixed

        if not math.isfinite(value):
            return str(value)
        return fixed(value, places, as_lang(self.language))

    def rough(self, value: float) -> str:
        """A number to two digits, as ends of an estimated range are told; tables have them whole."""
        from bongsu.brief.text import as_lang, significant

        return significant(value, 2, as_lang(self.language))

    def percent(self, share: float) -> str:
        """A share in per cent, as pages and cards round it: see :func:`bongsu.brief.text.percent`."""
        from bongsu.brief.text import as_lang, percent

        return percent(share, as_lang(self.language))

    def period(self, name: str) -> str:
        """A period of a plan: a year, or a month such as 2024-01, in words; as it is called where it is neither."""
        year, _, month = name.partition("-")
        if not (year.isdigit() and len(year) == 4 and (not month or (month.isdigit() and 1 <= int(month) <= 12))):
            return name
        if self.language == "ko":
            return f"{year}년 {int(month)}월" if month else f"{year}년"
        if not month:
            return year
        spoken = _MONTHS[self.language].split(",")[int(month) - 1]
        return f"{spoken} {year}"
