"""Commands of ``bongsu``. Exit codes: 0 done, 2 bad input, 3 no feasible plan, 4 stopped by a limit or by the user."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bongsu.cli import discover, law_plan, regions, shell
from bongsu.cli.attract import attract_app
from bongsu.cli.docket import docket_app
from bongsu.cli.exchange import exchange_app
from bongsu.cli.law import law_app
from bongsu.cli.link import link_app
from bongsu.cli.options import (
    AsOfOption,
    CaseArgument,
    CaseOption,
    ClosuresOption,
    DataOption,
    DeliveryOption,
    EventsOption,
    FaceOption,
    GapOption,
    JsonOption,
    LangOption,
    LawOption,
    LevelOption,
    LimitOption,
    OutOption,
    PageRecoveryOption,
    PairOption,
    ProbabilityOption,
    ReadingOption,
    RiskOption,
    StartsOption,
    SurviveOption,
    ThreadsOption,
    WholeOption,
    WithoutOption,
)
from bongsu.cli.shell import LIMIT, NO_PLAN, say

if TYPE_CHECKING:
    from bongsu.chain import Chain, Network
    from bongsu.plan import Plan

app = typer.Typer(
    name="bongsu",
    help="Bongsu: the open control tower for the Canada-Korea battery supply chain.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
data_app = typer.Typer(help="Check the data pack, or report what it knows and how surely.", no_args_is_help=True)
export_app = typer.Typer(help="Hand a model or its results to other tools.", no_args_is_help=True)
app.add_typer(data_app, name="data")
app.add_typer(export_app, name="export")
app.add_typer(law_app, name="law")
app.add_typer(attract_app, name="attract")
app.add_typer(link_app, name="link")
app.add_typer(exchange_app, name="exchange")
app.add_typer(regions.app, name="regions")
app.add_typer(docket_app, name="docket")
law_plan.add(law_app)
discover.add(app)


def main() -> None:
    """Run the command line."""
    shell.run(app)


@app.command(
    epilog="Examples: `bongsu plan` · `bongsu plan low --json` · `bongsu plan examples/cases/two-plants` · "
    "`bongsu plan --take-announcements-at-face-value --out out/face-value`"
)
def plan(
    case: CaseArgument = "reference",
    data: DataOption = None,
    as_of: AsOfOption = None,
    out: OutOption = Path("out"),
    as_json: JsonOption = False,
    face_value: FaceOption = False,
    delivery: DeliveryOption = "fitted",
    whole_builds: WholeOption = False,
    law: LawOption = None,
    reading: ReadingOption = None,
    without: WithoutOption = None,
    closures: ClosuresOption = False,
    hard: Annotated[bool, typer.Option("--hard", help="All demand must be met: say so if no plan can.")] = False,
    time_limit: LimitOption = None,
    gap: GapOption = None,
    threads: ThreadsOption = 1,
) -> None:
    """Plan a case at least cost and write quantities, prices and builds as CSV and Parquet."""
    from bongsu.cli import results

    with shell.working(quiet=as_json) as tell:
        if shell.is_case_folder(case):
            network = shell.read_case_folder(case)
            chain = None
        else:
            chain = shell.build_chain(
                tell,
                case,
                data,
                as_of,
                face_value,
                whole_builds,
                closures,
                shell.LawAsked(law, reading, without),
                delivery,
            )
            network = chain.network
        asked = results.hardened(network) if hard else network
        solved = shell.solve(tell, asked, time_limit, _gap(gap, whole_builds), threads)
        folder = results.folder_of(out, network, chain)
        written = (
            []
            if solved.status in ("stopped", "unbounded", "failed")
            else results.write(folder, solved, tell, chain, hard)
        )
    summary = results.summary(solved, chain, hard)
    if as_json:
        print(json.dumps(summary, indent=1, sort_keys=True, ensure_ascii=False))
    else:
        results.show(solved, chain)
        if written:
            say(f"Results: {folder}/ ({', '.join(written)})")
    _leave(solved)


@app.command(
    epilog="Examples: `bongsu value` · `bongsu value --year 2030 --country CA` · `bongsu value --check 40` · `bongsu value --json`"
)
def value(
    case: CaseOption = "reference",
    data: DataOption = None,
    as_of: AsOfOption = None,
    year: Annotated[int | None, typer.Option("--year", help="Only this year.")] = None,
    country: Annotated[str | None, typer.Option("--country", help="Only this country (ISO code).")] = None,
    top: Annotated[int, typer.Option("--top", help="Rows to show.", min=1)] = 20,
    check: Annotated[
        int, typer.Option("--check", help="Re-solve so many prices and print the largest disagreement.", min=0)
    ] = 0,
    as_json: JsonOption = False,
    face_value: FaceOption = False,
    delivery: DeliveryOption = "fitted",
    whole_builds: WholeOption = False,
    law: LawOption = None,
    reading: ReadingOption = None,
    without: WithoutOption = None,
    threads: ThreadsOption = 1,
) -> None:
    """What binds, what one more unit there is worth, and where the next step does most."""
    from bongsu.cli import values

    with shell.working(quiet=as_json) as tell:
        chain, solved = _planned(
            tell, case, data, as_of, face_value, whole_builds, threads, shell.LawAsked(law, reading, without), delivery
        )
        shell.check_choice("year", year, chain.years)
        shell.check_choice("country", country, sorted(set(chain.atlas["places"]["country"])))
        answer = values.answer(chain, solved, year, country, top, check, tell)
    if as_json:
        print(json.dumps(answer, indent=1, ensure_ascii=False))
    else:
        values.show(answer)


@app.command(
    epilog="Examples: `bongsu why share:2030` · `bongsu why price:cell_lfp@market-us:2030` · "
    "`bongsu why capacity:ca-on-nextstar:2030 --lang ko`"
)
def why(
    figure: Annotated[
        str,
        typer.Argument(
            help="Name of a figure, as the brief and `value` show it, or as stress, discover, attract, link and exchange do."
        ),
    ],
    case: CaseOption = "reference",
    data: DataOption = None,
    as_of: AsOfOption = None,
    lang: LangOption = "en",
    out: Annotated[
        Path,
        typer.Option("--out", help="Folder of the answers of stress, discover, attract, regions, link and exchange."),
    ] = Path("out"),
    depth: Annotated[int, typer.Option("--depth", help="Levels to print.", min=1)] = 5,
    as_json: JsonOption = False,
    face_value: FaceOption = False,
    delivery: DeliveryOption = "fitted",
    whole_builds: WholeOption = False,
    law: LawOption = None,
    reading: ReadingOption = None,
    without: WithoutOption = None,
    threads: ThreadsOption = 1,
) -> None:
    """The tree from a figure to binding constraints, facts and sources."""
    from bongsu.answers import UnknownFigure
    from bongsu.brief.grounds import Grounds, check
    from bongsu.cli import kept, trees

    shell.check_language(lang)
    if kept.room_of(figure):
        node = kept.figure(figure, out)
        if as_json:
            print(json.dumps(node.as_dict(), indent=1, ensure_ascii=False))
        else:
            from bongsu.law import Law

            with shell.working(quiet=False) as tell:
                atlas = shell.load_atlas(tell, data, as_of)
            trees.show(node, trees.sources_of(atlas, Law.load()), lang, depth)
        return
    with shell.working(quiet=as_json) as tell:
        asked = shell.LawAsked(law, reading, without)
        chain = shell.build_chain(tell, case, data, as_of, face_value, whole_builds, law=asked, delivery=delivery)
        try:
            # A wrong name is refused before the solver is set to work.
            check(chain, figure)
        except UnknownFigure as error:
            raise shell.BadInput(str(error)) from None
        solved = _solved(tell, chain, whole_builds, threads)
        try:
            node = Grounds(chain, solved, tell).figure(figure)
        except UnknownFigure as error:
            raise shell.BadInput(str(error)) from None
    if as_json:
        print(json.dumps(node.as_dict(), indent=1, ensure_ascii=False))
    else:
        trees.show(node, trees.sources_behind(chain), lang, depth)


@app.command(
    epilog="Examples: `bongsu brief` · `bongsu brief --case low --out out/low` · `bongsu brief --split --out site` · "
    "`bongsu brief --stress examples/disruptions/hormuz-2026.yaml`"
)
def brief(
    case: CaseOption = "reference",
    data: DataOption = None,
    as_of: AsOfOption = None,
    out: OutOption = Path("out"),
    split: Annotated[
        bool, typer.Option("--split", help="Scripts and style as files of their own, for a web server.")
    ] = False,
    stress: Annotated[
        list[Path] | None, typer.Option("--stress", help="YAML file of a disruption: a stress page beside the brief.")
    ] = None,
    survive: SurviveOption = False,
    recovery: PageRecoveryOption = None,
    worst: PairOption = None,
    lang: LangOption = "en",
    as_json: JsonOption = False,
    face_value: FaceOption = False,
    delivery: DeliveryOption = "fitted",
    whole_builds: WholeOption = False,
    law: LawOption = None,
    reading: ReadingOption = None,
    without: WithoutOption = None,
    threads: ThreadsOption = 1,
) -> None:
    """Plan a case and write the brief in Korean, English and French."""
    from bongsu.cli import pages, stress_pages
    from bongsu.cli import stress as stressed

    shell.check_language(lang)
    more = stress_pages.More(survive, recovery, worst)
    more.check(bool(stress), "name a disruption with --stress FILE")
    disruptions = [stressed.load(file) for file in stress or ()]
    if out.exists() and not out.is_dir():
        raise shell.BadInput(f"{out} is a file; give a folder for the pages")
    with shell.working(quiet=as_json) as tell:
        chain, solved = _planned(
            tell, case, data, as_of, face_value, whole_builds, threads, shell.LawAsked(law, reading, without), delivery
        )
        store = pages.store(chain, solved, tell)
        beside = []
        for one in disruptions:
            found = stressed.answer(tell, one, chain.network, chain, solved)
            beside.append(stress_pages.build(tell, found, chain.network, chain, solved, more, threads, brief=True))
        if beside:
            store["stress"] = stress_pages.links([one.store for one in beside])
        tell("writing the briefs")
        files = pages.write(out, store, split)
        files += [name for one in beside for name in stress_pages.write(out, one)]
    if as_json:
        print(json.dumps({"files": files, "headlines": pages.headlines(store, lang)}, indent=1, ensure_ascii=False))
    else:
        pages.show(files, store, lang)


@app.command(
    epilog="Examples: `bongsu ledger` · `bongsu ledger --as-of 2026-03 --project ca-qc-ultiumcam` · "
    "`bongsu ledger examples/ledger/states.csv --csv`"
)
def ledger(
    file: Annotated[
        Path | None, typer.Argument(help="CSV file of dated states of any projects (default: those of the data pack).")
    ] = None,
    data: DataOption = None,
    as_of: AsOfOption = None,
    project: Annotated[str | None, typer.Option("--project", help="Only this project, with its whole history.")] = None,
    split: Annotated[
        str | None,
        typer.Option(
            "--split", help="Day to which the second score is fitted (default: the end of the year before last)."
        ),
    ] = None,
    lang: LangOption = "en",
    as_json: JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the promises as CSV.")] = False,
) -> None:
    """Every dated promise, what was found of it, and the chances of delivery that the record gives."""
    from bongsu.cli import ledger as face

    shell.check_language(lang)
    with shell.working(quiet=as_json or as_csv) as tell:
        whole = shell.load_atlas(tell, data, None)
        atlas = shell.as_of_day(whole, as_of) if file is None else whole
        found = face.answer(tell, atlas, whole, file, as_of, project, split)
    if as_csv:
        print(face.as_csv(found, lang), end="")
    elif as_json:
        print(face.as_json(found, lang))
    else:
        face.show(found, lang, single=project is not None)


@app.command(
    epilog="Examples: `bongsu stress examples/disruptions/hormuz-2026.yaml` · "
    "`bongsu stress examples/disruptions/graphite-2023.yaml --starts 2027-01-01 --lang ko` · "
    "`bongsu stress examples/disruptions/hormuz-2026.yaml --out out --survive --worst country` · "
    "`bongsu stress stop.yaml --case examples/cases/two-plants --json`"
)
def stress(
    file: Annotated[Path, typer.Argument(help="YAML file of a disruption (docs/stress.md).")],
    case: Annotated[str, typer.Option("--case", help="A case of the data pack, or a case folder.")] = "reference",
    starts: Annotated[
        str | None, typer.Option("--starts", help="Ask as if its first blow fell on this day, such as 2027-01-01.")
    ] = None,
    months: Annotated[
        int | None,
        typer.Option(
            "--months",
            help="Ask month by month, with stocks and transit, for so many months (12 to 18 take a minute).",
            min=1,
        ),
    ] = None,
    data: DataOption = None,
    as_of: AsOfOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for the answer as a page in Korean, English and French.")
    ] = None,
    survive: SurviveOption = False,
    recovery: PageRecoveryOption = None,
    worst: PairOption = None,
    lang: LangOption = "en",
    as_json: JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the plants that make less as CSV.")] = False,
    face_value: FaceOption = False,
    delivery: DeliveryOption = "fitted",
    law: LawOption = None,
    reading: ReadingOption = None,
    without: WithoutOption = None,
    threads: ThreadsOption = 1,
) -> None:
    """What a disruption does: who stops, when, what it costs, what goes unmet, what hangs on it and what to do first."""
    from bongsu.cli import stress as face
    from bongsu.cli import stress_pages

    shell.check_language(lang)
    more = stress_pages.More(survive, recovery, worst)
    more.check(out is not None, "give it a folder with --out")
    asked = face.load(file, starts)
    with shell.working(quiet=as_json or as_csv) as tell:
        if shell.is_case_folder(case):
            chain, network = None, shell.read_case_folder(case)
            solved = shell.solve(tell, network, None, 1e-6, threads)
        else:
            chain, solved = _planned(
                tell, case, data, as_of, face_value, False, threads, shell.LawAsked(law, reading, without), delivery
            )
            network = chain.network
        yearly = network, solved
        if months:
            network, solved = face.by_month(tell, asked, network, chain, solved, months, threads)
        found = face.answer(tell, asked, network, chain, solved)
        files = []
        if out is not None:
            built = stress_pages.build(tell, found, network, chain, solved, more, threads, yearly=yearly)
            files = stress_pages.write(out, built)
    if as_csv:
        print(face.as_csv(found), end="")
    elif as_json:
        print(face.as_json(found, chain))
    else:
        face.show(found, network, chain, lang, monthly=months is not None)
        for name in files:
            say(f"  {name}")


@app.command(
    epilog="Examples: `bongsu survive` · `bongsu survive --year 2030 --recovery 90` · "
    "`bongsu survive --node CN --time-expanded --lang ko` · `bongsu survive examples/cases/survival --json` · "
    "`bongsu survive --node CN --recovery 90 --bridge anode_natural@us-tn-spring-hill`"
)
def survive(
    case: CaseArgument = "reference",
    data: DataOption = None,
    as_of: AsOfOption = None,
    year: Annotated[
        str | None, typer.Option("--year", help="Year or period of the plan (default: the first).", metavar="PERIOD")
    ] = None,
    node: Annotated[
        list[str] | None,
        typer.Option("--node", help="Only this plant, offer, corridor, lane, place, country or event."),
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            "--kind",
            help="Kinds of loss: plant, supply, corridor, lane, place, country, event (default: all but corridor, lane, place).",
        ),
    ] = None,
    recovery: Annotated[
        float | None,
        typer.Option("--recovery", help="Days until what is lost is back, where the case states none.", min=0.1),
    ] = None,
    top: Annotated[int, typer.Option("--top", help="Rows to show.", min=1)] = 20,
    time_expanded: Annotated[
        bool, typer.Option("--time-expanded", help="Ask month by month too: deliveries take their time. Some minutes.")
    ] = False,
    months: Annotated[int, typer.Option("--months", help="Months to look at with --time-expanded.", min=1)] = 12,
    start: Annotated[
        str | None, typer.Option("--start", help="First month of the loss, such as 2027-01 (default: of the year).")
    ] = None,
    cover: Annotated[bool, typer.Option("--cover", help="Days of cover of each place and item instead.")] = False,
    bridge: Annotated[
        list[str] | None,
        typer.Option("--bridge", help="Least stock of item@place that bridges the loss of --node for --recovery days."),
    ] = None,
    lang: LangOption = "en",
    as_json: JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the rows as CSV.")] = False,
    face_value: FaceOption = False,
    delivery: DeliveryOption = "fitted",
    law: LawOption = None,
    reading: ReadingOption = None,
    without: WithoutOption = None,
    threads: ThreadsOption = 1,
) -> None:
    """How long the chain lives without each of its parts, and what is lost until the part is back, as ranges."""
    from bongsu.cli import survive as face

    shell.check_language(lang)
    asked = face.Asked(
        period=year,
        nodes=tuple(node or ()),
        kinds=face.kinds_of(kind),
        recovery=recovery,
        months=months if time_expanded or bridge else None,
        start=face.month(start),
        top=top,
    )
    with shell.working(quiet=as_json or as_csv) as tell:
        if shell.is_case_folder(case):
            chain, network = None, shell.read_case_folder(case)
            solved = shell.solve(tell, face.steady(network), None, 1e-6, threads)
        else:
            chain, solved = _planned(
                tell, case, data, as_of, face_value, False, threads, shell.LawAsked(law, reading, without), delivery
            )
            network = chain.network
        if bridge:
            least, use = face.bridged(tell, asked, network, chain, solved, bridge, threads)
        else:
            found = face.answer(tell, asked, network, chain, solved, threads)
    if bridge:
        if as_json or as_csv:
            print(json.dumps(face.bridge_rows(least, use), indent=1, ensure_ascii=False))
        else:
            face.show_bridge(least, use, network, chain, asked.nodes[0], recovery or 0.0, lang)
    elif cover and as_json:
        print(json.dumps(face.cover_rows(found), indent=1, ensure_ascii=False))
    elif cover and as_csv:
        print(face.table_csv(face.cover_rows(found)), end="")
    elif cover:
        face.show_cover(found, lang)
    elif as_csv:
        print(face.as_csv(found, lang), end="")
    elif as_json:
        print(face.as_json(found, lang))
    else:
        face.show(found, lang)


@app.command(
    epilog="Examples: `bongsu ensemble examples/disruptions/*.yaml --starts 2027-01-01` · "
    "`bongsu ensemble --case examples/cases/farmer` · "
    "`bongsu ensemble --family facility --draws 1000000 --seed 1` · `bongsu ensemble --workers 2 --out out/ensemble`"
)
def ensemble(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="YAML files of disruptions; every branch is a scenario (default: the scenarios of the case)."
        ),
    ] = None,
    case: Annotated[str, typer.Option("--case", help="A case of the data pack, or a case folder.")] = "reference",
    data: DataOption = None,
    as_of: AsOfOption = None,
    out: Annotated[
        Path, typer.Option("--out", help="Folder of the run; the same command goes on where it was.")
    ] = Path("out/ensemble"),
    draws: Annotated[int, typer.Option("--draws", help="Draw events so often instead, and bound the tail.", min=0)] = 0,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the draws.")] = 1,
    level: Annotated[float, typer.Option("--level", help="Level of the tail.", min=0.5, max=0.999)] = 0.95,
    family: Annotated[
        str | None,
        typer.Option("--family", help="Events to draw: every facility, process, item, country, owner or reagent."),
    ] = None,
    starts: Annotated[
        str | None, typer.Option("--starts", help="First day of every file's disruption, or of a family's stops.")
    ] = None,
    lasts: Annotated[int, typer.Option("--lasts", help="Days for which it stops.", min=1)] = 365,
    probability: Annotated[
        float, typer.Option("--probability", help="Probability of each member (assumed).", min=0.0, max=1.0)
    ] = 0.03,
    replan: Annotated[bool, typer.Option("--replan", help="Let builds be decided anew in every scenario.")] = False,
    workers: Annotated[int, typer.Option("--workers", help="Processes, or Ray actors.", min=1)] = 1,
    ray: Annotated[
        str | None, typer.Option("--ray", help="Address of a Ray cluster; `local` starts one on this machine.")
    ] = None,
    lang: LangOption = "en",
    as_json: JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the scenarios with their costs as CSV.")] = False,
    delivery: DeliveryOption = "fitted",
    law: LawOption = None,
    reading: ReadingOption = None,
    without: WithoutOption = None,
    threads: ThreadsOption = 1,
) -> None:
    """Many scenarios of one plan, exact, as tables in Parquet; or the tail of very many draws of events, with bounds."""
    from bongsu.cli import ensemble as face
    from bongsu.cli import runs

    shell.check_language(lang)
    if as_csv and draws:
        raise shell.BadInput("--csv lists scenarios, and draws are bounded together; leave one out, or use --json")
    with shell.working(quiet=as_json or as_csv) as tell:
        if shell.is_case_folder(case):
            chain, network = None, shell.read_case_folder(case)
            solved = shell.solve(tell, network, None, 1e-6, threads)
        else:
            chain, solved = _planned(
                tell, case, data, as_of, False, False, threads, shell.LawAsked(law, reading, without), delivery
            )
            network = chain.network
        if draws:
            happening = face.events(network, chain, family, starts, lasts, probability)
            found = face.drawn(tell, solved, happening, draws, seed, level)
        else:
            asked = face.scenarios(network, chain, solved, files or [], starts)
            table, paths = runs.run(tell, solved, asked, out, replan, workers, ray)
    if draws:
        if as_json:
            print(face.tail_json(found, happening, seed))
        else:
            face.show_tail(found, happening, lang, chain is not None)
        return
    if as_csv:
        print(table.write_csv(line_terminator="\n"), end="")
        return
    summary = face.summary(table)
    if as_json:
        print(json.dumps(summary | {"files": paths}, indent=1, ensure_ascii=False))
    else:
        face.show_summary(summary, lang, chain is not None)
        say(f"Results: {out}/cube/ ({', '.join(Path(path).name for path in paths)})")


@app.command(
    epilog="Examples: `bongsu concentration --item lithium_hydroxide --year 2030` · "
    "`bongsu concentration low --item cell_lfp --year 2030 --region KR --json` · "
    "`bongsu concentration --trade examples/trade/flows.csv --hs 250410,380110 --year 2024 --region KR`"
)
def concentration(
    case: CaseArgument = "reference",
    year: Annotated[int | None, typer.Option("--year", help="Year.")] = None,
    item: Annotated[str | None, typer.Option("--item", help="Item of the plan, such as lithium_hydroxide.")] = None,
    region: Annotated[
        str, typer.Option("--region", help="Whose supply: na (North America) or ISO codes such as KR or CA,US.")
    ] = "na",
    trade: Annotated[
        Path | None,
        typer.Option("--trade", help="CSV of trade instead of a plan: importer, exporter, hs, year, value."),
    ] = None,
    hs: Annotated[str | None, typer.Option("--hs", help="Customs codes of the material in the table of trade.")] = None,
    output: Annotated[
        float | None, typer.Option("--output", help="The region's own output in the unit of the table of trade.")
    ] = None,
    production: Annotated[
        Path | None,
        typer.Option("--production", help="CSV of world production (country, year, amount), for GeoPolRisk."),
    ] = None,
    governance: Annotated[
        Path | None,
        typer.Option("--governance", help="CSV of political stability (country, year, value) instead of the pack's."),
    ] = None,
    data: DataOption = None,
    as_of: AsOfOption = None,
    lang: LangOption = "en",
    as_json: JsonOption = False,
    face_value: FaceOption = False,
    delivery: DeliveryOption = "fitted",
    whole_builds: WholeOption = False,
    law: LawOption = None,
    reading: ReadingOption = None,
    without: WithoutOption = None,
    threads: ThreadsOption = 1,
) -> None:
    """Who supplies an item to a region in a plan or a table of trade, and how much hangs on the largest supplier."""
    from bongsu.cli import concentration as face

    shell.check_language(lang)
    if year is None:
        raise shell.BadInput("name the year, such as --year 2030")
    with shell.working(quiet=as_json) as tell:
        if trade is not None:
            atlas = shell.load_atlas(tell, data, as_of)
            found = face.by_trade(atlas, trade, hs, year, region, production, governance, output)
            name = f"HS {found.what}"
        else:
            if item is None:
                raise shell.BadInput("name an item of the plan with --item, or a table of trade with --trade")
            chain, solved = _planned(
                tell,
                case,
                data,
                as_of,
                face_value,
                whole_builds,
                threads,
                shell.LawAsked(law, reading, without),
                delivery,
            )
            found = face.by_plan(chain, solved, item, year, region, production, governance)
            name = chain.atlas.name("items", item, lang)
    if as_json:
        print(face.as_json(found))
    else:
        face.show(found, name, lang)


@app.command(
    epilog="Examples: `bongsu replay graphite-2023` · `bongsu replay all --out docs/replay.md` · `bongsu replay event.yaml --json`"
)
def replay(
    names: Annotated[
        list[str], typer.Argument(help="Events to replay: names, YAML files of your own (docs/stress.md), or `all`.")
    ],
    case: CaseOption = "reference",
    data: DataOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write the scored page to this Markdown file.")] = None,
    lang: LangOption = "en",
    as_json: JsonOption = False,
) -> None:
    """Past events answered with what was known on their day, and scored against what then happened."""
    from bongsu.cli import replay as face

    shell.check_language(lang)
    asked = face.events(names)
    with shell.working(quiet=as_json) as tell:
        found = face.run(tell, asked, shell.load_atlas(tell, data, None), case)
    if out is not None:
        out.write_text(face.page(found, lang), encoding="utf-8")
    if as_json:
        print(face.as_json(found))
    else:
        face.show(found, lang)
        if out is not None:
            say(f"Page: {out}")


@app.command(
    epilog="Examples: `bongsu uncertain examples/cases/farmer` · "
    "`bongsu uncertain examples/cases/design-under-uncertainty --risk-weight 1 --alpha 0.8 --json` · "
    "`bongsu uncertain reference --events examples/disruptions/graphite-2023.yaml --starts 2028-01-01 --probability 0.3`"
)
def uncertain(
    case: CaseArgument = "reference",
    events: EventsOption = None,
    risk_weight: RiskOption = 0.0,
    alpha: LevelOption = 0.95,
    known: Annotated[
        str,
        typer.Option("--known", help="When scenarios are known: `at once`, `as it comes`, or from a period on."),
    ] = "at once",
    first: Annotated[
        list[str] | None,
        typer.Option("--first", help="What is decided first, such as build or buy:order (default: as the case says)."),
    ] = None,
    probability: ProbabilityOption = None,
    starts: StartsOption = None,
    method: Annotated[str, typer.Option("--method", help="auto, extensive or decomposition.")] = "auto",
    builds: Annotated[
        bool, typer.Option("--builds", help="Say which builds are always in, always out, or depend (many solves).")
    ] = False,
    tolerance: Annotated[
        float, typer.Option("--tolerance", help="Share of cost within which plans count as equally good.", min=0)
    ] = 1e-4,
    out: Annotated[Path | None, typer.Option("--out", help="Folder to write the tables to.")] = None,
    data: DataOption = None,
    as_of: AsOfOption = None,
    lang: LangOption = "en",
    as_json: JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the cost of every scenario as CSV.")] = False,
    delivery: DeliveryOption = "fitted",
    whole_builds: WholeOption = False,
    law: LawOption = None,
    reading: ReadingOption = None,
    without: WithoutOption = None,
    time_limit: LimitOption = None,
    gap: GapOption = None,
    threads: ThreadsOption = 1,
) -> None:
    """Decide before it is known which scenario comes: expected cost and its tail, what the mean costs, what knowing is worth."""
    from bongsu.cli import uncertain as face
    from bongsu.plan import Options, Plan

    shell.check_language(lang)
    shell.check_choice("method", method, ("auto", "extensive", "decomposition"))
    with shell.working(quiet=as_json or as_csv) as tell:
        asked = shell.LawAsked(law, reading, without)
        chain, network = _stated(tell, case, data, as_of, whole_builds, asked, delivery)
        network = face.laid_over(network, events)
        options = Options(gap=_gap(gap, whole_builds), time_limit=time_limit, threads=threads)
        among = face.scenarios(network, chain, events, probability, starts, lambda: Plan.of(network, options))
        tell(f"planning {len(among)} scenarios together")
        found = face.uncertain(network, among, risk_weight, alpha, known, first or (), method, options)
        judged = face.judged(tell, found, tolerance, options) if builds else None
        written = face.write(out, found, judged) if out is not None else []
    if as_csv:
        print(face.uncertain_csv(found), end="")
    elif as_json:
        print(face.uncertain_json(found, judged))
    else:
        face.show_uncertain(found, judged, network, chain, lang)
        if written:
            say(f"Results: {out}/ ({', '.join(written)})")
    if found.status == "infeasible":
        raise typer.Exit(NO_PLAN)
    if found.status == "unbounded":
        raise typer.Exit(shell.BAD_INPUT)
    if found.status in ("stopped", "failed"):
        raise typer.Exit(LIMIT)


@app.command(
    epilog="Examples: `bongsu worst examples/cases/facility-interdiction --k 2` · "
    "`bongsu worst reference --k 2 --family country --starts 2030-01-01 --json` · `bongsu worst --k 3 --events failures.csv`"
)
def worst(
    case: CaseArgument = "reference",
    k: Annotated[int, typer.Option("--k", help="How many events happen together.", min=1)] = 1,
    events: EventsOption = None,
    family: Annotated[
        str | None,
        typer.Option("--family", help="Instead: every facility, process, item, country, owner or reagent stops."),
    ] = None,
    starts: StartsOption = None,
    lasts: Annotated[int, typer.Option("--lasts", help="Days for which a family's member stops.", min=1)] = 365,
    replan: Annotated[bool, typer.Option("--replan", help="Let builds adapt to what happens.")] = False,
    top: Annotated[int, typer.Option("--top", help="How many of the worst sets to prove.", min=1)] = 5,
    data: DataOption = None,
    as_of: AsOfOption = None,
    lang: LangOption = "en",
    as_json: JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the worst sets as CSV.")] = False,
    delivery: DeliveryOption = "fitted",
    whole_builds: WholeOption = False,
    law: LawOption = None,
    reading: ReadingOption = None,
    without: WithoutOption = None,
    time_limit: LimitOption = None,
    threads: ThreadsOption = 1,
) -> None:
    """The worst k of a list of events, proven: no other k of them cost more."""
    from bongsu.cli import uncertain as face
    from bongsu.plan import Options

    shell.check_language(lang)
    with shell.working(quiet=as_json or as_csv) as tell:
        asked = shell.LawAsked(law, reading, without)
        chain, network = _stated(tell, case, data, as_of, whole_builds, asked, delivery)
        network = face.laid_over(network, events)
        solved = shell.solve(tell, network, None, _gap(None, whole_builds), threads)
        if solved.status not in ("optimal", "feasible"):
            _leave(solved)
        among = face.events(network, chain, events, family, starts, lasts, solved)
        options = Options(
            gap=_gap(None, whole_builds), time_limit=time_limit, threads=threads, progress=lambda text, _: tell(text)
        )
        found = face.worst(network, among, k, replan, top, solved, options)
    if as_csv:
        print(face.worst_csv(found), end="")
    elif as_json:
        print(face.worst_json(found))
    else:
        face.show_worst(found, network, chain, lang)
    if not found.exact:
        raise typer.Exit(LIMIT)


@app.command(
    epilog="Examples: `bongsu fixes examples/cases/supply-fixes` · "
    "`bongsu fixes examples/cases/supply-fixes --risk-weight 1 --alpha 0.9 --lang ko` · `bongsu fixes --events measures/`"
)
def fixes(
    case: CaseArgument = "reference",
    events: EventsOption = None,
    risk_weight: RiskOption = 0.0,
    alpha: LevelOption = 0.95,
    known: Annotated[
        str,
        typer.Option("--known", help="When scenarios are known: `at once`, `as it comes`, or from a period on."),
    ] = "as it comes",
    data: DataOption = None,
    as_of: AsOfOption = None,
    lang: LangOption = "en",
    as_json: JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the fixes as CSV.")] = False,
    delivery: DeliveryOption = "fitted",
    whole_builds: WholeOption = False,
    law: LawOption = None,
    reading: ReadingOption = None,
    without: WithoutOption = None,
    time_limit: LimitOption = None,
    threads: ThreadsOption = 1,
) -> None:
    """What would soften the scenarios of a case, and at what price: stocks, second sources, contracts, builds."""
    from bongsu.cli import uncertain as face
    from bongsu.plan import Options, Plan

    shell.check_language(lang)
    with shell.working(quiet=as_json or as_csv) as tell:
        asked = shell.LawAsked(law, reading, without)
        chain, network = _stated(tell, case, data, as_of, whole_builds, asked, delivery)
        network = face.laid_over(network, events)
        options = Options(gap=_gap(None, whole_builds), time_limit=time_limit, threads=threads)
        among = face.scenarios(network, chain, events, None, None, lambda: Plan.of(network, options))
        tell("pricing the measures")
        found = face.fixes(network, among, risk_weight, alpha, known, options)
    if as_csv:
        print(found.table().write_csv(line_terminator="\n"), end="")
    elif as_json:
        print(face.fixes_json(found))
    else:
        face.show_fixes(found, network, chain, lang)


@data_app.command("check", epilog="Example: `bongsu data check data`")
def data_check(
    folder: Annotated[Path, typer.Argument(help="Folder of a data pack or a case.")] = Path("data"),
    as_json: JsonOption = False,
) -> None:
    """Every problem of a data pack or case folder at once."""
    shell.check_folder(folder, as_json)


@data_app.command("report", epilog="Examples: `bongsu data report` · `bongsu data report --json`")
def data_report(data: DataOption = None, as_of: AsOfOption = None, as_json: JsonOption = False) -> None:
    """How much is stated, derived, assumed and unknown; stated plants against national totals."""
    from bongsu.cli import coverage

    coverage.report(shell.load_atlas(lambda _: None, data, as_of), as_json)


@export_app.command("mps", epilog="Example: `bongsu export mps reference --out model.mps`")
def export_mps(
    case: CaseArgument = "reference",
    data: DataOption = None,
    as_of: AsOfOption = None,
    out: OutOption = Path("out/model.mps"),
    face_value: FaceOption = False,
    delivery: DeliveryOption = "fitted",
    whole_builds: WholeOption = False,
    law: LawOption = None,
    reading: ReadingOption = None,
    without: WithoutOption = None,
) -> None:
    """The compiled model as an MPS file, in the solver's units, for any other solver."""
    from bongsu.cli import results

    with shell.working() as tell:
        asked = shell.LawAsked(law, reading, without)
        network = _network(tell, case, data, as_of, face_value, whole_builds, asked, delivery)
        tell("writing the model")
        results.write_mps(out, network)
    say(f"Model: {out}")


