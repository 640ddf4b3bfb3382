"""Use of a corridor that costs a fixed amount.

    open_corridor(c) in {0, 1}        cost: fixed cost(c)

For every corridor c with a fixed cost; paid once, in the first period's money.
"""

import numpy as np

from bongsu.plan.arrays import Arrays, Ints
from bongsu.plan.blocks.parts import Columns
from bongsu.plan.blocks.scale import Scales

FAMILY = "open_corridor"
UNIT = "0 or 1"
DUAL = "none at whole numbers; prices are taken with the corridors fixed"


def which(a: Arrays) -> Ints:
    """Corridors that have a fixed cost."""
    return np.flatnonzero(a.corridor_fixed > 0).astype(np.int32)


def columns(a: Arrays, s: Scales) -> Columns:
    corridor = which(a)
    size = corridor.size
    cost = a.corridor_fixed[corridor]
    whole = np.ones(size, dtype=bool)
    return Columns(FAMILY, {"corridors": corridor}, cost, np.zeros(size), np.ones(size), np.ones(size), whole)
