"""The examples run, and the documentation shows them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = sorted((ROOT / "examples" / "python").glob("*.py"))
#: Plan more than one case of the pack.
LONG = {"two_cases.py"}
#: A word of what each prints.
PRINTS = {"first_plan.py": "optimal", "no_plan.py": "infeasible", "two_cases.py": "open-sourcing: optimal"}


@pytest.mark.parametrize(
    "example",
    [pytest.param(path, id=path.name, marks=[pytest.mark.slow] if path.name in LONG else []) for path in EXAMPLES],
)
def test_example_runs_from_the_project_folder(example: Path) -> None:
    run = subprocess.run(
        [sys.executable, str(example)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    assert PRINTS[example.name] in run.stdout


def test_every_example_is_shown_in_the_documentation() -> None:
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    assert EXAMPLES
    assert [path.name for path in EXAMPLES if f"examples/python/{path.name}" not in page] == []
