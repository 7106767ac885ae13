"""Django's PostgreSQL, with what the hot path needs besides: statements that are planned once for a connection."""

from typing import TYPE_CHECKING, cast

from django.db import connection
from django.db.backends.utils import CursorWrapper

if TYPE_CHECKING:
    from tessera.lib.database.base import DatabaseWrapper


def prepared() -> CursorWrapper:
    """A cursor for text that stays the same from request to request: its values travel beside it, and the server keeps
    the plan once the connection has asked the same a few times. Whoever asks with `connection.cursor()` has his
    statement read and planned each time, which for a hot one costs more than doing it.

    Only for what the same index answers whatever the values are: the plan is made without them. Values keep their own
    types here: where PostgreSQL can't tell what one is meant to be, cast it.
    """
    return cast("DatabaseWrapper", connection).prepared()
