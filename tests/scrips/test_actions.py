"""Actions that give a ticket away, move it, rank it, add watchers to it, or begin another one."""

from typing import Any

import pytest
from django.db import connection

from scrips.chain import chain
from scrips.explain import explain
from scrips.models import Delivery, Run, Scrip
from scrips.sealing import public_payload
from tessera.lib.errors import Invalid
from tests.office import Office
from tests.scrips.test_engine import comment, comments, mail, scrip, update
from tests.tickets.test_door import create, faults, told
from tickets import config, service
from tickets.access import Actor
from tickets.models import Ticket, Transaction
from tickets.outcome import Outcome
from tickets.representation import outcome_json, preview_json


def do(office: Office, action: str, settings: dict[str, Any], **more: Any) -> Scrip:
    return scrip(office, "OnCreate", action, action_config=settings, **more)


def child(office: Office, **settings: Any) -> Scrip:
    given = {"queue": "Other", "subject": "After {$ticket.subject}", **settings}
    support = {"queue_id": office.support.pk}
    return do(office, "CreateTicket", given, name="Follow up", **support)


def errors(outcome: Outcome) -> list[str | None]:
    return [fired.error for fired in outcome.fired]


def wrong(office: Office, action: str, settings: dict[str, Any]) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as caught:
        do(office, action, settings)
    return caught.value.errors


def test_the_owner_is_a_user_or_who_acted_or_nobody(office: Office) -> None:
    do(office, "SetOwner", {"owner": "Ann"})
    scrip(office, "OnComment", "SetOwner", action_config={"owner": "actor"})
    scrip(office, "OnCorrespond", "SetOwner", action_config={"owner": "nobody"})

    begun = create(office)
    assert told(begun)[1] == ("Set", "owner", None, office.ann.pk)
    ticket = begun.ticket
    taken = update(office, ticket.id, message={"type": "comment", "content": "Mine"}).ticket
    assert taken.owner_id == office.admin.id
    left = update(office, ticket.id, message={"type": "correspond", "content": "Bye"}).ticket
    assert left.owner_id is None
    assert faults() == []


def test_an_owner_who_cannot_own_there_fails_alone(office: Office) -> None:
    rule = do(office, "SetOwner", {"owner": "ann"})
    office.ann.disabled = True
    office.ann.save()
    comment(office, "OnCreate", "still here", sort_order=1)

    outcome = create(office)
    assert errors(outcome) == [
        "owner_id: no user of that id can own tickets of this queue",
        None,
    ]
    assert comments(outcome) == ["still here"]
    office.ann.delete()
    assert rule.pk
    assert errors(create(office))[0] == "there is no user “ann”"


@pytest.mark.parametrize(
    ("priority", "becomes"),
    [(70, 70), ("{{ ticket.priority + 5 }}", 15), (" 8 ", 8), ("{{ ticket.subject }}", None)],
)
def test_the_priority_is_a_number_or_a_template_of_one(
    office: Office, priority: Any, becomes: int | None
) -> None:
    do(office, "SetPriority", {"priority": priority})
    outcome = create(office, priority=10)
    assert outcome.ticket.priority == (10 if becomes is None else becomes)
    assert errors(outcome) == ([None] if becomes is not None else ["must be a whole number"])


def test_a_move_asks_what_every_move_is_asked(office: Office) -> None:
    do(office, "SetQueue", {"queue": "other"}, queue_id=office.support.pk)
    comment(office, "OnQueueChange", "arrived", queue_id=office.other.pk)
    outcome = create(office)
    assert outcome.ticket.queue_id == office.other.pk
    assert comments(outcome) == ["arrived"]

    Scrip.objects.all().delete()
    scrip(office, "OnStatusChange", "SetQueue", action_config={"queue": office.incidents.pk})
    ticket = create(office).ticket
    (fired,) = update(office, ticket.id, status="open").fired
    assert fired.error is not None
    assert "has no status “open”" in fired.error


