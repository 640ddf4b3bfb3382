"""Ranked sellers of a need and ranked buyers of an offer, each with what the link costs, how much there is, and what hinders it.

Cost components and the price a seller asks are those of :mod:`bongsu.committee.link.market`; over several years they are means with
the weights of the plan's discounting, and quantities are those of the scarcest year, for they are needed every year.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from bongsu.answers.figure import LANGUAGES, Node, names
from bongsu.chain import Chain
from bongsu.committee.answer import Answer
from bongsu.committee.link.market import COMMITTED, GONE, TINY, Buyer, Market, Seller, Way
from bongsu.committee.link.need import Need, Offer, Party
from bongsu.committee.link.qualify import Qualification, check_rules, qualify, together
from bongsu.committee.words import said
from bongsu.law import Outcome
from bongsu.plan.plan import Plan
from bongsu.stress.ledger import Account, accounts_of

ROOM = "link"
#: What keeps a link from being made at all; everything else only hinders it.
BARS = (
    *("no_route", "withheld", "size_unknown", "given_up", "no_capacity", "sold_out", "no_price", "origin_fails"),
    *("no_need", "not_there"),
)
_ORDER = {Outcome.PASS: 0, Outcome.UNDETERMINED: 1, Outcome.FAIL: 2, None: 0}
#: A duty below this share of the price is not named as a hindrance.
_DUTY = 0.001
#: Depth and breadth to which a figure is kept; `bongsu why price:ITEM@PLACE:YEAR` goes on from there.
_SHOWN = (6, 5)
_PARTS = ("price", "freight", "duty", "credit")


@dataclass(frozen=True)
class Year:
    """A seller and a buyer in one year."""

    year: int
    way: Way | None
    value: float | None
    own_cost: float | None
    entry: int | None
    capacity: float | None
    low: float | None
    high: float | None
    announced: float | None
    committed: float
    unstated: int
    commitments: tuple[str, ...]
    planned: float
    made: float

    @property
    def free(self) -> float | None:
        """What is left after stated promises to others; None = no limit is known."""
        return None if self.capacity is None else max(0.0, self.capacity - self.committed)

    @property
    def free_low(self) -> float | None:
        """What is surely left: nothing, where a promise to others has no stated volume."""
        if self.capacity is None:
            return None
        if self.unstated:
            return 0.0
        return max(0.0, (self.low if self.low is not None else self.capacity) - self.committed)

    @property
    def available(self) -> float | None:
        """What may reach the buyer: what is free, and may pass; None = no limit is known."""
        limits = [one for one in (self.free, self.way.most if self.way else 0.0) if one is not None]
        return min(limits) if limits else None


@dataclass(frozen=True)
class Pair:
    """A seller and a buyer over the years asked for."""

    item: str
    seller: Seller
    buyer: Party
    years: tuple[Year, ...]
    qualifications: tuple[Qualification, ...] = ()
    agreed: str | None = None
    obstacles: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome | None:
        """What the origin rules say; None where none was asked."""
        return together(self.qualifications)

    @property
    def feasible(self) -> bool:
        """Whether nothing bars the link."""
        return not set(self.obstacles) & set(BARS)


def least(values: Sequence[float | None]) -> float | None:
    """The smallest of limits; None where none is known to limit."""
    known = [one for one in values if one is not None]
    return min(known) if known else None


@dataclass
class Ranking:
    """Works out pairs of sellers and buyers on one plan.

    Attributes:
        market: the plan as its buyers and sellers see it.
    """

    market: Market
    _weights: dict[int, float] = field(default_factory=dict)

    @classmethod
    def of(cls, chain: Chain, plan: Plan) -> Ranking:
        """Rankings on a plan."""
        return cls(Market(chain, plan))

    def mean(self, pair: Pair, what: Callable[[Year], float | None]) -> float | None:
        """Mean over the years with the weights of the plan; None where a year has none."""
        total = weight = 0.0
        for one in pair.years:
            value = what(one)
            if value is None:
                return None
            own = float(self.market.a.weight[self.market.t(one.year)])
            total, weight = total + own * value, weight + own
        return total / weight

    def cost_delivered(self, pair: Pair) -> float | None:
        """Delivered cost over the years."""
        return self.mean(pair, lambda one: one.way.delivered if one.way else None)

    def cost_of_selling(self, pair: Pair) -> float | None:
        """Minus the netback over the years: what a seller wants least of."""
        return self.mean(pair, lambda one: None if (net := _netback(one)) is None else -net)

    def least_asked(self, pair: Pair) -> float | None:
        """What the goods cost the seller, delivered: the least that he could ask."""
        return self.mean(
            pair, lambda one: None if one.own_cost is None or one.way is None else one.own_cost + one.way.transfer
        )

    # Pairs -----------------------------------------------------------------------------------------------------------------

    def pair(self, item: str, seller: Seller, buyer: Party, years: Sequence[int], origin: Sequence[str] = ()) -> Pair:
        """A seller and a buyer, with everything but how much is needed."""
        each = tuple(self._year(item, seller, buyer, year) for year in years)
        first = each[0]
        found = tuple(qualify(self.market, seller, buyer, item, first.year, rule, first.way) for rule in origin)
        agreed = self.market.agreed(seller, buyer, item, first.year)
        pair = Pair(item, seller, buyer, each, found, None if agreed is None else str(agreed["state"]))
        return replace(pair, obstacles=tuple(self._obstacles(pair)))

    def _year(self, item: str, seller: Seller, buyer: Party, year: int) -> Year:
        market = self.market
        way = market.way(item, seller.party.place, buyer.place, year)
        size = market.capacity(seller, item, year)
        bound = market.committed(seller, item, year, buyer)
        # At a plant that cannot run, inputs may have any price: what making there would cost is not told by the plan.
        made = market.own_cost(seller, item, year) if size.most is None or size.most > TINY else None
        return Year(
            year=year,
            way=way,
            value=market.price(item, buyer.place, year),
            own_cost=made[0] if made else None,
            entry=made[1] if made else None,
            capacity=size.most,
            low=size.low,
            high=size.high,
            announced=size.announced,
            committed=bound.stated,
            unstated=bound.unstated,
            commitments=bound.facts,
            planned=market.shipped(item, seller.party.place, buyer.place, year),
            made=market.makes(seller, item, year),
        )

    def _obstacles(self, pair: Pair) -> list[str]:
        seller, years = pair.seller, pair.years
        found = []
        if any(one.way is None for one in years):
            found.append("no_route")
        ways = [one.way for one in years if one.way is not None]
        if any(way.most == 0.0 for way in ways):
            found.append("withheld")
        if seller.state in GONE:
            found.append("given_up")
        elif seller.lines and all(not line.expected for line in seller.lines):
            found.append("size_unknown")
        elif any(one.capacity is not None and one.capacity <= TINY for one in years):
            found.append("no_capacity")
        elif any(one.free is not None and one.free <= TINY for one in years):
            found.append("sold_out")
        if not set(found) & {"size_unknown", "given_up", "no_capacity"} and any(way.price is None for way in ways):
            found.append("no_price")
        if pair.outcome is Outcome.FAIL:
            found.append("origin_fails")
        elif pair.outcome is Outcome.UNDETERMINED:
            found.append("origin_open")
        if seller.state == "paused":
            found.append("paused")
        elif seller.kind == "plant" and seller.state not in ("producing", None, *GONE):
            found.append("not_running")
        if any(one.unstated for one in years):
            found.append("perhaps_sold")
        if any(way.licence for way in ways):
            found.append("licence")
        if any(way.price and way.duty > _DUTY * abs(way.price) for way in ways):
            found.append("duty")
        if any(way.most for way in ways):
            found.append("quota")
        account = self._account(pair)
        if account is not None and account.found == "slipped":
            found.append("slipped")
        return found

    def _account(self, pair: Pair) -> Account | None:
        return self._ledger.get(pair.seller.party.facility or "")

    @property
    def _ledger(self) -> Mapping[str, Account]:
        if not hasattr(self, "_accounts"):
            self._accounts = {one.project: one for one in accounts_of(self.market.chain.atlas)}
        return self._accounts

    # Rows ------------------------------------------------------------------------------------------------------------------

    def row(self, pair: Pair) -> dict[str, Any]:
        """A pair as a row of a table; see docs/link.md for the columns."""

        def part(name: str) -> float | None:
            return self.mean(pair, lambda one: None if one.way is None else getattr(one.way, name))

        parts = {name: part(name) for name in _PARTS}
        value = self.mean(pair, lambda one: one.value)
        own = self.mean(pair, lambda one: one.own_cost)
        delivered = part("delivered")
        transfer = part("transfer")
        account = self._account(pair)
        expected, announced = pair.years[0].capacity, pair.years[0].announced
        return {
            "seller": pair.seller.name,
            **{f"seller_{language}": pair.seller.party.title[language] for language in LANGUAGES},
            "kind": pair.seller.kind,
            "seller_place": pair.seller.party.place,
            "seller_country": pair.seller.party.country,
            "state": pair.seller.state,
            "buyer": pair.buyer.name,
            **{f"buyer_{language}": pair.buyer.title[language] for language in LANGUAGES},
            "buyer_place": pair.buyer.place,
            "buyer_country": pair.buyer.country,
            "feasible": pair.feasible,
            **parts,
            "delivered": delivered,
            "value": value,
            "premium": None if delivered is None or value is None else delivered - value,
            "netback": None if value is None or transfer is None else value - transfer,
            "own_cost": own,
            "room": None if own is None or value is None or transfer is None else value - transfer - own,
            "capacity": least([one.capacity for one in pair.years]),
            "capacity_low": least([one.low for one in pair.years]),
            "capacity_high": least([one.high for one in pair.years]),
            "committed": max(one.committed for one in pair.years),
            "unstated": max(one.unstated for one in pair.years),
            "free_low": least([one.free_low for one in pair.years]),
            "free": least([one.free for one in pair.years]),
            "available": least([one.available for one in pair.years]),
            "planned": min(one.planned for one in pair.years),
            "made": min(one.made for one in pair.years),
            "delivery_share": expected / announced if expected is not None and announced else None,
            "ledger": None if account is None else account.found,
            "slip": None if account is None else account.slip,
            "agreed": pair.agreed,
            "qualification": None if pair.outcome is None else str(pair.outcome),
            "counted": next((one.counted for one in pair.qualifications if one.counted is not None), None),
            "days": pair.years[0].way.days if pair.years[0].way else None,
            "obstacles": " ".join(pair.obstacles),
        }

    # Figures ---------------------------------------------------------------------------------------------------------------

    def delivered(self, pair: Pair, one: Year) -> Node | None:
        """What a unit costs delivered in a year, down to the facts."""
        way = one.way
        if way is None or way.price is None:
            return None
        unit = f"USD/{self.market.unit(pair.item)}"
        title = _title("delivered", self.market, pair, one)
        return Node(title, way.delivered, unit, "money", children=(self._gate(pair, one), *self._between(pair, one)))

    def _gate(self, pair: Pair, one: Year) -> Node:
        """The price at the seller's gate."""
        way = one.way
        assert way is not None
        market, unit = self.market, f"USD/{self.market.unit(pair.item)}"
        base = market.why.price(pair.item, pair.seller.party.place, one.year)
        parts = [base]
        if abs(way.passing) > TINY:
            parts.append(Node(said(ROOM, "price.passing"), way.passing, unit, "money"))
        return Node(said(ROOM, "price.gate"), way.price, unit, "money", children=tuple(parts))

    def _between(self, pair: Pair, one: Year) -> tuple[Node, ...]:
        """Freight, duty and credit."""
        way = one.way
        assert way is not None
        market, unit = self.market, f"USD/{self.market.unit(pair.item)}"
        facts = market.why.facts
        law = " ".join(ref for ref in way.facts.split() if ref.startswith("law:"))
        other = " ".join(ref for ref in way.facts.split() if not ref.startswith("law:"))
        crossing = market.why.crossing(way.lane, one.year) if way.lane is not None else ()
        duties = tuple(leaf for node in crossing[1:2] for leaf in node.children) or facts.nodes(law)
        nodes = [
            Node(said(ROOM, "freight"), way.freight, unit, "money", children=facts.nodes(other)),
            Node(said(ROOM, "duty"), way.duty, unit, "money", children=duties if way.duty else ()),
        ]
        if way.credit is None:
            nodes.append(Node(said(ROOM, "credit.unknown"), None, unit, "money"))
        else:
            nodes.append(Node(said(ROOM, "credit"), way.credit, unit, "money"))
        return tuple(nodes)

    def own_cost(self, pair: Pair, one: Year) -> Node | None:
        """What making a unit takes the seller in a year."""
        if one.own_cost is None:
            return None
        market, unit = self.market, f"USD/{self.market.unit(pair.item)}"
        title = said(ROOM, "own_cost", seller=pair.seller.party.title, year=str(one.year))
        if one.entry is None:
            return Node(title, one.own_cost, unit, "money", children=self._price_facts(pair, one))
        parts = market.why.making(one.entry, one.year)
        # The scarcity of the plant is what the own cost leaves out; shown, so that the rest adds up.
        scarcity = sum(part.value or 0.0 for part in parts) - one.own_cost
        minus = (Node(said(ROOM, "scarcity"), -scarcity, unit, "money"),) if abs(scarcity) > TINY else ()
        return Node(title, one.own_cost, unit, "money", children=(*parts, *minus))

    def _price_facts(self, pair: Pair, one: Year) -> tuple[Node, ...]:
        rows = self.market.a.net["supplies"].filter(
            (pl.col("supply") == pair.seller.supply)
            & (pl.col("period").is_null() | (pl.col("period") == str(one.year)))
        )
        return self.market.why.facts.nodes(" ".join(str(text or "") for text in rows["facts"]))

    def free(self, pair: Pair, one: Year) -> Node | None:
        """What a seller has left in a year after what is promised to others."""
        if one.free is None or one.capacity is None:
            return None
        market, unit = self.market, self.market.unit(pair.item)
        item = names(market.chain.atlas, "items", pair.item)
        title = said(ROOM, "free", seller=pair.seller.party.title, item=item, year=str(one.year))
        bases = " ".join(line.facts.get(one.year, line.basis) for line in pair.seller.lines)
        facts = market.why.facts
        expected = Node(said(ROOM, "free.expected"), one.capacity, unit, children=facts.nodes(bases))
        if pair.seller.supply is not None:
            expected = replace(expected, children=self._price_facts(pair, one))
        parts = [expected]
        if one.committed:
            links = facts.nodes(" ".join(one.commitments))
            parts.append(Node(said(ROOM, "free.committed"), -one.committed, unit, children=links))
        if one.unstated:
            links = facts.nodes(" ".join(one.commitments))
            parts.append(Node(said(ROOM, "free.unstated", count=str(one.unstated)), None, unit, children=links))
        return Node(title, one.free, unit, children=tuple(parts))

    def figures(self, pair: Pair) -> dict[str, Node]:
        """The figures of a pair by name, year by year."""
        found: dict[str, Node] = {}
        for one in pair.years:
            subject = f"{pair.seller.name}>{pair.buyer.name}:{pair.item}:{one.year}"
            own = f"{pair.seller.name}:{pair.item}:{one.year}"
            for name, node in (
                (f"link.delivered:{subject}", self.delivered(pair, one)),
                (f"link.own_cost:{own}", self.own_cost(pair, one)),
                (f"link.free:{own}", self.free(pair, one)),
            ):
                if node is not None:
                    found[name] = node.pruned(*_SHOWN)
        for rule in pair.qualifications:
            title = said(
                ROOM, "qualification", seller=pair.seller.party.title, rule=rule.rule, year=str(pair.years[0].year)
            )
            label = {language: f"{title[language]}: {rule.outcome}" for language in LANGUAGES}
            name = f"link.qualification:{pair.seller.name}>{pair.buyer.name}:{rule.rule}:{pair.years[0].year}"
            found[name] = Node(label, None, children=rule.grounds)
        return found


