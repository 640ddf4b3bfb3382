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


def stocks(chain: Chain, plan: Plan, year: int) -> pl.DataFrame:
    """Stocks of a chain in a year as rows of the table ``stocks``: one store at each point that keeps any.

    Holding costs the discount rate on what the item is worth there in the plan.
    """
    a = plan.model.arrays
    t = a.ids("periods").index(str(year))
    price = plan.duals[plan.model.constraints["balance"].span].reshape(-1, a.T)[:, t] / a.weight[t]
    places, items = a.net["places"]["place"], a.net["items"]["item"]
    worth = {
        (str(places[int(p)]), str(items[int(i)])): max(0.0, float(price[node]))
        for node, (p, i) in enumerate(zip(a.node_place, a.node_item, strict=True))
    }
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


def stocked(chain: Chain, plan: Plan, year: int) -> Network:
    """The network of a chain with the stocks of a year."""
    network = chain.network
    return Network({**network.tables, "stocks": stocks(chain, plan, year)}, network.settings, network.notes)
