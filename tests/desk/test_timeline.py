"""Parts of a ticket's log, and why each entry is there."""

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from customfields.models import CustomField
from scrips import service as scrips
from tests.desk.conftest import MakeTickets
from tests.office import Office
from tests.people import holder
from tickets import config, service
from tickets.models import Transaction
from tickets.models.ticket import ticket_key


@pytest.fixture
def told(office: Office, make_tickets: MakeTickets) -> str:
    """The key of a ticket with a reply, a comment, a change, and a rule's change because of it."""
    rule = {
        "name": "Open is low",
        "condition_type": "OnStatusChange",
        "action_type": "SetCustomField",
        "action_config": {"field": "severity", "value": "low"},
    }
    scrips.save_scrip(None, rule, actor=office.admin)
    scrips.save_scrip(
        None,
        {**rule, "name": "Never at all", "condition_type": "OnResolve"},
        actor=office.admin,
    )
    (number,) = make_tickets(1)
    for kind in ("comment", "correspond"):
        message = {"type": kind, "content": f"a {kind}"}
        service.apply(number, {"message": message}, actor=office.admin)
    service.apply(number, {"status": "open"}, actor=office.admin)
    return ticket_key(number)


def shown(client: Client, key: str, query: str = "") -> list[str]:
    """The kinds of entries that stand on the page, from the top."""
    page = client.get(f"/tickets/{key}{query}").content.decode()
    talk = page.split('id="talk"')[1].split("</section>")[0]
    return re.findall(r'<li class="entry ?(\w*)"', talk)


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("", ["auto", "change", "", "", ""]),
        ("?show=conversation", ["", "", ""]),
        ("?show=changes", ["change"]),
        ("?show=automation", ["auto"]),
        ("?show=nonsense", ["auto", "change", "", "", ""]),
        ("?order=oldest", ["", "", "", "change", "auto"]),
        ("?past=3", ["", ""]),
        ("?order=oldest&past=3", ["change", "auto"]),
    ],
)
def test_log_is_read_by_kind_and_in_either_order(
    reader: Client, told: str, query: str, kinds: list[str]
) -> None:
    assert shown(reader, told, query) == kinds


def test_order_is_kept(reader: Client, told: str) -> None:
    shown(reader, told, "?order=oldest")

    assert shown(reader, told) == ["", "", "", "change", "auto"]


def test_field_that_was_deleted_keeps_its_name_in_the_log(
    reader: Client, make_tickets: MakeTickets, office: Office
) -> None:
    (number,) = make_tickets(1)
    service.apply(number, {"custom_fields": {"severity": "low"}}, actor=office.admin)
    service.apply(number, {"custom_fields": {"tags": ["a"]}}, actor=office.admin)
    CustomField.objects.filter(key="severity").update(disabled=True)
    CustomField.objects.filter(key="tags").update(name="Labels")

    page = reader.get(f"/tickets/{ticket_key(number)}").content.decode()

    assert "set Severity" in page
    assert "set Labels" in page
    assert "set severity" not in page


def test_who_may_not_know_of_rules_is_not_told_by_a_filter(told: str) -> None:
    client = Client()
    client.force_login(holder("lee", "ShowTicket"))

    assert shown(client, told, "?show=changes") == ["change", "change"]
    assert shown(client, told, "?show=automation") == shown(client, told)


def test_why_tells_the_chain_and_the_rules_that_stayed_silent(reader: Client, told: str) -> None:
    seq = Transaction.objects.get(type="StatusChange").seq

    part = reader.get(f"/tickets/{told}/why/{seq}", headers={"HX-Request": "true"})
    whole = reader.get(f"/tickets/{told}/why/{seq}")

    text = part.content.decode()
    chain, silent = text.split("Rules that did not act on it")
    assert re.search(r"root.*changed the status.*Open is low.*because.*set Severity", chain, re.S)
    assert "Never at all" in silent
    assert "Open is low" not in silent
    assert "<html" not in text
    assert "<html" in whole.content.decode()
    assert "Never at all" in whole.content.decode()


def test_why_is_for_those_who_may_know_of_rules(told: str, stranger: Client) -> None:
    client = Client()
    client.force_login(holder("lee", "ShowTicket"))

    assert client.get(f"/tickets/{told}/why/1").status_code == 403
    assert stranger.get(f"/tickets/{told}/why/1").status_code == 404
    assert f"/tickets/{told}/why/" not in client.get(f"/tickets/{told}").content.decode()


def test_why_of_a_comment_is_for_those_who_see_comments(told: str) -> None:
    seq = Transaction.objects.get(type="Comment").seq
    client = Client()
    client.force_login(holder("lee", "ShowTicket", "ShowOutgoingMail"))

    assert client.get(f"/tickets/{told}/why/{seq}").status_code == 404


@pytest.mark.parametrize("seq", [0, 99, 10**18])
def test_why_of_nothing_is_404(reader: Client, told: str, seq: int) -> None:
    assert reader.get(f"/tickets/{told}/why/{seq}").status_code == 404


@pytest.mark.parametrize("query", ["", "?show=conversation", "?show=automation", "?order=oldest"])
@pytest.mark.parametrize("count", [1, 120])
def test_page_takes_the_same_statements_however_long_the_log(
    reader: Client,
    office: Office,
    make_tickets: MakeTickets,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    count: int,
    query: str,
) -> None:
    (number,) = make_tickets(1)
    for priority in range(1, count + 1):
        service.apply(number, {"priority": priority % 100 + 1}, actor=office.admin)
    config.current()

    # The last notes that it was read, once the page is sent.
    with django_assert_max_num_queries(11):
        reader.get(f"/tickets/{ticket_key(number)}{query}")
