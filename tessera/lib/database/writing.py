"""Rows of several tables in one statement, as JSON."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, models

from tessera.lib.database import prepared


@dataclass(frozen=True, slots=True)
class New:
    """A row that is to be, by its attributes: of its columns those without a default of the database, at least. A model
    instead of it knows its defaults, and costs as much to make as all the rest of its row."""

    model: type[models.Model]
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """Of a row that is there, by its id: the columns that change, by their attributes."""

    model: type[models.Model]
    id: int
    values: Mapping[str, Any]


def write(rows: Iterable[New | models.Model], changes: Sequence[Change] = ()) -> None:
    """Insert new rows of any tables, each table's in their order, and change rows that are there, each once. The
    database gives ids where rows have none; rows may name each other: foreign keys are looked at when all are there.

    One statement, or none where there is nothing to do; one more for each change where there are several. Send them
    together: a pipeline of psycopg waits once for all.

    What goes into a table travels as one JSON value. Row by row, each would be sent, planned for and answered by
    itself, which cost several times what writing them does; and building the statement of expressions, as `bulk_create`
    does, more than running it. Every change of a ticket writes here.

    Attributes hold what their columns hold, as they do on a row that was read: no expressions, and in JSON no NaN: it
    would become null. Unsaved models are rows, too. Raises TypeError for what no column holds.
    """
    changed = [
        (_Kind(each.model, ("pk", *each.values)), {"pk": each.id, **each.values})
        for each in changes
    ]
    told: defaultdict[_Kind, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        new = row if isinstance(row, New) else _new(row)
        told[_Kind(new.model, tuple(new.values), new=True)].append(new.values)
    parts: list[tuple[_Kind, Any]] = [*told.items()]
    if len(changed) > 1:
        for one in changed:
            _send([one])
    else:
        parts[:0] = changed
    if parts:
        _send(parts)


@dataclass(frozen=True, slots=True)
class _Kind:
    """What is done alike: new rows of one model, of which these attributes are told; or a change of one, whose id is
    told as `pk`."""

    model: type[models.Model]
    names: tuple[str, ...]
    new: bool = False

    def statement(self) -> str:
        """It alone, for one JSON value: an array of new rows, or the one that changes. That it is one lets the database
        go by its id; for a list it would read a small table whole, and still when it is large."""
        table = connection.ops.quote_name(self.model._meta.db_table)  # noqa: SLF001  # documented, whatever its name
        columns = {name: self._column(name) for name in self.names}
        typed = ", ".join(f'"{name}" {kind}' for name, (_column, kind) in columns.items())
        read = "json_to_recordset" if self.new else "json_to_record"
        told = f"{read}(%s::json) AS told({typed})"
        if self.new:
            into = ", ".join(column for column, _kind in columns.values())
            each = ", ".join(f'told."{name}"' for name in columns)
            return f"INSERT INTO {table} ({into}) SELECT {each} FROM {told}"  # noqa: S608  # our models' names
        key, _kind = columns.pop("pk")
        each = ", ".join(f'{column} = told."{name}"' for name, (column, _kind) in columns.items())
        return f"UPDATE {table} AS held SET {each} FROM {told} WHERE held.{key} = told.pk"  # noqa: S608  # the same

    def _column(self, name: str) -> tuple[str, str]:
        """The column's name, quoted, and its type."""
        meta = self.model._meta  # noqa: SLF001  # as above
        field: Any = meta.pk if name == "pk" else _fields(self.model)[name]
        return connection.ops.quote_name(field.column), str(field.db_type(connection))


def _send(parts: Sequence[tuple[_Kind, Any]]) -> None:
    """One statement, each part with its JSON value."""
    with prepared() as cursor:
        cursor.execute(
            _statement(tuple(kind for kind, _told in parts)), [_json(told) for _kind, told in parts]
        )


@cache
def _fields(model: type[models.Model]) -> Mapping[str, Any]:
    """By their attributes."""
    return {field.attname: field for field in model._meta.concrete_fields}  # noqa: SLF001  # as above


def _new(row: models.Model) -> New:
    names = _names(type(row), row.pk is not None)
    return New(type(row), {name: getattr(row, name) for name in names})


@cache
def _names(model: type[models.Model], with_id: bool) -> tuple[str, ...]:  # noqa: FBT001  # halves of a key
    """The attributes that a new row tells."""
    return tuple(
        name
        for name, field in _fields(model).items()
        if not field.generated and (with_id or not field.primary_key)
    )


@cache
def _statement(kinds: tuple[_Kind, ...]) -> str:
    *others, last = (kind.statement() for kind in kinds)
    named = ", ".join(f"part_{place} AS ({text})" for place, text in enumerate(others))
    return f"WITH {named} {last}" if named else last


def _json(told: Any) -> str:
    try:
        return orjson.dumps(told, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:
        # A number over 64 bits, deep in somebody's JSON; or what no column holds, which is refused.
        return json.dumps(told, default=_plain, allow_nan=False)


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no column's value")
