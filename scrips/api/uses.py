"""/api/…/used-by: who names a custom field or a lifecycle; and how such answers look."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from customfields.models import CustomField
from lifecycles.models import Lifecycle
from scrips import used_by
from scrips.used_by import User
from scrips.uses import Named
from tessera.lib.api.views import id_of
from tessera.lib.errors import NotFound
from tickets import access
from tickets.api.base import RightfulViewSet
from tickets.models import Queue, QueueField


class NamedBody(serializers.Serializer[Any]):
    """Something that is named, and where. `id` is null for what has none, and for what is there no more."""

    kind = serializers.CharField()
    id = serializers.IntegerField(allow_null=True)
    name = serializers.CharField()
    place = serializers.CharField()


class UsesBody(serializers.Serializer[Any]):
    """All that is named."""

    results = NamedBody(many=True)


class UsingBody(serializers.Serializer[Any]):
    """What names it: at which places, and by which names. `queue_ids` are those that a scrip or template is for; of
    all, and of anything else, there are none."""

    kind = serializers.CharField()
    id = serializers.IntegerField()
    name = serializers.CharField()
    places = serializers.ListField(child=serializers.CharField())
    names = serializers.ListField(child=serializers.CharField())
    queue_ids = serializers.ListField(child=serializers.IntegerField())


class UsedByBody(serializers.Serializer[Any]):
    """All that name it."""

    results = UsingBody(many=True)


def uses_json(found: Iterable[Named]) -> dict[str, Any]:
    """As `UsesBody` describes it."""
    return {"results": [asdict(each) for each in found]}


def used_by_json(found: Iterable[User]) -> dict[str, Any]:
    """As `UsedByBody` describes it."""
    return {"results": [asdict(each) for each in found]}


class _UsedByViewSet(RightfulViewSet):
    """Who sees the thing is told that he may not; to whom it is hidden, that there is none."""

    right: str

    def _seen(self, row: models.Model | None, places: Iterable[int]) -> None:
        """Raise NotFound, or Forbidden without the right to change it."""
        known = access.may(self.actor, self.right) or any(
            access.may(self.actor, "SeeQueue", queue_id=number) for number in places
        )
        if row is None or not known:
            raise NotFound(_("There is no such thing here."))
        access.require(self.actor, self.right)


class FieldUsedByViewSet(_UsedByViewSet):
    """Who names a custom field; needs AdminCustomFields."""

    right = "AdminCustomFields"
    path_schemas = {"field_id": {"type": "integer", "minimum": 1}}

    @extend_schema(responses={200: UsedByBody})
    def list(self, request: Request, field_id: str) -> Response:
        """Scrips, templates, guards of lifecycles, fields that depend on it, and queues that have it."""
        row = CustomField.objects.filter(pk=id_of(field_id)).first()
        queues = QueueField.objects.filter(field=row).values_list("queue_id", flat=True)
        self._seen(row, queues if row else ())
        assert row is not None  # noqa: S101  # seen
        return Response(used_by_json(used_by.of_field(row, self.actor.config)))


class LifecycleUsedByViewSet(_UsedByViewSet):
    """Who names a lifecycle or one of its statuses; needs AdminLifecycles."""

    right = "AdminLifecycles"
    path_schemas = {"lifecycle_id": {"type": "integer", "minimum": 1}}

    @extend_schema(responses={200: UsedByBody})
    def list(self, request: Request, lifecycle_id: str) -> Response:
        """Queues that live by it, scrips of theirs that name a status of it, queries that name it, and other
        lifecycles that map to it. `names` are the statuses, as they are spelled there."""
        rows = Lifecycle.objects.exclude(current=None)
        row = rows.filter(pk=id_of(lifecycle_id)).first()
        queues = Queue.objects.filter(lifecycle=row).values_list("pk", flat=True)
        self._seen(row, queues if row else ())
        assert row is not None  # noqa: S101  # seen
        return Response(used_by_json(used_by.of_lifecycle(row, self.actor.config)))
