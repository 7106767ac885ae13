"""Ever more clients at a time: over HTTP at a whole Tessera, and the same rows by as many threads without it."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from scrips import wakes
from tests.bench import wire
from tests.bench.floor import Floor
from tests.bench.inside import Api
from tests.bench.measure import Times, times_of

CLIENTS, FEW_CLIENTS = (1, 2, 4, 8, 16), (1, 8)
_ACTS: dict[str, Callable[[Floor], None]] = {
    "create": Floor.create,
    "PATCH status": Floor.patch,
    "read": Floor.read,
}


def run(port: int, token: str, here: str, *, quick: bool) -> Iterator[dict[str, Any]]:
    """Each size in turn. `token` is for the Tessera at that port, `here` for the database that Django is at."""
    seconds = 2.0 if quick else 4.0
    for clients in FEW_CLIENTS if quick else CLIENTS:
        for what, act in _ACTS.items():
            load = wire.run(port, token, clients=clients, seconds=seconds, what=what)
            floor = _floor(here, act, clients=clients, seconds=seconds / 2)
            yield {
                "size": clients,
                "operation": what,
                "per_second": round(load.per_second, 1),
                **_as_json("", load.times),
                "floor_per_second": round(floor.per_second, 1),
                **_as_json("floor_", floor.times),
            }


def _floor(token: str, act: Callable[[Floor], None], *, clients: int, seconds: float) -> wire.Load:
    """So many threads, each with a connection and a ticket of its own."""
    api = Api(token)
    with wakes.held():
        tickets = [int(api.create()["ticket"]["id"]) for _client in range(clients)]
    floors = [Floor(os.environ["DATABASE_URL"], ticket) for ticket in tickets]
    taken: list[list[float]] = [[] for _client in range(clients)]
    ends = time.perf_counter() + seconds

    def work(floor: Floor, mine: list[float]) -> None:
        while time.perf_counter() < ends:
            begun = time.perf_counter()
            act(floor)
            mine.append((time.perf_counter() - begun) * 1000)

    pairs = zip(floors, taken, strict=True)
    threads = [threading.Thread(target=work, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for floor in floors:
        floor.close()
    return wire.Load(clients, sum(map(len, taken)) / seconds, times_of(taken))


def _as_json(prefix: str, times: Times) -> dict[str, float]:
    return {f"{prefix}{name}_ms": round(getattr(times, name), 2) for name in ("p50", "p95", "p99")}
