"""A query's verdict over the facts of one ticket, in memory.

It gives the answer that the database gives for the same query; `tickets/search.py` is the other
half, and the table in `fields.py` is common to both.
"""

from collections.abc import Callable, Iterable
from typing import TypeAlias

from tessera.lib.query.compare import NOBODY, agree, fitting, key
from tessera.lib.query.facts import Event, QueryFacts
from tessera.lib.query.fields import CUSTOM_KINDS, FIELDS, FULL_TEXT, OPERATORS, Kind
from tessera.lib.query.fold import fold
from tessera.lib.query.tree import And, FieldRef, Node, Not, Op, Or, Term, terms
from tessera.lib.query.verdict import Step, Verdict, is_log
from tessera.lib.query.vocabulary import part_of

DELETED = "deleted"
_NAMES_STATUS = ("Status", "Transaction.OldValue", "Transaction.NewValue")
_NOT_DELETED = Term(FieldRef("Status", spelled="Status"), Op.NE, DELETED)


Test: TypeAlias = Callable[[QueryFacts], bool]
EventTest: TypeAlias = Callable[[Event, QueryFacts], bool]


class Query:
    """A tree made ready to be asked often. Raises `ValueError` for MATCHES, which only the database knows.

    Negative operators are the negation of their positive ones: they also hold without a value, and
    of several values none may fit. Log fields that stand side by side in one AND speak of one
    transaction. A deleted ticket is found only by a query that names that status.
    """

    def __init__(self, tree: Node) -> None:
        self.tree = tree
        self._names_deleted = names_deleted(tree)
        self._test = test_of(tree)

    def holds(self, facts: QueryFacts) -> bool:
        """Whether the query holds for the ticket."""
        if fold(facts.status) == DELETED and not self._names_deleted:
            return False
        return self._test(facts)

    def verdict(self, facts: QueryFacts) -> Verdict:
        """The same with the terms that decided it."""
        if fold(facts.status) == DELETED and not self._names_deleted:
            step = Step((_NOT_DELETED,), (("inactive", facts.status),), held=False, zone=facts.zone)
            return Verdict(holds=False, steps=(step,))
        holds, steps = _decide(self.tree, facts, wanted=True)
        return Verdict(holds=holds, steps=steps)


def evaluate(tree: Node, facts: QueryFacts) -> Verdict:
    """Whether the query holds for the ticket, with the terms that decided it."""
    return Query(tree).verdict(facts)


def each_term(tree: Node, facts: QueryFacts, *, wanted: bool = True) -> tuple[Step, ...]:
    """Every term of the tree, decisive or not, in the order of `terms`. Log terms that one transaction has to fit
    share their step."""
    if isinstance(tree, Not):
        return each_term(tree.child, facts, wanted=not wanted)
    if isinstance(tree, Term) and not is_log(tree):
        return _decide(tree, facts, wanted=wanted)[1]
    if isinstance(tree, Or):
        return tuple(
            step for child in tree.children for step in each_term(child, facts, wanted=wanted)
        )
    children = tree.children if isinstance(tree, And) else (tree,)
    together, _others = _of_log(children)
    held = bool(together) and _one_event(together)(facts)
    shared = Step(together, (), held=held, zone=facts.zone, wanted=wanted)
    steps: list[Step] = []
    for child in children:
        steps += [shared] if child in together else each_term(child, facts, wanted=wanted)
    return tuple(steps)


def names_deleted(tree: Node) -> bool:
    """Whether the query speaks of the status `deleted` by its name."""
    for term in terms(tree):
        values = term.value if isinstance(term.value, tuple) else (term.value,)
        if term.field.name in _NAMES_STATUS and any(
            isinstance(value, str) and fold(value.strip()) == DELETED for value in values
        ):
            return True
    return False


def test_of(node: Node) -> Test:
    """The node as a test; siblings in the order in which `_decide` asks them."""
    if isinstance(node, Not):
        test = test_of(node.child)
        return lambda facts: not test(facts)
    if isinstance(node, Or):
        either = tuple(map(test_of, node.children))
        return lambda facts: any(test(facts) for test in either)
    if isinstance(node, Term) and not is_log(node):
        return _term(node)
    together, others = _of_log(node.children if isinstance(node, And) else (node,))
    tests = tuple(map(test_of, others))
    if not together:
        return tests[0] if len(tests) == 1 else lambda facts: all(test(facts) for test in tests)
    event = _one_event(together)
    return lambda facts: all(test(facts) for test in tests) and event(facts)


def _of_log(children: tuple[Node, ...]) -> tuple[tuple[Term, ...], tuple[Node, ...]]:
    """The terms that one transaction has to fit, and the rest."""
    together = tuple(one for one in children if isinstance(one, Term) and is_log(one))
    return together, tuple(one for one in children if one not in together)


def _one_event(together: tuple[Term, ...]) -> Test:
    tests = tuple(map(_event, together))
    # The log is read last, and only where the rest leaves it to decide.
    return lambda facts: any(all(test(event, facts) for test in tests) for event in facts.log())


