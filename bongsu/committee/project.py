"""What the functions of the committee talk about: a project that may be built jointly, its partners and its gates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bongsu.answers.figure import Node
from bongsu.law.finding import Outcome


@dataclass(frozen=True)
class Partner:
    """Who brings what to a project.

    Attributes:
        name: as in the register of facilities or of organisations.
        country: ISO 3166-1 alpha-2.
        brings: ``mineral``, ``energy``, ``policy``, ``process``, ``capital`` or ``offtake``.
        source: identifier of the source that shows it; None where it is assumed.
    """

    name: str
    country: str
    brings: str
    source: str | None = None


@dataclass(frozen=True)
class Gate:
    """One condition that a project must meet before its worth counts; a failed gate is never bought off by a score.

    Attributes:
        gate: ``feed``, ``customer``, ``permits``, ``ownership``, ``power``, ``process`` or another name of the word list.
        outcome: pass, fail or undetermined.
        evidence: what it rests on, facts with their sources, or what is missing.
    """

    gate: str
    outcome: Outcome
    evidence: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Project:
    """A process at a place, of one size, from one year on.

    Attributes:
        project: identifier, ``PROCESS@PLACE`` with ``:SIZE`` where several sizes are looked at.
        process, place: identifiers of the data pack.
        country, region: of the place (ISO 3166-1 alpha-2; region as in ``places.csv``).
        size: capacity, ``unit`` of the main item of the process per year.
        start: first year of use; ``life``: years of use.
        capex: investment of the whole project, overnight, USD of ``money_year``.
        partners: who brings what.
    """

    project: str
    process: str
    place: str
    country: str
    region: str
    size: float
    unit: str
    start: int
    life: int
    capex: float
    money_year: int
    partners: tuple[Partner, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return asdict(self)

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Project:
        """The project whose plain data these are."""
        return cls(**{**data, "partners": tuple(Partner(**one) for one in data.get("partners", ()))})
