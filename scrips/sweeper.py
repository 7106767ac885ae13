"""What a lost message, a dead worker or a restart left behind, found by the rows alone."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Q

from scrips import outbox
from scrips.models import Delivery
from tessera.lib import clock

# One round's share; a round follows every few seconds, so a pile of any height goes down.
_BATCH = 1000
_RECORDS = 200


@dataclass(frozen=True, slots=True)
class Swept:
    """How many deliveries a round freed from dead workers, told workers of, and recorded."""

    released: int
    published: int
    recorded: int


def sweep() -> Swept:
    """One round: free what dead workers hold, tell of what is due, write the records that lack.

    Two rounds at once do no harm: claims and records are unique.
    """
    return Swept(released=_release(), published=_publish(), recorded=_record())


def _release() -> int:
    expired = Delivery.objects.filter(
        status=Delivery.Status.SENDING, lease_until__lte=clock.now()
    ).order_by("lease_until")[:_BATCH]
    return sum(outbox.release(delivery) for delivery in expired)


def _publish() -> int:
    """Tell of each due delivery once in a lease, or messages would pile up faster than work ends.

    On a waiting row `lease_until` is how long the last message is trusted.
    """
    now = clock.now()
    untold = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    due = (
        Delivery.objects.filter(untold, status__in=outbox.WAITING, next_attempt_at__lte=now)
        .order_by("next_attempt_at", "id")
        .values_list("id", "kind")[:_BATCH]
    )
    told = outbox.publish(list(due))
    if told:
        Delivery.objects.filter(pk__in=told, status__in=outbox.WAITING).update(
            lease_until=now + timedelta(seconds=settings.TESSERA_DELIVERY_LEASE)
        )
    return len(told)


def _record() -> int:
    """Only after a lease: until then the worker that sent it is about to record it itself."""
    before = clock.now() - timedelta(seconds=settings.TESSERA_DELIVERY_LEASE)
    unrecorded = Delivery.objects.filter(
        status=Delivery.Status.SENT, recorded=False, sent_at__lte=before
    ).order_by("id")[:_RECORDS]
    return sum(outbox.record(delivery) for delivery in unrecorded)
