"""Who is reading, and what of it: the first line of every page goes through here."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from tessera.accounts.models import User
from tessera.lib.errors import NotFound
from tessera.lib.query.fold import fold
from tickets import naming, service
from tickets.access import Actor, actor_of, queues_with
from tickets.config import QueueSpec
from tickets.state import TicketState

# The id that somebody means who types `TKT-0012`, `tkt-12` or `12`.
ticket_number = naming.typed


def reader(request: HttpRequest) -> Actor:
    """The person at the other end. Only for pages that ask for a login."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101  # login_required came first
    return actor_of(user)


def own(request: HttpRequest) -> User:
    """The person at the other end, for the pages about himself. Only for pages that ask for a login."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101  # login_required came first
    return user


@dataclass(frozen=True, slots=True)
class Doors:
    """Which pages of the administration a ticket's page leads its reader to: those that would let him in."""

    log: bool
    scrips: bool
    deliveries: bool


def doors(request: HttpRequest) -> Doors:
    """For the person at the other end."""
    user = own(request)
    return Doors(
        log=user.has_perm("tickets.view_ticket"),
        scrips=user.has_perm("scrips.view_scrip"),
        deliveries=user.has_perm("scrips.view_delivery"),
    )


def creating(actor: Actor) -> list[QueueSpec]:
    """The queues in which the actor may open a ticket, by name. No statement."""
    found = [actor.config.queues[number] for number in queues_with(actor, "CreateTicket")]
    return sorted((q for q in found if not q.disabled), key=lambda queue: fold(queue.name))


def ticket_or_404(request: HttpRequest, key: str) -> TicketState:
    """The ticket, if the reader may see it; a stranger learns nothing of it, not even that it is there."""
    number = ticket_number(key)
    if number is None:
        raise Http404
    try:
        return service.visible(number, reader(request))
    except NotFound:
        raise Http404 from None


def keyed(request: HttpRequest, page: str, key: str) -> HttpResponse:
    """To the page of a ticket by the one spelling of its key, with what else the address asked for."""
    asked = request.META.get("QUERY_STRING", "")
    path = reverse(page, kwargs={"key": key})
    return redirect(f"{path}?{asked}" if asked else path, permanent=True)
