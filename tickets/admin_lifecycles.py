"""Lifecycles in the administration: a definition is published by `lifecycles.service`, each time as a version."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lifecycles import service
from lifecycles.definition import parse
from lifecycles.models import Lifecycle, LifecycleVersion
from tessera.accounts.models import User
from tessera.lib import admin as site
from tessera.lib.admin import PlainJSONField, ReadOnlyAdmin, ReadOnlyInline, SiteAdmin, when
from tickets.processes import check_guard


class LifecycleForm(forms.ModelForm[Lifecycle]):
    """A name and a definition. Faults stand at their field with their place inside it."""

    definition = PlainJSONField(
        label=gettext_lazy("Definition"),
        widget=site.JSONArea({"rows": 30}),
        required=True,
        help_text=gettext_lazy(
            "Statuses by kind, and the transitions between them. Saving publishes it: new tickets take it,"
            " tickets that there are keep the version that they were created under."
        ),
    )
    note = site.note_field()

    class Meta:
        model = Lifecycle
        fields = ("name",)

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        if self.instance.current is not None:
            self.initial["definition"] = self.instance.current.definition

    def clean(self) -> dict[str, Any]:
        """Tries the very save that would follow."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            site.show_faults(self, site.faults_of(lambda: save(self, actor=None)))
        return cleaned


def save(form: LifecycleForm, *, actor: User | None) -> Lifecycle:
    """Make the lifecycle, or rename it and publish the definition. Raises `Invalid`."""
    name, definition, note = (form.cleaned_data[key] for key in ("name", "definition", "note"))
    if form.instance.pk is None:
        return service.create(name, definition, actor=actor, note=note, check_guard=check_guard)
    lifecycle = Lifecycle.objects.get(pk=form.instance.pk)
    service.rename(lifecycle, name)
    service.publish(lifecycle, definition, actor=actor, note=note, check_guard=check_guard)
    return lifecycle


class VersionInline(ReadOnlyInline):
    """What was published, newest first."""

    model = LifecycleVersion
    verbose_name_plural = gettext_lazy("Versions")
    ordering = ("-number",)
    fields = readonly_fields = ("number", "published", "creator", "note", "text")
    published = when("created_at", gettext_lazy("published"))

    @admin.display(description=gettext_lazy("definition"))
    def text(self, version: LifecycleVersion) -> SafeString:
        """Folded: it is long."""
        return format_html(
            "<details><summary>{}</summary>{}</details>", _("Show"), site.code(version.definition)
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[LifecycleVersion]:
        return super().get_queryset(request).select_related("creator")


@admin.register(Lifecycle)
class LifecycleAdmin(SiteAdmin[Lifecycle]):
    """Processes. They are not deleted: tickets live by their versions."""

    form = LifecycleForm
    inlines = (VersionInline,)
    list_display = ("name", "statuses", "version")
    list_select_related = ("current",)
    search_fields = ("name__istartswith",)

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

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lifecycle]:
        return super().get_queryset(request).select_related("current")

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return () if obj is None else self.inlines

    def save_model(self, request: HttpRequest, obj: Lifecycle, form: Any, change: bool) -> None:
        """By the service, never by the row itself."""
        assert isinstance(request.user, User)  # noqa: S101  # the administration asks for a login
        obj.pk = save(form, actor=request.user).pk
        obj.refresh_from_db()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


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
