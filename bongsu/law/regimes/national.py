"""What the tests of credits and targets share: is the instrument in force, is a condition met, is a figure known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from bongsu.law.finding import Finding, Missing, Outcome, Step, compare, meets, undetermined
from bongsu.law.instrument import LawOn, Status

#: Regime of the parts that several tests share; their phrases are in ``words/national.csv``.
SHARED = "national"

Percent = Annotated[Decimal, Field(ge=0, le=100)]
Amount = Annotated[Decimal, Field(ge=0)]


class Facts(BaseModel):
    """A record of facts: nothing unknown to the record, nothing changed afterwards; None = not known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def lacking(what: str, **args: Any) -> Missing:
    """A missing fact by the name of its phrase."""
    return Missing(f"{SHARED}.missing.{what}", args)


def in_force(law: LawOn, instrument: str, day: dt.date | None) -> Finding:
    """Whether an instrument is in force on the day that decides; undetermined without a day or with an unknown status."""
    own = law.law[instrument]
    if day is None:
        return undetermined(SHARED, "in-force", [lacking("day", clock=clock_name(own.clock))])
    status = law.status(instrument, day)
    verdict = law.in_force(instrument, day)
    words = {"instrument": own.title, "day": day.isoformat(), "citation": own.citation}
    step = Step(f"{SHARED}.status.{status}", words, outcome=Outcome.of(verdict))
    missing = (lacking("status", **words),) if status is Status.UNKNOWN else ()
    return Finding(SHARED, "in-force", Outcome.of(verdict), steps=(step,), missing=missing)


def clock_name(clock: str) -> Mapping[str, str]:
    """A deciding date in words, by language."""
    from bongsu.law.words import LANGUAGES, phrase

    return {language: phrase(f"{SHARED}.clock.{clock}", language) for language in LANGUAGES}


def condition(test: str, verdict: bool | None) -> Finding:
    """A condition that is stated as met, stated as not met, or not known."""
    if verdict is None:
        return undetermined(SHARED, test, [lacking(test)])
    return Finding(SHARED, test, Outcome.of(verdict))


def figure(
    law: LawOn,
    test: str,
    value: Decimal | None,
    instrument: str,
    parameter: str,
    day: dt.date,
    key: str = "*",
    steps: Iterable[Step] = (),
) -> Finding:
    """A figure against a threshold of law, in the unit of the threshold."""
    threshold = law.value(instrument, parameter, key, at=day)
    if value is None:
        return undetermined(SHARED, test, [lacking(test)], steps)
    return compare(SHARED, test, value, threshold, meets(value, threshold), steps, unit=threshold.parameter.unit)


def listed(law: LawOn, test: str, value: str | None, instrument: str, parameter: str, day: dt.date) -> Finding:
    """Whether a name stands in a list of law."""
    found = law.value(instrument, parameter, at=day)
    if value is None:
        return undetermined(SHARED, test, [lacking(test)])
    outcome = Outcome.of(value in found.list)
    step = Step(f"{SHARED}.listed", {"name": value, "list": found.list}, law=found, outcome=outcome)
    return Finding(SHARED, test, outcome, steps=(step,))


def times(rate: Decimal, base: Decimal) -> Decimal:
    """A percentage of an amount, exact."""
    return rate * base / 100


def stopped(regime: str, test: str, *parts: Finding) -> Finding | None:
    """The whole finding where a first part already settles it; None where one must look further."""
    from bongsu.law.finding import together

    whole = together(regime, test, parts)
    return None if whole.outcome is Outcome.PASS else whole
