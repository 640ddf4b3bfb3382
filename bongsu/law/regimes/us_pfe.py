"""Prohibited foreign entities: specified ones by list, nation or control, influenced ones by officer, share, debt or contract.

``pass`` means: no prohibited foreign entity. Shares are followed through every tier and multiplied (26 USC 7701(a)(51)); a party
that is itself controlled by listed parties or from a covered nation, at whatever tier, is a specified foreign entity and holds in
its own right. What is not given is unknown: an empty list says that there is none.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from bongsu.law.finding import Finding, Missing, Outcome, Step, meets, undetermined
from bongsu.law.instrument import Found, LawOn
from bongsu.law.ownership import CircularOwnership, Metric, Ownership, Party
from bongsu.law.regime import Regime
from bongsu.law.spans import column

NAME = "us-pfe"
Years = Annotated[Decimal, Field(ge=0)]
_METRICS: tuple[Metric, ...] = ("equity", "votes")


class Agreement(BaseModel):
    """A contract or licence with someone who may be a specified foreign entity."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    party: str = Field(description="Name of the party it is with.")
    paid_previous_year: bool | None = Field(
        description="Whether anything was paid under it in the previous taxable year."
    )
    effective_control: bool | None = Field(
        default=None,
        description="Whether it gives effective control as found by counsel; None = judged by the factors.",
    )
    licence: bool | None = Field(default=None, description="Whether it licenses intellectual property; None = unknown.")
    made: dt.date | None = Field(default=None, description="Day on which it was made or last changed.")
    specifies_sources: bool | None = Field(
        default=None, description="Right to specify sources of components or minerals."
    )
    directs_facility: bool | None = Field(default=None, description="Right to direct the operation of the facility.")
    limits_use: bool | None = Field(default=None, description="Right to limit the use of the intellectual property.")
    royalty_years: Years | None = Field(default=None, description="Years for which royalties run.")
    service_years: Years | None = Field(default=None, description="Years for which services are owed.")
    know_how_complete: bool | None = Field(default=None, description="Whether all know-how needed is handed over.")


