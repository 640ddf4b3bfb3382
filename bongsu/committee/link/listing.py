"""What can be asked of links: the items, and who makes, offers or uses each in a case, before anything is planned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from bongsu.answers.figure import LANGUAGES, names
from bongsu.chain import Chain
from bongsu.chain.capacity import present_states
from bongsu.committee.answer import Answer
from bongsu.committee.link.market import GONE
from bongsu.committee.link.need import Party, item_of, party_of

ROOM = "link"
SIDES = ("buys", "sells")
_ITEMS: Mapping[str, Any] = {
    "item": pl.String,
    **{f"item_{language}": pl.String for language in LANGUAGES},
    "unit": pl.String,
    "buyers": pl.Int64,
    "sellers": pl.Int64,
}
_PARTIES: Mapping[str, Any] = {
    "party": pl.String,
    **{f"party_{language}": pl.String for language in LANGUAGES},
    "country": pl.String,
    "kind": pl.String,
    "state": pl.String,
    "side": pl.String,
    "item": pl.String,
    **{f"item_{language}": pl.String for language in LANGUAGES},
    "unit": pl.String,
}


def listing(
    chain: Chain, item: str | None = None, party: str | None = None, side: str | None = None, country: str | None = None
) -> Answer:
    """The items and the parties that :func:`~bongsu.committee.link.sellers` and ``buyers`` can be asked of.

    Args:
        chain: a case; nothing is planned.
        item: only this item, by identifier or name.
        party: only this facility or place, by identifier or name.
        side: only who ``buys`` or ``sells``.
        country: only parties there (ISO code).

    Returns:
        Tables ``items`` (item, names, unit, how many buy and sell it) and ``parties`` (who, country, kind, state, side, item).
        Kinds are ``plant``, ``step`` (of those at a place), ``offer`` (from outside) and ``market``; projects that are cancelled
        or closed are left out.

    Raises:
        UnknownName: there is no such item, facility or place; the sentence says which come near.
    """
    only = item_of(chain, item) if item else None
    asked = party_of(chain.atlas, party) if party else None
    rows = [
        row
        for row in sorted(_rows(chain), key=lambda row: (row["party"], row["side"], row["item"]))
        if (only is None or row["item"] == only)
        and (side is None or row["side"] == side)
        and (country is None or row["country"] == country)
        and (asked is None or _means(asked, row))
    ]
    parties = pl.DataFrame(rows, schema={**_PARTIES, "place": pl.String}).drop("place")
    counts = {
        (one, where): count
        for one, where, count in parties.group_by("item", "side").agg(pl.col("party").n_unique()).iter_rows()
    }
    items = [
        {
            "item": one,
            **{f"item_{language}": text for language, text in names(chain.atlas, "items", one).items()},
            "unit": _unit(chain, one),
            "buyers": counts.get((one, "buys"), 0),
            "sellers": counts.get((one, "sells"), 0),
        }
        for one in sorted(set(parties["item"]))
    ]
    return Answer(ROOM, {}, {"items": pl.DataFrame(items, schema=_ITEMS), "parties": parties})


def _means(asked: Party, row: Mapping[str, Any]) -> bool:
    return bool(row["party"] == asked.name if asked.facility else row["place"] == asked.place)


def _unit(chain: Chain, item: str) -> str:
    return str((chain.atlas.row("items", item) or {}).get("unit") or "")


def _rows(chain: Chain) -> Iterable[dict[str, Any]]:
    """Each party with each item that it makes, offers or uses, once."""
    atlas, net = chain.atlas, chain.network
    country = dict(atlas["places"].select("place", "country").iter_rows())
    states = {name: str(row["state"]) for name, row in present_states(atlas).items()}
    recipes: dict[str, dict[str, float]] = {}
    for process, item, amount in (
        atlas["recipes"].sort("valid_from", maintain_order=True).select("process", "item", "amount").iter_rows()
    ):
        recipes.setdefault(process, {})[item] = amount
    held: dict[tuple[str, str, str], tuple[str, str]] = {}
    for line in chain.lines:
        if states.get(line.facility) in GONE:
            continue
        for process in line.processes:
            for item, amount in recipes.get(process, {}).items():
                if amount:
                    held[line.facility, "sells" if amount > 0 else "buys", item] = ("plant", line.place)
    lines = {line.line for line in chain.lines}
    steps = net["modes"].join(net["plants"].select("plant", "place"), on="plant").select("plant", "place", "process")
    for plant, place, process in steps.iter_rows():
        # A step that is no limit by itself, such as blending or assembly, belongs to whoever is at the place.
        if plant not in lines and not plant.startswith("new:"):
            for item, amount in recipes.get(process, {}).items():
                if amount:
                    held.setdefault((place, "sells" if amount > 0 else "buys", item), ("step", place))
    for place, item in net["supplies"].select("place", "item").unique().iter_rows():
        held[place, "sells", item] = ("offer", place)
    for place, item in net["demands"].select("place", "item").unique().iter_rows():
        held[place, "buys", item] = ("market", place)
    for (party, side, item), (kind, place) in held.items():
        table = "facilities" if kind == "plant" else "places"
        yield {
            "party": party,
            **{f"party_{language}": text for language, text in names(atlas, table, party).items()},
            "country": country[place],
            "kind": kind,
            "state": states.get(party) if kind == "plant" else None,
            "side": side,
            "item": item,
            **{f"item_{language}": text for language, text in names(atlas, "items", item).items()},
            "unit": _unit(chain, item),
            "place": place,
        }
