"""A rule tried on what really happened: on which transactions it would have acted, and what it would have done.

Nothing is changed, sent or numbered. The ticket is seen as the round of that day saw it, in its lifecycle's version of
that day; people and other configuration are those of now, the rule and its template those that are tried.
"""

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from scrips.actions import Nothing, remark
from scrips.conditions.base import TYPES
from scrips.engine import planned
from scrips.facts import Round
from scrips.history import Past
from scrips.models import Backtest, Scrip, Template
from scrips.places import Reach
from scrips.rules import FAULTS, Rule, rule_of
from tessera.lib import clock
from tickets import config, turns
from tickets.access import INTERNAL, Actor, on_ticket_of_row
from tickets.entries import logged
from tickets.models import Transaction
from tickets.outcome import Entry
from tickets.people import People
from tickets.representation import effect_json
from tickets.search import search

# Up to so many transactions are tried while the caller waits.
AT_ONCE = 1_000
MOST_RESULTS = 1_000
KEPT = timedelta(days=7)
# How much is read at once: of so many tickets, and so many transactions.
_TICKETS, _ENTRIES = 500, 5_000
_BATCH = Scrip.Stage.BATCH.value


@dataclass(frozen=True, slots=True)
class Range:
    """Which transactions: recorded from `since` on and before `until`, on tickets that the query finds now."""

    since: datetime | None = None
    until: datetime | None = None
    query: str = ""


@dataclass
class Found:
    """What came of it so far: at most `most` of the matches, the counts of all. `days` are by UTC date."""

    most: int
    transactions: int = 0
    fired: int = 0
    failed: int = 0
    days: dict[str, int] = field(default_factory=dict)
    results: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def of(cls, row: Backtest) -> "Found":
        """As a row keeps it."""
        counts = {name: value for name, value in row.counts.items() if name != "by_day"}
        return cls(row.most, days=row.counts.get("by_day", {}), results=row.results, **counts)

    @property
    def counts(self) -> dict[str, Any]:
        """Tried, and of these: the condition held (`fired`), and of these: it would have failed; and those by day."""
        return {
            "transactions": self.transactions,
            "fired": self.fired,
            "failed": self.failed,
            "by_day": self.days,
        }

    def add(self, entry: Entry, because: str, effect: Any, error: str | None) -> None:
        """One transaction that the condition held for."""
        self.fired += 1
        self.failed += error is not None
        day = entry.created_at.date().isoformat()
        self.days[day] = self.days.get(day, 0) + 1
        if len(self.results) < self.most:
            self.results.append(
                {
                    "transaction_id": entry.id,
                    "ticket_id": entry.ticket_id,
                    "because": because,
                    "effect": effect,
                    "error": error,
                }
            )


def candidates(rule: Rule, wanted: Range, actor: Actor) -> QuerySet[Transaction]:
    """The transactions that the rule would be asked about, as far as the actor may see them and what rules did.

    Raises `QueryInvalid`.
    """
    rows = Transaction.objects.filter(type__in=_types(rule))
    if rule.stage != _BATCH:
        rows = rows.filter(round_seq__isnull=False)
    if wanted.since:
        rows = rows.filter(created_at__gte=wanted.since)
    if wanted.until:
        rows = rows.filter(created_at__lt=wanted.until)
    for right in ("ShowTicket", "ShowOutgoingMail"):
        if (where := on_ticket_of_row(actor, right)) is not None:
            rows = rows.filter(where)
    for right, types in INTERNAL.items():
        if (where := on_ticket_of_row(actor, right)) is not None:
            rows = rows.filter(~Q(type__in=types) | where)
    if wanted.query.strip():
        rows = rows.filter(ticket__in=search(wanted.query, actor).rows.order_by().values("pk"))
    return rows


def _types(rule: Rule) -> list[str]:
    return [name for name in TYPES if rule.can_hold_for(name)]


def run(
    rule: Rule, rows: QuerySet[Transaction], actor: Actor, found: Found, *, after: int = 0
) -> Iterator[int]:
    """Try the rule on these, adding to `found`, ticket after ticket. Gives the last ticket of each slice done."""
    while tickets := _next_tickets(rows, after):
        facts = logged(rows.filter(ticket__in=tickets).values_list("pk", flat=True))
        chosen: defaultdict[int, set[int]] = defaultdict(set)
        for row in facts:
            if _may_hold(rule, row.entry):
                chosen[row.entry.ticket_id].add(row.entry.id)
        found.transactions += len(facts) - sum(map(len, chosen.values()))
        pasts = Past.of_many(chosen, actor.config, People()) if chosen else {}
        for ticket_id, numbers in chosen.items():
            replayed(rule, pasts[ticket_id], numbers, actor, found)
        after = tickets[-1]
        yield after


def _may_hold(rule: Rule, entry: Entry) -> bool:
    """Whether the ticket's past is worth reading for it."""
    try:
        return rule.condition.may_hold(entry)
    except FAULTS:
        return True


