"""Material balance.

    Σ_m amount(m, i, t) · make(m, t)
      + Σ_{l into p} (1 - loss(l)) · ship(l, t - delay(l)) - Σ_{l out of p} ship(l, t)
      + Σ_s buy(s, t) + (stock(t - 1) - stock(t)) / years(t)
      + Σ_d short(d, t) - dump(t)  =  Σ_d quantity(d, t)

For every place p and item i that meet anywhere in the network, and period t. The initial stock stands on the right-hand side.
A delay between two whole numbers of periods brings the flow in both, in proportion. Goods on the way at the start of the plan are
not counted.
"""

import numpy as np

from bongsu.plan.arrays import Arrays, Floats
from bongsu.plan.blocks import buy as buy_block
from bongsu.plan.blocks import dump, make, ship, short, stock
from bongsu.plan.blocks.parts import Entries, Rows, count, grid, grid_positions, position, same
from bongsu.plan.blocks.scale import Scales

FAMILY = "balance"
UNIT = "unit of the item per year"
DUAL = "value of one more unit of the item at that place in that period: what it would save"
ELASTIC = "short(d, t) at the penalty of the demand"


def rows(a: Arrays, s: Scales) -> Rows:
    T = a.T
    node, period = grid(a.nodes, T)
    right = np.zeros(node.size)
    demand_at = position(a.demand_node[a.demand.row], a.demand.period, T)
    np.add.at(right, demand_at, a.demand_quantity[a.demand.row])
    dumped = grid_positions(a.dump_node, T)
    entries = (
        _make(a),
        *_ship(a),
        _buy(a),
        *_stock(a, right),
        Entries(short.FAMILY, demand_at, count(demand_at.size), same(1.0, demand_at.size)),
        Entries(dump.FAMILY, dumped, count(dumped.size), same(-1.0, dumped.size)),
    )
    scale = np.repeat(s.item[a.node_item], T)
    return Rows(FAMILY, {"node": node, "period": period}, right, right, scale, entries)


def _make(a: Arrays) -> Entries:
    row, column = grid_positions(a.use_node, a.T), grid_positions(a.use_mode, a.T)
    amount = a.use_amount.ravel()
    if amount.all():
        return Entries(make.FAMILY, row, column, amount)
    used = amount != 0
    return Entries(make.FAMILY, row[used], column[used], amount[used])


def _ship(a: Arrays) -> tuple[Entries, ...]:
    T = a.T
    column = count(a.lanes * T)
    leaves = Entries(ship.FAMILY, grid_positions(a.lane_start, T), column, same(-1.0, column.size))
    to, kept = a.lane_end, 1.0 - a.lane_loss
    if not a.lane_delay.any():
        return leaves, Entries(ship.FAMILY, grid_positions(to, T), column, np.repeat(kept, T))
    arrives = []
    for after, part in a.lane_legs:
        lane, period = grid(a.lanes, T)
        arrival = period + after[lane]
        inside = (arrival < T) & (part[lane] > 0)
        lane, period, arrival = lane[inside], period[inside], arrival[inside]
        # A flow per year that leaves in a period of one length arrives spread over a period of another.
        value = part[lane] * kept[lane] * a.years[period] / a.years[arrival]
        arrives.append(Entries(ship.FAMILY, position(to[lane], arrival, T), column[inside], value))
    return leaves, *arrives


def _buy(a: Arrays) -> Entries:
    row = position(a.supply_node[a.supply.row], a.supply.period, a.T)
    return Entries(buy_block.FAMILY, row, count(row.size), same(1.0, row.size))


def _stock(a: Arrays, right: Floats) -> tuple[Entries, Entries]:
    T = a.T
    store, period = grid(a.stock_node.size, T)
    row, column = grid_positions(a.stock_node, T), count(store.size)
    kept = Entries(stock.FAMILY, row, column, -1.0 / a.years[period])
    later = period + 1 < T
    freed = Entries(stock.FAMILY, row[later] + np.int32(1), column[later], 1.0 / a.years[period[later] + 1])
    np.add.at(right, a.stock_node * T, -a.number("stocks", "initial") / a.years[0])
    return kept, freed
