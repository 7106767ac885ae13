"""Guards of transitions, from publication to the move."""

from typing import Any

import pytest

from tests.api.caller import Caller, error

FLOW: dict[str, Any] = {
    "statuses": {"initial": ["new"], "active": ["open"], "inactive": ["done"]},
    "transitions": [
        {"name": "start", "from": ["new"], "to": "open"},
        {"name": "finish", "from": ["open"], "to": "done", "guard": "CF.{Resolution} IS NOT NULL"},
    ],
}


def guarded(guard: Any) -> dict[str, Any]:
    """The flow with another guard."""
    start, finish = FLOW["transitions"]
    return {**FLOW, "transitions": [start, {**finish, "guard": guard}]}


@pytest.fixture
def field(api: Caller) -> int:
    made = api.post("/api/custom-fields", {"name": "Resolution", "field_type": "Freeform"})
    number: int = made.json()["id"]
    return number


@pytest.mark.parametrize(
    ("guard", "fault"),
    [
        (
            "CF.{Resolutoin} IS NOT NULL",
            "line 1, column 1: unknown custom field 'CF.{Resolutoin}'; did you mean 'resolution'?",
        ),
        ("Priority >", "line 1, column 11: "),
        ("Subject MATCHES 'x'", "line 1, column 9: 'MATCHES' is for searches, not for conditions"),
        (5, ""),
    ],
)
def test_a_guard_that_cannot_be_read_is_refused_at_its_place(
    api: Caller, field: int, guard: Any, fault: str
) -> None:
    answer = api.post("/api/lifecycles", {"name": "flow", "definition": guarded(guard)})
    status, code, errors = error(answer)
    assert (status, code, list(errors)) == (
        400,
        "invalid",
        ["definition.transitions[1].guard"],
    )
    assert errors["definition.transitions[1].guard"][0].startswith(fault)


def test_a_guard_sees_the_other_changes_of_the_request(api: Caller, field: int) -> None:
    made = api.post("/api/lifecycles", {"name": "flow", "definition": FLOW})
    assert made.status_code == 201, made.content
    queue = api.post(
        "/api/queues",
        {"name": "Flow", "lifecycle_id": made.json()["id"], "custom_field_ids": [field]},
    ).json()["id"]
    ticket = api.post("/api/tickets", {"subject": "x", "queue_id": queue}).json()["ticket"]["id"]
    url = f"/api/tickets/{ticket}"
    api.post(f"{url}/transitions/start", {})

    refused = api.patch(url, {"status": "done"})
    seen = api.get(url).json()["enabled_transitions"]
    done = api.patch(url, {"status": "done", "custom_fields": {"resolution": "Fixed"}})

    assert (refused.status_code, refused.json()["code"], refused.json()["guard"]) == (
        409,
        "transition_guarded",
        "CF.{Resolution} IS NOT NULL",
    )
    assert seen == []
    assert (done.status_code, done.json()["ticket"]["status"]) == (200, "done")


def test_a_guard_whose_field_is_gone_holds_for_nobody(api: Caller, field: int) -> None:
    made = api.post("/api/lifecycles", {"name": "flow", "definition": FLOW}).json()["id"]
    queue = api.post("/api/queues", {"name": "Flow", "lifecycle_id": made}).json()["id"]
    body = {"subject": "x", "queue_id": queue, "status": "open"}
    ticket = api.post("/api/tickets", body).json()["ticket"]["id"]
    api.delete(f"/api/custom-fields/{field}")

    refused = api.patch(f"/api/tickets/{ticket}", {"status": "done"}).json()

    assert refused["code"] == "transition_guarded"
    assert "unknown custom field" in refused["because"]
