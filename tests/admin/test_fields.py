"""The definition of a custom field in the administration: its form, and what is asked before tickets lose something."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from customfields.models import CustomField
from tessera.accounts.models import AuditEntry, User
from tests.admin.pages import errors, text
from tests.office import Office
from tests.people import holder
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


def test_renamed_choice_takes_default_and_dependents_along_and_the_audit_knows(
    site: Client, office: Office
) -> None:
    site.post(ADD, field())
    CustomField.objects.filter(key="severity").update(default="low")
    choices = "Low | was: low\nvery high | was: high"

    answer = site.post(url("severity"), change("severity", values=choices, default="low"))

    assert answer.status_code == 302, errors(answer)
    severity, city = (CustomField.objects.get(key=key) for key in ("severity", "city"))
    assert (severity.values, severity.default) == (["Low", "very high", "high"], "Low")
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


PREVIEW = "/admin/customfields/customfield/preview/"


def inputs(page: str) -> str:
    """The input as agents get it, without what stands around."""
    return page[page.index('data-part="preview"') :]


def test_input_stands_beside_its_definition_as_on_a_ticket(site: Client, office: Office) -> None:
    shown = inputs(text(site.get(url("severity"))))

    assert '<label for="preview_cf_severity">Severity</label>' in shown
    assert '<option value="high">high</option>' in shown
    assert '<select name="cf_severity"' in shown


def test_input_follows_what_is_being_written_and_nothing_is_kept(
    site: Client, office: Office
) -> None:
    before = CustomField.objects.count()

    shown = inputs(text(site.post(PREVIEW, field(help_text="Where it is", name=""))))

    assert '<label for="preview_cf_unnamed">Unnamed</label>' in shown
    assert "Where it is" in shown
    assert 'data-colour="green"' in shown
    assert shown.index('name="cf_severity"') < shown.index('name="cf_unnamed"')
    assert 'data-depends-on="severity"' in shown
    assert CustomField.objects.count() == before


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"field_type": "Boolean"}, '<option value="true">Yes</option>'),
        ({"field_type": "Integer", "minimum": "3"}, 'min="3"'),
        ({"field_type": "Date"}, 'type="date"'),
        ({"field_type": "Text"}, "<textarea"),
        ({"field_type": "Freeform", "default": "Room 1"}, 'value="Room 1"'),
    ],
)
def test_each_type_has_its_input(
    site: Client, office: Office, changes: dict[str, str], shown: str
) -> None:
    given = {"name": "Field", "values": "", **changes}

    assert shown in inputs(text(site.post(PREVIEW, given)))


def test_definition_that_is_not_sound_yet_says_why_beside(site: Client, office: Office) -> None:
    shown = unescape(inputs(text(site.post(PREVIEW, field(values="")))))

    assert "<li>Choices: must have one choice at least</li>" in shown
    assert "<label" not in shown


def test_field_that_is_changed_keeps_its_key_and_type_in_its_preview(
    site: Client, office: Office
) -> None:
    row = CustomField.objects.get(key="severity")
    sent = change("severity", values="low\nhighest | was: high", field_type="Integer")
    sent["key"] = "x"

    shown = inputs(text(site.post(f"{PREVIEW}?of={row.pk}", sent)))

    assert '<option value="highest">highest</option>' in shown
    assert 'name="cf_severity"' in shown
    row.refresh_from_db()
    assert row.values == ["low", "high"]


def test_looking_by_the_button_saves_nothing(site: Client, office: Office) -> None:
    page = text(site.post(ADD, field(_look="yes", depends_on="", values="Graz")))

    assert '<option value="Graz">Graz</option>' in inputs(page)
    assert not CustomField.objects.filter(key="city").exists()


def test_each_choice_says_how_many_tickets_hold_it(site: Client, office: Office) -> None:
    for _number in range(2):
        values = {"queue": "Support", "subject": "x", "custom_fields": {"severity": "high"}}
        service.create(values, actor=office.admin)
    row = CustomField.objects.get(key="severity")
    usage = f"/admin/customfields/customfield/{row.pk}/usage/"

    assert f'data-usage="{usage}"' in text(site.get(url("severity")))
    assert site.get(usage).json() == {"low": "0 tickets", "high": "2 tickets"}


def test_strangers_see_neither_input_nor_counts(office: Office) -> None:
    row = CustomField.objects.get(key="severity")
    holder("clerk", "AdminScrips")
    client = Client()
    client.force_login(User.objects.get(username="clerk"))

    assert client.post(PREVIEW, field()).status_code == 403
    assert client.post(f"{PREVIEW}?of={row.pk}", field()).status_code == 403
    assert client.get(f"/admin/customfields/customfield/{row.pk}/usage/").status_code == 403


def test_preview_of_no_field_is_not_found(site: Client, office: Office) -> None:
    assert site.post(f"{PREVIEW}?of=x", field()).status_code == 404
    assert site.get("/admin/customfields/customfield/999999/usage/").status_code == 404


def test_empty_list_says_what_a_field_is(site: Client, db: None) -> None:
    QueueField.objects.all().delete()
    CustomField.objects.all().delete()

    assert "A custom field is what your tickets have" in text(
        site.get("/admin/customfields/customfield/")
    )
