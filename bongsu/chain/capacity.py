"""Usable capacity of every plant in every year: what is announced, and what it has turned out to be worth.

    expected(line, year) = Σ_stages  added(stage) · delivered(state, first year of the stage, year)

A stage's first year is the one promised for the project, or that of the stage itself if later; ``delivered`` is the curve of the
facility's present state, the pack's or the one fitted to the record of promises (:mod:`bongsu.chain.delivery`). A plant that
is known to have begun producing lately ramps up from that year; one whose start was not recorded counts in full; an announced
one counts for the share that such announcements have brought by then. What a producing plant is to grow by after the year of
knowledge is an announcement too, and has the curve of a decided project.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from bongsu.atlas import Atlas
from bongsu.atlas.units import capacity_factor
from bongsu.chain.delivery import Curves, Delivery, Estimate
from bongsu.chain.promises import SILENT
from bongsu.chain.series import facts

_LONG = 99  # years: long after any start
#: Whose curve an announced expansion of a producing plant has. A construction once recorded for the facility built what stands now
#: and says nothing of the expansion, so the more careful of the two curves of decided projects is taken.
_EXPANSION = "fid"
#: States whose announcements stand when taken at face value.
ANNOUNCED = frozenset({"mou", "loi", "study", "permitted", "fid", "construction", "commissioning", "producing"})


@dataclass(frozen=True)
class LineCapacity:
    """Capacity of one production line in the unit of its first process's main item.

    Attributes:
        line, facility, place: identifiers.
        processes: what it can run; capacity is counted in the main item of the first.
        state: present state of the facility; None = unknown.
        promised_year: first year promised; ``promise_assumed`` marks one that no source states.
        announced: face value by year. ``expected``: usable by year. Empty dictionaries where the size is unknown.
        low, high: ends of the interval of what is usable by year; they hold the chance of delivery alone, all parts of a line
            together (size and ramp are taken as stated).
        facts: lines of the tables behind the capacity of each year.
        basis: lines behind the line itself: where it is, what it can run, its state and promise.
    """

    line: str
    facility: str
    place: str
    processes: tuple[str, ...]
    state: str | None
    promised_year: int | None
    promise_assumed: bool
    announced: Mapping[int, float]
    expected: Mapping[int, float]
    facts: Mapping[int, str]
    basis: str
    low: Mapping[int, float] = field(default_factory=dict)
    high: Mapping[int, float] = field(default_factory=dict)


def present_states(atlas: Atlas) -> dict[str, dict[str, Any]]:
    """The state of each facility on the atlas's date of knowledge: the latest that had begun by then."""
    begun = atlas["facility_states"].filter(pl.col("valid_from") <= atlas.known)
    latest = begun.sort("valid_from", "known_from", "_line").group_by("facility", maintain_order=True).last()
    return {row["facility"]: row for row in latest.iter_rows(named=True)}


def promised_years(atlas: Atlas) -> dict[str, tuple[int, int]]:
    """The latest first year promised for each facility, and the line that says so."""
    promised = atlas["facility_states"].filter(pl.col("promised_year").is_not_null())
    latest = promised.sort("valid_from", "known_from", "_line").group_by("facility", maintain_order=True).last()
    return {row["facility"]: (row["promised_year"], row["_line"]) for row in latest.iter_rows(named=True)}


def first_production(atlas: Atlas) -> dict[str, int]:
    """Year in which facilities that were recorded as projects began to produce; all others are absent."""
    began: dict[str, int] = {}
    project: set[str] = set()
    for row in atlas["facility_states"].sort("valid_from", "known_from", "_line").iter_rows(named=True):
        if row["state"] != "producing":
            project.add(row["facility"])
        elif row["facility"] in project and row["facility"] not in began:
            began[row["facility"]] = row["valid_from"].year
    return began


def last_heard(atlas: Atlas) -> dict[str, dt.date]:
    """The last day on which each facility is known to have stood in its present state.

    Of one that is under way this is the day of the last news; of any other it is the atlas's day of knowledge.
    """
    return {
        facility: row["valid_from"] if row["state"] in SILENT else atlas.known
        for facility, row in present_states(atlas).items()
    }


