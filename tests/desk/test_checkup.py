"""The check of the configuration: each thing that it finds, and silence where all is well."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customfields.models import CustomField
from lifecycles import service as lifecycles
from lifecycles.models import Lifecycle
from scrips.models import Host, Run, Scrip, Template
from tessera.accounts.models import Group, Role, User
from tessera.desk.checkup import findings
from tessera.lib import clock
from tests.office import Office
from tests.people import holder
from tickets import service
from tickets.access import Actor
from tickets.models import Grant, Queue, SavedView, Transaction


def found(office: Office) -> dict[tuple[str, str], str]:
    """Code and name of each finding, with what it says."""
    reader = Actor.of(User.objects.get(username="root"))
    return {(each.code, each.name): each.what for each in findings(reader)}


def rule(**more: object) -> Scrip:
    values = {
        "name": "Tell",
        "condition_type": "OnCreate",
        "action_type": "AddComment",
        "action_config": {"content": "x"},
        **more,
    }
    return Scrip.objects.create(**values)


def test_rules_that_can_not_act_are_faults(office: Office) -> None:
    rule(name="Broken", condition_type="OnCustomFieldChange", condition_config={"field": "none"})
    rule(name="Off", condition_type="Nonsense", disabled=True)

    told = {name: code for code, name in found(office) if code.startswith("rule_")}

    assert set(told) == {"Broken"}


def test_rules_that_failed_lately_are_faults(office: Office) -> None:
    one = rule()
    service.create({"queue": "Support", "subject": "x"}, actor=office.admin)
    row = Transaction.objects.latest("pk")
    Run.objects.create(
        transaction=row,
        scrip_id=one.pk,
        scrip_version=1,
        name="Tell",
        stage="TransactionCreate",
        verdict="failed",
        because="",
        error="broken",
        duration_us=1,
        created_at=clock.now(),
    )

    assert found(office)["rule_failed", "Tell"] == "1 of 2 runs failed in the last 14 days."


def test_what_nobody_uses_is_a_hint(office: Office) -> None:
    Template.objects.create(name="Old", body_template="x")
    CustomField.objects.create(key="lost", name="Lost", field_type="Freeform")
    Role.objects.create(name="unheld", rights=["ShowTicket"])

    keys = found(office)

    assert {("template_unused", "Old"), ("field_unused", "Lost"), ("role_unheld", "unheld")} <= set(
        keys
    )
    assert ("lifecycle_unused", "approvals") in keys
    assert ("lifecycle_unused", "default") not in keys
    assert ("queue_without_address", "Support") not in keys


def test_lifecycles_tell_of_statuses_that_nobody_reaches_and_ways_that_nobody_takes(
    office: Office,
) -> None:
    definition = {
        "statuses": {"initial": ["new"], "active": ["lost"], "inactive": ["done"]},
        "transitions": [{"name": "finish", "from": "new", "to": "done", "right": "FinishIt"}],
    }
    lifecycle = Lifecycle.objects.create(name="odd")
    lifecycles.publish(lifecycle, definition, actor=None)
    queue = Queue.objects.create(name="Odd", lifecycle=lifecycle)

    keys = found(office)
    assert ("lifecycle_doubtful", "odd") in keys
    assert "FinishIt" in keys["transition_closed", "odd"]

    group = Group.objects.create(name="finishers")
    role = Role.objects.create(name="finisher", rights=["FinishIt"])
    Grant.objects.create(role=role, group=group, queue=queue)
    assert ("transition_closed", "odd") in found(office)
    group.members.add(office.ann)
    assert ("transition_closed", "odd") not in found(office)


def test_disabled_people_with_open_tickets_are_told(office: Office) -> None:
    values = {"queue": "Support", "subject": "x", "owner_id": office.ann.pk}
    first = service.create(values, actor=office.admin).ticket.id
    second = service.create(values, actor=office.admin).ticket.id
    service.apply(first, {"status": "open"}, actor=office.admin)
    service.apply(second, {"status": "open"}, actor=office.admin)
    service.apply(second, {"status": "resolved"}, actor=office.admin)
    assert ("owner_disabled", "ann") not in found(office)

    User.objects.filter(pk=office.ann.pk).update(disabled=True)

    assert found(office)["owner_disabled", "ann"] == "Disabled, and owner of 1 open ticket."


@pytest.mark.parametrize(
    ("query", "columns", "order", "told"),
    [
        ("CF.{gone} = 1", ["key"], "-updated_at", "gone"),
        ("", ["key", "cf.gone"], "-updated_at", "cf.gone"),
        ("", ["key"], "cf.gone", "cf.gone"),
    ],
)
def test_views_over_what_there_is_not_are_faults(
    office: Office, query: str, columns: list[str], order: str, told: str
) -> None:
    SavedView.objects.create(
        name="Odd", query=query, columns=columns, order=order, owner=office.ann
    )
    SavedView.objects.create(
        name="Fine", query="Status = open", columns=["key"], order="-updated_at", owner=office.ann
    )

    keys = found(office)

    assert told in keys["view_invalid", "Odd"]
    assert ("view_invalid", "Fine") not in keys


def test_command_ends_with_1_where_there_are_faults(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("check_config")
    assert capsys.readouterr().out.endswith(", no faults.\n")
    now = clock.now()
    Host.objects.create(
        name="a.example.com", opened_at=now, probe_at=now, last_failure_at=now, last_error="gone"
    )

    with pytest.raises(CommandError, match="1 fault") as refusal:
        call_command("check_config", "--faults")

    assert refusal.value.returncode == 1
    told = capsys.readouterr().out
    assert told == "fault: host “a.example.com”: It fails and is left alone: gone\n"


def test_page_tells_each_administrator_of_his_own_alone(office: Office) -> None:
    Template.objects.create(name="Old", body_template="x")
    client = Client()
    client.force_login(holder("quentin", "AdminQueue"))
    page = client.get("/admin/check").content.decode()
    assert "Other" in page
    assert "Old" not in page

    client.force_login(User.objects.get(username="root"))
    page = client.get("/admin/check").content.decode()
    assert "Old" in page
    assert "What is of no use" in page


def test_queue_that_asks_customers_for_what_they_can_not_fill_in_is_found(office: Office) -> None:
    CustomField.objects.filter(key="severity").update(required=True)
    told = [("queue_closed_to_customers", "Support") in found(office)]
    role = Role.objects.create(name="asks", rights=["CreateTicket", "SeeQueue"])
    Grant.objects.create(role=role, ticket_role="everyone", queue=office.support)
    told.append(("queue_closed_to_customers", "Support") in found(office))
    CustomField.objects.filter(key="severity").update(for_customers=True)
    told.append(("queue_closed_to_customers", "Support") in found(office))

    assert told == [False, True, False]


def test_rules_are_judged_in_as_many_statements_as_one_is(office: Office) -> None:
    texts = Template.objects.create(name="Words", subject_template="x", body_template="x")
    reader = office.admin

    def add(name: str) -> None:
        asks = {"query": "Owner = 'root' AND Queue = 'Sales'"}
        rule(name=name, condition_type="UserDefined", condition_config=asks, template=texts)
        gives = {"owner": "root"}
        rule(name=f"{name}'s", action_type="SetOwner", action_config=gives)

    add("First")
    findings(reader)
    with CaptureQueriesContext(connection) as one:
        findings(reader)
    for number in range(5):
        add(f"Rule {number}")
    findings(reader)

    with CaptureQueriesContext(connection) as many:
        told = findings(reader)

    assert {each.name for each in told if each.code == "rule_doubtful"} >= {"Rule 4"}
    assert len(many) == len(one)
