"""Choice of the one lane that serves a single-sourced demand.

    assign(l, d, t) in {0, 1}        cost: none

For every single-sourced demand d, lane l that brings its item to its place, and period t.
"""

import numpy as np
import numpy.typing as npt

from bongsu.plan.arrays import Arrays, Ints, runs
from bongsu.plan.blocks.parts import Columns
from bongsu.plan.blocks.scale import Scales

FAMILY = "assign"
UNIT = "0 or 1"
DUAL = "none at whole numbers; prices are taken with the choice fixed"


def which(a: Arrays) -> tuple[Ints, Ints]:
    """Pairs (position in the spread demands, lane) that could be chosen, demand-major."""
    single = np.flatnonzero(a.demand_single[a.demand.row]).astype(np.int32)
    if not single.size:
        return single, single
    wanted, arrives = a.demand_node[a.demand.row[single]], a.lane_end
    order = np.argsort(arrives, kind="stable").astype(np.int32)
    first = np.searchsorted(arrives[order], wanted, side="left")
    count: npt.NDArray[np.int64] = np.searchsorted(arrives[order], wanted, side="right") - first
    return np.repeat(single, count), order[np.repeat(first, count) + runs(count)]


def columns(a: Arrays, s: Scales) -> Columns:
    demand, lane = which(a)
    size = demand.size
    keys = {"demands": a.demand.row[demand], "lanes": lane, "period": a.demand.period[demand]}
    return Columns(
        FAMILY, keys, np.zeros(size), np.zeros(size), np.ones(size), np.ones(size), np.ones(size, dtype=bool)
    )
