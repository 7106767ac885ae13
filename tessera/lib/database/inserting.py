"""Rows of several tables in one statement, as JSON."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, models

from tessera.lib.database import prepared

# A table, and whether its rows come with their ids.
_Kind = tuple[type[models.Model], bool]


def insert(rows: Iterable[models.Model]) -> None:
    """Insert unsaved rows of any tables, each table's in their order; the database gives ids where rows have none. One
    statement, or none where there is no row. Rows may name each other: foreign keys are looked at when all are there.

    Each table's rows travel as one JSON value. Row by row, each would be sent, read, planned for and answered by
    itself, which cost several times what writing them does; and building the statement of expressions, as `bulk_create`
    does, more than running it. Every change of a ticket writes here.

    Attributes hold what their columns hold, as they do on a row that was read: no expressions.
    """
    kinds: defaultdict[_Kind, list[models.Model]] = defaultdict(list)
    for row in rows:
        kinds[type(row), row.pk is not None].append(row)
    if not kinds:
        return
    with prepared() as cursor:
        cursor.execute(
            _statement(tuple(kinds)), [_json(_table(*kind), held) for kind, held in kinds.items()]
        )


@dataclass(frozen=True, slots=True)
class _Table:
    """How a model's rows are read and written; `columns` are in the order in which `values` gives them."""

    name: str
    columns: Mapping[str, str]  # their types, by name
    values: Callable[[Any], tuple[Any, ...]]

    @property
    def insertion(self) -> str:
        quote = connection.ops.quote_name
        columns = ", ".join(map(quote, self.columns))
        typed = ", ".join(f"{quote(name)} {kind}" for name, kind in self.columns.items())
        return (
            f"INSERT INTO {quote(self.name)} ({columns}) "  # noqa: S608  # our models' names
            f"SELECT {columns} FROM json_to_recordset(%s::json) AS rows({typed})"
        )


@cache
def _table(model: type[models.Model], with_id: bool) -> _Table:  # noqa: FBT001  # halves of a key
    meta = model._meta  # noqa: SLF001  # documented, whatever its name looks like
    fields = [
        field
        for field in meta.concrete_fields
        if not field.generated and (with_id or not field.primary_key)
    ]
    return _Table(
        meta.db_table,
        {str(field.column): str(field.db_type(connection)) for field in fields},
        attrgetter(*(field.attname for field in fields)),
    )


@cache
def _statement(kinds: tuple[_Kind, ...]) -> str:
    *others, last = (_table(*kind).insertion for kind in kinds)
    named = ", ".join(f"rows_{place} AS ({text})" for place, text in enumerate(others))
    return f"WITH {named} {last}" if named else last


def _json(table: _Table, rows: Iterable[models.Model]) -> str:
    told = [dict(zip(table.columns, table.values(row), strict=True)) for row in rows]
    try:
        return orjson.dumps(told, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:
        # A number over 64 bits, deep in somebody's JSON. What no JSON can hold is refused here, too.
        return json.dumps(told, default=_plain, allow_nan=False)


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no column's value")
