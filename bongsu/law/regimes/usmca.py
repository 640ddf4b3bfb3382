"""USMCA origin by value: regional value content of a good, and the four tests of a vehicle.

Formulas: RVC = (TV − VNM) / TV × 100 and RVC = (NC − VNM) / NC × 100 (19 USC 4531(c)); value of materials and roll-up
(19 USC 4531(d)); core parts, labour value content, steel and aluminium (Appendix to Annex 4-B, articles 3, 6 and 7).

A value of non-originating materials above the transaction value or net cost is not an error (a good may be sold below the cost
of its materials): the content is then negative, and fails.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Annotated, Literal, Self

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict, Field, model_validator

from bongsu.law.finding import (
    Finding,
    Missing,
    Outcome,
    Step,
    all_of,
    any_of,
    compare,
    meets,
    percent,
    ratio_meets,
    together,
    undetermined,
)
from bongsu.law.instrument import Found, LawOn, Status
from bongsu.law.regime import Regime
from bongsu.law.spans import stand_ins
from bongsu.law.tabular import CODES, Floats, decide
from bongsu.law.words import LANGUAGES, phrase

GENERAL, AUTOMOTIVE = "usmca-origin", "usmca-automotive"
#: Class of a good without a threshold of its own: the content that stands in for a tariff shift.
FALLBACK = "fallback"
#: Class of a battery of 8507.60 that drives a vehicle: its rule is an open question.
TRACTION_BATTERY = "traction_battery"
ZERO, ONE = Decimal(0), Decimal(1)

Money = Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]
Percent = Annotated[Decimal, Field(ge=0, le=100, allow_inf_nan=False)]
Method = Literal["tv", "nc", "either"]
Rollup = Literal["panel", "us_position"]


class Record(BaseModel):
    """A record of facts: unknown names are refused, and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Material(Record):
    """A material used in the production of a good; amounts in one currency per unit of the good."""

    name: str = Field(description="What it is called in the explanation.")
    value: Money | None = Field(
        default=None,
        description="Value: if imported by the producer, transaction value with international freight; if bought in the "
        "territory, price paid; if self-made, all expenses and a normal profit. None = unknown.",
    )
    originating: bool | None = Field(default=None, description="Whether it is originating; None = unknown.")
    freight: Money = Field(
        default=ZERO,
        description="Inbound freight, insurance and packing in the value, if deducted.",
    )
    duties: Money = Field(
        default=ZERO,
        description="Duties, taxes and brokerage paid in the territory, not refundable, if deducted.",
    )
    waste: Money = Field(default=ZERO, description="Waste and spoilage less the value of scrap, if deducted.")
    regional: Money = Field(
        default=ZERO,
        description="Of a non-originating material: value of regional processing and of originating inputs in it.",
    )
    non_originating: Money | None = Field(
        default=None,
        description="Of an originating material: value of the non-originating inputs in it (left out by roll-up).",
    )
    core_part: bool = Field(default=False, description="A core part of a vehicle: the reading of roll-up bears on it.")
    intermediate: bool = Field(default=False, description="Self-produced and designated as an intermediate material.")
    needs_rvc: bool = Field(default=False, description="Whether its own origin rests on a regional value content.")
    made_of: tuple[Material, ...] = Field(default=(), description="Materials of a self-produced material.")

    @model_validator(mode="after")
    def _sums(self) -> Self:
        taken = self.freight + self.duties + self.waste + self.regional
        if self.value is not None and taken > self.value:
            raise ValueError(
                f"{self.name}: deductions and regional value come to {taken}, more than its value {self.value}; "
                "give amounts that are contained in the value"
            )
        if self.value is not None and self.non_originating is not None and self.non_originating > self.value:
            raise ValueError(f"{self.name}: its non-originating inputs are worth more than the material itself")
        if self.intermediate and self.needs_rvc and any(_designated(one) for one in self.made_of):
            raise ValueError(
                f"{self.name}: a material inside an intermediate material cannot be designated too where both need a "
                "regional value content; designate one of them"
            )
        return self


def _designated(material: Material) -> bool:
    return (material.intermediate and material.needs_rvc) or any(_designated(one) for one in material.made_of)


class Costs(Record):
    """Transaction value and net cost of a good, the latter given or built up from the total cost."""

    transaction_value: Money | None = Field(default=None, description="Transaction value; None = unknown.")
    international_shipping: Money = Field(
        default=ZERO, description="International shipping in the transaction value; 0 = none."
    )
    net_cost: Money | None = Field(default=None, description="Net cost; None = unknown or to be built from total_cost.")
    total_cost: Money | None = Field(default=None, description="Total cost, from which net cost is built.")
    sales_promotion: Money = Field(
        default=ZERO,
        description="Sales promotion, marketing, after-sales service; 0 = none.",
    )
    royalties: Money = Field(default=ZERO, description="Royalties in the total cost; 0 = none.")
    shipping_packing: Money = Field(default=ZERO, description="Shipping and packing in the total cost; 0 = none.")
    interest: Money = Field(default=ZERO, description="Interest in the total cost; 0 = none.")
    interest_rate: Percent | None = Field(default=None, description="Rate at which the interest was paid, % a year.")
    official_rate: Percent | None = Field(
        default=None, description="Official rate for comparable maturities, % a year."
    )
    materials: tuple[Material, ...] = Field(default=(), description="Materials; not together with vnm.")
    vnm: Money | None = Field(
        default=None, description="Value of non-originating materials as one sum; None = from materials."
    )

    @model_validator(mode="after")
    def _once(self) -> Self:
        if self.vnm is not None and self.materials:
            raise ValueError("vnm and materials are both given; give the sum or the list")
        if self.net_cost is not None and self.total_cost is not None:
            raise ValueError("net_cost and total_cost are both given; give one of them")
        if self.transaction_value is not None and self.international_shipping > self.transaction_value:
            raise ValueError("international_shipping is above transaction_value; it must be contained in it")
        taken = self.sales_promotion + self.royalties + self.shipping_packing + self.interest
        if self.total_cost is not None and taken > self.total_cost:
            raise ValueError("the costs to be taken out of total_cost are above it; they must be contained in it")
        return self


