"""The pages of what rules name say who names it, before it is changed."""

import re
from html import unescape

from django.test import Client

from customfields.models import CustomField
from lifecycles.models import Lifecycle
from tessera.accounts.models import Role
from tests.admin.pages import text
from tests.office import Office
from tests.people import grant
from tests.scrips.test_engine import comment
from tickets.models import QueueField


def _panel(client: Client, path: str) -> str:
    page = unescape(text(client.get(path)))
    found = re.search(r'id="h-used-by".*?</section>', page, re.DOTALL)
    assert found is not None
    return found[0]


def test_a_field_says_which_rules_name_it(site: Client, office: Office) -> None:
    rule = comment(
        office,
        "OnCustomFieldChange",
        "{{ ticket.cf.severity }}",
        condition_config={"field": "severity"},
    )
    field = CustomField.objects.get(key="severity")

    shown = _panel(site, f"/admin/customfields/customfield/{field.pk}/change/")

    assert f'<a href="/admin/scrips/scrip/{rule.pk}/change/">{rule.name}</a>' in shown
    assert "condition: field" in shown
    assert "action: content" in shown


def test_rules_of_one_name_are_told_apart_by_their_queues(site: Client, office: Office) -> None:
    field = CustomField.objects.get(key="severity")
    QueueField.objects.create(queue=office.incidents, field=field)
    rules = [
        comment(office, "OnCreate", "{{ ticket.cf.severity }}", name="Twin", queue_ids=[queue.pk])
        for queue in (office.support, office.incidents)
    ]
    comment(office, "OnCreate", "{{ ticket.cf.severity }}", name="Twin")

    shown = _panel(site, f"/admin/customfields/customfield/{field.pk}/change/")

    told = re.findall(r"Twin</a>( \([^)]*\))", shown)
    assert told == [" (Support)", " (Incidents)", " (every queue)"]
    assert all(f"/admin/scrips/scrip/{rule.pk}/" in shown for rule in rules)


def test_a_field_that_nothing_names_says_so(site: Client, office: Office) -> None:
    field = CustomField.objects.create(key="alone", name="Alone", field_type="Freeform")

    shown = _panel(site, f"/admin/customfields/customfield/{field.pk}/change/")

    assert "No scrip" in shown


def test_a_lifecycle_says_who_names_its_statuses(site: Client, office: Office) -> None:
    rule = comment(office, "OnStatusChange", "x", condition_config={"to": "stalled"})
    lifecycle = Lifecycle.objects.get(name="default")

    shown = _panel(site, f"/admin/lifecycles/lifecycle/{lifecycle.pk}/change/")

    assert f'<a href="/admin/scrips/scrip/{rule.pk}/change/">{rule.name}</a>' in shown
    assert office.support.name in shown


def test_who_may_not_open_a_rule_gets_its_name_alone(client: Client, office: Office) -> None:
    rule = comment(office, "OnStatusChange", "x", condition_config={"to": "stalled"})
    Role.objects.create(name="drawer", rights=["AdminLifecycles", "SeeQueue"])
    grant("drawer", user=office.ann)
    client.force_login(office.ann)
    lifecycle = Lifecycle.objects.get(name="default")

    shown = _panel(client, f"/admin/lifecycles/lifecycle/{lifecycle.pk}/change/")

    assert rule.name in shown
    assert "/admin/scrips/" not in shown
