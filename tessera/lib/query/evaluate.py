"""A query's verdict over the facts of one ticket, in memory.

It gives the answer that the database gives for the same query; `tickets/search.py` is the other
half, and the table in `fields.py` is common to both.
"""

from collections.abc import Iterable

from tessera.lib.query.compare import NOBODY, agree, fits, key
from tessera.lib.query.facts import Event, QueryFacts
from tessera.lib.query.fields import CUSTOM_KINDS, FIELDS, FULL_TEXT, OPERATORS, Kind
from tessera.lib.query.fold import fold
from tessera.lib.query.tree import And, FieldRef, Node, Not, Op, Or, Term, terms
from tessera.lib.query.verdict import Step, Verdict, is_log
from tessera.lib.query.vocabulary import part_of

DELETED = "deleted"
_NAMES_STATUS = ("Status", "Transaction.OldValue", "Transaction.NewValue")
_NOT_DELETED = Term(FieldRef("Status", spelled="Status"), Op.NE, DELETED)


def evaluate(tree: Node, facts: QueryFacts) -> Verdict:
    """Whether the query holds for the ticket, with the terms that decided it.

    Negative operators are the negation of their positive ones: they also hold without a value, and
    of several values none may fit. Log fields that stand side by side in one AND speak of one
    transaction. A deleted ticket is found only by a query that names that status. Raises
    `ValueError` for MATCHES, which only the database knows.
    """
    if fold(facts.status) == DELETED and not names_deleted(tree):
        step = Step((_NOT_DELETED,), (("inactive", facts.status),), held=False, zone=facts.zone)
        return Verdict(holds=False, steps=(step,))
    holds, steps = _decide(tree, facts, wanted=True)
    return Verdict(holds=holds, steps=steps)


def names_deleted(tree: Node) -> bool:
    """Whether the query speaks of the status `deleted` by its name."""
    for term in terms(tree):
        values = term.value if isinstance(term.value, tuple) else (term.value,)
        if term.field.name in _NAMES_STATUS and any(
            isinstance(value, str) and fold(value.strip()) == DELETED for value in values
        ):
            return True
    return False


def _decide(node: Node, facts: QueryFacts, *, wanted: bool) -> tuple[bool, tuple[Step, ...]]:
    if isinstance(node, Not):
        holds, steps = _decide(node.child, facts, wanted=not wanted)
        return not holds, steps
    if isinstance(node, Term) and not is_log(node):
        seen = _values(node.field, facts)
        held = _judge(node, seen, facts)
        values = tuple(value for _, value in seen)
        return held, (Step((node,), values, held=held, zone=facts.zone, wanted=wanted),)
    if isinstance(node, Or):
        return _first(node.children, facts, decisive=True, wanted=wanted)
    return _all(node.children if isinstance(node, And) else (node,), facts, wanted=wanted)


def _all(
    children: tuple[Node, ...], facts: QueryFacts, *, wanted: bool
) -> tuple[bool, tuple[Step, ...]]:
    together: list[Term] = []
    others: list[Node] = []
    for child in children:
        if isinstance(child, Term) and is_log(child):
            together.append(child)
        else:
            others.append(child)
    # The log is read last, and only where the rest leaves it to decide.
    holds, steps = _first(others, facts, decisive=False, wanted=wanted)
    if not holds or not together:
        return holds, steps
    held = any(all(_fits_event(term, event, facts) for term in together) for event in facts.log())
    step = Step(tuple(together), (), held=held, zone=facts.zone, wanted=wanted)
    return held, (*steps, step) if held else (step,)


def _first(
    children: Iterable[Node], facts: QueryFacts, *, decisive: bool, wanted: bool
) -> tuple[bool, tuple[Step, ...]]:
    """The first child that decides the whole, or all of them where none does."""
    undecided: list[Step] = []
    for child in children:
        holds, steps = _decide(child, facts, wanted=wanted)
        if holds is decisive:
            return decisive, steps
        undecided += steps
    return not decisive, tuple(undecided)


def _values(ref: FieldRef, facts: QueryFacts) -> list[tuple[Kind, object]]:
    """The field's values, each with the kind by which it is read."""
    if not ref.custom:
        field = FIELDS[ref.name]
        return [(field.kind, value) for value in field.get(facts)]
    return [
        (CUSTOM_KINDS.get(type_, Kind.TEXT), value)
        for key_, type_ in ref.custom
        for value in facts.custom_fields.get(key_, ())
    ]


def _fits_event(term: Term, event: Event, facts: QueryFacts) -> bool:
    field = FIELDS[term.field.name]
    values = field.of_event(event) if field.of_event else ()
    return _judge(term, [(field.kind, value) for value in values], facts)


def _judge(term: Term, seen: list[tuple[Kind, object]], facts: QueryFacts) -> bool:
    """Whether the values satisfy the term: the positive operator's answer, or its negation."""
    op = term.op.positive
    if op in FULL_TEXT:
        raise ValueError("MATCHES is answered by the database alone")
    return _judge_positive(term, op, seen, facts) is (term.op is op)


def _judge_positive(term: Term, op: Op, seen: list[tuple[Kind, object]], facts: QueryFacts) -> bool:
    if op is Op.IS_NULL:
        return not seen
    part = part_of(term.field)
    known = [(kind, value) for kind, value in seen if op in OPERATORS[kind]]
    if isinstance(term.value, FieldRef):
        other = part_of(term.value)
        theirs = [key(kind, value, other, facts) for kind, value in _values(term.value, facts)]
        mine = [key(kind, value, part, facts) for kind, value in known]
        return any(agree(op, left, right) for left in mine for right in theirs)
    literals = term.value if isinstance(term.value, tuple) else (term.value or "",)
    single = Op.EQ if op is Op.IN else op
    if not seen:
        return single is Op.EQ and _is_person(term.field) and NOBODY in map(fold, literals)
    return any(
        fits(kind, single, value, literal, part, facts)
        for kind, value in known
        for literal in literals
    )


def _is_person(ref: FieldRef) -> bool:
    return not ref.custom and FIELDS[ref.name].kind is Kind.PERSON
