"""The answer of ``bongsu stress``: who, when, how much, what to do."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from bongsu.cli.shell import BadInput, Tell, chosen
from bongsu.cli.wording import Wording

if TYPE_CHECKING:
    from bongsu.chain import Chain, Network
    from bongsu.plan import Plan
    from bongsu.stress.answer import BranchAnswer, Measure, StressAnswer
    from bongsu.stress.disruption import Disruption, Rule
    from bongsu.stress.exposure import Substitute
    from bongsu.stress.rule import Door

_ROWS = 12
_LISTED = 3


@dataclass(frozen=True)
class Names:
    """Display names and units, from the pack where there is one.

    Attributes:
        network: the network; chain: the chain behind it, if any.
        language: of the names.
    """

    network: Network
    chain: Chain | None
    language: str

    def item(self, name: str) -> str:
        """Name of an item."""
        return self.chain.atlas.name("items", name, self.language) if self.chain else name

    def place(self, name: str) -> str:
        """Name of a place."""
        return self.chain.atlas.name("places", name, self.language) if self.chain else name

    def unit(self, item: str) -> str:
        """Unit of an item."""
        row = self.network["items"].filter(pl.col("item") == item)
        return str(row["unit"][0]) if row.height and row["unit"][0] else ""

    def plant(self, name: str) -> str:
        """Name of a plant."""
        if self.chain:
            facility = dict(self.chain.atlas["facility_lines"].select("line", "facility").iter_rows()).get(name)
            if facility:
                return self.chain.atlas.name("facilities", facility, self.language)
            process, _, place = name.removeprefix("new:").removeprefix("assembly:").partition("@")
            shown = self._process(process)
            return f"{shown}, {self.place(place)}" if place else shown
        row = self.network["plants"].filter(pl.col("plant") == name)
        return str(row["name"][0]) if row.height and row["name"][0] else name

    def _process(self, name: str) -> str:
        assert self.chain is not None
        for table in ("processes", "items"):
            if self.chain.atlas.row(table, name) is not None:
                return self.chain.atlas.name(table, name, self.language)
        return name

    def product(self, plant: str) -> tuple[str, str]:
        """What a plant makes, and its unit."""
        process = self.network["modes"].filter(pl.col("plant") == plant)["process"]
        made = self.network["recipes"].filter(
            pl.col("process").is_in(process.implode()) & (pl.col("amount") > 0) & (pl.col("byproduct") == "no")
        )["item"]
        items = list(dict.fromkeys(made))
        return ", ".join(self.item(one) for one in items), self.unit(items[0]) if items else ""


def load(path: Path, starts: str | None = None) -> Disruption:
    """The disruption of a file, moved to another day if one is given, or a sentence that says what is wrong with it."""
    from bongsu.stress.disruption import BadDisruption, moved, read

    try:
        found = read(path)
    except BadDisruption as error:
        raise BadInput(str(error)) from None
    if not starts:
        return found
    try:
        return moved(found, day(starts))
    except BadDisruption as error:
        raise BadInput(str(error)) from None


def day(text: str) -> dt.date:
    """A day as an option names it."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"--starts {text} is not a day; write it as 2027-01-31") from None


def answer(tell: Tell, disruption: Disruption, network: Network, chain: Chain | None, plan: Plan) -> StressAnswer:
    """The answer, or a sentence that says why there is none."""
    from bongsu.chain.change import BadChange
    from bongsu.plan.patch import NeedsRebuild
    from bongsu.stress.answer import answer as find
    from bongsu.stress.disruption import BadDisruption, Ground

    if plan.status not in ("optimal", "feasible"):
        raise BadInput(f"the plan itself is {plan.status}, so nothing can be said of a disruption; see `bongsu plan`")
    try:
        return find(disruption, Ground(network, chain.atlas if chain else None), plan, tell, _door(chain))
    except (BadDisruption, BadChange, NeedsRebuild) as error:
        raise BadInput(f"{disruption.name}: {error}") from None


