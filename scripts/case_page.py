"""Writes docs/case-format.md: how to state a network as a folder of CSV tables, from case_schema.csv and the example cases."""

from __future__ import annotations

import sys
from pathlib import Path

from bongsu.atlas.schema import Field, Table
from bongsu.chain.network import Settings, case_schema

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "case-format.md"
CASES = ROOT / "examples" / "cases"

_INTRODUCTION = """\
# The case format

*Written by `scripts/case_page.py` from `bongsu/chain/case_schema.csv` and `examples/cases`. To change the tables, change the
schema.*

A case is a folder of CSV tables that says what there is to plan: places and plants, what they can make, how goods move, what is
wanted, and what may be built. Only `periods.csv`, `items.csv` and `places.csv` are needed; every other table may be missing,
and so may
every column that is not marked as required. `Network.read("folder")` reads a case and lists everything that is wrong with it,
with file
and line; `Plan.of(network)` plans it. [The model](model.md) says what the plan does with each figure.

## Rules for all tables

- UTF-8, a comma between cells, a header line; columns in any order. CP949 is read too.
- Identifiers are lower-case letters, digits, `-`, `_` and `.`, unique within their table.
- Numbers are plain, with a dot: `1250.5`. A list within a cell is separated by `;`.
- A blank cell takes the default shown below. Where there is none it means *unknown* or *not limiting*, as the description says;
  it
  never means zero.
- A row without a period stands for every period that has no row of its own.
- Flows and capacities are per year and hold in every year of their period; stocks are quantities at the end of a period. Costs
  are in
  the money of the case, of one constant year; the discount rate is real.
- A demand, contract or share rule with a penalty may be missed at that price. Without one it is hard.
- `facts` columns carry references such as `capacity:12` to whatever a figure was taken from. The plan hands them through and
  does not
  read them.
"""

_RECIPES = """\
## How to state well-known problems

### Capacitated facility location

Sites are plants without capacity of their own, opened by an integer option; customers are demands; transport is lanes.

- `plants`: one for each site, and no row in `capacity`;
- `options`: one for each site, `integer = yes`, `fixed_cost` = cost of opening, `max_size` = its capacity;
- `modes` and `recipes`: one process that makes the good from nothing, at the handling cost of the site;
- `lanes`: one for each site and customer, `cost` = transport of one unit;
- `demands`: one for each customer, without a penalty, so that all of it is served.

That lets a customer be served from several sites. For **single sourcing** set `single_source = yes` in `demands`: the whole
quantity then
comes over one lane. See `examples/cases/facility-location` and `examples/cases/facility-location-single`.

### Fixed-charge multicommodity network design

Links are corridors that are paid for when used; commodities are items, each with its own lane on every link.

- `items`: one for each commodity; `supplies` at its origin, `demands` at its destination;
- `lanes`: one for each link and commodity, `cost` = cost of one unit;
- `corridors`: one for each link, `fixed_cost` = cost of opening it, `capacity` = most that all commodities together may use;
- `corridor_lanes`: which lanes use which link.

An uncapacitated link needs no `capacity` as long as demand, or the capacity of its lanes, limits what can go through it. See
`examples/cases/network-design`.

### Expansion over several periods

- `periods`: give `years` where periods are of unequal length, and `year` for discounting;
- `options`: `lead_time` in periods from decision to first use, `first_period` where it cannot come earlier, `life` in periods;
  `capital_cost` is paid when it comes into use, `annual_cost` for each year that it stands within the plan (use one of the two,
  or an
  annuity in `annual_cost`), `fixed_cost` once for each unit opened;
- `integer = yes` opens whole units between `min_size` and `max_size`, at most `max_count` over all
  periods and `max_per_period` in one; `no` adds any
  amount, at most
  `max_size` in each period and `max_total` in all;
- `plants`: `retirable = yes` lets existing capacity be given up for good and saves its `fixed_cost`.

See `examples/cases/expansion`.

### A chain with stocks that may lose a part of itself

For time to survive and time to recover ([survival](survival.md)), and for instances of safety stock or multi-echelon inventory:

- `plants`, `capacity`, `modes`: one for each maker; several modes of one plant share its capacity;
- `recipes`: the bill of materials, parts negative, the product one;
- `lanes`: from each maker to each user of its part; `capacity` where a link is limited, `days` of transit;
- `stocks`: `initial` at each place and item that keeps some, with `initial_high` where only a range is known. An instance that
  gives days of cover has stock = days / 365 × the yearly need of the item at that place;
- `demands`: yearly, with the margin of a lost unit as `penalty`;
- `events` and `event_changes`: what may fail, with its `recovery` in years. An event that stops one plant (`availability`, `share`,
  `value` 0) gives that plant its time to recover.

See `examples/cases/survival`.

### A plan before the outcome is known, and the worst of a list of failures

For two-stage stochastic programmes ([uncertainty](uncertainty.md) has all of it): `events` and `event_changes` say what may change
(a yield is `recipes`, `PROCESS/ITEM`, `amount`; a failure `availability`, `share`), `scenarios` with a `weight` and
`scenario_events` which events happen together, and `first_stage` what is decided before it is known. See `examples/cases/farmer`,
`examples/cases/power-planning`, `examples/cases/newsvendor` and `examples/cases/design-under-uncertainty`.

### No plan

`examples/cases/no-plan` wants more than its plant can make, and may not leave it unserved. Planning it says what clashes:

> port wants 150 a year of cell in 2027
>
> plant works can make at most 90 a year in 2027

and that 60 % of the hard demand can be served at once. Give the demand a `penalty` to plan with what there is.
"""


