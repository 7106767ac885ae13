"""Indexes of custom fields that are marked *indexed*: made and dropped beside the traffic, which waits for none of it.

What should be there follows from the configuration; what is there the database knows. `sync` makes the one of the
other, whenever it is called and however it was interrupted before.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection
from psycopg import sql

from customfields.models import CustomField
from tessera.lib.query.fields import CUSTOM_KINDS, Kind

_PREFIX = "ticket_field_"
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FieldIndex:
    """The index of one field, named by its id: keys may be as long as a name may be."""

    field_id: int
    key: str
    numeric: bool

    @property
    def name(self) -> str:
        return f"{_PREFIX}{self.field_id}"

    def statement(self) -> sql.Composed:
        """In the words of `tickets.search.custom.only_value`, and with the tie-break of `tickets.orders`."""
        value = sql.SQL("(search_fields #>> {})").format(sql.Literal(f"{{{self.key},0}}"))
        typed = sql.SQL("({}::numeric)" if self.numeric else '({}::text COLLATE "C")').format(value)
        return sql.SQL(
            "CREATE INDEX CONCURRENTLY {} ON tickets_ticket ({}, updated_at DESC, id)"
        ).format(sql.Identifier(self.name), typed)


def wanted() -> list[FieldIndex]:
    """The indexes that there should be."""
    rows = CustomField.objects.filter(indexed=True, disabled=False).order_by("pk")
    return [
        FieldIndex(pk, key, CUSTOM_KINDS.get(type_, Kind.TEXT) is Kind.NUMBER)
        for pk, key, type_ in rows.values_list("pk", "key", "field_type")
    ]


def sync() -> list[str]:
    """Make those that are missing or broken off, drop those that are no longer wanted; the names of both.

    Runs outside of a transaction. What another process is making it leaves alone.
    """
    return list(_sync())


def _sync() -> Iterator[str]:
    there = _there()
    should = {index.name: index for index in wanted()}
    for name, valid in there.items():
        if valid is False or (valid and name not in should):
            _run(sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(sql.Identifier(name)))
            logger.info("dropped the index %s", name)
            yield name
    for name, index in should.items():
        if there.get(name, False) is False:
            _run(index.statement())
            logger.info("made the index %s of the field %s", name, index.key)
            yield name


def _there() -> dict[str, bool | None]:
    """The fields' indexes that exist, and whether each is whole; null while somebody is making it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.relname, CASE WHEN i.indisvalid THEN true WHEN p.index_relid IS NULL THEN false END
            FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
            LEFT JOIN pg_stat_progress_create_index p ON p.index_relid = i.indexrelid
            WHERE i.indrelid = 'tickets_ticket'::regclass AND c.relname LIKE %s
            """,
            [_PREFIX.replace("_", r"\_") + "%"],
        )
        return dict(cursor.fetchall())


def _run(statement: sql.Composed) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