# Answers ----------------------------------------------------------------------------------------------------------------------


def in_order(
    pairs: Sequence[Pair], cost: Callable[[Pair], float | None], tie: Callable[[Pair], float | None]
) -> list[Pair]:
    """Pairs best first: what is feasible, what qualifies, what costs least. At the margin of a plan many cost the same: then the
    one with the lower ``tie`` (the own cost: who has most room to give way), then by name."""

    def key(pair: Pair) -> tuple[Any, ...]:
        value, other = cost(pair), tie(pair)
        # Prices of the plan are exact to about a millionth.
        costs = (value is None, round(value or 0.0, 4), other is None, other or 0.0)
        return (not pair.feasible, _ORDER[pair.outcome], *costs, pair.seller.name, pair.buyer.name)

    return sorted(pairs, key=key)


def needed(market: Market, need: Need) -> float | None:
    """Quantity of a need in each year: as stated, or the least that the plan uses at the buyer's in any year; None = none."""
    if need.quantity is not None:
        return need.quantity
    own = [
        one
        for one in market.buyers(need.item)
        if (one.party.facility == need.buyer.facility if need.buyer.facility else one.party.place == need.buyer.place)
    ]
    used = min(sum(market.uses(one, need.item, year) for one in own) for year in need.years)
    return used if used > TINY else None


