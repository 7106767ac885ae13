"""
Ten thousand connections that want nothing, or want it slowly, and people who work meanwhile; by hand:
`python -m tests.soak.openings --connections 10000`. Ends with 1 where somebody is not served or memory is not bounded.

A third of them say nothing, a third send half a head, a third a body a byte at a time. The server closes those whose
head does not come in time; each is opened again, so that as many stay.
"""

import argparse
import asyncio
import contextlib
import itertools
import resource
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.resting import tree
from tests.ports import HOST, free_port
from tests.runtime.system import System, tessera
from tests.soak.client import Client, Kind, get, post
from tests.soak.memory import pss

_FIRST_WORDS = {
    "silent": b"",
    "half a head": b"POST /api/tickets HTTP/1.1\r\nHost: localhost\r\n",
    "slow body": b"POST /api/tickets HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n{",
}
_EVERY_S = 1.0
_PAUSE_S = 0.2
# Of those that the server closes and that come again, some are always between two.
_MOST = 0.95
_PER_CONNECTION_KB = 64


@dataclass
class Crowd:
    """Connections that are kept open, in a thread and a loop of their own."""

    port: int
    wanted: int
    open: int = 0
    opened: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    _ended: bool = False

    def __enter__(self) -> "Crowd":
        self._thread = threading.Thread(target=lambda: asyncio.run(self._all()))
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended = True
        self._thread.join()

    async def _all(self) -> None:
        words = itertools.cycle(_FIRST_WORDS.values())
        tasks = []
        for _each in range(self.wanted):
            tasks.append(asyncio.create_task(self._keep(next(words))))
            if len(tasks) % 100 == 0:  # not all in one moment: the server's queue has an end
                await asyncio.sleep(0.05)
        while not self._ended:
            await asyncio.sleep(0.1)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep(self, first: bytes) -> None:
        while True:
            try:
                reader, writer = await asyncio.open_connection(HOST, self.port)
            except OSError as error:
                self.refused[type(error).__name__] += 1
                await asyncio.sleep(_EVERY_S)
                continue
            self.open += 1
            self.opened += 1
            try:
                await self._dawdle(reader, writer, first)
            finally:
                self.open -= 1
                writer.close()

    async def _dawdle(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: bytes
    ) -> None:
        """Until the server has enough."""
        with contextlib.suppress(OSError):
            writer.write(first)
            while True:
                with contextlib.suppress(TimeoutError):
                    if not await asyncio.wait_for(reader.read(1000), 10 * _EVERY_S):
                        return
                if first.endswith(b"{"):
                    writer.write(b" ")


@dataclass(frozen=True)
class Watched:
    """Others' requests: how many, the slowest and the middle one in seconds, those that failed; web's memory in kB."""

    asked: int
    middle: float
    slowest: float
    failed: int
    memory: int


def watch(system: System, client: Client, seconds: float) -> Watched:
    """Work beside them: make tickets, and list them."""
    taken: list[float] = []
    failed = 0
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        made = post("make", "/api/tickets", {"subject": f"{len(taken)}", "queue": "General"})
        for request in (made, get("list", "/api/tickets?page_size=5")):
            answer = client.send(request)
            taken.append(answer.ended - answer.began)
            failed += answer.kind is not Kind.SERVED
        time.sleep(_PAUSE_S)
    web = tree(system.children()["web"])
    return Watched(
        len(taken), statistics.median(taken), max(taken), failed, sum(pss(pid) for pid in web)
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=30.0, help="with all of them open")
    parser.add_argument(
        "--data", type=Path, help="a folder of an earlier start, instead of a new one"
    )
    given = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory(prefix="tessera-open-") as folder:
        system = System(given.data or Path(folder) / "var", free_port())
        system.wait_ready()
        try:
            return _report(system, given.connections, given.seconds)
        finally:
            system.stop()


def _report(system: System, connections: int, seconds: float) -> int:
    token = tessera(system.data, "token", "admin").stdout.strip()
    client = Client(system.port, token)
    before = watch(system, client, 5)
    with Crowd(system.port, connections) as crowd:
        deadline = time.monotonic() + 90
        while crowd.open < _MOST * connections and time.monotonic() < deadline:
            time.sleep(1)
            sys.stdout.write(f"\r{crowd.open} open ")
            sys.stdout.flush()
        reached = crowd.open
        sys.stdout.write("\n")
        during = watch(system, client, seconds)
        least = crowd.open
    after = watch(system, client, 5)
    for name, seen in (("before", before), ("with them", during), ("after", after)):
        sys.stdout.write(
            f"{name}: {seen.asked} requests, p50 {seen.middle * 1000:.0f} ms, slowest {seen.slowest * 1000:.0f} ms,"
            f" {seen.failed} failed; web {seen.memory / 1024:.0f} MB\n"
        )
    each = (during.memory - before.memory) / max(reached, 1)
    sys.stdout.write(
        f"{reached} open at once, {least} at the end, {crowd.opened} opened; refused: {dict(crowd.refused)};"
        f" {each:.1f} kB each\n"
    )
    kept = reached >= _MOST * connections and not during.failed and each < _PER_CONNECTION_KB
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
