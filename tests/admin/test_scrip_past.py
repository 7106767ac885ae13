"""The versions of a rule on its page, the way back, what it names, and copies."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from scrips import service
from scrips.models import Scrip, ScripVersion, Template
from tests.admin.pages import text
from tests.admin.test_scrip_list import LIST, rule
from tests.office import Office

HOOK: dict[str, Any] = {
    "condition_type": "OnCreate",
    "condition_config": {},
    "action_type": "Webhook",
    "action_config": {
        "url": "https://example.com/x",
        "secret": "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0",
    },
}


def page(site: Client, scrip: Scrip) -> str:
    return unescape(text(site.get(f"{LIST}{scrip.pk}/change/")))


def test_each_version_tells_what_it_changed(site: Client, office: Office) -> None:
    scrip = rule(office)
    service.save_scrip(
        scrip,
        {"condition_config": {"to": "resolved"}, "shadow": True},
        actor=office.admin,
        note="Watch it",
    )

    shown = page(site, scrip)

    assert "condition: to</th><td><del>open</del></td>" in shown
    assert "<td><ins>resolved</ins></td>" in shown
    assert "<p>Watch it</p>" in shown
    assert shown.count("Roll back to version") == 1


def test_rolling_back_makes_the_next_version(site: Client, office: Office) -> None:
    scrip = rule(office)
    service.save_scrip(scrip, {"name": "Other"}, actor=office.admin)

    answer = site.post(f"{LIST}{scrip.pk}/rollback/", {"version": "1"}, follow=True)

    scrip.refresh_from_db()
    assert (scrip.name, scrip.version) == ("Close", 3)
    assert "Version 1 is back, as version 3." in text(answer)


@pytest.mark.parametrize(
    ("version", "status"), [("x", 404), ("", 404), ("9" * 30, 404), ("7", 302)]
)
def test_no_such_version_changes_nothing(
    site: Client, office: Office, version: str, status: int
) -> None:
    scrip = rule(office)

    answer = site.post(f"{LIST}{scrip.pk}/rollback/", {"version": version})

    assert answer.status_code == status
    assert ScripVersion.objects.filter(scrip_id=scrip.pk).count() == 1


def test_version_that_names_what_is_gone_is_told_and_not_saved(
    site: Client, office: Office
) -> None:
    template = Template.objects.create(name="Gone")
    mail: dict[str, Any] = {"action_type": "SendEmail", "action_config": {"to": ["requestor"]}}
    scrip = rule(office, **mail, template_id=template.pk)
    values = {"action_type": "SetStatus", "action_config": {"status": "open"}, "template_id": None}
    service.save_scrip(scrip, values, actor=office.admin)
    template.delete()

    answer = site.post(f"{LIST}{scrip.pk}/rollback/", {"version": "1"}, follow=True)

    assert "Version 1 can’t be saved now" in text(answer) or "can&#x27;t be saved now" in text(
        answer
    )
    assert Scrip.objects.get().version == 2


def test_secrets_are_in_no_history(site: Client, office: Office) -> None:
    scrip = rule(office, **HOOK)
    other = {**HOOK["action_config"], "secret": "whsec_b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcm90"}
    service.save_scrip(scrip, {"action_config": other}, actor=office.admin)
    sealed = {
        row.snapshot["action_config"]["secret"]
        for row in ScripVersion.objects.filter(scrip_id=scrip.pk)
    }

    shown = page(site, scrip)

    assert "action: secret" in shown
    assert not any(each in shown for each in sealed)
    assert "whsec_" not in shown


def test_what_a_rule_names_leads_there(site: Client, office: Office) -> None:
    scrip = rule(office, queue_id=office.support.pk)

    shown = page(site, scrip)

    assert f'<a href="/admin/tickets/queue/{office.support.pk}/change/">Support</a>' in shown
    assert '<span class="soft">status</span> <b>open</b>' in shown


def test_template_tells_which_rules_send_it(site: Client, office: Office) -> None:
    template = Template.objects.create(name="Hello")
    mail: dict[str, Any] = {"action_type": "SendEmail", "action_config": {"to": ["requestor"]}}
    scrip = rule(office, "Greet <them>", **mail, template_id=template.pk)

    shown = text(site.get(f"/admin/scrips/template/{template.pk}/change/"))

    assert f'<a href="{LIST}{scrip.pk}/change/">Greet &lt;them&gt;</a>' in shown


def test_copy_begins_in_shadow_and_without_the_secret(site: Client, office: Office) -> None:
    scrip = rule(office, **HOOK, queue_id=office.support.pk)

    shown = unescape(text(site.get(f"{LIST}add/?copy={scrip.pk}")))

    assert 'value="Copy of Close"' in shown
    assert 'value="https://example.com/x"' in shown
    assert re.search(r'<input type="checkbox" name="shadow"[^>]* checked>', shown)
    assert service.HIDDEN not in shown
    assert Scrip.objects.count() == 1


@pytest.mark.parametrize(
    "query",
    [
        "copy=x",
        "copy=999999",
        "condition_type=%3Cscript%3E&condition_config=%5B&own_queues=12,x&template=x",
        "action_type=CreateTicket&action_config=%7B",
    ],
)
def test_any_address_of_the_empty_form_opens_it(site: Client, office: Office, query: str) -> None:
    shown = text(site.get(f"{LIST}add/?{query}"))

    assert 'id="id_condition_type"' in shown
    assert "<script>&" not in shown
