"""The answer of ``bongsu data report``."""

from __future__ import annotations

import json

from bongsu.atlas import Atlas
from bongsu.chain.coverage import by_table, plants_against_totals, unknown_sizes


def report(atlas: Atlas, as_json: bool) -> None:
    """Print what the pack knows."""
    tables, totals, unknown = by_table(atlas), plants_against_totals(atlas), unknown_sizes(atlas)
    if as_json:
        parts = {
            "as_of": str(atlas.known),
            "tables": tables.to_dicts(),
            "plants_against_totals": totals.to_dicts(),
            "unknown_sizes": unknown.to_dicts(),
        }
        print(json.dumps(parts, indent=1, ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(title=f"The data pack as known on {atlas.known}")
    for column in tables.columns:
        table.add_column(column, justify="left" if column == "table" else "right")
    for row in tables.iter_rows():
        table.add_row(*(str(cell) for cell in row))
    sums = tables.select("rows", "stated", "derived", "assumed", "carried", "unknown").sum().row(0)
    table.add_section()
    dates = atlas["sources"]["date"]
    table.add_row("all", *(str(cell) for cell in sums), str(int((dates.is_null() | (dates <= atlas.known)).sum())))
    console.print(table)
    table = Table(title="Producing plants in the pack beside national totals")
    for column in ("country", "item", "measure", "year", "national", "plants", "unit", "plants / national"):
        table.add_column(column, justify="left" if column in ("country", "item", "measure", "unit") else "right")
    for total in totals.iter_rows(named=True):
        if total["country"] in ("CA", "KR", "US"):
            ratio = "" if total["ratio"] is None else f"{total['ratio']:.2f}"
            table.add_row(
                total["country"],
                total["item"],
                total["measure"],
                str(total["year"]),
                f"{total['total']:,.4g}",
                f"{total['plants']:,.4g}",
                total["unit"],
                ratio,
            )
    console.print(table)
    console.print(f"{unknown.height} production lines have no stated size or state and plan nothing:")
    for facility, line, state, processes in unknown.iter_rows():
        console.print(f"  {line} ({facility}; {state or 'state unknown'}; {processes})", highlight=False)
