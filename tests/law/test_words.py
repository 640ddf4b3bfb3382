"""Words of the law: complete in three languages, set as each language is written, and true to what is said of a figure."""

from __future__ import annotations

import re
from decimal import Decimal
from string import Formatter

import pytest

from bongsu.atlas.typeset import french
from bongsu.law import Law
from bongsu.law.words import LANGUAGES, _words, amount, number, phrase, unit_names, word, working

LAW = Law.load()
#: Marks of a straight hand: what a typesetter changes.
_PLAIN = re.compile(r"\w'\w|\S [;!?%»:](?:\s|$)|« ")


@pytest.mark.parametrize("key", sorted(_words()))
def test_a_phrase_is_whole_in_three_languages(key: str) -> None:
    row = _words()[key]
    # Korean counts large sums in hundreds of millions: {n10} is the same number, ten times.
    fields = {
        lang: {name.removesuffix("10") for _, name, _, _ in Formatter().parse(row[lang]) if name} for lang in LANGUAGES
    }
    assert all(row[lang].strip() for lang in LANGUAGES)
    # A language may leave out what another needs to say, but names nothing that the others do not know.
    assert fields["ko"] <= fields["en"] >= fields["fr"]
    assert not _PLAIN.search(row["fr"]), row["fr"]


def test_every_unit_of_an_instrument_has_a_name_in_every_language() -> None:
    units = {parameter.unit for one in LAW for parameter in one.parameters.values()}
    without = sorted(unit for unit in units if f"unit.{unit}" not in _words())
    assert without == []
    assert unit_names("days") == {"en": "days", "ko": "일", "fr": "jours"}


def test_every_key_of_a_table_of_law_is_a_code_or_has_a_name() -> None:
    items = re.compile(r"[a-z0-9]+(_[a-z0-9]+)+|[A-Z]{2,}|[\d *]+(ev|other)?|\*")
    without = sorted(
        {
            key
            for one in LAW
            for parameter in one.parameters.values()
            if parameter.name not in ("tariff_line", "usual_line", "prevailing_use", "components", "content_tested")
            for key in parameter.keys
            if f"key.{key}" not in _words() and not items.fullmatch(key)
        }
    )
    assert without == []


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        ("1", "years", ("1 year", "1년", "1 an")),
        ("1.5", "years", ("1.5 years", "1.5년", "1,5 an")),
        ("10", "years", ("10 years", "10년", "10 ans")),
        ("87.5", "%", ("87.5%", "87.5%", "87,5\u202f%")),
        ("1.99", "billion USD", ("1.99 billion USD", "19.9억 달러", "1,99\u00a0milliard USD")),
        ("49000", "vehicle", ("49,000 vehicles", "49,000대", "49\u202f000 véhicules")),
        ("30", "% of capital cost", ("30% of capital cost", "취득원가의 30%", "30\u202f% du coût en capital")),
        ("7", "furlongs", ("7 furlongs", "7 furlongs", "7 furlongs")),
    ],
)
def test_amounts_are_said_as_each_language_says_them(value: str, unit: str, said: tuple[str, str, str]) -> None:
    assert tuple(amount(Decimal(value), unit, lang) for lang in LANGUAGES) == said


def test_arithmetic_keeps_its_numbers_in_every_language() -> None:
    plain = "min(0.075, 40000 × 100 %) − (26000.50 / 2)"
    assert working(plain, "en") == "min(0.075, 40,000 × 100%) − (26,000.5 / 2)"
    assert working(plain, "fr") == french("min(0,075 ; 40 000 × 100 %) − (26 000,5 / 2)")
    assert working("2025-06-16", "en") == "2025-06-16"


def test_words_of_a_record_are_said_in_the_language() -> None:
    assert [word("advanced_battery", lang) for lang in LANGUAGES] == [
        "advanced battery",
        "첨단배터리",
        "batterie avancée",
    ]
    assert word("Hyundai", "ko") == "Hyundai"
    said = [phrase("us-30d.feoc.jurisdiction", lang, party="Hyundai", country="CN") for lang in LANGUAGES]
    assert "China" in said[0]
    assert "중국" in said[1]
    assert "Chine" in said[2]


def test_titles_and_summaries_are_set() -> None:
    for one in LAW:
        texts = [one.title["fr"], one.summary["fr"], *(text["fr"] for _, text in one.later)]
        texts += [parameter.title["fr"] for parameter in one.parameters.values()]
        for text in texts:
            assert not _PLAIN.search(text), (one.id, text)
            assert not re.search(r"\d \d{3}\b", text), (one.id, text)


def test_numbers_of_the_law_have_the_sign_of_the_language() -> None:
    assert number(Decimal("1234.5"), "fr") == "1\u202f234,5"
    assert number(Decimal("1234.5"), "ko") == "1,234.5"
