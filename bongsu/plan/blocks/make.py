"""Activity of processes.

    make(m, t) >= 0        cost: w(t) · cost(m, t)

For every mode m (one process run in one plant) and period t. One unit of activity makes (or takes) one unit of the main item of
the process; w(t) is the discount factor times the length of the period in years.
"""

import numpy as np

from bongsu.plan.arrays import Arrays
from bongsu.plan.blocks.parts import INF, Columns, grid, same
from bongsu.plan.blocks.scale import Scales

FAMILY = "make"
UNIT = "unit of the main item per year"
DUAL = "reduced cost: how much cheaper a unit of activity would have to be before it pays"


def columns(a: Arrays, s: Scales) -> Columns:
    mode, period = grid(a.modes, a.T)
    cost = (a.mode_cost * a.weight).reshape(-1)
    size = mode.size
    scale = np.repeat(s.mode, a.T)
    return Columns(FAMILY, {"modes": mode, "period": period}, cost, same(0.0, size), same(INF, size), scale)