def by_month(
    tell: Tell, disruption: Disruption, network: Network, chain: Chain | None, plan: Plan, months: int, threads: int
) -> tuple[Network, Plan]:
    """The months of a plan from a disruption's first day on, planned with the stocks of that year, or why there are none."""
    from bongsu.cli import shell
    from bongsu.stress.cover import stocks
    from bongsu.stress.months import monthly

    first = disruption.first
    if first is None or any(branch.rule for branch in disruption.branches):
        raise BadInput(f"{disruption.name} changes the law, which is planned by years; leave --months out")
    if plan.status not in ("optimal", "feasible"):
        raise BadInput(f"the plan itself is {plan.status}, so it has no months; see `bongsu plan`")
    tell("laying out the months of the plan")
    try:
        year = first.year if chain is None else min(max(first.year, chain.years[0]), chain.years[-1])
        opening = network["stocks"] if chain is None else stocks(chain, plan, year)
        spread = monthly(plan, first, months, opening)
    except ValueError as error:
        raise BadInput(f"--months: {error}") from None
    solved = shell.solve(tell, spread, None, 1e-6, threads)
    if solved.status not in ("optimal", "feasible"):
        raise BadInput(f"no plan was found for these {months} months ({solved.status}); try fewer, such as --months 12")
    return spread, solved


def _door(chain: Chain | None) -> Door | None:
    """The way to the network under other law; None where there is no law."""
    from dataclasses import replace

    from bongsu.chain import Chain as Built
    from bongsu.law.inforce import InForce

    now = chain.choices.law if chain else None
    if chain is None or not isinstance(now, InForce):
        return None

    def under(rule: Rule) -> Network:
        law = now.law.law
        for name in rule.without:
            if name not in law.instruments:
                raise BadInput(f"there is no instrument {name!r}; `bongsu law on {now.law.date}` lists them")
        taken, readings = chosen(law, rule.readings.items())
        try:
            other = replace(
                now,
                law=now.law.taking({**now.law.taken, **taken}),
                readings={**now.readings, **readings},
                without=now.without | frozenset(rule.without),
                said=[],
            )
        except ValueError as error:
            raise BadInput(str(error)) from None
        return Built.of(chain.atlas, str(chain.case["case"]), replace(chain.choices, law=other)).network

    return under


# Data -----------------------------------------------------------------------------------------------------------------------


def as_json(found: StressAnswer, chain: Chain | None) -> str:
    """All of the answer as JSON."""
    parts = {
        "disruption": found.disruption.name,
        "title": dict(found.disruption.title),
        "known": found.disruption.known,
        "as_of": chain.atlas.known if chain else None,
        "base_cost": found.base_cost,
        "expected_additional_cost": found.expected,
        "branches": [
            {
                "branch": one.branch.name,
                "title": dict(one.branch.title),
                "weight": one.branch.weight,
                "weight_source": one.branch.source,
                "law": asdict(one.branch.rule) if one.branch.rule else None,
                "hits": [{"target": hit.target, **asdict(hit)} for hit in one.branch.hits],
                "status": one.status,
                "additional_cost": one.more,
                "additional_cost_foreseen": one.foreseen,
                "standstills": [asdict(row) for row in one.standstills],
                "unserved": [asdict(row) for row in one.unserved],
                "exposure": asdict(one.exposure),
                "measures": [asdict(row) for row in one.measures],
            }
            for one in found.branches
        ],
    }
    return json.dumps(parts, indent=1, ensure_ascii=False, default=str)


def as_csv(found: StressAnswer) -> str:
    """Plants that make less, by branch, as CSV."""
    rows = [{"branch": one.branch.name, **asdict(row)} for one in found.branches for row in one.standstills]
    columns = ("branch", "plant", "place", "country", "period", "made", "base", "worst", "stopped")
    return pl.DataFrame(rows, schema=list(columns), infer_schema_length=None).write_csv(line_terminator="\n")


# Words ----------------------------------------------------------------------------------------------------------------------


