"""Moving tickets to another version of their lifecycle."""

from typing import Any

import pytest
from django.db import connection

from lifecycles import service as lifecycles
from lifecycles.models import Lifecycle
from tessera.accounts.models import User
from tessera.lib.errors import Invalid, MappingNeeded
from tests.office import Office
from tests.people import holder
from tests.tickets.test_door import faults
from tickets import moving, replay, service
from tickets.access import Actor
from tickets.models import Queue, Ticket, Transaction, VersionMove

FIRST: dict[str, Any] = {
    "statuses": {"initial": ["new"], "active": ["waiting"], "inactive": ["done"]},
    "defaults": {"on_create": "new"},
    "transitions": [
        {"name": "wait", "from": ["new"], "to": "waiting"},
        {"name": "finish", "from": "*", "to": "done"},
    ],
}
SECOND: dict[str, Any] = {
    "statuses": {"initial": ["new"], "active": ["parked"], "inactive": ["done"]},
    "defaults": {"on_create": "new"},
    "transitions": [{"name": "finish", "from": "*", "to": "done"}],
}


@pytest.fixture
def flow(office: Office) -> Lifecycle:
    """The lifecycle in the office."""
    return make_flow(office.admin)


def make_flow(admin: Actor) -> Lifecycle:
    """A lifecycle with three tickets of version 1, one of them waiting, and a version 2 without that status."""
    lifecycle = lifecycles.create("flow", FIRST, actor=None)
    queue = Queue.objects.create(name="Flow", lifecycle=lifecycle)
    given = {"subject": "Printer", "queue_id": queue.pk}
    for status in ("new", "waiting", "done"):
        service.create({**given, "status": status}, actor=admin)
    lifecycles.publish(lifecycle, SECOND, actor=None)
    service.create(given, actor=admin)
    return lifecycle


def statuses(lifecycle: Lifecycle) -> list[tuple[str, int]]:
    rows = Ticket.objects.filter(lifecycle_version__lifecycle=lifecycle).order_by("pk")
    return list(rows.values_list("status", "lifecycle_version__number"))


def test_a_plan_counts_by_version_and_status_and_says_what_has_no_place(flow: Lifecycle) -> None:
    plan = moving.plan(flow, 2, {})
    assert [(line.version, line.status, line.tickets, line.becomes) for line in plan.lines] == [
        (1, "done", 1, "done"),
        (1, "new", 1, "new"),
        (1, "waiting", 1, None),
    ]
    assert (plan.total, plan.unmapped, plan.statuses) == (
        3,
        ("waiting",),
        ("new", "parked", "done"),
    )


def test_a_move_without_a_place_for_a_status_is_not_begun(office: Office, flow: Lifecycle) -> None:
    with pytest.raises(MappingNeeded) as refusal:
        moving.start(flow, 2, {}, actor=office.admin)
    assert refusal.value.extra["unmapped"] == ["waiting"]
    with pytest.raises(Invalid) as wrong:
        moving.start(flow, 2, {"waiting": "prked"}, actor=office.admin)
    assert set(wrong.value.errors) == {"mapping.waiting"}
    with pytest.raises(Invalid):
        moving.start(flow, 3, {}, actor=office.admin)
    assert not VersionMove.objects.exists()


def test_a_move_takes_every_ticket_through_the_door(office: Office, flow: Lifecycle) -> None:
    move = moving.start(flow, 2, {"WAITING": "parked"}, actor=office.admin)
    moving.carry_out(move.pk)

    move.refresh_from_db()
    assert (move.status, move.total, move.attempted, move.failed) == ("done", 3, 3, 0)
    assert statuses(flow) == [("new", 2), ("parked", 2), ("done", 2), ("new", 2)]
    waiting = Ticket.objects.get(status="parked")
    told = Transaction.objects.filter(ticket=waiting).order_by("seq")
    assert list(told.values_list("type", "field", "old_value", "new_value", "creator_id")) == [
        ("Create", "", None, None, office.admin.id),
        ("Set", "lifecycle_version", 1, 2, office.admin.id),
        ("StatusChange", "status", "waiting", "parked", office.admin.id),
    ]
    assert faults() == []
    before = replay.at(waiting.pk, 1)
    assert before is not None
    assert before.status == "waiting"


def test_a_stopped_move_goes_on_where_it_was(
    office: Office, flow: Lifecycle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "_CHUNK", 1)
    move = moving.start(flow, 2, {"waiting": "parked"}, actor=office.admin)

    def stopping(execute: Any, sql: str, *rest: Any) -> Any:
        if 'UPDATE "tickets_ticket"' in sql:
            moving.stop(move)
        return execute(sql, *rest)

    with connection.execute_wrapper(stopping):
        moving.carry_out(move.pk)
    move.refresh_from_db()
    assert (move.status, move.attempted) == ("stopped", 1)
    moving.carry_out(move.pk)
    assert [number for _status, number in statuses(flow)] == [2, 1, 1, 2]

    moving.resume(move)
    moving.carry_out(move.pk)
    move.refresh_from_db()
    assert (move.status, move.attempted) == ("done", 3)


def test_a_move_whose_worker_died_is_found_and_nothing_is_done_twice(
    office: Office, flow: Lifecycle
) -> None:
    move = moving.start(flow, 2, {"waiting": "parked"}, actor=office.admin)
    first = Ticket.objects.filter(lifecycle_version__lifecycle=flow).order_by("pk")[0]
    service.set_version(first.pk, move.version_id, move.mapping, actor=office.admin)
    held = VersionMove.objects.filter(pk=move.pk)
    held.update(lease_until="2000-01-01T00:00Z")

    moving.carry_out(move.pk)

    assert (held.get().status, held.get().attempted) == ("done", 3)
    assert Transaction.objects.filter(ticket=first, field="lifecycle_version").count() == 1


def test_who_may_not_change_lifecycles_any_more_moves_nothing(
    office: Office, flow: Lifecycle
) -> None:
    user = holder("lea", "AdminLifecycles")
    move = moving.start(flow, 2, {"waiting": "parked"}, actor=Actor.of(user))
    User.objects.filter(pk=user.pk).update(disabled=True)

    moving.carry_out(move.pk)

    move.refresh_from_db()
    assert (move.status, move.failed, len(move.faults)) == ("done", 3, 3)
    assert statuses(flow)[0] == ("new", 1)


def test_two_moves_of_one_lifecycle_do_not_run_at_once(office: Office, flow: Lifecycle) -> None:
    moving.start(flow, 2, {"waiting": "parked"}, actor=office.admin)
    with pytest.raises(Invalid):
        moving.start(flow, 1, {}, actor=office.admin)
