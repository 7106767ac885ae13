"""The environment in which templates run: what may be reached, called and computed."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import wraps
from typing import Any

from django.utils.translation import gettext
from jinja2 import StrictUndefined, Undefined, pass_context, pass_environment
from jinja2.environment import Environment
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace
from markupsafe import Markup, escape

from scrips.rendering.budget import MAX_BITS, MAX_TURNS, budget, kept
from scrips.rendering.caps import Caps
from scrips.rendering.errors import OverrunError
from scrips.rendering.filters import FILTERS
from scrips.rendering.lists import LIST_FILTERS, TESTS
from scrips.rendering.methods import KINDS, Method, Operation, formatted
from scrips.rendering.readers import READERS
from scrips.rendering.values import Facts, members, text, visible

_LOOP_FACTS = frozenset(
    ("index", "index0", "revindex", "revindex0", "first", "last", "length", "previtem", "nextitem")
)
_LOOP_METHODS = frozenset(("cycle", "changed"))
_NUMBER = (int, float, Decimal)
ALL: Mapping[str, Operation] = {**FILTERS, **LIST_FILTERS, **READERS}


def each(value: object) -> Iterator[object]:
    """Stands around what a `for` goes through: every turn is accounted for."""
    account = budget()
    for item in value if isinstance(value, range) else members(value):
        account.turn()
        yield item


def compared(value: object) -> object:
    """Stands around a comparison, whose cost depends on values of any size."""
    budget().spend(20)
    return value


@pass_environment
def concatenated(environment: Environment, parts: tuple[object, ...]) -> str:
    """The operator `~`: the parts as they print."""
    texts = [text(part) for part in parts]
    budget().make(sum(map(len, texts)))
    if environment.autoescape:
        return Markup("").join(escape(part) for part in texts)
    return "".join(texts)


@pass_context
def printed(_context: Context, value: object) -> str:
    """What each `{{ … }}` passes through. Asking for the context keeps Jinja from computing
    constants when it compiles, outside all bounds."""
    shown = text(value)
    budget().emit(len(shown))
    return shown


def bounded_range(*args: int) -> range:
    numbers = range(*args)
    if len(numbers) > MAX_TURNS:
        raise OverrunError(gettext("the template loops more than %d times") % MAX_TURNS)
    return numbers


def _metered(operation: Operation) -> Operation:
    @wraps(operation)
    def metered(*args: object, **options: object) -> object:
        budget().spend(5)
        return kept(operation(*args, **options))

    return metered


def _repeated(left: Any, right: Any) -> None:
    """Refuses the products and powers whose size is known before they are made."""
    for sequence, count in ((left, right), (right, left)):
        if isinstance(sequence, str | list | tuple) and isinstance(count, int):
            budget().make(len(sequence) * max(count, 0))


def _powered(left: Any, right: Any) -> None:
    if not isinstance(left, int | float) or not isinstance(right, int | float):
        raise TypeError(gettext("only numbers have powers"))
    if isinstance(left, int) and isinstance(right, int) and left.bit_length() * right > MAX_BITS:
        raise OverrunError(gettext("the template makes a number that is too large"))


def computed(operator: str, operation: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    """One binary operation within the bounds, on texts, numbers, lists and times alone."""
    for value in (left, right):
        if isinstance(value, Undefined):
            str(value)  # raises what is undefined about it
        if not isinstance(value, str | list | tuple | date | timedelta | int | float | Decimal):
            raise TypeError(
                gettext("the operator %(operator)s does not take %(value)s")
                % {"operator": operator, "value": text(value)[:50] or gettext("an empty value")}
            )
    if operator == "%" and isinstance(left, str):
        return formatted(left, *(right if isinstance(right, tuple) else (right,)))
    if operator == "*":
        _repeated(left, right)
    elif operator == "**":
        _powered(left, right)
    return operation(left, right)


class Sandbox(ImmutableSandboxedEnvironment):
    """All that a template reaches goes by allow-list: attributes, calls, filters, tests, names."""

    intercepted_binops = frozenset(("+", "-", "*", "/", "//", "%", "**"))

    def __init__(self, *, html: bool) -> None:
        super().__init__(
            autoescape=html,
            finalize=printed,
            undefined=StrictUndefined,
            keep_trailing_newline=True,
            optimized=False,
            cache_size=0,
            extensions=[Caps],
        )
        self.filters = {name: _metered(one) for name, one in ALL.items()}
        self.filters |= {"#each": each, "#compared": compared, "#kept": kept}
        self.filters["#concat"] = concatenated
        self.tests = dict(TESTS)
        self.globals = {"range": bounded_range, "namespace": Namespace}

    def getattr(self, obj: Any, attribute: str) -> Any:
        """An attribute that templates may see. Of None it is None: `owner.email` may be empty."""
        if obj is None:
            return None
        if isinstance(obj, Undefined):
            str(obj)  # raises what is undefined about it
        if not attribute.startswith("_"):
            if isinstance(obj, Facts):
                if attribute in visible(type(obj)):
                    return getattr(obj, attribute)
            elif isinstance(obj, Mapping) and attribute in obj:
                return obj[attribute]
            elif isinstance(obj, Namespace | LoopContext):
                return self._of_template(obj, attribute)
            else:
                return self._of_kind(obj, attribute)
        return self._unknown(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(argument, str):
            return self.getattr(obj, argument)
        if isinstance(obj, str | list | tuple | range | Mapping):
            try:
                return obj[argument]
            except LookupError:
                return self.undefined(gettext("there is no item %s") % text(argument)[:100])
        return None if obj is None else self._unknown(obj, text(argument))

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        if not __self.is_safe_callable(__obj):
            raise SecurityError(gettext("this is no function: %s") % __self._named(__obj))
        with budget().nested():
            return __context.call(__obj, *args, **kwargs)

    def is_safe_callable(self, obj: Any) -> bool:
        return isinstance(obj, Method | Macro) or obj in (bounded_range, Namespace)

    def is_safe_attribute(self, _obj: Any, _attr: str, _value: Any) -> bool:
        """Nothing is reached by the ways that would ask this."""
        return False

    def call_binop(self, _context: Context, operator: str, left: Any, right: Any) -> Any:
        return kept(computed(operator, self.binop_table[operator], left, right))

    def _of_template(self, obj: Namespace | LoopContext, attribute: str) -> Any:
        if isinstance(obj, LoopContext):
            if attribute in _LOOP_METHODS:
                method = getattr(LoopContext, attribute)
                return Method(method, obj)
            if attribute not in _LOOP_FACTS:
                return self._unknown(obj, attribute)
        try:
            return getattr(obj, attribute)
        except AttributeError:
            return self._unknown(obj, attribute)

    def _of_kind(self, obj: Any, attribute: str) -> Any:
        for kind, methods, facts in KINDS:
            if isinstance(obj, kind):
                if attribute in methods:
                    return Method(methods[attribute], obj)
                if attribute in facts and hasattr(obj, attribute):
                    return getattr(obj, attribute)
        return self._unknown(obj, attribute)

    def _unknown(self, obj: Any, attribute: str) -> Undefined:
        return self.undefined(
            gettext("%(owner)s has no '%(name)s'")
            % {"owner": self._named(obj), "name": attribute[:100]}
        )

    def _named(self, obj: Any) -> str:
        if isinstance(obj, Mapping):
            return "mapping"  # of whatever class
        return type(obj).__name__.removesuffix("Facts").lower()
