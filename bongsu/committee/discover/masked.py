"""A test of honesty: take a real project out of the facts, and see whether the finder proposes it again.

Out go the facility with its lines, states, sizes, owners and relations, and what the table ``expansion_places`` says of its
processes at its place, which is there because of it. What stays is everything else that was known, other plants at the place too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

import polars as pl

from bongsu.atlas import Atlas
from bongsu.chain import Chain
from bongsu.committee.discover.discover import discover
from bongsu.plan.plan import Plan

#: Columns of the tables that name a facility, and of those that name one of its lines.
_FACILITY = ("facility", "seller", "buyer")


@dataclass(frozen=True)
class Recovered:
    """What became of a masked project.

    Attributes:
        facilities: what was masked (phases of one project together).
        processes, place, region: what it is.
        rank: of the best project of one of its processes at its place; None = not proposed among the verified.
        nearest, nearest_place: rank of the best project of one of its processes in its province, and where that is.
        anywhere, anywhere_place: the same in all of Canada.
        proposed: number of verified projects.
        bound: the most that its process at its place could save, where it was solved for that alone, present money.
        price_rank: its place among all candidates by what they could save at the prices of the plan.
        candidates: number of candidates.
    """

    facilities: tuple[str, ...]
    processes: tuple[str, ...]
    place: str
    region: str
    rank: int | None
    nearest: int | None
    nearest_place: str | None
    anywhere: int | None
    anywhere_place: str | None
    proposed: int
    bound: float | None
    price_rank: int | None
    candidates: int


def mask(atlas: Atlas, facilities: Sequence[str]) -> Atlas:
    """The atlas without some facilities and without the options to build their processes at their places.

    Raises:
        ValueError: there is no such facility.
    """
    gone = set(facilities)
    unknown = gone - set(atlas["facilities"]["facility"])
    if unknown:
        raise ValueError(f"there is no facility {', '.join(sorted(unknown))} in the table facilities")
    place = dict(atlas["facilities"].select("facility", "place").iter_rows())
    lines = atlas["facility_lines"].filter(pl.col("facility").is_in(sorted(gone)))
    options = {(process, place[row["facility"]]) for row in lines.iter_rows(named=True) for process in row["processes"]}
    dropped = sorted(lines["line"])

    def rest(name: str, table: pl.DataFrame) -> pl.DataFrame:
        for column in _FACILITY:
            if column in table.columns and table.schema[column] == pl.String:
                table = table.filter(~pl.col(column).is_in(sorted(gone)) | pl.col(column).is_null())
        if "line" in table.columns:
            table = table.filter(~pl.col("line").is_in(dropped))
        if name == "expansion_places":
            keep = [pair not in options for pair in table.select("process", "place").iter_rows()]
            table = table.filter(pl.Series(keep, dtype=pl.Boolean))
        return table

    return replace(atlas, tables={name: rest(name, table) for name, table in atlas.tables.items()}, everything=None)


def recover(
    chain: Chain, facilities: Sequence[str], count: int = 10, progress: Callable[[str], None] | None = None
) -> Recovered:
    """Mask a project and look for it among what is proposed without it.

    Raises:
        ValueError: there is no such facility.
    """
    atlas = chain.atlas
    places = {row["facility"]: row["place"] for row in atlas["facilities"].iter_rows(named=True)}
    for one in facilities:
        if one not in places:
            near = get_close_matches(one, places, n=3)
            raise ValueError(
                f"there is no facility {one!r}{'; did you mean ' + ' or '.join(near) + '?' if near else ''}"
            )
    place = places[facilities[0]]
    region = str((atlas.row("places", place) or {}).get("region") or "")
    lines = atlas["facility_lines"].filter(pl.col("facility").is_in(list(facilities)))
    processes = tuple(dict.fromkeys(process for row in lines["processes"] for process in row))
    masked = Chain.of(mask(atlas, facilities), str(chain.case["case"]), chain.choices)
    found = discover(masked, Plan.of(masked.network), count=count, most=0, progress=progress)
    ranks = {one.project: at for at, one in enumerate(found.projects, start=1)}
    same = [one for one in found.projects if one.process in processes]
    near = [one for one in same if one.region == region]
    table = found.answer.tables["candidates"]
    by_price = table.sort("price_bound", descending=True, nulls_last=True)["project"].to_list()
    names = [f"{process}@{place}" for process in processes]
    bounds = table.filter(pl.col("project").is_in(names))["bound"].drop_nulls()
    return Recovered(
        tuple(facilities),
        processes,
        place,
        region,
        min((ranks[name] for name in names if name in ranks), default=None),
        ranks[near[0].project] if near else None,
        near[0].place if near else None,
        ranks[same[0].project] if same else None,
        same[0].place if same else None,
        len(found.projects),
        float(bounds.max()) if bounds.len() else None,  # type: ignore[arg-type]
        min((by_price.index(name) + 1 for name in names if name in by_price), default=None),
        table.height,
    )
