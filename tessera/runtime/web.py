"""
The web server: granian with one listening socket, which its main process holds. By itself granian gives each worker
a socket of its own, and whoever is in the queue of one that ends is refused; in ours he waits for the next worker.

The main process loads the application once and forks its workers, which share that memory and are there at once.
"""

import contextlib
import importlib
import multiprocessing
import resource
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

from granian import cli
from granian._granian import ListenerSpec
from granian._internal import load_target
from granian.server.mp import MPServer

# Longer than a request may take: one that is under way is answered.
STOP_SECONDS = 30
OPTIONS = (
    "--interface=rsgi",
    # While it looks which version is spoken, nothing ends the wait for the first byte: who says nothing would stay for
    # ever. The proxy in front speaks HTTP/2 with browsers.
    "--http=1",
    # Python's own loop took a tenth of what a request costs.
    "--loop=uvloop",
    # Connections that wait, be they slow or idle, hold a little memory and nothing else.
    "--backlog=4096",
    "--backpressure=20000",
    "--http1-header-read-timeout=15000",
    "--respawn-failed-workers",
    # On SIGHUP: a worker takes so long to load, and the next one is replaced when it is there.
    "--respawn-interval=5",
    f"--workers-kill-timeout={STOP_SECONDS}",
    "--no-ws",
    "--log-level=warning",
)
_APPLICATION = "tessera.rsgi:application"


class Server(MPServer):
    """Granian's, with the one socket that it uses on systems which know no other way."""

    def _init_shared_socket(self) -> None:
        if self.bind_uds:
            super()._init_shared_socket()  # type: ignore[no-untyped-call]
            return
        self._ssp = None
        self._shd: Any = ListenerSpec(self.bind_addr, self.bind_port, self.backlog).build()
        self._sfd = self._shd.get_fd()
        self._sso = socket.socket(fileno=self._sfd)
        self._sso.set_inheritable(True)

    def serve(
        self,
        spawn_target: Callable[..., None] | None = None,
        target_loader: Callable[..., Callable[..., Any]] | None = None,
        wrap_loader: bool = True,  # noqa: FBT001, FBT002  # granian's signature
    ) -> None:
        """Until a signal."""
        self.on_startup(_load_once)
        super().serve(spawn_target, target_loader or _load, wrap_loader)

    def _reload(self, *targets: Any) -> None:
        """New code needs new processes: a fork would bring what the main process has loaded."""
        multiprocessing.set_start_method("spawn", force=True)
        super()._reload(*targets)  # type: ignore[no-untyped-call]


def _load_once() -> None:
    """In the main process, which has one thread yet."""
    importlib.import_module("tessera.application")


def _load(target: str) -> Callable[..., Any]:
    """A worker that is told to end while it loads has nothing to finish. With its parent's handlers, which do nothing
    in it, it would go on, serve, and be killed with requests in its hands."""
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, signal.SIG_DFL)
    return load_target(target)


def _open_many() -> None:
    """Each connection is a file. Many systems give a program 1,024 of them and let it ask for more."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):  # a system may say no limit, and mean another
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def main(arguments: list[str]) -> None:
    """Serve, with granian's own options (`--host`, `--port`, `--workers`, `--uds` …)."""
    _open_many()
    cli.Server = Server  # type: ignore[attr-defined]  # its command line makes this one
    sys.argv = ["tessera web", *OPTIONS, *arguments, _APPLICATION]
    cli.entrypoint()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main(sys.argv[1:])
