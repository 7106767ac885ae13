"""/api/lifecycles/{id}/moves: moving tickets to a version, planned first."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from lifecycles.models import Lifecycle
from tessera.lib.api import pagination
from tessera.lib.api.bodies import Body, read
from tessera.lib.api.fields import Flag, Number
from tessera.lib.api.order import NEWEST_FIRST
from tessera.lib.api.views import ID_SCHEMA, id_of
from tessera.lib.errors import NotFound
from tickets import access, moving
from tickets.api.base import RightfulViewSet
from tickets.models import VersionMove
from tickets.moving import Plan

_INT = 2**31 - 1


class NewMoveBody(Body):
    """Which version; what statuses become that it lacks; with `preview` nothing is begun."""

    version = Number(min_value=1, max_value=_INT)
    mapping = serializers.DictField(child=serializers.CharField(max_length=64), required=False)
    preview = Flag(required=False)


class PlanLine(serializers.Serializer[Any]):
    """How many tickets of a version have a status, and what it becomes: null where nothing says so."""

    version = serializers.IntegerField()
    status = serializers.CharField()
    tickets = serializers.IntegerField()
    becomes = serializers.CharField(allow_null=True)


class PlanBody(serializers.Serializer[Any]):
    """What a move would do."""

    version = serializers.IntegerField(source="version.number")
    total = serializers.IntegerField()
    tickets = PlanLine(many=True, source="lines")
    unmapped = serializers.ListField(child=serializers.CharField())
    statuses = serializers.ListField(child=serializers.CharField())


class MoveFault(serializers.Serializer[Any]):
    """A ticket that could not be moved."""

    ticket_id = serializers.IntegerField()
    detail = serializers.CharField()


class MoveBody(serializers.Serializer[VersionMove]):
    """A move of tickets, and how far it is. `faults` are the first hundred."""

    id = serializers.IntegerField()
    version = serializers.IntegerField(source="version.number")
    mapping = serializers.DictField(child=serializers.CharField())
    status = serializers.ChoiceField(choices=VersionMove.Status.choices)
    total = serializers.IntegerField()
    attempted = serializers.IntegerField()
    failed = serializers.IntegerField()
    faults = MoveFault(many=True)
    creator_id = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class VersionMoveViewSet(RightfulViewSet):
    """Moves of a lifecycle's tickets to one of its versions."""

    path_schemas = {"id": ID_SCHEMA, "lifecycle_id": ID_SCHEMA}
    parameters = {"list": pagination.parameters(NEWEST_FIRST)}

    @extend_schema(responses={200: pagination.body_of(MoveBody)})
    def list(self, request: Request, lifecycle_id: str) -> Response:
        """All moves of the lifecycle, newest first."""
        rows = VersionMove.objects.filter(lifecycle=self._lifecycle(lifecycle_id))
        rows = rows.select_related("version")
        return Response(pagination.page_of(self, rows, NEWEST_FIRST, _shown))

    @extend_schema(request=NewMoveBody, responses={200: PlanBody, 201: MoveBody})
    def create(self, request: Request, lifecycle_id: str) -> Response:
        """Begin a move; or with `preview` say how many tickets it would move, by version and status."""
        lifecycle = self._lifecycle(lifecycle_id)
        values = read(NewMoveBody(data=request.data))
        mapping = values.get("mapping", {})
        if values.get("preview"):
            plan: Plan = moving.plan(lifecycle, values["version"], mapping)
            return Response(PlanBody(plan).data)
        move = moving.start(lifecycle, values["version"], mapping, actor=self.actor)
        return Response(MoveBody(move).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={200: MoveBody})
    def retrieve(self, request: Request, lifecycle_id: str, id: str) -> Response:
        """One, with its progress."""
        return Response(MoveBody(self._move(lifecycle_id, id)).data)

    @extend_schema(request=None, responses={200: MoveBody})
    @action(detail=True, methods=["post"])
    def stop(self, request: Request, lifecycle_id: str, id: str) -> Response:
        """End it after the ticket in hand; what was moved stays moved."""
        self.no_body()
        moving.stop(self._move(lifecycle_id, id))
        return Response(MoveBody(self._move(lifecycle_id, id)).data)

    @extend_schema(request=None, responses={200: MoveBody})
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, lifecycle_id: str, id: str) -> Response:
        """Go on where it was stopped."""
        self.no_body()
        moving.resume(self._move(lifecycle_id, id))
        return Response(MoveBody(self._move(lifecycle_id, id)).data)

    def _lifecycle(self, raw_id: str) -> Lifecycle:
        """The lifecycle, for those who may change it."""
        if not access.may(self.actor, "AdminLifecycles"):
            queues = access.queues_with(self.actor, "SeeQueue")
            if Lifecycle.objects.filter(pk=id_of(raw_id), queue__in=queues).exists():
                access.require(self.actor, "AdminLifecycles")
            raise NotFound(_("There is no such thing here."))
        found = Lifecycle.objects.exclude(current=None).filter(pk=id_of(raw_id)).first()
        if found is None:
            raise NotFound(_("There is no such thing here."))
        return found

    def _move(self, lifecycle_id: str, raw_id: str) -> VersionMove:
        rows = VersionMove.objects.select_related("version")
        found = rows.filter(lifecycle=self._lifecycle(lifecycle_id), pk=id_of(raw_id)).first()
        if found is None:
            raise NotFound(_("There is no such move."))
        return found


def _shown(rows: Sequence[VersionMove]) -> Iterable[Any]:
    return [MoveBody(row).data for row in rows]
