"""The atlas: every fact with its source and two clocks, loaded whole or not at all."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from bongsu.atlas.check import check, contents
from bongsu.atlas.problems import PackError, Problem, errors
from bongsu.atlas.read import parse_date, read_table
from bongsu.atlas.schema import Table, pack_schema


class NotYetKnown(ValueError):
    """A day after the one to which the pack was kept: nothing is known as of it."""


@dataclass(frozen=True)
class Atlas:
    """The tables of a data pack as known on one date.

    Attributes:
        tables: frame per table, with the columns of the schema and ``_line`` (line in the file).
        known: the date of knowledge; rows known later are not in ``tables``.
        everything: the tables with every row of the pack, from which any other date is taken; None = ``tables``.
        digest: SHA-256 of the files as read, in hexadecimal.
        warnings: oddities found on load that do not forbid use.
        kept: the day to which the pack was kept, the latest that can be asked about; None = ``known``.

    Example:
        >>> atlas = Atlas.load("data")
        >>> atlas.as_of("2024-06-30").tables["facility_states"].height < atlas.tables["facility_states"].height
        True
    """

    tables: Mapping[str, pl.DataFrame]
    known: dt.date
    digest: str
    warnings: tuple[Problem, ...] = ()
    schema: Mapping[str, Table] = field(default_factory=pack_schema, repr=False)
    everything: Mapping[str, pl.DataFrame] | None = field(default=None, repr=False)
    kept: dt.date | None = None

    @classmethod
    def load(cls, path: str | Path) -> Atlas:
        """Read and check a data pack; the atlas is as known on the pack's own day.

        Raises:
            PackError: anything is wrong with it; the error lists everything that is.
        """
        root = Path(path)
        schema = pack_schema()
        problems: list[Problem] = []
        frames: dict[str, pl.DataFrame] = {}
        digest = hashlib.sha256()
        if not root.is_dir():
            missing = Problem("", 0, "", str(root), "is not a folder", "give the folder that holds datapackage.json")
            raise PackError([missing], str(root))
        for name, table in schema.items():
            file = root / f"{name}.csv"
            if not file.is_file():
                problems.append(Problem(name, 0, "", "", "is missing", f"add the table to {root.name}/"))
                continue
            digest.update(name.encode() + b"\0" + file.read_bytes())
            frame, wrong = read_table(file, table)
            frames[name] = frame
            problems += wrong
        known, wrong = _pack_date(root, digest)
        problems += wrong
        problems += check(frames, schema, {problem.table for problem in problems})
        if errors(problems):
            raise PackError(problems, str(root))
        return cls(frames, known, digest.hexdigest(), tuple(problems), schema).as_of(known)

    def as_of(self, date: str | dt.date) -> Atlas:
        """The atlas as it was known on ``date``: no row known later, and no row that a later one had corrected by then.

        Raises:
            ValueError: the text is not a date.
            NotYetKnown: the pack was not kept to that day. A year or a month stands for its last day.
        """
        day = parse_date(date, last=True) if isinstance(date, str) else date
        kept = self.kept or self.known
        if day > kept:
            raise NotYetKnown(
                f"the data pack is kept to {kept}, so nothing is known as of {day}; ask for an earlier day"
            )
        whole = self.tables if self.everything is None else self.everything
        tables = {name: _known(frame, self.schema[name], day) for name, frame in whole.items()}
        return replace(self, tables=tables, known=day, everything=whole, kept=kept)

    def __getitem__(self, table: str) -> pl.DataFrame:
        return self.tables[table]

    def later(self) -> list[tuple[str, int, dt.date]]:
        """Rows that were known only after the day of knowledge: table, line and day of the first of each table.

        There are none in an atlas made by :meth:`load` or :meth:`as_of`; whoever puts tables together otherwise can ask.
        """
        found = []
        for name, frame in self.tables.items():
            if "known_from" in self.schema[name]:
                rows = frame.filter(pl.col("known_from") > self.known).select("_line", "known_from").head(1)
                found += [(name, line, day) for line, day in rows.iter_rows()]
        return found

    def name(self, table: str, key: str, language: str = "en") -> str:
        """Display name of an item, place, process, facility or case, in English where no other is given."""
        row = self.row(table, key)
        return str(row.get(f"name_{language}") or row["name_en"]) if row else key

    def row(self, table: str, key: str) -> dict[str, Any] | None:
        """The first row whose first key column is ``key``."""
        if table not in self._rows:
            # Asked for thousands of times while reasons are told: looked up, not searched for.
            column = self.schema[table].key[0]
            self._rows[table] = {row[column]: row for row in reversed(self.tables[table].rows(named=True))}
        found = self._rows[table].get(key)
        return None if found is None else dict(found)

    @cached_property
    def _rows(self) -> dict[str, dict[Any, dict[str, Any]]]:
        return {}

    def contents(self) -> dict[str, dict[str, float]]:
        """Tonnes of each element in one unit of each item."""
        return contents(self.tables["composition"])


def _pack_date(root: Path, digest: Any) -> tuple[dt.date, list[Problem]]:
    file = root / "datapackage.json"
    advice = 'add {"as_of": "YYYY-MM-DD"} with the day to which the pack was kept'
    try:
        raw = file.read_bytes()
        digest.update(raw)
        return parse_date(str(json.loads(raw)["as_of"]), last=True), []
    except FileNotFoundError:
        return dt.date.min, [Problem("datapackage.json", 0, "", "", "is missing", advice)]
    except (ValueError, KeyError, TypeError):
        return dt.date.min, [Problem("datapackage.json", 0, "as_of", "", "names no valid as_of date", advice)]


def _known(frame: pl.DataFrame, table: Table, day: dt.date) -> pl.DataFrame:
    if "known_from" not in table:
        return frame
    seen = frame.filter(pl.col("known_from") <= day)
    if "known_from" not in table.key:
        return seen
    # The newest knowledge of each subject wins; file order is kept so that results do not depend on sorting.
    newest = pl.col("known_from") == pl.col("known_from").max().over(list(table.subject))
    return seen.filter(newest)
