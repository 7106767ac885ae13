"""What a process consists of: statuses of three kinds, and the transitions between them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

from tessera.lib.query.fold import fold

Kind: TypeAlias = Literal["initial", "active", "inactive"]
KINDS: tuple[Kind, ...] = ("initial", "active", "inactive")

# A ticket that does not exist yet has this status; transitions from it say how tickets begin.
BEGIN = ""
ANY = "*"
DELETED = "deleted"

# Colours that the house shows beside a word, light and dark: those of the choices of custom fields.
COLORS = ("grey", "red", "orange", "gold", "green", "petrol", "blue", "violet")


@dataclass(frozen=True, slots=True)
class Status:
    """A status, spelled as its author spelled it. Statuses are compared without regard to case."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Transition:
    """A named way from some statuses to one. From one status a name leads one way only.

    `sources` are statuses as the lifecycle spells them, `"*"` (any but the target) or `""` (the
    beginning). `right` and `guard` are empty where none is named. `message` is the kind of message
    that the move demands, `preset` the kind that its form begins with; either may be empty.
    """

    name: str
    label: str
    sources: tuple[str, ...]
    target: str
    right: str = ""
    roles: tuple[str, ...] = ()
    guard: str = ""
    message: Literal["", "comment", "correspond"] = ""
    preset: Literal["", "comment", "correspond"] = ""


@dataclass(frozen=True)
class Definition:
    """A lifecycle that has no faults. Names are spelled as `statuses` spells them.

    `maps` says what a status becomes in another lifecycle, by that lifecycle's name; `responsible`
    which role a status waits for; `colors` one of `COLORS` for a status; `becomes` what a ticket is given that
    comes from an older version by a status that this one no longer has.
    """

    statuses: tuple[Status, ...]
    on_create: str
    transitions: tuple[Transition, ...] = ()
    maps: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    responsible: Mapping[str, str] = field(default_factory=dict)
    colors: Mapping[str, str] = field(default_factory=dict)
    becomes: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def _by_name(self) -> Mapping[str, Status]:
        return {fold(status.name): status for status in self.statuses}

    @cached_property
    def _maps(self) -> Mapping[str, Mapping[str, str]]:
        return {
            fold(other): {fold(mine): theirs for mine, theirs in table.items()}
            for other, table in self.maps.items()
        }

    @cached_property
    def _colors(self) -> Mapping[str, str]:
        return {fold(status): color for status, color in self.colors.items()}

    @cached_property
    def _becomes(self) -> Mapping[str, str]:
        return {fold(was): status for was, status in self.becomes.items()}

    def canonical(self, name: str) -> str | None:
        """The status of that name, as the lifecycle spells it, or None."""
        found = self._by_name.get(fold(name))
        return found.name if found else None

    def kind(self, status: str) -> Kind:
        """Initial, active or inactive. Raises `KeyError` for what is no status here."""
        return self._by_name[fold(status)].kind

    def statuses_of(self, kind: Kind) -> tuple[str, ...]:
        """The names of the statuses of that kind, in their order."""
        return tuple(status.name for status in self.statuses if status.kind == kind)

    def mapped(self, lifecycle: str, status: str) -> str | None:
        """What `maps` says that the status becomes in the lifecycle of that name, or None."""
        return self._maps.get(fold(lifecycle), {}).get(fold(status))

    def color(self, status: str) -> str:
        """The colour of the status; empty where it has none of its own."""
        return self._colors.get(fold(status), "")

    def successor(self, status: str) -> str | None:
        """The status here of a ticket that had that one under another version: the same, else what `becomes` says."""
        return self.canonical(status) or self._becomes.get(fold(status))
