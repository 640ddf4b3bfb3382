"""Planning before it is known which scenario comes: two-stage stochastic plans, what they cost, and what knowing would be worth.

    RP   =  min over first stages x of  ρ( F_s(x) over s )          the stochastic plan ("here and now")
    WS   =  ρ( min over x of F_s(x) over s )                        each scenario planned as if it were known ("wait and see")
    EEV  =  ρ( F_s(x of the mean) over s )                          the first stage of the plan for expected figures, carried out
    VSS  =  EEV - RP  >=  0,       EVPI  =  RP - WS  >=  0

F_s(x) is the present cost of scenario s once x is decided, and ρ the mean-risk cost (1 - λ) · expectation + λ · conditional
value at risk. With λ = 0 these are the value of the stochastic solution and the expected value of perfect information; with λ >
0 the same in terms of ρ, and the signs hold because ρ does not fall where a cost rises.

Sources: Birge and Louveaux, Introduction to Stochastic Programming, Springer (1997), chapter 4; Rockafellar and Uryasev,
Journal of Risk 2 (2000); for λ > 0, in the sense of Noyan, Computers and Operations Research 39 (2012).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import polars as pl

from bongsu.chain.change import Scenario, apply, scenarios
from bongsu.chain.network import Network
from bongsu.plan import Model, Options, Plan, compile_network, solve
from bongsu.plan.arrays import Bools, Floats, Ints
from bongsu.plan.assemble import key_name
from bongsu.plan.solver import Solver, Status
from bongsu.stress.extensive import Joint, check_risk, join, spread, trunk_of
from bongsu.stress.lshaped import decompose
from bongsu.stress.mean import mean_network
from bongsu.stress.risk import conditional_value_at_risk, expectation, mean_risk, value_at_risk
from bongsu.stress.scenario import Recourse, ScenarioSolver, decided, natural, recourse, unserved
from bongsu.stress.stages import AT_ONCE, Branch, FirstStage, NotStated, branches, column_keys, first_columns, numbered

Method = Literal["auto", "extensive", "decomposition"]
#: Columns of the extensive form above which ``auto`` decomposes, where that is possible.
LARGE = 1_500_000


@dataclass(frozen=True)
class ScenarioCost:
    """One scenario under three ways of deciding.

    Attributes:
        scenario, weight: of the case.
        cost: present cost under the stochastic plan.
        alone: present cost had the scenario been known (wait and see).
        under_mean: present cost with the first stage of the plan for expected figures; infinite where that leaves no plan, None
            where there is no such plan.
        unserved: demand left unserved under the stochastic plan, by item, natural units over all periods.
    """

    scenario: str
    weight: float
    cost: float
    alone: float
    under_mean: float | None
    unserved: Mapping[str, float]


@dataclass(frozen=True)
class Uncertain:
    """The best plan found for a network that may turn out in several ways.

    Money is present cost in money of the network.

    Attributes:
        network: as it stands.
        stage: what is decided first, and when scenarios are known.
        risk_weight, alpha: λ and the level of the conditional value at risk.
        status: ``optimal``, ``feasible`` (not proven best within the gap), ``infeasible``, ``stopped`` or ``failed``.
        method: ``extensive`` or ``decomposition``.
        objective, bound, gap: mean-risk cost of the plan, proven lower bound, relative distance.
        scenarios: each scenario's cost.
        mean_plan: cost of the plan for expected figures in the network of expected figures; None where there is none.
        decisions: first-stage decisions that are not zero everywhere, natural units: ``family``, ``of``, ``period``,
            ``planned`` (in the stochastic plan), ``mean`` (in that for expected figures; null where there is none) and one
            column ``in:SCENARIO`` for each (had it been known); ``unit_cost`` is the present cost of one unit, scenarios weighed.
        values: of every scenario's columns under the stochastic plan, natural units, in the order of its model.
        branches: the scenarios' plans as compiled.
        alone: each scenario's plan by itself.
        notes: what could not be found, and why.
        size: rows and columns of what was solved.
        solver: name, version and method; rounds and cuts of a decomposition.
    """

    network: Network
    stage: FirstStage
    risk_weight: float
    alpha: float
    status: Status
    method: str
    objective: float
    bound: float
    gap: float
    scenarios: tuple[ScenarioCost, ...]
    mean_plan: float | None
    decisions: pl.DataFrame
    values: tuple[Floats, ...] = field(repr=False, compare=False)
    branches: tuple[Branch, ...] = field(repr=False, compare=False)
    alone: tuple[Recourse, ...] = field(repr=False, compare=False)
    notes: tuple[str, ...]
    size: tuple[int, int]
    solver: Mapping[str, object]

    @classmethod
    def of(
        cls,
        network: Network,
        among: Sequence[Scenario] | None = None,
        *,
        risk_weight: float = 0.0,
        alpha: float = 0.95,
        stage: FirstStage | None = None,
        method: Method = "auto",
        options: Options | None = None,
    ) -> Uncertain:
        """Plan a network under scenarios: those given, or those that the case states.

        ``auto`` takes the extensive form up to :data:`LARGE` columns; above, decomposition, unless scenarios share more than
        their first stage or the second stage has whole numbers. The gap and the time limit of the options hold for the whole
        plan.

        Raises:
            NotStated: there are no scenarios, or the first stage, risk weight or level is not one.
            BadChange: a scenario changes what is not there.
        """
        check_risk(risk_weight, alpha)
        stage = stage or FirstStage.of(network)
        stated = list(scenarios(network) if among is None else among)
        own = branches(network, stated, stage)
        return _Question(network, stated, own, stage, risk_weight, alpha, options or Options()).answer(method)

    @property
    def weights(self) -> Floats:
        """Of the scenarios."""
        return np.array([one.weight for one in self.scenarios])

    def _costs(self, name: str) -> Floats:
        values = [getattr(one, name) for one in self.scenarios]
        return np.array([np.nan if value is None else value for value in values])

    @property
    def costs(self) -> Floats:
        """Present cost of each scenario under the stochastic plan."""
        return self._costs("cost")

    @property
    def expected(self) -> float:
        """Expected cost of the stochastic plan."""
        return expectation(self.costs, self.weights)

    @property
    def cvar(self) -> float:
        """Conditional value at risk of the cost of the stochastic plan, at its level."""
        return conditional_value_at_risk(self.costs, self.weights, self.alpha)

    @property
    def var(self) -> float:
        """Value at risk of the cost of the stochastic plan, at its level."""
        return value_at_risk(self.costs, self.weights, self.alpha)

    def _risk(self, costs: Floats) -> float:
        return mean_risk(costs, self.weights, self.risk_weight, self.alpha)

    @property
    def wait_and_see(self) -> float:
        """WS: mean-risk cost had each scenario been known."""
        return self._risk(self._costs("alone"))

    @property
    def expected_mean(self) -> float | None:
        """EEV: mean-risk cost of the first stage of the plan for expected figures; None where there is no such plan."""
        if any(one.under_mean is None for one in self.scenarios):
            return None
        return self._risk(self._costs("under_mean"))

    @property
    def vss(self) -> float | None:
        """Value of the stochastic solution, EEV - RP; infinite where the plan for expected figures cannot be carried out."""
        mean = self.expected_mean
        return None if mean is None else mean - self.objective

    @property
    def evpi(self) -> float:
        """Expected value of perfect information, RP - WS."""
        return self.objective - self.wait_and_see

    def table(self) -> pl.DataFrame:
        """One row for each scenario: weight, the three costs, whether it lies in the tail beyond the value at risk."""
        tail = self.var
        return pl.DataFrame(
            [
                {
                    "scenario": one.scenario,
                    "weight": one.weight,
                    "cost": one.cost,
                    "alone": one.alone,
                    "under_mean": one.under_mean,
                    "tail": one.cost >= tail - 1e-9 * abs(tail),
                }
                for one in self.scenarios
            ],
            schema={
                "scenario": pl.String,
                "weight": pl.Float64,
                "cost": pl.Float64,
                "alone": pl.Float64,
                "under_mean": pl.Float64,
                "tail": pl.Boolean,
            },
        )


@dataclass(frozen=True)
class _Found:
    """A first stage: values of every branch's columns (solver units), what is proven of it, and how it was found."""

    status: Status
    values: tuple[Floats, ...]
    objective: float
    bound: float
    size: tuple[int, int]
    solver: Mapping[str, object]


