"""An ensemble as a run on disk: in parts, by several processes or Ray actors, stopped and taken up again.

A run is a folder. ``study.pickle`` holds the ensemble, ``run.json`` says what it is; ``parts/`` holds the finished parts, each
written beside and moved into place whole, so that what is there is complete whenever the machine stops. When all parts are there
they are joined, in the order of the scenarios, to ``cube/*.parquet``. Parts do not depend on who made them or when, so the cube of
a run that was killed and taken up again is the same file, byte for byte.

    >>> run = Run.start("out/ensemble", ensemble)
    >>> run.work(workers=2)
    >>> cube = run.join()
"""

from __future__ import annotations

import json
import multiprocessing
import os
import pickle
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl

from bongsu.stress.ensemble import TABLES, Ensemble

#: Told how many parts are done, of how many.
Progress = Callable[[int, int], None]
_PART = 25
#: Times that all workers may die one after the other without finishing a part.
_PATIENCE = 3


class Stopped(Exception):
    """The run was asked to stop; the parts that are done stay."""


@dataclass(frozen=True)
class Run:
    """A run of an ensemble in a folder.

    Attributes:
        folder: where it lives.
        parts: how many parts it has.
    """

    folder: Path
    parts: int

    @classmethod
    def start(
        cls, folder: str | Path, ensemble: Ensemble, watch: Sequence[tuple[str, str]] = (), part: int = _PART
    ) -> Run:
        """Make the run, or take up the one that is there if it is of the same ensemble.

        Raises:
            FileExistsError: the folder holds a run of another ensemble.
        """
        root = Path(folder)
        (root / "parts").mkdir(parents=True, exist_ok=True)
        study = pickle.dumps((ensemble, tuple(watch), part), protocol=5)
        said = {
            "digest": _digest(ensemble, watch, part),
            "scenarios": len(ensemble),
            "part": part,
            "network": ensemble.recourse.model.arrays.net.digest,
            "base_cost": ensemble.base_cost,
        }
        at = root / "run.json"
        if at.is_file() and json.loads(at.read_text(encoding="utf-8"))["digest"] != said["digest"]:
            raise FileExistsError(f"{root} holds a run of other scenarios or another plan; choose another folder")
        _write(root / "study.pickle", study)
        _write(at, (json.dumps(said, indent=1) + "\n").encode())
        return cls.open(root)

    @classmethod
    def open(cls, folder: str | Path) -> Run:
        """A run that was started before.

        Raises:
            FileNotFoundError: the folder holds none.
        """
        root = Path(folder)
        at = root / "run.json"
        if not (at.is_file() and (root / "study.pickle").is_file()):
            raise FileNotFoundError(f"{root} holds no run; start one with `bongsu ensemble`")
        said = json.loads(at.read_text(encoding="utf-8"))
        return cls(root, -(-said["scenarios"] // said["part"]))

    def open_parts(self) -> list[int]:
        """Parts that are still to be done."""
        return [part for part in range(self.parts) if not self._part(part).is_dir()]

    def _part(self, number: int) -> Path:
        return self.folder / "parts" / f"{number:06}"

    def work(
        self,
        workers: int = 1,
        ray: str | None = None,
        progress: Progress | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> None:
        """Do the parts that are open.

        Args:
            workers: processes, or Ray actors.
            ray: address of a Ray cluster (``local`` starts one here); None = processes of this machine.
            progress: told after every part.
            stop: asked after every part.

        Raises:
            Stopped: it said so; what is done stays.
            RuntimeError: workers die without finishing anything.
        """
        to_do = self.open_parts()
        for done, _ in enumerate(self._finished(to_do, workers, ray), start=self.parts - len(to_do) + 1):
            if progress:
                progress(done, self.parts)
            if stop is not None and stop() and done < self.parts:
                raise Stopped(f"{done} of {self.parts} parts are done; the same command goes on from there")

    def _finished(self, to_do: Sequence[int], workers: int, ray: str | None) -> Iterator[int]:
        if not to_do:
            return iter(())
        if ray is not None:
            return _by_ray(self.folder, to_do, workers, ray)
        if workers <= 1:
            return _here(self.folder, to_do)
        return _by_processes(self.folder, to_do, workers)

    def join(self) -> dict[str, Path]:
        """Join the parts to the cube; the path of each table.

        Raises:
            RuntimeError: parts are missing.
        """
        missing = self.open_parts()
        if missing:
            raise RuntimeError(f"{len(missing)} of {self.parts} parts are not done yet; run the same command again")
        target = self.folder / "cube"
        target.mkdir(exist_ok=True)
        paths = {}
        for name in TABLES:
            parts = [pl.read_ipc(self._part(part) / f"{name}.arrow") for part in range(self.parts)]
            whole = pl.concat(parts, rechunk=True) if parts else pl.DataFrame(schema=dict(TABLES[name]))
            paths[name] = target / f"{name}.parquet"
            beside = target / f".{name}.parquet"
            whole.write_parquet(beside, compression="zstd", statistics=False)
            os.replace(beside, paths[name])
        return paths

    def table(self, name: str) -> pl.DataFrame:
        """One table of the joined cube."""
        return pl.read_parquet(self.folder / "cube" / f"{name}.parquet")


def _write(path: Path, content: bytes) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(content)
    os.replace(beside, path)


def _digest(ensemble: Ensemble, watch: Sequence[tuple[str, str]], part: int) -> str:
    """What the outcome of the run depends on."""
    found = sha256(repr((ensemble.names, ensemble.weights, tuple(watch), part)).encode())
    r = ensemble.recourse
    for values in (r.cost, r.lower, r.upper, r.row_lower, r.row_upper, r.matrix.data, r.matrix.indices, r.fixed):
        found.update(values.tobytes())
    for delta in ensemble.deltas:
        for name in ("columns", "lower", "upper", "priced", "cost", "rows", "row_lower", "row_upper"):
            found.update(getattr(delta, name).tobytes())
        for name in ("entry_row", "entry_column", "entry_value"):
            found.update(getattr(delta, name).tobytes())
    return found.hexdigest()


class _Worker:
    """One solver with its base basis, and the parts it is given."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        ensemble, self.watch, self.part = pickle.loads((self.folder / "study.pickle").read_bytes())
        self.ensemble: Ensemble = ensemble
        self.engine = ensemble.engine()

    def do(self, number: int) -> int:
        """Solve one part and put it into place."""
        first = number * self.part
        which = range(first, min(first + self.part, len(self.ensemble)))
        tables = self.ensemble.tables(list(self.ensemble.outcomes(which, self.engine)), self.watch)
        target = self.folder / "parts" / f"{number:06}"
        beside = self.folder / "parts" / f".{number:06}.{os.getpid()}"
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir()
        for name, table in tables.items():
            table.write_ipc(beside / f"{name}.arrow")
        try:
            os.rename(beside, target)
        except OSError:
            # Another worker was quicker with the same part; both are the same bytes.
            shutil.rmtree(beside, ignore_errors=True)
        return number


def _here(folder: Path, to_do: Sequence[int]) -> Iterator[int]:
    worker = _Worker(folder)
    yield from map(worker.do, to_do)


_own: dict[str, _Worker] = {}


def _begin(folder: str) -> None:
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    _own["worker"] = _Worker(folder)


def _end_with(parent: int) -> None:
    """End this process when the one that started it is gone: nobody would take its results."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def _do(number: int) -> int:
    return _own["worker"].do(number)


def _by_processes(folder: Path, to_do: Sequence[int], workers: int) -> Iterator[int]:
    left, patience = list(to_do), _PATIENCE
    # Workers start afresh: a forked copy of a running solver would share its threads.
    context = multiprocessing.get_context("spawn")
    while left:
        begun = len(left)
        try:
            with ProcessPoolExecutor(workers, context, _begin, (str(folder),)) as pool:
                yield from _drain(pool, left, workers)
        except BrokenProcessPool:
            # A worker died: its unfinished part is done again, by new workers.
            left = [part for part in left if not (folder / "parts" / f"{part:06}").is_dir()]
            patience = _PATIENCE if len(left) < begun else patience - 1
            if not patience:
                raise RuntimeError("the workers die before they finish a part; is there enough memory?") from None


def _drain(pool: ProcessPoolExecutor, left: list[int], workers: int) -> Iterator[int]:
    """Parts as they are finished; only as many are handed out at a time as keep the workers busy."""
    waiting: dict[Future[int], int] = {}
    queue = list(left)
    while queue or waiting:
        while queue and len(waiting) < 2 * workers:
            part = queue.pop(0)
            waiting[pool.submit(_do, part)] = part
        done, _ = wait(waiting, return_when=FIRST_COMPLETED)
        for one in done:
            part = waiting.pop(one)
            one.result()
            left.remove(part)
            yield part


def _by_ray(folder: Path, to_do: Sequence[int], workers: int, address: str) -> Iterator[int]:
    try:
        import ray
        from ray.util.actor_pool import ActorPool
    except ImportError as error:
        raise ImportError("--ray needs Ray, which is optional: pip install 'bongsu[ray]'") from error
    options: Mapping[str, Any] = {} if address == "local" else {"address": address}
    if not ray.is_initialized():
        ray.init(include_dashboard=False, log_to_driver=False, **(dict(options) or {"num_cpus": workers}))
    actor = ray.remote(num_cpus=1, max_restarts=-1, max_task_retries=-1)(_Worker)
    pool = ActorPool([actor.remote(str(folder)) for _ in range(workers)])
    yield from pool.map_unordered(lambda one, part: one.do.remote(part), list(to_do))
