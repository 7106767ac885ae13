"""From the tree of a query to a condition on tickets, field by field.

It gives the answer that `tessera.lib.query.evaluate` gives in memory. A positive operator's condition is never null, so
that its negation holds for all other tickets.
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet

from tessera.lib.query.compare import NOBODY
from tessera.lib.query.evaluate import DELETED, names_deleted
from tessera.lib.query.fields import FIELDS, Kind
from tessera.lib.query.fold import fold
from tessera.lib.query.tree import And, FieldRef, Node, Not, Op, Or, Term, literals_of
from tessera.lib.query.verdict import is_log
from tessera.lib.query.vocabulary import part_of
from tickets.models import Message, Watcher
from tickets.search import custom, links, log, pairs, people, plain
from tickets.search.answered import answered
from tickets.search.plain import any_of
from tickets.search.scope import Scope
from tickets.search.shapes import Rows

_COLUMNS = {
    "id": "pk",
    "Priority": "priority",
    "Created": "created_at",
    "Started": "started_at",
    "Resolved": "resolved_at",
    "Due": "due_at",
    "LastUpdated": "updated_at",
}
_PEOPLE = {"Owner": "owner_id", "Creator": "creator_id", "LastUpdatedBy": "updated_by_id"}
_NULLABLE = ("Started", "Resolved", "Due", "Owner")


def alternatives(tree: Node, scope: Scope) -> list[tuple[Node, Q]]:
    """The parts of which one must hold, each with its condition: those of an OR, else the query whole."""
    compiler = _Compiler(scope)
    parts = _folded(tree.children) if isinstance(tree, Or) else [tree]
    return [(part, compiler.node(part, conjunct=len(parts) == 1)) for part in parts]


def some_of(tree: Node, scope: Scope, *, most: int) -> Q | None:
    """What holds for some of what the query asks for, where that is sooner told than all; None where it is not.

    Where rows of the log are too many to be fetched it takes `most` of them: who counts may have enough of these.
    """
    if isinstance(tree, Or):
        return None
    compiler = _Compiler(scope, most=most)
    found = compiler.node(tree, conjunct=True)
    return found if compiler.parted else None


def texts_of(tree: Node, scope: Scope) -> tuple[QuerySet[Message], Q] | None:
    """Some of the messages whose words a query asks for, and what it asks besides of their tickets; None where it asks
    for no words, or for more of the log than these."""
    children = tree.children if isinstance(tree, And) else (tree,)
    asked = [each for each in children if isinstance(each, Term) and is_log(each)]
    rows = log.some_transaction(asked, scope, partly=True) if asked else None
    if rows is None or not rows.sliced:
        return None
    others = tuple(each for each in children if each not in asked)
    return rows.rows, _Compiler(scope).node(And(others), conjunct=True)


def standing_of(tree: Node, scope: Scope) -> Q | None:
    """What a query asks of where a ticket stands, its status and its queue, which indexes tell without the ticket; None
    where it asks that alone, or nothing of it."""
    if not isinstance(tree, And):
        return None
    asked = tuple(each for each in tree.children if _asks_standing(each))
    if len(asked) in (0, len(tree.children)):
        return None
    return _Compiler(scope).node(And(asked), conjunct=True)


def spared(tree: Node, scope: Scope) -> Q:
    """That the ticket is not deleted; an empty condition for a query that names that status."""
    if names_deleted(tree):
        return Q()
    return ~Q(status__in=[name for name in scope.statuses if fold(name) == DELETED])


class _Compiler:
    def __init__(self, scope: Scope, *, most: int | None = None) -> None:
        self._scope = scope
        self._most = most
        self.parted = False

    def node(self, node: Node, *, conjunct: bool) -> Q:
        """`conjunct` where nothing but AND and NOT stands around the node."""
        if isinstance(node, Not):
            return self._not(node.child, conjunct=conjunct)
        if isinstance(node, Or):
            children = _folded(node.children)
            alone = conjunct and len(children) == 1
            return any_of(self.node(child, conjunct=alone) for child in children)
        if isinstance(node, And):
            return self._all(node.children, conjunct=conjunct)
        return self._all((node,), conjunct=conjunct)

    def _not(self, child: Node, *, conjunct: bool) -> Q:
        if isinstance(child, Term) and _asks_status(child):
            return self._status(child, negated=True)
        # What fits not even a part of the rows may yet fit the others.
        whole = _Compiler(self._scope)
        return ~whole.node(child, conjunct=conjunct and isinstance(child, Term))

    def _all(self, children: Sequence[Node], *, conjunct: bool) -> Q:
        found = Q()
        together: list[Term] = []
        held: dict[
            str, list[Any]
        ] = {}  # what equalities of custom fields ask, merged to one containment
        for child in children:
            if isinstance(child, Term) and is_log(child):
                together.append(child)
            elif isinstance(child, Term):
                if (same := self._contained(child)) is not None:
                    held.setdefault(same[0], []).append(same[1])
                else:
                    found &= self._term(child, conjunct=conjunct)
            else:
                found &= self.node(child, conjunct=conjunct)
        if held:
            found &= Q(search_fields__contains=held)
        if together:
            found &= self._some_transaction(together, conjunct=conjunct)
        return found

    def _some_transaction(self, terms: Sequence[Term], *, conjunct: bool) -> Q:
        partly = self._most if conjunct else None
        rows = log.some_transaction(terms, self._scope, partly=partly is not None)
        part = None if partly is None else rows.part(partly)
        if part is None:
            return rows.condition(conjunct=conjunct)
        self.parted = True
        return part

    def _contained(self, term: Term) -> tuple[str, Any] | None:
        """The key and the value of a term that asks one custom field for one value."""
        if term.op is not Op.EQ or len(term.field.custom) != 1 or not isinstance(term.value, str):
            return None
        ((key, type_),) = term.field.custom
        if custom.is_indexed(key, self._scope):
            return None
        same = custom.equal(custom.relations(type_, Op.EQ, term.value, self._scope))
        return None if same is None else (key, same)

    def _status(self, term: Term, *, negated: bool) -> Q:
        op = term.op
        not_in = negated != (op is not op.positive)
        return plain.statuses(op.positive, literals_of(term), self._scope, negated=not_in)

    def _term(self, term: Term, *, conjunct: bool) -> Q:
        if _asks_status(term):
            return self._status(term, negated=False)
        found = self._positive(term, conjunct=conjunct)
        return found if term.op is term.op.positive else ~found

    def _positive(self, term: Term, *, conjunct: bool) -> Q:
        op, scope, name = term.op.positive, self._scope, term.field.name
        if isinstance(term.value, FieldRef):
            return pairs.agreement(term, scope)
        literals = literals_of(term)
        if name == "Answered":
            return answered(op, literals, scope, conjunct=conjunct)
        if term.field.custom:
            return custom.fields(term, op, literals, scope)
        kind = FIELDS[name].kind
        if kind is Kind.PERSON:
            return self._people(term, op, literals, conjunct=conjunct)
        if kind is Kind.LINKS:
            return links.linked(name, op, literals, scope, conjunct=conjunct)
        if op is Op.IS_NULL:
            return Q(**{f"{_COLUMNS[name]}__isnull": True}) if name in _NULLABLE else any_of(())
        if op is Op.MATCHES:
            return Q(subject_words=log.words(literals[0]))
        match kind:
            case Kind.QUEUE:
                return plain.queues("queue_id", op, literals, scope)
            case Kind.NUMBER:
                return plain.numbers(_COLUMNS[name], op, literals)
            case Kind.DATE:
                return plain.moments(_COLUMNS[name], op, literals, scope)
        if name == "Lifecycle":
            return plain.lifecycles("lifecycle_version_id", op, literals, scope)
        return plain.text("search_subject", op, literals)

    def _people(self, term: Term, op: Op, literals: Sequence[str], *, conjunct: bool) -> Q:
        """A term on people; one that names Nobody holds also where there is none."""
        scope, name, part = self._scope, term.field.name, part_of(term.field)
        nobody = op in (Op.EQ, Op.IN) and NOBODY in map(fold, literals)
        if name == "UpdatedBy":
            rows = log.updated_by(op, literals, part, scope)
            found = rows.condition(conjunct=conjunct)
            return ~found if op is Op.IS_NULL else found
        column = _PEOPLE.get(name, "owner_id" if name == "Watcher" else "")
        none = self._no_people(name, column)
        if op is Op.IS_NULL:
            return none
        found = any_of(())
        if column:
            found |= people.named(column, part, op, literals, scope)
        if column != _PEOPLE.get(name):
            watchers = Watcher.objects.order_by().filter(role__in=people.roles_of(name))
            fitting = Rows(watchers.filter(people.watching(part, op, literals, scope)))
            found |= fitting.condition(conjunct=conjunct and not column and not nobody)
        return found | none if nobody else found

    def _no_people(self, name: str, column: str) -> Q:
        none = Q(**{f"{column}__isnull": True}) if column else Q()
        if column != _PEOPLE.get(name):
            rows = Watcher.objects.order_by().filter(role__in=people.roles_of(name))
            none &= ~Rows(rows).condition(conjunct=True)  # there are too many to be looked up
        return none


def _folded(children: Sequence[Node]) -> list[Node]:
    """Alternatives with those that ask one field for equality made one list."""
    wanted: dict[FieldRef, list[str]] = {}
    for child in children:
        if isinstance(child, Term) and _is_equality(child):
            wanted.setdefault(child.field, []).extend(literals_of(child))
    found: list[Node] = []
    for child in children:
        if not isinstance(child, Term) or not _is_equality(child):
            found.append(child)
        elif literals := wanted.pop(child.field, None):
            found.append(Term(child.field, Op.IN, tuple(literals)))
    return found


def _asks_standing(node: Node) -> bool:
    term = node.child if isinstance(node, Not) else node
    return isinstance(term, Term) and _asks(term, Kind.STATUS, Kind.QUEUE)


def _asks_status(term: Term) -> bool:
    """Whether the term asks for statuses, all of which are known."""
    return _asks(term, Kind.STATUS)


def _asks(term: Term, *kinds: Kind) -> bool:
    """Whether the term asks for values of a field of such a kind."""
    if term.field.custom or isinstance(term.value, FieldRef) or term.op.positive is Op.IS_NULL:
        return False
    return FIELDS[term.field.name].kind in kinds


def _is_equality(term: Term) -> bool:
    literal = not isinstance(term.value, FieldRef)
    return term.op in (Op.EQ, Op.IN) and literal and not is_log(term)
