"""The base unit of each item, chosen so that matrix coefficients stay between 1e-3 and 1e3.

For a recipe amount a of item i per unit of an activity counted in units of s(activity), the solver sees

    a * s(activity) / s(i)

so the logarithms of the scales are fitted to make these close to one (alternating geometric means), starting from final demand,
whose scale makes a typical demand about 64 solver units. Scales are powers of two, so that scaling never rounds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bongsu.plan.arrays import Arrays, Floats, Ints

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
    if not size.size:
        return 1.0
    middle = (size.size - 1) // 2, size.size // 2
    size.partition(sorted(set(middle)))
    return float(np.exp2(np.round(np.log2(size[list(middle)]).mean())))


def between(unit: Floats, size: Floats) -> Floats:
    """Row scale half way between a flow's unit and the size that a whole-number variable switches, so that neither coefficient
    is far from one."""
    return _power(np.log2(unit * np.where((size > 0) & np.isfinite(size), size, unit)) / 2)


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
    process, used, amount = a.recipes
    size = np.abs(amount).max(axis=1, initial=0.0)
    real = size > 0
    process, used, log = process[real], used[real], np.log2(size[real])
    # All modes of one process look alike: it counts as often as it has modes.
    follows = a.mode_process >= 0
    often = np.bincount(a.mode_process[follows], minlength=process.max(initial=-1) + 1)[process].astype(float)
    activity = np.full(process.max(initial=-1) + 1, np.nan)
    by_process, by_item = _Groups(process, np.ones(process.size)), _Groups(used, often)
    for _ in range(24):
        activity = by_process.means(item[used] - log, activity)
        item = by_item.means(activity[process] + log, item)
    mode = np.full(a.modes, np.nan)
    mode[follows] = activity[a.mode_process[follows]]
    item, mode = np.nan_to_num(item), np.nan_to_num(mode)
    # Capacity of a plant is counted in the activity of its modes.
    plant = np.nan_to_num(_means(a.mode_plant, mode + _log(a.mode_use), np.full(a.plants, np.nan)))
    corridor_of, lane, use = a.member
    corridor = np.nan_to_num(_means(corridor_of, item[a.lane_item[lane]] + _log(use), np.full(a.corridors, np.nan)))
    return Scales(_power(item), _power(mode), _power(plant), _power(corridor))


def _means(group: Ints, value: Floats, before: Floats) -> Floats:
    """Mean of the known values in each group; groups without any keep what they had."""
    return _Groups(group, np.ones(group.size)).means(value, before)


@dataclass(frozen=True)
class _Groups:
    """Which group each value belongs to, and how often it counts there."""

    group: Ints
    often: Floats

    def means(self, value: Floats, before: Floats) -> Floats:
        """Mean of the known values in each group; groups without any keep what they had."""
        unknown = np.isnan(value)
        often = self.often
        if unknown.any():
            value, often = np.where(unknown, 0.0, value), np.where(unknown, 0.0, often)
        count = np.bincount(self.group, weights=often, minlength=before.size)
        total = np.bincount(self.group, weights=value * often, minlength=before.size)
        return np.divide(total, count, out=before.copy(), where=count > 0)
