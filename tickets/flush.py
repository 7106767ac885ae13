"""Writing a unit of work: the projection of each ticket, the log, and whatever else was collected, table by table."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

from django.db import connection, models, transaction

from tessera.lib import metrics
from tessera.lib.database.writing import Change, New, write
from tessera.lib.query.fold import fold
from tickets.models import Attachment, Link, Message, Ticket, Transaction, Watcher
from tickets.outcome import Entry
from tickets.state import TicketState
from tickets.unit import Unit

# Columns of a ticket that are written together, and not with the others: those of a mere record, and the wide ones.
_APART = (("last_seq", "head"), ("subject", "search_subject"), ("custom_fields", "search_fields"))


def flush(*units: Unit, besides: Sequence[Callable[[], Any]] = ()) -> None:
    """Write all that the units changed: in one statement, where one ticket did and nothing goes.

    What the database could refuse was checked before; the rest is a fault of ours. Several statements are sent together
    and waited for once, those of `besides` as the last.
    """
    begun, changed = _tickets(units)
    rows = [*begun, *(row for unit in units for row in _rows(unit))]
    gone = [step for unit in units for step in _deletions(unit)]
    then = [*(step for unit in units for step in _attachments(unit)), *besides]
    steps: list[Callable[[], Any]] = [*gone, partial(write, rows, changed), *then]
    with connection.wrap_database_errors, _together(max(len(steps), len(changed))):
        for step in steps:
            step()
    types = [entry.type for unit in units for entry in unit.entries]
    transaction.on_commit(lambda: metrics.recorded(types), robust=True)


def _together(statements: int) -> AbstractContextManager[Any]:
    """One alone is waited for all the same."""
    return connection.connection.pipeline() if statements > 1 else nullcontext()


def _tickets(units: Sequence[Unit]) -> tuple[list[New], list[Change]]:
    """The tickets that begin, and those that change: each from what it was before its first unit to what it is after
    its last."""
    before: dict[int, TicketState | None] = {}
    for unit in reversed(units):
        before |= {number: unit.before.get(number) for number in unit.states}
    after = {number: state for unit in units for number, state in unit.states.items()}
    begun: list[New] = []
    changed: list[Change] = []
    for number, was in before.items():
        new = after[number].columns()
        if was is None:
            begun.append(New(Ticket, {"id": number, **new}))
        elif was != after[number]:
            changed.append(Change(Ticket, number, _differing(was.columns(), new)))
    return begun, changed


def _differing(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """The columns that change, and those that are written with them: each choice of columns is a statement of its own,
    which every connection keeps planned at 0.2 MB. What is wide is written only where it changes."""
    wide = {name for group in _APART for name in group}
    groups = [*_APART, tuple(name for name in new if name not in wide)]
    return {
        name: new[name]
        for group in groups
        if any(old[name] != new[name] for name in group)
        for name in group
    }


def _deletions(unit: Unit) -> Iterator[Callable[[], Any]]:
    """Before anything is written: an address that comes back written otherwise is in the way of itself."""
    if gone := _watchers_gone(unit):
        yield Watcher.objects.filter(_any(gone)).delete
    if links := _links_gone(unit):
        yield Link.objects.filter(_any(links)).delete


def _attachments(unit: Unit) -> Iterator[Callable[[], Any]]:
    """Those that waited for their message."""
    for number, _ticket, text in unit.messages:
        if text.files:
            files = Attachment.objects.filter(pk__in=[file.id for file in text.files])
            yield partial(files.update, message_id=number)


def _rows(unit: Unit) -> Iterator[New | models.Model]:
    """What is new, but for tickets."""
    yield from _messages(unit)
    for entry in unit.entries:
        yield _row_of(entry, unit)
    yield from _watchers(unit)
    yield from _links(unit)
    yield from unit.rows


def _new(model: type[models.Model], **values: Any) -> New:
    return New(model, values)


def _row_of(entry: Entry, unit: Unit) -> New:
    """The log's row for an entry."""
    return _new(
        Transaction,
        id=entry.id,
        ticket_id=entry.ticket_id,
        seq=entry.seq,
        type=entry.type,
        field=entry.field,
        old_value=entry.old_value,
        new_value=entry.new_value,
        data=dict(entry.data),
        creator_id=entry.creator_id,
        created_at=entry.created_at,
        batch=entry.batch,
        cause_scrip_id=entry.cause.scrip_id if entry.cause else None,
        cause_transaction_id=entry.cause.transaction_id if entry.cause else None,
        delivery_id=entry.delivery_id,
        digest=entry.digest,
        round_seq=unit.round_seqs.get(entry.id),
        batch_seq=unit.batch_seqs.get(entry.id),
    )


def _messages(unit: Unit) -> Iterator[New]:
    if not unit.messages:
        return
    by_message = {entry.text_id: entry for entry in unit.entries}
    for number, ticket_id, text in unit.messages:
        yield _new(
            Message,
            id=number,
            ticket_id=ticket_id,
            content=text.content,
            search_content=None if text.content.isascii() else fold(text.content),
            content_type=text.content_type,
            internal=text.internal,
            sha256=by_message[number].data["sha256"],
            creator_id=by_message[number].creator_id,
            created_at=unit.now,
        )


def _watchers_gone(unit: Unit) -> list[models.Q]:
    return [
        models.Q(ticket=ticket_id, role=role, email__in=dropped)
        for ticket_id, state in unit.states.items()
        if ticket_id in unit.before
        for role, old in unit.before[ticket_id].watchers.items()
        if (dropped := set(old).difference(state.watchers.get(role, ())))
    ]


def _watchers(unit: Unit) -> Iterator[New]:
    for ticket_id, state in unit.states.items():
        before = unit.before.get(ticket_id)
        for role, now in state.watchers.items():
            old = before.watchers.get(role, ()) if before else ()
            for email in now:
                if email not in old:
                    yield _new(
                        Watcher,
                        ticket_id=ticket_id,
                        role=role,
                        email=email,
                        address=fold(email),
                    )


def _links_gone(unit: Unit) -> list[models.Q]:
    after = {row for state in unit.states.values() for row in state.link_rows()}
    gone = {row for state in unit.before.values() for row in state.link_rows()} - after
    return [models.Q(source=s, target=t, type=type_) for s, t, type_ in gone]


def _links(unit: Unit) -> Iterator[New]:
    before = {row for state in unit.before.values() for row in state.link_rows()}
    # Read back in the order of their ids, so those of the ticket that was changed come in its order.
    subject = unit.states.get(unit.subject_id)
    states = [*([subject] if subject else []), *unit.states.values()]
    for s, t, type_ in dict.fromkeys(row for state in states for row in state.link_rows()):
        if (s, t, type_) not in before:
            yield _new(Link, source_id=s, target_id=t, type=type_)


def _any(parts: list[models.Q]) -> models.Q:
    either = parts[0]
    for part in parts[1:]:
        either |= part
    return either
