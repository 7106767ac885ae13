"""Dates as queries write them: ISO days and times, `today`, `monday`, `3 days ago`, `-1 week`."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from django.utils.translation import gettext

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
_ISO = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d{1,6})?)?(Z|[+-]\d\d:?\d\d)?)?", re.I | re.A
)
_SPAN = re.compile(r"([+-]?)\s*(\d{1,6})\s*(minute|min|hour|day|week|month|year)s?(\s+ago)?", re.A)
_FIXED = {"min": timedelta(minutes=1), "minute": timedelta(minutes=1), "hour": timedelta(hours=1)}
_WALL = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}
# No zone is a day away from UTC, and a search looks at the days around a moment: they must be in the calendar too.
_MIN, _MAX = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_FIRST, _LAST = _MIN + timedelta(days=5), _MAX.replace(microsecond=0) - timedelta(days=5)


@dataclass(frozen=True, slots=True)
class When:
    """A moment in UTC; where the query names a day, its midnight, and `end` the next one."""

    start: datetime
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Days:
    """A day counted from today, or of this week."""

    offset: int = 0
    weekday: int | None = None


@dataclass(frozen=True, slots=True)
class _Span:
    amount: int
    unit: str


def resolve(text: str, now: datetime, zone: tzinfo) -> When:
    """What the text means at `now` in the time zone. Raises `ValueError` if it is no date.

    A weekday is that day of the current week, Monday to Sunday. Minutes and hours count elapsed
    time, longer units the calendar of the zone. What lies in the first or last days of the
    calendar (people write 0001-01-01 and 9999-12-31 for ever) counts as the edge of those.
    """
    when = _meant(_read(text), text, now, zone)
    return When(_within(when.start), when.end and _within(when.end))


def _meant(read: date | _Days | _Span, text: str, now: datetime, zone: tzinfo) -> When:
    if isinstance(read, datetime):
        return When(utc(read if read.tzinfo else read.replace(tzinfo=zone)))
    local = now.astimezone(zone)
    if isinstance(read, _Days):
        read = _named(local.date(), read)
    if isinstance(read, date):
        following = read + timedelta(days=1) if read < date.max else read
        return When(midnight(read, zone), midnight(following, zone))
    try:
        return When(utc(_moved(local, read)))
    except OverflowError as error:
        raise ValueError(gettext("this date is out of range: %s") % text[:50]) from error


def _within(moment: datetime) -> datetime:
    return min(max(moment, _FIRST), _LAST)


def check(text: str) -> None:
    """Raises `ValueError` if the text is no date that queries know."""
    _read(text)


def said(text: str) -> str:
    """The date as a person says it: a span without a word for its direction gets one."""
    word = " ".join(text.lower().split())
    span = _SPAN.fullmatch(word)
    if span is None or span[4]:
        return text
    length = word.lstrip("+- ")
    return f"{length} ago" if span[1] == "-" else gettext("%s from now") % length


@lru_cache(maxsize=1024)
def _read(text: str) -> date | _Days | _Span:
    word = " ".join(text.lower().split())
    if _ISO.fullmatch(word):
        moment = word.upper().replace(",", ".")
        return date.fromisoformat(moment) if len(moment) == 10 else datetime.fromisoformat(moment)
    if word == "now":
        return _Span(0, "minute")
    if word in _DAYS:
        return _Days(offset=_DAYS[word])
    if word in _WEEKDAYS:
        return _Days(weekday=_WEEKDAYS.index(word))
    if (span := _SPAN.fullmatch(word)) and not (span[1] and span[4]):
        sign = -1 if span[1] == "-" or span[4] else 1
        return _Span(sign * int(span[2]), span[3])
    raise ValueError(gettext("this is no date: %s") % text[:50])


def _named(today: date, days: _Days) -> date:
    if days.weekday is None:
        return today + timedelta(days=days.offset)
    return today + timedelta(days=days.weekday - today.weekday())


def _moved(local: datetime, span: _Span) -> datetime:
    if not span.amount:
        return local  # as it is: of an hour that comes twice, wall clocks tell only the first
    if span.unit in _FIXED:
        return local.astimezone(UTC) + span.amount * _FIXED[span.unit]
    if span.unit in _WALL:
        return local + timedelta(days=span.amount * _WALL[span.unit])
    month = local.year * 12 + local.month - 1 + span.amount * _MONTHS[span.unit]
    year, index = divmod(month, 12)
    if not 1 <= year <= 9999:
        raise OverflowError
    last = monthrange(year, index + 1)[1]
    return local.replace(year=year, month=index + 1, day=min(local.day, last))


def midnight(value: date, zone: tzinfo) -> datetime:
    """The day's beginning in the time zone, in UTC."""
    return utc(datetime.combine(value, time.min, tzinfo=zone))


def utc(moment: datetime) -> datetime:
    """The moment in UTC, in which moments are compared; past an end of its calendar that end."""
    # Within one zone Python compares wall clocks, which repeat an hour each autumn.
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return _MIN if moment.year == 1 else _MAX
