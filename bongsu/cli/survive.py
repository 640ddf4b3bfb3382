"""The answer of ``bongsu survive``: how long without each part of the chain, and what it costs until the part is back."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from bongsu.atlas.near import near
from bongsu.chain.change import BadChange
from bongsu.cli.shell import BadInput, Tell
from bongsu.cli.stress import Names
from bongsu.cli.wording import Wording
from bongsu.stress.cover import CoverAt, cover, stocked, worths
from bongsu.stress.months import monthly
from bongsu.stress.nodes import ASKED, NodeAnswer, answers, finite, over_time, ranked
from bongsu.stress.supply_chain import DAYS, Kind, Loss, SupplyChain
from bongsu.stress.survival import Programmes, Survived

if TYPE_CHECKING:
    from bongsu.chain import Chain, Network
    from bongsu.plan import Plan
    from bongsu.stress.bridge import Bridge, Point

KINDS: tuple[Kind, ...] = ("plant", "supply", "corridor", "lane", "place", "country", "event")
#: Months looked at after a loss is over.
_AFTER = 4
_USUAL: tuple[Kind, ...] = ("plant", "supply", "country", "event")


@dataclass(frozen=True)
class Asked:
    """What was asked.

    Attributes:
        period: of the plan; nodes, kinds: what may be lost; recovery: days assumed where none is stated.
        months: to look at month by month, from ``start`` on; None = not asked.
        top: rows shown where no nodes are named.
    """

    period: str | None = None
    nodes: Sequence[str] = ()
    kinds: Sequence[Kind] = _USUAL
    recovery: float | None = None
    months: int | None = None
    start: dt.date | None = None
    top: int = 20


@dataclass(frozen=True)
class Answer:
    """Everything that the command prints.

    Attributes:
        network: with stocks; period: of the plan; nodes: shortest survival first, those that were looked at.
        others: how many more go on for ever; hidden: how many are not among ``nodes`` because of ``top``.
        base: survival without any loss at the low end; covers: days of cover.
        months: that were looked at, or None.
    """

    network: Network
    chain: Chain | None
    period: str
    nodes: Sequence[NodeAnswer]
    others: int
    hidden: int
    base: Survived
    covers: Sequence[CoverAt]
    months: int | None
    start: dt.date | None


def kinds_of(names: Sequence[str] | None) -> tuple[Kind, ...]:
    """The kinds asked for, or those that are usually looked at."""
    if not names:
        return _USUAL
    for name in names:
        if name not in KINDS:
            raise BadInput(f"there is no kind {name!r} of loss; use one of {', '.join(KINDS)}")
    return tuple(kind for kind in KINDS if kind in names)


def month(text: str | None) -> dt.date | None:
    """The first day of a month as an option names it."""
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(f"{text}-01" if text.count("-") == 1 else text)
    except ValueError:
        raise BadInput(f"--start {text} is not a month; write it as 2027-01") from None


def steady(network: Network) -> Network:
    """The network without what is in stock at the start: its plan says what flows when no stock is used up."""
    stocks = network["stocks"].with_columns(initial=pl.lit(0.0), final=pl.lit(0.0))
    return type(network)({**network.tables, "stocks": stocks}, network.settings, network.notes)


def answer(tell: Tell, asked: Asked, network: Network, chain: Chain | None, plan: Plan, threads: int = 1) -> Answer:
    """The answer, or a sentence that says why there is none."""
    names = network["periods"]["period"].to_list()
    period = asked.period or names[0]
    if period not in names:
        raise BadInput(f"there is no period {period} in this plan; use one of {', '.join(names)}")
    relied = plan if plan.status in ("optimal", "feasible") else None
    tell("what is in stock")
    if chain is not None and relied is not None:
        network = stocked(chain, relied, int(period))
    steps = _steps(network) if chain is not None else ()
    try:
        what = SupplyChain.of(network, period, relied, steps)
    except BadChange as error:
        raise BadInput(str(error)) from None
    losses = _losses(what, asked)
    tell(f"solving {len(losses)} losses")
    base = Programmes(what, threads=threads).without_loss()
    recovery = None if asked.recovery is None else asked.recovery / DAYS
    found = ranked(answers(what, losses, recovery, threads))
    shown = list(found) if asked.nodes else finite(found)
    hidden = 0 if asked.nodes else max(0, len(shown) - asked.top)
    others = 0 if asked.nodes else len(found) - len(shown)
    if not asked.nodes:
        shown = shown[: asked.top]
    if asked.months is not None:
        try:
            shown = _monthly(tell, asked, network, chain, relied, shown, period, threads)
        except BadChange as error:
            raise BadInput(str(error)) from None
    covers = cover(network, relied, period) if relied is not None else []
    return Answer(
        network,
        chain,
        period,
        shown,
        others,
        hidden,
        base,
        covers,
        asked.months,
        _start(asked, period) if asked.months is not None else None,
    )


def _steps(network: Network) -> list[str]:
    """Plants of a chain of the pack that stand for a step done wherever it is needed: their capacity is not limited."""
    unlimited = network["capacity"].filter(pl.col("capacity").is_null())["plant"].to_list()
    return list(dict.fromkeys(unlimited))


def _losses(what: SupplyChain, asked: Asked) -> list[Loss]:
    if not asked.nodes:
        return what.select(*asked.kinds)
    found = []
    for name in asked.nodes:
        own = [loss for loss in what.losses if loss.name == name]
        if not own:
            alike = near(name, (loss.name for loss in what.losses))
            hint = f"; did you mean {', '.join(alike)}?" if alike else ""
            raise BadInput(f"there is no plant, offer, corridor, lane, place, country or event {name!r}{hint}")
        found += own
    return found


def _start(asked: Asked, period: str) -> dt.date:
    if asked.start is not None:
        return asked.start
    if period.isdigit() and len(period) == 4:
        return dt.date(int(period), 1, 1)
    raise BadInput(f"say with --start in which month the loss begins; period {period} is no year")


def months_of(asked: Asked, network: Network, chain: Chain | None, plan: Plan | None, period: str) -> Network:
    """The network of months that the loss falls into, or the network itself where its periods are short already."""
    if float(network["periods"]["years"][0]) < 0.5:
        return network
    if plan is None:
        raise BadInput("without a plan there are no months; this case has none")
    opening = network["stocks"]
    try:
        return monthly(plan, _start(asked, period), asked.months or 12, opening)
    except ValueError as error:
        raise BadInput(str(error)) from None


def _monthly(
    tell: Tell,
    asked: Asked,
    network: Network,
    chain: Chain | None,
    plan: Plan | None,
    shown: list[NodeAnswer],
    period: str,
    threads: int,
) -> list[NodeAnswer]:
    small = months_of(asked, network, chain, plan, period)
    tell(f"solving {len(shown)} losses month by month")
    return over_time(shown, small, threads)


def bridged(
    tell: Tell, asked: Asked, network: Network, chain: Chain | None, plan: Plan, points: Sequence[str], threads: int = 1
) -> tuple[Bridge, dict[Point, float]]:
    """The least stock at some points (``item@place``) that bridges the loss of the node asked about, and yearly use there."""
    from bongsu.stress.bridge import bridge
    from bongsu.stress.nodes import stoppage_of

    if len(asked.nodes) != 1 or asked.recovery is None:
        raise BadInput("--bridge needs one --node and how long it is gone (--recovery DAYS)")
    period = asked.period or network["periods"]["period"][0]
    relied = plan if plan.status in ("optimal", "feasible") else None
    if chain is not None and relied is not None:
        network = stocked(chain, relied, int(period))
    what = SupplyChain.of(network, period, relied, _steps(network) if chain is not None else ())
    loss = _losses(what, asked)[0]
    # Time for what comes late after the loss is over.
    lasts = asked.recovery / DAYS
    enough = math.ceil(lasts * 12) + _AFTER
    asked = replace(asked, months=max(asked.months or 0, enough))
    small = months_of(asked, network, chain, relied, period)
    at = []
    for text in points:
        item, _, place = text.partition("@")
        if not place:
            raise BadInput(f"--bridge {text}: write it as item@place")
        at.append((place, item))
    tell("the least stock that bridges it")
    try:
        stop = stoppage_of(small, loss.kind, loss.name, lasts)
        # Of several points, those are preferred where the stock is worth least.
        worth = {point: value for point, value in (worths(relied, period) if relied else {}).items() if value > 0}
        found = bridge(small, stop, at, worth, threads=threads)
    except (KeyError, ValueError) as error:
        raise BadInput(str(error.args[0] if error.args else error)) from None
    use = {(one.place, one.item): one.use for one in (cover(network, relied, period) if relied is not None else [])}
    return found, use


# Faces -------------------------------------------------------------------------------------------------------------------


def _days(years: float | None) -> float | None:
    return None if years is None or not math.isfinite(years) else years * DAYS


def rows(found: Answer, language: str) -> list[dict[str, Any]]:
    """The nodes as plain data: days, shares, names. A time that is None and not for ever was not asked for, or is unknown."""
    names = Names(found.network, found.chain, language)
    result = []
    for one in found.nodes:
        gap = one.gap
        row: dict[str, Any] = {
            "node": one.name,
            "name": _name(names, one),
            "kind": one.kind,
            "survive_days_low": _days(one.low.time),
            "survive_days_high": _days(one.high.time),
            "for_ever_low": math.isinf(one.low.time),
            "for_ever_high": math.isinf(one.high.time),
            "recover_days": _days(one.recovery),
            "recover_source": one.source if one.recovery is not None else None,
            "gap_days_low": None if gap is None else _days(gap[0]),
            "gap_days_high": None if gap is None else _days(gap[1]),
            "lost_share_low": one.share_high,
            "lost_share_high": one.share_low,
            "lost_cost_low": None if one.lost_high is None else one.lost_high.cost,
            "lost_cost_high": None if one.lost_low is None else one.lost_low.cost,
            "first": one.scarce,
        }
        if one.over_time_low is not None and one.over_time_high is not None:
            row |= {
                "over_time_days_low": _days(one.over_time_low.time),
                "over_time_days_high": _days(one.over_time_high.time),
                "beyond_months_low": math.isinf(one.over_time_low.time),
                "beyond_months_high": math.isinf(one.over_time_high.time),
            }
        result.append(row)
    return result


def as_json(found: Answer, language: str) -> str:
    """The answer as JSON."""
    said = {
        "case": found.network.settings.name,
        "period": found.period,
        "base_days": _days(found.base.time),
        "months": found.months,
        "start": found.start.isoformat() if found.start else None,
        "nodes": rows(found, language),
        "others_for_ever": found.others,
        "not_shown": found.hidden,
    }
    return json.dumps(said, indent=1, ensure_ascii=False)


def as_csv(found: Answer, language: str) -> str:
    """The nodes as CSV."""
    return table_csv(rows(found, language))


def table_csv(table: Sequence[dict[str, Any]]) -> str:
    """Rows as CSV."""
    return pl.DataFrame(table, infer_schema_length=None).write_csv(line_terminator="\n") if table else ""


def show(found: Answer, language: str) -> None:
    """The answer as a table with its notes."""
    from rich.table import Table

    words, names, console = Wording("survive_words", language), Names(found.network, found.chain, language), _console()
    if math.isfinite(found.base.time):
        console.print(words("base", days=words.number(found.base.time * DAYS, 0)))
    if found.nodes:
        title = words("title", what=found.network.settings.name, period=found.period)
        timed = any(one.recovery is not None for one in found.nodes)
        table = Table(title=title)
        for key in ("node", "kind"):
            table.add_column(words(key), overflow="fold")
        table.add_column(words("survive"), justify="right")
        if found.months is not None:
            table.add_column(words("over_time"), justify="right")
        for key in ("recover", "gap", "lost") if timed else ():
            table.add_column(words(key), justify="right")
        table.add_column(words("first"), overflow="fold")
        for one in found.nodes:
            table.add_row(*_cells(words, names, one, found, timed))
        console.print(table)
    else:
        console.print(words("nothing"))
    for key, count in (("more", found.hidden), ("others", found.others)):
        if count:
            console.print(words(key, count=count))
    console.print(words("note.range"))
    console.print(words("note.static"))
    if found.months is not None:
        console.print(words("note.months", months=found.months))
    if found.chain is not None:
        console.print(words("note.stocks"))
    if any(one.recovery is not None and one.source == ASKED for one in found.nodes):
        console.print(words("note.recovery"))


def _console() -> Any:
    from rich.console import Console

    console = Console()
    return console if console.is_terminal else Console(width=180)


def _cells(words: Wording, names: Names, one: NodeAnswer, found: Answer, timed: bool) -> list[str]:
    cells = [_name(names, one), words(f"kind.{one.kind}"), _range(words, one.low.time, one.high.time)]
    if found.months is not None:
        low, high = one.over_time_low, one.over_time_high
        span = sum(found.network["periods"]["years"]) if float(found.network["periods"]["years"][0]) < 0.5 else None
        most = found.months / 12 if span is None else span
        beyond = words("beyond", days=words.number(most * DAYS, 0))
        cells.append(words("none") if low is None or high is None else _range(words, low.time, high.time, beyond))
    if timed:
        gap = one.gap
        if one.recovery is None or gap is None:
            cells += [words("unknown"), words("unknown"), words("unknown")]
        else:
            trust = words(one.source if one.source in ("assumed", ASKED) else "fact")
            cells.append(f"{words.number(one.recovery * DAYS, 0)} ({trust})")
            cells.append(words("none") if gap[1] <= 0 else _range(words, max(0.0, gap[0]), gap[1]))
            least, most_lost = one.share_high or 0.0, one.share_low or 0.0
            lost = _pair(words, _percent(words, least), _percent(words, most_lost))
            cells.append(words("none") if most_lost <= 0 else lost)
    cells.append(_demand(names, one.scarce) if one.scarce else words("none"))
    return cells


def _percent(words: Wording, share: float) -> str:
    return words.number(share * 100, 1) + ("\u202f%" if words.language == "fr" else "%")


def _range(words: Wording, low: float, high: float, for_ever: str | None = None) -> str:
    def said(years: float) -> str:
        if math.isinf(years):
            return for_ever or words("for_ever")
        return words.number(years * DAYS, 0)

    return _pair(words, said(low), said(high))


def _pair(words: Wording, low: str, high: str) -> str:
    return low if low == high else words("to", low=low, high=high)


def _demand(names: Names, demand: str) -> str:
    """A demand in the user's words: its item and place where its name says both."""
    item, _, place = demand.partition("@")
    return f"{names.item(item)}, {names.place(place)}" if place else demand


