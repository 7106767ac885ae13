"""A tree as text and as a sentence."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tessera.lib.errors import QueryInvalid
from tessera.lib.query.check import operand_fault, operators_of
from tessera.lib.query.fields import FIELDS, PARTS, Kind
from tessera.lib.query.parse import parse_query
from tessera.lib.query.rules import parse_rules
from tessera.lib.query.spell import in_words, to_text
from tessera.lib.query.syntax import END, NotExpected, Reader, tokens
from tessera.lib.query.tree import And, FieldRef, Node, Not, Op, Or, Term
from tessera.lib.query.verdict import is_log
from tessera.lib.query.vocabulary import CustomField, Vocabulary, kinds_of
from tests.drawing import examples
from tests.lib.query.samples import VOCABULARY as SAMPLES

ODD = (
    CustomField("odd", "Freeform", 'it\'s "odd"\\', frozenset(("a.b", "Ünit 5"))),
    CustomField("dotted", "Freeform", "a.b", frozenset(("IT-Support", "{}"))),
    CustomField("and", "Freeform", "NOT", frozenset(("IN",))),
    CustomField("digit", "Integer", "1st (x)", frozenset(("3",))),
    CustomField("hindi", "Freeform", "हिन्दी\n ="),
)
VOCABULARY = Vocabulary((*SAMPLES.custom_fields, *ODD), condition=True)
NAMES = (
    *FIELDS,
    *(f"{name}.{part}" for name in FIELDS for part in PARTS if FIELDS[name].kind is Kind.PERSON),
    *(f"CF.{{{one.key}}}" for one in VOCABULARY.custom_fields),
    *(f"CF.{{{one.name}}}" for one in VOCABULARY.custom_fields if one.name),
    *("CF.{Ünit 5}.{odd}", "CF.a.b.{odd}", "CF.IT-Support.{a.b}", "CF.3.digit", "CF.in.and"),
)
READABLE = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
WORDS = st.one_of(
    READABLE,
    st.text("'\"\\ ab\n%_(){},", max_size=8),
    st.sampled_from(("5", "-1.5", "+3", ".5", "1.", "007", " 5", "٣", "today", "3 days ago")),
    st.sampled_from(("2025-03-04", "true", "NULL", "AND", "Subject", "CF.x", "Nobody")),
    st.sampled_from(("__CurrentUser__", "__Active__", "__INACTIVE__", "__initial__")),
)
REFS = [VOCABULARY.field(name) for name in NAMES]


@st.composite
def drawn_terms(draw: st.DrawFn) -> Term:
    field = draw(st.sampled_from(REFS))
    op = draw(st.sampled_from(operators_of(field, in_memory=False)))
    value: str | tuple[str, ...] | FieldRef | None = None
    if op in (Op.IN, Op.NOT_IN):
        value = tuple(draw(st.lists(WORDS, min_size=1, max_size=8)))
    elif op not in (Op.IS_NULL, Op.IS_NOT_NULL):
        value = draw(st.one_of(WORDS, st.sampled_from(REFS)))
    return Term(field, op, value)


TERMS = drawn_terms().filter(lambda term: operand_fault(term, in_memory=False) is None)


def _joined(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(several.map(And), several.map(Or), inner.map(Not))


TREES: st.SearchStrategy[Node] = st.recursive(
    st.one_of(TERMS, TERMS.filter(is_log).map(lambda term: And((term,)))),
    _joined,
    max_leaves=8,
)


@settings(max_examples=examples(300))
@given(TREES)
def test_text_of_a_tree_parses_to_that_tree(tree: Node) -> None:
    assert parse_query(to_text(tree), VOCABULARY) == tree


@given(TREES)
def test_every_tree_can_be_said_in_words(tree: Node) -> None:
    assert in_words(tree)


def example(ref: FieldRef, op: Op) -> Term:
    word = "today" if kinds_of(ref) <= {Kind.DATE, Kind.DAY} else "1"
    if op in (Op.IS_NULL, Op.IS_NOT_NULL):
        return Term(ref, op)
    return Term(ref, op, (word, word) if op in (Op.IN, Op.NOT_IN) else word)


@pytest.mark.parametrize("ref", REFS, ids=lambda ref: ref.spelled)
def test_every_field_comes_back_with_every_operator_that_it_has(ref: FieldRef) -> None:
    for op in operators_of(ref, in_memory=False):
        term = example(ref, op)
        assert parse_query(to_text(term), VOCABULARY) == term
        assert in_words(term)


PIECES = st.sampled_from(
    [
        *("id", "Status", "CF.{tags}", "CF.x", "Owner.Name", "'Due'", "=", "!=", "<", "=>", "~"),
        *("LIKE", "NOT", "IN", "IS", "NULL", "AND", "OR", "MATCHES", "(", ")", ",", "1", "-2"),
        *("'x'", '"y', "\\", "{", "}", "today", "Resolved", "é", "\0", "\n", "\ud800", "“", ";"),
    ]
)


def answer(text: str, *, in_memory: bool) -> Node | QueryInvalid:
    try:
        return parse_query(text, VOCABULARY, in_memory=in_memory)
    except QueryInvalid as error:
        return error


@settings(max_examples=examples(300))
@given(st.one_of(st.text(), st.lists(PIECES, max_size=14).map(" ".join)), st.booleans())
def test_any_text_is_a_query_or_refused_at_a_place_in_it(text: str, in_memory: bool) -> None:
    found = answer(text, in_memory=in_memory)
    if isinstance(found, QueryInvalid):
        assert 0 <= found.position <= len(text)
        assert text[: found.position].count("\n") == found.line - 1
        assert 1 <= found.column <= found.position + 1
        assert str(found.detail)
    else:
        assert parse_query(to_text(found), VOCABULARY) == found
        assert in_words(found)


EXAMPLES = {
    "WORD": "x",
    "NUMBER": "1",
    "QUOTED": "'x'",
    "BRACED": "CF.{x}",
    "COMPARISON": "=",
    "LPAR": "(",
    "RPAR": ")",
    "COMMA": ",",
}


@given(st.lists(PIECES, max_size=10).map(" ".join))
def test_what_a_reader_accepts_it_takes(text: str) -> None:
    """And so what is expected at a position can be offered there."""
    reader = Reader()
    read = []
    for token in tokens(text):
        if token.type not in reader.accepts():
            with pytest.raises(NotExpected):
                reader.take(token)
            break
        reader.take(token)
        read.append(token)
    for name in reader.accepts() - {END}:
        again = Reader()
        for token in (*read, *tokens(EXAMPLES.get(name, name))):
            again.take(token)
        assert token.type == name


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("status in(open,'x')", "Status IN ('open', 'x')"),
        ("((id=1) and (id=2 or not (id=3)))", "id = 1 AND (id = 2 OR NOT id = 3)"),
        ("id=1 or id=2 and id=3", "id = 1 OR id = 2 AND id = 3"),
        ("not (id=1 and id=2)", "NOT (id = 1 AND id = 2)"),
        ("(content like x) and id=1", "(Content LIKE 'x') AND id = 1"),
        ('requestors.name = "it\'s"', r"Requestor.Name = 'it\'s'"),
        ("cf.{start day} < CREATED", "CF.{start day} < Created"),
        ("cf.{Ünit 5}.odd is null", "CF.{Ünit 5}.odd IS NULL"),
    ],
)
def test_spelling_is_canonical(text: str, spelled: str) -> None:
    assert to_text(parse_query(text, VOCABULARY)) == spelled


def test_groups_of_one_vanish_unless_they_part_a_log_field() -> None:
    tree = parse_rules(
        {
            "all": [
                {"any": [{"field": "id", "op": "=", "value": 1}]},
                {"any": [{"field": "Content", "op": "=", "value": "x"}]},
            ]
        },
        VOCABULARY,
    )
    assert to_text(tree) == "id = 1 AND (Content = 'x')"


@pytest.mark.parametrize("nothing", [And(()), Or(()), Not(And(()))])
def test_a_group_of_nothing_has_no_spelling(nothing: Node) -> None:
    with pytest.raises(ValueError, match="nothing"):
        to_text(nothing)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Status = open AND Priority > 50 OR Requestor = a@b.c",
         "status is open and priority is more than 50, or requestor is a@b.c"),
        ("Status = open OR Status = new", "status is open or status is new"),
        ("id = 1 AND (Status = open OR Status = new)", "id is 1 and (status is open or status is new)"),
        ("NOT Status = open AND NOT Priority < 5",
         "status is not open and not (priority is less than 5)"),
        ("NOT NOT (id = 1 OR id = 2)", "(id is 1 or id is 2)"),
        ("NOT (id = 1 AND id = 2)", "not (id is 1 and id is 2)"),
        ("Status IN (new, open, 'on hold')", "status is new, open or 'on hold'"),
        ("id NOT IN (1,2,3,4,5,6,7,8)", "id is not 1, 2, 3, 4, 5 or 3 more"),
        ("Due < '2 hours' AND Started IN ('+ 3  days', '-1 Week', today)",
         "due is before 2 hours from now and started is 3 days from now, 1 week ago or today"),
        ("Created > '3 days ago' AND Due <= Resolved",
         "created is after 3 days ago and due is not after resolved"),
        ("Owner = __CurrentUser__ OR Owner.EmailAddress != nobody",
         "owner is the current user or the e-mail address of owner is not nobody"),
        ("Status = __active__ AND Subject LIKE __active__",
         "status is any that is not inactive and subject contains __active__"),
        ("DependsOn = 5 AND Child IS NOT NULL", "it depends on 5 and it is the parent of any ticket"),
        ("MemberOf IS NULL AND RefersTo != 6",
         "it is no member of any ticket and it does not refer to 6"),
        ("Content LIKE 'a b' AND id = 1 AND TransactionType = Comment",
         "id is 1 and there is a transaction with (content contains 'a b' and transaction type is Comment)"),
        ("NOT Content = x", "there is no transaction with (content is x)"),
        ("(Content = x) AND (Content = y)",
         "there is a transaction with (content is x) and there is a transaction with (content is y)"),
        ("CF.{Start day} < today AND CF.tags IS NULL",
         "CF.{Start day} is before today and CF.tags is empty"),
    ],
)  # fmt: skip
def test_words_say_what_the_query_asks(text: str, words: str) -> None:
    assert in_words(parse_query(text, VOCABULARY)) == words
