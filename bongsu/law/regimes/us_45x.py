"""Section 45X: what a component earns, and whether it may.

Cells and modules: USD per kWh of capacity, counted up to a limit per unit of discharge power. Electrode materials and minerals: a
share of production cost. Then the phase-out, by year of sale or, for minerals, of production (26 USC 45X(b)).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict, Field, model_validator

from bongsu.law.finding import (
    Finding,
    Missing,
    Outcome,
    Step,
    all_of,
    compare,
    meets,
    percent,
    ratio_meets,
    undetermined,
)
from bongsu.law.instrument import Found, LawOn
from bongsu.law.regime import Regime
from bongsu.law.regimes import us_macr, us_pfe
from bongsu.law.regimes.us_macr import MacrFacts, days, decimal, floats, outcomes
from bongsu.law.regimes.us_pfe import PfeFacts
from bongsu.law.spans import column, spans
from bongsu.law.tabular import BORDER, CODES

NAME = "us-45x"
Amount = Annotated[Decimal, Field(ge=0)]


class Facts45X(BaseModel):
    """Facts of components of one kind, made and sold alike."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    component: Literal[
        "cell", "module", "module_without_cells", "electrode_material", "mineral", "metallurgical_coal"
    ] = Field(description="Kind of component; module_without_cells is a module that uses no battery cells.")
    produced: dt.date | None = Field(default=None, description="Day of production; decides for minerals.")
    sold: dt.date | None = Field(default=None, description="Day of sale; decides for all others.")
    tax_year_start: dt.date | None = Field(
        default=None, description="First day of the taxable year; None = the calendar year of the sale."
    )
    units: Amount = Field(default=Decimal(1), description="Number of cells or modules.")
    capacity_kwh: Amount | None = Field(default=None, description="Capacity of one cell or module, kWh.")
    power_kw: Amount | None = Field(default=None, description="Maximum discharge power of one cell or module, kW.")
    energy_density_wh_l: Amount | None = Field(default=None, description="Energy density of the cell, Wh/L.")
    all_essential_equipment: bool | None = Field(
        default=None, description="Whether the module holds all other equipment essential to battery function."
    )
    production_cost: Amount | None = Field(
        default=None, description="Cost of production of the material or mineral, USD, in all."
    )
    place: str | None = Field(
        default=None,
        pattern=r"^[A-Z]{2}$",
        description="ISO code of the country or possession of production, such as US.",
    )
    facility_48c: bool | None = Field(
        default=None, description="Whether the facility holds property for which the section 48C credit was taken."
    )
    sale: Literal["unrelated", "related", "related with election", "built in"] | None = Field(
        default=None,
        description="Sale to an unrelated person; to a related one; to a related one with the election; or built into another "
        "eligible component (deemed sale).",
    )
    same_facility: bool | None = Field(
        default=None, description="Built in: whether the secondary component is made in the same facility."
    )
    secondary_sold_unrelated: bool | None = Field(
        default=None, description="Built in: whether the secondary component is sold to an unrelated person."
    )
    secondary_material_cost: Amount | None = Field(
        default=None, description="Built in: total direct material cost of the secondary component, USD."
    )
    secondary_us_primary_cost: Amount | None = Field(
        default=None, description="Built in: part of it that is US-made primary components, USD."
    )
    taxpayer_prohibited: bool | None = Field(
        default=None,
        description="Whether the taxpayer is a prohibited foreign entity; None = see taxpayer, or unknown.",
    )
    taxpayer: PfeFacts | None = Field(default=None, description="Facts from which that is found.")
    total_direct_cost: Amount | None = Field(
        default=None, description="Cost of direct materials of the component, USD."
    )
    pfe_direct_cost: Amount | None = Field(
        default=None, description="Part of it from prohibited foreign entities, USD; None = unknown."
    )
    macr: MacrFacts | None = Field(
        default=None, description="Facts of the material cost ratio, instead of the two sums."
    )

    @model_validator(mode="after")
    def _sound(self) -> Facts45X:
        if self.produced and self.sold and self.sold < self.produced:
            raise ValueError(f"sold on {self.sold}, before it was produced on {self.produced}; mend one of the days")
        for part, whole, what in (
            (self.pfe_direct_cost, self.total_direct_cost, "the cost from prohibited foreign entities"),
            (self.secondary_us_primary_cost, self.secondary_material_cost, "the cost of US-made primary components"),
        ):
            if part is not None and whole is not None and part > whole:
                raise ValueError(f"{what} of {part} is more than the total of {whole}; it is part of it")
        if self.macr is not None and self.macr.component != self.component:
            raise ValueError(f"the cost ratio is that of a {self.macr.component}, the component is a {self.component}")
        if self.macr is not None:
            own, its = _clocks(self.sold, self.tax_year_start), _clocks(self.macr.sold, self.macr.tax_year_start)
            # An average is dated by the last day of its period, so that only the year of its sales must be the same.
            averaged = bool(self.macr.products)
            for what, mine, day in zip(("day of sale", "taxable year"), own, its, strict=True):
                if mine is None or day is None or mine == day:
                    continue
                if not (averaged and what == "day of sale" and mine.year == day.year):
                    raise ValueError(
                        f"the cost ratio has {day} as its {what}, the component {mine}; give macr the same or leave it out"
                    )
        return self


