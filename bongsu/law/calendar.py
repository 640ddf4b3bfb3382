"""What starts, ends, changes or is decided in the law, day by day, as known on a day; also as iCalendar (RFC 5545).

Everything is derived from the dated statements of the instruments; nothing learned after ``known`` appears.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from icalendar import Calendar
from icalendar import Event as Entry

from bongsu.law.instrument import ANY, Fact, Instrument, Law, Parameter, Question, Status, timeline
from bongsu.law.words import LANGUAGES, amount, phrase, word

_DAY = dt.timedelta(days=1)
#: Kinds of event, in the order in which those of one day are told.
KINDS = ("starts", "ends", "sunset", "unknown", "changes", "decided", "question", "event")
_ENDS = (Status.REPEALED, Status.VOID, Status.SUSPENDED, Status.ENJOINED)


@dataclass(frozen=True)
class Event:
    """One day in the calendar of the law.

    Attributes:
        date: the day.
        kind: ``starts``, ``ends``, ``sunset``, ``unknown`` (what is known has run out), ``changes`` (of a value), ``decided``
            (made public), ``question`` or ``event``.
        instrument, parameter: what it is about; ``parameter`` is blank for the instrument itself.
        texts: the sentence by language; ``text`` in the language that was asked for.
        source, confidence: of the statement behind it.
        known: day from which it was known.
    """

    date: dt.date
    kind: str
    instrument: str
    parameter: str
    text: str
    texts: Mapping[str, str]
    source: str
    confidence: str
    known: dt.date


def events(law: Law, first: dt.date, last: dt.date, known: dt.date | None = None, language: str = "en") -> list[Event]:
    """The calendar from ``first`` to ``last``, both included, as known on ``known`` (default: the last day), in order.

    Raises:
        ValueError: the last day is before the first, or the language is not en, ko or fr.
    """
    if last < first:
        raise ValueError(f"the calendar ends on {last}, before it begins on {first}; give the earlier day first")
    if language not in LANGUAGES:
        raise ValueError(f"there is no language {language!r}; use {', '.join(LANGUAGES)}")
    seen = known or last
    found = (event for one in law for event in _of(one, seen, language))
    return sorted(
        (event for event in found if first <= event.date <= last and event.known <= seen),
        key=lambda event: (event.date, KINDS.index(event.kind), event.instrument, event.parameter, event.text),
    )


def to_ics(found: Iterable[Event], language: str = "en") -> str:
    """Events as an iCalendar of whole-day entries; the same events give the same text."""
    calendar = Calendar()
    calendar.add("prodid", "-//Bongsu//law calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", phrase("calendar.list", language))
    for event in found:
        entry = Entry()
        name = "|".join((event.date.isoformat(), event.kind, event.instrument, event.parameter, event.texts["en"]))
        entry.add("uid", f"{hashlib.sha256(name.encode()).hexdigest()[:24]}@bongsu")
        # The stamp is the day of knowledge, not the clock of the machine, so that the same law gives the same file.
        entry.add("dtstamp", dt.datetime.combine(event.known, dt.time(), dt.UTC))
        entry.add("dtstart", event.date)
        entry.add("dtend", event.date + _DAY)
        entry.add("summary", event.texts[language])
        doubt = f" ({phrase('calendar.assumed', language)})" if event.confidence == "assumed" else ""
        entry.add("description", f"{event.instrument}; {event.source}{doubt}; {event.known}")
        entry.add("categories", [event.kind])
        entry.add("transp", "TRANSPARENT")
        calendar.add_component(entry)
    text: str = calendar.to_ical().decode("utf-8")
    return text


def shown(value: Any, unit: str, language: str) -> str:
    """A value of law with its unit, briefly."""
    if isinstance(value, Decimal):
        return amount(value, "" if unit == "list" else unit, language)
    if isinstance(value, tuple):
        head = ", ".join(word(one, language) for one in value[:6])
        return head if len(value) <= 6 else f"{head}, … ({len(value)})"
    return _or(f"value.{value}", word(str(value), language), language)


def _or(key: str, otherwise: str, language: str) -> str:
    """A phrase if there is one of that key, else the text itself."""
    try:
        return phrase(key, language)
    except KeyError:
        return otherwise


def _of(one: Instrument, known: dt.date, language: str) -> Iterator[Event]:
    yield from _statuses(one, known, language)
    over = _over(one, known)
    for parameter in one.parameters.values():
        # What has ended has no further steps, whatever its tables still say.
        yield from (event for event in _changes(one, parameter, known, language) if over is None or event.date < over)
    for question in one.questions:
        yield from _question(one, question, known, language)
    for own in one.events:
        texts = {lang: own["title"][lang] for lang in LANGUAGES}
        yield Event(
            own["date"], "event", one.id, "", texts[language], texts, own["source"], own["confidence"], own["known"]
        )


def _over(one: Instrument, known: dt.date) -> dt.date | None:
    """First day on which an instrument has ended for good, as known; None if it has not."""
    line = timeline(one.status, known)
    return line[-1].first if line and line[-1].value in (Status.VOID, Status.REPEALED, Status.EXPIRED) else None


def _event(
    date: dt.date,
    kind: str,
    one: Instrument,
    fact: Fact,
    language: str,
    said: str,
    parts: Mapping[str, Any],
    parameter: str = "",
) -> Event:
    texts = {lang: phrase(said, lang, title=one.title, **parts) for lang in LANGUAGES}
    return Event(date, kind, one.id, parameter, texts[language], texts, fact.source, fact.confidence, fact.known)


def _said(status: Any) -> dict[str, str]:
    return {lang: phrase(f"status.{status}", lang) for lang in LANGUAGES}


def _statuses(one: Instrument, known: dt.date, language: str) -> Iterator[Event]:
    line = timeline(one.status, known)
    for before, fact in zip([None, *line], line, strict=False):
        status = Status(str(fact.value))
        if before is None or before.value != fact.value:
            kind = "sunset" if status is Status.EXPIRED else "ends" if status in _ENDS else "starts"
            yield _event(fact.first, kind, one, fact, language, "calendar.status", {"status": _said(status)})
    for fact, after in itertools.zip_longest(line, line[1:]):
        # A statement that a later one cuts off does not run out; only an end of its own without a successor does.
        if fact.last is not None and (after is None or fact.last + _DAY < after.first):
            yield _event(fact.last + _DAY, "unknown", one, fact, language, "calendar.unknown", {})
    for fact in one.status:
        if fact.known <= known and fact.known < fact.first:
            said = {"status": _said(fact.value), "day": fact.first.isoformat()}
            yield _event(fact.known, "decided", one, fact, language, "calendar.decided", said)


def _changes(one: Instrument, parameter: Parameter, known: dt.date, language: str) -> Iterator[Event]:
    """Changes of a parameter; those of many keys on one day are one event, which names the first."""
    days: dict[tuple[dt.date, bool], list[tuple[str, Fact | None, Fact]]] = {}
    for key, facts in parameter.facts.items():
        line = timeline(facts, known)
        for before, fact in zip([None, *line], line, strict=False):
            if before is None or before.value != fact.value:
                days.setdefault((fact.first, before is None), []).append((key, before, fact))
    for (day, begins), many in days.items():
        key, before, fact = many[0]
        parts: dict[str, Any] = {
            "parameter": parameter.title,
            "after": {lang: shown(fact.value, parameter.unit, lang) for lang in LANGUAGES},
            "before": _value(before, parameter),
            "of": {lang: "" if key == ANY else f" [{word(key, lang)}]" for lang in LANGUAGES},
        }
        name = "calendar.begins" if begins and len(many) == 1 else "calendar.value"
        if len(many) > 1:
            name, parts["count"] = "calendar.values", str(len(many))
            parts["of"] = {lang: word(key, lang) for lang in LANGUAGES}
        # It is known once the last of its statements is.
        latest = max((f for _, _, f in many), key=lambda f: f.known)
        yield _event(day, "changes", one, latest, language, name, parts, parameter.name)


def _value(fact: Fact | None, parameter: Parameter) -> dict[str, str]:
    if fact is None:
        return {lang: phrase("diff.nothing", lang) for lang in LANGUAGES}
    return {lang: shown(fact.value, parameter.unit, lang) for lang in LANGUAGES}


def _question(one: Instrument, question: Question, known: dt.date, language: str) -> Iterator[Event]:
    told = [(question.first, "calendar.question", question.known)]
    if question.closed is not None and question.closed <= known:
        told.append((question.closed, "calendar.closed", question.closed))
    for day, key, since in told:
        texts = {lang: phrase(key, lang, title=question.title) for lang in LANGUAGES}
        yield Event(day, "question", one.id, "", texts[language], texts, question.source, question.confidence, since)
