"""``bongsu discover``: joint projects that the network wants."""

from __future__ import annotations

import datetime as dt
import functools
import json
import math
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bongsu.cli import shell
from bongsu.cli.wording import Wording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from concurrent.futures import Executor

    from bongsu.chain import Chain
    from bongsu.committee import Answer, Gate, Project
    from bongsu.committee.discover import Discovery

ROOM = "discover"
#: Cases in which projects are valued beside their own.
_CASES = ("low", "reference", "high")


def discover(
    case: Annotated[str, typer.Argument(help="A case of the data pack.", metavar="CASE")] = "reference",
    top: Annotated[int, typer.Option("--top", help="How many projects to print.", min=1)] = 5,
    count: Annotated[int, typer.Option("--count", help="How many of the best to settle by solving again.", min=1)] = 10,
    most: Annotated[int, typer.Option("--most", help="How many projects to choose together at most.", min=1)] = 5,
    budget: Annotated[
        list[str] | None,
        typer.Option("--budget", help="Most money of a party in any one year, US$ million, such as KR=1500 or CA=400."),
    ] = None,
    masked: Annotated[
        list[str] | None,
        typer.Option(
            "--masked",
            help="Instead: take a facility out of the facts (phases joined by +) and see whether it is proposed again; repeatable.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of what is sampled.", min=0)] = 0,
    data: Annotated[Path | None, typer.Option("--data", help="Folder of the data pack (default: data/).")] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Use only what was known by this date, such as 2026-11-23.")
    ] = None,
    lang: Annotated[str, typer.Option("--lang", help="Language of the answer: en, ko or fr.")] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
    out: Annotated[
        Path,
        typer.Option("--out", help="Folder for the answers with their reasons, tables as CSV and JSON, and the cards."),
    ] = Path("out/discover"),
    cards: Annotated[
        bool,
        typer.Option(
            "--cards/--no-cards", help="Ask attract, regions and link of the projects too, and write their cards."
        ),
    ] = True,
    today: Annotated[
        str | None,
        typer.Option("--today", help="Day on the cards, such as 2026-11-28 (default: the day of the facts)."),
    ] = None,
    law: Annotated[
        str | None,
        typer.Option(
            "--law", help="Law of the plan: a date such as 2025-09-30 (default: the date of --as-of), or `none`."
        ),
    ] = None,
    reading: Annotated[
        list[str] | None,
        typer.Option("--reading", help="Take a branch of an open question or a disputed reading."),
    ] = None,
    cases: Annotated[
        bool,
        typer.Option(
            "--cases/--no-cases", help="Value the projects in the cases of low and high demand and prices too."
        ),
    ] = True,
    threads: Annotated[int, typer.Option("--threads", help="Threads for the solver.", min=1)] = 1,
) -> None:
    """Propose the next joint projects: generated, priced by shadow prices, gated, verified by solving with and without."""
    shell.check_language(lang)
    from bongsu.cli import committee_pages, kept, projects
    from bongsu.committee.discover import NoCandidates
    from bongsu.committee.discover import discover as find
    from bongsu.committee.discover.discover import title

    budgets = dict(_budget(one) for one in budget or ())
    asked = _day(today)
    with shell.working(quiet=as_json) as tell:
        chain = shell.build_chain(tell, case, data, as_of, False, False, law=shell.LawAsked(law, reading))
        if masked:
            _masked(tell, chain, masked, count, as_json, out)
            return
        plan = shell.solve(tell, chain.network, None, 1e-6, threads)
        if plan.status != "optimal":
            raise shell.BadInput(f"the plan itself is {plan.status}, so no project can be priced; see `bongsu plan`")
        others_of = _others(chain, case) if cases else {}
        try:
            with _worker(bool(others_of)) as pool:
                found = find(
                    chain,
                    plan,
                    count=count,
                    budgets=budgets,
                    most=most,
                    seed=seed,
                    progress=tell,
                    cases=others_of,
                    pool=pool,
                )
        except NoCandidates as error:
            raise shell.BadInput(str(error)) from None
        day = asked or chain.atlas.known
        first = found.projects[:top]
        places = projects.nearest(found.answer.tables["candidates"], first)
        others = projects.told(chain, plan, first, tell, places) if cards else {}
        kept.write(found.answer, out)
        if cards:
            titles = {one.project: title(chain, one) for one in first}
            answers = [found.answer, *others.values()]
            projects.write(chain, first, found.gates, answers, titles, out, day)
            if first:
                tell("writing the committee's page")
                committee_pages.write(out, first, {ROOM: found.answer, **others}, chain)
    if as_json:
        whole = {room: answer.as_dict() for room, answer in others.items()}
        print(json.dumps(found.answer.as_dict() | whole, indent=1, ensure_ascii=False, default=str))
    else:
        show(found, chain, top, lang, others, most)
        shell.say(Wording("projects_words", lang)("files" if cards else "files_only", out=out))


