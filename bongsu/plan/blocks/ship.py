"""Flow on lanes.

    0 <= ship(l, t) <= capacity(l, t)        cost: w(t) · cost(l, t)

For every lane l (one item from one place to another) and period t of departure.
"""

import numpy as np

from bongsu.plan.arrays import Arrays
from bongsu.plan.blocks.parts import Columns, grid
from bongsu.plan.blocks.scale import Scales

FAMILY = "ship"
UNIT = "unit of the item per year"
DUAL = "reduced cost: how much cheaper the lane would have to be before it is used, or what a unit more of its capacity saves"


def columns(a: Arrays, s: Scales) -> Columns:
    lane, period = grid(a.lanes, a.T)
    cost = (a.lane_cost * a.weight).ravel()
    upper = a.lane_capacity.ravel()
    return Columns(
        FAMILY, {"lanes": lane, "period": period}, cost, np.zeros(lane.size), upper, s.item[a.lane_item[lane]]
    )
