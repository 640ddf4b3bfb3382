"""Commands of ``bongsu link``: who should supply whom, matching, contracts and alarms."""

from __future__ import annotations

import json
from collections.abc import Sequence
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
    from bongsu.chain import Chain
    from bongsu.committee import Answer
    from bongsu.plan import Plan

link_app = typer.Typer(
    help="Who should supply whom: sellers of a need, buyers of an offer, matching, contracts, dependencies.",
    epilog="Examples: `bongsu link --buyer ca-qc-ultiumcam --item lithium_hydroxide --years 2028` · "
    "`bongsu link --seller ca-qc-nmg-bec --item anode_natural --years 2030-2032 --lang ko` · "
    "`bongsu link list --country CA` · "
    "`bongsu link match --item lithium_hydroxide --year 2030` · `bongsu link alarms --year 2030 --country CA`",
)

OutOption = Annotated[
    Path | None, typer.Option("--out", help="Folder for the tables as CSV and link.json with the reasons.")
]
ItemOption = Annotated[str | None, typer.Option("--item", help="Item, such as lithium_hydroxide.")]


@link_app.callback(invoke_without_command=True)
def link(
    context: typer.Context,
    buyer: Annotated[str | None, typer.Option("--buyer", help="Facility or place that buys.")] = None,
    seller: Annotated[str | None, typer.Option("--seller", help="Facility or place that sells.")] = None,
    item: ItemOption = None,
    years: Annotated[
        str | None,
        typer.Option("--years", help="Years, as 2028, 2028-2032 or 2028,2030 (default: the third of the plan)."),
    ] = None,
    quantity: Annotated[
        float | None,
        typer.Option(
            "--quantity", help="Unit of the item a year (default: what the plan uses there, or what is free)."
        ),
    ] = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(
            "--origin", help="Origin rule of the buyer: countries as CA+KR, `pfe`, or a preference such as USMCA."
        ),
    ] = None,
    compare: Annotated[
        list[str] | None,
        typer.Option("--compare", help="Plan this case too and see whether the order holds, such as low or high."),
    ] = None,
    top: Annotated[int, typer.Option("--top", help="Rows to show.", min=1)] = 12,
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
    """Who should supply whom: the ranked sellers of a need, or the ranked buyers of an offer."""
    if context.invoked_subcommand is not None:
        return
    from bongsu.cli import link_show
    from bongsu.committee.link import Need, Offer, UnknownName, buyers, sellers, years_of

    shell.check_language(lang)
    _one_side(buyer, seller, item)
    with shell.working(quiet=as_json) as tell:
        chain = _chain(tell, case, data, as_of, law, reading)
        try:
            asked = years_of(years) if years else (chain.years[min(2, len(chain.years) - 1)],)
            need = Need.of(chain, item or "", buyer, asked, quantity, origin or ()) if buyer else None
            offer = Offer.of(chain, item or "", seller, asked, quantity) if seller else None
            if offer is not None and origin:
                raise shell.BadInput("--origin is a rule of a buyer; name him with --buyer")
            link_show.check_origin(chain, origin or ())
        except (UnknownName, ValueError) as error:
            raise shell.BadInput(str(error)) from None
        plan = _plan(tell, chain, threads)
        others = {}
        for name in compare or ():
            other = _chain(tell, name, data, as_of, law, reading)
            others[name] = (other, _plan(tell, other, threads))
        tell("who could supply whom")
        if need is not None:
            answer = sellers(chain, plan, need, top=top, others=others)
        else:
            assert offer is not None
            answer = buyers(chain, plan, offer, top=top, others=others)
    _give(answer, out, as_json)
    if not as_json:
        if need is not None:
            link_show.sellers(answer, chain, need, lang, top)
        elif offer is not None:
            link_show.buyers(answer, chain, offer, lang, top)
        _say_files(out, answer, lang)