def sellers(
    chain: Chain,
    plan: Plan,
    need: Need,
    *,
    top: int = 8,
    others: Mapping[str, tuple[Chain, Plan]] | None = None,
    ranking: Ranking | None = None,
) -> Answer:
    """Who may supply a need, best first.

    Tables: ``sellers`` (one row each; ``price``, ``freight``, ``duty`` and ``credit`` add up to ``delivered``; ``award`` is what
    each is to supply when they are taken in order until the need is met), ``sellers_by_year`` and ``sellers_stability`` (the order
    under other freights, branches of law and plans).

    Args:
        top: so many of the feasible get figures with their reasons.
        others: other plans to see whether the order holds, by name, such as the cases ``low`` and ``high``.
        ranking: of the plan, where several questions are asked of it.

    Raises:
        UnknownName: an origin rule is not known.
        ValueError: the plan was not solved.
    """
    from bongsu.committee.link.stability import seller_stability

    ranking = ranking or Ranking.of(chain, plan)
    origin = check_rules(chain, need.origin)
    found = [
        ranking.pair(need.item, one, need.buyer, need.years, origin)
        for one in ranking.market.sellers(need.item)
        if _stands(ranking.market, one, need.item, need.years)
    ]
    ordered = in_order(found, ranking.cost_delivered, ranking.least_asked)
    quantity = needed(ranking.market, need)
    rows = [{"rank": at + 1 if pair.feasible else None, **ranking.row(pair)} for at, pair in enumerate(ordered)]
    rows = _awarded(rows, quantity)
    stability, ranks = seller_stability(ranking, ordered, need, others or {})
    for row in rows:
        low, high = ranks.get(str(row["seller"]), (None, None))
        row |= {"rank_best": low, "rank_worst": high}
    figures: dict[str, Node] = {}
    for pair in [pair for pair in ordered if pair.feasible][:top]:
        figures |= ranking.figures(pair)
    tables = {
        "sellers": _table(rows, _SELLERS),
        "sellers_by_year": _by_year(ordered),
        "sellers_stability": stability,
    }
    return Answer(ROOM, figures, tables)


