"""The tables of the brief. Each is a title, columns, and rows of cells made from one list of the store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bongsu.brief.markup import Markup, el, join, raw_value
from bongsu.brief.numbers import Record, grounded, mark, number
from bongsu.brief.text import Lang, date, figure, has, label, local, scaled, significant, t, unit_name

Cell = Callable[[Record], Markup]


@dataclass(frozen=True)
class Column:
    """One column: its key in the downloaded file, its heading (a key of the catalogue, or a year), its cells; one that is not
    ``shown`` stands only in the file."""

    key: str
    head: str
    cell: Cell
    numeric: bool = False
    shown: bool = True


@dataclass(frozen=True)
class Table:
    """A table with an identifier (also the name of the file that is downloaded) and the rows of the store."""

    ident: str
    columns: Sequence[Column]
    rows: Sequence[Record]


def words(key: str, head: str, lang: Lang, group: str | None = None, row_head: bool = False) -> Column:
    """A column of names, or of codes that the catalogue words (``group``)."""

    def cell(row: Record) -> Markup:
        value = row.get(key)
        shown = label(group, str(value), lang) if group and value is not None else local(value, lang)
        swatch = el("i", {"class": f"swatch k-{value}", "aria-hidden": "true"}) if group == "country" else None
        name = "th" if row_head else "td"
        attrs = {"scope": "row" if row_head else None, "class": "w" if swatch else "long" if key == "meaning" else None}
        return el(name, attrs, swatch, shown)

    return Column(key, head, cell)


def amount(
    store: Record, key: str, head: str, lang: Lang, kind: str = "number", unit: str | None = None, main: bool = False
) -> Column:
    """A column of numbers. ``unit`` None takes the unit of the row; ``main`` carries the grounds of the row (fid)."""

    def cell(row: Record) -> Markup:
        value = row.get(key)
        inner: Any
        if main and row.get("fid") in store["figures"]:
            inner = grounded(store, row["fid"], lang) if _same(store, row, value) else _beside(store, row, value, lang)
        else:
            inner = figure(value, kind, row.get("unit", "1") if unit is None else unit, lang)
        return el("td", {"class": "n", "data-value": raw_value(value)}, inner)

    return Column(key, head, cell, numeric=True)


def trust(key: str, head: str, lang: Lang) -> Column:
    """A column of confidence: the sign and its word."""

    def cell(row: Record) -> Markup:
        value = row.get(key)
        return el("td", {"class": "w"}, mark(value, lang), " ", label("confidence", value, lang) if value else "")

    return Column(key, head, cell)


def source(store: Record, key: str, head: str, lang: Lang) -> Column:
    """A column that links to the list of sources."""

    def cell(row: Record) -> Markup:
        ident = row.get(key)
        if not ident:
            return el("td", {}, "")
        record = store["sources"].get(ident, {})
        shown = " ".join(part for part in (record.get("publisher", ident), record.get("date") or "") if part)
        return el("td", {}, el("a", {"href": f"#s-{ident}"}, shown))

    return Column(key, head, cell)


def render(table: Table, lang: Lang, caption: str) -> Markup:
    """The table with its caption and the two download buttons."""
    head = el("tr", {}, [_heading(column, lang) for column in table.columns])
    body = [el("tr", {}, [column.cell(row) for column in table.columns]) for row in table.rows]
    if not body:
        body = [el("tr", {"class": "none"}, el("td", {"colspan": len(table.columns)}, t("table.none", lang)))]
    grid = el(
        "table",
        {"id": f"t-{table.ident}", "data-name": table.ident},
        el("caption", {"class": "hidden"}, caption),
        el("thead", {}, head),
        el("tbody", {}, body),
    )
    scroller = {"class": "scroll", "tabindex": "0", "role": "region", "aria-label": caption}
    return el("div", {"class": "tablebox"}, _tools(table.ident, caption, lang), el("div", scroller, grid))


def share_by_year(store: Record, lang: Lang) -> Table:
    """Cells that serve demand by who makes them, one row a year."""
    makers = ("canada", "korea", "korean_owned_us", "other_us", "other", "short")
    columns = [_year(lang, row_head=True), amount(store, "demand_gwh", "col.demand", lang, unit="GWh", main=True)]
    columns += [amount(store, maker, f"maker.{maker}", lang, unit="GWh") for maker in makers]
    return Table("share_by_year", columns, store["share_by_year"])


def stages(store: Record, lang: Lang, year: int) -> Table:
    """Who supplies each stage in one year."""
    columns = [
        words("stage", "col.stage", lang, "stage", row_head=True),
        words("country", "col.country", lang, "country"),
        _year(lang),
        amount(store, "share", "col.share", lang, "share", "1", main=True),
    ]
    return Table("stages", columns, [row for row in store["stages"] if row["year"] == year])


def flows(store: Record, lang: Lang, year: int) -> Table:
    """What moves between places in one year, with the ports on the way."""
    places = store["map"]["places"]
    rows = [
        {
            **row,
            "year": year,
            "from": places[row["from"]]["name"],
            "to": places[row["to"]]["name"],
            "via": " \u2192 ".join(local(places[stop]["name"], lang) for stop in row.get("via", [])),
        }
        for row in sorted(store["map"]["flows"].get(str(year), []), key=lambda row: -(row.get("gwh_eq") or 0))
    ]
    columns = [
        words("item_name", "col.item", lang, row_head=True),
        words("from", "col.from", lang),
        words("to", "col.to", lang),
        words("via", "col.via", lang),
        _year(lang),
        amount(store, "quantity", "col.quantity", lang),
        _unit(),
        amount(store, "gwh_eq", "col.gwh_eq", lang, unit="GWh-eq"),
    ]
    return Table("flows", columns, rows)


def links(store: Record, lang: Lang, year: int) -> Table:
    """The links of the chain diagram in one year."""
    nodes = {node["id"]: node for node in store["sankey"]["nodes"]}
    names = item_names(store)
    rows = [
        {
            **row,
            "year": year,
            "source": nodes[row["source"]]["name"],
            "target": nodes[row["target"]]["name"],
            "item": row.get("item_name") or names.get(row["item"], row["item"]),
        }
        for row in sorted(store["sankey"]["links"].get(str(year), []), key=lambda row: -(row.get("value") or 0))
    ]
    columns = [
        words("source", "col.from", lang, row_head=True),
        words("target", "col.to", lang),
        words("item", "col.item", lang),
        _year(lang),
        amount(store, "quantity", "col.quantity", lang),
        _unit(),
        amount(store, "value", "col.gwh_eq", lang, unit="GWh-eq"),
    ]
    return Table("chain", columns, rows)


def capacity(store: Record, lang: Lang) -> Table:
    """Need, expected capacity, capacity at face value and use: one row for each with a column a year."""
    groups: dict[tuple[str, str], list[Record]] = {}
    for row in store["capacity"]:
        groups.setdefault((row["item"], row["country"]), []).append(row)
    rows = [
        {**path[0], "measure": measure, "series": {row["year"]: row[measure] for row in path}}
        for path in groups.values()
        for measure in ("need", "expected", "face_value", "used")
    ]
    columns = [
        words("item_name", "col.item", lang, row_head=True),
        words("country", "col.country", lang, "country"),
        words("measure", "col.measure", lang, "cap"),
        _row_unit(lang),
        *_by_year(store, rows, lang),
    ]
    return Table("capacity", columns, rows)


def prices(store: Record, lang: Lang) -> Table:
    """Shadow-price paths: one row for each item and place with a column a year."""
    rows = [
        {
            **path,
            "series": dict(zip(path["years"], path["values"], strict=True)),
            "loose": {year for year, loose in zip(path["years"], path["degenerate"], strict=True) if loose},
        }
        for path in store["prices"]
    ]
    columns = [
        words("item_name", "col.item", lang, row_head=True),
        words("place_name", "col.place", lang),
        _row_unit(lang),
        *_by_year(store, rows, lang),
    ]
    return Table("prices", columns, rows)


def bottlenecks(store: Record, lang: Lang) -> Table:
    """What binds, what one unit more is worth, and in which range that holds."""
    columns = [
        words("name", "col.limit", lang, row_head=True),
        words("kind", "col.kind", lang, "bind"),
        words("place_name", "col.place", lang),
        _year(lang),
        amount(store, "value", "col.value", lang, "money", main=True),
        _unit(),
        amount(store, "low", "col.low", lang, unit="1"),
        amount(store, "high", "col.high", lang, unit="1"),
        words("meaning", "col.meaning", lang),
    ]
    return Table("bottlenecks", columns, store["bottlenecks"])


def builds(store: Record, lang: Lang) -> Table:
    """New plants in the plan."""
    columns = [
        words("process_name", "col.plant", lang, row_head=True),
        words("place_name", "col.place", lang),
        words("country", "col.country", lang, "country"),
        _year(lang, "col.first_year"),
        amount(store, "size", "col.size", lang, main=True),
        _unit(),
        amount(store, "capex_musd", "col.capex", lang, "money", "MUSD"),
    ]
    return Table("builds", columns, store["builds"])


def shortages(store: Record, lang: Lang) -> Table:
    """Demand that the plan cannot meet."""
    columns = [
        words("item_name", "col.item", lang, row_head=True),
        words("place_name", "col.place", lang),
        words("segment", "col.segment", lang, "segment"),
        _year(lang, "col.since", "first_year"),
        amount(store, "quantity", "col.quantity", lang, main=True),
        _unit(),
        amount(store, "share", "col.short_share", lang, "share", "1"),
    ]
    return Table("shortages", columns, store["shortages"])


def promises(store: Record, lang: Lang) -> Table:
    """Facilities not yet producing on which the plan leans."""
    columns = [
        words("name", "col.facility", lang, row_head=True),
        words("country", "col.country", lang, "country"),
        words("state", "col.state", lang, "state"),
        _year(lang, "col.promised", "promised_year"),
        amount(store, "face_value", "cap.face_value", lang),
        amount(store, "expected_share", "col.expected_share", lang, "share", "1"),
        amount(store, "used", "cap.used", lang, main=True),
        _unit(),
        _year(lang, "col.used_year", "used_year"),
        trust("confidence", "col.confidence", lang),
        source(store, "source", "col.source", lang),
    ]
    return Table("promises", columns, store["promises"])


def law_bills(store: Record, lang: Lang) -> Table:
    """Duties paid and credits earned by instrument (negative), with a column a year."""
    part = store["law"]
    rows = [{**row, "series": dict(zip(part["years"], row["values"], strict=True))} for row in part["bills"]]
    columns = [
        words("title", "col.instrument", lang, row_head=True),
        words("kind", "col.kind", lang, "law.bill_kind"),
        _row_unit(lang),
        amount(store, "total", "col.total", lang, "money", main=True),
        *_by_year(store, rows, lang, grounds=False),
    ]
    return Table("law_bills", columns, rows)


def law_rules(store: Record, lang: Lang) -> Table:
    """Content rules that bind: what is asked, what is kept, and what one more percentage point would cost."""
    columns = [
        words("title", "col.rule", lang, row_head=True),
        words("place_name", "col.place", lang),
        _year(lang),
        amount(store, "point_cost", "col.point_cost", lang, "money", main=True),
        _unit(),
        amount(store, "least", "col.least", lang, "share", "1"),
        amount(store, "kept", "col.kept", lang, "share", "1"),
        words("items", "col.products", lang),
    ]
    return Table("law_rules", columns, store["law"]["rules"])


def law_instruments(store: Record, lang: Lang) -> Table:
    """The status of every instrument on the day of the law, with where it stands and whether it was read there."""
    columns = [
        words("title", "col.instrument", lang, row_head=True),
        _status(lang),
        words("jurisdiction", "col.jurisdiction", lang),
        words("kind", "col.kind", lang, "law.kind"),
        words("citation", "col.citation", lang),
        source(store, "source", "col.source", lang),
        _verified(lang),
        Column("confidence", "col.confidence", lambda row: el("td", {"class": "x"}, row["confidence"]), shown=False),
    ]
    return Table("law_instruments", columns, store["law"]["instruments"])


def law_questions(store: Record, lang: Lang) -> Table:
    """What is not settled, how it may turn out, and which way the plan takes."""
    columns = [
        words("title", "col.question", lang, row_head=True),
        words("branch_title", "col.branch", lang),
        _taken(lang),
        amount(store, "weight", "col.weight", lang, "share", "1"),
        _day("first", "col.open_from", lang),
        trust("confidence", "col.confidence", lang),
        source(store, "source", "col.source", lang),
        Column("option", "col.branch", _option, shown=False),
    ]
    return Table("law_questions", columns, store["law"]["questions"])


def law_calendar(store: Record, lang: Lang) -> Table:
    """What starts, ends, changes or is decided in the coming months."""
    columns = [
        _day("date", "col.date", lang, row_head=True),
        words("kind", "col.kind", lang, "law.event"),
        words("title", "col.event", lang),
        trust("confidence", "col.confidence", lang),
        source(store, "source", "col.source", lang),
    ]
    return Table("law_calendar", columns, store["law"]["calendar"])


def _day(key: str, head: str, lang: Lang, row_head: bool = False) -> Column:
    """A column of dates: in words on the page, ``2026-11-23`` in the downloaded file and for sorting."""

    def cell(row: Record) -> Markup:
        attrs = {"class": "w", "data-text": row[key] or "", "scope": "row" if row_head else None}
        return el("th" if row_head else "td", attrs, date(row[key] or "", lang))

    return Column(key, head, cell)


#: A sign for each status, so that it does not hang on colour.
_SIGNS: Mapping[str, str] = {
    "in force": "\u25cf",
    "suspended": "\u25d0",
    "enjoined": "\u25d1",
    "unknown": "?",
    "proposed": "\u25b3",
    "enacted": "\u25b2",
    "void": "\u2715",
    "expired": "\u25cb",
    "repealed": "\u2298",
}


def status(value: str, lang: Lang) -> Markup:
    """A status as sign and word."""
    sign = el("i", {"class": f"status s-{value.replace(' ', '-')}", "aria-hidden": "true"}, _SIGNS.get(value, ""))
    return join([sign, label("law.status", value, lang)])


def _status(lang: Lang) -> Column:
    def cell(row: Record) -> Markup:
        since = t("law.since", lang, date=date(row["since"], lang)) if row["since"] else ""
        ends = "law.known_until" if row["status"] == "unknown" else "law.until"
        until = t(ends, lang, date=date(row["until"], lang)) if row["until"] else ""
        dates = t("list.comma", lang).join(part for part in (since, until) if part)
        out = None if row["applied"] else el("div", {}, t("law.left_out", lang))
        attrs = {"class": "state", "data-text": row["status"]}
        return el("td", attrs, status(row["status"], lang), el("div", {"class": "by"}, dates), out)

    return Column("status", "col.status", cell)


def _verified(lang: Lang) -> Column:
    """How many of the values that hold on the day were not read in their source."""

    def cell(row: Record) -> Markup:
        bad, whole = row["unverified"], row["values"]
        open_ = bad or row["confidence"] == "assumed"
        word = t("law.unverified", lang) if open_ else t("law.all_verified", lang)
        count = el("div", {"class": "by"}, t("law.partly", lang, n=bad, of=whole)) if bad else None
        sign = el("i", {"class": "status s-unverified", "aria-hidden": "true"}, "!") if open_ else None
        return el("td", {"class": "verified", "data-text": f"{whole - bad}/{whole}"}, sign, word, count)

    return Column("verified", "col.verified", cell)


def _taken(lang: Lang) -> Column:
    def cell(row: Record) -> Markup:
        sign = el("i", {"class": "status", "aria-hidden": "true"}, "\u2714" if row["taken"] else "\u2013")
        word = t("law.taken" if row["taken"] else "law.not_taken", lang)
        return el("td", {"class": "w", "data-text": "yes" if row["taken"] else "no"}, sign, word)

    return Column("taken", "col.taken", cell)


def _option(row: Record) -> Markup:
    """What to give to ``--reading`` for this branch; only in the downloaded file."""
    return el("td", {"class": "x"}, f"{row['question']}={row['branch']}")


def _by_year(store: Record, rows: Sequence[Record], lang: Lang, grounds: bool = True) -> list[Column]:
    """A column for every year for which a row has a number; numbers are in the unit of their row. ``grounds`` puts the grounds
    of a row at its last year."""
    years = sorted({year for row in rows for year in row["series"]})
    last = years[-1:] if grounds else []
    return [Column(str(year), str(year), _cell_of_year(store, year, last, lang), numeric=True) for year in years]


def _cell_of_year(store: Record, year: int, last: Sequence[int], lang: Lang) -> Cell:
    def cell(row: Record) -> Markup:
        value = row["series"].get(year)
        loose = year in row.get("loose", ())
        attrs = {
            "class": "n loose" if loose else "n",
            "data-value": raw_value(value),
            "title": t("col.degenerate", lang) if loose else None,
        }
        if value is None:
            return el("td", attrs, t("number.unknown", lang))
        factor, _ = _row_scale(row, lang)
        shown = significant(value * factor, 4, lang)
        fid = row.get("fid") or ""
        if year in last and fid in store["figures"]:
            same = _same(store, row, value)
            return el(
                "td", attrs, grounded(store, fid, lang, shown) if same else [shown, grounded(store, fid, lang, "?")]
            )
        return el("td", attrs, shown)

    return cell


def _row_scale(row: Record, lang: Lang) -> tuple[float, str]:
    """Factor and unit at which the largest number of a row is short."""
    largest = max((abs(value) for value in row["series"].values() if value is not None), default=0)
    number_, unit = scaled(largest, row.get("unit") or "1", lang, prose=False)
    return (number_ / largest if largest else 1.0), unit


def _row_unit(lang: Lang) -> Column:
    """The unit of a row with a column a year: shown as scaled, downloaded as raw."""

    def cell(row: Record) -> Markup:
        attrs = {"class": "u", "data-text": row.get("unit") or "1"}
        return el("td", attrs, unit_name(_row_scale(row, lang)[1], lang))

    return Column("in_unit", "col.unit", cell)


def item_names(store: Record) -> dict[str, Any]:
    """Names of items by their codes, from the lists of the store that carry both."""
    flows = [row for rows in store["map"]["flows"].values() for row in rows]
    return {row["item"]: row["item_name"] for row in [*flows, *store["prices"], *store["capacity"]]}


def _year(lang: Lang, head: str = "col.year", key: str = "year", row_head: bool = False) -> Column:
    def cell(row: Record) -> Markup:
        value = row.get(key)
        attrs = {"class": "n", "data-value": raw_value(value), "scope": "row" if row_head else None}
        return el("th" if row_head else "td", attrs, figure(value, "year", "year", lang))

    return Column(key, head, cell, numeric=True)


def _unit() -> Column:
    """The unit of the raw number: not shown (cells carry their unit) and only in the downloaded file."""
    return Column("unit", "col.unit", lambda row: el("td", {"class": "x"}, row.get("unit") or "1"), shown=False)


def _same(store: Record, row: Record, value: Any) -> bool:
    return bool(store["figures"][row["fid"]]["value"] == value)


def _beside(store: Record, row: Record, value: float | None, lang: Lang) -> list[Markup]:
    """The number of the row and, where the figure is another number, a button to that figure's grounds."""
    record = store["figures"][row["fid"]]
    return [number(value, record["kind"], row.get("unit", "1"), lang), grounded(store, row["fid"], lang, "?")]


def _heading(column: Column, lang: Lang) -> Markup:
    attrs = {
        "scope": "col",
        "class": "n" if column.numeric else "x" if not column.shown else None,
        "data-key": column.key,
        "aria-sort": "none",
    }
    button = el(
        "button", {"type": "button", "class": "sort"}, t(column.head, lang) if has(column.head) else column.head
    )
    return el("th", attrs, button)


def _tools(ident: str, caption: str, lang: Lang) -> Markup:
    kinds: Iterable[str] = ("csv", "json")
    buttons = [
        el(
            "button",
            {
                "type": "button", "class": "get", "data-get": kind, "data-table": f"t-{ident}",
                "aria-label": t("table.get", lang, kind=kind.upper(), table=caption),
            },
            kind.upper(),
        )
        for kind in kinds
    ]  # fmt: skip
    return el("div", {"class": "tools"}, buttons)
