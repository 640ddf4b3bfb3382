"""Usable capacity of every plant in every year: what is announced, and what it has turned out to be worth.

    expected(line, year) = announced(line, year) · delivered(state, year - promised year)

``announced`` is the counted capacity that holds in the year; ``delivered`` is the curve of the facility's present state. A
plant that is known to have begun producing lately ramps up from that year; one whose start was not recorded counts in full; an
announced one counts for the share that such announcements have brought by then.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from bongsu.atlas import Atlas
from bongsu.atlas.units import capacity_factor
from bongsu.chain.series import facts

#: States whose announcements stand when taken at face value.
_LONG = 99  # years: long after any start
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
        facts: lines of the tables behind it.
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
    facts: str


def present_states(atlas: Atlas) -> dict[str, dict[str, object]]:
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
    """Year in which facilities that were projects before began to produce; facilities that never were recorded as projects are absent."""
    began: dict[str, int] = {}
    project: set[str] = set()
    for row in atlas["facility_states"].sort("valid_from", "known_from", "_line").iter_rows(named=True):
        if row["state"] != "producing":
            project.add(row["facility"])
        elif row["facility"] in project and row["facility"] not in began:
            began[row["facility"]] = row["valid_from"].year
    return began


class Delivery:
    """The delivery curves of the atlas."""

    def __init__(self, atlas: Atlas) -> None:
        self._curves: dict[str, dict[int, tuple[float, int]]] = {}
        for row in atlas["delivery"].iter_rows(named=True):
            self._curves.setdefault(row["state"], {})[row["years_after_promise"]] = (row["share"], row["_line"])

    def share(self, state: str, years_after: int) -> tuple[float, int]:
        """Expected share delivered so many years after the promised year, and the line of the curve.

        Raises:
            KeyError: the pack has no curve for the state.
        """
        curve = self._curves[state]
        return curve[max((at for at in curve if at <= years_after), default=min(curve))]


def line_capacities(atlas: Atlas, years: Sequence[int], face_value: bool = False) -> list[LineCapacity]:
    """Every production line of the atlas with its usable capacity in ``years``; ``face_value`` takes announcements as made."""
    items = dict(atlas["items"].select("item", "unit").iter_rows())
    main = dict(atlas["processes"].select("process", "main_item").iter_rows())
    content, states, promises = atlas.contents(), present_states(atlas), promised_years(atlas)
    places = dict(atlas["facilities"].select("facility", "place").iter_rows())
    lead, began = _lead_times(atlas), first_production(atlas)
    delivery = Delivery(atlas)
    counted = atlas["facility_capacity"].filter((pl.col("counted") == "yes") & pl.col("capacity").is_not_null())
    sizes = {
        key[0]: group.sort("valid_from", "known_from")
        for key, group in counted.partition_by("line", as_dict=True).items()
    }
    result = []
    for row in atlas["facility_lines"].iter_rows(named=True):
        line, facility, processes = row["line"], row["facility"], tuple(row["processes"])
        state_row = states.get(facility)
        state = str(state_row["state"]) if state_row else None
        size = sizes.get(line)
        lines: dict[str, list[int]] = {"facility_lines": [row["_line"]]}
        if state_row:
            lines["facility_states"] = [int(str(state_row["_line"]))]
        promised, assumed = _promise(facility, promises, state, atlas.known, lead.get(processes[0], 0), lines)
        announced: dict[int, float] = {}
        expected: dict[int, float] = {}
        if size is not None and state is not None:
            item = main[processes[0]]
            for year in years:
                held = size.filter(pl.col("valid_from") <= dt.date(year, 12, 31))
                # Before the first stated year a standing plant had that size; a project had none.
                row_now = (
                    held.row(-1, named=True)
                    if held.height
                    else (size.row(0, named=True) if state == "producing" else None)
                )
                if row_now is None:
                    continue
                lines.setdefault("facility_capacity", []).append(row_now["_line"])
                amount = row_now["capacity"] * capacity_factor(row_now["unit"], items[item], content.get(item, {}))
                started = state == "producing" or (promised is not None and year >= promised)
                announced[year] = amount if started and state in ANNOUNCED else 0.0
                since = began.get(facility) if state == "producing" else promised
                share, at = delivery.share(state, year - since if since is not None else _LONG)
                expected[year] = announced[year] if face_value else amount * share
                lines.setdefault("delivery", []).append(at)
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
                facts(**lines),
            )
        )
    return result


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
