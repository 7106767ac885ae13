"""What scrips did lately, from their runs."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from tessera.lib import clock

DAYS = 14
# Of a scrip's runs no more are counted.
MOST = 1_000


@dataclass(frozen=True, slots=True)
class Activity:
    """Of the last `DAYS` days. `runs` and `failed` end at `MOST`: then there may be more."""

    last: datetime
    runs: int
    failed: int

    @property
    def more(self) -> bool:
        """Whether there were more than are counted."""
        return self.runs >= MOST


# For each scrip its newest runs alone, by their index: a scrip that ran a million times costs as much as one that
# ran a thousand times.
_LATELY = """
SELECT asked.id, max(ran.created_at), count(*), count(*) FILTER (WHERE ran.verdict = 'failed')
FROM unnest(%s::bigint[]) AS asked(id)
CROSS JOIN LATERAL (
  SELECT created_at, verdict FROM scrips_run
  WHERE scrip_id = asked.id AND created_at >= %s
  ORDER BY created_at DESC LIMIT %s
) AS ran
GROUP BY asked.id
"""


def lately(scrip_ids: Collection[int]) -> Mapping[int, Activity]:
    """By scrip; those that did nothing are not in it. One statement."""
    since = clock.now() - timedelta(days=DAYS)
    with connection.cursor() as cursor:
        cursor.execute(_LATELY, [list(scrip_ids), since, MOST])
        return {row[0]: Activity(*row[1:]) for row in cursor.fetchall()}
