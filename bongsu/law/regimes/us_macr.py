"""Material assistance from prohibited foreign entities: the cost ratio of a component against the threshold of its year.

MACR = (total direct material cost − that from prohibited foreign entities) / total direct material cost (26 USC 7701(a)(52);
Notice 2026-15). At the threshold there is no material assistance. ``pass`` means: nothing stands in the way of the credit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict, Field, model_validator

from bongsu.law.finding import Finding, Missing, Outcome, Step, percent, ratio_meets, undetermined
from bongsu.law.instrument import Found, LawOn
from bongsu.law.regime import Regime
from bongsu.law.spans import column
from bongsu.law.tabular import CODES, decide

NAME = "us-macr"
Money = Annotated[Decimal, Field(ge=0)]
Component = Literal[
    "cell",
    "module",
    "module_without_cells",
    "electrode_material",
    "mineral",
    "metallurgical_coal",
    "storage",
    "facility",
]
_CONSTRUCTION = "threshold_construction"


class Material(BaseModel):
    """A direct material of a component, with what it cost and who made it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, description="Name of the material.")
    price: Money | None = Field(description="Purchase price, USD; None = unknown.")
    freight_in: Money = Field(
        default=Decimal(0), description="Freight to the plant beside the price, USD; 0 = in the price."
    )
    tariffs: Money = Field(
        default=Decimal(0),
        description="Duties on it beside the price, USD; 0 = in the price, or none.",
    )
    prohibited: bool | None = Field(
        default=None,
        description="Whether its miner, producer or maker (behind any reseller) is a prohibited foreign entity in the taxable "
        "year in which the cost was paid or incurred; None = unknown.",
    )
    kind: Literal["constituent", "consumable", "tool"] = Field(
        default="constituent", description="Constituent materials end up in the component; only these count."
    )
    contract: dt.date | None = Field(
        default=None, description="Day of the binding written contract under which it is bought, if one is relied on."
    )


class Product(BaseModel):
    """One product of the same component type that is averaged with others: its materials, or their sums."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, description="Name of the product.")
    units: Annotated[Decimal, Field(ge=0)] = Field(default=Decimal(1), description="Units sold in the period.")
    materials: tuple[Material, ...] = Field(default=(), description="Direct materials of one unit.")
    total_direct_cost: Money | None = Field(default=None, description="USD for one unit, where no materials are given.")
    pfe_direct_cost: Money | None = Field(
        default=None, description="USD for one unit from prohibited foreign entities, where no materials are given."
    )

    @model_validator(mode="after")
    def _sound(self) -> Product:
        _part_of_total(self.pfe_direct_cost, self.total_direct_cost)
        return self


class MacrFacts(BaseModel):
    """Facts for the material assistance cost ratio of one component, or of an average over products of one type."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    component: Component = Field(
        description="cell, module, module_without_cells, electrode_material, mineral or metallurgical_coal (by day of sale); "
        "storage or facility (sections 48E and 45Y, by start of construction)."
    )
    sold: dt.date | None = Field(default=None, description="Day of sale; in a period averaged over, its last day.")
    construction_start: dt.date | None = Field(
        default=None, description="Day on which construction began, for storage and facilities."
    )
    tax_year_start: dt.date | None = Field(
        default=None, description="First day of the taxable year; None = the calendar year of the sale."
    )
    total_direct_cost: Money | None = Field(
        default=None, description="Cost of direct materials, USD: price, freight-in and tariffs; None = unknown."
    )
    pfe_direct_cost: Money | None = Field(
        default=None, description="Part of it from prohibited foreign entities, USD; None = unknown."
    )
    materials: tuple[Material, ...] = Field(default=(), description="Direct materials, instead of the two sums.")
    products: tuple[Product, ...] = Field(
        default=(), description="Products of this component type averaged together, instead of sums or materials."
    )
    period_months: Annotated[Decimal, Field(gt=0)] | None = Field(
        default=None, description="Length of the averaging period in months; needed where products are averaged."
    )
    relief_elected: bool = Field(default=False, description="The election for contracts made before the cut-off.")
    contract_relief: Literal["left out of both sums", "counted as no prohibited entity's"] | None = Field(
        default=None, description="Reading of the relief; None = the instrument's default."
    )

    @model_validator(mode="after")
    def _sound(self) -> MacrFacts:
        ways = (self.total_direct_cost is not None or self.pfe_direct_cost is not None, self.materials, self.products)
        if sum(map(bool, ways)) > 1:
            raise ValueError("give the two sums, the materials or the products, only one of the three")
        _part_of_total(self.pfe_direct_cost, self.total_direct_cost)
        return self


