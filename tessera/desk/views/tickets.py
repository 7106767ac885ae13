"""One ticket."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from tessera.desk import page
from tessera.desk.access import ticket_or_404
from tessera.desk.draft import COMMENT, REPLY, Draft
from tessera.desk.page import Asked
from tickets.state import TicketState


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
