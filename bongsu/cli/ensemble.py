"""The answers of ``bongsu ensemble``: every scenario of a case or of a disruption, and the tails of drawn events."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from bongsu.cli.shell import BadInput, Tell
from bongsu.cli.wording import Wording

if TYPE_CHECKING:
    from bongsu.chain import Chain, Network
    from bongsu.chain.change import Event, Scenario
    from bongsu.plan import Plan
    from bongsu.stress.tails import Tail

_ROWS = 15


def scenarios(
    network: Network, chain: Chain | None, plan: Plan, files: Sequence[Path], starts: str | None = None
) -> list[Scenario]:
    """Scenarios of disruption files, as if each began on a day if one is given, or else those that the case states."""
    from bongsu.chain.change import BadChange
    from bongsu.chain.change import scenarios as stated
    from bongsu.cli.stress import load
    from bongsu.stress.disruption import BadDisruption, Ground
    from bongsu.stress.disruption import scenarios as branches

    ground = Ground(network, chain.atlas if chain else None)
    try:
        found: list[Scenario] = []
        for path in files:
            disruption = load(path, starts)
            for one in branches(disruption, ground, plan):
                found.append(_named(one, f"{disruption.name}:{one.name}"))
        return found or stated(network)
    except (BadDisruption, BadChange) as error:
        raise BadInput(str(error)) from None


def _named(scenario: Scenario, name: str) -> Scenario:
    from dataclasses import replace

    return replace(scenario, name=name)


def events(
    network: Network, chain: Chain | None, family: str | None, starts: str | None, lasts: int, probability: float
) -> list[Event]:
    """Events to draw: those that the case states with a probability, or every member of a family."""
    from dataclasses import replace

    from bongsu.chain.change import events as stated
    from bongsu.cli.stress import day
    from bongsu.stress.disruption import BadDisruption, Ground, days_of
    from bongsu.stress.disruption import family as members

    if family is None:
        own = [event for event in stated(network).values() if event.probability is not None]
        if not own:
            raise BadInput(
                "this case states no events with a probability; add events.csv, or take a family: --family facility"
            )
        return own
    try:
        first = day(starts) if starts else days_of(network)[0][0]
        found = members(family, Ground(network, chain.atlas if chain else None), first, float(lasts))
    except BadDisruption as error:
        raise BadInput(str(error)) from None
    return [replace(event, probability=probability, family=None) for event in found]


def drawn(tell: Tell, plan: Plan, happening: Sequence[Event], draws: int, seed: int, level: float) -> Tail:
    """The tail of many draws."""
    from bongsu.chain.change import BadChange
    from bongsu.plan.patch import NeedsRebuild
    from bongsu.stress.tails import NotComparable, draw, tail

    chances = [event.probability or 0.0 for event in happening]
    sets = draw(chances, draws, seed, [event.family for event in happening])
    try:
        return tail(
            plan, happening, sets, level, progress=lambda phase, done, of: tell(f"{_PHASES[phase]} {done:,} of {of:,}")
        )
    except (NotComparable, BadChange, NeedsRebuild) as error:
        raise BadInput(str(error)) from None


_PHASES = {
    "events": "solving event",
    "bounds": "bounding set",
    "worst": "solving the worst:",
    "tail": "narrowing the tail:",
}


def tail_json(found: Tail, happening: Sequence[Event], seed: int) -> str:
    """The tail as JSON, with the sets of events that weigh most in it."""
    parts = {
        "draws": found.draws.total,
        "sets": int(found.draws.sets.shape[0]),
        "seed": seed,
        "level": found.level,
        "base_cost": found.base_cost,
        "cvar": {"low": found.cvar[0], "high": found.cvar[1], "sampling_error": found.sampling},
        "quantiles": {
            str(level): dict(zip(("low", "high"), found.quantile(level), strict=True))
            for level in (0.5, 0.9, 0.95, 0.99)
        },
        "worst_exact": found.worst,
        "solved": found.solved,
        "known_without_solving": found.met,
        "worst": worst_sets(found, happening).to_dicts(),
    }
    return json.dumps(parts, indent=1, ensure_ascii=False)


def worst_sets(found: Tail, happening: Sequence[Event], most: int = 100) -> pl.DataFrame:
    """The dearest sets of events: events, draws, additional cost (low, high), whether solved."""
    order = sorted(range(len(found.upper)), key=lambda k: (-found.lower[k], k))[:most]
    return pl.DataFrame(
        [
            {
                "events": "; ".join(e.name for e, yes in zip(happening, found.draws.sets[k], strict=True) if yes),
                "draws": int(found.draws.count[k]),
                "more_low": float(found.lower[k] - found.base_cost),
                "more_high": float(found.upper[k] - found.base_cost) if math.isfinite(found.upper[k]) else None,
                "solved": bool(found.exact[k]),
            }
            for k in order
        ]
    )


def show_tail(found: Tail, happening: Sequence[Event], language: str, dollars: bool) -> None:
    """The tail as text and a table."""
    from rich.console import Console
    from rich.table import Table

    words = Wording("ensemble_words", language)
    console = Console() if Console().is_terminal else Console(width=160)
    scale = 1e6 if dollars else 1.0

    def money(value: float) -> str:
        return words.number((value - found.base_cost) / scale, 1)

    unit = words("unit") if dollars else words("unit_case")
    sets = found.draws.sets.shape[0]
    console.print(
        words("drawn", draws=f"{found.draws.total:,}", sets=f"{sets:,}", events=len(happening)), highlight=False
    )
    console.print(
        words(
            "tail",
            level=words.percent(found.level),
            low=money(found.cvar[0]),
            high=money(found.cvar[1]),
            error=words.number(found.sampling / scale, 1),
            unit=unit,
        ),
        highlight=False,
    )
    for level in (0.5, 0.95, 0.99):
        low, high = found.quantile(level)
        console.print(
            "  " + words("quantile", level=words.percent(level), low=money(low), high=money(high), unit=unit),
            highlight=False,
        )
    console.print(
        words("known", solved=f"{found.solved:,}", met=f"{found.met:,}", worst=f"{found.worst:.1%}"), highlight=False
    )
    table = Table(title=words("worst"), title_justify="left")
    for head, right in (("events", False), ("draws", True), ("more", True), ("solved", False)):
        table.add_column(words(head), justify="right" if right else "left", overflow="fold")
    for row in worst_sets(found, happening, _ROWS).iter_rows(named=True):
        more = words.number(row["more_low"] / scale, 1)
        if row["more_high"] is None or row["more_high"] - row["more_low"] > 1e-6 * abs(found.base_cost):
            most = "∞" if row["more_high"] is None else words.number(row["more_high"] / scale, 1)
            more = f"{more} – {most}"
        table.add_row(row["events"] or words("none"), str(row["draws"]), more, words("yes" if row["solved"] else "no"))
    console.print(table)


def summary(table: pl.DataFrame) -> dict[str, Any]:
    """Expected cost, spread and the worst of solved scenarios."""
    solved = table.filter(pl.col("status") != "unsolved").sort("more", descending=True)
    weight = float(solved["weight"].sum() or 0.0)
    mean = float((solved["more"] * solved["weight"]).sum() or 0.0) / weight if weight else float("nan")
    return {
        "scenarios": table.height,
        "unsolved": table.height - solved.height,
        "short": table.filter(pl.col("status") == "short").height,
        "expected_more": mean,
        "worst": solved.head(_ROWS).select("scenario", "weight", "status", "more").to_dicts(),
    }


def show_summary(found: dict[str, Any], language: str, dollars: bool) -> None:
    """The same as text and a table."""
    from rich.console import Console
    from rich.table import Table

    words = Wording("ensemble_words", language)
    console = Console() if Console().is_terminal else Console(width=160)
    scale = 1e6 if dollars else 1.0
    unit = words("unit") if dollars else words("unit_case")
    more = words.number(found["expected_more"] / scale, 1)
    console.print(words("solved_all", scenarios=found["scenarios"], more=more, unit=unit), highlight=False)
    if found["unsolved"]:
        console.print(words("unsolved", count=found["unsolved"]))
    if found["short"]:
        console.print(words("short", count=found["short"]))
    table = Table(title=words("dearest"), title_justify="left")
    for head, right in (("scenario", False), ("weight", True), ("more", True)):
        table.add_column(words(head), justify="right" if right else "left", overflow="fold")
    for row in found["worst"]:
        table.add_row(row["scenario"], f"{row['weight']:.4g}", words.number(row["more"] / scale, 1))
    console.print(table)
