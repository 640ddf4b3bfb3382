"""Long files: one row per cell of a table, as offices give them for download, brought to a square.

Eurostat  tab-separated, dimensions in the first column and a column for each year (``naio_10_cp1700.tsv``), or as CSV with
          ``OBS_VALUE``. Domestic flows (``stk_flow`` DOM) are the square; imported ones (IMP) become one row, and what is
          given for all flows together (TOTAL: value added, taxes, output) is added below.
OECD      columns ``ROW``, ``COL`` and ``OBS_VALUE`` or ``Value``, with rows ``DOM_``, ``IMP_``, ``TTL_`` + industry.
FIGARO    ``icioiRow``, ``icioiCol``, ``obsValue`` with labels ``COUNTRY_INDUSTRY``.
others    any that name a column each for row, column and value.

Figures may carry flags (``12.5 p``). A cell that the office does not publish (a sign such as ``:``, or a row without a figure)
counts as nothing only where the sums of the table bear that out; one that has no row is nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import polars as pl

from bongsu.committee.regions.grids import is_code
from bongsu.committee.regions.table import ADDED_UP, Table, TableError

#: Usual names of the columns of a long table: row, column, value.
_LONG = (
    ("prd_ava", "prod_na", "ind_ava", "t_rows2", "uk_row", "icioirow", "icioprow", "row", "from", "input", "prd_use"),
    ("ind_use", "induse", "ind_impv", "prd_use", "t_cols2", "uk_col", "icioicol", "iciopcol", "column", "col", "to"),
    ("values", "obs_value", "obsvalue", "value"),
)
_PLACES = ("geo", "ref_area", "cou", "country", "location")
_TIME = ("time_period", "time", "year", "ref_date")
#: First cell of a grid whose labels hold the country.
LABEL = "COUNTRY_INDUSTRY"


@dataclass(frozen=True)
class Spread:
    """A long file as a square grid, the layout that the grid has now, and the cells (row, column) that are not published."""

    grid: pl.DataFrame
    layout: Literal["plain", "oecd", "icio"]
    hidden: tuple[tuple[str, str], ...] = ()

    def borne_out(self, table: Table) -> Table:
        """The table, where its sums show that the cells that are not published hold next to nothing.

        Raises:
            TableError: they do not, or cannot show it.
        """
        if not self.hidden:
            return table
        row, column = self.hidden[0]
        # Output that is itself the sum of the inputs agrees with them whatever is missing.
        circular = table.final is None and ADDED_UP in table.notes
        if circular or table.imbalances() or not {"value_added", "imports", "taxes"} <= set(table.rows):
            raise TableError(
                f"the figure of {row} by {column} is not published{self._more}, and the sums of the table do not bear out that it "
                "is nothing; put in an estimate"
            )
        said = f"{row} by {column} is not published{self._more} and counted as nothing, which the sums of the table bear out"
        return replace(table, notes=(said, *table.notes))

    @property
    def _more(self) -> str:
        return f" (nor {len(self.hidden) - 1} others)" if len(self.hidden) > 1 else ""


def is_long(grid: pl.DataFrame) -> bool:
    """Whether a file has one row per cell, by the names in its first row."""
    header = [_code(str(cell)).lower() for cell in grid.row(0)]
    if "\\time" in header[0]:
        return True
    row, column, value = (bool(set(header) & set(known)) for known in _LONG)
    return value and (len(header) <= 16 or (row and column and len(header) <= 60))


def spread_of(
    grid: pl.DataFrame,
    name: str,
    columns: tuple[str, str, str] | None,
    where: Mapping[str, str] | None,
    country: str | None,
) -> Spread:
    """The one table that is left of a long file.

    Args:
        name: of the file, for messages; columns: row, column and value, where they are not known by their names.
        where: columns and values that single out one table; country: the value of its column of places.

    Raises:
        TableError: a column or value is not there, or more than one table is left.
    """
    frame = _frame(grid)
    lower = {column.lower(): column for column in frame.columns}
    for column, value in (where or {}).items():
        if (column.lower(), value) != ("stk_flow", "DOM"):
            frame = _kept(frame, lower.get(column.lower(), column), value, name)
    row, column, value = columns or _named(lower, frame, name)
    across = row.lower().startswith("icio")
    if country is not None and not across:
        place = next((lower[one] for one in _PLACES if one in lower), None)
        if place is None:
            raise TableError(f"{name} has no column of countries ({', '.join(_PLACES)}); leave out the country")
        frame = _kept(frame, place, country, name)
    flow = lower.get("stk_flow")
    if flow is not None and "DOM" in set(frame[flow]):
        frame = _domestic(frame, flow, row, column, value, name)
    elif flow is not None and (where or {}).get(flow) == "DOM":
        raise TableError(f"{name} has no domestic flows (stk_flow DOM); it has {_some(frame[flow])}")
    # What is the same in two tables of one download (the OECD's value added) is one figure.
    apart = [lower[one] for one in (*_PLACES, *_TIME) if one in lower]
    frame = frame.unique([row, column, value, *apart], keep="first", maintain_order=True)
    _single(frame, row, column, value, name)
    # The name of a row may stand beside its code, and tells what a code of an office alone does not.
    index = [row, *[one for one in (f"{row}_lab", f"{row}_label") if one in frame.columns]]
    text = pl.col(value).str.strip_chars()
    frame = frame.with_columns(text.str.replace(r"^([-\d.eE+]+) [a-z]+$", "$1").alias(value))
    hidden = frame.filter(pl.col(value).str.contains(r"^((:|x|\.\.|F|n/?a)( [a-z]+)*)?$"))
    frame = frame.with_columns(
        pl.when(pl.col(value).is_in(hidden[value].implode())).then(pl.lit("")).otherwise(pl.col(value)).alias(value)
    )
    wide = frame.pivot(on=column, index=index, values=value).with_columns(pl.all().fill_null(""))
    blank = [[LABEL if across else ""], *[[""] for _ in index[1:]]]
    head = pl.DataFrame([*blank, *[[one] for one in wide.columns[len(index) :]]], schema=wide.columns, orient="col")
    labels = wide[row].to_list()
    layout: Literal["plain", "oecd", "icio"] = "plain"
    if any(re.match(r"(DOM|TTL)_", str(label)) for label in labels):
        layout = "oecd"
    elif across:
        layout = "icio"
    return Spread(pl.concat([head, wide]), layout, tuple(hidden.select(row, column).iter_rows()))


def _code(cell: str) -> str:
    """The code of a heading that has words behind it: ``REF_AREA: Reference area``."""
    return re.sub(r"^(\w+): ?\D.*$", r"\1", cell.strip())


def columns_of(grid: pl.DataFrame) -> set[str]:
    """Names of the columns of a long file, in small letters."""
    first, *rest = (_code(str(cell)).lower() for cell in grid.row(0))
    dimensions, mark, time = first.partition("\\")
    return {*dimensions.split(","), time} if mark else {first, *rest}


def _frame(grid: pl.DataFrame) -> pl.DataFrame:
    """The rows of a long file under its names; Eurostat's columns of years become rows."""
    header = [_code(str(cell)) for cell in grid.row(0)]
    if "\\" not in header[0]:
        seen = [one if one and header.index(one) == j else f"{one}_{j}" for j, one in enumerate(header)]
        # Where a column is headed CODE: words, so are its entries.
        both = [
            name for name, cell in zip(seen, grid.row(0), strict=True) if name != str(cell).strip() and ":" in str(cell)
        ]
        frame = grid[1:].rename(dict(zip(grid.columns, seen, strict=True)))
        return frame.with_columns(pl.col(both).str.replace(r"^([^\s:]+):.*$", "$1")) if both else frame
    dimensions, _, time = header[0].partition("\\")
    names = dimensions.split(",")
    years = [*header[1:]]
    body = grid[1:].rename(dict(zip(grid.columns, ["key", *years], strict=True)))
    body = body.with_columns(pl.col("key").str.split(",").list.to_struct(fields=names)).unnest("key")
    body = body.unpivot(index=names, on=years, variable_name=time, value_name="values")
    # A year of which a country has nothing is no table.
    given = pl.col("values").str.contains(r"^-?[\d.]")
    place = next((one for one in names if one in _PLACES), names[-1])
    return body.filter(given.any().over([place, time]))


