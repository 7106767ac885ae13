"""
The servers of a test run: one embedded PostgreSQL and one Valkey for all xdist workers, and for
each worker a database copied from one migrated template, a Valkey database and a data folder.

The addresses are fixed before Django's settings are read and lie in the environment, so that
processes which tests start (workers, servers, commands) use the same ones.
"""

import fcntl
import io
import itertools
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tessera.lib.rundir import make_run_dir, remove_run_dir, run_dir
from tessera.runtime.postgres import USER, Postgres
from tessera.runtime.spec import Spec
from tessera.runtime.valkey import Valkey
from tests.places import PLACE

TEMPLATE = "tessera_template"
DEMO = "tessera_demo"
_FOLDER = "TESSERA_TEST_FOLDER"
_START_SECONDS = 60.0
Administration = psycopg.Connection[tuple[object, ...]]


@dataclass(frozen=True)
class Environment:
    """Where the servers of this run are; `worker` is "main" without xdist, else "gw0" and so on."""

    folder: Path
    worker: str

    @property
    def database(self) -> str:
        """The name of this worker's database."""
        return f"tessera_{self.worker}"

    @property
    def sockets(self) -> Path:
        """The folder of both servers' sockets."""
        return run_dir(self.folder)

    @property
    def postgres(self) -> Postgres:
        """The database server, not durable."""
        return Postgres(self.folder / "postgres", self.sockets, durable=False)

    @property
    def valkey(self) -> Valkey:
        """The broker, with databases enough for every worker."""
        return Valkey(self.folder / "valkey", self.sockets, databases=128)

    def publish(self) -> None:
        """Put the addresses where the settings read them."""
        # Whitenoise looks for it when it starts; tests collect nothing into it.
        (self.folder / f"data-{self.worker}" / "static").mkdir(parents=True, exist_ok=True)
        number = int(self.worker.removeprefix("gw")) + 1 if self.worker != "main" else 0
        os.environ |= {
            _FOLDER: str(self.folder),
            "DATABASE_URL": PLACE.database_url(self.postgres, user=USER, name=self.database),
            "REDIS_URL": PLACE.redis_url(self.valkey, number),
            "TESSERA_DATA": str(self.folder / f"data-{self.worker}"),
            "TESSERA_SECRET_KEY": "only-for-tests-0123456789abcdefghijklmnopqrstuvwxyz",
            # What is sent is sent: tests of what can be taken back say so.
            "TESSERA_UNDO_SECONDS": "0",
            # Beside tests that keep all processors busy a worker that gives way has none.
            "TESSERA_WORKER_NICENESS": "0",
            "TESSERA_RATE_LIMIT": "0",
            "TESSERA_RATE_LIMIT_ANONYMOUS": "0",
            "TESSERA_LOG_LEVEL": os.environ.get("TESSERA_LOG_LEVEL", "WARNING"),
        }
        for name in ("TESSERA_BROKER_URL", "EMAIL_URL", "TESSERA_BASE_URL", "TESSERA_PORT"):
            os.environ.pop(name, None)


def locate() -> Environment:
    """This process's environment; the controller makes the folder, its workers inherit it."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    folder = os.environ.get(_FOLDER) if worker != "main" else None
    return Environment(Path(folder or tempfile.mkdtemp(prefix="tessera-tests-")), worker)


class Servers:
    """The two servers, children of the controller: they end with it, also when it is killed."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._children: list[tuple[Spec, subprocess.Popen[bytes]]] = []

    def start(self) -> None:
        """Start both and wait until they answer."""
        make_run_dir(self._environment.folder)
        postgres, valkey = self._environment.postgres, self._environment.valkey
        for spec in (PLACE.postgres(postgres), PLACE.valkey(valkey)):
            log = (self._environment.folder / f"{spec.name}.log").open("wb")
            with log:
                self._children.append((spec, spec.start(log)))
        deadline = time.monotonic() + _START_SECONDS
        while not all(spec.ready() for spec, _ in self._children):
            ended = [spec.name for spec, child in self._children if child.poll() is not None]
            if ended or time.monotonic() > deadline:
                raise RuntimeError(
                    f"did not start: {ended or 'in time'}; see {self._environment.folder}"
                )
            time.sleep(0.02)

    def end(self) -> None:
        """Stop both and leave the folder as it is."""
        for spec, child in self._children:
            child.send_signal(spec.stop_signal)
        for _, child in self._children:
            child.wait(_START_SECONDS)

    def stop(self) -> None:
        """Stop both and remove the run's folder."""
        self.end()
        shutil.rmtree(self._environment.folder, ignore_errors=True)
        remove_run_dir(self._environment.folder)


