"""Terms on custom fields, whose folded values are a list under the field's key. Operators here are positive ones."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, JSONField, Lookup, Q, TextField, Value
from django.db.models.fields.json import DataContains, KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, Collate
from django.db.models.lookups import (
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    LessThan,
    LessThanOrEqual,
)

from customfields.types.numbers import plain
from tessera.lib.plans import rows_expected
from tessera.lib.query import dates
from tessera.lib.query.compare import CURRENT_USER, number, truth
from tessera.lib.query.fields import CUSTOM_KINDS, OPERATORS, Kind
from tessera.lib.query.fold import fold
from tessera.lib.query.tree import Op, Term
from tickets.models import Ticket
from tickets.models.ticket import keys_of
from tickets.search.functions import AnyElement, Numeric
from tickets.search.plain import any_of, resolve
from tickets.search.scope import Scope

# The relations, all of which one value stands in.
Wanted = tuple[tuple[Op, Any], ...]
# A field that so many tickets have at most is looked for in the index of keys; to compare the keys of each takes long.
_FEW = 20_000
_SECOND = timedelta(seconds=1)


def fields(term: Term, op: Op, literals: Sequence[str], scope: Scope) -> Q:
    """That some value of one of the term's fields fits one of the literals."""
    if op is Op.IS_NULL:
        sought = term.op is Op.IS_NOT_NULL
        held = (
            having(key) if sought else Q(search_fields__has_key=key)
            for key, _type in term.field.custom
        )
        return ~any_of(held)
    return any_of(
        _field(key, type_, op, literals, scope)
        for key, type_ in term.field.custom
        if op in OPERATORS[kind_of(type_)]
    )


def having(key: str) -> Q:
    """That the ticket has the field: where few have it, by the index that finds them. Asks for a plan."""
    by_index = Q(DataContains(keys_of("search_fields"), Value([key], JSONField())))
    if rows_expected(Ticket.objects.order_by().filter(by_index)) < _FEW:
        return by_index
    return Q(search_fields__has_key=key)


def kind_of(type_: str) -> Kind:
    """How the values of a field of that type are compared."""
    return CUSTOM_KINDS.get(type_, Kind.TEXT)


def _field(key: str, type_: str, op: Op, literals: Iterable[str], scope: Scope) -> Q:
    single = Op.EQ if op is Op.IN else op
    return any_of(
        _fits(key, type_, wanted, scope)
        for literal in literals
        if (wanted := relations(type_, single, literal, scope))
    )


def _fits(key: str, type_: str, wanted: Wanted, scope: Scope) -> Q:
    """Where the field is indexed by its one value, in the words of that index; else by containment, or one by one."""
    numeric = kind_of(type_) is Kind.NUMBER
    if is_indexed(key, scope) and all(op in _LOOKUPS for op, _value in wanted):
        # Without the first part a ticket that has no value would fit neither the term nor its negation.
        found = Q(search_fields__has_key=key)
        for op, value in wanted:
            found &= Q(_LOOKUPS[op](only_value(key, type_), _operand(value, numeric=numeric)))
        return found
    if (same := equal(wanted)) is not None:
        return Q(search_fields__contains={key: [same]})
    return Q(AnyElement(key, [(op, str(value)) for op, value in wanted], numbers=numeric))


def equal(wanted: Wanted) -> Any:
    """The one value that is wanted, or None where a range is."""
    return wanted[0][1] if len(wanted) == 1 and wanted[0][0] is Op.EQ else None


def is_indexed(key: str, scope: Scope) -> bool:
    """Whether the field has an index of its own."""
    spec = scope.config.fields.get(key)
    return spec is not None and spec.indexed


def only_value(key: str, type_: str) -> Any:
    """The one value of an indexed field: the expression that its index is on."""
    first = KeyTextTransform("0", KeyTransform(key, "search_fields"))
    if kind_of(type_) is Kind.NUMBER:
        return Numeric(first)
    return Collate(Cast(first, TextField()), "C")


def relations(type_: str, op: Op, literal: str, scope: Scope) -> Wanted:
    """What a folded value has to be to fit the literal; nothing where none does."""
    match kind_of(type_):
        case Kind.NUMBER:
            exact = number(literal)
            if exact is None:
                return ()
            if type_ != "Integer":
                return ((op, plain(exact)),)
            if op is not Op.EQ:
                return ((op, plain(exact)),)
            whole = exact == exact.to_integral_value()
            return ((op, int(exact)),) if whole else ()
        case Kind.BOOLEAN:
            value = truth(literal)
            return () if value is None else ((op, value),)
        case Kind.DAY:
            return _days(op, literal, scope)
        case Kind.DATE:
            return _seconds(op, literal, scope)
        case Kind.USERNAME if op is Op.EQ and fold(literal) == CURRENT_USER:
            return ((op, fold(scope.actor.person.username)),)
        case _:
            return ((op, fold(literal)),)


def _days(op: Op, literal: str, scope: Scope) -> Wanted:
    """Days stand for their midnights, in the caller's zone; midnights follow each other as days do."""
    when = resolve(literal, scope)
    if when is None:
        return ()
    at = _first_day(when.start, scope.zone, after=False)
    match op:
        case Op.EQ:
            end = when.end
            last = _first_day(end or when.start, scope.zone, after=end is None)
            one = date.fromisoformat(at) + timedelta(days=1) == date.fromisoformat(last)
            return ((Op.EQ, at),) if one else ((Op.GE, at), (Op.LT, last))
        case Op.GE | Op.LT:
            return ((op, at),)
        case _:
            after = _first_day(when.start, scope.zone, after=True)
            return ((Op.GE if op is Op.GT else Op.LT, after),)


def _first_day(moment: datetime, zone: tzinfo, *, after: bool) -> str:
    """The first day whose midnight is not before the moment, or (`after`) is after it."""
    guess = moment.astimezone(zone).date()
    for offset in (-1, 0, 1, 2):
        day = guess + timedelta(days=offset)
        midnight = dates.midnight(day, zone)
        if midnight > moment or (midnight == moment and not after):
            break
    return day.isoformat()


def _seconds(op: Op, literal: str, scope: Scope) -> Wanted:
    """Times are kept to the second, as text of a fixed width."""
    when = resolve(literal, scope)
    if when is None:
        return ()
    if op is Op.EQ:
        if when.end is not None:
            return ((Op.GE, _text(_up(when.start))), (Op.LT, _text(_up(when.end))))
        return () if when.start.microsecond else ((op, _text(when.start)),)
    bound = _up(when.start) if op in (Op.GE, Op.LT) else when.start.replace(microsecond=0)
    return ((op, _text(bound)),)


def _up(moment: datetime) -> datetime:
    whole = moment.replace(microsecond=0)
    return whole + _SECOND if moment.microsecond else whole


def _text(moment: datetime) -> str:
    """The canonical form of the type DateTime, folded."""
    return fold(f"{moment.replace(tzinfo=None).isoformat(timespec='seconds')}Z")


def _operand(value: Any, *, numeric: bool) -> Value:
    return Value(Decimal(value), DecimalField()) if numeric else Value(value, TextField())


_LOOKUPS: Mapping[Op, type[Lookup[Any]]] = {
    Op.EQ: Exact,
    Op.LT: LessThan,
    Op.LE: LessThanOrEqual,
    Op.GT: GreaterThan,
    Op.GE: GreaterThanOrEqual,
}
