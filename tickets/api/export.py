"""/api/tickets/export.csv and .xlsx: tickets as a file."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.http import FileResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request

from tessera.lib import clock
from tessera.lib.api import query
from tessera.lib.api.order import Term
from tessera.lib.api.query import Parameter
from tessera.lib.errors import Invalid
from tessera.lib.front import GONE
from tessera.lib.values import BadValue
from tickets import columns, export, knowing, views
from tickets.api.base import RightfulViewSet
from tickets.columns import Column
from tickets.export import CSV, XLSX, Format, Table
from tickets.models import SavedView
from tickets.orders import orders_for
from tickets.search import search

_PARAMETERS = (
    query.text("q", "TicketSQL; without it all tickets."),
    Parameter(
        "columns",
        lambda raw: [name.strip() for name in raw.split(",")],
        {"type": "string", "default": ",".join(columns.DEFAULT)},
        "Comma list of a ticket's fields and `cf.KEY`.",
    ),
    query.text("order", "As in the list of tickets."),
    query.number("view", "A saved view, in place of the other three."),
)
_AS_IT_IS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"}


# A file has no room for them; a header has for so many characters.
WARNINGS, _LONGEST = "X-Tessera-Warnings", 4_000
_HEADER = OpenApiParameter(
    WARNINGS,
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="What the query names that there is not: a list in JSON, of ASCII alone.",
    response=[200],
)


def _told(warnings: Sequence[str]) -> dict[str, str]:
    """The header, with as many as it may hold; none without warnings."""
    text = ""
    for last in range(1, len(warnings) + 1):
        longer = json.dumps(warnings[:last])
        if len(longer) > _LONGEST:
            break
        text = longer
    return {WARNINGS: text} if text else {}


class ExportViewSet(RightfulViewSet):
    """Tickets as files, of all that the caller may see."""

    path_schemas = {}
    parameters = {"csv": _PARAMETERS, "xlsx": _PARAMETERS}

    @extend_schema(parameters=[_HEADER], responses={(200, "text/csv"): OpenApiTypes.STR})
    @action(detail=False, url_path=r"export\.csv")
    def csv(self, request: Request) -> FileResponse:
        """The tickets as CSV: UTF-8, one line a ticket, its first line the headers."""
        return self._file(CSV)

    @extend_schema(parameters=[_HEADER], responses={(200, XLSX.media_type): OpenApiTypes.BINARY})
    @action(detail=False, url_path=r"export\.xlsx")
    def xlsx(self, request: Request) -> FileResponse:
        """The tickets as a sheet for Excel and its like."""
        return self._file(XLSX)

    def _file(self, kind: Format) -> FileResponse:
        text, terms, wanted = self._asked()
        found = search(text, self.actor)
        table = Table.of(found.rows, terms, wanted, self.actor)
        gone = self.request.META.get(GONE)
        if gone is not None:
            table = replace(table, wanted=lambda: not gone.is_set())
        return FileResponse(
            export.written(table, kind),
            as_attachment=True,
            filename=f"tickets-{clock.now():%Y-%m-%d}.{kind.ending}",
            content_type=kind.media_type,
            headers=_AS_IT_IS | _told(found.warnings),
        )

    def _asked(self) -> tuple[str, tuple[Term, ...], tuple[Column, ...]]:
        """Query, order and columns, from the parameters or from a view."""
        rules, orders = self.actor.config, orders_for(self.actor)
        errors: dict[str, list[str]] = {}
        given: dict[str, Any] = dict(self.query)
        view = self._view()
        if view is not None:
            # A column whose field was deleted since is left out, as the field is everywhere.
            names = [column.name for column in columns.known(view.columns, rules)]
            given = {"q": view.query, "columns": names or columns.DEFAULT, "order": view.order}
        wanted: tuple[Column, ...] = ()
        terms: tuple[Term, ...] = ()
        try:
            wanted = columns.read(
                given.get("columns", columns.DEFAULT), rules, fields=knowing.fields(self.actor)
            )
        except BadValue as fault:
            errors["columns"] = [str(fault)]
        try:
            terms = orders.parse(given.get("order", orders.default))
        except BadValue as fault:
            errors["order"] = [str(fault)]
        if errors:
            raise Invalid(errors)
        return given.get("q", ""), terms, wanted

    def _view(self) -> SavedView | None:
        if "view" not in self.query:
            return None
        if twice := [name for name in ("q", "columns", "order") if name in self.query]:
            raise Invalid({name: [_("is what the view says: leave it out")] for name in twice})
        rows = SavedView.objects.filter(views.seen_by(self.actor))
        found = rows.filter(pk=self.query["view"]).first()
        if found is None:
            raise Invalid({"view": [_("there is no such view")]})
        return found
