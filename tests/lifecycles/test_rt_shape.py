"""Definitions as Request Tracker writes them, by the rules of its documentation."""

from typing import Any

import pytest

from lifecycles import machine
from lifecycles.definition import Transition
from lifecycles.machine import Needs
from lifecycles.rt_shape import lookup
from tests.lifecycles.processes import faults, parsed, warnings

# A shop's orders: the example that RT's guide to lifecycles builds up.
ORDERS: dict[str, Any] = {
    "initial": ["pending"],
    "active": ["processing", "delivery"],
    "inactive": ["delivered", "returned", "declined", "deleted"],
    "defaults": {"on_create": "pending"},
    "transitions": {
        "": ["pending", "processing", "declined"],
        "pending": ["processing", "declined", "deleted"],
        "processing": ["pending", "declined", "delivery", "delivered", "deleted"],
        "delivery": ["pending", "delivered", "returned", "deleted"],
        "delivered": ["pending", "returned", "deleted"],
        "returned": ["pending", "delivery", "deleted"],
        "deleted": ["pending", "processing", "delivered", "delivery", "returned"],
    },
    "rights": {
        "* -> deleted": "DeleteTicket",
        "* -> *": "ModifyTicket",
        "* -> declined": "DeclineOrder",
        "* -> delivery": "ApproveOrder",
    },
    "actions": [
        *("pending -> processing", {"label": "Open For Processing", "update": "Comment"}),
        *("pending -> declined", {"label": "Decline", "update": "Respond"}),
        *("pending -> deleted", {"label": "Delete"}),
        *("processing -> declined", {"label": "Decline", "update": "Respond"}),
        *("processing -> delivery", {"label": "Out for delivery", "update": "Comment"}),
        *("delivery -> delivered", {"label": "Mark as delivered", "update": "Comment"}),
    ],
}


def shop(**changed: Any) -> dict[str, Any]:
    """The orders with some of their keys replaced."""
    return {**ORDERS, **changed}


def small(**others: Any) -> dict[str, Any]:
    """Three statuses, one of each kind."""
    return {"initial": ["a"], "active": ["b"], "inactive": ["c"], **others}


def test_the_transitions_are_those_of_the_table_in_its_order() -> None:
    definition = parsed(ORDERS)
    assert {
        source: list(machine.allowed_targets(definition, source))
        for source in ORDERS["transitions"]
    } == ORDERS["transitions"]
    assert machine.allowed_targets(definition, "declined") == ()
    assert definition.on_create == "pending"


@pytest.mark.parametrize(
    ("source", "target", "right"),
    [
        ("pending", "processing", "ModifyTicket"),
        ("pending", "declined", "DeclineOrder"),
        ("processing", "delivery", "ApproveOrder"),
        ("returned", "delivery", "ApproveOrder"),
        ("delivery", "deleted", "DeleteTicket"),
        ("", "declined", ""),
    ],
)
def test_a_change_of_status_needs_the_right_that_the_table_gives(
    source: str, target: str, right: str
) -> None:
    (move,) = machine.find(parsed(ORDERS), source, target)
    assert machine.needs(move) == Needs(right)


RIGHTS = {("a", "b"): "exact", ("*", "b"): "to", ("a", "*"): "from", ("*", "*"): "any"}


@pytest.mark.parametrize(
    ("left_out", "right"),
    [
        ([], "exact"),
        ([("a", "b")], "to"),
        ([("a", "b"), ("*", "b")], "from"),
        ([("a", "b"), ("*", "b"), ("a", "*")], "any"),
        (list(RIGHTS), None),
    ],
)
def test_the_exact_pair_comes_first_then_the_target_then_the_source_then_any(
    left_out: list[tuple[str, str]], right: str | None
) -> None:
    table = {pair: name for pair, name in RIGHTS.items() if pair not in left_out}
    assert lookup(table, "a", "b") == right


