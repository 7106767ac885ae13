"""/api/tickets/search."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from tessera.lib import values
from tessera.lib.api import pagination, query
from tessera.lib.api.bodies import Body, read
from tessera.lib.api.fields import Number, Text
from tessera.lib.api.order import Term
from tessera.lib.api.pagination import Cursor, Page
from tessera.lib.api.query import Parameter
from tessera.lib.errors import Invalid
from tessera.lib.query.limits import MAX_TEXT
from tessera.lib.query.spell import in_words
from tessera.lib.values import BadValue
from tickets.api import listing
from tickets.api.base import RightfulViewSet
from tickets.orders import DEFAULT, orders_for
from tickets.search import search
from tickets.search.completion import complete

# A search is the list with `q`: its cursors, and the addresses of its pages, are that list's.
PATH = "/api/tickets"


class SearchBody(Body):
    """A query in TicketSQL, and which of its pages."""

    query = Text(max_length=MAX_TEXT, allow_blank=True)
    order = Text(max_length=1000, required=False)
    page_size = Number(min_value=1, max_value=values.MAX_ID, required=False)
    cursor = Text(max_length=MAX_TEXT, required=False)


class QueryBody(Body):
    """A query in TicketSQL."""

    query = Text(max_length=MAX_TEXT, allow_blank=True)


class Understood(serializers.Serializer[Any]):
    """A query that can be asked, said in words."""

    valid = serializers.BooleanField()
    in_words = serializers.CharField()
    warnings = serializers.ListField(child=serializers.CharField())


class CompletionBody(serializers.Serializer[Any]):
    """A text that may stand there, and what a person reads for it."""

    text = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # DRF takes fields out of the class
    kind = serializers.ChoiceField(choices=["field", "operator", "value", "joiner"])


class CompletionsBody(serializers.Serializer[Any]):
    """What may take the place of the query's characters from `start` to `end`."""

    start = serializers.IntegerField()
    end = serializers.IntegerField()
    results = CompletionBody(many=True)


def _place(raw: str) -> int:
    if not raw.isascii() or not raw.isdecimal() or len(raw) > 6:
        raise BadValue(_("must be a place in the query, from 0 up"))
    return int(raw)


class SearchViewSet(RightfulViewSet):
    """Searches. They change nothing: a POST, because a query may be longer than an address."""

    parameters = {
        "complete": (
            query.text("query"),
            Parameter(
                "cursor",
                _place,
                {"type": "integer", "minimum": 0},
                "The place in the query, counted in characters; its end by default.",
            ),
        )
    }
    idempotency = False

    @extend_schema(request=SearchBody, responses={200: listing.FoundPage})
    def create(self, request: Request) -> Response:
        """The tickets that a query finds for the caller."""
        asked = read(SearchBody(data=self.body()))
        page = self._page(asked)
        return Response(listing.found(self.actor, search(asked["query"], self.actor), page))

    @extend_schema(request=QueryBody, responses={200: Understood})
    @action(detail=False, methods=["post"])
    def validate(self, request: Request) -> Response:
        """The query in words, or what is wrong with it and where."""
        text = read(QueryBody(data=self.body()))["query"]
        found = search(text, self.actor)
        words = in_words(found.tree) if found.tree else None
        told = _("tickets where %s") % words if words else _("all tickets that are not deleted")
        return Response({"valid": True, "in_words": told, "warnings": list(found.warnings)})

    @extend_schema(responses={200: CompletionsBody})
    @action(detail=False)
    def complete(self, request: Request) -> Response:
        """What may be written at a place of a query."""
        text = self.query.get("query", "")
        if len(text) > MAX_TEXT:
            raise Invalid({"query": [_("has more than %d characters") % MAX_TEXT]})
        place = min(self.query.get("cursor", len(text)), len(text))
        found = complete(text, place, self.actor)
        results = [{"text": one.text, "label": one.label, "kind": one.kind} for one in found.found]
        return Response({"start": found.start, "end": found.end, "results": results})

    def _page(self, asked: Mapping[str, Any]) -> Page:
        errors: dict[str, list[str]] = {}
        terms: tuple[Term, ...] = ()
        cursor: Cursor | None = None
        try:
            terms = orders_for(self.actor).parse(asked.get("order") or DEFAULT)
        except BadValue as fault:
            errors["order"] = [str(fault)]
        try:
            cursor = Cursor.read(asked["cursor"]) if "cursor" in asked else None
        except BadValue as fault:
            errors["cursor"] = [str(fault)]
        if errors:
            raise Invalid(errors)
        size = min(asked.get("page_size", pagination.PAGE_SIZE), pagination.MAX_PAGE_SIZE)
        given = QueryDict(mutable=True)
        given["q"], given["page_size"] = asked["query"], str(size)
        if "order" in asked:
            given["order"] = asked["order"]
        start = f"{pagination.origin(self.request)}{PATH}"
        return pagination.asked(
            terms,
            size=size,
            cursor=cursor,
            exact=False,
            path=PATH,
            link=lambda at: pagination.linked(start, given, at),
        )
