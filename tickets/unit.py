"""The unit of work: everything that one change of a ticket brings, collected in memory and written at once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import models

from tessera.lib import clock
from tessera.lib.database.writing import New
from tickets.access import Actor, held_on, require
from tickets.chain import linked
from tickets.config import Config
from tickets.grants import Held
from tickets.ids import Ids
from tickets.outcome import RECORDS, Cause, Entry, Fired, Skipped, Text
from tickets.people import People
from tickets.state import TicketState


class NotLocked(Exception):
    """The work needs tickets that were not locked when it began: it begins anew with these as well."""

    def __init__(self, ids: set[int]) -> None:
        super().__init__(ids)
        self.ids = ids


@dataclass(frozen=True, slots=True)
class Acting:
    """In whose name facts are recorded now, and because of what. `marks` join the `data` of each."""

    actor: Actor
    cause: Cause | None = None
    marks: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a unit had come, to cut it back to."""

    states: dict[int, TicketState]
    entries: int
    messages: int
    rows: int


@dataclass(slots=True, kw_only=True)
class Unit:
    """States and rows of one unit of work. Nothing is in the database before `tickets.flush` writes it.

    `before` holds the locked tickets as they were, `states` as they are now; `entries` are in the order of their
    recording, numbered without a gap within each ticket. `rows` are rows of other rooms, inserted after ours.
    """

    config: Config
    acting: Acting
    ids: Ids
    before: dict[int, TicketState]
    now: datetime = field(default_factory=clock.now)
    states: dict[int, TicketState] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    messages: list[tuple[int, int, Text]] = field(default_factory=list)  # (id, ticket, text)
    rows: list[New | models.Model] = field(default_factory=list)
    people: People = field(default_factory=People)
    fired: list[Fired] = field(default_factory=list)
    silent: list[Callable[[], list[Skipped]]] = field(default_factory=list)  # asked by previews
    # Up to which seq the ticket's log went when scrips were asked about an entry, or (by its first) about the whole.
    round_seqs: dict[int, int] = field(default_factory=dict)
    batch_seqs: dict[int, int] = field(default_factory=dict)
    skip_recipients: frozenset[str] = frozenset()
    after_commit: list[Callable[[], None]] = field(default_factory=list)
    subject_id: int = 0  # the ticket that was changed, as soon as it is
    # What stood in a ticket's log before this unit, for whoever asks; it is locked, so it is read once.
    stored: dict[int, tuple[Sequence[Entry], Mapping[int, Text]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.states = dict(self.before)
        self.people.add(self.acting.actor.person)
        self.people.add(self.config.system)

    def state(self, ticket_id: int) -> TicketState:
        """The ticket as it stands now. Raises `NotLocked` for one that this unit may not write."""
        if ticket_id not in self.states:
            raise NotLocked({ticket_id})
        return self.states[ticket_id]

    def held(self, state: TicketState) -> Held:
        """What the actor holds on the ticket as it stands, or held when the unit began.

        Whoever moves a ticket where he may nothing can still say so in the same request.
        """
        now, before = held_on(self.acting.actor, state), self.before.get(state.id)
        if before is None or before is state:
            return now
        then = held_on(self.acting.actor, before)
        return now if then == now else Held(now.rights | then.rights, now.roles | then.roles)

    def require(self, state: TicketState, *rights: str) -> None:
        """Raise `Forbidden`, which names the first, unless the actor holds one of the rights (as `held` has it)."""
        held = self.held(state)
        if not any(held.has(right) for right in rights):
            require(self.acting.actor, rights[0], ticket=state)

    def record(
        self,
        state: TicketState,
        type: str,  # noqa: A002  # the log's own word
        *,
        field: str = "",
        old: Any = None,
        new: Any = None,
        data: Mapping[str, Any] | None = None,
        delivery_id: int | None = None,
    ) -> Entry:
        """Add a fact to a ticket's log; `state` is the ticket with it. Values are JSON, as the contract shows them."""
        by = self.acting
        seq = state.last_seq + 1
        number = self.ids.take("transaction")
        entry = linked(
            state.head,
            Entry(
                id=number,
                ticket_id=state.id,
                seq=seq,
                type=type,
                field=field,
                old_value=old,
                new_value=new,
                data={**(data or {}), **by.marks},
                creator_id=by.actor.id,
                created_at=self.now,
                batch=self.entries[0].batch if self.entries else number,
                cause=by.cause,
                delivery_id=delivery_id,
                digest="",
            ),
        )
        changed: dict[str, Any] = {"last_seq": seq, "head": entry.digest}
        if type not in RECORDS:
            changed |= {"version": seq, "updated_at": self.now, "updated_by_id": by.actor.id}
        self.states[state.id] = replace(state, **changed)
        self.entries.append(entry)
        return entry

    @contextmanager
    def acting_as(self, acting: Acting) -> Iterator[None]:
        """Within the block facts are recorded in that name and for that cause."""
        kept, self.acting = self.acting, acting
        try:
            yield
        finally:
            self.acting = kept

    def mark(self) -> Mark:
        """Remember this point. States are frozen, so this copies no more than the list of tickets."""
        return Mark(dict(self.states), len(self.entries), len(self.messages), len(self.rows))

    def cut_back(self, mark: Mark) -> None:
        """Undo everything that was collected since the mark."""
        self.states = dict(mark.states)
        del self.entries[mark.entries :]
        del self.messages[mark.messages :]
        del self.rows[mark.rows :]

    def text_of(self, entry: Entry) -> Text | None:
        """The text that an entry brought, if it brought one: of this unit, or stored of a ticket whose log was read."""
        wanted = entry.text_id
        if wanted is None:
            return None
        for number, _ticket, text in self.messages:
            if number == wanted:
                return text
        stored = self.stored.get(entry.ticket_id)
        return None if stored is None else stored[1].get(wanted)

    @property
    def system(self) -> Actor:
        """The system user, in whose name scrips act."""
        return Actor(self.config.system, self.config)
