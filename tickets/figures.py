"""How many tickets come, go and wait, over the whole site: for the pages of those who may see all of them.

Each is counted along an index and within a time limit; the answers are plain values that can be kept for a while.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from tessera.lib.query.fold import fold
from tickets.config import Config

DAYS = 30
# A ticket's age in days, at which the next group begins.
AGES = (1, 7, 30, 90)
_DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Flow:
    """By UTC day: tickets that were opened, and those that were closed then and still are. Deleted ones are in none."""

    opened: Mapping[date, int]
    closed: Mapping[date, int]


@dataclass(frozen=True, slots=True)
class Open:
    """Open tickets by queue id, each as so many in the groups of age that `AGES` divides, the youngest first."""

    by_queue: Mapping[int, tuple[int, ...]]


# The deleted are few and are taken away again: to ask each ticket for its status would be to read the table.
_FLOW = """
    SELECT day, sum(n) FROM (
        SELECT floor(extract(epoch FROM {column}) / 86400) AS day, count(*) AS n FROM tickets_ticket
        WHERE {column} >= %(since)s GROUP BY 1
        UNION ALL
        SELECT floor(extract(epoch FROM {column}) / 86400), -count(*) FROM tickets_ticket
        WHERE status = ANY(%(deleted)s) AND {column} >= %(since)s GROUP BY 1
    ) AS both_of_them GROUP BY day
"""
_OPEN = """
    SELECT queue_id, lifecycle_version_id, status, width_bucket(created_at, %(ages)s::timestamptz[]) AS age, count(*)
    FROM tickets_ticket WHERE resolved_at IS NULL GROUP BY 1, 2, 3, 4
"""


def first_day(now: datetime) -> date:
    """The oldest of the days that are counted; today is the last."""
    return now.date() - timedelta(days=DAYS - 1)


def flow(config: Config, now: datetime) -> Flow:
    """Two statements."""
    start = datetime.combine(first_day(now), datetime.min.time(), tzinfo=now.tzinfo)
    asked = {"since": start, "deleted": _deleted(config)}
    return Flow(*(_by_day(column, asked) for column in ("created_at", "resolved_at")))


def open_tickets(config: Config, now: datetime) -> Open:
    """One statement. A ticket is open by the kind of its status under its own lifecycle."""
    asked = {"ages": [now - timedelta(days=days) for days in reversed(AGES)]}
    found: dict[int, Counter[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, asked)
        for queue_id, version_id, status, age, count in cursor.fetchall():
            kind = config.lifecycle(version_id).definition.kind(status)
            if kind != "inactive":
                found.setdefault(queue_id, Counter())[len(AGES) - age] += count
    groups = range(len(AGES) + 1)
    return Open({queue: tuple(ages[each] for each in groups) for queue, ages in found.items()})


def _by_day(column: str, asked: Mapping[str, Any]) -> dict[date, int]:
    with connection.cursor() as cursor:
        cursor.execute(_FLOW.format(column=column), asked)
        epoch = date(1970, 1, 1)
        return {epoch + timedelta(days=int(day)): int(count) for day, count in cursor.fetchall()}


def _deleted(config: Config) -> list[str]:
    """That status as lifecycles spell it: a ticket's status keeps its case."""
    spelled = {
        each.name
        for spec in config.versions.values()
        for each in spec.definition.statuses
        if fold(each.name) == _DELETED
    }
    return sorted(spelled)
