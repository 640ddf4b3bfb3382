"""Whether an order of sellers or buyers holds when freight, law or the plan are others.

Freight is scaled, and branches of open questions of law are taken, at the prices of the plan: each lane then costs more or less by
so much, and nobody has yet answered to it. Other plans (a price regime, a demand) answer in full.

    kendall = (pairs in the same order − pairs in the opposite order) / all pairs        of those feasible both times
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations
from typing import Any

import polars as pl

from bongsu.chain import Chain
from bongsu.chain.build import Crossings
from bongsu.committee.link.market import Buyer, Market, Seller
from bongsu.committee.link.need import Need, Offer
from bongsu.committee.link.rank import Pair, Ranking, in_order
from bongsu.law.inforce import InForce
from bongsu.plan.plan import Plan

#: Factors on freight.
FREIGHTS = {"freight-20%": 0.8, "freight+20%": 1.2}
_SCHEMA: Mapping[str, Any] = {
    "variation": pl.String,
    "name": pl.String,
    "rank": pl.Int64,
    "rank_before": pl.Int64,
    "cost": pl.Float64,
    "kendall": pl.Float64,
    "first_holds": pl.Boolean,
}
_Costs = Mapping[str, float | None]


def kendall(one: Sequence[str], other: Sequence[str]) -> float | None:
    """Kendall's rank correlation of two orders of names, over the names in both; None for fewer than two.

    Source: Kendall (1938), A new measure of rank correlation, Biometrika 30.
    """
    both = [name for name in one if name in set(other)]
    if len(both) < 2:
        return None
    at = {name: place for place, name in enumerate(other)}
    signs = [1 if at[a] < at[b] else -1 for a, b in combinations(both, 2)]
    return sum(signs) / len(signs)


def scaled(pair: Pair, factor: float) -> Pair:
    """A pair with its freight scaled."""
    years = tuple(
        one if one.way is None else replace(one, way=replace(one.way, freight=one.way.freight * factor))
        for one in pair.years
    )
    return replace(pair, years=years)


def under_law(crossings: Crossings, pairs: Sequence[Pair], law: InForce) -> list[Pair]:
    """Pairs with the duties, waits and bans of another law; what lies within a country is as it was."""
    ways = [(pair.item, pair.seller.party.place, pair.buyer.place) for pair in pairs]
    years = sorted({one.year for pair in pairs for one in pair.years})
    asked: dict[tuple[int, int], Mapping[str, Any]] = {
        (row["way"], row["year"]): row for row in crossings.at_border(ways, years, law).iter_rows(named=True)
    }
    result = []
    for at, pair in enumerate(pairs):
        changed = []
        for one in pair.years:
            row = asked.get((at, one.year))
            if one.way is None or pair.seller.party.country == pair.buyer.country:
                changed.append(one)
            else:
                most = row["most"] if row else None
                changed.append(replace(one, way=replace(one.way, duty=float(row["paid"]) if row else 0.0, most=most)))
        barred = any(one.way is not None and one.way.most == 0.0 for one in changed)
        kept = tuple(one for one in pair.obstacles if one != "withheld")
        result.append(replace(pair, years=tuple(changed), obstacles=(*kept, "withheld") if barred else kept))
    return result


def seller_stability(
    ranking: Ranking, ordered: Sequence[Pair], need: Need, others: Mapping[str, tuple[Chain, Plan]]
) -> tuple[pl.DataFrame, dict[str, tuple[int, int]]]:
    """The order of sellers under each variation, and the best and worst rank of each."""

    def key(pair: Pair) -> str:
        return pair.seller.name

    def again(chain: Chain, plan: Plan) -> tuple[Ranking, list[Pair]]:
        own = Ranking.of(chain, plan)
        known = {one.name: one for one in own.market.sellers(need.item)}
        pairs = [
            own.pair(need.item, known[pair.seller.name], need.buyer, need.years, need.origin)
            for pair in ordered
            if pair.seller.name in known
        ]
        return own, pairs

    return _varied(ranking, ordered, key, Ranking.cost_delivered, again, others)


def buyer_stability(
    ranking: Ranking, ordered: Sequence[tuple[Pair, Buyer]], offer: Offer, others: Mapping[str, tuple[Chain, Plan]]
) -> tuple[pl.DataFrame, dict[str, tuple[int, int]]]:
    """The order of buyers under each variation, and the best and worst rank of each."""
    pairs = [pair for pair, _ in ordered]

    def key(pair: Pair) -> str:
        return pair.buyer.name

    def again(chain: Chain, plan: Plan) -> tuple[Ranking, list[Pair]]:
        own = Ranking.of(chain, plan)
        known = {one.name: one for one in own.market.buyers(offer.item)}
        seller = _same(own.market, pairs[0].seller, offer) if pairs else None
        found = []
        for pair, buyer in ordered:
            if buyer.name in known and seller is not None:
                fresh = own.pair(offer.item, seller, known[buyer.name].party, offer.years)
                found.append(replace(fresh, obstacles=pair.obstacles))
        return own, found

    return _varied(ranking, pairs, key, Ranking.cost_of_selling, again, others)


def _same(market: Market, seller: Seller, offer: Offer) -> Seller:
    return next((one for one in market.sellers(offer.item) if one.name == seller.name), seller)


def _varied(
    ranking: Ranking,
    ordered: Sequence[Pair],
    key: Any,
    cost: Any,
    again: Any,
    others: Mapping[str, tuple[Chain, Plan]],
) -> tuple[pl.DataFrame, dict[str, tuple[int, int]]]:
    before = _ranks(ordered, key)
    variations: list[tuple[str, Ranking, Sequence[Pair]]] = [
        (name, ranking, [scaled(pair, factor) for pair in ordered]) for name, factor in FREIGHTS.items()
    ]
    for name, law in ranking.market.branches.items():
        changed = under_law(ranking.market.crossings, ordered, law)
        if any(_differ(one, two) for one, two in zip(ordered, changed, strict=True)):
            variations.append((f"law:{name}", ranking, changed))
    for name, (other, plan) in others.items():
        own, pairs = again(other, plan)
        variations.append((f"plan:{name}", own, pairs))
    rows: list[dict[str, Any]] = []
    ends = {name: (rank, rank) for name, rank in before.items()}
    for name, own, pairs in variations:
        found = in_order(pairs, partial(cost, own), own.least_asked)
        ranks = _ranks(found, key)
        tau = kendall(list(before), list(ranks))
        holds = next(iter(ranks), None) == next(iter(before), None)
        for pair in found:
            who = key(pair)
            if who not in ranks and who not in before:
                continue
            rows.append(
                {
                    "variation": name,
                    "name": who,
                    "rank": ranks.get(who),
                    "rank_before": before.get(who),
                    "cost": cost(own, pair),
                    "kendall": tau,
                    "first_holds": holds,
                }
            )
            if who in ranks:
                low, high = ends.get(who, (ranks[who], ranks[who]))
                ends[who] = min(low, ranks[who]), max(high, ranks[who])
    return pl.DataFrame(rows, schema=dict(_SCHEMA), orient="row"), ends


def _ranks(ordered: Sequence[Pair], key: Any) -> dict[str, int]:
    return {key(pair): at + 1 for at, pair in enumerate(pair for pair in ordered if pair.feasible)}


def _differ(one: Pair, two: Pair) -> bool:
    return any(
        a.way is not None and b.way is not None and (abs(a.way.duty - b.way.duty) > 1e-6 or a.way.most != b.way.most)
        for a, b in zip(one.years, two.years, strict=True)
    )
