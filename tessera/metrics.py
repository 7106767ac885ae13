"""`/metrics` for Prometheus: what this host's processes counted, and what database, broker and cache know.

The first differ from host to host and are added up; the others are the same whichever host is asked.
"""

import ipaddress
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import extend_schema
from kombu.exceptions import OperationalError
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, Metric, generate_latest
from prometheus_client.registry import Collector
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from scrips import figures
from tessera.accounts.models import User
from tessera.desk import vital
from tessera.lib import clock, gauges, pulse, tally
from tessera.lib.addresses import Network, as_address
from tessera.lib.client import address_of, trusted_proxies
from tessera.lib.gauges import Gauge, Source
from tessera.lib.patience import TookTooLong, at_most
from tickets import access

RIGHT = "ShowMetrics"
_PATIENCE_MS = 2_000
_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")
_UNREACHABLE = (OSError, redis.RedisError, OperationalError)

# The number that each table's sequence gave last: without counting rows, how fast they come.
_TABLES = {
    "tickets": "tickets_ticket",
    "transactions": "tickets_transaction",
    "rule_runs": "scrips_run",
    "deliveries": "scrips_delivery",
    "delivery_tries": "scrips_attempt",
}
_GROWTH = """
    SELECT name, COALESCE(pg_sequence_last_value(pg_get_serial_sequence(name, 'id')::regclass), 0),
        pg_total_relation_size(name::regclass)
    FROM unnest(%s::text[]) AS name
"""


def folder() -> Path:
    """Where the processes of this host count together."""
    return Path(settings.TESSERA_DATA) / tally.FOLDER


def text(shared: Path | None) -> bytes:
    """All of it, as Prometheus reads it: what was counted in `shared`, or else by this process alone."""
    return generate_latest(_Everything(shared))


class _Everything(Collector):
    def __init__(self, shared: Path | None) -> None:
        self._shared = shared

    def collect(self) -> Iterator[Metric]:
        """What was counted, then what is read now."""
        yield from tally.collect(self._shared)
        yield from gauges.collect(SOURCES)
        if self._shared is not None:
            told = "Processes of this host that count here."
            yield Gauge("tessera_processes", told, tally.alive(self._shared), "kind").metric()


def _database() -> Sequence[Gauge]:
    """Seven statements, four of them the limit's."""
    with at_most(_PATIENCE_MS):
        standings, due, opened = figures.standings(), figures.overdue(), figures.opened()
        with connection.cursor() as cursor:
            cursor.execute(_GROWTH, [list(_TABLES.values())])
            grown = {name: (last, size) for name, last, size in cursor.fetchall()}
    names = {table: name for name, table in _TABLES.items()}
    last = {names[table]: float(each) for table, (each, _size) in grown.items()}
    sizes = {names[table]: float(size) for table, (_last, size) in grown.items()}
    counts = {each.status: float(each.count) for each in standings}
    ages = {each.status: _since(each.oldest) for each in standings}
    return [
        Gauge("tessera_deliveries", _DELIVERIES, counts, "status"),
        Gauge("tessera_delivery_oldest_seconds", "Age of the oldest delivery.", ages, "status"),
        Gauge("tessera_delivery_overdue_seconds", _OVERDUE, {"": _since(due)}),
        Gauge("tessera_hosts_left_alone", "Receivers whose breaker is open.", {"": len(opened)}),
        Gauge("tessera_rows_last_id", "Last id given out in a table, which grows.", last, "table"),
        Gauge("tessera_table_bytes", "Size of a table with its indexes.", sizes, "table"),
    ]


_DELIVERIES = f"Deliveries that are not sent, counted up to {figures.MOST}."
_OVERDUE = "For how long the delivery that waits longest has been due; 0 where none is."


def _broker() -> Sequence[Gauge]:
    waiting = {name: float(count) for name, count in vital.messages_waiting().items()}
    return [Gauge("tessera_queue_messages", "Messages that wait for a worker.", waiting, "queue")]


def _cache() -> Sequence[Gauge]:
    worker, swept = pulse.last(pulse.WORKER), pulse.last(pulse.SWEEP)
    up = Gauge("tessera_worker_up", "Whether some worker takes tasks.", {"": worker is not None})
    if swept is None:
        return [up]
    told = "Since the sweeper's last round, which beat asks for and a worker does."
    return [up, Gauge("tessera_sweep_age_seconds", told, {"": _since(swept)})]


def _since(moment: datetime | None) -> float:
    return 0.0 if moment is None else max((clock.now() - moment).total_seconds(), 0.0)


SOURCES = (
    Source("database", _database, (DatabaseError, TookTooLong)),
    Source("broker", _broker, _UNREACHABLE),
    Source("cache", _cache, _UNREACHABLE),
)


@extend_schema(exclude=True)
@method_decorator(never_cache, name="dispatch")
class MetricsView(APIView):
    """GET /metrics, for the addresses of TESSERA_METRICS_ALLOW and whoever holds ShowMetrics everywhere."""

    permission_classes = ()
    metadata_class = None

    def get(self, request: Request) -> HttpResponse:
        """Raises NotAuthenticated, Forbidden."""
        if not by_address(request._request):  # noqa: SLF001  # DRF's name for Django's request
            if not isinstance(request.user, User):
                raise NotAuthenticated
            access.require(access.actor_of(request.user), RIGHT)
        return HttpResponse(text(tally.shared_folder()), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def by_address(request: HttpRequest) -> bool:
    """Whether the request comes from an address that may read without a token.

    Behind a proxy that nobody named everybody comes from the proxy's address: such a request counts for none.
    """
    allowed = _networks(tuple(settings.TESSERA_METRICS_ALLOW))
    if not allowed or not (address := as_address(address_of(request))):
        return False
    if any(request.META.get(name) for name in _FORWARDED) and not _through_trusted(request):
        return False
    return any(address.version == each.version and address in each for each in allowed)


def _through_trusted(request: HttpRequest) -> bool:
    peer = as_address(request.META.get("REMOTE_ADDR", ""))
    proxies = trusted_proxies(tuple(settings.TESSERA_TRUSTED_PROXIES))
    return peer is not None and any(
        peer.version == each.version and peer in each for each in proxies
    )


@lru_cache(maxsize=8)
def _networks(entries: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(entry.strip("[]"), strict=False) for entry in entries)
