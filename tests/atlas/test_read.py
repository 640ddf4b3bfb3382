"""Reading one hand-edited table: dates, encodings, quoting, blanks, and every wrong cell at once."""

from __future__ import annotations

import csv
import datetime as dt
import io
from calendar import monthrange
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bongsu.atlas.problems import Problem
from bongsu.atlas.read import parse_date, read_table
from bongsu.atlas.schema import parse_schema

COLUMNS = (
    ("thing", "id", "yes", "yes"),
    ("name", "text", "no", ""),
    ("size", "number", "no", ""),
    ("year", "integer", "no", ""),
    ("state", "choice:open|shut", "no", ""),
    ("parts", "list", "no", ""),
    ("valid_from", "date", "no", ""),
    ("valid_to", "date", "no", ""),
    ("known_from", "date", "yes", "yes"),
)
TABLE = parse_schema(
    [
        {"table": "things", "field": f, "type": t, "unit": "", "required": r, "key": k, "refers": "", "description": f}
        for f, t, r, k in COLUMNS
    ]
)["things"]
HEADER = ",".join(column for column, *_ in COLUMNS)


def read(tmp_path: Path, *lines: str, encoding: str = "utf-8", end: str = "\n") -> tuple[pl.DataFrame, list[Problem]]:
    path = tmp_path / "things.csv"
    path.write_bytes((end.join([HEADER, *lines]) + end).encode(encoding))
    return read_table(path, TABLE)


def one(tmp_path: Path, **cells: str) -> dict[str, Any]:
    """The row that is read from one line."""
    row = {"thing": "a", "known_from": "2026-01-01"} | cells
    frame, problems = read(tmp_path, ",".join(row.get(column, "") for column, *_ in COLUMNS))
    assert problems == []
    return frame.row(0, named=True)


def wrong(tmp_path: Path, **cells: str) -> Problem:
    """The one problem that is found in one line; its row is left out."""
    row = {"thing": "a", "known_from": "2026-01-01"} | cells
    frame, problems = read(tmp_path, ",".join(row.get(column, "") for column, *_ in COLUMNS))
    assert len(problems) == 1
    assert frame.is_empty()
    return problems[0]


@given(st.dates(dt.date(1, 1, 1), dt.date(9999, 12, 31)))
def test_a_full_date_is_that_day_and_a_partial_one_its_first_or_last(day: dt.date) -> None:
    text = day.isoformat()
    assert parse_date(text) == parse_date(text, last=True) == day
    assert parse_date(text[:7]) == day.replace(day=1)
    assert parse_date(text[:7], last=True) == day.replace(day=monthrange(day.year, day.month)[1])
    assert parse_date(text[:4]) == dt.date(day.year, 1, 1)
    assert parse_date(text[:4], last=True) == dt.date(day.year, 12, 31)


def test_knowledge_and_ends_are_never_dated_too_early(tmp_path: Path) -> None:
    row = one(tmp_path, valid_from="2024", valid_to="2024-02", known_from="2026-09")
    assert row["valid_from"] == dt.date(2024, 1, 1)
    assert row["valid_to"] == dt.date(2024, 2, 29)
    assert row["known_from"] == dt.date(2026, 9, 30)


@pytest.mark.parametrize("text", ["2023-02-29", "2026-13", "2026-1-1", "05/03/2026", "2026Q1", "0000", "soon"])
def test_what_is_no_date_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_date(text)
    problem = wrong(tmp_path, valid_from=text)
    assert (problem.row, problem.column, problem.value, problem.what) == (2, "valid_from", text, "is not a date")
    assert "2026-03" in problem.remedy


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_korean_text_is_the_same_from_every_encoding(tmp_path: Path, encoding: str, end: str) -> None:
    frame, problems = read(tmp_path, "a,얼티엄캠 베캉쿠아,1,,,,,,2026", encoding=encoding, end=end)
    assert problems == []
    assert frame["name"].to_list() == ["얼티엄캠 베캉쿠아"]


def test_bytes_of_no_known_encoding_are_one_clear_problem(tmp_path: Path) -> None:
    path = tmp_path / "things.csv"
    path.write_bytes(HEADER.encode() + b"\na,\xff\xfe\xff,,,,,,,2026\n")
    frame, problems = read_table(path, TABLE)
    assert frame.is_empty()
    assert [str(p) for p in problems] == [
        f"things.csv: is neither UTF-8 nor CP949 (byte {len(HEADER) + 3}); save it as UTF-8."
    ]


_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12).map(str.strip)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(_TEXT, st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False))), max_size=5))
def test_any_text_and_number_survive_quoting(tmp_path: Path, rows: list[tuple[str, float | None]]) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([column for column, *_ in COLUMNS])
    for name, size in rows:
        writer.writerow(["a", f'x "{name}",', "" if size is None else repr(size), "", "", "", "", "", "2026"])
    path = tmp_path / "things.csv"
    path.write_bytes(out.getvalue().encode())
    frame, problems = read_table(path, TABLE)
    assert problems == []
    assert frame["name"].to_list() == [f'x "{name}",' for name, _ in rows]
    assert frame["size"].to_list() == [size for _, size in rows]


