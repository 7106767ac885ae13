"""Looking at a rule before it is saved: on one ticket, and back over the last days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from scrips import backtest, trying
from scrips.backtest import Found, Range
from scrips.builder.effects import rows_of
from scrips.letters.looks import ticket_of, told
from scrips.models import Backtest, Scrip
from scrips.rules import Rule, rule_of
from scrips.trying import Tried
from tessera.lib import charts, clock, moments
from tessera.lib.charts import Chart, Series, Words
from tessera.lib.errors import Refused
from tickets import access
from tickets.access import Actor
from tickets.models import Ticket, Transaction
from tickets.models.ticket import ticket_key

SPANS = (7, 30, 90)
_MOST_MATCHES = 50


@dataclass(frozen=True)
class Trial:
    """The panel *Try it*: what was typed, what came of it, and the tickets that are offered."""

    typed: str = ""
    fault: str = ""
    tried: Tried | None = None
    offers: Sequence[Ticket] = ()
    rows: Sequence[tuple[str, str]] = ()

    @property
    def effect(self) -> Mapping[str, Any] | None:
        """What it does; of a mail that stays unsent, the mail."""
        if self.tried is None:
            return None
        otherwise = self.tried.otherwise
        return self.tried.effect or (otherwise if isinstance(otherwise, Mapping) else None)

    @property
    def key(self) -> str:
        """The ticket's."""
        return ticket_key(self.tried.ticket_id) if self.tried else ""


def live(scrip: Scrip, typed: str, actor: Actor) -> Trial:
    """Try it on the ticket that is named, or on the last on which it would have acted, or on the newest that it is for.
    Without offers: somebody is typing."""
    rule = rule_of(scrip, actor.config)
    if not typed.strip():
        typed = next((each.key for each in trying.offered(rule, actor, most=1)), "")
    if not typed.strip():
        rows = access.visible_to(actor).order_by("-pk")
        queue_ids = scrip.reach.listed
        rows = rows.filter(queue__in=queue_ids) if queue_ids else rows
        newest = rows.values_list("pk", flat=True).first()
        typed = ticket_key(newest) if newest else ""
    return _tried(rule, typed, (), actor)


def trial(scrip: Scrip, typed: str, actor: Actor) -> Trial:
    """Try it on the ticket that is named, if any is; always with offers."""
    rule = rule_of(scrip, actor.config)
    return _tried(rule, typed, trying.offered(rule, actor), actor)


def _tried(rule: Rule, typed: str, offers: Sequence[Ticket], actor: Actor) -> Trial:
    if not typed.strip():
        return Trial(offers=offers)
    try:
        tried = trying.try_on(rule, ticket_of(typed, None, actor), actor)
    except Refused as refusal:
        return Trial(typed, told(refusal), offers=offers)
    rows = rows_of(tried.effect, actor.config) if tried.effect else ()
    return Trial(ticket_key(tried.ticket_id), tried=tried, offers=offers, rows=rows)


@dataclass(frozen=True)
class Match:
    """A transaction on which the rule would have acted."""

    key: str
    row: Transaction | None
    because: str
    error: str | None


@dataclass(frozen=True)
class Looked:
    """The panel *Looking back*. While it is `running`, `number` is the backtest's, and `done` of `total` are tried."""

    days: int = 0
    found: Found | None = None
    running: bool = False
    number: int = 0
    total: int = 0
    matches: Sequence[Match] = ()
    chart: Chart | None = None
    spans: Sequence[int] = field(default=SPANS)

    @property
    def counts(self) -> Mapping[str, Any]:
        """Those of what was found."""
        return self.found.counts if self.found else {}


def look_back(scrip: Scrip, days: int, actor: Actor) -> Looked:
    """Try it on all that happened in these days: at once where that is little, else by a worker."""
    rule = rule_of(scrip, actor.config)
    wanted = Range(since=clock.now() - timedelta(days=days))
    rows = backtest.candidates(rule, wanted, actor)
    total = rows.count()
    if total > backtest.AT_ONCE:
        row = backtest.start(scrip, wanted, actor, most=backtest.MOST_RESULTS, total=total)
        return _kept(row, days)
    found = Found(backtest.MOST_RESULTS)
    for _last in backtest.run(rule, rows, actor, found):
        pass
    return _shown(found, days)


def look_again(number: int, actor: Actor) -> Looked | None:
    """How far one of the actor's own is; None where there is no such."""
    row = Backtest.objects.filter(owner=actor.id, pk=number).first()
    if row is None or row.since is None:
        return None
    return _kept(row, round((row.created_at - row.since) / timedelta(days=1)))


def _kept(row: Backtest, days: int) -> Looked:
    found = Found.of(row)
    if row.status == Backtest.Status.RUNNING:
        return Looked(days, found, running=True, number=row.pk, total=row.total)
    return _shown(found, days)


def _shown(found: Found, days: int) -> Looked:
    newest = sorted(found.results, key=lambda each: -each["transaction_id"])[:_MOST_MATCHES]
    rows = Transaction.objects.in_bulk([each["transaction_id"] for each in newest])
    matches = [
        Match(
            ticket_key(each["ticket_id"]),
            rows.get(each["transaction_id"]),
            each["because"],
            each["error"],
        )
        for each in newest
    ]
    return Looked(days, found, matches=matches, chart=_chart(found.days, days))


def _chart(counts: Mapping[str, int], length: int) -> Chart:
    """Matches by day, from counts by ISO date."""
    days = moments.days_until(clock.now().date(), length + 1)
    values = [counts.get(day.isoformat(), 0) for day in days]
    most = max(range(len(days)), key=values.__getitem__)
    said = _("Most on %(day)s: %(most)d") % {"day": moments.date(days[most]), "most": values[most]}
    words = Words(key="back", title=_("Matches by day"), told=said, head=_("Day (UTC)"))
    names = [moments.date(day) for day in days]
    return charts.columns(names, [Series(_("Matches"), values)], words, newest_first=True)