class Rvc(Costs):
    """Facts for the regional value content of a good; amounts in one currency per unit."""

    method: Method = Field(default="either", description="tv, nc, or either (one of the two is enough).")
    part_class: str = Field(
        default=FALLBACK,
        description="core, principal, complementary, vehicle, heavy_truck, …; fallback = content in place of a tariff "
        "shift; traction_battery = a battery of 8507.60 that drives a vehicle.",
    )
    entered: dt.date | None = Field(default=None, description="Date of entry; None = the day of the question.")
    battery_rule: Literal["rvc", "tariff_shift"] | None = Field(
        default=None, description="Reading of the rule for a traction battery; None = not chosen."
    )
    unshifted: Money | None = Field(
        default=None, description="Value of non-originating materials that do not change tariff classification."
    )
    core_part_rollup: Rollup | None = Field(
        default=None,
        description="Whether an originating core part among the materials counts in full (panel) or without its "
        "non-originating inputs (us_position); None = both, undetermined where they differ.",
    )


class Part(Costs):
    """A part of a vehicle: its own content decides whether it is originating."""

    part: str = Field(description="Name; of a core part one of the list in the instrument.")
    part_class: str = Field(description="core, principal, complementary, or those of a heavy truck.")
    method: Method = Field(default="either", description="Method for the part's own content.")
    value: Money | None = Field(
        default=None, description="What the part counts for in the cost of the vehicle; None = unknown."
    )
    originating: bool | None = Field(
        default=None, description="Origin where it is known otherwise, as by certificate; None = from its content."
    )
    vnm_listed: Money | None = Field(
        default=None, description="Of a core part: value of the non-originating components listed in column 2 only."
    )


class Vehicle(Costs):
    """Facts for the origin of a vehicle; ``materials`` (or ``vnm``) are those that are not among ``parts``."""

    vehicle_type: Literal["passenger_vehicle", "light_truck", "heavy_truck"] = Field(description="Kind of vehicle.")
    entered: dt.date | None = Field(default=None, description="Date of entry; None = the day of the question.")
    parts: tuple[Part, ...] = Field(default=(), description="Core, principal and complementary parts.")
    core_parts_absent: tuple[str, ...] = Field(
        default=(), description="Core parts that the vehicle does not have, such as engine."
    )
    core_part_method: Literal["each", "averaged", "super_core", "any"] = Field(
        default="any", description="How the core parts are tested together; any = one of the ways is enough."
    )
    core_part_vnm: Literal["all", "listed"] = Field(
        default="all", description="Whether all non-originating materials count, or the components of column 2 only."
    )
    core_part_rollup: Rollup | None = Field(
        default=None,
        description="Whether an originating core part counts in full (panel) or without its non-originating materials "
        "(us_position); None = both, undetermined where they differ.",
    )
    high_wage_material_manufacturing: Percent | None = Field(
        default=None, description="High-wage material and manufacturing expenditures, % points; None = unknown."
    )
    high_wage_technology: Percent | None = Field(
        default=None, description="Technology expenditures, % points; None = unknown."
    )
    high_wage_assembly: bool | None = Field(
        default=None,
        description="Whether the producer has a high-wage engine, transmission or advanced-battery plant; None = unknown.",
    )
    average_wage: Money | None = Field(
        default=None,
        description="Average base wage in USD per hour; None = the expenditures given are those of plants that pay the wage.",
    )
    steel_bought: Money | None = Field(default=None, description="Steel bought by the producer in the year.")
    steel_north_american: Money | None = Field(default=None, description="North American steel among it.")
    steel_melted_and_poured: Money | None = Field(
        default=None, description="Steel melted and poured in North America among it."
    )
    aluminium_bought: Money | None = Field(default=None, description="Aluminium bought by the producer in the year.")
    aluminium_north_american: Money | None = Field(default=None, description="North American aluminium among it.")

    @model_validator(mode="after")
    def _purchases(self) -> Self:
        for metal, bought, own in (
            ("steel", self.steel_bought, self.steel_north_american),
            ("steel", self.steel_bought, self.steel_melted_and_poured),
            ("aluminium", self.aluminium_bought, self.aluminium_north_american),
        ):
            if bought is not None and own is not None and own > bought:
                raise ValueError(f"North American {metal} ({own}) is above all {metal} bought ({bought})")
        names = [one.part for one in self.parts]
        twice = sorted({name for name in names if names.count(name) > 1} | (set(names) & set(self.core_parts_absent)))
        if twice:
            raise ValueError(f"{', '.join(twice)}: given twice, or both as a part and as absent; give each part once")
        return self


