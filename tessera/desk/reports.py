"""The reports as their page shows them: each a chart with its table, whose numbers lead to the tickets behind them."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeAlias

from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from tessera.lib import charts, moments
from tessera.lib.charts import Chart, Series, Words
from tessera.lib.errors import QueryTooSlow
from tickets.reports import PATIENCE, REPORTS, report
from tickets.reports.shape import Asked, Column, Report, Row

# All reports of a page together: milliseconds.
_BUDGET = 12_000
_MOST_BARS, _MOST_LINES = 8, 400


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a column, and where its tickets are listed."""

    text: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table."""

    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One report. `told` sums it up; `chart` is None where there is nothing to draw, and `slow` says why a report could
    not be made. `drawn` is how many rows the chart shows, where it can't show all; `left` how many the table has no
    room for."""

    name: str
    title: str
    defined: str
    csv: str
    told: str = ""
    chart: Chart | None = None
    heads: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    total: Line | None = None
    drawn: int = 0
    left: int = 0
    slow: str = ""
    report: Report | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that stands above all; `told` says what it is seen against."""

    label: str
    number: str
    told: str
    link: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True)
class Board:
    """All reports over the same tickets."""

    panels: Mapping[str, Panel]
    figures: Sequence[Figure]

    @property
    def empty(self) -> bool:
        """Whether everything was counted and there is nothing at all."""
        found = [panel.report for panel in self.panels.values()]
        return all(
            each is not None and not any(each.counted.total.values.values()) for each in found
        )

    @property
    def flow(self) -> list[Panel]:
        """What came and went, and what waits."""
        return [self.panels["flow"], self.panels["backlog"]]

    @property
    def times(self) -> list[Panel]:
        """How long people wait."""
        return [self.panels["first-response"], self.panels["resolution"]]


def board(asked: Asked) -> Board:
    """All of them: seven statements and the limits around them."""
    ends = time.monotonic() + _BUDGET / 1000
    panels = {}
    for name in REPORTS:
        # What is open now is open whenever it was created.
        over = asked.over(None) if name == "backlog" else asked
        left = min(PATIENCE, int((ends - time.monotonic()) * 1000))
        panels[name] = _panel(name, over, patience=left)
    return Board(panels, _figures(panels))


def _panel(name: str, asked: Asked, *, patience: int) -> Panel:
    kind = REPORTS[name]
    blank = Panel(
        name=name, title=str(kind.title), defined=str(kind.defined), csv=_csv(name, asked)
    )
    if patience <= 0:
        told = _("The other reports took too long for this one to be made. Ask for less.")
        return replace(blank, slow=told)
    try:
        found = report(name, asked, patience=patience)
    except QueryTooSlow as refusal:
        return replace(blank, slow=str(refusal.detail))
    counted, (tell, draw) = found.counted, _DRAWN[name]
    told = tell(counted.total.values)
    something = any(counted.total.values.values())
    return replace(
        blank,
        told=told,
        chart=draw(found, told) if something else None,
        heads=(counted.head, *(str(column.header) for column in counted.columns)),
        lines=tuple(_line(counted.columns, row) for row in counted.rows[:_MOST_LINES]),
        total=_line(counted.columns, counted.total) if something else None,
        drawn=_MOST_BARS if name != "flow" and len(counted.rows) > _MOST_BARS else 0,
        left=max(0, len(counted.rows) - _MOST_LINES),
        report=found,
    )


def _csv(name: str, asked: Asked) -> str:
    days = asked.days
    given = {
        "q": asked.query,
        "since": days.since.isoformat() if days else "",
        "until": days.until.isoformat() if days else "",
        "by": asked.by,
    }
    path = reverse("reports-csv", kwargs={"name": name})
    return f"{path}?{urlencode({key: value for key, value in given.items() if value})}"


def _line(columns: Sequence[Column], row: Row) -> Line:
    return Line(_name(row), tuple(_cell(column, row) for column in columns))


def _name(row: Row) -> str:
    """A day as people read it; else the row's own name."""
    if isinstance(row.key, str):
        return date_format(date.fromisoformat(row.key), pgettext("date format", "D j M"))
    return row.name


def _cell(column: Column, row: Row) -> Cell:
    value = row.values[column.name]
    if value is None:
        return Cell("–")
    if column.seconds:
        return Cell(moments.length(value), _listed(row, column.name))
    if column.name == "net":
        return Cell(f"+{_number(value)}" if value > 0 else _number(value).replace("-", "−"))
    return Cell(_number(value), _behind(row, column.name))


def _number(value: int) -> str:
    return number_format(value, use_l10n=True, force_grouping=True)


def _search(query: str) -> str:
    return f"{reverse('search')}?{urlencode({'q': query})}"


_Values: TypeAlias = Mapping[str, int | None]


def _told_flow(values: _Values) -> str:
    told = _("%(created)s created, %(resolved)s resolved.")
    return told % {each: _number(values[each] or 0) for each in ("created", "resolved")}


