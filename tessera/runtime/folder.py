"""The data folder: one `tessera up` at a time, and no child of an earlier one in it."""

import fcntl
import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tessera.runtime.errors import CannotRun

_PROC = Path("/proc")
_BOOT_ID = _PROC / "sys/kernel/random/boot_id"
_END_SECONDS = 10.0
_STOPPING = "stopping"
_OTHER_STOPS_SECONDS = 60.0


@dataclass(frozen=True)
class ProcessFacts:
    """What the kernel says of a process; a pid may be reused, pid and `started` (ticks) are not."""

    pid: int
    session: int
    started: int


def _facts(pid: int) -> ProcessFacts | None:
    try:
        stat = (_PROC / str(pid) / "stat").read_text()
    except (OSError, ValueError):
        return None
    fields = stat.rpartition(")")[2].split()
    if fields[0] in "ZX":  # ended, and not yet collected by its parent
        return None
    return ProcessFacts(pid=pid, session=int(fields[3]), started=int(fields[19]))


def _all_processes() -> Iterator[ProcessFacts]:
    for entry in _PROC.glob("[0-9]*"):
        if facts := _facts(int(entry.name)):
            yield facts


class DataFolder:
    """
    TESSERA_DATA, locked for this process for as long as the object lives.

    In `run/children` it notes each child's pid and start time, so that the next `tessera up` can
    end those that outlived a killed one: two brokers on one file would lose messages.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._run = path / "run"
        self._children: dict[str, ProcessFacts] = {}
        try:
            if not path.exists():
                path.mkdir(parents=True)
                # To be passed through, not read: the database server may be another user.
                path.chmod(0o711)
            self._run.mkdir(mode=0o700, exist_ok=True)
            self._lock = (self._run / "lock").open("a+")
        except OSError as error:
            raise CannotRun(
                f"The data folder {path} can't be written to: {error.strerror}."
            ) from None
        self._take_lock()
        self._end_leftovers()

    def note(self, name: str, pid: int) -> None:
        """Remember the child `name`; called after each start."""
        if facts := _facts(pid):
            self._children[name] = facts
        self._write()

    def note_stopping(self) -> None:
        """Let a next `tessera up` wait for our end instead of giving up."""
        self._lock.seek(0)
        self._lock.truncate()
        self._lock.write(f"{os.getpid()} {_STOPPING}")
        self._lock.flush()

    def forget_all(self) -> None:
        """All children have ended."""
        self._children.clear()
        self._write()

    def _take_lock(self) -> None:
        deadline = time.monotonic() + _OTHER_STOPS_SECONDS
        while not _try_lock(self._lock):
            self._lock.seek(0)
            pid, _, state = self._lock.read().strip().partition(" ")
            if state != _STOPPING or time.monotonic() > deadline:
                raise CannotRun(
                    f"The data folder {self.path} is in use by another `tessera up`"
                    f" (process {pid or 'unknown'})."
                )
            time.sleep(0.1)
        self._lock.seek(0)
        self._lock.truncate()
        self._lock.write(str(os.getpid()))
        self._lock.flush()

    def _write(self) -> None:
        entries = {name: [facts.pid, facts.started] for name, facts in self._children.items()}
        temporary = self._run / "children.new"
        temporary.write_text(json.dumps({"boot": _boot(), "children": entries}))
        temporary.replace(self._run / "children")

    def _end_leftovers(self) -> None:
        """They were told to end when their parent died; wait for that, then insist."""
        try:
            noted = json.loads((self._run / "children").read_text())
        except (OSError, ValueError):
            return
        if noted["boot"] != _boot():
            return
        leaders: dict[int, int] = dict(noted["children"].values())
        if _wait_for_end(leaders):
            return
        for process in _left(leaders):
            _kill(process.pid)
        if not _wait_for_end(leaders):
            left = _left(leaders)
            pids = ", ".join(str(process.pid) for process in left)
            raise CannotRun(f"Processes of an earlier `tessera up` do not end: {pids}.")


def _left(leaders: dict[int, int]) -> list[ProcessFacts]:
    """Those alive in the sessions of `leaders` {pid: start}, whether the leader lives or not."""
    return [
        process
        for process in _all_processes()
        if process.session in leaders
        and (process.pid != process.session or process.started == leaders[process.session])
        and process.started >= leaders[process.session]
    ]


def _boot() -> str:
    """Changes with each start of the machine, with which pids begin anew."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return ""


def _wait_for_end(leaders: dict[int, int]) -> bool:
    deadline = time.monotonic() + _END_SECONDS
    while _left(leaders):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _try_lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
