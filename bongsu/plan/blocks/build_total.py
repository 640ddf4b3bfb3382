"""Most that an option may add over all periods.

    Σ_t build(o, t) <= max total(o)

For every option o with a limit on its total.
"""

import numpy as np

from bongsu.plan.arrays import Arrays
from bongsu.plan.blocks import build
from bongsu.plan.blocks.parts import Entries, Rows
from bongsu.plan.blocks.scale import Scales

FAMILY = "build_total"
UNIT = "unit of capacity per year"
DUAL = "value of being allowed one more unit of new capacity"
ELASTIC = "none: building nothing always satisfies it"


def rows(a: Arrays, s: Scales) -> Rows:
    total = a.option("max_total", np.inf)
    limited = np.flatnonzero(np.isfinite(total)).astype(np.int32)
    place = np.full(total.size, -1, dtype=np.int32)
    place[limited] = np.arange(limited.size, dtype=np.int32)
    option = a.build[0]
    column = np.flatnonzero(place[option] >= 0).astype(np.int32)
    entries = (Entries(build.FAMILY, place[option[column]], column, np.ones(column.size)),)
    return Rows(
        FAMILY,
        {"options": limited},
        np.full(limited.size, -np.inf),
        total[limited],
        s.plant[a.option_plant[limited]],
        entries,
    )
