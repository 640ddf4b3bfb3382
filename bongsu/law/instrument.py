"""Instruments of law as dated statements, and the law as it stood on a day, as known on a day.

Every instrument is one YAML file (``instruments/*.yaml``, format in ``docs/law-format.md``). Two clocks are kept apart: the day
*for which* a statement holds (``from``/``to``, inclusive) and the day on which it was *known*. What is known later replaces what
was known before from its own first day on; what came before that day stays.

>>> from bongsu.law import Law
>>> law = Law.load()
>>> law.on("2026-03-01").status("us-section-122").value
'in force'
>>> law.on("2026-03-01", known="2026-01-31").status("us-section-122").value
'none'
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any

from bongsu.atlas.read import parse_date

#: The key of a value that does not depend on one, or that stands for every key without a value of its own.
ANY = "*"
_DAY = dt.timedelta(days=1)
Value = Decimal | str | tuple[str, ...]
Text = Mapping[str, str]


class Status(StrEnum):
    """State of an instrument on a day, as known on a day. ``none`` = nothing of it was known, or it had not begun."""

    NONE = "none"
    PROPOSED = "proposed"
    ENACTED = "enacted"
    IN_FORCE = "in force"
    SUSPENDED = "suspended"
    ENJOINED = "enjoined"
    VOID = "void"
    REPEALED = "repealed"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Fact:
    """One dated statement of an instrument.

    Attributes:
        value: a Decimal, a text, a tuple of texts, or the name of a status.
        first, last: first and last day for which it holds; ``last`` None = until something else is known.
        known: day from which it was public.
        source: identifier in ``sources.csv``.
        confidence: ``stated`` (read in the source), ``derived`` (arithmetic from stated figures) or ``assumed`` (general
            knowledge, not read in a source: unverified).
        note: what a reader should know beside it, English.
        line: line of the file.
    """

    value: Value
    first: dt.date
    last: dt.date | None
    known: dt.date
    source: str
    confidence: str
    note: str = ""
    line: int = 0

    def holds(self, day: dt.date) -> bool:
        """Whether the statement is about that day."""
        return self.first <= day and (self.last is None or day <= self.last)


def timeline(facts: tuple[Fact, ...], known: dt.date) -> list[Fact]:
    """The statements as known on a day, in order, each cut where a later known one takes over."""
    if len(facts) == 1:
        return [facts[0]] if facts[0].known <= known else []
    result: list[Fact] = []
    layers: dict[dt.date, list[Fact]] = {}
    for fact in facts:
        if fact.known <= known:
            layers.setdefault(fact.known, []).append(fact)
    for day in sorted(layers):
        layer = sorted(layers[day], key=lambda fact: fact.first)
        start = layer[0].first
        kept = []
        for fact in result:
            if fact.first >= start:
                continue
            last = start - _DAY if fact.last is None or fact.last >= start else fact.last
            kept.append(
                Fact(fact.value, fact.first, last, fact.known, fact.source, fact.confidence, fact.note, fact.line)
            )
        result = kept + layer
    return result


def _last(facts: list[Fact], day: dt.date) -> Fact | None:
    """The last statement about a day."""
    for fact in reversed(facts):
        if fact.holds(day):
            return fact
    return None


@dataclass(frozen=True)
class Parameter:
    """A rate, threshold, amount, list or switch of an instrument.

    Attributes:
        name: as the file and the tests call it, such as ``minerals_share``.
        title: what it is, by language.
        unit: of its value, such as ``%``, ``USD/kWh`` or ``list``.
        clock: which date decides: ``entry``, ``sale``, ``production``, ``placed in service``, ``acquired``, ``claimed``,
            ``construction start``, ``tax year``, ``calendar``.
        met: how a figure meets a threshold: ``at least``, ``more than``, ``at most`` or ``less than``; blank for no threshold.
        citation: place in the instrument.
        governs: narrows what the instrument governs (see :class:`Scope`); empty = as the instrument.
        facts: by key (``*`` = no key, or any other).
    """

    name: str
    title: Text
    unit: str
    clock: str
    met: str
    citation: str
    governs: tuple[Scope, ...]
    facts: Mapping[str, tuple[Fact, ...]]

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Keys with a value of their own, in the order of the file."""
        return tuple(self.facts)


