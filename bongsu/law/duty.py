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
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
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


class Refund(StrEnum):
    """Whether money paid at the border comes back, as known on the day of knowledge.

    ``not refundable``: nothing known says that it comes back. ``refundable``: the law as known gives it back. ``deposit until
    final``: security, which becomes a duty or is given back with the final determination. ``undetermined``: open, for instance
    before a court.
    """

    NONE = "not refundable"
    SURE = "refundable"
    DEPOSIT = "deposit until final"
    OPEN = "undetermined"


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
        refund: whether what is paid comes back; only of a line that counts.
        returned: the statement of law that the refund rests on; None where none says anything of it.
        wait: days until it comes back, at most; None where it does not, or where the wait is not known.
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
    refund: Refund = Refund.NONE
    returned: Found | None = None
    wait: Decimal | None = None

    @property
    def comes_back(self) -> bool:
        """Whether what is paid is not lost as the law is known: it is given back, or no more than security."""
        return self.refund in (Refund.SURE, Refund.DEPOSIT)

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

    @cached_property
    def refundable(self) -> Decimal:
        """The part of what is paid that the law as known gives back, % of value; deposits are counted apart."""
        return self._paid(lambda line: line.refund is Refund.SURE)

    @cached_property
    def refund_open(self) -> Decimal:
        """The part of what is paid of which it is open whether it comes back, % of value."""
        return self._paid(lambda line: line.refund is Refund.OPEN)

    @cached_property
    def returns(self) -> Decimal:
        """The part that is not lost as the law is known: given back, or deposited until a final determination; % of value."""
        return self._paid(lambda line: line.comes_back)

    @cached_property
    def tied(self) -> Decimal:
        """Sum over what comes back of rate times the days it is tied up, % of value × days; a wait that is not known adds none."""
        back = (line for line in self.lines if line.counts and line.comes_back)
        return sum(((line.rate or ZERO) * (line.wait or ZERO) for line in back), ZERO)

    def _paid(self, of: Callable[[Line], bool]) -> Decimal:
        return sum((line.rate for line in self.lines if line.counts and line.rate is not None and of(line)), ZERO)

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


class _Goods(NamedTuple):
    """Goods in the terms of the rules; the first five decide which rules reach them, and at which rate."""

    hs: str
    origin: str
    destination: str
    use: str | None
    exporter: str | None
    preference: str | None
    us_content: Decimal | None

    @classmethod
    def of(cls, entry: Entry) -> _Goods:
        return cls(*(getattr(entry, name) for name in cls._fields))


#: Parts of a key, and the value under it.
_Part = tuple[tuple[str, ...], Found]
_REACHING = slice(0, 5)


@dataclass(frozen=True, eq=False)
class _Rates:
    """The values that a keyed parameter has on the day."""

    keyed: tuple[str, ...] = ()
    values: Mapping[str, Found] = field(default_factory=dict)
    kept: dict[Any, tuple[Found | None, tuple[str, ...]]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.values)

    def of(self, goods: _Goods) -> tuple[Found | None, tuple[str, ...]]:
        """The value of the most particular key that fits the goods, and the fields that would decide between several."""
        asked: tuple[str | None, ...] = tuple([getattr(goods, name) for name in self.keyed])
        found = self.kept.get(asked)
        if found is None:
            found = self.kept[asked] = _pick(self._near(asked), self.keyed, asked)
        return found

    def named(self, name: str) -> set[str]:
        """What the keys name of a field."""
        return {parts[self.keyed.index(name)] for parts, _ in self._parts} - {ANY} if name in self.keyed else set()

    @cached_property
    def _parts(self) -> list[_Part]:
        """The parts of each key, in the order of the file."""
        whole = (ANY,) * len(self.keyed)
        return [(whole if key == ANY else tuple(key.split()), found) for key, found in self.values.items()]

    @cached_property
    def _exact(self) -> dict[str, list[int]]:
        """Keys by their first part."""
        result: dict[str, list[int]] = {}
        for at, (parts, _) in enumerate(self._parts):
            result.setdefault(parts[0], []).append(at)
        return result

    @cached_property
    def _longer(self) -> dict[str, list[int]]:
        """Keys by each shorter code under which their HS code stands."""
        result: dict[str, list[int]] = {}
        for first, found in self._exact.items():
            for length in range(1, len(first)):
                result.setdefault(first[:length], []).extend(found)
        return result

    def _near(self, asked: tuple[str | None, ...]) -> list[_Part]:
        """The keys whose first part may fit, in the order of the file."""
        if not asked or (first := asked[0]) is None:
            return self._parts
        found = [*self._exact.get(ANY, ())]
        if self.keyed[0] == "hs":
            found += self._longer.get(first, ())
            for length in range(1, len(first)):
                found += self._exact.get(first[:length], ())
        found += self._exact.get(first, ())
        return [self._parts[at] for at in sorted(found)]


