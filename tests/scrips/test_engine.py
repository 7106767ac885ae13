"""The engine: what fires, in which order, because of what, and what one failure leaves untouched."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customfields.models import CustomField
from scrips.models import Delivery, Scrip, Template
from scrips.service import save_scrip, save_template
from tessera.lib.errors import Invalid
from tests.office import Office
from tests.tickets.test_door import create, faults
from tickets import service
from tickets.models import QueueField, Transaction
from tickets.outcome import Outcome


def template(office: Office, subject: str = "Re: {$ticket.subject}", body: str = "Hi") -> Template:
    given = {"name": f"T{Template.objects.count()}", "subject_template": subject}
    return save_template(None, given | {"body_template": body}, actor=office.admin)


def scrip(office: Office, condition: str, action: str, **more: Any) -> Scrip:
    given = {"name": f"{condition} {action}", "condition_type": condition, "action_type": action}
    return save_scrip(None, given | more, actor=office.admin)


def mail(office: Office, condition: str = "OnCreate", **more: Any) -> Scrip:
    config = more.pop("action_config", {"to": ["requestor"]})
    wanted = more.pop("template", None) or template(office)
    return scrip(
        office, condition, "SendEmail", action_config=config, template_id=wanted.pk, **more
    )


def comment(office: Office, condition: str, text: str, **more: Any) -> Scrip:
    return scrip(office, condition, "AddComment", action_config={"content": text}, **more)


def update(office: Office, ticket_id: int, **changes: Any) -> Outcome:
    return service.apply(ticket_id, changes, actor=office.admin)


def comments(outcome: Outcome) -> list[str]:
    return [
        outcome.texts[entry.data["message_id"]].content
        for entry in outcome.entries
        if entry.type == "Comment"
    ]


def test_a_mail_is_a_complete_row_in_the_same_transaction(office: Office) -> None:
    rule = mail(
        office,
        template=template(office, body="Dear {{ ticket.requestors[0] }}, {$ticket.cf.severity}"),
        action_config={
            "to": ["requestor"],
            "cc": ["Boss@example.com", "A@example.com"],
            "bcc": ["root@example.com"],
            "skip_actor": True,
        },
    )
    outcome = create(
        office, requestors=["a@example.com"], custom_fields={"severity": "high"}, cc=["c@x.org"]
    )
    (fired,) = outcome.fired
    row = Delivery.objects.get()
    key = outcome.ticket.key
    assert (fired.scrip_id, fired.because, fired.error) == (
        rule.pk,
        "the ticket was created",
        None,
    )
    assert fired.effect is not None
    assert dict(fired.effect.facts) == {
        "delivery_id": row.pk,
        "to": ["a@example.com"],
        "cc": ["Boss@example.com"],
        "bcc": [],
        "subject": f"[{key}] Re: Printer",
        "body": "Dear a@example.com, high",
    }
    assert (row.status, row.ticket_id, row.transaction_id, row.scrip_version) == (
        "pending",
        outcome.ticket.id,
        outcome.entries[0].id,
        1,
    )
    assert row.payload["from"] == "support@example.com"


def test_a_mail_without_recipients_makes_nothing_and_says_so(office: Office) -> None:
    mail(office)
    (fired,) = create(office).fired
    assert (fired.effect, fired.error) == (None, None)
    assert fired.because.endswith("nobody is left to write to")
    assert Delivery.objects.count() == 0
    assert Transaction.objects.count() == 1


def test_a_mail_to_thousands_is_an_error_and_the_change_stands(office: Office) -> None:
    everybody = "{% for n in range(60) %}{% for m in range(60) %}a{{ n }}b{{ m }}@x.org,{% endfor %}{% endfor %}"
    mail(office, action_config={"to": [everybody]})

    (fired,) = create(office).fired

    assert (fired.effect, fired.error) == (None, "a mail goes to at most 2000 people")
    assert Delivery.objects.count() == 0


def test_skip_recipients_leaves_addresses_out_and_the_effect_says_so(office: Office) -> None:
    mail(office, "OnCorrespond", action_config={"to": ["requestor"]})
    ticket = create(office, requestors=["a@x.org", "b@x.org"]).ticket
    message = {"type": "correspond", "content": "Hi", "skip_recipients": ["A@x.org"]}
    (fired,) = update(office, ticket.id, message=message).fired
    assert fired.effect is not None
    assert fired.effect.facts["to"] == ["b@x.org"]
    assert fired.effect.facts["skipped"] == ["a@x.org"]


def test_a_webhook_sends_the_envelope_of_the_contract(office: Office) -> None:
    import orjson

    rule = scrip(
        office,
        "OnStatusChange",
        "Webhook",
        condition_config={"to": "resolved"},
        action_config={"url": "https://hooks.example.com/{$ticket.id}", "secret": "s3cret"},
        queue_id=office.support.pk,
    )
    ticket = create(office).ticket
    outcome = update(office, ticket.id, status="resolved")
    (fired,) = outcome.fired
    assert fired.because == "status changed new → resolved"
    assert fired.effect is not None
    assert fired.effect.facts["url"] == f"https://hooks.example.com/{ticket.id}"
    body = orjson.loads(fired.effect.facts["body"])
    assert set(body) == {"id", "type", "created_at", "ticket", "transaction", "scrip"}
    assert (body["type"], body["ticket"]["status"]) == ("ticket.status_change", "resolved")
    assert body["scrip"] == {"id": rule.pk, "name": rule.name}
    assert "s3cret" not in str(Delivery.objects.get().payload)
    assert "s3cret" not in str(rule.action_config)


def test_scrips_act_by_sort_order_then_id_global_and_own_in_one_order(office: Office) -> None:
    comment(office, "OnCreate", "third", sort_order=5)
    comment(office, "OnCreate", "first", sort_order=1, queue_id=office.support.pk)
    comment(office, "OnCreate", "fourth", sort_order=5, queue_id=office.support.pk)
    comment(office, "OnCreate", "second", sort_order=1)
    comment(office, "OnCreate", "never", queue_id=office.other.pk)
    comment(office, "OnCreate", "never", disabled=True)
    assert comments(create(office)) == ["first", "second", "third", "fourth"]


def test_every_payload_is_rendered_before_the_first_action_is_carried_out(office: Office) -> None:
    scrip(
        office,
        "OnCreate",
        "SetCustomField",
        action_config={"field": "severity", "value": "high"},
        queue_id=office.support.pk,
    )
    comment(office, "OnCreate", "was {$ticket.cf.severity}.", queue_id=office.support.pk)
    outcome = create(office, custom_fields={"severity": "low"})
    assert comments(outcome) == ["was low."]
    assert outcome.ticket.custom_fields["severity"] == ("high",)


def test_what_an_action_changes_runs_its_scrips_at_once_and_joins_the_batch(
    office: Office,
) -> None:
    support = office.support.pk
    setter = scrip(
        office,
        "OnCreate",
        "SetCustomField",
        action_config={"field": "severity", "value": "high"},
        queue_id=support,
    )
    nested = comment(
        office,
        "OnCustomFieldChange",
        "nested",
        condition_config={"field": "severity"},
        sort_order=9,
        queue_id=support,
    )
    after = comment(office, "OnCreate", "after", sort_order=5)
    outcome = create(office)
    assert [fired.scrip_id for fired in outcome.fired] == [setter.pk, nested.pk, after.pk]
    assert [(e.type, e.cause.scrip_id if e.cause else None) for e in outcome.entries] == [
        ("Create", None),
        ("CustomField", setter.pk),
        ("Comment", nested.pk),
        ("Comment", after.pk),
    ]
    assert len({entry.batch for entry in outcome.entries}) == 1
    assert outcome.entries[1].data["scrip_version"] == 1
    assert outcome.entries[1].creator_id != office.admin.id
    assert faults() == []


def test_a_batch_scrip_runs_once_for_the_whole_unit_after_the_others(office: Office) -> None:
    comment(
        office, "OnTransaction", "each {$transaction.type}", condition_config={"types": ["Set"]}
    )
    comment(
        office,
        "OnTransaction",
        "batch {$transaction.field} of {{ transactions|length }}",
        condition_config={"types": ["Set", "StatusChange"]},
        stage="TransactionBatch",
    )
    ticket = create(office).ticket
    outcome = update(office, ticket.id, subject="X", priority=3, status="open")
    assert comments(outcome) == ["each Set", "each Set", "batch subject of 5"]


def test_a_failing_scrip_is_undone_alone_and_recorded(office: Office) -> None:
    bad = scrip(
        office,
        "OnCreate",
        "SetCustomField",
        action_config={"field": "severity", "value": "{$ticket.subject}"},
        queue_id=office.support.pk,
    )
    comment(office, "OnCreate", "still here", sort_order=3)
    outcome = create(office)
    assert [entry.type for entry in outcome.entries] == ["Create", "ScripError", "Comment"]
    error = outcome.entries[1]
    assert error.cause is not None
    assert (error.cause.scrip_id, error.cause.transaction_id) == (bad.pk, outcome.entries[0].id)
    assert "no choice" in error.data["error"]
    assert outcome.fired[0].error == error.data["error"]
    assert outcome.fired[0].effect is None
    assert outcome.ticket.version == 3
    assert faults() == []


def test_rules_that_feed_each_other_stop_at_the_depth_limit(office: Office) -> None:
    comment(office, "OnTransaction", "again")
    outcome = create(office)
    assert [entry.type for entry in outcome.entries] == ["Create", *["Comment"] * 8, "ScripError"]
    assert "8 times" in outcome.entries[-1].data["error"]
    assert faults() == []


def test_a_unit_of_work_stops_at_two_hundred_transactions(office: Office) -> None:
    for _copy in range(3):
        comment(office, "OnTransaction", "again")
    outcome = create(office)
    made = [entry.type for entry in outcome.entries if entry.type != "ScripError"]
    assert len(made) == 200
    assert outcome.entries[-1].type == "ScripError"
    assert "all scrips stop" in outcome.entries[-1].data["error"]
    assert faults() == []


def test_after_a_move_the_scrips_of_the_new_queue_apply(office: Office) -> None:
    comment(
        office,
        "OnTransaction",
        "support",
        queue_id=office.support.pk,
        condition_config={"types": ["Set"]},
    )
    comment(
        office,
        "OnTransaction",
        "other",
        queue_id=office.other.pk,
        condition_config={"types": ["Set"]},
    )
    ticket = create(office).ticket
    outcome = update(office, ticket.id, subject="Moved", queue="Other")
    assert comments(outcome) == ["other", "other"]


def test_silent_scrips_say_why(office: Office) -> None:
    comment(office, "OnResolve", "x", name="on resolve")
    rules = {"all": [{"field": "Priority", "op": ">", "value": 50}]}
    comment(office, "UserDefined", "x", name="urgent", condition_config={"rules": rules})
    ticket = create(office, priority=20).ticket
    told = service.preview(ticket.id, {"status": "open"}, actor=office.admin).skipped
    assert [(s.name, s.because) for s in told] == [
        ("on resolve", "the status became open, needs resolved"),
        ("urgent", "priority was 20, needs > 50"),
    ]
    update(office, ticket.id, status="open")
    nothing = service.preview(ticket.id, {"status": "open"}, actor=office.admin)
    assert {s.because for s in nothing.skipped} == {"nothing was changed"}


def test_a_changed_scrip_is_seen_by_the_next_unit_of_work(office: Office) -> None:
    rule = comment(office, "OnCreate", "one")
    assert comments(create(office)) == ["one"]
    save_scrip(rule, {"action_config": {"content": "two"}}, actor=office.admin)
    assert comments(create(office)) == ["two"]


def test_a_shadow_scrip_is_judged_and_not_carried_out(office: Office) -> None:
    comment(office, "OnCreate", "x", shadow=True)
    outcome = create(office)
    assert (outcome.fired, len(outcome.entries)) == ((), 1)
    preview = service.preview_create(
        {"subject": "s", "queue_id": office.support.pk}, actor=office.admin
    )
    assert [s.because for s in preview.skipped] == [
        "in shadow, else it would act: the ticket was created"
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"condition_type": "OnMoon"}, "condition_type"),
        ({"condition_config": {"form": "new"}}, "condition_config.form"),
        ({"condition_config": {"to": "solved"}}, "condition_config.to"),
        ({"action_config": {"content": "a\n{{ tickt }}"}}, "action_config.content"),
        ({"queue_id": 10**9}, "queue_id"),
        ({"template_id": 10**9}, "template_id"),
        ({"stage": "Later"}, "stage"),
        ({"sort_order": "1"}, "sort_order"),
        ({"name": " "}, "name"),
        ({"colour": 1}, "colour"),
    ],
)
def test_a_scrip_that_could_not_work_is_refused_at_its_field(
    office: Office, changes: dict[str, Any], field: str
) -> None:
    given = {
        "name": "n",
        "condition_type": "OnStatusChange",
        "action_type": "AddComment",
        "action_config": {"content": "x"},
    }
    with pytest.raises(Invalid) as caught:
        save_scrip(None, given | changes, actor=office.admin)
    assert set(caught.value.errors) == {field}


def test_a_rule_may_ask_the_whole_log_this_change_included(office: Office) -> None:
    rules = {
        "all": [
            {"field": "TransactionType", "op": "=", "value": "Create"},
            {"field": "Content", "op": "LIKE", "value": "burns"},
            {"field": "Transaction.Type", "op": "=", "value": "Set"},
        ]
    }
    comment(office, "UserDefined", "yes", condition_config={"rules": rules})
    burning = create(office, message={"content": "It burns"}).ticket
    quiet = create(office, message={"content": "It hums"}).ticket
    assert comments(update(office, burning.id, priority=1)) == ["yes"]
    assert comments(update(office, quiet.id, priority=1)) == []


def test_a_query_and_the_same_rules_fire_for_the_same_changes(office: Office) -> None:
    query = "Transaction.Type = 'StatusChange' AND Priority > 50 AND Actor = root"
    comment(office, "UserDefined", "query", condition_config={"query": query})
    rules = [("Transaction.Type", "=", "StatusChange"), ("Priority", ">", 50)]
    rules.append(("Actor", "=", "root"))
    written = [dict(zip(("field", "op", "value"), rule, strict=True)) for rule in rules]
    comment(office, "UserDefined", "rules", condition_config={"rules": {"all": written}})
    urgent, calm = create(office, priority=80).ticket, create(office, priority=20).ticket
    assert comments(update(office, urgent.id, status="open")) == ["query", "rules"]
    assert comments(update(office, calm.id, status="open")) == []


@pytest.mark.parametrize(
    ("config", "fault"),
    [
        ({}, ("rules", "is required, or a query")),
        ({"query": "id = 1", "rules": {}}, ("query", "there are rules already; one is enough")),
        ({"query": None}, ("query", "must be a text")),
        (
            {"query": "Subject MATCHES 'x'"},
            ("query", "line 1, column 9: 'MATCHES' is for searches, not for conditions"),
        ),
        (
            {"query": "id = 1 AND\nPrioirty = 1"},
            ("query", "line 2, column 1: unknown field 'Prioirty'; did you mean 'Priority'?"),
        ),
        ({"qeury": "id = 1"}, ("qeury", "unknown setting; did you mean “query”?")),
    ],
)
def test_a_query_that_can_not_hold_is_refused_with_its_place(
    office: Office, config: dict[str, Any], fault: tuple[str, str]
) -> None:
    from tessera.lib.errors import Invalid

    with pytest.raises(Invalid) as caught:
        comment(office, "UserDefined", "x", condition_config=config)
    place, told = fault
    assert caught.value.errors[f"condition_config.{place}"] == [told]


def test_rules_that_ask_the_log_read_it_once(office: Office) -> None:
    rules = {"all": [{"field": "Content", "op": "LIKE", "value": "burns"}]}
    ticket = create(office, message={"content": "It burns"}).ticket
    counts = []
    for number in range(3):
        comment(office, "UserDefined", "yes", condition_config={"rules": rules}, shadow=True)
        update(office, ticket.id, priority=10 + number)
        with CaptureQueriesContext(connection) as captured:
            update(office, ticket.id, priority=number, subject=f"Still {number}")
        counts.append(len(captured))
    assert counts[0] == counts[2]


def test_a_field_condition_compares_values_as_the_field_keeps_them(office: Office) -> None:
    field = CustomField.objects.create(key="hours", name="Hours", field_type="Decimal")
    QueueField.objects.create(queue=office.support, field=field, position=9)
    config = {"field": "Hours", "from": "", "to": "1.50"}
    comment(office, "OnCustomFieldChange", "yes", condition_config=config)
    ticket = create(office).ticket

    assert comments(update(office, ticket.id, custom_fields={"hours": 1.5})) == ["yes"]
    assert comments(update(office, ticket.id, custom_fields={"hours": "15"})) == []


def test_a_field_condition_on_a_value_that_the_field_cannot_have_is_refused(
    office: Office,
) -> None:
    config = {"field": "severity", "from": "low", "to": ["high", "hihg"]}
    with pytest.raises(Invalid) as caught:
        comment(office, "OnCustomFieldChange", "x", condition_config=config)
    assert caught.value.errors == {
        "condition_config.to": ["no choice “hihg”; did you mean “high”?"]
    }
