"""Moments as people read them: how long ago, with the date and time in the reader's zone behind it."""

from datetime import date as calendar_day
from datetime import datetime, timedelta
from functools import lru_cache

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from tessera.lib import clock

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_SKEW = timedelta(seconds=2)


def span(length: timedelta) -> str:
    """A length of time in its largest unit, rounded down: `41 min`, `3 h`, `2 d`."""
    seconds = int(abs(length.total_seconds()))
    if seconds < _HOUR:
        return _("%(count)d min") % {"count": seconds // _MINUTE}
    if seconds < _DAY:
        return _("%(count)d h") % {"count": seconds // _HOUR}
    return _("%(count)d d") % {"count": seconds // _DAY}


def length(seconds: int) -> str:
    """A length of time in its two largest units, rounded down: `41 min`, `2 h 51 min`, `3 d 2 h`."""
    if seconds < _MINUTE:
        return _("under 1 min")
    if seconds < _HOUR:
        return span(timedelta(seconds=seconds))
    unit, part = (_DAY, _HOUR) if seconds >= _DAY else (_HOUR, _MINUTE)
    whole, rest = timedelta(seconds=seconds // unit * unit), seconds % unit
    if rest < part:
        return span(whole)
    return f"{span(whole)} {span(timedelta(seconds=rest))}"


def absolute(moment: datetime) -> str:
    """`21 November 2025, 05:44` in the zone of whoever reads."""
    local = timezone.localtime(moment).replace(second=0, microsecond=0, tzinfo=None)
    return _absolute(local, get_language())


# A list has a hundred of them and says the same ones each time: writing them out was a tenth of its page.
@lru_cache(maxsize=20_000)
def _absolute(local: datetime, _language: str | None) -> str:
    return date_format(local, pgettext("date format", "j F Y, H:i"))


def short(moment: datetime) -> str:
    """`21 Nov 2025, 05:44` in the zone of whoever reads."""
    return date_format(timezone.localtime(moment), pgettext("date format", "j M Y, H:i"))


def day(moment: datetime) -> str:
    """`21 Nov`, with the year where it is another than now's, in the zone of whoever reads."""
    local = timezone.localtime(moment)
    same = local.year == timezone.localtime(clock.now()).year
    return date_format(local, _near() if same else pgettext("date format", "j M Y"))


def date(day: calendar_day) -> str:
    """`21 Nov`: of a day that is near, whatever the zone."""
    return date_format(day, _near())


def _near() -> str:
    return pgettext("date format", "j M")


def days_until(last: calendar_day, count: int) -> list[calendar_day]:
    """So many days, the last one at the end."""
    return [last - timedelta(days=back) for back in range(count - 1, -1, -1)]


def ago(moment: datetime) -> str:
    """`3 h ago`, `in 2 d`, `just now`, `in a moment`."""
    length = clock.now() - moment
    if abs(length) < timedelta(minutes=1):
        # What another machine noted may be ahead of this one's clock by a little.
        return _("in a moment") if length < -_SKEW else _("just now")
    told = _("in %(span)s") if length < timedelta(0) else _("%(span)s ago")
    return told % {"span": span(length)}


def element(moment: datetime | None, words: str | None = None, *, css: str = "") -> SafeString:
    """`<time>` around the words (by default the short date), the absolute form as its title; empty for None."""
    if moment is None:
        return SafeString("")
    return format_html(
        '<time class="{}" datetime="{}" title="{}">{}</time>',
        css or "nowrap",
        moment.isoformat(),
        absolute(moment),
        short(moment) if words is None else words,
    )
