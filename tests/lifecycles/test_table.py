"""Definitions as rows, and back."""

from typing import Any

import pytest
from django.http import QueryDict

from lifecycles import table as rows
from lifecycles.definition import Fault, parse
from lifecycles.stock import STOCK
from lifecycles.table import FormerRow, StatusRow, Table, TransitionRow
from lifecycles.table.sent import acted, sent
from lifecycles.table.sketch import sketched
from lifecycles.table.writing import placed

FLOW: dict[str, Any] = {
    "statuses": {"initial": ["new"], "active": ["Open", "waiting"], "inactive": ["done"]},
    "defaults": {"on_create": "new"},
    "transitions": [
        {"name": "begin", "from": "", "to": "new"},
        {
            "name": "finish",
            "label": "Finish it",
            "from": ["open", "WAITING"],
            "to": "done",
            "right": "CloseTicket",
            "roles": ["agent"],
            "guard": "Priority > 3",
            "message": "correspond",
        },
        {"name": "again", "from": "*", "to": "open"},
    ],
    "maps": {"default": {"waiting": "stalled"}},
    "responsible": {"waiting": "customer"},
    "colors": {"open": "blue"},
    "becomes": {"parked": "waiting"},
}


def table(raw: Any) -> Table:
    found = rows.read(raw)
    assert found is not None
    return found


def form(**given: Any) -> QueryDict:
    """What a browser sends; `_` in a name stands for the dot."""
    data = QueryDict(mutable=True)
    for name, value in given.items():
        key = name.replace("__", ".")
        data.setlist(key, value if isinstance(value, list) else [value])
    return data


@pytest.mark.parametrize("raw", [FLOW, *STOCK.values()])
def test_rows_mean_what_the_definition_means(raw: Any) -> None:
    assert parse(rows.write(table(raw))) == parse(raw)


def test_rows_of_what_they_wrote_are_the_same() -> None:
    written = rows.write(table(FLOW))

    assert rows.write(table(written)) == written


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        {"statuses": 5},
        {"statuses": {"initial": [3]}},
        {"statuses": {"open": ["a"]}},
        {"initial": ["new"], "active": [], "inactive": ["done"]},
        {**FLOW, "colour": {}},
        {**FLOW, "transitions": [{"name": "x", "from": 5}]},
        {**FLOW, "transitions": [{"name": "x", "colour": "red"}]},
        {**FLOW, "transitions": [{"name": "x", "message": "shout"}]},
        {**FLOW, "colors": {"gone": "blue"}},
        {**FLOW, "responsible": {"open": "a", "OPEN": "b"}},
        {**FLOW, "defaults": {"on_resolve": "done"}},
        {**FLOW, "transitions": [{}] * 251},
    ],
)
def test_what_rows_can_not_show_has_none(raw: Any) -> None:
    assert rows.read(raw) is None


def test_a_status_that_there_is_not_keeps_its_place_in_the_rows() -> None:
    raw = {
        "statuses": {"initial": ["new"], "active": [], "inactive": []},
        "transitions": [{"name": "x", "from": ["nwe"], "to": "dnoe"}],
    }

    (row,) = table(raw).transitions

    assert (row.sources, row.target) == (("?nwe",), "?dnoe")
    assert rows.write(table(raw))["transitions"] == [{"name": "x", "from": "nwe", "to": "dnoe"}]


def test_a_status_that_is_renamed_takes_its_ways_and_its_tickets_along() -> None:
    data = form(
        status=["s0", "s1"],
        s0__name="new",
        s0__was="new",
        s0__kind="initial",
        s1__name="on hold",
        s1__was="waiting",
        s1__kind="active",
        transition="t0",
        t0__label="Hold",
        t0__from=["s0"],
        t0__to="s1",
    )

    found = rows.followed(sent(data), ["new", "waiting"])

    assert found.formers == (FormerRow("waiting", "s1"),)
    assert rows.write(found) == {
        "statuses": {"initial": ["new"], "active": ["on hold"], "inactive": []},
        "transitions": [{"name": "hold", "label": "Hold", "from": "new", "to": "on hold"}],
        "becomes": {"waiting": "on hold"},
    }


def test_a_status_that_is_removed_is_asked_about_until_somebody_says_what_its_tickets_become() -> (
    None
):
    held = table({"statuses": {"initial": ["new"], "active": [], "inactive": []}})

    assert rows.followed(held, ["New", "waiting"]).formers == (FormerRow("waiting"),)
    assert "becomes" not in rows.write(rows.followed(held, ["waiting"]))


def test_a_former_status_that_comes_back_is_none_any_more() -> None:
    held = table(
        {**FLOW, "statuses": {**FLOW["statuses"], "active": ["Open", "waiting", "Parked"]}}
    )

    assert rows.followed(held, []).formers == ()


