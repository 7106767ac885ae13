"""What templates may see, and how each value prints."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property, lru_cache

from django.utils.translation import gettext
from jinja2 import Undefined
from jinja2.exceptions import SecurityError

from scrips.rendering.budget import kept


class Facts(ABC):
    """Base of the frozen dataclasses that templates read.

    A template sees the dataclass fields and the properties whose names do not start with an
    underscore, and nothing else: no method. `str()` is what `{{ it }}` prints.
    """

    __slots__ = ()

    @abstractmethod
    def __str__(self) -> str: ...


class Later:
    """A value that costs something, worked out for the templates that name it."""

    __slots__ = ("_work_out",)

    def __init__(self, work_out: Callable[[], object]) -> None:
        self._work_out = work_out

    def value(self) -> object:
        return self._work_out()


@lru_cache(maxsize=256)
def visible(kind: type[Facts]) -> frozenset[str]:
    """The names that a template may ask of facts of this class."""
    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]  # by the base's terms
    for base in kind.__mro__:
        names.update(
            name
            for name, member in vars(base).items()
            if isinstance(member, property | cached_property)
        )
    return frozenset(name for name in names if not name.startswith("_"))


def text(value: object) -> str:
    """The value as a template prints it. Raises `SecurityError` for what has no text."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, Undefined | Facts | bool | int | float | timedelta | time):
        return str(value)
    if isinstance(value, date):
        return moment(value)
    if isinstance(value, Decimal):
        return f"{value:f}" if -50 < value.adjusted() < 50 else str(value)
    if isinstance(value, list | tuple | range):
        return kept(", ".join([text(item) for item in kept(value)]))
    if isinstance(value, Mapping):
        return kept(", ".join([f"{text(k)}: {text(v)}" for k, v in kept(value).items()]))
    raise SecurityError(gettext("a value of this kind has no text: %s") % type(value).__name__)


def moment(value: date) -> str:
    """A date or time in ISO 8601, to the second, UTC as Z."""
    if not isinstance(value, datetime):
        return value.isoformat()
    if value.tzinfo is not None and value.utcoffset() == timedelta(0):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
    return value.isoformat(timespec="seconds")


def plain(value: object) -> object:
    """The value as JSON has it: facts and times as they print, containers as they are."""
    if isinstance(value, Mapping):
        return {text(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | range):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(text(value))


def members(value: object) -> list[object]:
    """What a loop or a filter finds in the value; nothing in None."""
    if value is None:
        return []
    if isinstance(value, Undefined):
        return list(value)  # raises what is undefined about it
    if isinstance(value, str | list | tuple | range):
        return list(kept(value))
    if isinstance(value, Mapping):
        return list(kept(value))
    raise SecurityError(
        gettext("a value of this kind cannot be looped over: %s") % type(value).__name__
    )
