"""Who may what, and why: a page of the administration, asked by GET alone, so that an answer can be passed on."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tessera.accounts.models import User
from tessera.desk import listing
from tessera.desk import who_may as answers
from tessera.desk.access import reader
from tessera.desk.forms.who_may import FORMS, PlaceForm, groups_like, people_like
from tessera.desk.who_may import Where
from tickets import access, knowing
from tickets.access import Actor
from tickets.people import Person

_SUGGESTED = 8


def _administrator(request: HttpRequest) -> Actor:
    actor = reader(request)
    if not access.may(actor, "AdminUsers"):
        raise PermissionDenied
    return actor


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Of a user, a group or a right, on a ticket, in a queue or everywhere: who may what, because of which grant."""
    actor = _administrator(request)
    kind = _kind(request)
    asked = kind in request.GET
    place = {name: request.GET.get(name, "") for name in ("ticket", "queue")}
    form = FORMS[kind](request.GET if asked else None, reader=actor, initial=place)
    context = {
        **admin.site.each_context(request),
        "title": _("Who may?"),
        "form": form,
        "kind": kind,
        "asked": asked,
        "tabs": [(name, told, _query(place, by=name)) for name, told in _tabs()],
    }
    if asked and form.is_valid():
        context |= _answer(form, actor, request.GET.get("page", "1"))
    context["near"] = [(told, _query(place, **{kind: value})) for value, told in form.near]
    return render(request, "admin/who_may.html", context)


def _kind(request: HttpRequest) -> str:
    """What is asked for: by what was sent, else by the tab."""
    sent = next((name for name in FORMS if name in request.GET), "")
    by = request.GET.get("by", "")
    return sent or (by if by in FORMS else "user")


def _query(place: Mapping[str, str], **asked: str) -> str:
    """The page's own address for another question about the same place."""
    return "?" + urlencode({name: value for name, value in {**asked, **place}.items() if value})


def _tabs() -> tuple[tuple[str, str], ...]:
    return (
        ("user", _("What may somebody do?")),
        ("group", _("What may a group do?")),
        ("right", _("Who has a right?")),
    )


def _answer(form: PlaceForm, actor: Actor, page: str) -> dict[str, Any]:
    config, where = actor.config, Where(**form.place)
    subject = form.cleaned_data[form.subject]
    queue = config.queues.get(where.in_queue) if where.in_queue is not None else None
    found: dict[str, Any] = {
        "subject": subject,
        "ticket": where.ticket,
        "queue": queue,
        "pill": listing.status_kind(where.ticket, config) if where.ticket else "",
    }
    if form.subject == "right":
        return found | {"people": answers.with_right(subject, config, where, page=page)}
    if form.subject == "group":
        return found | {"rights": answers.of_group(subject, config, where)}
    return found | {"rights": answers.of_person(Person.of(subject), config, where)}


@require_safe
def suggest(request: HttpRequest) -> JsonResponse:
    """`?kind=user|address|group&q=…`: the first whose names begin so: `{"results": [{"value", "text"}]}`. Groups, and
    those who have left, for who keeps the users; people for whoever is told who is one."""
    actor = reader(request)
    keeper = access.may(actor, "AdminUsers")
    kind, text = request.GET.get("kind"), request.GET.get("q", "")[:100]
    if not (keeper or (kind != "group" and knowing.people(actor))):
        raise PermissionDenied
    people = people_like(text) if keeper else people_like(text).filter(disabled=False)
    if kind == "group":
        found = [(group.name, group.name) for group in groups_like(text)[:_SUGGESTED]]
    elif kind == "address":
        rows = people.exclude(email="")[:_SUGGESTED]
        found = [(user.email, _told(user)) for user in rows]
    else:
        found = [(user.username, _told(user)) for user in people[:_SUGGESTED]]
    return JsonResponse({"results": [{"value": value, "text": told} for value, told in found]})


def _told(user: User) -> str:
    return _("%(name)s, disabled") % {"name": user.described} if user.disabled else user.described
