"""All that is wrong with a request is told at once."""

from typing import Any

import pytest

from tessera.lib.errors import Forbidden, Invalid
from tests.office import Office
from tickets import service
from tickets.access import Actor
from tickets.models import Queue, Ticket


def faults_of(office: Office, **values: Any) -> set[str]:
    with pytest.raises(Invalid) as refused:
        service.create({"subject": "Printer", **values}, actor=office.admin)
    assert not Ticket.objects.exists()
    return set(refused.value.errors)


def test_a_create_in_an_unknown_queue_names_what_is_wrong_besides(office: Office) -> None:
    assert faults_of(
        office,
        queue_id=10**9,
        owner_id=10**9,
        links={"parents": [10**9]},
        message={"content": "See file", "attachment_ids": [10**9]},
        custom_fields={"severity": "nobody can tell without the queue"},
    ) == {"queue_id", "owner_id", "links.parents", "message.attachment_ids"}


def test_a_create_in_a_disabled_queue_names_what_is_wrong_besides(office: Office) -> None:
    Queue.objects.filter(pk=office.support.pk).update(disabled=True)

    assert faults_of(office, queue="Support", owner_id=10**9) == {"queue", "owner_id"}


def test_a_stranger_is_told_of_the_missing_right_and_not_of_the_fields(office: Office) -> None:
    with pytest.raises(Forbidden):
        service.create(
            {"subject": "Printer", "queue": "Support", "owner_id": 10**9},
            actor=Actor.of(office.ann),
        )


def test_a_field_named_in_two_spellings_is_refused(office: Office) -> None:
    assert faults_of(
        office, queue="Support", custom_fields={"severity": "low", "Severity": "high"}
    ) == {"custom_fields.severity", "custom_fields.Severity"}
