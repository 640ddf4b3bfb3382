"""Writes the tables in docs/data-format.md from bongsu/atlas/schema.csv; the rest of the page is written by hand."""

from __future__ import annotations

import sys
from pathlib import Path

from bongsu.atlas.schema import Field, Table, pack_schema

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "data-format.md"
START = "<!-- From here on written by scripts/data_page.py from bongsu/atlas/schema.csv; to change it, change the schema. -->"

#: What each table holds, in one line.
_HOLDS = {
    "sources": "Documents and pages in which facts were read.",
    "places": "Municipalities, ports, border crossings, markets and outside nations, with coordinates.",
    "items": "Goods, each with its one unit, its freight class and what happens to a surplus.",
    "composition": "Tonnes of each element in one unit of an item.",
    "processes": "Ways to turn inputs into outputs, and what their activity is counted in.",
    "recipes": "What each process takes (negative) and makes (positive) for one unit of activity.",
    "recipe_losses": "Where elements are lost, so that each recipe balances.",
    "process_energy": "Electricity, heat and direct emissions of each process.",
    "process_costs": "Cost of running each process, by country.",
    "capex": "Cost, time, smallest size and life of new plants, by country.",
    "expansion_places": "Where the plan may build, from when, and how much a year.",
    "facilities": "Mines, plants and projects.",
    "facility_lines": "Production lines of facilities and the processes that each can run.",
    "facility_states": "From memorandum to production or closure, dated, with the first year promised.",
    "facility_owners": "Who owns a facility, dated.",
    "facility_capacity": "Sizes of lines as sources state them, dated.",
    "links": "Stated supplier relations between facilities.",
    "sea_legs": "Sailing distances between ports.",
    "freight_rates": "Freight by mode and class of goods.",
    "demand": "Vehicles and storage wanted, by case, market, segment and year.",
    "sales_actuals": "What was sold, for comparison.",
    "chemistry_mix": "Shares of nickel-based and LFP batteries in each segment.",
    "outside_supply": "What can be bought outside, at what price and up to which quantity.",
    "delivery": "Share of announced capacity that is usable so many years after the promised year, by state.",
    "stock_cover": "Days of stock that users, makers, markets and states hold, as ranges.",
    "governance": "Political stability of countries, for the risk of supply.",
    "national_totals": "National output, capacity and use, for comparison with the plants in the pack.",
    "trade": "Imports and exports of a country by partner, as published at the time.",
    "stocks": "How long stocks last, as far as anybody said; a range.",
    "energy_prices": "Electricity and heat: price and carbon.",
    "fx": "Exchange rates, dated.",
    "cases": "Planning cases: demand, prices, years, discount rate, money.",
    "case_sources": "What a case does not buy where, and why.",
    "shortage_prices": "Penalty for one kWh of demand that is not met.",
    "project_terms": "Assumptions of a project's finance: construction, ramp, shares of capital, debt, ranges that are tried.",
    "facility_jobs": "Direct jobs promised and filled.",
    "facility_support": "Public support announced, by programme and government.",
    "site_facts": "Wages, land and vacancy of places.",
    "deflators": "Price index that brings money of one year to another.",
    "topics": "Fields of technology, their names and synonyms in three languages, and the processes that show mastery.",
    "organisations": "Firms, institutes, universities, start-ups and public bodies of the register.",
    "capabilities": "What an organisation can do; what follows from the plants that it runs is derived, not typed.",
    "needs": "What an organisation or a country looks for.",
    "io_multipliers": "Value added, jobs and imports per unit of final demand, by industry and region.",
    "io_stages": "Which industry stands for a stage of the chain, in operation and in each part of the investment.",
    "capex_parts": "What an investment is spent on and how much of it abroad, by stage; ranges.",
    "regional_employment": "Employment of provinces and nations.",
    "effect_parameters": "Ranges that effects on a region rest on.",
}


def page() -> str:
    """The text of docs/data-format.md with its tables as the schema has them now."""
    written, _, _ = PAGE.read_text(encoding="utf-8").partition(START)
    parts = [written.rstrip("\n") + "\n", START + "\n", "## The tables\n", _contents()]
    parts += [_table(table) for table in pack_schema().values()]
    return "\n".join(parts).rstrip("\n") + "\n"


def _contents() -> str:
    lines = [
        "A name in **bold** is part of the key: two rows may not agree in all of them.\n",
        "| table | holds |",
        "|---|---|",
    ]
    lines += [f"| [{name}](#{name}) | {_HOLDS[name]} |" for name in pack_schema()]
    return "\n".join(lines) + "\n"


def _table(table: Table) -> str:
    lines = [
        f"### {table.name}\n",
        _HOLDS[table.name] + "\n",
        "| column | type | unit | description |",
        "|---|---|---|---|",
    ]
    lines += [_row(field) for field in table.fields]
    return "\n".join(lines) + "\n"


def _row(field: Field) -> str:
    kind = f"one of {', '.join(field.choices)}" if field.choices else field.type
    if field.refers:
        kind = f"{kind} in [{field.refers}](#{field.refers})"
    name = f"**{field.name}**" if field.key else field.name
    needed = " *(required)*" if field.required else ""
    description = field.description.replace("|", "\\|")
    return f"| {name} | {kind} | {field.unit} | {description}{needed} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
    sys.stdout.write(f"wrote {PAGE.relative_to(ROOT)}\n")