class DeMinimis(Record):
    """Facts for de minimis: materials that miss their tariff shift, against transaction value or total cost."""

    unshifted: Money | None = Field(description="Value of the non-originating materials that do not shift.")
    transaction_value: Money | None = Field(
        default=None, description="Transaction value without international shipping."
    )
    total_cost: Money | None = Field(default=None, description="Total cost.")
    entered: dt.date | None = Field(default=None, description="Date of entry; None = the day of the question.")


@dataclass(frozen=True)
class Range:
    """An amount between two bounds; ``high`` None = no upper bound known."""

    low: Decimal
    high: Decimal | None
    unknown: tuple[str, ...] = ()

    def __add__(self, other: Range) -> Range:
        high = None if self.high is None or other.high is None else self.high + other.high
        return Range(self.low + other.low, high, (*self.unknown, *other.unknown))

    @property
    def known(self) -> bool:
        """Whether the two bounds are one."""
        return self.low == self.high


NOTHING = Range(ZERO, ZERO)


def non_originating(material: Material, roll_up: bool = True, roll_down: bool = True) -> Range:
    """Value of non-originating materials that a material adds (19 USC 4531(d)).

    An originating material adds nothing under roll-up, else its non-originating inputs. A non-originating material adds its
    value less the deductions and, under roll-down, less the regional value in it. A self-produced material that is not
    designated is looked through. Unknown origin gives bounds.
    """
    if material.made_of and not material.intermediate:
        return total(non_originating(one, roll_up, roll_down) for one in material.made_of)
    inner = (
        NOTHING
        if roll_up
        else Range(ZERO, material.value, (material.name,))
        if material.non_originating is None
        else Range(material.non_originating, material.non_originating)
    )
    if material.originating:
        return inner
    if material.value is None:
        return Range(ZERO, None, (material.name,))
    net = material.value - material.freight - material.duties - material.waste
    net -= material.regional if roll_down else ZERO
    if material.originating is None:
        return Range(min(inner.low, net), net, (material.name,))
    return Range(net, net)


def total(ranges: Iterable[Range]) -> Range:
    """Sum of ranges."""
    found = NOTHING
    for one in ranges:
        found += one
    return found


def _vnm(costs: Costs, law: LawOn, day: dt.date, reading: Rollup = "panel") -> Range:
    if costs.vnm is not None:
        return Range(costs.vnm, costs.vnm)
    if not costs.materials:
        return Range(ZERO, None, ("vnm",))
    up = law.value(GENERAL, "roll_up", at=day).value == "yes"
    down = law.value(GENERAL, "roll_down", at=day).value == "yes"
    return total(
        non_originating(one, up and not (one.core_part and reading == "us_position"), down) for one in costs.materials
    )


def net_cost(costs: Costs, law: LawOn, day: dt.date) -> tuple[Decimal | None, tuple[Step, ...]]:
    """Net cost, given or built: total cost − sales promotion − royalties − shipping and packing − non-allowable interest.

    Interest above the official rate by more than the margin of the instrument is non-allowable, in proportion to the excess.
    """
    if costs.net_cost is not None or costs.total_cost is None:
        return costs.net_cost, ()
    over, law_used = ZERO, None
    if costs.interest and costs.interest_rate is not None and costs.official_rate is not None:
        law_used = law.value(GENERAL, "interest_margin", at=day)
        excess = costs.interest_rate - costs.official_rate - law_used.number / 100
        over = costs.interest * excess / costs.interest_rate if excess > 0 else ZERO
    elif costs.interest:
        return None, ()
    taken = (costs.sales_promotion, costs.royalties, costs.shipping_packing, over)
    net = costs.total_cost - sum(taken, ZERO)
    working = " − ".join(f"{one:f}" for one in (costs.total_cost, *taken) if one)
    return net, (Step("usmca-rvc.net-cost", {}, net, working=working, law=law_used),)


def base(costs: Costs, method: str, law: LawOn, day: dt.date) -> tuple[Decimal | None, tuple[Step, ...]]:
    """What the content is a share of: transaction value without international shipping, or net cost."""
    if method == "nc":
        return net_cost(costs, law, day)
    if costs.transaction_value is None:
        return None, ()
    return costs.transaction_value - costs.international_shipping, ()


def content(
    regime: str, test: str, whole: Decimal | None, vnm: Range, threshold: Found, steps: Sequence[Step] = ()
) -> Finding:
    """RVC = (whole − VNM) / whole × 100 against a threshold; bounds on VNM decide where they can."""
    name = f"usmca-rvc.base-{test}" if test in ("tv", "nc") else "usmca-rvc.base-nc"
    if whole is None or whole <= 0:
        what = "usmca-rvc.missing.base" if whole is None else "usmca-rvc.missing.no-base"
        return undetermined(regime, test, [Missing(what, {"base": _both(name)})], steps, threshold=threshold)
    best = ratio_meets(whole - vnm.low, whole, threshold)
    worst = vnm.high is not None and ratio_meets(whole - vnm.high, whole, threshold)
    lacking = _lacking(vnm.unknown)
    said = list(steps)
    for bound in dict.fromkeys(one for one in (vnm.low, vnm.high) if one is not None):
        what = "usmca-rvc.content" if vnm.known else "usmca-rvc.bound"
        working = f"({whole:f} − {bound:f}) / {whole:f} × 100"
        said.append(Step(what, {}, percent(whole - bound, whole), "%", working))
    if best != worst:
        return undetermined(regime, test, lacking, said, threshold=threshold, unit="%")
    deciding = vnm.high if worst and vnm.high is not None else vnm.low
    return compare(regime, test, percent(whole - deciding, whole), threshold, best, said)


