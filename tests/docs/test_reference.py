"""The reference names everything that there is, and nothing that there is not."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from customfields.types import TYPES
from lifecycles.definition import parse
from lifecycles.stock import STOCK
from scrips.actions import ACTIONS
from scrips.conditions import CONDITIONS
from scrips.facts import (
    NAMES,
    MessageFacts,
    PersonFacts,
    QueueFacts,
    TicketFacts,
    TransactionFacts,
)
from scrips.letters.glossary import ATTRIBUTES, FILTERS, GIVEN, STATEMENTS, TOP
from scrips.recipients import ROLES
from scrips.rendering import validate
from scrips.rendering.lists import TESTS
from scrips.rendering.sandbox import ALL
from scrips.rendering.values import visible
from tessera.accounts import login
from tessera.accounts.audit import KINDS
from tessera.accounts.pacing import Pace
from tessera.lib.errors import QueryInvalid
from tessera.lib.query.fields import BY_SPELLING, FIELDS, FULL_TEXT, OPERATORS, Kind
from tessera.lib.query.fold import fold
from tessera.lib.query.limits import MAX_LIST, MAX_NESTING, MAX_TERMS, MAX_TEXT, MAX_VALUE
from tessera.lib.query.parse import parse_query
from tessera.lib.query.rules import parse_rules
from tessera.lib.query.spell import to_text
from tessera.lib.query.tree import Op
from tessera.lib.query.vocabulary import CustomField, Vocabulary
from tests.office import Office
from tickets import bulk, config
from tickets.access import Actor
from tickets.columns import COLUMNS, DEFAULT
from tickets.orders import PLAIN
from tickets.search import search
from tickets.search.entries import all_types

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"
SCRIPS = (REFERENCE / "scrips.md").read_text()
FIELDS_PAGE = (REFERENCE / "custom-fields.md").read_text()
LIFECYCLES = (REFERENCE / "lifecycles.md").read_text()
TICKETSQL = (REFERENCE / "ticketsql.md").read_text()


def section(page: str, title: str) -> str:
    """What stands under a heading, up to the next of its rank."""
    marks = title.split(" ", 1)[0]
    found = re.search(rf"^{re.escape(title)}\n(.*?)(?=^#{{1,{len(marks)}}} |\Z)", page, re.M | re.S)
    assert found, title
    return found[1]


def code(text: str) -> set[str]:
    """What stands between single backticks."""
    return set(re.findall(r"`([^`\n]+)`", text))


def first_cells(text: str) -> set[str]:
    """What the rows of the tables have in backticks in their first column."""
    rows = re.findall(r"^\| (`.*?) \|", text, re.M)
    return set().union(*map(code, rows))


def json_blocks(text: str) -> list[str]:
    return re.findall(r"^```json\n(.*?)^```$", text, re.M | re.S)


def test_conditions_of_the_page_are_those_of_the_engine() -> None:
    table = section(SCRIPS, "## Conditions").split("### Rules")[0]
    assert first_cells(table) - {"condition_type"} == set(CONDITIONS)


def test_actions_of_the_page_are_those_of_the_engine() -> None:
    text = section(SCRIPS, "## Actions")
    assert first_cells(text) - {"action_type"} == set(ACTIONS)
    assert set(ROLES) <= code(text)


def test_rules_of_the_page_name_every_field_that_conditions_know() -> None:
    named = code(section(SCRIPS, "### Rules"))
    log = {name for name, field in FIELDS.items() if field.reads_log}
    assert set(FIELDS) - log <= named


@pytest.mark.parametrize("page", [SCRIPS, TICKETSQL], ids=["scrips", "ticketsql"])
@pytest.mark.parametrize(
    ("row", "kinds"),
    [
        ("text, what a transaction changed", (Kind.TEXT, Kind.VALUE)),
        ("numbers, dates", (Kind.NUMBER, Kind.DATE, Kind.DAY)),
        ("booleans", (Kind.BOOLEAN,)),
        ("links", (Kind.LINKS,)),
    ],
)
def test_operators_of_the_page_are_those_of_the_kind(
    page: str, row: str, kinds: tuple[Kind, ...]
) -> None:
    found = re.search(rf"^\| {row} \| (`[<=!].*) \|$", page, re.M)
    assert found
    for kind in kinds:
        assert code(found[1]) == {op.value for op in OPERATORS[kind]}


def test_types_of_transactions_of_the_page_are_those_that_there_are() -> None:
    row = re.search(r"^\| types of transactions \| (.*) \|$", TICKETSQL, re.M)
    assert row
    assert code(row[1]) == set(all_types())


def test_fields_of_the_language_are_those_of_the_table() -> None:
    rows = dict(re.findall(r"^\| ([^|]+) \| (.*) \|$", section(TICKETSQL, "## Fields"), re.M))
    customs = code(rows.pop("custom fields"))
    assert all(name.startswith("CF.") for name in customs)
    named = code(" ".join(rows.values()))
    assert {name for name in named if fold(name) not in BY_SPELLING} == set()
    assert {fold(name) for name in named} == set(BY_SPELLING)
    in_conditions = code(rows["in conditions of scrips"])
    assert in_conditions == {name for name, field in FIELDS.items() if field.condition}
    assert code(rows["people"]) - {"Requestors"} == {
        name for name, field in FIELDS.items() if field.kind is Kind.PERSON
    } - in_conditions - code(rows["the log"])


def test_operators_of_the_language_are_those_of_its_grammar() -> None:
    rows = section(TICKETSQL, "## Operators")
    assert {op.value for op in Op} <= code(rows)
    people = re.search(r"^\| statuses, queues, people \| (.*) \|$", rows, re.M)
    assert people
    for kind in (Kind.STATUS, Kind.QUEUE, Kind.PERSON, Kind.USERNAME):
        assert code(people[1]) == {op.value for op in OPERATORS[kind]}
    full_text = re.search(r"^\| full text: (.*?) \| (.*) \|$", rows, re.M)
    assert full_text
    assert code(full_text[1]) == {name for name, field in FIELDS.items() if field.full_text}
    assert code(full_text[2]) == {op.value for op in FULL_TEXT}


QUERIES = [
    query
    for block in re.findall(r"^```sql\n(.*?)^```$", TICKETSQL, re.M | re.S)
    for query in block.splitlines()
]


@pytest.mark.parametrize("query", QUERIES)
def test_queries_of_the_page_parse(query: str) -> None:
    severity = CustomField("severity", "SelectSingle", "Severity")
    tree = parse_query(query, Vocabulary((severity,)))
    assert parse_query(to_text(tree), Vocabulary((severity,))) == tree


@pytest.mark.parametrize("query", QUERIES)
def test_queries_of_the_page_find_tickets(office: Office, query: str) -> None:
    found = search(query, Actor(office.admin.person, config.current()))
    assert list(found.rows) == []
    assert found.tree is not None


def test_the_error_of_the_page_is_the_one_that_comes() -> None:
    shown = json.loads(json_blocks(section(TICKETSQL, "## Errors"))[0])
    with pytest.raises(QueryInvalid) as caught:
        parse_query("Status = open AND Prioirty > 5", Vocabulary())
    assert caught.value.body() == shown


def test_orders_of_the_page_are_those_of_the_list() -> None:
    line = re.search(r"^`order` is a comma list of .*$", TICKETSQL, re.M)
    assert line
    assert code(line[0]) - {"order", "cf.KEY"} == set(PLAIN.columns)


def test_limits_of_the_page_are_those_of_the_parser() -> None:
    numbers = re.findall(r"[\d,]*\d", section(TICKETSQL, "## Errors").split("at most")[1])
    told = [int(number.replace(",", "")) for number in numbers]
    assert told == [MAX_TEXT, MAX_TERMS, MAX_NESTING, MAX_LIST, MAX_VALUE]


def test_the_example_of_rules_is_one_that_can_be_saved(office: Office) -> None:
    del office
    example = json.loads(json_blocks(section(SCRIPS, "### Rules"))[0])
    parse_rules(example["rules"], config.current().condition_vocabulary)


def test_filters_and_tests_of_the_page_are_those_of_the_sandbox() -> None:
    text = section(SCRIPS, "### Filters")
    rows = "\n".join(line for line in text.splitlines() if line.startswith("| "))
    names = {name for name in code(rows) if re.fullmatch(r"\w+", name)}
    assert names == set(ALL)
    told = code(text.split("There are the tests")[1].split("the functions")[0])
    assert {name for name in told if name.isidentifier()} - {"eq"} == {
        name for name in TESTS if name.isidentifier() and name not in _COMPARISONS
    }


# The page says: by sign and by name.
_COMPARISONS = {"eq", "equalto", "ne", "gt", "greaterthan", "ge", "lt", "lessthan", "le"}


@pytest.mark.parametrize(
    "kind", [TicketFacts, QueueFacts, PersonFacts, TransactionFacts, MessageFacts]
)
def test_names_of_the_page_are_what_templates_see(
    kind: type[TicketFacts | QueueFacts | PersonFacts | TransactionFacts | MessageFacts],
) -> None:
    beginning = {
        TicketFacts: "| `ticket` ",
        QueueFacts: "| `queue`, ",
        PersonFacts: "| `actor`, ",
        TransactionFacts: "| `transaction`, ",
        MessageFacts: "| `last_message`, ",
    }[kind]
    row = next(line for line in SCRIPS.splitlines() if line.startswith(beginning))
    cell = row.split("|")[2].split(";")[0].replace("(= `cf`)", "")
    assert code(cell) == visible(kind)


def test_glossary_of_the_editor_names_what_templates_see() -> None:
    assert set(TOP) == set(NAMES)
    assert {kind: set(lines) for kind, lines in ATTRIBUTES.items()} == {
        kind: visible(kind) for kind in ATTRIBUTES
    }
    assert set(FILTERS) == set(ALL)
    assert set(GIVEN) <= set(ALL)


@pytest.mark.parametrize("text", STATEMENTS)
def test_statements_of_the_editor_are_sound(text: str) -> None:
    validate(text, known_fields=frozenset(), names=NAMES)


@pytest.mark.parametrize("given", GIVEN.values())
def test_filters_of_the_editor_are_given_what_they_take(given: str) -> None:
    validate(f"{{{{ ticket | {given} }}}}", known_fields=frozenset(), names=NAMES)


def test_types_of_the_page_are_those_of_custom_fields() -> None:
    assert first_cells(section(FIELDS_PAGE, "## Types")) - {"field_type"} == set(TYPES)


def test_lifecycles_of_the_page_are_sound_and_the_stock_is_named() -> None:
    own, rt, *_answers = json_blocks(LIFECYCLES)
    for example in (own, rt):
        parsed = parse(json.loads(example))
        assert (parsed.faults, parsed.warnings) == ((), ())
    assert set(STOCK) <= code(section(LIFECYCLES, "## The stock lifecycles"))


def test_columns_of_the_page_are_those_that_there_are() -> None:
    text = section((REFERENCE / "api.md").read_text(), "## Columns")
    named = [name.strip() for words in re.findall(r"`([^`]+)`", text) for name in words.split(",")]
    assert set(named) - {"cf.KEY"} == set(COLUMNS)
    told = re.search(r"none are named they are `([^`]+)`", text)
    assert told
    assert tuple(name.strip() for name in told[1].split(",")) == DEFAULT


def test_numbers_of_bulk_changes_on_the_page_are_those_that_count() -> None:
    text = section((REFERENCE / "api.md").read_text(), "## Bulk changes")
    assert f"At most {bulk.MOST:,} tickets" in text
    assert f"Past {bulk.AT_ONCE} tickets" in text
    assert (bulk.MOST_RUNNING, bulk.KEPT.days) == (5, 7)
    assert "kept for seven days" in text
    assert "Five of one caller" in text


def test_audit_of_the_page_has_every_kind() -> None:
    page = (REFERENCE / "authentication.md").read_text()
    assert first_cells(section(page, "## The audit")) == set(KINDS)


@pytest.mark.parametrize(
    ("row", "pace"),
    [
        ("name from that address", login._STRICT),
        ("address (of IPv6 the network of 64 bits)", login._MODERATE),
        ("name, from wherever", login._GENTLE),
    ],
)
def test_gates_of_the_page_have_the_numbers_that_they_work_by(row: str, pace: Pace) -> None:
    page = (REFERENCE / "authentication.md").read_text()
    found = re.search(rf"^\| {re.escape(row)} \| (.*) \|$", page, re.M)
    assert found

    def told(length: timedelta) -> str:
        seconds = int(length.total_seconds())
        return f"{seconds} s" if seconds < 60 else f"{seconds // 60} min"

    cells = [str(pace.free), told(pace.step), told(pace.cap), told(pace.each)]
    assert found[1].split(" | ") == cells
