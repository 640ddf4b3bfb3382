"""The answers of ``bongsu uncertain``, ``bongsu worst`` and ``bongsu fixes``."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import polars as pl

from bongsu.cli.shell import BadInput, Tell
from bongsu.cli.stress import Names, load
from bongsu.cli.wording import Wording

if TYPE_CHECKING:
    from bongsu.chain import Chain, Network
    from bongsu.chain.change import Event, Scenario
    from bongsu.plan import Options, Plan
    from bongsu.stress.choices import Choice
    from bongsu.stress.fixes import Fix, Fixes
    from bongsu.stress.uncertain import Method, Uncertain
    from bongsu.stress.worst import WorstSet

_ROWS = 20
_YAML = (".yaml", ".yml")


# What was asked ------------------------------------------------------------------------------------------------------------


def laid_over(network: Network, place: Path | None) -> Network:
    """The network with the events, scenarios and measures of a folder or file of tables; as it is without one."""
    from bongsu.atlas import PackError
    from bongsu.chain.overlay import overlay

    if place is None or _disruptions(place):
        return network
    if not place.exists():
        raise BadInput(f"{place} is not there; give a folder with events.csv, a CSV of changes, or a YAML disruption")
    try:
        return overlay(network, place)
    except PackError as error:
        raise BadInput(str(error)) from None


def _disruptions(place: Path) -> list[Path]:
    """The YAML disruptions that a path names."""
    if place.suffix in _YAML:
        return [place]
    return [path for path in sorted(place.glob("*")) if path.suffix in _YAML] if place.is_dir() else []


def scenarios(
    network: Network,
    chain: Chain | None,
    place: Path | None,
    probability: float | None,
    starts: str | None,
    plan: Callable[[], Plan],
) -> list[Scenario]:
    """Scenarios of the case, or the branches of one disruption, with the plan as it stands beside them."""
    from bongsu.chain.change import BadChange
    from bongsu.chain.change import Scenario as Stated
    from bongsu.chain.change import scenarios as stated
    from bongsu.stress.disruption import BadDisruption, Ground
    from bongsu.stress.disruption import scenarios as branches

    files = [] if place is None else _disruptions(place)
    try:
        if not files:
            found = stated(network)
            if not found:
                raise BadInput("this case states no scenarios; add scenarios.csv, or give --events")
            return found
        if len(files) > 1:
            raise BadInput(
                "several disruptions make no scenarios by themselves; give one, or a folder with scenarios.csv"
            )
        own = branches(load(files[0], starts), Ground(network, chain.atlas if chain else None), plan())
    except (BadDisruption, BadChange) as error:
        raise BadInput(str(error)) from None
    if probability is None:
        return own
    happens = [replace(one, weight=one.weight * probability) for one in own]
    return [Stated("as-it-stands", (), 1.0 - probability), *happens]


def events(
    network: Network,
    chain: Chain | None,
    place: Path | None,
    family: str | None,
    starts: str | None,
    lasts: int,
    plan: Plan,
) -> list[Event]:
    """Events of the case, of disruption files (the likeliest branch of each), or every member of a family."""
    from bongsu.chain.change import BadChange
    from bongsu.chain.change import Event as Happening
    from bongsu.chain.change import events as stated
    from bongsu.cli.stress import day
    from bongsu.stress.disruption import BadDisruption, Ground, days_of, resolve
    from bongsu.stress.disruption import family as members

    ground = Ground(network, chain.atlas if chain else None)
    files = [] if place is None else _disruptions(place)
    try:
        if family is not None:
            first = day(starts) if starts else days_of(network)[0][0]
            return members(family, ground, first, float(lasts))
        if not files:
            found = list(stated(network).values())
            if not found:
                raise BadInput("this case states no events; add events.csv, give --events, or take --family facility")
            return found
        likeliest = []
        for path in files:
            disruption = load(path, starts)
            branch = max(disruption.branches, key=lambda one: one.weight)
            name = disruption.name if len(disruption.branches) == 1 else f"{disruption.name}:{branch.name}"
            if branch.rule is not None:
                raise BadInput(f"{path}: a change of law asks for another network; use `bongsu stress`")
            likeliest.append(Happening(name, resolve(branch, ground, plan)))
        return likeliest
    except (BadDisruption, BadChange) as error:
        raise BadInput(str(error)) from None


def _asked(what: Callable[[], Any]) -> Any:
    """An answer of the room, or a sentence that says why there is none."""
    from bongsu.chain.change import BadChange
    from bongsu.stress.stages import NotStated

    try:
        return what()
    except (NotStated, BadChange) as error:
        raise BadInput(str(error)) from None


def uncertain(
    network: Network,
    among: Sequence[Scenario],
    risk_weight: float,
    alpha: float,
    known: str,
    first: Sequence[str],
    method: str,
    options: Options,
) -> Uncertain:
    """The plan under uncertainty."""
    from bongsu.stress.stages import FirstStage
    from bongsu.stress.uncertain import Uncertain as Answer

    stage = FirstStage.of(network, known)
    if first:
        stage = replace(stage, families=tuple(first))
    asked = partial(Answer.of, network, among, risk_weight=risk_weight, alpha=alpha, stage=stage, options=options)
    found: Uncertain = _asked(partial(asked, method=cast("Method", method)))
    return found


def worst(
    network: Network, among: Sequence[Event], k: int, replan: bool, top: int, plan: Plan, options: Options
) -> WorstSet:
    """The worst k events."""
    from bongsu.stress.worst import worst as find

    found: WorstSet = _asked(lambda: find(network, among, k, replan=replan, top=top, plan=plan, options=options))
    return found


def fixes(
    network: Network, among: Sequence[Scenario], risk_weight: float, alpha: float, known: str, options: Options
) -> Fixes:
    """What softens the scenarios."""
    from bongsu.stress.fixes import fixes as price
    from bongsu.stress.stages import FirstStage

    stage = FirstStage.of(network, known)
    asked = partial(price, network, among, risk_weight=risk_weight, alpha=alpha, stage=stage, options=options)
    found: Fixes = _asked(asked)
    return found


def judged(tell: Tell, found: Uncertain, tolerance: float, options: Options) -> tuple[Choice, ...]:
    """Which builds are right whatever comes; none where there is no plan."""
    from bongsu.stress.choices import choices

    if found.status not in ("optimal", "feasible"):
        return ()
    tell("leaving out and forcing in each build")
    return choices(found, tolerance, options)


# Data ----------------------------------------------------------------------------------------------------------------------


def _plain(value: Any) -> Any:
    """Values that JSON can hold: what is infinite or not a number is null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


