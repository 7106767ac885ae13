"""What people do to a ticket on its page: write, take a transition, take it over; and what that would do."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

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
from tessera.desk.acts import acts, asked_by
from tessera.desk.draft import Draft, fields_form
from tessera.desk.forms.facts import FieldsForm
from tessera.desk.happen import Happening, foreseen
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
            draft.changes() | _filled_in(request, state, actor, draft),
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
        found = _foreseen(state, draft, actor, _filled_in(request, state, actor, draft))
    except Invalid as refusal:
        if request.headers.get("HX-Request"):
            wrong = Happening(refusal=str(refusal.detail))
            return render(request, "desk/ticket/_happen.html", {"happening": wrong})
        return _again(request, state, refusal)
    if request.headers.get("HX-Request"):
        return render(request, "desk/ticket/_happen.html", {"happening": found})
    fields = _fields_again(request, state, actor, {})
    return page.shown(request, state, Asked(draft=draft, happening=found, fields=fields))


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
    errors = refusal.errors if isinstance(refusal, Invalid) else {}
    fields = _fields_again(request, now, actor, errors)
    if draft is not None:
        draft = replace(draft, version=now.version)
    faults = faults_of(refusal, now, actor, shown=_named(fields))
    asked = Asked(draft=draft, faults=faults, fields=fields)
    status = _OK if isinstance(refusal, Invalid) else refusal.status
    return page.shown(request, now, asked, status=status)


def faults_of(
    refusal: Refused, state: TicketState, actor: Actor, *, shown: Collection[str] = ()
) -> Faults:
    """A refusal as the page tells it, but for what is `shown` at its own field."""
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
        if not _is_text(name) and name not in shown
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


def _filled_in(
    request: HttpRequest, state: TicketState, actor: Actor, draft: Draft
) -> dict[str, Any]:
    """What the transition asks for and was filled in. Raises `Invalid` naming what is wrong with it."""
    keys = asked_by(state, actor, draft.transition)
    form = fields_form(state, actor, keys, request.POST)
    if not keys:
        return {}
    if not form.is_valid():
        named = form.errors.items()
        raise Invalid({f"custom_fields.{name.removeprefix('cf_')}": each for name, each in named})
    return form.wanted(form.changed_data)


def _fields_again(
    request: HttpRequest, state: TicketState, actor: Actor, errors: Mapping[str, list[str]]
) -> FieldsForm:
    """The fields beside the text as they were filled in, with the door's faults; as they are, where they were not."""
    keys = {key for act in acts(state, actor).asking for key in act.asks}
    posted = any(f"cf_{key}" in request.POST for key in keys)
    form = fields_form(state, actor, keys, request.POST if posted else None)
    if posted:
        new = _named(form) - {f"custom_fields.{name.removeprefix('cf_')}" for name in form.errors}
        form.tell({name: texts for name, texts in errors.items() if name in new})
    return form


def _named(form: FieldsForm) -> set[str]:
    """The form's fields by the door's names."""
    names = form.fields if form.is_bound else ()
    return {f"custom_fields.{name.removeprefix('cf_')}" for name in names}


def _foreseen(
    state: TicketState, draft: Draft, actor: Actor, beside: dict[str, Any]
) -> Happening | None:
    if draft.idle:
        return None
    return foreseen(
        lambda: service.preview(
            state.id,
            draft.changes() | beside,
            actor=actor,
            version=draft.version,
            transition=draft.transition or None,
        ),
        actor,
    )


def _told(draft: Draft) -> str:
    if not draft.says:
        return _("Done.")
    if draft.kind == "comment":
        return _("Your comment is kept.")
    return _("Your reply is sent.")
