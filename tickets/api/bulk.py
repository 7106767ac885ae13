"""/api/tickets/bulk: the same changes for many tickets."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from tessera.accounts.rights import SUPER_USER
from tessera.lib import values
from tessera.lib.api import pagination, query
from tessera.lib.api.bodies import Body, read
from tessera.lib.api.fields import Flag, JSONObject, Text
from tessera.lib.api.order import BY_ID, NEWEST_FIRST
from tessera.lib.api.query import Parameter
from tessera.lib.api.views import id_of
from tessera.lib.errors import Invalid, NotFound
from tessera.lib.query.limits import MAX_TEXT
from tessera.lib.values import MAX_ID, BadValue
from tickets import access, bulk
from tickets.api import schemas
from tickets.api.base import RightfulViewSet
from tickets.api.tickets import ticket_id
from tickets.bulk import Order, Result
from tickets.models import BulkChange, BulkTicket

# Results are read to the end by programs: a page has more of them than a list has rows.
PAGE_SIZE = 1_000
_MOST_FAULTS = 100


class OrderBody(Body):
    """What is asked for. The tickets are named one by one, or by a query."""

    query = Text(max_length=MAX_TEXT, required=False)
    ids = serializers.ListField(required=False)
    changes = JSONObject()
    preview = Flag(required=False)


class BulkOrder(Body):
    """The same for the OpenAPI document: exactly one of `query` and `ids`, and the changes of a PATCH."""

    query = serializers.CharField(required=False, max_length=MAX_TEXT)
    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=MAX_ID),
        required=False,
        min_length=1,
        max_length=bulk.MOST,
        help_text="Each once. A key such as TKT-0012 serves too.",
    )
    changes = schemas.BulkUpdate()
    preview = serializers.BooleanField(required=False)


class BulkResult(serializers.Serializer[Any]):
    """What came of one ticket: `outcome`, of a preview with its fields besides, or `error`."""

    ticket_id = serializers.IntegerField()
    outcome = schemas.Outcome(required=False)
    error = serializers.DictField(required=False)


class BulkResults(serializers.Serializer[Any]):
    """What came of each ticket. `warnings` are the query's."""

    results = BulkResult(many=True)
    warnings = serializers.ListField(child=serializers.CharField(), required=False)


class BulkStateBody(serializers.Serializer[Any]):
    """How far a bulk change is that a worker works off."""

    id = serializers.IntegerField()
    url = serializers.URLField()
    status = serializers.ChoiceField(choices=BulkChange.Status.choices)
    preview = serializers.BooleanField()
    changes = serializers.DictField()
    total = serializers.IntegerField()
    done = serializers.IntegerField()
    failed = serializers.IntegerField()
    owner_id = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


_STATE = (
    *("id", "status", "preview", "changes", "total", "done", "failed"),
    *("owner_id", "created_at", "ended_at"),
)


class BulkStarted(BulkStateBody):
    """One that has just begun. `warnings` are the query's."""

    warnings = serializers.ListField(child=serializers.CharField(), required=False)


