"""The supervisor with children small enough to see all of what it does."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tessera.lib.rundir import run_dir
from tests.runtime.system import wait_until

_SCRIPT = """
import os, signal, sys
from pathlib import Path
from tessera.runtime.console import Console
from tessera.runtime.folder import DataFolder
from tessera.runtime.spawn import die_with_parent
from tessera.runtime.spec import Spec
from tessera.runtime.supervisor import KeepsDying, Stopped, Supervisor

die_with_parent(os.getppid(), signal.SIGTERM)
data = Path(sys.argv[1])
supervisor = Supervisor(DataFolder(data), Console(json_lines=False))
try:
    command = ("/bin/sh", "-c", sys.argv[2])
    supervisor.start(Spec("one", command, data, lambda: True, stop_seconds=0.5))
    supervisor.run()
except (KeepsDying, Stopped) as end:
    print(type(end).__name__, *getattr(end, "tail", ()), sep="\\n", flush=True)
finally:
    supervisor.stop(("one",))
"""


def supervise(data: Path, command: str) -> subprocess.Popen[str]:
    """A supervisor whose one child is a shell command."""
    return subprocess.Popen(
        [sys.executable, "-c", _SCRIPT, str(data), command], stdout=subprocess.PIPE, text=True
    )


def test_child_that_keeps_dying_ends_it_and_none_of_its_helpers_stays(tmp_path: Path) -> None:
    started = time.monotonic()
    command = f"echo starting; sleep 600 & echo $! >> {tmp_path}/helpers; echo last words; exit 3"
    told, _ = supervise(tmp_path, command).communicate(timeout=60)
    assert told.partition("KeepsDying\n")[2].splitlines() == ["starting", "last words"] * 6
    assert time.monotonic() - started > 7, "it waits longer before each new start"
    helpers = (tmp_path / "helpers").read_text().split()
    assert [Path(f"/proc/{helper}/cwd").exists() for helper in helpers] == [False] * 6


def test_child_that_ignores_the_signal_is_killed_in_time(tmp_path: Path) -> None:
    supervisor = supervise(tmp_path, "trap '' TERM; echo up; while :; do sleep 600; done")
    assert supervisor.stdout is not None
    assert supervisor.stdout.readline() == "one      │ up\n"
    supervisor.terminate()
    assert supervisor.stdout.read() == "Stopped\n"
    assert supervisor.wait(60) == 0


@pytest.mark.parametrize("signum", [signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM])
def test_closed_terminal_and_every_key_that_ends_programs_stop_it_in_good_order(
    tmp_path: Path, signum: signal.Signals
) -> None:
    command = f"trap 'touch {tmp_path}/asked; exit' TERM; sleep 600 & echo up; wait"
    supervisor = supervise(tmp_path, command)
    assert supervisor.stdout is not None
    assert supervisor.stdout.readline() == "one      │ up\n"
    supervisor.send_signal(signum)
    assert supervisor.stdout.read() == "Stopped\n"
    assert supervisor.wait(60) == 0
    assert (tmp_path / "asked").exists()


def test_started_with_nohup_it_outlives_its_terminal(tmp_path: Path) -> None:
    go = tmp_path / "go"
    held = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        supervisor = supervise(
            tmp_path, f"echo up; while [ ! -e {go} ]; do sleep 0.05; done; echo on; sleep 600"
        )
    finally:
        signal.signal(signal.SIGHUP, held)
    assert supervisor.stdout is not None
    assert supervisor.stdout.readline() == "one      │ up\n"
    supervisor.send_signal(signal.SIGHUP)
    go.touch()
    assert supervisor.stdout.readline() == "one      │ on\n"
    supervisor.terminate()
    assert supervisor.stdout.read() == "Stopped\n"


def test_reader_that_does_not_keep_up_does_not_hold_it(tmp_path: Path) -> None:
    supervisor = supervise(tmp_path, f"seq 1 200000; touch {tmp_path}/written; sleep 600")
    wait_until((tmp_path / "written").exists)  # though nobody reads what is passed on
    supervisor.terminate()
    told, _ = supervisor.communicate(timeout=60)
    assert "Stopped" in told.splitlines()


def test_socket_folder_is_short_and_plain_whatever_the_data_folder(tmp_path: Path) -> None:
    plain = Path("/srv/tessera/var")
    assert run_dir(plain) == plain / "run"
    for awkward in (Path("/srv/my data"), Path("/srv") / ("x" * 120), Path("/srv/größe")):
        found = str(run_dir(awkward))
        assert found.isascii()
        assert " " not in found
        assert len(found) < 60
