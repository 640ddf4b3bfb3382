"""Section 30D as a plan asks for it: two halves, each with its threshold, for the share of a year's vehicles that may claim.

A vehicle of the plan is acquired and placed in service on the same day, and sales are even over the days of a year. So a credit
that is law for part of a year is open to that share of the year's vehicles, at its full amount; and a threshold that changes while
it is open is the mean over its open days, which is exact where goods may be put to any of those days.

What a vehicle must be besides its battery (its price, its buyer's income, where it is assembled, bought and not leased) is a share
of the vehicles sold, read in ``plan-readings``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from bongsu.law.door import Half, Owner, TracedGoods, VehicleCredit
from bongsu.law.instrument import ANY, Found
from bongsu.law.parts import parts

if TYPE_CHECKING:
    from bongsu.law.inforce import InForce

THE_LAW, FEOC, COUNTRIES, READINGS = "us-30d", "us-30d-feoc", "us-30d-fta", "plan-readings"
_ALL = (THE_LAW, FEOC, COUNTRIES, READINGS)
#: Shares of the vehicles sold that pass each gate, taken as independent of each other.
_GATES = ("within_price_30d", "within_income_30d", "assembled_inside_30d", "bought_30d")
#: The parameter of the instrument that says whether a test of the minerals is open, by the name of the reading.
_METHODS = {"tqvt": "traced_value_test", "50": "half_value_test"}
_Said = tuple[Decimal, tuple[Found, ...]]


def vehicle_credit(under: InForce, years: Sequence[int]) -> VehicleCredit | None:
    """The credit over the years of a plan; None where it is law on none of their days, or left out."""
    return None if THE_LAW in under.without else _Reader(under, years).credit()


class _Reader:
    def __init__(self, under: InForce, years: Sequence[int]) -> None:
        self.under, self.law, self.years = under, under.law, years
        #: By year, the first days of the parts of the year on which the credit is open.
        self.open: dict[int, list[dt.date]] = {}
        for year in years:
            days = [part.day for part in parts(self.law, year, *_ALL) if self._is_open(part.day)]
            if days:
                self.open[year] = days

    def credit(self) -> VehicleCredit | None:
        minerals, components = self._half("minerals"), self._half("components")
        if not minerals.least and not components.least:
            return None
        return VehicleCredit(
            name=THE_LAW,
            instrument=THE_LAW,
            vehicles=frozenset(self._list("vehicles_30d")),
            markets=self._countries("united_states"),
            room={(item, year): self._room(item, year) for year in self.open for item in self._list("vehicles_30d")},
            minerals=minerals,
            components=components,
            goods=self._goods(),
            counts=self._counts(),
            inside=self._countries("north_america").__contains__,
            whole_from=self._whole_from(),
            concern=self._concern(),
            bars_components=frozenset(y for y, days in self.open.items() if any(map(self._bars_components, days))),
            bars_minerals=self._bars_minerals(),
        )

    # Days ---------------------------------------------------------------------------------------------------------------

    def _is_open(self, day: dt.date) -> bool:
        form = self.law.find(THE_LAW, "form", ANY, day)
        return (
            self.law.in_force(THE_LAW, day) is True
            and self._says(THE_LAW, "credit_open", ANY, day)
            and form is not None
            and form.value == "content"
        )

    def _says(self, instrument: str, parameter: str, key: str, day: dt.date) -> bool:
        found = self.law.find(instrument, parameter, key, day)
        return found is not None and found.value == "yes"

    def _method(self, day: dt.date) -> str | None:
        """The test of the minerals that is taken on a day: that of the reading while it is open, else the other."""
        asked = self.under.readings.get("method") or str(self.law.law[THE_LAW].switches["method"]["default"])
        for name in dict.fromkeys((asked, *_METHODS)):
            if self._says(THE_LAW, _METHODS[name], ANY, day):
                return name
        return None

    def _half(self, name: str) -> Half:
        least: dict[int, float] = {}
        amount: dict[int, float] = {}
        basis: dict[int, str] = {}

        def live(day: dt.date) -> bool:
            return self._is_open(day) and (name != "minerals" or self._method(day) is not None)

        def said(parameter: str, day: dt.date) -> _Said | None:
            found = self.law.find(THE_LAW, parameter, ANY, day) if live(day) else None
            return None if found is None else (found.number, (found,))

        for year in self.open:
            share = self.under.over(year, _ALL, lambda day: said(f"{name}_share", day))
            paid = self.under.over(year, _ALL, lambda day: said(f"{name}_amount", day))
            if share is not None and paid is not None:
                least[year], amount[year] = float(share.value) / 100.0, float(paid.value) * self.under.worth(year)
                basis[year] = f"{share.basis} {paid.basis}"
        return Half(least, amount, basis)

    def _room(self, item: str, year: int) -> float:
        def said(day: dt.date) -> _Said | None:
            if not self._is_open(day):
                return None
            share = Decimal(1)
            for gate in _GATES:
                share *= self.law.value(READINGS, gate, item, day).number / 100
            return share, ()

        found = self.under.over(year, _ALL, said)
        return 0.0 if found is None else float(found.value) * found.lived

    def _whole_from(self) -> dict[int, float]:
        found = {}
        for year, days in self.open.items():
            if self._method(days[0]) == "50":
                found[year] = float(self.law.value(THE_LAW, "half_value", ANY, days[0]).number) / 100.0
        return found

    # Countries and makers -----------------------------------------------------------------------------------------------

    def _countries(self, parameter: str) -> frozenset[str]:
        """Countries on a list on every open day."""
        keys = self.law.law[COUNTRIES].parameters[parameter].keys
        days = [day for found in self.open.values() for day in found]
        return frozenset(k for k in keys if k != ANY and all(self._says(COUNTRIES, parameter, k, day) for day in days))

    def _counts(self) -> Callable[[str, str], bool]:
        traded = self._countries("united_states") | self._countries("free_trade")
        inside = self._countries("north_america")
        return lambda step, country: country in (inside if step == "recycling" else traded)

    def _concern(self) -> Callable[[str, Sequence[Owner]], bool]:
        """Whether a maker is a foreign entity of concern, as far as its place and its stated owners tell.

        Of an owner in a covered nation the facts do not say whether it is the government, of which alone a holding abroad counts:
        all such owners of one nation together are taken for it, so that a maker is sooner barred than not.
        """
        last = max(day for days in self.open.values() for day in days)
        found = self.law.find(FEOC, "control_share", "equity", last)
        # Before any limit was known, any holding might be control.
        limit = 0.0 if found is None else float(found.number) / 100.0

        @cache
        def covered(country: str | None) -> bool:
            return country is not None and self._says(FEOC, "covered_nation", country, last)

        def concern(country: str, owners: Sequence[Owner]) -> bool:
            held: dict[str | None, float] = {}
            for one in owners:
                if covered(one.country):
                    held[one.country] = held.get(one.country, 0.0) + (1.0 if one.share is None else one.share)
            return covered(country) or any(share >= limit for share in held.values())

        return concern

    def _bars_components(self, day: dt.date) -> bool:
        return self._barred("components_barred", day)

    def _barred(self, parameter: str, day: dt.date) -> bool:
        """Whether work of a foreign entity of concern bars the credit; never where the law of such entities is left out."""
        return FEOC not in self.under.without and self._says(FEOC, parameter, ANY, day)

    def _bars_minerals(self) -> dict[str, frozenset[int]]:
        """Years in which minerals bar the credit, by use; a use impracticable to trace is spared while a plan was filed."""

        def bars(use: str, day: dt.date) -> bool:
            spared = self._says(FEOC, "impracticable", use, day) and self._says(
                READINGS, "transition_plan_30d", ANY, day
            )
            return self._barred("minerals_barred", day) and not spared

        uses = (ANY, *self._uses().values())
        return {
            use: frozenset(year for year, days in self.open.items() if any(bars(use, day) for day in days))
            for use in dict.fromkeys(uses)
        }

    # Goods --------------------------------------------------------------------------------------------------------------

    def _goods(self) -> TracedGoods:
        parts = self.law.law[READINGS].parameters["parts_30d"].keys
        return TracedGoods(
            minerals={
                item: mineral for mineral in self._keys("minerals_30d") for item in self._list("minerals_30d", mineral)
            },
            feeds={mineral: frozenset(self._list("feeds_30d", mineral)) for mineral in self._keys("feeds_30d")},
            ores=frozenset(self._list("ores_30d")),
            recycled=frozenset(self._list("recycled_30d")),
            uses=self._uses(),
            cells=frozenset(self._list("components", "cell")),
            packs=frozenset(one for one in self._list("components", "module") if one.startswith("pack")),
            parts=frozenset(item for kind in parts for item in self._list("parts_30d", kind)),
        )

    def _uses(self) -> dict[str, str]:
        return {item: use for use in self._keys("uses_30d") for item in self._list("uses_30d", use)}

    def _keys(self, parameter: str) -> tuple[str, ...]:
        return self.law.law[READINGS].parameters[parameter].keys

    def _list(self, parameter: str, key: str = ANY) -> tuple[str, ...]:
        return self.law.value(READINGS, parameter, key).list
