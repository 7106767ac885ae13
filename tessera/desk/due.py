"""How near a due date is, in words: they say it, not their colour alone."""

from datetime import datetime, timedelta

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tessera.lib import clock, moments

_NEAR = timedelta(days=1)
_CLOCK = SafeString('<svg class="i" aria-hidden="true"><use href="#i-clock"/></svg>')


def tag(value: datetime) -> SafeString:
    """How near it is, or how long it has passed."""
    left = value - clock.now()
    return _tag(value, told(left), left)


def near(value: datetime) -> SafeString:
    """The tag where the date is near or has passed, else the day alone: a list has no room for more."""
    left = value - clock.now()
    if left >= _NEAR:
        return format_html(
            '<span class="soft">{}</span>', moments.element(value, moments.day(value))
        )
    short = _("%(span)s late") if left < timedelta(0) else _("in %(span)s")
    return _tag(value, short % {"span": moments.span(left)}, left)


def sign(value: datetime) -> SafeString:
    """A clock with the words behind it where the date is near or has passed, for a row that shows no dates."""
    left = value - clock.now()
    if left >= _NEAR:
        return SafeString("")
    words = told(left)
    return format_html(
        ' <span class="sign {}" title="{}">{}<span class="sr">{}</span></span>',
        _css(left),
        words,
        _CLOCK,
        words,
    )


def told(left: timedelta) -> str:
    """`Due in 3 h`, `Overdue for 2 d`."""
    words = _("Overdue for %(span)s") if left < timedelta(0) else _("Due in %(span)s")
    return words % {"span": moments.span(left)}


def _tag(value: datetime, words: str, left: timedelta) -> SafeString:
    element = moments.element(value, words)
    return format_html('<span class="tag {}">{}{}</span>', _css(left), _CLOCK, element)


def _css(left: timedelta) -> str:
    return "late" if left < timedelta(0) else "soon" if left < _NEAR else ""
