"""TicketSQL: what its texts parse to."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tessera.lib.query.fields import FIELDS
from tessera.lib.query.parse import parse_query
from tessera.lib.query.rules import parse_rules
from tessera.lib.query.syntax import _grammar
from tessera.lib.query.tree import And, FieldRef, Node, Not, Op, Or, Term
from tessera.lib.query.vocabulary import Vocabulary
from tests.lib.query.samples import VOCABULARY


def parsed(text: str) -> Node:
    return parse_query(text, VOCABULARY)


def term(field: str, op: str, value: str | tuple[str, ...] | FieldRef | None = None) -> Term:
    return Term(VOCABULARY.field(field), Op(op), value)


A, B, C, D = (term("id", "=", str(number)) for number in (1, 2, 3, 4))
TYPE, CONTENT = term("TransactionType", "=", "Comment"), term("Content", "LIKE", "x")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("id=1", A),
        ("id=1 AND id=2 AND id=3", And((A, B, C))),
        ("id=1 OR id=2 OR id=3", Or((A, B, C))),
        ("id=1 OR id=2 AND id=3 OR id=4", Or((A, And((B, C)), D))),
        ("id=1 AND id=2 OR id=3 AND id=4", Or((And((A, B)), And((C, D))))),
        ("(id=1 OR id=2) AND id=3", And((Or((A, B)), C))),
        ("NOT id=1 AND id=2", And((Not(A), B))),
        ("NOT (id=1 AND id=2)", Not(And((A, B)))),
        ("not Not NOT id=1", Not(Not(Not(A)))),
        ("NOT(id=1)OR(id=2)", Or((Not(A), B))),
        ("((id=1))", A),
        ("id=1 aNd id=2 oR id=3", Or((And((A, B)), C))),
        ("\t id\n=\r\n1\u00a0AND\u2003id=2 ", And((A, B))),
    ],
)
def test_not_binds_closest_then_and_then_or(text: str, tree: Node) -> None:
    assert parsed(text) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("id=1 AND (id=2 AND id=3)", And((A, And((B, C))))),
        ("(id=1 OR id=2) OR id=3", Or((Or((A, B)), C))),
        ("TransactionType = Comment AND Content LIKE x", And((TYPE, CONTENT))),
        ("(TransactionType = Comment) AND Content LIKE x", And((And((TYPE,)), CONTENT))),
        ("((TransactionType = Comment))", And((TYPE,))),
        ("NOT TransactionType = Comment AND Content LIKE x", And((Not(TYPE), CONTENT))),
    ],
)
def test_brackets_make_a_level_of_their_own(text: str, tree: Node) -> None:
    assert parsed(text) == tree


@pytest.mark.parametrize("op", [op for op in Op if "NULL" not in op.value])
def test_every_operator_is_read_without_regard_to_case_and_white_space(op: Op) -> None:
    written = op.value.lower().replace(" ", " \n\t ")
    if op in (Op.IN, Op.NOT_IN):
        expected = term("Subject", op.value, ("a", "b c"))
        assert parsed(f"subject {written}(a, 'b c')") == expected
    else:
        assert parsed(f"sUBJECT {written} 'a b'") == term("Subject", op.value, "a b")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("Due is null", term("Due", "IS NULL")),
        ("Due IS  Not\nNULL AND id=1", And((term("Due", "IS NOT NULL"), A))),
        ("Priority>=-5", term("Priority", ">=", "-5")),
        ("Priority<50.25", term("Priority", "<", "50.25")),
        ("Priority = .5", term("Priority", "=", ".5")),
        ("Priority != +5", term("Priority", "!=", "+5")),
        ("Priority = 'open'", None),
        ("Priority IN (1,-2, '3' )", term("Priority", "IN", ("1", "-2", "3"))),
        ("Status = resolved", term("Status", "=", "resolved")),
        ("Status IN (open, resolved)", term("Status", "IN", ("open", "resolved"))),
        ("Status = \"it's\"", term("Status", "=", "it's")),
        (r"Status = 'it\'s'", term("Status", "=", "it's")),
        (r"Status = 'a\\b\"\n'", term("Status", "=", 'a\\b"n')),
        ("Status = ''", term("Status", "=", "")),
        ("Status = 'a\n AND b'", term("Status", "=", "a\n AND b")),
        ("Status LIKE '%_'", term("Status", "LIKE", "%_")),
        ("Status = geöffnet", term("Status", "=", "geöffnet")),
        ("Status = in-progress", term("Status", "=", "in-progress")),
        ("Status = 'NULL'", term("Status", "=", "NULL")),
        ("Status = android", term("Status", "=", "android")),
        ("Queue = 3", term("Queue", "=", "3")),
        ("Requestor = bob+x@b.example.com", term("Requestor", "=", "bob+x@b.example.com")),
        ("Owner = __CurrentUser__", term("Owner", "=", "__CurrentUser__")),
        ("Owner = Nobody", term("Owner", "=", "Nobody")),
        ("Status != __Active__", term("Status", "!=", "__Active__")),
        ("Created > 2025-03-04", term("Created", ">", "2025-03-04")),
        ("Created > 2025-03-04T08:00:00+01:00",
         term("Created", ">", "2025-03-04T08:00:00+01:00")),
        ("Created > today", term("Created", ">", "today")),
        ("Created > '3 days ago'", term("Created", ">", "3 days ago")),
        ("CF.vip = yes", term("CF.vip", "=", "yes")),
    ],
)  # fmt: skip
def test_values_stay_what_was_written(text: str, tree: Node | None) -> None:
    if tree is None:
        with pytest.raises(ValueError, match="no number"):
            parsed(text)
    else:
        assert parsed(text) == tree


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("requestors", "Requestor"),
        ("'Subject'", "Subject"),
        ('"lastupdated"', "LastUpdated"),
        ("TransactionDate", "Updated"),
        ("PARENT", "MemberOf"),
        ("owner.emailaddress", "Owner.EmailAddress"),
        ("transaction.creator.name", "Transaction.Creator.Name"),
        ("cf.severity", "CF.severity"),
        ("CF.{Start day}", "CF.{start day}"),
        ("Cf.{ SEVERITY }", "CF.SEVERITY"),
        ("CF.Support.{note}", "CF.Support.note"),
        ("CF.Support.note", "CF.support.NOTE"),
        ("CF.{support}.note", "CF.{Support}.{Note}"),
        ("'CF.{Start day}'", "CF.Sales.{Start day}"),
    ],
)
def test_fields_are_named_in_many_ways(written: str, name: str) -> None:
    found = parsed(f"{written} IS NULL")
    assert isinstance(found, Term)
    known = VOCABULARY.field(name)
    assert (found.field.name, found.field.part) == (known.name, known.part)
    assert found.field.custom == known.custom


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_of_the_table_can_be_named(name: str) -> None:
    assert parsed(f"{name.upper()} IS NULL") == term(name, "IS NULL")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("LastUpdated > created", FieldRef("Created", spelled="Created")),
        ("LastUpdated > 'CF.start_day'", None),
        ("Created < CF.start_day", VOCABULARY.field("CF.start_day")),
        ("Created < CF.{Start day}", VOCABULARY.field("CF.{Start day}")),
        ("Subject = Queue", FieldRef("Queue", spelled="Queue")),
        ("Subject = 'Queue'", "Queue"),
        ("Subject IN (Queue)", ("Queue",)),
        ("Creator = Owner.name", FieldRef("Owner", part="Name", spelled="Owner.Name")),
        ("Subject = Quee", "Quee"),
        ("Subject = Owner.Nam", "Owner.Nam"),
    ],
)
def test_a_bare_word_on_the_right_is_the_field_of_that_name(text: str, value: object) -> None:
    if value is None:
        with pytest.raises(ValueError, match="no date"):
            parsed(text)
    else:
        found = parsed(text)
        assert isinstance(found, Term)
        assert found.value == value


def test_a_word_that_is_a_field_in_conditions_alone_is_else_a_value() -> None:
    plain = Vocabulary(VOCABULARY.custom_fields)
    assert parse_query("Owner = Actor", plain) == term("Owner", "=", "Actor")
    assert parsed("Owner = Actor") == term("Owner", "=", VOCABULARY.field("Actor"))


def test_text_and_rules_are_two_spellings_of_one_tree() -> None:
    rules = {
        "all": [
            {"field": "Transaction.Type", "op": "=", "value": "Set"},
            {"field": "Priority", "op": ">=", "value": 70.5},
            {"field": "CF.vip", "op": "=", "value": True},
            {
                "any": [
                    {"field": "CF.Sales.{Start day}", "op": "<", "value": "2 days ago"},
                    {"field": "requestors", "op": "not in", "value": ["a@b.c", 3]},
                    {"all": [{"field": "Due", "op": "IS NULL"}, {"not": {
                        "field": "Creator", "op": "=", "value": {"field": "Owner.Name"}}}]},
                ]
            },
        ]
    }  # fmt: skip
    text = """
        Transaction.Type = 'Set' AND Priority >= 70.5 AND CF.vip = true AND (
            CF.Sales.{Start day} < '2 days ago'
            OR requestors NOT IN ('a@b.c', 3)
            OR Due IS NULL AND NOT Creator = Owner.Name)
    """
    assert parsed(text) == parse_rules(rules, VOCABULARY)


def test_matches_is_for_searches() -> None:
    assert parsed("Content NOT MATCHES 'a b'") == term("Content", "NOT MATCHES", "a b")


def test_as_many_conditions_and_brackets_as_may_be() -> None:
    assert parsed(" AND ".join(["id=1"] * 200)) == And((A,) * 200)
    assert parsed("(" * 50 + "id=1" + ")" * 50) == A
    negated: Node = A
    for _ in range(50):
        negated = Not(negated)
    assert parsed("NOT " * 50 + "id=1") == negated
    values = tuple(str(number) for number in range(1000))
    assert parsed(f"id IN ({','.join(values)})") == term("id", "IN", values)


def test_threads_that_parse_at_once_at_the_very_beginning_agree() -> None:
    text = "(Status = open OR NOT Priority > 50) AND Subject LIKE 'x'"
    _grammar.cache_clear()
    with ThreadPoolExecutor(8) as threads:
        trees = list(threads.map(parsed, [text] * 64))
    assert trees == [parsed(text)] * 64


@pytest.mark.parametrize("field", ["id", "DependsOn", "MemberOf", "LinkedTo"])
def test_a_ticket_is_named_by_its_key_too(field: str) -> None:
    by_key = parse_query(f"{field} = TKT-0012 OR {field} != 'tkt-7'", VOCABULARY)

    assert by_key == parse_query(f"{field} = 12 OR {field} != 7", VOCABULARY)
    assert parse_query("id IN (TKT-0012, 7)", VOCABULARY) == parse_query(
        "id IN (12, 7)", VOCABULARY
    )
    rules = {"all": [{"field": field, "op": "=", "value": "TKT-0012"}]}
    assert parse_rules(rules, VOCABULARY) == parse_query(f"{field} = 12", VOCABULARY)
