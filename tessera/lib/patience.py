"""How long the database may work at what people ask of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled


class TookTooLong(Exception):
    """A statement was stopped at its limit; what it was to read is not known."""


@contextmanager
def at_most(milliseconds: int) -> Iterator[Callable[[int], None]]:
    """Within the block each statement may take so long. Raises `TookTooLong`; a transaction of its own.

    Gives a function that sets another limit for the statements to come.
    """
    nested = connection.in_atomic_block
    try:
        with transaction.atomic():
            _limit(milliseconds)
            yield _limit
            if nested:  # what is set would outlive the savepoint
                _limit(0)
    except OperationalError as fault:
        if isinstance(fault.__cause__, QueryCanceled):
            raise TookTooLong from fault
        raise


def _limit(milliseconds: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(milliseconds)])
