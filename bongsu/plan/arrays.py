"""A network as integer-coded NumPy arrays: what the blocks read.

Every identifier is replaced by its position in its table once, here; nothing behind this module compares strings.
``T`` is the number of periods. Grids are stored entity-major: the entry of entity ``e`` and period ``t`` is ``e * T + t``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from bongsu.chain.network import Network

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def _codes(values: pl.Series, among: pl.Series) -> Ints:
    """Position of each value in ``among`` (-1 where blank)."""
    places = pl.DataFrame({"key": among, "code": np.arange(among.len(), dtype=np.int32)})
    places = places.unique(subset="key", keep="first", maintain_order=True)
    joined = pl.DataFrame({"key": values}).join(places, on="key", how="left", maintain_order="left")
    return joined["code"].fill_null(-1).to_numpy().astype(np.int32, copy=False)


def _floats(values: pl.Series, blank: float) -> Floats:
    return values.fill_null(blank).to_numpy().astype(np.float64, copy=False)


@dataclass(frozen=True)
class Spread:
    """Rows of a table keyed by an entity and an optional period, spread over periods: one entry per (row, period).

    A row for a period of its own replaces the row of the same entity without a period.
    """

    row: Ints
    period: Ints


def spread(entity: npt.NDArray[Any], period: Ints, periods: int) -> Spread:
    """Expand blank periods (-1) to every period that the entity has no own row for."""
    own = np.flatnonzero(period >= 0).astype(np.int32)
    every = np.flatnonzero(period < 0).astype(np.int32)
    if not every.size:
        return Spread(own, period[own])
    row = np.repeat(every, periods)
    when = np.tile(np.arange(periods, dtype=np.int32), every.size)
    if own.size:
        taken = np.unique(entity[own].astype(np.int64) * periods + period[own])
        free = ~np.isin(entity[row].astype(np.int64) * periods + when, taken)
        row, when = row[free], when[free]
    row, when = np.concatenate([own, row]), np.concatenate([period[own], when])
    order = np.lexsort((when, row))
    return Spread(row[order], when[order])


@dataclass(frozen=True)
class Arrays:
    """The coded network. Shapes: ``n`` entities, ``T`` periods, grids ``(n, T)``; units are those of the network."""

    net: Network

    def _column(self, table: str, column: str, refers: str) -> Ints:
        key = self.net[refers].columns[0]
        return _codes(self.net[table][column], self.net[refers][key])

    def _number(self, table: str, column: str, blank: float = 0.0) -> Floats:
        return _floats(self.net[table][column], blank)

    # Periods ---------------------------------------------------------------------------------------------------------

    @cached_property
    def T(self) -> int:
        return self.net["periods"].height

    @cached_property
    def years(self) -> Floats:
        """Length of each period in years."""
        return self._number("periods", "years", 1.0)

    @cached_property
    def discount(self) -> Floats:
        """Present value in the first period of one unit of money in each period: (1 + r) ** -(year - first year)."""
        year = self.net["periods"]["year"]
        start = np.concatenate([[0.0], np.cumsum(self.years)[:-1]])
        at = start if year.null_count() else _floats(year, 0.0) - _floats(year, 0.0)[0]
        return np.asarray((1.0 + self.net.settings.discount_rate) ** -at)

    @cached_property
    def weight(self) -> Floats:
        """What one unit of money per year in each period weighs in the objective: discount times years."""
        return self.discount * self.years

    # Items at places -------------------------------------------------------------------------------------------------

    @cached_property
    def items(self) -> int:
        return self.net["items"].height

    def _pair(self, place: Ints, item: Ints) -> npt.NDArray[np.int64]:
        return place.astype(np.int64) * self.items + item

    @cached_property
    def node_key(self) -> npt.NDArray[np.int64]:
        """Sorted keys of the pairs (place, item) at which anything can happen."""
        pairs = [
            self._pair(self.plant_place[self.mode_plant][self.use_mode], self.use_item),
            self._pair(self.lane_from, self.lane_item),
            self._pair(self.lane_to, self.lane_item),
            self._pair(self.supply_place, self.supply_item),
            self._pair(self.demand_place, self.demand_item),
            self._pair(self.stock_place, self.stock_item),
            self._pair(self.dump_place, self.dump_item),
        ]
        return np.unique(np.concatenate(pairs))

    @cached_property
    def nodes(self) -> int:
        return self.node_key.size

    @cached_property
    def node_item(self) -> Ints:
        return (self.node_key % self.items).astype(np.int32)

    @cached_property
    def node_place(self) -> Ints:
        return (self.node_key // self.items).astype(np.int32)

    def node(self, place: Ints, item: Ints) -> Ints:
        """Position of the pairs (place, item) among the nodes."""
        return np.searchsorted(self.node_key, self._pair(place, item)).astype(np.int32)

    # Plants, modes, recipes ------------------------------------------------------------------------------------------

    @cached_property
    def plants(self) -> int:
        return self.net["plants"].height

    @cached_property
    def plant_place(self) -> Ints:
        return self._column("plants", "place", "places")

    @cached_property
    def fixed_cost(self) -> Floats:
        return self._number("plants", "fixed_cost")

    @cached_property
    def retirable(self) -> Bools:
        return np.asarray((self.net["plants"]["retirable"] == "yes").fill_null(False).to_numpy(), dtype=bool)

    @cached_property
    def capacity(self) -> Floats:
        """Own capacity of each plant in each period, shape (plants, T); infinite where it is not limiting."""
        grid = np.zeros((self.plants, self.T))
        plant, period = self._column("capacity", "plant", "plants"), self._column("capacity", "period", "periods")
        full = spread(plant, period, self.T)
        grid[plant[full.row], full.period] = self._number("capacity", "capacity", np.inf)[full.row]
        return grid

    @cached_property
    def mode_plant(self) -> Ints:
        return self._column("modes", "plant", "plants")

    @cached_property
    def modes(self) -> int:
        return self.net["modes"].height

    @cached_property
    def mode_use(self) -> Floats:
        return self._number("modes", "use", 1.0)

    @cached_property
    def mode_cost(self) -> Floats:
        """Cost of one unit of activity, shape (modes, T)."""
        grid = np.repeat(self._number("modes", "cost")[:, None], self.T, axis=1)
        mode, period = self._column("mode_periods", "mode", "modes"), self._column("mode_periods", "period", "periods")
        grid[mode, period] = self._number("mode_periods", "cost")
        return grid

    @cached_property
    def _recipes(self) -> tuple[Ints, Ints, Floats]:
        """Distinct (process, item) pairs of all recipes and their amounts by period: process, item, (pairs, T)."""
        table = self.net["recipes"]
        process = _codes(table["process"], self._processes)
        item = self._column("recipes", "item", "items")
        period = self._column("recipes", "period", "periods")
        pair = process.astype(np.int64) * self.items + item
        distinct, position = np.unique(pair, return_inverse=True)
        amount = np.zeros((distinct.size, self.T))
        full = spread(pair, period, self.T)
        amount[position[full.row], full.period] = self._number("recipes", "amount")[full.row]
        return (distinct // self.items).astype(np.int32), (distinct % self.items).astype(np.int32), amount

    @cached_property
    def _processes(self) -> pl.Series:
        return self.net["recipes"]["process"].unique(maintain_order=True)

    @cached_property
    def _uses(self) -> tuple[Ints, Ints, Ints]:
        """What each mode uses and makes, one entry per (mode, recipe pair): mode, item, position in the recipe amounts."""
        process, item, _ = self._recipes
        own = _codes(self.net["modes"]["process"], self._processes)
        # Recipe pairs are sorted by process: the pairs of one process are a run, repeated for each mode that follows it.
        first = np.searchsorted(process, own, side="left")
        count = np.where(own >= 0, np.searchsorted(process, own, side="right") - first, 0)
        mode = np.repeat(np.arange(own.size, dtype=np.int32), count)
        inside = np.arange(mode.size) - np.repeat(np.cumsum(count) - count, count)
        pair = (np.repeat(first, count) + inside).astype(np.int32)
        return mode, item[pair], pair

    @property
    def use_mode(self) -> Ints:
        return self._uses[0]

    @property
    def use_item(self) -> Ints:
        return self._uses[1]

    @property
    def use_amount(self) -> Floats:
        """Amount of the item per unit of the mode's activity, shape (uses, T); negative = consumed."""
        return np.asarray(self._recipes[2][self._uses[2]])

    # Lanes and corridors ---------------------------------------------------------------------------------------------

    @cached_property
    def lanes(self) -> int:
        return self.net["lanes"].height

    @cached_property
    def lane_from(self) -> Ints:
        return self._column("lanes", "from", "places")

    @cached_property
    def lane_to(self) -> Ints:
        return self._column("lanes", "to", "places")

    @cached_property
    def lane_item(self) -> Ints:
        return self._column("lanes", "item", "items")

    @cached_property
    def lane_loss(self) -> Floats:
        return self._number("lanes", "loss")

    @cached_property
    def lane_delay(self) -> Ints:
        return self.net["lanes"]["delay"].fill_null(0).to_numpy().astype(np.int32)

    def _lane_grid(self, column: str, blank: float) -> Floats:
        grid = np.repeat(self._number("lanes", column, blank)[:, None], self.T, axis=1)
        table = self.net["lane_periods"]
        given = table[column].is_not_null().to_numpy()
        lane, period = self._column("lane_periods", "lane", "lanes"), self._column("lane_periods", "period", "periods")
        grid[lane[given], period[given]] = self._number("lane_periods", column)[given]
        return grid

    @cached_property
    def lane_cost(self) -> Floats:
        """Cost of moving one unit, shape (lanes, T)."""
        return self._lane_grid("cost", 0.0)

    @cached_property
    def lane_capacity(self) -> Floats:
        """Most that can move, shape (lanes, T)."""
        return self._lane_grid("capacity", np.inf)

    @cached_property
    def corridors(self) -> int:
        return self.net["corridors"].height

    @cached_property
    def corridor_capacity(self) -> Floats:
        return self._number("corridors", "capacity", np.inf)

    @cached_property
    def corridor_fixed(self) -> Floats:
        return self._number("corridors", "fixed_cost")

    @cached_property
    def member(self) -> tuple[Ints, Ints, Floats]:
        """Lanes of corridors: corridor, lane, use of the corridor by one unit."""
        return (
            self._column("corridor_lanes", "corridor", "corridors"),
            self._column("corridor_lanes", "lane", "lanes"),
            self._number("corridor_lanes", "use", 1.0),
        )

    # Supplies, demands, stocks, disposals ----------------------------------------------------------------------------

    @cached_property
    def supply_place(self) -> Ints:
        return self._column("supplies", "place", "places")

    @cached_property
    def supply_item(self) -> Ints:
        return self._column("supplies", "item", "items")

    @cached_property
    def supply(self) -> Spread:
        return spread(self._ids("supplies", "supply"), self._column("supplies", "period", "periods"), self.T)

    @cached_property
    def supply_price(self) -> Floats:
        return self._number("supplies", "price")

    @cached_property
    def supply_quantity(self) -> Floats:
        return self._number("supplies", "quantity", np.inf)

    @cached_property
    def demand_place(self) -> Ints:
        return self._column("demands", "place", "places")

    @cached_property
    def demand_item(self) -> Ints:
        return self._column("demands", "item", "items")

    @cached_property
    def demand(self) -> Spread:
        return spread(self._ids("demands", "demand"), self._column("demands", "period", "periods"), self.T)

    @cached_property
    def demand_quantity(self) -> Floats:
        return self._number("demands", "quantity")

    @cached_property
    def demand_penalty(self) -> Floats:
        """Cost of one unserved unit; not-a-number where the demand is hard."""
        return self._number("demands", "penalty", np.nan)

    @cached_property
    def demand_single(self) -> Bools:
        return np.asarray((self.net["demands"]["single_source"] == "yes").fill_null(False).to_numpy(), dtype=bool)

    @cached_property
    def stock_place(self) -> Ints:
        return self._column("stocks", "place", "places")

    @cached_property
    def stock_item(self) -> Ints:
        return self._column("stocks", "item", "items")

    @cached_property
    def dump_place(self) -> Ints:
        return self._column("disposals", "place", "places")

    @cached_property
    def dump_item(self) -> Ints:
        return self._column("disposals", "item", "items")

    def _ids(self, table: str, column: str) -> Ints:
        names = self.net[table][column]
        return _codes(names, names.unique(maintain_order=True))

    # Options ---------------------------------------------------------------------------------------------------------

    @cached_property
    def option_plant(self) -> Ints:
        return self._column("options", "plant", "plants")

    @cached_property
    def option_integer(self) -> Bools:
        return np.asarray((self.net["options"]["integer"] == "yes").fill_null(False).to_numpy(), dtype=bool)

    @cached_property
    def option_start(self) -> Ints:
        """First period in which each option can be in use."""
        lead = self.net["options"]["lead_time"].fill_null(0).to_numpy().astype(np.int32)
        return np.maximum(lead, np.maximum(self._column("options", "first_period", "periods"), 0))

    @cached_property
    def option_life(self) -> Ints:
        return self.net["options"]["life"].fill_null(self.T).to_numpy().astype(np.int32)

    @cached_property
    def build(self) -> tuple[Ints, Ints]:
        """Pairs (option, period of first use) that are possible, option-major."""
        possible = np.arange(self.T)[None, :] >= self.option_start[:, None]
        option, period = np.nonzero(possible)
        return option.astype(np.int32), period.astype(np.int32)

    def option(self, column: str, blank: float = 0.0) -> Floats:
        """A numeric column of the options table."""
        return self._number("options", column, blank)

    # Contracts and shares --------------------------------------------------------------------------------------------

    @cached_property
    def contract(self) -> Spread:
        return spread(self._ids("contracts", "contract"), self._column("contracts", "period", "periods"), self.T)

    @cached_property
    def contract_member(self) -> tuple[Ints, Ints]:
        """Lanes of contracts: distinct contract number, lane."""
        names = self.net["contracts"]["contract"].unique(maintain_order=True)
        return _codes(self.net["contract_lanes"]["contract"], names), self._column("contract_lanes", "lane", "lanes")

    @cached_property
    def contract_of_row(self) -> Ints:
        return self._ids("contracts", "contract")

    @cached_property
    def share(self) -> Spread:
        return spread(self._ids("shares", "share"), self._column("shares", "period", "periods"), self.T)

    @cached_property
    def share_of_row(self) -> Ints:
        return self._ids("shares", "share")

    def share_terms(self, kind: str, table: str) -> tuple[Ints, Ints, Floats]:
        """Terms of share rules over one kind of flow: distinct share number, position in ``table``, coefficient."""
        names = self.net["shares"]["share"].unique(maintain_order=True)
        terms = self.net["share_terms"].filter(pl.col("kind") == kind)
        key = self.net[table][self.net[table].columns[0]]
        return _codes(terms["share"], names), _codes(terms["of"], key), _floats(terms["coefficient"], 0.0)

    # Names -----------------------------------------------------------------------------------------------------------

    def ids(self, table: str) -> Sequence[str]:
        """Identifiers of a table in order of their codes."""
        return list(self.net[table][self.net[table].columns[0]])
