"""How far the headline share can move among plans that cost almost the same.

Many plans cost almost the same and differ in who supplies. The range is found on the solver of the plan itself: with the row

    cost · x <= (1 + slack) · objective

added, the cells of the Canada-Korea chain of one year are made as few, and then as many, as possible.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import highspy
import numpy as np
import polars as pl

from bongsu.answers.footprint import korean_share
from bongsu.answers.why import Why
from bongsu.plan.arrays import Floats
from bongsu.plan.solver import Solver

#: Plans that cost at most this share more than the best one count as costing the same.
SLACK = 1e-4
#: Seconds for each of the two solves.
TIME_LIMIT = 20.0
#: HiGHS: primal simplex, since the plan stays feasible when the objective changes.
_PRIMAL = 4
_OWN = ("canada", "korea", "korean_owned_us")
_TINY = 1e-9


@dataclass(frozen=True)
class ShareRange:
    """Smallest and largest headline share found among plans within the slack.

    Attributes:
        year: the year.
        low, high: shares of North American demand.
    """

    year: int
    low: float
    high: float


def share_range(why: Why, year: int, slack: float = SLACK, time_limit: float = TIME_LIMIT) -> ShareRange | None:
    """The range of ``share:YEAR`` among plans that cost at most ``slack`` more; None if it could not be found.

    What is made least and most is cells at the plants themselves, for all markets: proportional mixing is not linear, what
    plants make is. Cells are weighted as in the share (Canada and Korea 1, United States the Korean equity share) and, for
    each of the three groups, with the part of its cells that serves North America in the plan as it stands. So the range is
    that of what is made, read at the plan's own split over markets; a plan that also sends cells elsewhere may lie outside.
    Whole numbers stay as the plan has them. The solver is left with the basis that it had; `Prices` of the plan made before
    remember the order of that basis and must be made anew.
    """
    plan = why.plan
    solver = plan.live
    if solver is None or plan.status not in ("optimal", "feasible"):
        return None
    settled = solver.highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    if not settled or not solver.highs.getInfo().basis_validity:
        return None
    demand = why.cell_totals(year)["demand"]
    weight = _weights(why, year)
    if demand <= 0 or not weight.any():
        return None
    family = plan.model.variables["make"]
    # Of a solver unit of each column: share of demand.
    target = np.zeros(plan.model.shape[1])
    t = why.chain.years.index(year)
    grid = np.zeros((weight.size, why.a.T))
    grid[:, t] = weight
    target[family.span] = grid.reshape(-1) / demand
    target *= plan.model.column_scale
    found = _extremes(solver, target, slack, time_limit)
    if found is None:
        return None
    low, high = found
    # The share itself is within the slack, whatever the last digits of a solve say.
    here = float(target @ (plan.values / plan.model.column_scale))
    return ShareRange(year, max(0.0, min(low, here)), min(1.0, max(high, here)))


def _weights(why: Why, year: int) -> Floats:
    """GWh that one unit of each mode counts for in the share of a year."""
    a, chain = why.a, why.chain
    atlas, t = chain.atlas, chain.years.index(year)
    cells = set(atlas["items"].filter(pl.col("stage") == "cell")["item"])
    is_cell = np.array([item in cells for item in a.net["items"]["item"]], dtype=bool)
    amount = np.where(is_cell[a.use_item], np.maximum(a.use_amount[:, t], 0.0), 0.0)
    energy = np.bincount(a.use_mode, weights=amount, minlength=a.modes) / 1e6
    facility = dict(atlas["facility_lines"].select("line", "facility").iter_rows())
    plants, countries = a.net["plants"]["plant"], a.net["places"]["country"]
    counted: dict[str, Floats] = {group: np.zeros(a.modes) for group in _OWN}
    for mode in np.flatnonzero(energy).tolist():
        plant = int(a.mode_plant[mode])
        country = str(countries[int(a.plant_place[plant])])
        if country == "US":
            name = str(plants[plant])
            held = (korean_share(chain, facility[name])[0] or 0.0) if name in facility else 0.0
            counted["korean_owned_us"][mode] = energy[mode] * held
        elif country in ("CA", "KR"):
            counted["canada" if country == "CA" else "korea"][mode] = energy[mode]
    make = why.plan.grid("make")[:, t]
    served = _served(why, year)
    result = np.zeros(a.modes)
    for group, own in counted.items():
        made = float(own @ make)
        # A group that makes nothing in this plan would serve North America with all it makes.
        result += own * (served[group] / made if made > _TINY else 1.0)
    return result


def _served(why: Why, year: int) -> Mapping[str, float]:
    """GWh made (not bought) for North America by group."""
    makers = [maker for maker in why.cell_makers if maker.year == year and maker.made]
    return {group: sum(maker.gwh.get(group, 0.0) for maker in makers) for group in _OWN}


def _extremes(solver: Solver, target: Floats, slack: float, time_limit: float) -> tuple[float, float] | None:
    """Least and most of ``target · x`` within the slack; the solver is put back as it was."""
    highs = solver.highs
    rows, columns = highs.getNumRow(), highs.getNumCol()
    lp, objective = highs.getLp(), float(highs.getInfo().objective_function_value)
    cost, offset = np.array(lp.col_cost_), float(lp.offset_)
    basis = highs.getBasis()
    kept = {name: highs.getOptionValue(name)[1] for name in ("solver", "simplex_strategy", "time_limit")}
    every = np.arange(columns, dtype=np.int32)
    priced = np.flatnonzero(cost).astype(np.int32)
    limit = objective - offset + slack * abs(objective)
    highs.setOptionValue("solver", "simplex")
    highs.setOptionValue("simplex_strategy", _PRIMAL)
    # The row in shares of the objective, so that the tolerances of the solver mean something there.
    unit = max(abs(objective), 1.0) / 1e3
    highs.addRow(-highspy.kHighsInf, limit / unit, priced.size, priced, cost[priced] / unit)
    scale = 1e3 / max(float(np.abs(target).max()), _TINY)
    found: list[float] = []
    try:
        for sign in (1.0, -1.0):
            highs.changeColsCost(columns, every, sign * scale * target)
            highs.setOptionValue("time_limit", float(highs.getRunTime()) + time_limit)
            highs.run()
            if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                return None
            found.append(float(target @ np.array(highs.getSolution().col_value)))
    finally:
        highs.deleteRows(1, np.array([rows], dtype=np.int32))
        highs.changeColsCost(columns, every, cost)
        highs.setOptionValue("time_limit", float("inf"))
        highs.clearSolver()
        highs.setBasis(basis)
        highs.run()
        for name, value in kept.items():
            highs.setOptionValue(name, value)
    return found[0], found[1]
