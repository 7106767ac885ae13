"""TicketSQL that is none: where it is refused, in which words, and how soon."""

import pytest

from tessera.lib.errors import QueryInvalid
from tessera.lib.query.parse import parse_query
from tessera.lib.query.vocabulary import CustomField, Vocabulary
from tests.cost import cost
from tests.lib.query.samples import VOCABULARY

FIELD = ["a field", "NOT", "("]
VALUE = ["a value"]
JOIN = ["AND", "OR"]
ON_NUMBERS = ["=", "!=", "<", "<=", ">", ">=", "IN", "NOT IN", "IS NULL", "IS NOT NULL"]
ON_STATUSES = [
    *("=", "!=", "LIKE", "NOT LIKE", "STARTSWITH", "NOT STARTSWITH", "ENDSWITH", "NOT ENDSWITH"),
    *("IN", "NOT IN", "IS NULL", "IS NOT NULL"),
]
DATES = "; write a day such as 2026-03-31, 'today', '3 days ago' or '2 hours'"
TWO_WORDS = "a value of several words needs quotes: "


def refused(
    text: str, vocabulary: Vocabulary = VOCABULARY, *, in_memory: bool = False
) -> QueryInvalid:
    with pytest.raises(QueryInvalid) as caught:
        parse_query(text, vocabulary, in_memory=in_memory)
    return caught.value


