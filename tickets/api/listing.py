"""Pages of tickets, as the list and the search give them."""

from collections.abc import Iterable, Sequence
from typing import Any

from rest_framework import serializers

from tessera.lib.api import pagination
from tessera.lib.api.pagination import Page, Searching
from tickets import representation, seen, state
from tickets.access import Actor
from tickets.api import schemas
from tickets.models import Ticket
from tickets.orders import with_columns
from tickets.search import Search


class FoundPage(serializers.Serializer[Any]):
    """A page of what a query finds; `warnings` tell what it names that there is not."""

    results = schemas.Ticket(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    count = serializers.IntegerField()
    count_capped = serializers.BooleanField()
    warnings = serializers.ListField(child=serializers.CharField())


def found(actor: Actor, search: Search, page: Page) -> dict[str, Any]:
    """The body of that page of what the query finds. Raises `QueryTooSlow`."""

    def shown(tickets: Sequence[Ticket]) -> Iterable[Any]:
        visible = seen.states(actor, state.states_of(tickets))
        return [representation.ticket_json(each, actor.config) for each in visible]

    rows = with_columns(search.rows, page.terms, actor.config)
    table = with_columns(Ticket.objects.all(), page.terms, actor.config)
    searching = Searching(table, search.part) if search.tree is not None else None
    body = pagination.body(rows, page, shown, searching=searching)
    return body | {"warnings": list(search.warnings)}