def _named(lower: Mapping[str, str], frame: pl.DataFrame, name: str) -> tuple[str, str, str]:
    guessed = [next((lower[one] for one in known if one in lower), None) for known in _LONG]
    row, column, value = guessed
    if row is None or column is None or value is None:
        raise TableError(f"{name}: name row, column and value with columns=(…); it has {', '.join(frame.columns)}")
    return row, column, value


def _kept(frame: pl.DataFrame, column: str, value: str, name: str) -> pl.DataFrame:
    if column not in frame.columns:
        raise TableError(f"{name} has no column {column!r}; it has {', '.join(frame.columns)}")
    kept = frame.filter(pl.col(column) == value)
    if kept.is_empty():
        raise TableError(f"{name} has no {column} {value!r}; it has {_some(frame[column])}")
    return kept


def _some(column: pl.Series) -> str:
    known = column.unique(maintain_order=True).to_list()
    return ", ".join(map(str, known[:8])) + (" …" if len(known) > 8 else "")


def _domestic(frame: pl.DataFrame, flow: str, row: str, column: str, value: str, name: str) -> pl.DataFrame:
    """Domestic flows, with one row of imported inputs, and the rows that are given for both together."""
    home = frame.filter(pl.col(flow) == "DOM")
    products = {one for one in home[row] if not re.search(r"(?i)(^|_)total$", one) and not is_code(one)}
    rest = [one for one in frame.columns if one not in (flow, row, value)]
    parts = [home]
    known = set(home[row])
    abroad = frame.filter((pl.col(flow) == "IMP") & pl.col(row).is_in(list(products)))
    if not {"P7", "IMP"} & known and not abroad.is_empty():
        number = pl.col(value).str.extract(r"^(-?[\d.eE+-]+)").cast(pl.Float64, strict=False)
        bought = abroad.group_by(rest, maintain_order=True).agg(
            number.sum().map_elements(repr, return_dtype=pl.String).alias(value)
        )
        parts.append(bought.with_columns(pl.lit("IMP").alias(flow), pl.lit("P7").alias(row)).select(home.columns))
        known.add("P7")
    below = frame.filter((pl.col(flow) == "TOTAL") & ~pl.col(row).is_in(list(known | {"P7"})))
    both = pl.concat([*parts, below])
    return both.with_columns(pl.lit("DOM").alias(flow))


def _single(frame: pl.DataFrame, row: str, column: str, value: str, name: str) -> None:
    """Refuse what is more than one table, and say which columns tell them apart."""
    if not frame.select(row, column).is_duplicated().any():
        return
    flags = {"obs_flag", "obs_status", "flags", "flag codes", "vector", "coordinate"}
    apart = [
        one
        for one in frame.columns
        if one not in (row, column, value) and one.lower() not in flags and frame[one].n_unique() > 1
    ]
    said = "; ".join(f"{one} ({_some(frame[one])})" for one in apart[:4]) or "year"
    raise TableError(f"{name} holds several tables: single one out with where={{column: value}}, by {said}")
