"""What one host does while the others wait for it: migrations, and the first administrator."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

MIGRATE, PREPARE = 0x7E55_0001, 0x7E55_0002
_AGAIN_SECONDS = 0.5


@contextmanager
def alone(work: int, *, waiting: Callable[[], None]) -> Iterator[None]:
    """Within the block nobody else is in one for the same `work` on this database. Calls `waiting` once if it has to
    wait.

    The lock is that of a transaction, on a connection of its own: it ends with the process, and works through a
    pooler too. Who waits asks again and again instead of in one statement, which would be an old snapshot to
    whoever makes an index concurrently inside of the block, and each would wait for the other.
    """
    own = connection.copy()
    try:
        own.set_autocommit(False)
        told = False
        while not _taken(own, work):
            if not told:
                waiting()
            told = True
            time.sleep(_AGAIN_SECONDS)
        yield
    finally:
        own.close()


def _taken(own: BaseDatabaseWrapper, work: int) -> bool:
    with own.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('idle_in_transaction_session_timeout', '0', true),"
            " pg_try_advisory_xact_lock(%s)",
            [work],
        )
        taken = bool(cursor.fetchone()[1])
    if not taken:
        own.rollback()
    return taken