def test_two_scrips_of_one_round_each_add_their_watcher(office: Office) -> None:
    do(office, "AddWatcher", {"role": "cc", "address": "b@x.org"})
    do(office, "AddWatcher", {"role": "cc", "address": "{{ ticket.subject }}, C@x.org"})
    do(office, "AddWatcher", {"role": "admin_cc", "address": "actor"})
    do(office, "AddWatcher", {"role": "admin_cc", "address": "owner"})

    outcome = create(office, subject="B@X.org", cc=["a@x.org"])

    assert dict(outcome.ticket.watchers) == {
        "cc": ("a@x.org", "b@x.org", "C@x.org"),
        "admin_cc": ("root@example.com",),
    }
    assert [fired.because for fired in outcome.fired][3] == (
        "the ticket was created; there is no address to add"
    )
    assert [entry.type for entry in outcome.entries].count("DelWatcher") == 0
    assert faults() == []


def test_a_scrip_begins_a_ticket_in_the_same_unit_of_work(office: Office) -> None:
    rule = child(office, content="See {$ticket.key}", link="child")
    greet = comment(office, "OnCreate", "welcome", queue_id=office.other.pk)
    later = comment(office, "OnCreate", "after", sort_order=5, queue_id=office.support.pk)

    outcome = create(office)

    (fired, *_rest) = outcome.fired
    new = Ticket.objects.get(subject="After Printer")
    assert [each.scrip_id for each in outcome.fired] == [rule.pk, greet.pk, later.pk]
    assert [(e.type, e.ticket_id) for e in outcome.entries] == [
        ("Create", outcome.ticket.id),
        ("Create", new.pk),
        ("AddLink", outcome.ticket.id),
        ("Comment", new.pk),
        ("Comment", outcome.ticket.id),
    ]
    begun = outcome.entries[1]
    assert begun.cause is not None
    assert (begun.cause.scrip_id, begun.cause.transaction_id) == (rule.pk, outcome.entries[0].id)
    assert begun.data["scrip_version"] == 1
    assert begun.creator_id == config.current().system.id
    assert len({entry.batch for entry in outcome.entries}) == 1
    assert outcome.ticket.links == {"children": (new.pk,)}
    assert fired.effect is not None
    assert dict(fired.effect.facts) == {
        "transaction_ids": [entry.id for entry in outcome.entries[1:3]],
        "ticket_id": new.pk,
        "ticket": {
            "queue": "Other",
            "subject": "After Printer",
            "message": {"content": f"See {outcome.ticket.key}"},
            "link": "child",
        },
    }
    assert faults() == []


@pytest.mark.parametrize(
    ("link", "here", "there"),
    [
        ("child", "children", "parents"),
        ("depends_on", "depends_on", "depended_on_by"),
        ("refers_to", "refers_to", "referred_to_by"),
    ],
)
def test_the_link_says_what_the_new_ticket_is_to_this_one(
    office: Office, link: str, here: str, there: str
) -> None:
    child(office, link=link)
    outcome = create(office)
    (new,) = outcome.ticket.links[here]
    assert outcome.tickets[new].links == {there: (outcome.ticket.id,)}
    comment(office, "OnTransaction", "linked", condition_config={"types": ["AddLink"]})
    assert comments(create(office)) == ["linked"]
    assert faults() == []


def test_fields_of_the_new_ticket_are_templates_and_its_queues(office: Office) -> None:
    fields = {"severity": "{$ticket.cf.severity}", "tags": ["a", "{{ 'b' }}"]}
    child(office, queue="Support", custom_fields=fields)
    # The new ticket is in the same queue: it begins the next, until the depth ends it.
    outcome = create(office, custom_fields={"severity": "high"})
    begun = [entry for entry in outcome.entries if entry.type == "Create"]
    assert len(begun) == 9
    assert {entry.data["values"]["custom_fields"]["severity"] for entry in begun[1:]} == {"high"}
    assert {tuple(e.data["values"]["custom_fields"]["tags"]) for e in begun[1:]} == {("a", "b")}
    assert outcome.entries[-1].type == "ScripError"
    assert outcome.entries[-1].ticket_id == begun[-1].ticket_id
    assert "8 times" in outcome.entries[-1].data["error"]
    assert faults() == []


