"""PostgreSQL: its version, what it lacks, how full and how fast-moving it is, and whether the log's chain holds."""

import random
from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tessera.doctor.finding import Finding, look, trouble, well
from tessera.health import CHECKS
from tessera.lib import clock
from tessera.lib.patience import at_most
from tickets import replay
from tickets.models import Ticket

_OLDEST = 150_000
_EXTENSIONS = {"pg_trgm"}
_PATIENCE_MS = 10_000
_SAMPLE = 25
_SKEW, _MUCH_SKEW = 1.0, 5.0
_FULL, _TOO_FULL = 0.8, 0.95
_NOT_DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


def server() -> Iterator[Finding]:
    """Version, extensions, what is switched off."""
    with at_most(_PATIENCE_MS):
        ((number, version),) = _rows(
            "SELECT current_setting('server_version_num')::int, current_setting('server_version')"
        )
        installed = {name for (name,) in _rows("SELECT extname FROM pg_extension")}
        asked = [*_NOT_DURABLE, "autovacuum"]
        off = _rows("SELECT name FROM pg_settings WHERE setting = 'off' AND name = ANY(%s)", asked)
    name = _("PostgreSQL")
    if number < _OLDEST:
        yield trouble(name, version, _("Tessera needs PostgreSQL 15 or newer."))
    else:
        yield well(name, version)
    if missing := sorted(_EXTENSIONS - installed):
        todo = _("As a superuser of the database: CREATE EXTENSION %s;") % missing[0]
        yield trouble(_("Extensions"), _("%s is missing.") % ", ".join(missing), todo)
    for (setting,) in off:
        durable = setting in _NOT_DURABLE
        todo = _("Without it a crash loses what was confirmed.") if durable else _AUTOVACUUM
        yield trouble(name, _("%s is off.") % setting, todo)


_AUTOVACUUM = "ALTER SYSTEM SET autovacuum = on; SELECT pg_reload_conf();"


def migrations() -> Iterator[Finding]:
    """Whether the tables are those of this code."""
    fault = next(check.fault() for check in CHECKS if check.name == "migrations")
    name = _("Migrations")
    yield trouble(name, fault, "tessera migrate") if fault else well(name, _("All are applied."))


_INVALID = """
    SELECT indexrelid::regclass::text FROM pg_index
    WHERE NOT indisvalid AND indexrelid NOT IN (SELECT index_relid FROM pg_stat_progress_create_index)
"""
_BLOATED = """
    SELECT relname, n_dead_tup FROM pg_stat_user_tables
    WHERE n_dead_tup > 50000 AND n_dead_tup > n_live_tup * 0.3 ORDER BY n_dead_tup DESC LIMIT 5
"""


def tables() -> Iterator[Finding]:
    """Indexes that are of no use, and tables full of dead rows."""
    with at_most(_PATIENCE_MS):
        invalid, bloated = _rows(_INVALID), _rows(_BLOATED)
    if not invalid:
        yield well(_("Indexes"), _("All are valid."))
    for (index,) in invalid:
        todo = f"REINDEX INDEX CONCURRENTLY {index};"
        yield trouble(_("Indexes"), _("%s is invalid: nothing uses it.") % index, todo)
    if not bloated:
        yield well(_("Dead rows"), _("Autovacuum keeps up."))
    for table, dead in bloated:
        told = _("%(table)s has %(dead)d dead rows.") % {"table": table, "dead": dead}
        yield look(_("Dead rows"), told, f"VACUUM (ANALYZE) {table};")


_CONNECTIONS = """
    SELECT count(*) FILTER (WHERE backend_type = 'client backend'),
        current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
        count(*) FILTER (WHERE state LIKE 'idle in transaction%%' AND state_change < now() - interval '5 minutes')
    FROM pg_stat_activity
"""


def connections() -> Iterator[Finding]:
    """How many there are, and those that hold a transaction open."""
    with at_most(_PATIENCE_MS):
        ((used, most, idle),) = _rows(_CONNECTIONS)
    name = _("Connections")
    told = _("%(used)d of %(most)d are taken.") % {"used": used, "most": most}
    todo = _("Raise max_connections, or put PgBouncer in front.")
    if used >= most * _TOO_FULL:
        yield trouble(name, told, todo)
    elif used >= most * _FULL:
        yield look(name, told, todo)
    else:
        yield well(name, told)
    if idle:
        told = ngettext(
            "%d holds a transaction open for more than five minutes.",
            "%d hold a transaction open for more than five minutes.",
            idle,
        )
        yield look(
            name, told % idle, _("End their clients: nothing can be cleaned up behind them.")
        )


def clocks() -> Iterator[Finding]:
    """How far the database's clock is from this host's: leases and retries are counted by both."""
    before = clock.now()
    ((there,),) = _rows("SELECT clock_timestamp()")
    after = clock.now()
    skew = max((before - there).total_seconds(), (there - after).total_seconds(), 0.0)
    name, told = _("Clocks"), _("The database's is %.1f s from this host's.") % skew
    todo = _("Let both hosts follow the same time server.")
    if skew >= _MUCH_SKEW:
        yield trouble(name, told, todo)
    else:
        yield look(name, told, todo) if skew >= _SKEW else well(name, told)


def chain() -> Iterator[Finding]:
    """The newest tickets and some at random: whether their logs add up to them. `tessera verify` checks all."""
    newest = list(Ticket.objects.order_by("-pk")[:_SAMPLE])
    highest = newest[0].pk if newest else 0
    drawn = random.SystemRandom().sample(range(1, highest + 1), min(_SAMPLE, highest))
    known = {ticket.pk for ticket in newest}
    tickets = [*newest, *Ticket.objects.filter(pk__in=set(drawn) - known)]
    rows, faults = replay.check(tickets)
    name = _("Log")
    told = _("Checked: %s.") % replay.extent(len(tickets), rows)
    if not faults:
        yield well(name, told)
    for fault in faults:
        yield trouble(
            name, fault, _("Somebody wrote past the door: `tessera verify` tells of all.")
        )


def _rows(statement: str, *values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(values[0])] if values else None)
        found: list[Any] = cursor.fetchall()
        return found
