"""Moments as people read them."""

from datetime import timedelta

import pytest

from tessera.lib import clock, moments


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        *((0, "under 1 min"), (59, "under 1 min"), (60, "1 min"), (3599, "59 min")),
        *((3600, "1 h"), (3659, "1 h"), (3660, "1 h 1 min"), (86_399, "23 h 59 min")),
        *((86_400, "1 d"), (89_999, "1 d"), (90_000, "1 d 1 h"), (864_000, "10 d")),
    ],
)
def test_a_length_is_told_in_its_two_largest_units(seconds: int, told: str) -> None:
    assert moments.length(seconds) == told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(-30, "just now"), (1, "just now"), (30, "in a moment"), (90, "in 1 min"), (-90, "1 min ago")],
)
def test_what_is_near_is_told_to_be_before_or_ahead(
    monkeypatch: pytest.MonkeyPatch, seconds: int, told: str
) -> None:
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)

    assert moments.ago(now + timedelta(seconds=seconds)) == told
