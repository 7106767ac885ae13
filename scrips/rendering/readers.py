"""The filters that write for a reader: times of his own day, numbers as he knows them, links, Markdown."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from urllib.parse import urlsplit

from django.utils import formats
from django.utils.translation import gettext
from jinja2 import Environment, pass_context, pass_environment
from jinja2.runtime import Context
from markupsafe import Markup, escape

from scrips.rendering.budget import budget
from scrips.rendering.errors import OverrunError
from scrips.rendering.filters import plain_text
from scrips.rendering.methods import Operation, zone
from scrips.rendering.values import Facts, text
from tessera.lib.html import from_markdown

# What a context calls the zone of all who get a mail: no template can ask for a name like this.
ZONE = "_zone"
MAX_MARKDOWN = 20_000
# What Markdown looks through again for each bracket that none answers.
MAX_BRACKETS = 2_000
_PLACES = 10
_LARGEST = 10**15


@pass_context
def local(context: Context, value: object, zone_name: str | None = None) -> str:
    """A date as the reader's language writes it; a time so in the zone of all who get the mail, else in UTC.

    Recipients of different zones would each need a mail of his own: they get UTC, and the time says which zone it is
    in.
    """
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        value = date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
    if not isinstance(value, date):
        raise TypeError(gettext("this is not a date: %s") % plain_text(value)[:50])
    if not isinstance(value, datetime):
        return formats.date_format(value, "DATE_FORMAT")
    if value.tzinfo is None:
        return formats.date_format(value, "DATETIME_FORMAT")
    reader = context.get("recipient")
    theirs = context.get(ZONE) or getattr(reader, "time_zone", "")
    named = zone_name or str(theirs) or "UTC"
    there = value.astimezone(zone(named))
    return f"{formats.date_format(there, 'DATETIME_FORMAT')} {there.tzname()}"


def number(value: object, places: int = 0) -> str:
    """A number with so many places and the language's separators."""
    if not 0 <= places <= _PLACES:
        raise TypeError(gettext("a number has at most %d places") % _PLACES)
    if value is None or value == "":
        return ""
    rounded = _decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return formats.number_format(rounded, decimal_pos=places, force_grouping=True)


def money(value: object, currency: str = "", places: int = 2) -> str:
    """An amount: `money("EUR")` writes `EUR 1,234.50`."""
    amount = number(value, places)
    return f"{plain_text(currency)} {amount}".strip() if amount else ""


def _decimal(value: object) -> Decimal:
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        found = Decimal("NaN")
    if isinstance(value, bool) or not found.is_finite() or abs(found) >= _LARGEST:
        raise TypeError(gettext("this is no number: %s") % plain_text(value)[:50])
    return found


@pass_environment
def link(environment: Environment, value: object, label: object = None) -> str:
    """A ticket, or an address of the web or of mail, to be followed: in HTML a link, in a text the address with it.

    What is no such address stays what it is.
    """
    address = str(getattr(value, "url", "")) if isinstance(value, Facts) else plain_text(value)
    shown = text(value if label is None else label)
    if not _is_address(address):
        return escape(shown) if environment.autoescape else shown
    if environment.autoescape:
        return Markup('<a href="{}">{}</a>').format(address, shown)
    return address if shown == address else f"{shown} <{address}>"


def _is_address(address: str) -> bool:
    if any(character.isspace() or ord(character) < 32 for character in address):
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return bool(parts.netloc) if parts.scheme in {"http", "https"} else parts.scheme == "mailto"


@pass_environment
def markdown(environment: Environment, value: object) -> str:
    """Markdown as safe HTML; in a text it is what it is."""
    source = plain_text(value)
    if not environment.autoescape:
        return source
    if len(source) > MAX_MARKDOWN:
        told = gettext("Markdown has at most %d characters") % MAX_MARKDOWN
        raise OverrunError(told)
    if source.count("[") > MAX_BRACKETS:
        raise OverrunError(gettext("Markdown has at most %d brackets") % MAX_BRACKETS)
    budget().make(4 * len(source))
    return from_markdown(source)


READERS: Mapping[str, Operation] = {
    "link": link,
    "local": local,
    "markdown": markdown,
    "money": money,
    "number": number,
}
