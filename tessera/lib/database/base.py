"""The backend itself, as Django looks for it under settings.DATABASES."""

import select
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from typing import Any

from django.db.backends.postgresql import base
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.backends.utils import CursorWrapper
from psycopg import Connection, adapters
from psycopg._preparing import Key, Prepare, PrepareManager
from psycopg._queries import PostgresClientQuery, PostgresQuery
from psycopg.abc import AdaptContext
from psycopg.adapt import Loader
from psycopg.pq import Format, TransactionStatus

# Asked so often, a statement is worth its preparation.
_SEEN = 2


class _Kept(PrepareManager):
    """Which statements a connection has prepared. Psycopg's own would count those too that hold their values in their
    text: none comes twice, and each would be kept, however long it is.

    While `undoing`, nothing failed in what is rolled back: what was prepared stands, as the server has it. Psycopg
    would forget all, and after each preview the next request's statements would be planned anew.
    """

    undoing = False

    def clear(self) -> bool:
        """Forget all. Whether there is something for the server to forget."""
        return not self.undoing and super().clear()

    def maybe_add_to_cache(self, query: PostgresQuery, prep: Prepare, name: bytes) -> Key | None:
        """Take note of a statement that was sent."""
        if isinstance(query, PostgresClientQuery):
            # What comes of it is looked at all the same: it may drop a table.
            return self.key(query)
        return super().maybe_add_to_cache(query, prep, name)


_MOMENT = "timestamptz"
_moment_loader: Any = adapters.get_loader(adapters.types[_MOMENT].oid, Format.TEXT)


class _UtcLoader(Loader):
    """Reads times by psycopg's own loader, which is compiled. Django's is not and takes eight times as long: a tenth of
    what a list of fifty tickets cost. It asks which zone the times are in."""

    timezone = UTC

    def __new__(cls, oid: int, context: AdaptContext | None = None) -> Any:
        return _moment_loader(oid, context)


class Operations(DatabaseOperations):
    """What Django asks of the backend."""

    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> str:
        """The statement as a person can run it, its values in their places."""
        if isinstance(cursor, base.ServerBindingCursor):
            return str(self.compose_sql(sql, params))
        return super().last_executed_query(cursor, sql, params)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to PostgreSQL."""

    ops_class = Operations

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """One that prepares what `prepared()` is asked often. Not through a pooler: there the next statement may come
        to a session that knows nothing of it."""
        made = super().get_new_connection(conn_params)
        if self.timezone == UTC:
            made.adapters.register_loader(_MOMENT, _UtcLoader)
        if not self.settings_dict["DISABLE_SERVER_SIDE_CURSORS"]:
            made._prepared = _Kept()  # noqa: SLF001  # psycopg has no other way in
            made.prepare_threshold = _SEEN
        return made

    def prepared(self) -> CursorWrapper:
        """See `tessera.lib.database.prepared`."""
        self.ensure_connection()
        with self.wrap_database_errors:
            cursor: Any = base.ServerBindingCursor(self.connection)  # type: ignore[call-arg]  # psycopg 3's
            wrapped: CursorWrapper = self._prepare_cursor(cursor)  # type: ignore[attr-defined]  # not in the stubs
            return wrapped

    def _rollback(self) -> None:
        with self._undoing():
            super()._rollback()  # type: ignore[misc]  # not in the stubs

    def _savepoint_rollback(self, sid: str) -> None:
        with self._undoing():
            super()._savepoint_rollback(sid)  # type: ignore[misc]  # as above

    @contextmanager
    def _undoing(self) -> Iterator[None]:
        """Where something failed, psycopg may take for prepared what the server never read: then it forgets all."""
        line: Connection[Any] | None = self.connection
        kept = None if line is None else line._prepared  # noqa: SLF001  # as above
        if line is None or not isinstance(kept, _Kept):
            yield
            return
        kept.undoing = line.info.transaction_status is TransactionStatus.INTRANS
        try:
            yield
        finally:
            kept.undoing = False

    def is_usable(self) -> bool:
        """Whether the server is still there, without asking it where that can be seen: one that ended, or gave the
        connection up, has said so, and what it said waits to be read. After an error it is asked."""
        line: Connection[Any] | None = self.connection
        if line is None or line.closed:
            return False
        if self.errors_occurred:
            # Should a table have changed under a plan, it is made anew.
            line._prepared.clear()  # noqa: SLF001  # as above
            return super().is_usable()
        return not _has_news(line.fileno()) or super().is_usable()


def _has_news(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))