@dataclass(frozen=True)
class Scope:
    """What an instrument governs; an empty field restricts nothing.

    Attributes:
        hs: prefixes of HS codes, digits only.
        origin, destination: ISO codes of countries.
        item, process: identifiers of the data pack.
        component: kinds such as ``cell``.
        use: ``ev`` or ``other`` for goods whose duty follows their use.
        unless_hs: prefixes taken out again.
        unless_origin: countries taken out again.
    """

    hs: tuple[str, ...] = ()
    origin: tuple[str, ...] = ()
    destination: tuple[str, ...] = ()
    item: tuple[str, ...] = ()
    process: tuple[str, ...] = ()
    component: tuple[str, ...] = ()
    use: tuple[str, ...] = ()
    unless_hs: tuple[str, ...] = ()
    unless_origin: tuple[str, ...] = ()

    @cached_property
    def _restricted(self) -> list[tuple[str, tuple[str, ...]]]:
        """The fields that restrict something, with what they allow."""
        names = ("hs", "origin", "destination", "item", "process", "component", "use")
        return [(name, allowed) for name in names if (allowed := getattr(self, name))]

    def covers(self, **asked: str | None) -> bool | None:
        """Whether it governs what is asked; None where the answer turns on something not given.

        ``hs`` is matched by prefix in both directions: an asked code shorter than a listed one is undecided.
        """
        verdict: bool | None = True
        for name, allowed in self._restricted:
            if name not in asked:
                continue
            value = asked[name]
            if value is None:
                verdict = None
            elif name != "hs":
                if value not in allowed:
                    return False
            elif not value.startswith(allowed):
                if not any(prefix.startswith(value) for prefix in allowed):
                    return False
                verdict = None
        hs, origin = asked.get("hs"), asked.get("origin")
        if self.unless_origin and origin in self.unless_origin:
            return False
        if self.unless_hs and hs is not None:
            if hs.startswith(self.unless_hs):
                return False
            if any(prefix.startswith(hs) for prefix in self.unless_hs):
                verdict = None
        return verdict


@dataclass(frozen=True)
class Branch:
    """One way in which an open question may turn out."""

    name: str
    title: Text
    weight: Decimal
    patch: Mapping[str, Any]


@dataclass(frozen=True)
class Question:
    """Something not settled that a plan must take a stand on, with weighted branches (weights are ``assumed``).

    Attributes:
        name: identifier, such as ``no58-after-suspension``.
        title: the question, by language.
        first: first day for which it is open.
        known: day from which it was open; ``closed`` the day on which it was settled.
        branches: the ways, weights adding to one; the first named ``default`` is what a plan takes unless told otherwise.
        default: name of that branch.
    """

    name: str
    instrument: str
    title: Text
    first: dt.date
    known: dt.date
    closed: dt.date | None
    default: str
    branches: tuple[Branch, ...]
    source: str
    confidence: str


@dataclass(frozen=True)
class Caution:
    """What a stack of duties cannot count and its reader must know: a list that was not read, a limit that no code tells.

    Attributes:
        first, last: entries of these days it is about; ``last`` None = until the instrument ends.
        known: day from which it is told.
        governs: goods that it is about.
        text: the sentence, by language.
        read_for_pack: whether what was not read for all goods was read for those of the data pack, so that a plan need not say it.
    """

    first: dt.date
    last: dt.date | None
    known: dt.date
    governs: tuple[Scope, ...]
    text: Text
    read_for_pack: bool = False

    def told(self, law: LawOn) -> bool:
        """Whether it is told, as known, of any goods entered on the day of the law."""
        return self.known <= law.known and self.first <= law.date and (self.last is None or law.date <= self.last)

    def bears(self, **goods: str | None) -> bool:
        """Whether it is about goods; also where a longer code would decide it."""
        return covered(self.governs, **goods) is not False


@dataclass(frozen=True)
class Instrument:
    """One instrument of law: who made it, what it governs, and its dated statements.

    ``summary`` says what was known from the beginning; ``later`` holds the sentences that joined it, with the day on which each was
    known, so that nothing is told on a day that was learned after it (see :meth:`told`).
    """

    id: str
    title: Text
    summary: Text
    jurisdiction: str
    kind: str
    authority: str
    citation: str
    clock: str
    governs: tuple[Scope, ...]
    status: tuple[Fact, ...]
    parameters: Mapping[str, Parameter]
    later: tuple[tuple[dt.date, Text], ...] = ()
    questions: tuple[Question, ...] = ()
    switches: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    duty: Mapping[str, Any] = field(default_factory=dict)
    events: tuple[Mapping[str, Any], ...] = ()
    note: str = ""
    cautions: tuple[Caution, ...] = ()

    @property
    def began(self) -> dt.date:
        """First day on which anything of it was known."""
        return min(fact.known for fact in self.status)

    def told(self, known: dt.date, language: str) -> str:
        """The summary as known on a day: what was said from the beginning, and each sentence learned since; blank before that."""
        if known < self.began:
            return ""
        later = (text[language] for day, text in self.later if day <= known)
        return " ".join((self.summary[language], *later))

    def readings(self, known: dt.date) -> dict[str, Mapping[str, Any]]:
        """Disputed readings that were known on a day."""
        return {name: own for name, own in self.switches.items() if own.get("known", self.began) <= known}

    def covers(self, **asked: str | None) -> bool | None:
        """Whether any of its scopes governs what is asked; None where that turns on something not given."""
        return covered(self.governs, **asked)


