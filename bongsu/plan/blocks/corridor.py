"""Capacity of what several lanes share.

    Σ_l use(c, l) · ship(l, t) - capacity(c, t) · open_corridor(c)  <=  0        (corridors with a fixed cost)
    Σ_l use(c, l) · ship(l, t)  <=  capacity(c, t)                                (the others)

For every corridor c whose capacity is limited in some period, and period t.
"""

import numpy as np

from bongsu.plan.arrays import Arrays, Ints
from bongsu.plan.blocks import open_corridor, ship
from bongsu.plan.blocks.parts import Entries, Rows, grid, position
from bongsu.plan.blocks.scale import Scales, between

FAMILY = "corridor"
UNIT = "unit of use per year"
DUAL = "value of one more unit of the corridor's capacity for that year"
ELASTIC = "none: using nothing always satisfies it"


def which(a: Arrays) -> Ints:
    """Corridors whose capacity is limited in some period."""
    return np.flatnonzero(np.isfinite(a.corridor_capacity).any(axis=1)).astype(np.int32)


def rows(a: Arrays, s: Scales) -> Rows:
    T = a.T
    limited = which(a)
    place = np.full(a.corridors, -1, dtype=np.int32)
    place[limited] = np.arange(limited.size, dtype=np.int32)
    corridor, period = grid(limited, T)
    of, lane, use = a.member
    held = np.flatnonzero(place[of] >= 0).astype(np.int32)
    entry, at = grid(held, T)
    opened = open_corridor.which(a)
    switch = np.flatnonzero(place[opened] >= 0).astype(np.int32)
    column, when = grid(switch, T)
    most = a.corridor_capacity[opened[column], when]
    held_by = np.isfinite(most)
    column, when, most = column[held_by], when[held_by], most[held_by]
    entries = (
        Entries(ship.FAMILY, position(place[of[entry]], at, T), position(lane[entry], at, T), use[entry]),
        Entries(open_corridor.FAMILY, position(place[opened[column]], when, T), column, -most),
    )
    capacity = a.corridor_capacity[corridor, period]
    switched = (a.corridor_fixed[corridor] > 0) & np.isfinite(capacity)
    upper = np.where(switched, 0.0, capacity)
    keys = {"corridors": corridor, "period": period}
    unit = s.corridor[corridor]
    scale = np.where(switched, between(unit, capacity), unit)
    return Rows(FAMILY, keys, np.full(corridor.size, -np.inf), upper, scale, entries)
