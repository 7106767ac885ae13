"""What all rules did of late, and how deliveries stand: counted along indexes, and up to a limit where that is far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from scrips import hosts
from scrips.models import Delivery
from tessera.lib import clock

DAYS = 14
# Of a rule's runs, of a place's deliveries and of tries no more are looked at.
MOST_RUNS = 20_000
MOST = 10_000
LATELY = timedelta(minutes=5)
_MOST_PLACES = 100

WAITS = ("pending", "sending", "failed")
STATUSES = (*WAITS, "dead", "cancelled")
# In one word, for tables: what `failed` means beyond it stands beside it there.
WORDS: Mapping[str, str | Promise] = {
    "pending": gettext_lazy("pending"),
    "sending": gettext_lazy("sending"),
    "sent": gettext_lazy("sent"),
    "failed": gettext_lazy("failed"),
    "dead": gettext_lazy("dead"),
    "cancelled": gettext_lazy("cancelled"),
}


@dataclass(frozen=True, slots=True)
class Runs:
    """By UTC day and verdict (`fired`, `shadow`, `failed`). `capped`: some rule ran more often than was counted."""

    by_day: Mapping[date, Mapping[str, int]]
    capped: bool

    def count(self, verdict: str) -> int:
        """In all."""
        return sum(day.get(verdict, 0) for day in self.by_day.values())


# Rule by rule along its index: the table as a whole has none by time. Deleted ones have versions still.
_RUNS = """
    WITH counted AS (
        SELECT floor(extract(epoch FROM ran.created_at) / 86400) AS day, ran.verdict,
            count(*) AS n, ran.rule
        FROM (SELECT DISTINCT scrip_id FROM scrips_scripversion) AS known
        CROSS JOIN LATERAL (
            SELECT created_at, verdict, scrip_id AS rule FROM scrips_run
            WHERE scrip_id = known.scrip_id AND created_at >= %(since)s
            ORDER BY created_at DESC LIMIT %(most)s
        ) AS ran
        GROUP BY 1, 2, 4
    )
    SELECT day, verdict, sum(n),
        (SELECT coalesce(max(one.n), 0) FROM (SELECT sum(n) AS n FROM counted GROUP BY rule) AS one)
    FROM counted GROUP BY 1, 2
"""


def runs(now: datetime) -> Runs:
    """Of the last `DAYS` days, today the last of them. One statement."""
    start = datetime.combine(
        now.date() - timedelta(days=DAYS - 1), datetime.min.time(), tzinfo=now.tzinfo
    )
    found: dict[date, dict[str, int]] = {}
    busiest, epoch = 0, date(1970, 1, 1)
    with connection.cursor() as cursor:
        cursor.execute(_RUNS, {"since": start, "most": MOST_RUNS})
        for day, verdict, count, most in cursor.fetchall():
            found.setdefault(epoch + timedelta(days=int(day)), {})[verdict] = int(count)
            busiest = int(most)
    return Runs(found, busiest >= MOST_RUNS)


@dataclass(frozen=True, slots=True)
class Standing:
    """How many deliveries have a status, counted up to `MOST`, and since when the oldest of them is there."""

    status: str
    count: int
    oldest: datetime | None

    @property
    def capped(self) -> bool:
        """Whether there may be more."""
        return self.count >= MOST

    @property
    def label(self) -> str:
        """The status in words."""
        return str(Delivery.Status(self.status).label)


def _of_each_status(statement: str) -> str:
    """The statement once for each status, which stands in it as a constant: of a status that comes with a row the
    planner does not know that it is rare, and walks through all that was ever sent to find it.
    """
    return " UNION ALL ".join(f"({statement.format(status=status)})" for status in STATUSES)


_STANDINGS = _of_each_status(
    """
    SELECT '{status}',
        (SELECT count(*) FROM (SELECT FROM scrips_delivery WHERE status = '{status}' LIMIT %(most)s) AS counted),
        (SELECT created_at FROM scrips_delivery WHERE status = '{status}' ORDER BY id LIMIT 1)
    """
)


def standings() -> Sequence[Standing]:
    """Of every status but that of those that were sent. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_STANDINGS, {"most": MOST})
        return [Standing(*row) for row in cursor.fetchall()]


# From each place its first, by the index of what is due.
_OVERDUE = """
    WITH RECURSIVE place AS (
        (SELECT kind, host, next_attempt_at FROM scrips_delivery WHERE status IN ('pending', 'failed')
         ORDER BY kind, host, next_attempt_at LIMIT 1)
        UNION ALL
        SELECT following.* FROM place CROSS JOIN LATERAL (
            SELECT kind, host, next_attempt_at FROM scrips_delivery
            WHERE status IN ('pending', 'failed') AND (kind, host) > (place.kind, place.host)
            ORDER BY kind, host, next_attempt_at LIMIT 1
        ) AS following
    )
    SELECT min(next_attempt_at) FROM place WHERE next_attempt_at <= %(now)s
"""


