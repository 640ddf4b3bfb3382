"""The register: who can do what, and who looks for what, as known on a day.

What is typed (tables ``organisations``, ``capabilities``, ``needs``, ``topics`` of the data pack) is joined with what plants show:
who runs a plant masters its process (:mod:`bongsu.committee.exchange.plants`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from bongsu.answers.figure import LANGUAGES
from bongsu.atlas import Atlas
from bongsu.law import LawOn

Names = Mapping[str, str]


@dataclass(frozen=True)
class Topic:
    """A field of technology.

    Attributes:
        topic, field: identifier and group.
        broader: the topic of which it is a part; None at the top.
        names: by language.
        synonyms: other names, of all languages.
        processes: processes of the data pack that show mastery of it.
    """

    topic: str
    field: str
    broader: str | None
    names: Names
    synonyms: tuple[str, ...]
    processes: frozenset[str]

    @property
    def phrases(self) -> tuple[str, ...]:
        """Every name it goes by; what stands in brackets behind one is a name of its own."""
        whole = (self.topic.replace("-", " "), *self.names.values(), *self.synonyms)
        return tuple(dict.fromkeys(part for name in whole for part in (name, *_apart(name))))


def _apart(name: str) -> tuple[str, ...]:
    """A name without what stands in brackets behind it, and that alone; nothing where there are no brackets."""
    bare, bracket, inner = name.partition("(")
    return (bare.strip(), inner.rstrip(") ")) if bracket and bare.strip() and inner.endswith(")") else ()


@dataclass(frozen=True)
class Organisation:
    """A firm, institute, university, start-up or public body; ``reference`` is its row as ``table:line``."""

    organisation: str
    names: Names
    also: tuple[str, ...]
    owners: frozenset[str]
    kind: str
    country: str
    region: str | None
    place: str | None
    reference: str
    source: str | None
    confidence: str

    @property
    def phrases(self) -> tuple[str, ...]:
        """Every name it goes by."""
        return (self.organisation.replace("-", " "), *self.names.values(), *self.also)


@dataclass(frozen=True)
class Evidence:
    """One thing that shows a capability.

    Attributes:
        statement: what it says, by language.
        readiness: technology readiness level, 1 to 9; None = unknown.
        confidence: weakest trust of the rows it rests on.
        source, grade: the source, and its grade; None where none is named.
        holding: ``typed`` for a row of the register; of a plant, ``majority``, ``part`` or ``unknown`` = what the owner holds.
        references: rows of the pack, ``table:line``.
    """

    statement: Names
    readiness: int | None
    confidence: str
    source: str | None
    grade: str | None
    holding: str
    references: tuple[str, ...]


@dataclass(frozen=True)
class Capability:
    """All that is known of one organisation in one topic.

    Attributes:
        readiness: highest level that any evidence shows; None where none shows one.
        ip: words of the table ``capabilities``; empty = unknown.
        ruled: instruments of law that an authority has held to apply.
    """

    organisation: str
    topic: str
    evidence: tuple[Evidence, ...]
    ip: tuple[str, ...] = ()
    ruled: tuple[str, ...] = ()

    @property
    def readiness(self) -> int | None:
        """Highest level that any evidence shows."""
        return max((one.readiness for one in self.evidence if one.readiness is not None), default=None)


@dataclass(frozen=True)
class Need:
    """What an organisation or a country looks for.

    Attributes:
        need: identifier; also that of a question put by a user.
        topics: topic and how well it fits the question, 0 to 1.
        country: whose need it is, ISO code; None where the asker did not say.
        readiness: least level asked for; None = any.
        references: its row as ``table:line``; none for a question.
    """

    need: str
    topics: Mapping[str, float]
    statement: Names
    country: str | None = None
    organisation: str | None = None
    readiness: int | None = None
    references: tuple[str, ...] = ()


@dataclass(frozen=True)
class Register:
    """Topics, organisations, capabilities and needs, with the law under which flags are raised.

    Attributes:
        law: law on a day; None = flags of export control are unknown.
    """

    atlas: Atlas
    topics: Mapping[str, Topic]
    organisations: Mapping[str, Organisation]
    capabilities: tuple[Capability, ...]
    needs: Mapping[str, Need]
    law: LawOn | None = field(default=None, repr=False)

    @classmethod
    def read(cls, atlas: Atlas, law: LawOn | None = None) -> Register:
        """The register of a data pack as known on the atlas's day."""
        from bongsu.committee.exchange.plants import shown_by_plants

        topics = {row["topic"]: _topic(row) for row in atlas["topics"].iter_rows(named=True)}
        organisations = {
            row["organisation"]: _organisation(row) for row in atlas["organisations"].iter_rows(named=True)
        }
        grades = dict(atlas["sources"].select("source", "grade").iter_rows())
        found: dict[tuple[str, str], list[Evidence]] = {}
        terms: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
        for row in atlas["capabilities"].iter_rows(named=True):
            key = row["organisation"], row["topic"]
            ip, ruled = terms.setdefault(key, ([], []))
            ip += [row["ip"]] if row["ip"] else []
            ruled += row["export_control"] or []
            found.setdefault(key, []).append(_evidence(row, grades))
        for key, shown in shown_by_plants(atlas, topics, organisations, grades).items():
            found.setdefault(key, []).extend(shown)
        capabilities = tuple(
            Capability(*key, tuple(shown), *(tuple(dict.fromkeys(one)) for one in terms.get(key, ((), ()))))
            for key, shown in sorted(found.items())
        )
        needs = {row["need"]: _need(row) for row in atlas["needs"].iter_rows(named=True)}
        return cls(atlas, topics, organisations, capabilities, needs, law)

    @cached_property
    def depth(self) -> Mapping[tuple[str, str], int]:
        """Steps up from a topic to each topic of which it is a part."""
        found = {}
        for topic in self.topics:
            above, steps = self.topics[topic].broader, 1
            while above is not None and (topic, above) not in found:
                found[topic, above] = steps
                above, steps = self.topics[above].broader, steps + 1
        return found

    def of(self, organisation: str) -> tuple[Capability, ...]:
        """Capabilities of one organisation."""
        return tuple(one for one in self.capabilities if one.organisation == organisation)


