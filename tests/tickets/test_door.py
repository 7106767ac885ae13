"""The door: what a change records, and what it refuses."""

from typing import Any

import pytest

from tessera.lib.errors import (
    Invalid,
    MappingNeeded,
    NotFound,
    OpenDependencies,
    Refused,
    TransitionNotAllowed,
    VersionConflict,
)
from tests.office import Office
from tickets import service
from tickets.models import Link, Ticket, Transaction, Watcher
from tickets.outcome import Outcome
from tickets.replay import verify
from tickets.state import states_of


def create(office: Office, **values: Any) -> Outcome:
    given = {"subject": "Printer", "queue_id": office.support.pk, **values}
    return service.create(given, actor=office.admin)


def told(outcome: Outcome) -> list[tuple[str, str, Any, Any]]:
    return [(e.type, e.field, e.old_value, e.new_value) for e in outcome.entries]


def faults() -> list[str]:
    return [fault for _tickets, _rows, found in verify() for fault in found]


def test_create_records_one_transaction_that_holds_all_the_ticket_began_with(
    office: Office,
) -> None:
    other = create(office).ticket.id
    outcome = create(
        office,
        priority=7,
        owner_id=office.ann.pk,
        custom_fields={"severity": "HIGH", "tags": ["b", "a"]},
        requestors=["Bob@example.com"],
        links={"depends_on": [other]},
        message={"content": "It burns"},
        due_at="2026-03-01",
    )
    mine = [entry for entry in outcome.entries if entry.ticket_id == outcome.ticket.id]
    assert [(entry.type, entry.seq) for entry in mine] == [("Create", 1)]
    assert mine[0].data["values"] == {
        "subject": "Printer",
        "queue": office.support.pk,
        "lifecycle_version": outcome.ticket.lifecycle_version_id,
        "status": "new",
        "owner": office.ann.pk,
        "priority": 7,
        "due_at": "2026-03-01T00:00:00.000000Z",
        "started_at": None,
        "resolved_at": None,
        "custom_fields": {"severity": "high", "tags": ["b", "a"]},
        "watchers": {"requestor": ["Bob@example.com"]},
        "links": {"depends_on": [other]},
    }
    assert told(outcome)[1:] == [("AddLink", "depended_on_by", None, outcome.ticket.id)]
    assert states_of([Ticket.objects.get(pk=outcome.ticket.id)]) == [outcome.ticket]
    assert faults() == []


def test_update_records_its_changes_in_the_order_of_the_contract(office: Office) -> None:
    ticket = create(office).ticket
    friend = create(office).ticket
    outcome = service.apply(
        ticket.id,
        {
            "message": {"type": "correspond", "content": "Hello"},
            "status": "open",
            "links": {"refers_to": [friend.id]},
            "requestors": ["a@example.com"],
            "custom_fields": {"severity": "low"},
            "owner_id": office.ann.pk,
            "queue": "support",
            "due_at": "2026-03-01T10:00:00+02:00",
            "priority": 5,
            "subject": "New",
        },
        actor=office.admin,
    )
    assert [(e.type, e.field) for e in outcome.entries if e.ticket_id == ticket.id] == [
        ("Set", "subject"),
        ("Set", "priority"),
        ("Set", "due_at"),
        ("Set", "owner"),
        ("CustomField", "severity"),
        ("AddWatcher", "requestor"),
        ("AddLink", "refers_to"),
        ("StatusChange", "status"),
        ("Correspond", ""),
    ]
    assert len({entry.batch for entry in outcome.entries}) == 1
    assert outcome.ticket.version == outcome.ticket.last_seq == 10
    assert faults() == []


def test_setting_what_is_already_so_records_nothing(office: Office) -> None:
    ticket = create(office, requestors=["A@example.com"], custom_fields={"severity": "low"}).ticket
    outcome = service.apply(
        ticket.id,
        {
            "subject": "Printer",
            "status": "NEW",
            "requestors": ["a@EXAMPLE.com"],
            "custom_fields": {"severity": "LOW", "tags": []},
            "owner_id": None,
            "links": {"parents": []},
        },
        actor=office.admin,
    )
    assert outcome.entries == ()
    assert outcome.ticket == ticket


