"""Findings in words, in English, Korean and French; the phrases are the tables ``words/*.csv``."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

from bongsu.law.finding import Finding, Step
from bongsu.law.instrument import ANY, Found, LawOn

LANGUAGES = ("en", "ko", "fr")
#: A figure with more digits before the point is shown with an exponent.
_MOST_DIGITS = 18


@cache
def _words() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for path in sorted(resources.files("bongsu.law").joinpath("words").iterdir(), key=lambda p: p.name):
        if path.name.endswith(".csv"):
            for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
                found[row["key"]] = row
    return found


def phrase(key: str, language: str = "en", **parts: Any) -> str:
    """A phrase in one language; a part may be a text, a Decimal or a mapping by language.

    Raises:
        KeyError: there is no such phrase.
    """
    text = _words()[key][language]
    return text.format(**{name: _part(value, language) for name, value in parts.items()})


def _part(value: Any, language: str) -> str:
    if isinstance(value, Mapping):
        return str(value[language])
    if isinstance(value, Decimal):
        return number(value, language)
    if isinstance(value, tuple | list):
        return ", ".join(_part(one, language) for one in value)
    return str(value)


def number(value: Decimal, language: str = "en", places: int = 4) -> str:
    """A Decimal without exponent or idle zeros, at most ``places`` decimals, with separators of the language."""
    if value.adjusted() > _MOST_DIGITS:
        return f"{value:.4E}"
    quantum = Decimal(1).scaleb(-places)
    rounded = value.quantize(quantum) if value != value.quantize(quantum) else value
    text = f"{rounded:,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if language == "fr":
        text = text.replace(",", "\u202f").replace(".", ",")
    return text


def unit_names(unit: str) -> dict[str, str]:
    """A unit of law in the three languages."""
    return {language: _words().get(f"unit.{unit}", {}).get(language, unit) for language in LANGUAGES}


def amount(value: Decimal, unit: str, language: str = "en") -> str:
    """A figure with its unit."""
    space = "\u202f" if language == "fr" and unit.startswith("%") else "" if unit.startswith("%") else " "
    return f"{number(value, language)}{space}{unit}".strip()


def cite(found: Found, law: LawOn, language: str = "en") -> str:
    """Where a value of law stands, when it was known, and how surely."""
    instrument = law.law[found.instrument]
    source = law.law.sources[found.fact.source]
    place = found.parameter.citation or instrument.citation
    key = "" if found.key == ANY else f" [{found.key}]"
    shown = amount(found.value, found.parameter.unit, language) if isinstance(found.value, Decimal) else ""
    text = f"{found.parameter.title[language]}{key}: {shown} — {place}; {source['title']}".replace(":  —", " —")
    if found.fact.confidence == "assumed":
        text += f" ({phrase('unverified', language)})"
    return text


def lines(finding: Finding, law: LawOn, language: str = "en", depth: int = 0) -> Iterator[str]:
    """The finding as indented lines: verdict, steps with their arithmetic and law, what is missing, then its parts."""
    pad = "  " * depth
    figure = f": {amount(finding.figure, finding.unit, language)}" if finding.figure is not None else ""
    title = phrase(f"{finding.regime}.{finding.test}", language)
    yield f"{pad}{title}: {phrase(f'outcome.{finding.outcome}', language)}{figure}"
    for step in finding.steps:
        yield f"{pad}  - {step_text(step, law, language)}"
    for name, reading in finding.switches.items():
        yield f"{pad}  - {phrase('switch', language)}: {name} = {reading}"
    for missing in finding.missing:
        yield f"{pad}  - {phrase('missing', language)}: {phrase(missing.what, language, **missing.args)}"
    for name, value in finding.amounts.items():
        yield f"{pad}  = {phrase(f'{finding.regime}.amount.{name}', language)}: {number(value, language)}"
    for part in finding.parts:
        yield from lines(part, law, language, depth + 1)


def step_text(step: Step, law: LawOn, language: str = "en") -> str:
    """One step as a sentence: what, its arithmetic, what it comes to, and the law behind it."""
    parts = dict(step.args)
    if step.what == "compare" and step.law is not None:
        parts = {
            "met": phrase(f"met.{step.law.parameter.met}", language),
            "threshold": amount(step.law.number, step.law.parameter.unit, language),
        }
    text = phrase(step.what, language, **parts)
    if step.working:
        text += f": {step.working}"
    if step.figure is not None:
        text += f" = {amount(step.figure, step.unit, language)}"
    if step.outcome is not None:
        text += f" → {phrase(f'outcome.{step.outcome}', language)}"
    if step.law is not None:
        text += f" [{cite(step.law, law, language)}]"
    return text