def _lacking(unknown: Iterable[str]) -> list[Missing]:
    """What is missing of materials by name; ``vnm`` stands for all of them."""
    return [
        Missing("usmca-rvc.missing.vnm") if one == "vnm" else Missing("usmca-rvc.missing.material", {"material": one})
        for one in dict.fromkeys(unknown)
    ]


def _both(key: str) -> dict[str, str]:
    return {language: phrase(key, language) for language in LANGUAGES}


def dead(regime: str, test: str, instrument: str, law: LawOn, day: dt.date) -> Finding | None:
    """The finding where an instrument is not in force on the day; None where it is."""
    status = law.status(instrument, day)
    if status is Status.IN_FORCE:
        return None
    step = Step("usmca-rvc.status", {"instrument": law.law[instrument].title, "day": day, "status": str(status)})
    if status is Status.UNKNOWN:
        return undetermined(regime, test, [Missing(step.what, step.args)])
    return Finding(regime, test, Outcome.FAIL, steps=(step,))


def threshold_for(law: LawOn, part_class: str, method: str, day: dt.date) -> Found | None:
    """The content that a class of goods must have by a method; None where it has no such method.

    Raises:
        ValueError: there is no such class.
    """
    if part_class == FALLBACK:
        return law.find(GENERAL, f"fallback_{method}", at=day)
    parameters = law.law[AUTOMOTIVE].parameters
    classes = dict.fromkeys((*parameters["rvc_nc"].keys, *parameters["rvc_tv"].keys))
    if part_class not in classes:
        raise ValueError(f"part_class is {part_class!r}; use {', '.join((*classes, FALLBACK, TRACTION_BATTERY))}")
    return law.find(AUTOMOTIVE, f"rvc_{method}", part_class, day)


def by_method(
    regime: str, test: str, costs: Costs, method: str, part_class: str, vnm: Range, law: LawOn, day: dt.date
) -> Finding:
    """Content by one method, or by either: then one that passes is enough.

    The figure of "either" is that of the transaction value where it passes or is the only one there is, else of the net cost.
    """
    found = []
    for one in ("tv", "nc") if method == "either" else (method,):
        threshold = threshold_for(law, part_class, one, day)
        if threshold is None:
            continue
        whole, steps = base(costs, one, law, day)
        found.append(content(regime, one, whole, vnm, threshold, steps))
    if not found:
        return Finding(regime, test, Outcome.FAIL, steps=(Step("usmca-rvc.no-method", {"part_class": part_class}),))
    if len(found) == 1:
        only = found[0]
        return Finding(regime, test, only.outcome, only.figure, "%", only.threshold, only.steps, only.missing)
    outcome = any_of(one.outcome for one in found)
    chosen = found[0] if found[0].outcome is Outcome.PASS else found[1]
    return Finding(regime, test, outcome, chosen.figure, "%", chosen.threshold, parts=tuple(found))


def rvc(record: Rvc, law: LawOn) -> Finding:
    """Whether a good has the regional value content that its class must have.

    Raises:
        ValueError: its class is not one of the instrument's.
    """
    name, day = "usmca-rvc", record.entered or law.date
    part_class = record.part_class
    instrument = GENERAL if part_class == FALLBACK else AUTOMOTIVE
    if part_class != TRACTION_BATTERY:
        threshold_for(law, part_class, "nc", day)
    gone = dead(name, "rvc", instrument, law, day)
    if gone is not None:
        return gone
    if part_class == TRACTION_BATTERY:
        exempt = law.value(AUTOMOTIVE, "traction_battery_exempt", at=day)
        if exempt.value == "yes" and record.battery_rule is None:
            return undetermined(
                name, "rvc", [Missing("usmca-rvc.missing.battery-rule")], [Step("usmca-rvc.battery", law=exempt)]
            )
        if record.battery_rule == "tariff_shift":
            whole, _ = base(record, "tv", law, day)
            facts = DeMinimis(
                unshifted=record.unshifted, transaction_value=whole, total_cost=record.total_cost, entered=day
            )
            part = de_minimis(facts, law)
            return together(name, "rvc", [part], switches={"battery_rule": "tariff_shift"})
        part_class = "core"
    own = {"battery_rule": record.battery_rule} if record.battery_rule else {}
    disputed = any(one.core_part for one in record.materials)
    readings = _readings(record.core_part_rollup) if disputed else _readings("panel")
    found = []
    for reading in readings:
        vnm = _vnm(record, law, day, reading)
        one = by_method(name, "rvc", record, record.method, part_class, vnm, law, day)
        found.append(replace(one, switches=own | ({"core_part_rollup": reading} if disputed else {})))
    return _reconcile(found)


def _readings(chosen: Rollup | None) -> tuple[Rollup, ...]:
    return (chosen,) if chosen else ("panel", "us_position")


