"""Inventories.

    0 <= stock(k, t) <= capacity(k)        cost: w(t) · holding cost(k)

For every store k (one item at one place) at the end of period t.
"""

import numpy as np

from bongsu.plan.arrays import Arrays
from bongsu.plan.blocks.parts import Columns, grid
from bongsu.plan.blocks.scale import Scales

FAMILY = "stock"
UNIT = "unit of the item"
DUAL = "reduced cost: what holding one unit more to the end of the period costs net of its later use"


def columns(a: Arrays, s: Scales) -> Columns:
    store, period = grid(a.net["stocks"].height, a.T)
    cost = (a.number("stocks", "holding_cost")[:, None] * a.weight).reshape(-1)
    upper = a.number("stocks", "capacity", np.inf)[store]
    return Columns(
        FAMILY, {"stocks": store, "period": period}, cost, np.zeros(store.size), upper, s.item[a.stock_item[store]]
    )
