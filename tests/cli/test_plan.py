"""The reference plan from the command line: files, figures, exit codes, and the same bytes each time."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from bongsu.chain import Chain
from bongsu.cli import shell
from bongsu.cli.app import app
from bongsu.plan import Plan

from .commands import DATA, Case, Ran, environment, files, process

KEYS = {"status", "objective", "bound", "gap", "servable_share", "conflict", "case", "currency", "money_year", "solver"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reference")


@pytest.fixture(scope="module")
def reference(folder: Path) -> Ran:
    """The reference case, planned once."""
    return process("plan", *DATA, "--json", at=folder, seed="1")


def answer(ran: Ran) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(ran.out)
    assert found.keys() >= KEYS
    return found


def test_the_reference_plan_is_optimal_and_that_of_the_library(reference: Ran, folder: Path, plan: Plan) -> None:
    assert reference.code == 0, reference.err
    found = answer(reference)
    assert found["status"] == "optimal"
    assert found["objective"] == pytest.approx(plan.objective, rel=1e-9)
    assert found["bound"] == pytest.approx(found["objective"], rel=1e-6)
    assert found["gap"] <= 1e-6
    assert found["servable_share"] is None
    assert found["conflict"] == []
    assert max(found["errors"].values()) < 1e-6
    assert json.loads((folder / "out/reference/plan.json").read_text(encoding="utf-8")) == found


def test_results_on_disk_are_those_of_the_plan_in_both_formats(
    reference: Ran, folder: Path, plan: Plan, chain: Chain
) -> None:
    out = folder / "out/reference"
    make = pl.read_csv(out / "make.csv", schema_overrides={"period": pl.String})
    assert make.equals(pl.read_parquet(out / "make.parquet"))
    assert make.height == plan.table("make").height
    assert make["value"].sum() == pytest.approx(plan.table("make")["value"].sum(), rel=1e-6)
    places = chain.atlas["places"]["place"]
    price = pl.read_parquet(out / "price.parquet")
    assert set(price["place"]) <= set(places)
    assert not [path for path in out.iterdir() if "partial" in path.name]


def test_two_runs_write_the_same_bytes(reference: Ran, folder: Path, tmp_path: Path) -> None:
    again = process("plan", *DATA, "--json", at=tmp_path, seed="271828")
    assert again.out == reference.out
    first, second = files(folder / "out"), files(tmp_path / "out")
    assert first.keys() == second.keys()
    assert len(first) > 8
    assert [name for name in first if first[name] != second[name]] == []


def test_the_law_of_a_plan_on_disk_is_explained_without_planning_again(
    reference: Ran, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("it was planned again")

    monkeypatch.setattr(shell, "solve", never)
    monkeypatch.setattr(
        sys, "argv", ["bongsu", "law", "explain", str(folder / "out/reference"), "--top", "0", "--json"]
    )
    with pytest.raises(SystemExit) as ended:
        shell.run(app)
    assert ended.value.code == 0
    said = json.loads(capsys.readouterr().out)
    assert said["cost"] == pytest.approx(answer(reference)["objective"], rel=1e-12)
    assert {"us-45x", "us-mfn"} <= {bill["instrument"] for bill in said["money"]}


def test_a_plan_on_disk_has_a_law_of_its_own(reference: Ran, folder: Path) -> None:
    ran = process("law", "explain", "out/reference", "--law", "2025-09-30", at=folder)
    assert ran.code == 2
    assert "has a law of its own" in ran.err


def test_results_of_a_case_folder_have_no_law(tmp_path: Path) -> None:
    Case(tmp_path / "case")
    assert process("plan", "./case", at=tmp_path).code == 0
    ran = process("law", "explain", "out/case", at=tmp_path)
    assert ran.code == 2
    assert "plan of a case folder" in ran.err


def test_a_limit_of_time_ends_with_its_own_code_and_leaves_earlier_results(reference: Ran, folder: Path) -> None:
    before = files(folder)
    ran = process("plan", *DATA, "--json", "--time-limit", "0.01", at=folder)
    assert ran.code == 4
    found = answer(ran)
    assert found["status"] == "stopped"
    assert found["objective"] is None
    assert "Traceback" not in ran.said
    assert files(folder) == before


def test_stopping_a_solve_ends_with_its_own_code_and_leaves_earlier_results(reference: Ran, folder: Path) -> None:
    before = files(folder)
    # Progress is shown on a terminal only, and says when the solver has begun.
    screen, other = pty.openpty()
    command = [sys.executable, "-m", "bongsu", "plan", *DATA, "--whole-builds"]
    child = subprocess.Popen(
        command,
        cwd=folder,
        env=environment() | {"TERM": "xterm"},
        stdout=subprocess.PIPE,
        stderr=other,
        encoding="utf-8",
    )
    os.close(other)
    shown = ""
    try:
        until = time.monotonic() + 60
        while "solving" not in shown:
            assert time.monotonic() < until, shown
            assert child.poll() is None, shown
            if select.select([screen], [], [], 0.2)[0]:
                shown += os.read(screen, 65536).decode("utf-8", "replace")
        child.send_signal(signal.SIGINT)
        started = time.monotonic()
        while child.poll() is None and time.monotonic() < started + 60:
            if select.select([screen], [], [], 0.1)[0]:
                try:
                    shown += os.read(screen, 65536).decode("utf-8", "replace")
                except OSError:
                    break
        child.wait(timeout=60)
    finally:
        child.kill()
        os.close(screen)
    assert child.returncode == 4, shown
    assert "Traceback" not in shown
    now = files(folder)
    assert {name: raw for name, raw in now.items() if "whole-builds" not in name} == before
    assert not [name for name in now if "partial" in name]


def test_no_feasible_plan_names_what_clashes_and_what_could_be_served(tmp_path: Path) -> None:
    Case(tmp_path / "case")
    ran = process("plan", "./case", "--hard", "--json", at=tmp_path)
    assert ran.code == 3
    found = answer(ran)
    assert found["status"] == "infeasible"
    # 150 are wanted in 2027 and 100 can be made.
    assert found["servable_share"] == pytest.approx(100 / 150, rel=1e-6)
    assert {(c["kind"], *c["periods"]) for c in found["conflict"]} == {("demand", "2027"), ("capacity", "2027")}
    assert all(c["words"] for c in found["conflict"])
    words = process("plan", "./case", "--hard", at=tmp_path)
    assert words.code == 3
    assert "No feasible plan." in words.out
    assert "66.6667%" in words.out


def test_a_case_folder_is_planned_at_the_cost_that_arithmetic_gives(tmp_path: Path) -> None:
    Case(tmp_path / "case")
    ran = process("plan", "case", "--json", "--out", "res", at=tmp_path)
    assert ran.code == 0, ran.err
    # A cell: half a tonne at 3 + 1 by road, 5 to make, 2 to ship; 60 + 100 are made, 50 are short at 99 each.
    assert answer(ran)["objective"] == pytest.approx(160 * (0.5 * 4 + 5 + 2) + 50 * 99)
    assert (tmp_path / "res/case/short.csv").read_text(encoding="utf-8").splitlines()[1].startswith("a,2027,50")


def test_an_exported_case_is_a_case(tmp_path: Path) -> None:
    Case(tmp_path / "case")
    assert process("export", "parquet", "case", "--out", "net", at=tmp_path).code == 0
    first, second = (answer(process("plan", one, "--json", at=tmp_path)) for one in ("./case", "./net"))
    assert first["objective"] == second["objective"]
    assert first["network"] == second["network"]


def test_the_model_goes_to_another_solver_as_it_is(tmp_path: Path) -> None:
    """MPS read back by a solver of its own gives the cost of the plan, in the model's unit of money."""
    import highspy

    Case(tmp_path / "case")
    assert process("export", "mps", "case", "--out", "model.mps", at=tmp_path).code == 0
    highs = highspy.Highs()
    highs.silent()
    assert highs.readModel(str(tmp_path / "model.mps")) == highspy.HighsStatus.kOk
    highs.run()
    cost = answer(process("plan", "./case", "--json", at=tmp_path))["objective"]
    from bongsu.chain import Network
    from bongsu.plan import compile_network

    money = compile_network(Network.read(tmp_path / "case")).money
    assert highs.getInfo().objective_function_value * money == pytest.approx(cost, rel=1e-9)
    assert not [path for path in tmp_path.iterdir() if "partial" in path.name]
