"""Flags of law on a capability: may the technology leave its country, and under what. What is not known is said to be unknown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bongsu.committee.exchange.register import Capability, Names, Organisation, Register
from bongsu.committee.exchange.terms import normal
from bongsu.law import LawOn

#: Parameter that lists the topics an instrument reaches, and the one for topics of which that is open.
COVERS, OPEN = "covers_topics", "covers_topics_open"


@dataclass(frozen=True)
class Flag:
    """What one instrument means for a capability.

    Attributes:
        instrument: identifier; None where the law of the country is not in the instruments.
        title: its title; empty without an instrument.
        kind: ``control`` (technology or goods need leave to go), ``credit`` (a credit names its process), ``investor``.
        reach: ``held`` = an authority has held that it applies, ``may`` = the topic is listed and technical limits decide,
            ``open`` = it may be listed and that was not read, ``not_listed``, ``unknown``.
    """

    instrument: str | None
    title: Names
    kind: str
    reach: str

    def __str__(self) -> str:
        return f"{self.instrument or '?'}:{self.reach}"


def flags(register: Register, capability: Capability) -> tuple[Flag, ...]:
    """Flags on a capability under the law of the register, controls first."""
    law, organisation = register.law, register.organisations[capability.organisation]
    if law is None:
        return (Flag(None, {}, "control", "unknown"),)
    found = [*_controls(law, organisation, capability), *_designations(register, law, organisation, capability)]
    return (*found, *_investor(law, organisation))


def _controls(law: LawOn, organisation: Organisation, capability: Capability) -> Iterator[Flag]:
    known = False
    for one in law.law:
        if COVERS not in one.parameters or one.jurisdiction != organisation.country:
            continue
        if one.id in capability.ruled:
            known = True
            yield Flag(one.id, one.title, "control", "held")
            continue
        if law.in_force(one.id) is not True:
            continue
        known = True
        listed, open_ = _list(law, one.id, COVERS), _list(law, one.id, OPEN)
        reach = "may" if capability.topic in listed else "open" if capability.topic in open_ else "not_listed"
        yield Flag(one.id, one.title, "control", reach)
    if not known:
        yield Flag(None, {}, "control", "unknown")


def _designations(register: Register, law: LawOn, organisation: Organisation, capability: Capability) -> Iterator[Flag]:
    """Credits for designated technology that list processes of the topic."""
    processes = register.topics[capability.topic].processes
    for one in law.law:
        if one.kind != "credit" or one.jurisdiction != organisation.country or "covers_processes" not in one.parameters:
            continue
        if law.in_force(one.id) is True and processes & set(_list(law, one.id, "covers_processes")):
            yield Flag(one.id, one.title, "credit", "may")


def _investor(law: LawOn, organisation: Organisation) -> Iterator[Flag]:
    """Public bodies whose part in an investment abroad is looked at."""
    mine = {normal(phrase) for phrase in organisation.phrases}
    for one in law.law:
        if one.kind != "ownership test" or "flagged_bodies" not in one.parameters or law.in_force(one.id) is not True:
            continue
        if mine & {normal(body) for body in _list(law, one.id, "flagged_bodies")}:
            yield Flag(one.id, one.title, "investor", "may")


def _list(law: LawOn, instrument: str, parameter: str) -> tuple[str, ...]:
    """Everything that a parameter lists, over all its keys."""
    declared = law.law[instrument].parameters.get(parameter)
    found = [law.find(instrument, parameter, key) for key in declared.facts] if declared else []
    return tuple(value for one in found if one is not None for value in one.list)