def buyers(
    chain: Chain,
    plan: Plan,
    offer: Offer,
    *,
    top: int = 8,
    others: Mapping[str, tuple[Chain, Plan]] | None = None,
    ranking: Ranking | None = None,
) -> Answer:
    """Who may take an offer, the highest netback first: worth at the buyer's less duty, freight and credit lost.

    Tables: ``buyers`` (``value`` less ``freight``, ``duty`` and ``credit`` is ``netback``), ``buyers_by_year``,
    ``buyers_stability``. Arguments and errors as of :func:`sellers`.
    """
    from bongsu.committee.link.stability import buyer_stability

    ranking = ranking or Ranking.of(chain, plan)
    market = ranking.market
    own = [
        one
        for one in market.sellers(offer.item)
        if (
            one.party.facility == offer.seller.facility
            if offer.seller.facility
            else one.party.place == offer.seller.place
        )
    ]
    seller = own[0] if own else Seller(offer.seller.name, offer.seller, "elsewhere")
    quantity = offer.quantity if offer.quantity is not None else _has(market, own, offer)
    pairs: list[tuple[Pair, Buyer]] = []
    for one in market.buyers(offer.item):
        if one.kind == "new" and not any(market.uses(one, offer.item, year) > TINY for year in offer.years):
            continue
        pair = ranking.pair(offer.item, seller, one.party, offer.years)
        pairs.append((_bought(market, pair, one, bool(own)), one))
    by_pair = {id(pair): buyer for pair, buyer in pairs}
    ordered = in_order([pair for pair, _ in pairs], ranking.cost_of_selling, ranking.least_asked)
    rows = []
    for at, pair in enumerate(ordered):
        buyer = by_pair[id(pair)]
        uses = min(market.uses(buyer, offer.item, year) for year in offer.years)
        row = ranking.row(pair) | {
            "buyer": buyer.name,
            "buyer_kind": buyer.kind,
            "buyer_state": buyer.state,
            "uses": uses,
        }
        agreed, unstated = bound(market, buyer, offer.item, offer.years, offer.seller.facility)
        row |= {"bound": agreed, "bound_unstated": unstated, "open": max(0.0, uses - agreed), "offered": quantity}
        rows.append({"rank": at + 1 if pair.feasible else None, **row})
    left = quantity
    for row in rows:
        take = min(row["open"], left) if row["feasible"] and left is not None else None
        row["award"] = take
        left = None if left is None or take is None else left - take if row["feasible"] else left
    stability, ranks = buyer_stability(ranking, [(pair, by_pair[id(pair)]) for pair in ordered], offer, others or {})
    for row in rows:
        low, high = ranks.get(str(row["buyer"]), (None, None))
        row |= {"rank_best": low, "rank_worst": high}
    figures: dict[str, Node] = {}
    for pair in [pair for pair in ordered if pair.feasible][:top]:
        for year in pair.years:
            node = _netback_node(ranking, pair, year)
            if node is not None:
                figures[f"link.netback:{pair.seller.name}>{pair.buyer.name}:{pair.item}:{year.year}"] = node.pruned(
                    *_SHOWN
                )
    tables = {"buyers": _table(rows, _BUYERS), "buyers_by_year": _by_year(ordered), "buyers_stability": stability}
    return Answer(ROOM, figures, tables)