@dataclass(frozen=True, eq=False)
class _Rule:
    """One instrument over a span of days in which nothing of it changes: its ``duty:`` block with every dated value looked up
    once."""

    instrument: Instrument
    status: Status
    order: Decimal
    kind: str
    charges: str
    unlisted: str
    rates: _Rates
    all_in: _Rates
    all_in_with: tuple[str, ...]
    exempt_hs: tuple[str, ...]
    exempt_preference: tuple[str, ...]
    content_preference: tuple[str, ...]
    excluded_by: tuple[str, ...]
    yields_to: tuple[str, ...]
    preference: str
    lowers: tuple[str, ...]
    deemed: Found | None
    refund: Found | None
    wait: Found | None
    kept: dict[Any, bool | None] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.instrument.id

    def reach(self, goods: _Goods) -> bool | None:
        """Whether goods are within the instrument, preferences and exclusions left aside."""
        key = goods[_REACHING]
        if key not in self.kept:
            self.kept[key] = self._reach(goods)
        return self.kept[key]

    def _reach(self, goods: _Goods) -> bool | None:
        verdict = covered(self.instrument.governs, **{name: getattr(goods, name) for name in _SCOPE})
        spared = _prefixed(goods.hs, self.exempt_hs) if verdict is not False else False
        if spared is True:
            verdict = False
        elif spared is None and verdict is True:
            verdict = None
        if verdict is not False and self.unlisted == "outside":
            picked = [table.of(goods) for table in (self.rates, self.all_in) if table]
            if all(found is None for found, _ in picked):
                verdict = None if any(lacking for _, lacking in picked) else False
        return None if verdict is True and self.status is Status.UNKNOWN else verdict

    def asks(self, name: str) -> bool:
        """Whether it turns on a field of the goods."""
        tables = any(name in table.keyed for table in (self.rates, self.all_in) if table)
        return tables or any(getattr(scope, name, ()) for scope in self.instrument.governs)

    @cached_property
    def prefixes(self) -> frozenset[str]:
        """Every HS prefix that it mentions."""
        found = {*self.exempt_hs, *self.rates.named("hs"), *self.all_in.named("hs")}
        for scope in self.instrument.governs:
            found.update((*scope.hs, *scope.unless_hs))
        return frozenset(found)


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
        order=_order(instrument),
        kind=str(block.get("kind", "duty")),
        charges=str(block.get("charges", "ad valorem")),
        unlisted=str(block.get("unlisted", "unknown")),
        rates=_Rates(_texts(block.get("keyed by")), _values(law, instrument.id, str(block.get("rate", "rate")))),
        all_in=_Rates(
            _texts(block.get("all in keyed by", ["origin"])),
            _values(law, instrument.id, None if all_in is None else str(all_in)),
        ),
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
        deemed=_found(law, instrument, str(block.get("deemed content", ""))),
        refund=_found(law, instrument, "refund"),
        wait=_found(law, instrument, "refund_wait"),
    )


def _found(law: LawOn, instrument: Instrument, parameter: str) -> Found | None:
    return law.find(instrument.id, parameter) if parameter in instrument.parameters else None


def _order(instrument: Instrument) -> Decimal:
    return Decimal(instrument.duty.get("order", 0))


def _prefixed(hs: str, prefixes: tuple[str, ...]) -> bool | None:
    """Whether a code falls under one of the prefixes; None where a longer code would decide it."""
    if hs.startswith(prefixes):
        return True
    return None if any(prefix.startswith(hs) for prefix in prefixes) else False


