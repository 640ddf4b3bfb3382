"""Writes docs/model.md: the mathematics of the plan on one page, from the docstrings of the blocks, in the order of the code."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from types import ModuleType

from bongsu.plan import blocks

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "model.md"

_INTRODUCTION = """\
# The model

*Written by `scripts/model_page.py` from the docstrings of `bongsu/plan/blocks`. To change this page, change the code.*

The plan is one linear programme, with whole numbers where size matters: choose how much to make, move, buy, keep and build so
that
demand is met at the least present cost. Each family of variables and each family of constraints is one small file; they follow
here
in the order in which the assembler joins them. `bongsu/plan/statement.py` states the same plan a second time with linopy,
straight
from the tables, and tests hold the two against each other.

## Sets and indices

| index | stands for | table |
|---|---|---|
| t, τ | period | `periods` |
| p, i | place, item; a pair of them at which anything can happen is a *node* | `places`, `items` |
| p | plant (in the families that are about plants) | `plants`, `capacity` |
| m | mode: one process run in one plant | `modes`, `mode_periods`, `recipes` |
| l | lane: one item from one place to another | `lanes`, `lane_periods` |
| c | corridor that several lanes share; contract (in the families about contracts) | `corridors`, `corridor_periods`, `contracts` |
| s | offer from outside | `supplies` |
| d | demand | `demands` |
| k | store; way of disposal | `stocks`, `disposals` |
| o | option to add capacity | `options` |
| r | share rule | `shares`, `share_terms` |

The tables are described in [the case format](case-format.md).

## Symbols

| symbol | meaning |
|---|---|
| years(t) | length of period t in years |
| d(t) | present value of one unit of money in period t: (1 + rate) to the power of −(year(t) − year of the first period) |
| w(t) | d(t) · years(t): present value of one unit of money per year during period t |

Flows (make, ship, buy, dump, short) are per year and hold for every year of the period; stocks are counted at the end of a
period.
A cost per unit of flow therefore weighs w(t), a cost that is paid once weighs d(t).

## Objective

    min  Σ over all variables of  cost · variable  +  Σ_p,t w(t) · fixed cost(p) · capacity(p, t)

The cost of each variable stands beside it below. The last sum is a constant, the fixed cost of capacity that stands already;
retiring capacity wins it back.

## Prices

The dual of a row is the change of the objective per unit of its right-hand side: positive for a balance (what one more unit
wanted
there costs, so what one more unit there is worth), negative or zero for a limit (what one more unit of it saves). Prices are
present
money per natural unit, for the whole length of the period: divide by w(t) for money of the period itself. With whole numbers the
prices are those of the plan with its units, corridors and assignments held fixed.

## What gives when there is no plan

Demands, contracts, share rules and final stocks may be *priced* (a penalty says what missing them costs) or *hard*. What is
hard has
an elastic variable that is fixed at zero. Only when no plan exists are these opened, at a penalty above any real cost, so that
the
answer says what is short, where and since when; the largest share of all hard demand that can be served at once, and a small
set of
limits that clash, go with it. Where even parts of units and
sources would not do, the share is of a plan with parts of them: whole ones may serve less. Each family of constraints
says below what gives. `python -m tests.plan.test_no_plan` spoils
networks in one figure each and measures: 224 of 224 answers name the spoiled thing, in 1.2 times the processor time of the
sound plan (median; 1.6 at most; November 2026).

## Scaling

The solver never sees natural units. Every item, mode, plant and corridor has a scale, a power of two fitted so that recipe
amounts
come close to one and a typical demand is about 64; the families are stated in natural units and divided by their scales when they
are joined, and results are multiplied back. Powers of two round nothing. Whole-number variables are never scaled.
"""


def page() -> str:
    """The text of docs/model.md."""
    parts = [_INTRODUCTION, "## Contents\n", _contents(), "## Variables\n"]
    parts += [_entry(module) for module in blocks.VARIABLES]
    parts.append("## Constraints\n")
    parts += [_entry(module) for module in blocks.CONSTRAINTS]
    parts += ["## Scales in detail\n", _docstring(_scale_module())]
    return "\n".join(parts).rstrip("\n") + "\n"


def _contents() -> str:
    lines = ["| family | states | file |", "|---|---|---|"]
    for kind, modules in (("variable", blocks.VARIABLES), ("constraint", blocks.CONSTRAINTS)):
        for module in modules:
            title = _docstring(module).split("\n", 1)[0].rstrip(".")
            lines.append(f"| [{module.FAMILY}](#{module.FAMILY}) | {title} ({kind}) | {_link(module)} |")
    return "\n".join(lines) + "\n"


def _entry(module: ModuleType) -> str:
    table = [("unit", module.UNIT), ("reduced cost" if hasattr(module, "columns") else "dual", _plain(module.DUAL))]
    if hasattr(module, "ELASTIC"):
        table.append(("what gives", _plain(module.ELASTIC)))
    rows = "\n".join(f"| {name} | {text} |" for name, text in [*table, ("file", _link(module))])
    return f"### {module.FAMILY}\n\n{_docstring(module)}\n\n| | |\n|---|---|\n{rows}\n"


def _plain(text: str) -> str:
    return text.removeprefix("reduced cost: ").replace("|", "\\|")


def _docstring(module: ModuleType) -> str:
    return inspect.cleandoc(module.__doc__ or "")


def _link(module: ModuleType) -> str:
    name = module.__name__.rsplit(".", 1)[-1]
    return f"[blocks/{name}.py](../bongsu/plan/blocks/{name}.py)"


def _scale_module() -> ModuleType:
    from bongsu.plan.blocks import scale

    return scale


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
    sys.stdout.write(f"wrote {PAGE.relative_to(ROOT)}\n")
