"""Stock needed to bridge a gap: the least that must be there so that nothing is lost that stock could save.

On a network of short periods (:mod:`bongsu.stress.time_expanded`) with a stoppage that begins with its first period, or later, so
that there is time to buy ahead: stock e(p) >= 0 is added before the first period at the places asked about,

    1.  min  lost demand                     with as much stock as one likes: what no stock there can save
    2.  min  Σ_p worth(p) · e(p)             with no more lost than that

under the rows of the time-expanded programmes: purchases ahead, substitutes and spare capacity are all used before any stock is
asked for. A stoppage whose changes name later periods leaves the earlier ones for buying ahead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from bongsu.chain.network import Network, frame
from bongsu.stress.supply_chain import DAYS
from bongsu.stress.time_expanded import Stage, Stoppage, end

Point = tuple[str, str]
_PREFIX = "bridge:"
#: Quantities below this share of a year's use are rounding.
_TINY = 1e-9


@dataclass(frozen=True)
class Bridge:
    """The least stock that bridges a stoppage.

    Attributes:
        stock: units at each point (place, item), on top of what is there.
        lost: units of each demand that no stock there can save, by name; empty where all is saved.
    """

    stock: Mapping[Point, float]
    lost: Mapping[str, float]

    def days(self, use: Mapping[Point, float]) -> dict[Point, float]:
        """Days of use that the stock is, for yearly use by point."""
        return {point: held / use[point] * DAYS for point, held in self.stock.items()}


def bridge(
    network: Network,
    stoppage: Stoppage,
    at: Sequence[Point],
    worth: Mapping[Point, float] | None = None,
    running: Mapping[str, float] | None = None,
    high: bool = False,
    threads: int = 1,
) -> Bridge:
    """The least stock at some points that bridges a stoppage.

    Args:
        network: periods short enough for the stoppage.
        stoppage: what stops, and for how long (to the end where it says nothing).
        at: places and items at which stock may be kept.
        worth: what a unit at each point weighs against others; one where nothing is said, so units of different items must be given
            their worth.
        running: least activity a year of some modes, in every period: plants that may not stop.
        high: what is unknown is at its high end.
        threads: of the solver.

    Raises:
        KeyError: the network has no such place, item or mode.
        ValueError: no point is given, or the plants that may not stop cannot run however much is in stock there.
    """
    if not at:
        raise ValueError("name at least one place and item at which stock may be kept")
    stage = Stage(_with_stores(end(network, high), at), threads)
    a = stage.model.arrays
    offers = [f"{_PREFIX}{place}:{item}" for place, item in at]
    family = stage.model.variables["buy"]
    of = {
        name: family.start + int(np.flatnonzero(a.supply.row == row)[0])
        for name, row in _rows(a.ids("supplies"), offers)
    }
    columns = np.array([of[name] for name in offers], dtype=np.int32)
    # An offer of the first period is bought at a rate for its length.
    unit = stage.model.column_scale[columns] * a.years[0]
    for mode, rate in (running or {}).items():
        stage.keep(mode, rate)
    change = stage.change(stoppage)
    stage.ask_for_losses()
    least = stage.lost(stage.solve(change))
    weight = np.array([(worth or {}).get(point, 1.0) for point in at])
    stage.ask_for_least(columns, weight * unit, least)
    answer = stage.solve(change)
    held = np.maximum(answer.values[columns], 0.0) * unit
    names = stage.network["demands"]["demand"].to_list()
    lost: dict[str, float] = {}
    for row, quantity in zip(a.demand.row, least, strict=True):
        if quantity > _TINY * max(1.0, float(a.demand_quantity[row])):
            lost[str(names[int(row)])] = lost.get(str(names[int(row)]), 0.0) + float(quantity)
    return Bridge(dict(zip(at, held.tolist(), strict=True)), lost)


def _rows(names: Sequence[str], wanted: Sequence[str]) -> list[tuple[str, int]]:
    number = {name: row for row, name in enumerate(names)}
    return [(name, number[name]) for name in wanted]


def _with_stores(network: Network, at: Sequence[Point]) -> Network:
    """The network with an offer of stock before the first period at each point, and a store there to keep it."""
    first = network["periods"]["period"][0]
    places, items = set(network["places"]["place"]), set(network["items"]["item"])
    for place, item in at:
        if place not in places or item not in items:
            raise KeyError(f"the network has no {place!r} or no {item!r}; name a place and an item of it")
    kept = set(network["stocks"].select("place", "item").iter_rows())
    offers = [
        {"supply": f"{_PREFIX}{place}:{item}", "place": place, "item": item, "period": first} for place, item in at
    ]
    stores = [
        {"stock": f"{_PREFIX}{place}:{item}", "place": place, "item": item}
        for place, item in at
        if (place, item) not in kept
    ]
    tables = {
        "supplies": pl.concat([network["supplies"], frame("supplies", offers)]),
        "stocks": pl.concat([network["stocks"], frame("stocks", stores)]),
    }
    return Network({**network.tables, **tables}, network.settings, network.notes)
