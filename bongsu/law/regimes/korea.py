"""Korea: the credit for national strategic technologies."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import Field

from bongsu.law.finding import Finding, Outcome, Step, together, undetermined
from bongsu.law.instrument import LawOn
from bongsu.law.regime import Regime
from bongsu.law.regimes.national import SHARED, Amount, Facts, condition, in_force, lacking, listed, stopped, times

NST = "kr-nst-credit"


class StrategicTechnology(Facts):
    """Facts of an investment for the credit for national strategic technologies. Money in KRW."""

    invested: dt.date | None = Field(None, description="Day of the investment or expense")
    field: str | None = Field(None, description="Field of technology, as the list of the instrument names it")
    certified: bool | None = Field(
        None, description="Whether the facility or work is one of the designated technologies"
    )
    size: Literal["large", "mid-sized", "small"] | None = Field(
        None, description="Size of the claimant under Korean law"
    )
    spending: Literal["facility", "research"] = Field("facility", description="What the money is spent on")
    amount: Amount | None = Field(None, description="Investment or expense, KRW")
    sunset: Literal["act-2025", "bill-2027"] = Field("act-2025", description="Reading of the sunset for facilities")


def nst_credit(record: StrategicTechnology, law: LawOn) -> Finding:
    """Credit for facilities (one rate) or research (a range): rates in %, amounts in KRW, never paid out."""
    day = record.invested
    gate = in_force(law, NST, day)
    early = stopped(NST, "credit", gate)
    if early is not None or day is None:
        return early or together(NST, "credit", [gate])
    parts = [gate, listed(law, "field", record.field, NST, "fields", day), condition("certified", record.certified)]
    facility = record.spending == "facility"
    if facility:
        parts.append(_sunset(record, law, day))
    if record.size is None or record.field is None:
        return together(NST, "credit", [*parts, undetermined(SHARED, "size", [lacking("size")])])
    names = ("facility_rate",) if facility else ("research_rate_low", "research_rate_high")
    own = f"{record.field} {record.size}"
    rates = [law.find(NST, name, own, day) or law.value(NST, name, record.size, day) for name in names]
    steps = [Step(f"{SHARED}.rate", {}, rate.number, rate.parameter.unit, law=rate) for rate in rates]
    if record.amount is None:
        parts.append(undetermined(SHARED, "cost", [lacking("cost")]))
    whole = together(NST, "credit", parts)
    amounts = {}
    if whole.outcome is Outcome.PASS and record.amount is not None:
        for label, rate in zip(("credit",) if facility else ("least", "most"), rates, strict=True):
            amounts[label] = times(rate.number, record.amount)
            steps.append(Step(f"{SHARED}.credit", {}, amounts[label], "KRW", f"{record.amount} × {rate.number} / 100"))
    return Finding(
        NST, "credit", whole.outcome, rates[0].number, rates[0].parameter.unit, steps=tuple(steps), parts=whole.parts,
        amounts=amounts, switches={"sunset": record.sunset} if facility else {},
    )  # fmt: skip


def _sunset(record: StrategicTechnology, law: LawOn, day: dt.date) -> Finding:
    last = law.value(NST, "sunset", record.sunset, at=day)
    outcome = Outcome.of(day <= dt.date.fromisoformat(str(last.value)))
    step = Step(f"{SHARED}.last-day", {"day": day.isoformat(), "last": str(last.value)}, law=last, outcome=outcome)
    return Finding(SHARED, "sunset", outcome, steps=(step,))


REGIMES = (Regime(NST, StrategicTechnology, nst_credit),)
