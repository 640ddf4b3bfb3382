"""Figures that are known as a range: each end a tree of reasons. All amounts are at least zero, so that ends meet ends."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bongsu.answers.figure import Node

Label = Mapping[str, str]


@dataclass(frozen=True)
class Range:
    """The low and the high end of a figure."""

    low: Node
    high: Node

    @property
    def ends(self) -> tuple[float, float]:
        """Both values."""
        return _value(self.low), _value(self.high)

    @classmethod
    def fact(cls, node: Node, low: float, high: float, unit: str, kind: str = "number") -> Range:
        """A fact with its ends."""
        return cls(replace(node, value=low, unit=unit, kind=kind), replace(node, value=high, unit=unit, kind=kind))

    def named(self, label: Label, unit: str = "", kind: str = "number") -> Range:
        """The same range as a figure of its own, with itself as the reason."""
        return _pair(label, unit, kind, [self], lambda values: values[0])


def _value(node: Node) -> float:
    if node.value is None:
        raise ValueError("a range has two values")
    return node.value


def _pair(label: Label, unit: str, kind: str, parts: Sequence[Range], of: Callable[[list[float]], float]) -> Range:
    low = Node(label, of([_value(part.low) for part in parts]), unit, kind, children=tuple(part.low for part in parts))
    high = Node(
        label, of([_value(part.high) for part in parts]), unit, kind, children=tuple(part.high for part in parts)
    )
    return Range(low, high)


def times(label: Label, *parts: Range, unit: str = "", kind: str = "number") -> Range:
    """Product, end by end."""
    return _pair(label, unit, kind, parts, math.prod)


def plus(label: Label, *parts: Range, unit: str = "", kind: str = "number") -> Range:
    """Sum, end by end."""
    return _pair(label, unit, kind, parts, sum)


def over(label: Label, part: Range, whole: Range, unit: str = "", kind: str = "number") -> Range:
    """Quotient: the low end of one over the high end of the other, and the reverse."""
    low, high = (part.low, whole.high), (part.high, whole.low)
    return Range(
        Node(label, _value(low[0]) / _value(low[1]), unit, kind, children=low),
        Node(label, _value(high[0]) / _value(high[1]), unit, kind, children=high),
    )


def less(label: Label, whole: Range, part: Range, unit: str = "", kind: str = "number") -> Range:
    """Difference, not below zero: the low end less the high end of the other, and the reverse."""
    low, high = (whole.low, part.high), (whole.high, part.low)
    return Range(
        Node(label, max(0.0, _value(low[0]) - _value(low[1])), unit, kind, children=low),
        Node(label, max(0.0, _value(high[0]) - _value(high[1])), unit, kind, children=high),
    )


def rest(label: Label, share: Range) -> Range:
    """One less a share; the ends change places."""
    return Range(
        Node(label, 1.0 - _value(share.high), kind="share", children=(share.high,)),
        Node(label, 1.0 - _value(share.low), kind="share", children=(share.low,)),
    )


def hull(label: Label, candidates: Sequence[Range], unit: str = "", kind: str = "number") -> Range:
    """From the lowest to the highest of several estimates; the reasons keep the estimate that gives the end."""
    low = min((one.low for one in candidates), key=_value)
    high = max((one.high for one in candidates), key=_value)
    return Range(
        Node(label, _value(low), unit, kind, children=(low,)), Node(label, _value(high), unit, kind, children=(high,))
    )
