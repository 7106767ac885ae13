"""Who may what, and why: the grants behind each right, in words. The page of that name shows it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.core.paginator import Page
from django.db.models import OuterRef, QuerySet
from django_stubs_ext import StrOrPromise

from tessera.accounts.models import Group, User
from tessera.lib.admin import CappedPaginator
from tickets import access, holding, rights_widget, transitions, wording
from tickets.access import Actor
from tickets.config import Config
from tickets.grants import TICKET_ROLES, GrantSpec, Held
from tickets.people import Person
from tickets.state import TicketState

PAGE = 50
_NAMED = 3  # how many of the grants that give a right in part are named


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """A ticket with its queue, a queue, or everywhere."""

    queue_id: int | None = None
    ticket: TicketState | None = None

    @property
    def in_queue(self) -> int | None:
        """The queue of either."""
        return self.ticket.queue_id if self.ticket else self.queue_id


@dataclass(frozen=True, slots=True)
class Giving:
    """A grant, by its id and in words: "agent, through the group IT Support, in the queue IT Support"."""

    id: int
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """A right: the grant that gives it, or None. Then `partly` are those that give it in some queue, or to whoever is
    something on a ticket, and `more` how many of them are not named."""

    right: str
    told: StrOrPromise
    giving: Giving | None
    partly: tuple[Giving, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Step:
    """A transition from where the ticket stands, with what is in the way, or nothing."""

    label: str
    source: str
    target: str
    refusal: str


@dataclass(frozen=True, slots=True)
class Rights:
    """What somebody may in a place. `roles` is what he is on the ticket."""

    roles: tuple[StrOrPromise, ...]
    groups: tuple[tuple[StrOrPromise, tuple[Line, ...]], ...]
    held: int
    of: int
    sees: bool
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who has a right, and why."""

    user: User
    giving: Giving


@dataclass(frozen=True, slots=True)
class Holders:
    """The people who have a right in a place. `besides` gives it to whoever is something on a ticket there."""

    page: Page[Any]
    holders: tuple[Holder, ...]
    everyone: Giving | None
    besides: tuple[Giving, ...]


class Words:
    """Names what grants speak of: one statement, for the groups."""

    def __init__(self, config: Config) -> None:
        self._config = config
        wanted = {grant.group_id for grant in config.grants.all if grant.group_id is not None}
        self._groups = dict(Group.objects.filter(pk__in=wanted).values_list("pk", "name"))

    def giving(self, grant: GrantSpec, user: str = "") -> Giving:
        """The grant, given to that user or to what he is part of."""
        group = self._groups.get(grant.group_id, "") if grant.group_id is not None else ""
        way = wording.way(user=user, group=group, ticket_role=grant.ticket_role)
        queue = self._config.queues.get(grant.queue_id) if grant.queue_id is not None else None
        where = wording.place(queue.name if queue else "")
        return Giving(grant.id, f"{grant.role.name}, {way}, {where}")


def of_person(person: Person, config: Config, where: Where) -> Rights:
    """What the person may there: each right with the first grant that gives it. A fixed number of statements."""
    actor, ticket = Actor(person, config), where.ticket
    words = Words(config)
    found = holding.reasons(actor, queue_id=where.queue_id, ticket=ticket)
    partly = list(_partly(actor, where)) if ticket is None else []
    lines = tuple(
        (label, tuple(_line(right, found, partly, words, person) for right in rights))
        for label, rights in rights_widget.groups(config, frozenset(found))
    )
    roles = access.ticket_roles_of(person, ticket) if ticket else ()
    return Rights(
        roles=tuple(wording.TICKET_ROLE_WORDS[role] for role in roles),
        groups=lines,
        held=sum(line.giving is not None for _label, group in lines for line in group),
        of=sum(len(group) for _label, group in lines),
        sees="ShowTicket" in found,
        steps=tuple(_steps(ticket, actor)) if ticket else (),
    )


def of_group(group: Group, config: Config, where: Where) -> Rights:
    """What somebody may there who is a member of the group and nothing else."""
    member = Person(id=None, username="", email="", groups=frozenset({group.pk}))
    return of_person(member, config, where)


def with_right(right: str, config: Config, where: Where, *, page: str) -> Holders:
    """The people who have the right there, by username, a page at a time. A fixed number of statements."""
    words = Words(config)
    people = holding.holders(config, right, queue_id=where.in_queue, ticket=where.ticket)
    shown = CappedPaginator(_with_groups(people.order_by("username", "pk")), PAGE).get_page(page)
    return Holders(
        page=shown,
        holders=tuple(_holders(shown, right, config, where, words)),
        everyone=next(_giving(config.grants.of_everyone, right, where, words), None),
        besides=()
        if where.ticket
        else tuple(
            each
            for role in TICKET_ROLES
            for each in _giving(config.grants.of_ticket_roles.get(role, ()), right, where, words)
        ),
    )


def _line(
    right: rights_widget.Right,
    found: Mapping[str, GrantSpec],
    partly: Iterable[GrantSpec],
    words: Words,
    person: Person,
) -> Line:
    if grant := found.get(right.name):
        return Line(right.name, right.told, words.giving(grant, person.name), (), 0)
    giving = [grant for grant in partly if Held.by([grant]).has(right.name)]
    named = tuple(words.giving(grant, person.name) for grant in giving[:_NAMED])
    return Line(right.name, right.told, None, named, len(giving) - len(named))


def _partly(actor: Actor, where: Where) -> Iterator[GrantSpec]:
    """What the person holds in queues, where everywhere is asked for; and what being something on a ticket gives."""
    if actor.person.disabled:
        return
    for grant in actor.grants:
        if where.in_queue is None and grant.queue_id is not None:
            yield grant
    for role in TICKET_ROLES:
        for grant in actor.config.grants.of_ticket_roles.get(role, ()):
            if where.in_queue is None or grant.reaches(where.in_queue):
                yield grant


def _giving(
    grants: Iterable[GrantSpec], right: str, where: Where, words: Words
) -> Iterator[Giving]:
    for grant in grants:
        if grant.reaches(where.in_queue) and Held.by([grant]).has(right):
            yield words.giving(grant)


def _holders(
    people: Iterable[Any], right: str, config: Config, where: Where, words: Words
) -> Iterator[Holder]:
    for user in people:
        user.group_ids = frozenset(user.held_groups)
        person = Person.of(user)
        actor = Actor(person, config)
        found = holding.reasons(actor, queue_id=where.queue_id, ticket=where.ticket)
        if grant := found.get(right):
            yield Holder(user, words.giving(grant, person.name))


def _steps(ticket: TicketState, actor: Actor) -> Iterator[Step]:
    for move, refusal in transitions.judged(ticket, actor):
        label = move.transition.label or move.transition.name
        yield Step(label, move.source, move.target, str(refusal) if refusal else "")


def _with_groups(people: QuerySet[User]) -> QuerySet[User]:
    """With the ids of the groups of each, in the same statement."""
    groups = User.member_of.through.objects.filter(user_id=OuterRef("pk")).order_by()
    return people.annotate(held_groups=ArraySubquery(groups.values("group_id")))