def _reconcile(found: Sequence[Finding]) -> Finding:
    """One finding of those under each reading of roll-up: their common answer, else undetermined for want of a reading."""
    first = found[0]
    if len(found) == 1:
        return first
    if len({one.outcome for one in found}) > 1:
        missing = [Missing("usmca-vehicle.missing.rollup")]
        return undetermined(first.regime, first.test, missing, threshold=first.threshold, parts=tuple(found))
    kept = {name: value for name, value in first.switches.items() if name != "core_part_rollup"}
    if len({one.figure for one in found}) == 1 and first.figure is not None:
        return replace(first, switches=kept)
    return Finding(
        first.regime, first.test, first.outcome, first.figure, "%", first.threshold, switches=kept, parts=tuple(found)
    )


def de_minimis(record: DeMinimis, law: LawOn) -> Finding:
    """Whether the materials that miss their tariff shift are small enough against transaction value or total cost."""
    name, day = "usmca-de-minimis", record.entered or law.date
    gone = dead(name, "de-minimis", GENERAL, law, day)
    if gone is not None:
        return gone
    limit = law.value(GENERAL, "de_minimis", at=day)
    if record.unshifted is None:
        return undetermined(name, "de-minimis", [Missing("usmca-de-minimis.missing.unshifted")], threshold=limit)
    if record.unshifted == 0:
        return Finding(name, "de-minimis", Outcome.PASS, ZERO, "%", limit, (Step("usmca-de-minimis.none", law=limit),))
    wholes = [one for one in (record.transaction_value, record.total_cost) if one is not None and one > 0]
    if not wholes:
        return undetermined(name, "de-minimis", [Missing("usmca-de-minimis.missing.whole")], threshold=limit)
    whole = max(wholes)
    verdict = ratio_meets(record.unshifted, whole, limit)
    if not verdict and len(wholes) == 1:
        return undetermined(name, "de-minimis", [Missing("usmca-de-minimis.missing.other")], threshold=limit)
    step = Step("usmca-de-minimis.share", {}, None, "%", f"{record.unshifted:f} / {whole:f} × 100")
    return compare(name, "de-minimis", percent(record.unshifted, whole), limit, verdict, [step])


def core_parts(record: Vehicle, law: LawOn, day: dt.date) -> tuple[Finding, dict[str, Outcome]]:
    """The core parts together, and the origin of each core part as the chosen way leaves it."""
    name, regime = "core-parts", "usmca-vehicle"
    listed = law.value(AUTOMOTIVE, "core_parts", at=day)
    own = [one for one in record.parts if one.part_class == "core"]
    strange = sorted({one.part for one in own} | set(record.core_parts_absent))
    strange = [one for one in strange if one not in listed.list]
    if strange:
        raise ValueError(f"{', '.join(strange)}: no core part; the core parts are {', '.join(listed.list)}")
    absent = {one.part for one in own} | set(record.core_parts_absent)
    lacking = tuple(
        Missing("usmca-vehicle.missing.core-part", {"part": one}) for one in listed.list if one not in absent
    )
    vnm = {one.part: _core_vnm(record, one, law, day) for one in own}
    alone = {one.part: _origin(regime, one, vnm[one.part], law, day) for one in own}
    ways: list[Finding] = []
    asked = record.core_part_method
    gap = Outcome.UNDETERMINED if lacking else Outcome.PASS
    if asked in ("each", "any"):
        verdict = all_of([*(one.outcome for one in alone.values()), gap])
        ways.append(Finding(regime, "each", verdict, missing=lacking, parts=tuple(alone.values())))
    threshold = law.value(AUTOMOTIVE, "rvc_nc", "core", day)
    for way in ("averaged", "super_core"):
        if asked in (way, "any"):
            ways.append(_together(way, own, vnm, threshold, lacking, law, day))
    outcome = any_of(one.outcome for one in ways)
    finding = Finding(
        regime, name, outcome, steps=(Step("usmca-vehicle.core-list", law=listed),), parts=tuple(ways),
        switches={"core_part_method": asked},
    )  # fmt: skip
    deemed = any(one.outcome is Outcome.PASS for one in ways if one.test != "each")
    maybe = any(one.outcome is Outcome.UNDETERMINED for one in ways if one.test != "each")
    origins = {
        part: Outcome.PASS
        if deemed
        else Outcome.UNDETERMINED
        if maybe and found.outcome is Outcome.FAIL
        else found.outcome
        for part, found in alone.items()
    }
    return finding, origins


def _core_vnm(record: Vehicle, part: Part, law: LawOn, day: dt.date) -> Range:
    if record.core_part_vnm == "listed":
        listed = part.vnm_listed
        return Range(ZERO, None, (part.part,)) if listed is None else Range(listed, listed)
    found = _vnm(part, law, day)
    return Range(found.low, found.high, (part.part,)) if found.unknown == ("vnm",) else found


def _origin(regime: str, part: Part, vnm: Range, law: LawOn, day: dt.date) -> Finding:
    """Origin of one part: as certified, or by its own content."""
    step = Step("usmca-vehicle.part-name", {"part": part.part})
    if part.originating is not None:
        return Finding(regime, "part", Outcome.of(part.originating), steps=(step,))
    found = by_method(regime, "part", part, part.method, part.part_class, vnm, law, day)
    return Finding(
        regime, "part", found.outcome, found.figure, "%", found.threshold, (step, *found.steps), found.missing,
        {}, found.parts,
    )  # fmt: skip