def line_capacities(
    atlas: Atlas, years: Sequence[int], face_value: bool = False, curves: Curves | None = None
) -> list[LineCapacity]:
    """Every production line of the atlas with its usable capacity in ``years``.

    Args:
        face_value: take announcements as made.
        curves: what promises are worth; None = the curves of the pack.
    """
    items = dict(atlas["items"].select("item", "unit").iter_rows())
    main = dict(atlas["processes"].select("process", "main_item").iter_rows())
    content, states, promises = atlas.contents(), present_states(atlas), promised_years(atlas)
    places = dict(atlas["facilities"].select("facility", "place").iter_rows())
    lead, began, heard = _lead_times(atlas), first_production(atlas), last_heard(atlas)
    delivery = curves or Delivery(atlas)
    counted = atlas["facility_capacity"].filter(pl.col("counted") == "yes")
    # Of two sizes that hold from one day on, the one known later counts; a later blank takes back what was stated.
    sizes: dict[str, dict[dt.date, dict[str, Any]]] = {}
    for row in counted.sort("valid_from", "known_from", maintain_order=True).iter_rows(named=True):
        stated = sizes.setdefault(row["line"], {})
        if row["capacity"] is None:
            stated.pop(row["valid_from"], None)
        else:
            stated[row["valid_from"]] = row
    result = []
    for row in atlas["facility_lines"].iter_rows(named=True):
        line, facility, processes = row["line"], row["facility"], tuple(row["processes"])
        state_row = states.get(facility)
        state = state_row["state"] if state_row else None
        size = sizes.get(line)
        lines: dict[str, list[int]] = {"facility_lines": [row["_line"]]}
        if state_row:
            lines["facility_states"] = [state_row["_line"]]
        promised, assumed = _promise(facility, promises, state, atlas.known, lead.get(processes[0], 0), lines)
        announced: dict[int, float] = {}
        expected: dict[int, float] = {}
        low: dict[int, float] = {}
        high: dict[int, float] = {}
        reasons: dict[int, str] = {}
        said: dict[tuple[tuple[int, ...], ...], str] = {}
        if size and state is not None:
            item = main[processes[0]]
            stages = [
                _Stage(
                    r["valid_from"].year,
                    r["capacity"] * capacity_factor(r["unit"], items[item], content.get(item, {})),
                    r["_line"],
                )
                for r in size.values()
            ]
            case = _Case(
                state,
                began.get(facility) if state == "producing" else promised,
                heard.get(facility, atlas.known),
                atlas.known,
                delivery,
            )
            for year in years:
                amount, usable, used = case.in_year(stages, year)
                if not used:
                    continue
                worth = usable.mean
                started = state == "producing" or (promised is not None and year >= promised)
                announced[year] = amount if started and state in ANNOUNCED else 0.0
                # A paused project announces nothing any more; taking announcements at face value never lowers what is expected.
                expected[year] = max(announced[year], worth) if face_value else worth
                low[year], high[year] = (expected[year],) * 2 if face_value else (usable.low, usable.high)
                behind = tuple(used["capacity"]), tuple(used["delivery"])
                if behind not in said:
                    said[behind] = f"{facts(facility_capacity=behind[0], **lines)} {facts(delivery=behind[1])}"
                reasons[year] = said[behind]
        result.append(
            LineCapacity(
                line,
                facility,
                places[facility],
                processes,
                state,
                promised,
                assumed,
                announced,
                expected,
                reasons,
                facts(**lines),
                low,
                high,
            )
        )
    return result


@dataclass(frozen=True, slots=True)
class _Stage:
    """Total capacity of a line from a year on, and the line of the table that says so."""

    year: int
    capacity: float
    line: int


