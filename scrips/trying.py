"""A rule tried on one ticket: whether it would have acted on what happened to it last, why, and what it would do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from scrips.actions import Nothing
from scrips.backtest import Found, Range, candidates, replayed
from scrips.conditions.events import told as in_words
from scrips.conditions.user_defined import UserDefined
from scrips.engine import planned
from scrips.facts import Round
from scrips.history import Past
from scrips.models import Scrip
from scrips.rules import FAULTS, Rule
from tessera.lib.query.evaluate import each_term
from tessera.lib.query.verdict import Step
from tickets import access, service
from tickets.access import Actor
from tickets.entries import Logged
from tickets.models import Ticket, Transaction
from tickets.outcome import RECORDS
from tickets.people import People
from tickets.representation import effect_json

# Of a ticket's log the newest so many are tried.
MOST_TRIED = 200
# Tickets that are offered, and how far is looked for them, for each so many: a rule that never acts must cost no more
# than one that does.
OFFERED = 5
_LOOKED_THROUGH = 5
_LOOKED_AT, _TRIED, _LONGEST = 50_000, 300, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of it. Of a rule that stays silent, `because` says why it did for the newest transaction.

    `effect` is as in an outcome, its ids null; of a mail that stays unsent `otherwise` is the same, or why there is
    none. `times` are how often it would have acted. `checks` are how each term of a query went, in the order of the
    query; none for other conditions.
    """

    ticket_id: int
    acts: bool
    because: str
    happened: str = ""
    at: datetime | None = None
    effect: Mapping[str, Any] | None = None
    error: str | None = None
    times: int = 0
    otherwise: Mapping[str, Any] | str | None = None
    checks: Sequence[Step] = ()


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
    (row,) = (each for each in past.rows if each.entry.id == last["transaction_id"])
    entry = row.entry
    return Tried(
        ticket_id=ticket_id,
        acts=True,
        because=last["because"],
        happened=in_words(entry),
        at=entry.created_at,
        effect=last["effect"],
        error=last["error"],
        times=found.fired,
        checks=_checks(rule, past.round(entry, _seq(rule, past, row), actor)),
    )


def _seq(rule: Rule, past: Past, row: Logged) -> int:
    """How far the log went when the rule's round began."""
    if rule.stage == Scrip.Stage.BATCH:
        unit = (each for each in past.rows if each.entry.batch == row.entry.batch)
        return next((each.batch_seq for each in unit if each.batch_seq), row.entry.seq)
    return row.round_seq or row.entry.seq


def _checks(rule: Rule, round_: Round) -> Sequence[Step]:
    """Every term of the rule's query, whether it decided or not."""
    try:
        condition = rule.condition
        if isinstance(condition, UserDefined):
            return each_term(condition.query.tree, round_.query)
    except FAULTS:
        pass  # told as the reason already
    return ()


def _silent(rule: Rule, past: Past, actor: Actor, ticket_id: int) -> Tried:
    """Why not, for the newest fact that the actor may see; one that the rule is asked about, if there is any."""
    seen = access.visible_log(actor).filter(ticket=ticket_id, round_seq__isnull=False)
    ids = {*seen.exclude(type__in=RECORDS).values_list("pk", flat=True)}
    facts = [row for row in past.rows if row.entry.id in ids]
    asked = [row for row in facts if rule.can_hold_for(row.entry.type)]
    if not facts:
        return Tried(ticket_id=ticket_id, acts=False, because=_("nothing happened on it yet"))
    row = (asked or facts)[-1]
    entry = row.entry
    round_ = past.round(entry, _seq(rule, past, row), actor)
    told: dict[str, Any] = {"happened": in_words(entry), "at": entry.created_at}
    if not rule.reach.covers(round_.state.queue_id):
        because = _("the rule is not for the queue %s") % round_.queue.name
        return Tried(ticket_id=ticket_id, acts=False, because=because, **told)
    try:
        because = rule.condition.verdict(round_).because
    except FAULTS as error:
        return Tried(ticket_id=ticket_id, acts=False, because="", error=str(error), **told)
    told["checks"] = _checks(rule, round_)
    told["otherwise"] = _otherwise(rule, round_)
    return Tried(ticket_id=ticket_id, acts=False, because=because, **told)


def _otherwise(rule: Rule, round_: Round) -> Mapping[str, Any] | str | None:
    """The mail all the same: whoever writes it wants to read it."""
    if rule.action_type != "SendEmail":
        return None
    plan = planned(rule, round_)
    if isinstance(plan, str):
        return plan
    return plan.because if isinstance(plan, Nothing) else effect_json(plan.foreseen())


def offered(rule: Rule, actor: Actor, *, most: int = OFFERED) -> list[Ticket]:
    """The last tickets on which the rule would have acted, newest first, as far as a short look finds them."""
    newest = Transaction.objects.aggregate(newest=Max("pk"))["newest"] or 0
    rows = candidates(rule, Range(), actor).filter(
        pk__gt=newest - _LOOKED_AT, ticket__last_seq__lte=_LONGEST
    )
    if rule.reach.queue_ids is not None:
        # A ticket that was moved away is none to try it on, and its past would be read for nothing.
        rows = rows.filter(ticket__queue__in=rule.reach.listed)
    chosen: dict[int, set[int]] = {}
    for ticket_id, number in rows.order_by("-pk").values_list("ticket_id", "pk")[:_TRIED]:
        if ticket_id in chosen or len(chosen) < most * _LOOKED_THROUGH:
            chosen.setdefault(ticket_id, set()).add(number)
    pasts = Past.of_many(chosen, actor.config, People())
    acted: list[int] = []
    for ticket_id, numbers in chosen.items():
        found = Found(0)
        replayed(rule, pasts[ticket_id], numbers, actor, found)
        acted += [ticket_id] if found.fired else []
        if len(acted) == most:
            break
    tickets = Ticket.objects.in_bulk(acted)
    return [tickets[number] for number in acted]
