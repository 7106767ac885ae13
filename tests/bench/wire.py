"""Over HTTP: a whole `tessera up`, its worker at work, and clients that wait for each answer."""

import http.client
import threading
import time
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import orjson

from tests.bench.measure import Times, times_of
from tests.bench.office import CREATE


@dataclass(frozen=True, slots=True)
class Load:
    """What so many clients got in all."""

    clients: int
    per_second: float
    times: Times


def run(port: int, token: str, *, clients: int, seconds: float, what: str) -> Load:
    """So many clients, each with a connection of its own, for so long. Raises where an answer is no success."""
    taken: list[list[float]] = [[] for _client in range(clients)]
    faults: list[BaseException] = []
    ends = time.perf_counter() + seconds
    threads = [
        threading.Thread(target=_client, args=(port, token, what, ends, mine, faults))
        for mine in taken
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return Load(clients, sum(map(len, taken)) / seconds, times_of([mine for mine in taken if mine]))


def _client(
    port: int, token: str, what: str, ends: float, taken: list[float], faults: list[BaseException]
) -> None:
    try:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}
        ticket = _send(line, headers, "POST", "/api/tickets", CREATE)["ticket"]["id"]
        statuses = cycle(["open", "stalled"])
        while time.perf_counter() < ends:
            begun = time.perf_counter()
            if what == "create":
                _send(line, headers, "POST", "/api/tickets", CREATE)
            elif what == "PATCH status":
                _send(line, headers, "PATCH", f"/api/tickets/{ticket}", {"status": next(statuses)})
            else:
                _send(line, headers, "GET", f"/api/tickets/{ticket}", None)
            taken.append((time.perf_counter() - begun) * 1000)
        line.close()
    except BaseException as error:  # noqa: BLE001  # told to whoever started the thread
        faults.append(error)


def _send(
    line: http.client.HTTPConnection, headers: dict[str, str], method: str, path: str, body: Any
) -> Any:
    line.request(method, path, None if body is None else orjson.dumps(body), headers)
    answer = line.getresponse()
    text = answer.read()
    if answer.status >= 300:
        raise RuntimeError(f"{method} {path}: {answer.status} {text[:300]!r}")
    return orjson.loads(text)
