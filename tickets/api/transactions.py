"""/api/transactions: the log across tickets."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from tessera.lib.api import pagination, query
from tessera.lib.api.order import NEWEST_FIRST, Orders
from tessera.lib.api.views import id_of
from tessera.lib.errors import NotFound
from tickets import access, seen
from tickets.access import Actor
from tickets.api import naming, schemas
from tickets.api.base import RightfulViewSet
from tickets.changes import CHANGES
from tickets.entries import entry_of, texts_of
from tickets.models import Transaction
from tickets.outcome import RECORDS
from tickets.representation import transaction_json

TYPES = sorted({"Create", *RECORDS, *(t for c in CHANGES.values() for t, _field in c.recorded)})
BY_SEQ = Orders({"seq": "seq", "id": "pk"}, default="seq")


class TransactionViewSet(RightfulViewSet):
    """Facts of the log, newest first."""

    parameters = {
        "list": (
            query.choice("type", TYPES),
            naming.parameter(),
            query.number("creator_id"),
            query.moment("since", "An ISO 8601 time: from then on."),
            *pagination.parameters(NEWEST_FIRST),
        )
    }

    @extend_schema(responses={200: pagination.body_of(schemas.Transaction)})
    def list(self, request: Request) -> Response:
        """The log of all tickets that the caller may see."""
        rows = self._visible().filter(**self.filters("type", "ticket_id", "creator_id"))
        if "since" in self.query:
            rows = rows.filter(created_at__gte=self.query["since"])
        return Response(pagination.page_of(self, rows, NEWEST_FIRST, shown_to(self.actor)))

    @extend_schema(responses={200: schemas.Transaction})
    def retrieve(self, request: Request, id: str) -> Response:
        """One fact."""
        row = self._visible().filter(pk=id_of(id)).first()
        if row is None:
            raise NotFound(_("There is no such transaction."))
        return Response(shown_to(self.actor)([row])[0])

    def _visible(self) -> QuerySet[Transaction]:
        return access.visible_log(self.actor)


def shown_to(actor: Actor) -> "Callable[[Sequence[Transaction]], list[dict[str, Any]]]":
    """Makes JSON of rows of the log that the actor may see: two statements where some hold texts, one where some
    speak of links."""

    def shown(rows: Sequence[Transaction]) -> "list[dict[str, Any]]":
        entries = seen.entries(actor, [entry_of(row) for row in rows])
        texts = texts_of(entries)
        return [transaction_json(entry, texts) for entry in entries]

    return shown