def test_a_status_without_a_name_never_becomes_the_beginning() -> None:
    held = Table(
        statuses=(StatusRow("s0", "new", "initial"), StatusRow("s1")),
        transitions=(TransitionRow("t0", "x", sources=("s1",), target="s0"),),
    )

    assert rows.write(held)["transitions"] == [{"name": "x", "from": [], "to": "new"}]


def test_names_that_come_from_labels_are_free() -> None:
    held = Table(transitions=tuple(TransitionRow(f"t{n}", label="Hold it!") for n in range(3)))

    names = [each["name"] for each in rows.write(held)["transitions"]]

    assert names == ["hold_it", "hold_it_2", "hold_it_3"]


@pytest.mark.parametrize(
    ("act", "names"),
    [
        ("up:s2", ["new", "waiting", "Open", "done"]),
        ("down:s1", ["new", "waiting", "Open", "done"]),
        ("up:s1", ["new", "Open", "waiting", "done"]),
        ("down:s2", ["new", "Open", "waiting", "done"]),
        ("up:s9", ["new", "Open", "waiting", "done"]),
        ("add:active", ["new", "Open", "waiting", "", "done"]),
        ("drop:s2", ["new", "Open", "done"]),
        ("explode:s2", ["new", "Open", "waiting", "done"]),
        ("add:nonsense", ["new", "Open", "waiting", "done"]),
    ],
)
def test_a_button_moves_adds_or_removes_a_row(act: str, names: list[str]) -> None:
    assert [row.name for row in acted(table(FLOW), act).statuses] == names


def test_a_removed_status_leaves_its_transitions_to_be_mended() -> None:
    found = acted(acted(table(FLOW), "drop:s2"), "drop:s3")

    written = rows.write(found)
    assert written["transitions"][1] == {
        "name": "finish",
        "label": "Finish it",
        "from": "Open",
        "right": "CloseTicket",
        "roles": ["agent"],
        "guard": "Priority > 3",
        "message": "correspond",
    }
    assert "maps" not in written


def test_what_no_form_of_ours_sends_is_left_out() -> None:
    data = form(
        status=["s0", "s0", "nonsense", "s" * 50],
        s0__kind="neither",
        transition=["t0"],
        t0__from=["s9", "*", "create", "s0"],
        t0__to="s9",
        on_create="t0",
        former=["x"],
        former__0="s9",
    )

    found = sent(data)

    assert found == Table(
        statuses=(StatusRow("s0"),),
        transitions=(TransitionRow("t0", sources=("*", "", "s0")),),
        formers=(FormerRow("x"),),
    )


def test_each_fault_is_told_at_its_cell() -> None:
    raw: dict[str, Any] = {
        "statuses": {"initial": ["new"], "active": ["a", "A"], "inactive": []},
        "defaults": {"on_create": "a"},
        "transitions": [
            {"name": "x", "from": ["new", "nwe"], "to": "a", "guard": "?"},
            {"name": "", "from": "*"},
        ],
        "responsible": {"on hold": ""},
        "colors": {"new": "pink"},
    }
    held = table({**raw, "responsible": {}})
    found = parse(rows.write(held), check_guard=lambda _text: "unreadable").faults

    cells, rest = placed([*found, Fault("", "the whole")], held)

    assert {cell: [fault.detail for fault in each] for cell, each in cells.items()} == {
        ("s2", "name"): ["status 'A' is already at statuses.active[0]"],
        ("s1", "name"): ["'a' is no initial status"],
        ("s0", "color"): ["must be one of grey, red, orange, gold, green, petrol, blue, violet"],
        ("t0", "from"): ["no status 'nwe'"],
        ("t0", "guard"): ["unreadable"],
        ("t1", "label"): ["must not be empty"],
        ("t1", "to"): ["is missing"],
    }
    assert rest == [Fault("", "the whole")]


def test_what_has_faults_is_drawn_as_far_as_it_goes() -> None:
    held = Table(
        statuses=(
            StatusRow("s0", "new", "initial"),
            StatusRow("s1", "NEW"),
            StatusRow("s2", ""),
            StatusRow("s3", "done", "inactive", color="pink"),
        ),
        transitions=(
            TransitionRow("t0", "end", sources=("s0", "s2", "?x"), target="s3", guard="no query"),
            TransitionRow("t1", "lost", sources=("s0",), target="s2"),
            TransitionRow("t2", "lost", sources=("?x",), target="s3"),
        ),
    )

    found = sketched(held)

    assert found is not None
    assert [status.name for status in found.statuses] == ["new", "done"]
    assert [(each.sources, each.target) for each in found.transitions] == [(("new",), "done")]
    assert sketched(Table()) is None
