"""The audit in the administration: to look at, newest first."""

from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet, Value
from django.db.models.functions import Lower
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tessera.accounts.audit import KINDS
from tessera.accounts.models import AuditEntry
from tessera.lib import admin as site
from tessera.lib import clock
from tessera.lib.admin import ReadOnlyAdmin, when

_NOBODY = "nobody"


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
        metas = (
            model._meta  # noqa: SLF001  # documented, whatever its name
            for model, here in model_admin.admin_site._registry.items()  # noqa: SLF001  # the only way
            if not isinstance(here, ReadOnlyAdmin)
        )
        return sorted((str(meta.model_name), str(meta.verbose_name)) for meta in metas)

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


def _named(column: str, term: str) -> QuerySet[AuditEntry, Any]:
    """The newest entries with that name there, as many as the list counts."""
    rows = AuditEntry.objects.alias(folded=Lower(column)).filter(folded=Lower(Value(term)))
    return rows.order_by("-pk").values("pk")[: site.COUNT_CAP]


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin[AuditEntry]):
    """What was done besides work on tickets. The database itself refuses to change it."""

    list_display = ("id", "when", "who", "what", "subject", "address")
    list_display_links = ("id",)
    list_filter = (WhenFilter, ActorFilter, SubjectFilter, KindFilter)
    sortable_by = ("id",)
    ordering = ("-id",)
    search_fields = ("id",)  # shows the box; `get_search_results` reads it
    search_help_text = gettext_lazy("The whole name of whoever did it, or of what it was done to")
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
    def subject(self, entry: AuditEntry) -> str:
        """Type, name and number."""
        number = "" if entry.subject_id is None else f"#{entry.subject_id}"
        return " ".join(filter(None, (entry.subject_type, entry.subject_name, number))) or "–"

    @admin.display(description=gettext_lazy("changes, old and new"))
    def told(self, entry: AuditEntry) -> SafeString:
        return site.code(entry.changes)

    @admin.display(description=gettext_lazy("besides"))
    def more(self, entry: AuditEntry) -> SafeString:
        return site.code(entry.facts)
