"""What is measured: phases, each over some sizes, each measurement in a process of its own."""

from __future__ import annotations

import json
import resource
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
PROCESSES = {"XS": 5, "S": 7, "M": 5, "L": 3}
RUNS = {"XS": 30, "S": 20, "M": 6, "L": 3}


def child(name: str, size: str, folder: Path, runs: int) -> dict[str, Any]:
    """The figures of one measurement in a new process."""
    command = [sys.executable, "-m", "benchmarks.child", name, size, str(folder), str(runs)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{name} {size} failed:\n{done.stderr}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def prepare(sizes: list[str], folder: Path, tell: Tell) -> None:
    """The inputs of every size on disk."""
    for size in sizes:
        tell(f"generate {size}")
        inputs.write(folder, size)


def compiling(sizes: list[str], folder: Path, quick: bool, tell: Tell) -> dict[str, Any]:
    """Bongsu and the hand-written matrix in turn; ratios of pairs."""
    found = {}
    for size in sizes:
        pairs = []
        for number in range(2 if quick else PROCESSES[size]):
            tell(f"compile {size}, pair {number + 1}")
            runs = 3 if quick else RUNS[size]
            pairs.append([child(name, size, folder, runs) for name in ("compile_bongsu", "compile_by_hand")])
        found[size] = [[_least(one) for one in pair] for pair in pairs]
    return found


def _medians(one: dict[str, Any]) -> dict[str, Any]:
    return {key: median(value) if isinstance(value, list) else value for key, value in one.items()}


def _least(one: dict[str, Any]) -> dict[str, Any]:
    """The quickest of the runs of one process, which other work on the machine disturbs least, and the median as well."""
    least = {key: min(value) if isinstance(value, list) else value for key, value in one.items()}
    return least | {"median": median(one["seconds"])}


def changing(sizes: list[str], folder: Path, quick: bool, tell: Tell) -> dict[str, Any]:
    """A thousand changes to a model that HiGHS holds."""
    found = {}
    for size in sizes:
        tell(f"change {size}")
        found[size] = _medians(child("change", size, folder, 5 if quick else 30))
    return found


def solving(sizes: list[str], folder: Path, quick: bool, tell: Tell) -> dict[str, Any]:
    """Solve times, for the picture of cost against size."""
    found = {}
    for size in sizes:
        tell(f"solve {size}")
        found[size] = _medians(child("solve", size, folder, 3 if size in ("XS", "S") and not quick else 1))
    return found


def stating(sizes: list[str], folder: Path, quick: bool, tell: Tell) -> dict[str, Any]:
    """The same network in Bongsu, linopy, Pyomo; the reduced one in Bongsu and PyPSA."""
    found: dict[str, Any] = {}
    for size in sizes:
        for name in ("state_bongsu", "state_linopy", "state_pyomo", "reduced_bongsu", "reduced_pypsa"):
            tell(f"{name} {size}")
            runs = [child(name, size, folder, 1 if quick else 3) for _ in range(1 if quick else 2)]
            seconds = median([value for run in runs for value in run["seconds"]])
            memory = median([run["memory"] for run in runs])
            found.setdefault(size, {})[name] = runs[0] | {"seconds": seconds, "memory": memory}
    return found


def planning(data: Path, quick: bool, tell: Tell) -> list[dict[str, Any]]:
    """`bongsu plan` on the reference case, a whole process, in turn with HiGHS alone, which reads the exported model and runs."""
    pairs = []
    with tempfile.TemporaryDirectory() as folder:
        mps, options = Path(folder) / "model.mps", Path(folder) / "options.json"
        bongsu = [sys.executable, "-m", "bongsu"]
        tell("export the reference case")
        _run([*bongsu, "export", "mps", "--data", str(data), "--out", str(mps)])
        summary = json.loads(_run([*bongsu, "plan", "--data", str(data), "--out", folder, "--json"])[0])
        method = summary["solver"]["method"]
        options.write_text(json.dumps({"solver": method, "threads": 1}), encoding="utf-8")
        known = {"method": method, "columns": summary["columns"], "rows": summary["rows"]}
        for number in range(1 if quick else 5):
            tell(f"plan the reference case, pair {number + 1}")
            _, wall, processor = _run([*bongsu, "plan", "--data", str(data), "--out", folder])
            alone = child("bare", str(mps), options, 1)
            bare = {"bare": alone["seconds"], "bare_processor": alone["processor"]}
            pairs.append(known | bare | {"plan": wall, "plan_processor": processor})
    return pairs


def _run(command: list[str]) -> tuple[str, float, float]:
    """What a command prints, and its wall and processor seconds."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done.stdout, time.perf_counter() - start, processor
