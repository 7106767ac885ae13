"""What scrips and templates name, and who names a custom field, a template, a lifecycle."""

from typing import Any

import pytest

from customfields.models import CustomField
from lifecycles.models import Lifecycle
from lifecycles.service import publish
from scrips.service import save_template
from scrips.uses import fields_in
from tessera.accounts.models import ApiToken, User
from tests.api.caller import Caller
from tests.office import Office
from tests.people import holder
from tests.scrips.test_engine import comment, mail, scrip, template
from tickets import config
from tickets.models import Queue
from tickets.processes import check_guard


@pytest.fixture
def api(office: Office) -> Caller:
    return Caller(ApiToken.issue(User.objects.get(username="root")))


def results(api: Caller, path: str) -> list[dict[str, Any]]:
    answer = api.get(path)
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def uses(api: Caller, number: int) -> list[tuple[str, str, str]]:
    found = results(api, f"/api/scrips/{number}/uses")
    return [(each["place"], each["kind"], each["name"]) for each in found]


def users(api: Caller, path: str) -> list[tuple[str, str, list[str], list[str]]]:
    found = results(api, f"{path}/used-by")
    return [(each["kind"], each["name"], each["places"], each["names"]) for each in found]


def test_a_scrip_says_all_that_it_names(office: Office, api: Caller) -> None:
    query = (
        "CF.severity = high AND (Status = open OR Status = __Active__) AND Queue = Other"
        " AND Owner = ann AND Lifecycle = 'incident' AND Requestor.EmailAddress = 'x@y.org'"
    )
    fields = {"tags": ["a", "{$ticket.cf.severity}"]}
    rule = scrip(
        office,
        "UserDefined",
        "CreateTicket",
        condition_config={"query": query},
        action_config={"queue": "support", "subject": "{$ticket.cf.tags}", "custom_fields": fields},
        queue_ids=[office.support.pk],
    )
    assert uses(api, rule.pk) == [
        ("action_config.custom_fields.tags", "custom_field", "severity"),
        ("action_config.custom_fields.tags", "custom_field", "tags"),
        ("action_config.queue", "queue", "Support"),
        ("action_config.subject", "custom_field", "tags"),
        ("condition_config.query", "custom_field", "severity"),
        ("condition_config.query", "lifecycle", "incident"),
        ("condition_config.query", "queue", "Other"),
        ("condition_config.query", "status", "open"),
        ("condition_config.query", "user", "ann"),
        ("queue_ids", "queue", "Support"),
    ]
    ids = {each["name"]: each["id"] for each in results(api, f"/api/scrips/{rule.pk}/uses")}
    assert (ids["Support"], ids["open"]) == (office.support.pk, None)
    assert ids["tags"] == CustomField.objects.get(key="tags").pk


@pytest.mark.parametrize(
    ("condition", "when", "action", "then", "named"),
    [
        ("OnResolve", {}, "SetStatus", {"status": "open"}, {"resolved", "open"}),
        ("OnStatusChange", {"from": "new", "to": ["open"]}, "SetOwner", {"owner": "ann"}, None),
        ("OnCreate", {}, "SetOwner", {"owner": "actor"}, set()),
        ("OnCreate", {}, "SetPriority", {"priority": 5}, set()),
        ("OnCreate", {}, "SetPriority", {"priority": "{{ ticket.cf['tags']|length }}"}, {"tags"}),
        ("OnCreate", {}, "SetQueue", {"queue": "Other"}, {"Other"}),
        (
            "OnCustomFieldChange",
            {"field": "Severity", "to": "high"},
            "AddWatcher",
            {"role": "cc", "address": "{% if ticket.custom_fields.tags %}a@b.org{% endif %}"},
            {"severity", "tags"},
        ),
        (
            "UserDefined",
            {"rules": {"all": [{"field": "CF.{Severity}", "op": "=", "value": "low"}]}},
            "Webhook",
            {"url": "https://x.example.com/", "headers": {"A": "{$ticket.cf.tags}"}},
            {"severity", "tags"},
        ),
    ],
)
def test_every_kind_of_settings_is_read(
    office: Office,
    api: Caller,
    condition: str,
    when: dict[str, Any],
    action: str,
    then: dict[str, Any],
    named: set[str] | None,
) -> None:
    rule = scrip(office, condition, action, condition_config=when, action_config=then)
    wanted = {"new", "open", "ann"} if named is None else named
    assert {name for _place, _kind, name in uses(api, rule.pk)} == wanted


