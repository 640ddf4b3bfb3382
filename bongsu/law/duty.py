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
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from bongsu.law.border import Answer, Border, Goods, Known, Rule, texts
from bongsu.law.finding import Finding, Missing, Outcome, Step
from bongsu.law.instrument import ANY, Caution, Found, Instrument, Law, LawOn, Status, Text
from bongsu.law.regime import Regime

ZERO = Decimal(0)
WHOLE = Decimal(100)
#: What an instrument says in place of a rate that there is but that was not read.
UNREAD = "unknown"
#: Name under which a plain frame may be asked; other columns of a frame are left as they are.
COLUMNS = ("hs", "origin", "destination", "preference", "use")
#: Fields that may name a key of a rate, as ``keyed by`` of a ``duty:`` block.
_DIMENSIONS = ("hs", "origin", "destination", "use", "exporter")
#: Uses that a rate or a scope may turn on.
USES = ("ev", "other")
#: What only few instruments ask of goods.
_BESIDES = ("us_content", "exporter")


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


class Line(NamedTuple):
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
    args: Mapping[str, Any] = MappingProxyType({})
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
        cautions: what the total cannot count, with the title of the instrument that says so, by language; told by :func:`duty`,
            and counted by :func:`table` and :func:`cautioned`.
    """

    lines: tuple[Line, ...]
    missing: tuple[Missing, ...]
    taken_as: Found | None = None
    cautions: tuple[tuple[Text, Text], ...] = ()

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


#: Laws of which something is kept, oldest first.
_KNOWN: dict[Any, Known] = {}
_KEPT = 16


def _known(law: LawOn) -> Known:
    key = (id(law.law), law.known, tuple(sorted(law.taken.items())))
    if key not in _KNOWN:
        if len(_KNOWN) >= _KEPT:
            _KNOWN.pop(next(iter(_KNOWN)))
        _KNOWN[key] = Known(law)
    return _KNOWN[key]


def duty(entry: Entry, law: LawOn) -> DutyStack:
    """The stack of duties on goods entered on the day of the law.

    Args:
        entry: the goods.
        law: the law in force on the day of entry.

    Raises:
        UnknownPreference: no instrument grants the preference that is claimed.
    """
    known = _known(law)
    goods = Goods(*(getattr(entry, name) for name in Goods._fields))
    found = _stack(known.border(law.date, entry.origin, entry.destination), goods)
    spared = _spared(found, known)
    asked = {"hs": entry.hs, "origin": entry.origin, "destination": entry.destination, "use": entry.use}
    told = [(one, caution) for one, caution in known.cautions(law.date) if one.id not in spared]
    return replace(found, cautions=tuple((one.title, caution.text) for one, caution in told if caution.bears(**asked)))


def _spared(stack: DutyStack, known: Known) -> frozenset[str]:
    """The instruments with a caution that do not touch the goods: excluded, or a preference that is not claimed."""
    lines = {line.instrument: line for line in stack.lines if line.instrument in known.cautious}
    idle = (name for name, one in known.cautious.items() if one.duty.get("kind") == "preference" and name not in lines)
    return frozenset((*idle, *(name for name, line in lines.items() if line.state is State.EXCLUDED)))


def _stack(border: Border, goods: Goods) -> DutyStack:
    taken_as = border.usual.get(goods.hs)
    goods = border.entered(goods)
    preference = goods.preference
    lines: dict[str, Line] = {}
    missing: list[Missing] = []
    unread: list[Missing] = []
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
        if rule is claim:
            unread, lacking = lacking, []
        lines[rule.id] = _with_refund(line, rule)
        missing += lacking
    # Where the ordinary rate is nought, a preference cannot lower it, whether or not its own rate is known.
    lowered = [lines[name] for name in claim.lowers if name in lines] if unread and claim else []
    if claim is not None and lowered and all(line.rate == ZERO for line in lowered):
        by = lowered[0]
        lines[claim.id] = lines[claim.id]._replace(
            state=State.EXCLUDED, reason="duty.nothing-to-lower", args={"by": by.name}, by=by.instrument
        )
    else:
        missing[:0] = unread
    # Without the ordinary duty of the destination a total would leave out what is not on file.
    if goods.origin != goods.destination and border.known.ordinary.isdisjoint(lines):
        missing.append(Missing("duty.missing.ordinary", {"destination": goods.destination, "origin": goods.origin}))
    return DutyStack(tuple(lines.values()), tuple(missing), taken_as)


def _with_refund(line: Line, rule: Rule) -> Line:
    """The line with what is known of whether its money comes back."""
    if not line.counts or not line.rate:
        return line
    if rule.refund is None:
        return line._replace(refund=Refund.DEPOSIT) if line.state is State.DEPOSIT else line
    refund = Refund(str(rule.refund.value))
    back = refund in (Refund.SURE, Refund.DEPOSIT)
    wait = rule.wait.number if back and rule.wait is not None and isinstance(rule.wait.value, Decimal) else None
    return line._replace(refund=refund, returned=rule.refund, wait=wait)


def _not_granted(known: Known, goods: Goods, preference: str) -> Line:
    """The line of a preference that is claimed but not granted to the goods: that of the country of entry, if it has one."""
    there = known.preferences[preference]
    here = (one for one in there if any(goods.destination in scope.destination for scope in one.governs))
    one = next(here, there[0])
    args = {"preference": preference, "hs": goods.hs, "origin": goods.origin, "destination": goods.destination}
    return Line(one.id, one.title, None, "value", State.EXCLUDED, "duty.not-granted", args, by=preference)


def _line(
    border: Border,
    rule: Rule,
    goods: Goods,
    reached: bool | None,
    claim: Rule | None,
    lines: Mapping[str, Line],
) -> tuple[Line, list[Missing]]:
    """The line of one instrument that reaches the goods or may reach them (None), given those before it."""
    name = rule.instrument.title

    def line(state: State, reason: str, rate: Decimal | None = None, base: str = "value", **more: Any) -> Line:
        return Line(rule.id, name, rate, base, state, f"duty.{reason}", **more)

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
    # A Decimal is slow to compare with a text.
    if found is not None and isinstance(found.value, str) and found.value == UNREAD:
        found = None
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
        if (lower is None or lower.rate is None) and found.number != ZERO:
            return line(State.UNKNOWN, "fact-missing"), []
        if lower is not None and lower.rate is not None and lower.rate <= found.number:
            return line(State.EXCLUDED, "lowered", by=claim.id, args={"by": claim.instrument.title}, found=found), []
    reason = "deposit" if state is State.DEPOSIT else "preferential" if rule.kind == "preference" else "applies"
    return line(state, reason, found.number, found=found), []


def _all_in(rule: Rule, cap: Found, lines: Mapping[str, Line], line: Any, state: State) -> tuple[Line, list[Missing]]:
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


def _fact(rule: Rule, name: str, goods: Goods) -> Missing:
    return Missing(f"duty.missing.{name}", {"instrument": rule.instrument.title, "hs": goods.hs})


def _unknown(rule: Rule, goods: Goods, line: Any) -> tuple[Line, list[Missing]]:
    if rule.status is Status.UNKNOWN:
        args = {"instrument": rule.instrument.title}
        return line(State.UNKNOWN, "status-unknown", args=args), [Missing("duty.missing.status", args)]
    return line(State.UNKNOWN, "fact-missing"), [_fact(rule, one, goods) for one in _undecided(rule, goods)]


def _undecided(rule: Rule, goods: Goods) -> tuple[str, ...]:
    """The fields on which it turns whether goods are within an instrument."""
    if goods.use is None:
        uses = [rule.reach(goods._replace(use=use)) for use in USES]
        if None not in uses:
            return ("use",)
    return ("hs",)


def _doubts(border: Border, doubt: list[str], goods: Goods) -> list[Missing]:
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
    % of value), ``undetermined``, ``refundable`` (float, % of value that the law as known gives back or holds as security) and
    ``cautions`` (how many there are of what no total counts, such as a list that was not read).

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
    samples: list[tuple[Border, Goods]] = []
    coded: list[tuple[int, int, bool, bool]] = []
    told = _Told(known, law.date)
    tellers: dict[tuple[str, ...], int] = {}
    unique = given.unique(maintain_order=True)
    for hs, origin, destination, preference, use in unique.iter_rows():
        border = known.border(law.date, origin, destination)
        goods = Goods(hs, origin, destination, use, None, preference, None)
        own = (border, border.class_of(goods))
        number = classes.setdefault(own, len(samples))
        if number == len(samples):
            samples.append((border, goods))
        telling = tellers.setdefault(told.of(hs, origin, destination, use), len(tellers))
        coded.append((number, telling, own[1].claim in border.contents, border.exporters))
    kinds = pl.DataFrame(coded, schema=["class", "telling", *(f"{name} asked" for name in _BESIDES)], orient="row")
    keys = (
        pl.concat([given, frame.select(beside)], how="horizontal")
        .join(unique.hstack(kinds), on=COLUMNS, how="left", nulls_equal=True, maintain_order="left")
        .select("class", "telling", *(pl.when(f"{name} asked").then(name).alias(name) for name in beside))
    )
    # Of one class are goods that differ in nothing but what is asked only of some of them.
    distinct = keys.unique(maintain_order=True)
    answers = []
    names = list(tellers)
    for number, telling, *more in distinct.iter_rows():
        border, goods = samples[number]
        asked = dict(zip(beside, more, strict=True))
        content = asked.get("us_content")
        content = None if content is None else Decimal(str(content))
        goods = goods._replace(us_content=content, exporter=asked.get("exporter"))
        found = _answer(border, goods)
        cautions = sum(name not in found.spared for name in names[telling])
        answers.append((found.total, found.deposits, found.floor, found.undetermined, found.returns, cautions))
    answer = pl.DataFrame(
        answers,
        schema={
            "total": pl.Float64,
            "deposits": pl.Float64,
            "floor": pl.Float64,
            "undetermined": pl.Boolean,
            "refundable": pl.Float64,
            "cautions": pl.UInt32,
        },
        orient="row",
    )
    spread = keys.join(
        distinct.hstack(answer),
        on=keys.columns,
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )
    return frame.with_columns(spread.select(answer.columns))


class _Told:
    """Which instruments have a caution for goods entered on a day, looked up once for goods that differ in nothing asked."""

    def __init__(self, known: Known, day: dt.date) -> None:
        self._cautions = known.cautions(day)
        self._ways: dict[tuple[str, str], list[tuple[str, Caution]]] = {}
        self._kept: dict[Any, tuple[str, ...]] = {}

    def of(self, hs: str, origin: str, destination: str, use: str | None) -> tuple[str, ...]:
        """The instrument of each caution, once for each."""
        way = (origin, destination)
        if way not in self._ways:
            own = ((one.id, caution) for one, caution in self._cautions)
            self._ways[way] = [pair for pair in own if pair[1].bears(origin=origin, destination=destination)]
        if not self._ways[way]:
            return ()
        key = (hs, origin, destination, use)
        if key not in self._kept:
            asked = {"hs": hs, "origin": origin, "destination": destination, "use": use}
            self._kept[key] = tuple(name for name, caution in self._ways[way] if caution.bears(**asked))
        return self._kept[key]


def _answer(border: Border, goods: Goods) -> Answer:
    """What is paid on goods, worked out once for those of one class; what turns on a content is of one table and not kept."""
    key = border.class_of(goods)
    found = border.answers.get(key)
    if found is None:
        found = _summed(_stack(border, goods), border)
        if key.us_content is None:
            border.answers[key] = found
    return found


def _summed(stack: DutyStack, border: Border) -> Answer:
    """The sums of a stack, all in one round."""
    deposits = floor = returns = tied = ZERO
    for line in stack.lines:
        if line.rate and line.counts:
            floor += line.rate
            deposits += line.rate if line.state is State.DEPOSIT else ZERO
            if line.comes_back:
                returns += line.rate
                tied += line.rate * (line.wait or ZERO)
    paid = float(floor)
    total = None if stack.missing else paid
    spared = _spared(stack, border.known)
    return Answer(total, float(deposits), paid, bool(stack.missing), float(returns), float(tied), spared)


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
    numbers: dict[Goods, int] = {}
    number = [
        numbers.setdefault(Goods(hs, origin, into, use, None, preference, None), len(numbers))
        for hs, origin, into, preference, use in goods
    ]
    ways: dict[tuple[str, str], list[tuple[int, Goods]]] = {}
    for one, at in numbers.items():
        ways.setdefault((one.origin, one.destination), []).append((at, one))
    for hs in dict.fromkeys(one.hs for one in numbers):
        Entry(hs=hs, origin="US", destination="US")
    paid, returns, tied = (np.zeros((len(days), len(numbers))) for _ in range(3))
    open_ = np.zeros((len(days), len(numbers)), dtype=bool)
    spans = [known.span(day) for day in days]
    turned = [frozenset[str](), *(after.changed(before) for before, after in itertools.pairwise(spans))]
    for way, own in ways.items():
        between = frozenset(known.between(*way))
        border = before = known.border(days[0], *way)
        for turn, day in enumerate(days):
            names = turned[turn] & between
            if turn and not names:
                continue
            before, border = border, known.border(day, *way)
            moved = [rule for name in names for side in (before, border) if (rule := side.by_id.get(name))]
            for at, one in own:
                # Goods for which nothing turns keep what they had.
                if turn and before.usual is border.usual:
                    entered = border.entered(one)
                    if not any(rule.reach(entered) is not False for rule in moved):
                        continue
                answer = _own(border, one)
                paid[turn:, at], open_[turn:, at] = answer.floor, answer.undetermined
                returns[turn:, at], tied[turn:, at] = answer.returns, answer.tied
    return Floors(paid[:, number], open_[:, number], returns[:, number], tied[:, number])


def cautioned(
    goods: Sequence[tuple[str, str, str, str | None, Literal["ev", "other"] | None]],
    law: LawOn,
    days: Sequence[dt.date],
) -> list[tuple[Instrument, Caution, list[int]]]:
    """What no rate of goods counts: each caution told of some of them on any of the days, with the positions of these goods.

    Args:
        goods, law, days: as for :func:`floors`.
    """
    known = _known(law)
    live: dict[tuple[str, int], tuple[Instrument, Caution, list[dt.date]]] = {}
    for day in days:
        for one, caution in known.cautions(day):
            live.setdefault((one.id, one.cautions.index(caution)), (one, caution, []))[2].append(day)
    ways: dict[tuple[str, str], list[int]] = {}
    for at, (_, origin, destination, *_) in enumerate(goods):
        ways.setdefault((origin, destination), []).append(at)
    found = []
    for one, caution, own in live.values():
        reached = []
        for (origin, destination), among in ways.items():
            if not caution.bears(origin=origin, destination=destination):
                continue
            borders = dict.fromkeys(known.border(day, origin, destination) for day in own)
            reached += [at for at in among if _told(caution, one.id, goods[at], borders)]
        if reached:
            found.append((one, caution, sorted(reached)))
    return found


def _told(
    caution: Caution, instrument: str, goods: tuple[str, str, str, str | None, str | None], borders: Iterable[Border]
) -> bool:
    """Whether a caution is told of goods at any of these borders."""
    hs, origin, destination, preference, use = goods
    entered = Goods(hs, origin, destination, use, None, preference, None)
    return caution.bears(hs=hs, origin=origin, destination=destination, use=use) and any(
        instrument not in _own(border, entered).spared for border in borders
    )


def _own(border: Border, goods: Goods) -> Answer:
    """What is paid on goods, worked out once for each."""
    answer = border.own.get(goods)
    if answer is None:
        answer = border.own[goods] = _summed(_stack(border, goods), border)
    return answer


def tariff_line(item: str, hs: str, destination: str, law: LawOn) -> str:
    """The longer code under which an item of the data pack is entered, where an instrument of the destination gives one, else
    the code given. Exemptions of one country often split an HS subheading, so that six digits do not decide a duty."""
    for instrument in _known(law).lining:
        if instrument.covers(destination=destination):
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
    steps += tuple(Step("duty.caution", {"name": title, "text": text}) for title, text in stack.cautions)
    back = {"refundable": stack.refundable, "refund-open": stack.refund_open}
    amounts = {"deposits": stack.deposits, **{name: part for name, part in back.items() if part}}
    amounts |= {f"total-{use}": total for use, total in by_use(entry, law).items()} if stack.missing else {}
    if entry.value is not None and (owed := stack.amount(entry.value)) is not None:
        amounts["duty"] = owed
    outcome = Outcome.of(None if stack.missing else True)
    return Finding("duty", "stack", outcome, stack.total, "%", steps=steps, missing=stack.missing, amounts=amounts)


def by_use(entry: Entry, law: LawOn) -> dict[str, Decimal]:
    """Total for each use, % of value, where the use of the goods is all that is missing; else nothing."""
    if entry.use is not None or {one.what for one in duty(entry, law).missing} != {"duty.missing.use"}:
        return {}
    totals = {use: duty(entry.model_copy(update={"use": use}), law).total for use in USES}
    return {use: total for use, total in totals.items() if total is not None}


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
                for id_ in texts(block.get(key))
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
            fields = texts(block.get(keyed, ["origin"] if name == "all in" else None))
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