def _clocks(sold: dt.date | None, year: dt.date | None) -> tuple[dt.date | None, dt.date | None]:
    """Day of sale, and first day of the taxable year: where it is not given, the calendar year of the sale."""
    return sold, year or (None if sold is None else dt.date(sold.year, 1, 1))


def _macr(facts: Facts45X, sold: dt.date, year: dt.date) -> MacrFacts:
    """The facts of the cost ratio, on the clocks of the component."""
    if facts.macr is not None:
        return facts.macr.model_copy(update={"sold": sold, "tax_year_start": year})
    return MacrFacts(
        component=facts.component,
        sold=sold,
        tax_year_start=year,
        total_direct_cost=facts.total_direct_cost,
        pfe_direct_cost=facts.pfe_direct_cost,
    )


def test(facts: Facts45X, law: LawOn) -> Finding:
    """Whether the credit is earned and how much: the figure is USD; amounts say what it is before the phase-out.

    An undetermined finding carries ``if_met``: the credit if what is missing turns out so.
    """
    if facts.sold is None:
        return undetermined(NAME, "credit", [Missing("us-45x.no-sale")])
    for day in (facts.produced, facts.sold):
        if day is not None and not law.in_force(NAME, at=day):
            step = Step("us-45x.no-law", {"date": str(day), "known": str(law.known)}, outcome=Outcome.FAIL)
            return Finding(NAME, "credit", Outcome.FAIL, Decimal(0), "USD", steps=(step,))
    earned = _earned(facts, law)
    gates = tuple(_gates(facts, law, facts.sold))
    outcome = all_of(part.outcome for part in (*gates, earned))
    amounts = dict(earned.amounts)
    credit = amounts.pop("credit", None)
    if outcome is Outcome.PASS:
        amounts["credit"] = credit or Decimal(0)
    elif outcome is Outcome.FAIL:
        amounts = {"credit": Decimal(0)}
    elif credit is not None:
        amounts["if_met"] = credit
    return Finding(NAME, "credit", outcome, amounts.get("credit"), "USD", parts=(*gates, earned), amounts=amounts)


def _yes(test_name: str, value: bool | None, lacks: str, step: str, law: Found | None = None) -> Finding:
    """A gate that a fact opens or shuts."""
    if value is None:
        return undetermined(NAME, test_name, [Missing(lacks)])
    outcome = Outcome.of(value)
    return Finding(NAME, test_name, outcome, steps=(Step(step, law=law, outcome=outcome),))


def _gates(facts: Facts45X, law: LawOn, sold: dt.date) -> Iterator[Finding]:
    year = facts.tax_year_start or dt.date(sold.year, 1, 1)
    produced = facts.produced or sold
    places = law.value(NAME, "places", at=produced)
    inside = None if facts.place is None else facts.place in places.list
    yield _yes("place", inside, "us-45x.no-place", "us-45x.made-in", places)
    excluded = law.value(NAME, "excluded_if_48c", at=produced)
    yield _yes(
        "facility",
        None if facts.facility_48c is None else not facts.facility_48c,
        "us-45x.no-48c",
        "us-45x.without-48c",
        excluded,
    )
    yield from _technical(facts, law, sold, year)
    yield _sale(facts, law, sold, year)
    yield _taxpayer(facts, law, year)
    yield us_macr.test(_macr(facts, sold, year), law)


def _technical(facts: Facts45X, law: LawOn, sold: dt.date, year: dt.date) -> Iterator[Finding]:
    for name, figure in (("energy_density", facts.energy_density_wh_l), ("least_energy", facts.capacity_kwh)):
        least = law.find(NAME, name, facts.component, at=sold)
        if least is None:
            continue
        if figure is None:
            yield undetermined(NAME, name, [Missing(f"us-45x.no-{name}")])
        else:
            yield compare(NAME, name, figure, least, meets(figure, least), unit=least.parameter.unit)
    equipment = law.find(NAME, "all_essential_equipment", facts.component, at=year)
    if equipment is not None and equipment.value == "yes":
        yield _yes(
            "equipment", facts.all_essential_equipment, "us-45x.no-equipment", "us-45x.whole-equipment", equipment
        )


