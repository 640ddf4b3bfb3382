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
from bongsu.committee.regions.workbook import sheet_names, sheet_of

#: What a row is by the codes of ESA 2010, the OECD, WIOD and the BEA, then by words in its name. The first that fits counts.
_CODES: Mapping[str, str] = {
    "P1": "output", "OUTPUT": "output", "OUT": "output", "GO": "output", "P7": "imports", "IMP": "imports",
    "B1G": "value_added", "VALU": "value_added", "VA": "value_added", "D21X31": "taxes", "D21_M_D31": "taxes", "D21": "taxes",
    "TAXSUB": "taxes", "TLS": "taxes", "TXSP": "taxes", "TXS_INT_FNL": "taxes", "TXS_IMP_FNL": "taxes", "D1": "labour_income",
    "LABR": "labour_income", "V001": "labour_income", "EMP": "jobs", "EMPN": "jobs", "EMP_DC": "jobs",
}  # fmt: skip
_WORDS: tuple[tuple[str, str], ...] = (
    (r"(intermediate|total).*(consumption|use|inputs)|other net taxes|taxes.*production(?!.*products)", ""),
    (r"^(?!수입).*중간투입|기타 ?생산세", ""),
    (r"^(total )?(gross )?output\b|^output_bp|^total (industry |commodity |product )?output|^output$|^xout", "output"),
    (r"^총 ?투입|^총 ?산출|^production (totale|au prix de base)|^produktionswert|^bruttoproduktion", "output"),
    (r"import|^수입", "imports"),
    (r"(net_tax|tax(es)?\b.*product|taxes less subsidies|product tax)", "taxes"),
    (r"생산물세|^imp[oô]ts.*produits|^gütersteuern", "taxes"),
    (r"compensation|labou?r income|wages and salaries", "labour_income"),
    (r"^피용자 ?보수|^r[ée]mun[ée]ration des salari|^arbeitnehmerentgelt", "labour_income"),
    (r"value[ _]added|\bgva\b|gross domestic product|\bgdp\b", "value_added"),
    (r"^총? ?부가가치|^valeur ajout[ée]e|wertschöpfung", "value_added"),
    (r"employment.*total|total employment|^employment$|^employment *[(,:].*|\bjobs\b|persons employed", "jobs"),
    (r"^number of (employees|workers|persons)|^취업자|^고용|^emplois?\b|^erwerbstätige", "jobs"),
)
#: Parts of what a row of its own may give: of labour income, of taxes on products, and of value added.
_PART_CODES: Mapping[str, str] = {
    "D11": "wages", "D12": "contributions", "D29X39": "other_taxes", "D29_M_D39": "other_taxes", "D29-D39": "other_taxes",
    "D29": "other_taxes", "D39": "other_subsidies", "D31": "product_subsidies", "OTXS": "other_taxes", "V002": "other_taxes",
    "B2A3G": "gross_surplus", "B2G_B3G": "gross_surplus", "GOPS": "gross_surplus", "V003": "gross_surplus",
    "B2A3N": "net_surplus", "B2N_B3N": "net_surplus", "P51C": "depreciation", "K1": "depreciation",
}  # fmt: skip
_PART_WORDS: tuple[tuple[str, str], ...] = (
    (r"^(other )?subsid\w* on products?\b", "product_subsidies"),
    (r"^(other )?subsid\w* on production", "other_subsidies"),
    (r"taxes.*production|기타 ?생산세|other net taxes", "other_taxes"),
    (r"^wages|^salaries", "wages"),
    (r"^(?!compensation).*(social contributions|supplementary labou?r income)", "contributions"),
    (r"consumption of fixed capital|depreciation|고정자본 ?소모", "depreciation"),
    (r"^net\b.*(surplus|mixed)|surplus,? net", "net_surplus"),
    (r"gross.*surplus|surplus.*gross", "gross_surplus"),
    (r"operating surplus|^영업 ?잉여", "net_surplus"),
    (r"mixed income", "mixed_income"),
)
#: Sheets of a workbook that hold what follows from a table, and none themselves.
_DERIVED = r"(?i)inverse|leontief|coefficient|multiplier|contents|notes?$|cover|유발|계수"
_XLSX = (".xlsx", ".xlsm")


def sheets_of(path: Path) -> list[str]:
    """Sheets of a workbook that may hold a table; none where the file is no workbook."""
    if path.suffix.lower() not in _XLSX:
        return []
    names = sheet_names(path)
    return [name for name in names if not re.search(_DERIVED, name)] or names


