"""Commands of ``bongsu attract``: the case of an investor, the case of the public, and sites."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bongsu.cli import shell
from bongsu.cli.options import (
    AsOfOption,
    CaseOption,
    DataOption,
    JsonOption,
    LangOption,
    LawOption,
    ReadingOption,
    ThreadsOption,
)

if TYPE_CHECKING:
    from bongsu.atlas import Atlas
    from bongsu.chain import Chain
    from bongsu.committee import Answer
    from bongsu.plan import Plan

attract_app = typer.Typer(
    help="What a project earns in its place, what it costs and returns to the public, and which place is best.",
    no_args_is_help=True,
)

OutOption = Annotated[
    Path | None, typer.Option("--out", help="Folder for the tables as CSV and attract.json with the reasons.")
]
StartOption = Annotated[
    int | None, typer.Option("--start", help="First year of use (default: when the plan builds there).")
]
LenderOption = Annotated[
    list[str] | None,
    typer.Option("--lender", help="Policy bank that lends: EDC, CIB, CGF, KEXIM or K-SURE; several in their order."),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", help="Another value of a term of the table project_terms, such as debt_share=0.6."),
]
BranchOption = Annotated[
    list[str] | None,
    typer.Option(
        "--branch", help="Policy taken for certain: production_contract, supply_chain_credit or credit_withdrawn."
    ),
]
FacilityOption = Annotated[
    str | None,
    typer.Option("--facility", help="The facility that the project is, where a contract of support names it."),
]


@attract_app.command(
    epilog="Examples: `bongsu attract case make_cell_lfp@ca-on-windsor` · "
    "`bongsu attract case make_anode_synthetic@ca-qc-becancour:20000 --start 2030 --lender KEXIM --lang ko` · "
    "`bongsu attract case examples/attract/becancour-2022.yaml`"
)
def case(
    project: Annotated[
        str, typer.Argument(help="PROCESS@PLACE or PROCESS@PLACE:SIZE, or a YAML file of plain numbers.")
    ],
    start: StartOption = None,
    lender: LenderOption = None,
    branch: BranchOption = None,
    facility: FacilityOption = None,
    set_: SetOption = None,
    draws: Annotated[int, typer.Option("--draws", help="Draws of the Monte Carlo.", min=10)] = 2000,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the draws.")] = 0,
    case: CaseOption = "reference",
    data: DataOption = None,
    as_of: AsOfOption = None,
    out: OutOption = None,
    lang: LangOption = "en",
    as_json: JsonOption = False,
    law: LawOption = None,
    reading: ReadingOption = None,
    threads: ThreadsOption = 1,
) -> None:
    """After-tax cash flow of a project: value, rates of return, payback, cost, break-even price, tornado and draws."""
    from bongsu.cli import attract_show

    shell.check_language(lang)
    if project.endswith((".yaml", ".yml", ".json")):
        from bongsu.committee.attract.case_file import DatedCase

        found = _plain(Path(project), as_of if law is None else law)
        dated = isinstance(found, DatedCase)
        if out is not None:
            _write_table(out, "measures", found.measures())
            if not dated:
                _write_table(out, "cash_flow", attract_show.plain_flow(found))
        if as_json and dated:
            said = {"case": found.file.case, "currency": found.file.currency, "signs": found.rate().signs.value}
            print(json.dumps(said | {"measures": found.measures().to_dicts()}, indent=1, ensure_ascii=False))
        elif as_json:
            print(json.dumps(attract_show.plain_json(found), indent=1, ensure_ascii=False))
        else:
            attract_show.plain(found, lang)
        return
    with shell.working(quiet=as_json) as tell:
        changed = _terms(lender, branch, facility, set_)
        chain, plan = _planned(
            tell, case, data, as_of, law, reading, threads, lambda atlas: _check(atlas, project, changed)
        )
        tell("what the project earns")
        made = _case(chain, plan, project, start, changed, draws, seed)
        answer = made.answer
    if not as_json:
        attract_show.case(made, lang)
    _give(answer, out, as_json)


@attract_app.command(
    epilog="Examples: `bongsu attract public make_cell_lfp@ca-on-windsor:49500000 --start 2029 --facility ca-on-nextstar` · "
    "`bongsu attract public spodumene_to_hydroxide@ca-qc-becancour --lender CGF --lang fr`"
)
def public(
    project: Annotated[str, typer.Argument(help="PROCESS@PLACE or PROCESS@PLACE:SIZE.")],
    start: StartOption = None,
    lender: LenderOption = None,
    branch: BranchOption = None,
    facility: FacilityOption = None,
    set_: SetOption = None,
    case: CaseOption = "reference",
    data: DataOption = None,
    as_of: AsOfOption = None,
    out: OutOption = None,
    lang: LangOption = "en",
    as_json: JsonOption = False,
    law: LawOption = None,
    reading: ReadingOption = None,
    threads: ThreadsOption = 1,
) -> None:
    """What a project costs the public and returns to it: support per job and GWh, break-even year, what may be taken back."""
    from bongsu.cli import attract_show
    from bongsu.committee.attract import public_case

    shell.check_language(lang)
    with shell.working(quiet=as_json) as tell:
        changed = _terms(lender, branch, facility, set_)
        chain, plan = _planned(
            tell, case, data, as_of, law, reading, threads, lambda atlas: _check(atlas, project, changed)
        )
        tell("what the public pays and gets back")
        made = _case(chain, plan, project, start, changed, 200, 0)
        try:
            found = public_case(chain, made)
        except ValueError as error:
            raise shell.BadInput(str(error)) from None
        answer = made.answer | found.answer
    if not as_json:
        attract_show.public(found, lang)
    _give(answer, out, as_json)


@attract_app.command(
    epilog="Examples: `bongsu attract sites spodumene_to_hydroxide --place ca-bc-surrey --place ca-qc-becancour` · "
    "`bongsu attract sites make_cell_lfp --lang ko` · `bongsu attract sites hub --top 15`"
)
def sites(
    process: Annotated[str, typer.Argument(help="A process, or `hub` for logistics and research.")],
    place: Annotated[
        list[str] | None,
        typer.Option("--place", help="Place to compare (default: where the plan may build; for a hub, all of Canada)."),
    ] = None,
    size: Annotated[float | None, typer.Option("--size", help="Size of the plant, units a year.", min=0.0)] = None,
    start: StartOption = None,
    set_: SetOption = None,
    top: Annotated[int, typer.Option("--top", help="Rows to show.", min=1)] = 12,
    draws: Annotated[int, typer.Option("--draws", help="Draws for how often a place comes first.", min=10)] = 1000,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the draws.")] = 0,
    case: CaseOption = "reference",
    data: DataOption = None,
    as_of: AsOfOption = None,
    out: OutOption = None,
    lang: LangOption = "en",
    as_json: JsonOption = False,
    law: LawOption = None,
    reading: ReadingOption = None,
    threads: ThreadsOption = 1,
) -> None:
    """Places compared: what a unit costs and earns in each, part by part, and why a place wins or loses."""
    from bongsu.cli import attract_show
    from bongsu.committee.attract import BadProject, Terms, UnknownTerm
    from bongsu.committee.attract import sites as compare

    shell.check_language(lang)
    with shell.working(quiet=as_json) as tell:
        chain, plan = _planned(
            tell, case, data, as_of, law, reading, threads, lambda atlas: _check_sites(atlas, process, place or ())
        )
        tell("what the places offer")
        try:
            row = chain.atlas.row("processes", process)
            terms = _terms(None, None, None, set_)(Terms.of(chain.atlas, row["stage"])) if row else None
            answer = compare(chain, plan, process, place, size=size, start=start, terms=terms, draws=draws, seed=seed)
        except (BadProject, UnknownTerm, ValueError) as error:
            raise shell.BadInput(str(error.args[0])) from None
    if not as_json:
        attract_show.sites(answer, chain, process, lang, top)
    _give(answer, out, as_json)


def _plain(path: Path, day: str | None) -> Any:
    from bongsu.committee.attract import BadProject
    from bongsu.committee.attract.case_file import dated_case, parse, reckon
    from bongsu.committee.written import WrittenError, read_yaml
    from bongsu.law import Law

    try:
        read = read_yaml(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise shell.BadInput(f"there is no file {path}") from None
    except WrittenError as error:
        line = f", line {error.line}" if error.line is not None else ""
        raise shell.BadInput(f"{path}{line} is no YAML: {error.what}") from None
    except UnicodeDecodeError:
        raise shell.BadInput(f"{path} is not text in UTF-8; save it as UTF-8") from None
    law = Law.load()
    try:
        if isinstance(read, dict) and "dated" in read:
            return dated_case(read, str(path))
        now = law.on(day) if day not in (None, "none") else law.on(law.latest)
        return reckon(parse(read, str(path)), None if day == "none" else now)
    except (BadProject, ValueError) as error:
        raise shell.BadInput(str(error)) from None


def _planned(
    tell: shell.Tell,
    case: str,
    data: Path | None,
    as_of: str | None,
    law: str | None,
    reading: Sequence[str] | None,
    threads: int,
    check: Callable[[Atlas], None] = lambda atlas: None,
) -> tuple[Chain, Plan]:
    """The chain and its plan; what was asked is checked before the solver is set to work."""
    if shell.is_case_folder(case):
        raise shell.BadInput(
            f"{case} is a case folder; a project needs a case of the data pack with its facts, such as reference; "
            "for plain numbers give a YAML file"
        )
    chain = shell.build_chain(tell, case, data, as_of, False, False, law=shell.LawAsked(law, reading))
    check(chain.atlas)
    plan = shell.solve(tell, chain.network, None, 1e-6, threads)
    if plan.status not in ("optimal", "feasible"):
        raise shell.BadInput(f"the plan of {case} is {plan.status}, so it has no prices; see `bongsu plan`")
    return chain, plan


def _check_sites(atlas: Atlas, process: str, places: Sequence[str]) -> None:
    from bongsu.committee.attract import BadProject
    from bongsu.committee.attract.case import asked
    from bongsu.committee.attract.sites import HUB

    known = atlas["processes"]["process"][0] if process == HUB else process
    try:
        for place in places or [atlas["places"]["place"][0]]:
            asked(atlas, f"{known}@{place}")
    except BadProject as error:
        raise shell.BadInput(str(error)) from None


def _check(atlas: Atlas, project: str, changed: Any) -> None:
    from bongsu.committee.attract import BadProject, Terms, UnknownTerm
    from bongsu.committee.attract.case import asked

    try:
        process, _, _ = asked(atlas, project)
        row = atlas.row("processes", process)
        changed(Terms.of(atlas, row["stage"] if row else "")).loans()
    except (BadProject, UnknownTerm) as error:
        raise shell.BadInput(str(error.args[0])) from None


def _terms(
    lender: Sequence[str] | None, branch: Sequence[str] | None, facility: str | None, set_: Sequence[str] | None
) -> Any:
    """What changes the terms of a stage, as a function of them."""
    from dataclasses import replace

    from bongsu.committee.attract import Terms
    from bongsu.committee.attract.terms import BRANCHES

    values: dict[str, float] = {}
    for text in set_ or ():
        name, _, number = text.partition("=")
        try:
            values[name] = float(number)
        except ValueError:
            raise shell.BadInput(f"--set {text}: write a term and a number, such as debt_share=0.6") from None
    for name in branch or ():
        if name not in BRANCHES:
            raise shell.BadInput(f"there is no branch {name!r}; there are {', '.join(BRANCHES)}")

    def changed(terms: Terms) -> Terms:
        return replace(
            terms.having(**values), lenders=tuple(lender or ()), facility=facility, branches=frozenset(branch or ())
        )

    return changed


def _case(
    chain: Chain, plan: Plan, name: str, start: int | None, changed: Any, draws: int, seed: int, market: Any = None
) -> Any:
    from bongsu.committee.attract import BadProject, Terms, UnknownTerm, investor_case, project_of

    try:
        project = project_of(chain, plan, name, start)
        row = chain.atlas.row("processes", project.process)
        terms = changed(Terms.of(chain.atlas, row["stage"] if row else ""))
        return investor_case(chain, plan, project, terms, draws=draws, seed=seed, market=market)
    except (BadProject, UnknownTerm, ValueError) as error:
        raise shell.BadInput(str(error.args[0])) from None


def _give(answer: Answer, out: Path | None, as_json: bool) -> None:
    from bongsu.cli import kept

    written = kept.write(answer, out) if out is not None else []
    if as_json:
        print(kept.as_json(answer), end="")
    elif written:
        shell.say(f"{out}/: {', '.join(written)}")


def _write_table(out: Path, name: str, table: Any) -> None:
    from bongsu.cli.results import write_text

    if out.exists() and not out.is_dir():
        raise shell.BadInput(f"{out} is a file; give a folder")
    out.mkdir(parents=True, exist_ok=True)
    write_text(out / f"{name}.csv", table.write_csv(line_terminator="\n"))
    write_text(out / f"{name}.json", json.dumps(table.to_dicts(), indent=1, ensure_ascii=False) + "\n")
