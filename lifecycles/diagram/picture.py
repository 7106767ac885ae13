"""What a diagram shows of a definition, before any place or size: tiles, and the ways between them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from lifecycles.parts import ANY, BEGIN, KINDS, Definition, Kind, Transition

Mark: TypeAlias = Literal["added", "removed", "changed"]

# A way that all others share is drawn once, "from anywhere": where "*" says so from this many on, and
# where a list of sources amounts to it from that many on. Fewer are clearer one by one.
_SHARED = 2
_SHARED_AS_LISTED = 4
# With more ways than this for each status the lines are a net that nobody follows.
_DENSE = 2


@dataclass(frozen=True, slots=True)
class Tile:
    """A status; `loops` lead from it to itself, `anywhere` come to it from every other status. By
    `begins` a ticket may begin in it, though it is no initial one."""

    name: str
    kind: Kind
    begins: tuple[Transition, ...] = ()
    loops: tuple[Transition, ...] = ()
    anywhere: tuple[Transition, ...] = ()
    color: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """All transitions from one tile to another, by their indexes. `source` is None for the beginning."""

    source: int | None
    target: int
    transitions: tuple[Transition, ...]


@dataclass(frozen=True, slots=True)
class Marks:
    """What is new, gone or other against another version, by the names of statuses and of transitions."""

    statuses: Mapping[str, Mark] = field(default_factory=dict)
    transitions: Mapping[str, Mark] = field(default_factory=dict)

    def of_all(self, transitions: Iterable[Transition]) -> Mark | None:
        """The mark of a way: the one that all of its transitions share; else it is changed if any has one."""
        found = {self.transitions.get(each.name) for each in transitions}
        if found <= {None}:
            return None
        return found.pop() if len(found) == 1 else "changed"


@dataclass(frozen=True, slots=True)
class Picture:
    """What is to be drawn. `left_out` ways are not: they would be too many to be told apart."""

    tiles: tuple[Tile, ...]
    ways: tuple[Way, ...]
    current: int | None = None
    left_out: int = 0
    marks: Marks = Marks()
    links: Mapping[str, str] = field(default_factory=dict)


def picture(
    definition: Definition,
    *,
    current: str | None = None,
    marks: Marks | None = None,
    links: Mapping[str, str] | None = None,
) -> Picture:
    """The picture of a definition. `current` is a status, in any case; one it doesn't have is ignored. `links` has by
    status where its tile leads."""
    found = _collect(definition)
    for target in range(len(definition.statuses)):
        _share(found, target)
    _thin(found, [status.kind for status in definition.statuses])
    begins = found.begins or {_default(definition): []}
    ways = [
        Way(None, target, tuple(taken))
        for target, taken in begins.items()
        if definition.statuses[target].kind == "initial"
    ]
    ways += [Way(*pair, tuple(taken)) for pair, taken in found.between.items()]
    return Picture(
        tiles=tuple(
            Tile(
                name=status.name,
                kind=status.kind,
                begins=() if status.kind == "initial" else tuple(found.begins.get(index, ())),
                loops=tuple(found.loops.get(index, ())),
                anywhere=tuple(found.anywhere.get(index, ())),
                color=definition.color(status.name),
            )
            for index, status in enumerate(definition.statuses)
        ),
        ways=tuple(ways),
        current=_index(definition, current),
        marks=marks or Marks(),
        links=links or {},
    )


def without_ways(whole: Picture) -> Picture:
    """The same with its tiles alone."""
    return replace(whole, ways=(), left_out=sum(way.source is not None for way in whole.ways))


@dataclass
class _Found:
    """Transitions by what they connect. Tables, so that each pair keeps the definition's order."""

    count: int
    begins: dict[int, list[Transition]] = field(default_factory=dict)
    between: dict[tuple[int, int], list[Transition]] = field(default_factory=dict)
    loops: dict[int, list[Transition]] = field(default_factory=dict)
    anywhere: dict[int, list[Transition]] = field(default_factory=dict)

    def sources_of(self, target: int) -> list[tuple[int, int]]:
        """The pairs that lead to the target."""
        pairs = ((source, target) for source in range(self.count))
        return [pair for pair in pairs if pair in self.between]

    def fold(self, target: int, pairs: Iterable[tuple[int, int]]) -> None:
        """Show what these pairs have as coming from anywhere."""
        seen = self.anywhere.setdefault(target, [])
        looks = set(map(_look, seen))
        for pair in pairs:
            for transition in self.between.pop(pair):
                if _look(transition) not in looks:
                    looks.add(_look(transition))
                    seen.append(transition)


def _collect(definition: Definition) -> _Found:
    index_of = {status.name: index for index, status in enumerate(definition.statuses)}
    found = _Found(len(index_of))
    for transition in definition.transitions:
        target = index_of[transition.target]
        for source in transition.sources:
            if source == BEGIN:
                found.begins.setdefault(target, []).append(transition)
            elif source == ANY and found.count > _SHARED:
                found.anywhere.setdefault(target, []).append(transition)
            elif source == ANY:
                for other in range(found.count):
                    if other != target:
                        found.between.setdefault((other, target), []).append(transition)
            elif index_of[source] == target:
                found.loops.setdefault(target, []).append(transition)
            else:
                found.between.setdefault((index_of[source], target), []).append(transition)
    return found


def _share(found: _Found, target: int) -> None:
    """Fold those transitions to the target that all other statuses have alike."""
    pairs = found.sources_of(target)
    if len(pairs) < max(found.count - 1, _SHARED_AS_LISTED):
        return
    common = set.intersection(*({_look(t) for t in found.between[pair]} for pair in pairs))
    if not common:
        return
    shared = [t for t in found.between[pairs[0]] if _look(t) in common]
    for pair in pairs:
        rest = [t for t in found.between[pair] if _look(t) not in common]
        if rest:
            found.between[pair] = rest
        else:
            del found.between[pair]
    found.anywhere.setdefault(target, []).extend(shared)


def _thin(found: _Found, kinds: Sequence[Kind]) -> None:
    """In a net that is too dense, fold what comes from everywhere under several labels too: the ends
    first, because the ways back from them say more."""
    order = sorted(range(found.count), key=lambda i: (-KINDS.index(kinds[i]), i))
    for target in order:
        if len(found.between) <= _DENSE * found.count:
            return
        pairs = found.sources_of(target)
        if len(pairs) >= max(found.count - 1, _SHARED_AS_LISTED):
            found.fold(target, pairs)


def _look(transition: Transition) -> tuple[object, ...]:
    """All that a reader of the diagram can tell two transitions by."""
    return (
        *(transition.name, transition.label, transition.right, transition.roles),
        *(transition.guard, transition.message),
    )


def _default(definition: Definition) -> int:
    found = _index(definition, definition.on_create)
    return found if found is not None else 0


def _index(definition: Definition, status: str | None) -> int | None:
    name = definition.canonical(status) if status is not None else None
    names: Mapping[str, int] = {s.name: index for index, s in enumerate(definition.statuses)}
    return names[name] if name is not None else None
