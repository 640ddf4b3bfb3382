"""A second opinion on what projects are worth: the whole reference case solved cold, on a fresh solver, without and with each."""

from __future__ import annotations

from collections.abc import Mapping

import highspy
import numpy as np
import pytest

from bongsu.chain import Chain
from bongsu.committee.discover.discover import Search, search
from bongsu.plan import Plan
from bongsu.plan.assemble import Model, compile_network

PROPOSED = 5


def cold(model: Model, built: Mapping[tuple[str, int], float], none: set[str]) -> float:
    """Cost of the plan with some options built (units by option and period) and nothing built of others: present money."""
    lower, upper = model.lower.copy(), model.upper.copy()
    names = model.arrays.net["options"]["option"].to_list()
    start, (option, period) = model.variables["build"].start, model.arrays.build
    for at, (code, when) in enumerate(zip(option.tolist(), period.tolist(), strict=True)):
        name, column = names[code], start + at
        if name in none or any(name == other for other, _ in built):
            lower[column] = upper[column] = built.get((name, when), 0.0) / model.column_scale[column]
    matrix = model.matrix.tocsc()
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = model.shape
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = model.cost, lower, upper
    lp.row_lower_, lp.row_upper_ = model.row_lower, model.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("solver", "ipm")
    assert solver.passModel(lp) == highspy.HighsStatus.kOk
    assert solver.run() == highspy.HighsStatus.kOk
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return float(solver.getInfo().objective_function_value) * model.money


@pytest.fixture(scope="module")
def looked(chain: Chain, plan: Plan) -> Search:
    return search(chain, plan, PROPOSED)


@pytest.mark.slow
def test_values_shown_are_those_of_cold_plans_of_the_whole_reference_case(looked: Search) -> None:
    model = compile_network(looked.wider.network)
    shut = {one.option for one in looked.chosen if one.generated}
    without: dict[str, float] = {}
    for one in looked.proposed[:PROPOSED]:
        assert one.block is not None
        none = shut | set(one.held)
        process = one.candidate.process
        if process not in without:
            without[process] = cold(model, {}, none)
        value = without[process] - cold(model, {(one.block.option, one.block.period): one.block.size}, none)
        assert one.value == pytest.approx(value, rel=0.01)
        assert np.isfinite(value)