@dataclass(frozen=True, slots=True)
class _Usable:
    """A quantity with the ends of its interval."""

    mean: float = 0.0
    low: float = 0.0
    high: float = 0.0

    def plus(self, size: float, share: Estimate) -> _Usable:
        """With so much more, of which a share is usable."""
        return _Usable(self.mean + size * share.mean, self.low + size * share.low, self.high + size * share.high)

    def less(self, part: float) -> _Usable:
        """With that part of it gone."""
        return _Usable(self.mean * (1 - part), self.low * (1 - part), self.high * (1 - part))


@dataclass(frozen=True, slots=True)
class _Case:
    """A line as it stands.

    Attributes:
        state: of its facility; ``first``: year promised, or in which it began.
        heard: the last day on which the facility was known to stand there; ``known``: the day of knowledge.
        delivery: what promises are worth.
    """

    state: str
    first: int | None
    heard: dt.date
    known: dt.date
    delivery: Curves

    def in_year(self, stages: Sequence[_Stage], year: int) -> tuple[float, _Usable, dict[str, list[int]]]:
        """Announced and usable capacity in a year, and the lines of the tables used (none: no size holds yet).

        Each stage that a project adds has a delivery curve of its own, which starts in the year promised for that stage: a second
        stage is not delivered because the first was due long ago. What a producing plant adds after the year of knowledge is
        announced, not built.
        """
        held = [stage for stage in stages if stage.year <= year]
        if self.state == "producing":
            # Before the first stated year a standing plant had that size.
            stands = [stage for stage in held if stage.year <= self.known.year][-1:] or stages[:1]
            return self._producing(stands[0], [stage for stage in held if stage.year > self.known.year], year)
        usable, before = _Usable(), 0.0
        used: dict[str, list[int]] = {}
        for stage in held:
            start = max(self.first, stage.year) if self.first is not None else stage.year
            share = self.delivery.usable(self.state, start, year, self.heard)
            added = stage.capacity - before
            if added > 0:
                usable = usable.plus(added, share)
            elif before:
                usable = usable.less(-added / before)
            before = stage.capacity
            used = {
                "capacity": [*used.get("capacity", []), stage.line],
                "delivery": [*used.get("delivery", []), share.line],
            }
        return before, usable, used

    def _producing(
        self, stands: _Stage, later: Sequence[_Stage], year: int
    ) -> tuple[float, _Usable, dict[str, list[int]]]:
        """Announced and usable capacity of a producing plant: what stands, what it is to grow by, and cuts, which hold at once.

        A cut takes what was announced last first, and what stands last of all.
        """
        share, at = self.delivery.ramp(year - self.first if self.first is not None else _LONG)
        parts = [(stands.capacity, Estimate(share, share, share, at))]
        lines, curves = [stands.line], [at]
        for stage in later:
            if stage.line == stands.line:
                continue
            change = stage.capacity - sum(size for size, _ in parts)
            if change > 0:
                grown = self.delivery.usable(_EXPANSION, stage.year, year, self.known)
                parts.append((change, grown))
                curves.append(grown.line)
            while change < 0 and parts:
                size, counted = parts.pop()
                parts += [(size + change, counted)] if size + change > 0 else []
                change = min(0.0, size + change)
            lines.append(stage.line)
        usable = _Usable()
        for size, counted in parts:
            usable = usable.plus(size, counted)
        return sum(size for size, _ in parts), usable, {"capacity": lines, "delivery": curves}


def _promise(
    facility: str,
    promises: Mapping[str, tuple[int, int]],
    state: str | None,
    known: dt.date,
    lead: int,
    lines: dict[str, list[int]],
) -> tuple[int | None, bool]:
    """First year promised for a facility; where none is stated, the present year plus the lead time, marked as assumed."""
    if facility in promises:
        year, at = promises[facility]
        lines["facility_states"] = [*lines.get("facility_states", []), at]
        return year, False
    if state is None or state == "producing":
        return None, False
    return known.year + lead, True


def _lead_times(atlas: Atlas) -> dict[str, int]:
    """Years from decision to first product by process: the longest stated for any country."""
    table = atlas["capex"].group_by("process", maintain_order=True).agg(pl.col("lead_time").max())
    return dict(table.iter_rows())