def _stands(market: Market, seller: Seller, item: str, years: Sequence[int]) -> bool:
    """Plants that the plan could build are sellers only where it does."""
    if seller.kind != "new":
        return True
    return any((market.capacity(seller, item, year).most or 0.0) > TINY for year in years)


def _awarded(rows: list[dict[str, Any]], quantity: float | None) -> list[dict[str, Any]]:
    left = quantity
    result = []
    for row in rows:
        award = None
        if quantity is not None and left is not None:
            most = row["available"]
            award = (left if most is None else min(left, most)) if row["feasible"] else 0.0
            left -= award
            if row["feasible"] and most is not None and most < quantity - TINY:
                row = {**row, "obstacles": f"{row['obstacles']} part_only".strip()}
        result.append({**row, "needed": quantity, "award": award})
    return result


def _has(market: Market, own: Sequence[Seller], offer: Offer) -> float | None:
    """What a seller has left in each year; None where that is not known."""
    if not own:
        return None
    left = []
    for year in offer.years:
        for one in own:
            most = market.capacity(one, offer.item, year).most
            if most is None:
                return None
            left.append((year, max(0.0, most - market.committed(one, offer.item, year).stated)))
    return min(sum(amount for own_year, amount in left if own_year == year) for year in offer.years)


def _bought(market: Market, pair: Pair, buyer: Buyer, known: bool) -> Pair:
    """A pair seen from the seller: what bars and hinders him with this buyer."""
    dropped = {
        "no_capacity",
        "sold_out",
        "size_unknown",
        "no_price",
        "slipped",
        "not_running",
        "paused",
        "perhaps_sold",
    }
    found = [one for one in pair.obstacles if one not in dropped]
    if any(market.uses(buyer, pair.item, one.year) <= TINY for one in pair.years):
        found.append("no_need")
    if buyer.kind == "plant" and buyer.state == "paused":
        found.append("paused")
    elif buyer.kind == "plant" and buyer.state not in ("producing", None):
        found.append("not_running")
    return replace(pair, obstacles=tuple(found))


