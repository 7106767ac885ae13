"""A new ticket by its page."""

import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from customfields.models import CustomField
from tests.office import Office
from tests.people import holder
from tickets import config, service
from tickets.models import Ticket, Transaction
from tickets.state import fetch


def given(**values: Any) -> dict[str, Any]:
    return {"requestors": "maya@example.com", "subject": "Blank labels", **values}


def faults_in(page: str) -> set[str]:
    """The inputs with a fault, each of which is told."""
    found = set(re.findall(r'id="(f_\w+)_error"', page))
    assert set(re.findall(r'aria-describedby="[^"]*?(f_\w+)_error', page)) == found
    return found


def way(office: Office) -> str:
    return f"/tickets/new?queue={office.support.pk}"


def test_queue_comes_first(reader: Client, office: Office) -> None:
    page = reader.get("/tickets/new").content.decode()

    assert f'href="?queue={office.support.pk}"' in page
    assert "Blank" not in page


def test_way_to_a_new_ticket_stands_on_every_page_of_who_may_open_one(
    reader: Client, office: Office
) -> None:
    looks_on = Client()
    looks_on.force_login(holder("lee", "ShowTicket", queue=office.support))
    paths = ("/", "/search", "/reports/", "/account", "/tickets/TKT-9999")

    shown = {path: b"data-new" in reader.get(path).content for path in paths}
    hidden = {path: b"data-new" in looks_on.get(path).content for path in paths}

    assert shown == dict.fromkeys(paths, True)
    assert hidden == dict.fromkeys(paths, False)


def test_only_queue_is_not_asked_for(office: Office) -> None:
    client = Client()
    client.force_login(holder("lee", "CreateTicket", "ShowTicket", queue=office.other))

    page = client.get("/tickets/new").content.decode()

    assert "New ticket in Other" in page


def test_ticket_is_created_with_its_fields(reader: Client, office: Office) -> None:
    form = given(cf_severity="high", cf_tags=["a"], priority="70", content="It burns", cc="a@b.cc")

    answer = reader.post(way(office), form)

    number = Ticket.objects.get().pk
    made = fetch([number])[number]
    assert answer["Location"] == f"/tickets/{made.key}"
    assert (made.subject, made.priority) == ("Blank labels", 70)
    assert made.custom_fields == {"severity": ("high",), "tags": ("a",)}
    assert made.watchers == {"requestor": ("maya@example.com",), "cc": ("a@b.cc",)}
    assert Transaction.objects.get().data["message_id"]


@pytest.mark.parametrize(
    ("wrong", "at"),
    [
        ({"subject": ""}, "f_subject_error"),
        ({"requestors": "nobody"}, "f_requestors_error"),
        ({"cf_severity": "none such"}, "f_cf_severity_error"),
        ({"priority": "101"}, "f_priority_error"),
    ],
)
def test_fault_stands_at_its_field_and_nothing_typed_is_lost(
    reader: Client, office: Office, wrong: dict[str, str], at: str
) -> None:
    page = reader.post(way(office), given(content="Long text") | wrong).content.decode()

    assert f'id="{at}"' in page
    assert "Long text" in page
    assert not Ticket.objects.exists()


def test_what_is_wrong_by_the_form_and_by_the_door_is_told_at_once(
    reader: Client, office: Office
) -> None:
    CustomField.objects.filter(key="severity").update(required=True)
    form = given(subject="", priority="900", requestors="no address", cf_severity="")

    page = reader.post(way(office), form).content.decode()

    assert {"f_subject", "f_priority", "f_requestors", "f_cf_severity"} == faults_in(page)
    assert "Must be from 0 to 100" in page
    form_alone = page[page.index('name="requestors"') - 50 :]
    assert re.findall(r'name="(\w+)"[^>]* autofocus', form_alone) == ["requestors"]
    assert not Ticket.objects.exists()


def test_nothing_is_said_of_what_depends_on_a_field_that_is_wrong(
    reader: Client, office: Office
) -> None:
    CustomField.objects.filter(key="tags").update(
        show_when={"field": "severity", "values": ["high"]}
    )

    page = reader.post(way(office), given(cf_severity="hgih", cf_tags=["a"])).content.decode()

    assert faults_in(page) == {"f_cf_severity"}


def test_required_field_is_asked_for(reader: Client, office: Office) -> None:
    CustomField.objects.filter(key="severity").update(required=True)

    page = reader.post(way(office), given()).content.decode()

    assert 'id="f_cf_severity_error"' in page
    assert not Ticket.objects.exists()


def test_plan_of_a_new_ticket_leaves_nothing(reader: Client, office: Office) -> None:
    panel = reader.post(
        way(office), given(preview="1"), headers={"HX-Request": "true"}
    ).content.decode()
    page = reader.post(way(office), given(preview="1")).content.decode()

    assert "A new ticket in Support" in panel
    assert "<html" not in panel
    assert re.search(r'value="Blank labels"', page)
    assert not Ticket.objects.exists()


def test_queue_without_the_right_is_not_there(office: Office) -> None:
    client = Client()
    client.force_login(holder("lee", "CreateTicket", queue=office.other))

    client.post(f"/tickets/new?queue={office.support.pk}", given())

    assert not Ticket.objects.filter(queue=office.support).exists()


def test_nobody_creates_without_the_right(stranger: Client) -> None:
    assert stranger.get("/tickets/new").status_code == 403
    assert stranger.post("/tickets/new", given()).status_code == 403


def test_form_takes_four_statements(
    reader: Client, office: Office, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    config.current()

    with django_assert_max_num_queries(4):
        reader.get(way(office))


def test_open_tickets_that_may_be_the_same_are_told_of_while_the_subject_is_written(
    reader: Client, office: Office
) -> None:
    def opened(subject: str, **more: Any) -> None:
        service.create({"queue": "Support", "subject": subject, **more}, actor=office.admin)

    opened("Cold store: door alarm rings")
    opened("Door is red")
    opened("Store door alarm", queue="Other")
    opened("Door alarm of the store", status="resolved")

    def told(subject: str) -> list[str]:
        asked: dict[str, str | int] = {"queue": office.support.pk, "subject": subject}
        text = reader.get("/tickets/new/alike", asked).content.decode()
        return re.findall(r"</span> ([^<]+)</a>", text)

    assert told("Alarm at the DOOR") == ["Cold store: door alarm rings"]
    assert told("Door") == ["Door is red", "Cold store: door alarm rings"]
    assert told("' or \"door") == told("Door")
    for nothing in ("", "a", "\0", '"', "\\", "-"):
        assert told(nothing) == []
