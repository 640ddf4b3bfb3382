"""Help comes at once, and shows by example."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from bongsu.cli.app import app

from .commands import ROOT, environment, process

#: Libraries that take longer to import than help may take to come.
HEAVY = {"polars", "highspy", "pint", "pydantic", "scipy", "numpy"}
#: What Typer itself reads the options of a command with.
OF_TYPER = {"pydantic"}


def commands() -> list[tuple[str, ...]]:
    """Every command of the app, with those of its groups."""
    group = typer.main.get_group(app)
    found: list[tuple[str, ...]] = []
    for name, command in sorted(group.commands.items()):
        below = sorted(getattr(command, "commands", {}))
        found += [(name, one) for one in below] or [(name,)]
    return found


@pytest.mark.parametrize("arguments", [[], ["--help"], ["plan", "--help"], ["export", "mps", "-h"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    program = (
        "import sys\nfrom bongsu.cli import main\nsys.argv = ['bongsu', *sys.argv[1:]]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\nprint('LOADED', *sorted(m for m in sys.modules if '.' not in m))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(done.stdout.splitlines()[-1].split()[1:])
    assert "typer" in loaded
    assert loaded & (HEAVY - OF_TYPER if any(not one.startswith("-") for one in arguments) else HEAVY) == set()


def test_there_are_the_commands_that_the_documents_name() -> None:
    names = {" ".join(name) for name in commands()}
    assert names >= {"plan", "value", "why", "brief", "data check", "data report", "export mps", "export parquet"}


@pytest.mark.parametrize("name", commands(), ids=" ".join)
def test_every_command_shows_an_example_of_itself(name: tuple[str, ...], tmp_path: Path) -> None:
    ran = process(*name, "--help", at=tmp_path)
    assert ran.code == 0
    text = re.sub(r"\s+", " ", ran.out)
    assert re.search(rf"Examples?: bongsu {' '.join(name)}\b", text), ran.out


@pytest.mark.parametrize(
    "arguments", [["fly"], ["plan", "--fast"], ["plan", "--gap", "tight"], ["value", "--top", "0"]]
)
def test_a_slip_of_the_hand_is_a_sentence_and_not_a_traceback(arguments: list[str], tmp_path: Path) -> None:
    ran = process(*arguments, at=tmp_path)
    assert ran.code == 2
    assert "Error" in ran.err
    assert "Traceback" not in ran.said
