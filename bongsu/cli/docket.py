"""``bongsu docket``: what the committee has to decide, as plain files; cards of one page and the pack of a quarter."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bongsu.cli import shell
from bongsu.cli.options import JsonOption, LangOption

if TYPE_CHECKING:
    from bongsu.answers.figure import Node
    from bongsu.committee.docket import Docket, Item

docket_app = typer.Typer(
    help="Docket: questions, figures, options, decisions and follow-up as plain files; project cards and the quarterly pack.",
    no_args_is_help=True,
)

FolderOption = Annotated[Path, typer.Option("--docket", help="Folder of the docket.")]
TodayOption = Annotated[
    str | None, typer.Option("--today", help="Day on which it is asked, such as 2026-11-28 (default: today).")
]
ReplaceOption = Annotated[
    bool, typer.Option("--replace", help="Write over a file that is there; the version before is kept in .history/.")
]
ItemArgument = Annotated[
    str, typer.Argument(help="Identifier of an item of the docket, or an item's file.", metavar="ITEM")
]


@docket_app.command(
    epilog='Examples: `bongsu docket new lfp-canada --question "Who makes LFP cathode in Canada?" --owner ISED --due 2026-12-15` · '
    "`bongsu docket new lfp-canada --question ... --owner ISED --from out/exchange.json --figure 'exchange.covered:*' --replace`"
)
def new(
    name: Annotated[str, typer.Argument(help="Identifier: small letters, digits and hyphens.", metavar="ITEM")],
    question: Annotated[str, typer.Option("--question", help="What is to be decided.")],
    owner: Annotated[str, typer.Option("--owner", help="Who has it in hand.")],
    title: Annotated[
        str | None,
        typer.Option("--title", help="Title (default: the name of the project in three languages, else the question)."),
    ] = None,
    due: Annotated[str | None, typer.Option("--due", help="Day by which it is to be decided.")] = None,
    project: Annotated[str | None, typer.Option("--project", help="Identifier of the project it is about.")] = None,
    option: Annotated[
        list[str] | None, typer.Option("--option", help="An option, as NAME=TEXT; may be given several times.")
    ] = None,
    source: Annotated[
        list[Path] | None,
        typer.Option(
            "--from", help="Answer of a function of the committee, such as out/exchange.json, to carry figures from."
        ),
    ] = None,
    figure: Annotated[
        list[str] | None,
        typer.Option("--figure", help="Names of figures to carry, with * for any text (default: all of --from)."),
    ] = None,
    form: Annotated[str, typer.Option("--form", help="md (Markdown with front matter) or yaml.")] = "md",
    as_of: Annotated[str | None, typer.Option("--as-of", help="Day of the facts behind the figures.")] = None,
    docket: FolderOption = Path("docket"),
    today: TodayOption = None,
    replace: ReplaceOption = False,
    lang: LangOption = "en",
) -> None:
    """Begin an item; figures of answers are carried in with the names by which `bongsu why` finds them."""
    shell.check_language(lang)
    if form not in ("md", "yaml"):
        raise shell.BadInput(f"there is no form {form!r}; use md or yaml")
    from bongsu.cli import keep
    from bongsu.committee.docket import Item, text_of

    data: dict[str, Any] = {
        "id": name,
        "title": title or (_project_title(project) if project else None) or question,
        "question": question,
        "owner": owner,
        "opened": _day(today),
        "due": _day(due) if due else None,
        "project": project,
        "options": [_option(text) for text in option or ()],
    }
    item = _made(lambda: Item.model_validate(data))
    figures = _figures(source or (), figure)
    if figures:
        item = _made(lambda: item.carrying(figures, _day(as_of) if as_of else None))
    other = next((docket / f"{name}{suffix}" for suffix in (".md", ".yaml", ".yml") if suffix != f".{form}"), None)
    if other is not None and other.exists():
        raise shell.BadInput(f"{other} holds the item {name} already; write it in that form, or move the file away")
    path = docket / f"{name}.{form}"
    kept = keep.put(path, text_of(item, path.name), replace)
    _told(path, kept, lang)


@docket_app.command(
    epilog='Examples: `bongsu docket decide lfp-canada --option study --by "Joint committee" --text "Begin with a joint study"` · '
    '`bongsu docket decide lfp-canada --withdraw --by "Joint committee" --text "New duty since"`'
)
def decide(
    name: ItemArgument,
    by: Annotated[str, typer.Option("--by", help="Who decided.")],
    text: Annotated[str, typer.Option("--text", help="What was decided, or why it is taken back.")],
    option: Annotated[str | None, typer.Option("--option", help="Option decided for.")] = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take the decision back; the log keeps both.")] = False,
    on: Annotated[str | None, typer.Option("--on", help="Day of the decision (default: today).")] = None,
    docket: FolderOption = Path("docket"),
    lang: LangOption = "en",
) -> None:
    """Add a decision to the log of an item, or take the last one back; nothing of the log is ever lost."""
    shell.check_language(lang)
    from bongsu.cli import keep
    from bongsu.committee.docket import Decision, text_of

    item, path = _one(name, docket)
    if withdraw and item.decision is None:
        raise shell.BadInput(f"{item.id} has no decision to take back")
    what: Any = "withdrawn" if withdraw else "decided"
    entry = _made(lambda: Decision(what=what, on=_day(on), by=by, option=option, text=text))
    changed = _made(lambda: item.decide(entry))
    _told(path, keep.put(path, text_of(changed, path.name), replace=True), lang)


@docket_app.command(
    "list",
    epilog="Examples: `bongsu docket list` · `bongsu docket list --docket examples/docket --today 2026-11-28 --lang ko`",
)
def list_(
    docket: FolderOption = Path("docket"),
    today: TodayOption = None,
    lang: LangOption = "en",
    as_json: JsonOption = False,
) -> None:
    """Items of the docket with their state, owner and due date; what is late comes first."""
    shell.check_language(lang)
    from bongsu.committee.docket import Pack, quarter_of, spoken

    day = _day(today)
    held = Pack.of(_read(docket).items.values(), quarter_of(day), day).items
    if as_json:
        rows = [
            {
                "id": one.id,
                "title": spoken(one.title, lang),
                "state": one.state(day),
                "owner": one.owner,
                "due": one.due,
                "decision": spoken(one.decision.text, lang) if one.decision else None,
            }
            for one in held
        ]
        print(json.dumps(rows, indent=1, ensure_ascii=False, default=str))
        return
    from rich.console import Console
    from rich.table import Table

    from bongsu.cli.wording import Wording
    from bongsu.committee.words import said

    words = Wording("docket_words", lang)
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(width=160, highlight=False)
    if not held:
        console.print(words("empty"))
        return
    table = Table(title=words("title", today=day))
    for column in ("item", "name", "state", "owner", "due", "decision"):
        table.add_column(words(column), overflow="fold")
    for one in held:
        state = said("docket", f"state.{one.state(day)}")[lang]
        decision = spoken(one.decision.text, lang) if one.decision else ""
        table.add_row(one.id, spoken(one.title, lang), state, one.owner, str(one.due or ""), decision)
    console.print(table)


@docket_app.command(
    epilog="Examples: `bongsu docket show lfp-canada --docket examples/docket` · `bongsu docket show lfp-canada --json`"
)
def show(
    name: ItemArgument,
    docket: FolderOption = Path("docket"),
    today: TodayOption = None,
    lang: LangOption = "en",
    as_json: JsonOption = False,
) -> None:
    """One item, whole, as Markdown or as JSON."""
    shell.check_language(lang)
    item, _ = _one(name, docket)
    if as_json:
        print(item.model_dump_json(indent=1))
        return
    from bongsu.brief import card
    from bongsu.brief.text import as_lang
    from bongsu.committee.docket import Card

    shown = Card.of_item(item, figures=10_000, today=_day(today)).citing(_publishers())
    print(card.markdown(shown, as_lang(lang)), end="")
    if item.body:
        print(f"\n{item.body}")


@docket_app.command(
    epilog="Examples: `bongsu docket check` · `bongsu docket check --docket examples/docket --today 2026-11-28 --json`"
)
def check(
    docket: FolderOption = Path("docket"),
    today: TodayOption = None,
    lang: LangOption = "en",
    as_json: JsonOption = False,
) -> None:
    """Every mistake of every item at once (exit code 2), and what is late or missing."""
    shell.check_language(lang)
    from bongsu.cli.wording import Wording
    from bongsu.committee.docket import Docket, DocketError, cautions

    day, errors, remarks, count = _day(today), list[str](), list[str](), 0
    try:
        items = Docket.read(docket).items
        remarks = [text for item in items.values() for text in cautions(item, day)]
        count = len(items)
    except DocketError as error:
        errors = error.problems
    if as_json:
        print(json.dumps({"items": count, "errors": errors, "remarks": remarks}, indent=1, ensure_ascii=False))
    else:
        for text in errors:
            print(f"error: {text}")
        for text in remarks:
            print(f"remark: {text}")
        if not errors:
            print(Wording("docket_words", lang)("sound", count=count, cautions=len(remarks)))
    if errors:
        raise typer.Exit(shell.BAD_INPUT)


@docket_app.command(
    epilog="Examples: `bongsu docket card lfp-canada --docket examples/docket --out out/cards` · "
    "`bongsu docket card lfp-canada --lang ko --format md` · `bongsu docket card docket/lfp-canada.md`"
)
def card(
    name: ItemArgument,
    docket: FolderOption = Path("docket"),
    out: Annotated[Path, typer.Option("--out", help="Folder for the cards.")] = Path("out/cards"),
    form: Annotated[
        str, typer.Option("--format", help="html (print it: one page, A4 or Letter), md, or both.")
    ] = "html",
    lang: Annotated[str, typer.Option("--lang", help="Language: en, ko, fr, or all.")] = "all",
    today: TodayOption = None,
    as_json: JsonOption = False,
) -> None:
    """An item as a card of one printed page, in each language."""
    from bongsu.brief import card as drawn
    from bongsu.committee.docket import Card

    item, _ = _one(name, docket)
    made = Card.of_item(item, today=_day(today))
    if as_json:
        print(item.model_dump_json(indent=1))
        return
    made = made.citing(_publishers())
    for language in _languages(lang):
        for kind in _forms(form):
            text = drawn.html(made, language) if kind == "html" else drawn.markdown(made, language)
            _put(out / f"{item.id}.{language}.{kind}", text, "en" if lang == "all" else lang)


@docket_app.command(
    epilog="Examples: `bongsu docket pack 2026Q4 --docket examples/docket --today 2026-11-28` · "
    "`bongsu docket pack --lang fr --format md --out out/pack`"
)
def pack(
    quarter: Annotated[str | None, typer.Argument(help="Quarter such as 2026Q4 (default: that of today).")] = None,
    docket: FolderOption = Path("docket"),
    out: Annotated[Path, typer.Option("--out", help="Folder for the pack.")] = Path("out/pack"),
    form: Annotated[str, typer.Option("--format", help="html, md, or both.")] = "html",
    lang: Annotated[str, typer.Option("--lang", help="Language: en, ko, fr, or all.")] = "all",
    today: TodayOption = None,
    as_json: JsonOption = False,
) -> None:
    """The pack of a quarter: contents, decisions taken, what is due and overdue, and a card for each item."""
    from bongsu.brief import card as drawn
    from bongsu.committee.docket import Pack, quarter_of

    day = _day(today)
    items = _read(docket).items.values()
    made = _made(lambda: Pack.of(items, quarter or quarter_of(day), day))
    if as_json:
        print(json.dumps(_pack_json(made), indent=1, ensure_ascii=False, default=str))
        return
    named = _publishers()
    made = dataclasses.replace(made, cards=tuple(one.citing(named) for one in made.cards))
    for language in _languages(lang):
        for kind in _forms(form):
            text = drawn.pack_html(made, language) if kind == "html" else drawn.pack_markdown(made, language)
            _put(out / f"pack-{made.quarter}.{language}.{kind}", text, "en" if lang == "all" else lang)


@docket_app.command(epilog="Example: `bongsu docket schema`")
def schema() -> None:
    """JSON Schema of an item (draft 2020-12), for editors and other tools."""
    from bongsu.committee.docket import schema as text

    print(text())


# What the commands share -----------------------------------------------------------------------------------------------------


def _day(text: str | None) -> dt.date:
    """A day as given, or the day it is: only the shell reads a clock."""
    if text is None:
        return dt.date.today()
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise shell.BadInput(f"{text!r} is not a day; write it as 2026-11-28") from None


def _project_title(project: str) -> dict[str, str] | None:
    """The name of a project PROCESS@PLACE in three languages; None where the data pack does not have its process and place."""
    from bongsu.answers.figure import names
    from bongsu.atlas import Atlas, PackError
    from bongsu.committee.words import said

    process, _, place = project.partition(":")[0].partition("@")
    try:
        atlas = Atlas.load(shell.data_folder(None))
    except PackError:
        return None
    if atlas.row("processes", process) is None or atlas.row("places", place) is None:
        return None
    return said("discover", "project", process=names(atlas, "processes", process), place=names(atlas, "places", place))


def _publishers() -> dict[str, str]:
    """Publisher and year of each source of the data pack and of the law, by identifier; of the law alone without a pack."""
    from bongsu.atlas import Atlas, PackError
    from bongsu.cli.trees import publishers, sources_of
    from bongsu.law import Law

    law = Law.load()
    try:
        sources = sources_of(Atlas.load(shell.data_folder(None)), law)
    except PackError:
        sources = law.sources
    return publishers(sources)


def _made(make: Any) -> Any:
    """What ``make`` gives; what is wrong with the input as one sentence."""
    from pydantic import ValidationError

    from bongsu.committee.docket.files import sentences

    try:
        return make()
    except ValidationError as error:
        raise shell.BadInput(" ".join(sentences(error))) from None
    except ValueError as error:
        raise shell.BadInput(str(error)) from None


def _read(folder: Path) -> Docket:
    from bongsu.committee.docket import Docket, DocketError

    try:
        return Docket.read(folder)
    except DocketError as error:
        raise shell.BadInput(str(error)) from None


def _one(name: str, folder: Path) -> tuple[Item, Path]:
    """An item by its identifier, or by its file, with its file."""
    from bongsu.committee.docket import DocketError, parse

    path = Path(name)
    if path.suffix in (".md", ".yaml", ".yml"):
        if not path.is_file():
            raise shell.BadInput(f"there is no file {path}")
        try:
            return parse(path.read_text(encoding="utf-8"), path.name), path
        except DocketError as error:
            raise shell.BadInput(str(error)) from None
        except UnicodeDecodeError:
            raise shell.BadInput(f"{path} is not UTF-8; save it as UTF-8") from None
    held = _read(folder)
    if name not in held.items:
        known = ", ".join(held.items) or "none"
        raise shell.BadInput(f"there is no item {name!r} in {folder}; there are {known}")
    return held.items[name], held.files[name]


def _option(text: str) -> dict[str, str]:
    name, sign, said = text.partition("=")
    if not sign or not said.strip():
        raise shell.BadInput(f"{text!r} is no option; write NAME=TEXT")
    return {"option": name.strip(), "title": said.strip()}


def _figures(sources: Iterable[Path], patterns: list[str] | None) -> dict[str, Node]:
    """Figures of answers by name, those that match a pattern; every pattern must match one."""
    from bongsu.answers.figure import Node
    from bongsu.committee.docket.card import matching

    held: dict[str, Mapping[str, Any]] = {}
    for path in sources:
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            held |= data["figures"]
        except (OSError, ValueError, KeyError, TypeError):
            raise shell.BadInput(
                f"{path} is no answer of the committee; write one with --out, such as out/exchange.json"
            ) from None
    if patterns and not held:
        raise shell.BadInput("--figure needs --from, the file of an answer such as out/exchange.json")
    for pattern in patterns or ():
        if not matching(held, [pattern]):
            raise shell.BadInput(
                f"no figure is called {pattern!r} in the answers given; they have {', '.join(sorted(held)[:5])}, …"
            )
    names = matching(held, patterns) if patterns else list(held)
    return {name: Node.of(held[name]) for name in names}


def _languages(lang: str) -> tuple[Any, ...]:
    if lang == "all":
        return ("en", "ko", "fr")
    shell.check_language(lang)
    return (lang,)


def _forms(form: str) -> tuple[str, ...]:
    if form not in ("html", "md", "both"):
        raise shell.BadInput(f"there is no format {form!r}; use html, md or both")
    return ("html", "md") if form == "both" else (form,)


def _put(path: Path, text: str, lang: str) -> None:
    """Write a page that can be made again at any time."""
    from bongsu.cli.results import write_text

    write_text(path, text)
    _told(path, None, lang)


def _told(path: Path, kept: Path | None, lang: str) -> None:
    from bongsu.cli.wording import Wording

    words = Wording("docket_words", lang)
    shell.say(words("wrote", path=path))
    if kept is not None:
        shell.say(words("kept", path=kept))


def _pack_json(pack: Any) -> dict[str, Any]:
    return {
        "quarter": pack.quarter,
        "first": pack.first,
        "last": pack.last,
        "today": pack.today,
        "items": [json.loads(item.model_dump_json()) | {"state": item.state(pack.today)} for item in pack.items],
        "decided": [{"item": item.id, **json.loads(entry.model_dump_json())} for item, entry in pack.decided],
        **{
            key: [
                {
                    "item": one.item.id,
                    "day": one.day,
                    "step": json.loads(one.step.model_dump_json()) if one.step else None,
                }
                for one in dues
            ]
            for key, dues in (("due", pack.due), ("overdue", pack.overdue))
        },
    }
