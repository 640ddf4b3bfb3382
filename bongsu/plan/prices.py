"""Shadow prices: what one more unit is worth, for how many units it holds, and a check by solving again.

A price is the dual of a row. With the optimal basis B, raising the right-hand side of row r by δ moves the basic variables along
B⁻¹ e_r; the price holds as long as they stay within their bounds (the ratio test of the simplex method). Where that range is
empty on one side the optimum is degenerate and the price is an interval: the value of one unit less and of one unit more differ,
and both are found by solving again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import highspy
import numpy as np

from bongsu.plan.arrays import Ints
from bongsu.plan.assemble import key_name
from bongsu.plan.plan import Plan

Kind = Literal["balance", "capacity", "corridor", "build_total", "contract", "share"]
#: Ranges shorter than this (solver units) count as empty.
_EMPTY = 1e-9


@dataclass(frozen=True)
class Price:
    """What one more unit of something is worth.

    Attributes:
        family: family of the row: ``balance`` (the item at a place), ``capacity`` (of a plant), ...
        keys: what the row belongs to, such as ``("market-us:car_bev_lfp", "2030")``.
        period: its period.
        value: money of the period per unit (positive = one more unit saves so much).
        present: the same as present value over the length of the period.
        less, more: value of one unit less and of one unit more available; equal unless the optimum is degenerate; infinite
            where without that unit there is no plan.
        down, up: units by which what is available may fall or rise while the value holds; None = not computed.
        degenerate: whether the value is an interval.
    """

    family: str
    keys: tuple[str, ...]
    period: str
    value: float
    present: float
    less: float
    more: float
    down: float | None
    up: float | None
    degenerate: bool


class Prices:
    """Prices of one plan, with its basis at hand.

    For ``balance`` rows one more unit *available* is meant, so the sign is that of the dual; for ``capacity`` and other
    upper limits one more unit of the limit, which is minus the dual.
    """

    def __init__(self, plan: Plan) -> None:
        if plan.live is None or plan.status not in ("optimal", "feasible", "infeasible"):
            raise ValueError(f"a plan that is {plan.status} has no prices")
        self.plan, self.model, self.solver = plan, plan.model, plan.live
        # From here on every solve starts from an optimal basis, which is simplex work and takes no notice of an old limit.
        self.solver.settle()
        self._basic: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray] | None = None

    def of_row(self, row: int, ranged: bool = True, both_sides: bool = True) -> Price:
        """Price of one row of the model; ``both_sides`` re-solves where the optimum is degenerate."""
        family = next(f for f in self.model.constraints.values() if f.start <= row < f.stop)
        inside = row - family.start
        a = self.model.arrays
        period = int(family.keys["period"][inside]) if "period" in family.keys else 0
        weight = float(a.weight[period])
        present = self._sign(family.name) * float(self.plan.duals[row])
        down, up = self._range(row) if ranged else (None, None)
        degenerate = ranged and (down == 0.0 or up == 0.0)
        less = more = present
        if degenerate and both_sides:
            less, more = self._one_sided(row, -1.0), self._one_sided(row, 1.0)
        if family.name in ("balance", "share"):
            # These rows were moved by what is wanted: one unit more available is one unit less wanted.
            less, more, down, up = more, less, up, down
        keys = tuple(key_name(a, kind, int(codes[inside])) for kind, codes in family.keys.items() if kind != "period")
        return Price(
            family=family.name,
            keys=keys,
            period=key_name(a, "period", period),
            value=present / weight,
            present=present,
            less=less / weight,
            more=more / weight,
            down=down,
            up=up,
            degenerate=bool(degenerate and not (both_sides and np.isclose(less, more, rtol=1e-6, atol=0.0))),
        )

    def row(self, family: str, code: int, period: int) -> int:
        """Position of the row of an entity of a grid family in a period.

        Raises:
            KeyError: there is no such row.
        """
        own = self.model.constraints[family]
        key = next(kind for kind in own.keys if kind != "period")
        found = np.flatnonzero((own.keys[key] == code) & (own.keys["period"] == period))
        if not found.size:
            raise KeyError(f"{family} has no row for {key} {code} in period {period}")
        return own.start + int(found[0])

    @staticmethod
    def _sign(family: str) -> float:
        # One more unit available lowers the demand that the rest must meet, so a balance dual (cost of one more unit wanted)
        # is its value as it stands; raising an upper limit saves minus its (non-positive) dual.
        return 1.0 if family in ("balance", "share") else -1.0

    def _right(self, row: int) -> float:
        model = self.model
        lower, upper = model.row_lower[row], model.row_upper[row]
        return float(upper if np.isfinite(upper) else lower)

    def _basis(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Of the basic variables: which (columns, then rows), value, lower and upper bound."""
        if self._basic is None:
            highs = self.solver.highs
            status, variables = highs.getBasicVariables()
            if status == highspy.HighsStatus.kError:
                raise RuntimeError("the solver holds no basis, so ranges cannot be computed")
            variables = np.asarray(variables)
            columns = self.model.shape[1]
            index = np.where(variables >= 0, variables, columns - 1 - variables)
            lp, solution = highs.getLp(), highs.getSolution()
            value = np.concatenate([solution.col_value, solution.row_value])
            lower = np.concatenate([lp.col_lower_, lp.row_lower_])
            upper = np.concatenate([lp.col_upper_, lp.row_upper_])
            self._basic = (index, value[index], lower[index], upper[index])
        return self._basic

    def _range(self, row: int) -> tuple[float, float]:
        """Units by which the right-hand side may fall and rise before the basis changes."""
        index, value, lower, upper = self._basis()
        unit = np.zeros(self.model.shape[0])
        unit[row] = 1.0
        status, step = self.solver.highs.getBasisSolve(unit)
        if status == highspy.HighsStatus.kError:
            raise RuntimeError("the solver could not use its basis")
        step = np.asarray(step)
        # HiGHS writes a basic row as minus its unit column.
        step = np.where(index >= self.model.shape[1], -step, step)
        if (index == self.model.shape[1] + row).any():
            # The row itself is basic, so it does not bind: its price is zero until it does.
            at = value[index == self.model.shape[1] + row][0]
            slack = abs(self._right(row) - float(at)) * float(self.model.row_scale[row])
            return (slack, np.inf) if np.isfinite(self.model.row_upper[row]) else (np.inf, slack)
        with np.errstate(divide="ignore", invalid="ignore"):
            rise = np.where(
                step > 1e-11, (upper - value) / step, np.where(step < -1e-11, (lower - value) / step, np.inf)
            )
            fall = np.where(
                step > 1e-11, (value - lower) / step, np.where(step < -1e-11, (value - upper) / step, np.inf)
            )
        up, down = max(0.0, float(rise.min(initial=np.inf))), max(0.0, float(fall.min(initial=np.inf)))
        scale = float(self.model.row_scale[row])
        return (0.0 if down < _EMPTY else down * scale), (0.0 if up < _EMPTY else up * scale)

    def _one_sided(self, row: int, side: float) -> float:
        """Present value per natural unit of a small step to one side, by solving again."""
        step = 1e-4 * max(1.0, abs(self._right(row)))
        change = self.resolve(row, side * step)
        family = next(f for f in self.model.constraints.values() if f.start <= row < f.stop)
        per_unit = change / (side * step) * self.model.money / float(self.model.row_scale[row])
        return self._sign(family.name) * per_unit

    def resolve(self, row: int, step: float) -> float:
        """Change of the objective (solver units) when the right-hand side of a row moves by ``step`` solver units.

        Infinite where the moved row leaves no plan.

        Raises:
            RuntimeError: the solver came to no answer.
        """
        model, highs = self.model, self.solver.highs
        before = float(highs.getInfo().objective_function_value)
        basis = highs.getBasis()
        at = np.array([row], dtype=np.int32)
        lower, upper = model.row_lower[row], model.row_upper[row]
        self.solver.set_rows(at, np.array([lower + step]), np.array([upper + step]))
        highs.run()
        said, after = highs.getModelStatus(), float(highs.getInfo().objective_function_value)
        self.solver.set_rows(at, np.array([lower]), np.array([upper]))
        # A clean return: hidden state of the solver would make later answers depend on the order of questions.
        highs.clearSolver()
        highs.setBasis(basis)
        highs.run()
        self._basic = None
        if said == highspy.HighsModelStatus.kInfeasible:
            return float("inf")
        if said != highspy.HighsModelStatus.kOptimal:
            raise RuntimeError(f"the price of {model.row_name(row)} could not be checked: the solver said {said.name}")
        return after - before

    def check(self, rows: Sequence[int] | Ints) -> tuple[float, int]:
        """Largest relative disagreement between prices and re-solves over a sample of rows, and how many were compared.

        Each row is moved within the range its price claims; rows whose range is empty on both sides are skipped.
        """
        worst, compared = 0.0, 0
        typical = float(np.median(np.abs(self.plan.duals[self.plan.duals != 0]))) if self.plan.duals.any() else 1.0
        for row in rows:
            down, up = self._range(int(row))
            scale = float(self.model.row_scale[int(row)])
            side, room = (1.0, up) if up >= down else (-1.0, down)
            step = min(room / scale / 2, 1e-2 * max(1.0, abs(self._right(int(row)))))
            if step <= 10 * _EMPTY:
                continue
            change = self.resolve(int(row), side * step)
            if not np.isfinite(change):
                continue
            per_unit = change / (side * step) * self.model.money / scale
            claimed = float(self.plan.duals[int(row)])
            worst = max(worst, abs(per_unit - claimed) / max(abs(claimed), abs(per_unit), 1e-3 * typical))
            compared += 1
        return worst, compared
