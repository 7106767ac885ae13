"""What a journey runs on: the real worker on a broker, and where asked web and a database, of its own; see `places`."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

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
from tests.api.caller import Caller
from tests.hosts.caller import Visitor
from tests.places import PLACE
from tests.ports import free_port

DEADLINE_S = 120.0
_TICK_S = 0.2
_QUEUES = [queue.name for queue in CELERY["task_queues"]]


class Child:
    """A process that can be stopped, killed and started again."""

    def __init__(self, spec: Spec, log: Path) -> None:
        self._spec, self.log = spec, log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self._process is not None

    @property
    def alive(self) -> bool:
        """Whether it did not end by itself."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = self._spec.start(log)
        wait_until(self._spec.ready, self.log.name)

    def stop(self) -> None:
        """Ask it to end, and wait for that."""
        self.ask_to_end()
        self.wait()

    def kill(self) -> None:
        """SIGKILL to all of it: no clean-up, no last word."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self.wait()

    def ask_to_end(self) -> None:
        """Without waiting for it."""
        if self._process is not None:
            self._process.send_signal(self._spec.stop_signal)

    def wait(self) -> None:
        """Until it has ended."""
        if self._process is not None:
            self._process.wait(DEADLINE_S)
            self._process = None


class Team:
    """The same part on each of its hosts: what is done is done to all of them."""

    def __init__(self, children: Sequence[Child]) -> None:
        self.children = children

    @property
    def running(self) -> bool:
        return all(child.running for child in self.children)

    @property
    def alive(self) -> bool:
        """Whether none of them ended by itself."""
        return all(child.alive for child in self.children)

    def start(self) -> None:
        """Those that do not run."""
        for child in self.children:
            if not child.running:
                child.start()

    def stop(self) -> None:
        """Ask all of them to end, then wait."""
        for child in self.children:
            child.ask_to_end()
        for child in self.children:
            child.wait()

    def kill(self) -> None:
        """SIGKILL to all of them."""
        for child in self.children:
            child.kill()


class Stack:
    """`environment` goes to the worker, of which there is one for each of its hosts. Within `using()` this process
    publishes to its broker, and `until` plays Celery's beat on a faster clock.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        sockets = make_run_dir(folder)
        valkey = Valkey(folder / "valkey", sockets)
        self.broker = Child(PLACE.valkey(valkey), folder / "broker.log")
        self._app = Celery("journey", set_as_current=False)
        for name in ("broker_transport_options", "task_publish_retry", "task_routes"):
            self._app.conf[name] = app.conf[name]
        self._app.conf.task_default_queue = app.conf.task_default_queue
        self._app.conf["broker_url"] = PLACE.broker_url(valkey)
        self._inside = Redis(unix_socket_path=str(valkey.address))
        self._environment = {
            "REDIS_URL": PLACE.redis_url(valkey),
            "TESSERA_LOG_LEVEL": "INFO",
            **environment,
        }
        self.worker = Team([self._worker(address) for address in PLACE.workers])
        self._webs: dict[str, Child] = {}

    def _worker(self, address: str) -> Child:
        spec = Services(read_config(), "journey").worker()
        # What it is to do waits for it in the broker.
        return self._child(replace(spec, ready=lambda: True), address)

    def _web(self, address: str) -> str:
        """Where it listens."""
        spec, there = web(address, free_port())
        self._webs[there] = child = self._child(spec, address)
        child.start()
        return there

    def _child(self, spec: Spec, address: str) -> Child:
        spec = replace(spec, env={**(spec.env or {}), **self._environment})
        return Child(PLACE.put(spec, address), self.folder / f"{spec.name}-{address}.log")

    def caller(self, token: str) -> Caller:
        """Asks as a program does: the web hosts in turn, or where there are none, within this process."""
        if not PLACE.apart:
            return Caller(token)
        if not self._webs:
            for address in PLACE.webs:
                self._web(address)
        return Visitor(token, list(self._webs))

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
            last = self.said()[-4000:]
            raise AssertionError(f"{error}\nThe worker's last words:\n{last}") from None

    def tick(self) -> None:
        """One round of the sweepers in the worker; without a broker beat's messages are lost."""
        with contextlib.suppress(BrokerError, RedisError, OSError):
            for name in ("scrips.tasks.sweep", "tickets.tasks.revive_moves"):
                self._app.send_task(name, expires=_TICK_S * 5)

    def tell(self, task: str, *arguments: object) -> None:
        """Send one message, as the application does."""
        self._app.send_task(task, args=arguments)

    def said(self) -> str:
        """All that the worker has printed."""
        return "".join(self._words())

    def each_said(self, text: str) -> bool:
        """Whether the worker did, on each of its hosts."""
        return all(text in words for words in self._words())

    def _words(self) -> list[str]:
        return [child.log.read_text(errors="replace") for child in self.worker.children]

    def kill_worker(self) -> None:
        """SIGKILL, to it and what it has in hand."""
        self.worker.kill()

    def break_broker(self) -> None:
        """SIGKILL, and started again when the worker has noticed."""
        self.broker.kill()
        self.wait(lambda: self.each_said("Connection to broker lost"), "the worker notices")
        self.broker.start()

    def settle(self) -> None:
        """Let the worker end what it has in hand, and nothing more: whoever empties the tables next must not meet it
        there, for they would wait for each other's locks."""
        for child in (self.broker, self.worker):
            if not child.running:
                child.start()
        self._inside.delete(*_QUEUES)
        self.wait(lambda: not any(self._in_hand()), "the worker has nothing in hand")

    def _in_hand(self) -> Iterator[bool]:
        """Whether one says that it has anything: first what waits within it, since that is begun in between."""
        workers = len(self.worker.children)
        for of in ("reserved", "active"):
            told: list[dict[str, Any]] | None = None
            with contextlib.suppress(
                BrokerError, RedisError, OSError
            ):  # of a broker that was killed: asked again
                told = self._app.control.broadcast(
                    of, reply=True, timeout=_TICK_S * 5, limit=workers
                )
            # Hosts may have the same name: their answers are counted, not named.
            answers = told or []
            yield len(answers) < workers or any(held for one in answers for held in one.values())

    def close(self) -> None:
        self._inside.close()
        for child in self._webs.values():
            child.stop()
        self.worker.stop()
        self.broker.stop()


class OwnDatabase:
    """A durable, migrated PostgreSQL that a journey may restart; within `using()` it is this
    process's database as well.
    """

    def __init__(self, folder: Path) -> None:
        postgres = Postgres(folder / "postgres", make_run_dir(folder / "database"))
        self.server = Child(PLACE.postgres(postgres), folder / "postgres.log")
        self.host = PLACE.postgres_host(postgres)
        self.url = PLACE.database_url(postgres, user=USER, name="postgres")

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
        connection.settings_dict |= {"NAME": "postgres", "HOST": self.host}
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


def web(address: str, port: int) -> tuple[Spec, str]:
    """The real web server with one worker, to be put on that host, and where it listens."""
    config = replace(read_config(), host=address, port=port, web_workers=1)
    return Services(config, "journey").web(), f"{address}:{port}"


def listens(there: str) -> bool:
    """Whether somebody takes connections at `host:port`."""
    host, _, port = there.rpartition(":")
    try:
        socket.create_connection((host, int(port)), 5).close()
    except OSError:
        return False
    return True


def wait_until(claim: Callable[[], bool], what: str) -> None:
    """Until `claim` holds; an AssertionError that says `what` did not happen in time."""
    deadline = time.monotonic() + DEADLINE_S
    while not claim():
        assert time.monotonic() < deadline, f"not in time: {what}"
        time.sleep(0.02)
