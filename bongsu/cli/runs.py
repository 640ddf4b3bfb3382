"""Runs of ensembles on disk, behind the commands."""

from __future__ import annotations

import signal
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import typer

from bongsu.cli.shell import LIMIT, BadInput, Tell

if TYPE_CHECKING:
    from bongsu.chain.change import Scenario
    from bongsu.plan import Plan


def run(
    tell: Tell,
    plan: Plan,
    scenarios: Sequence[Scenario],
    out: Path,
    replan: bool,
    workers: int,
    ray: str | None,
) -> tuple[pl.DataFrame, list[str]]:
    """Solve scenarios as a run in a folder; its table of scenarios, and the paths of the cube.

    ^C ends it after the parts under way; what is done stays, and the same command goes on from there.
    """
    from bongsu.chain.change import BadChange
    from bongsu.plan.patch import NeedsRebuild
    from bongsu.stress.engine import Unsolved
    from bongsu.stress.ensemble import Ensemble
    from bongsu.tower.runs import Run, Stopped

    if plan.status not in ("optimal", "feasible"):
        raise BadInput(
            f"the plan itself is {plan.status}, so there is nothing to compare scenarios with; see `bongsu plan`"
        )
    if not scenarios:
        raise BadInput("there are no scenarios: name files of disruptions, or add scenarios.csv to the case")
    if len({one.name for one in scenarios}) < len(scenarios):
        raise BadInput("two scenarios have the same name; give each file a disruption of its own id")
    tell("stating the scenarios")
    try:
        ensemble = Ensemble.of(plan, scenarios, replan)
        study = Run.start(out, ensemble)
    except (BadChange, NeedsRebuild, Unsolved, FileExistsError) as error:
        raise BadInput(str(error)) from None
    stop = threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: stop.set())
    try:
        study.work(workers, ray, lambda done, of: tell(f"solving part {done} of {of}"), stop.is_set)
    except Stopped as error:
        print(f"Stopped: {error}.")
        raise typer.Exit(LIMIT) from None
    except (ImportError, RuntimeError) as error:
        raise BadInput(str(error)) from None
    finally:
        signal.signal(signal.SIGINT, before)
    paths = study.join()
    return study.table("scenarios"), [str(path) for path in paths.values()]
