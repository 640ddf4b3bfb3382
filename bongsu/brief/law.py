"""What the law does to a plan, as a part of the number store: bills, binding rules, status, open questions, calendar.

Nothing is computed here beyond sums: money and shares come from :mod:`bongsu.answers.law_effect`, states and dates from the
instruments as they were known on the day of the plan.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from bongsu.answers.figure import LANGUAGES, Node, names
from bongsu.answers.figure import label as phrase
from bongsu.answers.law_effect import Bill, Binding, bill, binding
from bongsu.brief.text import as_lang, date, has, label, t
from bongsu.chain import Chain
from bongsu.law.calendar import Event, events, to_ics
from bongsu.law.inforce import InForce
from bongsu.law.instrument import Fact, Instrument, LawOn, Status, timeline
from bongsu.plan.plan import Plan

Names = dict[str, str]
Keep = Callable[[str, Node], str]

#: Instruments with a colour of their own in the picture; the others are one bar.
DRAWN = 6
#: Flows told one by one behind a bill; the smaller ones are summed.
_FLOWS = 8
#: Binding rules that a page lists, dearest first.
_RULES = 40
#: Months after the day of the law that the calendar shows.
MONTHS = 18
#: Smallest bill in a year, and smallest yearly cost of a point, that are told, in USD.
_LEAST_BILL, _LEAST_POINT = 1.0, 1e4
#: Order of the status board: what is not settled first.
_ORDER = (
    Status.UNKNOWN,
    Status.SUSPENDED,
    Status.ENJOINED,
    Status.IN_FORCE,
    Status.PROPOSED,
    Status.ENACTED,
    Status.VOID,
    Status.EXPIRED,
    Status.REPEALED,
)


def law_part(chain: Chain, plan: Plan, focus: int, keep: Keep) -> dict[str, Any] | None:
    """The part ``law`` of the store; None for a plan made without law.

    Args:
        chain, plan: what was planned.
        focus: year of the sentences.
        keep: keeps a figure with its reasons under a name, and gives the name.
    """
    law = chain.choices.law
    return _LawPart(chain, plan, law, focus, keep).whole() if isinstance(law, InForce) else None


def sources(part: Mapping[str, Any] | None, chain: Chain, used: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Sources of the law that the store cites."""
    law = chain.choices.law
    if part is None or not isinstance(law, InForce):
        return {}
    columns = ("title", "publisher", "date", "url", "grade", "language")
    cited = {row.get("source") for name in ("instruments", "questions", "calendar") for row in part[name]}
    found = law.law.law.sources
    return {
        name: {c: str(found[name][c]) if c == "date" and found[name][c] else found[name][c] for c in columns}
        for name in sorted((cited | set(used)) & set(found))
        if name
    }


def ics(part: Mapping[str, Any], language: str) -> bytes:
    """The calendar of the page as an iCalendar file."""
    found = [
        Event(
            dt.date.fromisoformat(row["date"]),
            row["kind"],
            row["instrument"],
            row["parameter"],
            row["title"][language],
            row["title"],
            row["source"] or "",
            row["confidence"],
            dt.date.fromisoformat(row["known"]),
        )
        for row in part["calendar"]
    ]
    return to_ics(found, language).encode()


def speak(key: str, **parts: Any) -> Names:
    """A text of the catalogue in the three languages; a part may be a name."""
    return {
        language: t(
            key, as_lang(language), **{k: v[language] if isinstance(v, Mapping) else v for k, v in parts.items()}
        )
        for language in LANGUAGES
    }


def _word(group: str, name: str) -> Names:
    return {language: label(group, name, as_lang(language)) for language in LANGUAGES}


def _day(day: dt.date) -> Names:
    return {language: date(str(day), as_lang(language)) for language in LANGUAGES}


