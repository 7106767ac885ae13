"""Lifecycles, custom fields and queues in the administration."""

import json
from typing import Any

import pytest
from django.test import Client

from customfields.models import CustomField
from lifecycles.models import Lifecycle
from tests.admin.pages import errors, text
from tests.office import Office
from tickets.models import Queue, QueueField

DEFINITION = {
    "statuses": {"initial": ["new"], "active": ["open"], "inactive": ["done"]},
    "defaults": {"on_create": "new"},
    "transitions": [
        {"name": "start", "label": "Start", "from": ["new"], "to": "open"},
        {"name": "end", "label": "End", "from": ["open"], "to": "done"},
    ],
}


def lifecycle(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Repair",
        "start": "text",
        "text": json.dumps(DEFINITION),
        "note": "",
        **changes,
    }


def test_lifecycle_is_published_as_its_first_version(site: Client) -> None:
    site.post("/admin/lifecycles/lifecycle/add/", lifecycle(note="Begin"))

    made = Lifecycle.objects.get(name="Repair")
    assert made.current is not None
    assert (made.current.number, made.current.note) == (1, "Begin")
    assert made.current.creator is not None


def test_fault_of_a_definition_is_told_with_its_place(site: Client) -> None:
    broken = json.loads(json.dumps(DEFINITION))
    broken["transitions"][1]["to"] = "dnoe"

    answer = site.post("/admin/lifecycles/lifecycle/add/", lifecycle(text=json.dumps(broken)))

    found = errors(answer)
    assert found == {"text": ["transitions[1].to: no status 'dnoe'; did you mean 'done'?"]}
    assert not Lifecycle.objects.filter(name="Repair").exists()


def test_name_of_a_lifecycle_is_given_once_whatever_its_case(site: Client, office: Office) -> None:
    answer = site.post("/admin/lifecycles/lifecycle/add/", lifecycle(name="DEFAULT"))

    assert list(errors(answer)) == ["name"]


def field(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Site",
        "key": "",
        "field_type": "SelectSingle",
        "values": "Malmö\nLisbon\n",
        "max_values": "",
        "pattern": "",
        "default": "Malmö",
        "help_text": "",
        **changes,
    }


def test_field_gets_its_key_from_its_name(site: Client) -> None:
    site.post("/admin/customfields/customfield/add/", field())

    made = CustomField.objects.get(name="Site")
    assert (made.key, made.values, made.default, made.max_values) == (
        "site",
        ["Malmö", "Lisbon"],
        "Malmö",
        1,
    )


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"values": ""}, "values"),
        ({"default": "Porto"}, "default"),
        ({"key": "9lives"}, "key"),
        ({"pattern": "("}, "pattern"),
        ({"name": ""}, "name"),
        ({"max_values": "-1"}, "max_values"),
    ],
)
def test_fault_of_a_field_stands_at_its_place(
    site: Client, changes: dict[str, Any], at: str
) -> None:
    answer = site.post("/admin/customfields/customfield/add/", field(**changes))

    assert list(errors(answer)) == [at]
    assert not CustomField.objects.filter(name="Site").exists()


def test_key_and_type_of_a_field_never_change(site: Client, office: Office) -> None:
    held = CustomField.objects.get(key="severity")

    site.post(
        f"/admin/customfields/customfield/{held.pk}/change/",
        field(
            name="Weight",
            key="weight",
            field_type="Integer",
            max_values="1",
            values="low\nhigh",
            default="",
        ),
    )

    held.refresh_from_db()
    assert (held.name, held.key, held.field_type) == ("Weight", "severity", "SelectSingle")


def test_fields_of_a_queue_stand_in_the_order_of_their_positions(
    site: Client, office: Office
) -> None:
    severity, tags = QueueField.objects.filter(queue=office.support).order_by("position")
    given = {
        "name": "Support",
        "lifecycle": office.support.lifecycle_id,
        "queue_fields-TOTAL_FORMS": 2,
        "queue_fields-INITIAL_FORMS": 2,
        "queue_fields-0-id": severity.pk,
        "queue_fields-0-queue": office.support.pk,
        "queue_fields-0-position": 7,
        "queue_fields-0-field": severity.field_id,
        "queue_fields-1-id": tags.pk,
        "queue_fields-1-queue": office.support.pk,
        "queue_fields-1-position": 1,
        "queue_fields-1-field": tags.field_id,
    }

    answer = site.post(f"/admin/tickets/queue/{office.support.pk}/change/", given)

    assert answer.status_code == 302
    ordered = QueueField.objects.filter(queue=office.support).values_list("field__key", flat=True)
    assert list(ordered) == ["tags", "severity"]


def test_name_of_a_queue_is_given_once_whatever_its_case(site: Client, office: Office) -> None:
    given = {
        "name": "SUPPORT",
        "lifecycle": office.support.lifecycle_id,
        "queue_fields-TOTAL_FORMS": 0,
        "queue_fields-INITIAL_FORMS": 0,
    }

    answer = site.post("/admin/tickets/queue/add/", given)

    assert errors(answer) == {"name": ["“SUPPORT” is taken."]}
    assert Queue.objects.filter(name__iexact="support").count() == 1


def test_hidden_field_is_not_offered_to_queues(site: Client, office: Office) -> None:
    CustomField.objects.create(key="old", name="Old field", field_type="Freeform", disabled=True)

    page = text(site.get(f"/admin/tickets/queue/{office.support.pk}/change/"))

    assert "Old field" not in page
