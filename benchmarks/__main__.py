"""``python -m benchmarks``: run every phase and write ``benchmarks/RESULTS.md`` with its picture.

python -m benchmarks                    the whole run, about a quarter of an hour on two cores
python -m benchmarks --quick            a smoke run in two minutes; its page goes to benchmarks/out/
python -m benchmarks --only compile     one phase (compile, change, plan, state, solve); its page goes to benchmarks/out/
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import phases, report

HERE = Path(__file__).resolve().parent
NAMES = ("compile", "change", "plan", "state", "solve")


def main() -> None:
    """Run and write."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Run the benchmarks and write RESULTS.md."
    )
    parser.add_argument("--quick", action="store_true", help="small sizes, few repeats; writes to benchmarks/out/")
    parser.add_argument(
        "--only",
        choices=NAMES,
        action="append",
        help="run only this phase (may be repeated); writes to benchmarks/out/",
    )
    parser.add_argument("--data", type=Path, default=HERE.parent / "data", help="folder of the data pack")
    asked = parser.parse_args()
    names = asked.only or list(NAMES)
    sizes = ["XS", "S"] if asked.quick else ["XS", "S", "M", "L"]
    found: dict[str, Any] = {"machine": report.machine()}
    before, start = os.getloadavg()[0], time.monotonic()

    def tell(text: str) -> None:
        print(f"{time.monotonic() - start:6.0f} s  {text}", flush=True)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        phases.prepare(sizes, folder, tell)
        work = {
            "compile": lambda: phases.compiling(sizes, folder, asked.quick, tell),
            "change": lambda: phases.changing(sizes, folder, asked.quick, tell),
            "plan": lambda: phases.planning(asked.data, asked.quick, tell),
            "state": lambda: phases.stating(sizes[:1] if asked.quick else sizes[:2], folder, asked.quick, tell),
            "solve": lambda: phases.solving(sizes[:3], folder, asked.quick, tell),
        }
        found |= {
            phase: work[phase]() for phase in NAMES if phase in names or (phase == "compile" and "solve" in names)
        }
    found["load"] = [before, os.getloadavg()[0]]
    out = HERE / "out"
    out.mkdir(exist_ok=True)
    (out / "figures.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    page = HERE if len(names) == len(NAMES) and not asked.quick else out
    report.write(found, page)
    tell(f"written: {page.name}/RESULTS.md")


if __name__ == "__main__":
    main()
