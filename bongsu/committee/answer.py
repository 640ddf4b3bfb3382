"""What a function of the committee answers: figures with their reasons, and tables; as plain data for files and pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from bongsu.answers.figure import Node


@dataclass(frozen=True)
class Answer:
    """Figures and tables of one function.

    Attributes:
        room: ``discover``, ``attract``, ``link``, ``exchange``.
        figures: by name, ``ROOM.FIGURE:SUBJECT`` such as ``discover.value:PROJECT``; ``bongsu why`` takes these names.
        tables: by name; each is written as CSV and JSON.
    """

    room: str
    figures: Mapping[str, Node] = field(default_factory=dict)
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)

    def __or__(self, other: Answer) -> Answer:
        """Both answers in one.

        Raises:
            ValueError: both say a figure or a table of the same name differently.
        """
        for name in self.figures.keys() & other.figures.keys():
            if self.figures[name] != other.figures[name]:
                raise ValueError(f"two answers give the figure {name} differently")
        for name in self.tables.keys() & other.tables.keys():
            if not self.tables[name].equals(other.tables[name]):
                raise ValueError(f"two answers give the table {name} differently")
        return Answer(self.room, {**self.figures, **other.figures}, {**self.tables, **other.tables})

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Answer:
        """The answer whose plain data these are; a table without rows comes back without columns, dates come back as text."""
        figures = {name: Node.of(node) for name, node in data["figures"].items()}
        tables = {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in data["tables"].items()}
        return cls(data["room"], figures, tables)

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON: what ``OUT/ROOM.json`` holds."""
        return {
            "room": self.room,
            "figures": {name: node.as_dict() for name, node in sorted(self.figures.items())},
            "tables": {name: table.to_dicts() for name, table in sorted(self.tables.items())},
        }
