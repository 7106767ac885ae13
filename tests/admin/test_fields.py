"""The definition of a custom field in the administration: its form, and what is asked before tickets lose something."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from customfields.models import CustomField
from tessera.accounts.models import AuditEntry
from tests.admin.pages import errors, text
from tests.office import Office
from tickets import service
from tickets.models import QueueField

ADD = "/admin/customfields/customfield/add/"


def field(**changes: Any) -> dict[str, Any]:
    return {
        "name": "City",
        "field_type": "SelectSingle",
        "values": "Graz | green | when: low\nMünchen | when: high; low\nElsewhere",
        "depends_on": "severity",
        **changes,
    }


def change(key: str, **changes: Any) -> dict[str, Any]:
    """The form of a field as it is shown, with changes."""
    row = CustomField.objects.get(key=key)
    return {
        "name": row.name,
        "max_values": row.max_values,
        "values": "\n".join(row.values),
        **changes,
    }


def url(key: str) -> str:
    return f"/admin/customfields/customfield/{CustomField.objects.get(key=key).pk}/change/"


def test_definition_is_written_without_json(site: Client, office: Office) -> None:
    answer = site.post(ADD, field(show_when=["tags=a", "tags=b"], indexed="on"))

    assert answer.status_code == 302, errors(answer)
    made = CustomField.objects.get(key="city")
    assert (made.values, made.depends_on, made.indexed) == (
        ["Graz", "München", "Elsewhere"],
        "severity",
        True,
    )
    assert made.choice_details == {
        "Graz": {"colour": "green", "when": ["low"]},
        "München": {"when": ["high", "low"]},
    }
    assert made.show_when == {"field": "tags", "values": ["a", "b"]}


def test_definition_is_shown_as_it_is_written(site: Client, office: Office) -> None:
    site.post(ADD, field(show_when=["tags=a"]))

    page = unescape(text(site.get(url("city"))))

    assert "Graz | green | when: low\nMünchen | when: high; low\nElsewhere</textarea>" in page
    assert '<option value="severity" selected>Severity (severity)</option>' in page
    assert '<optgroup label="Tags (tags)">' in page
    assert '<option value="tags=a" selected>a</option>' in page
    assert 'type="hidden" name="confirmed"' in page


def test_bounds_are_written_as_text(site: Client, office: Office) -> None:
    site.post(ADD, {"name": "Size", "field_type": "Integer", "minimum": "1", "maximum": "9"})

    made = CustomField.objects.get(key="size")
    assert (made.minimum, made.maximum) == (1, 9)


@pytest.mark.parametrize(
    ("changes", "at", "told"),
    [
        ({"values": "a | gren"}, "values", "line 1 knows no “gren”; did you mean “green”?"),
        ({"values": "a\nA"}, "values", "“A” stands twice"),
        (
            {"values": "a | when: hihg"},
            "values",
            "“a” is offered under a value of Severity: no choice “hihg”; did you mean “high”?",
        ),
        (
            {"show_when": ["tags=a", "severity=low"]},
            "show_when",
            "Choose values of one field only.",
        ),
        (
            {
                "field_type": "Integer",
                "values": "",
                "depends_on": "",
                "minimum": "9",
                "maximum": "1",
            },
            "maximum",
            "is less than the minimum, 9",
        ),
        (
            {"indexed": "on", "max_values": "2"},
            "indexed",
            "only a field that takes one value can be indexed",
        ),
    ],
)
def test_fault_stands_at_its_field(
    site: Client, office: Office, changes: dict[str, Any], at: str, told: str
) -> None:
    answer = site.post(ADD, field(**changes))

    assert errors(answer) == {at: [told]}
    assert not CustomField.objects.filter(key="city").exists()


def confirmation(page: str) -> str:
    found = re.search(r'<input type="checkbox" name="confirmed" value="(\w+)"', page)
    assert found, "no box to tick"
    return found[1]


def test_choice_that_tickets_have_is_taken_away_on_a_second_word(
    site: Client, office: Office
) -> None:
    given = {"queue": "Support", "subject": "s", "custom_fields": {"severity": "low"}}
    service.create(given, actor=office.admin)
    away = change("severity", values="high")

    asked = site.post(url("severity"), away)
    wrong = site.post(url("severity"), {**away, "confirmed": "0" * 16})
    kept = CustomField.objects.get(key="severity").values
    done = site.post(url("severity"), {**away, "confirmed": confirmation(text(asked))})

    told = "Tickets keep choices that are no longer offered or have another name: “low”: 1 ticket."
    assert errors(asked) == errors(wrong) == {"confirmed": [told]}
    assert kept == ["low", "high"]
    assert done.status_code == 302
    assert CustomField.objects.get(key="severity").values == ["high"]


def test_field_that_tickets_have_is_hidden_on_a_second_word(site: Client, office: Office) -> None:
    given = {"queue": "Support", "subject": "s", "custom_fields": {"severity": "low"}}
    service.create(given, actor=office.admin)

    asked = site.post(url("severity"), change("severity", disabled="on"))

    told = "A value of this field is held by 1 ticket, and will not be shown any more."
    assert errors(asked) == {"confirmed": [told]}


def test_what_no_ticket_has_goes_at_once(site: Client, office: Office) -> None:
    assert site.post(url("severity"), change("severity", values="high")).status_code == 302
    assert site.post(url("tags"), change("tags", disabled="on")).status_code == 302


def test_renamed_choice_takes_its_dependents_along_and_the_audit_knows(
    site: Client, office: Office
) -> None:
    site.post(ADD, field())

    answer = site.post(
        url("severity"), change("severity", values="Low | was: low\nvery high | was: high")
    )

    assert answer.status_code == 302, errors(answer)
    severity, city = (CustomField.objects.get(key=key) for key in ("severity", "city"))
    assert severity.values == ["Low", "very high", "high"]
    assert severity.choice_details == {"high": {"disabled": True}}
    assert city.choice_details["München"]["when"] == ["high", "very high", "low", "Low"]
    changed = AuditEntry.objects.filter(kind="configuration_changed")
    assert set(changed.values_list("subject_name", flat=True)) == {"Severity", "City"}


def test_queue_takes_no_field_without_those_that_it_depends_on(
    site: Client, office: Office
) -> None:
    site.post(ADD, field())
    city = CustomField.objects.get(key="city")
    given = {
        "name": "Other",
        "lifecycle": office.other.lifecycle_id,
        "queue_fields-TOTAL_FORMS": 1,
        "queue_fields-INITIAL_FORMS": 0,
        "queue_fields-0-queue": office.other.pk,
        "queue_fields-0-position": 0,
        "queue_fields-0-field": city.pk,
    }

    page = text(site.post(f"/admin/tickets/queue/{office.other.pk}/change/", given))

    assert "City needs Severity beside it" in page
    assert not QueueField.objects.filter(field=city).exists()


def test_parent_is_set_only_where_it_stands_beside_the_field(site: Client, office: Office) -> None:
    alone = CustomField.objects.create(
        key="alone", name="Alone", field_type="SelectSingle", values=["x"]
    )

    answer = site.post(url("severity"), change("severity", depends_on=alone.key))

    assert errors(answer) == {"depends_on": ["needs Alone beside it in the queue Support"]}
