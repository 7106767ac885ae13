"""Moves to another queue, and what a ticket that waits for others may not become."""

from typing import Any

import pytest

from lifecycles import service as lifecycles
from lifecycles.models import Lifecycle
from tessera.lib.errors import Invalid, OpenDependencies
from tests.office import Office
from tickets import replay, service
from tickets.models import Queue
from tickets.outcome import Outcome

LOOP = {
    "statuses": {"initial": ["todo"], "active": ["doing"], "inactive": ["open", "done"]},
    "transitions": [
        {"name": "start", "from": "todo", "to": "doing"},
        {"name": "touch", "from": "doing", "to": "doing", "message": "comment"},
        {"name": "finish", "from": "doing", "to": "done"},
    ],
}


@pytest.fixture
def loops(office: Office) -> Queue:
    """A queue of another lifecycle: `doing` leads to itself, and `open` is inactive there."""
    made = lifecycles.create("loops", LOOP, actor=office.ann)
    return Queue.objects.create(name="Loops", lifecycle=Lifecycle.objects.get(pk=made.pk))


def create(office: Office, **values: Any) -> Outcome:
    given = {"subject": "Printer", "queue_id": office.support.pk, **values}
    return service.create(given, actor=office.admin)


def apply(office: Office, number: int, **changes: Any) -> Outcome:
    return service.apply(number, changes, actor=office.admin)


def told(outcome: Outcome) -> list[tuple[str, str, Any, Any]]:
    return [(e.type, e.field, e.old_value, e.new_value) for e in outcome.entries]


def faults() -> list[str]:
    return [fault for _tickets, _rows, found in replay.verify() for fault in found]


def test_the_status_that_a_move_names_is_recorded_once_though_it_leads_to_itself(
    office: Office, loops: Queue
) -> None:
    ticket = create(office).ticket

    moved = apply(office, ticket.id, queue="Loops", status="Doing")

    assert told(moved) == [
        ("Set", "queue", office.support.pk, loops.pk),
        ("StatusChange", "status", "new", "doing"),
    ]


def test_a_status_that_keeps_its_name_but_not_its_kind_sets_the_dates(
    office: Office, loops: Queue
) -> None:
    ticket = create(office, status="open").ticket

    moved = apply(office, ticket.id, queue="Loops").ticket

    assert (moved.status, moved.resolved_at is not None) == ("open", True)
    assert replay.at(ticket.id, moved.last_seq) == moved
    assert faults() == []


def test_a_ticket_may_stay_where_it_is_though_the_queue_is_disabled(office: Office) -> None:
    ticket = create(office).ticket
    Queue.objects.filter(pk=office.support.pk).update(disabled=True)

    changed = apply(office, ticket.id, queue_id=office.support.pk, subject="Scanner")

    assert told(changed) == [("Set", "subject", "Printer", "Scanner")]
    with pytest.raises(Invalid) as refused:
        apply(office, ticket.id, queue_id=10**9)
    assert set(refused.value.errors) == {"queue_id"}


def test_a_ticket_that_waits_cannot_be_moved_into_an_inactive_status(
    office: Office, loops: Queue
) -> None:
    other = create(office).ticket
    ticket = create(office, links={"depends_on": [other.id]}).ticket

    with pytest.raises(OpenDependencies) as refused:
        apply(office, ticket.id, queue_id=loops.pk, status="done")

    assert refused.value.extra == {"tickets": [other.id]}
    assert told(apply(office, ticket.id, queue_id=loops.pk, status="doing"))[1:] == [
        ("StatusChange", "status", "new", "doing")
    ]


def test_a_ticket_cannot_begin_inactive_and_wait(office: Office) -> None:
    done, still_open = create(office, status="resolved").ticket, create(office).ticket

    with pytest.raises(OpenDependencies) as refused:
        create(office, status="resolved", links={"depends_on": [still_open.id, done.id]})

    assert refused.value.extra == {"tickets": [still_open.id]}
    create(office, status="resolved", links={"depends_on": [done.id]})


def test_a_ticket_keeps_its_version_in_a_queue_whose_newer_one_lacks_the_status(
    office: Office,
) -> None:
    ticket = create(office, status="open").ticket
    default = Lifecycle.objects.get(name="default")
    flow = {"statuses": {"initial": ["new"], "inactive": ["closed"]}, "transitions": []}
    lifecycles.publish(default, flow, actor=None)

    moved = apply(office, ticket.id, queue_id=office.other.pk)

    assert told(moved) == [("Set", "queue", office.support.pk, office.other.pk)]
    assert (moved.ticket.status, moved.ticket.lifecycle_version_id) == (
        "open",
        ticket.lifecycle_version_id,
    )
    assert faults() == []
