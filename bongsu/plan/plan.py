"""A solved plan: quantities and prices in natural units, and how far they can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from bongsu.chain.network import Network
from bongsu.plan.arrays import Floats, Ints
from bongsu.plan.assemble import Family, Model, compile_network
from bongsu.plan.conflict import Conflict, Servable, find_conflict, missed
from bongsu.plan.elastic import HARD, open_elastic
from bongsu.plan.solver import Answer, Options, Solver, Status
from bongsu.plan.verify import Errors, verify

#: Quantities below this many solver units (a typical demand is 64) are rounding noise.
ZERO = 1e-7
#: What is hard counts as missed from so many solver units on.
_MISSED = 1e-6


@dataclass(frozen=True)
class Solution:
    """The numbers of a plan, natural units, model order: of the variables, and of the rows."""

    values: Floats
    reduced_costs: Floats
    duals: Floats


@dataclass(frozen=True)
class Plan:
    """The best plan found for a network.

    Attributes:
        model: the compiled network.
        status: ``optimal``, ``feasible`` (a plan, not proven best), ``infeasible``, ``unbounded``, ``stopped`` or ``failed``.
        objective: present cost in money of the network; for an infeasible network that of the elastic plan without penalties.
        bound: proven lower bound on it.
        gap: relative distance of the two.
        values: of the variables, natural units, model order.
        reduced_costs, duals: of variables and rows, present money per natural unit; with whole numbers fixed.
        errors: our own check of the answer.
        servable_share: largest share of every hard demand (of all demand, if none is hard) that can be served at once; where
            part of a unit, a corridor or a source would not do either, of the network with parts of them, so that with whole ones
            it may be less. None where the plan is feasible or the share could not be found.
        conflict: what clashes where it is not.
        solver: name and version, method, iterations.
        live: the solver as it stands after the last solve, for prices and what-ifs.
    """

    model: Model
    status: Status
    objective: float
    bound: float
    gap: float
    values: Floats
    reduced_costs: Floats
    duals: Floats
    errors: Errors | None
    servable_share: float | None
    conflict: tuple[Conflict, ...]
    solver: Mapping[str, Any]
    live: Solver | None = field(default=None, repr=False, compare=False)

    @classmethod
    def of(cls, network: Network, options: Options | None = None) -> Plan:
        """Compile and solve a network."""
        return solve(compile_network(network), options)

    @classmethod
    def kept(cls, model: Model, status: Status, solver: Mapping[str, Any], solution: Solution) -> Plan:
        """A plan from what was kept of it, checked against its model again; it has no live solver, so nothing can be asked of it
        that needs another solve.

        Raises:
            ValueError: it is no solution of this model.
        """
        rows, columns = model.shape
        if solution.values.size != columns or solution.duals.size != rows:
            raise ValueError("the solution has another number of variables or rows than the model")
        answer = Answer(
            status=status,
            values=solution.values / model.column_scale,
            column_duals=solution.reduced_costs * model.column_scale / model.money,
            row_values=np.zeros(rows),
            row_duals=solution.duals * model.row_scale / model.money,
            objective=0.0,
            bound=0.0,
            iterations=0,
            method="kept",
        )
        # Prices of a plan with whole numbers are those of the plan with its builds fixed.
        lower = np.where(model.integer, answer.values, model.lower)
        upper = np.where(model.integer, answer.values, model.upper)
        errors = verify(model, answer, lower, upper)
        if not errors.fine:
            raise ValueError("the solution is not optimal for the model")
        objective = float(model.cost @ answer.values) * model.money + model.offset
        return cls(
            model=model,
            status=status,
            objective=objective,
            bound=objective,
            gap=0.0,
            values=solution.values,
            reduced_costs=solution.reduced_costs,
            duals=solution.duals,
            errors=errors,
            servable_share=None,
            conflict=(),
            solver=solver,
        )

    @property
    def network(self) -> Network:
        """The network that was planned."""
        return self.model.arrays.net

    def family(self, name: str) -> Floats:
        """Values of one family of variables, empty if the network has none."""
        family = self.model.variables.get(name)
        return self.values[family.span] if family else np.zeros(0)

    def grid(self, name: str) -> Floats:
        """Values of a family over (entity, period), shape (n, T); only for families that span the whole grid."""
        return self.family(name).reshape(-1, self.model.arrays.T)

    def table(self, name: str) -> pl.DataFrame:
        """Non-zero values of one family with the identifiers they belong to, in model order.

        Columns: one per key (such as ``lane`` and ``period``), ``value`` and ``reduced_cost``.
        """
        return _table(self, self.model.variables.get(name), self.values, "value", self.reduced_costs, "reduced_cost")

    def row_table(self, name: str) -> pl.DataFrame:
        """Non-zero duals of one family of constraints with the identifiers they belong to, and the row's activity."""
        activity = (self.model.matrix @ (self.values / self.model.column_scale)) * self.model.row_scale
        return _table(self, self.model.constraints.get(name), self.duals, "dual", activity, "activity")


def solve(model: Model, options: Options | None = None) -> Plan:
    """The plan of a compiled network.

    Where demand or contracts are hard, feasibility is settled first on the elastic relaxation, which names what is short in
    seconds where a proof of infeasibility may take for ever; only then is the plan itself sought.
    """
    options = options or Options()
    if model.hard:
        verdict = _settle(model, options)
        if verdict is not None:
            return verdict
    solver = Solver(model, options=options)
    answer = solver.solve()
    if answer.status == "infeasible":
        whole = bool(model.integer.any())
        elastic = _Elastic(model, options, whole)
        return _infeasible(elastic, Servable(model, options, whole), Servable(model, options))
    return _finish(model, solver, answer)