def _decide(node: Node, facts: QueryFacts, *, wanted: bool) -> tuple[bool, tuple[Step, ...]]:
    if isinstance(node, Not):
        holds, steps = _decide(node.child, facts, wanted=not wanted)
        return not holds, steps
    if isinstance(node, Term) and not is_log(node):
        values = tuple(value for _, value in values_of(node.field, facts))
        held = _term(node)(facts)
        return held, (Step((node,), values, held=held, zone=facts.zone, wanted=wanted),)
    if isinstance(node, Or):
        return _first(node.children, facts, decisive=True, wanted=wanted)
    return _all(node.children if isinstance(node, And) else (node,), facts, wanted=wanted)


def _all(
    children: tuple[Node, ...], facts: QueryFacts, *, wanted: bool
) -> tuple[bool, tuple[Step, ...]]:
    together, others = _of_log(children)
    holds, steps = _first(others, facts, decisive=False, wanted=wanted)
    if not holds or not together:
        return holds, steps
    held = _one_event(together)(facts)
    step = Step(together, (), held=held, zone=facts.zone, wanted=wanted)
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


def values_of(ref: FieldRef, facts: QueryFacts) -> list[tuple[Kind, object]]:
    """The field's values, each with the kind by which it is read."""
    if not ref.custom:
        field = FIELDS[ref.name]
        return [(field.kind, value) for value in field.get(facts)]
    return [
        (CUSTOM_KINDS.get(type_, Kind.TEXT), value)
        for key_, type_ in ref.custom
        for value in facts.custom_fields.get(key_, ())
    ]


def _term(term: Term) -> Test:
    """A term that asks the ticket, as a test: the positive operator's answer, or its negation."""
    op = _positive(term)
    negative = term.op is not op
    if op is Op.IS_NULL:
        return lambda facts: bool(values_of(term.field, facts)) is negative
    if isinstance(term.value, FieldRef):
        return lambda facts: _agrees(term, op, facts) is not negative
    nobody = _fits_nobody(term)
    if not term.field.custom:
        field = FIELDS[term.field.name]
        get, any_fits = field.get, _any_fits(term, field.kind)

        def of_ticket(facts: QueryFacts) -> bool:
            seen = get(facts)
            return (any_fits(seen, facts) if seen else nobody) is not negative

        return of_ticket
    fields = [
        (key_, _any_fits(term, CUSTOM_KINDS.get(type_, Kind.TEXT)))
        for key_, type_ in term.field.custom
    ]

    def of_custom(facts: QueryFacts) -> bool:
        held = facts.custom_fields
        return any(fits(held.get(key_, ()), facts) for key_, fits in fields) is not negative

    return of_custom


def _event(term: Term) -> EventTest:
    """A term that asks a transaction of the log, as a test."""
    field = FIELDS[term.field.name]
    op = _positive(term)
    negative = term.op is not op
    get = field.of_event or (lambda _event: ())
    if op is Op.IS_NULL:
        return lambda event, _facts: bool(get(event)) is negative
    if isinstance(term.value, FieldRef):
        other = term.value
        return lambda event, facts: (
            _any_agrees(term, op, [(field.kind, one) for one in get(event)], other, facts)
            is not negative
        )
    any_fits, nobody = _any_fits(term, field.kind), _fits_nobody(term)

    def of_event(event: Event, facts: QueryFacts) -> bool:
        seen = get(event)
        return (any_fits(seen, facts) if seen else nobody) is not negative

    return of_event


def _positive(term: Term) -> Op:
    op = term.op.positive
    if op in FULL_TEXT:
        raise ValueError("MATCHES is answered by the database alone")
    return op


def _literals(term: Term) -> tuple[str, ...]:
    return term.value if isinstance(term.value, tuple) else (str(term.value or ""),)


def _any_fits(term: Term, kind: Kind) -> Callable[[Iterable[object], QueryFacts], bool]:
    """The test whether one of the values of that kind fits one of the literals."""
    op, part = _positive(term), part_of(term.field)
    if op not in OPERATORS[kind]:
        return lambda _seen, _facts: False
    single = Op.EQ if op is Op.IN else op
    tests = tuple(fitting(kind, single, literal, part) for literal in _literals(term))
    if len(tests) == 1:
        fits = tests[0]

        def one(seen: Iterable[object], facts: QueryFacts) -> bool:
            for value in seen:  # noqa: SIM110  # a generator costs twice as much here
                if fits(value, facts):
                    return True
            return False

        return one
    return lambda seen, facts: any(test(value, facts) for value in seen for test in tests)


def _fits_nobody(term: Term) -> bool:
    """Whether the term holds, before negation, where the field has no value: `Owner = 'Nobody'`."""
    op = term.op.positive
    return op in (Op.EQ, Op.IN) and _is_person(term.field) and NOBODY in map(fold, _literals(term))


def _agrees(term: Term, op: Op, facts: QueryFacts) -> bool:
    assert isinstance(term.value, FieldRef)  # noqa: S101  # its callers asked
    return _any_agrees(term, op, values_of(term.field, facts), term.value, facts)


def _any_agrees(
    term: Term, op: Op, seen: list[tuple[Kind, object]], other: FieldRef, facts: QueryFacts
) -> bool:
    part, others = part_of(term.field), part_of(other)
    theirs = [key(kind, value, others, facts) for kind, value in values_of(other, facts)]
    mine = [key(kind, value, part, facts) for kind, value in seen if op in OPERATORS[kind]]
    return any(agree(op, left, right) for left in mine for right in theirs)


def _is_person(ref: FieldRef) -> bool:
    return not ref.custom and FIELDS[ref.name].kind is Kind.PERSON
