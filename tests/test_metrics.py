"""`/metrics`: who reads it, what it says, and what it asks the database."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks
from pytest_django.fixtures import Settings

from scrips import outbox
from scrips.models import Delivery
from tessera import liveness, metrics
from tessera.accounts.models import ApiToken, User
from tessera.lib import clock, gauges
from tessera.lib.gauges import Gauge, Source
from tests.api.caller import Caller
from tests.journeys.servers import Receiver
from tests.office import Office, answering
from tests.people import holder
from tests.ports import HOST
from tests.scrips.deliveries import make_hook
from tickets import service

HERE = "127.0.0.1"


def read() -> dict[str, float]:
    """Each sample of what is told now, by name and labels."""
    lines = metrics.text(None).decode().splitlines()
    pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name: float(value) for name, _space, value in pairs}


def grown(before: dict[str, float], *names: str) -> dict[str, float]:
    """By how much these samples are more than before."""
    now = read()
    return {name: now.get(name, 0) - before.get(name, 0) for name in names}


@pytest.mark.django_db
def test_request_is_counted_by_its_route_and_never_by_its_path(client: Client) -> None:
    names = (
        'tessera_http_requests_total{method="GET",route="login",status="2xx"}',
        'tessera_http_request_seconds_count{route="login"}',
        'tessera_http_requests_total{method="GET",route="unmatched",status="4xx"}',
        'tessera_http_requests_total{method="other",route="login",status="4xx"}',
    )
    before = read()
    client.get("/login")
    client.get("/no/such/12345")
    client.generic("BREW", "/login")

    assert grown(before, *names) == {names[0]: 1, names[1]: 2, names[2]: 1, names[3]: 1}
    assert "12345" not in metrics.text(None).decode()
    assert "BREW" not in metrics.text(None).decode()


def test_statements_of_a_request_are_counted(office: Office) -> None:
    token = ApiToken.issue(User.objects.get(username="root"))
    name = 'tessera_http_request_statements_sum{route="queues-list"}'
    before = read()
    with CaptureQueriesContext(connection) as asked:
        Caller(token).get("/api/queues")
    number = len(asked)
    assert grown(before, name) == {name: number}


def test_rules_and_the_log_are_counted_once_their_change_is_committed(
    office: Office, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    answering(office, to=["ann@example.com"])
    ticket = service.create({"subject": "a", "queue": "Support"}, actor=office.admin).ticket
    message = {"message": {"type": "correspond", "content": "b"}}
    before = read()
    service.preview(ticket.id, message, actor=office.admin)
    with django_capture_on_commit_callbacks(execute=True):
        service.apply(ticket.id, message, actor=office.admin)
    fired = 'tessera_rule_runs_total{result="fired"}'
    said = 'tessera_transactions_total{type="Correspond"}'
    assert grown(before, fired, said) == {fired: 1, said: 1}


@pytest.mark.django_db(transaction=True)
def test_tries_are_counted_with_the_time_from_the_change_to_sent(settings: Settings) -> None:
    settings.TESSERA_WEBHOOK_ALLOW = [HOST]
    receiver = Receiver()
    receiver.start()
    hook = make_hook(receiver.url)
    Delivery.objects.filter(pk=hook.pk).update(created_at=clock.now() - timedelta(seconds=20))
    names = (
        'tessera_delivery_tries_total{kind="webhook",result="sent"}',
        'tessera_delivery_seconds_bucket{kind="webhook",le="10.0"}',
        'tessera_delivery_seconds_bucket{kind="webhook",le="30.0"}',
    )
    before = read()
    outbox.deliver("webhook", [hook.pk])
    receiver.stop()
    assert grown(before, *names) == {names[0]: 1, names[1]: 0, names[2]: 1}


@pytest.mark.django_db
def test_database_broker_and_cache_tell_what_they_know(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    hook = make_hook("https://example.com/a")
    minute = clock.now() - timedelta(minutes=1)
    Delivery.objects.filter(pk=hook.pk).update(created_at=minute, next_attempt_at=minute)
    liveness.mark_alive()

    with django_assert_num_queries(8):  # the limit is set, four are asked, and a test's savepoint
        found = read()

    assert found['tessera_deliveries{status="pending"}'] == 1
    assert 60 <= found['tessera_delivery_oldest_seconds{status="pending"}'] < 120
    assert 60 <= found["tessera_delivery_overdue_seconds"] < 120
    assert found["tessera_hosts_left_alone"] == 0
    assert found['tessera_rows_last_id{table="transactions"}'] >= 1
    assert found['tessera_table_bytes{table="transactions"}'] > 0
    assert found['tessera_queue_messages{queue="webhook"}'] == 0
    assert found["tessera_worker_up"] == 1
    assert "tessera_sweep_age_seconds" not in found
    assert {found[f'tessera_source_up{{source="{s.name}"}}'] for s in metrics.SOURCES} == {1}


def test_source_that_is_away_leaves_the_others() -> None:
    def away() -> list[Gauge]:
        raise DatabaseError("gone")

    here = Source("cache", lambda: [Gauge("a", "A.", {"": 2})], ())
    told = gauges.collect([Source("database", away, (DatabaseError,)), here])
    assert [(each.name, [sample.value for sample in each.samples]) for each in told] == [
        ("a", [2]),
        ("tessera_source_up", [0, 1]),
    ]


def test_token_with_the_right_reads_and_no_other(office: Office) -> None:
    def status(user: Any) -> int:
        return int(Caller(ApiToken.issue(user)).get("/metrics").status_code)

    answer = Caller(None).get("/metrics")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="Tessera"')
    assert status(holder("prometheus", "ShowMetrics")) == 200
    assert status(holder("clerk", "AdminUsers", "ShowTicket")) == 403
    assert status(holder("local", "ShowMetrics", queue=office.support)) == 403


def test_address_counts_only_where_it_is_the_readers_own(settings: Settings) -> None:
    def allowed(address: str, **headers: str) -> bool:
        asked = RequestFactory().get("/metrics", REMOTE_ADDR=address, headers=headers)
        return metrics.by_address(asked)

    assert not allowed(HERE)

    settings.TESSERA_METRICS_ALLOW = [HERE, "10.1.0.0/16"]
    assert allowed(HERE)
    assert allowed("10.1.2.3")
    assert not allowed("192.0.2.1")
    # A proxy that nobody named: whoever came through it is not from here.
    assert not allowed(HERE, X_Forwarded_For="192.0.2.1")
    assert not allowed(HERE, X_Forwarded_For="10.1.2.3")
    assert not allowed(HERE, Forwarded="for=192.0.2.1")

    settings.TESSERA_TRUSTED_PROXIES = [HERE]
    assert allowed(HERE, X_Forwarded_For="10.1.2.3")
    assert not allowed(HERE, X_Forwarded_For="192.0.2.1")
