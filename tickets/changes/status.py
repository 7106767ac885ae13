"""A ticket's way through its lifecycle."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, ClassVar, Self

from django.utils.translation import gettext as _

from lifecycles import machine
from lifecycles.definition import Definition
from lifecycles.parts import BEGIN
from tessera.lib import values
from tessera.lib.errors import TransitionNotAllowed
from tessera.lib.query.facts import QueryFacts
from tickets.changes.base import Change, wrong
from tickets.changes.dates import with_status
from tickets.facts import log_in, query_facts
from tickets.outcome import Entry
from tickets.state import TicketState
from tickets.transitions import move_by, permitted, refuse_open_dependencies
from tickets.unit import Unit


@dataclass(frozen=True)
class SetStatus(Change):
    """A status by its name, in any case; the transition that leads there is found and asked."""

    keys: ClassVar = ("status",)
    recorded: ClassVar = (("StatusChange", "status"),)
    anywhere: ClassVar = False

    wanted: str
    message: str | None = None  # the type of the message that comes with it
    transition: str | None = None  # the name of the one that must be taken
    moves: bool = (
        False  # whether the request names a queue too: then the move may have set it already
    )

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Self | None:
        if "status" not in raw:
            return None
        message = raw.get("message")
        type_ = message.get("type", "") if isinstance(message, Mapping) else None
        try:
            status = values.text(raw["status"], longest=64)
        except values.BadValue as error:
            raise wrong("status", error) from None
        return cls(status, type_, moves="queue" in raw or "queue_id" in raw)

    @classmethod
    def by(
        cls, transition: str, unit: Unit, state: TicketState, raw: Mapping[str, Any]
    ) -> "SetStatus":
        """The change that takes the transition of that name from where the ticket is now.

        Raises `NotFound` where its lifecycle has none of that name, `TransitionNotAllowed` from here.
        """
        move = move_by(state, unit.config, transition)
        message = raw.get("message")
        type_ = message.get("type", "") if isinstance(message, Mapping) else None
        return cls(move.target, type_, move.transition.name)

    def rights(self, unit: Unit, state: TicketState) -> tuple[str, ...]:  # noqa: ARG002
        return ()  # each transition names its own

    def check(self, unit: Unit, state: TicketState) -> None:
        """The status exists, the transition exists, the right, the guard, open dependencies: in this order."""
        definition = _definition(unit, state)
        status = self._canonical(definition, unit, state)
        if state.last_seq == 0:
            self._check_start(unit, state, status)
            if definition.kind(status) == "inactive":
                refuse_open_dependencies(state, unit.acting.actor, unit.states)
            return
        moves = self._moves(definition, state, status)
        if status == state.status and (not moves or self._is_set_by_move(unit, state)):
            return
        if not moves:
            allowed = machine.allowed_targets(definition, state.status)
            raise TransitionNotAllowed(
                _("No transition leads from “%(from)s” to “%(to)s”; from there lead: %(allowed)s.")
                % {
                    "from": state.status,
                    "to": status,
                    "allowed": ", ".join(allowed) or _("none"),
                },
                **{"from": state.status, "to": status, "allowed": list(allowed)},
            )
        self._take(unit, state, moves)
        if definition.kind(status) == "inactive" and definition.kind(state.status) != "inactive":
            refuse_open_dependencies(state, unit.acting.actor, unit.states)

    def _is_set_by_move(self, unit: Unit, state: TicketState) -> bool:
        """Whether this request moved the ticket to another lifecycle: `status` then says what it becomes there."""
        before = unit.before.get(state.id)
        return (
            self.moves
            and before is not None
            and before.lifecycle_version_id != state.lifecycle_version_id
        )

    def _take(self, unit: Unit, state: TicketState, moves: Sequence[machine.Move]) -> None:
        """Find the transition that is taken: the first that is allowed, and whose message comes with it if one has."""
        allowed = permitted(moves, unit.held(state), unit.config, _guard_facts(unit, state))
        begins = state.last_seq == 0
        if any(self._has_message(move, begins=begins) for move in allowed):
            return
        taken = allowed[0].transition
        raise wrong(
            "message",
            _("the transition “%(name)s” needs a message of the type %(type)s with it")
            % {"name": taken.name, "type": taken.message},
        )

    def _has_message(self, move: machine.Move, *, begins: bool) -> bool:
        """Whether the message that the transition demands is there. What a ticket begins with has no type."""
        demanded = move.transition.message
        return not demanded or self.message == demanded or (begins and self.message is not None)

    def _check_start(self, unit: Unit, state: TicketState, status: str) -> None:
        definition = _definition(unit, state)
        if not machine.starts(definition, status):
            allowed = machine.start_statuses(definition)
            raise TransitionNotAllowed(
                _("A ticket can't begin as “%(status)s”; it can begin as: %(allowed)s.")
                % {"status": status, "allowed": ", ".join(allowed)},
                **{"from": "", "to": status, "allowed": list(allowed)},
            )
        if moves := machine.find(definition, BEGIN, status):
            self._take(unit, replace(state, status=status), moves)

    def _moves(
        self, definition: Definition, state: TicketState, status: str
    ) -> tuple[machine.Move, ...]:
        """The moves that the request may mean: all that lead there, or the one that it names."""
        moves = machine.find(definition, state.status, status)
        if self.transition is None:
            return moves
        return tuple(move for move in moves if move.transition.name == self.transition)

    def _canonical(self, definition: Definition, unit: Unit, state: TicketState) -> str:
        found = definition.canonical(self.wanted)
        if found is None:
            raise wrong(
                "status",
                _("the lifecycle %(name)s has no status “%(status)s”; it has %(all)s")
                % {
                    "name": unit.config.lifecycle(state.lifecycle_version_id).name,
                    "status": self.wanted,
                    "all": ", ".join(s.name for s in definition.statuses),
                },
            )
        return found

    def after(self, unit: Unit, state: TicketState) -> TicketState:
        definition = _definition(unit, state)
        status = self._canonical(definition, unit, state)
        before = None if state.last_seq == 0 else definition.kind(state.status)
        return with_status(state, status, [before, definition.kind(status)], unit.now)

    def write(self, unit: Unit, state: TicketState) -> None:
        definition = _definition(unit, state)
        status = self._canonical(definition, unit, state)
        if status == state.status and (
            not machine.find(definition, status, status) or self._is_set_by_move(unit, state)
        ):
            return
        unit.record(
            self.after(unit, state),
            "StatusChange",
            field="status",
            old=state.status,
            new=status,
            data={"kinds": [definition.kind(state.status), definition.kind(status)]},
        )

    @classmethod
    def replay(cls, state: TicketState, entry: Entry) -> TicketState:
        return with_status(state, entry.new_value, entry.data["kinds"], entry.created_at)


def _definition(unit: Unit, state: TicketState) -> Definition:
    return unit.config.lifecycle(state.lifecycle_version_id).definition


def _guard_facts(unit: Unit, state: TicketState) -> Callable[[], QueryFacts]:
    """What a guard sees: the ticket with the other changes of the request."""

    @cache
    def facts() -> QueryFacts:
        return query_facts(
            state,
            config=unit.config,
            people=unit.people,
            now=unit.now,
            log=lambda: log_in(unit, state),
            shown=unit.ids.shown,
        )

    return facts
