"""The text of a configuration file, read to plain values that know where they stand. YAML without its surprises.

No value is anything but text, a number, true, false, null, a list or a mapping: `no` is the text “no”, a date is the
text of that date, and keys are texts. Anchors, aliases, tags, merge keys and second documents are refused: nothing a
few lines long becomes gigabytes, and what stands in the file is what counts.
"""

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Any

import yaml
from django.utils.translation import gettext as _
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from tessera.desk.configuration.faults import Fault, FileInvalid

LARGEST = 2_000_000  # characters
_DEEPEST = 40
_MOST_NODES = 200_000

Path = tuple[str | int, ...]
# Written in C where the wheel has it; both give the same events.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})", re.ASCII)
_FLOAT = re.compile(r"[-+]?[0-9]+\.[0-9]*([eE][-+]?[0-9]+)?", re.ASCII)
# How faults of templates begin.
_LINE = re.compile(r"line (\d{1,6})\b", re.ASCII)
_WORDS: Mapping[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@dataclass(frozen=True)
class Document:
    """What a file says. `places` gives line and column, from 1, of each value by its path: of a member its key's.
    `blocks` are the texts that stand there line by line, below their keys."""

    value: Any
    places: Mapping[Path, tuple[int, int]] = field(repr=False)
    blocks: Set[Path] = field(default=frozenset(), repr=False)

    def fault(self, path: Path, detail: object) -> Fault:
        """A fault at that path, or at the nearest around it that stands in the file. One that begins with the line of
        a text is at that line."""
        around = path
        while around and around not in self.places:
            around = around[:-1]
        line, column = self.places.get(around, (1, 1))
        if around in self.blocks and (within := _LINE.match(str(detail))):
            line += int(within[1])
        return Fault(line, column, spelled(path), str(detail))


def spelled(path: Path) -> str:
    """`scrips[2].name`, as people write it; lists count from 1."""
    told = ""
    for part in path:
        told += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if told else part
    return told


def read(text: str) -> Document:
    """The document. Raises `FileInvalid` for what is no YAML of the plain kind."""
    if len(text) > LARGEST:
        told = _("has more than %(most)d characters") % {"most": LARGEST}
        raise FileInvalid([Fault(1, 1, "", told)])
    reading = _Reading()
    try:
        for event in yaml.parse(text, Loader=_Loader):
            reading.take(event)
    except yaml.MarkedYAMLError as error:
        raise FileInvalid([_syntax(error)]) from None
    except (yaml.YAMLError, UnicodeError) as error:
        told = _("can't be read: %s") % str(error).splitlines()[0]
        raise FileInvalid([Fault(1, 1, "", told)]) from None
    if reading.faults:
        raise FileInvalid(reading.faults)
    return Document(reading.value, reading.places, reading.blocks)


def _syntax(error: yaml.MarkedYAMLError) -> Fault:
    mark = error.problem_mark or error.context_mark
    told = _("is no YAML: %s") % (error.problem or error.context or "")
    return Fault(mark.line + 1 if mark else 1, mark.column + 1 if mark else 1, "", told)


@dataclass
class _Level:
    """A list or mapping that is being read; `key` waits for its value."""

    into: Any
    path: Path
    key: str | None = None
    at: tuple[int, int] = (1, 1)


@dataclass
class _Reading:
    """The events so far, as values. Takes each event once, in order; remembers faults and goes on."""

    value: Any = None
    places: dict[Path, tuple[int, int]] = field(default_factory=dict)
    blocks: set[Path] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    _levels: list[_Level] = field(default_factory=list)
    _nodes: int = 0
    _documents: int = 0

    def take(self, event: Event) -> None:
        """Raises `FileInvalid` for what would make reading on unsafe or senseless."""
        if isinstance(event, DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._stop(event, _("a second document begins; give one file each"))
        elif isinstance(event, CollectionEndEvent):
            self._levels.pop()
        elif isinstance(event, NodeEvent):
            self._node(event)

    def _node(self, event: NodeEvent) -> None:
        self._nodes += 1
        if self._nodes > _MOST_NODES:
            self._stop(event, _("there are too many values"))
        if isinstance(event, AliasEvent) or event.anchor:
            self._stop(event, _("anchors and aliases are not used here; write the value itself"))
        if getattr(event, "tag", None):
            self._stop(event, _("tags are not used here; write the plain value"))
        if self._key_is_due():
            self._take_key(event)
        else:
            self._place(event)

    def _key_is_due(self) -> bool:
        level = self._levels[-1] if self._levels else None
        return level is not None and isinstance(level.into, dict) and level.key is None

    def _take_key(self, event: NodeEvent) -> None:
        level, at = self._levels[-1], _at(event)
        if not isinstance(event, ScalarEvent):
            self._stop(event, _("a key must be a word"))
        key = str(event.value)  # type: ignore[attr-defined]  # of scalars, as was asked above
        path = (*level.path, key)
        if key in level.into:
            told = _("stands here a second time; the first is in line %(line)d")
            first = {"line": self.places[path][0]}
            self.faults.append(Fault(*at, spelled(path), told % first))
        else:
            self.places[path] = at
        level.key, level.at = key, at

    def _place(self, event: NodeEvent) -> None:
        path = self._attach(event)
        if isinstance(event, ScalarEvent) and event.style == "|":
            self.blocks.add(path)
        if isinstance(event, MappingStartEvent | SequenceStartEvent):
            if len(self._levels) >= _DEEPEST:
                self._stop(event, _("is nested too deep"))
            self._levels.append(_Level(self._made, path))

    def _attach(self, event: NodeEvent) -> Path:
        self._made = value = _value(event)
        if not self._levels:
            self.value = value
            return ()
        level = self._levels[-1]
        if isinstance(level.into, dict):
            path: Path = (*level.path, level.key or "")
            level.into.setdefault(level.key, value)
            level.key = None
        else:
            path = (*level.path, len(level.into))
            level.into.append(value)
            self.places[path] = _at(event)
        return path

    def _stop(self, event: Event, told: str) -> None:
        raise FileInvalid([*self.faults, Fault(*_at(event), "", told)])


def _at(event: Event) -> tuple[int, int]:
    mark: Any = event.start_mark
    return (mark.line + 1, mark.column + 1)


def _value(event: NodeEvent) -> Any:
    if isinstance(event, MappingStartEvent):
        return {}
    if isinstance(event, SequenceStartEvent):
        return []
    text: str = event.value  # type: ignore[attr-defined]  # of scalars, the only nodes left
    plain = event.implicit[0]  # type: ignore[attr-defined]  # the same: not quoted, no block
    return _plain(text) if plain else text


def _plain(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
