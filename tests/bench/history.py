"""A ticket with a log as long as one likes: its last entries once more and once more, linked as the door links them."""

from collections.abc import Callable
from datetime import timedelta
from itertools import cycle
from typing import Any

from django.db import connection

from tickets import replay
from tickets.chain import digest
from tickets.entries import entry_of
from tickets.models import Message, Ticket, Transaction

# What comes back to where it began: said, raised, answered, lowered. No rule of the office acts on any of it.
_ROUND: tuple[dict[str, Any], ...] = (
    {"message": {"type": "comment", "content": "The tray is bent, a new one is ordered. " * 4}},
    {"priority": 30},
    {"message": {"type": "correspond", "content": "It will be there tomorrow morning. " * 4}},
    {"priority": 20},
)


def lengthen(ticket_id: int, *, to: int, change: Callable[[dict[str, Any]], object]) -> None:
    """Give the ticket, whose priority is 20, a log of so many transactions; `change` makes a change through the door.
    What stands in the end is what the log adds up to, and the chain is whole."""
    held = Ticket.objects.get(pk=ticket_id).last_seq
    missing = to - held - len(_ROUND)
    if missing < 0:
        raise ValueError(f"a log of {held} can't be lengthened to {to}")
    for priority in range(21, 21 + missing % len(_ROUND)):
        change({"priority": priority})
    for body in _ROUND:
        change(body)
    _copy(ticket_id, missing // len(_ROUND) * len(_ROUND))
    checked, faults = replay.check([Ticket.objects.get(pk=ticket_id)])
    if (checked, faults) != (to, []):
        raise RuntimeError(f"{checked} transactions of {to}: {faults}")


def _copy(ticket_id: int, count: int) -> None:
    """So many entries more, those of the last round in turn."""
    ticket = Ticket.objects.get(pk=ticket_id)
    log = Transaction.objects.filter(ticket=ticket_id).order_by("-seq")[: len(_ROUND)]
    patterns, begun = cycle(list(log)[::-1]), ticket.updated_at
    rows, messages = [], []
    texts = Message.objects.in_bulk(row.data["message_id"] for row in log if row.data)
    numbers = iter(_ids("tickets_message", count))
    for place, number in enumerate(_ids("tickets_transaction", count), 1):
        row = _again(next(patterns), number, ticket, begun + timedelta(seconds=place))
        if row.data:
            text = _text(texts[row.data["message_id"]], next(numbers), row)
            row.data = row.data | {"message_id": text.pk}
            messages.append(text)
        row.digest = ticket.head = digest(ticket.head, entry_of(row))
        rows.append(row)
    Message.objects.bulk_create(messages, batch_size=2_000)
    Transaction.objects.bulk_create(rows, batch_size=2_000)
    ticket.save(update_fields=["last_seq", "version", "head", "updated_at"])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE tickets_transaction, tickets_message")


def _again(pattern: Transaction, number: int, ticket: Ticket, at: Any) -> Transaction:
    """The pattern as the ticket's next entry, a unit of work of its own; the ticket knows of it, but for its digest."""
    ticket.last_seq += 1
    ticket.version, ticket.updated_at = ticket.last_seq, at
    return Transaction(
        pk=number,
        ticket_id=ticket.pk,
        seq=ticket.last_seq,
        type=pattern.type,
        field=pattern.field,
        old_value=pattern.old_value,
        new_value=pattern.new_value,
        data=pattern.data,
        creator_id=pattern.creator_id,
        created_at=at,
        batch=number,
        round_seq=ticket.last_seq,
        batch_seq=ticket.last_seq,
    )


def _text(pattern: Message, number: int, row: Transaction) -> Message:
    return Message(
        pk=number,
        ticket_id=row.ticket_id,
        content=pattern.content,
        content_type=pattern.content_type,
        search_content=pattern.search_content,
        internal=pattern.internal,
        sha256=pattern.sha256,
        creator_id=pattern.creator_id,
        created_at=row.created_at,
    )


def _ids(table: str, count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [table, count],
        )
        return [number for (number,) in cursor.fetchall()]
