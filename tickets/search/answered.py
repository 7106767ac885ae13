"""Terms on when a ticket was first answered, which no column holds: the log tells it."""

from collections.abc import Iterable

from django.db.models import Exists, Min, OuterRef, Q, Subquery

from tessera.lib.expressions import OneByOne
from tessera.lib.query.tree import Op
from tickets.answers import answers
from tickets.search.plain import any_of, lookup, nothing, resolve
from tickets.search.scope import Scope
from tickets.search.shapes import FEW_ENTRIES, Rows

_AT = "created_at"


def answered(op: Op, literals: Iterable[str], scope: Scope, *, conjunct: bool) -> Q:
    """The positive operator, of the first answer: there is one that fits, and none before those that do."""
    if op is Op.IS_NULL:
        return ~_some(Q(), conjunct=conjunct)
    if op is Op.IN:
        found = [answered(Op.EQ, [one], scope, conjunct=False) for one in literals]
        return any_of(found)
    (literal,) = literals
    when = resolve(literal, scope)
    if when is None:
        return nothing()
    if op in (Op.LT, Op.LE):
        return _fitting(lookup(_AT, op, when.start), conjunct=conjunct)
    fits, earlier = lookup(_AT, op, when.start), lookup(_AT, Op.LT, when.start)
    if op is Op.GT:
        earlier = lookup(_AT, Op.LE, when.start)
    elif op is Op.EQ and when.end is not None:
        fits = lookup(_AT, Op.GE, when.start) & lookup(_AT, Op.LT, when.end)
    return _fitting(fits, conjunct=conjunct) & ~_some(earlier, conjunct=conjunct)


def first_answer(ticket: str) -> Subquery:
    """The time of the first answer on the ticket whose id is called so, null where there is none."""
    mine = answers().filter(ticket_id=OuterRef(ticket))
    # Not the first by an index on time, which the planner would walk for each ticket.
    return Subquery(mine.values("ticket_id").annotate(first=Min(_AT)).values("first"))


def _fitting(fits: Q, *, conjunct: bool) -> Q:
    return Rows(answers().filter(fits), few=FEW_ENTRIES).condition(conjunct=conjunct)


def _some(fits: Q, *, conjunct: bool) -> Q:
    """The same where most tickets have one: so each ticket that is left is asked."""
    test = Exists if conjunct else OneByOne
    return Q(test(answers().filter(fits, ticket_id=OuterRef("pk"))))
