"""A hard end for conversations over a socket, however slowly the other side speaks."""

import contextlib
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
        self._ends = time.monotonic() + seconds
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._bite)
        self._timer.daemon = True

    def __enter__(self) -> "Watchdog":
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._timer.cancel()

    def remaining(self) -> float:
        """Seconds left; raises TimeoutError when there are none, so that no step starts late."""
        left = self._ends - time.monotonic()
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

    def _bite(self) -> None:
        with self._lock:
            self.bitten = True
            self._shut()

    def _shut(self) -> None:
        if self._socket is not None:
            # SSLSocket.shutdown() would take the TLS state away from a thread that uses it.
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
