"""/api/queues."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Prefetch, QuerySet
from rest_framework import serializers

from customfields.models import CustomField
from lifecycles.models import Lifecycle
from tessera.lib.api import pagination
from tessera.lib.api.bodies import Body
from tessera.lib.api.fields import Address, Flag, Line, Reference, References, Untaken
from tessera.lib.api.order import BY_ID
from tickets import access, queues
from tickets.api.base import ConfigViewSet
from tickets.models import Queue, QueueField


class QueueBody(Body):
    """A queue."""

    id = serializers.IntegerField(read_only=True)
    name = Line(max_length=100, validators=[Untaken(Queue.objects.all)])
    description = Line(max_length=500, allow_blank=True, required=False)
    lifecycle_id = Reference(rows=lambda: Lifecycle.objects.exclude(current=None), required=False)
    custom_field_ids = References(
        rows=lambda: CustomField.objects.filter(disabled=False),
        source="queue_fields",
        attribute="field_id",
        required=False,
    )
    correspond_address = Address(allow_blank=True, required=False)
    comment_address = Address(allow_blank=True, required=False)
    disabled = Flag(required=False)


class QueueViewSet(ConfigViewSet[Queue]):
    """Queues: where tickets wait."""

    see, change = "SeeQueue", "AdminQueue"
    body_class = QueueBody
    parameters = {"list": pagination.parameters(BY_ID)}

    def rows(self) -> QuerySet[Queue]:
        """With the ids of their fields."""
        shown = QueueField.objects.filter(field__disabled=False)
        return Queue.objects.prefetch_related(Prefetch("queue_fields", queryset=shown))

    def seen(self, rows: QuerySet[Queue]) -> QuerySet[Queue]:
        """Those where the caller has one of the two rights."""
        return rows.filter(pk__in=access.queues_with(self.actor, self.see, self.change))

    def place_of(self, row: Queue) -> int | None:
        """The queue itself."""
        return row.pk

    def save(self, row: Queue | None, values: Mapping[str, Any]) -> Queue:
        """Write the queue, then its fields in their order."""
        return queues.save(row, values)
