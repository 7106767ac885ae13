"""Who may do what: the one place that answers it. A caller who may not see a ticket is told that there is none."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from tessera.accounts.models import User
from tessera.lib.errors import Forbidden, NotFound
from tickets.models import Ticket
from tickets.people import Person
from tickets.state import TicketState

RIGHTS = frozenset(
    {
        "SeeQueue",
        "CreateTicket",
        "ShowTicket",
        "ShowTicketComments",
        "ReplyToTicket",
        "CommentOnTicket",
        "ModifyTicket",
        "OwnTicket",
        "TakeTicket",
        "StealTicket",
        "DeleteTicket",
        "Watch",
        "ModifyCustomField",
        "ShowOutgoingMail",
        "AdminQueue",
        "AdminScrips",
        "AdminLifecycles",
        "AdminCustomFields",
        "AdminUsers",
        "SuperUser",
    }
)


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who wants something done."""

    person: Person

    @classmethod
    def of(cls, user: User) -> "Actor":
        return cls(Person.of(user))

    @property
    def id(self) -> int:
        assert self.person.id is not None  # noqa: S101  # an actor is always a user
        return self.person.id


def may(
    actor: Actor,
    right: str,  # noqa: ARG001  # which right matters as soon as there are roles
    *,
    queue_id: int | None = None,  # noqa: ARG001  # and where
    ticket: TicketState | None = None,  # noqa: ARG001  # and on what
) -> bool:
    """Whether the actor has the right there: superusers and the system have every one, others none."""
    return actor.person.superuser and not actor.person.disabled


def may_own(person: Person, *, queue_id: int) -> bool:  # noqa: ARG001  # a right on the queue
    """Whether tickets of that queue can be given to the person."""
    return not person.disabled and not person.system


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


def visible_to(actor: Actor) -> QuerySet[Ticket]:
    """The tickets that the actor may see."""
    return Ticket.objects.all() if may(actor, "ShowTicket") else Ticket.objects.none()
