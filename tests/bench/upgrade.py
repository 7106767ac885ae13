"""
What a later release may do to big tables, done to them while people write; by hand:
`python -m tests.bench.upgrade --tickets 100000` on a store of the bench, or `--data FOLDER` on that of a system which
does not run now. Ends with 1 where a write failed, or waited for a lock for more than a second. How long a write took
in all stands beside that, and says as much of the machine as of the lock.

Each step is one that CONTRIBUTING.md allows a migration, run as `tessera migrate` runs it: with its limit on the wait
for a lock, and again where it came to that. Then all of them are undone in the same way.
"""

import argparse
import itertools
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from tessera.lib.rundir import make_run_dir
from tessera.runtime.postgres import DATABASE, USER, Postgres
from tessera.runtime.valkey import Valkey
from tests.bench.store import Store

_WRITERS = 2
_LOCK_TIMEOUT = "1s"
_PAUSE_S = 2.0
_WARM = 40
_MOST_S = 1.0
_LOOK_EVERY_S = 0.05
# How long the writers have been waiting that wait for a lock now; a migration that waits holds nobody up yet.
_WAITING = """
    SELECT coalesce(max(extract(epoch FROM clock_timestamp() - waitstart)), 0)::float FROM pg_locks
    WHERE NOT granted AND pid <> %s
"""


@dataclass
class Writers:
    """Make and change tickets without a pause; `waits` are (end, seconds) of each, `locked` those that were seen to
    wait for a lock, unless the session `migrating` did."""

    migrating: int
    waits: list[tuple[float, float]] = field(default_factory=list)
    locked: list[tuple[float, float]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    _ended: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def at_work(self) -> Iterator["Writers"]:
        threads = [threading.Thread(target=self._run) for _each in range(_WRITERS)]
        threads.append(threading.Thread(target=self._watch))
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._ended.set()
            for thread in threads:
                thread.join()

    def warm(self) -> float:
        """Wait for so many writes that the code is loaded and the tables' ends are in memory; when that was."""
        while len(self.waits) < _WARM and not self.faults:
            time.sleep(_LOOK_EVERY_S)
        return time.monotonic()

    def slowest(self, since: float) -> tuple[float, float]:
        """The longest that a write took, and that one waited for a lock."""
        took, locked = (
            max((took for ended, took in list(seen) if ended >= since), default=0.0)
            for seen in (self.waits, self.locked)
        )
        return took, locked

    def _watch(self) -> None:
        from django.db import connection

        try:
            while not self._ended.wait(_LOOK_EVERY_S):
                with connection.cursor() as cursor:
                    cursor.execute(_WAITING, [self.migrating])
                    (waiting,) = cursor.fetchone()
                self.locked.append((time.monotonic(), waiting))
        except Exception as error:  # noqa: BLE001  # told at the end
            self.faults.append(repr(error))
        finally:
            connection.close()

    def _run(self) -> None:
        from django.db import connection

        from tessera.accounts.models import User
        from tickets import service
        from tickets.access import Actor
        from tickets.models import Queue

        actor = Actor.of(User.objects.get(kind=User.Kind.SYSTEM))
        queue = (
            Queue.objects.filter(disabled=False).order_by("pk").values_list("name", flat=True)[0]
        )
        values = {"subject": "written meanwhile", "queue": queue}
        try:
            for number in itertools.count():
                made = self._timed(partial(service.create, values, actor=actor)).ticket.id
                change = {"priority": 1 + number % 99}
                self._timed(partial(service.apply, made, change, actor=actor))
                if self._ended.is_set():
                    return
        except Exception as error:  # noqa: BLE001  # told at the end
            self.faults.append(repr(error))
        finally:
            connection.close()

    def _timed(self, act: Callable[[], Any]) -> Any:
        begun = time.monotonic()
        made = act()
        self.waits.append((time.monotonic(), time.monotonic() - begun))
        return made


def steps() -> list[tuple[str, str, Any]]:
    """What it is, the app, and the operation."""
    from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
    from django.db import models
    from django.db.migrations.operations import AddField

    from tessera.lib.patient import AddIndexPatiently, AddUniquePatiently

    kept = models.CheckConstraint(condition=models.Q(priority__lte=1000), name="upgrade_kept")
    return [
        (
            "a column that may be empty",
            "tickets",
            AddField("ticket", "one", models.TextField(null=True)),
        ),
        (
            "a column with a constant",
            "tickets",
            AddField("transaction", "two", models.IntegerField(db_default=0)),
        ),
        (
            "an index on the log",
            "tickets",
            AddIndexPatiently(
                "transaction", models.Index(fields=["creator", "id"], name="upgrade_log")
            ),
        ),
        (
            "a unique constraint",
            "tickets",
            AddUniquePatiently(
                "watcher", models.UniqueConstraint(fields=["address", "id"], name="upgrade_once")
            ),
        ),
        ("a constraint, not yet checked", "tickets", AddConstraintNotValid("ticket", kept)),
        ("the same, checked", "tickets", ValidateConstraint("ticket", "upgrade_kept")),
    ]


# Its name, its seconds, how often it was tried, the slowest write meanwhile, the longest wait for a lock.
Step = tuple[str, float, int, float, float]


def carry_out(writers: Writers) -> Iterator[Step]:
    """Each step there, then each back."""
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    state = MigrationLoader(connection).project_state()
    done = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [_LOCK_TIMEOUT])
    for name, app, operation in steps():
        after = state.clone()
        operation.state_forwards(app, after)
        yield _step(name, writers, operation, "database_forwards", (app, state, after))
        done.append((name, app, operation, state, after))
        state = after
    for name, app, operation, before, after in reversed(done):
        yield _step(
            f"undone: {name}", writers, operation, "database_backwards", (app, after, before)
        )


