"""A network as integer-coded NumPy arrays: what the blocks read.

Every identifier is replaced by its position in its table once, here; nothing behind this module compares strings.
``T`` is the number of periods. Grids are stored entity-major: the entry of entity ``e`` and period ``t`` is ``e * T + t``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from bongsu.chain.network import Network

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: Below so many strings a dictionary is quicker than a call of polars.
_FEW = 3_000


class _Known(dict[str | None, int]):
    """Numbers of identifiers; -1 for any other."""

    def __missing__(self, name: str | None) -> int:
        return -1


@dataclass(frozen=True)
class _Key:
    """Identifiers in the first column of a table, ready to be looked up."""

    names: pl.Series

    @cached_property
    def repeated(self) -> bool:
        """Whether an identifier stands in several rows."""
        return self.names.n_unique() < self.names.len()

    @cached_property
    def _first(self) -> Ints:
        """Row in which each distinct identifier stands first."""
        return _integers(self.names.is_first_distinct().arg_true(), 0)

    @cached_property
    def _distinct(self) -> pl.Series:
        return self.names.gather(self._first) if self.repeated else self.names

    @cached_property
    def _enum(self) -> pl.Enum:
        return pl.Enum(self._distinct)

    @cached_property
    def _known(self) -> _Known:
        names = self._distinct.to_list()
        return _Known(zip(names, range(len(names)), strict=True))

    def numbers(self, values: pl.Series) -> Ints:
        """Number of each value among the distinct identifiers, in order of first appearance (-1 where blank or unknown)."""
        if values.null_count() == values.len():
            return np.full(values.len(), -1, dtype=np.int32)
        if values.len() + self.names.len() < _FEW:
            return np.fromiter(map(self._known.__getitem__, values.to_list()), dtype=np.int32, count=values.len())
        return _integers(values.cast(self._enum, strict=False).to_physical().cast(pl.Int32), -1)

    def positions(self, values: pl.Series) -> Ints:
        """Row in which each value stands first (-1 where blank or unknown)."""
        number = self.numbers(values)
        return np.where(number < 0, np.int32(-1), self._first[number]) if self.repeated else number


def _floats(values: pl.Series, blank: float) -> Floats:
    return _filled(values, blank).astype(np.float64, copy=False)


def _integers(values: pl.Series, blank: int) -> Ints:
    return _filled(values, blank).astype(np.int32, copy=False)


def _filled(values: pl.Series, blank: float) -> npt.NDArray[Any]:
    """A numeric column with something in place of blanks; without blanks it is not copied, and may not be written to."""
    blanks = values.null_count()
    if blanks == values.len():
        return np.full(blanks, blank)
    return (values.fill_null(blank) if blanks else values).to_numpy()


def _yes(values: pl.Series) -> Bools:
    said = values == "yes"
    return np.asarray(_filled(said, False), dtype=bool)


def runs(count: npt.NDArray[Any]) -> Ints:
    """Position inside its run of each member of runs of the given lengths: 2, 3 gives 0, 1, 0, 1, 2."""
    ends = np.cumsum(count, dtype=np.int32)
    total = int(ends[-1]) if ends.size else 0
    return np.arange(total, dtype=np.int32) - np.repeat(ends - count.astype(np.int32), count)


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
        return Spread(own, period)
    row = np.repeat(every, periods)
    when = np.tile(np.arange(periods, dtype=np.int32), every.size)
    if not own.size:
        return Spread(row, when)
    taken = np.unique(entity[own].astype(np.int64) * periods + period[own])
    free = ~np.isin(entity[row].astype(np.int64) * periods + when, taken)
    row, when = row[free], when[free]
    row, when = np.concatenate([own, row]), np.concatenate([period[own], when])
    order = np.lexsort((when, row))
    return Spread(row[order], when[order])


@dataclass(frozen=True)
class Arrays:
    """The coded network. Shapes: ``n`` entities, ``T`` periods, grids ``(n, T)``; units are those of the network.

    An attribute named after a table and a column (``lane_from``, ``demand_quantity``) is that column, coded or as numbers.
    """

    net: Network
    _keys: dict[str, _Key] = field(default_factory=dict, init=False, repr=False, compare=False)
    _terms: dict[str, tuple[Ints, Ints, Floats]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def _key(self, table: str) -> _Key:
        if table not in self._keys:
            names = self.net[table]
            self._keys[table] = _Key(names[names.columns[0]])
        return self._keys[table]

    def _column(self, table: str, column: str, refers: str) -> Ints:
        values = self.net[table][column]
        return self._key(refers).positions(values) if values.len() else np.zeros(0, dtype=np.int32)

    def number(self, table: str, column: str, blank: float = 0.0) -> Floats:
        """A numeric column of a table with something in place of blanks."""
        return _floats(self.net[table][column], blank)

    # Periods ---------------------------------------------------------------------------------------------------------

    @cached_property
    def T(self) -> int:
        return self.net["periods"].height

    @cached_property
    def years(self) -> Floats:
        """Length of each period in years."""
        return self.number("periods", "years", 1.0)

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
        met = np.zeros(self.net["places"].height * self.items, dtype=bool)
        for pair in pairs:
            met[pair] = True
        return np.flatnonzero(met)

    @cached_property
    def nodes(self) -> int:
        return self.node_key.size

    @cached_property
    def node_item(self) -> Ints:
        return (self.node_key % self.items).astype(np.int32)

    @cached_property
    def node_place(self) -> Ints:
        return (self.node_key // self.items).astype(np.int32)

    @cached_property
    def use_node(self) -> Ints:
        """Node of each use of an item by a mode."""
        return self.node(self.plant_place[self.mode_plant][self.use_mode], self.use_item)

    @cached_property
    def lane_start(self) -> Ints:
        """Node that each lane leaves."""
        return self.node(self.lane_from, self.lane_item)

    @cached_property
    def lane_end(self) -> Ints:
        """Node that each lane reaches."""
        return self.node(self.lane_to, self.lane_item)

    @cached_property
    def supply_node(self) -> Ints:
        """Node of each row of the supplies."""
        return self.node(self.supply_place, self.supply_item)

    @cached_property
    def demand_node(self) -> Ints:
        """Node of each row of the demands."""
        return self.node(self.demand_place, self.demand_item)

    @cached_property
    def stock_node(self) -> Ints:
        """Node of each store."""
        return self.node(self.stock_place, self.stock_item)

    @cached_property
    def dump_node(self) -> Ints:
        """Node of each disposal."""
        return self.node(self.dump_place, self.dump_item)

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
        return self.number("plants", "fixed_cost")

    @cached_property
    def retirable(self) -> Bools:
        return _yes(self.net["plants"]["retirable"])

    @cached_property
    def capacity(self) -> Floats:
        """Own capacity of each plant in each period, shape (plants, T); infinite where it is not limiting."""
        grid = np.zeros((self.plants, self.T))
        plant, period = self._column("capacity", "plant", "plants"), self._column("capacity", "period", "periods")
        full = spread(plant, period, self.T)
        grid[plant[full.row], full.period] = self.number("capacity", "capacity", np.inf)[full.row]
        return grid

    @cached_property
    def availability(self) -> Floats:
        """Share of each plant's capacity that can be used in each period, shape (plants, T)."""
        grid = np.ones((self.plants, self.T))
        plant, period = (
            self._column("availability", "plant", "plants"),
            self._column("availability", "period", "periods"),
        )
        full = spread(plant, period, self.T)
        grid[plant[full.row], full.period] = self.number("availability", "share", 1.0)[full.row]
        return grid

    @cached_property
    def usable(self) -> Floats:
        """Own capacity that can be used, shape (plants, T): none where nothing is available, infinite where it is not limiting."""
        return np.where(
            self.availability == 0, 0.0, self.capacity * np.where(self.availability == 0, 1.0, self.availability)
        )

    @cached_property
    def mode_plant(self) -> Ints:
        return self._column("modes", "plant", "plants")

    @cached_property
    def modes(self) -> int:
        return self.net["modes"].height

    @cached_property
    def mode_process(self) -> Ints:
        """Process of each mode, as numbered in :attr:`recipes`; -1 where it has no recipe."""
        return self._key("recipes").numbers(self.net["modes"]["process"])

    @cached_property
    def mode_use(self) -> Floats:
        return self.number("modes", "use", 1.0)

    @cached_property
    def mode_cost(self) -> Floats:
        """Cost of one unit of activity, shape (modes, T)."""
        grid = np.repeat(self.number("modes", "cost")[:, None], self.T, axis=1)
        mode, period = self._column("mode_periods", "mode", "modes"), self._column("mode_periods", "period", "periods")
        grid[mode, period] = self.number("mode_periods", "cost")
        return grid

    @cached_property
    def recipes(self) -> tuple[Ints, Ints, Floats]:
        """Distinct (process, item) pairs of all recipes and their amounts by period: process, item, (pairs, T)."""
        process = self._ids("recipes")
        item = self._column("recipes", "item", "items")
        period = self._column("recipes", "period", "periods")
        pair = process.astype(np.int64) * self.items + item
        distinct, position = np.unique(pair, return_inverse=True)
        amount = np.zeros((distinct.size, self.T))
        full = spread(pair, period, self.T)
        amount[position[full.row], full.period] = self.number("recipes", "amount")[full.row]
        return (distinct // self.items).astype(np.int32), (distinct % self.items).astype(np.int32), amount

    @cached_property
    def _uses(self) -> tuple[Ints, Ints, Ints]:
        """What each mode uses and makes, one entry per (mode, recipe pair): mode, item, position in the recipe amounts."""
        process, item, _ = self.recipes
        own = self.mode_process
        # Recipe pairs are sorted by process: the pairs of one process are a run, repeated for each mode that follows it.
        first = np.searchsorted(process, own, side="left")
        count = np.where(own >= 0, np.searchsorted(process, own, side="right") - first, 0)
        mode = np.repeat(np.arange(own.size, dtype=np.int32), count)
        pair = (np.repeat(first, count) + runs(count)).astype(np.int32)
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
        return np.asarray(self.recipes[2][self._uses[2]])

    @cached_property
    def use_byproduct(self) -> Floats:
        """Amount made as a by-product per unit of the mode's activity, shape (uses, T); zero where the item is none."""
        said = _yes(self.net["recipes"]["byproduct"])
        amount = np.zeros(self.recipes[2].shape)
        if said.any():
            pair = self._ids("recipes").astype(np.int64) * self.items + self._column("recipes", "item", "items")
            position = np.unique(pair, return_inverse=True)[1]
            full = spread(pair, self._column("recipes", "period", "periods"), self.T)
            own = np.where(said, np.maximum(self.number("recipes", "amount"), 0.0), 0.0)
            amount[position[full.row], full.period] = own[full.row]
        return amount[self._uses[2]]

    @cached_property
    def use_made(self) -> Bools:
        """Whether the item is made in some period, by use."""
        return np.asarray(np.any(self.recipes[2] > 0, axis=1))[self._uses[2]]

    @cached_property
    def use_taken(self) -> Bools:
        """Whether the item is consumed in some period, by use."""
        return np.asarray(np.any(self.recipes[2] < 0, axis=1))[self._uses[2]]

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
        return self.number("lanes", "loss")

    @cached_property
    def lane_delay(self) -> Floats:
        return self.number("lanes", "delay")

    @cached_property
    def lane_legs(self) -> tuple[tuple[Ints, Floats], ...]:
        """What arrives when: for each leg the periods after departure and the share of the flow that takes so long, by lane.

        One leg where all delays are whole. A flow that leaves evenly through a period arrives, after a delay between two whole
        numbers, in two periods in proportion.
        """
        whole = np.floor(self.lane_delay)
        late = self.lane_delay - whole
        first = whole.astype(np.int32), 1.0 - late
        return (first, (first[0] + np.int32(1), late)) if late.any() else (first,)

    def _period_grid(self, base: str, by_period: str, key: str, column: str, blank: float) -> Floats:
        """A figure of each row of a table in each period: as the table by period says, else as the row says."""
        grid = np.repeat(self.number(base, column, blank)[:, None], self.T, axis=1)
        given = self.net[by_period][column].is_not_null().to_numpy()
        if given.any():
            of, period = self._column(by_period, key, base), self._column(by_period, "period", "periods")
            grid[of[given], period[given]] = self.number(by_period, column)[given]
        return grid

    def _lane_grid(self, column: str, blank: float) -> Floats:
        return self._period_grid("lanes", "lane_periods", "lane", column, blank)

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
        """Most use of each corridor, shape (corridors, T)."""
        return self._period_grid("corridors", "corridor_periods", "corridor", "capacity", np.inf)

    @cached_property
    def corridor_fixed(self) -> Floats:
        return self.number("corridors", "fixed_cost")

    @cached_property
    def member(self) -> tuple[Ints, Ints, Floats]:
        """Lanes of corridors: corridor, lane, use of the corridor by one unit."""
        return (
            self._column("corridor_lanes", "corridor", "corridors"),
            self._column("corridor_lanes", "lane", "lanes"),
            self.number("corridor_lanes", "use", 1.0),
        )

    # Supplies, demands, stocks, disposals ----------------------------------------------------------------------------

    @cached_property
    def supply_place(self) -> Ints:
        return self._column("supplies", "place", "places")

    @cached_property
    def supply_item(self) -> Ints:
        return self._column("supplies", "item", "items")

    @cached_property
    def supply_of_row(self) -> Ints:
        return self._ids("supplies")

    @cached_property
    def supply(self) -> Spread:
        return spread(self.supply_of_row, self._column("supplies", "period", "periods"), self.T)

    @cached_property
    def supply_price(self) -> Floats:
        return self.number("supplies", "price")

    @cached_property
    def supply_quantity(self) -> Floats:
        return self.number("supplies", "quantity", np.inf)

    @cached_property
    def demand_place(self) -> Ints:
        return self._column("demands", "place", "places")

    @cached_property
    def demand_item(self) -> Ints:
        return self._column("demands", "item", "items")

    @cached_property
    def demand(self) -> Spread:
        return spread(self._ids("demands"), self._column("demands", "period", "periods"), self.T)

    @cached_property
    def demand_quantity(self) -> Floats:
        return self.number("demands", "quantity")

    @cached_property
    def demand_penalty(self) -> Floats:
        """Cost of one unserved unit; not-a-number where the demand is hard."""
        return self.number("demands", "penalty", np.nan)

    @cached_property
    def demand_single(self) -> Bools:
        return _yes(self.net["demands"]["single_source"])

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

    @cached_property
    def dump_own(self) -> Bools:
        """Ways of disposal that take nothing but what is made as a by-product at their place."""
        return _yes(self.net["disposals"]["own_only"])

    def _ids(self, table: str) -> Ints:
        """Number of the identifier of each row, in order of first appearance."""
        key = self._key(table)
        return key.numbers(key.names) if key.repeated else np.arange(key.names.len(), dtype=np.int32)

    # Options ---------------------------------------------------------------------------------------------------------

    @cached_property
    def option_plant(self) -> Ints:
        return self._column("options", "plant", "plants")

    @cached_property
    def option_integer(self) -> Bools:
        return _yes(self.net["options"]["integer"])

    @cached_property
    def option_start(self) -> Ints:
        """First period in which each option can be in use."""
        lead = _integers(self.net["options"]["lead_time"], 0)
        return np.maximum(lead, np.maximum(self._column("options", "first_period", "periods"), 0))

    @cached_property
    def option_life(self) -> Ints:
        return _integers(self.net["options"]["life"], self.T)

    @cached_property
    def build(self) -> tuple[Ints, Ints]:
        """Pairs (option, period of first use) that are possible, option-major."""
        possible = np.arange(self.T)[None, :] >= self.option_start[:, None]
        option, period = np.nonzero(possible)
        return option.astype(np.int32), period.astype(np.int32)

    @cached_property
    def option_annual_cost(self) -> Floats:
        """Yearly cost of each option by period of first use, shape (n, T)."""
        grid = np.repeat(self.option("annual_cost")[:, None], self.T, axis=1)
        option = self._column("option_periods", "option", "options")
        grid[option, self._column("option_periods", "period", "periods")] = self.number("option_periods", "annual_cost")
        return grid

    def option(self, column: str, blank: float = 0.0) -> Floats:
        """A numeric column of the options table."""
        return self.number("options", column, blank)

    # Contracts and shares --------------------------------------------------------------------------------------------

    @cached_property
    def contract(self) -> Spread:
        return spread(self.contract_of_row, self._column("contracts", "period", "periods"), self.T)

    @cached_property
    def contract_member(self) -> tuple[Ints, Ints]:
        """Lanes of contracts: distinct contract number, lane."""
        contract = self._key("contracts").numbers(self.net["contract_lanes"]["contract"])
        return contract, self._column("contract_lanes", "lane", "lanes")

    @cached_property
    def contract_of_row(self) -> Ints:
        return self._ids("contracts")

    @cached_property
    def share(self) -> Spread:
        return spread(self.share_of_row, self._column("shares", "period", "periods"), self.T)

    @cached_property
    def share_of_row(self) -> Ints:
        return self._ids("shares")

    def share_terms(self, kind: str, table: str) -> tuple[Ints, Ints, Floats]:
        """Terms of share rules over one kind of flow: distinct share number, position in ``table``, coefficient."""
        if kind not in self._terms:
            share, coefficient = self._share_terms
            named = self.net["share_terms"]["of"]
            chosen = (self.net["share_terms"]["kind"] == kind).arg_true()
            at = chosen.to_numpy()
            of = self._key(table).positions(named.gather(chosen)) if at.size else np.zeros(0, dtype=np.int32)
            self._terms[kind] = share[at], of, coefficient[at]
        return self._terms[kind]

    @cached_property
    def _share_terms(self) -> tuple[Ints, Floats]:
        """Distinct share number and coefficient of each row of ``share_terms``."""
        return self._key("shares").numbers(self.net["share_terms"]["share"]), self.number("share_terms", "coefficient")

    # Names -----------------------------------------------------------------------------------------------------------

    def ids(self, table: str) -> Sequence[str]:
        """Identifiers of a table in order of their codes."""
        return list(self.net[table][self.net[table].columns[0]])
