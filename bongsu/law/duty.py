"""Duties at a border: the stack of what applies to goods on a day, in order, with what excludes what.

Nothing about stacking is written here. Every instrument says in its ``duty:`` block how it is charged, what takes goods out of it
and which preference spares them (``docs/law-duties.md``). Rates are percent of customs value. Where a fact or the state of an
instrument is not known, the stack is undetermined and has no total; it is never zero for want of knowledge.

>>> from bongsu.law import Law
>>> from bongsu.law.duty import Entry, duty
>>> stack = duty(Entry(hs="850760", origin="KR", destination="US", preference="KORUS", use="ev"), Law.load().on("2025-10-01"))
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from bongsu.law.finding import Finding, Missing, Outcome, Step
from bongsu.law.instrument import ANY, Found, Instrument, Law, LawOn, Status, covered
from bongsu.law.regime import Regime
from bongsu.law.spans import turns

ZERO = Decimal(0)
WHOLE = Decimal(100)
#: Name under which a plain frame may be asked; other columns of a frame are left as they are.
COLUMNS = ("hs", "origin", "destination", "preference", "use")
#: Fields that may name a key of a rate, as ``keyed by`` of a ``duty:`` block.
_DIMENSIONS = ("hs", "origin", "destination", "use", "exporter")
#: Uses that a rate or a scope may turn on.
USES = ("ev", "other")
#: What only few instruments ask of goods.
_BESIDES = ("us_content", "exporter")
_NOTHING = (None, None)
_SCOPE = ("hs", "origin", "destination", "use")


class Entry(BaseModel):
    """Goods entered at a border, in the terms that decide their duty."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hs: str = Field(pattern=r"^\d{6,10}$", description="HS code of the country of destination, 6 to 10 digits, no dots")
    origin: str = Field(pattern=r"^[A-Z]{2}$", description="country of origin for duty, ISO code such as KR")
    destination: str = Field(pattern=r"^[A-Z]{2}$", description="country of entry, ISO code such as US")
    preference: str | None = Field(
        default=None, description="preference claimed and met, such as USMCA, KORUS or CKFTA; none if left out"
    )
    use: Literal["ev", "other"] | None = Field(
        default=None, description="use of batteries and parts: ev or other; left out = not known"
    )
    value: Decimal | None = Field(default=None, ge=0, description="customs value, for the amount of duty")
    us_content: Decimal | None = Field(
        default=None,
        ge=0,
        le=100,
        description="approved US content in percent of value, for vehicles under a US preference; left out = not known",
    )
    exporter: str | None = Field(
        default=None,
        description="exporter as named in an anti-dumping or countervailing notice; left out = none that is named",
    )
    producer: str | None = Field(default=None, description="producer, for the record")


class UnknownPreference(ValueError):
    """A preference that no instrument grants."""


class State(StrEnum):
    """What becomes of one instrument in the stack."""

    APPLIES = "applies"
    EXCLUDED = "excluded"
    DEPOSIT = "deposit"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Line:
    """One instrument in the stack.

    Attributes:
        instrument, name: identifier, and title by language.
        rate: percent of value that it adds; None where unknown or excluded.
        base: what the statutory rate is charged on: ``value``, ``content`` or ``all-in``.
        state: see :class:`State`.
        reason, args: key of a phrase with its parts.
        found: the value of law it rests on.
        by: the instrument or preference that excludes it; of a preference that is not granted, its own name.
        working: arithmetic with its numbers.
    """

    instrument: str
    name: Mapping[str, str]
    rate: Decimal | None
    base: str
    state: State
    reason: str
    args: Mapping[str, Any] = field(default_factory=dict)
    found: Found | None = None
    by: str = ""
    working: str = ""

    @property
    def counts(self) -> bool:
        """Whether its rate is part of what is paid at the border."""
        return self.state in (State.APPLIES, State.DEPOSIT)


