"""Looking at a rule before it is saved: on one ticket, and back over the last days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from scrips import backtest, trying
from scrips.backtest import Found, Range
from scrips.builder.chart import Chart
from scrips.builder.effects import rows_of
from scrips.models import Backtest, Scrip
from scrips.rules import rule_of
from scrips.trying import Tried
from tessera.lib import clock
from tessera.lib.errors import Refused
from tickets import naming
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
    def key(self) -> str:
        """The ticket's."""
        return ticket_key(self.tried.ticket_id) if self.tried else ""


def trial(scrip: Scrip, typed: str, actor: Actor) -> Trial:
    """Try it on the ticket that is named, if any is; always with offers."""
    rule = rule_of(scrip, actor.config)
    offers = trying.offered(rule, actor)
    if not typed.strip():
        return Trial(offers=offers)
    number = naming.typed(typed)
    if number is None:
        told = _("A ticket's key such as TKT-0012, or its id.")
        return Trial(typed, told, offers=offers)
    try:
        tried = trying.try_on(rule, number, actor)
    except Refused as refusal:
        return Trial(typed, str(refusal), offers=offers)
    rows = rows_of(tried.effect, actor.config) if tried.effect else ()
    return Trial(typed, tried=tried, offers=offers, rows=rows)


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
    chart = Chart.of(found.days, clock.now().date(), days)
    return Looked(days, found, matches=matches, chart=chart)