def test_a_cell_over_several_lines_keeps_the_line_numbers_of_the_editor(tmp_path: Path) -> None:
    frame, problems = read(tmp_path, 'a,"two', 'lines",1,,,,,,2026', "b,,many,,,,,,2026")
    assert frame["_line"].to_list() == [2]
    assert frame["name"].to_list() == ["two\nlines"]
    assert [problem.row for problem in problems] == [4]


def test_an_open_quotation_mark_never_swallows_the_rest_of_the_table(tmp_path: Path) -> None:
    _, problems = read(tmp_path, "a,,1,,,,,,2026", 'b,"open,2,,,,,,2026', "c,,3,,,,,,2026")
    assert [(p.row, p.severity) for p in problems] == [(3, "error")]
    assert "quotation mark" in problems[0].remedy


def test_blank_is_unknown_and_never_zero(tmp_path: Path) -> None:
    row = one(tmp_path)
    assert all(row[column] is None for column in ("name", "size", "year", "state", "parts", "valid_from"))


@pytest.mark.parametrize("text", ["nan", "NaN", "inf", "-inf", "Infinity", "1e999", "1.250,5", "12 t", "7_40", "０x1"])
def test_what_is_no_finite_plain_number_is_refused(tmp_path: Path, text: str) -> None:
    problem = wrong(tmp_path, size=f'"{text}"')
    assert (problem.row, problem.column, problem.value, problem.what) == (2, "size", text, "is not a number")
    assert "1250.5" in problem.remedy


@pytest.mark.parametrize("text", ["2030.5", "2_030", "1000000000000000000000000", "next"])
def test_what_is_no_sensible_whole_number_is_refused(tmp_path: Path, text: str) -> None:
    problem = wrong(tmp_path, year=text)
    assert (problem.column, problem.value, problem.what) == ("year", text, "is not a whole number")


def test_words_outside_the_list_are_refused_with_the_list(tmp_path: Path) -> None:
    problem = wrong(tmp_path, state="ajar")
    assert str(problem) == "things.csv, line 2, column state ('ajar'): is not one of the allowed words; use open, shut."


@pytest.mark.parametrize("text", ["A", "a b", "-a", "é", "a:b", "a@b"])
def test_identifiers_are_plain(tmp_path: Path, text: str) -> None:
    assert wrong(tmp_path, thing=text).what == "is not a valid identifier"


@pytest.mark.parametrize("column", ["thing", "known_from"])
def test_a_required_cell_may_not_be_blank(tmp_path: Path, column: str) -> None:
    problem = wrong(tmp_path, **{column: " "})
    assert (problem.row, problem.column) == (2, column)
    assert problem.what.startswith("is missing")


def test_a_list_is_split_and_one_that_lists_nothing_is_refused(tmp_path: Path) -> None:
    assert one(tmp_path, parts="a; b;c;")["parts"] == ["a", "b", "c"]
    assert wrong(tmp_path, parts=" ; ").what == "lists nothing"


def test_a_header_with_missing_unknown_and_double_columns_says_all_three(tmp_path: Path) -> None:
    path = tmp_path / "things.csv"
    path.write_text(HEADER.replace("size", "siez").replace("name", "name,name") + "\n", encoding="utf-8")
    frame, problems = read_table(path, TABLE)
    assert frame.is_empty()
    assert [(p.column, p.row) for p in problems] == [("size", 1), ("siez", 1), ("name", 1)]
    assert "more than once" in problems[2].what


def test_a_row_with_too_many_cells_is_named(tmp_path: Path) -> None:
    frame, problems = read(tmp_path, "a,one, two,1,,,,,,2026", "b,,1,,,,,,2026")
    assert frame["thing"].to_list() == ["b"]
    assert [(p.row, p.remedy) for p in problems] == [(2, "quote cells that contain a comma")]


def test_every_wrong_cell_is_reported_at_once_and_good_rows_are_kept(tmp_path: Path) -> None:
    frame, problems = read(
        tmp_path, "A,,x,1.5,ajar,,never,,2026", "b,,1,,,,,,2026", "", "c,,nan,,,,,,", "d,,,,open,,,,2026"
    )
    assert frame["thing"].to_list() == ["b", "d"]
    assert frame["_line"].to_list() == [3, 6]
    assert {(p.row, p.column) for p in problems} == {
        *((2, column) for column in ("thing", "size", "year", "state", "valid_from")),
        *((5, column) for column in ("size", "known_from")),
    }
    assert all(p.table == "things" and p.what and p.remedy for p in problems)
