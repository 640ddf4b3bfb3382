"""``python -m benchmarks.survival``: time to survive and time to recover on a generated chain; writes ``SURVIVAL.md``.

python -m benchmarks.survival                    1,700 nodes, 1,500 single losses, some minutes on one core
python -m benchmarks.survival --seeds 1 2 3      other chains
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import report
from benchmarks.measure import median
from bongsu.chain.network import Network, Settings
from bongsu.stress.supply_chain import DAYS, SupplyChain
from bongsu.stress.survival import Programmes

HERE = Path(__file__).resolve().parent
#: Goals, in seconds of processor time: all programmes of time to recover, all of time to survive.
RECOVER, SURVIVE = 30.0, 60.0
_LIBRARIES = ("highspy", "numpy", "scipy", "polars")


@dataclass(frozen=True)
class Tiers:
    """How large a chain is: nodes of each tier, from assembly to raw material, and the parts that one node makes from."""

    nodes: tuple[int, ...] = (20, 300, 500, 500, 380)
    parts: tuple[int, ...] = (14, 3, 3, 2, 0)


def chain(tiers: Tiers, seed: int = 1) -> Network:
    """A chain like that of a car maker: twenty plants assemble from parts of four tiers of suppliers.

    A node is a plant that makes one part (or, in assembly, two models). Two parts in three have two or three makers, the others
    one. Each maker can do 1.05 to 1.8 times its share of what is needed of its part, and holds 3 to 40 days of it in stock; what
    a user holds of a part is counted at its maker, as in the published model.
    """
    rng = np.random.default_rng(seed)
    rows: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("items", "places", "plants", "capacity", "modes", "recipes", "lanes", "stocks", "demands")
    }
    makers: list[dict[str, list[str]]] = []
    for tier, count in enumerate(tiers.nodes):
        own: dict[str, list[str]] = {}
        if tier == 0:
            for at in range(count):
                own[f"model-{at:03}"] = [f"t0-{at:04}", f"t0-{(at + 1 + int(rng.integers(count - 1))) % count:04}"]
        else:
            at = 0
            while at < count:
                many = min(int(rng.choice([1, 2, 3], p=[0.34, 0.46, 0.2])), count - at)
                own[f"part-{tier}-{len(own):04}"] = [f"t{tier}-{at + i:04}" for i in range(many)]
                at += many
        makers.append(own)
    need: dict[str, float] = {}
    for model in makers[0]:
        need[model] = float(np.round(rng.uniform(40_000, 300_000)))
    for tier, own in enumerate(makers):
        below = list(makers[tier + 1]) if tier + 1 < len(makers) else []
        # Every part of the next tier is needed by something.
        takes = {item: list(rng.choice(below, tiers.parts[tier], replace=False)) if below else [] for item in own}
        for at, part in enumerate(below):
            if not any(part in taken for taken in takes.values()):
                takes[list(own)[at % len(own)]].append(part)
        for item, by in own.items():
            rows["items"].append({"item": item})
            rows["recipes"].append({"process": item, "item": item, "amount": 1.0})
            for part in takes[item]:
                amount = float(rng.integers(1, 5))
                rows["recipes"].append({"process": item, "item": part, "amount": -amount})
                need[part] = need.get(part, 0.0) + amount * need[item]
                rows["lanes"] += [
                    {"lane": f"{part}|{source}|{user}", "from": source, "to": user, "item": part}
                    for source in makers[tier + 1][part]
                    for user in by
                ]
            if tier == 0:
                rows["demands"].append(
                    {
                        "demand": item,
                        "place": "market",
                        "item": item,
                        "quantity": need[item],
                        "penalty": float(rng.integers(2, 12)) * 1000,
                    }
                )
                rows["lanes"] += [
                    {"lane": f"{item}|{source}|market", "from": source, "to": "market", "item": item} for source in by
                ]
            for source in by:
                rows["modes"].append({"mode": f"{source}/{item}", "plant": source, "process": item})
                days = rng.uniform(3, 40)
                rows["stocks"].append(
                    {
                        "stock": f"{source}/{item}",
                        "place": source,
                        "item": item,
                        "initial": need[item] / len(by) * days / DAYS,
                    }
                )
        load: dict[str, float] = {}
        for item, by in own.items():
            for source in by:
                load[source] = load.get(source, 0.0) + need[item] / len(by)
        for source in load:
            rows["places"].append({"place": source})
            rows["plants"].append({"plant": source, "place": source})
            rows["capacity"].append({"plant": source, "capacity": load[source] * rng.uniform(1.05, 1.8)})
    rows["places"].append({"place": "market"})
    return Network.of(Settings(name="survival"), periods=[{"period": "1"}], **rows)


def measured(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Processor seconds, wall seconds and the result."""
    processor, wall = time.process_time(), time.perf_counter()
    found = work()
    return time.process_time() - processor, time.perf_counter() - wall, found


