"""Problems found in input tables, and the exception that carries all of them at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong with one cell, row or table, and what to do about it.

    ``table`` is blank where the folder itself is wrong; ``value`` then names it.
    ``row`` is the line number as a text editor shows it (the header is line 1); 0 stands for the whole table.
    """

    table: str
    row: int
    column: str
    value: str
    what: str
    remedy: str
    severity: Severity = "error"

    def __str__(self) -> str:
        if not self.table:
            return f"{self.value} {self.what}; {self.remedy}."
        where = self.table if self.table.endswith(".json") else f"{self.table}.csv"
        if self.row:
            where += f", line {self.row}"
        if self.column:
            where += f", column {self.column}"
        shown = f" ({self.value!r})" if self.value else ""
        return f"{where}{shown}: {self.what}; {self.remedy}."


#: More errors than this are counted, not listed.
_SHOWN = 100


class PackError(ValueError):
    """The tables cannot be used. ``problems`` lists everything that is wrong, not only the first thing."""

    def __init__(self, problems: Iterable[Problem], where: str = "the data pack") -> None:
        self.problems = sorted(problems)
        errors = [p for p in self.problems if p.severity == "error"]
        head = f"{len(errors)} error{'s' if len(errors) != 1 else ''} in {where}; nothing of it was used."
        rest = len(errors) - _SHOWN
        more = [f"... and {rest} more; mend these first, they may be of one kind."] if rest > 0 else []
        super().__init__("\n".join([head, *map(str, errors[:_SHOWN]), *more]))


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """Those problems that forbid the use of the tables."""
    return [p for p in problems if p.severity == "error"]