def grid_of(path: Path, sheet: str | None = None) -> pl.DataFrame:
    """All cells as text, without a header; short lines (titles above the table) are filled up with blanks.

    Args:
        sheet: of a workbook of Excel; None = the first that may hold a table.

    Raises:
        TableError: it is a folder, an old file of Excel, or no table of text.
    """
    if path.is_dir():
        raise TableError(f"{path} is a folder; only the layout pymrio is one")
    if path.suffix.lower() in _XLSX:
        names = sheets_of(path)
        rows = sheet_of(path, sheet if sheet is not None else names[0] if names else "")
        return _filled(rows, path).with_columns(pl.all().str.strip_chars())
    if path.suffix.lower() in (".xls", ".xlsb", ".ods"):
        raise TableError(f"{path.name} cannot be read; save the workbook as .xlsx, or the sheet with the table as CSV")
    if sheet is not None:
        raise TableError(f"{path.name} is no workbook, so it has no sheet {sheet!r}")
    text = _recoded(path)
    head = (text[:200_000] if text is not None else path.read_bytes()[:200_000].decode("utf-8-sig", "replace")).split(
        "\n"
    )[:60]
    separator = _separator(head)
    if any(line.count(separator) > head[0].count(separator) for line in head):
        whole = text if text is not None else path.read_text(encoding="utf-8-sig")
        grid = _filled(list(csv.reader(io.StringIO(whole), delimiter=separator)), path)
    else:
        try:
            grid = pl.read_csv(
                path if text is None else text.encode(),
                separator=separator,
                has_header=False,
                infer_schema=False,
                truncate_ragged_lines=True,
                encoding="utf8-lossy",
            )
        except pl.exceptions.PolarsError as error:
            raise TableError(f"{path.name} cannot be read as a table: {str(error).splitlines()[0]}") from None
    grid = grid.with_columns(pl.all().str.strip_chars(" \r\ufeff").fill_null(""))
    if grid.height * grid.width < 2_000_000:
        # Names may be broken over two lines in one place and not in another.
        grid = grid.with_columns(pl.all().str.replace_all(r"\s*\n\s*| {2,}", " "))
    return _pointed(grid, separator)


#: A comma that can only be a decimal sign, a point that can only be one, and groups of thousands parted by points.
_COMMA = r"^-?(\d{1,3}(\.\d{3})+|\d+),(\d{1,2}|\d{4,})$|^-?0,\d+$|^-?\d{1,3}(\.\d{3})+,\d+$"
_POINT = r"^-?\d+\.(\d{1,2}|\d{4,})$|^-?0\.\d+$|^-?\d{4,}\.\d+$"
_SPACED = "^-?\\d{1,3}([ \u00a0\u202f'\u2019]\\d{3})+([.,]\\d+)?$"
_GROUPED = r"^-?[1-9]\d{0,2}(\.\d{3})+$"


def _pointed(grid: pl.DataFrame, separator: str) -> pl.DataFrame:
    """Cells with decimal commas as with points, and without points that group thousands.

    A comma is the decimal sign where semicolons part the cells, or where some cell cannot be read otherwise and none has a
    decimal point. Points group thousands where every point stands before three digits and whole numbers without one are
    below a thousand.
    """
    cells, head = pl.all(), grid.head(300)

    def some(pattern: str) -> bool:
        return bool(head.select(pl.any_horizontal(cells.str.contains(pattern).any())).item())

    if some(_SPACED):
        spaced = cells.str.contains(_SPACED)
        bare = cells.str.replace_all("[ \u00a0\u202f'\u2019]", "")
        grid = grid.with_columns(pl.when(spaced).then(bare).otherwise(cells))
        head = grid.head(300)
    if not some(r"^-?[\d.]*[.,]\d+$"):
        return grid
    point = some(_POINT)
    if separator == ";" or (some(_COMMA) and not point):
        grouped = cells.str.contains(r"^-?\d{1,3}(\.\d{3})+(,\d+)?$")
        sure = cells.str.contains(r",|\..*\.")
        grid = grid.with_columns(pl.when(grouped & sure).then(cells.str.replace_all(r"\.", "")).otherwise(cells))
        grid = grid.with_columns(cells.str.replace(r"^(-?\d+),(\d+)$", "$1.$2"))
        point = some(_POINT)
    if (
        separator != ","
        and not point
        and some(_GROUPED)
        and not some(r"^-?\d{4,}$")
        and not some(r"^-?\d+\.\d+\D|^-?0\d*\.\d")
    ):
        told = cells.str.contains(_GROUPED)
        grid = grid.with_columns(pl.when(told).then(cells.str.replace_all(r"\.", "")).otherwise(cells))
    return grid


