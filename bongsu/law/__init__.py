"""Law with dates: instruments, tests that say pass, fail or undetermined, duties, and what the chain asks of them."""

from bongsu.law.door import (
    Activity,
    Charge,
    ContentRule,
    Half,
    LawInForce,
    Owner,
    Shipment,
    TracedGoods,
    VehicleCredit,
)
from bongsu.law.finding import Finding, Missing, Outcome, Step
from bongsu.law.instrument import Found, Instrument, Law, LawOn, NotInLaw, Parameter, Question, Scope, Status
from bongsu.law.read import LawError

__all__ = [
    "Activity",
    "Charge",
    "ContentRule",
    "Finding",
    "Found",
    "Half",
    "Instrument",
    "Law",
    "LawError",
    "LawInForce",
    "LawOn",
    "Missing",
    "NotInLaw",
    "Outcome",
    "Owner",
    "Parameter",
    "Question",
    "Scope",
    "Shipment",
    "Status",
    "Step",
    "TracedGoods",
    "VehicleCredit",
]
