"""Moments as people read them: how long ago, with the date and time in the reader's zone behind it."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tessera.lib import clock

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def span(length: timedelta) -> str:
    """A length of time in its largest unit, rounded down: `41 min`, `3 h`, `2 d`."""
    seconds = int(abs(length.total_seconds()))
    if seconds < _HOUR:
        return _("%(count)d min") % {"count": seconds // _MINUTE}
    if seconds < _DAY:
        return _("%(count)d h") % {"count": seconds // _HOUR}
    return _("%(count)d d") % {"count": seconds // _DAY}


def absolute(moment: datetime) -> str:
    """`21 November 2025, 05:44` in the zone of whoever reads."""
    return date_format(timezone.localtime(moment), "j F Y, H:i")


def short(moment: datetime) -> str:
    """`21 Nov 2025, 05:44` in the zone of whoever reads."""
    return date_format(timezone.localtime(moment), "j M Y, H:i")


def day(moment: datetime) -> str:
    """`21 Nov`, with the year where it is another than now's, in the zone of whoever reads."""
    local = timezone.localtime(moment)
    same = local.year == timezone.localtime(clock.now()).year
    return date_format(local, "j M" if same else "j M Y")


def ago(moment: datetime) -> str:
    """`3 h ago`, `in 2 d`, `just now`."""
    length = clock.now() - moment
    if abs(length) < timedelta(minutes=1):
        return _("just now")
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