@contextmanager
def _worker(wanted: bool) -> Iterator[Executor | None]:
    """A second process that plans the other cases while this one goes on."""
    if not wanted:
        yield None
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        yield pool


def _others(chain: Chain, case: str) -> dict[str, Callable[[], Chain]]:
    """The cases of low and high demand of the pack, but for the one that is planned, made when they are asked for."""
    from bongsu.chain import Chain as Made

    known = set(chain.atlas["cases"]["case"])
    return {
        name: functools.partial(Made.of, chain.atlas, name, chain.choices)
        for name in _CASES
        if name in known and name != case
    }


def _masked(tell: shell.Tell, chain: Chain, groups: list[str], count: int, as_json: bool, out: Path | None) -> None:
    """Ranks of masked projects, as a table of Markdown or JSON, and as CSV."""
    from dataclasses import asdict

    import polars as pl

    from bongsu.committee.discover.masked import recover

    rows = []
    for at, group in enumerate(groups, start=1):
        tell(f"plan {at} of {len(groups)}: without {group}")
        try:
            found = recover(chain, group.split("+"), count)
        except ValueError as error:
            raise shell.BadInput(str(error)) from None
        rows.append({**asdict(found), "facilities": "+".join(found.facilities)})
    table = pl.DataFrame(rows, infer_schema_length=None)
    if out is not None:
        from bongsu.cli import kept
        from bongsu.committee import Answer

        kept.write_tables(Answer(ROOM, {}, {"masked": table}), out)
    if as_json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    print(
        "| facilities | process | rank | worth, US$ million | best place | real place | rank | worth less there | both | by price |"
    )
    print(f"|{'---|' * 10}")
    for row in rows:
        print(_masked_line(row))


def _masked_line(row: Mapping[str, Any]) -> str:
    def of(key: str, whole: str) -> str:
        return "–" if row[key] is None else f"{row[key]} of {row[whole]}"

    share = "–" if row["share"] is None else f"{row['share']:.1%}" + (" (alike)" if row["alike"] else "")
    cells = (
        row["facilities"],
        row["process"] or "–",
        of("process_rank", "processes"),
        "–" if row["value"] is None else f"{row['value'] / 1e6:,.0f}",
        row["best_place"] or "–",
        row["place"],
        of("place_rank", "places"),
        share,
        of("rank", "solved"),
        of("price_rank", "candidates"),
    )
    return f"| {' | '.join(cells)} |"


def _budget(text: str) -> tuple[str, float]:
    party, _, amount = text.partition("=")
    try:
        money = float(amount) * 1e6
    except ValueError:
        money = -1.0
    if party not in ("CA", "KR") or not (0 <= money < math.inf):
        raise shell.BadInput(f"--budget {text} names no party and amount; write it as KR=1500 (US$ million a year)")
    return party, money


def add(app: typer.Typer) -> None:
    """Register the command."""
    app.command(
        ROOM,
        epilog="Examples: `bongsu discover` · `bongsu discover low --top 10 --lang ko` · "
        "`bongsu discover --json --out out/discover` · `bongsu why discover.value:make_cell_lfp@ca-on-windsor --out out/discover`",
    )(discover)


def _day(text: str | None) -> dt.date | None:
    """The day asked for; the core reads no clock."""
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise shell.BadInput(f"--today {text} is not a day; write it as 2026-11-28") from None


