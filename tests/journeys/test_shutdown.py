"""Processes are replaced and ended under load, and nobody notices."""

import contextlib
import http.client
import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from django.db import connection, transaction

from tessera import metrics
from tests.journeys.conftest import patient
from tests.journeys.stack import Child, listens, wait_until, web
from tests.places import PLACE
from tests.ports import free_port

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journeys")]


@dataclass
class Visitors:
    """Ask without a pause until they are told to stop; half of them with a connection each, which they keep."""

    there: str
    path: str = "/api/health"
    answers: list[int] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextlib.contextmanager
    def at_work(self, number: int = 6) -> Iterator["Visitors"]:
        threads = [
            threading.Thread(target=self._visit, args=(each % 2 == 0,)) for each in range(number)
        ]
        for thread in threads:
            thread.start()
        yield self
        self._stop.set()
        for thread in threads:
            thread.join(60)

    def served(self, number: int) -> None:
        """Wait until so many more were answered."""
        goal = len(self.answers) + number
        wait_until(lambda: len(self.answers) >= goal or bool(self.failures), "answers")

    def come_once(self) -> None:
        """One request."""
        self._stop.set()
        self._ask(http.client.HTTPConnection(self.there, timeout=60), again=False)

    def _visit(self, keeps: bool) -> None:
        line = http.client.HTTPConnection(self.there, timeout=60)
        while not self._stop.is_set():
            self._ask(line)
            if not keeps:
                line.close()

    def _ask(self, line: http.client.HTTPConnection, *, again: bool = True) -> None:
        """Once more where the connection was closed before anything of the request was read: RFC 9112, 9.3.1. A server
        that ends may close one that is idle, and one that has just been opened is."""
        try:
            line.request("GET", self.path)
            answer = line.getresponse()
            answer.read()
            self.answers.append(answer.status)
        except (OSError, http.client.HTTPException) as error:
            line.close()
            if again and isinstance(error, ConnectionResetError | BrokenPipeError):
                self._ask(line, again=False)
            else:
                self.failures.append(repr(error))


def loaded(pid: int) -> set[int]:
    """The workers that a server has started, and that have loaded the application: then they say that they count."""
    children = set(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    counting = {path.name.split("-")[1] for path in metrics.folder().glob("web-*.alive")}
    return {int(each) for each in children & counting}


def test_nobody_is_refused_by_a_worker_that_is_replaced_or_loaded_anew_nor_dropped_by_a_server_that_ends(
    transactional_db: None, tmp_path: Path
) -> None:
    address = PLACE.webs[0]
    spec, there = web(address, free_port())
    # Sooner than a worker loads: who comes meanwhile waits.
    spec = replace(
        spec,
        argv=(*spec.argv, "--respawn-interval=1"),
        env={**(spec.env or {}), **patient()},
    )
    server = Child(PLACE.put(spec, address), tmp_path / "web.log")
    server.start()
    (first,) = loaded(server.pid)

    with Visitors(there).at_work() as visitors:
        visitors.served(20)
        os.kill(first, signal.SIGTERM)
        # It was the only one: whoever comes now waits for its successor.
        wait_until(lambda: bool(loaded(server.pid) - {first}), "its successor is there")
        visitors.served(20)
        (second,) = loaded(server.pid)
        os.kill(server.pid, signal.SIGHUP)
        wait_until(lambda: not loaded(server.pid) <= {second}, "another takes its place")
        wait_until(lambda: second not in loaded(server.pid), "and it ends")
        visitors.served(20)
        (third,) = loaded(server.pid)
        # Not a fork of what the server has loaded: new code and settings count.
        assert b"spawn_main" in Path(f"/proc/{third}/cmdline").read_bytes()
    assert (visitors.failures, set(visitors.answers)) == ([], {200})

    late = Visitors(there, "/api/ready")
    with transaction.atomic(), connection.cursor() as cursor:
        # What readiness reads: each request that is under way waits for us.
        cursor.execute("LOCK TABLE django_migrations IN ACCESS EXCLUSIVE MODE")
        threads = [threading.Thread(target=late.come_once) for _each in range(2)]
        for thread in threads:
            thread.start()
        wait_until(lambda: _held_up() == 2, "both requests are under way")
        ending = threading.Thread(target=server.stop)
        ending.start()
        wait_until(lambda: not listens(there), "nobody is taken in any more")
    for thread in (*threads, ending):
        thread.join(60)
    assert (late.failures, late.answers) == ([], [200, 200])


def _held_up() -> int:
    with connection.cursor() as cursor:
        # Of this database alone: tests beside this one have others, where somebody may wait too.
        cursor.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
            " WHERE NOT granted AND datname = current_database()"
        )
        return int(cursor.fetchone()[0])
