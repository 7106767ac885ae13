"""How many statements the hot requests take: the configuration of `make bench`, twenty rules of which three fire."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scrips import wakes
from tests.bench import inside, office
from tests.office import Office
from tickets import service

# A change of these numbers is a decision: docs/performance.md and the budgets name them.
STATEMENTS = {"create": 7, "patch": 9, "preview": 12, "read": 4, "list": 5}


@pytest.mark.parametrize("what", STATEMENTS)
def test_a_hot_request_takes_a_known_number_of_statements(db: None, what: str) -> None:
    api = inside.Api(office.build())
    with wakes.held():
        first = api.create()["ticket"]["id"]
        api.create()  # what is no longer than a page needs no count
        calls: dict[str, Callable[[], Any]] = {
            "create": api.create,
            "patch": lambda: api.patch(first),
            "preview": lambda: api.preview(first),
            "read": lambda: api.send("GET", f"tickets/{first}"),
            "list": lambda: api.send("GET", "tickets?order=-updated_at,id&page_size=1"),
        }
        calls[what]()
        with CaptureQueriesContext(connection) as seen:
            calls[what]()
    sql = [found["sql"] for found in seen.captured_queries]
    # Here BEGIN and COMMIT are a savepoint and its release; a rollback takes the release besides.
    assert len(sql) == STATEMENTS[what], "\n".join(text[:90] for text in sql)


def test_changes_of_plain_columns_share_their_statement(office: Office) -> None:
    ticket = service.create({"queue": "Support", "subject": "x"}, actor=office.admin).ticket
    written: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        if 'UPDATE "tickets_ticket"' in sql:
            written.append(sql)
        return execute(sql, *rest)

    alike = (
        {"priority": 5},
        {"due_at": "2030-01-01T00:00:00Z"},
        {"owner_id": office.ann.pk},
        {"status": "open"},
        {"priority": 6, "due_at": None},
    )
    with connection.execute_wrapper(note):
        for change in alike:
            service.apply(ticket.id, change, actor=office.admin)
        service.apply(ticket.id, {"subject": "y"}, actor=office.admin)
        service.apply(ticket.id, {"custom_fields": {"severity": "low"}}, actor=office.admin)

    assert len(written) == len(alike) + 2
    # Each is kept planned by every connection.
    assert len(set(written)) == 3
