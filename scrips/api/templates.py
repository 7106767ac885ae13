"""/api/templates."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from scrips import rehearsal, service, used_by, versions
from scrips.api.deliveries import DeliveryDetailBody
from scrips.api.uses import UsedByBody, used_by_json
from scrips.api.versioned import BY_VERSION, RollbackBody, VersionedViewSet
from scrips.models import Scrip, Template, TemplateVersion
from scrips.trial import Texts, render_on
from tessera.lib.api import pagination, query
from tessera.lib.api.bodies import Body, read
from tessera.lib.api.fields import Choice, Line, Reference, Text
from tessera.lib.api.order import BY_ID
from tessera.lib.errors import Invalid, NotFound
from tickets import access
from tickets.api.base import unique
from tickets.api.naming import TicketReference


class TemplateBody(Body):
    """A mail's subject and body, in the sandbox's language."""

    id = serializers.IntegerField(read_only=True)
    name = Line(max_length=100)
    queue_id = Reference(allow_null=True, required=False)
    subject_template = Line(max_length=500, allow_blank=True, required=False)
    body_template = Text(max_length=100_000, allow_blank=True, required=False)
    content_type = Choice(choices=Template.ContentType.values, required=False)
    version = serializers.IntegerField(read_only=True)
    note = Line(max_length=500, allow_blank=True, required=False, write_only=True)


class RenderBody(Body):
    """On which ticket, and on which of its transactions; without one, the last that rules run for."""

    ticket_id = TicketReference()
    transaction_id = Reference(required=False, allow_null=True)


class RenderTextsBody(RenderBody):
    """The same, with texts that are not saved."""

    subject_template = Line(max_length=500, allow_blank=True, required=False)
    body_template = Text(max_length=100_000, allow_blank=True, required=False)
    content_type = Choice(choices=Template.ContentType.values, required=False)


class Rendered(serializers.Serializer[Any]):
    """What the template says."""

    subject = serializers.CharField()
    body = serializers.CharField()


class TemplateViewSet(VersionedViewSet[Template]):
    """Templates of mails."""

    body_class = TemplateBody
    parameters = {
        "list": (query.number("queue_id"), *pagination.parameters(BY_ID)),
        "versions": pagination.parameters(BY_VERSION),
    }

    def rows(self) -> QuerySet[Template]:
        """All of them."""
        return Template.objects.all()

    def filtered(self, rows: QuerySet[Template]) -> QuerySet[Template]:
        """Of one queue."""
        return rows.filter(**self.filters("queue_id"))

    def place_of(self, row: Template) -> int | None:
        """The queue that it is for."""
        return row.queue_id

    def versions_of(self, row: Template) -> QuerySet[TemplateVersion]:
        """They go with it."""
        return TemplateVersion.objects.filter(template=row)

    def told(self, rows: Sequence[TemplateVersion]) -> list[dict[str, Any]]:
        """With their texts."""
        return versions.template_history(rows)

    def places_at(self, row: Template, version: int) -> Iterable[int | None]:
        """Its queue, or all."""
        return (versions.template_at(row, version)["queue_id"],)

    def roll_back(self, row: Template, version: int, *, note: str) -> Template:
        """Judged as every save is."""
        with unique({"template_name_unique": "name"}):
            return versions.roll_back_template(row, version, actor=self.actor, note=note)

    @extend_schema(responses={200: UsedByBody})
    @action(detail=True, url_path="used-by")
    def used_by(self, request: Request, id: str) -> Response:
        """The scrips that send it, as far as the caller may see them."""
        row = self.row_of(id)
        rows = Scrip.objects.filter(template=row).prefetch_related("places").order_by("pk")
        seen = [
            each
            for each in rows
            if each.everywhere
            or any(
                access.may(self.actor, self.see, queue_id=number) for number in each.reach.listed
            )
        ]
        return Response(used_by_json(used_by.of_template(row, seen)))

    @extend_schema(request=RollbackBody, responses={200: TemplateBody})
    @action(detail=True, methods=["post"])
    def rollback(self, request: Request, id: str) -> Response:
        """Save an older version anew, as the next one. 400 where it names what is gone since."""
        saved = self._rollback(id)
        return Response(self.show(self.rows().get(pk=saved.pk)))

    def save_version(
        self, row: Template | None, values: Mapping[str, Any], *, note: str
    ) -> Template:
        """`scrips.service` checks it all."""
        with unique({"template_name_unique": "name"}):
            return service.save_template(row, values, actor=self.actor, note=note)

    def destroy(self, request: Request, id: str) -> Response:
        """Delete. 400 for one that scrips use."""
        with self.noting(self.row_of(id, self.change)) as row:
            service.delete_template(row)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=RenderBody, responses={200: Rendered})
    @action(detail=True, methods=["post"])
    def render(self, request: Request, id: str) -> Response:
        """What the template says about a ticket; nothing is sent."""
        row = self.row_of(id)
        texts = Texts(row.subject_template, row.body_template, row.content_type)
        return self._rendered(texts, read(RenderBody(data=request.data)))

    @extend_schema(request=RenderTextsBody, responses={200: Rendered})
    @action(detail=False, methods=["post"], url_path="render")
    def render_texts(self, request: Request) -> Response:
        """What texts that are not saved say about a ticket; nothing is kept."""
        if not access.anywhere(self.actor, self.see):
            access.require(self.actor, self.see)
        given = read(RenderTextsBody(data=request.data))
        texts = Texts(
            given.get("subject_template", ""),
            given.get("body_template", ""),
            given.get("content_type", Template.ContentType.TEXT.value),
        )
        return self._rendered(texts, given)

    @extend_schema(request=RenderBody, responses={201: DeliveryDetailBody})
    @action(detail=True, methods=["post"], url_path="test")
    def send_test(self, request: Request, id: str) -> Response:
        """Send it as a mail to the caller alone, marked as a test; the ticket's log says nothing of it."""
        row = self.row_of(id, self.change)
        order = read(RenderBody(data=request.data))
        try:
            made = rehearsal.send_template(row, actor=self.actor, **order)
        except NotFound:
            raise Invalid({"ticket_id": [_("there is no such ticket")]}) from None
        return Response(DeliveryDetailBody(made).data, status=status.HTTP_201_CREATED)

    def _rendered(self, texts: Texts, given: Mapping[str, Any]) -> Response:
        try:
            return Response(
                render_on(
                    texts,
                    ticket_id=given["ticket_id"],
                    transaction_id=given.get("transaction_id"),
                    actor=self.actor,
                )
            )
        except NotFound:
            raise Invalid({"ticket_id": [_("there is no such ticket")]}) from None
