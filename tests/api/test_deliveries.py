"""Deliveries over HTTP: seen, tried again, cancelled."""

import pytest

from scrips.models import Attempt, Delivery
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