@dataclass(frozen=True)
class DutyStack:
    """What applies to goods at a border.

    Attributes:
        lines: every instrument that reaches the goods, in order.
        missing: facts or states of law without which there is no total.
        taken_as: the longer code that a code of six digits was taken for, where an instrument names the usual one.
    """

    lines: tuple[Line, ...]
    missing: tuple[Missing, ...]
    taken_as: Found | None = None

    @property
    def outcome(self) -> Literal["determined", "undetermined"]:
        """Whether everything that bears on the total is known."""
        return "undetermined" if self.missing else "determined"

    @cached_property
    def floor(self) -> Decimal:
        """Sum of the rates that are known to be paid, % of value: the total, or the least it can be."""
        return sum((line.rate for line in self.lines if line.counts and line.rate is not None), ZERO)

    @property
    def total(self) -> Decimal | None:
        """Percent of value paid at the border, deposits included; None where undetermined."""
        return None if self.missing else self.floor

    @cached_property
    def deposits(self) -> Decimal:
        """The part of it that is deposited until a final determination, % of value."""
        paid = (line.rate for line in self.lines if line.state is State.DEPOSIT and line.rate is not None)
        return sum(paid, ZERO)

    def amount(self, value: Decimal) -> Decimal | None:
        """Duty and deposits on goods of that customs value, same currency; None where undetermined.

        Raises:
            ValueError: the value is negative.
        """
        if value < 0:
            raise ValueError(f"the customs value is {value}; it cannot be negative.")
        return None if self.total is None else value * self.total / WHOLE

    def line(self, instrument: str) -> Line | None:
        """The line of an instrument; None if it does not reach the goods."""
        return next((line for line in self.lines if line.instrument == instrument), None)


@dataclass(frozen=True)
class _Rule:
    """One instrument on the day: its ``duty:`` block with every dated value looked up once."""

    instrument: Instrument
    status: Status
    order: Decimal
    kind: str
    charges: str
    keyed: tuple[str, ...]
    unlisted: str
    rates: Mapping[str, Found]
    all_in: Mapping[str, Found]
    all_in_keyed: tuple[str, ...]
    all_in_with: tuple[str, ...]
    exempt_hs: tuple[str, ...]
    exempt_preference: tuple[str, ...]
    content_preference: tuple[str, ...]
    excluded_by: tuple[str, ...]
    yields_to: tuple[str, ...]
    preference: str
    lowers: tuple[str, ...]

    @property
    def id(self) -> str:
        return self.instrument.id


def _texts(value: Any) -> tuple[str, ...]:
    return () if value is None else tuple(map(str, value)) if isinstance(value, list | tuple) else (str(value),)


def _values(law: LawOn, instrument: str, parameter: str | None) -> dict[str, Found]:
    """Every key of a parameter with the value it has on the day."""
    if parameter is None or parameter not in law.law[instrument].parameters:
        return {}
    found = {}
    for key in law.law[instrument].parameters[parameter].keys:
        one = law.find(instrument, parameter, key)
        if one is not None and one.key == key:
            found[key] = one
    return found


def _list(law: LawOn, instrument: str, given: Any) -> tuple[str, ...]:
    """A list written in the block, or the list that a parameter named there has on the day."""
    if isinstance(given, str) and given in law.law[instrument].parameters:
        found = law.find(instrument, given)
        return () if found is None else found.list
    return _texts(given)


def _rule(law: LawOn, instrument: Instrument, status: Status) -> _Rule:
    block = instrument.duty
    all_in = block.get("all in")
    return _Rule(
        instrument=instrument,
        status=status,
        order=Decimal(block.get("order", 0)),
        kind=str(block.get("kind", "duty")),
        charges=str(block.get("charges", "ad valorem")),
        keyed=_texts(block.get("keyed by")),
        unlisted=str(block.get("unlisted", "unknown")),
        rates=_values(law, instrument.id, str(block.get("rate", "rate"))),
        all_in=_values(law, instrument.id, None if all_in is None else str(all_in)),
        all_in_keyed=_texts(block.get("all in keyed by", ["origin"])),
        all_in_with=_texts(block.get("all in with")),
        exempt_hs=_list(law, instrument.id, block.get("exempt hs")),
        exempt_preference=_list(law, instrument.id, block.get("exempt preference")),
        content_preference=_list(law, instrument.id, block.get("content preference")),
        excluded_by=(
            *_texts(block.get("excluded by")),
            *_list(law, instrument.id, block.get("dated exclusions")),
        ),
        yields_to=_list(law, instrument.id, block.get("yields to")),
        preference=str(block.get("preference", "")),
        lowers=_texts(block.get("lowers")),
    )


def _prefixed(hs: str, prefixes: Iterable[str]) -> bool | None:
    """Whether a code falls under one of the prefixes; None where a longer code would decide it."""
    verdict: bool | None = False
    for prefix in prefixes:
        if hs.startswith(prefix):
            return True
        if prefix.startswith(hs):
            verdict = None
    return verdict


