"""Signs of life that processes leave in the cache, for the pages that tell whether all is well."""

import logging
from datetime import datetime, timedelta

from django.core.cache import cache

from tessera.lib import clock

WORKER = "worker-alive"  # a worker is connected to the broker
SWEEP = "sweep"  # a round of the sweeper ended: beat asked for it, and a worker did it

log = logging.getLogger(__name__)


def mark(name: str, *, lasts: timedelta) -> None:
    """Leave the sign; a cache that is away only makes its process seem to be."""
    try:
        cache.set(_key(name), clock.now().timestamp(), timeout=lasts.total_seconds())
    except Exception:  # noqa: BLE001 -- whatever ails the cache must not end what left the sign
        log.warning("The cache does not answer: %s is not seen.", name)


def last(name: str) -> datetime | None:
    """When the sign was left, if that is not too long ago. Raises what the cache raises when it is away."""
    found = cache.get(_key(name))
    return None if found is None else datetime.fromtimestamp(found, tz=clock.now().tzinfo)


def _key(name: str) -> str:
    return f"tessera:{name}"
