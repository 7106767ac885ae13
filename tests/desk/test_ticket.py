"""The page of a ticket."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from customfields.models import CustomField
from scrips import service as scrips
from tests.desk.conftest import MakeTickets
from tests.office import Office
from tests.people import holder
from tickets import config, service
from tickets.models.ticket import ticket_key


def change(ticket_id: int, office: Office, **values: Any) -> None:
    service.apply(ticket_id, values, actor=office.admin)


def test_ticket_tells_its_conversation_and_changes_in_words(
    reader: Client, office: Office, make_tickets: MakeTickets
) -> None:
    (number,) = make_tickets(1)
    change(number, office, status="open", priority=40, custom_fields={"severity": "low"})
    change(number, office, message={"type": "comment", "content": "Only for us."})

    page = reader.get(f"/tickets/{ticket_key(number)}").content.decode()

    assert "opened this ticket in Support" in page
    assert "set the priority" in page
    assert "set Severity" in page
    assert "changed the status" in page
    assert "Internal comment" in page


def test_value_that_went_with_its_field_out_of_sight_is_told_with_the_reason(
    reader: Client, office: Office, make_tickets: MakeTickets
) -> None:
    rule = {"field": "severity", "values": ["high"]}
    CustomField.objects.filter(key="tags").update(show_when=rule)
    (number,) = make_tickets(1)
    change(number, office, custom_fields={"severity": "high", "tags": ["a"]})
    change(number, office, custom_fields={"severity": "low"})

    page = reader.get(f"/tickets/{ticket_key(number)}").content.decode()

    assert "cleared Tags, which Severity hides now" in page


def test_markup_that_users_wrote_is_shown_as_text(
    reader: Client, office: Office, make_tickets: MakeTickets
) -> None:
    (number,) = make_tickets(1)
    html = {"content": "<p>Hi</p><script>alert(1)</script>", "content_type": "text/html"}
    change(number, office, subject="<i>odd</i>", message={"type": "correspond", **html})

    page = reader.get(f"/tickets/{ticket_key(number)}").content.decode()

    assert "It prints &lt;b&gt;nothing&lt;/b&gt;." in page
    assert "&lt;i&gt;odd&lt;/i&gt;" in page
    assert "alert(1)" not in page


def test_what_a_rule_did_is_folded_under_its_name(
    reader: Client, office: Office, make_tickets: MakeTickets
) -> None:
    rule = {
        "name": "Open is high",
        "condition_type": "OnStatusChange",
        "action_type": "SetCustomField",
        "action_config": {"field": "severity", "value": "low"},
    }
    scrips.save_scrip(None, rule, actor=office.admin)
    (number,) = make_tickets(1)
    change(number, office, status="open")

    page = reader.get(f"/tickets/{ticket_key(number)}").content.decode()

    assert "<b>Open is high</b> set Severity" in page


def test_page_leads_only_where_the_administration_lets_its_reader_in(
    office: Office, make_tickets: MakeTickets
) -> None:
    rule = {
        "name": "Open is high",
        "condition_type": "OnStatusChange",
        "action_type": "SetCustomField",
        "action_config": {"field": "severity", "value": "low"},
    }
    made = scrips.save_scrip(None, rule, actor=office.admin)
    (number,) = make_tickets(1)
    change(number, office, status="open")
    log = f"/admin/tickets/ticket/{number}/change/"
    scrip = f"/admin/scrips/scrip/{made.pk}/change/"
    ways = {}
    for name, rights in {
        "lou": ["SuperUser"],
        "lea": ["ShowTicket", "ShowOutgoingMail", "AdminScrips"],
        "lin": ["ShowTicket", "ShowOutgoingMail", "AdminQueue"],
        "lux": ["ShowTicket", "ShowOutgoingMail"],
    }.items():
        client = Client()
        client.force_login(holder(name, *rights))
        page = client.get(f"/tickets/{ticket_key(number)}").content.decode()
        linked = {way for way in (log, scrip) if f'href="{way}"' in page}
        assert linked == {way for way in (log, scrip) if client.get(way).status_code == 200}
        ways[name] = linked

    assert ways == {"lou": {log, scrip}, "lea": {scrip}, "lin": set(), "lux": set()}


@pytest.mark.parametrize("key", ["TKT-9999", "TKT-0", "nonsense", "99999999999999999999"])
def test_what_is_no_ticket_is_404(reader: Client, key: str) -> None:
    assert reader.get(f"/tickets/{key}").status_code == 404


def test_stranger_learns_nothing_of_a_ticket(stranger: Client, make_tickets: MakeTickets) -> None:
    (number,) = make_tickets(1)

    missing = stranger.get("/tickets/TKT-9999")
    hidden = stranger.get(f"/tickets/{ticket_key(number)}")

    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert b"Printer" not in hidden.content


def test_other_spellings_of_a_key_lead_to_the_one(
    reader: Client, make_tickets: MakeTickets
) -> None:
    (number,) = make_tickets(1)

    answer = reader.get(f"/tickets/{number}")
    asked = reader.get(f"/tickets/{number}?as=comment&quote=1")

    assert answer.status_code == asked.status_code == 301
    assert answer["Location"] == f"/tickets/{ticket_key(number)}"
    assert asked["Location"] == f"/tickets/{ticket_key(number)}?as=comment&quote=1"


def test_long_log_comes_in_parts(reader: Client, office: Office, make_tickets: MakeTickets) -> None:
    (number,) = make_tickets(1)
    for priority in range(1, 51):
        change(number, office, priority=priority)

    newest = reader.get(f"/tickets/{ticket_key(number)}").content.decode()
    oldest = reader.get(f"/tickets/{ticket_key(number)}", {"past": "2"}).content.decode()

    assert newest.count('class="entry') == 50
    assert "past=2" in newest
    assert oldest.count('class="entry') == 1
    assert "opened this ticket" in oldest


@pytest.mark.parametrize("count", [1, 3])
def test_ticket_takes_eleven_statements_however_long_its_log(
    reader: Client,
    office: Office,
    make_tickets: MakeTickets,
    django_assert_num_queries: DjangoAssertNumQueries,
    count: int,
) -> None:
    (number,) = make_tickets(1)
    for priority in range(1, count + 1):
        change(number, office, priority=priority)
    config.current()

    # session, user, ticket, its watchers and links, configuration's number, people, log, messages, their files,
    # what waits to be sent; that it was read
    with django_assert_num_queries(11):
        reader.get(f"/tickets/{ticket_key(number)}")


def test_times_are_in_the_zone_of_the_reader(
    reader: Client, office: Office, make_tickets: MakeTickets
) -> None:
    from datetime import UTC, datetime

    from tessera.accounts.models import User
    from tessera.lib import clock

    User.objects.filter(username="root").update(time_zone="Asia/Tokyo")
    with clock.at(datetime(2026, 11, 20, 20, 0, tzinfo=UTC)):
        (number,) = make_tickets(1)

    page = reader.get(f"/tickets/{ticket_key(number)}").content.decode()

    assert "21 November 2026, 05:00" in page
