"""Writing a unit of work: the projection of each ticket, the log, and whatever else was collected, table by table."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any

from django.db import connection, models, transaction

from tessera.lib import metrics
from tessera.lib.database import prepared
from tessera.lib.query.fold import fold
from tickets.models import Attachment, Link, Message, Ticket, Transaction, Watcher
from tickets.outcome import Entry
from tickets.state import TicketState
from tickets.unit import Unit

_Convert = Callable[[Any], Any]

_AS_THEY_ARE = frozenset(
    ("BigAutoField", "BooleanField", "CharField", "DateTimeField", "TextField")
)


def flush(*units: Unit) -> None:
    """Write all rows of the units, one after the other.

    What the database could refuse was checked before; the rest is a fault of ours. The statements are sent together
    and waited for once.
    """
    with connection.wrap_database_errors, connection.connection.pipeline():
        for unit in units:
            _write(unit)
    types = [entry.type for unit in units for entry in unit.entries]
    transaction.on_commit(lambda: metrics.recorded(types), robust=True)


def _write(unit: Unit) -> None:
    for ticket_id, state in unit.states.items():
        if unit.before.get(ticket_id) != state:
            _write_ticket(unit.before.get(ticket_id), state)
    _write_messages(unit)
    _insert(
        [
            row_of(entry, unit.round_seqs.get(entry.id), unit.batch_seqs.get(entry.id))
            for entry in unit.entries
        ]
    )
    _write_watchers(unit)
    _write_links(unit)
    by_model: defaultdict[type[models.Model], list[models.Model]] = defaultdict(list)
    for row in unit.rows:
        by_model[type(row)].append(row)
    for rows in by_model.values():
        _insert(rows)


def _insert(rows: Sequence[models.Model]) -> None:
    """Insert rows of one model by one statement; the database gives ids where the rows have none.

    As text, with Django's own conversion of each value: building the statement of expressions, as `bulk_create`
    does, cost more than running it, and every change of a ticket writes here.
    """
    if not rows:
        return
    insertion = _insertion(type(rows[0]), with_id=rows[0].pk is not None)
    with prepared() as cursor:
        cursor.executemany(insertion.statement, [insertion.values(row) for row in rows])


@dataclass(frozen=True, slots=True)
class _Insertion:
    """The INSERT of a row, which attributes it takes, and those of them that are converted, by their places."""

    statement: str
    attributes: Callable[[Any], tuple[Any, ...]]
    conversions: tuple[tuple[int, _Convert], ...]

    def values(self, row: models.Model) -> list[Any]:
        held = list(self.attributes(row))
        for place, convert in self.conversions:
            if held[place] is not None:
                held[place] = convert(held[place])
        return held


@cache
def _insertion(model: type[models.Model], *, with_id: bool) -> _Insertion:
    meta = model._meta  # noqa: SLF001  # documented, whatever its name looks like
    fields = tuple(
        field
        for field in meta.concrete_fields
        if not field.generated and (with_id or not field.primary_key)
    )
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    table = connection.ops.quote_name(meta.db_table)
    values = ", ".join(["%s"] * len(fields))
    return _Insertion(
        f"INSERT INTO {table} ({columns}) VALUES ({values})",  # noqa: S608  # our models' names
        attrgetter(*(field.attname for field in fields)),
        tuple(
            (place, convert)
            for place, field in enumerate(fields)
            if (convert := _conversion(field)) is not None
        ),
    )


def _conversion(field: Any) -> _Convert | None:
    """Django's own; None where it gives back what it gets. Our rows hold what their fields say, and asking the field of
    each of a hundred values took a create a millisecond."""
    kind = (field.target_field if field.is_relation else field).get_internal_type()
    if kind in _AS_THEY_ARE:
        return None
    numbers: Any = connection.ops
    return numbers.integerfield_type_map.get(kind) or (
        lambda value: field.get_db_prep_save(value, connection)
    )


def row_of(entry: Entry, round_seq: int | None = None, batch_seq: int | None = None) -> Transaction:
    """The log's row for an entry."""
    return Transaction(
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
        round_seq=round_seq,
        batch_seq=batch_seq,
    )


def _write_ticket(before: TicketState | None, state: TicketState) -> None:
    if before is None:
        _insert([Ticket(pk=state.id, **state.columns())])
    else:
        old = before.columns()
        _update(state.id, {n: value for n, value in state.columns().items() if old[n] != value})


def _update(ticket_id: int, changed: dict[str, Any]) -> None:
    """Set these columns of a ticket's row."""
    columns = _columns()
    values = [columns[name].get_db_prep_save(held, connection) for name, held in changed.items()]
    settings = ", ".join(f'"{columns[name].column}" = %s' for name in changed)
    with prepared() as cursor:
        cursor.execute(
            f"UPDATE tickets_ticket SET {settings} WHERE id = %s",  # noqa: S608  # our model's names
            [*values, ticket_id],
        )


@cache
def _columns() -> dict[str, Any]:
    return {field.attname: field for field in Ticket._meta.concrete_fields}  # noqa: SLF001  # as above


def _write_messages(unit: Unit) -> None:
    if not unit.messages:
        return
    by_message = {entry.text_id: entry for entry in unit.entries}
    _insert(
        [
            Message(
                pk=number,
                ticket_id=ticket_id,
                content=text.content,
                search_content=None if text.content.isascii() else fold(text.content),
                content_type=text.content_type,
                internal=text.internal,
                sha256=by_message[number].data["sha256"],
                creator_id=by_message[number].creator_id,
                created_at=unit.now,
            )
            for number, ticket_id, text in unit.messages
        ]
    )
    for number, _ticket, text in unit.messages:
        if text.files:
            Attachment.objects.filter(pk__in=[file.id for file in text.files]).update(
                message_id=number
            )


def _write_watchers(unit: Unit) -> None:
    gone: list[models.Q] = []
    new: list[Watcher] = []
    for ticket_id, state in unit.states.items():
        before = unit.before.get(ticket_id)
        old = dict(before.watchers) if before else {}
        for role in old.keys() | state.watchers.keys():
            was, now = set(old.get(role, ())), state.watchers.get(role, ())
            if dropped := was - set(now):
                gone.append(models.Q(ticket=ticket_id, role=role, email__in=dropped))
            new += [
                Watcher(ticket_id=ticket_id, role=role, email=email, address=fold(email))
                for email in now
                if email not in was
            ]
    if gone:
        Watcher.objects.filter(_any(gone)).delete()
    if new:
        _insert(new)


def _write_links(unit: Unit) -> None:
    before = dict.fromkeys(row for state in unit.before.values() for row in state.link_rows())
    # Read back in the order of their ids, so those of the ticket that was changed come in its order.
    subject = unit.states.get(unit.subject_id)
    states = [*([subject] if subject else []), *unit.states.values()]
    after = dict.fromkeys(row for state in states for row in state.link_rows())
    if gone := before.keys() - after.keys():
        Link.objects.filter(
            _any([models.Q(source=s, target=t, type=type_) for s, t, type_ in gone])
        ).delete()
    if new := [row for row in after if row not in before]:
        Link.objects.bulk_create(Link(source_id=s, target_id=t, type=type_) for s, t, type_ in new)


def _any(parts: list[models.Q]) -> models.Q:
    either = parts[0]
    for part in parts[1:]:
        either |= part
    return either
