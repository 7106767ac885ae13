"""Terms on a ticket's own columns. Operators here are positive ones; a value of another kind fits nothing."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR
from typing import Any

from django.db.models import Q

from tessera.lib.query import dates
from tessera.lib.query.compare import fitting, number
from tessera.lib.query.facts import QueryFacts
from tessera.lib.query.fields import Kind
from tessera.lib.query.fold import fold
from tessera.lib.query.tree import Op
from tickets.search.scope import Scope

_LOOKUPS: Mapping[Op, str] = {
    Op.EQ: "exact",
    Op.LT: "lt",
    Op.LE: "lte",
    Op.GT: "gt",
    Op.GE: "gte",
    Op.LIKE: "contains",
    Op.STARTSWITH: "startswith",
    Op.ENDSWITH: "endswith",
}
_LARGEST = 2**63 - 1  # of an id


def nothing() -> Q:
    """What holds for no row."""
    return Q(pk__in=())


def any_of(conditions: Iterable[Q]) -> Q:
    """That one of them holds; of none it never does."""
    found = Q()
    for condition in conditions:
        found |= condition
    return found or nothing()


def lookup(column: str, op: Op, value: object) -> Q:
    """The column's relation to the value. Null stands in none of them."""
    return Q(**{f"{column}__{_LOOKUPS[op]}": value})


def text(column: str, op: Op, literals: Iterable[str]) -> Q:
    """Of a column that holds folded text."""
    wanted = [fold(literal) for literal in literals]
    if op is Op.IN:
        return Q(**{f"{column}__in": wanted})
    return lookup(column, op, wanted[0])


def numbers(column: str, op: Op, literals: Iterable[str]) -> Q:
    """Of a column that holds whole numbers."""
    if op is Op.IN:
        found = (_whole(literal) for literal in literals)
        return Q(**{f"{column}__in": [value for value in found if value is not None]})
    (literal,) = literals
    exact = number(literal)
    if exact is None:
        return nothing()
    if op is Op.EQ:
        whole = _whole(literal)
        return nothing() if whole is None else lookup(column, op, whole)
    rounding = ROUND_CEILING if op in (Op.LT, Op.GE) else ROUND_FLOOR
    bound = int(exact.to_integral_value(rounding))
    if abs(bound) > _LARGEST:
        beyond = bound > 0 if op in (Op.LT, Op.LE) else bound < 0
        return Q(**{f"{column}__isnull": False}) if beyond else nothing()
    return lookup(column, op, bound)


def _whole(literal: str) -> int | None:
    exact = number(literal)
    if exact is None or exact != exact.to_integral_value() or abs(exact) > _LARGEST:
        return None
    return int(exact)


def moments(column: str, op: Op, literals: Iterable[str], scope: Scope) -> Q:
    """Of a column that holds times."""
    if op is Op.IN:
        return any_of(moments(column, Op.EQ, [literal], scope) for literal in literals)
    (literal,) = literals
    when = resolve(literal, scope)
    if when is None:
        return nothing()
    if op is Op.EQ and when.end is not None:
        return lookup(column, Op.GE, when.start) & lookup(column, Op.LT, when.end)
    return lookup(column, op, when.start)


def resolve(literal: str, scope: Scope) -> dates.When | None:
    """What the date means to the caller now; None for what is none."""
    try:
        return dates.resolve(literal, scope.now, scope.zone)
    except ValueError:
        return None


def queues(column: str, op: Op, literals: Iterable[str], scope: Scope) -> Q:
    """Of a queue's id: the queues are few and known, so they are asked in memory."""
    return Q(**{f"{column}__in": fitting_queues(op, literals, scope)})


def fitting_queues(op: Op, literals: Iterable[str], scope: Scope) -> list[int]:
    """The ids of the queues that fit."""
    fits = _fits(Kind.QUEUE, op, literals)
    known = scope.config.queues.values()
    return [queue.id for queue in known if fits((queue.id, queue.name))]


def lifecycles(column: str, op: Op, literals: Iterable[str], scope: Scope) -> Q:
    """Of the id of a lifecycle's version."""
    fits = _fits(Kind.TEXT, op, literals)
    found = [number for number, version in scope.versions.items() if fits(version.name)]
    return Q(**{f"{column}__in": found})


def statuses(op: Op, literals: Iterable[str], scope: Scope, *, negated: bool = False) -> Q:
    """Of the status, whose kind is that of the ticket's own lifecycle.

    They are few and known: so what it is not (`negated`) is told by what it may be, which an index finds.
    """
    fits = _fits(Kind.STATUS, op, literals)
    whole: list[str] = []  # those that fit in whichever version
    parts: list[Q] = []
    for name, kinds in scope.statuses.items():
        fitting_in = [number for number, kind in kinds.items() if fits((kind, name)) != negated]
        if len(fitting_in) == len(kinds):
            whole.append(name)
        elif fitting_in:
            parts.append(Q(status=name, lifecycle_version_id__in=fitting_in))
    return any_of([Q(status__in=whole), *parts] if whole else parts)


def one_of(column: str, known: Iterable[str], op: Op, literals: Iterable[str]) -> Q:
    """Of a column with few values, all known."""
    return Q(**{f"{column}__in": fitting_of(known, op, literals)})


def fitting_of(known: Iterable[str], op: Op, literals: Iterable[str]) -> list[str]:
    """The texts among these that fit."""
    fits = _fits(Kind.TEXT, op, literals)
    return [value for value in known if fits(value)]


def _fits(kind: Kind, op: Op, literals: Iterable[str]) -> Callable[[Any], bool]:
    """The evaluator's own test, for kinds that need no facts besides the value."""
    single = Op.EQ if op is Op.IN else op
    tests = [fitting(kind, single, literal, "") for literal in literals]
    return lambda seen: any(test(seen, NO_FACTS) for test in tests)


# Finite kinds are told by their value alone.
NO_FACTS = QueryFacts(
    id=0,
    subject="",
    queue_id=0,
    queue_name="",
    status="",
    status_kind="initial",
    lifecycle="",
    priority=0,
    now=datetime.min,  # noqa: DTZ901  # read by nobody
    zone=UTC,
)
