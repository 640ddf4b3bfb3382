"""Single sourcing.

    Σ_l assign(l, d, t) <= 1
    (1 - loss(l)) · ship(l, t - delay(l)) - quantity(d, t) · assign(l, d, t) <= 0

For every single-sourced demand d and period t, and each lane l that could serve it; what is sent counts when it arrives. The lanes
into its place carry nothing else.
"""

from collections.abc import Iterator

import numpy as np

from bongsu.plan.arrays import Arrays, Ints
from bongsu.plan.blocks import assign, ship
from bongsu.plan.blocks.parts import Entries, Rows, position
from bongsu.plan.blocks.scale import Scales, between

FAMILY = "single_source"
UNIT = "number of lanes; unit of the item per year"
DUAL = "value of being allowed a second source, with the choice fixed"
ELASTIC = "short(d, t) of the demand"


def rows(a: Arrays, s: Scales) -> Rows:
    demand, lane = assign.which(a)
    distinct, place = np.unique(demand, return_inverse=True)
    ones, chosen = distinct.size, np.arange(demand.size, dtype=np.int32)
    linked = (ones + chosen).astype(np.int32)
    period = a.demand.period[demand]
    quantity = a.demand_quantity[a.demand.row[demand]]
    entries = (
        Entries(assign.FAMILY, place.astype(np.int32), chosen, np.ones(chosen.size)),
        *_arriving(a, lane, period, linked),
        Entries(assign.FAMILY, linked, chosen, -quantity),
    )
    every = np.concatenate([distinct, demand]).astype(np.int32)
    keys = {"demands": a.demand.row[every], "period": a.demand.period[every]}
    upper = np.concatenate([np.ones(ones), np.zeros(chosen.size)])
    scale = np.concatenate([np.ones(ones), between(s.item[a.lane_item[lane]], quantity)])
    return Rows(FAMILY, keys, np.full(upper.size, -np.inf), upper, scale, entries)


def _arriving(a: Arrays, lane: Ints, period: Ints, row: Ints) -> Iterator[Entries]:
    """Entries of what arrives over each lane in each period: sent ``delay`` periods before, and not before the plan begins."""
    for after, part in a.lane_legs:
        sent = period - after[lane]
        inside = (sent >= 0) & (part[lane] > 0)
        over, then, now = lane[inside], sent[inside], period[inside]
        value = part[over] * (1.0 - a.lane_loss[over]) * a.years[then] / a.years[now]
        yield Entries(ship.FAMILY, row[inside], position(over, then, a.T), value)