def _next_tickets(rows: QuerySet[Transaction], after: int) -> list[int]:
    """The tickets of the next slice: as many as have so many transactions together, and one at least."""
    following = rows.filter(ticket__gt=after).order_by("ticket_id").distinct()
    lengths = following.values_list("ticket_id", "ticket__last_seq")[:_TICKETS]
    found, left = list[int](), _ENTRIES
    for ticket_id, length in lengths:
        left -= length
        if found and left < 0:
            break
        found.append(ticket_id)
    return found


def replayed(rule: Rule, past: Past, chosen: set[int], actor: Actor, found: Found) -> None:
    """Try it on these of one ticket's transactions, oldest first; a batch scrip acts once for each unit of work."""
    batch_seqs = {row.entry.batch: row.batch_seq for row in past.rows if row.batch_seq is not None}
    acted: set[int] = set()
    for row in past.rows:
        entry = row.entry
        if entry.id not in chosen:
            continue
        found.transactions += 1
        seq = batch_seqs.get(entry.batch) if rule.stage == _BATCH else row.round_seq
        if seq is None or entry.seq > seq or (rule.stage == _BATCH and entry.batch in acted):
            continue
        round_ = past.round(entry, seq, actor)
        if rule.reach.covers(round_.state.queue_id) and _acts(rule, round_, found):
            acted.add(entry.batch)


def _acts(rule: Rule, round_: Round, found: Found) -> bool:
    try:
        verdict = rule.condition.verdict(round_)
    except FAULTS as error:
        found.add(round_.entry, "", None, str(error))
        return True
    if not verdict.holds:
        return False
    plan = planned(rule, round_)
    if isinstance(plan, str):
        found.add(round_.entry, verdict.because, None, plan)
        return True
    because = "; ".join(filter(None, (verdict.because, remark(plan))))
    effect = None if isinstance(plan, Nothing) else effect_json(plan.foreseen())
    found.add(round_.entry, because, effect, None)
    return True


def start(scrip: Scrip, wanted: Range, actor: Actor, *, most: int, total: int) -> Backtest:
    """Have a worker do it."""
    with transaction.atomic():
        row = Backtest.objects.create(
            owner_id=actor.id,
            rule=_kept(scrip),
            since=wanted.since,
            until=wanted.until,
            query=wanted.query,
            most=most,
            total=total,
            created_at=clock.now(),
        )
        transaction.on_commit(lambda: publish([row.pk]), robust=True)
    return row


_RULE = (
    *("name", "version", "condition_type", "condition_config", "action_type"),
    *("action_config", "stage", "sort_order"),
)
_TEXTS = ("subject_template", "body_template", "content_type")


def _kept(scrip: Scrip) -> dict[str, Any]:
    template = scrip.template
    return {
        "id": scrip.pk or 0,
        **{name: getattr(scrip, name) for name in _RULE},
        **scrip.reach.kept(),
        "template": template
        and {"id": template.pk, **{name: getattr(template, name) for name in _TEXTS}},
    }


def _rule(kept: Mapping[str, Any], actor: Actor) -> Rule:
    scrip = Scrip(pk=kept["id"], **{name: kept[name] for name in _RULE})
    scrip.template = Template(**kept["template"]) if kept["template"] else None
    scrip.drafted = Reach.of_snapshot(kept)
    return rule_of(scrip, actor.config)


def publish(ids: list[int]) -> None:
    """Tell a worker. With the broker away `revive` does it later."""
    turns.publish("scrips.tasks.backtest", ids)


def revive() -> None:
    """Tell workers of those that nobody has in hand."""
    publish(turns.lost(Backtest.objects.filter(status=Backtest.Status.RUNNING)))


def purge() -> None:
    """Delete those that ended longer ago than they are kept."""
    Backtest.objects.filter(ended_at__lt=clock.now() - KEPT).delete()


def carry_out(backtest_id: int) -> None:
    """One worker's turn, under the owner's rights of now. What was found is written with how far it is."""
    rows = Backtest.objects.filter(pk=backtest_id)
    running = rows.filter(status=Backtest.Status.RUNNING)
    if not turns.take(running):
        return
    row = rows.get()
    person = People().by_id(row.owner_id)
    assert person is not None  # noqa: S101  # users with backtests can't be deleted
    actor = Actor(person, config.current())
    rule, found = _rule(row.rule, actor), Found.of(row)
    wanted = candidates(rule, Range(row.since, row.until, row.query), actor)
    ends = time.monotonic() + turns.TURN_SECONDS
    turn_over = False
    with turns.kept(running):
        for last in run(rule, wanted, actor, found, after=row.last_ticket):
            held = rows.filter(status=Backtest.Status.RUNNING, last_ticket=row.last_ticket)
            row.last_ticket = last
            now = {"last_ticket": last, "counts": found.counts, "results": found.results}
            if not held.update(**now):
                return  # another worker took over meanwhile
            if turn_over := not turns.lasts(ends):
                break
    if turn_over:
        turns.leave(rows)
        publish([backtest_id])
        return
    done = {"status": Backtest.Status.DONE, "ended_at": clock.now(), "lease_until": None}
    running.update(counts=found.counts, results=found.results, **done)
