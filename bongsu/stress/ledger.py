"""The promise ledger: every dated promise of a project, and what was found of it.

A promise is a year of first product, named on a day. It is compared with what was known on a later day:

    kept        production began in the promised year or before
    slipped     production began later, or a later year is promised now, or the year is over and the project is still on its way
    paused      the project has stopped (a later year may be named)
    cancelled   the project was given up
    not_due     the promised year is not over, and no later one has been named
    unknown     the year is over, and nothing has been heard since it ended

The slip is in years; while the project has not begun it is what has been lost so far, and may grow.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Literal

import polars as pl

from bongsu.atlas import Atlas, PackError
from bongsu.atlas.problems import Problem, errors
from bongsu.atlas.read import read_table
from bongsu.atlas.schema import Table, parse_schema
from bongsu.chain.promises import Career, Statement, careers, dated_states

Found = Literal["kept", "slipped", "paused", "cancelled", "not_due", "unknown"]
FOUND: tuple[Found, ...] = ("kept", "slipped", "paused", "cancelled", "not_due", "unknown")
#: Sizes promised: amount and unit of each line of a project.
Sizes = tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise and what was found.

    Attributes:
        project: whose; ``said``: the day from which it was known; ``state``: of the project then.
        year: of first product; ``size``: capacity promised, as known that day (empty = none stated).
        again: the last day on which the same year was named again; None = it was not.
        found: what was found, see the head of the module.
        found_year: year in which production began, or else the last one promised; None = no other than ``year``.
        slip: years of delay (negative: sooner); None = none can be told.
        at_least: whether the slip may still grow.
        line, found_line: lines of the table with the promise and with what was found.
    """

    project: str
    said: dt.date
    state: str
    year: int
    size: Sizes
    again: dt.date | None
    found: Found
    found_year: int | None
    slip: int | None
    at_least: bool
    line: int
    found_line: int


@dataclass(frozen=True, slots=True)
class Turn:
    """Something else that was promised and changed: an owner, a customer or a supplier.

    Attributes:
        kind: ``owners``, ``customer_lost`` or ``supplier_lost``.
        since: from when; ``before``, ``after``: owners with their shares (``after``: the other party and the item that ended).
        table, line: where it is stated.
    """

    kind: str
    since: dt.date
    before: str
    after: str
    table: str
    line: int


@dataclass(frozen=True, slots=True)
class Account:
    """A project and its promises.

    Attributes:
        career: all that was known of it.
        promises: in the order in which they were made; empty where no year was ever named.
        turns: what else changed.
    """

    project: str
    career: Career
    promises: tuple[Promise, ...]
    turns: tuple[Turn, ...] = ()

    @property
    def found(self) -> Found | None:
        """What was found of the first promise; None = there was none."""
        return self.promises[0].found if self.promises else None

    @property
    def slip(self) -> int | None:
        """Years by which the first promise slipped."""
        return self.promises[0].slip if self.promises else None


def accounts(
    states: pl.DataFrame, known: dt.date, size: Callable[[str, dt.date], Sizes] = lambda project, day: ()
) -> list[Account]:
    """Accounts of all projects of a table of dated states, as known on a day.

    Args:
        states: columns project, state, valid_from, known_from, promised_year, _line.
        size: capacity promised by a project as known on a day.
    """
    return [Account(one.project, one, _promises(one, known, size)) for one in careers(states, known)]


def accounts_of(atlas: Atlas) -> list[Account]:
    """Accounts of the atlas's facilities on its day of knowledge, with the sizes promised and what else changed."""
    sizes = _Sizes(atlas)
    return [
        Account(one.project, one.career, one.promises, _turns(atlas, one.project))
        for one in accounts(dated_states(atlas), atlas.known, sizes.of)
    ]


def _promises(career: Career, known: dt.date, size: Callable[[str, dt.date], Sizes]) -> tuple[Promise, ...]:
    made: list[tuple[Statement, dt.date | None]] = []
    for one in career.open_statements():
        if not one.named:
            continue
        if made and made[-1][0].promised == one.promised:
            first, again = made[-1]
            made[-1] = first, one.known if one.known > (again or first.known) else again
        else:
            made.append((one, None))
    return tuple(_judge(career, one, again, known, size(career.project, one.known)) for one, again in made)


def _judge(career: Career, one: Statement, again: dt.date | None, known: dt.date, size: Sizes) -> Promise:
    assert one.promised is not None
    year, last = one.promised, career.promised
    found: Found
    found_year: int | None = None
    slip: int | None = None
    by = career.now
    later = last - year if last is not None and last != year else None
    if career.begun:
        by = career.begun
        found_year = by.valid_from.year
        slip = found_year - year
        found = "kept" if slip <= 0 else "slipped"
    elif career.given_up:
        found, by = "cancelled", career.given_up
    elif by.state == "paused":
        found = "paused"
        if later is not None:
            found_year, slip = last, later
    elif later is not None:
        by = next(two for two in career.statements if two.named and two.promised == last)
        found_year, slip = last, later
        found = "slipped" if later > 0 else "not_due"
    elif known.year <= year:
        found = "not_due"
    elif career.heard.year > year:
        found, slip = "slipped", career.heard.year - year
    else:
        found = "unknown"
    at_least = slip is not None and career.begun is None
    return Promise(
        career.project, one.known, one.state, year, size, again, found, found_year, slip, at_least, one.line, by.line
    )


