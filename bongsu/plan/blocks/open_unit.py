"""Whole units of new capacity.

    open(o, t) in {0, 1, ..., min(max count(o), max per period(o))}        cost: d(t) · fixed cost(o)

For every integer option o and period t of first use.
"""

import numpy as np

from bongsu.plan.arrays import Arrays, Ints
from bongsu.plan.blocks.parts import Columns
from bongsu.plan.blocks.scale import Scales

FAMILY = "open_unit"
UNIT = "units"
DUAL = "none at whole numbers; prices are taken with the units fixed"


def which(a: Arrays) -> Ints:
    """Positions among the build columns that have a unit variable."""
    return np.flatnonzero(a.option_integer[a.build[0]]).astype(np.int32)


def columns(a: Arrays, s: Scales) -> Columns:
    chosen = which(a)
    option, period = a.build[0][chosen], a.build[1][chosen]
    cost = a.option("fixed_cost")[option] * a.discount[period]
    upper = np.minimum(a.option("max_count", 1.0), a.option("max_per_period", np.inf))[option]
    whole = np.ones(option.size, dtype=bool)
    keys = {"options": option, "period": period}
    return Columns(FAMILY, keys, cost, np.zeros(option.size), upper, np.ones(option.size), whole)
