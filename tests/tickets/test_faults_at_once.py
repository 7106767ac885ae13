"""All that is wrong with a request is told at once."""

from typing import Any

import pytest

from tessera.lib.errors import Forbidden, Invalid, NotFound, VersionConflict
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


def test_values_of_the_wrong_kind_do_not_hide_what_is_wrong_besides(office: Office) -> None:
    assert faults_of(
        office,
        queue_id=10**9,
        priority=400,
        nonsense=1,
        cc=["nobody"],
        owner_id=10**9,
    ) == {"queue_id", "priority", "nonsense", "cc", "owner_id"}
    assert faults_of(
        office, queue="Support", due_at="soon", custom_fields={"colour": "red"}, status="opne"
    ) == {"due_at", "custom_fields.colour", "status"}
    assert faults_of(office, priority=400, owner_id=10**9) == {"queue", "priority", "owner_id"}


def test_an_update_names_wrong_kinds_and_wrong_values_together(office: Office) -> None:
    values = {"subject": "Printer", "queue": "Support"}
    ticket = service.create(values, actor=office.admin).ticket

    with pytest.raises(Invalid) as refused:
        service.apply(
            ticket.id,
            {"priority": "5", "owner_id": 10**9, "status": "opne"},
            actor=office.admin,
        )

    assert set(refused.value.errors) == {"priority", "owner_id", "status"}
    assert service.visible(ticket.id, office.admin) == ticket


def test_who_may_not_see_the_ticket_is_not_told_what_is_wrong(office: Office) -> None:
    values = {"subject": "Printer", "queue": "Support"}
    ticket = service.create(values, actor=office.admin).ticket

    for number, actor in ((ticket.id, Actor.of(office.ann)), (10**9, office.admin)):
        with pytest.raises(NotFound):
            service.apply(number, {"priority": 400}, actor=actor)


def test_a_stale_version_is_told_before_the_fields(office: Office) -> None:
    values = {"subject": "Printer", "queue": "Support"}
    ticket = service.create(values, actor=office.admin).ticket

    with pytest.raises(VersionConflict):
        service.apply(ticket.id, {"priority": 400}, actor=office.admin, version=7)
