"""The bounds of one rendering, and the account that holds a template to them.

Everything in a template that can repeat, grow or call passes through here. Time is the thread's
own CPU time: a busy machine must not fail a mail that costs nothing, and nothing here waits.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import thread_time
from typing import TypeVar

from django.utils.translation import gettext

from scrips.rendering.errors import OverrunError

MAX_OUTPUT = 262_144  # characters of the result
MAX_EMITTED = 1_048_576  # characters printed on the way to it, in macros and blocks too
MAX_TEXT = 8_388_608  # characters of all texts that a rendering makes
MAX_TURNS = 10_000  # loop turns and macro calls
MAX_ITEMS = 20_000  # members of a list with all that is in them; 256 characters count as one
MAX_BITS = 1_024  # of an integer
MAX_CALLS = 20  # macros within macros
MAX_SECONDS = 0.2
_CHARACTERS_PER_ITEM = 256
_CHECK_EVERY = 200  # units of cost, about a microsecond each


@dataclass(slots=True)
class Budget:
    """What one rendering has used so far. Each method raises `OverrunError` past its bound."""

    deadline: float = field(default_factory=lambda: thread_time() + MAX_SECONDS)
    turns: int = 0
    emitted: int = 0
    text: int = 0
    depth: int = 0
    unchecked: int = 0

    def spend(self, cost: int = 1) -> None:
        self.unchecked += cost
        if self.unchecked >= _CHECK_EVERY:
            self.unchecked = 0
            if thread_time() > self.deadline:
                raise OverrunError(gettext("the template takes too long"))

    def turn(self) -> None:
        self.turns += 1
        if self.turns > MAX_TURNS:
            raise OverrunError(gettext("the template loops more than %d times") % MAX_TURNS)
        self.spend(2)

    def emit(self, characters: int) -> None:
        self.emitted += characters
        if self.emitted > MAX_EMITTED:
            raise OverrunError(gettext("the template prints more than %d characters") % MAX_EMITTED)
        self.spend(1 + characters // 1000)

    def make(self, characters: int) -> None:
        """Account for a text about to be made; called before, where its length is known before."""
        self.text += characters
        if self.text > MAX_TEXT:
            raise OverrunError(gettext("the template makes texts that are too long"))
        self.spend(1 + characters // 1000)

    @contextmanager
    def nested(self) -> Iterator[None]:
        self.turn()
        self.depth += 1
        if self.depth > MAX_CALLS:
            raise OverrunError(gettext("the template's macros call each other too deeply"))
        yield
        self.depth -= 1


Value = TypeVar("Value")

_current: ContextVar[Budget] = ContextVar("rendering_budget")


def budget() -> Budget:
    """The account of the rendering that is under way."""
    return _current.get()


@contextmanager
def metered() -> Iterator[Budget]:
    """Within the block a fresh account is the current one."""
    account = Budget()
    token = _current.set(account)
    try:
        yield account
    finally:
        _current.reset(token)


def weigh(value: object, limit: int = MAX_ITEMS) -> int:
    """The members of a container with all that is in them; raises `OverrunError` past the limit.

    A list of lists of one list is small in memory, but comparing or printing it is exponential.
    """
    weight = 0
    waiting = [value]
    while waiting:
        item = waiting.pop()
        weight += 1
        if isinstance(item, str):
            weight += len(item) // _CHARACTERS_PER_ITEM
        elif isinstance(item, range):
            weight += len(item)
        elif isinstance(item, Mapping):
            weight += len(item)
            waiting.extend(item.values())
        elif isinstance(item, list | tuple):
            waiting.extend(item[: limit + 1])
        if weight + len(waiting) > limit:
            raise OverrunError(gettext("the template makes lists that are too long"))
    return weight


def kept(value: Value) -> Value:
    """Account for a value that was just made, and hand it on."""
    if isinstance(value, bool | float):
        budget().spend()
    elif isinstance(value, str):
        budget().make(len(value))
    elif isinstance(value, int):
        budget().spend()
        if value.bit_length() > MAX_BITS:
            raise OverrunError(gettext("the template makes a number that is too large"))
    elif isinstance(value, list | tuple | Mapping):
        budget().spend(1 + weigh(value) // 4)
    return value
