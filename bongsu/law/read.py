"""Reading and checking instruments: every mistake of every file at once, each with file, line and what to do."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from bongsu.atlas.problems import Problem, errors
from bongsu.atlas.read import parse_date, read_table
from bongsu.atlas.schema import pack_schema
from bongsu.atlas.typeset import french, korean
from bongsu.law.instrument import (
    ANY,
    Branch,
    Caution,
    Fact,
    Instrument,
    Law,
    Parameter,
    Question,
    Scope,
    Status,
    timeline,
)

CLOCKS = (
    "entry",
    "sale",
    "production",
    "placed in service",
    "acquired",
    "claimed",
    "construction start",
    "tax year",
    "calendar",
)
KINDS = (
    "import duty",
    "import quota",
    "export control",
    "credit",
    "support",
    "tax",
    "content test",
    "ownership test",
    "origin rule",
    "target",
    "list",
)
CONFIDENCE = ("stated", "derived", "assumed")
MET = ("at least", "more than", "at most", "less than")
LANGUAGES = ("en", "ko", "fr")
_DAY = dt.timedelta(days=1)
_ID = re.compile(r"[a-z0-9][a-z0-9\-]*")
_FACT = {"from", "to", "value", "is", "for", "known", "source", "confidence", "note"}
_CAUTION = {"from", "to", "known", "governs", "read for", "en", "ko", "fr"}
_TOP = {
    "instrument", "title", "summary", "later", "jurisdiction", "kind", "authority", "citation", "clock", "governs", "status",
    "parameters", "questions", "switches", "duty", "events", "note", "cautions",
}  # fmt: skip
_NEEDED = ("instrument", "title", "summary", "jurisdiction", "kind", "authority", "citation", "clock", "status")


class LawError(ValueError):
    """Instruments that cannot be used. ``problems`` lists everything that is wrong, not only the first thing."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = list(problems)
        count = len(self.problems)
        super().__init__("\n".join([f"{count} error{'s' if count != 1 else ''} in the instruments.", *self.problems]))


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML with Decimals for numbers, plain texts for switches, and the line of every mapping under ``__line__``."""


def _number(loader: _Loader, node: yaml.ScalarNode) -> Decimal:
    text = str(loader.construct_scalar(node))
    try:
        number = Decimal(text.replace("_", ""))
    except InvalidOperation:
        raise yaml.constructor.ConstructorError(None, None, f"{text!r} is no number", node.start_mark) from None
    return number


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen = {}
    for key, value in node.value:
        name = loader.construct_object(key, deep=True)
        if name in seen:
            raise yaml.constructor.ConstructorError(None, None, f"{name!r} is given twice", key.start_mark)
        seen[name] = loader.construct_object(value, deep=True)
    seen["__line__"] = node.start_mark.line + 1
    return seen


_Loader.add_constructor("tag:yaml.org,2002:int", _number)
_Loader.add_constructor("tag:yaml.org,2002:float", _number)
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
# ``NO`` is Norway and ``on`` a preposition here, never switches: words stay words.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:bool"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(folder: str | Path | None = None) -> Law:
    """Read and check all instruments; see :meth:`bongsu.law.Law.load`."""
    return _own() if folder is None else _load(Path(folder))


@cache
def _own() -> Law:
    return _load(Path(str(resources.files("bongsu.law").joinpath("instruments"))))


def _load(folder: Path) -> Law:
    wrong: list[str] = []
    sources = _sources(folder / "sources.csv", wrong)
    instruments: dict[str, Instrument] = {}
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise LawError([f"{folder} holds no instrument; give a folder of YAML files."])
    for path in files:
        checker = _Checker(path.name, sources, wrong)
        instrument = checker.read(path.read_text(encoding="utf-8"))
        if instrument is not None:
            if instrument.id != path.stem:
                checker.say(
                    1, f"the instrument is called {instrument.id!r}, its file {path.stem!r}; make them the same"
                )
            instruments[instrument.id] = instrument
    for one in instruments.values():
        for name in one.duty.get("excluded by", ()):
            if name not in instruments:
                wrong.append(
                    f"{one.id}.yaml: duty is excluded by {name!r}, which is no instrument; write the file or mend the name."
                )
    wrong += _unlike(instruments.values())
    if wrong:
        raise LawError(wrong)
    return Law(instruments, sources)


def _unlike(instruments: Iterable[Instrument]) -> Iterable[str]:
    """A question may stand in several instruments, as one branch answers it for all; then it must be the same in each."""
    first: dict[str, Question] = {}
    for one in instruments:
        for question in one.questions:
            other = first.setdefault(question.name, question)
            if (other.title, other.default, _named(other)) != (question.title, question.default, _named(question)):
                yield (
                    f"{one.id}.yaml: the question {question.name} also stands in {other.instrument}, with another title, default, "
                    "branches or weights; make them the same or give it a name of its own."
                )


def _named(question: Question) -> list[tuple[str, Decimal]]:
    return [(branch.name, branch.weight) for branch in question.branches]


def parse(text: str, sources: Mapping[str, Any], name: str = "instrument.yaml") -> Instrument:
    """One instrument from its text.

    Raises:
        LawError: anything is wrong with it.
    """
    wrong: list[str] = []
    instrument = _Checker(name, sources, wrong).read(text)
    if wrong or instrument is None:
        raise LawError(wrong)
    return instrument


def _sources(path: Path, wrong: list[str]) -> dict[str, Mapping[str, Any]]:
    if not path.is_file():
        wrong.append(f"{path.name} is missing beside the instruments; list every source in it.")
        return {}
    table, problems = read_table(path, pack_schema()["sources"])
    wrong += [str(problem) for problem in errors(problems)]
    return {row["source"]: row for row in table.iter_rows(named=True)}


class _Checker:
    """Reads one file and notes what is wrong with it."""

    def __init__(self, file: str, sources: Mapping[str, Any], wrong: list[str]) -> None:
        self.file = file
        self.sources = sources
        self.wrong = wrong

    def say(self, line: int, what: str) -> None:
        self.wrong.append(f"{self.file}, line {line}: {what}.")

    def read(self, text: str) -> Instrument | None:
        before = len(self.wrong)
        try:
            raw = yaml.load(text, Loader=_Loader)
        except (yaml.YAMLError, InvalidOperation) as error:
            mark = getattr(error, "problem_mark", None)
            what = getattr(error, "problem", None) or str(error)
            self.say(mark.line + 1 if mark else 1, f"this is not YAML ({what}); mind indents and quotes")
            return None
        if not isinstance(raw, dict):
            self.say(1, "this is no instrument; begin with 'instrument: name'")
            return None
        for key in raw.keys() - _TOP - {"__line__"}:
            self.say(1, f"{key!r} is no part of an instrument; use {', '.join(sorted(_TOP))}")
        for key in _NEEDED:
            if key not in raw:
                self.say(1, f"{key} is missing; every instrument needs one")
        if len(self.wrong) > before:
            return None
        if not _ID.fullmatch(str(raw["instrument"])):
            self.say(1, f"{raw['instrument']!r} is no identifier; use small letters, digits and hyphens")
        self.among(raw, "kind", KINDS)
        self.among(raw, "clock", CLOCKS)
        parameters = {
            name: self.parameter(str(name), own, raw["clock"])
            for name, own in (raw.get("parameters") or {}).items()
            if name != "__line__"
        }
        instrument = Instrument(
            id=str(raw["instrument"]),
            title=self.text(raw, "title"),
            summary=self.text(raw, "summary"),
            jurisdiction=str(raw["jurisdiction"]),
            kind=raw["kind"],
            authority=str(raw["authority"]),
            citation=str(raw["citation"]),
            clock=raw["clock"],
            governs=self.scopes(raw.get("governs")),
            status=self.status(raw["status"]),
            parameters={name: one for name, one in parameters.items() if one is not None},
            questions=tuple(self.questions(str(raw["instrument"]), raw.get("questions") or [])),
            later=tuple(self.later(raw.get("later") or [])),
            switches=dict(self.switches(raw.get("switches") or {})),
            duty=_plain(raw.get("duty") or {}),
            events=tuple(self.events(raw.get("events") or [])),
            note=str(raw.get("note") or ""),
            cautions=tuple(self.cautions(raw.get("cautions") or [], self.scopes(raw.get("governs")))),
        )
        return instrument if len(self.wrong) == before else None

    def among(self, raw: Mapping[str, Any], key: str, allowed: tuple[str, ...]) -> None:
        if raw.get(key) not in allowed:
            self.say(raw.get("__line__", 1), f"{key} is {raw.get(key)!r}; use {', '.join(allowed)}")

    def text(self, raw: Mapping[str, Any], key: str) -> dict[str, str]:
        own = raw.get(key)
        if not isinstance(own, dict) or any(not own.get(language) for language in LANGUAGES):
            self.say(raw.get("__line__", 1), f"{key} must be given in en, ko and fr")
            return dict.fromkeys(LANGUAGES, "")
        texts = {language: str(own[language]).strip() for language in LANGUAGES}
        return texts | {"ko": korean(texts["ko"]), "fr": french(texts["fr"])}

    def later(self, raw: list[Any]) -> Iterable[tuple[dt.date, dict[str, str]]]:
        """Sentences that joined the summary, each with the day on which it was known, in the order of those days."""
        days: list[dt.date] = []
        for own in raw:
            known = self.day(own, "known", last=True)
            if known is None:
                self.say(
                    own["__line__"], "a later sentence of the summary needs known, the day on which it was learned"
                )
                continue
            if days and known < days[-1]:
                self.say(own["__line__"], f"it was known on {known}, before the sentence above it; order them by day")
            days.append(known)
            yield known, self.text({"summary": own, "__line__": own["__line__"]}, "summary")

    def cautions(self, raw: list[Any], governs: tuple[Scope, ...]) -> Iterable[Caution]:
        """Sentences told with a stack of duties; without a scope of their own they are about what the instrument governs."""
        for own in raw:
            line = own["__line__"]
            for key in own.keys() - _CAUTION - {"__line__"}:
                self.say(line, f"a caution has no {key!r}; use {', '.join(sorted(_CAUTION))}")
            first, last, known = (
                self.day(own, "from"),
                self.day(own, "to", last=True),
                self.day(own, "known", last=True),
            )
            if first is None or known is None:
                self.say(
                    line, "a caution needs from, its first day of entry, and known, the day on which it was learned"
                )
                continue
            text = self.text({"caution": own, "__line__": line}, "caution")
            if own.get("read for", "pack") != "pack":
                self.say(line, f"'read for' is {own['read for']!r}; use pack, or leave it out")
            scopes = self.scopes(own.get("governs")) or governs
            yield Caution(first, last, known, scopes, text, read_for_pack="read for" in own)

    def switches(self, raw: Mapping[str, Any]) -> Iterable[tuple[str, Mapping[str, Any]]]:
        for name, own in raw.items():
            if name == "__line__":
                continue
            plain = _plain(own)
            if isinstance(plain.get("title"), dict) and plain["title"].get("fr"):
                plain["title"]["fr"] = french(plain["title"]["fr"])
            if "known" in own:
                plain["known"] = self.day(own, "known", last=True)
            yield name, plain

    def scopes(self, raw: Any) -> tuple[Scope, ...]:
        result = []
        for one in raw or []:
            fields = {k.replace(" ", "_"): _texts(v) for k, v in one.items() if k != "__line__"}
            strange = fields.keys() - Scope.__dataclass_fields__.keys()
            if strange:
                self.say(one["__line__"], f"governs knows no {', '.join(sorted(strange))}")
                continue
            for name in ("hs", "unless_hs"):
                if any(not re.fullmatch(r"\d{2,10}", code) for code in fields.get(name, ())):
                    self.say(
                        one["__line__"], f"{name} must be HS prefixes of 2 to 10 digits in quotes, such as '850760'"
                    )
            result.append(Scope(**fields))
        return tuple(result)

    def day(self, own: Mapping[str, Any], key: str, last: bool = False) -> dt.date | None:
        value = own.get(key)
        if value is None:
            return None
        if isinstance(value, dt.date):
            return value
        try:
            return parse_date(str(value), last=last)
        except ValueError:
            self.say(own["__line__"], f"{key} is {value!r}, which is not a date such as 2026-02-24")
            return None

    def fact(self, own: Any, value: Any) -> Fact | None:
        if not isinstance(own, dict):
            self.say(1, f"{own!r} is no dated statement; write from, value, known, source and confidence")
            return None
        line = own["__line__"]
        for key in own.keys() - _FACT - {"__line__"}:
            self.say(line, f"a dated statement has no {key!r}")
        for key in ("from", "known", "source", "confidence"):
            if own.get(key) in (None, ""):
                self.say(line, f"{key} is missing; every statement needs from, known, source and confidence")
        if any(own.get(key) in (None, "") for key in ("from", "known", "source", "confidence")):
            return None
        if own["source"] not in self.sources:
            self.say(line, f"the source {own['source']!r} is not in sources.csv")
        if own["confidence"] not in CONFIDENCE:
            self.say(line, f"confidence is {own['confidence']!r}; use {', '.join(CONFIDENCE)}")
        first, last, known = self.day(own, "from"), self.day(own, "to", last=True), self.day(own, "known", last=True)
        if first is None or known is None:
            return None
        if last is not None and last < first:
            self.say(line, f"it ends on {last}, before it begins on {first}")
        return Fact(
            value, first, last, known, str(own["source"]), str(own["confidence"]), str(own.get("note") or ""), line
        )

    def status(self, raw: Any) -> tuple[Fact, ...]:
        facts = []
        states = tuple(s.value for s in Status if s not in (Status.NONE, Status.UNKNOWN))
        for own in raw or []:
            fact = self.fact(own, own.get("is") if isinstance(own, dict) else None)
            if fact is None:
                continue
            if fact.value not in states:
                self.say(fact.line, f"status is {fact.value!r}; use {', '.join(states)}")
            facts.append(fact)
        # What follows a suspension may not be known: then the status is unknown, and says so.
        self.contiguous("status", facts, lambda fact: fact.value == Status.SUSPENDED)
        return tuple(facts)

    def parameter(self, name: str, own: Any, clock: str) -> Parameter | None:
        if not isinstance(own, dict):
            self.say(1, f"the parameter {name} is empty; give title, unit and values")
            return None
        line = own["__line__"]
        strange = own.keys() - {"title", "unit", "clock", "met", "citation", "governs", "values", "__line__"}
        if strange:
            self.say(line, f"the parameter {name} has no {', '.join(sorted(strange))}")
        if "clock" in own and own["clock"] not in CLOCKS:
            self.say(line, f"clock is {own['clock']!r}; use {', '.join(CLOCKS)}")
        if own.get("met") is not None and own["met"] not in MET:
            self.say(line, f"met is {own['met']!r}; use {', '.join(MET)}")
        if not own.get("unit") or not own.get("values"):
            self.say(line, f"the parameter {name} needs a unit and values")
            return None
        facts: dict[str, list[Fact]] = {}
        for one in own["values"]:
            if not isinstance(one, dict) or "value" not in one:
                self.say(line, f"{name}: a statement without a value; give one, or leave the statement out")
                continue
            value = one["value"]
            pairs = (
                [(str(k), v) for k, v in value.items() if k != "__line__"]
                if isinstance(value, dict)
                else [(key, value) for key in _texts(one.get("for")) or (ANY,)]
            )
            for key, single in pairs:
                if single is None:
                    self.say(one["__line__"], f"{name}: a statement without a value; give one, or leave it out")
                    continue
                fact = self.fact(one, _value(single))
                if fact is not None:
                    facts.setdefault(key, []).append(fact)
        for key, dated in facts.items():
            self.contiguous(name if key == ANY else f"{name} for {key}", dated, lambda _: False)
        return Parameter(
            name=name,
            title=self.text(own, "title"),
            unit=str(own["unit"]),
            clock=own.get("clock", clock),
            met=own.get("met", ""),
            citation=str(own.get("citation", "")),
            governs=self.scopes(own.get("governs")),
            facts={key: tuple(dated) for key, dated in facts.items()},
        )

    def contiguous(self, what: str, facts: list[Fact], may_end: Any) -> None:
        """No day is said twice on one day of knowledge, none is left out, and the last statement does not end unsaid."""
        if not facts:
            return
        for known in sorted({fact.known for fact in facts}):
            layer = sorted((fact for fact in facts if fact.known == known), key=lambda fact: fact.first)
            for a, b in itertools.pairwise(layer):
                if a.last is None or a.last >= b.first:
                    self.say(
                        b.line, f"{what}: two statements known on {known} overlap on {b.first}; end the first before"
                    )
                    return
            line = timeline(tuple(facts), known)
            for a, b in itertools.pairwise(line):
                if a.last is not None and a.last + _DAY < b.first and not may_end(a):
                    self.say(
                        b.line, f"{what}: nothing is said of {a.last + _DAY} to {b.first - _DAY}, as known on {known}"
                    )
                    return
            if line[-1].last is not None and not may_end(line[-1]):
                self.say(
                    line[-1].line,
                    f"{what}: nothing is said after {line[-1].last}, as known on {known}; say what follows (expired, 0, …)",
                )
                return

    def questions(self, instrument: str, raw: list[Any]) -> Iterable[Question]:
        for own in raw:
            line = own["__line__"]
            branches = tuple(
                Branch(
                    str(b["name"]),
                    self.text(b, "title"),
                    b["weight"],
                    {k: _value(v) for k, v in b.items() if k not in ("name", "title", "weight", "__line__")},
                )
                for b in own.get("branches", [])
            )
            if sum((b.weight for b in branches), Decimal(0)) != 1:
                self.say(line, "the weights of the branches must add to 1")
            if own.get("default") not in [b.name for b in branches]:
                self.say(line, "default must name one of the branches")
            if own.get("source") not in self.sources:
                self.say(line, f"the source {own.get('source')!r} is not in sources.csv")
            first, known = self.day(own, "from"), self.day(own, "known", last=True)
            if first is None or known is None:
                self.say(line, "an open question needs from and known")
                continue
            yield Question(
                name=str(own["name"]),
                instrument=instrument,
                title=self.text(own, "title"),
                first=first,
                known=known,
                closed=self.day(own, "closed"),
                default=str(own.get("default")),
                branches=branches,
                source=str(own.get("source")),
                confidence=str(own.get("confidence", "assumed")),
            )

    def events(self, raw: list[Any]) -> Iterable[Mapping[str, Any]]:
        for own in raw:
            line = own["__line__"]
            if own.get("source") not in self.sources:
                self.say(line, f"the source {own.get('source')!r} is not in sources.csv")
            date, known = self.day(own, "date"), self.day(own, "known", last=True)
            if date is None or known is None:
                self.say(line, "an event needs date and known")
                continue
            yield {
                "date": date,
                "known": known,
                "title": self.text(own, "title"),
                "source": own.get("source"),
                "confidence": own.get("confidence", "stated"),
            }


def _texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, list):
        return tuple(str(one) for one in value)
    return (str(value),)


def _value(value: Any) -> Any:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, list):
        return _texts(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items() if k != "__line__"}
    return [_plain(v) for v in value] if isinstance(value, list) else value


def check(folder: str | Path | None = None) -> list[str]:
    """Everything that is wrong with the instruments of a folder, as sentences; empty if nothing is."""
    try:
        load(folder)
    except LawError as error:
        return error.problems
    return []


#: Kept for callers that show problems of tables and of law side by side.
__all__ = ["CLOCKS", "KINDS", "LawError", "Problem", "check", "load", "parse"]
