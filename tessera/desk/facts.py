"""What stands at a ticket's side: people, fields, dates, links."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from customfields.spec import FieldSpec
from tessera.desk import words
from tessera.desk.listing import status_color, status_kind
from tessera.desk.sections import FORMS, may_edit
from tickets.access import Actor, held_on, may_own, visible_to
from tickets.config import Config
from tickets.people import People, Person
from tickets.state import INVERSE, ROLES, TicketState, states_of


@dataclass(frozen=True, slots=True)
class Watching:
    """The people of one role; `key` is the role's own name."""

    role: str
    people: tuple[Person, ...]
    key: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A custom field of the ticket's queue with its values as text; none where it is not set."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Linked:
    """A ticket at the other end of a link, where the reader may see it."""

    direction: str
    state: TicketState
    kind: str
    color: str = ""


def watching(state: TicketState, people: People) -> tuple[Watching, ...]:
    """Requestors, Cc and AdminCc, empty roles too. The addresses must be loaded for one statement in all."""
    names = words.roles()
    return tuple(
        Watching(names[role], tuple(people.by_email(e) for e in state.watchers.get(role, ())), role)
        for role in ROLES
    )


def fields(state: TicketState, config: Config, gone: Iterable[FieldSpec] = ()) -> tuple[Field, ...]:
    """The fields of the queue in its order, then those that are `gone`."""
    return tuple(
        Field(
            spec.name, tuple(words.plain(value) for value in state.custom_fields.get(spec.key, ()))
        )
        for spec in (*config.queues[state.queue_id].fields, *gone)
    )


def links(state: TicketState, actor: Actor, config: Config) -> tuple[Linked, ...]:
    """The linked tickets that the actor may see, by direction."""
    ids = {other for held in state.links.values() for other in held}
    if not ids:
        return ()
    others = {each.id: each for each in states_of(visible_to(actor, among=ids))}
    return tuple(_in_order(state, others, config))


def _in_order(
    state: TicketState, others: dict[int, TicketState], config: Config
) -> Iterable[Linked]:
    names = words.directions()
    for direction in INVERSE:
        held: Sequence[int] = state.links.get(direction, ())
        for other in held:
            if other in others:
                found = others[other]
                kind, color = status_kind(found, config), status_color(found, config)
                yield Linked(names[direction], found, kind, color)


@dataclass(frozen=True, slots=True)
class Changes:
    """What the reader may change at the side. `take` is whether the ticket can be made his own by one press."""

    people: bool
    basics: bool
    fields: bool
    links: bool
    take: bool


def may_change(state: TicketState, actor: Actor) -> Changes:
    """Costs no statement."""
    may = {name: may_edit(name, state, actor) for name in FORMS}
    held = held_on(actor, state)
    takes = held.has("TakeTicket" if state.owner_id is None else "StealTicket")
    mine = state.owner_id == actor.id
    can = may_own(actor.person, actor.config, state) and (takes or held.has("ModifyTicket"))
    return Changes(**may, take=can and not mine)
