"""Disposal of no more than the by-products of a place.

    dump(k, t) - Σ_m byproduct(m, i, t) · make(m, t)  <=  0

For every way of disposal k that is open to own by-products only, and period t. The sum runs over the modes m at the place of k
whose recipe makes the item i of k as a by-product; byproduct(m, i, t) is the amount that one unit of activity makes. Without these
rows a way out for a by-product would be a market without a limit for whatever can be brought to the place.
"""

import numpy as np

from bongsu.plan.arrays import Arrays
from bongsu.plan.blocks import dump, make
from bongsu.plan.blocks.parts import Entries, Rows, grid, grid_positions, same
from bongsu.plan.blocks.scale import Scales

FAMILY = "dump_own"
UNIT = "unit of the item per year"
DUAL = "value of being allowed to dispose of one more unit than is made as a by-product there"
ELASTIC = "none: disposing of nothing always satisfies it"


def rows(a: Arrays, s: Scales) -> Rows:
    own = np.flatnonzero(a.dump_own).astype(np.int32)
    if not own.size:
        return Rows.none(FAMILY, "disposals", "period")
    way, period = grid(own, a.T)
    at = np.full(a.nodes, -1, dtype=np.int32)
    at[a.dump_node[own]] = np.arange(own.size, dtype=np.int32)
    held = np.flatnonzero(at[a.use_node] >= 0).astype(np.int32)
    row, column = grid_positions(at[a.use_node[held]], a.T), grid_positions(a.use_mode[held], a.T)
    amount = a.use_byproduct[held].ravel()
    made = amount > 0
    entries = (
        Entries(dump.FAMILY, np.arange(way.size, dtype=np.int32), grid_positions(own, a.T), same(1.0, way.size)),
        Entries(make.FAMILY, row[made], column[made], -amount[made]),
    )
    keys = {"disposals": way, "period": period}
    scale = np.repeat(s.item[a.dump_item[own]], a.T)
    return Rows(FAMILY, keys, same(-np.inf, way.size), same(0.0, way.size), scale, entries)
