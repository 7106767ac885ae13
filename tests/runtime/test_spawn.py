"""How a child is started, seen from within it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tessera.runtime.spawn import spawn

_AUTOGROUP = Path("/proc/self/autogroup")


def told(script: str, *, niceness: int) -> str:
    """What the script prints in a child."""
    child = spawn(
        [sys.executable, "-c", script], cwd=Path("/"), output=subprocess.PIPE, niceness=niceness
    )
    return child.communicate()[0].decode().strip()


@pytest.mark.parametrize("niceness", [0, 5])
def test_child_gives_way_by_its_niceness(niceness: int) -> None:
    assert told("import os; print(os.nice(0))", niceness=niceness) == str(os.nice(0) + niceness)


@pytest.mark.skipif(not _AUTOGROUP.exists(), reason="the kernel does not share between sessions")
def test_child_gives_way_to_other_sessions_too() -> None:
    script = f"print(open({str(_AUTOGROUP)!r}).read().split()[-1])"

    assert (told(script, niceness=0), told(script, niceness=7)) == ("0", "7")
