"""A ticket as the query language sees it in memory: for conditions, and for the guards of transitions."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from tessera.lib.query import facts as queried
from tessera.lib.query.facts import Event, QueryFacts
from tickets.config import Config
from tickets.entries import as_values, entry_of, texts_of
from tickets.models import Transaction
from tickets.outcome import Entry, Text
from tickets.people import People, Person
from tickets.state import ROLES, TicketState
from tickets.unit import Unit

UTC = ZoneInfo("UTC")


def same(number: int) -> int:
    """The number that stands for an id: itself."""
    return number


def meet(people: People, state: TicketState, *others: int | None) -> None:
    """Load everybody whom the ticket names, and these, in one statement."""
    people.load(
        [state.owner_id, state.creator_id, state.updated_by_id, *others],
        [address for role in ROLES for address in state.watchers.get(role, ())],
    )


def query_facts(
    state: TicketState,
    *,
    config: Config,
    people: People,
    now: datetime,
    log: Callable[[], Sequence[Event]],
    shown: Callable[[int], int] = same,
    transaction: Event | None = None,
    actor: Person | None = None,
) -> QueryFacts:
    """The ticket's facts. The caller is the system user, times are in UTC; `log` is called only if it is asked for."""
    meet(people, state)
    lifecycle = config.lifecycle(state.lifecycle_version_id)
    watchers = {
        role: tuple(_known(people.by_email(address)) for address in state.watchers.get(role, ()))
        for role in ROLES
    }
    return QueryFacts(
        id=shown(state.id),
        subject=state.subject,
        queue_id=state.queue_id,
        queue_name=config.queues[state.queue_id].name,
        status=state.status,
        status_kind=lifecycle.definition.kind(state.status),
        lifecycle=lifecycle.name,
        priority=state.priority,
        now=now,
        zone=UTC,
        created_at=state.created_at,
        started_at=state.started_at,
        resolved_at=state.resolved_at,
        due_at=state.due_at,
        updated_at=state.updated_at,
        owner=somebody(people.by_id(state.owner_id)),
        creator=somebody(people.by_id(state.creator_id)),
        last_updated_by=somebody(people.by_id(state.updated_by_id)),
        watchers=watchers,
        custom_fields=dict(state.custom_fields),
        links={direction: frozenset(map(shown, ids)) for direction, ids in state.links.items()},
        log=log,
        transaction=transaction,
        actor=somebody(actor),
        caller=somebody(config.system),
    )


def log_of(state: TicketState, people: People) -> list[Event]:
    """The ticket's stored log, up to the state."""
    entries, texts = _stored(state.id)
    return _events(state, entries, texts, people)


def log_in(unit: Unit, state: TicketState) -> list[Event]:
    """The ticket's log up to the state, in a unit of work: the stored rows, read once, and those not written yet."""
    if state.id not in unit.stored:
        unit.stored[state.id] = _stored(state.id)
    entries, texts = unit.stored[state.id]
    mine = [entry for entry in unit.entries if entry.ticket_id == state.id]
    unwritten = {number: text for number, _ticket, text in unit.messages}
    known = {**texts, **unwritten} if unwritten else texts
    return _events(state, [*entries, *mine], known, unit.people)


_SAID = ("Create", "Correspond")


def messages_in(
    unit: Unit, state: TicketState, *, most: int, internal: bool
) -> list[tuple[Entry, Text]]:
    """The last messages of the ticket up to the state, the newest first; comments only where `internal` ones are asked.

    Read by the log's own order: what it costs is what is asked for, however long the log is.
    """
    types = (*_SAID, "Comment") if internal else _SAID
    found: list[tuple[Entry, Text]] = []
    for entry in reversed(unit.entries):
        text = unit.text_of(entry)
        if (
            entry.ticket_id == state.id
            and entry.type in types
            and entry.seq <= state.last_seq
            and text
        ):
            found.append((entry, text))
    if len(found) < most:
        rows = Transaction.objects.filter(
            ticket=state.id, type__in=types, seq__lte=state.last_seq, data__has_key="message_id"
        )
        stored = [entry_of(row) for row in rows.order_by("-seq")[: most - len(found)]]
        texts = texts_of(stored)
        found += [(entry, texts[entry.text_id or 0]) for entry in stored if entry.text_id in texts]
    return [(entry, text) for entry, text in found if internal or not text.internal][:most]


def _stored(ticket_id: int) -> tuple[list[Entry], dict[int, Text]]:
    rows = Transaction.objects.filter(ticket=ticket_id).order_by("seq")
    entries = [entry_of(row) for row in rows]
    return entries, texts_of(entries)


def _events(
    state: TicketState, entries: Sequence[Entry], texts: Mapping[int, Text], people: People
) -> list[Event]:
    known = [entry for entry in entries if entry.seq <= state.last_seq]
    people.load([entry.creator_id for entry in known])
    return [event_of(entry, texts.get(entry.text_id or 0), people) for entry in known]


def event_of(entry: Entry, text: Text | None, people: People) -> Event:
    """An entry of the log as a query sees it."""
    return Event(
        type=entry.type,
        field=entry.field or None,
        old=as_values(entry.old_value),
        new=as_values(entry.new_value),
        content=text.content if text else None,
        creator=somebody(people.by_id(entry.creator_id)),
        created_at=entry.created_at,
        by_rule=entry.cause is not None,
    )


def _known(person: Person) -> queried.Person:
    return queried.Person(person.id, person.username, person.email, person.name)


def somebody(person: Person | None) -> queried.Person | None:
    """A person as a query sees him."""
    return None if person is None else _known(person)
