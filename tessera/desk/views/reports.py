"""The reports."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tessera.desk import reports as boards
from tessera.desk.access import reader
from tessera.desk.landing import desk_page
from tessera.desk.misread import Misread, misread
from tessera.desk.reports import Board
from tessera.lib import values
from tessera.lib.errors import Invalid, QueryInvalid
from tessera.lib.values import BadValue
from tickets.access import Actor
from tickets.reports.shape import GROUPS, USUAL_DAYS, Asked, Days, Group, today

_SPANS = (7, 14, 90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What was asked, and the reports, or what is wrong with it: `fault` with the query, `faults` with a day."""

    query: str
    since: str
    until: str
    by: Group
    today: date
    board: Board | None = None
    asked: Asked | None = None
    fault: Misread | None = None
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def spans(self) -> list[tuple[str, str, bool]]:
        """Spans that end today: what each is called, where it leads, and whether it is shown."""
        days = self.asked.days if self.asked else None
        return [
            (
                _("%d days") % count,
                self._at(since=self._first(count), until=""),
                days == Days.of(self.today - timedelta(days=count - 1), None, today=self.today),
            )
            for count in _SPANS
        ]

    @property
    def groups(self) -> list[tuple[str, str, bool]]:
        """The same for what times are told by."""
        words = {"queue": _("Queue"), "owner": _("Owner"), "priority": _("Priority")}
        return [(words[by], f"{self._at(by=by)}#times", by == self.by) for by in GROUPS]

    def _first(self, count: int) -> str:
        return "" if count == USUAL_DAYS else (self.today - timedelta(days=count - 1)).isoformat()

    def _at(self, **changed: str) -> str:
        own = {"q": self.query, "since": self.since, "until": self.until, "by": self.by} | changed
        given = {
            name: value for name, value in own.items() if value and (name, value) != ("by", "queue")
        }
        return f"?{urlencode(given)}"


@require_safe
@login_required
@never_cache
@desk_page()
def reports(request: HttpRequest) -> HttpResponse:
    """How work flows, over the tickets that a query finds and the reader may see."""
    shown = _shown(request, reader(request))
    return render(request, "desk/reports/page.html", {"shown": shown})


def _shown(request: HttpRequest, actor: Actor) -> Shown:
    given = {name: request.GET.get(name, "").strip() for name in ("q", "since", "until")}
    by = next((each for each in GROUPS if each == request.GET.get("by")), GROUPS[0])
    days, faults = _days(given, actor)
    found: dict[str, Any] = {}
    try:
        asked = Asked.of(given["q"], actor, days=days, by=by)
        if not faults:
            found = {"board": boards.board(asked), "asked": asked}
            given |= {"since": asked.span.since.isoformat(), "until": asked.span.until.isoformat()}
    except QueryInvalid as fault:
        found["fault"] = misread(given["q"], fault)
    return Shown(
        query=given["q"],
        since=given["since"],
        until=given["until"],
        by=by,
        today=today(actor),
        faults=faults,
        **found,
    )


def _days(given: dict[str, str], actor: Actor) -> tuple[Days | None, dict[str, str]]:
    """The days that the address names, the usual ones where it names none; and what is wrong with which of them."""
    read: dict[str, date | None] = {}
    faults: dict[str, str] = {}
    for name in ("since", "until"):
        try:
            read[name] = values.day(given[name]) if given[name] else None
        except BadValue as fault:
            faults[name] = str(fault)
    if faults:
        return None, faults
    try:
        return Days.of(read["since"], read["until"], today=today(actor)), {}
    except Invalid as refused:
        return None, {name: texts[0] for name, texts in refused.errors.items()}
