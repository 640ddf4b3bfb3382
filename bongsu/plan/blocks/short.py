"""Unserved demand: the elastic part of every demand.

    0 <= short(d, t) <= quantity(d, t)        cost: w(t) · penalty(d)

For every demand d and period t. A priced demand states its penalty. For a hard demand the bound is zero; when no plan exists,
the bound is opened at a penalty above any real price, and what is then short is named.
"""

import numpy as np

from bongsu.plan.arrays import Arrays
from bongsu.plan.blocks.parts import Columns
from bongsu.plan.blocks.scale import Scales

FAMILY = "short"
UNIT = "unit of the item per year"
DUAL = "reduced cost: by how much serving one unit more beats leaving it unserved"


def columns(a: Arrays, s: Scales) -> Columns:
    row, period = a.demand.row, a.demand.period
    penalty = a.demand_penalty[row]
    hard = np.isnan(penalty)
    cost = np.where(hard, 0.0, penalty) * a.weight[period]
    upper = np.where(hard, 0.0, a.demand_quantity[row])
    return Columns(
        FAMILY, {"demands": row, "period": period}, cost, np.zeros(row.size), upper, s.item[a.demand_item[row]]
    )
