"""Lifecycles in the administration: edited as a draft, published as a version, and tickets moved to it."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lifecycles import diagram, service
from lifecycles.definition import Parsed, parse
from lifecycles.diff import diff
from lifecycles.models import Lifecycle, LifecycleVersion
from tessera.accounts import audit
from tessera.accounts.models import User
from tessera.lib import admin as site
from tessera.lib.admin import PlainJSONField, ReadOnlyAdmin, ReadOnlyInline, SiteAdmin, when
from tessera.lib.errors import Invalid, MappingNeeded
from tickets import moving
from tickets.access import actor_of
from tickets.models import Ticket, VersionMove
from tickets.processes import check_guard, held_roles

_SOME = 1_000  # how far tickets of older versions are counted for a hint
_MOVES = 20


class LifecycleForm(forms.ModelForm[Lifecycle]):
    """A name and a definition. Faults stand at their field with their place inside it; a draft may have some."""

    definition = PlainJSONField(
        label=gettext_lazy("Definition"),
        widget=site.JSONArea({"rows": 30}),
        required=True,
        help_text=gettext_lazy(
            "Statuses by kind, and the transitions between them. Published, it is what new tickets take;"
            " tickets that there are keep the version that they were created under."
        ),
    )
    note = site.note_field()

    class Meta:
        model = Lifecycle
        fields = ("name",)

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        if self.instance.draft is not None:
            self.initial["definition"] = self.instance.draft
        elif self.instance.current is not None:
            self.initial["definition"] = self.instance.current.definition

    @property
    def is_draft(self) -> bool:
        """Whether it is to be kept beside the published version."""
        return "_draft" in self.data and self.instance.pk is not None

    def clean(self) -> dict[str, Any]:
        """Tries the very save that would follow."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            site.show_faults(self, site.faults_of(lambda: save(self, actor=None)))
        return cleaned


def save(form: LifecycleForm, *, actor: User | None) -> Lifecycle:
    """Make the lifecycle; or rename it, and keep the definition as its draft or publish it. Raises `Invalid`."""
    name, definition, note = (form.cleaned_data[key] for key in ("name", "definition", "note"))
    if form.instance.pk is None:
        return service.create(name, definition, actor=actor, note=note, check_guard=check_guard)
    lifecycle = Lifecycle.objects.get(pk=form.instance.pk)
    service.rename(lifecycle, name)
    service.save_draft(lifecycle, definition)
    if not form.is_draft:
        service.publish_draft(lifecycle, actor=actor, note=note, check_guard=check_guard)
    return lifecycle


