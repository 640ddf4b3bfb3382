"""The card of a project from the answers of discover, attract, regions and link: what a minister's office asks of it on one page.

Which figures stand on it, in which order and in how many words, is chosen here; what is not known stays on it as unknown, with its
reason. Every figure keeps the name by which ``why`` finds it.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any, Final, cast

import polars as pl

from bongsu.answers.figure import LANGUAGES, Node, names, region_name
from bongsu.atlas import Atlas
from bongsu.committee.answer import Answer
from bongsu.committee.docket.card import Amount, Bars, Brought, Card, Cell, Curve, Row, Section, Sentence, Shown, Table
from bongsu.committee.docket.item import Figure, Gate, Text
from bongsu.committee.project import Gate as Condition
from bongsu.committee.project import Partner, Project
from bongsu.committee.words import said

#: What each side is asked to bring, in the order of the page; what else a partner brings follows.
BRINGS: Final = {"CA": ("mineral", "energy", "policy"), "KR": ("process", "capital", "offtake")}
#: What a project is worth is made of these.
PARTS: Final = ("cost_saved", "unmet_avoided", "compliance")
CASES: Final = ("low", "reference", "high")
_DRIVERS, _ALIKE, _PLANTS = 3, 4, 3
#: Notes of regions that say why no jobs in operation are known.
_NO_JOBS: Final = ("unpriced", "unknown_operation")
_MILLION: Final = 1e-6

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Known:
    """What gives things their names: a data pack, and titles of instruments of law by identifier."""

    atlas: Atlas
    instruments: Mapping[str, Mapping[str, str]]

    def item(self, item: str) -> Text:
        """Name of an item."""
        return cast("Text", names(self.atlas, "items", item))

    def place(self, place: str) -> Text:
        """Name of a place."""
        return cast("Text", names(self.atlas, "places", place))


def project_card(
    project: Project,
    answers: Sequence[Answer],
    gates: Sequence[Condition],
    title: Text,
    known: Known,
    *,
    as_of: dt.date | None = None,
    today: dt.date | None = None,
) -> Card:
    """The card of a project, in all languages.

    Args:
        answers: of discover, attract, regions and link; a table of several projects says whose its rows are in ``project``. A room
            that did not answer is left out, or says why not (table ``unanswered``).
        gates: conditions of the project, with their evidence.
        title: of the project.
    """
    held: dict[str, Answer] = {}
    for one in answers:
        held[one.room] = held[one.room] | one if one.room in held else one
    asked = _Asked(project, held, known, as_of)
    return Card(
        name=project.project,
        title=title,
        project=project,
        sections=tuple(part for part in asked.sections() if part.figures or part.rows or part.notes or part.tables),
        gates=tuple(_gate(gate) for gate in gates),
        as_of=as_of,
        today=today,
        brought=tuple(brought(project, known)),
        summary=asked.summary(),
    )


def brought(project: Project, known: Known) -> Iterator[Brought]:
    """Who brings what, by side; what a side is asked for and nobody brings has nobody."""
    for country, wanted in BRINGS.items():
        own = [one for one in project.partners if one.country == country]
        for brings in dict.fromkeys((*wanted, *(one.brings for one in own))):
            named = [one for one in own if one.brings == brings]
            yield Brought(country, brings, tuple(_who(one, project, known) for one in named))


def _who(one: Partner, project: Project, known: Known) -> tuple[Text, bool | None]:
    if one.brings == "policy" and one.name in known.instruments:
        return cast("Text", dict(known.instruments[one.name])), None
    if one.brings == "energy" and one.name == project.region:
        return cast("Text", region_name(one.name)), None
    return one.name, one.source is not None


class _Asked:
    """What the rooms say of one project."""

    def __init__(self, project: Project, answers: Mapping[str, Answer], known: Known, taken: dt.date | None) -> None:
        self.project, self.answers, self.known, self.taken = project, answers, known, taken

    def name(self, room: str, figure: str) -> str:
        return f"{room}.{figure}:{self.project.project}"

    def node(self, name: str) -> Node | None:
        answer = self.answers.get(name.partition(".")[0])
        return answer.figures.get(name) if answer else None

    def value(self, room: str, figure: str) -> float | None:
        node = self.node(self.name(room, figure))
        return None if node is None or node.value is None or not math.isfinite(node.value) else node.value

    def rows(self, room: str, table: str) -> Rows:
        """Rows of a table that are of the project."""
        answer = self.answers.get(room)
        if answer is None or table not in answer.tables:
            return []
        found = answer.tables[table]
        if "project" in found.columns:
            found = found.filter(pl.col("project") == self.project.project)
        return found.to_dicts()

    def figures(self, rows: Iterable[Row], more: Iterable[str] = ()) -> tuple[Figure, ...]:
        """The figures that rows name, each once, in their order."""
        used = [one for row in rows for cell in row.cells for one in cell if isinstance(one, str)]
        held = {name: self.node(name) for name in dict.fromkeys((*used, *more))}
        return tuple(Figure.of(name, node, self.taken) for name, node in held.items() if node is not None)

    def row(self, label: str, name: str, **parts: Any) -> Row | None:
        """A row of one figure; None where the room does not have it."""
        node = self.node(name)
        return Row(_text(f"row.{label}", **parts), ((name,),), none=_none(node)) if node is not None else None

    def unanswered(self, room: str) -> tuple[Sentence, ...]:
        return tuple(Sentence("note.unanswered", {"reason": row["reason"]}) for row in self.rows(room, "unanswered"))

    def sections(self) -> list[Section]:
        return [self.worth(), self.owner(), self.movers(), self.public(), self.region(), self.links()]

    # Worth to the chain ---------------------------------------------------------------------------------------------------

    def worth(self) -> Section:
        values = next(iter(self.rows("discover", "values")), {})
        second = (values.get("second_site") or "").partition("@")[2]
        rows = [
            self.row("value", self.name("discover", "value")),
            self.row("second", self.name("discover", "second"), place=self.known.place(second) if second else ""),
            self.row("resilience", self.name("discover", "resilience")),
        ]
        shown = [row for row in rows if row]
        cases = self.cases(values)
        own = [self.name("discover", "case_value") + f"/{case['case']}" for case in cases]
        own = [name for name in own if self.node(name) is not None]
        return Section(
            "discover",
            self.figures(shown, own),
            title=_text("part.worth"),
            tables=(replace(_case_table(cases), figures=tuple(own)),) if cases else (),
            rows=tuple(shown),
            pictures=(_bars(cases),) if cases else (),
            notes=(*self.ranks(), *_penalties(cases), *self.places()),
        )

    def cases(self, values: Mapping[str, Any]) -> Rows:
        """Worth and its parts in the cases that were planned, in millions; parts are None where they are not told."""
        own = {row["case"]: row for row in self.rows("discover", "cases") if row.get("value") is not None}
        if values.get("value") is not None:
            own.setdefault("reference", dict(values))
        return [
            {
                "case": case,
                "worth": own[case]["value"] * _MILLION,
                **{part: _scaled(own[case].get(part)) for part in PARTS},
                "mostly_penalty": own[case].get("mostly_penalty"),
            }
            for case in dict.fromkeys((*CASES, *own))
            if case in own
        ]

    def ranks(self) -> tuple[Sentence, ...]:
        values, moved = self.rows("discover", "values"), self.rows("discover", "stability")
        if not values or not moved:
            return ()
        count = self.answers["discover"].tables["values"].height
        best, worst = moved[0]["rank_best"], moved[0]["rank_worst"]
        key = "note.rank" if best == worst else "note.ranks"
        ends = {"rank": values[0]["rank"], "count": count, "best": best, "worst": worst}
        return (Sentence(key, {name: Amount(float(end)) for name, end in ends.items()}),)

    def places(self) -> tuple[Sentence, ...]:
        """Other places that are worth as much, and what the next costs."""
        others = [row for row in self.rows("discover", "sites") if row["site"] != self.project.project]
        alike = [self.known.place(row["place"]) for row in others if row["alike"]][:_ALIKE]
        found = [Sentence("note.alike", {"places": _listed(alike)})] if alike else []
        rest = next((row for row in others if not row["alike"] and row.get("behind") is not None), None)
        if rest:
            less = Amount(rest["behind"], "USD", "money")
            found.append(Sentence("note.next", {"place": self.known.place(rest["place"]), "less": less}))
        return tuple(found)

    # Owner and public -----------------------------------------------------------------------------------------------------

    @property
    def basis(self) -> str:
        """Whether the owner's figures are known after tax (``post_tax``) or before it."""
        return "post_tax" if self.value("attract", "npv_post_tax_real_usd") is not None else "pre_tax"

    def owner(self) -> Section:
        if "attract" not in self.answers:
            return Section("attract", ())
        which, money = self.basis, "USD"
        draws = next(
            (row for row in self.rows("attract", "monte_carlo") if row["measure"] == f"npv_{which}_real"), None
        )
        price = self.name("attract", f"break_even_price_{which}_real_usd")
        planned = _child(self.node(price), said("attract", "price.levelised")["en"])
        worth, even = (
            self.row(f"npv_{which}", self.name("attract", f"npv_{which}_real_usd")),
            self.row("break_even", price),
        )
        payback = self.row("payback", self.name("attract", f"payback_{which}"))
        if worth and draws and draws["p05"] is not None:
            ends = {"low": Amount(draws["p05"], money, "money"), "high": Amount(draws["p95"], money, "money")}
            worth = replace(worth, about=Sentence("about.draws", ends))
        if even and planned is not None:
            even = replace(even, about=Sentence("about.price", {"price": Amount(planned.value, planned.unit, "money")}))
        rows = (
            worth,
            self.row("chance", self.name("attract", "chance_npv_positive")),
            self.row(f"irr_{which}", self.name("attract", f"irr_{which}_nominal")),
            even,
            payback and replace(payback, digits=2),
        )
        shown = tuple(row for row in rows if row)
        return Section(
            "attract",
            self.figures(shown),
            title=_text(f"part.owner_{which}"),
            rows=shown,
            pictures=self.cash(which),
            notes=self.unanswered("attract"),
        )

    def cash(self, which: str) -> tuple[Curve, ...]:
        years = [row for row in self.rows("attract", "cash_flow") if row.get(f"{which}_real_usd") is not None]
        so_far = accumulate(row[f"{which}_real_usd"] * _MILLION for row in years)
        points = tuple((int(row["year"]), total) for row, total in zip(years, so_far, strict=True))
        return (Curve(_text(f"picture.cash_{which}"), "MUSD", points),) if len(points) > 1 else ()

    def movers(self) -> Section:
        """The drivers that move the owner's value most, with the value at both of their ends."""
        found = [row for row in self.rows("attract", "tornado") if row["swing"]][:_DRIVERS]
        rows = tuple(
            Row(
                cast("Text", said("attract", f"driver.{row['driver']}")),
                (
                    () if row["unit"] == "branch" else (_end(row["low"], row["unit"]), _end(row["high"], row["unit"])),
                    (Amount(row["npv_low"] * _MILLION), Amount(row["npv_high"] * _MILLION)),
                ),
                digits=3,
            )
            for row in found
        )
        columns = (_text("column.tried"), _text("column.npv"))
        return Section("attract", (), title=_text("part.movers"), columns=columns if rows else (), rows=rows)

    def public(self) -> Section:
        keys = ("public_support_real_usd", "public_returns_real_usd", "public_even_year", "support_per_job_real_usd")
        shown = tuple(row for key in keys if (row := self.row(key, self.name("attract", key))))
        return Section("attract", self.figures(shown), title=_text("part.public"), rows=shown)

    # Region and links -----------------------------------------------------------------------------------------------------

    def region(self) -> Section:
        """Effects on the region: a row for each quantity, with what announced jobs and what average coefficients give."""
        rows = [
            self.both(f"operation_jobs_{scope}", ("announced", "average"), 2) for scope in ("direct", "total", "net")
        ]
        if not any(rows) and self.node(self.name("regions", "construction_job_years_total_spending_low")):
            why = next((one for one in self.rows("regions", "notes") if one["note"] in _NO_JOBS), None)
            reason = cast("Text", {one: why[one] for one in LANGUAGES}) if why else None
            rows = [Row(_text("row.jobs_direct"), ((), ()), reason=reason)]
        rows.append(self.both("construction_job_years_total", ("spending",), 2))
        shown = tuple(_once(row for row in rows if row))
        return Section(
            "regions",
            self.figures(shown),
            title=_text("part.region", region=region_name(self.project.region)),
            columns=(_text("column.announced"), _text("column.average")) if shown else (),
            rows=shown,
            notes=self.unanswered("regions"),
        )

    def both(self, figure: str, bases: Sequence[str], digits: int) -> Row | None:
        """The low and high end of a quantity on each basis; None where there is none on any."""
        cells = []
        for basis in bases:
            ends = tuple(self.name("regions", f"{figure}_{basis}_{end}") for end in ("low", "high"))
            cells.append(cast("tuple[Shown, ...]", ends) if all(self.node(one) for one in ends) else ())
        if not any(cells):
            return None
        quantity = figure.partition("_")[2]
        why = _text("row.not_announced")
        return Row(_text(f"row.{quantity}"), tuple(cells), digits, None if all(cells) else why, bare=True)

    def links(self) -> Section:
        """The best seller of each input and the best buyer of each product, at what price and what stands in the way."""
        tables = []
        for table, figure, end in (("links_inputs", "delivered", "seller"), ("links_outputs", "netback", "buyer")):
            rows = self.rows("link", table)
            first = list({row["item"]: row for row in rows if row["rank"] == 1}.values())
            linked = {row["item"] for row in first}
            alone = dict.fromkeys(row["item"] for row in rows if row["item"] not in linked)
            own = [f"link.{figure}:{row['seller']}>{row['buyer']}:{row['item']}:{row['year']}" for row in first]
            if first or alone:
                names_of = ("takes", "best_seller") if end == "seller" else ("makes", "best_buyer")
                columns = (*(f"{name}_{one}" for name in names_of for one in LANGUAGES), figure)
                columns = (*columns, *(f"obstacles_{one}" for one in LANGUAGES))
                whys = tuple(name for name in own if self.node(name) is not None)
                lines = tuple(self.link(row, end, figure, name) for row, name in zip(first, own, strict=True))
                nobody = tuple(self.unlinked(item) for item in alone)
                tables.append(Table(f"link.{table}", columns, (*nobody, *lines), figures=whys))
        figures = self.figures((), (name for table in tables for name in table.figures))
        return Section("link", figures, tables=tuple(tables), notes=self.unanswered("link"))

    def link(self, row: Mapping[str, Any], end: str, figure: str, name: str) -> tuple[Cell, ...]:
        item, node = self.known.item(row["item"]), self.node(name)
        unit = node.unit if node else f"USD/{self._unit(row['item'])}"
        hindered = [_obstacle(one) for one in (row["obstacles"] or "").split()]
        way = [", ".join(one[language] for one in hindered) or None for language in LANGUAGES]
        return (
            *(cast("Mapping[str, str]", item)[one] for one in LANGUAGES),
            *(row[f"{end}_{one}"] for one in LANGUAGES),
            Amount(row[figure], unit, "money"),
            *way,
        )

    def unlinked(self, item: str) -> tuple[Cell, ...]:
        """The line of an input that nobody is found to sell, or a product that nobody is found to buy."""
        named, nobody = (cast("Mapping[str, str]", one) for one in (self.known.item(item), _text("link.nobody")))
        return (
            *(named[one] for one in LANGUAGES),
            *(nobody[one] for one in LANGUAGES),
            None,
            *(None for _ in LANGUAGES),
        )

    def _unit(self, item: str) -> str:
        return str((self.known.atlas.row("items", item) or {}).get("unit") or "")

    # What it comes to ------------------------------------------------------------------------------------------------------

    def summary(self) -> tuple[Sentence, ...]:
        """What the chain gains against what the owner gains, and why the two may differ."""
        worth, npv = self.value("discover", "value"), self.value("attract", f"npv_{self.basis}_real_usd")
        if worth is None or npv is None:
            return ()
        values = next(iter(self.rows("discover", "values")), {})
        money = {
            "worth": worth,
            "npv": npv,
            "fill": abs(npv),
            "loss": abs(worth),
            "legal": values.get("compliance") or 0.0,
        }
        parts = {name: Amount(amount, "USD", "money") for name, amount in money.items()}
        gains = worth > 0
        if gains and npv < 0:
            found = [Sentence("summary.gap", parts)]
            if money["legal"] > 0:
                found.append(Sentence("summary.legal" if money["legal"] <= worth else "summary.only_legal", parts))
            return tuple(found)
        key = "both" if gains else "owner" if npv >= 0 else "none"
        return (Sentence(f"summary.{key}", parts),)