def months_after(day: dt.date, months: int) -> dt.date:
    """The day so many months later, or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in range(day.day, day.day - 4, -1):
        try:
            return dt.date(year, month + 1, last)
        except ValueError:
            continue
    raise ValueError(f"no day {months} months after {day}")


class _LawPart:
    def __init__(self, chain: Chain, plan: Plan, law: InForce, focus: int, keep: Keep) -> None:
        self.chain, self.plan, self.law, self.focus, self.keep = chain, plan, law, focus, keep
        self.on: LawOn = law.law

    def whole(self) -> dict[str, Any]:
        bills = [one for one in bill(self.chain, self.plan) if any(abs(v) >= _LEAST_BILL for v in one.by_year.values())]
        rules = [one for one in binding(self.chain, self.plan) if one.point_cost >= _LEAST_POINT]
        billed, ruled = self.bills(bills), self.rules(rules)
        board, open_ = self.instruments(), self.questions()
        return {
            "date": str(self.on.date),
            "known": str(self.on.known),
            "focus": self.focus,
            "without": [self.title(name) for name in sorted(self.law.without)],
            "years": list(self.chain.years),
            "sentences": self.sentences(bills, billed, ruled, board, open_),
            "bills": billed,
            "rules": ruled,
            "instruments": board,
            "questions": open_,
            "calendar": self.calendar(),
        }

    # Money ---------------------------------------------------------------------------------------------------------------

    def bills(self, bills: Sequence[Bill]) -> list[dict[str, Any]]:
        """One row per instrument and kind, largest first; million USD, negative = earned."""
        return [
            {
                "instrument": one.instrument,
                "title": dict(one.title),
                "kind": one.kind,
                "values": [one.by_year.get(year, 0.0) / 1e6 for year in self.chain.years],
                "total": one.total / 1e6,
                "unit": "MUSD",
                "drawn": at + 1 if at < DRAWN else 0,
                "fid": self.keep(f"law.bill:{one.instrument}:{one.kind.replace(' ', '-')}", self.bill_node(one)),
            }
            for at, one in enumerate(bills)
        ]

    def bill_node(self, one: Bill) -> Node:
        """A bill over all years, with the flows that carry it and the statement that holds today."""
        title = speak(f"law.bill.{_slug(one.kind)}", instrument=one.title)
        children = (*self.flows(one), self.state(one.instrument))
        return Node(title, one.total / 1e6, "MUSD", "money", children=children)

    def flows(self, one: Bill, year: int | None = None, sign: float = 1.0) -> tuple[Node, ...]:
        """The flows behind a bill in a year or over all years, the smallest as one; they add up to it."""
        found = [(flow, sign * money / 1e6) for flow, money in one.by_flow(year).items()]
        nodes = [Node(self.flow(*flow), money, "MUSD", "money") for flow, money in found[:_FLOWS]]
        rest = found[_FLOWS:]
        if rest:
            total = sum(money for _, money in rest)
            nodes.append(Node(phrase("other.smaller", count=len(rest)), total, "MUSD", "money"))
        return tuple(nodes)

    def flow(self, item: str, origin: str, destination: str) -> Names:
        what = names(self.chain.atlas, "items", item)
        here, there = _word("country", origin), _word("country", destination)
        if origin == destination:
            return {lang: f"{what[lang]}, {here[lang]}" for lang in LANGUAGES}
        return {lang: f"{what[lang]}, {here[lang]} \u2192 {there[lang]}" for lang in LANGUAGES}

    def state(self, instrument: str) -> Node:
        """The status of an instrument as a fact with its source."""
        fact = self.on.status_fact(instrument)
        status = self.on.status(instrument)
        word = _word("law.status", status.value)
        if fact is None:
            return Node(word, None)
        said = speak("law.state", instrument=self.title(instrument), status=word, date=_day(fact.first))
        return Node(said, None, confidence=fact.confidence, source=fact.source)

    def sum_of(self, bills: Sequence[Bill], year: int, name: str, duty: bool) -> str:
        """Duties paid or credits earned in a year, both positive, with what each instrument adds and on which flows."""
        sign = 1.0 if duty else -1.0
        own = [(one, sign * one.by_year.get(year, 0.0) / 1e6) for one in bills if (one.kind == "duty") is duty]
        parts = sorted(((one, value) for one, value in own if value), key=lambda pair: -abs(pair[1]))
        children = tuple(
            Node(
                dict(one.title),
                value,
                "MUSD",
                "money",
                children=(*self.flows(one, year, sign), self.state(one.instrument)),
            )
            for one, value in parts
        )
        title = speak(f"law.sum.{name}", year=year)
        return self.keep(f"law.{name}:{year}", Node(title, sum(v for _, v in own), "MUSD", "money", children=children))

    # Rules ---------------------------------------------------------------------------------------------------------------

    def rules(self, rules: Sequence[Binding]) -> list[dict[str, Any]]:
        """Content rules at which one more point would cost: those of the focus year, then the dearest of any year."""
        near = sorted((one for one in rules if one.year == self.focus), key=lambda one: -one.point_cost)[: _RULES // 2]
        seen = {(one.rule, one.place) for one in near}
        later: dict[tuple[str, str], Binding] = {}
        for one in sorted(rules, key=lambda one: (-one.point_cost, one.year)):
            if (one.rule, one.place) not in seen:
                later.setdefault((one.rule, one.place), one)
        return [self.rule(one) for one in [*near, *list(later.values())[: _RULES - len(near)]]]

    def rule(self, one: Binding) -> dict[str, Any]:
        what = [names(self.chain.atlas, "items", item) for item in one.items]
        products = {lang: t("list.comma", as_lang(lang)).join(name[lang] for name in what) for lang in LANGUAGES}
        place = names(self.chain.atlas, "places", one.place)
        title = self.rule_name(one)
        node = Node(
            speak("law.point", rule=title, place=place, year=one.year),
            one.point_cost / 1e6,
            "MUSD/yr",
            "money",
            children=(
                Node(speak("col.least"), one.least, "1", "share"),
                Node(speak("col.kept"), one.kept, "1", "share"),
                Node(speak("law.base"), one.base, f"{self.unit(one.items)}/yr"),
                self.state(one.instrument),
            ),
        )
        return {
            "rule": one.rule,
            "instrument": one.instrument,
            "title": title,
            "items": products,
            "place": one.place,
            "place_name": place,
            "year": one.year,
            "least": one.least,
            "kept": one.kept,
            "point_cost": one.point_cost / 1e6,
            "unit": "MUSD/yr",
            "fid": self.keep(f"law.point:{one.rule}:{one.place}:{one.year}", node),
        }

    def unit(self, items: Sequence[str]) -> str:
        """Unit of the first of some items; those under one rule at one place are counted alike."""
        found = [self.chain.atlas.row("items", item) for item in items]
        return next((str(row["unit"]) for row in found if row), "1")

    def rule_name(self, one: Binding) -> Names:
        return speak(f"law.rule.{one.rule}") if has(f"law.rule.{one.rule}") else self.title(one.instrument)

    # State ---------------------------------------------------------------------------------------------------------------

    def title(self, instrument: str) -> Names:
        return dict(self.on.law[instrument].title)

    def instruments(self) -> list[dict[str, Any]]:
        """Every instrument of which something was known on the day, by status, place and name."""
        rows = [self.instrument(one) for one in self.on.law if self.shown(one)]
        order = {status.value: at for at, status in enumerate(_ORDER)}
        return sorted(rows, key=lambda row: (order[row["status"]], row["jurisdiction"], row["kind"], row["instrument"]))

    def shown(self, one: Instrument) -> bool:
        """Whether it is an instrument of law (some files hold only readings of the plan) and had begun or was foreseen."""
        return one.jurisdiction.casefold() != "none" and self.on.status(one.id) is not Status.NONE

    def instrument(self, one: Instrument) -> dict[str, Any]:
        status = self.on.status(one.id)
        # Where the state is unknown, the row tells until when it was known and by whom.
        told = timeline(one.status, self.on.known)
        fact = self.on.status_fact(one.id) or (told[-1] if told else None)
        unknown = status is Status.UNKNOWN
        values = list(self.values(one))
        return {
            "instrument": one.id,
            "title": dict(one.title),
            "jurisdiction": one.jurisdiction,
            "kind": one.kind,
            "status": status.value,
            "applied": one.id not in self.law.without,
            "since": str(fact.first) if fact and not unknown else None,
            "until": str(fact.last) if fact and fact.last else None,
            "citation": one.citation,
            "source": fact.source if fact else None,
            "confidence": fact.confidence if fact else None,
            "values": len(values),
            "unverified": sum(value.confidence == "assumed" for value in values),
        }

    def values(self, one: Instrument) -> Iterable[Fact]:
        """The values of an instrument that hold on the day."""
        for parameter in one.parameters.values():
            for key in parameter.keys:
                found = self.on.find(one.id, parameter.name, key)
                if found is not None and found.key == key:
                    yield found.fact

    def questions(self) -> list[dict[str, Any]]:
        """Open questions, one row for each way in which one may turn out."""
        return [
            {
                "question": one.name,
                "title": dict(one.title),
                "instrument_title": self.title(one.instrument),
                "first": str(one.first),
                "branch": branch.name,
                "branch_title": dict(branch.title),
                "taken": branch.name == self.on.taken.get(one.name, one.default),
                "asked": one.name in self.on.taken,
                "weight": float(branch.weight),
                "source": one.source,
                "confidence": one.confidence,
            }
            for one in self.on.questions()
            for branch in one.branches
        ]

    def calendar(self) -> list[dict[str, Any]]:
        """What is known to start, end, change or be decided in the months after the day of the law."""
        first, last = self.on.date, months_after(self.on.date, MONTHS)
        return [
            {
                "date": str(one.date),
                "kind": one.kind,
                "title": dict(one.texts),
                "instrument": one.instrument,
                "instrument_title": self.title(one.instrument),
                "parameter": one.parameter,
                "source": one.source,
                "confidence": one.confidence,
                "known": str(one.known),
            }
            for one in events(self.on.law, first, last, self.on.known)
            if one.kind != "decided"
        ]

    # Sentences -----------------------------------------------------------------------------------------------------------

    def sentences(
        self,
        bills: Sequence[Bill],
        billed: Sequence[Mapping[str, Any]],
        ruled: Sequence[Mapping[str, Any]],
        board: Sequence[Mapping[str, Any]],
        open_: Sequence[Mapping[str, Any]],
    ) -> list[dict[str, Any]]:
        year = self.focus
        in_force = sum(row["status"] == Status.IN_FORCE.value for row in board)
        said: list[dict[str, Any]] = [
            {
                "key": "say.law_date",
                "params": {
                    "date": {"name": _day(self.on.date)},
                    "known": {"name": _day(self.on.known)},
                    "count": in_force,
                    "open": len({row["question"] for row in open_}),
                },
            },
            {
                "key": "say.law_bill",
                "params": {
                    "year": year,
                    "duties": self.sum_of(bills, year, "duties", duty=True),
                    "credits": self.sum_of(bills, year, "credits", duty=False),
                },
            },
        ]
        for key, sign in (("say.law_top_duty", 1.0), ("say.law_top_credit", -1.0)):
            own = [row for row in billed if row["total"] * sign > 0]
            if own:
                said.append({"key": key, "params": {"instrument": {"name": own[0]["title"]}, "total": self.size(own[0]),
                                                    "first": self.chain.years[0], "last": self.chain.years[-1]}})  # fmt: skip
        if ruled:
            dearest = ruled[0]
            said.append(
                {
                    "key": "say.law_rule",
                    "params": {
                        "rule": {"name": dearest["title"]},
                        "place": {"name": dearest["place_name"]},
                        "year": dearest["year"],
                        "cost": dearest["fid"],
                    },
                }
            )
        return said

    def size(self, row: Mapping[str, Any]) -> str:
        """The size of a bill without its sign, for a sentence that says which way it goes."""
        if row["total"] > 0:
            return str(row["fid"])
        node = Node(row["title"], -row["total"], row["unit"], "money", children=(self.state(row["instrument"]),))
        return self.keep(f"{row['fid']}:earned", node)


def _slug(text: str) -> str:
    return text.replace(" ", "_")
