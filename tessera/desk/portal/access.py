"""Which tickets are whose in the portal: the first line of its pages about one goes through here."""

from django.http import Http404, HttpRequest

from tessera.desk.access import reader, ticket_or_404
from tessera.lib.query.fold import fold
from tickets.access import Actor, ticket_roles_of
from tickets.customers import CUSTOMER_ROLES
from tickets.state import TicketState

# A ticket of that status has left every list.
GONE = "deleted"


def own_or_404(request: HttpRequest, key: str) -> TicketState:
    """The ticket, if the reader may see it and is requestor or Cc of it; whatever else he may, there is no other."""
    state = ticket_or_404(request, key)
    if not is_own(state, reader(request)):
        raise Http404
    return state


def is_own(state: TicketState, actor: Actor) -> bool:
    """Whether it is one of the tickets that the portal has for somebody who may see it."""
    asks = not set(CUSTOMER_ROLES).isdisjoint(ticket_roles_of(actor.person, state))
    return asks and fold(state.status) != GONE


def customers_of(state: TicketState) -> frozenset[str]:
    """The addresses, folded, of those who ask."""
    return frozenset(fold(e) for role in CUSTOMER_ROLES for e in state.watchers.get(role, ()))
