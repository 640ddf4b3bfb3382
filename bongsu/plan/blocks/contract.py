"""Offtake contracts and take-or-pay.

    minimum(c, t)  <=  Σ_{l of c} ship(l, t) + shortfall(c, t)        Σ_{l of c} ship(l, t)  <=  maximum(c, t)

For every contract c and period t; two rows each, the second only where a maximum is stated.
"""

import numpy as np

from bongsu.plan.arrays import Arrays, runs
from bongsu.plan.blocks import ship, shortfall
from bongsu.plan.blocks.parts import Entries, Rows, position
from bongsu.plan.blocks.scale import Scales

FAMILY = "contract"
UNIT = "unit of the item per year"
DUAL = "value of one unit less of the minimum, or one more of the maximum"
ELASTIC = "shortfall(c, t) at the penalty of the contract"


def rows(a: Arrays, s: Scales) -> Rows:
    row, period = a.contract.row, a.contract.period
    minimum = a.number("contracts", "minimum")[row]
    maximum = a.number("contracts", "maximum", np.inf)[row]
    capped = np.flatnonzero(np.isfinite(maximum)).astype(np.int32)
    floors, total = row.size, row.size + capped.size
    contract, lane = a.contract_member
    order = np.argsort(contract, kind="stable")
    contract, lane = contract[order], lane[order]
    of = a.contract_of_row[row]
    first = np.searchsorted(contract, of, side="left")
    count = np.searchsorted(contract, of, side="right") - first
    at = np.repeat(np.arange(floors, dtype=np.int32), count)
    flow = position(lane[np.repeat(first, count) + runs(count)], period[at], a.T)
    cap_of = np.full(floors, -1, dtype=np.int32)
    cap_of[capped] = np.arange(floors, total, dtype=np.int32)
    held = cap_of[at] >= 0
    own = np.arange(floors, dtype=np.int32)
    entries = (
        Entries(ship.FAMILY, at, flow, np.ones(at.size)),
        Entries(shortfall.FAMILY, own, own, np.ones(floors)),
        Entries(ship.FAMILY, cap_of[at][held], flow[held], np.ones(int(held.sum()))),
    )
    keys = {"contracts": np.concatenate([row, row[capped]]), "period": np.concatenate([period, period[capped]])}
    lower = np.concatenate([minimum, np.full(capped.size, -np.inf)])
    upper = np.concatenate([np.full(floors, np.inf), maximum[capped]])
    scale = shortfall.contract_scale(a, s)[a.contract_of_row[keys["contracts"]]]
    return Rows(FAMILY, keys, lower, upper, scale, entries)
