"""The door through which law enters the network.

The chain asks these questions and nothing else of the law in force. A chain built without law has no duties, no credits and no
withheld goods, and says so in its notes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Shipment:
    """Goods that cross a border: item and its HS code, countries of origin and destination (ISO codes), unit value in USD of
    the case (the lowest outside price of the item; None where none is known)."""

    item: str
    hs: str
    origin: str
    destination: str
    unit_value: float | None


@dataclass(frozen=True, slots=True)
class Charge:
    """Money per unit (negative = a credit) and the facts or instruments it rests on."""

    amount: float
    basis: str


class LawInForce(Protocol):
    """What the chain needs to know of the law, year by year."""

    def duty(self, shipment: Shipment, year: int) -> Charge | None:
        """Duty on one unit; None if there is none."""
        ...

    def credit(self, process: str, country: str, region: str | None, year: int) -> Charge | None:
        """Credit earned by one unit of activity (negative amount); None if there is none."""
        ...

    def withheld(self, shipment: Shipment, year: int) -> Charge | None:
        """A ban or quota: ``amount`` is the most that may pass in the year; None if nothing is withheld."""
        ...
