"""What scrips did lately, from their runs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db import connection

from tessera.lib import clock

DAYS = 14
# Of a scrip's runs no more are counted.
MOST = 1_000


@dataclass(frozen=True, slots=True)
class Day:
    """A day of UTC, with how often the scrip ran on it and how often it failed."""

    day: date
    runs: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Activity:
    """Of the last `DAYS` days, each told apart, oldest first. `runs` end at `MOST`: then there may be more."""

    last: datetime
    days: Sequence[Day]

    @property
    def runs(self) -> int:
        """How often it ran."""
        return sum(each.runs for each in self.days)

    @property
    def failed(self) -> int:
        """How often it failed."""
        return sum(each.failed for each in self.days)

    @property
    def more(self) -> bool:
        """Whether there were more than are counted."""
        return self.runs >= MOST


# For each scrip its newest runs alone, by their index: a scrip that ran a million times costs as much as one that
# ran a thousand times.
_LATELY = """
SELECT asked.id, (ran.created_at AT TIME ZONE 'UTC')::date, max(ran.created_at), count(*),
  count(*) FILTER (WHERE ran.verdict = 'failed')
FROM unnest(%s::bigint[]) AS asked(id)
CROSS JOIN LATERAL (
  SELECT created_at, verdict FROM scrips_run
  WHERE scrip_id = asked.id AND created_at >= %s
  ORDER BY created_at DESC LIMIT %s
) AS ran
GROUP BY 1, 2
"""


def since() -> datetime:
    """The midnight with which the first of the days begins."""
    first = clock.now().astimezone(UTC).date() - timedelta(days=DAYS - 1)
    return datetime.combine(first, time(), UTC)


def lately(scrip_ids: Collection[int]) -> Mapping[int, Activity]:
    """By scrip; those that did nothing are not in it. One statement."""
    begins = since()
    days = [begins.date() + timedelta(days=number) for number in range(DAYS)]
    last: dict[int, datetime] = {}
    found: dict[int, dict[date, Day]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_LATELY, [list(scrip_ids), begins, MOST])
        for scrip_id, day, at, runs, failed in cursor.fetchall():
            found.setdefault(scrip_id, {})[day] = Day(day, runs, failed)
            last[scrip_id] = max(at, last.get(scrip_id, at))
    return {
        scrip_id: Activity(last[scrip_id], [ran.get(day, Day(day)) for day in days])
        for scrip_id, ran in found.items()
    }
