"""When a delivery is tried again. Pure: time, chance and schedule come in, a time goes out."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# A receiver may ask for more patience than the schedule has, but not for ever.
LONGEST_RETRY_AFTER = timedelta(hours=24)
_JITTER = 0.1


def first_try(now: datetime, schedule: Sequence[float]) -> datetime:
    """When a new delivery is due: after the schedule's first wait, in seconds."""
    return now + timedelta(seconds=schedule[0] if schedule else 0)


def next_try(
    now: datetime,
    *,
    made: int,
    schedule: Sequence[float],
    chance: float,
    retry_after: timedelta | None = None,
) -> datetime | None:
    """When the try after the `made` ones is due, or None when the schedule has no more.

    `schedule[n]` are the seconds to wait before try n + 1. Each wait is a tenth shorter to a tenth
    longer as `chance` goes from 0 to 1, so that what failed together does not come back together;
    a `retry_after` is waited for in full.
    """
    if made >= len(schedule):
        return None
    wait = timedelta(seconds=schedule[made] * (1 - _JITTER + 2 * _JITTER * chance))
    return now + max(wait, min(retry_after or timedelta(0), LONGEST_RETRY_AFTER))


def retry_after(header: str | None, now: datetime) -> timedelta | None:
    """What a Retry-After header asks for: seconds or an HTTP date (RFC 9110, 10.2.3).

    None where it is missing, unreadable or in the past.
    """
    text = (header or "").strip()
    if re.fullmatch(r"[0-9]+", text, re.ASCII):
        # A number of any length is legal, and longer than a timedelta holds.
        return min(timedelta(seconds=int(text[:9])), LONGEST_RETRY_AFTER)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return at - now if at > now else None