def _sale(facts: Facts45X, law: LawOn, sold: dt.date, year: dt.date) -> Finding:
    if facts.sale is None:
        return undetermined(NAME, "sale", [Missing("us-45x.no-buyer")])
    if facts.sale != "built in":
        found = law.value(NAME, "unrelated_sale", at=sold)
        return _yes("sale", facts.sale != "related", "us-45x.no-buyer", "us-45x.sold-to", found)
    parts = [
        _yes(
            "secondary", facts.secondary_sold_unrelated, "us-45x.no-secondary-sale", "us-45x.secondary-sold",
            law.value(NAME, "unrelated_sale", at=sold),
        )
    ]  # fmt: skip
    same = law.value(NAME, "deemed_sale_same_facility", at=year)
    if same.value == "yes":
        parts.append(
            _yes("same_facility", facts.same_facility, "us-45x.no-same-facility", "us-45x.in-same-facility", same)
        )
    least = law.find(NAME, "deemed_sale_material", at=year)
    if least is not None:
        parts.append(_material(facts, least))
    return Finding(NAME, "sale", all_of(p.outcome for p in parts), parts=tuple(parts))


def _material(facts: Facts45X, least: Found) -> Finding:
    part, whole = facts.secondary_us_primary_cost, facts.secondary_material_cost
    if part is None or not whole:
        return undetermined(NAME, "material", [Missing("us-45x.no-material")], threshold=least)
    working = f"{part:f} / {whole:f} × 100"
    figure = percent(part, whole)
    step = Step("us-45x.us-primary", {}, figure, "%", working)
    return compare(NAME, "material", figure, least, ratio_meets(part, whole, least), [step])


def _taxpayer(facts: Facts45X, law: LawOn, year: dt.date) -> Finding:
    if facts.taxpayer is not None and facts.taxpayer_prohibited is None:
        return us_pfe.test(facts.taxpayer, law)
    bar = us_pfe.bar(law, year)
    if bar is None:
        step = Step("us-45x.no-bar", {"date": str(year), "known": str(law.known)}, outcome=Outcome.PASS)
        return Finding(NAME, "taxpayer", Outcome.PASS, steps=(step,))
    clean = None if facts.taxpayer_prohibited is None else not facts.taxpayer_prohibited
    return _yes("taxpayer", clean, "us-45x.no-taxpayer", "us-45x.taxpayer-clean", bar)


def _earned(facts: Facts45X, law: LawOn) -> Finding:
    """The credit as arithmetic: what the component would earn if nothing bars it."""
    assert facts.sold is not None
    steps: list[Step] = []
    per_kwh = law.find(NAME, "amount_per_kwh", facts.component, at=facts.sold)
    if per_kwh is not None:
        full, missing = _by_capacity(facts, law, per_kwh, steps)
    else:
        share = law.find(NAME, "share_of_cost", facts.component, at=facts.produced or facts.sold)
        if share is None:
            none = Step("us-45x.not-eligible", {"date": str(facts.produced or facts.sold)}, outcome=Outcome.FAIL)
            return Finding(NAME, "amount", Outcome.FAIL, steps=(none,))
        full, missing = _by_cost(facts, share, steps)
    left = law.find(NAME, "phase_out", facts.component, at=facts.sold)
    if left is None and facts.produced is None:
        missing = [*missing, Missing("us-45x.no-production")]
    elif left is None:
        left = law.find(NAME, "phase_out_minerals", facts.component, at=facts.produced)
    if full is None or left is None:
        return undetermined(NAME, "amount", missing, steps)
    credit = full * left.number / 100
    steps.append(Step("us-45x.left", {}, credit, "USD", f"{full:f} × {left.number:f} %", left))
    amounts = {"before_phase_out": full, "credit": credit}
    if missing:
        return undetermined(NAME, "amount", missing, steps, amounts=amounts)
    outcome = Outcome.PASS if left.number else Outcome.FAIL
    return Finding(NAME, "amount", outcome, credit, "USD", steps=tuple(steps), amounts=amounts)


