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


#: The Netherlands, six branches, million euro, with the published multipliers of compensation of employees: SPICOSA, Input-Output
#: Multipliers: Specification sheet and supporting material (hal-03233439). As a file with semicolons.
NETHERLANDS = """;agriculture;mining;manufacturing;utilities;construction;services;TOTAL;households;state;capital;exports;total_use
agriculture;2731;3;8260;36;59;615;11704;962;62;567;8568;21863
mining;4;282;2013;3979;188;60;6526;28;0;210;5528;12292
manufacturing;3322;291;40218;480;8004;16999;69314;16896;2340;8573;113777;210900
utilities;983;53;2400;4395;85;3458;11374;6184;14;439;238;18249
construction;121;70;565;135;14103;9509;24503;405;530;33974;832;60244
services;2884;1078;28400;1404;9339;106994;150099;126180;87409;16752;55512;435953
TOTAL;10045;1777;81856;10429;31778;137635;;;;;;
imports;1779;1029;71117;1878;7572;33964;;24189;1085;17771;81863;
net_tax;129;67;497;706;249;8651;;22908;-152;10233;0;
total_use_pp;11953;2873;153470;13013;39599;180250;;197752;91288;88519;266318;
compensation_employees;2336;520;35083;1629;14339;151784;;;;;;
value_added_bp;9910;9419;57430;5236;20645;255703;;;;;;
output_bp;21863;12292;210900;18249;60244;435953;;;;;;
"""
NETHERLANDS_TYPE_ONE = [2.466, 2.333, 1.84, 2.372, 1.953, 1.417]
#: With the household column to two decimals, as printed beside them.
NETHERLANDS_SPENT = [0.0, 0.0, 0.08, 0.03, 0.0, 0.59]
NETHERLANDS_TYPE_TWO = [3.6377, 3.4423, 2.7144, 3.4996, 2.8813, 2.0907]

#: Five products and five industries of which the fourth makes what is a by-product elsewhere, and the coefficients that were
#: published for the four constructs: Pauliuk, Majeau-Bettez and Müller, pySUT 1.1 (2015), known results.
FIVE_USE = [[12, 4, 5, 0, 0], [1, 1, 1, 0, 0], [0, 1, 1, 0, 0], [1, 0, 0, 0, 0], [0, 1, 1, 0, 0]]
FIVE_SUPPLY = [[30, 1, 1, 0, 0], [1, 5, 1, 0, 0], [2, 0, 3, 0, 0], [0, 0, 1, 1, 0], [0, 0, 0, 0, 8]]
FIVE = {
    "A": [
        [0.287015945, 0.742596811, 1.323462415, 0, 0], [0.009111617, 0.198177677, 0.264236902, 0, 0],
        [-0.025056948, 0.20501139, 0.273348519, 0, 0], [0.034168565, -0.006833713, -0.009111617, 0, 0],
        [-0.025056948, 0.20501139, 0.273348519, 0, 0],
    ],
    "B": [
        [0.387784091, 0.647186147, 0.645454545, 0.416666667, 0], [0.038825758, 0.147186147, 0.112121212, 0.083333333, 0],
        [0.010416667, 0.142857143, 0.1, 0.083333333, 0], [0.028409091, 0.004329004, 0.012121212, 0, 0],
        [0.010416667, 0.142857143, 0.1, 0.083333333, 0],
    ],
    "C": [
        [0.403189066, 0.664009112, 0.851936219, 0, 0], [0.031476496, 0.125284738, 0.123006834, 0, 0],
        [-0.048871402, 0.25284738, 0.230068337, 0, 0], [0.038448264, -0.04214123, -0.038344723, 0, 0],
        [0, 0.166666667, 0.166666667, 0, 0],
    ],
    "D": [
        [0.345238095, 0.71547619, 0.87172619, 0, 0], [0.033008658, 0.139880952, 0.145089286, 0, 0],
        [0.030844156, 0.144642857, 0.14985119, 0, 0], [0.015151515, 0, 0, 0, 0], [0, 0.166666667, 0.166666667, 0, 0],
    ],
}  # fmt: skip