class _Elastic:
    """The plan with everything hard opened at a penalty, solved once."""

    def __init__(self, model: Model, options: Options, whole: bool = False) -> None:
        self.model = model
        self.solver = Solver(model, relax=not whole, options=options)
        self.opened = open_elastic(model, self.solver)
        self.answer = self.solver.solve()

    @property
    def misses(self) -> bool:
        """Whether anything hard is missed."""
        return self.answer.status == "optimal" and bool(self.answer.values[self.opened].max(initial=0.0) > _MISSED)

    def breaks(self, name: str) -> bool:
        """Whether anything hard of one family is missed."""
        family = self.model.variables.get(name)
        if family is None:
            return False
        fixed = self.model.upper[family.span] == 0
        return bool(self.answer.values[family.span][fixed].max(initial=0.0) > _MISSED)


def _settle(model: Model, options: Options) -> Plan | None:
    """None if the relaxed network can meet everything hard; otherwise the plan that says what cannot be met."""
    elastic = _Elastic(model, options)
    if elastic.answer.status == "stopped":
        return _finish(model, elastic.solver, elastic.answer)
    if elastic.misses:
        servable = Servable(model, options)
        if servable.proof.clashes or any(elastic.breaks(name) for name in HARD if name != "short"):
            return _infeasible(elastic, servable, servable)
    return None


def _infeasible(elastic: _Elastic, servable: Servable, relaxed: Servable) -> Plan:
    """The elastic plan, with the share that can be served and what clashes."""
    model, opened, answer = elastic.model, elastic.opened, elastic.answer
    plan = _finish(model, elastic.solver, answer)
    if plan.status not in ("optimal", "feasible"):
        return plan
    share = servable.share
    conflict = find_conflict(relaxed) or missed(model, opened, answer.values)
    penalties = float(elastic.solver.current_cost()[opened] @ (plan.values / model.column_scale)[opened])
    said = {
        "status": "infeasible",
        "objective": plan.objective - penalties * model.money,
        "bound": float("nan"),
        "gap": float("nan"),
        "servable_share": share,
        "conflict": conflict,
    }
    return Plan(**(vars(plan) | said))


def _finish(model: Model, solver: Solver, answer: Answer) -> Plan:
    status, bound = answer.status, answer.bound
    if not solver.relaxed and status in ("optimal", "feasible"):
        # Prices of a plan with whole numbers are those of the plan with its builds fixed; the re-solve confirms the cost.
        solver.fix_integers(answer.values)
        answer = solver.solve()
        if answer.status != "optimal":
            status = "failed"
    errors: Errors | None = None
    if status in ("optimal", "feasible"):
        answer, errors = checked(model, solver, answer)
        if not errors.fine:
            status = "failed"
    values = np.where(np.abs(answer.values) < ZERO, 0.0, answer.values) * model.column_scale
    objective = answer.objective * model.money
    bound = (answer.objective if not model.integer.any() else min(bound, answer.objective)) * model.money
    gap = abs(objective - bound) / max(abs(objective), 1e-9) if status in ("optimal", "feasible") else float("nan")
    return Plan(
        model=model,
        status=status,
        objective=objective,
        bound=bound,
        gap=gap,
        values=values,
        reduced_costs=answer.column_duals * model.money / model.column_scale,
        duals=answer.row_duals * model.money / model.row_scale,
        errors=errors,
        servable_share=None,
        conflict=(),
        solver={
            "name": "HiGHS",
            "version": solver.highs.version(),
            "method": answer.method,
            "iterations": answer.iterations,
        },
        live=solver,
    )


def checked(model: Model, solver: Solver, answer: Answer) -> tuple[Answer, Errors]:
    """The answer and our own check of it; solved again by other methods until the check is content or none is left."""
    current = Model(**(vars(model) | {"cost": solver.current_cost()}))
    lower, upper = solver.current_bounds()
    errors = verify(current, answer, lower, upper)
    # The tolerances of the solver can leave larger errors in our units, and a method can fail without noticing.
    for method in ("simplex", "ipx", "hipo"):
        if errors.fine:
            break
        again = solver.again(method)
        if again.status == "optimal":
            answer = again
            errors = verify(current, answer, lower, upper)
    return answer, errors


def _table(
    plan: Plan, family: Family | None, main: Floats, label: str, extra: Floats, extra_label: str
) -> pl.DataFrame:
    if family is None:
        return pl.DataFrame({label: [], extra_label: []}, schema={label: pl.Float64, extra_label: pl.Float64})
    chosen = np.flatnonzero(main[family.span]).astype(np.int32)
    columns: dict[str, Any] = {}
    for kind, codes in family.keys.items():
        columns |= _names(plan.model, kind, codes[chosen])
    columns[label] = main[family.span][chosen]
    columns[extra_label] = extra[family.span][chosen]
    return pl.DataFrame(columns)


def _names(model: Model, kind: str, codes: Ints) -> dict[str, pl.Series]:
    a = model.arrays
    if kind == "node":
        place, item = a.net["places"]["place"], a.net["items"]["item"]
        return {"place": place.gather(a.node_place[codes]), "item": item.gather(a.node_item[codes])}
    if kind == "disposals":
        return {column: a.net[kind][column].gather(codes) for column in ("place", "item")}
    table = a.net["periods" if kind == "period" else kind]
    return {table.columns[0]: table[table.columns[0]].gather(codes)}
