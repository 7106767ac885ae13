"""What does not grow with the size of things: the statements of the hot requests and pages, and how their rows are
found. The curves of `make bench ARGS=--curves` show the same in ms; a test holds what no machine changes."""

import json
import sys
from collections.abc import Callable, Iterator
from functools import partial
from types import FrameType
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from scrips import wakes
from tessera.accounts.models import User
from tests import cost
from tests.bench import history, inside, office

LONG = 1_000
# The index that begins with the ticket.
BY_TICKET = {"transaction_seq_unique"}


@pytest.fixture
def bench(db: None) -> Iterator[inside.Api]:
    """The office of `make bench`: three fields, twenty rules that apply; nothing is sent."""
    api = inside.Api(office.build())
    with wakes.held():
        yield api


def asked(act: Callable[[], object]) -> list[str]:
    """The statements of an act that is warm."""
    act()
    with cost.asked() as seen:
        act()
    return seen


def hot(api: inside.Api, ticket: int) -> dict[str, int]:
    """How many statements each hot request about the ticket takes."""
    acts: dict[str, Callable[[], object]] = {
        "create": api.create,
        "PATCH": lambda: api.patch(ticket),
        "preview": lambda: api.preview(ticket),
        "read": lambda: api.send("GET", f"tickets/{ticket}"),
        "list": lambda: api.send("GET", "tickets?page_size=1"),
        "log": lambda: api.send("GET", f"tickets/{ticket}/transactions?page_size=5"),
        "newest of the log": lambda: api.send(
            "GET", f"tickets/{ticket}/transactions?page_size=5&order=-seq"
        ),
        "as it was": lambda: api.send("GET", f"tickets/{ticket}?at=2"),
    }
    return {name: len(asked(act)) for name, act in acts.items()}


def pages(ticket: int) -> dict[str, int]:
    """How many statements each page about the ticket takes."""
    client, page = desk(), f"/tickets/TKT-{ticket:04}"
    queries = ("", "?order=oldest", "?show=conversation", "?show=changes", "?at=3")
    paths = (*(f"{page}{query}" for query in queries), "/?view=all")
    return {path: len(asked(partial(client.get, path))) for path in paths}


def desk() -> Client:
    client = Client()
    client.force_login(User.objects.get(username="bench"))
    return client


def made(api: inside.Api) -> int:
    """A ticket with a conversation, so that no part of a page is without rows, among others."""
    for _ticket in range(3):
        number = int(api.create()["ticket"]["id"])
    history.lengthen(number, to=10, change=lambda body: changed(api, number, body))
    return number


def changed(api: inside.Api, number: int, body: dict[str, Any]) -> Any:
    return api.send("PATCH", f"tickets/{number}", body)


def talk(api: inside.Api, number: int, *, to: int) -> None:
    """Let the log end in a conversation, so long in all."""
    history.lengthen(number, to=to, change=lambda body: changed(api, number, body))


def test_two_hundred_fields_take_the_statements_of_three(bench: inside.Api) -> None:
    ticket = made(bench)
    few = hot(bench, ticket), pages(ticket)

    changed(bench, ticket, {"custom_fields": office.only_fields(200)})
    talk(bench, ticket, to=240)

    assert (hot(bench, ticket), pages(ticket)) == few


def calls(act: Callable[[], object]) -> int:
    """How many functions an act that is warm calls: what it costs, and no machine's speed is in it."""
    counted = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event in {"call", "c_call"}

    for _time in range(2):
        act()
    sys.setprofile(count)
    try:
        act()
    finally:
        sys.setprofile(None)
    return counted


def test_five_hundred_rules_take_the_statements_of_twenty(bench: inside.Api) -> None:
    ticket = made(bench)
    acts = (bench.create, partial(bench.patch, ticket), partial(bench.preview, ticket))
    few, work = (hot(bench, ticket), pages(ticket)), [calls(act) for act in acts]

    office.more_silent(480)

    assert (hot(bench, ticket), pages(ticket)) == few
    # A preview says of each why it stays silent, which is all that grows; what has happened, nothing at all.
    many = [calls(act) for act in acts]
    assert [round(now / then, 1) for now, then in zip(many, work, strict=True)][:2] == [1.0, 1.0]
    assert many[2] <= 1.5 * work[2]


def test_a_long_log_takes_the_statements_of_a_short_one(bench: inside.Api) -> None:
    ticket = made(bench)
    few = hot(bench, ticket), pages(ticket)

    talk(bench, ticket, to=LONG)

    assert (hot(bench, ticket), pages(ticket)) == few


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def ways(statements: list[str]) -> list[tuple[str, int]]:
    """How each statement about the log finds its rows: the index, and how many rows it looked at."""
    found = []
    for sql in statements:
        if 'FROM "tickets_transaction"' not in sql and "FROM tickets_transaction" not in sql:
            continue
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
            (answer,) = cursor.fetchone()
        ((plan,),) = (json.loads(answer) if isinstance(answer, str) else answer,)
        found += [
            (node.get("Index Name", node["Node Type"]), looked_at(node))
            for node in nodes(plan["Plan"])
            if node.get("Relation Name") == "tickets_transaction"
        ]
    return found


def looked_at(node: dict[str, Any]) -> int:
    each = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    return int(each * node["Actual Loops"])


def test_parts_of_a_long_log_are_read_by_its_index_and_no_further(bench: inside.Api) -> None:
    ticket = made(bench)
    talk(bench, ticket, to=LONG)
    others(ticket)
    client, key = desk(), f"TKT-{ticket:04}"
    acts: dict[str, tuple[Callable[[], object], int]] = {
        "as it began": (lambda: bench.send("GET", f"tickets/{ticket}?at=2"), 2),
        "as it was soon": (lambda: bench.send("GET", f"tickets/{ticket}?at=40"), 40),
        "log": (lambda: bench.send("GET", f"tickets/{ticket}/transactions?page_size=5"), 7),
        "newest": (
            lambda: bench.send("GET", f"tickets/{ticket}/transactions?page_size=5&order=-seq"),
            7,
        ),
        "page": (lambda: client.get(f"/tickets/{key}"), 51),
        "oldest first": (lambda: client.get(f"/tickets/{key}?order=oldest"), 51),
        "further down": (lambda: client.get(f"/tickets/{key}?past=500"), 51),
        "page of the past": (lambda: client.get(f"/tickets/{key}?at=3"), 51),
    }
    for name, (act, most) in acts.items():
        found = ways(asked(act))
        looked = [rows for _index, rows in found]
        assert looked
        assert {index for index, _rows in found} <= BY_TICKET, (name, found)
        # The count beside a part of the API's log looks at all of it, up to its cap.
        assert min(looked) <= most, (name, found)


def others(ticket: int) -> None:
    """Twenty thousand entries of a neighbour, so that reading all would be dear."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO tickets_transaction (ticket_id, seq, type, field, data, creator_id, created_at, batch, digest)
            SELECT ticket_id - 1, 100 + n, type, field, data, creator_id, created_at, batch, ''
            FROM tickets_transaction, generate_series(1, 20000) AS n WHERE ticket_id = %s AND seq = 1
            """,
            [ticket],
        )
        cursor.execute("ANALYZE tickets_transaction")
