"""A rule tried on one ticket: whether it would have acted on what happened to it last, why, and what it would do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from scrips.backtest import Found, Range, candidates, replayed
from scrips.conditions.events import told as in_words
from scrips.history import Past
from scrips.rules import FAULTS, Rule
from tickets import access, service
from tickets.access import Actor
from tickets.models import Ticket, Transaction
from tickets.outcome import RECORDS
from tickets.people import People

# Of a ticket's log the newest so many are tried.
MOST_TRIED = 200
# Tickets that are offered, and how far is looked for them: a rule that never acts must cost no more than one that does.
OFFERED = 5
_LOOKED_AT, _TRIED, _TICKETS, _LONGEST = 50_000, 300, 40, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of it. Of a rule that stays silent, `because` says why it did for the newest transaction.

    `effect` is as in an outcome, its ids null. `times` are how often it would have acted.
    """

    ticket_id: int
    acts: bool
    because: str
    happened: str = ""
    at: datetime | None = None
    effect: Mapping[str, Any] | None = None
    error: str | None = None
    times: int = 0


def try_on(rule: Rule, ticket_id: int, actor: Actor) -> Tried:
    """The newest transaction of the ticket that the rule would have acted on, or why there is none.

    Nothing is changed, sent or numbered. Raises `NotFound` for a ticket that the actor does not see.
    """
    service.visible(ticket_id, actor)
    newest = candidates(rule, Range(), actor).filter(ticket=ticket_id).order_by("-seq")
    chosen = {*newest.values_list("pk", flat=True)[:MOST_TRIED]}
    past = Past.of(ticket_id, actor.config)
    found = Found(MOST_TRIED)
    replayed(rule, past, chosen, actor, found)
    if not found.results:
        return _silent(rule, past, actor, ticket_id)
    last = found.results[-1]
    (entry,) = (each for each in past.entries if each.id == last["transaction_id"])
    return Tried(
        ticket_id=ticket_id,
        acts=True,
        because=last["because"],
        happened=in_words(entry),
        at=entry.created_at,
        effect=last["effect"],
        error=last["error"],
        times=found.fired,
    )


def _silent(rule: Rule, past: Past, actor: Actor, ticket_id: int) -> Tried:
    """Why not, for the newest fact that the actor may see; one that the rule is asked about, if there is any."""
    seen = access.visible_log(actor).filter(ticket=ticket_id, round_seq__isnull=False)
    ids = {*seen.exclude(type__in=RECORDS).values_list("pk", flat=True)}
    facts = [
        (row, entry) for row, entry in zip(past.rows, past.entries, strict=True) if row.pk in ids
    ]
    asked = [each for each in facts if rule.can_hold_for(each[1].type)]
    if not facts:
        return Tried(ticket_id=ticket_id, acts=False, because=_("nothing happened on it yet"))
    row, entry = (asked or facts)[-1]
    round_ = past.round(entry, row.round_seq or entry.seq, actor)
    told: dict[str, Any] = {"happened": in_words(entry), "at": entry.created_at}
    if not rule.reach.covers(round_.state.queue_id):
        because = _("the rule is not for the queue %s") % round_.queue.name
        return Tried(ticket_id=ticket_id, acts=False, because=because, **told)
    try:
        because = rule.condition.verdict(round_).because
    except FAULTS as error:
        return Tried(ticket_id=ticket_id, acts=False, because="", error=str(error), **told)
    return Tried(ticket_id=ticket_id, acts=False, because=because, **told)


def offered(rule: Rule, actor: Actor) -> list[Ticket]:
    """The last tickets on which the rule would have acted, newest first, as far as a short look finds them."""
    newest = Transaction.objects.aggregate(newest=Max("pk"))["newest"] or 0
    rows = candidates(rule, Range(), actor).filter(
        pk__gt=newest - _LOOKED_AT, ticket__last_seq__lte=_LONGEST
    )
    chosen: dict[int, set[int]] = {}
    for ticket_id, number in rows.order_by("-pk").values_list("ticket_id", "pk")[:_TRIED]:
        if ticket_id in chosen or len(chosen) < _TICKETS:
            chosen.setdefault(ticket_id, set()).add(number)
    pasts = Past.of_many(chosen, actor.config, People())
    acted: list[int] = []
    for ticket_id, numbers in chosen.items():
        found = Found(0)
        replayed(rule, pasts[ticket_id], numbers, actor, found)
        acted += [ticket_id] if found.fired else []
        if len(acted) == OFFERED:
            break
    tickets = Ticket.objects.in_bulk(acted)
    return [tickets[number] for number in acted]
