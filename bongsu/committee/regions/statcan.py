"""Tables of Statistics Canada as its site gives them for download: one row per figure, ``REF_DATE``, ``GEO`` … ``VALUE``.

multipliers   36-10-0594 (national, detail), 36-10-0595 (provincial, detail), 36-10-0113 (provincial, summary): one column each for
              industry, variable, multiplier type and, where there is one, geographical coverage.
supply–use    36-10-0478 (detail) and 36-10-0438 (summary): one column that says Supply or Use, one for products, one for
industries. symmetric     industry × industry tables in the same form: two columns of industries (inputs and users).

The columns between ``DGUID`` and ``UOM`` are told apart by words in their names; unknown figures (``x``, ``..``) stay unknown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from bongsu.committee.regions.grids import gathered, told
from bongsu.committee.regions.leontief import Vector
from bongsu.committee.regions.supply_use import SupplyUse
from bongsu.committee.regions.table import Table, TableError

_FACTORS = {
    "": 1.0, "units": 1.0, "tens": 1e1, "hundreds": 1e2, "thousands": 1e3, "tens of thousands": 1e4, "hundreds of thousands": 1e5,
    "millions": 1e6, "tens of millions": 1e7, "hundreds of millions": 1e8, "billions": 1e9,
}  # fmt: skip
_TYPES = ("direct", "indirect", "induced", "simple", "total", "type_1", "type_2")
#: Columns of the supply table that are no industries.
_OUTSIDE = r"^(international |interprovincial )?imports?\b|^total|margins?$|^taxes|^subsid|^withdrawals|valuation"
_COLUMN = r"^(.*?)\s*\[([^\]]+)\]$"


def read_multipliers(
    path: str | Path, geo: str | None = None, year: int | None = None, coverage: str = "within"
) -> pl.DataFrame:
    """Published multipliers: geo, year, industry, code, measure, type, value.

    Args:
        geo: as the table writes it, such as ``Ontario``; None = all. year: None = the latest in the file.
        coverage: part of the coverage wanted where the table has several: ``within`` the province or ``all`` provinces.

    ``type`` is direct, indirect, induced, simple (direct + indirect), total, type_1 (simple/direct) or type_2 (total/direct);
    ``value`` is null where the office does not publish it.

    Raises:
        TableError: a column is missing, or nothing is left of the place and year asked for.
    """
    frame, columns = _download(Path(path))
    industry = _find(columns, "industr|sector", path)
    kind = _find(columns, "multiplier|type", path)
    variable = next(
        (
            name
            for name in columns
            if name not in (industry, kind) and re.search(r"variable|measure|estimate", name.lower())
        ),
        None,
    )
    covered = next((name for name in columns if re.search(r"coverage", name.lower())), None)
    frame = _of(frame, geo, year, Path(path).name)
    if covered is not None:
        frame = frame.filter(pl.col(covered).str.to_lowercase().str.contains(coverage))
        if frame.is_empty():
            raise TableError(f"{Path(path).name} has no coverage {coverage!r}")
    measure = pl.col(variable) if variable is not None else pl.col(kind)
    return frame.select(
        pl.col("GEO").alias("geo"),
        pl.col("REF_DATE").str.slice(0, 4).cast(pl.Int64).alias("year"),
        pl.col(industry).str.replace(_COLUMN, "$1").alias("industry"),
        pl.col(industry).str.extract(_COLUMN, 2).alias("code"),
        measure.map_elements(_measure, return_dtype=pl.String).alias("measure"),
        pl.col(kind).map_elements(_type, return_dtype=pl.String).alias("type"),
        pl.col("VALUE").alias("value"),
    ).filter(pl.col("type") != "")


def _type(text: str) -> str:
    low = text.lower()
    if re.search(r"type ii\b|type 2", low):
        return "type_2"
    if re.search(r"type i\b|type 1", low):
        return "type_1"
    return next((one for one in ("indirect", "induced", "direct", "simple", "total") if one in low), "")


def _measure(text: str) -> str:
    low = text.lower()
    for pattern, name in (
        (r"gross domestic|gdp|value added", "value_added"),
        (r"labou?r income", "labour_income"),
        (r"jobs|employment", "jobs"),
        (r"interprovincial import", "provincial_imports"),
        (r"import", "imports"),
        (r"taxes on products", "taxes"),
        (r"output", "output"),
    ):
        if re.search(pattern, low):
            return name
    return low


def read_supply_use(
    path: str | Path, geo: str | None = None, year: int | None = None, where: Mapping[str, str] | None = None
) -> SupplyUse:
    """Supply and use of one place and year, in millions as published scale allows.

    Of several valuations the one at basic prices is taken. Total use (with imports) is taken as the file gives it; imports by
    product in the supply part are split off in proportion, and a note says so.

    Raises:
        TableError: a column is missing, the place or year is not in the file, or a cell is unknown.
    """
    frame, columns = _download(Path(path), where)
    which = next((name for name in columns if {"Supply", "Use"} <= set(_starts(frame[name]))), None)
    if which is None:
        raise TableError(f"{Path(path).name}: no column says Supply and Use (36-10-0478 has one)")
    product = _find([name for name in columns if name != which], r"product|commodit", path)
    industry = _find([name for name in columns if name not in (which, product)], r"industr|categor|use|activit", path)
    frame = _of(frame, geo, year, Path(path).name)
    part = pl.col(which).str.starts_with("Supply")
    supply = _cells(frame.filter(part), product, industry)
    use = _cells(frame.filter(pl.col(which).str.starts_with("Use")), product, industry)
    industries = [name for name in dict.fromkeys(supply[industry]) if not re.search(_OUTSIDE, name.lower())]
    made = supply.filter(pl.col(industry).is_in(industries))
    products = [name for name in dict.fromkeys(made[product]) if not re.match(r"(?i)total", name)]
    s, u = _matrix(made, product, industry, products, industries), _matrix(use, product, industry, products, industries)
    bought = _matrix(
        supply, product, industry, products, [n for n in dict.fromkeys(supply[industry]) if re.search(r"(?i)import", n)]
    ).sum(axis=1)
    finals = [n for n in dict.fromkeys(use[industry]) if n not in industries and not re.match(r"(?i)total", n)]
    sold = _matrix(use, product, industry, products, [n for n in finals if re.search(r"(?i)export", n)]).sum(axis=1)
    home = _matrix(use, product, industry, products, [n for n in finals if not re.search(r"(?i)export|import", n)]).sum(
        axis=1
    )
    demand = u.sum(axis=1) + home
    share = np.clip(np.divide(bought, demand, out=np.zeros(len(products)), where=demand > 0), 0.0, 1.0)
    rows = _primary(use, product, industry, products, industries)
    rows["imports"] = (u * share[:, None]).sum(axis=0)
    title = f"supply and use, {frame['GEO'][0]}, {frame['REF_DATE'][0]}"
    notes = (
        ("imports split off in proportion: every user of a product imports the same share of it",)
        if bought.any()
        else ()
    )
    kept = s.sum(axis=1) > 0
    rows["imports"] = rows["imports"] + (u * (1 - share[:, None]))[~kept].sum(axis=0)
    return SupplyUse.of(
        (u * (1.0 - share)[:, None])[kept],
        s[kept],
        [name for name, one in zip(products, kept, strict=True) if one],
        industries,
        rows,
        final=(home * (1.0 - share) + sold)[kept],
        name=title,
        notes=notes,
    )


def read_symmetric(
    path: str | Path, geo: str | None = None, year: int | None = None, where: Mapping[str, str] | None = None
) -> Table:
    """An industry × industry table of one place and year.

    Raises:
        TableError: the file has not two columns of industries, or the place or year is not in it.
    """
    frame, columns = _download(Path(path), where)
    frame = _of(frame, geo, year, Path(path).name)
    named = [name for name in columns if re.search(r"industr|input|suppl|use|product|commodit|categor", name.lower())]
    if len(named) < 2:
        raise TableError(
            f"{Path(path).name}: two columns of industries are needed, inputs and users; it has {', '.join(columns)}"
        )
    row, column = named[:2]
    if re.search(r"use", row.lower()) and re.search(r"input|suppl", column.lower()):
        row, column = column, row
    cells = _cells(frame, row, column)
    both = set(cells[column])
    sectors = [name for name in dict.fromkeys(cells[row]) if name in both and not re.match(r"(?i)total", name)]
    if len(sectors) < 2:
        raise TableError(f"{Path(path).name}: {row} and {column} share no industries")
    flows = _matrix(cells, row, column, sectors, sectors)
    rows = _primary(cells, row, column, sectors, sectors)
    output = rows.pop("output", None)
    if output is None:
        raise TableError(f"{Path(path).name}: there is no row of total output")
    return Table.of(flows, output, sectors, rows, name=f"symmetric, {frame['GEO'][0]}, {frame['REF_DATE'][0]}")


def read_any(path: str | Path, geo: str | None = None, where: Mapping[str, str] | None = None) -> Table:
    """The symmetric table of a download: as it is, or of supply and use by model D.

    Args:
        where: columns and values that single out one table, such as a valuation; ``REF_DATE`` a year.

    Raises:
        TableError: see :func:`read_supply_use` and :func:`read_symmetric`.
    """
    columns = _download(Path(path), where)
    if any({"Supply", "Use"} <= set(_starts(columns[0][name])) for name in columns[1]):
        return read_supply_use(path, geo, where=where).symmetric("D")
    return read_symmetric(path, geo, where=where)


def _download(path: Path, where: Mapping[str, str] | None = None) -> tuple[pl.DataFrame, list[str]]:
    """Frame with VALUE as a number, and the columns that are dimensions."""
    if not path.is_file():
        raise TableError(f"there is no file {path}; unpack the download and name the CSV in it")
    frame = pl.read_csv(path, infer_schema=False, encoding="utf8-lossy")
    frame = frame.rename({name: name.strip('\ufeff "') for name in frame.columns})
    if missing := [name for name in ("REF_DATE", "GEO", "VALUE") if name not in frame.columns]:
        raise TableError(f"{path.name} is no download of Statistics Canada: the column {missing[0]} is missing")
    for column, wanted in (where or {}).items():
        if column not in frame.columns:
            raise TableError(f"{path.name} has no column {column!r}; it has {', '.join(frame.columns)}")
        kept = frame.filter(pl.col(column) == wanted)
        if kept.is_empty():
            known = frame[column].unique(maintain_order=True).to_list()
            raise TableError(f"{path.name} has no {column} {wanted!r}; it has {', '.join(map(str, known[:12]))}")
        frame = kept
    valued = next((name for name in frame.columns if name.lower() == "valuation"), None)
    if valued is not None and frame[valued].n_unique() > 1 and "Basic price" in frame[valued].to_list():
        # Multipliers are at basic prices: what users pay on top goes to trade, transport and taxes.
        frame = frame.filter(pl.col(valued) == "Basic price")
    standard = {
        "REF_DATE",
        "GEO",
        "DGUID",
        "UOM",
        "UOM_ID",
        "SCALAR_FACTOR",
        "SCALAR_ID",
        "VECTOR",
        "COORDINATE",
        "VALUE",
    }
    standard |= {"STATUS", "SYMBOL", "TERMINATED", "DECIMALS"}
    columns = [name for name in frame.columns if name not in standard]
    value = pl.col("VALUE").str.strip_chars().cast(pl.Float64, strict=False)
    if "SCALAR_FACTOR" in frame.columns:
        factor = frame["SCALAR_FACTOR"].str.strip_chars().str.to_lowercase().fill_null("")
        if unknown := sorted(set(factor) - _FACTORS.keys()):
            raise TableError(
                f"{path.name}: SCALAR_FACTOR {unknown[0]!r} is none of {', '.join(filter(None, _FACTORS))}"
            )
        scale = factor.replace_strict(_FACTORS, return_dtype=pl.Float64)
        value = value * scale
    return frame.with_columns(VALUE=value), columns


def _of(frame: pl.DataFrame, geo: str | None, year: int | None, name: str) -> pl.DataFrame:
    if geo is not None:
        kept = frame.filter(pl.col("GEO") == geo)
        if kept.is_empty():
            raise TableError(f"{name} has no {geo!r}; it has {', '.join(frame['GEO'].unique().sort().to_list()[:15])}")
        frame = kept
    years = frame["REF_DATE"].str.slice(0, 4)
    wanted = str(year) if year is not None else str(years.max())
    kept = frame.filter(years == wanted)
    if kept.is_empty():
        raise TableError(f"{name} has no year {wanted}; it has {', '.join(years.unique().sort().to_list())}")
    return kept


def _find(columns: list[str], pattern: str, path: str | Path) -> str:
    found = next((name for name in columns if re.search(pattern, name.lower())), None)
    if found is None:
        raise TableError(
            f"{Path(path).name}: no column is named like {pattern.replace('|', ' or ')}; it has {', '.join(columns)}"
        )
    return found


def _starts(column: pl.Series) -> list[str]:
    return [str(text).split()[0] for text in column.unique().to_list() if text]


def _cells(frame: pl.DataFrame, row: str, column: str) -> pl.DataFrame:
    if frame.select(row, column).is_duplicated().any():
        raise TableError(
            f"several figures for one cell ({row} × {column}): name geo and year, and single one out with where={{column: value}}"
        )
    return frame


def _matrix(frame: pl.DataFrame, row: str, column: str, rows: list[str], columns: list[str]) -> Vector:
    """A block; a cell that the file leaves out is zero, one that is unknown is an error."""
    found = np.zeros((len(rows), len(columns)))
    at, across = {name: i for i, name in enumerate(rows)}, {name: j for j, name in enumerate(columns)}
    for first, second, value in frame.select(row, column, "VALUE").iter_rows():
        if first in at and second in across:
            if value is None:
                raise TableError(
                    f"the figure of {first} by {second} is not published (blank, x or ..); the table has a hole there"
                )
            found[at[first], across[second]] = value
    return found


def _primary(frame: pl.DataFrame, row: str, column: str, sectors: list[str], users: list[str]) -> dict[str, Vector]:
    """Rows below the square: value added and its parts, taxes, imports, output."""
    whole: dict[str, Vector] = {}
    parts: dict[str, Vector] = {}
    for name in dict.fromkeys(frame[row]):
        if name in set(sectors):
            continue
        kind, into = told([re.sub(_COLUMN, r"\1", str(name))], whole, parts)
        if kind:
            values = _matrix(frame, row, column, [name], users)[0]
            into[kind] = into[kind] + values if kind in into else values
    return gathered(whole, parts)
