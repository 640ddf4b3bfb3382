"""Whether a seller's goods keep the origin rule of a buyer: pass, fail or undetermined, with what is missing.

Rules, by name:

    KR, CA+US      made in one of these countries (ISO codes)
    pfe            made by no prohibited foreign entity (26 USC 7701(a)(51)): the test of law on what the facts say of owners
    USMCA, CKFTA … originating under the agreement that grants this preference on entry at the buyer's: who is no party fails; a
                   party passes where the plan keeps the content test on the way, or where the value test of the agreement is met
                   by what the plan brings the maker from outside; else it is undetermined, for goods may also originate by a
                   change of tariff heading, which the facts do not show

Whom a maker owes, who appoints his officers and what he has licensed is not in the facts, so ``pfe`` is rarely more than
undetermined for a maker that is not barred by what is known; ``counted`` says how the plan takes him (by place and owners alone).
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from bongsu.answers.figure import LANGUAGES, Node
from bongsu.chain import Chain
from bongsu.committee.link.market import TINY, Market, Seller, Way
from bongsu.committee.link.need import Party, UnknownName
from bongsu.committee.words import said
from bongsu.law import Finding, LawOn, Missing, Outcome
from bongsu.law.finding import all_of
from bongsu.law.inforce import InForce
from bongsu.law.instrument import covered
from bongsu.law.ownership import Ownership
from bongsu.law.regimes import us_pfe
from bongsu.law.regimes.fta import FtaValue, value_test
from bongsu.law.words import phrase, step_text

PFE = "pfe"
_COUNTRIES = re.compile(r"[A-Z]{2}(\+[A-Z]{2})*")
#: Agreements whose value tests the law room has, by the preference they grant.
_VALUE_TESTS = {"CKFTA": "ckfta", "KORUS": "korus", "CPTPP": "cptpp"}
#: The content test that stands for a preference in the plan.
_IN_PLAN = {"USMCA": "usmca.battery"}


@dataclass(frozen=True)
class Qualification:
    """What a rule says of a seller.

    Attributes:
        rule: its name; outcome: pass, fail or undetermined.
        why: the deciding step, or what is missing, by language.
        counted: whether the plan takes the seller as qualifying; None = the plan does not ask.
        grounds: steps and missing facts as leaves.
    """

    rule: str
    outcome: Outcome
    why: dict[str, str]
    counted: bool | None = None
    grounds: tuple[Node, ...] = ()


def law_of(chain: Chain) -> LawOn | None:
    """The law of a chain; None where it was built without."""
    return chain.choices.law.law if isinstance(chain.choices.law, InForce) else None


def rules_known(chain: Chain) -> list[str]:
    """Names of the rules that are no lists of countries."""
    law = law_of(chain)
    granted = {str(one.duty["preference"]) for one in law.law if one.duty.get("kind") == "preference"} if law else set()
    return [PFE, *sorted(granted)]


def check_rules(chain: Chain, rules: Sequence[str]) -> tuple[str, ...]:
    """The rules as they are written here.

    Raises:
        UnknownName: there is no such rule.
    """
    known = rules_known(chain)
    by_key = {one.casefold(): one for one in known}
    found = []
    for rule in rules:
        own = by_key.get(rule.strip().casefold())
        countries = rule.strip().upper()
        if own is None and not _COUNTRIES.fullmatch(countries):
            near = difflib.get_close_matches(rule.strip().casefold(), by_key, n=1, cutoff=0.5)
            hint = f"; did you mean {by_key[near[0]]}?" if near else ""
            raise UnknownName(
                f"there is no origin rule {rule!r}{hint} There are countries such as CA+KR, and {', '.join(known)}"
                if hint
                else f"there is no origin rule {rule!r}; there are countries such as CA+KR, and {', '.join(known)}"
            )
        found.append(own or countries)
    return tuple(dict.fromkeys(found))


def qualify(
    market: Market, seller: Seller, buyer: Party, item: str, year: int, rule: str, way: Way | None
) -> Qualification:
    """What a rule says of what a seller would bring a buyer in a year."""
    if rule == PFE:
        return _entity(market, seller, year)
    if _COUNTRIES.fullmatch(rule):
        inside = seller.party.country in rule.split("+")
        key = "origin.inside" if inside else "origin.outside"
        why = said("link", key, country=seller.party.country)
        return Qualification(rule, Outcome.of(inside), why, grounds=(Node(why, None),))
    return _preference(market, seller, buyer, item, year, rule, way)


def together(found: Sequence[Qualification]) -> Outcome | None:
    """What all rules say; None where none was asked."""
    return all_of(one.outcome for one in found) if found else None


# Prohibited foreign entities ------------------------------------------------------------------------------------------------


def entity_facts(market: Market, seller: Seller, year: int) -> us_pfe.PfeFacts:
    """What the facts know of a maker, in the terms of the test: its country, its stated owners and their shares."""
    parties: list[dict[str, Any]] = [{"name": seller.name, "countries": [seller.party.country]}]
    holdings: list[dict[str, Any]] = []
    for owner in market.owners.get(seller.party.facility or "", []):
        name = owner.name if owner.name != seller.name else f"{owner.name} (owner)"
        parties.append({"name": name, "countries": [owner.country] if owner.country else None})
        percent = None if owner.share is None else Decimal(str(owner.share)) * 100
        holdings.append({"owner": name, "owned": seller.name, "metric": "equity", "percent": percent})
    owners = Ownership.model_validate({"parties": parties, "holdings": holdings})
    return us_pfe.PfeFacts(entity=seller.name, ownership=owners, tax_year_start=dt.date(year, 1, 1))


def _entity(market: Market, seller: Seller, year: int) -> Qualification:
    law = law_of(market.chain)
    if law is None:
        return Qualification(PFE, Outcome.UNDETERMINED, said("link", "origin.no_law"))
    finding = us_pfe.test(entity_facts(market, seller, year), law)
    return Qualification(
        PFE, finding.outcome, _reason(finding, law), _counted(market, seller, year), tuple(_leaves(finding, law))
    )


def _counted(market: Market, seller: Seller, year: int) -> bool | None:
    """How the plan takes a maker: by his place and his owners."""
    law = market.chain.choices.law
    rules = [one for one in law.content_rules(market.chain.years) if one.maker_too] if law else []
    rules = [one for one in rules if year in one.least]
    if not rules:
        return None
    return rules[0].qualifies(seller.party.country, market.owners.get(seller.party.facility or "", []))


def _walk(finding: Finding) -> Iterator[Finding]:
    yield finding
    for part in finding.parts:
        yield from _walk(part)


def _missing(one: Missing, language: str) -> str:
    return phrase(one.what, language, **one.args)


def _reason(finding: Finding, law: LawOn) -> dict[str, str]:
    """The step that decides, or what is missing."""
    parts = list(_walk(finding))
    if finding.outcome is Outcome.UNDETERMINED:
        lacks = [one for part in parts if part.outcome is Outcome.UNDETERMINED for one in part.missing]
        texts = {lang: "; ".join(dict.fromkeys(_missing(one, lang) for one in lacks)) for lang in LANGUAGES}
        return said("link", "origin.lacks", what=texts)
    steps = [step for part in parts for step in part.steps if step.outcome is finding.outcome]
    steps = steps or [step for part in parts for step in part.steps]
    return {lang: step_text(steps[0], law, lang) if steps else str(finding.outcome) for lang in LANGUAGES}


def _leaves(finding: Finding, law: LawOn) -> Iterator[Node]:
    for part in _walk(finding):
        for step in part.steps:
            text = {lang: step_text(step, law, lang) for lang in LANGUAGES}
            figure = None if step.figure is None else float(step.figure)
            fact = step.law.fact if step.law else None
            yield Node(
                text,
                figure,
                step.unit,
                confidence=fact.confidence if fact else "computed",
                source=fact.source if fact else None,
            )
        for one in part.missing:
            yield Node({lang: f"? {_missing(one, lang)}" for lang in LANGUAGES}, None)


# Preferences ----------------------------------------------------------------------------------------------------------------


def _preference(
    market: Market, seller: Seller, buyer: Party, item: str, year: int, rule: str, way: Way | None
) -> Qualification:
    law = law_of(market.chain)
    if law is None:
        return Qualification(rule, Outcome.UNDETERMINED, said("link", "origin.no_law"))
    origin, into = seller.party.country, buyer.country
    day = max(law.date, dt.date(year, 1, 1))
    granting = [
        one
        for one in law.law
        if one.duty.get("kind") == "preference"
        and one.duty["preference"] == rule
        and one.covers(origin=origin, destination=into) is not False
    ]
    if origin == into:
        why = said("link", "origin.domestic", country=into)
        return Qualification(rule, Outcome.PASS, why, grounds=(Node(why, None),))
    hs = str((market.chain.atlas.row("items", item) or {}).get("hs") or "")
    granting = [
        one for one in granting if not hs or covered(one.governs, hs=hs, origin=origin, destination=into) is not False
    ]
    if not granting:
        why = said("link", "origin.no_party", rule=rule, country=origin, into=into)
        return Qualification(rule, Outcome.FAIL, why, False, (Node(why, None),))
    if law.in_force(granting[0].id, day) is not True:
        why = said("link", "origin.not_in_force", rule=rule, day=str(day))
        return Qualification(rule, Outcome.of(law.in_force(granting[0].id, day)), why, grounds=(Node(why, None),))
    counted = None if way is None else _claimed(way, rule)
    if way is not None and _IN_PLAN.get(rule) in way.keeps:
        why = said("link", "origin.kept_in_plan", rule=rule)
        return Qualification(rule, Outcome.PASS, why, True, (Node(why, None),))
    agreement = _VALUE_TESTS.get(rule)
    if agreement is None or not hs:
        why = said("link", "origin.untested", rule=rule)
        return Qualification(rule, Outcome.UNDETERMINED, why, counted, (Node(why, None),))
    record = _value_record(market, seller, item, year, hs, agreement, law)
    finding = value_test(agreement, record, law)
    leaves = tuple(_leaves(finding, law))
    if finding.outcome is Outcome.PASS:
        return Qualification(rule, Outcome.PASS, _reason(finding, law), counted, leaves)
    why = said("link", "origin.by_heading", rule=rule)
    return Qualification(rule, Outcome.UNDETERMINED, why, counted, (Node(why, None), *leaves))


def _claimed(way: Way, rule: str) -> bool:
    """Whether the plan charges duty on a way as if the preference were claimed."""
    duty = next((one for one in way.facts.split() if one.startswith("law:duty/")), "")
    return duty.endswith(f"/{rule}") or _IN_PLAN.get(rule) in way.keeps


def _value_record(
    market: Market, seller: Seller, item: str, year: int, hs: str, agreement: str, law: LawOn
) -> FtaValue:
    """Facts for the value test from the plan: the price at the gate, and what the maker's inputs from non-members cost him."""
    price = market.price(item, seller.party.place, year)
    members = law.find(f"{agreement}-origin", "members")
    made = market.own_cost(seller, item, year)
    vnm = None
    if made is not None and made[1] is not None and members is not None:
        vnm = _from_outside(market, seller, made[1], year, set(members.list))
    good = {"hs": hs, "producer_country": seller.party.country}
    if price is None or price <= 0 or vnm is None:
        return FtaValue.model_validate(good)
    return FtaValue.model_validate(
        {**good, "adjusted_value": Decimal(str(round(price, 6))), "vnm": Decimal(str(round(vnm, 6)))}
    )


def _from_outside(market: Market, seller: Seller, entry: int, year: int, members: set[str]) -> float | None:
    """What the inputs of one unit from makers outside the agreement cost a maker; None where the plan moves none of an input."""
    a, t = market.a, market.t(year)
    mode = int(a.use_mode[entry])
    place = seller.party.place
    total = 0.0
    for other in np.flatnonzero(a.use_mode == mode).tolist():
        amount = -float(a.use_amount[other, t])
        if amount <= 0:
            continue
        item = str(a.net["items"]["item"][int(a.use_item[other])])
        price = market.price(item, place, year)
        arrived: dict[str, float] = {}
        for origin in market.origins(item, place):
            arrived[market.country[origin]] = arrived.get(market.country[origin], 0.0) + market.shipped(
                item, origin, place, year
            )
        here = sum(market.makes(one, item, year) for one in market.sellers(item) if one.party.place == place)
        arrived[seller.party.country] = arrived.get(seller.party.country, 0.0) + here
        whole = sum(arrived.values())
        if price is None or whole <= TINY:
            return None
        outside = sum(value for country, value in arrived.items() if country not in members)
        total += amount * price * outside / whole
    return total / float(a.use_amount[entry, t])
