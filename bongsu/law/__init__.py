"""Dated instruments and tests; at present the door through which they enter the network."""

from bongsu.law.door import Charge, LawInForce, Shipment

__all__ = ["Charge", "LawInForce", "Shipment"]
