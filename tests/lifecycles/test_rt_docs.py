"""The lifecycles of Request Tracker's own configuration and documentation, and its rules of precedence."""

from itertools import product
from typing import Any

import pytest

from lifecycles import machine
from lifecycles.diagram import mermaid, svg
from lifecycles.machine import Needs
from tests.lifecycles.processes import parsed, warnings
from tests.lifecycles.test_rt_shape import shop, small

STATUSES = ("new", "open", "stalled", "resolved", "rejected", "deleted")
# (from, to): label and update. What RT's `default` and `approvals` call a change of status.
LABELS = {
    ("new", "open"): ("Open It", "Respond"),
    ("new", "resolved"): ("Resolve", "Comment"),
    ("new", "rejected"): ("Reject", "Respond"),
    ("new", "deleted"): ("Delete", None),
    ("open", "stalled"): ("Stall", "Comment"),
    ("open", "resolved"): ("Resolve", "Comment"),
    ("open", "rejected"): ("Reject", "Respond"),
    ("stalled", "open"): ("Open It", None),
    ("resolved", "open"): ("Re-open", "Comment"),
    ("rejected", "open"): ("Re-open", "Comment"),
    ("deleted", "open"): ("Undelete", None),
}
PRESETS = {"Comment": "comment", "Respond": "correspond", None: ""}


def actions(labels: dict[tuple[str, str], tuple[str, str | None]]) -> list[Any]:
    """As Perl has them: pair and description in turn."""
    found: list[Any] = []
    for (source, target), (label, update) in labels.items():
        info = {"label": label} | ({"update": update} if update else {})
        found += [f"{source} -> {target}", info]
    return found


def everywhere() -> dict[str, list[str]]:
    """From every status to all others, in their order."""
    return {source: [target for target in STATUSES if target != source] for source in STATUSES}


CLASSIC: dict[str, Any] = {
    "initial": ["new"],
    "active": ["open", "stalled"],
    "inactive": ["resolved", "rejected", "deleted"],
    "defaults": {"on_create": "new", "reminder_on_open": "open", "reminder_on_resolve": "resolved"},
    "transitions": {"": ["new", "open", "resolved"], **everywhere()},
    "rights": {"* -> deleted": "DeleteTicket", "* -> *": "ModifyTicket"},
    "actions": actions(LABELS),
}
DEFAULT = CLASSIC | {
    "defaults": CLASSIC["defaults"] | {"approved": "open", "denied": "rejected"},
}
APPROVALS = CLASSIC | {
    "transitions": CLASSIC["transitions"]
    | {
        "stalled": ["new", "open", "rejected", "resolved", "deleted"],
        "deleted": ["new", "open", "stalled", "rejected", "resolved"],
    },
    "rights": CLASSIC["rights"] | {"* -> rejected": "ModifyTicket"},
}
# The example in the section on lifecycle definitions, with its two actions for one change.
EXAMPLE = CLASSIC | {
    "defaults": {"on_create": "new", "on_resolve": "resolved"},
    "transitions": {
        "": ["new", "open", "resolved"],
        "new": ["open", "resolved", "rejected", "deleted"],
        "open": ["stalled", "resolved", "rejected", "deleted"],
        **{status: ["open"] for status in ("stalled", "resolved", "rejected", "deleted")},
    },
    "rights": CLASSIC["rights"] | {"* -> rejected": "RejectTicket"},
    "actions": [
        *actions({pair: named for pair, named in LABELS.items() if pair[1] != "deleted"}),
        *("new -> rejected", {"label": "Quick Reject"}),
        *("* -> deleted", {"label": "Delete"}),
    ],
}
ASSETS: dict[str, Any] = {
    "type": "asset",
    "initial": ["new"],
    "active": ["allocated", "in-use"],
    "inactive": ["recycled", "stolen", "deleted"],
    "defaults": {"on_create": "new"},
    "transitions": {
        "": ["new", "allocated", "in-use"],
        "new": ["allocated", "in-use", "stolen", "deleted"],
        "allocated": ["in-use", "recycled", "stolen", "deleted"],
        "in-use": ["allocated", "recycled", "stolen", "deleted"],
        **{status: ["allocated"] for status in ("recycled", "stolen", "deleted")},
    },
    "rights": {"* -> *": "ModifyAsset"},
    "actions": {
        "* -> allocated": {"label": "Allocate"},
        "* -> in-use": {"label": "Now in-use"},
        "* -> recycled": {"label": "Recycle"},
        "* -> stolen": {"label": "Report stolen"},
    },
}
# The guide's orders with all of its actions; the first names a change that no transition makes.
ORDERS = shop(
    actions=actions(
        {
            ("pending", "delivered"): ("Mark as being delivered", "Comment"),
            ("pending", "processing"): ("Open For Processing", "Comment"),
            ("pending", "declined"): ("Decline", "Respond"),
            ("pending", "deleted"): ("Delete", None),
            ("processing", "declined"): ("Decline", "Respond"),
            ("processing", "delivery"): ("Out for delivery", "Comment"),
            ("delivery", "delivered"): ("Mark as delivered", "Comment"),
            ("delivery", "returned"): ("Returned to Manufacturer", "Respond"),
            ("delivered", "returned"): ("Returned to Manufacturer", "Respond"),
        }
    )
)
ALL = {
    "default": DEFAULT,
    "approvals": APPROVALS,
    "example": EXAMPLE,
    "assets": ASSETS,
    "orders": ORDERS,
}


