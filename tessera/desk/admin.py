"""Tickets in the administration: read-only, each with its whole log, who made each entry, and what was sent."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from scrips.models import Delivery
from tessera.desk import admin_runs, facts, listing, timeline  # noqa: F401  # registers itself
from tessera.desk.access import doors, reader, ticket_number
from tessera.lib.admin import ReadOnlyAdmin, when
from tickets import config as configuration
from tickets.config import Config
from tickets.models import Ticket
from tickets.people import People
from tickets.state import states_of

LOG = 500
_DELIVERIES = 50


class StatusFilter(admin.SimpleListFilter):
    """By status. The names are the lifecycles': asking the table for them would read all of it."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        queues = configuration.current().queues.values()
        names = (status.name for queue in queues for status in queue.lifecycle.definition.statuses)
        return [(name, name) for name in dict.fromkeys(names)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(status=self.value()) if self.value() else queryset


class TicketList(ChangeList):
    """A page of tickets: the configuration is asked once, not by every row."""

    def get_results(self, request: HttpRequest) -> None:
        """The rows as usual, each with the kind of its status."""
        super().get_results(request)
        config, rows = configuration.current(), list(self.result_list)
        for row in rows:
            row.kind = _kind(row, config)
        self.result_list = rows


def _kind(row: Ticket, config: Config) -> str:
    return listing.kind_of(row.status, row.lifecycle_version_id, config)


@admin.register(Ticket)
class TicketAdmin(ReadOnlyAdmin[Ticket]):
    """All tickets, newest activity first."""

    change_form_template = "admin/tickets/ticket/change_form.html"
    list_display = ("number", "subject", "queue", "state", "owner", "priority", "updated")
    list_display_links = ("number", "subject")
    list_select_related = ("queue", "owner")
    list_filter = (StatusFilter, "queue")
    # Whole columns are not sorted for one page: these have indexes.
    sortable_by = ("updated",)
    ordering = ("-updated_at", "id")
    search_fields = ("subject",)
    search_help_text = _("A key such as TKT-0012, an id, or the beginning of a subject")
    fields = (
        ("number", "state"),
        "subject",
        ("queue", "lifecycle"),
        ("owner", "creator"),
        ("priority", "due"),
        ("started", "resolved"),
        ("created", "updated"),
        ("version", "head"),
    )
    readonly_fields = (
        *("number", "state", "subject", "queue", "lifecycle", "owner", "creator", "priority"),
        *("due", "started", "resolved", "created", "updated", "version", "head"),
    )
    updated = when("updated_at", _("last updated"))
    created = when("created_at", _("created"))
    due = when("due_at", _("due"))
    started = when("started_at", _("started"))
    resolved = when("resolved_at", _("resolved"))

    def get_changelist(self, request: HttpRequest, **given: Any) -> type[ChangeList]:
        return TicketList

    @admin.display(description=_("key"), ordering="id")
    def number(self, row: Ticket) -> SafeString:
        """Its key."""
        return format_html('<span class="mono nowrap">{}</span>', row.key)

    @admin.display(description=_("status"))
    def state(self, row: Ticket) -> SafeString:
        """As the pages show it."""
        kind = getattr(row, "kind", None) or _kind(row, configuration.current())
        svg = format_html('<svg aria-hidden="true"><use href="#k-{}"/></svg>', kind)
        return format_html('<span class="pill {}">{}{}</span>', kind, svg, row.status)

    @admin.display(description=_("lifecycle"))
    def lifecycle(self, row: Ticket) -> str:
        """The version that the ticket lives by."""
        spec = configuration.current().lifecycle(row.lifecycle_version_id)
        return f"{spec.name}, {spec.number}"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Ticket], search_term: str
    ) -> tuple[QuerySet[Ticket], bool]:
        """By key or id where it is one, else by the beginning of the subject."""
        if not search_term.strip():
            return queryset, False
        number = ticket_number(search_term)
        if number is not None:
            return queryset.filter(pk=number), False
        return queryset.filter(subject__istartswith=search_term.strip()), False

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The fields, and below them what belongs to the ticket."""
        found = ticket_number(object_id)
        context = self._surroundings(request, found) if found else {}
        return super().change_view(
            request, object_id, form_url, {**context, **(extra_context or {})}
        )

    def _surroundings(self, request: HttpRequest, number: int) -> dict[str, Any]:
        rows = states_of(Ticket.objects.filter(pk=number))
        if not rows:
            return {}
        (state,) = rows
        config, people = configuration.current(), People()
        people.load([], [email for held in state.watchers.values() for email in held])
        return {
            "ticket": state,
            "watching": facts.watching(state, people),
            "values": facts.fields(state, config),
            "links": facts.links(state, reader(request), config),
            "timeline": timeline.of_ticket(state, reader(request), people, size=LOG),
            "deliveries": Delivery.objects.filter(ticket=number).order_by("-id")[:_DELIVERIES],
            "doors": doors(request),
        }
