"""Findings in words, in English, Korean and French; the phrases are the tables ``words/*.csv``."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

from bongsu.atlas.typeset import french, korean
from bongsu.law.finding import Finding, Step
from bongsu.law.instrument import ANY, Found, LawOn

LANGUAGES = ("en", "ko", "fr")
#: A figure with more digits before the point is shown with an exponent.
_MOST_DIGITS = 18
#: Decimals in arithmetic that is shown; amounts of money have two where they are one or more.
_WORKING, _MONEY = 6, 2
#: A number in arithmetic; dates and names with digits are none.
_NUMBER = re.compile(r"(?<![\w.\-])\d+(?:\.\d+)?(?![\w.\-])")

#: The end of the first clause of a title.
_CLAUSE = re.compile(r"[\u00a0\u202f]?[?;:.](?:\s|$)")


@cache
def _words() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for path in sorted(resources.files("bongsu.law").joinpath("words").iterdir(), key=lambda p: p.name):
        if path.name.endswith(".csv"):
            for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
                found[row["key"]] = row | {"fr": french(row["fr"])}
    return found


def phrase(key: str, language: str = "en", **parts: Any) -> str:
    """A phrase in one language; a part may be a text, a Decimal or a mapping by language.

    Texts that are words of a record or an instrument, such as ``cell``, are said in the language.

    Raises:
        KeyError: there is no such phrase.
    """
    text = _words()[key][language].format(**{name: _part(name, value, language) for name, value in parts.items()})
    return korean(text) if language == "ko" else text


def _part(name: str, value: Any, language: str) -> str:
    if isinstance(value, Mapping):
        return str(value[language])
    if isinstance(value, Decimal):
        return number(value, language)
    if isinstance(value, tuple | list):
        return ", ".join(_part(name, one, language) for one in value)
    return country(value, language) if name == "country" and isinstance(value, str) else word(str(value), language)


def word(key: str, language: str) -> str:
    """A word that records and instruments use as an identifier, such as ``cell`` or ``advanced_battery``, as people say it; the
    text itself where it is no such word."""
    row = _words().get(f"key.{key}")
    return row[language] if row else key


def country(code: str, language: str) -> str:
    """Name of a country that the law names; its code where there is none."""
    row = _words().get(f"country.{code}")
    return row[language] if row else code


def colon(language: str) -> str:
    """The colon of a language with the blanks around it."""
    return "\u00a0: " if language == "fr" else ": "


def semicolon(language: str) -> str:
    """The semicolon of a language with the blanks around it."""
    return "\u202f; " if language == "fr" else "; "


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
    """A unit of law in the three languages, without a number."""
    return {language: re.sub(r"\{\w+\}", "", _unit(unit, language, False)).strip() for language in LANGUAGES}


def amount(value: Decimal, unit: str, language: str = "en", places: int = 4) -> str:
    """A figure with its unit, in the singular where the language asks for it."""
    one = abs(value) < 2 if language == "fr" else value == 1
    template = _unit(unit, language, one)
    # Korean counts money in hundreds of millions where other languages count in billions.
    return template.replace("{n10}", number(value * 10, language, places)).replace(
        "{n}", number(value, language, places)
    )


def _unit(unit: str, language: str, one: bool) -> str:
    """The template of a unit, such as ``{n} jours``; a unit without a phrase stands as it is written."""
    row = (_words().get(f"unit.{unit}.one") if one else None) or _words().get(f"unit.{unit}")
    if row:
        return row[language]
    return french(f"{{n}} {unit}".strip()) if language == "fr" else f"{{n}} {unit}".strip()


def working(text: str, language: str) -> str:
    """Arithmetic with its numbers in the writing of the language."""
    text = _NUMBER.sub(lambda found: number(Decimal(found[0]), language, _WORKING), text)
    if language != "fr":
        return re.sub(r"(?<=\d) %", "%", text)
    # Where the comma is the decimal sign, a semicolon parts the terms.
    return french(re.sub(r"(?<=[\d%]), ", " ; ", text).replace("%; ", "% ; "))


def cite(found: Found, law: LawOn, language: str = "en") -> str:
    """Where a value of law stands, when it was known, and how surely."""
    instrument = law.law[found.instrument]
    source = law.law.sources[found.fact.source]
    place = found.parameter.citation or instrument.citation
    key = "" if found.key == ANY else f" [{word(found.key, language)}]"
    shown = amount(found.value, found.parameter.unit, language) if isinstance(found.value, Decimal) else ""
    head = f"{found.parameter.title[language]}{key}"
    text = f"{head}{colon(language)}{shown} — {place}; " if shown else f"{head} — {place}; "
    text += str(source["title"])
    if found.fact.confidence == "assumed":
        text += f" ({phrase('unverified', language)})"
    return text


def lines(finding: Finding, law: LawOn, language: str = "en", depth: int = 0) -> Iterator[str]:
    """The finding as indented lines: verdict, steps with their arithmetic and law, what is missing, then its parts."""
    pad, sign = "  " * depth, colon(language)
    figure = f"{sign}{amount(finding.figure, finding.unit, language)}" if finding.figure is not None else ""
    title = phrase(f"{finding.regime}.{finding.test}", language)
    yield f"{pad}{title}{sign}{phrase(f'outcome.{finding.outcome}', language)}{figure}"
    for step in finding.steps:
        yield f"{pad}  - {step_text(step, law, language)}"
    for name, reading in finding.switches.items():
        yield f"{pad}  - {phrase('switch', language)}{sign}{_reading(name, reading, law, language)}"
    for missing in finding.missing:
        yield f"{pad}  - {phrase('missing', language)}{sign}{phrase(missing.what, language, **missing.args)}"
    for name, value in finding.amounts.items():
        shown = number(value, language, _MONEY if abs(value) >= 1 else 4)
        yield f"{pad}  = {phrase(f'{finding.regime}.amount.{name}', language)}{sign}{shown}"
    for part in finding.parts:
        yield from lines(part, law, language, depth + 1)


def _reading(name: str, reading: str, law: LawOn, language: str) -> str:
    """A disputed reading in words, with the name and the option that a record takes."""
    option = f"{name} = {reading}"
    own = next((one.switches[name] for one in law.law if name in one.switches), None)
    if own is None or not isinstance(own.get("title"), Mapping):
        return option
    # The first clause says what is at issue; `bongsu law show` has the rest.
    return f"{option} ({_CLAUSE.split(str(own['title'][language]), maxsplit=1)[0]})"


def step_text(step: Step, law: LawOn, language: str = "en") -> str:
    """One step as a sentence: what, its arithmetic, what it comes to, and the law behind it."""
    parts = dict(step.args)
    figure = None if step.figure is None else amount(step.figure, step.unit, language)
    if step.law is not None and isinstance(step.law.value, Decimal):
        # A step against a threshold may say how it must be met.
        limit = amount(step.law.value, step.law.parameter.unit, language)
        parts = {"threshold": limit, "figure": figure or "", **parts}
        if step.law.parameter.met:
            parts["met"] = phrase(f"met.{step.law.parameter.met}", language)
    text = phrase(step.what, language, **parts)
    if step.working:
        text += f"{colon(language)}{working(step.working, language)}"
    if figure is not None and "{figure}" not in _words()[step.what][language]:
        text += f" = {figure}"
    if step.outcome is not None:
        text += f" → {phrase(f'outcome.{step.outcome}', language)}"
    if step.law is not None:
        text += f" [{cite(step.law, law, language)}]"
    return text
