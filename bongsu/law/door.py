"""The door through which law enters the network.

The chain asks these questions and nothing else of the law in force. A chain built without law has no duties, no credits and no
withheld goods, and says so in its notes.
"""

from __future__ import annotations

import datetime as dt
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
    the case (the lowest outside price of the item; None where none is known), the preference claimed for them, if any, and the
    tonnes of each element in one unit, as far as the composition is known."""

    item: str
    hs: str
    origin: str
    destination: str
    unit_value: float | None
    preference: str | None = None
    content: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Limit:
    """Most that may pass in a year, in units of the item, and the instruments it rests on."""

    most: float
    basis: str


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
        maker_too: whether the maker of the product must qualify himself.
        room: share of a year's product that may keep the rule at all, such as the share of days on which the credit is law; a year
            without one has no such limit.
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
    maker_too: bool = False
    room: Mapping[int, float] = field(default_factory=dict)
    basis: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Half:
    """A part of a credit per vehicle that one content test earns.

    Attributes:
        least: smallest share that qualifies, by year; a year without one earns nothing.
        amount: money per vehicle by year, in USD of the case.
        basis: references to the law behind it, by year.
    """

    least: Mapping[int, float]
    amount: Mapping[int, float]
    basis: Mapping[int, str]


@dataclass(frozen=True)
class TracedGoods:
    """Items of the network in the terms of a content test of minerals and components.

    Attributes:
        minerals: mineral that an item is, in the form in which it enters a battery material; its value is counted there.
        feeds: items that carry a mineral on the way there, by mineral.
        ores: what extraction leaves; to make anything of them is processing.
        recycled: what recycling makes of scrap and spent batteries, on the way back to a mineral.
        uses: use of an item by which a bar may spare it, such as ``electrolyte salt``.
        cells, packs: made from materials; packs are what is put into vehicles.
        parts: components that a cell is made from.
    """

    minerals: Mapping[str, str]
    feeds: Mapping[str, frozenset[str]]
    ores: frozenset[str]
    recycled: frozenset[str]
    uses: Mapping[str, str]
    cells: frozenset[str]
    packs: frozenset[str]
    parts: frozenset[str]


@dataclass(frozen=True)
class VehicleCredit:
    """A credit per vehicle sold, in two halves: one for where the minerals of its battery, one for where its components come from.

    Attributes:
        name: such as ``us-30d``; begins the tags of what is bound for vehicles that claim.
        instrument: the instrument that holds it.
        vehicles: items that may claim.
        markets: countries in which they are sold.
        room: share of the vehicles of an item and year that may claim whatever their battery: prices, incomes, days.
        minerals, components: the halves.
        goods: items in the terms of the test.
        counts: whether value that a step (``extraction``, ``processing``, ``recycling``) adds to minerals in a country counts.
        inside: whether a component made in a country counts.
        whole_from: share of value added from which the minerals of one origin count in full, by year; a year without one counts
            them by that share itself.
        concern: whether a maker (country and owners) is a party whose work bars the whole credit.
        bars_components: years in which its components do.
        bars_minerals: years in which its minerals do, by use; ``*`` = any other.
    """

    name: str
    instrument: str
    vehicles: frozenset[str]
    markets: frozenset[str]
    room: Mapping[tuple[str, int], float]
    minerals: Half
    components: Half
    goods: TracedGoods
    counts: Callable[[str, str], bool]
    inside: Callable[[str], bool]
    whole_from: Mapping[int, float]
    concern: Callable[[str, Sequence[Owner]], bool]
    bars_components: frozenset[int]
    bars_minerals: Mapping[str, frozenset[int]]

    @property
    def halves(self) -> dict[str, Half]:
        """The halves by the name of their test."""
        return {f"{self.name}.minerals": self.minerals, f"{self.name}.components": self.components}


class LawInForce(Protocol):
    """What the chain needs to know of the law, year by year."""

    @property
    def known(self) -> dt.date:
        """The day of knowledge of the law."""
        ...

    def preference(self, item: str, hs: str, origin: str, destination: str) -> str | None:
        """The preference that goods may claim without a content test of the plan's own; None if there is none."""
        ...

    def at_border(self, shipments: Sequence[Shipment], years: Sequence[int]) -> pl.DataFrame:
        """What borders ask of shipments by year, as a frame of :data:`AT_BORDER`; no row = nothing."""
        ...

    def leaving(
        self, item: str, hs: str, origin: str, content: tuple[tuple[str, float], ...], years: Sequence[int]
    ) -> Mapping[int, Limit]:
        """Most of an item that may leave a country for all others together, in the years that have such a limit."""
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

    def vehicle_credits(self, years: Sequence[int]) -> Sequence[VehicleCredit]:
        """Credits per vehicle whose tests follow minerals and components through the chain."""
        ...

    def notes(self) -> Sequence[str]:
        """What the reader of the plan must know of the law taken: readings, open questions, what was not known."""
        ...
