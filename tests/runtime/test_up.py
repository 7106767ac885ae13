"""`tessera up` as a newcomer and as a hostile night treat it. One system for all, in this order."""

import os
import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.runtime.system import System, processes_in, tessera, wait_until


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("with a space") / "data"
    system = System(folder, free_port())
    system.wait_ready()
    yield system
    if system.process.poll() is None:
        system.stop()
    assert processes_in(folder) == []


def noted(data: Path) -> int:
    """When everything was prepared last."""
    return (data / "run/prepared").stat().st_mtime_ns


def test_first_start_prints_url_administrator_and_password(system: System) -> None:
    assert f"Tessera is ready at http://127.0.0.1:{system.port}/" in system.output
    assert re.search(r"administrator: admin  password: \S{16}\n", system.output)
    assert set(system.children()) == {"postgres", "valkey", "prepare", "web", "worker", "beat"}


def test_ready_names_each_part(system: System) -> None:
    ok = {"status": "ok", "detail": ""}
    assert system.ready() == {
        "status": "ok",
        "checks": {"database": ok, "migrations": ok, "broker": ok, "worker": ok},
    }


def test_commands_in_another_shell_reach_its_database(system: System) -> None:
    answer = tessera(system.data, "migrate", "--check")
    assert (answer.returncode, answer.stderr) == (0, "")


def test_data_folder_in_use_is_refused_in_one_line(system: System) -> None:
    answer = tessera(system.data, "up", TESSERA_PORT=str(free_port()))
    assert answer.returncode == 2
    assert answer.stderr == (
        f"tessera: The data folder {system.data} is in use by another `tessera up`"
        f" (process {system.process.pid}).\n"
    )


def test_port_in_use_is_refused_in_one_line(system: System, tmp_path: Path) -> None:
    answer = tessera(tmp_path / "data", "up", TESSERA_PORT=str(system.port))
    assert answer.returncode == 2
    assert answer.stderr == (
        f"tessera: Can't listen on 127.0.0.1:{system.port}: it is in use; set TESSERA_PORT to"
        " another.\n"
    )
    assert processes_in(tmp_path) == []


@pytest.mark.parametrize("name", ["web", "worker", "beat", "valkey", "postgres"])
def test_killed_child_is_started_again(system: System, name: str) -> None:
    before = system.children()[name]
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: system.children()[name] != before)
    wait_until(lambda: system.ready().get("status") == "ok")
    assert system.process.poll() is None
    assert f"tessera: {name} ended (-9) and is started again" in system.output


def test_after_kill_nothing_is_left_and_the_next_start_has_all_data(system: System) -> None:
    system.kill()
    wait_until(lambda: processes_in(system.data) == [])
    prepared = noted(system.data)
    again = System(system.data, system.port)
    again.wait_ready()
    assert noted(system.data) == prepared, "nothing has changed since"
    assert "administrator: admin  password: as chosen before" in again.output
    assert again.stop() == 0
    assert processes_in(system.data) == []


def test_next_start_ends_what_outlived_a_killed_one(system: System) -> None:
    first = System(system.data, system.port)
    first.wait_ready()
    worker = first.children()["worker"]
    os.kill(worker, signal.SIGSTOP)  # it can't react to its parent's death
    first.kill()
    prepared = noted(system.data)
    again = System(system.data, system.port, TESSERA_UNDO_SECONDS="7")
    again.wait_ready()
    assert noted(system.data) != prepared, "another setting"
    assert worker != again.children()["worker"]
    assert not Path(f"/proc/{worker}").exists()
    assert again.stop() == 0


def test_port_is_free_after_the_end(system: System) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", system.port))
