"""
A right that one process has at a time, on whichever host: a row that says who, and until when.

Not an advisory lock: a host that is cut off keeps its session, and so the lock, until the server gives its connection
up, and through a pooler in transaction mode a lock of the session is anybody's.
"""

import logging
import time

from django.db import DatabaseError, connection

# The database's clock alone counts: those of the hosts may differ.
_TAKE = """
    INSERT INTO runtime_lease AS held (name, holder, until)
    VALUES (%(name)s, %(holder)s, clock_timestamp() + make_interval(secs => %(lasts)s))
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
    WHERE held.holder = excluded.holder OR held.until < clock_timestamp()
"""
_LEAVE = "DELETE FROM runtime_lease WHERE name = %s AND holder = %s"

log = logging.getLogger(__name__)


class Lease:
    """The right `name` for the process `holder`, which must ask `held` before each act."""

    def __init__(self, name: str, *, holder: str, lasts: float = 15.0) -> None:
        self._name, self._holder, self._lasts = name, holder, lasts
        self._asked = self._until = -lasts

    @property
    def every(self) -> float:
        """How often to ask, in seconds: three times before it ends."""
        return self._lasts / 3

    def held(self) -> bool:
        """Whether it is ours now; takes it where it is free, and prolongs it in good time.

        Where the database does not answer, it is ours until it ends by our own clock, which began before the
        database's.
        """
        now = time.monotonic()
        if now >= self._asked + self.every:
            self._asked = now
            try:
                self._until = now + self._lasts if self._take() else now
            except DatabaseError as error:
                connection.close()
                log.warning("%s: the database does not answer: %s", self._name, _first_line(error))
        return time.monotonic() < self._until

    def leave(self) -> None:
        """Give it up, so that another need not wait for its end."""
        self._until = time.monotonic()
        try:
            with connection.cursor() as cursor:
                cursor.execute(_LEAVE, [self._name, self._holder])
        except DatabaseError as error:
            log.warning("%s: ends by itself: %s", self._name, _first_line(error))
        finally:
            connection.close()

    def _take(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                _TAKE, {"name": self._name, "holder": self._holder, "lasts": self._lasts}
            )
            return bool(cursor.rowcount == 1)


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
