import os
import subprocess
import sys
from pathlib import Path

from tessera.lib import tally

# Each is a process of its own, as web and worker are; it ends when its input does.
_COUNTS = """
import sys
from pathlib import Path
from tessera.lib import metrics, tally
tally.share(Path(sys.argv[1]), sys.argv[2])
for _ in range(int(sys.argv[3])):
    metrics.request("tickets-list", "GET", "2xx", seconds=0.02, statements=5)
print("counted", flush=True)
sys.stdin.read()
"""


def begin(folder: Path, kind: str, number: int) -> "subprocess.Popen[str]":
    """A process that has counted so many requests, and lives."""
    process = subprocess.Popen(
        [sys.executable, "-c", _COUNTS, str(folder), kind, str(number)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "counted\n"
    return process


def end(process: "subprocess.Popen[str]", *, kill: bool = False) -> None:
    if kill:
        process.kill()
    process.communicate()


def sums(folder: Path) -> dict[str, float]:
    """The requests, and how many took at most 25 ms."""
    found = {}
    for metric in tally.collect(folder):
        for sample in metric.samples:
            if sample.name == "tessera_http_requests_total":
                found["requests"] = sample.value
            if sample.labels.get("le") == "0.025":
                found["quick"] = sample.value
    return found


def test_processes_add_up_and_the_dead_stay_in_the_sums(tmp_path: Path) -> None:
    first, second = begin(tmp_path, "web", 3), begin(tmp_path, "worker", 4)
    assert sums(tmp_path) == {"requests": 7, "quick": 7}
    assert tally.alive(tmp_path) == {"web": 1, "worker": 1}

    end(first, kill=True)
    assert sums(tmp_path) == {"requests": 7, "quick": 7}
    assert tally.alive(tmp_path) == {"worker": 1}

    third = begin(tmp_path, "web", 2)
    end(second)
    assert sums(tmp_path) == {"requests": 9, "quick": 9}
    end(third)

    assert sums(tmp_path) == {"requests": 9, "quick": 9}
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["counter_dead.db", "histogram_dead.db", "lock"]


def test_sums_begin_anew_only_where_nobody_counts(tmp_path: Path) -> None:
    end(begin(tmp_path, "web", 3))
    living = begin(tmp_path, "web", 1)
    tally.forget(tmp_path)
    assert sums(tmp_path) == {"requests": 4, "quick": 4}

    end(living)
    tally.forget(tmp_path)
    assert sums(tmp_path) == {}
