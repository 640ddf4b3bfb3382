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
statcan the CSV of a download of Statistics Canada (:mod:`bongsu.committee.regions.statcan`).
pymrio  a folder with ``Z.txt`` or ``A.txt``, ``Y.txt`` and ``x.txt`` (tab-separated, two header rows, two label columns), with
        extensions in subfolders (``F.txt``).

A layout is recognised by these marks; name it where it is not. A workbook of Excel (.xlsx) is read as well, by sheet.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl

from bongsu.committee.regions import statcan
from bongsu.committee.regions.grids import (
    gathered,
    grid_of,
    is_code,
    is_number,
    kind_of,
    numbers,
    part_of,
    sheets_of,
    told,
)
from bongsu.committee.regions.leontief import Leontief, Vector
from bongsu.committee.regions.long_files import Spread, columns_of, is_long, spread_of
from bongsu.committee.regions.supply_use import SupplyUse
from bongsu.committee.regions.table import ADDED_UP, Households, Table, TableError, step_of

Layout = Literal["plain", "long", "oecd", "icio", "wiod", "pymrio", "statcan"]

_TOTAL_USE = (
    r"^(total[ _]uses?.*|tu|output.*|p1|total[ _]output.*|gross output|go|total demand.*|total commodity output|총수요계|총 ?산출.*"
    r"|gesamte verwendung.*|total des (emplois|utilisations))$"
)
_SUM = r"(?i)(sub|grand )?total.*|sum|_t|s_all"
#: What is spent ends as one of these.
_ENDS = ("value_added", "imports", "taxes")
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
    total: bool = False,
    sheet: str | None = None,
    name: str = "",
) -> Table:
    """The symmetric table in a file or folder.

    Args:
        layout: None = recognised by its marks.
        country: to cut out of a table of several countries (None keeps the whole world: ``pymrio``, ``icio``), or to take of a
        long file of several, as it writes it (``GEO``, ``geo``, ``REF_AREA``, ``COU``).
        rows: names of rows where they are not recognised, such as ``{"value_added": "GVA at factor cost"}``.
        columns: row, column and value in a long table; where: columns and values that single out one table in it.
        households: column of household consumption; propensity: share of labour income that households spend. With it the table
        can be closed.
        total: keep imported inputs among the flows, as published inverses of total requirements have them (``oecd``).
        sheet: of a workbook; None = the only one that holds a table.

    Raises:
        TableError: the file does not have the layout; the message says what was looked for.
    """
    place = Path(path)
    if not place.exists():
        raise TableError(f"there is no file or folder {place}")
    title = name or place.stem

    def read(sheet: str | None) -> Table:
        grid = None if place.is_dir() else grid_of(place, sheet)
        kind = layout or ("pymrio" if grid is None else _recognised(grid))
        if total and kind not in ("oecd", "long"):
            raise TableError(
                f"total requirements are read of tables of the OECD with rows TTL_, not of the layout {kind}"
            )
        if kind == "pymrio" or grid is None:
            return _pymrio(place, country, title)
        if kind == "statcan":
            return statcan.read_any(place, country, where)
        if kind == "long":
            spread = spread_of(grid, place.name, columns, where, country)
            if spread.layout == "plain":
                made = _square(spread.grid, title, rows, households, propensity)
            elif spread.layout == "oecd":
                made = _oecd(spread.grid, title, propensity, total)
            else:
                made = _countries(spread.grid, country, title, propensity)
            return spread.borne_out(made)
        if kind == "oecd":
            return _oecd(grid, title, propensity, total)
        if kind in ("icio", "wiod"):
            return (
                _countries(grid, country, title, propensity)
                if _by_country(grid)
                else _wiod_national(grid, title, propensity)
            )
        if kind == "plain":
            return _square(grid, title, rows, households, propensity)
        raise TableError(f"there is no layout {kind!r}; use plain, long, oecd, icio, wiod, pymrio or statcan")

    if sheet is None and len(sheets := sheets_of(place)) > 1:
        return _only_one(place, sheets, read)
    return read(sheet)