def _once(rows: Iterable[Row]) -> Iterator[Row]:
    """Rows of which only the first of those that lack something for one reason says it."""
    told: list[Text] = []
    for row in rows:
        again = row.reason is not None and row.reason in told
        told += [] if row.reason is None else [row.reason]
        yield replace(row, reason=None) if again else row


#: Reasons that say that there is none, not that it is unknown, and the word for each.
_NONE: Final = {
    "payback.never": "card.never",
    "even.never": "card.never",
    "even.no_support": "card.no_support",
}


def _none(node: Node) -> Text | None:
    """The word for a value that there is not; None where it is there, or unknown."""
    if node.value is not None:
        return None
    reasons = {one.label["en"] for one in node.children}
    return next((_text(word) for key, word in _NONE.items() if said("attract", key)["en"] in reasons), None)


def _text(key: str, **parts: Any) -> Text:
    return cast("Text", said("docket", key, **parts))


def _listed(texts: Sequence[Text]) -> Text:
    held = [cast("Mapping[str, str]", one) for one in texts]
    return cast("Text", {one: ", ".join(text[one] for text in held) for one in LANGUAGES})


def _obstacle(name: str) -> dict[str, str]:
    """What stands in the way, in words; the state of a plant that does not run is not told in the table."""
    return said("docket", "obstacle.not_running") if name == "not_running" else said("link", f"obstacle.{name}")


