"""What conditions and templates see: frozen plain values of one round, never ORM objects."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext as _

from scrips import words
from scrips.rendering import Facts, Later, Method
from tessera.lib import plaintext
from tessera.lib.query.facts import Event, QueryFacts
from tickets.access import Actor, may
from tickets.config import Config, QueueSpec
from tickets.facts import event_of, log_in, meet, messages_in, query_facts
from tickets.models.ticket import ticket_key
from tickets.outcome import Entry
from tickets.people import Person
from tickets.representation import ticket_url
from tickets.state import ROLES, TicketState
from tickets.unit import Unit

MOST_MESSAGES = 50


@dataclass(frozen=True)
class PersonFacts(Facts):
    """Somebody. `id` is None and `username` empty for an address that no user has; `language` empty for the site's."""

    id: int | None
    username: str
    email: str
    first_name: str
    last_name: str
    name: str
    time_zone: str
    language: str

    def __str__(self) -> str:
        return self.username or self.email

    @classmethod
    def of(cls, person: Person) -> "PersonFacts":
        return cls(
            id=person.id,
            username=person.username,
            email=person.email,
            first_name=person.first_name,
            last_name=person.last_name,
            name=person.name,
            time_zone=person.time_zone,
            language=person.language,
        )


@dataclass(frozen=True)
class QueueFacts(Facts):
    """A queue; it prints its name."""

    id: int
    name: str
    description: str
    correspond_address: str
    comment_address: str

    def __str__(self) -> str:
        return self.name

    @classmethod
    def of(cls, queue: QueueSpec) -> "QueueFacts":
        return cls(
            id=queue.id,
            name=queue.name,
            description=queue.description,
            correspond_address=queue.correspond_address,
            comment_address=queue.comment_address,
        )


@dataclass(frozen=True)
class TicketFacts(Facts):
    """A ticket as a round found it; it prints its key. `cf` has every field of the queue, None where empty."""

    id: int
    key: str
    url: str
    subject: str
    status: str
    priority: int
    queue: QueueFacts
    owner: PersonFacts | None
    creator: PersonFacts | None
    requestors: tuple[PersonFacts, ...]
    cc: tuple[PersonFacts, ...]
    admin_cc: tuple[PersonFacts, ...]
    cf: Mapping[str, Any]
    lifecycle: str
    version: int
    due_at: datetime | None
    started_at: datetime | None
    resolved_at: datetime | None
    created_at: datetime
    updated_at: datetime

    def __str__(self) -> str:
        return self.key

    @property
    def custom_fields(self) -> Mapping[str, Any]:
        """The same as `cf`, under the API's name."""
        return self.cf


@dataclass(frozen=True)
class TransactionFacts(Facts):
    """What was recorded; it prints its type. `content` is a message's text, else empty."""

    id: int
    seq: int
    type: str
    field: str
    old_value: Any
    new_value: Any
    content: str
    content_type: str
    creator: PersonFacts | None
    created_at: datetime

    def __str__(self) -> str:
        return self.type


@dataclass(frozen=True)
class MessageFacts(Facts):
    """What somebody wrote; it prints its text. `content` is as it was written, HTML where that is its type."""

    content: str
    content_type: str
    internal: bool
    creator: PersonFacts | None
    created_at: datetime

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """The content without markup."""
        html = self.content_type == "text/html"
        return plaintext.from_html(self.content) if html else self.content


# What stands behind each name of a template, for checking it before it is ever rendered.
NAMES: Mapping[str, Any] = MappingProxyType(
    {
        "ticket": TicketFacts,
        "transaction": TransactionFacts,
        "transactions": tuple[TransactionFacts, ...],
        "actor": PersonFacts,
        "queue": QueueFacts,
        "now": datetime,
        "recipient": PersonFacts,
        "last_message": MessageFacts,
        "conversation": Callable[..., tuple[MessageFacts, ...]],
        "diff": str,
    }
)


