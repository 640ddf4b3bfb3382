"""``python -m benchmarks.law``: tests of law on tables, and what law adds to stating and solving a plan; writes ``LAW.md``.

python -m benchmarks.law                    the whole run, some minutes on one core
python -m benchmarks.law --seeds 1 2 3      other random tables
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import polars as pl

from benchmarks import report
from benchmarks.law_frames import KINDS, NAMES, frame
from benchmarks.measure import median
from bongsu.atlas import Atlas
from bongsu.chain import Chain
from bongsu.chain.build import Choices
from bongsu.law import Law, LawOn
from bongsu.law import duty as duties
from bongsu.law.inforce import InForce
from bongsu.law.read import _own
from bongsu.law.regime import Regime
from bongsu.law.regimes import canada, fta, us_30d, us_45x, us_macr, usmca
from bongsu.law.registry import REGIMES
from bongsu.plan.assemble import Model, compile_network
from bongsu.plan.plan import solve

HERE = Path(__file__).resolve().parent
DAY = "2026-11-23"
#: Goals: tests per second of processor time on a table, and the most that law may add to stating a plan.
RATE, MORE = 100_000, 0.20
_LIBRARIES = ("highspy", "numpy", "scipy", "polars", "pydantic", "pyyaml")
#: The function through which each table goes over to the explaining path, and its argument that tells the row (None: one call, one
#: row).
_HANDS_OVER: dict[str, tuple[Any, str, int | None]] = {
    "us-macr": (us_macr, "_record", None),
    "us-45x": (us_45x, "_record", None),
    "us-30d-amount": (us_30d, "_exact", None),
    "usmca-rvc": (usmca, "_row", 2),
    "ckfta-value": (fta, "_row", 3),
    "korus-value": (fta, "_row", 3),
    "cptpp-value": (fta, "_row", 3),
    "ca-ctm-itc": (canada, "ratio_meets", None),
    "duty": (duties, "_stack", None),
}
Tell = Callable[[str], None]


def forget() -> None:
    """Drop the duties kept for the next goods of a day, so that no run is answered by the run before it."""
    duties._KNOWN.clear()


def processor(work: Callable[[], Any], before: Callable[[], None] | None = None) -> float:
    """Processor seconds of one run of all threads of this process, so that other work on the machine counts as little as it can.
    What is done ``before`` is not counted."""
    if before:
        before()
    gc.collect()
    start = time.process_time()
    result = work()
    taken = time.process_time() - start
    del result
    return taken


@contextmanager
def handed_over(name: str) -> Iterator[set[Any]]:
    """Collects the rows that a table gives to the explaining path."""
    module, function, at = _HANDS_OVER[name]
    plain = getattr(module, function)
    rows: set[Any] = set()

    def one(*given: Any, **named: Any) -> Any:
        rows.add(len(rows) if at is None else given[at])
        return plain(*given, **named)

    def asker(*given: Any) -> Any:
        exact = plain(*given)

        def ask(row: int) -> Any:
            rows.add(row)
            return exact(row)

        return ask

    with patch.object(module, function, asker if function == "_exact" else one):
        yield rows


def records(regime: Regime, table: pl.DataFrame) -> list[Any]:
    """The rows as the explaining path takes them: numbers as Decimals, empty cells left out."""
    needed = {name for name, field in regime.record.model_fields.items() if field.is_required()}
    return [
        regime.record.model_validate(
            {
                key: Decimal(str(value)) if isinstance(value, float) else value
                for key, value in row.items()
                if value is not None or key in needed
            }
        )
        for row in table.iter_rows(named=True)
    ]


def testing(name: str, kind: str, rows: int, explained: int, repeats: int, seed: int, law: LawOn) -> dict[str, Any]:
    """Tests per second of one regime on one kind of random table, both ways, and whether both say the same."""
    regime = REGIMES[name]
    assert regime.table is not None
    table, given = regime.table, frame(name, kind, rows, seed)
    some = given.head(explained)
    warm = table(some, law)
    singles = [regime.test(one, law) for one in records(regime, some)]
    outcome = "outcome" if "outcome" in warm.columns else "undetermined"
    said = [str(one.outcome) if outcome == "outcome" else bool(one.missing) for one in singles]
    if warm[outcome].to_list() != said:
        raise RuntimeError(f"{name}: the table and the explaining test do not say the same ({kind}, seed {seed})")
    fast = median([processor(lambda: table(given, law), forget) for _ in range(repeats)])
    slow = processor(lambda: [regime.test(one, law) for one in records(regime, some)])
    forget()
    with handed_over(name) as exact:
        table(given, law)
    return {
        "regime": name,
        "kind": kind,
        "rate": rows / fast,
        "explaining": explained / slow,
        "exact": len(exact) / rows,
    }


def tests(rows: int, explained: int, repeats: int, seeds: list[int], tell: Tell) -> list[dict[str, Any]]:
    """Every regime that has a table, on tables of every seed; the median over seeds."""
    have = {name for name, one in REGIMES.items() if one.table is not None}
    if have != set(NAMES):
        raise RuntimeError(f"tables without a random frame, or the other way round: {sorted(have ^ set(NAMES))}")
    law = Law.load().on(DAY)
    found = []
    for name in NAMES:
        for kind in KINDS:
            tell(f"test {name}, {kind}")
            runs = [testing(name, kind, rows, explained, repeats, seed, law) for seed in seeds]
            found.append(runs[0] | {key: median([run[key] for run in runs]) for key in ("rate", "explaining", "exact")})
    return found


def _stated(atlas: Atlas, lawful: bool) -> Model:
    case = atlas.row("cases", "reference")
    assert case is not None
    own = {name: case[name] for name in ("money_year", "discount_rate")}
    under = InForce(Law.load().on(DAY), **own) if lawful else None
    return compile_network(Chain.of(atlas, choices=Choices(law=under)).network)


def stating(data: Path, repeats: int, tell: Tell) -> dict[str, Any]:
    """Processor seconds to build and compile the reference case without and with law, in turn: from an atlas and a law in memory
    (``alone``), the same with the duties kept from the plan before (``again``), and with reading the data pack and the law files
    (``read``)."""
    atlas = Atlas.load(data)

    def from_files(lawful: bool) -> Model:
        if lawful:
            _own.cache_clear()
        return _stated(Atlas.load(data), lawful)

    found: dict[str, Any] = {}

    def in_memory(lawful: bool) -> Model:
        return _stated(atlas, lawful)

    for name, work, before in (("alone", in_memory, forget), ("again", in_memory, None), ("read", from_files, forget)):
        for lawful in (False, True):
            work(lawful)
        pairs = []
        for number in range(repeats):
            tell(f"state the plan, {name}, pair {number + 1}")
            pairs.append([processor(partial(work, lawful), before) for lawful in (False, True)])
        found[name] = pairs
    return found


def solving(data: Path, tell: Tell) -> list[dict[str, Any]]:
    """The reference case solved once without law and once with it."""
    atlas = Atlas.load(data)
    found = []
    for lawful in (False, True):
        tell(f"solve {'with' if lawful else 'without'} law")
        model = _stated(atlas, lawful)
        wall, start = time.perf_counter(), time.process_time()
        plan = solve(model)
        found.append(
            {
                "columns": model.shape[1],
                "rows": model.shape[0],
                "processor": time.process_time() - start,
                "wall": time.perf_counter() - wall,
                "status": str(plan.status),
            }
        )
    return found


def _verdict(met: bool) -> str:
    return "met" if met else "**missed**"


def _tests_page(found: dict[str, Any]) -> list[str]:
    rows = []
    for one in found["tests"]:
        rate, slow = one["rate"], one["explaining"]
        rows.append(
            [
                one["regime"],
                one["kind"],
                f"{rate:,.0f}",
                _verdict(rate >= RATE),
                f"{slow:,.0f}",
                f"{rate / slow:,.1f} ×",
                f"{100 * one['exact']:.2f} %",
            ]
        )
    head = ["regime", "table", "rows a second", f"goal {RATE:,}", "explaining, a second", "ratio", "to the exact path"]
    missed = [f"{one['regime']} ({one['kind']})" for one in found["tests"] if one["rate"] < RATE]
    said = f"missed by {len(missed)} of {len(rows)}: {', '.join(missed)}" if missed else "met by all"
    seeds = ", ".join(map(str, found["seeds"]))
    seeds = f"seed {seeds}" if len(found["seeds"]) == 1 else f"seeds {seeds}; median over seeds"
    return [
        "## Tests on tables",
        f"{found['rows']:,} random rows ([`law_frames.py`](law_frames.py), {seeds}; median of {found['repeats']} runs), by "
        "processor time of all threads together, so a second of one core, after a small table has loaded what is loaded once. "
        "*Spread* tables have amounts to the cent and any day of many years; *edges* tables have ten days and few round values, "
        "so that many rows stand exactly at a threshold, where floating point may not decide. The explaining path makes the typed "
        f"record of each of the first {found['explained']} rows and tests it; both ways must give the same outcome for "
        "every one of them, or the run stops.",
        report._table(head, rows),
        f"Goal of {RATE:,} a second and core: {said}.",
        "*To the exact path* is the share of rows that the table gave to the explaining test in Decimals. Of `us-30d-amount` equal "
        "pairs of percentage and day are then asked once. `usmca-rvc` asks it also for one row of each group that the agreement "
        "has no threshold for (traction batteries, methods that are not open), and for every traction battery where the table "
        "chooses the reading of the battery rule row by row, as the *edges* one does. `duty` has no floating path: the share is "
        "that of distinct stacks worked out in Decimals, each for all rows that the instruments of the day cannot tell apart.",
        "What limits it: `usmca-rvc` and the `-value` tests ask the law once for each span of days in which nothing changes, "
        "together with the other keys (method, class, code), and test rows at a threshold one by one, as `us-45x` does where a "
        "share is compared. `us-30d-amount` asks once for each pair of days, so many different days come near the cost of single "
        "tests. `duty` works out one stack for each class of goods that the instruments between two countries cannot tell apart, "
        "and for each share of US content where one of them asks for it under the preference claimed; most of its time is the "
        "table's own: finding distinct rows and spreading the answers over all. What it keeps of a law is dropped before each run.",
    ]


_STATED = {
    "alone": "build and compile",
    "again": "the same, with the duties kept from the plan before",
    "read": "build and compile, with reading the data pack and the law files",
}


def _stating_page(found: dict[str, Any]) -> list[str]:
    rows = []
    for name, pairs in found["state"].items():
        without, lawful = (median([pair[i] for pair in pairs]) for i in (0, 1))
        more = lawful / without - 1
        each = [100 * (b / a - 1) for a, b in pairs]
        rows.append(
            [
                _STATED[name],
                report._time(without),
                report._time(lawful),
                f"{100 * more:+.0f} %",
                f"{min(each):+.0f} to {max(each):+.0f} %",
                _verdict(more <= MORE),
            ]
        )
    head = ["processor time", "without law", "with law", "more", "by pair", f"goal {100 * MORE:.0f} %"]
    count = len(next(iter(found["state"].values())))
    return [
        "## What law adds to stating a plan",
        f"The reference case, without law and under the law of {DAY} in turn, {count} times each after one run of both, medians. "
        "The first line has the data pack and the law in memory, and works out every duty; the second takes duties that an "
        "earlier plan of the same process has asked for, as a sweep over scenarios does; the third reads and checks both from "
        "their files each time (the case without law reads the data pack only). Part of the difference is the larger network "
        "that law makes (below).",
        report._table(head, rows),
    ]


def _solving_page(found: dict[str, Any]) -> list[str]:
    rows = [
        [
            label,
            f"{one['columns']:,}",
            f"{one['rows']:,}",
            f"{one['processor']:.2f} s",
            f"{one['wall']:.2f} s",
            one["status"],
        ]
        for label, one in zip(("without law", "with law"), found["solve"], strict=True)
    ]
    return [
        "## Solving",
        "The reference case, solved once each. These are two plans, not one: duties, credits and rules of content change it, so "
        "the difference is no cost of the law code.",
        report._table(["plan", "columns", "rows", "processor", "wall", "status"], rows),
    ]


def page(found: dict[str, Any]) -> str:
    """The page of the figures of one run."""
    before, after = found["load"]
    parts = [
        "# Benchmarks of the law",
        "Written by `make bench-law` (`python -m benchmarks.law`), in one run on one machine.",
        f"Machine: {found['machine']}. Load while it ran (one, five, fifteen minutes): {before} at the start, {after} at the end. "
        "Processor time counts no waiting, but other work still takes cache and memory bandwidth.",
        *_tests_page(found),
        *_stating_page(found),
        *_solving_page(found),
    ]
    return "\n\n".join(parts) + "\n"


def _load() -> str:
    return ", ".join(f"{one:.1f}" for one in os.getloadavg())


def main() -> None:
    """Run and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.law", description="Time the law and write LAW.md.")
    parser.add_argument("--rows", type=int, default=100_000, help="rows of each random table")
    parser.add_argument("--explained", type=int, default=500, help="rows given to the explaining path")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each table")
    parser.add_argument("--pairs", type=int, default=7, help="times the plan is stated without law and with it")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1], help="seeds of the random tables")
    parser.add_argument("--data", type=Path, default=HERE.parent / "data", help="folder of the data pack")
    parser.add_argument("--out", type=Path, default=HERE / "LAW.md", help="page to write")
    asked = parser.parse_args()
    start, before = time.monotonic(), _load()

    def tell(text: str) -> None:
        print(f"{time.monotonic() - start:6.0f} s  {text}", flush=True)

    found: dict[str, Any] = {"machine": report.machine(_LIBRARIES)}
    found |= {name: getattr(asked, name) for name in ("rows", "explained", "repeats", "seeds")}
    found["state"] = stating(asked.data, asked.pairs, tell)
    found["tests"] = tests(asked.rows, asked.explained, asked.repeats, asked.seeds, tell)
    found["solve"] = solving(asked.data, tell)
    found["load"] = [before, _load()]
    out = HERE / "out"
    out.mkdir(exist_ok=True)
    (out / "law.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    asked.out.write_text(page(found), encoding="utf-8")
    tell(f"written: {asked.out.name}")


if __name__ == "__main__":
    main()