def show(
    found: Discovery,
    chain: Chain,
    top: int,
    language: str,
    others: Mapping[str, Answer] | None = None,
    most: int = 5,
) -> None:
    """The next projects, each with what it is worth, its gates, its partners, and what the other functions say of it.

    Args:
        top: how many to print.
        most: how many were to be chosen together at most.
    """
    from rich.console import Console

    from bongsu.cli import projects

    words = Wording("discover_words", language)
    console = Console()
    if not console.is_terminal:
        console = Console(width=150)
    table = found.answer.tables["candidates"]
    counted = {
        status: table.filter(table["status"] == status).height
        for status in ("verified", "site", "bounded", "priced_out")
    }
    generated = int(table["generated"].sum())
    console.print(
        words(
            "title",
            count=table.height,
            generated=generated,
            out=counted["priced_out"],
            verified=counted["verified"],
            sites=counted["verified"] + counted["site"],
        ),
        highlight=False,
    )
    if not found.projects:
        console.print(words("none"), highlight=False)
        return
    for rank, one in enumerate(found.projects[:top], start=1):
        _project(rank, one, found, chain, words, console)
        if others:
            projects.show(one, others, Wording("projects_words", language), console)
    if others:
        console.print()
        console.print(Wording("projects_words", language)("gap"), highlight=False)
    _together(found, chain, words, console, most)
    _sides(found, words, console)
    settled = table.filter(table["status"] == "verified")["process"].implode()
    left = table.filter((table["status"] == "bounded") & ~table["process"].is_in(settled))["bound"].max()
    if isinstance(left, float):
        console.print(words("rest", bound=_money(left, words)), highlight=False)


def _together(found: Discovery, chain: Chain, words: Wording, console: Any, most: int) -> None:
    """Which projects together, and what each of them is worth there."""
    shared, language = found.answer.tables["shapley"], words.language
    whole = next(node for name, node in found.answer.figures.items() if name.startswith(f"{ROOM}.together:"))
    console.print()
    if shared.is_empty():
        console.print(words("together.none"), highlight=False)
        return
    text = words("together", most=most, count=shared.height, value=_money(whole.value or 0.0, words))
    console.print(text, style="bold", highlight=False)
    console.print("   " + words("baselines.why"), highlight=False)
    portfolio = {row["project"]: row for row in found.answer.tables["portfolio"].iter_rows(named=True)}
    for row in shared.iter_rows(named=True):
        parts = {key: _money(row[key], words) for key in ("alone", "marginal", "shapley")}
        own = portfolio[row["project"]]
        name = own[f"title_{language}"]
        if own["after"]:
            name = words("second_of", project=name)
        console.print(f"   {name}{words.colon}{words('shares', **parts)}", highlight=False)
        _baselines(found, row["project"], chain, words, console)
    edge = found.answer.tables["frontier"]
    if edge.height:
        console.print(words("frontier"), highlight=False)
        for row in edge.iter_rows(named=True):
            count = len(row["projects"].split())
            parts = {key: _money(row[key], words) for key in ("budget", "value", "invested")}
            console.print(f"   {words('frontier.step', count=count, **parts)}", highlight=False)


def _baselines(found: Discovery, project: str, chain: Chain, words: Wording, console: Any) -> None:
    """Why a project is worth one thing in the list and another alone, where what is printed of the two differs."""
    import polars as pl

    own = found.answer.tables["baselines"].filter(pl.col("project") == project).row(0, named=True)
    if _money(own["listed"], words) == _money(own["alone"], words):
        return
    steps = found.answer.tables["closing"].filter(pl.col("project") == project).sort(pl.col("change").abs())
    rows = [row for row in steps.iter_rows(named=True) if abs(row["change"]) >= _LEAST][::-1]
    named = [
        (
            words("closing.first")
            if row["closed"] == "first"
            else chain.atlas.name("processes", row["closed"], words.language),
            row["change"],
        )
        for row in rows[:_STEPS]
    ]
    rest = own["difference"] - sum(change for _, change in named)
    told = [*named, *([(words("closing.rest"), rest)] if abs(rest) >= _LEAST else [])]
    plans = {
        key: words("dollars", amount=words.number(own[key] / 1e6, 0))
        for key in ("listed_without", "listed_with", "alone_without", "alone_with")
    }
    text = words(
        "baselines",
        listed=_money(own["listed"], words),
        alone=_money(own["alone"], words),
        steps="; ".join(f"{name} {_signed(change, words)}" for name, change in told),
        **plans,
    )
    console.print("     " + text, highlight=False)


def _signed(value: float, words: Wording) -> str:
    return ("+" if value > 0 else "") + _money(value, words)


