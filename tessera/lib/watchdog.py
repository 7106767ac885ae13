"""A hard end for conversations over a socket, however slowly the other side speaks."""

import contextlib
import heapq
import itertools
import os
import socket
import threading
import time
from types import TracebackType


class Watchdog:
    """Within the block the socket under watch is shut down when `seconds` have passed.

    A socket's own timeout begins anew with every byte, so a peer that sends one byte a second holds
    a worker for hours; this one counts from the start. What then waits on the socket fails with
    whatever error its library has for a lost connection: `bitten` tells it from a real one.
    """

    def __init__(self, seconds: float) -> None:
        self.bitten = False
        self.ends = time.monotonic() + seconds
        self.done = False
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> "Watchdog":
        _kennel.let_out(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._lock:
            self.done = True
            self._socket = None

    def remaining(self) -> float:
        """Seconds left; raises TimeoutError when there are none, so that no step starts late."""
        left = self.ends - time.monotonic()
        if left <= 0:
            self.bitten = True
            raise TimeoutError("the time for this conversation is over")
        return left

    def watch(self, sock: socket.socket) -> None:
        """Put `sock` under watch instead of the one before (TLS wraps a socket into a new one)."""
        with self._lock:
            self._socket = sock
            if self.bitten:
                self._shut()

    def bite(self) -> None:
        """End the conversation, unless it has ended."""
        with self._lock:
            if not self.done:
                self.bitten = True
                self._shut()

    def _shut(self) -> None:
        if self._socket is not None:
            # SSLSocket.shutdown() would take the TLS state away from a thread that uses it.
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


class _Kennel:
    """The one thread that lets the dogs of a process bite: one for each would cost more than many a conversation."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._order = itertools.count()
        self._dogs: list[tuple[float, int, Watchdog]] = []
        self._thread: threading.Thread | None = None

    def let_out(self, dog: Watchdog) -> None:
        with self._changed:
            heapq.heappush(self._dogs, (dog.ends, next(self._order), dog))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="watchdogs", daemon=True)
                self._thread.start()
            elif self._dogs[0][2] is dog:
                self._changed.notify()

    def _run(self) -> None:
        while True:
            self._next().bite()

    def _next(self) -> Watchdog:
        """The dog whose time has come, after as long as that takes. Those that are done are let go on the way."""
        with self._changed:
            while True:
                while self._dogs and self._dogs[0][2].done:
                    heapq.heappop(self._dogs)
                left = self._dogs[0][0] - time.monotonic() if self._dogs else None
                if left is not None and left <= 0:
                    return heapq.heappop(self._dogs)[2]
                self._changed.wait(left)


_kennel = _Kennel()


def _begin_anew() -> None:
    global _kennel  # noqa: PLW0603  # a fork takes no thread along
    _kennel = _Kennel()


os.register_at_fork(after_in_child=_begin_anew)