class PfeFacts(BaseModel):
    """Facts about one entity, those above it, its officers, debt and contracts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    entity: str = Field(description="Name of the party that is tested.")
    ownership: Ownership = Field(
        description="Parties (countries; tags such as 1260h for lists, us-national for persons who are US nationals or permanent "
        "residents) and holdings by equity, votes and debt."
    )
    tax_year_start: dt.date | None = Field(description="First day of the taxable year; None = unknown.")
    publicly_traded: bool | None = Field(
        default=None, description="Whether its securities are traded on an exchange; None = unknown."
    )
    officer_appointed_by: tuple[str, ...] | None = Field(
        default=None,
        description="Parties with direct authority to appoint a covered officer; None = unknown, empty = none.",
    )
    agreements: tuple[Agreement, ...] | None = Field(
        default=None, description="Contracts and licences; None = unknown, empty = none."
    )
    influenced_from: Literal["influenced", "influenced_later"] | None = Field(
        default=None,
        description="Reading of when the bar on influenced entities begins; None = the instrument's default.",
    )

    @model_validator(mode="after")
    def _sound(self) -> PfeFacts:
        known = self.ownership.by_name
        named = [self.entity, *(self.officer_appointed_by or ()), *(a.party for a in self.agreements or ())]
        for name in named:
            if name not in known:
                raise ValueError(f"{name!r} is no party of the ownership; add it to the parties")
        return self


def bar(law: LawOn, year: dt.date) -> Found | None:
    """The statement that bars prohibited entities in a taxable year that begins on a day; None if nothing does."""
    if not law.in_force(NAME, at=year):
        return None
    return law.find(NAME, "barred", "specified", at=year)


def bars(law: LawOn, years: Any) -> Any:
    """The same for a column of days: NaN where nothing bars them."""
    return column(law, NAME, "barred", ["specified"] * len(years), np.asarray(years))


def test(facts: PfeFacts, law: LawOn) -> Finding:
    """Whether the entity is no prohibited foreign entity: pass, fail, or undetermined with what is missing."""
    year = facts.tax_year_start
    if year is None:
        return undetermined(NAME, "pfe", [Missing("us-pfe.no-year")])
    found = bar(law, year)
    if found is None:
        step = Step("us-pfe.no-law", {"date": str(year), "known": str(law.known)}, outcome=Outcome.PASS)
        return Finding(NAME, "pfe", Outcome.PASS, steps=(step,))
    try:
        parts = tuple(_parts(facts, law, year))
    except CircularOwnership as error:
        return undetermined(NAME, "pfe", [Missing("us-pfe.circular", {"what": str(error)})])
    outcomes = [part.outcome for part in parts]
    outcome = (
        Outcome.FAIL
        if Outcome.FAIL in outcomes
        else Outcome.UNDETERMINED
        if Outcome.UNDETERMINED in outcomes
        else Outcome.PASS
    )
    switches = {"influenced_from": facts.influenced_from} if facts.influenced_from else {}
    return Finding(
        NAME,
        "pfe",
        outcome,
        steps=(Step("us-pfe.barred", {"date": str(year)}, law=found),),
        parts=parts,
        switches=switches,
    )


def _parts(facts: PfeFacts, law: LawOn, year: dt.date) -> Iterator[Finding]:
    day = law.value(NAME, "status_day", "listed", at=year)
    status = year if day.value == "first day" else _last_day(year)
    at = max(status, law.law[NAME].status[0].first)
    sure, maybe, why = _specified(facts.ownership, law, at)
    entity = facts.entity
    own = Outcome.FAIL if entity in sure else Outcome.UNDETERMINED if entity in maybe else Outcome.PASS
    said = "us-pfe.maybe-specified" if own is Outcome.UNDETERMINED else "us-pfe.not-specified"
    steps = [why[entity]] if entity in why else [Step(said, {"name": entity}, outcome=own)]
    lacks = _lacking(facts.ownership, entity) if own is Outcome.UNDETERMINED else []
    yield Finding(
        NAME, "specified", own, steps=(Step("us-pfe.day", {"day": str(status)}, law=day), *steps), missing=tuple(lacks)
    )
    reading = facts.influenced_from or law.law[NAME].switches["influenced_from"]["default"]
    influenced = law.find(NAME, "barred", str(reading), at=year)
    if influenced is None or influenced.value != "yes":
        step = Step("us-pfe.not-yet", {"date": str(year)}, law=influenced, outcome=Outcome.PASS)
        yield Finding(NAME, "influenced", Outcome.PASS, steps=(step,))
        return
    sure, maybe = sure - {entity}, maybe - {entity}
    yield _officer(facts, law, at, sure, maybe)
    yield from _held(facts, law, at, sure, maybe)
    yield _debt(facts, law, at, sure, maybe)
    yield _contracts(facts, law, at, sure, maybe)


def _last_day(start: dt.date) -> dt.date:
    """Last day of a taxable year of twelve months."""
    leap = (start.month, start.day) == (2, 29)
    return (start - dt.timedelta(days=1) if leap else start).replace(year=start.year + 1) - dt.timedelta(days=not leap)


def _lacking(owners: Ownership, entity: str) -> list[Missing]:
    """What leaves it open whether a party is specified: its country, those of its owners, and owners that no holding names."""
    above = owners.owners(entity)
    blank = [p.name for p in owners.parties if p.countries is None and p.name in above]
    lacks = [Missing("us-pfe.no-country", {"name": name}) for name in blank]
    if owners.rest != "dispersed":
        lacks.append(Missing("us-pfe.no-rest", {"name": entity}))
    return lacks or [Missing("us-pfe.no-status", {"name": entity})]


def _specified(owners: Ownership, law: LawOn, at: dt.date) -> tuple[set[str], set[str], dict[str, Step]]:
    """Parties that are specified foreign entities, those that may be, and why.

    Control runs down the tiers: a party that is controlled counts in full as a holder of the next one.
    """
    nations = law.value(NAME, "covered_nations", at=at)
    control = law.value(NAME, "control", at=at)
    sure: set[str] = set()
    maybe: set[str] = set()
    why: dict[str, Step] = {}
    for party in owners.parties:
        listed = _listed(party, law, at)
        if listed is not None:
            sure.add(party.name)
            why[party.name] = Step("us-pfe.listed", {"name": party.name}, law=listed, outcome=Outcome.FAIL)
        elif party.countries is None:
            maybe.add(party.name)
        elif set(party.countries) & set(nations.list) and "us-national" not in party.tags:
            sure.add(party.name)
            why[party.name] = Step("us-pfe.covered", {"name": party.name}, law=nations, outcome=Outcome.FAIL)
    # Nobody holds shares of a person or of a state.
    held = [party.name for party in owners.parties if party.kind not in ("person", "government")]
    grown = True
    while grown:
        grown = False
        for name in held:
            for metric in _METRICS:
                low, high = _bounds(owners, sure, maybe, name, metric)
                if name not in sure and meets(low, control):
                    sure.add(name)
                    why[name] = Step("us-pfe.controlled", {"name": name}, low, "%", law=control, outcome=Outcome.FAIL)
                    grown = True
                elif name not in sure | maybe and meets(high, control):
                    maybe.add(name)
                    grown = True
    return sure, maybe - sure, why


def _listed(party: Party, law: LawOn, at: dt.date) -> Found | None:
    lists = law.value(NAME, "lists", at=at)
    if set(party.tags) & set(lists.list):
        return lists
    named = law.find(NAME, "named", at=at)
    if named is None or party.kind in ("person", "government"):
        return None
    return named if any(_called(party.name, name) for name in named.list) else None


def _called(party: str, name: str) -> bool:
    """Whether a name stands in that of a party as whole words: Gotion in Gotion High-tech, EVE not in Stevens."""
    return re.search(rf"\b{re.escape(name)}\b", party, re.IGNORECASE | re.ASCII) is not None


def _bounds(
    owners: Ownership, group: Iterable[str], possible: Iterable[str], of: str, metric: Metric
) -> tuple[Decimal, Decimal]:
    """Least and most held of a party by others (a member is not held by itself)."""
    return owners.bounds(set(group) - {of}, set(possible) - {of}, of, metric)


def _officer(facts: PfeFacts, law: LawOn, at: dt.date, sure: set[str], maybe: set[str]) -> Finding:
    found = law.value(NAME, "officer", at=at)
    if facts.officer_appointed_by is None:
        return undetermined(NAME, "officer", [Missing("us-pfe.no-officer")])
    by = set(facts.officer_appointed_by)
    if not by & sure and by & maybe:
        return undetermined(
            NAME, "officer", [Missing("us-pfe.no-status", {"name": name}) for name in sorted(by & maybe)]
        )
    outcome = Outcome.FAIL if by & sure else Outcome.PASS
    step = "us-pfe.appoints" if by & sure else "us-pfe.appoints-none"
    return Finding(
        NAME, "officer", outcome, steps=(Step(step, {"name": sorted(by & sure)}, law=found, outcome=outcome),)
    )


def _held(facts: PfeFacts, law: LawOn, at: dt.date, sure: set[str], maybe: set[str]) -> Iterator[Finding]:
    if facts.publicly_traded is not False:
        yield undetermined(NAME, "held", [Missing("us-pfe.public")])
        return
    owners, entity = facts.ownership, facts.entity
    each = [
        (name, metric, *_bounds(owners, {name} & sure, {name} & maybe, entity, metric))
        for name in sorted(sure | maybe)
        for metric in _METRICS
    ]
    yield _limit("held_by_one", law.value(NAME, "held_by_one", at=at), each)
    together = [("", metric, *_bounds(owners, sure, maybe, entity, metric)) for metric in _METRICS]
    yield _limit("held_together", law.value(NAME, "held_together", at=at), together)


def _debt(facts: PfeFacts, law: LawOn, at: dt.date, sure: set[str], maybe: set[str]) -> Finding:
    low, left, open_ = Decimal(0), Decimal(100), Decimal(0)
    blank = False
    for one in facts.ownership.holdings:
        if one.owned != facts.entity or one.metric != "debt":
            continue
        left -= one.percent or 0
        if one.owner in sure:
            low += one.percent or 0
        elif one.owner in maybe:
            open_ += one.percent or 0
        blank |= one.percent is None and one.owner in sure | maybe
    # Debt that no holding names may be owed to anybody, unless it is said that nobody who matters holds it.
    high = low + open_ + (left if blank or facts.ownership.rest != "dispersed" else 0)
    return _limit("debt", law.value(NAME, "debt", at=at), [("", "debt", low, high)])


def _limit(name: str, limit: Found, held: Sequence[tuple[str, str, Decimal, Decimal]]) -> Finding:
    """A trigger that is pulled where any share meets its limit."""
    low = max((one[2] for one in held), default=Decimal(0))
    high = max((one[3] for one in held), default=Decimal(0))
    pulled = True if meets(low, limit) else None if meets(high, limit) else False
    outcome = Outcome.UNDETERMINED if pulled is None else Outcome.FAIL if pulled else Outcome.PASS
    steps = tuple(
        Step("us-pfe.holds" if who else "us-pfe.hold", {"name": who, "metric": metric}, least, "%")
        for who, metric, least, most in held
        if most
    )
    step = Step("us-pfe.trigger", {}, low, "%", law=limit, outcome=outcome)
    missing = (Missing("us-pfe.no-share", {"least": low, "most": high}),) if pulled is None else ()
    return Finding(NAME, name, outcome, low, "%", limit, (*steps, step), missing)


def _contracts(facts: PfeFacts, law: LawOn, at: dt.date, sure: set[str], maybe: set[str]) -> Finding:
    found = law.value(NAME, "effective_control", at=at)
    if facts.agreements is None:
        return undetermined(NAME, "effective_control", [Missing("us-pfe.no-agreements")])
    verdicts: list[bool | None] = [False]
    missing: list[Missing] = []
    steps: list[Step] = []
    for one in facts.agreements:
        with_one = True if one.party in sure else None if one.party in maybe else False
        grip = _and(with_one, _and(one.paid_previous_year, _grip(one, law, at, steps)))
        verdicts.append(grip)
        if grip is None:
            missing.append(Missing("us-pfe.no-contract", {"name": one.party}))
    pulled = True if True in verdicts else None if None in verdicts else False
    outcome = Outcome.UNDETERMINED if pulled is None else Outcome.FAIL if pulled else Outcome.PASS
    said = {Outcome.PASS: "us-pfe.contracts-none", Outcome.FAIL: "us-pfe.contracts"}.get(
        outcome, "us-pfe.contracts-open"
    )
    steps.append(Step(said, law=found, outcome=outcome))
    return Finding(
        NAME, "effective_control", outcome, steps=tuple(steps), missing=tuple(missing) if pulled is None else ()
    )


def _and(a: bool | None, b: bool | None) -> bool | None:
    return False if a is False or b is False else None if a is None or b is None else True


def _grip(one: Agreement, law: LawOn, at: dt.date, steps: list[Step]) -> bool | None:
    """Whether an agreement gives effective control: any factor does."""
    if one.effective_control is not None:
        return one.effective_control
    factors: list[bool | None] = [one.specifies_sources, one.directs_facility]
    if one.licence is None:
        factors.append(None)
    if one.licence:
        factors += [one.limits_use, None if one.know_how_complete is None else not one.know_how_complete]
        for name, years in (("royalty_years", one.royalty_years), ("service_years", one.service_years)):
            limit = law.value(NAME, name, at=at)
            factors.append(None if years is None else meets(years, limit))
            if years is not None:
                steps.append(Step(f"us-pfe.{name}", {"name": one.party}, years, "years", law=limit))
        made = None if one.made is None else law.find(NAME, "licence_made", at=one.made)
        factors.append(None if made is None else made.value == "yes")
    return True if True in factors else None if None in factors else False


REGIME = Regime(NAME, PfeFacts, test)
