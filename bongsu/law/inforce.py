"""The law in force as the chain asks for it: rates, credits, caps and content rules for each year of a plan.

A year takes the rates of its days, as known on the day of knowledge: a surcharge that stands for half the year is charged at half
its rate on a year's flow. What is *not known* is never averaged: an open question takes the branch that the scenario names, or its
default, and the notes say which.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property, partial
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from bongsu.law.clean_vehicle import vehicle_credit
from bongsu.law.controls import KINDS, UNKNOWN, Year, of_year, reaches
from bongsu.law.door import AT_BORDER, Activity, Charge, ContentRule, Limit, Owner, Shipment, VehicleCredit
from bongsu.law.duty import Entry, Line, Refund, cautioned, duty, floors, tariff_line
from bongsu.law.instrument import ANY, Fact, Found, LawOn, NotInLaw, Status, Text, covered, timeline
from bongsu.law.parts import Part, days_of, mean, parts
from bongsu.law.words import LANGUAGES, phrase, semicolon, unit_names

_DAY = dt.timedelta(days=1)
_YEAR = 365.0
#: The phrase that tells what comes back of the duties that a plan pays.
_REFUNDS = {
    Refund.SURE: "note.refund-sure",
    Refund.DEPOSIT: "note.refund-deposit",
    Refund.OPEN: "note.refund-open",
}
_CONTRACTS = "ca-production-support"
_MACR, _PFE, _45X, _RVC, _READ = "us-macr", "us-pfe", "us-45x", "usmca-automotive", "plan-readings"
#: A value on a day, and the values of law that it was made from.
_Said = tuple[Decimal, tuple[Found, ...]]


class _Mean(NamedTuple):
    """Mean of a value over the days of a year that have one, the share of the year's days that do, and what it rests on."""

    value: Decimal
    lived: float
    basis: str


class _Held(NamedTuple):
    """What controls do to a shipment in a year: days that licences take, the most that may pass (None = no limit), and what each
    rests on."""

    days: float
    waits: str
    most: float | None
    limits: str


