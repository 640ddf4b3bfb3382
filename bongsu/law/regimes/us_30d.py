"""Section 30D, the US clean vehicle credit: gates of the vehicle, the three clocks, amounts, and the whole test.

Three dates decide different things: *acquired* whether there is a credit at all, *placed in service* the percentages, the gates and
the bars, *claimed* whether the credit may be transferred to the dealer.

Amount = minerals amount × [minerals test] + components amount × [components test] where all gates are passed and no foreign entity
of concern bars the vehicle. Where the amount still followed capacity (placed in service before 18 April 2023):
base + min(cap, first + rate × (kWh − 5)).
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

import numpy as np
import polars as pl
from pydantic import Field, model_validator

from bongsu.law.finding import Finding, Missing, Outcome, Step, all_of, compare, meets, together, undetermined
from bongsu.law.instrument import Found, LawOn
from bongsu.law.ownership import Country, Percent
from bongsu.law.regime import Regime
from bongsu.law.regimes import us_30d_content as content
from bongsu.law.regimes import us_30d_feoc as concern
from bongsu.law.regimes.us_30d_content import (
    COUNTRIES,
    REGIME_NAME,
    ComponentFacts,
    MineralFacts,
    Money,
    PlacedInService,
    Record,
    closed,
    says,
)
from bongsu.law.tabular import CODES, decide

THE_LAW = "us-30d"
Filing = Literal["joint", "surviving spouse", "head of household", "single", "separate"]


class Clocks(PlacedInService):
    """The dates that decide."""

    acquired: dt.date | None = Field(
        default=None,
        description="Day of the written binding contract with a payment; decides whether there is a credit. None = unknown.",
    )
    claimed: dt.date | None = Field(
        default=None, description="Day on which the credit is claimed or transferred to the dealer; None = unknown."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Clocks:
        if self.placed_in_service is not None:
            if self.acquired is not None and self.acquired > self.placed_in_service:
                raise ValueError(
                    f"acquired is {self.acquired}, after placed_in_service {self.placed_in_service}; mend the dates"
                )
            if self.claimed is not None and self.claimed < self.placed_in_service:
                raise ValueError(
                    f"claimed is {self.claimed}, before placed_in_service {self.placed_in_service}; mend the dates"
                )
        return self


class VehicleFacts(Record):
    """The vehicle, its price, its battery and its buyer; None = unknown."""

    wheels: int | None = Field(default=None, ge=0, description="Number of wheels.")
    gross_weight_lb: Decimal | None = Field(default=None, ge=0, description="Gross vehicle weight rating in lb.")
    battery_kwh: Decimal | None = Field(default=None, ge=0, description="Capacity of the battery in kWh.")
    external_charging: bool | None = Field(
        default=None, description="Whether it can be recharged from an external source."
    )
    final_assembly: Country | None = Field(default=None, description="ISO code of the country of final assembly.")
    qualified_manufacturer: bool | None = Field(
        default=None, description="Whether its maker is a qualified manufacturer."
    )
    new: bool | None = Field(default=None, description="Whether original use begins with the taxpayer.")
    for_resale: bool | None = Field(default=None, description="Whether it was acquired for resale.")
    credit_taken_before: bool | None = Field(
        default=False, description="Whether a credit was allowed for the same vehicle before."
    )
    vehicle_class: Literal["van", "suv", "pickup", "other"] | None = Field(
        default=None, description="Class that decides the price limit."
    )
    msrp: Money | None = Field(default=None, description="Manufacturer's suggested retail price in USD.")
    filing_status: Filing | None = Field(default=None, description="Filing status for the year placed in service.")
    magi: Money | None = Field(
        default=None, description="Modified adjusted gross income of the year placed in service, USD."
    )
    filing_status_prior: Filing | None = Field(
        default=None, description="Filing status of the year before; default: the same."
    )
    magi_prior: Money | None = Field(
        default=None, description="Modified adjusted gross income of the year before, USD."
    )


class Gates(PlacedInService, VehicleFacts):
    """Facts of the vehicle gates."""


class Amount(Clocks):
    """Facts of the amount, with every test already answered: the tabular form of the credit."""

    gates: bool | None = Field(description="Whether the vehicle and its buyer pass all gates; None = unknown.")
    foreign_components: bool | None = Field(
        description="Whether a foreign entity of concern made a component; None = unknown."
    )
    foreign_minerals: bool | None = Field(
        description="Whether one worked on an applicable critical mineral; None = unknown."
    )
    minerals_percent: Percent | None = Field(
        description="Share of critical minerals that qualifies, in percent; None = unknown."
    )
    components_percent: Percent | None = Field(
        description="Share of components made in North America, in percent; None = unknown."
    )
    battery_kwh: Decimal | None = Field(
        default=None, ge=0, description="Capacity in kWh, for vehicles placed in service while the amount followed it."
    )
    capacity_kwh: Literal["whole", "fractional"] = Field(
        default="whole", description="Switch: kilowatt-hours above the fifth count only whole, or with their fractions."
    )


class CleanVehicle(Clocks):
    """All facts of a vehicle for the credit; a part left out is unknown."""

    vehicle: VehicleFacts = Field(default=VehicleFacts(), description="The vehicle and its buyer.")
    minerals: MineralFacts | None = Field(
        default=None, description="Procurement chains of the critical minerals; None = unknown."
    )
    minerals_percent: Percent | None = Field(
        default=None, description="Share of minerals that qualifies, in place of the chains."
    )
    components: ComponentFacts | None = Field(default=None, description="Components of the battery; None = unknown.")
    components_percent: Percent | None = Field(default=None, description="Share of components, in place of the list.")
    foreign: concern.FeocFacts | None = Field(
        default=None, description="Who made what is in the battery; None = unknown."
    )
    foreign_components: bool | None = Field(
        default=None, description="In place of `foreign`: whether one made a component."
    )
    foreign_minerals: bool | None = Field(
        default=None, description="In place of `foreign`: whether one worked on a mineral."
    )
    capacity_kwh: Literal["whole", "fractional"] = Field(
        default="whole", description="Switch: kilowatt-hours above the fifth count only whole, or with their fractions."
    )
    transferred: bool = Field(default=False, description="Whether the credit is transferred to the dealer.")
    tax_before_credit: Money | None = Field(
        default=None,
        description="Tax that the credit can reduce, USD: it is not refunded beyond that. None = not asked.",
    )

    @model_validator(mode="after")
    def _one_way(self) -> CleanVehicle:
        for name in ("minerals", "components"):
            if getattr(self, name) is not None and getattr(self, f"{name}_percent") is not None:
                raise ValueError(f"{name} and {name}_percent are both given; give one of the two")
        if self.foreign is not None and (self.foreign_components is not None or self.foreign_minerals is not None):
            raise ValueError("foreign and foreign_components or foreign_minerals are both given; give one of the two")
        if self.transferred and self.claimed is None:
            raise ValueError(
                "claimed is missing; the day of the transfer decides whether the credit may be transferred"
            )
        return self


# --- clocks ------------------------------------------------------------------------------------------------------------------


def clocks(record: Clocks, law: LawOn) -> Finding:
    """Whether there is a credit at all, by the day acquired and the day placed in service."""
    placed = record.placed_in_service
    stopped = closed("clocks", placed, law)
    if stopped or placed is None:
        return stopped or undetermined(REGIME_NAME, "clocks", [])
    # A vehicle is acquired no later than it is placed in service, and the credit ended once and for all.
    day = record.acquired or placed
    live = law.in_force(THE_LAW, at=day)
    args = {"day": str(day)}
    step = Step("us-30d.clocks.acquired" if record.acquired else "us-30d.clocks.placed", args, outcome=Outcome.of(live))
    if live:
        return Finding(REGIME_NAME, "clocks", Outcome.PASS, steps=(step,))
    if live is None or record.acquired is None:
        step = Step(step.what, args, outcome=Outcome.UNDETERMINED)
        return undetermined(REGIME_NAME, "clocks", [Missing("us-30d.missing.acquired")], [step])
    return Finding(REGIME_NAME, "clocks", Outcome.FAIL, steps=(step,))


# --- gates -------------------------------------------------------------------------------------------------------------------


def test_gates(record: Gates, law: LawOn) -> Finding:
    """Every gate of the vehicle and its buyer."""
    return gates(record, record.placed_in_service, law)


def gates(facts: VehicleFacts, placed: dt.date | None, law: LawOn) -> Finding:
    """Every gate, each a finding of its own."""
    stopped = closed("gates", placed, law)
    if stopped or placed is None:
        return stopped or undetermined(REGIME_NAME, "gates", [])
    at = placed

    def limit(parameter: str, key: str = "*") -> Found:
        return law.value(THE_LAW, parameter, key, at=at)

    wheels = None if facts.wheels is None else Decimal(facts.wheels)
    assembled = (
        (None, None)
        if facts.final_assembly is None
        else says(law, COUNTRIES, "north_america", placed, facts.final_assembly)
    )
    parts = [
        _number("wheels", wheels, limit("wheels")),
        _number("gross_weight", facts.gross_weight_lb, limit("gross_weight")),
        _number("battery", facts.battery_kwh, limit("battery_capacity")),
        _flag("charging", facts.external_charging),
        _flag("assembly", assembled[0], assembled[1]),
        _flag("manufacturer", facts.qualified_manufacturer),
        _flag("new", facts.new),
        _flag("resale", None if facts.for_resale is None else not facts.for_resale),
        _flag("once", None if facts.credit_taken_before is None else not facts.credit_taken_before),
        _price(facts, placed, law),
        _income(facts, placed, law),
    ]
    return together(REGIME_NAME, "gates", parts)


def _number(gate: str, figure: Decimal | None, threshold: Found) -> Finding:
    name = f"gates.{gate}"
    if figure is None:
        return undetermined(REGIME_NAME, name, [Missing(f"us-30d.missing.{gate}")], threshold=threshold)
    return compare(REGIME_NAME, name, figure, threshold, meets(figure, threshold), unit=threshold.parameter.unit)


def _flag(gate: str, passes: bool | None, law: Found | None = None) -> Finding:
    name = f"gates.{gate}"
    if passes is None:
        return undetermined(REGIME_NAME, name, [Missing(f"us-30d.missing.{gate}")])
    outcome = Outcome.of(passes)
    return Finding(REGIME_NAME, name, outcome, steps=(Step(f"us-30d.gates.{gate}.is", law=law, outcome=outcome),))


def _price(facts: VehicleFacts, placed: dt.date, law: LawOn) -> Finding:
    if facts.msrp is None:
        return undetermined(REGIME_NAME, "gates.price", [Missing("us-30d.missing.price")])
    if facts.vehicle_class is not None:
        return _number("price", facts.msrp, law.value(THE_LAW, "price", facts.vehicle_class, at=placed))
    verdicts = [_number("price", facts.msrp, limit) for limit in _each(law, "price", placed)]
    return _agreed(verdicts, "us-30d.missing.class")


def _income(facts: VehicleFacts, placed: dt.date, law: LawOn) -> Finding:
    """The lesser of two years: it passes where either year does, each against the limit of its own filing status."""
    now = _income_of(facts.magi, facts.filing_status, placed, law)
    prior = _income_of(facts.magi_prior, facts.filing_status_prior or facts.filing_status, placed, law)
    for one in (now, prior):
        if one.outcome is Outcome.PASS:
            return one
    return prior if now.outcome is Outcome.FAIL else now


def _income_of(magi: Decimal | None, status: str | None, placed: dt.date, law: LawOn) -> Finding:
    if magi is None:
        return undetermined(REGIME_NAME, "gates.income", [Missing("us-30d.missing.income")])
    if status is not None:
        return _number("income", magi, law.value(THE_LAW, "income", status, at=placed))
    return _agreed([_number("income", magi, limit) for limit in _each(law, "income", placed)], "us-30d.missing.filing")


def _each(law: LawOn, parameter: str, placed: dt.date) -> list[Found]:
    keys = law.law[THE_LAW].parameters[parameter].keys
    return [law.value(THE_LAW, parameter, key, at=placed) for key in keys]


def _agreed(verdicts: list[Finding], missing: str) -> Finding:
    """The verdict where it is the same under every key; else the key is missing."""
    if len({one.outcome for one in verdicts}) == 1:
        return verdicts[0]
    return undetermined(REGIME_NAME, verdicts[0].test, [Missing(missing)])


# --- amount ------------------------------------------------------------------------------------------------------------------


def test_amount(record: Amount, law: LawOn) -> Finding:
    """The credit where every test is already answered."""
    placed = record.placed_in_service
    parts = [
        clocks(record, law),
        _given("gates", record.gates, "us-30d.missing.gates"),
        _bars(record.foreign_components, record.foreign_minerals, placed, law),
        _percent("minerals", record.minerals_percent, placed, law),
        _percent("components", record.components_percent, placed, law),
    ]
    return _credit(parts, placed, record.battery_kwh, record.capacity_kwh, law, test="amount")


def _given(name: str, passes: bool | None, missing: str) -> Finding:
    lacks = () if passes is not None else (Missing(missing),)
    return Finding(REGIME_NAME, name, Outcome.of(passes), missing=lacks)


def _bars(components: bool | None, minerals: bool | None, placed: dt.date | None, law: LawOn) -> Finding:
    """Bars by foreign entities of concern, each from its own day."""
    stopped = closed("feoc", placed, law)
    if stopped or placed is None:
        return stopped or undetermined(REGIME_NAME, "feoc", [])
    parts = []
    for name, present in (("components", components), ("minerals", minerals)):
        barred = law.value(concern.FEOC, f"{name}_barred", at=placed)
        passes = True if barred.value != "yes" else None if present is None else not present
        step = Step(f"us-30d.feoc.given.{name}", {"day": str(placed)}, law=barred, outcome=Outcome.of(passes))
        lacks = () if passes is not None else (Missing(f"us-30d.feoc.missing.{name}"),)
        parts.append(Finding(REGIME_NAME, f"feoc.{name}", step.outcome or Outcome.PASS, steps=(step,), missing=lacks))
    return together(REGIME_NAME, "feoc", parts)


def _percent(name: str, figure: Decimal | None, placed: dt.date | None, law: LawOn) -> Finding:
    stopped = closed(name, placed, law)
    if stopped or placed is None:
        return stopped or undetermined(REGIME_NAME, name, [])
    stopped = content.no_content(name, placed, law)
    if stopped:
        return stopped
    threshold = law.value(THE_LAW, f"{name}_share", at=placed)
    if figure is None:
        return undetermined(REGIME_NAME, name, [Missing(f"us-30d.{name}.missing.percent")], threshold=threshold)
    return compare(REGIME_NAME, name, figure, threshold, meets(figure, threshold))


def _credit(
    parts: list[Finding], placed: dt.date | None, kwh: Decimal | None, reading: str, law: LawOn, test: str = "credit"
) -> Finding:
    """Amount earned: least and most where something is unknown, decided where the two agree.

    Passes where something is earned, fails where nothing is; undetermined where the amount cannot be said.
    """
    gate = all_of(part.outcome for part in parts[:3])
    switches = {name: reading for part in parts for name, reading in part.switches.items()}
    if gate is Outcome.FAIL:
        whole = Finding(REGIME_NAME, test, Outcome.FAIL, Decimal(0), "USD", parts=tuple(parts), switches=switches)
        return _with_amounts(whole, {"credit": Decimal(0)})
    if placed is None or law.find(THE_LAW, "form", at=placed) is None:
        return Finding(REGIME_NAME, test, Outcome.UNDETERMINED, parts=tuple(parts), switches=switches)
    if law.value(THE_LAW, "form", at=placed).value == "capacity":
        parts = parts[:3]
        switches["capacity_kwh"] = reading
        low, high, steps, missing = _by_capacity(kwh, reading, placed, law)
        amounts = {"capacity": low}
    else:
        low, high, steps, amounts = _by_content(parts, placed, law)
        missing = ()
    if gate is Outcome.UNDETERMINED:
        low = Decimal(0)
    if low != high:
        ends = {"least": low, "most": high}
        return Finding(
            REGIME_NAME, test, Outcome.UNDETERMINED, None, "USD", None, steps, missing, switches, tuple(parts), ends
        )
    outcome = Outcome.PASS if low > 0 else Outcome.FAIL
    whole = Finding(REGIME_NAME, test, outcome, low, "USD", None, steps, (), switches, tuple(parts))
    return _with_amounts(whole, {**amounts, "credit": low})


def _with_amounts(finding: Finding, amounts: Mapping[str, Decimal]) -> Finding:
    return Finding(
        finding.regime, finding.test, finding.outcome, finding.figure, finding.unit, finding.threshold, finding.steps,
        finding.missing, finding.switches, finding.parts, dict(amounts),
    )  # fmt: skip


def _by_content(
    parts: list[Finding], placed: dt.date, law: LawOn
) -> tuple[Decimal, Decimal, tuple[Step, ...], dict[str, Decimal]]:
    low = high = Decimal(0)
    steps = []
    amounts = {}
    for part in parts[3:]:
        amount = law.value(THE_LAW, f"{part.test}_amount", at=placed)
        least = amount.number if part.outcome is Outcome.PASS else Decimal(0)
        most = Decimal(0) if part.outcome is Outcome.FAIL else amount.number
        low, high = low + least, high + most
        amounts[part.test] = least
        steps.append(Step(f"us-30d.credit.{part.test}", {}, amount.number, "USD", law=amount, outcome=part.outcome))
    return low, high, tuple(steps), amounts


def _by_capacity(
    kwh: Decimal | None, reading: str, placed: dt.date, law: LawOn
) -> tuple[Decimal, Decimal, tuple[Step, ...], tuple[Missing, ...]]:
    """Base, and so much more per kilowatt-hour: ``base + min(cap, first + rate × (kWh − from))``."""

    def number(name: str) -> Decimal:
        return law.value(THE_LAW, f"capacity_{name}", at=placed).number

    base, cap = number("base"), number("cap")
    if kwh is None:
        return base, base + cap, (), (Missing("us-30d.missing.battery"),)
    above = kwh - number("from")
    more = Decimal(0)
    if above >= 0:
        counted = Decimal(math.floor(above)) if reading == "whole" else above
        more = min(cap, number("first") + number("rate") * counted)
    working = f"{base:f} + {more:f}"
    found = law.value(THE_LAW, "capacity_rate", at=placed)
    step = Step("us-30d.credit.capacity", {"kwh": kwh}, base + more, "USD", working, found)
    return base + more, base + more, (step,), ()


# --- the whole ---------------------------------------------------------------------------------------------------------------


def test(record: CleanVehicle, law: LawOn) -> Finding:
    """The whole credit: clocks, gates, foreign entities of concern, minerals, components, amount, transfer."""
    placed = record.placed_in_service
    if record.foreign is None:
        bars = _bars(record.foreign_components, record.foreign_minerals, placed, law)
    else:
        bars = concern.feoc(record.foreign, placed, law)
    parts = [
        clocks(record, law),
        gates(record.vehicle, placed, law),
        bars,
        _percent("minerals", record.minerals_percent, placed, law)
        if record.minerals is None
        else content.minerals(record.minerals, placed, law),
        _percent("components", record.components_percent, placed, law)
        if record.components is None
        else content.components(record.components, placed, law),
    ]
    whole = _credit(parts, placed, record.vehicle.battery_kwh, record.capacity_kwh, law)
    return _use(record, whole, law)


def _use(record: CleanVehicle, whole: Finding, law: LawOn) -> Finding:
    """Adds what the taxpayer can use: the whole credit where it is transferred, else no more than the tax."""
    if whole.figure is None or not (record.transferred or record.tax_before_credit is not None):
        return whole
    amounts = dict(whole.amounts)
    step = None
    if record.transferred and record.claimed is not None:
        allowed, found = says(law, THE_LAW, "transfer", record.claimed)
        step = Step("us-30d.transfer", {"day": str(record.claimed)}, law=found, outcome=Outcome.of(allowed))
        if allowed:
            amounts["usable"] = whole.figure
    if "usable" not in amounts and record.tax_before_credit is not None:
        amounts["usable"] = min(whole.figure, record.tax_before_credit)
    added = _with_amounts(whole, amounts)
    if step is None:
        return added
    return Finding(
        added.regime, added.test, added.outcome, added.figure, added.unit, None, (*added.steps, step), added.missing,
        added.switches, added.parts, amounts,
    )  # fmt: skip


# --- on tables ---------------------------------------------------------------------------------------------------------------


def table(frame: pl.DataFrame, law: LawOn) -> pl.DataFrame:
    """:func:`test_amount` on a frame with one column per field; adds ``outcome`` and ``figure`` (USD, null where undetermined).

    ``acquired``, ``claimed``, ``battery_kwh`` and ``capacity_kwh`` may be left out. Law is asked once per distinct date; a
    percentage nearer its threshold than rounding reaches is decided exactly.
    """
    count = frame.height
    for name in ("acquired", "claimed", "battery_kwh"):
        if name not in frame.columns:
            frame = frame.with_columns(pl.lit(None).alias(name))
    if "capacity_kwh" not in frame.columns:
        frame = frame.with_columns(pl.lit("whole").alias("capacity_kwh"))
    _check(frame)
    place = {day: i for i, day in enumerate(frame["placed_in_service"].unique())}
    index = np.fromiter((place[day] for day in frame["placed_in_service"]), dtype=np.int64, count=count)
    # Kleene truths as codes of outcomes; the gates of every row.
    gate = np.full(count, CODES.index(Outcome.PASS), dtype=np.int8)
    low, high = np.zeros(count), np.zeros(count)
    pairs = frame.select("acquired", "placed_in_service").unique()
    verdicts = {
        (a, p): CODES.index(clocks(Clocks(acquired=a, placed_in_service=p), law).outcome) for a, p in pairs.iter_rows()
    }
    gate = np.fromiter(
        (verdicts[pair] for pair in zip(frame["acquired"], frame["placed_in_service"], strict=True)), np.int8, count
    )
    gate = _and(gate, _codes(frame["gates"], positive=True))
    facts = [_dated(day, law) for day in place]
    exact = {name: _exact(frame, name, law) for name in ("minerals", "components")}
    for name in ("components", "minerals"):
        barred = np.array([one[f"{name}_barred"] for one in facts], dtype=bool)[index]
        bar = np.where(barred, _codes(frame[f"foreign_{name}"], positive=False), CODES.index(Outcome.PASS))
        gate = _and(gate, bar)
        threshold = np.array([one[f"{name}_share"] for one in facts], dtype=float)[index]
        amount = np.array([one[f"{name}_amount"] for one in facts], dtype=float)[index]
        figure = frame[f"{name}_percent"].cast(pl.Float64).to_numpy()
        code = decide(figure, threshold, _met(law, name), exact[name], known=~np.isnan(figure) & ~np.isnan(threshold))
        low += np.where(code == CODES.index(Outcome.PASS), amount, 0.0)
        high += np.where(code == CODES.index(Outcome.FAIL), 0.0, amount)
    _add_capacity(frame, facts, index, low, high)
    fails = gate == CODES.index(Outcome.FAIL)
    low[gate != CODES.index(Outcome.PASS)] = 0.0
    high[fails] = 0.0
    figure = np.where(low == high, low, np.nan)
    code = np.where(np.isnan(figure), CODES.index(Outcome.UNDETERMINED), (figure > 0).astype(np.int8))
    return frame.with_columns(
        pl.Series("outcome", [CODES[one].value for one in code], dtype=pl.String),
        pl.Series("figure", figure).fill_nan(None),
    )


_SHARES = ("minerals_share", "components_share", "minerals_amount", "components_amount")
_CAPACITY = ("capacity_base", "capacity_from", "capacity_first", "capacity_rate", "capacity_cap")


def _dated(day: dt.date | None, law: LawOn) -> dict[str, float]:
    """What the table needs of the law for one day placed in service; NaN where there is nothing, bars as 0 or 1."""
    numbers = dict.fromkeys((*_SHARES, *_CAPACITY), math.nan) | {"minerals_barred": 0.0, "components_barred": 0.0}
    if day is None or law.find(THE_LAW, "form", at=day) is None:
        return numbers
    live = _SHARES if law.value(THE_LAW, "form", at=day).value == "content" else _CAPACITY
    numbers |= {name: float(law.value(THE_LAW, name, at=day).number) for name in live}
    if live is _CAPACITY:
        numbers |= dict.fromkeys(("minerals_amount", "components_amount"), 0.0)
    for name in ("minerals_barred", "components_barred"):
        numbers[name] = float(law.value(concern.FEOC, name, at=day).value == "yes")
    return numbers


def _add_capacity(frame: pl.DataFrame, facts: list[dict[str, float]], index: Any, low: Any, high: Any) -> None:
    """Adds to least and most what the rows earn whose amount follows capacity."""
    base, start, first, rate, cap = (np.array([one[name] for one in facts], dtype=float)[index] for name in _CAPACITY)
    kwh = frame["battery_kwh"].cast(pl.Float64).to_numpy()
    above = kwh - start
    counted = np.where((frame["capacity_kwh"] == "whole").to_numpy(), np.floor(above), above)
    more = np.where(above >= 0, np.minimum(cap, first + rate * counted), 0.0)
    follows = ~np.isnan(base)
    low[follows] += (base + np.where(np.isnan(kwh), 0.0, more))[follows]
    high[follows] += (base + np.where(np.isnan(kwh), cap, more))[follows]


def _exact(frame: pl.DataFrame, name: str, law: LawOn) -> Any:
    known: dict[tuple[float, dt.date], Outcome] = {}
    figures, days = frame[f"{name}_percent"], frame["placed_in_service"]

    def one(row: int) -> Outcome:
        key = (figures[row], days[row])
        if key not in known:
            known[key] = _percent(name, Decimal(str(key[0])), key[1], law).outcome
        return known[key]

    return one


def _met(law: LawOn, name: str) -> str:
    return law.law[THE_LAW].parameters[f"{name}_share"].met


def _codes(column: pl.Series, positive: bool) -> np.ndarray[Any, np.dtype[np.int8]]:
    """Yes/no/unknown as codes of outcomes."""
    values = column.cast(pl.Boolean).cast(pl.Int8)
    passes = values if positive else 1 - values
    return passes.fill_null(CODES.index(Outcome.UNDETERMINED)).to_numpy().astype(np.int8)


def _and(a: Any, b: Any) -> np.ndarray[Any, np.dtype[np.int8]]:
    """Kleene's and, on codes."""
    fail, unknown = CODES.index(Outcome.FAIL), CODES.index(Outcome.UNDETERMINED)
    either = np.where((a == unknown) | (b == unknown), unknown, CODES.index(Outcome.PASS))
    return np.where((a == fail) | (b == fail), fail, either).astype(np.int8)


def _check(frame: pl.DataFrame) -> None:
    """The same refusals as the record makes, for the columns of a table.

    Raises:
        ValueError: a column is missing, or a percentage is not between 0 and 100.
    """
    for name in Amount.model_fields:
        if name not in frame.columns:
            raise ValueError(f"the column {name} is missing; {Amount.model_fields[name].description}")
    for name in ("minerals_percent", "components_percent"):
        wrong = frame.filter((pl.col(name) < 0) | (pl.col(name) > 100))
        if wrong.height:
            raise ValueError(f"{name} is {wrong[name][0]}; a percentage lies between 0 and 100")


GATES_REGIME = Regime("us-30d-gates", Gates, test_gates)
AMOUNT_REGIME = Regime("us-30d-amount", Amount, test_amount, table)
REGIME = Regime("us-30d", CleanVehicle, test)
#: All regimes of the section: the whole, and its tests one by one.
REGIMES = (
    REGIME,
    GATES_REGIME,
    content.MINERALS_REGIME,
    content.COMPONENTS_REGIME,
    concern.FEOC_REGIME,
    AMOUNT_REGIME,
)
