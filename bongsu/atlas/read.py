"""Reading hand-edited CSV tables into typed frames, reporting every wrong cell at once."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import AfterValidator, BeforeValidator, TypeAdapter, ValidationError
from pydantic import Field as Limits
from typing_extensions import TypedDict

from bongsu.atlas.problems import Problem
from bongsu.atlas.schema import Field, Table
from bongsu.atlas.typeset import french

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_ID = re.compile(r"[a-z0-9*][a-z0-9_\-.*]*")
#: In a case folder identifiers may also be made of several, as the network of a case writes them.
_CASE_ID = re.compile(r"[a-z0-9*][a-z0-9_\-.*:@|#]*")
#: Columns in which a partial date stands for its last day: knowledge and ends are never dated too early.
LAST_DAY = frozenset({"known_from", "valid_to"})

_POLARS: Mapping[str, Any] = {
    "id": pl.String,
    "text": pl.String,
    "choice": pl.String,
    "list": pl.List(pl.String),
    "number": pl.Float64,
    "integer": pl.Int64,
    "date": pl.Date,
}


def parse_date(text: str, last: bool = False) -> dt.date:
    """``2026``, ``2026-03`` or ``2026-03-05`` as a day; a partial date is its first day, or its last if ``last``.

    Raises:
        ValueError: the text is not such a date.
    """
    match = _DATE.fullmatch(text.strip())
    if not match:
        raise ValueError(text)
    year, month, day = (int(part) if part else None for part in match.groups())
    assert year is not None
    if month is None:
        return dt.date(year, 12, 31) if last else dt.date(year, 1, 1)
    if day is None:
        return dt.date(year, month, monthrange(year, month)[1] if last else 1)
    return dt.date(year, month, day)


def decode(raw: bytes) -> str:
    """Text of a CSV file: UTF-8 with or without a byte-order mark, or CP949 as Korean spreadsheets write it.

    Raises:
        UnicodeDecodeError: the bytes are neither.
    """
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp949")


def _check_id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise ValueError("id")
    return text


def _check_case_id(text: str) -> str:
    if not _CASE_ID.fullmatch(text):
        raise ValueError("id")
    return text


def _given(parse: Callable[[str], Any]) -> BeforeValidator:
    """``parse`` for cells that are there; a blank one where a figure is required is an error like any other."""

    def read(text: str | None) -> Any:
        if text is None:
            raise ValueError("blank")
        return parse(text)

    return BeforeValidator(read)


def _parse_plain(text: str) -> str:
    if "_" in text:
        # Python would read 7_40 as 740.
        raise ValueError("number")
    return text


def _parse_list(text: str) -> list[str]:
    parts = [part.strip() for part in text.split(";") if part.strip()]
    if not parts:
        raise ValueError("list")
    return parts


def _cell_type(field: Field, whole: bool) -> Any:
    match field.type:
        case "id":
            return Annotated[str, AfterValidator(_check_id if whole else _check_case_id)]
        case "number":
            return Annotated[float, _given(_parse_plain), Limits(allow_inf_nan=False)]
        case "integer":
            return Annotated[int, _given(_parse_plain), Limits(ge=-(2**31), lt=2**31)]
        case "date":
            last = field.name in LAST_DAY
            return Annotated[dt.date, _given(lambda text: parse_date(text, last))]
        case "choice":
            return Literal[field.choices]
        case "list":
            return Annotated[list[str], _given(_parse_list)]
        case _ if field.name.endswith("_fr"):
            return Annotated[str, AfterValidator(french)]
        case _:
            return str


@cache
def _row_type(table: Table, whole: bool) -> TypeAdapter[list[dict[str, Any]]]:
    cells = {f.name: _cell_type(f, whole) if f.required else _cell_type(f, whole) | None for f in table.fields}
    made: Any = TypedDict  # checkers want the columns spelled out; here they come from the schema
    row: Any = made(f"{table.name}_row", cells)
    adapter: TypeAdapter[Any] = TypeAdapter(list[row])
    return adapter


_REMEDY: Mapping[str, str] = {
    "number": "write a plain number with a dot, such as 1250.5, or leave it blank where unknown",
    "integer": "write a whole number such as 2030",
    "date": "write 2026, 2026-03 or 2026-03-05",
    "id": "use lower-case letters, digits, '-', '_' and '.' only",
}


def _explain(field: Field, value: Any) -> tuple[str, str]:
    if value is None:
        if field.name == "valid_from":
            return "has no date", "give at least the year from which it holds"
        return "is missing", f"fill it in: {field.description[0].lower()}{field.description[1:]}"
    match field.type:
        case "number":
            return "is not a number", _REMEDY["number"]
        case "integer":
            return "is not a whole number", _REMEDY["integer"]
        case "date":
            return "is not a date", _REMEDY["date"]
        case "choice":
            return "is not one of the allowed words", f"use {', '.join(field.choices)}"
        case "list":
            return "lists nothing", "write the entries with ';' between them"
        case _:
            return "is not a valid identifier", _REMEDY["id"]


def read_table(path: Path, table: Table, whole: bool = True) -> tuple[pl.DataFrame, list[Problem]]:
    """The table in ``path`` as a frame with the declared columns plus ``_line``, and what is wrong with it.

    ``_line`` is the line number in the file. With ``whole`` every declared column must be in the header; without, optional
    columns may be missing. Blank cells of a column with a declared default take it. Rows with a wrong cell
    are left out of the frame, so that the checks that follow still see the rest; a caller must not use the frame if there are
    errors.
    """
    name = table.name
    try:
        text = decode(path.read_bytes())
    except UnicodeDecodeError as error:
        problem = Problem(name, 0, "", "", f"is neither UTF-8 nor CP949 (byte {error.start})", "save it as UTF-8")
        return _empty(table), [problem]
    lined, problems = _split(name, text)
    header = [cell.strip() for cell in lined[0][1]] if lined else []
    columns = [f.name for f in table.fields]
    needed = columns if whole else [f.name for f in table.fields if f.required]
    blank = {f.name: f.default or None for f in table.fields}
    unread = len(problems)
    problems += [
        Problem(name, 1, column, "", "is missing from the header", "add the column")
        for column in needed
        if column not in header
    ]
    problems += [
        Problem(name, 1, column, "", "is not a column of this table", f"use only {', '.join(columns)}")
        for column in header
        if column not in columns
    ]
    problems += [
        Problem(name, 1, column, "", "is in the header more than once", "keep one of the columns")
        for column in columns
        if header.count(column) > 1
    ]
    if len(problems) > unread:
        return _empty(table), problems
    rows: list[dict[str, Any]] = []
    lines: list[int] = []
    for line, cells in lined[1:]:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            what = f"has {len(cells)} cells where the header has {len(header)}"
            problems.append(Problem(name, line, "", "", what, "quote cells that contain a comma"))
            continue
        rows.append(blank | {column: cell.strip() or blank[column] for column, cell in zip(header, cells, strict=True)})
        lines.append(line)
    try:
        good = _row_type(table, whole).validate_python(rows)
        good_lines = lines
    except ValidationError as error:
        by_name = {f.name: f for f in table.fields}
        bad: set[int] = set()
        seen: set[tuple[int, str]] = set()
        for item in error.errors(include_url=False, include_context=False):
            index, column = int(item["loc"][0]), str(item["loc"][1])
            bad.add(index)
            if (index, column) in seen:
                continue
            seen.add((index, column))
            value = rows[index][column]
            what, remedy = _explain(by_name[column], value)
            problems.append(Problem(name, lines[index], column, "" if value is None else str(value), what, remedy))
        keep = [i for i in range(len(rows)) if i not in bad]
        good = _row_type(table, whole).validate_python([rows[i] for i in keep])
        good_lines = [lines[i] for i in keep]
    schema = {"_line": pl.Int64} | {f.name: _POLARS[f.type] for f in table.fields}
    data = {"_line": good_lines} | {f.name: [row[f.name] for row in good] for f in table.fields}
    return pl.DataFrame(data, schema=schema), problems


def _split(name: str, text: str) -> tuple[list[tuple[int, list[str]]], list[Problem]]:
    """Cells of every record with the line it starts on; a record that is no CSV ends the reading with a problem."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    records: list[tuple[int, list[str]]] = []
    line = 1
    try:
        while True:
            line = reader.line_num + 1
            records.append((line, next(reader)))
    except StopIteration:
        return records, []
    except csv.Error as error:
        remedy = "close every quotation mark, and write it twice inside a quoted cell"
        return records, [Problem(name, line, "", "", f"cannot be read as CSV from here on ({error})", remedy)]


def _empty(table: Table) -> pl.DataFrame:
    return pl.DataFrame(schema={"_line": pl.Int64} | {f.name: _POLARS[f.type] for f in table.fields})
