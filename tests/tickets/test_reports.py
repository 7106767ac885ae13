"""Reports: exact numbers of a small office, whose clock is moved; for everybody of what he may see."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tessera.accounts.models import User
from tessera.lib import clock
from tessera.lib.errors import Invalid, QueryInvalid, QueryTooSlow
from tests.office import Office
from tests.people import grant, holder
from tickets import reports, service
from tickets.access import Actor
from tickets.reports import times
from tickets.reports.shape import Asked, Counted, Days, Row
from tickets.search import search

# A Wednesday.
NOON = datetime(2026, 3, 11, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WEEK = Days(date(2026, 3, 5), date(2026, 3, 11))


@pytest.fixture
def root(office: Office) -> Actor:
    """The administrator, under a configuration that knows all queues."""
    return Actor.of(User.objects.get(pk=office.admin.id))


def opened(office: Office, at: datetime, **values: Any) -> int:
    with clock.at(at):
        given = {"queue": "Support", "subject": "Printer", **values}
        return service.create(given, actor=office.admin).ticket.id


def said(number: int, at: datetime, actor: Actor, kind: str = "correspond") -> None:
    with clock.at(at):
        service.apply(number, {"message": {"type": kind, "content": "Hm"}}, actor=actor)


def moved(office: Office, number: int, at: datetime, *statuses: str) -> None:
    with clock.at(at):
        for status in statuses:
            service.apply(number, {"status": status}, actor=office.admin)


def count(name: str, actor: Actor, query: str = "", at: datetime = NOON, **asked: Any) -> Counted:
    with clock.at(at):
        return reports.report(name, Asked.of(query, actor, **asked)).counted


def numbers(rows: Counted) -> dict[str, Mapping[str, int | None]]:
    return {row.name: row.values for row in rows.rows}


def found(row: Row, column: str, actor: Actor, at: datetime = NOON) -> int:
    """How many tickets the query behind a number finds."""
    with clock.at(at):
        return search(row.queries[column], actor).rows.count()


def test_days_are_counted_with_those_that_have_nothing(office: Office, root: Actor) -> None:
    for ago in (0, 0, 2):
        opened(office, NOON - ago * DAY)
    moved(office, opened(office, NOON - 2 * DAY), NOON - DAY, "open", "resolved")
    opened(office, NOON - 20 * DAY)

    flow = count("flow", root, days=Days(date(2026, 3, 9), date(2026, 3, 11)))

    assert numbers(flow) == {
        "2026-03-09": {"created": 2, "resolved": 0, "net": 2},
        "2026-03-10": {"created": 0, "resolved": 1, "net": -1},
        "2026-03-11": {"created": 2, "resolved": 0, "net": 2},
    }
    assert flow.total.values == {"created": 4, "resolved": 1, "net": 3}


def test_reopened_and_deleted_tickets_are_not_resolved(office: Office, root: Actor) -> None:
    moved(office, opened(office, NOON), NOON, "open", "resolved", "open")
    moved(office, opened(office, NOON), NOON, "open", "deleted")

    flow = count("flow", root)

    assert flow.total.values == {"created": 1, "resolved": 0, "net": 1}


def test_days_begin_where_the_reader_lives(office: Office) -> None:
    User.objects.filter(username="root").update(time_zone="Pacific/Auckland")
    there = Actor.of(User.objects.get(username="root"))
    opened(office, datetime(2026, 3, 10, 10, 59, tzinfo=UTC))
    opened(office, datetime(2026, 3, 10, 11, 0, tzinfo=UTC))

    flow = count("flow", there, days=Days(date(2026, 3, 10), date(2026, 3, 11)))

    assert [row.values["created"] for row in flow.rows] == [1, 1]
    assert [found(row, "created", there) for row in flow.rows] == [1, 1]
    # It is noon in Greenwich, and past midnight in Auckland.
    assert count("flow", there).rows[-1].key == "2026-03-12"


def test_the_backlog_is_told_by_queue_and_age(office: Office, root: Actor) -> None:
    for age in (0, 1, 2, 10, 45, 400):
        opened(office, NOON - age * DAY)
    opened(office, NOON - DAY, queue="Other", due_at="2026-03-11T11:59:59Z")
    moved(office, opened(office, NOON - DAY), NOON, "open", "resolved")

    backlog = count("backlog", root)

    assert numbers(backlog) == {
        "Support": {
            "age_0": 2,
            "age_1": 1,
            "age_7": 1,
            "age_30": 1,
            "age_90": 1,
            "open": 6,
            "overdue": 0,
        },
        "Other": {
            "age_0": 1,
            "age_1": 0,
            "age_7": 0,
            "age_30": 0,
            "age_90": 0,
            "open": 1,
            "overdue": 1,
        },
    }
    assert backlog.total.values["open"] == 7
    assert count("backlog", root, days=WEEK).total.values["open"] == 4


def test_the_first_response_is_the_first_reply_of_who_is_no_requestor(
    office: Office, root: Actor
) -> None:
    maya = holder("maya", "ShowTicket", "ReplyToTicket", email="maya@example.com")
    number = opened(office, NOON - DAY, requestors=["Maya@example.com"])
    said(number, NOON - DAY + HOUR, Actor.of(maya))
    said(number, NOON - DAY + 2 * HOUR, office.admin, "comment")
    said(number, NOON - DAY + 3 * HOUR, office.admin)
    said(number, NOON - DAY + 4 * HOUR, office.admin)
    opened(office, NOON - DAY)

    response = count("first-response", root, days=WEEK)

    assert numbers(response) == {
        "Support": {
            "tickets": 2,
            "answered": 1,
            "median_seconds": 3 * 3600,
            "p90_seconds": 3 * 3600,
        }
    }


def test_percentiles_lie_between_the_times_that_were_taken(office: Office, root: Actor) -> None:
    for hours in (1, 2, 3, 4, 11):
        moved(office, opened(office, NOON - DAY), NOON - DAY + hours * HOUR, "open", "resolved")

    resolution = count("resolution", root, days=WEEK)

    assert resolution.total.values == {
        "tickets": 5,
        "median_seconds": 3 * 3600,
        "p90_seconds": round(8.2 * 3600),
    }


def test_times_are_told_by_owner_and_by_priority(office: Office, root: Actor) -> None:
    for hours, owner, priority in ((1, office.ann.pk, 20), (2, office.ann.pk, 21), (3, None, 0)):
        number = opened(office, NOON - DAY, owner_id=owner, priority=priority)
        said(number, NOON - DAY + hours * HOUR, office.admin)

    def medians(by: str) -> list[tuple[object, str, int, int | None]]:
        rows = count("first-response", root, days=WEEK, by=by).rows
        return [
            (row.key, row.name, found(row, "tickets", root), row.values["median_seconds"])
            for row in rows
        ]

    assert medians("owner") == [
        (office.ann.pk, "Ann", 2, 5400),
        (None, "Nobody", 1, 10800),
    ]
    assert medians("priority") == [
        (21, "21 to 40", 1, 7200),
        (1, "1 to 20", 1, 3600),
        (0, "0 (none given)", 1, 10800),
    ]


def test_nothing_is_measured_where_there_is_nothing(office: Office, root: Actor) -> None:
    for name in ("first-response", "resolution"):
        counted = count(name, root)
        assert counted.rows == []
        assert (counted.total.values["tickets"], counted.total.values["median_seconds"]) == (
            0,
            None,
        )
    assert count("backlog", root).rows == []
    assert len(count("flow", root).rows) == 14


@pytest.mark.parametrize("name", reports.REPORTS)
def test_every_query_behind_a_number_finds_just_as_many(
    office: Office, root: Actor, name: str
) -> None:
    for age in (0, 1, 3, 45):
        number = opened(office, NOON - age * DAY, priority=age, due_at="2026-03-11T12:00:00Z")
        said(number, NOON - age * DAY + HOUR, office.admin)
    moved(office, opened(office, NOON - 3 * DAY, queue="Other"), NOON, "open", "rejected")
    opened(office, NOON, subject="Else")

    for by in ("queue", "owner", "priority"):
        counted = count(name, root, "Subject = Printer OR Subject = x", days=WEEK, by=by)
        # A time is of those that were measured.
        of = dict.fromkeys(
            ("median_seconds", "p90_seconds"),
            "answered" if name == "first-response" else "tickets",
        )
        told = {
            (row.name, column): row.values[of.get(column, column)]
            for row in (*counted.rows, counted.total)
            for column in row.queries
        }
        assert told == {
            (row.name, column): found(row, column, root)
            for row in (*counted.rows, counted.total)
            for column in row.queries
        }
        assert any(told.values())


def test_everybody_is_told_of_what_he_may_see(office: Office, root: Actor) -> None:
    for queue in ("Support", "Other", "Other"):
        number = opened(office, NOON - DAY, queue=queue, requestors=["lea@example.com"])
        said(number, NOON - DAY + HOUR, office.admin)
        moved(office, number, NOON, "open", "resolved")
        opened(office, NOON - DAY, queue=queue)
    agent = User.objects.create_user("ada", email="ada@example.com")
    grant("agent", user=agent, queue=office.support)
    people = {
        "admin": root,
        "agent": Actor.of(agent),
        "requestor": Actor.of(User.objects.create_user("lea", email="lea@example.com")),
        "stranger": Actor.of(User.objects.create_user("sam", email="sam@example.com")),
    }

    def told(who: str) -> tuple[object, ...]:
        totals = {
            name: count(name, people[who], days=WEEK).total.values for name in reports.REPORTS
        }
        return (
            totals["flow"]["created"],
            totals["flow"]["resolved"],
            totals["backlog"]["open"],
            totals["first-response"]["answered"],
            totals["resolution"]["tickets"],
        )

    assert {who: told(who) for who in people} == {
        "admin": (6, 3, 3, 3, 3),
        "agent": (2, 1, 1, 1, 1),
        "requestor": (3, 3, 0, 3, 3),
        "stranger": (0, 0, 0, 0, 0),
    }
    assert [row.name for row in count("backlog", people["agent"]).rows] == ["Support"]


def test_a_query_narrows_and_what_is_wrong_with_it_is_told_at_its_place(
    office: Office, root: Actor
) -> None:
    opened(office, NOON)
    opened(office, NOON, subject="Else")

    assert count("flow", root, "Subject = else").total.values["created"] == 1
    with pytest.raises(QueryInvalid) as refused:
        Asked.of("Subject = else AND Nonsense = 1", root)
    assert refused.value.position == 19
    assert Asked.of("Queue = Nowhere", root).warnings != ()


def test_days_have_an_end_after_their_beginning_and_are_not_too_many() -> None:
    today = date(2026, 3, 11)

    assert Days.of(None, None, today=today) == Days(date(2026, 2, 26), today)
    assert Days.of(None, date(2026, 1, 14), today=today) == Days(
        date(2026, 1, 1), date(2026, 1, 14)
    )
    assert Days.of(date(2026, 3, 1), None, today=today) == Days(date(2026, 3, 1), today)
    for since, until, field in (
        (date(2026, 3, 12), None, "since"),
        (date(2026, 3, 12), today, "until"),
        (date(2025, 3, 10), today, "since"),
    ):
        with pytest.raises(Invalid) as refused:
            Days.of(since, until, today=today)
        assert list(refused.value.errors) == [field]
    assert len(Days.of(date(2025, 3, 11), today, today=today)) == 366


def test_a_report_that_takes_too_long_is_refused(
    office: Office, root: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = "SELECT part, 1.0::float8 AS seconds FROM found, pg_sleep(20)"
    monkeypatch.setattr(times, "_RESOLUTION", slow)
    moved(office, opened(office, NOON), NOON, "open", "resolved")

    with pytest.raises(QueryTooSlow), clock.at(NOON):
        reports.report("resolution", Asked.of("", root), patience=20)


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize(
    ("name", "statements"),
    [("flow", 2), ("backlog", 1), ("first-response", 2), ("resolution", 2)],
)
def test_a_report_costs_the_same_for_one_ticket_and_for_three(
    office: Office, root: Actor, name: str, statements: int, number: int
) -> None:
    for _place in range(number):
        ticket = opened(office, NOON - DAY, owner_id=office.ann.pk)
        moved(office, ticket, NOON, "open", "resolved")

    assert root.config.versions  # loaded once for each configuration
    with CaptureQueriesContext(connection) as seen:
        count(name, root, days=WEEK, by="owner")

    # Besides the transaction with its limit: four.
    assert len(seen) == statements + 4
