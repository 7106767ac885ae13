"""The start of the administration: what came, what waits, what rules did, and how deliveries stand.

The large numbers are counted at most once a minute and kept in the cache, with the time they are as of.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TypeVar

from django.core.cache import cache
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from redis import RedisError

from scrips import figures as deliveries
from scrips.figures import Runs, Standing
from tessera.accounts.models import User
from tessera.desk import vital
from tessera.desk.vital import Sign
from tessera.lib import charts, clock, moments
from tessera.lib.charts import Chart, Series, Words
from tessera.lib.patience import TookTooLong, at_most
from tessera.lib.query.complete import literal
from tickets import access, figures
from tickets.access import Actor
from tickets.config import Config
from tickets.figures import AGES, Flow, Open

N = TypeVar("N")

# The number changes with what is kept under it.
_KEY = "tessera:dashboard:1"
_FRESH, _KEPT, _COUNTING = timedelta(minutes=1), timedelta(minutes=10), timedelta(seconds=10)
_PATIENCE = 3_000
_AWAY = (OSError, RedisError)
_MOST_QUEUES = 12


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted at one moment; None for what would have taken too long."""

    at: datetime
    flow: Flow | None
    open: Open | None
    runs: Runs | None


@dataclass(frozen=True, slots=True)
class Panel:
    """A chart with the sentence that sums it up, and where its list is. `chart` is None where nothing was counted."""

    title: str
    told: str
    chart: Chart | None
    link: str = ""
    link_text: str = ""


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What the reader may see of it."""

    at: datetime
    panels: Sequence[Panel]
    signs: Sequence[Sign]
    standings: Sequence[Standing]

    @property
    def trouble(self) -> int:
        """How many signs say that something is to be done."""
        return sum(sign.state == "late" for sign in self.signs)


def dashboard(user: User) -> Dashboard:
    """For somebody who administers something: tickets for who may see all, rules and deliveries for who may theirs.
    Four statements of its own where the numbers have to be counted, three for deliveries."""
    actor = access.actor_of(user)
    found = figures_of(actor.config)
    panels = []
    if access.may(actor, "ShowTicket"):
        panels += [_flow(found), _open(found, actor)]
    if user.has_perm("scrips.view_scrip"):
        panels.append(_runs(found))
    sees_mail = user.has_perm("scrips.view_delivery")
    standings = deliveries.standings() if sees_mail else ()
    return Dashboard(found.at, panels, vital.signs(standings), standings)


def figures_of(config: Config) -> Figures:
    """Those that are kept, if they are no older than a minute; else one of those who ask counts anew, while the
    others are given the last ones."""
    try:
        kept: Figures | None = cache.get(_KEY)
        if kept is not None and clock.now() - kept.at < _FRESH:
            return kept
        first = cache.add(f"{_KEY}:counting", 1, timeout=_COUNTING.total_seconds())
        if kept is not None and not first:
            return kept
    except _AWAY:
        return _counted(config)
    found = _counted(config)
    try:
        cache.set(_KEY, found, timeout=_KEPT.total_seconds())
        cache.delete(f"{_KEY}:counting")
    except _AWAY:
        pass  # counted again by the next who asks
    return found


def _counted(config: Config) -> Figures:
    now = clock.now()
    return Figures(
        now,
        _patiently(lambda: figures.flow(config, now)),
        _patiently(lambda: figures.open_tickets(config, now)),
        _patiently(lambda: deliveries.runs(now)),
    )


def _patiently(count: Callable[[], N]) -> N | None:
    """None is said on the page, where the number would stand."""
    try:
        with at_most(_PATIENCE):
            return count()
    except TookTooLong:
        return None


def _search(query: str) -> str:
    return f"{reverse('search')}?{urlencode({'q': query})}"


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _within(field: str, day: date) -> str:
    """The query for a UTC day, whatever zone whoever follows it lives in."""
    after = day + timedelta(days=1)
    return f"{field} >= '{day}T00:00:00Z' AND {field} < '{after}T00:00:00Z'"


def _flow(found: Figures) -> Panel:
    title = _("Opened and closed")
    if found.flow is None:
        return _too_long(title)
    days = moments.days_until(found.at.date(), figures.DAYS)
    opened, closed = (
        Series(
            name,
            [counts.get(day, 0) for day in days],
            [_search(_within(field, day)) for day in days],
        )
        for name, counts, field in (
            (_("opened"), found.flow.opened, "Created"),
            (_("closed"), found.flow.closed, "Resolved"),
        )
    )
    told = _("%(opened)s opened, %(closed)s closed and not reopened, in %(days)d days.") % {
        "opened": f"{sum(opened.values):,}",
        "closed": f"{sum(closed.values):,}",
        "days": figures.DAYS,
    }
    words = Words(key="flow", title=_("Tickets by day"), told=told, head=_("Day (UTC)"))
    chart = charts.lines(
        [moments.date(day) for day in days], [opened, closed], words, newest_first=True
    )
    link = _search(f"Created >= '{days[0]}T00:00:00Z'")
    return Panel(title, told, chart, link, _("All opened since %s") % moments.date(days[0]))


def _open(found: Figures, actor: Actor) -> Panel:
    title = _("Open, by queue and age")
    if found.open is None:
        return _too_long(title)
    by_queue = {
        actor.config.queues[number].name: ages
        for number, ages in found.open.by_queue.items()
        if number in actor.config.queues
    }
    names = sorted(by_queue, key=lambda name: (-sum(by_queue[name]), name))
    shown, total = names[:_MOST_QUEUES], sum(map(sum, by_queue.values()))
    series = [
        Series(
            label,
            [by_queue[name][place] for name in shown],
            [_search(_aged(name, place, found.at)) for name in shown],
        )
        for place, label in enumerate(_ages())
    ]
    old = sum(ages[-1] for ages in by_queue.values())
    told = _("%(total)s open, %(old)s of them for longer than %(days)d days.") % {
        "total": f"{total:,}",
        "old": f"{old:,}",
        "days": AGES[-1],
    }
    if len(names) > len(shown):
        told += " " + _("Shown are the %d queues with the most.") % len(shown)
    words = Words(key="open", title=_("Open tickets by queue and age"), told=told, head=_("Queue"))
    link = _search("Status = '__Active__'")
    return Panel(title, told, charts.across(shown, series, words), link, _("All open tickets"))


def _ages() -> list[str]:
    """The groups of `AGES` in words, the youngest first."""
    between = [
        _("%(from)d to %(to)d days") % {"from": low, "to": high} for low, high in pairwise(AGES)
    ]
    return [_("under a day"), *between, _("over %d days") % AGES[-1]]


def _aged(queue: str, place: int, at: datetime) -> str:
    """The query for a queue's open tickets of that group of age, as it was counted."""
    parts = [f"Queue = {literal(queue)}", "Status = '__Active__'"]
    if place > 0:
        parts.append(f"Created < '{_iso(at - timedelta(days=AGES[place - 1]))}'")
    if place < len(AGES):
        parts.append(f"Created >= '{_iso(at - timedelta(days=AGES[place]))}'")
    return " AND ".join(parts)


