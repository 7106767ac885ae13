"""What a journey runs on: the real worker on a broker, and where asked a database, of its own."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

from celery import Celery
from django.db import connection
from kombu.exceptions import OperationalError as BrokerError
from redis import Redis, RedisError

from tessera.celery import app
from tessera.lib.rundir import make_run_dir
from tessera.messaging import CELERY
from tessera.runtime.config import BASE_DIR, read_config
from tessera.runtime.postgres import USER, Postgres
from tessera.runtime.services import Services
from tessera.runtime.spec import Spec
from tessera.runtime.valkey import Valkey

_DEADLINE_S = 60.0
_TICK_S = 0.2
_QUEUES = [queue.name for queue in CELERY["task_queues"]]


class Child:
    """A process that can be stopped, killed and started again."""

    def __init__(self, spec: Spec, log: Path) -> None:
        self._spec, self._log = spec, log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self._process is not None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = self._spec.start(log)
        wait_until(self._spec.ready, self._log.name)

    def stop(self) -> None:
        """Ask it to end, and wait for that."""
        self._end(self._spec.stop_signal)

    def kill(self) -> None:
        """SIGKILL to all of it: no clean-up, no last word."""
        self._end(signal.SIGKILL)

    def _end(self, signum: signal.Signals) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                if signum is signal.SIGKILL:
                    os.killpg(self._process.pid, signum)
                else:
                    self._process.send_signal(signum)
            self._process.wait(_DEADLINE_S)
            self._process = None


class Stack:
    """`environment` goes to the worker. Within `using()` this process publishes to its broker, and
    `until` plays Celery's beat on a faster clock.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        sockets = make_run_dir(folder)
        valkey = Valkey(folder / "valkey", sockets)
        valkey.prepare()
        self.broker = Child(valkey.spec(), folder / "broker.log")
        self._app = Celery("journey", set_as_current=False)
        for name in ("broker_transport_options", "task_publish_retry", "task_routes"):
            self._app.conf[name] = app.conf[name]
        self._app.conf.task_default_queue = app.conf.task_default_queue
        self._app.conf["broker_url"] = f"redis+socket://{valkey.address}"
        self._inside = Redis(unix_socket_path=str(valkey.address))
        self._lost: set[bytes] = set()
        self._environment = {
            "REDIS_URL": f"unix://{valkey.address}",
            "TESSERA_LOG_LEVEL": "INFO",
            **environment,
        }
        self.worker = Child(self._worker_spec(), folder / "worker.log")

    def _worker_spec(self) -> Spec:
        spec = Services(read_config(), "journey").worker()
        return replace(
            spec,
            env={**(spec.env or {}), **self._environment},
            ready=lambda: True,  # what it is to do waits for it in the broker
        )

    @contextlib.contextmanager
    def using(self) -> Iterator["Stack"]:
        self._app.set_current()
        try:
            yield self
        finally:
            app.set_current()

    def until(self, claim: Callable[[], bool], what: str) -> None:
        """Tick as beat does, until `claim` holds."""
        next_tick = 0.0

        def ticking() -> bool:
            nonlocal next_tick
            if time.monotonic() >= next_tick:
                next_tick = time.monotonic() + _TICK_S
                self.tick()
            return claim()

        self.wait(ticking, what)

    def wait(self, claim: Callable[[], bool], what: str) -> None:
        """Until `claim` holds, without any tick; a failure shows what the worker said last."""
        try:
            wait_until(claim, what)
        except AssertionError as error:
            said = (self.folder / "worker.log").read_text(errors="replace")[-4000:]
            raise AssertionError(f"{error}\nThe worker's last words:\n{said}") from None

    def tick(self) -> None:
        """One round of the sweepers in the worker; without a broker beat's messages are lost."""
        with contextlib.suppress(BrokerError, RedisError, OSError):
            for name in ("scrips.tasks.sweep", "tickets.tasks.revive_moves"):
                self._app.send_task(name, expires=_TICK_S * 5)

    def kill_worker(self) -> None:
        """SIGKILL; what it had in hand stays in the broker, taken by nobody who lives."""
        self.worker.kill()
        self._lost |= self._taken()

    def settle(self) -> None:
        """Let the worker end what it has in hand, and nothing more: whoever empties the tables next must not meet it
        there, for they would wait for each other's locks."""
        for child in (self.broker, self.worker):
            if not child.running:
                child.start()
        self._inside.delete(*_QUEUES)
        self.wait(lambda: not self._taken() - self._lost, "the worker has nothing in hand")

    def _taken(self) -> set[bytes]:
        """The messages that a worker took and did not acknowledge: it does that when the work is done."""
        return set(cast("list[bytes]", self._inside.hkeys("unacked")))

    def close(self) -> None:
        self._inside.close()
        self.worker.stop()
        self.broker.stop()


class OwnDatabase:
    """A durable, migrated PostgreSQL that a journey may restart; within `using()` it is this
    process's database as well.
    """

    def __init__(self, folder: Path) -> None:
        self.sockets = make_run_dir(folder / "database")
        postgres = Postgres(folder / "postgres", self.sockets)
        self.server = Child(postgres.spec(postgres.prepare()), folder / "postgres.log")

    @property
    def url(self) -> str:
        return f"postgres://{USER}@/postgres?host={self.sockets}"

    @contextlib.contextmanager
    def using(self) -> Iterator["OwnDatabase"]:
        self.server.start()
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--skip-checks", "--verbosity=0"],
            cwd=BASE_DIR,
            env={
                **os.environ,
                "DATABASE_URL": self.url,
                "DJANGO_SETTINGS_MODULE": "tessera.settings",
            },
            check=True,
        )
        connection.close()
        kept = dict(connection.settings_dict)
        connection.settings_dict |= {"NAME": "postgres", "HOST": str(self.sockets)}
        try:
            yield self
        finally:
            connection.close()
            connection.settings_dict.clear()
            connection.settings_dict.update(kept)
            self.server.stop()

    def stop(self) -> None:
        """Shut it down, which ends this process's connection too."""
        connection.close()
        self.server.stop()


def wait_until(claim: Callable[[], bool], what: str) -> None:
    """Until `claim` holds; an AssertionError that says `what` did not happen in time."""
    deadline = time.monotonic() + _DEADLINE_S
    while not claim():
        assert time.monotonic() < deadline, f"not in time: {what}"
        time.sleep(0.02)
