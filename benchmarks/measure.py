"""Time and peak memory of one piece of work in this process."""

from __future__ import annotations

import ctypes
import gc
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def _kibibytes(name: str) -> int:
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith(name))
    return int(line.split()[1])


def peak(work: Callable[[], Any]) -> tuple[Any, float]:
    """What the work returns, and by how many MiB the resident memory of the process rose at its highest meanwhile.

    On Linux the high-water mark is reset before; elsewhere it counts from the start of the process, so that what was needed to
    read the input may hide some of it.
    """
    gc.collect()
    if not _STATUS.exists():
        unit = 1 if sys.platform == "darwin" else 1024
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
        result = work()
        return result, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit - before) / 2**20
    ctypes.CDLL(None).malloc_trim(0)
    _CLEAR.write_text("5")
    before = _kibibytes("VmRSS")
    result = work()
    return result, (_kibibytes("VmHWM") - before) / 2**10


def seconds(work: Callable[[], Any], repeats: int) -> list[float]:
    """Wall time of each of so many runs; what a run returns is dropped before the next one."""
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = work()
        taken.append(time.perf_counter() - start)
        del result
    return taken


def median(values: list[float]) -> float:
    return float(statistics.median(values))
