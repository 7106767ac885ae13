"""Deliveries in the administration; scrips and templates have a module of their own."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy, ngettext

from scrips import (  # registers itself
    admin_rules,  # noqa: F401
    outbox,
)
from scrips.models import Attempt, Delivery
from tessera.lib import admin as site
from tessera.lib.admin import ReadOnlyInline, when
from tessera.lib.errors import Refused
from tickets.admin import OfTicketAdmin


class AttemptInline(ReadOnlyInline):
    """Each try."""

    model = Attempt
    verbose_name_plural = gettext_lazy("Tries")
    ordering = ("number",)
    fields = readonly_fields = (
        "number",
        "at",
        "duration_ms",
        "ok",
        "response_status",
        "error",
        "said",
    )
    at = when("started_at", gettext_lazy("started"))

    @admin.display(description=gettext_lazy("answer"))
    def said(self, attempt: Attempt) -> SafeString | str:
        """The first 4 KiB of it, escaped."""
        return site.lines(attempt.answer) if attempt.answer else "–"


class KindFilter(admin.SimpleListFilter):
    """By kind: there are two."""

    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Delivery.Kind.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Delivery)
class DeliveryAdmin(OfTicketAdmin[Delivery]):
    """Mails and web hooks. They can be tried again and given up, nothing else."""

    inlines = (AttemptInline,)
    actions = ("try_again", "give_up")
    list_display = ("id", "kind", "status", "ticket_link", "target", "attempts", "next_try", "at")
    list_display_links = ("id",)
    list_filter = ("status", KindFilter)
    sortable_by = ("id",)
    fields = (
        "kind",
        "status",
        "ticket_link",
        "transaction",
        "scrip_id",
        "scrip_version",
        "target",
        "content",
        "attempts",
        "next_try",
        "last_error",
        "response_status",
        "at",
        "sent",
    )
    readonly_fields = fields
    at = when("created_at", gettext_lazy("created"))
    sent = when("sent_at", gettext_lazy("sent"))
    next_try = when("next_attempt_at", gettext_lazy("next try"))

    @admin.display(description=gettext_lazy("to"))
    def target(self, delivery: Delivery) -> str:
        """Its receivers, or its address."""
        if delivery.kind == Delivery.Kind.WEBHOOK:
            return str(delivery.payload.get("url", ""))
        return ", ".join(delivery.payload.get("to", []))

    @admin.display(description=gettext_lazy("content"))
    def content(self, delivery: Delivery) -> SafeString:
        """All that is sent, but for the secret that signs it."""
        shown = {name: value for name, value in delivery.payload.items() if name != "secret"}
        return site.code(shown)

    @admin.action(description=gettext_lazy("Try again now"))
    def try_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        """Those that were not sent."""
        done = self._each(request, queryset, lambda delivery: outbox.retry(delivery.pk))
        told = ngettext("%d delivery is due now.", "%d deliveries are due now.", done) % done
        self.message_user(request, told)

    @admin.action(description=gettext_lazy("Give up"))
    def give_up(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        """Those that were neither sent nor given up."""
        done = self._each(request, queryset, lambda delivery: outbox.cancel(delivery.pk))
        told = ngettext("%d delivery is cancelled.", "%d deliveries are cancelled.", done) % done
        self.message_user(request, told)

    def _each(
        self,
        request: HttpRequest,
        queryset: QuerySet[Delivery],
        act: Callable[[Delivery], object],
    ) -> int:
        done = 0
        for delivery in queryset:
            try:
                act(delivery)
                done += 1
            except Refused as refusal:
                self.message_user(request, f"{delivery.pk}: {refusal}", messages.WARNING)
        return done
