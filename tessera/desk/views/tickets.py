"""The list of tickets, and one ticket."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from tessera.desk import listing, page
from tessera.desk.access import reader, ticket_or_404
from tessera.desk.draft import COMMENT, REPLY, Draft
from tessera.desk.page import Asked
from tickets.access import queues_with
from tickets.state import TicketState


@require_safe
@login_required
def index(request: HttpRequest) -> HttpResponse:
    """The tickets that the reader may see, newest activity first."""
    actor = reader(request)
    after = request.GET.get("after")
    found = listing.newest(actor, after=after)
    return render(
        request,
        "desk/ticket/list.html",
        {
            "listing": found,
            "later": after is not None,
            "base_url": settings.TESSERA_BASE_URL,
            "may_create": bool(queues_with(actor, "CreateTicket")),
        },
    )


@require_safe
@login_required
def ticket(request: HttpRequest, key: str) -> HttpResponse:
    """One ticket: its conversation, what changed, what rules did, and its facts at the side."""
    state = ticket_or_404(request, key)
    if key != state.key:
        return redirect("ticket", key=state.key, permanent=True)
    return page.shown(request, state, Asked(draft=_begun(request, state)))


def _begun(request: HttpRequest, state: TicketState) -> Draft:
    """An empty draft, or one that begins with the kind and the transition that a link names."""
    kind, transition = request.GET.get("as", REPLY), request.GET.get("then", "")
    known = {REPLY, COMMENT}
    return Draft(
        kind=kind if kind in known else REPLY, transition=transition, version=state.version
    )
