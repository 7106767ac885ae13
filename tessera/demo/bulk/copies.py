"""Copies of patterns: other ids, times, people and words in the gaps, and the chain over the very rows. Pure.

Runs in processes of its own, which know no database and no Django.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from multiprocessing.connection import Connection
from random import Random
from typing import Any

from tessera.demo.bulk import words
from tessera.demo.bulk.stencils import NULL, Stencil, escaped
from tessera.lib.query.fold import fold

# What has an id of its own, by the name of its table.
NUMBERED = (
    "tickets_ticket",
    "tickets_transaction",
    "tickets_message",
    "tickets_watcher",
    "tickets_link",
    "scrips_delivery",
    "scrips_attempt",
    "scrips_run",
)
# The kinds of gaps in the order of their values; those from `folded` on are filled last, from what stands before.
KINDS = (
    *NUMBERED,
    "key", "mail", "hook", "at", "at_z", "user", "user_email", "user_name", "user_username",
    "queue", "queue_name", "queue_address", "queue_comments", "scrip",
    "customer", "customer_name", "location", "asset", "cost", "first_day", "priority", "urgent",
    "suffix", "sentence", "ms", "us",
    "folded", "content", "searched", "sha256", "digest",
)  # fmt: skip
_LATE = frozenset(KINDS[KINDS.index("folded") :])
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# SHA-256 takes so many bytes at once.
_BLOCK = 64
_PRIORITIES = (0, 0, 0, 5, 10, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55)

# How long a delivery takes, and a scrip.
_MS = tuple(map(str, range(30, 400)))
_US = tuple(map(str, range(200, 3_000)))


@dataclass(frozen=True, slots=True)
class Place:
    """A queue of some kind: the values of its gaps, its agents as (id, e-mail, name, username), its scrips' ids."""

    values: Mapping[str, str]
    agents: Sequence[tuple[str, str, str, str]]
    scrips: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the gaps are filled from. `places` are the queues of each kind, `keys` those of mails' and hooks' ids."""

    places: Mapping[str, Sequence[Place]]
    customers: Sequence[tuple[str, str]]  # address, first name; the first are the busiest
    locations: Sequence[str]
    cost_centres: Sequence[str]
    keys: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Written:
    """A message: what its text is made from, and where its text, what queries compare, and its hash are put."""

    text: Stencil
    content: int
    searched: int
    sha256: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """Tickets that hang together, taken apart into stencils."""

    kind: str  # of queue
    begins: datetime
    ended: bool
    busy: bool  # many watch it
    agents: int
    counts: Mapping[str, int]  # rows of each table
    segments: Sequence[tuple[str, Sequence[Any]]]  # the gaps, kind by kind
    folded: Sequence[tuple[int, int]]  # where a folded value goes, and where it comes from
    messages: Sequence[Written]
    chains: Sequence[
        Sequence[tuple[Stencil, int]]
    ]  # for each ticket its canonical rows, and where the digests go
    rows: Mapping[str, Stencil]  # all lines of a table
    own: Sequence[str]

    @property
    def tickets(self) -> int:
        return self.counts["tickets_ticket"]


@dataclass(frozen=True, slots=True)
class Order:
    """A copy that is wanted: of which pattern, in which queue of its kind, beginning when (µs since 1970)."""

    pattern: int
    place: int
    begins: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Copies that are made at once. `first` are the ids that their rows begin with."""

    seed: str
    first: Mapping[str, int]
    orders: Sequence[Order]


def complete(pattern: Pattern, values: list[str]) -> list[str]:
    """Fill in place what follows from the other values: folded texts, messages with their hashes, and the chain."""
    for place, source in pattern.folded:
        values[place] = fold(values[source])
    for message in pattern.messages:
        text = message.text.filled(values)
        values[message.content] = escaped(text)
        values[message.searched] = NULL if text.isascii() else escaped(fold(text))
        values[message.sha256] = hashlib.sha256(text.encode()).hexdigest()
    for chain in pattern.chains:
        previous = ""
        for canonical, place in chain:
            text = previous + canonical.filled(values)
            previous = values[place] = hashlib.sha256(text.encode()).hexdigest()
    return values


def rows_of(pattern: Pattern, values: Sequence[str]) -> Iterable[tuple[str, str]]:
    """The tables' names, and the lines that COPY reads, without the end of the last."""
    for table, stencil in pattern.rows.items():
        yield table, stencil.filled(values)


class _Keyed:
    """HMAC-SHA256 with a key that is taken in once: `hmac.digest` asks OpenSSL for it anew each time."""

    def __init__(self, key: bytes) -> None:
        assert len(key) <= _BLOCK  # noqa: S101  # a longer one would have to be hashed first
        padded = key.ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))

    def hex(self, text: bytes) -> str:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(text)
        outer.update(inner.digest())
        return outer.hexdigest()


