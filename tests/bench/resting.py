"""A whole Tessera that nobody asks anything: how long it takes to start again, and how much memory it holds."""

import shutil
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from tests.ports import free_port
from tests.runtime.system import System

# What starts up is busy for a while after it is ready.
_SETTLE_S = 10.0


@dataclass(frozen=True, slots=True)
class Rest:
    """Seconds until a system that was set up before says that it is ready (the best of those tried), and MB of
    memory, shared pages counted once (PSS)."""

    start_s: float
    memory_mb: float
    processes: int


def run(*, starts: int) -> Rest:
    """Set one up, start it so many times more, and look at the last."""
    data = Path(tempfile.mkdtemp(prefix="tessera-rest-")) / "var"
    try:
        _start(data)[1].stop()
        taken = []
        for turn in range(starts):
            seconds, system = _start(data)
            taken.append(seconds)
            if turn < starts - 1:
                system.stop()
        time.sleep(_SETTLE_S)
        held = [_pss(pid) for pid in tree(system.process.pid)]
        system.stop()
    finally:
        shutil.rmtree(data.parent, ignore_errors=True)
    return Rest(min(taken), sum(held) / 1e6, len(held))


def _start(data: Path) -> tuple[float, System]:
    begun = time.perf_counter()
    system = System(data, free_port())
    system.wait_ready()
    return time.perf_counter() - begun, system


def tree(root: int) -> list[int]:
    """The process and all that come of it."""
    children = defaultdict(list)
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            # The name, in brackets, may hold anything; the parent is the second field after it.
            parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        children[int(parent)].append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        found.append(waiting.pop())
        waiting += children[found[-1]]
    return found


def _pss(pid: int) -> int:
    """Bytes; 0 of a process that has ended meanwhile."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
