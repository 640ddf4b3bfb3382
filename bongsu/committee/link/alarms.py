"""Dependencies that one failure turns into a stop: a single supplier, a single customer, a reagent that many take from one source.

Shares are those of the flows of a plan, place by place, with what a place makes for itself. A plan buys where it is cheapest, so
a share of one is not yet a danger: what counts is who else could step in, with how much, and how much dearer. Each alarm says
that, and they are sorted by the worth of what nobody could replace at once. Final markets, which stand for a country, raise none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from bongsu.answers.figure import Node, names
from bongsu.chain import Chain
from bongsu.committee.answer import Answer
from bongsu.committee.link.market import TINY, Market
from bongsu.committee.words import said
from bongsu.plan.plan import Plan

ROOM = "link"
KINDS = ("single_supplier", "single_customer", "shared_reagent")
#: Share from which somebody is taken to be the only one.
SHARE = 0.9
#: Users from which a reagent of one source is shared.
_SHARED = 2
_SCHEMA: dict[str, Any] = {
    "kind": pl.String,
    "who": pl.String,
    "country": pl.String,
    "item": pl.String,
    "partner": pl.String,
    "partner_country": pl.String,
    "partner_is_market": pl.Boolean,
    "users": pl.Int64,
    "quantity": pl.Float64,
    "share": pl.Float64,
    "worth": pl.Float64,
    "others": pl.Int64,
    "spare": pl.Float64,
    "at_risk": pl.Float64,
    "next_best": pl.String,
    "next_dearer": pl.Float64,
    "stated": pl.String,
}


@dataclass(frozen=True)
class _Flow:
    item: str
    origin: str
    place: str
    amount: float


def alarms(chain: Chain, plan: Plan, year: int, *, country: str | None = None, share: float = SHARE) -> Answer:
    """Dependencies of a year of a plan, the greatest worth at risk first.

    Table ``alarms``: ``quantity`` is what flows between the two, ``share`` its part in what ``who`` takes (of a customer: sells),
    ``worth`` the quantity at the prices of the plan; ``others``: how many more places could supply something (or use it), ``spare``
    what they have unused (of a customer: what they use) in all, ``at_risk`` the worth of what that would not cover, ``next_best``
    the cheapest of them and ``next_dearer`` by how much, USD of the case per unit. ``partner_is_market``: the partner stands for
    a country's whole market and not for one firm. For a shared reagent ``who`` is the source and ``users`` how many depend on it.

    Args:
        country: only who is there (of a reagent: some user).
        share: from which a partner counts as the only one, above one half and at most one.

    Raises:
        ValueError: the year is outside the plan, the share is not such a share, or the plan was not solved.
    """
    if year not in chain.years:
        raise ValueError(f"there is no year {year} in this plan; it has {chain.years[0]} to {chain.years[-1]}")
    if not 0.5 < share <= 1:
        raise ValueError(f"a share of {share:g} makes nobody the only one; give more than 0.5, at most 1")
    market = Market(chain, plan)
    flows = _flows(market, year)
    rows, figures = [], {}
    for found, node in (
        *_suppliers(market, flows, year, share),
        *_customers(market, flows, year, share),
        *_reagents(market, flows, year, share),
    ):
        if country is None or country in found.pop("countries"):
            found.pop("countries", None)
            rows.append(found)
            figures[f"link.alarm.{found['kind']}:{found['who']}>{found['partner']}:{found['item']}:{year}"] = node
    table = pl.DataFrame(rows, schema=_SCHEMA, orient="row").sort(
        *("at_risk", "worth", "kind", "who", "item"), descending=[True, True, False, False, False], nulls_last=True
    )
    return Answer(ROOM, figures, {"alarms": table})


def _flows(market: Market, year: int) -> list[_Flow]:
    """What moves between places in a year; what is used where it is made or offered is a flow from a place to itself."""
    t = market.t(year)
    grid = market.plan.grid("ship")[:, t]
    moved: dict[tuple[str, str, str], float] = {}
    for lane, (item, origin, into) in enumerate(market.a.net["lanes"].select("item", "from", "to").iter_rows()):
        if grid[lane] > TINY:
            moved[item, origin, into] = moved.get((item, origin, into), 0.0) + float(grid[lane])
    used: dict[tuple[str, str], float] = {}
    make = market.plan.grid("make")[:, t]
    for entry in range(market.a.use_mode.size):
        amount = -float(market.a.use_amount[entry, t]) * float(make[market.a.use_mode[entry]])
        if amount > TINY:
            place = market.place_at(int(market.a.mode_plant[market.a.use_mode[entry]]))
            item = str(market.a.net["items"]["item"][int(market.a.use_item[entry])])
            used[item, place] = used.get((item, place), 0.0) + amount
    arrived: dict[tuple[str, str], float] = {}
    for (item, _, into), amount in moved.items():
        arrived[item, into] = arrived.get((item, into), 0.0) + amount
    found = [_Flow(item, origin, into, amount) for (item, origin, into), amount in moved.items()]
    for (item, place), amount in used.items():
        own = amount - arrived.get((item, place), 0.0)
        if own > max(TINY, 1e-6 * amount):
            found.append(_Flow(item, place, place, own))
    return found


def _suppliers(market: Market, flows: list[_Flow], year: int, share: float) -> list[tuple[dict[str, Any], Node]]:
    into: dict[tuple[str, str], list[_Flow]] = {}
    for flow in flows:
        into.setdefault((flow.item, flow.place), []).append(flow)
    found = []
    for (item, place), own in into.items():
        total = sum(flow.amount for flow in own)
        top = max(own, key=lambda flow: (flow.amount, flow.origin))
        if top.amount < share * total or top.origin == place or _reagent(market, item) or place in market.markets:
            continue
        others = _others(market, item, place, top.origin, year)
        row = _row(market, "single_supplier", place, item, top.origin, year, top.amount, top.amount / total)
        row |= _instead(others, row["quantity"], row["worth"]) | {"countries": {market.country[place]}}
        found.append((row, _node(market, row, own, year)))
    return found


def _customers(market: Market, flows: list[_Flow], year: int, share: float) -> list[tuple[dict[str, Any], Node]]:
    out: dict[tuple[str, str], list[_Flow]] = {}
    for flow in flows:
        out.setdefault((flow.item, flow.origin), []).append(flow)
    makers = {
        one.party.place for item in {flow.item for flow in flows} for one in market.sellers(item) if one.kind != "offer"
    }
    found = []
    for (item, origin), own in out.items():
        total = sum(flow.amount for flow in own)
        top = max(own, key=lambda flow: (flow.amount, flow.place))
        if top.amount < share * total or top.place == origin or origin not in makers or _market(market, item, origin):
            continue
        if top.place in market.markets:
            continue
        others = _takers(market, item, origin, top.place, year)
        row = _row(market, "single_customer", origin, item, top.place, year, top.amount, top.amount / total)
        row |= _instead(others, row["quantity"], row["worth"]) | {"countries": {market.country[origin]}}
        found.append((row, _node(market, row, own, year)))
    return found


def _reagents(market: Market, flows: list[_Flow], year: int, share: float) -> list[tuple[dict[str, Any], Node]]:
    reagents = {flow.item for flow in flows if _reagent(market, flow.item)}
    found = []
    for item in sorted(reagents):
        own = [flow for flow in flows if flow.item == item]
        total = sum(flow.amount for flow in own)
        taken: dict[str, float] = {}
        for flow in own:
            taken[flow.place] = taken.get(flow.place, 0.0) + flow.amount
        sources: dict[str, list[_Flow]] = {}
        for flow in own:
            if flow.amount >= share * taken[flow.place] and flow.origin != flow.place:
                sources.setdefault(flow.origin, []).append(flow)
        for origin, hanging in sources.items():
            if len(hanging) < _SHARED:
                continue
            amount = sum(flow.amount for flow in hanging)
            row = _row(market, "shared_reagent", origin, item, hanging[0].place, year, amount, amount / total)
            hardest = min((_others(market, item, flow.place, origin, year) for flow in hanging), key=len)
            row |= _instead(hardest, amount, row["worth"])
            row |= {"users": len(hanging), "partner": "", "partner_country": ""}
            row |= {"countries": {market.country[flow.place] for flow in hanging}}
            row |= {"partner_is_market": _market(market, item, origin)}
            found.append((row, _node(market, row, hanging, year)))
    return found


def _row(
    market: Market, kind: str, who: str, item: str, partner: str, year: int, quantity: float, share: float
) -> dict[str, Any]:
    price = market.price(item, who, year)
    stated = [
        row["state"]
        for row in market.relations(year)
        if row["item"] == item and {market.place_of[row["seller"]], market.place_of[row["buyer"]]} == {who, partner}
    ]
    return {
        "kind": kind,
        "who": who,
        "country": market.country[who],
        "item": item,
        "partner": partner,
        "partner_country": market.country[partner],
        "partner_is_market": kind == "single_supplier" and _market(market, item, partner),
        "users": None,
        "quantity": quantity,
        "share": share,
        "worth": None if price is None else price * quantity,
        "stated": stated[0] if stated else None,
    }


def _market(market: Market, item: str, place: str) -> bool:
    """Whether an item is offered at a place by a whole country's market."""
    return any(one.kind == "offer" and one.party.place == place for one in market.sellers(item))


