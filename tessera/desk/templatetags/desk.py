"""What the templates of the pages say more than once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from django import template
from django.conf import settings
from django.template import Context
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from tessera.accounts.models import User
from tessera.desk import due, quoting
from tessera.desk.access import creating
from tessera.desk.timeline import Event
from tessera.lib import clock, moments
from tickets import config as configuration
from tickets import knowing
from tickets.access import actor_of
from tickets.customers import customer_alone

register = template.Library()


@register.simple_tag(takes_context=True)
def site_name(context: Context) -> str:
    """What the site is called. No statement where it is known who reads; else one."""
    user = getattr(context.get("request"), "user", None)
    if isinstance(user, User):
        return actor_of(user).config.site.name
    return configuration.current().site.name


@register.simple_tag(takes_context=True)
def customer_reads(context: Context) -> bool:
    """Whether the reader is nothing but a customer. No statement."""
    user = getattr(context.get("request"), "user", None)
    return isinstance(user, User) and customer_alone(actor_of(user))


@register.simple_tag(takes_context=True)
def reader_creates(context: Context) -> bool:
    """Whether the reader may open a ticket somewhere. No statement."""
    user = getattr(context.get("request"), "user", None)
    return isinstance(user, User) and bool(creating(actor_of(user)))


@register.simple_tag(takes_context=True)
def reader_knows_people(context: Context) -> bool:
    """Whether the reader is offered people's names. No statement."""
    user = getattr(context.get("request"), "user", None)
    return isinstance(user, User) and knowing.people(actor_of(user))


@register.simple_tag
def upload_limit() -> int:
    """How many bytes a file may have."""
    limit: int = settings.TESSERA_MAX_UPLOAD
    return limit


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
    """A tag that says how near a date is, or how long it has passed."""
    return due.tag(value)


@register.filter
def quote_heading(event: Event) -> str:
    """The line that stands before a quote of it."""
    return quoting.heading(event)


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
def options(choices: Iterable[tuple[str, str]], chosen: str | Sequence[str] = "") -> SafeString:
    """Choices as `<option>`s, those that are `chosen` selected: a list has hundreds of them, unfolded or not."""
    held = (chosen,) if isinstance(chosen, str) else chosen
    rows = ((key, SafeString(" selected" if key in held else ""), said) for key, said in choices)
    return format_html_join("", '<option value="{}"{}>{}</option>', rows)


@register.filter
def tiles(priority: int) -> int:
    """How many of five tiles a priority of 0 to 100 lays."""
    return 0 if priority <= 0 else min(5, max(1, round(priority / 20)))
