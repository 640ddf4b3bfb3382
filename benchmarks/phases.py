"""What is measured: phases, each over some sizes, each measurement in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import inputs
from benchmarks.measure import median

Tell = Callable[[str], None]
ROOT = Path(__file__).resolve().parents[1]

#: Processes for each figure, and runs inside each, by size.
PROCESSES = {"XS": 5, "S": 5, "M": 5, "L": 3}
RUNS = {"XS": 30, "S": 15, "M": 5, "L": 3}


def child(name: str, size: str, folder: Path, runs: int) -> dict[str, Any]:
    """The figures of one measurement in a new process."""
    command = [sys.executable, "-m", "benchmarks.child", name, size, str(folder), str(runs)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{name} {size} failed:\n{done.stderr}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def compiling(sizes: list[str], folder: Path, quick: bool, tell: Tell) -> dict[str, Any]:
    """Bongsu and the hand-written matrix in turn; ratios of pairs."""
    found = {}
    for size in sizes:
        inputs.write(folder, size)
        pairs = []
        for number in range(2 if quick else PROCESSES[size]):
            tell(f"compile {size}, pair {number + 1}")
            runs = 3 if quick else RUNS[size]
            pairs.append([child(name, size, folder, runs) for name in ("compile_bongsu", "compile_by_hand")])
        found[size] = [
            {key: median(one[key]) if isinstance(one[key], list) else one[key] for key in one} for pair in pairs for one in pair
        ]
    return found


def changing(sizes: list[str], folder: Path, quick: bool, tell: Tell) -> dict[str, Any]:
    """A thousand changes to a model that HiGHS holds."""
    found = {}
    for size in sizes:
        tell(f"change {size}")
        found[size] = {key: median(values) for key, values in child("change", size, folder, 5 if quick else 30).items()}
    return found


def solving(sizes: list[str], folder: Path, quick: bool, tell: Tell) -> dict[str, Any]:
    """Solve times, for the picture of cost against size."""
    found = {}
    for size in sizes:
        tell(f"solve {size}")
        one = child("solve", size, folder, 3 if size in ("XS", "S") else 1)
        found[size] = one | {"seconds": median(one["seconds"])}
    return found


def stating(sizes: list[str], folder: Path, quick: bool, tell: Tell) -> dict[str, Any]:
    """The same network in Bongsu, linopy, Pyomo; the reduced one in Bongsu and PyPSA."""
    found: dict[str, Any] = {}
    for size in sizes:
        inputs.write(folder, size)
        for name in ("state_bongsu", "state_linopy", "state_pyomo", "reduced_bongsu", "reduced_pypsa"):
            tell(f"{name} {size}")
            runs = [child(name, size, folder, 1 if quick else 3) for _ in range(1 if quick else 2)]
            seconds = median([value for run in runs for value in run["seconds"]])
            memory = median([run["memory"] for run in runs])
            found.setdefault(size, {})[name] = runs[0] | {"seconds": seconds, "memory": memory}
    return found


def planning(data: Path, quick: bool, tell: Tell) -> list[dict[str, Any]]:
    """`bongsu plan` on the reference case in turn with bare HiGHS on the exported model, wall seconds of whole processes."""
    pairs = []
    with tempfile.TemporaryDirectory() as folder:
        mps, options = Path(folder) / "model.mps", Path(folder) / "options.json"
        bongsu = [sys.executable, "-m", "bongsu"]
        tell("export the reference case")
        subprocess.run([*bongsu, "export", "mps", "--data", str(data), "--out", str(mps)], cwd=ROOT, check=True, capture_output=True)
        method = json.loads(_wall([*bongsu, "plan", "--data", str(data), "--out", folder, "--json"])[1]).get("method", "ipx")
        options.write_text(json.dumps({"solver": method, "threads": 1}), encoding="utf-8")
        for number in range(1 if quick else 5):
            tell(f"plan the reference case, pair {number + 1}")
            ours, _ = _wall([*bongsu, "plan", "--data", str(data), "--out", folder])
            bare, said = _wall([sys.executable, "-m", "benchmarks.child", "bare", str(mps), str(options), "1"])
            pairs.append({"plan": ours, "bare": bare, "method": method, "objective": json.loads(said)["objective"]})
    return pairs


def _wall(command: list[str]) -> tuple[float, str]:
    start = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return time.perf_counter() - start, done.stdout