def uncertain_json(found: Uncertain, builds: Sequence[Choice] | None) -> str:
    """The plan under uncertainty as JSON."""
    planned = found.status in ("optimal", "feasible")
    parts = {
        "case": found.network.settings.name,
        "currency": found.network.settings.currency,
        "status": found.status,
        "method": found.method,
        "risk_weight": found.risk_weight,
        "alpha": found.alpha,
        "first_stage": list(found.stage.families),
        "known": found.stage.known,
        "stochastic_plan": found.objective,
        "bound": found.bound,
        "gap": found.gap,
        "expected_cost": found.expected if planned else None,
        "cvar": found.cvar if planned else None,
        "value_at_risk": found.var if planned else None,
        "wait_and_see": found.wait_and_see,
        "mean_value_plan": found.mean_plan,
        "expected_result_of_mean_value_plan": found.expected_mean,
        "value_of_stochastic_solution": found.vss if planned else None,
        "expected_value_of_perfect_information": found.evpi if planned else None,
        "scenarios": [
            row | {"unserved": dict(one.unserved)}
            for row, one in zip(found.table().to_dicts(), found.scenarios, strict=True)
        ]
        if planned
        else [asdict(one) for one in found.scenarios],
        "decisions": found.decisions.to_dicts(),
        "builds": None if builds is None else [asdict(one) for one in builds],
        "notes": list(found.notes),
        "rows": found.size[0],
        "columns": found.size[1],
        "solver": dict(found.solver),
    }
    return json.dumps(_plain(parts), indent=1, ensure_ascii=False)