def test_a_field_says_who_names_it(office: Office, api: Caller) -> None:
    severity = CustomField.objects.get(key="severity")
    when = {"condition_config": {"field": "severity"}}
    comment(office, "OnCustomFieldChange", "{$ticket.cf.severity}", name="Rule", **when)
    comment(office, "OnCreate", "severity", name="Only a word")
    text = template(office, body="{{ ticket.cf.severity }}")
    CustomField.objects.create(
        key="why", name="Why", field_type="Freeform", show_when={"field": "severity", "values": []}
    )
    lifecycle = Lifecycle.objects.get(name="default")
    definition = {
        "statuses": {"initial": ["new"], "active": ["open"], "inactive": ["resolved"]},
        "transitions": [
            {"name": "end", "from": "*", "to": "resolved", "guard": "CF.severity = low"}
        ],
    }
    assert lifecycle.current is not None
    publish(lifecycle, definition, actor=None, check_guard=check_guard)

    assert users(api, f"/api/custom-fields/{severity.pk}") == [
        ("scrip", "Rule", ["action_config.content", "condition_config.field"], ["severity"]),
        ("template", text.name, ["body_template"], ["severity"]),
        ("lifecycle", "default", ["transitions.end.guard"], ["severity"]),
        ("custom_field", "why", ["show_when"], ["severity"]),
        ("queue", "Support", ["custom_field_ids"], ["severity"]),
    ]


def test_a_template_says_which_scrips_send_it(office: Office, api: Caller) -> None:
    rule = mail(office, name="Thank", queue_ids=[office.support.pk])
    far = mail(office, name="Far", queue_ids=[office.other.pk], template=rule.template)
    assert rule.template is not None
    path = f"/api/templates/{rule.template.pk}"
    assert [name for _kind, name, *_rest in users(api, path)] == ["Thank", "Far"]

    lead = holder("lead", "AdminScrips", "SeeQueue", queue=office.support)
    assert [row[1] for row in users(Caller(ApiToken.issue(lead)), path)] == ["Thank"]
    assert far.pk


def test_a_lifecycle_says_who_names_it_and_its_statuses(office: Office, api: Caller) -> None:
    Queue.objects.exclude(pk__in=[office.support.pk, office.incidents.pk]).delete()
    incident = Lifecycle.objects.get(name="incident")
    mine = {"queue_ids": [office.incidents.pk]}
    when = {"condition_config": {"to": ["Assigned", "closed"]}}
    comment(office, "OnStatusChange", "x", name="Mine", **when, **mine)
    comment(office, "OnResolve", "x", name="Everywhere")
    comment(office, "OnResolve", "x", name="Elsewhere", queue_ids=[office.support.pk])
    query = {"condition_config": {"query": "Lifecycle = INCIDENT"}}
    comment(office, "UserDefined", "x", name="By name", queue_ids=[office.support.pk], **query)

    assert users(api, f"/api/lifecycles/{incident.pk}") == [
        ("queue", "Incidents", ["lifecycle_id"], ["incident"]),
        ("scrip", "Mine", ["condition_config.to"], ["Assigned", "closed"]),
        ("scrip", "Everywhere", ["condition_type"], ["resolved"]),
        ("scrip", "By name", ["condition_config.query"], ["INCIDENT"]),
    ]


def test_a_query_that_cannot_be_read_any_more_names_nothing(office: Office, api: Caller) -> None:
    query = {"condition_config": {"query": "CF.severity = high"}}
    rule = comment(office, "UserDefined", "x", **query)
    CustomField.objects.filter(key="severity").update(disabled=True)
    assert uses(api, rule.pk) == []
    severity = CustomField.objects.get(key="severity")
    assert users(api, f"/api/custom-fields/{severity.pk}") == []


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("{$ticket.cf.a} {{ ticket.custom_fields['b'] }}", {"a", "b"}),
        ("{% set f = ticket.cf %}{{ f.a }} cf.c", set()),
        ("{% raw %}{{ ticket.cf.a }}{% endraw %}", set()),
        ("{{ ticket.cf.a", set()),
        ("{% for x in ticket.cf.tags %}{{ x.name }}{% endfor %}", {"tags"}),
    ],
)
def test_a_template_is_read_as_a_template(text: str, keys: set[str]) -> None:
    assert fields_in(text) == keys


def test_reading_a_template_names_its_fields(office: Office) -> None:
    from scrips.uses import of_template

    text = save_template(
        template(office), {"subject_template": "{$ticket.cf.tags}"}, actor=office.admin
    )
    assert [each.name for each in of_template(text, config.current())] == ["tags"]
