"""Concentration of supply: who supplies how much, and how much hangs on the largest of them.

    HHI                Σ_i s_i²                                        s_i = share of supplier i; between 1/n and 1
    import reliance    (imports - exports) / (own output + imports - exports)
    N-1                Σ_{i≠k} supply_i / Σ_{i≠k} demand_i              k = the largest supplier

The HHI is that of Herfindahl (1950) and Hirschman (1945), here on a scale of 1 (other texts multiply it by 10,000). Import
reliance is net import reliance as the US Geological Survey defines it: net imports over apparent consumption; below zero for
a net exporter. N-1 follows the International Energy Agency (Global Critical Minerals Outlook 2025): what part of the demand
of all others could be met if the largest supplier fell away, with its own demand.

GeoPolRisk is the geopolitical supply risk of a material for an importer:

    GeoPolRisk = HHI · Σ_i  g_i · f_i / (p + F)

HHI of world production by country; f_i imports from i under all customs codes of the material together; F = Σ f_i; p the
importer's own output in the unit of f; g_i the political instability of i, from the World Bank's indicator of political
stability (w, from -2.5 to 2.5) as g = (2.5 - w) / 5 (Gemechu, Helbig, Sonnemann, Thorenz and Tuma, J. Ind. Ecol. 20, 2016;
own output in the denominator: Helbig et al., J. Clean. Prod. 137, 2016; as restated by Santillán-Saldivar et al., Int. J.
Life Cycle Assess. 27, 2022). What it needs and nobody stated makes it unknown, never zero.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
import polars as pl

from bongsu.answers.footprint import Footprint
from bongsu.atlas import Atlas, PackError
from bongsu.atlas.problems import Problem, errors
from bongsu.atlas.read import read_table
from bongsu.atlas.schema import parse_schema
from bongsu.chain import Chain
from bongsu.plan import Plan

#: Ends of the scale of the World Bank's indicator.
_STABLE, _UNSTABLE = 2.5, -2.5
_TINY = 1e-9


# Measures ----------------------------------------------------------------------------------------------------------------------


def shares(amounts: Mapping[str, float]) -> dict[str, float]:
    """Shares of suppliers, largest first; those that supply nothing are left out.

    Raises:
        ValueError: an amount is below zero.
    """
    if any(amount < 0 for amount in amounts.values()):
        raise ValueError("an amount supplied is below zero")
    total = sum(amounts.values())
    if total <= 0:
        return {}
    return {
        name: amount / total
        for name, amount in sorted(amounts.items(), key=lambda one: (-one[1], one[0]))
        if amount > 0
    }


def hhi(amounts: Mapping[str, float]) -> float | None:
    """Herfindahl–Hirschman index between 0 and 1; None where nothing is supplied."""
    parts = shares(amounts)
    return sum(share**2 for share in parts.values()) if parts else None


def top_share(amounts: Mapping[str, float], n: int = 3) -> float | None:
    """Share of the ``n`` largest suppliers; None where nothing is supplied."""
    parts = list(shares(amounts).values())
    return min(1.0, sum(parts[:n])) if parts else None


def import_reliance(output: float, imports: float, exports: float = 0.0) -> float | None:
    """Net imports over apparent consumption; below zero for a net exporter, None where nothing is used."""
    used = output + imports - exports
    return (imports - exports) / used if used > 0 else None


def n_minus_one(supply: Mapping[str, float], demand: Mapping[str, float]) -> float | None:
    """What the others supply over what the others want, without the largest supplier; None where the others want nothing.

    Args:
        supply, demand: by country, in one unit. Above 1 the others have more than they want.
    """
    parts = shares(supply)
    if not parts:
        return 0.0 if sum(demand.values()) > 0 else None
    largest = next(iter(parts))
    wanted = sum(amount for name, amount in demand.items() if name != largest)
    return sum(amount for name, amount in supply.items() if name != largest) / wanted if wanted > 0 else None


def instability(stability: float) -> float:
    """Political instability between 0 and 1 from the World Bank's estimate of political stability."""
    return (_STABLE - min(max(stability, _UNSTABLE), _STABLE)) / (_STABLE - _UNSTABLE)


@dataclass(frozen=True, slots=True)
class GeoPolRisk:
    """Geopolitical supply risk of a material for an importer.

    Attributes:
        value: between 0 and 1; None = unknown, because of what is ``missing``.
        hhi: of world production; ``exposure``: Σ g f / (p + F); None = unknown.
        missing: what would have to be known: ``production``, ``own_output``, or ``governance:COUNTRY``.
    """

    value: float | None
    hhi: float | None
    exposure: float | None
    missing: tuple[str, ...]


