"""Work over many tickets that a worker has in hand: its lease, which goes on while one ticket takes long."""

import threading
import time
from collections.abc import Callable
from datetime import datetime

import pytest
from django.db.models import QuerySet

from tessera.messaging import CELERY
from tests.office import Office, make_office
from tests.tickets.test_door import create
from tickets import bulk, turns
from tickets.bulk import Order
from tickets.models import BulkChange

_PATIENCE = 60.0


@pytest.fixture
def running(transactional_db: None) -> BulkChange:
    """One that a worker has taken in hand, committed."""
    office: Office = make_office()
    ids = [create(office).ticket.id]
    order = Order({"message": {"type": "comment", "content": "x"}})
    made = bulk.start(ids, order, actor=office.admin)
    assert turns.take(rows(made))
    return made


def rows(made: BulkChange) -> "QuerySet[BulkChange]":
    return BulkChange.objects.filter(pk=made.pk, status=BulkChange.Status.RUNNING)


def lease(made: BulkChange) -> datetime | None:
    return rows(made).values_list("lease_until", flat=True).get()


def wait(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + _PATIENCE
    while not holds():
        assert time.monotonic() < ends


def renewing() -> bool:
    return any(thread.name == "lease" for thread in threading.enumerate())


def test_lease_is_renewed_until_the_worker_lets_go(
    running: BulkChange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "RENEW_SECONDS", 0.01)
    with turns.kept(rows(running)):
        for _ in range(2):
            before = lease(running)
            wait(lambda before=before: lease(running) != before)  # type: ignore[misc]
    turns.leave(rows(running))

    assert (lease(running), renewing()) == (None, False)


def test_lease_of_a_worker_that_hangs_is_renewed_no_more(
    running: BulkChange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "RENEW_SECONDS", 0.01)
    monkeypatch.setattr(turns, "HANGS_SECONDS", 0.0)
    before = lease(running)
    with turns.kept(rows(running)):
        wait(lambda: not renewing())

        assert lease(running) == before


def test_a_killed_workers_work_is_found_within_half_a_minute() -> None:
    for name in ("revive-bulk-changes", "revive-moves", "revive-backtests"):
        looked_for = CELERY["beat_schedule"][name]["schedule"]
        assert turns.LEASE.total_seconds() + looked_for <= 30
    assert turns.LEASE.total_seconds() >= turns.RENEW_SECONDS * 3
