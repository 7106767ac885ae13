"""/api/lifecycles/{id}/moves."""

from typing import Any

import pytest

from tests.api.caller import Caller, error
from tests.tickets.test_moving import FIRST, SECOND
from tickets import moving

MAPPED = {"version": 2, "mapping": {"waiting": "parked"}}


@pytest.fixture
def flow(api: Caller) -> str:
    """The path of the moves of a lifecycle with two tickets of version 1, and a version 2."""
    made = api.post("/api/lifecycles", {"name": "flow", "definition": FIRST}).json()["id"]
    queue = api.post("/api/queues", {"name": "Flow", "lifecycle_id": made}).json()["id"]
    for status in ("new", "waiting"):
        api.post("/api/tickets", {"subject": "x", "queue_id": queue, "status": status})
    api.patch(f"/api/lifecycles/{made}", {"definition": SECOND})
    return f"/api/lifecycles/{made}/moves"


def test_a_preview_counts_and_begins_nothing(api: Caller, flow: str) -> None:
    answer = api.post(flow, {"version": 2, "preview": True})
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "version": 2,
            "total": 2,
            "tickets": [
                {"version": 1, "status": "new", "tickets": 1, "becomes": "new"},
                {"version": 1, "status": "waiting", "tickets": 1, "becomes": None},
            ],
            "unmapped": ["waiting"],
            "statuses": ["new", "parked", "done"],
        },
    )
    assert api.get(flow).json()["results"] == []


def test_a_move_is_begun_watched_stopped_and_resumed(api: Caller, flow: str) -> None:
    made = api.post(flow, MAPPED)
    one = f"{flow}/{made.json()['id']}"

    assert (made.status_code, made.json()["status"], made.json()["total"]) == (201, "running", 2)
    assert api.post(f"{one}/stop").json()["status"] == "stopped"
    assert api.post(f"{one}/resume").json()["status"] == "running"
    moving.carry_out(made.json()["id"])
    done = api.get(one).json()
    assert (done["status"], done["attempted"], done["failed"], done["faults"]) == ("done", 2, 0, [])
    assert api.get(flow).json()["results"] == [done]


@pytest.mark.parametrize(
    ("body", "status", "code", "fields"),
    [
        ({}, 400, "invalid", {"version"}),
        ({"version": 9}, 400, "invalid", {"version"}),
        ({"version": True, "mapping": 5, "x": 1}, 400, "invalid", {"version", "mapping", "x"}),
        ({"version": 2, "mapping": {"waiting": "x"}}, 400, "invalid", {"mapping.waiting"}),
        ({"version": 2}, 409, "mapping_needed", set()),
    ],
)
def test_what_is_wrong_is_said_and_nothing_begins(
    api: Caller, flow: str, body: dict[str, Any], status: int, code: str, fields: set[str]
) -> None:
    found = error(api.post(flow, body))
    assert (found[0], found[1], set(found[2] or {})) == (status, code, fields)
    assert api.get(flow).json()["results"] == []


def test_only_who_may_change_lifecycles_sees_their_moves(
    api: Caller, stranger: Caller, flow: str
) -> None:
    one = f"{flow}/{api.post(flow, MAPPED).json()['id']}"
    for answer in (stranger.get(flow), stranger.post(flow, MAPPED), stranger.get(one)):
        assert error(answer)[:2] == (404, "not_found")
    assert error(api.get(f"{flow}/99999"))[:2] == (404, "not_found")
