"""Figures at anchor years, read off for every year of a plan."""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl


@dataclass(frozen=True, slots=True)
class Reading:
    """A figure for one year and the lines of the table it was read from."""

    value: float | None
    lines: tuple[int, ...]


class Series:
    """Anchor figures of one subject; between anchors linear, outside them the nearest anchor holds.

    A blank anchor is unknown, and so is every year that would be read from it.
    """

    def __init__(self, anchors: Sequence[tuple[int, float | None, int]]) -> None:
        # Of two anchors for one year the first given counts.
        first = {year: (year, value, line) for year, value, line in reversed(anchors)}
        self.anchors = [first[year] for year in sorted(first)]
        self._years = [anchor[0] for anchor in self.anchors]

    def at(self, year: int) -> Reading:
        """The figure of a year."""
        years = self._years
        right = bisect.bisect_left(years, year)
        if right == len(years) or years[right] == year or right == 0:
            _, value, line = self.anchors[min(right, len(years) - 1)]
            return Reading(value, (line,))
        (y0, v0, l0), (y1, v1, l1) = self.anchors[right - 1], self.anchors[right]
        if v0 is None or v1 is None:
            return Reading(None, (l0, l1))
        return Reading(v0 + (v1 - v0) * (year - y0) / (y1 - y0), (l0, l1))


def series(frame: pl.DataFrame, subject: Sequence[str], value: str) -> dict[tuple[Any, ...], Series]:
    """A series for each subject of a table with ``year`` and ``_line`` columns, subjects in order of first appearance."""
    found: dict[tuple[Any, ...], list[tuple[int, float | None, int]]] = defaultdict(list)
    for row in frame.select(*subject, "year", value, "_line").iter_rows():
        *key, year, figure, line = row
        found[tuple(key)].append((year, figure, line))
    return {key: Series(anchors) for key, anchors in found.items()}


def facts(**lines: Sequence[int]) -> str:
    """Facts behind a row as ``table:line`` separated by blanks."""
    return " ".join([f"{table}:{line}" for table, numbers in lines.items() for line in dict.fromkeys(numbers)])
