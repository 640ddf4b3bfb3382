"""Checks across the tables of a data pack. Each check is one function that yields problems in the user's words."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise
from typing import Any

import polars as pl

from bongsu.atlas.problems import Problem
from bongsu.atlas.schema import Table
from bongsu.atlas.units import capacity_factor

Frames = Mapping[str, pl.DataFrame]

#: Columns whose values are quantities that cannot be below zero.
_NOT_NEGATIVE = {
    ("items", "mass_per_unit"),
    ("composition", "amount"),
    ("recipe_losses", "share"),
    ("process_energy", "amount"),
    ("process_costs", "variable"),
    ("process_costs", "fixed"),
    ("capex", "capex"),
    ("capex", "lead_time"),
    ("capex", "life"),
    ("capex", "min_size"),
    ("expansion_places", "max_per_year"),
    ("expansion_places", "max_total"),
    ("facility_owners", "share"),
    ("facility_capacity", "capacity"),
    ("links", "volume"),
    ("sea_legs", "distance_km"),
    ("freight_rates", "per_t_km"),
    ("freight_rates", "per_t"),
    ("demand", "units"),
    ("demand", "kwh_per_unit"),
    ("demand", "gwh"),
    ("chemistry_mix", "share"),
    ("outside_supply", "price"),
    ("outside_supply", "quantity"),
    ("delivery", "share"),
    ("national_totals", "value"),
    ("trade", "quantity"),
    ("trade", "value"),
    ("trade", "share"),
    ("stocks", "low"),
    ("stocks", "high"),
    ("stock_cover", "days_low"),
    ("stock_cover", "days_high"),
    ("energy_prices", "price"),
    ("fx", "usd"),
    ("shortage_prices", "price"),
    ("deflators", "index"),
    ("cases", "discount_rate"),
}
_AT_MOST_ONE = {
    ("recipe_losses", "share"),
    ("facility_owners", "share"),
    ("chemistry_mix", "share"),
    ("delivery", "share"),
    ("trade", "share"),
    ("cases", "discount_rate"),
}
#: A figure further than this from the median of its kind is taken for a slip of units.
_SUSPICIOUS = 1e4
#: Most years that a case plans.
_LONGEST = 100
#: Elements must balance to this share of what goes in.
BALANCE_TOLERANCE = 0.01
#: Tables whose rows tell events. One that a later document tells may be dated by the day it became public, if its note says so.
_EVENTS = {"facilities", "facility_states", "facility_owners", "facility_capacity", "links", "trade"}
#: How such a note begins: the day from which anybody could know it.
PUBLIC = "Public since "
#: Tables in which a subject has figures by year; a newer outlook replaces the older one from its own first year on.
_OUTLOOKS = ("chemistry_mix", "demand", "outside_supply")


def check_keys(frames: Frames, schema: Mapping[str, Table]) -> Iterator[Problem]:
    """No two rows make the same statement."""
    for name, frame in frames.items():
        key = list(schema[name].key)
        if not key or frame.is_empty():
            continue
        double = frame.filter(pl.struct(key).is_duplicated()).sort(*key, "_line")
        for group in double.partition_by(key, maintain_order=True):
            lines = group["_line"].to_list()
            shown = ", ".join(str(v) for v in group.row(0, named=True).values() if v is not None)[:60]
            what = f"repeats the statement of line {lines[0]}"
            for line in lines[1:]:
                yield Problem(name, line, key[0], shown, what, "remove one, or give the newer one its own known_from")


def check_references(frames: Frames, schema: Mapping[str, Table], unsound: Collection[str] = ()) -> Iterator[Problem]:
    """Every identifier that a row mentions exists in the table it refers to, unless that table is ``unsound`` itself."""
    for name, frame in frames.items():
        for field in schema[name].fields:
            if not field.refers or field.refers not in frames or field.refers in unsound:
                continue
            known = set(frames[field.refers][schema[field.refers].key[0]].to_list())
            cells = frame.select("_line", field.name)
            if field.type == "list":
                cells = cells.explode(field.name)
            for line, value in cells.iter_rows():
                if value is not None and value not in known:
                    remedy = f"add it to {field.refers}.csv or correct the spelling"
                    yield Problem(name, line, field.name, str(value), f"is not in {field.refers}.csv", remedy)


def check_sources(frames: Frames, schema: Mapping[str, Table]) -> Iterator[Problem]:
    """A row that is not an assumption names its source."""
    for name, frame in frames.items():
        if "confidence" not in schema[name] or "source" not in schema[name]:
            continue
        bare = frame.filter((pl.col("confidence") != "assumed") & pl.col("source").is_null())
        for line, trust in bare.select("_line", "confidence").iter_rows():
            yield Problem(
                name, line, "source", "", f"is missing on a row marked {trust}", "name a source or mark the row assumed"
            )


def check_knowledge(frames: Frames, schema: Mapping[str, Table]) -> Iterator[Problem]:
    """No row was known before the document that it comes from, the thing that it is about, or the price level of its money."""
    published = {}
    if "sources" in frames:
        published = {s: d for s, d in frames["sources"].select("source", "date").iter_rows() if d is not None}
    levels = _first_known(frames, "deflators", "year")
    for name, frame in frames.items():
        table = schema[name]
        if "known_from" not in table:
            continue
        dated = [
            (f.name, f.refers, _first_known(frames, f.refers, schema[f.refers].key[0]))
            for f in table.fields
            if f.refers in frames and f.type != "list" and "known_from" in schema[f.refers]
        ]
        for row in frame.iter_rows(named=True):
            line, known = row["_line"], row["known_from"]
            source = row.get("source")
            told = name in _EVENTS and str(row.get("note") or "").startswith(PUBLIC)
            if source in published and known < published[source] and not told:
                what = f"is before {source}, which is of {published[source]}"
                remedy = "date the row by its source"
                if name in _EVENTS:
                    remedy += (
                        f", or begin the note with '{PUBLIC}DAY' if the source tells of an event that was public then"
                    )
                yield Problem(name, line, "known_from", str(known), what, remedy)
            for column, refers, first in dated:
                if row[column] in first and known < first[row[column]]:
                    what = f"is before {row[column]} was known ({first[row[column]]}, {refers}.csv)"
                    remedy = f"add a row to {refers}.csv that was known by then, or correct the date"
                    yield Problem(name, line, "known_from", str(known), what, remedy)
            money = row.get("money_year")
            if money in levels and known < levels[money]:
                what = f"is before the price level of {money} was known ({levels[money]}, deflators.csv)"
                yield Problem(
                    name, line, "known_from", str(known), what, "state the figure in dollars of an earlier year"
                )


def _first_known(frames: Frames, name: str, column: str) -> dict[Any, dt.date]:
    """The first day on which each value of a column was known."""
    if name not in frames:
        return {}
    return dict(frames[name].group_by(column).agg(pl.col("known_from").min()).iter_rows())


def check_outlooks(frames: Frames, schema: Mapping[str, Table]) -> Iterator[Problem]:
    """A newer outlook states every later year of the older one, so that no figure of the older stays between its own.

    Rows of one subject known on one day are one outlook. Between its first and its last year no forecast may be left that only an
    older outlook states; what a year has brought stays.
    """
    for name in (table for table in _OUTLOOKS if table in frames):
        subject = [column for column in schema[name].subject if column != "year"]
        for key, own in frames[name].sort("known_from", "year").partition_by(subject, as_dict=True).items():
            held: dict[int, dt.date] = {}
            for (day,), rows in own.partition_by("known_from", as_dict=True, maintain_order=True).items():
                years = rows["year"].to_list()
                left = [y for y, d in held.items() if max(years[0], d.year) < y < years[-1] and y not in years]
                if left:
                    stale = f"the figure of {left[0]} as known on {held[left[0]]}"
                    what = f"leaves {stale} between its own ({', '.join(map(str, key))})"
                    remedy = f"state {left[0]} in the newer outlook too"
                    yield Problem(name, rows["_line"].min(), "year", str(years[0]), what, remedy)  # type: ignore[arg-type]
                held |= dict.fromkeys(years, day)


def check_ranges(frames: Frames, schema: Mapping[str, Table]) -> Iterator[Problem]:
    """Quantities are not negative, shares are at most one, coordinates are on the globe."""
    for name, column in sorted(_NOT_NEGATIVE):
        if name in frames:
            for line, value in frames[name].filter(pl.col(column) < 0).select("_line", column).iter_rows():
                yield Problem(
                    name, line, column, f"{value:g}", "is negative", "give a figure of zero or more; blank if unknown"
                )
    for name, column in sorted(_AT_MOST_ONE):
        if name in frames:
            for line, value in frames[name].filter(pl.col(column) > 1).select("_line", column).iter_rows():
                yield Problem(
                    name, line, column, f"{value:g}", "is above 1", "write a share between 0 and 1, not a percentage"
                )
    places = frames.get("places", pl.DataFrame())
    if not places.is_empty():
        for column, limit in (("lat", 90.0), ("lon", 180.0)):
            for line, value in places.filter(pl.col(column).abs() > limit).select("_line", column).iter_rows():
                yield Problem(
                    "places", line, column, f"{value:g}", "is not on the globe", f"stay within ±{limit:g} degrees"
                )


def check_validity(frames: Frames, schema: Mapping[str, Table]) -> Iterator[Problem]:
    """Two statements of the same knowledge about the same thing do not hold at the same time."""
    for name, frame in frames.items():
        if "valid_to" not in schema[name]:
            continue
        subject = [column for column in schema[name].key if column != "valid_from"]
        spans: dict[tuple[Any, ...], list[tuple[dt.date, dt.date, int]]] = defaultdict(list)
        for row in frame.iter_rows(named=True):
            start, end = row["valid_from"] or dt.date.min, row["valid_to"] or dt.date.max
            if end < start:
                yield Problem(
                    name, row["_line"], "valid_to", str(end), "ends before it starts", "correct one of the two dates"
                )
            spans[tuple(row[column] for column in subject)].append((start, end, row["_line"]))
        for held in spans.values():
            held.sort()
            for (_, end, line), (start, _, later) in pairwise(held):
                # An open row is ended by the next one; only two closed or two equally dated rows clash.
                if start <= end and end != dt.date.max:
                    what = f"overlaps the validity of line {line}"
                    yield Problem(
                        name, later, "valid_from", str(start), what, "end the earlier row before this one begins"
                    )
    capacity = frames.get("facility_capacity", pl.DataFrame())
    if not capacity.is_empty():
        counted = capacity.filter(pl.col("counted") == "yes")
        clash = counted.filter(pl.struct("line", "valid_from", "known_from").is_duplicated())
        for line, value in clash.select("_line", "line").iter_rows():
            what = "has two counted capacities for the same date"
            yield Problem(
                "facility_capacity", line, "counted", value, what, "set counted = no on the one not relied on"
            )


def check_cover(frames: Frames, schema: Mapping[str, Table]) -> Iterator[Problem]:
    """Ranges of stock run from low to high, and an item is of the stage that the row names."""
    if "stock_cover" not in frames or "items" not in frames:
        return
    stage = dict(frames["items"].select("item", "stage").iter_rows())
    for row in frames["stock_cover"].iter_rows(named=True):
        if row["days_high"] < row["days_low"]:
            what = "is below the low end"
            yield Problem("stock_cover", row["_line"], "days_high", f"{row['days_high']:g}", what, "exchange the two")
        if row["item"] in stage and stage[row["item"]] != row["stage"]:
            what = f"is not the stage of {row['item']}"
            remedy = f"write {stage[row['item']]}, or correct the item"
            yield Problem("stock_cover", row["_line"], "stage", row["stage"], what, remedy)


def check_units(frames: Frames, schema: Mapping[str, Table]) -> Iterator[Problem]:
    """Capacities and totals are stated in a unit that fits the item they count."""
    if not {"items", "processes", "composition"} <= frames.keys():
        return
    units = dict(frames["items"].select("item", "unit").iter_rows())
    main = dict(frames["processes"].select("process", "main_item").iter_rows())
    content = contents(frames["composition"])
    if {"facility_capacity", "facility_lines"} <= frames.keys():
        item_of = {
            row["line"]: main.get(row["processes"][0]) if row["processes"] else None
            for row in frames["facility_lines"].iter_rows(named=True)
        }
        for line, name, unit in frames["facility_capacity"].select("_line", "line", "unit").iter_rows():
            yield from _check_unit("facility_capacity", line, unit, item_of.get(name), units, content)
    if "national_totals" in frames:
        for line, item, unit in frames["national_totals"].select("_line", "item", "unit").iter_rows():
            yield from _check_unit("national_totals", line, unit, item, units, content)


def _check_unit(
    table: str,
    line: int,
    unit: str,
    item: str | None,
    units: Mapping[str, str],
    content: Mapping[str, dict[str, float]],
) -> Iterator[Problem]:
    if item is None or item not in units:
        return
    try:
        capacity_factor(unit, units[item], content.get(item, {}))
    except ValueError as error:
        remedy = f"state it in {units[item]} of {item} or a multiple of that"
        yield Problem(table, line, "unit", unit, f"cannot be used for {item}: {error}", remedy)


def contents(composition: pl.DataFrame) -> dict[str, dict[str, float]]:
    """Tonnes of each element in one unit of each item."""
    result: dict[str, dict[str, float]] = defaultdict(dict)
    for item, element, amount in composition.select("item", "element", "amount").iter_rows():
        result[item][element] = amount
    return result


def check_recipes(frames: Frames, schema: Mapping[str, Table]) -> Iterator[Problem]:
    """Recipes hold their main item once, make something, and balance by element, on every day on which one was known anew."""
    if not {"recipes", "processes", "composition"} <= frames.keys():
        return
    recipes = frames["recipes"]
    days = recipes["known_from"].unique().sort().to_list()
    content = {day: contents(_by(frames["composition"], schema["composition"], day)) for day in days}
    losses: dict[dt.date, dict[tuple[str, str], float]] = {}
    for day in days if "recipe_losses" in frames else ():
        seen = _by(frames["recipe_losses"], schema["recipe_losses"], day)
        losses[day] = {(p, e): s for p, e, s in seen.select("process", "element", "share").iter_rows()}
    by_process = {key[0]: group for key, group in recipes.partition_by("process", as_dict=True).items()}
    for row in frames["processes"].iter_rows(named=True):
        process, line = row["process"], row["_line"]
        recipe = by_process.get(process)
        if recipe is None:
            yield Problem(
                "processes", line, "process", process, "has no recipe", "add its inputs and outputs to recipes.csv"
            )
            continue
        main = recipe.filter(pl.col("item") == row["main_item"])
        if main.is_empty() or not (main["amount"].abs() == 1).all():
            what = f"does not make or take exactly 1 of its main item {row['main_item']}"
            yield Problem(
                "processes", line, "main_item", process, what, "give the main item the amount 1 (or -1 for a feed)"
            )
        yield from _check_whole(process, recipe)
        for day in recipe["known_from"].unique().sort().to_list():
            seen = recipe.filter(pl.col("known_from") <= day)
            for start in seen["valid_from"].unique().sort(nulls_last=False).to_list():
                current = seen.filter(pl.col("valid_from").eq_missing(start))
                current = current.sort("known_from").unique("item", keep="last", maintain_order=True)
                for element in row["balance"] or []:
                    lost = losses.get(day, {}).get((process, element), 0.0)
                    yield from _check_balance(process, element, current, content[day], lost)


def _by(frame: pl.DataFrame, table: Table, day: dt.date) -> pl.DataFrame:
    """Rows as known on a day, the newest of each subject."""
    seen = frame.filter(pl.col("known_from") <= day)
    return seen.filter(pl.col("known_from") == pl.col("known_from").max().over(list(table.subject)))


def _check_whole(process: str, recipe: pl.DataFrame) -> Iterator[Problem]:
    """A recipe is known whole: half of one would make something from too little."""
    first = recipe.group_by("item", "valid_from", maintain_order=True).agg(
        pl.col("known_from").min(), pl.col("_line").min()
    )
    begun = recipe["known_from"].min()
    late = first.filter((pl.col("known_from") != begun) & pl.col("valid_from").is_null())
    for row in late.iter_rows(named=True):
        what = f"is after {begun!s}, when the rest of the recipe of {process} was known; until then {row['item']} would be missing"
        remedy = "let all rows of a recipe begin on one day: the latest of those of its sources"
        yield Problem("recipes", row["_line"], "known_from", str(row["known_from"]), what, remedy)


def _check_balance(
    process: str, element: str, recipe: pl.DataFrame, content: Mapping[str, dict[str, float]], loss: float
) -> Iterator[Problem]:
    inside = outside = 0.0
    for item, amount in recipe.select("item", "amount").iter_rows():
        carried = amount * content.get(item, {}).get(element, 0.0)
        inside, outside = (inside - carried, outside) if carried < 0 else (inside, outside + carried)
    kept = inside * (1 - loss)
    if abs(kept - outside) > BALANCE_TOLERANCE * max(inside, outside):
        what = (
            f"does not balance {element}: {inside:.6g} t go in, {kept:.6g} t are left after a loss of {loss:.1%}, "
            f"{outside:.6g} t come out per unit of {process}"
        )
        line = int(recipe["_line"].min())  # type: ignore[arg-type]
        remedy = "correct an amount, the composition of an item, or the loss in recipe_losses.csv"
        yield Problem("recipes", line, "amount", process, what, remedy)


def check_mix(frames: Frames, schema: Mapping[str, Table]) -> Iterator[Problem]:
    """The chemistry shares of one segment, place and year add to one."""
    mix = frames.get("chemistry_mix", pl.DataFrame())
    if mix.is_empty():
        return
    group = ["case", "place", "segment", "year", "known_from"]
    sums = mix.group_by(group, maintain_order=True).agg(pl.col("share").sum(), pl.col("_line").min())
    for row in sums.filter((pl.col("share") - 1).abs() > 1e-6).iter_rows(named=True):
        what = f"shares of {row['segment']} in {row['place']}, {row['year']} add to {row['share']:.4g}"
        yield Problem("chemistry_mix", row["_line"], "share", "", what, "make them add to 1")


def check_demand(frames: Frames, schema: Mapping[str, Table]) -> Iterator[Problem]:
    """Energy equals vehicles times pack size, and each case has demand for all its years."""
    demand = frames.get("demand", pl.DataFrame())
    if demand.is_empty():
        return
    vehicles = demand.filter(pl.col("segment") != "storage")
    missing = vehicles.filter(pl.col("units").is_null() | pl.col("kwh_per_unit").is_null())
    for (line,) in missing.select("_line").iter_rows():
        yield Problem(
            "demand", line, "units", "", "is missing for a vehicle segment", "give the vehicles and kWh per vehicle"
        )
    product = pl.col("units") * pl.col("kwh_per_unit") / 1e6
    wrong = vehicles.with_columns(product=product).filter(
        (pl.col("gwh") - pl.col("product")).abs() > 0.01 + 0.01 * pl.col("gwh")
    )
    for line, gwh, computed in wrong.select("_line", "gwh", "product").iter_rows():
        what = f"differs from vehicles times pack size ({computed:.4g} GWh)"
        yield Problem("demand", line, "gwh", f"{gwh:g}", what, "correct one of the three")
    cases = frames.get("cases", pl.DataFrame())
    if cases.is_empty():
        return
    for row in cases.iter_rows(named=True):
        own = demand.filter((pl.col("case") == row["demand_case"]) & (pl.col("known_from") <= row["known_from"]))
        if not 0 <= row["end_year"] - row["start_year"] <= _LONGEST:
            what = f"is not within {_LONGEST} years after the first year {row['start_year']}"
            yield Problem("cases", row["_line"], "end_year", str(row["end_year"]), what, "correct one of the two")
        if own.is_empty():
            what = f"has no rows in demand.csv that were known on {row['known_from']}"
            remedy = "name a demand case that exists, or date the case by its demand"
            yield Problem("cases", row["_line"], "demand_case", row["demand_case"], what, remedy)
            continue
        spans = own.group_by("place", "segment", maintain_order=True).agg(
            first=pl.col("year").min(), last=pl.col("year").max(), line=pl.col("_line").min()
        )
        for span in spans.iter_rows(named=True):
            for year, late in (
                (row["start_year"], span["first"] > row["start_year"]),
                (row["end_year"], span["last"] < row["end_year"]),
            ):
                if late:
                    what = (
                        f"{span['segment']} in {span['place']} has no figure that reaches {year} "
                        f"(case {row['case']} as known on {row['known_from']})"
                    )
                    yield Problem("demand", span["line"], "year", "", what, "add a row for that year")


def check_lookups(frames: Frames, schema: Mapping[str, Table]) -> Iterator[Problem]:
    """What rows are looked up by exists: years of money, delivery curves, freight rates, shortage prices, ports."""
    empty = pl.DataFrame()
    years = set(frames["deflators"]["year"]) if "deflators" in frames else None
    for name, frame in frames.items():
        if years is not None and "money_year" in schema[name]:
            for line, year in frame.select("_line", "money_year").iter_rows():
                if year not in years:
                    what = "is not in deflators.csv"
                    yield Problem(name, line, "money_year", str(year), what, "add the year to it, or correct this one")
    if {"facility_states", "delivery"} <= frames.keys():
        curves = set(frames["delivery"]["state"])
        for line, state in frames["facility_states"].select("_line", "state").iter_rows():
            if state not in curves:
                yield Problem(
                    "facility_states", line, "state", state, "has no delivery curve", "add its rows to delivery.csv"
                )
    if {"items", "freight_rates"} <= frames.keys():
        rated = set(frames["freight_rates"].select("freight_class", "mode").iter_rows())
        for line, kind in frames["items"].select("_line", "freight_class").iter_rows():
            by_land = {(kind, "truck"), (kind, "rail")} & rated
            if kind != "none" and not (by_land and (kind, "sea") in rated):
                what = "has no freight rate by land and by sea"
                yield Problem("items", line, "freight_class", kind, what, "add the rates to freight_rates.csv")
    if {"demand", "chemistry_mix", "shortage_prices"} <= frames.keys():
        priced = set(frames["shortage_prices"]["item"])
        for line, segment, chemistry in frames["chemistry_mix"].select("_line", "segment", "chemistry").iter_rows():
            item = f"{segment}_{chemistry}"
            if item not in priced:
                what = f"has no shortage price ({item})"
                yield Problem("chemistry_mix", line, "segment", segment, what, "add it to shortage_prices.csv")
    ports = set(frames.get("places", empty).filter(pl.col("kind") == "port")["place"]) if "places" in frames else set()
    for name in ("from_port", "to_port"):
        for line, place in frames["sea_legs"].select("_line", name).iter_rows() if "sea_legs" in frames else ():
            if place not in ports:
                yield Problem("sea_legs", line, name, place, "is not a port", "name a place whose kind is port")


def check_magnitudes(frames: Frames, schema: Mapping[str, Table]) -> Iterator[Problem]:
    """Warn of figures so far from their kind that a slip of units is likely."""
    groups = (
        ("facility_capacity", "capacity", "unit"),
        ("outside_supply", "price", "item"),
        ("outside_supply", "quantity", "item"),
        ("process_costs", "variable", "process"),
        ("capex", "capex", "process"),
        ("demand", "gwh", "segment"),
        ("sea_legs", "distance_km", None),
    )
    for name, column, by in groups:
        if name not in frames:
            continue
        frame = frames[name].filter(pl.col(column) > 0)
        median = pl.col(column).median()
        frame = frame.with_columns(_median=median.over(by) if by else median)
        odd = frame.filter(
            (pl.col(column) > _SUSPICIOUS * pl.col("_median")) | (pl.col(column) * _SUSPICIOUS < pl.col("_median"))
        )
        for line, value, usual in odd.select("_line", column, "_median").iter_rows():
            what = f"is far from the usual size of such figures (median {usual:g})"
            yield Problem(name, line, column, f"{value:g}", what, "check the unit and the decimal point", "warning")


CHECKS = (
    check_keys,
    check_references,
    check_sources,
    check_knowledge,
    check_outlooks,
    check_ranges,
    check_validity,
    check_cover,
    check_units,
    check_recipes,
    check_mix,
    check_demand,
    check_lookups,
    check_magnitudes,
)
#: Checks that would find false problems while rows of these tables could not be read.
_WHOLE = {
    check_units: {"items", "processes", "composition"},
    check_recipes: {"recipes", "recipe_losses", "processes", "composition"},
    check_mix: {"chemistry_mix"},
    check_knowledge: {"facilities", "facility_lines", "deflators", "sources"},
    check_outlooks: set(_OUTLOOKS),
    check_lookups: {"deflators", "delivery", "freight_rates", "shortage_prices", "places"},
}


def check(frames: Frames, schema: Mapping[str, Table], unsound: Collection[str] = ()) -> list[Problem]:
    """All problems that any check finds, sorted by table and line.

    ``unsound`` tables are those with rows that could not be read: what would be missed in them is not reported.
    """
    found = list(check_references(frames, schema, unsound))
    for run in CHECKS:
        if run is not check_references and not (_WHOLE.get(run, set()) & set(unsound)):
            found += run(frames, schema)
    return sorted(found)
