"""Texts of the commands in English, Korean and French, from tables beside them (key, en, ko, fr)."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from typing import Any


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
