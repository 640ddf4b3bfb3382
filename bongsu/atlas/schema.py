"""The declared tables of the data pack: one row of ``schema.csv`` per column.

The declaration drives reading, checking, ``datapackage.json`` and the documentation alike.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Field:
    """One column: its name, type (``id``, ``text``, ``number``, ``integer``, ``date``, ``list`` or ``choice``) and role."""

    name: str
    type: str
    unit: str
    required: bool
    key: bool
    refers: str
    description: str
    choices: tuple[str, ...] = ()
    default: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its columns in file order."""

    name: str
    fields: tuple[Field, ...]

    def __contains__(self, column: str) -> bool:
        return any(f.name == column for f in self.fields)

    @property
    def key(self) -> tuple[str, ...]:
        """Columns that identify a statement, in file order."""
        return tuple(f.name for f in self.fields if f.key)

    @property
    def subject(self) -> tuple[str, ...]:
        """The key without ``known_from``: rows that share it are older and newer knowledge of the same thing."""
        return tuple(name for name in self.key if name != "known_from")


def parse_schema(rows: list[dict[str, str]]) -> dict[str, Table]:
    """Tables from the rows of a schema file, in order of first appearance."""
    fields: dict[str, list[Field]] = {}
    for row in rows:
        kind, _, options = row["type"].partition(":")
        fields.setdefault(row["table"], []).append(
            Field(
                name=row["field"],
                type=kind,
                unit=row["unit"],
                required=row["required"] == "yes",
                key=row["key"] == "yes",
                refers=row["refers"],
                description=row["description"],
                choices=tuple(options.split("|")) if options else (),
                default=row.get("default") or "",
            )
        )
    return {name: Table(name, tuple(columns)) for name, columns in fields.items()}


@cache
def pack_schema() -> Mapping[str, Table]:
    """The schema of the data pack that ships with the package."""
    text = resources.files("bongsu.atlas").joinpath("schema.csv").read_text(encoding="utf-8")
    return parse_schema(list(csv.DictReader(text.splitlines())))
