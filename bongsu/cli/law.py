"""Commands of ``bongsu law``: the law on a day, its tests, duties, calendar and the check of its files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bongsu.cli import shell
from bongsu.cli.options import JsonOption, LangOption

law_app = typer.Typer(
    help="The law on a day, as known on a day: instruments, tests with their reasons, duties, calendar.",
    no_args_is_help=True,
)

KnownOption = Annotated[
    str | None, typer.Option("--known", help="Use only what was known by this date (default: the date asked about).")
]
LatestOption = Annotated[
    str | None, typer.Option("--known", help="Use only what was known by this date (default: all that is known).")
]
OnOption = Annotated[str, typer.Option("--on", help="Date that decides, such as 2026-06-30.")]
CsvOption = Annotated[bool, typer.Option("--csv", help="Print the answer as CSV.")]
RegimeArgument = Annotated[str, typer.Argument(help="Name of a test, such as usmca-rvc; a wrong name lists them all.")]


@law_app.command(
    epilog="Examples: `bongsu law on 2026-03-01` · `bongsu law on 2026-03-01 --known 2026-01-31 --jurisdiction US` · "
    "`bongsu law on 2030-01-01 --csv`"
)
def on(
    date: Annotated[str, typer.Argument(help="Date, such as 2026-03-01.")],
    known: KnownOption = None,
    jurisdiction: Annotated[
        str | None, typer.Option("--jurisdiction", help="Only this jurisdiction, such as US.")
    ] = None,
    lang: LangOption = "en",
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Every instrument with its status and its main values on a day."""
    from bongsu.cli import law_show

    shell.check_language(lang)
    law_show.on(law_show.law_on(date, known), jurisdiction, lang, as_json, as_csv)


@law_app.command(
    epilog="Examples: `bongsu law show us-section-122` · `bongsu law show us-45x --on 2030-01-01 --lang ko` · "
    "`bongsu law show us-30d --known 2025-07-03`"
)
def show(
    instrument: Annotated[str, typer.Argument(help="Name of an instrument, as `bongsu law on` lists it.")],
    date: Annotated[str | None, typer.Option("--on", help="Date to mark the values of (default: today).")] = None,
    known: KnownOption = None,
    lang: LangOption = "en",
    as_json: JsonOption = False,
) -> None:
    """One instrument as a sheet: status through time, values with dates and sources, open questions, readings."""
    import datetime as dt

    from bongsu.cli import law_show

    shell.check_language(lang)
    law_show.sheet(law_show.law_on(date or dt.date.today().isoformat(), known), instrument, lang, as_json)


@law_app.command(
    "test",
    epilog="Examples: `bongsu law test usmca-rvc examples/law/usmca-rvc.yaml --on 2026-06-30` · "
    "`bongsu law test usmca-rvc facts.json --on 2026-06-30 --lang ko --json` · "
    "`bongsu law test usmca-rvc goods.csv --on 2026-06-30 --out tested.csv`",
)
def run_test(
    regime: RegimeArgument,
    facts: Annotated[Path, typer.Argument(help="Facts as YAML or JSON (one record), or CSV (one record a line).")],
    date: OnOption,
    known: LatestOption = None,
    take: Annotated[
        list[str] | None,
        typer.Option("--take", help="Branch of an open question, as question=branch; may be repeated."),
    ] = None,
    lang: LangOption = "en",
    as_json: JsonOption = False,
    out: Annotated[Path | None, typer.Option("--out", help="File for the table with outcome and figure.")] = None,
) -> None:
    """Pass, fail or undetermined, with the figure, the steps, the law behind each and what is missing."""
    from bongsu.cli import law_facts, law_show

    shell.check_language(lang)
    chosen = law_facts.chosen(regime)
    law = law_show.law_on(date, known, take, latest=True)
    if facts.suffix.lower() == ".csv":
        law_facts.test_table(chosen, facts, law, out, as_json)
        return
    if out is not None:
        raise shell.BadInput("--out is for tables; give a CSV file of facts, or leave --out away")
    record = law_facts.read(facts, chosen)
    found = law_facts.tested(chosen, record, law)
    law_show.finding(found, law, law_facts.dates(record), lang, as_json)


@law_app.command(
    epilog="Examples: `bongsu law schema usmca-rvc` · `bongsu law schema usmca-rvc --template > facts.yaml`"
)
def schema(
    regime: RegimeArgument,
    template: Annotated[
        bool, typer.Option("--template", help="A worked record as YAML with every field explained, to edit.")
    ] = False,
) -> None:
    """The record of facts that a test reads, as JSON schema."""
    import json

    from bongsu.cli import law_facts

    chosen = law_facts.chosen(regime)
    if template:
        print(law_facts.template(chosen), end="")
    else:
        print(json.dumps(chosen.record.model_json_schema(), indent=1, ensure_ascii=False))


