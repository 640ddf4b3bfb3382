"""Material balance.

    Σ_m amount(m, i, t) · make(m, t)
      + Σ_{l into p} (1 - loss(l)) · ship(l, t - delay(l)) - Σ_{l out of p} ship(l, t)
      + Σ_s buy(s, t) + (stock(t - 1) - stock(t)) / years(t)
      + Σ_d short(d, t) - dump(t)  =  Σ_d quantity(d, t)

For every place p and item i that meet anywhere in the network, and period t. The initial stock stands on the right-hand side.
Goods on the way at the start of the plan are not counted.
"""

import numpy as np

from bongsu.plan.arrays import Arrays
from bongsu.plan.blocks import buy as buy_block
from bongsu.plan.blocks import dump, make, ship, short, stock
from bongsu.plan.blocks.parts import Entries, Rows, grid, position
from bongsu.plan.blocks.scale import Scales

FAMILY = "balance"
UNIT = "unit of the item per year"
DUAL = "value of one more unit of the item at that place in that period: what it would save"
ELASTIC = "short(d, t) at the penalty of the demand"


def rows(a: Arrays, s: Scales) -> Rows:
    T = a.T
    node, period = grid(a.nodes, T)
    right = np.zeros(node.size)
    demand_at = position(a.node(a.demand_place, a.demand_item)[a.demand.row], a.demand.period, T)
    np.add.at(right, demand_at, a.demand_quantity[a.demand.row])
    entries = [
        _make(a),
        *_ship(a),
        _buy(a),
        *_stock(a, right),
        Entries(short.FAMILY, demand_at, _count(demand_at), _ones(demand_at)),
    ]
    way, at = grid(a.net["disposals"].height, T)
    dumped = position(a.node(a.dump_place, a.dump_item)[way], at, T)
    entries.append(Entries(dump.FAMILY, dumped, _count(dumped), -_ones(dumped)))
    return Rows(FAMILY, {"node": node, "period": period}, right, right, s.item[a.node_item[node]], tuple(entries))


def _count(like: np.ndarray) -> np.ndarray:
    return np.arange(like.size, dtype=np.int32)


def _ones(like: np.ndarray) -> np.ndarray:
    return np.ones(like.size)


def _make(a: Arrays) -> Entries:
    node = a.node(a.plant_place[a.mode_plant][a.use_mode], a.use_item)
    entry, period = grid(node.size, a.T)
    amount = a.use_amount.ravel()
    row, column = position(node[entry], period, a.T), position(a.use_mode[entry], period, a.T)
    if amount.all():
        return Entries(make.FAMILY, row, column, amount)
    used = amount != 0
    return Entries(make.FAMILY, row[used], column[used], amount[used])


def _ship(a: Arrays) -> tuple[Entries, Entries]:
    T = a.T
    lane, period = grid(a.lanes, T)
    column = np.arange(lane.size, dtype=np.int32)
    leaves = Entries(
        ship.FAMILY, position(a.node(a.lane_from, a.lane_item)[lane], period, T), column, -np.ones(lane.size)
    )
    to, kept = a.node(a.lane_to, a.lane_item), 1.0 - a.lane_loss
    if not a.lane_delay.any():
        return leaves, Entries(ship.FAMILY, position(to[lane], period, T), column, kept[lane])
    arrival = period + a.lane_delay[lane]
    # A flow per year that leaves in a period of one length arrives spread over a period of another.
    inside = arrival < T
    lane, period, arrival = lane[inside], period[inside], arrival[inside]
    value = kept[lane] * a.years[period] / a.years[arrival]
    return leaves, Entries(ship.FAMILY, position(to[lane], arrival, T), column[inside], value)


def _buy(a: Arrays) -> Entries:
    row = position(a.node(a.supply_place, a.supply_item)[a.supply.row], a.supply.period, a.T)
    return Entries(buy_block.FAMILY, row, _count(row), _ones(row))


def _stock(a: Arrays, right: np.ndarray) -> tuple[Entries, Entries]:
    T = a.T
    store, period = grid(a.net["stocks"].height, T)
    node = a.node(a.stock_place, a.stock_item)
    column = np.arange(store.size, dtype=np.int32)
    kept = Entries(stock.FAMILY, position(node[store], period, T), column, -1.0 / a.years[period])
    later = period + 1 < T
    freed = Entries(
        stock.FAMILY, position(node[store], period + 1, T)[later], column[later], 1.0 / a.years[period[later] + 1]
    )
    np.add.at(right, position(node, np.zeros_like(node), T), -a.net["stocks"]["initial"].to_numpy() / a.years[0])
    return kept, freed
