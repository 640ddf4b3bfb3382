"""Running the command line: in this process, which is quick, or in one of its own, as a user does."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from bongsu.cli import shell
from bongsu.cli.app import app

ROOT = Path(__file__).resolve().parents[2]
DATA = ("--data", str(ROOT / "data"))


@dataclass(frozen=True)
class Ran:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err


def environment(seed: str = "0") -> dict[str, str]:
    """The environment with this checkout in front and a seed for the order of sets."""
    return os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed, "COLUMNS": "200", "PYTHONIOENCODING": "utf-8"}


def bongsu(*arguments: str, at: Path) -> Ran:
    """Run ``bongsu`` in this process with a folder to stand in: a second or two less for each command."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err), chdir(at):
        patch.setattr(sys, "argv", ["bongsu", *arguments])
        patch.setenv("COLUMNS", "200")
        with pytest.raises(SystemExit) as ended:
            shell.run(app)
    return Ran(int(ended.value.code or 0), out.getvalue(), err.getvalue())


def process(*arguments: str, at: Path, seed: str = "0") -> Ran:
    """Run ``bongsu`` in a process of its own with a folder to stand in."""
    command = [sys.executable, "-m", "bongsu", *arguments]
    done = subprocess.run(
        command,
        cwd=at,
        env=environment(seed),
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


class Case:
    """A small case folder that can be planned: salt from a lake becomes cells for a port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.write("periods", "period,year", "2026,2026", "2027,2027")
        self.write("items", "item,unit", "salt,t", "cell,kWh")
        self.write("places", "place", "lake", "works", "port")
        self.write("plants", "plant,place", "works,works")
        self.write("capacity", "plant,period,capacity", "works,,100")
        self.write("modes", "mode,plant,process,cost", "works,works,assemble,5")
        self.write("recipes", "process,item,amount", "assemble,salt,-0.5", "assemble,cell,1")
        self.write("lanes", "lane,from,to,item,cost", "road,lake,works,salt,1", "ship,works,port,cell,2")
        self.write("supplies", "supply,place,item,price", "brine,lake,salt,3")
        self.write(
            "demands", "demand,place,item,period,quantity,penalty", "a,port,cell,2026,60,99", "a,port,cell,2027,150,99"
        )

    def write(self, table: str, *lines: str, encoding: str = "utf-8") -> None:
        """Write a table from its lines."""
        (self.folder / f"{table}.csv").write_bytes(("\n".join(lines) + "\n").encode(encoding))

    def cell(self, table: str, line: int, column: str, value: str) -> None:
        """Change one cell."""
        path = self.folder / f"{table}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        rows[line - 1][rows[0].index(column)] = value
        self.write(table, *(",".join(row) for row in rows))
