"""The story of a bulk change whose worker is killed in the middle of a ticket."""

from collections import Counter

import psycopg
import pytest
from django.db import connection

from tessera.accounts.models import ApiToken, User
from tests.journeys.stack import Stack
from tests.office import make_office
from tests.tickets.test_door import faults
from tickets import bulk, service
from tickets.models import BulkChange, Transaction

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journeys")]

NUMBER, HELD = 110, 50


def other_connection() -> "psycopg.Connection[tuple[object, ...]]":
    parameters = connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname")
    return psycopg.connect(**{name: parameters[name] for name in names if parameters.get(name)})


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        row = cursor.fetchone()
    return row is not None and row[0] > 0


def test_every_ticket_is_changed_once_though_the_worker_is_killed_in_the_middle_of_one(
    stack: Stack,
) -> None:
    office = make_office()
    api = stack.caller(ApiToken.issue(User.objects.get(pk=office.admin.id)))
    values = {"subject": "x", "queue_id": office.support.pk}
    ids = [service.create(values, actor=office.admin).ticket.id for _ in range(NUMBER)]
    with other_connection() as holder:
        holder.execute("SELECT FROM tickets_ticket WHERE id = %s FOR UPDATE", [ids[HELD]])
        changes = {"message": {"type": "comment", "content": "Sorry for the outage"}}
        made = api.post("/api/tickets/bulk", {"ids": ids, "changes": changes})
        assert made.status_code == 202, made.content
        url = made.json()["url"]
        stack.wait(
            lambda: api.get(url).json()["done"] == HELD and somebody_waits_for_a_lock(),
            "the worker is in the middle of a ticket",
        )
        stack.kill_worker()
        holder.rollback()
    running = BulkChange.objects.get()
    assert (running.status, running.done, Transaction.objects.filter(type="Comment").count()) == (
        "running",
        HELD,
        HELD,
    )

    stack.worker.start()
    BulkChange.objects.update(lease_until=running.created_at)  # the dead worker's lease ends
    bulk.revive()
    stack.wait(lambda: api.get(url).json()["status"] == "done", "all are changed")

    comments = Transaction.objects.filter(type="Comment").values_list("ticket_id", flat=True)
    assert Counter(comments) == dict.fromkeys(ids, 1)
    done = api.get(url).json()
    assert (done["done"], done["failed"]) == (NUMBER, 0)
    assert [result["ticket_id"] for result in done["results"]] == ids
    assert faults() == []