@dataclass
class _Question:
    """One planning question, answered step by step."""

    network: Network
    stated: list[Scenario]
    branches: tuple[Branch, ...]
    stage: FirstStage
    risk_weight: float
    alpha: float
    options: Options
    notes: list[str] = field(default_factory=list)

    def answer(self, method: Method) -> Uncertain:
        mean, mean_plan = self._mean()
        chosen = self._method(method)
        found = self._decomposed() if chosen == "decomposition" else self._extensive(self._size(mean_plan))
        if found.status not in ("optimal", "feasible"):
            return self._without_plan(found, chosen, mean_plan)
        alone, here, under = [], [], []
        for s, one in enumerate(self.branches):
            solver = ScenarioSolver(one.model, replace(self.options, progress=None))
            alone.append(solver.alone())
            here.append(solver.under(one.trunk, found.values[s]))
            under.append(None if mean is None else self._under_mean(solver, one, mean[s]))
        if any(one.status == "unbounded" for one in alone):
            # Minding the tail alone can hide a scenario that gains without limit; it is no plan all the same.
            return self._without_plan(replace(found, status="unbounded"), chosen, mean_plan)
        if mean is not None and self.stage.known != AT_ONCE:
            under = list(self._joint_under_mean(mean))
        costs = np.array([one.cost for one in here])
        objective = mean_risk(costs, np.array([one.weight for one in self.branches]), self.risk_weight, self.alpha)
        status = found.status if all(one.found for one in (*alone, *here)) else "failed"
        return self._record(
            found,
            mean_plan,
            status=status,
            method=chosen,
            objective=objective,
            bound=min(found.bound, objective),
            gap=abs(objective - min(found.bound, objective)) / max(abs(objective), 1e-9),
            scenarios=tuple(
                ScenarioCost(
                    one.name,
                    one.weight,
                    here[s].cost,
                    alone[s].cost,
                    under[s],
                    unserved(one.model, here[s].values) if here[s].found else {},
                )
                for s, one in enumerate(self.branches)
            ),
            decisions=self._decisions(here, alone, mean),
            values=tuple(natural(one.model, said.values) for one, said in zip(self.branches, here, strict=True)),
            alone=tuple(alone),
        )

    def _record(self, found: _Found, mean_plan: Plan | None, **rest: Any) -> Uncertain:
        """The answer: what was asked, how it was found, and the rest."""
        return Uncertain(
            network=self.network,
            stage=self.stage,
            risk_weight=self.risk_weight,
            alpha=self.alpha,
            mean_plan=None if mean_plan is None else mean_plan.objective,
            branches=self.branches,
            notes=tuple(self.notes),
            size=found.size,
            solver=found.solver,
            **rest,
        )

    # The stochastic plan -----------------------------------------------------------------------------------------------

    def _method(self, asked: Method) -> str:
        if asked != "auto":
            return asked
        columns = sum(one.model.shape[1] for one in self.branches)
        simple = all(
            (one.trunk == one.first).all() and not (one.model.integer & ~one.first).any() for one in self.branches
        )
        return "decomposition" if columns > LARGE and simple else "extensive"

    def _size(self, mean_plan: Plan | None) -> float:
        """Rough size of the cost of a scenario."""
        if mean_plan is not None:
            return mean_plan.objective
        return float(solve(self.branches[0].model, replace(self.options, progress=None)).objective)

    def _extensive(self, size: float) -> _Found:
        joint = join(self.branches, self.risk_weight, self.alpha, size if np.isfinite(size) else 1.0)
        status, values, bound, solver = solve_joint(joint, self.options)
        objective = float(joint.model.cost @ values) * joint.model.money + joint.model.offset
        own = tuple(joint.values(s, values) for s in range(len(self.branches)))
        method = {"name": "HiGHS", "version": solver.highs.version(), "method": solver.options.method}
        return _Found(status, own, objective, bound, joint.model.shape, method)

    def _decomposed(self) -> _Found:
        found = decompose(self.branches, self.risk_weight, self.alpha, self.options)
        own = tuple(spread(found.values, at) for at in trunk_of(self.branches).place)
        shape = self.branches[0].model.shape
        said = {"name": "HiGHS", "method": "L-shaped", "rounds": found.rounds, "cuts": found.cuts}
        return _Found(found.status, own, found.objective, found.bound, shape, said)

    # The plan for expected figures -------------------------------------------------------------------------------------

    def _mean(self) -> tuple[list[Floats] | None, Plan | None]:
        """First-stage decisions of the plan for expected figures, in the columns of each branch (solver units)."""
        nets = [apply(self.network, one.changes) for one in self.stated]
        try:
            net = mean_network(nets, [one.weight for one in self.branches])
        except NotStated as error:
            self.notes.append(f"no plan for expected figures: {error}")
            return None, None
        # In the scales of the network as it stands, which those of the scenarios are as well.
        model = compile_network(net, like=compile_network(self.network))
        plan = solve(model, replace(self.options, progress=None))
        if plan.status not in ("optimal", "feasible"):
            self.notes.append(f"no plan for expected figures: it is {plan.status}")
            return None, None
        first = first_columns(model, self.stage.families)
        values = plan.values / model.column_scale
        place = trunk_of(self.branches).place
        # What not every scenario has a column for cannot be decided before it is known.
        carried = [
            np.where(at >= 0, _carried(model, first, values, one), 0.0)
            for one, at in zip(self.branches, place, strict=True)
        ]
        return carried, replace(plan, live=None)

    def _under_mean(self, solver: ScenarioSolver, one: Branch, values: Floats) -> float | None:
        if self.stage.known != AT_ONCE:
            return None
        return solver.under(one.first, values).cost

    def _joint_under_mean(self, mean: Sequence[Floats]) -> Sequence[float]:
        """Costs with the first stage of the mean where scenarios share more than their first stage."""
        held = []
        for one, values in zip(self.branches, mean, strict=True):
            model = decided(one.model, one.first, values)
            if model is None:
                return [np.inf] * len(self.branches)
            held.append(replace(one, model=model))
        joint = join(held, self.risk_weight, self.alpha, 1.0)
        status, values, _, _ = solve_joint(joint, replace(self.options, progress=None))
        if status not in ("optimal", "feasible"):
            return [np.inf] * len(held)
        costs = []
        for s, one in enumerate(held):
            solver = ScenarioSolver(one.model, replace(self.options, progress=None))
            costs.append(solver.under(one.trunk, joint.values(s, values)).cost)
        return costs

    # What to say -------------------------------------------------------------------------------------------------------

    def _decisions(
        self, here: Sequence[Recourse], alone: Sequence[Recourse], mean: Sequence[Floats] | None
    ) -> pl.DataFrame:
        model = self.branches[0].model
        first = np.flatnonzero(self.branches[0].first).astype(np.int32)
        columns = {"planned": natural(model, here[0].values)[first]}
        if mean is not None:
            columns["mean"] = natural(model, mean[0])[first]
        unit_cost = np.zeros(first.size)
        numbers = numbered(*(one.keys for one in self.branches))
        for s, one in enumerate(self.branches):
            at = {int(number): column for column, number in enumerate(numbers[s])}
            place = np.array([at.get(int(number), -1) for number in numbers[0][first]], dtype=np.int64)
            amounts, prices = (
                natural(one.model, alone[s].values),
                one.model.cost * one.model.money / one.model.column_scale,
            )
            columns[f"in:{one.name}"] = np.where(place >= 0, amounts[place], 0.0)
            unit_cost += one.weight * np.where(place >= 0, prices[place], 0.0)
        some = np.any([values != 0 for values in columns.values()], axis=0)
        named = [member(model, int(column)) for column in first[some]]
        table = pl.DataFrame(
            {
                "family": [family for family, _, _ in named],
                "of": [of for _, of, _ in named],
                "period": [period for _, _, period in named],
            },
            schema={"family": pl.String, "of": pl.String, "period": pl.String},
        )
        if mean is None:
            table = table.with_columns(mean=pl.lit(None, dtype=pl.Float64))
        columns["unit_cost"] = unit_cost
        return table.with_columns(**{name: pl.Series(values[some]) for name, values in columns.items()}).select(
            "family", "of", "period", "planned", "mean", *(f"in:{one.name}" for one in self.branches), "unit_cost"
        )

    def _without_plan(self, found: _Found, method: str, mean_plan: Plan | None) -> Uncertain:
        """Say which scenarios have no plan even by themselves, and what clashes in the first of them."""
        alone = [solve(one.model, replace(self.options, progress=None)) for one in self.branches]
        endless = [one.name for one, plan in zip(self.branches, alone, strict=True) if plan.status == "unbounded"]
        status: Status = "unbounded" if endless else found.status
        for name in endless:
            self.notes.append(f"scenario {name} gains without limit even by itself: check costs below zero in it")
        if found.status == "infeasible":
            bare = [s for s, plan in enumerate(alone) if plan.status == "infeasible"]
            for s in bare:
                words = "; ".join(conflict.words for conflict in alone[s].conflict[:5])
                self.notes.append(f"scenario {self.branches[s].name} has no plan even by itself: {words}")
            if not bare:
                self.notes.append("every scenario has a plan by itself, but no first stage leaves all of them one")
        nothing = float("nan")
        return self._record(
            found,
            mean_plan,
            status=status,
            method=method,
            objective=nothing,
            bound=found.bound,
            gap=nothing,
            scenarios=tuple(
                ScenarioCost(
                    one.name,
                    one.weight,
                    nothing,
                    plan.objective if plan.status in ("optimal", "feasible") else float("inf"),
                    None,
                    {},
                )
                for one, plan in zip(self.branches, alone, strict=True)
            ),
            decisions=pl.DataFrame(),
            values=(),
            alone=(),
        )


