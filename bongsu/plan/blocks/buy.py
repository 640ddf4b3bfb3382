"""Purchases from outside the network.

    0 <= buy(s, t) <= quantity(s, t)        cost: w(t) · price(s, t)

For every offer s and period t for which it stands. Several offers of one item at one place make a price that rises with quantity.
"""

import numpy as np

from bongsu.plan.arrays import Arrays
from bongsu.plan.blocks.parts import Columns
from bongsu.plan.blocks.scale import Scales

FAMILY = "buy"
UNIT = "unit of the item per year"
DUAL = "reduced cost: how much cheaper the offer would have to be, or what a unit more of it would save"


def columns(a: Arrays, s: Scales) -> Columns:
    row, period = a.supply.row, a.supply.period
    cost = a.supply_price[row] * a.weight[period]
    upper = a.supply_quantity[row]
    scale = s.item[a.supply_item[row]]
    return Columns(FAMILY, {"supplies": row, "period": period}, cost, np.zeros(row.size), upper, scale)
