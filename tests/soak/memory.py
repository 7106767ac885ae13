"""How much memory each process holds: its share of all that is mapped, but for memory that is shared by design."""

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

# What a process needs to come to its working size, and how long it must live then to say something.
_WARM_S, _LEAST_S = 20.0, 30.0
# A third later it may hold a tenth more, and as much again as one large answer needs.
_SHARE, _SPARE_KB = 1.10, 8 * 1024
# A connection lives on and comes to know all tables and plans that its clients use. Knowing them it grows no more, and
# it holds no more than this, and `work_mem` besides while it sorts: so all of them hold as much as their number allows.
CONNECTION = "largest connection"
CONNECTION_KB, SORT_KB = 12 * 1024, 16 * 1024


@dataclass(frozen=True, slots=True)
class Growth:
    """A process's memory in kB, the median of the first third of its settled life and of the last, and the most."""

    role: str
    pid: int
    seconds: float
    first: float
    last: float
    most: float = 0.0

    @property
    def flat(self) -> bool:
        if self.role == CONNECTION:
            return self.last <= CONNECTION_KB and self.most <= CONNECTION_KB + SORT_KB
        return self.last <= self.first * _SHARE + _SPARE_KB


def pss(pid: int) -> int:
    """kB, without shared memory: PostgreSQL's buffers fill up and are meant to. 0 for one that has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    held = {
        name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines[1:])
    }
    return held.get("Pss", 0) - held.get("Pss_Shmem", 0)


def children_of(pid: int) -> list[int]:
    """Those that the process started, by any of its threads."""
    found: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, path.read_text().split())
        except OSError:
            continue
    return found


@dataclass
class Memory:
    """What was seen of each process; `roles` gives what runs now: a role, the process, and what it holds in kB."""

    roles: Callable[[], Iterable[tuple[str, int, int]]]
    seen: dict[tuple[str, int], list[tuple[float, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def look(self, now: float) -> None:
        """To be called again and again; `now` in seconds."""
        for role, pid, held in self.roles():
            if held:
                self.seen[role, pid].append((now, held))

    def growths(self) -> list[Growth]:
        """Of each process that lived for long enough."""
        found = (_growth(role, pid, looks) for (role, pid), looks in sorted(self.seen.items()))
        return [growth for growth in found if growth is not None]


def _growth(role: str, pid: int, looks: list[tuple[float, int]]) -> Growth | None:
    settled = [(at, held) for at, held in looks if at - looks[0][0] >= _WARM_S]
    seconds = settled[-1][0] - settled[0][0] if settled else 0
    if seconds < _LEAST_S:
        return None
    third = len(settled) // 3
    first, last = (
        statistics.median(held for _at, held in part)
        for part in (settled[:third], settled[-third:])
    )
    return Growth(role, pid, seconds, first, last, max(held for _at, held in looks))
