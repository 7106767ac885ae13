"""Deliveries on their way out: told to a worker, claimed, sent, settled, recorded in the log.

The rows are the truth; a message holds ids and may be lost or come twice. Nothing is sent while a
transaction is open, and no outcome goes without a row. What gets stuck, `scrips.sweeper` finds.
"""

import logging
import random
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from celery import current_app
from django.conf import settings
from django.db import Error, InterfaceError, OperationalError, connection, transaction
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError as BrokerError
from redis import RedisError

from scrips import caps, claims, hosts
from scrips import retry as schedule
from scrips.channels import CHANNELS, Line, Parcel, Receipt, Verdict
from scrips.channels.email import without
from scrips.claims import WAITING, Claimed, Unclaimed
from scrips.models import Delivery
from tessera.lib import clock
from tessera.lib.errors import DeliverySettled, NotFound
from tessera.lib.logs import log_ids
from tickets import service
from tickets.outcome import Cause

log = logging.getLogger(__name__)

# Mails share a connection and go in batches; a webhook goes alone, or it would wait for others.
BATCH = {"email": 50, "webhook": 1}
_TASKS = {"email": "scrips.tasks.deliver_mail", "webhook": "scrips.tasks.deliver_webhook"}
# After so long a batch is handed on: a task must end well before its message is given to another.
_BATCH_S = 60.0
# So long a worker goes on with what waits for the host that it has just served, before others have their turn.
_DRAIN_S = 5.0

_RETRIED_AT_ONCE = 5_000
_RETRIED_IN_A_LOT = 500

_holding: ContextVar[bool] = ContextVar("holding_deliveries", default=False)


@dataclass(frozen=True, slots=True)
class Retried:
    """How many were made due, and how many there still are (counted up to 5,000)."""

    retried: int
    left: int


def first_attempt_at() -> datetime:
    """When a delivery that is made now is due: the `next_attempt_at` of a new row, never null."""
    return schedule.first_try(clock.now(), settings.TESSERA_RETRY_SCHEDULE)


@contextmanager
def held() -> Iterator[None]:
    """Within the block no worker is told of anything: whoever holds settles the deliveries itself, and what it
    leaves the sweep finds.
    """
    token = _holding.set(True)
    try:
        yield
    finally:
        _holding.reset(token)


def publish(deliveries: Sequence[tuple[int, str]]) -> list[int]:
    """Tell the workers of deliveries, given as (id, kind); answer the ids that they were told.

    Called after COMMIT. With the broker away it comes back in milliseconds: the rest is logged and
    left to `sweeper.sweep`.
    """
    told: list[int] = []
    if _holding.get():
        return told
    by_kind: defaultdict[str, list[int]] = defaultdict(list)
    for delivery_id, kind in deliveries:
        by_kind[kind].append(delivery_id)
    try:
        for kind, ids in by_kind.items():
            for start in range(0, len(ids), BATCH[kind]):
                batch = ids[start : start + BATCH[kind]]
                current_app.send_task(_TASKS[kind], args=[batch])
                told += batch
    except (BrokerError, RedisError, OSError) as error:
        left = len(deliveries) - len(told)
        log.warning("The broker is away (%s): %d deliveries wait for the sweep.", error, left)
    return told


def deliver(kind: str, ids: Sequence[int]) -> None:
    """Send those of the deliveries that can be claimed, one after the other; the others are passed
    over. What a long batch leaves goes into a message of its own.
    """
    ends = time.monotonic() + _BATCH_S
    last: tuple[Claimed, Receipt] | None = None
    with CHANNELS[kind].open() as line:
        for position, delivery_id in enumerate(ids):
            if time.monotonic() > ends:
                publish([(left, kind) for left in ids[position:]])
                return
            with log_ids(delivery_id=delivery_id):
                found = claims.attempt(delivery_id)
                if isinstance(found, Claimed):
                    last = found, _carry_out(found, line)
                elif found is Unclaimed.BLOCKED and kind == Delivery.Kind.EMAIL:
                    break  # all mails go to the same server
        if last is not None:
            _drain(*last, line)


def _drain(done: Claimed, receipt: Receipt, line: Line) -> None:
    """Go on with what waits for the same host, as long as that answers; after a while others have their turn."""
    ends = time.monotonic() + _DRAIN_S
    while receipt.up is not False:
        if time.monotonic() > ends:
            if (left := claims.waiting_after(done)) is not None:
                publish([(left, done.delivery.kind)])
            return
        found = claims.next_after(done)
        if found is None:
            return
        with log_ids(delivery_id=found.delivery.pk):
            done, receipt = found, _carry_out(found, line)


