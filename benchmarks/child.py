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


def _stated(
    size: str, folder: Path, state: Callable[[Any], Any], hand_over: Callable[[Any], Any], repeats: int, cut: bool
) -> dict[str, Any]:
    """Build time and peak memory of a statement up to a HiGHS that holds it, and the optimum; a small one before warms up."""
    import highspy

    small, net = inputs.read_network(folder, "XS"), inputs.read_network(folder, size)
    if cut:
        from benchmarks.with_pypsa import reduced

        small, net = reduced(small), reduced(net)
    found = _measured(lambda: hand_over(state(net)), lambda: hand_over(state(small)), repeats)
    kept, highs, unit = hand_over(state(net))
    assert isinstance(highs, highspy.Highs)
    for option, value in (("output_flag", False), ("threads", 1), ("solver", "ipx")):
        highs.setOptionValue(option, value)
    highs.run()
    del kept
    return found | {
        "rows": highs.getNumRow(),
        "columns": highs.getNumCol(),
        "objective": highs.getInfo().objective_function_value * unit,
    }


def state_bongsu(size: str, folder: Path, repeats: int, cut: bool = False) -> dict[str, Any]:
    from bongsu.plan.assemble import compile_network
    from bongsu.plan.solver import Solver

    def hand_over(model: Any) -> tuple[Any, Any, float]:
        solver = Solver(model)
        return solver, solver.highs, model.money

    return _stated(size, folder, compile_network, hand_over, repeats, cut)


def state_linopy(size: str, folder: Path, repeats: int) -> dict[str, Any]:
    from bongsu.plan.statement import to_linopy

    return _stated(size, folder, to_linopy, lambda model: (model, model.to_highspy(), 1.0), repeats, False)


def state_pyomo(size: str, folder: Path, repeats: int) -> dict[str, Any]:
    from pyomo.contrib.appsi.solvers import Highs

    from benchmarks.with_pyomo import state

    def hand_over(model: Any) -> tuple[Any, Any, float]:
        solver = Highs()
        solver.set_instance(model)
        return (solver, model), solver._solver_model, 1.0

    return _stated(size, folder, state, hand_over, repeats, False)


def reduced_bongsu(size: str, folder: Path, repeats: int) -> dict[str, Any]:
    return state_bongsu(size, folder, repeats, cut=True)


def reduced_pypsa(size: str, folder: Path, repeats: int) -> dict[str, Any]:
    import logging

    from benchmarks.with_pypsa import state

    logging.disable(logging.WARNING)

    def hand_over(network: Any) -> tuple[Any, Any, float]:
        model = network.optimize.create_model()
        return network, model.to_highspy(), 1.0

    return _stated(size, folder, state, hand_over, repeats, True)


def bare(mps: str, options: Path, repeats: int) -> dict[str, Any]:
    """HiGHS alone: read an MPS file and run, with the options that Bongsu used."""
    import highspy

    highs = highspy.Highs()
    highs.silent()
    for option, value in json.loads(options.read_text(encoding="utf-8")).items():
        highs.setOptionValue(option, value)
    start, before = time.perf_counter(), time.process_time()
    highs.readModel(mps)
    highs.run()
    return {"seconds": time.perf_counter() - start, "processor": time.process_time() - before}


WORK = {
    f.__name__: f
    for f in (
        compile_bongsu,
        compile_by_hand,
        change,
        solve,
        state_bongsu,
        state_linopy,
        state_pyomo,
        reduced_bongsu,
        reduced_pypsa,
        bare,
    )
}


if __name__ == "__main__":
    name, size, folder, repeats = sys.argv[1:5]
    print(json.dumps(WORK[name](size, Path(folder), int(repeats))))
