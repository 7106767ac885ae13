"""The moves of a definition: what leads where, by name and by status."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycles import machine
from lifecycles.definition import Definition, Status, Transition
from lifecycles.machine import Move, Needs
from tests.lifecycles.drawn import definitions
from tests.lifecycles.processes import CLASSIC, classic, parsed

DEFINITION = parsed(CLASSIC)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("", ["file"]),
        ("new", ["open", "delete"]),
        ("OPEN", ["stall", "resolve", "note", "delete"]),
        ("stalled", ["open", "resolve", "delete"]),
        ("deleted", []),
        ("nowhere", []),
        ("*", []),
    ],
)
def test_moves_are_those_of_the_status_in_their_order(source: str, names: list[str]) -> None:
    assert [move.transition.name for move in machine.moves(DEFINITION, source)] == names


def test_moves_to_a_status_are_found_without_regard_to_case() -> None:
    (move,) = machine.find(DEFINITION, "NEW", "oPEN")
    assert move == Move(DEFINITION.transitions[1], "new", "Open")
    assert machine.find(DEFINITION, "new", "resolved") == ()
    assert machine.find(DEFINITION, "new", "nowhere") == ()


def test_a_status_leads_to_itself_only_by_a_transition_that_says_so() -> None:
    assert [m.transition.name for m in machine.find(DEFINITION, "open", "open")] == ["note"]
    assert machine.find(DEFINITION, "stalled", "stalled") == ()
    assert machine.find(DEFINITION, "deleted", "deleted") == ()


def test_a_transition_is_found_by_its_name_from_where_it_leads() -> None:
    found = machine.named(DEFINITION, "open", "RESOLVE")
    assert found is not None
    assert (found.source, found.target) == ("Open", "resolved")
    assert machine.named(DEFINITION, "new", "resolve") is None
    assert machine.knows(DEFINITION, "Resolve")
    assert not machine.knows(DEFINITION, "resolved")


def test_allowed_targets_name_each_status_once() -> None:
    twice = [
        {"name": "end", "from": "open", "to": "resolved"},
        {"name": "stop", "from": "open", "to": "resolved", "roles": ["agent"]},
        {"name": "stall", "from": "open", "to": "stalled"},
    ]
    definition = parsed(classic(transitions=twice))
    assert machine.allowed_targets(definition, "open") == ("resolved", "stalled")
    assert [m.transition.name for m in machine.find(definition, "open", "resolved")] == [
        "end",
        "stop",
    ]


def test_transitions_from_nothing_say_how_tickets_begin() -> None:
    assert machine.start_statuses(DEFINITION) == ("new",)
    assert machine.starts(DEFINITION, "NEW")
    assert not machine.starts(DEFINITION, "open")
    assert not machine.starts(DEFINITION, "nowhere")


def test_without_them_a_ticket_begins_anywhere_but_deleted() -> None:
    definition = parsed(classic(transitions=[]))
    assert machine.start_statuses(definition) == ("new", "Open", "stalled", "resolved")
    assert not machine.starts(definition, "Deleted")


@pytest.mark.parametrize(
    ("source", "name", "needs"),
    [
        ("", "file", Needs()),
        ("new", "open", Needs("ModifyTicket")),
        ("new", "delete", Needs("DeleteTicket")),
        ("open", "resolve", Needs("ResolveTicket", ("agent", "supervisor"))),
        ("open", "note", Needs("", ("agent",))),
    ],
)
def test_a_move_needs_what_it_names_and_else_the_usual_right(
    source: str, name: str, needs: Needs
) -> None:
    move = machine.named(DEFINITION, source, name)
    assert move is not None
    assert machine.needs(move) == needs


@given(definitions(), st.data())
def test_no_sequence_of_allowed_moves_leaves_the_definition(
    definition: Definition, data: st.DataObject
) -> None:
    status = data.draw(st.sampled_from(machine.start_statuses(definition)))
    for _ in range(10):
        assert Status(status, definition.kind(status)) in definition.statuses
        moves = machine.moves(definition, status)
        if not moves:
            break
        move = data.draw(st.sampled_from(moves))
        assert move.source == status
        assert move in machine.find(definition, status, move.target)
        status = move.target


@given(definitions())
def test_moves_are_exactly_those_that_the_transitions_name(definition: Definition) -> None:
    def leads(transition: Transition, source: str) -> bool:
        anywhere = "*" in transition.sources and source not in ("", transition.target)
        return anywhere or source in transition.sources

    for source in ("", *(status.name for status in definition.statuses)):
        expected = [t for t in definition.transitions if leads(t, source)]
        moves = machine.moves(definition, source)
        assert [move.transition for move in moves] == expected
        assert set(machine.allowed_targets(definition, source)) == {t.target for t in expected}
        for move in moves:
            assert machine.named(definition, source, move.transition.name) == move
