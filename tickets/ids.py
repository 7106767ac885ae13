"""Ids before their rows: taken in blocks from the tables' own sequences, so that rows can name each other unwritten."""

from collections import deque
from collections.abc import Iterator
from itertools import count

from django.db import connection

SEQUENCES = {
    "ticket": "tickets_ticket_id_seq",
    "transaction": "tickets_transaction_id_seq",
    "message": "tickets_message_id_seq",
    "delivery": "scrips_delivery_id_seq",
}
_BLOCK = {"ticket": 1, "transaction": 8, "message": 1, "delivery": 4}
_RECORD_SQL = """
    SELECT nextval(%s) WHERE NOT EXISTS (SELECT FROM tickets_transaction WHERE delivery_id = %s)
"""


class Ids:
    """Real ids. Sequences never roll back: take a ticket's only when nothing can refuse it any more."""

    def __init__(self) -> None:
        self._held: dict[str, deque[int]] = {kind: deque() for kind in SEQUENCES}

    def prefetch(self, *kinds: str) -> None:
        """Take a block of each of these kinds in one statement."""
        half = "SELECT %s, nextval(%s) FROM generate_series(1, %s)"
        values = [value for kind in kinds for value in (kind, SEQUENCES[kind], _BLOCK[kind])]
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join([half] * len(kinds)), values)
            for kind, number in cursor.fetchall():
                self._held[kind].append(number)

    def prefetch_record(self, delivery_id: int) -> bool:
        """Take the id of a delivery's record; False where the log has that record already."""
        with connection.cursor() as cursor:
            cursor.execute(_RECORD_SQL, [SEQUENCES["transaction"], delivery_id])
            taken = cursor.fetchall()
        self._held["transaction"].extend(number for (number,) in taken)
        return bool(taken)

    def take(self, kind: str) -> int:
        """The next id of that kind."""
        if not self._held[kind]:
            self.prefetch(kind)
        return self._held[kind].popleft()

    def shown(self, number: int) -> int:
        """The number that texts show for an id."""
        return number


class NoIds(Ids):
    """For the past: what is only looked at needs no number."""

    def take(self, kind: str) -> int:  # noqa: ARG002
        """One that stands for none."""
        return -1


class PreviewIds(Ids):
    """Ids that are given back: negative, of a sequence of their own. Texts show the numbers forecast instead,
    read without taking them: exact unless another create comes between."""

    def __init__(self) -> None:
        super().__init__()
        self._free: deque[int] = deque()
        self._next: dict[str, Iterator[int]] = {}
        self._forecast: dict[int, int] = {}

    def prefetch(self, *kinds: str) -> None:
        pass

    def take(self, kind: str) -> int:
        if not self._free:
            self._fill()
        number = self._free.popleft()
        self._forecast[number] = next(self._next[kind])
        return number

    def shown(self, number: int) -> int:
        return self._forecast.get(number, number)

    def _fill(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval('tickets_preview_id') FROM generate_series(1, 32)")
            self._free.extend(number for (number,) in cursor.fetchall())
            if self._next:
                return
            columns = ", ".join(
                f"(SELECT last_value + is_called::int FROM {name})"  # noqa: S608  # constants
                for name in SEQUENCES.values()
            )
            cursor.execute(f"SELECT {columns}")  # constants of this module
            self._next = dict(zip(SEQUENCES, map(count, cursor.fetchone()), strict=True))
