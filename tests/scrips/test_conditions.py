"""Conditions on closing, opening again, moving and on the priority: when they hold, and what they say."""

from typing import Any

import pytest

from scrips.conditions import CONDITIONS
from scrips.conditions.user_defined import UserDefined
from scrips.history import Past
from scrips.index import Index
from tessera.lib.errors import Invalid
from tests.office import Office
from tests.scrips.test_engine import comment, comments, update
from tests.tickets.test_door import create
from tickets import config, service


def because(office: Office, ticket_id: int, **changes: Any) -> list[str]:
    """Why each scrip stays silent about these changes."""
    told = service.preview(ticket_id, changes, actor=office.admin).skipped
    return [each.because for each in told]


def test_closing_is_a_way_from_open_to_done_by_the_tickets_own_lifecycle(office: Office) -> None:
    comment(office, "OnClose", "closed")
    comment(office, "OnReopen", "reopened")
    ticket = create(office, queue_id=office.incidents.pk).ticket

    assert comments(update(office, ticket.id, status="in_progress")) == []
    done = update(office, ticket.id, status="resolved")
    assert comments(done) == ["closed"]
    assert done.fired[0].because == "status changed in_progress → resolved (active → inactive)"
    again = update(office, ticket.id, status="in_progress")
    assert comments(again) == ["reopened"]
    assert again.fired[0].because == "status changed resolved → in_progress (inactive → active)"


def test_from_one_done_status_to_another_nothing_is_closed(office: Office) -> None:
    comment(office, "OnClose", "closed")
    comment(office, "OnReopen", "reopened")
    ticket = create(office, queue_id=office.incidents.pk).ticket
    update(office, ticket.id, status="in_progress")
    update(office, ticket.id, status="resolved")

    assert because(office, ticket.id, status="closed") == [
        "status changed resolved → closed (inactive → inactive), needs initial or active → inactive",
        "status changed resolved → closed (inactive → inactive), needs inactive → initial or active",
    ]
    assert comments(update(office, ticket.id, status="closed")) == []


def test_a_ticket_that_begins_is_neither_closed_nor_opened_again(office: Office) -> None:
    comment(office, "OnClose", "closed")
    comment(office, "OnReopen", "reopened")
    assert comments(create(office, status="resolved")) == []


def test_a_move_is_told_with_the_names_of_the_queues(office: Office) -> None:
    comment(office, "OnQueueChange", "moved")
    ticket = create(office).ticket

    (fired,) = update(office, ticket.id, queue="Other").fired
    assert fired.because == "queue changed Support → Other"
    assert update(office, ticket.id, subject="Still here").fired == ()
    assert because(office, ticket.id, subject="X") == ["subject changed Still here → X"]


@pytest.mark.parametrize(
    ("direction", "new", "holds", "told"),
    [
        (None, 70, True, "priority changed 20 → 70"),
        (None, 0, True, "priority changed 20 → 0"),
        ("up", 70, True, "priority changed 20 → 70"),
        ("up", 10, False, "priority changed 20 → 10, needs a higher one"),
        ("down", 10, True, "priority changed 20 → 10"),
        ("down", 21, False, "priority changed 20 → 21, needs a lower one"),
    ],
)
def test_the_priority_rises_or_falls(
    office: Office, direction: str | None, new: int, holds: bool, told: str
) -> None:
    wanted = {} if direction is None else {"direction": direction}
    comment(office, "OnPriorityChange", "x", condition_config=wanted)
    ticket = create(office, priority=20).ticket

    preview = service.preview(ticket.id, {"priority": new}, actor=office.admin)
    assert preview.outcome is not None
    assert [each.because for each in preview.outcome.fired] == ([told] if holds else [])
    assert (told in [each.because for each in preview.skipped]) is not holds


