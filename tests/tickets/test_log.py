"""The log: append-only, chained, replayable."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from tests.office import Office
from tests.tickets.test_door import create, faults
from tickets import replay, service
from tickets.models import Ticket, Transaction
from tickets.state import states_of


def behind_the_trigger(statement: str) -> None:
    """What somebody with the database's own keys could do."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE tickets_transaction DISABLE TRIGGER append_only")
        cursor.execute(statement)
        cursor.execute("ALTER TABLE tickets_transaction ENABLE TRIGGER append_only")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tickets_transaction SET type = 'Set'",
        "DELETE FROM tickets_transaction",
    ],
)
def test_raw_sql_cannot_change_what_was_recorded(office: Office, statement: str) -> None:
    create(office)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_a_row_altered_behind_the_trigger_is_found_and_named(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    ticket = create(office).ticket
    service.apply(ticket.id, {"priority": 5}, actor=office.admin)
    behind_the_trigger("UPDATE tickets_transaction SET new_value = '6' WHERE seq = 2")
    with pytest.raises(CommandError) as caught:
        call_command("verify")
    assert caught.value.returncode == 1
    assert f"{ticket.key} seq 2: the digest does not fit" in capsys.readouterr().out


def test_a_ticket_row_that_differs_from_its_log_is_found(office: Office) -> None:
    ticket = create(office).ticket
    Ticket.objects.filter(pk=ticket.id).update(priority=9)
    assert faults() == [f"{ticket.key}: the row differs from its log in priority"]


def test_what_queries_compare_is_checked_too(office: Office) -> None:
    ticket = service.create({"subject": "x", "queue": "Support"}, actor=office.admin).ticket
    Ticket.objects.filter(pk=ticket.id).update(search_subject="y", search_fields={"severity": []})
    told = "the row differs from its log in search_subject, search_fields"
    assert faults() == [f"{ticket.key}: {told}"]


def test_a_missing_row_is_found(office: Office) -> None:
    ticket = create(office).ticket
    for priority in (1, 2):
        service.apply(ticket.id, {"priority": priority}, actor=office.admin)
    behind_the_trigger("DELETE FROM tickets_transaction WHERE seq = 2")
    assert faults()[0] == f"{ticket.key} seq 3: seq 2 is missing"


def test_a_ticket_can_be_read_as_it_was_at_any_seq_and_time(office: Office) -> None:
    states = [create(office, requestors=["a@x.org"]).ticket]
    changes: list[dict[str, Any]] = [
        {"status": "open", "custom_fields": {"tags": ["a", "b"]}},
        {"requestors": [], "message": {"type": "comment", "content": "hm"}},
        {"queue": "Other", "subject": ""},
        {"owner_id": office.ann.pk},
    ]
    for change in changes:
        states.append(service.apply(states[0].id, change, actor=office.admin).ticket)
    for state in states:
        assert replay.at(state.id, state.last_seq) == state
        assert replay.at(state.id, state.updated_at) == state
    assert replay.at(states[0].id, 0) is None
    assert states_of(Ticket.objects.filter(pk=states[0].id)) == [states[-1]]


def test_verify_says_what_it_checked(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    create(office)
    call_command("verify")
    said = "1 ticket with 1 transaction: all digests and projections hold.\n"
    assert capsys.readouterr().out == said
    assert Transaction.objects.count() == 1
