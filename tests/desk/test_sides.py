"""The side of a ticket's page, edited in place, by two people at once too."""

import re
from typing import Any

import pytest
from django.test import Client

from customfields.models import CustomField
from lifecycles.models import Lifecycle
from tessera.accounts.models import User
from tests.desk.conftest import MakeTickets
from tests.office import Office
from tests.people import holder
from tickets import config, service
from tickets.models import Link, Queue, Ticket, Transaction
from tickets.models.ticket import ticket_key
from tickets.state import TicketState, fetch


def state(number: int) -> TicketState:
    return fetch([number])[number]


def edit(client: Client, number: int, name: str, **values: Any) -> Any:
    form = {"version": state(number).version, **values}
    return client.post(f"/tickets/{ticket_key(number)}/edit/{name}", form)


def people(**values: Any) -> dict[str, Any]:
    held = {"owner": "ann", "requestors": "maya@example.com", "cc": "", "admin_cc": ""}
    return held | values


def basics(number: int, office: Office, **values: Any) -> dict[str, Any]:
    now = state(number)
    held = {"subject": now.subject, "queue": now.queue_id, "priority": now.priority, "due": ""}
    return held | values


def test_people_are_named_by_username_and_address(
    reader: Client, make_tickets: MakeTickets
) -> None:
    (number,) = make_tickets(1)

    edit(reader, number, "people", **people(owner="ROOT", cc="tomas@example.com, a@example.com"))

    now = state(number)
    assert now.watchers["cc"] == ("tomas@example.com", "a@example.com")
    assert now.owner_id != Ticket(pk=number).owner_id
    assert Transaction.objects.filter(ticket=number, field="owner").count() == 1


def test_what_is_left_alone_is_no_change(reader: Client, make_tickets: MakeTickets) -> None:
    (number,) = make_tickets(1)

    answer = edit(reader, number, "people", **people())

    assert answer.status_code == 302
    assert Transaction.objects.filter(ticket=number).count() == 1


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"owner": "nobody-of-this-name"}, "No user of that name can own tickets of this queue"),
        ({"cc": "no address"}, "f_cc_error"),
    ],
)
def test_fault_stands_at_its_field(
    reader: Client, make_tickets: MakeTickets, given: dict[str, str], told: str
) -> None:
    (number,) = make_tickets(1)

    page = edit(reader, number, "people", **people(**given)).content.decode()

    assert told in page
    assert Transaction.objects.filter(ticket=number).count() == 1


def test_what_is_wrong_by_the_form_and_by_the_door_is_told_at_once(
    reader: Client, make_tickets: MakeTickets
) -> None:
    (number,) = make_tickets(1)
    given = people(owner="nobody-of-this-name", cc="no address", admin_cc="a@b.cc, none either")

    page = edit(reader, number, "people", **given).content.decode()

    assert set(re.findall(r'id="f_(\w+)_error"', page)) == {"owner", "cc", "admin_cc"}
    assert Transaction.objects.filter(ticket=number).count() == 1


def test_nothing_is_said_of_what_depends_on_a_field_that_is_wrong(
    reader: Client, make_tickets: MakeTickets
) -> None:
    CustomField.objects.filter(key="tags").update(
        show_when={"field": "severity", "values": ["high"]}
    )
    (number,) = make_tickets(1)

    both = edit(reader, number, "fields", cf_severity="hgih", cf_tags=["a"]).content.decode()
    one = edit(reader, number, "fields", cf_severity="low", cf_tags=["a"]).content.decode()

    assert re.findall(r'id="f_(\w+)_error"', both) == ["cf_severity"]
    assert re.findall(r'id="f_(\w+)_error"', one) == ["cf_tags"]


@pytest.mark.parametrize(
    ("typed", "due"),
    [
        ("2026-10-25T02:30", "2026-10-25T00:30:00+00:00"),  # comes twice: the first
        ("2026-03-29T02:30", "2026-03-29T01:30:00+00:00"),  # never comes: half past three
    ],
)
def test_due_date_may_be_at_a_change_of_clocks(
    reader: Client, make_tickets: MakeTickets, office: Office, typed: str, due: str
) -> None:
    User.objects.filter(username="root").update(time_zone="Europe/Berlin")
    (number,) = make_tickets(1)

    edit(reader, number, "basics", **basics(number, office, due=typed))

    held = state(number).due_at
    assert held is not None
    assert held.isoformat() == due


