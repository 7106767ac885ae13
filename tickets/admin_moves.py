"""Moving tickets to a version in the administration: the plan, the move with its progress, and the moves so far."""

from collections import Counter
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lifecycles.diagram.words import kind_name
from lifecycles.models import Lifecycle
from lifecycles.parts import KINDS
from tessera.accounts.models import User
from tessera.lib import admin as site
from tessera.lib.admin import SiteAdmin
from tessera.lib.errors import Invalid, MappingNeeded
from tessera.lib.query.fold import fold
from tickets import config, moving
from tickets.access import actor_of
from tickets.models import VersionMove
from tickets.models.ticket import ticket_key
from tickets.moving import Plan

_MOST_MOVES = 50
_MOST_VERSIONS = 100
_TEMPLATES = "admin/lifecycles/lifecycle"


class MappingForm(forms.Form):
    """What each status that went away becomes. A field's name comes from its status alone, so that no answer counts
    for another question when tickets got other statuses meanwhile."""

    def __init__(self, plan: Plan, data: Any = None) -> None:
        super().__init__(data)
        self.asked = {fold(status): status for status in reversed(plan.unmapped)}
        tickets: Counter[str] = Counter()
        for line in plan.lines:
            tickets[fold(line.status)] += line.tickets
        choices = [("", _("choose a status")), *_by_kind(plan)]
        for key, status in sorted(self.asked.items()):
            told = ngettext("%(count)d ticket has it.", "%(count)d tickets have it.", tickets[key])
            self.fields[_field(key)] = forms.ChoiceField(
                label=_("“%s” becomes") % status,
                choices=choices,
                help_text=told % {"count": tickets[key]},
                error_messages={"required": _("Choose what it becomes.")},
            )

    @property
    def mapping(self) -> dict[str, str]:
        """By folded status, what it becomes. After `is_valid`."""
        return {key: self.cleaned_data[_field(key)] for key in self.asked}


def _field(key: str) -> str:
    """A status is any text, and the name of a field is also the id of its box."""
    return f"becomes_{sha256(key.encode()).hexdigest()[:16]}"


def _by_kind(plan: Plan) -> Iterable[tuple[str, list[tuple[str, str]]]]:
    definition = config.current().lifecycle(plan.version.pk).definition
    for kind in KINDS:
        names = definition.statuses_of(kind)
        yield kind_name(kind), [(name, name) for name in names]


