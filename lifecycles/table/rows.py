"""The rows of a definition. They name each other by keys, so that a status that is renamed keeps its ways."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from lifecycles.parts import ANY, BEGIN, KINDS, Kind
from tessera.lib.query.fold import fold

# What stands for a status that a transition names and that there is not.
UNKNOWN = "?"


@dataclass(frozen=True, slots=True)
class StatusRow:
    """A status. `was` is its name as the page last showed it."""

    key: str
    name: str = ""
    kind: Kind = "active"
    color: str = ""
    role: str = ""
    was: str = ""


@dataclass(frozen=True, slots=True)
class TransitionRow:
    """A transition. `sources` and `target` are keys of statuses, `"*"`, `""`, or `"?name"` for what is no status."""

    key: str
    name: str = ""
    label: str = ""
    sources: tuple[str, ...] = ()
    target: str = ""
    right: str = ""
    roles: tuple[str, ...] = ()
    guard: str = ""
    message: str = ""

    @property
    def demands(self) -> bool:
        """Whether it asks for more than a usual change of status does."""
        return bool(self.right or self.roles or self.guard or self.message)


@dataclass(frozen=True, slots=True)
class MapRow:
    """What a status becomes in another lifecycle."""

    key: str
    other: str = ""
    status: str = ""
    theirs: str = ""


@dataclass(frozen=True, slots=True)
class FormerRow:
    """A status that is no more, and the key of the one that its tickets are given; empty: to be asked at the move."""

    was: str
    now: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """All rows. Statuses stand by kind; `on_create` is the key of one of them, or empty for the first."""

    statuses: tuple[StatusRow, ...] = ()
    transitions: tuple[TransitionRow, ...] = ()
    maps: tuple[MapRow, ...] = ()
    formers: tuple[FormerRow, ...] = ()
    on_create: str = ""

    def __post_init__(self) -> None:
        ordered = sorted(self.statuses, key=lambda row: KINDS.index(row.kind))
        object.__setattr__(self, "statuses", tuple(ordered))

    def names(self) -> Mapping[str, str]:
        """By key, the name of each status."""
        return {row.key: row.name for row in self.statuses}

    def name_of(self, ref: str) -> str:
        """What a reference means: a name, `"*"` or `""`; empty for a status without a name yet."""
        if ref in (ANY, BEGIN):
            return ref
        return ref[1:] if ref.startswith(UNKNOWN) else self.names().get(ref, "")

    def of_kind(self, kind: Kind) -> tuple[StatusRow, ...]:
        """The statuses of that kind, in their order."""
        return tuple(row for row in self.statuses if row.kind == kind)

    def free(self, letter: str) -> str:
        """A key that no row has."""
        held = {row.key for row in self.statuses}
        held |= {row.key for row in self.transitions} | {row.key for row in self.maps}
        number = len(held)
        while f"{letter}{number}" in held:
            number += 1
        return f"{letter}{number}"


def followed(table: Table, published: Iterable[str]) -> Table:
    """The same with a row for each published status that it no longer has, so that its tickets are not forgotten.

    A status that was renamed is the successor of its former name unless the table says otherwise.
    """
    held = {fold(row.name) for row in table.statuses}
    told = {fold(row.was): row for row in table.formers}
    renamed = {
        fold(row.was): row.key
        for row in table.statuses
        if row.name and row.was and fold(row.was) not in held
    }
    formers: dict[str, FormerRow] = {}
    for was in (*(row.was for row in table.formers), *published):
        key = fold(was)
        if key not in held and key not in formers:
            formers[key] = told.get(key) or FormerRow(was, renamed.get(key, ""))
    return replace(table, formers=tuple(formers.values()))


def shown_anew(table: Table) -> Table:
    """The same as a page shows it next: from here on a rename is one from the names of now."""
    rows = tuple(replace(row, was=row.name) for row in table.statuses)
    return replace(table, statuses=rows)


def references(table: Table) -> Iterator[str]:
    """All references to what is no status, each once."""
    seen: set[str] = set()
    for row in table.transitions:
        for ref in (*row.sources, row.target):
            if ref.startswith(UNKNOWN) and ref not in seen:
                seen.add(ref)
                yield ref