def _name(names: Names, one: NodeAnswer) -> str:
    """What is lost in the user's words, with its identifier."""
    if one.kind == "plant":
        shown = names.plant(one.name)
    elif one.kind == "supply" and "@" in one.name:
        shown = _demand(names, one.name)
    elif one.kind == "place":
        shown = names.place(one.name)
    elif one.kind == "lane" and one.name.count("|") == 2:
        item, start, end = one.name.split("|")
        shown = f"{names.item(item)}, {names.place(start)} → {names.place(end)}"
    elif one.kind == "event":
        row = names.network["events"].filter(pl.col("event") == one.name)
        shown = str(row["name"][0]) if row.height and row["name"][0] else one.name
    else:
        shown = one.name
    return shown if shown == one.name else f"{shown} ({one.name})"


def show_cover(found: Answer, language: str) -> None:
    """Days of cover as a table, the shortest first."""
    from rich.table import Table

    words, names, console = Wording("survive_words", language), Names(found.network, found.chain, language), _console()
    table = Table(title=words("cover.title", period=found.period))
    for key in ("place", "item", "plants"):
        table.add_column(words(f"cover.{key}"), overflow="fold")
    for key in ("use", "stock", "days"):
        table.add_column(words(f"cover.{key}"), justify="right")
    for one in sorted((c for c in found.covers if c.use > 0), key=lambda c: (c.days_low, c.place, c.item)):
        unit = names.unit(one.item)
        plants = ", ".join(names.plant(plant) for plant in one.plants[:3]) + (" …" if len(one.plants) > 3 else "")
        table.add_row(
            names.place(one.place),
            names.item(one.item),
            plants or words("none"),
            f"{words.number(one.use / DAYS, 1)} {unit}".strip(),
            _pair(words, words.number(one.low, 0), words.number(one.high, 0)),
            _pair(words, words.number(one.days_low, 0), words.number(one.days_high, 0)),
        )
    console.print(table)


