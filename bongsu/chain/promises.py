"""What dated states say of each project: what was promised when, and what is known to have come of it.

Everything here works on any table of dated states, not only on that of the data pack: one row for each time that something
was said of a project, with two clocks.

    project, state, valid_from, known_from, promised_year [, _line]

A promise that is looked at again later is an observation of survival analysis: it enters the record on the day it was said,
and leaves it in the year in which the project began to produce, or was given up, or when nothing more is known of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from bongsu.atlas import Atlas

#: States of a project that is on its way, from the least sure to the surest.
ON_THE_WAY = ("mou", "loi", "study", "permitted", "fid", "construction", "commissioning")
#: States from which a project may still deliver.
OPEN = (*ON_THE_WAY, "paused")
#: States in which a project is given up.
GIVEN_UP = ("cancelled", "closed")
#: States in which silence says little: a plant under way may have begun to produce without our having read of it. A project that is
#: halted, or not decided, does not begin unnoticed; of it no news is that it has not begun.
SILENT = ("fid", "construction", "commissioning")

Silence = Literal["unknown", "not begun"]


@dataclass(frozen=True, slots=True)
class Statement:
    """One dated state of a project.

    Attributes:
        state: what it was said to be; ``valid_from``: from when; ``known``: from when this could be known.
        promised: year of first product that was promised as far as was known that day: this row's, or the last one named before;
            None = none was known.
        named: whether this row itself names the year.
        line: line of the table.
    """

    state: str
    valid_from: dt.date
    known: dt.date
    promised: int | None
    named: bool
    line: int


@dataclass(frozen=True, slots=True)
class Career:
    """All that was known of a project on a day, in the order in which it held.

    Attributes:
        statements: at least one.
        begun: the first statement that a project which was on its way produces; None = not known to have begun.
        stood: whether it was producing when it was first heard of; it then has no promise to keep.
        given_up: the statement that it was given up before it began; None = it was not.
        heard: the last day of which something is said.
    """

    project: str
    statements: tuple[Statement, ...]
    begun: Statement | None
    given_up: Statement | None
    stood: bool
    heard: dt.date

    @property
    def now(self) -> Statement:
        """The state on the day of knowledge."""
        return self.statements[-1]

    @property
    def promised(self) -> int | None:
        """The last year named, as known on the day of knowledge."""
        return next((one.promised for one in reversed(self.statements) if one.named), None)

    def open_statements(self) -> tuple[Statement, ...]:
        """What was said while the project could still deliver for the first time."""
        if self.stood:
            return ()
        end = self.begun or self.given_up
        before = self.statements[: self.statements.index(end)] if end else self.statements
        return tuple(one for one in before if one.state in OPEN)


def dated_states(atlas: Atlas) -> pl.DataFrame:
    """The states of the atlas's facilities as a table of projects."""
    return atlas["facility_states"].rename({"facility": "project"})


def careers(states: pl.DataFrame, known: dt.date) -> list[Career]:
    """Careers of all projects of a table as known on a day, in order of first appearance.

    Rows known or beginning later are not seen; of two rows on the same project and day of validity the one known later holds.
    """
    seen = states.filter((pl.col("known_from") <= known) & (pl.col("valid_from") <= known))
    newest = pl.col("known_from") == pl.col("known_from").max().over("project", "valid_from")
    held = seen.filter(newest)
    groups: dict[str, list[dict[str, Any]]] = {project: [] for project in held["project"]}
    for row in held.sort("valid_from", "known_from", "_line").iter_rows(named=True):
        groups[row["project"]].append(row)
    found = []
    for project, rows in groups.items():
        statements: list[Statement] = []
        for row in rows:
            before = (one.promised for one in reversed(statements) if one.named and one.known <= row["known_from"])
            named = row["promised_year"] is not None
            promised = row["promised_year"] if named else next(before, None)
            statements.append(
                Statement(row["state"], row["valid_from"], row["known_from"], promised, named, row["_line"])
            )
        found.append(_career(project, tuple(statements)))
    return found


def _career(project: str, statements: tuple[Statement, ...]) -> Career:
    end = next((one for one in statements if one.state in ("producing", *GIVEN_UP)), None)
    produces = end is not None and end.state == "producing"
    stood = produces and end is statements[0]
    return Career(
        project,
        statements,
        begun=end if produces and not stood else None,
        given_up=None if produces else end,
        stood=stood,
        heard=max(one.valid_from for one in statements),
    )


@dataclass(frozen=True, slots=True)
class Observation:
    """A promise as it stood on a day, and how long it was watched.

    Attributes:
        project, state: whose, and its state when it was said.
        promised: year of first product; ``said``: the day from which it was known.
        begun: year in which production began, ``given_up``: the day on which the project was; both None = neither is known.
        until: the last day on which it is known not to have begun, where it has not.
    """

    project: str
    state: str
    promised: int
    said: dt.date
    begun: int | None
    given_up: dt.date | None
    until: dt.date


def observations(found: Sequence[Career], known: dt.date, silence: Silence = "unknown") -> list[Observation]:
    """Every dated promise with what is known of it on a day.

    Left out is what was out of date when it became known: a later state had been heard of by then, or production had begun.

    Args:
        silence: what it means that nothing more was heard of a project under way: ``unknown`` ends the watch with the last news,
            ``not begun`` goes on to the day of knowledge. The truth lies between the two.
    """
    result = []
    for career in found:
        quiet = silence == "unknown" and career.now.state in SILENT
        until = min(career.heard, known) if quiet else known
        begun = career.begun.valid_from.year if career.begun else None
        over = career.given_up.valid_from if career.given_up else None
        for one in career.open_statements():
            late = (begun is not None and begun < one.known.year) or (over is not None and over <= one.known)
            late |= any(two.valid_from > one.valid_from and two.known <= one.known for two in career.statements)
            if one.promised is None or late or (begun is None and over is None and until <= one.known):
                continue
            result.append(Observation(career.project, one.state, one.promised, one.known, begun, over, until))
    return result
