"""How long it takes until somebody answers and until a ticket is resolved: the median, and what nine of ten stay under.

The database takes the percentiles, over the log where that has to be asked.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tessera.lib.query import dates
from tessera.lib.query.fold import fold
from tickets.answers import answers
from tickets.people import People
from tickets.reports.shape import Asked, Column, Counted, Group, Row, quoted

_TICKETS = Column("tickets", gettext_lazy("Tickets"))
_ANSWERED = Column("answered", gettext_lazy("Answered"))
_MEDIAN = Column("median_seconds", gettext_lazy("Median"), seconds=True)
_P90 = Column("p90_seconds", gettext_lazy("90% within"), seconds=True)
# So many priorities make a group; 0, which is none, is one of its own.
_BAND = 20

_GROUPED = """
    WITH found (id, created_at, resolved_at, part) AS ({found}), measured AS ({measured}),
        parted AS (SELECT {part} AS part, seconds FROM measured)
    SELECT grouping(part), part, count(*), count(seconds),
        percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY seconds)
    FROM parted GROUP BY GROUPING SETS ((), (part))
"""
_RESOLUTION = """
    SELECT part, greatest(0, extract(epoch FROM resolved_at - created_at))::float8 AS seconds FROM found
"""
# The log is joined, not asked for each ticket: of a few tickets the planner looks them up one by one, of many it reads
# the replies of these days along their index.
_FIRST_RESPONSE = """
    SELECT part, extract(epoch FROM min(reply.created_at) - found.created_at)::float8 AS seconds
    FROM found LEFT JOIN ({answers}) reply ON reply.ticket_id = found.id
    GROUP BY found.id, found.created_at, part
"""
# What tickets are grouped by: the column, and what of it makes a group.
_PARTS: Mapping[Group, tuple[str, str]] = {
    "queue": ("queue_id", "part"),
    "owner": ("owner_id", "part"),
    "priority": ("priority", f"(part + {_BAND - 1}) / {_BAND}"),
}


@dataclass(frozen=True, slots=True)
class _Times:
    """Of some tickets: how many, how many of them could be measured, and the two times in seconds."""

    tickets: int = 0
    measured: int = 0
    median: int | None = None
    p90: int | None = None


def first_response(asked: Asked) -> Counted:
    """Of the tickets created on these days: one statement, and one for the names of owners."""
    began = dates.midnight(asked.span.since, asked.scope.zone)
    replies = answers().filter(created_at__gte=began).values("ticket_id", "created_at")
    text, given = replies.query.sql_with_params()
    found = _measure(asked, "Created", _FIRST_RESPONSE.format(answers=text), given)
    columns = (_TICKETS, _ANSWERED, _MEDIAN, _P90)
    return _counted(asked, "Created", found, columns, timed="Answered IS NOT NULL")


def resolution(asked: Asked) -> Counted:
    """Of the tickets resolved on these days: one statement, and one for the names of owners."""
    found = _measure(asked, "Resolved", _RESOLUTION, [])
    return _counted(asked, "Resolved", found, (_TICKETS, _MEDIAN, _P90))


_Found: TypeAlias = tuple[_Times, Mapping[int | None, _Times]]


def _measure(asked: Asked, field: str, measured: str, given: Sequence[Any]) -> _Found:
    """Of all tickets with that date on these days, and by what they are grouped by."""
    column, part = _PARTS[asked.by]
    rows = asked.rows(asked.span.within(field)).order_by()
    wanted = rows.values_list("pk", "created_at", "resolved_at", column)
    try:
        text, filled = wanted.query.sql_with_params()
    except EmptyResultSet:
        return _Times(), {}  # a condition that never holds
    with connection.cursor() as cursor:
        asking = _GROUPED.format(found=text, measured=measured, part=part)
        cursor.execute(asking, [*filled, *given])
        lines = cursor.fetchall()
    total, found = _Times(), {}
    for whole, key, tickets, count, percentiles in lines:
        times = _Times(tickets, count, *map(_seconds, percentiles or (None, None)))
        if whole:
            total = times
        else:
            found[key] = times
    return total, found


def _seconds(exact: float | None) -> int | None:
    return None if exact is None else round(exact)


def _counted(
    asked: Asked, field: str, found: _Found, columns: Sequence[Column], *, timed: str = ""
) -> Counted:
    """`timed` is the TicketSQL for those of the tickets that could be measured, where that is not all of them."""
    total, by_part = found
    head, naming = _NAMINGS[asked.by]
    named = naming(asked, list(by_part))
    within = asked.span.within(field)

    def row(key: int | None, name: str, times: _Times, *where: str) -> Row:
        numbers = (times.tickets, times.measured, times.median, times.p90)
        every = dict(zip((_TICKETS, _ANSWERED, _MEDIAN, _P90), numbers, strict=True))
        return Row(
            key=key,
            name=name,
            values={column.name: every[column] for column in columns},
            queries={
                column.name: asked.behind(*where, within, *([timed] if timed else []))
                for column in columns
            }
            | {_TICKETS.name: asked.behind(*where, within)},
        )

    rows = [row(each.key, each.name, by_part[each.part], each.query) for each in named]
    if asked.by != "priority":
        rows.sort(key=lambda each: -(each.values[_TICKETS.name] or 0))
    return Counted(
        head=str(head),
        columns=columns,
        rows=rows,
        total=row(None, _("All"), total),
        days=asked.span,
    )


@dataclass(frozen=True, slots=True)
class _Named:
    """A group of tickets as the database tells it, and as people read it, with the TicketSQL for its tickets."""

    part: int | None
    key: int | None
    name: str
    query: str


_Naming: TypeAlias = Callable[[Asked, Sequence[int | None]], list[_Named]]


def _queues(asked: Asked, parts: Sequence[int | None]) -> list[_Named]:
    known = asked.scope.config.queues
    names = {part: known[part].name for part in parts if part is not None and part in known}
    return [
        _Named(part, part, name, f"Queue = {quoted(name)}")
        for part, name in sorted(names.items(), key=lambda each: fold(each[1]))
    ]


def _owners(asked: Asked, parts: Sequence[int | None]) -> list[_Named]:  # noqa: ARG001  # as the others
    people = People()
    people.load(parts)
    known = [(part, person) for part in parts if (person := people.by_id(part))]
    found = [
        _Named(part, part, person.name, f"Owner.Name = {quoted(person.username)}")
        for part, person in sorted(known, key=lambda each: fold(each[1].name))
    ]
    return [*found, _Named(None, None, _("Nobody"), "Owner IS NULL")] if None in parts else found


def _priorities(asked: Asked, parts: Sequence[int | None]) -> list[_Named]:  # noqa: ARG001  # as the others
    found = []
    for part in sorted((part for part in parts if part), reverse=True):
        low, high = (part - 1) * _BAND + 1, part * _BAND
        query = f"Priority >= {low} AND Priority <= {high}"
        found.append(
            _Named(part, low, _("%(low)d to %(high)d") % {"low": low, "high": high}, query)
        )
    return [*found, _Named(0, 0, _("0 (none given)"), "Priority = 0")] if 0 in parts else found


_NAMINGS: Mapping[Group, tuple[str | Promise, _Naming]] = {
    "queue": (gettext_lazy("Queue"), _queues),
    "owner": (gettext_lazy("Owner"), _owners),
    "priority": (gettext_lazy("Priority"), _priorities),
}
