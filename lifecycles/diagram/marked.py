"""One version against another in one picture: what is new, gone and other, with a sign before each name."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from lifecycles.diagram.picture import Mark, Marks
from lifecycles.parts import Definition, Status, Transition
from tessera.lib.query.fold import fold

# Read without colour, and of the width that the layout takes them for.
SIGNS: Mapping[Mark, str] = {"added": "+", "removed": "−", "changed": "±"}


def compared(before: Definition, after: Definition) -> tuple[Definition, Marks]:
    """All that either has, to be drawn with these marks. What is the same in both has no sign.

    The definition is one to look at: its names carry the signs.
    """
    statuses = list(_statuses(before, after))
    shown = {fold(status.name): _signed(status.name, mark) for status, mark in statuses}
    transitions = list(_transitions(before, after))
    signed = tuple(_spelled(each, mark, shown) for each, mark in transitions)
    return (
        Definition(
            statuses=tuple(
                Status(shown[fold(status.name)], status.kind) for status, _mark in statuses
            ),
            on_create=shown[fold(after.on_create)],
            transitions=signed,
            colors={shown[fold(s.name)]: c for s, _m in statuses if (c := after.color(s.name))},
        ),
        Marks(
            {shown[fold(status.name)]: mark for status, mark in statuses if mark},
            {
                each.name: mark
                for each, (_was, mark) in zip(signed, transitions, strict=True)
                if mark
            },
        ),
    )


def _statuses(before: Definition, after: Definition) -> Iterator[tuple[Status, Mark | None]]:
    for status in after.statuses:
        was = before.canonical(status.name)
        if was is None:
            yield status, "added"
        else:
            same = was == status.name and before.kind(was) == status.kind
            said = before.responsible.get(was), before.color(was)
            now = after.responsible.get(status.name), after.color(status.name)
            yield status, None if same and said == now else "changed"
    for status in before.statuses:
        if after.canonical(status.name) is None:
            yield status, "removed"


def _transitions(before: Definition, after: Definition) -> Iterator[tuple[Transition, Mark | None]]:
    old = {(fold(each.name), _from(each)): each for each in before.transitions}
    names = {name for name, _sources in old}
    for each in after.transitions:
        was = old.get((fold(each.name), _from(each)))
        if was is not None:
            yield each, None if was == each else "changed"
        else:
            yield each, "changed" if fold(each.name) in names else "added"
    kept = {fold(each.name) for each in after.transitions}
    for each in before.transitions:
        if fold(each.name) not in kept:
            yield each, "removed"


def _from(each: Transition) -> frozenset[str]:
    return frozenset(map(fold, each.sources))


def _signed(name: str, mark: Mark | None) -> str:
    return f"{SIGNS[mark]} {name}" if mark else name


def _spelled(each: Transition, mark: Mark | None, shown: Mapping[str, str]) -> Transition:
    """With the signed names of its statuses, and its own. A removed one has a name that no other has."""
    sources = tuple(shown.get(fold(source), source) for source in each.sources)
    return replace(
        each,
        name=_signed(each.name, mark),
        label=_signed(each.label, mark),
        sources=sources,
        target=shown[fold(each.target)],
    )