@pytest.mark.parametrize(
    ("text", "position", "expected", "detail"),
    [
        # the end
        ("", 0, FIELD, "the query is empty"),
        (" \n ", 3, FIELD, "the query is empty"),
        ("Status", 6, ON_STATUSES,
         "the query ends too early: =, !=, LIKE, NOT LIKE, STARTSWITH or 7 more should follow"),
        ("Status =", 8, VALUE, "the query ends too early: a value should follow"),
        ("id=1 AND ", 9, FIELD, "the query ends too early: a field, NOT or ( should follow"),
        ("(id=1", 5, ["AND", "OR", ")"],
         "the query ends too early: AND, OR or ) should follow"),
        ("Status NOT", 10, ["LIKE", "STARTSWITH", "ENDSWITH", "IN"],
         "the query ends too early: LIKE, STARTSWITH, ENDSWITH or IN should follow"),
        ("Status IS", 9, ["NULL", "NOT NULL"],
         "the query ends too early: NULL or NOT NULL should follow"),
        ("Status IN (a", 12, [",", ")"], "the query ends too early: , or ) should follow"),
        # what can't stand there
        ("id=1)", 4, JOIN, "unexpected ')': AND or OR should stand here"),
        ("id=1 id=2", 5, JOIN, "unexpected 'id': AND or OR should stand here"),
        ("()", 1, FIELD, "unexpected ')': a field, NOT or ( should stand here"),
        ("5 = id", 0, FIELD, "unexpected '5': a field, NOT or ( should stand here"),
        ("AND id=1", 0, FIELD, "unexpected 'AND': a field, NOT or ( should stand here"),
        ("id = = 1", 5, VALUE, "unexpected '=': a value should stand here"),
        ("Status IS 'x'", 10, ["NULL", "NOT NULL"],
         "'IS' goes with NULL alone; write = 'x'"),
        ("Status IS NOT x", 14, ["NULL"], "'IS' goes with NULL alone; write != x"),
        ("Due IS 'NULL'", 7, ["NULL", "NOT NULL"], "NULL stands without quotes"),
        ("Due IS NOT 'null'", 11, ["NULL"], "NULL stands without quotes"),
        ("Due IS 5 6", 7, ["NULL", "NOT NULL"], "'IS' goes with NULL alone; write = 5"),
        ("Owner IS NULL Status = new", 14, JOIN,
         "unexpected 'Status': AND or OR should stand here"),
        ("Owner IS NOT NULL 'x'", 18, JOIN, "unexpected 'x': AND or OR should stand here"),
        ("Due IS NULL 'NULL'", 12, JOIN, "unexpected 'NULL': AND or OR should stand here"),
        ("Status = new, open", 12, JOIN, "several values go with IN: Status IN (new, …)"),
        # a word where a condition is due
        ("printer", 0, ["a field"], "'printer' is no condition; write Subject LIKE 'printer'"),
        ("Status = new OR 'on hold'", 16, ["a field"],
         "'on hold' is no condition; write Status = 'on hold'"),
        ("(Owner = ann or bob) and id=1", 16, ["a field"],
         "'bob' is no condition; write Owner = 'bob'"),
        ("DependsOn = 5 OR printer", 17, ["a field"],
         "'printer' is no condition; write Subject LIKE 'printer'"),
        ("Created > today AND yesterday", 20, ["a field"],
         "'yesterday' is no condition; write Created = 'yesterday'"),
        ("Status IN ()", 11, VALUE, "unexpected ')': a value should stand here"),
        ("Status IN (a,)", 13, VALUE, "unexpected ')': a value should stand here"),
        ("Status IN (CF.{severity})", 11, VALUE,
         "unexpected 'CF.{severity}': a value should stand here"),
        ("Status = ('a', 'b')", 9, VALUE, "a list of values goes with IN"),
        ("Status IN open", 10, ["("], "'IN' takes a list in brackets: ('one', 'two')"),
        ("Due = NULL", 6, VALUE, "for no value write IS NULL; the word itself needs quotes"),
        ("Status = AND id=1", 9, VALUE,
         "a value is missing before 'AND'; the word itself needs quotes"),
        # several words
        ("Created > 3 days ago AND id=1", 12, JOIN, TWO_WORDS + "'3 days ago'"),
        ("Created > -1 week", 13, JOIN, TWO_WORDS + "'-1 week'"),
        ("Status IN (on hold, new)", 14, [",", ")"], TWO_WORDS + "'on hold'"),
        ("Subject = 'it's'", 14, JOIN,
         "a quote within a quoted value needs a backslash before it"),
        ("Subject = 'it''s'", 14, JOIN,
         "a quote within a quoted value needs a backslash before it"),
        # stray characters
        ("id=1 ; id=2", 5, JOIN, "';' means nothing here; within a value it needs quotes"),
        ("id=1 ‽", 5, JOIN, "'‽' means nothing here; within a value it needs quotes"),
        ("id=1\u200b", 4, JOIN, "U+200B means nothing here; within a value it needs quotes"),
        ("Status = new!", 12, JOIN, "unexpected '!': AND or OR should stand here"),
        ("Status = new.", 12, JOIN, "'.' means nothing here; within a value it needs quotes"),
        ("Status = “new”", 9, VALUE, "“ is no quote that queries know; write ' or \""),
        ("Status = 'new", 9, VALUE, "this quote is not closed"),
        ('Status = "new\\"', 9, VALUE, "this quote is not closed"),
        ("CF.{severity = 1", 0, FIELD, "this name in braces is not closed"),
        ("Status = 'a\0'", 11, [], "U+0000 can't stand in a query"),
        ("Status = '\ud83d'", 10, [], "U+D83D can't stand in a query"),
        ("id=1 && id=2", 5, JOIN, "unexpected '&&'; did you mean 'AND'?"),
        ("id=1 | id=2", 5, JOIN, "unexpected '|'; did you mean 'OR'?"),
        ("! id=1", 0, FIELD, "unexpected '!'; did you mean 'NOT'?"),
        # fields
        ("id=1 AND Prioirty = 5", 9, ["Priority"],
         "unknown field 'Prioirty'; did you mean 'Priority'?"),
        ("Prioirty", 0, ["Priority"], "unknown field 'Prioirty'; did you mean 'Priority'?"),
        ("'no such' = 5", 0, ["a field"], "unknown field 'no such'"),
        ("CF.severty = x", 0, ["CF.severity"],
         "unknown custom field 'CF.severty'; did you mean 'severity'?"),
        ("CF.{} = x", 0, ["CF.{vip}"], "unknown field 'CF.{}'; did you mean 'CF.{vip}'?"),
        ("CF.Support.{cost} = 1", 0, ["CF.cost"],
         "unknown custom field 'CF.Support.{cost}'; did you mean 'cost'?"),
        ("Title = x", 0, ["Subject"], "unknown field 'Title'; did you mean 'Subject'?"),
        ("Starts > today", 0, ["a field"],
         "unknown field 'Starts'; the dates are Created, Started, Answered, Resolved, Due, LastUpdated"),
        ("DueDate > today", 0, ["Due"], "unknown field 'DueDate'; did you mean 'Due'?"),
        ("Ticket.Status = x", 0, ["Status"],
         "unknown field 'Ticket.Status'; did you mean 'Status'?"),
        ("CustomField.{Start day} = x", 0, ["CF.{Start day}"],
         "unknown field 'CustomField.{Start day}'; did you mean 'CF.{Start day}'?"),
        ("'Start day' = x", 0, ["CF.{Start day}"],
         "unknown field 'Start day'; did you mean 'CF.{Start day}'?"),
        ("Owner.RealName = x", 0, ["a field"],
         "Owner has no part 'RealName'; there are Name, EmailAddress"),
        ("Owner.Nam = x", 0, ["Owner.Name"], "Owner has no part 'Nam'; did you mean 'Name'?"),
        ("Created < CF.strt_day", 10, ["CF.start_day"],
         "unknown custom field 'CF.strt_day'; did you mean 'start_day'?"),
        # operators
        ("Priority == 5", 9, ON_NUMBERS, "unknown operator '=='; did you mean '='?"),
        ("Priority => 5", 9, ON_NUMBERS, "unknown operator '=>'; did you mean '>='?"),
        ("Priority <> 5", 9, ON_NUMBERS, "unknown operator '<>'; did you mean '!='?"),
        ("Priority ! = 5", 9, ON_NUMBERS, "unknown operator '!'; did you mean '!='?"),
        ("Status NOT = 5", 11, ["LIKE", "STARTSWITH", "ENDSWITH", "IN"],
         "unexpected 'NOT ='; did you mean '!='?"),
        ("Priority BETWEEN 1 AND 2", 9, ON_NUMBERS,
         "no operator 'BETWEEN'; write Priority >= … AND Priority <= …"),
        ("Status LKIE 5", 7, ON_STATUSES, "unknown operator 'LKIE'; did you mean 'LIKE'?"),
        ("Status open", 7, ON_STATUSES,
         "unknown operator 'open': =, !=, LIKE, NOT LIKE, STARTSWITH or 7 more should stand here"),
        ("Priority LIKE 5", 9, ON_NUMBERS, "Priority has no operator 'LIKE'"),
        ("Created NOT  LIKE 5", 8, ON_NUMBERS, "Created has no operator 'NOT LIKE'"),
        ("DependsOn IN (1)", 10, ["=", "!=", "IS NULL", "IS NOT NULL"],
         "DependsOn has no operator 'IN'"),
        # values
        ("Priority = high", 11, ["a number"], "'high' is no number"),
        ("Priority IN (1, 'x', y)", 16, ["a number"], "'x' is no number"),
        ("Due < 'sometime'", 6, ["a date"], "'sometime' is no date" + DATES),
        ("Due = ''", 6, ["a date"], "'' is no date; for one that is not set write IS NULL"),
        ("Due = 'never'", 6, ["a date"],
         "'never' is no date; for one that is not set write IS NULL"),
        ("Priority = none", 11, ["a number"],
         "'none' is no number; for one that is not set write IS NULL"),
        ("id = TKT-x", 5, ["a number"], "'TKT-x' is no number"),
        ("Priority = TKT-5", 11, ["a number"], "'TKT-5' is no number"),
        ("Due < 2025-02-30", 6, ["a date"], "'2025-02-30' is no date" + DATES),
        ("CF.vip = maybe", 9, ["true", "false"], "'maybe' is neither true nor false"),
        ("Created > Priority", 10, ["a date"], "'Priority' is no date" + DATES),
        ("Created > CF.{tags}", 10, VALUE, "Created and CF.tags cannot be compared"),
        # of several faults the first
        ("Priority LIKE 5 AND AND", 9, ON_NUMBERS, "Priority has no operator 'LIKE'"),
        ("(Due < x OR id=1) AND Statsu = 1", 7, ["a date"], "'x' is no date" + DATES),
    ],
)  # fmt: skip
def test_fault_stands_at_its_token(
    text: str, position: int, expected: list[str], detail: str
) -> None:
    error = refused(text)
    assert (error.position, error.expected, str(error.detail)) == (position, expected, detail)
    assert (error.line, error.column) == _place(text, position)


