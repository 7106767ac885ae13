"""Who is nothing but a customer: somebody who asks, and answers what he is asked."""

from django.db.models import Q

from tessera.accounts.rights import CUSTOMER
from tessera.lib.query.fold import fold
from tickets.access import Actor, watches
from tickets.grants import GrantSpec

CUSTOMER_ROLES = ("requestor", "cc")
# What anybody may be given who only asks for help.
_OF_WHO_ASKS = frozenset({"CreateTicket", "ReplyToTicket", "SeeQueue", "Watch"})


def of_customers(grant: GrantSpec) -> bool:
    """Whether the grant makes nobody more than a customer: it is of the role `customer`, or of no more than asking and
    answering."""
    return fold(grant.role.name) == CUSTOMER or grant.role.rights <= _OF_WHO_ASKS


def customer_alone(actor: Actor) -> bool:
    """Whether the actor is nothing but a customer; what he may by being on a ticket does not count."""
    return not actor.person.disabled and all(map(of_customers, actor.grants))


def asked_by(actor: Actor) -> Q:
    """That the actor is requestor or Cc of a ticket: an empty list for who has no address."""
    if not actor.person.email:
        return Q(pk__in=())
    return watches(actor, list(CUSTOMER_ROLES))
