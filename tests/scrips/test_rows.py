"""A query as rows: the same tree there and back, or the reason why rows can't say it."""

import pytest
from hypothesis import assume, given

from scrips.builder import rows
from scrips.builder.rows import ALL, ANY, NONE, ROOT, Group, Row, Unsayable
from tessera.lib.query.fields import FULL_TEXT
from tessera.lib.query.parse import parse_query
from tessera.lib.query.spell import to_text
from tessera.lib.query.tree import Node, terms
from tests.lib.query.samples import VOCABULARY
from tests.lib.query.test_spell import TREES
from tests.lib.query.test_spell import VOCABULARY as ODD


def parsed(text: str) -> Node:
    return parse_query(text, VOCABULARY, in_memory=True)


def shape(group: Group) -> list[object]:
    """The groups' joins and the rows' ids."""
    return [
        group.join,
        *(each.id if isinstance(each, Row) else shape(each) for each in group.children),
    ]


@given(TREES)
def test_rows_of_any_query_say_the_same_or_cannot_be_made(tree: Node) -> None:
    assume(not any(term.op in FULL_TEXT for term in terms(tree)))
    try:
        root = rows.of_tree(tree, ODD)
    except Unsayable:
        return

    back = rows.to_tree(root, ODD)

    assert back is not None
    assert rows.same(back, tree)
    assert len(list(rows.rows_of(root))) == len(list(terms(tree)))


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("Priority > 5", [ALL, "r1"]),
        ("Priority > 5 AND Owner IS NULL", [ALL, "r2", "r3"]),
        ("Priority > 5 AND (Status = new OR id = 1)", [ALL, "r2", [ANY, "r4", "r5"]]),
        ("NOT (Priority > 5 OR id = 1)", [NONE, "r2", "r3"]),
        ("NOT (Priority > 5 AND id = 1)", [NONE, [ALL, "r3", "r4"]]),
        ("NOT id = 1", [NONE, "r2"]),
        ("(Content LIKE a) AND Content LIKE b", [ALL, [ALL, "r3"], "r4"]),
    ],
)
def test_groups_say_all_any_or_none(query: str, wanted: list[object]) -> None:
    root = rows.of_tree(parsed(query), VOCABULARY)

    tree = rows.to_tree(root, VOCABULARY)

    assert shape(root) == wanted
    assert tree is not None
    assert to_text(tree) == to_text(parsed(query))


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("LastUpdated > Created", "it compares two fields with each other"),
        ("Subject = ''", "it names a text that is empty, has several lines, or spaces around it"),
        (
            "Subject LIKE ' a'",
            "it names a text that is empty, has several lines, or spaces around it",
        ),
        ("NOT NOT NOT NOT NOT NOT id = 1", "its groups nest more than 4 deep"),
        (" OR ".join(["id = 1"] * 101), "it has more than 100 conditions"),
    ],
)
def test_what_rows_cannot_say_is_told(query: str, why: str) -> None:
    with pytest.raises(Unsayable, match=why):
        rows.of_tree(parsed(query), VOCABULARY)


@pytest.mark.parametrize(
    ("row", "faults"),
    [
        (Row("r1"), {"field": "Choose a field, or remove this condition."}),
        (Row("r1", "Priority", ">"), {"value": "This field is required."}),
        (Row("r1", "Priority", ">", ["x"]), {"value": "'x' is no number"}),
        (Row("r1", "Priority", "LIKE", ["5"]), {"op": "Priority has no operator 'LIKE'"}),
        (Row("r1", "Priority", "?", ["5"]), {"op": "Choose how to compare."}),
        (
            Row("r1", "Priorty", "=", ["5"]),
            {"field": "unknown field 'Priorty'; did you mean 'Priority'?"},
        ),
        (Row("r1", "Subject", "=", ["x" * 1001]), {"value": "This is too long."}),
        (
            Row("r1", "Subject", "MATCHES", ["x"]),
            {"op": "'MATCHES' is for searches, not for conditions"},
        ),
    ],
)
def test_row_that_says_nothing_sound_has_its_fault(row: Row, faults: dict[str, str]) -> None:
    sound = Row("r2", "Priority", ">", ["5"])

    assert rows.to_tree(Group(ROOT, ALL, [sound, row]), VOCABULARY) is None
    assert (row.faults, sound.faults) == (faults, {})


def nested() -> Group:
    """One, a group of two and three, four."""
    inner = Group("g1", ANY, [Row("r2"), Row("r3")])
    return Group(ROOT, ALL, [Row("r1"), inner, Row("r4")])


@pytest.mark.parametrize(
    ("line", "by", "wanted"),
    [
        ("r1", 1, [ALL, [ANY, "r1", "r2", "r3"], "r4"]),
        ("r4", -1, [ALL, "r1", [ANY, "r2", "r3", "r4"]]),
        ("r2", -1, [ALL, "r1", "r2", [ANY, "r3"], "r4"]),
        ("r3", 1, [ALL, "r1", [ANY, "r2"], "r3", "r4"]),
        ("r2", 1, [ALL, "r1", [ANY, "r3", "r2"], "r4"]),
        ("g1", -1, [ALL, [ANY, "r2", "r3"], "r1", "r4"]),
        ("r1", -1, [ALL, "r1", [ANY, "r2", "r3"], "r4"]),
        ("r9", 1, [ALL, "r1", [ANY, "r2", "r3"], "r4"]),
    ],
)
def test_line_moves_into_groups_and_out_of_them(line: str, by: int, wanted: list[object]) -> None:
    root = nested()

    rows.move(root, line, by)

    assert shape(root) == wanted


def test_group_that_its_last_line_leaves_is_gone() -> None:
    root = Group(ROOT, ALL, [Group("g1", ANY, [Row("r1")])])

    assert rows.move(root, "r1", 1) == "r1"
    assert shape(root) == [ALL, "r1"]
    assert rows.drop(root, "r1") == ROOT
    assert shape(root) == [ALL]


def test_nothing_grows_beyond_what_a_page_can_show() -> None:
    root = Group(ROOT, ALL, [])
    for _each in range(2 * rows.MOST):
        rows.add(root, ROOT)
    assert len(root.children) <= rows.MOST
    root = Group(ROOT, ALL, [])
    into = ROOT
    for _each in range(10):
        rows.add(root, into, group=True)
        into = list(rows.groups_of(root))[-1].id
    assert len(list(rows.groups_of(root))) == rows.DEEPEST + 1