def test_tickets_that_scrips_make_count_among_the_two_hundred(office: Office) -> None:
    for _copy in range(3):
        do(office, "CreateTicket", {"queue": "Support", "subject": "again"})
    outcome = create(office)
    made = [entry.type for entry in outcome.entries if entry.type != "ScripError"]
    assert len(made) == 200
    assert Ticket.objects.count() == 200
    assert "all scrips stop" in outcome.entries[-1].data["error"]
    assert faults() == []


def test_what_the_door_refuses_begins_nothing_and_fails_alone(office: Office) -> None:
    child(office, queue="Support", custom_fields={"severity": "{$ticket.subject}"})
    comment(office, "OnCreate", "still here", sort_order=3, queue_id=office.support.pk)
    outcome = create(office)
    assert [entry.type for entry in outcome.entries] == ["Create", "ScripError", "Comment"]
    assert outcome.fired[0].error == "custom_fields.severity: no choice “Printer”"
    assert Ticket.objects.count() == 1
    assert faults() == []


def test_a_failing_scrip_of_the_new_ticket_is_told_in_its_log(office: Office) -> None:
    child(office)
    failing = {"field": "severity", "value": "{$ticket.subject}"}
    do(office, "SetCustomField", failing, queue_id=office.other.pk)
    outcome = create(office)
    new = Ticket.objects.get(subject="After Printer").pk
    failed = [entry for entry in outcome.entries if entry.type == "ScripError"]
    assert [entry.ticket_id for entry in failed] == [new]
    assert faults() == []


def test_a_new_ticket_gets_no_batch_of_its_own(office: Office) -> None:
    child(office)
    comment(office, "OnTransaction", "batch", stage="TransactionBatch")
    outcome = create(office)
    (said,) = [entry for entry in outcome.entries if entry.type == "Comment"]
    assert said.ticket_id == outcome.ticket.id


def test_a_preview_foresees_the_new_ticket_whole(office: Office) -> None:
    child(office, content="See {$ticket.key}", link="child")
    values = {"subject": "Printer", "queue_id": office.support.pk}
    preview = preview_json(service.preview_create(values, actor=office.admin), office.admin)
    assert Ticket.objects.count() == 0
    real = outcome_json(service.create(values, actor=office.admin), office.admin)

    foreseen, happened = preview["scrips_fired"][0]["effect"], real["scrips_fired"][0]["effect"]
    assert foreseen["ticket"] == happened["ticket"]
    assert foreseen["ticket"]["message"] == {"content": f"See {real['ticket']['key']}"}
    assert (foreseen["ticket_id"], foreseen["transaction_ids"]) == (None, [None, None])
    assert preview["ticket"]["links"]["children"] == [None]
    begun = preview["transactions"][1]
    assert begun["data"]["values"]["links"] == {"parents": [None]}
    assert begun["data"]["content"] == f"See {real['ticket']['key']}"


def test_the_new_ticket_stands_in_the_chain_and_explains_itself(office: Office) -> None:
    child(office, link="child")
    mail(office, "OnCreate", name="Thank", action_config={"to": ["z@x.org"]})
    outcome = create(office)
    new = outcome.ticket.links["children"][0]
    now = Actor(office.admin.person, config.current())

    (root,) = chain(outcome.ticket, now)
    (follow,) = [node for node in root["children"] if node["name"] == "Follow up"]
    assert [node["name"] for node in follow["children"]] == [
        f"Create TKT-{new:04d}",
        "AddLink children",
    ]
    (thanks,) = follow["children"][0]["children"]
    assert (thanks["name"], thanks["children"][0]["kind"]) == ("Thank", "delivery")

    first = Transaction.objects.get(ticket=new, seq=1)
    assert [(each.name, each.fired) for each in explain(first, now)] == [("Thank", True)]
    run = Run.objects.get(name="Follow up")
    assert run.effect == {
        "kind": "change",
        "ticket_id": new,
        "transaction_ids": [entry.id for entry in outcome.entries if entry.cause][:2],
    }


