"""What a lost message, a dead worker or a restart left behind, found by the rows alone."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import connection

from scrips import claims, hosts, recording, wakes
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


@dataclass(slots=True)
class _Due:
    pk: int
    kind: str
    host: str


def sweep() -> Swept:
    """One round: free what dead workers hold, tell of what is due, write the records that lack.

    Two rounds at once do no harm: claims and records are unique.
    """
    return Swept(released=_release(), published=_publish(), recorded=_record())


def _release() -> int:
    expired = Delivery.objects.filter(
        status=Delivery.Status.SENDING, lease_until__lte=clock.now()
    ).order_by("lease_until")[:_BATCH]
    return sum(claims.release(delivery) for delivery in expired)


# Host by host, so that the pile of one hides no other's, and looking past a pile costs one step. Of each only as many
# as its places can take at once: who has a place goes on with what waits. Of a host that is left alone the one that
# may try it, when the time has come.
_DUE = """
    WITH RECURSIVE place AS (
        (SELECT kind, host FROM scrips_delivery WHERE status IN ('pending', 'failed') ORDER BY kind, host LIMIT 1)
        UNION ALL
        SELECT following.kind, following.host FROM place CROSS JOIN LATERAL (
            SELECT kind, host FROM scrips_delivery
            WHERE status IN ('pending', 'failed') AND (kind, host) > (place.kind, place.host)
            ORDER BY kind, host LIMIT 1
        ) AS following
    )
    SELECT due.id, place.kind, place.host FROM place
    LEFT JOIN scrips_host ON name = COALESCE(NULLIF(place.host, ''), %(mail)s) AND opened_at IS NOT NULL
    CROSS JOIN LATERAL (
        SELECT id, next_attempt_at FROM scrips_delivery AS waits
        WHERE waits.kind = place.kind AND waits.host = place.host AND status IN ('pending', 'failed')
            AND next_attempt_at <= %(now)s AND (lease_until IS NULL OR lease_until <= %(now)s)
        ORDER BY next_attempt_at, id
        LIMIT CASE WHEN scrips_host.id IS NOT NULL THEN 1 WHEN place.kind = 'email' THEN %(mails)s ELSE %(hooks)s END
    ) AS due
    WHERE scrips_host.id IS NULL OR probe_at <= %(now)s
    ORDER BY due.next_attempt_at, due.id LIMIT %(most)s
"""


def _publish() -> int:
    """Tell of each due delivery once in a lease, or messages would pile up faster than work ends.

    On a waiting row `lease_until` is how long the last message is trusted.
    """
    now = clock.now()
    places = settings.TESSERA_HOST_CONCURRENCY
    asked = {
        "mail": hosts.mail_host(),
        "now": now,
        "mails": places * wakes.MESSAGE,
        "hooks": places,
        "most": _BATCH,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DUE, asked)
        due = [_Due(*row) for row in cursor.fetchall()]
    told = wakes.publish(due)
    if told:
        Delivery.objects.filter(pk__in=told, status__in=claims.WAITING).update(
            lease_until=now + timedelta(seconds=settings.TESSERA_DELIVERY_LEASE)
        )
    return len(told)


def _record() -> int:
    """Only after a lease: until then the worker that sent it is about to record it itself."""
    before = clock.now() - timedelta(seconds=settings.TESSERA_DELIVERY_LEASE)
    unrecorded = Delivery.objects.filter(
        status=Delivery.Status.SENT, recorded=False, sent_at__lte=before
    ).order_by("id")[:_RECORDS]
    return recording.record(list(unrecorded))
