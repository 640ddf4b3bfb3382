"""``RESULTS.md`` from the figures of one run."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.measure import median
from benchmarks.picture import Series, draw, slope

_LIBRARIES = ("highspy", "numpy", "scipy", "polars", "linopy", "pyomo", "pypsa")
_STATED = {
    "state_bongsu": "Bongsu",
    "state_linopy": "linopy, `bongsu.plan.statement`",
    "state_pyomo": "Pyomo",
    "reduced_bongsu": "Bongsu, reduced",
    "reduced_pypsa": "PyPSA, reduced",
}


def machine(libraries: tuple[str, ...] = _LIBRARIES) -> str:
    """Processor, cores, system and versions; nothing that names the machine."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
    versions = ", ".join(f"{name} {version(name)}" for name in libraries)
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}; {versions}"


#: The last section of the page; ``python -m benchmarks.ensemble`` renews it.
ENSEMBLES = "## Ensembles"


def write(found: dict[str, Any], folder: Path) -> None:
    """The page and its picture."""
    parts = [
        "# Benchmarks",
        "Written by `make bench` (`python -m benchmarks`; `--quick` for a smoke run). All figures are from one run on one "
        "machine, every measurement in processes of its own. Ratios are taken pair by pair, the two processes of a pair one after "
        "the other, and given as median (lowest to highest). Memory is the peak of resident memory above what the process held "
        "when its libraries and its input were loaded.",
        f"Machine: {found['machine']}. Load while it ran: {found['load'][0]:.1f} at the start, {found['load'][1]:.1f} at the end "
        "(other work on the machine makes times longer and ratios wider).",
    ]
    if "compile" in found:
        parts += _compile(found["compile"])
    if "change" in found:
        parts += _change(found["change"])
    if "plan" in found:
        parts += _plan(found["plan"])
    if "state" in found:
        parts += _state(found["state"])
    if "solve" in found:
        parts += _growth(found, folder)
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / "RESULTS.md"
    _, kept = ensembles_of(page.read_text(encoding="utf-8") if page.exists() else "")
    page.write_text("\n\n".join([*parts, *([kept] if kept else [])]).rstrip("\n") + "\n", encoding="utf-8")


def ensembles_of(text: str) -> tuple[str, str]:
    """The page up to its section on ensembles, which is measured by itself, and that section; empty where there is none."""
    before, heading, section = text.partition(f"{ENSEMBLES}\n")
    return before, heading + section


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _time(seconds: float) -> str:
    return f"{1000 * seconds:,.1f} ms" if seconds < 1 else f"{seconds:,.2f} s"


def _spread(ratios: list[float]) -> str:
    return f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def _compile(found: dict[str, Any]) -> list[str]:
    rows = []
    for pairs in found.values():
        ours, hand = ([pair[i] for pair in pairs] for i in (0, 1))
        rows.append(
            [
                f"{ours[0]['columns']:,}",
                f"{ours[0]['entries']:,}",
                _time(median([one["seconds"] for one in ours])),
                _time(median([one["seconds"] for one in hand])),
                _spread([a["seconds"] / b["seconds"] for a, b in pairs]),
                _spread([a["median"] / b["median"] for a, b in pairs]),
                _spread([a["seconds"] / b["natural"] for a, b in pairs]),
                f"{median([one['memory'] for one in ours]):,.1f} MiB",
                f"{median([one['memory'] for one in hand]):,.1f} MiB",
                _spread([a["memory"] / b["memory"] for a, b in pairs]),
            ]
        )
    head = [
        "columns",
        "entries",
        "Bongsu",
        "by hand",
        "ratio",
        "of medians",
        "to unscaled",
        "Bongsu",
        "by hand",
        "ratio",
    ]
    split = []
    for pairs in found.values():
        ours, hand = ([pair[i] for pair in pairs] for i in (0, 1))
        split.append(
            [f"{ours[0]['columns']:,}"]
            + [_time(median([one[key] for one in side])) for side in (ours, hand) for key in ("compile", "hand_over")]
        )
    return [
        "## Compile and hand over",
        "Ten stages, two recipes a plant with by-products, capacity by period with options and lead times, rules of content "
        "([`networks.py`](networks.py)). Bongsu starts from tables with identifiers and ends with a model that still knows every "
        "name, unit and fact, in HiGHS. By hand ([`by_hand.py`](by_hand.py)) starts from plain arrays, knows where everything "
        "stands, writes the same matrix with index arithmetic and keeps nothing else; it is given the scales that Bongsu works "
        "out, and hands over through the same, quickest, door of HiGHS. A test compares the two matrices entry by entry.",
        "Times are the quickest run of each process, median over processes: on a machine that does other work the quickest run is "
        "disturbed least. The ratio of the medians of the runs stands beside. The ratio to unscaled is against the hand-written "
        "matrix in natural units, which is less work and not the same matrix.",
        _table(head, rows),
        "Goal: at most 2 in time and memory from 37,000 columns, at most 10 ms at 2,400. The two halves:",
        _table(["columns", "Bongsu compiles", "hands over", "by hand assembles", "hands over"], split),
        "What limits it: about 3 ms do not depend on size (some twenty columns of text to match and 27 families, half of them "
        "empty here, at a few calls of NumPy each). They weigh against a hand-written matrix that takes 5 ms in all at 37,000 "
        "columns, and nothing at 300,000; above that the matching of identifiers and the keys of every row and column are what "
        "Bongsu does more.",
    ]


