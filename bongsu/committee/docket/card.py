"""A project on one page: what the functions of the committee say of it, each figure with the name by which ``why`` finds it.

A card is content only; how it is drawn, and in which language, is the brief's (``bongsu/brief/card.py``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

import polars as pl

from bongsu.answers.figure import LANGUAGES, Node
from bongsu.committee.answer import Answer
from bongsu.committee.docket.item import Decision, Figure, Gate, Item, Option, Step, Text, spoken
from bongsu.committee.project import Gate as Condition
from bongsu.committee.project import Project

#: Order of the parts of a card; other rooms follow by name.
ROOMS = ("discover", "attract", "regions", "link", "exchange")
#: Figures and rows that a part shows by default.
FIGURES, ROWS = 6, 4


@dataclass(frozen=True)
class Amount:
    """A number with its unit that is part of a figure shown, or stands in a table; ``kind`` as in :class:`Figure`."""

    value: float | None
    unit: str = ""
    kind: str = "number"


Cell = str | float | int | bool | Amount | None
#: What stands in a row: the figure of a name, or a number that belongs to one.
Shown = str | Amount


@dataclass(frozen=True)
class Sentence:
    """A phrase of the docket's words with numbers, texts by language and plain texts in it."""

    key: str
    parts: Mapping[str, Amount | Text] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """A row of a part of a page: what it is in few words, and by column nothing that is known, one value, or both ends of a range.

    Attributes:
        cells: names of figures of the part, or numbers that belong to them.
        digits: how many digits of it are known; as many as the page shows where it is 0.
        reason: why a column has none.
        about: what is to be added in small letters.
        bare: the unit stands in the label.
        none: what stands for a value that there is not, where it is known that there is none.
    """

    label: Text
    cells: tuple[tuple[Shown, ...], ...]
    digits: int = 0
    reason: Text | None = None
    about: Sentence | None = None
    bare: bool = False
    none: Text | None = None


@dataclass(frozen=True)
class Bars:
    """A picture of sums and their parts: by row a name, the sum, and the parts (None where they are not known)."""

    title: Text
    unit: str
    parts: tuple[Text, ...]
    rows: tuple[tuple[Text, float, tuple[float | None, ...]], ...]


@dataclass(frozen=True)
class Curve:
    """A picture of an amount by year."""

    title: Text
    unit: str
    points: tuple[tuple[int, float], ...]


Picture = Bars | Curve


@dataclass(frozen=True)
class Brought:
    """What a side brings to a project and who brings it; ``shown`` = with a source, None where that is no question."""

    country: str
    brings: str
    who: tuple[tuple[Text, bool | None], ...]


