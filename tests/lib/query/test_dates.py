"""Dates as queries write them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tessera.lib.query.dates import When, check, resolve

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2025, 3, 5, 22, 30, tzinfo=UTC)  # Wednesday, 23:30 in Berlin


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("now", NOW),
        ("2025-03-05 10:00", utc(2025, 3, 5, 9)),
        ("2025-03-05T10:00:30", utc(2025, 3, 5, 9, 0, 30)),
        ("2025-07-05t10:00", utc(2025, 7, 5, 8)),
        ("2025-03-05T10:00Z", utc(2025, 3, 5, 10)),
        ("2025-03-05T10:00:00.5+02:00", utc(2025, 3, 5, 8) + timedelta(milliseconds=500)),
        ("30 minutes ago", utc(2025, 3, 5, 22)),
        ("2 hours", utc(2025, 3, 6, 0, 30)),
        ("-1 week", utc(2025, 2, 26, 22, 30)),
        ("3 days ago", utc(2025, 3, 2, 22, 30)),
        ("+1 month", utc(2025, 4, 5, 21, 30)),
        ("13 months ago", utc(2024, 2, 5, 22, 30)),
        ("1 YEAR  ago", utc(2024, 3, 5, 22, 30)),
    ],
)
def test_moment(text: str, start: datetime) -> None:
    assert resolve(text, NOW, BERLIN) == When(start)


@pytest.mark.parametrize(
    ("text", "start", "hours"),
    [
        ("2025-03-05", utc(2025, 3, 4, 23), 24),
        ("today", utc(2025, 3, 4, 23), 24),
        ("Yesterday", utc(2025, 3, 3, 23), 24),
        ("tomorrow", utc(2025, 3, 5, 23), 24),
        ("monday", utc(2025, 3, 2, 23), 24),
        ("Sunday", utc(2025, 3, 8, 23), 24),
        ("2025-03-30", utc(2025, 3, 29, 23), 23),
        ("2025-10-26", utc(2025, 10, 25, 22), 25),
    ],
)
def test_day_is_from_midnight_to_midnight_in_the_zone(
    text: str, start: datetime, hours: int
) -> None:
    assert resolve(text, NOW, BERLIN) == When(start, start + timedelta(hours=hours))


def test_nothing_ago_is_now_in_an_hour_that_comes_twice_too() -> None:
    at = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # 02:30 in Berlin, for the second time
    texts = ("now", "0 minutes", "0 days ago", "0 weeks", "0 years")
    assert {resolve(text, at, BERLIN) for text in texts} == {When(at)}


def test_month_is_cut_to_its_last_day() -> None:
    at = datetime(2025, 3, 31, 12, tzinfo=UTC)
    assert resolve("1 month ago", at, UTC) == When(utc(2025, 2, 28, 12))


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2025-3-5", "2025-02-30", "2025-03-05T25:00", "-1 week ago", "1 fortnight",
     "20250305", "2025-W10-1", "9999999 days", "٣ days ago", "now ago", "0x1 days"],
)  # fmt: skip
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no date|must be|out of range"):
        check(text)


@pytest.mark.parametrize("text", ["999999 years", "999999 years ago", "999999 weeks ago"])
def test_date_out_of_range_is_refused_when_it_is_resolved(text: str) -> None:
    with pytest.raises(ValueError, match="out of range"):
        resolve(text, NOW, BERLIN)


@pytest.mark.parametrize(
    "zone", [UTC, BERLIN, ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Etc/GMT+12")]
)
@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("0001-01-01", "9999-12-31"),
        ("0001-01-01T00:00:00", "9999-12-31T23:59:59.999999"),
        ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
    ],
)
def test_an_end_of_the_calendar_is_before_or_after_all_that_is_kept(
    first: str, last: str, zone: ZoneInfo
) -> None:
    assert resolve(first, NOW, zone).start.date().isoformat() == "0001-01-06"
    assert resolve(last, NOW, zone).start.date().isoformat() == "9999-12-26"
