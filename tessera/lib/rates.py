"""How fast one user, or one address without a login, may ask, counted over all processes and hosts.

A bucket is one time in Valkey (the generic cell rate algorithm, as in ATM's UPC): when it would be full again. It takes
one journey, costs as much for a million askers as for one, and forgets by itself whoever is silent.
"""

import hashlib
import logging
import time
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

import redis
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from tessera.lib.client import current_address, neighbourhood
from tessera.lib.errors import Throttled

log = logging.getLogger(__name__)

# Who was silent may make so many seconds' worth of requests at once.
_BURST_S = 10
_TIMEOUT_S = 0.25
# After a failure the broker is not asked for so long: nobody waits for it again and again.
_PAUSE_S = 5.0

# By the clock of Valkey, so that hosts need not agree on theirs. In µs: the time that a request takes of the bucket,
# and how far ahead of now the bucket may be filled. Gives how long to wait, 0 for a request that is let through.
_SPEND = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local step, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now) + step
local wait = full - burst - now
if wait > 0 then return wait end
redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000))
return 0
"""


class _Broker:
    """The counting, which is done without where Valkey is away: a limit must not be what stops all work."""

    def __init__(self) -> None:
        self._asks_again = 0.0

    def wait(self, key: str, rate: int) -> timedelta:
        """How long the bucket's next request has to wait; none where it was counted and may pass."""
        if time.monotonic() < self._asks_again:
            return timedelta(0)
        step = 1_000_000 / rate
        try:
            waits = _script()(keys=[key], args=[step, max(step, _BURST_S * 1_000_000)])
        except (redis.RedisError, OSError) as error:
            self._asks_again = time.monotonic() + _PAUSE_S
            log.warning("Requests are not limited for a while, Valkey is away: %s", error)
            return timedelta(0)
        return timedelta(microseconds=float(waits))


_broker = _Broker()


@cache
def _script() -> Callable[..., Any]:
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S
    )
    return client.register_script(_SPEND)


def spend(user_id: int | None) -> None:
    """Count a request: of the user, or of the address where nobody is logged in. Raises `Throttled`, with the wait,
    for one too many; that one is not counted.
    """
    if user_id is not None:
        rate, asker = settings.TESSERA_RATE_LIMIT, f"user:{user_id}"
    else:
        rate, asker = settings.TESSERA_RATE_LIMIT_ANONYMOUS, neighbourhood(current_address())
    if not rate:
        return
    wait = _broker.wait("rate:" + hashlib.sha256(asker.encode()).hexdigest()[:32], rate)
    if wait:
        raise TooMany(wait)


class TooMany(Throttled):
    """More requests than one may make."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__("", wait=wait)
        self.detail = _("Too many requests. Come back in %(seconds)d s.") % {"seconds": self.wait}


class RateMiddleware:
    """Limits the pages. The API limits itself once it knows who calls; what is asked by machines that watch is free."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer it, or say when to come back."""
        if request.path_info.startswith("/api/"):
            return self._get_response(request)
        try:
            spend(request.user.pk)
        except TooMany as refusal:
            told = {"detail": refusal.detail}
            answer = render(request, "429.html", told, status=refusal.status)
            answer["Retry-After"] = str(refusal.wait)
            return answer
        return self._get_response(request)
