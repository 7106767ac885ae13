"""The records of deliveries that were sent, in their tickets' logs: once each, several in one transaction."""

import logging
import threading
import time
from collections.abc import Iterable, Sequence
from types import TracebackType

from django.db import transaction

from scrips.channels import CHANNELS
from scrips.models import Delivery
from tessera.lib import ending
from tessera.lib.database import prepared
from tickets import service
from tickets.outcome import Cause

log = logging.getLogger(__name__)

# A worker that sends fast writes so many together, and none later than this after it was sent.
_LOT = 20
_WAIT_S = 0.25
# So long the last to be done with what it sends waits for what other threads send meanwhile.
_LINGER_S = 0.1
_RECORDED = "UPDATE scrips_delivery SET recorded = true WHERE id = ANY(%s::bigint[])"


class Records:
    """What a task has sent and not recorded yet. At the end of the block everything is tried; by another task's thread
    where they are `shared`.
    """

    def __init__(self, shared: "Shared | None" = None) -> None:
        self._shared = shared
        self._waiting: list[Delivery] = []
        self._since = 0.0

    def __enter__(self) -> "Records":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._shared is None:
            self.write()
        else:
            self._shared.write(self._waiting)

    def add(self, delivery: Delivery) -> None:
        """Take one that was sent; now and then this writes."""
        if not self._waiting:
            self._since = time.monotonic()
        self._waiting.append(delivery)
        if len(self._waiting) >= _LOT or time.monotonic() - self._since >= _WAIT_S:
            self.write()

    def write(self) -> None:
        """Record what is there."""
        waiting, self._waiting = self._waiting, []
        record(waiting)


class Shared:
    """What the threads of a process sent within a moment, recorded together: one record alone pays for a transaction,
    with its locks and its way to the disk, as much as twenty.

    One thread waits for the others, who go on with something else. Should it die, the sweep writes what lacks.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Delivery] = []
        self._awaited = False

    def write(self, deliveries: Sequence[Delivery]) -> None:
        """See to it that these are recorded: here and now, unless some thread is about to do it anyway."""
        with self._lock:
            self._waiting += deliveries
            if self._awaited or not self._waiting:
                return
            self._awaited = True
        try:
            ending.asked.wait(_LINGER_S)
        finally:
            with self._lock:
                waiting, self._waiting = self._waiting, []
                self._awaited = False
            record(waiting)


def record(deliveries: Sequence[Delivery]) -> int:
    """Write these successes into their tickets' logs, once each; how many stand there now.

    What goes wrong here (a busy ticket, a database that is away) is left to the sweep, and keeps no other back.
    """
    lots = [deliveries[start : start + _LOT] for start in range(0, len(deliveries), _LOT)]
    return sum(_record(lot) for lot in lots)


def _record(lot: Sequence[Delivery]) -> int:
    try:
        with transaction.atomic(durable=True):
            write(lot)
            with prepared() as cursor:
                cursor.execute(_RECORDED, [[delivery.pk for delivery in lot]])
    except Exception:
        if len(lot) > 1:
            return sum(_record([delivery]) for delivery in lot)
        # Whatever it is, the mail is out: nothing else must suffer for this one's record.
        log.exception("The record of delivery %d has to wait.", lot[0].pk)
        return 0
    return len(lot)


def write(deliveries: Iterable[Delivery]) -> None:
    """Add the records of sent deliveries to their tickets' logs, once each, inside the caller's transaction."""
    service.record([_record_of(delivery) for delivery in deliveries])


def _record_of(delivery: Delivery) -> service.Record:
    channel = CHANNELS[delivery.kind]
    facts = channel.facts(delivery.payload, delivery.response_status)
    return service.Record(
        ticket_id=delivery.ticket_id,
        delivery_id=delivery.pk,
        type=channel.record_type,
        data={"delivery_id": delivery.pk, **facts, "scrip_version": delivery.scrip_version},
        cause=Cause(delivery.scrip_id, delivery.transaction_id),
    )
