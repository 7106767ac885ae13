"""The attributes and methods that templates may use of texts, mappings and times, each bounded."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from django.utils.translation import gettext, ngettext

from scrips.rendering.budget import MAX_ITEMS, budget, kept, weigh
from scrips.rendering.errors import OverrunError
from scrips.rendering.values import members, moment, text

# The arguments come from a template, whose author may pass anything: a TypeError answers.
Operation: TypeAlias = Callable[..., Any]

MAX_WIDTH = 1_000
_TIME_FORMAT = re.compile(r"(?:[^%]|%-?[YmdHMSyBbAajpIZzUWVGuwfFTDR%])*")
_CONVERSION = re.compile(r"%([#0 +-]*)(\d*)(?:\.(\d*))?([a-zA-Z%]?)")


class Method:
    """A method bound to its value; with the few functions and macros all that may be called."""

    __slots__ = ("_call",)

    def __init__(self, operation: Operation, subject: object) -> None:
        self._call = partial(operation, subject)

    def __call__(self, *args: object, **kwargs: object) -> object:
        budget().spend(5)
        return kept(self._call(*args, **kwargs))


def width(value: object) -> int:
    """A width that a template may pad to; raises `OverrunError` for more than any page has."""
    if not isinstance(value, int):
        raise TypeError(gettext("a width is a number"))
    if abs(value) > MAX_WIDTH:
        raise OverrunError(gettext("the template pads to more than %d characters") % MAX_WIDTH)
    return value


def replaced(value: str, old: object, new: object, count: int = -1) -> str:
    old, new = str(text(old)), str(text(new))
    turns = value.count(old) if count < 0 else min(count, value.count(old))
    budget().make(max(0, turns * (len(new) - len(old))))
    return str(value).replace(old, new, count)


def joined(separator: str, items: object) -> str:
    parts = [text(item) for item in members(items)]
    budget().make(sum(map(len, parts)) + len(separator) * len(parts))
    return separator.join(parts)


def split(value: str, separator: str | None = None, maxsplit: int = -1) -> list[str]:
    limit = MAX_ITEMS if maxsplit < 0 else min(maxsplit, MAX_ITEMS)
    return value.split(separator, limit)


def rsplit(value: str, separator: str | None = None, maxsplit: int = -1) -> list[str]:
    limit = MAX_ITEMS if maxsplit < 0 else min(maxsplit, MAX_ITEMS)
    return value.rsplit(separator, limit)


def splitlines(value: str, keepends: bool = False) -> list[str]:  # noqa: FBT001, FBT002 (str's own)
    if value.count("\n") > MAX_ITEMS:
        raise OverrunError(gettext("the template makes lists that are too long"))
    return value.splitlines(keepends)


def _padded(method: Operation) -> Operation:
    def pad(value: str, size: object, *fill: str) -> object:
        return method(str(value), width(size), *fill)

    return pad


def _counted(count: int, arguments: tuple[object, ...]) -> None:
    if count != len(arguments):
        raise TypeError(
            ngettext(
                "the format takes %(wanted)d value, not %(given)d",
                "the format takes %(wanted)d values, not %(given)d",
                count,
            )
            % {"wanted": count, "given": len(arguments)}
        )


def formatted(pattern: str, *arguments: object) -> str:
    """`pattern % arguments` with widths and precisions that are bounded, and no `*` or names."""
    found = [match for match in _CONVERSION.finditer(pattern) if match[4] != "%"]
    _counted(len(found), arguments)
    values: list[object] = []
    for match, argument in zip(found, arguments, strict=True):
        if not match[4] or match[4] not in "sdifFeEgGxXo":
            raise ValueError(gettext("the format does not know %s") % match[0])
        for size in (match[2], match[3]):
            width(int(size[:10])) if size else None
        values.append(text(argument) if match[4] == "s" else argument)
    budget().make(len(pattern) + sum(len(value) for value in values if isinstance(value, str)))
    return str(pattern) % tuple(values)


@lru_cache(maxsize=128)
def zone(name: str) -> ZoneInfo:
    """The time zone of that name; raises `ValueError`."""
    try:
        return ZoneInfo(name)
    except (OSError, LookupError, ValueError) as error:
        raise ValueError(gettext("unknown time zone %s") % name[:100]) from error


def timed(value: date, pattern: str) -> str:
    """`strftime` without the paddings that some C libraries know (`%999999d`)."""
    if len(pattern) > MAX_WIDTH or not _TIME_FORMAT.fullmatch(pattern):
        raise ValueError(gettext("the date format is not understood: %s") % pattern[:100])
    return value.strftime(pattern)


def _weighed(method: Operation) -> Operation:
    def listed(value: Mapping[object, object]) -> list[object]:
        weigh(value)
        return list(method(value))

    return listed


def _as_plain(method: Operation) -> Operation:
    return lambda value, *args: method(str(value), *args)


_PLAIN_TEXT = (
    *("upper", "lower", "title", "capitalize", "casefold", "swapcase"),
    *("strip", "lstrip", "rstrip", "removeprefix", "removesuffix", "partition", "rpartition"),
    *("startswith", "endswith", "find", "rfind", "index", "rindex", "count"),
    *("isdigit", "isalpha", "isalnum", "isnumeric", "isspace", "isupper", "islower"),
)
TEXT: Mapping[str, Operation] = {
    **{name: _as_plain(getattr(str, name)) for name in _PLAIN_TEXT},
    **{name: _padded(getattr(str, name)) for name in ("center", "ljust", "rjust", "zfill")},
    "replace": replaced,
    "join": joined,
    "split": split,
    "rsplit": rsplit,
    "splitlines": splitlines,
}
MAPPING: Mapping[str, Operation] = {
    "items": _weighed(lambda value: value.items()),
    "keys": _weighed(lambda value: value.keys()),
    "values": _weighed(lambda value: value.values()),
    "get": lambda value, key, default=None: value.get(key, default),
}
MOMENT: Mapping[str, Operation] = {
    "isoformat": moment,
    "strftime": timed,
    "weekday": lambda value: value.weekday(),
    "isoweekday": lambda value: value.isoweekday(),
    "date": lambda value: value.date() if isinstance(value, datetime) else value,
    "timestamp": lambda value: value.timestamp(),
}
SPAN: Mapping[str, Operation] = {"total_seconds": timedelta.total_seconds}
MOMENT_FACTS = frozenset(("year", "month", "day", "hour", "minute", "second"))
SPAN_FACTS = frozenset(("days", "seconds"))

# A kind of value, its methods, and its attributes that are no methods.
KINDS: tuple[tuple[type, Mapping[str, Operation], frozenset[str]], ...] = (
    (str, TEXT, frozenset()),
    (Mapping, MAPPING, frozenset()),
    (date, MOMENT, MOMENT_FACTS),
    (timedelta, SPAN, SPAN_FACTS),
)