def _scaled(value: float | None) -> float | None:
    return None if value is None else value * _MILLION


def _case_table(cases: Rows) -> Table:
    columns = (*(f"case_{one}" for one in LANGUAGES), "worth", *PARTS)
    lines = tuple(
        (
            *(said("docket", f"case.{row['case']}")[one] for one in LANGUAGES),
            *(None if row[column] is None else round(row[column]) + 0.0 for column in ("worth", *PARTS)),
        )
        for row in cases
    )
    return Table("discover.cases", columns, lines)


def _penalties(cases: Rows) -> tuple[Sentence, ...]:
    """In which cases the worth is mostly a penalty, which ranks shortages and is no price."""
    named = [_text(f"case.{case['case']}") for case in cases if case["mostly_penalty"]]
    return (Sentence("note.penalty", {"cases": _listed(named)}),) if named else ()


def _bars(cases: Rows) -> Bars:
    rows = tuple(
        (_text(f"case.{row['case']}"), row["worth"], tuple(row[part] for part in PARTS)) for row in cases
    )  # fmt: skip
    return Bars(_text("picture.worth"), "MUSD", tuple(_text(f"column.{part}") for part in PARTS), rows)


def _end(value: float, unit: str) -> Amount:
    """An end of a driver: shares and rates in per cent, else in its unit."""
    if unit == "a year" or unit.startswith("share"):
        return Amount(value, "", "share")
    return Amount(value, unit)


