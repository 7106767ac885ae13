"""/api/lifecycles."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from lifecycles import diagram, service
from lifecycles.definition import Definition, Fault, parse
from lifecycles.diff import diff
from lifecycles.models import Lifecycle, LifecycleVersion
from tessera.lib.api import pagination, query
from tessera.lib.api.bodies import Body, read
from tessera.lib.api.errors import flatten
from tessera.lib.api.fields import Flag, JSONObject, Line
from tessera.lib.api.order import BY_ID, Orders
from tessera.lib.api.views import ID_SCHEMA, id_of
from tessera.lib.errors import Invalid, NotFound
from tickets import access
from tickets import service as door
from tickets.api import naming
from tickets.api.base import ConfigViewSet
from tickets.models import Queue
from tickets.processes import check_guard, held_roles

BY_NUMBER = Orders({"version": "number", "id": "pk"}, default="-version")
# Names are people's text: no browser is to take an answer for a page.
_AS_IT_IS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-cache"}
_DRAWN = (
    query.number("version", "A published version; without it, the current one."),
    query.text("status", "A status of it, to be marked as the current one."),
    naming.parameter("A ticket of the lifecycle: its version is drawn, and its status marked."),
)


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
    """One published definition; it never changes. `diff` tells in sentences what it changed against the
    version before, which its context has by number under `before`."""

    version = serializers.IntegerField(source="number")
    definition = serializers.DictField()
    sha256 = serializers.CharField()
    note = serializers.CharField()
    creator_id = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()
    diff = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_diff(self, row: LifecycleVersion) -> list[str]:
        """Empty for the first version, and where both mean the same."""
        before = self.context["before"].get(row.number - 1)
        if before is None:
            return []
        old, new = _definition(before), _definition(row)
        if old is None or new is None:
            return [_("One of the two versions can't be read by the rules of today")]
        return list(diff(old, new))


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
        "diagram": _DRAWN,
        "diagram_svg": _DRAWN,
        "diagram_mmd": _DRAWN,
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
            return service.create(
                values["name"],
                values["definition"],
                actor=self.user,
                note=note,
                check_guard=check_guard,
            )
        if "name" in values:
            service.rename(row, values["name"])
        if draft:
            service.save_draft(row, values["definition"])
        elif "definition" in values:
            service.publish(
                row, values["definition"], actor=self.user, note=note, check_guard=check_guard
            )
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
            parsed = parse(body["definition"], check_guard=check_guard)
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
        with self.noting(row) as held:
            service.publish_draft(
                held, actor=self.user, note=values.get("note", ""), check_guard=check_guard
            )
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
        row = _version(self.row_of(id), id_of(number))
        return Response(_versions([row])[0])

    @extend_schema(responses={(200, "image/svg+xml"): OpenApiTypes.STR})
    @action(detail=True)
    def diagram(self, request: Request, id: str) -> HttpResponse:
        """The state diagram as SVG, the same as `diagram.svg`."""
        return self._svg(id)

    @extend_schema(responses={(200, "image/svg+xml"): OpenApiTypes.STR})
    @action(detail=True, url_path=r"diagram\.svg")
    def diagram_svg(self, request: Request, id: str) -> HttpResponse:
        """The state diagram as SVG: a document of its own, light or dark as its reader has it."""
        return self._svg(id)

    @extend_schema(responses={(200, "text/vnd.mermaid"): OpenApiTypes.STR})
    @action(detail=True, url_path=r"diagram\.mmd")
    def diagram_mmd(self, request: Request, id: str) -> HttpResponse:
        """The state diagram as text in Mermaid's notation."""
        definition, status = self._to_draw(id)
        text = diagram.mermaid(definition, current=status)
        return HttpResponse(text, content_type="text/vnd.mermaid; charset=utf-8", headers=_AS_IT_IS)

    def _svg(self, id: str) -> HttpResponse:
        definition, status = self._to_draw(id)
        return HttpResponse(
            diagram.svg(definition, current=status, standalone=True),
            content_type="image/svg+xml",
            headers={**_AS_IT_IS, "Content-Security-Policy": diagram.POLICY},
        )

    def _to_draw(self, id: str) -> tuple[Definition, str | None]:
        """The definition and the status that the query asks for. Raises NotFound, Invalid."""
        row = self.row_of(id)
        version, status = self._asked(row)
        definition = _definition(version) if version else None
        if definition is None:
            raise Invalid({"version": [_("can't be read by the rules of today")]})
        if status is not None and definition.canonical(status) is None:
            known = ", ".join(each.name for each in definition.statuses)
            told = _("the lifecycle %(name)s has no status “%(status)s”; it has %(all)s")
            raise Invalid(
                {"status": [told % {"name": row.name, "status": status[:100], "all": known}]}
            )
        return definition, status

    def _asked(self, row: Lifecycle) -> tuple[LifecycleVersion | None, str | None]:
        """The version and the status: a ticket's own, or those named. Raises NotFound, Invalid."""
        number = self.query.get("version")
        if "ticket_id" not in self.query:
            version = row.current if number is None else _version(row, number)
            return version, self.query.get("status")
        ticket = door.visible(self.query["ticket_id"], self.actor)
        if named := [name for name in ("version", "status") if name in self.query]:
            told = [_("is the ticket's own: leave it out, or ticket_id")]
            raise Invalid(dict.fromkeys(named, told))
        own = row.versions.filter(pk=ticket.lifecycle_version_id).first()
        if own is None:
            raise Invalid({"ticket_id": [_("is a ticket of another lifecycle")]})
        return own, ticket.status

    @extend_schema(request=ValidateBody, responses={200: VerdictBody})
    @action(detail=False, methods=["post"])
    def validate(self, request: Request) -> Response:
        """Check a definition; nothing is kept."""
        access.require(self.actor, self.see)
        parsed = parse(
            read(ValidateBody(data=request.data))["definition"],
            check_guard=check_guard,
            held_roles=held_roles(),
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


def _version(lifecycle: Lifecycle, number: int) -> LifecycleVersion:
    row = LifecycleVersion.objects.filter(lifecycle=lifecycle, number=number).first()
    if row is None:
        raise NotFound(_("The lifecycle has no such version."))
    return row


def _versions(rows: Sequence[LifecycleVersion]) -> list[Any]:
    """Versions of one lifecycle as they are answered: at most one statement more, for those before them."""
    known = {row.number: row for row in rows}
    missing = {number - 1 for number in known} - {0, *known}
    if missing:
        lifecycle = rows[0].lifecycle_id
        others = LifecycleVersion.objects.filter(lifecycle=lifecycle, number__in=missing)
        known |= {row.number: row for row in others}
    return [VersionBody(row, context={"before": known}).data for row in rows]


def _definition(version: LifecycleVersion) -> Definition | None:
    return parse(version.definition).definition
