"""Who may send a delivery: one worker, for as long as its lease lasts, at one of the places that its host has.

A claim is one statement. Without a place the delivery waits as it is, and whoever has a place at its host takes it up
when he is done with his own: so a slow host holds a few workers and no more, and a fast one waits for nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from django.conf import settings
from django.db import IntegrityError, transaction

from scrips import hosts
from scrips.models import Attempt, Delivery
from tessera.lib import clock

WAITING = (Delivery.Status.PENDING, Delivery.Status.FAILED)

_LOST = "the worker that was sending this ended before it could say what came of it"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this worker alone may send, until its lease ends.

    Its `attempts` is the number of this try and the fence: it counts up with every claim, so that a
    worker which lost its lease cannot speak for the try of its successor. `host` is where it goes, empty where there is
    none to speak of; `probe` says that the host is left alone but for this one.
    """

    delivery: Delivery
    started_at: datetime
    host: str
    probe: bool = False

    @property
    def attempt(self) -> int:
        return self.delivery.attempts


class Unclaimed(Enum):
    """Why a delivery could not be claimed: it is not due or another has it, or its host takes no more now."""

    NOT_DUE = "not due"
    BLOCKED = "blocked"


# As SQL because the ORM's UPDATE gives no rows back: the hot path is one statement instead of two.
_CLAIM = """
    UPDATE scrips_delivery AS mine
    SET status = 'sending', attempts = attempts + 1, lease_until = %(lease)s, slot = chosen.slot
    FROM (
        SELECT wanted.id, place.slot FROM scrips_delivery AS wanted
        CROSS JOIN generate_series(1, %(places)s) AS place (slot)
        WHERE wanted.id = {which}
            AND NOT EXISTS (
                SELECT FROM scrips_delivery AS other
                WHERE other.status = 'sending' AND other.kind = wanted.kind AND other.host = wanted.host
                    AND other.slot = place.slot)
            AND (%(probe)s OR NOT EXISTS (
                SELECT FROM scrips_host
                WHERE name = COALESCE(NULLIF(wanted.host, ''), %(mail)s) AND opened_at IS NOT NULL))
        ORDER BY random() LIMIT 1
    ) AS chosen
    WHERE mine.id = chosen.id AND mine.status IN ('pending', 'failed') AND mine.next_attempt_at <= %(now)s
    RETURNING mine.*
"""
_THIS = _CLAIM.format(which="%(id)s")
_DUE = """
    SELECT id FROM scrips_delivery
    WHERE kind = %(kind)s AND host = %(host)s AND status IN ('pending', 'failed') AND next_attempt_at <= %(now)s
    ORDER BY next_attempt_at, id LIMIT 1
"""
_NEXT = _CLAIM.format(which=f"({_DUE} FOR UPDATE SKIP LOCKED)")


def claim(delivery_id: int) -> Claimed | None:
    """Take a delivery that is due, or whose worker's lease is over; None if it can't be had."""
    found = attempt(delivery_id)
    return found if isinstance(found, Claimed) else None


def attempt(delivery_id: int) -> Claimed | Unclaimed:
    """The same, with the reason."""
    if taken := _take(_THIS, id=delivery_id):
        return taken
    row = Delivery.objects.filter(pk=delivery_id).first()
    if row is None:
        return Unclaimed.NOT_DUE
    if row.status == Delivery.Status.SENDING:
        if not release(row):
            return Unclaimed.NOT_DUE
        return _take(_THIS, id=delivery_id) or Unclaimed.BLOCKED
    if not _is_due(row):
        return Unclaimed.NOT_DUE
    host = hosts.name_of(row)
    if host and hosts.may_probe(host):
        return _take(_THIS, probe=True, id=delivery_id) or Unclaimed.BLOCKED
    return Unclaimed.BLOCKED


def next_after(done: Claimed) -> Claimed | None:
    """Take the one that has waited longest for the same host."""
    return _take(_NEXT, kind=done.delivery.kind, host=done.delivery.host)


def waiting_after(done: Claimed) -> int | None:
    """The id of that one, which stays where it is."""
    kind, host = done.delivery.kind, done.delivery.host
    found = list(Delivery.objects.raw(_DUE, {"kind": kind, "host": host, "now": clock.now()}))
    return found[0].pk if found else None


def _is_due(row: Delivery) -> bool:
    waits = row.status in WAITING
    return waits and row.next_attempt_at is not None and row.next_attempt_at <= clock.now()


def _take(statement: str, *, probe: bool = False, **which: object) -> Claimed | None:
    now = clock.now()
    places = settings.TESSERA_HOST_CONCURRENCY
    asked = {
        "lease": now + timedelta(seconds=settings.TESSERA_DELIVERY_LEASE),
        "places": places,
        "probe": probe,
        "mail": hosts.mail_host(),
        "now": now,
        **which,
    }
    for _turn in range(2 * places):
        try:
            rows = list(Delivery.objects.raw(statement, asked))
        except IntegrityError:
            continue  # another took the same place in the same instant: there may be one more
        return Claimed(rows[0], now, hosts.name_of(rows[0]), probe) if rows else None
    return None


def release(delivery: Delivery) -> bool:
    """Free a delivery whose worker's lease is over: that try failed, the next is due at once.

    False if the lease still holds or another was faster. The try counts, so that a delivery which
    kills its workers comes to an end.
    """
    now = clock.now()
    due = now if delivery.attempts < len(settings.TESSERA_RETRY_SCHEDULE) else None
    with transaction.atomic(durable=True):
        freed = Delivery.objects.filter(
            pk=delivery.pk,
            attempts=delivery.attempts,
            status=Delivery.Status.SENDING,
            lease_until__lte=now,
        ).update(
            status=Delivery.Status.FAILED if due else Delivery.Status.DEAD,
            next_attempt_at=due,
            died_at=None if due else now,
            lease_until=None,
            last_error=_LOST,
        )
        if freed != 1:
            return False
        since = (delivery.lease_until or now) - timedelta(seconds=settings.TESSERA_DELIVERY_LEASE)
        Attempt.objects.bulk_create(
            [
                Attempt(
                    delivery_id=delivery.pk,
                    number=delivery.attempts,
                    started_at=since,
                    duration_ms=0,
                    ok=False,
                    error=_LOST,
                )
            ],
            ignore_conflicts=True,
        )
    return True
