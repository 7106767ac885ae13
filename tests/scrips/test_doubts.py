"""What a scrip names that is not there, or not for its queues; and what each kind of settings looks like."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from customfields.models import CustomField
from lifecycles.models import Lifecycle
from scrips.actions import ACTIONS
from scrips.conditions import CONDITIONS
from scrips.models import Scrip, ScripVersion
from scrips.schemas import spoken
from scrips.service import doubts, save_scrip
from tessera.accounts.models import ApiToken, User
from tessera.lib.errors import Invalid
from tests.api.caller import Caller, error
from tests.office import Office
from tests.people import holder
from tests.scrips.test_engine import comment, mail, scrip
from tests.scrips.test_settings import hook
from tickets.access import Actor
from tickets.models import QueueField


@pytest.fixture
def api(office: Office) -> Caller:
    return Caller(ApiToken.issue(User.objects.get(username="root")))


GOOD: dict[str, Any] = {
    "OnTransaction": {"types": ["Set"]},
    "OnStatusChange": {"from": "new", "to": ["open", "resolved"]},
    "OnPriorityChange": {"direction": "up"},
    "OnCustomFieldChange": {"field": "severity", "from": None, "to": "high"},
    "UserDefined": {"query": "Priority > 5"},
    "SendEmail": {"to": ["requestor", "{$actor.email}"], "skip_actor": True},
    "Webhook": {"url": "https://x.example.com/", "headers": {"A": "b"}, "timeout": 2.5},
    "SetCustomField": {"field": "tags", "value": ["a", "{$ticket.subject}"]},
    "SetStatus": {"status": "open"},
    "SetOwner": {"owner": "ann"},
    "SetPriority": {"priority": 5},
    "SetQueue": {"queue": "Support"},
    "AddComment": {"content": "x"},
    "AddWatcher": {"role": "cc", "address": "owner"},
    "CreateTicket": {
        "queue": "Support",
        "subject": "x",
        "custom_fields": {"tags": ["a"]},
        "link": "child",
    },
}
BAD: dict[str, Any] = {
    "OnTransaction": {"types": "Set"},
    "OnStatusChange": {"to": 5},
    "OnPriorityChange": {"direction": "left"},
    "OnCustomFieldChange": {"to": "high"},
    "UserDefined": {"query": 5},
    "SendEmail": {"to": "requestor"},
    "Webhook": {"method": "POST"},
    "SetCustomField": {"field": "tags"},
    "SetStatus": {},
    "SetOwner": {"owner": 5},
    "SetPriority": {"priority": 101},
    "SetQueue": {"queue": []},
    "AddComment": {"content": 5},
    "AddWatcher": {"role": "owner", "address": "owner"},
    "CreateTicket": {"queue": "Support"},
}


@pytest.mark.parametrize("key", [*CONDITIONS, *ACTIONS])
def test_the_schema_and_the_check_agree(office: Office, key: str) -> None:
    kind: Any = {**CONDITIONS, **ACTIONS}[key]
    schema = Draft202012Validator(spoken(kind.schema))
    unknown = {"no_such": 1, **GOOD.get(key, {})}
    wrong = [unknown, BAD[key]] if key in BAD else [unknown]

    assert schema.is_valid(GOOD.get(key, {}))
    _save(office, key, GOOD.get(key, {}))
    for each in wrong:
        assert not schema.is_valid(each)
        with pytest.raises(Invalid):
            _save(office, key, each)


def _save(office: Office, key: str, settings: dict[str, Any]) -> Scrip:
    if key in CONDITIONS:
        return comment(office, key, "x", condition_config=settings)
    if key == "SendEmail":
        return mail(office, action_config=settings)
    return scrip(office, "OnCreate", key, action_config=settings)


def test_kinds_are_served_with_their_schemas(api: Caller) -> None:
    found = api.get("/api/scrips/kinds").json()
    assert [each["key"] for each in found["conditions"]] == list(CONDITIONS)
    assert [each["key"] for each in found["actions"]] == list(ACTIONS)
    (create,) = [each for each in found["actions"] if each["key"] == "CreateTicket"]
    assert create["label"] == "create a ticket"
    assert create["schema"]["properties"]["subject"] == {
        "title": "subject",
        "type": "string",
        "format": "template",
        "maxLength": 100_000,
    }
    document = api.get("/api/schema").json()["components"]["schemas"]
    assert document["CreateTicketSettings"] == create["schema"]


@pytest.mark.parametrize(
    ("given", "place", "said"),
    [
        (
            {"condition_type": "OnStatusChange", "condition_config": {"to": "in_progress"}},
            "condition_config.to",
            "no lifecycle of Support has the status “in_progress”",
        ),
        (
            {"condition_type": "OnCustomFieldChange", "condition_config": {"field": "hours"}},
            "condition_config.field",
            "there is no field “hours” in Support",
        ),
        (
            {
                "condition_type": "UserDefined",
                "condition_config": {"query": "Status = 'in_progress'"},
            },
            "condition_config.query",
            "no lifecycle of Support has the status “in_progress”",
        ),
        (
            {
                "condition_type": "UserDefined",
                "condition_config": {
                    "query": "Lifecycle = 'support-ticket' AND Status = 'in_progress'"
                },
            },
            "condition_config.query",
            "no lifecycle of Support has the status “in_progress”",
        ),
        (
            {"condition_type": "UserDefined", "condition_config": {"query": "Status = 'opne'"}},
            "condition_config.query",
            "no lifecycle has a status 'opne'; did you mean 'open'?",
        ),
        (
            {"condition_type": "UserDefined", "condition_config": {"query": "Queue = 'Suport'"}},
            "condition_config.query",
            "there is no queue 'Suport'; did you mean 'Support'?",
        ),
        (
            {"condition_type": "UserDefined", "condition_config": {"query": "CF.hours > 1"}},
            "condition_config.query",
            "there is no field “hours” in Support",
        ),
        (
            {
                "condition_type": "UserDefined",
                "condition_config": {"query": "Priority > 50 AND Priority <= 20"},
            },
            "condition_config.query",
            "this never holds: priority > 50, priority <= 20",
        ),
        (
            {"condition_type": "UserDefined", "condition_config": {"query": "Priority > 100"}},
            "condition_config.query",
            "this never holds: priority > 100",
        ),
        (
            {
                "condition_type": "UserDefined",
                "condition_config": {"query": "Status = 'new' AND Status IN ('open')"},
            },
            "condition_config.query",
            "this never holds: status = 'new', status IN ('open')",
        ),
        (
            {
                "condition_type": "UserDefined",
                "condition_config": {"query": "CF.severity = 'low' AND CF.severity = 'high'"},
            },
            "condition_config.query",
            "this never holds: CF.severity = 'low', CF.severity = 'high'",
        ),
        (
            {
                "condition_type": "UserDefined",
                "condition_config": {"query": "Transaction.Type = 'EmailRecord'"},
            },
            "condition_config.query",
            "no transaction that rules are asked about is of that type",
        ),
        (
            {
                "condition_type": "OnStatusChange",
                "condition_config": {"from": "deleted", "to": ["deleted", "Deleted"]},
            },
            "condition_config.to",
            "no lifecycle of Support leads from “deleted” to “deleted”, so this never holds",
        ),
        (
            {
                "condition_type": "OnCustomFieldChange",
                "condition_config": {"field": "severity", "from": "low", "to": "LOW"},
            },
            "condition_config.to",
            "a change always leads to another value",
        ),
        (
            {"action_type": "SetCustomField", "action_config": {"field": "hours", "value": "1"}},
            "action_config.field",
            "there is no field “hours” in Support",
        ),
        (
            {"action_type": "SetOwner", "action_config": {"owner": "bob"}},
            "action_config.owner",
            "bob can't own tickets of Support",
        ),
        (
            {"action_type": "CreateTicket", "action_config": {"queue": "Strict", "subject": "x"}},
            "action_config.custom_fields",
            "Strict requires the field “hours”",
        ),
    ],
)
def test_what_is_elsewhere_is_saved_with_a_warning(
    office: Office, api: Caller, given: dict[str, Any], place: str, said: str
) -> None:
    User.objects.create_user("bob")
    field = CustomField.objects.create(
        key="hours", name="Hours", field_type="Integer", required=True
    )
    strict = type(office.other).objects.create(
        name="Strict", lifecycle=Lifecycle.objects.get(name="default")
    )
    QueueField.objects.create(queue=strict, field=field)
    plain = {"name": "n", "condition_type": "OnCreate", "action_type": "AddComment"}
    rule = {**plain, "action_config": {"content": "x"}, "queue_id": office.support.pk, **given}

    made = api.post("/api/scrips", rule)

    assert made.status_code == 201, made.json()
    assert made.json()["warnings"] == [{"place": place, "detail": said}]
    path = f"/api/scrips/{made.json()['id']}"
    assert api.get(path).json()["warnings"] == made.json()["warnings"]
    assert api.patch(path, {"note": "again"}).json()["warnings"] == made.json()["warnings"]
    assert "warnings" not in api.get("/api/scrips").json()["results"][0]


def test_what_is_nowhere_is_refused(office: Office) -> None:
    for condition, settings in (
        ("OnStatusChange", {"to": "opne"}),
        ("OnCustomFieldChange", {"field": "sevrity"}),
    ):
        with pytest.raises(Invalid) as caught:
            comment(office, condition, "x", condition_config=settings)
        assert "did you mean" in str(caught.value)


def stale(office: Office) -> Scrip:
    """A scrip whose custom field has been deleted since."""
    rule = comment(office, "OnCustomFieldChange", "x", condition_config={"field": "severity"})
    CustomField.objects.filter(key="severity").update(disabled=True)
    return rule


def test_a_stale_scrip_can_always_be_switched_off(office: Office, api: Caller) -> None:
    rule = stale(office)
    path = f"/api/scrips/{rule.pk}"
    light = {"disabled": True, "shadow": True, "name": "y", "description": "z", "sort_order": 7}

    assert "warnings" not in api.post("/api/scrips", _plain()).json()
    answer = api.patch(path, light)

    assert (answer.status_code, answer.json()["disabled"]) == (200, True)
    assert [each["place"] for each in answer.json()["warnings"]] == ["condition_config.field"]
    whole = {**light, "condition_config": {"field": "severity"}, "disabled": False}
    assert api.patch(path, whole).status_code == 200
    refused = error(api.patch(path, {"stage": "TransactionBatch"}))
    assert (refused[0], set(refused[2])) == (400, {"condition_config.field"})
    assert error(api.patch(path, {"disabled": "yes", "name": " "}))[2].keys() == {
        "disabled",
        "name",
    }
    assert ScripVersion.objects.filter(scrip_id=rule.pk).count() == 3


def _plain() -> dict[str, Any]:
    rule = {"name": "n", "condition_type": "OnCreate", "action_type": "AddComment"}
    return {**rule, "action_config": {"content": "x"}}


def test_a_stale_webhook_keeps_its_secret_when_it_is_switched_off(office: Office) -> None:
    rule = hook(office, secret="s3cret")
    sealed = rule.action_config["secret"]
    save_scrip(rule, {"disabled": True}, actor=office.admin)
    assert Scrip.objects.get().action_config["secret"] == sealed
    assert doubts(Scrip.objects.get(), reader=office.admin) == []


def test_nobody_lets_a_rule_create_where_he_may_not(office: Office) -> None:
    lead = Actor.of(holder("lead", "AdminScrips", "SeeQueue", queue=office.support))
    rule = {"name": "n", "condition_type": "OnCreate", "queue_id": office.support.pk}
    for kind in ("SetQueue", "CreateTicket"):
        more = {"subject": "x"} if kind == "CreateTicket" else {}
        for queue, said in (
            (office.other, "there is no such queue"),
            (office.support, "you may not create tickets in Support, so no rule of yours may"),
        ):
            wanted = {"action_type": kind, "action_config": {"queue": queue.pk, **more}}
            with pytest.raises(Invalid) as caught:
                save_scrip(None, {**rule, **wanted}, actor=lead)
            assert caught.value.errors == {"action_config.queue": [said]}


def test_a_word_of_warning_tells_no_name_of_a_queue_that_its_reader_does_not_see(
    office: Office,
) -> None:
    rule = scrip(
        office,
        "UserDefined",
        "SetQueue",
        condition_config={"query": "Queue = 'Othr'"},
        action_config={"queue": "Other"},
        queue_id=office.support.pk,
    )
    office.other.name = "Othre"
    office.other.save()
    lead = Caller(ApiToken.issue(holder("lead", "AdminScrips", "SeeQueue", queue=office.support)))
    root = Caller(ApiToken.issue(User.objects.get(username="root")))
    path = f"/api/scrips/{rule.pk}"
    assert [each["detail"] for each in root.get(path).json()["warnings"]] == [
        "there is no such queue; did you mean “Othre”?",
        "there is no queue 'Othr'; did you mean 'Othre'?",
    ]
    assert [each["detail"] for each in lead.get(path).json()["warnings"]] == [
        "there is no such queue",
        "there is no queue 'Othr'",
    ]