def _together(
    way: str,
    parts: Sequence[Part],
    vnm: dict[str, Range],
    threshold: Found,
    lacking: tuple[Missing, ...],
    law: LawOn,
    day: dt.date,
) -> Finding:
    """Core parts as a mean of their contents (averaged) or as one part (super-core), by net cost.

    super-core: (ΣNC − ΣVNM) / ΣNC; averaged: mean of (NC − VNM) / NC. Decided in exact fractions.
    """
    regime = "usmca-vehicle"
    costs = {one.part: base(one, "nc", law, day)[0] for one in parts}
    bases = {part: cost for part, cost in costs.items() if cost is not None and cost > 0}
    gaps = [*lacking, *(Missing("usmca-vehicle.missing.net-cost", {"part": p}) for p in costs if p not in bases)]
    if gaps or not bases:
        return undetermined(regime, way, gaps or [Missing("usmca-vehicle.missing.core-parts")], threshold=threshold)
    best = _share(way, bases, {part: vnm[part].low for part in bases})
    tops = [one.high for one in vnm.values()]
    worst = None if None in tops else _share(way, bases, {p: one.high or ZERO for p, one in vnm.items()})
    high, low = _reaches(best, threshold), worst is not None and _reaches(worst, threshold)
    unknown = [part for one in vnm.values() for part in one.unknown]
    if high != low:
        return undetermined(regime, way, _lacking(unknown), threshold=threshold)
    share = worst if low and worst is not None else best
    figure = percent(Decimal(share.numerator), Decimal(share.denominator) * 100)
    if way == "averaged":
        terms = (f"({cost:f} − {vnm[part].low:f}) / {cost:f}" for part, cost in bases.items())
        working = f"({' + '.join(terms)}) / {len(bases)} × 100"
    else:
        whole = sum(bases.values(), ZERO)
        working = f"({whole:f} − {sum((vnm[p].low for p in bases), ZERO):f}) / {whole:f} × 100"
    step = Step(f"usmca-vehicle.way.{way}", {}, figure, "%", working)
    return compare(regime, way, figure, threshold, high, [step])


def _share(way: str, bases: dict[str, Decimal], vnm: dict[str, Decimal]) -> Fraction:
    """Content in percent as an exact fraction."""
    if way == "averaged":
        parts = [(Fraction(cost) - Fraction(vnm[part])) / Fraction(cost) for part, cost in bases.items()]
        return 100 * sum(parts, Fraction(0)) / len(parts)
    whole = sum((Fraction(one) for one in bases.values()), Fraction(0))
    return 100 * (whole - sum((Fraction(vnm[part]) for part in bases), Fraction(0))) / whole


def _reaches(share: Fraction, threshold: Found) -> bool:
    return ratio_meets(Decimal(share.numerator), Decimal(share.denominator) * 100, threshold)


def vehicle(record: Vehicle, law: LawOn) -> Finding:
    """Whether a vehicle is originating: content, core parts, labour, steel and aluminium.

    Raises:
        ValueError: a part or a class is not in the instrument.
    """
    name, day = "usmca-vehicle", record.entered or law.date
    gone = dead(name, "vehicle", AUTOMOTIVE, law, day)
    if gone is not None:
        return gone
    heavy = record.vehicle_type == "heavy_truck"
    parts: list[Finding] = []
    origins: dict[str, Outcome] = {}
    if not heavy:
        core, origins = core_parts(record, law, day)
        parts.append(core)
    others = []
    for part in record.parts:
        if part.part not in origins:
            found = _origin(name, part, _vnm(part, law, day), law, day)
            origins[part.part] = found.outcome
            others.append(found)
    content_ = vehicle_content(record, origins, law, day, "heavy_truck" if heavy else "vehicle", tuple(others))
    return together(name, "vehicle", [content_, *parts, labour(record, law, day), *metals(record, law, day)])


def vehicle_content(
    record: Vehicle, origins: dict[str, Outcome], law: LawOn, day: dt.date, part_class: str, others: tuple[Finding, ...]
) -> Finding:
    """RVC of the vehicle by net cost; undetermined where the two readings of roll-up differ and none is chosen."""
    regime, test = "usmca-vehicle", "content"
    threshold = law.value(AUTOMOTIVE, "rvc_nc", part_class, day)
    whole, steps = base(record, "nc", law, day)
    found = []
    for reading in _readings(record.core_part_rollup):
        vnm = total(_part_vnm(part, origins[part.part], reading, law, day) for part in record.parts)
        if record.materials or record.vnm is not None or not record.parts:
            vnm += _vnm(record, law, day, reading)
        one = content(regime, test, whole, vnm, threshold, steps)
        found.append(replace(one, switches={"core_part_rollup": reading}, parts=others))
    return _reconcile(found)


def _part_vnm(part: Part, origin: Outcome, reading: Rollup, law: LawOn, day: dt.date) -> Range:
    """What a part adds to the non-originating materials of the vehicle."""
    inside = NOTHING
    if reading == "us_position" and part.part_class == "core":
        found = _vnm(part, law, day)
        high = part.value if found.high is None else found.high
        inside = Range(found.low, high, () if found.known else (part.part,))
    if origin is Outcome.PASS:
        return inside
    whole = Range(ZERO, None, (part.part,)) if part.value is None else Range(part.value, part.value)
    if origin is Outcome.FAIL:
        return whole
    return Range(min(inside.low, whole.low), whole.high, (part.part,))


