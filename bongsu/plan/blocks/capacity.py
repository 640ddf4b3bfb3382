"""Capacity of plants.

    Σ_m use(m) · make(m, t)  <=  available(p, t) · (capacity(p, t) + Σ_o Σ_{τ standing in t} build(o, τ) - retire(p, t))

For every plant p whose own capacity is limited or not always available in full, and period t. build(o, τ) stands in t if
τ <= t < τ + life(o). The available share is one where none is stated.
"""

import numpy as np

from bongsu.plan.arrays import Arrays, Ints, runs
from bongsu.plan.blocks import build, make, retire
from bongsu.plan.blocks.parts import Entries, Rows, count, grid, grid_positions, position, same
from bongsu.plan.blocks.scale import Scales

FAMILY = "capacity"
UNIT = "unit of capacity per year"
DUAL = "value of one more unit of capacity in that plant for that year: what it would save"
ELASTIC = "none: without capacity nothing is made, and the demand behind it is short"


def which(a: Arrays) -> Ints:
    """Plants whose usable capacity is limited in some period."""
    return np.flatnonzero(np.isfinite(a.usable).any(axis=1)).astype(np.int32)


def rows(a: Arrays, s: Scales) -> Rows:
    T = a.T
    limited = which(a)
    place = np.full(a.plants, -1, dtype=np.int32)
    place[limited] = np.arange(limited.size, dtype=np.int32)
    plant, period = grid(limited, T)
    return Rows(
        FAMILY,
        {"plants": plant, "period": period},
        same(-np.inf, plant.size),
        a.usable[limited].reshape(-1),
        np.repeat(s.plant[limited], T),
        (_make(a, place), _build(a, place), _retire(a, place)),
    )


def _make(a: Arrays, place: Ints) -> Entries:
    at = place[a.mode_plant]
    held = np.flatnonzero(at >= 0).astype(np.int32)
    return Entries(
        make.FAMILY, grid_positions(at[held], a.T), grid_positions(held, a.T), np.repeat(a.mode_use[held], a.T)
    )


def _build(a: Arrays, place: Ints) -> Entries:
    option, start = a.build
    at = place[a.option_plant[option]]
    held = np.flatnonzero(at >= 0).astype(np.int32)
    stands = np.minimum(a.T - start, a.option_life[option])[held]
    row = np.repeat(position(at[held], start[held], a.T), stands) + runs(stands)
    value = -a.availability[
        np.repeat(a.option_plant[option][held], stands), np.repeat(start[held], stands) + runs(stands)
    ]
    return Entries(build.FAMILY, row, np.repeat(held, stands), value)


def _retire(a: Arrays, place: Ints) -> Entries:
    own = retire.which(a)
    row = grid_positions(place[own], a.T)
    return Entries(retire.FAMILY, row, count(row.size), a.availability[own].reshape(-1))