def _part_of_total(part: Decimal | None, total: Decimal | None) -> None:
    if part is not None and total is not None and part > total:
        raise ValueError(f"{part} from prohibited foreign entities is more than the total of {total}; it is part of it")


class _Sums:
    """Total cost, least and most cost from prohibited foreign entities, and what is not known."""

    def __init__(self) -> None:
        self.total = Decimal(0)
        self.least = Decimal(0)
        self.most = Decimal(0)
        self.lost: list[Missing] = []  # without these there is no figure at all
        self.open: list[Missing] = []  # these leave bounds
        self.steps: list[Step] = []

    def add(self, total: Decimal, least: Decimal, most: Decimal) -> None:
        self.total += total
        self.least += least
        self.most += most


def test(facts: MacrFacts, law: LawOn) -> Finding:
    """Whether a component is free of material assistance: pass, fail, or undetermined with what is missing."""
    return _test(facts, law, "macr")


def _test(facts: MacrFacts, law: LawOn, name: str) -> Finding:
    by_start = facts.component in law.law[NAME].parameters[_CONSTRUCTION].facts
    day = facts.construction_start if by_start else facts.sold
    if day is None:
        return undetermined(NAME, name, [Missing("us-macr.no-start" if by_start else "us-macr.no-sale")])
    year = facts.tax_year_start or dt.date(day.year, 1, 1)
    sums = _sums(facts, law, day)
    free = _free(facts, law, day, year, by_start)
    if free is not None:
        figure = percent(sums.total - sums.least, sums.total) if sums.total and not (sums.lost or sums.open) else None
        return Finding(NAME, name, Outcome.PASS, figure, "%" if figure is not None else "", steps=(free,))
    threshold = law.value(NAME, _CONSTRUCTION if by_start else "threshold", facts.component, at=day)
    if sums.lost:
        return undetermined(NAME, name, sums.lost, sums.steps, threshold=threshold)
    if not sums.total:
        return undetermined(NAME, name, [Missing("us-macr.no-cost")], sums.steps, threshold=threshold)
    return _against(facts, sums, threshold, name)


def _free(facts: MacrFacts, law: LawOn, day: dt.date, year: dt.date, by_start: bool) -> Step | None:
    """The step that says why no ratio is asked for; None where one is."""
    asked = {"date": str(year), "known": str(law.known)}
    if not law.in_force(NAME, at=max(day, year)):
        return Step("us-macr.no-law", asked, outcome=Outcome.PASS)
    required = law.find(NAME, "required", at=year)
    if not by_start and required is None:
        return Step("us-macr.not-required", asked, outcome=Outcome.PASS)
    if law.find(NAME, _CONSTRUCTION if by_start else "threshold", facts.component, at=day) is None:
        return Step("us-macr.no-threshold", {"date": str(day)}, law=required, outcome=Outcome.PASS)
    return None


def _against(facts: MacrFacts, sums: _Sums, threshold: Found, name: str) -> Finding:
    low, high = sums.total - sums.most, sums.total - sums.least
    worst, best = (ratio_meets(part, sums.total, threshold) for part in (low, high))
    steps = list(sums.steps)
    if low == high:
        steps.append(_ratio("us-macr.ratio", sums.total, sums.least))
    else:
        steps += [_ratio("us-macr.ratio-least", sums.total, sums.most)]
        steps += [_ratio("us-macr.ratio-most", sums.total, sums.least)]
    figure = percent(low, sums.total) if low == high else None
    outcome = Outcome.of(worst if worst == best else None)
    steps.append(Step("compare", {}, figure, "%" if figure is not None else "", law=threshold, outcome=outcome))
    return Finding(
        NAME,
        name,
        outcome,
        figure,
        "%",
        threshold,
        tuple(steps),
        tuple(sums.open) if outcome is Outcome.UNDETERMINED else (),
        switches={"contract_relief": facts.contract_relief} if facts.contract_relief else {},
    )