def retry(delivery_id: int) -> Delivery:
    """Make a delivery due now, whatever its schedule said; the count of tries goes on, and so does
    its webhook-id. One that a worker has in hand is left to it.

    Raises NotFound, DeliverySettled (for a sent one).
    """
    with transaction.atomic():
        delivery = _locked(delivery_id)
        if delivery.status == Delivery.Status.SENT:
            raise DeliverySettled(_("The delivery was sent; there is nothing to try again."))
        if delivery.status != Delivery.Status.SENDING:
            if delivery.status not in WAITING:
                delivery.status = Delivery.Status.PENDING
            delivery.payload = CHANNELS[delivery.kind].afresh(delivery.payload)
            delivery.next_attempt_at = clock.now()
            delivery.lease_until = None
            delivery.save(update_fields=["status", "payload", "next_attempt_at", "lease_until"])
            hosts.hurry(hosts.name_of(delivery))
        told = [(delivery.pk, delivery.kind)]
        transaction.on_commit(lambda: publish(told), robust=True)
    return delivery


def retry_dead(*, since: datetime) -> Retried:
    """Make all that died since then due again, the oldest first, as `retry` does one: at most 5,000 at a time.

    In short transactions, which pass over what somebody else has in hand. The sweep tells the workers.
    """
    done = 0
    dead = Delivery.objects.filter(status=Delivery.Status.DEAD, died_at__gte=since)
    oldest = dead.order_by("died_at", "id")
    while done < _RETRIED_AT_ONCE:
        with transaction.atomic():
            rows = list(oldest.select_for_update(skip_locked=True)[:_RETRIED_IN_A_LOT])
            for row in rows:
                row.status = Delivery.Status.PENDING
                row.payload = CHANNELS[row.kind].afresh(row.payload)
                row.next_attempt_at = clock.now()
                row.lease_until = None
            changed = ["status", "payload", "next_attempt_at", "lease_until"]
            Delivery.objects.bulk_update(rows, changed)
        if not rows:
            break
        done += len(rows)
    return Retried(done, dead[:_RETRIED_AT_ONCE].count())


def cancel(delivery_id: int, *, reason: str = "") -> Delivery:
    """See to it that a delivery is not tried again; `reason` is kept as its `last_error`.

    A try that is under way is not stopped: if it succeeds the delivery is sent after all.
    Raises NotFound, DeliverySettled (for one that is sent or cancelled).
    """
    with transaction.atomic():
        delivery = _locked(delivery_id)
        if delivery.status in {Delivery.Status.SENT, Delivery.Status.CANCELLED}:
            raise DeliverySettled(_("The delivery is settled; there is nothing to cancel."))
        delivery.status = Delivery.Status.CANCELLED
        delivery.last_error = reason or _("Cancelled by hand.")
        delivery.next_attempt_at = delivery.lease_until = None
        delivery.save(update_fields=["status", "last_error", "next_attempt_at", "lease_until"])
    return delivery


_RECORDED = "UPDATE scrips_delivery SET recorded = true WHERE id = %s"


def record(delivery: Delivery) -> bool:
    """Write the success into the ticket's log, once; whether it stands there now.

    What goes wrong here (a busy ticket, a database that is away) is left to the sweep.
    """
    try:
        with transaction.atomic(durable=True):
            write_record(delivery)
            with connection.cursor() as cursor:
                cursor.execute(_RECORDED, [delivery.pk])
    except Exception:
        # Whatever it is, the mail is out: the next delivery must not suffer for this one's record.
        log.exception("The record of delivery %d has to wait.", delivery.pk)
        return False
    return True


def write_record(delivery: Delivery) -> None:
    """Add the record of a sent delivery to its ticket's log, once, inside the caller's transaction."""
    channel = CHANNELS[delivery.kind]
    facts = channel.facts(delivery.payload, delivery.response_status)
    service.record(
        ticket_id=delivery.ticket_id,
        type=channel.record_type,
        data={"delivery_id": delivery.pk, **facts, "scrip_version": delivery.scrip_version},
        delivery_id=delivery.pk,
        cause=Cause(delivery.scrip_id, delivery.transaction_id),
    )


def _carry_out(claimed: Claimed, line: Line) -> Receipt:
    delivery = claimed.delivery
    if delivery.kind == Delivery.Kind.EMAIL and (reasons := caps.withheld(claimed)):
        delivery.payload = without(delivery.payload, reasons)
        if not delivery.payload["pending"] and not delivery.payload["accepted"]:
            return _withhold(claimed, reasons)
    begun = time.monotonic()
    receipt = _send(claimed, line)
    duration = timedelta(seconds=time.monotonic() - begun)
    settled = _settle_persistently(claimed, receipt, duration)
    log.info("%s try %d: %s", delivery.kind, claimed.attempt, receipt.error or settled.status)
    _note_host(claimed, receipt)
    if settled.status == Delivery.Status.SENT and not settled.recorded:
        record(settled)
    return receipt


