"""Whether one value fits what a query wants, kind by kind. Operators here are positive ones."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from operator import eq, ge, gt, le, lt
from typing import Any, TypeAlias

from tessera.lib.query import dates
from tessera.lib.query.facts import Person, QueryFacts
from tessera.lib.query.fields import PARTS, Kind
from tessera.lib.query.fold import fold
from tessera.lib.query.tree import Op

CURRENT_USER = fold("__CurrentUser__")
NOBODY = fold("Nobody")
STATUS_KINDS: Mapping[str, tuple[str, ...]] = {
    fold("__Active__"): ("initial", "active"),
    fold("__Inactive__"): ("inactive",),
    fold("__Initial__"): ("initial",),
}
_TRUTH: Mapping[str, bool] = {
    **dict.fromkeys(("true", "yes", "1"), True),
    **dict.fromkeys(("false", "no", "0"), False),
}
_NUMBER = re.compile(r"[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})", re.ASCII)
_COMPARISONS: Mapping[Op, Callable[[Any, Any], bool]] = {
    Op.EQ: eq,
    Op.LT: lt,
    Op.LE: le,
    Op.GT: gt,
    Op.GE: ge,
    Op.LIKE: lambda seen, wanted: wanted in seen,
    Op.STARTSWITH: str.startswith,
    Op.ENDSWITH: str.endswith,
}

_ON_TEXT = (Op.LIKE, Op.STARTSWITH, Op.ENDSWITH)


@lru_cache(maxsize=4096)
def number(text: str) -> Decimal | None:
    """The number that the text writes, or None."""
    word = text.strip()
    return Decimal(word) if _NUMBER.fullmatch(word) else None


def truth(text: str) -> bool | None:
    """The truth that the text writes, or None."""
    return _TRUTH.get(fold(text.strip()))


Fits: TypeAlias = Callable[[Any, QueryFacts], bool]


def fitting(kind: Kind, op: Op, wanted: str, part: str) -> Fits:
    """The test whether a value that was seen fits the literal. A literal of another kind fits nothing.

    What depends on the literal alone is worked out here, once: the test runs for every scrip at every change.
    """
    match kind:
        case Kind.DATE | Kind.DAY:
            return lambda seen, facts: _fits_date(kind, op, seen, wanted, facts)
        case Kind.PERSON | Kind.USERNAME if op is Op.EQ and fold(wanted) == CURRENT_USER:
            return lambda seen, facts: _is_caller(seen, facts.caller)
        case Kind.STATUS if op is Op.EQ and (kinds := STATUS_KINDS.get(fold(wanted))):
            return lambda seen, _facts: seen[0] in kinds
        case Kind.QUEUE if op is Op.EQ:
            return _fitting_queue(wanted)
        case Kind.VALUE:
            return lambda seen, _facts: _fits_value(op, seen, wanted)
        case Kind.NUMBER | Kind.LINKS:
            return _comparing(op, _decimal, number(wanted))
        case Kind.BOOLEAN:
            return _comparing(op, _boolean, truth(wanted))
        case Kind.PERSON:
            return _comparing(op, _part_of_person(part), fold(wanted))
        case Kind.STATUS | Kind.QUEUE:
            return _comparing(op, _second, fold(wanted))
        case _:
            return _comparing(op, _text, fold(wanted))


def _comparing(op: Op, read: Callable[[Any], Any], wanted: Any) -> Fits:
    if wanted is None:
        return lambda _seen, _facts: False
    compare = _COMPARISONS[op]

    def fits(seen: Any, _facts: QueryFacts) -> bool:
        value = read(seen)
        return value is not None and compare(value, wanted)

    return fits


def _fitting_queue(wanted: str) -> Fits:
    number_, name = wanted.strip(), fold(wanted)
    return lambda seen, _facts: number_ == str(seen[0]) or _second(seen) == name


def _second(seen: Any) -> str:
    return fold(seen[1])


def _text(seen: object) -> str:
    return fold(str(seen))


def _part_of_person(part: str) -> Callable[[Any], str]:
    attribute = PARTS[part]
    return lambda seen: fold(getattr(seen, attribute))


def agree(op: Op, left: Any, right: Any) -> bool:
    """Whether the keys of two fields' values stand in that relation."""
    if op in _ON_TEXT or type(left) is not type(right):
        # A transaction's values are numbers or texts as they come.
        left, right = (str(one) if isinstance(one, Decimal) else one for one in (left, right))
    return _compared(op, left, right)


def key(kind: Kind, seen: Any, part: str, facts: QueryFacts) -> Any:
    """What stands for the value where it is compared with another field's."""
    match kind:
        case Kind.NUMBER | Kind.LINKS:
            return _decimal(seen)
        case Kind.VALUE:
            return _value(seen)
        case Kind.BOOLEAN:
            return _boolean(seen)
        case Kind.DATE | Kind.DAY:
            return _moment(kind, seen, facts)
        case Kind.PERSON:
            return fold(getattr(seen, PARTS[part]))
        case Kind.STATUS | Kind.QUEUE:
            return fold(seen[1])
        case _:
            return fold(str(seen))


def _compared(op: Op, seen: Any, wanted: Any) -> bool:
    if seen is None or wanted is None:
        return False
    return _COMPARISONS[op](seen, wanted)


def _decimal(seen: object) -> Decimal | None:
    return number(str(seen)) if not isinstance(seen, Decimal) else seen


def _boolean(seen: object) -> bool | None:
    return seen if isinstance(seen, bool) else truth(str(seen))


def _value(seen: object) -> Decimal | str:
    found = number(str(seen)) if not isinstance(seen, bool) else None
    return fold(str(seen)) if found is None else found


def _fits_value(op: Op, seen: object, wanted: str) -> bool:
    left, right = _value(seen), _value(wanted)
    if op in _ON_TEXT or type(left) is not type(right):
        left, right = fold(str(seen)), fold(wanted)
    return _compared(op, left, right)


def _moment(kind: Kind, seen: object, facts: QueryFacts) -> datetime | None:
    try:
        if kind is Kind.DAY:
            return dates.midnight(date.fromisoformat(str(seen)), facts.zone)
        moment = seen if isinstance(seen, datetime) else datetime.fromisoformat(str(seen))
    except (ValueError, OverflowError):
        return None
    return dates.utc(moment if moment.tzinfo else moment.replace(tzinfo=facts.zone))


def _fits_date(kind: Kind, op: Op, seen: object, wanted: str, facts: QueryFacts) -> bool:
    moment = _moment(kind, seen, facts)
    if moment is None:
        return False
    try:
        when = dates.resolve(wanted, facts.now, facts.zone)
    except ValueError:
        return False
    if op is Op.EQ and when.end is not None:
        return when.start <= moment < when.end
    return _compared(op, moment, when.start)


def _is_caller(seen: object, caller: Person | None) -> bool:
    if caller is None:
        return False
    if not isinstance(seen, Person):
        return fold(str(seen)) == fold(caller.username)
    if seen.id is not None and caller.id is not None:
        return seen.id == caller.id
    return bool(caller.email) and fold(seen.email) == fold(caller.email)
