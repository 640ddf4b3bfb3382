"""What bears on goods at a border: the ``duty:`` blocks of the instruments between two countries on a day, looked up once.

A dated value is looked up once for each span of days in which nothing of its instrument changes (:class:`Rule`), and what lies
between two countries once for each set of rules (:class:`Border`), however many days have it.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from bongsu.law.instrument import ANY, Caution, Found, Instrument, LawOn, Status, covered
from bongsu.law.spans import turns

_NO_LINES: Mapping[str, Found] = {}
#: Parts of a key, and the value under it.
_Part = tuple[tuple[str, ...], Found]


class UnknownPreference(ValueError):
    """A preference that no instrument grants."""


class Goods(NamedTuple):
    """Goods in the terms of the rules; the first five decide which rules reach them, and at which rate."""

    hs: str
    origin: str
    destination: str
    use: str | None
    exporter: str | None
    preference: str | None
    us_content: Decimal | None


_REACHING = slice(0, 5)


@dataclass(frozen=True, eq=False)
class Rates:
    """The values that a keyed parameter has on the day.

    Attributes:
        keyed: fields that make the key, in order.
        values: by key, in the order of the file.
        kept: what was found for goods before.
    """

    keyed: tuple[str, ...]
    values: Mapping[str, Found]
    kept: dict[Any, tuple[Found | None, tuple[str, ...]]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.values)

    def of(self, goods: Goods) -> tuple[Found | None, tuple[str, ...]]:
        """The value of the most particular key that fits the goods, and the fields that would decide between several."""
        if self._only is not None:
            return self._only, ()
        asked: tuple[str | None, ...] = tuple([getattr(goods, name) for name in self.keyed])
        found = self.kept.get(asked)
        if found is None:
            found = self.kept[asked] = _pick(self._near(asked), self.keyed, asked)
        return found

    def named(self, name: str) -> set[str]:
        """What the keys name of a field."""
        return {parts[self.keyed.index(name)] for parts, _ in self._parts} - {ANY} if name in self.keyed else set()

    @cached_property
    def _only(self) -> Found | None:
        """The value that all goods have, where there is but one."""
        return self.values.get(ANY) if len(self.values) == 1 else None

    @cached_property
    def _parts(self) -> list[_Part]:
        """The parts of each key."""
        whole = (ANY,) * len(self.keyed)
        return [(whole if key == ANY else tuple(key.split()), found) for key, found in self.values.items()]

    @cached_property
    def _exact(self) -> dict[str, list[int]]:
        """Keys by their first part."""
        result: dict[str, list[int]] = {}
        for at, (parts, _) in enumerate(self._parts):
            result.setdefault(parts[0], []).append(at)
        return result

    def _near(self, asked: tuple[str | None, ...]) -> list[_Part]:
        """The keys whose first part may fit, in the order of the file."""
        if not asked or (first := asked[0]) is None:
            return self._parts
        found = [*self._exact.get(ANY, ())]
        if self.keyed[0] != "hs":
            found += self._exact.get(first, ())
            return [self._parts[at] for at in sorted(found)]
        for length in self._lengths:
            if length <= len(first):
                found += self._exact.get(first[:length], ())
        found += self._longer.get(first, ())
        return [self._parts[at] for at in sorted(found)]

    @cached_property
    def _lengths(self) -> list[int]:
        return sorted({len(first) for first in self._exact if first != ANY})

    @cached_property
    def _longer(self) -> dict[str, list[int]]:
        """Keys by each shorter code that their HS code begins with."""
        result: dict[str, list[int]] = {}
        for first, found in self._exact.items():
            for length in range(1, len(first)):
                result.setdefault(first[:length], []).extend(found)
        return result


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


@dataclass(frozen=True, eq=False)
class Reaching:
    """What an instrument governs, which does not turn on the day."""

    instrument: Instrument
    _between: dict[tuple[str, str], tuple[int, ...] | None] = field(default_factory=dict)
    _kept: dict[Any, bool | None] = field(default_factory=dict)

    def into(self, destination: str) -> bool:
        """Whether it governs any goods into a country."""
        scopes = self.instrument.governs
        return not scopes or any(not one.destination or destination in one.destination for one in scopes)

    def between(self, origin: str, destination: str) -> tuple[int, ...] | None:
        """The scopes, by position, that are left to ask of goods of one country into another: none if some scope asks no more of
        them; None if no scope covers them."""
        way = (origin, destination)
        if way not in self._between:
            scopes = self.instrument.governs
            left = [at for at, one in enumerate(scopes) if one.covers(origin=origin, destination=destination)]
            open_ = all(scopes[at].hs or scopes[at].unless_hs or scopes[at].use for at in left)
            self._between[way] = None if scopes and not left else tuple(left) if open_ else ()
        return self._between[way]

    def governs(self, goods: Goods) -> bool | None:
        """Whether goods are within a scope; asked once of goods that differ in nothing but countries that are governed alike."""
        left = self.between(goods.origin, goods.destination)
        if not left:
            return left is not None
        key = (left, goods.hs, goods.use)
        if key not in self._kept:
            scopes = tuple(self.instrument.governs[at] for at in left)
            self._kept[key] = covered(scopes, hs=goods.hs, use=goods.use)
        return self._kept[key]


@dataclass(frozen=True, eq=False)
class Rule:
    """One instrument over a span of days in which nothing of it changes: its ``duty:`` block (``docs/law-duties.md``) with every
    dated value looked up, on whichever of these days was asked about first."""

    instrument: Instrument
    status: Status
    kind: str
    charges: str
    unlisted: str
    rates: Rates
    all_in: Rates
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
    reaching: Reaching
    kept: dict[Any, bool | None] = field(default_factory=dict)

    @classmethod
    def of(cls, law: LawOn, reaching: Reaching, status: Status) -> Rule:
        """The rule of an instrument on the day of the law."""
        instrument = reaching.instrument
        block = instrument.duty
        all_in = block.get("all in")
        return cls(
            instrument=instrument,
            status=status,
            kind=str(block.get("kind", "duty")),
            charges=str(block.get("charges", "ad valorem")),
            unlisted=str(block.get("unlisted", "unknown")),
            rates=Rates(texts(block.get("keyed by")), _values(law, instrument.id, str(block.get("rate", "rate")))),
            all_in=Rates(
                texts(block.get("all in keyed by", ["origin"])),
                _values(law, instrument.id, None if all_in is None else str(all_in)),
            ),
            all_in_with=texts(block.get("all in with")),
            exempt_hs=_list(law, instrument.id, block.get("exempt hs")),
            exempt_preference=_list(law, instrument.id, block.get("exempt preference")),
            content_preference=_list(law, instrument.id, block.get("content preference")),
            excluded_by=(
                *texts(block.get("excluded by")),
                *_list(law, instrument.id, block.get("dated exclusions")),
            ),
            yields_to=_list(law, instrument.id, block.get("yields to")),
            preference=str(block.get("preference", "")),
            lowers=texts(block.get("lowers")),
            deemed=_found(law, instrument, str(block.get("deemed content", ""))),
            refund=_found(law, instrument, "refund"),
            wait=_found(law, instrument, "refund_wait"),
            reaching=reaching,
        )

    @cached_property
    def id(self) -> str:
        """Identifier of the instrument."""
        return self.instrument.id

    def reach(self, goods: Goods) -> bool | None:
        """Whether goods are within the instrument, preferences and exclusions left aside; None where that is not known."""
        key = goods[_REACHING]
        if key not in self.kept:
            self.kept[key] = self._reach(goods)
        return self.kept[key]

    def _reach(self, goods: Goods) -> bool | None:
        verdict = self.reaching.governs(goods)
        spared = _prefixed(goods.hs, self.exempt_hs) if verdict is not False and self.exempt_hs else False
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


def texts(value: Any) -> tuple[str, ...]:
    """A text or a list of them, as a tuple."""
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


def _found(law: LawOn, instrument: Instrument, parameter: str) -> Found | None:
    return law.find(instrument.id, parameter) if parameter in instrument.parameters else None


def _list(law: LawOn, instrument: str, given: Any) -> tuple[str, ...]:
    """A list written in the block, or the list that a parameter named there has on the day."""
    if isinstance(given, str) and given in law.law[instrument].parameters:
        found = law.find(instrument, given)
        return () if found is None else found.list
    return texts(given)


def _prefixed(hs: str, prefixes: tuple[str, ...]) -> bool | None:
    """Whether a code falls under one of the prefixes; None where a longer code would decide it."""
    if hs.startswith(prefixes):
        return True
    return None if any(prefix.startswith(hs) for prefix in prefixes) else False


@dataclass(frozen=True, eq=False)
class Span:
    """Days on which nothing of any duty changes.

    Attributes:
        rules: in force or of unknown state, by instrument, in the order of the stack.
        usual: the longer code usually meant by a short one, by destination.
    """

    rules: Mapping[str, Rule]
    usual: Mapping[str, Mapping[str, Found]]

    def changed(self, before: Span) -> frozenset[str]:
        """Instruments of which a rule differs from that of other days; all of them if the usual codes differ."""
        own, other = self.rules, before.rules
        names = own.keys() | other.keys()
        if self.usual is not before.usual:
            return frozenset(names)
        return frozenset(name for name in names if own.get(name) is not other.get(name))


@dataclass(eq=False)
class Known:
    """The duties of a law as known on a day, under the branches taken, with what has been looked up kept for the next goods.

    Attributes:
        law: the law; its own day does not matter.
        borders: each distinct border once, however many days and pairs of countries have it.
    """

    law: LawOn
    borders: dict[Any, Border] = field(default_factory=dict)
    _on: dict[Any, Border] = field(default_factory=dict)
    _spans: dict[int, Span] = field(default_factory=dict)
    _rules: dict[tuple[str, int], Rule | None] = field(default_factory=dict)
    _usual: dict[Any, dict[str, dict[str, Found]]] = field(default_factory=dict)
    _between: dict[tuple[str, str, bool], tuple[str, ...]] = field(default_factory=dict)
    _into: dict[str, list[Reaching]] = field(default_factory=dict)
    _told: dict[dt.date, list[tuple[Instrument, Caution]]] = field(default_factory=dict)

    @cached_property
    def instruments(self) -> list[Instrument]:
        """Those with a ``duty:`` block, in the order of the stack."""
        own = (one for one in self.law.law if one.duty)
        return sorted(own, key=lambda one: (Decimal(one.duty.get("order", 0)), one.id))

    @cached_property
    def cautious(self) -> dict[str, Instrument]:
        """Those that have a caution to tell."""
        return {one.id: one for one in self.law.law if one.cautions}

    def cautions(self, day: dt.date) -> list[tuple[Instrument, Caution]]:
        """The cautions told of goods entered on a day, with the instrument of each, in force or of unknown state."""
        if day not in self._told:
            law = self.law.at(day)
            live = (one for one in self.cautious.values() if law.status(one.id) in (Status.IN_FORCE, Status.UNKNOWN))
            self._told[day] = [(one, caution) for one in live for caution in one.cautions if caution.told(law)]
        return self._told[day]

    @cached_property
    def _reaching(self) -> dict[str, Reaching]:
        return {one.id: Reaching(one) for one in self.instruments}

    @cached_property
    def _naming(self) -> list[Instrument]:
        """Those that say which longer code is usually meant by a short one (``usual_line``)."""
        return [one for one in self.law.law if "usual_line" in one.parameters]

    @cached_property
    def lining(self) -> list[Instrument]:
        """Those that say under which code an item of the data pack is entered (``tariff_line``)."""
        return [one for one in self.law.law if "tariff_line" in one.parameters]

    @cached_property
    def _edges(self) -> dict[str, list[dt.date]]:
        """Days on which anything of each instrument may change."""
        return {one.id: turns(self.law, one.id).tolist() for one in (*self.instruments, *self._naming)}

    @cached_property
    def _days(self) -> list[dt.date]:
        """Days on which anything may change."""
        return sorted({day for days in self._edges.values() for day in days})

    @cached_property
    def ordinary(self) -> frozenset[str]:
        """Instruments that hold the ordinary duty of a country: those that say so, and those that a preference lowers."""
        said = {one.id for one in self.instruments if one.duty.get("kind") == "ordinary"}
        return frozenset(said.union(*(texts(one.duty.get("lowers")) for one in self.instruments)))

    @cached_property
    def preferences(self) -> dict[str, list[Instrument]]:
        """The instruments that grant each preference, in force or not."""
        found: dict[str, list[Instrument]] = {}
        for one in self.law.law:
            if one.duty and one.duty.get("preference"):
                found.setdefault(str(one.duty["preference"]), []).append(one)
        return found

    @cached_property
    def _aliases(self) -> dict[str, str]:
        """Every name of a preference, also as each country calls its agreement, to the name that instruments use."""
        other = {
            other: name
            for name, instruments in self.preferences.items()
            for one in instruments
            for other in texts(one.duty.get("also called"))
        }
        return other | {name: name for name in self.preferences}

    @cached_property
    def _named(self) -> tuple[frozenset[str], frozenset[str]]:
        """Every country of origin and of destination that any instrument tells from the others on any day."""
        origins: set[str] = set()
        destinations: set[str] = set()
        for one in (*self.instruments, *self._naming):
            for scope in one.governs:
                origins.update((*scope.origin, *scope.unless_origin))
                destinations.update(scope.destination)
            # A part of a key that is no country does no harm here.
            parts = {part for parameter in one.parameters.values() for key in parameter.keys for part in key.split()}
            origins |= parts
            destinations |= parts
        return frozenset(origins), frozenset(destinations)

    def preference(self, claimed: str | None) -> str | None:
        """The preference as instruments name it.

        Raises:
            UnknownPreference: no instrument grants it.
        """
        if claimed is None:
            return None
        if claimed not in self._aliases:
            known = ", ".join(sorted(self.preferences))
            raise UnknownPreference(f"there is no preference {claimed!r}; there are {known}, or leave it out.")
        return self._aliases[claimed]

    def border(self, day: dt.date, origin: str, destination: str) -> Border:
        """What bears on goods of one country into another on a day; countries that no instrument names have one border."""
        span, way = self.span(day), self._way(origin, destination)
        found = self._on.get((span, way))
        if found is None:
            rules = tuple([span.rules[name] for name in self.between(origin, destination) if name in span.rules])
            usual = span.usual.get(destination, _NO_LINES)
            own = (rules, id(usual), way)
            if own not in self.borders:
                self.borders[own] = Border(self, rules, usual)
            found = self._on[span, way] = self.borders[own]
        return found

    def between(self, origin: str, destination: str) -> tuple[str, ...]:
        """Instruments that may bear on goods of one country into another, in the order of the stack."""
        way = self._way(origin, destination)
        if way not in self._between:
            if destination not in self._into:
                self._into[destination] = [one for one in self._reaching.values() if one.into(destination)]
            own = (one for one in self._into[destination] if one.between(origin, destination) is not None)
            self._between[way] = tuple(one.instrument.id for one in own)
        return self._between[way]

    def _way(self, origin: str, destination: str) -> tuple[str, str, bool]:
        origins, destinations = self._named
        return (
            origin if origin in origins else ANY,
            destination if destination in destinations else ANY,
            origin == destination,
        )

    def span(self, day: dt.date) -> Span:
        """The days around a day on which nothing changes."""
        number = bisect_right(self._days, day)
        if number not in self._spans:
            self._spans[number] = self._span(day)
        return self._spans[number]

    def _span(self, day: dt.date) -> Span:
        law = self.law.at(day)
        rules = {}
        for one in self.instruments:
            key = (one.id, bisect_right(self._edges[one.id], day))
            if key not in self._rules:
                status = law.status(one.id)
                live = status in (Status.IN_FORCE, Status.UNKNOWN)
                self._rules[key] = Rule.of(law, self._reaching[one.id], status) if live else None
            rule = self._rules[key]
            if rule is not None:
                rules[one.id] = rule
        naming = tuple(bisect_right(self._edges[one.id], day) for one in self._naming)
        if naming not in self._usual:
            usual: dict[str, dict[str, Found]] = {}
            for one in self._naming:
                lines = _values(law, one.id, "usual_line")
                for destination in {country for scope in one.governs for country in scope.destination}:
                    usual.setdefault(destination, {}).update(lines)
            self._usual[naming] = usual
        return Span(rules, self._usual[naming])


class Class(NamedTuple):
    """What the rules of a border can tell of goods: class of the code, preference that may be granted, and what they ask for."""

    code: int
    claim: str | None
    use: str | None
    exporter: str | None
    us_content: Decimal | None


class Answer(NamedTuple):
    """What a stack adds up to, as floats: % of value, but ``tied``, % of value × days; ``spared`` are the instruments with a
    caution that do not touch the goods."""

    total: float | None
    deposits: float
    floor: float
    undetermined: bool
    returns: float
    tied: float
    spared: frozenset[str]


@dataclass(eq=False)
class Border:
    """The rules that may bear on goods of one country into another over some span of days.

    Attributes:
        known: the law they are of.
        rules: in the order of the stack.
        usual: the longer code usually meant by a short one.
        answers: what is paid, by class of goods.
        own: what is paid, by goods, where a class would not be found sooner than the answer.
    """

    known: Known
    rules: tuple[Rule, ...]
    usual: Mapping[str, Found]
    answers: dict[Class, Answer] = field(default_factory=dict)
    _code_of: dict[str, int] = field(default_factory=dict)
    _codes: dict[Any, int] = field(default_factory=dict)
    own: dict[Goods, Answer] = field(default_factory=dict)

    @cached_property
    def by_id(self) -> dict[str, Rule]:
        """The rules by instrument."""
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def claims(self) -> dict[str, list[Rule]]:
        """The rules that grant each preference here."""
        found: dict[str, list[Rule]] = {}
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
    def _prefixes(self) -> frozenset[str]:
        return frozenset[str]().union(*(rule.prefixes for rule in self.rules))

    def _code(self, code: str) -> int:
        """Number of the class of a code: codes under and over the same prefixes have the same duties."""
        found = self._code_of.get(code)
        if found is None:
            hs = str(self.usual[code].value) if code in self.usual else code
            under = frozenset(hs[:length] for length in range(1, len(hs) + 1)) & self._prefixes
            over = frozenset(prefix for prefix in self._prefixes if prefix != hs and prefix.startswith(hs))
            found = self._code_of[code] = self._codes.setdefault((under, over), len(self._codes))
        return found

    def class_of(self, goods: Goods) -> Class:
        """What the rules can tell of goods: those of one class have the same duty.

        Raises:
            UnknownPreference: no instrument grants the preference that is claimed.
        """
        preference = self.known.preference(goods.preference)
        claim = preference if preference in self.claims else None
        use = goods.use if self.uses else None
        exporter = goods.exporter if self.exporters else None
        return Class(self._code(goods.hs), claim, use, exporter, goods.us_content if claim in self.contents else None)

    def entered(self, goods: Goods) -> Goods:
        """Goods under the code and the preference that the instruments use.

        Raises:
            UnknownPreference: no instrument grants the preference that is claimed.
        """
        line, preference = self.usual.get(goods.hs), self.known.preference(goods.preference)
        if line is None and preference == goods.preference:
            return goods
        return goods._replace(hs=goods.hs if line is None else str(line.value), preference=preference)
