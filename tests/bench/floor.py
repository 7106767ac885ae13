"""The floor: the same rows by psycopg directly, prepared, in one transaction, not pipelined."""

from collections.abc import Callable
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

_RELATED = """
    SELECT ticket_id, 'watcher', role, email, 0, id FROM tickets_watcher WHERE ticket_id = ANY(%s)
    UNION ALL
    SELECT source_id, 'out', type, '', target_id, id FROM tickets_link WHERE source_id = ANY(%s)
    UNION ALL
    SELECT target_id, 'in', type, '', source_id, id FROM tickets_link WHERE target_id = ANY(%s)
"""
_OLDEST = "SELECT data -> 'message_id', * FROM tickets_transaction WHERE ticket_id = %s ORDER BY seq LIMIT 51"
_NEWEST = "SELECT data -> 'message_id', * FROM tickets_transaction WHERE ticket_id = %s ORDER BY seq DESC LIMIT 51"
_IDS = "SELECT nextval('tickets_transaction_id_seq') FROM generate_series(1, 8)"


_JSON = {"old_value", "new_value", "data", "payload", "custom_fields", "search_fields"}
# What the database writes itself, and nobody else may.
_GENERATED = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attgenerated <> ''"


class Floor:
    """Writes and reads what the code under test does, row for row, copied from one ticket that it made."""

    def __init__(self, dsn: str, ticket_id: int) -> None:
        self._connection = psycopg.connect(dsn, prepare_threshold=0, autocommit=True)
        self.rows = {
            table: self._rows(table, column, ticket_id)
            for table, column in (
                ("tickets_ticket", "id"),
                ("tickets_message", "ticket_id"),
                ("tickets_watcher", "ticket_id"),
                ("tickets_transaction", "ticket_id"),
                ("scrips_delivery", "ticket_id"),
            )
        }
        self._user = self.rows["tickets_ticket"][0]["creator_id"]
        self._ticket = ticket_id

    def close(self) -> None:
        self._connection.close()

    def _rows(self, table: str, column: str, ticket_id: int) -> list[dict[str, Any]]:
        text = sql.SQL("SELECT * FROM {} WHERE {} = %s ORDER BY id").format(
            sql.Identifier(table), sql.Identifier(column)
        )
        made = self._connection.execute(_GENERATED, [table]).fetchall()
        with self._connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
            rows = cursor.execute(text, [ticket_id]).fetchall()
        # A delivery is recorded once: copies have none of those records.
        rows = [row for row in rows if row.get("delivery_id") is None]
        return [{n: value for n, value in row.items() if (n,) not in made} for row in rows]

    def _insert(self, table: str, rows: list[dict[str, Any]], **changed: Any) -> int:
        """All rows in one statement, with ids of their own; gives the first, 0 where there are none."""
        if not rows:
            return 0
        names = [name for name in rows[0] if name != "id"]
        one = sql.SQL("({})").format(sql.SQL(", ").join([sql.Placeholder()] * len(names)))
        text = sql.SQL("INSERT INTO {} ({}) VALUES {} RETURNING id").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, names)),
            sql.SQL(", ").join([one] * len(rows)),
        )
        values = [_value(name, changed.get(name, row[name])) for row in rows for name in names]
        found = self._connection.execute(text, values).fetchone()
        return int(found[0]) if found else 0

    def _begin_unit(self) -> None:
        self._connection.execute(
            "SELECT t.id, u.* FROM accounts_apitoken t JOIN accounts_user u ON u.id = t.user_id"
            " WHERE u.id = %s",
            [self._user],
        ).fetchall()

    def create(self) -> None:
        """As a create with three firing scrips writes it."""
        self._begin_unit()
        with self._connection.transaction():
            self._connection.execute("SELECT number FROM accounts_configgeneration").fetchone()
            self._connection.execute(_IDS).fetchall()
            ticket = self._insert("tickets_ticket", self.rows["tickets_ticket"])
            for table in ("tickets_message", "tickets_watcher", "tickets_transaction"):
                first = self._insert(table, self.rows[table], ticket_id=ticket)
            self._insert(
                "scrips_delivery",
                self.rows["scrips_delivery"],
                ticket_id=ticket,
                transaction_id=first,
            )

    def patch(self) -> None:
        """As a change of status with three firing scrips writes it."""
        self._begin_unit()
        with self._connection.transaction():
            self._connection.execute("SELECT number FROM accounts_configgeneration").fetchone()
            self._connection.execute(
                "SELECT * FROM tickets_ticket WHERE id = %s FOR NO KEY UPDATE", [self._ticket]
            ).fetchone()
            self._related([self._ticket])
            self._connection.execute(_IDS).fetchall()
            self._connection.execute(
                "UPDATE tickets_ticket SET status = status, version = version, last_seq = last_seq + 2,"
                " head = head, updated_at = now(), custom_fields = custom_fields WHERE id = %s",
                [self._ticket],
            )
            seq = self._connection.execute(
                "SELECT max(seq) FROM tickets_transaction WHERE ticket_id = %s", [self._ticket]
            ).fetchone()
            rows = [
                row | {"seq": (seq[0] if seq else 0) + place + 1}
                for place, row in enumerate(self.rows["tickets_transaction"][:2])
            ]
            first = self._insert("tickets_transaction", rows)
            self._insert("scrips_delivery", self.rows["scrips_delivery"], transaction_id=first)

    def read(self) -> None:
        """One ticket with its watchers and links."""
        self._begin_unit()
        self._connection.execute(
            "SELECT * FROM tickets_ticket WHERE id = %s", [self._ticket]
        ).fetchone()
        self._related([self._ticket])

    def page(self) -> None:
        """The page of the fifty that changed last, and the count up to 10,000."""
        self._begin_unit()
        rows = self._connection.execute(
            "SELECT id FROM tickets_ticket ORDER BY updated_at DESC, id LIMIT 51"
        ).fetchall()
        self._connection.execute(
            "SELECT * FROM tickets_ticket WHERE id = ANY(%s)", [[row[0] for row in rows]]
        ).fetchall()
        self._related([row[0] for row in rows])
        self._connection.execute(
            "SELECT count(*) FROM (SELECT 1 FROM tickets_ticket LIMIT 10001) AS capped"
        ).fetchone()

    def found(self, queue_id: int, status: str) -> None:
        """The same page of one queue's tickets with one status."""
        self._begin_unit()
        rows = self._connection.execute(
            "SELECT id FROM tickets_ticket WHERE queue_id = %s AND status = %s"
            " ORDER BY updated_at DESC, id LIMIT 51",
            [queue_id, status],
        ).fetchall()
        self._connection.execute(
            "SELECT * FROM tickets_ticket WHERE id = ANY(%s)", [[row[0] for row in rows]]
        ).fetchall()
        self._related([row[0] for row in rows])
        self._connection.execute(
            "SELECT count(*) FROM (SELECT 1 FROM tickets_ticket WHERE queue_id = %s AND status = %s"
            " LIMIT 10001) AS capped",
            [queue_id, status],
        ).fetchone()

    def conversation(self, ticket_id: int) -> None:
        """A ticket with the last fifty of its log, and their texts."""
        self._begin_unit()
        self._connection.execute("SELECT * FROM tickets_ticket WHERE id = %s", [ticket_id])
        self._related([ticket_id])
        self._part(_NEWEST, ticket_id)

    def log(self, ticket_id: int) -> None:
        """The first fifty of its log, with their texts, and the count up to 10,000."""
        self._begin_unit()
        self._part(_OLDEST, ticket_id)
        self._connection.execute(
            "SELECT count(*) FROM (SELECT 1 FROM tickets_transaction WHERE ticket_id = %s LIMIT 10001) AS capped",
            [ticket_id],
        ).fetchone()

    def past(self, ticket_id: int, seq: int) -> None:
        """All of its log up to there."""
        self._begin_unit()
        self._connection.execute(
            "SELECT * FROM tickets_transaction WHERE ticket_id = %s AND seq <= %s ORDER BY seq",
            [ticket_id, seq],
        ).fetchall()

    def undone(self, act: Callable[[], object]) -> None:
        """An act that leaves nothing."""
        with self._connection.transaction(force_rollback=True):
            act()

    def _part(self, text: LiteralString, ticket_id: int) -> None:
        rows = self._connection.execute(text, [ticket_id]).fetchall()
        # A record of a mail names its Message-ID by the same key.
        ids = [row[0] for row in rows if isinstance(row[0], int)]
        self._connection.execute(
            "SELECT * FROM tickets_message WHERE id = ANY(%s)", [ids]
        ).fetchall()

    def _related(self, ids: list[int]) -> None:
        self._connection.execute(_RELATED, [ids, ids, ids]).fetchall()


def _value(name: str, value: Any) -> Any:
    return Jsonb(value) if name in _JSON and value is not None else value
