"""The answer of ``bongsu value``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from bongsu.answers.value import STEP_NAMES, STEPS, Bottleneck, bottlenecks, next_steps, price_of, sample_rows
from bongsu.chain import Chain
from bongsu.plan import Plan, Prices


def answer(
    chain: Chain, plan: Plan, year: int | None, country: str | None, top: int, check: int, tell: Callable[[str], None]
) -> dict[str, Any]:
    """Bottlenecks with the range of their prices, the next steps, and the check, as plain data."""
    tell("what binds")
    found = [
        b
        for b in bottlenecks(chain, plan)
        if (year is None or b.year == year) and (country is None or b.country == country)
    ]
    if year is None:
        found = list({b.name: b for b in reversed(found)}.values())[::-1]
        found.sort(key=lambda b: (-b.rent, b.name))
    prices = Prices(plan)
    rows = [_row(chain, plan, b, prices) for b in found[:top]]
    steps = [asdict(s) for s in next_steps(chain, plan) if country is None or s.country == country][:top]
    result: dict[str, Any] = {"bottlenecks": rows, "next_steps": steps, "money_year": chain.case["money_year"]}
    if check:
        tell("what the prices are worth: solving again")
        worst, compared = prices.check(sample_rows(plan, check))
        result["check"] = {"largest_disagreement": worst, "compared": compared}
    return result


def _row(chain: Chain, plan: Plan, b: Bottleneck, prices: Prices) -> dict[str, Any]:
    row: dict[str, Any] = asdict(b) | {
        "figure": f"price:{b.item}@{b.place}:{b.year}" if b.kind == "supply" else f"capacity:{b.name}:{b.year}"
    }
    step = STEPS.get(b.unit, 1.0)
    row |= {"next": STEP_NAMES.get(b.unit, f"1 {b.unit}"), "next_worth": b.value * step}
    price = price_of(chain, plan, b, prices)
    if price is not None:
        row |= {
            "less": price.less,
            "more": price.more,
            "down": price.down,
            "up": price.up,
            "degenerate": price.degenerate,
        }
    return row


_LARGE = {"kWh": (1e6, "GWh"), "t": (1e3, "kt"), "m2": (1e6, "million m²"), "vehicle": (1e3, "thousand vehicles")}


def _amount(value: float, unit: str) -> str:
    """A quantity in the larger unit that people use: GWh, kt."""
    if value == float("inf"):
        return "no end"
    size, name = _LARGE.get(unit, (1.0, unit))
    return f"{value / size:,.4g} {name}" if abs(value) >= size / 10 else f"{value:,.4g} {unit}"


def show(answer: dict[str, Any]) -> None:
    """The answer as tables."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    if not console.is_terminal:
        # Names must stay whole in a file or a pipe.
        console = Console(width=180)
    table = Table(
        title=f"What binds: value of one more unit of yearly capacity or supply (US$ of {answer['money_year']})"
    )
    left = ("figure for `why`", "kind", "process or item")
    for column in (*left, "size", "value per unit", "holds from", "to", "next step", "worth US$ M a year"):
        table.add_column(column, justify="left" if column in left else "right", overflow="fold")
    for row in answer["bottlenecks"]:
        value = f"{row['value']:,.2f} /{row['unit']}"
        if row.get("degenerate"):
            value = f"{row['more']:,.2f} to {row['less']:,.2f} /{row['unit']}"
        low = high = ""
        if row.get("up") is not None:
            low = _amount(max(0.0, row["limit"] - row["down"]), row["unit"])
            high = _amount(row["limit"] + row["up"], row["unit"])
        worth = f"{row['next_worth'] / 1e6:,.1f}"
        size = _amount(row["limit"], row["unit"])
        table.add_row(
            row["figure"], row["kind"], row["process"] or row["item"], size, value, low, high, row["next"], worth
        )
    console.print(table)
    if answer["next_steps"]:
        table = Table(title="Next steps where building is at its yearly limit: gain over the plan, after its own cost")
        for column in ("process", "place", "year", "step", "gain US$ M", "investment US$ M", "gain per US$100 M"):
            table.add_column(column, justify="left" if column in ("process", "place") else "right", overflow="fold")
        for row in answer["next_steps"]:
            table.add_row(
                row["process"],
                row["place"],
                str(row["year"]),
                STEP_NAMES.get(row["unit"], row["unit"]),
                f"{row['gain'] / 1e6:,.1f}",
                f"{row['capex'] / 1e6:,.1f}",
                f"{row['per_hundred_million'] / 1e6:,.1f}",
            )
        console.print(table)
    if "check" in answer:
        check = answer["check"]
        found = f"largest disagreement {check['largest_disagreement']:.2e} (relative)"
        console.print(f"Check: {check['compared']} prices solved again, {found}.")
