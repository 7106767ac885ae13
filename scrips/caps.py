"""How much mail there may be: two machines that answer each other come to an end, people notice nothing.

Counted when a worker takes a mail up, never when it is prepared: what a preview shows does not depend on the hour.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from scrips.channels.email import pending
from scrips.claims import Claimed
from scrips.models import Delivery, Mailing
from tessera.lib import clock
from tessera.lib.database import prepared
from tessera.lib.mime import AddressInvalid
from tessera.lib.query.fold import fold
from tickets import config as configuration


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many mails within so long."""

    count: int
    within: timedelta

    def reached(self, times: Iterable[datetime], at: datetime) -> bool:
        """Whether one more at `at` would be too many after those."""
        return sum(at - self.within < time <= at for time in times) >= self.count

    def __str__(self) -> str:
        minutes = max(1, round(self.within / timedelta(minutes=1)))
        if minutes % 60:
            span = ngettext("%d minute", "%d minutes", minutes) % minutes
        else:
            span = ngettext("%d hour", "%d hours", minutes // 60) % (minutes // 60)
        told = ngettext(
            "more than %(count)d mail within %(span)s",
            "more than %(count)d mails within %(span)s",
            self.count,
        )
        return told % {"count": self.count, "span": span}


# For each ticket and address.
PER_ADDRESS = (
    Cap(10, timedelta(minutes=10)),
    Cap(15, timedelta(minutes=30)),
    Cap(25, timedelta(hours=1)),
    Cap(50, timedelta(hours=3)),
    Cap(100, timedelta(hours=10)),
)
_LONGEST = max(cap.within for cap in PER_ADDRESS)
# Advisory locks of this purpose, of which the second number is a ticket's or, for all mail together, 0.
_LOCKS = 71_524


def overall() -> tuple[Cap, ...]:
    """The caps on all mail together; none unless set. One statement."""
    caps = configuration.current().site.mail_caps
    return tuple(Cap(count, timedelta(seconds=seconds)) for count, seconds in caps)


def withheld(claimed: Claimed) -> Mapping[str, str]:
    """The addresses that the mail does not go to, each with the reason; the others are counted.

    One transaction under a lock for each ticket, so that of two mails at once both see one of them. An address that
    an earlier try was let through to is let through again.
    """
    delivery = claimed.delivery
    try:
        addresses = {address: fold(address) for address in pending(delivery.payload)}
    except AddressInvalid:
        return {}  # the channel says so
    at = delivery.next_attempt_at or claimed.started_at
    caps = overall()
    with transaction.atomic(durable=True):
        known = sorted(set(addresses.values()))
        counted, let = _lately(delivery, known, at, together=bool(caps))
        asked = {given: known for given, known in addresses.items() if known not in let}
        reasons = _reasons(asked, counted, at, caps)
        _count(delivery, {known for given, known in asked.items() if given not in reasons}, at)
    return reasons


def purge() -> None:
    """Drop what counts no more."""
    longest = max((_LONGEST, *(cap.within for cap in overall())))
    Mailing.objects.filter(at__lt=clock.now() - longest).delete()


# As text, and sent together: they stand before every mail. The lock is had before the reading begins. No index may be
# asked for the times: the plan is made without them, and might read all mails of ten hours.
_LOCK = "SELECT pg_advisory_xact_lock(%s, %s)"
_LATELY = """
    SELECT address, at, false FROM scrips_mailing
    WHERE ticket_id = %(ticket)s AND address = ANY(%(addresses)s::text[])
        AND (at > %(since)s AND at <= %(at)s) IS TRUE
    UNION ALL SELECT address, at, true FROM scrips_mailing WHERE delivery_id = %(delivery)s
"""
_COUNT = """
    INSERT INTO scrips_mailing (delivery_id, ticket_id, address, at)
    SELECT %s, %s, address, %s FROM unnest(%s::text[]) AS address
"""


def _lately(
    delivery: Delivery, addresses: Sequence[str], at: datetime, *, together: bool
) -> tuple[Mapping[str, list[datetime]], frozenset[str]]:
    """When each address was written to about the ticket, which the caps themselves keep short, and the addresses that
    this mail was let through to before. Nobody else counts mails of the ticket until the transaction ends.
    """
    keys = [delivery.ticket_id % 2**31]
    if together:
        keys.insert(0, 0)  # always first: two who wait for each other would wait for ever
    with prepared() as locking, prepared() as reading:
        with connection.wrap_database_errors, connection.connection.pipeline():
            for key in keys:
                locking.execute(_LOCK, [_LOCKS, key])
            reading.execute(
                _LATELY,
                {
                    "ticket": delivery.ticket_id,
                    "addresses": list(addresses),
                    "since": at - _LONGEST,
                    "at": at,
                    "delivery": delivery.pk,
                },
            )
        rows = reading.fetchall()
    counted: dict[str, list[datetime]] = {address: [] for address in addresses}
    for address, time, mine in rows:
        if not mine:
            counted[address].append(time)
    return counted, frozenset(address for address, _time, mine in rows if mine)


def _count(delivery: Delivery, addresses: Iterable[str], at: datetime) -> None:
    let = sorted(addresses)
    if let:
        with prepared() as cursor:
            cursor.execute(_COUNT, [delivery.pk, delivery.ticket_id, at, let])


def _reasons(
    asked: Mapping[str, str],
    counted: Mapping[str, list[datetime]],
    at: datetime,
    caps: Sequence[Cap],
) -> dict[str, str]:
    reasons: dict[str, str] = {}
    room = _room(at, caps)
    for given, known in asked.items():
        cap = next((cap for cap in PER_ADDRESS if cap.reached(counted[known], at)), None)
        if cap is not None:
            reasons[given] = _("%s about this ticket; is there a loop?") % cap
        elif room is not None and room.left <= 0:
            reasons[given] = _("%s in all") % room.cap
        elif room is not None:
            room.left -= 1
    return reasons


@dataclass(slots=True)
class _Room:
    """How many mails the narrowest of the overall caps lets through yet."""

    cap: Cap
    left: int


def _room(at: datetime, caps: Sequence[Cap]) -> _Room | None:
    rooms = [
        _Room(cap, cap.count - Mailing.objects.filter(at__gt=at - cap.within, at__lte=at).count())
        for cap in caps
    ]
    return min(rooms, key=lambda room: room.left, default=None)
