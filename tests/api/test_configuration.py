"""Queues, fields, lifecycles, scrips, templates, users and groups: what comes in, what is refused."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tessera.accounts.models import User
from tests.api.caller import Caller, error
from tickets.models import Queue

FLOW = {
    "statuses": {"initial": ["new"], "active": ["doing"], "inactive": ["done"]},
    "transitions": [
        {"name": "start", "from": "new", "to": "doing"},
        {"name": "finish", "from": "doing", "to": "done"},
    ],
}
SCRIP = {
    "name": "Tell",
    "condition_type": "OnCreate",
    "action_type": "AddComment",
    "action_config": {"content": "Hello {$ticket.subject}"},
}
# A body that makes one of each resource; "#" is replaced by a number.
SOUND: dict[str, dict[str, Any]] = {
    "queues": {"name": "Queue #"},
    "custom-fields": {"name": "Field #", "field_type": "Freeform"},
    "lifecycles": {"name": "flow #", "definition": FLOW},
    "scrips": {**SCRIP, "name": "Scrip #"},
    "templates": {"name": "Template #", "subject_template": "s", "body_template": "b"},
    "users": {"username": "user#"},
    "groups": {"name": "Group #"},
}


def _sound(resource: str, number: int = 1) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(json.dumps(SOUND[resource]).replace("#", str(number)))
    return body


@pytest.mark.parametrize("resource", SOUND)
def test_what_is_made_is_read_listed_and_changed(api: Caller, resource: str) -> None:
    made = api.post(f"/api/{resource}", _sound(resource))
    url = f"/api/{resource}/{made.json().get('id')}"

    changed = api.patch(url, {})
    listed = api.get(f"/api/{resource}?page_size=200").json()["results"]

    assert made.status_code == 201, made.content
    assert changed.status_code == 200
    assert api.get(url).json() == changed.json()
    assert changed.json() in listed


@pytest.mark.parametrize("resource", SOUND)
def test_unknown_and_read_only_fields_are_named_all_at_once(api: Caller, resource: str) -> None:
    body = {**_sound(resource), "nonsense": 1, "id": 7}

    status, code, errors = error(api.post(f"/api/{resource}", body))

    assert (status, code, sorted(errors)) == (400, "invalid", ["id", "nonsense"])


@pytest.mark.parametrize("resource", SOUND)
def test_an_empty_body_names_what_is_missing(api: Caller, resource: str) -> None:
    status, code, errors = error(api.post(f"/api/{resource}"))

    needed = {"users": {"username"}, "custom-fields": {"name", "field_type"}}
    needed |= {"lifecycles": {"name", "definition"}}
    needed |= {"scrips": {"name", "condition_type", "action_type"}}
    assert (status, code) == (400, "invalid")
    assert set(errors) >= needed.get(resource, {"name"})


WRONG: list[Any] = [
    1,
    -1,
    2**70,
    1.5,
    True,
    None,
    "",
    "x\x00",
    "\ud800",
    "x" * 200_000,
    [],
    [[]],
    {},
    {"a": 1},
]


@pytest.mark.parametrize("resource", SOUND)
def test_a_wrong_value_of_any_field_is_refused_under_its_name(api: Caller, resource: str) -> None:
    """Each field gets each wrong value; what a field takes must be stored, what it refuses named."""
    made = api.post(f"/api/{resource}", _sound(resource)).json()
    fields = [name for name in made if name not in {"id", "version", "created_at"}]

    for name in [*fields, "password", "note", "draft"]:
        for value in WRONG:
            body = json.dumps({name: value})
            response = api.raw("PATCH", f"/api/{resource}/{made['id']}", body)
            if response.status_code != 200:
                status, code, errors = error(response)
                assert (status, code) == (400, "invalid"), (name, str(value)[:20])
                assert all(field.startswith(name) for field in errors), (name, errors)


@pytest.mark.parametrize("resource", SOUND)
@pytest.mark.parametrize("number", ["0", "-1", "999999", "9" * 30, "x", "1.5", "%00", "null"])
def test_what_is_not_there_is_not_found(api: Caller, resource: str, number: str) -> None:
    for answer in (
        api.get(f"/api/{resource}/{number}"),
        api.patch(f"/api/{resource}/{number}", {}),
    ):
        assert error(answer)[:2] == (404, "not_found")


@pytest.mark.parametrize("resource", SOUND)
def test_a_stranger_neither_sees_nor_changes_configuration(
    api: Caller, stranger: Caller, resource: str
) -> None:
    made = api.post(f"/api/{resource}", _sound(resource)).json()

    listed = stranger.get(f"/api/{resource}")
    if resource in {"queues", "custom-fields", "lifecycles"}:  # those of the queues that he sees
        assert listed.json()["results"] == []
    else:
        assert error(listed)[:2] == (403, "forbidden")
    assert error(stranger.post(f"/api/{resource}", _sound(resource, 2)))[:2] == (403, "forbidden")
    for answer in (
        stranger.get(f"/api/{resource}/{made['id']}"),
        stranger.patch(f"/api/{resource}/{made['id']}", {}),
    ):
        assert error(answer)[:2] == (404, "not_found")


@pytest.mark.parametrize("resource", [*SOUND, "tokens"])
def test_a_list_takes_as_many_statements_for_three_rows_as_for_one(
    api: Caller, support: Queue, admin: User, resource: str
) -> None:
    more = {"queues": {"custom_field_ids": [1]}, "groups": {"member_ids": [admin.pk]}}
    more["queues"]["custom_field_ids"] = api.get(f"/api/queues/{support.pk}").json()[
        "custom_field_ids"
    ]
    more["custom-fields"] = {"queue_ids": [support.pk]}
    counts = []
    for number in range(3):
        body = _sound(resource, number) if resource in SOUND else {}
        made = api.post(f"/api/{resource}", {**body, **more.get(resource, {})})
        assert made.status_code == 201, made.content
        with CaptureQueriesContext(connection) as captured:
            api.get(f"/api/{resource}")
        counts.append(len(captured))

    assert counts[0] == counts[2]


@pytest.mark.parametrize(
    ("resource", "field"),
    [
        ("queues", "name"),
        ("lifecycles", "name"),
        ("templates", "name"),
        ("users", "username"),
        ("groups", "name"),
    ],
)
def test_a_name_is_taken_whatever_its_case(api: Caller, resource: str, field: str) -> None:
    first = _sound(resource)
    api.post(f"/api/{resource}", first)

    again = api.post(f"/api/{resource}", {**first, field: first[field].upper()})

    assert error(again)[:2] == (400, "invalid")
    assert list(error(again)[2]) == [field]


def test_a_queue_keeps_the_order_of_its_fields(api: Caller, support: Queue) -> None:
    ids = api.get(f"/api/queues/{support.pk}").json()["custom_field_ids"]

    turned = api.patch(f"/api/queues/{support.pk}", {"custom_field_ids": ids[::-1]})
    unknown = api.patch(f"/api/queues/{support.pk}", {"custom_field_ids": [*ids, 999999]})
    twice = api.patch(f"/api/queues/{support.pk}", {"custom_field_ids": [ids[0], ids[0]]})

    assert turned.json()["custom_field_ids"] == ids[::-1]
    assert error(unknown)[2] == {"custom_field_ids": ["there is no such id: 999999"]}
    assert list(error(twice)[2]) == ["custom_field_ids"]


def test_a_deleted_field_is_hidden_and_comes_back_with_its_queues(
    api: Caller, support: Queue
) -> None:
    field = api.get(f"/api/custom-fields?queue_id={support.pk}").json()["results"][0]
    url = f"/api/custom-fields/{field['id']}"

    deleted = api.delete(url)
    hidden = api.get(f"/api/queues/{support.pk}").json()["custom_field_ids"]
    gone = api.get("/api/custom-fields?disabled=true").json()["results"]
    back = api.patch(url, {"disabled": False})

    assert (deleted.status_code, deleted.content) == (204, b"")
    assert field["id"] not in hidden
    assert [row["id"] for row in gone] == [field["id"]]
    assert back.json() == field
    assert field["id"] in api.get(f"/api/queues/{support.pk}").json()["custom_field_ids"]


def test_key_and_type_of_a_field_never_change(api: Caller) -> None:
    made = api.post("/api/custom-fields", _sound("custom-fields")).json()

    changed = api.patch(
        f"/api/custom-fields/{made['id']}", {"key": "other", "field_type": "Integer"}
    )

    assert sorted(error(changed)[2]) == ["field_type", "key"]


def test_a_lifecycles_definition_is_published_as_versions(api: Caller) -> None:
    made = api.post("/api/lifecycles", {"name": "flow", "definition": FLOW, "note": "first"})
    url = f"/api/lifecycles/{made.json()['id']}"
    next_one = {**FLOW, "defaults": {"on_create": "new"}}

    published = api.patch(url, {"definition": next_one, "note": "second"}).json()
    drafted = api.patch(url, {"definition": FLOW, "draft": True}).json()
    final = api.post(f"{url}/publish", {"note": "third"}).json()

    assert (made.json()["version"], made.json()["draft"]) == (1, None)
    assert (published["version"], published["definition"]) == (2, next_one)
    assert (drafted["version"], drafted["draft"]) == (2, FLOW)
    assert (final["version"], final["definition"], final["draft"]) == (3, FLOW, None)
    versions = api.get(f"{url}/versions").json()["results"]
    assert [(v["version"], v["note"]) for v in versions] == [
        (3, "third"),
        (2, "second"),
        (1, "first"),
    ]
    assert api.get(f"{url}/versions/2").json()["definition"] == next_one
    assert error(api.get(f"{url}/versions/4"))[:2] == (404, "not_found")
    assert list(error(api.post(f"{url}/publish"))[2]) == ["draft"]


def test_the_faults_of_a_definition_are_named_with_the_other_fields(api: Caller) -> None:
    wrong = {**FLOW, "defaults": {"on_create": "gone"}, "colour": 1}

    refused = api.post("/api/lifecycles", {"name": "", "definition": wrong, "x": 1})

    fields = sorted(error(refused)[2])
    assert fields == ["definition.colour", "definition.defaults.on_create", "name", "x"]


def test_a_definition_is_checked_without_being_kept(api: Caller) -> None:
    sound = api.post("/api/lifecycles/validate", {"definition": FLOW})
    wrong = api.post("/api/lifecycles/validate", {"definition": {"statuses": 1}})
    missing = api.post("/api/lifecycles/validate")

    assert (sound.status_code, sound.json()) == (
        200,
        {"valid": True, "errors": [], "warnings": []},
    )
    assert (wrong.status_code, wrong.json()["valid"]) == (200, False)
    assert {"place", "detail"} == set(wrong.json()["errors"][0])
    assert list(error(missing)[2]) == ["definition"]


def test_a_template_that_a_scrip_uses_cannot_be_deleted(api: Caller) -> None:
    template = api.post("/api/templates", _sound("templates")).json()["id"]
    mail = {"name": "Mail", "condition_type": "OnCreate", "action_type": "SendEmail"}
    scrip = api.post(
        "/api/scrips", {**mail, "template_id": template, "action_config": {"to": ["requestor"]}}
    )

    used = api.delete(f"/api/templates/{template}")
    api.delete(f"/api/scrips/{scrip.json()['id']}")
    free = api.delete(f"/api/templates/{template}")

    assert scrip.status_code == 201, scrip.content
    assert error(used)[:2] == (400, "invalid")
    assert free.status_code == 204
    assert error(api.get(f"/api/templates/{template}"))[:2] == (404, "not_found")


def test_a_template_says_what_it_would_say_or_the_line_at_fault(api: Caller, ticket: int) -> None:
    template = {
        "name": "T",
        "subject_template": "[{$ticket.key}]",
        "body_template": "{$ticket.subject}",
    }
    made = api.post("/api/templates", template).json()["id"]

    saved = api.post(f"/api/templates/{made}/render", {"ticket_id": f"TKT-{ticket:04}"})
    texts = {"body_template": "ok\n{{ 1 / 0 }}", "ticket_id": ticket}
    unsaved = api.post("/api/templates/render", texts)
    nowhere = api.post(f"/api/templates/{made}/render", {"ticket_id": 999999})
    no_fact = api.post(
        f"/api/templates/{made}/render", {"ticket_id": ticket, "transaction_id": 999999}
    )

    assert saved.json() == {"subject": f"[TKT-{ticket:04d}]", "body": "Printer on fire"}
    assert error(unsaved)[:2] == (400, "invalid")
    assert error(unsaved)[2]["body_template"][0].startswith("line 2")
    assert list(error(nowhere)[2]) == ["ticket_id"]
    assert list(error(no_fact)[2]) == ["transaction_id"]


def test_a_webhooks_secret_is_never_shown(api: Caller) -> None:
    webhook = {"name": "Hook", "condition_type": "OnCreate", "action_type": "Webhook"}
    config = {"url": "https://example.com/", "secret": "whsec_c2VjcmV0c2VjcmV0c2VjcmV0"}

    made = api.post("/api/scrips", {**webhook, "action_config": config})
    read = api.get(f"/api/scrips/{made.json().get('id')}")

    assert made.status_code == 201, made.content
    assert "c2VjcmV0" not in made.content.decode() + read.content.decode()
