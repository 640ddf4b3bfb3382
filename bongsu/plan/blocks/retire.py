"""Capacity given up for good.

    0 <= retire(p, t) <= capacity(p, t)        cost: - w(t) · fixed cost(p)

For every retirable plant p and period t: the part of its own capacity that is given up by then and saves its fixed cost. It is
what makes unit cost depend on utilisation: average cost at load u is variable + fixed / u, and a plant that stays under-used is
closed rather than carried.
"""

import numpy as np

from bongsu.plan.arrays import Arrays, Ints
from bongsu.plan.blocks.parts import Columns, grid
from bongsu.plan.blocks.scale import Scales

FAMILY = "retire"
UNIT = "unit of capacity per year"
DUAL = "reduced cost: what keeping one unit of the capacity is worth above its fixed cost"


def which(a: Arrays) -> Ints:
    """Plants that may retire capacity of their own that is limited."""
    may = np.flatnonzero(a.retirable).astype(np.int32)
    own = a.capacity[may]
    return may[np.isfinite(own).all(axis=1) & (own > 0).any(axis=1)]


def columns(a: Arrays, s: Scales) -> Columns:
    plant, period = grid(which(a), a.T)
    cost = -a.fixed_cost[plant] * a.weight[period]
    return Columns(
        FAMILY,
        {"plants": plant, "period": period},
        cost,
        np.zeros(plant.size),
        a.capacity[plant, period],
        s.plant[plant],
    )