def _recoded(path: Path) -> str | None:
    """The text of a file that is not in UTF-8; None where it is.

    Excel writes "Unicode text" as UTF-16, and CSV in the code page of its country: Korean (949) where that makes sense of every
    byte, else Western European (1252).
    """
    data = path.read_bytes()
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        data.decode("utf-8")
        return None
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp949")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _separator(head: Sequence[str]) -> str:
    """Tab, semicolon or comma: the first of them that most lines have, since a decimal comma may stand in a cell too."""
    for mark in "\t;":
        if sum(mark in line for line in head) > len(head) / 2:
            return mark
    return ","


def _filled(rows: Sequence[Sequence[str]], path: Path) -> pl.DataFrame:
    width = max(map(len, rows), default=0)
    if not width:
        raise TableError(f"{path.name} holds no cells")
    filled = [[*row, *[""] * (width - len(row))] for row in rows if any(row)]
    return pl.DataFrame(filled, schema=[f"column_{j + 1}" for j in range(width)], orient="row")


def numbers(grid: pl.DataFrame, rows: Sequence[int], columns: Sequence[int]) -> Vector:
    """A block as numbers: blank and dashes are zero, commas that group thousands go, a number in brackets is negative.

    Raises:
        TableError: a cell is none of these.
    """
    block = grid[list(rows)].select(grid.columns[j] for j in columns)
    plain = block.select(pl.all().cast(pl.Float64, strict=False))
    if not sum(plain.null_count().row(0)):
        return np.ascontiguousarray(plain.to_numpy())
    clean = block.with_columns(
        pl.all().str.replace_all(r"[ \u00a0\u202f'’]", "").str.replace(r"^(-+|[–—]|\.|\.\.|:)?$", "0")
    )
    clean = clean.with_columns(pl.all().str.replace(r"^\(([\d.,]+)\)$", "-$1").str.replace("^[\u2212\u2013]", "-"))
    clean = clean.with_columns(pl.all().str.replace(r"^([\d.,]+)-$", "-$1"))
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


def part_of(labels: Sequence[str]) -> str:
    """Which part of labour income, taxes on products or value added a row is; empty where it is none."""
    for label in labels:
        if label.upper() in _PART_CODES:
            return _PART_CODES[label.upper()]
    for label in labels:
        for pattern, part in _PART_WORDS:
            if re.search(pattern, label.lower().replace("_", " ")):
                return part
    return ""


def told(labels: Sequence[str], whole: dict[str, Vector], parts: dict[str, Vector]) -> tuple[str, dict[str, Vector]]:
    """What a row is, and to which rows it goes: whole ones, of which the first counts, or parts, which add up; blank if neither."""
    codes, part, kind = {label.upper() for label in labels}, part_of(labels), kind_of(labels)
    # A code tells more than words do, and a part that words take for a whole which is there already is still a part.
    coded = codes & _PART_CODES.keys() and not codes & _CODES.keys()
    if part and (coded or kind in ("", *whole) or part in ("wages", "contributions", "product_subsidies")):
        return part, parts
    return ("", whole) if kind in whole else (kind, whole)


def gathered(whole: Mapping[str, Vector], parts: Mapping[str, Vector]) -> dict[str, Vector]:
    """Rows as published, and those that only their parts give: labour income, taxes on products, value added.

    Subsidies are taken off, whichever sign they are printed with. A gross surplus holds depreciation already. Value added needs
    labour income and a surplus, as a sum of less would be no value added.
    """
    rows = dict(whole)

    def off(name: str) -> Vector | float:
        row = parts.get(name)
        return 0.0 if row is None else row if row.sum() <= 0 else -row

    if "labour_income" not in rows and "wages" in parts:
        rows["labour_income"] = parts["wages"] + parts.get("contributions", 0.0)
    if "taxes" in rows and "product_subsidies" in parts:
        rows["taxes"] = rows["taxes"] + off("product_subsidies")
    surplus = parts.get("gross_surplus")
    if surplus is None and "net_surplus" in parts:
        surplus = parts["net_surplus"] + parts.get("depreciation", 0.0)
    if "value_added" not in rows and "labour_income" in rows and surplus is not None:
        rows["value_added"] = (
            rows["labour_income"]
            + surplus
            + parts.get("mixed_income", 0.0)
            + parts.get("other_taxes", 0.0)
            + off("other_subsidies")
        )
    return rows


def is_code(label: str) -> bool:
    """Whether a name is a code that may as well be one of a sector or product, such as ``P1``."""
    return label.upper() in _CODES or label.upper() in _PART_CODES


def is_number(text: str) -> bool:
    """Whether a cell holds a number."""
    return bool(re.fullmatch(r"-?[\d.,  ]+(e-?\d+)?", text.lower()))