@export_app.command("parquet", epilog="Example: `bongsu export parquet reference --out out/network`")
def export_parquet(
    case: CaseArgument = "reference",
    data: DataOption = None,
    as_of: AsOfOption = None,
    out: OutOption = Path("out/network"),
    face_value: FaceOption = False,
    delivery: DeliveryOption = "fitted",
    whole_builds: WholeOption = False,
    law: LawOption = None,
    reading: ReadingOption = None,
    without: WithoutOption = None,
) -> None:
    """The network of a case as Parquet tables and as a case folder of CSV tables that `bongsu plan` takes."""
    from bongsu.cli import results

    with shell.working() as tell:
        asked = shell.LawAsked(law, reading, without)
        network = _network(tell, case, data, as_of, face_value, whole_builds, asked, delivery)
        tell("writing the tables")
        results.write_network(out, network)
    say(f"Network: {out}/")


def _gap(gap: float | None, whole_builds: bool) -> float:
    """The gap asked for; by default exact for case folders, a thousandth where whole plants are chosen among thousands."""
    return (1e-3 if whole_builds else 1e-6) if gap is None else gap


def _network(
    tell: Any,
    case: str,
    data: Path | None,
    as_of: str | None,
    face_value: bool,
    whole_builds: bool,
    law: shell.LawAsked,
    delivery: str,
) -> Any:
    if shell.is_case_folder(case):
        return shell.read_case_folder(case)
    return shell.build_chain(tell, case, data, as_of, face_value, whole_builds, law=law, delivery=delivery).network