@dataclass(frozen=True)
class Table:
    """A small table: name ``ROOM.TABLE``, names of its columns, rows; ``left`` rows of the whole table are not shown.

    ``figures`` are the names by which ``why`` finds what stands in it, where they are no rows of the part.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    left: int = 0
    figures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """The part of one room; ``left`` figures of it that bear on the project are not shown.

    Attributes:
        title: what the part is called; else the room.
        rows: how the figures are laid out under ``columns``; without, each figure has a row of its own.
        pictures, notes: what is drawn, and what is said below.
    """

    room: str
    figures: tuple[Figure, ...]
    tables: tuple[Table, ...] = ()
    left: int = 0
    title: Text | None = None
    columns: tuple[Text, ...] = ()
    rows: tuple[Row, ...] = ()
    pictures: tuple[Picture, ...] = ()
    notes: tuple[Sentence, ...] = ()


@dataclass(frozen=True)
class Card:
    """What stands on the page.

    Attributes:
        name: identifier of the item or the project.
        title, question: by language, or one text for all.
        project: the project; None for a question without one.
        sections: figures and tables by room, in the order of the page.
        gates: conditions that must hold first.
        options, decision, log, owner, due, steps: of the docket item, where there is one; ``log`` is all entries.
        as_of: day of the facts; ``today``: day of the page, for what is due.
        brought: who brings what, in place of the partners of the project; ``summary``: what it comes to, in sentences.
    """

    name: str
    title: Text
    question: Text | None = None
    project: Project | None = None
    sections: tuple[Section, ...] = ()
    gates: tuple[Gate, ...] = ()
    options: tuple[Option, ...] = ()
    decision: Decision | None = None
    log: tuple[Decision, ...] = ()
    owner: str | None = None
    due: dt.date | None = None
    steps: tuple[Step, ...] = ()
    as_of: dt.date | None = None
    today: dt.date | None = None
    brought: tuple[Brought, ...] = ()
    summary: tuple[Sentence, ...] = ()

    @classmethod
    def of(
        cls,
        project: Project,
        answers: Sequence[Answer],
        *,
        item: Item | None = None,
        title: Text | None = None,
        gates: Sequence[Condition] = (),
        choose: Mapping[str, Sequence[str]] | None = None,
        tables: Mapping[str, Sequence[str]] | None = None,
        figures: int = FIGURES,
        rows: int = ROWS,
        as_of: dt.date | None = None,
        today: dt.date | None = None,
    ) -> Card:
        """The card of a project from the answers of the committee's functions.

        Args:
            item: docket item whose question, options, decision and follow-up go on the page; its own figures follow those of the
                answers, which win where both hold one.
            title: what the page is called; else the item's title, else the project's identifier.
            gates: conditions of the project, with their evidence.
            choose: by room, patterns of names of figures in the order wanted, such as ``{"discover": ["discover.value:*"]}``. A
                room that is not in it shows figures of the project (``ROOM.FIGURE:PROJECT``), then those of no subject.
            tables: by ``ROOM.TABLE`` the columns to show; ``name`` stands for the name in the language of the page. None by
                default.
            figures, rows: most of each in a part.
        """
        by_room: dict[str, Answer] = {}
        for one in answers:
            by_room[one.room] = by_room[one.room] | one if one.room in by_room else one
        sections = {
            room: _section(one, project, choose, tables or {}, figures, rows, as_of) for room, one in by_room.items()
        }
        if item is not None:
            _join(sections, item.figures, figures)
        return cls(
            name=item.id if item else project.project,
            title=title or (item.title if item else project.project),
            question=item.question if item else None,
            project=project,
            sections=_ordered(sections),
            gates=tuple(_gate(one) for one in gates) or (item.gates if item else ()),
            as_of=as_of,
            today=today,
            **_of_item(item),  # type: ignore[arg-type]
        )

    @classmethod
    def of_item(cls, item: Item, *, figures: int = FIGURES, today: dt.date | None = None) -> Card:
        """The card of a docket item alone, with the figures that it holds."""
        sections: dict[str, Section] = {}
        _join(sections, item.figures, figures)
        taken = max((one.taken for one in item.figures if one.taken), default=None)
        return cls(
            name=item.id,
            title=item.title,
            question=item.question,
            sections=_ordered(sections),
            gates=item.gates,
            as_of=taken,
            today=today,
            **_of_item(item),  # type: ignore[arg-type]
        )

    @property
    def sources(self) -> tuple[str, ...]:
        """Sources behind the figures shown, each once."""
        return tuple(dict.fromkeys(source for part in self.sections for one in part.figures for source in one.sources))

    def citing(self, names: Mapping[str, str]) -> Card:
        """The card with its sources as a reader knows them (publisher and year by identifier), each once."""
        sections = tuple(
            replace(
                part,
                figures=tuple(
                    one.model_copy(
                        update={"sources": tuple(dict.fromkeys(names.get(source, source) for source in one.sources))}
                    )
                    for one in part.figures
                ),
            )
            for part in self.sections
        )
        return replace(self, sections=sections)

    def as_item(self, identifier: str, question: Text, owner: str, opened: dt.date, due: dt.date | None = None) -> Item:
        """The card as a new docket item: its figures and gates with a question to decide."""
        return Item(
            id=identifier,
            title=self.title,
            question=question,
            project=self.project.project if self.project else None,
            opened=opened,
            owner=owner,
            due=due,
            figures=tuple(one for part in self.sections for one in part.figures),
            gates=self.gates,
            options=self.options,
        )


def _of_item(item: Item | None) -> dict[str, object]:
    if item is None:
        return {}
    return {
        "options": item.options,
        "decision": item.decision,
        "log": item.decisions,
        "owner": item.owner,
        "due": item.due,
        "steps": item.followup,
    }


def _section(
    answer: Answer,
    project: Project,
    choose: Mapping[str, Sequence[str]] | None,
    tables: Mapping[str, Sequence[str]],
    figures: int,
    rows: int,
    as_of: dt.date | None,
) -> Section:
    patterns = (choose or {}).get(answer.room)
    names = chosen(answer.figures, project.project) if patterns is None else matching(answer.figures, patterns)
    shown = tuple(Figure.of(name, answer.figures[name], as_of) for name in names[:figures])
    held = tuple(
        _table(f"{answer.room}.{name}", table, tables[f"{answer.room}.{name}"], rows)
        for name, table in answer.tables.items()
        if f"{answer.room}.{name}" in tables
    )
    return Section(answer.room, shown, held, len(names) - len(shown))


def chosen(figures: Iterable[str], project: str) -> list[str]:
    """Names of the figures that bear on a project: those of it, then those of no subject; each kind in the order given."""
    own, general = list[str](), list[str]()
    for name in figures:
        subject = name.partition(":")[2]
        if subject == project or subject.startswith((f"{project}/", f"{project}:")):
            own.append(name)
        elif not subject:
            general.append(name)
    return own + general


def matching(figures: Iterable[str], patterns: Sequence[str]) -> list[str]:
    """Names that match a pattern, in the order of the patterns, each once."""
    names = list(figures)
    return list(dict.fromkeys(name for pattern in patterns for name in names if fnmatchcase(name, pattern)))


def _table(name: str, table: pl.DataFrame, columns: Sequence[str], rows: int) -> Table:
    """Rows of a table with its columns; a column ``name`` is kept in every language, as ``name_en`` and so on."""
    kept = [
        whole
        for column in columns
        for whole in ([column] if column in table.columns else [f"{column}_{language}" for language in LANGUAGES])
    ]
    missing = [column for column in kept if column not in table.columns]
    if missing:
        raise ValueError(f"the table {name} has no column {missing[0]!r}; it has {', '.join(table.columns)}")
    shown = table.select(kept).head(rows)
    return Table(
        name, tuple(kept), tuple(tuple(map(_cell, row)) for row in shown.iter_rows()), table.height - shown.height
    )


def _cell(value: object) -> Cell:
    return value if isinstance(value, (str, float, int, bool, Amount)) or value is None else str(value)


def _gate(gate: Condition) -> Gate:
    return Gate(gate=gate.gate, outcome=gate.outcome.value, evidence=tuple(_evidence(node) for node in gate.evidence))


def _evidence(node: Node) -> Text:
    return {language: node.label[language] for language in LANGUAGES if node.label.get(language)}  # type: ignore[misc]


def _join(sections: dict[str, Section], figures: Iterable[Figure], most: int) -> None:
    """Add the figures of an item to the parts of their rooms, where they are not there yet."""
    for one in figures:
        room = one.why.partition(".")[0]
        held = sections.get(room, Section(room, ()))
        if any(one.why == other.why for other in held.figures):
            continue
        full = len(held.figures) >= most
        sections[room] = Section(
            room, held.figures if full else (*held.figures, one), held.tables, held.left + (1 if full else 0)
        )


def _ordered(sections: Mapping[str, Section]) -> tuple[Section, ...]:
    def order(room: str) -> tuple[int, str]:
        return (ROOMS.index(room) if room in ROOMS else len(ROOMS), room)

    return tuple(
        sections[room] for room in sorted(sections, key=order) if sections[room].figures or sections[room].tables
    )


def title_in(card: Card, language: str) -> str:
    """The title of a card in a language."""
    return spoken(card.title, language)
