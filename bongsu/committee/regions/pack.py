"""Multipliers of the data pack by region, industry and measure, as ranges with their facts.

Where the pack has published multipliers of a province they are one estimate; the national ones brought to the size of the
province are another; the range spans both. Only the size of a province is known to this estimate, not its industries, so that
every coefficient is cut by the same λ* = [log₂(1 + share of the nation's employment)]^δ
(:mod:`bongsu.committee.regions.location` with CILQ = 1). With coefficients A scaled by λ the k-th round of suppliers falls by
λᵏ. Of the rounds only their sum is known; taken as a geometric series with the ratio ρ = 1 − 1 / (output multiplier), indirect
effects fall by λ (1 − ρ) / (1 − λ ρ), and induced ones are cut alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from bongsu.answers.figure import Facts, Node, region_name
from bongsu.atlas import Atlas
from bongsu.committee.regions.location import size_factor
from bongsu.committee.regions.ranges import Range, hull, times
from bongsu.committee.regions.table import TableError
from bongsu.committee.words import said

#: Provinces and territories of Canada, as in ``places.csv``.
PROVINCES = ("AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT")


class UnknownRegion(TableError):
    """There are no multipliers for the region asked for."""


@dataclass(frozen=True)
class Money:
    """Currency and year of the money that a multiplier is per unit of."""

    currency: str
    year: int


@dataclass(frozen=True)
class Estimate:
    """A multiplier of one table, and the money it is per unit of (millions of it for jobs)."""

    value: Range
    money: Money


class PackTables:
    """Tables of the pack for effects on regions.

    Args:
        atlas: as known on the day of the answer.
    """

    def __init__(self, atlas: Atlas) -> None:
        self.atlas = atlas
        self.facts = Facts(atlas)

    def leaf(
        self, table: str, row: Mapping[str, Any], low: float, high: float, unit: str, kind: str = "number"
    ) -> Range:
        """A row as a range with the row as its fact."""
        node = self.facts.node(f"{table}:{row['_line']}")
        if node is None:
            raise ValueError(f"{table} has no line {row['_line']}")
        return Range.fact(node, low, high, unit, kind)

    def region(self, country: str, province: str) -> str:
        """Name of the region in the tables, such as ``CA-ON``.

        Raises:
            UnknownRegion: it is not in a country whose multipliers the pack holds.
        """
        known = set(self.atlas["io_multipliers"]["region"])
        if country not in known:
            held = ", ".join(sorted(known)) or "no region"
            raise UnknownRegion(
                f"there are no multipliers for {country} in the data pack (it has {held}); give a table of your own"
            )
        if not province or country != "CA":
            return country
        if province not in PROVINCES:
            raise UnknownRegion(f"there is no province {province!r} in Canada; use one of {', '.join(PROVINCES)}")
        return f"CA-{province}"

    def parameter(self, name: str) -> Range:
        """An assumed range.

        Raises:
            TableError: the pack does not hold it on that day.
        """
        row = self._one("effect_parameters", pl.col("parameter") == name, f"the range of {name}")
        return self.leaf("effect_parameters", row, row["low"], row["high"], row["unit"])

    def industry(self, stage: str, part: str, region: str) -> str | None:
        """The industry that stands for a stage or a part of an investment in the table of a region; None if none does."""
        found = self.atlas["io_stages"].filter(
            (pl.col("stage") == stage) & (pl.col("part") == part) & (pl.col("region") == region)
        )
        return None if found.is_empty() else str(found["industry"][0])

    def share(self, region: str) -> Range:
        """Share of a province in the employment of the nation.

        Raises:
            TableError: employment of the province is not known.
        """
        nation = region.partition("-")[0]
        table = self.atlas["regional_employment"]
        own = self._latest(table.filter(pl.col("region") == region))
        if own is None:
            raise TableError(
                f"employment of {region} is not in regional_employment.csv, so national multipliers cannot be brought to its size"
            )
        whole = self._latest(table.filter((pl.col("region") == nation) & (pl.col("period") == own["period"])))
        whole = whole or self._latest(table.filter(pl.col("region") == nation))
        if whole is None:
            raise TableError(f"employment of {nation} is not in regional_employment.csv")
        value = own["employment"] / whole["employment"]
        reasons = tuple(
            self.leaf("regional_employment", row, row["employment"], row["employment"], "thousand persons").low
            for row in (own, whole)
        )
        node = Node(said("regions", "share", region=region_name(region)), value, kind="share", children=reasons)
        return Range(node, node)

    def estimates(self, stage: str, part: str, region: str, measure: str, kind: str) -> dict[str, Estimate]:
        """Every estimate of a multiplier by the table it comes from: published for the region, and brought to it from the nation.

        Args:
            kind: ``direct``, ``indirect``, ``induced`` or ``simple``.
        """
        found = self._published(stage, part, region, measure, kind)
        nation = region.partition("-")[0]
        if nation == region:
            return found
        national = self._published(stage, part, nation, measure, kind)
        if kind != "direct" and measure != "imports":
            factor, label = self._cut(stage, part, region), said("regions", "brought", region=region_name(region))
            national = {
                name: Estimate(times(label, one.value, factor, unit=one.value.low.unit), one.money)
                for name, one in national.items()
            }
        # The own coefficients of an industry are taken as in the nation, and so is what a province buys abroad, for want of better.
        return {**found, **national}

    def _published(self, stage: str, part: str, region: str, measure: str, kind: str) -> dict[str, Estimate]:
        industry = self.industry(stage, part, region)
        if industry is None:
            return {}
        rows = self.atlas["io_multipliers"].filter(
            (pl.col("region") == region)
            & (pl.col("industry") == industry)
            & (pl.col("measure") == measure)
            & (pl.col("type") == kind)
        )
        found = {}
        for row in rows.iter_rows(named=True):
            low = max(0.0, row["value"] - row["rounding"])
            made = self.leaf("io_multipliers", row, low, row["value"] + row["rounding"], row["unit"])
            found[f"{region}:{row['source']}"] = Estimate(made, Money(row["currency"], row["year"]))
        return found

    def _cut(self, stage: str, part: str, region: str) -> Range:
        """What is left in the province of indirect effects in the nation: λ (1 − ρ) / (1 − λ ρ) at both ends of δ and ρ."""
        nation = region.partition("-")[0]
        outputs = self._published(stage, part, nation, "output", "simple")
        if not outputs:
            raise TableError(
                f"io_multipliers.csv has no output multiplier of {self.industry(stage, part, nation)} in {nation}"
            )
        output = hull(said("regions", "output"), [one.value for one in outputs.values()])
        share, delta = self.share(region), self.parameter("delta")
        sizes = [size_factor(share.ends[0], value) for value in delta.ends]
        lam = Range(
            Node(said("regions", "lambda"), min(sizes), kind="share", children=(share.low, delta.high)),
            Node(said("regions", "lambda"), max(sizes), kind="share", children=(share.high, delta.low)),
        )

        def left(size: float, multiplier: float) -> float:
            rho = 1.0 - 1.0 / multiplier
            return size * (1.0 - rho) / (1.0 - size * rho)

        label = said("regions", "cut", region=region_name(region))
        # More rounds lose more, so the high multiplier belongs to the low end.
        low, high = left(lam.ends[0], output.ends[1]), left(lam.ends[1], output.ends[0])
        return Range(
            Node(label, low, kind="share", children=(lam.low, output.high)),
            Node(label, high, kind="share", children=(lam.high, output.low)),
        )

    def exchange(self, year_of_dollars: int, money: Money) -> Range:
        """Units of a currency of one year for one US dollar of another: index over index, over the rate of that year.

        Raises:
            TableError: the price level or the rate of a year is not known.
        """
        rate = self._one(
            "fx",
            (pl.col("currency") == money.currency) & (pl.col("date").dt.year() == money.year),
            f"the rate of {money.currency} in {money.year}",
        )
        from_level, to_level = (
            self._one("deflators", pl.col("year") == year, f"the price level of {year}")
            for year in (year_of_dollars, money.year)
        )
        value = to_level["index"] / from_level["index"] / rate["usd"]
        reasons = tuple(
            self.leaf(table, row, row[column], row[column], "").low
            for table, row, column in (
                ("deflators", from_level, "index"),
                ("deflators", to_level, "index"),
                ("fx", rate, "usd"),
            )
        )
        label = said("regions", "exchange", year=year_of_dollars, currency=money.currency, to=money.year)
        node = Node(label, value, f"{money.currency}/USD", children=reasons)
        return Range(node, node)

    def _one(self, table: str, which: pl.Expr, what: str) -> dict[str, Any]:
        row = self._latest(self.atlas[table].filter(which))
        if row is None:
            raise TableError(f"{what} is not in {table}.csv as known on {self.atlas.known}")
        return row

    @staticmethod
    def _latest(frame: pl.DataFrame) -> dict[str, Any] | None:
        if frame.is_empty():
            return None
        return frame.sort("known_from", *(["period"] if "period" in frame.columns else [])).row(-1, named=True)