class MovePages(SiteAdmin[Lifecycle]):
    """The pages of a lifecycle on which its tickets are moved. All of them ask for the right to change it."""

    def get_urls(self) -> list[URLResolver | URLPattern]:  # type: ignore[override]  # as Django's own has it
        pages = (
            ("<int:number>/move/", self.plan_view, "move"),
            ("<int:number>/moves/<int:move>/", self.move_view, "progress"),
            ("<int:number>/moves/<int:move>/stop/", self.stop_view, "stop"),
            ("<int:number>/moves/<int:move>/resume/", self.resume_view, "resume"),
        )
        ours = [
            path(route, self.admin_site.admin_view(view), name=f"lifecycles_lifecycle_{name}")
            for route, view, name in pages
        ]
        return [*ours, *super().get_urls()]

    def changeable(self, request: HttpRequest, number: int) -> Lifecycle:
        """The published lifecycle of that number, for those who may change it. Raises `PermissionDenied`, `Http404`."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        rows = Lifecycle.objects.exclude(current=None).select_related("current")
        found = rows.filter(pk=number).first()
        if found is None:
            raise Http404
        if request.method == "POST":
            self.remember(request, found)
        return found

    def plan_view(self, request: HttpRequest, number: int) -> HttpResponse:
        """What a move would do, by version and status; POST begins it."""
        lifecycle = self.changeable(request, number)
        plan = _planned(lifecycle, request.GET.get("version", ""))
        form = MappingForm(plan, request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                move = moving.start(
                    lifecycle, plan.version.number, form.mapping, actor=actor_of(_user(request))
                )
            except MappingNeeded as refusal:
                # A ticket came by another status since the form was made: ask for that one too.
                messages.error(request, str(refusal))
                return redirect(request.get_full_path())
            except Invalid as refusal:
                site.show_faults(form, refusal.errors)
            else:
                self.log_change(request, lifecycle, _begun(move))
                return redirect("admin:lifecycles_lifecycle_progress", lifecycle.pk, move.pk)
        return self._page(request, "move.html", lifecycle, _plan_context(lifecycle, plan, form))

    def move_view(self, request: HttpRequest, number: int, move: int) -> HttpResponse:
        """How far a move is."""
        lifecycle = self.changeable(request, number)
        held = _move(lifecycle, move)
        faults = [
            {"key": ticket_key(fault["ticket_id"]), "detail": fault["detail"]}
            for fault in held.faults
        ]
        context = {
            "title": _("Tickets move to version %d") % held.version.number,
            "move": held,
            "faults": faults,
            "resumable": held.status == VersionMove.Status.STOPPED and not _running(lifecycle),
        }
        return self._page(request, "progress.html", lifecycle, context)

    def stop_view(self, request: HttpRequest, number: int, move: int) -> HttpResponse:
        """End it after the ticket in hand."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        lifecycle = self.changeable(request, number)
        moving.stop(_move(lifecycle, move))
        return redirect("admin:lifecycles_lifecycle_progress", lifecycle.pk, move)

    def resume_view(self, request: HttpRequest, number: int, move: int) -> HttpResponse:
        """Go on where it was stopped."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        lifecycle = self.changeable(request, number)
        try:
            moving.resume(_move(lifecycle, move))
        except Invalid as refusal:
            for texts in refusal.errors.values():
                messages.error(request, " ".join(texts))
        return redirect("admin:lifecycles_lifecycle_progress", lifecycle.pk, move)

    def _page(
        self, request: HttpRequest, name: str, lifecycle: Lifecycle, context: dict[str, Any]
    ) -> HttpResponse:
        shared = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "lifecycle": lifecycle,
            "subtitle": lifecycle.name,
        }
        return TemplateResponse(request, f"{_TEMPLATES}/{name}", shared | context)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  # the administration asks for a login
    return request.user


def _planned(lifecycle: Lifecycle, raw: str) -> Plan:
    """The plan for the version that the address names; without one, for the current one. Raises `Http404`."""
    assert lifecycle.current is not None  # noqa: S101  # `changeable` gives only published ones
    number = lifecycle.current.number
    if raw:
        if not (raw.isascii() and raw.isdigit() and len(raw) < 10):
            raise Http404
        number = int(raw)
    try:
        return moving.plan(lifecycle, number, {})
    except Invalid as refusal:
        raise Http404 from refusal


def _plan_context(lifecycle: Lifecycle, plan: Plan, form: MappingForm) -> dict[str, Any]:
    numbers = lifecycle.versions.order_by("-number").values_list("number", flat=True)
    return {
        "title": _("Move tickets to version %d") % plan.version.number,
        "plan": plan,
        "form": form,
        "numbers": sorted({*numbers[:_MOST_VERSIONS], plan.version.number}, reverse=True),
        "changed": sum(line.tickets for line in plan.lines if line.becomes != line.status),
        "running": _running(lifecycle),
        "moves": _moves(lifecycle)[:_MOST_MOVES],
    }


def _begun(move: VersionMove) -> str:
    told = ngettext(
        "A move of %(count)d ticket to version %(number)d has begun.",
        "A move of %(count)d tickets to version %(number)d has begun.",
        move.total,
    )
    return told % {"count": move.total, "number": move.version.number}


def _moves(lifecycle: Lifecycle) -> QuerySet[VersionMove]:
    rows = VersionMove.objects.filter(lifecycle=lifecycle)
    return rows.select_related("version", "creator").defer("faults").order_by("-pk")


def _running(lifecycle: Lifecycle) -> VersionMove | None:
    return _moves(lifecycle).filter(status=VersionMove.Status.RUNNING).first()


def _move(lifecycle: Lifecycle, number: int) -> VersionMove:
    found = _moves(lifecycle).defer(None).filter(pk=number).first()
    if found is None:
        raise Http404
    return found
