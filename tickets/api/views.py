"""/api/views: queries that are kept under a name, with their columns and order."""

from collections.abc import Iterable, Mapping, Sequence
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
from tessera.lib.errors import Forbidden, NotFound
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
    """A saved view. `count` is what the caller would find by it; `error` is why he would find nothing."""

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
        view = self._written(SavedView(owner=self.user, **defaults), given)
        return Response(self._body(view), status=status.HTTP_201_CREATED)

    def retrieve(self, request: Request, id: str) -> Response:
        """One, with how many tickets it finds now."""
        return Response(self._body(self._view(id)))

    def partial_update(self, request: Request, id: str) -> Response:
        """Change the fields that are given. Its owner's alone."""
        with transaction.atomic():
            view = self._own(id)
            given = read(ViewBody(view, data=request.data, partial=True))
            self._written(view, given)
        return Response(self._body(view))

    def destroy(self, request: Request, id: str) -> Response:
        """Delete it. Its owner's alone."""
        with transaction.atomic():
            self._own(id).delete()
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _written(self, view: SavedView, given: Mapping[str, Any]) -> SavedView:
        """The view with what is given. With whom it is shared is judged anew each time: what others see is changed."""
        own = dict(given)
        visibility = own.pop("visibility", view.visibility)
        kept = view.group_id if visibility == SavedView.Visibility.GROUP else None
        group_id = own.pop("group_id", kept)
        views.check(own, visibility=visibility, group_id=group_id, actor=self.actor)
        view.for_all, view.group_id = visibility == SavedView.Visibility.ALL, group_id
        for name, value in own.items():
            setattr(view, name, value)
        view.save()
        return view

    def _visible(self) -> QuerySet[SavedView]:
        return SavedView.objects.filter(views.seen_by(self.actor))

    def _filtered(self) -> QuerySet[SavedView]:
        rows = self._visible()
        wanted = self.query.get("visibility")
        if wanted is None:
            return rows
        shared = {"for_all": wanted == "all", "group__isnull": wanted != "group"}
        return rows.filter(**shared)

    def _view(self, raw_id: str, rows: QuerySet[SavedView] | None = None) -> SavedView:
        rows = self._visible() if rows is None else rows
        found = rows.filter(pk=id_of(raw_id)).first()
        if found is None:
            raise NotFound(_("There is no such view."))
        return found

    def _own(self, raw_id: str) -> SavedView:
        """The view, locked, for its owner."""
        found = self._view(raw_id, self._visible().select_for_update(of=("self",)))
        if found.owner_id != self.actor.id:
            raise Forbidden(_("Only its owner changes a view; save one of your own."))
        return found

    def _shown(self, rows: Sequence[SavedView]) -> Iterable[Any]:
        if self.query.get("counts", True):
            return [self._body(row) for row in rows]
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
    }