def _only_one(path: Path, names: Sequence[str], read: Callable[[str], Table]) -> Table:
    """The table of the only sheet of a workbook that can be read as one.

    Raises:
        TableError: none can, or several.
    """
    good, said = {}, {}
    for name in names:
        try:
            good[name] = read(name)
        except TableError as error:
            said[name] = str(error)
    if len(good) == 1:
        return next(iter(good.values()))
    if good:
        raise TableError(f"{path.name} holds several tables: name the sheet, {', '.join(good)}")
    raise TableError(
        f"{path.name}: no sheet holds a table; {'; '.join(f'{name}: {why}' for name, why in list(said.items())[:3])}"
    )


def _recognised(grid: pl.DataFrame) -> Layout:
    header = [str(cell).lower() for cell in grid.row(0)]
    first = grid[:, 0].to_list()
    if {"ref_date", "geo", "value"} <= set(header):
        return "statcan"
    if is_long(grid):
        return "long"
    if any(re.match(r"(DOM|TTL)_", cell) for cell in first):
        return "oecd"
    if {"origin", "code"} <= set(header) or {"industrycode", "country"} <= set(header):
        return "wiod"
    labelled = {cell for cell in first[1:] if re.match(r"[A-Z][A-Z0-9]{1,3}_\w+$", cell)} & set(map(str, grid.row(0)))
    if len(labelled) > 0.5 * len(set(first[1:])) - 6 and len(labelled) > 1:
        return "icio"
    return "plain"


def _square(
    grid: pl.DataFrame,
    title: str,
    named: Mapping[str, str] | None,
    households: str | None,
    propensity: float | None,
) -> Table:
    """A table whose rows and columns share their names."""
    grid, label = _headed(grid)
    header = list(grid.row(0))
    cells = {j: [cell for cell in grid[1:, j].to_list() if cell] for j in range(min(8, grid.width))}
    at = {name: i + 1 for i, name in reversed(list(enumerate(grid[1:, label].to_list()))) if name}
    texts = [j for j in cells if cells[j] and not any(is_number(cell) for cell in cells[j])]
    sums = {name for name, i in at.items() if any(re.fullmatch(_SUM, grid[i, j] or "") for j in {label, *texts})}
    shared = [name for name in header if name in at and name not in sums]
    # A name that could be that of a row below (P1, Import trade) is a sector where sectors stand behind it, both down and across.
    plain = [name for name in shared if not kind_of([name])]
    last = max((at[name] for name in plain), default=0)
    edge = max((header.index(name) for name in plain), default=0)
    sector = {
        name
        for name in shared
        if not kind_of([name]) or (at[name] < last and (is_code(name) or header.index(name) < edge))
    }
    columns = [j for j, name in enumerate(header) if name in sector and j not in texts]
    notes: tuple[str, ...] = ()
    if len(columns) < 2:
        columns = _in_order(grid, header, label)
        at = {header[j]: i + 1 for i, j in enumerate(columns)}
        notes = ("rows and columns have different names: the columns are taken in the order of the rows",)
    if len(columns) < 2:
        raise TableError(
            f"{title}: no column bears the name of a row; the first row must name the sectors as one of the first columns does"
        )
    sectors = [header[j] for j in columns]
    places = [at[name] for name in sectors]
    others = [i for i in range(1, grid.height) if i not in set(places)]
    found: dict[str, Vector] = {}
    kept: dict[str, int] = {}
    parts: dict[str, Vector] = {}
    for i in others:
        labels = [str(grid[i, j]) for j in [label, *texts] if grid[i, j]]
        kind, into = told(labels, found, parts)
        if own := next((key for key, name in (named or {}).items() if name in labels), ""):
            kind, into = own, found
        if kind and not (named and kind in named and named[kind] not in labels):
            values = numbers(grid, [i], columns)[0]
            into[kind] = into[kind] + values if kind in into else values
            kept.setdefault(kind, i)
    found = gathered(found, parts)
    if named and (lost := [key for key in named if key not in found]):
        raise TableError(f"{title}: there is no row {named[lost[0]]!r}")
    flows = numbers(grid, places, columns)
    output = found.pop("output", None)
    uses = [j for j, name in enumerate(header) if re.fullmatch(_TOTAL_USE, name.lower()) and j not in texts]
    total = numbers(grid, places, uses[-1:])[:, 0] if uses else None
    made = output if output is not None else total
    if made is None:
        whole = [
            j for j, name in enumerate(header) if name.lower() in ("final demand", "final", "fd") and j not in texts
        ]
        finals = whole[:1] or [j for j in range(max(columns) + 1, grid.width) if _is_use(header[j])]
        made = _added_up(flows, found, numbers(grid, places, finals), [header[j] for j in finals], title)
        total = made if finals else None
        notes = (*notes, ADDED_UP)
    # Final demand that is stated is taken as stated, so that a table whose uses do not add up is found out.
    stated = [
        j for j, name in enumerate(header) if re.fullmatch(_FINAL, name.lower().replace("_", " ")) and j not in texts
    ]
    final = None if total is None else total - flows.sum(axis=1)
    if stated:
        final = numbers(grid, places, stated[:1])[:, 0]
        if np.allclose(final, made, rtol=2e-3) and not np.allclose(final, made - flows.sum(axis=1), rtol=2e-3):
            # Some offices head the column of all uses so.
            final = final - flows.sum(axis=1)
            notes = (*notes, f"the column {header[stated[0]]!r} holds all uses, not final ones, and was taken so")
    spend = _household_column(grid, header, places, kept, households, propensity)
    return Table.of(flows, made, sectors, found, final=final, households=spend, name=title, notes=notes)


