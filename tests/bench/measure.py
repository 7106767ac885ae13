"""Measuring: blocks in turn, so that both sides meet the same machine."""

import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Act = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of single calls; `best` is the median of the best block."""

    p50: float
    p95: float
    p99: float
    best: float


def interleaved(acts: dict[str, Act], *, blocks: int, calls: int = 25) -> dict[str, Times]:
    """Run a block of each in turn, several times over, after one block that does not count."""
    found: dict[str, list[list[float]]] = {name: [] for name in acts}
    for block in range(blocks + 1):
        for name, act in acts.items():
            taken = []
            for _call in range(calls):
                begun = time.perf_counter()
                act()
                taken.append((time.perf_counter() - begun) * 1000)
            if block:
                found[name].append(taken)
    return {name: times_of(taken) for name, taken in found.items()}


def times_of(blocks: list[list[float]]) -> Times:
    """Percentiles over all calls, and the best block's median."""
    every = sorted(value for block in blocks for value in block)
    return Times(
        p50=statistics.median(every),
        p95=every[int(len(every) * 0.95)],
        p99=every[int(len(every) * 0.99)],
        best=min(statistics.median(block) for block in blocks),
    )


def machine() -> dict[str, Any]:
    """What the figures are taken on."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(pages / 2**30, 1),
        "python": platform.python_version(),
        "load_1min": round(os.getloadavg()[0], 2),
    }
