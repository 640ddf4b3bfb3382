"""Small published tables that the tests compare with."""

from __future__ import annotations

import numpy as np

from bongsu.committee.regions import SupplyUse, Table

#: Germany 1995, six branches, million euro: Eurostat Manual of Supply, Use and Input-Output Tables (2008), page 481.
GERMANY = ("agriculture", "manufacturing", "construction", "trade", "business services", "other services")
GERMANY_FLOWS = np.array(
    [
        [1131, 25480, 1, 607, 710, 762],
        [7930, 304584, 64167, 41082, 11981, 30360],
        [426, 7334, 3875, 5296, 23457, 9155],
        [3559, 72717, 14190, 74399, 10835, 21008],
        [3637, 96115, 31027, 65755, 193176, 34223],
        [1552, 14986, 1747, 11225, 15058, 22070],
    ],
    dtype=float,
)
GERMANY_OUTPUT = np.array([43910, 1079446, 245606, 540063, 692487, 508918], dtype=float)
GERMANY_ROWS = {
    "value_added": [21664, 395022, 115624, 311407, 415426, 365017],
    "imports": [2927, 156703, 13427, 21943, 13371, 13772],
    "taxes": [1084, 6505, 1548, 8349, 8473, 12551],
    "labour_income": [9382, 296464, 78819, 214450, 124810, 272975],
    "jobs": [1096, 8381, 3236, 9251, 4258, 10206],
}
GERMANY_HOUSEHOLDS = np.array([8500, 197792, 3457, 269663, 214757, 119504], dtype=float)


def germany(**more: object) -> Table:
    return Table.of(GERMANY_FLOWS, GERMANY_OUTPUT, GERMANY, GERMANY_ROWS, name="Germany 1995", **more)  # type: ignore[arg-type]


def small_supply_use() -> SupplyUse:
    """Two products, two industries, the second with a by-product."""
    return SupplyUse.of([[12, 8], [10, 7]], [[90, 0], [10, 100]], rows={"value_added": [78, 85]}, final=[70, 93])


def random_table(size: int, seed: int, largest: float = 0.8) -> tuple[np.ndarray, np.ndarray]:
    """Flows and output of a table whose columns use up to a share of their output."""
    rng = np.random.default_rng(seed)
    coefficients = rng.random((size, size)) ** 6
    coefficients *= rng.uniform(0.1, largest, size) / coefficients.sum(axis=0)
    output = rng.uniform(1.0, 1e4, size)
    return coefficients * output, output
