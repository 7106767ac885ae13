"""What was said between a customer and us: no comments, no changes but the end and a new beginning, no rules."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from tessera.desk import bodies
from tessera.desk.portal.access import customers_of
from tessera.desk.timeline import Said
from tessera.lib.query.fold import fold
from tickets.access import Actor
from tickets.entries import entry_of, texts_of
from tickets.models import Transaction
from tickets.outcome import Entry
from tickets.people import People
from tickets.state import TicketState

PAGE = 50
_SPOKEN = Q(type__in=("Create", "Correspond"))
# The end of a ticket, and a new beginning: its status became, or was, of the other kind.
_TURNING = Q(type="StatusChange") & (
    Q(data__kinds__0="inactive", data__kinds__1__in=["initial", "active"])
    | Q(data__kinds__0__in=["initial", "active"], data__kinds__1="inactive")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A message, or where `said` is None the end (`closes`) or the new beginning of the ticket. `name` is empty for
    what nobody wrote himself; `mine` is the reader's own."""

    seq: int
    at: datetime
    name: str
    mine: bool = False
    staff: bool = False
    said: Said | None = None
    closes: bool = False


@dataclass(frozen=True, slots=True)
class Conversation:
    """A part of it, oldest first; `earlier` is the seq before which the rest lies (None at the beginning)."""

    turns: tuple[Turn, ...]
    earlier: int | None


def of_ticket(
    state: TicketState, actor: Actor, people: People, *, before: int | None = None, size: int = PAGE
) -> Conversation:
    """The last part, or the last before a seq. Four statements."""
    rows = _rows(state)
    if before is not None:
        rows = rows.filter(seq__lt=before)
    found = [entry_of(row) for row in rows.order_by("-seq")[: size + 1]]
    shown = found[:size]
    earlier = shown[-1].seq if len(found) > size else None
    return Conversation(tuple(_turns(shown[::-1], state, actor, people)), earlier)


def news(state: TicketState, *, since: int) -> bool:
    """Whether anything was said, or ended, after that version: one statement."""
    return _rows(state).filter(seq__gt=since).exists()


def _rows(state: TicketState) -> QuerySet[Transaction]:
    return Transaction.objects.filter(_SPOKEN | _TURNING, ticket=state.id)


def _turns(
    entries: Sequence[Entry], state: TicketState, actor: Actor, people: People
) -> Iterable[Turn]:
    people.load([entry.creator_id for entry in entries])
    texts, customers, page = texts_of(entries), customers_of(state), bodies.Page()
    for entry in entries:
        if entry.type == "StatusChange":
            closes = entry.data["kinds"][1] == "inactive"
            yield Turn(seq=entry.seq, at=entry.created_at, name="", closes=closes)
            continue
        text = texts.get(entry.text_id or 0)
        if text is None or text.internal:
            continue
        person = people.by_id(entry.creator_id)
        alone = entry.cause is not None or person is None or person.system
        yield Turn(
            seq=entry.seq,
            at=entry.created_at,
            name="" if alone or person is None else person.name,
            mine=not alone and entry.creator_id == actor.id,
            staff=alone or person is None or fold(person.email) not in customers,
            said=Said.of(text, page),
        )
