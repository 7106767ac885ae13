"""The state machine: which moves a definition has. Pure; who may take them is asked elsewhere."""

from collections.abc import Iterable
from dataclasses import dataclass

from lifecycles.parts import ANY, BEGIN, DELETED, Definition, Transition
from tessera.lib.query.fold import fold


@dataclass(frozen=True, slots=True)
class Move:
    """One change of status that a transition makes possible. `source` is "" for the beginning."""

    transition: Transition
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Needs:
    """What a move demands of whoever takes it: the right, and any one of the roles. Either may be empty."""

    right: str = ""
    roles: tuple[str, ...] = ()


def moves(definition: Definition, source: str) -> tuple[Move, ...]:
    """All moves from the status, in the definition's order; none from what is no status there."""
    here = source if source == BEGIN else definition.canonical(source)
    if here is None:
        return ()
    return tuple(
        Move(transition, here, transition.target)
        for transition in definition.transitions
        if _leads_from(transition, here)
    )


def _leads_from(transition: Transition, source: str) -> bool:
    if source in transition.sources:
        return True
    return ANY in transition.sources and source not in (BEGIN, transition.target)


def find(definition: Definition, source: str, target: str) -> tuple[Move, ...]:
    """The moves from one status to another, in order.

    Setting the status that a ticket has is a move only where a transition leads from it to itself.
    """
    there = definition.canonical(target)
    return tuple(move for move in moves(definition, source) if move.target == there)


def named(definition: Definition, source: str, name: str) -> Move | None:
    """The move from the status by the transition of that name (in any case), or None."""
    wanted = fold(name)
    found = (move for move in moves(definition, source) if fold(move.transition.name) == wanted)
    return next(found, None)


def knows(definition: Definition, name: str) -> bool:
    """Whether there is a transition of that name, from whatever status."""
    wanted = fold(name)
    return any(fold(transition.name) == wanted for transition in definition.transitions)


def allowed_targets(definition: Definition, source: str) -> tuple[str, ...]:
    """Where moves lead from the status, each once."""
    return _once(move.target for move in moves(definition, source))


def start_statuses(definition: Definition) -> tuple[str, ...]:
    """The statuses that a ticket can begin with: where transitions from "" lead; without any, all
    but `deleted`."""
    begins = allowed_targets(definition, BEGIN)
    if begins:
        return begins
    return tuple(status.name for status in definition.statuses if fold(status.name) != DELETED)


def starts(definition: Definition, status: str) -> bool:
    """Whether a ticket can begin with the status."""
    return definition.canonical(status) in start_statuses(definition)


def needs(move: Move) -> Needs:
    """What the move demands: what its transition names; where that is neither right nor role,
    `DeleteTicket` to reach `deleted`, `ModifyTicket` else, and nothing to begin."""
    transition = move.transition
    if transition.right or transition.roles or move.source == BEGIN:
        return Needs(transition.right, transition.roles)
    return Needs("DeleteTicket" if fold(move.target) == DELETED else "ModifyTicket")


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