def _reagent(market: Market, item: str) -> bool:
    return (market.chain.atlas.row("items", item) or {}).get("stage") == "reagent"


@dataclass(frozen=True)
class _Other:
    """Another place that could step in: what it is dearer by, what it has unused (of a taker: what it uses); None = no limit."""

    dearer: float
    place: str
    spare: float | None


def _instead(others: list[_Other], quantity: float, worth: float | None) -> dict[str, Any]:
    """Who could step in, with how much, and what would still be lost."""
    known = [one.spare for one in others if one.spare is not None]
    spare = None if len(known) < len(others) else sum(known)
    kept = 1.0 if spare is None else min(1.0, spare / quantity)
    return {
        "others": len(others),
        "spare": spare,
        "at_risk": None if worth is None else max(0.0, worth) * (1.0 - kept),
        "next_best": others[0].place if others else None,
        "next_dearer": round(others[0].dearer, 6) if others else None,
    }


def _others(market: Market, item: str, place: str, without: str, year: int) -> list[_Other]:
    """Other places with something free and a way, cheapest first."""
    value = market.price(item, place, year)
    best: dict[str, _Other] = {}
    for seller in market.sellers(item):
        origin = seller.party.place
        if origin == without:
            continue
        most = market.capacity(seller, item, year).most
        promised = market.committed(seller, item, year).stated
        if most is not None and most - promised <= TINY:
            continue
        way = market.way(item, origin, place, year)
        if way is None or way.most == 0.0 or way.delivered is None or value is None:
            continue
        spare = None if most is None else max(0.0, most - max(promised, market.makes(seller, item, year)))
        before = best.get(origin)
        if before is not None:
            spare = None if spare is None or before.spare is None else spare + before.spare
        best[origin] = _Other(way.delivered - value, origin, spare)
    return sorted(best.values(), key=lambda one: (round(one.dearer, 4), one.place))


