"""The page of the reports."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.http import urlencode

from tessera.accounts.models import User
from tessera.desk import reports as boards
from tessera.lib import clock
from tests.desk.conftest import MakeTickets
from tests.office import Office
from tickets import service
from tickets.models import Ticket
from tickets.reports import times

NOON = datetime(2026, 3, 11, 12, tzinfo=UTC)
MARK = re.compile(r'<a href="(/search[^"]+)" tabindex="-1"><title>[^<]*: (\d+) ')
NUMBER = re.compile(r'<td class="end"><a href="(/search[^"]+)">([\d,]+)</a>')


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    """It is noon on a Wednesday."""
    with clock.at(NOON):
        yield


def text(client: Client, **asked: str) -> str:
    answer = client.get("/reports/", asked)
    assert answer.status_code == 200
    return answer.content.decode()


def at_work(office: Office, make_tickets: MakeTickets) -> None:
    """Three tickets, of an hour, a day and forty days ago: the first answered, the second resolved."""
    first, second, third = make_tickets(3)
    for number, age in ((first, 1), (second, 24), (third, 960)):
        made = NOON - timedelta(hours=age)
        Ticket.objects.filter(pk=number).update(created_at=made)
    service.apply(first, {"message": {"type": "correspond", "content": "x"}}, actor=office.admin)
    for status in ("open", "resolved"):
        service.apply(second, {"status": status}, actor=office.admin)


def test_the_page_tells_what_came_and_what_waits_and_how_long(
    reader: Client, office: Office, make_tickets: MakeTickets
) -> None:
    at_work(office, make_tickets)

    page = text(reader)

    for told in (
        "2 created, 1 resolved.",
        "2 open, 0 of them past due.",
        "1 of 2 tickets answered.",
        "1 ticket resolved.",
        '<span class="n">1 h</span>',
        "First response: from the ticket’s creation to the first reply",
    ):
        assert told in page
    assert page.count('class="chart') == 4
    assert page.count("<caption") == 4
    assert "style=" not in page


def test_each_number_leads_to_a_list_of_just_as_many(
    reader: Client, office: Office, make_tickets: MakeTickets
) -> None:
    at_work(office, make_tickets)

    for asked in ({}, {"q": "Priority = 0 OR Queue = Support", "by": "owner"}, {"by": "priority"}):
        links = NUMBER.findall(text(reader, **asked))
        assert len(links) >= 10
        for address, number in links:
            listed = reader.get(unescape(address))
            assert listed.context["shown"].listing.count == int(number), unescape(address)


def test_each_drawn_mark_leads_to_a_list_of_just_as_many(
    reader: Client, office: Office, make_tickets: MakeTickets
) -> None:
    at_work(office, make_tickets)

    page = text(reader)

    for name, marks in (("flow", 3), ("backlog", 2)):
        drawn = MARK.findall(page.split(f'id="{name}-h"')[1].split("</figure>")[0])
        assert len(drawn) == marks
        for address, number in drawn:
            assert reader.get(unescape(address)).context["shown"].listing.count == int(number)
    times = MARK.findall(page.split('id="first-response-h"')[1].split("</figure>")[0])
    assert reader.get(unescape(times[0][0])).context["shown"].listing.count == 1


def test_each_report_is_offered_as_a_csv_of_what_is_shown(
    reader: Client, office: Office, make_tickets: MakeTickets
) -> None:
    at_work(office, make_tickets)

    page = text(reader, q="id > 0", since="2026-03-10", until="2026-03-10")

    paths = [unescape(path) for path in re.findall(r'href="(/api/reports/[^"]+)"', page)]
    files = [reader.get(path).content.decode().splitlines()[1:] for path in paths]
    assert files == [
        ["2026-03-10,1,0,1"],
        ["Support,1,0,0,1,0,2,0"],
        ["Support,1,0,,"],
        [],
    ]


def test_spans_end_today_and_keep_the_query(reader: Client, office: Office) -> None:
    page = text(reader, q="id > 0", by="owner")

    spans = re.findall(r'<a href="\?([^"]*)"( aria-current="true")?>(\d+) days', page)
    assert [(unescape(given), bool(now), int(days)) for given, now, days in spans] == [
        (urlencode({"q": "id > 0", "since": "2026-03-05", "by": "owner"}), False, 7),
        (urlencode({"q": "id > 0", "by": "owner"}), True, 14),
        (urlencode({"q": "id > 0", "since": "2025-12-12", "by": "owner"}), False, 90),
    ]


def test_what_is_wrong_stands_at_its_field(reader: Client, make_tickets: MakeTickets) -> None:
    make_tickets(1)

    page = text(reader, q="Nonsense = 1", since="2026-02-30", until="x")

    assert "must be a day such as 2026-03-31" in page
    assert page.count('aria-invalid="true"') == 3
    assert 'value="2026-02-30"' in page
    assert "unknown field &#x27;Nonsense&#x27;" in page
    assert "Created and resolved by day" not in page
    assert "the days end before they begin" in text(reader, since="2026-03-12", until="2026-03-10")


@pytest.mark.parametrize("query", ["Subject = '\x00'", "Subject = '\ud800'", "'", "x" * 20_000])
def test_no_query_breaks_the_page(reader: Client, query: str) -> None:
    page = reader.get(f"/reports/?q={urlencode({'': query.encode('utf-8', 'surrogatepass')})[1:]}")

    assert page.status_code == 200


def test_an_unknown_queue_is_warned_of(reader: Client, make_tickets: MakeTickets) -> None:
    make_tickets(1)

    page = text(reader, q="Queue = Nowhere")

    assert "Nowhere" in page.split('class="notice"')[1]
    assert "Loosen the query" in page


def test_a_stranger_is_told_nothing_of_what_he_may_not_see(
    stranger: Client, office: Office, make_tickets: MakeTickets
) -> None:
    at_work(office, make_tickets)

    page = text(stranger, q="id > 0 OR Queue = Support")

    assert "Nothing to count" in page
    assert "2 created" not in page
    assert NUMBER.findall(page) == []


def test_a_report_that_takes_too_long_is_said_and_the_rest_is_there(
    reader: Client, office: Office, make_tickets: MakeTickets, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work(office, make_tickets)
    slow = "SELECT part, 1.0::float8 AS seconds FROM found, pg_sleep(20)"
    monkeypatch.setattr(times, "_RESOLUTION", slow)
    monkeypatch.setattr(boards, "PATIENCE", 50)

    page = text(reader)

    assert "This report takes too long" in page
    assert "2 created, 1 resolved." in page


def test_when_the_page_has_taken_too_long_no_more_is_asked(
    reader: Client, make_tickets: MakeTickets, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_tickets(1)
    monkeypatch.setattr(boards, "_BUDGET", 0)

    with CaptureQueriesContext(connection) as seen:
        page = text(reader)

    assert page.count("took too long for this one") == 4
    assert not any("count(" in each["sql"].lower() for each in seen)


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_costs_the_same_for_one_ticket_and_for_three(
    reader: Client, make_tickets: MakeTickets, number: int
) -> None:
    make_tickets(number)
    reader.get("/reports/")

    with CaptureQueriesContext(connection) as seen:
        text(reader, by="owner")

    # Session, user, configuration; four limits of four statements each; what is counted (5) and the owners' names.
    assert len(seen) == 3 + 4 * 4 + 5 + 1


def test_a_chart_of_many_says_that_it_shows_the_largest(
    reader: Client, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boards, "_MOST_BARS", 1)
    monkeypatch.setattr(boards, "_MOST_LINES", 1)
    for queue in ("Support", "Support", "Other"):
        service.create({"queue": queue, "subject": "x"}, actor=office.admin)

    backlog = text(reader).split('id="backlog-h"')[1].split("</section>")[0]

    assert "Drawn are the 1 with the most tickets" in backlog
    assert "1 more is in the CSV." in backlog
    assert ">Other<" not in backlog


def test_days_are_the_readers_own(reader: Client, office: Office) -> None:
    User.objects.filter(username="root").update(time_zone="Pacific/Auckland")

    assert f'value="{date(2026, 3, 12)}"' in text(reader)
