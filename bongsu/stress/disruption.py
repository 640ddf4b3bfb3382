"""Disruptions as data: what is hit, how much of it is left, from when, how long, and how fast it recovers.

A disruption is a YAML file (format: ``docs/stress.md``) with one or more *branches*: an export licence may mean a delay or a ban,
and nobody knows which. A branch has *hits*. A hit names what it strikes in the words of the facts, any of which may be combined:

===========  =============================================================================================
facility     a facility of the pack; line: one of its production lines (plants of a case folder)
process      every plant that runs the process
uses         every plant that takes the item in, such as a reagent
item         what is offered or made of an item; with ``from``, ``to`` or ``via``: its lanes
country      where the plants or offers stand; owner: plants of which the owner holds at least ``holds``
from, to     lanes between countries or places; via: lanes through a port, crossing or passage
corridor     the lanes that share a corridor of the case
demand       a demand, or all demand for an item; with ``country`` or ``to`` only there
===========  =============================================================================================

A branch may also change the *law* (``law: {without: [us-macr]}``, ``law: {readings: {question: branch}}``), alone or beside its
hits: then the chain is stated anew under it (:mod:`bongsu.stress.rule`).

:func:`resolve` turns a branch into changes of a network, period by period. Where what is hit has no stated limit, what is left is
that share of what the plan moves: the plan says how much there was to lose.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import yaml

from bongsu.atlas import Atlas
from bongsu.chain.change import Change, Event, Scenario
from bongsu.chain.network import Network
from bongsu.plan.plan import Plan

_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(day|week|month|year)s?")
_DAYS = {"day": 1.0, "week": 7.0, "month": 365.0 / 12, "year": 365.0}
_TARGETS = (
    "facility",
    "line",
    "process",
    "uses",
    "item",
    "country",
    "owner",
    "origin",
    "to",
    "via",
    "corridor",
    "demand",
)
#: Words of the file that are no names in Python.
_AS: Mapping[str, str] = {"from": "origin"}
_ASSUMED = "assumed"


class BadDisruption(ValueError):
    """A disruption that cannot be read, or strikes nothing."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One blow.

    Attributes:
        facility, line, process, uses, item, country, owner, origin, to, via, corridor, demand: what is hit; all that are given
            must fit.
        holds: least share that makes an owner's plant one of his.
        left: share that remains while it lasts, 0 to 1 (a demand may rise above 1).
        price: factor on the price of offers while it lasts.
        duty: per cent of the lowest outside price of the item that every unit pays on the lanes hit, beside what they cost already.
        starts: first day.
        lasts: days until recovery begins; None = to the end of the plan.
        recovers: days over which what is left climbs back to the whole, linearly.
        source: where it is stated, or ``assumed``.
    """

    facility: str | None = None
    line: str | None = None
    process: str | None = None
    uses: str | None = None
    item: str | None = None
    country: str | None = None
    owner: str | None = None
    origin: str | None = None
    to: str | None = None
    via: str | None = None
    corridor: str | None = None
    demand: str | None = None
    holds: float = 0.5
    left: float = 0.0
    price: float | None = None
    duty: float | None = None
    starts: dt.date = dt.date.min
    lasts: float | None = None
    recovers: float = 0.0
    source: str = _ASSUMED

    @property
    def target(self) -> str:
        """What is hit, in short, such as ``item spherical_graphite, from CN, to KR``."""
        names = [(name, getattr(self, name)) for name in _TARGETS]
        return ", ".join(
            f"{'from' if name == 'origin' else name} {value}" for name, value in names if value is not None
        )

    def remaining(self, first: dt.date, last: dt.date) -> float:
        """Mean of what is left over the days from ``first`` to ``last``, both counted.

        Before it starts all is left, then ``left``, and from the end of ``lasts`` on a straight line back to all.
        """
        return 1.0 - (1.0 - self.left) * self.force(first, last)

    def force(self, first: dt.date, last: dt.date) -> float:
        """Mean force of the blow over the days from ``first`` to ``last``, both counted: 1 while it lasts, 0 when it is over."""
        days = np.arange((last - first).days + 1) + (first - self.starts).days
        if self.lasts is None:
            return float((days >= 0).mean())
        after = days - self.lasts
        climb = np.clip((after + 0.5) / self.recovers, 0.0, 1.0) if self.recovers else (after >= 0).astype(float)
        return float(np.where(days < 0, 0.0, np.where(after < 0, 1.0, 1.0 - climb)).mean())


@dataclass(frozen=True, slots=True)
class Rule:
    """A change of the law of the plan.

    Attributes:
        without: instruments left out.
        readings: branch by open question, or choice by disputed reading.
    """

    without: tuple[str, ...] = ()
    readings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Branch:
    """One way in which a disruption may go.

    Attributes:
        name: identifier; title: for people, by language.
        weight: probability among the branches; source: of the weight, or ``assumed``.
        hits: the blows; none where only the law changes.
        rule: what changes in the law, if anything does.
    """

    name: str
    hits: tuple[Hit, ...]
    weight: float = 1.0
    source: str = _ASSUMED
    title: Mapping[str, str] = field(default_factory=dict)
    rule: Rule | None = None


@dataclass(frozen=True, slots=True)
class Disruption:
    """Something that may happen or happened.

    Attributes:
        name: identifier; title: for people, by language.
        branches: how it may go; weights add up to one.
        known: day on which it was announced, if it is an event.
        source: where it is stated, or ``assumed``.
        text: what it is about, by language.
    """

    name: str
    branches: tuple[Branch, ...]
    known: dt.date | None = None
    source: str = _ASSUMED
    title: Mapping[str, str] = field(default_factory=dict)
    text: Mapping[str, str] = field(default_factory=dict)

    @property
    def first(self) -> dt.date | None:
        """Day of the first blow; None where only the law changes."""
        return min((hit.starts for branch in self.branches for hit in branch.hits), default=None)


# Reading ------------------------------------------------------------------------------------------------------------------


def read(path: str | Path) -> Disruption:
    """A disruption from its YAML file.

    Raises:
        BadDisruption: one sentence that says what is wrong and where.
    """
    at = Path(path)
    try:
        said = yaml.safe_load(at.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadDisruption(f"{at} cannot be read ({error.strerror}); give a YAML file of a disruption") from None
    except (yaml.YAMLError, ValueError) as error:
        # A day that is none, such as 2027-13-01, is a ValueError of the reader.
        raise BadDisruption(f"{at} is not YAML ({' '.join(str(error).split())})") from None
    if not isinstance(said, dict):
        raise BadDisruption(f"{at} does not state a disruption: it must have an id and branches")
    return parse(said, str(at))


def parse(said: Mapping[str, Any], where: str = "the disruption") -> Disruption:
    """A disruption from the mapping that its file holds."""
    _only(said, {"id", "title", "text", "known", "source", "branches", "hits"}, where)
    name = said.get("id")
    if not isinstance(name, str) or not name:
        raise BadDisruption(f"{where}: id is missing; give the disruption a short name")
    listed = said.get("branches")
    if listed is None and "hits" in said:
        listed = [{"name": name, "hits": said["hits"]}]
    if not isinstance(listed, list) or not listed:
        raise BadDisruption(f"{where}: branches is missing; list at least one branch with its hits")
    branches = [_branch(one, f"{where}, branch {at}") for at, one in enumerate(listed, 1)]
    total = sum(branch.weight for branch in branches)
    if total <= 0:
        raise BadDisruption(f"{where}: the weights of the branches must not all be zero")
    names = [branch.name for branch in branches]
    twice = sorted({one for one in names if names.count(one) > 1})
    if twice:
        raise BadDisruption(f"{where}: two branches are called {twice[0]!r}; give each a name of its own")
    even = [replace(b, weight=b.weight / total) for b in branches]
    known = _day(said["known"], f"{where}, known") if said.get("known") is not None else None
    return Disruption(
        name,
        tuple(even),
        known,
        str(said.get("source") or _ASSUMED),
        _words(said, "title", where),
        _words(said, "text", where),
    )


def moved(disruption: Disruption, starts: dt.date) -> Disruption:
    """The same disruption as if its first blow fell on another day; all blows move by as many days."""
    if disruption.first is None:
        raise BadDisruption(f"{disruption.name} changes only the law, which has days of its own; leave --starts out")
    by = starts - disruption.first
    branches = (
        replace(branch, hits=tuple(replace(hit, starts=hit.starts + by) for hit in branch.hits))
        for branch in disruption.branches
    )
    return replace(disruption, branches=tuple(branches))


def _branch(said: Any, where: str) -> Branch:
    if not isinstance(said, dict):
        raise BadDisruption(f"{where} must be a mapping with a name and hits")
    _only(said, {"name", "title", "weight", "source", "hits", "law"}, where)
    rule = _rule(said["law"], f"{where}, law") if said.get("law") is not None else None
    hits = said.get("hits") if rule is None else said.get("hits", [])
    if not isinstance(hits, list) or not (hits or rule):
        raise BadDisruption(f"{where}: hits is missing; say what is hit, or what changes in the law")
    weight = _number(said.get("weight", 1.0), f"{where}, weight", 0.0, np.inf)
    return Branch(
        str(said.get("name") or "as stated"),
        tuple(_hit(one, f"{where}, hit {at}") for at, one in enumerate(hits, 1)),
        weight,
        str(said.get("source") or _ASSUMED),
        _words(said, "title", where),
        rule,
    )


def _rule(said: Any, where: str) -> Rule:
    if not isinstance(said, dict):
        raise BadDisruption(f"{where} must be a mapping with without or readings")
    _only(said, {"without", "readings"}, where)
    without, readings = said.get("without") or [], said.get("readings") or {}
    if not isinstance(without, list) or not isinstance(readings, dict):
        raise BadDisruption(f"{where}: without is a list of instruments, readings a mapping of question to branch")
    if not without and not readings:
        raise BadDisruption(f"{where}: nothing changes; name instruments in without, or branches in readings")
    return Rule(
        tuple(_name(one, f"{where}, without") for one in without),
        {_name(q, f"{where}, readings"): _name(b, f"{where}, readings, {q}") for q, b in readings.items()},
    )


def _hit(said: Any, where: str) -> Hit:
    if not isinstance(said, dict):
        raise BadDisruption(f"{where} must be a mapping")
    allowed = {f.name for f in fields(Hit)} - {"origin"} | {"from", "until"}
    _only(said, allowed, where)
    own: dict[str, Any] = {}
    for name, value in said.items():
        if _AS.get(name, name) in _TARGETS:
            own[_AS.get(name, name)] = _name(value, f"{where}, {name}")
    if not own:
        raise BadDisruption(f"{where}: nothing is hit; name one of {', '.join(_TARGETS).replace('origin', 'from')}")
    if "starts" not in said:
        raise BadDisruption(f"{where}: starts is missing; give its first day, such as 2027-01-01")
    own["starts"] = _day(said["starts"], f"{where}, starts")
    # A dearer price or a duty leaves everything to whoever pays it.
    dearer = said.get("price") is not None or said.get("duty") is not None
    most = np.inf if "demand" in said else 1.0
    own["left"] = _number(said.get("left", 1.0 if dearer else 0.0), f"{where}, left", 0.0, most)
    own["holds"] = _number(said.get("holds", 0.5), f"{where}, holds", 0.0, 1.0)
    if said.get("price") is not None:
        own["price"] = _number(said["price"], f"{where}, price", 0.0, np.inf)
    if said.get("duty") is not None:
        if not {"from", "to", "via"} & said.keys():
            raise BadDisruption(f"{where}: a duty is paid on lanes; say from where or to where")
        own["duty"] = _number(said["duty"], f"{where}, duty", 0.0, np.inf)
    if said.get("lasts") is not None and said.get("until") is not None:
        raise BadDisruption(f"{where}: give either lasts or until, not both")
    if said.get("lasts") is not None:
        own["lasts"] = _span(said["lasts"], f"{where}, lasts")
    if said.get("until") is not None:
        own["lasts"] = float((_day(said["until"], f"{where}, until") - own["starts"]).days)
        if own["lasts"] <= 0:
            raise BadDisruption(f"{where}: until must lie after starts")
    own["recovers"] = _span(said["recovers"], f"{where}, recovers") if said.get("recovers") is not None else 0.0
    if own["recovers"] and own.get("lasts") is None:
        raise BadDisruption(f"{where}: it recovers, so say how long it lasts first")
    _fitting(said, where)
    own["source"] = str(said.get("source") or _ASSUMED)
    return Hit(**own)


#: Names that say that a hit strikes demand, lanes or plants, and what else may stand beside them; other hits strike offers too.
_BESIDE: tuple[tuple[str, frozenset[str], frozenset[str]], ...] = (
    ("demand", frozenset({"demand"}), frozenset({"country", "to"})),
    ("lanes", frozenset({"corridor", "from", "to", "via"}), frozenset({"item", "country"})),
    ("plants", frozenset({"facility", "line", "process", "uses", "owner"}), frozenset({"item", "country"})),
)


def _fitting(said: Mapping[str, Any], where: str) -> None:
    """Refuse names that cannot fit together and figures that strike nothing of what is named, rather than leave them out."""
    named = {name for name in said if _AS.get(name, name) in _TARGETS}
    for what, own, beside in _BESIDE:
        if not named & own:
            continue
        strange = sorted(named - own - beside)
        if strange:
            raise BadDisruption(
                f"{where}: {', '.join(strange)} says nothing of {what}, which {', '.join(sorted(named & own))} names; "
                f"use only {', '.join(sorted(beside | own))} there, and a hit of its own for the rest"
            )
        if said.get("price") is not None:
            raise BadDisruption(f"{where}: price is that of offers, not of {what}; name an item or a country alone")
        if what != "lanes" and said.get("duty") is not None:
            raise BadDisruption(f"{where}: a duty is paid on lanes, not on {what}; say from where or to where alone")
        break
    if said.get("holds") is not None and "owner" not in named:
        raise BadDisruption(f"{where}: holds is the share of an owner; name the owner, or leave it out")


def _only(said: Mapping[str, Any], allowed: set[str], where: str) -> None:
    strange = sorted(str(name) for name in said if name not in allowed)
    if strange:
        raise BadDisruption(f"{where}: {', '.join(strange)} is not known; use only {', '.join(sorted(allowed))}")


def _day(value: Any, where: str) -> dt.date:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        raise BadDisruption(f"{where}: {value!r} is not a day; write it as 2027-01-31") from None


def _span(value: Any, where: str) -> float:
    found = _SPAN.fullmatch(str(value).strip())
    if not found:
        raise BadDisruption(f"{where}: {value!r} is not a span of time; write it as 45 days, 6 months or 1 year")
    return float(found[1]) * _DAYS[found[2]]


def _number(value: Any, where: str, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high or np.isinf(value):
        limits = f"from {low:g} to {high:g}" if np.isfinite(high) else f"of {low:g} or more"
        raise BadDisruption(f"{where}: {value!r} must be a number {limits}")
    return float(value)


def _name(value: Any, where: str) -> str:
    # Norway's code NO, bare, is a truth value to YAML.
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise BadDisruption(f"{where}: {value!r} is not a name; put it in quotes")
    return str(value)


def _words(said: Mapping[str, Any], name: str, where: str) -> Mapping[str, str]:
    value = said.get(name)
    if value is None:
        return {}
    if isinstance(value, str):
        return {"en": value}
    if not isinstance(value, dict):
        raise BadDisruption(f"{where}, {name}: {value!r} is neither a text nor texts by language")
    return {str(k): str(v) for k, v in value.items()}


# What is hit --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Struck:
    """Rows of a network that a hit strikes: plants, offers, lanes and demands, by identifier.

    Attributes:
        corridor: the corridor whose lanes are struck, where it is hit as a whole; what is left of its capacity is then
            shared by all of them.
    """

    plants: tuple[str, ...] = ()
    supplies: tuple[str, ...] = ()
    lanes: tuple[str, ...] = ()
    demands: tuple[str, ...] = ()
    corridor: str | None = None

    @property
    def nothing(self) -> bool:
        """Whether nothing of the network is struck."""
        return not any((self.plants, self.supplies, self.lanes, self.demands))


@dataclass(frozen=True)
class Ground:
    """What hits are looked up in: the network, and the facts behind it where there are any.

    Attributes:
        network: what is struck.
        atlas: facilities and owners; None for a case folder.
    """

    network: Network
    atlas: Atlas | None = None

    def struck(self, hit: Hit) -> Struck:
        """What a hit strikes; see the table at the top of :mod:`bongsu.stress.disruption`."""
        if hit.demand is not None:
            rows = self.network["demands"].filter((pl.col("demand") == hit.demand) | (pl.col("item") == hit.demand))
            where = hit.country or hit.to
            if where is not None:
                country = self.country()
                inside = [place for place in set(rows["place"]) if where in (place, country.get(place))]
                rows = rows.filter(pl.col("place").is_in(inside))
            return Struck(demands=_ids(rows))
        if any(value is not None for value in (hit.corridor, hit.origin, hit.to, hit.via)):
            whole = all(value is None for value in (hit.item, hit.country, hit.origin, hit.to, hit.via))
            return Struck(lanes=self._lanes(hit), corridor=hit.corridor if whole else None)
        return Struck(plants=self._plants(hit), supplies=self._supplies(hit))

    def country(self) -> Mapping[str, str]:
        """Country of each place."""
        return dict(self.network["places"].select("place", "country").iter_rows())

    def _lanes(self, hit: Hit) -> tuple[str, ...]:
        country = self.country()
        corridors = self.network["corridor_lanes"].select("corridor", "lane").iter_rows()
        shared = {lane for corridor, lane in corridors if corridor == hit.corridor}
        found = []
        for row in self.network["lanes"].select("lane", "from", "to", "item", "via").iter_rows(named=True):
            via = row["via"] or []
            fits = (
                (hit.corridor is None or row["lane"] in shared)
                and (hit.item is None or row["item"] == hit.item)
                and (hit.origin is None or hit.origin in (row["from"], country.get(row["from"])))
                and (hit.to is None or hit.to in (row["to"], country.get(row["to"])))
                and (hit.via is None or hit.via in via)
                and (hit.country is None or hit.country in (country.get(row["from"]), country.get(row["to"])))
            )
            if fits:
                found.append(row["lane"])
        return tuple(found)

    def _plants(self, hit: Hit) -> tuple[str, ...]:
        net, country = self.network, self.country()
        product, inputs = self._products(), self._inputs()
        facility = dict(self.atlas["facility_lines"].select("line", "facility").iter_rows()) if self.atlas else {}
        runs: dict[str, set[str]] = {}
        for plant, process in net["modes"].select("plant", "process").iter_rows():
            runs.setdefault(plant, set()).add(process)
        owned = self._owned(hit) if hit.owner is not None else None
        found = []
        for plant, place in net["plants"].select("plant", "place").iter_rows():
            fits = (
                (hit.facility is None or hit.facility in (facility.get(plant), plant))
                and (hit.line is None or hit.line == plant)
                and (hit.process is None or hit.process in runs.get(plant, ()))
                and (hit.uses is None or any(hit.uses in inputs.get(process, ()) for process in runs.get(plant, ())))
                and (hit.item is None or any(hit.item in product.get(process, ()) for process in runs.get(plant, ())))
                and (hit.country is None or hit.country in (place, country.get(place)))
                and (owned is None or facility.get(plant) in owned or plant in owned)
            )
            if fits and runs.get(plant):
                found.append(plant)
        return tuple(found)

    def _supplies(self, hit: Hit) -> tuple[str, ...]:
        if any(value is not None for value in (hit.facility, hit.line, hit.process, hit.uses, hit.owner)):
            return ()
        country = self.country()
        return tuple(
            dict.fromkeys(
                supply
                for supply, place, item in self.network["supplies"].select("supply", "place", "item").iter_rows()
                if (hit.item is None or item == hit.item)
                and (hit.country is None or hit.country in (place, country.get(place)))
            )
        )

    def _products(self) -> Mapping[str, frozenset[str]]:
        """What each process makes, by-products left out."""
        made: dict[str, set[str]] = {}
        rows = self.network["recipes"].filter((pl.col("amount") > 0) & (pl.col("byproduct") == "no"))
        for process, item in rows.select("process", "item").iter_rows():
            made.setdefault(process, set()).add(item)
        return {process: frozenset(items) for process, items in made.items()}

    def _inputs(self) -> Mapping[str, frozenset[str]]:
        """What each process takes in."""
        taken: dict[str, set[str]] = {}
        for process, item in self.network["recipes"].filter(pl.col("amount") < 0).select("process", "item").iter_rows():
            taken.setdefault(process, set()).add(item)
        return {process: frozenset(items) for process, items in taken.items()}

    def _owned(self, hit: Hit) -> set[str]:
        if self.atlas is None:
            raise BadDisruption("owners are known only for cases of the data pack; name the plants by line")
        wanted = str(hit.owner).casefold()
        held: dict[str, float] = {}
        for row in self.atlas["facility_owners"].iter_rows(named=True):
            if wanted in str(row["owner"]).casefold():
                # A stake of unknown size counts in full, as the law does with unknown stakes of a barred owner.
                held[row["facility"]] = held.get(row["facility"], 0.0) + (1.0 if row["share"] is None else row["share"])
        return {facility for facility, share in held.items() if share >= hit.holds}


def _ids(rows: pl.DataFrame) -> tuple[str, ...]:
    return tuple(dict.fromkeys(rows[rows.columns[0]].to_list()))


# Changes ------------------------------------------------------------------------------------------------------------------


def days_of(network: Network) -> list[tuple[dt.date, dt.date]]:
    """First and last day of each period: a year (``2027``), a month (``2027-03``), or from its calendar year on for its length.

    Raises:
        BadDisruption: a period has neither a date for a name nor a calendar year.
    """
    found = []
    for period, years, year in network["periods"].select("period", "years", "year").iter_rows():
        if re.fullmatch(r"\d{4}-\d{2}", period):
            y, m = int(period[:4]), int(period[5:])
            found.append((dt.date(y, m, 1), dt.date(y, m, calendar.monthrange(y, m)[1])))
            continue
        start = float(period) if re.fullmatch(r"\d{4}", period) else year
        if start is None:
            raise BadDisruption(
                f"period {period} has no calendar year; give one in periods.csv to place a disruption in it"
            )
        first = dt.date(int(start), 1, 1) + dt.timedelta(days=round((start % 1) * 365))
        found.append((first, first + dt.timedelta(days=max(round(years * 365.25), 1) - 1)))
    return found


def resolve(branch: Branch, ground: Ground, plan: Plan | None = None) -> tuple[Change, ...]:
    """The changes that a branch makes to a network.

    Args:
        branch: its hits.
        ground: what they strike.
        plan: the plan as it stands, for shares of what has no stated limit.

    Raises:
        BadDisruption: a hit strikes nothing in the network, or a share is wanted of what has no limit and no plan is given.
    """
    changes: list[Change] = []
    periods = ground.network["periods"]["period"].to_list()
    spans = days_of(ground.network)
    for hit in branch.hits:
        struck = ground.struck(hit)
        if struck.nothing:
            raise BadDisruption(
                f"{hit.target}: nothing in this network is hit; check the names (docs/stress.md says what can be named)"
            )
        force = [hit.force(first, last) for first, last in spans]
        when = [(at, period) for at, period in enumerate(periods) if force[at] > 0.0]
        if not when:
            raise BadDisruption(
                f"{hit.target}: it begins on {hit.starts} and touches no period from {periods[0]} to {periods[-1]}; "
                "ask for it on another day (--starts)"
            )
        own = [
            change
            for at, period in when
            for change in _struck(hit, struck, period, at, force[at], ground.network, plan)
        ]
        if not own:
            raise BadDisruption(
                f"{hit.target}: what is hit is neither offered nor wanted in the periods that it touches"
            )
        changes += own
    return tuple(changes)


def _struck(
    hit: Hit, struck: Struck, period: str, at: int, force: float, network: Network, plan: Plan | None
) -> list[Change]:
    left = 1.0 - (1.0 - hit.left) * force
    found = [Change("availability", plant, "share", period, left, None, hit.source) for plant in struck.plants]
    found += [
        Change("demands", demand, "quantity", period, left, None, hit.source)
        for demand in struck.demands
        if _stands(network, "demands", demand, period)
    ]
    shared = struck.corridor is not None and _capped(network, struck.corridor, period)
    if shared and left != 1.0:
        found.append(Change("corridors", str(struck.corridor), "capacity", period, left, None, hit.source))
    for lane in struck.lanes:
        if left != 1.0 and not shared:
            found.append(_limited("lanes", "capacity", lane, period, at, left, hit, network, plan))
        if hit.duty is not None:
            found.append(_dutiable(lane, period, at, hit, force, network, plan))
    for supply in struck.supplies:
        if not _stands(network, "supplies", supply, period):
            continue
        if left != 1.0:
            found.append(_limited("supplies", "quantity", supply, period, at, left, hit, network, plan))
        if hit.price is not None:
            found.append(Change("supplies", supply, "price", period, 1.0 + (hit.price - 1.0) * force, None, hit.source))
    return found


def _dutiable(lane: str, period: str, at: int, hit: Hit, force: float, network: Network, plan: Plan | None) -> Change:
    """A duty on a lane: per cent of the lowest outside price of the item, on top of what the lane costs."""
    row = network["lanes"].row(by_predicate=pl.col("lane") == lane, named=True)
    offers = network["supplies"].filter(pl.col("item") == row["item"])["price"]
    if offers.is_empty():
        raise BadDisruption(
            f"{hit.target}: {row['item']} has no outside price, so a duty in per cent cannot be charged on it"
        )
    if plan is None:
        raise BadDisruption(f"{hit.target}: a duty needs the plan, whose lanes it is charged on")
    order = plan.model.arrays.net["lanes"]["lane"].to_list().index(lane)
    own = float(plan.model.arrays.lane_cost[order, at])
    paid = (hit.duty or 0.0) / 100.0 * float(offers.min()) * force  # type: ignore[arg-type]
    return Change("lanes", lane, "cost", period, 1.0, own + paid, hit.source)


def _stands(network: Network, table: str, of: str, period: str) -> bool:
    """Whether an offer or a demand has a row that holds in a period."""
    rows = network[table].filter(pl.col(network[table].columns[0]) == of)
    return bool(rows["period"].is_null().any() or (rows["period"] == period).any())


def _capped(network: Network, corridor: str, period: str) -> bool:
    """Whether a corridor has a capacity in a period."""
    own = network["corridor_periods"].filter((pl.col("corridor") == corridor) & (pl.col("period") == period))
    base = network["corridors"].filter(pl.col("corridor") == corridor)
    return any(value is not None for value in (*own["capacity"], *base["capacity"]))


def _limited(
    table: str, column: str, of: str, period: str, at: int, left: float, hit: Hit, network: Network, plan: Plan | None
) -> Change:
    """What is left of a lane or an offer: of its limit, or, without one, of what the plan moves."""
    if plan is None:
        return Change(table, of, column, period, left, None, hit.source)
    a = plan.model.arrays
    if table == "lanes":
        lane = a.net["lanes"]["lane"].to_list().index(of)
        if np.isfinite(a.lane_capacity[lane, at]) or left == 0:
            return Change(table, of, column, period, left, None, hit.source)
        return Change(table, of, column, period, 1.0, left * float(plan.grid("ship")[lane, at]), hit.source)
    ids = a.net["supplies"]["supply"].to_list()
    bought = 0.0
    limited = True
    for k, row in enumerate(a.supply.row.tolist()):
        if ids[row] == of and int(a.supply.period[k]) == at:
            bought += float(plan.family("buy")[k])
            limited &= bool(np.isfinite(a.supply_quantity[row]))
    if limited or left == 0:
        return Change(table, of, column, period, left, None, hit.source)
    return Change(table, of, column, period, 1.0, left * bought, hit.source)


def scenarios(disruption: Disruption, ground: Ground, plan: Plan | None = None) -> list[Scenario]:
    """The branches of a disruption as scenarios of the network.

    Raises:
        BadDisruption: a hit strikes nothing, or a branch changes the law, which asks for another network.
    """
    ruled = next((branch for branch in disruption.branches if branch.rule is not None), None)
    if ruled is not None:
        raise BadDisruption(
            f"{disruption.name}, {ruled.name}: a change of law asks for another network, which is no scenario of this one; "
            "use `bongsu stress`"
        )
    return [
        Scenario(
            branch.name,
            resolve(branch, ground, plan),
            branch.weight,
            (disruption.name,),
            branch.source,
            branch.title.get("en", branch.name),
        )
        for branch in disruption.branches
    ]


# Families -----------------------------------------------------------------------------------------------------------------

#: What an event of each family strikes as a whole, and the target that names it.
FAMILIES: Mapping[str, str] = {
    "facility": "facility",
    "process": "process",
    "item": "item",
    "country": "country",
    "owner": "owner",
    "reagent": "uses",
}


def family(kind: str, ground: Ground, starts: dt.date, lasts: float, left: float = 0.0) -> list[Event]:
    """Every facility, process, offered item, country, owner or reagent as an event of its own: that it stops for so many days.

    An event strikes all that belongs to its member at once: the plants and offers of a country, the plants of an owner, the plants
    that take a reagent in (items of the stage ``reagent`` in the pack; every input in a case folder). So what shares a cause stops
    together in every draw, and a plant that belongs to several members is struck by each.

    Args:
        kind: one of :data:`FAMILIES`.
        ground: where they are looked up.
        starts, lasts, left: first day, days, and share that remains.

    Raises:
        BadDisruption: the kind is not known, or owners are asked of a case folder.
    """
    if kind not in FAMILIES:
        raise BadDisruption(f"there is no family {kind!r}; use one of {', '.join(FAMILIES)}")
    found = []
    for name in _members(kind, ground):
        named: dict[str, Any] = {FAMILIES[kind]: name}
        hit = replace(Hit(starts=starts, lasts=lasts, left=left), **named)
        if not ground.struck(hit).nothing:
            branch = Branch(name, (hit,))
            found.append(Event(f"{kind}:{name}", resolve(branch, ground), None, kind, lasts / 365.0, _ASSUMED, name))
    return found


def _members(kind: str, ground: Ground) -> list[str]:
    net = ground.network
    if kind == "country":
        return sorted({c for c in ground.country().values() if c})
    if kind == "item":
        return sorted(set(net["supplies"]["item"]))
    if kind == "process":
        return sorted(set(net["modes"]["process"]) & set(net["recipes"]["process"]))
    if kind == "reagent":
        taken = set(net["recipes"].filter(pl.col("amount") < 0)["item"])
        if ground.atlas is None:
            return sorted(taken)
        return sorted(taken & set(ground.atlas["items"].filter(pl.col("stage") == "reagent")["item"]))
    if ground.atlas is None:
        if kind == "facility":
            return net["plants"]["plant"].to_list()
        raise BadDisruption("owners are known only for cases of the data pack; draw countries or facilities instead")
    if kind == "owner":
        return sorted(set(ground.atlas["facility_owners"]["owner"]))
    standing = set(net["plants"]["plant"])
    rows = ground.atlas["facility_lines"].select("line", "facility").iter_rows()
    return list(dict.fromkeys(facility for line, facility in rows if line in standing))
