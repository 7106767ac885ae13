"""The filters that change one value. Arguments come from templates: Python's TypeError answers."""

import html
import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import quote, urlencode

from django.utils.translation import gettext
from jinja2 import Environment, Undefined, pass_environment
from markupsafe import Markup, escape

from scrips.rendering.budget import budget, weigh
from scrips.rendering.methods import Operation, formatted, replaced, timed, width, zone
from scrips.rendering.values import members, plain, text

_TAG = re.compile(r"<[^<>]*>")
_JSON_IN_HTML = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "'": "\\u0027"})


def plain_text(value: object) -> str:
    """The text of a value, never markup: what a filter changed is escaped again."""
    return str(text(value))


def of_text(operation: Callable[[str], object]) -> Operation:
    return lambda value: operation(plain_text(value))


def dated(value: object, pattern: str = "%Y-%m-%d %H:%M", zone_name: str | None = None) -> str:
    """`date("%d %b %Y", "Europe/Berlin")` of a date, a time, or the ISO text of one."""
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        value = date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
    if not isinstance(value, date):
        raise TypeError(gettext("this is not a date: %s") % plain_text(value)[:50])
    if zone_name is not None and isinstance(value, datetime) and value.tzinfo is not None:
        value = value.astimezone(zone(zone_name))
    return timed(value, pattern)


def default(value: object, other: object = "", boolean: object = None) -> object:
    """`other` for what is undefined or None, and with `boolean` for all that is false."""
    absent = isinstance(value, Undefined) or value is None
    return other if absent or (boolean and not value) else value


def truncate(value: object, length: int = 255, killwords: object = None, end: str = "…") -> str:
    source = plain_text(value)
    if len(source) <= length:
        return source
    cut = source[: max(0, length - len(end))]
    return (cut if killwords else cut.rsplit(" ", 1)[0]) + end


def trim(value: object, characters: str | None = None) -> str:
    source = text(value)
    return source.strip(characters)


def indent(value: object, by: object = 4, first: object = None, blank: object = None) -> str:
    """Every line but the first behind `by` blanks, or behind `by` itself where it is a text."""
    source = text(value)
    prefix = by if isinstance(by, str) else " " * width(by)
    width(len(prefix))
    budget().make((source.count("\n") + 1) * len(prefix))
    if isinstance(source, Markup):
        prefix = escape(prefix)
    lines = source.split("\n")
    changed = [prefix + line if line or blank else line for line in lines]
    if not first:
        changed[0] = lines[0]
    return type(source)("\n").join(changed)


def wordwrap(value: object, size: object = 79) -> str:
    """Lines of at most `size` characters; a longer word keeps a line of its own."""
    limit = max(1, width(size))
    wrapped: list[str] = []
    for line in plain_text(value).split("\n"):
        current, *words = line.split(" ")
        taken = [current]
        length = len(current)
        for word in words:
            if length + 1 + len(word) > limit:
                wrapped.append(" ".join(taken))
                taken, length = [word], len(word)
            else:
                taken.append(word)
                length += 1 + len(word)
        wrapped.append(" ".join(taken))
    return "\n".join(wrapped)


@pass_environment
def nl2br(environment: Environment, value: object) -> str:
    """Line breaks as `<br>` in an HTML template; in a text they are what they are."""
    if not environment.autoescape:
        return text(value)
    return Markup("<br>\n").join(escape(text(value)).split("\n"))


def striptags(value: object) -> str:
    return html.unescape(_TAG.sub("", plain_text(value)))


@pass_environment
def tojson(environment: Environment, value: object) -> str:
    """JSON for a webhook's body, or safe within HTML."""
    weigh(value)
    result = json.dumps(plain(value), ensure_ascii=False, allow_nan=False)
    return Markup(result.translate(_JSON_IN_HTML)) if environment.autoescape else result  # noqa: S704


def urlencoded(value: object) -> str:
    """A text for a part of a URL; a mapping as its query string."""
    if isinstance(value, Mapping):
        weigh(value)
        return urlencode({text(key): text(item) for key, item in value.items()})
    return quote(plain_text(value), safe="/")


def to_int(value: object, other: object = 0) -> object:
    try:
        number = float(value) if isinstance(value, Decimal) else value
        return int(number)  # type: ignore[call-overload]
    except (TypeError, ValueError, OverflowError):
        return other


def to_float(value: object, other: object = 0.0) -> object:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return other


def rounded(value: object, precision: int = 0) -> float:
    if not isinstance(value, int | float | Decimal) or abs(precision) > 20:
        raise TypeError(gettext("only a number can be rounded, to at most 20 places"))
    return round(float(value), precision)


def absolute(value: object) -> object:
    if not isinstance(value, int | float | Decimal):
        raise TypeError(gettext("this is no number: %s") % plain_text(value)[:50])
    return abs(value)


def length(value: object) -> int:
    return len(value) if isinstance(value, str | range | Mapping) else len(members(value))


FILTERS: Mapping[str, Operation] = {
    "abs": absolute,
    "capitalize": of_text(str.capitalize),
    "center": lambda value, size=80: plain_text(value).center(width(size)),
    "count": length,
    "d": default,
    "date": dated,
    "default": default,
    "e": lambda value: escape(text(value)),
    "escape": lambda value: escape(text(value)),
    "float": to_float,
    "format": lambda value, *arguments: formatted(plain_text(value), *arguments),
    "indent": indent,
    "int": to_int,
    "length": length,
    "lower": of_text(str.lower),
    "nl2br": nl2br,
    "replace": lambda value, *arguments: replaced(plain_text(value), *arguments),
    "round": rounded,
    "string": text,
    "striptags": striptags,
    "title": of_text(str.title),
    "tojson": tojson,
    "trim": trim,
    "truncate": truncate,
    "upper": of_text(str.upper),
    "urlencode": urlencoded,
    "wordcount": of_text(lambda value: len(value.split())),
    "wordwrap": wordwrap,
}
