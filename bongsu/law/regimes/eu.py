"""European Union: recycled content, recovery and passports of batteries (Regulation (EU) 2023/1542)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import Field, model_validator

from bongsu.law.finding import Finding, Missing, Outcome, Step, compare, percent, ratio_meets, together, undetermined
from bongsu.law.instrument import Found, LawOn
from bongsu.law.regime import Regime
from bongsu.law.regimes.national import SHARED, Amount, Facts, figure, in_force, lacking, listed, stopped

CONTENT, RECOVERY, PASSPORT = "eu-battery-recycled-content", "eu-battery-recovery", "eu-battery-passport"
REGIME_CONTENT, REGIME_RECOVERY, REGIME_PASSPORT = "eu-recycled-content", "eu-recovery", "eu-passport"
Kind = Literal["ev", "industrial", "lmt", "sli", "portable"]


class Metal(Facts):
    """Mass of one metal, in any one unit."""

    total: Amount | None = Field(
        None, description="Mass where the metal is measured: see measured_in of the instrument"
    )
    part: Amount | None = Field(None, description="Mass of it that is recovered")

    @model_validator(mode="after")
    def _part_of_total(self) -> Metal:
        if self.total is not None and self.part is not None and self.part > self.total:
            raise ValueError(f"the recovered mass of {self.part} is more than the whole of {self.total}")
        return self


class RecycledContent(Facts):
    """A battery model, year and plant, for its recycled content."""

    placed_on_market: dt.date | None = Field(None, description="Day on which the battery is placed on the EU market")
    battery: Kind | None = Field(None, description="Kind of battery")
    capacity_kwh: Amount | None = Field(None, description="Capacity, kWh; asked of industrial batteries only")
    active_material: Mapping[str, Metal] = Field(
        default_factory=dict,
        description="Cobalt, lithium and nickel in the active materials; one that is left out and not absent is unknown",
    )
    absent: tuple[str, ...] = Field(
        default=(), description="Metals that are not in the active materials, such as cobalt and nickel of LFP"
    )
    battery_total: Mapping[str, Metal] = Field(
        default_factory=dict, description="Lead in the whole battery; left out where there is none"
    )


class Recovery(Facts):
    """A recycler's year."""

    day: dt.date | None = Field(None, description="Last day of the year reported")
    metals: Mapping[str, Metal] = Field(description="Mass in the waste treated and mass recovered, by metal")


class Passport(Facts):
    """A battery, for its passport."""

    placed_on_market: dt.date | None = Field(None, description="Day on which the battery is placed on the EU market")
    battery: Kind | None = Field(None, description="Kind of battery")
    capacity_kwh: Amount | None = Field(None, description="Capacity, kWh; asked of industrial batteries only")
    has_passport: bool | None = Field(None, description="Whether it has one")


def _governed(record: RecycledContent | Passport, law: LawOn, instrument: str, day: dt.date) -> Finding:
    """Whether a kind of battery, and an industrial one by its capacity, is governed."""
    kind = listed(law, "battery", record.battery, instrument, "batteries", day)
    if record.battery != "industrial" or kind.outcome is not Outcome.PASS:
        return kind
    size = figure(law, "capacity", record.capacity_kwh, instrument, "industrial_capacity", day)
    return together(SHARED, "governed", [kind, size])


def _free(regime: str, gate: Finding) -> Finding:
    """Nothing is required: that passes, and says why."""
    step = Step(f"{SHARED}.not-required", {}, outcome=Outcome.PASS)
    return Finding(regime, "target", Outcome.PASS, steps=(*gate.steps, step))


def _target(regime: str, law: LawOn, instrument: str, day: dt.date | None, governed: Finding | None) -> Finding | None:
    """The finding where the target does not bind or where that is not known; None where it binds."""
    gate = in_force(law, instrument, day)
    if gate.outcome is Outcome.FAIL:
        return _free(regime, gate)
    early = stopped(regime, "target", gate)
    if early is not None or governed is None:
        return early
    if governed.outcome is Outcome.FAIL:
        return _free(regime, governed)
    return stopped(regime, "target", gate, governed)


