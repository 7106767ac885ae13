"""The transitions of a ticket as buttons: those that its reader may take, and why not the others."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from lifecycles.machine import Move
from lifecycles.parts import ANY, BEGIN, Definition, Transition
from tessera.desk.listing import kind_of
from tessera.lib.errors import Refused
from tickets.access import Actor, may
from tickets.state import TicketState
from tickets.transitions import judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A transition. `message` is the kind that must come with it, or empty; `reason` is empty where it is open."""

    name: str
    label: str
    target: str
    kind: str
    message: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Acts:
    """Those that can be taken now, and those that can't, which customers are not told of."""

    open: tuple[Act, ...]
    closed: tuple[Act, ...]

    @property
    def mild(self) -> tuple[Act, ...]:
        """Those that one takes in passing."""
        return tuple(act for act in self.open if act.kind != "danger")

    @property
    def grave(self) -> tuple[Act, ...]:
        """Those that take the ticket out of sight: they stand apart."""
        return tuple(act for act in self.open if act.kind == "danger")


def acts(state: TicketState, actor: Actor) -> Acts:
    """Statements as for `enabled_transitions`."""
    config = actor.config
    definition = config.lifecycle(state.lifecycle_version_id).definition
    found = [(move, refusal) for move, refusal in judged(state, actor)]

    def act(transition: Transition, reason: str = "") -> Act:
        return Act(
            name=transition.name,
            label=transition.label,
            target=transition.target,
            kind=kind_of(transition.target, state.lifecycle_version_id, config),
            message=transition.message or "",
            reason=reason,
        )

    taken = tuple(act(move.transition) for move, refusal in found if refusal is None)
    if not may(actor, "CommentOnTicket", ticket=state):
        return Acts(taken, ())
    refused = [
        act(move.transition, _reason(refusal)) for move, refusal in found if refusal is not None
    ]
    elsewhere = [act(each, _leads_from(each)) for each in _elsewhere(definition, state, found)]
    return Acts(taken, (*refused, *elsewhere))


def _reason(refusal: Refused) -> str:
    return str(refusal.detail)


def _elsewhere(
    definition: Definition, state: TicketState, found: Iterable[tuple[Move, Refused | None]]
) -> Iterator[Transition]:
    """The transitions that lead from other statuses only."""
    here = {id(move.transition) for move, _refusal in found}
    for transition in definition.transitions:
        begins = set(transition.sources) <= {BEGIN}
        if id(transition) not in here and not begins and transition.target != state.status:
            yield transition


def _leads_from(transition: Transition) -> str:
    sources = [each for each in transition.sources if each not in (BEGIN, ANY)]
    return _("It leads from %(statuses)s.") % {"statuses": _(" and ").join(sources)}
