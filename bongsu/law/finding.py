"""What a test says: pass, fail or undetermined, with its figure, the steps, the citations and what is missing.

A finding is data; :mod:`bongsu.law.words` says it in three languages. Three-valued logic is Kleene's: one failed part fails the
whole, and an unknown part leaves undetermined what no failed part has settled.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from enum import StrEnum
from typing import Any

from bongsu.law.instrument import Found

#: Digits carried in quotients; sums and products of given figures are exact.
PRECISION = 34


class Outcome(StrEnum):
    """What a test says."""

    PASS = "pass"
    FAIL = "fail"
    UNDETERMINED = "undetermined"

    @classmethod
    def of(cls, verdict: bool | None) -> Outcome:
        """True, False or None as an outcome."""
        return cls.UNDETERMINED if verdict is None else cls.PASS if verdict else cls.FAIL


def all_of(outcomes: Iterable[Outcome]) -> Outcome:
    """Pass where all pass, fail where one fails, else undetermined."""
    seen = list(outcomes)
    if Outcome.FAIL in seen:
        return Outcome.FAIL
    return Outcome.UNDETERMINED if Outcome.UNDETERMINED in seen else Outcome.PASS


def any_of(outcomes: Iterable[Outcome]) -> Outcome:
    """Pass where one passes, fail where all fail, else undetermined."""
    seen = list(outcomes)
    if Outcome.PASS in seen:
        return Outcome.PASS
    return Outcome.UNDETERMINED if Outcome.UNDETERMINED in seen else Outcome.FAIL


_MEETS: Mapping[str, Callable[[Decimal, Decimal], bool]] = {
    "at least": operator.ge,
    "more than": operator.gt,
    "at most": operator.le,
    "less than": operator.lt,
}


def meets(figure: Decimal, threshold: Found) -> bool:
    """Whether a figure meets a threshold, equality decided as the instrument says (``met``)."""
    return _MEETS[threshold.parameter.met](figure, threshold.number)


def ratio_meets(part: Decimal, whole: Decimal, threshold: Found) -> bool:
    """Whether part/whole, in percent, meets a threshold; by multiplication, so that no quotient is rounded."""
    with localcontext() as context:
        context.prec = 80
        return _MEETS[threshold.parameter.met](part * 100, threshold.number * whole)


def percent(part: Decimal, whole: Decimal) -> Decimal:
    """part/whole in percent, to :data:`PRECISION` digits."""
    with localcontext() as context:
        context.prec = PRECISION
        return part * 100 / whole


@dataclass(frozen=True)
class Step:
    """One step of the reasoning.

    Attributes:
        what: key of a phrase in ``words.csv``.
        args: its parts; a value may be a text, a Decimal, or a mapping by language.
        figure: what the step comes to, with its unit.
        working: the arithmetic with its numbers, such as ``(40000 − 10040) / 40000 × 100``.
        law: the value of law it used.
        outcome: what the step decides, where it decides something.
    """

    what: str
    args: Mapping[str, Any] = field(default_factory=dict)
    figure: Decimal | None = None
    unit: str = ""
    working: str = ""
    law: Found | None = None
    outcome: Outcome | None = None


@dataclass(frozen=True)
class Missing:
    """A fact or an open legal question without which nothing can be said: a phrase key with its parts."""

    what: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """Answer of a test.

    Attributes:
        regime, test: such as ``us-30d`` and ``minerals``.
        outcome: pass, fail or undetermined.
        figure, unit: the figure that was tested, or the amount earned.
        threshold: what it was tested against.
        steps: the reasoning in order.
        missing: what an undetermined answer lacks.
        switches: disputed readings taken, by name.
        parts: findings that this one is made of.
        amounts: money or quantities earned, by name.
    """

    regime: str
    test: str
    outcome: Outcome
    figure: Decimal | None = None
    unit: str = ""
    threshold: Found | None = None
    steps: tuple[Step, ...] = ()
    missing: tuple[Missing, ...] = ()
    switches: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[Finding, ...] = ()
    amounts: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def values(self) -> tuple[Found, ...]:
        """Every value of law that it or its parts used, each once, in order."""
        own = [step.law for step in self.steps if step.law] + ([self.threshold] if self.threshold else [])
        all_ = [*own, *(found for part in self.parts for found in part.values)]
        return tuple({(f.instrument, f.parameter.name, f.key, f.fact.first): f for f in all_}.values())

    @property
    def lacks(self) -> tuple[Missing, ...]:
        """What it and its undetermined parts lack."""
        own = [*self.missing, *(m for part in self.parts if part.outcome is Outcome.UNDETERMINED for m in part.lacks)]
        return tuple(_distinct(own))

    def part(self, test: str) -> Finding:
        """The part of that name.

        Raises:
            KeyError: there is none.
        """
        for one in self.parts:
            if one.test == test:
                return one
        raise KeyError(test)


def _distinct(missing: list[Missing]) -> list[Missing]:
    seen: dict[str, Missing] = {}
    for one in missing:
        seen.setdefault(f"{one.what}{sorted((k, str(v)) for k, v in one.args.items())}", one)
    return list(seen.values())


def together(regime: str, test: str, parts: Iterable[Finding], **more: Any) -> Finding:
    """One finding of several: passes where all pass, fails where one fails."""
    own = tuple(parts)
    return Finding(regime, test, all_of(part.outcome for part in own), parts=own, **more)


def compare(
    regime: str,
    test: str,
    figure: Decimal,
    threshold: Found,
    verdict: bool,
    steps: Iterable[Step] = (),
    unit: str = "%",
    **more: Any,
) -> Finding:
    """A finding that sets a figure against a threshold."""
    outcome = Outcome.of(verdict)
    last = Step("compare", {"met": threshold.parameter.met}, figure, unit, law=threshold, outcome=outcome)
    return Finding(regime, test, outcome, figure, unit, threshold, (*steps, last), **more)


def undetermined(
    regime: str, test: str, missing: Iterable[Missing], steps: Iterable[Step] = (), **more: Any
) -> Finding:
    """A finding that cannot say."""
    return Finding(regime, test, Outcome.UNDETERMINED, steps=tuple(steps), missing=tuple(missing), **more)