@pytest.mark.parametrize("due", ["2026-10-25T00:30:00+00:00", "2026-10-25T01:30:00+00:00"])
def test_due_date_in_an_hour_that_comes_twice_stays_while_the_rest_is_edited(
    reader: Client, make_tickets: MakeTickets, office: Office, due: str
) -> None:
    User.objects.filter(username="root").update(time_zone="Europe/Berlin")
    (number,) = make_tickets(1)
    service.apply(number, {"due_at": due}, actor=office.admin)
    shown = reader.get(f"/tickets/{ticket_key(number)}/edit/basics").content.decode()
    assert 'value="2026-10-25T02:30"' in shown

    edit(reader, number, "basics", **basics(number, office, due="2026-10-25T02:30", subject="New"))

    now = state(number)
    assert now.due_at is not None
    assert (now.subject, now.due_at.isoformat()) == ("New", due)


def test_due_date_is_in_the_zone_of_its_writer(
    reader: Client, make_tickets: MakeTickets, office: Office
) -> None:
    User.objects.filter(username="root").update(time_zone="Asia/Tokyo")
    (number,) = make_tickets(1)

    edit(reader, number, "basics", **basics(number, office, due="2027-03-01T09:00", priority=70))

    now = state(number)
    assert now.due_at is not None
    assert now.due_at.isoformat() == "2027-03-01T00:00:00+00:00"
    assert now.priority == 70


def test_fields_have_their_own_faults(reader: Client, make_tickets: MakeTickets) -> None:
    (number,) = make_tickets(1)

    page = edit(reader, number, "fields", cf_severity="none such", cf_tags=["a"]).content.decode()
    edit(reader, number, "fields", cf_severity="low", cf_tags=["a", "b"])

    assert re.search(r'id="f_cf_severity_error"', page)
    assert state(number).custom_fields == {"severity": ("low",), "tags": ("a", "b")}


def test_fields_carry_what_they_depend_on(reader: Client, make_tickets: MakeTickets) -> None:
    rule = {"field": "severity", "values": ["high"]}
    CustomField.objects.filter(key="tags").update(show_when=rule)
    (number,) = make_tickets(1)

    page = reader.get(f"/tickets/{ticket_key(number)}/edit/fields").content.decode()

    assert "data-show-when=" in page


def test_two_who_change_different_fields_do_not_disturb_each_other(
    reader: Client, make_tickets: MakeTickets, office: Office
) -> None:
    (number,) = make_tickets(1)
    seen = state(number).version
    service.apply(number, {"custom_fields": {"severity": "low"}}, actor=office.admin)

    answer = edit(reader, number, "fields", version=seen, cf_severity="high", cf_tags=["c"])

    assert answer.status_code == 302
    assert state(number).custom_fields == {"severity": ("low",), "tags": ("c",)}


def test_two_who_change_one_field_are_shown_both_values(
    reader: Client, make_tickets: MakeTickets, office: Office
) -> None:
    (number,) = make_tickets(1)
    seen = state(number).version
    service.apply(number, {"subject": "Theirs"}, actor=office.admin)
    wanted = basics(number, office, subject="Mine", version=seen)

    page = edit(reader, number, "basics", **wanted).content.decode()

    assert 'value="Mine"' in page
    assert "Now: <b>Theirs</b>" in page
    assert state(number).subject == "Theirs"


def test_move_to_a_queue_that_lacks_the_status_asks_what_it_becomes(
    reader: Client, make_tickets: MakeTickets, office: Office
) -> None:
    (number,) = make_tickets(1)
    service.apply(number, {"status": "stalled"}, actor=office.admin)
    wanted = basics(number, office, queue=office.incidents.pk)

    page = edit(reader, number, "basics", **wanted)
    names = re.findall(r'<option value="(\w+)">', page.content.decode().split('name="status"')[1])
    edit(reader, number, "basics", **wanted, status=names[0])

    assert page.status_code == 409
    assert state(number).queue_id == office.incidents.pk
    assert state(number).status == names[0]


