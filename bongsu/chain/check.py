"""Checks of a network before it is planned: identifiers, quantities, and recipes that make something from nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.optimize import linprog

from bongsu.atlas.check import check_keys, check_references
from bongsu.atlas.problems import Problem

if TYPE_CHECKING:
    from bongsu.chain.network import Network

_NOT_NEGATIVE = {
    "periods": ("years",),
    "plants": ("fixed_cost",),
    "capacity": ("capacity",),
    "modes": ("use",),
    "lanes": ("capacity", "loss", "delay"),
    "lane_periods": ("capacity",),
    "corridors": ("capacity", "fixed_cost"),
    "corridor_periods": ("capacity",),
    "corridor_lanes": ("use",),
    "supplies": ("quantity", "quantity_low"),
    "demands": ("quantity", "penalty"),
    "stocks": ("capacity", "holding_cost", "initial", "initial_high", "final"),
    "options": (
        "lead_time",
        "capital_cost",
        "annual_cost",
        "fixed_cost",
        "min_size",
        "max_size",
        "max_total",
        "max_count",
        "life",
    ),
    "availability": ("share",),
    "events": ("probability", "recovery"),
    "event_changes": ("factor",),
    "measures": ("cost", "annual_cost", "lead_time"),
    "measure_changes": ("factor",),
    "scenarios": ("weight",),
    "contracts": ("minimum", "maximum", "penalty"),
    "shares": ("penalty",),
}
#: Table that the members of a family of variables are named in.
_FAMILY_OF = {
    "make": "modes",
    "ship": "lanes",
    "buy": "supplies",
    "stock": "stocks",
    "build": "options",
    "open_unit": "options",
    "retire": "plants",
    "open_corridor": "corridors",
}
#: Figures further than this from the median of their column are taken for a slip of units.
_SUSPICIOUS = 1e6


def check_network(network: Network, lined: Mapping[str, pl.DataFrame]) -> list[Problem]:
    """Problems of a network; ``lined`` are its tables with ``_line``, as read."""
    from bongsu.chain.network import case_schema

    schema = case_schema()
    found = [*check_keys(lined, schema), *check_references(lined, schema), *_check_numbers(lined), *_check_logic(lined)]
    found += _check_magnitudes(lined)
    if not found or all(p.severity == "warning" for p in found):
        found += [*_check_events(network, lined), *_check_measures(network, lined)]
        for process, item, amount in from_nothing(network["recipes"]):
            what = f"recipes together make {amount:g} of {item} from nothing, with {process} among them"
            found.append(
                Problem("recipes", 0, "amount", process, what, "lower an output or raise an input of the loop")
            )
    return sorted(found)


def _check_events(network: Network, lined: Mapping[str, pl.DataFrame]) -> Iterator[Problem]:
    from bongsu.chain.change import BadChange, check, events, scenarios

    changes = [change for event in events(network).values() for change in event.changes]
    if "event_changes" in lined:
        order = {name: at for at, name in enumerate(network["events"]["event"])}
        at = pl.col("event").replace_strict(order, default=len(order))
        lines = lined["event_changes"].with_columns(_at=at).sort("_at", maintain_order=True)
        for line, change in zip(lines["_line"], changes, strict=True):
            try:
                check(network, change)
            except BadChange as error:
                yield Problem(
                    "event_changes", line, "of", change.of, f"cannot be made ({error})", "name a figure of this case"
                )
    try:
        scenarios(network)
    except BadChange as error:
        yield Problem("scenarios", 0, "weight", "", f"cannot be used ({error})", "correct the weights")


def _check_measures(network: Network, lined: Mapping[str, pl.DataFrame]) -> Iterator[Problem]:
    from bongsu.chain.change import BadChange, Change, check

    for row in lined["measure_changes"].iter_rows(named=True) if "measure_changes" in lined else ():
        factor = 1.0 if row["factor"] is None else row["factor"]
        try:
            check(network, Change(row["table"], row["of"], row["column"], row["period"], factor, row["value"]))
        except BadChange as error:
            what = f"cannot be made ({error})"
            yield Problem("measure_changes", row["_line"], "of", row["of"], what, "name a figure of this case")


def _check_numbers(lined: Mapping[str, pl.DataFrame]) -> Iterator[Problem]:
    for table, columns in _NOT_NEGATIVE.items():
        if table not in lined:
            continue
        for column in columns:
            for line, value in lined[table].filter(pl.col(column) < 0).select("_line", column).iter_rows():
                yield Problem(table, line, column, f"{value:g}", "is negative", "give a figure of zero or more")
    for line, value in lined.get("lanes", pl.DataFrame({"_line": [], "loss": []})).select("_line", "loss").iter_rows():
        if value >= 1:
            yield Problem(
                "lanes", line, "loss", f"{value:g}", "loses everything", "write a share below 1, not a percentage"
            )
    for line, value in lined["periods"].select("_line", "years").iter_rows() if "periods" in lined else ():
        if value == 0:
            yield Problem("periods", line, "years", "0", "has no length", "give the years that the period stands for")


def _check_logic(lined: Mapping[str, pl.DataFrame]) -> Iterator[Problem]:
    if "modes" in lined:
        known = set(lined["recipes"]["process"]) if "recipes" in lined else set()
        # What only counts in a rule of shares, such as content passed on, uses and makes nothing.
        terms = lined.get("share_terms")
        counted = set(terms.filter(pl.col("kind") == "mode")["of"]) if terms is not None else set()
        for line, mode, process in lined["modes"].select("_line", "mode", "process").iter_rows():
            if process not in known and mode not in counted:
                yield Problem(
                    "modes", line, "process", process, "has no recipe", "add its inputs and outputs to recipes.csv"
                )
    if "recipes" in lined:
        taken = lined["recipes"].filter((pl.col("byproduct") == "yes") & (pl.col("amount") <= 0))
        for line, item in taken.select("_line", "item").iter_rows():
            what = "is a by-product but is not made"
            yield Problem("recipes", line, "byproduct", item, what, "say yes for outputs only")
    if "options" in lined:
        for row in lined["options"].iter_rows(named=True):
            if row["integer"] != "yes" and (row["fixed_cost"] or row["min_size"]):
                what = "has a fixed cost or minimum size but is not integer"
                yield Problem("options", row["_line"], "integer", row["option"], what, "set integer = yes")
            if row["integer"] == "yes" and row["max_size"] is None:
                what = "is integer but has no largest size"
                yield Problem("options", row["_line"], "max_size", row["option"], what, "give the size of one unit")
            if row["max_size"] is not None and row["min_size"] > row["max_size"]:
                what = "has a smallest size above its largest"
                yield Problem(
                    "options", row["_line"], "min_size", f"{row['min_size']:g}", what, "correct one of the two"
                )
    if "stocks" in lined:
        for row in lined["stocks"].iter_rows(named=True):
            if row["capacity"] is not None and max(row["initial"], row["final"]) > row["capacity"]:
                what = "holds more at the start or end than its capacity"
                yield Problem(
                    "stocks", row["_line"], "capacity", f"{row['capacity']:g}", what, "correct one of the three"
                )
            if row["initial_high"] is not None and row["initial_high"] < row["initial"]:
                what = "is below the stock at the low end"
                yield Problem(
                    "stocks", row["_line"], "initial_high", f"{row['initial_high']:g}", what, "correct one of the two"
                )
    if "supplies" in lined:
        for row in lined["supplies"].iter_rows(named=True):
            if row["quantity"] is not None and (row["quantity_low"] or 0.0) > row["quantity"]:
                what = "is above the quantity"
                yield Problem(
                    "supplies", row["_line"], "quantity_low", f"{row['quantity_low']:g}", what, "correct one of the two"
                )
    if "corridors" in lined:
        for row in lined["corridors"].iter_rows(named=True):
            if row["fixed_cost"] > 0 and row["capacity"] is None:
                what = "has a fixed cost but no capacity"
                yield Problem("corridors", row["_line"], "capacity", row["corridor"], what, "give its capacity")
    for table, key in (("supplies", "supply"), ("demands", "demand")):
        if table in lined:
            kinds = lined[table].unique([key, "place", "item"], maintain_order=True)
            for line, name in kinds.filter(pl.col(key).is_duplicated()).select("_line", key).iter_rows():
                what = "is used for several places or items"
                yield Problem(table, line, key, name, what, "give each place and item an identifier of its own")
    if "periods" in lined and lined["periods"].is_empty():
        yield Problem("periods", 0, "", "", "has no rows", "add at least one period")
    if "periods" in lined and 0 < lined["periods"]["year"].null_count() < lined["periods"].height:
        what = "is given for some periods only"
        yield Problem("periods", 0, "year", "", what, "give the calendar year of every period, or of none")
    if "share_terms" in lined:
        for row in lined["share_terms"].iter_rows(named=True):
            table = {"lane": "lanes", "supply": "supplies", "mode": "modes"}[row["kind"]]
            if table not in lined or row["of"] not in set(lined[table][row["kind"]]):
                yield Problem(
                    "share_terms", row["_line"], "of", row["of"], f"is not in {table}.csv", "correct the spelling"
                )
    if "first_stage" in lined:
        for row in lined["first_stage"].filter(pl.col("of").is_not_null()).iter_rows(named=True):
            table = _FAMILY_OF[row["family"]]
            if table not in lined or row["of"] not in set(lined[table][lined[table].columns[1]]):
                what = f"is not in {table}.csv"
                yield Problem(
                    "first_stage", row["_line"], "of", row["of"], what, "correct the spelling, or leave it blank"
                )
    if "lanes" in lined:
        for line, lane in lined["lanes"].filter(pl.col("from") == pl.col("to")).select("_line", "lane").iter_rows():
            yield Problem("lanes", line, "to", lane, "starts and ends at the same place", "remove it")


def _check_magnitudes(lined: Mapping[str, pl.DataFrame]) -> Iterator[Problem]:
    for table, column in (("demands", "quantity"), ("capacity", "capacity"), ("lanes", "cost"), ("supplies", "price")):
        if table not in lined:
            continue
        frame = lined[table].filter(pl.col(column) > 0)
        usual = frame[column].median()
        if not isinstance(usual, float):
            continue
        odd = frame.filter((pl.col(column) > usual * _SUSPICIOUS) | (pl.col(column) * _SUSPICIOUS < usual))
        for line, value in odd.select("_line", column).iter_rows():
            what = f"is far from the usual size of such figures (median {usual:g})"
            yield Problem(table, line, column, f"{value:g}", what, "check the unit and the decimal point", "warning")


def from_nothing(recipes: pl.DataFrame) -> Sequence[tuple[str, str, float]]:
    """Processes that together make something from nothing: (a process of the loop, item gained, amount gained).

    Solves max Σ net output over activities between 0 and 1 of the processes that consume something, with no item in deficit:
    if the optimum is positive, their recipes form a loop that gains. Processes without inputs are sources and are left out.
    """
    first = recipes.sort("process", "item", "period", nulls_last=False) if "period" in recipes.columns else recipes
    pairs = first.unique(["process", "item"], keep="first", maintain_order=True)
    consuming = set(pairs.filter(pl.col("amount") < 0)["process"])
    pairs = pairs.filter(pl.col("process").is_in(sorted(consuming)))
    if pairs.is_empty():
        return ()
    processes, items = sorted(set(pairs["process"])), sorted(set(pairs["item"]))
    matrix = np.zeros((len(items), len(processes)))
    for process, item, amount in pairs.select("process", "item", "amount").iter_rows():
        matrix[items.index(item), processes.index(process)] += amount
    answer = linprog(-matrix.sum(axis=0), A_ub=-matrix, b_ub=np.zeros(len(items)), bounds=(0, 1), method="highs")
    if answer.status != 0 or -answer.fun <= 1e-7:
        return ()
    net = matrix @ answer.x
    gained = int(net.argmax())
    makers = np.flatnonzero((matrix[gained] > 0) & (answer.x > 1e-9))
    return ((processes[int(makers[0])], items[gained], float(net[gained])),)
