from datetime import UTC, datetime, timedelta

import pytest

from scrips import retry

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SCHEDULE = [0.0, 5, 300, 1800]


def seconds_until_next(made: int, chance: float = 0.5, **more: timedelta) -> float | None:
    at = retry.next_try(NOW, made=made, schedule=SCHEDULE, chance=chance, **more)
    return None if at is None else (at - NOW).total_seconds()


def test_first_try_waits_the_first_number() -> None:
    assert retry.first_try(NOW, SCHEDULE) == NOW
    assert retry.first_try(NOW, [2.5]) == NOW + timedelta(seconds=2.5)


def test_n_numbers_are_n_tries() -> None:
    assert [seconds_until_next(made) for made in (1, 2, 3, 4, 5)] == [5, 300, 1800, None, None]


@pytest.mark.parametrize(("chance", "wait"), [(0.0, 270), (0.25, 285), (0.5, 300), (1.0, 330)])
def test_waits_are_spread_a_tenth_either_way(chance: float, wait: float) -> None:
    assert seconds_until_next(2, chance) == wait


def test_a_receiver_that_asks_for_more_patience_gets_it_in_full() -> None:
    assert seconds_until_next(1, 0.0, retry_after=timedelta(seconds=90)) == 90
    assert seconds_until_next(2, 0.5, retry_after=timedelta(seconds=90)) == 300
    assert seconds_until_next(1, 0.5, retry_after=timedelta(days=4000)) == 24 * 3600


def test_patience_adds_no_tries() -> None:
    assert seconds_until_next(4, 0.5, retry_after=timedelta(seconds=90)) is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("9" * 40, 24 * 3600),
        ("Sun, 01 Mar 2026 12:10:00 GMT", 600),
        ("Sunday, 01-Mar-26 12:10:00 GMT", 600),
        ("Sun Mar  1 12:10:00 2026", 600),
    ],
)
def test_retry_after_is_read_as_seconds_or_date(header: str, seconds: float) -> None:
    assert retry.retry_after(header, NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "header", [None, "", "soon", "-5", "1.5", "٣", "Sun, 01 Mar 2026 11:00:00 GMT", "1 2 3 4 5 6"]
)
def test_retry_after_that_says_nothing_is_none(header: str | None) -> None:
    assert retry.retry_after(header, NOW) is None
