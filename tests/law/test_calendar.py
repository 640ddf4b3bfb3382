"""The calendar of the law, its iCalendar, and what differs between two days."""

import csv
import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

import bongsu.law
from bongsu.law import Law
from bongsu.law.calendar import KINDS, Event, events, to_ics
from bongsu.law.diff import diff, gathered, news, told
from bongsu.law.instrument import Status

TODAY = dt.date(2026, 11, 23)
FIRST, LAST = dt.date(2015, 1, 1), dt.date(2040, 12, 31)
LAW = Law.load()


def about(name: str, found: list[Event]) -> list[tuple[str, str]]:
    return [(event.date.isoformat(), event.kind) for event in found if event.instrument == name]


def test_notice_58_is_suspended_then_reminded_of_then_unknown() -> None:
    found = about("cn-notice-58-2025", events(LAW, FIRST, LAST, TODAY))
    assert ("2025-11-07", "ends") in found
    assert ("2026-08-10", "event") in found
    assert ("2026-11-11", "unknown") in found
    assert ("2026-11-11", "question") in found
    assert ("2025-11-08", "starts") not in found


def test_before_the_suspension_was_known_the_notice_starts() -> None:
    found = about("cn-notice-58-2025", events(LAW, FIRST, LAST, dt.date(2025, 11, 6)))
    assert ("2025-11-08", "starts") in found
    assert ("2025-10-09", "decided") in found
    assert not [kind for _, kind in found if kind in ("unknown", "ends", "question")]


def test_sunsets_reviews_and_quota_years() -> None:
    found = events(LAW, FIRST, LAST, TODAY)
    assert ("2036-07-01", "sunset") in about("usmca", found)
    assert ("2027-01-12", "event") in about("usmca", found)
    assert ("2027-03-01", "changes") in about("ca-china-ev-quota", found)
    assert ("2023-12-01", "starts") in about("cn-graphite-licence", found)


@settings(max_examples=25, deadline=None)
@given(st.dates(dt.date(2016, 1, 1), dt.date(2027, 12, 31)))
def test_nothing_learned_later_appears(known: dt.date) -> None:
    found = events(LAW, FIRST, LAST, known)
    assert all(event.known <= known for event in found)
    assert [event.date for event in found] == sorted(event.date for event in found)
    assert {event.kind for event in found} <= set(KINDS)


def test_a_window_is_a_part_of_the_whole() -> None:
    whole = events(LAW, FIRST, LAST, TODAY)
    first, last = dt.date(2025, 3, 1), dt.date(2026, 3, 1)
    assert events(LAW, first, last, TODAY) == [event for event in whole if first <= event.date <= last]


def test_every_event_is_said_in_three_languages_without_holes() -> None:
    for event in events(LAW, FIRST, LAST, TODAY):
        assert event.source in LAW.sources
        for text in event.texts.values():
            assert text
            assert "{" not in text
            assert "}" not in text


@pytest.mark.parametrize("language", ["en", "ko", "fr"])
def test_icalendar_comes_back_whole(language: str) -> None:
    found = events(LAW, dt.date(2025, 1, 1), LAST, TODAY, language)
    text = to_ics(found, language)
    assert text == to_ics(found, language)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    read = Calendar.from_ical(text).walk("VEVENT")
    assert [str(entry["summary"]) for entry in read] == [event.text for event in found]
    assert [entry.decoded("dtstart") for entry in read] == [event.date for event in found]
    assert len({str(entry["uid"]) for entry in read}) == len(found)


def test_bad_questions_are_refused_in_a_sentence() -> None:
    with pytest.raises(ValueError, match="earlier day first"):
        events(LAW, TODAY, FIRST)
    with pytest.raises(ValueError, match="no language 'de'"):
        events(LAW, FIRST, TODAY, TODAY, "de")


def test_diff_tells_the_suspension_and_the_end_of_what_is_known() -> None:
    [change] = [c for c in diff(LAW, "2026-11-10", "2026-11-11") if c.instrument == "cn-notice-58-2025"]
    assert (change.kind, change.before, change.after) == ("status", Status.SUSPENDED, Status.UNKNOWN)
    [change] = [
        c for c in diff(LAW, "2025-11-08", "2025-11-08", "2025-11-06", "2025-11-07")
        if c.instrument == "cn-notice-58-2025"
    ]  # fmt: skip
    assert (change.before, change.after) == (Status.IN_FORCE, Status.SUSPENDED)
    assert set(change.texts) == {"en", "ko", "fr"}


def test_diff_tells_what_was_added_and_which_value_moved() -> None:
    found = diff(LAW, "2026-02-24", "2026-03-02")
    assert ("added", "ca-china-ev-quota") in {(c.kind, c.instrument) for c in found}
    back = diff(LAW, "2026-03-02", "2026-02-24")
    assert ("removed", "ca-china-ev-quota") in {(c.kind, c.instrument) for c in back}
    moved = [c for c in diff(LAW, "2025-12-31", "2026-01-01") if c.instrument == "cd-cobalt-quota"]
    assert [(c.kind, c.parameter) for c in moved] == [("value", "volume_cap")]


