"""No shipment from a plant that is not opened, customer by customer.

    ship(l, t)  <=  M(l, t) · Σ_o Σ_{τ standing in t} open(o, τ),        M = min(lane capacity, demand behind the lane)

For every lane l that leaves a place where its item can come only from plants without capacity of their own that integer options
open, and that ends at a place where the item is only demanded. Like the forcing rows of corridors these follow from the others
in whole numbers and are stated because they tighten the relaxation (the strong formulation of facility location).
"""

import numpy as np

from bongsu.plan.arrays import Arrays, Bools, Ints, runs
from bongsu.plan.blocks import open_unit, ship
from bongsu.plan.blocks.parts import Entries, Rows, grid, position
from bongsu.plan.blocks.scale import Scales, between

FAMILY = "open_forcing"
UNIT = "unit of the item per year"
DUAL = "value of opening the plant a little for this customer, with the choice fixed"
ELASTIC = "none: shipping nothing always satisfies it"


def _touched(a: Arrays, *nodes: Ints) -> Bools:
    result = np.zeros(a.nodes, dtype=bool)
    for node in nodes:
        result[node] = True
    return result


def rows(a: Arrays, s: Scales) -> Rows:
    T = a.T
    option = open_unit.which(a)
    if not option.size:
        return Rows.none(FAMILY, "lanes", "period")
    from_node, to_node, use_node = a.lane_start, a.lane_end, a.use_node
    bought, stored = a.supply_node, a.stock_node
    makes, use_plant = a.use_made, a.mode_plant[a.use_mode]
    whole = np.zeros(a.plants, dtype=bool)
    whole[a.option_plant[a.build[0][option]]] = True
    whole[a.option_plant[~a.option_integer]] = False
    whole[a.mode_plant[a.mode_use == 0]] = False
    closed = whole & (a.capacity == 0).all(axis=1)
    outside = _touched(a, bought, stored, to_node, use_node[makes & ~closed[use_plant]])
    origin = _touched(a, use_node[makes & closed[use_plant]]) & ~outside
    elsewhere = _touched(a, stored, from_node, use_node, a.dump_node)
    end = _touched(a, a.demand_node) & ~elsewhere
    lanes = np.flatnonzero(origin[from_node] & end[to_node] & (a.lane_delay == 0)).astype(np.int32)
    lane, period = grid(lanes, T)
    wanted = np.zeros((a.nodes, T))
    np.add.at(wanted, (a.demand_node[a.demand.row], a.demand.period), a.demand_quantity[a.demand.row])
    most = np.minimum(wanted[to_node[lane], period] / (1.0 - a.lane_loss[lane]), a.lane_capacity[lane, period])
    row = np.arange(lane.size, dtype=np.int32)
    entries = (
        Entries(ship.FAMILY, row, position(lane, period, T), np.ones(row.size)),
        _opened(a, use_node[makes], use_plant[makes], option, from_node[lanes], most),
    )
    keys = {"lanes": lane, "period": period}
    return Rows(
        FAMILY, keys, np.full(row.size, -np.inf), np.zeros(row.size), between(s.item[a.lane_item[lane]], most), entries
    )


def _opened(a: Arrays, node: Ints, plant: Ints, option: Ints, origin: Ints, most: np.ndarray) -> Entries:
    """Entries of the unit variables of every plant that makes the item at the lane's origin, for each period they stand in."""
    T = a.T
    plants_at: dict[int, list[int]] = {}
    for at, one in zip(node.tolist(), plant.tolist(), strict=True):
        if one not in plants_at.setdefault(at, []):
            plants_at[at].append(one)
    units_of: dict[int, list[int]] = {}
    for unit, one in enumerate(a.option_plant[a.build[0][option]].tolist()):
        units_of.setdefault(one, []).append(unit)
    start, life = a.build[1][option], a.option_life[a.build[0][option]]
    spans: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    rows_, columns_ = [], []
    for index, at in enumerate(origin.tolist()):
        if at not in spans:
            units = np.array([unit for one in plants_at[at] for unit in units_of.get(one, [])], dtype=np.int64)
            stands = np.minimum(T - start[units], life[units])
            column = np.repeat(units, stands)
            spans[at] = (column, start[column] + runs(stands))
        column, period = spans[at]
        rows_.append(index * T + period)
        columns_.append(column)
    row = np.concatenate(rows_).astype(np.int32) if rows_ else np.zeros(0, dtype=np.int32)
    columns = np.concatenate(columns_).astype(np.int32) if columns_ else np.zeros(0, dtype=np.int32)
    return Entries(open_unit.FAMILY, row, columns, -most[row])