@dataclass(eq=False)
class _Known:
    """The duties of a law as known on a day, under the branches taken, with what has been looked up kept for the next goods.

    Attributes:
        law: the law; its own day does not matter.
        rules: of each instrument and span of days in which nothing of it changes; None where it is not in force.
        borders: each distinct border once, however many days and pairs of countries have it.
        on: the border by span of days and countries.
    """

    law: LawOn
    rules: dict[tuple[str, int], _Rule | None] = field(default_factory=dict)
    borders: dict[Any, _Border] = field(default_factory=dict)
    on: dict[tuple[int, str, str, bool], _Border] = field(default_factory=dict)
    within: dict[tuple[str, str, bool], list[Instrument]] = field(default_factory=dict)
    lines: dict[tuple[int, ...], dict[str, dict[str, Found]]] = field(default_factory=dict)

    @cached_property
    def instruments(self) -> list[Instrument]:
        """Those with a ``duty:`` block, in the order of the stack."""
        return sorted((one for one in self.law.law if one.duty), key=lambda one: (_order(one), one.id))

    @cached_property
    def naming(self) -> list[Instrument]:
        """Those that say which longer code is usually meant by a short one."""
        return [one for one in self.law.law if "usual_line" in one.parameters]

    @cached_property
    def edges(self) -> dict[str, list[dt.date]]:
        """Days on which anything of each instrument may change."""
        return {one.id: turns(self.law, one.id).tolist() for one in (*self.instruments, *self.naming)}

    @cached_property
    def days(self) -> list[dt.date]:
        """Days on which anything may change."""
        return sorted({day for days in self.edges.values() for day in days})

    @cached_property
    def ordinary(self) -> frozenset[str]:
        """Instruments that hold the ordinary duty of a country: those that say so, and those that a preference lowers."""
        said = {one.id for one in self.instruments if one.duty.get("kind") == "ordinary"}
        return frozenset(said.union(*(_texts(one.duty.get("lowers")) for one in self.instruments)))

    @cached_property
    def preferences(self) -> dict[str, list[Instrument]]:
        """The instruments that grant each preference, in force or not."""
        found: dict[str, list[Instrument]] = {}
        for one in self.law.law:
            if one.duty and one.duty.get("preference"):
                found.setdefault(str(one.duty["preference"]), []).append(one)
        return found

    @cached_property
    def aliases(self) -> dict[str, str]:
        """Every name of a preference, also as each country calls its agreement, to the name that instruments use."""
        other = {
            other: name
            for name, instruments in self.preferences.items()
            for one in instruments
            for other in _texts(one.duty.get("also called"))
        }
        return other | {name: name for name in self.preferences}

    @cached_property
    def named(self) -> dict[str, frozenset[str]]:
        """Every country, by field, that any instrument tells from the others on any day."""
        found: dict[str, set[str]] = {"origin": set(), "destination": set()}
        for one in (*self.instruments, *self.naming):
            for scope in one.governs:
                found["origin"].update((*scope.origin, *scope.unless_origin))
                found["destination"].update(scope.destination)
            keys = {key for parameter in one.parameters.values() for key in parameter.keys}
            # A part of a key that is no country tells nothing apart that it should not.
            parts = {part for key in keys for part in key.split()}
            for names in found.values():
                names |= parts
        return {name: frozenset(values) for name, values in found.items()}

    def preference(self, claimed: str | None) -> str | None:
        """The preference as instruments name it.

        Raises:
            UnknownPreference: no instrument grants it.
        """
        if claimed is None:
            return None
        if claimed not in self.aliases:
            known = ", ".join(sorted(self.preferences))
            raise UnknownPreference(f"there is no preference {claimed!r}; there are {known}, or leave it out.")
        return self.aliases[claimed]

    def border(self, day: dt.date, origin: str, destination: str) -> _Border:
        """What bears on goods of one country into another on a day; countries that no instrument names have one border."""
        way = (
            origin if origin in self.named["origin"] else ANY,
            destination if destination in self.named["destination"] else ANY,
            origin == destination,
        )
        key = (bisect_right(self.days, day), *way)
        found = self.on.get(key)
        if found is None:
            found = self.on[key] = self._border(day, origin, destination, way)
        return found

    def _border(self, day: dt.date, origin: str, destination: str, way: tuple[str, str, bool]) -> _Border:
        if way not in self.within:
            asked = {"origin": origin, "destination": destination}
            self.within[way] = [one for one in self.instruments if one.covers(**asked) is not False]
        rules = tuple(rule for one in self.within[way] if (rule := self._rule(one, day)) is not None)
        usual = self._usual(day).get(destination, {})
        key = (rules, id(usual) if usual else 0, *way)
        if key not in self.borders:
            self.borders[key] = _Border(self, rules, usual)
        return self.borders[key]

    def _rule(self, one: Instrument, day: dt.date) -> _Rule | None:
        span = (one.id, bisect_right(self.edges[one.id], day))
        if span not in self.rules:
            law = self.law.at(day)
            status = law.status(one.id)
            live = status in (Status.IN_FORCE, Status.UNKNOWN)
            self.rules[span] = _rule(law, one, status) if live else None
        return self.rules[span]

    def _usual(self, day: dt.date) -> dict[str, dict[str, Found]]:
        """The longer code usually meant by a short one, by destination and code."""
        spans = tuple(bisect_right(self.edges[one.id], day) for one in self.naming)
        if spans not in self.lines:
            found: dict[str, dict[str, Found]] = {}
            for one in self.naming:
                lines = _values(self.law.at(day), one.id, "usual_line")
                for destination in {country for scope in one.governs for country in scope.destination}:
                    found.setdefault(destination, {}).update(lines)
            self.lines[spans] = found
        return self.lines[spans]


