"""``bongsu law explain`` and ``bongsu law scenarios``: the law as a plan feels it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bongsu.cli import shell
from bongsu.cli.options import DataOption, JsonOption, LangOption, ThreadsOption

if TYPE_CHECKING:
    from bongsu.chain import Chain
    from bongsu.law.inforce import InForce
    from bongsu.plan import Plan

#: Combinations of branches that are planned at most; more take too long to wait for.
_MOST = 32

LawOption = Annotated[str | None, typer.Option("--law", help="Date of the law (default: the date of the facts).")]
YearOption = Annotated[int, typer.Option("--year", help="Year in which plans are compared.")]


def add(app: typer.Typer) -> None:
    """Add the two commands to the ``law`` group."""
    app.command(
        "explain",
        epilog="Examples: `bongsu law explain` · `bongsu law explain out/reference --lang ko` · "
        "`bongsu law explain --law 2025-11-08 --versus 2025-11-07` · "
        "`bongsu law explain --without us-45x --without usmca-automotive`",
    )(explain)
    app.command(
        "scenarios",
        epilog="Examples: `bongsu law scenarios --list` · `bongsu law scenarios` · "
        "`bongsu law scenarios --question no58-after-suspension --csv`",
    )(scenarios)


def explain(
    case: Annotated[
        str,
        typer.Argument(
            help="A case of the data pack, or a folder that `bongsu plan` wrote, whose plan is then not made again.",
            metavar="PLAN",
        ),
    ] = "reference",
    data: DataOption = None,
    law: LawOption = None,
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
    year: YearOption = 2030,
    lang: LangOption = "en",
    threads: ThreadsOption = 1,
    as_json: JsonOption = False,
) -> None:
    """Which rules bind in a plan, what each costs, and what the chain would look like without it."""
    from bongsu.answers import law_effect
    from bongsu.atlas.near import near
    from bongsu.cli import law_explained

    shell.check_language(lang)
    with shell.working(quiet=as_json) as tell:
        chain, plan = _found(tell, case, data, shell.LawAsked(law, reading), threads, lang)
        now = _law(chain)
        shell.check_choice("year", year, chain.years)
        answer = law_explained.Answer(chain, plan, law_effect.bill(chain, plan), law_effect.binding(chain, plan), year)
        if versus:
            earlier = shell.law_of(shell.LawAsked(versus, reading), chain.atlas.known, chain.case)
            assert earlier is not None
            if earlier.law.date >= now.law.date:
                raise shell.BadInput(f"--versus {versus} is not before the law of the plan, {now.law.date}")
            answer.earlier, answer.trace = earlier, law_effect.traced(chain, plan, earlier, year, tell)
        else:
            wanted = list(without or dict.fromkeys([b.instrument for b in answer.bills][:top]))
            unknown = [name for name in wanted if name not in now.law.law.instruments]
            if unknown:
                alike = near(unknown[0], now.law.law.instruments)
                hint = f"did you mean {', '.join(alike)}?" if alike else f"`bongsu law on {now.law.date}` lists all"
                raise shell.BadInput(f"there is no instrument {unknown[0]!r}; {hint}")
            answer.effects = law_effect.without(chain, plan, wanted, year, tell)
    if as_json:
        law_explained.print_json(answer, lang)
    else:
        law_explained.show(answer, max(top, 3), lang)


def scenarios(
    case: Annotated[str, typer.Argument(help="A case of the data pack.")] = "reference",
    data: DataOption = None,
    law: LawOption = None,
    question: Annotated[
        list[str] | None, typer.Option("--question", help="Only these open questions; the others keep their default.")
    ] = None,
    list_only: Annotated[
        bool, typer.Option("--list", help="List the open questions with weights; plan nothing.")
    ] = False,
    year: YearOption = 2030,
    lang: LangOption = "en",
    threads: ThreadsOption = 1,
    as_json: JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print one line for each plan as CSV.")] = False,
) -> None:
    """Plan under every branch of the open questions of law, each with its weight; never under an average of them. ^C keeps what is
    planned so far."""
    from bongsu.answers import law_scenarios
    from bongsu.cli import law_weighed

    shell.check_language(lang)
    with shell.working(quiet=as_json or as_csv) as tell:
        base = shell.build_chain(tell, case, data, None, False, False, law=shell.LawAsked(law))
        now = _law(base)
        shell.check_choice("year", year, base.years)
        open_ = now.law.questions()
        names = [q.name for q in open_]
        for name in question or ():
            if name not in names:
                raise shell.BadInput(f"{name!r} is not open on {now.law.known}; open are {', '.join(names) or 'none'}")
        answer = law_weighed.Answer(base, open_, year)
        if not list_only:
            answer.matter = [q for q in law_scenarios.matter(base, tell) if not question or q.name in question]
            count = len(law_scenarios.combinations(answer.matter))
            if count > _MOST:
                chosen = ", ".join(q.name for q in answer.matter)
                raise shell.BadInput(
                    f"{count} scenarios are more than {_MOST}; choose among the questions with --question: {chosen}"
                )
            answer.count = count

            def solve(chain: Chain, at: int, of: int) -> Plan:
                return shell.solve(lambda text: tell(f"plan {at} of {of}: {text}"), chain.network, None, 1e-6, threads)

            try:
                for one in law_scenarios.plans(base, answer.matter, year, solve):
                    answer.scenarios.append(one)
            except KeyboardInterrupt:
                # Between two solves ^C comes as itself; what is planned is kept all the same.
                pass
    if list_only:
        law_weighed.list_questions(answer, lang, as_json)
    elif as_json:
        law_weighed.print_json(answer, lang)
    elif as_csv:
        law_weighed.print_csv(answer)
    else:
        law_weighed.show(answer, lang)
    if not list_only and not answer.complete:
        raise typer.Exit(shell.LIMIT)


def _found(
    tell: shell.Tell, case: str, data: Path | None, asked: shell.LawAsked, threads: int, lang: str
) -> tuple[Chain, Plan]:
    """The plan of a folder of results as it was found, or that of a case, made now."""
    from bongsu.cli import law_explained, results

    if not results.is_folder(case):
        chain = shell.build_chain(tell, case, data, None, False, False, law=asked)
        return chain, _solved(tell, chain, case, threads)
    if asked.law or asked.reading:
        raise shell.BadInput(f"the plan in {case} has a law of its own; leave --law and --reading away, or name a case")
    chain, plan = results.read(Path(case), data, tell)
    if plan is None:
        law_explained.warn_changed(case, lang)
        plan = _solved(tell, chain, case, threads)
    return chain, plan


def _solved(tell: shell.Tell, chain: Chain, case: str, threads: int) -> Plan:
    plan = shell.solve(tell, chain.network, None, 1e-6, threads)
    if plan.status != "optimal":
        raise shell.BadInput(
            f"the plan of {case} is {plan.status}; law can only be explained in a plan that is optimal"
        )
    return plan


def _law(chain: Chain) -> InForce:
    law = chain.choices.law
    if law is None:
        raise shell.BadInput("a plan without law has nothing to explain; give --law a date")
    return law  # type: ignore[return-value]
