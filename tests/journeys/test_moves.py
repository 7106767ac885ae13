"""A move of tickets to another version of their lifecycle, and the worker that is killed in the middle of it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from lifecycles import service as lifecycles
from lifecycles.models import Lifecycle
from tessera.lib import clock
from tests.journeys.stack import Stack
from tests.people import administrator
from tests.tickets.test_moving import FIRST, SECOND
from tickets import moving, service
from tickets.access import Actor
from tickets.models import Queue, Ticket, Transaction, VersionMove

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journeys")]

TICKETS = 24
# In the second lot that a worker takes, so that one is counted and the next is not.
HELD = 22


def make_tickets(actor: Actor) -> tuple[Lifecycle, list[int]]:
    """A lifecycle whose tickets live by its first version, every third of them in a status that the second lacks."""
    flow = lifecycles.create("flow", FIRST, actor=None)
    queue = Queue.objects.create(name="Flow", lifecycle=flow)
    made = []
    for number in range(TICKETS):
        status = "new" if number % 3 else "waiting"
        values = {"subject": f"Printer {number}", "queue_id": queue.pk, "status": status}
        made.append(service.create(values, actor=actor).ticket.id)
    lifecycles.publish(flow, SECOND, actor=None)
    return flow, made


@contextmanager
def held_by_another(ticket_id: int) -> Iterator[None]:
    """Meanwhile somebody else has the ticket in hand, and whoever wants it waits."""
    other = connection.copy()
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT id FROM tickets_ticket WHERE id = %s FOR UPDATE", [ticket_id])
        yield
    finally:
        other.rollback()
        other.close()


def somebody_waits() -> bool:
    """Whether a session of this database waits for another's lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        (waiting,) = cursor.fetchone()
    return bool(waiting)


def numbers(ids: list[int]) -> list[int]:
    """The version that each of these tickets lives by."""
    held = dict(Ticket.objects.values_list("pk", "lifecycle_version__number"))
    return [held[number] for number in ids]


def test_move_of_a_worker_killed_in_the_middle_is_finished_by_the_next(stack: Stack) -> None:
    actor = Actor.of(administrator("ada"))
    flow, ids = make_tickets(actor)

    with held_by_another(ids[HELD]):
        move = moving.start(flow, 2, {"waiting": "parked"}, actor=actor)
        stack.wait(somebody_waits, "the worker has come to the ticket that is held")
        stack.kill_worker()
    assert numbers(ids) == [2] * HELD + [1] * (TICKETS - HELD)
    move.refresh_from_db()
    assert (move.status, move.attempted) == ("running", 20)

    # The dead worker's lease runs out.
    VersionMove.objects.filter(pk=move.pk).update(lease_until=clock.now())
    stack.worker.start()
    stack.until(
        lambda: VersionMove.objects.filter(pk=move.pk, status="done").exists(), "the move is done"
    )

    move.refresh_from_db()
    assert (move.attempted, move.total, move.failed, move.faults) == (TICKETS, TICKETS, 0, [])
    assert numbers(ids) == [2] * TICKETS
    assert Counter(Ticket.objects.values_list("status", flat=True)) == {"new": 16, "parked": 8}
    moved = Transaction.objects.filter(type="Set", field="lifecycle_version")
    assert Counter(moved.values_list("ticket_id", flat=True)) == dict.fromkeys(ids, 1)
    told = StringIO()
    call_command("verify", stdout=told)
    assert told.getvalue().startswith("24 tickets with 56 transactions: all digests")
