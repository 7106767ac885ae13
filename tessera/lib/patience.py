"""How long the database may work at what people ask of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

# How many times as long each limit is: more than one where nobody waits, and what runs beside it would be measured.
TIMES = 1


class TookTooLong(Exception):
    """A statement was stopped at its limit; what it was to read is not known."""


@contextmanager
def at_most(milliseconds: int, *, alone: bool = False) -> Iterator[Callable[[int], None]]:
    """Within the block each statement may take so long. Raises `TookTooLong`; a transaction of its own.

    Gives a function that sets another limit for the statements to come. `alone`: PostgreSQL starts no workers for them.
    A page ends long before they would pay, and to start them takes the longer the more there is to do.
    """
    nested = connection.in_atomic_block
    try:
        with transaction.atomic():
            before = _limit_alone(milliseconds) if alone else None
            if before is None:
                _limit(milliseconds)
            yield _limit
            if nested:  # what is set would outlive the savepoint
                if before is None:
                    _limit(0)
                else:
                    _limit_alone(0, workers=before)
    except OperationalError as fault:
        if isinstance(fault.__cause__, QueryCanceled):
            raise TookTooLong from fault
        raise


def _limit(milliseconds: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('statement_timeout', %s, true)", [str(milliseconds * TIMES)]
        )


def _limit_alone(milliseconds: int, *, workers: str = "0") -> str:
    """The same and, in the same statement, how many workers may help. Gives how many might before."""
    with connection.cursor() as cursor:
        cursor.execute(_ALONE, [str(milliseconds * TIMES), workers])
        return str(cursor.fetchone()[2])


_ALONE = """
    SELECT set_config('statement_timeout', %s, true), set_config('max_parallel_workers_per_gather', %s, true), before
    FROM (SELECT current_setting('max_parallel_workers_per_gather') AS before OFFSET 0) AS was
"""
