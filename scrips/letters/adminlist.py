"""The list of templates: what each is for, who sends it, and when it changed last."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from scrips.letters.looks import number
from scrips.models import Scrip, Template, TemplateVersion
from tessera.lib import moments
from tessera.lib.admin import SiteAdmin
from tickets.models import Queue

_EVERYWHERE = "all"


class PlaceFilter(admin.SimpleListFilter):
    """Those of a queue, or those for every queue."""

    title = gettext_lazy("queue")
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        queues = [(str(queue.pk), queue.name) for queue in Queue.objects.all()]
        return [(_EVERYWHERE, _("for every queue")), *queues]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value == _EVERYWHERE:
            return queryset.filter(queue=None)
        wanted = number(value)
        return queryset if wanted is None else queryset.filter(queue=wanted)


class UsedFilter(admin.SimpleListFilter):
    """Those that rules send, or those that none does."""

    title = gettext_lazy("use")
    parameter_name = "used"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("sent by rules")), ("no", _("sent by no rule"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in ("yes", "no"):
            return queryset
        used = Q(pk__in=Scrip.objects.exclude(template=None).values("template"))
        return queryset.filter(used if self.value() == "yes" else ~used)


class TemplateListing(SiteAdmin[Template]):
    """The columns of the list; one statement for all of them."""

    list_display = ("called", "place", "kind", "users", "changed")
    list_display_links = None
    list_filter = (PlaceFilter, "content_type", UsedFilter)
    list_select_related = ("queue",)
    search_fields = ("name__icontains", "subject_template__icontains", "body_template__icontains")
    search_help_text = gettext_lazy("In names and texts")
    sortable_by = ("called", "changed")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Template]:
        """With how many rules send it, and when its newest version was saved."""
        rules = Scrip.objects.filter(template=OuterRef("pk")).order_by().values("template")
        counted = rules.annotate(count=Count("pk")).values("count")
        saved = TemplateVersion.objects.filter(template=OuterRef("pk")).order_by("-version")
        return (
            super()
            .get_queryset(request)
            .annotate(
                used=Coalesce(Subquery(counted, IntegerField()), 0),
                saved_at=Subquery(saved.values("created_at")[:1]),
                saved_by=Subquery(saved.values("creator__username")[:1]),
            )
        )

    @admin.display(description=gettext_lazy("template"), ordering="name")
    def called(self, row: Any) -> SafeString:
        """Its name, leading to it, and its subject."""
        return format_html(
            '<a class="rule-name" href="{}">{}</a><span class="says">{}</span>',
            reverse("admin:scrips_template_change", args=[row.pk]),
            row.name,
            row.subject_template or _("(the ticket's subject)"),
        )

    @admin.display(description=gettext_lazy("queue"))
    def place(self, row: Any) -> str:
        """Its queue, or every one."""
        return str(row.queue.name) if row.queue else _("every queue")

    @admin.display(description=gettext_lazy("kind"))
    def kind(self, row: Any) -> SafeString:
        """Text or HTML."""
        return format_html('<span class="tag">{}</span>', row.get_content_type_display())

    @admin.display(description=gettext_lazy("sent by"))
    def users(self, row: Any) -> str:
        """How many rules send it."""
        if not row.used:
            return _("no rule")
        return str(ngettext("%d rule", "%d rules", row.used) % row.used)

    @admin.display(description=gettext_lazy("changed"), ordering="saved_at")
    def changed(self, row: Any) -> SafeString | str:
        """When, and by whom."""
        if row.saved_at is None:
            return "–"
        when = moments.element(row.saved_at, moments.ago(row.saved_at))
        return format_html('{}<br><span class="soft">{}</span>', when, row.saved_by or "")