@pytest.mark.parametrize("raw", ALL.values(), ids=list(ALL))
def test_each_leads_exactly_where_its_table_says(raw: dict[str, Any]) -> None:
    definition = parsed(raw)
    assert machine.start_statuses(definition) == tuple(raw["transitions"][""])
    assert definition.on_create == raw["defaults"]["on_create"]
    for status in definition.statuses:
        targets = raw["transitions"].get(status.name, [])
        assert machine.allowed_targets(definition, status.name) == tuple(targets)
        for target in targets:
            for move in machine.find(definition, status.name, target):
                assert machine.named(definition, status.name, move.transition.name) == move


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("default", {}),
        ("approvals", {}),
        ("example", {}),
        ("assets", {"type": ["is not used here"]}),
        (
            "orders",
            {
                "actions['pending -> delivered']": [
                    "names a change of status that no transition makes"
                ]
            },
        ),
    ],
)
def test_only_what_means_nothing_here_is_warned_of(name: str, told: dict[str, list[str]]) -> None:
    assert warnings(ALL[name]) == told


@pytest.mark.parametrize("raw", [DEFAULT, APPROVALS], ids=["default", "approvals"])
def test_each_change_has_its_label_its_update_and_its_right(raw: dict[str, Any]) -> None:
    definition = parsed(raw)
    for source, target in product(STATUSES, repeat=2):
        if source == target:
            continue
        (move,) = machine.find(definition, source, target)
        label, update = LABELS.get((source, target), (target, None))
        assert (move.transition.label, move.transition.preset) == (label, PRESETS[update])
        assert move.transition.message == ""
        right = "DeleteTicket" if target == "deleted" else "ModifyTicket"
        assert machine.needs(move) == Needs(right)


def test_one_change_may_have_two_actions_of_which_each_is_a_transition() -> None:
    definition = parsed(EXAMPLE)
    assert [
        (move.transition.name, move.transition.preset, machine.needs(move).right)
        for move in machine.find(definition, "new", "rejected")
    ] == [("reject", "correspond", "RejectTicket"), ("quick_reject", "", "RejectTicket")]
    assert {
        source: move.transition.label
        for source in ("new", "open")
        for move in machine.find(definition, source, "deleted")
    } == {"new": "Delete", "open": "Delete"}


def test_a_right_of_ones_own_takes_the_place_of_the_usual_one() -> None:
    definition = parsed(ASSETS)
    rights = {
        machine.needs(move).right
        for status in definition.statuses
        for move in machine.moves(definition, status.name)
    }
    assert rights == {"ModifyAsset"}


@pytest.mark.parametrize("raw", ALL.values(), ids=list(ALL))
def test_each_can_be_drawn(raw: dict[str, Any]) -> None:
    definition = parsed(raw)
    assert svg(definition).count('class="lc-tile"') == len(definition.statuses)
    assert mermaid(definition).startswith("stateDiagram-v2\n")


KEYS = ("a -> b", "* -> b", "a -> *", "* -> *")


@pytest.mark.parametrize("known", [KEYS[first:] for first in range(len(KEYS) + 1)])
@pytest.mark.parametrize("backwards", [False, True])
def test_the_right_of_a_change_is_that_of_the_most_exact_entry(
    known: tuple[str, ...], backwards: bool
) -> None:
    names = dict(zip(KEYS, ("Exact", "To", "From", "Any"), strict=True))
    table = {key: names[key] for key in (known[::-1] if backwards else known)}
    definition = parsed(small(transitions={"a": ["b"]}, rights=table))
    (move,) = machine.find(definition, "a", "b")
    assert machine.needs(move) == Needs(names[known[0]] if known else "ModifyTicket")


@pytest.mark.parametrize("known", [KEYS[first:] for first in range(len(KEYS) + 1)])
@pytest.mark.parametrize("listed", [False, True])
def test_the_actions_of_a_change_are_those_of_the_most_exact_entry(
    known: tuple[str, ...], listed: bool
) -> None:
    labels = dict(zip(KEYS, ("Exact", "To", "From", "Any"), strict=True))
    table: Any = {key: {"label": labels[key]} for key in reversed(known)}
    if listed:
        table = [part for entry in table.items() for part in entry]
    definition = parsed(small(transitions={"a": ["b"]}, actions=table))
    (move,) = machine.find(definition, "a", "b")
    assert move.transition.label == (labels[known[0]] if known else "b")


@pytest.mark.parametrize(
    ("source", "target", "right"),
    [
        ("a", "b", "To"),
        ("c", "b", "To"),
        ("a", "c", "From"),
        ("b", "c", "Any"),
        ("c", "a", "Any"),
    ],
)
def test_an_entry_speaks_only_of_the_changes_that_it_names(
    source: str, target: str, right: str
) -> None:
    rights = {"* -> b": "To", "a -> *": "From", "* -> *": "Any"}
    definition = parsed(small(transitions={"*": ["*"]}, rights=rights))
    (move,) = machine.find(definition, source, target)
    assert machine.needs(move) == Needs(right)


def test_the_keys_of_all_tables_are_read_without_regard_to_case_and_space() -> None:
    raw = small(
        transitions={"A": ["B"]},
        rights={"  A->B ": "Exact", "* -> *": "Any"},
        actions=["a  ->  b", {"label": "Go"}],
    )
    (move,) = machine.find(parsed(raw), "a", "b")
    assert (move.transition.name, machine.needs(move)) == ("go", Needs("Exact"))


def test_beginning_asks_none_of_the_rights_for_changes() -> None:
    raw = small(transitions={"": ["a"], "a": ["b"]}, rights={"* -> *": "Any", "* -> a": "To"})
    (move,) = machine.find(parsed(raw), "", "a")
    assert machine.needs(move) == Needs()