def _metal(regime: str, name: str, metal: Metal, minimum: Found, where: str) -> Finding:
    missing = [
        Missing(f"{SHARED}.missing.metal-{part}", {"metal": name})
        for part, mass in (("total", metal.total), ("part", metal.part))
        if mass is None
    ]
    if missing or metal.total is None or metal.part is None:
        return undetermined(regime, "metal", missing)
    if metal.total == 0:
        return Finding(regime, "metal", Outcome.PASS, steps=(Step(f"{SHARED}.no-metal", {"metal": name}),))
    share = percent(metal.part, metal.total)
    step = Step(f"{SHARED}.metal", {"metal": name, "where": where}, share, "%", f"{metal.part} / {metal.total} × 100")
    return compare(regime, "metal", share, minimum, ratio_meets(metal.part, metal.total, minimum), [step])


def recycled_content(record: RecycledContent, law: LawOn) -> Finding:
    """Each metal by itself: cobalt, lithium, nickel in the active materials, lead in the battery. Figure: none."""
    day = record.placed_on_market
    bound = day is not None and law.in_force(CONTENT, day) is True
    governed = _governed(record, law, CONTENT, day) if bound and day is not None else None
    early = _target(REGIME_CONTENT, law, CONTENT, day, governed)
    if early is not None or day is None:
        return early or together(REGIME_CONTENT, "target", [in_force(law, CONTENT, day)])
    parts = []
    for place, metals in (("active material", record.active_material), ("battery", record.battery_total)):
        for name, metal in metals.items():
            where = law.find(CONTENT, "measured_in", name, day)
            minimum = law.find(CONTENT, "minimum", name, day)
            if where is None or minimum is None:
                continue
            if where.value != place:
                missing = Missing(f"{SHARED}.missing.denominator", {"metal": name, "where": str(where.value)})
                parts.append(undetermined(REGIME_CONTENT, "metal", [missing]))
            else:
                parts.append(_metal(REGIME_CONTENT, name, metal, minimum, place))
    if not parts:
        return undetermined(REGIME_CONTENT, "target", [lacking("metals")])
    return together(REGIME_CONTENT, "target", [*parts, *_unsaid(record, law, day)])


def _unsaid(record: RecycledContent, law: LawOn, day: dt.date) -> Iterator[Finding]:
    """Metals with a share in the active materials of which it is not said whether the battery has any."""
    for name in law.law[CONTENT].parameters["measured_in"].keys:
        where, minimum = law.find(CONTENT, "measured_in", name, day), law.find(CONTENT, "minimum", name, day)
        said = name in record.active_material or name in record.absent
        if where is not None and minimum is not None and where.value == "active material" and not said:
            yield _metal(REGIME_CONTENT, name, Metal(total=None, part=None), minimum, str(where.value))


def recovery(record: Recovery, law: LawOn) -> Finding:
    """Each metal's recovered share of what the treated waste held."""
    day = record.day
    early = _target(REGIME_RECOVERY, law, RECOVERY, day, None)
    if early is not None or day is None:
        return early or together(REGIME_RECOVERY, "target", [in_force(law, RECOVERY, day)])
    parts = []
    for name, metal in record.metals.items():
        minimum = law.find(RECOVERY, "minimum", name, day)
        if minimum is not None:
            parts.append(_metal(REGIME_RECOVERY, name, metal, minimum, "waste"))
    if not parts:
        return undetermined(REGIME_RECOVERY, "target", [lacking("metals")])
    return together(REGIME_RECOVERY, "target", parts)


def passport(record: Passport, law: LawOn) -> Finding:
    """Whether a battery has the passport that it needs on the day it is placed on the market."""
    day = record.placed_on_market
    bound = day is not None and law.in_force(PASSPORT, day) is True
    governed = _governed(record, law, PASSPORT, day) if bound and day is not None else None
    early = _target(REGIME_PASSPORT, law, PASSPORT, day, governed)
    if early is not None or governed is None:
        return early or together(REGIME_PASSPORT, "target", [in_force(law, PASSPORT, day)])
    needed = Step(f"{SHARED}.passport-needed", {})
    if record.has_passport is None:
        return undetermined(REGIME_PASSPORT, "target", [lacking("passport")], [needed], parts=(governed,))
    outcome = Outcome.of(record.has_passport)
    return Finding(REGIME_PASSPORT, "target", outcome, steps=(needed,), parts=(governed,))


REGIMES = (
    Regime(REGIME_CONTENT, RecycledContent, recycled_content),
    Regime(REGIME_RECOVERY, Recovery, recovery),
    Regime(REGIME_PASSPORT, Passport, passport),
)
