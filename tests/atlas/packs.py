"""Data packs with faults put in on purpose."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path


class Tables:
    """The tables of a pack as rows of text, to be changed and written elsewhere."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: dict[str, list[dict[str, str]]] = {}

    def table(self, name: str) -> list[dict[str, str]]:
        """Rows of a table; the one at ``i`` stands on line ``i + 2`` of its file."""
        if name not in self.rows:
            text = (self.folder / f"{name}.csv").read_text(encoding="utf-8")
            self.rows[name] = list(csv.DictReader(io.StringIO(text, newline="")))
        return self.rows[name]

    def line(self, table: str, **wanted: str) -> int:
        """Line of the first row whose cells are as ``wanted``; ``?`` stands for anything but blank."""
        rows = self.table(table)
        fits = ({c: row[c] and "?" if v == "?" else row[c] for c, v in wanted.items()} == wanted for row in rows)
        return next(i for i, fit in enumerate(fits) if fit) + 2

    def put(self, table: str, line: int, **cells: str) -> None:
        """Change cells of a row."""
        assert cells.keys() <= self.table(table)[line - 2].keys()
        self.table(table)[line - 2].update(cells)

    def add(self, table: str, **cells: str) -> int:
        """Append a row, blank where nothing is given; its line."""
        rows = self.table(table)
        rows.append(dict.fromkeys(rows[0], "") | cells)
        return len(rows) + 1

    def write(self, folder: Path) -> Path:
        """A copy of the pack with the changes."""
        shutil.copytree(self.folder, folder)
        for name, rows in self.rows.items():
            out = io.StringIO(newline="")
            writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
            (folder / f"{name}.csv").write_text(out.getvalue(), encoding="utf-8")
        return folder
