"""What a condition is: a pure question to one round, answered with its reason."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from django.utils.functional import Promise

from scrips.checking import Checker
from scrips.facts import Round
from scrips.schemas import Schema
from tessera.lib.query.clues import Clue
from tickets.config import Config
from tickets.outcome import Entry

# The transactions that start scrips: all that are facts of the ticket, and not records about its deliveries.
TYPES = (
    "Create",
    "StatusChange",
    "Set",
    "CustomField",
    "Comment",
    "Correspond",
    "AddWatcher",
    "DelWatcher",
    "AddLink",
    "DeleteLink",
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a condition holds, and because of what.

    `say` puts the reason into words. It is called only where somebody reads it: of five hundred scrips that are
    asked in a request most stay silent, and their reasons would cost more than all the rest.
    """

    holds: bool
    say: Callable[[], str]

    @property
    def because(self) -> str:
        """The reason, in the language that is active now."""
        return self.say()


def of_entry(
    name: str, read: Callable[[Entry], Hashable], wanted: Iterable[Hashable]
) -> Clue[Round]:
    """A clue that the transaction gives by one of its values."""
    return Clue(name, lambda round_: (read(round_.entry),), frozenset(wanted))


class OfTransaction:
    """A condition that the transaction alone decides."""

    clues: Sequence[Clue[Round]] = ()

    def may_hold(self, entry: Entry) -> bool:
        """Whether it holds."""
        raise NotImplementedError

    def holds(self, round_: Round) -> bool:
        return self.may_hold(round_.entry)


class Condition(Protocol):
    """A kind of condition. `key` is its name in the contract, `label` the words for people.

    `schema` is the JSON Schema of its settings: settings that it does not have are refused before `check` is asked.
    `types` are the transaction types that it can hold for at all: for others it is not even asked. `clues` are what it
    can't hold without, each by itself: where one is missing it is not asked either. They are read where the type fits.
    """

    key: ClassVar[str]
    label: ClassVar[str | Promise]
    schema: ClassVar[Schema]

    @property
    def types(self) -> frozenset[str]:
        """Some of `TYPES`."""

    @property
    def clues(self) -> Sequence[Clue[Round]]:
        """As many as the settings give."""

    def __init__(self, config: Mapping[str, Any], *, known: Config) -> None:
        """From settings that `check` passed; `known` is what they may name."""

    @classmethod
    def check(cls, config: Mapping[str, Any], checker: Checker) -> None:
        """Note every fault of a configuration, by its path below `condition_config`."""

    def may_hold(self, entry: Entry) -> bool:
        """Whether it can hold for the transaction, as far as that alone tells. Where it says no, `verdict` does."""

    def holds(self, round_: Round) -> bool:
        """What `verdict` says, without its reason: most of many scrips stay silent, and this is all that they cost."""

    def verdict(self, round_: Round) -> Verdict:
        """The answer for one transaction of any type. Pure: the same facts give the same answer."""
