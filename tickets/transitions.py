"""The named transitions of a ticket, as a caller sees them."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from lifecycles import machine
from lifecycles.machine import Move
from lifecycles.parts import Definition
from tessera.lib.errors import NotFound, TransitionNotAllowed
from tessera.lib.query.fold import fold
from tickets.access import Actor, may
from tickets.config import Config
from tickets.state import TicketState


def enabled_transitions(state: TicketState, config: Config, actor: Actor) -> list[dict[str, str]]:
    """What the actor may take now: `[{"name", "label", "from", "to"}]`, in the definition's order."""
    return [
        {
            "name": move.transition.name,
            "label": move.transition.label,
            "from": move.source,
            "to": move.target,
        }
        for move in _enabled(state, config, actor)
    ]


def move_by(state: TicketState, config: Config, name: str) -> Move:
    """The move that the transition of that name makes. Raises NotFound, TransitionNotAllowed from here."""
    definition = config.lifecycle(state.lifecycle_version_id).definition
    move = machine.named(definition, state.status, name)
    if move is not None:
        return move
    if not machine.knows(definition, name):
        raise NotFound(_("The ticket's lifecycle has no such transition."))
    allowed = machine.allowed_targets(definition, state.status)
    raise TransitionNotAllowed(
        _("The transition “%(name)s” does not lead from “%(from)s”.")
        % {"name": name[:80], "from": state.status},
        **{"from": state.status, "to": _target(definition, name), "allowed": list(allowed)},
    )


def _target(definition: Definition, name: str) -> str | None:
    wanted = fold(name)
    found = (held.target for held in definition.transitions if fold(held.name) == wanted)
    return next(found, None)


def _enabled(state: TicketState, config: Config, actor: Actor) -> Iterator[Move]:
    definition = config.lifecycle(state.lifecycle_version_id).definition
    for move in machine.moves(definition, state.status):
        if may(actor, right_for(move), queue_id=state.queue_id, ticket=state):
            yield move


def right_for(move: Move) -> str:
    """The right that the move takes. One that names only roles is a superuser's until people can hold roles."""
    return machine.needs(move).right or "SuperUser"