def _by_capacity(
    facts: Facts45X, law: LawOn, per_kwh: Found, steps: list[Step]
) -> tuple[Decimal | None, list[Missing]]:
    if facts.capacity_kwh is None:
        return None, [Missing("us-45x.no-capacity")]
    limit = law.value(NAME, "capacity_to_power", facts.component, at=facts.sold)
    missing = []
    counted = facts.capacity_kwh
    if facts.power_kw is None:
        missing.append(Missing("us-45x.no-power"))
    else:
        most = limit.number * facts.power_kw
        counted = min(counted, most)
        working = f"min({facts.capacity_kwh:f}, {limit.number:f} × {facts.power_kw:f})"
        steps.append(Step("us-45x.counted", {}, counted, "kWh", working, limit))
    full = counted * facts.units * per_kwh.number
    steps.append(Step("us-45x.full", {}, full, "USD", f"{counted:f} × {facts.units:f} × {per_kwh.number:f}", per_kwh))
    return full, missing


def _by_cost(facts: Facts45X, share: Found, steps: list[Step]) -> tuple[Decimal | None, list[Missing]]:
    if facts.production_cost is None:
        return None, [Missing("us-45x.no-production-cost")]
    full = facts.production_cost * share.number / 100
    steps.append(Step("us-45x.full", {}, full, "USD", f"{facts.production_cost:f} × {share.number:f} %", share))
    return full, []


# --- the same on tables -------------------------------------------------------------------------------------------------------

_DECIMALS = (
    "units", "capacity_kwh", "power_kw", "energy_density_wh_l", "production_cost", "secondary_material_cost",
    "secondary_us_primary_cost", "total_direct_cost", "pfe_direct_cost",
)  # fmt: skip
_OTHERS = (
    "component", "produced", "sold", "tax_year_start", "place", "facility_48c", "sale", "same_facility",
    "secondary_sold_unrelated", "taxpayer_prohibited", "all_essential_equipment",
)  # fmt: skip


def _record(row: dict[str, Any]) -> Facts45X:
    fields = {name: decimal(row[name]) for name in _DECIMALS if name in row}
    fields = {name: value for name, value in fields.items() if value is not None or name != "units"}
    return Facts45X.model_validate({**{name: row[name] for name in _OTHERS if name in row}, **fields})