class _Class(NamedTuple):
    """What the rules of a border can tell of goods: class of the code, preference that may be granted, and what they ask for."""

    code: int
    claim: str | None
    use: str | None
    exporter: str | None
    us_content: Decimal | None


#: Total (None where undetermined), deposits and floor in % of value, and whether undetermined.
class _Answer(NamedTuple):
    """What a stack adds up to, as floats: % of value, but ``tied``, % of value × days."""

    total: float | None
    deposits: float
    floor: float
    undetermined: bool
    returns: float
    tied: float


@dataclass(eq=False)
class _Border:
    """The rules that may bear on goods of one country into another over some span of days.

    Attributes:
        known: the law they are of.
        rules: in the order of the stack.
        usual: the longer code usually meant by a short one.
        answers: of goods by class; goods of one class are those that no rule tells apart.
    """

    known: _Known
    rules: tuple[_Rule, ...]
    usual: Mapping[str, Found]
    answers: dict[Any, _Answer] = field(default_factory=dict)
    kind_of: dict[str, int] = field(default_factory=dict)
    kinds: dict[Any, int] = field(default_factory=dict)
    new: dict[_Border, list[_Rule]] = field(default_factory=dict)

    @cached_property
    def by_id(self) -> dict[str, _Rule]:
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def claims(self) -> dict[str, list[_Rule]]:
        """The rules that grant each preference here."""
        found: dict[str, list[_Rule]] = {}
        for rule in self.rules:
            if rule.kind == "preference":
                found.setdefault(rule.preference, []).append(rule)
        return found

    @cached_property
    def uses(self) -> bool:
        """Whether any rule asks for the use of goods."""
        return any(rule.asks("use") for rule in self.rules)

    @cached_property
    def exporters(self) -> bool:
        """Whether any rule asks for the exporter."""
        return any(rule.asks("exporter") for rule in self.rules)

    @cached_property
    def contents(self) -> frozenset[str]:
        """Preferences under which a rule asks for the US content."""
        asked = (rule for rule in self.rules if rule.deemed is None)
        return frozenset(name for rule in asked for name in rule.content_preference if name in self.claims)

    @cached_property
    def prefixes(self) -> frozenset[str]:
        return frozenset().union(*(rule.prefixes for rule in self.rules))

    @cached_property
    def longer(self) -> dict[str, frozenset[str]]:
        """The prefixes that are longer than each beginning of them."""
        result: dict[str, set[str]] = {}
        for prefix in self.prefixes:
            for length in range(1, len(prefix)):
                result.setdefault(prefix[:length], set()).add(prefix)
        return {beginning: frozenset(found) for beginning, found in result.items()}

    def kind(self, code: str) -> int:
        """Number of the class of a code: codes under and over the same prefixes have the same duties."""
        found = self.kind_of.get(code)
        if found is None:
            hs = str(self.usual[code].value) if code in self.usual else code
            under = frozenset(hs[:length] for length in range(1, len(hs) + 1)) & self.prefixes
            found = self.kinds.setdefault((under, self.longer.get(hs, frozenset())), len(self.kinds))
            self.kind_of[code] = found
        return found

    def claim(self, goods: _Goods) -> str | None:
        """The preference claimed, where some rule may grant it.

        Raises:
            UnknownPreference: no instrument grants it anywhere.
        """
        preference = self.known.preference(goods.preference)
        return preference if preference in self.claims else None

    def entered(self, goods: _Goods) -> _Goods:
        """Goods under the code and the preference that the instruments use."""
        line, preference = self.usual.get(goods.hs), self.known.preference(goods.preference)
        if line is None and preference == goods.preference:
            return goods
        return goods._replace(hs=goods.hs if line is None else str(line.value), preference=preference)

    def turned(self, before: _Border, goods: _Goods) -> bool:
        """Whether anything of another border on the way differs for the goods."""
        if self.usual is not before.usual:
            return True
        entered = self.entered(goods)
        return any(rule.reach(entered) is not False for rule in self._new(before))

    def _new(self, before: _Border) -> list[_Rule]:
        """Rules of either border that the other has not."""
        if before not in self.new:
            self.new[before] = [*{*self.rules} ^ {*before.rules}]
        return self.new[before]

    def class_of(self, goods: _Goods) -> _Class:
        """What the rules can tell of goods.

        Raises:
            UnknownPreference: no instrument grants the preference that is claimed.
        """
        claim = self.claim(goods)
        use = goods.use if self.uses else None
        exporter = goods.exporter if self.exporters else None
        return _Class(self.kind(goods.hs), claim, use, exporter, goods.us_content if claim in self.contents else None)

    def answer(self, goods: _Goods, keep: bool = True) -> _Answer:
        """What is paid on goods; goods of one class are worked out once."""
        key = self.class_of(goods)
        found = self.answers.get(key)
        if found is None:
            stack = _stack(self, goods)
            total = None if stack.total is None else float(stack.total)
            deposits, floor, returns, tied = map(float, (stack.deposits, stack.floor, stack.returns, stack.tied))
            found = _Answer(total, deposits, floor, bool(stack.missing), returns, tied)
            if keep:
                self.answers[key] = found
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
    near: Iterable[_Part], keyed: tuple[str, ...], asked: tuple[str | None, ...]
) -> tuple[Found | None, tuple[str, ...]]:
    best: tuple[tuple[int, ...], Found] | None = None
    open_: list[tuple[tuple[int, ...], Found, tuple[str, ...]]] = []
    for parts, found in near:
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


