"""Quantity by which a share rule is missed: the elastic part of a share.

    waiver(r, t) >= 0        cost: w(t) · penalty(r)

For every share rule r and period t. Without a stated penalty it is fixed at zero and is opened only when no plan exists.
"""

import numpy as np

from bongsu.plan.arrays import Arrays, Floats
from bongsu.plan.blocks.parts import INF, Columns
from bongsu.plan.blocks.scale import Scales

FAMILY = "waiver"
UNIT = "unit of the rule's flows per year"
DUAL = "reduced cost: how much dearer missing the rule is than keeping it"


def share_scale(a: Arrays, s: Scales) -> Floats:
    """Scale of each share rule: that of the first flow found in it."""
    scale = np.ones(a.share_of_row.max(initial=-1) + 1)
    rule, mode, _ = a.share_terms("mode", "modes")
    scale[rule[::-1]] = s.mode[mode[::-1]]
    rule, supply, _ = a.share_terms("supply", "supplies")
    scale[rule[::-1]] = s.item[a.supply_item[supply[::-1]]]
    rule, lane, _ = a.share_terms("lane", "lanes")
    scale[rule[::-1]] = s.item[a.lane_item[lane[::-1]]]
    return scale


def columns(a: Arrays, s: Scales) -> Columns:
    row, period = a.share.row, a.share.period
    penalty = a.number("shares", "penalty", np.nan)[row]
    hard = np.isnan(penalty)
    cost = np.where(hard, 0.0, penalty) * a.weight[period]
    scale = share_scale(a, s)[a.share_of_row[row]]
    return Columns(FAMILY, {"shares": row, "period": period}, cost, np.zeros(row.size), np.where(hard, 0.0, INF), scale)
