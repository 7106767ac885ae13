"""The version of its lifecycle that a ticket lives by. Only a planned move of many changes it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from django.utils.translation import gettext as _

from tessera.lib.errors import MappingNeeded
from tessera.lib.query.fold import fold
from tickets.changes.base import Change
from tickets.changes.dates import with_status
from tickets.outcome import Entry
from tickets.state import TicketState
from tickets.unit import Unit


@dataclass(frozen=True)
class SetVersion(Change):
    """A version of the lifecycle that the ticket has. `mapping` says what statuses it lacks become, by folded name.

    Recorded as `Set` of `lifecycle_version` with the numbers, and a `StatusChange` where the status is another then: as
    with a move to another queue neither transitions nor guards are asked.
    """

    keys: ClassVar = ()
    recorded: ClassVar = (("Set", "lifecycle_version"),)

    version_id: int
    mapping: Mapping[str, str]

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self | None:  # noqa: ARG003
        return None  # no request of a single ticket asks for it

    def rights(self, unit: Unit, state: TicketState) -> tuple[str, ...]:  # noqa: ARG002
        return ("AdminLifecycles",)

    def check(self, unit: Unit, state: TicketState) -> None:
        if self._status_there(unit, state) is None:
            there = unit.config.lifecycle(self.version_id)
            raise MappingNeeded(
                _("Version %(number)d has no status “%(status)s”; say in mapping what it becomes.")
                % {"number": there.number, "status": state.status},
                statuses=[status.name for status in there.definition.statuses],
            )

    def _status_there(self, unit: Unit, state: TicketState) -> str | None:
        definition = unit.config.lifecycle(self.version_id).definition
        wanted = self.mapping.get(fold(state.status), state.status)
        return definition.successor(wanted)

    def after(self, unit: Unit, state: TicketState) -> TicketState:  # noqa: ARG002
        return replace(state, lifecycle_version_id=self.version_id)

    def write(self, unit: Unit, state: TicketState) -> None:
        if state.lifecycle_version_id == self.version_id:
            return
        here = unit.config.lifecycle(state.lifecycle_version_id)
        there = unit.config.lifecycle(self.version_id)
        status = self._status_there(unit, state)
        unit.record(
            self.after(unit, state),
            "Set",
            field="lifecycle_version",
            old=here.number,
            new=there.number,
            data={"lifecycle_version": {"old": here.version_id, "new": there.version_id}},
        )
        if status is None or status == state.status:
            return
        kinds = [here.definition.kind(state.status), there.definition.kind(status)]
        unit.record(
            with_status(unit.state(state.id), status, kinds, unit.now),
            "StatusChange",
            field="status",
            old=state.status,
            new=status,
            data={"kinds": kinds},
        )

    @classmethod
    def replay(cls, state: TicketState, entry: Entry) -> TicketState:
        return replace(state, lifecycle_version_id=entry.data["lifecycle_version"]["new"])