def page() -> str:
    """The text of docs/case-format.md."""
    parts = [_INTRODUCTION, _example("two-plants"), _RECIPES, _settings(), "## The tables\n"]
    parts += [_table(table) for table in case_schema().values()]
    return "\n".join(parts).rstrip("\n") + "\n"


def _example(name: str) -> str:
    """A whole case folder, file by file in the order of the schema."""
    folder = CASES / name
    text = "## A complete small case\n\n"
    text += f"This is all of `examples/cases/{name}`: two plants turn cathode material into cells for one city.\n"
    files = [folder / "case.json", *(path for table in case_schema() if (path := folder / f"{table}.csv").is_file())]
    for path in files:
        text += f"\n`{path.name}`\n\n```{path.suffix[1:]}\n{path.read_text(encoding='utf-8').rstrip()}\n```\n"
    return text


def _settings() -> str:
    lines = [
        "## case.json\n",
        "Optional; says what the case is called and how money is counted.\n",
        "| field | default | meaning |",
        "|---|---|---|",
    ]
    meaning = {
        "name": "short name; the folder's where missing",
        "title": "one line for people",
        "currency": "ISO code of the money of all costs",
        "money_year": "year of that money",
        "discount_rate": "real rate per year, from 0 to below 1",
    }
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, "") else f"`{field.default}`"
        lines.append(f"| {name} | {default} | {meaning[name]} |")
    return "\n".join(lines) + "\n"


def _table(table: Table) -> str:
    lines = [f"### {table.name}\n", "| column | type | unit | default | description |", "|---|---|---|---|---|"]
    lines += [_row(field) for field in table.fields]
    return "\n".join(lines) + "\n"


def _row(field: Field) -> str:
    kind = f"one of {', '.join(field.choices)}" if field.choices else field.type
    if field.refers:
        kind = f"{kind} in [{field.refers}](#{field.refers})"
    marks = [mark for mark, on in (("key", field.key), ("required", field.required)) if on]
    shown = f"**{field.name}**" if field.key else field.name
    default = f"`{field.default}`" if field.default else ""
    note = f" *({', '.join(marks)})*" if marks else ""
    return f"| {shown} | {kind} | {field.unit} | {default} | {field.description}{note} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
    sys.stdout.write(f"wrote {PAGE.relative_to(ROOT)}\n")