class BulkDetail(BulkStateBody):
    """One with a page of its results, once it is done or stopped."""

    results = BulkResult(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    count = serializers.IntegerField()
    count_capped = serializers.BooleanField()


def _page_size(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not text.strip("0"):
        raise BadValue(_("must be a whole number from 1 up"))
    return min(int(text[:10]), PAGE_SIZE)


_OF_RESULTS = (
    Parameter(
        "page_size",
        _page_size,
        {"type": "integer", "minimum": 1, "default": PAGE_SIZE},
        "Above 1,000 counts as 1,000.",
    ),
    query.choice("outcome", ("error", "outcome"), "Only the results that have this."),
    *(each for each in pagination.parameters(BY_ID) if each.name in ("cursor", "count")),
)


class BulkViewSet(RightfulViewSet):
    """Bulk changes: each ticket is a unit of work of its own, done under the caller's rights of that moment."""

    parameters = {"list": pagination.parameters(NEWEST_FIRST), "retrieve": _OF_RESULTS}

    @extend_schema(responses={200: pagination.body_of(BulkStateBody)})
    def list(self, request: Request) -> Response:
        """One's own that are kept, newest first; a SuperUser sees everybody's."""
        return Response(pagination.page_of(self, self._rows(), NEWEST_FIRST, self._states))

    @extend_schema(request=BulkOrder, responses={200: BulkResults, 202: BulkStarted})
    def create(self, request: Request) -> Response:
        """Change up to 100 tickets at once; more are given to a worker, and `url` tells what became of them."""
        given = read(OrderBody(data=request.data))
        order = Order(given["changes"], preview=given.get("preview", False))
        order.check()
        ids, warned = self._wanted(given)
        if len(ids) <= bulk.AT_ONCE:
            done = bulk.at_once(ids, order, actor=self.actor)
            return Response({"results": [result.json() for result in done], **warned})
        started = bulk.start(ids, order, actor=self.actor)
        return Response({**self._state(started), **warned}, status=status.HTTP_202_ACCEPTED)

    @extend_schema(responses={200: BulkDetail})
    def retrieve(self, request: Request, id: str) -> Response:
        """How far it is; with the results, in the order of the tickets, once it is done or stopped."""
        row = self._row(id)
        self.query = {"page_size": PAGE_SIZE, **self.query}
        page = pagination.page_of(self, self._results(row), BY_ID, _results)
        return Response({**self._state(row), **page})

    @extend_schema(request=None, responses={200: BulkStateBody})
    @action(detail=True, methods=["post"])
    def stop(self, request: Request, id: str) -> Response:
        """End it after the ticket in hand; what was changed stays changed."""
        self.no_body()
        bulk.stop(self._row(id))
        return Response(self._state(self._row(id)))

    @extend_schema(request=None, responses={200: BulkStateBody})
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, id: str) -> Response:
        """Go on where it was stopped."""
        self.no_body()
        bulk.resume(self._row(id))
        return Response(self._state(self._row(id)))

    def _wanted(self, given: dict[str, Any]) -> tuple[Sequence[int], dict[str, Any]]:
        """The ids of the tickets, and the warnings of a query."""
        if ("query" in given) == ("ids" in given):
            told = [_("give either a query or ids, not both and not neither")]
            raise Invalid({"query": told, "ids": told})
        if "ids" in given:
            return _ids(given["ids"]), {}
        found = bulk.find(given["query"], self.actor)
        return found.ids, {"warnings": list(found.warnings)}

    def _rows(self) -> QuerySet[BulkChange]:
        rows = BulkChange.objects.all()
        return rows if access.may(self.actor, SUPER_USER) else rows.filter(owner=self.user)

    def _row(self, raw_id: str) -> BulkChange:
        found = self._rows().filter(pk=id_of(raw_id)).first()
        if found is None:
            raise NotFound(_("There is no such bulk change; they are kept for seven days."))
        return found

    def _results(self, row: BulkChange) -> QuerySet[BulkTicket]:
        if row.status == BulkChange.Status.RUNNING:
            return BulkTicket.objects.none()
        rows = row.tickets.all()
        wanted = self.query.get("outcome")
        done, failed = rows.filter(outcome__isnull=False), rows.filter(error__isnull=False)
        return {"outcome": done, "error": failed}.get(wanted or "", done | failed)

    def _states(self, rows: Sequence[BulkChange]) -> Iterable[Any]:
        return [self._state(row) for row in rows]

    def _state(self, row: BulkChange) -> dict[str, Any]:
        url = f"{pagination.origin(self.request)}/api/tickets/bulk/{row.pk}"
        return {"url": url, **{name: getattr(row, name) for name in _STATE}}


def _results(rows: Sequence[BulkTicket]) -> Iterable[Any]:
    return [Result(row.ticket_id, row.outcome, row.error).json() for row in rows]


def _ids(raw: Sequence[object]) -> list[int]:
    """The ids, each once. Raises Invalid naming each that is none, by its place."""
    if not raw:
        raise Invalid({"ids": [_("must name a ticket")]})
    if len(raw) > bulk.MOST:
        raise Invalid({"ids": [_("has more than %(most)d members") % {"most": bulk.MOST}]})
    found: list[int] = []
    errors: dict[str, list[object]] = {}
    for place, member in enumerate(raw):
        try:
            found.append(ticket_id(member) if isinstance(member, str) else values.identity(member))
        except (BadValue, NotFound):
            errors[f"ids.{place}"] = [_("must be the id of a ticket")]
            if len(errors) == _MOST_FAULTS:
                break
    if not errors and len(set(found)) != len(found):
        errors["ids"] = [_("names an id twice")]
    if errors:
        raise Invalid(errors)
    return found
