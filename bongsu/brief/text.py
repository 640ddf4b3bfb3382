"""Words and number formats of the brief in Korean, English and French.

Every text of the page is a row of ``catalogue.csv`` (key, en, ko, fr); code holds no wording. Unit texts are
templates such as ``US${n}/t``; with the number left out they give the name of the unit.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final, Literal

from bongsu.atlas.typeset import french, particle, starts_with_particle

Lang = Literal["en", "ko", "fr"]
LANGS: Final[tuple[Lang, ...]] = ("en", "ko", "fr")

GROUP: Final[Mapping[str, str]] = {"en": ",", "ko": ",", "fr": "\u202f"}
POINT: Final[Mapping[str, str]] = {"en": ".", "ko": ".", "fr": ","}

# Steps (from this size on, multiply by, write as) that keep numbers short. Energy is stepped wherever it is shown,
# money only in sentences, so that a column keeps one unit.
Step = tuple[float, float, str]
ENERGY_STEPS: Final[Mapping[str, tuple[Step, ...]]] = {
    "kWh": ((1e5, 1e-6, "GWh"), (1e3, 1e-3, "MWh")),
    "kWh/yr": ((1e5, 1e-6, "GWh/yr"), (1e3, 1e-3, "MWh/yr")),
}
MONEY_STEPS: Final[Mapping[str, Mapping[str, tuple[Step, ...]]]] = {
    "en": {"MUSD": ((1e3, 1e-3, "GUSD"),), "MUSD/yr": ((1e3, 1e-3, "GUSD/yr"),)},
    "fr": {"MUSD": ((1e3, 1e-3, "GUSD"),), "MUSD/yr": ((1e3, 1e-3, "GUSD/yr"),)},
    "ko": {
        "MUSD": ((100, 0.01, "USD_1e8"), (0, 100, "USD_1e4")),
        "MUSD/yr": ((100, 0.01, "USD_1e8/yr"), (0, 100, "USD_1e4/yr")),
    },
}
# Other spellings of the same unit.
ALIASES: Final[Mapping[str, str]] = {
    "musd": "MUSD",
    "million CAD": "MCAD",
    "capex_musd": "MUSD",
    "vehicles": "vehicle",
    "": "1",
    "share": "1",
    "kWh/y": "kWh/yr",
    "GWh/y": "GWh/yr",
    "t/y": "t/yr",
    "m2/y": "m2/yr",
    "m²": "m2",
    "count": "1",
    "GWh_eq": "GWh-eq",
}

# What is counted: from one on in whole numbers, as half a vehicle is none.
COUNTED: Final = ("vehicle", "vehicle/yr", "plant")

# What is known to two digits at most, as ranges of estimates are: more would be a promise.
ROUGH: Final = ("jobs", "job-years")

# Prices have the same digits in a column and a sentence, zeros and all: US$10.9/kWh and US$11.0/kWh.
_PRICE: Final = re.compile(r"[A-Z]{3}/(?!yr)")

_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Piece:
    """A stretch of a sentence: fixed words (``name`` is None) or the text of one parameter."""

    text: str
    name: str | None = None


@lru_cache(maxsize=1)
def catalogue() -> dict[str, dict[str, str]]:
    """All texts: key -> language -> text."""
    text = (files("bongsu.brief") / "catalogue.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {row["key"]: {"en": row["en"], "ko": row["ko"], "fr": french(row["fr"])} for row in rows}


def has(key: str) -> bool:
    """Whether the catalogue has this key."""
    return key in catalogue()


def placeholders(template: str) -> set[str]:
    """Names in braces in a template."""
    return set(_PLACEHOLDER.findall(template))


def pieces(key: str, lang: Lang, params: Mapping[str, str]) -> list[Piece]:
    """Split a text at its placeholders and fill them; Korean particles follow the word before them.

    Raises KeyError that names the key or the parameter that is missing.
    """
    if key not in catalogue():
        raise KeyError(f"catalogue.csv has no key '{key}': add a row with en, ko and fr")
    out: list[Piece] = []
    before = ""
    for i, part in enumerate(_PLACEHOLDER.split(catalogue()[key][lang])):
        if i % 2:
            if part not in params:
                raise KeyError(f"text '{key}' needs the parameter '{part}' and got only {sorted(params)}")
            out.append(Piece(params[part], part))
        elif part:
            opens = starts_with_particle(part) if lang == "ko" and before else None
            out.append(Piece(part if opens is None else particle(before, opens) + part[len(opens) :]))
        before = out[-1].text if out else ""
    return out


def t(key: str, lang: Lang, **params: Any) -> str:
    """The text of a key, its placeholders filled with already formatted texts."""
    return "".join(piece.text for piece in pieces(key, lang, {name: str(value) for name, value in params.items()}))


def label(group: str, name: str, lang: Lang) -> str:
    """The text of ``group.name``, or the bare name where the catalogue has none (see ``check.problems``)."""
    key = f"{group}.{name}"
    return t(key, lang) if has(key) else name


def local(value: Any, lang: Lang) -> str:
    """One language of a ``{"en": …, "ko": …, "fr": …}`` name (English where it is blank); other values as text."""
    if isinstance(value, Mapping):
        return str(value.get(lang) or value.get("en") or "")
    return "" if value is None else str(value)


def significant(value: float, digits: int, lang: Lang, zeros: bool = False) -> str:
    """A number rounded to significant digits (half up), whole part grouped; without trailing zeros unless ``zeros``.

    >>> significant(10.96, 3, "en"), significant(11.0, 3, "en"), significant(11.0, 3, "en", zeros=True)
    ('11', '11', '11.0')
    """
    exact = Decimal(value)
    if exact == 0:
        return "0"
    place = exact.adjusted() - digits + 1
    rounded = exact.quantize(Decimal(1).scaleb(place), rounding=ROUND_HALF_UP) if place <= 0 else None
    if rounded is None:
        step = Decimal(1).scaleb(place)
        rounded = (exact / step).quantize(Decimal(1), rounding=ROUND_HALF_UP) * step
    if zeros and place < 0:
        # Rounding up may add a digit in front, as 9.996 becomes 10.00: one digit less is kept behind.
        return fixed(float(rounded), max(0, digits - 1 - rounded.adjusted()), lang)
    return _grouped(rounded, lang)


def decimals(value: float, places: int, lang: Lang) -> str:
    """A number with at most so many decimals (half up), without trailing zeros."""
    return _grouped(Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP), lang)


def fixed(value: float, places: int, lang: Lang) -> str:
    """A number with just so many decimals (half up), zeros and all, so that a column lines up; nought has no sign.

    >>> fixed(-1234.5, 2, "en"), fixed(-0.001, 1, "fr")
    ('−1,234.50', '0,0')
    """
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    text = f"{abs(rounded):,.{places}f}".translate({ord(","): GROUP[lang], ord("."): POINT[lang]})
    return ("\u2212" if rounded < 0 else "") + text


def percent(value: float, lang: Lang) -> str:
    """A share (0.38) as a percentage: one decimal below 10 % and near 100 %, none between.

    A share that is not whole is never rounded to 0 % or to 100 %.
    """
    if 0 < abs(value) < 0.001:
        return t("number.below", lang, n=t("number.percent", lang, n=decimals(0.1, 1, lang)))
    if 0.995 <= value < 1:
        return t("number.percent", lang, n=decimals(min(value * 100, 99.9), 1, lang))
    return t("number.percent", lang, n=decimals(value * 100, 1 if abs(value) < 0.0995 else 0, lang))


def figure(value: float | None, kind: str, unit: str, lang: Lang, prose: bool = False) -> str:
    """A number with its unit, in the way of its kind; ``prose`` rounds harder and steps money to millions and billions. A unit
    of money may name its year (``USD of 2025``)."""
    if value is None:
        return t("number.unknown", lang)
    if kind == "year":
        return str(int(value))
    if kind == "share" and unit in ("", "1", "share", "%"):
        return percent(value, lang)
    unit, year = of_year(unit)
    number, unit = scaled(value, unit, lang, prose)
    if unit in COUNTED and abs(number) >= 1:
        number = float(Decimal(number).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    digits = 2 if unit in ROUGH else 3 if prose or unit == "day" else 4
    text = unit_text(significant(number, digits, lang, zeros=_PRICE.match(unit) is not None), unit, lang)
    return f"{text} ({year})" if year else text


def of_year(unit: str) -> tuple[str, str]:
    """A unit of money apart from the year that it names; blank where it names none.

    >>> of_year("USD/kWh of 2025"), of_year("million USD of 2025/GWh"), of_year("share of capacity")
    (('USD/kWh', '2025'), ('million USD/GWh', '2025'), ('share of capacity', ''))
    """
    found = re.fullmatch(r"(.+) of (\d{4})(/.+)?", unit)
    return (found[1] + (found[3] or ""), found[2]) if found else (unit, "")


def scaled(value: float, unit: str, lang: Lang, prose: bool) -> tuple[float, str]:
    """A number and unit brought to the step at which it is short."""
    unit = ALIASES.get(unit, unit)
    if prose and unit == "USD" and abs(value) >= 1e6:
        value, unit = value / 1e6, "MUSD"
    steps = ENERGY_STEPS.get(unit) or (MONEY_STEPS[lang].get(unit, ()) if prose else ())
    for least, factor, name in steps:
        if abs(value) >= least:
            return value * factor, name
    return value, unit


def unit_text(number: str, unit: str, lang: Lang) -> str:
    """A formatted number with its unit, in the singular where the language asks for it; a minus stands before the currency.

    >>> unit_text("\u2212502", "MUSD", "en"), unit_text("\u2212502", "MUSD", "fr")
    ('−US$502 million', '−502 M$ US')
    """
    name = ALIASES.get(unit, unit)
    one = has(f"unit.{name}.one") and singular(number, lang)
    template = catalogue()[f"unit.{name}.one"][lang] if one else unit_template(unit, lang)
    before, _, after = template.partition("{n}")
    if before.endswith("$") and number[:1] in ("\u2212", "-"):
        before, number = f"\u2212{before}", number[1:]
    return before + number + after


def singular(number: str, lang: Lang) -> bool:
    """Whether a number as it is written takes the singular: one in English, anything under two in French."""
    plain = number.replace(GROUP[lang], "").replace(POINT[lang], ".").lstrip("\u2212")
    value = float(plain) if re.fullmatch(r"\d+(\.\d+)?", plain) else 2.0
    return value < 2 if lang == "fr" else value == 1


def unit_name(unit: str, lang: Lang) -> str:
    """The unit alone, as for the head of a column."""
    return " ".join(unit_template(unit, lang).replace("{n}", "").split())


def unit_template(unit: str, lang: Lang) -> str:
    """The template of a unit; ``A/B`` is put together from A and ``per.B`` where it has no row of its own."""
    unit = ALIASES.get(unit, unit)
    if has(f"unit.{unit}"):
        return catalogue()[f"unit.{unit}"][lang]
    if unit.endswith(" a year") and has(f"unit.{unit.removesuffix(' a year')}"):
        return t("unit.a_year", lang, n=unit_template(unit.removesuffix(" a year"), lang))
    top, slash, bottom = unit.partition("/")
    if slash and has(f"unit.{top}"):
        return catalogue()[f"unit.{top}"][lang] + "/" + label("per", bottom, lang)
    return "{n} " + unit


def date(text: str, lang: Lang) -> str:
    """A date ``2026-11-23`` (or a part of one, or blank) in the words of the language."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text or ""):
        return text or ""
    year, month, day = text.split("-")
    key = "date.first" if int(day) == 1 else "date.day"
    return t(key, lang, year=year, month=t(f"month.{int(month)}", lang), day=str(int(day)))


def joined(words: Sequence[str], lang: Lang) -> str:
    """A list of words with commas."""
    return t("list.comma", lang).join(words)


def as_lang(lang: str) -> Lang:
    """Check a language code. Raises ValueError for another."""
    for known in LANGS:
        if lang == known:
            return known
    raise ValueError(f"language '{lang}' is not one of {', '.join(LANGS)}")


def _grouped(number: Decimal, lang: Lang) -> str:
    whole, _, fraction = format(abs(number), "f").partition(".")
    fraction = fraction.rstrip("0")
    grouped = f"{int(whole):,}".replace(",", GROUP[lang]) + (POINT[lang] + fraction if fraction else "")
    return ("\u2212" if number < 0 else "") + grouped
