"""Quantity below a take-or-pay minimum: the elastic part of a contract.

    0 <= shortfall(c, t) <= minimum(c, t)        cost: w(t) · penalty(c)

For every contract c with a minimum and period t. Without a stated penalty the bound is zero and is opened only when no plan exists.
"""

import numpy as np

from bongsu.plan.arrays import Arrays, Floats
from bongsu.plan.blocks.parts import Columns
from bongsu.plan.blocks.scale import Scales

FAMILY = "shortfall"
UNIT = "unit of the contract's item per year"
DUAL = "reduced cost: what one unit less of the minimum saves"


def contract_scale(a: Arrays, s: Scales) -> Floats:
    """Scale of each contract: that of the item of its first lane."""
    contract, lane = a.contract_member
    scale = np.ones(a.contract_of_row.max(initial=-1) + 1)
    scale[contract[::-1]] = s.item[a.lane_item[lane[::-1]]]
    return scale


def columns(a: Arrays, s: Scales) -> Columns:
    row, period = a.contract.row, a.contract.period
    penalty = a.number("contracts", "penalty", np.nan)[row]
    hard = np.isnan(penalty)
    minimum = a.number("contracts", "minimum")[row]
    cost = np.where(hard, 0.0, penalty) * a.weight[period]
    scale = contract_scale(a, s)[a.contract_of_row[row]]
    upper = np.where(hard, 0.0, minimum)
    return Columns(FAMILY, {"contracts": row, "period": period}, cost, np.zeros(row.size), upper, scale)
