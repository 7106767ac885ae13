"""Laws that every query keeps, drawn at random."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from tessera.lib.query.check import operand_fault
from tessera.lib.query.clues import clues_of
from tessera.lib.query.evaluate import evaluate
from tessera.lib.query.facts import QueryFacts
from tessera.lib.query.fields import FULL_TEXT
from tessera.lib.query.fold import fold
from tessera.lib.query.never import never
from tessera.lib.query.tree import And, Node, Not, Op, Or, Term
from tests.lib.query.samples import ANN, BOB, CUSTOMER, FACTS, VOCABULARY

NAMES = (
    *("id", "Subject", "Queue", "Status", "Lifecycle", "Priority", "Created", "Due", "Owner"),
    *("Creator.EmailAddress", "UpdatedBy", "Requestor", "Requestor.Name", "Watcher", "DependsOn"),
    *("CF.severity", "CF.tags", "CF.cost", "CF.seats", "CF.start_day", "CF.seen_at", "CF.vip"),
    *("CF.approver", "CF.Note", "Transaction.NewValue", "Transaction.Creator", "Actor"),
    *("TransactionType", "Content", "Updated"),
)
WORDS = (
    *("", "80", "-3", "12.50", "open", "OPEN", "Straße", "STRASSE", "a", "ann", "Nobody", "red"),
    *("__CurrentUser__", "__Active__", "today", "2025-03-04", "3 days ago", "true", "deleted", "%"),
)
NEGATIONS = {op.positive: op for op in Op if op.positive is not op}


def sound(field: str, op: Op, words: list[str]) -> Term | None:
    ref = VOCABULARY.field(field)
    value: str | tuple[str, ...] | None = words[0]
    if op in (Op.IN, Op.NOT_IN):
        value = tuple(words)
    elif op in (Op.IS_NULL, Op.IS_NOT_NULL):
        value = None
    term = Term(ref, op, value)
    return None if operand_fault(term) else term


TERMS = st.builds(
    sound,
    st.sampled_from(NAMES),
    st.sampled_from([op for op in Op if op not in FULL_TEXT]),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=3),
).filter(lambda term: term is not None)
TREES: st.SearchStrategy[Node] = st.recursive(
    TERMS,  # type: ignore[arg-type]
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda found: And(tuple(found))),
        st.lists(inner, min_size=1, max_size=3).map(lambda found: Or(tuple(found))),
        inner.map(Not),
    ),
    max_leaves=8,
)
PEOPLE = st.sampled_from((None, ANN, BOB))
TICKETS: st.SearchStrategy[QueryFacts] = st.builds(
    replace,
    st.just(FACTS),
    subject=st.sampled_from(("", "Straße", "open a", "80")),
    priority=st.sampled_from((0, 80)),
    owner=PEOPLE,
    actor=PEOPLE,
    due_at=st.sampled_from((None, datetime(2025, 3, 4, 9, tzinfo=UTC))),
    watchers=st.sampled_from(({}, {"requestor": (ANN, CUSTOMER)})),
    custom_fields=st.sampled_from(({}, FACTS.custom_fields, {"tags": ("red", "a")})),
    transaction=st.sampled_from((None, FACTS.transaction)),
)


@given(TREES, TICKETS)
def test_double_negation_changes_nothing(tree: Node, facts: QueryFacts) -> None:
    assert evaluate(Not(Not(tree)), facts) == evaluate(tree, facts)


@given(TREES, TICKETS)
def test_negation_is_the_opposite(tree: Node, facts: QueryFacts) -> None:
    assert evaluate(Not(tree), facts).holds is not evaluate(tree, facts).holds


@given(st.lists(TREES, min_size=1, max_size=3), TICKETS)
def test_de_morgan(trees: list[Node], facts: QueryFacts) -> None:
    # Each in brackets: log fields side by side in one AND are one condition on one transaction.
    apart = tuple(And((tree,)) for tree in trees)
    negated = tuple(Not(tree) for tree in apart)
    assert evaluate(Not(And(apart)), facts).holds is evaluate(Or(negated), facts).holds
    assert evaluate(Not(Or(apart)), facts).holds is evaluate(And(negated), facts).holds


@given(TERMS, TICKETS)
def test_negative_operator_is_the_opposite_of_the_positive_one(
    term: Term, facts: QueryFacts
) -> None:
    name = term.field.name
    if name in ("TransactionType", "Content", "Updated") or term.op not in NEGATIONS:
        return
    negative = replace(term, op=NEGATIONS[term.op])
    assert evaluate(negative, facts).holds is not evaluate(term, facts).holds


@given(TREES, TICKETS)
def test_every_verdict_can_say_why(tree: Node, facts: QueryFacts) -> None:
    found = evaluate(tree, facts)
    assert found.because
    assert found.because[0] == found.because[0].upper() or not found.holds


@given(TREES, TICKETS)
def test_without_one_of_its_clues_no_query_holds(tree: Node, facts: QueryFacts) -> None:
    missing = [clue for clue in clues_of(tree) if clue.wanted.isdisjoint(clue.read(facts))]
    assert not (missing and evaluate(tree, facts).holds), missing


@given(TERMS, TICKETS)
def test_the_clue_of_a_single_term_is_the_term_itself(term: Term, facts: QueryFacts) -> None:
    for clue in clues_of(term):
        found = not clue.wanted.isdisjoint(clue.read(facts))
        assert found is evaluate(term, facts).holds


SEVERAL = frozenset(
    {
        *("UpdatedBy", "Requestor", "Watcher", "DependsOn", "Transaction.NewValue"),
        *("TransactionType", "Content", "Updated", "CF.tags", "CF.Note"),
    }
)


@given(TREES, TICKETS)
def test_what_never_holds_does_not(tree: Node, facts: QueryFacts) -> None:
    excluded = never(
        tree, several=lambda field: {field.name, field.spelled} & SEVERAL != set(), bounds={}
    )
    assert not (excluded and evaluate(tree, facts).holds)


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
