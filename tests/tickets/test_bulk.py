"""Bulk changes as workers carry them out: each ticket once, under the rights of that moment, whoever dies when."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tessera.accounts.models import User
from tessera.lib import clock, ending
from tests.office import Office
from tests.people import grant
from tests.tickets.test_door import create, faults
from tickets import bulk, representation, service, turns
from tickets.access import Actor
from tickets.bulk import Order
from tickets.models import BulkChange, BulkTicket, Grant, Ticket, Transaction

COMMENT = Order({"message": {"type": "comment", "content": "x"}})
URGENT = Order({"priority": 7})


def tickets(office: Office, number: int = 3) -> list[int]:
    return [create(office, subject=f"{place}").ticket.id for place in range(number)]


def comments() -> list[int]:
    """How many each ticket has, in the order of the tickets."""
    return [
        Transaction.objects.filter(ticket=number, type="Comment").count()
        for number in Ticket.objects.order_by("pk").values_list("pk", flat=True)
    ]


def fresh(made: BulkChange) -> BulkChange:
    return BulkChange.objects.get(pk=made.pk)


def codes(made: BulkChange) -> list[str | None]:
    return [row.error and row.error["code"] for row in made.tickets.order_by("pk")]


def test_the_tickets_are_those_of_the_moment_it_was_asked_for(office: Office) -> None:
    first, *_rest = tickets(office)
    found = bulk.find("Subject = 0", office.admin)
    made = bulk.start(found.ids, URGENT, actor=office.admin)
    create(office, subject="0")
    service.apply(first, {"subject": "other"}, actor=office.admin)

    bulk.carry_out(made.pk)

    assert list(Ticket.objects.order_by("pk").values_list("priority", flat=True)) == [7, 0, 0, 0]
    assert faults() == []


def test_what_is_kept_is_what_would_have_been_answered(office: Office) -> None:
    first, second = tickets(office, 2)
    (at_once,) = bulk.at_once([first], COMMENT, actor=office.admin)
    made = bulk.start([second], COMMENT, actor=office.admin)
    bulk.carry_out(made.pk)

    kept = made.tickets.get().outcome
    assert at_once.outcome is not None
    assert set(kept) == set(at_once.outcome)
    state = service.visible(second, office.admin)
    assert kept["ticket"] == representation.ticket_json(state, office.admin.config)
    assert kept["transactions"][0]["data"]["content"] == "x"


def test_rights_are_those_of_the_moment_of_each_change(office: Office) -> None:
    ids = tickets(office)
    given = grant("agent", user=office.ann, queue=office.support)
    made = bulk.start(ids, URGENT, actor=Actor.of(office.ann))

    def taking_away(execute: Any, sql: str, *rest: Any) -> Any:
        done = execute(sql, *rest)
        if 'UPDATE "tickets_ticket"' in sql:
            Grant.objects.filter(pk=given.pk).delete()
        return done

    with connection.execute_wrapper(taking_away):
        bulk.carry_out(made.pk)

    assert codes(made) == [None, "not_found", "not_found"]
    assert (fresh(made).status, fresh(made).failed) == ("done", 2)


def test_who_leaves_a_group_or_is_disabled_changes_nothing_any_more(office: Office) -> None:
    grant("agent", user=office.ann, queue=office.support)
    made = bulk.start(tickets(office), URGENT, actor=Actor.of(office.ann))
    User.objects.filter(pk=office.ann.pk).update(disabled=True)

    bulk.carry_out(made.pk)

    assert codes(made) == ["not_found"] * 3
    assert set(Ticket.objects.values_list("priority", flat=True)) == {0}


def test_a_fault_of_ours_is_one_tickets_error_and_leaves_nothing_of_its_change(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = tickets(office)
    right = representation.outcome_json

    def failing(outcome: Any, actor: Actor) -> dict[str, Any]:
        if outcome.ticket.id == ids[1]:
            raise RuntimeError("a fault of ours")
        return right(outcome, actor)

    monkeypatch.setattr(representation, "outcome_json", failing)
    made = bulk.start(ids, COMMENT, actor=office.admin)
    bulk.carry_out(made.pk)

    assert codes(made) == [None, "server_error", None]
    assert comments() == [1, 0, 1]
    assert [each.error is None for each in bulk.at_once(ids, COMMENT, actor=office.admin)] == [
        *(True, False, True)
    ]


def test_one_that_is_stopped_ends_after_the_ticket_in_hand(office: Office) -> None:
    made = bulk.start(tickets(office), COMMENT, actor=office.admin)

    def stopping(execute: Any, sql: str, *rest: Any) -> Any:
        if 'UPDATE "tickets_ticket"' in sql:
            bulk.stop(made)
        return execute(sql, *rest)

    with connection.execute_wrapper(stopping):
        bulk.carry_out(made.pk)
    stopped = fresh(made)
    assert (stopped.status, stopped.done, stopped.lease_until) == ("stopped", 1, None)

    bulk.resume(made)
    bulk.carry_out(made.pk)
    assert (fresh(made).status, fresh(made).done, comments()) == ("done", 3, [1, 1, 1])


def test_a_turn_ends_and_another_goes_on(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "TURN_SECONDS", 0.0)
    made = bulk.start(tickets(office), COMMENT, actor=office.admin)

    bulk.carry_out(made.pk)
    assert (fresh(made).status, fresh(made).lease_until) == ("running", None)
    monkeypatch.undo()
    bulk.carry_out(made.pk)
    assert (fresh(made).status, comments()) == ("done", [1, 1, 1])


def test_a_worker_that_is_asked_to_end_leaves_the_rest_to_the_next(office: Office) -> None:
    made = bulk.start(tickets(office), COMMENT, actor=office.admin)

    def asking(execute: Any, sql: str, *rest: Any) -> Any:
        if 'UPDATE "tickets_ticket"' in sql:
            ending.asked.set()
        return execute(sql, *rest)

    try:
        with connection.execute_wrapper(asking):
            bulk.carry_out(made.pk)
    finally:
        ending.asked.clear()
    assert (fresh(made).status, fresh(made).done, fresh(made).lease_until) == ("running", 1, None)

    bulk.carry_out(made.pk)
    assert (fresh(made).status, comments()) == ("done", [1, 1, 1])


def test_one_that_somebody_has_in_hand_is_left_to_him_until_his_lease_ends(office: Office) -> None:
    made = bulk.start(tickets(office), COMMENT, actor=office.admin)
    held = BulkChange.objects.filter(pk=made.pk)
    held.update(lease_until=clock.now() + turns.LEASE)

    bulk.carry_out(made.pk)
    assert (fresh(made).done, turns.lost(held)) == (0, [])

    held.update(lease_until=clock.now() - timedelta(seconds=1))
    assert turns.lost(held) == [made.pk]
    bulk.carry_out(made.pk)
    assert comments() == [1, 1, 1]


def test_what_failed_in_the_database_is_not_taken_for_a_tickets_fault(office: Office) -> None:
    made = bulk.start(tickets(office), COMMENT, actor=office.admin)

    def going_away(execute: Any, sql: str, *rest: Any) -> Any:
        if 'UPDATE "tickets_ticket"' in sql:
            from django.db import OperationalError

            raise OperationalError("the server went away")
        return execute(sql, *rest)

    with (
        connection.execute_wrapper(going_away),
        pytest.raises(Exception, match="went away"),
        transaction.atomic(),
    ):
        bulk.carry_out(made.pk)
    assert (fresh(made).status, fresh(made).done, comments()) == ("running", 0, [0, 0, 0])


def test_results_are_kept_for_a_week(office: Office) -> None:
    old, young, running = (bulk.start(tickets(office), URGENT, actor=office.admin) for _ in "123")
    for made in (old, young):
        bulk.carry_out(made.pk)
    week = bulk.KEPT + timedelta(minutes=1)
    BulkChange.objects.filter(pk=old.pk).update(ended_at=clock.now() - week)
    BulkChange.objects.filter(pk=running.pk).update(created_at=clock.now() - week)

    assert bulk.purge() == 1
    assert set(BulkChange.objects.values_list("pk", flat=True)) == {young.pk, running.pk}
    assert BulkTicket.objects.count() == 6


@pytest.mark.parametrize("number", [1, 3])
def test_a_ticket_costs_the_same_in_a_bulk_of_one_and_of_three(office: Office, number: int) -> None:
    made = bulk.start(tickets(office, number), URGENT, actor=office.admin)
    with CaptureQueriesContext(connection) as seen:
        bulk.carry_out(made.pk)

    # What taking and ending it costs, and each ticket: ten by its change, the rest for its owner, row and savepoints.
    assert len(seen) == 8 + 16 * number


def test_the_database_keeps_counts_and_results_in_order(office: Office) -> None:
    made = bulk.start(tickets(office, 1), URGENT, actor=office.admin)
    wrong: list[dict[str, Any]] = [
        *({"done": 2}, {"failed": 1}, {"status": "nonsense", "ended_at": clock.now()}),
        *({"status": "done"}, {"ended_at": clock.now()}),
    ]
    for values in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            BulkChange.objects.filter(pk=made.pk).update(**values)
    for values in ({"outcome": {}, "error": {}},):
        with pytest.raises(IntegrityError), transaction.atomic():
            made.tickets.update(**values)
    with pytest.raises(IntegrityError), transaction.atomic():
        BulkTicket.objects.create(bulk=made, ticket_id=made.tickets.get().ticket_id)
