"""What comes in as JSON, made into plain values. Each function raises `BadValue` with one sentence for a person."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

MAX_ID = 2**63 - 1
# No zone is a day away from UTC: from here on every one can show the time.
_MARGIN = timedelta(days=1)
_FIRST = datetime.min.replace(tzinfo=UTC) + _MARGIN
_LAST = datetime.max.replace(tzinfo=UTC) - _MARGIN
_FIRST_DAY = date(1900, 1, 1)


class BadValue(ValueError):
    """The value is not of the kind that the field takes."""


def text(raw: object, *, longest: int) -> str:
    """A string of at most `longest` characters, without NUL and half surrogates (no database stores them)."""
    if not isinstance(raw, str):
        raise BadValue(_("must be text"))
    if len(raw) > longest:
        raise BadValue(
            _("is %(length)d characters long; at most %(longest)d fit")
            % {"length": len(raw), "longest": longest}
        )
    if "\x00" in raw:
        raise BadValue(_("holds a NUL character"))
    try:
        raw.encode()
    except UnicodeEncodeError:
        raise BadValue(_("holds half of a surrogate pair")) from None
    return raw


def line(raw: object, *, longest: int) -> str:
    """A text without line breaks."""
    value = text(raw, longest=longest)
    if re.search(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]", value):
        raise BadValue(_("must be one line"))
    return value


def integer(raw: object, *, least: int, most: int) -> int:
    """A whole number between both bounds, both included; `true` is no number."""
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise BadValue(_("must be a whole number"))
    if not least <= raw <= most:
        raise BadValue(_("must be from %(least)d to %(most)d") % {"least": least, "most": most})
    return raw


def identity(raw: object) -> int:
    """The id of something: a positive 64-bit number."""
    return integer(raw, least=1, most=MAX_ID)


def moment(raw: object) -> datetime:
    """A time to be kept: as `instant`, and such that it can be shown in every time zone."""
    value = instant(raw)
    if not _FIRST <= value <= _LAST:
        raise BadValue(_("is too far away: some time zones have no such day"))
    return value


def instant(raw: object) -> datetime:
    """An ISO 8601 date and time, in UTC where it names no offset; a date alone is its midnight."""
    if not isinstance(raw, str):
        raise BadValue(_("must be an ISO 8601 time such as 2026-03-31T09:00:00Z"))
    try:
        value = datetime.fromisoformat(raw)
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadValue(_("must be an ISO 8601 time such as 2026-03-31T09:00:00Z")) from None


def day(raw: object) -> date:
    """A date such as 2026-03-31, from 1900 on and with days after it in every time zone."""
    if isinstance(raw, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", raw):
        try:
            value = date.fromisoformat(raw)
        except ValueError:
            value = None
        if value and _FIRST_DAY <= value < _LAST.date():
            return value
    raise BadValue(_("must be a day such as 2026-03-31"))


def email(raw: object) -> str:
    """One e-mail address, as it was written."""
    value = line(raw, longest=254).strip()
    try:
        validate_email(value)
    except ValidationError:
        raise BadValue(_("“%(value)s” is no e-mail address") % {"value": value[:80]}) from None
    return value


def many(raw: object, *, most: int) -> list[Any]:
    """A list of at most `most` members."""
    if not isinstance(raw, list):
        raise BadValue(_("must be a list"))
    if len(raw) > most:
        raise BadValue(_("has more than %(most)d members") % {"most": most})
    return raw


def mapping(raw: object, *, known: Iterable[str] | None = None) -> dict[str, Any]:
    """A JSON object, of these keys alone where they are named."""
    if not isinstance(raw, dict):
        raise BadValue(_("must be an object"))
    unknown = [] if known is None else [key for key in raw if key not in set(known)]
    if unknown:
        raise BadValue(_("knows no %(name)s") % {"name": ", ".join(unknown[:5])[:200]})
    return raw
