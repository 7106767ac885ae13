"""A page of tickets, newest activity first: what each line of the list shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core import signing
from django.db.models import Q

from tickets.access import Actor, visible_to
from tickets.config import Config
from tickets.models import Ticket
from tickets.people import People, Person
from tickets.state import TicketState, states_of

PAGE = 50
_SALT = "tessera.desk.listing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One ticket of the list. `kind` is its status's: initial, active, inactive, or danger for deleted ones."""

    state: TicketState
    kind: str
    queue: str
    requestor: Person | None
    owner: Person | None


@dataclass(frozen=True, slots=True)
class Listing:
    """Lines, and where the older ones begin (None at the end)."""

    lines: tuple[Line, ...]
    older: str | None


def newest(actor: Actor, *, after: str | None = None, size: int = PAGE) -> Listing:
    """The tickets that the actor may see, from the place that `after` marks.

    Keyset: page 1,000 costs what page 1 costs. A mark that is not ours begins at the top.
    """
    rows = visible_to(actor).order_by("-updated_at", "id")
    if after is not None and (mark := _read(after)) is not None:
        rows = rows.filter(
            Q(updated_at__lt=mark[0]) | Q(updated_at=mark[0], id__gt=mark[1]),
            updated_at__lte=mark[0],  # what the index can begin at
        )
    found = list(rows[: size + 1])
    lines = _lines(found[:size], actor.config)
    return Listing(lines, _mark(found[size - 1]) if len(found) > size else None)


def status_kind(state: TicketState, config: Config) -> str:
    """The colour of a ticket's status: by its kind, never by its name; deleted tickets alone stand out."""
    return kind_of(state.status, state.lifecycle_version_id, config)


def kind_of(status: str, lifecycle_version_id: int, config: Config) -> str:
    """The same of a status under a version of a lifecycle."""
    if status.casefold() == "deleted":
        return "danger"
    return config.lifecycle(lifecycle_version_id).definition.kind(status)


def _lines(rows: Sequence[Ticket], config: Config) -> tuple[Line, ...]:
    if not rows:
        return ()
    states = states_of(rows)
    first = [next(iter(state.watchers.get("requestor", ())), None) for state in states]
    people = People()
    people.load([state.owner_id for state in states], [email for email in first if email])
    return tuple(
        Line(
            state=state,
            kind=status_kind(state, config),
            queue=config.queues[state.queue_id].name,
            requestor=people.by_email(email) if email else None,
            owner=people.by_id(state.owner_id) if state.owner_id else None,
        )
        for state, email in zip(states, first, strict=True)
    )


def _mark(row: Ticket) -> str:
    return signing.dumps([row.updated_at.isoformat(), row.pk], salt=_SALT)


def _read(mark: str) -> tuple[datetime, int] | None:
    try:
        moment, number = signing.loads(mark, salt=_SALT)
        return datetime.fromisoformat(moment), int(number)
    except (signing.BadSignature, ValueError, TypeError):
        return None
