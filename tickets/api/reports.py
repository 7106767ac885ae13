"""/api/reports."""

import io
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from tessera.lib.api import query
from tessera.lib.errors import NotFound
from tickets.api.base import RightfulViewSet
from tickets.export import CSV, harmless, write_lines
from tickets.reports import REPORTS, report
from tickets.reports.shape import GROUPS, Asked, Column, Days, Report, Row, today

_PARAMETERS = (
    query.text("q", "TicketSQL; without it all tickets."),
    query.day("since", "The first day, in your time zone; by default 13 days before the last."),
    query.day("until", "The last day; by default today."),
    query.choice("by", GROUPS, "What times are told for: by default each queue."),
)
_AS_IT_IS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"}


class ColumnBody(serializers.Serializer[Any]):
    """A number that each row has; `seconds` where it is a length of time."""

    name = serializers.CharField()
    header = serializers.CharField()
    seconds = serializers.BooleanField()


class RowBody(serializers.Serializer[Any]):
    """Numbers by column, and the TicketSQL of the tickets behind them. `key` is a day, an id or the lowest priority."""

    key = serializers.JSONField(allow_null=True)
    name = serializers.CharField()
    values = serializers.DictField(child=serializers.IntegerField(allow_null=True))
    queries = serializers.DictField(child=serializers.CharField())


class ReportBody(serializers.Serializer[Any]):
    """A report as of a moment. `since` and `until` are null where it speaks of no days."""

    name = serializers.ChoiceField(choices=list(REPORTS))
    title = serializers.CharField()
    defined = serializers.CharField()
    query = serializers.CharField()
    since = serializers.DateField(allow_null=True)
    until = serializers.DateField(allow_null=True)
    time_zone = serializers.CharField()
    as_of = serializers.DateTimeField()
    head = serializers.CharField()
    columns = ColumnBody(many=True)
    rows = RowBody(many=True)
    total = RowBody()
    warnings = serializers.ListField(child=serializers.CharField())


class ReportViewSet(RightfulViewSet):
    """Numbers over the tickets that the caller may see."""

    lookup_field = "name"
    lookup_url_kwarg = "name"
    lookup_value_regex = "[^/.]+"
    path_schemas = {"name": {"type": "string", "enum": list(REPORTS)}}
    parameters = {"retrieve": _PARAMETERS, "csv": _PARAMETERS}

    @extend_schema(responses={200: ReportBody})
    def retrieve(self, request: Request, name: str) -> Response:
        """A report: its rows, and all of them together."""
        asked = self._asked()
        return Response(_body(_report(name, asked), asked))

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    @action(detail=False, url_path=r"(?P<name>[^/.]+)\.csv")
    def csv(self, request: Request, name: str) -> HttpResponse:
        """The rows of a report as CSV; lengths of time are whole seconds."""
        asked = self._asked()
        found = _report(name, asked)
        file = io.BytesIO()
        write_lines(_header(found), [_line(found, row) for row in found.counted.rows], file)
        return HttpResponse(
            file.getvalue(),
            content_type=CSV.media_type,
            headers=_AS_IT_IS
            | {"Content-Disposition": f'attachment; filename="{name}-{asked.now:%Y-%m-%d}.csv"'},
        )

    def _asked(self) -> Asked:
        given = self.query
        since, until = given.get("since"), given.get("until")
        days = None
        if since or until:
            days = Days.of(since, until, today=today(self.actor))
        by = given.get("by", "queue")
        return Asked.of(given.get("q", ""), self.actor, days=days, by=by)


def _report(name: str, asked: Asked) -> Report:
    if name not in REPORTS:
        raise NotFound(_("There is no such report."))
    return report(name, asked)


def _body(found: Report, asked: Asked) -> dict[str, Any]:
    counted = found.counted
    return {
        "name": found.name,
        "title": found.title,
        "defined": found.defined,
        "query": asked.query,
        "since": counted.days.since.isoformat() if counted.days else None,
        "until": counted.days.until.isoformat() if counted.days else None,
        "time_zone": asked.scope.actor.person.time_zone,
        "as_of": asked.now.isoformat().replace("+00:00", "Z"),
        "head": counted.head,
        "columns": [_column(column) for column in counted.columns],
        "rows": [_row(row) for row in counted.rows],
        "total": _row(counted.total),
        "warnings": list(asked.warnings),
    }


def _column(column: Column) -> dict[str, Any]:
    return {"name": column.name, "header": str(column.header), "seconds": column.seconds}


def _row(row: Row) -> dict[str, Any]:
    return {
        "key": row.key,
        "name": row.name,
        "values": dict(row.values),
        "queries": dict(row.queries),
    }


def _header(found: Report) -> list[str]:
    of_seconds = {True: _("%(header)s, seconds"), False: "%(header)s"}
    headers = [of_seconds[each.seconds] % {"header": each.header} for each in found.counted.columns]
    return [harmless(header) for header in (found.counted.head, *headers)]


def _line(found: Report, row: Row) -> list[str | int | None]:
    return [harmless(row.name), *(row.values[column.name] for column in found.counted.columns)]
