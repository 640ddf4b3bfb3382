"""What is given up stays given up.

    retire(p, t) - retire(p, t - 1) >= - max(0, capacity(p, t - 1) - capacity(p, t))

For every retirable plant p and period t after the first; capacity that ends by itself takes its retired part with it.
"""

import numpy as np

from bongsu.plan.arrays import Arrays
from bongsu.plan.blocks import retire
from bongsu.plan.blocks.parts import INF, Entries, Rows, grid
from bongsu.plan.blocks.scale import Scales

FAMILY = "retire_order"
UNIT = "unit of capacity per year"
DUAL = "value of being able to reopen one unit of capacity"
ELASTIC = "none: giving up nothing always satisfies it"


def rows(a: Arrays, s: Scales) -> Rows:
    T = a.T
    plants = retire.which(a)
    plant, period = grid(plants, max(T - 1, 0))
    period = (period + 1).astype(np.int32)
    row = np.arange(plant.size, dtype=np.int32)
    here = (np.repeat(np.arange(plants.size, dtype=np.int32), max(T - 1, 0)) * T + period).astype(np.int32)
    ended = np.maximum(a.capacity[plant, period - 1] - a.capacity[plant, period], 0.0)
    entries = (
        Entries(retire.FAMILY, row, here, np.ones(row.size)),
        Entries(retire.FAMILY, row, here - 1, -np.ones(row.size)),
    )
    keys = {"plants": plant, "period": period}
    return Rows(FAMILY, keys, -ended, np.full(row.size, INF), s.plant[plant], entries)
