"""The builder of rules: settings as fields, the same as JSON, and what is chosen before anything is saved."""

import json
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from scrips import service
from scrips.actions import ACTIONS
from scrips.builder import parts
from scrips.builder.known import Known
from scrips.conditions import CONDITIONS
from scrips.models import Scrip
from tests.admin.pages import errors, text
from tests.admin.test_scrips import ADD, form
from tests.office import Office
from tests.people import holder
from tickets import config

SETTINGS: list[tuple[str, str, dict[str, Any]]] = [
    ("condition", "OnCreate", {}),
    ("condition", "OnTransaction", {"types": ["Comment", "Correspond"]}),
    ("condition", "OnStatusChange", {"from": ["new", "open"], "to": "resolved"}),
    ("condition", "OnPriorityChange", {"direction": "up"}),
    ("condition", "OnCustomFieldChange", {"field": "severity", "from": None, "to": "high"}),
    ("condition", "OnCustomFieldChange", {"field": "tags", "to": ["a", "b"]}),
    ("condition", "UserDefined", {"query": "Priority > 50\nAND Owner IS NULL"}),
    (
        "action",
        "SendEmail",
        {
            "to": ["requestor", "boss@example.com", "{{ ticket.owner.email }}"],
            "bcc": ["actor"],
            "reply_to": "x@example.com",
            "skip_actor": True,
        },
    ),
    (
        "action",
        "Webhook",
        {
            "url": "https://example.com/{{ ticket.key }}",
            "method": "PUT",
            "headers": {"X-One": "1", "X-Two": "{{ ticket.id }}"},
            "body": '{\n  "a": 1\n}',
            "secret": ["one", "two"],
            "timeout": 2.5,
        },
    ),
    ("action", "SetCustomField", {"field": "severity", "value": "high"}),
    ("action", "SetCustomField", {"field": "severity", "value": None}),
    ("action", "SetCustomField", {"field": "tags", "value": ["a", "{{ ticket.subject }}"]}),
    ("action", "SetStatus", {"status": "open"}),
    ("action", "SetOwner", {"owner": "nobody"}),
    ("action", "SetPriority", {"priority": 80}),
    ("action", "SetPriority", {"priority": "{{ ticket.priority }}"}),
    ("action", "SetQueue", {"queue": "Support"}),
    ("action", "AddComment", {"content": "One\n\n  Two"}),
    ("action", "AddWatcher", {"role": "cc", "address": "{{ ticket.owner.email }}"}),
    (
        "action",
        "CreateTicket",
        {
            "queue": "Support",
            "subject": "Check {{ ticket.key }}",
            "content": "Please",
            "custom_fields": {"severity": "low", "tags": ["a"]},
            "link": "child",
        },
    ),
]


def known(office: Office) -> Known:
    return Known(config.current(), office.admin)


def sent_back(part: parts.Part) -> QueryDict:
    """What a browser sends of a half that nobody touched."""
    data = QueryDict(mutable=True)
    data[f"{part.name}_type"] = data[f"{part.name}_kind"] = part.kind
    data[f"{part.name}_config"] = data[f"{part.name}_shown"] = part.text
    if part.rich:
        data[f"{part.name}_rich"] = part.kind
    for control in part.controls:
        for each in (control, *control.children):
            _fill(data, each)
    return data


def _fill(data: QueryDict, control: Any) -> None:
    if control.widget in ("ticks", "people"):
        data.setlist(control.name, control.chosen)
        data[f"{control.name}_more"] = getattr(control, "shown", "")
    elif control.widget == "secret":
        data.setlist(control.name, list(control.both))
    elif control.widget == "flag":
        data.update({control.name: "on"} if control.value is True else {})
    elif control.widget != "fields":
        data[control.name] = control.shown
        if getattr(control, "asked", False) and control.empty:
            data[f"{control.name}_empty"] = "on"


@pytest.mark.parametrize(("name", "kind", "settings"), SETTINGS)
def test_fields_give_back_the_settings_that_they_were_made_of(
    office: Office, name: str, kind: str, settings: dict[str, Any]
) -> None:
    part = parts.held(name, kind, settings, known(office))

    assert not part.rich
    assert parts.sent(name, sent_back(part), known(office)).settings == settings


