"""Capacity of plants.

    Σ_m use(m) · make(m, t) - Σ_o Σ_{τ standing in t} build(o, τ) + retire(p, t)  <=  capacity(p, t)

For every plant p whose own capacity is limited, and period t. build(o, τ) stands in t if τ <= t < τ + life(o).
"""

import numpy as np

from bongsu.plan.arrays import Arrays, Ints
from bongsu.plan.blocks import build, make, retire
from bongsu.plan.blocks.parts import Entries, Rows, grid, position
from bongsu.plan.blocks.scale import Scales

FAMILY = "capacity"
UNIT = "unit of capacity per year"
DUAL = "value of one more unit of capacity in that plant for that year: what it would save"
ELASTIC = "none: without capacity nothing is made, and the demand behind it is short"


def which(a: Arrays) -> Ints:
    """Plants whose capacity is limited in some period."""
    return np.flatnonzero(np.isfinite(a.capacity).any(axis=1)).astype(np.int32)


def rows(a: Arrays, s: Scales) -> Rows:
    T = a.T
    limited = which(a)
    place = np.full(a.plants, -1, dtype=np.int32)
    place[limited] = np.arange(limited.size, dtype=np.int32)
    plant, period = grid(limited, T)
    upper = a.capacity[plant, period]
    return Rows(
        FAMILY,
        {"plants": plant, "period": period},
        np.full(plant.size, -np.inf),
        upper,
        s.plant[plant],
        (_make(a, place), _build(a, place), _retire(a, place)),
    )


def _make(a: Arrays, place: Ints) -> Entries:
    held = np.flatnonzero(place[a.mode_plant] >= 0).astype(np.int32)
    mode, period = grid(held, a.T)
    return Entries(
        make.FAMILY, position(place[a.mode_plant[mode]], period, a.T), position(mode, period, a.T), a.mode_use[mode]
    )


def _build(a: Arrays, place: Ints) -> Entries:
    option, start = a.build
    stands = np.minimum(a.T - start, a.option_life[option])
    column = np.repeat(np.arange(option.size, dtype=np.int32), stands)
    since = (np.arange(column.size) - np.repeat(np.cumsum(stands) - stands, stands)).astype(np.int32)
    at = place[a.option_plant[option]][column]
    row = position(at, start[column] + since, a.T)
    held = at >= 0
    return Entries(build.FAMILY, row[held], column[held], np.full(int(held.sum()), -1.0))


def _retire(a: Arrays, place: Ints) -> Entries:
    plant, period = grid(retire.which(a), a.T)
    row = position(place[plant], period, a.T)
    return Entries(retire.FAMILY, row, np.arange(row.size, dtype=np.int32), np.ones(row.size))