def show(found: StressAnswer, network: Network, chain: Chain | None, language: str, monthly: bool = False) -> None:
    """The answer as text and tables; ``monthly`` where it is of the months of a plan."""
    from rich.console import Console

    words, names = Wording("stress_words", language), Names(network, chain, language)
    console = Console()
    if not console.is_terminal:
        # Names must stay whole in a file or a pipe.
        console = Console(width=180)
    name = _titled(found.disruption.title, language, found.disruption.name)
    known = found.disruption.known
    console.print(words("title", name=name, day=known) if known else words("untitled", name=name), style="bold")
    if chain:
        console.print(
            words("asked", day=chain.atlas.known, cost=words.number(found.base_cost / 1e9, 1)), highlight=False
        )
    else:
        console.print(words("case"))
    if monthly:
        console.print(words("by_month", period=words.period(network["periods"]["period"][0])))
    for one in found.branches:
        console.print()
        _branch(one, found, words, names, console)
    if len(found.branches) > 1:
        console.print()
        key, scale = ("expected", 1e6) if chain else ("expected_case", 1.0)
        console.print(words(key, cost=words.number(found.expected / scale, 1)), highlight=False)


def _titled(title: Mapping[str, str], language: str, name: str) -> str:
    return title.get(language) or title.get("en") or name


def _branch(one: BranchAnswer, found: StressAnswer, words: Wording, names: Names, console: Any) -> None:
    if len(found.branches) > 1:
        source = one.branch.source
        trust = words("assumed") if source == "assumed" else words("sourced", source=source)
        title = _titled(one.branch.title, words.language, one.branch.name)
        weight = words.percent(one.branch.weight)
        console.print(words("branch", name=title, weight=weight, trust=trust), style="bold", highlight=False)
    rule = one.branch.rule
    if rule:
        for name in rule.without:
            console.print(words("law_without", name=name), highlight=False)
        for name, choice in rule.readings.items():
            console.print(words("law_reading", name=name, choice=choice), highlight=False)
    if one.status == "unsolved":
        console.print(words("unsolved"))
        return
    if one.status == "short":
        console.print(words("short"))
    _cost(one, found, words, names, console)
    _who(one, words, names, console)
    _unserved(one, words, names, console)
    _path(one, words, names, console)
    _measures(one, words, names, console)


def _cost(one: BranchAnswer, found: StressAnswer, words: Wording, names: Names, console: Any) -> None:
    if abs(one.more) < 1e-9 * abs(found.base_cost):
        only_law = one.branch.rule is not None and not one.branch.hits
        console.print(words("nothing_law" if only_law else "nothing"))
        return
    way, sign = ("cost", 1.0) if one.more > 0 else ("less", -1.0)
    key, scale, digits = (way, 1e6, 1) if names.chain else (f"{way}_case", 1.0, 2)
    more, foreseen = (words.number(sign * value / scale, digits) for value in (one.more, one.foreseen))
    console.print(words(key, more=more, foreseen=foreseen), highlight=False)


def _table(title: str, columns: list[tuple[str, bool]]) -> Any:
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for name, right in columns:
        table.add_column(name, justify="right" if right else "left", overflow="fold")
    return table


def _who(one: BranchAnswer, words: Wording, names: Names, console: Any) -> None:
    if not one.standstills:
        console.print(words("who_none"))
        return
    stopped = sum(row.stopped for row in one.standstills)
    heads = [("plant", False), ("country", False), ("product", False), ("from", False)]
    heads += [("worst", True), ("lost", True), ("stops", False)]
    table = _table(
        words("who", count=len(one.standstills), stopped=stopped), [(words(head), right) for head, right in heads]
    )
    for row in one.standstills[:_ROWS]:
        product, unit = names.product(row.plant)
        table.add_row(
            names.plant(row.plant),
            row.country or "",
            product,
            row.period,
            words.percent(row.worst),
            f"{words.number(row.base - row.made, 0)} {unit}",
            words("yes") if row.stopped else words("no"),
        )
    console.print(table)
    _rest(len(one.standstills), words, console)


def _rest(count: int, words: Wording, console: Any) -> None:
    if count > _ROWS:
        console.print(words("more_rows", count=count - _ROWS))


