"""Ids before their rows: taken in blocks from the tables' own sequences, so that rows can name each other unwritten."""

from collections import deque
from collections.abc import Collection, Iterator, Sequence
from itertools import count

from tessera.lib.database import prepared

SEQUENCES = {
    "ticket": "tickets_ticket_id_seq",
    "transaction": "tickets_transaction_id_seq",
    "message": "tickets_message_id_seq",
    "delivery": "scrips_delivery_id_seq",
}
_BLOCK = {"ticket": 1, "transaction": 8, "message": 1, "delivery": 4}
_RECORDS_SQL = """
    SELECT wanted, nextval(%s) FROM unnest(%s::bigint[]) AS wanted
    WHERE NOT EXISTS (SELECT FROM tickets_transaction WHERE delivery_id = wanted)
"""
_FORECASTS = ", ".join(
    f"(SELECT last_value + is_called::int FROM {name})"  # noqa: S608  # constants
    for name in SEQUENCES.values()
)
_PREVIEW_SQL = f"SELECT nextval('tickets_preview_id'), {_FORECASTS} FROM generate_series(1, 32)"  # noqa: S608  # the same


class Ids:
    """Real ids. Sequences never roll back: take a ticket's only when nothing can refuse it any more."""

    def __init__(self) -> None:
        self._held: dict[str, deque[int]] = {kind: deque() for kind in SEQUENCES}
        self._expected: tuple[str, ...] = ()

    def expect(self, *kinds: str) -> None:
        """Ids of these kinds are likely to be needed: they come with the first of any, in one statement."""
        self._expected = kinds

    def _fetch(self, kinds: Collection[str]) -> None:
        half = "SELECT %s::text, nextval(%s) FROM generate_series(1, %s::int)"
        values = [value for kind in kinds for value in (kind, SEQUENCES[kind], _BLOCK[kind])]
        with prepared() as cursor:
            cursor.execute(" UNION ALL ".join([half] * len(kinds)), values)
            for kind, number in cursor.fetchall():
                self._held[kind].append(number)

    def prefetch_records(self, delivery_ids: Sequence[int]) -> set[int]:
        """Take the ids of these deliveries' records; gives those whose record no log has yet."""
        if not delivery_ids:
            return set()
        with prepared() as cursor:
            cursor.execute(_RECORDS_SQL, [SEQUENCES["transaction"], list(delivery_ids)])
            taken = cursor.fetchall()
        self._held["transaction"].extend(number for _delivery, number in taken)
        return {delivery for delivery, _number in taken}

    def take(self, kind: str) -> int:
        """The next id of that kind."""
        if not self._held[kind]:
            kinds = dict.fromkeys((kind, *self._expected))
            self._expected = ()
            self._fetch(kinds)
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

    def take(self, kind: str) -> int:
        if not self._free:
            self._fill()
        number = self._free.popleft()
        self._forecast[number] = next(self._next[kind])
        return number

    def shown(self, number: int) -> int:
        return self._forecast.get(number, number)

    def _fill(self) -> None:
        with prepared() as cursor:
            cursor.execute(_PREVIEW_SQL)
            rows = cursor.fetchall()
        self._free.extend(row[0] for row in rows)
        if not self._next:
            self._next = dict(zip(SEQUENCES, map(count, rows[0][1:]), strict=True))
