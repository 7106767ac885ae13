"""Moving a ticket to another queue, and with it perhaps to another lifecycle."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from django.utils.translation import gettext as _

from tessera.lib import values
from tessera.lib.errors import Forbidden, MappingNeeded
from tickets.access import Actor, require, sees_queue
from tickets.changes.base import Change, wrong
from tickets.changes.dates import with_status
from tickets.config import LifecycleSpec, QueueSpec
from tickets.outcome import Entry
from tickets.state import TicketState
from tickets.transitions import refuse_open_dependencies
from tickets.unit import Unit


@dataclass(frozen=True)
class SetQueue(Change):
    """A queue by id or by name. `status` is what the same request makes of the status, if it says so."""

    keys: ClassVar = ("queue_id", "queue")
    recorded: ClassVar = (("Set", "queue"),)
    anywhere: ClassVar = False

    field: str
    wanted: int | str
    status: str | None = None

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self | None:
        given = [key for key in cls.keys if key in raw]
        if not given:
            return None
        if len(given) > 1:
            raise wrong("queue", _("give either queue or queue_id, not both"))
        field = given[0]
        status = raw.get("status")
        try:
            wanted: int | str = (
                values.identity(raw[field])
                if field == "queue_id"
                else values.text(raw[field], longest=100)
            )
        except values.BadValue as error:
            raise wrong(field, error) from None
        return cls(field, wanted, status if isinstance(status, str) else None)

    def find(self, actor: Actor, *, here: int | None = None) -> QueueSpec:
        """The queue; `here` is where the ticket is now, which is no secret. Raises `Invalid` where there is none. An
        actor who does not see all of them is told no more of one that he does not see than of one that is not there:
        `Forbidden`."""
        config = actor.config
        queue = (
            config.queues.get(self.wanted)
            if isinstance(self.wanted, int)
            else config.queues_by_name.get(self.wanted.lower())
        )
        if queue is not None and (queue.id == here or sees_queue(actor, queue.id)):
            return queue
        if not sees_queue(actor, None):
            raise Forbidden(
                _("There is no queue “%(queue)s” in which you may create tickets.")
                % {"queue": str(self.wanted)[:100]},
                right="CreateTicket",
            )
        raise wrong(self.field, _("there is no such queue"))

    def target(self, unit: Unit, state: TicketState | None = None) -> QueueSpec:
        """The queue that the ticket comes to. Raises as `find` does, and `Invalid` where it takes no tickets."""
        queue = self.find(unit.acting.actor, here=state.queue_id if state else None)
        if queue.disabled:
            raise wrong(self.field, _("the queue %(name)s is disabled") % {"name": queue.name})
        return queue

    def check(self, unit: Unit, state: TicketState) -> None:
        actor = unit.acting.actor
        if self.find(actor, here=state.queue_id).id == state.queue_id:
            return  # where it is it may stay, though the queue takes no new tickets
        queue = self.target(unit, state)
        require(unit.acting.actor, "CreateTicket", queue_id=queue.id)
        here = unit.config.lifecycle(state.lifecycle_version_id)
        if here.lifecycle_id == queue.lifecycle.lifecycle_id:
            return  # it keeps the version that it has, and with it the status
        status = self._status_there(here, queue.lifecycle, state.status)
        if status is None:
            raise MappingNeeded(
                _("The queue %(queue)s has no status “%(status)s”; say in status what it becomes.")
                % {"queue": queue.name, "status": state.status},
                statuses=[s.name for s in queue.lifecycle.definition.statuses],
            )
        before, after = _kinds(here, state.status, queue.lifecycle, status)
        if after == "inactive" and before != "inactive":
            refuse_open_dependencies(state, unit.acting.actor, unit.states)

    def after(self, unit: Unit, state: TicketState) -> TicketState:
        queue = self.find(unit.acting.actor, here=state.queue_id)
        if queue.id == state.queue_id:
            return state
        here = unit.config.lifecycle(state.lifecycle_version_id)
        if here.lifecycle_id == queue.lifecycle.lifecycle_id:
            return replace(state, queue_id=queue.id)
        version_id = queue.lifecycle.version_id
        moved = replace(state, queue_id=queue.id, lifecycle_version_id=version_id)
        kinds = _kinds_of_one_name(here, queue.lifecycle, state.status)
        return moved if kinds is None else with_status(moved, moved.status, kinds, unit.now)

    def write(self, unit: Unit, state: TicketState) -> None:
        moved = self.after(unit, state)
        if moved == state:
            return
        old, new = state.lifecycle_version_id, moved.lifecycle_version_id
        data: dict[str, Any] = {}
        if old != new:
            data["lifecycle_version"] = {"old": old, "new": new}
            left, entered = unit.config.lifecycle(old), unit.config.lifecycle(new)
            if kinds := _kinds_of_one_name(left, entered, state.status):
                data["kinds"] = kinds
        unit.record(moved, "Set", field="queue", old=state.queue_id, new=moved.queue_id, data=data)
        if old != new:
            self._map_status(unit, unit.state(state.id), unit.config.lifecycle(old))

    def _map_status(self, unit: Unit, state: TicketState, left: LifecycleSpec) -> None:
        """The other lifecycle's status for it; a move asks for no transition and no right there."""
        entered = unit.config.lifecycle(state.lifecycle_version_id)
        status = self._status_there(left, entered, state.status)
        if status is None or status == state.status:
            return
        kinds = _kinds(left, state.status, entered, status)
        unit.record(
            with_status(state, status, kinds, unit.now),
            "StatusChange",
            field="status",
            old=state.status,
            new=status,
            data={"kinds": kinds},
        )

    def _status_there(self, here: LifecycleSpec, there: LifecycleSpec, status: str) -> str | None:
        """One of the same name, else what the request says, else what maps say; None where nothing does."""
        if here.lifecycle_id == there.lifecycle_id:
            return status
        if kept := there.definition.canonical(status):
            return kept
        if self.status is not None:
            found = there.definition.canonical(self.status)
            if found is None:
                raise wrong(
                    "status",
                    _("%(lifecycle)s has no status “%(status)s”")
                    % {"lifecycle": there.name, "status": self.status[:64]},
                )
            return found
        mapped = here.definition.mapped(there.name, status)
        return None if mapped is None else there.definition.canonical(mapped)

    @classmethod
    def replay(cls, state: TicketState, entry: Entry) -> TicketState:
        moved = replace(state, queue_id=entry.new_value)
        if version := entry.data.get("lifecycle_version"):
            moved = replace(moved, lifecycle_version_id=version["new"])
        if kinds := entry.data.get("kinds"):
            moved = with_status(moved, moved.status, kinds, entry.created_at)
        return moved


def _kinds(here: LifecycleSpec, status: str, there: LifecycleSpec, becomes: str) -> list[str]:
    """The kinds of a status and of what it becomes in another lifecycle."""
    return [here.definition.kind(status), there.definition.kind(becomes)]


def _kinds_of_one_name(here: LifecycleSpec, there: LifecycleSpec, status: str) -> list[str] | None:
    """Its kinds here and there where they differ, for a status that keeps its name: its dates follow the kind."""
    if there.definition.canonical(status) != status:
        return None
    kinds = _kinds(here, status, there, status)
    return kinds if kinds[0] != kinds[1] else None