def _headed(grid: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """The grid from its row of names on, and the column of names: the two of the first lines that share most names.

    A title, a unit or a second line of names may stand above; where nothing is shared, all is left as it is.
    """
    best, row, column = 1, 0, 0
    for i in range(min(60, grid.height - 1)):
        known = {cell for cell in grid.row(i) if cell and not is_number(cell)}
        for j in range(min(8, grid.width)):
            if (shared := len(known & set(grid[i + 1 :, j].to_list()))) > best:
                best, row, column = shared, i, j
    return grid[row:], column


def _is_use(name: str) -> bool:
    """Whether a column behind the square is a use of its own, and no sum."""
    low = name.lower()
    return bool(name) and not re.search(
        rf"intermediate|total|^sum$|계$|^_t$|^s_all$|^ti$|^(?:{_FINAL})$|{_TOTAL_USE}", low
    )


def _added_up(flows: Vector, rows: Mapping[str, Vector], finals: Vector, names: Sequence[str], title: str) -> Vector:
    """Output of a table without totals: all inputs, or all uses; where both can be had, they must agree to 0.2 %.

    Raises:
        TableError: neither can be had, or they differ.
    """
    away = [
        -1.0 if kind_of([name]) == "imports" and column.sum() > 0 else 1.0
        for name, column in zip(names, finals.T, strict=True)
    ]
    uses = flows.sum(axis=1) + finals @ np.array(away) if names else None
    inputs = None
    if "value_added" in rows:
        inputs = flows.sum(axis=0) + sum((rows[name] for name in _ENDS if name in rows), np.zeros(len(flows)))
    if inputs is None and uses is None:
        raise TableError(
            f"{title}: there is no row of output (Output, P1, OUTPUT, GO), and no value added or final use to add it up from; "
            "name it with rows={'output': …}"
        )
    if inputs is not None and uses is not None:
        worst = int(np.argmax(np.abs(inputs - uses) / np.maximum(np.abs(uses), 1e-12)))
        if abs(inputs[worst] - uses[worst]) > 0.002 * abs(uses[worst]):
            raise TableError(
                f"{title}: there is no row of output, and it cannot be added up: inputs and value added of column {worst + 1} are "
                f"{inputs[worst]:,.6g}, its uses {uses[worst]:,.6g}; add the row Output"
            )
    return np.asarray(uses if uses is not None else inputs, dtype=np.float64)


def _in_order(grid: pl.DataFrame, header: Sequence[str], label: int) -> list[int]:
    """Columns of the square where rows and columns have different names: as many as rows before the total, before the total."""
    sums = [i for i, name in enumerate(grid[1:, label].to_list()) if re.fullmatch(_SUM, name) or kind_of([name])]
    totals = [j for j, name in enumerate(header) if re.fullmatch(_SUM, name)]
    if not sums or not totals or totals[0] - sums[0] < 1:
        return []
    return list(range(totals[0] - sums[0], totals[0]))


def _consumed(name: str) -> bool:
    return bool(re.search(_HOUSEHOLDS, name.lower()))


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
    column = numbers(grid, places, [found[0]])[:, 0]
    imports, taxes = (
        float(numbers(grid, [kept[kind]], [found[0]])[0, 0]) if kind in kept else 0.0 for kind in ("imports", "taxes")
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


def read_squares(
    use: str | Path,
    supply: str | Path,
    sheet: str | None = None,
    country: str | None = None,
    where: Mapping[str, str] | None = None,
) -> SupplyUse:
    """Supply and use from two files, products down and industries across, each with their names.

    Titles and a second line or column of names may stand beside them; those are taken that the two share. Rows of the use table
    below the products are told by their names, as in the layout ``plain``; its columns other than the industries and sums are
    final demand. A supply table with industries down (a make table) is turned. Imports by product in a column of the supply
    table are split off in proportion, and a note says so.

    Args:
        sheet: of the use table, where it is a workbook; None = the first that is named Use, and for supply Supply or Make.
        country, where: what single tables out of long files (Eurostat ``naio_10_cp15``, ``naio_10_cp16``), as in
        :func:`read_table`; a column that only one of the two has is looked for in that one.

    Raises:
        TableError: the two share no names of products or of industries.
    """
    chosen = (country, where or {})
    used_grid = _part_grid(Path(use), r"\buse|verwendung|사용", chosen, sheet)
    made_grid = _part_grid(Path(supply), r"supply|make|공급", chosen)
    used, made, alike = _matched(used_grid.grid, made_grid.grid)
    plain = [name for name in made.rows if not _told(name)]
    products = [name for name in plain if name in used.rows]
    industries = [name for name in made.columns if name in used.columns and not _told(name)]
    for what, shared in (("products (first column)", products), ("industries (first row)", industries)):
        if len(shared) < 2:
            raise TableError(f"{Path(use).name} and {Path(supply).name} share no names of {what}")
    if lost := [name for name in plain if name not in used.rows]:
        raise TableError(f"{Path(use).name} has no row of the product {lost[0]!r} of {Path(supply).name}")
    s, u = made.block(products, industries), used.block(products, industries)
    rows: dict[str, Vector] = {}
    parts: dict[str, Vector] = {}
    for name in used.rows:
        kind, into = told([name], rows, parts)
        if kind and name not in products:
            values = used.block([name], industries)[0]
            into[kind] = into[kind] + values if kind in into else values
    rows = gathered(rows, parts)
    rows.pop("output", None)
    finals = [
        name
        for name in used.columns
        if name not in industries and not re.fullmatch(f"{_SUM}|{_TOTAL_USE}", name.lower()) and not kind_of([name])
    ]
    demand = used.block(products, finals).sum(axis=1) if finals else None
    notes: tuple[str, ...] = ()
    if alike and demand is not None:
        # With the same names both ways only the sums tell a make table (industries down) from a supply table.
        wanted = u.sum(axis=1) + demand
        if np.abs(s.sum(axis=0) - wanted).sum() < 0.5 * np.abs(s.sum(axis=1) - wanted).sum():
            s = s.T
            notes = ("the supply table was turned: its columns, not its rows, add up to what is used of the products",)
    bought = [name for name in made.columns if name not in industries and kind_of([name]) == "imports"]
    if bought:
        if demand is None:
            raise TableError(f"{Path(use).name} needs columns of final demand: {bought[0]} can't be split off without")
        sold = [name for name in finals if re.search(r"(?i)export", name)]
        abroad = used.block(products, sold).sum(axis=1) if sold else np.zeros(len(products))
        home = u.sum(axis=1) + demand - abroad
        imports = made.block(products, bought).sum(axis=1)
        share = np.clip(np.divide(imports, home, out=np.zeros(len(products)), where=home > 0), 0.0, 1.0)
        rows["imports"] = (u * share[:, None]).sum(axis=0)
        u, demand = u * (1.0 - share)[:, None], (demand - abroad) * (1.0 - share) + abroad
        notes = (*notes, "imports split off in proportion: every user of a product imports the same share of it")
    found = SupplyUse.of(u, s, products, industries, rows, final=demand, name=Path(use).stem, notes=notes)
    if hidden := used_grid.hidden + made_grid.hidden:
        kept = Spread(used.grid, "plain", hidden).borne_out(found.symmetric("D"))
        found = replace(found, notes=(kept.notes[0], *found.notes))
    return found


def _told(name: str) -> bool:
    """Whether a row or column is a sum or a total by its name; P1 may be a product."""
    return bool(re.fullmatch(_SUM, name)) or bool(kind_of([name]) and not is_code(name))


@dataclass(frozen=True)
class _Named:
    """A grid with names of rows and columns; the first of equal names counts."""

    grid: pl.DataFrame
    rows: Mapping[str, int]
    columns: Mapping[str, int]

    def block(self, rows: Sequence[str], columns: Sequence[str]) -> Vector:
        return numbers(self.grid, [self.rows[name] for name in rows], [self.columns[name] for name in columns])

    def turned(self) -> _Named:
        return _Named(self.grid.transpose(), self.columns, self.rows)


def _part_grid(
    path: Path, named: str, chosen: tuple[str | None, Mapping[str, str]], sheet: str | None = None
) -> Spread:
    """The grid of a supply or use table; of a workbook the sheet asked for, or the first with such a name."""
    if not path.is_file():
        raise TableError(f"there is no file {path}")
    if sheet is None:
        sheet = next((one for one in sheets_of(path) if re.search(named, one.lower())), None)
    grid = grid_of(path, sheet)
    if not is_long(grid):
        return Spread(grid, "plain")
    country, where = chosen
    there = columns_of(grid)
    return spread_of(grid, path.name, None, {k: v for k, v in where.items() if k.lower() in there}, country)


def _matched(used: pl.DataFrame, made: pl.DataFrame) -> tuple[_Named, _Named, bool]:
    """Use and supply by the lines of names that they share most of, and whether products and industries have the same names."""
    down_used, down_made = _lines(used, down=True), _lines(made, down=True)
    across_used, across_made = _lines(used, down=False), _lines(made, down=False)

    def best(one: Mapping[int, set[str]], other: Mapping[int, set[str]]) -> tuple[int, int, int]:
        pairs = [(len(one[i] & other[j]), -i, -j) for i in one for j in other]
        count, i, j = max(pairs, default=(0, 0, 0))
        return count, -i, -j

    straight = best(down_used, down_made), best(across_used, across_made)
    turned = best(down_used, across_made), best(across_used, down_made)
    if turned[0][0] * turned[1][0] > straight[0][0] * straight[1][0]:
        (_, label, row_made), (_, row, label_made) = turned
        other = _named(made, row_made, label_made).turned()
    else:
        (_, label, label_made), (_, row, row_made) = straight
        other = _named(made, row_made, label_made)
    own = _named(used, row, label)
    both = set(other.rows) & set(own.rows)
    return own, other, len(both) > 1 and both <= set(own.columns)


def _lines(grid: pl.DataFrame, *, down: bool) -> dict[int, set[str]]:
    """Names in each of the first columns (down) or rows of a grid, without numbers."""
    cells = (
        {j: grid[:, j].to_list() for j in range(min(6, grid.width))}
        if down
        else {i: list(grid.row(i)) for i in range(min(15, grid.height))}
    )
    return {
        at: {cell for cell in line if cell and (not is_number(cell) or cell.isdigit())} for at, line in cells.items()
    }


def _named(grid: pl.DataFrame, row: int, label: int) -> _Named:
    rows = {name: i for i, name in reversed(list(enumerate(grid[:, label].to_list()))) if i > row and name}
    columns = {
        name: j
        for j, name in reversed(list(enumerate(grid.row(row))))
        if j > label and name and any(is_number(cell) for cell in grid[row + 1 :, j])
    }
    # A row below the products may have its name in the next column (codes stand in the first).
    for j in range(min(4, grid.width)):
        for i, cell in enumerate(grid[:, j].to_list()):
            if i > row and cell and cell not in rows and not is_number(cell) and i not in set(rows.values()):
                rows[cell] = i
    return _Named(
        grid, dict(sorted(rows.items(), key=lambda one: one[1])), dict(sorted(columns.items(), key=lambda one: one[1]))
    )


# The OECD, WIOD, pymrio -----------------------------------------------------------------------------------------------------


def _oecd(grid: pl.DataFrame, title: str, propensity: float | None, whole: bool = False) -> Table:
    """A national table of the OECD; domestic flows are taken as published where they are, else by proportion.

    With ``whole`` the imported inputs stay among the flows, as in a published total inverse.
    """
    header = list(grid.row(0))
    labels = grid[:, 0].to_list()
    prefixes = {match[1] for cell in labels if (match := re.match(r"(DOM|TTL|IMP)_(?!INT_)", cell))}
    if whole and "TTL" not in prefixes:
        raise TableError(f"{title} has no rows TTL_ of domestic and imported inputs together; leave out --total")
    use = "DOM" if "DOM" in prefixes and not whole else "TTL"
    # TTL_INT_FNL and its like are sums of the rows above.
    named = [cell.removeprefix(f"{use}_") for cell in labels if cell.startswith(f"{use}_")]
    industries = [one for one in named if not re.match(r"INT_|TOTAL|T$", one)]
    columns = [_at(header, one, title) for one in industries]
    places = [labels.index(f"{use}_{one}") for one in industries]
    flows = numbers(grid, places, columns)
    step = step_of(flows)
    kept = {
        kind: i for i, cell in reversed(list(enumerate(labels))) if (kind := kind_of([cell])) and "_" not in cell[:4]
    }
    rows = {kind: numbers(grid, [i], columns)[0] for kind, i in kept.items()}
    taxes = [i for i, cell in enumerate(labels) if cell.startswith(("TXS_", "TAXSUB", "TLS"))]
    if taxes:
        rows["taxes"] = numbers(grid, taxes, columns).sum(axis=0)
    if "output" not in rows:
        raise TableError(f"{title}: there is no row OUTPUT")
    output = rows.pop("output")
    notes: tuple[str, ...] = ()
    consumed = next((j for j, cell in enumerate(header) if re.search(_HOUSEHOLDS, cell.lower())), None)
    outside = 0.0
    domestic = numbers(grid, places, [consumed])[:, 0] if consumed is not None else None
    if use == "DOM" and "IMP" in prefixes:
        imported = [labels.index(f"IMP_{one}") for one in industries if f"IMP_{one}" in labels]
        rows["imports"] = numbers(grid, imported, columns).sum(axis=0)
        outside = float(numbers(grid, imported, [consumed]).sum()) if consumed is not None else 0.0
    elif use == "DOM" and {"taxes", "value_added"} <= set(rows):
        rows["imports"] = output - flows.sum(axis=0) - rows["taxes"] - rows["value_added"]
        notes = ("imports are what domestic inputs, taxes and value added leave of output",)
    elif whole:
        notes = ("imported inputs are counted as if they were made at home: multipliers are of total requirements",)
        # What is not made here at all has no inputs of its own to count.
        here = output > 0
        rows["imports"] = flows[~here].sum(axis=0)
        flows = flows * here[:, None]
        domestic = domestic * here if domestic is not None else None
    elif use == "TTL":
        bought = next((j for j, cell in enumerate(header) if re.match(r"IMP|IMPO", cell)), None)
        sold = [j for j, cell in enumerate(header) if re.match(r"EXP|CONS_NONRES", cell)]
        if bought is None or not sold:
            raise TableError(
                f"{title}: only totals (TTL_) are given; the columns IMPO and EXPO are needed to split imports off"
            )
        imports = np.abs(numbers(grid, places, [bought])[:, 0])
        share = import_shares(output, imports, numbers(grid, places, sold).sum(axis=1))
        rows["imports"] = (flows * share[:, None]).sum(axis=0)
        flows = flows * (1.0 - share)[:, None]
        if domestic is not None:
            outside = float((domestic * share).sum())
            domestic = domestic * (1.0 - share)
        notes = ("imports split off in proportion: every user of a product imports the same share of it",)
    if propensity is not None and domestic is None:
        raise TableError(f"{title}: there is no column HFCE of household consumption")
    paid = float(numbers(grid, taxes, [consumed]).sum()) if taxes and consumed is not None else 0.0
    spend = spent(domestic, outside, paid, propensity) if propensity is not None and domestic is not None else None
    return Table.of(flows, output, industries, rows, households=spend, name=title, notes=notes, step=step)


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
    flows = numbers(grid, home, columns)
    rows: dict[str, Vector] = {}
    at = {str(cell): i for i, cell in enumerate(first["code"]) if i not in set(home) | set(abroad)}
    for label, i in at.items():
        if (kind := kind_of([label])) and kind not in rows:
            rows[kind] = numbers(grid, [i], columns)[0]
    if "output" not in rows:
        raise TableError(f"{title}: there is no row GO of gross output")
    margins = [at[label] for label in ("IntTTM",) if label in at]
    rows["imports"] = numbers(grid, [*abroad, *margins], columns).sum(axis=0)
    adjusted = [at[label] for label in ("EXP_adj", "PURR", "PURNR") if label in at]
    if adjusted and "taxes" in rows:
        rows["taxes"] = rows["taxes"] + numbers(grid, adjusted, columns).sum(axis=0)
    spend = None
    if propensity is not None:
        consumed = next((j for j, cell in enumerate(header) if re.search(_HOUSEHOLDS, cell)), None)
        if consumed is None:
            raise TableError(f"{title}: there is no column CONS_h of household consumption")
        paid = float(numbers(grid, [at["TXSP"]], [consumed])[0, 0]) if "TXSP" in at else 0.0
        bought = float(numbers(grid, abroad, [consumed]).sum())
        spend = spent(numbers(grid, home, [consumed])[:, 0], bought, paid, propensity)
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


def _countries(grid: pl.DataFrame, country: str | None, title: str, propensity: float | None = None) -> Table:
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
    flows = numbers(grid, [i for i, _ in own], columns)
    abroad = [i for i, _ in pairs if i not in {one for one, _ in own}]
    inside = {i for i, _ in pairs}
    rows: dict[str, Vector] = {}
    parts: dict[str, Vector] = {}
    duties: list[int] = []
    for i in range(1, grid.height):
        if i in inside:
            continue
        ends = [str(grid[i, j]) for j in range(min(4, grid.width)) if grid[i, j] and not is_number(str(grid[i, j]))]
        bare = [_without_country(end) for end in ends]
        kind, into = told(bare, rows, parts)
        if kind_of(bare) == "taxes":
            duties.append(i)
        if kind:
            values = numbers(grid, [i], columns)[0]
            into[kind] = into[kind] + values if kind in into else values
        elif kind_of(bare) == "taxes" and (bare != ends or any(end.startswith("TXS_") for end in ends)):
            # A row for each country or for each origin of the products.
            rows["taxes"] = rows["taxes"] + numbers(grid, [i], columns)[0]
    rows = gathered(rows, parts)
    notes: tuple[str, ...] = ()
    if "output" not in rows:
        # FIGARO has no row of output: every use of a product, here or abroad, is in its row.
        whole = [j for j, cell in enumerate(lower) if j and re.fullmatch(rf"{_TOTAL_USE}|total", cell)]
        every = whole[:1] or [j for j, cell in enumerate(header) if j and re.match(r"[A-Z][A-Z0-9]{1,3}_", cell)]
        if whole or set(every) - {j for _, j in pairs}:
            rows["output"] = numbers(grid, [i for i, _ in own], every).sum(axis=1)
            notes = ("output is added up from all uses, as the table holds no row of it",)
    if "output" not in rows:
        raise TableError(f"{title}: there is no row OUT, OUTPUT or GO of gross output")
    if country is not None:
        bought = numbers(grid, abroad, columns).sum(axis=0) if abroad else np.zeros(len(columns))
        rows["imports"] = bought
    spend = None
    if propensity is not None and country is not None:
        consumed = next(
            (j for j, cell in enumerate(header) if cell.startswith(f"{country}_") and _consumed(cell.split("_", 1)[1])),
            None,
        )
        if consumed is None:
            raise TableError(f"{title}: there is no column of household consumption of {country} ({country}_HFCE)")
        spend = spent(
            numbers(grid, [i for i, _ in own], [consumed])[:, 0],
            float(numbers(grid, abroad, [consumed]).sum()) if abroad else 0.0,
            float(numbers(grid, duties, [consumed]).sum()) if duties else 0.0,
            propensity,
        )
    names = [labels[i] if country is None else labels[i].split("_", 1)[1] for i, _ in own]
    output = rows.pop("output")
    keep = output > 0
    if not keep.any():
        other = sorted(
            {labels[i].split("_", 1)[0] for i, _ in pairs if labels[i][0] == (country or " ")[0]} - {country}
        )
        raise TableError(
            f"{title}: no sector of {country or 'the table'} has output; the country may be split into others, such as "
            f"{', '.join(other[:4]) or 'CN1'}"
        )
    if spend is not None:
        spend = Households(spend.domestic[keep], spend.imports, spend.taxes)
    return Table.of(
        flows[np.ix_(keep, keep)],
        output[keep],
        [one for one, kept in zip(names, keep, strict=True) if kept],
        {name: row[keep] for name, row in rows.items()},
        households=spend,
        name=title if country is None else f"{title}, {country}",
        notes=notes if keep.all() else (*notes, "sectors without output are left out"),
    )


def _without_country(label: str) -> str:
    """The code of a row without the country before it: ``AUS_TAXSUB``, ``W2_D21X31``."""
    bare = re.sub(r"^[A-Z][A-Z0-9]{1,3}_", "", label)
    return bare if is_code(bare) else label


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
    elif (folder / "Y.txt").is_file():
        # x = A x + Y: what final demand takes in all rounds.
        output = Leontief(values, np.ones(len(values))).solve(_indexed(folder / "Y.txt")[1].sum(axis=1)).x
    names = [f"{region}_{sector}" for region, sector in labels]
    rows = _pymrio_rows(folder, len(names))
    notes: tuple[str, ...] = ()
    if output is None:
        # Without outputs all are taken as one: coefficients are the same, totals of extensions cannot be set against them.
        output = np.ones(len(values))
        if rows:
            notes = (
                f"{', '.join(rows)} are left out: they are totals, and the folder has neither x.txt nor Y.txt for output",
            )
            rows = {}
    flows = values * output if matrix.name == "A.txt" else values
    if country is None:
        return Table.of(flows, output, names, rows, name=title, notes=notes)
    own = np.array([region == country for region, _ in labels])
    if not own.any():
        raise TableError(
            f"{title} has no region {country!r}; it has {', '.join(dict.fromkeys(region for region, _ in labels))}"
        )
    kept = {name: row[own] for name, row in rows.items()}
    kept["imports"] = kept.get("imports", np.zeros(int(own.sum()))) + flows[np.ix_(~own, own)].sum(axis=0)
    sectors = [sector for region, sector in labels if region == country]
    return Table.of(flows[np.ix_(own, own)], output[own], sectors, kept, name=f"{title}, {country}", notes=notes)


def _pymrio_rows(folder: Path, size: int) -> dict[str, Vector]:
    """Value added, taxes, jobs from the extensions; several rows of one kind are added."""
    rows: dict[str, Vector] = {}
    parts: dict[str, Vector] = {}
    for file in sorted(folder.glob("*/F.txt")):
        grid = grid_of(file)
        head = next((i for i in range(grid.height) if any(is_number(str(cell)) for cell in grid.row(i)[-3:])), 0)
        for i in range(head, grid.height):
            label = str(grid[i, 0])
            kind = kind_of([label])
            into = rows if kind in ("value_added", "taxes", "labour_income", "jobs") else parts
            kind = kind if into is rows else part_of([label])
            if kind and grid.width > size:
                row = numbers(grid, [i], range(grid.width - size, grid.width))[0]
                into[kind] = into[kind] + row if kind in into else row
    return gathered(rows, parts)


def _indexed(file: Path) -> tuple[list[tuple[str, str]], Vector]:
    """Two label columns and the numbers behind them, whatever the number of header rows."""
    grid = grid_of(file)
    start = next((i for i in range(grid.height) if is_number(str(grid[i, grid.width - 1]))), None)
    if start is None or grid.width < 3:
        raise TableError(f"{file.name} needs two label columns (region, sector) and numbers behind them")
    labels = list(zip(grid[start:, 0].to_list(), grid[start:, 1].to_list(), strict=True))
    return labels, numbers(grid, range(start, grid.height), range(2, grid.width))
