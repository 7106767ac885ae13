"""How much mail there may be: two machines that answer each other come to an end, people notice nothing.

Counted when a worker takes a mail up, never when it is prepared: what a preview shows does not depend on the hour.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from scrips.channels.email import pending
from scrips.claims import Claimed
from scrips.models import Mailing
from tessera.lib import clock
from tessera.lib.mime import AddressInvalid
from tessera.lib.query.fold import fold


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
        return _("more than %(count)d mails within %(span)s") % {"count": self.count, "span": span}


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
    """The caps on all mail together, from the settings; none unless set."""
    return tuple(
        Cap(count, timedelta(seconds=seconds)) for count, seconds in settings.TESSERA_MAIL_CAPS
    )


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
    with transaction.atomic(durable=True):
        _lock(delivery.ticket_id)
        counted = _counted(delivery.ticket_id, list(addresses.values()), at)
        let = set(Mailing.objects.filter(delivery=delivery.pk).values_list("address", flat=True))
        asked = {given: known for given, known in addresses.items() if known not in let}
        reasons = _reasons(asked, counted, at)
        Mailing.objects.bulk_create(
            Mailing(delivery=delivery, ticket_id=delivery.ticket_id, address=known, at=at)
            for known in {known for given, known in asked.items() if given not in reasons}
        )
    return reasons


def purge() -> None:
    """Drop what counts no more."""
    longest = max((_LONGEST, *(cap.within for cap in overall())))
    Mailing.objects.filter(at__lt=clock.now() - longest).delete()


def _lock(ticket_id: int) -> None:
    keys = [ticket_id % 2**31]
    if settings.TESSERA_MAIL_CAPS:
        keys.insert(0, 0)  # always first: two who wait for each other would wait for ever
    with connection.cursor() as cursor:
        for key in keys:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCKS, key])


def _counted(
    ticket_id: int, addresses: Sequence[str], at: datetime
) -> Mapping[str, list[datetime]]:
    """When each address was written to about the ticket; the caps themselves keep these lists short."""
    found: dict[str, list[datetime]] = {address: [] for address in addresses}
    for address, time in _lately(ticket_id, addresses, at).values_list("address", "at"):
        found[address].append(time)
    return found


def _lately(ticket_id: int, addresses: Sequence[str], at: datetime) -> QuerySet[Mailing]:
    return Mailing.objects.filter(
        ticket_id=ticket_id, address__in=addresses, at__gt=at - _LONGEST, at__lte=at
    ).order_by()


def _reasons(
    asked: Mapping[str, str], counted: Mapping[str, list[datetime]], at: datetime
) -> dict[str, str]:
    reasons: dict[str, str] = {}
    room = _room(at)
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


def _room(at: datetime) -> _Room | None:
    rooms = [
        _Room(cap, cap.count - Mailing.objects.filter(at__gt=at - cap.within, at__lte=at).count())
        for cap in overall()
    ]
    return min(rooms, key=lambda room: room.left, default=None)