def _takers(market: Market, item: str, origin: str, without: str, year: int) -> list[_Other]:
    """Other places that use an item and could take it, best first."""
    price = market.price(item, origin, year)
    best: dict[str, _Other] = {}
    for buyer in market.buyers(item):
        place, uses = buyer.party.place, market.uses(buyer, item, year)
        if place == without or uses <= TINY:
            continue
        way, value = market.way(item, origin, place, year), market.price(item, place, year)
        if way is None or way.most == 0.0 or value is None or price is None:
            continue
        before = best[place].spare if place in best else 0.0
        best[place] = _Other(price + way.passing + way.transfer - value, place, uses + (before or 0.0))
    return sorted(best.values(), key=lambda one: (round(one.dearer, 4), one.place))


def _node(market: Market, row: Mapping[str, Any], flows: list[_Flow], year: int) -> Node:
    atlas = market.chain.atlas
    item = names(atlas, "items", row["item"])
    who = names(atlas, "places", row["who"])
    partner = names(atlas, "places", row["partner"]) if row["partner"] else who
    title = said(
        ROOM, "alarm", kind=said(ROOM, f"alarm.{row['kind']}"), item=item, who=who, partner=partner, year=str(year)
    )
    unit = market.unit(row["item"])
    parts = []
    for flow in sorted(flows, key=lambda flow: -flow.amount)[:12]:
        ends = {"origin": names(atlas, "places", flow.origin), "place": names(atlas, "places", flow.place)}
        lanes = market.lanes(flow.item, flow.origin, flow.place)
        basis = str(market.a.net["lanes"]["facts"][lanes[0]] or "") if lanes else ""
        leaves = market.why.facts.nodes(basis)
        parts.append(Node(said(ROOM, "alarm.flow", item=item, **ends), flow.amount, unit, children=leaves))
    return Node(title, row["share"], "", "share", children=tuple(parts))