def _change(found: dict[str, Any]) -> list[str]:
    rows = [[size, _time(one["bounds"]), _time(one["coefficients"])] for size, one in found.items()]
    return [
        "## Change a compiled model",
        "A thousand bounds, or a thousand coefficients that are in the matrix, from natural units into the HiGHS that holds the "
        "model (S after a solve). Goal: at most 5 ms.",
        _table(["size", "1,000 bounds", "1,000 coefficients"], rows),
    ]


def _plan(pairs: list[dict[str, Any]]) -> list[str]:
    rows = []
    for label, key in (("wall", ""), ("processor", "_processor")):
        ours, bare = ([pair[side + key] for pair in pairs] for side in ("plan", "bare"))
        over = [a - 1.05 * b for a, b in zip(ours, bare, strict=True)]
        rows.append(
            [
                label,
                _time(median(ours)),
                _time(median(bare)),
                f"{median(over):.2f} s ({min(over):.2f} to {max(over):.2f})",
            ]
        )
    one = pairs[0]
    return [
        "## `bongsu plan` end to end",
        f"The reference case ({one['columns']:,} columns, {one['rows']:,} rows): the whole command, from starting Python and "
        "reading the data pack to result files on disk, against HiGHS alone inside a running process, which reads the exported "
        f"MPS file and runs with the same method ({one['method']}, with crossover) on one thread. Goal: at most 1.05 × HiGHS "
        "+ 2 s. Processor time is what the machine's other work disturbs least.",
        _table(["time", "bongsu plan", "HiGHS alone", "above 1.05 × HiGHS"], rows),
    ]


def _state(found: dict[str, Any]) -> list[str]:
    rows = []
    for sides in found.values():
        for name, one in sides.items():
            cut = name.startswith("reduced")
            reference = sides["reduced_bongsu" if cut else "state_bongsu"]
            apart = abs(one["objective"] - reference["objective"]) / abs(reference["objective"])
            rows.append(
                [
                    _STATED[name],
                    f"{one['columns']:,}",
                    f"{one['rows']:,}",
                    _time(one["seconds"]),
                    f"{one['seconds'] / reference['seconds']:,.0f} ×",
                    f"{one['memory']:,.1f} MiB",
                    f"{one['objective']:,.2f}",
                    f"{apart:.0e}",
                ]
            )
    head = ["stated in", "columns", "rows", "build and hand over", "against Bongsu", "peak memory", "optimum", "apart"]
    return [
        "## Side by side",
        "The same network from the same tables up to a HiGHS that holds it: linopy (`to_linopy`, then `to_highspy`; written to be "
        "read, not for speed, and its variables also stand where Bongsu leaves out a column, with an upper bound of zero), Pyomo "
        "([`with_pyomo.py`](with_pyomo.py), APPSI HiGHS). PyPSA cannot express two recipes that share a plant, options with lead "
        "times and rules of content, so it is compared on a reduced network ([`with_pypsa.py`](with_pypsa.py): one recipe a plant, "
        "own capacity, no options, no rules) that Bongsu also gets; its rows are more because it states bounds as rows. Each "
        "library had stated a small network before in the same process. HiGHS then solves all of them (IPX with crossover); the "
        "optima must agree to 1e-6.",
        _table(head, rows),
    ]


def _growth(found: dict[str, Any], folder: Path) -> list[str]:
    series: Series = {}
    for size, pairs in found["compile"].items():
        ours = [pair[0] for pair in pairs]
        columns = ours[0]["columns"]
        for name, key in (("compile", "compile"), ("hand over", "hand_over")):
            series.setdefault(name, []).append((columns, median([one[key] for one in ours])))
        if size in found["solve"]:
            series.setdefault("solve", []).append((columns, found["solve"][size]["seconds"]))
    folder.mkdir(parents=True, exist_ok=True)
    draw(series, folder / "cost-against-size.svg")
    rows = [[name, f"{slope(line):.2f}", *(f"{_time(value)}" for _, value in line)] for name, line in series.items()]
    width = max(len(row) for row in rows)
    heads = [f"{columns:,.0f} columns" for columns, _ in series["compile"]]
    methods = ", ".join(f"{size} {one['method']}" for size, one in found["solve"].items())
    return [
        "## Cost against size",
        "![Seconds against columns, both logarithmic](cost-against-size.svg)",
        f"Slope 1 is proportional. Methods by size, chosen by Bongsu: {methods}; one thread, with crossover.",
        _table(["", "slope", *heads], [row + ["–"] * (width - len(row)) for row in rows]),
    ]
