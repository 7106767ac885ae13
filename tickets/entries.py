"""From the log's rows to values, and to the texts that they name."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import orjson
from django.db import connection

from tickets.models import Attachment, Message, Transaction
from tickets.outcome import Cause, Entry, File, Text


def entry_of(row: Transaction) -> Entry:
    """A row of the log as a value."""
    return Entry(
        id=row.pk,
        ticket_id=row.ticket_id,
        seq=row.seq,
        type=row.type,
        field=row.field,
        old_value=row.old_value,
        new_value=row.new_value,
        data=row.data,
        creator_id=row.creator_id,
        created_at=row.created_at,
        batch=row.batch,
        cause=_cause(row.cause_scrip_id, row.cause_transaction_id),
        delivery_id=row.delivery_id,
        digest=row.digest,
    )


@dataclass(frozen=True, slots=True)
class Logged:
    """A row of the log: the fact, and how far the log went when scrips were asked about it (and, of the first of a
    unit of work, about the whole); null where none were.
    """

    entry: Entry
    round_seq: int | None
    batch_seq: int | None


# As text, and without rows of the model: the past of many tickets is many facts. Times come as microseconds, because
# reading one from text takes as long as all the rest of its row.
_LOGS = """
    SELECT id, ticket_id, seq, type, field, old_value, new_value, data, creator_id,
        (extract(epoch FROM created_at) * 1000000)::bigint, batch,
        cause_scrip_id, cause_transaction_id, delivery_id, digest, round_seq, batch_seq
    FROM tickets_transaction WHERE {where} ORDER BY ticket_id, seq
"""
_EPOCH = datetime.fromtimestamp(0, UTC)
_OF_TICKETS = _LOGS.format(where="ticket_id = ANY(%s)")
_BY_ID = _LOGS.format(where="id = ANY(%s)")


def logs_of(tickets: Iterable[int]) -> list[Logged]:
    """The whole logs of these tickets, in the order of ticket and seq: one statement."""
    return _logged(_OF_TICKETS, tickets)


def logged(transactions: Iterable[int]) -> list[Logged]:
    """Single facts by their ids, in that order too."""
    return _logged(_BY_ID, transactions)


def _logged(statement: str, ids: Iterable[int]) -> list[Logged]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(ids)])
        return list(map(_of_row, cursor.fetchall()))


def _of_row(row: Sequence[Any]) -> Logged:
    number, ticket_id, seq, kind, field, old, new, data, creator_id, created_at, batch, *others = (
        row
    )
    scrip_id, transaction_id, delivery_id, digest, round_seq, batch_seq = others
    entry = Entry(
        id=number,
        ticket_id=ticket_id,
        seq=seq,
        type=kind,
        field=field,
        old_value=None if old is None else orjson.loads(old),
        new_value=None if new is None else orjson.loads(new),
        data=orjson.loads(data),
        creator_id=creator_id,
        created_at=_EPOCH + timedelta(microseconds=created_at),
        batch=batch,
        cause=_cause(scrip_id, transaction_id),
        delivery_id=delivery_id,
        digest=digest,
    )
    return Logged(entry, round_seq, batch_seq)


def _cause(scrip_id: int | None, transaction_id: int | None) -> Cause | None:
    if scrip_id is None or transaction_id is None:
        return None
    return Cause(scrip_id, transaction_id)


def as_values(recorded: Any) -> tuple[Any, ...]:
    """What a field holds, from how the log shows it: a value, a list, or null."""
    if recorded is None:
        return ()
    return tuple(recorded) if isinstance(recorded, list) else (recorded,)


def texts_of(entries: Iterable[Entry]) -> dict[int, Text]:
    """The stored texts that these entries name: two statements, or none where none names one."""
    ids = [entry.text_id for entry in entries if entry.text_id is not None]
    if not ids:
        return {}
    files: defaultdict[int, list[File]] = defaultdict(list)
    for row in Attachment.objects.filter(message__in=ids).values(*_FILE):
        files[row.pop("message_id")].append(File(**row))
    rows = Message.objects.filter(pk__in=ids).values_list(*_TEXT)
    return {
        number: Text(
            content=content, content_type=kind, internal=internal, files=tuple(files[number])
        )
        for number, content, kind, internal in rows
    }


_TEXT = ("pk", "content", "content_type", "internal")
_FILE = ("message_id", "id", "filename", "content_type", "size", "sha256")


class Texts(Mapping[int, Text]):
    """The stored texts that these entries name, by their numbers; read when the first of them is asked for."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries

    @cached_property
    def _found(self) -> dict[int, Text]:
        return texts_of(self._entries)

    def __getitem__(self, number: int) -> Text:
        return self._found[number]

    def __iter__(self) -> Iterator[int]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)