def uncertain_csv(found: Uncertain) -> str:
    """Every scenario's costs as CSV."""
    return found.table().write_csv(line_terminator="\n")


def write(folder: Path, found: Uncertain, builds: Sequence[Choice] | None) -> list[str]:
    """Write the tables of a plan under uncertainty."""
    from bongsu.cli.results import write_text
    from bongsu.stress.choices import table

    files = {"uncertain.json": uncertain_json(found, builds), "scenarios.csv": uncertain_csv(found)}
    if found.decisions.width:
        files["decisions.csv"] = found.decisions.write_csv(line_terminator="\n")
    if builds:
        files["builds.csv"] = table(builds).write_csv(line_terminator="\n")
    for name, text in files.items():
        write_text(folder / name, text)
    return list(files)


def worst_json(found: WorstSet) -> str:
    """The worst set as JSON."""
    return json.dumps(_plain(asdict(found)), indent=1, ensure_ascii=False)


def worst_csv(found: WorstSet) -> str:
    """The worst sets as CSV, worst first."""
    rows = [(found.events, found.cost), *((one.events, one.cost) for one in found.runners_up)]
    parts = [{"rank": at + 1, "events": "; ".join(own), "cost": cost} for at, (own, cost) in enumerate(rows)]
    return pl.DataFrame(parts).write_csv(line_terminator="\n")


def fixes_json(found: Fixes) -> str:
    """The fixes as JSON."""
    parts = {
        "none": asdict(found.none),
        "alone": [asdict(one) for one in found.alone],
        "together": asdict(found.together),
        "cheapest": list(found.cheapest.kinds),
        "worth_at_most": dict(found.worth_at_most),
        "measures": [{key: value for key, value in asdict(one).items() if key != "changes"} for one in found.measures],
    }
    return json.dumps(_plain(parts), indent=1, ensure_ascii=False)


# Words ---------------------------------------------------------------------------------------------------------------------


class _Speaker:
    """Texts, amounts and names in one language."""

    def __init__(self, network: Network, chain: Chain | None, language: str) -> None:
        from rich.console import Console

        self.words = Wording("uncertain_words", language)
        self.names = Names(network, chain, language)
        self.dollars = chain is not None
        console = Console()
        # Names must stay whole in a file or a pipe.
        self.console = console if console.is_terminal else Console(width=180)

    def money(self, value: float | None) -> str:
        """An amount: millions of dollars for the pack, as it is for a case; what is infinite or unknown in words."""
        if value is None or math.isnan(value):
            return self.words("unknown")
        if math.isinf(value):
            return self.words("no_plan")
        return self.words.number(value / 1e6, 1) if self.dollars else self.words.number(value)

    def unit(self) -> str:
        """What amounts are counted in."""
        return self.words("millions") if self.dollars else self.names.network.settings.currency

    def short(self, unserved: Mapping[str, float]) -> str:
        """Unserved demand by item."""
        if not unserved:
            return self.words("nothing")
        parts = [
            f"{self.words.number(quantity, 0)} {self.names.unit(item)} {self.names.item(item)}".replace("  ", " ")
            for item, quantity in unserved.items()
        ]
        return ", ".join(parts[:3]) + (" …" if len(parts) > 3 else "")

    def say(self, key: str, **parts: Any) -> None:
        """A line."""
        self.console.print(self.words(key, **parts), highlight=False)

    def table(self, title: str, heads: Sequence[tuple[str, bool]], rows: Sequence[Sequence[str]]) -> None:
        """A table; a cell that starts a column of numbers stands right."""
        from rich.table import Table

        shown = Table(title=title, title_justify="left")
        for name, right in heads:
            shown.add_column(name, justify="right" if right else "left", overflow="fold")
        for row in rows[:_ROWS]:
            shown.add_row(*row)
        self.console.print(shown)
        if len(rows) > _ROWS:
            self.say("more_rows", count=len(rows) - _ROWS)