@law_app.command(
    epilog="Examples: `bongsu law duty --hs 850760 --from KR --to US --on 2026-06-30 --preference KORUS --use ev` · "
    "`bongsu law duty --hs 850760 --from CN --to US --on 2025-11-10 --use other --value 100000 --json`"
)
def duty(
    hs: Annotated[str, typer.Option("--hs", help="HS code, 6 to 10 digits, with or without dots.")],
    origin: Annotated[str, typer.Option("--from", help="Country of origin (ISO code).")],
    destination: Annotated[str, typer.Option("--to", help="Country of entry (ISO code).")],
    date: OnOption,
    known: LatestOption = None,
    preference: Annotated[
        str | None, typer.Option("--preference", help="Preference claimed and met, such as USMCA, KORUS or CKFTA.")
    ] = None,
    use: Annotated[str | None, typer.Option("--use", help="Use of batteries and parts: ev or other.")] = None,
    value: Annotated[str | None, typer.Option("--value", help="Customs value, for the amount.")] = None,
    us_content: Annotated[
        str | None, typer.Option("--us-content", help="Approved US content of a vehicle, % of value.")
    ] = None,
    exporter: Annotated[str | None, typer.Option("--exporter", help="Exporter named in a trade-remedy notice.")] = None,
    take: Annotated[
        list[str] | None,
        typer.Option("--take", help="Branch of an open question, as question=branch; may be repeated."),
    ] = None,
    lang: LangOption = "en",
    as_json: JsonOption = False,
) -> None:
    """What is paid at a border on a day: every duty in order, why it applies or not, whether it comes back, and the total."""
    from bongsu.cli import law_facts, law_show

    shell.check_language(lang)
    given = {
        "hs": hs.replace(".", "").replace(" ", ""),
        "origin": origin.upper(),
        "destination": destination.upper(),
        "preference": preference and preference.upper(),
        "use": use,
        "value": value,
        "us_content": us_content,
        "exporter": exporter,
    }
    law = law_show.law_on(date, known, take, latest=True)
    entry = law_facts.record(
        law_facts.chosen("duty"), {k: v for k, v in given.items() if v is not None}, "the command", law_facts.OPTIONS
    )
    try:
        law_show.stack(entry, law, lang, as_json)
    except ValueError as error:
        raise shell.BadInput(str(error)) from None


@law_app.command(
    epilog="Examples: `bongsu law calendar --from 2026-11-01 --to 2027-12-31` · "
    "`bongsu law calendar --from 2026-01-01 --to 2026-12-31 --known 2026-01-31 --lang fr` · "
    "`bongsu law calendar --from 2027-01-01 --to 2035-12-31 --ics law.ics`"
)
def calendar(
    first: Annotated[str, typer.Option("--from", help="First day.")],
    last: Annotated[str, typer.Option("--to", help="Last day.")],
    known: Annotated[
        str | None, typer.Option("--known", help="Use only what was known by this date (default: today).")
    ] = None,
    ics: Annotated[Path | None, typer.Option("--ics", help="Write an iCalendar file too.")] = None,
    lang: LangOption = "en",
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """What starts, ends, changes, sunsets or is decided between two days."""
    from bongsu.cli import law_show

    shell.check_language(lang)
    law_show.calendar(first, last, known, ics, lang, as_json, as_csv)


@law_app.command(
    epilog="Examples: `bongsu law diff 2026-02-20 2026-03-01` · `bongsu law diff 2025-09-30 2025-10-01 --lang ko` · "
    "`bongsu law diff 2025-11-07 2025-11-08 --json`"
)
def diff(
    before: Annotated[str, typer.Argument(help="The earlier day.")],
    after: Annotated[str, typer.Argument(help="The later day.")],
    known: Annotated[
        str | None,
        typer.Option("--known", help="Use only what was known by this date (default: each day as known then)."),
    ] = None,
    lang: LangOption = "en",
    as_json: JsonOption = False,
) -> None:
    """What was other law on the second day than on the first, each as then known."""
    from bongsu.cli import law_show

    shell.check_language(lang)
    law_show.diff(before, after, known, lang, as_json)


@law_app.command(epilog="Examples: `bongsu law check` · `bongsu law check bongsu/law/instruments`")
def check(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder of instruments (default: those of the package).")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Every mistake in the files of instruments at once."""
    from bongsu.cli import law_show

    law_show.check(folder, as_json)