@link_app.command(
    epilog="Examples: `bongsu link match --item lithium_hydroxide --year 2030` · "
    "`bongsu link match --item cam_ncma --year 2030 --lang fr --out out/match`"
)
def match(
    item: ItemOption = None,
    year: Annotated[int | None, typer.Option("--year", help="Year of the plan.")] = None,
    top: Annotated[int, typer.Option("--top", help="Rows to show.", min=1)] = 20,
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
    """Everybody's trades of an item at once: stable when both sides rank, and of least cost where money decides."""
    from bongsu.cli import link_show
    from bongsu.committee.link import UnknownName, item_of
    from bongsu.committee.link import match as matched

    shell.check_language(lang)
    if item is None or year is None:
        raise shell.BadInput("name the goods and the year, such as --item lithium_hydroxide --year 2030")
    with shell.working(quiet=as_json) as tell:
        chain = _chain(tell, case, data, as_of, law, reading)
        try:
            item = item_of(chain, item)
        except UnknownName as error:
            raise shell.BadInput(str(error)) from None
        shell.check_choice("year", year, chain.years)
        plan = _plan(tell, chain, threads)
        tell("who trades with whom")
        answer = matched(chain, plan, item, year)
    _give(answer, out, as_json)
    if not as_json:
        link_show.match(answer, chain, item, year, lang, top)
        _say_files(out, answer, lang)


@link_app.command(
    epilog="Examples: `bongsu link alarms --year 2030` · `bongsu link alarms --year 2030 --country CA --share 1 --json`"
)
def alarms(
    year: Annotated[int | None, typer.Option("--year", help="Year of the plan (default: the third).")] = None,
    country: Annotated[str | None, typer.Option("--country", help="Only who is in this country (ISO code).")] = None,
    share: Annotated[
        float, typer.Option("--share", help="Share from which a partner counts as the only one, above 0.5.")
    ] = 0.9,
    top: Annotated[int, typer.Option("--top", help="Rows to show.", min=1)] = 15,
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
    """Who hangs on a single supplier or customer, and on reagents that many take from one source."""
    from bongsu.cli import link_show
    from bongsu.committee.link import alarms as found

    shell.check_language(lang)
    if not 0.5 < share <= 1:
        raise shell.BadInput(f"--share {share:g} makes nobody the only one; give more than 0.5, at most 1")
    with shell.working(quiet=as_json) as tell:
        chain = _chain(tell, case, data, as_of, law, reading)
        year = chain.years[min(2, len(chain.years) - 1)] if year is None else year
        shell.check_choice("year", year, chain.years)
        shell.check_choice("country", country, sorted(set(chain.atlas["places"]["country"])))
        plan = _plan(tell, chain, threads)
        tell("who hangs on whom")
        answer = found(chain, plan, year, country=country, share=share)
    _give(answer, out, as_json)
    if not as_json:
        link_show.alarms(answer, chain, year, lang, top)
        _say_files(out, answer, lang)


@link_app.command(
    epilog="Examples: `bongsu link contract examples/link/hydroxide.yaml` · "
    "`bongsu link contract examples/link/hydroxide.yaml --cases low,reference,high --lang ko`"
)
def contract(
    file: Annotated[Path, typer.Argument(help="A contract as YAML; see examples/link/ and docs/link.md.")],
    cases: Annotated[
        str, typer.Option("--cases", help="Cases whose prices it is valued at, each planned.")
    ] = "reference",
    data: DataOption = None,
    as_of: AsOfOption = None,
    out: OutOption = None,
    lang: LangOption = "en",
    as_json: JsonOption = False,
    law: LawOption = None,
    reading: ReadingOption = None,
    threads: ThreadsOption = 1,
) -> None:
    """What a contract is worth to each side against the market of each case, clause by clause."""
    from bongsu.cli import link_show
    from bongsu.committee.link import UnknownName, contract_of, worth

    shell.check_language(lang)
    try:
        asked = contract_of(_yaml(file), file.stem)
    except ValueError as error:
        raise shell.BadInput(str(error)) from None
    names = list(dict.fromkeys(one.strip() for one in cases.split(",") if one.strip()))
    if not names:
        raise shell.BadInput("name at least one case, such as --cases low,reference,high")
    strangers = sorted(set(asked.weights or ()) - set(names))
    if strangers:
        raise shell.BadInput(
            f"{file} weighs the case {strangers[0]}; plan it too, with --cases {','.join([*names, *strangers])}"
        )
    with shell.working(quiet=as_json) as tell:
        plans = {}
        try:
            for name in names:
                chain = _chain(tell, name, data, as_of, law, reading)
                link_show.check_contract(chain, asked)
                plans[name] = (chain, _plan(tell, chain, threads))
            answer = worth(asked, plans)
        except (UnknownName, ValueError) as error:
            raise shell.BadInput(str(error)) from None
    _give(answer, out, as_json)
    if not as_json:
        link_show.contract(answer, plans[names[0]][0], asked, lang)
        _say_files(out, answer, lang)


@link_app.command(
    "list",
    epilog="Examples: `bongsu link list` · `bongsu link list --item lithium_hydroxide` · "
    "`bongsu link list --party ca-qc-ultiumcam` · `bongsu link list --side sells --country KR --csv`",
)
def list_(
    item: ItemOption = None,
    party: Annotated[str | None, typer.Option("--party", help="Only this facility or place.")] = None,
    side: Annotated[str | None, typer.Option("--side", help="Only who `buys`, or who `sells`.")] = None,
    country: Annotated[str | None, typer.Option("--country", help="Only who is in this country (ISO code).")] = None,
    top: Annotated[int, typer.Option("--top", help="Parties to show.", min=1)] = 40,
    case: CaseOption = "reference",
    data: DataOption = None,
    as_of: AsOfOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the tables as CSV and JSON.")] = None,
    lang: LangOption = "en",
    as_csv: Annotated[bool, typer.Option("--csv", help="Print who buys and sells what as CSV.")] = False,
    as_json: JsonOption = False,
    law: LawOption = None,
    reading: ReadingOption = None,
) -> None:
    """What can be asked: items, and who buys and sells each; nothing is planned for it."""
    from bongsu.cli import kept, link_show
    from bongsu.committee.link import SIDES, UnknownName, listing
    from bongsu.committee.words import said

    shell.check_language(lang)
    shell.check_choice("side", side, SIDES)
    with shell.working(quiet=as_json or as_csv) as tell:
        chain = _chain(tell, case, data, as_of, law, reading)
        shell.check_choice("country", country, sorted(set(chain.atlas["places"]["country"])))
        try:
            answer = listing(chain, item, party, side, country)
        except UnknownName as error:
            raise shell.BadInput(str(error)) from None
    files = kept.write_tables(answer, out) if out is not None else []
    if as_json:
        print(
            json.dumps({name: table.to_dicts() for name, table in answer.tables.items()}, indent=1, ensure_ascii=False)
        )
    elif as_csv:
        print(answer.tables["parties"].write_csv(line_terminator="\n"), end="")
    else:
        detail = any(one is not None for one in (item, party, side, country))
        link_show.listing(answer, lang, top, detail)
        if files:
            shell.say(said("link", "cli.file", files=f"{out}/ ({', '.join(files)})")[lang])


def _yaml(file: Path) -> Any:
    from bongsu.committee.written import WrittenError, read_yaml

    try:
        return read_yaml(file.read_text(encoding="utf-8-sig"))
    except WrittenError as error:
        line = f", line {error.line}" if error.line is not None else ""
        raise shell.BadInput(f"{file}{line} is no YAML: {error.what}") from None
    except UnicodeDecodeError:
        raise shell.BadInput(f"{file} is not text in UTF-8; save it as UTF-8") from None


def _one_side(buyer: str | None, seller: str | None, item: str | None) -> None:
    if (buyer is None) == (seller is None):
        raise shell.BadInput(
            "name one side: --buyer or --seller, each a facility or a place; `bongsu link list` says who there is"
        )
    if item is None:
        raise shell.BadInput(
            "name the goods with --item, such as --item lithium_hydroxide; `bongsu link list` names all"
        )


def _chain(
    tell: shell.Tell, case: str, data: Path | None, as_of: str | None, law: str | None, reading: Sequence[str] | None
) -> Chain:
    if shell.is_case_folder(case):
        raise shell.BadInput(
            f"{case} is a case folder; links need a case of the data pack, with its facts and relations"
        )
    return shell.build_chain(tell, case, data, as_of, False, False, law=shell.LawAsked(law, reading))


def _plan(tell: shell.Tell, chain: Chain, threads: int) -> Plan:
    plan = shell.solve(tell, chain.network, None, 1e-6, threads)
    if plan.status != "optimal":
        raise shell.BadInput(
            f"the case {chain.case['case']} has no optimal plan ({plan.status}), so nothing has a price"
        )
    return plan


def _give(answer: Answer, out: Path | None, as_json: bool) -> None:
    """Write the answer to a folder, print it as JSON, or neither."""
    from bongsu.cli import kept

    if out is not None:
        kept.write(answer, out)
    if as_json:
        print(_json(answer))


def _json(answer: Answer) -> str:
    return json.dumps(answer.as_dict(), indent=1, ensure_ascii=False, default=str) + "\n"


def _say_files(out: Path | None, answer: Answer, lang: str) -> None:
    from bongsu.committee.words import said

    if out is not None:
        tables = (f"link_{name}.{kind}" for name in sorted(answer.tables) for kind in ("csv", "json"))
        files = ", ".join(["link.json", *tables])
        shell.say(said("link", "cli.file", files=f"{out}/ ({files})")[lang])


__all__: list[Any] = ["link_app"]
