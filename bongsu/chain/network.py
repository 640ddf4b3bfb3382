"""The network: what the plan plans, as plain tables, whatever they were made from.

A network comes from facts (:func:`bongsu.chain.build.build`) or from a case folder of CSV tables
(:meth:`Network.read`). Its tables and columns are declared in ``case_schema.csv``, which is also the documented case format.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bongsu.atlas.problems import PackError, Problem, errors
from bongsu.atlas.read import read_table
from bongsu.atlas.schema import Table, parse_schema

_REQUIRED = ("periods", "items", "places")
#: A sign that stands in no text.
_BETWEEN = "\x1f"
_POLARS: Mapping[str, Any] = {"number": pl.Float64, "integer": pl.Int64, "list": pl.List(pl.String)}


class Settings(BaseModel):
    """What a case says about itself (``case.json``)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = "case"
    title: str = ""
    currency: str = "USD"
    money_year: int | None = None
    discount_rate: float = Field(default=0.0, ge=0.0, lt=1.0, description="real, per year")


@cache
def case_schema() -> Mapping[str, Table]:
    """Tables and columns of a network."""
    text = resources.files("bongsu.chain").joinpath("case_schema.csv").read_text(encoding="utf-8")
    return parse_schema(list(csv.DictReader(text.splitlines())))


def frame(table: str, rows: Mapping[str, Any] | list[dict[str, Any]] | pl.DataFrame | None = None) -> pl.DataFrame:
    """``rows`` as the declared table: columns in order, typed, defaults filled in.

    Raises:
        KeyError: the table is not declared, or a column is not.
    """
    declared = case_schema()[table]
    types = {f.name: _POLARS.get(f.type, pl.String) for f in declared.fields}
    if rows is None or not len(rows):
        return pl.DataFrame(schema=types)
    if not isinstance(rows, pl.DataFrame):
        given = set(rows) if isinstance(rows, Mapping) else set[str]().union(*rows)
        _refuse_columns(table, given - types.keys())
        try:
            return _stated(declared, types, rows, given)
        except TypeError:
            # Something is of another type than declared, such as a year given as a number: polars finds it, and it is cast.
            rows = pl.DataFrame(rows, infer_schema_length=None)
    _refuse_columns(table, set(rows.columns) - types.keys())
    columns = []
    for column in declared.fields:
        kind = types[column.name]
        value = pl.col(column.name).cast(kind) if column.name in rows.columns else pl.lit(None, dtype=kind)
        if column.default:
            value = value.fill_null(pl.lit(column.default).cast(kind))
        columns.append(value.alias(column.name))
    return rows.select(columns)


def _refuse_columns(table: str, unknown: set[str]) -> None:
    if unknown:
        raise KeyError(f"{table} has no column {', '.join(sorted(unknown))}")


def _stated(declared: Table, types: Mapping[str, Any], rows: Any, given: set[str]) -> pl.DataFrame:
    """The declared table from rows, or from columns by name, that have the declared types.

    Raises:
        TypeError: a value is of another type.
    """
    columns: list[pl.Series] = []
    for column in declared.fields:
        name, kind = column.name, types[column.name]
        if name in given:
            values = rows[name] if isinstance(rows, Mapping) else [row.get(name) for row in rows]
            columns.append(
                _lists(name, values, kind) if isinstance(kind, pl.List) else pl.Series(name, values, dtype=kind)
            )
        else:
            columns.append(pl.Series(name, [], dtype=kind))
    height = max(map(len, columns))
    for at, column in enumerate(declared.fields):
        if column.name not in given:
            columns[at] = columns[at].extend_constant(None, height)
        if column.default and columns[at].null_count():
            filled = pl.Series([column.default]).cast(columns[at].dtype)[0]
            columns[at] = columns[at].fill_null(filled)
    return pl.DataFrame(columns)


def _lists(name: str, values: Any, kind: Any) -> pl.Series:
    """A column of lists of texts."""
    if any(one is not None and not len(one) for one in values):
        return pl.Series(name, values, dtype=kind)
    # Splitting joined texts is many times quicker than a series for each list.
    joined = [None if one is None else _BETWEEN.join(one) for one in values]
    return pl.Series(name, joined, dtype=pl.String).str.split(_BETWEEN)


