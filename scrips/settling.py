"""What a try came to, written down: the try, the delivery's next status, and with it the claim of the next one.

Both in one journey to the database: whoever has a place at a host keeps it while deliveries wait for that host. No
ticket is locked here, so nothing holds up the note that a mail is out.
"""

import logging
import random
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, connection

from scrips import claims
from scrips import retry as schedule
from scrips.channels import Receipt, Verdict
from scrips.claims import Claimed
from scrips.models import Delivery
from tessera.lib import clock
from tessera.lib.database import prepared

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settled:
    """The delivery as it stands now, and the claim of the next one for the same host, if that was asked for."""

    delivery: Delivery
    following: Claimed | None = None


# As SQL: the try and what it came to are noted together, in one statement. Should the sweep have taken us for dead, the
# truth takes the place of its guess. What has arrived is sent, even if the lease was lost or the delivery cancelled
# meanwhile; anything else is only said by whoever still holds the delivery.
_SETTLE = f"""
    WITH tried AS (
        INSERT INTO scrips_attempt
            (delivery_id, number, started_at, duration_ms, ok, response_status, error, answer, host, up)
        VALUES (%(id)s, %(attempt)s, %(started)s, %(duration)s, %(ok)s, %(answered)s, %(error)s, %(answer)s, %(host)s,
            %(up)s)
        ON CONFLICT (delivery_id, number) DO UPDATE SET
            (started_at, duration_ms, ok, response_status, error, answer, host, up)
            = (EXCLUDED.started_at, EXCLUDED.duration_ms, EXCLUDED.ok, EXCLUDED.response_status,
               EXCLUDED.error, EXCLUDED.answer, EXCLUDED.host, EXCLUDED.up)
    )
    UPDATE scrips_delivery AS mine SET
        status = %(status)s, next_attempt_at = %(due)s, sent_at = COALESCE(%(sent)s, sent_at),
        died_at = %(died)s, lease_until = NULL, last_error = %(error)s, response_status = %(answered)s,
        payload = payload || %(progress)s::jsonb
    WHERE id = %(id)s AND CASE
        WHEN %(status)s = 'sent' THEN status <> 'sent'
        ELSE status = 'sending' AND attempts = %(attempt)s
    END
    RETURNING {claims.MINE}
"""  # noqa: S608  # constants


def settle(
    claimed: Claimed, receipt: Receipt, duration: timedelta, *, going_on: bool = False
) -> Settled:
    """Write the try and what it came to, and claim the next delivery for that host if the caller goes on with it.

    Through a restart of the database: a mail that was confirmed must not go out again because nobody could note it.
    After the lease another may try anyway, so we give up then, with the database's own error.
    """
    ends = time.monotonic() + settings.TESSERA_DELIVERY_LEASE
    pause = 0.05
    while True:
        try:
            return _settle(claimed, receipt, duration, going_on=going_on)
        except IntegrityError:
            if not going_on:
                raise
            going_on = False  # the lease was lost, and another has our place
        except (OperationalError, InterfaceError):
            if time.monotonic() + pause > ends:
                raise
            log.warning("The database is away: noting the outcome again in %.2f s.", pause)
            connection.close()
            time.sleep(pause)
            pause = min(2 * pause, 2.0)


def _settle(claimed: Claimed, receipt: Receipt, duration: timedelta, *, going_on: bool) -> Settled:
    now = clock.now()
    connection.ensure_connection()
    with prepared() as mine, prepared() as other:
        # Sent together they are one transaction: the place is given up and taken again with nobody between.
        with connection.wrap_database_errors, connection.connection.pipeline():
            mine.execute(_SETTLE, _noted(claimed, receipt, duration, now))
            if going_on:
                other.execute(claims.NEXT, claims.following(claimed, now))
        changed = mine.fetchone()
        following = claims.next_of(other.fetchall(), now) if going_on else None
    if changed:
        return Settled(claims.row_of(changed), following)
    return Settled(_as_it_stands(claimed, receipt), following)


def _noted(
    claimed: Claimed, receipt: Receipt, duration: timedelta, now: datetime
) -> dict[str, Any]:
    status, due = _status_after(claimed, receipt, now)
    return {
        "id": claimed.delivery.pk,
        "attempt": claimed.attempt,
        "started": claimed.started_at,
        "duration": int(duration / timedelta(milliseconds=1)),
        "ok": receipt.verdict is Verdict.SENT,
        "answered": receipt.response_status,
        "error": receipt.error,
        "answer": receipt.answer,
        "host": claimed.host,
        "up": receipt.up,
        "status": status,
        "due": due,
        "sent": now if status == Delivery.Status.SENT else None,
        "died": now if status == Delivery.Status.DEAD else None,
        "progress": orjson.dumps(receipt.progress or {}).decode(),
    }


def _as_it_stands(claimed: Claimed, receipt: Receipt) -> Delivery:
    """Of one that is no longer ours to settle."""
    row = Delivery.objects.filter(pk=claimed.delivery.pk)
    if receipt.progress:
        # Cancelled meanwhile: should it be retried, who has the mail already must be known.
        known = {**claimed.delivery.payload, **receipt.progress}
        row.filter(attempts=claimed.attempt).update(payload=known)
    return row.get()


def _status_after(claimed: Claimed, receipt: Receipt, now: datetime) -> tuple[str, datetime | None]:
    """The delivery's next status, and when it is due again."""
    if receipt.verdict is Verdict.SENT:
        return Delivery.Status.SENT, None
    due = None
    if receipt.verdict is Verdict.AGAIN:
        due = schedule.next_try(
            now,
            made=claimed.attempt,
            schedule=settings.TESSERA_RETRY_SCHEDULE,
            chance=random.random(),  # noqa: S311 -- spreads load, guards nothing
            retry_after=receipt.retry_after,
        )
    if due is not None:
        return Delivery.Status.FAILED, due
    # What some recipients have is sent; that others have it not is noted in `last_error`.
    return (Delivery.Status.SENT if receipt.partly else Delivery.Status.DEAD), None
