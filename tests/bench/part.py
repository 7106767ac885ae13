"""One kind of curve in a process of its own, since Django knows one database in its life: a line of JSON a point."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench import systems
from tests.bench.store import Store

VAR = Path(__file__).resolve().parents[2] / "var"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.part", description=__doc__)
    parser.add_argument("kind")
    parser.add_argument("--tickets", type=int, default=0)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    for point in _points(asked.kind, asked.tickets, quick=asked.quick):
        sys.stdout.write(json.dumps(point) + "\n")
        sys.stdout.flush()
    return 0


def _points(kind: str, tickets: int, *, quick: bool) -> Iterator[dict[str, Any]]:
    if kind == "tickets":
        with Store(VAR, tickets).served():
            from tests.bench import among

            yield from (point.as_json() for point in among.run(tickets, quick=quick))
    elif kind == "clients":
        with systems.whole() as (system, data), systems.own_database():
            from tests.bench import crowd, office
            from tests.runtime.system import inside

            token = inside(data, "from tests.bench import office; print(office.build())")
            yield from crowd.run(system.port, token, office.build(), quick=quick)
    else:
        with systems.own_database():
            from tests.bench import curves

            yield from (point.as_json() for point in curves.inside(kind, quick=quick))


if __name__ == "__main__":
    sys.exit(main())
