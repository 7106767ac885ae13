"""What people do to a ticket on its page: write, take a transition, take it over; and what that would do."""

from dataclasses import replace

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from tessera.desk import page, timeline, uploads
from tessera.desk.access import reader, ticket_or_404
from tessera.desk.draft import Draft
from tessera.desk.happen import Happening, happening
from tessera.desk.page import Asked, Faults
from tessera.lib.errors import Invalid, Refused, VersionConflict
from tickets import service
from tickets.access import Actor, held_on
from tickets.people import People
from tickets.state import TicketState

_OK = 200


@require_POST
@login_required
@never_cache
def write(request: HttpRequest, key: str) -> HttpResponse:
    """Send what stands in the composer, with the transition that was chosen, as one act; or that transition alone."""
    state, actor = ticket_or_404(request, key), reader(request)
    try:
        draft = _drafted(request, state, actor)
        if draft.idle:
            raise Invalid({"message.content": [_("Write something first.")]})
        service.apply(
            state.id,
            draft.changes(),
            actor=actor,
            version=draft.version,
            transition=draft.transition or None,
        )
    except Refused as refusal:
        return _again(request, state, refusal)
    messages.success(request, _told(draft), extra_tags="sent" if draft.says else "")
    return redirect("ticket", key=state.key)


@require_POST
@login_required
@never_cache
def preview(request: HttpRequest, key: str) -> HttpResponse:
    """What sending it would do: the panel alone for a script, else the page with the draft as it stands."""
    state, actor = ticket_or_404(request, key), reader(request)
    try:
        draft = _drafted(request, state, actor)
        found = _foreseen(state, draft, actor)
    except Invalid as refusal:
        return _again(request, state, refusal)
    if request.headers.get("HX-Request"):
        return render(request, "desk/ticket/_happen.html", {"happening": found})
    return page.shown(request, state, Asked(draft=draft, happening=found))


@require_POST
@login_required
@never_cache
def take(request: HttpRequest, key: str) -> HttpResponse:
    """Make oneself the owner."""
    state, actor = ticket_or_404(request, key), reader(request)
    versions = uploads.numbers(request.POST.getlist("version"))
    version = versions[0] if versions else None
    try:
        service.apply(state.id, {"owner_id": actor.id}, actor=actor, version=version)
    except Refused as refusal:
        return refused(request, state, refusal)
    messages.success(request, _("The ticket is yours."))
    return redirect("ticket", key=state.key)


def refused(
    request: HttpRequest, state: TicketState, refusal: Refused, draft: Draft | None = None
) -> HttpResponse:
    """The page as it is now, with the draft as it was and why nothing happened. Nothing that was typed is lost: the
    draft counts from here on for the version that its writer now sees."""
    actor = reader(request)
    now = ticket_or_404(request, state.key)
    faults = faults_of(refusal, now, actor)
    if draft is not None:
        draft = replace(draft, version=now.version)
    asked = Asked(draft=draft, faults=faults)
    status = _OK if isinstance(refusal, Invalid) else refusal.status
    return page.shown(request, now, asked, status=status)


def faults_of(refusal: Refused, state: TicketState, actor: Actor) -> Faults:
    """A refusal as the page tells it."""
    if isinstance(refusal, VersionConflict):
        version = refusal.extra["expected"]
        found = timeline.since(state, actor, People(), version=version)
        told = _("Others have worked on this ticket since you opened it. Nothing was sent yet.")
        return Faults(general=[told], meanwhile=found, conflict=True)
    if not isinstance(refusal, Invalid):
        return Faults(general=[str(refusal.detail)])
    at_text = [t for name, texts in refusal.errors.items() if _is_text(name) for t in texts]
    others = [
        f"{name}: {text}"
        for name, texts in refusal.errors.items()
        if not _is_text(name)
        for text in texts
    ]
    fields = {"content": [text[:1].upper() + text[1:] for text in at_text]} if at_text else {}
    return Faults(fields=fields, general=others)


def _is_text(name: str) -> bool:
    return name == "message" or name.startswith("message.")


def _again(request: HttpRequest, state: TicketState, refusal: Refused) -> HttpResponse:
    draft = Draft.read(request.POST).with_files(uploads.already_kept(request))
    return refused(request, state, refusal, draft)


def _drafted(request: HttpRequest, state: TicketState, actor: Actor) -> Draft:
    """The draft with what was uploaded beside it. Uploads stay for the next try whatever comes of this one."""
    draft = Draft.read(request.POST)
    held = held_on(actor, state)
    if request.FILES and not (held.has("ReplyToTicket") or held.has("CommentOnTicket")):
        raise PermissionDenied
    return draft.with_files(uploads.kept(request, actor))


def _foreseen(state: TicketState, draft: Draft, actor: Actor) -> Happening | None:
    if draft.idle:
        return None
    found = service.preview(
        state.id,
        draft.changes(),
        actor=actor,
        version=draft.version,
        transition=draft.transition or None,
    )
    return happening(found, actor, People())


def _told(draft: Draft) -> str:
    if not draft.says:
        return _("Done.")
    if draft.kind == "comment":
        return _("Your comment is kept.")
    return _("Your reply is sent.")