def test_a_field_with_several_values_makes_one_transaction_with_both_lists(office: Office) -> None:
    ticket = create(office, custom_fields={"tags": ["a"]}).ticket
    outcome = service.apply(ticket.id, {"custom_fields": {"tags": ["b", "c"]}}, actor=office.admin)
    assert told(outcome) == [("CustomField", "tags", ["a"], ["b", "c"])]
    outcome = service.apply(ticket.id, {"custom_fields": {"tags": []}}, actor=office.admin)
    assert told(outcome) == [("CustomField", "tags", ["b", "c"], None)]
    assert faults() == []


def test_every_wrong_field_is_named_at_once_and_nothing_happens(office: Office) -> None:
    ticket = create(office).ticket
    with pytest.raises(Invalid) as caught:
        service.apply(
            ticket.id,
            {
                "subject": 3,
                "priority": 101,
                "nonsense": 1,
                "id": 5,
                "requestors": ["nobody"],
                "links": {"friends": [1]},
                "message": {"type": "shout", "content": "x\x00"},
            },
            actor=office.admin,
        )
    assert set(caught.value.errors) == {
        "subject",
        "priority",
        "nonsense",
        "id",
        "requestors",
        "links.friends",
        "message.type",
        "message.content",
    }
    with pytest.raises(Invalid) as caught:
        service.apply(
            ticket.id,
            {
                "subject": "Changed",
                "owner_id": 10**12,
                "custom_fields": {"severity": "hihg", "colour": "red"},
                "links": {"parents": [ticket.id]},
                "status": "opne",
            },
            actor=office.admin,
        )
    assert set(caught.value.errors) == {
        "owner_id",
        "custom_fields.severity",
        "custom_fields.colour",
        "links.parents",
        "status",
    }
    assert states_of([Ticket.objects.get(pk=ticket.id)]) == [ticket]
    assert Transaction.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({}, {"subject", "queue"}),
        ({"priority": -1}, {"subject", "queue", "priority"}),
        ({"subject": None, "queue": "Support"}, {"subject"}),
        ({"subject": "x", "queue_id": True}, {"queue_id"}),
        ({"subject": "x", "queue": "Nowhere"}, {"queue"}),
        ({"subject": "x", "queue": "Support", "queue_id": 1}, {"queue"}),
        ({"subject": "x" * 256, "queue": "Support"}, {"subject"}),
    ],
)
def test_a_create_without_its_needs_is_invalid(
    office: Office, values: dict[str, Any], fields: set[str]
) -> None:
    with pytest.raises(Invalid) as caught:
        service.create(values, actor=office.admin)
    assert set(caught.value.errors) == fields


def test_dates_follow_the_kind_of_the_status(office: Office) -> None:
    ticket = create(office).ticket
    assert (ticket.started_at, ticket.resolved_at) == (None, None)
    opened = service.apply(ticket.id, {"status": "open"}, actor=office.admin).ticket
    assert opened.started_at == opened.updated_at
    solved = service.apply(ticket.id, {"status": "resolved"}, actor=office.admin).ticket
    assert (solved.started_at, solved.resolved_at) == (opened.started_at, solved.updated_at)
    dropped = service.apply(ticket.id, {"status": "rejected"}, actor=office.admin).ticket
    assert dropped.resolved_at == solved.resolved_at
    again = service.apply(ticket.id, {"status": "open"}, actor=office.admin).ticket
    assert (again.started_at, again.resolved_at) == (opened.started_at, None)
    assert faults() == []


def test_a_transition_that_the_lifecycle_lacks_names_those_it_has(office: Office) -> None:
    ticket = create(office, queue_id=office.incidents.pk).ticket
    with pytest.raises(TransitionNotAllowed) as caught:
        service.apply(ticket.id, {"status": "Closed"}, actor=office.admin)
    assert caught.value.extra == {
        "from": "new",
        "to": "closed",
        "allowed": ["assigned", "in_progress", "cancelled"],
    }


def test_a_start_that_the_lifecycle_lacks_is_refused(office: Office) -> None:
    with pytest.raises(TransitionNotAllowed) as caught:
        create(office, status="stalled")
    assert caught.value.extra["from"] == ""
    assert caught.value.extra["to"] == "stalled"


def test_a_ticket_that_depends_on_an_open_one_cannot_become_inactive(office: Office) -> None:
    other = create(office).ticket
    ticket = create(office, links={"depends_on": [other.id]}).ticket
    with pytest.raises(OpenDependencies) as caught:
        service.apply(ticket.id, {"status": "resolved"}, actor=office.admin)
    assert caught.value.extra == {"tickets": [other.id]}
    service.apply(other.id, {"status": "resolved"}, actor=office.admin)
    assert (
        service.apply(ticket.id, {"status": "resolved"}, actor=office.admin).ticket.status
        == "resolved"
    )


