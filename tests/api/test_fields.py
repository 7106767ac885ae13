"""JSON of any shape: what the database has no place for is named where it stands."""

from typing import Any

import pytest
from rest_framework.exceptions import ValidationError

from tessera.lib.api.errors import flatten
from tessera.lib.api.fields import storable
from tests.api.caller import Caller, error

NUL, HALF, LARGE = (
    "holds a NUL character",
    "holds half of a surrogate pair",
    "holds a number of more than 64 bits",
)
UNSTORABLE: list[tuple[Any, dict[str, list[str]]]] = [
    ("\x00", {"config": [NUL]}),
    (2**63, {"config": [LARGE]}),
    ({"a": [1, {"b": "\ud800"}], "c": -(2**64)}, {"config.a.1.b": [HALF], "config.c": [LARGE]}),
    ({"a\x00": 1}, {"config.a\x00": [NUL]}),
    ([["\x00"]], {"config.0.0": [NUL]}),
]


@pytest.mark.parametrize(("raw", "faults"), UNSTORABLE, ids=str)
def test_what_cannot_be_stored_is_named_at_its_place(
    raw: Any, faults: dict[str, list[str]]
) -> None:
    with pytest.raises(ValidationError) as refused:
        storable(raw)

    assert flatten(refused.value.detail, "config") == faults


def test_a_million_faults_are_not_all_told() -> None:
    with pytest.raises(ValidationError) as refused:
        storable(["\x00"] * 1_000_000)

    assert len(refused.value.detail) == 100


def test_the_settings_of_a_scrip_and_a_definition_are_named_to_the_place(api: Caller) -> None:
    scrip = {"name": "S", "condition_type": "OnTransaction", "action_type": "AddComment"}
    config = {"condition_config": {"types": ["\x00"]}, "action_config": {"content": "\ud800"}}

    scrips = error(api.post("/api/scrips", {**scrip, **config}))
    flow = error(api.post("/api/lifecycles", {"name": "f", "definition": {"statuses": "\x00"}}))

    assert sorted(scrips[2]) == ["action_config.content", "condition_config.types.0"]
    assert flow[2]["definition.statuses"] == [NUL]