def _sides(found: Discovery, words: Wording, console: Any) -> None:
    """What working together saves the two, and a split that leaves neither worse off."""
    rows = {row["country"]: row for row in found.answer.tables["alone_together"].iter_rows(named=True)}
    both = rows.pop("CA+KR")
    gain = both["cost_alone"] - both["cost_together"]
    console.print()
    parts = {
        "alone": _money(both["cost_alone"], words),
        "together": _money(both["cost_together"], words),
        "gain": _money(abs(gain), words),
    }
    console.print(words("gain.both" if gain >= 0 else "loss.both", **parts), style="bold", highlight=False)
    for row in found.answer.tables["split"].iter_rows(named=True):
        country = words(f"country.{row['country']}")
        text = words("alone", country=country, alone=_money(rows[row["country"]]["cost_alone"], words))
        if row["gain_split"] is not None:
            key = "receives" if row["receives"] >= 0 else "pays"
            part = {"split": _money(row["gain_split"], words), "amount": _money(abs(row["receives"]), words)}
            text += words(key, prices=_money(row["gain_at_prices"], words), **part)
        console.print(f"   {text}", highlight=False)
    shared = both["cost_together"] - sum(row["cost_together"] for row in rows.values())
    if gain >= 0 and abs(shared) >= _LEAST:
        console.print("   " + words("shared", shared=_money(shared, words)), highlight=False)
    unmet = both["unmet_alone"]
    if unmet >= _LEAST:
        console.print(words("unmet", unmet=_money(unmet, words)), highlight=False)
    if gain < 0:
        console.print(words("split.none"), highlight=False)


#: Money below this is told as nothing: plans are not solved more exactly.
_LEAST = 5e4
#: So many demands are named behind a value that is mostly penalty, and so many steps between two values of a project.
_DEMANDS, _STEPS = 3, 4


def _money(value: float, words: Wording) -> str:
    """Millions of dollars, with a decimal below ten; billions where there are many."""
    if abs(value) < _LEAST:
        return words("dollars", amount="0")
    sign, size = "\u2212" if value < 0 else "", abs(value)
    if size >= 1e10:
        return sign + words("billions", amount=words.number(size / 1e9, 1))
    return sign + words("dollars", amount=words.number(size / 1e6, 0 if size >= 1e7 else 1))


def _project(rank: int, one: Project, found: Discovery, chain: Chain, words: Wording, console: Any) -> None:
    from bongsu.cli import projects

    language = words.language
    node = found.answer.figures[f"{ROOM}.value:{one.project}"]
    row = found.answer.tables["values"].row(rank - 1, named=True)
    console.print()
    console.print(f"{rank}. {_title(chain, one, language)}", style="bold", highlight=False)
    size, unit = (one.size / 1e6, "GWh") if one.unit == "kWh" else (one.size, one.unit)
    console.print(
        "   " + words("size", size=words.number(size, 0), unit=unit, start=one.start, capex=_money(one.capex, words)),
        highlight=False,
    )
    parts = _parts(row, words)
    worth = node.value or 0.0
    key = "value" if worth >= _LEAST else "value.nothing" if worth > -_LEAST else "value.negative"
    if row["mostly_penalty"] and worth >= _LEAST:
        key = "value.penalty"
    console.print("   " + words(key, value=_money(abs(worth), words), **parts), highlight=False)
    if row["mostly_penalty"]:
        _unserved(found, one, str(chain.case["case"]), chain, words, console)
    if row["resilience"] is not None:
        key = "bad_year" if row["resilience"] >= 0 else "bad_year.less"
        console.print("   " + words(key, saved=_money(abs(row["resilience"]), words)), highlight=False)
    console.print("   " + words("gates", gates=_gates(found.gates[one.project], words)), highlight=False)
    for line in missing(found.gates[one.project], words):
        console.print(f"      {line}", highlight=False, markup=False)
    _sites(found, one, chain, words, console)
    local = projects.localised(chain, one, language)
    for country in ("CA", "KR"):
        brought: dict[str, list[str]] = {}
        for partner in local.partners:
            if partner.country == country:
                brought.setdefault(partner.brings, []).append(partner.name)
        text = "; ".join(f"{words('brings.' + what)}{words.colon}{', '.join(names)}" for what, names in brought.items())
        console.print(f"   {words('country.' + country)}{words.colon}{text}", highlight=False)


def _sites(found: Discovery, one: Project, chain: Chain, words: Wording, console: Any) -> None:
    """Where else the same plant would be worth about as much, what it is worth over the next place, and a second plant."""
    import polars as pl

    sites = found.answer.tables["sites"].filter((pl.col("project") == one.project) & (pl.col("site") != one.project))
    alike = [chain.atlas.name("places", place, words.language) for place in sites.filter(pl.col("alike"))["place"]]
    rest = sites.filter(~pl.col("alike"))
    if alike:
        console.print("   " + words("sites.alike", places=", ".join(alike)), highlight=False)
    if rest.height:
        row = rest.row(0, named=True)
        place = chain.atlas.name("places", row["place"], words.language)
        console.print("   " + words("sites.next", place=place, less=_money(row["behind"], words)), highlight=False)
    values = found.answer.tables["values"].filter(pl.col("project") == one.project).row(0, named=True)
    if values["second_site"]:
        place = chain.atlas.name("places", values["second_site"].partition("@")[2], words.language)
        text = words("second", place=place, value=_money(values["second_value"], words))
        console.print("   " + text, highlight=False)
    moved = found.answer.tables["stability"].filter(pl.col("project") == one.project).row(0, named=True)
    key = "stable" if moved["rank_best"] == moved["rank_worst"] else "moves"
    console.print("   " + words(key, best=moved["rank_best"], worst=moved["rank_worst"]), highlight=False)
    _cases(found, one, chain, words, console)


