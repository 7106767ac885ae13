"""Liveness and readiness, for load balancers, monitors and the supervisor."""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import redis
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError

from tessera.celery import app
from tessera.liveness import worker_alive

INSTANCE_HEADER = "X-Tessera-Instance"
# Connections to a broker or cache that is away fail with one of these, by transport.
_UNREACHABLE = (OSError, redis.RedisError, OperationalError)


@dataclass(frozen=True)
class Check:
    """One thing that the application stands on; without a `needed` one it can't answer requests."""

    name: str
    needed: bool
    fault: Callable[[], str]


def _database_fault() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, ImproperlyConfigured):
        return "The database does not answer."
    return ""


@functools.cache
def _known_migrations() -> frozenset[tuple[str, str]]:
    """What this process's code needs; it does not change while the process runs."""
    return frozenset(MigrationLoader(None).disk_migrations)


def _migrations_fault() -> str:
    try:
        missing = _known_migrations() - set(MigrationRecorder(connection).applied_migrations())
    except (DatabaseError, ImproperlyConfigured):
        return "The database does not answer."
    told = ngettext(
        "%d migration is not applied: run `tessera migrate`.",
        "%d migrations are not applied: run `tessera migrate`.",
        len(missing),
    )
    return told % len(missing) if missing else ""


def _broker_fault() -> str:
    try:
        with app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, timeout=1)
    except _UNREACHABLE:
        return "The broker does not answer; mail and webhooks wait."
    return ""


def _worker_fault() -> str:
    try:
        alive = worker_alive()
    except _UNREACHABLE:
        return "The cache does not answer, by which workers are seen."
    return "" if alive else "No worker is at work; mail and webhooks wait."


CHECKS = (
    Check("database", needed=True, fault=_database_fault),
    Check("migrations", needed=True, fault=_migrations_fault),
    Check("broker", needed=False, fault=_broker_fault),
    Check("worker", needed=False, fault=_worker_fault),
)


@require_safe
@never_cache
def health(request: HttpRequest) -> JsonResponse:  # noqa: ARG001 -- a view
    """GET /api/health: 200 while this process answers at all."""
    return _answer({"status": "ok"}, status=200)


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:  # noqa: ARG001 -- a view
    """
    GET /api/ready: `{"status", "checks": {name: {"status", "detail"}}}`.

    503 when the database or its migrations fail. Without broker or worker requests are still
    answered and nothing is lost: that is 200 with the status `degraded`.
    """
    faults = {check: check.fault() for check in CHECKS}
    checks = {
        check.name: {"status": "down" if fault else "ok", "detail": fault}
        for check, fault in faults.items()
    }
    unable = any(fault and check.needed for check, fault in faults.items())
    status = "degraded" if any(faults.values()) else "ok"
    return _answer({"status": status, "checks": checks}, status=503 if unable else 200)


def _answer(body: dict[str, object], *, status: int) -> JsonResponse:
    response = JsonResponse(body, status=status)
    if settings.TESSERA_INSTANCE:
        response[INSTANCE_HEADER] = settings.TESSERA_INSTANCE
    return response
