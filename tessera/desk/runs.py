"""What rules did lately, over all tickets: the failed first, then the newest, page by page."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict

from scrips.models import Delivery, Run, Scrip
from tessera.desk import words
from tessera.lib import clock, values
from tessera.lib.values import BadValue
from tickets import naming
from tickets.access import INTERNAL, Actor, visible_to
from tickets.entries import entry_of
from tickets.models.ticket import ticket_key
from tickets.people import People

PAGE = 50
SPANS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}
_CURSOR = re.compile(r"([fo])-([0-9]{1,17})-([0-9]{1,18})", re.A)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: behind a run, which was among the failed or among the others."""

    failed: bool
    at: datetime
    number: int

    @classmethod
    def read(cls, text: str) -> "Cursor | None":
        """What `write` gave; None for any other text."""
        found = _CURSOR.fullmatch(text)
        if not found:
            return None
        return cls(found[1] == "f", _EPOCH + int(found[2]) * _MICROSECOND, int(found[3]))

    def write(self) -> str:
        """As a text for a URL."""
        micros = (self.at - _EPOCH) // _MICROSECOND
        return f"{'f' if self.failed else 'o'}-{micros}-{self.number}"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for. `ticket` 0 is a text that names none; a `day`, in UTC, stands in the place of the span."""

    span: str = "day"
    day: date | None = None
    scrip: int | None = None
    queue: int | None = None
    verdict: str = ""
    ticket: int | None = None
    after: Cursor | None = None

    @classmethod
    def of(cls, given: QueryDict) -> "Asked":
        """From a URL; nonsense in it asks for nothing."""
        span, verdict = given.get("span", ""), given.get("verdict", "")
        typed = given.get("ticket", "").strip()[:100]
        return cls(
            span=span if span in SPANS else "day",
            day=_day(given.get("day", "")),
            scrip=_number(given.get("scrip", "")),
            queue=_number(given.get("queue", "")),
            verdict=verdict if verdict in Run.Verdict.values else "",
            ticket=(naming.typed(typed) or 0) if typed else None,
            after=Cursor.read(given.get("after", "")),
        )

    @property
    def narrowed(self) -> bool:
        """Whether it asks for some runs alone."""
        return any((self.scrip, self.queue, self.verdict, self.ticket is not None))


def _day(raw: str) -> date | None:
    try:
        return values.day(raw)
    except BadValue:
        return None


def _number(raw: str) -> int | None:
    return int(raw) if raw.isascii() and raw.isdecimal() and len(raw) < 19 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A run, what it was about, and what became of what it sent. `exists` says whether the rule is still there."""

    run: Run
    key: str
    subject: str
    seq: int
    phrase: words.Phrase
    exists: bool
    delivery: Delivery | None


@dataclass(frozen=True, slots=True)
class Found:
    """A page, and where the next one begins: "" where this is the last."""

    runs: Sequence[Ran]
    after: str


def page(asked: Asked, actor: Actor) -> Found:
    """The runs on tickets of which the actor may see what rules did. At most five statements."""
    rows = list(_rows(asked, actor))
    shown, more = rows[:PAGE], len(rows) > PAGE
    after = ""
    if more:
        last = shown[-1]
        after = Cursor(last.verdict == Run.Verdict.FAILED, last.created_at, last.pk).write()
    return Found(_told(shown, actor), after)


def _rows(asked: Asked, actor: Actor) -> Iterator[Run]:
    """One more than a page: the failed ones by their own index, and then only as many others as have room."""
    rows = _asked(asked, actor)
    failed = Q(verdict=Run.Verdict.FAILED)
    count = 0
    if asked.after is None or asked.after.failed:
        for row in _behind(rows.filter(failed), asked.after)[: PAGE + 1]:
            count += 1
            yield row
    if count <= PAGE:
        after = asked.after if asked.after and not asked.after.failed else None
        yield from _behind(rows.filter(~failed), after)[: PAGE + 1 - count]


def _asked(asked: Asked, actor: Actor) -> QuerySet[Run]:
    rows = Run.objects.filter(created_at__gte=clock.now() - SPANS[asked.span])
    if asked.day is not None:
        start = datetime.combine(asked.day, time.min, UTC)
        rows = Run.objects.filter(created_at__gte=start, created_at__lt=start + SPANS["day"])
    for right in ("ShowTicket", "ShowOutgoingMail"):
        if not actor.held().has(right):
            rows = rows.filter(transaction__ticket__in=visible_to(actor, right).order_by())
    for right, types in INTERNAL.items():
        if not actor.held().has(right):
            rows = rows.exclude(transaction__type__in=types)
    given: dict[str, Any] = {
        "scrip_id": asked.scrip,
        "transaction__ticket__queue": asked.queue,
        "verdict": asked.verdict or None,
        "transaction__ticket": asked.ticket,
    }
    wanted = {name: value for name, value in given.items() if value is not None}
    return rows.filter(**wanted).select_related("transaction__ticket")


def _behind(rows: QuerySet[Run], after: Cursor | None) -> QuerySet[Run]:
    rows = rows.order_by("-created_at", "-id")
    if after is None:
        return rows
    # Beside the pair the moment alone: the index begins with it.
    beyond = Q(created_at__lt=after.at) | Q(pk__lt=after.number)
    return rows.filter(beyond, created_at__lte=after.at)


def _told(rows: Sequence[Run], actor: Actor) -> list[Ran]:
    entries = [entry_of(row.transaction) for row in rows]
    people = People()
    people.load(words.people_in(entries))
    reading = words.Reading(config=actor.config, people=people)
    there = {
        *Scrip.objects.filter(pk__in={row.scrip_id for row in rows}).values_list("pk", flat=True)
    }
    sent = Delivery.objects.in_bulk([number for row in rows if (number := _sent(row))])
    return [
        Ran(
            run=row,
            key=ticket_key(entry.ticket_id),
            subject=row.transaction.ticket.subject,
            seq=entry.seq,
            phrase=reading.phrase(entry),
            exists=row.scrip_id in there,
            delivery=sent.get(_sent(row)),
        )
        for row, entry in zip(rows, entries, strict=True)
    ]


def _sent(row: Run) -> int:
    return (row.effect or {}).get("delivery_id") or 0