def test_the_same_day_does_not_differ_and_the_way_back_is_as_long() -> None:
    assert diff(LAW, TODAY, TODAY) == []
    there, back = diff(LAW, "2025-09-30", "2025-10-01"), diff(LAW, "2025-10-01", "2025-09-30")
    assert [(c.instrument, c.parameter, c.key) for c in there] == [(c.instrument, c.parameter, c.key) for c in back]
    assert [(c.before, c.after) for c in there] == [(c.after, c.before) for c in back]


def test_phrases_are_complete() -> None:
    path = Path(bongsu.law.__file__).parent / "words" / "calendar.csv"
    for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
        assert None not in row
        assert all(row.values())
    for status in Status:
        assert f"status.{status}" in path.read_text(encoding="utf-8")


# What was learned --------------------------------------------------------------------------------------------------------


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def test_what_ends_as_foreseen_differs_though_nothing_was_learned() -> None:
    [change] = diff(LAW, "2025-09-30", "2025-10-01")
    assert (change.instrument, change.known) == ("us-30d", day("2025-07-04"))
    assert news(LAW, day("2025-09-30"), day("2025-10-01")) == []


def test_what_is_learned_of_other_days_is_news_though_nothing_differs() -> None:
    assert [c for c in diff(LAW, "2025-07-03", "2025-07-04") if c.instrument == "us-30d"] == []
    [found] = [one for one in news(LAW, day("2025-07-03"), day("2025-07-04")) if one.instrument == "us-30d"]
    assert (found.first, found.last, found.before, found.after) == (
        day("2025-10-01"),
        day("2032-12-31"),
        Status.IN_FORCE,
        Status.EXPIRED,
    )
    assert found.bears_on(day("2026-01-01"), day("2026-12-31"))
    assert not found.bears_on(day("2025-01-01"), day("2025-09-30"))


@settings(max_examples=40, deadline=None)
@given(st.dates(dt.date(2025, 1, 1), TODAY), st.dates(dt.date(2025, 1, 1), TODAY), st.dates(dt.date(2020, 1, 1), LAST))
def test_news_is_all_that_two_states_of_knowledge_differ_in(a: dt.date, b: dt.date, at: dt.date) -> None:
    first, second = min(a, b), max(a, b)
    about = {(one.instrument, one.parameter, one.key) for one in news(LAW, first, second) if one.bears_on(at, at)}
    before, after = LAW.on(at, first), LAW.on(at, second)
    for one in LAW:
        assert (before.status(one.id) is not after.status(one.id)) == ((one.id, "", "") in about)
        for name, parameter in one.parameters.items():
            for key in parameter.keys:
                old, new = before.find(one.id, name, key), after.find(one.id, name, key)
                differs = (old.value if old else None) != (new.value if new else None)
                # A key without a value of its own has that of "*": what was learned of it is told there.
                if ((one.id, name, key) in about) != differs:
                    assert key != "*"
                    assert (one.id, name, "*") in about


def test_each_instrument_is_told_in_one_line_by_what_says_most() -> None:
    [line] = told([one for one in news(LAW, day("2025-11-06"), day("2025-11-07")) if one.instrument.startswith("cn-")])
    assert line.instrument == "cn-notice-58-2025"
    assert "2025-11-08 to 2026-11-10, in force → suspended (and 2 more)" in line.texts["en"]
    assert (line.first, line.last) == (day("2025-11-07"), None)


def test_keys_that_change_alike_are_told_in_one_line_and_none_is_lost() -> None:
    law = LAW
    found = diff(law, "2026-07-20", "2026-07-24")
    lines = gathered(law, found)
    duty = [one for one in lines if one.instrument == "us-section-301-forced-labour" and one.parameter == "rate"]
    rates = {key: one.value for key, (one,) in law["us-section-301-forced-labour"].parameters["rate"].facts.items()}
    assert sorted(one.after for one in duty) == sorted(set(rates.values()))
    for one in duty:
        alike = [key for key, value in rates.items() if value == one.after]
        assert f"({len(alike)})" in one.texts["en"]
        assert all(f"{key}, " in one.texts["ko"] for key in alike[:6])
    ways = {(one.instrument, one.parameter, str(one.before), str(one.after)) for one in found}
    assert {(one.instrument, one.parameter, str(one.before), str(one.after)) for one in lines} == ways


def test_a_difference_by_itself_is_told_as_it_is() -> None:
    law = LAW
    found = diff(law, "2026-02-19", "2026-02-24")
    alone = [one for one in found if not one.parameter]
    assert [one for one in gathered(law, found) if not one.parameter] == alone
