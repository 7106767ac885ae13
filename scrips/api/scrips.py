"""/api/scrips."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from scrips import service
from scrips.api.versioned import VersionedViewSet
from scrips.models import Scrip
from tessera.lib.api import pagination, query
from tessera.lib.api.bodies import Body
from tessera.lib.api.fields import Choice, Flag, JSONObject, Line, Number, Reference
from tessera.lib.api.order import Orders

_INT = 2**31 - 1
ORDERS = Orders({"sort_order": "sort_order", "id": "pk"}, default="sort_order,id")


class ScripBody(Body):
    """A rule: on an event, if a condition holds, do an action."""

    id = serializers.IntegerField(read_only=True)
    queue_id = Reference(allow_null=True, required=False)
    name = Line(max_length=200)
    description = Line(max_length=500, allow_blank=True, required=False)
    condition_type = Line(max_length=40)
    condition_config = JSONObject(required=False)
    action_type = Line(max_length=40)
    action_config = JSONObject(required=False)
    template_id = Reference(allow_null=True, required=False)
    stage = Choice(choices=Scrip.Stage.values, required=False)
    sort_order = Number(min_value=-_INT, max_value=_INT, required=False)
    disabled = Flag(required=False)
    shadow = Flag(required=False)
    version = serializers.IntegerField(read_only=True)
    note = Line(max_length=500, allow_blank=True, required=False, write_only=True)


class ScripViewSet(VersionedViewSet[Scrip]):
    """Scrips: rules of what happens when something happened."""

    body_class = ScripBody
    orders = ORDERS
    parameters = {"list": (query.number("queue_id"), *pagination.parameters(ORDERS))}

    def rows(self) -> QuerySet[Scrip]:
        """All of them."""
        return Scrip.objects.all()

    def save_version(self, row: Scrip | None, values: Mapping[str, Any], *, note: str) -> Scrip:
        """`scrips.service` checks it all."""
        return service.save_scrip(row, values, actor=self.actor, note=note)

    def present(self, rows: Sequence[Scrip]) -> Iterable[Any]:
        """Without the secrets that sign webhooks."""
        return [
            ScripBody(row).data | {"action_config": service.public_action_config(row.action_config)}
            for row in rows
        ]

    def destroy(self, request: Request, id: str) -> Response:
        """Delete: it fires no more. What it did, and its versions, stay."""
        with self.noting(self.row_of(id, self.change)) as row:
            service.delete_scrip(row, actor=self.actor)
        return Response(status=status.HTTP_204_NO_CONTENT)
