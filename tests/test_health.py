import json
from typing import Any

import pytest
from django.db.migrations.recorder import MigrationRecorder
from django.test import RequestFactory, override_settings

from tessera import liveness
from tessera.health import health, ready
from tessera.runtime import unchanged
from tessera.runtime.config import read_config

OK = {"status": "ok", "detail": ""}


def ask_ready() -> tuple[int, dict[str, Any]]:
    """Status and body of GET /api/ready."""
    response = ready(RequestFactory().get("/api/ready"))
    body: dict[str, Any] = json.loads(response.content)
    return response.status_code, body


@pytest.mark.django_db
def test_without_a_worker_it_is_degraded_and_still_answers() -> None:
    down = {"status": "down", "detail": "No worker is at work; mail and webhooks wait."}
    assert ask_ready() == (
        200,
        {
            "status": "degraded",
            "checks": {"database": OK, "migrations": OK, "broker": OK, "worker": down},
        },
    )


@pytest.mark.django_db
def test_worker_counts_until_its_mark_is_forgotten() -> None:
    liveness.mark_alive()
    assert ask_ready()[1]["status"] == "ok"
    unchanged.begin_anew(read_config())
    assert ask_ready()[1]["status"] == "degraded"


@pytest.mark.django_db
def test_missing_migration_makes_it_unable() -> None:
    MigrationRecorder.Migration.objects.filter(app="sessions").delete()
    status, body = ask_ready()
    assert status == 503
    assert body["checks"]["migrations"] == {
        "status": "down",
        "detail": "1 migration is not applied: run `tessera migrate`.",
    }


@override_settings(TESSERA_INSTANCE="0123")
def test_health_answers_without_database_and_names_the_instance() -> None:
    response = health(RequestFactory().get("/api/health"))
    assert (response.status_code, json.loads(response.content)) == (200, {"status": "ok"})
    assert response["X-Tessera-Instance"] == "0123"
