"""What inputs cost and products fetch at a place, from the prices of a plan.

The plan's price of an item at a place is what one more unit there is worth to the whole chain in that year, with every duty on the
way to the country in it. Where a plant of the plan takes the item at the place, that is what it costs there; where one makes it,
what it fetches. Elsewhere an input costs and a product fetches

    cost(p)  = min over q of  price(q) + freight(q, p)
    worth(p) = max over q of  price(q) - freight(p, q)

over the places q of the same country at which the plan has a price. Only years in which the plan brings some of the item to q, or
takes it away, count: the dual of an idle row is any of many values. In the other years q has the price of its nearest year that
counts. What a buyer at q pays for goods that keep a content rule is in its price, so that such a place is given the benefit of the
doubt on origin.

A price may be below zero: what is made as a by-product and must be got rid of at a cost d is worth as much to its maker as -d, and
whoever takes it may ask for up to d. Not for more: since a place may get rid of its own only, the dual of its balance says what one
more unit *brought there* would cost, which can be any amount below -d; such a price is -d.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from bongsu.answers.value import node_flows, node_prices
from bongsu.chain import Chain
from bongsu.chain.routes import Routes
from bongsu.plan import Plan

Floats = npt.NDArray[np.float64]


#: Flows below this, in units of the item a year, are a solver's last digits.
_MOVED = 1e-6


def nearest(counts: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """For each position the nearest one that counts, the earlier of two as near; at least one must count."""
    own = np.flatnonzero(counts)
    at: npt.NDArray[np.intp] = own[np.abs(np.arange(counts.size)[:, None] - own[None, :]).argmin(axis=1)]
    return at


class NoPrice(LookupError):
    """The plan has no price from which the price at a place could be said."""


@dataclass(frozen=True)
class Priced:
    """The price of an item at a place.

    Attributes:
        item, place: what and where.
        path: by year of the plan, real money of the case per unit.
        through: place of the price in the last year, where it is another one.
        freight: per unit between the two in the last year, in money of the case.
        facts: lines of the tables behind the freight.
    """

    item: str
    place: str
    path: Floats
    through: str
    freight: float
    facts: str


@dataclass(frozen=True)
class WayOut:
    """How a by-product is got rid of.

    Attributes:
        places: where it is made as a by-product.
        cost: of getting rid of one unit, the most of any place, money of the case.
        facts: lines of the tables behind the cost.
    """

    places: tuple[str, ...]
    cost: float
    facts: str


class Market:
    """Prices of a plan at any place of a country."""

    def __init__(self, chain: Chain, plan: Plan) -> None:
        self.chain = chain
        self._table = node_prices(plan)
        self._moved = node_flows(plan)
        self._known: dict[tuple[str, str, bool], Priced] = {}

    @cached_property
    def _paths(self) -> Mapping[str, dict[str, Floats]]:
        """Prices by item and place, in every year of the plan; see the head of this file for years in which nothing moves."""
        at = {str(year): t for t, year in enumerate(self.chain.years)}
        keys = ["place", "item", "period"]
        table = self._table.join(self._moved.rename({"value": "moved"}), on=keys, how="left")
        found: dict[tuple[str, str], tuple[Floats, npt.NDArray[np.bool_]]] = {}
        for place, item, period, value, moved in table.select(*keys, "value", "moved").iter_rows():
            path, counts = found.setdefault((item, place), (np.zeros(len(at)), np.zeros(len(at), dtype=bool)))
            path[at[period]], counts[at[period]] = value, (moved or 0.0) > _MOVED
        paths: dict[str, dict[str, Floats]] = {}
        for (item, place), (path, counts) in found.items():
            if counts.any():
                out = self.way_out(item)
                held = path[nearest(counts)]
                paths.setdefault(item, {})[place] = held if out is None else np.maximum(held, -out.cost)
        return paths

    def way_out(self, item: str) -> WayOut | None:
        """How an item is got rid of where it is a by-product; None where that costs nothing, or there is no such way."""
        return self._ways_out.get(item)

    @cached_property
    def _ways_out(self) -> Mapping[str, WayOut]:
        found: dict[str, WayOut] = {}
        for row in self.chain.network["disposals"].filter(pl.col("cost") > 0).sort("place").iter_rows(named=True):
            before = found.get(row["item"])
            places = (*(before.places if before else ()), row["place"])
            # The facts are those of the dearest way.
            if before is not None and before.cost >= row["cost"]:
                found[row["item"]] = replace(before, places=places)
            else:
                found[row["item"]] = WayOut(places, row["cost"], str(row["facts"] or ""))
        return found

    @cached_property
    def _ends(self) -> tuple[frozenset[tuple[str, str]], frozenset[tuple[str, str]]]:
        """Items and places at which a plant of the network takes them, and at which one makes them.

        What a maker gets at its gate is no price for a buyer beside it: it may hold the worth of an origin that he has no use for.
        """
        net = self.chain.network
        at = net["modes"].select("plant", "process").join(net["plants"].select("plant", "place"), on="plant")
        table = at.join(net["recipes"].select("process", "item", "amount"), on="process")
        taken = table.filter(pl.col("amount") < 0).select("item", "place").unique()
        made = table.filter(pl.col("amount") > 0).select("item", "place").unique()
        return frozenset(taken.iter_rows()), frozenset(made.iter_rows())

    @property
    def _taken(self) -> frozenset[tuple[str, str]]:
        return self._ends[0]

    @property
    def _made(self) -> frozenset[tuple[str, str]]:
        return self._ends[1]

    @cached_property
    def level(self) -> Mapping[int, float]:
        """Factor from dollars of each year to dollars of the case."""
        index = dict(self.chain.atlas["deflators"].select("year", "index").iter_rows())
        own = index[self.chain.case["money_year"]]
        return {year: own / value for year, value in index.items()}

    @cached_property
    def routes(self) -> Routes:
        """Freight in money of the case."""
        return Routes(self.chain.atlas, self.level)

    @cached_property
    def _items(self) -> Mapping[str, tuple[str, float]]:
        table = self.chain.atlas["items"].select("item", "freight_class", "mass_per_unit")
        return {item: (freight, mass) for item, freight, mass in table.iter_rows()}

    @cached_property
    def country(self) -> Mapping[str, str]:
        """Country of each place."""
        return dict(self.chain.atlas["places"].select("place", "country").iter_rows())

    def freight(self, item: str, origin: str, destination: str) -> float:
        """Freight of one unit in money of the case; infinite where there is no route."""
        kind, mass = self._items[item]
        if origin == destination:
            return 0.0
        if kind == "none":
            return float("inf")
        routes = self.routes
        return float(routes.costs(kind)[routes.index[origin], routes.index[destination]]) * mass

    def cost(self, item: str, place: str) -> Priced:
        """What one more unit costs at a place.

        Raises:
            NoPrice: the plan has no price for it in the country.
        """
        return self._priced(item, place, buying=True)

    def worth(self, item: str, place: str) -> Priced:
        """What one more unit made at a place fetches.

        Raises:
            NoPrice: the plan has no price for it in the country.
        """
        return self._priced(item, place, buying=False)

    def _priced(self, item: str, place: str, buying: bool) -> Priced:
        key = item, place, buying
        if key not in self._known:
            self._known[key] = self._found(item, place, buying)
        return self._known[key]

    def _found(self, item: str, place: str, buying: bool) -> Priced:
        home = self.country[place]
        own = self._paths.get(item, {}).get(place)
        if own is not None and (item, place) in (self._taken if buying else self._made):
            return Priced(item, place, own, place, 0.0, "")
        offers = [
            (q, path, self.freight(item, *((q, place) if buying else (place, q))))
            for q, path in sorted(self._paths.get(item, {}).items())
            if self.country.get(q) == home
        ]
        offers = [(q, path, freight) for q, path, freight in offers if np.isfinite(freight)]
        if not offers and buying:
            blended = self._blended(item, place)
            if blended is not None:
                return blended
        if not offers:
            raise NoPrice(
                f"the plan has no price of {item} in {home} from which its price at {place} could be said; "
                "choose a process whose goods the plan trades there"
            )
        sign = 1.0 if buying else -1.0
        grid = np.array([sign * path + freight for _, path, freight in offers])
        best = grid.argmin(axis=0)
        q, _, freight = offers[int(best[-1])]
        facts = (
            self.routes.route(*((q, place) if buying else (place, q)), self._items[item][0]).facts if q != place else ""
        )
        path = sign * grid.min(axis=0)
        out = None if buying else self.way_out(item)
        if out is not None:
            # A maker gets rid of its own where it is rather than send it where that costs more.
            path = np.maximum(path, -out.cost)
        return Priced(item, place, path, q, freight, facts)

    def _blended(self, item: str, place: str) -> Priced | None:
        """The cost of what is made wherever its inputs are, in a step without a limit; None if it is no such thing."""
        atlas = self.chain.atlas
        best: Priced | None = None
        steps = atlas["processes"].filter((pl.col("main_item") == item) & (pl.col("capacity_limited") == "no"))
        for process in steps["process"]:
            total = np.zeros(len(self.chain.years))
            facts = []
            try:
                recipe = atlas["recipes"].filter(process=process).sort("valid_from", maintain_order=True)
                amounts = {row["item"]: (row["amount"], row["_line"]) for row in recipe.iter_rows(named=True)}
                for taken, (amount, line) in amounts.items():
                    if amount < 0:
                        total = total - amount * self.cost(taken, place).path
                        facts.append(f"recipes:{line}")
            except NoPrice:
                continue
            own = atlas["process_costs"].filter(process=process)
            rows = {row["country"]: row for row in own.iter_rows(named=True)}
            row = rows.get(self.country[place]) or rows.get("*")
            if row is not None:
                total = total + row["variable"] * self.level[row["money_year"]]
                facts.append(f"process_costs:{row['_line']}")
            if best is None or total[-1] < best.path[-1]:
                best = Priced(item, place, total, place, 0.0, " ".join(facts))
        return best

    def held(self, path: Floats, years: list[int], last: int) -> Floats:
        """A path of the plan's years over other years: after the last, the mean of so many last years holds.

        Raises:
            ValueError: a year lies before the plan.
        """
        first = self.chain.years[0]
        if years[0] < first:
            raise ValueError(f"the plan begins in {first}, so there is no price of {years[0]}")
        tail = float(path[-last:].mean())
        return np.array([path[year - first] if year - first < path.size else tail for year in years])

    def table(self) -> pl.DataFrame:
        """All prices: place, item, period, value."""
        return self._table