def labour(record: Vehicle, law: LawOn, day: dt.date) -> Finding:
    """Labour value content: material and manufacturing + technology up to its cap + credit for a plant.

    The first must reach a minimum by itself. Below the wage of the instrument nothing counts. Technology and the plant count for
    nothing and for all that they may where they are not known; where that changes the answer it is undetermined.
    """
    regime, test, kind = "usmca-vehicle", "labour", record.vehicle_type
    needed = law.value(AUTOMOTIVE, "labour_value_content", kind, day)
    least = law.value(AUTOMOTIVE, "lvc_material_manufacturing_min", kind, day)
    cap = law.value(AUTOMOTIVE, "lvc_technology_cap", at=day)
    credit = law.value(AUTOMOTIVE, "lvc_assembly_credit", at=day)
    made = record.high_wage_material_manufacturing
    if made is None:
        return undetermined(regime, test, [Missing("usmca-vehicle.missing.high-wage")], threshold=needed)
    steps = []
    if record.average_wage is not None:
        wage = law.value(AUTOMOTIVE, "lvc_wage", at=day)
        enough = meets(record.average_wage, wage)
        steps.append(Step("usmca-vehicle.wage", {}, record.average_wage, "USD/h", law=wage, outcome=Outcome.of(enough)))
        if not enough:
            return compare(regime, test, ZERO, needed, meets(ZERO, needed), steps)
    spent, has_plant = record.high_wage_technology, record.high_wage_assembly
    alone = meets(made, least)
    steps.append(Step("usmca-vehicle.lvc.made", {}, made, "% points", law=least, outcome=Outcome.of(alone)))
    lacking = [
        Missing(f"usmca-vehicle.missing.{name}")
        for name, known in (("technology", spent), ("plant", has_plant))
        if known is None
    ]
    bounds = []
    for unknown_counts in dict.fromkeys((False, bool(lacking))):
        technology = min(spent, cap.number) if spent is not None else cap.number if unknown_counts else ZERO
        plant = credit.number if (unknown_counts if has_plant is None else has_plant) else ZERO
        reached = min(made + technology + plant, Decimal(100))
        said = [
            Step("usmca-vehicle.lvc.technology", {}, technology, "% points", law=cap),
            Step("usmca-vehicle.lvc.plant", {}, plant, "% points", law=credit),
            Step("usmca-vehicle.lvc.sum", {}, reached, "%", f"{made:f} + {technology:f} + {plant:f}"),
        ]
        bounds.append((reached, meets(reached, needed), said))
    worst, best = bounds[0], bounds[-1]
    if worst[1] != best[1] and alone:
        return undetermined(regime, test, lacking, [*steps, *worst[2], *best[2]], threshold=needed, unit="%")
    # What is short at its best is short; what is enough at its worst is enough.
    reached, enough, said = worst if worst[1] else best
    found = compare(regime, test, reached, needed, enough, [*steps, *said])
    return found if alone or not enough else _failed(found)


def _failed(finding: Finding) -> Finding:
    """The sum is enough, but the minimum of material and manufacturing is missed."""
    step = Step("usmca-vehicle.lvc.minimum-missed", outcome=Outcome.FAIL)
    return Finding(
        finding.regime, finding.test, Outcome.FAIL, finding.figure, "%", finding.threshold, (*finding.steps, step)
    )


def metals(record: Vehicle, law: LawOn, day: dt.date) -> list[Finding]:
    """Shares of North American steel and aluminium in the producer's purchases."""
    poured = law.value(AUTOMOTIVE, "steel_melted_and_poured", at=day)
    strict = poured.value == "yes"
    steel = record.steel_melted_and_poured if strict else record.steel_north_american
    what = "usmca-vehicle.melted" if strict else "usmca-vehicle.steel-any"
    return [
        _metal("steel", record.steel_bought, steel, law, day, (Step(what, law=poured),)),
        _metal("aluminium", record.aluminium_bought, record.aluminium_north_american, law, day, ()),
    ]


def _metal(
    metal: str, bought: Decimal | None, own: Decimal | None, law: LawOn, day: dt.date, steps: tuple[Step, ...]
) -> Finding:
    regime = "usmca-vehicle"
    threshold = law.value(AUTOMOTIVE, f"{metal}_share", at=day)
    if bought == 0:
        return Finding(regime, metal, Outcome.PASS, steps=(Step("usmca-vehicle.none-bought"),), threshold=threshold)
    if bought is None or own is None:
        return undetermined(regime, metal, [Missing(f"usmca-vehicle.missing.{metal}")], steps, threshold=threshold)
    step = Step(f"usmca-vehicle.share.{metal}", {}, percent(own, bought), "%", f"{own:f} / {bought:f} × 100")
    verdict = ratio_meets(own, bought, threshold)
    return compare(regime, metal, percent(own, bought), threshold, verdict, (*steps, step))


#: Columns of a table of contents that are amounts.
_AMOUNTS = ("transaction_value", "international_shipping", "net_cost", "vnm")


