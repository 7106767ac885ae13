"""The tables that copies go into: their numbers, and what is taken off them while millions of rows come in.

All of it is undone by the database itself should the transaction not be committed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from tessera.demo.bulk.copies import NUMBERED
from tessera.demo.bulk.groups import MODELS
from tessera.demo.bulk.patterns import columns_of


@dataclass(frozen=True, slots=True)
class Part:
    """An index or a constraint: how it is called, taken off, and put back."""

    name: str
    off: str
    back: str


# Keys are checked all at once when they are put back, and their indexes made then: row by row that takes longer than
# writing the row. Foreign keys of other tables that point here go too, since they need the primary keys. Indexes of few
# rows, such as deliveries that are due, cost nothing.
_CONSTRAINTS = """
    SELECT conname, conrelid::regclass::text, pg_get_constraintdef(oid)
    FROM pg_constraint
    WHERE conrelid = ANY(%(tables)s::regclass[]) AND contype IN ('f', 'u', 'p')
        OR confrelid = ANY(%(tables)s::regclass[]) AND contype = 'f'
    ORDER BY contype DESC, oid
"""
_INDEXES = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid = ANY(%s::regclass[]) AND (indisunique OR indpred IS NULL)
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))
    ORDER BY indexrelid
"""
# Indexes are sorted in memory as far as it goes; nobody else builds any meanwhile.
_MEMORY = "512MB"


def take_off() -> list[Part]:
    """Take indexes and keys off, and give them in the order in which they are to be put back.

    Locks the tables, and those that are joined to them by foreign keys, up to the end of the transaction.
    """
    with connection.cursor() as cursor:
        # What was written before is checked now: a table with checks pending can't be changed.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(_INDEXES, [list(NUMBERED)])
        parts = [
            Part(name, f"DROP INDEX {name}", definition) for name, definition in cursor.fetchall()
        ]
        cursor.execute(_CONSTRAINTS, {"tables": list(NUMBERED)})
        for name, table, definition in cursor.fetchall():
            back = f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}'
            parts.append(Part(name, f'ALTER TABLE {table} DROP CONSTRAINT "{name}"', back))
        for part in reversed(parts):
            cursor.execute(part.off)
    return parts


def put_back(parts: Sequence[Part]) -> Iterator[Part]:
    """Make them again one after the other, and give each when it is there."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL maintenance_work_mem = '{_MEMORY}'")
        for part in parts:
            cursor.execute(part.back)
            yield part
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def reserve(counts: Mapping[str, int]) -> dict[str, int]:
    """Take so many ids of each table, in one piece, and give the first of each.

    Locks the sequences up to the end of the transaction, so that nobody takes one of ours; should it be rolled
    back, they are where they were.
    """
    first: dict[str, int] = {}
    with connection.cursor() as cursor:
        for table in NUMBERED:
            cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
            ((sequence,),) = cursor.fetchall()
            cursor.execute(
                f"ALTER SEQUENCE {sequence} INCREMENT BY 1"
            )  # changes nothing, and locks
            cursor.execute(f"SELECT last_value + is_called::int FROM {sequence}")  # noqa: S608  # the database's name
            ((first[table],),) = cursor.fetchall()
            if count := counts.get(table):
                cursor.execute("SELECT setval(%s, %s)", [sequence, first[table] + count - 1])
    return first


_COPIES = {
    table: (
        f"COPY {table} ("
        + ", ".join(f'"{field.column}"' for field in columns_of(model))
        + ") FROM STDIN"
    )
    for table, model in zip(NUMBERED, MODELS, strict=True)
}


def write(lines: Iterable[tuple[str, bytes]]) -> None:
    """Write lines into their tables."""
    with connection.cursor() as cursor:
        for table, held in lines:
            with cursor.copy(_COPIES[table]) as copy:
                copy.write(held)