def solve_joint(joint: Joint, options: Options) -> tuple[Status, Floats, float, Solver]:
    """Solve an extensive form: status, values (solver units), proven bound (natural money), the solver as it stands.

    A plan with whole numbers is found first and then solved again with these held, as a single plan is; what is returned was
    checked by us.
    """
    solver = Solver(joint.model, options=options)
    answer = solver.solve()
    status, bound = answer.status, answer.bound
    if not solver.relaxed and status in ("optimal", "feasible"):
        solver.fix_integers(answer.values)
        answer = solver.solve()
    if status in ("optimal", "feasible"):
        said = recourse(joint.model, solver, answer)
        answer = said.answer
        if not said.found:
            status = "failed"
    if not joint.model.integer.any():
        bound = answer.objective
    return status, answer.values, min(bound, answer.objective) * joint.model.money, solver


def member(model: Model, column: int) -> tuple[str, str, str | None]:
    """Family, member and period of a column, in words."""
    family = next(f for f in model.variables.values() if f.start <= column < f.stop)
    inside = column - family.start
    kinds = [kind for kind in family.keys if kind != "period"]
    of = ",".join(key_name(model.arrays, kind, int(family.keys[kind][inside])) for kind in kinds)
    period = key_name(model.arrays, "period", int(family.keys["period"][inside])) if "period" in family.keys else None
    return family.name, of, period


def _carried(model: Model, chosen: Bools, values: Floats, one: Branch) -> Floats:
    """Values of chosen columns of one model at the same columns of a branch; zero where the other has no such column."""
    numbers: tuple[Ints, ...] = numbered(column_keys(model), one.keys)
    known = dict(zip(numbers[0][chosen].tolist(), values[chosen].tolist(), strict=True))
    carried = np.zeros(one.model.shape[1])
    for column in np.flatnonzero(one.first).tolist():
        carried[column] = known.get(int(numbers[1][column]), 0.0)
    return carried
