"""Many deliveries made due or given up in one short transaction."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from scrips.channels import CHANNELS
from scrips.claims import WAITING
from scrips.models import Delivery
from tessera.lib import clock


def retry(rows: QuerySet[Delivery], *, most: int) -> list[int]:
    """Make the first of these due, as `outbox.retry` does one, and answer their ids.

    None of them may be sent or on its way. One transaction, which passes over what somebody else has in hand. The
    sweep tells the workers.
    """
    with transaction.atomic():
        lot = list(rows.select_for_update(skip_locked=True)[:most])
        for row in lot:
            if row.status not in WAITING:
                row.status = Delivery.Status.PENDING
            row.payload = CHANNELS[row.kind].afresh(row.payload)
            row.next_attempt_at = clock.now()
            row.lease_until = None
        changed = ["status", "payload", "next_attempt_at", "lease_until"]
        Delivery.objects.bulk_update(lot, changed)
    return [row.pk for row in lot]


def cancel(rows: QuerySet[Delivery], *, most: int) -> list[int]:
    """Give up the first of these, as `outbox.cancel` does one, and answer their ids.

    None of them may be settled. One transaction, which passes over what somebody else has in hand.
    """
    with transaction.atomic():
        ids = list(rows.select_for_update(skip_locked=True).values_list("pk", flat=True)[:most])
        Delivery.objects.filter(pk__in=ids).update(
            status=Delivery.Status.CANCELLED,
            last_error=_("Cancelled by hand."),
            next_attempt_at=None,
            lease_until=None,
        )
    return ids
