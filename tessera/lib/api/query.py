"""Query parameters: declared once, for reading and for the OpenAPI document; others are refused."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from tessera.lib import values
from tessera.lib.errors import Invalid
from tessera.lib.values import BadValue

_LONGEST = 10_000


@dataclass(frozen=True, slots=True)
class Parameter:
    """`read` makes the URL's text into a value, or raises BadValue; `schema` is its OpenAPI type."""

    name: str
    read: Callable[[str], Any]
    schema: Mapping[str, Any]
    description: str = ""


def text(name: str, description: str = "") -> Parameter:
    """Any text."""
    return Parameter(name, _text, {"type": "string"}, description)


def number(name: str, description: str = "") -> Parameter:
    """An id."""
    schema = {"type": "integer", "minimum": 1, "maximum": values.MAX_ID}
    return Parameter(name, whole_number, schema, description)


def choice(name: str, choices: Iterable[str], description: str = "") -> Parameter:
    """One of these texts."""
    known = list(choices)

    def one_of(raw: str) -> str:
        if raw not in known:
            raise BadValue(_("must be one of %(known)s") % {"known": ", ".join(known)})
        return raw

    return Parameter(name, one_of, {"type": "string", "enum": known}, description)


def moment(name: str, description: str = "") -> Parameter:
    """An ISO 8601 time."""
    return Parameter(name, read_moment, {"type": "string"}, description)


def day(name: str, description: str = "") -> Parameter:
    """A date."""
    return Parameter(name, values.day, {"type": "string", "format": "date"}, description)


def read(query: QueryDict, declared: Iterable[Parameter]) -> dict[str, Any]:
    """The values of those given. Raises Invalid naming each that is unknown or wrong."""
    known = {parameter.name: parameter for parameter in declared}
    found: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for name, given in query.lists():
        parameter = known.get(name)
        if parameter is None:
            errors[name[:100]] = [_("is no query parameter of this")]
        elif len(given) > 1:
            errors[name] = [_("is given more than once")]
        else:
            try:
                found[name] = parameter.read(given[0])
            except BadValue as fault:
                errors[name] = [str(fault)]
    if errors:
        raise Invalid(errors)
    return found


def whole_number(raw: str) -> int:
    """A positive 64-bit number in ASCII digits. Raises BadValue."""
    if not raw.isascii() or not raw.isdecimal() or len(raw) > 19:
        raise BadValue(_("must be a whole number from 1 up"))
    return values.identity(int(raw))


def _text(raw: str) -> str:
    return values.text(raw, longest=_LONGEST)


def read_moment(raw: str) -> datetime:
    """An ISO 8601 time. Raises BadValue."""
    # In a URL a plus stands for a space, and "+02:00" is often left unquoted.
    return values.instant(raw.replace(" ", "+") if raw.count(" ") == 1 and "T" in raw else raw)
