"""One measurement in a process of its own: ``python -m benchmarks.child NAME SIZE FOLDER REPEATS`` prints one line of JSON."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import inputs
from benchmarks.measure import peak, seconds


def _measured(work: Callable[[], Any], warm: Callable[[], Any], repeats: int) -> dict[str, Any]:
    """Peak memory of the first run at this size, times of the next ones; a small run before has loaded every library."""
    warm()
    result, memory = peak(work)
    del result
    return {"memory": memory, "seconds": seconds(work, repeats)}


def compile_bongsu(size: str, folder: Path, repeats: int) -> dict[str, Any]:
    """From tables to a model in HiGHS, names, units and facts kept."""
    from bongsu.plan.assemble import compile_network
    from bongsu.plan.solver import Solver

    small, net = inputs.read_network(folder, "XS"), inputs.read_network(folder, size)
    found = _measured(lambda: Solver(compile_network(net)), lambda: Solver(compile_network(small)), repeats)
    model = compile_network(net)
    return found | {
        "compile": seconds(lambda: compile_network(net), repeats),
        "hand_over": seconds(lambda: Solver(model), repeats),
        "rows": model.shape[0],
        "columns": model.shape[1],
        "entries": int(model.matrix.nnz),
    }


def compile_by_hand(size: str, folder: Path, repeats: int) -> dict[str, Any]:
    """From arrays to the same matrix in HiGHS, hand-written."""
    from benchmarks.by_hand import assemble, hand_over

    small, numbers = inputs.read_numbers(folder, "XS"), inputs.read_numbers(folder, size)
    scale = inputs.read_scale(folder, size)
    found = _measured(lambda: hand_over(assemble(numbers, scale)), lambda: hand_over(assemble(small)), repeats)
    matrix = assemble(numbers, scale)
    return found | {
        "compile": seconds(lambda: assemble(numbers, scale), repeats),
        "hand_over": seconds(lambda: hand_over(matrix), repeats),
        "natural": seconds(lambda: hand_over(assemble(numbers)), repeats),
    }


def change(size: str, folder: Path, repeats: int) -> dict[str, Any]:
    """A thousand bounds, a thousand coefficients: from natural units into a HiGHS that holds the model."""
    import numpy as np

    from bongsu.plan.assemble import compile_network
    from bongsu.plan.solver import Solver

    model = compile_network(inputs.read_network(folder, size))
    solver = Solver(model)
    if size == "S":
        solver.solve()
    rng = np.random.default_rng(7)
    columns = np.sort(rng.choice(model.shape[1], 1000, replace=False)).astype(np.int32)
    entries = np.sort(rng.choice(model.matrix.nnz, 1000, replace=False))
    rows = model.matrix.indices[entries]
    of = (np.searchsorted(model.matrix.indptr, entries, side="right") - 1).astype(np.int32)
    values = model.matrix.data[entries] * model.row_scale[rows] / model.column_scale[of]

    def bounds() -> None:
        scale = model.column_scale[columns]
        solver.set_bounds(columns, np.zeros(1000) / scale, np.full(1000, 500.0) / scale)

    def coefficients() -> None:
        solver.set_coefficients(rows, of, 1.01 * values * model.column_scale[of] / model.row_scale[rows])

    return {"bounds": seconds(bounds, repeats), "coefficients": seconds(coefficients, repeats)}


def solve(size: str, folder: Path, repeats: int) -> dict[str, Any]:
    """Compile, hand over and solve, with Bongsu's own check of the answer."""
    from bongsu.plan.assemble import compile_network
    from bongsu.plan.solver import Solver
    from bongsu.plan.verify import verify

    net = inputs.read_network(folder, size)
    model = compile_network(net)
    times, answer = [], None
    for _ in range(repeats):
        solver = Solver(model)
        start = time.perf_counter()
        answer = solver.solve()
        times.append(time.perf_counter() - start)
    assert answer is not None
    errors = verify(model, answer, model.lower, model.upper)
    return {"seconds": times, "method": answer.method, "objective": answer.objective * model.money, "fine": errors.fine}


WORK = {f.__name__: f for f in (compile_bongsu, compile_by_hand, change, solve)}


if __name__ == "__main__":
    name, size, folder, repeats = sys.argv[1:5]
    print(json.dumps(WORK[name](size, Path(folder), int(repeats))))
