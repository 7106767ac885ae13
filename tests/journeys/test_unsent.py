"""The story of a reply whose worker is killed while it sends it."""

import pytest

from tests.journeys.stack import Stack
from tests.journeys.test_bulk import other_connection, somebody_waits_for_a_lock
from tests.office import make_office
from tests.tickets.test_door import faults
from tickets import service, unsent
from tickets.models import Transaction, UnsentMessage

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journeys")]


def test_reply_is_sent_once_though_the_worker_is_killed_in_the_middle(stack: Stack) -> None:
    office = make_office()
    values = {"subject": "x", "queue_id": office.support.pk}
    number = service.create(values, actor=office.admin).ticket.id
    message = {"type": "correspond", "content": "Hello"}
    letter = unsent.Letter(changes={"message": message}, nonce="1", version=1)
    row = unsent.hold(number, letter, actor=office.admin)
    stack.wait(
        lambda: UnsentMessage.objects.get(pk=row.pk).status == "sent", "the first one is sent"
    )
    # The second is written as a row: to hold one tries the ticket, which another has now.
    with other_connection() as holder:
        holder.execute("SELECT FROM tickets_ticket WHERE id = %s FOR NO KEY UPDATE", [number])
        second = UnsentMessage.objects.create(
            ticket_id=number,
            author_id=office.admin.id,
            nonce="2",
            changes={"message": message},
            version=1,
            due_at=row.due_at,
            created_at=row.created_at,
        )
        unsent.revive()
        stack.wait(somebody_waits_for_a_lock, "the worker is in the middle of it")
        stack.kill_worker()
        holder.rollback()
    second.refresh_from_db()
    assert second.status == "waiting"

    stack.worker.start()
    unsent.revive()
    unsent.revive()
    stack.wait(
        lambda: UnsentMessage.objects.get(pk=second.pk).status == "sent", "the second one is sent"
    )

    types = Transaction.objects.filter(ticket=number).values_list("type", flat=True)
    assert list(types) == ["Create", "Correspond", "Correspond"]
    assert faults() == []