def _runs(found: Figures) -> Panel:
    title, listed = _("Rules"), reverse("admin:scrips_run_changelist")
    link = f"{listed}?span=week"
    if found.runs is None:
        return _too_long(title, link)
    days = moments.days_until(found.at.date(), deliveries.DAYS)
    series = [
        Series(
            label,
            [found.runs.by_day.get(day, {}).get(verdict, 0) for day in days],
            [f"{listed}?day={day}&verdict={verdict}" for day in days],
        )
        for verdict, label in (
            ("fired", _("acted")),
            ("shadow", _("in shadow")),
            ("failed", _("failed")),
        )
    ]
    acted, failed = found.runs.count("fired"), found.runs.count("failed")
    told = ngettext(
        "Acted %(acted)s time in %(days)d days.", "Acted %(acted)s times in %(days)d days.", acted
    ) % {
        "acted": f"{acted:,}+" if found.runs.capped else f"{acted:,}",
        "days": deliveries.DAYS,
    }
    if failed:
        told += " " + ngettext("%d run failed.", "%d runs failed.", failed) % failed
    words = Words(key="runs", title=_("Runs of rules by day"), told=told, head=_("Day (UTC)"))
    names = [moments.date(day) for day in days]
    chart = charts.columns(names, series, words, newest_first=True)
    return Panel(title, told, chart, link, _("What they did"))


def _too_long(title: str, link: str = "") -> Panel:
    told = _("Counting them takes too long just now. The database may be busy; try again later.")
    return Panel(title, told, None, link)
