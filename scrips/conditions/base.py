"""What a condition is: a pure question to one round, answered with its reason."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from django.utils.functional import Promise

from scrips.checking import Checker
from scrips.facts import Round
from scrips.schemas import Schema
from tickets.config import Config

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


class Condition(Protocol):
    """A kind of condition. `key` is its name in the contract, `label` the words for people.

    `schema` is the JSON Schema of its settings: settings that it does not have are refused before `check` is asked.
    `types` are the transaction types that it can hold for at all: for others it is not even asked.
    """

    key: ClassVar[str]
    label: ClassVar[str | Promise]
    schema: ClassVar[Schema]

    @property
    def types(self) -> frozenset[str]:
        """Some of `TYPES`."""

    def __init__(self, config: Mapping[str, Any], *, known: Config) -> None:
        """From settings that `check` passed; `known` is what they may name."""

    @classmethod
    def check(cls, config: Mapping[str, Any], checker: Checker) -> None:
        """Note every fault of a configuration, by its path below `condition_config`."""

    def verdict(self, round_: Round) -> Verdict:
        """The answer for one transaction of any type. Pure: the same facts give the same answer."""
