"""The transitions of a ticket as buttons: those that its reader may take, and why not the others."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from lifecycles.machine import Move
from lifecycles.parts import ANY, BEGIN, Definition, Transition
from tessera.desk.listing import kind_of
from tessera.desk.sections import may_edit
from tessera.lib.errors import Refused, TransitionGuarded
from tessera.lib.query.fold import fold
from tessera.lib.query.tree import terms
from tickets.access import Actor, may
from tickets.state import TicketState
from tickets.transitions import judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A transition. `message` is the kind that must come with it, or empty; `reason` is empty where it is open;
    `asks` are the keys of the custom fields that its guard misses, where nothing else is in the way."""

    name: str
    label: str
    target: str
    kind: str
    message: str = ""
    reason: str = ""
    asks: tuple[str, ...] = ()


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

    @property
    def asking(self) -> tuple[Act, ...]:
        """Those that open with a field that is filled in beside them."""
        return tuple(act for act in self.closed if act.asks and act.kind != "danger")


def asked_by(state: TicketState, actor: Actor, name: str) -> tuple[str, ...]:
    """The fields that the transition of that name asks for: statements as for `acts`, none where none is named."""
    found = acts(state, actor).asking if name else ()
    return next((act.asks for act in found if fold(act.name) == fold(name)), ())


def acts(state: TicketState, actor: Actor) -> Acts:
    """Statements as for `enabled_transitions`."""
    config = actor.config
    definition = config.lifecycle(state.lifecycle_version_id).definition
    found = [(move, refusal) for move, refusal in judged(state, actor)]

    def act(transition: Transition, reason: str = "", asks: tuple[str, ...] = ()) -> Act:
        return Act(
            name=transition.name,
            label=transition.label,
            target=transition.target,
            kind=kind_of(transition.target, state.lifecycle_version_id, config),
            message=transition.message or "",
            reason=reason,
            asks=asks,
        )

    taken = tuple(act(move.transition) for move, refusal in found if refusal is None)
    if not may(actor, "CommentOnTicket", ticket=state):
        return Acts(taken, ())
    refused = [
        act(move.transition, str(refusal.detail), _asks(move, refusal, state, actor))
        for move, refusal in found
        if refusal is not None
    ]
    elsewhere = [act(each, _leads_from(each)) for each in _elsewhere(definition, state, found)]
    return Acts(taken, (*refused, *elsewhere))


def _asks(move: Move, refusal: Refused, state: TicketState, actor: Actor) -> tuple[str, ...]:
    """The fields of a guard that does not hold, where the actor may fill them in."""
    if not isinstance(refusal, TransitionGuarded) or not may_edit("fields", state, actor):
        return ()
    query = actor.config.guard(move.transition.guard)
    if isinstance(query, str):
        return ()
    known = {spec.key for spec in actor.config.queues[state.queue_id].fields}
    named = (key for term in terms(query.tree) for key, _type in term.field.custom)
    return tuple(dict.fromkeys(key for key in named if key in known))


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
