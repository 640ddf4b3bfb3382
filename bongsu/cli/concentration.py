"""The answer of ``bongsu concentration``: who supplies a good to a region, and how much hangs on the largest supplier."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import polars as pl

from bongsu.atlas import Atlas, PackError
from bongsu.chain import Chain
from bongsu.cli.shell import BadInput
from bongsu.cli.wording import Wording
from bongsu.plan import Plan
from bongsu.stress.concentration import (
    Concentration,
    of_plan,
    of_trade,
    read_columns,
    stability_in,
    stability_of,
    world_production,
)

#: Regions with a name.
REGIONS = {"na": ("CA", "MX", "US")}


def region_of(text: str) -> tuple[str, ...]:
    """Countries of a region: ``na`` for North America, or ISO codes separated by commas."""
    found = REGIONS.get(text.lower()) or tuple(part.strip().upper() for part in text.split(",") if part.strip())
    if not found:
        raise BadInput("name a region: na, or ISO codes such as KR or CA,US")
    return found


def _file(path: Path, table: str) -> pl.DataFrame:
    try:
        return read_columns(path, table)
    except PackError as error:
        raise BadInput(str(error)) from None


def _stability(atlas: Atlas, file: Path | None, year: int) -> dict[str, float]:
    if file is None:
        return stability_in(atlas, year)
    return stability_of(_file(file, "governance").select("country", "year", "value").iter_rows(), year)


def _production(file: Path | None, year: int) -> dict[str, float] | None:
    if file is None:
        return None
    found = world_production(_file(file, "production"), year)
    if found is None:
        raise BadInput(f"{file} has no production in {year}")
    return found


def by_plan(
    chain: Chain, plan: Plan, item: str, year: int, region: str, production: Path | None, governance: Path | None
) -> Concentration:
    """Concentration of an item in a plan."""
    try:
        return of_plan(
            chain,
            plan,
            item,
            year,
            region_of(region),
            _production(production, year),
            _stability(chain.atlas, governance, year),
        )
    except ValueError as error:
        raise BadInput(str(error)) from None


def by_trade(
    atlas: Atlas,
    trade: Path,
    codes: str | None,
    year: int,
    region: str,
    production: Path | None,
    governance: Path | None,
    output: float | None,
) -> Concentration:
    """Concentration of a material in a table of trade."""
    wanted = [part.strip().replace(".", "") for part in (codes or "").split(",") if part.strip()]
    try:
        return of_trade(
            _file(trade, "trade"),
            region_of(region),
            wanted,
            year,
            _production(production, year),
            output,
            _stability(atlas, governance, year),
        )
    except ValueError as error:
        raise BadInput(f"{error}, such as --hs 250410,380110") from None


def as_json(found: Concentration) -> str:
    """The answer as JSON."""
    return json.dumps({**asdict(found), "largest": found.largest}, indent=1, ensure_ascii=False)


def show(found: Concentration, name: str, language: str) -> None:
    """The answer as tables."""
    from rich.console import Console
    from rich.table import Table

    words = Wording("concentration_words", language)
    console = Console()
    if not console.is_terminal:
        console = Console(width=140)
    title = words("title", what=name, region=", ".join(found.region), year=found.year)
    if not found.supplied:
        console.print(title)
        console.print(words("nothing"))
        return
    table = Table(title=title)
    table.add_column(words("country"))
    table.add_column(words("amount", unit=f" ({found.unit})" if found.unit else ""), justify="right")
    table.add_column(words("share"), justify="right")
    total = sum(found.supplied.values())
    for country, amount in found.supplied.items():
        mark = f" ({words('inside')})" if country in found.inside else ""
        table.add_row(country + mark, words.number(amount, 0), words.percent(amount / total))
    console.print(table)
    table = Table()
    table.add_column(words("measure"), overflow="fold")
    table.add_column(words("value"), overflow="fold")
    _row(table, words, words("hhi"), found.hhi, 3)
    _row(table, words, words("top_three"), found.top_three)
    _row(table, words, words("reliance"), found.reliance, missing=_missing(words, ["own_output"]))
    if found.largest:
        _row(table, words, words("without_largest", largest=found.largest), found.without_largest)
    limits = words("missing.limits", countries=", ".join(found.unknown)) if found.unknown else ""
    label = words("n_minus_one", largest=found.left_out) if found.left_out else words("n_minus_one.unknown")
    _row(table, words, label, found.n_minus_one, missing=limits)
    _row(table, words, words("geopolrisk"), found.risk.value, 3, _missing(words, found.risk.missing))
    console.print(table)


def _row(table: object, words: Wording, label: str, value: float | None, places: int = 0, missing: str = "") -> None:
    if value is None:
        text = words("unknown") + (f" ({words('missing', what=missing)})" if missing else "")
    else:
        text = words.number(value, places) if places else words.percent(value)
    table.add_row(label, text)  # type: ignore[attr-defined]


def _missing(words: Wording, what: Sequence[str]) -> str:
    countries = ", ".join(one.removeprefix("governance:") for one in what if one.startswith("governance:"))
    parts = [words(f"missing.{one}") for one in what if not one.startswith("governance:")]
    return "; ".join([*parts, words("missing.governance", countries=countries)] if countries else parts)
