"""What a file changes, in words. Pure: it compares what was there with what is there when all is done."""

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tessera.desk.configuration.carrying import Done
from tessera.desk.configuration.items import Item, Secret, same
from tessera.desk.configuration.sections import SECTIONS, Section

_LONGEST = 80
_MOST_LINES = 60


class Verb(Enum):
    """What becomes of a thing, with the sign that says so in a plan."""

    ADDED = "+"
    CHANGED = "~"
    REMOVED = "-"


@dataclass(frozen=True, slots=True)
class Line:
    """One difference in words; `text` is, of a text of several lines, what changes line by line."""

    told: str
    text: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one thing. `touches` says whom or what else it concerns, `doubts` what it names in vain."""

    verb: Verb
    label: str
    lines: tuple[Line, ...]
    touches: tuple[str, ...]
    doubts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """The changes of one section, in its order."""

    name: str
    title: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a file changes. `stamp` is the configuration that it was made for; `left` what the file does not have
    and yet stays, and `worse` what the file does not change and yet harms, both in words."""

    parts: tuple[Part, ...]
    left: tuple[str, ...]
    worse: tuple[str, ...]
    stamp: str

    def count(self, verb: Verb) -> int:
        """How many things it happens to."""
        return sum(change.verb is verb for part in self.parts for change in part.changes)

    @property
    def empty(self) -> bool:
        """Whether the configuration is as the file has it."""
        return not self.parts

    @property
    def summary(self) -> str:
        """How much it is, in one sentence."""
        if self.empty:
            return _("The configuration is as the file has it.")
        told = [
            ngettext("%(count)d added", "%(count)d added", self.count(Verb.ADDED)),
            ngettext("%(count)d changed", "%(count)d changed", self.count(Verb.CHANGED)),
            ngettext("%(count)d removed", "%(count)d removed", self.count(Verb.REMOVED)),
        ]
        return ", ".join(
            words % {"count": self.count(verb)} for words, verb in zip(told, Verb, strict=True)
        )


def plan_of(done: Done, stamp: str) -> Plan:
    """The plan of what was done."""
    parts = (
        Part(name, str(section.title), tuple(_changes(section, done)))
        for name, section in SECTIONS.items()
    )
    left = tuple(
        _("%(name)s stays: %(why)s") % {"name": i.label, "why": why} for i, why in done.left
    )
    found = tuple(part for part in parts if part.changes)
    return Plan(found, left, tuple(_worse(done)), stamp)


def _worse(done: Done) -> Iterator[str]:
    """Things that stay as they are, and name what the file takes away."""
    for name, items in done.after.items():
        before = {item.id: item.body for item in done.before[name]}
        for item in items:
            if (name, item.id) in done.worse and before.get(item.id) == item.body:
                told = "; ".join(done.doubts[name, item.id])
                yield _("%(name)s stays, but: %(told)s") % {"name": item.label, "told": told}


def _changes(section: Section, done: Done) -> Iterator[Change]:
    before = {item.id: item for item in done.before[section.name]}
    after = {item.id: item for item in done.after[section.name]}
    for number in [*after, *(number for number in before if number not in after)]:
        old, new = before.get(number), after.get(number)
        item = new or old
        if item is None or (old and new and same(old.body, new.body)):
            continue
        verb = Verb.ADDED if old is None else Verb.REMOVED if new is None else Verb.CHANGED
        at = (section.name, number)
        yield Change(
            verb,
            _label(old, new),
            tuple(_lines(section, old, new)) if old and new else (),
            tuple(done.touched.get(at, ())),
            tuple(done.doubts.get(at, ())),
        )


def _label(old: Item | None, new: Item | None) -> str:
    if old and new and old.label != new.label:
        return f"{old.label} → {new.label}"
    item = new or old
    return item.label if item else ""


def _lines(section: Section, old: Item, new: Item) -> Iterator[Line]:
    told = section.told(old.body, new.body)
    if told is not None:
        yield from (Line(each) for each in told)
        return
    before, after = dict(_flat(old.body)), dict(_flat(new.body))
    for path in {**before, **after}:
        if path == "name" and old.label != new.label:
            continue  # the heading says it
        if not same(before.get(path), after.get(path)):
            yield _line(path, before.get(path), after.get(path))


def _flat(found: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in found.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{path}.")
        else:
            yield path, value


def _line(path: str, old: Any, new: Any) -> Line:
    if isinstance(old, Secret) or isinstance(new, Secret) or _of_secrets(old) or _of_secrets(new):
        return Line(_("%(key)s: another secret") % {"key": path})
    if isinstance(old, list) and isinstance(new, list) and (told := _members(path, old, new)):
        return Line(told)
    if any(isinstance(each, str) and "\n" in each for each in (old, new)):
        return Line(
            _("%(key)s: another text") % {"key": path}, _text(str(old or ""), str(new or ""))
        )
    words = {"key": path, "old": _short(old), "new": _short(new)}
    return Line(_("%(key)s: %(old)s → %(new)s") % words)


def _of_secrets(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(each, Secret) for each in value)


def _members(path: str, old: Sequence[Any], new: Sequence[Any]) -> str:
    """A list by what came and went; "" where only the order or the members' insides changed."""
    named = [{_named(each): each for each in listed} for listed in (old, new)]
    gone = [name for name in named[0] if name not in named[1]]
    come = [name for name in named[1] if name not in named[0]]
    changed = [n for n in named[1] if n in named[0] and named[0][n] != named[1][n]]
    words = [(_("%s added"), come), (_("%s removed"), gone), (_("%s changed"), changed)]
    told = "; ".join(what % ", ".join(map(_cut, names)) for what, names in words if names)
    if not told:
        told = _("another order: %(names)s") % {"names": ", ".join(map(_cut, named[1]))}
    return _("%(key)s: %(told)s") % {"key": path, "told": told}


def _named(member: Any) -> str:
    """What a member of a list is known by."""
    if isinstance(member, Mapping) and "value" in member:
        return str(member["value"])
    return (
        member if isinstance(member, str) else json.dumps(member, ensure_ascii=False, default=str)
    )


def _text(old: str, new: str) -> tuple[str, ...]:
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), n=1, lineterm="")
    found = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
    cut = found[:_MOST_LINES]
    return (*cut, "…") if len(found) > len(cut) else tuple(cut)


def _short(value: Any) -> str:
    if value in (None, "", [], {}):
        return _("none")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, str):
        return _cut(value)
    return _cut(json.dumps(value, ensure_ascii=False, default=str))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