def test_a_move_to_a_lifecycle_without_the_status_asks_what_it_becomes(office: Office) -> None:
    ticket = service.apply(
        create(office).ticket.id, {"status": "stalled"}, actor=office.admin
    ).ticket
    with pytest.raises(MappingNeeded) as caught:
        service.apply(ticket.id, {"queue": "Incidents"}, actor=office.admin)
    assert caught.value.extra["statuses"][:2] == ["new", "assigned"]
    outcome = service.apply(
        ticket.id, {"queue": "Incidents", "status": "on_hold"}, actor=office.admin
    )
    assert told(outcome) == [
        ("Set", "queue", office.support.pk, office.incidents.pk),
        ("StatusChange", "status", "stalled", "on_hold"),
    ]
    assert faults() == []


def test_links_are_recorded_on_both_tickets_and_undone_on_both(office: Office) -> None:
    one, two = create(office).ticket, create(office).ticket
    made = service.apply(one.id, {"links": {"parents": [two.id]}}, actor=office.admin)
    assert told(made) == [
        ("AddLink", "parents", None, two.id),
        ("AddLink", "children", None, one.id),
    ]
    assert list(Link.objects.values_list("source", "target", "type")) == [
        (one.id, two.id, "parents")
    ]
    gone = service.apply(two.id, {"links": {"children": []}}, actor=office.admin)
    assert told(gone) == [
        ("DeleteLink", "children", one.id, None),
        ("DeleteLink", "parents", two.id, None),
    ]
    assert Link.objects.count() == 0
    assert faults() == []


def test_watchers_are_replaced_one_transaction_each(office: Office) -> None:
    ticket = create(office, cc=["a@x.org", "b@x.org"]).ticket
    outcome = service.apply(ticket.id, {"cc": ["B@x.org", "c@x.org"]}, actor=office.admin)
    assert told(outcome) == [
        ("DelWatcher", "cc", "a@x.org", None),
        ("AddWatcher", "cc", None, "c@x.org"),
    ]
    assert sorted(Watcher.objects.values_list("email", flat=True)) == ["b@x.org", "c@x.org"]
    assert faults() == []


def test_another_version_than_the_current_is_a_conflict(office: Office) -> None:
    ticket = create(office).ticket
    service.apply(ticket.id, {"priority": 1}, actor=office.admin, version=1)
    with pytest.raises(VersionConflict) as caught:
        service.apply(ticket.id, {"priority": 2}, actor=office.admin, version=1)
    assert caught.value.extra == {"expected": 1, "actual": 2}


def test_a_stranger_is_told_that_there_is_no_such_ticket(office: Office) -> None:
    ticket = create(office).ticket
    from tickets.access import Actor

    stranger = Actor.of(office.ann)
    for attempt in (
        lambda: service.apply(ticket.id, {"priority": 1}, actor=stranger),
        lambda: service.preview(ticket.id, {"priority": 1}, actor=stranger),
    ):
        with pytest.raises(NotFound):
            attempt()
    with pytest.raises(Refused):
        service.create({"subject": "x", "queue": "Support"}, actor=stranger)


def test_an_unfilled_required_field_refuses_a_create_and_a_default_fills_it(
    office: Office,
) -> None:
    from customfields.models import CustomField

    CustomField.objects.filter(key="severity").update(required=True)
    with pytest.raises(Invalid) as caught:
        create(office)
    assert set(caught.value.errors) == {"custom_fields.severity"}
    CustomField.objects.filter(key="severity").update(default="low")
    assert create(office).ticket.custom_fields == {"severity": ("low",)}


def test_links_are_read_back_in_the_order_in_which_they_were_given(office: Office) -> None:
    one, two, three = (create(office).ticket.id for _each in range(3))

    made = create(office, links={"depends_on": [three, one], "children": [two, one]}).ticket
    links = {"depends_on": [three, one, two]}
    changed = service.apply(made.id, {"links": links}, actor=office.admin).ticket

    assert made.links["depends_on"] == (three, one)
    assert changed.links == {"depends_on": (three, one, two), "children": (two, one)}
    assert states_of([Ticket.objects.get(pk=made.id)]) == [changed]
    assert faults() == []
