"""The check of an answer must notice every kind of wrong answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from bongsu.chain.network import Network
from bongsu.plan.assemble import Model, compile_network
from bongsu.plan.plan import Plan, Solution
from bongsu.plan.solver import Answer, Solver
from bongsu.plan.verify import verify

from .networks import networks
from .small import two_stage


@pytest.fixture(scope="module")
def solved() -> tuple[Model, Answer]:
    model = compile_network(two_stage())
    return model, Solver(model).solve()


def test_the_solvers_answer_is_fine(solved: tuple[Model, Answer]) -> None:
    assert verify(*solved).fine


@pytest.mark.parametrize("amount", [0.01, -0.01, 10.0, -10.0])
def test_a_moved_quantity_is_noticed(solved: tuple[Model, Answer], amount: float) -> None:
    model, answer = solved
    for column in range(model.shape[1]):
        values = answer.values.copy()
        values[column] += amount
        assert not verify(model, replace(answer, values=values)).fine, model.column_name(column)


@pytest.mark.parametrize("amount", [0.01, -0.01, 3.0, -3.0])
def test_a_moved_price_is_noticed(solved: tuple[Model, Answer], amount: float) -> None:
    model, answer = solved
    balance = model.constraints["balance"]
    for row in range(balance.start, balance.stop):
        duals = answer.row_duals.copy()
        duals[row] += amount
        assert not verify(model, replace(answer, row_duals=duals)).fine, model.row_name(row)


def test_prices_of_the_wrong_sign_are_noticed(solved: tuple[Model, Answer]) -> None:
    model, answer = solved
    assert verify(model, replace(answer, row_duals=-answer.row_duals)).dual > 1e-5


def test_a_feasible_but_dear_answer_is_noticed_by_the_gap(solved: tuple[Model, Answer]) -> None:
    model, answer = solved
    nothing = np.zeros_like(answer.values)
    for name in ("short", "stock"):
        nothing[model.variables[name].span] = model.upper[model.variables[name].span] if name == "short" else 0.0
    errors = verify(model, replace(answer, values=nothing))
    assert errors.primal <= 1e-9
    assert errors.gap > 1e-5
    assert not errors.fine


@pytest.mark.parametrize("what", ["values", "row_duals"])
def test_not_a_number_is_never_fine(solved: tuple[Model, Answer], what: str) -> None:
    model, answer = solved
    wrong = getattr(answer, what).copy()
    wrong[0] = np.nan
    assert not verify(model, replace(answer, **{what: wrong})).fine


def test_bounds_that_were_changed_are_checked_instead_of_the_compiled_ones(solved: tuple[Model, Answer]) -> None:
    model, answer = solved
    lower = model.lower.copy()
    lower[model.variables["buy"].start] = 1e6
    assert verify(model, answer, lower=lower).primal > 1.0


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(networks())
def test_every_plan_is_verified(network: Network) -> None:
    plan = Plan.of(network)
    if plan.status == "optimal":
        assert plan.errors is not None
        assert plan.errors.fine


def test_a_kept_solution_is_the_plan_it_was_kept_of() -> None:
    plan = Plan.of(two_stage())
    kept = Plan.kept(plan.model, "optimal", plan.solver, Solution(plan.values, plan.reduced_costs, plan.duals))
    assert kept.objective == pytest.approx(plan.objective, rel=1e-12)
    for family in ("make", "ship", "build"):
        assert kept.table(family).equals(plan.table(family))
    assert kept.row_table("balance").equals(plan.row_table("balance"))


@pytest.mark.parametrize("part", ["values", "duals"])
def test_a_kept_solution_that_is_not_of_the_model_is_refused(part: str) -> None:
    plan = Plan.of(two_stage())
    whole = Solution(plan.values, plan.reduced_costs, plan.duals)
    longer = replace(whole, **{part: np.append(getattr(whole, part), 0.0)})
    with pytest.raises(ValueError, match="another number"):
        Plan.kept(plan.model, "optimal", plan.solver, longer)
    moved = getattr(whole, part).copy()
    moved[np.argmax(np.abs(moved))] *= 1.5
    with pytest.raises(ValueError, match="not optimal"):
        Plan.kept(plan.model, "optimal", plan.solver, replace(whole, **{part: moved}))