def show_uncertain(
    found: Uncertain, builds: Sequence[Choice] | None, network: Network, chain: Chain | None, language: str
) -> None:
    """The plan under uncertainty as text and tables."""
    s = _Speaker(network, chain, language)
    if found.status not in ("optimal", "feasible"):
        s.say(f"status.{found.status}")
        for note in found.notes:
            s.console.print(f"  - {note}", highlight=False)
        return
    s.say(
        "plan",
        cost=s.money(found.objective),
        unit=s.unit(),
        weight=s.words.number(found.risk_weight, 2),
        level=s.words.number(found.alpha, 2),
    )
    if found.status == "feasible":
        s.say("gap", gap=f"{found.gap:.2%}", bound=s.money(found.bound))
    rows = [
        (s.words("expected"), s.money(found.expected)),
        (s.words("cvar", level=s.words.number(found.alpha, 2)), s.money(found.cvar)),
        (s.words("var", level=s.words.number(found.alpha, 2)), s.money(found.var)),
        (s.words("ws"), s.money(found.wait_and_see)),
        (s.words("eev"), s.money(found.expected_mean)),
        (s.words("vss"), s.money(found.vss)),
        (s.words("evpi"), s.money(found.evpi)),
    ]
    s.table(s.words("measures_of", unit=s.unit()), [(s.words("measure"), False), (s.words("amount"), True)], rows)
    heads = [
        ("scenario", False),
        ("weight", True),
        ("cost", True),
        ("alone", True),
        ("under_mean", True),
        ("short", False),
    ]
    tail = found.table()["tail"].to_list()
    lines = [
        [
            f"{one.scenario} *" if worst_of else one.scenario,
            s.words.percent(one.weight),
            s.money(one.cost),
            s.money(one.alone),
            s.money(one.under_mean),
            s.short(one.unserved),
        ]
        for one, worst_of in zip(found.scenarios, tail, strict=True)
    ]
    s.table(s.words("scenarios"), [(s.words(head), right) for head, right in heads], lines)
    s.say("tail", level=s.words.number(found.alpha, 2))
    _show_decisions(s, found)
    if builds is not None:
        _show_builds(s, builds)
    for note in found.notes:
        s.say("note", note=note)


def _show_decisions(s: _Speaker, found: Uncertain) -> None:
    if not found.decisions.height:
        s.say("decisions_none")
        return
    names = [one.scenario for one in found.scenarios]
    heads = [
        (s.words("decision"), False),
        (s.words("period"), False),
        (s.words("planned"), True),
        (s.words("mean"), True),
    ]
    heads += [(name, True) for name in names[:6]]
    rows = []
    table = found.decisions
    if table.height > _ROWS:
        # What moves most money between the plans first.
        own = ["planned", *(f"in:{name}" for name in names)]
        spread = pl.max_horizontal(own) - pl.min_horizontal(own)
        table = table.with_columns(_moved=spread * pl.col("unit_cost").abs()).sort(
            "_moved", descending=True, maintain_order=True
        )
    for row in table.iter_rows(named=True):
        what = s.words(f"family.{row['family']}", what=_named(s, row["of"]))
        values = [row["planned"], row["mean"], *(row[f"in:{name}"] for name in names[:6])]
        shown = [s.words("unknown") if value is None else s.words.number(value, 2) for value in values]
        rows.append([what, row["period"] or "", *shown])
    s.table(s.words("decisions"), heads, rows)


def _named(s: _Speaker, name: str) -> str:
    return s.names.plant(name)


