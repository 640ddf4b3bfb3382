"""Export controls and quotas: what they withhold from a shipment, by day and by year.

An instrument of kind ``export control`` or ``import quota`` says what it does in parameters of these names, each optional:
``licence_delay`` (days), ``licence_probability`` (percent of applications granted, or the text ``unknown``) and ``volume_cap`` (an
amount, or the text ``unlimited`` or ``unknown``). A cap said of a period of at most a year is the amount for that period; any other
is an amount a year. A probability is never averaged into an amount: a question of the instrument says what follows if licences are
refused, and its weights are the probability where that is stated.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from bongsu.law.instrument import Branch, Fact, Found, Instrument, Law, LawOn, Status

KINDS = ("export control", "import quota")
UNLIMITED, UNKNOWN = "unlimited", "unknown"
_DAY = dt.timedelta(days=1)
#: States in which an instrument that has begun withholds nothing.
_IDLE = (Status.SUSPENDED, Status.ENJOINED, Status.VOID, Status.REPEALED, Status.EXPIRED)


@dataclass(frozen=True)
class Control:
    """What one instrument does to a shipment on a day.

    Attributes:
        instrument, kind: identifier and kind.
        status: on that day, as known.
        delay_days: days that a licence takes; None if none is asked for or none is stated.
        cap, unit: most that may pass in the year or period of the statement; None = no limit is stated, or it is not known.
        probability: percent of applications that are granted; None = not stated.
        unknown: its status, its reach or its cap is not known: nothing may be concluded from the absence of a figure.
        found: the values of law used.
        source: source of the status; blank if it is not known.
    """

    instrument: str
    kind: str
    status: Status
    delay_days: Decimal | None = None
    cap: Decimal | None = None
    unit: str = ""
    probability: Decimal | None = None
    unknown: bool = False
    found: tuple[Found, ...] = ()
    source: str = ""

    @property
    def hard(self) -> bool:
        """Whether nothing may pass beyond the cap; beyond an import quota goods still enter, at the duty outside it."""
        return self.kind != "import quota"

    @property
    def binds(self) -> bool | None:
        """Whether it withholds anything on that day; None where that is not known."""
        if self.status is Status.UNKNOWN:
            return None
        return self.status is Status.IN_FORCE if not self.unknown else None


@dataclass(frozen=True)
class Year:
    """What one instrument does to a shipment over a calendar year.

    Attributes:
        instrument, year: which.
        hard: whether nothing may pass beyond the cap (see :attr:`Control.hard`).
        days, days_held, days_unknown: of the year; those on which it is in force; those on which its state or cap is not known.
        days_unlimited: days without a limit in amount (not in force, or in force without a cap).
        cap, unit: sum of what may pass on the limited days; None if no day is limited.
        delay_days, probability: the longest delay and lowest probability of the year; None if not stated.
        found: the values of law used.
    """

    instrument: str
    year: int
    hard: bool
    days: int
    days_held: int
    days_unknown: int
    days_unlimited: int
    cap: Decimal | None
    unit: str
    delay_days: Decimal | None
    probability: Decimal | None
    found: tuple[Found, ...]

    @property
    def most(self) -> Decimal | None:
        """Most that may pass in the year; None where some day is unlimited or unknown, so that no bound follows."""
        return self.cap if self.days_unlimited == 0 and self.days_unknown == 0 else None


def controls(
    hs: str | None, origin: str, destination: str, item: str | None, law: LawOn, at: dt.date | None = None
) -> tuple[Control, ...]:
    """Every control that reaches a shipment on a day (default: the day of the law), also those that are suspended.

    Args:
        hs: HS code, digits only, or None where the item has none.
        origin, destination: ISO codes of countries.
        item: identifier of the data pack, or None.
    """
    day = at or law.date
    reached = ((one, reaches(one, hs, origin, destination, item)) for one in law.law)
    answers = (_control(one, reach, law, day) for one, reach in reached if reach is not False)
    return tuple(one for one in answers if one.status is not Status.NONE)


def years(hs: str | None, origin: str, destination: str, item: str | None, year: int, law: LawOn) -> tuple[Year, ...]:
    """What each control that reaches a shipment does over a calendar year, as known on the day of the law."""
    reached = ((one, reaches(one, hs, origin, destination, item)) for one in law.law)
    found = [of_year(one.id, year, law, reach) for one, reach in reached if reach is not False]
    return tuple(one for one in found if one.days_held or one.days_unknown)


def of_year(instrument: str, year: int, law: LawOn, reach: bool | None = True) -> Year:
    """One control over a calendar year; the year is cut where a status or a value changes.

    ``reach`` None = whether it governs the shipment is not known: the days on which it is in force are then unknown.
    """
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    days = (last - first).days + 1
    held = unknown = unlimited = 0
    cap: Decimal | None = None
    unit = ""
    found: list[Found] = []
    delays: list[Decimal] = []
    chances: list[Decimal] = []
    for start, end in _stretches(law, instrument, first, last):
        length = (end - start).days + 1
        one = _control(law.law[instrument], reach, law, start)
        if one.unknown:
            unknown += length
            continue
        if one.status is not Status.IN_FORCE:
            unlimited += length
            continue
        held += length
        found += one.found
        delays += [one.delay_days] if one.delay_days is not None else []
        chances += [one.probability] if one.probability is not None else []
        if one.cap is None:
            unlimited += length
        else:
            statement = next(f.fact for f in one.found if f.parameter.name == "volume_cap")
            cap = (cap or Decimal(0)) + one.cap * Decimal(length) / Decimal(_period(statement, days))
            unit = one.unit
    return Year(
        instrument, year, law.law[instrument].kind != "import quota", days, held, unknown, unlimited, cap, unit,
        max(delays, default=None), min(chances, default=None), tuple(found),
    )  # fmt: skip


def reaches(one: Instrument, hs: str | None, origin: str, destination: str, item: str | None) -> bool | None:
    """Whether a control reaches a shipment; None where that turns on something not given."""
    if one.kind not in KINDS:
        return False
    return one.covers(hs=hs, origin=origin, destination=destination, item=item)


def licence_problems(law: Law) -> list[str]:
    """Controls whose probability of a licence enters no scenario, or enters with other weights, as sentences; empty if none."""
    wrong = []
    for one in law:
        stated = one.parameters.get("licence_probability")
        if one.kind not in KINDS or stated is None:
            continue
        refusing = [branch for question in one.questions for branch in question.branches if _refuses(branch)]
        if not refusing:
            wrong.append(
                f"{one.id}: a licence may be refused, but no branch of a question says so; add one with volume_cap: 0."
            )
        last = next((fact.value for facts in stated.facts.values() for fact in reversed(facts)), UNKNOWN)
        if isinstance(last, Decimal) and refusing and sum(branch.weight for branch in refusing) != 1 - last / 100:
            wrong.append(
                f"{one.id}: {last} % of applications are granted, but the branches that refuse weigh "
                f"{sum(branch.weight for branch in refusing)}; make it {1 - last / 100}."
            )
    return wrong


def _refuses(branch: Branch) -> bool:
    return branch.patch.get("volume_cap") == 0


def _control(one: Instrument, reach: bool | None, law: LawOn, day: dt.date) -> Control:
    status = law.status(one.id, day)
    fact = law.status_fact(one.id, day)
    source = fact.source if fact else ""
    if status in _IDLE or status in (Status.NONE, Status.PROPOSED, Status.ENACTED):
        return Control(one.id, one.kind, status, source=source)
    found = {
        name: law.find(one.id, name, at=day)
        for name in ("licence_delay", "licence_probability", "volume_cap")
        if name in one.parameters
    }
    values = {name: value for name, value in found.items() if value is not None}
    cap = values.get("volume_cap")
    lost = (cap is not None and cap.value == UNKNOWN) or ("volume_cap" in found and cap is None)
    return Control(
        instrument=one.id,
        kind=one.kind,
        status=status,
        delay_days=_number(values.get("licence_delay")),
        cap=_number(cap),
        unit=cap.parameter.unit if cap and isinstance(cap.value, Decimal) else "",
        probability=_number(values.get("licence_probability")),
        unknown=status is Status.UNKNOWN or reach is None or lost,
        found=tuple(values.values()),
        source=source,
    )


def _number(found: Found | None) -> Decimal | None:
    return found.value if found is not None and isinstance(found.value, Decimal) else None


def _period(statement: Fact, days: int) -> int:
    """Days over which the amount of a cap is spread: its own period if that is at most a year, else the year."""
    if statement.last is None or (length := (statement.last - statement.first).days + 1) > 366:
        return days
    return length


def _stretches(law: LawOn, instrument: str, first: dt.date, last: dt.date) -> Iterator[tuple[dt.date, dt.date]]:
    """The days from first to last, cut wherever a status, a value or an open question of the instrument begins or ends."""
    cuts = law.cuts(instrument) | {question.first for question in law.law[instrument].questions}
    marks = [first, *sorted(day for day in cuts if first < day <= last), last + _DAY]
    for start, end in itertools.pairwise(marks):
        yield start, end - _DAY