@dataclass
class _Day:
    """The duties in force on a day, with what has been looked up kept for the next goods."""

    law: LawOn
    rules: tuple[_Rule, ...]
    kept: dict[Any, Any] = field(default_factory=dict)
    #: Of :func:`totals`: number of the class of a code in a destination, classes, what else is asked of goods, answers.
    hs_kind: dict[tuple[str, str], int] = field(default_factory=dict)
    kinds: dict[Any, int] = field(default_factory=dict)
    asked: dict[Any, frozenset[str]] = field(default_factory=dict)
    classes: dict[Any, tuple[float | None, float, float, bool]] = field(default_factory=dict)

    @cached_property
    def ordinary(self) -> frozenset[str]:
        """Instruments that hold the ordinary duty of a country: those that say so, and those that a preference lowers."""
        lowered = {name for rule in self.rules for name in rule.lowers}
        return frozenset(lowered | {rule.id for rule in self.rules if rule.kind == "ordinary"})

    @cached_property
    def usual(self) -> dict[tuple[str, str], Found]:
        """The longer code usually meant by a short one, by destination and code, as instruments name it (``usual_line``)."""
        found = {}
        for instrument in self.law.law:
            if "usual_line" in instrument.parameters:
                for hs, one in _values(self.law, instrument.id, "usual_line").items():
                    for scope in instrument.governs:
                        found.update({(destination, hs): one for destination in scope.destination})
        return found

    @cached_property
    def preferences(self) -> dict[str, list[Instrument]]:
        """The instruments that grant each preference, in force on the day or not."""
        found: dict[str, list[Instrument]] = {}
        for instrument in self.law.law:
            if instrument.duty and instrument.duty.get("preference"):
                found.setdefault(str(instrument.duty["preference"]), []).append(instrument)
        return found

    @cached_property
    def aliases(self) -> dict[str, str]:
        """Other names of preferences, as each country calls its agreement."""
        return {
            other: name
            for name, instruments in self.preferences.items()
            for one in instruments
            for other in _texts(one.duty.get("also called"))
        }

    @cached_property
    def by_id(self) -> dict[str, _Rule]:
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def prefixes(self) -> frozenset[str]:
        """Every HS prefix that any rule of the day mentions: codes that these treat alike have the same duty."""
        found: set[str] = set()
        for rule in self.rules:
            found.update(rule.exempt_hs)
            for scope in rule.instrument.governs:
                found.update((*scope.hs, *scope.unless_hs))
            for keyed, table in ((rule.keyed, rule.rates), (rule.all_in_keyed, rule.all_in)):
                if "hs" in keyed:
                    found.update(key.split()[keyed.index("hs")] for key in table if key != ANY)
        return frozenset(found)

    @cached_property
    def longer(self) -> dict[str, frozenset[str]]:
        """The prefixes that are longer than each beginning of them."""
        result: dict[str, set[str]] = {}
        for prefix in self.prefixes:
            for length in range(1, len(prefix)):
                result.setdefault(prefix[:length], set()).add(prefix)
        return {beginning: frozenset(found) for beginning, found in result.items()}

    @cached_property
    def names(self) -> dict[str, frozenset[str]]:
        """Every country, by field, that any rule of the day tells from the others."""
        found: dict[str, set[str]] = {"origin": set(), "destination": set()}
        for rule in self.rules:
            for scope in rule.instrument.governs:
                found["origin"].update((*scope.origin, *scope.unless_origin))
                found["destination"].update(scope.destination)
            for keyed, table in ((rule.keyed, rule.rates), (rule.all_in_keyed, rule.all_in)):
                for name, values in found.items():
                    if name in keyed:
                        values.update(key.split()[keyed.index(name)] for key in table if key != ANY)
        return {name: frozenset(values) for name, values in found.items()}

    def asks(self, entry: Entry, usual: str) -> frozenset[str]:
        """Which of US content and exporter an instrument asks for that may reach the goods, under their usual code."""
        scope = {"hs": usual, "origin": entry.origin, "destination": entry.destination, "use": entry.use}
        found = set()
        for rule in self.rules:
            content = entry.preference in rule.content_preference
            named = "exporter" in (*rule.keyed, *rule.all_in_keyed)
            if (content or named) and covered(rule.instrument.governs, **scope) is not False:
                found |= {name for name, asks in (("us_content", content), ("exporter", named)) if asks}
        return frozenset(found)

    def hs_class(self, hs: str) -> tuple[frozenset[str], frozenset[str]]:
        """What the rules of the day can tell of a code: two codes of one class have the same duties."""
        under = frozenset(hs[:length] for length in range(2, len(hs) + 1) if hs[:length] in self.prefixes)
        return under, self.longer.get(hs, frozenset())

    def reach(self, rule: _Rule, entry: Entry) -> bool | None:
        """Whether goods are within an instrument, preferences and exclusions left aside."""
        key = ("reach", rule.id, entry.hs, entry.origin, entry.destination, entry.use)
        if key not in self.kept:
            verdict = covered(rule.instrument.governs, **{name: getattr(entry, name) for name in _SCOPE})
            spared = _prefixed(entry.hs, rule.exempt_hs) if verdict is not False else False
            if spared is True:
                verdict = False
            elif spared is None and verdict is True:
                verdict = None
            if verdict is not False and rule.unlisted == "outside":
                asked = [(rule.rates, rule.keyed), (rule.all_in, rule.all_in_keyed)]
                picked = [self.rate(rule, values, keyed, entry) for values, keyed in asked if values]
                if all(found is None for found, _ in picked):
                    verdict = None if any(lacking for _, lacking in picked) else False
            self.kept[key] = verdict
        verdict = self.kept[key]
        return None if verdict is True and rule.status is Status.UNKNOWN else verdict

    def rate(
        self, rule: _Rule, table: Mapping[str, Found], keyed: tuple[str, ...], entry: Entry
    ) -> tuple[Found | None, tuple[str, ...]]:
        """The value of the most particular key that fits the goods, and the fields that would decide between several."""
        asked = tuple(getattr(entry, name) for name in keyed)
        key = ("rate", id(table), asked)
        if key not in self.kept:
            self.kept[key] = _pick(table, keyed, asked)
        found: tuple[Found | None, tuple[str, ...]] = self.kept[key]
        return found


