"""A berth is one process's at a time, and the next one learns who was there."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tessera.lib import berth

LIVES_THERE = """
import sys
from pathlib import Path
from tessera.lib import berth
berth.take(Path(sys.argv[1]))
print(berth.name(), flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def _no_berth_is_left() -> Iterator[None]:
    yield
    berth.leave()


def test_the_name_of_a_process_that_was_killed_is_told_to_the_next_and_no_sooner(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-c", LIVES_THERE, str(tmp_path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        its_name = other.stdout.readline().strip()
        assert berth.take(tmp_path) is None
        assert [path.name for path in sorted(tmp_path.iterdir())] == ["1", "2"]
        berth.leave()
        other.kill()

    assert str(berth.take(tmp_path)) == its_name
    assert str(berth.name()) not in {its_name, "None"}


def test_a_berth_whose_name_was_written_by_halves_is_taken(tmp_path: Path) -> None:
    (tmp_path / "1").write_text("7c9e6679-74")

    assert berth.take(tmp_path) is None
    assert (tmp_path / "1").read_text() == str(berth.name())
