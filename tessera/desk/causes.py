"""Why something happened: what a person did, which rules acted on it, and what became of what they sent.

Of one unit of work alone, however long the ticket's log is.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from scrips.models import Delivery, Run
from scrips.models.delivery import Attempt
from tessera.desk import words
from tickets import seen
from tickets.access import Actor, held_on, hidden_types
from tickets.entries import entry_of
from tickets.models import Transaction
from tickets.outcome import RECORDS, Entry
from tickets.people import People
from tickets.state import TicketState

_MOST = 500
_LONGEST_ANSWER = 300


@dataclass(frozen=True, slots=True)
class Try:
    """One try of a delivery, and what came back."""

    number: int
    at: datetime
    took: timedelta
    ok: bool
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Something that happened, and below it what came of it. `who` did it, be it a person or a rule; `here` marks the
    one that was asked about."""

    who: str
    phrase: words.Phrase | None = None
    because: str = ""
    error: str = ""
    shadow: bool = False
    status: str = ""
    at: datetime
    here: bool = False
    tries: tuple[Try, ...] = ()
    children: tuple["Node", ...] = ()


def chain(state: TicketState, actor: Actor, people: People, row: Transaction) -> tuple[Node, ...]:
    """The unit of work that the entry belongs to, as a tree from what its author did. Five statements."""
    hidden = hidden_types(held_on(actor, state)) | RECORDS
    rows = Transaction.objects.filter(ticket=state.id, seq__gte=1, batch=_batch(row))
    rows = rows.exclude(type__in=hidden).order_by("seq")[:_MOST]
    entries = seen.entries(actor, [entry_of(each) for each in rows])
    return _Tree(entries, actor, people, row).roots()


def _batch(row: Transaction) -> int:
    """The unit of work; of a delivery's record, the one that made the delivery."""
    if row.type in RECORDS and row.cause_transaction is not None:
        return row.cause_transaction.batch
    return row.batch


class _Tree:
    def __init__(
        self, entries: Sequence[Entry], actor: Actor, people: People, row: Transaction
    ) -> None:
        self.entries = {entry.id: entry for entry in entries}
        self.row, self.people = row, people
        people.load({entry.creator_id for entry in entries} | words.people_in(entries))
        self.reading = words.Reading(config=actor.config, people=people)
        self.runs: defaultdict[int, list[Run]] = defaultdict(list)
        for run in Run.objects.filter(transaction__in=self.entries).order_by("pk"):
            self.runs[run.transaction_id].append(run)
        ids = [number for runs in self.runs.values() for number in _sent_by(runs)]
        self.deliveries = Delivery.objects.in_bulk(ids) if ids else {}
        self.tries = _tries(self.deliveries)

    def roots(self) -> tuple[Node, ...]:
        """What no rule of this unit made."""
        return tuple(
            self._entry(entry)
            for entry in self.entries.values()
            if entry.cause is None or entry.cause.transaction_id not in self.entries
        )

    def _entry(self, entry: Entry) -> Node:
        person = self.people.by_id(entry.creator_id)
        return Node(
            who="" if entry.cause or person is None else person.name,
            phrase=self.reading.phrase(entry),
            at=entry.created_at,
            here=entry.id == self.row.pk,
            children=tuple(self._run(run) for run in self.runs[entry.id]),
        )

    def _run(self, run: Run) -> Node:
        return Node(
            who=run.name,
            because=run.because,
            error=run.error,
            shadow=run.verdict == Run.Verdict.SHADOW,
            at=run.created_at,
            here=run.error != "" and self.row.type == "ScripError" and self._is_of(run),
            children=tuple(self._made(run)),
        )

    def _is_of(self, run: Run) -> bool:
        same = self.row.cause_scrip_id == run.scrip_id
        return same and self.row.cause_transaction_id == run.transaction_id

    def _made(self, run: Run) -> Iterator[Node]:
        for number in (run.effect or {}).get("transaction_ids", ()):
            if number in self.entries:
                yield self._entry(self.entries[number])
        for number in _sent_by([run]):
            if found := self.deliveries.get(number):
                yield self._delivery(found)

    def _delivery(self, delivery: Delivery) -> Node:
        payload = delivery.payload
        mail = delivery.kind == Delivery.Kind.EMAIL
        told = _("mail to %(to)s") if mail else _("call of %(to)s")
        to = ", ".join(payload["to"] + payload["cc"] + payload["bcc"]) if mail else payload["url"]
        failed = delivery.status in ("dead", "failed")
        return Node(
            who="",
            phrase=words.Phrase(told % {"to": to}),
            status=delivery.get_status_display(),
            error=delivery.last_error[:_LONGEST_ANSWER] if failed else "",
            at=delivery.sent_at or delivery.created_at,
            here=self.row.delivery_id == delivery.pk,
            tries=tuple(self.tries.get(delivery.pk, ())),
        )


def _sent_by(runs: Iterable[Run]) -> list[int]:
    found = [run.effect.get("delivery_id") for run in runs if run.effect]
    return [number for number in found if number]


def _tries(deliveries: Mapping[int, Delivery]) -> Mapping[int, list[Try]]:
    found: dict[int, list[Try]] = {}
    rows = Attempt.objects.filter(delivery__in=deliveries).order_by("delivery", "number")
    for row in rows if deliveries else ():
        answer = row.error or row.answer or (str(row.response_status or ""))
        took = timedelta(milliseconds=row.duration_ms)
        one = Try(row.number, row.started_at, took, row.ok, answer[:_LONGEST_ANSWER])
        found.setdefault(row.delivery_id, []).append(one)
    return found
