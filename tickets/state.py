"""A ticket at one moment, as a frozen value: what the log adds up to and what the ticket's row is written from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

import orjson

from tessera.lib.database import prepared
from tessera.lib.query.fold import fold
from tickets.models import Ticket
from tickets.models.ticket import ticket_key

ROLES = ("requestor", "cc", "admin_cc")
# What a link is called from the other side. A row of `Link` stands for the first of each pair.
DIRECTIONS = {
    "depends_on": "depended_on_by",
    "parents": "children",
    "refers_to": "referred_to_by",
}
INVERSE = DIRECTIONS | {there: here for here, there in DIRECTIONS.items()}

# The columns of the row that a state holds under the same name.
COLUMNS = (
    "subject",
    "queue_id",
    "lifecycle_version_id",
    "status",
    "owner_id",
    "creator_id",
    "updated_by_id",
    "priority",
    "due_at",
    "started_at",
    "resolved_at",
    "created_at",
    "updated_at",
    "version",
    "last_seq",
    "head",
)

_EMPTY: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketState:
    """Every fact of a ticket. `custom_fields` maps a key to its canonical values and leaves empty ones out;
    `watchers` maps each role to addresses, `links` each direction to ticket ids, both in the order they came."""

    id: int
    subject: str = ""
    queue_id: int
    lifecycle_version_id: int
    status: str
    owner_id: int | None = None
    creator_id: int
    updated_by_id: int
    priority: int = 0
    due_at: datetime | None = None
    started_at: datetime | None = None
    resolved_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    custom_fields: Mapping[str, tuple[Any, ...]] = field(default_factory=lambda: _EMPTY)
    watchers: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _EMPTY)
    links: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: _EMPTY)
    version: int = 0
    last_seq: int = 0
    head: str = ""

    @property
    def key(self) -> str:
        return ticket_key(self.id)

    def with_field(self, key: str, values: tuple[Any, ...]) -> "TicketState":
        kept = {k: v for k, v in self.custom_fields.items() if k != key}
        return replace(self, custom_fields=kept | ({key: values} if values else {}))

    def with_watchers(self, role: str, addresses: tuple[str, ...]) -> "TicketState":
        kept = {k: v for k, v in self.watchers.items() if k != role}
        return replace(self, watchers=kept | ({role: addresses} if addresses else {}))

    def with_links(self, direction: str, ids: tuple[int, ...]) -> "TicketState":
        kept = {k: v for k, v in self.links.items() if k != direction}
        return replace(self, links=kept | ({direction: ids} if ids else {}))

    def columns(self) -> dict[str, Any]:
        """The row's own columns, custom fields included, and what queries compare."""
        values: dict[str, Any] = {name: getattr(self, name) for name in COLUMNS}
        values["custom_fields"] = {key: list(held) for key, held in self.custom_fields.items()}
        values["search_subject"] = fold(self.subject)
        values["search_fields"] = {
            key: [fold(value) if isinstance(value, str) else value for value in held]
            for key, held in self.custom_fields.items()
        }
        return values

    def link_rows(self) -> list[tuple[int, int, str]]:
        """The rows of `Link` that this side sees, in its order: (source, target, type)."""
        return [
            (self.id, other, direction)
            if direction in DIRECTIONS
            else (other, self.id, INVERSE[direction])
            for direction, ids in self.links.items()
            for other in ids
        ]


def states_of(tickets: Iterable[Ticket]) -> list[TicketState]:
    """The states of rows, in their order: one statement for all watchers and links."""
    rows = list(tickets)
    watchers, links = _related([row.pk for row in rows]) if rows else ({}, {})
    return [_state(row, watchers.get(row.pk, _EMPTY), links.get(row.pk, _EMPTY)) for row in rows]


def _state(
    row: Ticket, watchers: Mapping[str, tuple[str, ...]], links: Mapping[str, tuple[int, ...]]
) -> TicketState:
    return TicketState(
        id=row.pk,
        **{name: getattr(row, name) for name in COLUMNS},
        custom_fields={key: tuple(held) for key, held in row.custom_fields.items()},
        watchers=watchers,
        links=links,
    )


