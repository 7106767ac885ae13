"""Who may send a delivery: one worker, for as long as its lease lasts, at one of the places that its host has.

A claim is one statement. Without a place the delivery waits as it is, and whoever has a place at its host takes it up
when he is done with his own: so a slow host holds a few workers and no more, and a fast one waits for nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from scrips import hosts
from scrips.models import Attempt, Delivery
from tessera.lib import berth, clock
from tessera.lib.database import prepared

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
    SET status = 'sending', attempts = attempts + 1, lease_until = %(lease)s, slot = chosen.slot,
        worker = %(worker)s
    FROM (
        SELECT wanted.id, place.slot FROM scrips_delivery AS wanted
        CROSS JOIN ({places}) AS place (slot)
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
    RETURNING {columns}
"""
_COLUMNS = tuple(str(field.column) for field in Delivery._meta.concrete_fields)  # noqa: SLF001  # documented
MINE = ", ".join(f"mine.{column}" for column in _COLUMNS)
_ANY_PLACE = "SELECT unnest(%(places)s::int[])"
# Who asks is told in the same statement how the delivery stands that cannot be had.
_THIS = f"""
    WITH taken AS ({_CLAIM.format(places=_ANY_PLACE, which="%(id)s", columns=MINE)})
    SELECT true, {", ".join(_COLUMNS)} FROM taken UNION ALL
    SELECT false, {MINE} FROM scrips_delivery AS mine WHERE id = %(id)s AND NOT EXISTS (SELECT FROM taken)
"""  # noqa: S608  # constants
_DUE = """
    SELECT id FROM scrips_delivery
    WHERE kind = %(kind)s AND host = %(host)s AND status IN ('pending', 'failed') AND next_attempt_at <= %(now)s
    ORDER BY next_attempt_at, id LIMIT 1
"""
_FIRST_DUE = f"({_DUE} FOR UPDATE SKIP LOCKED)"
# At the place that the caller has: he gives it up in the same transaction, and nobody comes between.
NEXT = _CLAIM.format(places="SELECT %(slot)s::int", which=_FIRST_DUE, columns=MINE)


def claim(delivery_id: int) -> Claimed | None:
    """Take a delivery that is due, or whose worker's lease is over; None if it can't be had."""
    found = attempt(delivery_id)
    return found if isinstance(found, Claimed) else None


def attempt(delivery_id: int) -> Claimed | Unclaimed:
    """The same, with the reason."""
    found = _take(delivery_id)
    if isinstance(found, Claimed):
        return found
    if found is None:
        return Unclaimed.NOT_DUE
    if found.status == Delivery.Status.SENDING:
        if not release(found):
            return Unclaimed.NOT_DUE
        return _claim_or_blocked(_take(delivery_id))
    if not _is_due(found):
        return Unclaimed.NOT_DUE
    host = hosts.name_of(found)
    if host and hosts.may_probe(host):
        return _claim_or_blocked(_take(delivery_id, probe=True))
    return Unclaimed.BLOCKED


def next_after(done: Claimed) -> Claimed | None:
    """Take the one that has waited longest for the same host, once `done` is settled."""
    now = clock.now()
    try:
        with prepared() as cursor:
            cursor.execute(NEXT, following(done, now))
            return next_of(cursor.fetchall(), now)
    except IntegrityError:
        return None  # another took the place, and goes on instead of us


def following(done: Claimed, now: datetime) -> dict[str, Any]:
    """What `NEXT` asks: for the one that has waited longest for the same host, at the same place."""
    row = done.delivery
    return {**_asked(now), "slot": row.slot, "kind": row.kind, "host": row.host, "probe": False}


def next_of(rows: Sequence[Sequence[Any]], now: datetime) -> Claimed | None:
    """What came of it."""
    return _claimed(rows[0], now) if rows else None


def waiting_after(done: Claimed) -> int | None:
    """The id of that one, which stays where it is."""
    with prepared() as cursor:
        cursor.execute(_DUE, following(done, clock.now()))
        found = cursor.fetchone()
    return found[0] if found else None


def row_of(values: Sequence[Any]) -> Delivery:
    """A delivery of its columns, in the order of the model's fields."""
    held = dict(zip(_COLUMNS, values, strict=True))
    held["payload"] = orjson.loads(held["payload"])
    return Delivery.from_db(connection.alias, _COLUMNS, list(held.values()))


def _is_due(row: Delivery) -> bool:
    waits = row.status in WAITING
    return waits and row.next_attempt_at is not None and row.next_attempt_at <= clock.now()


def _asked(now: datetime) -> dict[str, Any]:
    lease = now + timedelta(seconds=settings.TESSERA_DELIVERY_LEASE)
    return {"lease": lease, "mail": hosts.mail_host(), "now": now, "worker": berth.name()}


def _claim_or_blocked(found: Claimed | Delivery | None) -> Claimed | Unclaimed:
    return found if isinstance(found, Claimed) else Unclaimed.BLOCKED


def _take(delivery_id: int, *, probe: bool = False) -> Claimed | Delivery | None:
    """The claim; or where it can't be had the delivery as it stands; None where there is no such."""
    now = clock.now()
    places = settings.TESSERA_HOST_CONCURRENCY
    slots = list(range(1, places + 1))
    asked = {**_asked(now), "id": delivery_id, "places": slots, "probe": probe}
    for _turn in range(2 * places):
        try:
            with prepared() as cursor:
                cursor.execute(_THIS, asked)
                found = cursor.fetchone()
        except IntegrityError:
            continue  # another took the same place in the same instant: there may be one more
        if found is None:
            return None
        taken, *values = found
        return _claimed(values, now, probe=probe) if taken else row_of(values)
    return Delivery.objects.filter(pk=delivery_id).first()


def _claimed(values: Sequence[Any], now: datetime, *, probe: bool = False) -> Claimed:
    row = row_of(values)
    return Claimed(row, now, hosts.name_of(row), probe)


def inherit(worker: UUID) -> int:
    """Free at once what a worker had in hand that is known to be gone: nobody need wait for the end of its lease. How
    many there were."""
    left = list(Delivery.objects.filter(status=Delivery.Status.SENDING, worker=worker))
    return sum(release(delivery, gone=True) for delivery in left)


def release(delivery: Delivery, *, gone: bool = False) -> bool:
    """Free a delivery whose worker's lease is over, or who is known to be gone: that try failed, the next is due at
    once.

    False if the lease still holds or another was faster. The try counts, so that a delivery which
    kills its workers comes to an end.
    """
    over = {} if gone else {"lease_until__lte": clock.now()}
    now = clock.now()
    due = now if delivery.attempts < len(settings.TESSERA_RETRY_SCHEDULE) else None
    with transaction.atomic(durable=True):
        freed = Delivery.objects.filter(
            pk=delivery.pk,
            attempts=delivery.attempts,
            status=Delivery.Status.SENDING,
            **over,
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
