"""Stock that must remain at the end.

    stock(k, last) + stock_gap(k)  >=  final(k)

For every store k with a final stock.
"""

import numpy as np

from bongsu.plan.arrays import Arrays
from bongsu.plan.blocks import stock, stock_gap
from bongsu.plan.blocks.parts import INF, Entries, Rows
from bongsu.plan.blocks.scale import Scales

FAMILY = "stock_final"
UNIT = "unit of the item"
DUAL = "cost of one more unit of required final stock"
ELASTIC = "stock_gap(k)"


def rows(a: Arrays, s: Scales) -> Rows:
    store = stock_gap.which(a)
    own = np.arange(store.size, dtype=np.int32)
    entries = (
        Entries(stock.FAMILY, own, (store * a.T + a.T - 1).astype(np.int32), np.ones(own.size)),
        Entries(stock_gap.FAMILY, own, own, np.ones(own.size)),
    )
    final = a.number("stocks", "final")[store]
    return Rows(FAMILY, {"stocks": store}, final, np.full(own.size, INF), s.item[a.stock_item[store]], entries)