class Copier:
    """Makes the rows of copies."""

    def __init__(self, patterns: Sequence[Pattern], world: World) -> None:
        self._patterns = patterns
        self._world = world
        self._weights = list(accumulate(1 / (n + 30) for n in range(len(world.customers))))
        self._keyed = {kind: _Keyed(key) for kind, key in world.keys.items()}

    def make(self, batch: Batch) -> dict[str, bytes]:
        """The lines of each table, in the order of the copies. The same batch gives the same."""
        rng = Random(batch.seed)  # noqa: S311  # a story, no secret
        first = dict(batch.first)
        lines: defaultdict[str, list[str]] = defaultdict(list)
        for order in batch.orders:
            pattern = self._patterns[order.pattern]
            for table, line in rows_of(pattern, self._values(pattern, order, first, rng)):
                lines[table].append(line)
            for table, count in pattern.counts.items():
                first[table] += count
        return {table: ("\n".join(held) + "\n").encode() for table, held in lines.items()}

    def _values(
        self, pattern: Pattern, order: Order, first: Mapping[str, int], rng: Random
    ) -> list[str]:
        fill = _Filling(pattern, self._world, order, first, rng, self._keyed)
        tickets = range(pattern.tickets)
        fill.customers = rng.choices(
            self._world.customers, cum_weights=self._weights, k=len(tickets)
        )
        values: list[str] = []
        for kind, which in pattern.segments:
            if kind in NUMBERED:
                start = first[kind]
                values += [str(start + offset) for offset in which]
            elif kind in _LATE:
                values += [""] * len(which)
            else:
                values += getattr(fill, kind)(which)
        return complete(pattern, values)


class _Filling:
    """The values of one copy's gaps: a method for each kind, which takes what is wanted of that kind."""

    def __init__(
        self,
        pattern: Pattern,
        world: World,
        order: Order,
        first: Mapping[str, int],
        rng: Random,
        keyed: Mapping[str, _Keyed],
    ) -> None:
        self._world = world
        self._keyed = keyed
        self._place = world.places[pattern.kind][order.place]
        self._agents = rng.sample(self._place.agents, pattern.agents)
        self._begins = _EPOCH + timedelta(microseconds=order.begins)
        self._moved = self._begins - pattern.begins
        self._first = first
        self._rng = rng
        self.customers: Sequence[tuple[str, str]] = ()

    def key(self, which: Sequence[int]) -> list[str]:
        start = self._first["tickets_ticket"]
        return [f"TKT-{start + offset:04d}" for offset in which]

    def mail(self, which: Sequence[int]) -> list[str]:
        return self._tails("mail", which)

    def hook(self, which: Sequence[int]) -> list[str]:
        return self._tails("hook", which)

    def _tails(self, kind: str, which: Sequence[int]) -> list[str]:
        """How the ids end that mails and webhooks go by: from their delivery's."""
        of, start = self._keyed[kind].hex, self._first["scrips_delivery"]
        return [of(str(start + offset).encode())[:16] for offset in which]

    def at(self, which: Sequence[timedelta]) -> list[str]:
        # Without a zone, which is the same for all: to write it each time takes as long as the rest.
        begins = self._begins.replace(tzinfo=None)
        return [f"{(begins + offset).isoformat('T', 'microseconds')}+00:00" for offset in which]

    def at_z(self, which: Sequence[timedelta]) -> list[str]:
        return [text.replace("+00:00", "Z") for text in self.at(which)]

    def user(self, which: Sequence[int]) -> list[str]:
        return [self._agents[number][0] for number in which]

    def user_email(self, which: Sequence[int]) -> list[str]:
        return [self._agents[number][1] for number in which]

    def user_name(self, which: Sequence[int]) -> list[str]:
        return [self._agents[number][2] for number in which]

    def user_username(self, which: Sequence[int]) -> list[str]:
        return [self._agents[number][3] for number in which]

    def queue(self, _which: object) -> list[str]:
        return [self._place.values["id"]]

    def queue_name(self, _which: object) -> list[str]:
        return [self._place.values["name"]]

    def queue_address(self, _which: object) -> list[str]:
        return [self._place.values["address"]]

    def queue_comments(self, _which: object) -> list[str]:
        return [self._place.values["comments"]]

    def scrip(self, which: Sequence[str]) -> list[str]:
        return [self._place.scrips[name] for name in which]

    def customer(self, which: Sequence[int]) -> list[str]:
        return [self.customers[number][0] for number in which]

    def customer_name(self, which: Sequence[int]) -> list[str]:
        return [self.customers[number][1] for number in which]

    def location(self, which: Sequence[object]) -> list[str]:
        return self._rng.choices(self._world.locations, k=len(which))

    def asset(self, which: Sequence[object]) -> list[str]:
        return [f"BW-{self._rng.randrange(10_000):04d}" for _each in which]

    def cost(self, which: Sequence[object]) -> list[str]:
        return self._rng.choices(self._world.cost_centres, k=len(which))

    def first_day(self, which: Sequence[datetime]) -> list[str]:
        """The first of the month that has come as near."""
        return [(day + self._moved).replace(day=1).date().isoformat() for day in which]

    def priority(self, which: Sequence[object]) -> list[str]:
        return [str(number) for number in self._rng.choices(_PRIORITIES, k=len(which))]

    def urgent(self, which: Sequence[object]) -> list[str]:
        return [str(self._rng.randint(80, 95)) for _each in which]

    def suffix(self, which: Sequence[object]) -> list[str]:
        return [words.suffix(self._rng) for _each in which]

    def sentence(self, which: Sequence[object]) -> list[str]:
        return [words.sentence(self._rng) for _each in which]

    def ms(self, which: Sequence[object]) -> list[str]:
        return self._rng.choices(_MS, k=len(which))

    def us(self, which: Sequence[object]) -> list[str]:
        return self._rng.choices(_US, k=len(which))


def work(line: Connection) -> None:
    """Make batches for the process at the other end of the line, which first sends the patterns and the world, until
    it sends None, or is gone."""
    try:
        make: Callable[[Batch], dict[str, bytes]] = Copier(*line.recv()).make
        while (batch := line.recv()) is not None:
            line.send(make(batch))
    except (EOFError, BrokenPipeError):
        return