def _stated(
    tell: Any,
    case: str,
    data: Path | None,
    as_of: str | None,
    whole_builds: bool,
    law: shell.LawAsked,
    delivery: str,
) -> tuple[Chain | None, Network]:
    """The network of a case folder, or of a case of the pack with the chain behind it."""
    if shell.is_case_folder(case):
        return None, shell.read_case_folder(case)
    chain = shell.build_chain(tell, case, data, as_of, False, whole_builds, law=law, delivery=delivery)
    return chain, chain.network


def _planned(
    tell: Any,
    case: str,
    data: Path | None,
    as_of: str | None,
    face_value: bool,
    whole_builds: bool,
    threads: int,
    law: shell.LawAsked,
    delivery: str,
) -> tuple[Chain, Plan]:
    chain = shell.build_chain(tell, case, data, as_of, face_value, whole_builds, law=law, delivery=delivery)
    return chain, _solved(tell, chain, whole_builds, threads)


def _solved(tell: Any, chain: Chain, whole_builds: bool, threads: int) -> Plan:
    solved = shell.solve(tell, chain.network, None, _gap(None, whole_builds), threads)
    if solved.status not in ("optimal", "feasible"):
        _leave(solved)
    return solved


def _leave(solved: Plan) -> None:
    if solved.status == "infeasible":
        raise typer.Exit(NO_PLAN)
    if solved.status in ("stopped", "feasible", "unbounded", "failed"):
        if solved.status == "stopped":
            print("Stopped before a plan was found; nothing was written.", file=sys.stderr)
        if solved.status == "failed":
            print("The solver could not finish (numerical trouble); try --threads 2 or another case.", file=sys.stderr)
        if solved.status == "unbounded":
            print(
                "The plan is unbounded: something can be made and sold at a gain without limit; check costs below zero.",
                file=sys.stderr,
            )
            raise typer.Exit(shell.BAD_INPUT)
        raise typer.Exit(LIMIT)