def bound(
    market: Market, buyer: Buyer, item: str, years: Sequence[int], seller: str | None = None
) -> tuple[float, int]:
    """What a buyer has agreed to take from others than a seller: the most in any year, and relations whose volume nobody states."""
    if buyer.kind != "plant":
        return 0.0, 0
    most, unstated = 0.0, 0
    for year in years:
        own = [
            row
            for row in market.relations(year)
            if row["buyer"] == buyer.name
            and row["item"] == item
            and row["state"] in COMMITTED
            and (seller is None or row["seller"] != seller)
        ]
        most = max(most, sum(float(row["volume"]) for row in own if row["volume"] is not None))
        unstated = max(unstated, sum(row["volume"] is None for row in own))
    return most, unstated


def open_need(market: Market, buyer: Buyer, item: str, years: Sequence[int], seller: str | None = None) -> float:
    """What a buyer uses in the plan in every year and has not agreed to take from others."""
    uses = min(market.uses(buyer, item, year) for year in years)
    return max(0.0, uses - bound(market, buyer, item, years, seller)[0])


def _netback(one: Year) -> float | None:
    return None if one.way is None or one.value is None else one.value - one.way.transfer


def _title(key: str, market: Market, pair: Pair, one: Year) -> dict[str, str]:
    """What a figure of a pair in a year is called."""
    return said(
        ROOM,
        key,
        item=names(market.chain.atlas, "items", pair.item),
        seller=pair.seller.party.title,
        buyer=pair.buyer.title,
        year=str(one.year),
    )


