"""From JSON to a lifecycle's definition, with every fault named at its place."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from lifecycles import own_shape, rt_shape, soundness
from lifecycles.faults import Fault, Faults, check_json
from lifecycles.parts import Definition, Kind, Status, Transition
from lifecycles.reading import CheckGuard

__all__ = [
    "CheckGuard",
    "Definition",
    "Fault",
    "Kind",
    "Parsed",
    "Status",
    "Transition",
    "check_storable",
    "parse",
]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A definition, or None and its faults; and what is allowed but probably a mistake."""

    definition: Definition | None
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()


def parse(
    raw: object,
    *,
    check_guard: CheckGuard | None = None,
    held_roles: frozenset[str] | None = None,
) -> Parsed:
    """Read a definition in this project's shape or in RT's (told by `statuses` at its top).

    Takes anything that JSON can be and never raises. `check_guard` gives the fault of a guard's
    text, or None; without it guards are kept unread. `held_roles` are the roles that somebody holds:
    another one in a transition is a warning; without it none is.
    """
    if faults := check_storable(raw):
        return Parsed(None, faults)
    if not isinstance(raw, dict):
        return Parsed(None, (Fault("", _("must be an object")),))
    found, warnings = Faults(), Faults()
    if "statuses" not in raw and any(kind in raw for kind in ("initial", "active", "inactive")):
        definition = rt_shape.read(raw, found, warnings)
    else:
        definition = own_shape.read(raw, found, check_guard)
    if found.found:
        return Parsed(None, tuple(found.found))
    soundness.warn(definition, warnings, held_roles=held_roles)
    return Parsed(definition, (), tuple(warnings.found))


def check_storable(raw: object) -> tuple[Fault, ...]:
    """The faults that keep `raw` from being stored as JSON at all, as a draft too."""
    faults = Faults()
    check_json(raw, faults)
    return tuple(faults.found)
