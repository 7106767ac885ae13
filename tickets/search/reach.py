"""In which queues a query can find anything: what one sees of the others need not be asked."""

from functools import reduce

from tessera.lib.query.fields import FIELDS, Kind
from tessera.lib.query.tree import And, FieldRef, Node, Not, Op, Term, literals_of
from tickets.search import plain
from tickets.search.scope import Scope


def queues_of(node: Node, scope: Scope) -> frozenset[int] | None:
    """The ids of the queues whose tickets the query may find; None where it does not say."""
    if isinstance(node, Term):
        return _of_term(node, scope, negated=False)
    if isinstance(node, Not):
        child = node.child
        return _of_term(child, scope, negated=True) if isinstance(child, Term) else None
    parts = [queues_of(child, scope) for child in node.children]
    said = [part for part in parts if part is not None]
    if isinstance(node, And):
        return reduce(frozenset.intersection, said) if said else None
    return frozenset[int]().union(*said) if len(said) == len(parts) else None


def _of_term(term: Term, scope: Scope, *, negated: bool) -> frozenset[int] | None:
    name, op = term.field.name, term.op
    if term.field.custom or FIELDS[name].kind is not Kind.QUEUE:
        return None
    if isinstance(term.value, FieldRef) or op.positive is Op.IS_NULL:
        return None
    found = frozenset(plain.fitting_queues(op.positive, literals_of(term), scope))
    if negated != (op is not op.positive):
        found = frozenset(scope.config.queues) - found
    return found
