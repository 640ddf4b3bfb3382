"""Most units of an option over all periods.

    Σ_t open(o, t) <= max count(o)

For every integer option o.
"""

import numpy as np

from bongsu.plan.arrays import Arrays
from bongsu.plan.blocks import open_unit
from bongsu.plan.blocks.parts import Entries, Rows
from bongsu.plan.blocks.scale import Scales

FAMILY = "build_count"
UNIT = "units"
DUAL = "none at whole numbers"
ELASTIC = "none: opening nothing always satisfies it"


def rows(a: Arrays, s: Scales) -> Rows:
    option = a.build[0][open_unit.which(a)]
    distinct, place = np.unique(option, return_inverse=True)
    distinct = distinct.astype(np.int32)
    entries = (
        Entries(open_unit.FAMILY, place.astype(np.int32), np.arange(option.size, dtype=np.int32), np.ones(option.size)),
    )
    upper = a.option("max_count", 1.0)[distinct]
    return Rows(FAMILY, {"options": distinct}, np.full(distinct.size, -np.inf), upper, np.ones(distinct.size), entries)