def _fits(name: str, asked: str | None, key: str) -> tuple[bool | None, int]:
    """Whether a part of a key fits, and how particular it is."""
    if key == ANY:
        return True, 0
    if name == "hs":
        code = asked or ""
        return (True if code.startswith(key) else None if key.startswith(code) else False), len(key)
    if asked is None:
        return (False if name == "exporter" else None), 1
    return asked == key, 1


def _pick(
    table: Mapping[str, Found], keyed: tuple[str, ...], asked: tuple[str | None, ...]
) -> tuple[Found | None, tuple[str, ...]]:
    best: tuple[tuple[int, ...], Found] | None = None
    open_: list[tuple[tuple[int, ...], Found, tuple[str, ...]]] = []
    for key, found in table.items():
        parts = (ANY,) * len(keyed) if key == ANY else tuple(key.split())
        fits = [_fits(name, value, part) for name, value, part in zip(keyed, asked, parts, strict=True)]
        verdicts = [verdict for verdict, _ in fits]
        if False in verdicts:
            continue
        score = tuple(score for _, score in fits)
        if None in verdicts:
            lacking = tuple(name for name, verdict in zip(keyed, verdicts, strict=True) if verdict is None)
            open_.append((score, found, lacking))
        elif best is None or score > best[0]:
            best = (score, found)
    rivals = [one for one in open_ if best is None or one[0] > best[0]]
    if not rivals:
        return (None if best is None else best[1]), ()
    values = {one[1].value for one in rivals} | ({best[1].value} if best else set())
    lacking = tuple(dict.fromkeys(name for one in rivals for name in one[2]))
    # Both uses named with one value: the use does not matter.
    if len(values) == 1 and (best is not None or (lacking == ("use",) and len(rivals) > 1)):
        return (best[1] if best else rivals[0][1]), ()
    return None, lacking


_DAYS: dict[Any, tuple[Law, _Day]] = {}
_KEPT_DAYS = 64


#: Rules by instrument and span of days in which nothing of it changes, and the days on which it does, by law and knowledge.
_RULES: dict[Any, tuple[Law, dict[str, list[dt.date]], dict[tuple[str, int], _Rule | None]]] = {}


def _rule_of_span(
    law: LawOn, one: Instrument, edges: dict[str, list[dt.date]], kept: dict[tuple[str, int], _Rule | None]
) -> _Rule | None:
    """The rule of an instrument on the day of the law, None where it is not in force; looked up once for each span."""
    if one.id not in edges:
        edges[one.id] = turns(law, one.id).tolist()
    span = (one.id, bisect_right(edges[one.id], law.date))
    if span not in kept:
        status = law.status(one.id)
        kept[span] = _rule(law, one, status) if status in (Status.IN_FORCE, Status.UNKNOWN) else None
    return kept[span]