@dataclass(frozen=True)
class Round:
    """One transaction at one stage: the ticket as it stands when the round begins, and what that transaction changed.

    Texts show the numbers that ids will have (`Unit.ids.shown`). Everything is worked out when first asked for:
    most rounds ask for little. `reader` is who only looks at what a template would say: he is told nothing more than
    he may see.
    """

    unit: Unit
    state: TicketState
    entry: Entry
    entries: tuple[Entry, ...]
    reader: Actor | None = None

    def about(self, entry: Entry) -> "Round":
        """The same round, judged by another of its transactions."""
        return Round(self.unit, self.state, entry, self.entries, self.reader)

    @property
    def config(self) -> Config:
        return self.unit.config

    @property
    def queue(self) -> QueueSpec:
        return self.config.queues[self.state.queue_id]

    @cached_property
    def actor(self) -> Person | None:
        """Who made the change."""
        return self.unit.people.by_id(self.entry.creator_id)

    def person(self, user_id: int | None) -> PersonFacts | None:
        found = self.unit.people.by_id(user_id)
        return None if found is None else PersonFacts.of(found)

    def watchers(self, role: str) -> tuple[Person, ...]:
        """Those who watch in a role, as people."""
        return tuple(map(self.unit.people.by_email, self.state.watchers.get(role, ())))

    @cached_property
    def context(self) -> Mapping[str, Any]:
        """The names of a template."""
        meet(self.unit.people, self.state, self.entry.creator_id)
        actor = self.actor
        return {
            "ticket": self.ticket,
            "transaction": Later(lambda: self.transaction_facts(self.entry)),
            "transactions": Later(lambda: tuple(map(self.transaction_facts, self.entries))),
            "actor": None if actor is None else PersonFacts.of(actor),
            "queue": QueueFacts.of(self.queue),
            "now": self.unit.now,
            "recipient": None,
            "last_message": Later(lambda: next(iter(self.conversation(1)), None)),
            "conversation": Method(Round.conversation, self),
            "diff": Later(self._diff),
        }

    def conversation(self, most: object = 10, internal: object = None) -> tuple[MessageFacts, ...]:
        """The last messages, the newest first. Comments are internal: they are among them only if asked for by name."""
        if not isinstance(most, int) or not 0 < most <= MOST_MESSAGES:
            raise ValueError(_("a conversation has 1 to %d messages") % MOST_MESSAGES)
        asked = bool(internal) and self._may_read_comments
        found = messages_in(self.unit, self.state, most=most, internal=asked)
        self.unit.people.load([entry.creator_id for entry, _text in found])
        return tuple(
            MessageFacts(
                content=text.content,
                content_type=text.content_type,
                internal=text.internal,
                creator=self.person(entry.creator_id),
                created_at=entry.created_at,
            )
            for entry, text in found
        )

    @property
    def _may_read_comments(self) -> bool:
        return self.reader is None or may(self.reader, "ShowTicketComments", ticket=self.state)

    def _diff(self) -> str:
        return words.diff(self.entry, config=self.config, people=self.unit.people)

    @cached_property
    def ticket(self) -> TicketFacts:
        state = self.state
        number = self.unit.ids.shown(state.id)
        people = {
            role: tuple(PersonFacts.of(person) for person in self.watchers(role)) for role in ROLES
        }
        return TicketFacts(
            id=number,
            key=ticket_key(number),
            url=ticket_url(number),
            subject=state.subject,
            status=state.status,
            priority=state.priority,
            queue=QueueFacts.of(self.queue),
            owner=self.person(state.owner_id),
            creator=self.person(state.creator_id),
            requestors=people["requestor"],
            cc=people["cc"],
            admin_cc=people["admin_cc"],
            cf=_field_values(state, self.queue),
            lifecycle=self.config.lifecycle(state.lifecycle_version_id).name,
            version=state.version,
            due_at=state.due_at,
            started_at=state.started_at,
            resolved_at=state.resolved_at,
            created_at=state.created_at,
            updated_at=state.updated_at,
        )

    @cached_property
    def query(self) -> QueryFacts:
        """The round as the query language sees it."""
        people = self.unit.people
        return query_facts(
            self.state,
            config=self.config,
            people=people,
            now=self.unit.now,
            log=lambda: self._log,
            shown=self.unit.ids.shown,
            transaction=event_of(self.entry, self.unit.text_of(self.entry), people),
            actor=self.actor,
        )

    @cached_property
    def _log(self) -> list[Event]:
        """The ticket's whole log as the round found it, this unit's part included."""
        return log_in(self.unit, self.state)

    def transaction_facts(self, entry: Entry) -> TransactionFacts:
        text = self.unit.text_of(entry)
        return TransactionFacts(
            id=self.unit.ids.shown(entry.id),
            seq=entry.seq,
            type=entry.type,
            field=entry.field,
            old_value=entry.old_value,
            new_value=entry.new_value,
            content=text.content if text else "",
            content_type=text.content_type if text else "",
            creator=self.person(entry.creator_id),
            created_at=entry.created_at,
        )


def _field_values(state: TicketState, queue: QueueSpec) -> Mapping[str, Any]:
    values: dict[str, Any] = {}
    for spec in queue.fields:
        held: Sequence[Any] = state.custom_fields.get(spec.key, ())
        values[spec.key] = tuple(held) if spec.several else (held[0] if held else None)
    return MappingProxyType(values)