def test_without_a_right_in_the_table_the_usual_ones_are_needed() -> None:
    raw = small(inactive=["Deleted"], transitions={"a": ["b", "deleted"]})
    definition = parsed(raw)
    assert [machine.needs(move) for move in machine.moves(definition, "a")] == [
        Needs("ModifyTicket"),
        Needs("DeleteTicket"),
    ]


def test_actions_name_and_label_transitions_and_demand_no_message() -> None:
    definition = parsed(ORDERS)
    assert machine.named(definition, "pending", "DECLINE") is not None
    assert [t for t in definition.transitions if t.name == "decline"] == [
        Transition(
            "decline",
            "Decline",
            (source,),
            "declined",
            right="DeclineOrder",
            preset="correspond",
        )
        for source in ("pending", "processing")
    ]
    unnamed = next(t for t in definition.transitions if t.target == "returned")
    assert (unnamed.name, unnamed.label, unnamed.preset) == ("returned", "returned", "")


def test_actions_may_be_an_object_or_a_list_of_objects_too() -> None:
    pairs = list(zip(ORDERS["actions"][::2], ORDERS["actions"][1::2], strict=True))
    expected = parsed(ORDERS)
    assert parsed(shop(actions=dict(pairs))) == expected
    assert parsed(shop(actions=[{text: info} for text, info in pairs])) == expected


def test_an_action_for_any_source_is_taken_where_none_is_more_exact() -> None:
    raw = small(
        transitions={"a": ["b", "c"], "b": ["c"]},
        actions={"* -> c": {"label": "Finish"}, "b -> c": {"label": "Done", "update": "respond"}},
    )
    definition = parsed(raw)
    assert [m.transition.label for m in machine.moves(definition, "a")] == ["b", "Finish"]
    assert [m.transition.label for m in machine.moves(definition, "b")] == ["Done"]


def test_one_change_of_status_may_have_several_actions() -> None:
    raw = small(
        transitions={"a": ["b"], "b": ["c"]},
        actions=["a->b", {"label": "Accept", "update": "Respond"}, "A -> B", {"label": "Re-try"}],
    )
    moves = machine.find(parsed(raw), "a", "b")
    assert [(m.transition.name, m.transition.preset) for m in moves] == [
        ("accept", "correspond"),
        ("re_try", ""),
    ]


def test_a_name_means_one_target_wherever_it_is_taken() -> None:
    raw = small(
        transitions={"a": ["b", "c"], "b": ["c"]},
        actions={"a -> b": {"label": "Go"}, "a -> c": {"label": "Go!"}},
    )
    assert [t.name for t in parsed(raw).transitions] == ["go", "go_c", "c"]


def test_without_a_beginning_a_ticket_begins_anywhere_but_deleted() -> None:
    raw = small(inactive=["c", "deleted"], transitions={"a": ["b"], "b": ["c", "deleted"]})
    assert machine.start_statuses(parsed(raw)) == ("a", "b", "c")


@pytest.mark.parametrize(
    ("transitions", "expected"),
    [
        ({"*": ["c"], "a": ["b"]}, {"a": ("b", "c"), "b": ("c",), "c": ()}),
        ({"a": ["*"]}, {"a": ("b", "c"), "b": (), "c": ()}),
        ({"*": ["*"]}, {"a": ("b", "c"), "b": ("a", "c"), "c": ("a", "b")}),
        ({"*": ["b"], "b": ["b"]}, {"a": ("b",), "b": ("b",), "c": ("b",)}),
        ({"": ["*"]}, {"": ("a", "b", "c"), "a": ()}),
    ],
)
def test_a_star_stands_for_any_status_but_the_other_end(
    transitions: dict[str, list[str]], expected: dict[str, tuple[str, ...]]
) -> None:
    definition = parsed(small(transitions=transitions))
    assert {s: machine.allowed_targets(definition, s) for s in expected} == expected


