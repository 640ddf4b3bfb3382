"""Days of cover: what stands in stock at each place, as a range, from days of use and the flows of a plan.

    stock(point) = days / 365 · flow(point)

with the flow of the plan in one year: what is taken in at the point (``user``), made there (``maker``), or demanded there
(``market``), and for a public stockpile (``state``) what is taken in at all points of its country. Days come from the table
``stock_cover`` of the data pack, the most particular row first: item and country, item, stage and country, stage. Where no row
speaks of an item, no stock of it is counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from bongsu.atlas import Atlas
from bongsu.chain import Chain
from bongsu.chain.network import Network, frame
from bongsu.plan.arrays import Arrays, Floats
from bongsu.plan.plan import Plan
from bongsu.stress.supply_chain import DAYS

HOLDERS = ("user", "maker", "market", "state")


@dataclass(frozen=True)
class Days:
    """Days of use or output in stock: a range, how far it is trusted, and the line that says so."""

    low: float
    high: float
    confidence: str
    line: int


class Cover:
    """What the data pack says of days in stock, as known on its date."""

    def __init__(self, atlas: Atlas) -> None:
        self._stage = dict(atlas["items"].select("item", "stage").iter_rows())
        self._rows = {
            (row["holder"], row["stage"], row["item"], row["country"]): Days(
                row["days_low"], row["days_high"], row["confidence"], row["_line"]
            )
            for row in atlas["stock_cover"].iter_rows(named=True)
        }

    def days(self, holder: str, item: str, country: str | None) -> Days | None:
        """Days that a holder keeps of an item in a country, or None where nothing is said of it."""
        stage = self._stage.get(item)
        for key in ((item, country), (item, None), (None, country), (None, None)):
            found = self._rows.get((holder, stage, *key))
            if found is not None:
                return found
        return None


@dataclass(frozen=True)
class Held:
    """Stock at one place, by holder.

    Attributes:
        place, item, holder: where, what, whose.
        use: yearly flow that the days are counted in.
        days: the range of days.
    """

    place: str
    item: str
    holder: str
    use: float
    days: Days

    @property
    def low(self) -> float:
        """Stock at the low end, units of the item."""
        return self.use * self.days.low / DAYS

    @property
    def high(self) -> float:
        """Stock at the high end."""
        return self.use * self.days.high / DAYS


def held(chain: Chain, plan: Plan, year: int) -> list[Held]:
    """Stocks of a chain in a year of its plan, in the order of places and items.

    Raises:
        KeyError: the plan has no such year.
    """
    a = plan.model.arrays
    t = a.ids("periods").index(str(year)) if str(year) in a.ids("periods") else -1
    if t < 0:
        raise KeyError(f"the plan has no year {year}; it has {', '.join(a.ids('periods'))}")
    return list(_held(chain, a, flows(a, plan, t)))


def flows(a: Arrays, plan: Plan, t: int) -> Mapping[str, Floats]:
    """Yearly flow at each point in a period of the plan: taken in, made, demanded and served; shape (nodes,) each."""
    make = plan.grid("make")[:, t][a.use_mode] * a.use_amount[:, t]
    now = a.demand.period == t
    row = a.demand.row[now]
    served = a.demand_quantity[row] - (plan.family("short")[now] if "short" in plan.model.variables else 0.0)

    def at(node: Any, amount: Floats) -> Floats:
        return np.asarray(np.bincount(node, weights=amount, minlength=a.nodes), dtype=np.float64)

    return {
        "user": at(a.use_node, np.maximum(-make, 0.0)),
        "maker": at(a.use_node, np.maximum(make, 0.0)),
        "market": at(a.demand_node[row], np.maximum(served, 0.0)),
    }


def _held(chain: Chain, a: Arrays, flow: Mapping[str, Floats]) -> Iterator[Held]:
    cover = Cover(chain.atlas)
    places, items = a.net["places"]["place"], a.net["items"]["item"]
    country = a.net["places"]["country"]
    for node in range(a.nodes):
        place, item = str(places[int(a.node_place[node])]), str(items[int(a.node_item[node])])
        where = country[int(a.node_place[node])]
        for holder in HOLDERS:
            use = float(flow["user" if holder == "state" else holder][node])
            found = cover.days(holder, item, where) if use > 0 else None
            if found is not None:
                yield Held(place, item, holder, use, found)


def worths(plan: Plan, period: str) -> dict[tuple[str, str], float]:
    """What one unit of each item is worth at each place in a period of the plan (its price there, never below zero)."""
    a = plan.model.arrays
    t = a.ids("periods").index(period)
    price = plan.duals[plan.model.constraints["balance"].span].reshape(-1, a.T)[:, t] / a.weight[t]
    places, items = a.net["places"]["place"], a.net["items"]["item"]
    return {
        (str(places[int(p)]), str(items[int(i)])): max(0.0, float(price[node]))
        for node, (p, i) in enumerate(zip(a.node_place, a.node_item, strict=True))
    }


def stocks(chain: Chain, plan: Plan, year: int) -> pl.DataFrame:
    """Stocks of a chain in a year as rows of the table ``stocks``: one store at each point that keeps any.

    Holding costs the discount rate on what the item is worth there in the plan.
    """
    worth = worths(plan, str(year))
    of: dict[tuple[str, str], list[Held]] = {}
    for one in held(chain, plan, year):
        of.setdefault((one.place, one.item), []).append(one)
    rate = chain.network.settings.discount_rate
    return frame(
        "stocks",
        [
            {
                "stock": f"{item}@{place}",
                "place": place,
                "item": item,
                "holding_cost": rate * worth[place, item],
                "initial": sum(one.low for one in own),
                "initial_high": sum(one.high for one in own),
                "facts": " ".join(f"stock_cover:{one.days.line}" for one in own),
            }
            for (place, item), own in of.items()
        ],
    )


@dataclass(frozen=True)
class CoverAt:
    """Days of cover of one item at one place.

    Attributes:
        place, item: where and of what.
        plants: plants at the place that take the item in.
        use: what leaves there a year in the plan: taken in, demanded, shipped out.
        low, high: stock, units.
        facts: behind the stock.
    """

    place: str
    item: str
    plants: tuple[str, ...]
    use: float
    low: float
    high: float
    facts: str

    @property
    def days_low(self) -> float:
        """Days for which the stock lasts at the low end; infinite where nothing leaves."""
        return self.low / self.use * DAYS if self.use > 0 else np.inf

    @property
    def days_high(self) -> float:
        """The same at the high end."""
        return self.high / self.use * DAYS if self.use > 0 else np.inf


def cover(network: Network, plan: Plan, period: str) -> list[CoverAt]:
    """Days of cover of every store of a network, by the plan's flows in a period, in the order of the stores.

    The plan may be of the same network without its stocks.

    Raises:
        KeyError: the plan has no such period.
    """
    a = plan.model.arrays
    names = a.ids("periods")
    if period not in names:
        raise KeyError(f"the plan has no period {period!r}; it has {', '.join(names)}")
    t = names.index(period)
    at = flows(a, plan, t)
    ship = np.bincount(a.lane_start, weights=plan.grid("ship")[:, t], minlength=a.nodes)
    leaving = at["user"] + at["market"] + ship
    places, items, plants = a.net["places"]["place"], a.net["items"]["item"], a.ids("plants")
    takers: dict[int, dict[str, None]] = {}
    for use in np.flatnonzero(a.use_amount[:, t] < 0).tolist():
        mode = int(a.use_mode[use])
        if plan.grid("make")[mode, t] > 0:
            takers.setdefault(int(a.use_node[use]), {})[plants[int(a.mode_plant[mode])]] = None
    number = {
        (str(places[int(p)]), str(items[int(i)])): node
        for node, (p, i) in enumerate(zip(a.node_place, a.node_item, strict=True))
    }
    found = []
    for row in network["stocks"].iter_rows(named=True):
        node = number.get((row["place"], row["item"]))
        high = row["initial"] if row["initial_high"] is None else row["initial_high"]
        found.append(
            CoverAt(
                row["place"],
                row["item"],
                tuple(takers.get(-1 if node is None else node, ())),
                0.0 if node is None else float(leaving[node]),
                row["initial"],
                high,
                row["facts"] or "",
            )
        )
    return found


def stocked(chain: Chain, plan: Plan, year: int) -> Network:
    """The network of a chain with the stocks of a year."""
    network = chain.network
    return Network({**network.tables, "stocks": stocks(chain, plan, year)}, network.settings, network.notes)
