"""/api/reports."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest

from tessera.lib import clock
from tests.api.caller import Caller, error
from tickets.models import Queue, Ticket


@pytest.fixture
def answered(api: Caller, ticket: int) -> int:
    """A ticket that was made an hour ago and answered just now."""
    made = clock.now() - timedelta(hours=1)
    Ticket.objects.filter(pk=ticket).update(created_at=made)
    api.post(f"/api/tickets/{ticket}/reply", {"content": "It is off."})
    return ticket


def lines(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode(), newline="")))


def test_a_report_tells_its_numbers_and_the_queries_behind_them(
    api: Caller, support: Queue, answered: int
) -> None:
    body = api.get("/api/reports/backlog?q=Subject+LIKE+fire").json()

    assert body["name"] == "backlog"
    assert body["query"] == "Subject LIKE fire"
    assert (body["since"], body["until"], body["time_zone"]) == (None, None, "UTC")
    assert [column["name"] for column in body["columns"]] == [
        *("age_0", "age_1", "age_7", "age_30", "age_90", "open", "overdue"),
    ]
    (row,) = body["rows"]
    assert (row["key"], row["name"]) == (support.pk, "Support")
    assert row["values"]["age_0"] == row["values"]["open"] == 1
    assert (
        row["queries"]["open"]
        == "(Subject LIKE fire) AND Queue = 'Support' AND Status = '__Active__'"
    )
    assert body["total"]["values"] == row["values"]
    for query in (*row["queries"].values(), *body["total"]["queries"].values()):
        assert api.post("/api/tickets/search", {"query": query}).status_code == 200


def test_times_are_in_seconds(api: Caller, answered: int) -> None:
    body = api.get("/api/reports/first-response").json()

    (row,) = body["rows"]
    assert row["values"]["answered"] == 1
    assert row["values"]["median_seconds"] == pytest.approx(3600, abs=60)
    assert [column["name"] for column in body["columns"] if column["seconds"]] == [
        *("median_seconds", "p90_seconds"),
    ]


def test_a_report_is_also_a_csv(api: Caller, answered: int) -> None:
    day = Ticket.objects.get(pk=answered).created_at.date()
    answer = api.get(f"/api/reports/flow.csv?since={day}&until={day}")

    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert answer["Content-Disposition"].startswith('attachment; filename="flow-2')
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert lines(answer) == [["Day", "Created", "Resolved", "Net"], [f"{day}", "1", "0", "1"]]
    assert lines(api.get("/api/reports/resolution.csv")) == [
        ["Queue", "Tickets", "Median, seconds", "90% within, seconds"],
    ]


def test_a_name_that_a_spreadsheet_would_run_stands_behind_a_quote(api: Caller) -> None:
    api.post("/api/queues", {"name": "=HYPERLINK(1)"})
    api.post("/api/tickets", {"subject": "x", "queue": "=HYPERLINK(1)"})

    assert lines(api.get("/api/reports/backlog.csv"))[1][0] == "'=HYPERLINK(1)"


@pytest.mark.parametrize("ending", ["", ".csv"])
@pytest.mark.parametrize(
    ("asked", "code", "fields"),
    [
        ("?q=Nonsense+%3D+1", "query_invalid", set()),
        ("?since=yesterday&until=2026-02-30&by=mood", "invalid", {"since", "until", "by"}),
        ("?since=0001-01-01", "invalid", {"since"}),
        ("?until=9999-12-31", "invalid", {"until"}),
        ("?since=2026-03-02&until=2026-03-01", "invalid", {"until"}),
        ("?since=2020-01-01&until=2026-03-01", "invalid", {"since"}),
        ("?nonsense=1", "invalid", {"nonsense"}),
    ],
)
def test_what_is_wrong_is_told(
    api: Caller, asked: str, code: str, fields: set[str], ending: str
) -> None:
    found = error(api.get(f"/api/reports/flow{ending}{asked}"))
    assert (found[0], found[1], set(found[2])) == (400, code, fields)


@pytest.mark.parametrize("name", ["none", "flow.xlsx", "Flow", "none.csv"])
def test_a_report_that_there_is_not_is_not_found(api: Caller, name: str) -> None:
    assert error(api.get(f"/api/reports/{name}"))[:2] == (404, "not_found")


@pytest.mark.parametrize("day", ["1900-01-01", "9999-12-29"])
def test_the_first_and_the_last_day_can_be_asked_for_in_every_zone(api: Caller, day: str) -> None:
    me = api.get("/api/me").json()["id"]
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12"):
        api.patch(f"/api/users/{me}", {"time_zone": zone})
        for name in ("flow", "backlog", "first-response", "resolution"):
            answer = api.get(f"/api/reports/{name}?until={day}")
            assert (answer.status_code, answer.json()["until"]) == (200, day)
