"""The door through which law enters the network.

The chain asks these questions and nothing else of the law in force. A chain built without law has no duties, no credits and no
withheld goods, and says so in its notes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import polars as pl

#: Columns of what borders ask: position of the shipment, year; money to be paid on a unit (duty, and the cost of waiting for a
#: licence); most that may pass in the year (null = no limit: a ban is a zero); facts or instruments it rests on.
AT_BORDER: Mapping[str, Any] = {
    "shipment": pl.Int64,
    "year": pl.Int64,
    "paid": pl.Float64,
    "most": pl.Float64,
    "basis": pl.String,
}


@dataclass(frozen=True, slots=True)
class Shipment:
    """Goods that cross a border: item and its HS code, countries of origin and destination (ISO codes), unit value in USD of
    the case (the lowest outside price of the item; None where none is known), and the preference claimed for them, if any."""

    item: str
    hs: str
    origin: str
    destination: str
    unit_value: float | None
    preference: str | None = None


@dataclass(frozen=True, slots=True)
class Charge:
    """Money per unit (negative = a credit) and the facts or instruments it rests on."""

    amount: float
    basis: str


@dataclass(frozen=True, slots=True)
class Activity:
    """What is made where: a process and its main item, the facility (None for a new plant), its country and region."""

    process: str
    item: str
    facility: str | None
    country: str
    region: str | None


@dataclass(frozen=True, slots=True)
class Owner:
    """A holder of a maker's equity: name, country (ISO code) and share of one; None where the facts do not say."""

    name: str
    country: str | None
    share: float | None


@dataclass(frozen=True)
class ContentRule:
    """A share that what goes into a product must keep, and what a product that keeps it gains.

    Of the inputs of a product, those of makers that do not qualify may be at most ``1 - least`` of the base. Makers are told
    apart by where, and by whom, a good was made: that is the origin tag of a flow.

    Attributes:
        name: such as ``us-macr.cell``; also the tag of what keeps the rule.
        instrument: the instrument that holds the threshold.
        items: products under the rule.
        countries: where they are made.
        qualifies: whether a maker's goods count, from its country and owners.
        least: smallest qualifying share by year; a year without one has no rule and no gain.
        base: ``materials`` = cost of the direct materials; ``value`` = value of the product.
        per_unit: money per unit of product that keeps the rule, by year (positive = earned).
        of_cost: share of its production cost earned, by year.
        preference: preference that the product may claim on entry into ``markets``.
        final: products made from it at the same place that earn ``per_final``, such as vehicles.
        per_final: money per unit of them, by year.
        maker_too: whether the maker of the product must qualify himself.
        basis: references to the law behind it, by year.
    """

    name: str
    instrument: str
    items: frozenset[str]
    countries: frozenset[str]
    qualifies: Callable[[str, Sequence[Owner]], bool]
    least: Mapping[int, float]
    base: Literal["materials", "value"]
    per_unit: Mapping[int, float] = field(default_factory=dict)
    of_cost: Mapping[int, float] = field(default_factory=dict)
    preference: str | None = None
    markets: frozenset[str] = frozenset()
    final: frozenset[str] = frozenset()
    per_final: Mapping[int, float] = field(default_factory=dict)
    maker_too: bool = False
    basis: Mapping[int, str] = field(default_factory=dict)


class LawInForce(Protocol):
    """What the chain needs to know of the law, year by year."""

    def preference(self, item: str, hs: str, origin: str, destination: str) -> str | None:
        """The preference that goods may claim without a content test of the plan's own; None if there is none."""
        ...

    def at_border(self, shipments: Sequence[Shipment], years: Sequence[int]) -> pl.DataFrame:
        """What borders ask of shipments by year, as a frame of :data:`AT_BORDER`; no row = nothing."""
        ...

    def credit(self, activity: Activity, years: Sequence[int]) -> Mapping[int, Charge]:
        """Credit earned by one unit of activity (negative amount) without a content test, in the years that have one."""
        ...

    def investment_credit(self, activity: Activity, years: Sequence[int]) -> Mapping[int, Charge]:
        """Share of the capital cost that is given back, by year of first use of a new plant, for the years that have one."""
        ...

    def content_rules(self, years: Sequence[int]) -> Sequence[ContentRule]:
        """The content tests that bear on the plan."""
        ...

    def notes(self) -> Sequence[str]:
        """What the reader of the plan must know of the law taken: readings, open questions, what was not known."""
        ...
