"""Conditions on closing, opening again, moving and on the priority: when they hold, and what they say."""

from typing import Any

import pytest

from tessera.lib.errors import Invalid
from tests.office import Office
from tests.scrips.test_engine import comment, comments, update
from tests.tickets.test_door import create
from tickets import service


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
