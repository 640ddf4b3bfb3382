"""Input that cannot be used: one clear sentence, exit code 2, no traceback, nothing written."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from .commands import DATA, ROOT, Case, bongsu


def _loop(case: Case) -> None:
    """A cell from half a tonne of salt, and a whole tonne back from it: both grow without end."""
    case.write("recipes", "process,item,amount", "assemble,salt,-0.5", "assemble,cell,1", "undo,cell,-1", "undo,salt,1")
    case.write("modes", "mode,plant,process,cost", "works,works,assemble,5", "undo,works,undo,1")


def _bytes(case: Case) -> None:
    (case.folder / "items.csv").write_bytes(b"item,unit\nsalt,\xff\xfe\xff\ncell,kWh\n")


def _settings(case: Case) -> None:
    (case.folder / "case.json").write_text('{"discount": 0.1}', encoding="utf-8")


CASES: dict[str, tuple[Callable[[Case], None], str]] = {
    "negative capacity": (
        lambda case: case.cell("capacity", 2, "capacity", "-100"),
        r"capacity\.csv, line 2, column capacity \('-100'\): is negative",
    ),
    "not a number": (
        lambda case: case.cell("demands", 3, "quantity", "NaN"),
        r"demands\.csv, line 3, column quantity \('NaN'\): is not a number",
    ),
    "infinite": (
        lambda case: case.cell("lanes", 2, "cost", "inf"),
        r"lanes\.csv, line 2, column cost \('inf'\): is not a number",
    ),
    "unknown place": (
        lambda case: case.cell("plants", 2, "place", "atlantis"),
        r"plants\.csv, line 2, column place \('atlantis'\): is not in places\.csv; add it to places\.csv or correct",
    ),
    "unknown period": (
        lambda case: case.cell("demands", 2, "period", "2031"),
        r"demands\.csv, line 2, column period \('2031'\): is not in periods\.csv",
    ),
    "year missing": (
        lambda case: case.cell("periods", 3, "year", ""),
        r"periods\.csv, column year: is given for some periods only; give the calendar year of every period",
    ),
    "something from nothing": (
        _loop,
        r"recipes\.csv, column amount \('\w+'\): recipes together make .* of (salt|cell) from nothing.*; lower an output",
    ),
    "by-product that is consumed": (
        lambda case: case.write(
            "recipes", "process,item,amount,byproduct", "assemble,salt,-0.5,yes", "assemble,cell,1,"
        ),
        r"recipes\.csv, line 2, column byproduct \('salt'\): is a by-product but is not made; say yes for outputs only",
    ),
    "neither UTF-8 nor CP949": (_bytes, r"items\.csv: is neither UTF-8 nor CP949 .*; save it as UTF-8"),
    "unknown table": (lambda case: case.write("plant", "plant", "x"), r"plant\.csv: is not a table of the case format"),
    "table missing": (
        lambda case: (case.folder / "periods.csv").unlink(),
        r"periods\.csv: is missing; add periods\.csv",
    ),
    "settings": (
        _settings,
        r"case\.json: cannot be read .*; use only name, title, currency, money_year, discount_rate",
    ),
    "open quotation mark": (
        lambda case: case.write("places", "place,name", 'lake,"Lake', "works,Works", "port,Port"),
        r"places\.csv, line 2: cannot be read as CSV from here on .*; close every quotation mark",
    ),
    "the same twice": (
        lambda case: case.write("plants", "plant,place", "works,works", "works,lake"),
        r"plants\.csv, line 3, column plant .*: repeats the statement of line 2",
    ),
    "loss in percent": (
        lambda case: case.write("lanes", "lane,from,to,item,loss", "road,lake,works,salt,5", "ship,works,port,cell,0"),
        r"lanes\.csv, line 2, column loss \('5'\): loses everything; write a share below 1, not a percentage",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_case_that_cannot_be_used_is_refused_with_a_remedy(name: str, tmp_path: Path) -> None:
    change, says = CASES[name]
    change(Case(tmp_path / "case"))
    ran = bongsu("plan", "./case", at=tmp_path)
    assert ran.code == 2
    assert ran.out == ""
    lines = ran.err.splitlines()
    assert re.fullmatch(r"Error: \d+ errors? in case; nothing of it was used\.", lines[0])
    assert any(re.search(says, line) for line in lines[1:]), ran.err
    assert "Traceback" not in ran.err
    assert not (tmp_path / "out").exists()


PACKS: dict[str, tuple[str, str, str, str]] = {
    "wrong unit": ("facility_capacity", ",GWh,", ",kt,", "does not measure the same thing as 'kWh'"),
    "percent": ("delivery", "producing,3,1,", "producing,3,100,", r"is above 1; write a share between 0 and 1"),
    "year missing": ("demand", "low,market-ca,bus,2024,", "low,market-ca,bus,,", "column year: is missing"),
}


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_that_cannot_be_used_is_refused_with_a_remedy(name: str, tmp_path: Path) -> None:
    table, old, new, says = PACKS[name]
    shutil.copytree(ROOT / "data", tmp_path / "data")
    path = tmp_path / "data" / f"{table}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    # Planning and checking take turns, as both read the pack in the same way.
    command = ("plan", "--data", "data") if name == "percent" else ("data", "check", "data")
    ran = bongsu(*command, at=tmp_path)
    assert ran.code == 2
    assert re.search(says, ran.said), ran.said
    assert "Traceback" not in ran.said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("plan", "rosy", *DATA), r"Error: there is no case 'rosy' as known on 2026-11-23; the pack has .*reference"),
        (("plan", "./nowhere"), r"nowhere is not a folder; give a folder with periods\.csv"),
        (("plan", "--data", "nowhere"), r"nowhere is not a folder; give the folder that holds datapackage\.json"),
        (("plan", *DATA, "--as-of", "tomorrow"), r"Error: 'tomorrow' is not a date; write it as 2026-06-30"),
        (
            ("plan", *DATA, "--as-of", "2015"),
            r"Error: nothing of cases was known by 2015-12-31.*the law of that day on the facts of today is --law without --as-of",
        ),
        (("brief", *DATA, "--lang", "de"), r"Error: the language 'de' is not known; use en, ko or fr"),
    ],
)
def test_what_is_not_there_is_said(arguments: tuple[str, ...], says: str, tmp_path: Path) -> None:
    ran = bongsu(*arguments, at=tmp_path)
    assert ran.code == 2
    assert re.search(says, ran.err), ran.err
    assert "Traceback" not in ran.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [("plan", "./case"), ("export", "mps", "./case"), ("export", "parquet", "./case")])
def test_a_folder_that_cannot_be_written_is_said(command: tuple[str, ...], tmp_path: Path) -> None:
    Case(tmp_path / "case")
    (tmp_path / "taken").write_text("a file where the folder should be", encoding="utf-8")
    ran = bongsu(*command, "--out", "taken/below", at=tmp_path)
    assert ran.code == 2
    assert re.search(r"Error: cannot use .*taken.*: .*; choose a folder you may write to, or free it\.", ran.err), (
        ran.err
    )
    assert "Traceback" not in ran.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["case", "taken"]


def test_a_figure_a_thousand_million_too_large_is_planned_with_a_warning(tmp_path: Path) -> None:
    case = Case(tmp_path / "case")
    case.write("supplies", "supply,place,item,price", "brine,lake,salt,3", "sea,lake,salt,4", "rock,lake,salt,5e9")
    ran = bongsu("plan", "./case", "--json", at=tmp_path)
    assert ran.code == 0
    assert re.search(r"Warning: supplies\.csv, line 4, column price \('5e\+09'\): is far from the usual size", ran.err)
    checked = bongsu("data", "check", "case", at=tmp_path)
    assert checked.code == 0
    assert "0 errors, 1 warnings in case." in checked.out


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp949"])
def test_files_of_korean_spreadsheets_are_taken(encoding: str, tmp_path: Path) -> None:
    case = Case(tmp_path / "case")
    case.write("places", "place,name", "lake,염호", "works,셀 공장", "port,부산항", encoding=encoding)
    ran = bongsu("plan", "./case", "--json", at=tmp_path)
    assert ran.code == 0, ran.err
    assert bongsu("export", "parquet", "./case", "--out", "net", at=tmp_path).code == 0
    assert "셀 공장" in (tmp_path / "net/places.csv").read_text(encoding="utf-8")