def _day(law: LawOn) -> _Day:
    key = (id(law.law), law.date, law.known, tuple(sorted(law.taken.items())))
    held = _DAYS.get(key)
    if held is None:
        known = (id(law.law), law.known, key[-1])
        if known not in _RULES:
            if len(_RULES) >= _KEPT_DAYS:
                _RULES.pop(next(iter(_RULES)))
            _RULES[known] = (law.law, {}, {})
        rules = [rule for one in law.law if one.duty and (rule := _rule_of_span(law, one, *_RULES[known][1:]))]
        rules.sort(key=lambda rule: (rule.order, rule.id))
        if len(_DAYS) >= _KEPT_DAYS:
            _DAYS.pop(next(iter(_DAYS)))
        held = _DAYS[key] = (law.law, _Day(law, tuple(rules)))
    return held[1]


def duty(entry: Entry, law: LawOn) -> DutyStack:
    """The stack of duties on goods entered on the day of the law.

    Args:
        entry: the goods.
        law: the law in force on the day of entry.

    Raises:
        UnknownPreference: no instrument grants the preference that is claimed.
    """
    return _stack(_day(law), entry)


def _stack(day: _Day, entry: Entry) -> DutyStack:
    taken_as = day.usual.get((entry.destination, entry.hs))
    if taken_as is not None:
        entry = entry.model_copy(update={"hs": str(taken_as.value)})
    lines: dict[str, Line] = {}
    missing: list[Missing] = []
    if entry.preference in day.aliases:
        entry = entry.model_copy(update={"preference": day.aliases[entry.preference]})
    if entry.preference is not None and entry.preference not in day.preferences:
        known = ", ".join(sorted(day.preferences))
        raise UnknownPreference(f"there is no preference {entry.preference!r}; there are {known}, or leave it out.")
    granted = [rule for rule in day.rules if rule.kind == "preference" and rule.preference == entry.preference]
    claim = next((rule for rule in granted if day.reach(rule, entry)), None)
    if entry.preference is not None and claim is None:
        if any(day.reach(rule, entry) is None for rule in granted):
            missing.append(Missing("duty.missing.preference", {"preference": entry.preference}))
        else:
            not_granted = _not_granted(day, entry, entry.preference)
            lines[not_granted.instrument] = not_granted
    for rule in day.rules:
        if rule.kind == "preference" and rule is not claim:
            continue
        line, lacking = _line(day, rule, entry, claim, lines)
        if line is not None:
            lines[rule.id] = line
        missing += lacking
    if entry.origin != entry.destination and not _ordinary(day, lines):
        missing.append(Missing("duty.missing.ordinary", {"destination": entry.destination, "origin": entry.origin}))
    return DutyStack(tuple(lines.values()), tuple(missing), taken_as)


def _not_granted(day: _Day, entry: Entry, preference: str) -> Line:
    """The line of a preference that is claimed but not granted to the goods: that of the country of entry, if it has one."""
    there = day.preferences[preference]
    here = (one for one in there if any(entry.destination in scope.destination for scope in one.governs))
    one = next(here, there[0])
    args = {"preference": preference, "hs": entry.hs, "origin": entry.origin, "destination": entry.destination}
    return Line(one.id, one.title, None, "value", State.EXCLUDED, "duty.not-granted", args, by=preference)


def _ordinary(day: _Day, lines: Mapping[str, Line]) -> bool:
    """Whether the ordinary duty of the destination is among the lines: without it a total would leave out what is not on file."""
    return any(name in day.ordinary for name in lines)


