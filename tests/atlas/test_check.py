"""Faults put into the real pack on purpose: each is found, on its line, with a remedy, and nothing else is."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bongsu.atlas import Atlas, PackError, Problem

from .packs import Tables

#: table, line and column where the problem must be shown, and what it must say.
Expected = tuple[str, int, str, str]
Fault = Callable[[Tables], Expected]


def _put(table: str, where: dict[str, str], says: str, **cells: str) -> Fault:
    """Change cells of the first row as ``where``; the first of them is the one to be named."""

    def fault(tables: Tables) -> Expected:
        line = tables.line(table, **where)
        tables.put(table, line, **cells)
        return table, line, next(iter(cells)), says

    return fault


def _unreadable_capacity_year(tables: Tables) -> Expected:
    line = tables.line("facility_capacity", counted="yes", unit="GWh")
    tables.put("facility_capacity", line, valid_from="")
    return "facility_capacity", line, "valid_from", "has no date"


#: Cells that cannot be read.
CELLS: dict[str, Fault] = {
    "capacity without a year": _unreadable_capacity_year,
    "demand without a year": _put("demand", {"case": "low", "segment": "bus"}, "is missing", year=""),
    "not a number": _put("capex", {"country": "CA"}, "is not a number", capex="1,000"),
    "infinite": _put("sea_legs", {"from_port": "port-busan"}, "is not a number", distance_km="inf"),
    "NaN": _put("links", {"item": "spodumene"}, "is not a number", volume="NaN"),
    "no such state": _put("facility_states", {"state": "fid"}, "is not one of the allowed words", state="financed"),
    "no such unit of an item": _put("items", {"item": "caustic_soda"}, "is not one of the allowed words", unit="kt"),
    "name missing": _put("places", {"place": "port-busan"}, "is missing", name_ko=""),
    "no date": _put("fx", {"currency": "KRW"}, "is not a date", known_from="last year"),
    "lead time of half a year": _put("capex", {"country": "KR"}, "is not a whole number", lead_time="0.5"),
}


def _double(tables: Tables) -> Expected:
    line = tables.line("process_costs", process="make_cell_lfp", country="CA")
    added = tables.add("process_costs", **tables.table("process_costs")[line - 2])
    return "process_costs", added, "process", f"repeats the statement of line {line}"


def _overlap(tables: Tables) -> Expected:
    line = tables.line("links", valid_to="")
    row = tables.table("links")[line - 2]
    row |= {"valid_from": "2020-01-01", "valid_to": "2024-06-30"}
    added = tables.add("links", **(row | {"valid_from": "2024-06-30", "valid_to": ""}))
    return "links", added, "valid_from", f"overlaps the validity of line {line}"


def _two_counted(tables: Tables) -> Expected:
    line = tables.line("facility_capacity", counted="yes", unit="GWh", basis="nameplate")
    row = tables.table("facility_capacity")[line - 2]
    tables.add("facility_capacity", **(row | {"basis": "plan"}))
    return "facility_capacity", line, "counted", "has two counted capacities for the same date"


def _unbalanced(tables: Tables) -> Expected:
    # The plant would now give more lithium than it takes.
    line = tables.line("recipes", process="make_cam_lfp", item="lithium_carbonate")
    tables.put("recipes", line, amount="-0.2")
    return "recipes", tables.line("recipes", process="make_cam_lfp"), "amount", "does not balance Li"


def _mix(tables: Tables) -> Expected:
    where = {"case": "*", "place": "market-us", "segment": "car_bev", "year": "2030"}
    line = tables.line("chemistry_mix", **where)
    tables.put("chemistry_mix", line, share="0.999")
    return "chemistry_mix", line, "share", "shares of car_bev in market-us, 2030 add to"


def _no_recipe(tables: Tables) -> Expected:
    line = tables.line("processes", process="make_copper_foil")
    tables.rows["recipes"] = [r for r in tables.table("recipes") if r["process"] != "make_copper_foil"]
    return "processes", line, "process", "has no recipe"


def _late_demand(tables: Tables) -> Expected:
    rows = tables.table("demand")
    own = [r for r in rows if (r["case"], r["place"], r["segment"]) == ("low", "market-ca", "van")]
    last = max(own, key=lambda r: int(r["year"]))
    tables.rows["demand"] = [r for r in rows if r is not last]
    line = tables.line("demand", case="low", place="market-ca", segment="van")
    return "demand", line, "year", "has no figure that reaches 2040"


def _stale(tables: Tables) -> Expected:
    # The newer outlook is silent on 2035, so the older one's figure would stand between its 2030 and 2040.
    newer = {"case": "reference", "place": "market-us", "segment": "car_bev", "known_from": "2026-11-23"}
    gone = newer | {"year": "2035"}
    tables.rows["demand"] = [r for r in tables.table("demand") if gone != {column: r[column] for column in gone}]
    return "demand", tables.line("demand", **newer), "year", "leaves the figure of 2035 as known on 2026-02-06"


def _main_item(tables: Tables) -> Expected:
    for row in tables.table("recipes"):
        if row["process"] == "make_copper_foil":
            row["amount"] = str(2 * float(row["amount"]))
    line = tables.line("processes", process="make_copper_foil")
    return "processes", line, "main_item", "does not make or take exactly 1 of its main item"


def _no_curve(tables: Tables) -> Expected:
    tables.rows["delivery"] = [r for r in tables.table("delivery") if r["state"] != "loi"]
    return "facility_states", tables.line("facility_states", state="loi"), "state", "has no delivery curve"


#: Rows that can be read and are wrong beside others; grouped so that none of a group hides another.
RELATIONS: dict[str, tuple[int, Fault]] = {
    "unknown item": (0, _put("links", {"item": "nickel_sulphate"}, r"is not in items\.csv", item="nickle_sulphate")),
    "unknown process in a list": (
        0,
        _put("facility_lines", {"processes": "make_cell_lfp"}, "is not in processes", processes="make_cel"),
    ),
    "unknown place": (0, _put("facilities", {"stage": "mine"}, r"is not in places\.csv", place="nowhere")),
    "no source": (0, _put("facility_owners", {"confidence": "stated"}, "is missing on a row marked stated", source="")),
    "negative capacity": (
        0,
        _put("facility_capacity", {"counted": "yes", "unit": "t", "capacity": "?"}, "is negative", capacity="-30000"),
    ),
    "negative distance": (0, _put("sea_legs", {"to_port": "port-vancouver"}, "is negative", distance_km="-1")),
    "percent instead of share": (0, _put("facility_owners", {"share": "0.5"}, "is above 1", share="50")),
    "loss in percent": (0, _put("delivery", {"state": "fid", "years_after_promise": "3"}, "is above 1", share="48.5")),
    "discount rate in percent": (0, _put("cases", {"case": "low"}, "is above 1", discount_rate="8")),
    "off the globe": (0, _put("places", {"place": "port-beira"}, "is not on the globe", lat="-198.2")),
    "wrong unit": (
        0,
        _put("facility_capacity", {"unit": "GWh", "counted": "no"}, "does not measure the same thing", unit="kt"),
    ),
    "unit of another system": (0, _put("national_totals", {"unit": "kt"}, "is not known", unit="ton")),
    "element that the item does not hold": (
        0,
        _put("national_totals", {"unit": "t:Co"}, "has no stated content of Cu", unit="t:Cu"),
    ),
    "statement twice": (0, _double),
    "validity overlaps": (0, _overlap),
    "two counted capacities": (0, _two_counted),
    "recipe does not balance": (0, _unbalanced),
    "shares do not add to one": (0, _mix),
    "demand ends early": (0, _late_demand),
    "energy is not vehicles times packs": (
        0,
        _put("demand", {"case": "high", "segment": "car_bev"}, "differs from vehicles times pack size", gwh="99999"),
    ),
    "vehicles without a number": (
        0,
        _put("demand", {"case": "high", "segment": "car_phev"}, "is missing for a vehicle segment", units=""),
    ),
    "case ends before it starts": (0, _put("cases", {"case": "high"}, "is not within", end_year="2025")),
    "price level unknown": (0, _put("capex", {"country": "US"}, r"is not in deflators\.csv", money_year="1999")),
    "known before its source": (
        0,
        _put("national_totals", {"country": "CN", "confidence": "stated"}, "is before iea-2025-05", known_from="2019"),
    ),
    "told of before its facility": (
        0,
        _put("facility_states", {"state": "study"}, "was known", known_from="1900", note="Public since 1900, as told"),
    ),
    "dollars of a year to come": (
        0,
        _put("capex", {"country": "KR", "money_year": "2025"}, "is before the price level of 2025", known_from="2023"),
    ),
    "half a recipe": (
        0,
        _put("recipes", {"process": "hpal", "item": "sulphur"}, "is after 2022-05-31", known_from="2026-11-23"),
    ),
    "older outlook between years of a newer one": (0, _stale),
    "leg to no port": (0, _put("sea_legs", {"from_port": "port-ulsan"}, "is not a port", from_port="kr-ulsan")),
    "demand case unknown": (
        1,
        _put("cases", {"case": "low"}, r"has no rows in demand\.csv", demand_case="lowest"),
    ),
    "no delivery curve": (1, _no_curve),
    "process without a recipe": (1, _no_recipe),
    "main item not one": (2, _main_item),
    "ends before it starts": (
        2,
        _put("links", {"valid_to": "", "state": "flowing"}, "ends before it starts", valid_to="1990"),
    ),
}


def _load(tables: Tables, folder: Path) -> PackError:
    with pytest.raises(PackError) as caught:
        Atlas.load(tables.write(folder))
    return caught.value


def _check(error: PackError, expected: dict[str, Expected]) -> None:
    """Each fault is found exactly where it is; no error is found where there is none."""
    found = {(p.table, p.row, p.column): p for p in error.problems if p.severity == "error"}
    for name, (table, line, column, says) in expected.items():
        problem = found.get((table, line, column))
        assert problem is not None, name
        assert re.search(says, problem.what), (name, problem.what)
        assert problem.remedy, name
        assert str(problem) in str(error), name
        assert f"{table}.csv, line {line}, column {column}" in str(problem), name
    # Of two rows that clash both may be named; of a curve that is gone, all that need it.
    told = {(p.table, p.column, p.what) for at, p in found.items() if at in {one[:3] for one in expected.values()}}
    assert [str(p) for p in found.values() if (p.table, p.column, p.what) not in told] == []
    assert str(error).startswith(f"{len(found)} error")


def test_all_cells_that_cannot_be_read_are_reported_at_once(root: Path, tmp_path: Path) -> None:
    tables = Tables(root / "data")
    expected = {name: fault(tables) for name, fault in CELLS.items()}
    _check(_load(tables, tmp_path / "pack"), expected)


@pytest.mark.parametrize("group", sorted({group for group, _ in RELATIONS.values()}))
def test_all_rows_that_clash_with_others_are_reported_at_once(root: Path, tmp_path: Path, group: int) -> None:
    tables = Tables(root / "data")
    expected = {name: fault(tables) for name, (own, fault) in RELATIONS.items() if own == group}
    _check(_load(tables, tmp_path / "pack"), expected)


def test_one_bad_row_does_not_make_its_readers_look_wrong(root: Path, tmp_path: Path) -> None:
    tables = Tables(root / "data")
    line = tables.line("items", item="nickel_sulphate")
    tables.put("items", line, unit="tonne")
    error = _load(tables, tmp_path / "pack")
    assert [(p.table, p.row, p.column) for p in error.problems] == [("items", line, "unit")]


def test_figures_a_thousand_million_too_large_are_loaded_with_a_warning(root: Path, tmp_path: Path) -> None:
    tables = Tables(root / "data")
    odd = {
        ("capex", tables.line("capex", process="make_cell_lfp", country="CA"), "capex"),
        ("demand", tables.line("demand", segment="storage"), "gwh"),
        ("facility_capacity", tables.line("facility_capacity", unit="GWh", capacity="?"), "capacity"),
        ("sea_legs", tables.line("sea_legs", from_port="port-busan"), "distance_km"),
    }
    for table, line, column in odd:
        tables.put(table, line, **{column: str(1e9 * float(tables.table(table)[line - 2][column]))})
    atlas = Atlas.load(tables.write(tmp_path / "pack"))
    assert {(w.table, w.row, w.column) for w in atlas.warnings} == odd
    assert all(isinstance(w, Problem) and w.severity == "warning" and "unit" in w.remedy for w in atlas.warnings)


def test_a_missing_table_and_a_missing_date_are_both_told(root: Path, tmp_path: Path) -> None:
    folder = Tables(root / "data").write(tmp_path / "pack")
    (folder / "fx.csv").unlink()
    (folder / "datapackage.json").write_text("[]", encoding="utf-8")
    with pytest.raises(PackError) as caught:
        Atlas.load(folder)
    assert [(p.table, p.column) for p in caught.value.problems] == [("datapackage.json", "as_of"), ("fx", "")]
    assert str(caught.value).splitlines()[1].startswith("datapackage.json, column as_of: names no valid as_of date")


def test_what_is_no_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"none is not a folder; give the folder that holds"):
        Atlas.load(tmp_path / "none")
