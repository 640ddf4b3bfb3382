"""New capacity.

    0 <= build(o, t) <= max size(o)        cost: d(t) · capital(o) + Σ_{τ standing} w(τ) · annual(o, t)

For every option o and period t of first use that its lead time allows: t >= lead time(o), counted from the first period, and not
before its first period. It stands from t for its life or to the end; the annual cost (annuity and fixed operation) is paid only
for the years inside the horizon, so that late builds are not punished by the end of the plan.
"""

import numpy as np

from bongsu.plan.arrays import Arrays
from bongsu.plan.blocks.parts import Columns
from bongsu.plan.blocks.scale import Scales

FAMILY = "build"
UNIT = "unit of capacity per year"
DUAL = "reduced cost: how much cheaper a unit of new capacity would have to be before it pays"


def columns(a: Arrays, s: Scales) -> Columns:
    option, period = a.build
    paid = np.concatenate([[0.0], np.cumsum(a.weight)])
    end = np.minimum(period + a.option_life[option], a.T)
    yearly = a.option_annual_cost[option, period]
    cost = a.option("capital_cost")[option] * a.discount[period] + yearly * (paid[end] - paid[period])
    most = a.option("max_size", np.inf)[option]
    units = np.minimum(a.option("max_count", 1.0), a.option("max_per_period", np.inf))[option]
    upper = np.where(a.option_integer[option], most * units, most)
    scale = s.plant[a.option_plant[option]]
    return Columns(FAMILY, {"options": option, "period": period}, cost, np.zeros(option.size), upper, scale)
