"""Runs of an ensemble: stopped, killed, taken up again, by one worker or several, the cube is the same file."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from bongsu.chain.change import Scenario
from bongsu.plan import Plan
from bongsu.stress.ensemble import Ensemble
from bongsu.tower.runs import Run, Stopped
from tests.plan.networks import random_network
from tests.stress.test_engine import happenings


def ensemble(size: int = 40) -> Ensemble:
    net = random_network(3, whole=False, hard=False)
    r = Random(5)
    scenarios = [Scenario(f"s{k:03}", tuple(happenings(r, net))) for k in range(size)]
    return Ensemble.of(Plan.of(net), scenarios, pool=3)


def fingerprint(run: Run) -> dict[str, str]:
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in run.join().items()}


def test_one_worker_and_two_write_the_same_cube(tmp_path: Path) -> None:
    study = ensemble()
    one = Run.start(tmp_path / "one", study, part=5)
    one.work()
    two = Run.start(tmp_path / "two", study, part=5)
    told: list[tuple[int, int]] = []
    two.work(workers=2, progress=lambda done, of: told.append((done, of)))
    assert fingerprint(one) == fingerprint(two)
    assert told[-1] == (8, 8)
    assert one.table("scenarios")["scenario"].to_list() == list(study.names)


def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path) -> None:
    study = ensemble()
    whole = Run.start(tmp_path / "whole", study, part=5)
    whole.work()
    run = Run.start(tmp_path / "run", study, part=5)
    asked = iter([False, False, True])
    with pytest.raises(Stopped, match="3 of 8 parts"):
        run.work(stop=lambda: next(asked))
    assert len(run.open_parts()) == 5
    with pytest.raises(RuntimeError, match="5 of 8 parts are not done"):
        run.join()
    again = Run.start(tmp_path / "run", study, part=5)
    again.work()
    assert fingerprint(again) == fingerprint(whole)


def test_another_ensemble_is_not_mixed_in(tmp_path: Path) -> None:
    Run.start(tmp_path, ensemble(), part=5)
    with pytest.raises(FileExistsError, match="other scenarios"):
        Run.start(tmp_path, ensemble(39), part=5)
    with pytest.raises(FileNotFoundError, match="holds no run"):
        Run.open(tmp_path / "nothing")


@pytest.mark.parametrize(("kills", "scenarios"), [(5, 60), pytest.param(20, 240, marks=pytest.mark.slow)])
def test_killed_again_and_again_the_cube_is_the_same(tmp_path: Path, kills: int, scenarios: int) -> None:
    study = ensemble(scenarios)
    whole = Run.start(tmp_path / "whole", study, part=2)
    whole.work()
    run = Run.start(tmp_path / "run", study, part=2)
    code = (
        "import sys, time\n"
        "from bongsu.tower.runs import Run\n"
        "run = Run.open(sys.argv[1])\n"
        "run.work(progress=lambda done, of: time.sleep(0.02))\n"
    )
    killed = 0
    while run.open_parts() and killed < kills:
        before = len(run.open_parts())
        process = subprocess.Popen([sys.executable, "-c", code, str(run.folder)])
        while process.poll() is None and len(run.open_parts()) > max(before - 4, 0):
            time.sleep(0.005)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            killed += 1
        process.wait()
    assert killed == kills
    again = Run.open(run.folder)
    again.work()
    assert fingerprint(again) == fingerprint(whole)


@pytest.mark.slow
def test_ray_writes_the_same_cube(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    study = ensemble()
    one = Run.start(tmp_path / "one", study, part=5)
    one.work()
    other = Run.start(tmp_path / "ray", study, part=5)
    other.work(workers=2, ray="local")
    assert fingerprint(one) == fingerprint(other)
