"""Words of the committee's functions in English, Korean and French, from the tables in ``words/`` (key, en, ko, fr)."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from bongsu.answers.figure import LANGUAGES
from bongsu.atlas.typeset import french, korean


@cache
def _table(room: str) -> dict[str, dict[str, str]]:
    text = resources.files("bongsu.committee").joinpath("words", f"{room}.csv").read_text(encoding="utf-8")
    return {row["key"]: row | {"fr": french(row["fr"])} for row in csv.DictReader(text.splitlines())}


def said(room: str, key: str, **parts: Any) -> dict[str, str]:
    """A phrase of a room in the three languages; a part may itself be a mapping by language.

    Raises:
        KeyError: there is no such phrase.
    """
    row = _table(room)[key]
    phrase = {
        language: row[language].format(**{k: v[language] if isinstance(v, Mapping) else v for k, v in parts.items()})
        for language in LANGUAGES
    }
    return phrase | {"ko": korean(phrase["ko"])}
