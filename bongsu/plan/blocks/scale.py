"""The base unit of each item, chosen so that matrix coefficients stay between 1e-3 and 1e3.

For a recipe amount a of item i per unit of an activity counted in units of s(activity), the solver sees

    a * s(activity) / s(i)

so the logarithms of the scales are fitted to make these close to one (alternating geometric means), starting from final demand,
whose scale makes a typical demand about 64 solver units. Scales are powers of two, so that scaling never rounds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bongsu.plan.arrays import Arrays, Floats

_TYPICAL = 64.0


@dataclass(frozen=True)
class Scales:
    """Natural units in one solver unit: per item, mode, plant and corridor."""

    item: Floats
    mode: Floats
    plant: Floats
    corridor: Floats


def money_scale(cost: Floats) -> float:
    """Natural money in one solver unit, such that a typical objective coefficient is about one."""
    size = np.abs(cost[cost != 0])
    return float(np.exp2(np.round(np.median(np.log2(size))))) if size.size else 1.0


def _power(values: Floats) -> Floats:
    return np.exp2(np.round(values))


def _log(values: Floats) -> Floats:
    """Binary logarithm; not-a-number for zero, which says nothing about size."""
    return np.log2(np.where(values > 0, values, np.nan))


def scales(a: Arrays) -> Scales:
    """Scales for a network."""
    item = np.full(a.items, np.nan)
    wanted = a.demand_quantity > 0
    if wanted.any():
        total = np.zeros(a.items)
        count = np.zeros(a.items)
        np.add.at(total, a.demand_item[wanted], np.log2(a.demand_quantity[wanted]))
        np.add.at(count, a.demand_item[wanted], 1.0)
        item[count > 0] = total[count > 0] / count[count > 0] - np.log2(_TYPICAL)
    mode = np.full(a.modes, np.nan)
    size = np.abs(a.use_amount).max(axis=1, initial=0.0)
    real = size > 0
    use_mode, use_item, log = a.use_mode[real], a.use_item[real], np.log2(size[real])
    for _ in range(24):
        mode = _means(use_mode, item[use_item] - log, mode)
        item = _means(use_item, mode[use_mode] + log, item)
    item, mode = np.nan_to_num(item), np.nan_to_num(mode)
    # Capacity of a plant is counted in the activity of its modes.
    plant = np.nan_to_num(_means(a.mode_plant, mode + _log(a.mode_use), np.full(a.plants, np.nan)))
    corridor_of, lane, use = a.member
    corridor = np.nan_to_num(_means(corridor_of, item[a.lane_item[lane]] + _log(use), np.full(a.corridors, np.nan)))
    return Scales(_power(item), _power(mode), _power(plant), _power(corridor))


def _means(group: Floats, value: Floats, before: Floats) -> Floats:
    """Mean of the known values in each group; groups without any keep what they had."""
    known = ~np.isnan(value)
    count = np.bincount(group[known], minlength=before.size).astype(float)
    total = np.bincount(group[known], weights=value[known], minlength=before.size)
    return np.where(count > 0, total / np.maximum(count, 1), before)
