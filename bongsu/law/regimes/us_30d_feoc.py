"""Section 30D, who made what is in the battery: foreign entities of concern (26 USC 30D(d)(7); 89 FR 37079).

A party is a foreign entity of concern if

* it is incorporated or has its headquarters in a covered nation, or does the work in one (jurisdiction);
* the government of one covered nation holds, directly and indirectly, so much of its board seats, of its votes or of its equity,
  each by itself, as the control share says; or
* a contract or licence gives another such entity effective control of the production.

One component made, or one applicable critical mineral extracted, processed or recycled, by such a party bars the credit: there is
no share of it that is harmless.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from pydantic import Field, model_validator

from bongsu.law.finding import Finding, Missing, Outcome, Step, meets, together, undetermined
from bongsu.law.instrument import Found, LawOn
from bongsu.law.ownership import CircularOwnership, Country, Metric, Ownership
from bongsu.law.regime import Regime
from bongsu.law.regimes.us_30d_content import REGIME_NAME, PlacedInService, Record, applicable, closed, says

FEOC = "us-30d-feoc"
METRICS: tuple[Metric, ...] = ("board", "votes", "equity")
_METRIC_NAMES = {
    "board": {"en": "board seats", "ko": "이사회 의석", "fr": "sièges au conseil"},
    "votes": {"en": "voting rights", "ko": "의결권", "fr": "droits de vote"},
    "equity": {"en": "equity", "ko": "지분", "fr": "capital"},
}


class Work(Record):
    """Work done by a party on a component or a mineral."""

    by: str | None = Field(description="Name of the party that does it; None = unknown.")
    country: Country | None = Field(description="ISO code of the country in which it is done; None = unknown.")
    step: Literal["manufacture", "extraction", "processing", "recycling"] = Field(
        default="manufacture", description="manufacture (or assembly) of a component; the steps of a mineral."
    )


class MadeComponent(Record):
    """A component and who made it."""

    name: str = Field(description="Name of the component.")
    work: tuple[Work, ...] = Field(min_length=1, description="Everyone who makes or assembles it.")


class TracedMineral(Record):
    """An applicable critical mineral and who extracted, processed or recycled it."""

    name: str = Field(default="", description="Name; default: the mineral.")
    mineral: str = Field(description="Mineral as the list of applicable critical minerals names it.")
    use: Literal[
        "graphite in anode material", "electrolyte salt", "electrode binder", "electrolyte additive", "other"
    ] = Field(default="other", description="Where it is used: some uses were impracticable to trace for a time.")
    work: tuple[Work, ...] = Field(default=(), description="Every step, by whom and where; empty = not traced.")


class Rights(Record):
    """What the party that produces keeps for itself under a contract or licence; None = unknown."""

    quantity_and_timing: bool | None = Field(default=None, description="Decides how much is produced, and when.")
    use_of_output: bool | None = Field(default=None, description="Decides to whom and at what price output goes.")
    access: bool | None = Field(default=None, description="Has access to every part of the site.")
    maintenance: bool | None = Field(
        default=None, description="Can operate, maintain and repair without the other party."
    )
    knowledge: bool | None = Field(
        default=None, description="Has all intellectual property and data needed for the term."
    )

    @property
    def all_kept(self) -> bool:
        """Whether it keeps every one of them."""
        return all((self.quantity_and_timing, self.use_of_output, self.access, self.maintenance, self.knowledge))


class Agreement(Record):
    """A contract or licence between the party that produces and another."""

    maker: str = Field(description="Name of the party that produces.")
    other: str = Field(description="Name of the licensor or contract partner.")
    effective_control: bool | None = Field(
        default=None,
        description="Whether it gives the other effective control of the production; None = judged by the rights kept.",
    )
    rights: Rights = Field(
        default=Rights(), description="Rights that the maker keeps; with all five there is no effective control."
    )


class FeocFacts(Record):
    """Who made the battery, and who holds them."""

    ownership: Ownership = Field(default=Ownership(), description="Parties, and who holds them.")
    components: tuple[MadeComponent, ...] | None = Field(
        description="Components and their makers; None = unknown, empty = none."
    )
    minerals: tuple[TracedMineral, ...] | None = Field(
        description="Applicable critical minerals and who worked on them; None = unknown, empty = none."
    )
    agreements: tuple[Agreement, ...] = Field(default=(), description="Contracts and licences that touch production.")
    transition_plan: bool | None = Field(
        default=None,
        description="Whether a transition plan was filed, so that minerals impracticable to trace are excused; None = unknown.",
    )
    pass_through_at_50: Literal["yes", "no"] = Field(
        default="yes",
        description="Switch: a holding of 50 % or more passes all through to the tier above (yes), or multiplies (no).",
    )
    pass_metric: Literal["same", "any"] = Field(
        default="same",
        description="Switch: the 50 % is reached by the metric under test (same) or by any of the three (any).",
    )

    @model_validator(mode="after")
    def _known_parties(self) -> FeocFacts:
        names = self.ownership.by_name
        asked = [(f"the work on {one.name!r}", w.by) for one in self.components or () for w in one.work]
        asked += [(f"the work on {one.name or one.mineral!r}", w.by) for one in self.minerals or () for w in one.work]
        asked += [("an agreement", name) for one in self.agreements for name in (one.maker, one.other)]
        for where, name in asked:
            if name is not None and name not in names:
                raise ValueError(f"{where} names {name!r}, which is no party; add it to ownership.parties")
        return self


class Feoc(PlacedInService, FeocFacts):
    """Facts of the test for foreign entities of concern."""


@dataclass(frozen=True)
class _Verdict:
    """Whether a party is a foreign entity of concern (None = cannot be said), why, and what is missing."""

    concern: bool | None
    steps: tuple[Step, ...] = ()
    missing: tuple[Missing, ...] = ()


def _either(verdicts: Sequence[_Verdict]) -> _Verdict:
    """One is enough; the unknown matters only where none is."""
    steps = tuple(step for one in verdicts for step in one.steps)
    if any(one.concern for one in verdicts):
        return _Verdict(True, steps)
    if all(one.concern is False for one in verdicts):
        return _Verdict(False, steps)
    return _Verdict(None, steps, tuple(m for one in verdicts for m in one.missing))


def party_is_of_concern(name: str, facts: FeocFacts, placed: dt.date, law: LawOn) -> bool | None:
    """Whether a party is a foreign entity of concern, wherever it works; None where that cannot be said."""
    return _party(name, facts, placed, law, frozenset()).concern


def _party(name: str, facts: FeocFacts, placed: dt.date, law: LawOn, seen: frozenset[str]) -> _Verdict:
    return _either(
        [
            _jurisdiction(name, facts, placed, law),
            _control(name, facts, placed, law),
            *_contracts(name, facts, placed, law, seen | {name}),
        ]
    )


def _jurisdiction(name: str, facts: FeocFacts, placed: dt.date, law: LawOn) -> _Verdict:
    countries = facts.ownership.by_name[name].countries
    if countries is None:
        return _Verdict(None, missing=(Missing("us-30d.feoc.missing.countries", {"party": name}),))
    for country in countries:
        covered, found = says(law, FEOC, "covered_nation", placed, country)
        if covered:
            step = Step(
                "us-30d.feoc.jurisdiction", {"party": name, "country": country}, law=found, outcome=Outcome.FAIL
            )
            return _Verdict(True, (step,))
    return _Verdict(False)


def _control(name: str, facts: FeocFacts, placed: dt.date, law: LawOn) -> _Verdict:
    """The government of each covered nation, by each metric, against the control share."""
    own = facts.ownership
    above = own.owners(name)
    if above == {name} and own.rest == "dispersed":
        return _Verdict(False)
    limit = law.find(FEOC, "pass_through", at=placed) if facts.pass_through_at_50 == "yes" else None
    by = METRICS if facts.pass_metric == "any" else None
    possible = {one for one in above - {name} if own.by_name[one].countries is None}
    nations = [
        n for n in law.law[FEOC].parameters["covered_nation"].keys if says(law, FEOC, "covered_nation", placed, n)[0]
    ]
    verdicts = []
    for metric in METRICS:
        threshold = law.find(FEOC, "control_share", metric, at=placed)
        if threshold is None:
            missing = Missing("us-30d.feoc.missing.control-share", {"day": str(placed), "known": str(law.known)})
            return _Verdict(None, missing=(missing,))
        for nation in nations:
            state = {
                one
                for one in above - {name}
                if own.by_name[one].kind == "government" and nation in (own.by_name[one].countries or ())
            }
            if not state and not possible and own.rest == "dispersed":
                continue
            try:
                low, high = own.bounds(state, possible, name, metric, limit.number if limit else None, by)
            except CircularOwnership as error:
                missing = Missing("us-30d.feoc.missing.circular", {"party": name, "why": str(error)})
                verdicts.append(_Verdict(None, missing=(missing,)))
                continue
            verdicts.append(_held(name, nation, metric, low, high, placed, law))
    return _either(verdicts)


def _held(name: str, nation: str, metric: Metric, low: Decimal, high: Decimal, placed: dt.date, law: LawOn) -> _Verdict:
    threshold = law.value(FEOC, "control_share", metric, at=placed)
    concern, may = meets(low, threshold), meets(high, threshold)
    args = {"party": name, "country": nation, "metric": _METRIC_NAMES[metric]}
    if concern or not may:
        if not concern and not high:
            return _Verdict(False)
        outcome = Outcome.of(not concern)
        return _Verdict(
            concern, (Step("us-30d.feoc.held", args, low if concern else high, "%", law=threshold, outcome=outcome),)
        )
    more = {**args, "low": low, "high": high}
    step = Step("us-30d.feoc.held-between", more, law=threshold, outcome=Outcome.UNDETERMINED)
    return _Verdict(None, (step,), (Missing("us-30d.feoc.missing.holders", args),))


def _contracts(name: str, facts: FeocFacts, placed: dt.date, law: LawOn, seen: frozenset[str]) -> list[_Verdict]:
    result = []
    for one in facts.agreements:
        if one.maker != name or one.other in seen or one.effective_control is False:
            continue
        if one.effective_control is None and one.rights.all_kept:
            continue
        other = _party(one.other, facts, placed, law, seen)
        args = {"party": name, "other": one.other}
        if other.concern is False:
            continue
        if one.effective_control and other.concern:
            step = Step("us-30d.feoc.contract", args, outcome=Outcome.FAIL)
            result.append(_Verdict(True, (*other.steps, step)))
        else:
            lacks = other.missing if other.concern is None else (Missing("us-30d.feoc.missing.control", args),)
            result.append(_Verdict(None, other.steps, lacks))
    return result


def _work(what: str, work: Sequence[Work], facts: FeocFacts, placed: dt.date, law: LawOn) -> _Verdict:
    """Whether any of those who worked on something is a foreign entity of concern, or did the work in a covered nation."""
    verdicts = []
    for one in work:
        args = {"what": what, "party": one.by or "?", "country": one.country or "?"}
        covered, found = (None, None) if one.country is None else says(law, FEOC, "covered_nation", placed, one.country)
        if covered:
            verdicts.append(_Verdict(True, (Step("us-30d.feoc.place", args, law=found, outcome=Outcome.FAIL),)))
        elif covered is None:
            verdicts.append(_Verdict(None, missing=(Missing("us-30d.feoc.missing.place", args),)))
        if one.by is None:
            verdicts.append(_Verdict(None, missing=(Missing("us-30d.feoc.missing.party", {"what": what}),)))
        else:
            verdicts.append(_party(one.by, facts, placed, law, frozenset()))
    return _either(verdicts)


def test_feoc(record: Feoc, law: LawOn) -> Finding:
    """Foreign entities of concern among those who made the components and worked on the minerals."""
    return feoc(record, record.placed_in_service, law)


def feoc(facts: FeocFacts, placed: dt.date | None, law: LawOn) -> Finding:
    """The two bars, components and minerals, each from its own day."""
    stopped = closed("feoc", placed, law)
    if stopped or placed is None:
        return stopped or undetermined(REGIME_NAME, "feoc", [])
    switches = {"pass_through_at_50": facts.pass_through_at_50, "pass_metric": facts.pass_metric}
    parts = [_components(facts, placed, law), _minerals(facts, placed, law)]
    return together(REGIME_NAME, "feoc", parts, switches=switches)


def _components(facts: FeocFacts, placed: dt.date, law: LawOn) -> Finding:
    name = "feoc.components"
    barred = law.value(FEOC, "components_barred", at=placed)
    if barred.value != "yes":
        return _not_yet(name, placed, barred)
    if facts.components is None:
        return undetermined(REGIME_NAME, name, [Missing("us-30d.feoc.missing.components")])
    return _finding(name, [(one.name, _work(one.name, one.work, facts, placed, law)) for one in facts.components])


def _minerals(facts: FeocFacts, placed: dt.date, law: LawOn) -> Finding:
    name = "feoc.minerals"
    barred = law.value(FEOC, "minerals_barred", at=placed)
    if barred.value != "yes":
        return _not_yet(name, placed, barred)
    if facts.minerals is None:
        return undetermined(REGIME_NAME, name, [Missing("us-30d.feoc.missing.minerals")])
    verdicts = []
    for one in facts.minerals:
        title = one.name or one.mineral
        listed, step = applicable(one.mineral, None, None, placed, law)
        excused, found = says(law, FEOC, "impracticable", placed, one.use)
        found_step = Step("us-30d.feoc.impracticable", {"what": title}, law=found)
        if listed is None:
            verdicts.append(
                (title, _Verdict(None, missing=(Missing("us-30d.minerals.missing.listed", {"mineral": one.mineral}),)))
            )
        elif not listed:
            verdicts.append((title, _Verdict(False, (step,) if step else ())))
        elif excused and facts.transition_plan:
            verdicts.append((title, _Verdict(False, (found_step,))))
        else:
            own = (
                _work(title, one.work, facts, placed, law)
                if one.work
                else _Verdict(None, missing=(Missing("us-30d.feoc.missing.party", {"what": title}),))
            )
            if excused and facts.transition_plan is None and own.concern is not False:
                own = _Verdict(None, (*own.steps, found_step), (Missing("us-30d.feoc.missing.plan", {"what": title}),))
            verdicts.append((title, own))
    return _finding(name, verdicts)


def _not_yet(name: str, placed: dt.date, barred: Found) -> Finding:
    step = Step("us-30d.feoc.not-yet", {"day": str(placed)}, law=barred, outcome=Outcome.PASS)
    return Finding(REGIME_NAME, name, Outcome.PASS, steps=(step,))


def _finding(name: str, verdicts: Sequence[tuple[str, _Verdict]]) -> Finding:
    whole = _either([one for _, one in verdicts])
    steps = []
    for what, one in verdicts:
        outcome = Outcome.of(None if one.concern is None else not one.concern)
        steps += [*one.steps, Step("us-30d.feoc.one", {"what": what}, outcome=outcome)]
    outcome = Outcome.of(None if whole.concern is None else not whole.concern)
    return Finding(REGIME_NAME, name, outcome, steps=tuple(steps), missing=whole.missing)


FEOC_REGIME = Regime("us-30d-feoc", Feoc, test_feoc)
