"""Rows of several tables in one statement: what comes back is what was given."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.test.utils import CaptureQueriesContext

from scrips.models import Delivery, Run
from tessera.lib.database.writing import Change, write
from tests.office import Office
from tickets import service
from tickets.models import Ticket, Transaction

NOW = datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=UTC)


@pytest.fixture
def first(office: Office) -> Transaction:
    """The first transaction of a ticket."""
    made = service.create({"queue": "Support", "subject": "x"}, actor=office.admin)
    return Transaction.objects.get(pk=made.entries[0].id)


def delivery(of: Transaction, **given: Any) -> Delivery:
    told: dict[str, Any] = {"kind": "email", "payload": {}, "scrip_id": 7, "scrip_version": 1}
    told |= {"ticket_id": of.ticket_id, "transaction_id": of.pk, "created_at": NOW}
    return Delivery(**{**told, **given})


def run(of: Transaction, **given: Any) -> Run:
    told: dict[str, Any] = {"scrip_id": 7, "scrip_version": 1, "name": "a", "verdict": "fired"}
    told |= {"transaction_id": of.pk, "duration_us": 1, "created_at": NOW, "because": "ä\n\"'\\%s"}
    return Run(**{**told, **given})


def later(of: Transaction, seq: int, **given: Any) -> Transaction:
    told: dict[str, Any] = {"type": "Set", "data": {}, "creator_id": of.creator_id}
    told |= {"id": of.pk + 10_000 + seq, "batch": of.pk, "digest": f"{seq:064}", "created_at": NOW}
    return Transaction(**{**told, "ticket_id": of.ticket_id, "seq": seq, **given})


def held(row: models.Model) -> dict[str, Any]:
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not field.generated and not field.primary_key
    }


def test_rows_of_all_tables_go_in_one_statement_and_may_name_each_other(first: Transaction) -> None:
    second, third = later(first, 2), later(first, 3)
    due = delivery(third, id=first.pk + 20_000, worker=uuid.UUID(int=5), next_attempt_at=NOW)
    ran = [run(second, name="b"), run(third, name="a"), run(second, name="c", error="no")]

    with CaptureQueriesContext(connection) as asked:
        write([ran[0], second, due, ran[1], third, ran[2]])

    assert len(asked) == 1
    assert [held(row) for row in Transaction.objects.filter(seq__gt=1).order_by("seq")] == [
        held(second),
        held(third),
    ]
    assert held(Delivery.objects.get(pk=due.pk)) == held(due)
    assert [held(row) for row in Run.objects.order_by("pk")] == [held(row) for row in ran]


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "a 'quoted' \\ \"word\" \u2028 \U0001f600",
        0,
        -1.5,
        1e-7,
        2**63,
        -(10**40),
        True,
        [],
        [None, [2**70, {"a": None}]],
        {"1": {"null": None}, "": "null"},
    ],
    ids=repr,
)
def test_json_comes_back_as_it_was(first: Transaction, value: Any) -> None:
    write([later(first, 2, old_value=value, data={"value": value})])

    row = Transaction.objects.get(seq=2)
    assert (row.old_value, row.data) == (value, {"value": value})
    assert type(row.old_value) is type(value)


def test_rows_that_are_there_change_beside_what_is_new(first: Transaction, office: Office) -> None:
    other = service.create({"queue": "Support", "subject": "y"}, actor=office.admin).ticket
    values = {"status": "open", "due_at": NOW, "custom_fields": {"tags": ["a"]}, "owner_id": None}
    change, another = (
        Change(Ticket, first.ticket_id, values),
        Change(Ticket, other.id, {"priority": 7}),
    )

    with CaptureQueriesContext(connection) as one:
        write([later(first, 2)], [change])
    with CaptureQueriesContext(connection) as several:
        write([later(first, 3)], [change, another])

    assert (len(one), len(several)) == (1, 3)
    ticket = Ticket.objects.get(pk=first.ticket_id)
    assert {name: getattr(ticket, name) for name in values} == values
    assert (ticket.subject, ticket.priority) == ("x", 0)
    kept = Ticket.objects.get(pk=other.id)
    assert (kept.subject, kept.priority, kept.status) == ("y", 7, "new")
    assert Transaction.objects.filter(seq__gt=1).count() == 2


def test_nothing_is_asked_for_no_row(db: None) -> None:
    with CaptureQueriesContext(connection) as asked:
        write([])
    assert len(asked) == 0


def test_what_the_database_refuses_leaves_nothing(first: Transaction) -> None:
    with pytest.raises(IntegrityError, match="run_verdict_known"), transaction.atomic():
        write([later(first, 2), run(first, verdict="maybe")])
    assert not Transaction.objects.filter(seq=2).exists()


def test_what_no_column_holds_is_refused(first: Transaction) -> None:
    with pytest.raises(TypeError, match="F is no column's value"):
        write([run(first, duration_us=models.F("scrip_id"))])
