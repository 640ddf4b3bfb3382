"""Time to survive and time to recover: two linear programmes for everything that can be lost.

The models are those of D. Simchi-Levi, W. Schmidt, Y. Wei, P. Y. Zhang, K. Combs, Y. Ge, O. Gusikhin, M. Sanders and D. Zhang,
"Identifying Risks and Mitigating Disruptions in the Automotive Supply Chain", Interfaces 45(5), 2015, 375-390 (appendix). With node
j made from parts k of suppliers i, production u, flows y, lost demand l, stocks s, demand d, margin f, parts r per unit, capacity c
of site α, and recovery time t of the lost nodes S:

    time to recover:  min  Σ_j f_j l_j
        u_j - Σ_{i makes k} y_ij / r_kj  <=  0         for every node j and part k that it needs
        Σ_j y_ij - u_i                   <=  s_i       for every node i
        u_j                               =  0         for j in S
        l_j + u_j                        >=  d_j t - s_j   for every product j
        Σ_{k at α} u_k                   <=  c_α t     for every site α
    time to survive:  max t  under the same with l = 0

Both are stated here per unit of time, after division by t (x = u / t or y / t, v = 1 / t), which leaves them linear and makes them
one and the same model, for a chain of points, activities and nodes (:class:`~bongsu.stress.supply_chain.SupplyChain`):

    Σ_k matrix(i, k) x_k + Σ_{d at i} l_d + s_i v  >=  Σ_{d at i} demand_d     for every point i
    Σ_k use(n, k) x_k                              <=  capacity_n             for every node n
    0 <= x_k <= limit_k,   x_k = 0 for what is lost,   0 <= l_d <= demand_d

    time to recover:  v = 1 / t fixed,  min Σ_d margin_d l_d;  what the loss costs until t is t times that
    time to survive:  l = 0,  min v;  the chain survives 1 / v: for ever where v = 0, not at all where there is no solution

So "for ever" is exact: v = 0 is a way to run without the lost node and without touching stocks.

Taken over from the paper: the time is one block, so a stock may bridge any gap within it whatever the order of steps, deliveries
take no time (goods on the way are counted in the stocks), stock stays usable where its node is lost, and all plants act together
to lose as little as possible.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse

from bongsu.plan.arrays import Floats, Ints
from bongsu.plan.programme import Linear, hand_over
from bongsu.stress.supply_chain import Loss, SupplyChain

#: Of a solver unit: less is rounding. A typical demand is 64.
_ZERO = 1e-7
_TYPICAL = 64.0
#: Survival beyond so many units of time is for ever: v is then below the rounding of the solver.
_FOR_EVER = 1e6


@dataclass(frozen=True)
class Survived:
    """How long the chain meets all demand without something.

    Attributes:
        time: units of time; infinite where it can go on for ever.
        first: the demand that runs short first: the one whose need weighs most in the programme; None where none does.
    """

    time: float
    first: str | None


@dataclass(frozen=True)
class Recovered:
    """What is lost until something has recovered.

    Attributes:
        time: units of time until it has.
        cost: lost demand times margin over that time.
        lost: lost units of each demand over that time, shape (D,); where there are several best answers, one of them.
    """

    time: float
    cost: float
    lost: Floats


class Programmes:
    """Both programmes of a chain on one HiGHS model that is changed and solved again for each loss.

    What is unknown (stocks, offers) is taken at its low end, or with ``high`` at its high end.

    Before each solve the solver forgets everything and starts from the optimal basis of the chain without a loss, so an answer
    does not depend on what was asked before. No programme is solved for a loss that leaves a known best answer as it is: a way to
    run that loses no more than the chain without any loss and does not use what is lost.

    Attributes:
        solved: programmes solved so far.
    """

    def __init__(self, chain: SupplyChain, high: bool = False, threads: int = 1) -> None:
        self.chain = chain
        self.solved = 0
        self._scale = _scale(chain)
        self._highs = _load(chain, high, self._scale, threads)
        size = len(chain.activities)
        self._lost = np.arange(size, size + len(chain.demands), dtype=np.int32)
        self._clock = size + len(chain.demands)
        lp = self._highs.getLp()
        self._upper, self._row_upper = np.array(lp.col_upper_), np.array(lp.row_upper_)
        self._basis: highspy.HighsBasis | None = None

    def survive(self, losses: Sequence[Loss]) -> list[Survived]:
        """Time to survive each loss, in the order given."""
        none = np.zeros(self._lost.size)
        self._objective(none, none, clock=1.0, low=0.0, high=highspy.kHighsInf)
        whole = self._base()
        known = [whole.flows] if whole.value < 1.0 / _FOR_EVER else []
        found = []
        for loss in losses:
            if self._spared(loss, known):
                found.append(Survived(np.inf, None))
                continue
            answer = self._without(loss)
            if answer.value < 1.0 / _FOR_EVER:
                known.append(answer.flows)
            found.append(self._survived(answer))
        return found

    def without_loss(self) -> Survived:
        """Time for which the chain as it is can meet all demand: for ever, unless demand is beyond what it can do."""
        return self.survive([Loss("", "event")])[0]

    def recover(self, losses: Sequence[Loss], times: Sequence[float]) -> list[Recovered]:
        """What each loss costs until it has recovered after its time (above zero), in the order given."""
        demand = self.chain.demand / self._scale.point[self.chain.wanted]
        cost = self.chain.margin * self._scale.point[self.chain.wanted]
        money = float(np.exp2(np.round(np.log2(np.median(cost[cost > 0]))))) if (cost > 0).any() else 1.0
        found: dict[int, Recovered] = {}
        for time in sorted(set(times)):
            if not time > 0:
                raise ValueError(f"a time to recover must be above zero, not {time}")
            self._objective(cost / money, demand, clock=0.0, low=1.0 / time, high=1.0 / time)
            whole = self._base()
            known = [whole.flows]
            for at, loss in enumerate(losses):
                if times[at] != time:
                    continue
                answer = whole
                if not self._spared(loss, known):
                    answer = self._without(loss)
                    if answer.value <= whole.value:
                        known.append(answer.flows)
                lost = answer.lost * self._scale.point[self.chain.wanted] * time
                found[at] = Recovered(time, max(0.0, answer.value) * money * time, lost)
        return [found[at] for at in range(len(losses))]

    def _survived(self, answer: _Answer) -> Survived:
        if answer.value < 1.0 / _FOR_EVER:
            return Survived(np.inf, None)
        weight = answer.duals[self.chain.wanted] * self.chain.demand / self._scale.point[self.chain.wanted]
        first = self.chain.demands[int(np.argmax(weight))] if weight.size and weight.max() > _ZERO else None
        return Survived(0.0 if np.isinf(answer.value) else 1.0 / answer.value, first)

    def _objective(self, cost: Floats, most: Floats, clock: float, low: float, high: float) -> None:
        count, columns = self._lost.size, self._lost
        self._highs.changeColsCost(count, columns, cost)
        self._highs.changeColsBounds(count, columns, np.zeros(count), most)
        self._highs.changeColCost(self._clock, clock)
        self._highs.changeColBounds(self._clock, low, high)

    def _base(self) -> _Answer:
        """Solve without a loss, and keep the basis that every loss starts from."""
        self._highs.clearSolver()
        answer = self._run()
        self._basis = self._highs.getBasis() if self._highs.getInfo().basis_validity else None
        return answer

    def _without(self, loss: Loss) -> _Answer:
        highs = self._highs
        size, rows = loss.activities.size, (len(self.chain.points) + loss.nodes).astype(np.int32)
        least, capacity = np.full(rows.size, -highspy.kHighsInf), loss.capacity / self._scale.node[loss.nodes]
        highs.changeColsBounds(size, loss.activities, np.zeros(size), self._left(loss))
        highs.changeRowsBounds(rows.size, rows, least, capacity)
        highs.clearSolver()
        if self._basis is not None:
            highs.setBasis(self._basis)
        answer = self._run()
        highs.changeColsBounds(size, loss.activities, np.zeros(size), self._upper[loss.activities])
        highs.changeRowsBounds(rows.size, rows, least, self._row_upper[rows])
        return answer

    def _left(self, loss: Loss) -> Floats:
        """What a loss leaves of its activities, in solver units; where the low end is below the high end, the same part of both."""
        before, own = self.chain.limit_high[loss.activities], self._upper[loss.activities]
        left = loss.limit / self._scale.activity[loss.activities]
        part = np.divide(loss.limit, before, out=np.ones(before.size), where=(before > 0) & np.isfinite(before))
        return np.where(np.isfinite(before) & (before > 0), own * part, np.minimum(left, own))

    def _spared(self, loss: Loss, known: Sequence[Floats]) -> bool:
        """Whether one of the known ways to run keeps within what the loss leaves."""
        limit = self._left(loss) + _ZERO
        if not loss.nodes.size:
            return any((flows[loss.activities] <= limit).all() for flows in reversed(known))
        use = self.chain.use[loss.nodes]
        return any(
            (flows[loss.activities] <= limit).all()
            and (use @ (flows * self._scale.activity) <= loss.capacity + _ZERO * self._scale.node[loss.nodes]).all()
            for flows in reversed(known)
        )

    def _run(self) -> _Answer:
        highs, kind = self._highs, highspy.HighsModelStatus
        self.solved += 1
        highs.run()
        status = highs.getModelStatus()
        if status not in (kind.kOptimal, kind.kInfeasible):
            # From nothing, and with another method, before giving up.
            highs.clearSolver()
            highs.run()
            status = highs.getModelStatus()
        size = len(self.chain.activities)
        if status == kind.kInfeasible:
            ray = highs.getDualRay()
            duals = np.array(ray[2]) if ray[1] else np.zeros(highs.getNumRow())
            return _Answer(np.inf, duals, np.zeros(size), np.zeros(self._lost.size))
        if status != kind.kOptimal:
            raise RuntimeError(f"HiGHS ended a programme of survival with {highs.modelStatusToString(status)}")
        solution = highs.getSolution()
        values = np.array(solution.col_value)
        value = float(highs.getInfo().objective_function_value)
        return _Answer(value, np.array(solution.row_dual), values[:size], values[self._lost])


@dataclass(frozen=True)
class _Answer:
    """Value of the objective, duals of the rows, activities, lost demand; in solver units."""

    value: float
    duals: Floats
    flows: Floats
    lost: Floats


@dataclass(frozen=True)
class _Scale:
    """Natural units in one solver unit, powers of two: of points, activities and nodes."""

    point: Floats
    activity: Floats
    node: Floats


def _scale(chain: SupplyChain) -> _Scale:
    """Scales that bring entries close to one and demand to about 64, by alternating geometric means from demand on."""
    points, activities = chain.matrix.shape
    entries = sparse.coo_array(chain.matrix)
    row, column, size = entries.row, entries.col, np.log2(np.abs(entries.data))
    point = np.full(points, np.nan)
    point[chain.wanted] = np.log2(chain.demand) - np.log2(_TYPICAL)
    activity = np.full(activities, np.nan)
    for _ in range(24):
        activity = _means(column, point[row] - size, activity)
        point = _means(row, activity[column] + size, point)
    point, activity = np.nan_to_num(point), np.nan_to_num(activity)
    used = sparse.coo_array(chain.use)
    real = used.data > 0
    log = activity[used.col[real]] + np.log2(used.data[real])
    node = _means(used.row[real], log, np.zeros(len(chain.nodes)))
    return _Scale(*(np.exp2(np.round(log)) for log in (point, activity, node)))


def _means(group: Ints, value: Floats, before: Floats) -> Floats:
    known = ~np.isnan(value)
    count = np.bincount(group[known], minlength=before.size)
    total = np.bincount(group[known], weights=value[known], minlength=before.size)
    return np.divide(total, count, out=before.copy(), where=count > 0)


def _load(chain: SupplyChain, high: bool, scale: _Scale, threads: int) -> highspy.Highs:
    """The rows and columns of the module's text; costs and the bounds of ``l`` and ``v`` are set by what is asked."""
    points, activities = chain.matrix.shape
    demands = len(chain.demands)
    stock, limit = (chain.stock_high, chain.limit_high) if high else (chain.stock_low, chain.limit)
    by_point, by_activity = (
        1.0 / scale.point,
        sparse.dia_array((scale.activity[None, :], [0]), (activities, activities)),
    )
    flows = sparse.dia_array((by_point[None, :], [0]), (points, points)) @ chain.matrix @ by_activity
    limits = sparse.dia_array((1.0 / scale.node[None, :], [0]), (len(chain.nodes),) * 2) @ chain.use @ by_activity
    lost = sparse.coo_array((np.ones(demands), (chain.wanted, np.arange(demands))), shape=(points, demands))
    clock = sparse.csc_array((stock * by_point)[:, None])
    matrix = sparse.csc_array(sparse.block_array([[flows, lost, clock], [limits, None, None]]))
    need = np.bincount(chain.wanted, weights=chain.demand, minlength=points) * by_point
    columns, most = activities + demands + 1, highspy.kHighsInf
    highs = highspy.Highs()
    highs.silent()
    # Weights of steepest edge would be worked out anew for each loss, at three times the cost of the solve; Devex needs none.
    options = {"threads": threads, "solver": "simplex", "presolve": "off", "simplex_dual_edge_weight_strategy": 1}
    for option, value in options.items():
        highs.setOptionValue(option, value)
    hand_over(
        highs,
        Linear(
            matrix=matrix,
            cost=np.zeros(columns),
            lower=np.zeros(columns),
            upper=np.concatenate([limit / scale.activity, np.zeros(demands), [most]]),
            row_lower=np.concatenate([need, np.full(len(chain.nodes), -most)]),
            row_upper=np.concatenate([np.full(points, most), chain.capacity / scale.node]),
        ),
    )
    return highs
