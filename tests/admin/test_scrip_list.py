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

    put(site, office, second, "up")

    assert order_in(site, office) == ["Second", "First"]
    assert Scrip.objects.get(pk=first.pk).reach.place(office.other.pk) == 0
    put(site, office, second, "down")
    assert order_in(site, office) == ["First", "Second"]


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


def order_in(site: Client, office: Office) -> list[str]:
    page = text(site.get(f"{LIST}?queue={office.support.pk}"))
    return re.findall(r'class="rule-name"[^>]*>([^<]+)<', page)


def put(site: Client, office: Office, scrip: Scrip, place: str) -> Any:
    url = f"{LIST}{scrip.pk}/place/?queue={office.support.pk}"
    return site.post(url, {"place": place}, follow=True)


@pytest.mark.parametrize(
    ("moved", "place", "wanted"),
    [
        (0, "after:2", ["B", "C", "A"]),
        (2, "before:0", ["C", "A", "B"]),
        (2, "before:1", ["A", "C", "B"]),
        (1, "before:1", ["A", "B", "C"]),
        (0, "before:1", ["A", "B", "C"]),
    ],
)
def test_rule_is_put_beside_another_and_back(
    site: Client, office: Office, moved: int, place: str, wanted: list[str]
) -> None:
    rules = [rule(office, name) for name in "ABC"]
    side, _colon, other = place.partition(":")

    page = text(put(site, office, rules[moved], f"{side}:{rules[int(other)].pk}"))

    assert order_in(site, office) == wanted
    undo = re.search(r'name="place" value="([^"]+)" formaction="[^"]+">Undo', page)
    assert (undo is None) == (wanted == ["A", "B", "C"])
    if undo:
        put(site, office, rules[moved], undo[1])
        assert order_in(site, office) == ["A", "B", "C"]


def test_move_on_a_page_that_is_old_goes_beside_the_rule_that_was_meant(
    site: Client, office: Office
) -> None:
    first, second, third = (rule(office, name) for name in "ABC")
    put(site, office, third, f"before:{first.pk}")

    put(
        site, office, first, f"after:{second.pk}"
    )  # as somebody sees it who did not load the list again
    assert order_in(site, office) == ["C", "B", "A"]

    service.delete_scrip(second, actor=office.admin)
    put(site, office, first, f"before:{second.pk}")
    assert order_in(site, office) == ["C", "A"]
    assert put(site, office, first, "before:x").status_code == 404


def test_list_is_narrowed_by_state_kind_and_field(site: Client, office: Office) -> None:
    rule(office, "On")
    rule(office, "Shadow", shadow=True, action_type="AddComment", action_config={"content": "x"})
    rule(office, "Off", disabled=True, condition_type="OnCreate", condition_config={})
    uses = {"condition_type": "UserDefined", "condition_config": {"query": "CF.severity = high"}}
    rule(office, "Field", **uses)
    failing = rule(office, "Failing")
    ticket = tickets.create({"queue": "Support", "subject": "x"}, actor=office.admin).ticket
    Run.objects.create(
        transaction=Transaction.objects.filter(ticket=ticket.id).latest("pk"),
        scrip_id=failing.pk,
        scrip_version=1,
        name="Failing",
        stage="TransactionCreate",
        verdict="failed",
        because="",
        duration_us=1,
        created_at=clock.now(),
    )

    def named(asked: str) -> list[str]:
        page = text(site.get(f"{LIST}?{asked}"))
        return re.findall(r'class="rule-name"[^>]*>([^<]+)<', page)

    assert named("state=on") == ["On", "Field", "Failing"]
    assert named("state=shadow") == ["Shadow"]
    assert named("state=off") == ["Off"]
    assert named("state=failing") == ["Failing"]
    assert named("condition_type=OnCreate") == ["Off"]
    assert named("action_type=AddComment") == ["Shadow"]
    assert named("field=severity") == ["Field"]
    assert named("field=nothing") == []
    rule(office, "Another", **uses)
    assert named("field=severity") == ["Field", "Another"]
    assert named("state=sideways") != []


def test_days_are_told_apart_in_the_drawing_and_as_text(site: Client, office: Office) -> None:
    scrip = rule(office)
    ticket = tickets.create({"queue": "Support", "subject": "x"}, actor=office.admin).ticket
    transaction = Transaction.objects.filter(ticket=ticket.id).latest("pk")
    for days, verdict in ((0, "fired"), (0, "failed"), (3, "fired"), (13, "fired"), (14, "fired")):
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

    found = activity.lately([scrip.pk])[scrip.pk]

    runs = [(each.runs, each.failed) for each in found.days]
    assert runs == [(1, 0), *[(0, 0)] * 9, (1, 0), (0, 0), (0, 0), (2, 1)]
    page = text(site.get(LIST))
    today = f"{clock.now().day} {clock.now():%b}"
    assert f"<title>{today}: 2, 1 failed</title>" in page
    assert "in 14 days; by day" in page


def test_empty_list_teaches_and_offers_rules_that_fill_the_form(
    site: Client, office: Office
) -> None:
    page = text(site.get(LIST))
    starts = re.findall(r'href="([^"]+\?start=\w+)"', page)
    assert len(starts) == 3
    for start in starts:
        shown = text(site.get(start))
        assert "errorlist" not in shown
    assert "Open a resolved ticket that is answered" in text(site.get(starts[1]))
    assert 'name="action_SetStatus_status"' in text(site.get(starts[1]))
    assert not Scrip.objects.exists()
    assert "start=" not in text(site.get(f"{LIST}?state=on"))
    assert site.get("/admin/scrips/scrip/add/?start=nonsense").status_code == 200
    assert all(start in text(site.get("/admin/scrips/scrip/add/")) for start in starts)


def test_rules_stand_by_their_queues_and_in_each_as_they_run(site: Client, office: Office) -> None:
    here = office.support.pk
    rule(office, "Both", queue_ids=[here, office.other.pk])
    rule(office, "Second", queue_ids=[here], sort_order=2)
    rule(office, "All")
    rule(office, "First", queue_ids=[here], sort_order=1)

    page = text(site.get(LIST))

    names = re.findall(r'class="(?:of-queues|rule-name)"[^>]*>([^<]+)<', page)
    assert names == ["Every queue", "All", "Other, Support", "Both", "Support", "First", "Second"]
    assert "of-queues" not in text(site.get(f"{LIST}?queue={here}"))