def geopolrisk(
    imports: Mapping[str, float],
    output: float | None,
    production: Mapping[str, float] | None,
    stability: Mapping[str, float],
) -> GeoPolRisk:
    """GeoPolRisk; see the head of the module.

    Args:
        imports: by exporter, all customs codes of the material together.
        output: of the importer, in the unit of ``imports``; None = unknown.
        production: of the world by country, complete; None = unknown. Its unit does not matter.
        stability: World Bank estimate of political stability, by exporter.
    """
    total = sum(imports.values())
    blank = [f"governance:{name}" for name in shares(imports) if name not in stability]
    missing = [*(["own_output"] if output is None else []), *blank]
    concentration = hhi(production) if production is not None else None
    exposure = None
    if not missing and output is not None and output + total > 0:
        exposure = sum(instability(stability[name]) * amount for name, amount in imports.items() if amount > 0)
        exposure /= output + total
    if concentration is None:
        missing.insert(0, "production")
    value = concentration * exposure if concentration is not None and exposure is not None else None
    return GeoPolRisk(value, concentration, exposure, tuple(missing))


@dataclass(frozen=True, slots=True)
class Concentration:
    """Who supplies a good to a region in a year, and how much hangs on the largest.

    Attributes:
        what: the item, or the customs codes; ``region``: countries; ``unit``: of the amounts (blank = as in the table).
        supplied: by country, largest first; ``inside``: those of them that are the region's own.
        hhi, top_three: of all suppliers by country; None = nothing is supplied.
        reliance: import reliance of the region.
        without_largest: share of what the region uses that is left without its largest supplier from outside, if nobody else
        supplied more.
        n_minus_one: N-1; ``left_out``: the supplier that it leaves out. In a plan it is taken over all that each country
        could supply and uses, in a table of trade over what the region had and used. None = unknown, because of ``unknown``
        (countries whose supply has no known limit).
        risk: GeoPolRisk.
    """

    what: str
    region: tuple[str, ...]
    year: int
    unit: str
    supplied: Mapping[str, float]
    inside: tuple[str, ...]
    hhi: float | None
    top_three: float | None
    reliance: float | None
    without_largest: float | None
    n_minus_one: float | None
    left_out: str | None
    unknown: tuple[str, ...]
    risk: GeoPolRisk

    @property
    def largest(self) -> str | None:
        """The largest supplier from outside the region."""
        return next((name for name in self.supplied if name not in self.inside), None)


def _measured(
    what: str,
    region: Collection[str],
    year: int,
    unit: str,
    supplied: Mapping[str, float],
    inside: Collection[str],
    reliance: float | None,
    left: tuple[float | None, str | None, tuple[str, ...]],
    risk: GeoPolRisk,
) -> Concentration:
    parts = shares(supplied)
    outside = next((share for name, share in parts.items() if name not in inside), 0.0)
    return Concentration(
        what,
        tuple(sorted(region)),
        year,
        unit,
        {name: supplied[name] for name in parts},
        tuple(name for name in parts if name in inside),
        hhi(supplied),
        top_share(supplied),
        reliance,
        1.0 - outside if parts else None,
        *left,
        risk,
    )


# A plan ------------------------------------------------------------------------------------------------------------------------


def of_plan(
    chain: Chain,
    plan: Plan,
    item: str,
    year: int,
    region: Sequence[str],
    production: Mapping[str, float] | None = None,
    stability: Mapping[str, float] | None = None,
) -> Concentration:
    """Who supplies an item for the markets of a region through the chain, traced back from what is sold there.

    N-1 is taken over all plants and offers of the plan: the largest supplier is the one that could make or sell most that
    year (capacity as counted in the plan, with what it builds); what all others could, over what all others use in the plan.
    What the rest of the world wants is not in it.

    Args:
        region: ISO codes of countries with a market in the case.
        production: world production by country, for GeoPolRisk; None = unknown.
        stability: World Bank estimate by country, for GeoPolRisk.

    Raises:
        ValueError: the case has no market there, or no such item or year.
    """
    places = chain.atlas["places"].filter((pl.col("kind") == "market") & pl.col("country").is_in(list(region)))
    wanted = set(chain.network["demands"]["place"])
    markets = tuple(place for place in places["place"] if place in wanted)
    items = dict(chain.network["items"].select("item", "unit").iter_rows())
    if not markets:
        raise ValueError(f"the case has no market in {', '.join(region)}")
    if item not in items:
        raise ValueError(f"there is no item {item!r}")
    if year not in chain.years:
        raise ValueError(f"the case has no year {year}; it has {chain.years[0]} to {chain.years[-1]}")
    footprint = Footprint(chain, plan, markets)
    flows = pl.concat([footprint.made().select(*_FLOW), footprint.bought().select(*_FLOW)])
    own = flows.filter((pl.col("item") == item) & (pl.col("year") == year))
    served = _sum(own.group_by("country", maintain_order=True).agg(pl.col("served").sum()))
    imports = {name: amount for name, amount in served.items() if name not in region}
    output = sum(amount for name, amount in served.items() if name in region)
    reliance = import_reliance(output, sum(imports.values())) if served else None
    risk = geopolrisk(imports, output, production, stability or {})
    left = _left(potential(chain, plan, item, year), use(chain, plan, item, year))
    return _measured(item, region, year, items[item], served, region, reliance, left, risk)


