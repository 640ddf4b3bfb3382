"""Texts of the commands in English, Korean and French, from tables beside them (key, en, ko, fr)."""

from __future__ import annotations

import csv
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

    def number(self, value: float, places: int = 2) -> str:
        """A number with the marks of the language."""
        text = f"{value:,.{places}f}"
        return text.replace(",", "\u202f").replace(".", ",") if self.language == "fr" else text

    def percent(self, share: float) -> str:
        """A share in whole per cent."""
        return f"{share:.0%}".replace("%", "\u202f%") if self.language == "fr" else f"{share:.0%}"

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
