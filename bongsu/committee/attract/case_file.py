"""A case from plain numbers, independent of any plan: a published study, or an investor's own sheet.

    case: example
    title: A small plant
    currency: CAD
    money: real                    # or nominal: amounts in money of each year
    money_year: 2025
    first_year: 2026
    years: 12
    discount: 0.08                 # real
    flows:                         # one number, a list of all years, or stretches of years
      output: [{from: 2028, value: 100}]
      price: 3.0
      costs: [{from: 2028, value: 100}]
      capital: {machinery: [{from: 2026, to: 2027, value: 400}]}
    tax: {country: CA, region: "ON", stage: cell}      # or none, or {rate: 0.25, allowance: 0.3, first: 0.45}

or dated amounts alone:

    case: rounds
    currency: USD
    discount: 0.09
    dated: [{day: 2008-01-01, amount: -10000}, {day: 2008-03-01, amount: 2750}]

Years of a stretch that is not told are zero: nothing happens in them. Everything else that is not told is not in the case.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bongsu.committee.attract.cashflow import CashFlow, Flow, Inputs, Loan
from bongsu.committee.attract.ground import BadProject
from bongsu.committee.attract.measures import Return, dated_rate, dated_value, levelised, modified_rate, payback
from bongsu.committee.attract.tax import KINDS, IncomeTax, NoTaxLaw, UnknownProvince
from bongsu.law.instrument import LawOn

Floats = npt.NDArray[np.float64]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Stretch(_Strict):
    """A value over years; without ``to`` until the last."""

    first: int = Field(alias="from")
    to: int | None = None
    value: float


Path = float | list[float] | list[Stretch]


class Flows(_Strict):
    """Amounts by year, as in :class:`~bongsu.committee.attract.cashflow.Inputs`."""

    output: Path = 1.0
    price: Path
    costs: Path
    capital: dict[str, Path]
    working: Path = 0.0
    support: Path = 0.0
    grants: dict[str, Path] = Field(default_factory=dict)


class Rates(_Strict):
    """One rate of tax and one allowance for all years."""

    rate: float = Field(ge=0, lt=1)
    allowance: float = Field(ge=0, le=1)
    first: float = Field(ge=0, le=1)


class Place(_Strict):
    """Tax as the law of a place says."""

    country: str
    region: str
    stage: str
    process: str = ""


class Debt(_Strict):
    """A loan; see :class:`~bongsu.committee.attract.cashflow.Loan`."""

    lender: str
    share: float = Field(ge=0, le=1)
    rate: float
    tenor: int = Field(gt=0)
    grace: int = 0
    fee: float = 0.0
    market: float | None = None


class CaseFile(_Strict):
    """A case of plain numbers."""

    case: str
    title: str = ""
    source: str = ""
    note: str = ""
    currency: str
    money: Literal["real", "nominal"]
    money_year: int
    unit: float = Field(default=1.0, description="of all amounts of money, such as 1e6")
    first_year: int
    years: int = Field(gt=1, le=120)
    discount: float = Field(gt=-1)
    finance: float | None = Field(
        default=None, gt=-1, description="of the modified rate, for outlays; else the discount"
    )
    reinvest: float | None = Field(
        default=None, gt=-1, description="of the modified rate, for receipts; else the discount"
    )
    inflation: float = 0.0
    exchange: Path = Field(default=1.0, description="units of the currency of the tax for one of the case")
    flows: Flows
    royalty: float = 0.0
    credit_rate: dict[str, dict[str, Path]] = Field(default_factory=dict)
    credit_after: int = 1
    loans: list[Debt] = Field(default_factory=list)
    tax: Place | Rates | Literal["none"] = "none"
    published: dict[str, float] = Field(default_factory=dict)


class Dated(_Strict):
    """An amount on a day."""

    day: dt.date
    amount: float


class DatedFile(_Strict):
    """A case of dated amounts in money of each day; its rates are nominal, of years of 365 days."""

    case: str
    title: str = ""
    source: str = ""
    note: str = ""
    currency: str
    discount: float = Field(gt=-1)
    dated: list[Dated] = Field(min_length=2)
    published: dict[str, float] = Field(default_factory=dict)


def _beside(found: Mapping[str, float | None], published: Mapping[str, float]) -> pl.DataFrame:
    """Measure, what was found, what the source published, and the difference as a share of the published figure."""
    rows = []
    for name, value in found.items():
        stated = published.get(name.removesuffix("_real"), published.get(name))
        off = value / stated - 1.0 if value is not None and stated else None
        rows.append({"measure": name, "found": value, "published": stated, "difference": off})
    return pl.DataFrame(
        rows,
        schema={"measure": pl.String, "found": pl.Float64, "published": pl.Float64, "difference": pl.Float64},
    )


@dataclass(frozen=True)
class DatedCase:
    """A case of dated amounts: present value at its first day (XNPV) and internal rate of return (XIRR)."""

    file: DatedFile

    def rate(self) -> Return:
        """Internal rate of return a year, with what the signs allow to be said of it."""
        return dated_rate([one.day for one in self.file.dated], [one.amount for one in self.file.dated])

    def measures(self) -> pl.DataFrame:
        """Measure, what was found, what the source published, and the difference as a share of the published figure."""
        days, amounts = [one.day for one in self.file.dated], [one.amount for one in self.file.dated]
        value = dated_value(self.file.discount, days, amounts)
        return _beside({"npv_dated": value, "irr_dated": self.rate().rate}, self.file.published)


@dataclass(frozen=True)
class PlainCase:
    """A case of plain numbers and its cash flow.

    Attributes:
        file: as read.
        flow: one scenario, real, in the currency of the file.
        untaxed: why nothing after tax can be said; blank where it can.
    """

    file: CaseFile
    flow: CashFlow
    untaxed: str = ""
    found: Mapping[str, float | None] = field(default_factory=dict)

    def returns(self) -> dict[str, Return]:
        """Real internal rates of return, with what the signs of the flow allow to be said of them."""
        kinds: list[Flow] = ["pre_tax", *(["post_tax"] if self.flow.taxes is not None else [])]  # type: ignore[list-item]
        return {f"irr_{which}_real": self.flow.irr_real(which, self.file.discount) for which in kinds}

    def measures(self) -> pl.DataFrame:
        """Measure, what was found, what the source published, and the difference as a share of the published figure."""
        return _beside(self.found, self.file.published)


def parse(data: Any, where: str = "the case") -> CaseFile:
    """The case in plain data; for one with ``dated`` see :func:`dated_case`.

    Raises:
        BadProject: something is missing or wrong; the sentence says what, where and what to do.
    """
    try:
        return CaseFile.model_validate(data)
    except ValidationError as error:
        raise _wrong(error, where) from None


def _wrong(error: ValidationError, where: str) -> BadProject:
    first = error.errors()[0]
    at = ".".join(str(part) for part in first["loc"]) or "the whole"
    return BadProject(f"{where}: {at}: {first['msg'].lower()}; the form is in docs/attract.md")


def dated_case(data: Any, where: str = "the case") -> DatedCase:
    """The case of dated amounts in plain data.

    Raises:
        BadProject: something is missing or wrong; the sentence says what, where and what to do.
    """
    try:
        file = DatedFile.model_validate(data)
    except ValidationError as error:
        raise _wrong(error, where) from None
    _check_published(file, ("npv_dated", "irr_dated"), where)
    return DatedCase(file)


def _check_published(file: CaseFile | DatedFile, known: Iterable[str], where: str) -> None:
    """Refuse a published figure that has the name of no measure, as it would be compared with nothing."""
    names = list(dict.fromkeys(known))
    short = [name.removesuffix("_real") for name in names]
    if unknown := [name for name in file.published if name not in {*names, *short}]:
        raise BadProject(f"{where}: published: there is no measure {unknown[0]!r}; there are {', '.join(names)}")


def reckon(file: CaseFile, law: LawOn | None = None) -> PlainCase:
    """The cash flow of a case of plain numbers.

    Args:
        file: the case.
        law: as known on the day of the question; needed where the tax is that of a place.

    Raises:
        BadProject: a part does not fit the years, or a kind of property is not known.
    """
    years = tuple(range(file.first_year, file.first_year + file.years))
    unknown = sorted(set(file.flows.capital) - set(KINDS))
    if unknown:
        raise BadProject(
            f"{file.case}: there is no kind of property {', '.join(unknown)}; there are {', '.join(KINDS)}"
        )
    level = (1.0 + file.inflation) ** (np.asarray(years, dtype=float) - file.money_year)
    money = file.unit / (level if file.money == "nominal" else np.ones(len(years)))

    def path(name: str, one: Path) -> Floats:
        return _path(f"{file.case}: {name}", one, years)

    tax, untaxed = None, "the case names no tax"
    if isinstance(file.tax, Rates):
        tax, untaxed = IncomeTax.flat(years, file.tax.rate, file.tax.allowance, file.tax.first, file.currency), ""
    elif isinstance(file.tax, Place) and law is not None:
        try:
            at = file.tax
            tax, untaxed = IncomeTax.of(law, years, at.country, at.region, at.process, at.stage), ""
        except UnknownProvince as error:
            raise BadProject(f"{file.case}: tax.region: {error}") from None
        except NoTaxLaw as error:
            untaxed = str(error)
    flows = file.flows
    inputs = Inputs.of(
        years,
        file.currency,
        file.money_year,
        output=path("output", flows.output),
        price=path("price", flows.price) * money,
        costs=path("costs", flows.costs) * money,
        capital={kind: path(f"capital {kind}", one) * money for kind, one in flows.capital.items()},
        working=path("working", flows.working) * money,
        support=path("support", flows.support) * money,
        grants={kind: path(f"grants {kind}", one) * money for kind, one in flows.grants.items()},
        credit_rate={
            level_: {kind: path(f"credit {kind}", one) for kind, one in by.items()}
            for level_, by in file.credit_rate.items()
        },
        credit_after=file.credit_after,
        exchange=path("exchange", file.exchange),
        inflation=file.inflation,
        loans=[Loan(**one.model_dump()) for one in file.loans],
        royalty=file.royalty,
    )
    flow = CashFlow.of(inputs, tax)
    found = _measured(file, flow)
    # What needs tax is published even where no tax is known here.
    _check_published(file, [*found, *(name.replace("pre_tax", "post_tax") for name in found)], file.case)
    return PlainCase(file, flow, untaxed, found)


def _measured(file: CaseFile, flow: CashFlow) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    known: list[Flow] = ["pre_tax", *(["post_tax"] if flow.taxes is not None else [])]  # type: ignore[list-item]
    for which in known:
        found[f"npv_{which}_real"] = float(flow.npv_real(file.discount, which)[0]) / file.unit
        real = flow.irr_real(which, file.discount)
        found[f"irr_{which}_real"] = real.rate
        finance, reinvest = (file.discount if one is None else one for one in (file.finance, file.reinvest))
        found[f"mirr_{which}_real"] = modified_rate(flow.flow(which)[0], finance, reinvest)
        if file.inflation or f"irr_{which}_nominal" in file.published:
            found[f"irr_{which}_nominal"] = flow.irr_nominal(which, file.discount).rate
        found[f"payback_{which}"] = payback(flow.flow(which)[0])
    if file.loans and flow.taxes is not None:
        found["irr_equity_nominal"] = flow.irr_nominal("equity", file.discount).rate
        cover = float(flow.cover[0])
        found["debt_cover_least"] = cover if np.isfinite(cover) else None
    costs = (flow.costs + flow.capital + flow.working - flow.support - flow.grants)[0]
    cost = levelised(file.discount, costs, flow.inputs.output[0])
    found["levelised_cost_pre_tax_real"] = cost
    for which in known:
        found[f"break_even_price_{which}_real"] = break_even_price(flow, file.discount, which)
    return found


def break_even_price(flow: CashFlow, discount: float, which: Flow) -> float | None:
    """The levelised price at which a present value is zero, the whole path of prices scaled; None where no price does that.

    Scales between nothing and a thousandfold are looked at.
    """
    from scipy.optimize import brentq

    level = levelised(discount, flow.revenue[0], flow.inputs.output[0])

    def worth(scale: float) -> float:
        return float(
            CashFlow.of(replace(flow.inputs, price=flow.inputs.price * scale), flow.tax).npv_real(discount, which)[0]
        )

    if level is None or level <= 0 or worth(0.0) > 0 or worth(1e3) < 0:
        return None
    return level * float(brentq(worth, 0.0, 1e3, xtol=1e-13))


def _path(name: str, one: Path, years: tuple[int, ...]) -> Floats:
    if isinstance(one, float | int):
        return np.full(len(years), float(one))
    if one and isinstance(one[0], Stretch):
        result = np.zeros(len(years))
        for stretch in one:
            assert isinstance(stretch, Stretch)
            last = years[-1] if stretch.to is None else stretch.to
            if stretch.first < years[0] or last > years[-1] or stretch.first > last:
                raise BadProject(f"{name}: {stretch.first} to {last} is not within {years[0]} to {years[-1]}")
            result[stretch.first - years[0] : last - years[0] + 1] = stretch.value
        return result
    values = np.asarray(one, dtype=np.float64)
    if values.size != len(years):
        raise BadProject(f"{name} has {values.size} values, the case has {len(years)} years; give one for each")
    return values
