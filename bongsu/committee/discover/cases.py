"""Other cases: what the same projects are worth where demand or prices are lower or higher.

Each project keeps its size, place and first year; everything else is planned anew. A value that changes sign, or a rank that moves
far, says that a project rests on the case; a value that is mostly penalty, that demand of the case cannot be served without it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from bongsu.chain import Chain
from bongsu.committee.discover.candidates import Candidate, extended
from bongsu.committee.discover.parts import Parts
from bongsu.committee.discover.resolve import Block, Resolver
from bongsu.committee.discover.verify import Verified

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Asked:
    """A project whose value is asked: its option, size and first year, and the options of its process that are held back."""

    project: str
    option: str
    size: float
    year: int
    held: tuple[str, ...]

    @classmethod
    def of(cls, verified: Sequence[Verified], years: Sequence[int]) -> list[Asked]:
        """Settled projects, with the years of the case in which they were settled."""
        return [
            cls(one.candidate.project, one.block.option, one.block.size, years[one.block.period], one.held)
            for one in verified
            if one.block is not None
        ]


def values_in(
    made: Callable[[], Chain], found: Sequence[Candidate], asked: Sequence[Asked], tell: Tell = lambda _: None
) -> dict[str, Parts | None]:
    """What each project is worth in another case, with the parts of it; None where the case does not reach its first year.

    Args:
        made: makes the chain of the case.
        found: candidates in the network. asked: the projects.
        tell: told how far it is.
    """
    chain = extended(made(), found)
    resolver = Resolver(chain.network, [one.option for one in found if one.generated])
    values: dict[str, Parts | None] = {}
    for one in asked:
        tell(one.project)
        values[one.project] = None
        if one.year in chain.years and chain.years.index(one.year) in resolver.periods(one.option):
            block = Block(one.option, one.size, chain.years.index(one.year))
            without = resolver.solve(closed=one.held)
            values[one.project] = Parts.of(resolver, without, resolver.solve([block], closed=one.held))
    return values


def case_table(others: Mapping[str, Mapping[str, Parts | None]], verified: Sequence[Verified]) -> pl.DataFrame:
    """A row for each project and case: ``value`` there, ``rank`` by it, its parts, and whether it is mostly penalty.

    All but ``project`` and ``case`` are null where the case does not reach the first year of the project.
    """
    rows: list[dict[str, object]] = []
    for name, values in others.items():
        known = sorted((own.value for own in values.values() if own is not None), reverse=True)
        rows += [
            {
                "project": project,
                "case": name,
                "value": own.value if own else None,
                "rank": known.index(own.value) + 1 if own else None,
                "cost_saved": own.cost_saved if own else None,
                "unmet_avoided": own.unmet_avoided if own else None,
                "compliance": own.compliance if own else None,
                "mostly_penalty": own.mostly_penalty if own else None,
            }
            for project, own in values.items()
        ]
    order = {one.candidate.project: at for at, one in enumerate(verified)}
    rows.sort(key=lambda row: order.get(str(row["project"]), 0))
    money = ("cost_saved", "unmet_avoided", "compliance")
    schema = {"project": pl.String, "case": pl.String, "value": pl.Float64, "rank": pl.Int64}
    return pl.DataFrame(rows, schema={**schema, **dict.fromkeys(money, pl.Float64), "mostly_penalty": pl.Boolean})