def _netback_node(ranking: Ranking, pair: Pair, one: Year) -> Node | None:
    value = _netback(one)
    if value is None:
        return None
    market, unit = ranking.market, f"USD/{ranking.market.unit(pair.item)}"
    title = _title("netback", market, pair, one)
    worth = market.why.price(pair.item, pair.buyer.place, one.year)
    taken = tuple(
        replace(node, value=None if node.value is None else -node.value) for node in ranking._between(pair, one)
    )
    return Node(title, value, unit, "money", children=(worth, *taken))


# Tables -----------------------------------------------------------------------------------------------------------------------

_TEXT = (
    *("seller", "seller_en", "seller_ko", "seller_fr", "kind", "seller_place", "seller_country", "state"),
    *("buyer", "buyer_en", "buyer_ko", "buyer_fr", "buyer_place", "buyer_country"),
)
_MONEY = (*_PARTS, "delivered", "value", "premium", "netback", "own_cost", "room")
_AMOUNTS = ("capacity", "capacity_low", "capacity_high", "committed")
_SCHEMA: dict[str, Any] = {
    "rank": pl.Int64,
    **dict.fromkeys(_TEXT, pl.String),
    "feasible": pl.Boolean,
    **dict.fromkeys(_MONEY, pl.Float64),
    **dict.fromkeys(_AMOUNTS, pl.Float64),
    "unstated": pl.Int64,
    **dict.fromkeys(("free_low", "free", "available", "planned", "made", "delivery_share"), pl.Float64),
    "ledger": pl.String,
    "slip": pl.Int64,
    "agreed": pl.String,
    "qualification": pl.String,
    "counted": pl.Boolean,
    "days": pl.Float64,
    "obstacles": pl.String,
}
_END: dict[str, Any] = {"award": pl.Float64, "rank_best": pl.Int64, "rank_worst": pl.Int64}
_SELLERS: dict[str, Any] = {**_SCHEMA, "needed": pl.Float64, **_END}
_BUYERS: dict[str, Any] = {
    **_SCHEMA,
    "buyer_kind": pl.String,
    "buyer_state": pl.String,
    "uses": pl.Float64,
    "bound": pl.Float64,
    "bound_unstated": pl.Int64,
    "open": pl.Float64,
    "offered": pl.Float64,
    **_END,
}


def _table(rows: Sequence[Mapping[str, Any]], schema: Mapping[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=dict(schema), orient="row")


def _by_year(pairs: Sequence[Pair]) -> pl.DataFrame:
    schema: dict[str, Any] = {
        "seller": pl.String,
        "buyer": pl.String,
        "year": pl.Int64,
        **dict.fromkeys((*_PARTS, "delivered", "value", "own_cost", "capacity", "committed", "free_low"), pl.Float64),
        **dict.fromkeys(("free", "available", "planned"), pl.Float64),
    }
    rows = []
    for pair in pairs:
        for one in pair.years:
            way = one.way
            parts = {name: None if way is None else getattr(way, name) for name in (*_PARTS, "delivered")}
            rows.append(
                {"seller": pair.seller.name, "buyer": pair.buyer.name, "year": one.year, **parts}
                | {name: getattr(one, name) for name in schema if name not in parts and hasattr(one, name)}
            )
    return _table(rows, schema)
