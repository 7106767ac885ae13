"""The supervisor: starts children, keeps them running, stops them in order. One thread."""

import os
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from types import FrameType

from tessera.runtime.child import Child
from tessera.runtime.console import Console
from tessera.runtime.errors import CannotRun
from tessera.runtime.folder import DataFolder
from tessera.runtime.spec import Spec

# How often readiness is asked for while something starts.
_READY_EVERY_SECONDS = 0.05
_CONSOLE_EVERY_SECONDS = 0.1
# Ctrl-C, a service manager, a terminal that was closed, Ctrl-\.
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


class Stopped(Exception):
    """A signal asked `tessera up` to stop; carries its name."""


class KeepsDying(Exception):
    """A child died as often as it was started; carries its name and last lines."""

    def __init__(self, child: Child) -> None:
        super().__init__(f"{child.spec.name} keeps dying; its last lines were:")
        self.tail = tuple(child.tail)


class Supervisor:
    """
    The children of one `tessera up`. Every method runs in the main thread, because the kernel
    ends a child when the thread that started it ends.
    """

    def __init__(self, folder: DataFolder, console: Console) -> None:
        self._folder = folder
        self._console = console
        self._children: list[Child] = []
        self._stop_asked: signal.Signals | None = None
        self._wakeup, self._wakeup_end = socket.socketpair()
        for end in (self._wakeup, self._wakeup_end):
            end.settimeout(0)
        self._listen_to_signals()

    def start(self, *specs: Spec) -> None:
        """Start these children, after those started before: they are stopped in reverse order."""
        for spec in specs:
            child = Child(spec, self._console.pass_on)
            self._children.append(child)
            self._launch(child)

    def wait_ready(self, seconds: float) -> None:
        """
        Until every child is ready. Raises Stopped, KeepsDying, or CannotRun when it takes longer
        than `seconds`.
        """
        waiting = list(self._children)
        deadline = time.monotonic() + seconds
        while waiting := [child for child in waiting if not self._is_ready(child)]:
            if time.monotonic() > deadline:
                child = waiting[0]
                lines = "".join(f"\n  {line}" for line in child.tail)
                raise CannotRun(f"{child.spec.name} was not ready after {seconds:.0f} s.{lines}")
            self._turn(_READY_EVERY_SECONDS)

    def run_once(self, spec: Spec, on_line: Callable[[str, str], None]) -> int:
        """
        Run a child that does its work and ends; `on_line(name, line)` gets its output. Its exit
        code. Raises Stopped.
        """
        child = Child(spec, on_line)
        child.start()
        self._folder.note(spec.name, child.pid)
        try:
            while child.running():
                self._turn(None, child)
        finally:
            child.finish()
        return child.exit_code() or 0

    def run(self) -> None:
        """Keep all running until a signal (Stopped) or a child that keeps dying (KeepsDying)."""
        while True:
            self._turn(None)

    def stop(self, *groups: Sequence[str]) -> None:
        """
        Stop the children named in each group together, one group after the other; who does not
        end in time is killed. Further signals don't hurry it.
        """
        self._folder.note_stopping()
        for names in groups:
            self._stop_group([child for child in self._children if child.spec.name in names])
        self._folder.forget_all()
        self._console.flush(wait_seconds=1.0)

    def _listen_to_signals(self) -> None:
        signal.set_wakeup_fd(self._wakeup_end.fileno(), warn_on_full_buffer=False)
        for signum in STOP_SIGNALS:
            # Whoever started us with nohup wants us to outlive the terminal.
            if signum != signal.SIGHUP or signal.getsignal(signum) != signal.SIG_IGN:
                signal.signal(signum, self._on_stop_signal)
        signal.signal(signal.SIGCHLD, lambda _signum, _frame: None)  # wakes the loop

    def _on_stop_signal(self, signum: int, _frame: FrameType | None) -> None:
        self._stop_asked = self._stop_asked or signal.Signals(signum)

    def _launch(self, child: Child) -> None:
        try:
            child.start()
        except (OSError, subprocess.SubprocessError) as error:
            raise CannotRun(f"{child.spec.name} can't be started: {error}") from None
        self._folder.note(child.spec.name, child.pid)

    def _is_ready(self, child: Child) -> bool:
        return child.running() and child.spec.ready()

    def _turn(self, longest: float | None, *others: Child) -> None:
        """Wait for something to happen, at most `longest` seconds; pass output on; mend."""
        self._wait(longest, [*self._children, *others])
        if self._stop_asked:
            raise Stopped(self._stop_asked.name)
        for child in self._children:
            self._mend(child)

    def _wait(self, longest: float | None, children: Sequence[Child]) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._wakeup, selectors.EVENT_READ, self._drain)
            for child in children:
                if (output := child.output) is not None:
                    selector.register(output, selectors.EVENT_READ, child.read)
            for key, _ in selector.select(self._timeout(longest)):
                handle: Callable[[], None] = key.data
                handle()
        self._console.flush()

    def _timeout(self, longest: float | None) -> float | None:
        now = time.monotonic()
        limits = [max(child.start_at - now, 0.0) for child in self._children if child.start_at]
        if longest is not None:
            limits.append(longest)
        if self._console.behind:
            limits.append(_CONSOLE_EVERY_SECONDS)
        return min(limits, default=None)

    def _drain(self) -> None:
        os.read(self._wakeup.fileno(), 4096)

    def _mend(self, child: Child) -> None:
        """Start it again when it is time to, and plan that when it has died."""
        if child.start_at is not None:
            if time.monotonic() >= child.start_at:
                self._launch(child)
        elif not child.running():
            code = child.exit_code()
            if not child.died():
                raise KeepsDying(child)
            self._console.say(f"tessera: {child.spec.name} ended ({code}) and is started again")

    def _stop_group(self, children: Sequence[Child]) -> None:
        for child in children:
            child.ask_to_stop()
        deadlines = {child: time.monotonic() + child.spec.stop_seconds for child in children}
        while left := [child for child in children if child.running()]:
            for child in left:
                if time.monotonic() > deadlines[child]:
                    child.kill_group()
            self._wait(_READY_EVERY_SECONDS, self._children)
        for child in children:
            child.finish()
