"""A ticket as it was."""

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from customfields.models import CustomField
from tests.desk.conftest import MakeTickets
from tests.office import Office
from tests.people import holder
from tickets import config, service
from tickets.models.ticket import ticket_key


def then(client: Client, number: int, at: object) -> str:
    return str(client.get(f"/tickets/{ticket_key(number)}?at={at}").content.decode())


def test_past_is_shown_with_what_a_step_changed_and_nothing_to_change(
    reader: Client, make_tickets: MakeTickets, office: Office
) -> None:
    (number,) = make_tickets(1)
    for change in ({"priority": 40}, {"custom_fields": {"severity": "low"}}, {"priority": 90}):
        service.apply(number, change, actor=office.admin)

    page = then(reader, number, 3)

    assert "3 of 4" in page
    assert re.search(r"<dt>Severity</dt><dd data-changed>low</dd>", page)
    assert page.count("data-changed") == 1
    assert "low" in page
    assert "40" in page.split('id="facts"')[1]
    assert "90" not in page.split('id="facts"')[1].split("Created")[0]
    assert 'rel="prev" href="/tickets/' in page
    assert 'method="post" action="/tickets' not in page
    assert 'id="reply"' not in page


def test_past_has_the_values_of_fields_that_were_deleted_since(
    reader: Client, make_tickets: MakeTickets, office: Office
) -> None:
    (number,) = make_tickets(1)
    service.apply(number, {"custom_fields": {"severity": "low"}}, actor=office.admin)
    CustomField.objects.filter(key="severity").update(disabled=True)

    assert re.search(r"<dt>Severity</dt><dd data-changed>low</dd>", then(reader, number, 2))
    assert "<dt>Severity</dt>" not in reader.get(f"/tickets/{ticket_key(number)}").content.decode()


def test_steps_are_those_that_the_reader_may_see_now(
    make_tickets: MakeTickets, office: Office
) -> None:
    (number,) = make_tickets(1)
    note = {"type": "comment", "content": "Among ourselves"}
    service.apply(number, {"message": note}, actor=office.admin)
    service.apply(number, {"priority": 40}, actor=office.admin)
    client = Client()
    client.force_login(holder("kim", "ShowTicket"))

    at_comment, last = then(client, number, 2), then(client, number, 3)

    assert "Among ourselves" not in at_comment + last
    assert "1 of 3" in at_comment
    assert f'rel="prev" href="/tickets/{ticket_key(number)}?at=1"' in last


def test_log_ends_at_the_step_in_whatever_order_it_is_read(
    reader: Client, make_tickets: MakeTickets, office: Office
) -> None:
    (number,) = make_tickets(1)
    service.apply(number, {"priority": 40}, actor=office.admin)
    reader.get(f"/tickets/{ticket_key(number)}?order=oldest")

    page = then(reader, number, 1)

    assert page.count('class="entry') == 1
    assert "set the priority" not in page


@pytest.mark.parametrize("at", ["", "x", "0", "-1", "9" * 30])
def test_point_that_there_is_not_leads_to_the_ticket_or_its_last_step(
    reader: Client, make_tickets: MakeTickets, at: str
) -> None:
    (number,) = make_tickets(1)

    answer = reader.get(f"/tickets/{ticket_key(number)}", {"at": at})

    assert answer.status_code in {200, 302}


def test_stranger_sees_no_past(stranger: Client, make_tickets: MakeTickets) -> None:
    (number,) = make_tickets(1)

    assert stranger.get(f"/tickets/{ticket_key(number)}?at=1").status_code == 404


@pytest.mark.parametrize("count", [1, 40])
def test_past_takes_one_number_of_statements_however_long_the_log(
    reader: Client,
    office: Office,
    make_tickets: MakeTickets,
    django_assert_num_queries: DjangoAssertNumQueries,
    count: int,
) -> None:
    (number,) = make_tickets(1)
    for priority in range(1, count + 1):
        service.apply(number, {"priority": priority}, actor=office.admin)
    config.current()

    # session, user, ticket, watchers and links, configuration's number; three neighbours, the event with its person
    # (2), the log; people, timeline, messages, their files
    with django_assert_num_queries(15):
        reader.get(f"/tickets/{ticket_key(number)}?at={count + 1}")