def _show_builds(s: _Speaker, builds: Sequence[Choice]) -> None:
    for verdict in ("always", "never", "depends", "free"):
        own = [one for one in builds if one.verdict == verdict]
        if own:
            listed = "; ".join(_named(s, one.option) for one in own[:_ROWS]) + (" …" if len(own) > _ROWS else "")
            s.say(f"verdict.{verdict}", count=len(own), names=listed)


def show_worst(found: WorstSet, network: Network, chain: Chain | None, language: str) -> None:
    """The worst set as text and a table."""
    s = _Speaker(network, chain, language)
    s.say("worst", k=found.k, events=", ".join(found.events))
    if math.isinf(found.cost):
        s.say("worst_no_plan")
    else:
        more = s.money(found.cost - found.without)
        s.say("worst_cost", cost=s.money(found.cost), more=more, unit=s.unit())
        s.say("worst_short", short=s.short(found.unserved))
    s.say("worst_replanned" if found.replanned else "worst_held")
    if found.exact:
        s.say("worst_proven", sets=f"{found.sets:,}", planned=f"{found.planned:,}")
    elif math.isinf(found.bound):
        s.say("worst_open", sets=f"{found.sets:,}", planned=f"{found.planned:,}")
    else:
        s.say("worst_bound", sets=f"{found.sets:,}", planned=f"{found.planned:,}", bound=s.money(found.bound))
    rows = [(found.events, found.cost), *((one.events, one.cost) for one in found.runners_up)]
    s.table(
        s.words("worst_list", unit=s.unit()),
        [(s.words("rank"), True), (s.words("events"), False), (s.words("cost"), True), (s.words("more"), True)],
        [
            [str(at + 1), ", ".join(own), s.money(cost), s.money(cost - found.without)]
            for at, (own, cost) in enumerate(rows)
        ],
    )


def show_fixes(found: Fixes, network: Network, chain: Chain | None, language: str) -> None:
    """The fixes as tables."""
    s = _Speaker(network, chain, language)
    title = {one.name: one.title for one in found.measures}
    heads = [("fix", False), ("takes", False), ("fix_cost", True), ("objective", True), ("expected_short", True)]
    heads += [("cvar_short", True), ("saves", True), ("spared", False)]
    every = [found.none, *found.alone, *([found.together] if len(found.alone) > 1 else [])]
    s.table(
        s.words("fixes", unit=s.unit()),
        [(s.words(head), right) for head, right in heads],
        [
            [
                _kinds(s, one, found),
                ", ".join(_taken(s, title, name, share) for name, share in one.taken.items()) or s.words("nothing"),
                s.money(one.cost),
                s.money(one.objective),
                s.money(one.expected),
                s.money(one.cvar),
                s.money(one.saves),
                s.short(one.spared),
            ]
            for one in every
        ],
    )
    rows = [
        [
            _kinds(s, one, found),
            relief.scenario,
            s.money(relief.before),
            s.money(relief.after),
            relief.payback or s.words("never"),
        ]
        for one in every[1:]
        if one.taken
        for relief in one.reliefs
    ]
    if rows:
        heads = [("fix", False), ("scenario", False), ("before", True), ("after", True), ("payback", False)]
        s.table(s.words("reliefs"), [(s.words(head), right) for head, right in heads], rows)
    for name, worth in found.worth_at_most.items():
        s.say("worth_at_most", name=title[name], worth=s.money(worth), unit=s.unit())
    s.say("cheapest" if found.cheapest.kinds else "cheapest_none", kinds=_kinds(s, found.cheapest, found))


def _kinds(s: _Speaker, fix: Fix, found: Fixes) -> str:
    if not fix.kinds:
        return s.words("kind.none")
    if fix is found.together and len(found.alone) > 1:
        return s.words("kind.all")
    return ", ".join(s.words(f"kind.{kind}") for kind in fix.kinds)


def _taken(s: _Speaker, title: Mapping[str, str], name: str, share: float) -> str:
    return title[name] if share == 1.0 else f"{title[name]} ({s.words.percent(share)})"
