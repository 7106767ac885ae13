"""One ticket."""

from dataclasses import replace

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from scrips import replies
from scrips.rendering import RenderFailed
from tessera.desk import page, past, quoting, timeline, uploads
from tessera.desk.access import keyed, reader, ticket_or_404
from tessera.desk.draft import COMMENT, REPLY, Draft
from tessera.desk.page import Asked
from tessera.desk.portal.access import is_own
from tessera.lib.errors import NotFound
from tessera.lib.values import MAX_ID
from tickets import naming
from tickets.access import held_on
from tickets.customers import customer_alone
from tickets.people import People
from tickets.state import TicketState


@require_safe
@login_required
def ticket(request: HttpRequest, key: str) -> HttpResponse:
    """One ticket: its conversation, what changed, what rules did, and its facts at the side."""
    state = ticket_or_404(request, key)
    actor = reader(request)
    if customer_alone(actor) and is_own(state, actor):
        return redirect("portal-ticket", key=state.key)
    if key != state.key:
        return keyed(request, "ticket", state.key)
    if "at" in request.GET:
        return _as_it_was(request, state)
    return page.shown(request, state, Asked(draft=_begun(request, state)))


def _as_it_was(request: HttpRequest, state: TicketState) -> HttpResponse:
    """The ticket after one of its transactions, to read."""
    seq = naming.typed(request.GET["at"])
    view = timeline.View.read(request.GET, request.COOKIES.get(page.ORDER_COOKIE, ""))
    found = past.at(state, reader(request), min(seq, timeline.MAX_SEQ), view) if seq else None
    if found is None:
        return redirect("ticket", key=state.key)
    return render(request, "desk/ticket/past.html", found)


def _begun(request: HttpRequest, state: TicketState) -> Draft:
    """An empty draft, or one that begins with the kind and the transition that a link names. A page that is only to
    refresh what stands around the composer names what stands in that."""
    kind, transition = request.GET.get("as", REPLY), request.GET.get("then", "")
    known = {REPLY, COMMENT}
    draft = Draft(
        kind=kind if kind in known else REPLY,
        transition=transition,
        version=state.version,
        taken=tuple(uploads.numbers(request.GET.getlist("taken"))),
    )
    if number := naming.typed(request.GET.get("reply", "")):
        return _with_reply(request, state, draft, min(number, MAX_ID))
    seq = naming.typed(request.GET.get("quote", ""))
    if seq is None or seq > timeline.MAX_SEQ:
        return draft
    actor = reader(request)
    event = timeline.one(state, actor, People(), seq=seq)
    may_comment = held_on(actor, state).has("CommentOnTicket")
    return quoting.answering(event, draft, may_comment=may_comment) if event else draft


def _with_reply(request: HttpRequest, state: TicketState, draft: Draft, number: int) -> Draft:
    """The draft that begins with a saved reply; as it was, with the reason, where that can't be said of the ticket."""
    actor = reader(request)
    try:
        found = replies.rendered(replies.found(number, actor), state, actor)
    except (NotFound, RenderFailed) as fault:
        messages.error(request, str(fault))
        return draft
    return replace(draft, content=found)
