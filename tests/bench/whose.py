"""Whom a request costs what: CPU of each kind of process while clients ask a whole Tessera over HTTP, until its worker
has sent what came of it. `python -m tests.bench.whose --clients 8 --seconds 10` prints ms for each request.

Of two states of the code run it in turns: a machine with other work makes the same work dearer.
"""

import argparse
import os
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import django
import psycopg

from tests.bench import systems
from tests.bench.resting import tree
from tests.runtime.system import inside

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_KINDS = {
    "tessera.runtime.web": "web",
    " worker ": "worker",
    "postgres": "PostgreSQL",
    "valkey": "Valkey",
}
_WARM_S = 3.0
_PATIENCE_S = 60.0
_WAITS = "SELECT count(*) FROM scrips_delivery WHERE kind = 'email' AND NOT recorded"


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU milliseconds of a request by kind of process, and how many requests there were a second."""

    per_second: float
    p50_ms: float
    requests: int
    cpu_ms: dict[str, float]


def run(*, clients: int, seconds: float, what: str) -> Cost:
    """Ask for so long, after a while to get warm, and let the worker end."""
    # What is asked for stands beside what makes the office, which needs the models.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tessera.settings")
    django.setup()
    from tests.bench import wire

    with systems.whole() as (system, data):
        token = inside(data, "from tests.bench import office; print(office.build())")
        wire.run(system.port, token, clients=clients, seconds=_WARM_S, what=what)
        _settled(data)
        before = _spent(system.process.pid)
        load = wire.run(system.port, token, clients=clients, seconds=seconds, what=what)
        _settled(data)
        after = _spent(system.process.pid)
    # Each client makes a ticket of its own first.
    number = round(load.per_second * seconds) + (clients if what == "create" else 0)
    spent = {kind: (after[kind] - before[kind]) / number * 1000 for kind in after}
    return Cost(load.per_second, load.times.p50, number, spent)


def _settled(data: Path) -> None:
    """Until each mail is sent and recorded."""
    ends = time.monotonic() + _PATIENCE_S
    place = os.path.realpath(data / "run")
    with psycopg.connect(host=place, user="tessera", dbname="tessera", autocommit=True) as line:
        while (line.execute(_WAITS).fetchone() or [0])[0] and time.monotonic() < ends:
            time.sleep(0.05)


def _spent(root: int) -> Counter[str]:
    """CPU seconds of all processes under this one, by kind. A web worker that is forked is called as its parent is."""
    found: Counter[str] = Counter()
    for pid in tree(root):
        try:
            called = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        kind = next((kind for sign, kind in _KINDS.items() if sign in called), "other")
        found[kind] += (int(fields[11]) + int(fields[12])) * _TICK_S  # type: ignore[assignment]  # a Counter of floats
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--what", choices=("create", "PATCH status", "read"), default="create")
    asked = parser.parse_args()
    cost = run(clients=asked.clients, seconds=asked.seconds, what=asked.what)
    for kind, ms in sorted(cost.cpu_ms.items(), key=lambda pair: -pair[1]):
        print(f"{kind:<12}{ms:>7.1f}")
    print(f"{'together':<12}{sum(cost.cpu_ms.values()):>7.1f}")
    print(
        f"{cost.per_second:.1f} a second, p50 {cost.p50_ms:.0f} ms, of {cost.requests};"
        f" load {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main()