def _names(row: Mapping[str, Any]) -> Names:
    return {language: str(row.get(f"name_{language}") or row["name_en"]) for language in LANGUAGES}


def _stated(row: Mapping[str, Any]) -> Names:
    """What a row says, by language; in English where it has not been put into a language."""
    return {language: str(row.get(f"statement_{language}") or row["statement"]) for language in LANGUAGES}


def _topic(row: Mapping[str, Any]) -> Topic:
    synonyms = tuple(name for language in LANGUAGES for name in row[f"synonyms_{language}"] or ())
    return Topic(row["topic"], row["field"], row["broader"], _names(row), synonyms, frozenset(row["processes"] or ()))


def _organisation(row: Mapping[str, Any]) -> Organisation:
    return Organisation(
        row["organisation"],
        _names(row),
        tuple(row["also"] or ()),
        frozenset(row["owners"] or ()),
        row["kind"],
        row["country"],
        row["region"],
        row["place"],
        f"organisations:{row['_line']}",
        row["source"],
        row["confidence"],
    )


def _evidence(row: Mapping[str, Any], grades: Mapping[str, str]) -> Evidence:
    return Evidence(
        _stated(row),
        row["readiness"],
        row["confidence"],
        row["source"],
        grades.get(row["source"]),
        "typed",
        (f"capabilities:{row['_line']}",),
    )


def _need(row: Mapping[str, Any]) -> Need:
    return Need(
        row["need"],
        {row["topic"]: 1.0},
        _stated(row),
        row["country"],
        row["organisation"],
        row["readiness"],
        (f"needs:{row['_line']}",),
    )
