"""Questions to the register: who can help with a need, what nobody covers, and what one organisation can do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from bongsu.answers.figure import LANGUAGES, Facts, Node
from bongsu.committee.answer import Answer
from bongsu.committee.exchange.flags import flags
from bongsu.committee.exchange.rank import (
    COVERS,
    CRITERIA,
    PAIR,
    WEIGHTS,
    Partner,
    Stability,
    complement,
    fit,
    meets,
    nearness,
    ranked,
    stability,
    strength,
)
from bongsu.committee.exchange.register import Capability, Evidence, Names, Need, Register
from bongsu.committee.exchange.terms import LEAST, best, near, normal, words
from bongsu.committee.words import said

ROOM = "exchange"
#: A topic that agrees much less with what was asked than the best one is not meant.
_NEXT_BEST = 0.15


class Unmatched(ValueError):
    """No topic, statement or organisation of the register agrees with what was asked.

    Attributes:
        near: names that are written much alike.
    """

    def __init__(self, asked: str, near: Iterable[str]) -> None:
        self.near = tuple(near)
        hint = f"; did you mean {', '.join(self.near)}?" if self.near else ""
        super().__init__(f"no topic of the register is called {asked!r}{hint}")


@dataclass(frozen=True)
class Found:
    """Partners for a need, ranked, with how stable each rank is.

    Attributes:
        need: what was asked.
        partners, stable: best first, of equal length.
        answer: figures ``exchange.partners:NEED``, ``exchange.score:NEED/ORGANISATION``, ``exchange.first:NEED``; table
            ``partners``.
    """

    need: Need
    partners: tuple[Partner, ...]
    stable: tuple[Stability, ...]
    answer: Answer


def understood(register: Register, text: str, country: str | None = None, readiness: int | None = None) -> Need:
    """A need from words in any of the three languages: the topics whose names agree, or those of statements that hold the words.

    Raises:
        Unmatched: nothing of the register agrees.
    """
    scores = {name: best(text, topic.phrases) for name, topic in register.topics.items()}
    top = max(scores.values(), default=0.0)
    if top < LEAST:
        scores = _by_statement(register, text)
        top = max(scores.values(), default=0.0)
    if top < LEAST:
        raise Unmatched(text, near(text, (p for topic in register.topics.values() for p in topic.phrases)))
    kept = {name: score for name, score in scores.items() if score >= max(LEAST, top - _NEXT_BEST)}
    subject = normal(text).replace(" ", "-")
    return Need(subject, kept, dict.fromkeys(LANGUAGES, text), country, None, readiness)


def _by_statement(register: Register, text: str) -> dict[str, float]:
    """Share of the words asked that a statement of a topic holds, less a fifth as it is no name."""
    asked, found = words(text), dict[str, float]()
    for capability in register.capabilities:
        for one in capability.evidence:
            if one.holding == "typed" and asked:
                held = max(len(asked & words(text)) for text in one.statement.values()) / len(asked)
                found[capability.topic] = max(found.get(capability.topic, 0.0), 0.8 * held)
    return found


def find(
    register: Register,
    need: Need | str,
    *,
    country: str | None = None,
    weights: Mapping[str, float] = WEIGHTS,
    draws: int = 2000,
    seed: int = 0,
) -> Found:
    """Ranked partners for a need of the register (by its identifier), or for words in any of the three languages.

    Args:
        country: country of the asker, for words; a need of the register has its own.
        weights: weight of each criterion; they are brought to a sum of one.
        draws, seed: of the analysis of stability.

    Raises:
        Unmatched: nothing of the register agrees with the words.
        ValueError: the weights cannot be used.
    """
    if isinstance(need, str):
        need = register.needs.get(need) or understood(register, need, country)
    partners = ranked(register, need, weights)
    stable = stability(partners, draws, seed)
    facts = Facts(register.atlas)
    figures = {
        f"{ROOM}.score:{need.need}/{one.capability.organisation}": _score(register, facts, need, one, weights)
        for one in partners
    }
    figures[f"{ROOM}.partners:{need.need}"] = Node(
        said(ROOM, "figure.partners", need=_called(register, need)),
        float(len(partners)),
        children=tuple(figures[f"{ROOM}.score:{need.need}/{one.capability.organisation}"] for one in partners),
    )
    if stable:
        figures[f"{ROOM}.first:{need.need}"] = Node(
            said(ROOM, "figure.first", who=register.organisations[partners[0].capability.organisation].names),
            stable[0].first,
            kind="share",
            children=(Node(said(ROOM, "figure.draws", draws=draws, seed=seed), float(draws)),),
        )
    rows = [_row(register, need, at, one, held) for at, (one, held) in enumerate(zip(partners, stable, strict=True), 1)]
    return Found(
        need,
        tuple(partners),
        tuple(stable),
        Answer(ROOM, figures, {"partners": pl.DataFrame(rows, _PARTNERS, orient="row")}),
    )


_PARTNERS: dict[str, Any] = {
    "need": pl.String, "rank": pl.Int64, "organisation": pl.String, "name_en": pl.String, "name_ko": pl.String,
    "name_fr": pl.String, "country": pl.String, "region": pl.String, "place": pl.String, "topic": pl.String,
    "statement_en": pl.String, "statement_ko": pl.String, "statement_fr": pl.String, "readiness": pl.Int64, "ip": pl.String,
    "flags": pl.String, "score": pl.Float64, "low": pl.Float64, "high": pl.Float64, "first": pl.Float64, "best": pl.Int64,
    "worst": pl.Int64, **{f"by_{name}": pl.Float64 for name in CRITERIA}, "confidence": pl.String, "source": pl.String,
}  # fmt: skip


def _row(register: Register, need: Need, rank: int, one: Partner, held: Stability) -> tuple[Any, ...]:
    organisation = register.organisations[one.capability.organisation]
    shown = strongest(one.capability)
    middles = [sum(one.criteria[name]) / 2 for name in CRITERIA]
    return (
        need.need, rank, organisation.organisation, *(organisation.names[language] for language in LANGUAGES),
        organisation.country, organisation.region, organisation.place, one.capability.topic,
        *(shown.statement[language] for language in LANGUAGES), one.capability.readiness, ";".join(one.capability.ip) or None,
        ";".join(map(str, flags(register, one.capability))), one.score, one.low, one.high, held.first, held.best, held.worst,
        *middles, shown.confidence, shown.source,
    )  # fmt: skip


def strongest(capability: Capability) -> Evidence:
    """The evidence that a reader is shown first: the strongest, at equal strength the one of the highest level."""
    return max(capability.evidence, key=lambda one: (strength(one), one.readiness or 0))


def _called(register: Register, need: Need) -> Names:
    """What a need is called: its topic where it has one of the register, else the words of the asker."""
    if need.references:
        return register.topics[next(iter(need.topics))].names
    return need.statement


def _score(register: Register, facts: Facts, need: Need, one: Partner, weights: Mapping[str, float]) -> Node:
    total, organisation = sum(weights.values()), register.organisations[one.capability.organisation]
    grounds = tuple(_shown(facts, evidence) for evidence in one.capability.evidence)
    wanted = max(need.topics, key=lambda topic: need.topics[topic] * nearness(register, topic, one.capability.topic))
    children = {
        "topic": (
            Node(
                said(
                    ROOM,
                    "ground.topic",
                    topic=register.topics[one.capability.topic].names,
                    wanted=register.topics[wanted].names,
                ),
                one.criteria["topic"][0],
                kind="share",
            ),
        ),
        "readiness": grounds,
        "evidence": grounds,
        "country": (_fact(facts, organisation.reference),),
    }
    parts = tuple(
        Node(
            said(ROOM, f"criterion.{name}", weight=_two(weights[name] / total)),
            sum(one.criteria[name]) / 2,
            kind="share",
            children=children[name],
        )
        for name in CRITERIA
    )
    ends = {"low": _two(one.low), "high": _two(one.high)}
    known = ends["low"] == ends["high"]
    title = said(ROOM, "figure.score.known" if known else "figure.score", who=organisation.names, **ends)
    return Node(title, one.score, children=parts)


def _two(value: float) -> Names:
    """A number with two decimals in the marks of each language."""
    text = f"{value:.2f}"
    return {"en": text, "ko": text, "fr": text.replace(".", ",")}


def _shown(facts: Facts, evidence: Evidence) -> Node:
    children = tuple(_fact(facts, reference) for reference in evidence.references)
    value = None if evidence.readiness is None else float(evidence.readiness)
    if evidence.holding == "typed":
        return Node(evidence.statement, value, "", "number", evidence.confidence, evidence.source)
    return Node(evidence.statement, value, confidence=evidence.confidence, source=evidence.source, children=children)


def _fact(facts: Facts, reference: str) -> Node:
    node = facts.node(reference)
    if node is None:
        raise KeyError(
            f"{reference} is no row of the pack that can be shown; give its table a name in answers/words.csv"
        )
    return node


# Gaps ------------------------------------------------------------------------------------------------------------------------


def gaps(register: Register) -> Answer:
    """For every need of the register who covers it: nobody, one, or several.

    A capability covers a need where its topic is that of the need or a part of it, and its level is not known to be lower than
    asked. Figures ``exchange.gaps`` (needs that nobody covers), ``exchange.single`` (covered by one only) and
    ``exchange.covered:NEED``; table ``gaps``, nobody first.
    """
    facts = Facts(register.atlas)
    figures: dict[str, Node] = {}
    rows, states = [], {"none": list[Node](), "one": list[Node](), "several": list[Node]()}
    for need in register.needs.values():
        covering = [
            one
            for one in register.capabilities
            if one.organisation != need.organisation
            and fit(register, need, one.topic) >= COVERS
            and meets(need, one.readiness) is not False
        ]
        who = list(dict.fromkeys(one.organisation for one in covering))
        state = "none" if not who else "one" if len(who) == 1 else "several"
        wanted = next(iter(need.topics))
        node = Node(
            said(ROOM, "figure.covered", topic=register.topics[wanted].names),
            float(len(who)),
            children=(
                _fact(facts, need.references[0]),
                *(
                    Node(
                        register.organisations[name].names,
                        None,
                        children=tuple(_shown(facts, strongest(c)) for c in covering if c.organisation == name),
                    )
                    for name in who
                ),
            ),
        )
        figures[f"{ROOM}.covered:{need.need}"] = node
        states[state].append(node)
        across = sum(1 for name in who if complement(register.organisations[name].country, need.country) == (1.0, 1.0))
        rows.append(
            (
                need.need,
                need.organisation,
                need.country,
                wanted,
                *(need.statement[language] for language in LANGUAGES),
                state,
                len(who),
                across,
                ";".join(who),
            )
        )
    figures[f"{ROOM}.gaps"] = Node(
        said(ROOM, "figure.gaps"), float(len(states["none"])), children=tuple(states["none"])
    )
    figures[f"{ROOM}.single"] = Node(
        said(ROOM, "figure.single"), float(len(states["one"])), children=tuple(states["one"])
    )
    columns: dict[str, Any] = {
        "need": pl.String, "organisation": pl.String, "country": pl.String, "topic": pl.String, "statement_en": pl.String,
        "statement_ko": pl.String, "statement_fr": pl.String, "state": pl.String, "covered_by": pl.Int64, "across": pl.Int64,
        "organisations": pl.String,
    }  # fmt: skip
    table = pl.DataFrame(rows, columns, orient="row").sort("covered_by", "need")
    return Answer(ROOM, figures, {"gaps": table})


# One organisation, and lists -------------------------------------------------------------------------------------------------


def named(register: Register, text: str) -> str:
    """The organisation of an identifier or of a name in any language.

    Raises:
        Unmatched: none is called so, or several are.
    """
    if text in register.organisations:
        return text
    form = normal(text)
    found = [name for name, one in register.organisations.items() if form in {normal(phrase) for phrase in one.phrases}]
    if len(found) == 1:
        return found[0]
    raise Unmatched(text, found or near(text, (p for one in register.organisations.values() for p in one.phrases)))


def show(register: Register, organisation: str) -> Answer:
    """What one organisation can do, with evidence and flags, and what it looks for.

    Figure ``exchange.capabilities:ORGANISATION``; tables ``capabilities`` (one row per piece of evidence) and ``needs``.

    Raises:
        KeyError: there is no such organisation.
    """
    one, facts = register.organisations[organisation], Facts(register.atlas)
    own = register.of(organisation)
    node = Node(
        said(ROOM, "figure.capabilities", who=one.names),
        float(len(own)),
        children=(
            _fact(facts, one.reference),
            *(
                Node(
                    register.topics[capability.topic].names,
                    None if capability.readiness is None else float(capability.readiness),
                    children=tuple(_shown(facts, evidence) for evidence in capability.evidence),
                )
                for capability in own
            ),
        ),
    )
    rows = [
        (
            organisation, capability.topic, *(evidence.statement[language] for language in LANGUAGES), evidence.readiness,
            ";".join(capability.ip) or None, ";".join(map(str, flags(register, capability))), evidence.holding,
            evidence.confidence, evidence.source,
        )
        for capability in own
        for evidence in capability.evidence
    ]  # fmt: skip
    columns: dict[str, Any] = {
        "organisation": pl.String, "topic": pl.String, "statement_en": pl.String, "statement_ko": pl.String,
        "statement_fr": pl.String, "readiness": pl.Int64, "ip": pl.String, "flags": pl.String, "holding": pl.String,
        "confidence": pl.String, "source": pl.String,
    }  # fmt: skip
    wanted = [
        (need.need, next(iter(need.topics)), *(need.statement[language] for language in LANGUAGES))
        for need in register.needs.values()
        if need.organisation == organisation
    ]
    stated = {f"statement_{language}": pl.String for language in LANGUAGES}
    needs = pl.DataFrame(wanted, {"need": pl.String, "topic": pl.String, **stated}, orient="row")
    return Answer(
        ROOM,
        {f"{ROOM}.capabilities:{organisation}": node},
        {"capabilities": pl.DataFrame(rows, columns, orient="row"), "needs": needs},
    )


def listed(
    register: Register, country: str | None = None, region: str | None = None, kind: str | None = None
) -> Answer:
    """All organisations, or those of a country, a region or a kind; table ``organisations`` with their topics."""
    rows = [
        (
            one.organisation, *(one.names[language] for language in LANGUAGES), one.kind, one.country, one.region, one.place,
            ";".join(capability.topic for capability in register.of(one.organisation)), one.confidence, one.source,
        )
        for one in register.organisations.values()
        if country in (None, one.country) and region in (None, one.region) and kind in (None, one.kind)
    ]  # fmt: skip
    columns = (
        "organisation", "name_en", "name_ko", "name_fr", "kind", "country", "region", "place", "topics", "confidence", "source",
    )  # fmt: skip
    table = pl.DataFrame(rows, dict.fromkeys(columns, pl.String), orient="row").sort("country", "organisation")
    here = sum(1 for row in rows if row[5] in PAIR)
    return Answer(
        ROOM,
        {f"{ROOM}.listed": Node(said(ROOM, "figure.listed", pair=here), float(len(rows)))},
        {"organisations": table},
    )
