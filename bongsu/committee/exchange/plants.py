"""What plants show: who runs, or ran, a plant masters its process.

The rule, in words: a plant that has produced shows level 9 of ISO 16290 (an actual system proven in operation), one in
commissioning level 8 (a complete system, accepted by test). Any earlier state shows no level and no capability: announced is not
built. It counts for whoever owned the plant when, or after, it first reached that state; for a share of more than half as
``majority``, for less as ``part`` (a joint venture shows less of what each partner can do by itself). Public bodies own, and do
not run.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import polars as pl

from bongsu.answers.figure import names
from bongsu.atlas import Atlas
from bongsu.committee.exchange.register import Evidence, Organisation, Topic
from bongsu.committee.words import said

#: Level that a state shows.
LEVEL = {"producing": 9, "commissioning": 8}
#: Weakest first.
_TRUST = ("assumed", "derived", "stated")
Row = Mapping[str, Any]


def shown_by_plants(
    atlas: Atlas,
    topics: Mapping[str, Topic],
    organisations: Mapping[str, Organisation],
    grades: Mapping[str, str],
) -> dict[tuple[str, str], list[Evidence]]:
    """Evidence by organisation and topic, in the order of the lines of the pack."""
    by_owner = {owner: one for one in organisations.values() if one.kind != "agency" for owner in one.owners}
    by_process: dict[str, list[str]] = {}
    for topic in topics.values():
        for process in topic.processes:
            by_process.setdefault(process, []).append(topic.topic)
    states = _by_facility(atlas["facility_states"], "valid_from")
    owned = _by_facility(atlas["facility_owners"], "valid_from")
    found: dict[tuple[str, str], list[Evidence]] = {}
    for line in atlas["facility_lines"].sort("_line").iter_rows(named=True):
        reached = _reached([row for row in states.get(line["facility"], ()) if row["valid_from"] <= atlas.known])
        if reached is None:
            continue
        shown = {name: process for process in line["processes"] for name in by_process.get(process, ())}
        for holder in _holders(owned.get(line["facility"], []), reached["valid_from"], atlas.known):
            owner = by_owner.get(holder["owner"])
            for name, process in shown.items() if owner else ():
                key = owner.organisation, name  # type: ignore[union-attr]
                found.setdefault(key, []).append(_evidence(atlas, line, reached, holder, process, grades))
    return found


def _by_facility(table: pl.DataFrame, order: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in table.sort(order, "_line").iter_rows(named=True):
        found.setdefault(row["facility"], []).append(row)
    return found


def _reached(states: list[Row]) -> Row | None:
    """The earliest row of the highest level that a plant has reached."""
    levels = [row for row in states if row["state"] in LEVEL]
    return max(levels, key=lambda row: LEVEL[row["state"]], default=None)


def _holders(owned: list[Row], since: dt.date, known: dt.date) -> Iterator[Row]:
    """Owners whose set held on the day or later, each with its newest row."""
    starts = sorted({row["valid_from"] for row in owned if row["valid_from"] <= known})
    newest: dict[str, Row] = {}
    for start, end in pairwise([*starts, dt.date.max]):
        if end > since:
            newest |= {row["owner"]: row for row in owned if row["valid_from"] == start}
    yield from newest.values()


def _evidence(atlas: Atlas, line: Row, state: Row, holder: Row, process: str, grades: Mapping[str, str]) -> Evidence:
    share = holder["share"]
    trust = min((row["confidence"] for row in (line, state, holder)), key=_TRUST.index)
    sources = [row["source"] for row in (state, line, holder) if row["source"]]
    weakest = min(sources, key=lambda source: _GRADES.index(grades[source]), default=None)
    return Evidence(
        said(
            "exchange",
            f"shown.{state['state']}",
            facility=names(atlas, "facilities", line["facility"]),
            process=names(atlas, "processes", process),
        ),
        LEVEL[state["state"]],
        # That who runs a plant masters its process is our step, so nothing here is more than derived.
        "assumed" if trust == "assumed" else "derived",
        weakest,
        grades.get(weakest) if weakest else None,
        "unknown" if share is None else "majority" if share > 0.5 else "part",
        tuple(
            f"{table}:{row['_line']}"
            for table, row in (("facility_lines", line), ("facility_states", state), ("facility_owners", holder))
        ),
    )


_GRADES = ("weak", "secondary", "press", "primary")