class VersionInline(ReadOnlyInline):
    """What was published, newest first, and what each changed."""

    model = LifecycleVersion
    verbose_name_plural = gettext_lazy("Versions")
    ordering = ("-number",)
    fields = readonly_fields = ("number", "published", "creator", "note", "changed", "text")
    published = when("created_at", gettext_lazy("published"))

    @admin.display(description=gettext_lazy("changed"))
    def changed(self, version: LifecycleVersion) -> SafeString | str:
        """Against the version before it, in words."""
        before = next(
            (one for one in version.lifecycle.versions.all() if one.number == version.number - 1),
            None,
        )
        return _listed(_compared(before.definition, version.definition)) if before else "–"

    @admin.display(description=gettext_lazy("definition"))
    def text(self, version: LifecycleVersion) -> SafeString:
        """Folded: it is long."""
        return format_html(
            '<details><summary>{}</summary>{}</details><a href="{}?version={}">{}</a>',
            _("Show"),
            site.code(version.definition),
            reverse("lifecycles-diagram", args=[version.lifecycle_id]),
            version.number,
            _("Diagram"),
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[LifecycleVersion]:
        rows = super().get_queryset(request).select_related("creator", "lifecycle")
        return rows.prefetch_related("lifecycle__versions")


@admin.register(Lifecycle)
class LifecycleAdmin(SiteAdmin[Lifecycle]):
    """Processes. They are not deleted: tickets live by their versions."""

    form = LifecycleForm
    inlines = (VersionInline,)
    list_display = ("name", "statuses", "version", "drafted")
    list_select_related = ("current",)
    search_fields = ("name__istartswith",)
    change_form_template = "admin/lifecycles/lifecycle/change_form.html"

    @admin.display(description=gettext_lazy("statuses"))
    def statuses(self, lifecycle: Lifecycle) -> str:
        """Of the current version, initial ones first."""
        parsed = parse(lifecycle.current.definition) if lifecycle.current else None
        found = parsed.definition if parsed else None
        return ", ".join(status.name for status in found.statuses) if found else "–"

    @admin.display(description=gettext_lazy("version"))
    def version(self, lifecycle: Lifecycle) -> int | None:
        """The number that new tickets take."""
        return lifecycle.current.number if lifecycle.current else None

    @admin.display(description=gettext_lazy("draft"), boolean=True)
    def drafted(self, lifecycle: Lifecycle) -> bool:
        """Whether one waits to be published."""
        return lifecycle.draft is not None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lifecycle]:
        return super().get_queryset(request).select_related("current")

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return () if obj is None else self.inlines

    def save_model(self, request: HttpRequest, obj: Lifecycle, form: Any, change: bool) -> None:
        """By the service, never by the row itself."""
        assert isinstance(request.user, User)  # noqa: S101  # the administration asks for a login
        obj.pk = save(form, actor=request.user).pk
        obj.refresh_from_db()

    def response_change(self, request: HttpRequest, obj: Lifecycle) -> HttpResponse:
        """After a draft one stays: there is more to do."""
        if "_draft" in request.POST:
            told = _(
                "The draft is kept. New tickets take version %(number)d until it is published."
            )
            number = obj.current.number if obj.current else 0
            messages.success(request, told % {"number": number})
            return redirect("admin:lifecycles_lifecycle_change", obj.pk)
        return super().response_change(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The form, and beside it what the definition means."""
        lifecycle = self.get_object(request, object_id)
        shown = _explained(lifecycle) if lifecycle is not None else {}
        return super().change_view(request, object_id, form_url, {**shown, **(extra_context or {})})

    def get_urls(self) -> Any:
        """Besides Django's: discarding a draft, and moving tickets."""
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/discard-draft/", wrap(self.discard), name="lifecycle_discard_draft"),
            path("<int:pk>/move/", wrap(self.plan), name="lifecycle_move"),
            path("<int:pk>/move/<int:move_id>/", wrap(self.progress), name="lifecycle_moving"),
            *super().get_urls(),
        ]

    def discard(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Forget the draft."""
        lifecycle = self._lifecycle(request, pk)
        if request.method == "POST":
            with audit.watching(
                lifecycle, actor=_user(request), rows=Lifecycle.objects.all()
            ) as held:
                service.discard_draft(held)
            messages.success(request, _("The draft is gone."))
        return redirect("admin:lifecycles_lifecycle_change", pk)

    def plan(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Which tickets a move would take, and what their statuses become; a POST begins it."""
        lifecycle = self._lifecycle(request, pk)
        given = request.POST if request.method == "POST" else request.GET
        number = given.get("version") or str(lifecycle.current.number if lifecycle.current else 0)
        form = MoveForm(given, lifecycle=lifecycle, number=int(number) if number.isdecimal() else 0)
        if request.method == "POST" and form.is_valid():
            try:
                move = moving.start(
                    lifecycle, form.number, form.mapping, actor=actor_of(_user(request))
                )
            except (Invalid, MappingNeeded) as refusal:
                form.add_error(None, str(refusal))
            else:
                return redirect("admin:lifecycle_moving", pk, move.pk)
        context = {
            "title": _("Move tickets to a version"),
            "lifecycle": lifecycle,
            "form": form,
            "plan": form.plan,
            "moves": lifecycle.moves.select_related("version", "creator")[:_MOVES],
            "opts": self.opts,
        }
        page = "admin/lifecycles/lifecycle/move.html"
        return TemplateResponse(request, page, {**self.admin_site.each_context(request), **context})

    def progress(self, request: HttpRequest, pk: int, move_id: int) -> HttpResponse:
        """How far a move is; a POST stops it or goes on."""
        lifecycle = self._lifecycle(request, pk)
        move = lifecycle.moves.select_related("version", "creator").filter(pk=move_id).first()
        if move is None:
            raise Http404
        if request.method == "POST":
            try:
                moving.stop(move) if "stop" in request.POST else moving.resume(move)
            except Invalid as refusal:
                messages.error(request, str(refusal))
            return redirect("admin:lifecycle_moving", pk, move_id)
        context = {
            "title": _("Moving tickets to version %d") % move.version.number,
            "lifecycle": lifecycle,
            "move": move,
            "running": move.status == VersionMove.Status.RUNNING,
            "stopped": move.status == VersionMove.Status.STOPPED,
            "opts": self.opts,
        }
        page = "admin/lifecycles/lifecycle/moving.html"
        return TemplateResponse(request, page, {**self.admin_site.each_context(request), **context})

    def _lifecycle(self, request: HttpRequest, pk: int) -> Lifecycle:
        found = Lifecycle.objects.exclude(current=None).select_related("current").filter(pk=pk)
        lifecycle = found.first()
        if not self.has_change_permission(request, lifecycle):
            raise PermissionDenied
        if lifecycle is None:
            raise Http404
        return lifecycle


@admin.register(LifecycleVersion)
class LifecycleVersionAdmin(ReadOnlyAdmin[LifecycleVersion]):
    """Every definition that was ever published; the database refuses to change one."""

    list_display = ("of", "number", "published", "creator", "note")
    list_select_related = ("lifecycle", "creator")
    list_filter = ("lifecycle",)
    ordering = ("-id",)
    fields = ("lifecycle", "number", "published", "creator", "note", "sha256", "text")
    readonly_fields = fields
    published = when("created_at", gettext_lazy("published"))

    @admin.display(description=gettext_lazy("lifecycle"))
    def of(self, version: LifecycleVersion) -> str:
        """Its name."""
        return version.lifecycle.name

    @admin.display(description=gettext_lazy("definition"))
    def text(self, version: LifecycleVersion) -> SafeString:
        """As it was published."""
        return site.code(version.definition)


class MoveForm(forms.Form):
    """To which version, and what the statuses become that it lacks: a box for each."""

    def __init__(self, given: Mapping[str, Any], *, lifecycle: Lifecycle, number: int) -> None:
        super().__init__(given)
        versions = lifecycle.versions.order_by("-number").values_list("number", flat=True)
        self.number = number
        self.fields["version"] = forms.TypedChoiceField(
            label=_("Version"), choices=[(n, _("version %d") % n) for n in versions], coerce=int
        )
        try:
            self.plan: moving.Plan | None = moving.plan(lifecycle, number, {})
        except Invalid:
            self.plan = None
            return
        statuses = [("", _("choose")), *((name, name) for name in self.plan.statuses)]
        for place, status in enumerate(self.plan.unmapped):
            self.fields[f"status_{place}"] = forms.ChoiceField(
                label=_("“%s” becomes") % status, choices=statuses
            )

    @property
    def mapping(self) -> dict[str, str]:
        """What each status becomes."""
        gone = self.plan.unmapped if self.plan else ()
        return {
            status: self.cleaned_data[f"status_{place}"]
            for place, status in enumerate(gone)
            if self.cleaned_data.get(f"status_{place}")
        }


def _explained(lifecycle: Lifecycle) -> dict[str, Any]:
    """What the page shows of the draft, or where there is none of what is published."""
    published = lifecycle.current.definition if lifecycle.current else None
    shown = published if lifecycle.draft is None else lifecycle.draft
    parsed: Parsed = parse(shown, check_guard=check_guard, held_roles=held_roles())
    drawn = parsed.definition or parse(published).definition
    return {
        "draft": lifecycle.draft is not None,
        "faults": parsed.faults,
        "warnings": parsed.warnings,
        "changes": _compared(published, lifecycle.draft) if lifecycle.draft is not None else (),
        # Every name in it is escaped where it is drawn.
        "diagram": mark_safe(diagram.svg(drawn)) if drawn else "",  # noqa: S308
        "diagram_of_draft": lifecycle.draft is not None and parsed.definition is not None,
        "older": _older(lifecycle),
        "some": _SOME,
    }


def _older(lifecycle: Lifecycle) -> int:
    """How many tickets live by other versions than the current one, counted no further than a hint needs."""
    others = lifecycle.versions.exclude(pk=lifecycle.current_id or 0).values("pk")
    return Ticket.objects.filter(lifecycle_version__in=others).order_by()[:_SOME].count()


def _compared(before: Any, after: Any) -> tuple[str, ...]:
    old, new = parse(before).definition, parse(after).definition
    return diff(old, new) if old is not None and new is not None else ()


def _listed(sentences: tuple[str, ...]) -> SafeString | str:
    if not sentences:
        return _("nothing that matters")
    return format_html(
        "<ul>{}</ul>", format_html_join("", "<li>{}</li>", ((s,) for s in sentences))
    )


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  # the administration asks for a login
    return request.user