def fetch(ids: Iterable[int]) -> dict[int, TicketState]:
    """These tickets as they stand, unlocked; unknown ids are left out. Two statements."""
    return _whole(ids, "")


def lock(ids: Iterable[int]) -> dict[int, TicketState]:
    """Lock these tickets' rows in the order of their ids and read them; unknown ids are left out.

    Must run inside a transaction. `FOR NO KEY UPDATE`, so that rows which point at a ticket need not wait.
    Watchers and links are read after the lock is held, or a writer before us could be missed.
    """
    return _whole(ids, _FOR_UPDATE)


def lock_logs(ids: Iterable[int]) -> list[TicketState]:
    """Lock these tickets for records that touch neither watchers nor links: the states are without them."""
    return _rows(ids, _FOR_UPDATE)


# Text here and below, because building it of expressions cost more than running it: it stands in every change's way.
_ROWS_SQL = f"""
    SELECT id, {", ".join(COLUMNS)}, custom_fields FROM tickets_ticket WHERE id = ANY(%s::bigint[]) ORDER BY id
"""  # noqa: S608  # constants
_FOR_UPDATE = "FOR NO KEY UPDATE"


def _rows(ids: Iterable[int], locking: str) -> list[TicketState]:
    """The states of these tickets, without watchers and links."""
    with prepared() as cursor:
        cursor.execute(_ROWS_SQL + locking, [list(set(ids))])
        rows = cursor.fetchall()
    return [
        TicketState(
            id=number,
            **dict(zip(COLUMNS, columns, strict=True)),
            custom_fields={key: tuple(held) for key, held in orjson.loads(fields).items()},
        )
        for number, *columns, fields in rows
    ]


def _whole(ids: Iterable[int], locking: str) -> dict[int, TicketState]:
    """Two statements whether there are such tickets or not: a ticket that may not be seen costs what none costs."""
    wanted = list(set(ids))
    states = _rows(wanted, locking)
    watchers, links = _related(wanted)
    return {
        state.id: replace(
            state,
            watchers=watchers.get(state.id, _EMPTY),
            links=links.get(state.id, _EMPTY),
        )
        for state in states
    }


def _related(
    ids: list[int],
) -> tuple[dict[int, dict[str, tuple[str, ...]]], dict[int, dict[str, tuple[int, ...]]]]:
    watchers: dict[int, dict[str, tuple[str, ...]]] = {}
    links: dict[int, dict[str, tuple[int, ...]]] = {}
    for ticket_id, side, kind, email, other, _place in _related_rows(ids):
        if side == "watcher":
            held = watchers.setdefault(ticket_id, {})
            held[kind] = (*held.get(kind, ()), email)
        else:
            direction = kind if side == "out" else DIRECTIONS[kind]
            seen = links.setdefault(ticket_id, {})
            seen[direction] = (*seen.get(direction, ()), other)
    return watchers, links


_RELATED_SQL = """
    SELECT ticket_id, 'watcher', role, email, 0, id FROM tickets_watcher WHERE ticket_id = ANY(%(ids)s::bigint[])
    UNION ALL
    SELECT source_id, 'out', type, '', target_id, id FROM tickets_link WHERE source_id = ANY(%(ids)s::bigint[])
    UNION ALL
    SELECT target_id, 'in', type, '', source_id, id FROM tickets_link WHERE target_id = ANY(%(ids)s::bigint[])
    ORDER BY 6
"""


def _related_rows(ids: list[int]) -> list[tuple[int, str, str, str, int, int]]:
    """Watchers and links in one statement: (ticket, side, role or type, address, other ticket, row's id)."""
    with prepared() as cursor:
        cursor.execute(_RELATED_SQL, {"ids": ids})
        rows: list[tuple[int, str, str, str, int, int]] = cursor.fetchall()
    return rows
