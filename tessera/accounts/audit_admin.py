"""The audit in the administration: to look at, newest first."""

import json
from datetime import timedelta
from functools import cache
from typing import Any, ClassVar

from django.apps import apps
from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model, QuerySet, Value
from django.db.models.functions import Lower
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tessera.accounts.audit import KINDS
from tessera.accounts.models import AuditEntry, SiteSetting
from tessera.accounts.site import SETTINGS
from tessera.lib import admin as site
from tessera.lib import clock
from tessera.lib.admin import ReadOnlyAdmin, when

_NOBODY = "nobody"
_BRIEF, _MOST_FIELDS = 80, 3
_CHANGED = ("changed", "enabled", "disabled")


class KindFilter(admin.SimpleListFilter):
    """By kind. They are known: asking the table for them would read all of it."""

    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(KINDS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class ActorFilter(admin.SimpleListFilter):
    """By who did it: oneself, nobody who was logged in, or whoever's name was followed in the list."""

    title = gettext_lazy("who")
    parameter_name = "who"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        own, asked = str(request.user.pk), self.value()
        found: list[tuple[str, Any]] = [(own, _("Myself")), (_NOBODY, _("Nobody logged in"))]
        if asked and asked not in (own, _NOBODY):
            entry = _by(asked, AuditEntry.objects.all()).first()
            found.append((asked, entry.actor_name if entry else asked))
        return found

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        asked = self.value()
        if not asked:
            return queryset
        if asked == _NOBODY:
            return queryset.filter(actor_id=None)
        return _by(asked, queryset)


class SubjectFilter(admin.SimpleListFilter):
    """By what it was done to."""

    title = gettext_lazy("on what")
    parameter_name = "subject"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        written = [
            model
            for model, here in model_admin.admin_site._registry.items()  # noqa: SLF001  # the only way
            if not isinstance(here, ReadOnlyAdmin)
        ]
        metas = (model._meta for model in (*written, SiteSetting))  # noqa: SLF001  # documented, whatever its name
        found = [(str(meta.model_name), str(meta.verbose_name)) for meta in metas]
        return sorted(found, key=lambda pair: pair[1].casefold())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(subject_type=self.value()) if self.value() else queryset


class WhenFilter(admin.SimpleListFilter):
    """By when."""

    title = gettext_lazy("when")
    parameter_name = "when"
    _HOURS: ClassVar = {
        "1": gettext_lazy("the last hour"),
        "24": gettext_lazy("the last day"),
        "168": gettext_lazy("the last 7 days"),
        "720": gettext_lazy("the last 30 days"),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(self._HOURS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        hours = self.value()
        if hours not in self._HOURS:
            return queryset
        return queryset.filter(at__gte=clock.now() - timedelta(hours=int(hours)))


def _by(asked: str, entries: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
    if not asked.isascii() or not asked.isdigit() or len(asked) > 18:
        return entries.none()
    return entries.filter(actor_id=int(asked))


def _model(name: str) -> type[Model] | None:
    """The model that entries know by that name; None for one that is gone."""
    return _models().get(name)


@cache
def _models() -> dict[str, type[Model]]:
    return {str(each._meta.model_name): each for each in apps.get_models()}  # noqa: SLF001  # documented, whatever its name


def _field(kind: str, name: str) -> str:
    """What a field is called on the pages; its own name where the model has it no more."""
    model = _model(kind)
    try:
        field = model._meta.get_field(name) if model else None  # noqa: SLF001  # documented, whatever its name
    except FieldDoesNotExist:
        field = None
    return capfirst(str(getattr(field, "verbose_name", name.replace("_", " "))))


def _plain(value: Any) -> str:
    """A value as it is read in a line of text."""
    if value in (None, "", [], {}):
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _named(column: str, term: str) -> QuerySet[AuditEntry, Any]:
    """The newest entries with that name there, as many as the list counts."""
    rows = AuditEntry.objects.alias(folded=Lower(column)).filter(folded=Lower(Value(term)))
    return rows.order_by("-pk").values("pk")[: site.COUNT_CAP]


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin[AuditEntry]):
    """What was done besides work on tickets. The database itself refuses to change it."""

    list_display = ("when", "who", "what", "subject", "brief", "address")
    list_display_links = ("when",)
    list_filter = (WhenFilter, ActorFilter, SubjectFilter, KindFilter)
    sortable_by = ()
    ordering = ("-id",)
    search_fields = ("id",)  # shows the box; `get_search_results` reads it
    search_help_text = gettext_lazy("Whole name of who did it, or of what")
    fields = (*("when", "what", "who", "subject", "told", "more", "address", "request_id"),)
    readonly_fields = fields
    when = when("at", gettext_lazy("when"))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry], search_term: str
    ) -> tuple[QuerySet[AuditEntry], bool]:
        term = search_term.strip().replace("\x00", "")
        if not term:
            return queryset, False
        # By either name through its own index: with an OR the planner walks the whole table backwards.
        ids = [_named(column, term) for column in ("actor_name", "subject_name")]
        return queryset.filter(pk__in=ids[0].union(ids[1])), False

    @admin.display(description=gettext_lazy("what"))
    def what(self, entry: AuditEntry) -> Any:
        """The kind in words."""
        return KINDS.get(entry.kind, entry.kind)

    @admin.display(description=gettext_lazy("who"), empty_value="–")
    def who(self, entry: AuditEntry) -> SafeString | None:
        """The name, leading to all that he did."""
        if entry.actor_id is None:
            return None
        url = reverse("admin:accounts_auditentry_changelist")
        return format_html('<a href="{}?who={}">{}</a>', url, entry.actor_id, entry.actor_name)

    @admin.display(description=gettext_lazy("on what"))
    def subject(self, entry: AuditEntry) -> str | SafeString:
        """Type and name, leading to where it is kept; what is gone there is told of there."""
        model = _model(entry.subject_type)
        kind = str(model._meta.verbose_name) if model else entry.subject_type  # noqa: SLF001  # documented
        if model is SiteSetting:
            setting = SETTINGS.get(entry.subject_name)
            name, url = (
                str(setting.label) if setting else entry.subject_name,
                reverse("admin:site_settings"),
            )
        else:
            name, url = entry.subject_name, _page(model, entry.subject_id)
        if not name:
            return kind or "–"
        shown = format_html('<a href="{}">{}</a>', url, name) if url else name
        return format_html("{} {}", kind, shown)

    @admin.display(description=gettext_lazy("changes"))
    def brief(self, entry: AuditEntry) -> str:
        """The first of the fields that changed, in a line; a row that came or went is told of by its name alone, but
        for a setting, which comes with its first value."""
        setting = entry.subject_type == "sitesetting"
        told = [
            f"{_field(entry.subject_type, name)}: {_plain(old)} → {_plain(new)}"
            for name, (old, new) in _changes(entry).items()
            if entry.kind.endswith(_CHANGED) or (setting and name == "value")
        ][:_MOST_FIELDS]
        return Truncator("; ".join(told)).chars(_BRIEF) or "–"

    @admin.display(description=gettext_lazy("changes"))
    def told(self, entry: AuditEntry) -> SafeString:
        """Each field with what it was and what it became."""
        rows = [
            (_field(entry.subject_type, name), _shown(old), _shown(new))
            for name, (old, new) in _changes(entry).items()
        ]
        if not rows:
            return SafeString("–")
        return format_html(
            '<table class="was"><thead><tr><th scope="col">{}</th><th scope="col">{}</th>'
            '<th scope="col">{}</th></tr></thead><tbody>{}</tbody></table>',
            _("Field"),
            _("Before"),
            _("After"),
            format_html_join("", '<tr><th scope="row">{}</th><td>{}</td><td>{}</td></tr>', rows),
        )

    @admin.display(description=gettext_lazy("besides"))
    def more(self, entry: AuditEntry) -> SafeString:
        return site.code(entry.facts) if entry.facts else SafeString("–")


def _changes(entry: AuditEntry) -> dict[str, tuple[Any, Any]]:
    return {name: (old, new) for name, (old, new) in entry.changes.items()}


def _shown(value: Any) -> str | SafeString:
    """A value in a cell: what is made of parts as JSON, all else as it reads."""
    return site.code(value) if isinstance(value, dict | list) and value else _plain(value)


def _page(model: type[Model] | None, number: int | None) -> str:
    """Where a row is looked at; empty where it has no page."""
    if model is None or number is None:
        return ""
    meta = model._meta  # noqa: SLF001  # documented, whatever its name
    try:
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[number])
    except NoReverseMatch:
        return ""