def _cases(found: Discovery, one: Project, chain: Chain, words: Wording, console: Any) -> None:
    """What a project is worth in other cases and of what that consists; where it is mostly penalty, for what demand."""
    import polars as pl

    cases = found.answer.tables["cases"].filter((pl.col("project") == one.project) & pl.col("value").is_not_null())
    if cases.height:
        console.print("   " + words("cases"), highlight=False)
    for row in cases.iter_rows(named=True):
        parts = {"value": _money(row["value"], words), **_parts(row, words)}
        key = "cases.penalty" if row["mostly_penalty"] else "cases.parts"
        console.print("     " + words(key, case=words(f"case.{row['case']}"), **parts), highlight=False)
        if row["mostly_penalty"]:
            _unserved(found, one, row["case"], chain, words, console)


def _unserved(found: Discovery, one: Project, case: str, chain: Chain, words: Wording, console: Any) -> None:
    """The weightiest demands that go unserved without or with a project in a case."""
    import polars as pl

    from bongsu.answers.figure import unit_name

    table = found.answer.tables["unserved"].filter((pl.col("project") == one.project) & (pl.col("case") == case))
    for row in table.head(_DEMANDS).iter_rows(named=True):
        large = row["unit"] == "kWh"
        amounts = {key: words.number(row[key] * (1e-6 if large else 1.0), 0) for key in ("without", "with", "free")}
        text = words(
            "unserved",
            item=chain.atlas.name("items", row["item"], words.language),
            place=chain.atlas.name("places", row["place"], words.language),
            unit="GWh" if large else unit_name(row["unit"])[words.language],
            per=unit_name(row["unit"])[words.language],
            penalty=words.number(row["penalty"], 0),
            trust=words(f"trust.{row['confidence'] or 'unknown'}"),
            without=amounts["without"],
            with_=amounts["with"],
            free=amounts["free"],
        )
        console.print("       " + text, highlight=False)


def _title(chain: Chain, one: Project, language: str) -> str:
    process = chain.atlas.name("processes", one.process, language)
    return f"{process}, {chain.atlas.name('places', one.place, language)}  [{one.project}]".replace("[", "\\[")


def _gates(gates: Sequence[Gate], words: Wording) -> str:
    by: dict[str, list[str]] = {}
    for gate in gates:
        by.setdefault(str(gate.outcome), []).append(words(f"gate.{gate.gate}"))
    return "; ".join(
        f"{words('outcome.' + outcome)}{words.colon}{', '.join(names)}" for outcome, names in sorted(by.items())
    )


def missing(gates: Sequence[Gate], words: Wording) -> list[str]:
    """For each gate that nothing settles: what is missing, the first of it and how much more."""
    from bongsu.law.finding import Outcome

    lines = []
    for gate in gates:
        if gate.outcome is not Outcome.UNDETERMINED or not gate.evidence:
            continue
        # What is missing says so; the rest is what is known already, and load is in words before it.
        starts = words("missing")
        told = [node.label[words.language] for node in gate.evidence]
        lacking = [text for text in told if text.startswith(starts)] or told[:1]
        more = words("missing.more", n=len(lacking) - 1) if len(lacking) > 1 else ""
        lines.append(words("missing.line", gate=words(f"gate.{gate.gate}"), what=lacking[0]) + more)
    return lines


#: Parts of a worth in the sentences that tell it, by their column.
_PARTS = {"cost": "cost_saved", "unmet": "unmet_avoided", "duties": "compliance"}


def _parts(row: Mapping[str, Any], words: Wording) -> dict[str, str]:
    """The parts of a worth in words: what is saved, or added where it is below zero."""
    told = {
        part: words(
            f"part.{part}" + (".more" if row[column] <= -_LEAST else ""), amount=_money(abs(row[column]), words)
        )
        for part, column in _PARTS.items()
    }
    return told | {"unmet_avoided": _money(row["unmet_avoided"], words)}
