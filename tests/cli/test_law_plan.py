"""``bongsu law explain`` and ``bongsu law scenarios`` on a short case: three languages, data, and what ^C leaves."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bongsu.cli import shell
from bongsu.cli.app import app
from bongsu.plan import Plan

from .commands import ROOT

QUESTION = "us-301-excess-capacity"
Run = Callable[..., str]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data pack with cases that end in 2028, so that a plan takes a second."""
    folder = tmp_path_factory.mktemp("pack") / "data"
    shutil.copytree(ROOT / "data", folder)
    path = folder / "cases.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows({**row, "end_year": "2028"} for row in rows)
    return folder


@pytest.fixture
def run(data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command of ``bongsu law`` in this process and give what it printed."""

    def ran(*arguments: str, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["bongsu", "law", *arguments, "--data", str(data), "--year", "2027"])
        monkeypatch.setenv("COLUMNS", "200")
        with pytest.raises(SystemExit) as ended:
            shell.run(app)
        said = capsys.readouterr()
        assert ended.value.code == code, said.err
        return said.out

    return ran


def test_scenarios_as_data_are_plans_with_weights_that_are_called_assumed(run: Run) -> None:
    said = json.loads(run("scenarios", "--question", QUESTION, "--json"))
    assert said["weights"] == "assumed"
    assert said["complete"]
    assert [one["branches"][QUESTION] for one in said["scenarios"]] == ["none", "duty"]
    none, duty = said["scenarios"]
    # A duty on what is bought makes nothing cheaper.
    assert duty["cost"] > none["cost"]
    assert said["mean"]["cost"] == pytest.approx(0.6 * none["cost"] + 0.4 * duty["cost"])
    [move] = said["moves"]["cost"]
    assert move["at"]["0.0"] == pytest.approx(none["cost"])
    assert move["at"]["1.0"] == pytest.approx(duty["cost"])
    # The plan under a branch is the plan that the command plans under it.
    alone = json.loads(run("explain", "--reading", f"{QUESTION}=duty", "--top", "0", "--json"))
    assert alone["cost"] == pytest.approx(duty["cost"], rel=1e-9)
    paid = sum(bill["by_year"].get("2027", 0.0) for bill in alone["money"] if bill["kind"] == "duty")
    assert duty["duties"] == pytest.approx(paid)


@pytest.fixture
def interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    """^C comes when the second plan is to be made."""
    solve, calls = shell.solve, 0

    def once(*arguments: Any) -> Plan:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise KeyboardInterrupt
        return solve(*arguments)

    monkeypatch.setattr(shell, "solve", once)


@pytest.mark.usefixtures("interrupted")
def test_what_is_planned_before_an_interrupt_is_told(run: Run) -> None:
    out = run("scenarios", "--question", QUESTION, "--lang", "fr", code=shell.LIMIT)
    assert "1 plans sur 2" in out
    assert "60\u202f%" in out
    assert "par défaut" in out
    assert "moyenne" not in out


@pytest.mark.usefixtures("interrupted")
def test_csv_has_a_line_for_each_plan_made(run: Run) -> None:
    [row] = csv.DictReader(io.StringIO(run("scenarios", "--question", QUESTION, "--csv", code=shell.LIMIT)))
    assert (row["weight_assumed"], row[QUESTION]) == ("0.6", "none")
    assert 0 < float(row["share"]) < 1
    assert float(row["cost_usd"]) > 1e10


@pytest.mark.parametrize(("lang", "assumed"), [("en", "assumed"), ("ko", "가정"), ("fr", "supposé")])
def test_weights_are_called_assumed_in_every_language(run: Run, lang: str, assumed: str) -> None:
    out = run("scenarios", "--list", "--lang", lang)
    lines = [line for line in out.splitlines() if line.startswith(("  *", "    "))]
    assert len(lines) >= 12
    assert all(assumed in line for line in lines)


def test_nothing_learned_between_two_days_is_said_and_what_was_foreseen_named(run: Run) -> None:
    out = run("explain", "--law", "2025-10-01", "--versus", "2025-09-30")
    assert "Nothing was learned between 2025-09-30 and 2025-10-01 that bears on the plan of 2026 to 2028" in out
    foreseen = "as was known on 2025-09-30 already, and no number of the plan of 2026 to 2028 stands under it:"
    assert foreseen in out
    assert "US clean vehicle credit (section 30D): in force → expired; known since 2025-07-04 [us-30d]" in out
    korean = run("explain", "--law", "2025-10-01", "--versus", "2025-09-30", "--lang", "ko")
    assert "새로 알려지지 않았으며" in korean


def test_what_was_learned_of_goods_that_do_not_move_is_said(run: Run) -> None:
    out = run("explain", "--law", "2026-11-23", "--versus", "2026-07-25")
    assert "the plan under either law costs the same" in out
    reached = out.split("it reaches goods that the plan could move but does not:", 1)[1]
    moved, held = reached.split("Learned in between", 1)
    assert "in force → suspended; learned on 2026-08-18 [us-section-338-canada]" in moved
    assert "it changes none of its numbers" in held
    assert "[us-section-301-forced-labour]" in held
    assert "[ca-us-surtax-2026]" in held


def test_without_an_instrument_the_plan_is_made_again(run: Run) -> None:
    said = json.loads(run("explain", "--without", "us-45x", "--json"))
    [effect] = said["effects"]
    assert effect["what"] == "us-45x"
    # Without the credit the chain costs more, and no more than it was paid: by the credit, and by the support that follows it.
    own = ("us-45x", "ca-production-support")
    paid = -sum(bill["total"] for bill in said["money"] if bill["instrument"] in own)
    assert 0 < effect["cost"] <= paid * 1.0001