def run(seed: int, losses: int, tell: Callable[[str], None]) -> dict[str, Any]:
    """Both programmes for every loss of one chain."""
    tell(f"chain of seed {seed}")
    network = chain(Tiers(), seed)
    made = measured(lambda: SupplyChain.of(network))
    what: SupplyChain = made[2]
    rng = np.random.default_rng(seed)
    plants = what.select("plant")
    lost = [plants[at] for at in np.sort(rng.permutation(len(plants))[:losses])]
    times = [float(t) for t in rng.choice([2, 4, 8, 13, 26, 52], len(lost)) / 52]
    tell("time to recover")
    engine = Programmes(what)
    recover = measured(lambda: engine.recover(lost, times))
    solved = engine.solved
    tell("time to survive")
    engine = Programmes(what)
    survive = measured(lambda: engine.survive(lost))
    tell("done")
    finite = [one.time for one in survive[2] if np.isfinite(one.time)]
    return {
        "seed": seed,
        "nodes": len(plants),
        "losses": len(lost),
        "rows": len(what.points) + len(what.nodes),
        "columns": len(what.activities) + len(what.demands) + 1,
        "made": made[0],
        "recover": {"processor": recover[0], "wall": recover[1], "solved": solved},
        "survive": {"processor": survive[0], "wall": survive[1], "solved": engine.solved},
        "finite": len(finite),
        "costly": sum(one.cost > 0 for one in recover[2]),
        "disagree": sum(
            (one.time >= t * (1 + 1e-6) and other.cost > 1e-3) or (one.time < t * (1 - 1e-6) and other.cost <= 0)
            for one, other, t in zip(survive[2], recover[2], times, strict=True)
        ),
    }


def page(found: dict[str, Any]) -> str:
    """The figures as a page."""
    runs = found["runs"]
    rows = [_row(one) for one in runs]

    def goal(kind: str, most: float) -> str:
        times = [one[kind]["processor"] for one in runs]
        return f"{'met' if max(times) <= most else '**missed**'} ({median(times):.1f} s, goal {most:.0f} s)"

    loads = ", ".join(f"{value:.1f}" for value in found["load"])
    return f"""# Benchmarks of survival

Written by `make bench-survival` (`python -m benchmarks.survival`), in one run on one machine, by processor time of one thread.

Machine: {found["machine"]}. Load at the start and at the end: {loads}.

A generated chain of {runs[0]["nodes"]:,} nodes in five tiers, twenty plants that assemble two models each from parts of four
tiers of suppliers ([`survival.py`](survival.py)), and {runs[0]["losses"]:,} losses of one node, each with a time to recover
between two weeks and a year. For each loss two linear programmes
([`bongsu/stress/survival.py`](../bongsu/stress/survival.py)): what is lost until it has recovered, and how long nothing is. Each
starts from the optimal basis of the whole chain. A loss is not solved where a way to run that is known already does without it.

- all programmes of time to recover: {goal("recover", RECOVER)}
- all programmes of time to survive: {goal("survive", SURVIVE)}

| seed | rows × columns | time to recover | solved | cost something | time to survive | solved | not for ever | disagree |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
{chr(10).join(rows)}

The two programmes check each other: what survives until the recovery loses nothing, what does not loses something; *disagree*
counts the losses for which that is not so.

What limits it: a programme starts with factorising the basis anew, which is the price of answers that do not depend on their
order, and then takes some hundred steps of the dual simplex method. Weights of steepest edge would have to be worked out for each
loss from nothing and take three times as long as all the rest, so Devex is used.
"""


def _row(one: dict[str, Any]) -> str:
    recover, survive = one["recover"], one["survive"]
    cells = (
        one["seed"],
        f"{one['rows']:,} × {one['columns']:,}",
        f"{recover['processor']:.1f} s",
        f"{recover['solved']:,}",
        f"{one['costly']:,}",
        f"{survive['processor']:.1f} s",
        f"{survive['solved']:,}",
        f"{one['finite']:,}",
        one["disagree"],
    )
    return "| " + " | ".join(map(str, cells)) + " |"


def main() -> None:
    """Run and write."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.survival", description="Time survival; write SURVIVAL.md."
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[1], help="seeds of the chains")
    parser.add_argument("--losses", type=int, default=1500, help="losses of one node")
    parser.add_argument("--out", type=Path, default=HERE / "SURVIVAL.md", help="page to write")
    asked = parser.parse_args()
    start, before = time.monotonic(), os.getloadavg()[0]

    def tell(text: str) -> None:
        print(f"{time.monotonic() - start:6.0f} s  {text}", flush=True)

    runs = [run(seed, asked.losses, tell) for seed in asked.seeds]
    found = {"machine": report.machine(_LIBRARIES), "load": [before, os.getloadavg()[0]], "runs": runs}
    (HERE / "out").mkdir(exist_ok=True)
    (HERE / "out" / "survival.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    asked.out.write_text(page(found), encoding="utf-8")
    tell(f"written: {asked.out.name}")


if __name__ == "__main__":
    main()
