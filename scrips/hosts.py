"""How the hosts that we send to are doing, and which of them are left alone for a while (a circuit breaker).

The rows are in the database, where every worker sees them and a broker that forgets everything takes nothing away. A
delivery to a host that is left alone waits as it is: it makes no try, and so uses none up.
"""

import logging
import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.utils.translation import gettext as _

from scrips.models import Delivery, Host
from tessera.lib import clock
from tessera.lib.database import prepared
from tessera.lib.errors import NotFound

log = logging.getLogger(__name__)

WINDOW = timedelta(minutes=5)
LEAST = 10  # tries, before they say anything
SHARE = 0.7  # of them failed
# Of a host that is called very often the last tries tell enough, and no count grows with it.
_LOOKED_AT = 200
_LONGEST_PAUSE = 20  # times the first
_WAITING_COUNTED = 1000


def mail_host() -> str | None:
    """The name of the mail server; None where mails are files."""
    if not settings.EMAIL_URL:
        return None
    return f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT or 25}"[:255]


def name_of(delivery: Delivery) -> str:
    """Where the delivery goes; empty where there is no host to speak of."""
    if delivery.kind == Delivery.Kind.EMAIL:
        return mail_host() or ""
    return delivery.host


def pause(failed_probes: int) -> timedelta:
    """How long a host is left alone after so many failed probes: each time twice as long, and a tenth by chance, so
    that hosts that failed together are not probed together.
    """
    times = min(2 ** min(failed_probes, 10), _LONGEST_PAUSE)
    chance = 1 + random.random() / 10  # noqa: S311 -- spreads load, guards nothing
    return timedelta(seconds=settings.TESSERA_BREAKER_PAUSE * times * chance)


# One statement: of two workers whose tries fail together one opens it, and both read the same tries.
_FAILED = """
    WITH recent AS (
        SELECT up FROM scrips_attempt
        WHERE host = %(name)s AND up IS NOT NULL AND started_at > GREATEST(
            %(since)s, (SELECT counted_from FROM scrips_host WHERE name = %(name)s))
        ORDER BY started_at DESC LIMIT %(most)s
    ), judged AS (
        SELECT count(*) >= %(least)s AND count(*) FILTER (WHERE NOT up) >= %(share)s * count(*) AS fails FROM recent
    )
    INSERT INTO scrips_host AS known (name, opened_at, probe_at, failed_probes, last_failure_at, last_error)
    SELECT %(name)s, CASE WHEN fails THEN %(now)s END, CASE WHEN fails THEN %(probe)s END, 0, %(now)s, %(error)s
    FROM judged
    ON CONFLICT (name) DO UPDATE SET
        opened_at = COALESCE(known.opened_at, EXCLUDED.opened_at),
        probe_at = CASE WHEN known.opened_at IS NULL THEN EXCLUDED.probe_at ELSE known.probe_at END,
        last_failure_at = EXCLUDED.last_failure_at, last_error = EXCLUDED.last_error
    RETURNING COALESCE(opened_at = %(now)s, false)
"""


def failed(name: str, error: str) -> None:
    """Note that a host did not do its part. The try itself is noted already; too many of them, and it is left alone."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            _FAILED,
            {
                "name": name,
                "since": now - WINDOW,
                "most": _LOOKED_AT,
                "least": LEAST,
                "share": SHARE,
                "now": now,
                "probe": now + pause(0),
                "error": error,
            },
        )
        (opened,) = cursor.fetchone() or (False,)
    if opened:
        log.warning("%s fails: it is left alone, but for one delivery now and then.", name)


# As text: it stands before each delivery to a host that is away, of which there may be many.
_PROBE = """
    UPDATE scrips_host SET probe_at = %(until)s
    WHERE name = %(name)s AND opened_at IS NOT NULL AND probe_at <= %(now)s
"""


def may_probe(name: str) -> bool:
    """Whether the caller, and nobody else, may try a delivery at a host that is left alone.

    Should it die with that, the next may after a lease.
    """
    now = clock.now()
    until = now + timedelta(seconds=settings.TESSERA_DELIVERY_LEASE)
    with prepared() as cursor:
        cursor.execute(_PROBE, {"name": name, "now": now, "until": until})
        return bool(cursor.rowcount == 1)


def probed(name: str, *, up: bool | None, error: str) -> None:
    """Note what came of that. None: the host was not asked after all, and the next may try at once."""
    if up:
        _close(name)
        return
    now = clock.now()
    row = Host.objects.filter(name=name, opened_at__isnull=False)
    if up is None:
        row.update(probe_at=now)
        return
    failures = row.values_list("failed_probes", flat=True).first() or 0
    row.update(
        failed_probes=F("failed_probes") + 1,
        probe_at=now + pause(failures + 1),
        last_failure_at=now,
        last_error=error,
    )


def hurry(name: str) -> None:
    """Let the next delivery to a host that is left alone be tried now: a person asks for it."""
    now = clock.now()
    Host.objects.filter(name=name, probe_at__gt=now).update(probe_at=now)


def reset(name: str) -> Host:
    """Forget that a host failed: what waits for it is sent. Raises NotFound for one that never did."""
    if not _close(name):
        raise NotFound(_("No such host has failed."))
    return Host.objects.get(name=name)


def _close(name: str) -> bool:
    row = Host.objects.filter(name=name)
    return bool(
        row.update(opened_at=None, probe_at=None, failed_probes=0, counted_from=clock.now())
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """What went to a host within five minutes, and what waits for it (counted up to 1,000)."""

    tries: int
    failures: int
    waiting: int
    sending: int


_STANDINGS = """
    SELECT known.name, recent.tries, recent.failures,
        (SELECT count(*) FROM (
            SELECT FROM scrips_delivery WHERE kind = place.kind AND host = place.host
                AND status IN ('pending', 'failed') LIMIT %(counted)s) AS waits),
        (SELECT count(*) FROM scrips_delivery WHERE kind = place.kind AND host = place.host AND status = 'sending')
    FROM unnest(%(names)s::text[]) AS known (name)
    CROSS JOIN LATERAL (
        SELECT CASE WHEN known.name = %(mail)s THEN 'email' ELSE 'webhook' END AS kind,
            CASE WHEN known.name = %(mail)s THEN '' ELSE known.name END AS host
    ) AS place
    CROSS JOIN LATERAL (
        SELECT count(*) AS tries, count(*) FILTER (WHERE NOT up) AS failures FROM (
            SELECT up FROM scrips_attempt WHERE host = known.name AND up IS NOT NULL AND started_at > %(since)s
            ORDER BY started_at DESC LIMIT %(most)s) AS latest
    ) AS recent
"""


def standings(names: list[str]) -> dict[str, Standing]:
    """How these hosts stand, by name, in one statement."""
    asked: dict[str, Any] = {
        "names": names,
        "mail": mail_host() or "",
        "since": clock.now() - WINDOW,
        "most": _LOOKED_AT,
        "counted": _WAITING_COUNTED,
    }
    with connection.cursor() as cursor:
        cursor.execute(_STANDINGS, asked)
        return {name: Standing(*numbers) for name, *numbers in cursor.fetchall()}
