"""What travels between the file and the tables: one thing that is configured, as plain values."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tessera.desk.configuration.document import Path
from tessera.lib.query.fold import fold

Body: TypeAlias = Mapping[str, Any]
# What tells one thing of a section from another, without regard to case.
Identity: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Secret:
    """Stands for a secret, which no file holds. `variable` is where a file would take it from; two are the same
    secret where their fingerprints are."""

    variable: str = field(compare=False)
    mark: str = field(repr=False)

    def __str__(self) -> str:
        return "********"


@dataclass(frozen=True, slots=True)
class Item:
    """A row, named as in a file: `body` has every key of its section, references as names."""

    section: str
    id: int
    label: str
    body: Body


@dataclass(frozen=True, slots=True)
class Entry:
    """The same as a file wants it, `path` says where it stands there. `was` is the name that it is to lose."""

    section: str
    label: str
    body: Body
    path: Path
    was: str | None = None


Snapshot: TypeAlias = Mapping[str, tuple[Item, ...]]


def identity_of(*names: str | None) -> Identity:
    """Names as they are compared."""
    return tuple(fold(name or "") for name in names)


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same to a file: to Python true is 1 as well."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def by_identity(
    items: Iterable[Item], identity: Callable[[Body], Identity]
) -> dict[Identity, list[Item]]:
    """The items under what tells them apart; several under one where names may be given twice."""
    found: dict[Identity, list[Item]] = {}
    for item in items:
        found.setdefault(identity(item.body), []).append(item)
    return found
