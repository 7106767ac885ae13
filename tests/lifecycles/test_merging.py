"""What two people made of one definition at the same time."""

import copy
from typing import Any

from lifecycles.merging import merge
from tests.lifecycles.test_table import FLOW


def changed(**parts: Any) -> dict[str, Any]:
    return {**copy.deepcopy(FLOW), **parts}


def statuses(**kinds: list[str]) -> dict[str, Any]:
    return {"statuses": {**FLOW["statuses"], **kinds}}


def test_what_both_added_stands_in_both() -> None:
    ours = changed(**statuses(active=["Open", "waiting", "parked here"]))
    theirs = changed(
        **statuses(inactive=["done", "rejected"]),
        transitions=[*FLOW["transitions"], {"name": "reject", "from": "open", "to": "rejected"}],
    )

    merged = merge(FLOW, ours, theirs)

    assert merged is not None
    assert merged.conflicts == ()
    assert merged.raw["statuses"] == {
        "initial": ["new"],
        "active": ["Open", "waiting", "parked here"],
        "inactive": ["done", "rejected"],
    }
    assert [each["name"] for each in merged.raw["transitions"]] == [
        *("begin", "finish", "again", "reject"),
    ]


def test_cells_of_one_row_that_both_changed_come_together() -> None:
    ours, theirs = changed(), changed()
    ours["transitions"][1]["guard"] = "Priority > 5"
    theirs["transitions"][1]["roles"] = ["supervisor"]

    merged = merge(FLOW, ours, theirs)

    assert merged is not None
    assert merged.conflicts == ()
    assert merged.raw["transitions"][1]["guard"] == "Priority > 5"
    assert merged.raw["transitions"][1]["roles"] == ["supervisor"]


def test_a_cell_that_both_changed_stays_ours_and_theirs_is_told() -> None:
    ours, theirs = changed(), changed()
    ours["transitions"][1]["guard"] = "Priority > 5"
    theirs["transitions"][1]["guard"] = "Priority > 9"

    merged = merge(FLOW, ours, theirs)

    assert merged is not None
    assert merged.raw["transitions"][1]["guard"] == "Priority > 5"
    assert merged.conflicts == (
        "Transition 'finish': guard is “Priority > 5” here; they made it “Priority > 9”",
    )


def test_what_one_removed_goes_unless_the_other_changed_it() -> None:
    ours = changed(transitions=FLOW["transitions"][:1])
    theirs = changed()
    theirs["transitions"][1]["label"] = "Close"

    merged = merge(FLOW, ours, theirs)

    assert merged is not None
    assert [each["name"] for each in merged.raw["transitions"]] == ["begin", "finish"]
    assert merged.conflicts == (
        "Transition 'finish': was removed by one and changed by the other: it stays",
    )


def test_names_that_stand_twice_are_not_merged() -> None:
    twice = changed(transitions=[*FLOW["transitions"], FLOW["transitions"][0]])

    assert merge(FLOW, twice, FLOW) is None
    assert merge(FLOW, {"statuses": 5}, FLOW) is None


def test_what_is_equal_on_all_sides_stays_as_it_is() -> None:
    merged = merge(FLOW, FLOW, FLOW)

    assert merged is not None
    assert merge(FLOW, merged.raw, FLOW) == merged
