"""/api/views: queries that are kept under a name, with their columns and order."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from tessera.lib.api import pagination, query
from tessera.lib.api.bodies import Body, read
from tessera.lib.api.fields import Choice, Line, Number, Text
from tessera.lib.api.order import Orders
from tessera.lib.api.query import Parameter
from tessera.lib.api.views import id_of
from tessera.lib.errors import NotFound
from tessera.lib.query.limits import MAX_TEXT
from tessera.lib.values import MAX_ID, BadValue
from tickets import columns, views
from tickets.api.base import RightfulViewSet
from tickets.models import SavedView
from tickets.orders import orders_of
from tickets.views import Counted

BY_NAME = Orders({"id": "pk", "name": "name"}, default="id")


def _flag(raw: str) -> bool:
    if raw not in ("true", "false"):
        raise BadValue(_("must be true or false"))
    return raw == "true"


class ViewBody(Body):
    """A saved view. `count` is what the caller would find by it, `error` is why he would find nothing; `warnings` tell
    what the query names that there is not, where it was counted."""

    id = serializers.IntegerField(read_only=True)
    name = Line(max_length=100)
    query = Text(max_length=MAX_TEXT, required=False, allow_blank=True)
    columns = serializers.ListField(
        child=Line(max_length=100), min_length=1, max_length=columns.MOST_COLUMNS, required=False
    )
    order = Line(max_length=1000, required=False)
    visibility = Choice(choices=SavedView.Visibility.choices, required=False)
    group_id = Number(min_value=1, max_value=MAX_ID, allow_null=True, required=False)
    owner_id = serializers.IntegerField(read_only=True)
    count = serializers.IntegerField(read_only=True, allow_null=True)
    count_capped = serializers.BooleanField(read_only=True)
    error = serializers.CharField(read_only=True, allow_null=True)
    warnings = serializers.ListField(child=serializers.CharField(), read_only=True)


class SavedViewViewSet(RightfulViewSet):
    """Saved views: one's own, those of one's groups, and those for all."""

    body_class = ViewBody
    parameters = {
        "list": (
            query.choice("visibility", SavedView.Visibility.values),
            Parameter(
                "counts",
                _flag,
                {"type": "boolean", "default": True},
                "`false` counts nothing: each `count` is null, and the list costs a view no statement.",
            ),
            *pagination.parameters(BY_NAME),
        )
    }

    def list(self, request: Request) -> Response:
        """The views that the caller sees."""
        return Response(pagination.page_of(self, self._filtered(), BY_NAME, self._shown))

    def create(self, request: Request) -> Response:
        """Save a view; its owner is the caller."""
        given = read(ViewBody(data=request.data))
        defaults = {
            "query": "",
            "columns": list(columns.DEFAULT),
            "order": orders_of(self.actor.config).default,
        }
        view = views.change(SavedView(owner=self.user, **defaults), given, actor=self.actor)
        return Response(self._body(view), status=status.HTTP_201_CREATED)

    def retrieve(self, request: Request, id: str) -> Response:
        """One, with how many tickets it finds now."""
        return Response(self._body(self._view(id)))

    def partial_update(self, request: Request, id: str) -> Response:
        """Change the fields that are given. Its owner's alone."""
        with transaction.atomic():
            view = views.owned(id_of(id), self.actor)
            given = read(ViewBody(view, data=request.data, partial=True))
            views.change(view, given, actor=self.actor)
        return Response(self._body(view))

    def destroy(self, request: Request, id: str) -> Response:
        """Delete it. Its owner's alone."""
        with transaction.atomic():
            views.owned(id_of(id), self.actor).delete()
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _visible(self) -> QuerySet[SavedView]:
        return SavedView.objects.filter(views.seen_by(self.actor))

    def _filtered(self) -> QuerySet[SavedView]:
        rows = self._visible()
        wanted = self.query.get("visibility")
        if wanted is None:
            return rows
        shared = {"for_all": wanted == "all", "group__isnull": wanted != "group"}
        return rows.filter(**shared)

    def _view(self, raw_id: str) -> SavedView:
        found = self._visible().filter(pk=id_of(raw_id)).first()
        if found is None:
            raise NotFound(_("There is no such view."))
        return found

    def _shown(self, rows: Sequence[SavedView]) -> Iterable[Any]:
        if self.query.get("counts", True):
            counted = views.counts(rows, self.actor)
            return [_json(row, each) for row, each in zip(rows, counted, strict=True)]
        return [_json(row, Counted()) for row in rows]

    def _body(self, view: SavedView) -> dict[str, Any]:
        return _json(view, views.count(view, self.actor))


def _json(view: SavedView, counted: Counted) -> dict[str, Any]:
    return {
        "id": view.pk,
        "name": view.name,
        "query": view.query,
        "columns": view.columns,
        "order": view.order,
        "visibility": view.visibility,
        "group_id": view.group_id,
        "owner_id": view.owner_id,
        "count": counted.count,
        "count_capped": counted.capped,
        "error": counted.error,
        "warnings": list(counted.warnings),
    }