_FLOW = ("country", "item", "year", "served")


def _sum(flows: pl.DataFrame) -> dict[str, float]:
    return {name: amount for name, amount in flows.iter_rows() if amount > _TINY}


def _left(
    limit: Mapping[str, float | None], used: Mapping[str, float]
) -> tuple[float | None, str | None, tuple[str, ...]]:
    """N-1, the supplier that it leaves out, and the countries whose limits would have to be known."""
    unknown = tuple(sorted(name for name, amount in limit.items() if amount is None))
    known = {name: amount for name, amount in limit.items() if amount is not None}
    if unknown:
        return None, None, unknown
    return n_minus_one(known, used), next(iter(shares(known)), None), ()


def potential(chain: Chain, plan: Plan, item: str, year: int) -> dict[str, float | None]:
    """The most of an item that plants and offers of each country could supply in a year; None = its limit is not known.

    A plant that can make several things counts as if it made only this one.
    """
    net, t = chain.network, chain.years.index(year)
    a = plan.model.arrays
    built: dict[str, float] = {}
    options = {
        name: (plant, life) for name, plant, life in net["options"].select("option", "plant", "life").iter_rows()
    }
    builds = plan.table("build")
    for option, period, value in builds.select("option", "period", "value").iter_rows():
        plant, life = options[option]
        if int(period) <= year and (life is None or int(period) + life > year):
            built[plant] = built.get(plant, 0.0) + value
    country = dict(net["places"].select("place", "country").iter_rows())
    place_of = dict(net["plants"].select("plant", "place").iter_rows())
    best: dict[str, float] = {}
    for entry in np.flatnonzero((a.use_item == _code(chain, item)) & (a.use_amount[:, t] > 0)).tolist():
        mode = int(a.use_mode[entry])
        plant = str(net["plants"]["plant"][int(a.mode_plant[mode])])
        most = float(a.capacity[int(a.mode_plant[mode]), t]) + built.get(plant, 0.0)
        taken = float(a.mode_use[mode])
        amount = most * float(a.use_amount[entry, t]) / taken if taken > 0 else float("inf")
        best[plant] = max(best.get(plant, 0.0), amount)
    limit: dict[str, float | None] = {}
    for plant, amount in best.items():
        _add(limit, country[place_of[plant]], amount if amount < float("inf") else None)
    offers = net["supplies"].filter(
        (pl.col("item") == item) & (pl.col("period").is_null() | (pl.col("period") == str(year)))
    )
    for place, quantity in offers.select("place", "quantity").iter_rows():
        _add(limit, country[place], quantity)
    return limit


def _add(limit: dict[str, float | None], name: str, amount: float | None) -> None:
    before = limit.get(name, 0.0)
    limit[name] = None if amount is None or before is None else before + amount


def use(chain: Chain, plan: Plan, item: str, year: int) -> dict[str, float]:
    """What plants and markets of each country use of an item in a year of the plan."""
    t = chain.years.index(year)
    a, code = plan.model.arrays, _code(chain, item)
    countries = chain.network["places"]["country"].to_list()
    make, short = plan.grid("make")[:, t], plan.family("short")
    used: dict[str, float] = {}
    for entry in np.flatnonzero((a.use_item == code) & (a.use_amount[:, t] < 0)).tolist():
        mode = int(a.use_mode[entry])
        name = countries[int(a.plant_place[a.mode_plant[mode]])]
        used[name] = used.get(name, 0.0) - float(a.use_amount[entry, t]) * float(make[mode])
    for at in np.flatnonzero((a.demand.period == t) & (a.demand_item[a.demand.row] == code)).tolist():
        row = int(a.demand.row[at])
        name = countries[int(a.demand_place[row])]
        used[name] = used.get(name, 0.0) + max(0.0, float(a.demand_quantity[row]) - float(short[at]))
    return {name: amount for name, amount in used.items() if amount > _TINY}


