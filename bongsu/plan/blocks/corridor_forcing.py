"""No flow through a corridor that is not opened, item by item.

    ship(l, t)  <=  M(l, t) · open_corridor(c),        M = min(capacity(c, t) / use, lane capacity, all demand for the item that
                                                        could lie behind it)

For every lane l of a corridor c with a fixed cost, and period t. Where the corridor has a capacity these rows follow from the
capacity rows in whole numbers; they are stated because they make the relaxation much tighter (the strong forcing constraints of
fixed-charge network design).
M uses demand only where nothing but demand can want the item to move: no recipe consumes it, nothing of it is disposed of, stored,
lost or under way, and no contract, share rule or negative freight rewards its movement. A corridor with a fixed cost and no
capacity is held by these rows alone, so then M must be known.
"""

import numpy as np

from bongsu.plan.arrays import Arrays, Floats
from bongsu.plan.blocks import open_corridor, ship
from bongsu.plan.blocks.parts import Entries, Rows, grid, position
from bongsu.plan.blocks.scale import Scales, between

FAMILY = "corridor_forcing"
UNIT = "unit of the item per year"
DUAL = "value of opening the corridor a little for this item, with the choice fixed"
ELASTIC = "none: using nothing always satisfies it"


def most_useful(a: Arrays) -> Floats:
    """Upper bound on the useful flow of each item in each period on any one lane, shape (items, T)."""
    total = np.zeros((a.items, a.T))
    np.add.at(total, (a.demand_item[a.demand.row], a.demand.period), a.demand_quantity[a.demand.row])
    other = np.zeros(a.items, dtype=bool)
    other[a.use_item[a.use_taken]] = True
    other[a.dump_item] = True
    other[a.stock_item] = True
    other[a.lane_item[(a.lane_loss > 0) | (a.lane_delay > 0) | (a.lane_cost < 0).any(axis=1)]] = True
    other[a.lane_item[a.contract_member[1]]] = True
    other[a.lane_item[a.share_terms("lane", "lanes")[1]]] = True
    total[other] = np.inf
    return total


def rows(a: Arrays, s: Scales) -> Rows:
    T = a.T
    opened = open_corridor.which(a)
    place = np.full(a.corridors, -1, dtype=np.int32)
    place[opened] = np.arange(opened.size, dtype=np.int32)
    of, lane, use = a.member
    if not opened.size:
        return Rows.none(FAMILY, "corridors", "lanes", "period")
    member, period = grid(np.flatnonzero(place[of] >= 0).astype(np.int32), T)
    most = np.minimum(most_useful(a)[a.lane_item[lane[member]], period], a.lane_capacity[lane[member], period])
    with np.errstate(divide="ignore", invalid="ignore"):
        most = np.minimum(most, a.corridor_capacity[of[member], period] / use[member])
    known = np.isfinite(most)
    free = ~known & ~np.isfinite(a.corridor_capacity[of[member], period]) & (use[member] > 0)
    if free.any():
        name = a.ids("corridors")[int(of[member[free][0]])]
        raise ValueError(
            f"corridor {name} has a fixed cost, and nothing limits what goes through it: give its capacity"
        )
    member, period, most = member[known], period[known], most[known]
    row = np.arange(member.size, dtype=np.int32)
    entries = (
        Entries(ship.FAMILY, row, position(lane[member], period, T), np.ones(row.size)),
        Entries(open_corridor.FAMILY, row, place[of[member]], -most),
    )
    keys = {"corridors": of[member], "lanes": lane[member], "period": period}
    scale = between(s.item[a.lane_item[lane[member]]], most)
    return Rows(FAMILY, keys, np.full(row.size, -np.inf), np.zeros(row.size), scale, entries)