#: Laws of which something is kept, oldest first.
_KNOWN: dict[Any, _Known] = {}
_KEPT = 16


def _known(law: LawOn) -> _Known:
    key = (id(law.law), law.known, tuple(sorted(law.taken.items())))
    if key not in _KNOWN:
        if len(_KNOWN) >= _KEPT:
            _KNOWN.pop(next(iter(_KNOWN)))
        _KNOWN[key] = _Known(law)
    return _KNOWN[key]


def duty(entry: Entry, law: LawOn) -> DutyStack:
    """The stack of duties on goods entered on the day of the law.

    Args:
        entry: the goods.
        law: the law in force on the day of entry.

    Raises:
        UnknownPreference: no instrument grants the preference that is claimed.
    """
    return _stack(_known(law).border(law.date, entry.origin, entry.destination), _Goods.of(entry))


def _stack(border: _Border, goods: _Goods) -> DutyStack:
    taken_as = border.usual.get(goods.hs)
    goods = border.entered(goods)
    preference = goods.preference
    lines: dict[str, Line] = {}
    missing: list[Missing] = []
    granted = border.claims.get(preference, []) if preference else []
    claim = next((rule for rule in granted if rule.reach(goods)), None)
    if preference is not None and claim is None:
        if any(rule.reach(goods) is None for rule in granted):
            missing.append(Missing("duty.missing.preference", {"preference": preference}))
        else:
            not_granted = _not_granted(border.known, goods, preference)
            lines[not_granted.instrument] = not_granted
    for rule in border.rules:
        if (rule.kind == "preference" and rule is not claim) or (reached := rule.reach(goods)) is False:
            continue
        line, lacking = _line(border, rule, goods, reached, claim, lines)
        lines[rule.id] = _with_refund(line, rule)
        missing += lacking
    # Without the ordinary duty of the destination a total would leave out what is not on file.
    if goods.origin != goods.destination and border.known.ordinary.isdisjoint(lines):
        missing.append(Missing("duty.missing.ordinary", {"destination": goods.destination, "origin": goods.origin}))
    return DutyStack(tuple(lines.values()), tuple(missing), taken_as)


