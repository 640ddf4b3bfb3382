"""Two independent statements of the plan must agree on every network: the blocks, and linopy from the tables."""

from __future__ import annotations

import io
import logging
from contextlib import redirect_stdout
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from bongsu.chain.network import Network
from bongsu.plan.plan import Plan
from bongsu.plan.solver import Options

from .networks import networks

pytest.importorskip("linopy")

from bongsu.plan.statement import to_linopy

logging.getLogger("linopy").setLevel(logging.ERROR)

_EASY = settings(
    max_examples=75,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
_LONG = settings(_EASY, max_examples=800)


def second_optimum(network: Network) -> tuple[str, float]:
    """What linopy and HiGHS say: ``optimal``, ``infeasible`` or ``unbounded``, and the objective."""
    model = to_linopy(network)
    tight: dict[str, Any] = {"mip_rel_gap": 1e-10, "mip_abs_gap": 1e-10, "mip_feasibility_tolerance": 1e-9}
    with redirect_stdout(io.StringIO()):
        for presolve in ("choose", "off"):
            options = tight | {"presolve": presolve, "output_flag": False, "threads": 1}
            _, condition = model.solve("highs", io_api="direct", progress=False, **options)
            if condition != "infeasible_or_unbounded":
                break
    return condition, float(model.objective.value) if condition == "optimal" else float("nan")


def agree(network: Network) -> None:
    plan = Plan.of(network, Options(gap=1e-10))
    said, objective = second_optimum(network)
    assert plan.status == said
    if said == "optimal":
        assert plan.errors is not None
        assert plan.errors.fine
        assert np.isclose(plan.objective, objective, rtol=1e-6, atol=1e-5)
    if said == "infeasible":
        assert plan.servable_share is not None
        assert 0 <= plan.servable_share <= 1


@_EASY
@given(networks())
def test_two_statements_agree_on_any_network(network: Network) -> None:
    agree(network)


@settings(_EASY, max_examples=30)
@given(networks(whole=False, hard=False))
def test_two_statements_agree_where_everything_is_continuous_and_priced(network: Network) -> None:
    agree(network)


@pytest.mark.slow
@_LONG
@given(networks())
def test_two_statements_agree_on_many_networks(network: Network) -> None:
    agree(network)
