"""Whether a term's operator and value suit its field."""

from django.utils.translation import gettext

from tessera.lib.query import dates
from tessera.lib.query.compare import number, truth
from tessera.lib.query.fields import FULL_TEXT, OPERATORS, Kind, comparable
from tessera.lib.query.tree import FieldRef, Op, Term
from tessera.lib.query.vocabulary import kinds_of, table_field

_LISTS = (Op.IN, Op.NOT_IN)


def operand_fault(term: Term, *, in_memory: bool = True) -> tuple[str, str] | None:
    """What is wrong with the term: `"op"` or `"value"` and the reason; None if it is sound.

    `in_memory` refuses MATCHES, which conditions and guards do not have. A name that belongs to
    several custom fields is sound if it is for one of them.
    """
    if term.op in FULL_TEXT and in_memory:
        return "op", gettext("'%s' is for searches, not for conditions") % term.op.value
    kinds = [kind for kind in kinds_of(term.field) if _knows(term, kind)]
    if not kinds:
        words = {"field": term.field.spelled, "op": term.op.value}
        return "op", gettext("%(field)s has no operator '%(op)s'") % words
    if isinstance(term.value, FieldRef):
        reason = _field_fault(term, term.value, kinds)
        return ("value", reason) if reason else None
    literals = term.value if isinstance(term.value, tuple) else (term.value,)
    for literal in literals:
        reasons = [_literal_fault(kind, literal) for kind in kinds if literal is not None]
        if reasons and all(reasons):
            return "value", str(reasons[0])
    return None


def _knows(term: Term, kind: Kind) -> bool:
    field = table_field(term.field)
    return term.op in (field.operators if field else OPERATORS[kind])


def _field_fault(term: Term, other: FieldRef, kinds: list[Kind]) -> str | None:
    field = table_field(other)
    words = {"left": term.field.spelled, "right": other.spelled}
    one_to_one = any(comparable(left, right) for left in kinds for right in kinds_of(other))
    if term.op in _LISTS or (field and field.log) or not one_to_one:
        return gettext("%(left)s and %(right)s cannot be compared") % words
    return None


def _literal_fault(kind: Kind, literal: str) -> str | None:
    if kind in (Kind.NUMBER, Kind.LINKS) and number(literal) is None:
        return gettext("'%s' is no number") % literal[:50]
    if kind is Kind.BOOLEAN and truth(literal) is None:
        return gettext("'%s' is neither true nor false") % literal[:50]
    if kind in (Kind.DATE, Kind.DAY):
        try:
            dates.check(literal)
        except ValueError:
            return gettext("'%s' is no date") % literal[:50]
    return None