def test_the_chain_hides_a_ticket_that_may_not_be_seen(office: Office) -> None:
    from tests.people import holder

    child(office, link="child")
    outcome = create(office)
    rights = ("SeeQueue", "ShowTicket", "ShowOutgoingMail")
    lead = Actor.of(holder("lead", *rights, queue=office.support))
    (root,) = chain(outcome.ticket, lead)
    assert [node["name"] for node in root["children"][0]["children"]] == ["AddLink children"]


def test_a_shadow_begins_no_ticket_and_keeps_what_it_would_have_begun(office: Office) -> None:
    rule = child(office, link="depends_on")
    Scrip.objects.filter(pk=rule.pk).update(shadow=True)
    create(office)
    assert Ticket.objects.count() == 1
    effect = Run.objects.get().effect
    assert effect["ticket"] == {
        "queue": "Other",
        "subject": "After Printer",
        "link": "depends_on",
    }


@pytest.mark.parametrize(
    ("action", "settings", "fault"),
    [
        ("SetOwner", {}, ("owner", "must be text")),
        ("SetOwner", {"owner": "bob"}, ("owner", "there is no user “bob”")),
        ("SetPriority", {"priority": 101}, ("priority", "must be from 0 to 100")),
        ("SetPriority", {"priority": True}, ("priority", "must be a whole number")),
        ("SetPriority", {"priority": "high"}, ("priority", "must be a whole number")),
        ("SetQueue", {"queue": None}, ("queue", "there is no such queue")),
        (
            "SetQueue",
            {"queue": "Suport"},
            ("queue", "there is no such queue; did you mean “Support”?"),
        ),
        (
            "AddWatcher",
            {"role": "owner", "address": "a@x.org"},
            ("role", "must be one of requestor, cc, admin_cc"),
        ),
        (
            "CreateTicket",
            {"queue": "Other", "subject": "x", "link": "parent"},
            ("link", "must be one of child, depends_on, refers_to"),
        ),
        (
            "CreateTicket",
            {"queue": "Support", "subject": "x", "custom_fields": {"severity": "hihg"}},
            ("custom_fields.severity", "no choice “hihg”; did you mean “high”?"),
        ),
        (
            "CreateTicket",
            {"queue": "Support", "subject": "x", "custom_fields": {"sevrity": "high"}},
            (
                "custom_fields.sevrity",
                "there is no field “sevrity” in Support; did you mean “severity”?",
            ),
        ),
    ],
)
def test_settings_that_can_not_work_are_refused_at_their_place(
    office: Office, action: str, settings: dict[str, Any], fault: tuple[str, str]
) -> None:
    place, said = fault
    assert wrong(office, action, settings) == {f"action_config.{place}": [said]}


def test_an_address_that_is_none_is_refused(office: Office) -> None:
    found = wrong(office, "AddWatcher", {"role": "cc", "address": "me"})
    assert set(found) == {"action_config.address"}


def test_a_real_create_and_its_child_take_the_numbers_in_turn(office: Office) -> None:
    child(office)
    outcome = create(office)
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) - min(id) FROM tickets_ticket")
        assert cursor.fetchone() == (1,)
    assert outcome.ticket.id + 1 == Ticket.objects.get(subject="After Printer").pk


def test_headers_that_open_something_are_sent_and_never_shown(office: Office) -> None:
    hook = {
        "url": "https://hooks.example.com/",
        "headers": {"Authorization": "Bearer s3cret", "X-Queue": "{{ queue.name }}"},
    }
    scrip(office, "OnCreate", "Webhook", action_config=hook)
    (fired,) = create(office).fired
    assert fired.effect is not None
    assert fired.effect.facts["headers"] == {"Authorization": "********", "X-Queue": "Support"}
    delivery = Delivery.objects.get()
    assert delivery.payload["headers"]["Authorization"] == "Bearer s3cret"
    assert "s3cret" not in str(public_payload(delivery.payload))
    assert "s3cret" not in str(Run.objects.get().effect)
