"""What a change is: one thing that can be asked of a ticket, and everything that is to be known about it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from tessera.lib.errors import Invalid
from tessera.lib.values import BadValue
from tickets.outcome import Entry
from tickets.state import TicketState
from tickets.unit import Unit

MODIFY = "ModifyTicket"
# Of a ticket that is to begin in a queue that there is not.
NO_QUEUE = 0


@dataclass(frozen=True)
class Change(ABC):
    """One wanted change. The door asks four questions, in order: right, check, write, describe.

    `keys` are the fields of a request that it is made from. `recorded` are the (type, field) pairs of the
    transactions that it writes; a field of "" stands for any. What is `anywhere` can be checked for a new ticket
    without a queue too.
    """

    keys: ClassVar[tuple[str, ...]]
    recorded: ClassVar[tuple[tuple[str, str], ...]]
    anywhere: ClassVar[bool] = True

    @classmethod
    @abstractmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self | None:
        """The change that these fields of a request ask for; None where they ask for none. Raises `Invalid`."""

    def rights(self, unit: Unit, state: TicketState) -> tuple[str, ...]:  # noqa: ARG002
        """The rights on a ticket that exists of which one is needed; none where the check asks by itself.

        The first is the one that a refusal names.
        """
        return (MODIFY,)

    def check(self, unit: Unit, state: TicketState) -> None:  # noqa: B027  # many have nothing to check
        """Raise `Invalid` or another `Refused` where it can't be done. A ticket that begins has `last_seq` 0."""

    @abstractmethod
    def after(self, unit: Unit, state: TicketState) -> TicketState:
        """The ticket with the change made; the same where it changes nothing."""

    @abstractmethod
    def write(self, unit: Unit, state: TicketState) -> None:
        """Record what really changes, and nothing where nothing does."""

    @classmethod
    @abstractmethod
    def replay(cls, state: TicketState, entry: Entry) -> TicketState:
        """The ticket after a recorded transaction, from the ticket before it and the row alone."""


def wrong(field: str, error: BadValue | str) -> Invalid:
    """One field's error."""
    return Invalid({field: [str(error)]})