@dataclass(frozen=True)
class InForce:
    """What a plan made on ``law.date`` knows of the law.

    Attributes:
        law: the law on the day of the plan, with the branches taken.
        discount_rate: real rate of the case, for goods that wait.
        money_year: dollars of the case; amounts fixed in dollars lose worth against them.
        readings: switches taken, such as ``{"battery_rule": "tariff_shift"}``.
        without: instruments left out, to see what they change.
    """

    law: LawOn
    money_year: int
    discount_rate: float
    readings: Mapping[str, str] = field(default_factory=dict)
    without: frozenset[str] = frozenset()
    said: list[Text] = field(default_factory=list, compare=False)

    @property
    def known(self) -> dt.date:
        """The day of knowledge of the law."""
        return self.law.known

    # Duties -------------------------------------------------------------------------------------------------------------

    def preference(self, item: str, hs: str, origin: str, destination: str) -> str | None:
        """The preference that goods may claim without a content test of the plan's own; None if there is none."""
        key = (hs, origin, destination)
        if key not in self._claims:
            self._claims[key] = self._preference(*key)
        return self._claims[key]

    @cached_property
    def _claims(self) -> dict[tuple[str, str, str], str | None]:
        return {}

    def _preference(self, hs: str, origin: str, destination: str) -> str | None:
        way = (origin, destination)
        if way not in self._granting:
            self._granting[way] = [
                one for one in self._preferences if one.covers(origin=origin, destination=destination) is not False
            ]
        for instrument in self._granting[way]:
            if covered(instrument.governs, hs=hs, origin=origin, destination=destination) is not False:
                name = str(instrument.duty["preference"])
                return None if self.tested(name, hs) else name
        return None

    @cached_property
    def _granting(self) -> dict[tuple[str, str], list[Any]]:
        return {}

    def tested(self, preference: str, hs: str) -> bool:
        """Whether the plan tests the content of these goods before they may claim the preference."""
        if self.readings.get("battery_rule") == "tariff_shift":
            return False
        found = self.law.find(_READ, "content_tested", preference)
        return found is not None and found.key == preference and any(hs.startswith(prefix) for prefix in found.list)

    @cached_property
    def _preferences(self) -> list[Any]:
        return [
            one
            for one in self.law.law
            if one.duty.get("kind") == "preference" and one.id not in self.without and self.law.in_force(one.id)
        ]

    def duties(self, shipments: Sequence[Shipment], years: Sequence[int]) -> list[dict[int, Charge]]:
        """Duty on one unit of each shipment by year, in money of the case. What is undetermined is charged at what is known of
        it, and said in the notes. What the law as known gives back, or holds as security, costs no more than the wait for it;
        where it is open whether it comes back it is charged in full, unless the branch taken says otherwise."""
        rates = self._rates(shipments, years)
        amounts = self._money(shipments, rates)
        return [
            {
                year: Charge(float(amount), self._duty_basis(one))
                for year, rate, amount in zip(years, rated, charged, strict=True)
                if rate
            }
            for one, rated, charged in zip(shipments, rates, amounts, strict=True)
        ]

    def at_border(self, shipments: Sequence[Shipment], years: Sequence[int]) -> pl.DataFrame:
        """What borders ask of shipments: duties, as :meth:`duties` says, the cost of waiting for licences, and what is withheld."""
        rates = self._rates(shipments, years)
        paid = self._money(shipments, rates)
        some = rates != 0.0
        most = np.full(rates.shape, np.nan)
        bases = np.array([self._duty_basis(one) for one in shipments], dtype=object)
        basis = np.where(some, bases[:, None], "")
        for at, shipment in enumerate(shipments):
            reached = self._reaching(shipment)
            for turn, year in enumerate(years if reached else ()):
                held = self._holds(reached, year, shipment.item, shipment.content)
                # What waits for a licence is worth its price, tied up for those days at the discount rate of the case.
                wait = (shipment.unit_value or 0.0) * self.discount_rate * held.days / _YEAR
                if wait or held.most is not None:
                    some[at, turn] = True
                    paid[at, turn] += wait
                    most[at, turn] = np.nan if held.most is None else held.most
                    own = (basis[at, turn], held.waits if wait else "", held.limits)
                    basis[at, turn] = " ".join(filter(None, own))
        # Of goods without a code it is not known what reaches them.
        self._say_controls({name for one in shipments if one.hs for name in self._reaching(one)}, years)
        at_, turn_ = np.nonzero(some)
        columns = {
            "shipment": at_,
            "year": np.asarray(years)[turn_],
            "paid": paid[some],
            "most": pl.Series(most[some], nan_to_null=True),
            "basis": basis[some].tolist(),
        }
        return pl.DataFrame(columns, schema=dict(AT_BORDER))

    def _rates(self, shipments: Sequence[Shipment], years: Sequence[int]) -> npt.NDArray[np.float64]:
        """What a duty costs in a year, % of value, shape (shipments, years)."""
        goods = [
            (self._line(s.item, s.hs, s.destination), s.origin, s.destination, s.preference, self._use(s.item))
            for s in shipments
        ]
        at_all = [at for at, (hs, *_) in enumerate(goods) if len(hs) >= 6]
        spans = self._spans(years)
        found = floors([goods[at] for at in at_all], self._kept, [start for start, _ in spans])
        booked = found.paid - found.returns + found.tied * (self.discount_rate / _YEAR)
        coded = np.zeros((len(years), len(at_all)))
        for (start, end), rate in zip(spans, booked, strict=True):
            for year, share in self._years_of(start, end, years).items():
                coded[years.index(year)] += rate * share
        rates = np.zeros((len(goods), len(years)))
        rates[at_all] = coded.T
        known = [shipments[at] for at in at_all]
        open_ = {
            (known[at].item, known[at].origin, known[at].destination) for at in np.flatnonzero(found.open.any(axis=0))
        }
        taxed = np.flatnonzero(rates.any(axis=1)).tolist()
        worthless = sorted({shipments[at].item for at in taxed if shipments[at].unit_value is None})
        if worthless:
            self._say("note.worthless", goods=", ".join(worthless))
        self._say_open(open_, [s.item for s, (hs, *_) in zip(shipments, goods, strict=True) if len(hs) < 6])
        self._say_refunds(years)
        self._say_cautions(known, [goods[at] for at in at_all], [start for start, _ in spans])
        return rates

    @staticmethod
    def _money(shipments: Sequence[Shipment], rates: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Duty on one unit at these rates, in money of the case; on goods of unknown value none is charged."""
        worth = np.array([one.unit_value or 0.0 for one in shipments])
        return np.asarray(rates / 100.0 * worth[:, None])

    def _duty_basis(self, shipment: Shipment) -> str:
        line = self._line(shipment.item, shipment.hs, shipment.destination)
        return f"law:duty/{line}/{shipment.origin}/{shipment.destination}/{shipment.preference or '-'}"

    def shares(self, item: str, basis: str, year: int) -> dict[str, float]:
        """Parts of a year's duty by instrument, adding to one; ``basis`` as written beside the duty."""
        if (item, basis, year) not in self._split:
            hs, origin, destination, preference = basis.removeprefix("law:duty/").split("/")
            entry = Entry(
                hs=hs,
                origin=origin,
                destination=destination,
                preference=None if preference == "-" else preference,
                use=self._use(item),
            )
            sums: dict[str, float] = {}
            for start, end in self._spans([year]):
                share = self._years_of(start, end, [year])[year]
                for line in duty(entry, self._on(start)).lines:
                    if line.counts and line.rate:
                        sums[line.instrument] = sums.get(line.instrument, 0.0) + self._booked(line) * share
            total = sum(sums.values())
            self._split[item, basis, year] = {name: value / total for name, value in sums.items()} if total else {}
        return self._split[item, basis, year]

    def _booked(self, line: Line) -> float:
        """What a line costs, % of value: its rate, or the wait for what comes back."""
        if not line.comes_back:
            return float(line.rate or 0)
        return float((line.rate or 0) * (line.wait or 0)) * self.discount_rate / _YEAR

    def _say_cautions(self, shipments: Sequence[Shipment], goods: Sequence[Any], days: Sequence[dt.date]) -> None:
        """Say what no duty of these goods counts, such as a list that was not read, and how many goods it is about."""
        for one, caution, reached in cautioned(goods, self._kept, days):
            if caution.read_for_pack:
                continue
            count = len({(shipments[at].item, shipments[at].origin, shipments[at].destination) for at in reached})
            self._say("note.caution", count=str(count), title=one.title, text=caution.text)

    def _say_refunds(self, years: Sequence[int]) -> None:
        """Say which duties of these years come back, and of which it is open."""
        last: dict[str, Refund] = {}
        own = [one.id for one in self.law.law if one.duty and "refund" in one.parameters]
        for start, _ in self._spans(years):
            law = self._on(start)
            for name in own:
                if name in law.law.instruments and law.in_force(name) and (found := law.find(name, "refund")):
                    last[name] = Refund(str(found.value))
        for refund, said in _REFUNDS.items():
            titles = [self.law.law[name].title for name, one in sorted(last.items()) if one is refund]
            if titles:
                self._say(said, which=_listed(titles))

    def _line(self, item: str, hs: str, destination: str) -> str:
        """Tariff line under which goods are entered."""
        key = (item, hs, destination)
        if key not in self._lines:
            self._lines[key] = tariff_line(item, hs, destination, self.law) if len(hs) >= 6 else hs
        return self._lines[key]

    @cached_property
    def _lines(self) -> dict[tuple[str, str, str], str]:
        return {}

    def _on(self, day: dt.date) -> LawOn:
        """The law on a day without what is left out."""
        return self._kept.at(day)

    @cached_property
    def _split(self) -> dict[tuple[str, str, int], dict[str, float]]:
        return {}

    @cached_property
    def _kept(self) -> LawOn:
        if not self.without:
            return self.law
        kept = {name: one for name, one in self.law.law.instruments.items() if name not in self.without}
        return replace(self.law, law=replace(self.law.law, instruments=kept))

    def _use(self, item: str) -> Literal["ev", "other"] | None:
        if item not in self._uses:
            found = self.law.find(_READ, "prevailing_use", item)
            own = found is not None and found.key == item
            self._uses[item] = None if not own or found is None else "ev" if found.value == "ev" else "other"
        return self._uses[item]

    @cached_property
    def _uses(self) -> dict[str, Literal["ev", "other"] | None]:
        return {}

    def _say_open(self, open_: set[tuple[str, str, str]], uncoded: Sequence[str]) -> None:
        if open_:
            into: dict[str, int] = {}
            for *_, destination in open_:
                into[destination] = into.get(destination, 0) + 1
            where = ", ".join(f"{country} {count}" for country, count in sorted(into.items(), key=lambda p: (-p[1], p)))
            self._say("note.undetermined", count=str(len(open_)), where=where)
        if uncoded:
            self._say("note.uncoded", goods=", ".join(sorted(set(uncoded))))

    def _say(self, key: str, **parts: Any) -> None:
        text = {language: phrase(key, language, **parts) for language in LANGUAGES}
        if text not in self.said:
            self.said.append(text)

    @cached_property
    def _breaks(self) -> list[dt.date]:
        """Days on which something of a duty changes, as known."""
        found: set[dt.date] = set()
        for one in self.law.law:
            if one.kind in ("import duty", "import quota"):
                found |= self.law.cuts(one.id) | {q.first for q in one.questions if self.law.open(q)}
        return sorted(found)

    def _spans(self, years: Sequence[int]) -> list[tuple[dt.date, dt.date]]:
        """Spans of days within the years over which no duty changes."""
        first, last = dt.date(years[0], 1, 1), dt.date(years[-1], 12, 31)
        starts = [first, *(day for day in self._breaks if first < day <= last)]
        return [(a, b - _DAY) for a, b in zip(starts, [*starts[1:], last + _DAY], strict=True)]

    @staticmethod
    def _years_of(start: dt.date, end: dt.date, years: Sequence[int]) -> dict[int, float]:
        shares = {}
        for year in years:
            first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
            days = (min(end, last) - max(start, first)).days + 1
            if days > 0:
                shares[year] = days / ((last - first).days + 1)
        return shares

    # Credits ------------------------------------------------------------------------------------------------------------

    def credit(self, activity: Activity, years: Sequence[int]) -> dict[int, Charge]:
        """Production support that hangs on no content test: contracts with named plants."""
        component = self._component(activity.item) if activity.facility in self._supported else None
        if component not in ("cell", "module"):
            return {}
        return {year: paid for year in years if (paid := self._contracted(component, year)) is not None}

    def _contracted(self, component: str, year: int) -> Charge | None:
        """What the contracts pay on a kWh of a component made in a year."""

        def paid(day: dt.date) -> _Said | None:
            if self.law.in_force(_CONTRACTS, day) is not True:
                return None
            earned, most = self._45x_per_kwh(component, day), self.law.find(_CONTRACTS, "most_per_kwh", component, day)
            if earned is None or most is None:
                return None
            # The contracts pay what the US credit pays, up to their own limit, in dollars that lose worth alike.
            return min(earned[0], most.number), (*earned[1], most)

        found = self.over(year, (_CONTRACTS, _45X), paid)
        return None if found is None else Charge(-float(found.value) * self.worth(year) * found.lived, found.basis)

    @cached_property
    def _supported(self) -> tuple[str, ...]:
        if _CONTRACTS in self.without or _CONTRACTS not in self.law.law.instruments:
            return ()
        found = self.law.find(_CONTRACTS, "facilities")
        return found.list if found else ()

    def investment_credit(self, activity: Activity, years: Sequence[int]) -> dict[int, Charge]:
        """Share of the capital cost of a plant that is given back, by year of first use."""
        found = {year: self._investment(activity, year) for year in years}
        return {year: charge for year, charge in found.items() if charge is not None}

    def _investment(self, activity: Activity, year: int) -> Charge | None:
        if (activity.country, year) not in self._credited:
            self._credited[activity.country, year] = self._invested_in(activity.country, year)
        own = self._credited[activity.country, year]
        return next((charge for processes, charge in own if activity.process in processes), None)

    @cached_property
    def _credited(self) -> dict[tuple[str, int], list[tuple[frozenset[str], Charge]]]:
        return {}

    def _invested_in(self, country: str, year: int) -> list[tuple[frozenset[str], Charge]]:
        """The credits of a country for plants first used in a year: processes that each covers, and its share."""
        credits = []
        for name in ("ca-ctm-itc", "kr-nst-credit"):
            if name in self.without or name not in self.law.law.instruments:
                continue
            instrument = self.law.law[name]
            if instrument.jurisdiction[:2] != country or "covers_processes" not in instrument.parameters:
                continue
            for processes, paid in self._covering(name, year).items():
                # A plant of a year is first used on any of its days alike.
                found = self.over(year, (name,), paid)
                if found is not None:
                    credits.append((processes, Charge(float(found.value) / 100.0 * found.lived, found.basis)))
        return credits

    def _covering(self, name: str, year: int) -> dict[frozenset[str], Callable[[dt.date], _Said | None]]:
        """What an investment credit gives on each day of a year to the processes that it covers on that day."""
        keys = self.law.law[name].parameters["covers_processes"].keys

        def covered_on(day: dt.date) -> frozenset[str]:
            lists = [self.law.find(name, "covers_processes", key, day) for key in keys]
            return frozenset(one for found in lists if found is not None for one in found.list)

        def paid(processes: frozenset[str], day: dt.date) -> _Said | None:
            rate = self._rate(name, day)
            live = self.law.in_force(name, day) is True and covered_on(day) == processes
            return (rate.number, (rate,)) if live and rate is not None and rate.number > 0 else None

        days = [part.day for part in self._parts(year, name)]
        return {processes: partial(paid, processes) for processes in dict.fromkeys(map(covered_on, days))}

    def _rate(self, name: str, day: dt.date) -> Found | None:
        for parameter, key in (("rate", ANY), ("facility_rate", "large")):
            if parameter in self.law.law[name].parameters:
                found = self.law.find(name, parameter, key, day)
                if found is not None:
                    return found
        return None

    def _component(self, item: str) -> str | None:
        keys = self.law.law[_READ].parameters["components"].keys
        return next((k for k in keys if item in self.law.value(_READ, "components", k).list), None)

    def worth(self, year: int) -> float:
        """Worth in money of the case of a dollar fixed by statute and paid in that year."""
        return float((1 + self.law.value(_READ, "inflation").number / 100) ** (self.money_year - year))

    def _parts(self, year: int, *instruments: str) -> tuple[Part, ...]:
        key = (year, instruments)
        if key not in self._cut:
            self._cut[key] = tuple(parts(self._kept, year, *(one for one in instruments if one not in self.without)))
        return self._cut[key]

    @cached_property
    def _cut(self) -> dict[tuple[int, tuple[str, ...]], tuple[Part, ...]]:
        return {}

    def over(self, year: int, instruments: Sequence[str], said: Callable[[dt.date], _Said | None]) -> _Mean | None:
        """Mean of a value over the days of a year that have one, and the share of the year's days that do; None where none does."""
        values: list[tuple[Part, Decimal]] = []
        basis: dict[str, None] = {}
        for part in self._parts(year, *instruments):
            one = said(part.day)
            if one is not None:
                values.append((part, one[0]))
                basis.update(dict.fromkeys(map(_ref, one[1])))
        if not values:
            return None
        value, days = mean(values)
        return _Mean(value, days / days_of(year), " ".join(basis))

    def _45x(self, day: dt.date, amount: tuple[str, str], left: tuple[str, str]) -> _Said | None:
        if _45X in self.without or self.law.in_force(_45X, day) is not True:
            return None
        whole, percent = self.law.find(_45X, *amount, day), self.law.find(_45X, *left, day)
        if whole is None or percent is None or not percent.number:
            return None
        return whole.number * percent.number / 100, (whole, percent)

    def _45x_per_kwh(self, component: str, day: dt.date) -> _Said | None:
        """45X per kWh of a component sold on a day, in dollars of that day."""
        return self._45x(day, ("amount_per_kwh", component), ("phase_out", component))

    def _45x_of_cost(self, component: str, day: dt.date) -> _Said | None:
        """45X as a percentage of the cost of a component sold on a day."""
        phase = "phase_out_minerals" if component == "mineral" else "phase_out"
        return self._45x(day, ("share_of_cost", component), (phase, component))

    # Controls -----------------------------------------------------------------------------------------------------------

    def leaving(
        self, item: str, hs: str, origin: str, content: tuple[tuple[str, float], ...], years: Sequence[int]
    ) -> dict[int, Limit]:
        """Most of an item that may leave a country for all others together: what the controls allow that name no destination."""
        if origin not in self._controlling:
            return {}
        goods = {"hs": hs, "origin": origin, "item": item}
        own = tuple(
            one.id
            for one in self._kept.law
            if one.kind in KINDS
            and (everywhere := tuple(scope for scope in one.governs if not scope.destination))
            and covered(everywhere, **goods)
        )
        held = {year: self._holds(own, year, item, content) for year in years} if own else {}
        return {year: Limit(one.most, one.limits) for year, one in held.items() if one.most is not None}

    def _holds(self, reached: tuple[str, ...], year: int, item: str, content: tuple[tuple[str, float], ...]) -> _Held:
        """What the controls that reach a shipment do to it in a year."""
        key = (reached, year, item, content)
        if key not in self._holding:
            each = [self._control(name, year) for name in reached]
            self._holding[key] = self._together(
                [one for one in each if one.days_held or one.days_unknown], item, content
            )
        return self._holding[key]

    @cached_property
    def _holding(self) -> dict[Any, _Held]:
        return {}

    def _together(self, controls: Sequence[Year], item: str, content: tuple[tuple[str, float], ...]) -> _Held:
        """The waits for all licences, one after the other, and the least that may pass, in units of the item."""
        days, waits = 0.0, []
        most: tuple[float, str] | None = None
        for one in controls:
            refs = [_ref(found) for found in one.found]
            if one.delay_days:
                days += float(one.delay_days) * one.days_held / one.days
                waits += refs
            if one.most is None or not one.hard:
                continue
            own = self._in_units(one, item, content)
            if own is not None and (most is None or own < most[0]):
                most = own, " ".join(refs)
        return _Held(days, " ".join(waits), *(most or (None, "")))

    def _in_units(self, control: Year, item: str, content: tuple[tuple[str, float], ...]) -> float | None:
        """A year's limit in units of an item: of a quota in tonnes of an element by what a unit holds of it, and only the part of
        it that is taken as within reach; None where the composition does not tell."""
        assert control.most is not None
        element = control.unit.removeprefix("t of ")
        held = 1.0 if control.unit == "t" else dict(content).get(element, 0.0)
        title = self.law.law[control.instrument].title
        if not control.most:
            return 0.0
        if not held:
            self._say("note.quota-unit", title=title, unit=unit_names(control.unit))
            return None
        reach = self.law.find(_READ, "quota_share", control.instrument)
        share = float(reach.number) / 100.0 if reach is not None and reach.key == control.instrument else 1.0
        own = float(control.most) * share / held
        self._say(
            "note.quota",
            title=title,
            amount=Decimal(round(control.most)),
            unit=unit_names(control.unit),
            share=f"{share * 100:.0f}",
            own=Decimal(round(own)),
            item=item,
        )
        return own

    def _say_controls(self, reached: set[str], years: Sequence[int]) -> None:
        """Say which licences are taken as granted for want of a figure, and which quotas reach nothing that the plan may move."""
        live = [
            one.id
            for one in self._kept.law
            if one.kind in KINDS and any(self._control(one.id, y).days_held for y in years)
        ]
        unread = [
            name
            for name in live
            if name in reached
            and (found := self._found_ever(name, "licence_probability", years))
            and found.value == UNKNOWN
        ]
        idle = [
            name
            for name in live
            if name not in reached and any(self._control(name, year).cap is not None for year in years)
        ]
        for key, names in (("note.licence", unread), ("note.quota-idle", idle)):
            titles = [self.law.law[name].title for name in sorted(names)]
            if titles:
                self._say(key, which=_listed(titles))

    def _found_ever(self, name: str, parameter: str, years: Sequence[int]) -> Found | None:
        """What a parameter says on the last day of the first of the years that has a value."""
        if parameter not in self._kept.law[name].parameters:
            return None
        days = (dt.date(year, 12, 31) for year in years)
        return next((found for day in days if (found := self._kept.find(name, parameter, at=day))), None)

    def _control(self, name: str, year: int) -> Year:
        if (name, year) not in self._of_year:
            self._of_year[name, year] = of_year(name, year, self._kept)
        return self._of_year[name, year]

    def _reaching(self, shipment: Shipment) -> tuple[str, ...]:
        """Controls and quotas that reach a shipment, or may."""
        if shipment.origin not in self._controlling:
            return ()
        goods = (shipment.hs, shipment.origin, shipment.destination, shipment.item)
        reached = self._reached.get(goods)
        if reached is None:
            own = (one for one in self._kept.law if one.kind in KINDS)
            reached = self._reached[goods] = tuple(one.id for one in own if reaches(one, *goods) is not False)
        return reached

    @cached_property
    def _reached(self) -> dict[Any, tuple[str, ...]]:
        return {}

    @cached_property
    def _of_year(self) -> dict[tuple[str, int], Year]:
        return {}

    @cached_property
    def _controlling(self) -> frozenset[str]:
        """Countries whose goods some control governs."""
        own = (one for one in self._kept.law if one.kind in ("export control", "import quota"))
        return frozenset(country for one in own for scope in one.governs for country in scope.origin)

    # Content ------------------------------------------------------------------------------------------------------------

    def content_rules(self, years: Sequence[int]) -> list[ContentRule]:
        """The content tests that bear on the plan: MACR for each component of 45X, and RVC of USMCA."""
        rules = [self._macr(component, years) for component in ("cell", "module", "electrode_material", "mineral")]
        rules.append(self._usmca(years))
        return [rule for rule in rules if rule is not None]

    def _macr(self, component: str, years: Sequence[int]) -> ContentRule | None:
        least: dict[int, float] = {}
        unit: dict[int, float] = {}
        cost: dict[int, float] = {}
        room: dict[int, float] = {}
        basis: dict[int, str] = {}

        def asked(day: dt.date) -> _Said | None:
            if not self._45x_per_kwh(component, day) and not self._45x_of_cost(component, day):
                return None
            found = None if _MACR in self.without else self.law.find(_MACR, "threshold", component, day)
            # Before the test existed every maker qualified.
            return (found.number, (found,)) if found else (Decimal(0), ())

        for year in years:
            threshold = self.over(year, (_45X, _MACR), asked)
            if threshold is None:
                continue
            earned = self.over(year, (_45X,), partial(self._45x_per_kwh, component))
            share = self.over(year, (_45X,), partial(self._45x_of_cost, component))
            least[year], room[year] = float(threshold.value) / 100.0, threshold.lived
            basis[year] = " ".join(one.basis for one in (threshold, earned, share) if one and one.basis)
            if earned:
                unit[year] = float(earned.value) * self.worth(year)
            if share:
                cost[year] = float(share.value) / 100.0
        if not least:
            return None
        first = dt.date(min(least), 12, 31)
        return ContentRule(
            name=f"{_MACR}.{component}",
            instrument=_MACR,
            items=frozenset(self.law.value(_READ, "components", component).list),
            countries=frozenset(self.law.value(_45X, "places", at=first).list),
            qualifies=self._no_pfe,
            maker_too=True,
            least=least,
            base="materials",
            per_unit=unit,
            of_cost=cost,
            room=room,
            basis=basis,
        )

    def _no_pfe(self, country: str, owners: Sequence[Owner]) -> bool:
        """Whether a maker is none of the prohibited foreign entities that can be told from its place and stated owners: one in a
        covered nation, one of which a named or covered-nation owner holds the limit of section 7701(a)(51)(D), or all of them
        together the joint limit. Debt, officers and contracts of makers are not in the facts."""
        # The rules of all components ask this of the same makers.
        key = (country, tuple(owners))
        if key not in self._cleared:
            one, joint = self._pfe_limits
            held = [share for share in map(self._held, owners) if share]
            within = any(share >= one for share in held) or sum(held) >= joint
            self._cleared[key] = country not in self._covered_nations and not within
        return self._cleared[key]

    @cached_property
    def _cleared(self) -> dict[tuple[str, tuple[Owner, ...]], bool]:
        return {}

    def _of_entities(self, parameter: str) -> Found | None:
        """What the law of prohibited foreign entities says; nothing where it is left out, so that there are none."""
        return None if _PFE in self.without else self.law.find(_PFE, parameter)

    def _held(self, owner: Owner) -> float:
        """Percent that an owner holds if it is a specified foreign entity, else 0; a stake of unknown size counts in full."""
        if owner.country not in self._covered_nations and not (self._named and self._named.search(owner.name)):
            return 0.0
        return 100.0 if owner.share is None else owner.share * 100.0

    @cached_property
    def _covered_nations(self) -> tuple[str, ...]:
        found = self._of_entities("covered_nations")
        return found.list if found else ()

    @cached_property
    def _named(self) -> re.Pattern[str] | None:
        """Names of the listed entities as whole words."""
        found = self._of_entities("named")
        return re.compile("|".join(rf"\b{re.escape(name)}\b" for name in found.list)) if found else None

    @cached_property
    def _pfe_limits(self) -> tuple[float, float]:
        one, joint = self._of_entities("held_by_one"), self._of_entities("held_together")
        none = float("inf")
        return (float(one.number) if one else none), (float(joint.number) if joint else none)

    def _usmca(self, years: Sequence[int]) -> ContentRule | None:
        if _RVC in self.without or self.readings.get("battery_rule") == "tariff_shift":
            return None
        if not any(one.duty["preference"] == "USMCA" for one in self._preferences):
            return None
        least, basis = {}, {}

        def asked(day: dt.date) -> _Said | None:
            found = self.law.find(_RVC, "rvc_nc", "core", day)
            return None if found is None else (found.number, (found,))

        for year in years:
            found = self.over(year, (_RVC,), asked)
            if found is not None:
                least[year], basis[year] = float(found.value) / 100.0, found.basis
        if not least:
            return None
        markets, makers = self._parties("USMCA")
        return ContentRule(
            name="usmca.battery",
            instrument=_RVC,
            items=frozenset(self.law.value(_READ, "components", "cell").list),
            countries=makers,
            qualifies=_made_in(markets | makers),
            least=least,
            base="value",
            preference="USMCA",
            markets=markets,
            basis=basis,
        )

    def _parties(self, preference: str) -> tuple[frozenset[str], frozenset[str]]:
        """Countries into which a preference may be claimed, and those whose goods may claim it."""
        scopes = [scope for one in self._preferences if one.duty["preference"] == preference for scope in one.governs]
        into = frozenset(country for scope in scopes for country in scope.destination)
        return into, frozenset(country for scope in scopes for country in scope.origin)

    def vehicle_credits(self, years: Sequence[int]) -> list[VehicleCredit]:
        """Section 30D, where it is law in some of the years."""
        asked = tuple(years)
        if asked not in self._vehicles:
            found = vehicle_credit(self, asked)
            self._vehicles[asked] = [] if found is None else [found]
            if found is not None:
                self._say_vehicles(found)
        return self._vehicles[asked]

    @cached_property
    def _vehicles(self) -> dict[tuple[int, ...], list[VehicleCredit]]:
        return {}

    def _say_vehicles(self, credit: VehicleCredit) -> None:
        """What test of the minerals is taken, and how many vehicles may claim at all, in the first year of the credit."""
        year = min(year for _, year in credit.room)
        most = max(share for (_, own), share in credit.room.items() if own == year)
        test = "half" if year in credit.whole_from else "tqvt"
        text = {language: phrase(f"note.30d-{test}", language) for language in LANGUAGES}
        self._say("note.30d", test=text, share=f"{most * 100:.0f}", year=year)

    # Notes --------------------------------------------------------------------------------------------------------------

    def notes(self, language: str = "en") -> list[str]:
        """What the reader of the plan must know of the law taken, in a language: which law it is, what is open and how it is
        taken, and what was met with on the way."""
        law = self.law

        def say(key: str, **parts: Any) -> str:
            return phrase(key, language, **parts)

        notes = [say("note.law", date=law.date, known=law.known)]
        for question in law.questions():
            branch = law.taken.get(question.name, question.default)
            chosen = next(b for b in question.branches if b.name == branch)
            how = "note.taken" if question.name in law.taken else "note.default"
            notes.append(say("note.question", question=question.title, branch=chosen.title, how=say(how)))
        notes += [
            say("note.unknown", title=one.title, day=_ran_out(one.status, law.known))
            for one in law.law
            if law.status(one.id) is Status.UNKNOWN and not any(q.name in law.taken for q in one.questions)
        ]
        if _RVC in law.law.instruments and _RVC not in self.without:
            taken = self.readings.get("battery_rule", "rvc")
            notes.append(say("note.battery-rule", taken=taken))
        notes += [say("note.without", name=name) for name in sorted(self.without)]
        return notes + [text[language] for text in self.said]


def _made_in(countries: frozenset[str]) -> Callable[[str, Sequence[Owner]], bool]:
    return lambda country, owners: country in countries


def _ran_out(facts: tuple[Fact, ...], known: dt.date) -> dt.date | None:
    """First day of which nothing is known any more."""
    line = timeline(facts, known)
    return line[-1].last + _DAY if line and line[-1].last else None


def _listed(titles: Sequence[Text]) -> dict[str, str]:
    """Titles one after the other, by language."""
    return {language: semicolon(language).join(title[language] for title in titles) for language in LANGUAGES}


def _ref(found: Found) -> str:
    key = "" if found.key == ANY else f"/{found.key}"
    return f"law:{found.instrument}/{found.parameter.name}{key}@{found.fact.first}"


__all__ = ["InForce", "NotInLaw"]