def _with_refund(line: Line, rule: _Rule) -> Line:
    """The line with what is known of whether its money comes back."""
    if not line.counts or not line.rate:
        return line
    if rule.refund is None:
        return replace(line, refund=Refund.DEPOSIT) if line.state is State.DEPOSIT else line
    refund = Refund(str(rule.refund.value))
    back = refund in (Refund.SURE, Refund.DEPOSIT)
    wait = rule.wait.number if back and rule.wait is not None and isinstance(rule.wait.value, Decimal) else None
    return replace(line, refund=refund, returned=rule.refund, wait=wait)


def _not_granted(known: _Known, goods: _Goods, preference: str) -> Line:
    """The line of a preference that is claimed but not granted to the goods: that of the country of entry, if it has one."""
    there = known.preferences[preference]
    here = (one for one in there if any(goods.destination in scope.destination for scope in one.governs))
    one = next(here, there[0])
    args = {"preference": preference, "hs": goods.hs, "origin": goods.origin, "destination": goods.destination}
    return Line(one.id, one.title, None, "value", State.EXCLUDED, "duty.not-granted", args, by=preference)


def _line(
    border: _Border,
    rule: _Rule,
    goods: _Goods,
    reached: bool | None,
    claim: _Rule | None,
    lines: Mapping[str, Line],
) -> tuple[Line, list[Missing]]:
    """The line of one instrument that reaches the goods or may reach them (None), given those before it."""
    name = rule.instrument.title

    def line(state: State, reason: str, rate: Decimal | None = None, **more: Any) -> Line:
        return Line(rule.id, name, rate, more.pop("base", "value"), state, f"duty.{reason}", **more)

    others = border.by_id
    for other in rule.excluded_by:
        if other in others and others[other].reach(goods) is True:
            by = others[other].instrument.title
            return line(State.EXCLUDED, "excluded-by", by=other, args={"by": by}), []
    for other in rule.yields_to:
        against = others.get(other)
        spared = claim is not None and against is not None and claim.preference in against.exempt_preference
        if against is not None and not spared and against.reach(goods) is True:
            by = against.instrument.title
            return line(State.EXCLUDED, "excluded-by", by=other, args={"by": by}), []
    if claim is not None and claim.preference in rule.exempt_preference:
        return line(State.EXCLUDED, "preference", by=claim.preference, args={"by": claim.instrument.title}), []
    if claim is not None and rule.id in claim.lowers:
        lower = lines.get(claim.id)
        if lower is not None and lower.rate is not None and lower.rate == 0:
            return line(State.EXCLUDED, "lowered", by=claim.id, args={"by": claim.instrument.title}), []
    if reached is None:
        return _unknown(rule, goods, line)
    doubt = [o for o in rule.excluded_by if o in others and others[o].reach(goods) is None]
    found, lacking = rule.rates.of(goods)
    cap, cap_lacking = rule.all_in.of(goods) if rule.all_in else (None, ())
    if lacking or cap_lacking:
        names = tuple(dict.fromkeys((*lacking, *cap_lacking)))
        return line(State.UNKNOWN, "fact-missing"), [_fact(rule, one, goods) for one in names]
    if found is None and cap is None:
        args = {"instrument": name, "hs": goods.hs, "origin": goods.origin}
        return line(State.UNKNOWN, "unlisted", args=args), [Missing("duty.missing.rate", args)]
    if doubt:
        return line(State.UNKNOWN, "fact-missing"), _doubts(border, doubt, goods)
    state = State.DEPOSIT if rule.kind == "deposit" else State.APPLIES
    if cap is not None:
        return _all_in(rule, cap, lines, line, state)
    assert found is not None
    if claim is not None and claim.preference in rule.content_preference:
        content = goods.us_content if rule.deemed is None else rule.deemed.number
        if content is None:
            return line(State.UNKNOWN, "fact-missing", found=found), [_fact(rule, "us_content", goods)]
        outside = WHOLE - content
        working = f"{found.number} × {outside} / 100"
        rate = found.number * outside / WHOLE
        reason = "content" if rule.deemed is None else "deemed-content"
        return line(state, reason, rate, base="content", found=found, working=working), []
    if claim is not None and rule.id in claim.lowers:
        lower = lines.get(claim.id)
        if lower is None or lower.rate is None:
            return line(State.UNKNOWN, "fact-missing"), []
        if lower.rate <= found.number:
            return line(State.EXCLUDED, "lowered", by=claim.id, args={"by": claim.instrument.title}, found=found), []
    reason = "deposit" if state is State.DEPOSIT else "preferential" if rule.kind == "preference" else "applies"
    return line(state, reason, found.number, found=found), []


