"""Long work over many tickets, done in turns: a row says what is to do, and one worker at a time has it in hand.

A row has `status` (`running` while there is something to do) and `lease_until`. A worker takes the row for as long as
its lease lasts and keeps it while it works; when it dies the lease ends, `lost` finds the row, and another goes on.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from celery import current_app
from django.db import DatabaseError, connection
from django.db.models import Q, QuerySet
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from tessera.lib import clock, ending

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=15)
# How long a worker works before it lets others have their turn.
TURN_SECONDS = 45.0
# Twice may a renewal fail, or come late.
RENEW_SECONDS = LEASE.total_seconds() / 3
# A worker that hangs must not hold on for ever. No one ticket takes so long.
HANGS_SECONDS = TURN_SECONDS + 60


def take(running: "QuerySet[Any]") -> bool:
    """Take the one row, which runs, in hand; False where somebody has it, or it does not run any more."""
    now = clock.now()
    return _free(running).update(lease_until=now + LEASE) == 1


@contextmanager
def kept(running: "QuerySet[Any]") -> Iterator[None]:
    """Hold on to the row that was taken, within the block and as long as it runs, however long one ticket takes.

    Not to be used within a transaction: the lease is renewed by another connection.
    """
    ended = threading.Event()
    keeper = threading.Thread(target=_renew, args=[running, ended], name="lease", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        ended.set()
        keeper.join()  # or it would take the row again that is let go of now


def _renew(running: "QuerySet[Any]", ended: threading.Event) -> None:
    hangs = time.monotonic() + HANGS_SECONDS
    while not ended.wait(RENEW_SECONDS) and time.monotonic() < hangs:
        try:
            running.update(lease_until=clock.now() + LEASE)
        except DatabaseError as error:
            log.warning("The lease of work on tickets was not renewed: %s", error)
        finally:
            connection.close()


def lasts(ends: float) -> bool:
    """Whether the turn that ends then (by the clock that measures) goes on: not in a worker that is asked to end."""
    return time.monotonic() < ends and not ending.asked.is_set()


def leave(rows: "QuerySet[Any]") -> None:
    """Let go of the row: whoever comes next finds it free."""
    rows.update(lease_until=None)


def lost(running: "QuerySet[Any]") -> list[int]:
    """The rows that nobody has in hand: their message was lost, or their worker died."""
    return list(_free(running).values_list("pk", flat=True))


def publish(task: str, ids: list[int], *, wait: float = 0) -> None:
    """Tell a worker of each, to begin in `wait` seconds: a few, longer waits are rows. With the broker away they wait
    for whoever looks for the `lost`."""
    try:
        for number in ids:
            current_app.send_task(task, args=[number], countdown=wait or None)
    except (BrokerError, RedisError, OSError) as error:
        log.warning("The broker is away (%s): work on tickets waits.", error)


def _free(running: "QuerySet[Any]") -> "QuerySet[Any]":
    return running.filter(Q(lease_until=None) | Q(lease_until__lte=clock.now()))
