"""/api/lifecycles."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from lifecycles import service
from lifecycles.definition import Fault, parse
from lifecycles.models import Lifecycle, LifecycleVersion
from tessera.lib.api import pagination
from tessera.lib.api.bodies import Body, read
from tessera.lib.api.errors import flatten
from tessera.lib.api.fields import Flag, JSONObject, Line
from tessera.lib.api.order import BY_ID, Orders
from tessera.lib.api.views import ID_SCHEMA, id_of
from tessera.lib.errors import Invalid, NotFound
from tickets import access
from tickets.api.base import ConfigViewSet
from tickets.models import Queue

BY_NUMBER = Orders({"version": "number", "id": "pk"}, default="-version")


class LifecycleBody(Body):
    """A process. A new `definition` is published at once, or with `draft` kept beside it."""

    id = serializers.IntegerField(read_only=True)
    name = Line(max_length=100)
    definition = JSONObject()
    version = serializers.IntegerField(read_only=True)
    draft = Flag(required=False, write_only=True)
    note = Line(max_length=500, allow_blank=True, required=False, write_only=True)


class LifecycleDetail(serializers.Serializer[Lifecycle]):
    """A process: its current definition, and the draft that is not published yet."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    definition = serializers.DictField(source="current.definition")
    version = serializers.IntegerField(source="current.number")
    draft = serializers.DictField(allow_null=True)


class VersionBody(serializers.Serializer[LifecycleVersion]):
    """One published definition; it never changes."""

    version = serializers.IntegerField(source="number")
    definition = serializers.DictField()
    sha256 = serializers.CharField()
    note = serializers.CharField()
    creator_id = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()


class PublishBody(Body):
    """Why."""

    note = Line(max_length=500, allow_blank=True, required=False)


class ValidateBody(Body):
    """A definition to be checked."""

    definition = serializers.JSONField()


class PlaceBody(serializers.Serializer[Any]):
    """What is wrong, and where."""

    place = serializers.CharField()
    detail = serializers.CharField()


class VerdictBody(serializers.Serializer[Any]):
    """What came of a check."""

    valid = serializers.BooleanField()
    errors = PlaceBody(many=True)  # type: ignore[assignment]  # DRF takes fields out of the class
    warnings = PlaceBody(many=True)


class LifecycleViewSet(ConfigViewSet[Lifecycle]):
    """Lifecycles: state machines as data, in versions that never change."""

    see = change = "AdminLifecycles"
    body_class = LifecycleBody
    answer_class = LifecycleDetail
    path_schemas = {"id": ID_SCHEMA, "number": ID_SCHEMA}
    parameters = {
        "list": pagination.parameters(BY_ID),
        "versions": pagination.parameters(BY_NUMBER),
    }

    def rows(self) -> QuerySet[Lifecycle]:
        """Those that were published, with their current version."""
        return Lifecycle.objects.exclude(current=None).select_related("current")

    def seen(self, rows: QuerySet[Lifecycle]) -> QuerySet[Lifecycle]:
        """All for those who change them; those of the queues that he sees for anybody else."""
        if access.may(self.actor, self.see):
            return rows
        queues = access.queues_with(self.actor, "SeeQueue")
        return rows.filter(pk__in=Queue.objects.filter(pk__in=queues).values("lifecycle_id"))

    def present(self, rows: Sequence[Lifecycle]) -> Iterable[Any]:
        """The lifecycles; what is not published is for those who would publish it."""
        shown = [LifecycleDetail(row).data for row in rows]
        if not access.may(self.actor, self.change):
            for body in shown:
                body["draft"] = None
        return shown

    def save(self, row: Lifecycle | None, values: Mapping[str, Any]) -> Lifecycle:
        """The name, then the definition as a new version or as the draft."""
        draft, note = values.get("draft", False), values.get("note", "")
        if row is None:
            return service.create(values["name"], values["definition"], actor=self.user, note=note)
        if "name" in values:
            service.rename(row, values["name"])
        if draft:
            service.save_draft(row, values["definition"])
        elif "definition" in values:
            service.publish(row, values["definition"], actor=self.user, note=note)
        return row

    def read(self, row: Lifecycle | None) -> Mapping[str, Any]:
        """The body with all of its faults, those inside the definition too. A draft may have some."""
        faults: dict[str, list[str]] = {}
        values: Mapping[str, Any] = {}
        try:
            values = super().read(row)
        except serializers.ValidationError as fault:
            faults = flatten(fault.detail)
        body = self.body()
        if body.get("draft") is True:
            if row is None or "definition" not in body:
                faults["draft"] = [_("goes with the new definition of a lifecycle there is")]
        elif isinstance(body.get("definition"), dict) and "definition" not in faults:
            parsed = parse(body["definition"], check_guard=service.refuse_guard)
            faults |= service.DefinitionInvalid(parsed.faults).errors if parsed.faults else {}
        if faults:
            raise Invalid(faults)
        return values

    @extend_schema(request=PublishBody, responses={200: LifecycleDetail})
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, id: str) -> Response:
        """Publish the draft: new tickets take it from now on."""
        row = self.row_of(id, self.change)
        values = read(PublishBody(data=request.data))
        service.publish_draft(row, actor=self.user, note=values.get("note", ""))
        return Response(self.show(self.rows().get(pk=row.pk)))

    @extend_schema(responses={200: pagination.body_of(VersionBody)})
    @action(detail=True)
    def versions(self, request: Request, id: str) -> Response:
        """All published versions, newest first."""
        rows = LifecycleVersion.objects.filter(lifecycle=self.row_of(id))
        return Response(pagination.page_of(self, rows, BY_NUMBER, _versions))

    @extend_schema(responses={200: VersionBody})
    @action(detail=True, url_path="versions/(?P<number>[^/]+)")
    def version(self, request: Request, id: str, number: str) -> Response:
        """One published version."""
        wanted = id_of(number)
        row = LifecycleVersion.objects.filter(lifecycle=self.row_of(id), number=wanted).first()
        if row is None:
            raise NotFound(_("The lifecycle has no such version."))
        return Response(VersionBody(row).data)

    @extend_schema(request=ValidateBody, responses={200: VerdictBody})
    @action(detail=False, methods=["post"])
    def validate(self, request: Request) -> Response:
        """Check a definition; nothing is kept."""
        access.require(self.actor, self.see)
        parsed = parse(
            read(ValidateBody(data=request.data))["definition"], check_guard=service.refuse_guard
        )
        return Response(
            {
                "valid": parsed.definition is not None,
                "errors": [_place(fault) for fault in parsed.faults],
                "warnings": [_place(fault) for fault in parsed.warnings],
            }
        )


def _place(fault: Fault) -> dict[str, str]:
    return {"place": fault.place, "detail": fault.detail}


def _versions(rows: Sequence[LifecycleVersion]) -> Any:
    return [VersionBody(row).data for row in rows]
