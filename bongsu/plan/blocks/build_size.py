"""Size of opened units.

    build(o, t) <= max size(o) · open(o, t)        build(o, t) >= min size(o) · open(o, t)

For every integer option o and period t of first use; two rows each.
"""

import numpy as np

from bongsu.plan.arrays import Arrays
from bongsu.plan.blocks import build, open_unit
from bongsu.plan.blocks.parts import Entries, Rows
from bongsu.plan.blocks.scale import Scales, between

FAMILY = "build_size"
UNIT = "unit of capacity per year"
DUAL = "value of a larger (or smaller) unit, with the number of units fixed"
ELASTIC = "none: opening nothing always satisfies it"


def rows(a: Arrays, s: Scales) -> Rows:
    chosen = open_unit.which(a)
    option, period = a.build[0][chosen], a.build[1][chosen]
    count = np.arange(chosen.size, dtype=np.int32)
    entries = (
        Entries(build.FAMILY, 2 * count, chosen, np.ones(count.size)),
        Entries(open_unit.FAMILY, 2 * count, count, -a.option("max_size")[option]),
        Entries(build.FAMILY, 2 * count + 1, chosen, np.ones(count.size)),
        Entries(open_unit.FAMILY, 2 * count + 1, count, -a.option("min_size")[option]),
    )
    lower, upper = np.tile([-np.inf, 0.0], count.size), np.tile([0.0, np.inf], count.size)
    keys = {"options": np.repeat(option, 2), "period": np.repeat(period, 2)}
    scale = between(s.plant[a.option_plant[option]], a.option("max_size")[option])
    return Rows(FAMILY, keys, lower, upper, np.repeat(scale, 2), entries)