def _code(chain: Chain, item: str) -> int:
    return chain.network["items"]["item"].to_list().index(item)


# A table of trade --------------------------------------------------------------------------------------------------------------


def of_trade(
    trade: pl.DataFrame,
    region: Sequence[str],
    codes: Sequence[str],
    year: int,
    production: Mapping[str, float] | None = None,
    output: float | None = None,
    stability: Mapping[str, float] | None = None,
) -> Concentration:
    """Who supplies a material to a region, by a table of trade.

    Args:
        trade: columns importer, exporter, hs, year, value. Trade inside the region does not count.
        codes: customs codes of the material; a shorter code takes all that begin with it.
        production: world production by country; a region that is not in it makes nothing.
        output: the region's own output in the unit of the table; None = unknown, unless ``production`` shows none.

    Raises:
        ValueError: no codes are given.
    """
    if not codes:
        raise ValueError("name the customs codes of the material")
    good = pl.any_horizontal(pl.col("hs").str.replace_all(r"\D", "").str.starts_with(code) for code in codes)
    taken, given = pl.col("importer").is_in(list(region)), pl.col("exporter").is_in(list(region))
    own = trade.filter(good & (pl.col("year") == year))
    arrived = own.filter(taken & ~given).group_by("exporter", maintain_order=True).agg(pl.col("value").sum())
    exports = float(own.filter(~taken & given)["value"].sum())
    imports = {name: value for name, value in arrived.iter_rows() if value > 0}
    total = sum(imports.values())
    if output is None and production is not None and not any(production.get(name, 0.0) for name in region):
        output = 0.0
    risk = geopolrisk(imports, output, production, stability or {})
    label = "+".join(sorted(region))
    supplied = {**imports, label: output} if output else dict(imports)
    reliance: float | None = None
    left: tuple[float | None, str | None, tuple[str, ...]] = None, None, (label,)
    if output is not None:
        reliance = import_reliance(output, total, exports)
        left = n_minus_one(supplied, {label: output + total - exports}), next(iter(shares(supplied)), None), ()
    return _measured(", ".join(codes), region, year, "", supplied, (label,), reliance, left, risk)


def read_columns(path: Path, table: str) -> pl.DataFrame:
    """A CSV file of ``trade``, ``production`` or ``governance``.

    Raises:
        PackError: anything is wrong with it; the error lists everything that is.
    """
    text = resources.files("bongsu.stress").joinpath("trade_schema.csv").read_text(encoding="utf-8")
    schema = parse_schema(list(csv.DictReader(text.splitlines())))[table]
    if not path.is_file():
        raise PackError([Problem("", 0, "", str(path), "is not a file", f"give a CSV file of {table}")], str(path))
    frame, problems = read_table(path, schema, whole=False)
    for column in ("value", "amount"):
        if table != "governance" and column in frame.columns:
            problems += [
                Problem(path.stem, line, column, f"{amount:g}", "is below zero", "write zero or more")
                for line, amount in frame.filter(pl.col(column) < 0).select("_line", column).iter_rows()
            ]
    if errors(problems):
        raise PackError(problems, str(path))
    return frame


def world_production(frame: pl.DataFrame, year: int) -> dict[str, float] | None:
    """Production by country in a year, of a table with all producers; None where it has no row of that year."""
    own = frame.filter(pl.col("year") == year).group_by("country", maintain_order=True).agg(pl.col("amount").sum())
    return dict(own.iter_rows()) if own.height else None


def stability_of(rows: Iterable[tuple[str, int, float]], year: int) -> dict[str, float]:
    """The newest estimate of political stability of each country that is not of a later year."""
    newest: dict[str, tuple[int, float]] = {}
    for country, of, value in rows:
        if of <= year and of >= newest.get(country, (of, 0.0))[0]:
            newest[country] = of, value
    return {country: value for country, (_, value) in newest.items()}


def stability_in(atlas: Atlas, year: int) -> dict[str, float]:
    """The newest estimates of political stability in the atlas that are not of a later year."""
    return stability_of(atlas["governance"].select("country", "year", "value").iter_rows(), year)
