"""Tables as grids of text: reading a file, taking numbers out of it, and telling what a row is by its name."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from bongsu.committee.regions.leontief import Vector
from bongsu.committee.regions.table import TableError

#: What a row is by the codes of ESA 2010, the OECD and WIOD, then by words in its name. The first that fits counts.
_CODES: Mapping[str, str] = {
    "P1": "output", "OUTPUT": "output", "OUT": "output", "GO": "output", "P7": "imports", "IMP": "imports",
    "B1G": "value_added", "VALU": "value_added", "VA": "value_added", "D21X31": "taxes", "D21_M_D31": "taxes", "D21": "taxes",
    "TAXSUB": "taxes", "TLS": "taxes", "TXSP": "taxes", "TXS_INT_FNL": "taxes", "TXS_IMP_FNL": "taxes", "D1": "labour_income",
    "LABR": "labour_income", "EMP": "jobs", "EMPN": "jobs", "EMP_DC": "jobs",
}  # fmt: skip
_WORDS: tuple[tuple[str, str], ...] = (
    (r"(intermediate|total).*(consumption|use|inputs)|other net taxes|taxes.*production(?!.*products)", ""),
    (r"^(total )?(gross )?output\b|^output_bp|^total output|^output$|^xout", "output"),
    (r"import", "imports"),
    (r"(net_tax|tax(es)?\b.*product|taxes less subsidies|product tax)", "taxes"),
    (r"compensation|labou?r income|wages and salaries", "labour_income"),
    (r"value[ _]added|\bgva\b|gross domestic product|\bgdp\b", "value_added"),
    (r"employment.*total|total employment|^employment$|\bjobs\b|persons employed", "jobs"),
)


def grid_of(path: Path) -> pl.DataFrame:
    """All cells as text, without a header; short lines (titles above the table) are filled up with blanks.

    Raises:
        TableError: it is a folder, a file of Excel, or no table of text.
    """
    if path.is_dir():
        raise TableError(f"{path} is a folder; only the layout pymrio is one")
    if path.suffix.lower() in (".xlsx", ".xls", ".xlsb"):
        raise TableError(f"{path.name} is an Excel file; save the sheet with the table as CSV")
    head = path.read_bytes()[:200_000].decode("utf-8-sig", errors="replace").splitlines()[:60]
    separator = _separator(head)
    if any(line.count(separator) > head[0].count(separator) for line in head):
        grid = _ragged(path, separator)
    else:
        try:
            grid = pl.read_csv(
                path,
                separator=separator,
                has_header=False,
                infer_schema=False,
                truncate_ragged_lines=True,
                encoding="utf8-lossy",
            )
        except pl.exceptions.PolarsError as error:
            raise TableError(f"{path.name} cannot be read as a table: {str(error).splitlines()[0]}") from None
    grid = grid.with_columns(pl.all().str.strip_chars(" \ufeff").fill_null(""))
    if separator == ";":
        # Where semicolons part the cells, a comma is the decimal sign and points group thousands.
        text = pl.all()
        grouped = text.str.contains(r"^-?\d{1,3}(\.\d{3})+(,\d+)?$")
        grid = grid.with_columns(
            pl.when(grouped & text.str.contains(r",|\..*\.")).then(text.str.replace_all(r"\.", "")).otherwise(text)
        ).with_columns(pl.all().str.replace(r"^(-?\d+),(\d+)$", "$1.$2"))
    return grid


def _separator(head: Sequence[str]) -> str:
    """Tab, semicolon or comma: the first of them that most lines have, since a decimal comma may stand in a cell too."""
    for mark in "\t;":
        if sum(mark in line for line in head) > len(head) / 2:
            return mark
    return ","


def _ragged(path: Path, separator: str) -> pl.DataFrame:
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    rows = list(csv.reader(io.StringIO(text), delimiter=separator))
    width = max(map(len, rows))
    filled = [[*row, *[""] * (width - len(row))] for row in rows if any(row)]
    return pl.DataFrame(filled, schema=[f"column_{j + 1}" for j in range(width)], orient="row")


def numbers(grid: pl.DataFrame, rows: Sequence[int], columns: Sequence[int]) -> Vector:
    """A block as numbers: blank and ``-`` are zero, commas that group thousands go, a number in brackets is negative.

    Raises:
        TableError: a cell is none of these.
    """
    block = grid[list(rows)].select(grid.columns[j] for j in columns)
    clean = block.with_columns(pl.all().str.replace_all(r"[ \u00a0\u202f]", "").str.replace(r"^(-|\.|\.\.|:)?$", "0"))
    clean = clean.with_columns(pl.all().str.replace(r"^\(([\d.,]+)\)$", "-$1").str.replace("^\u2212", "-"))
    grouped = pl.all().str.contains(r"^-?\d{1,3}(,\d{3})+(\.\d+)?$")
    clean = clean.with_columns(pl.when(grouped).then(pl.all().str.replace_all(",", "")).otherwise(pl.all()))
    read = clean.with_columns(pl.all().cast(pl.Float64, strict=False))
    for j, column in enumerate(read.columns):
        if (null := read[column].is_null()).any():
            i = int(null.arg_max() or 0)
            raise TableError(f"row {rows[i] + 1}, column {columns[j] + 1}: {block[column][i]!r} is not a number")
    return np.ascontiguousarray(read.to_numpy())


def kind_of(labels: Sequence[str]) -> str:
    """What a row is by any of its labels; empty where that is not known."""
    for label in labels:
        if label.upper() in _CODES:
            return _CODES[label.upper()]
    for label in labels:
        for pattern, kind in _WORDS:
            if re.search(pattern, label.lower().replace("_", " ")) or re.search(pattern, label.lower()):
                return kind
    return ""


def is_code(label: str) -> bool:
    """Whether a name is a code that may as well be one of a sector or product, such as ``P1``."""
    return label.upper() in _CODES


def is_number(text: str) -> bool:
    """Whether a cell holds a number."""
    return bool(re.fullmatch(r"-?[\d.,  ]+(e-?\d+)?", text.lower()))