def _all_in(rule: _Rule, cap: Found, lines: Mapping[str, Line], line: Any, state: State) -> tuple[Line, list[Missing]]:
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


def _fact(rule: _Rule, name: str, goods: _Goods) -> Missing:
    return Missing(f"duty.missing.{name}", {"instrument": rule.instrument.title, "hs": goods.hs})


def _unknown(rule: _Rule, goods: _Goods, line: Any) -> tuple[Line, list[Missing]]:
    if rule.status is Status.UNKNOWN:
        args = {"instrument": rule.instrument.title}
        return line(State.UNKNOWN, "status-unknown", args=args), [Missing("duty.missing.status", args)]
    return line(State.UNKNOWN, "fact-missing"), [_fact(rule, one, goods) for one in _undecided(rule, goods)]


def _undecided(rule: _Rule, goods: _Goods) -> tuple[str, ...]:
    """The fields on which it turns whether goods are within an instrument."""
    if goods.use is None:
        uses = [rule.reach(goods._replace(use=use)) for use in USES]
        if None not in uses:
            return ("use",)
    return ("hs",)


def _doubts(border: _Border, doubt: list[str], goods: _Goods) -> list[Missing]:
    found = []
    for one in doubt:
        other = border.by_id[one]
        if other.status is Status.UNKNOWN:
            found.append(Missing("duty.missing.status", {"instrument": other.instrument.title}))
        else:
            found += [_fact(other, name, goods) for name in _undecided(other, goods)]
    return found


