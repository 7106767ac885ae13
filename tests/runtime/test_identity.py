"""PostgreSQL under each of the faces that root can give it."""

import os
from pathlib import Path

import psycopg
import pytest

from tessera.lib.rundir import make_run_dir, remove_run_dir
from tessera.runtime.identity import MappedUser, OtherUser, SameUser
from tessera.runtime.postgres import USER, Postgres, installation
from tests.runtime.system import wait_until


def serve(server: Postgres, identity: SameUser) -> int:
    """Run it as that identity; the owner of its files, as the system sees it."""
    spec = server.spec(identity)
    process = spec.start()
    try:
        wait_until(server.is_ready)
        with psycopg.connect(host=str(server.sockets), user=USER, dbname="postgres") as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        process.send_signal(spec.stop_signal)
        process.wait(60)
    return server.cluster.stat().st_uid


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another face")
def test_root_serves_from_a_folder_that_no_other_user_can_enter(tmp_path: Path) -> None:
    closed = tmp_path / "closed to others"
    closed.mkdir(mode=0o700)
    sockets = make_run_dir(closed)
    server = Postgres(closed / "postgres", sockets, durable=False)
    mapped = server.prepare()
    assert isinstance(mapped, MappedUser)
    assert serve(server, mapped) == 0
    assert closed.stat().st_mode & 0o777 == 0o700

    mounts = tuple(
        (folder, Path("/mnt") / str(number))
        for number, folder in enumerate((installation().parent.parent, server.cluster, sockets))
    )
    other = OtherUser(owner=mapped.uid, gid=mapped.gid, mounts=mounts)
    other.admit_to(sockets)
    server.give_to(other)
    assert serve(server, other) == mapped.uid
    assert serve(server, server.prepare()) == 0
    assert closed.stat().st_mode & 0o777 == 0o700
    remove_run_dir(closed)
