"""From the log's rows to values, and to the texts that they name."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from tickets.models import Message, Transaction
from tickets.outcome import Cause, Entry, File, Text


def entry_of(row: Transaction) -> Entry:
    """A row of the log as a value."""
    cause = None
    if row.cause_scrip_id is not None and row.cause_transaction_id is not None:
        cause = Cause(row.cause_scrip_id, row.cause_transaction_id)
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
        cause=cause,
        delivery_id=row.delivery_id,
        digest=row.digest,
    )


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
    rows = Message.objects.filter(pk__in=ids).defer("words", "search_content")
    rows = rows.prefetch_related("attachments")
    return {row.pk: text_of(row) for row in rows}


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


def text_of(row: Message) -> Text:
    """A stored message as a value."""
    return Text(
        content=row.content,
        content_type=row.content_type,
        internal=row.internal,
        files=tuple(
            File(
                id=file.pk,
                filename=file.filename,
                content_type=file.content_type,
                size=file.size,
                sha256=file.sha256,
            )
            for file in row.attachments.all()
        ),
    )
