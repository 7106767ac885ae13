"""What a condition is: a pure question to one round, answered with its reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from django.utils.functional import Promise

from scrips.checking import Checker
from scrips.facts import Round
from tickets.config import Config


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a condition holds, and because of what."""

    holds: bool
    because: str


class Condition(Protocol):
    """A kind of condition. `key` is its name in the contract, `label` the words for people."""

    key: ClassVar[str]
    label: ClassVar[str | Promise]

    def __init__(self, config: Mapping[str, Any], *, known: Config) -> None:
        """From settings that `check` passed; `known` is what they may name."""

    @classmethod
    def check(cls, config: Mapping[str, Any], checker: Checker) -> None:
        """Note every fault of a configuration, by its path below `condition_config`."""

    def verdict(self, round_: Round) -> Verdict:
        """The answer for one transaction. Pure: the same facts give the same answer."""
