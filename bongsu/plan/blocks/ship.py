"""Flow on lanes.

    0 <= ship(l, t) <= capacity(l, t)        cost: w(t) · cost(l, t)

For every lane l (one item from one place to another) and period t of departure.
"""

import numpy as np

from bongsu.plan.arrays import Arrays
from bongsu.plan.blocks.parts import Columns, grid, same
from bongsu.plan.blocks.scale import Scales

FAMILY = "ship"
UNIT = "unit of the item per year"
DUAL = "reduced cost: how much cheaper the lane would have to be before it is used, or what a unit more of its capacity saves"


def columns(a: Arrays, s: Scales) -> Columns:
    lane, period = grid(a.lanes, a.T)
    cost = (a.lane_cost * a.weight).reshape(-1)
    scale = np.repeat(s.item[a.lane_item], a.T)
    keys = {"lanes": lane, "period": period}
    return Columns(FAMILY, keys, cost, same(0.0, lane.size), a.lane_capacity.reshape(-1), scale)
