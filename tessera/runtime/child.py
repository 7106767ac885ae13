"""One child of the supervisor: its process, its last lines, and when it may be started again."""

import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable

from tessera.runtime.spec import Spec

# Waits before each start after a death; one that runs this long begins anew.
_WAITS = (0.1, 0.5, 1.0, 2.0, 4.0)
_STEADY_SECONDS = 30.0
_TAIL_LINES = 15


class Child:
    """A process that should run. All methods are called from the supervisor's one thread."""

    def __init__(self, spec: Spec, pass_on: Callable[[str, str], None]) -> None:
        self.spec = spec
        self.tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self.start_at: float | None = None
        self._pass_on = pass_on
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._deaths = 0
        self._pending = b""

    @property
    def pid(self) -> int:
        """The process's id; only while it has one."""
        assert self._process is not None  # noqa: S101 -- asked between start and end only
        return self._process.pid

    @property
    def output(self) -> int | None:
        """The descriptor that its output comes from, or None when there is no more."""
        if self._process is None or self._process.stdout is None or self._process.stdout.closed:
            return None
        return self._process.stdout.fileno()

    def start(self) -> None:
        """Start it now. Raises OSError or SubprocessError."""
        self.start_at = None
        self._started = time.monotonic()
        self._process = self.spec.start(subprocess.PIPE)
        os.set_blocking(self._descriptor(), False)

    def running(self) -> bool:
        """Whether its process lives."""
        return self._process is not None and self._process.poll() is None

    def exit_code(self) -> int | None:
        """How it ended, or None while it runs."""
        return self._process.poll() if self._process is not None else None

    def read(self) -> None:
        """Pass on the whole lines that have come; close the pipe at its end."""
        descriptor = self.output
        while descriptor is not None:
            try:
                data = os.read(descriptor, 65536)
            except BlockingIOError:
                return
            if not data:
                self._close()
                return
            *lines, self._pending = (self._pending + data).split(b"\n")
            for line in lines:
                self._line(line)

    def died(self) -> bool:
        """
        After an unexpected end: kill what is left of its group and say when to start it again.
        False when it has died too often in a row.
        """
        self.finish()
        if time.monotonic() - self._started > _STEADY_SECONDS:
            self._deaths = 0
        self._deaths += 1
        if self._deaths > len(_WAITS):
            return False
        self.start_at = time.monotonic() + _WAITS[self._deaths - 1]
        return True

    def finish(self) -> None:
        """Pass on its last lines and end what is left of its group."""
        self.read()
        self.kill_group()
        self._close()

    def ask_to_stop(self) -> None:
        """Send its stop signal to it alone: it ends its own helpers in good order."""
        self.start_at = None
        if self.running():
            self._send(os.kill, self.spec.stop_signal)

    def kill_group(self) -> None:
        """End every process of its group, at once."""
        self.start_at = None
        if self._process is not None:
            self._send(os.killpg, signal.SIGKILL)
            self._process.wait()

    def _descriptor(self) -> int:
        descriptor = self.output
        assert descriptor is not None  # noqa: S101 -- just started with a pipe
        return descriptor

    def _send(self, how: Callable[[int, int], None], signum: signal.Signals) -> None:
        try:
            how(self.pid, signum)
        except (ProcessLookupError, PermissionError):
            return

    def _line(self, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip()
        self.tail.append(text)
        self._pass_on(self.spec.name, text)

    def _close(self) -> None:
        if self._pending:
            self._line(self._pending)
            self._pending = b""
        if self._process is not None and self._process.stdout is not None:
            self._process.stdout.close()
