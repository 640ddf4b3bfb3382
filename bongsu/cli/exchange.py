"""``bongsu exchange``: who can do what, who looks for what, and what nobody covers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bongsu.cli import shell
from bongsu.cli.options import AsOfOption, DataOption, JsonOption, LangOption

if TYPE_CHECKING:
    from bongsu.committee import Answer
    from bongsu.committee.exchange import Register

exchange_app = typer.Typer(
    help="Technology: find partners for a need, see what nobody covers, look up an organisation.", no_args_is_help=True
)

CsvOption = Annotated[bool, typer.Option("--csv", help="Print the table as CSV.")]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", help="Folder for exchange.json (for `bongsu why`) and the tables as CSV and JSON."),
]


@exchange_app.command(
    epilog='Examples: `bongsu exchange find "dry electrode"` · `bongsu exchange find 건식전극 --lang ko --for CA` · '
    '`bongsu exchange find "électrodes à sec" --lang fr --weight readiness=0.5 --out out` · `bongsu exchange find hq-solid-state`'
)
def find(
    need: Annotated[
        str,
        typer.Argument(help="What is looked for, in English, Korean or French, or the name of a need of the register."),
    ],
    country: Annotated[
        str | None,
        typer.Option("--for", help="Country of the asker (CA, KR, …): partners of the other side come first."),
    ] = None,
    weight: Annotated[
        list[str] | None,
        typer.Option(
            "--weight", help="Weight of a criterion, such as readiness=0.5 (topic, readiness, evidence, country)."
        ),
    ] = None,
    top: Annotated[int, typer.Option("--top", help="How many partners to show.", min=1)] = 10,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the draws for stability.", min=0)] = 0,
    draws: Annotated[int, typer.Option("--draws", help="Draws for stability.", min=1, max=100_000)] = 2000,
    data: DataOption = None,
    as_of: AsOfOption = None,
    lang: LangOption = "en",
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    out: OutOption = None,
) -> None:
    """Ranked partners for a need, with reasons, flags of law, and how stable the ranking is."""
    register = _register(data, as_of, lang, as_json or as_csv)
    from bongsu.committee import exchange

    try:
        found = exchange.find(
            register,
            need,
            country=_known(register, "--for", "country", country),
            weights=_weights(weight),
            draws=draws,
            seed=seed,
        )
    except exchange.Unmatched as error:
        raise shell.BadInput(f"{error}; `bongsu exchange topics` lists all") from None
    except ValueError as error:
        raise shell.BadInput(str(error)) from None
    _answer(found.answer, "partners", as_json, as_csv, out, lang, lambda: _show_found(register, found, top, lang))


@exchange_app.command(epilog="Examples: `bongsu exchange gaps` · `bongsu exchange gaps --lang fr --csv`")
def gaps(
    data: DataOption = None,
    as_of: AsOfOption = None,
    lang: LangOption = "en",
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    out: OutOption = None,
) -> None:
    """Needs that nobody in the register covers, and those that hang on one organisation."""
    register = _register(data, as_of, lang, as_json or as_csv)
    from bongsu.committee import exchange

    answer = exchange.gaps(register)
    _answer(answer, "gaps", as_json, as_csv, out, lang, lambda: _show_gaps(register, answer, lang))


@exchange_app.command(
    epilog="Examples: `bongsu exchange show posco-future-m` · `bongsu exchange show 한국지질자원연구원 --lang ko` · "
    '`bongsu exchange show "Nano One" --json`'
)
def show(
    organisation: Annotated[str, typer.Argument(help="Identifier, or a name in any language.")],
    data: DataOption = None,
    as_of: AsOfOption = None,
    lang: LangOption = "en",
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    out: OutOption = None,
) -> None:
    """What one organisation is shown to do, by what evidence and under what law, and what it looks for."""
    register = _register(data, as_of, lang, as_json or as_csv)
    from bongsu.committee import exchange

    try:
        name = exchange.named(register, organisation)
    except exchange.Unmatched as error:
        hint = f"; did you mean {', '.join(error.near)}?" if error.near else "; `bongsu exchange list` lists all"
        raise shell.BadInput(f"no single organisation of the register is called {organisation!r}{hint}") from None
    answer = exchange.show(register, name)
    _answer(answer, "capabilities", as_json, as_csv, out, lang, lambda: _show_one(register, name, answer, lang))


@exchange_app.command(
    "list", epilog="Examples: `bongsu exchange list` · `bongsu exchange list --country CA --region BC --lang ko`"
)
def list_(
    country: Annotated[str | None, typer.Option("--country", help="Only those of a country, such as KR.")] = None,
    region: Annotated[str | None, typer.Option("--region", help="Only those of a province, such as QC.")] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", help="Only firm, startup, institute, university or agency.")
    ] = None,
    data: DataOption = None,
    as_of: AsOfOption = None,
    lang: LangOption = "en",
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    out: OutOption = None,
) -> None:
    """Organisations of the register with the topics that they are shown to master."""
    register = _register(data, as_of, lang, as_json or as_csv)
    from bongsu.committee import exchange

    kinds = sorted({one.kind for one in register.organisations.values()})
    if kind is not None and kind not in kinds:
        raise shell.BadInput(f"there is no kind {kind!r}; use {', '.join(kinds)}")
    answer = exchange.listed(
        register,
        _known(register, "--country", "country", country),
        _known(register, "--region", "region", region),
        kind,
    )
    _answer(answer, "organisations", as_json, as_csv, out, lang, lambda: _show_list(answer, register, lang))


@exchange_app.command(epilog="Example: `bongsu exchange topics --lang fr`")
def topics(
    data: DataOption = None, as_of: AsOfOption = None, lang: LangOption = "en", as_json: JsonOption = False
) -> None:
    """Fields of technology of the register with their synonyms in the three languages."""
    register = _register(data, as_of, lang, as_json)
    if as_json:
        plain = [
            {
                "topic": t.topic,
                "field": t.field,
                "broader": t.broader,
                "names": dict(t.names),
                "synonyms": list(t.synonyms),
            }
            for t in register.topics.values()
        ]
        print(json.dumps(plain, indent=1, ensure_ascii=False))
        return
    from bongsu.committee.words import said

    console, table = _console_and_table("")
    for name in ("topic", "", "field", ""):
        table.add_column(name, overflow="fold")
    for one in register.topics.values():
        table.add_row(one.topic, one.names[lang], said("exchange", f"field.{one.field}")[lang], "; ".join(one.synonyms))
    console.print(table)


# Reading and writing ---------------------------------------------------------------------------------------------------------


def _register(data: Path | None, as_of: str | None, lang: str, quiet: bool) -> Register:
    shell.check_language(lang)
    from bongsu.committee.exchange import Register
    from bongsu.law import Law

    with shell.working(quiet=quiet) as tell:
        atlas = shell.load_atlas(tell, data, as_of)
        tell("reading the law")
        return Register.read(atlas, Law.load().on(atlas.known))


def _known(register: Register, option: str, field: str, value: str | None) -> str | None:
    """A country or region in capitals, where the register has one of it."""
    if value is None:
        return None
    among = sorted({getattr(one, field) for one in register.organisations.values() if getattr(one, field)})
    if value.upper() not in among:
        raise shell.BadInput(f"no organisation of the register is of {option} {value}; use one of {', '.join(among)}")
    return value.upper()


def _weights(asked: list[str] | None) -> Mapping[str, float]:
    from bongsu.committee.exchange import WEIGHTS

    weights = dict(WEIGHTS)
    for text in asked or ():
        name, _, value = text.partition("=")
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if name not in weights or not 0 <= number < 1e9:
            raise shell.BadInput(
                f"{text!r} is no weight; write one of {', '.join(weights)} with a number, such as topic=0.5"
            )
        weights[name] = number
    return weights


def _answer(answer: Answer, table: str, as_json: bool, as_csv: bool, out: Path | None, lang: str, show: Any) -> None:
    """Print an answer in the form asked for and, where a folder is given, write it."""
    from bongsu.cli import kept

    files = kept.write(answer, out) if out is not None else []
    if as_json:
        print(json.dumps(answer.as_dict(), indent=1, ensure_ascii=False))
    elif as_csv:
        print(answer.tables[table].write_csv(line_terminator="\n"), end="")
    else:
        show()
        if files:
            shell.say(_words(lang)("written", folder=out, files=", ".join(files)))


# Tables ----------------------------------------------------------------------------------------------------------------------


def _words(lang: str) -> Any:
    from bongsu.cli.wording import Wording

    return Wording("exchange_words", lang)


def _console_and_table(title: str) -> tuple[Any, Any]:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(width=180, highlight=False)
    return console, Table(title=title or None)


def _where(country: str | None, region: str | None, lang: str) -> str:
    """Province and country in words."""
    from bongsu.answers.figure import country_name, region_name

    words = [region_name(region)[lang]] if region else []
    return ", ".join([*words, *([country_name(country)[lang]] if country else [])])


def _flags(text: str, register: Register, lang: str) -> str:
    """Flags of law: the instrument by its title, and what it reaches."""
    from bongsu.committee.words import said

    def one(flag: str) -> str:
        name, _, reach = flag.rpartition(":")
        word = said("exchange", f"reach.{reach}")[lang]
        if name == "?":
            return word
        title = register.law.law[name].title[lang] if register.law is not None else name
        return f"{title}{chr(0xA0) if lang == 'fr' else ''}: {word}"

    return "\n".join(one(flag) for flag in text.split(";"))


def _ip(text: str | None, words: Any, lang: str) -> str:
    from bongsu.committee.words import said

    return ", ".join(said("exchange", f"ip.{one}")[lang] for one in text.split(";")) if text else str(words("unknown"))


def _show_found(register: Register, found: Any, top: int, lang: str) -> None:
    from bongsu.atlas.typeset import korean

    words = _words(lang)
    named = ", ".join(register.topics[name].names[lang] for name in found.need.topics)
    console, table = _console_and_table(words("title", need=found.need.statement[lang]))
    rows = found.answer.tables["partners"].head(top).to_dicts()
    console.print(words("understood", topics=named))
    if not rows:
        console.print(words("nobody"))
        return
    for column in (
        "rank",
        "who",
        "country",
        "topic",
        "statement",
        "readiness",
        "ip",
        "flags",
        "score",
        "first",
        "ranks",
    ):
        right = column in ("rank", "readiness", "score", "first")
        table.add_column(words(column), justify="right" if right else "left", overflow="fold")
    for row in rows:
        score = words.number(row["score"])
        if row["high"] > row["low"]:
            score += f" ({words.number(row['low'])}–{words.number(row['high'])})"
        table.add_row(
            str(row["rank"]),
            row[f"name_{lang}"],
            _where(row["country"], row["region"], lang),
            register.topics[row["topic"]].names[lang],
            row[f"statement_{lang}"],
            words("unknown") if row["readiness"] is None else str(row["readiness"]),
            _ip(row["ip"], words, lang),
            _flags(row["flags"], register, lang),
            score,
            words.percent(row["first"]),
            f"{row['best']}–{row['worst']}",
        )
    console.print(table)
    console.print(words("reasons"))
    for row, one in zip(rows, found.partners, strict=False):
        parts = {name: _range(one.criteria[name], words) for name in ("topic", "readiness", "evidence", "country")}
        said = words("by", number=row["rank"], who=row[f"name_{lang}"], source=_cited(row, register, words), **parts)
        console.print("  " + said, markup=False)
    text = words("stable", who=rows[0][f"name_{lang}"], share=words.percent(rows[0]["first"]))
    console.print(korean(text) if lang == "ko" else text)


def _cited(row: Mapping[str, Any], register: Register, words: Any) -> str:
    """The source of a row: title, publisher and year; that there is none, where it is assumed."""
    source = register.atlas.row("sources", row["source"]) if row["source"] else None
    if source is None:
        return words("no_source")
    return ", ".join(
        part for part in (str(source["title"]), source["publisher"], str(source["date"] or "")[:4]) if part
    )


def _range(bounds: tuple[float, float], words: Any) -> str:
    low, high = bounds
    return words.number(low) if low == high else f"{words.number(low)}–{words.number(high)}"


def _show_gaps(register: Register, answer: Answer, lang: str) -> None:
    from bongsu.committee.words import said

    words, rows = _words(lang), answer.tables["gaps"].to_dicts()
    counts = {state: sum(1 for row in rows if row["state"] == state) for state in ("none", "one")}
    console, table = _console_and_table(words("gaps", **counts))
    for column in ("need", "who", "country", "topic", "statement", "covered", "across"):
        table.add_column(words(column), overflow="fold", justify="right" if column == "across" else "left")
    for row in rows:
        who = [register.organisations[name].names[lang] for name in row["organisations"].split(";") if name]
        table.add_row(
            row["need"],
            register.organisations[row["organisation"]].names[lang] if row["organisation"] else "",
            _where(row["country"], None, lang),
            register.topics[row["topic"]].names[lang],
            row[f"statement_{lang}"],
            ", ".join(who) or said("exchange", "state.none")[lang],
            str(row["across"]),
        )
    console.print(table)


def _show_one(register: Register, name: str, answer: Answer, lang: str) -> None:
    from bongsu.cli.trees import sources_of
    from bongsu.committee.words import said

    words, one = _words(lang), register.organisations[name]
    place = register.atlas.name("places", one.place, lang) if one.place else ""
    where = ", ".join(filter(None, (place, _where(one.country, one.region, lang))))
    console, table = _console_and_table(words("capabilities", who=f"{one.names[lang]} ({where})"))
    rows = answer.tables["capabilities"].to_dicts()
    sources = sources_of(register.atlas, None)
    for column in ("topic", "statement", "readiness", "ip", "flags", "holding", "confidence", "source"):
        table.add_column(words(column), overflow="fold", justify="right" if column == "readiness" else "left")
    for row in rows:
        table.add_row(
            register.topics[row["topic"]].names[lang],
            row[f"statement_{lang}"],
            words("unknown") if row["readiness"] is None else str(row["readiness"]),
            _ip(row["ip"], words, lang),
            _flags(row["flags"], register, lang),
            said("exchange", f"holding.{row['holding']}")[lang],
            said("regions", f"trust.{row['confidence']}")[lang],
            str(sources[row["source"]]["title"]) if row["source"] in sources else words("unknown"),
        )
    console.print(table if rows else words("none"))
    wanted = answer.tables["needs"].to_dicts()
    if wanted:
        console.print(words("needs", who=one.names[lang]))
        for row in wanted:
            console.print(f"  {row['need']}: {register.topics[row['topic']].names[lang]} — {row[f'statement_{lang}']}")


def _show_list(answer: Answer, register: Register, lang: str) -> None:
    from bongsu.committee.words import said

    words = _words(lang)
    console, table = _console_and_table(words("organisations"))
    for column in ("who", "kind", "country", "topics"):
        table.add_column(words(column), overflow="fold")
    for row in answer.tables["organisations"].to_dicts():
        table.add_row(
            f"{row[f'name_{lang}']} [dim]{row['organisation']}[/dim]",
            said("exchange", f"kind.{row['kind']}")[lang],
            _where(row["country"], row["region"], lang),
            ", ".join(register.topics[name].names[lang] for name in row["topics"].split(";") if name),
        )
    console.print(table)
