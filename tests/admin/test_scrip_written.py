"""A mail written in the form of its rule: a template like any other, saved with the rule in one."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from scrips import service
from scrips.models import Delivery, Scrip, Template
from scrips.models.template import TemplateVersion
from tests.admin.pages import errors, text
from tests.admin.test_scrips import ADD, form
from tests.office import Office
from tickets import service as tickets


def mail(**more: Any) -> dict[str, Any]:
    """A rule that writes to the requestor what stands in its form."""
    values: dict[str, Any] = {
        "name": "Now open",
        "action_type": "SendEmail",
        "action_kind": "SendEmail",
        "action_SendEmail_to": ["requestor"],
        "body_template": "Hello,\r\n{{ ticket.subject }}!",
        "content_type": "text/plain",
    }
    return form(**(values | more))


def change(rule: Scrip) -> str:
    return f"/admin/scrips/scrip/{rule.pk}/change/"


@pytest.fixture
def rule(site: Client) -> Scrip:
    assert site.post(ADD, mail()).status_code == 302
    return Scrip.objects.get()


def test_rule_and_its_texts_are_saved_as_one_and_it_acts(
    site: Client, office: Office, rule: Scrip
) -> None:
    template = Template.objects.get()
    values = {"queue": "Support", "subject": "Labels", "requestors": ["maya@example.com"]}
    ticket = tickets.create(values, actor=office.admin).ticket
    tickets.apply(ticket.id, {"status": "open"}, actor=office.admin)

    assert (template.name, template.queue_id, rule.template_id) == ("Now open", None, template.pk)
    assert Delivery.objects.get().payload["body"] == "Hello,\nLabels!"
    page = unescape(text(site.get(change(rule))))
    assert "Hello,\n{{ ticket.subject }}!</textarea>" in page
    assert f'<option value="{template.pk}" selected' not in page
    assert "Versions of the texts" in page


def test_texts_get_versions_of_their_own_only_when_they_change(site: Client, rule: Scrip) -> None:
    site.post(change(rule), mail(seen="1", texts_seen="1", description="More"))
    site.post(change(rule), mail(seen="2", texts_seen="1", body_template="Hi", note="Shorter"))

    found = TemplateVersion.objects.order_by("version").values_list("version", "note")
    assert list(found) == [(1, "Why not"), (2, "Shorter")]
    assert Template.objects.get().body_template == "Hi"
    assert Scrip.objects.get().version == 3


def test_texts_follow_the_name_and_the_queues_of_their_rule(
    site: Client, office: Office, rule: Scrip
) -> None:
    here = [str(office.support.pk)]
    assert site.post(change(rule), mail(name="Opened", own_queues=here)).status_code == 302
    assert Template.objects.get().name == "Opened"

    assert site.post(ADD, mail(name="Opened", own_queues=here)).status_code == 302
    assert site.post(ADD, mail(name="Opened")).status_code == 302
    found: Any = Template.objects.order_by("pk").values_list("name", "queue_id")
    assert [*found] == [("Opened", None), ("Opened", office.support.pk), ("Opened (2)", None)]

    second = Scrip.objects.order_by("pk")[1]
    assert site.post(change(second), mail(name="Opened")).status_code == 302
    assert list(found.all())[1] == ("Opened (3)", None)


def test_texts_with_a_name_are_a_template_that_rules_share(site: Client, rule: Scrip) -> None:
    site.post(change(rule), mail(texts_name="Receipt"))
    template = Template.objects.get()
    assert template.name == "Receipt"

    assert f'<option value="{template.pk}" selected' in text(site.get(change(rule)))
    page = text(site.post(change(rule), mail(template=str(template.pk), _choose="texts")))
    assert "{{ ticket.subject }}!</textarea>" in page
    site.post(change(rule), mail(body_template="Mine"))
    assert list(Template.objects.order_by("pk").values_list("name", "body_template")) == [
        ("Receipt", "Hello,\n{{ ticket.subject }}!"),
        ("Now open", "Mine"),
    ]


def test_template_that_another_rule_sends_too_is_changed_for_both_on_its_own_page(
    site: Client, rule: Scrip
) -> None:
    template = Template.objects.get()
    site.post(ADD, mail(name="Another", template=str(template.pk)))

    assert f'<option value="{template.pk}" selected' in text(site.get(change(rule)))


def test_copy_of_a_rule_has_texts_of_its_own(site: Client, rule: Scrip) -> None:
    page = text(site.get(f"{ADD}?copy={rule.pk}"))

    assert "{{ ticket.subject }}!</textarea>" in page
    assert not re.search(r'<option value="\d+" selected[^>]*>Now open', page)


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"body_template": "a\n{{ ticket.subjct }}"}, "body_template", "line 2: "),
        ({"subject_template": "{% if %}"}, "subject_template", "line 1: "),
        ({"body_template": " "}, "body_template", "Write what the mail says"),
        ({"texts_name": "Taken"}, "texts_name", "another template has this name"),
        ({"texts_seen": "7"}, "body_template", "Somebody else saved version 1"),
    ],
)
def test_fault_stands_at_its_text_and_neither_is_saved(
    site: Client, rule: Scrip, office: Office, changes: dict[str, str], field: str, told: str
) -> None:
    service.save_template(None, {"name": "Taken"}, actor=office.admin)
    found = errors(site.post(change(rule), mail(**{"sort_order": "9", **changes})))

    assert list(found) == [field]
    assert told in re.sub(r"<[^>]+>", "", found[field][0])
    assert ("line" in told) is ("data-line" in found[field][0])
    assert Scrip.objects.get().version == Template.objects.get(name="Now open").version == 1


def test_fault_of_the_rule_keeps_its_texts_from_being_saved(site: Client) -> None:
    found = errors(site.post(ADD, mail(name="", action_SendEmail_to=[], body_template="{{ no }}")))

    assert {*found} == {"name", "body_template"}
    assert not Template.objects.exists()


@pytest.mark.parametrize("sent", ["_try", "_live"])
def test_what_is_written_is_read_as_a_mail_before_anything_is_saved(
    site: Client, office: Office, sent: str
) -> None:
    values = {"queue": "Support", "subject": "Blank labels", "requestors": ["maya@example.com"]}
    key = tickets.create(values, actor=office.admin).ticket.key

    page = text(site.post(ADD, mail(name="", try_ticket=key, **{sent: ""})))

    assert "It would stay silent" in page
    assert "If it acted, this would be the mail:" in page
    assert "Hello,\nBlank labels!</div>" in page
    assert "<output>Blank labels</output>" in page
    assert [m.objects.count() for m in (Template, Scrip, Delivery)] == [0, 0, 0]


def test_mail_that_is_being_written_is_about_the_newest_ticket(
    site: Client, office: Office
) -> None:
    for subject in ("First", "Second"):
        values = {"queue": "Support", "subject": subject, "requestors": ["maya@example.com"]}
        ticket = tickets.create(values, actor=office.admin).ticket
    tickets.apply(ticket.id, {"status": "open"}, actor=office.admin)

    page = text(site.post(ADD, mail(_live="yes")))

    assert "It would act" in page
    assert "Hello,\nSecond!</div>" in page
    assert "It would have acted on these last" not in page


HOOK = {"action_type": "Webhook", "action_kind": "Webhook", "_live": "yes"}
TICKET = {"action_type": "CreateTicket", "action_kind": "CreateTicket", "_live": "yes"}


@pytest.mark.parametrize(
    ("sent", "field", "told"),
    [
        (
            {
                **HOOK,
                "action_Webhook_url": "https://hooks.example.com/{{ ticket.ky }}",
                "action_Webhook_body": '{\n"a": {{ ticket.idd }},\n"b": {{ tckt }}}',
            },
            "action_Webhook_body",
            [(2, "'idd'"), (3, "'tckt'")],
        ),
        (
            {
                **HOOK,
                "action_Webhook_headers": "X-One: 1\r\n\r\nX-Two: {{ ticket.idd }}\r\nx-one: 2",
            },
            "action_Webhook_headers",
            [(3, "'idd'"), (0, "X-One: is given twice"), (0, "x-one: is given twice")],
        ),
        (
            {
                "action_type": "AddComment",
                "action_kind": "AddComment",
                "action_AddComment_content": "\n{% if %}",
                "_live": "yes",
            },
            "action_AddComment_content",
            [(2, "Expected an expression")],
        ),
        (
            {
                **TICKET,
                "action_CreateTicket_queue": "Support",
                "action_CreateTicket_subject": "{{ ticket.ky }}",
            },
            "action_CreateTicket_subject",
            [(1, "'ky'")],
        ),
        (
            {
                "action_type": "SetPriority",
                "action_kind": "SetPriority",
                "action_SetPriority_priority": "{{ ticket.prority }}",
                "_live": "yes",
            },
            "action_SetPriority_priority",
            [(1, "'prority'")],
        ),
        (
            {
                "action_type": "AddWatcher",
                "action_kind": "AddWatcher",
                "action_AddWatcher_role": "cc",
                "action_AddWatcher_address": "{{ ticket.cf.boss }}",
            },
            "action_AddWatcher_address",
            [(1, "boss")],
        ),
        (
            {
                "action_type": "AddWatcher",
                "action_kind": "AddWatcher",
                "action_AddWatcher_role": "cc",
                "action_AddWatcher_address": "requester",
            },
            "action_AddWatcher_address",
            [(0, "and no role")],
        ),
    ],
)
def test_fault_of_any_text_of_an_action_is_told_at_its_line(
    site: Client, sent: dict[str, str], field: str, told: list[tuple[int, str]]
) -> None:
    found = errors(site.post(ADD, form(**sent)))[field]

    lines = [re.search(r'data-line="(\d+)"', each) for each in found]
    assert [int(each[1]) if each else 0 for each in lines] == [line for line, _said in told]
    assert all(said in each for each, (_line, said) in zip(found, told, strict=True)), found
