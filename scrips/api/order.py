"""/api/queues/{id}/scrips: what runs in a queue, and in which order."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from scrips import service
from scrips.models import Scrip
from tessera.lib.api.bodies import Body, read
from tessera.lib.api.fields import Line, Reference
from tessera.lib.api.views import id_of
from tessera.lib.errors import NotFound
from tickets import access
from tickets.api.base import RightfulViewSet

_MOST = 10_000


class OrderBody(Body):
    """The scrips of a queue, those for every queue among them, in the order in which they run there."""

    scrip_ids = serializers.ListField(child=Reference(), max_length=_MOST)
    note = Line(max_length=500, allow_blank=True, required=False, write_only=True)


class QueueScripViewSet(RightfulViewSet):
    """The order of a queue's scrips; needs AdminScrips there."""

    path_schemas = {"queue_id": {"type": "integer", "minimum": 1}}

    @extend_schema(responses={200: OrderBody})
    @action(detail=False, methods=["get"])
    def order(self, request: Request, queue_id: str) -> Response:
        """As they run now, disabled ones too."""
        return Response(_shown(self._queue(queue_id)))

    @extend_schema(request=OrderBody, responses={200: OrderBody})
    @order.mapping.post
    def put_in_order(self, request: Request, queue_id: str) -> Response:
        """Let them run in this order, here alone. Each that takes another place gets a version."""
        number = self._queue(queue_id)
        wanted = read(OrderBody(data=request.data))
        service.save_order(
            number, wanted["scrip_ids"], actor=self.actor, note=wanted.get("note", "")
        )
        return Response(_shown(number))

    def _queue(self, raw_id: str) -> int:
        number = id_of(raw_id)
        known = number in self.actor.config.queues and access.sees_queue(self.actor, number)
        if not (known or access.may(self.actor, "AdminScrips", queue_id=number)):
            raise NotFound(_("There is no such thing here."))
        if number not in self.actor.config.queues:
            raise NotFound(_("There is no such thing here."))
        access.require(self.actor, "AdminScrips", queue_id=number)
        return number


def _shown(queue_id: int) -> dict[str, Any]:
    reaches = {row.pk: row.reach for row in Scrip.objects.prefetch_related("places")}
    here = [number for number, reach in reaches.items() if reach.covers(queue_id)]
    return {"scrip_ids": sorted(here, key=lambda each: (reaches[each].place(queue_id), each))}
