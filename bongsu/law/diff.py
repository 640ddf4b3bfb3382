"""What differs between the law on two days, each as known on a day, and what was learned in between.

The two are not the same. A credit that ends on a day differs from the day before although nothing was learned: whoever planned the
day before knew it. A law of July that ends a credit in October is learned in July and changes the law on no day of that summer.
:func:`diff` says what holds; :func:`news` says what was learned, and for which days.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bongsu.law.calendar import shown
from bongsu.law.instrument import ANY, Fact, Found, Instrument, Law, LawOn, Parameter, Status, timeline
from bongsu.law.words import LANGUAGES, phrase, word

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Change:
    """One difference.

    Attributes:
        kind: ``added`` (it had not begun on the first day), ``removed``, ``status`` or ``value``.
        instrument, parameter, key: where; the last two are blank for a status.
        before, after: a status, a value of law, or None where there is none.
        texts: the sentence by language.
        source, confidence: of the later statement, or of the earlier one where there is no later.
        known: day from which that statement was known; None where there is none.
    """

    kind: str
    instrument: str
    parameter: str
    key: str
    before: Any
    after: Any
    texts: Mapping[str, str]
    source: str
    confidence: str
    known: dt.date | None = None


@dataclass(frozen=True)
class News:
    """One thing that was learned of an instrument between two days, for the days on which it makes a difference.

    Attributes:
        instrument, parameter, key: of what; the last two are blank for a status.
        first, last: the days for which the two states of knowledge differ; ``last`` None = without end.
        before, after: what the earlier and the later day hold of those days: a status, a value of law, or None for no value.
        known: day on which it was learned (the last, where several statements make it).
        texts: the sentence by language.
    """

    instrument: str
    parameter: str
    key: str
    first: dt.date
    last: dt.date | None
    before: Any
    after: Any
    known: dt.date
    texts: Mapping[str, str]

    def bears_on(self, first: dt.date, last: dt.date) -> bool:
        """Whether any of the days it is about lies in a span of days, both ends included."""
        return self.first <= last and (self.last is None or self.last >= first)


def diff(
    law: Law,
    first: str | dt.date,
    second: str | dt.date,
    known_first: str | dt.date | None = None,
    known_second: str | dt.date | None = None,
) -> list[Change]:
    """Every status and value that differs between two days; each day as known on itself unless told otherwise.

    Raises:
        ValueError: a text is not a date.
    """
    a, b = law.on(first, known_first), law.on(second, known_second)
    return [change for one in law for change in _changes(one, a, b)]


def gathered(law: Law, found: Sequence[Change]) -> list[Change]:
    """Differences to be read: keys of one parameter that go from one value to the same other stand in one line, under the first."""
    alike: dict[Any, list[Change]] = {}
    for one in found:
        said = (one.before, one.after, one.source, one.confidence, one.known)
        alike.setdefault((one.instrument, one.parameter, one.key if not one.parameter else "", said), []).append(one)
    return [_together(law, group) for group in alike.values()]


def _together(law: Law, group: Sequence[Change]) -> Change:
    one = group[0]
    if len(group) == 1:
        return one
    parameter = law[one.instrument].parameters[one.parameter]
    keys = tuple(each.key for each in group)
    values = {
        name: {
            lang: phrase("diff.nothing", lang) if held is None else shown(held, parameter.unit, lang)
            for lang in LANGUAGES
        }
        for name, held in (("before", one.before), ("after", one.after))
    }
    parts = {"parameter": parameter.title, "of": {lang: f" [{shown(keys, '', lang)}]" for lang in LANGUAGES}, **values}
    texts = {lang: phrase("diff.value", lang, title=law[one.instrument].title, **parts) for lang in LANGUAGES}
    return replace(one, texts=texts)


def _changes(one: Instrument, a: LawOn, b: LawOn) -> Iterator[Change]:
    before, after = a.status(one.id), b.status(one.id)
    if before is not after:
        kind = "added" if before is Status.NONE else "removed" if after is Status.NONE else "status"
        fact = b.status_fact(one.id) or a.status_fact(one.id)
        said = {"before": _said(before), "after": _said(after)}
        texts = {lang: phrase(f"diff.{kind}", lang, title=one.title, **said) for lang in LANGUAGES}
        source, confidence = (fact.source, fact.confidence) if fact else ("", "")
        yield Change(kind, one.id, "", "", before, after, texts, source, confidence, fact.known if fact else None)
    for parameter in one.parameters.values():
        for key in parameter.keys:
            old, new = a.find(one.id, parameter.name, key), b.find(one.id, parameter.name, key)
            if (old.value if old else None) != (new.value if new else None):
                yield _change(one, parameter, key, old, new)


def _change(one: Instrument, parameter: Parameter, key: str, old: Found | None, new: Found | None) -> Change:
    parts = {
        "parameter": parameter.title,
        "of": {lang: "" if key == ANY else f" [{word(key, lang)}]" for lang in LANGUAGES},
        "before": _value(old),
        "after": _value(new),
    }
    texts = {lang: phrase("diff.value", lang, title=one.title, **parts) for lang in LANGUAGES}
    fact = new.fact if new else old.fact if old else None
    source, confidence = (fact.source, fact.confidence) if fact else ("", "")
    values = (old.value if old else None, new.value if new else None)
    return Change(
        "value", one.id, parameter.name, key, *values, texts, source, confidence, fact.known if fact else None
    )


def _said(status: Status) -> dict[str, str]:
    return {lang: phrase(f"status.{status}", lang) for lang in LANGUAGES}


def _value(found: Found | None) -> dict[str, str]:
    if found is None:
        return {lang: phrase("diff.nothing", lang) for lang in LANGUAGES}
    return {lang: shown(found.value, found.parameter.unit, lang) for lang in LANGUAGES}


# What was learned --------------------------------------------------------------------------------------------------------


def news(law: Law, first: dt.date, second: dt.date) -> list[News]:
    """Everything that became known after one day and by another, by instrument: first of its status, then of its values.

    Open questions are no news of themselves: what they may become is not known.
    """
    return [one for name in law.learned(first, second) for one in _news(law, law[name], first, second)]


@dataclass(frozen=True)
class Told:
    """What was learned of one instrument, in one line.

    Attributes:
        instrument: identifier.
        first, last: the days that any of it is about; ``last`` None = without end.
        known: the days on which the first and the last of it was learned.
        texts: what says most of it by language, and how much more there is.
    """

    instrument: str
    first: dt.date
    last: dt.date | None
    known: tuple[dt.date, dt.date]
    texts: Mapping[str, str]


def told(found: Sequence[News]) -> list[Told]:
    """News by instrument, one line each."""
    lines = []
    for instrument, group in itertools.groupby(found, key=lambda one: one.instrument):
        own = list(group)
        texts = dict(max(own, key=_weight).texts)
        if len(own) > 1:
            texts = {lang: phrase("diff.more", lang, text=text, count=len(own) - 1) for lang, text in texts.items()}
        last = None if any(one.last is None for one in own) else max(one.last for one in own if one.last)
        days = [one.known for one in own]
        lines.append(Told(instrument, min(one.first for one in own), last, (min(days), max(days)), texts))
    return lines


def _weight(one: News) -> tuple[bool, bool, dt.timedelta]:
    """What says most: the status before values, what is known before what has become unknown, and the longest span."""
    return not one.parameter, one.after is not Status.UNKNOWN, (one.last or dt.date.max) - one.first


def _news(law: Law, one: Instrument, first: dt.date, second: dt.date) -> Iterator[News]:
    yield from _told(law, one, None, "", one.status, first, second)
    for parameter in one.parameters.values():
        for key, facts in parameter.facts.items():
            yield from _told(law, one, parameter, key, facts, first, second)


def _told(
    law: Law,
    one: Instrument,
    parameter: Parameter | None,
    key: str,
    facts: tuple[Fact, ...],
    first: dt.date,
    second: dt.date,
) -> Iterator[News]:
    learned = [fact.known for fact in facts if first < fact.known <= second]
    if not learned:
        return
    starts = sorted({day for known in (first, second) for day in _edges(timeline(facts, known))})
    held = [
        (_held(law, one, parameter, key, day, first), _held(law, one, parameter, key, day, second)) for day in starts
    ]
    spans = [list(group) for _, group in itertools.groupby(range(len(starts)), key=lambda at: held[at])]
    for span in spans:
        before, after = held[span[0]]
        if _plain(before) == _plain(after):
            continue
        last = starts[span[-1] + 1] - _DAY if span[-1] + 1 < len(starts) else None
        days = {lang: _days(starts[span[0]], last, lang) for lang in LANGUAGES}
        said = {
            "before": _said(before) if isinstance(before, Status) else _value(before),
            "after": _said(after) if isinstance(after, Status) else _value(after),
        }
        what = {lang: _part(parameter, key, lang) for lang in LANGUAGES}
        texts = {lang: phrase("diff.news", lang, title=one.title, what=what, days=days, **said) for lang in LANGUAGES}
        yield News(
            one.id,
            parameter.name if parameter else "",
            key if parameter else "",
            starts[span[0]],
            last,
            _plain(before),
            _plain(after),
            max(learned),
            texts,
        )


def _part(parameter: Parameter | None, key: str, language: str) -> str:
    of = "" if key in ("", ANY) else f" [{word(key, language)}]"
    return "" if parameter is None else f" \u2014 {parameter.title[language]}{of}"


def _edges(line: Sequence[Fact]) -> Iterator[dt.date]:
    for fact in line:
        yield fact.first
        if fact.last is not None:
            yield fact.last + _DAY


def _held(law: Law, one: Instrument, parameter: Parameter | None, key: str, day: dt.date, known: dt.date) -> Any:
    on = law.on(day, known)
    return on.status(one.id) if parameter is None else on.find(one.id, parameter.name, key)


def _plain(held: Any) -> Any:
    return held.value if isinstance(held, Found) else held


def _days(first: dt.date, last: dt.date | None, language: str) -> str:
    if last is None:
        return phrase("diff.from", language, first=first)
    return (
        phrase("diff.on", language, first=first)
        if first == last
        else phrase("diff.span", language, first=first, last=last)
    )