def make_database(environment: Environment) -> None:
    """
    Give this worker a fresh copy of the migrated template, which the first worker to come makes.

    Test databases alone carry the setting that lets the append-only log be truncated.
    """
    _copy(environment, TEMPLATE, _migrated)


def make_demo(environment: Environment) -> None:
    """Put a copy of a freshly told demo in the place of this worker's database; the first worker to ask tells it.

    What other connections do in the old one is cut off, and this thread's own is closed.
    """
    from django.conf import settings
    from django.contrib.contenttypes.models import ContentType
    from django.db import connection

    connection.close()
    ContentType.objects.clear_cache()  # where tables were emptied since, they have other numbers
    _copy(environment, DEMO, lambda administration: _told(environment, administration))
    shutil.copytree(_files(environment), settings.MEDIA_ROOT, dirs_exist_ok=True)
    # Its configuration would have the number again that another copy's had, which is the key of what is kept.
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('config_generation_number', %s)", [1_000_000 * next(_COPIES)])
        cursor.execute(
            "UPDATE accounts_configgeneration SET number = nextval('config_generation_number')"
        )


_COPIES = itertools.count(1)


def _files(environment: Environment) -> Path:
    return environment.folder / "demo-files"


def _copy(environment: Environment, template: str, make: Callable[[Administration], None]) -> None:
    """This worker's database anew, as a copy of the template.

    That is marked as a template only when it is complete: an attempt that failed is made again.
    """
    with (environment.folder / f"{template}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with _administration(environment) as connection:
            found = connection.execute(
                "SELECT datistemplate FROM pg_database WHERE datname = %s", [template]
            ).fetchone()
            if found is None or not found[0]:
                make(connection)
                connection.execute(
                    sql.SQL("ALTER DATABASE {} IS_TEMPLATE true").format(sql.Identifier(template))
                )
            _create(connection, environment.database, template)


def _administration(environment: Environment) -> Administration:
    return psycopg.connect(
        host=str(environment.sockets), user=USER, dbname="postgres", autocommit=True
    )


def _create(connection: Administration, name: str, template: str) -> None:
    database, source = sql.Identifier(name), sql.Identifier(template)
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(database))
    connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(database, source))
    connection.execute(
        sql.SQL("ALTER DATABASE {} SET tessera.allow_truncate = 'on'").format(database)
    )


def _migrated(connection: Administration) -> None:
    _create(connection, TEMPLATE, "template1")
    _command_in(TEMPLATE, "migrate", verbosity=0, interactive=False)


def _told(environment: Environment, connection: Administration) -> None:
    """A few dozen tickets of Brightwell, and the files that they name."""
    from django.conf import settings

    _create(connection, DEMO, TEMPLATE)
    _command_in(DEMO, "demo", tickets=40, stdout=io.StringIO())
    Path(settings.MEDIA_ROOT).mkdir(exist_ok=True)
    shutil.copytree(settings.MEDIA_ROOT, _files(environment), dirs_exist_ok=True)


def _command_in(database: str, command: str, **options: Any) -> None:
    from django.core.management import call_command
    from django.db import connection

    own_name = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = database
    try:
        call_command(command, **options)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = own_name
