"""What a sheet says as known on a day names no day that was learned of only afterwards."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from importlib import resources

import pytest

from bongsu.cli.law_show import sheet_lines
from bongsu.law import Instrument, Law
from bongsu.law.read import LANGUAGES, LawError, parse

LAW = Law.load()
_DAY = dt.timedelta(days=1)
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
}
_FORMS = {
    "en": re.compile(r"\b(?P<day>\d{1,2}) (?P<month>[A-Z][a-z]+) (?P<year>\d{4})\b"),
    "fr": re.compile(r"\b(?P<day>\d{1,2})(?:er)? (?P<month>[a-zéû]+) (?P<year>\d{4})\b"),
    "ko": re.compile(r"(?P<year>\d{4})년 (?P<month>\d{1,2})월 (?P<day>\d{1,2})일"),
}
_ISO = re.compile(r"\b\d{4}-\d\d-\d\d\b")


def days_in(text: str, language: str) -> Iterator[dt.date]:
    """Days that a text names, as figures or in words."""
    for found in _ISO.findall(text):
        yield dt.date.fromisoformat(found)
    months = _MONTHS.get(language, "").split()
    for found in _FORMS[language].finditer(text):
        month = found["month"]
        if month in months or month.isdecimal():
            number = int(month) if month.isdecimal() else months.index(month) + 1
            yield dt.date(int(found["year"]), number, int(found["day"]))


def days_of(one: Instrument) -> list[tuple[dt.date, set[dt.date]]]:
    """Days of an instrument by the day on which each was known: of its statements, questions and events."""
    facts = [*one.status, *(f for p in one.parameters.values() for fs in p.facts.values() for f in fs)]
    rows = []
    for fact in facts:
        ends = {fact.first, fact.first - _DAY, fact.known} | ({fact.last, fact.last + _DAY} if fact.last else set())
        rows.append((fact.known, ends))
    rows += [(q.known, {q.first, q.first - _DAY}) for q in one.questions]
    rows += [(event["known"], {event["date"], event["known"]}) for event in one.events]
    return rows + [(known, {known, *days_in(text["en"], "en")}) for known, text in one.later]


@pytest.mark.parametrize("one", list(LAW), ids=lambda one: one.id)
def test_nothing_is_told_that_was_learned_later(one: Instrument) -> None:
    rows = days_of(one)
    for seen in sorted({known for known, _ in rows} - {min(known for known, _ in rows) - _DAY}):
        then = {day for known, days in rows if known <= seen for day in days}
        later = {day for known, days in rows if known > seen for day in days} - then
        for language in LANGUAGES:
            text = "\n".join(sheet_lines(LAW.on(seen, seen), one, language))
            named = set(days_in(text, language))
            assert not named & later, (one.id, str(seen), language, named & later)


def test_before_it_was_known_a_sheet_says_so_and_no_more() -> None:
    one = LAW["us-section-122"]
    day = one.began - _DAY
    said = list(sheet_lines(LAW.on(day, day), one, "en"))
    assert len(said) == 2
    assert said[1] == f"Nothing of it was known on {day}."


def test_a_summary_grows_with_what_is_learned() -> None:
    one = LAW["cn-notice-58-2025"]
    before, after = one.told(dt.date(2025, 11, 6), "en"), one.told(dt.date(2025, 11, 7), "en")
    assert after.startswith(before)
    assert "Notice 70" in after.removeprefix(before)
    assert "Notice 70" not in before


def test_later_sentences_are_in_the_order_of_their_days() -> None:
    name = "us-section-232-autos.yaml"
    whole = resources.files("bongsu.law").joinpath("instruments", name).read_text(encoding="utf-8")
    text = whole.replace("  - known: 2025-09-04", "  - known: 2025-12-31", 1)
    assert text != whole
    with pytest.raises(LawError, match="before the sentence above it"):
        parse(text, LAW.sources, name)
