"""Who is told: requestors, cc and admin cc, as e-mail addresses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from tessera.lib import values
from tessera.lib.errors import Invalid
from tessera.lib.query.fold import fold
from tickets.changes.base import MODIFY, Change, wrong
from tickets.outcome import Entry
from tickets.state import TicketState
from tickets.unit import Unit

MOST = 500


@dataclass(frozen=True)
class SetWatchers(Change):
    """The whole new list of one role. Addresses compare without case; one that stays keeps its old spelling."""

    role: ClassVar[str]
    recorded: ClassVar[tuple[tuple[str, str], ...]] = ()

    addresses: tuple[str, ...]

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self | None:
        (key,) = cls.keys
        if key not in raw:
            return None
        try:
            listed = values.many(raw[key], most=MOST)
        except values.BadValue as error:
            raise wrong(key, error) from None
        found: dict[str, str] = {}
        errors: list[str] = []
        for item in listed:
            try:
                address = values.email(item)
                found.setdefault(fold(address), address)
            except values.BadValue as error:
                errors.append(str(error))
        if errors:
            raise Invalid({key: errors})
        return cls(tuple(found.values()))

    def after(self, unit: Unit, state: TicketState) -> TicketState:  # noqa: ARG002
        held = {fold(address): address for address in state.watchers.get(self.role, ())}
        return state.with_watchers(
            self.role, tuple(held.get(fold(address), address) for address in self.addresses)
        )

    def write(self, unit: Unit, state: TicketState) -> None:
        old = state.watchers.get(self.role, ())
        new = self.after(unit, state).watchers.get(self.role, ())
        for address in old:
            if address not in new:
                left = tuple(a for a in unit.state(state.id).watchers[self.role] if a != address)
                state = unit.state(state.id).with_watchers(self.role, left)
                unit.record(state, "DelWatcher", field=self.role, old=address)
        for address in new:
            if address not in old:
                state = unit.state(state.id)
                state = state.with_watchers(
                    self.role, (*state.watchers.get(self.role, ()), address)
                )
                unit.record(state, "AddWatcher", field=self.role, new=address)

    @classmethod
    def replay(cls, state: TicketState, entry: Entry) -> TicketState:
        held = state.watchers.get(entry.field, ())
        if entry.type == "DelWatcher":
            return state.with_watchers(
                entry.field, tuple(address for address in held if address != entry.old_value)
            )
        return state.with_watchers(entry.field, (*held, entry.new_value))


class SetRequestors(SetWatchers):
    """Who asks."""

    keys = ("requestors",)
    role = "requestor"
    recorded = (("AddWatcher", "requestor"), ("DelWatcher", "requestor"))


class SetCc(SetWatchers):
    """Who is told with the requestors. To come and go oneself takes no more than `Watch`."""

    keys = ("cc",)
    role = "cc"
    recorded = (("AddWatcher", "cc"), ("DelWatcher", "cc"))

    def rights(self, unit: Unit, state: TicketState) -> tuple[str, ...]:
        held = {fold(address) for address in state.watchers.get(self.role, ())}
        changed = held ^ {fold(address) for address in self.addresses}
        me = fold(unit.acting.actor.person.email)
        return ("Watch", MODIFY) if me and changed == {me} else (MODIFY,)


class SetAdminCc(SetWatchers):
    """Who is told of everything, comments included."""

    keys = ("admin_cc",)
    role = "admin_cc"
    recorded = (("AddWatcher", "admin_cc"), ("DelWatcher", "admin_cc"))
