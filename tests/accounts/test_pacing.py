"""Pacing: pure, so that every claim is arithmetic."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tessera.accounts.pacing import Pace, Tally

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PACE = Pace(
    free=3, each=timedelta(minutes=10), step=timedelta(seconds=15), cap=timedelta(minutes=2)
)


def waits(count: int) -> list[int]:
    """Seconds to wait after each of so many tries, each made as soon as it may be."""
    now, tally, found = NOON, Tally.fresh(NOON), []
    for _try in range(count):
        tally = tally.counted(PACE, now)
        found.append(int(tally.wait(now).total_seconds()))
        now += tally.wait(now)
    return found


def test_pause_begins_after_the_free_tries_doubles_and_ends_at_the_cap() -> None:
    assert waits(8) == [0, 0, 15, 30, 60, 120, 120, 120]


def test_what_is_long_past_is_forgotten() -> None:
    tally = Tally.fresh(NOON)
    for _try in range(100):
        tally = tally.counted(PACE, NOON)

    later = NOON + timedelta(minutes=10) * (PACE.free + 12)

    assert tally.counted(PACE, later) == Tally(1.0, later, later)


def test_try_that_was_right_counts_for_nothing() -> None:
    tally = Tally.fresh(NOON)
    for _try in range(50):
        tally = tally.counted(PACE, NOON).given_back()

    assert tally == Tally(0.0, NOON, NOON)


@given(st.lists(st.integers(0, 100_000), max_size=60))
def test_nobody_ever_waits_longer_than_the_cap(pauses: list[int]) -> None:
    now, tally = NOON, Tally.fresh(NOON)
    for pause in pauses:
        now += timedelta(seconds=pause)
        tally = tally.counted(PACE, now)
        assert timedelta(0) <= tally.wait(now) <= PACE.cap


def test_clock_that_was_set_back_forgives_nothing() -> None:
    tally = Tally.fresh(NOON).counted(PACE, NOON)

    assert tally.counted(PACE, NOON - timedelta(days=1)).level == 2.0
