"""The nearest known name."""

import pytest

from tessera.lib.suggest import nearest


@pytest.mark.parametrize(
    ("word", "found"),
    [("prioirty", "Priority"), ("STATUS", "Status"), ("xyz", None), ("", None), ("s" * 9999, None)],
)
def test_nearest_name_is_found_without_regard_to_case(word: str, found: str | None) -> None:
    assert nearest(word, ["Status", "Priority"]) == found
