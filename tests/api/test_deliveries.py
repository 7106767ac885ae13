"""Deliveries over HTTP: seen, tried again, cancelled."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from pytest_django import DjangoAssertNumQueries

from scrips.models import Attempt, Delivery, Host
from tessera.lib import clock
from tests.api.caller import Caller, error
from tickets.models import Queue


@pytest.fixture
def delivery(api: Caller, support: Queue) -> int:
    """The id of a webhook that waits."""
    scrip = {
        "name": "Hook",
        "condition_type": "OnCreate",
        "action_type": "Webhook",
        "action_config": {"url": "https://example.com/", "secret": "whsec_c2VjcmV0c2VjcmV0c2Vj"},
    }
    assert api.post("/api/scrips", scrip).status_code == 201
    outcome = api.post("/api/tickets", {"subject": "x", "queue": "Support"}).json()
    return int(outcome["scrips_fired"][0]["effect"]["delivery_id"])


def test_a_delivery_is_listed_and_filtered(api: Caller, delivery: int) -> None:
    ticket_id = Delivery.objects.get(pk=delivery).ticket_id

    def seen(query: str) -> list[int]:
        return [row["id"] for row in api.get(f"/api/deliveries{query}").json()["results"]]

    assert seen("") == [delivery]
    assert seen(f"?status=pending&kind=webhook&ticket_id={ticket_id}") == [delivery]
    assert seen(f"?ticket_id=TKT-{ticket_id:04}") == [delivery]
    assert seen("?status=sent") == seen("?kind=email") == seen("?ticket_id=999999") == []
    assert list(error(api.get("/api/deliveries?status=lost&kind=fax"))[2]) == ["status", "kind"]


def test_a_single_read_holds_each_try_and_no_secret(api: Caller, delivery: int) -> None:
    Attempt.objects.create(
        delivery_id=delivery,
        number=1,
        started_at=clock.now(),
        duration_ms=12,
        ok=False,
        response_status=500,
        answer="no",
    )

    body = api.get(f"/api/deliveries/{delivery}").json()

    (tried,) = body["attempt_list"]
    assert (tried["response_status"], tried["answer"]) == (500, "no")
    assert body["payload"]["url"] == "https://example.com/"
    assert "secret" not in body["payload"]


def test_what_is_cancelled_can_be_retried_but_not_cancelled_again(
    api: Caller, delivery: int
) -> None:
    cancelled = api.post(f"/api/deliveries/{delivery}/cancel")
    again = api.post(f"/api/deliveries/{delivery}/cancel")
    retried = api.post(f"/api/deliveries/{delivery}/retry")

    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert error(again)[:2] == (409, "delivery_settled")
    assert (retried.status_code, retried.json()["status"]) == (200, "pending")


def test_what_is_sent_is_settled(api: Caller, delivery: int) -> None:
    Delivery.objects.filter(pk=delivery).update(status="sent")

    for action in ("retry", "cancel"):
        answer = api.post(f"/api/deliveries/{delivery}/{action}")
        assert error(answer)[:2] == (409, "delivery_settled")


def test_retry_takes_no_fields(api: Caller, delivery: int) -> None:
    assert list(error(api.post(f"/api/deliveries/{delivery}/retry", {"now": True}))[2]) == ["now"]


@pytest.mark.parametrize("number", ["0", "999999", "x", "9" * 30])
def test_what_is_not_there_is_not_found(api: Caller, number: str) -> None:
    for answer in (
        api.get(f"/api/deliveries/{number}"),
        api.post(f"/api/deliveries/{number}/retry"),
        api.post(f"/api/deliveries/{number}/cancel"),
    ):
        assert error(answer)[:2] == (404, "not_found")


def test_a_stranger_sees_no_delivery(stranger: Caller, api: Caller, delivery: int) -> None:
    assert stranger.get("/api/deliveries").json()["results"] == []
    for answer in (
        stranger.get(f"/api/deliveries/{delivery}"),
        stranger.post(f"/api/deliveries/{delivery}/retry"),
        stranger.post(f"/api/deliveries/{delivery}/cancel"),
    ):
        assert error(answer)[:2] == (404, "not_found")


def test_hosts_that_failed_are_listed_by_their_last_failure(
    api: Caller, delivery: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    now = clock.now()
    Host.objects.create(
        name="example.com",
        opened_at=now,
        probe_at=now,
        failed_probes=2,
        last_failure_at=now,
        last_error="Connection refused",
    )
    api.get("/api/deliveries/hosts")
    with django_assert_num_queries(4):
        (host,) = api.get("/api/deliveries/hosts").json()["results"]
    shown = {name: host.pop(name) for name in ("opened_at", "probe_at", "last_failure_at")}
    assert set(shown.values()) == {now.isoformat().replace("+00:00", "Z")}
    assert host == {
        "host": "example.com",
        "open": True,
        "failed_probes": 2,
        "last_error": "Connection refused",
        "tries": 0,
        "failures": 0,
        "waiting": 1,
        "sending": 0,
    }
    for name in ("10.1.2.3:8080", "[2001:db8::1]:8080"):
        Host.objects.create(name=name, last_failure_at=now + timedelta(seconds=1))
    with django_assert_num_queries(4):
        rows = api.get("/api/deliveries/hosts").json()["results"]
    assert [row["host"] for row in rows] == ["10.1.2.3:8080", "[2001:db8::1]:8080", "example.com"]


@pytest.mark.parametrize("name", ["example.com", "10.1.2.3:8080", "[2001:db8::1]:8080"])
def test_a_host_is_reset_by_its_name(api: Caller, name: str) -> None:
    now = clock.now()
    Host.objects.create(name=name, opened_at=now, probe_at=now, last_failure_at=now)
    path = f"/api/deliveries/hosts/{quote(name, safe='')}/reset"
    body = api.post(path).json()
    assert (body["host"], body["open"], body["probe_at"]) == (name, False, None)
    assert error(api.post(path, {"hard": True}))[2] == {"hard": ["is no field of this"]}
    assert api.post("/api/deliveries/hosts/nobody/reset").status_code == 404


def test_all_that_died_since_is_retried(api: Caller, delivery: int) -> None:
    Delivery.objects.filter(pk=delivery).update(
        status="dead", died_at=clock.now(), next_attempt_at=None
    )
    since = {"since": (clock.now() - timedelta(hours=1)).isoformat()}
    assert api.post("/api/deliveries/retry", since).json() == {"retried": 1, "left": 0}
    assert api.post("/api/deliveries/retry", since).json() == {"retried": 0, "left": 0}
    assert api.get(f"/api/deliveries/{delivery}").json()["status"] == "pending"
    assert list(error(api.post("/api/deliveries/retry", {"till": 1}))[2]) == ["since", "till"]