def test_links_out_of_sight_stay(make_tickets: MakeTickets, office: Office) -> None:
    number, other = make_tickets(2)
    far = Queue.objects.create(name="Far", lifecycle=Lifecycle.objects.get(name="default"))
    hidden = service.create({"queue": "Far", "subject": "Secret"}, actor=office.admin).ticket.id
    service.apply(number, {"links": {"refers_to": [hidden]}}, actor=office.admin)
    client = Client()
    client.force_login(holder("lee", "ShowTicket", "ModifyTicket", queue=office.support))
    assert far.pk in config.current().queues

    page = client.get(f"/tickets/{ticket_key(number)}/edit/links").content.decode()
    edit(client, number, "links", refers_to=f"{other}")

    assert ticket_key(hidden) not in page
    assert set(Link.objects.values_list("target", flat=True)) == {hidden, other}


@pytest.mark.parametrize("name", ["people", "basics", "fields", "links"])
def test_section_is_closed_without_the_right(make_tickets: MakeTickets, name: str) -> None:
    (number,) = make_tickets(1)
    client = Client()
    client.force_login(holder("lee", "ShowTicket", "ReplyToTicket"))
    way = f"/tickets/{ticket_key(number)}/edit/{name}"

    page = client.get(f"/tickets/{ticket_key(number)}").content.decode()

    assert way not in page
    assert client.get(way).status_code == 403
    assert edit(client, number, name, subject="x").status_code == 403
    assert Transaction.objects.filter(ticket=number).count() == 1


def test_stranger_finds_no_section(stranger: Client, make_tickets: MakeTickets) -> None:
    (number,) = make_tickets(1)

    assert stranger.get(f"/tickets/{ticket_key(number)}/edit/people").status_code == 404


def test_fields_alone_need_their_own_right(make_tickets: MakeTickets) -> None:
    (number,) = make_tickets(1)
    client = Client()
    client.force_login(holder("lee", "ShowTicket", "ModifyCustomField"))

    answer = edit(client, number, "fields", cf_severity="low")

    assert answer.status_code == 302
    assert state(number).custom_fields == {"severity": ("low",)}


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("people", {"owner": "a\x00b"}),
        ("people", {"cc": "a" * 60_000}),
        ("basics", {"due": "0001-01-01T00:00"}),
        ("basics", {"due": "9999-12-31T23:59"}),
        ("basics", {"priority": "9" * 400}),
        ("basics", {"queue": "-1"}),
        ("basics", {"subject": "a\x00b"}),
        ("fields", {"cf_severity": "a\x00b"}),
        ("links", {"parents": "9" * 30}),
        ("links", {"parents": "TKT-9999"}),
        ("links", {"parents": "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")}),
        ("people", {"version": "9" * 400}),
    ],
)
def test_odd_input_is_never_the_servers_fault(
    reader: Client, make_tickets: MakeTickets, office: Office, name: str, given: dict[str, str]
) -> None:
    from tessera.accounts.models import User

    User.objects.filter(username="root").update(time_zone="Asia/Tokyo")
    (number,) = make_tickets(1)
    forms = {"people": people(), "basics": basics(number, office), "fields": {}, "links": {}}

    answer = edit(reader, number, name, **{**forms[name], **given})

    assert answer.status_code in {200, 302, 404, 409}


@pytest.mark.parametrize(
    "given",
    [
        {"transition": "a\x00" * 1000},
        {"content": "a\x00b"},
        {"content": "x", "offered": "no address"},
        {"content": "x", "attachment_ids": "9" * 30},
        {"content": "x", "version": "-1"},
        {"content": "x", "as": "nobody"},
    ],
)
def test_odd_draft_is_never_the_servers_fault(
    reader: Client, make_tickets: MakeTickets, given: dict[str, str]
) -> None:
    (number,) = make_tickets(1)
    key = ticket_key(number)

    answers = [reader.post(f"/tickets/{key}/{way}", given) for way in ("preview", "write")]

    assert {answer.status_code for answer in answers} <= {200, 302, 404}
