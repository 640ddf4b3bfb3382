"""Every example case reads, plans, and has the optimum that the second statement finds."""

from __future__ import annotations

from pathlib import Path

import pytest

from bongsu.chain.network import Network
from bongsu.plan.plan import Plan
from bongsu.plan.solver import Options

CASES = Path(__file__).resolve().parents[2] / "examples" / "cases"

#: Found by both statements; facility location and network design also by enumeration.
OPTIMA = {
    "design-under-uncertainty": 427.5,
    "expansion": 23350.036596846214,
    "facility-interdiction": 365.0,
    "facility-location": 1111.0,
    "facility-location-single": 1118.0,
    "farmer": -118600.0,
    "network-design": 309.0,
    "newsvendor": 672.0,
    "power-planning": 378.6666666666667,
    "supply-fixes": 2000.0,
    "survival": 2577.0,
    "two-plants": 23480.136054421764,
}


def test_every_example_is_tested() -> None:
    assert {path.name for path in CASES.iterdir()} == {*OPTIMA, "no-plan"}


@pytest.mark.parametrize("name", OPTIMA)
def test_the_example_has_its_known_optimum_and_is_verified(name: str) -> None:
    plan = Plan.of(Network.read(CASES / name), Options(gap=1e-9))
    assert plan.status == "optimal"
    assert plan.objective == pytest.approx(OPTIMA[name], rel=1e-9)
    assert plan.errors is not None
    assert plan.errors.fine


@pytest.mark.parametrize("name", OPTIMA)
def test_the_second_statement_finds_the_same_optimum(name: str) -> None:
    pytest.importorskip("linopy")
    from .test_differential import second_optimum

    said, objective = second_optimum(Network.read(CASES / name))
    assert said == "optimal"
    assert objective == pytest.approx(OPTIMA[name], rel=1e-6)


def test_the_example_without_a_plan_says_what_clashes() -> None:
    plan = Plan.of(Network.read(CASES / "no-plan"))
    assert plan.status == "infeasible"
    assert plan.servable_share == pytest.approx(0.6)
    assert [conflict.words for conflict in plan.conflict] == [
        "port wants 150 a year of cell in 2027",
        "plant works can make at most 90 a year in 2027",
    ]


@pytest.mark.parametrize("name", [*OPTIMA, "no-plan"])
def test_a_case_written_and_read_again_is_the_same(name: str, tmp_path: Path) -> None:
    network = Network.read(CASES / name)
    network.write(tmp_path / name)
    assert Network.read(tmp_path / name).digest == network.digest


def test_a_constraint_of_ones_own_joins_by_name() -> None:
    """The example in the docstring of the statement."""
    pytest.importorskip("linopy")
    from bongsu.plan.statement import to_linopy

    model = to_linopy(Network.read(CASES / "two-plants"))
    free = _solved(model)
    made = model.variables["make"].sum("period")
    model.add_constraints(made.sel(mode="west") >= 220, name="keep_the_west_running")
    assert _solved(model) > free


def _solved(model: object) -> float:
    model.solve("highs", io_api="direct", progress=False, output_flag=False)  # type: ignore[attr-defined]
    return float(model.objective.value)  # type: ignore[attr-defined]


def test_without_linopy_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from bongsu.plan.statement import to_linopy

    monkeypatch.setitem(sys.modules, "linopy", None)
    with pytest.raises(ImportError, match=r"pip install 'bongsu\[linopy\]'"):
        to_linopy(Network.read(CASES / "two-plants"))
