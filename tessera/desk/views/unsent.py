"""Messages that wait to be sent: taken back, sent without waiting, and those that came back."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tessera.desk import page, uploads
from tessera.desk import unsent as shown
from tessera.desk.access import reader, ticket_or_404
from tessera.desk.draft import Draft
from tessera.desk.page import Asked, Faults
from tessera.lib.errors import Invalid, NotFound, Refused
from tessera.lib.values import MAX_ID
from tickets import service, unsent
from tickets.access import Actor, held_on
from tickets.models import UnsentMessage
from tickets.models.ticket import ticket_key
from tickets.state import TicketState


@require_POST
@login_required
@never_cache
def undo(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """Take a message back into the composer, before what stands there already."""
    state, actor = ticket_or_404(request, key), reader(request)
    try:
        draft = _written(request, state, actor)
        back = number <= MAX_ID and unsent.take_back(number, state.id, actor=actor)
    except Refused as refusal:
        draft = Draft.read(request.POST).with_files(uploads.already_kept(request))
        faults = Faults(general=[str(refusal.detail)])
        status = 200 if isinstance(refusal, Invalid) else refusal.status
        return page.shown(request, state, Asked(draft=draft, faults=faults), status=status)
    if not back:
        faults = Faults(general=[_("It can’t be taken back any more: it was sent.")])
        return page.shown(request, state, Asked(draft=draft, faults=faults), status=409)
    if draft.empty:
        return redirect(reverse("ticket", args=[state.key]) + "#reply")
    draft = shown.on_page(state, actor).taken_up(draft, only=number)
    return page.shown(request, state, Asked(draft=draft))


@require_POST
@login_required
@never_cache
def send(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """Send it now, after those that were written before it."""
    state, actor = ticket_or_404(request, key), reader(request)
    if number <= MAX_ID:
        unsent.send_now(number, state.id, actor=actor)
    return redirect("ticket", key=state.key)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def returned(request: HttpRequest, number: int) -> HttpResponse:
    """One's own message that was not sent, with the reason; a POST throws it away. It is there for its author even
    where he may not see its ticket any more: what he wrote is his."""
    actor = reader(request)
    row = _own(number, actor)
    key, seen = ticket_key(row.ticket_id), _sees(actor, row.ticket_id)
    if request.method == "POST":
        row.delete()
        messages.success(request, _("The draft is thrown away."), extra_tags="sent")
        return redirect("ticket", key=key) if seen else redirect("index")
    context = {"draft": shown.returned(row), "key": key, "seen": seen}
    return render(request, "desk/ticket/returned.html", context)


def _own(number: int, actor: Actor) -> UnsentMessage:
    rows = UnsentMessage.objects.filter(author=actor.id, status=unsent.RETURNED)
    row = rows.filter(pk=number).first() if number <= MAX_ID else None
    if row is None:
        raise Http404
    return row


def _sees(actor: Actor, ticket_id: int) -> bool:
    try:
        service.visible(ticket_id, actor)
    except NotFound:
        return False
    return True


def _written(request: HttpRequest, state: TicketState, actor: Actor) -> Draft:
    """What stands in the composer, which is sent along so that nothing is lost with its page."""
    draft = Draft.read(request.POST)
    held = held_on(actor, state)
    if request.FILES and not (held.has("ReplyToTicket") or held.has("CommentOnTicket")):
        raise PermissionDenied
    draft = draft.with_files(uploads.kept(request, actor))
    return draft if draft.version is not None else Draft(version=state.version)
