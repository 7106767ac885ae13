"""The named transitions of a ticket, as a caller sees them."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from lifecycles import machine
from lifecycles.definition import Transition
from tessera.lib.errors import NotFound, TransitionNotAllowed
from tickets.access import Actor, may
from tickets.config import Config
from tickets.state import TicketState


def enabled_transitions(state: TicketState, config: Config, actor: Actor) -> list[dict[str, str]]:
    """What the actor may take now: `[{"name", "label", "from", "to"}]`, in the definition's order."""
    return [
        {"name": held.name, "label": held.label, "from": state.status, "to": held.target}
        for held in _enabled(state, config, actor)
    ]


def target_of(state: TicketState, config: Config, name: str) -> str:
    """Where the transition of that name leads. Raises NotFound, or TransitionNotAllowed from here."""
    definition = config.lifecycle(state.lifecycle_version_id).definition
    found = next(
        (held for held in definition.transitions if held.name.casefold() == name.casefold()), None
    )
    if found is None:
        raise NotFound(_("The ticket's lifecycle has no such transition."))
    if not found.leads_from(state.status):
        allowed = machine.allowed_targets(definition, state.status)
        raise TransitionNotAllowed(
            _("The transition “%(name)s” does not lead from “%(from)s”.")
            % {"name": found.name, "from": state.status},
            **{"from": state.status, "to": found.target, "allowed": list(allowed)},
        )
    return found.target


def _enabled(state: TicketState, config: Config, actor: Actor) -> Iterator[Transition]:
    definition = config.lifecycle(state.lifecycle_version_id).definition
    for move in machine.moves(definition, state.status):
        deletes = move.target == definition.canonical("deleted")
        right = move.transition.right or ("DeleteTicket" if deletes else "ModifyTicket")
        if may(actor, right, queue_id=state.queue_id, ticket=state):
            yield move.transition
