"""Values of custom fields in scrips: a slip is told when the scrip is saved, with what was probably meant."""

from typing import Any

import pytest

from customfields.models import CustomField
from scrips.models import Scrip
from scrips.service import save_scrip
from tessera.lib.errors import Invalid
from tests.office import Office

MEANT = "no choice “hihg”; did you mean “high”?"


def save(office: Office, **given: Any) -> Scrip:
    plain = {"name": "It", "condition_type": "OnCreate", "action_type": "SetCustomField"}
    action = {"action_config": {"field": "severity", "value": "high"}}
    return save_scrip(None, {**plain, **action, **given}, actor=office.admin)


def faults(office: Office, **given: Any) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as refused:
        save(office, **given)
    return refused.value.errors


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("severity", "hihg", MEANT),
        ("SEVERITY", ["hihg"], MEANT),
        ("severity", ["low", "high"], "takes one value"),
        ("tags", ["a", "{$ticket.subject}", "d"], "no choice “d”"),
        ("severity", 5, "must be text"),
    ],
)
def test_value_that_the_field_can_not_have_is_refused(
    office: Office, field: str, value: Any, fault: str
) -> None:
    found = faults(office, action_config={"field": field, "value": value})

    assert found == {"action_config.value": [fault]}


@pytest.mark.parametrize(
    "value",
    ["HIGH", None, "", [], "{$ticket.subject}", "{{ ticket.subject }}", "{% if 1 %}low{% endif %}"],
)
def test_value_that_may_fit_is_taken(office: Office, value: Any) -> None:
    assert save(office, action_config={"field": "severity", "value": value}).pk


def test_user_that_there_is_not_is_set_by_no_scrip(office: Office) -> None:
    assessor = CustomField.objects.create(key="assessor", name="Assessor", field_type="User")
    office.support.custom_fields.add(assessor)
    given = {"field": "assessor", "value": office.ann.username.upper()}

    found = faults(office, action_config={"field": "assessor", "value": "nobody.here"})

    assert found == {"action_config.value": ["no user “nobody.here”"]}
    assert save(office, action_config=given).pk


def test_disabled_choice_is_set_by_no_scrip_but_waited_for_by_one(office: Office) -> None:
    CustomField.objects.filter(key="severity").update(choice_details={"low": {"disabled": True}})
    waiting = {"condition_type": "OnCustomFieldChange"}
    was_low = {"condition_config": {"field": "severity", "from": "low"}}

    found = faults(office, action_config={"field": "severity", "value": "low"})

    assert found == {"action_config.value": ["“low” is no longer offered"]}
    assert save(office, **waiting, **was_low).pk


@pytest.mark.parametrize(
    ("config", "path"),
    [
        ({"query": "Priority > 5 AND NOT CF.{Severity} = 'hihg'"}, "query"),
        ({"query": "CF.severity NOT IN ('low', 'hihg')"}, "query"),
        ({"rules": {"all": [{"field": "CF.{severity}", "op": "!=", "value": "hihg"}]}}, "rules"),
    ],
)
def test_query_that_names_no_choice_is_refused(
    office: Office, config: dict[str, Any], path: str
) -> None:
    found = faults(office, condition_type="UserDefined", condition_config=config)

    assert [text.rpartition(": ")[2] for text in found[f"condition_config.{path}"]] == [MEANT]


@pytest.mark.parametrize(
    "query",
    [
        "CF.{severity} = HIGH",
        "CF.{severity} LIKE 'hi'",
        "CF.{severity} IS NULL",
        "CF.{tags} IN ('a', 'B')",
        "CF.{severity} = Subject",
    ],
)
def test_query_that_can_hold_is_taken(office: Office, query: str) -> None:
    config = {"condition_type": "UserDefined", "condition_config": {"query": query}}

    assert save(office, **config).pk


def test_change_to_what_is_no_choice_is_refused(office: Office) -> None:
    config = {"field": "severity", "to": ["low", "hihg"]}

    found = faults(office, condition_type="OnCustomFieldChange", condition_config=config)

    assert found == {"condition_config.to": [MEANT]}
