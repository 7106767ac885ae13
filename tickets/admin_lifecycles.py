"""Lifecycles in the administration: edited as a draft, published by `lifecycles.service`, each time as a version."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lifecycles import service
from lifecycles.definition import parse
from lifecycles.models import Lifecycle, LifecycleVersion
from tessera.lib import admin as site
from tessera.lib.admin import ReadOnlyAdmin, when
from tessera.lib.errors import Invalid
from tickets import lifecycle_facts as facts
from tickets.workshop.form import LifecycleForm, locked, save, seen
from tickets.workshop.pages import SHEETS, WorkshopPages
from tickets.workshop.views import Editor, compared


@admin.register(Lifecycle)
class LifecycleAdmin(WorkshopPages):
    """Processes. They are not deleted: tickets live by their versions."""

    form = LifecycleForm
    list_display = ("name", "statuses", "version", "drafted")
    list_select_related = ("current",)
    search_fields = ("name__istartswith",)
    search_help_text = gettext_lazy("The beginning of a name")
    fields = ("name",)

    @property
    def media(self) -> forms.Media:
        """With the sheets of the diagram and of what surrounds it."""
        return super().media + SHEETS

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

    @admin.display(description=gettext_lazy("draft"))
    def drafted(self, lifecycle: Lifecycle) -> str:
        """Whether there is one."""
        return "–" if lifecycle.draft is None else _("not published yet")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lifecycle]:
        return super().get_queryset(request).select_related("current")

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **given: Any
    ) -> Any:
        """The form as it is: what it shows besides the name the page lays out itself."""
        return super().get_form(request, obj, change, **{**given, "fields": ("name",)})

    def get_urls(self) -> list[URLResolver | URLPattern]:  # type: ignore[override]  # as Django's own has it
        discard = path(
            "<int:number>/draft/discard/",
            self.admin_site.admin_view(self.discard_view),
            name="lifecycles_lifecycle_discard",
        )
        return [discard, *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **given: Any
    ) -> Any:
        """Around the form: rows, drawing, what publishing would change, versions, and the tickets left behind."""
        obj, form = given.get("obj"), context["adminform"].form
        if obj is not None and obj.current is not None:
            # As it is kept, not as the form that was refused has changed it.
            held = Lifecycle.objects.select_related("current").get(pk=obj.pk)
            draft = held.draft is not None
            context |= {
                "lifecycle": held,
                "editor": Editor.of(held, form.edited, draft=draft),
                "versions": facts.versions(held),
                "behind": facts.behind(held),
            }
        return super().render_change_form(request, context, *args, **given)

    def save_model(self, request: HttpRequest, obj: Lifecycle, form: Any, change: bool) -> None:
        """By the service, never by the row itself."""
        obj.pk = save(form).pk
        obj.refresh_from_db()
        form.told = _outcome(obj)

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        """The history says what came of it."""
        return super().construct_change_message(request, form, formsets, add) if add else form.told

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """What the history tells is also told at once."""
        self.message_user(request, message, messages.SUCCESS)
        return super().log_change(request, obj, message)

    def response_change(self, request: HttpRequest, obj: Lifecycle) -> HttpResponse:
        """To the page that publishes it; else back to the lifecycle, which now shows what came of it."""
        page = "publish" if "_publish" in request.POST else "change"
        return redirect(f"admin:lifecycles_lifecycle_{page}", obj.pk)

    def discard_view(self, request: HttpRequest, number: int) -> HttpResponse:
        """Forget the draft that the page showed."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        lifecycle = self.changeable(request, number)
        try:
            self._discard(request, lifecycle.pk)
        except Invalid as refusal:
            for text in refusal.errors["draft"]:
                self.message_user(request, text, messages.ERROR)
        else:
            self.log_change(request, lifecycle, _("The draft is discarded."))
        return redirect("admin:lifecycles_lifecycle_change", lifecycle.pk)

    def _discard(self, request: HttpRequest, number: int) -> None:
        with transaction.atomic():
            held = locked(number)
            if seen(held) != request.POST.get("seen", ""):
                told = _(
                    "Somebody else saved this lifecycle since you opened it: look at it first."
                )
                raise Invalid({"draft": [told]})
            self.remember(request, held)
            service.discard_draft(held)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _outcome(lifecycle: Lifecycle) -> str:
    """What the save did, in a sentence."""
    faults = len(facts.faults_of(lifecycle))
    told = ngettext(
        "The draft is kept. It has %(count)d fault, which is told below.",
        "The draft is kept. It has %(count)d faults, which are told below.",
        faults,
    )
    return told % {"count": faults} if faults else _("The draft is kept. It has no faults.")


@admin.register(LifecycleVersion)
class LifecycleVersionAdmin(ReadOnlyAdmin[LifecycleVersion]):
    """Every definition that was ever published; the database refuses to change one."""

    list_display = ("of", "number", "published", "creator", "note")
    list_select_related = ("lifecycle", "creator")
    list_filter = ("lifecycle",)
    ordering = ("-id",)
    fields = ("of_link", "number", "published", "creator", "note", "digest", "changed", "text")
    readonly_fields = fields
    published = when("created_at", gettext_lazy("published"))

    @property
    def media(self) -> forms.Media:
        """With the sheets of the diagram and of what surrounds it."""
        return super().media + SHEETS

    @admin.display(description=gettext_lazy("lifecycle"))
    def of(self, version: LifecycleVersion) -> str:
        """Its name."""
        return version.lifecycle.name

    @admin.display(description=gettext_lazy("lifecycle"))
    def of_link(self, version: LifecycleVersion) -> SafeString:
        """Its name, leading to it."""
        return facts.link_to(version.lifecycle)

    @admin.display(description=gettext_lazy("digest"))
    def digest(self, version: LifecycleVersion) -> str:
        """By which two definitions can be told to be the same."""
        return f"sha256:{version.sha256}"

    @admin.display(description=gettext_lazy("what it changed"), empty_value="–")
    def changed(self, version: LifecycleVersion) -> SafeString | None:
        """Against the version before it, in sentences."""
        before = LifecycleVersion.objects.filter(
            lifecycle=version.lifecycle_id, number=version.number - 1
        )
        return facts.listed(facts.changes_of(version, list(before)))

    @admin.display(description=gettext_lazy("definition"))
    def text(self, version: LifecycleVersion) -> SafeString:
        """As it was published, folded: it is long."""
        return format_html(
            "<details><summary>{}</summary>{}</details>", _("Show"), site.code(version.definition)
        )

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **given: Any
    ) -> Any:
        """Below the facts, the diagram."""
        obj = given.get("obj")
        if obj is not None:
            name = _("version %d") % obj.number
            context["subtitle"] = f"{obj.lifecycle.name}, {name}"
            context["drawing"] = self._drawing(obj, name)
        return super().render_change_form(request, context, *args, **given)

    def _drawing(self, version: LifecycleVersion, name: str) -> SafeString:
        """With signs for what it changed against the version before it."""
        before = LifecycleVersion.objects.filter(
            lifecycle=version.lifecycle_id, number=version.number - 1
        ).first()
        definition = parse(version.definition).definition
        return compared(before, definition, name)
