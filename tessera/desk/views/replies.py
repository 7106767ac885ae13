"""Saved replies: kept and shared at the account, and put into an answer on a ticket's page."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from scrips import replies
from scrips.models import SavedReply
from scrips.rendering import RenderFailed
from tessera.desk.access import reader, ticket_or_404
from tessera.desk.forms.replies import ReplyForm
from tessera.lib.errors import Forbidden, Invalid, LimitReached, NotFound
from tessera.lib.values import MAX_ID
from tickets.access import Actor

_read_or_write = require_http_methods(["GET", "HEAD", "POST"])
_CONFLICT = 409


@require_safe
@login_required
@never_cache
def listed(request: HttpRequest) -> HttpResponse:
    """Those that the reader may use."""
    actor = reader(request)
    rows = replies.seen_by(actor).select_related("queue", "group", "owner")[: replies.MOST + 1]
    shown = [(row, replies.may_change(row, actor)) for row in rows]
    context = {
        "tab": "replies",
        "replies": shown[: replies.MOST],
        "more": len(shown) > replies.MOST,
        "me": actor.id,
    }
    return render(request, "desk/account/replies.html", context)


@_read_or_write
@login_required
@never_cache
def new(request: HttpRequest) -> HttpResponse:
    """Keep another."""
    actor = reader(request)
    with transaction.atomic():
        return _edited(request, SavedReply(owner_id=actor.id), actor)


@_read_or_write
@login_required
@never_cache
def edit(request: HttpRequest, number: int) -> HttpResponse:
    """Change one."""
    actor = reader(request)
    with transaction.atomic():
        return _edited(request, _changeable(number, actor), actor)


@_read_or_write
@login_required
@never_cache
def delete(request: HttpRequest, number: int) -> HttpResponse:
    """Asks whether to delete one, and does it by POST."""
    actor = reader(request)
    with transaction.atomic():
        reply = _changeable(number, actor)
        if request.method != "POST":
            context = {"tab": "replies", "reply": reply}
            return render(request, "desk/account/reply_delete.html", context)
        replies.delete(reply, actor=actor)
    messages.success(request, _("The reply “%(name)s” is deleted.") % {"name": reply.name})
    return redirect("account-replies")


@require_safe
@login_required
@never_cache
def offered(request: HttpRequest, key: str) -> HttpResponse:
    """Those that can be put into an answer on this ticket: a page, to a script the menu."""
    state, actor = ticket_or_404(request, key), reader(request)
    context = {"ticket": state, "replies": replies.for_ticket(state, actor)}
    part = request.headers.get("HX-Request") == "true"
    return render(request, f"desk/ticket/{'_replies' if part else 'replies'}.html", context)


@require_safe
@login_required
@never_cache
def text(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """What one says about this ticket, as plain text; what is wrong with it, where it can't be said."""
    state, actor = ticket_or_404(request, key), reader(request)
    try:
        found = replies.rendered(_used(number, actor), state, actor)
    except RenderFailed as fault:
        return HttpResponse(str(fault), content_type="text/plain; charset=utf-8", status=_CONFLICT)
    return HttpResponse(found, content_type="text/plain; charset=utf-8")


def _used(number: int, actor: Actor) -> SavedReply:
    try:
        return replies.found(min(number, MAX_ID), actor)
    except NotFound:
        raise Http404 from None


def _changeable(number: int, actor: Actor) -> SavedReply:
    found = _used(number, actor)
    if not replies.may_change(found, actor):
        raise PermissionDenied
    return SavedReply.objects.select_for_update(of=("self",)).get(pk=found.pk)


def _edited(request: HttpRequest, reply: SavedReply, actor: Actor) -> HttpResponse:
    if request.method != "POST":
        return _page(request, ReplyForm(reply=reply, actor=actor))
    form = ReplyForm(request.POST, reply=reply, actor=actor)
    if not form.is_valid():
        return _page(request, form)
    try:
        replies.change(reply, form.wanted(), actor=actor)
    except Invalid as refusal:
        form.tell(refusal.errors)
        return _page(request, form)
    except (Forbidden, LimitReached) as refusal:
        form.add_error(None, str(refusal.detail))
        return _page(request, form, status=refusal.status)
    messages.success(request, _("The reply is saved."))
    return redirect("account-replies")


def _page(request: HttpRequest, form: ReplyForm, *, status: int = 200) -> HttpResponse:
    context = {"tab": "replies", "form": form, "reply": form.reply}
    return render(request, "desk/account/reply.html", context, status=status)
