"""What differs between the law on two days, each as known on a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bongsu.law.calendar import shown
from bongsu.law.instrument import ANY, Found, Instrument, Law, LawOn, Parameter, Status
from bongsu.law.words import LANGUAGES, phrase


@dataclass(frozen=True)
class Change:
    """One difference.

    Attributes:
        kind: ``added`` (it had not begun on the first day), ``removed``, ``status`` or ``value``.
        instrument, parameter, key: where; the last two are blank for a status.
        before, after: a status, a value of law, or None where there is none.
        texts: the sentence by language.
        source, confidence: of the later statement, or of the earlier one where there is no later.
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


def _changes(one: Instrument, a: LawOn, b: LawOn) -> Iterator[Change]:
    before, after = a.status(one.id), b.status(one.id)
    if before is not after:
        kind = "added" if before is Status.NONE else "removed" if after is Status.NONE else "status"
        fact = b.status_fact(one.id) or a.status_fact(one.id)
        said = {"before": _said(before), "after": _said(after)}
        texts = {lang: phrase(f"diff.{kind}", lang, title=one.title, **said) for lang in LANGUAGES}
        source, confidence = (fact.source, fact.confidence) if fact else ("", "")
        yield Change(kind, one.id, "", "", before, after, texts, source, confidence)
    for parameter in one.parameters.values():
        for key in parameter.keys:
            old, new = a.find(one.id, parameter.name, key), b.find(one.id, parameter.name, key)
            if (old.value if old else None) != (new.value if new else None):
                yield _change(one, parameter, key, old, new)


def _change(one: Instrument, parameter: Parameter, key: str, old: Found | None, new: Found | None) -> Change:
    parts = {
        "parameter": parameter.title,
        "of": "" if key == ANY else f" [{key}]",
        "before": _value(old),
        "after": _value(new),
    }
    texts = {lang: phrase("diff.value", lang, title=one.title, **parts) for lang in LANGUAGES}
    fact = new.fact if new else old.fact if old else None
    source, confidence = (fact.source, fact.confidence) if fact else ("", "")
    values = (old.value if old else None, new.value if new else None)
    return Change("value", one.id, parameter.name, key, *values, texts, source, confidence)


def _said(status: Status) -> dict[str, str]:
    return {lang: phrase(f"status.{status}", lang) for lang in LANGUAGES}


def _value(found: Found | None) -> dict[str, str]:
    if found is None:
        return {lang: phrase("diff.nothing", lang) for lang in LANGUAGES}
    return {lang: shown(found.value, found.parameter.unit, lang) for lang in LANGUAGES}
