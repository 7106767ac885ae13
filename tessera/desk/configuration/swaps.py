"""Entries of a file that take each other's names, two or more in a circle. Pure.

`was` alone does not say whether that is done already: before and after, all the names are there. What the things are
tells it: they are swapped where the rows are more like the entries that had their names than like those that have them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from tessera.desk.configuration.items import Body, Entry, Identity, Item, same

_NAME = "name"


def swapped(
    entries: Sequence[Entry],
    rows: Mapping[Identity, Sequence[Item]],
    identity: Callable[[Body], Identity],
    old_of: Callable[[Entry], Identity | None],
) -> Iterator[tuple[int, ...]]:
    """The places of the entries of each circle whose names are still to be swapped. A name that is given twice is in
    none: nothing says which is meant."""
    by_name: dict[Identity, list[int]] = {}
    for place, entry in enumerate(entries):
        by_name.setdefault(identity(entry.body), []).append(place)
    follows = {
        place: by_name[old][0]
        for place, entry in enumerate(entries)
        if (old := old_of(entry)) is not None
        and len(by_name.get(old, ())) == len(rows.get(old, ())) == 1
        and len(by_name[identity(entry.body)]) == 1
    }
    seen: set[int] = set()
    for place in follows:
        circle = _circle(place, follows)
        if len(circle) > 1 and not seen & {*circle} and _is_due(circle, entries, rows, identity):
            yield circle
        seen |= {*circle}


def _circle(first: int, follows: Mapping[int, int]) -> tuple[int, ...]:
    """From there back to there; () where the way ends elsewhere."""
    path = [first]
    while (following := follows.get(path[-1])) is not None:
        if following == first:
            return tuple(path)
        if following in path:
            break
        path.append(following)
    return ()


def _is_due(
    circle: Sequence[int],
    entries: Sequence[Entry],
    rows: Mapping[Identity, Sequence[Item]],
    identity: Callable[[Body], Identity],
) -> bool:
    bodies = [entries[place].body for place in circle]
    held = [rows[identity(body)][0].body for body in bodies]
    # Each entry had the name of the one behind it in the circle.
    before = [*held[1:], held[0]]
    return sum(map(_likeness, bodies, before)) > sum(map(_likeness, bodies, held))


def _likeness(one: Body, other: Body) -> int:
    """In how many keys besides the name they are the same."""
    return sum(key != _NAME and same(one[key], other.get(key)) for key in one)
