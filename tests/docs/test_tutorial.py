"""The tutorial's own commands, taken out of the page and typed in its order into a real system."""

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import Step, differences, start_command, steps
from tests.ports import free_port
from tests.runtime.system import System, environment, tessera

CHECKOUT = Path(__file__).resolve().parents[2]
PAGE = (CHECKOUT / "docs" / "tutorial.md").read_text()
_END_OF_STEP = "=== end of step ==="
_DEADLINE_S = 180


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[System]:
    """What `make up` starts in a fresh checkout, started as the page says."""
    for name, value in start_command(PAGE)[0].items():
        monkeypatch.setenv(name, value)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    system = System(tmp_path / "var", free_port())
    system.wait_ready()
    # What the first start brings, but less of it: the tutorial's own queue must not be touched by it.
    filled = tessera(system.data, "demo", "--tickets", "5")
    assert filled.returncode == 0, filled.stderr
    yield system
    assert system.stop() == 0


@pytest.mark.journey
def test_every_answer_in_the_tutorial_is_the_one_that_comes(system: System) -> None:
    page = _with_free_ports(PAGE, system)
    told = list(steps(page))
    came = _type_all(told, system)
    wrong = {
        step.commands: found
        for step, output in zip(told, came, strict=True)
        if step.language and (found := differences(step, output))
    }
    assert wrong == {}


def test_the_command_that_the_tutorial_starts_with_starts_tessera_up() -> None:
    command = start_command(PAGE)[1]
    assert command == "make up"
    planned = subprocess.run(
        [*command.split(), "--dry-run", "--no-print-directory"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert planned.stdout.splitlines()[-1] == "exec .venv/bin/tessera up"


def _with_free_ports(page: str, system: System) -> str:
    """The page as it reads where its two ports are in use and others were chosen."""
    return re.sub(r"\b9000\b", str(free_port()), re.sub(r"\b8000\b", str(system.port), page))


def _type_all(told: list[Step], system: System) -> list[str]:
    """Run all commands in one shell, in the folder of the checkout; what each step printed."""
    folder = system.data.parent
    script, output, trouble = (folder / name for name in ("typed", "printed", "trouble"))
    script.write_text(
        "set -e\n" + "".join(f"{step.commands}\necho '{_END_OF_STEP}'\n" for step in told)
    )
    with output.open("w") as out, trouble.open("w") as err:
        shell = subprocess.Popen(
            ["bash", str(script)],
            cwd=folder,
            env=environment(system.data),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
    try:
        code = shell.wait(_DEADLINE_S)
    finally:
        # The receiver, where a step before its end went wrong.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(shell.pid, signal.SIGKILL)
    printed = output.read_text()
    assert (code, trouble.read_text()) == (0, ""), printed
    return printed.split(f"{_END_OF_STEP}\n")[:-1]
