"""What the templates of the pages say more than once."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tessera.lib import clock, moments

register = template.Library()
_NEAR = timedelta(days=1)
_CLOCK = SafeString('<svg class="i" aria-hidden="true"><use href="#i-clock"/></svg>')


@register.filter
def initials(name: str) -> str:
    """One or two letters for an avatar: `IC` for Ines Carvalho."""
    words = [word for word in name.replace("@", " ").split() if word[0].isalnum()]
    if not words:
        return "?"
    letters = words[0][0] + (words[-1][0] if len(words) > 1 else words[0][1:2])
    return letters.upper()


@register.simple_tag
def moment(value: datetime | None, form: str = "short", css: str = "") -> SafeString:
    """`<time>`; `form` is `short` (date and time), `day` (the date), `ago` (3 h ago) or `span` (3 h)."""
    if value is None:
        return SafeString("")
    words = _FORMS[form](value)
    return moments.element(value, words, css=css)


@register.simple_tag
def due_tag(value: datetime) -> SafeString:
    """A tag that says how near a date is, or how long it has passed; its words say it, not its colour alone."""
    left = value - clock.now()
    late = left < timedelta(0)
    told = _("Overdue for %(span)s") if late else _("Due in %(span)s")
    css = "late" if late else "soon" if left < _NEAR else ""
    words = moments.element(value, told % {"span": moments.span(left)})
    return format_html('<span class="tag {}">{}{}</span>', css, _CLOCK, words)


@register.simple_tag
def due_near(value: datetime) -> SafeString:
    """The tag where the date is near or has passed, else the day alone: a list has no room for more."""
    left = value - clock.now()
    if left >= _NEAR:
        return format_html('<span class="soft">{}</span>', moment(value, "day"))
    late = left < timedelta(0)
    told = _("%(span)s late") if late else _("in %(span)s")
    words = moments.element(value, told % {"span": moments.span(left)})
    return format_html(
        '<span class="tag {}">{}{}</span>', "late" if late else "soon", _CLOCK, words
    )


@register.filter
def at(numbers: Mapping[str, str], name: str) -> str:
    """What stands under a name, or nothing."""
    return numbers.get(name, "")


def _span(value: datetime) -> str:
    return moments.span(clock.now() - value)


_FORMS: Mapping[str, Callable[[datetime], str]] = {
    "ago": moments.ago,
    "span": _span,
    "short": moments.short,
    "day": moments.day,
}


@register.filter
def tiles(priority: int) -> int:
    """How many of five tiles a priority of 0 to 100 lays."""
    return 0 if priority <= 0 else min(5, max(1, round(priority / 20)))
