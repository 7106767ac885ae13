"""The filters that work on lists, and the tests. `attribute` may be a path such as `owner.name`."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from jinja2 import Environment, Undefined, pass_environment
from jinja2.exceptions import SecurityError
from jinja2.tests import TESTS as JINJA_TESTS
from markupsafe import Markup, escape

from scrips.rendering.budget import budget, kept
from scrips.rendering.filters import FILTERS
from scrips.rendering.methods import Operation, joined
from scrips.rendering.values import members, text

_TESTS = (
    *("defined", "undefined", "none", "boolean", "true", "false", "integer", "float", "number"),
    *("string", "mapping", "sequence", "iterable", "odd", "even", "divisibleby", "lower", "upper"),
    *("==", "eq", "equalto", "!=", "ne", ">", "gt", "greaterthan", ">=", "ge"),
    *("<", "lt", "lessthan", "<=", "le", "in"),
)


def getter(environment: Environment, path: object) -> Callable[[object], Any]:
    """What follows the path from an item through the sandbox; the item itself without a path."""
    if path is None:
        return lambda item: item
    steps = [int(step) if step.isdigit() else step for step in text(path)[:200].split(".")]

    def follow(item: object) -> object:
        for step in steps:
            item = environment.getitem(item, step)
        return item

    return follow


def comparable(value: Any) -> tuple[int, Any]:
    """A key that orders texts without case, numbers and times, and None first."""
    if value is None:
        return (0, 0)
    if isinstance(value, int | float | Decimal):
        return (1, value)
    if isinstance(value, date):
        return (2, value.isoformat())
    return (3, text(value).casefold())


@pass_environment
def sort(
    environment: Environment,
    items: object,
    reverse: object = None,
    case_sensitive: object = None,
    attribute: object = None,
) -> list[object]:
    get = getter(environment, attribute)
    key = get if case_sensitive else lambda item: comparable(get(item))
    return sorted(members(items), key=key, reverse=bool(reverse))


@pass_environment
def unique(environment: Environment, items: object, attribute: object = None) -> list[object]:
    get = getter(environment, attribute)
    return list({comparable(get(item)): item for item in reversed(members(items))}.values())[::-1]


@pass_environment
def groupby(
    environment: Environment, items: object, attribute: object
) -> list[tuple[object, list[object]]]:
    get = getter(environment, attribute)
    groups: dict[object, tuple[object, list[object]]] = {}
    for item in members(items):
        value = get(item)
        groups.setdefault(comparable(value), (value, []))[1].append(item)
    return [group for _, group in sorted(groups.items(), key=lambda entry: entry[0])]  # type: ignore[arg-type, return-value]


def _extreme(choose: Callable[..., Any]) -> Operation:
    @pass_environment
    def extreme(environment: Environment, items: object, attribute: object = None) -> object:
        get = getter(environment, attribute)
        return choose(members(items), key=lambda item: comparable(get(item)), default=None)

    return extreme


@pass_environment
def total(environment: Environment, items: object, attribute: object = None) -> object:
    get = getter(environment, attribute)
    numbers = [get(item) for item in members(items)]
    if not all(isinstance(number, int | float | Decimal | timedelta) for number in numbers):
        raise TypeError(gettext("only numbers can be added up"))
    return sum(numbers[1:], start=numbers[0]) if numbers else 0


@pass_environment
def join(
    environment: Environment, items: object, separator: object = "", attribute: object = None
) -> str:
    get = getter(environment, attribute)
    parts = [text(get(item)) for item in members(items)]
    if environment.autoescape:
        parts = [escape(part) for part in parts]
        return Markup(joined(escape(text(separator)), parts))  # noqa: S704 (all parts are escaped)
    return joined(text(separator), parts)


_ABSENT = object()


def _attributes(
    environment: Environment, items: object, attribute: object, default: object = _ABSENT
) -> list[object]:
    get = getter(environment, attribute)
    found = [get(item) for item in members(items)]
    if default is _ABSENT:
        return found
    return [default if value is None or isinstance(value, Undefined) else value for value in found]


@pass_environment
def mapped(
    environment: Environment, items: object, name: object = None, *args: object, **options: object
) -> list[object]:
    """`map("upper")` applies a filter, `map(attribute="name")` reads an attribute."""
    if name is None:
        return _attributes(environment, items, **options)
    if name not in FILTERS:
        raise SecurityError(gettext("unknown filter '%s'") % text(name)[:100])
    return [environment.call_filter(text(name), item, args) for item in members(items)]


def _picked(*, keep: bool, by_attribute: bool) -> Operation:
    @pass_environment
    def pick(environment: Environment, items: object, *args: object) -> list[object]:
        path, *rest = args if by_attribute else (None, *args)
        get = getter(environment, path)
        name, *values = rest or [None]
        if name is not None and name not in TESTS:
            raise SecurityError(gettext("unknown test '%s'") % text(name)[:100])

        def holds(item: object) -> bool:
            value = get(item)
            return bool(value if name is None else environment.call_test(str(name), value, values))

        return [item for item in members(items) if holds(item) == keep]

    return pick


def _end(index: int) -> Operation:
    def end(items: object) -> object:
        found = members(items)
        return found[index] if found else None

    return end


def _metered(test: Operation) -> Operation:
    def metered(*args: object) -> bool:
        budget().spend(20)
        return bool(test(*args))

    return metered


_JINJA: Mapping[str, Any] = JINJA_TESTS
TESTS: Mapping[str, Operation] = {name: _metered(_JINJA[name]) for name in _TESTS}
LIST_FILTERS: Mapping[str, Operation] = {
    "first": _end(0),
    "groupby": groupby,
    "items": lambda value: [] if value is None else list(kept(value).items()),
    "join": join,
    "last": _end(-1),
    "list": members,
    "map": mapped,
    "max": _extreme(max),
    "min": _extreme(min),
    "reject": _picked(keep=False, by_attribute=False),
    "rejectattr": _picked(keep=False, by_attribute=True),
    "reverse": lambda value: value[::-1] if isinstance(value, str) else members(value)[::-1],
    "select": _picked(keep=True, by_attribute=False),
    "selectattr": _picked(keep=True, by_attribute=True),
    "sort": sort,
    "sum": total,
    "unique": unique,
}
