"""Wrong values for every field of a ticket: each is refused under its name, and nothing is kept."""

import json
from typing import Any

import pytest

from tests.api.caller import Caller, error
from tickets.models import Queue, Ticket, Transaction

DEEP: Any = 1
for _depth in range(40):
    DEEP = [DEEP]
NOT_TEXT = [1, 1.5, True, None, [], {}, DEEP, "x\x00", "\ud800"]
NOT_A_NUMBER = ["1", "", 1.5, True, [], {}, DEEP, 2**70, -(2**70)]
NOT_ADDRESSES = ["a@b.co", 1, None, {}, ["x"], [1], [None], ["a\x00@b.co"], [DEEP], ["\ud800@b.co"]]
NOT_IDS = [
    1,
    "1",
    None,
    {},
    ["1"],
    ["TKT-0"],
    ["TKT-9999"],
    ["TKT-" + "9" * 19],
    ["KEY-1"],
    [None],
    [True],
    [0],
    [-1],
    [2**70],
    [DEEP],
    [999999],
]
WRONG: dict[str, list[Any]] = {
    "subject": [*NOT_TEXT, "x" * 256, "two\nlines"],
    "queue_id": [*NOT_A_NUMBER, None, 0, -1, 999999],
    "queue": [*NOT_TEXT, "nowhere", ""],
    "status": [*NOT_TEXT, "nonsense", "", "x" * 100_000],
    "owner_id": [*NOT_A_NUMBER, 0, -1, 999999],
    "priority": [*NOT_A_NUMBER, None, -1, 101],
    "due_at": [1, True, [], {}, "", "tomorrow", "2026-13-01", "x\x00", "\ud800", DEEP],
    "custom_fields": [1, None, "", [], DEEP, {"nothing": 1}, {"\ud800": 1}, {"x\x00": 1}],
    "requestors": NOT_ADDRESSES,
    "cc": NOT_ADDRESSES,
    "admin_cc": NOT_ADDRESSES,
    "links": [1, None, "", [], {"nothing": []}, *({"depends_on": ids} for ids in NOT_IDS)],
    "message": [1, None, "", [], {}, {"content": 1}, {"content": "x", "more": 1}],
    "nonsense": [1, None],
    "id": [7],
    "version_x": ["1"],
}


@pytest.mark.parametrize("field", WRONG)
def test_a_wrong_value_is_refused_under_its_name_in_create_and_update(
    api: Caller, support: Queue, ticket: int, field: str
) -> None:
    for value in WRONG[field]:
        create: dict[str, Any] = {"subject": "s", "queue": "Support", field: value}
        if field == "queue_id":
            del create["queue"]
        for method, url, body in (
            ("POST", "/api/tickets", create),
            ("PATCH", f"/api/tickets/{ticket}", {field: value}),
        ):
            status, code, errors = error(api.raw(method, url, json.dumps(body)))
            shown = (method, field, repr(value)[:60], errors)
            assert (status, code) == (400, "invalid"), shown
            assert errors, shown
            assert all(name.startswith(field) for name in errors), shown
    assert Ticket.objects.count() == Transaction.objects.count() == 1


@pytest.mark.parametrize(
    "value", [1, 1.5, True, {}, {"a": 1}, DEEP, [1], "nonsense", "x\x00", "\ud800"]
)
@pytest.mark.parametrize("key", ["severity", "tags"])
def test_a_wrong_value_of_a_custom_field_is_refused_under_its_key(
    api: Caller, ticket: int, key: str, value: Any
) -> None:
    response = api.raw(
        "PATCH", f"/api/tickets/{ticket}", json.dumps({"custom_fields": {key: value}})
    )

    assert error(response)[:2] == (400, "invalid")
    assert list(error(response)[2]) == [f"custom_fields.{key}"]


def test_a_field_of_another_queue_is_refused_under_its_key(api: Caller, support: Queue) -> None:
    api.post("/api/queues", {"name": "Other"})

    response = api.post(
        "/api/tickets", {"subject": "s", "queue": "Other", "custom_fields": {"severity": "low"}}
    )

    assert list(error(response)[2]) == ["custom_fields.severity"]


def test_all_wrong_fields_are_named_at_once(api: Caller, support: Queue) -> None:
    body = {"queue": "Support", "priority": "high", "due_at": "soon", "x": 1, "cc": ["no"]}

    status, code, errors = error(api.post("/api/tickets", body))

    assert (status, code) == (400, "invalid")
    assert {name.partition(".")[0] for name in errors} >= {"priority", "due_at", "x", "cc"}


def test_a_field_that_nests_thousands_of_levels_is_named(api: Caller, ticket: int) -> None:
    body = '{"priority": 1, "subject": ' + "[" * 50_000 + "]" * 50_000 + "}"

    status, code, errors = error(api.raw("PATCH", f"/api/tickets/{ticket}", body))

    assert (status, code, list(errors)) == (400, "invalid", ["subject"])