def test_every_setting_of_every_kind_is_among_those_above() -> None:
    kinds: list[Any] = [*CONDITIONS.values(), *ACTIONS.values()]
    tried = {(kind, key) for _name, kind, settings in SETTINGS for key in settings}

    left = {(kind.key, key) for kind in kinds for key in kind.schema["properties"]} - tried

    assert left == {("SendEmail", "cc"), ("UserDefined", "rules")}


@pytest.mark.parametrize(
    ("name", "kind", "settings"),
    [
        ("condition", "OnStatusChange", {"to": 5}),
        ("condition", "OnStatusChange", []),
        ("condition", "OnTransaction", {"unknown": 1}),
        ("action", "SendEmail", {"to": ["two\nlines@example.com"]}),
        ("action", "Webhook", {"url": "https://example.com", "headers": {"a": "b\nc"}}),
        ("action", "CreateTicket", {"queue": "Other", "subject": "x", "custom_fields": {"no": 1}}),
        ("action", "SetCustomField", {"field": "severity", "value": {"a": 1}}),
    ],
)
def test_settings_that_fields_cannot_show_are_kept_as_json(
    office: Office, name: str, kind: str, settings: Any
) -> None:
    part = parts.held(name, kind, settings, known(office))

    assert part.rich
    assert parts.sent(name, sent_back(part), known(office)).settings == settings


def test_edited_json_counts_and_the_fields_follow_it(site: Client, office: Office) -> None:
    page = form(condition_shown='{"to": "open"}', condition_config='{"to": "resolved"}')

    answer = site.post(ADD, page | {"condition_kind": "OnStatusChange", "name": ""})
    assert 'value="resolved" checked' in text(answer)
    site.post(ADD, page | {"condition_kind": "OnStatusChange"})

    assert Scrip.objects.get().condition_config == {"to": "resolved"}


def test_json_and_fields_that_say_different_things_are_refused(
    site: Client, office: Office
) -> None:
    page = form(
        condition_kind="OnStatusChange",
        condition_shown='{"to": "new"}',
        condition_config='{"to": "resolved"}',
    )

    answer = site.post(ADD, page)

    assert errors(answer) == {
        "condition_config": [
            "The fields and this text were both changed, and say different things."
        ]
    }
    assert not Scrip.objects.exists()


def test_text_that_is_no_json_stays_as_it_was_typed(site: Client, office: Office) -> None:
    answer = site.post(ADD, form(condition_shown="{}", condition_config='{"to": '))

    assert list(errors(answer)) == ["condition_config"]
    assert "{&quot;to&quot;:</textarea>" in text(answer)


def test_another_kind_brings_its_fields_and_saves_nothing(site: Client, office: Office) -> None:
    given = form(action_type="Webhook", name="", _choose="action")

    page = text(site.post(ADD, given))

    assert 'name="action_Webhook_url"' in page
    assert 'name="action_SetStatus_status"' not in page
    assert "errornote" not in page
    assert "errorlist" not in page
    assert not Scrip.objects.exists()


def test_field_that_is_chosen_brings_its_choices(site: Client, office: Office) -> None:
    given = form(
        action_type="SetCustomField", action_SetCustomField_field="severity", _choose="action"
    )

    page = text(site.post(ADD, given))

    assert '<option value="high"></option>' in page


@pytest.mark.parametrize(
    ("rights", "offered"),
    [(["AdminScrips", "SeeQueue"], False), (["AdminScrips", "SeeQueue", "ModifyTicket"], True)],
)
def test_form_offers_people_to_who_may_know_them_and_says_so_to_others(
    client: Client, office: Office, rights: list[str], offered: bool
) -> None:
    client.force_login(holder("quentin", *rights))
    rule = {"condition_type": "UserDefined", "condition_config": '{"query": "Owner = ann"}'}

    owner = text(client.post(ADD, form(action_type="SetOwner", _choose="action")))
    mail = text(client.post(ADD, form(action_type="SendEmail", _choose="action")))
    row = text(client.post(ADD, form(**rule, condition_shown="", _choose="condition")))

    for page in (owner, mail, row):
        assert ("/admin/who-may/suggest" in page) is offered
        assert ("Write it in full" in page) is not offered