class _Sizes:
    """Capacities announced for the lines of each facility, as known on a day."""

    def __init__(self, atlas: Atlas) -> None:
        line_of = dict(atlas["facility_lines"].select("line", "facility").iter_rows())
        self.rows: dict[str, list[Mapping[str, object]]] = {}
        table = atlas["facility_capacity"].filter((pl.col("counted") == "yes") & pl.col("capacity").is_not_null())
        for row in table.sort("valid_from", "known_from", "_line").iter_rows(named=True):
            self.rows.setdefault(line_of[row["line"]], []).append(row)

    def of(self, project: str, day: dt.date) -> Sizes:
        """The last size known of each line; lines of one unit are added up."""
        last: dict[object, tuple[float, str]] = {}
        for row in self.rows.get(project, []):
            if row["known_from"] <= day:  # type: ignore[operator]
                last[row["line"]] = float(row["capacity"]), str(row["unit"])  # type: ignore[arg-type]
        total: dict[str, float] = {}
        for amount, unit in last.values():
            total[unit] = total.get(unit, 0.0) + amount
        return tuple((amount, unit) for unit, amount in total.items())


def _turns(atlas: Atlas, project: str) -> tuple[Turn, ...]:
    """Changes of owners, and relations that ended, of a facility."""
    found = []
    owners = atlas["facility_owners"].filter((pl.col("facility") == project) & (pl.col("valid_from") <= atlas.known))
    sets = owners.sort("valid_from", "_line").partition_by("valid_from", maintain_order=True)
    for before, after in pairwise(sets):
        row = after.row(0, named=True)
        found.append(
            Turn("owners", row["valid_from"], _shares(before), _shares(after), "facility_owners", row["_line"])
        )
    ended = atlas["links"].filter(
        pl.col("state").is_in(["broken", "cancelled"]) & (pl.col("valid_from") <= atlas.known)
    )
    for row in ended.iter_rows(named=True):
        for kind, own, other in (("customer_lost", "seller", "buyer"), ("supplier_lost", "buyer", "seller")):
            if row[own] == project:
                found.append(Turn(kind, row["valid_from"], row[other], row["item"], "links", row["_line"]))
    return tuple(sorted(found, key=lambda turn: (turn.since, turn.line)))


def _shares(owners: pl.DataFrame) -> str:
    rows = owners.select("owner", "share").iter_rows()
    return ", ".join(owner if share is None else f"{owner} {share:.0%}" for owner, share in rows)


# Tables ----------------------------------------------------------------------------------------------------------------------


def ledger_table(found: Sequence[Account]) -> pl.DataFrame:
    """The ledger as a table, one row per promise."""
    rows = [
        {
            "project": one.project,
            "said": one.said,
            "state": one.state,
            "promised_year": one.year,
            "capacity": " + ".join(f"{amount:g} {unit}" for amount, unit in one.size) or None,
            "said_again": one.again,
            "found": one.found,
            "found_year": one.found_year,
            "slip": one.slip,
            "slip_at_least": one.at_least,
            "line": one.line,
            "found_line": one.found_line,
        }
        for account in found
        for one in account.promises
    ]
    schema = {
        "project": pl.String,
        "said": pl.Date,
        "state": pl.String,
        "promised_year": pl.Int64,
        "capacity": pl.String,
        "said_again": pl.Date,
        "found": pl.String,
        "found_year": pl.Int64,
        "slip": pl.Int64,
        "slip_at_least": pl.Boolean,
        "line": pl.Int64,
        "found_line": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema)


def states_schema() -> Table:
    """The columns of a file of dated states."""
    text = resources.files("bongsu.stress").joinpath("ledger_schema.csv").read_text(encoding="utf-8")
    return parse_schema(list(csv.DictReader(text.splitlines())))["ledger"]


def read_states(path: Path) -> pl.DataFrame:
    """A file of dated states of any projects: a CSV with the columns of ``ledger_schema.csv``; the optional ones may be missing.

    Raises:
        PackError: anything is wrong with it; the error lists everything that is.
    """
    schema = states_schema()
    if not path.is_file():
        raise PackError([Problem("", 0, "", str(path), "is not a file", "give a CSV file of dated states")], str(path))
    frame, problems = read_table(path, schema, whole=False)
    if frame.is_empty() and not errors(problems):
        problems.append(Problem(path.stem, 0, "", "", "has no rows", "add at least one dated state"))
    if errors(problems):
        raise PackError(problems, str(path))
    return frame


def sizes_of(states: pl.DataFrame) -> Callable[[str, dt.date], Sizes]:
    """Sizes stated in the rows of a file of dated states themselves."""
    rows: dict[str, list[tuple[dt.date, float, str]]] = {}
    for project, known, amount, unit in (
        states.filter(pl.col("capacity").is_not_null())
        .sort("known_from", "valid_from", "_line")
        .select("project", "known_from", "capacity", "unit")
        .iter_rows()
    ):
        rows.setdefault(project, []).append((known, amount, unit or ""))

    def size(project: str, day: dt.date) -> Sizes:
        known = [(amount, unit) for since, amount, unit in rows.get(project, []) if since <= day]
        return tuple(known[-1:])

    return size
