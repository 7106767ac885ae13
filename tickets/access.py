"""Who may do what: the one place that answers it. A caller who may not see a ticket is told that there is none.

Two questions: may somebody do this here (`may`), and which tickets may he do it on (`visible_to`); `tickets.holding`
asks the other way round. The configuration holds the roles and grants, a person comes with the ids of his groups: the
first question costs no statement, the second none of its own.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, Exists, F, OuterRef, Q, QuerySet, Value
from django.utils.translation import gettext as _

from tessera.accounts.models import User
from tessera.lib.errors import Forbidden, NotFound
from tessera.lib.expressions import IsAnyOf, OneByOne
from tessera.lib.plans import rows_expected
from tessera.lib.query.fold import fold
from tickets import config as configuration
from tickets.config import Config
from tickets.grants import GrantSpec, Held
from tickets.models import Ticket, Transaction, Watcher
from tickets.outcome import RECORDS
from tickets.people import Person
from tickets.state import TicketState

# Up to so many tickets that somebody watches are looked up one by one: with nothing else that he sees, and beside
# queues, where every other ticket is compared with each of them. Beyond it, each is asked whether he watches it. Up to
# so many are named in the statement: the planner knows how many they are then, and keeps them hashed.
_FEW, _FEW_BESIDE_QUEUES = 10_000, 1_000
_NAMED = 500
# To find ten thousand by asking each ticket costs as much as to read four rows of what he watches for each asked.
_ASKED, _ROWS_FOR_ONE = 10_000, 4
_ALL = Ticket.objects.order_by()
_IDS = ArrayField(BigIntegerField())
_NOTHING = Held(frozenset(), frozenset())


@dataclass(frozen=True)
class Actor:
    """Somebody who wants something done, under the configuration that says what he may."""

    person: Person
    config: Config = field(compare=False, repr=False)

    @classmethod
    def of(cls, user: User) -> "Actor":
        """The user under the configuration of the moment when it is first asked for: one statement then, and one for
        his groups if they are not known. What he has done is under the configuration of its unit of work."""
        return _Caller(Person.of(user))

    def under(self, config: Config) -> "Actor":
        """The same somebody under another configuration."""
        return self if config is vars(self).get("config") else Actor(self.person, config)

    @property
    def id(self) -> int:
        assert self.person.id is not None  # noqa: S101  # an actor is always a user
        return self.person.id

    @cached_property
    def grants(self) -> tuple[GrantSpec, ...]:
        """What he holds on whatever ticket: nothing once he is disabled."""
        if self.person.disabled:
            return ()
        return self.config.grants.of_person(self.person.id, self.person.groups)

    @cached_property
    def _held(self) -> dict[tuple[int | None, tuple[str, ...]], Held]:
        return {}

    @cached_property
    def _watched(self) -> tuple[tuple[int, str], ...]:
        """The tickets that he watches, and as what; some of them where they are too many to be named."""
        return tuple(_of_address(self).values_list("ticket_id", "role")[: _NAMED + 1])

    @cached_property
    def watches(self) -> int:
        """In how many ways he watches tickets, counted no further than is worth knowing: two statements at most."""
        if len(self._watched) <= _NAMED:
            return len(self._watched)
        return _of_address(self)[: _FEW + 1].count()

    def watched_as(self, roles: Collection[str]) -> list[int] | None:
        """The ids of the tickets that he watches in one of the roles; None where they are too many to be named."""
        if self.watches > _NAMED:
            return None
        return sorted({ticket for ticket, role in self._watched if role in roles})

    @property
    def watches_many(self) -> bool:
        """Whether these are more tickets than are looked up by their ids."""
        return bool(self.person.email) and self.watches > _FEW

    @cached_property
    def watches_about(self) -> int:
        """How many tickets he watches, as far as the planner can tell."""
        return rows_expected(_of_address(self))

    @cached_property
    def watches_much(self) -> bool:
        """Whether, of those who watch more than a few, he watches so great a part of all tickets that the ones which he
        sees are sooner found by asking each than by reading what he watches. Two plans, once."""
        return self.watches_about**2 > _ASKED * _ROWS_FOR_ONE * rows_expected(_ALL)

    def held(self, queue_id: int | None = None, ticket_roles: tuple[str, ...] = ()) -> Held:
        """What he holds in a queue (None: everywhere), being these things on a ticket."""
        place = (queue_id, ticket_roles)
        if place not in self._held:
            self._held[place] = Held.by(grants_at(self, queue_id, ticket_roles))
        return self._held[place]


class _Caller(Actor):
    """One whose configuration is read when it is asked for."""

    def __init__(self, person: Person) -> None:
        object.__setattr__(self, "person", person)  # the class is frozen

    @cached_property
    def config(self) -> Config:
        return configuration.current()


def actor_of(user: User) -> Actor:
    """The user as an actor, remembered on the object, which lives as long as one request."""
    held: Actor | None = getattr(user, "_actor", None)
    if held is None:
        held = Actor.of(user)
        setattr(user, "_actor", held)  # noqa: B010  # a place to keep it that the model does not declare
    return held


def grants_at(
    actor: Actor, queue_id: int | None, ticket_roles: Iterable[str] = ()
) -> Iterator[GrantSpec]:
    """The grants that count in that place, those of the person first."""
    for grant in actor.grants:
        if grant.reaches(queue_id):
            yield grant
    if actor.person.disabled:
        return
    of_ticket_roles = actor.config.grants.of_ticket_roles
    for role in ticket_roles:
        for grant in of_ticket_roles.get(role, ()):
            if grant.reaches(queue_id):
                yield grant


def ticket_roles_of(person: Person, ticket: TicketState) -> tuple[str, ...]:
    """What the person is on the ticket: some of requestor, owner, cc, admin_cc."""
    address = fold(person.email)
    roles = [
        role
        for role in ("requestor", "cc", "admin_cc")
        if address and any(address == fold(each) for each in ticket.watchers.get(role, ()))
    ]
    if ticket.owner_id is not None and ticket.owner_id == person.id:
        roles.append("owner")
    return tuple(roles)


def held_on(actor: Actor, ticket: TicketState) -> Held:
    """What the actor holds on the ticket."""
    if not actor.config.grants.of_ticket_roles:
        return actor.held(ticket.queue_id)
    return actor.held(ticket.queue_id, ticket_roles_of(actor.person, ticket))


def may(
    actor: Actor,
    right: str,
    *,
    queue_id: int | None = None,
    ticket: TicketState | None = None,
) -> bool:
    """Whether the actor has the right on the ticket; without one, in the queue; without either, everywhere."""
    held = actor.held(queue_id) if ticket is None else held_on(actor, ticket)
    return held.has(right)


def may_own(person: Person, config: Config, ticket: TicketState) -> bool:
    """Whether the ticket can be given to the person."""
    if person.disabled or person.system:
        return False
    return may(Actor(person, config), "OwnTicket", ticket=ticket)


def require(
    actor: Actor,
    right: str,
    *,
    queue_id: int | None = None,
    ticket: TicketState | None = None,
) -> None:
    """Raise `Forbidden`, or `NotFound` where the actor may not even see the ticket."""
    if may(actor, right, queue_id=queue_id, ticket=ticket):
        return
    if ticket is not None and not may(actor, "ShowTicket", ticket=ticket):
        raise NotFound(_("There is no such ticket."))
    raise Forbidden(_("You need the right %(right)s for this.") % {"right": right}, right=right)


def sees_queue(actor: Actor, queue_id: int | None) -> bool:
    """Whether the actor knows of the queue; with None, of all of them."""
    held = actor.held(queue_id)
    return any(held.has(right) for right in ("SeeQueue", "CreateTicket", "AdminQueue"))


def queues_with(actor: Actor, *rights: str) -> frozenset[int]:
    """The queues in which the actor holds one of these rights, whatever he is on a ticket."""
    everywhere = actor.held()
    if any(everywhere.has(right) for right in rights):
        return frozenset(actor.config.queues)
    named = {grant.queue_id for grant in actor.grants if grant.queue_id is not None}
    return frozenset(
        queue_id
        for queue_id in named & actor.config.queues.keys()
        if any(actor.held(queue_id).has(right) for right in rights)
    )


def anywhere(actor: Actor, *rights: str) -> bool:
    """Whether the actor holds one of these rights everywhere or in some queue."""
    return any(actor.held().has(right) for right in rights) or bool(queues_with(actor, *rights))


def visible_to(
    actor: Actor, right: str = "ShowTicket", *, among: Collection[int] | None = None
) -> QuerySet[Ticket]:
    """The tickets, or those of `among`, on which the actor has the right. No row comes twice."""
    rows = Ticket.objects.all() if among is None else Ticket.objects.filter(pk__in=among)
    return rows.filter(visible(actor, right, by_id=among is None))


def visible(
    actor: Actor,
    right: str = "ShowTicket",
    *,
    within: frozenset[int] | None = None,
    by_id: bool = True,
) -> Q:
    """That the actor has the right on a ticket; an empty condition where he has it on all.

    Whoever asks for tickets of certain queues alone names them as `within`: of tickets elsewhere the condition says
    nothing then, and of these it may be simpler. `by_id`: a few that he watches may be looked up by their ids.
    """
    if actor.held().has(right):
        return Q()
    queues = queues_with(actor, right)
    if within is not None:
        if within <= queues:
            return Q()
        queues &= within
    few = 0 if not by_id else _FEW_BESIDE_QUEUES if queues else _FEW
    return _held_where(actor, right, queues, few=few) or Q(pk__in=())


def watched_alone(actor: Actor, right: str = "ShowTicket") -> QuerySet[Watcher] | None:
    """The rows that give the actor the right on their tickets, where nothing but watching gives it; else None."""
    if actor.person.disabled or not actor.person.email:
        return None
    if actor.held().has(right) or queues_with(actor, right):
        return None
    giving = {
        role: [grant.queue_id for grant in grants if Held.by([grant]).has(right)]
        for role, grants in actor.config.grants.of_ticket_roles.items()
    }
    roles = [role for role, queues in giving.items() if queues]
    everywhere = all(None in giving[role] for role in roles)
    return _watched(actor, roles) if roles and everywhere and "owner" not in roles else None


def narrowed(actor: Actor, within: frozenset[int] | None) -> frozenset[int] | None:
    """The same queues, or None where naming them makes no condition on what the actor sees simpler."""
    if within is None or actor.held().has("ShowTicket"):
        return None
    queues = queues_with(actor, "ShowTicket")
    return None if queues <= within and not within <= queues else within


def on_ticket_of_row(actor: Actor, right: str) -> Q | None:
    """That the actor has the right on the ticket of a row that has a `ticket`; None: on every ticket."""
    if actor.held().has(right):
        return None
    found = _held_where(actor, right, queues_with(actor, right), few=0, at="ticket__")
    return found or Q(pk__in=())


def _held_where(actor: Actor, right: str, queues: frozenset[int], *, few: int, at: str = "") -> Q:
    """The condition under which the actor has the right on a ticket; an empty one where it never holds."""
    found = Q()
    if queues:
        found |= Q(**{f"{at}queue_id__in": sorted(queues)})
    for condition in _by_ticket_role(actor, right, few=few, at=at):
        found |= condition
    return found


def _by_ticket_role(actor: Actor, right: str, *, few: int, at: str) -> Iterator[Q]:
    """What being something on a ticket gives: one condition for each set of queues in which it does."""
    if actor.person.disabled:
        return
    watched: dict[frozenset[int] | None, list[str]] = {}
    for role, grants in actor.config.grants.of_ticket_roles.items():
        giving = [grant for grant in grants if Held.by([grant]).has(right)]
        if not giving:
            continue
        where = {grant.queue_id for grant in giving}
        queues = None if None in where else frozenset(q for q in where if q is not None)
        if role == "owner":
            yield _within(queues, at) & Q(**{f"{at}owner_id": actor.id})
        else:
            watched.setdefault(queues, []).append(role)
    if actor.person.email:
        for queues, roles in watched.items():
            yield _within(queues, at) & watches(actor, roles, few=few, at=at)


def _within(queues: frozenset[int] | None, at: str) -> Q:
    return Q() if queues is None else Q(**{f"{at}queue_id__in": sorted(queues)})


# The facts of the log that take a right of their own besides ShowTicket.
INTERNAL: Mapping[str, frozenset[str]] = {
    "ShowTicketComments": frozenset({"Comment"}),
    "ShowOutgoingMail": RECORDS,
}


def hidden_types(held: Held) -> frozenset[str]:
    """The types of transactions that somebody who holds this on a ticket does not see."""
    return frozenset().union(*(types for right, types in INTERNAL.items() if not held.has(right)))


def visible_log(actor: Actor) -> QuerySet[Transaction]:
    """The transactions that the actor may see, of all tickets."""
    rows = Transaction.objects.all()
    if not actor.held().has("ShowTicket"):
        rows = rows.filter(ticket__in=visible_to(actor).order_by())
    for right, types in INTERNAL.items():
        # Asked of the ticket of each row that a page comes to: all tickets that one sees are far more.
        held = on_ticket_of_row(actor, right)
        if held is not None:
            rows = rows.filter(~Q(type__in=types) | held)
    return rows


def share(actor: Actor) -> float:
    """About how much of all tickets the actor sees, from 0 to 1: three plans at most."""
    if actor.held().has("ShowTicket"):
        return 1.0
    queues = queues_with(actor, "ShowTicket")
    found = rows_expected(_ALL.filter(queue_id__in=queues)) if queues else 0
    if actor.person.email and actor.config.grants.of_ticket_roles:
        found += actor.watches_about
    return min(found / max(rows_expected(_ALL), 1), 1.0)


def watches(actor: Actor, roles: list[str], *, few: int = _FEW, at: str = "") -> Q:
    """That the actor watches the ticket in one of these roles.

    As an array of ids while he watches no more than `few`, else as a test of each ticket: to the planner the one is a
    filter on a full walk where the other is an index look-up, and the other way round.
    """
    rows = _watched(actor, roles)
    if few and actor.watches <= few:
        if (ids := actor.watched_as(roles)) is not None:
            return Q(IsAnyOf(F("pk"), Value(ids, output_field=_IDS))) if ids else Q(pk__in=())
        return Q(IsAnyOf(F("pk"), ArraySubquery(rows.values("ticket_id"))))
    test = OneByOne if few and actor.watches_much else Exists
    return Q(test(rows.filter(ticket_id=OuterRef(f"{at}pk"))))


def _watched(actor: Actor, roles: list[str]) -> QuerySet[Watcher]:
    return _of_address(actor).filter(role__in=roles)


def _of_address(actor: Actor) -> QuerySet[Watcher]:
    return Watcher.objects.filter(address=fold(actor.person.email)).order_by()
