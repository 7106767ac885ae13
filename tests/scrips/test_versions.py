"""Versions of scrips and templates: what each changed, who may see it, and the way back."""

from typing import Any

import pytest

from customfields.models import CustomField
from scrips.models import Scrip, ScripVersion
from scrips.service import save_order, save_scrip, save_template
from tessera.accounts.models import ApiToken, User
from tests.api.caller import Caller, error
from tests.office import Office
from tests.people import holder
from tests.scrips.test_engine import comment, comments, scrip, template
from tests.scrips.test_settings import hook, secrets_of
from tests.tickets.test_door import create


@pytest.fixture
def api(office: Office) -> Caller:
    return Caller(ApiToken.issue(User.objects.get(username="root")))


def listed(api: Caller, path: str) -> list[dict[str, Any]]:
    answer = api.get(f"{path}/versions")
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def test_each_version_says_who_why_and_what(office: Office, api: Caller) -> None:
    rule = comment(office, "OnStatusChange", "x", condition_config={"to": "open"})
    path = f"/api/scrips/{rule.pk}"
    changed = {"condition_config": {"from": "new", "to": "resolved"}, "sort_order": 3}
    api.patch(path, {**changed, "note": "Later"})
    api.patch(path, {"queue_ids": [office.other.pk]})

    third, second, first = listed(api, path)

    assert (first["version"], first["note"], first["diff"]) == (1, "", [])
    assert set(second) == {"version", "created_at", "creator_id", "note", "diff"}
    assert (second["version"], second["creator_id"], second["note"]) == (
        2,
        office.admin.id,
        "Later",
    )
    assert second["diff"] == [
        {"field": "condition_config.from", "before": None, "after": "new"},
        {"field": "condition_config.to", "before": "open", "after": "resolved"},
        {"field": "sort_order", "before": 0, "after": 3},
    ]
    assert third["diff"] == [{"field": "queue_ids", "before": [], "after": [office.other.pk]}]


def test_a_page_of_versions_knows_the_one_before_it(office: Office, api: Caller) -> None:
    rule = comment(office, "OnCreate", "x")
    for number in range(1, 4):
        save_scrip(rule, {"sort_order": number}, actor=office.admin)
    path = f"/api/scrips/{rule.pk}/versions"
    page = api.get(f"{path}?page_size=2").json()
    assert [each["version"] for each in page["results"]] == [4, 3]
    assert page["results"][1]["diff"] == [{"field": "sort_order", "before": 1, "after": 2}]
    rest = api.get(page["next"].replace("http://testserver", "")).json()["results"]
    assert [(each["version"], len(each["diff"])) for each in rest] == [(2, 1), (1, 0)]


def test_a_secret_is_never_told_and_comes_back_with_its_version(
    office: Office, api: Caller
) -> None:
    rule = hook(office, secret="old")
    new = {"action_config": {**rule.action_config, "secret": "new"}}
    save_scrip(rule, new, actor=office.admin)
    path = f"/api/scrips/{rule.pk}"

    assert listed(api, path)[0]["diff"] == [
        {"field": "action_config.secret", "before": "********", "after": "********"}
    ]
    assert secrets_of(rule) == ["new"]
    answer = api.post(f"{path}/rollback", {"version": 1})
    assert answer.json()["action_config"]["secret"] == "********"
    assert secrets_of(rule) == ["old"]


def test_going_back_makes_a_new_version_that_acts(office: Office, api: Caller) -> None:
    rule = comment(office, "OnCreate", "one", queue_ids=[office.support.pk])
    other = comment(office, "OnCreate", "other", sort_order=1)
    save_order(office.support.pk, [other.pk, rule.pk], actor=office.admin)
    save_scrip(rule, {"action_config": {"content": "two"}, "queue_ids": []}, actor=office.admin)
    path = f"/api/scrips/{rule.pk}"

    answer = api.post(f"{path}/rollback", {"version": 2, "note": "It was better"})

    assert answer.status_code == 200
    back = answer.json()
    assert (back["version"], back["queue_ids"]) == (4, [office.support.pk])
    assert comments(create(office)) == ["other", "one"]
    assert listed(api, path)[0]["note"] == "It was better"
    api.post(f"{path}/rollback", {"version": 3})
    assert listed(api, path)[0]["note"] == "Back to version 3"
    # What went back and forth is as it was, but for its number.
    kept = dict(ScripVersion.objects.filter(scrip_id=rule.pk).values_list("version", "snapshot"))
    assert (kept[4], kept[5]) == (kept[2], kept[3])


def test_going_back_to_what_names_what_is_gone_says_so(office: Office, api: Caller) -> None:
    rule = comment(office, "OnCustomFieldChange", "x", condition_config={"field": "severity"})
    save_scrip(rule, {"condition_type": "OnCreate", "condition_config": {}}, actor=office.admin)
    CustomField.objects.filter(key="severity").update(disabled=True)
    refused = api.post(f"/api/scrips/{rule.pk}/rollback", {"version": 1})
    assert error(refused)[0] == 400
    assert set(error(refused)[2]) == {"condition_config.field"}
    assert Scrip.objects.get(pk=rule.pk).version == 2


@pytest.mark.parametrize("body", [{}, {"version": 99}, {"version": "1"}, {"version": 1, "x": 1}])
def test_a_version_that_there_is_not_is_refused(
    office: Office, api: Caller, body: dict[str, Any]
) -> None:
    rule, text = comment(office, "OnCreate", "x"), template(office)
    for path in (f"/api/scrips/{rule.pk}", f"/api/templates/{text.pk}"):
        assert api.post(f"{path}/rollback", body).status_code == 400
    assert Scrip.objects.get(pk=rule.pk).version == 1


def test_templates_have_versions_too(office: Office, api: Caller) -> None:
    text = template(office, body="one")
    save_template(text, {"body_template": "two"}, actor=office.admin, note="Better")
    path = f"/api/templates/{text.pk}"

    newest, oldest = listed(api, path)
    assert newest["diff"] == [{"field": "body_template", "before": "one", "after": "two"}]
    assert oldest["diff"] == []
    back = api.post(f"{path}/rollback", {"version": 1}).json()
    assert (back["version"], back["body_template"]) == (3, "one")


def test_a_rule_goes_back_only_to_queues_of_who_takes_it_there(office: Office) -> None:
    rule = comment(office, "OnCreate", "x", queue_ids=[office.other.pk])
    save_scrip(rule, {"queue_ids": [office.support.pk]}, actor=office.admin)
    lead = Caller(ApiToken.issue(holder("lead", "AdminScrips", "SeeQueue", queue=office.support)))
    path = f"/api/scrips/{rule.pk}"
    assert lead.get(f"{path}/versions").status_code == 200
    assert lead.post(f"{path}/rollback", {"version": 1}).status_code == 403
    assert lead.post(f"{path}/rollback", {"version": 2}).status_code == 200


def test_versions_of_one_scrip_are_not_anothers(office: Office, api: Caller) -> None:
    one = scrip(office, "OnCreate", "SetStatus", action_config={"status": "open"})
    two = comment(office, "OnCreate", "x")
    save_scrip(two, {"sort_order": 1}, actor=office.admin)
    assert [each["version"] for each in listed(api, f"/api/scrips/{one.pk}")] == [1]
