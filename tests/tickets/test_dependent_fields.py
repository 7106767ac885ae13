"""Dependent fields at the door, whoever comes through it: a person, a scrip, a move, a default."""

from typing import Any

import pytest

from customfields import service as definitions
from customfields.models import CustomField
from scrips.service import save_scrip
from tessera.accounts.models import User
from tests.office import Office
from tests.tickets.test_door import faults
from tickets import replay, service
from tickets.models import Queue, QueueField
from tickets.outcome import Entry


def add(queue: Queue, name: str, field_type: str = "SelectSingle", **more: Any) -> CustomField:
    row = CustomField.objects.create(
        **definitions.clean({"name": name, "field_type": field_type, **more})
    )
    QueueField.objects.create(queue=queue, field=row, position=row.pk)
    return row


@pytest.fixture
def cascade(office: Office) -> Office:
    """The office with City under Country, and Floor shown for Graz."""
    add(office.support, "Country", values=["AT", "DE"])
    add(
        office.support,
        "City",
        depends_on="country",
        choices=[{"value": "Graz", "when": ["AT"]}, {"value": "Munich", "when": ["DE"]}],
    )
    add(office.support, "Floor", "Integer", show_when={"field": "city", "values": ["Graz"]})
    return office


def begun(office: Office, **fields: Any) -> int:
    values = {"queue": "Support", "subject": "s", "custom_fields": fields}
    return service.create(values, actor=office.admin).ticket.id


def setting(office: Office, field: str, value: Any) -> None:
    """A scrip that sets a field when the priority changes."""
    rule = {"name": f"Set {field}", "condition_type": "OnTransaction"}
    action = {"action_type": "SetCustomField", "action_config": {"field": field, "value": value}}
    types = {"condition_config": {"types": ["Set"]}}
    save_scrip(None, rule | types | action, actor=office.admin)


def told(entries: tuple[Entry, ...]) -> list[tuple[Any, ...]]:
    return [(e.type, e.field, e.old_value, e.new_value) for e in entries]


def test_scrip_is_held_to_the_conditions_of_its_field(cascade: Office) -> None:
    ticket = begun(cascade, country="DE", city="Munich")
    setting(cascade, "city", "Graz")

    outcome = service.apply(ticket, {"priority": 9}, actor=cascade.admin)

    assert [fired.error for fired in outcome.fired] == [
        "custom_fields.city: “Graz” is offered only while Country is “AT”"
    ]
    assert outcome.ticket.custom_fields["city"] == ("Munich",)


def test_what_a_scrip_hides_is_cleared_in_its_name(cascade: Office) -> None:
    ticket = begun(cascade, country="AT", city="Graz", floor=3)
    setting(cascade, "city", None)

    outcome = service.apply(ticket, {"priority": 9}, actor=cascade.admin)

    assert told(outcome.entries) == [
        ("Set", "priority", 0, 9),
        ("CustomField", "city", "Graz", None),
        ("CustomField", "floor", 3, None),
    ]
    assert {e.cause is not None for e in outcome.entries[1:]} == {True}
    assert outcome.entries[2].data["hidden_by"] == "city"


def test_log_of_what_was_cleared_rebuilds_the_ticket(cascade: Office) -> None:
    ticket = begun(cascade, country="AT", city="Graz", floor=3)
    service.apply(
        ticket, {"custom_fields": {"country": "DE", "city": "Munich"}}, actor=cascade.admin
    )

    assert faults() == []
    before = replay.at(ticket, 1)
    assert before is not None
    assert before.custom_fields == {"country": ("AT",), "city": ("Graz",), "floor": (3,)}


def test_default_without_a_place_is_left_out(cascade: Office) -> None:
    add(
        cascade.support,
        "Shop",
        depends_on="country",
        choices=[{"value": "Linz", "when": ["AT"]}],
        default="Linz",
        required=True,
    )

    abroad = service.create(
        {"queue": "Support", "subject": "s", "custom_fields": {"country": "DE"}},
        actor=cascade.admin,
    )
    home = service.create(
        {"queue": "Support", "subject": "s", "custom_fields": {"country": "AT"}},
        actor=cascade.admin,
    )

    assert "shop" not in abroad.ticket.custom_fields
    assert home.ticket.custom_fields["shop"] == ("Linz",)


def test_default_whose_user_has_left_hinders_no_ticket(office: Office) -> None:
    add(office.support, "Approver", "User", default="ann")
    User.objects.filter(username="ann").update(disabled=True)

    ticket = service.create({"queue": "Support", "subject": "s"}, actor=office.admin).ticket

    assert "approver" not in ticket.custom_fields


def test_values_are_judged_by_the_queue_that_the_ticket_comes_to(cascade: Office) -> None:
    for key in ("country", "city"):
        field = CustomField.objects.get(key=key)
        QueueField.objects.create(queue=cascade.other, field=field, position=field.pk)
    ticket = begun(cascade, country="AT", city="Graz", floor=3)

    moved = service.apply(
        ticket,
        {"queue": "Other", "custom_fields": {"country": "DE", "city": "Munich"}},
        actor=cascade.admin,
    )

    assert moved.ticket.custom_fields == {"country": ("DE",), "city": ("Munich",), "floor": (3,)}
