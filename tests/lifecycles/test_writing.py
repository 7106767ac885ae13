"""Definitions written anew, in our shape and in RT's."""

from typing import Any

import pytest

from lifecycles import diagram, machine
from lifecycles.definition import parse
from lifecycles.parts import BEGIN
from lifecycles.stock import STOCK
from lifecycles.writing import as_rt, own
from tests.lifecycles.processes import faults, parsed
from tests.lifecycles.test_rt_shape import ORDERS
from tests.lifecycles.test_table import FLOW


def ways(raw: Any) -> dict[str, list[tuple[str, str, machine.Needs]]]:
    """By source: each move with its label and what it demands."""
    definition = parsed(raw)
    sources = [BEGIN, *(status.name for status in definition.statuses)]
    return {
        source: sorted(
            (move.target, move.transition.label, machine.needs(move))
            for move in machine.moves(definition, source)
        )
        for source in sources
    }


@pytest.mark.parametrize("raw", [FLOW, *STOCK.values()])
def test_our_shape_is_written_as_it_was_read(raw: Any) -> None:
    assert parsed(own(parsed(raw)).raw) == parsed(raw)


def test_rts_shape_becomes_ours_with_the_same_ways_and_rights() -> None:
    written = own(parsed(ORDERS))

    assert parse(written.raw).faults == ()
    assert ways(written.raw) == ways(ORDERS)
    assert written.lost == ("The kind of message that the forms of 5 transitions begin with",)


@pytest.mark.parametrize("name", ["default", "approvals", "incident"])
def test_what_rt_can_say_comes_back_from_it(name: str) -> None:
    written = as_rt(parsed(STOCK[name]))

    assert written.lost == ()
    assert {
        source: [(to, needs) for to, _label, needs in each]
        for source, each in ways(written.raw).items()
    } == {
        source: [(to, needs) for to, _label, needs in each]
        for source, each in ways(STOCK[name]).items()
    }


def test_what_rt_can_not_say_is_told() -> None:
    assert as_rt(parsed(FLOW)).lost == (
        "guards: 1",
        "roles of transitions: 1",
        "messages that are demanded: 1",
        "maps to other lifecycles: 1",
        "roles that a status waits for: 1",
        "colours: 1",
        "former statuses: 1",
    )


def test_a_colour_is_one_of_the_houses_and_a_former_status_is_none_of_now() -> None:
    raw = {
        **FLOW,
        "colors": {"open": "pink", "gone": "blue"},
        "becomes": {"waiting": "open", "parked": "gone"},
    }

    assert faults(raw) == {
        "colors.open": "must be one of grey, red, orange, gold, green, petrol, blue, violet",
        "colors.gone": "no status 'gone'; did you mean 'done'?",
        "becomes.waiting": "'waiting' is a status here, so that its tickets keep it",
        "becomes.parked": "no status 'gone'; did you mean 'done'?",
    }


def test_a_former_status_has_a_successor_and_one_of_now_is_its_own() -> None:
    definition = parsed(FLOW)

    assert definition.successor("PARKED") == "waiting"
    assert definition.successor("open") == "Open"
    assert definition.successor("else") is None
    assert (definition.color("OPEN"), definition.color("done")) == ("blue", "")


def test_what_changed_is_marked_in_the_picture_and_readable_without_colour() -> None:
    after = {
        **FLOW,
        "statuses": {"initial": ["new"], "active": ["Open", "parked"], "inactive": ["done"]},
        "transitions": [
            FLOW["transitions"][0],
            {**FLOW["transitions"][1], "from": ["open"]},
            {"name": "park", "from": "open", "to": "parked"},
        ],
        "maps": {},
        "responsible": {},
        "becomes": {},
    }

    shown, marks = diagram.compared(parsed(FLOW), parsed(after))

    assert [status.name for status in shown.statuses] == [
        *("new", "Open", "+ parked", "done", "− waiting"),
    ]
    assert marks.transitions == {"± finish": "changed", "+ park": "added", "− again": "removed"}
    drawing = diagram.svg(shown, marks=marks)
    for mark in ("added", "changed", "removed"):
        assert f"lc-{mark}" in drawing


def test_tiles_lead_where_they_are_told_to() -> None:
    drawing = diagram.svg(parsed(FLOW), links={"Open": '#row-s1"><script>'})

    assert "<a href='#row-s1\"&gt;&lt;script&gt;'>" in drawing
    assert 'role="group"' in drawing
