"""The named transitions of a ticket, as a caller sees them: what each needs, and why it may not be taken."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from lifecycles import machine
from lifecycles.machine import Move
from lifecycles.parts import Definition
from tessera.lib import clock
from tessera.lib.errors import (
    NotFound,
    OpenDependencies,
    Refused,
    TransitionForbidden,
    TransitionGuarded,
    TransitionNotAllowed,
)
from tessera.lib.query.facts import QueryFacts
from tessera.lib.query.fold import fold
from tickets.access import Actor, held_on
from tickets.config import Config
from tickets.facts import log_of, query_facts
from tickets.grants import Held
from tickets.models import Ticket
from tickets.people import People
from tickets.seen import unseen
from tickets.state import TicketState


def enabled_transitions(state: TicketState, actor: Actor) -> list[dict[str, str]]:
    """What the actor may take now: `[{"name", "label", "from", "to"}]`, in the definition's order.

    Guards and open dependencies are asked as they would be now: one statement more for each of the two that matters.
    """
    return [
        {
            "name": move.transition.name,
            "label": move.transition.label,
            "from": move.source,
            "to": move.target,
        }
        for move in _enabled(state, actor)
    ]


def _enabled(state: TicketState, actor: Actor) -> Iterator[Move]:
    config, held = actor.config, held_on(actor, state)
    definition = config.lifecycle(state.lifecycle_version_id).definition
    blocked: bool | None = None
    facts = facts_now(state, config)
    for move in machine.moves(definition, state.status):
        if forbidden(move, held) or guarded(move, config, facts):
            continue
        if closes(definition, move):
            blocked = bool(open_dependencies(state, config)) if blocked is None else blocked
            if blocked:
                continue
        yield move


def facts_now(state: TicketState, config: Config) -> Callable[[], QueryFacts]:
    """What a guard sees of a ticket that nobody is changing; worked out when first asked for."""
    found: list[QueryFacts] = []

    def facts() -> QueryFacts:
        if not found:
            people = People()
            found.append(
                query_facts(
                    state,
                    config=config,
                    people=people,
                    now=clock.now(),
                    log=lambda: log_of(state, people),
                )
            )
        return found[0]

    return facts


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


def permitted(
    moves: Iterable[Move], held: Held, config: Config, facts: Callable[[], QueryFacts]
) -> list[Move]:
    """Those of the moves that somebody with these rights may take and whose guard holds, in order.

    Raises the first one's refusal where there are none: `TransitionForbidden`, or where only guards are in the way
    `TransitionGuarded`.
    """
    refusals: list[Refused] = []
    allowed: list[Move] = []
    guards: list[Refused] = []
    for move in moves:
        if refusal := forbidden(move, held):
            refusals.append(refusal)
        elif refusal := guarded(move, config, facts):
            guards.append(refusal)
        else:
            allowed.append(move)
    if not allowed and (refusals or guards):
        raise (guards or refusals)[0]
    return allowed


def forbidden(move: Move, held: Held) -> Refused | None:
    """What the move needs and somebody with these rights lacks, or None."""
    needs = machine.needs(move)
    name = move.transition.name
    if needs.right and not held.has(needs.right):
        return TransitionForbidden(
            _("The transition “%(name)s” needs the right %(right)s.")
            % {"name": name, "right": needs.right},
            right=needs.right,
        )
    if needs.roles and not held.has_role(needs.roles):
        told = _("The transition “%(name)s” is for %(roles)s.")
        return TransitionForbidden(
            told % {"name": name, "roles": _(" or ").join(needs.roles)},
            right=None,
            roles=list(needs.roles),
        )
    return None


def guarded(move: Move, config: Config, facts: Callable[[], QueryFacts]) -> Refused | None:
    """The guard that does not hold, with the reason, or None."""
    guard = move.transition.guard
    if not guard:
        return None
    query = config.guard(guard)
    if isinstance(query, str):
        because = query
    else:
        verdict = query.verdict(facts())
        if verdict.holds:
            return None
        because = verdict.because
    told = _("The transition “%(name)s” is guarded: %(because)s.")
    return TransitionGuarded(
        told % {"name": move.transition.name, "because": because}, guard=guard, because=because
    )


def closes(definition: Definition, move: Move) -> bool:
    """Whether the move leads from what is not inactive to what is."""
    return definition.kind(move.target) == "inactive" and definition.kind(move.source) != "inactive"


def open_dependencies(
    state: TicketState, config: Config, held: Mapping[int, TicketState] | None = None
) -> list[int]:
    """The tickets that this one depends on and that are not inactive: no statement where it depends on none.

    `held` are the tickets of a unit of work: what it changed or began is not in the database yet.
    """
    wanted = state.links.get("depends_on", ())
    mine = [held[number] for number in wanted if number in held] if held else []
    others = set(wanted) - {each.id for each in mine}
    rows = Ticket.objects.filter(pk__in=others).values_list("pk", "lifecycle_version_id", "status")
    found = [(each.id, each.lifecycle_version_id, each.status) for each in mine]
    return sorted(
        number
        for number, version, status in (*found, *(rows if others else ()))
        if config.lifecycle(version).definition.kind(status) != "inactive"
    )


def refuse_open_dependencies(
    state: TicketState, actor: Actor, held: Mapping[int, TicketState] | None = None
) -> None:
    """Raise `OpenDependencies` where there are some, with those that the actor may see."""
    still_open = open_dependencies(state, actor.config, held)
    if not still_open:
        return
    hidden = unseen(actor, still_open)
    shown: list[Any] = [number for number in still_open if number not in hidden]
    told = (
        _("This ticket depends on open ones: %(tickets)s.")
        if shown
        else _("This ticket depends on open ones that you may not see.")
    )
    raise OpenDependencies(told % {"tickets": ", ".join(map(str, shown))}, tickets=shown)
