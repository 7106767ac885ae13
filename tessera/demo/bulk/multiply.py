"""From a few hundred tickets to a million: the copies are planned, made by processes of their own, and written."""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from multiprocessing import get_context
from multiprocessing.connection import Connection
from random import Random

from django.utils.translation import gettext as _

from tessera.demo.bulk import tables
from tessera.demo.bulk.copies import NUMBERED, Batch, Order, Pattern, World, work

_AT_ONCE = 400  # copies
_WEEK = timedelta(days=7)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# Weeks after which most have come to their end, the share that has not, and that of those whom the busy watch.
_FRESH, _FORGOTTEN, _WATCHED = 3, 0.015, 0.36
# Two processes keep PostgreSQL, which is one, busy.
_PROCESSES = min(2, os.cpu_count() or 1)


class MakerGone(RuntimeError):
    """A process that makes rows has ended before its work; what it said of it stands on the error output."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it has come: of `total` tickets, or of what `doing` names."""

    done: int
    total: int
    doing: str = ""


@dataclass(frozen=True, slots=True)
class _Plan:
    orders: Sequence[Order]
    counts: Counter[str] = field(default_factory=Counter)


def multiply(
    tickets: int, *, seed: int, patterns: Sequence[Pattern], world: World, weeks: int
) -> Iterator[Progress]:
    """Write so many tickets more, copies of the patterns, spread over so many weeks after them.

    Everything is drawn from `seed`. Must run inside a database transaction, with nobody else at the tables.
    """
    plan = _planned(tickets, seed=seed, patterns=patterns, world=world, weeks=weeks)
    first = tables.reserve(plan.counts)
    parts = tables.take_off()
    done = 0
    with _workers(patterns, world) as lines:
        for made, rows in _made(_batches(plan, patterns, first, seed), lines):
            tables.write(rows.items())
            done += sum(patterns[order.pattern].tickets for order in made.orders)
            yield Progress(done, tickets)
    for number, _made_again in enumerate(tables.put_back(parts), start=1):
        yield Progress(number, len(parts), "indexes")


def _planned(
    tickets: int, *, seed: int, patterns: Sequence[Pattern], world: World, weeks: int
) -> _Plan:
    """Which copies there will be, in the order of their beginning, so that ids count as they would have."""
    draw = _Drawing(Random(f"{seed}/copies"), patterns, world, weeks)  # noqa: S311  # a story, no secret
    found: list[tuple[int, int, int]] = []
    counts: Counter[str] = Counter()
    left = tickets
    while left:
        begins, number, place = draw.one(most=left)
        found.append((begins, number, place))
        left -= patterns[number].tickets
    found.sort()
    for number, times in Counter(number for _begins, number, _place in found).items():
        for table, count in patterns[number].counts.items():
            counts[table] += count * times
    return _Plan([Order(number, place, begins) for begins, number, place in found], counts)


class _Drawing:
    """Draws copies: when, of which pattern, in which queue."""

    def __init__(self, rng: Random, patterns: Sequence[Pattern], world: World, weeks: int) -> None:
        self._rng = rng
        self._patterns = patterns
        self._weeks = weeks
        numbers = range(len(patterns))
        self._ended = self._chosen(lambda pattern: pattern.ended)
        self._open = self._chosen(lambda pattern: not pattern.ended)
        self._any = self._chosen(lambda _pattern: True)
        self._alone = [n for n in numbers if patterns[n].tickets == 1]
        # Not every queue is as busy as the next, and some have too few agents for some stories.
        self._places = {
            n: [
                (index, 1 / (index + 2))
                for index, place in enumerate(world.places[patterns[n].kind])
                if len(place.agents) >= patterns[n].agents
            ]
            for n in numbers
        }
        self._weights = {
            n: list(accumulate(weight for _index, weight in places))
            for n, places in self._places.items()
        }

    def _chosen(self, fits: Callable[[Pattern], bool]) -> dict[bool, list[int]]:
        """The patterns that fit, those that the busy watch apart; all where none does."""
        found = [n for n, pattern in enumerate(self._patterns) if fits(pattern)]
        found = found or list(range(len(self._patterns)))
        return {
            busy: [n for n in found if self._patterns[n].busy == busy] or found
            for busy in (False, True)
        }

    def one(self, *, most: int) -> tuple[int, int, int]:
        """A copy of at most so many tickets: when it begins, of which pattern, in which place."""
        rng = self._rng
        ago = rng.randint(0, self._weeks)
        drawn = rng.random()
        told = self._any if ago <= _FRESH else self._open if drawn < _FORGOTTEN else self._ended
        number = rng.choice(told[rng.random() < _WATCHED])
        if self._patterns[number].tickets > most:
            number = rng.choice(self._alone)
        ((place, _weight),) = rng.choices(self._places[number], cum_weights=self._weights[number])
        return self._begins(number, ago), number, place

    def _begins(self, number: int, ago: int) -> int:
        """On the same weekday, a little earlier than the pattern moved by whole weeks: never after now."""
        sooner = timedelta(microseconds=self._rng.randrange(10_000_000, 3 * 3_600_000_000))
        begins = self._patterns[number].begins + (self._weeks - ago) * _WEEK - sooner
        return (begins - _EPOCH) // _MICROSECOND


def _batches(
    plan: _Plan, patterns: Sequence[Pattern], first: dict[str, int], seed: int
) -> Iterator[Batch]:
    """The plan in pieces, each with the ids that it begins with."""
    first = dict(first)
    for start in range(0, len(plan.orders), _AT_ONCE):
        orders = plan.orders[start : start + _AT_ONCE]
        yield Batch(f"{seed}/{start}", dict(first), orders)
        for order in orders:
            for table in NUMBERED:
                first[table] += patterns[order.pattern].counts[table]


@contextmanager
def _workers(patterns: Sequence[Pattern], world: World) -> Iterator[list[Connection]]:
    """Lines to processes that make batches. They begin clean, and end when their line does."""
    start = get_context("spawn")
    lines: list[Connection] = []
    processes = []
    for _number in range(_PROCESSES):
        mine, theirs = start.Pipe()
        process = start.Process(target=work, args=(theirs,), daemon=True)
        process.start()
        theirs.close()
        # Not as arguments: who dies while it starts would leave this process writing for ever.
        _send(mine, (patterns, world))
        lines.append(mine)
        processes.append(process)
    try:
        yield lines
    finally:
        for line in lines:
            line.close()
        for process in processes:
            process.join()


def _made(
    batches: Iterator[Batch], lines: Sequence[Connection]
) -> Iterator[tuple[Batch, dict[str, bytes]]]:
    """Each batch with its rows, in order. Every process has one in hand and one waiting."""
    waiting: list[tuple[Batch, Connection]] = []
    turn = 0
    more = True
    while more or waiting:
        while more and len(waiting) < 2 * len(lines):
            batch = next(batches, None)
            if batch is None:
                more = False
                break
            line = lines[turn % len(lines)]
            _send(line, batch)
            waiting.append((batch, line))
            turn += 1
        if waiting:
            batch, line = waiting.pop(0)
            yield batch, _answer(line)


def _send(line: Connection, what: object) -> None:
    with suppress(ConnectionError):  # whoever is gone is missed when the answer is
        line.send(what)


def _answer(line: Connection) -> dict[str, bytes]:
    try:
        rows: dict[str, bytes] = line.recv()
    except (EOFError, ConnectionError):
        raise MakerGone(_("A process that makes rows has ended; nothing was kept.")) from None
    return rows
