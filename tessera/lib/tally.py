"""Counters that several processes of one host keep together: each in files of its own, which any of them adds up.

A process that ends takes nothing with it: what it counted is added to the files of the dead, or else sums would fall,
and whoever reads them would take that for a restart. Who is alive is told by a lock on a file, not by a process id,
which another container on the same folder may have as well.
"""

import contextlib
import fcntl
import logging
import os
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, Metric, values
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

# Where the processes of a host count together, within the data folder.
FOLDER = "run/metrics"

_TYPES = ("counter", "histogram")
_ALIVE = ".alive"
_DEAD = "dead"

log = logging.getLogger(__name__)

# What this process counts while it shares with nobody: a command, a test.
ALONE = CollectorRegistry()


class _Member:
    """This process among those that count into `folder`."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.folder, self.kind = folder, kind
        self.name = self._enter()
        os.register_at_fork(after_in_child=self._enter_anew)

    def _enter(self) -> str:
        """A name that no other process has ever had, locked for as long as this one lives."""
        name = f"{self.kind}-{os.getpid()}-{secrets.token_hex(4)}"
        with _locked(self.folder):
            self._lock = (self.folder / f"{name}{_ALIVE}").open("w")
            fcntl.flock(self._lock, fcntl.LOCK_EX)
        return name

    def _enter_anew(self) -> None:
        self._lock.close()  # the parent's goes on holding its lock
        self.name = self._enter()


_member: _Member | None = None


def share(folder: Path, kind: str) -> None:
    """From now on count into `folder`, as a process of that kind (`web`, `worker`). Before anything was counted.

    Where the folder can't be used the process counts for itself: figures are no reason not to work.
    """
    global _member  # noqa: PLW0603  # one process counts into one place
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _member = member = _Member(folder, kind)
        bury(folder)
    except OSError as error:
        log.warning("The figures of this process stay its own: %s", error)
        _member = None
        return
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    values.ValueClass = values.MultiProcessValue(lambda: member.name)  # type: ignore[no-untyped-call]


def shared_folder() -> Path | None:
    """Where this process counts; None where it counts for itself."""
    return None if _member is None else _member.folder


def collect(folder: Path | None) -> Iterable[Metric]:
    """The sums of all processes that count into `folder`, the dead included; without one those of this process."""
    if folder is None:
        return list(ALONE.collect())
    if not folder.is_dir():
        return []
    with _locked(folder):
        _bury(folder)
        return list(MultiProcessCollector.merge(map(str, folder.glob("*.db"))))  # type: ignore[no-untyped-call]


def alive(folder: Path) -> Counter[str]:
    """How many processes of each kind count into `folder` now."""
    if not folder.is_dir():
        return Counter()
    with _locked(folder):
        _bury(folder)
        return Counter(path.name.partition("-")[0] for path in folder.glob(f"*{_ALIVE}"))


def bury(folder: Path) -> None:
    """Add what ended processes counted to the files of the dead."""
    with _locked(folder):
        _bury(folder)


def forget(folder: Path) -> None:
    """Begin anew, unless somebody counts there now: his sums must not fall."""
    if not folder.is_dir():
        return
    with _locked(folder):
        _bury(folder)
        if not any(folder.glob(f"*{_ALIVE}")):
            for path in folder.glob("*.db"):
                path.unlink()


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One at a time: who reads must not meet files that are half added up."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _bury(folder: Path) -> None:
    for sign in folder.glob(f"*{_ALIVE}"):
        name = sign.name.removesuffix(_ALIVE)
        if (_member is not None and name == _member.name) or not _is_dead(sign):
            continue
        for kind in _TYPES:
            _add_up(folder / f"{kind}_{name}.db", folder / f"{kind}_{_DEAD}.db")
        sign.unlink()


def _is_dead(sign: Path) -> bool:
    with sign.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def _add_up(mine: Path, dead: Path) -> None:
    """The old file stays whole until the new one stands in its place: a kill between leaves no half of either."""
    if not mine.exists():
        return
    sums: Counter[str] = Counter()
    for path in (mine, dead):
        if path.exists():
            for key, value, _stamp, _place in _values(path):
                sums[key] += value  # type: ignore[assignment]  # a Counter of floats
    fresh = dead.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    written = MmapedDict(str(fresh))  # type: ignore[no-untyped-call]
    for key, value in sums.items():
        written.write_value(key, value, 0.0)  # type: ignore[no-untyped-call]
    written.close()  # type: ignore[no-untyped-call]
    fresh.replace(dead)
    mine.unlink()


def _values(path: Path) -> Iterable[tuple[str, float, float, int]]:
    """A file whose process was killed while it was made is empty."""
    if path.stat().st_size == 0:
        return ()
    found: Iterable[tuple[str, float, float, int]] = MmapedDict.read_all_values_from_file(str(path))  # type: ignore[no-untyped-call]
    return found
