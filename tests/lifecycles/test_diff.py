"""The differences of two definitions, in words."""

from typing import Any

import pytest
from hypothesis import given

from lifecycles.diff import diff
from lifecycles.parts import Definition
from tests.lifecycles.drawn import definitions
from tests.lifecycles.processes import CLASSIC, classic, parsed
from tests.lifecycles.test_rt_shape import ORDERS, shop

FILE, OPEN, STALL, RESOLVE, NOTE, DELETE = CLASSIC["transitions"]


def transition(number: int, **changed: Any) -> dict[str, Any]:
    """The classic process with one of its transitions changed; None leaves a key out."""
    transitions = [dict(each) for each in CLASSIC["transitions"]]
    transitions[number] |= changed
    return classic(
        transitions=[
            {key: value for key, value in each.items() if value is not None} for each in transitions
        ]
    )


def statuses(**changed: list[str]) -> dict[str, Any]:
    """The classic process with other statuses."""
    return classic(statuses=CLASSIC["statuses"] | changed)


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (CLASSIC, []),
        (
            statuses(active=["Open", "stalled", "waiting"]),
            ["Status 'waiting' was added (active)"],
        ),
        (
            statuses(inactive=["resolved", "deleted", "rejected"], active=["Open", "stalled"]),
            ["Status 'rejected' was added (inactive)"],
        ),
        (
            statuses(active=["Open"], inactive=["stalled", "resolved", "deleted"]),
            ["Status 'stalled' is now inactive (was active)"],
        ),
        (
            statuses(active=["open", "stalled"]),
            ["Status 'Open' is now spelled 'open'"],
        ),
        (
            statuses(active=["stalled", "Open"]),
            ["The statuses stand in another order"],
        ),
        (
            statuses(initial=["triage", "new"]) | {"defaults": {"on_create": "triage"}},
            [
                "Status 'triage' was added (initial)",
                "A ticket that names no status now begins in 'triage' (was 'new')",
            ],
        ),
        (
            classic(transitions=[OPEN, STALL, RESOLVE, NOTE, DELETE]),
            ["Transition 'file' was removed (from the beginning to 'new')"],
        ),
        (
            classic(
                transitions=[
                    *CLASSIC["transitions"],
                    {"name": "renew", "from": ["stalled", "resolved"], "to": "new"},
                ]
            ),
            ["Transition 'renew' was added (from stalled, resolved to 'new')"],
        ),
        (
            classic(transitions=[FILE, OPEN, STALL, RESOLVE, DELETE, NOTE]),
            ["The transitions stand in another order"],
        ),
        (
            transition(3, **{"from": "stalled"}),
            ["Transition 'resolve' now leads from stalled (was from Open, stalled)"],
        ),
        (
            transition(5, **{"from": ["new", "Open"]}),
            ["Transition 'delete' now leads from new, Open (was from anywhere)"],
        ),
        (transition(1, **{"from": ["STALLED", "NEW"]}), []),
        (
            transition(3, to="deleted"),
            ["Transition 'resolve' now leads to 'deleted' (was 'resolved')"],
        ),
        (
            transition(1, label="Take it"),
            ["Transition 'open' is now called 'Take it' (was 'Open it')"],
        ),
        (
            transition(1, name="begin"),
            [
                "Transition 'open' was removed (from new, stalled to 'Open')",
                "Transition 'begin' was added (from new, stalled to 'Open')",
            ],
        ),
        (transition(1, name="OPEN"), ["Transition 'open' is now spelled 'OPEN'"]),
        (
            transition(2, right="StallTicket"),
            ["Transition 'stall' now needs the right StallTicket"],
        ),
        (
            transition(3, right=None),
            ["Transition 'resolve' no longer names the right ResolveTicket"],
        ),
        (
            transition(3, right="CloseTicket"),
            ["Transition 'resolve' now needs the right CloseTicket (was ResolveTicket)"],
        ),
        (
            transition(2, roles=["supervisor"]),
            ["Transition 'stall' now needs the role supervisor"],
        ),
        (
            transition(3, roles=["supervisor"]),
            ["Transition 'resolve' now needs the role supervisor (was agent or supervisor)"],
        ),
        (transition(3, roles=["Supervisor", "agent"]), []),
        (
            transition(4, roles=None),
            ["Transition 'note' no longer needs the role agent"],
        ),
        (
            transition(2, guard="Priority > 5"),
            ["Transition 'stall' is now guarded by Priority > 5"],
        ),
        (
            transition(3, guard=None),
            ["Transition 'resolve' is no longer guarded by CF.{resolution} IS NOT NULL"],
        ),
        (
            transition(3, guard="Priority > 5"),
            [
                "Transition 'resolve' is now guarded by Priority > 5 (was CF.{resolution} IS NOT NULL)"
            ],
        ),
        (transition(2, message="comment"), ["Transition 'stall' now needs a comment"]),
        (transition(2, message="correspond"), ["Transition 'stall' now needs a reply"]),
        (transition(3, message=None), ["Transition 'resolve' no longer needs a message"]),
        (
            transition(3, label="Done", message=None, right=None),
            [
                "Transition 'resolve' is now called 'Done' (was 'Resolve')",
                "Transition 'resolve' no longer names the right ResolveTicket",
                "Transition 'resolve' no longer needs a message",
            ],
        ),
        (
            classic(responsible={"open": "agent", "stalled": "customer"}),
            ["Status 'stalled' now waits for the role customer"],
        ),
        (
            classic(responsible={"open": "customer"}),
            ["Status 'Open' now waits for the role customer (was agent)"],
        ),
        (classic(responsible={}), ["Status 'Open' no longer waits for the role agent"]),
        (
            classic(maps={"Other one": {"open": "done"}}),
            ["In 'Other one' the status 'Open' now becomes 'done' (was 'doing')"],
        ),
        (
            classic(maps={"OTHER ONE": {"OPEN": "Doing"}, "third": {"new": "fresh"}}),
            ["In 'third' the status 'new' now becomes 'fresh'"],
        ),
        (classic(maps={}), ["In 'Other one' the status 'Open' no longer becomes 'doing'"]),
    ],
)
def test_a_change_is_told_in_words(after: dict[str, Any], told: list[str]) -> None:
    assert list(diff(parsed(CLASSIC), parsed(after))) == told