def _place(text: str, position: int) -> tuple[int, int]:
    lines = text[:position].split("\n")
    return len(lines), len(lines[-1]) + 1


def test_line_and_column_count_from_one() -> None:
    error = refused("id = 1\r\n  AND Statsu = 'x\n'\n OR id = 2")
    assert error.body() == {
        "code": "query_invalid",
        "detail": "unknown field 'Statsu'; did you mean 'Status'?",
        "position": 14,
        "line": 2,
        "column": 7,
        "expected": ["Status"],
    }
    assert error.placed == "line 2, column 7: unknown field 'Statsu'; did you mean 'Status'?"


@pytest.mark.parametrize(
    ("text", "position", "detail"),
    [
        ("Content MATCHES 'x'", 8, "'MATCHES' is for searches, not for conditions"),
        ("id=1 OR Subject NOT MATCHES 'x'", 16,
         "'NOT MATCHES' is for searches, not for conditions"),
        ("Status MATCHES 'x'", 7, "Status has no operator 'MATCHES'"),
    ],
)  # fmt: skip
def test_full_text_is_refused_in_memory(text: str, position: int, detail: str) -> None:
    error = refused(text, in_memory=True)
    assert (error.position, str(error.detail)) == (position, detail)
    assert not {"MATCHES", "NOT MATCHES"} & set(error.expected)