def rvc_table(frame: pl.DataFrame, law: LawOn) -> pl.DataFrame:
    """Contents of many goods at once.

    Args:
        frame: columns ``method``, ``part_class``, ``transaction_value``, ``net_cost``, ``vnm`` and, if wanted,
            ``international_shipping``, ``entered`` (date of entry; else the day of the question), ``battery_rule``,
            ``unshifted``, and ``total_cost`` with what is taken out of it, row by row; empty = unknown.

    Returns:
        The frame with ``outcome`` (pass, fail, undetermined) and ``figure`` (%, NaN where unknown); as :func:`rvc` on each row.
    """
    columns = {name: floats(frame, name, 0.0 if name == "international_shipping" else None) for name in _AMOUNTS}
    days = stand_ins(law, frame, "entered", GENERAL, AUTOMOTIVE)
    methods, classes = frame["method"].to_list(), frame["part_class"].to_list()
    groups: dict[tuple[dt.date, str, str], list[int]] = {}
    for row, key in enumerate(zip(days, methods, classes, strict=True)):
        groups.setdefault(key, []).append(row)
    code = np.full(frame.height, CODES.index(Outcome.UNDETERMINED), dtype=np.int8)
    figure = np.full(frame.height, np.nan)
    for (day, method, part_class), rows_ in groups.items():
        rows = np.asarray(rows_)
        exact = partial(_row, frame, law)
        threshold = {
            one: threshold_for(law, part_class, one, day)
            for one in ("tv", "nc")
            if part_class != TRACTION_BATTERY and method in (one, "either")
        }
        alive = part_class != TRACTION_BATTERY and law.in_force(GENERAL if part_class == FALLBACK else AUTOMOTIVE, day)
        if not alive or not any(threshold.values()):
            # Not in force, or no such method: one answer for all. A battery's reading may differ by row: it is asked row by row.
            chosen = part_class == TRACTION_BATTERY and "battery_rule" in frame.columns
            for row in rows if chosen else rows[:1]:
                one_row = exact(int(row))
                at = row if chosen else rows
                code[at] = CODES.index(one_row.outcome)
                figure[at] = np.nan if one_row.figure is None else float(one_row.figure)
            continue
        found = {
            one: _column(one, threshold_, {k: v[rows] for k, v in columns.items()}, rows, exact)
            for one, threshold_ in threshold.items()
            if threshold_ is not None
        }
        code[rows], figure[rows] = _merge(found)
    if "total_cost" in frame.columns:
        # Net cost is built up from total cost in the explaining test only.
        built = frame["total_cost"].is_not_null().to_numpy() & np.isnan(columns["net_cost"])
        for row in map(int, np.flatnonzero(built)):
            one_row = _row(frame, law, row)
            code[row] = CODES.index(one_row.outcome)
            figure[row] = np.nan if one_row.figure is None else float(one_row.figure)
    return frame.with_columns(
        pl.Series("outcome", [str(CODES[int(one)]) for one in code], dtype=pl.String), pl.Series("figure", figure)
    )


def _column(
    method: str, threshold: Found, columns: dict[str, Floats], rows: np.ndarray, exact: partial[Finding]
) -> tuple[np.ndarray, Floats]:
    whole = columns["net_cost"] if method == "nc" else columns["transaction_value"] - columns["international_shipping"]
    with np.errstate(divide="ignore", invalid="ignore"):
        figure = np.where(whole > 0, (whole - columns["vnm"]) / whole * 100, np.nan)
    limit = np.full(len(rows), float(threshold.number))

    def one(row: int) -> Outcome:
        finding = exact(int(rows[row]), method)
        return finding.outcome

    code = decide(figure, limit, threshold.parameter.met, one, known=~np.isnan(figure))
    return code, figure


def _merge(found: dict[str, tuple[np.ndarray, Floats]]) -> tuple[np.ndarray, Floats]:
    """One method as it is; of two, pass where one passes, fail where both fail; figure as in :func:`by_method`."""
    if len(found) == 1:
        return next(iter(found.values()))
    (tv, tv_figure), (nc, nc_figure) = found["tv"], found["nc"]
    passed, failed = CODES.index(Outcome.PASS), CODES.index(Outcome.FAIL)
    code = np.where(
        (tv == passed) | (nc == passed),
        passed,
        np.where((tv == failed) & (nc == failed), failed, CODES.index(Outcome.UNDETERMINED)),
    )
    return code, np.where(tv == passed, tv_figure, nc_figure)


def _row(frame: pl.DataFrame, law: LawOn, row: int, method: str | None = None) -> Finding:
    facts = {k: v for k, v in frame.row(row, named=True).items() if k in Rvc.model_fields and v is not None}
    facts |= {name: Decimal(str(facts[name])) for name in (*_AMOUNTS, "unshifted") if name in facts}
    return rvc(Rvc(**(facts | ({"method": method} if method else {}))), law)


def floats(frame: pl.DataFrame, name: str, otherwise: float | None = None) -> Floats:
    """A column as floats, NaN where empty; ``otherwise`` everywhere if the frame has no such column.

    Raises:
        ValueError: an amount is below zero.
    """
    if name not in frame.columns:
        return np.full(frame.height, np.nan if otherwise is None else otherwise)
    series = frame[name].cast(pl.Float64)
    found = (series if otherwise is None else series.fill_null(otherwise)).fill_null(np.nan).to_numpy()
    below = np.flatnonzero(found < 0)
    if len(below):
        raise ValueError(f"{name} is below zero in row {below[0] + 1}; give amounts of zero or more")
    return np.asarray(found, dtype=np.float64)


RVC = Regime("usmca-rvc", Rvc, rvc, rvc_table)
DE_MINIMIS = Regime("usmca-de-minimis", DeMinimis, de_minimis)
VEHICLE = Regime("usmca-vehicle", Vehicle, vehicle)
REGIMES = (RVC, DE_MINIMIS, VEHICLE)
