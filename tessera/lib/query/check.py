"""Whether a term's operator and value suit its field."""

import re
from dataclasses import dataclass, replace
from typing import Literal

from django.utils.translation import gettext

from tessera.lib.query import dates
from tessera.lib.query.compare import number, truth
from tessera.lib.query.fields import FULL_TEXT, OPERATORS, Kind, comparable
from tessera.lib.query.tree import FieldRef, Op, Term
from tessera.lib.query.vocabulary import kinds_of, table_field

_LISTS = (Op.IN, Op.NOT_IN)
_KEY = re.compile(r"\s*TKT-0*([1-9]\d{0,18})\s*", re.I | re.A)
# What people write for a value that is not there.
_NO_VALUE = frozenset(("", "null", "none", "never", "empty", "0"))


@dataclass(frozen=True, slots=True)
class Unfit:
    """What is wrong with a term: its operator or its value, of a list the one `at` that place.

    `expected` are words for what would be right.
    """

    place: Literal["op", "value"]
    reason: str
    expected: tuple[str, ...]
    at: int | None = None


def by_id(term: Term) -> Term:
    """The term; where it names tickets by their keys, by their ids."""
    field = table_field(term.field)
    if field is None or not (field.name == "id" or field.kind is Kind.LINKS):
        return term
    if isinstance(term.value, str):
        return replace(term, value=_KEY.sub(r"\1", term.value))
    if isinstance(term.value, tuple):
        return replace(term, value=tuple(_KEY.sub(r"\1", each) for each in term.value))
    return term


def operand_fault(term: Term, *, in_memory: bool = True) -> Unfit | None:
    """What is wrong with the term, or None if it is sound.

    `in_memory` refuses MATCHES, which conditions and guards do not have. A name that belongs to
    several custom fields is sound if it is for one of them.
    """
    known = operators_of(term.field, in_memory=in_memory)
    if term.op not in known:
        return Unfit("op", _op_fault(term), tuple(op.value for op in known))
    kinds = [kind for kind in kinds_of(term.field) if term.op in _operators(term.field, kind)]
    if isinstance(term.value, FieldRef):
        reason = _field_fault(term, term.value, kinds)
        return Unfit("value", reason, (gettext("a value"),)) if reason else None
    listed = isinstance(term.value, tuple)
    for at, literal in enumerate(term.value if isinstance(term.value, tuple) else (term.value,)):
        faults = [_literal_fault(kind, literal) for kind in kinds if literal is not None]
        if faults and (first := faults[0]) and all(faults):
            return Unfit("value", *first, at if listed else None)
    return None


def operators_of(ref: FieldRef, *, in_memory: bool = True) -> tuple[Op, ...]:
    """The operators that suit the field, or one of those that its name belongs to."""
    known = frozenset[Op]().union(*(_operators(ref, kind) for kind in kinds_of(ref)))
    return tuple(op for op in Op if op in known and not (in_memory and op in FULL_TEXT))


def _operators(ref: FieldRef, kind: Kind) -> frozenset[Op]:
    field = table_field(ref)
    return field.operators if field else OPERATORS[kind]


def _op_fault(term: Term) -> str:
    if term.op in FULL_TEXT and term.op in operators_of(term.field, in_memory=False):
        return gettext("'%s' is for searches, not for conditions") % term.op.value
    words = {"field": term.field.spelled, "op": term.op.value}
    return gettext("%(field)s has no operator '%(op)s'") % words


def _field_fault(term: Term, other: FieldRef, kinds: list[Kind]) -> str | None:
    field = table_field(other)
    words = {"left": term.field.spelled, "right": other.spelled}
    one_to_one = any(comparable(left, right) for left in kinds for right in kinds_of(other))
    if term.op in _LISTS or (field and field.log) or not one_to_one:
        return gettext("%(left)s and %(right)s cannot be compared") % words
    return None


def _literal_fault(kind: Kind, literal: str) -> tuple[str, tuple[str, ...]] | None:
    """Why that is no such value, and words for what would be one."""
    if kind in (Kind.NUMBER, Kind.LINKS) and number(literal) is None:
        told = gettext("'%s' is no number") % literal[:50]
        return told + _for_none(literal), (gettext("a number"),)
    if kind is Kind.BOOLEAN and truth(literal) is None:
        return gettext("'%s' is neither true nor false") % literal[:50], ("true", "false")
    if kind in (Kind.DATE, Kind.DAY):
        try:
            dates.check(literal)
        except ValueError:
            told = gettext("'%s' is no date") % literal[:50]
            hint = gettext("; write a day such as 2026-03-31, 'today', '3 days ago' or '2 hours'")
            return told + (_for_none(literal) or hint), (gettext("a date"),)
    return None


def _for_none(literal: str) -> str:
    if literal.strip().lower() not in _NO_VALUE:
        return ""
    return gettext("; for one that is not set write IS NULL")
