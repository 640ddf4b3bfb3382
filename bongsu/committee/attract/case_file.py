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

Years of a stretch that is not told are zero: nothing happens in them. Everything else that is not told is not in the case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bongsu.committee.attract.cashflow import CashFlow, Flow, Inputs, Loan
from bongsu.committee.attract.ground import BadProject
from bongsu.committee.attract.measures import Return, levelised, payback
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
    inflation: float = 0.0
    exchange: Path = Field(default=1.0, description="units of the currency of the tax for one of the case")
    flows: Flows
    royalty: float = 0.0
    credit_rate: dict[str, dict[str, Path]] = Field(default_factory=dict)
    credit_after: int = 1
    loans: list[Debt] = Field(default_factory=list)
    tax: Place | Rates | Literal["none"] = "none"
    published: dict[str, float] = Field(default_factory=dict)


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
        rows = []
        for name, value in self.found.items():
            published = self.file.published.get(name.removesuffix("_real"), self.file.published.get(name))
            off = value / published - 1.0 if value is not None and published else None
            rows.append({"measure": name, "found": value, "published": published, "difference": off})
        return pl.DataFrame(
            rows,
            schema={"measure": pl.String, "found": pl.Float64, "published": pl.Float64, "difference": pl.Float64},
        )


def parse(data: Any, where: str = "the case") -> CaseFile:
    """The case in plain data.

    Raises:
        BadProject: something is missing or wrong; the sentence says what, where and what to do.
    """
    try:
        return CaseFile.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        at = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise BadProject(f"{where}: {at}: {first['msg'].lower()}; the form is in docs/attract.md") from None


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
    return PlainCase(file, flow, untaxed, _measured(file, flow))


def _measured(file: CaseFile, flow: CashFlow) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    known: list[Flow] = ["pre_tax", *(["post_tax"] if flow.taxes is not None else [])]  # type: ignore[list-item]
    for which in known:
        found[f"npv_{which}_real"] = float(flow.npv_real(file.discount, which)[0]) / file.unit
        real = flow.irr_real(which, file.discount)
        found[f"irr_{which}_real"] = real.rate
        found[f"mirr_{which}_real"] = real.modified
        if file.inflation:
            found[f"irr_{which}_nominal"] = flow.irr_nominal(which, file.discount).rate
        found[f"payback_{which}"] = payback(flow.flow(which)[0])
    if file.loans and flow.taxes is not None:
        found["irr_equity_nominal"] = flow.irr_nominal("equity", file.discount).rate
        cover = float(flow.cover[0])
        found["debt_cover_least"] = cover if np.isfinite(cover) else None
    costs = (flow.costs + flow.capital + flow.working - flow.support - flow.grants)[0]
    cost = levelised(file.discount, costs, flow.inputs.output[0])
    found["levelised_cost_pre_tax_real"] = cost
    return found


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
