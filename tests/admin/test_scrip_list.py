"""The list of rules: sentences, what they did lately, switches and the order of a queue."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from scrips import activity, service
from scrips.models import Run, Scrip, ScripVersion, Template
from tessera.accounts.models import AuditEntry, User
from tessera.lib import clock
from tests.admin.pages import text
from tests.office import Office
from tests.people import holder
from tickets import service as tickets
from tickets.models import Transaction

LIST = "/admin/scrips/scrip/"


def rule(office: Office, name: str = "Close", **more: Any) -> Scrip:
    values = {
        "name": name,
        "condition_type": "OnStatusChange",
        "condition_config": {"to": "open"},
        "action_type": "SetStatus",
        "action_config": {"status": "stalled"},
    }
    return service.save_scrip(None, values | more, actor=office.admin)


def said(page: str) -> list[str]:
    """The sentences, as they are read."""
    found = re.findall(
        r'<span class="says">(.*?)</td>|<span class="says">(.*?)</th>', page, re.DOTALL
    )
    texts = (unescape(re.sub(r"<[^>]+>", " ", "".join(each))) for each in found)
    return [" ".join(each.split()) for each in texts]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {},
            "In every queue, when the status changes to open → then set the status to stalled",
        ),
        (
            {"condition_config": {"from": ["new", "open"]}},
            "In every queue, when the status changes from new or open → then set the status to stalled",
        ),
        (
            {"condition_type": "UserDefined", "condition_config": {"query": "Priority > 5"}},
            "In every queue, when priority is more than 5 → then set the status to stalled",
        ),
        (
            {
                "condition_type": "OnCustomFieldChange",
                "condition_config": {"field": "severity", "to": None},
                "action_type": "SetOwner",
                "action_config": {"owner": "nobody"},
            },
            "In every queue, when Severity changes to (empty) → then take it from its owner",
        ),
        (
            {
                "condition_type": "OnPriorityChange",
                "condition_config": {"direction": "up"},
                "action_type": "AddComment",
                "action_config": {"content": "<b>Look</b>"},
            },
            "In every queue, when the priority rises → then comment “<b>Look</b>”",
        ),
    ],
)
def test_rule_reads_as_a_sentence(
    site: Client, office: Office, given: dict[str, Any], sentence: str
) -> None:
    rule(office, **given)

    page = text(site.get(LIST))

    assert said(page) == [sentence]
    assert "<b>Look</b>" not in page


def test_mail_names_its_people_its_template_and_its_queue(site: Client, office: Office) -> None:
    template = Template.objects.create(name="Resolved")
    rule(
        office,
        condition_type="OnResolve",
        condition_config={},
        action_type="SendEmail",
        action_config={"to": ["requestor"], "cc": ["boss@example.com"]},
        template_id=template.pk,
        queue_id=office.support.pk,
    )

    assert said(text(site.get(LIST))) == [
        "In Support, when a ticket is resolved → then mail the requestor, boss@example.com “Resolved”"
    ]


def test_what_rules_did_lately_is_told_in_one_statement(
    site: Client, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = [rule(office, f"Rule {n}") for n in range(3)]
    ticket = tickets.create({"queue": "Support", "subject": "x"}, actor=office.admin).ticket
    transaction = Transaction.objects.filter(ticket=ticket.id).latest("pk")

    def ran(scrip: Scrip, days: int, verdict: str) -> None:
        Run.objects.create(
            transaction=transaction,
            scrip_id=scrip.pk,
            scrip_version=1,
            name=scrip.name,
            stage="TransactionCreate",
            verdict=verdict,
            because="",
            duration_us=1,
            created_at=clock.now() - timedelta(days=days),
        )

    for verdict in ("fired", "fired", "failed"):
        ran(rules[0], 1, verdict)
    ran(rules[1], 15, "fired")
    with CaptureQueriesContext(
        connection,
    ) as context:
        page = text(site.get(LIST))

    assert "3 times" in page
    assert "1 failed" in page
    assert page.count("not in 14 days") == 2
    assert sum("scrips_run" in each["sql"] for each in context) == 1
    monkeypatch.setattr(activity, "MOST", 2)
    assert activity.lately([rules[0].pk])[rules[0].pk].more


def test_list_costs_the_same_for_one_rule_and_three(site: Client, office: Office) -> None:
    rule(office, queue_id=office.support.pk)
    site.get(LIST)
    with CaptureQueriesContext(connection) as one:
        site.get(LIST)
    for number in range(2):
        rule(office, f"More {number}", queue_id=office.other.pk)
    site.get(LIST)
    with CaptureQueriesContext(connection) as three:
        site.get(LIST)

    assert len(one) == len(three)


@pytest.mark.parametrize(
    ("state", "disabled", "shadow"),
    [("shadow", False, True), ("off", True, False), ("on", False, False)],
)
def test_rule_is_switched_in_place_as_a_version(
    site: Client, office: Office, state: str, disabled: bool, shadow: bool
) -> None:
    scrip = rule(office, disabled=state != "off", shadow=False)

    answer = site.post(f"{LIST}{scrip.pk}/state/?q=Close", {"state": state})

    scrip.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, f"{LIST}?q=Close")
    assert (scrip.disabled, scrip.shadow, scrip.version) == (disabled, shadow, 2)
    assert AuditEntry.objects.filter(subject_type="scrip", subject_id=scrip.pk).count() == 1


def test_rules_of_a_queue_are_moved_by_buttons(site: Client, office: Office) -> None:
    first, second = rule(office, "First"), rule(office, "Second", queue_id=office.support.pk)
    here = f"{LIST}?queue={office.support.pk}"

    site.post(f"{LIST}{second.pk}/place/?queue={office.support.pk}", {"place": "up"})

    page = text(site.get(here))
    assert page.index("Second") < page.index("First")
    assert Scrip.objects.get(pk=first.pk).reach.place(office.other.pk) == 0
    site.post(f"{LIST}{second.pk}/place/?queue={office.support.pk}", {"place": "down"})
    page = text(site.get(here))
    assert page.index("First") < page.index("Second")


def test_rule_of_another_queue_is_not_moved(site: Client, office: Office) -> None:
    scrip = rule(office, queue_id=office.other.pk)

    page = site.post(
        f"{LIST}{scrip.pk}/place/?queue={office.support.pk}", {"place": "up"}, follow=True
    )

    assert "not for this queue any more" in text(page)
    assert ScripVersion.objects.filter(scrip_id=scrip.pk).count() == 1


@pytest.mark.parametrize(
    ("path", "data", "status"),
    [
        ("{pk}/state/", {"state": "sideways"}, 404),
        ("{pk}/place/", {"place": "up"}, 404),
        ("{pk}/place/?queue=999999", {"place": "up"}, 404),
        ("999999/state/", {"state": "on"}, 404),
    ],
)
def test_nonsense_is_answered_and_changes_nothing(
    site: Client, office: Office, path: str, data: dict[str, str], status: int
) -> None:
    scrip = rule(office)

    answer = site.post(LIST + path.format(pk=scrip.pk), data)

    assert answer.status_code == status
    assert ScripVersion.objects.filter(scrip_id=scrip.pk).count() == 1


def test_whoever_may_change_no_rules_switches_none(office: Office) -> None:
    scrip = rule(office)
    holder("clerk", "AdminQueue", "AdminUsers")
    client = Client()
    client.force_login(User.objects.get(username="clerk"))

    answer = client.post(f"{LIST}{scrip.pk}/state/", {"state": "off"})

    assert answer.status_code in (302, 403)
    assert not Scrip.objects.get().disabled
