"""Who should trade with whom when all sellers and buyers of an item are matched at once.

Both are worked out on what is really free and still open in a year of a plan:

    stable        each side ranks the other: a buyer by delivered cost, a seller by netback (:mod:`bongsu.committee.link.matching`)
    least cost    the greatest gain in all, where money can pass between them (:mod:`bongsu.committee.link.transport`)

    gain(i, j) = worth of a unit at the buyer's − freight − duty − credit − own cost of the seller

Two accept each other where the gain is not below zero and nothing bars the link. Ties are broken by own cost and name; a pair
blocks only if both would strictly gain. What buyers have agreed with others is no longer open, and not matched again. A line that
can make several items counts in full for the one that is asked about.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl

from bongsu.answers.figure import Node, names
from bongsu.chain import Chain
from bongsu.committee.answer import Answer
from bongsu.committee.link.market import TINY, Seller
from bongsu.committee.link.matching import stable
from bongsu.committee.link.need import item_of
from bongsu.committee.link.rank import ROOM, Pair, Ranking, open_need
from bongsu.committee.link.transport import transport
from bongsu.committee.words import said
from bongsu.plan.arrays import Floats
from bongsu.plan.plan import Plan

#: A gain below zero by less than this share of the worth is rounding of the solver.
_ROUNDING = 1e-6
#: Prices that differ by less are the same to both sides.
_CENT = 0.01
_SCHEMA: dict[str, Any] = {
    "seller": pl.String,
    "seller_en": pl.String,
    "seller_ko": pl.String,
    "seller_fr": pl.String,
    "buyer": pl.String,
    "buyer_en": pl.String,
    "buyer_ko": pl.String,
    "buyer_fr": pl.String,
    "stable": pl.Int64,
    "least_cost": pl.Float64,
    "delivered": pl.Float64,
    "netback": pl.Float64,
    "gain": pl.Float64,
    "buyer_rank": pl.Int64,
    "seller_rank": pl.Int64,
    "blocks": pl.Boolean,
}


def match(chain: Chain, plan: Plan, item: str, year: int) -> Answer:
    """Stable and least-cost trades of an item in a year, in whole units.

    Table ``match``: pairs that trade in either, with what each ranks the other (``buyer_rank``: place of the seller on the buyer's
    list) and whether the pair would block the least-cost trade if no money passed. Table ``match_sides``: what each side has, needs
    and is left with.

    Raises:
        UnknownName: there is no such item.
        ValueError: the year is outside the plan, or the plan was not solved.
    """
    item = item_of(chain, item)
    if year not in chain.years:
        raise ValueError(f"there is no year {year} in this plan; it has {chain.years[0]} to {chain.years[-1]}")
    ranking = Ranking.of(chain, plan)
    market = ranking.market
    sellers = [one for one in market.sellers(item) if _sells(ranking, one, item, year)]
    buyers = [(one, open_need(market, one, item, (year,))) for one in market.buyers(item)]
    buyers = [(one, amount) for one, amount in buyers if amount > 0.5]
    pairs = {
        (i, j): ranking.pair(item, seller, buyer.party, (year,))
        for i, seller in enumerate(sellers)
        for j, (buyer, _) in enumerate(buyers)
    }
    gains = np.full((len(sellers), len(buyers)), np.nan)
    for key, pair in pairs.items():
        gains[key] = _gain(pair)
    needs = [round(amount) for _, amount in buyers]
    supply = [_whole(_free(ranking, one, item, year), sum(needs)) for one in sellers]
    limits = {
        (j, i): math.floor(way.most)
        for (i, j), pair in pairs.items()
        if (way := pair.years[0].way) is not None and way.most is not None
    }
    likes = [
        _order([(i, j) for i in range(len(sellers))], pairs, ranking.cost_delivered, ranking, gains, 0)
        for j in range(len(buyers))
    ]
    liked = [
        _order([(i, j) for j in range(len(buyers))], pairs, ranking.cost_of_selling, ranking, gains, 1)
        for i in range(len(sellers))
    ]
    trade = stable(needs, supply, likes, liked, limits)
    most = np.full(gains.shape, np.inf)
    for (j, i), limit in limits.items():
        most[i, j] = limit
    best = transport(gains, np.array(supply, dtype=float), np.array(needs, dtype=float), most)
    blocks = _blocks(
        best.flows, gains, np.array(supply, dtype=float), np.array(needs, dtype=float), most, pairs, ranking
    )
    rows = []
    for (i, j), pair in pairs.items():
        kept, moved = trade.get((j, i), 0), float(best.flows[i, j])
        if kept or moved > TINY or (i, j) in blocks:
            row = ranking.row(pair)
            rows.append(
                {name: row[name] for name in _SCHEMA if name in row}
                | {
                    "stable": kept,
                    "least_cost": moved,
                    "gain": float(gains[i, j]),
                    "buyer_rank": likes[j].index(i) + 1,
                    "seller_rank": liked[i].index(j) + 1,
                    "blocks": (i, j) in blocks,
                }
            )
    table = pl.DataFrame(rows, schema=_SCHEMA, orient="row").sort(
        "least_cost", "stable", "seller", "buyer", descending=[True, True, False, False]
    )
    return Answer(
        ROOM,
        _figures(ranking, item, year, table),
        {"match": table, "match_sides": _sides(sellers, buyers, supply, trade, best)},
    )


def _sells(ranking: Ranking, seller: Seller, item: str, year: int) -> bool:
    free = _free(ranking, seller, item, year)
    return free is None or free > 0.5


def _free(ranking: Ranking, seller: Seller, item: str, year: int) -> float | None:
    most = ranking.market.capacity(seller, item, year).most
    return None if most is None else max(0.0, most - ranking.market.committed(seller, item, year).stated)


def _whole(amount: float | None, all_needs: int) -> int:
    return all_needs if amount is None else min(all_needs, math.floor(amount))


def _gain(pair: Pair) -> float:
    """Gain of a pair; NaN where it is barred, not known, or below zero."""
    one = pair.years[0]
    if not pair.feasible or one.way is None or one.value is None or one.own_cost is None:
        return math.nan
    gain = one.value - one.way.transfer - one.own_cost
    if gain < -_ROUNDING * abs(one.value):
        return math.nan
    return max(0.0, gain)


def _order(
    keys: list[tuple[int, int]], pairs: dict[tuple[int, int], Pair], cost: Any, ranking: Ranking, gains: Any, side: int
) -> list[int]:
    """Positions of the other side that are acceptable, best first."""
    able = [key for key in keys if not math.isnan(gains[key])]

    def rank(key: tuple[int, int]) -> tuple[float, float, str]:
        pair = pairs[key]
        asked = ranking.least_asked(pair)
        name = pair.seller.name if side == 0 else pair.buyer.name
        return round(float(cost(pair)), 4), 0.0 if asked is None else asked, name

    return [key[side] for key in sorted(able, key=rank)]


def _blocks(
    flows: Floats,
    gains: Floats,
    supply: Floats,
    needs: Floats,
    most: Floats,
    pairs: dict[tuple[int, int], Pair],
    ranking: Ranking,
) -> set[tuple[int, int]]:
    """Pairs that would both strictly rather trade more with each other than as they do."""
    able = ~np.isnan(gains)
    costs, nets = np.full(gains.shape, np.inf), np.full(gains.shape, np.inf)
    for i, j in np.argwhere(able).tolist():
        costs[i, j] = ranking.cost_delivered(pairs[i, j])
        nets[i, j] = ranking.cost_of_selling(pairs[i, j])
    found = set()
    for i, j in np.argwhere(able).tolist():
        if flows[i, j] >= min(most[i, j], supply[i], needs[j]) - TINY:
            continue
        content = flows[costs[:, j] <= costs[i, j] + _CENT, j].sum() >= needs[j] - TINY
        settled = flows[i, nets[i] <= nets[i, j] + _CENT].sum() >= supply[i] - TINY
        if not content and not settled:
            found.add((i, j))
    return found


def _sides(sellers: Any, buyers: Any, supply: Any, trade: Any, best: Any) -> pl.DataFrame:
    rows = [
        {
            "side": "seller",
            "name": one.name,
            "amount": float(supply[i]),
            "stable": float(sum(v for (_, at), v in trade.items() if at == i)),
            "least_cost": float(best.flows[i].sum()),
            "worth_of_one_more": float(best.sellers[i]),
        }
        for i, one in enumerate(sellers)
    ]
    rows += [
        {
            "side": "buyer",
            "name": one.name,
            "amount": amount,
            "stable": float(sum(v for (at, _), v in trade.items() if at == j)),
            "least_cost": float(best.flows[:, j].sum()),
            "worth_of_one_more": float(best.buyers[j]),
        }
        for j, (one, amount) in enumerate(buyers)
    ]
    numbers = dict.fromkeys(("amount", "stable", "least_cost", "worth_of_one_more"), pl.Float64)
    return pl.DataFrame(rows, schema={"side": pl.String, "name": pl.String, **numbers}, orient="row")


def _figures(ranking: Ranking, item: str, year: int, table: pl.DataFrame) -> dict[str, Node]:
    title = names(ranking.market.chain.atlas, "items", item)
    found = {}
    for name, column, key in (("gain", "least_cost", "match.gain"), ("stable", "stable", "match.stable")):
        parts = [
            Node(
                said(
                    ROOM,
                    "match.pair",
                    seller={lang: row[f"seller_{lang}"] for lang in ("en", "ko", "fr")},
                    buyer={lang: row[f"buyer_{lang}"] for lang in ("en", "ko", "fr")},
                ),
                row["gain"] * row[column],
                "USD",
                "money",
            )
            for row in table.iter_rows(named=True)
            if row[column]
        ]
        node = Node(
            said(ROOM, key, item=title, year=str(year)),
            sum(part.value or 0.0 for part in parts),
            "USD",
            "money",
            children=tuple(parts),
        )
        found[f"link.match.{name}:{item}:{year}"] = node
    return found


__all__ = ["match"]
