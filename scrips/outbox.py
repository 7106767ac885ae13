"""Deliveries on their way out: told to a worker, claimed, sent, settled, recorded in the log.

The rows are the truth; a message holds ids and may be lost or come twice. Nothing is sent while a
transaction is open, and no outcome goes without a row. What gets stuck, `scrips.sweeper` finds.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import Error, transaction
from django.utils.translation import gettext as _

from scrips import caps, claims, hosts, lots, wakes
from scrips import retry as schedule
from scrips.channels import CHANNELS, Line, Parcel, Receipt, Verdict
from scrips.channels.email import without
from scrips.claims import WAITING, Claimed, Unclaimed
from scrips.models import Delivery
from scrips.recording import Records, Shared
from scrips.settling import settle
from tessera.lib import clock, ending, logs, metrics
from tessera.lib.errors import DeliverySettled, NotFound

log = logging.getLogger(__name__)

# After so long the rest of a message is handed on: a task must end well before its message is given to another.
_MESSAGE_S = 60.0
# So long a worker goes on with what waits for the host that it has just served, before others have their turn.
_DRAIN_S = 5.0

_RETRIED_AT_ONCE = 5_000
_RETRIED_IN_A_LOT = 500


@dataclass(frozen=True, slots=True)
class Retried:
    """How many were made due, and how many there still are (counted up to 5,000)."""

    retried: int
    left: int


def first_attempt_at() -> datetime:
    """When a delivery that is made now is due: the `next_attempt_at` of a new row, never null."""
    return schedule.first_try(clock.now(), settings.TESSERA_RETRY_SCHEDULE)


def deliver(kind: str, ids: Sequence[int], *, shared: Shared | None = None) -> None:
    """Send those of the deliveries, all for one host, that can be claimed, and after each what waits for that host;
    the others are passed over. They are recorded when it returns, or soon where that is `shared` with other threads.
    """
    ends = time.monotonic() + _MESSAGE_S
    with Records(shared) as records, CHANNELS[kind].open() as line:
        for position, delivery_id in enumerate(ids):
            if time.monotonic() > ends or ending.asked.is_set():
                wakes.hand_on(kind, ids[position:])
                return
            found = claims.attempt(delivery_id)
            if found is Unclaimed.BLOCKED or (
                isinstance(found, Claimed) and _drain(found, line, records)
            ):
                return


def _drain(claimed: Claimed | None, line: Line, records: Records) -> bool:
    """Send it, and go on with what waits for the same host as long as that answers; after a while others have
    their turn. Whether that is all: nothing more waits, or a worker is told of it.
    """
    ends = time.monotonic() + _DRAIN_S
    answered = True
    while claimed is not None and answered:
        going_on = time.monotonic() < ends
        done = claimed
        with logs.about_delivery(done.delivery.pk):
            claimed, answered = _carry_out(done, line, records, going_on=going_on)
        if not going_on and (left := claims.waiting_after(done)) is not None:
            wakes.hand_on(done.delivery.kind, [left])
    return answered


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
        transaction.on_commit(lambda: wakes.publish_soon([delivery]), robust=True)
    return delivery


def retry_dead(*, since: datetime) -> Retried:
    """Make all that died since then due again, the oldest first, as `retry` does one: at most 5,000 at a time.

    In short transactions, which pass over what somebody else has in hand. The sweep tells the workers.
    """
    done = 0
    dead = Delivery.objects.filter(status=Delivery.Status.DEAD, died_at__gte=since)
    oldest = dead.order_by("died_at", "id")
    while done < _RETRIED_AT_ONCE:
        ids = lots.retry(oldest, most=_RETRIED_IN_A_LOT)
        if not ids:
            break
        done += len(ids)
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


def _carry_out(
    claimed: Claimed, line: Line, records: Records, *, going_on: bool
) -> tuple[Claimed | None, bool]:
    """One try: the claim of the next one for the same host where the caller goes on, and whether the host answered."""
    delivery = claimed.delivery
    if delivery.kind == Delivery.Kind.EMAIL and (reasons := caps.withheld(claimed)):
        delivery.payload = without(delivery.payload, reasons)
        if not delivery.payload["pending"] and not delivery.payload["accepted"]:
            _withhold(claimed, reasons)
            return claims.next_after(claimed) if going_on else None, True
    begun = time.monotonic()
    receipt = _send(claimed, line)
    duration = timedelta(seconds=time.monotonic() - begun)
    answered = receipt.up is not False
    going_on = going_on and answered and not ending.asked.is_set()
    # After a probe the host must first be known to answer.
    settled = settle(claimed, receipt, duration, going_on=going_on and not claimed.probe)
    done = settled.delivery
    log.info("%s try %d: %s", delivery.kind, claimed.attempt, receipt.error or done.status)
    _count(done)
    _note_host(claimed, receipt)
    if done.status == Delivery.Status.SENT and not done.recorded:
        records.add(done)
    following = claims.next_after(claimed) if going_on and claimed.probe else settled.following
    return following, answered


def _count(done: Delivery) -> None:
    sent = done.status == Delivery.Status.SENT
    took = (clock.now() - done.created_at).total_seconds() if sent else None
    metrics.delivery(done.kind, done.status, seconds=took)


def _withhold(claimed: Claimed, reasons: Mapping[str, str]) -> None:
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


def _locked(delivery_id: int) -> Delivery:
    delivery = Delivery.objects.select_for_update().filter(pk=delivery_id).first()
    if delivery is None:
        raise NotFound(_("There is no such delivery."))
    return delivery