@pytest.mark.parametrize("direction", ["sideways", 1, ["up"], True])
def test_there_are_two_directions(office: Office, direction: Any) -> None:
    with pytest.raises(Invalid) as caught:
        comment(office, "OnPriorityChange", "x", condition_config={"direction": direction})
    assert caught.value.errors == {"condition_config.direction": ["must be one of up, down"]}


@pytest.mark.parametrize("key", ["OnClose", "OnReopen", "OnQueueChange", "OnOwnerChange"])
def test_these_take_no_settings(office: Office, key: str) -> None:
    with pytest.raises(Invalid) as caught:
        comment(office, key, "x", condition_config={"from": "new"})
    assert set(caught.value.errors) == {"condition_config.from"}


SETTINGS: dict[str, list[dict[str, Any]]] = {
    "OnTransaction": [{}, {"types": ["Comment", "Set"]}],
    "OnStatusChange": [{}, {"from": "new"}, {"to": ["resolved", "open"]}, {"from": "x", "to": "y"}],
    "OnPriorityChange": [{}, {"direction": "up"}, {"direction": "down"}],
    "OnCustomFieldChange": [
        {"field": "severity"},
        {"field": "severity", "to": "high"},
        {"field": "severity", "from": "high", "to": None},
    ],
    "UserDefined": [
        {"query": "Priority > 50"},
        {"query": "Transaction.Type = 'Comment'"},
        {"query": "Status = 'open' AND Transaction.Field = 'PRIORITY'"},
        {"query": "CF.severity IN ('low', 'HIGH') AND (Priority = 60 OR Content LIKE 'x')"},
        {"query": "UpdatedBy IS NOT NULL"},
    ],
}


def test_what_the_transaction_alone_denies_no_ticket_makes_true(office: Office) -> None:
    """And whoever needs nothing else says the same from it alone."""
    ticket = create(office, priority=20).ticket.id
    for change in (
        {"status": "open", "priority": 60, "owner_id": office.admin.id},
        {"custom_fields": {"severity": "high"}, "message": {"type": "comment", "content": "x"}},
        {"custom_fields": {"severity": None}, "priority": 10},
        {"status": "resolved", "message": {"type": "correspond", "content": "done"}},
        {"status": "open", "queue": "Other"},
    ):
        update(office, ticket, **change)
    past = Past.of(ticket, config.current())
    asked = 0
    for key, kind in CONDITIONS.items():
        for settings in SETTINGS.get(key, [{}]):
            condition = kind(settings, known=past.config)
            for row in past.rows:
                round_ = past.round(row.entry, row.entry.seq, office.admin)
                holds = condition.verdict(round_).holds
                assert condition.holds(round_) == holds, (key, settings)
                may = condition.may_hold(row.entry)
                assert may >= holds if kind is UserDefined else may == holds, (key, settings)
                if row.entry.type in condition.types:
                    found = Index([(key, condition.clues)]).of(round_)
                    assert found or not holds, (key, settings)
                asked += holds
    assert asked > len(CONDITIONS)


def test_of_many_only_those_are_asked_that_what_happened_can_concern(office: Office) -> None:
    ticket = create(office, priority=20).ticket.id
    update(office, ticket, status="open", custom_fields={"severity": "high"})
    past = Past.of(ticket, config.current())
    asked = [
        *(("UserDefined", {"query": f"CF.severity = '{word}'"}) for word in ("low", "high", "odd")),
        *(("UserDefined", {"query": f"Priority > {least}"}) for least in (10, 30, 50)),
        *(("OnStatusChange", {"to": status}) for status in ("open", "resolved")),
    ]
    index = Index(
        (settings or key, CONDITIONS[key](settings, known=past.config).clues)
        for key, settings in asked
    )

    (change,) = (row.entry for row in past.rows if row.entry.type == "StatusChange")
    assert index.of(past.round(change, 3, office.admin)) == [
        {"query": "CF.severity = 'high'"},
        {"query": "Priority > 10"},
        {"to": "open"},
    ]
