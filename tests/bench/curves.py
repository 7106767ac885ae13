"""Cost against size: what the hot requests and pages take among ever more rules, fields, log, tickets and clients."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from scrips import wakes
from tessera.accounts.models import User
from tests.bench import history, office
from tests.bench.floor import Floor
from tests.bench.inside import Api
from tests.bench.measure import Times, interleaved
from tickets import replay

Act = Callable[[], object]
# An operation and its floor.
Pair = tuple[Act, Act]

SCRIPS, FEW_SCRIPS = (20, 100, 500, 2_000), (20, 100, 500)
FIELDS, FEW_FIELDS = (1, 3, 20, 200), (1, 200)
LOGS, FEW_LOGS = (10, 100, 1_000, 20_000), (10, 1_000)
_OF_A_LIST = 51
# As much of a log as there is.
_END = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What one operation takes at one size: times of calls, its statements, and the rows of tables that the database
    read and wrote for it."""

    size: int
    operation: str
    ours: Times
    floor: Times
    statements: int
    read: int
    written: int

    def as_json(self) -> dict[str, Any]:
        """For programs; times in ms."""
        found: dict[str, Any] = {"size": self.size, "operation": self.operation}
        for name, times in (("", self.ours), ("floor_", self.floor)):
            found |= {f"{name}{key}_ms": round(value, 3) for key, value in asdict(times).items()}
        return found | {
            "times_floor": round(self.ours.best / self.floor.best, 2),
            "statements": self.statements,
            "rows_read": self.read,
            "rows_written": self.written,
        }


def points(size: int, pairs: Mapping[str, Pair], *, blocks: int, calls: int) -> Iterator[Point]:
    """Each operation beside its floor, in turn."""
    for name, (ours, floor) in pairs.items():
        ours()
        with CaptureQueriesContext(connection) as seen:
            ours()
        statements = len(seen)  # now: the next request empties Django's list
        read, written = _rows(ours)
        times = interleaved({"ours": ours, "floor": floor}, blocks=blocks, calls=calls)
        yield Point(
            size=size,
            operation=name,
            ours=times["ours"],
            floor=times["floor"],
            statements=statements,
            read=read,
            written=written,
        )


def _rows(act: Act) -> tuple[int, int]:
    """How many rows of tables the database reads and writes for it, as it counts itself."""
    before = _counted()
    act()
    read, written = (now - then for now, then in zip(_counted(), before, strict=True))
    return read, written


def _counted() -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute(
            """
            SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint,
                sum(n_tup_ins + n_tup_upd + n_tup_del)::bigint FROM pg_stat_user_tables
            """
        )
        ((read, written),) = cursor.fetchall()
    return int(read), int(written)


class Bench:
    """The office, the API as its administrator's program asks it, and the pages as he sees them."""

    def __init__(self, token: str, *, quick: bool) -> None:
        self.api = Api(token)
        self.quick = quick
        self.client = Client(SERVER_NAME="127.0.0.1")
        self.client.force_login(User.objects.get(username="bench"))
        self.dsn = os.environ["DATABASE_URL"]

    def measured(self, size: int, pairs: Mapping[str, Pair], *, calls: int = 10) -> Iterator[Point]:
        """Each pair, less often where it has to be quick."""
        return points(size, pairs, blocks=2 if self.quick else 5, calls=calls)

    def ticket(self, body: Mapping[str, Any] = office.CREATE) -> int:
        return int(self.api.create(body)["ticket"]["id"])

    def page(self, path: str) -> None:
        answer = self.client.get(path)
        assert answer.status_code == 200, path

    def written(self, body: Mapping[str, Any] = office.CREATE) -> dict[str, Pair]:
        """What writes, and reading the ticket, on tickets made like this."""
        mine, other, floored = (self.ticket(body) for _ticket in range(3))
        floor = Floor(self.dsn, floored)
        return {
            "create": (lambda: self.api.create(body), floor.create),
            "PATCH status": (lambda: self.api.patch(mine), floor.patch),
            "preview of it": (
                lambda: self.api.preview(other),
                lambda: floor.undone(floor.patch),
            ),
            "read": (lambda: self.api.send("GET", f"tickets/{mine}"), floor.read),
        }


def scrips(bench: Bench) -> Iterator[Point]:
    """Among ever more rules of the queue, of which three fire."""
    held = 20
    for size in FEW_SCRIPS if bench.quick else SCRIPS:
        office.more_silent(size - held)
        held = size
        yield from bench.measured(size, bench.written())


def fields(bench: Bench) -> Iterator[Point]:
    """Among ever more fields of the queue, each with a value in each ticket."""
    for size in FEW_FIELDS if bench.quick else FIELDS:
        body = office.CREATE | {"custom_fields": office.only_fields(size)}
        pairs = bench.written(body)
        number = 0
        for _ticket in range(_OF_A_LIST):
            number = bench.ticket(body)
        floor = Floor(bench.dsn, number)
        yield from bench.measured(
            size,
            pairs
            | {
                "list of 50": (
                    lambda: bench.api.send("GET", "tickets?order=-updated_at,id"),
                    floor.page,
                ),
                "page": _page(bench, floor, number),
            },
        )
        floor.close()
    office.only_fields(3)


def logs(bench: Bench) -> Iterator[Point]:
    """Of a ticket with an ever longer log. The short ones before it are not lengthened: each is a ticket of its own."""
    for size in FEW_LOGS if bench.quick else LOGS:
        number = bench.ticket()
        history.lengthen(number, to=size, change=_changing(bench.api, number))
        yield from _of_log(bench, number, size)


def _changing(api: Api, number: int) -> Callable[[dict[str, Any]], object]:
    return lambda body: api.send("PATCH", f"tickets/{number}", body)


def _of_log(bench: Bench, number: int, size: int) -> Iterator[Point]:
    floored = bench.ticket()
    floor, half = Floor(bench.dsn, floored), size // 2
    path = f"tickets/{number}"
    yield from bench.measured(
        size,
        {
            "page": _page(bench, floor, number),
            "read": (lambda: bench.api.send("GET", path), floor.read),
            "log, first 50": (
                lambda: bench.api.send("GET", f"{path}/transactions"),
                lambda: floor.log(number),
            ),
            # A change made for good would lengthen the log.
            "preview of a PATCH": (
                lambda: bench.api.preview(number),
                lambda: floor.undone(floor.patch),
            ),
        },
    )
    # They read all that was, so fewer calls tell as much.
    yield from bench.measured(
        size,
        {
            "?at= its middle": (
                lambda: bench.api.send("GET", f"{path}?at={half}"),
                lambda: floor.past(number, half),
            ),
            "replay": (lambda: replay.at(number, _END), lambda: floor.past(number, _END)),
        },
        calls=2 if size > 1_000 else 10,
    )
    floor.close()


def _page(bench: Bench, floor: Floor, number: int) -> Pair:
    path = f"/tickets/TKT-{number:04}"
    return lambda: bench.page(path), lambda: floor.conversation(number)


# What is measured in a database of its own, in this order: each leaves the next what it needs.
INSIDE = {"log": logs, "fields": fields, "scrips": scrips}


def inside(kind: str, *, quick: bool) -> Iterator[Point]:
    """One kind of curve in the database that Django is at, which is empty."""
    bench = Bench(office.build(), quick=quick)
    uncollected = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with (
        wakes.held(),
        override_settings(STORAGES={**settings.STORAGES, "staticfiles": uncollected}),
    ):
        yield from INSIDE[kind](bench)
