"""Terms that no ticket can satisfy together: a query that demands them all never holds."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from tessera.lib.query.clues import clues_of
from tessera.lib.query.compare import number
from tessera.lib.query.fields import CUSTOM_KINDS, FIELDS, Kind
from tessera.lib.query.tree import And, FieldRef, Node, Op, Term

_LOW, _HIGH = (Op.GT, Op.GE), (Op.LT, Op.LE)
# From the least to the most that a value can be.
Bounds = tuple[Decimal, Decimal]


def never(
    tree: Node, *, several: Callable[[FieldRef], bool], bounds: Mapping[str, Bounds]
) -> tuple[Term, ...]:
    """The first terms of one field that exclude each other, or the bounds of what it can be; empty where there are
    none such. Only terms that have to hold by themselves are compared, and of fields with one value: `several` says
    which may have more."""
    parts = tree.children if isinstance(tree, And) else (tree,)
    by_field: dict[tuple[str, str, object], list[Term]] = {}
    for part in parts:
        if isinstance(part, Term) and not several(part.field):
            field = part.field
            by_field.setdefault((field.name, field.part, field.custom), []).append(part)
    for terms in by_field.values():
        if _differ(terms) or _empty(terms, bounds):
            return tuple(terms)
    return ()


def _differ(terms: list[Term]) -> bool:
    """Whether two of them want to equal different values."""
    wanted = [
        clue.wanted
        for term in terms
        if term.op in (Op.EQ, Op.IN)
        for clue in clues_of(term)
        if isinstance(clue.name, tuple)
    ]
    return bool(wanted) and not frozenset.intersection(*wanted)


def _empty(terms: list[Term], bounds: Mapping[str, Bounds]) -> bool:
    """Whether no number is where they all want it."""
    if _kind(terms[0].field) is not Kind.NUMBER:
        return False
    least, most = bounds.get(terms[0].field.name, (None, None))
    over: list[tuple[Decimal, bool]] = [] if least is None else [(least, False)]
    under: list[tuple[Decimal, bool]] = [] if most is None else [(most, False)]
    for term in terms:
        value = number(term.value) if isinstance(term.value, str) else None
        if value is None:
            continue
        if term.op in (*_LOW, Op.EQ):
            over.append((value, term.op is Op.GT))
        if term.op in (*_HIGH, Op.EQ):
            under.append((value, term.op is Op.LT))
    if not over or not under:
        return False
    low, above = max(over)
    high, below = min(under, key=lambda bound: (bound[0], not bound[1]))
    return low > high or (low == high and (above or below))


def _kind(field: FieldRef) -> Kind | None:
    if not field.custom:
        return FIELDS[field.name].kind
    kinds = {CUSTOM_KINDS.get(type_, Kind.TEXT) for _key, type_ in field.custom}
    return kinds.pop() if len(kinds) == 1 else None
