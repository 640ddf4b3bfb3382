"""What the data pack knows, how surely, and how its plants compare with national totals."""

from __future__ import annotations

import polars as pl

from bongsu.atlas import Atlas
from bongsu.atlas.units import capacity_factor
from bongsu.chain.capacity import line_capacities

_TRUST = ("stated", "derived", "assumed")


#: Figures whose blank means that nobody knows them. Of a trade flow a source gives what it gives, so its blanks are not counted.
_FIGURES = ("capacity", "quantity", "volume", "value", "share", "low")
#: How the note of a row begins that was written later than its day of knowledge and cites no document of that day.
CARRIED = "Carried back"


def by_table(atlas: Atlas) -> pl.DataFrame:
    """Rows of each table by trust.

    Columns: table, rows, stated, derived, assumed, carried (written later than they are dated, without a document of the day),
    unknown (blank figures), sources.
    """
    rows = []
    for name, table in atlas.tables.items():
        if "confidence" not in table.columns:
            continue
        count = {trust: int((table["confidence"] == trust).sum()) for trust in _TRUST}
        note = "note" if "note" in table.columns else "note_en"
        carried = int(table[note].str.starts_with(CARRIED).sum() or 0)
        blank = [
            f.name
            for f in atlas.schema[name].fields
            if f.type == "number" and not f.required and f.name in _FIGURES and name != "trade"
        ]
        unknown = sum(table[column].null_count() for column in blank)
        named = table["source"].n_unique() - int(table["source"].null_count() > 0) if "source" in table.columns else 0
        rows.append(
            {"table": name, "rows": table.height, **count, "carried": carried, "unknown": unknown, "sources": named}
        )
    return pl.DataFrame(rows)


def plants_against_totals(atlas: Atlas) -> pl.DataFrame:
    """Capacity of producing plants in the pack beside national totals.

    Columns: country, item, measure, year, total, plants (both in the unit of the item), unit, ratio, source.
    A capacity above a year's output is usual; far below it says that plants are missing. What a nation uses is no measure of its
    plants and is left out.
    """
    totals = atlas["national_totals"].filter(pl.col("measure") != "use")
    units = dict(atlas["items"].select("item", "unit").iter_rows())
    main = dict(atlas["processes"].select("process", "main_item").iter_rows())
    country = dict(atlas["places"].select("place", "country").iter_rows())
    content = atlas.contents()
    years = sorted(set(totals["year"]))
    plants: dict[tuple[str, str, int], float] = {}
    for line in line_capacities(atlas, years):
        if line.state != "producing":
            continue
        for year, amount in line.expected.items():
            key = (country[line.place], main[line.processes[0]], year)
            plants[key] = plants.get(key, 0.0) + amount
    rows = []
    for row in totals.sort("country", "item", "measure", "year", maintain_order=True).iter_rows(named=True):
        item = row["item"]
        factor = capacity_factor(row["unit"], units[item], content.get(item, {}))
        total = row["value"] * factor
        own = plants.get((row["country"], item, row["year"]), 0.0)
        rows.append(
            {
                "country": row["country"],
                "item": item,
                "measure": row["measure"],
                "year": row["year"],
                "total": total,
                "plants": own,
                "unit": units[item],
                "ratio": own / total if total else None,
                "confidence": row["confidence"],
                "source": row["source"],
            }
        )
    return pl.DataFrame(rows)


def unknown_sizes(atlas: Atlas) -> pl.DataFrame:
    """Production lines that plan nothing because their size or state is unknown: facility, line, state, processes."""
    rows = [
        {"facility": line.facility, "line": line.line, "state": line.state, "processes": ";".join(line.processes)}
        for line in line_capacities(atlas, range(atlas.known.year, atlas.known.year + 15))
        if not line.expected and not line.announced
    ]
    return pl.DataFrame(
        rows, schema={"facility": pl.String, "line": pl.String, "state": pl.String, "processes": pl.String}
    )