def _step(name: str, writers: Writers, operation: Any, way: str, given: tuple[Any, ...]) -> Step:
    from django.db import OperationalError, connection

    app, before, after = given
    begun = time.monotonic()
    tried = 0
    while True:
        tried += 1
        try:
            with connection.schema_editor(atomic=operation.atomic) as editor:
                getattr(operation, way)(app, editor, before, after)
            break
        except OperationalError:
            time.sleep(_PAUSE_S)
    time.sleep(0.5)  # a write that waited ends after it
    return name, time.monotonic() - begun - 0.5, tried, *writers.slowest(begun)


@contextmanager
def served(data: Path) -> Iterator[None]:
    """The database of the system whose data folder that is, as the system itself has it, and a broker for its cache."""
    sockets = make_run_dir(data)
    postgres, valkey = Postgres(data / "postgres", sockets), Valkey(data / "valkey", sockets)
    valkey.prepare()
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "tessera.settings",
        "DATABASE_URL": f"postgres://{USER}@/{DATABASE}?host={sockets}",
        "REDIS_URL": f"unix://{valkey.address}",
        "TESSERA_DATA": str(data),
        "TESSERA_SECRET_KEY": (data / "secret_key").read_text(),
    }
    import django
    from django.db import connections

    from tests.journeys.stack import Child

    children = [
        Child(spec, data / f"upgrade-{spec.name}.log")
        for spec in (postgres.spec(postgres.prepare()), valkey.spec())
    ]
    for child in children:
        child.start()
    try:
        django.setup()
        yield
        connections.close_all()
    finally:
        for child in reversed(children):
            child.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--var", type=Path, default=Path("var"), help="where the store lies")
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--data", type=Path, help="the data folder of a system, instead")
    given = parser.parse_args()
    store = Store(given.var.resolve(), given.tickets)
    with served(given.data.resolve()) if given.data else store.served():
        from django.core.management import call_command
        from django.db import connection

        call_command("migrate", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            writers = Writers(*cursor.fetchone())
        worst = report(writers)
    return 0 if worst <= _MOST_S and not writers.faults else 1


def report(writers: Writers) -> float:
    """All of it, told as it comes; the longest that a write waited for a lock."""
    with writers.at_work():
        begun = writers.warm()
        time.sleep(3)
        _tell("before", *writers.slowest(begun))
        worst = 0.0
        for name, seconds, tried, slowest, locked in carry_out(writers):
            worst = max(worst, locked)
            _tell(f"{name:40} {seconds:6.2f} s, tries {tried}", slowest, locked)
    failed = f"{len(writers.faults)} failed {writers.faults[:3]}"
    looks = len(writers.locked)
    sys.stdout.write(f"{len(writers.waits)} writes, {failed}; looked at for locks {looks} times\n")
    return worst


def _tell(what: str, slowest: float, locked: float) -> None:
    sys.stdout.write(
        f"{what:60} slowest write {slowest:.2f} s, longest wait for a lock {locked:.2f} s\n"
    )
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
