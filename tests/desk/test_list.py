"""The list of tickets."""

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tessera.desk import listing
from tests.desk.conftest import MakeTickets
from tests.office import Office
from tickets import config
from tickets.models import Ticket

SUBJECT = re.compile(r"Printer \d+")


def test_visitor_is_sent_to_the_login_and_back(client: Client, db: None) -> None:
    answer = client.get("/")

    assert answer.status_code == 302
    assert answer["Location"] == "/login?next=/"


def test_list_shows_newest_activity_first(reader: Client, make_tickets: MakeTickets) -> None:
    make_tickets(3)

    page = reader.get("/").content.decode()

    assert SUBJECT.findall(page) == ["Printer 2", "Printer 1", "Printer 0"]
    assert "maya@example.com, Support" in page


def test_stranger_sees_no_ticket_and_is_told_whom_to_ask(
    stranger: Client, make_tickets: MakeTickets
) -> None:
    make_tickets(2)

    page = stranger.get("/").content.decode()

    assert SUBJECT.findall(page) == []
    assert "ask whoever runs this Tessera" in page


def test_empty_list_says_how_to_open_the_first_ticket(reader: Client) -> None:
    page = reader.get("/").content.decode()

    assert "/api/tickets" in page
    assert "Make a token" in page


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_six_statements_whatever_it_shows(
    reader: Client,
    make_tickets: MakeTickets,
    django_assert_num_queries: DjangoAssertNumQueries,
    count: int,
) -> None:
    make_tickets(count)
    config.current()

    # session, user, tickets, configuration's number, watchers and links, people
    with django_assert_num_queries(6):
        reader.get("/")


def test_pages_hold_every_ticket_once(office: Office, make_tickets: MakeTickets) -> None:
    ids = make_tickets(7)
    same = Ticket.objects.get(pk=ids[0]).updated_at
    Ticket.objects.filter(pk__in=ids[2:5]).update(updated_at=same)

    seen: list[int] = []
    page = listing.newest(office.admin, size=2)
    seen += [line.state.id for line in page.lines]
    while page.older is not None:
        page = listing.newest(office.admin, after=page.older, size=2)
        seen += [line.state.id for line in page.lines]

    assert seen == list(Ticket.objects.order_by("-updated_at", "id").values_list("pk", flat=True))


def test_mark_that_is_not_ours_begins_at_the_top(reader: Client, make_tickets: MakeTickets) -> None:
    make_tickets(1)

    answer = reader.get("/", {"after": "WzEsMl0:forged"})

    assert SUBJECT.findall(answer.content.decode()) == ["Printer 0"]