def _withhold(claimed: Claimed, reasons: Mapping[str, str]) -> Receipt:
    """Cancel a mail that goes to nobody. It was not tried, so no try is counted."""
    told = "; ".join(f"{address}: {reason}" for address, reason in reasons.items())
    mine = Delivery.objects.filter(
        pk=claimed.delivery.pk, status=Delivery.Status.SENDING, attempts=claimed.attempt
    )
    mine.update(
        status=Delivery.Status.CANCELLED,
        attempts=claimed.attempt - 1,
        payload=claimed.delivery.payload,
        last_error=told,
        next_attempt_at=None,
        lease_until=None,
    )
    log.warning("The mail is withheld: %s", told)
    return Receipt(verdict=Verdict.NEVER, error=told)


def _note_host(claimed: Claimed, receipt: Receipt) -> None:
    """Remember how the host did. Should that fail, the delivery is settled all the same, and the next try tells."""
    try:
        if claimed.probe:
            hosts.probed(claimed.host, up=receipt.up, error=receipt.error)
        elif receipt.up is False and claimed.host:
            hosts.failed(claimed.host, receipt.error)
    except Error:
        log.exception("How %s did could not be noted.", claimed.host)


def _send(claimed: Claimed, line: Line) -> Receipt:
    delivery = claimed.delivery
    parcel = Parcel(
        delivery_id=delivery.pk,
        attempt=claimed.attempt,
        created_at=delivery.created_at,
        payload=delivery.payload,
    )
    try:
        return line.send(parcel)
    except Exception as error:
        # A fault of ours: it is written down with its delivery and does not stop the others.
        log.exception("Sending failed in an unforeseen way.")
        return Receipt(verdict=Verdict.AGAIN, error=f"{type(error).__name__}: {error}")


# One statement, as SQL: the try and what it came to are noted together, in one journey. Should the sweep have taken us
# for dead, the truth takes the place of its guess. What has arrived is sent, even if the lease was lost or the delivery
# cancelled meanwhile; anything else is only said by whoever still holds the delivery.
_SETTLE = """
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
    UPDATE scrips_delivery SET
        status = %(status)s, next_attempt_at = %(due)s, sent_at = COALESCE(%(sent)s, sent_at),
        died_at = %(died)s, lease_until = NULL, last_error = %(error)s, response_status = %(answered)s,
        payload = payload || %(progress)s::jsonb
    WHERE id = %(id)s AND CASE
        WHEN %(status)s = 'sent' THEN status <> 'sent'
        ELSE status = 'sending' AND attempts = %(attempt)s
    END
    RETURNING *
"""


def _settle(claimed: Claimed, receipt: Receipt, duration: timedelta) -> Delivery:
    """Write the try and what it came to, in one statement that locks no ticket."""
    now = clock.now()
    status, due = _status_after(claimed, receipt, now)
    changed = list(
        Delivery.objects.raw(
            _SETTLE,
            {
                "id": claimed.delivery.pk,
                "attempt": claimed.attempt,
                "started": claimed.started_at,
                "duration": int(duration / timedelta(milliseconds=1)),
                "ok": receipt.verdict is Verdict.SENT,
                "answered": receipt.response_status,
                "error": receipt.error.replace("\x00", "\ufffd"),
                "answer": receipt.answer,
                "host": claimed.host,
                "up": receipt.up,
                "status": status,
                "due": due,
                "sent": now if status == Delivery.Status.SENT else None,
                "died": now if status == Delivery.Status.DEAD else None,
                "progress": orjson.dumps(receipt.progress or {}).decode(),
            },
        )
    )
    if changed:
        return changed[0]
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


def _settle_persistently(claimed: Claimed, receipt: Receipt, duration: timedelta) -> Delivery:
    """Settle, through a restart of the database: a mail that was confirmed must not go out again
    because nobody could note it. After the lease another may try anyway, so we give up then.
    """
    ends = time.monotonic() + settings.TESSERA_DELIVERY_LEASE
    pause = 0.05
    while True:
        try:
            return _settle(claimed, receipt, duration)
        except (OperationalError, InterfaceError):
            if time.monotonic() + pause > ends:
                raise
            log.warning("The database is away: noting the outcome again in %.2f s.", pause)
            connection.close()
            time.sleep(pause)
            pause = min(2 * pause, 2.0)


def _locked(delivery_id: int) -> Delivery:
    delivery = Delivery.objects.select_for_update().filter(pk=delivery_id).first()
    if delivery is None:
        raise NotFound(_("There is no such delivery."))
    return delivery