class _Columns:
    """Columns of a frame, and outcomes gathered gate by gate: a row fails where one gate fails."""

    def __init__(self, frame: pl.DataFrame, law: LawOn) -> None:
        self.frame, self.law = frame, law
        n = frame.height
        self.component: list[str] = frame["component"].to_list()
        self.fails, self.open, self.near = (np.zeros(n, dtype=bool) for _ in range(3))

    def value(self, parameter: str, at: Any, instrument: str = NAME) -> Any:
        return column(self.law, instrument, parameter, self.component, at)

    def flag(self, name: str) -> Any:
        """1 true, 0 false, NaN unknown."""
        if name not in self.frame.columns:
            return np.full(self.frame.height, np.nan)
        return self.frame[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()

    def gate(self, asked: Any, flag: Any) -> None:
        """Where asked: false fails, unknown leaves open."""
        self.fails |= asked & (flag == 0)
        self.open |= asked & np.isnan(flag)

    def at_least(self, given: Any, threshold: Any) -> None:
        """As :meth:`least` for an amount as given: no rounding stands between it and the threshold, so floats decide."""
        self.fails |= given < threshold
        self.open |= ~np.isnan(threshold) & np.isnan(given)

    def least(self, figure: Any, threshold: Any, asked: Any = True) -> None:
        """Where a threshold is found: below it fails, unknown leaves open, near it is left to the exact path."""
        asked = asked & ~np.isnan(threshold)
        scale = np.maximum(1.0, np.maximum(np.abs(figure), np.abs(threshold)))
        near = asked & (np.abs(figure - threshold) <= BORDER * scale)
        self.near |= near
        self.fails |= asked & ~near & (figure < threshold)
        self.open |= asked & np.isnan(figure)


def table(frame: pl.DataFrame, law: LawOn) -> pl.DataFrame:
    """The test on rows, one column per scalar field (a column left out is unknown): adds ``outcome`` and ``figure`` (USD).

    Raises:
        ValueError: a number is negative; the first such row is named.
    """
    for name in _DECIMALS:
        below = floats(frame, name) < 0
        if below.any():
            raise ValueError(f"row {int(np.flatnonzero(below)[0]) + 1}: {name} is negative")
    c = _Columns(frame, law)
    sold, produced = days(frame, "sold"), days(frame, "produced")
    made = np.where(np.isnat(produced), sold, produced)
    year = days(frame, "tax_year_start")
    year = np.where(np.isnat(year), sold.astype("datetime64[Y]").astype("datetime64[D]"), year)
    dead = ~np.isnat(sold) & ~(_in_force(law, sold) & _in_force(law, made))
    c.gate(True, _inside(frame, law, made))
    c.gate(True, 1 - c.flag("facility_48c"))
    c.at_least(floats(frame, "energy_density_wh_l"), c.value("energy_density", sold))
    c.at_least(floats(frame, "capacity_kwh"), c.value("least_energy", sold))
    c.gate(c.value("all_essential_equipment", year) == 1, c.flag("all_essential_equipment"))
    _sales(c, year)
    c.gate(~np.isnan(us_pfe.bars(law, year)), 1 - c.flag("taxpayer_prohibited"))
    total, pfe = floats(frame, "total_direct_cost"), floats(frame, "pfe_direct_cost")
    asked = ~np.isnan(column(law, us_macr.NAME, "required", c.component, year))
    threshold = c.value("threshold", sold, us_macr.NAME)
    met = law.law[us_macr.NAME].parameters["threshold"].met
    settled, passes = us_macr.bounded(total, pfe, threshold, met)
    c.fails |= asked & settled & ~passes
    with np.errstate(divide="ignore", invalid="ignore"):
        c.least(np.where(total > 0, (total - pfe) / total * 100, np.nan), threshold, asked & ~settled)
    credit = _credit(c, sold, produced, made)
    nosale = np.isnat(sold)
    code = np.where(c.fails, 0, np.where(c.open, 2, 1)).astype(np.int8)
    code[dead] = CODES.index(Outcome.FAIL)
    code[nosale] = CODES.index(Outcome.UNDETERMINED)
    for i in np.flatnonzero(c.near & ~dead & ~nosale & ~c.fails):
        code[i] = CODES.index(test(_record(frame.row(int(i), named=True)), law).outcome)
    figure = np.where(code == 1, credit, np.where(code == 0, 0.0, np.nan))
    return frame.with_columns(outcomes(code), pl.Series("figure", figure).fill_nan(None))


def _in_force(law: LawOn, at: Any) -> Any:
    """Whether the credit is in force on days, asked once for each day that occurs."""
    unique, place = np.unique(at, return_inverse=True)
    found = [not np.isnat(day) and bool(law.in_force(NAME, at=day.astype(object))) for day in unique]
    return np.array(found, dtype=bool)[place]


def _inside(frame: pl.DataFrame, law: LawOn, made: Any) -> Any:
    """Whether each row is made in a place that counts: 1, 0 or NaN."""
    result = np.full(frame.height, np.nan)
    if "place" not in frame.columns:
        return result

    firsts, found = spans(law, NAME, "places")
    span = np.searchsorted(firsts, made, side="right") - 1
    place = np.array([p or "" for p in frame["place"].to_list()], dtype=object)
    for i, one in enumerate(found):
        mine = (span == i) & (place != "")
        result[mine] = np.isin(place[mine].astype(str), one.list if one else ()).astype(float)
    return result


def _sales(c: _Columns, year: Any) -> None:
    n = c.frame.height
    sale = np.array(c.frame["sale"].to_list() if "sale" in c.frame.columns else [None] * n, dtype=object)
    c.fails |= sale == "related"
    c.open |= np.array([one is None for one in sale], dtype=bool)
    built = sale == "built in"
    c.gate(built, c.flag("secondary_sold_unrelated"))
    c.gate(built & (c.value("deemed_sale_same_facility", year) == 1), c.flag("same_facility"))
    part, whole = floats(c.frame, "secondary_us_primary_cost"), floats(c.frame, "secondary_material_cost")
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(whole > 0, part / whole * 100, np.nan)
    c.least(share, c.value("deemed_sale_material", year), built)


def _credit(c: _Columns, sold: Any, produced: Any, made: Any) -> Any:
    """USD as floats; notes what bars it (phased out, not yet eligible) and what is missing."""
    units = np.nan_to_num(floats(c.frame, "units"), nan=1.0)
    capacity, power = floats(c.frame, "capacity_kwh"), floats(c.frame, "power_kw")
    per_kwh, share = c.value("amount_per_kwh", sold), c.value("share_of_cost", made)
    by_kwh = ~np.isnan(per_kwh)
    counted = np.minimum(capacity, c.value("capacity_to_power", sold) * power)
    full = np.where(by_kwh, counted * units * per_kwh, floats(c.frame, "production_cost") * share / 100)
    left = c.value("phase_out", sold)
    left = np.where(np.isnan(left), c.value("phase_out_minerals", produced), left)
    none = ~by_kwh & np.isnan(share)
    c.fails |= none
    credit = full * left / 100
    c.open |= np.isnan(credit) & ~none
    # Nothing is left of the credit: it fails, but only where everything else about the amount is known.
    c.fails |= (left == 0) & ~np.isnan(full)
    return credit


REGIME = Regime(NAME, Facts45X, test, table)
