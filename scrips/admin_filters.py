"""What the list of rules can be narrowed to."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import admin
from django.db import connection
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scrips import activity, uses
from scrips.actions import ACTIONS
from scrips.builder.words import STATES
from scrips.conditions import CONDITIONS
from scrips.models import Run, Scrip, ScripQueue
from tickets import config as configuration
from tickets.config import Config
from tickets.models import Queue

Choices = list[tuple[Any, Any]]


class QueueFilter(admin.SimpleListFilter):
    """Those that run in a queue, for it alone or for every one."""

    title = gettext_lazy("queue")
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [(str(queue.pk), queue.name) for queue in Queue.objects.all()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if not value or not value.isdecimal() or len(value) > 18:
            return queryset
        here = ScripQueue.objects.filter(queue=int(value)).values("scrip")
        return queryset.filter(Q(everywhere=True) | Q(pk__in=here))


class StateFilter(admin.SimpleListFilter):
    """On, in shadow, off, and those that failed lately."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        failing = _("Failed in %d days") % activity.DAYS
        return [("on", _("On")), ("shadow", _("Shadow")), ("off", _("Off")), ("failing", failing)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value() or ""
        if value == "failing":
            runs = Run.objects.filter(verdict=Run.Verdict.FAILED, created_at__gte=activity.since())
            return queryset.filter(pk__in=runs.order_by().values("scrip_id"))
        return queryset.filter(**STATES.get(value, {}))


class _KindFilter(admin.SimpleListFilter):
    """By a kind of its condition or action."""

    registry: Mapping[str, Any]

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [(key, capfirst(str(kind.label))) for key, kind in self.registry.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{str(self.parameter_name): self.value()} if self.value() else {})


class ConditionFilter(_KindFilter):
    title = gettext_lazy("condition")
    parameter_name = "condition_type"
    registry = CONDITIONS


class ActionFilter(_KindFilter):
    title = gettext_lazy("action")
    parameter_name = "action_type"
    registry = ACTIONS


class FieldFilter(admin.SimpleListFilter):
    """Those that name a custom field, in their settings or in their template."""

    title = gettext_lazy("field used")
    parameter_name = "field"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        config = configuration.current()
        named = ((key, config.field(key)) for key in sorted(_used(config)))
        return [(key, spec.name or key) for key, spec in named if spec]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if not value:
            return queryset
        return queryset.filter(pk__in=_used(configuration.current()).get(value, ()))


_kept: dict[str, tuple[int, Mapping[str, Sequence[int]]]] = {}


def _used(config: Config) -> Mapping[str, Sequence[int]]:
    """The scrips that name each field, by its key. Read anew where something was configured since: every rule's query
    and template would cost each look at the list too much."""
    database = str(connection.settings_dict["NAME"])
    held = _kept.get(database)
    if held is None or held[0] != config.generation:
        found: dict[str, list[int]] = {}
        rows = Scrip.objects.select_related("template").prefetch_related("places").order_by("pk")
        for scrip in rows:
            named = uses.of_scrip(scrip, config)
            for key in {each.name for each in named if each.kind == uses.FIELD}:
                found.setdefault(key, []).append(scrip.pk)
        held = _kept[database] = (config.generation, found)
    return held[1]
