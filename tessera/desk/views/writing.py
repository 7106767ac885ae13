"""What people do to a ticket on its page: write, take a transition, take it over; and what that would do."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from tessera.desk import bodies, page, timeline, uploads
from tessera.desk.access import own, reader, ticket_or_404
from tessera.desk.acts import acts, asked_by
from tessera.desk.draft import MARKDOWN, Draft, fields_form
from tessera.desk.forms.facts import FieldsForm
from tessera.desk.happen import Happening, foreseen
from tessera.desk.page import Asked, Faults
from tessera.lib.errors import Invalid, LimitReached, Refused, VersionConflict
from tickets import drafts, service, unsent
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
        changes = draft.changes() | _filled_in(request, state, actor, draft)
        if draft.says and settings.TESSERA_UNDO_SECONDS:
            _hold(request, state, actor, draft, changes)
        else:
            _send(request, state, actor, draft, changes)
    except Refused as refusal:
        return _again(request, state, refusal)
    return redirect("ticket", key=state.key)


def _hold(
    request: HttpRequest, state: TicketState, actor: Actor, draft: Draft, changes: dict[str, Any]
) -> None:
    """Have it sent when it is due, unless it is taken back before."""
    letter = unsent.Letter(
        changes=changes,
        nonce=draft.nonce or uuid4().hex,
        version=_read(state, actor, draft),
        transition=draft.transition,
        form=filled_form(request, state, actor, draft),
        instead_of=draft.taken,
        signature=draft.below,
    )
    unsent.hold(state.id, letter, actor=actor)
    _close(state, draft, actor)
    told = _("It waits, and can be taken back until it is sent.")
    messages.success(request, told, extra_tags="sent held")


def _send(
    request: HttpRequest, state: TicketState, actor: Actor, draft: Draft, changes: dict[str, Any]
) -> None:
    """Through the door at once, in place of what came back and stood in the composer."""
    with transaction.atomic():
        unsent.drop(state.id, actor, draft.taken)
        service.apply(
            state.id,
            changes,
            actor=actor,
            version=_read(state, actor, draft),
            transition=draft.transition or None,
        )
        _close(state, draft, actor)
    messages.success(request, _told(draft), extra_tags="sent" if draft.says else "")


def _close(state: TicketState, draft: Draft, actor: Actor) -> None:
    if draft.nonce and draft.says:
        drafts.close(state.id, draft.nonce, actor=actor)


def _read(state: TicketState, actor: Actor, draft: Draft) -> int | None:
    """The version that the writer has read. While messages wait, a page falls behind by what its own reader sent."""
    if not settings.TESSERA_UNDO_SECONDS:
        return draft.version
    return unsent.known_version(state.id, actor, draft.version, now=state.version)


@require_POST
@login_required
@never_cache
def preview(request: HttpRequest, key: str) -> HttpResponse:
    """What sending it would do: the panel alone for a script, else the page with the draft as it stands."""
    state, actor = ticket_or_404(request, key), reader(request)
    try:
        draft = _drafted(request, state, actor)
        found = _foreseen(state, draft, actor, _filled_in(request, state, actor, draft))
    except (Invalid, LimitReached) as refusal:
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
        there = {row.pk for row in unsent.of(now.id, actor)}
        taken = tuple(each for each in draft.taken if each in there)
        draft = replace(draft, version=now.version, taken=taken)
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
    """The draft with what was uploaded beside it and its writer's signature. Uploads stay for the next try whatever
    comes of this one."""
    draft = replace(Draft.read(request.POST), signature=own(request).signature)
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


def filled_form(
    request: HttpRequest, state: TicketState, actor: Actor, draft: Draft
) -> dict[str, list[str]]:
    """The inputs of the fields that the transition asks for, as they were filled in."""
    names = {f"cf_{key}" for key in asked_by(state, actor, draft.transition)}
    return {name: request.POST.getlist(name) for name in names if name in request.POST}


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
    found = foreseen(
        lambda: service.preview(
            state.id,
            draft.changes() | beside,
            actor=actor,
            version=_read(state, actor, draft),
            transition=draft.transition or None,
        ),
        actor,
    )
    if not draft.markdown or not draft.content.strip():
        return found
    return replace(found, written=bodies.Page().body(draft.content, MARKDOWN))


def _told(draft: Draft) -> str:
    if not draft.says:
        return _("Done.")
    if draft.kind == "comment":
        return _("Your comment is kept.")
    return _("Your reply is sent.")
