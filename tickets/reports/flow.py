"""Tickets that were created and resolved, day by day."""

from collections.abc import Mapping
from datetime import date

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tickets.reports.shape import Asked, Column, Counted, Days, Row

COLUMNS = (
    Column("created", gettext_lazy("Created")),
    Column("resolved", gettext_lazy("Resolved")),
    Column("net", gettext_lazy("Net")),
)
_DATES = {"created": ("Created", "created_at"), "resolved": ("Resolved", "resolved_at")}


def count(asked: Asked) -> Counted:
    """Two statements. A row for each day, those without anything too, the first day first."""
    days = asked.span
    found = {name: _by_day(asked, name, days) for name in _DATES}
    rows = [
        _row(asked, Days(day, day), {name: by_day.get(day, 0) for name, by_day in found.items()})
        for day in days.each()
    ]
    sums = {name: sum(by_day.values()) for name, by_day in found.items()}
    return Counted(
        head=_("Day"), columns=COLUMNS, rows=rows, total=_row(asked, days, sums), days=days
    )


def _by_day(asked: Asked, name: str, days: Days) -> Mapping[date, int]:
    field, column = _DATES[name]
    day = TruncDate(column, tzinfo=asked.scope.zone)
    rows = asked.rows(days.within(field)).order_by().annotate(day=day)
    return dict(rows.values_list("day").annotate(Count("pk")))


def _row(asked: Asked, days: Days, counts: Mapping[str, int]) -> Row:
    one = days.since == days.until
    return Row(
        key=days.since.isoformat() if one else None,
        name=days.since.isoformat() if one else _("All days"),
        values={**counts, "net": counts["created"] - counts["resolved"]},
        queries={
            name: asked.behind(days.within(field)) for name, (field, _column) in _DATES.items()
        },
    )
