"""Tables that a user has downloaded: the layouts that are read, and what each must look like.

plain   one square with names: the first row names sectors and uses, one column names the rows. Rows that bear the name of a
        column are sectors; the others are told by their names or codes (value added, imports, taxes on products, compensation of
        employees, output, employment; ESA codes B1G, P7, D21X31, D1, P1, EMP). Comma, semicolon or tab.
long    one row per cell: columns for row, column and value (Eurostat: ``prd_use``, ``ind_use``, ``values``; any with ``columns=``).
oecd    national table of the OECD: rows ``TTL_``, ``DOM_``, ``IMP_`` + industry, then ``TAXSUB`` or ``TXS_``, ``VALU``,
        ``OUTPUT``.
icio    OECD inter-country table: rows and columns ``COUNTRY_INDUSTRY``, then ``TLS`` or ``TAXSUB``, ``VA``, ``OUT``; one country
        is cut out.
wiod    national WIOD table (``Code``, ``Description``, ``Origin`` Domestic or Imports), or the world table (``IndustryCode``,
        ``Country`` and columns ``CAN1`` or ``CAN_C27``); one country is cut out.
pymrio  a folder with ``Z.txt`` or ``A.txt``, ``Y.txt`` and ``x.txt`` (tab-separated, two header rows, two label columns), with
        extensions in subfolders (``F.txt``).

A layout is recognised by these marks; name it where it is not. A file of Excel is saved as CSV first. Tables of Statistics
Canada are in :mod:`bongsu.committee.regions.statcan`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl

from bongsu.committee.regions.leontief import Vector
from bongsu.committee.regions.table import Households, Table, TableError

Layout = Literal["plain", "long", "oecd", "icio", "wiod", "pymrio"]

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
#: Usual names of the columns of a long table: row, column, value.
_LONG = (
    ("prd_use", "prd_ava", "prod_na", "ind_ava", "t_rows2", "row", "from", "input"),
    ("ind_use", "induse", "prd_use2", "t_cols2", "column", "col", "to"),
    ("values", "obs_value", "value"),
)
_TOTAL_USE = r"^(total[ _]uses?.*|tu|output.*|p1|total output|gross output|go|total use)$"
_FINAL = r"(total )?final( demand| use| uses)?|tfu|tfd|fd"
_HOUSEHOLDS = r"(^|_)hfce$|^p3_s14$|household|private consumption|cons_h"


def read_table(
    path: str | Path,
    layout: Layout | None = None,
    *,
    country: str | None = None,
    rows: Mapping[str, str] | None = None,
    columns: tuple[str, str, str] | None = None,
    households: str | None = None,
    propensity: float | None = None,
    where: Mapping[str, str] | None = None,
    name: str = "",
) -> Table:
    """The symmetric table in a file or folder.

    Args:
        layout: None = recognised by its marks.
        country: to cut out of a table of several countries; None keeps the whole world (``pymrio``, ``icio``).
        rows: names of rows where they are not recognised, such as ``{"value_added": "GVA at factor cost"}``.
        columns: row, column and value in a long table; where: columns and values that single out one table in it.
        households: column of household consumption; propensity: share of labour income that households spend. With it the table
        can be closed.

    Raises:
        TableError: the file does not have the layout; the message says what was looked for.
    """
    place = Path(path)
    if not place.exists():
        raise TableError(f"there is no file or folder {place}")
    kind = layout or _recognised(place)
    title = name or place.stem
    if kind == "pymrio":
        return _pymrio(place, country, title)
    if kind == "long":
        return _square(_spread(place, columns, where), title, rows, households, propensity)
    grid = _grid(place)
    if kind == "oecd":
        return _oecd(grid, title, propensity)
    if kind in ("icio", "wiod"):
        return _countries(grid, country, title) if _by_country(grid) else _wiod_national(grid, title, propensity)
    if kind == "plain":
        return _square(grid, title, rows, households, propensity)
    raise TableError(f"there is no layout {kind!r}; use plain, long, oecd, icio, wiod or pymrio")


# Grids -------------------------------------------------------------------------------------------------------------------


def _grid(path: Path) -> pl.DataFrame:
    """All cells as text, without a header."""
    if path.is_dir():
        raise TableError(f"{path} is a folder; only the layout pymrio is one")
    if path.suffix.lower() in (".xlsx", ".xls", ".xlsb"):
        raise TableError(f"{path.name} is an Excel file; save the sheet with the table as CSV")
    head = path.read_bytes()[:20_000].decode("utf-8-sig", errors="replace")
    separator = max(",;\t", key=head.split("\n", 1)[0].count)
    try:
        return pl.read_csv(
            path,
            separator=separator,
            has_header=False,
            infer_schema=False,
            truncate_ragged_lines=True,
            encoding="utf8-lossy",
        ).with_columns(pl.all().str.strip_chars(" \ufeff").fill_null(""))
    except pl.exceptions.PolarsError as error:
        raise TableError(f"{path.name} cannot be read as a table: {str(error).splitlines()[0]}") from None


def _recognised(path: Path) -> Layout:
    if path.is_dir():
        return "pymrio"
    grid = _grid(path)
    header = [str(cell).lower() for cell in grid.row(0)]
    first = grid[:, 0].to_list()
    if any(re.match(r"(DOM|TTL)_", cell) for cell in first):
        return "oecd"
    if {"origin", "code"} <= set(header) or {"industrycode", "country"} <= set(header):
        return "wiod"
    labelled = {cell for cell in first[1:] if re.match(r"[A-Z][A-Z0-9]{1,3}_\w+$", cell)} & set(map(str, grid.row(0)))
    if len(labelled) > 0.5 * len(set(first[1:])) - 6 and len(labelled) > 1:
        return "icio"
    if len(header) <= 12 and any(name in ("values", "value", "obs_value") for name in header):
        return "long"
    return "plain"


def _numbers(grid: pl.DataFrame, rows: Sequence[int], columns: Sequence[int]) -> Vector:
    """A block as numbers; blank and ``-`` are zero, anything else that is no number is an error."""
    block = grid[list(rows)].select(grid.columns[j] for j in columns)
    clean = block.with_columns(pl.all().str.replace_all(r"[ \u00a0\u202f]", "").str.replace(r"^(-|\.|\.\.|:)?$", "0"))
    clean = clean.with_columns(pl.all().str.replace_all(r"^(-?\d{1,3})(?:,(\d{3}))+(\.\d+)?$", "$0"))
    numbers = clean.with_columns(pl.all().cast(pl.Float64, strict=False))
    for j, column in enumerate(numbers.columns):
        if (null := numbers[column].is_null()).any():
            i = int(null.arg_max() or 0)
            raise TableError(f"row {rows[i] + 1}, column {columns[j] + 1}: {block[column][i]!r} is not a number")
    return np.ascontiguousarray(numbers.to_numpy())


def _kind(labels: Sequence[str]) -> str:
    """What a row is by any of its labels; empty where that is not known."""
    for label in labels:
        if label.upper() in _CODES:
            return _CODES[label.upper()]
    for label in labels:
        for pattern, kind in _WORDS:
            if re.search(pattern, label.lower().replace("_", " ")) or re.search(pattern, label.lower()):
                return kind
    return ""


def _square(
    grid: pl.DataFrame,
    title: str,
    named: Mapping[str, str] | None,
    households: str | None,
    propensity: float | None,
) -> Table:
    """A table whose rows and columns share their names."""
    header = list(grid.row(0))
    cells = {j: [cell for cell in grid[1:, j].to_list() if cell] for j in range(min(8, grid.width))}
    known = {name for name in header if name}
    label = max(cells, key=lambda j: len(known & set(cells[j])))
    at = {name: i + 1 for i, name in reversed(list(enumerate(grid[1:, label].to_list()))) if name}
    texts = [j for j in cells if cells[j] and not any(_is_number(cell) for cell in cells[j])]
    columns = [
        j
        for j, name in enumerate(header)
        if name in at and j not in texts and not _kind([name]) and not re.fullmatch(r"(?i)total.*|sum", name)
    ]
    if len(columns) < 2:
        raise TableError(
            f"{title}: no column bears the name of a row; the first row must name the sectors as one of the first columns does"
        )
    sectors = [header[j] for j in columns]
    places = [at[name] for name in sectors]
    others = [i for i in range(1, grid.height) if i not in set(places)]
    found: dict[str, Vector] = {}
    kept: dict[str, int] = {}
    for i in others:
        labels = [str(grid[i, j]) for j in [label, *texts] if grid[i, j]]
        kind = next((key for key, name in (named or {}).items() if name in labels), "") or _kind(labels)
        if kind and kind not in found and not (named and kind in named and named[kind] not in labels):
            found[kind], kept[kind] = _numbers(grid, [i], columns)[0], i
    if named and (lost := [key for key in named if key not in found]):
        raise TableError(f"{title}: there is no row {named[lost[0]]!r}")
    flows = _numbers(grid, places, columns)
    output = found.pop("output", None)
    uses = [j for j, name in enumerate(header) if re.fullmatch(_TOTAL_USE, name.lower()) and j not in texts]
    total = _numbers(grid, places, uses[-1:])[:, 0] if uses else None
    if output is None and total is None:
        raise TableError(
            f"{title}: there is no row of output (Output, P1, OUTPUT, GO); name it with rows={{'output': …}}"
        )
    made = output if output is not None else total
    if made is None:
        raise TableError(
            f"{title}: there is no row of output (Output, P1, OUTPUT, GO); name it with rows={{'output': …}}"
        )
    # Final demand that is stated is taken as stated, so that a table whose uses do not add up is found out.
    stated = [
        j for j, name in enumerate(header) if re.fullmatch(_FINAL, name.lower().replace("_", " ")) and j not in texts
    ]
    final = None if total is None else total - flows.sum(axis=1)
    if stated:
        final = _numbers(grid, places, stated[:1])[:, 0]
    spend = _household_column(grid, header, places, kept, households, propensity)
    return Table.of(flows, made, sectors, found, final=final, households=spend, name=title)


def _household_column(
    grid: pl.DataFrame,
    header: Sequence[str],
    places: Sequence[int],
    kept: Mapping[str, int],
    wanted: str | None,
    propensity: float | None,
) -> Households | None:
    if propensity is None:
        return None
    found = [
        j for j, name in enumerate(header) if name == wanted or (not wanted and re.search(_HOUSEHOLDS, name.lower()))
    ]
    if not found:
        raise TableError(f"there is no column of household consumption{f' {wanted!r}' if wanted else ''}")
    column = _numbers(grid, places, [found[0]])[:, 0]
    imports, taxes = (
        float(_numbers(grid, [kept[kind]], [found[0]])[0, 0]) if kind in kept else 0.0 for kind in ("imports", "taxes")
    )
    return spent(column, imports, taxes, propensity)


def spent(domestic: Vector, imports: float, taxes: float, propensity: float) -> Households:
    """Consumption of households as a share of what they earn: propensity × its composition.

    Raises:
        TableError: the propensity is not within 0 and 1, or nothing is consumed.
    """
    if not 0.0 <= propensity <= 1.0:
        raise TableError(f"households spend between 0 and 1 of their labour income, not {propensity:g}")
    whole = float(domestic.sum()) + imports + taxes
    if whole <= 0:
        raise TableError("the column of household consumption is empty")
    return Households(domestic * (propensity / whole), imports * propensity / whole, taxes * propensity / whole)


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"-?[\d.,  ]+(e-?\d+)?", text.lower()))


def _spread(path: Path, columns: tuple[str, str, str] | None, where: Mapping[str, str] | None) -> pl.DataFrame:
    """A long table as a square grid."""
    grid = _grid(path)
    frame = grid[1:].rename(dict(zip(grid.columns, [str(cell) for cell in grid.row(0)], strict=True)))
    for column, value in (where or {}).items():
        if column not in frame.columns:
            raise TableError(f"{path.name} has no column {column!r}; it has {', '.join(frame.columns)}")
        frame = frame.filter(pl.col(column) == value)
    if columns is None:
        lower = {name.lower(): name for name in frame.columns}
        guessed = [next((lower[one] for one in known if one in lower), None) for known in _LONG]
        named = [one for one in guessed if one is not None]
        if len(named) < len(_LONG):
            raise TableError(
                f"{path.name}: name row, column and value with columns=(…); it has {', '.join(frame.columns)}"
            )
        columns = (named[0], named[1], named[2])
    if frame.is_empty():
        raise TableError(f"{path.name} has no rows with {', '.join(f'{k} = {v}' for k, v in (where or {}).items())}")
    row, column, value = columns
    if frame.select(row, column).is_duplicated().any():
        others = [name for name in frame.columns if name not in columns and frame[name].n_unique() > 1]
        raise TableError(
            f"{path.name} holds several tables: single one out with where={{column: value}}, by {', '.join(others) or 'year'}"
        )
    wide = frame.pivot(on=column, index=row, values=value).with_columns(pl.all().fill_null(""))
    head = pl.DataFrame([[""], *[[name] for name in wide.columns[1:]]], schema=wide.columns, orient="col")
    return pl.concat([head, wide])


# The OECD, WIOD, pymrio -----------------------------------------------------------------------------------------------------


def _oecd(grid: pl.DataFrame, title: str, propensity: float | None) -> Table:
    """A national table of the OECD; domestic flows are taken as published where they are, else by proportion."""
    header = list(grid.row(0))
    labels = grid[:, 0].to_list()
    prefixes = {match[1] for cell in labels if (match := re.match(r"(DOM|TTL|IMP)_", cell))}
    use = "DOM" if "DOM" in prefixes else "TTL"
    industries = [cell.removeprefix(f"{use}_") for cell in labels if cell.startswith(f"{use}_")]
    columns = [_at(header, one, title) for one in industries]
    places = [labels.index(f"{use}_{one}") for one in industries]
    flows = _numbers(grid, places, columns)
    kept = {kind: i for i, cell in reversed(list(enumerate(labels))) if (kind := _kind([cell])) and "_" not in cell[:4]}
    rows = {kind: _numbers(grid, [i], columns)[0] for kind, i in kept.items()}
    taxes = [i for i, cell in enumerate(labels) if cell.startswith(("TXS_", "TAXSUB", "TLS"))]
    if taxes:
        rows["taxes"] = _numbers(grid, taxes, columns).sum(axis=0)
    if "output" not in rows:
        raise TableError(f"{title}: there is no row OUTPUT")
    output = rows.pop("output")
    notes: tuple[str, ...] = ()
    consumed = next((j for j, cell in enumerate(header) if re.search(_HOUSEHOLDS, cell.lower())), None)
    outside = 0.0
    domestic = _numbers(grid, places, [consumed])[:, 0] if consumed is not None else None
    if use == "DOM" and "IMP" in prefixes:
        imported = [labels.index(f"IMP_{one}") for one in industries if f"IMP_{one}" in labels]
        rows["imports"] = _numbers(grid, imported, columns).sum(axis=0)
        outside = float(_numbers(grid, imported, [consumed]).sum()) if consumed is not None else 0.0
    elif use == "TTL":
        bought = next((j for j, cell in enumerate(header) if re.match(r"IMP|IMPO", cell)), None)
        sold = [j for j, cell in enumerate(header) if re.match(r"EXP|CONS_NONRES", cell)]
        if bought is None or not sold:
            raise TableError(
                f"{title}: only totals (TTL_) are given; the columns IMPO and EXPO are needed to split imports off"
            )
        imports = np.abs(_numbers(grid, places, [bought])[:, 0])
        share = import_shares(output, imports, _numbers(grid, places, sold).sum(axis=1))
        rows["imports"] = (flows * share[:, None]).sum(axis=0)
        flows = flows * (1.0 - share)[:, None]
        if domestic is not None:
            outside = float((domestic * share).sum())
            domestic = domestic * (1.0 - share)
        notes = ("imports split off in proportion: every user of a product imports the same share of it",)
    if propensity is not None and domestic is None:
        raise TableError(f"{title}: there is no column HFCE of household consumption")
    paid = float(_numbers(grid, taxes, [consumed]).sum()) if taxes and consumed is not None else 0.0
    spend = spent(domestic, outside, paid, propensity) if propensity is not None and domestic is not None else None
    return Table.of(flows, output, industries, rows, households=spend, name=title, notes=notes)


def import_shares(output: Vector, imports: Vector, exports: Vector) -> Vector:
    """Share of imports in domestic use by product: m = M / (output + M − exports), n.

    The proportionality assumption of import-flow tables; it overstates domestic multipliers where imports go to some users more
    than to others. Cut to 0 and 1 (re-exports can leave less at home than was imported).
    """
    home = output + imports - exports
    share = np.divide(imports, home, out=np.ones(len(output)), where=home > 0)
    return np.clip(share, 0.0, 1.0)


def _at(header: Sequence[str], industry: str, title: str) -> int:
    for name in (industry, f"D{industry}", industry.removeprefix("D"), f"TTL_{industry}", f"DOM_{industry}"):
        if name in header:
            return header.index(name)
    raise TableError(f"{title}: the row {industry} has no column of its name")


def _by_country(grid: pl.DataFrame) -> bool:
    header = [str(cell).lower() for cell in grid.row(0)]
    return "origin" not in header


def _wiod_national(grid: pl.DataFrame, title: str, propensity: float | None) -> Table:
    header = [cell.lower() for cell in grid.row(0)]
    code, origin = header.index("code"), header.index("origin")
    first = grid.select(pl.nth(code).alias("code"), pl.nth(origin).alias("origin"))
    home = [i for i, cell in enumerate(first["origin"]) if str(cell).lower().startswith("domestic")]
    abroad = [i for i, cell in enumerate(first["origin"]) if str(cell).lower().startswith("import")]
    if not home:
        raise TableError(f"{title}: the column Origin has no row Domestic")
    codes = [str(first["code"][i]) for i in home]
    names = [str(cell) for cell in grid.row(0)]
    columns = [_at(names, one, title) for one in codes]
    flows = _numbers(grid, home, columns)
    rows: dict[str, Vector] = {}
    at = {str(cell): i for i, cell in enumerate(first["code"]) if i not in set(home) | set(abroad)}
    for label, i in at.items():
        if (kind := _kind([label])) and kind not in rows:
            rows[kind] = _numbers(grid, [i], columns)[0]
    if "output" not in rows:
        raise TableError(f"{title}: there is no row GO of gross output")
    margins = [at[label] for label in ("IntTTM",) if label in at]
    rows["imports"] = _numbers(grid, [*abroad, *margins], columns).sum(axis=0)
    adjusted = [at[label] for label in ("EXP_adj", "PURR", "PURNR") if label in at]
    if adjusted and "taxes" in rows:
        rows["taxes"] = rows["taxes"] + _numbers(grid, adjusted, columns).sum(axis=0)
    spend = None
    if propensity is not None:
        consumed = next((j for j, cell in enumerate(header) if re.search(_HOUSEHOLDS, cell)), None)
        if consumed is None:
            raise TableError(f"{title}: there is no column CONS_h of household consumption")
        paid = float(_numbers(grid, [at["TXSP"]], [consumed])[0, 0]) if "TXSP" in at else 0.0
        bought = float(_numbers(grid, abroad, [consumed]).sum())
        spend = spent(_numbers(grid, home, [consumed])[:, 0], bought, paid, propensity)
    keep = rows["output"] > 0
    output = rows.pop("output")
    notes = ("sectors without output are left out",) if not keep.all() else ()
    if spend is not None:
        spend = Households(spend.domestic[keep], spend.imports, spend.taxes)
    return Table.of(
        flows[np.ix_(keep, keep)],
        output[keep],
        [one for one, kept in zip(codes, keep, strict=True) if kept],
        {name: row[keep] for name, row in rows.items()},
        households=spend,
        name=title,
        notes=notes,
    )


def _countries(grid: pl.DataFrame, country: str | None, title: str) -> Table:
    """A table of several countries with labels ``CAN_C27`` or ``CAN1``: one country of it, or all."""
    header = [str(cell) for cell in grid.row(0)]
    lower = [cell.lower() for cell in header]
    if "industrycode" in lower and "country" in lower:
        where, what = lower.index("country"), lower.index("industrycode")
        number = lower.index("rnr") if "rnr" in lower else None
        labels = [f"{grid[i, where]}_{grid[i, what]}" for i in range(grid.height)]
        numbered = [f"{grid[i, where]}{grid[i, number]}" for i in range(grid.height)] if number is not None else labels
    else:
        labels = [str(cell) for cell in grid[:, 0].to_list()]
        numbered = labels
    index = {name: j for j, name in enumerate(header) if name}
    pairs = [
        (i, index[name])
        for i, (label, short) in enumerate(zip(labels, numbered, strict=True))
        if i and (name := _first(index, label, short))
    ]
    pairs = [(i, j) for i, j in pairs if re.match(r"[A-Z][A-Z0-9]{1,3}_", labels[i])]
    if not pairs:
        raise TableError(f"{title}: no row COUNTRY_INDUSTRY has a column of its name")
    own = pairs if country is None else [(i, j) for i, j in pairs if labels[i].split("_", 1)[0] == country]
    if not own:
        known = sorted({labels[i].split("_", 1)[0] for i, _ in pairs})
        raise TableError(
            f"{title} has no country {country!r}; it has {', '.join(known[:12])}{' …' if len(known) > 12 else ''}"
        )
    columns = [j for _, j in own]
    flows = _numbers(grid, [i for i, _ in own], columns)
    abroad = [i for i, _ in pairs if i not in {one for one, _ in own}]
    inside = {i for i, _ in pairs}
    rows: dict[str, Vector] = {}
    for i in range(1, grid.height):
        if i in inside:
            continue
        ends = [str(grid[i, j]) for j in range(min(4, grid.width)) if grid[i, j] and not _is_number(str(grid[i, j]))]
        kind = _kind(ends)
        if kind and kind not in rows:
            rows[kind] = _numbers(grid, [i], columns)[0]
        elif kind == "taxes" and any(end.startswith("TXS_") for end in ends):
            rows[kind] = rows[kind] + _numbers(grid, [i], columns)[0]
    if "output" not in rows:
        raise TableError(f"{title}: there is no row OUT, OUTPUT or GO of gross output")
    if country is not None:
        bought = _numbers(grid, abroad, columns).sum(axis=0) if abroad else np.zeros(len(columns))
        rows["imports"] = bought
    names = [labels[i] if country is None else labels[i].split("_", 1)[1] for i, _ in own]
    output = rows.pop("output")
    keep = output > 0
    return Table.of(
        flows[np.ix_(keep, keep)],
        output[keep],
        [one for one, kept in zip(names, keep, strict=True) if kept],
        {name: row[keep] for name, row in rows.items()},
        name=title if country is None else f"{title}, {country}",
        notes=() if keep.all() else ("sectors without output are left out",),
    )


def _first(index: Mapping[str, int], *names: str) -> str | None:
    return next((name for name in names if name in index), None)


def _pymrio(folder: Path, country: str | None, title: str) -> Table:
    if not folder.is_dir():
        raise TableError(f"{folder} is not a folder; the layout pymrio is one with Z.txt or A.txt")
    matrix = next((folder / name for name in ("Z.txt", "A.txt") if (folder / name).is_file()), None)
    if matrix is None:
        raise TableError(f"{folder} has neither Z.txt nor A.txt")
    labels, values = _indexed(matrix)
    output = None
    if (folder / "x.txt").is_file():
        output = _indexed(folder / "x.txt")[1][:, 0]
    elif matrix.name == "Z.txt" and (folder / "Y.txt").is_file():
        output = values.sum(axis=1) + _indexed(folder / "Y.txt")[1].sum(axis=1)
    elif matrix.name == "Z.txt":
        raise TableError(f"{folder} needs x.txt or Y.txt: output is not in Z.txt")
    names = [f"{region}_{sector}" for region, sector in labels]
    rows = _pymrio_rows(folder, len(names))
    if matrix.name == "A.txt" and output is None:
        return Table.of_coefficients(values, None, names)
    if output is None:
        raise TableError(f"{folder} needs x.txt")
    flows = values * output if matrix.name == "A.txt" else values
    if country is None:
        return Table.of(flows, output, names, rows, name=title)
    own = np.array([region == country for region, _ in labels])
    if not own.any():
        raise TableError(
            f"{title} has no region {country!r}; it has {', '.join(dict.fromkeys(region for region, _ in labels))}"
        )
    kept = {name: row[own] for name, row in rows.items()}
    kept["imports"] = kept.get("imports", np.zeros(int(own.sum()))) + flows[np.ix_(~own, own)].sum(axis=0)
    sectors = [sector for region, sector in labels if region == country]
    return Table.of(flows[np.ix_(own, own)], output[own], sectors, kept, name=f"{title}, {country}")


def _pymrio_rows(folder: Path, size: int) -> dict[str, Vector]:
    """Value added, taxes, jobs from the extensions; several rows of one kind are added."""
    rows: dict[str, Vector] = {}
    for file in sorted(folder.glob("*/F.txt")):
        grid = _grid(file)
        head = next((i for i in range(grid.height) if any(_is_number(str(cell)) for cell in grid.row(i)[-3:])), 0)
        for i in range(head, grid.height):
            label = str(grid[i, 0])
            kind = _kind([label])
            if kind in ("value_added", "taxes", "labour_income", "jobs") and grid.width > size:
                row = _numbers(grid, [i], range(grid.width - size, grid.width))[0]
                rows[kind] = rows[kind] + row if kind in rows else row
    return rows


def _indexed(file: Path) -> tuple[list[tuple[str, str]], Vector]:
    """Two label columns and the numbers behind them, whatever the number of header rows."""
    grid = _grid(file)
    start = next((i for i in range(grid.height) if _is_number(str(grid[i, grid.width - 1]))), None)
    if start is None or grid.width < 3:
        raise TableError(f"{file.name} needs two label columns (region, sector) and numbers behind them")
    labels = list(zip(grid[start:, 0].to_list(), grid[start:, 1].to_list(), strict=True))
    return labels, _numbers(grid, range(start, grid.height), range(2, grid.width))