def test_statuses_are_those_of_the_rules_own_queues(site: Client, office: Office) -> None:
    page = text(site.post(ADD, form(own_queues=[office.incidents.pk], _choose="condition")))

    names = [
        s.name for s in config.current().queues[office.incidents.pk].lifecycle.definition.statuses
    ]
    for name in names:
        assert f'name="condition_OnStatusChange_to" value="{name}"' in page
    assert 'name="condition_OnStatusChange_to" value="stalled"' not in page or "stalled" in names


def test_query_that_is_wrong_says_at_which_character(site: Client, office: Office) -> None:
    answer = site.post(
        ADD,
        form(
            condition_type="UserDefined",
            condition_UserDefined_query="Priority > 5 AND Nonsense = 1",
        ),
    )

    assert list(errors(answer)) == ["condition_UserDefined_query"]
    assert "Priority &gt; 5 AND <mark>Nonsense</mark> = 1" in text(answer)


def test_saving_what_was_not_touched_changes_no_setting(site: Client, office: Office) -> None:
    given = {
        "name": "Old",
        "condition_type": "OnStatusChange",
        "condition_config": {"to": ["open"]},
        "action_type": "SetStatus",
        "action_config": {"status": "stalled"},
    }
    scrip = service.save_scrip(None, given, actor=office.admin)
    part = parts.held("condition", "OnStatusChange", {"to": ["open"]}, known(office))
    back = {key: sent_back(part).getlist(key) for key in sent_back(part)}

    answer = site.post(f"/admin/scrips/scrip/{scrip.pk}/change/", form(**back, name="New"))

    assert answer.status_code == 302, errors(answer)
    scrip.refresh_from_db()
    assert (scrip.name, scrip.condition_config) == ("New", {"to": ["open"]})


RULES = {"rules": {"all": [{"field": "Priority", "op": ">", "value": 5}]}}


def test_rules_are_shown_as_the_query_that_says_the_same(office: Office) -> None:
    part = parts.held("condition", "UserDefined", RULES, known(office))

    assert [control.shown for control in part.controls] == ["Priority > 5"]
    assert part.in_words == "priority is more than 5"
    assert parts.sent("condition", sent_back(part), known(office)).settings == {
        "query": "Priority > 5"
    }


def test_rules_that_cannot_be_read_any_more_stay_json(office: Office) -> None:
    gone = {"rules": {"all": [{"field": "CF.gone", "op": "=", "value": 5}]}}
    part = parts.held("condition", "UserDefined", gone, known(office))

    assert part.in_words == ""
    assert parts.sent("condition", sent_back(part), known(office)).settings == gone


def test_rules_that_were_not_touched_stay_rules(site: Client, office: Office) -> None:
    given = {
        "name": "Old",
        "condition_type": "UserDefined",
        "condition_config": RULES,
        "action_type": "SetStatus",
        "action_config": {"status": "stalled"},
    }
    scrip = service.save_scrip(None, given, actor=office.admin)
    part = parts.held("condition", "UserDefined", RULES, known(office))
    back = {key: sent_back(part).getlist(key) for key in sent_back(part)}

    answer = site.post(f"/admin/scrips/scrip/{scrip.pk}/change/", form(**back, name="New"))

    assert answer.status_code == 302, errors(answer)
    scrip.refresh_from_db()
    assert (scrip.name, scrip.condition_config) == ("New", RULES)


def test_what_is_typed_is_never_markup(site: Client, office: Office) -> None:
    evil = "</textarea><script>alert(1)</script>"
    page = text(
        site.post(ADD, form(action_type="AddComment", action_AddComment_content=evil, name=""))
    )

    assert "<script>alert" not in page
    assert json.dumps(evil)[1:-1] not in page
