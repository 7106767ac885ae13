"""Plain values: what is taken and what is refused."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest

from tessera.lib import values
from tessera.lib.values import BadValue

FIRST, LAST = "0001-01-02T00:00:00Z", "9999-12-30T23:59:59.999999Z"


@pytest.mark.parametrize("raw", [FIRST, LAST])
def test_a_time_that_is_kept_can_be_shown_in_every_zone(raw: str) -> None:
    moment = values.moment(raw)

    shown = {moment.astimezone(ZoneInfo(name)) for name in available_timezones()}

    assert shown == {moment}


@pytest.mark.parametrize("raw", ["0001-01-01T23:59:59Z", "9999-12-31", "9999-12-31T23:59:59+14:00"])
def test_a_time_that_some_zone_does_not_have_is_not_kept(raw: str) -> None:
    with pytest.raises(BadValue, match="too far away"):
        values.moment(raw)


def test_any_time_may_be_asked_about() -> None:
    assert values.instant("9999-12-31T23:59:59Z") == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def test_a_day_is_one_in_iso_form() -> None:
    assert values.day("2026-03-31") == date(2026, 3, 31)
    assert values.day("1900-01-01") == date(1900, 1, 1)


@pytest.mark.parametrize(
    "raw",
    [
        *("2026-02-30", "20260331", "2026-W14-2", "2026-3-31", " 2026-03-31", "2026-03-31\n"),
        *("1899-12-31", "9999-12-30", "٢٠٢٦-03-31", "", None, 20260331),
    ],
)
def test_what_is_no_day_is_refused(raw: object) -> None:
    with pytest.raises(BadValue, match="must be a day"):
        values.day(raw)
