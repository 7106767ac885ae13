"""/api/replies: saved replies, one's own and those that are shared with one."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from scrips import replies
from scrips.models import SavedReply
from scrips.rendering.caps import MAX_SOURCE
from tessera.lib.api import pagination, query
from tessera.lib.api.bodies import Body, read
from tessera.lib.api.fields import Choice, Line, Number, Text
from tessera.lib.api.order import Orders
from tessera.lib.api.views import id_of
from tessera.lib.values import MAX_ID
from tickets.api.base import RightfulViewSet

BY_NAME = Orders({"id": "pk", "name": "name"}, default="id")
# Of one that is new and says nothing of them.
_DEFAULTS: dict[str, Any] = {
    "queue_id": None,
    "visibility": replies.Visibility.PRIVATE.value,
    "group_id": None,
}


class ReplyBody(Body):
    """A saved reply: `text` is a template over `ticket`, `queue`, `actor` and `now`; `queue_id` null is for all
    queues."""

    id = serializers.IntegerField(read_only=True)
    name = Line(max_length=100)
    text = Text(max_length=MAX_SOURCE)
    queue_id = Number(min_value=1, max_value=MAX_ID, allow_null=True, required=False)
    visibility = Choice(choices=SavedReply.Visibility.choices, required=False)
    group_id = Number(min_value=1, max_value=MAX_ID, allow_null=True, required=False)
    owner_id = serializers.IntegerField(read_only=True)


class SavedReplyViewSet(RightfulViewSet):
    """Saved replies: one's own, those of one's groups, and those for all, but for queues that one does not see."""

    body_class = ReplyBody
    parameters = {
        "list": (
            query.choice("visibility", SavedReply.Visibility.values),
            query.number("queue_id"),
            *pagination.parameters(BY_NAME),
        )
    }

    def list(self, request: Request) -> Response:
        """The replies that the caller may use."""
        return Response(pagination.page_of(self, self._filtered(), BY_NAME, _shown))

    def create(self, request: Request) -> Response:
        """Save a reply; its owner is the caller. To share it takes `AdminScrips`, in its queue or everywhere."""
        given = read(ReplyBody(data=request.data))
        with transaction.atomic():
            reply = replies.change(SavedReply(owner=self.user), _DEFAULTS | given, actor=self.actor)
        return Response(_json(reply), status=status.HTTP_201_CREATED)

    def retrieve(self, request: Request, id: str) -> Response:
        """One."""
        return Response(_json(replies.found(id_of(id), self.actor)))

    def partial_update(self, request: Request, id: str) -> Response:
        """Change the fields that are given: of one's own, and of shared ones with `AdminScrips`."""
        with transaction.atomic():
            reply = self._locked(id)
            given = read(ReplyBody(reply, data=request.data, partial=True))
            kept = _held(reply)
            if given.get("visibility", "group") != "group":
                kept["group_id"] = None
            replies.change(reply, kept | given, actor=self.actor)
        return Response(_json(reply))

    def destroy(self, request: Request, id: str) -> Response:
        """Delete it: one's own, and shared ones with `AdminScrips`."""
        with transaction.atomic():
            replies.delete(self._locked(id), actor=self.actor)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _locked(self, raw_id: str) -> SavedReply:
        found = replies.found(id_of(raw_id), self.actor)
        return SavedReply.objects.select_for_update(of=("self",)).get(pk=found.pk)

    def _filtered(self) -> QuerySet[SavedReply]:
        rows = replies.seen_by(self.actor)
        if "queue_id" in self.query:
            rows = rows.filter(queue=self.query["queue_id"])
        wanted = self.query.get("visibility")
        if wanted is None:
            return rows
        return rows.filter(for_all=wanted == "all", group__isnull=wanted != "group")


def _held(reply: SavedReply) -> dict[str, Any]:
    return {
        "name": reply.name,
        "text": reply.text,
        "queue_id": reply.queue_id,
        "visibility": reply.visibility,
        "group_id": reply.group_id,
    }


def _json(reply: SavedReply) -> dict[str, Any]:
    return {"id": reply.pk, **_held(reply), "owner_id": reply.owner_id}


def _shown(rows: Sequence[SavedReply]) -> Iterable[Any]:
    return map(_json, rows)