def _child(node: Node | None, label: str) -> Node | None:
    """The reason of a figure that is called so and has a number."""
    return (
        next((one for one in node.children if one.label["en"] == label and one.value is not None), None)
        if node
        else None
    )


def _gate(gate: Condition) -> Gate:
    """A condition with what is to be read of it: what is missing, whole; of what is met, that it is."""
    told = [one for one in gate.evidence if one.value is None and not one.children and one.confidence == "computed"]
    if not told:
        told = [one for one in gate.evidence if one.children][:_PLANTS] or list(gate.evidence[:1])
    texts = [{one: node.label[one] for one in LANGUAGES} for node in told]
    return Gate(gate=gate.gate, outcome=gate.outcome.value, evidence=tuple(cast("Text", one) for one in merged(texts)))


def merged(texts: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Sentences that differ only in the middle as one, with the middles as a list.

    >>> merged([{"en": "Missing: a contract for tin, or a maker"}, {"en": "Missing: a contract for zinc, or a maker"}])
    [{'en': 'Missing: a contract for tin; zinc, or a maker'}]
    """
    groups: list[list[Mapping[str, str]]] = []
    for text in texts:
        alike = next((group for group in groups if _alike(group[0], text)), None)
        if alike is None:
            groups.append([text])
        else:
            alike.append(text)
    return [{one: _joined([text[one] for text in group]) for one in group[0]} for group in groups]


def _alike(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    return all(sum(map(len, _ends(one[name], other[name]))) >= 12 for name in one if name in other) and one != other


def _ends(*texts: str) -> tuple[str, str]:
    """The beginning and the end, in whole words, that texts have in common."""
    words = [text.split(" ") for text in texts]
    least = min(map(len, words)) - 1
    head = next((at for at in range(least) if len({one[at] for one in words}) > 1), least)
    tail = next((at for at in range(least - head) if len({one[-1 - at] for one in words}) > 1), least - head)
    return " ".join(words[0][:head]), " ".join(words[0][len(words[0]) - tail :])


def _joined(texts: Sequence[str]) -> str:
    if len(texts) == 1:
        return texts[0]
    head, tail = _ends(*texts)
    middles = [text[len(head) : len(text) - len(tail) if tail else None].strip() for text in texts]
    # A comma that closes each middle closes the list.
    close = middles[0][-1:] if all(one[-1:] == "," for one in middles) else ""
    inner = "; ".join(one.removesuffix(close) if close else one for one in middles)
    return f"{head} {inner}{close} {tail}".strip()


__all__ = ["BRINGS", "CASES", "PARTS", "Known", "brought", "merged", "project_card"]
