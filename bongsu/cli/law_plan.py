"""``bongsu law explain`` and ``bongsu law scenarios``: the law as a plan feels it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bongsu.cli import shell
from bongsu.cli.shell import say

if TYPE_CHECKING:
    from bongsu.answers.law_effect import Bill, Binding, Without
    from bongsu.chain import Chain
    from bongsu.law.inforce import InForce
    from bongsu.plan import Plan

_MOST = 32


def add(app: typer.Typer) -> None:
    """Add the two commands to the ``law`` group."""
    app.command(
        "explain",
        epilog="Examples: `bongsu law explain` · `bongsu law explain --law 2025-11-08 --versus 2025-11-07` · "
        "`bongsu law explain --without us-45x --without usmca-automotive`",
    )(explain)
    app.command(
        "scenarios",
        epilog="Examples: `bongsu law scenarios --list` · `bongsu law scenarios --question no58-after-suspension`",
    )(scenarios)


def explain(
    case: Annotated[str, typer.Argument(help="A case of the data pack.", metavar="PLAN")] = "reference",
    data: Annotated[Path | None, typer.Option("--data", help="Folder of the data pack (default: data/).")] = None,
    law: Annotated[str | None, typer.Option("--law", help="Date of the law (default: the date of the facts).")] = None,
    versus: Annotated[
        str | None, typer.Option("--versus", help="An earlier date: trace what changed since to single instruments.")
    ] = None,
    reading: Annotated[
        list[str] | None, typer.Option("--reading", help="A branch or disputed reading, such as battery_rule=rvc.")
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option("--without", help="Plan again without this instrument; may be repeated.")
    ] = None,
    top: Annotated[
        int, typer.Option("--top", help="Instruments to plan without, by money, and rows to show.", min=0)
    ] = 3,
    year: Annotated[int, typer.Option("--year", help="Year in which plans are compared.")] = 2030,
    threads: Annotated[int, typer.Option("--threads", help="Threads for the solver.", min=1)] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """Which rules bind in a plan, what each costs, and what the chain would look like without it."""
    from bongsu.answers import law_effect

    with shell.working(quiet=as_json) as tell:
        chain, plan, now = _planned(tell, case, data, shell.LawAsked(law, reading), threads)
        shell.check_choice("year", year, chain.years)
        bills, bound = law_effect.bill(chain, plan), law_effect.binding(chain, plan)
        whole: Without | None = None
        idle: list[str] = []
        if versus:
            earlier = shell.law_of(shell.LawAsked(versus, reading), chain.atlas.known, chain.case)
            assert earlier is not None
            if earlier.law.date >= now.law.date:
                raise shell.BadInput(f"--versus {versus} is not before the law of the plan, {now.law.date}")
            whole, effects, idle = law_effect.traced(chain, plan, earlier, year, tell)
        else:
            wanted = list(without or dict.fromkeys([b.instrument for b in bills][:top]))
            unknown = [name for name in wanted if name not in now.law.law.instruments]
            if unknown:
                raise shell.BadInput(
                    f"there is no instrument {unknown[0]!r}; `bongsu law on {now.law.date}` lists them"
                )
            effects = law_effect.without(chain, plan, wanted, year, tell)
    if as_json:
        print(json.dumps(_plain(now, plan, bills, bound, effects, whole, idle), indent=1, ensure_ascii=False))
        return
    _show(chain, plan, now, bills, bound, effects, whole, idle, year, max(top, 3))


def scenarios(
    case: Annotated[str, typer.Argument(help="A case of the data pack.")] = "reference",
    data: Annotated[Path | None, typer.Option("--data", help="Folder of the data pack (default: data/).")] = None,
    law: Annotated[str | None, typer.Option("--law", help="Date of the law (default: the date of the facts).")] = None,
    question: Annotated[
        list[str] | None, typer.Option("--question", help="Only these open questions; the others keep their default.")
    ] = None,
    list_only: Annotated[
        bool, typer.Option("--list", help="List the open questions with weights; plan nothing.")
    ] = False,
    threads: Annotated[int, typer.Option("--threads", help="Threads for the solver.", min=1)] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """Plan under every branch of the open questions of law, each with its weight; never under an average of them."""
    with shell.working(quiet=as_json) as tell:
        base = shell.build_chain(tell, case, data, None, False, False, law=shell.LawAsked(law))
        now = _law(base)
        open_ = now.law.questions()
        names = [q.name for q in open_]
        for name in question or ():
            if name not in names:
                raise shell.BadInput(f"{name!r} is not open on {now.law.known}; open are {', '.join(names) or 'none'}")
        if list_only:
            rows: list[dict[str, Any]] = [_question(q) for q in open_]
        else:
            rows = _weighed(tell, base, now, [q for q in open_ if not question or q.name in question], threads)
    if as_json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
    elif list_only:
        for row in rows:
            say(f"{row['question']}: {row['title']}")
            for branch in row["branches"]:
                mark = "*" if branch["name"] == row["default"] else " "
                say(f"  {mark} {branch['name']} ({branch['weight']:.0%}, assumed): {branch['title']}")
        say("* = taken unless told otherwise" if rows else "No question of law is open.")
    else:
        say(f"{'weight':>7}  {'present cost, US$ bn':>21}  branches")
        for row in rows:
            taken = ", ".join(f"{k}={v}" for k, v in row["branches"].items()) or "as it stands"
            say(f"{row['weight']:>7.1%}  {row['cost'] / 1e9:>21,.2f}  {taken}")
        say("Weights are assumed and the questions taken as independent; the plans are not averaged.")


def _planned(
    tell: shell.Tell, case: str, data: Path | None, asked: shell.LawAsked, threads: int
) -> tuple[Chain, Plan, InForce]:
    chain = shell.build_chain(tell, case, data, None, False, False, law=asked)
    plan = shell.solve(tell, chain.network, None, 1e-6, threads)
    if plan.status != "optimal":
        raise shell.BadInput(
            f"the plan of {case} is {plan.status}; law can only be explained in a plan that is optimal"
        )
    return chain, plan, _law(chain)


def _law(chain: Chain) -> InForce:
    law = chain.choices.law
    if law is None:
        raise shell.BadInput("a plan without law has nothing to explain; give --law a date")
    return law  # type: ignore[return-value]


def _question(question: Any) -> dict[str, Any]:
    return {
        "question": question.name,
        "instrument": question.instrument,
        "title": question.title["en"],
        "from": str(question.first),
        "default": question.default,
        "branches": [{"name": b.name, "weight": float(b.weight), "title": b.title["en"]} for b in question.branches],
    }


def _weighed(tell: shell.Tell, base: Chain, now: InForce, open_: Sequence[Any], threads: int) -> list[dict[str, Any]]:
    """A plan for every combination of branches that changes the network; those that change nothing are left out."""
    from bongsu.answers.law_effect import replan, same_plan
    from bongsu.chain import Chain
    from bongsu.plan import Options

    matter = []
    for question in open_:
        for branch in question.branches:
            law = replace(now, law=now.law.taking({question.name: branch.name}), said=[])
            other = Chain.of(base.atlas, str(base.case["case"]), replace(base.choices, law=law))
            if not same_plan(other.network, base.network):
                matter.append(question)
                break
    count = 1
    for question in matter:
        count *= len(question.branches)
    if count > _MOST:
        names = ", ".join(q.name for q in matter)
        raise shell.BadInput(
            f"{count} scenarios are more than {_MOST}; choose among the questions with --question: {names}"
        )
    rows = []
    for branches in itertools.product(*(q.branches for q in matter)):
        taken = {q.name: b.name for q, b in zip(matter, branches, strict=True)}
        tell(f"planning {', '.join(f'{k}={v}' for k, v in taken.items()) or 'the law as it stands'}")
        _, plan = replan(base, replace(now, law=now.law.taking(taken), said=[]), Options(threads=threads))
        weight = Decimal(1)
        for branch in branches:
            weight *= branch.weight
        rows.append({"branches": taken, "weight": float(weight), "status": plan.status, "cost": plan.objective})
    return sorted(rows, key=lambda row: -row["weight"])


def _plain(
    now: InForce,
    plan: Plan,
    bills: Sequence[Bill],
    bound: Sequence[Binding],
    effects: Sequence[Without],
    whole: Without | None,
    idle: Sequence[str],
) -> dict[str, Any]:
    return {
        "law": str(now.law.date),
        "known": str(now.law.known),
        "cost": plan.objective,
        "notes": now.notes(),
        "money": [asdict(bill) | {"total": bill.total} for bill in bills],
        "rules": [asdict(one) for one in bound],
        "effects": [asdict(one) for one in effects],
        "whole": asdict(whole) if whole else None,
        "touch_nothing": list(idle),
    }


def _show(
    chain: Chain,
    plan: Plan,
    now: InForce,
    bills: Sequence[Bill],
    bound: Sequence[Binding],
    effects: Sequence[Without],
    whole: Without | None,
    idle: Sequence[str],
    year: int,
    top: int,
) -> None:
    say(f"Law as of {now.law.date}, as known on {now.law.known}; present cost US$ {plan.objective / 1e9:,.2f} bn.")
    for note in now.notes()[1:]:
        say(f"  · {note}")
    say(f"\nDuties paid and credits earned, US$ million in {year} (negative = earned):")
    for bill in bills:
        if abs(bill.by_year.get(year, 0.0)) >= 5e5:
            say(f"  {bill.by_year[year] / 1e6:>10,.0f}  {bill.title['en']} [{bill.instrument}] ({bill.kind})")
    binds = [one for one in bound if one.year == year and one.point_cost > 1.0]
    say(f"\nContent rules that bind in {year}: what one more percentage point would cost, US$ million a year:")
    for one in binds[: 4 * top]:
        where = chain.atlas.name("places", one.place)
        say(f"  {one.point_cost / 1e6:>10,.2f}  {one.rule} at {where}: {one.kept:.1%} kept, {one.least:.0%} asked")
    if not binds:
        say("  none")
    if whole:
        way = "more" if whole.cost > 0 else "less"
        say(
            f"\nUnder this law the chain costs US$ {abs(whole.cost) / 1e6:,.0f} million {way} (present cost) than under that of "
            f"{whole.what}; by instrument, with what each changes in {year}:"
        )
        for effect in effects:
            say(f"  {effect.cost / 1e6:>+10,.0f}  {effect.what}")
            _moves(chain, effect, top, "    ")
        rest = whole.cost - sum(one.cost for one in effects)
        say(f"  {rest / 1e6:>+10,.0f}  what they do only together")
        if idle:
            say(f"Learned of in between, without effect on this plan: {', '.join(idle)}")
        return
    for effect in effects:
        say(f"\nWithout {effect.what}: present cost US$ {effect.cost / 1e6:+,.0f} million; in {year}:")
        _moves(chain, effect, top, "  ")


def _moves(chain: Chain, one: Without, top: int, pad: str) -> None:
    unit = dict(chain.atlas["items"].select("item", "unit").iter_rows())
    stage = dict(chain.atlas["items"].select("item", "stage").iter_rows())
    worth = {row["item"]: row["price"] for row in chain.atlas["outside_supply"].iter_rows(named=True)}
    for head, rows in (("made", one.moved), ("shipped", one.trade)):
        ranked = sorted(
            (row for row in rows if stage.get(row[0]) not in ("byproduct", "reagent")),
            key=lambda row: -abs(row[-1]) * worth.get(row[0], 100.0),
        )
        for row in ranked[:top]:
            where = row[1] if head == "made" else f"{row[1]} to {row[2]}"
            say(f"{pad}{head}: {row[-1]:+,.0f} {unit[row[0]]} of {chain.atlas.name('items', row[0])} ({where})")
