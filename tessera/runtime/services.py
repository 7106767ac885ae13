"""The Python children of `tessera up`: web, worker, beat, and the one that prepares the data."""

import json
import os
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from subprocess import STDOUT
from typing import Any

from tessera.runtime.config import BASE_DIR, Config
from tessera.runtime.spec import Spec

_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- compared with, not bound to
_PROBE_SECONDS = 3.0
# Longer than the server gives its own workers to answer what is under way.
_WEB_STOP_SECONDS = 35.0
# Longer than the longest try of a delivery, which a stopping worker ends first.
_WORKER_STOP_SECONDS = 30.0


@dataclass(frozen=True)
class Services:
    """Specs of the children for `config`; `instance` tells their answers from an orphan's."""

    config: Config
    instance: str

    def prepare(self) -> Spec:
        """Brings database, administrator, static files and demo data to where web can start."""
        return self._spec("prepare", "tessera.runtime.prepare", errors=None)

    def web(self) -> Spec:
        """Granian; a worker that dies is its main process's to replace."""
        return self._spec(
            "web",
            "tessera.runtime.web",
            f"--host={self.config.host}",
            f"--port={self.config.port}",
            f"--workers={self.config.web_workers}",
            ready=lambda: self._probe() is not None,
            stop_seconds=_WEB_STOP_SECONDS,
        )

    def worker(self) -> Spec:
        """
        One Celery worker. Threads, not processes: a delivery is waiting for another machine, and
        sixteen threads need less memory than a second process. It gives way to the web: nobody
        sits and waits for a delivery.
        """
        return self._spec(
            "worker",
            "celery",
            "--quiet",
            "--app=tessera.celery",
            "worker",
            "--pool=threads",
            f"--concurrency={self.config.worker_concurrency}",
            "--without-gossip",
            "--without-mingle",
            "--optimization=fair",
            ready=self._worker_is_seen,
            stop_seconds=_WORKER_STOP_SECONDS,
            niceness=self.config.worker_niceness,
        )

    def beat(self) -> Spec:
        """Celery's clock; there must be one of it, however many workers there are."""
        return self._spec("beat", "celery", "--quiet", "--app=tessera.beat", "beat", "--pidfile=")

    def _spec(
        self,
        name: str,
        module: str,
        *arguments: str,
        ready: Callable[[], bool] = lambda: True,
        stop_seconds: float = 10.0,
        errors: int | None = STDOUT,
        niceness: int = 0,
    ) -> Spec:
        return Spec(
            name=name,
            argv=(sys.executable, "-m", module, *arguments),
            cwd=BASE_DIR,
            ready=ready,
            env=self._environment(),
            stop_seconds=stop_seconds,
            errors=errors,
            niceness=niceness,
        )

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tessera.settings",
            "PYTHONUNBUFFERED": "1",
            "TESSERA_DATA": str(self.config.data),
            "TESSERA_INSTANCE": self.instance,
        }

    def _worker_is_seen(self) -> bool:
        answer = self._probe()
        return answer is not None and answer["checks"]["worker"]["status"] == "ok"

    def _probe(self) -> Any:
        """The body of GET /api/ready if our own web answered it with 200, else None."""
        host = _WILDCARDS.get(self.config.host, self.config.host)
        try:
            with socket.create_connection((host, self.config.port), _PROBE_SECONDS) as connection:
                connection.sendall(
                    f"GET /api/ready HTTP/1.0\r\nHost: {self._host_header()}\r\n\r\n".encode()
                )
                with connection.makefile("rb") as stream:
                    head, _, body = stream.read().partition(b"\r\n\r\n")
        except OSError:
            return None
        lines = head.decode("latin-1").lower().split("\r\n")
        ours = f"x-tessera-instance: {self.instance}" in lines
        return json.loads(body) if ours and " 200 " in lines[0] else None

    def _host_header(self) -> str:
        """One that ALLOWED_HOSTS lets pass."""
        names = [name.lstrip(".") for name in self.config.allowed_hosts if name != "*"]
        return names[0] if names else "localhost"