def _line(
    day: _Day, rule: _Rule, entry: Entry, claim: _Rule | None, lines: Mapping[str, Line]
) -> tuple[Line | None, list[Missing]]:
    """The line of one instrument, given those before it."""
    name = rule.instrument.title
    reached = day.reach(rule, entry)
    if reached is False:
        return None, []

    def line(state: State, reason: str, rate: Decimal | None = None, **more: Any) -> Line:
        return Line(rule.id, name, rate, more.pop("base", "value"), state, f"duty.{reason}", **more)

    for other in rule.excluded_by:
        if other in day.by_id and day.reach(day.by_id[other], entry) is True:
            by = day.by_id[other].instrument.title
            return line(State.EXCLUDED, "excluded-by", by=other, args={"by": by}), []
    for other in rule.yields_to:
        against = day.by_id.get(other)
        spared = claim is not None and against is not None and claim.preference in against.exempt_preference
        if against is not None and not spared and day.reach(against, entry) is True:
            by = against.instrument.title
            return line(State.EXCLUDED, "excluded-by", by=other, args={"by": by}), []
    if claim is not None and claim.preference in rule.exempt_preference:
        return line(State.EXCLUDED, "preference", by=claim.preference, args={"by": claim.instrument.title}), []
    if claim is not None and rule.id in claim.lowers:
        lower = lines.get(claim.id)
        if lower is not None and lower.rate is not None and lower.rate == 0:
            return line(State.EXCLUDED, "lowered", by=claim.id, args={"by": claim.instrument.title}), []
    if reached is None:
        return _unknown(day, rule, entry, line)
    doubt = [o for o in rule.excluded_by if o in day.by_id and day.reach(day.by_id[o], entry) is None]
    found, lacking = day.rate(rule, rule.rates, rule.keyed, entry)
    cap, cap_lacking = day.rate(rule, rule.all_in, rule.all_in_keyed, entry) if rule.all_in else (None, ())
    if lacking or cap_lacking:
        names = tuple(dict.fromkeys((*lacking, *cap_lacking)))
        return line(State.UNKNOWN, "fact-missing"), [_fact(rule, one, entry) for one in names]
    if found is None and cap is None:
        args = {"instrument": name, "hs": entry.hs, "origin": entry.origin}
        return line(State.UNKNOWN, "unlisted", args=args), [Missing("duty.missing.rate", args)]
    if doubt:
        return line(State.UNKNOWN, "fact-missing"), _doubts(day, rule, doubt, entry)
    state = State.DEPOSIT if rule.kind == "deposit" else State.APPLIES
    if cap is not None:
        return _all_in(rule, cap, lines, line, state)
    assert found is not None
    if claim is not None and claim.preference in rule.content_preference:
        if entry.us_content is None:
            return line(State.UNKNOWN, "fact-missing", found=found), [_fact(rule, "us_content", entry)]
        outside = WHOLE - entry.us_content
        working = f"{found.number} × {outside} / 100"
        rate = found.number * outside / WHOLE
        return line(state, "content", rate, base="content", found=found, working=working), []
    if claim is not None and rule.id in claim.lowers:
        lower = lines.get(claim.id)
        if lower is None or lower.rate is None:
            return line(State.UNKNOWN, "fact-missing"), []
        if lower.rate <= found.number:
            return line(State.EXCLUDED, "lowered", by=claim.id, args={"by": claim.instrument.title}, found=found), []
    reason = "deposit" if state is State.DEPOSIT else "preferential" if rule.kind == "preference" else "applies"
    return line(state, reason, found.number, found=found), []


def _all_in(
    rule: _Rule, cap: Found, lines: Mapping[str, Line], line: Any, state: State
) -> tuple[Line | None, list[Missing]]:
    """A duty that fills up to a total together with others: what they leave of it, never less than nothing."""
    counted = [
        one
        for id_, one in lines.items()
        if (id_ in rule.all_in_with or one.reason == "duty.preferential") and one.state is not State.EXCLUDED
    ]
    if any(one.rate is None for one in counted):
        return line(State.UNKNOWN, "fact-missing", base="all-in", found=cap), []
    before = sum((one.rate for one in counted if one.rate is not None), ZERO)
    rate = max(cap.number - before, ZERO)
    working = f"max({cap.number} − {before}, 0)"
    return line(state, "all-in", rate, base="all-in", found=cap, working=working, args={"total": cap.number}), []


def _fact(rule: _Rule, name: str, entry: Entry) -> Missing:
    return Missing(f"duty.missing.{name}", {"instrument": rule.instrument.title, "hs": entry.hs})


def _unknown(day: _Day, rule: _Rule, entry: Entry, line: Any) -> tuple[Line, list[Missing]]:
    if rule.status is Status.UNKNOWN:
        args = {"instrument": rule.instrument.title}
        return line(State.UNKNOWN, "status-unknown", args=args), [Missing("duty.missing.status", args)]
    return line(State.UNKNOWN, "fact-missing"), [_fact(rule, one, entry) for one in _undecided(day, rule, entry)]


def _undecided(day: _Day, rule: _Rule, entry: Entry) -> tuple[str, ...]:
    """The fields on which it turns whether goods are within an instrument."""
    if entry.use is None:
        uses = [day.reach(rule, entry.model_copy(update={"use": use})) for use in USES]
        if None not in uses:
            return ("use",)
    return ("hs",)