def _told_backlog(values: _Values) -> str:
    if not values["open"]:
        return _("Nothing is open.")
    return _("%(open)s open, %(overdue)s of them past due.") % {
        each: _number(values[each] or 0) for each in ("open", "overdue")
    }


def _told_response(values: _Values) -> str:
    if not values["tickets"]:
        return _("No ticket was created on these days.")
    told = ngettext(
        "%(answered)s of %(tickets)s ticket answered.",
        "%(answered)s of %(tickets)s tickets answered.",
        values["tickets"],
    )
    return told % {each: _number(values[each] or 0) for each in ("answered", "tickets")}


def _told_resolution(values: _Values) -> str:
    if not values["tickets"]:
        return _("No ticket was resolved on these days.")
    told = ngettext(
        "%(tickets)s ticket resolved.", "%(tickets)s tickets resolved.", values["tickets"]
    )
    return told % {"tickets": _number(values["tickets"])}


def _words(found: Report, told: str) -> Words:
    return Words(key=found.name, title=found.title, told=told, head=found.counted.head)


def _draw_flow(found: Report, told: str) -> Chart:
    rows = found.counted.rows
    series = [
        _series(str(column.header).lower(), column.name, rows)
        for column in found.counted.columns
        if column.name != "net"
    ]
    days = [moments.date(date.fromisoformat(str(row.key))) for row in rows]
    return charts.lines(days, series, _words(found, told))


def _series(name: str, column: str, rows: Sequence[Row]) -> Series:
    """The column's numbers, each of them with the tickets behind it."""
    return Series(
        name,
        [row.values[column] or 0 for row in rows],
        links=[_behind(row, column) for row in rows],
    )


def _behind(row: Row, column: str) -> str:
    """The list of the tickets that were counted; empty where there are none."""
    return _listed(row, column) if row.values[column] else ""


def _listed(row: Row, column: str) -> str:
    query = row.queries.get(column, "")
    return _search(query) if query else ""


def _draw_backlog(found: Report, told: str) -> Chart:
    rows = found.counted.rows[:_MOST_BARS]
    series = [
        _series(str(column.header), column.name, rows)
        for column in found.counted.columns
        if column.name.startswith("age_")
    ]
    return charts.across([row.name for row in rows], series, _words(found, told))


def _draw_times(found: Report, told: str) -> Chart | None:
    """A bar to what nine of ten stay under, the median being its first part."""
    measured = [
        (row, row.values["median_seconds"], row.values["p90_seconds"]) for row in found.counted.rows
    ]
    known = [(row, half, most) for row, half, most in measured if half is not None and most]
    shown = known[:_MOST_BARS]
    if not shown:
        return None
    halves = [moments.length(half) for _row, half, _most in shown]
    mosts = [moments.length(most) for _row, _half, most in shown]
    links = [_listed(row, "median_seconds") for row, _half, _most in shown]
    series = [
        Series(_("median"), [half for _row, half, _most in shown], links, halves),
        Series(_("90% within"), [most - half for _row, half, most in shown], links, mosts),
    ]
    ends = [f"{half} · {most}" for half, most in zip(halves, mosts, strict=True)]
    names = [row.name for row, _half, _most in shown]
    return charts.across(names, series, _words(found, told), ends=ends)


_DRAWN: Mapping[str, tuple[Callable[[_Values], str], Callable[[Report, str], Chart | None]]] = {
    "flow": (_told_flow, _draw_flow),
    "backlog": (_told_backlog, _draw_backlog),
    "first-response": (_told_response, _draw_times),
    "resolution": (_told_resolution, _draw_times),
}


def _figures(panels: Mapping[str, Panel]) -> list[Figure]:
    """The four numbers that stand above all, of the reports that could be made."""
    totals = {name: panel.report.counted.total for name, panel in panels.items() if panel.report}
    found = []
    if waiting := totals.get("backlog"):
        came = panels["flow"].told
        found.append(_counted(_("Open now"), waiting, "open", came))
    for name, label in (
        ("first-response", _("First response, median")),
        ("resolution", _("Time to resolve, median")),
    ):
        if total := totals.get(name):
            found.append(_timed(label, total))
    if waiting:
        of = _("of %s open") % _number(waiting.values["open"] or 0)
        found.append(_counted(_("Past due"), waiting, "overdue", of, late=True))
    return found


def _counted(label: str, total: Row, column: str, told: str, *, late: bool = False) -> Figure:
    value, query = total.values[column] or 0, total.queries[column]
    return Figure(
        label,
        _number(value),
        told,
        _search(query) if value and query else "",
        late=late and value > 0,
    )


def _timed(label: str, total: Row) -> Figure:
    half, most = total.values["median_seconds"], total.values["p90_seconds"]
    if half is None or most is None:
        return Figure(label, "–", _("none yet"))
    told = _("90%% within %(time)s") % {"time": moments.length(most)}
    return Figure(label, moments.length(half), told, _listed(total, "median_seconds"))
