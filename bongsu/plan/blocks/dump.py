"""Disposal of what is left over.

    dump(k, t) >= 0        cost: w(t) · cost(k)

For every pair k of place and item where surplus may be got rid of (at a cost) or sold (at a negative cost). Nothing vanishes
anywhere else: a by-product without a way out stops its plant.
"""

import numpy as np

from bongsu.plan.arrays import Arrays
from bongsu.plan.blocks.parts import INF, Columns, grid, same
from bongsu.plan.blocks.scale import Scales

FAMILY = "dump"
UNIT = "unit of the item per year"
DUAL = "reduced cost: how much cheaper disposal would have to be before surplus is got rid of here"


def columns(a: Arrays, s: Scales) -> Columns:
    way, period = grid(a.net["disposals"].height, a.T)
    cost = (a.number("disposals", "cost")[:, None] * a.weight).reshape(-1)
    scale = np.repeat(s.item[a.dump_item], a.T)
    return Columns(FAMILY, {"disposals": way, "period": period}, cost, same(0.0, way.size), same(INF, way.size), scale)