def test_a_renamed_status_is_removed_and_added() -> None:
    before = {"statuses": {"initial": ["new"], "active": ["open"]}}
    after = {"statuses": {"initial": ["new"], "active": ["doing"]}}
    assert diff(parsed(before), parsed(after)) == (
        "Status 'open' was removed",
        "Status 'doing' was added (active)",
    )


def test_rights_that_differ_by_source_are_told_with_their_sources() -> None:
    rights = {**ORDERS["rights"], "delivery -> deleted": "DropOrder"}
    assert diff(parsed(ORDERS), parsed(shop(rights=rights))) == (
        "Transition 'deleted' from delivery now needs the right DropOrder (was DeleteTicket)",
    )


def test_what_a_form_begins_with_is_told_too() -> None:
    actions = {"pending -> processing": {"label": "Open For Processing"}}
    fewer = shop(actions=actions | {"processing -> delivery": {"label": "Out for delivery"}})
    more = shop(
        actions=actions
        | {"processing -> delivery": {"label": "Out for delivery", "update": "Respond"}}
    )
    assert diff(parsed(fewer), parsed(more)) == (
        "Transition 'out_for_delivery' now begins with a reply",
    )
    assert diff(parsed(more), parsed(fewer)) == (
        "Transition 'out_for_delivery' no longer begins with a message",
    )


def test_the_same_process_in_the_other_shape_is_no_change() -> None:
    rt = {"initial": ["a"], "inactive": ["b"], "transitions": {"a": ["b"]}}
    own = {
        "statuses": {"initial": ["a"], "inactive": ["b"]},
        "transitions": [{"name": "b", "label": "b", "from": "a", "to": "b"}],
    }
    assert diff(parsed(rt), parsed(own)) == ()


def test_a_long_name_does_not_make_a_long_sentence() -> None:
    (told,) = diff(parsed(CLASSIC), parsed(transition(2, guard="Priority > 5 AND " * 200)))
    assert len(told) < 150


@given(definitions())
def test_nothing_is_told_of_a_definition_and_itself(definition: Definition) -> None:
    assert diff(definition, definition) == ()


@given(definitions(), definitions())
def test_silence_means_that_statuses_and_moves_are_the_same(
    before: Definition, after: Definition
) -> None:
    if not diff(before, after):
        assert before.statuses == after.statuses
        assert before.on_create == after.on_create
        assert {t.name for t in before.transitions} == {t.name for t in after.transitions}
