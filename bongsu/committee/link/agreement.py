"""A contract valued against the prices of one or several plans; the mathematics is in :mod:`bongsu.committee.link.contract`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from bongsu.answers.figure import Node
from bongsu.chain import Chain
from bongsu.committee.answer import Answer
from bongsu.committee.link.contract import Contract, Value, fair_price, value
from bongsu.committee.link.market import Market, Seller
from bongsu.committee.link.need import item_of, party_of
from bongsu.committee.words import said
from bongsu.plan.plan import Plan

ROOM = "link"
_CLAUSES = ("floor", "ceiling", "upside", "take_or_pay")


def worth(contract: Contract, plans: Mapping[str, tuple[Chain, Plan]]) -> Answer:
    """What a contract is worth to each side over the market, in the case of each plan.

    The market price is the shadow price of the item at the gate of the contract. Table ``contract``: one row per case with the
    seller's present gain, the buyer's (the opposite), the worth of each clause, the fixed price at which nobody would gain, and the
    seller's present margin over his own cost and the way. Table ``contract_years``: year by year at the mean price. With weights,
    the figure ``link.contract.expected:NAME`` is the mean over the cases.

    Raises:
        UnknownName: the item or a party is not known.
        ValueError: the plan has no price at the gate or does not reach the years; a weight names a case that was not planned.
    """
    rows, years, figures = [], [], {}
    values: dict[str, Value] = {}
    for case, (chain, plan) in plans.items():
        item = item_of(chain, contract.item)
        seller, buyer = party_of(chain.atlas, contract.seller), party_of(chain.atlas, contract.buyer)
        own = replace(contract, item=item)
        start = own.signed if own.signed is not None else chain.years[0]
        first, last = chain.years[0], chain.years[-1]
        if own.first < first or own.last > last or start > own.first:
            raise ValueError(
                f"contract {own.name}: it runs {own.first} to {own.last}, signed {start}; the plan has {first} to "
                f"{last}, and it must be signed before it begins"
            )
        market = Market(chain, plan)
        gate = buyer.place if own.delivered else seller.place
        path = {year: price for year in own.years if (price := market.price(item, gate, year)) is not None}
        if len(path) < len(own.years):
            raise ValueError(
                f"contract {own.name}: the plan has no price of {item} at {gate}; name a facility that makes or uses it"
            )
        rate = float(chain.case["discount_rate"])
        found = values[case] = value(own, case, path, rate, start)
        fair = fair_price(path, own.years, rate, start)
        margin, lines = _lines(market, own, seller.place, buyer.place, path, rate, start)
        years += [{"case": case, **line} for line in lines]
        clauses = {name: found.clauses.get(name) for name in _CLAUSES}
        head = {"contract": own.name, "case": case, "gate": gate, "start": start}
        rows.append(
            {
                **head,
                "seller": found.total,
                "buyer": -found.total,
                **clauses,
                "fair_price": fair,
                "seller_margin": margin,
            }
        )
        figures[f"link.contract.value:{own.name}:{case}"] = _node(market, own, found, gate)
    if contract.weights is not None:
        figures[f"link.contract.expected:{contract.name}"] = _expected(contract, values)
    return Answer(ROOM, figures, {"contract": _table(rows, _ROWS), "contract_years": _table(years, _YEARS)})


def _lines(
    market: Market,
    contract: Contract,
    origin: str,
    destination: str,
    path: Mapping[int, float],
    rate: float,
    start: int,
) -> tuple[float | None, list[dict[str, Any]]]:
    """What is paid, taken and gained in each year, and the seller's present margin; None where his cost or the way is not known."""
    total: float | None = 0.0
    lines = []
    sellers = [one for one in market.sellers(contract.item) if contract.seller in (one.name, one.party.place)]
    for year, price in path.items():
        paid = contract.price(price)
        taken = contract.volume * (contract.take_or_pay if paid > price else 1.0)
        cost = _cost(market, sellers, contract, origin, destination, year)
        earned = None if cost is None else (paid - cost) * taken
        total = None if total is None or earned is None else total + earned / (1 + rate) ** (year - start)
        lines.append(
            {"year": year, "market": price, "paid": paid, "taken": taken, "gain": contract.gain(price), "cost": cost}
        )
    return total, lines


def _cost(
    market: Market, sellers: list[Seller], contract: Contract, origin: str, destination: str, year: int
) -> float | None:
    """Own cost of the seller, with freight and duty where he delivers."""
    costs = [found[0] for one in sellers if (found := market.own_cost(one, contract.item, year)) is not None]
    way = market.way(contract.item, origin, destination, year)
    if not costs or (contract.delivered and way is None):
        return None
    return min(costs) + (way.freight + way.duty if contract.delivered and way is not None else 0.0)


def _node(market: Market, contract: Contract, found: Value, gate: str) -> Node:
    unit = f"USD/{market.unit(contract.item)}"
    parts = [
        Node(
            said(ROOM, "contract.year", year=str(year), price=f"{price:,.0f}"),
            found.by_year[year],
            "USD",
            "money",
            children=(replace(market.why.price(contract.item, gate, year), unit=unit).pruned(3, 4),),
        )
        for year, price in found.market.items()
    ]
    return Node(
        said(ROOM, "contract.value", contract=contract.name, side=said(ROOM, "side.seller"), case=found.path),
        found.total,
        "USD",
        "money",
        children=tuple(parts),
    )


def _expected(contract: Contract, values: Mapping[str, Value]) -> Node:
    assert contract.weights is not None
    strangers = sorted(set(contract.weights) - set(values))
    if strangers:
        raise ValueError(
            f"contract {contract.name}: a weight is given for the case {strangers[0]}, which was not planned; "
            f"there are {', '.join(values)}"
        )
    whole = sum(contract.weights.values())
    parts = [
        Node(
            said(ROOM, "contract.value", contract=contract.name, side=said(ROOM, "side.seller"), case=case),
            values[case].total * weight / whole,
            "USD",
            "money",
            "assumed",
        )
        for case, weight in contract.weights.items()
    ]
    title = said(ROOM, "contract.expected", contract=contract.name, side=said(ROOM, "side.seller"))
    return Node(title, sum(part.value or 0.0 for part in parts), "USD", "money", children=tuple(parts))


_ROWS: dict[str, Any] = {
    "contract": pl.String,
    "case": pl.String,
    "gate": pl.String,
    "start": pl.Int64,
    **dict.fromkeys(("seller", "buyer", *_CLAUSES, "fair_price", "seller_margin"), pl.Float64),
}
_YEARS: dict[str, Any] = {
    "case": pl.String,
    "year": pl.Int64,
    **dict.fromkeys(("market", "paid", "taken", "gain", "cost"), pl.Float64),
}


def _table(rows: list[dict[str, Any]], schema: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=schema, orient="row")