def test_fields_of_conditions_are_unknown_to_searches() -> None:
    plain = Vocabulary(VOCABULARY.custom_fields)
    assert refused("Transaction.Type = Set", plain).expected == ["TransactionType"]


def test_expected_operators_are_those_of_every_field_of_that_name() -> None:
    counted = CustomField("note_count", "Integer", "Note")
    mixed = Vocabulary((*VOCABULARY.custom_fields, counted))
    assert {"LIKE", ">="} <= set(refused("CF.Note", mixed).expected)


@pytest.mark.parametrize(
    ("text", "position", "detail"),
    [
        ("id=1" + " " * 9_997, 10_000, "a query has at most 10000 characters"),
        ("(" * 51 + "id=1" + ")" * 51, 50, "conditions nest more than 50 deep"),
        ("NOT(" * 25 + "NOT id=1" + ")" * 25, 100, "conditions nest more than 50 deep"),
        (" OR ".join(["id=1"] * 201), 1_600, "there are more than 200 conditions"),
        (f"id IN ({','.join('1' * 1_001)})", 2_007, "a list has at most 1000 values"),
        ("Subject = '" + "x" * 1_001 + "'", 10, "a value has at most 1000 characters"),
        ("Subject IN (a, " + "x" * 1_001 + ")", 15, "a value has at most 1000 characters"),
    ],
)  # fmt: skip
def test_limits(text: str, position: int, detail: str) -> None:
    error = refused(text)
    assert (error.position, error.expected, str(error.detail)) == (position, [], detail)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 1_000_000,
        "(" * 10_000,
        ")" * 10_000,
        "NOT " * 2_500,
        "NOT(" * 2_500,
        "'" * 10_000,
        "'" + "\\'" * 4_999,
        "\\" * 10_000,
        "CF.{" * 2_500,
        "a." * 5_000,
        "a.{b}" * 2_000,
        "{" * 10_000,
        "=" * 10_000,
        "1" * 10_000,
        "x" * 10_000,
        "\n" * 10_000,
        "id IN (" + "1," * 4_990,
        "id=1 AND " * 1_100,
        "Subject " * 1_250,
        "Subject = a" + " b" * 4_990,
        "Subject = 'x' OR NOT " * 450,
    ],
    ids=lambda text: f"{text[:12]}…",
)
def test_hostile_texts_are_refused_at_once(text: str) -> None:
    refused("warm")
    with cost() as reading:
        refused(text)
    assert reading.seconds < 0.5