def _ratio(what: str, total: Decimal, pfe: Decimal) -> Step:
    working = f"({total:f} − {pfe:f}) / {total:f} × 100"
    return Step(what, {}, percent(total - pfe, total), "%", working)


def _sums(facts: MacrFacts, law: LawOn, day: dt.date) -> _Sums:
    sums = _Sums()
    if facts.products:
        _average(facts, law, day, sums)
    elif facts.materials:
        for material in facts.materials:
            _count(material, Decimal(1), facts, law, day, sums)
    else:
        _given(facts.total_direct_cost, facts.pfe_direct_cost, Decimal(1), facts.component, sums)
    return sums


def _average(facts: MacrFacts, law: LawOn, day: dt.date, sums: _Sums) -> None:
    longest = law.find(NAME, "averaging", at=facts.tax_year_start or dt.date(day.year, 1, 1))
    if facts.period_months is None:
        sums.lost.append(Missing("us-macr.no-period"))
    elif longest is not None and facts.period_months > longest.number:
        sums.lost.append(Missing("us-macr.period-long", {"months": facts.period_months, "most": longest.number}))
    for product in facts.products:
        before = sums.total
        if product.materials:
            for material in product.materials:
                _count(material, product.units, facts, law, day, sums)
        else:
            _given(product.total_direct_cost, product.pfe_direct_cost, product.units, product.name, sums)
        sums.steps.append(
            Step("us-macr.product", {"name": product.name, "units": product.units}, sums.total - before, "USD")
        )
    if longest is not None:
        sums.steps.append(Step("us-macr.averaged", {"months": facts.period_months or "?"}, law=longest))


def _given(total: Decimal | None, pfe: Decimal | None, units: Decimal, name: str, sums: _Sums) -> None:
    if total is None:
        sums.lost.append(Missing("us-macr.no-total", {"name": name}))
        return
    if pfe is None:
        sums.open.append(Missing("us-macr.no-pfe", {"name": name}))
    sums.add(total * units, (pfe or Decimal(0)) * units, (total if pfe is None else pfe) * units)


def _count(material: Material, units: Decimal, facts: MacrFacts, law: LawOn, day: dt.date, sums: _Sums) -> None:
    """Add one material, or say why it does not count."""
    year = facts.tax_year_start or dt.date(day.year, 1, 1)
    counted = law.find(NAME, "counted", material.kind, at=year)
    # Until the notice only constituent material was plainly "direct"; the notice says so in words.
    if (counted.value == "no") if counted else material.kind != "constituent":
        sums.steps.append(Step("us-macr.not-counted", {"name": material.name}, law=counted))
        return
    if material.price is None:
        sums.lost.append(Missing("us-macr.no-price", {"name": material.name}))
        return
    cost = (material.price + material.freight_in + material.tariffs) * units
    working = f"({material.price:f} + {material.freight_in:f} + {material.tariffs:f}) × {units:f}"
    prohibited = material.prohibited
    relieved = _relieved(material, facts, law, day)
    if relieved is not None:
        reading = facts.contract_relief or law.law[NAME].switches["contract_relief"]["default"]
        sums.steps.append(Step("us-macr.relieved", {"name": material.name}, law=relieved))
        if reading == law.law[NAME].switches["contract_relief"]["options"][0]:
            return
        prohibited = False
    state = {True: "us-macr.prohibited", False: "us-macr.clean", None: "us-macr.unknown"}[prohibited]
    sums.steps.append(Step(state, {"name": material.name}, cost, "USD", working))
    if prohibited is None and cost:
        sums.open.append(Missing("us-macr.no-supplier", {"name": material.name}))
    sums.add(cost, cost if prohibited else Decimal(0), Decimal(0) if prohibited is False else cost)


def _relieved(material: Material, facts: MacrFacts, law: LawOn, day: dt.date) -> Found | None:
    if not facts.relief_elected or material.contract is None:
        return None
    contract = law.find(NAME, "relief_contract", at=material.contract)
    sold = law.find(NAME, "relief_sold", at=day)
    both = contract is not None and sold is not None and contract.value == "yes" and sold.value == "yes"
    return contract if both else None


def decimal(value: Any) -> Decimal | None:
    """A cell of a table as a Decimal: what it shows, not its binary expansion; None for null and NaN.

    Raises:
        ValueError: it is no number.
    """
    if value is None or value != value:  # NaN differs from itself
        return None
    try:
        return value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"{value!r} is no number") from None