def covered(scopes: tuple[Scope, ...], **asked: str | None) -> bool | None:
    """Whether any scope covers what is asked (no scope at all covers everything)."""
    if not scopes:
        return True
    verdict: bool | None = False
    for scope in scopes:
        one = scope.covers(**asked)
        if one:
            return True
        if one is None:
            verdict = None
    return verdict


class NotInLaw(LookupError):
    """No value of a parameter is known for that day: the sentence says which."""


@dataclass(frozen=True)
class Found:
    """A value as the law in force gives it, with the statement it comes from; ``day`` is the day that was asked about."""

    value: Value
    fact: Fact
    parameter: Parameter
    instrument: str
    key: str
    day: dt.date | None = field(default=None, compare=False)

    @property
    def number(self) -> Decimal:
        """The value as a Decimal.

        Raises:
            TypeError: it is a text or a list.
        """
        if not isinstance(self.value, Decimal):
            raise TypeError(f"{self.instrument}.{self.parameter.name} is no number")
        return self.value

    @property
    def list(self) -> tuple[str, ...]:
        """The value as a tuple of texts."""
        return self.value if isinstance(self.value, tuple) else (str(self.value),)


@dataclass(frozen=True)
class Law:
    """All instruments, by identifier; ask :meth:`on` for the law in force on a day."""

    instruments: Mapping[str, Instrument]
    sources: Mapping[str, Mapping[str, Any]]

    @classmethod
    def load(cls, folder: Any = None) -> Law:
        """Read and check the instruments that ship with the package, or those of a folder.

        Raises:
            LawError: anything is wrong with them; the error lists everything that is.
        """
        from bongsu.law.read import load

        return load(folder)

    def on(self, date: str | dt.date, known: str | dt.date | None = None) -> LawOn:
        """The law in force on ``date``, as known on ``known`` (default: the same day).

        Raises:
            ValueError: a text is not a date.
        """
        day = parse_date(date) if isinstance(date, str) else date
        seen = day if known is None else parse_date(known, last=True) if isinstance(known, str) else known
        return LawOn(self, day, seen)

    @property
    def latest(self) -> dt.date:
        """Last day on which anything of the instruments became known."""
        return max(
            fact.known
            for one in self
            for facts in (one.status, *(f for p in one.parameters.values() for f in p.facts.values()))
            for fact in facts
        )

    def forget(self, instrument: str, after: dt.date) -> Law:
        """The same law without what was learned of one instrument after a day."""
        own = self.instruments[instrument]

        def before(facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
            return tuple(fact for fact in facts if fact.known <= after)

        parameters = {
            name: replace(one, facts={key: before(facts) for key, facts in one.facts.items()})
            for name, one in own.parameters.items()
        }
        questions = tuple(q for q in own.questions if q.known <= after)
        older = replace(own, status=before(own.status), parameters=parameters, questions=questions)
        return Law({**self.instruments, instrument: older}, self.sources)

    def learned(self, first: dt.date, last: dt.date) -> list[str]:
        """Instruments of which something became known after ``first`` and by ``last``."""
        return [
            one.id
            for one in self
            if any(
                first < fact.known <= last
                for facts in (one.status, *(f for p in one.parameters.values() for f in p.facts.values()))
                for fact in facts
            )
            or any(first < q.known <= last for q in one.questions)
        ]

    def __getitem__(self, instrument: str) -> Instrument:
        return self.instruments[instrument]

    def __iter__(self) -> Iterator[Instrument]:
        return iter(self.instruments.values())


@dataclass(frozen=True)
class LawOn:
    """The law on a day, as known on a day, under the branches taken for open questions.

    Attributes:
        law: all instruments.
        date: the day of the question; the default of every clock.
        known: nothing learned after that day is used.
        taken: branch by question, for those not left to their default.
    """

    law: Law
    date: dt.date
    known: dt.date
    taken: Mapping[str, str] = field(default_factory=dict)
    _lines: dict[int, tuple[tuple[Fact, ...], list[Fact]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    _cuts: dict[str, frozenset[dt.date]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def at(self, date: dt.date) -> LawOn:
        """The same knowledge, asked about another day."""
        other = LawOn(self.law, date, self.known, self.taken)
        # What was known does not turn on the day asked about.
        object.__setattr__(other, "_lines", self._lines)
        object.__setattr__(other, "_cuts", self._cuts)
        return other

    def timeline(self, facts: tuple[Fact, ...]) -> list[Fact]:
        """The statements as known on the day of knowledge; see :func:`timeline`."""
        held = self._lines.get(id(facts))
        if held is None:
            # Kept with what it was made from, so that its identity stays its own.
            held = self._lines[id(facts)] = facts, timeline(facts, self.known)
        return held[1]

    def cuts(self, instrument: str) -> frozenset[dt.date]:
        """Days on which a statement of an instrument begins, and those after the last day of one, as known."""
        found = self._cuts.get(instrument)
        if found is None:
            one, days = self.law[instrument], set[dt.date]()
            for facts in (one.status, *(facts for p in one.parameters.values() for facts in p.facts.values())):
                for fact in self.timeline(facts):
                    days.add(fact.first)
                    if fact.last is not None:
                        days.add(fact.last + _DAY)
            found = self._cuts[instrument] = frozenset(days)
        return found

    def status_fact(self, instrument: str, at: dt.date | None = None) -> Fact | None:
        """The statement that gives an instrument's status on a day; None if there is none."""
        day = at or self.date
        return _last(self.timeline(self.law[instrument].status), day)

    def status(self, instrument: str, at: dt.date | None = None) -> Status:
        """Status of an instrument on a day: ``none`` before it began, ``unknown`` after the last day of what is known."""
        day = at or self.date
        branch = self.branch_of(instrument, day, "is")
        if branch is not None:
            return Status(branch.patch["is"])
        fact = self.status_fact(instrument, day)
        if fact is not None:
            return Status(str(fact.value))
        facts = self.timeline(self.law[instrument].status)
        return Status.UNKNOWN if facts and day > facts[0].first else Status.NONE

    def in_force(self, instrument: str, at: dt.date | None = None) -> bool | None:
        """True or False; None where the status is unknown."""
        status = self.status(instrument, at)
        return None if status is Status.UNKNOWN else status is Status.IN_FORCE

    def find(self, instrument: str, parameter: str, key: str = ANY, at: dt.date | None = None) -> Found | None:
        """The value of a parameter on a day of its clock; None if none is known."""
        day = at or self.date
        branch = self.branch_of(instrument, day, parameter)
        declared = self.law[instrument].parameters[parameter]
        for one in (key, ANY) if key != ANY else (ANY,):
            stated = declared.facts.get(one)
            fact = _last(self.timeline(stated), day) if stated else None
            if fact is not None:
                value = fact.value if branch is None else branch.patch[parameter]
                return Found(value, fact, declared, instrument, one, day)
        return None

    def value(self, instrument: str, parameter: str, key: str = ANY, at: dt.date | None = None) -> Found:
        """The value of a parameter on a day of its clock.

        Raises:
            NotInLaw: none is known for that day.
        """
        found = self.find(instrument, parameter, key, at)
        if found is None:
            of = "" if key == ANY else f" for {key}"
            raise NotInLaw(f"{instrument}: {parameter}{of} has no value on {at or self.date}, as known on {self.known}")
        return found

    def branch_of(self, instrument: str, day: dt.date, what: str) -> Branch | None:
        """The branch explicitly taken for an open question of an instrument that bears on that day and changes ``what``.

        That is ``is``, its status, or a parameter; None if none was taken. Where several questions do, the last one stated holds.
        """
        found = None
        for question in self.law[instrument].questions:
            name = self.taken.get(question.name)
            if name is not None and question.first <= day and self.open(question):
                branch = next(branch for branch in question.branches if branch.name == name)
                found = branch if what in branch.patch else found
        return found

    def open(self, question: Question) -> bool:
        """Whether the question was known and not yet settled on the day of knowledge."""
        return question.known <= self.known and (question.closed is None or self.known < question.closed)

    def questions(self) -> list[Question]:
        """Everything that was open on the day of knowledge; a question that stands in several instruments once."""
        found: dict[str, Question] = {}
        for instrument in self.law:
            for question in instrument.questions:
                if self.open(question):
                    found.setdefault(question.name, question)
        return list(found.values())

    def take(self, **branches: str) -> LawOn:
        """The same law with branches taken for open questions (``_`` may stand for ``-`` in the names).

        Raises:
            ValueError: there is no such question or branch.
        """
        return self.taking({name.replace("_", "-"): branch for name, branch in branches.items()})

    def taking(self, branches: Mapping[str, str]) -> LawOn:
        """As :meth:`take`, from a mapping.

        Raises:
            ValueError: there is no such question or branch.
        """
        known = {q.name: q for instrument in self.law for q in instrument.questions}
        for name, branch in branches.items():
            if name not in known:
                raise ValueError(f"there is no open question {name!r}; there are {', '.join(sorted(known)) or 'none'}")
            names = [b.name for b in known[name].branches]
            if branch not in names:
                raise ValueError(f"{name} has no branch {branch!r}; it has {', '.join(names)}")
        return LawOn(self.law, self.date, self.known, {**self.taken, **branches})