@dataclass(frozen=True)
class Network:
    """Places, plants, lanes, offers and demands, period by period.

    Attributes:
        tables: one frame per declared table; undeclared ones do not exist, missing ones are empty.
        settings: name, money and discount rate.
        notes: remarks made while building, such as what was taken as not limiting because it is unknown.
        warnings: oddities found on reading a case folder that do not forbid use.
    """

    tables: Mapping[str, pl.DataFrame]
    settings: Settings = field(default_factory=Settings)
    notes: tuple[str, ...] = ()
    warnings: tuple[Problem, ...] = ()

    @classmethod
    def of(cls, settings: Settings | None = None, **tables: Any) -> Network:
        """A network from rows given by table name: ``Network.of(periods=[{"period": "1"}], items=..., ...)``."""
        return cls(
            {name: frame(name, tables.pop(name, None)) for name in case_schema()} | _refuse(tables),
            settings or Settings(),
        )

    @classmethod
    def read(cls, folder: str | Path) -> Network:
        """Read a case folder.

        Raises:
            PackError: the folder, a table or a cell cannot be used; the error lists everything that is wrong.
        """
        from bongsu.chain.check import check_network

        root = Path(folder)
        if not root.is_dir():
            problem = Problem(
                "", 0, "", str(root), "is not a folder", "give a folder with periods.csv, items.csv and places.csv"
            )
            raise PackError([problem], str(root))
        schema = case_schema()
        problems: list[Problem] = []
        tables: dict[str, pl.DataFrame] = {}
        lined: dict[str, pl.DataFrame] = {}
        for name, table in schema.items():
            path = root / f"{name}.csv"
            if path.is_file():
                lined[name], wrong = read_table(path, table, whole=False)
                problems += wrong
                tables[name] = lined[name].drop("_line")
            else:
                tables[name] = frame(name)
                if name in _REQUIRED:
                    problems.append(Problem(name, 0, "", "", "is missing", f"add {name}.csv to {root.name}/"))
        strangers = sorted(p.stem for p in root.glob("*.csv") if p.stem not in schema)
        problems += [
            Problem(name, 0, "", "", "is not a table of the case format", "see docs/case-format.md for the names")
            for name in strangers
        ]
        settings, wrong = _read_settings(root)
        problems += wrong
        if not errors(problems):
            problems += check_network(cls(tables, settings), lined)
        if errors(problems):
            raise PackError(problems, str(root))
        return cls(tables, settings, warnings=tuple(problems))

    def write(self, folder: str | Path) -> None:
        """Write the network as a case folder that :meth:`read` reads back; empty tables are left out."""
        root = Path(folder)
        root.mkdir(parents=True, exist_ok=True)
        (root / "case.json").write_text(self.settings.model_dump_json(indent=1) + "\n", encoding="utf-8")
        for name, table in self.tables.items():
            if table.height:
                lists = [column for column, kind in table.schema.items() if kind == pl.List(pl.String)]
                flat = table.with_columns(pl.col(column).list.join(";") for column in lists)
                flat.write_csv(root / f"{name}.csv", line_terminator="\n")

    def __getitem__(self, table: str) -> pl.DataFrame:
        return self.tables[table]

    @property
    def digest(self) -> str:
        """SHA-256 over settings and tables, in hexadecimal."""
        digest = hashlib.sha256(self.settings.model_dump_json().encode())
        for name, table in sorted(self.tables.items()):
            digest.update(name.encode())
            digest.update(table.write_json().encode())
        return digest.hexdigest()


def _refuse(tables: Mapping[str, Any]) -> dict[str, pl.DataFrame]:
    if tables:
        raise KeyError(f"a network has no table {', '.join(sorted(tables))}")
    return {}


def _read_settings(root: Path) -> tuple[Settings, list[Problem]]:
    path = root / "case.json"
    if not path.is_file():
        return Settings(name=root.name), []
    try:
        return Settings.model_validate({"name": root.name} | json.loads(path.read_text(encoding="utf-8-sig"))), []
    except (ValueError, ValidationError) as error:
        first = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        remedy = f"use only {', '.join(Settings.model_fields)}"
        return Settings(), [Problem("case.json", 0, "", "", f"cannot be read ({first})", remedy)]
