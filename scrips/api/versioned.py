"""What scrips and templates have in common: the service checks them whole, and each save is a version."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from scrips.models import Scrip, Template
from tessera.lib import values
from tessera.lib.api import pagination
from tessera.lib.api.bodies import Body, read
from tessera.lib.api.errors import flatten
from tessera.lib.api.fields import Line, Number, storable
from tessera.lib.api.order import Orders
from tessera.lib.errors import Invalid
from tessera.lib.values import BadValue
from tickets import access
from tickets.api.base import ConfigViewSet

Row = TypeVar("Row", Scrip, Template)


BY_VERSION = Orders({"version": "version", "id": "pk"}, default="-version")


class ChangeBody(serializers.Serializer[Any]):
    """A field, or a setting by its path, before and after; null for what was not there."""

    field = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class SavedVersionBody(serializers.Serializer[Any]):
    """Who saved it when and why, and what that changed against the version before."""

    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    creator_id = serializers.IntegerField()
    note = serializers.CharField(allow_blank=True)
    diff = ChangeBody(many=True)


class RollbackBody(Body):
    """To which version, and why."""

    version = Number(min_value=1, max_value=2**31 - 1)
    note = Line(max_length=500, allow_blank=True, required=False)


class VersionedViewSet(ConfigViewSet[Row], Generic[Row]):
    """`body_class` describes them in the OpenAPI document; `save_version` checks what comes in."""

    see = change = "AdminScrips"

    def seen(self, rows: QuerySet[Row]) -> QuerySet[Row]:
        """Those of the queues where the caller may change them, and the global ones, which count there too."""
        if access.may(self.actor, self.see):
            return rows
        queues = access.queues_with(self.actor, self.see)
        if not queues:
            access.require(self.actor, self.see)
        return rows.filter(self.in_queues(queues))

    def in_queues(self, queues: Collection[int]) -> Q:
        """Those that count in one of these queues."""
        return Q(queue=None) | Q(queue__in=queues)

    def place_for(self, values: Mapping[str, Any]) -> int | None:
        """The queue that the body names; what is no id is refused when it is saved."""
        wanted = values.get("queue_id")
        return wanted if isinstance(wanted, int) and not isinstance(wanted, bool) else None

    def versions_of(self, row: Row) -> QuerySet[Any]:
        """Its versions."""
        raise NotImplementedError

    def told(self, rows: Sequence[Any]) -> list[dict[str, Any]]:
        """Versions as they are answered."""
        raise NotImplementedError

    def places_at(self, row: Row, version: int) -> Iterable[int | None]:
        """The queues that it was for. Raises Invalid where there is no such version."""
        raise NotImplementedError

    def roll_back(self, row: Row, version: int, *, note: str) -> Row:
        """Save that version anew. Raises Invalid."""
        raise NotImplementedError

    @extend_schema(responses={200: pagination.body_of(SavedVersionBody)})
    @action(detail=True)
    def versions(self, request: Request, id: str) -> Response:
        """All versions, newest first, each with what it changed."""
        rows = self.versions_of(self.row_of(id))
        return Response(pagination.page_of(self, rows, BY_VERSION, self.told))

    def _rollback(self, id: str) -> Row:
        with self.noting(self.row_of(id, self.change)) as row:
            wanted = read(RollbackBody(data=self.request.data))
            self.require_at(self.places_at(row, wanted["version"]))
            return self.roll_back(row, wanted["version"], note=wanted.get("note", ""))

    def save_version(self, row: Row | None, values: Mapping[str, Any], *, note: str) -> Row:
        """Save under the service's rules. Raises Invalid."""
        raise NotImplementedError

    def read(self, row: Row | None) -> Mapping[str, Any]:
        """The body as it is, because one judge alone names all faults at once."""
        return self.body()

    def save(self, row: Row | None, values: Mapping[str, Any]) -> Row:
        """A new version, with the `note` that says why."""
        given = dict(values)
        faults, note = _note(given.pop("note", ""))
        for name, value in given.items():
            try:
                storable(value)
            except serializers.ValidationError as fault:
                faults |= flatten(fault.detail, name[:100])
        if faults:
            raise Invalid(faults)
        return self.save_version(row, given, note=note)


def _note(raw: object) -> tuple[dict[str, list[str]], str]:
    try:
        return {}, values.line(raw, longest=500)
    except BadValue as fault:
        return {"note": [str(fault)]}, ""
