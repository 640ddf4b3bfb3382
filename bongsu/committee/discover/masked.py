"""A test of honesty: take a real project out of the facts, and see whether the finder proposes it again.

Three ranks are told apart. *Which process*: its rank among all processes, each at its best place. *Where*: the rank of the real
place among the places of the process, and how much less the same plant is worth there. *Both*: the rank of the pair among all that
was solved. The real place is always solved, whether the rules chose it or not, but it is never proposed for that.

Out go the facility with its lines, states, sizes, owners and relations, and what the table ``expansion_places`` says of its
processes at its place, which is there because of it. What stays is everything else that was known, other plants at the place too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

import polars as pl

from bongsu.atlas import Atlas
from bongsu.chain import Chain
from bongsu.committee.discover.discover import search
from bongsu.plan.plan import Plan

#: Columns of the tables that name a facility, and of those that name one of its lines.
_FACILITY = ("facility", "seller", "buyer")


@dataclass(frozen=True)
class Recovered:
    """What became of a masked project.

    Attributes:
        facilities: what was masked (phases of one project together).
        process: of what it runs, the process that is worth most (at its place where that was solved); place, region: where it is.
        process_rank, processes: rank of its process among all processes, by value and below those by bound.
        value, size, start: what the project proposed of that process is worth, present money, and its block; best_place: where.
        place_rank, places: rank of its place among the places of the process that were solved; its own is, where it is known.
        behind: what the same block is worth less at its place than at the best; share: of the value, where it is above zero.
        alike: whether that is less than costs are known to: then the place is told as another site of the project.
        rank, solved: rank of the process at its place among all pairs of process and place that were solved.
        shortlisted: whether its place was among those that the rules solve; price_rank, candidates: rank of the place among all
            candidate places of the process by what they could save at prices, and their number.
    """

    facilities: tuple[str, ...]
    process: str | None
    place: str
    region: str
    process_rank: int | None
    processes: int
    value: float | None = None
    size: float | None = None
    start: int | None = None
    best_place: str | None = None
    place_rank: int | None = None
    places: int = 0
    behind: float | None = None
    share: float | None = None
    alike: bool | None = None
    rank: int | None = None
    solved: int = 0
    shortlisted: bool = False
    price_rank: int | None = None
    candidates: int = 0


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
    names = [f"{process}@{place}" for process in processes]
    found = search(masked, Plan.of(masked.network), count, progress or (lambda _: None), names)
    return recovered(found.tables(), tuple(facilities), processes, place, region)


def recovered(
    tables: Mapping[str, pl.DataFrame], facilities: tuple[str, ...], processes: Sequence[str], place: str, region: str
) -> Recovered:
    """The ranks of a project, from the tables ``candidates`` and ``sites`` of what was found without it."""
    table, sites = tables["candidates"], tables["sites"]
    # Processes in order: by what they are worth at their best place, then by what they could save.
    order = (
        table.filter(pl.col("bound").is_not_null())
        .group_by("process")
        .agg(pl.col("value").filter(pl.col("status") == "verified").max(), pl.col("bound").max())
        .sort("value", "bound", "process", descending=[True, True, False], nulls_last=True)["process"]
        .to_list()
    )
    own = [process for process in processes if process in order]
    count = table["process"].n_unique()
    if not own:
        return Recovered(facilities, None, place, region, None, count)
    solved = table.filter(pl.col("value").is_not_null()).sort("value", descending=True)["project"].to_list()
    here = [f"{process}@{place}" for process in own if f"{process}@{place}" in solved]
    name = min(here, key=solved.index) if here else None
    process = name.partition("@")[0] if name else min(own, key=order.index)
    proposed = table.filter((pl.col("process") == process) & (pl.col("status") == "verified"))
    best = proposed.row(0, named=True) if proposed.height else {}
    row = next(iter(sites.filter(pl.col("site") == (name or "")).to_dicts()), {})
    value = best.get("value")
    among = table.filter(pl.col("process") == process)
    priced = among.sort("generated", "price_estimate", descending=[False, True], nulls_last=True)["place"].to_list()
    return Recovered(
        facilities,
        process,
        place,
        region,
        order.index(process) + 1,
        count,
        value,
        best.get("size"),
        best.get("start"),
        best.get("place"),
        row.get("rank"),
        sites.filter(pl.col("project") == best.get("project", "")).height,
        row.get("behind"),
        row["behind"] / value if row and value is not None and value > 0 else None,
        row.get("alike"),
        solved.index(name) + 1 if name else None,
        len(solved),
        bool(row.get("shortlisted")),
        priced.index(place) + 1 if place in priced else None,
        len(priced),
    )
