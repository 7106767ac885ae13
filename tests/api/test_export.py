"""/api/tickets/export.csv and .xlsx."""

import csv
import io
import json
import zipfile
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tessera.accounts.models import ApiToken, User
from tests.api.caller import Caller, error
from tests.people import grant
from tickets import export
from tickets.models import Queue

PATHS = ("/api/tickets/export.csv", "/api/tickets/export.xlsx")


def rows(answer: Any) -> list[list[str]]:
    text = b"".join(answer.streaming_content).decode()
    return list(csv.reader(io.StringIO(text, newline="")))


def test_a_csv_is_a_download_with_its_length(api: Caller, ticket: int) -> None:
    answer = api.get("/api/tickets/export.csv?columns=key,subject&order=-id")

    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert answer["Content-Disposition"].startswith('attachment; filename="tickets-2')
    assert answer["X-Content-Type-Options"] == "nosniff"
    content = b"".join(answer.streaming_content)
    assert content == f"Key,Subject\r\nTKT-{ticket:04d},Printer on fire\r\n".encode()
    assert int(answer["Content-Length"]) == len(content)


def test_a_sheet_is_one_that_can_be_opened(api: Caller, ticket: int) -> None:
    answer = api.get("/api/tickets/export.xlsx")
    content = b"".join(answer.streaming_content)

    assert answer["Content-Type"].startswith("application/vnd.openxmlformats-")
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert book.testzip() is None
        assert b"Printer on fire" in book.read("xl/worksheets/sheet1.xml")


def test_a_query_an_order_or_a_view_says_what_is_exported(api: Caller, ticket: int) -> None:
    other = api.post("/api/tickets", {"subject": "Water", "queue": "support"}).json()["ticket"]
    view = api.post(
        "/api/views",
        {"name": "x", "query": "Subject LIKE water", "columns": ["id", "cf.severity"]},
    ).json()["id"]

    asked = rows(api.get("/api/tickets/export.csv?q=Subject+LIKE+fire&columns=id"))
    assert asked == [["ID"], [str(ticket)]]
    shown = rows(api.get(f"/api/tickets/export.csv?view={view}"))
    assert shown == [["ID", "Severity"], [str(other["id"]), ""]]
    api.delete(f"/api/custom-fields/{field_id(api, 'severity')}")
    assert rows(api.get(f"/api/tickets/export.csv?view={view}"))[0] == ["ID"]


def field_id(api: Caller, key: str) -> int:
    listed = api.get("/api/custom-fields").json()["results"]
    return next(int(field["id"]) for field in listed if field["key"] == key)


@pytest.mark.parametrize("path", PATHS)
def test_what_the_query_names_that_there_is_not_stands_in_a_header(
    api: Caller, ticket: int, path: str
) -> None:
    answer = api.get(f"{path}?q=Queue+%3D+Suport+OR+Status+%3D+'gr%C3%B6%C3%9Fer'")
    told = answer["X-Tessera-Warnings"]

    assert told.isascii()
    assert json.loads(told) == [
        "there is no queue 'Suport'; did you mean 'Support'?",
        "no lifecycle has a status 'größer'",
    ]
    assert "X-Tessera-Warnings" not in api.get(f"{path}?q=Queue+%3D+Support")


def test_a_header_holds_no_more_warnings_than_headers_may(api: Caller, ticket: int) -> None:
    query = "Queue IN (" + ",".join(f"'none {number}'" for number in range(900)) + ")"
    told = api.get("/api/tickets/export.csv?" + urlencode({"q": query}))["X-Tessera-Warnings"]

    assert len(told) <= 4_000
    assert json.loads(told)[0].startswith("there is no queue 'none 0'")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("asked", "code", "fields"),
    [
        ("?q=Nonsense+%3D+1", "query_invalid", set()),
        ("?columns=nonsense&order=nonsense", "invalid", {"columns", "order"}),
        ("?columns=", "invalid", {"columns"}),
        ("?columns=id,id", "invalid", {"columns"}),
        ("?view=987654321", "invalid", {"view"}),
        ("?view=1&q=&columns=id&order=id", "invalid", {"q", "columns", "order"}),
        ("?nonsense=1&view=x", "invalid", {"nonsense", "view"}),
    ],
)
def test_what_is_wrong_is_told_before_the_first_byte(
    api: Caller, ticket: int, path: str, asked: str, code: str, fields: set[str]
) -> None:
    found = error(api.get(path + asked))
    assert (found[0], found[1], set(found[2])) == (400, code, fields)


@pytest.mark.parametrize("path", PATHS)
def test_a_failure_on_the_way_is_an_error_and_never_half_a_file(
    api: Caller, ticket: int, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.client.raise_request_exception = False

    def failing(_table: export.Table) -> Any:
        yield ["first"]
        raise OSError("the disk is full")

    monkeypatch.setattr(export.Table, "rows", failing)
    assert error(api.get(path))[:2] == (500, "server_error")


def test_a_view_that_one_does_not_see_is_like_one_that_is_not_there(
    api: Caller, stranger: Caller, ticket: int
) -> None:
    private = api.post("/api/views", {"name": "x"}).json()["id"]

    unseen = stranger.get(f"/api/tickets/export.csv?view={private}")
    missing = stranger.get("/api/tickets/export.csv?view=987654321")

    assert unseen.status_code == 400
    assert unseen.content == missing.content


def test_everybody_gets_the_tickets_that_he_may_see(
    api: Caller, stranger: Caller, ticket: int, support: Queue
) -> None:
    api.post("/api/queues", {"name": "Secret"})
    api.post("/api/tickets", {"subject": "x", "queue": "Secret"})
    user = User.objects.create_user("lea", email="lea@example.com")
    grant("agent", user=user, queue=support)
    agent = Caller(ApiToken.issue(user))

    path = "/api/tickets/export.csv?columns=id"
    assert [len(rows(caller.get(path))) - 1 for caller in (api, agent, stranger)] == [2, 1, 0]


@pytest.mark.parametrize("number", [1, 3])
def test_an_export_costs_the_same_for_one_ticket_and_for_three(
    api: Caller, ticket: int, number: int
) -> None:
    for place in range(1, number):
        api.post("/api/tickets", {"subject": f"{place}", "queue": "support"})
    api.get("/api/tickets/export.csv")
    with CaptureQueriesContext(connection) as seen:
        answer = api.get("/api/tickets/export.csv?columns=key,owner,requestors,cf.tags")

    assert len(rows(answer)) == number + 1
    # Token, configuration, the transaction of the cursor with its limit (4), ids, configuration, tickets, watchers and
    # links, people.
    assert len(seen) == 11
