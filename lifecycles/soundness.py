"""What is allowed in a definition and yet probably a mistake."""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from lifecycles.faults import Faults, at, shown
from lifecycles.machine import moves, start_statuses
from lifecycles.parts import BEGIN, Definition
from tessera.lib.query.fold import fold


def warn(
    definition: Definition, warnings: Faults, *, held_roles: frozenset[str] | None = None
) -> None:
    """Note statuses that no ticket comes to, active ones from which no ticket can be finished, and
    roles that are not among `held_roles`, where these are given."""
    ways = {
        status.name: {move.target for move in moves(definition, status.name)}
        for status in definition.statuses
    }
    begins_anywhere = not moves(definition, BEGIN)
    begins = definition.statuses_of("initial") if begins_anywhere else start_statuses(definition)
    if definition.on_create not in begins:
        told = _(
            "'%s' is given to tickets that name no status, but no transition from '' leads to it"
        )
        warnings.add("defaults.on_create", told % definition.on_create)
    reached = _reachable(begins, ways)
    _warn_unreached(definition, reached, warnings, begins_anywhere=begins_anywhere)
    finished = _reachable(definition.statuses_of("inactive"), _reversed(ways))
    for name in definition.statuses_of("active"):
        if name not in finished:
            warnings.add(
                _place(definition, name), _("no inactive status can be reached from '%s'") % name
            )
    if held_roles is not None:
        _warn_unheld(definition, held_roles, warnings)


def _warn_unheld(definition: Definition, held_roles: frozenset[str], warnings: Faults) -> None:
    held = set(map(fold, held_roles))
    # Only the project's own shape has roles, and there transitions stand at the same places.
    for index, transition in enumerate(definition.transitions):
        for role in transition.roles:
            if fold(role) not in held:
                told = _("nobody holds the role '%s'") % shown(role)
                warnings.unknown(f"{at('transitions', index)}.roles", told, role, held_roles)


def _warn_unreached(
    definition: Definition, reached: set[str], warnings: Faults, *, begins_anywhere: bool
) -> None:
    told = _("no transitions lead to '%s'")
    if begins_anywhere:
        told = _("no transitions lead from an initial status to '%s'")
    for status in definition.statuses:
        if status.name not in reached:
            warnings.add(_place(definition, status.name), told % status.name)


def _place(definition: Definition, name: str) -> str:
    """Where a status stands; in RT's shape, which has the lists at its top, without the first word."""
    kind = definition.kind(name)
    return at(f"statuses.{kind}", definition.statuses_of(kind).index(name))


def _reversed(ways: Mapping[str, set[str]]) -> Mapping[str, set[str]]:
    back: dict[str, set[str]] = {name: set() for name in ways}
    for source, targets in ways.items():
        for target in targets:
            back[target].add(source)
    return back


def _reachable(begins: Iterable[str], ways: Mapping[str, set[str]]) -> set[str]:
    reached = set(begins)
    waiting = list(reached)
    while waiting:
        fresh = ways[waiting.pop()] - reached
        reached |= fresh
        waiting.extend(fresh)
    return reached
