"""Quantity missing from a required final stock: the elastic part of a final stock.

    stock_gap(k) = 0        cost: none

For every store k with a final stock; fixed at zero, and opened only when no plan exists.
"""

import numpy as np

from bongsu.plan.arrays import Arrays, Ints
from bongsu.plan.blocks.parts import Columns
from bongsu.plan.blocks.scale import Scales

FAMILY = "stock_gap"
UNIT = "unit of the item"
DUAL = "reduced cost: what one unit less of the final stock saves"


def which(a: Arrays) -> Ints:
    """Stores with a required final stock."""
    return np.flatnonzero(a.number("stocks", "final") > 0).astype(np.int32)


def columns(a: Arrays, s: Scales) -> Columns:
    store = which(a)
    zero = np.zeros(store.size)
    return Columns(FAMILY, {"stocks": store}, zero, zero, zero, s.item[a.stock_item[store]])
