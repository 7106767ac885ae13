"""How tickets hang together."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from django.utils.translation import gettext as _

from tessera.lib import values
from tessera.lib.errors import Invalid
from tickets import naming
from tickets.access import may
from tickets.changes.base import Change, wrong
from tickets.outcome import Entry
from tickets.state import INVERSE, TicketState
from tickets.unit import NotLocked, Unit

MOST = 200


@dataclass(frozen=True)
class SetLinks(Change):
    """For each direction named, the whole new list of ticket ids. Each link is recorded on both its tickets; those to
    tickets that the actor may not see are neither named nor dropped."""

    keys: ClassVar = ("links",)
    recorded: ClassVar = (("AddLink", ""), ("DeleteLink", ""))

    wanted: Mapping[str, tuple[int, ...]]

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self | None:
        if "links" not in raw:
            return None
        try:
            named = values.mapping(raw["links"])
        except values.BadValue as error:
            raise wrong("links", error) from None
        errors: dict[str, list[str]] = {}
        wanted: dict[str, tuple[int, ...]] = {}
        for direction, listed in named.items():
            if direction not in INVERSE:
                errors[f"links.{direction[:64]}"] = [
                    _("no such link; there are %(names)s") % {"names": ", ".join(INVERSE)}
                ]
                continue
            try:
                ids = [naming.from_json(item) for item in values.many(listed, most=MOST)]
                wanted[direction] = tuple(dict.fromkeys(ids))
            except values.BadValue as error:
                errors[f"links.{direction}"] = [str(error)]
        if errors:
            raise Invalid(errors)
        return cls(wanted)

    def targets(self) -> set[int]:
        """The tickets that the request names."""
        return set().union(*self.wanted.values())

    def check(self, unit: Unit, state: TicketState) -> None:
        missing: dict[str, list[str]] = {}
        for direction, ids in self.wanted.items():
            for number in ids:
                other = unit.states.get(number)
                if number == state.id:
                    missing[f"links.{direction}"] = [_("a ticket can't be linked to itself")]
                elif other is None or not may(unit.acting.actor, "ShowTicket", ticket=other):
                    missing.setdefault(f"links.{direction}", []).append(
                        _("there is no ticket %(id)d") % {"id": number}
                    )
        if missing:
            raise Invalid(missing)
        if unlocked := self._left_out(state) - unit.states.keys():
            raise NotLocked(unlocked)

    def _left_out(self, state: TicketState) -> set[int]:
        return {
            number
            for direction, ids in self.wanted.items()
            for number in state.links.get(direction, ())
            if number not in ids
        }

    def _dropped(self, unit: Unit, state: TicketState, direction: str) -> list[int]:
        """The links that go: those left out. One to a ticket that the actor may not see he was not shown: it stays."""
        return [
            number
            for number in state.links.get(direction, ())
            if number not in self.wanted[direction]
            and may(unit.acting.actor, "ShowTicket", ticket=unit.state(number))
        ]

    def after(self, unit: Unit, state: TicketState) -> TicketState:
        for direction, ids in self.wanted.items():
            held = state.links.get(direction, ())
            dropped = self._dropped(unit, state, direction)
            kept = [number for number in held if number not in dropped and number not in ids]
            state = state.with_links(direction, (*kept, *ids))
        return state

    def write(self, unit: Unit, state: TicketState) -> None:
        for direction, ids in self.wanted.items():
            old = state.links.get(direction, ())
            for number in self._dropped(unit, state, direction):
                self._record(unit, state.id, direction, number, "DeleteLink")
            for number in ids:
                if number not in old:
                    self._record(unit, state.id, direction, number, "AddLink")

    def write_other_sides(self, unit: Unit, state: TicketState) -> None:
        """On a ticket that begins with links they are part of its Create: only the others record them."""
        for direction, ids in self.wanted.items():
            for number in ids:
                _record_one(unit, number, INVERSE[direction], state.id, "AddLink")

    def _record(self, unit: Unit, here: int, direction: str, there: int, type_: str) -> None:
        _record_one(unit, here, direction, there, type_)
        _record_one(unit, there, INVERSE[direction], here, type_)

    @classmethod
    def replay(cls, state: TicketState, entry: Entry) -> TicketState:
        return _with(state, entry.field, entry.type, entry.new_value or entry.old_value)


def _record_one(unit: Unit, here: int, direction: str, there: int, type_: str) -> None:
    state = _with(unit.state(here), direction, type_, there)
    old, new = (there, None) if type_ == "DeleteLink" else (None, there)
    unit.record(state, type_, field=direction, old=old, new=new)


def _with(state: TicketState, direction: str, type_: str, other: int) -> TicketState:
    held = state.links.get(direction, ())
    if type_ == "DeleteLink":
        return state.with_links(direction, tuple(number for number in held if number != other))
    return state.with_links(direction, (*held, other))
