"""Parts of a year: the stretches of days over which nothing of an instrument changes, and means over days.

A year of a plan takes the law of its days. Nothing learned after the day of knowledge cuts a year, so a plan as of a day is the
same whatever the instruments say of it later.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from bongsu.law.instrument import LawOn

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of days of one year: its first day, and how many days it has."""

    day: dt.date
    days: int


def parts(law: LawOn, year: int, *instruments: str) -> Iterator[Part]:
    """The days of a year, cut wherever a status, a value or an open question of these instruments begins or ends, as known."""
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    cuts: set[dt.date] = set()
    for one in (law.law[name] for name in instruments):
        cuts |= law.cuts(one.id) | {question.first for question in one.questions if law.open(question)}
    starts = [first, *sorted(day for day in cuts if first < day <= last)]
    for start, end in zip(starts, [*starts[1:], last + _DAY], strict=True):
        yield Part(start, (end - start).days)


def days_of(year: int) -> int:
    """Days of a calendar year."""
    return (dt.date(year + 1, 1, 1) - dt.date(year, 1, 1)).days


def mean(values: Iterable[tuple[Part, Decimal]]) -> tuple[Decimal, int]:
    """Mean over days, and the number of days it is a mean of; a value that never changes is its own mean exactly.

    Raises:
        ValueError: there are no days.
    """
    found = list(values)
    days = sum(part.days for part, _ in found)
    if not days:
        raise ValueError("a mean needs at least one day")
    first = found[0][1]
    if all(value == first for _, value in found):
        return first, days
    return sum((value * part.days for part, value in found), Decimal(0)) / days, days
