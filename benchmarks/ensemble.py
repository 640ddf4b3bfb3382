"""Ensembles: what each step brings against solving every scenario cold, on one core, and what two workers and Ray do.

    python -m benchmarks.ensemble [--part steps large workers million] [--scenarios 500] [--ray]

Renews the section on ensembles of ``benchmarks/RESULTS.md``. Every figure is processor time of one process unless it says wall.
Scenarios are drawn from the generated network without regard to its optimum: each stops one to three plants in part or whole for
one to three years, or cuts an offer or a few lanes.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import platform
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.networks import SIZES, draw, network
from benchmarks.report import ENSEMBLES, ensembles_of
from bongsu.chain.change import Change, Event, Scenario
from bongsu.chain.network import Network
from bongsu.plan import Plan, compile_network
from bongsu.plan.patch import patch
from bongsu.stress.engine import Engine
from bongsu.stress.ensemble import Ensemble
from bongsu.stress.recourse import Delta, Recourse, decided, reduce
from bongsu.stress.tails import draw as draw_events
from bongsu.stress.tails import tail
from bongsu.tower.runs import Run

PAGE = Path(__file__).with_name("RESULTS.md")


def blow(rng: np.random.Generator, net: Network) -> tuple[Change, ...]:
    """One random blow: plants stopped, an offer cut, or lanes cut."""
    periods = net["periods"]["period"].to_list()
    start, length = int(rng.integers(0, len(periods))), int(rng.integers(1, 4))
    when = periods[start : start + length]
    kind = rng.choice(["plants", "offer", "lanes"], p=[0.7, 0.15, 0.15])
    if kind == "plants":
        plants = rng.choice(net["plants"]["plant"].to_list(), size=int(rng.integers(1, 4)), replace=False)
        left = [float(np.round(rng.choice([0.0, rng.uniform(0, 0.7)]), 3)) for _ in plants]
        return tuple(
            Change("availability", str(p), "share", t, f) for p, f in zip(plants, left, strict=True) for t in when
        )
    if kind == "offer":
        offer = str(rng.choice(net["supplies"]["supply"].to_list()))
        return tuple(Change("supplies", offer, "quantity", t, 0.5) for t in when)
    lanes = rng.choice(net["lanes"]["lane"].to_list(), size=3, replace=False)
    return tuple(Change("lanes", str(lane), "capacity", t, value=0.0) for lane in lanes for t in when)


def scenarios(net: Network, number: int, seed: int = 1) -> list[Scenario]:
    """Random scenarios of a network; the same for the same seed."""
    rng = np.random.default_rng(seed)
    return [Scenario(f"s{k:05}", blow(rng, net), 1.0 / number) for k in range(number)]


def whole(plan: Plan) -> Recourse:
    """The recourse problem with the decided plan left in: its columns are fixed by their bounds."""
    m = plan.model
    open_ = reduce(dataclasses.replace(m, lower=np.where(m.lower == m.upper, -1.0, m.lower)), plan.values, replan=True)
    values, fixed = plan.values / m.column_scale, decided(m)
    lower, upper = m.lower.copy(), m.upper.copy()
    lower[fixed] = upper[fixed] = values[fixed]
    return dataclasses.replace(open_, lower=lower[open_.columns], upper=upper[open_.columns])


@dataclass(frozen=True)
class Timing:
    """Seconds of processor time for some scenarios, and what they cost."""

    name: str
    number: int
    seconds: float
    costs: np.ndarray
    iterations: float

    @property
    def rate(self) -> float:
        """Scenarios a second."""
        return self.number / self.seconds


def timed(name: str, solve: Callable[[Delta], object], deltas: Sequence[Delta]) -> Timing:
    """Solve some scenarios one after the other."""
    costs, iterations = [], []
    start = time.process_time()
    for delta in deltas:
        point = solve(delta)
        costs.append(point.objective)  # type: ignore[attr-defined]
        iterations.append(point.iterations)  # type: ignore[attr-defined]
    return Timing(name, len(deltas), time.process_time() - start, np.array(costs), float(np.mean(iterations)))


def ladder(
    net: Network, number: int, cold: int, say: Callable[[str], None]
) -> tuple[list[Timing], Plan, Ensemble, str]:
    """Each step of the engine on top of the one before, against cold solves of the same scenarios."""
    model = compile_network(net)
    plan = Plan.of(net)
    drawn = scenarios(net, number)
    before = whole(plan)
    patches = [patch(model, s.changes) for s in drawn]
    deltas = [before.delta(p) for p in patches]
    shape = f"{model.shape[1]:,} columns, {model.shape[0]:,} rows; without the decided plan "
    say(f"base solved; {number} scenarios")
    found = []
    engine = Engine(before, skip=False, devex=False)
    chosen = np.linspace(0, number - 1, cold).astype(int).tolist()
    for method, name in (("ipx", "cold, interior point with crossover"), ("simplex", "cold, dual simplex")):
        found.append(timed(name, lambda d, m=method: engine.solve_cold(d, m), [deltas[k] for k in chosen]))
        say(f"{name}: {found[-1].rate:.2f} a second")
    found.append(timed("reset to the base's basis", engine.solve, deltas))
    say(f"reset: {found[-1].rate:.2f} a second")
    ensemble = Ensemble.of(plan, drawn, pool=32)
    small = ensemble.recourse
    shape += f"{small.shape[1]:,} columns, {small.shape[0]:,} rows"
    for name, switches in (
        ("decided plan taken out", {"skip": False, "devex": False, "pool": False}),
        ("Devex weights", {"skip": False, "pool": False}),
        ("scenarios that change nothing skipped", {"pool": False}),
        ("start from the nearest of a pool of 32", {}),
    ):
        own = ensemble.engine(**switches)
        found.append(timed(name, own.solve, ensemble.deltas))
        say(f"{name}: {found[-1].rate:.2f} a second")
    return found, plan, ensemble, shape


def table(found: Sequence[Timing], chosen: Sequence[int]) -> list[str]:
    """The ladder as rows of Markdown."""
    ipx, simplex = found[0], found[1]
    lines = [
        "| step | scenarios | a second | iterations | × cold interior point | × cold simplex | × step before | largest difference |"
    ]
    lines.append("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for at, one in enumerate(found):
        apart = (
            np.abs(one.costs[list(chosen)] / ipx.costs - 1).max()
            if one.number > len(chosen)
            else np.abs(one.costs / ipx.costs - 1).max()
        )
        gain = "" if at < 3 else f"{one.rate / found[at - 1].rate:.2f}"
        lines.append(
            f"| {one.name} | {one.number} | {one.rate:.2f} | {one.iterations:.0f} | {one.rate / ipx.rate:.1f} | "
            f"{one.rate / simplex.rate:.1f} | {gain} | {apart:.0e} |"
        )
    return lines


def workers(ensemble: Ensemble, ray: bool, say: Callable[[str], None]) -> list[str]:
    """Wall time of whole runs by one worker, two, and Ray; and whether their cubes are the same bytes."""
    lines = ["| workers | wall, s | × one | same bytes |", "| --- | ---: | ---: | --- |"]
    first: float | None = None
    cubes: list[dict[str, bytes]] = []
    plans = [("one process", 1, None), ("two processes", 2, None)]
    plans += [("two Ray actors", 2, "local")] if ray else []
    with tempfile.TemporaryDirectory() as folder:
        for name, number, address in plans:
            if address:
                import ray as library

                library.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
            run = Run.start(Path(folder) / name.replace(" ", "-"), ensemble)
            start = time.perf_counter()
            run.work(workers=number, ray=address)
            seconds = time.perf_counter() - start
            cubes.append({key: path.read_bytes() for key, path in run.join().items()})
            first = first or seconds
            same = "yes" if cubes[-1] == cubes[0] else "**no**"
            lines.append(f"| {name} | {seconds:.1f} | {first / seconds:.2f} | {same} |")
            say(lines[-1])
    return lines


def million(net: Network, plan: Plan, number: int, say: Callable[[str], None]) -> list[str]:
    """The tail of very many draws of forty events."""
    rng = np.random.default_rng(7)
    events = [Event(f"e{k:02}", blow(rng, net)) for k in range(40)]
    chance = np.round(rng.uniform(0.01, 0.06, len(events)), 3)
    start, cpu = time.perf_counter(), time.process_time()
    draws = draw_events(chance.tolist(), number, seed=11)
    drawn = time.process_time() - cpu
    marks: dict[str, float] = {}

    def progress(phase: str, done: int, of: int) -> None:
        marks[phase] = time.process_time() - cpu

    found = tail(plan, events, draws, progress=progress)
    width = (found.cvar[1] - found.cvar[0]) / found.cvar[0]
    total = time.process_time() - cpu
    bounding = marks["bounds"] - marks["events"]
    say(f"million: {total:.0f} s of processor time")
    sets = draws.sets.shape[0]
    return [
        f"{number:,} draws of {len(events)} independent events (1 to 6 % each) are {sets:,} different sets. Drawing and counting "
        f"them takes {drawn:.1f} s, bounds for all of them {bounding:.0f} s ({number / max(bounding, 1e-9):,.0f} draws, "
        f"{sets / max(bounding, 1e-9):,.0f} sets a second); {found.met:,} sets are known from bounds that meet, {found.solved:,} "
        f"were solved. In all {total:.0f} s of processor time of one core, {time.perf_counter() - start:.0f} s on the clock.",
        "",
        f"- Worst draws known exactly: {found.worst:.2%} of all (goal 1 %).",
        f"- CVaR95: {found.cvar[0]:,.0f} to {found.cvar[1]:,.0f}, {width:.4%} wide (goal 0.5 %); sampling error of the tail mean "
        f"{found.sampling / found.cvar[0]:.4%}. Cost when nothing happens: {found.base_cost:,.0f}.",
    ]


#: Parts of the section, in the order of the page; each is a run of its own.
PARTS = {
    "steps": "What each step brings",
    "large": "What each step brings at 300,000 columns",
    "workers": "Two workers",
    "million": "A million draws",
}
_ASKED = (
    "Every scenario asks for the best operation of the plan with its builds held. *Cold* is the same problem, builds held by their "
    "bounds, solved from nothing by HiGHS with presolve. Each later line adds one step to the line above. The last column is the "
    "largest relative difference of the objective from the cold interior-point solve of the same scenario (goal 1e-9). "
)


def renewed(section: str, part: str, lines: Sequence[str]) -> str:
    """The section with one part put in anew; the other parts stay as they were."""
    kept = dict(piece.split("\n", 1) for piece in section.split("\n### ")[1:])
    kept[PARTS[part]] = "\n" + "\n".join(lines) + "\n"
    head = (
        f"{ENSEMBLES}\n\nWritten by `python -m benchmarks.ensemble` (`make bench-ensemble`). Each part is one run on one machine. "
        "Processor time, which counts no waiting, unless the clock is named; other work on the machine still takes cache and "
        "memory bandwidth.\n"
    )
    texts = (f"\n### {title}\n" + kept[title].rstrip("\n") + "\n" for title in PARTS.values() if title in kept)
    return head + "".join(texts)


def run(part: str, asked: argparse.Namespace, say: Callable[[str], None]) -> list[str]:
    """One part, as lines of Markdown."""
    if part in ("steps", "large"):
        net = network(draw(SIZES["S" if part == "steps" else "M"]))
        number, cold = (asked.scenarios, asked.cold) if part == "steps" else (max(asked.scenarios // 10, 20), 2)
        found, _, _, shape = ladder(net, number, cold, say)
        goal = "Goals: 13 × cold interior point, 25 × cold simplex." if part == "steps" else "Goal: 20 × cold."
        chosen = np.linspace(0, number - 1, cold).astype(int).tolist()
        return [_ASKED + goal, "", f"{shape}.", "", *table(found, chosen)]
    net = network(draw(SIZES["S"]))
    plan = Plan.of(net)
    if part == "million":
        return million(net, plan, asked.draws, say)
    ensemble = Ensemble.of(plan, scenarios(net, asked.scenarios), pool=32)
    return [
        f"Whole runs of {asked.scenarios} scenarios, with their tables, on the clock.",
        "",
        *workers(ensemble, asked.ray, say),
    ]


def main() -> None:
    """Run what is asked for; each part is written when it is done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--part", nargs="+", choices=list(PARTS), default=list(PARTS), help="parts to run (default: all)"
    )
    parser.add_argument("--scenarios", type=int, default=500)
    parser.add_argument("--cold", type=int, default=12, help="scenarios solved cold to compare with")
    parser.add_argument("--draws", type=int, default=1_000_000)
    parser.add_argument("--ray", action="store_true", help="two Ray actors beside two processes (needs Ray)")
    asked = parser.parse_args()

    def say(text: str) -> None:
        print(text, flush=True)

    machine = f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, {platform.system()}, Python"
    for part in asked.part:
        load = os.getloadavg()[0]
        lines = run(part, asked, say)
        done = f"Machine: {machine} {platform.python_version()}. Load {load:.1f} at the start, {os.getloadavg()[0]:.1f} at the end."
        before, section = ensembles_of(PAGE.read_text(encoding="utf-8"))
        PAGE.write_text(before.rstrip("\n") + "\n\n" + renewed(section, part, [*lines, "", done]), encoding="utf-8")
        say(f"wrote {part} to {PAGE.name}")


if __name__ == "__main__":
    main()