def _doubts(day: _Day, rule: _Rule, doubt: list[str], entry: Entry) -> list[Missing]:
    found = []
    for one in doubt:
        other = day.by_id[one]
        if other.status is Status.UNKNOWN:
            found.append(Missing("duty.missing.status", {"instrument": other.instrument.title}))
        else:
            found += [_fact(other, name, entry) for name in _undecided(day, other, entry)]
    return found


def table(frame: pl.DataFrame, law: LawOn) -> pl.DataFrame:
    """Duties of many goods on one day: the frame with ``total`` (null where undetermined), ``deposits``, ``floor`` (float,
    % of value) and ``undetermined``.

    Goods that the instruments of the day cannot tell apart are worked out once.

    Args:
        frame: columns hs, origin, destination and, if wanted, preference, use and us_content (null = as left out in Entry).
        law: the law in force on the day of entry.

    Raises:
        ValueError: a column is missing, a code is malformed, or a preference is none that any instrument grants.
    """
    lacking = [name for name in COLUMNS[:3] if name not in frame.columns]
    if lacking:
        raise ValueError(f"the table has no {', '.join(lacking)}; give the columns hs, origin and destination.")
    names = [name for name in (*COLUMNS, "us_content", "exporter") if name in frame.columns]
    unique = frame.select(names).unique(maintain_order=True)
    answer = pl.DataFrame(
        totals(names, unique.iter_rows(), law),
        schema={"total": pl.Float64, "deposits": pl.Float64, "floor": pl.Float64, "undetermined": pl.Boolean},
        orient="row",
    )
    keyed = pl.concat([unique, answer], how="horizontal")
    return frame.join(keyed, on=names, how="left", nulls_equal=True, maintain_order="left")


def totals(
    names: Sequence[str], goods: Iterable[tuple[Any, ...]], law: LawOn
) -> list[tuple[float | None, float, float, bool]]:
    """Total (None where undetermined), deposits, floor (% of value) and whether undetermined, of many goods on one day.

    Args:
        names: fields of :class:`Entry` in the order of each row: hs, origin and destination first.
        goods: a row of values each.
        law: the law in force on the day of entry.

    Raises:
        ValueError: a code is malformed, or a preference is none that any instrument grants.
    """
    day = _day(law)
    hs_kind, kinds, asked = day.hs_kind, day.kinds, day.asked
    more = "us_content" in names or "exporter" in names
    # Answers that turn on a content are of one table; the others serve every table of the day.
    own: dict[Any, tuple[float | None, float, float, bool]] = {}
    rows: list[tuple[float | None, float, float, bool]] = []
    for row in goods:
        given = dict(zip(names, row, strict=True))
        code = (str(given["destination"]), str(given["hs"]))
        if code not in hs_kind:
            Entry(hs=code[1], origin="US", destination=code[0])
            hs = str(day.usual[code].value) if code in day.usual else code[1]
            hs_kind[code] = kinds.setdefault(day.hs_class(hs), len(kinds))
        key: tuple[Any, ...] = (
            hs_kind[code],
            given["origin"] == given["destination"],
            *(given[name] if given[name] in day.names[name] else ANY for name in ("origin", "destination")),
            given.get("preference"),
            given.get("use"),
        )
        content = given.get("us_content")
        if content is not None and not 0 <= content <= 100:
            Entry(hs=code[1], origin="US", destination="US", us_content=Decimal(str(content)))
        if more and key not in asked:
            usual = day.usual[code].value if code in day.usual else code[1]
            bare = Entry(**{name: given[name] for name in names if name in COLUMNS})
            asked[key] = day.asks(bare, str(usual))
        besides = tuple(given.get(name) if name in asked[key] else None for name in _BESIDES) if more else _NOTHING
        key = (*key, *besides)
        classes = day.classes if besides == _NOTHING else own
        if key not in classes:
            if content is not None:
                given["us_content"] = Decimal(str(content))
            stack = _stack(day, Entry(**given))
            total = None if stack.total is None else float(stack.total)
            classes[key] = (total, float(stack.deposits), float(stack.floor), bool(stack.missing))
        rows.append(classes[key])
    return rows


