"""Random tables of facts for every test of law that has a table, from a seed.

Two kinds of each. *Spread*: amounts to the cent and any day of many years, as a table that a firm keeps. *Edges*: few days and
few, round values, so that a good part of the rows stands exactly at a threshold, which is where the fast path must hand over.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

KINDS = ("spread", "edges")
_COMPONENTS = ("cell", "module", "module_without_cells", "electrode_material", "mineral", "metallurgical_coal")
_PARTS = ("core", "principal", "complementary", "vehicle", "heavy_truck", "fallback", "traction_battery")
_CODES = (
    "850760", "85079080", "250410", "25041010", "25041050", "38011050", "380190", "870380", "870240", "87046000", "28419050",
    "282520", "283324", "283329", "28332910", "28259090", "741011", "76011060", "392119", "382499", "750120", "870899",
)  # fmt: skip
_ORIGINS = ("CN", "KR", "CA", "MX", "JP", "DE", "FI", "CL", "AU", "ID", "TW", "BR", "US", "GB", "CD", "RU")


class Draw:
    """Columns of so many rows."""

    def __init__(self, rows: int, seed: int, edges: bool) -> None:
        self.rows, self.edges = rows, edges
        self.rng = np.random.default_rng(seed)

    def among(self, *options: Any) -> pl.Series:
        """Each as likely as the others."""
        return pl.Series(list(options), strict=False).gather(self.rng.integers(len(options), size=self.rows))

    def mostly(self, good: Any, *others: Any) -> pl.Series:
        """The first in 85 % of rows."""
        many = round(0.85 / 0.15 * len(others))
        return self.among(*[good] * many, *others)

    def days(self, first: dt.date, last: dt.date, unknown: float = 0.02) -> pl.Series:
        """Days of a span; at the edges one of ten of them."""
        span = (last - first).days + 1
        apart = self.rng.integers(span, size=10 if self.edges else self.rows)
        found = np.datetime64(first) + (self.rng.choice(apart, self.rows) if self.edges else apart)
        return self.hidden(pl.Series(found.astype("datetime64[D]")), unknown)

    def hidden(self, column: pl.Series, unknown: float) -> pl.Series:
        """The column with a part of it unknown."""
        return pl.select(pl.when(pl.Series(self.rng.random(self.rows) >= unknown)).then(column)).to_series()

    def amount(self, low: float, high: float, unknown: float = 0.05) -> pl.Series:
        """To the cent."""
        return self.hidden(pl.Series(self.rng.uniform(low, high, self.rows).round(2)), unknown)

    def part(self, whole: pl.Series, shares: tuple[float, ...], unknown: float = 0.05) -> pl.Series:
        """A part of a whole, to the cent; at the edges one of some shares."""
        share = self.rng.choice(shares, self.rows) if self.edges else self.rng.random(self.rows)
        return self.hidden((whole * pl.Series(share)).round(2 if not self.edges else 9), unknown)

    def either(self, spread: Callable[[], pl.Series], *edges: Any) -> pl.Series:
        """A column of amounts, or at the edges one of some values."""
        return self.among(*edges) if self.edges else spread()


def _macr(d: Draw) -> dict[str, pl.Series]:
    total = d.either(lambda: d.amount(1, 1000), 20.0, 40.0, 100.0, 0.3, None)
    return {
        "component": d.among(*_COMPONENTS),
        "sold": d.days(dt.date(2022, 6, 1), dt.date(2035, 6, 1)),
        "total_direct_cost": total,
        "pfe_direct_cost": d.part(total, (0, 0.05, 0.15, 0.2, 0.3, 0.35, 0.4, 0.5, 0.75, 1)),
    }


def _45x(d: Draw) -> dict[str, pl.Series]:
    sold = d.days(dt.date(2022, 6, 1), dt.date(2035, 6, 1), 0.0)
    total = d.either(lambda: d.amount(10, 1000), 100.0, 60.0, None)
    material = d.either(lambda: d.amount(10, 1000), 100.0, None)
    return {
        "component": d.among(*_COMPONENTS),
        "sold": sold,
        "produced": d.hidden(sold - pl.Series(d.rng.integers(400, size=d.rows)) * dt.timedelta(days=1), 0.1).cast(
            pl.Date
        ),
        "units": pl.Series(d.rng.integers(1, 6, d.rows)).cast(pl.Float64),
        "capacity_kwh": d.either(lambda: d.amount(5, 120), 70.0, 7.0, 0.012, 0.011, None),
        "power_kw": d.either(lambda: d.amount(0.1, 50), 2.0, 0.7, 0.1, None),
        "energy_density_wh_l": d.either(lambda: d.amount(90, 700), 300.0, 100.0, 99.0, None),
        "production_cost": d.either(lambda: d.amount(0, 5000), 1000.0, 0.0, None),
        "place": d.mostly("US", "CA", None),
        "facility_48c": d.mostly(False, True, None),
        "all_essential_equipment": d.mostly(True, False, None),
        "sale": d.among("unrelated", "related with election", "built in"),
        "same_facility": d.mostly(True, False, None),
        "secondary_sold_unrelated": d.mostly(True, False, None),
        "secondary_material_cost": material,
        "secondary_us_primary_cost": d.part(material, (0.64, 0.65, 0.8)),
        "taxpayer_prohibited": d.mostly(False, True, None),
        "total_direct_cost": total,
        "pfe_direct_cost": d.part(total, (0.1, 0.15, 0.2, 0.25, 0.4)),
    }


def _30d(d: Draw) -> dict[str, pl.Series]:
    placed = d.days(dt.date(2022, 8, 1), dt.date(2026, 11, 23), 0.01)
    before = placed - pl.Series(d.rng.integers(60, size=d.rows)) * dt.timedelta(days=1)
    edges = (39.9, 40.0, 49.999999999999, 50.0, 50.000000000001, 59.0, 60.0, 69.99, 70.0, 100.0, None)
    return {
        "acquired": d.hidden(before, 0.1).cast(pl.Date),
        "placed_in_service": placed.cast(pl.Date),
        "gates": d.mostly(True, False, None),
        "foreign_components": d.mostly(False, True, None),
        "foreign_minerals": d.mostly(False, True, None),
        "minerals_percent": d.either(lambda: d.amount(0, 100), *edges),
        "components_percent": d.either(lambda: d.amount(0, 100), *edges),
        "battery_kwh": d.either(lambda: d.amount(3, 120), None, 4.0, 5.0, 8.9, 75.0),
        "capacity_kwh": d.among("whole", "fractional"),
    }


def _usmca(d: Draw) -> dict[str, pl.Series]:
    whole = d.either(lambda: d.amount(10, 400), 20.0, 80.0, 100.0, 400.0, None)
    net = whole - pl.Series(d.rng.choice([0.0, 5.0], d.rows))
    return {
        "method": d.among("tv", "nc", "either"),
        "part_class": d.among(*_PARTS),
        "transaction_value": whole,
        "net_cost": d.hidden(net, 0.05),
        "vnm": d.part(whole, (0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5)),
        **({"battery_rule": d.mostly(None, "rvc", "tariff_shift")} if d.edges else {}),
        "entered": d.days(dt.date(2020, 7, 1), dt.date(2026, 11, 23), 0.05),
    }


def _fta(d: Draw) -> dict[str, pl.Series]:
    whole = d.either(lambda: d.amount(10, 400), 20.0, 80.0, 100.0, 400.0, None)
    return {
        "hs": d.among("8703", "870380", "850760", "8707"),
        "method": d.among("any", "build_down", "build_up", "net_cost"),
        "adjusted_value": whole,
        "net_cost": d.hidden(whole, 0.05),
        "vnm": d.part(whole, (0.35, 0.45, 0.5, 0.55, 0.65)),
        "vom": d.part(whole, (0.3, 0.35, 0.4, 0.45)),
        "producer_country": d.among(None, "KR", "CA"),
        "entered": d.days(dt.date(2011, 1, 1), dt.date(2026, 11, 23), 0.05),
    }


def _ctm(d: Draw) -> dict[str, pl.Series]:
    kinds = ("extraction", "mine-site processing", "processing", "recycling", "synthetic graphite", "manufacturing")
    return {
        "available_for_use": d.days(dt.date(2023, 1, 1), dt.date(2036, 9, 1)),
        "taxable_canadian_corporation": d.mostly(True, False, None),
        "new_property": d.mostly(True, False, None),
        "activity": d.among(*kinds, None),
        "qualifying_share": d.either(lambda: d.amount(0, 100), 50.0, 90.0, 89.999999, 50.000001, 100.0, None),
        "capital_cost": d.amount(1, 1e6),
    }


def _duty(d: Draw) -> dict[str, pl.Series]:
    content = d.among(None, 0.0, 40.0, 100.0) if d.edges else d.hidden(d.amount(0, 100, 0.0), 0.5)
    return {
        "hs": d.among(*_CODES),
        "origin": d.among(*_ORIGINS),
        "destination": d.among("US", "US", "US", "CA", "KR", "BR"),
        "preference": d.among(None, "USMCA", "KORUS", "CLFTA"),
        "use": d.among("ev", "other", None),
        "us_content": content,
    }


_MAKERS: dict[str, Callable[[Draw], dict[str, pl.Series]]] = {
    "us-macr": _macr,
    "us-45x": _45x,
    "us-30d-amount": _30d,
    "usmca-rvc": _usmca,
    "ckfta-value": _fta,
    "korus-value": _fta,
    "cptpp-value": _fta,
    "ca-ctm-itc": _ctm,
    "duty": _duty,
}


def frame(name: str, kind: str, rows: int, seed: int) -> pl.DataFrame:
    """The random table of a regime."""
    return pl.DataFrame(_MAKERS[name](Draw(rows, seed, kind == "edges")))


#: Regimes of which there is a random table.
NAMES = tuple(_MAKERS)