def cover_rows(found: Answer) -> list[dict[str, Any]]:
    """Days of cover as plain data."""
    return [
        {
            "place": one.place,
            "item": one.item,
            "plants": ";".join(one.plants),
            "use_per_day": one.use / DAYS,
            "stock_low": one.low,
            "stock_high": one.high,
            "days_low": one.days_low if math.isfinite(one.days_low) else None,
            "days_high": one.days_high if math.isfinite(one.days_high) else None,
            "facts": one.facts,
        }
        for one in found.covers
    ]


def bridge_rows(found: Bridge, use: dict[Point, float]) -> dict[str, Any]:
    """The least stock as plain data."""
    return {
        "stock": [
            {
                "place": place,
                "item": item,
                "stock": held,
                "days": held / use[place, item] * DAYS if use.get((place, item)) else None,
            }
            for (place, item), held in found.stock.items()
        ],
        "lost": dict(found.lost),
    }


def show_bridge(
    found: Bridge, use: dict[Point, float], network: Network, chain: Chain | None, node: str, days: float, language: str
) -> None:
    """The least stock as a table."""
    from rich.table import Table

    words, names, console = Wording("survive_words", language), Names(network, chain, language), _console()
    table = Table(title=words("bridge.title", node=node, days=words.number(days, 0)))
    for key in ("cover.place", "cover.item"):
        table.add_column(words(key), overflow="fold")
    for key in ("bridge.stock", "bridge.days"):
        table.add_column(words(key), justify="right")
    for row in bridge_rows(found, use)["stock"]:
        unit = names.unit(row["item"])
        table.add_row(
            names.place(row["place"]),
            names.item(row["item"]),
            f"{words.number(row['stock'], 0)} {unit}".strip(),
            words("unknown") if row["days"] is None else words.number(row["days"], 0),
        )
    console.print(table)
    if found.lost:
        lost = ", ".join(f"{name} {words.number(quantity, 0)}" for name, quantity in found.lost.items())
        console.print(words("bridge.lost", demands=lost))
