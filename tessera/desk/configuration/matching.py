"""Which entry of a file is which row. Pure.

An entry is the row of its name. One whose name is new may say what it was called: then it is that row, renamed, and
what hangs on the row stays on it. The same file still fits a system where that is done already, and one that never had
the old name. Where entries take each other's names, `swaps` says whether that is still to be done.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from tessera.desk.configuration.items import (
    Body,
    Entry,
    Identity,
    Item,
    by_identity,
    identity_of,
    same,
)
from tessera.desk.configuration.swaps import swapped


@dataclass(frozen=True, slots=True)
class Pair:
    """An entry, and the row that it is; None: it is new."""

    entry: Entry
    item: Item | None


@dataclass(frozen=True)
class Matched:
    """`left` are the rows that no entry is; `torn` the entries whose new and old name are both there."""

    pairs: tuple[Pair, ...]
    left: tuple[Item, ...]
    torn: tuple[Entry, ...]


@dataclass
class _Matching:
    entries: Sequence[Entry]
    identity: Callable[[Body], Identity]
    kin: Callable[[Body], object]
    free: dict[Identity, list[Item]]
    found: dict[int, Item] = field(default_factory=dict)

    def by_old_name(self, entry: Entry, place: int) -> None:
        old = self.old_of(entry)
        held = self.free.get(old, []) if old is not None else []
        if place not in self.found and held:
            self._take(place, next((item for item in held if self._are_kin(item, entry)), held[0]))

    def by_swap(self) -> None:
        """Those that take each other's names."""
        rows = {name: tuple(held) for name, held in self.free.items()}
        for circle in swapped(self.entries, rows, self.identity, self.old_of):
            for place in circle:
                self.by_old_name(self.entries[place], place)

    def by_name(self, fits: Callable[[Item, Entry], bool]) -> None:
        """Those of the same name that fit one another, in their order."""
        for place, entry in enumerate(self.entries):
            held = self.free.get(self.identity(entry.body), [])
            item = next((item for item in held if fits(item, entry)), None)
            if place not in self.found and item is not None:
                self._take(place, item)

    def by_names(self) -> None:
        """Of several that are called the same those that are the same first, then their next of kin."""
        self.by_name(lambda item, entry: same(item.body, entry.body))
        self.by_name(self._are_kin)
        self.by_name(lambda _item, _entry: True)

    def _are_kin(self, item: Item, entry: Entry) -> bool:
        return self.kin(item.body) == self.kin(entry.body)

    def _take(self, place: int, item: Item) -> None:
        self.free[self.identity(item.body)].remove(item)
        self.found[place] = item

    def old_of(self, entry: Entry) -> Identity | None:
        """What it was called: its identity with the old name for the first part."""
        if entry.was is None:
            return None
        return (*identity_of(entry.was), *self.identity(entry.body)[1:])


def match(
    entries: Sequence[Entry],
    items: Iterable[Item],
    identity: Callable[[Body], Identity],
    kin: Callable[[Body], object],
) -> Matched:
    """Each entry with its row, in the order of the file. Of several rows that are called the same, `kin` tells which
    are nearer."""
    matching = _Matching(entries, identity, kin, by_identity(items, identity))
    taken = set(matching.free)
    for place, entry in enumerate(entries):
        if identity(entry.body) not in taken:
            matching.by_old_name(entry, place)
    matching.by_swap()
    matching.by_names()
    for place, entry in enumerate(entries):
        matching.by_old_name(entry, place)
    wanted = {identity(entry.body) for entry in entries}
    torn = [
        entry
        for entry in entries
        if (old := matching.old_of(entry)) is not None
        and old != identity(entry.body)
        and old not in wanted
        and matching.free.get(old)
    ]
    pairs = (Pair(entry, matching.found.get(place)) for place, entry in enumerate(entries))
    left = [item for held in matching.free.values() for item in held]
    return Matched(tuple(pairs), tuple(left), tuple(torn))


def circular(pairs: Sequence[Pair], identity: Callable[[Body], Identity]) -> list[Item]:
    """Of each circle of rows that take each other's names the one that has to give up its own first."""
    takes = {
        identity(pair.item.body): identity(pair.entry.body)
        for pair in pairs
        if pair.item is not None
    }
    found, seen = [], set[Identity]()
    for pair in pairs:
        if pair.item is None or (first := identity(pair.item.body)) in seen:
            continue
        name = first
        while name in takes and takes[name] != name and name not in seen:
            seen.add(name)
            name = takes[name]
        if name == first and first in seen:
            found.append(pair.item)
    return found


def in_turn(
    pairs: Sequence[Pair],
    identity: Callable[[Body], Identity],
    needs: Callable[[Body], Iterable[Identity]],
    *,
    nameless: Sequence[Item] = (),
) -> list[Pair]:
    """The pairs so that each stands behind those of the section that it needs, and behind the one that gives up the
    name that it takes, unless that is `nameless` already. Where needs go around in a circle they stand as in the file:
    the services say what is wrong.
    """
    waiting, done = list(pairs), []
    while waiting:
        ahead = {identity(pair.entry.body) for pair in waiting}
        names = {
            identity(pair.item.body): pair
            for pair in waiting
            if pair.item is not None and pair.item not in nameless
        }
        ready = [
            pair
            for pair in waiting
            if names.get(identity(pair.entry.body), pair) is pair
            and not (ahead - {identity(pair.entry.body)}) & {*needs(pair.entry.body)}
        ]
        done += ready or waiting
        chosen = {id(pair) for pair in ready or waiting}
        waiting = [pair for pair in waiting if id(pair) not in chosen]
    return done
