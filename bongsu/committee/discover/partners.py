"""Who brings what to a project: Canada mineral, energy and policy; Korea process, capital and offtake."""

from __future__ import annotations

import polars as pl

from bongsu.atlas import Atlas
from bongsu.chain import Chain
from bongsu.committee.discover.candidates import HOST, MASTER, Candidate, Ground, mastery
from bongsu.committee.project import Partner

#: So many of each kind are named.
_NAMED = 3


def partners(chain: Chain, one: Candidate) -> tuple[Partner, ...]:
    """Partners of a candidate, in the order mineral, energy, policy, process, capital, offtake.

    Minerals and offtake name the owners of plants that make what it takes, or take what it makes; energy the province; policy the
    governments whose credit the plan counts. Capital is taken to come from who brings the process (assumed: no term sheet is in the
    facts).
    """
    ground, atlas = Ground(chain), chain.atlas
    known = mastery(atlas)[one.process]
    firms = (known.producing or known.owners)[:_NAMED]
    product = ground.product(one.process)
    region = ground.places[one.place][2]
    found = [
        Partner(name, HOST, "mineral", source)
        for name, source in _owners(ground, HOST, set(ground.feeds(one.process)), 1.0)
    ]
    if ground.electricity.get(one.process) and region:
        found.append(Partner(region, HOST, "energy"))
    if chain.choices.law is not None:
        found += [Partner(instrument, HOST, "policy") for instrument in _credits(chain, one)]
    found += [Partner(name, MASTER, "process", _source(atlas, name)) for name in firms]
    found += [Partner(name, MASTER, "capital") for name in firms[:1]]
    users = _owners(ground, MASTER, {product} if product else set(), -1.0)
    found += [Partner(name, MASTER, "offtake", source) for name, source in users]
    return tuple(found)


def _owners(ground: Ground, country: str, items: set[str], sign: float) -> list[tuple[str, str | None]]:
    """Owners from a country of plants that make (or take) any of some items, most plants first, with the source of one share."""
    atlas = ground.chain.atlas
    place = dict(atlas["places"].select("place", "country").iter_rows())
    facilities = {
        line.facility
        for line in ground.chain.lines
        if any(sign * ground.recipe.get(p, {}).get(item, 0.0) > 0 for p in line.processes for item in items)
        and (country != HOST or place.get(line.place) == HOST)
        and (ground.states.get(line.facility, ("", 0))[0] not in ("cancelled", "closed"))
    }
    rows = atlas["facility_owners"].filter(
        pl.col("facility").is_in(sorted(facilities))
        & (pl.col("owner_country") == country)
        & (pl.col("valid_from") <= atlas.known)
    )
    count: dict[str, int] = {}
    source: dict[str, str | None] = {}
    for row in rows.iter_rows(named=True):
        count[row["owner"]] = count.get(row["owner"], 0) + 1
        source.setdefault(row["owner"], row["source"])
    return [(name, source[name]) for name in sorted(count, key=lambda n: (-count[n], n))[:_NAMED]]


def _source(atlas: Atlas, owner: str) -> str | None:
    rows = atlas["facility_owners"].filter((pl.col("owner") == owner) & pl.col("source").is_not_null())
    return str(rows["source"][0]) if rows.height else None


def _credits(chain: Chain, one: Candidate) -> list[str]:
    """Instruments of the host country that give part of the investment back."""
    rows = chain.network["option_periods"].filter(pl.col("option") == one.option)
    if rows.is_empty():
        like = chain.network["option_periods"].filter(
            pl.col("option").str.starts_with(f"new:{one.process}@{HOST.lower()}-")
        )
        rows = like
    named = {
        part.split("/")[0].removeprefix("law:")
        for basis in rows["facts"]
        for part in basis.split()
        if part.startswith("law:")
    }
    return sorted(name for name in named if name.startswith(HOST.lower()))
