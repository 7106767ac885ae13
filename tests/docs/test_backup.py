"""The commands of the page on backups, typed as they stand there, bring back the moment that was asked for."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from tessera.lib.rundir import make_run_dir, run_dir
from tessera.runtime.postgres import USER, Postgres
from tests.docs.pages import steps
from tests.journeys.stack import Child, wait_until
from tests.office import make_office
from tests.runtime.system import tessera
from tickets import files, service
from tickets.access import Actor

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "howto" / "backup.md").read_text()
_TARGET = re.compile(r"(?<=recovery_target_time = ')[^']+")


def ask(query: str) -> str:
    """One value, as text."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return str(cursor.fetchone()[0])


def fetched(position: str) -> bool:
    """Whether the log of changes has been fetched up to there."""
    reached = ask(
        "SELECT max(flush_lsn) FROM pg_stat_replication WHERE application_name = 'pg_receivewal'"
    )
    return reached != "None" and ask(f"SELECT '{reached}'::pg_lsn >= '{position}'") == "True"


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Path]:
    """Looks like the folder in which the reader stands, with the servers of the test run behind it."""
    sockets = connection.settings_dict["OPTIONS"]["host"]
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "run").symlink_to(sockets)
    (tmp_path / "var" / "secret_key").write_text("secret")
    yield tmp_path
    wait_until(
        lambda: ask("SELECT bool_or(active) FROM pg_replication_slots") != "True", "it ended"
    )
    ask("SELECT count(pg_drop_replication_slot(slot_name)) FROM pg_replication_slots")


class Shell:
    """One shell, as the reader's; what it left running ends with it."""

    def __init__(self, folder: Path) -> None:
        self._done = folder / "done"
        self._process = subprocess.Popen(
            ["bash", "-e"], cwd=folder, stdin=subprocess.PIPE, text=True, start_new_session=True
        )

    def type(self, commands: str) -> None:
        """Type these commands and wait for their end."""
        self._done.unlink(missing_ok=True)
        assert self._process.stdin is not None
        self._process.stdin.write(f"{commands}\ntouch done\n")
        self._process.stdin.flush()
        wait_until(lambda: self._done.exists() or self._process.poll() is not None, commands)
        assert self._process.poll() is None, commands

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        self._process.communicate(timeout=120)


@pytest.fixture
def shell(checkout: Path) -> Iterator[Shell]:
    shell = Shell(checkout)
    yield shell
    shell.close()


def make_ticket(actor: Actor, queue_id: int, kept: Path) -> int:
    """One with a file, which is `kept` where the reader's files are."""
    file = files.keep(SimpleUploadedFile("a.txt", b"attached"), creator_id=actor.id)
    shutil.copytree(settings.MEDIA_ROOT, kept)
    message = {"content": "see the file", "attachment_ids": [file.pk]}
    values = {"subject": "Printer", "queue_id": queue_id, "message": message}
    return service.create(values, actor=actor).ticket.id


def recover(data: Path, log: Path) -> Child:
    """What `tessera up` does first on a restored folder."""
    sockets = make_run_dir(data)
    server = Postgres(data / "postgres", sockets)
    child = Child(server.spec(server.prepare()), log)
    child.start()
    return child


@pytest.mark.journey
def test_restore_brings_back_the_moment_between_two_changes_with_its_files(
    transactional_db: None, checkout: Path, shell: Shell
) -> None:
    office = make_office()
    number = make_ticket(office.admin, office.support.pk, checkout / "var" / "files")
    once, always, nightly, bring_back = (step.commands for step in steps(PAGE))
    for commands in (once, always, nightly):
        shell.type(commands)
    service.apply(number, {"priority": 50}, actor=office.admin)
    ask("SELECT pg_switch_wal()")

    service.apply(number, {"subject": "First change"}, actor=office.admin)
    moment = ask("SELECT clock_timestamp()")
    service.apply(number, {"subject": "Second change"}, actor=office.admin)
    # The servers of a test run write their log of changes a moment after the COMMIT.
    position = ask("SELECT pg_current_wal_insert_lsn()")
    wait_until(lambda: fetched(position), "the changes are fetched")
    # What came after the copy is another file, from a slow disk: nobody is let in before it is read.
    shell.type(_TARGET.sub(moment, bring_back).replace('cp "wal/%f"', 'sleep 1; cp "wal/%f"'))

    restored = checkout / "restored"
    server = recover(restored, checkout / "postgres.log")
    try:
        sockets, name = run_dir(restored), connection.settings_dict["NAME"]
        with psycopg.connect(host=str(sockets), user=USER, dbname=name) as other:
            query = "SELECT subject, version FROM tickets_ticket WHERE id = %s"
            assert other.execute(query, [number]).fetchone() == ("First change", 3)
        url = f"postgres://{USER}@/{name}?host={sockets}"
        verified = tessera(restored, "verify", "--files", DATABASE_URL=url)
    finally:
        server.stop()
    assert (verified.returncode, verified.stdout) == (
        0,
        "1 ticket with 3 transactions, 1 file: all digests and projections hold.\n",
    )