def tariff_line(item: str, hs: str, destination: str, law: LawOn) -> str:
    """The longer code under which an item of the data pack is entered, where an instrument of the destination gives one, else
    the code given. Exemptions of one country often split an HS subheading, so that six digits do not decide a duty."""
    for instrument in law.law:
        if "tariff_line" in instrument.parameters and instrument.covers(destination=destination):
            found = law.find(instrument.id, "tariff_line", item)
            if found is not None and str(found.value).startswith(hs[:6]):
                return str(found.value)
    return hs


def find(entry: Entry, law: LawOn) -> Finding:
    """The stack as a finding: passes where determined; each line a step, the total its figure."""
    stack = duty(entry, law)
    taken = () if stack.taken_as is None else (_taken(entry, stack.taken_as),)
    steps = taken + tuple(
        Step(
            "duty.line",
            {"name": line.name, "state": _said(line)},
            line.rate,
            "%" if line.rate is not None else "",
            line.working,
            line.found,
        )
        for line in stack.lines
    )
    amounts = {"deposits": stack.deposits}
    if entry.use is None and stack.missing and {one.what for one in stack.missing} == {"duty.missing.use"}:
        for use in USES:
            total = duty(entry.model_copy(update={"use": use}), law).total
            if total is not None:
                amounts[f"total-{use}"] = total
    if entry.value is not None and (owed := stack.amount(entry.value)) is not None:
        amounts["duty"] = owed
    outcome = Outcome.of(None if stack.missing else True)
    return Finding("duty", "stack", outcome, stack.total, "%", steps=steps, missing=stack.missing, amounts=amounts)


def _taken(entry: Entry, line: Found) -> Step:
    return Step("duty.taken-as", {"hs": entry.hs, "line": str(line.value)}, law=line)


def _said(line: Line) -> Mapping[str, str]:
    """What becomes of a line, by language."""
    from bongsu.law.words import LANGUAGES, phrase

    return {language: phrase(line.reason, language, **line.args) for language in LANGUAGES}


#: Keys of a ``duty:`` block.
BLOCK = frozenset(
    (
        *("order", "kind", "rate", "keyed by", "unlisted", "all in", "all in keyed by", "all in with", "exempt hs"),
        *("exempt preference", "content preference", "excluded by", "dated exclusions", "yields to"),
        *("preference", "also called", "lowers", "charges"),
    )
)
_KINDS = ("ordinary", "preference", "duty", "deposit")


def block_problems(law: Law) -> list[str]:
    """Everything that is wrong with the ``duty:`` blocks, as sentences; empty if nothing is."""
    wrong: list[str] = []
    for one in law:
        block = one.duty
        if not block:
            continue
        wrong += [
            f"{one.id}: duty has no {key!r}; use {', '.join(sorted(BLOCK))}." for key in sorted(block.keys() - BLOCK)
        ]
        if block.get("kind", "duty") not in _KINDS:
            wrong.append(f"{one.id}: kind of duty is {block['kind']!r}; use {', '.join(_KINDS)}.")
        for key in ("excluded by", "all in with", "lowers"):
            wrong += [
                f"{one.id}: {key!r} names {id_!r}, which is no instrument."
                for id_ in _texts(block.get(key))
                if id_ not in law.instruments
            ]
        dated = block.get("dated exclusions")
        if dated is not None and dated not in one.parameters:
            wrong.append(f"{one.id}: 'dated exclusions' names {dated!r}, which is no parameter of it.")
        for name, keyed in (("rate", "keyed by"), ("all in", "all in keyed by")):
            parameter = str(block.get(name, "rate" if name == "rate" else ""))
            if not parameter:
                continue
            if parameter not in one.parameters:
                wrong.append(f"{one.id}: {name!r} names {parameter!r}, which is no parameter of it.")
                continue
            fields = _texts(block.get(keyed, ["origin"] if name == "all in" else None))
            wrong += [
                f"{one.id}: {keyed!r} names {field_!r}; use {', '.join(_DIMENSIONS)}."
                for field_ in fields
                if field_ not in _DIMENSIONS
            ]
            wrong += [
                f"{one.id}: the key {key!r} of {parameter} needs {len(fields)} parts ({', '.join(fields) or 'none'})."
                for key in one.parameters[parameter].keys
                if key != ANY and len(key.split()) != len(fields)
            ]
    return wrong


def lines_on(entry: Entry, law: LawOn, dates: Iterable[dt.date]) -> dict[dt.date, DutyStack]:
    """The stack on each of several days, as known on the day of knowledge of the law."""
    return {date: duty(entry, law.at(date)) for date in dates}


REGIME = Regime("duty", Entry, find, table)