def overdue() -> datetime | None:
    """Since when the delivery that has waited longest is due; None where none is. One statement."""
    ((due,),) = _rows(_OVERDUE, {"now": clock.now()})
    found: datetime | None = due
    return found


@dataclass(frozen=True, slots=True)
class Place:
    """What goes to one host, or by mail: how many of each status (looked at are the newest `MOST` of it), since when
    the oldest that waits is due, and what was tried within `LATELY`. `open` is since when the host is left alone."""

    kind: str
    host: str
    counts: Mapping[str, int]
    due: datetime | None = None
    tries: int = 0
    failures: int = 0
    opened_at: datetime | None = None
    probe_at: datetime | None = None
    last_error: str = ""

    @property
    def name(self) -> str:
        """The host as breakers know it; empty where mails become files."""
        if self.kind == Delivery.Kind.EMAIL:
            return hosts.mail_host() or ""
        return self.host

    @property
    def cells(self) -> list[tuple[str, int]]:
        """Status and count, in the order of `STATUSES`."""
        return [(status, self.counts.get(status, 0)) for status in STATUSES]

    @property
    def rests(self) -> bool:
        """Whether the host is asked nothing for a while yet."""
        return self.probe_at is not None and self.probe_at > clock.now()

    @property
    def rate(self) -> str:
        """Tries a minute."""
        return f"{self.tries / (LATELY / timedelta(minutes=1)):.1f}"


# The newest of each status, told apart by place; then the tries of late, read from the newest on.
_NEWEST = _of_each_status(
    """
    SELECT kind, host, status, next_attempt_at FROM scrips_delivery WHERE status = '{status}'
    ORDER BY id DESC LIMIT %(most)s
    """
)
_PLACES = f"""
    SELECT kind, host, status, count(*), min(next_attempt_at) FROM ({_NEWEST}) AS newest GROUP BY 1, 2, 3
"""  # noqa: S608  # constants
_TRIES = """
    SELECT host, count(*), count(*) FILTER (WHERE NOT ok) FROM (
        SELECT host, ok, started_at FROM scrips_attempt ORDER BY id DESC LIMIT %(most)s
    ) AS latest WHERE started_at >= %(since)s GROUP BY 1
"""
_HOSTS = "SELECT name, opened_at, probe_at, last_error FROM scrips_host WHERE opened_at IS NOT NULL ORDER BY name"


def places() -> list[Place]:
    """Where deliveries go that are not sent yet, or were tried of late, or whose host is left alone; those with
    something waiting first. Three statements."""
    mail = hosts.mail_host() or ""
    counts, due = _counts()
    tries = {
        row[0]: row[1:] for row in _rows(_TRIES, {"most": MOST, "since": clock.now() - LATELY})
    }
    opened = {row[0]: row[1:] for row in _rows(_HOSTS, {})}
    keys = set(counts) | {_place_of(name, mail) for name in (*tries, *opened)}
    found = []
    for kind, host in keys:
        name = mail if kind == Delivery.Kind.EMAIL else host
        one = (kind, host)
        place = Place(
            kind,
            host,
            counts.get(one, {}),
            due.get(one),
            *tries.get(name, (0, 0)),
            *opened.get(name, (None, None, "")),
        )
        found.append(place)
    found.sort(key=lambda each: (each.opened_at is None, -_waiting(each), each.kind, each.host))
    return found[:_MOST_PLACES]


def _counts() -> tuple[dict[tuple[str, str], dict[str, int]], dict[tuple[str, str], datetime]]:
    counts: dict[tuple[str, str], dict[str, int]] = {}
    due: dict[tuple[str, str], datetime] = {}
    for kind, host, status, count, first in _rows(_PLACES, {"most": MOST}):
        counts.setdefault((kind, host), {})[status] = count
        if status in ("pending", "failed") and first is not None:
            due[kind, host] = min(first, due.get((kind, host), first))
    return counts, due


def _place_of(name: str, mail: str) -> tuple[str, str]:
    return ("email", "") if name == mail else ("webhook", name)


def _waiting(place: Place) -> int:
    return sum(place.counts.get(status, 0) for status in (*WAITS, "dead"))


def _rows(statement: str, given: Mapping[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        found: list[Any] = cursor.fetchall()
        return found


def opened() -> list[str]:
    """The hosts that are left alone. One statement."""
    return [row[0] for row in _rows(_HOSTS, {})]
