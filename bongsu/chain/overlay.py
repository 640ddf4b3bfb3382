"""Tables of a folder laid over a network: events, scenarios and measures for a case that has none of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

from bongsu.atlas.check import check_keys, check_references
from bongsu.atlas.problems import PackError, Problem, errors
from bongsu.atlas.read import read_table
from bongsu.chain.change import BadChange, Change, check, scenarios
from bongsu.chain.network import Network, case_schema, frame

#: Tables that replace those of the network; rows of any other table are added to it.
REPLACED = ("events", "event_changes", "scenarios", "scenario_events", "first_stage", "measures", "measure_changes")


def overlay(network: Network, place: str | Path) -> Network:
    """The network with the tables of a folder, or with the events of one file of changes.

    Tables of the case format that say what may happen or be done replace those of the network; rows of other tables (an offer that
    a measure opens) are added. A single file has the columns of ``event_changes``; each name in it is an event.

    Raises:
        PackError: the folder or file, a table or a cell cannot be used; the error lists everything that is wrong.
    """
    root = Path(place)
    alone = root.is_file()
    files = {"event_changes": root} if alone else {path.stem: path for path in sorted(root.glob("*.csv"))}
    if not files:
        problem = Problem("", 0, "", str(root), "has no tables", "give a folder with events.csv, or a file of changes")
        raise PackError([problem], str(root))
    schema = case_schema()
    problems = [
        Problem(name, 0, "", "", "is not a table of the case format", "see docs/case-format.md for the names")
        for name in files
        if name not in schema
    ]
    lined: dict[str, pl.DataFrame] = {}
    for name, path in files.items():
        if name in schema:
            lined[name], wrong = read_table(path, schema[name], whole=False)
            problems += wrong
    if errors(problems):
        raise PackError(problems, str(root))
    tables = dict(network.tables)
    for name, rows in lined.items():
        own = rows.drop("_line")
        tables[name] = own if name in REPLACED else pl.concat([tables[name], own])
    if alone:
        names = list(dict.fromkeys(tables["event_changes"]["event"]))
        tables["events"] = frame("events", [{"event": name} for name in names])
    laid = replace(network, tables=tables)
    problems += _wrong(laid, lined)
    if errors(problems):
        raise PackError(problems, str(root))
    return laid


def _wrong(network: Network, lined: Mapping[str, pl.DataFrame]) -> list[Problem]:
    """What is wrong with the rows that were laid over."""
    schema = case_schema()
    whole = {name: rows.with_columns(_line=pl.lit(0, dtype=pl.Int64)) for name, rows in network.tables.items()}
    # Rows that are added stand after those of the network, with their lines; they must not repeat any of them.
    for name, rows in lined.items():
        before = whole[name].head(0 if name in REPLACED else whole[name].height - rows.height)
        whole[name] = pl.concat([before, rows.select(before.columns)])
    found = [
        p for name, rows in lined.items() for p in check_references(whole | {name: rows}, schema) if p.table == name
    ]
    found += check_keys({name: whole[name] for name in lined}, schema)
    for name, key in (("event_changes", "event"), ("measure_changes", "measure")):
        for row in lined[name].iter_rows(named=True) if name in lined else ():
            factor = 1.0 if row["factor"] is None else row["factor"]
            try:
                check(network, Change(row["table"], row["of"], row["column"], row["period"], factor, row["value"]))
            except BadChange as error:
                what = f"of {row[key]} cannot be made ({error})"
                found.append(Problem(name, row["_line"], "of", row["of"], what, "name a figure of this case"))
    try:
        scenarios(network)
    except BadChange as error:
        found.append(Problem("scenarios", 0, "weight", "", f"cannot be used ({error})", "correct the weights"))
    except KeyError as error:
        what, remedy = "is not in events.csv", "add it there or correct the spelling"
        found.append(Problem("scenario_events", 0, "event", str(error.args[0]), what, remedy))
    return sorted(found)
