"""A definition written anew: in this project's shape, or in Request Tracker's as far as that can say it. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lifecycles import machine
from lifecycles.parts import BEGIN, KINDS, Definition, Transition
from tessera.lib.query.fold import fold

_UPDATES = {"comment": "Comment", "correspond": "Respond"}


@dataclass(frozen=True, slots=True)
class Written:
    """The JSON, and what it could not say, a sentence each."""

    raw: dict[str, Any]
    lost: tuple[str, ...] = ()


def own(definition: Definition) -> Written:
    """In this project's shape. What RT's says by changes of status becomes transitions with the sources together, each
    with a name of its own; the message that a form only begins with is lost."""
    merged: dict[Transition, list[str]] = {}
    for each in definition.transitions:
        alike = replace(each, sources=(), preset="")
        merged.setdefault(alike, []).extend(each.sources)
    written: dict[str, Any] = {
        "statuses": {kind: list(definition.statuses_of(kind)) for kind in KINDS},
        "defaults": {"on_create": definition.on_create},
        "transitions": list(_transitions(merged)),
    }
    tables: dict[str, Any] = {
        "maps": {other: dict(each) for other, each in definition.maps.items()},
        "responsible": dict(definition.responsible),
        "colors": dict(definition.colors),
        "becomes": dict(definition.becomes),
    }
    written |= {key: table for key, table in tables.items() if table}
    presets = sum(bool(each.preset) for each in definition.transitions)
    told = ngettext(
        "The kind of message that the form of %(count)d transition begins with",
        "The kind of message that the forms of %(count)d transitions begin with",
        presets,
    )
    return Written(written, (told % {"count": presets},) if presets else ())


def _transitions(merged: Mapping[Transition, Sequence[str]]) -> Iterator[dict[str, Any]]:
    taken: set[str] = set()
    for each, sources in merged.items():
        word, number = each.name, 1
        while fold(word) in taken:
            number += 1
            word = f"{each.name[:60]}_{number}"
        taken.add(fold(word))
        given = {
            "right": each.right,
            "roles": list(each.roles),
            "guard": each.guard,
            "message": each.message,
        }
        yield {
            "name": word,
            "label": each.label,
            "from": sources[0] if len(sources) == 1 else list(dict.fromkeys(sources)),
            "to": each.target,
        } | {key: value for key, value in given.items() if value}


def as_rt(definition: Definition) -> Written:
    """In RT's shape: the changes of status with their rights, and a label for each."""
    pairs = list(_pairs(definition))
    rights: dict[str, str] = {}
    actions: list[Any] = []
    listed: dict[str, list[str]] = {}
    for source, target, taken in pairs:
        if target not in listed.setdefault(source, []):
            listed[source].append(target)
        if source == BEGIN:
            continue
        way = f"{source} -> {target}"
        # RT asks a right of the change of status, whatever it is called.
        if taken.right:
            rights.setdefault(way, taken.right)
        update = _UPDATES.get(taken.message or taken.preset)
        actions += [way, {"label": taken.label} | ({"update": update} if update else {})]
    written: dict[str, Any] = {
        "type": "ticket",
        **{kind: list(definition.statuses_of(kind)) for kind in KINDS},
        "defaults": {"on_create": definition.on_create},
        "transitions": listed,
    }
    written |= {key: value for key, value in (("rights", rights), ("actions", actions)) if value}
    return Written(written, tuple(_lost(definition)))


def _pairs(definition: Definition) -> Iterator[tuple[str, str, Transition]]:
    for source in (BEGIN, *(status.name for status in definition.statuses)):
        for move in machine.moves(definition, source):
            yield source, move.target, move.transition


def _lost(definition: Definition) -> Iterator[str]:
    transitions = definition.transitions
    counted = (
        (_("guards"), sum(bool(each.guard) for each in transitions)),
        (_("roles of transitions"), sum(bool(each.roles) for each in transitions)),
        (_("messages that are demanded"), sum(bool(each.message) for each in transitions)),
        (_("maps to other lifecycles"), len(definition.maps)),
        (_("roles that a status waits for"), len(definition.responsible)),
        (_("colours"), len(definition.colors)),
        (_("former statuses"), len(definition.becomes)),
    )
    for what, count in counted:
        if count:
            yield f"{what}: {count}"