def test_the_order_of_keys_means_nothing_because_stored_json_has_none() -> None:
    backwards = dict(reversed(ORDERS["transitions"].items()))
    assert parsed(shop(transitions=backwards)) == parsed(ORDERS)


@pytest.mark.parametrize(
    ("changed", "place", "detail"),
    [
        ({"initial": "pending"}, "initial", "must be a list"),
        (
            {"active": ["processing", "delivery", "Pending"]},
            "active[2]",
            "status 'Pending' is already at initial[0]",
        ),
        ({"defaults": {"on_create": "delivery"}}, "defaults.on_create", "'delivery' is no initial"),
        ({"defaults": {"approved": "opn"}}, "defaults.approved", "no status 'opn'"),
        ({"transitions": []}, "transitions", "must be an object"),
        ({"transitions": {"x": []}}, "transitions.x", "no status 'x'"),
        ({"transitions": {"": []}}, "transitions['']", "must name at least one status"),
        ({"transitions": {"pending": "deleted"}}, "transitions.pending", "must be a list"),
        (
            {"transitions": {"pending": ["deletd"]}},
            "transitions.pending[0]",
            "no status 'deletd'; did you mean 'deleted'?",
        ),
        ({"rights": []}, "rights", "must be an object"),
        ({"rights": {"* deleted": "X"}}, "rights['* deleted']", "must be written as 'from -> to'"),
        ({"rights": {" -> deleted": "X"}}, "rights[' -> deleted']", "must be written as"),
        ({"rights": {"* -> x": "X"}}, "rights['* -> x']", "no status 'x'"),
        ({"rights": {"* -> *": 5}}, "rights['* -> *']", "must be the name of a right"),
        (
            {"rights": {"* -> *": "X", "*->*": "Y"}},
            "rights['*->*']",
            "this change of status stands here twice",
        ),
        ({"actions": 5}, "actions", "must be a list"),
        ({"actions": [5]}, "actions[0]", "must be written as 'from -> to'"),
        ({"actions": ["* -> deleted"]}, "actions[0]", "must be an object"),
        (
            {"actions": {"* -> deleted": {"lable": "x"}}},
            "actions['* -> deleted'].lable",
            "unknown key 'lable'; did you mean 'label'?",
        ),
        (
            {"actions": {"* -> deleted": {"label": "a\nb"}}},
            "actions['* -> deleted'].label",
            "must be one line of at most 100 characters",
        ),
        (
            {"actions": {"* -> deleted": {"update": "Shout"}}},
            "actions['* -> deleted'].update",
            "must be 'Comment' or 'Respond'",
        ),
        ({"__maps__": {}}, "__maps__", "unknown key '__maps__'"),
        ({"statuses": {}}, "initial", "unknown key 'initial'"),
        (
            {"actions": ["* -> *", {"label": "x"}] * 2001},
            "actions",
            "has more than 4000 members",
        ),
    ],
    ids=lambda case: ascii(case)[:40],
)
def test_a_fault_is_named_at_its_place(changed: dict[str, Any], place: str, detail: str) -> None:
    assert faults(shop(**changed))[place].startswith(detail)


def test_a_table_that_makes_too_many_transitions_is_refused() -> None:
    raw = {
        "initial": [f"s{n}" for n in range(100)],
        "transitions": {"*": ["*"]},
        "actions": [{"* -> *": {"label": f"Go {n}"}} for n in range(50)],
    }
    assert faults(raw) == {"transitions": "makes more than 20000 transitions"}


def test_what_only_rt_itself_uses_and_actions_without_a_transition_are_warnings() -> None:
    raw = small(
        type="ticket",
        transitions={"": ["a"], "a": ["b"], "b": ["c"]},
        actions={"c -> a": {"label": "Again"}, "* -> b": {"label": "Begin"}},
    )
    assert warnings(raw) == {
        "type": ["is not used here"],
        "actions['c -> a']": ["names a change of status that no transition makes"],
    }
