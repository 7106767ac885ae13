"""From rows to a definition's JSON, and where each of its places stands among the rows."""

from collections.abc import Iterator, Sequence
from typing import Any

from lifecycles.faults import Fault, at, under
from lifecycles.own_shape import OF_TRANSITION
from lifecycles.parts import ANY, BEGIN, KINDS
from lifecycles.rt_shape import slug
from lifecycles.table.rows import Table, TransitionRow
from tessera.lib.query.fold import fold

Cell = tuple[str, str]


def write(table: Table) -> dict[str, Any]:
    """The definition that the rows say. What a row lacks is lacking there, and found by the check.

    A transition that has a label and no name is named after its label.
    """
    written: dict[str, Any] = {
        "statuses": {kind: [row.name for row in table.of_kind(kind)] for kind in KINDS}
    }
    if table.on_create and (chosen := table.name_of(table.on_create)):
        written["defaults"] = {"on_create": chosen}
    words = _words(table.transitions)
    written["transitions"] = [
        _transition(table, row, word) for row, word in zip(table.transitions, words, strict=True)
    ]
    others: dict[str, Any] = {
        "maps": _maps(table),
        "responsible": {row.name: row.role for row in table.statuses if row.role},
        "colors": {row.name: row.color for row in table.statuses if row.color},
        "becomes": {
            row.was: now
            for row in table.formers
            if (now := table.name_of(row.now)) and row.now not in (ANY, BEGIN)
        },
    }
    return written | {key: value for key, value in others.items() if value}


def _words(rows: Sequence[TransitionRow]) -> list[str]:
    """Their names; those that have none get one that is free."""
    taken = {fold(row.name) for row in rows if row.name}
    found = []
    for row in rows:
        word = row.name or slug(row.label)
        number = 1
        while not row.name and word and fold(word) in taken:
            number += 1
            word = f"{slug(row.label)[:56]}_{number}"
        taken.add(fold(word))
        found.append(word)
    return found


def _transition(table: Table, row: TransitionRow, word: str) -> dict[str, Any]:
    sources = [name for ref in row.sources if (name := table.name_of(ref)) or ref == BEGIN]
    target = table.name_of(row.target)
    written: dict[str, Any] = {"name": word}
    if row.label:
        written["label"] = row.label
    written["from"] = sources[0] if len(sources) == 1 else sources
    if target:
        written["to"] = target
    given = {
        "right": row.right,
        "roles": list(row.roles),
        "guard": row.guard,
        "message": row.message,
    }
    return written | {key: value for key, value in given.items() if value}


def _maps(table: Table) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in table.maps:
        mine = table.name_of(row.status)
        if row.other and mine and row.theirs:
            found.setdefault(row.other, {})[mine] = row.theirs
    return found


def placed(faults: Sequence[Fault], table: Table) -> tuple[dict[Cell, list[Fault]], list[Fault]]:
    """By row and cell the faults that were found in what the rows say; and those of no row."""
    places = dict(_places(table))
    cells: dict[Cell, list[Fault]] = {}
    rest: list[Fault] = []
    for fault in faults:
        place = fault.place
        while place and place not in places:
            place = place[: max(place.rfind("."), place.rfind("["), 0)]
        if place:
            cells.setdefault(places[place], []).append(fault)
        else:
            rest.append(fault)
    return cells, rest


def _places(table: Table) -> Iterator[tuple[str, Cell]]:
    """Each place of the definition, with its row and cell."""
    for kind in KINDS:
        yield f"statuses.{kind}", (kind, "name")
        for index, row in enumerate(table.of_kind(kind)):
            yield at(f"statuses.{kind}", index), (row.key, "name")
            yield under("colors", row.name), (row.key, "color")
            yield under("responsible", row.name), (row.key, "role")
    yield "defaults", (table.on_create or "initial", "name")
    for index, each in enumerate(table.transitions):
        place = at("transitions", index)
        # A name that was not typed comes from the label.
        named = "name" if each.name else "label"
        yield place, (each.key, named)
        for cell in OF_TRANSITION:
            yield f"{place}.{cell}", (each.key, named if cell == "name" else cell)
    for row_ in table.maps:
        place = under(under("maps", row_.other), table.name_of(row_.status))
        yield place, (row_.key, "theirs")
    for former in table.formers:
        yield under("becomes", former.was), (former.was, "now")