def table(frame: pl.DataFrame, law: LawOn) -> pl.DataFrame:
    """Duties of many goods on one day: the frame with ``total`` (null where undetermined), ``deposits``, ``floor`` (float,
    % of value), ``undetermined`` and ``refundable`` (float, % of value that the law as known gives back or holds as security).

    Goods that the instruments of the day cannot tell apart are worked out once.

    Args:
        frame: columns hs, origin, destination and, if wanted, preference, use, us_content and exporter (null = as left out in
            Entry).
        law: the law in force on the day of entry.

    Raises:
        ValueError: a column is missing, a value is malformed, or a preference is none that any instrument grants.
    """
    lacking = [name for name in COLUMNS[:3] if name not in frame.columns]
    if lacking:
        raise ValueError(f"the table has no {', '.join(lacking)}; give the columns hs, origin and destination.")
    _check(frame)
    known = _known(law)
    given = frame.select(
        pl.col(name) if name in frame.columns else pl.lit(None, dtype=pl.String).alias(name) for name in COLUMNS
    )
    beside = [name for name in _BESIDES if name in frame.columns]
    classes: dict[Any, int] = {}
    samples: list[tuple[_Border, _Goods]] = []
    coded: list[tuple[int, bool, bool]] = []
    unique = given.unique(maintain_order=True)
    for hs, origin, destination, preference, use in unique.iter_rows():
        border = known.border(law.date, origin, destination)
        goods = _Goods(hs, origin, destination, use, None, preference, None)
        own = (border, border.class_of(goods))
        number = classes.setdefault(own, len(samples))
        if number == len(samples):
            samples.append((border, goods))
        coded.append((number, own[1].claim in border.contents, border.exporters))
    kinds = pl.DataFrame(coded, schema=["class", *(f"{name} asked" for name in _BESIDES)], orient="row")
    keys = (
        pl.concat([given, frame.select(beside)], how="horizontal")
        .join(unique.hstack(kinds), on=COLUMNS, how="left", nulls_equal=True, maintain_order="left")
        .select("class", *(pl.when(f"{name} asked").then(name).alias(name) for name in beside))
    )
    # Of one class are goods that differ in nothing but what is asked only of some of them.
    distinct = keys.unique(maintain_order=True)
    answers = []
    for number, *more in distinct.iter_rows():
        border, goods = samples[number]
        asked = dict(zip(beside, more, strict=True))
        content = asked.get("us_content")
        content = None if content is None else Decimal(str(content))
        goods = goods._replace(us_content=content, exporter=asked.get("exporter"))
        answers.append(border.answer(goods, keep=content is None)[:5])
    answer = pl.DataFrame(
        answers,
        schema={
            "total": pl.Float64,
            "deposits": pl.Float64,
            "floor": pl.Float64,
            "undetermined": pl.Boolean,
            "refundable": pl.Float64,
        },
        orient="row",
    )
    found = keys.join(
        distinct.hstack(answer),
        on=["class", *beside],
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    return frame.with_columns(found.select(answer.columns))


def _check(frame: pl.DataFrame) -> None:
    """Refuse a table with a value that no entry may have."""
    plain = {"hs": "000000", "origin": "US", "destination": "US"}
    for name in (*COLUMNS, "exporter"):
        for value in frame[name].unique(maintain_order=True) if name in frame.columns else ():
            Entry.model_validate({**plain, name: value})
    if "us_content" in frame.columns:
        content = frame["us_content"].cast(pl.Float64)
        for value in content.filter(~content.is_between(0, 100)).head(1):
            Entry.model_validate({**plain, "us_content": Decimal(str(value))})


class Floors(NamedTuple):
    """What is known to be paid on goods, each of shape (days, goods).

    Attributes:
        paid: % of value.
        open: whether more may be due.
        returns: part of it that is not lost as the law is known, % of value.
        tied: sum over what comes back of rate times days, % of value × days.
    """

    paid: npt.NDArray[np.float64]
    open: npt.NDArray[np.bool_]
    returns: npt.NDArray[np.float64]
    tied: npt.NDArray[np.float64]


def floors(
    goods: Sequence[tuple[str, str, str, str | None, Literal["ev", "other"] | None]],
    law: LawOn,
    days: Sequence[dt.date],
) -> Floors:
    """What is known to be paid on goods, day by day, and what of it comes back.

    Args:
        goods: hs, origin, destination, preference and use of each, as of an :class:`Entry`.
        law: the law as known; its own day does not matter.
        days: days of entry, in order.

    Raises:
        ValueError: a code is malformed, or a preference is none that any instrument grants.
    """
    known = _known(law)
    asked = [_Goods(hs, origin, into, use, None, preference, None) for hs, origin, into, preference, use in goods]
    for hs, origin, into in dict.fromkeys(one[:3] for one in asked):
        Entry(hs=hs, origin=origin, destination=into)
    paid, returns, tied = (np.zeros((len(days), len(asked))) for _ in range(3))
    open_ = np.zeros((len(days), len(asked)), dtype=bool)
    ways: dict[tuple[str, str], list[int]] = {}
    for at, one in enumerate(asked):
        ways.setdefault((one.origin, one.destination), []).append(at)
    for way, members in ways.items():
        before: _Border | None = None
        for turn, day in enumerate(days):
            border = known.border(day, *way)
            if border is before:
                continue
            # Goods for which nothing turns keep what they had.
            again = [at for at in members if before is None or border.turned(before, asked[at])]
            for at in again:
                answer = border.answer(asked[at])
                paid[turn:, at], open_[turn:, at] = answer.floor, answer.undetermined
                returns[turn:, at], tied[turn:, at] = answer.returns, answer.tied
            before = border
    return Floors(paid, open_, returns, tied)


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
    back = {"refundable": stack.refundable, "refund-open": stack.refund_open}
    amounts = {"deposits": stack.deposits, **{name: part for name, part in back.items() if part}}
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
        *("preference", "also called", "lowers", "charges", "deemed content"),
    )
)
_KINDS = ("ordinary", "preference", "duty", "deposit")
_REFUNDS = frozenset(map(str, Refund))


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
        if "deemed content" in block and block["deemed content"] not in one.parameters:
            wrong.append(f"{one.id}: 'deemed content' names {block['deemed content']!r}, which is no parameter of it.")
        wrong += [
            f"{one.id}: refund is {fact.value!r} in line {fact.line}; use {', '.join(sorted(_REFUNDS))}."
            for facts in (one.parameters["refund"].facts.values() if "refund" in one.parameters else ())
            for fact in facts
            if fact.value not in _REFUNDS
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
