"""Who works on a ticket."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from django.utils.translation import gettext as _

from tessera.lib import values
from tickets.access import may_own
from tickets.changes.base import MODIFY, NO_QUEUE, Change, wrong
from tickets.outcome import Entry
from tickets.state import TicketState
from tickets.unit import Unit


@dataclass(frozen=True)
class SetOwner(Change):
    """A user's id, or None for nobody."""

    keys: ClassVar = ("owner_id",)
    recorded: ClassVar = (("Set", "owner"),)

    owner_id: int | None

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self | None:
        if "owner_id" not in raw:
            return None
        try:
            return cls(None if raw["owner_id"] is None else values.identity(raw["owner_id"]))
        except values.BadValue as error:
            raise wrong("owner_id", error) from None

    def rights(self, unit: Unit, state: TicketState) -> tuple[str, ...]:
        if self.owner_id != unit.acting.actor.id:
            return (MODIFY,)
        return ("TakeTicket" if state.owner_id is None else "StealTicket", MODIFY)

    def check(self, unit: Unit, state: TicketState) -> None:
        if self.owner_id is None or self.owner_id == state.owner_id:
            return
        person = unit.people.by_id(self.owner_id)
        if person is not None and state.queue_id == NO_QUEUE:
            return
        # One sentence for both: whoever may create a ticket does not learn so who there is.
        if person is None or not may_own(person, unit.config, replace(state, owner_id=None)):
            raise wrong("owner_id", _("no user of that id can own tickets of this queue"))

    def after(self, unit: Unit, state: TicketState) -> TicketState:  # noqa: ARG002
        return replace(state, owner_id=self.owner_id)

    def write(self, unit: Unit, state: TicketState) -> None:
        if self.owner_id != state.owner_id:
            unit.record(
                self.after(unit, state),
                "Set",
                field="owner",
                old=state.owner_id,
                new=self.owner_id,
            )

    @classmethod
    def replay(cls, state: TicketState, entry: Entry) -> TicketState:
        return replace(state, owner_id=entry.new_value)