def floats(frame: pl.DataFrame, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """A column as floats, NaN where null or where there is no such column."""
    if name not in frame.columns:
        return np.full(frame.height, np.nan)
    return frame[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()


def days(frame: pl.DataFrame, name: str) -> np.ndarray[Any, np.dtype[np.datetime64]]:
    """A column of dates as numpy days, NaT where null or where there is no such column."""
    if name not in frame.columns:
        return np.full(frame.height, np.datetime64("NaT"), dtype="datetime64[D]")
    return frame[name].cast(pl.Date).to_numpy().astype("datetime64[D]")


_FLOATS = {"at least": np.greater_equal, "more than": np.greater, "at most": np.less_equal, "less than": np.less}


def bounded(total: Any, pfe: Any, threshold: Any, met: str) -> tuple[Any, Any]:
    """Rows whose part from prohibited entities is unknown and yet settles nothing, and whether those pass.

    An unknown part leaves every ratio from 0 to 100, both exact as floats.
    """
    worst, best = _FLOATS[met](0.0, threshold), _FLOATS[met](100.0, threshold)
    return (total > 0) & np.isnan(pfe) & ~np.isnan(threshold) & (worst == best), worst


def outcomes(code: Iterable[int]) -> pl.Series:
    """Codes as a column of outcomes."""
    return pl.Series("outcome", [CODES[c].value for c in code], dtype=pl.String)


_SCALARS = ("total_direct_cost", "pfe_direct_cost")
_DATES = ("sold", "construction_start", "tax_year_start")


def _record(row: dict[str, Any]) -> MacrFacts:
    known: dict[str, Any] = {name: decimal(row.get(name)) for name in _SCALARS}
    return MacrFacts.model_validate(
        {"component": row["component"], **known, **{name: row.get(name) for name in _DATES}}
    )


def table(frame: pl.DataFrame, law: LawOn) -> pl.DataFrame:
    """The test on rows: columns component, sold (or construction_start), total_direct_cost, pfe_direct_cost and, if given,
    tax_year_start; adds ``outcome`` and ``figure`` (the ratio in percent).

    Raises:
        ValueError: a cost is negative, or the part from prohibited entities is more than the total; the first such row is named.
    """
    total, pfe = floats(frame, "total_direct_cost"), floats(frame, "pfe_direct_cost")
    for wrong, what in (
        ((total < 0) | (pfe < 0), "a cost is negative"),
        (pfe > total, "the cost from prohibited foreign entities is more than the total"),
    ):
        if wrong.any():
            raise ValueError(f"row {int(np.flatnonzero(wrong)[0]) + 1}: {what}")
    component = frame["component"].to_list()
    on = law.law[NAME].parameters[_CONSTRUCTION].facts
    by_start = np.array([c in on for c in component], dtype=bool)
    day = np.where(by_start, days(frame, "construction_start"), days(frame, "sold"))
    year = days(frame, "tax_year_start")
    year = np.where(np.isnat(year), day.astype("datetime64[Y]").astype("datetime64[D]"), year)
    asked = np.where(
        by_start,
        column(law, NAME, _CONSTRUCTION, component, day),
        column(law, NAME, "threshold", component, day),
    )
    required = by_start | ~np.isnan(column(law, NAME, "required", component, year))
    free = ~np.isnat(day) & (~required | np.isnan(asked))
    with np.errstate(divide="ignore", invalid="ignore"):
        figure = np.where(total > 0, (total - pfe) / total * 100, np.nan)
    known = ~np.isnat(day) & ~free & ~np.isnan(figure)
    names = frame.columns
    met = law.law[NAME].parameters["threshold"].met

    def exact(i: int) -> Outcome:
        return test(_record(dict(zip(names, frame.row(i), strict=True))), law).outcome

    code = decide(figure, asked, met, exact, known)
    settled, passes = bounded(total, pfe, asked, met)
    settled &= ~np.isnat(day)
    code[settled] = np.where(passes[settled], CODES.index(Outcome.PASS), CODES.index(Outcome.FAIL))
    code[free] = CODES.index(Outcome.PASS)
    figure = np.where(np.isnat(day), np.nan, figure)
    return frame.with_columns(outcomes(code), pl.Series("figure", figure).fill_nan(None))


REGIME = Regime(NAME, MacrFacts, test, table)