def _unserved(one: BranchAnswer, words: Wording, names: Names, console: Any) -> None:
    if not one.unserved:
        console.print(words("unserved_none"))
        return
    heads = [("market", False), ("item", False), ("from", False), ("quantity", True), ("share", True)]
    table = _table(words("unserved"), [(words(head), right) for head, right in heads])
    for row in one.unserved[:_ROWS]:
        table.add_row(
            names.place(row.place),
            names.item(row.item),
            row.period,
            f"{words.number(row.quantity, 0)} {names.unit(row.item)}",
            words.percent(row.share),
        )
    console.print(table)
    _rest(len(one.unserved), words, console)


def _path(one: BranchAnswer, words: Wording, names: Names, console: Any) -> None:
    if all(hit.demand is not None for hit in one.branch.hits):
        return
    if one.exposure.idle:
        console.print(words("path_none", period=words.period(one.exposure.period)))
        return
    heads = [("step", True), ("item", False), ("at_risk", True), ("of_all", True), ("where", False)]
    heads += [("instead", False), ("lead", False), ("trust", False)]
    table = _table(
        words("path", period=words.period(one.exposure.period)), [(words(head), right) for head, right in heads]
    )
    for tier in one.exposure.tiers:
        stand_in = [_stand_in(other, words, names, names.unit(tier.item)) for other in tier.substitutes[:_LISTED]]
        table.add_row(
            str(tier.step),
            names.item(tier.item),
            f"{words.number(tier.at_risk, 0)} {names.unit(tier.item)}",
            words.percent(tier.world),
            ", ".join(f"{names.place(place)} {words.percent(share)}" for place, share in tier.places[:_LISTED]),
            "\n".join(what for what, _ in stand_in) or words("no_instead"),
            "\n".join(lead for _, lead in stand_in),
            words(f"trust.{tier.trust or 'none'}"),
        )
    console.print(table)


def _stand_in(other: Substitute, words: Wording, names: Names, unit: str) -> tuple[str, str]:
    what = names.place(other.place) if other.kind == "offer" else names.plant(other.what)
    if other.kind == "build":
        return words("build", what=what), other.first or ""
    lead = words("days", days=words.number(other.days or 0.0, 0))
    if other.spare is None:
        return words("unlimited", what=what), lead
    return words("spare", what=what, spare=words.number(other.spare, 0), unit=unit), lead


def _measures(one: BranchAnswer, words: Wording, names: Names, console: Any) -> None:
    if not one.measures:
        console.print(words("do_missed" if one.status == "short" else "do_none"))
        return
    console.print(words("do"), style="bold")
    for kind in ("item", "capacity", "build"):
        for row in [row for row in one.measures if row.kind == kind][:_LISTED]:
            console.print(f"  - {_measure(row, words, names)}", highlight=False)


def _money(words: Wording, amount: float, names: Names) -> str:
    shown = words.number(amount, 0)
    return words("dollars", amount=shown) if names.chain else shown


def _measure(row: Measure, words: Wording, names: Names) -> str:
    """A measure in one line; where more than half of what it saves is penalty, that is said."""
    text = _said(row, words, names)
    return text + " " + words("do_served") if row.served > 0.5 * row.value else text


def _lot(row: Measure, words: Wording) -> str:
    """The quantity that was tried, to three digits: a hundredth of a small flow is less than one."""
    lot = row.quantity or 0.0
    return words.number(lot, 0 if lot >= 100 else 2)


def _said(row: Measure, words: Wording, names: Names) -> str:
    value, before = (_money(words, amount, names) for amount in (row.value, row.before))
    if row.kind == "item":
        place, item = row.what.split(":", 1)
        unit = names.unit(item)
        return words(
            "do_item",
            quantity=_lot(row, words),
            unit=unit,
            item=names.item(item),
            place=names.place(place),
            period=words.period(row.period),
            value=value,
            before=before,
        )
    unit = names.product(row.what)[1]
    if row.kind == "capacity":
        plant, lot, when = names.plant(row.what), _lot(row, words), words.period(row.period)
        return words("do_capacity", quantity=lot, unit=unit, plant=plant, period=when, value=value, before=before)
    quantity = words.number(row.quantity or 0.0, 0)
    return words(
        "do_build", quantity=quantity, unit=unit, option=names.plant(row.what), period=words.period(row.period)
    )
