"""Disposal of what is left over.

    dump(k, t) >= 0        cost: w(t) · cost(k)

For every pair k of place and item where surplus may be got rid of (at a cost) or sold (at a negative cost). Nothing vanishes
anywhere else: a by-product without a way out stops its plant.
"""

import numpy as np

from bongsu.plan.arrays import Arrays
from bongsu.plan.blocks.parts import INF, Columns, grid
from bongsu.plan.blocks.scale import Scales

FAMILY = "dump"
UNIT = "unit of the item per year"
DUAL = "reduced cost: how much cheaper disposal would have to be before surplus is got rid of here"


def columns(a: Arrays, s: Scales) -> Columns:
    way, period = grid(a.net["disposals"].height, a.T)
    cost = a.net["disposals"]["cost"].to_numpy()[way] * a.weight[period]
    keys = {"disposals": way, "period": period}
    return Columns(FAMILY, keys, cost, np.zeros(way.size), np.full(way.size, INF), s.item[a.dump_item[way]])
